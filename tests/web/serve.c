/* serve [PORT]: the example application, to look at and to measure (tests/web/measure.sh). */
#include "example.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static const struct web_notice notices[] = { { "saved", T("已保存。", "Saved.") } };
    int64_t port = 8080;
    struct error error = { 0 };
    if (argc > 1 && !str_to_int(str_of(argv[1]), 0, 65535, &port)) {
        (void)fprintf(stderr, "usage: serve [PORT]\n");
        return 2;
    }
    struct web_settings settings = { .port = (int)port,
                                     .city = { STR("聊城市教育和体育局"), STR("Liaocheng") },
                                     .contact = { STR("电话 0635-0000000"), STR("Telephone 0635-0000000") },
                                     .address_per_minute = argc > 2 ? 2000000000 : 0,
                                     .notices = notices,
                                     .notice_count = 1 };
    struct web_server *server = web_server_new(&settings, &example_hooks, &error);
    bool ok = server && web_add_routes(server, example_routes, example_route_count, &error) &&
              web_server_listen(server, &error);
    if (ok) {
        (void)fprintf(stderr, "http://127.0.0.1:%d/\n", web_server_port(server));
        ok = web_server_run(server, &error);
    }
    web_server_free(server);
    if (!ok) {
        (void)fprintf(stderr, "serve: %s\n", error.message);
    }
    return ok ? 0 : 1;
}
