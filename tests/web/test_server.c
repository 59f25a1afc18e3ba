/* The server over real sockets: pages, forms, sessions, commands, limits, rates, hang-ups and the clean stop. */
#include "client.h"
#include "example.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/db.h"
#include "support/store_fixture.h"
#include "web/components.h"
#include "web/inside.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct running {
    struct web_server *server;
    pthread_t thread;
    bool ended_well;
    int port;
};

static struct arena *arena;
static struct store_fixture *fixture;

/* ---- Routes that need the store ---- */

static bool count_run(struct writing *writing, void *input, struct error *error)
{
    struct str *key = input, answer;
    bool is_new;
    if (!once_claim(writing, *key, 1, &answer, &is_new, error)) {
        return false;
    }
    return !is_new || (db_run(writing->db, error, "insert into tally (n) values (?1)", V_INT(1)) &&
                       once_answer(writing, *key, STR("done"), error));
}

static void counted(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_redirect(request, STR("/tally"));
}

static void post_tally(struct request *request)
{
    struct str *key = ARENA_NEW(request_arena(request), struct str);
    *key = request_form_key(request);
    request_command(request, "tally", count_run, key, counted, NULL);
}

static bool fail_run(struct writing *writing, void *input, struct error *error)
{
    (void)writing;
    (void)input;
    return error_set(error, "refused on purpose");
}

static void post_fail(struct request *request)
{
    request_command(request, "fail", fail_run, NULL, counted, NULL);
}

static void show_tally(struct request *request)
{
    struct db *db = request_db(request);
    int64_t count = -1;
    struct error error = { 0 };
    if (!db) {
        return;
    }
    if (!db_one_int(db, &error, &count, NULL, "select count(*) from tally")) {
        reply_failed(request, &error);
        return;
    }
    struct page *page = reply_page_begin(request, 200);
    page_put(page, "count=", 6);
    page_int(page, count);
    page_put(page, ";", 1);

    form_begin(page, "/tally");
    reply_page_end(page);
}

/* Reads, and lets the loop stand until the test lets it go. */
static _Atomic int held, let_go;

static void hold_tally(struct request *request)
{
    struct error error;
    int64_t count;
    struct db *db = request_db(request);
    assert_true(db && db_one_int(db, &error, &count, NULL, "select count(*) from tally"));
    int own = atomic_fetch_add(&held, 1) + 1;
    while (atomic_load(&let_go) < own) {
        (void)usleep(1000);
    }
    show_tally(request);
}

static const struct route store_routes[] = {
    { .method = "GET", .path = "/hold", .roles = WEB_PUBLIC, .handler = hold_tally, .answer = "page" },
    { .method = "GET", .path = "/tally", .roles = WEB_PUBLIC, .handler = show_tally, .answer = "page" },
    { .method = "POST", .path = "/tally", .roles = WEB_PUBLIC, .handler = post_tally, .answer = "redirect" },
    { .method = "POST",
      .path = "/fail",
      .roles = WEB_PUBLIC,
      .handler = post_fail,
      .answer = "json",
      .flags = ROUTE_NO_KEY },
};

static bool session_load(void *context, struct db *db, const unsigned char hash[SESSION_HASH_BYTES],
                         struct session *session)
{
    (void)context;
    assert_non_null(db);
    unsigned char token[32], expected[32];
    for (int i = 0; i < 2; i++) {
        memset(token, i ? 'C' : 'F', sizeof token);

        session_token_hash(token, expected);
        if (memcmp(hash, expected, 32) == 0) {
            *session = (struct session){ .account = i + 1,
                                         .roles = i ? EXAMPLE_CLERK : EXAMPLE_FAMILY,
                                         .scope = "371502",
                                         .name_zh = "李老师",
                                         .name_en = "Ms Li",
                                         .created_ms = clock_ms(),
                                         .used_ms = clock_ms(),
                                         .idle_minutes = 30 };
            return true;
        }
    }
    return false;
}

/* ---- Start and stop ---- */

static void *run(void *context)
{
    struct running *running = context;
    struct error error = { 0 };
    running->ended_well = web_server_run(running->server, &error);
    return NULL;
}

static struct running start(struct web_settings settings)
{
    struct running running = { 0 };
    struct web_hooks hooks = example_hooks;
    struct error error;
    hooks.session_load = session_load;
    settings.store = fixture->store;
    settings.writer = store_fixture_writer(fixture);
    settings.city = (struct name){ STR("聊城"), STR("Liaocheng") };
    running.server = web_server_new(&settings, &hooks, &error);
    assert_non_null(running.server);
    assert_true(web_add_routes(running.server, example_routes, example_route_count, &error));
    assert_true(web_add_routes(running.server, store_routes, sizeof store_routes / sizeof *store_routes, &error));
    assert_true(web_server_listen(running.server, &error));
    running.port = web_server_port(running.server);
    return running;
}

static void go(struct running *running)
{
    assert_int_equal(pthread_create(&running->thread, NULL, run, running), 0);
}

static void stop(struct running *running)
{
    web_server_stop(running->server);
    assert_int_equal(pthread_join(running->thread, NULL), 0);
    assert_true(running->ended_well);
    web_server_free(running->server);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

static struct answer client_get(int port, const char *request)
{
    return client_ask(port, arena, "%s", request);
}

static void test_pages(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 2 });
    go(&running);
    struct answer answer = client_get(running.port, GET("/?who=%3Cb%3E"));
    assert_int_equal(answer.status, 200);
    assert_true(answer_has(answer, "你好，&lt;b&gt;"));
    assert_true(str_starts(answer_header(answer, "Content-Security-Policy"), STR("default-src 'none'")));
    assert_true(str_is(answer_header(answer, "X-Content-Type-Options"), "nosniff"));
    assert_true(str_is(answer_header(answer, "Cache-Control"), "no-store"));
    assert_int_equal(answer_header(answer, "Set-Cookie").n, 0); /* no cookie without a need */
    assert_int_equal(answer_header(answer, "Strict-Transport-Security").n, 0);
    answer = client_ask(running.port, arena, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.n, 0);
    assert_true(answer_header(answer, "Content-Length").n >= 4);
    answer = client_get(running.port, GET("/nothing"));
    assert_int_equal(answer.status, 404);
    assert_true(answer_has(answer, "没有找到这一页") && answer_has(answer, "编号"));
    answer = client_ask(running.port, arena, "GET /nothing HTTP/1.1\r\nHost: h\r\nCookie: lang=en\r\n\r\n");
    assert_true(answer_has(answer, "This page was not found") && answer_has(answer, "Reference"));
    answer = client_get(running.port, GET("/?lang=en"));
    assert_true(str_starts(answer_header(answer, "Set-Cookie"), STR("lang=en; Path=/; HttpOnly; SameSite=Lax")));
    answer = client_get(running.port, GET("/?big=1"));
    assert_true(answer_has(answer, "class=\"big\""));
    answer = client_get(running.port, GET("/sign-out"));
    assert_int_equal(answer.status, 405);
    assert_true(str_is(answer_header(answer, "Allow"), "POST"));
    answer = client_ask(running.port, arena, "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(answer.status, 405);
    answer = client_get(running.port, GET("/round/42/school/2137%E7%8E%8B"));
    assert_true(answer_has(answer, "42 2137王"));
    assert_true(memmem(answer.head.p, answer.head.n, "filename*=UTF-8''%E5%90%8D%E5%8D%95.txt", 38) != NULL);
    answer = client_get(running.port, GET("/a%00b"));
    assert_int_equal(answer.status, 400);
    answer = client_get(running.port, GET("/too-much"));
    assert_int_equal(answer.status, 500);
    answer = client_get(running.port, GET("/healthz"));
    assert_true(answer_has(answer, "ok"));
    answer = client_get(running.port, GET("/metrics"));
    assert_true(answer_has(answer, "jiaoti_requests_total{method=\"GET\",route=\"/\",status=\"2xx\"}"));
    assert_true(answer_has(answer, "jiaoti_writer_waiting 0"));
    answer = client_ask(running.port, arena, "GET /metrics HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");
    assert_int_equal(answer.status, 404);
    stop(&running);
}

static void test_static(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    struct answer page = client_get(running.port, GET("/"));
    struct str css = answer_between(page, "rel=\"stylesheet\" href=\"", "\"");
    assert_true(css.n > 10);
    struct answer answer = client_ask(
        running.port, arena, "GET %.*s HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip, br\r\n\r\n", STR_ARG(css));
    assert_int_equal(answer.status, 200);
    assert_true(str_is(answer_header(answer, "Content-Encoding"), "br"));
    assert_true(str_is(answer_header(answer, "Cache-Control"), "public, max-age=31536000, immutable"));
    answer =
        client_ask(running.port, arena, "GET %.*s HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\n\r\n", STR_ARG(css));
    assert_int_equal(answer.status, 304);
    answer = client_get(running.port, GET("/assets/app.0000000000.css"));
    assert_int_equal(answer.status, 404);
    answer = client_get(running.port, GET("/still"));
    struct str tag = answer_header(answer, "ETag");
    assert_true(tag.n > 10);
    answer =
        client_ask(running.port, arena, "GET /still HTTP/1.1\r\nHost: h\r\nIf-None-Match: %.*s\r\n\r\n", STR_ARG(tag));
    assert_int_equal(answer.status, 304);
    stop(&running);
}

/* WebAssembly may be compiled on the routes that say so and nowhere else, not even where something goes wrong. */
static void test_policy(void **state)
{
    (void)state;
    static const char plain[] = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                                "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                                "base-uri 'none'";
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    struct answer answer = client_get(running.port, GET("/computes"));
    struct str policy = answer_header(answer, "Content-Security-Policy");
    assert_int_equal(answer.status, 200);
    assert_true(memmem(policy.p, policy.n, "; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; ", 59) != NULL);
    assert_null(memmem(policy.p, policy.n, "unsafe-inline", 13));
    static const char *const others[] = { GET("/"),         GET("/still"),
                                          GET("/nothing"),  GET("/computes/more"),
                                          GET("/pictures"), GET("/assets/app.0000000000.css") };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        answer = client_get(running.port, others[i]);
        assert_true(str_is(answer_header(answer, "Content-Security-Policy"), plain));
    }
    /* The page to keep is given as a file: shown here, its script would not run. */
    answer = client_ask(running.port, arena, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", asset_path("jiaoti-verify.html"));
    assert_int_equal(answer.status, 200);
    assert_true(
        str_starts(answer_header(answer, "Content-Disposition"), STR("attachment; filename=\"jiaoti-verify.html\"")));
    stop(&running);
}

/* Pictures of a base map come from the one place that is set, on the routes that show it. */
static void test_pictures(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1, .images_from = STR("https://t0.example.cn") });
    go(&running);
    struct answer answer = client_get(running.port, GET("/pictures"));
    struct str policy = answer_header(answer, "Content-Security-Policy");
    assert_true(memmem(policy.p, policy.n, "; img-src 'self' https://t0.example.cn; font-src 'self'; ", 56) != NULL);
    answer = client_get(running.port, GET("/"));
    policy = answer_header(answer, "Content-Security-Policy");
    assert_true(memmem(policy.p, policy.n, "; img-src 'self'; font-src 'self'; ", 35) != NULL);
    stop(&running);
}

static void test_connection(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    int fd = client_open(running.port); /* three requests in one packet, cut at every place in the second round */
    client_send(fd, STR(GET("/?who=1") GET("/?who=2") GET("/?who=3")));
    for (int i = 1; i <= 3; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "你好，%d<", i);
        assert_true(answer_has(client_read(fd, arena, false), expected));
    }
    static const char request[] = GET("/?who=slow");
    for (size_t i = 0; i < sizeof request - 1; i++) {
        client_send(fd, (struct str){ request + i, 1 });
    }
    assert_true(answer_has(client_read(fd, arena, false), "你好，slow<"));
    client_send(fd, STR("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    struct answer answer = client_read(fd, arena, false);
    assert_true(str_is(answer_header(answer, "Connection"), "close"));
    assert_true(client_read(fd, arena, false).closed);
    (void)close(fd);
    fd = client_open(running.port); /* larger than any socket buffer, to a slow reader */
    client_send(fd, STR(GET("/big?n=20000000") GET("/?who=after")));
    (void)usleep(100000);
    assert_int_equal(client_read(fd, arena, false).body.n, 20000000);
    assert_true(answer_has(client_read(fd, arena, false), "你好，after<"));
    (void)close(fd);
    for (int i = 0; i < 20; i++) { /* clients that go away while they are served */
        fd = client_open(running.port);
        client_send(fd, i & 1 ? STR(GET("/slow")) : STR(GET("/big?n=20000000")));
        (void)close(fd);
    }
    answer = client_get(running.port, GET("/slow"));
    assert_true(answer_has(answer, "worked"));
    stop(&running);
}

static void test_injection(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    static const struct {
        const char *to;
        const char *location;
    } cases[] = { { "/round/7%3Fx=1", "/round/7?x=1" },
                  { "//evil.example", "/" },
                  { "/%5Cevil.example", "/" },
                  { "https%3A//evil.example", "/" },
                  { "/a%20b", "/" },
                  { "/%E7%8E%8B", "/" },
                  { "", "/" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct answer answer =
            client_ask(running.port, arena, "GET /redirect?to=%s HTTP/1.1\r\nHost: h\r\n\r\n", cases[i].to);
        assert_int_equal(answer.status, 303);
        assert_true(str_is(answer_header(answer, "Location"), cases[i].location));
    }
    struct answer answer = client_get(running.port, GET("/redirect?to=/%0d%0aX-Evil:1"));
    assert_int_equal(answer.status, 400); /* control characters do not get past the query */
    answer = client_get(running.port, GET("/big?n=1&header=a%0d%0aX-Evil:1"));
    assert_int_equal(answer.status, 400);
    assert_int_equal(answer_header(answer, "X-Evil").n, 0);
    stop(&running);
}

/* Loads a page with a form: its key and the guest's cookie. */
static struct str load_key(int port, const char *path, struct str *guest)
{
    struct answer page = client_ask(port, arena, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
    struct str cookie = answer_header(page, "Set-Cookie");
    *guest = str_part(cookie, 0, str_find(cookie, ';'));
    return answer_between(page, "name=\"form_key\" value=\"", "\"");
}

static struct answer post(int port, const char *path, struct str cookie, const char *more, struct str body)
{
    return client_ask(port, arena,
                      "POST %s HTTP/1.1\r\nHost: h\r\nCookie: %.*s\r\n%s"
                      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%.*s",
                      path, STR_ARG(cookie), more, body.n, STR_ARG(body));
}

static void test_forms(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 2 });
    go(&running);
    struct str guest, other_guest;
    struct str key = load_key(running.port, "/form", &guest);
    struct str other_key = load_key(running.port, "/upload", &other_guest);
    assert_int_equal(key.n, 80);
    assert_true(str_starts(guest, STR("jiaoti_guest=")));
    struct str good =
        arena_printf(arena,
                     "form_key=%.*s&name=%%E7%%8E%%8B&number=11010519491231002x&born-year=2020&born-month=3"
                     "&born-day=27&school=b&wishes=371502&wishes=371581&agree=yes",
                     STR_ARG(key));
    struct answer answer = post(running.port, "/form", guest, "", good);
    assert_int_equal(answer.status, 200);
    assert_true(answer_has(answer, "name=王 number=11010519491231002X day=18348 school=b wishes=2 key="));
    struct str once = answer_between(answer, "key=", "\n");
    struct str again = answer_between(post(running.port, "/form", guest, "", good), "key=", "\n");
    assert_true(once.n == 32 && str_eq(once, again)); /* a double click is one action */
    struct str bad = arena_printf(arena, "form_key=%.*s&name=%%3Cx%%3E&number=123&school=zz&note=hello", STR_ARG(key));
    answer = post(running.port, "/form", guest, "", bad);
    assert_int_equal(answer.status, 422);
    assert_true(answer_has(answer, "id=\"error-summary\"") && answer_has(answer, "href=\"#number\""));
    assert_true(answer_has(answer, "value=\"&lt;x&gt;\"") && answer_has(answer, "value=\"123\""));
    assert_true(answer_has(answer, "hello</textarea>") && answer_has(answer, "请填写：出生日期"));
    assert_true(answer_has(answer, "<title>有错误：表单"));
    /* without a key, with another form's, another guest's, from another site */
    struct str stranger = STR("name=x");
    assert_int_equal(post(running.port, "/form", guest, "", stranger).status, 403);
    struct str foreign = arena_printf(arena, "form_key=%.*s&name=x", STR_ARG(other_key));
    assert_int_equal(post(running.port, "/form", other_guest, "", foreign).status, 403);
    assert_int_equal(post(running.port, "/form", other_guest, "", good).status, 403);
    assert_int_equal(post(running.port, "/form", STR("a=b"), "", good).status, 403);
    answer = post(running.port, "/form", guest, "Sec-Fetch-Site: cross-site\r\n", good);
    assert_int_equal(answer.status, 403);
    answer = post(running.port, "/form", guest, "Referer: http://h/form?x=1\r\n", stranger);
    assert_true(answer_has(answer, "没有丢失") && answer_has(answer, "href=\"/form?x=1\""));
    answer = post(running.port, "/form", guest, "Referer: http://evil/form\r\n", stranger);
    assert_false(answer_has(answer, "evil"));
    assert_int_equal(post(running.port, "/form", guest, "", STR("a=%zz")).status, 400);
    answer = post(running.port, "/json", guest, "", STR("{\"a\":1}"));
    assert_true(answer_has(answer, "{\"a\":1}"));
    stop(&running);
}

static struct str multipart(struct str key, const char *file, const char *bytes, size_t n)
{
    struct buf body = buf_init((size_t)64 * 1024 * 1024);
    buf_printf(&body,
               "--xyz\r\nContent-Disposition: form-data; name=\"form_key\"\r\n\r\n%.*s\r\n--xyz\r\n"
               "Content-Disposition: form-data; name=\"paper\"; filename=\"%s\"\r\nContent-Type: image/png\r\n\r\n",
               STR_ARG(key), file);
    buf_add(&body, (struct str){ bytes, n });
    buf_add_cstr(&body, "\r\n--xyz--\r\n");
    struct str whole = arena_str(arena, buf_str(&body));
    buf_free(&body);
    return whole;
}

static struct answer upload(int port, struct str guest, const char *more, struct str body)
{
    struct str head = arena_printf(arena,
                                   "POST /upload HTTP/1.1\r\nHost: h\r\nCookie: %.*s\r\n%sContent-Type: "
                                   "multipart/form-data; boundary=xyz\r\nContent-Length: %zu\r\n\r\n",
                                   STR_ARG(guest), more, body.n);
    int fd = client_open(port);
    client_send(fd, head);
    client_send(fd, body);
    struct answer answer = client_read(fd, arena, false);
    (void)close(fd);
    return answer;
}

static void test_uploads(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    struct str guest;
    struct str key = load_key(running.port, "/upload", &guest);
    size_t n = 50 * 1024 * 1024;
    char *bytes = malloc(n);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (char)(i * 31);
    }
    memcpy(bytes, "\x89PNG\r\n\x1a\n", 8);
    const size_t sizes[] = { 100, 200 * 1024, 300 * 1024, 1024 * 1024 }; /* in memory, and in a file */
    for (size_t i = 0; i < 4; i++) {
        unsigned sum = 0;
        for (size_t k = 0; k < sizes[i]; k++) {
            sum = sum * 31 + (unsigned char)bytes[k];
        }
        struct answer answer = upload(running.port, guest, "", multipart(key, "户口.png", bytes, sizes[i]));
        struct str expected = arena_printf(arena, "户口.png image/png %zu %u\n", sizes[i], sum);
        assert_int_equal(answer.status, 200);
        assert_true(str_eq(answer.body, expected));
    }
    struct answer answer = upload(running.port, guest, "", multipart(key, "a.png", bytes, 1024 * 1024 + 1));
    assert_int_equal(answer.status, 422); /* within the route's limit, over the field's */
    assert_true(answer_has(answer, "户口簿照片太大：最多 1 MB"));
    answer = upload(running.port, guest, "", multipart(key, "a.png", "MZ not a picture", 16));
    assert_true(answer.status == 422 && answer_has(answer, "文件类型不对"));
    answer = upload(running.port, guest, "Accept-Language: en\r\n", multipart(key, "a.png", bytes, n));
    assert_int_equal(answer.status, 413); /* 50 MB: the answer can be read though all was sent */
    assert_true(answer_has(answer, "This page takes at most 2 MB at once."));
    answer = client_ask(running.port, arena,
                        "POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 52428800\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(answer.status, 413); /* and at once for who asks first */
    answer = client_ask(running.port, arena, "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    assert_int_equal(answer.status, 413);
    free(bytes);
    stop(&running);
}

static void test_limits(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1, .request_seconds = 1, .idle_seconds = 1 });
    go(&running);
    struct buf head = buf_init(64 * 1024);
    for (int kilobytes = 10; kilobytes <= 20; kilobytes += 10) {
        buf_clear(&head);
        buf_add_cstr(&head, "GET / HTTP/1.1\r\nHost: h\r\n");
        for (int i = 0; i < kilobytes; i++) {
            buf_printf(&head, "X-%d: %01000d\r\n", i, i);
        }
        buf_add_cstr(&head, "\r\n");
        struct answer answer = client_ask(running.port, arena, "%.*s", (int)head.n, head.p);
        assert_int_equal(answer.status, kilobytes == 10 ? 200 : 431);
    }
    buf_free(&head);
    int idle = client_open(running.port), slow_head = client_open(running.port), slow_body = client_open(running.port);
    client_send(slow_head, STR("GET / HTTP/1.1\r\nHo"));
    client_send(slow_body, STR("POST /json HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{"));
    assert_true(client_read(idle, arena, false).closed); /* nothing was asked: nothing is said */
    struct answer answer = client_read(slow_head, arena, false);
    assert_true(answer.status == 408 && answer_has(answer, "等待时间过长"));
    answer = client_read(slow_body, arena, false);
    assert_int_equal(answer.status, 408);
    assert_true(answer_has(answer, "\"reference\""));
    (void)close(idle);
    (void)close(slow_head);
    (void)close(slow_body);
    answer = client_ask(running.port, arena, "GET / HTTP/1.1\r\nHost: h\r\nBad header\r\n\r\n");
    assert_int_equal(answer.status, 400);
    answer = client_ask(running.port, arena,
                        "POST /json HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_int_equal(answer.status, 411);
    stop(&running);
}

static void test_rates(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){
        .loops = 2, .address_per_minute = 20, .sign_in_per_minute = 2, .trusted_proxies = "127.0.0.1, 10.0.0.9" });
    go(&running);
    for (int i = 0; i < 3; i++) {
        struct answer answer =
            client_ask(running.port, arena, "POST /sign-in HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n");
        assert_int_equal(answer.status, i < 2 ? 403 : 429);
    }
    for (int i = 0; i < 21; i++) { /* the proxy's word is believed, what the client wrote before it is not */
        struct answer answer =
            client_ask(running.port, arena,
                       "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.%d.6, 5.5.5.5, 10.0.0.9\r\n\r\n", i);
        assert_int_equal(answer.status, i < 20 ? 200 : 429);
        if (i == 20) {
            assert_true(str_is(answer_header(answer, "Retry-After"), "3"));
            assert_true(answer_has(answer, "不必着急"));
        }
    }
    assert_int_equal(client_get(running.port, GET("/")).status, 200);
    assert_int_equal(client_get(running.port, GET("/healthz")).status, 200);
    stop(&running);
}

static void test_sessions(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 2, .account_per_minute = 12 });
    go(&running);
    char family[65], clerk[65];
    example_token('F', family);
    example_token('C', clerk);
    struct answer answer = client_get(running.port, GET("/family?a=1"));
    assert_int_equal(answer.status, 303);
    assert_true(str_is(answer_header(answer, "Location"), "/sign-in?next=/family%3Fa%3D1"));
    answer = client_ask(running.port, arena, "POST /family HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(answer.status, 401);
    answer = client_ask(running.port, arena, "GET /family HTTP/1.1\r\nHost: h\r\nCookie: jiaoti=%s\r\n\r\n", family);
    assert_int_equal(answer.status, 200);
    assert_true(answer_has(answer, "李老师") && answer_has(answer, "action=\"/sign-out\""));
    int before = atomic_load(&example_refused);
    answer = client_ask(running.port, arena, "GET /family HTTP/1.1\r\nHost: h\r\nCookie: jiaoti=%s\r\n\r\n", clerk);
    assert_int_equal(answer.status, 403);
    static const struct {
        const char *code;
        int status;
    } cases[] = { { "371502001", 200 }, { "371581", 404 }, { "3715", 404 }, { "none", 404 } };
    for (size_t i = 0; i < 4; i++) {
        answer = client_ask(running.port, arena, "GET /division/%s HTTP/1.1\r\nHost: h\r\nCookie: jiaoti=%s\r\n\r\n",
                            cases[i].code, clerk);
        assert_int_equal(answer.status, cases[i].status);
    }
    assert_int_equal(atomic_load(&example_refused), before + 3);
    clerk[0] = clerk[0] == 'a' ? 'b' : 'a'; /* no such session */
    answer = client_ask(running.port, arena, "GET /family HTTP/1.1\r\nHost: h\r\nCookie: jiaoti=%s\r\n\r\n", clerk);
    assert_int_equal(answer.status, 303);
    int refused = 0;
    for (int i = 0; i < 14; i++) {
        answer = client_ask(running.port, arena, "GET / HTTP/1.1\r\nHost: h\r\nCookie: jiaoti=%s\r\n\r\n", family);
        refused += answer.status == 429;
    }
    assert_true(refused >= 2); /* of the account, whatever its address */
    stop(&running);
}

static void test_commands(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 2 });
    go(&running);
    struct str guest;
    struct str key = load_key(running.port, "/tally", &guest);
    struct str body = arena_printf(arena, "form_key=%.*s", STR_ARG(key));
    for (int i = 0; i < 3; i++) { /* a retry, a double click */
        struct answer answer = post(running.port, "/tally", guest, "", body);
        assert_int_equal(answer.status, 303);
        assert_true(str_is(answer_header(answer, "Location"), "/tally"));
    }
    assert_true(answer_has(client_get(running.port, GET("/tally")), "count=1;"));
    key = load_key(running.port, "/tally", &guest);
    body = arena_printf(arena, "form_key=%.*s", STR_ARG(key));
    for (int i = 0; i < 10; i++) { /* clients that do not wait for the answer: done once all the same */
        int fd = client_open(running.port);
        client_send(fd, arena_printf(
                            arena, "POST /tally HTTP/1.1\r\nHost: h\r\nCookie: %.*s\r\nContent-Length: %zu\r\n\r\n%.*s",
                            STR_ARG(guest), body.n, STR_ARG(body)));
        (void)close(fd);
    }
    assert_int_equal(post(running.port, "/tally", guest, "", body).status, 303);
    assert_true(answer_has(client_get(running.port, GET("/tally")), "count=2;"));
    struct answer answer = post(running.port, "/fail", guest, "", STR("x"));
    assert_int_equal(answer.status, 500);
    assert_true(answer_has(answer, "\"reference\":") && !answer_has(answer, "on purpose"));
    stop(&running);
}

static bool add_one(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return db_run(writing->db, error, "insert into tally (n) values (1)");
}

static void wait_for_held(int n)
{
    for (int i = 0; i < 10000 && atomic_load(&held) < n; i++) {
        (void)usleep(1000);
    }
    assert_int_equal(atomic_load(&held), n);
}

/* Three requests of one loop. While the first holds it, the others arrive, so that both are of its next turn; between
 * them something is committed. The second keeps its moment; the third, of the same turn, sees the commit. */
static void test_snapshots(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1 });
    go(&running);
    int fd[3];
    for (int i = 0; i < 3; i++) {
        fd[i] = client_open(running.port);
        client_send(fd[i], str_of(GET("/tally")));
        assert_int_equal(client_read(fd[i], arena, false).status, 200);
    }
    int64_t count;
    struct answer answer = client_get(running.port, GET("/tally"));
    assert_true(str_to_int(answer_between(answer, "count=", ";"), 0, INT64_MAX, &count));
    client_send(fd[0], str_of(GET("/hold")));
    wait_for_held(1);
    client_send(fd[1], str_of(GET("/hold")));
    client_send(fd[2], str_of(GET("/tally")));
    (void)usleep(20000); /* until both lie in the loop's sockets */
    atomic_store(&let_go, 1);
    assert_int_equal(client_read(fd[0], arena, false).status, 200);
    wait_for_held(2);
    struct error error;
    assert_true(writer_call(store_fixture_writer(fixture), "add", add_one, NULL, &error));
    atomic_store(&let_go, 2);
    const char *before = arena_printf(arena, "count=%lld;", (long long)count).p;
    const char *after = arena_printf(arena, "count=%lld;", (long long)count + 1).p;
    assert_true(answer_has(client_read(fd[1], arena, false), before));
    assert_true(answer_has(client_read(fd[2], arena, false), after));
    for (int i = 0; i < 3; i++) {
        (void)close(fd[i]);
    }
    stop(&running);
}

static void test_drain(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 2 });
    go(&running);
    int busy[8], idle = client_open(running.port);
    for (int i = 0; i < 8; i++) {
        busy[i] = client_open(running.port);
        client_send(busy[i], STR(GET("/slow")));
    }
    (void)usleep(100000);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_true(client_read(idle, arena, false).closed);
    for (int i = 0; i < 8; i++) {
        struct answer answer = client_read(busy[i], arena, false);
        assert_int_equal(answer.status, 200);
        assert_true(str_is(answer_header(answer, "Connection"), "close"));
        (void)close(busy[i]);
    }
    (void)close(idle);
    assert_int_equal(pthread_join(running.thread, NULL), 0);
    assert_true(running.ended_well);
    web_server_free(running.server);
}

static void test_drain_is_bounded(void **state)
{
    (void)state;
    struct running running = start((struct web_settings){ .loops = 1, .drain_seconds = 1 });
    go(&running);
    int fd = client_open(running.port);
    client_send(fd, STR("POST /json HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")); /* and never more */
    (void)usleep(100000);
    int64_t began = clock_monotonic_us();
    web_server_stop(running.server);
    assert_int_equal(pthread_join(running.thread, NULL), 0);
    assert_false(running.ended_well); /* and says so */
    assert_true(clock_monotonic_us() - began < 8 * 1000000);
    web_server_free(running.server);
    (void)close(fd);
}

static void test_settings(void **state)
{
    (void)state;
    struct error error = { 0 };
    assert_null(web_server_new(&(struct web_settings){ .port = 70000 }, NULL, &error));
    assert_non_null(strstr(error.message, "70000"));
    struct web_server *server =
        web_server_new(&(struct web_settings){ .address = "nowhere", .loops = 1 }, NULL, &error);
    assert_non_null(server);
    assert_true(web_add_routes(server, example_routes, example_route_count, &error));
    assert_false(web_add_routes(server, example_routes, 1, &error));
    assert_non_null(strstr(error.message, "declared twice"));
    assert_false(web_server_listen(server, &error));
    assert_non_null(strstr(error.message, "nowhere"));
    static const struct web_role roles[] = { { EXAMPLE_FAMILY, "family", T("家长", "Family") },
                                             { EXAMPLE_CLERK, "clerk", T("学校", "Clerk") } };
    char *text = NULL;
    size_t n = 0;
    FILE *file = open_memstream(&text, &n);
    assert_non_null(file);
    assert_true(web_write_route_table(server, file, WEB_TABLE_MARKDOWN, roles, 2));
    assert_true(web_write_route_table(server, file, WEB_TABLE_JSON, roles, 2));
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(text, "| `GET /division/:code` |   | clerk | by division |"));
    assert_non_null(strstr(text, "\"roles\":[\"family\"]"));
    assert_non_null(strstr(text, "{\"name\":\"paper\",\"kind\":\"file\",\"required\":true}"));
    free(text);
    web_server_free(server);
}

static int set_up(void **state)
{
    (void)state;
    static const struct migration tally = { "tally", 1, "create table tally (id IDENTITY, n BIGINT);" };
    arena = arena_new(0);
    fixture = store_fixture_new();
    store_fixture_migrate(fixture, &tally, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_fixture_free(fixture);
    arena_free(arena);
    return 0;
}

int main(void)
{
    sigset_t stops; /* the server's own thread takes it, not this one */
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &stops, NULL);
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),     cmocka_unit_test(test_static),     cmocka_unit_test(test_policy),
        cmocka_unit_test(test_pictures),  cmocka_unit_test(test_connection), cmocka_unit_test(test_injection),
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_uploads),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_rates),     cmocka_unit_test(test_sessions),   cmocka_unit_test(test_commands),
        cmocka_unit_test(test_snapshots), cmocka_unit_test(test_drain),      cmocka_unit_test(test_drain_is_bounded),
        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
