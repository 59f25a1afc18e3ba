/* The quick question (client.h): on the thread of who asks, with the same signing, breaker and numbers. */
#include "connect/client_internal.h"

#include "base/clock.h"
#include "base/limits.h"

enum { MOST_TRIES = 2, LEAST_MS = 250 };

struct keep_now {
    const struct ask_request *request;
    struct str number;
    struct str answer;
    int64_t asked_at;
};

static bool keep_now(struct writing *writing, void *input, struct error *error)
{
    struct keep_now *keep = input;
    return ask_keep(writing, keep->request, keep->number, keep->answer, keep->asked_at, error);
}

static bool admitted(struct client *client, size_t department)
{
    (void)pthread_mutex_lock(&client->lock);
    bool ok = breaker_admit(&client->departments[department].breaker, clock_ms(), 1) == 1;
    (void)pthread_mutex_unlock(&client->lock);
    return ok;
}

/* One try; the result lives in the arena. */
static struct attempt_result try_once(struct client *client, struct arena *arena, size_t department,
                                      const struct ask_request *request, struct str number, struct str canonical,
                                      uint32_t timeout_ms)
{
    struct attempt attempt = {
        .arena = arena, .department = department, .number = number, .kind = request->kind, .question = canonical
    };
    struct str problem;
    struct attempt_result result = attempt_prepare(client, &attempt, timeout_ms, &problem)
                                       ? attempt_finish(client, &attempt, curl_easy_perform(attempt.easy))
                                       : attempt_unsent(client, &attempt, problem);
    attempt_close(&attempt);
    return result;
}

static struct attempt_result try_in_time(struct client *client, struct arena *arena, size_t department,
                                         const struct ask_request *request, struct str number, struct str canonical,
                                         uint32_t timeout_ms)
{
    struct attempt_result result = { .end = ATTEMPT_FAILED, .problem = STR("department-down") };
    int64_t until = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
    for (int i = 0; i < MOST_TRIES && result.end == ATTEMPT_FAILED; i++) {
        int64_t left = (until - clock_monotonic_us()) / 1000;
        if ((i > 0 && left < LEAST_MS) || !admitted(client, department)) {
            break;
        }
        result = try_once(client, arena, department, request, number, canonical, (uint32_t)(left > 1 ? left : 1));
    }
    return result;
}

bool ask_now(struct client *client, struct db *db, struct arena *arena, const struct ask_request *request,
             int64_t max_age, uint32_t timeout_ms, struct ask *ask, bool *answered, struct error *error)
{
    *answered = false;
    if (db) {
        struct ask known;
        bool found = false;
        bool ok = db_read_begin(db, error) && ask_known(db, client->settings.vault, arena, request->kind,
                                                        request->question, max_age, &known, &found, error);
        db_read_end(db);
        if (!ok || found) {
            *answered = ok && found;
            if (*answered) {
                *ask = known;
            }
            return ok;
        }
    }
    size_t department = client_department(client, request->authority);
    struct str canonical, number;
    if (!ask_canonical(arena, request->question, &canonical, error) || !ask_number(arena, &number, error)) {
        return false;
    }
    *ask = (struct ask){ .number = number,
                         .authority = request->authority,
                         .kind = request->kind,
                         .division = request->division,
                         .state = ASK_SILENT,
                         .source = STR("http"),
                         .asked_at = clock_ms(),
                         .question = canonical };
    if (department == client->n) {
        ask->problem = STR("no-interface");
        return true;
    }
    struct attempt_result result =
        try_in_time(client, arena, department, request, number, canonical, timeout_ms ? timeout_ms : LIMIT_ASK_NOW_MS);
    ask->problem = result.problem;
    if (result.end != ATTEMPT_ANSWERED) {
        return true;
    }
    struct keep_now keep = { request, number, result.answer, ask->asked_at };
    if (!writer_call(client->settings.writer, "ask.now", keep_now, &keep, error)) {
        return false;
    }
    ask->state = ASK_ANSWERED;
    ask->answer = result.answer;
    ask->answered_at = clock_ms();
    *answered = true;
    return true;
}
