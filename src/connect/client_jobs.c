/* See client_jobs.h. run() is called by the writer, maybe more than once: it starts from nothing each time. */
#include "connect/client_jobs.h"

#include "base/limits.h"

#include <stdlib.h>

enum { LEASE_MARGIN_MS = 10000 };

struct job *job_new(struct client *client, enum job_type type, struct arena *arena)
{
    struct arena *own = arena ? arena : arena_new(0);
    struct job *job = ARENA_NEW(own, struct job);
    job->client = client;
    job->type = type;
    job->arena = own;
    return job;
}

void job_free(struct job *job)
{
    arena_free(job->arena);
}

int64_t attempt_lease_ms(const struct client_authority *authority)
{
    return (int64_t)authority->timeout_ms + LEASE_MARGIN_MS;
}

/* Takes from one department's questions in a state. The transaction holds the store's write lock, so two servers never
 * take the same one; the updates behind the query go out together (db.h). */
static bool take_state(struct writing *writing, struct job *job, size_t d, const char *state, uint32_t most,
                       struct error *error)
{
    const struct client_authority *authority = &job->client->departments[d].authority;
    struct rows *rows = db_query(writing->db, error,
                                 "select id, tries, number, kind, question_sealed from ask "
                                 "where authority = ?1 and state = ?2 and next_at <= ?3 order by next_at limit ?4",
                                 V_TEXT(authority->id), V_TEXT(str_of(state)), V_INT(writing->now), V_INT(most));
    size_t first = job->n;
    bool ok = true;
    while (ok && rows_next(rows)) {
        struct taken *taken = &job->taken[job->n++];
        *taken = (struct taken){ .id = rows_int(rows, 0),
                                 .tries = rows_int(rows, 1) + 1,
                                 .department = d,
                                 .number = rows_text_in(rows, 2, job->arena),
                                 .kind = rows_text_in(rows, 3, job->arena) };
        ok = vault_unseal(writing->vault, job->arena, "ask.question", rows_blob(rows, 4), &taken->question, error);
    }
    ok = rows_end(rows, ok ? error : NULL) && ok;
    for (size_t i = first; ok && i < job->n; i++) {
        ok = db_run(writing->db, error, "update ask set state = 'sent', tries = ?2, next_at = ?3 where id = ?1",
                    V_INT(job->taken[i].id), V_INT(job->taken[i].tries),
                    V_INT(writing->now + attempt_lease_ms(authority)));
    }
    return ok;
}

static bool take(struct writing *writing, void *input, struct error *error)
{
    struct job *job = input;
    job->n = 0;
    for (size_t d = 0; d < job->client->n; d++) {
        size_t before = job->n;
        uint32_t wanted = job->wanted[d];
        if (!wanted) {
            continue;
        }
        if (!take_state(writing, job, d, "sent", wanted, error)) { /* lost on the way: first */
            return false;
        }
        uint32_t left = wanted - (uint32_t)(job->n - before);
        if (left && !take_state(writing, job, d, "queued", left, error)) {
            return false;
        }
    }
    return true;
}

static bool keep(struct writing *writing, void *input, struct error *error)
{
    struct job *job = input;
    return ask_settle(writing, &job->client->settings.hook, job->id, job->answer, "http", job->problem, &job->kept,
                      error);
}

static bool put_back(struct writing *writing, void *input, struct error *error)
{
    struct job *job = input;
    bool later = job->type == JOB_LATER;
    return db_run(writing->db, error,
                  "update ask set state = 'queued', next_at = ?2, tries = tries - ?3, problem = cast(?4 as text) "
                  "where id = ?1 and state = 'sent'",
                  V_INT(job->id), V_INT(writing->now + (later ? job->wait_ms : 0)), V_INT(later ? 0 : 1),
                  V_IF(job->problem.n, V_TEXT(job->problem)));
}

/* On the writer's thread. */
static void done(void *input, bool ok, const struct error *error)
{
    struct job *job = input;
    struct client *client = job->client;
    job->ok = ok;
    if (!ok && error) {
        job->error = *error;
    }
    (void)pthread_mutex_lock(&client->lock);
    job->next = client->done;
    client->done = job;
    /* Inside the lock: once the thread has seen the last job it may end and free the handle. */
    (void)curl_multi_wakeup(client->multi);
    (void)pthread_mutex_unlock(&client->lock);
}

void job_submit(struct job *job)
{
    static const struct {
        const char *name;
        bool (*run)(struct writing *, void *, struct error *);
    } commands[] = { { "ask.take", take },
                     { "ask.answer", keep },
                     { "ask.silent", keep },
                     { "ask.later", put_back },
                     { "ask.back", put_back } };
    struct client *client = job->client;
    struct command command = {
        .name = commands[job->type].name, .run = commands[job->type].run, .done = done, .input = job
    };
    struct error error = { "" };
    if (!writer_submit(client->settings.writer, &command, &error)) {
        job->next = client->put_off;
        client->put_off = job;
    }
}
