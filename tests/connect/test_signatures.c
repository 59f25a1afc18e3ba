/* Tampering on the way: what the departments refuse, and what the client refuses of them. */
#include "connect/world.h"

#include "base/clock.h"
#include "base/limits.h"
#include "connect/signing.h"

#include <curl/curl.h>

struct post {
    struct signed_message message; /* as signed */
    const char *path;              /* as sent; NULL: the same */
    const char *body;
    const char *number;
    const char *key; /* "" for no header */
    int64_t time;    /* 0: the same */
    const char *signature;
    bool no_signature;
};

static size_t ignore(char *bytes, size_t size, size_t n, void *context)
{
    (void)bytes;
    (void)context;
    return size * n;
}

static struct curl_slist *with(struct curl_slist *list, struct world *w, const char *name, const char *value)
{
    return curl_slist_append(list, arena_printf(w->f->arena, "%s: %s", name, value).p);
}

static long send_post(struct world *w, const struct post *post)
{
    struct error error = { "" };
    struct arena *arena = w->f->arena;
    unsigned char key[KEY_BYTES];
    struct str signature;
    long status = 0;
    assert_true(keys_find(w->keys, STR("land-key"), key));
    must(signing_sign(arena, key, &post->message, &signature, &error));
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = NULL;
    headers = with(headers, w, SIGNING_KEY, post->key ? post->key : "land-key");
    headers = with(headers, w, SIGNING_TIME,
                   arena_printf(arena, "%lld", (long long)(post->time ? post->time : post->message.time)).p);
    headers = with(headers, w, SIGNING_NUMBER, post->number ? post->number : post->message.number.p);
    if (!post->no_signature) {
        headers = with(headers, w, SIGNING_SIGNATURE, post->signature ? post->signature : signature.p);
    }
    const char *path = post->path ? post->path : post->message.path.p;
    (void)curl_easy_setopt(easy, CURLOPT_URL, arena_printf(arena, "http://127.0.0.1:%d%s", w->port, path).p);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body ? post->body : post->message.body.p);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return status;
}

#define QUESTION "{\"address\":\"育新社区1号\",\"owner\":\"" OWNER "\",\"owner_name\":\"赵一\"}"
#define OTHER_QUESTION "{\"address\":\"育新社区1号\",\"owner\":\"" OTHER_OWNER "\",\"owner_name\":\"赵一\"}"

static struct signed_message question_of(const char *number)
{
    return (struct signed_message){ .kind = SIGNING_QUESTION,
                                    .verb = STR("POST"),
                                    .path = STR("/ask/property"),
                                    .time = clock_wall_ms(),
                                    .number = str_of(number),
                                    .body = STR(QUESTION) };
}

static void the_departments_refuse_what_was_changed(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q1") }), 200);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q2"), .body = OTHER_QUESTION }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q3"), .path = "/ask/household" }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q4"), .number = "Q5" }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q6"), .time = clock_wall_ms() + 1000 }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q7"), .key = "police-key" }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q8"), .key = "nobody" }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q9"), .signature = "00" }), 401);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q10"), .no_signature = true }), 401);
    struct signed_message old = question_of("Q11");
    old.time -= LIMIT_SIGNATURE_AGE_MS + 60000;
    assert_int_equal(send_post(w, &(struct post){ .message = old }), 401);
    /* A number is for one question. */
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q1") }), 200);
    struct signed_message other = question_of("Q1");
    other.body = STR(OTHER_QUESTION);
    assert_int_equal(send_post(w, &(struct post){ .message = other }), 409);
    struct signed_message unknown = question_of("Q12");
    unknown.path = STR("/ask/moon_phase");
    assert_int_equal(send_post(w, &(struct post){ .message = unknown }), 404);
    struct signed_message list = question_of("Q13");
    list.body = STR("[]");
    assert_int_equal(send_post(w, &(struct post){ .message = list }), 400);
    /* The time is the machines' own, not that of a demo whose clock was moved. */
    clock_shift((int64_t)-140 * 86400000);
    assert_int_equal(send_post(w, &(struct post){ .message = question_of("Q1") }), 200);
    old = question_of("Q14");
    old.time = clock_ms();
    assert_int_equal(send_post(w, &(struct post){ .message = old }), 401);
    assert_int_equal(world_numbers(w, "property", "numbers"), 1);
    world_free(w);
}

static void an_answer_without_the_right_signature_is_none(void **state)
{
    (void)state;
    struct world *w = world_new("property:garbled");
    struct client_settings settings = world_settings(w);
    w->authorities[0].tries = 2; /* half a text, then a signature of something else */
    world_start(w, &settings);
    struct ask row = world_wait(w, world_property(w, 1, OWNER).number, ASK_SILENT);
    assert_true(str_is(row.problem, "signature"));
    assert_int_equal(row.answer.n, 0);
    world_free(w);
}

static void a_key_that_is_not_shared(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new(NULL);
    /* The client holds another key of that name: the departments refuse, the clerk is told why. */
    struct keys *other;
    must(keys_open(&other, arena_printf(w->f->arena, "%s/elsewhere", w->f->folder).p, &error));
    must(keys_make(other, (struct str[]){ STR("land-key") }, 1, &error));
    struct client_settings settings = world_settings(w);
    settings.keys = other;
    world_start(w, &settings);
    assert_true(str_is(world_wait(w, world_property(w, 1, OWNER).number, ASK_SILENT).problem, "status-401"));
    /* And a department for which there is none at all is not asked. */
    struct ask police = world_ask(w, "household", 2, "{\"child\":\"" CHILD "\",\"guardian\":\"" OWNER "\"}", false);
    assert_true(str_is(world_wait(w, police.number, ASK_SILENT).problem, "key"));
    assert_int_equal(world_numbers(w, "household", "requests"), 0);
    world_stop(w);
    keys_close(other);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_departments_refuse_what_was_changed),
        cmocka_unit_test(an_answer_without_the_right_signature_is_none),
        cmocka_unit_test(a_key_that_is_not_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
