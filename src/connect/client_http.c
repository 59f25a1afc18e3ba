/* One try: a signed POST, and what came back. See client.h and signing.h. */
#include "connect/client_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "connect/kinds.h"
#include "connect/signing.h"

#include <openssl/crypto.h>

static size_t take_body(char *bytes, size_t size, size_t n, void *context)
{
    struct buf *body = context;
    buf_add(body, (struct str){ bytes, size * n });
    return body->full ? 0 : size * n;
}

/* The path of an URL: from the first slash behind the host. */
static struct str path_of(struct str url)
{
    size_t at = 0;
    while (at + 2 < url.n && memcmp(url.p + at, "://", 3) != 0) {
        at++;
    }
    at += 3;
    while (at < url.n && url.p[at] != '/') {
        at++;
    }
    return str_part(url, at, url.n);
}

static bool add_header(struct attempt *attempt, const char *name, struct str value)
{
    const char *line = arena_printf(attempt->arena, "%s: %.*s", name, STR_ARG(value)).p;
    struct curl_slist *list = curl_slist_append(attempt->headers, line);
    if (list) {
        attempt->headers = list;
    }
    return list != NULL;
}

static bool sign(struct client *client, struct attempt *attempt)
{
    const struct client_authority *authority = &client->departments[attempt->department].authority;
    struct signed_message message = { .kind = SIGNING_QUESTION,
                                      .verb = STR("POST"),
                                      .path = attempt->path,
                                      .time = clock_wall_ms(),
                                      .number = attempt->number,
                                      .body = attempt->question };
    unsigned char key[KEY_BYTES];
    struct str signature;
    bool ok = keys_find(client->settings.keys, authority->key, key) &&
              signing_sign(attempt->arena, key, &message, &signature, NULL);
    OPENSSL_cleanse(key, sizeof key);
    return ok && add_header(attempt, SIGNING_KEY, authority->key) &&
           add_header(attempt, SIGNING_TIME, arena_printf(attempt->arena, "%lld", (long long)message.time)) &&
           add_header(attempt, SIGNING_NUMBER, attempt->number) && add_header(attempt, SIGNING_SIGNATURE, signature) &&
           add_header(attempt, "Content-Type", STR("application/json; charset=utf-8")) &&
           add_header(attempt, "Expect", STR(""));
}

#define OPTION(option, value) (curl_easy_setopt(attempt->easy, (option), (value)) == CURLE_OK)

bool attempt_prepare(struct client *client, struct attempt *attempt, uint32_t timeout_ms, struct str *problem)
{
    const struct client_authority *authority = &client->departments[attempt->department].authority;
    struct str url = arena_printf(attempt->arena, "%.*s/ask/%.*s", STR_ARG(authority->url), STR_ARG(attempt->kind));
    attempt->path = path_of(url);
    attempt->body = buf_init(LIMIT_ASK_BYTES);
    attempt->easy = curl_easy_init();
    attempt->began_us = clock_monotonic_us();
    *problem = STR("key");
    if (!sign(client, attempt)) {
        return false;
    }
    *problem = STR("connection");
    /* Nothing but HTTP to the address of city.yaml: no redirect, no proxy of the environment. */
    return attempt->easy && OPTION(CURLOPT_URL, url.p) && OPTION(CURLOPT_NOSIGNAL, 1L) && OPTION(CURLOPT_PROXY, "") &&
           OPTION(CURLOPT_PROTOCOLS_STR, "http,https") && OPTION(CURLOPT_FOLLOWLOCATION, 0L) &&
           OPTION(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && OPTION(CURLOPT_POST, 1L) &&
           OPTION(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)attempt->question.n) &&
           OPTION(CURLOPT_POSTFIELDS, attempt->question.p) && OPTION(CURLOPT_HTTPHEADER, attempt->headers) &&
           OPTION(CURLOPT_TIMEOUT_MS, (long)timeout_ms) && OPTION(CURLOPT_WRITEFUNCTION, take_body) &&
           OPTION(CURLOPT_WRITEDATA, &attempt->body) && OPTION(CURLOPT_PRIVATE, attempt);
}

static struct str header_of(struct attempt *attempt, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(attempt->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return (struct str){ NULL, 0 };
    }
    return arena_str(attempt->arena, str_of(header->value));
}

/* Is what came signed by the department, for this very question? */
static bool signed_rightly(struct client *client, struct attempt *attempt, long status)
{
    struct str key_id = header_of(attempt, SIGNING_KEY);
    struct signed_message message = { .kind = SIGNING_ANSWER,
                                      .verb = arena_printf(attempt->arena, "%ld", status),
                                      .path = attempt->path,
                                      .number = attempt->number,
                                      .body = buf_str(&attempt->body) };
    unsigned char key[KEY_BYTES];
    bool ok = str_eq(key_id, client->departments[attempt->department].authority.key) &&
              str_eq(header_of(attempt, SIGNING_NUMBER), attempt->number) &&
              str_to_int(header_of(attempt, SIGNING_TIME), 0, INT64_MAX, &message.time) &&
              keys_find(client->settings.keys, key_id, key) &&
              signing_check(attempt->arena, key, &message, header_of(attempt, SIGNING_SIGNATURE), clock_wall_ms()) ==
                  SIGNING_GOOD;
    OPENSSL_cleanse(key, sizeof key);
    return ok;
}

/* Asking again is of use after a time-out, too many requests, and a signature refused (their clock or key is put
 * right); any other 4xx says that the question itself is not taken. */
static bool refused_for_good(long status)
{
    return status >= 400 && status < 500 && status != 401 && status != 408 && status != 429;
}

static struct attempt_result judge_transport(struct client *client, struct attempt *attempt, CURLcode code)
{
    struct attempt_result failed = { .end = ATTEMPT_FAILED };
    long status = 0;
    if (code != CURLE_OK) {
        failed.problem = code == CURLE_OPERATION_TIMEDOUT ? STR("timeout")
                         : attempt->body.full             ? STR("shape")
                                                          : STR("connection");
        return failed;
    }
    (void)curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status);
    failed.problem = arena_printf(attempt->arena, "status-%ld", status);
    bool refused = refused_for_good(status);
    if (status != 200 && !refused) {
        return failed;
    }
    if (!signed_rightly(client, attempt, status)) {
        failed.problem = STR("signature");
        return failed;
    }
    if (refused) {
        return (struct attempt_result){ .end = ATTEMPT_REFUSED, .problem = STR("refused") };
    }
    struct str answer = buf_str(&attempt->body);
    if (!str_is_utf8(answer) || !kind_answer_parse(attempt->kind, answer, NULL, NULL)) {
        failed.problem = STR("shape");
        return failed;
    }
    return (struct attempt_result){ .end = ATTEMPT_ANSWERED, .answer = arena_str(attempt->arena, answer) };
}

static void count(struct client *client, struct attempt *attempt, enum attempt_end end)
{
    struct department *department = &client->departments[attempt->department];
    (void)pthread_mutex_lock(&client->lock);
    department->numbers.sent++;
    if (end == ATTEMPT_FAILED) {
        department->numbers.failed++;
        breaker_failed(&department->breaker, clock_ms());
    } else {
        department->numbers.answered += end == ATTEMPT_ANSWERED;
        department->numbers.took_ms += (clock_monotonic_us() - attempt->began_us) / 1000;
        breaker_succeeded(&department->breaker);
    }
    (void)pthread_mutex_unlock(&client->lock);
}

struct attempt_result attempt_finish(struct client *client, struct attempt *attempt, CURLcode code)
{
    struct attempt_result result = judge_transport(client, attempt, code);
    count(client, attempt, result.end);
    return result;
}

struct attempt_result attempt_unsent(struct client *client, struct attempt *attempt, struct str problem)
{
    count(client, attempt, ATTEMPT_FAILED);
    return (struct attempt_result){ .end = ATTEMPT_FAILED, .problem = problem };
}

void attempt_close(struct attempt *attempt)
{
    curl_easy_cleanup(attempt->easy);
    attempt->easy = NULL;
    curl_slist_free_all(attempt->headers);
    attempt->headers = NULL;
    buf_free(&attempt->body);
}
