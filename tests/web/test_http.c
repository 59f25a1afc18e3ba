/* Heads of requests, percent-decoding and routes: what is understood, what is refused, and that nothing crashes. */
#include "web/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int parse(const char *text, struct http_head *head)
{
    return http_parse_head(text, strlen(text), head);
}

static void test_head(void **state)
{
    (void)state;
    struct http_head head;
    static const char get[] =
        "GET /a%20b?x=1&y=2 HTTP/1.1\r\nHost: h\r\nCookie: a=1; jiaoti=ab; b=2\r\nX-Y:  v  \r\n\r\nrest";
    assert_int_equal(parse(get, &head), 200);
    assert_int_equal(head.method, HTTP_GET);
    assert_true(str_is(head.raw_path, "/a%20b"));
    assert_true(str_is(head.raw_query, "x=1&y=2"));
    assert_true(str_is(http_find(&head, "x-y"), "v"));
    assert_true(str_is(http_cookie(&head, "jiaoti"), "ab"));
    assert_int_equal(http_cookie(&head, "jiao").n, 0);
    assert_int_equal(head.size, sizeof get - 1 - 4);
    assert_true(head.keep_alive);
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n", &head),
                     200);
    assert_int_equal(head.content_length, 12);
    assert_true(head.expects_continue);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n", &head), 200);
    assert_false(head.keep_alive);
    assert_int_equal(parse("\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", &head), 200);
    assert_false(head.keep_alive);
}

static void test_refused_heads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\n", 0 },
        { "GET / HTTP/1.1\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\nHost: h\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", 400 },
        { "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400 },
        { "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400 },
        { "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505 },
        { "GET / HTTQ/1.1\r\nHost: h\r\n\r\n", 400 },
        { "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400 },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 411 },
        { "POST / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n", 417 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_head head;
        int status = parse(cases[i].text, &head);
        if (status != cases[i].status) {
            print_message("%s\n", cases[i].text);
        }
        assert_int_equal(status, cases[i].status);
    }
    struct http_head head;
    char *long_url = calloc(1, 6000);
    assert_non_null(long_url);
    memset(long_url, 'a', 5999);
    memcpy(long_url, "GET /", 5);
    assert_int_equal(parse(long_url, &head), 414);
    free(long_url);
    struct buf many = buf_init(64 * 1024);
    buf_add_cstr(&many, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 70; i++) {
        buf_printf(&many, "A%d: b\r\n", i);
    }
    buf_add_cstr(&many, "\r\n");
    assert_int_equal(http_parse_head(many.p, many.n, &head), 431);
    buf_free(&many);
}

static void test_decoding(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str out;
    assert_true(http_decode(arena, STR("a+b%2fc%E4%BD%A0"), true, false, &out));
    assert_true(str_is(out, "a b/c你"));
    static const char *const bad[] = { "%", "%4", "%zz", "%00", "%ff", "%c0%80", "%0d%0a", "%ed%a0%80", "%7f" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(http_decode(arena, str_of(bad[i]), false, false, &out));
    }
    assert_true(http_decode(arena, STR("a%0d%0ab"), true, true, &out));
    assert_false(http_decode_path(arena, STR("/a%2Fb"), &out));
    assert_false(http_decode_path(arena, STR("/%2f"), &out));
    struct http_pair pairs[2];
    size_t count;
    assert_true(http_parse_pairs(arena, STR("a=1&&b"), false, pairs, 2, &count));
    assert_int_equal(count, 2);
    assert_true(str_is(pairs[1].name, "b") && pairs[1].value.n == 0);
    assert_false(http_parse_pairs(arena, STR("a=1&b=2&c=3"), false, pairs, 2, &count));
    arena_free(arena);
}

/* Every cut and many damages of a good head: an answer each time, and never a read outside (under ASan). */
static void test_damaged_heads(void **state)
{
    (void)state;
    static const char good[] = "POST /round/7?lang=en HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nCookie: a=b\r\n\r\n";
    uint64_t random = 42;
    for (int round = 0; round < 200000; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t n = (size_t)(random >> 33) % sizeof good;
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, good, n);
        for (int k = 0; k < (int)(random >> 60) && n; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            copy[(size_t)(random >> 33) % n] = (char)(random >> 20);
        }
        struct http_head head;
        int status = http_parse_head(copy, n, &head);
        assert_true(status == 0 || (status >= 200 && status <= 505));
        if (status == 200) {
            assert_true(head.size <= n && head.target.p[0] == '/');
            (void)http_cookie(&head, "a");
        }
        free(copy);
    }
}

static void nothing(struct request *request)
{
    (void)request;
}

#define ROUTE(m, p)                                                                                                    \
    {                                                                                                                  \
        .method = (m), .path = (p), .handler = nothing                                                                 \
    }

static const struct route *find(struct router *router, bool post, const char *path, struct route_match *match)
{
    router_find(router, post, str_of(path), match);
    return match->route;
}

static void test_router(void **state)
{
    (void)state;
    static const struct route routes[] = { ROUTE("GET", "/"),
                                           ROUTE("GET", "/school/new"),
                                           ROUTE("GET", "/school/#id"),
                                           ROUTE("GET", "/school/:code"),
                                           ROUTE("GET", "/school/:code/plan"),
                                           ROUTE("POST", "/school/:code/plan"),
                                           ROUTE("GET", "/files/*rest"),
                                           ROUTE("GET", "/round/#round/school/:code") };
    struct router *router = router_new();
    struct route_match match;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        assert_true(router_add(router, &routes[i], i, NULL));
    }
    assert_ptr_equal(find(router, false, "/", &match), &routes[0]);
    assert_ptr_equal(find(router, false, "/school/new", &match), &routes[1]);
    assert_ptr_equal(find(router, false, "/school/42", &match), &routes[2]);
    assert_true(str_is(router_param(&match, "id"), "42"));
    assert_ptr_equal(find(router, false, "/school/4x", &match), &routes[3]);
    assert_ptr_equal(find(router, false, "/school/new/plan", &match), &routes[4]); /* goes back from "new" */
    assert_true(str_is(router_param(&match, "code"), "new"));
    assert_ptr_equal(find(router, true, "/school/42/plan", &match), &routes[5]);
    assert_ptr_equal(find(router, false, "/files/a/b.c", &match), &routes[6]);
    assert_true(str_is(router_param(&match, "rest"), "a/b.c"));
    assert_ptr_equal(find(router, false, "/round/7/school/2137000001", &match), &routes[7]);
    assert_true(str_is(router_param(&match, "round"), "7"));
    assert_int_equal(router_param(&match, "other").n, 0);
    assert_null(find(router, false, "/school/", &match));
    assert_null(find(router, false, "/school", &match));
    assert_false(match.path_known);
    assert_null(find(router, false, "/round/x/school/1", &match));
    assert_null(find(router, false, "/files/", &match));
    assert_null(find(router, true, "/school/new", &match));
    assert_true(match.path_known);
    assert_null(find(router, false, "/round/1234567890123456789/school/1", &match)); /* no number of 18 digits */
    struct error error;
    static const struct route wrong[] = { ROUTE("GET", "/school/#other"), ROUTE("PUT", "/x"),    ROUTE("GET", "x"),
                                          ROUTE("GET", "/a//b"),          ROUTE("GET", "/*a/b"), ROUTE("GET", "/:") };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(router_add(router, &wrong[i], 0, &error));
        assert_true(strlen(error.message) > 10);
    }
    router_free(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),          cmocka_unit_test(test_refused_heads), cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_damaged_heads), cmocka_unit_test(test_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
