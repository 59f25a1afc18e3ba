/* bare [PORT]: libevent's evhttp that answers 8 KB from memory with no other work, one base a core: what web/ is
 * measured against. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char page[8192];
static int port = 8081;

static void answer(struct evhttp_request *request, void *context)
{
    (void)context;
    struct evbuffer *body = evbuffer_new();
    if (!body) {
        abort();
    }
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/html; charset=utf-8");
    (void)evbuffer_add_reference(body, page, sizeof page, NULL, NULL);
    evhttp_send_reply(request, 200, "OK", body);
    evbuffer_free(body);
}

static void *loop(void *context)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&name, sizeof name) < 0 || listen(fd, 4096) < 0) {
        perror("bare");
        exit(1);
    }
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    evhttp_set_gencb(http, answer, NULL);
    if (evhttp_accept_socket(http, fd) != 0) {
        exit(1);
    }
    (void)event_base_dispatch(base);
    return context;
}

int main(int argc, char **argv)
{
    pthread_t other;
    memset(page, 'x', sizeof page);
    if (argc > 1) {
        port = (int)strtol(argv[1], NULL, 10);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    for (long i = 1; i < sysconf(_SC_NPROCESSORS_ONLN); i++) {
        if (pthread_create(&other, NULL, loop, NULL) != 0) {
            return 1;
        }
    }
    (void)loop(NULL);
    return 0;
}
