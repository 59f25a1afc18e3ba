/* The writer's thread: see writer.h for what must hold.
 *
 * A batch runs in up to three ways, each from the beginning of a fresh transaction:
 *   TOGETHER   the usual one. On SQLite each command has a savepoint. On PostgreSQL the statements are queued
 *              and there is no savepoint: a command that fails before it wrote anything just leaves; any other
 *              failure sends the batch to
 *   APART      each command alone: a savepoint, every statement answered before the next. When a check fails
 *              at the end, the batch goes to
 *   CHECKED    as APART, with the checks after each command, so that the guilty one is found.
 * The order of the commands never changes. */
#include "store/writer.h"

#include "base/clock.h"
#include "base/limits.h"
#include "store/engine.h"
#include "store/writing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { CHECKS_MAX = 16, WAIT_FIRST_MS = 50, WAIT_LAST_MS = 2000 };

enum way { TOGETHER, APART, CHECKED };
enum outcome { FINISHED, GO_APART, GO_CHECKED };

struct verdict {
    bool ok;
    struct error error;
};

struct check {
    bool (*run)(struct writing *writing, void *context, struct error *error);
    void *context;
};

struct writer {
    struct writing *writing;
    pthread_t thread;
    pthread_mutex_t lock; /* of queue, stopping, checks */
    pthread_cond_t wake;
    bool stopping;
    struct command *queue; /* a ring */
    size_t first, waiting;
    struct check checks[CHECKS_MAX];
    size_t check_count;

    /* of the thread alone */
    struct command batch[LIMIT_WRITER_BATCH];
    struct verdict verdicts[LIMIT_WRITER_BATCH];
    size_t count;
    int64_t wait_ms; /* before the next attempt to connect; 0: connected */

    _Atomic int64_t commands, failed, commits, repeated, reconnects, anchor_failures;
};

/* ---- one command ---- */

static bool run_checks(struct writer *writer, struct error *error)
{
    (void)pthread_mutex_lock(&writer->lock);
    size_t n = writer->check_count; /* checks are only added, so the first n stay as they are */
    (void)pthread_mutex_unlock(&writer->lock);
    for (size_t i = 0; i < n; i++) {
        arena_reset(writer->writing->arena);
        if (!writer->checks[i].run(writer->writing, writer->checks[i].context, error)) {
            return false;
        }
    }
    return true;
}

static bool run_command(struct writer *writer, size_t i)
{
    struct verdict *verdict = &writer->verdicts[i];
    arena_reset(writer->writing->arena);
    verdict->error.message[0] = '\0';
    verdict->ok = writer->batch[i].run(writer->writing, writer->batch[i].input, &verdict->error);
    return verdict->ok;
}

/* Without a savepoint: false when the batch must be run apart. */
static bool run_queued(struct writer *writer, size_t i)
{
    struct db *db = writer->writing->db;
    int64_t writes = db->writes;
    bool ok = run_command(writer, i);
    return !db->broken && !db->lost && (ok || db->writes == writes);
}

/* With a savepoint: false when the transaction cannot go on (verdict->error says why). */
static bool run_alone(struct writer *writer, size_t i, bool checked)
{
    struct writing *writing = writer->writing;
    struct verdict *verdict = &writer->verdicts[i];
    struct journal_head before = writing->state->head;
    int64_t moment = writing->state->moment;
    if (!db_savepoint(writing->db, &verdict->error)) {
        return false;
    }
    verdict->ok = run_command(writer, i) && (!checked || run_checks(writer, &verdict->error));
    if (verdict->ok) {
        return db_savepoint_release(writing->db, &verdict->error);
    }
    struct error failure;
    writing->state->head = before;
    writing->state->moment = moment;
    if (!db_savepoint_rollback(writing->db, &failure)) {
        verdict->error = failure;
        return false;
    }
    return true;
}

/* ---- one batch ---- */

static void all_failed(struct writer *writer, const struct error *error)
{
    for (size_t i = 0; i < writer->count; i++) {
        writer->verdicts[i].ok = false;
        writer->verdicts[i].error = *error;
    }
}

static enum outcome give_up(struct writer *writer, struct error *error)
{
    if (writer->writing->db->lost) {
        error_set(error, "not saved, try again: the connection to the database was lost");
    }
    writing_rollback(writer->writing);
    all_failed(writer, error);
    return FINISHED;
}

/* Commits; a deferred statement may turn out to have failed only now. */
static enum outcome finish(struct writer *writer, enum way way)
{
    struct error error = { "" };
    if (!run_checks(writer, &error)) {
        if (way == TOGETHER && writer->writing->db->broken && !writer->writing->db->lost) {
            return GO_APART;
        }
        return way == CHECKED || writer->writing->db->lost ? give_up(writer, &error) : GO_CHECKED;
    }
    if (!writing_commit(writer->writing, &error)) {
        if (way == TOGETHER && writer->writing->db->broken && !writer->writing->db->lost) {
            return GO_APART;
        }
        all_failed(writer, &error);
        return FINISHED;
    }
    atomic_fetch_add(&writer->commits, 1);
    return FINISHED;
}

static enum outcome run_batch(struct writer *writer, enum way way)
{
    struct writing *writing = writer->writing;
    struct error error = { "" };
    if (!writing_begin(writing, &error)) {
        error_within(&error, "not saved, try again");
        all_failed(writer, &error);
        return FINISHED;
    }
    bool queued = way == TOGETHER && db_engine(writing->db) == ENGINE_POSTGRES;
    writing->db->defer = queued;
    for (size_t i = 0; i < writer->count; i++) {
        if (queued && !run_queued(writer, i)) {
            return writing->db->lost ? give_up(writer, &error) : GO_APART;
        }
        if (!queued && !run_alone(writer, i, way == CHECKED)) {
            error = writer->verdicts[i].error;
            return give_up(writer, &error);
        }
    }
    return finish(writer, way);
}

static void answer(struct writer *writer)
{
    for (size_t i = 0; i < writer->count; i++) {
        const struct verdict *verdict = &writer->verdicts[i];
        atomic_fetch_add(verdict->ok ? &writer->commands : &writer->failed, 1);
        if (writer->batch[i].done) {
            writer->batch[i].done(writer->batch[i].input, verdict->ok, verdict->ok ? NULL : &verdict->error);
        }
    }
}

/* After a failed connect the next attempt waits, longer each time: a server that comes up is not stormed. */
static void set_pause(struct writer *writer)
{
    int64_t doubled = writer->wait_ms ? writer->wait_ms * 2 : WAIT_FIRST_MS;
    writer->wait_ms = !writer->writing->db->lost ? 0 : doubled < WAIT_LAST_MS ? doubled : WAIT_LAST_MS;
}

static void process(struct writer *writer)
{
    enum outcome outcome = run_batch(writer, TOGETHER);
    while (outcome != FINISHED) {
        atomic_fetch_add(&writer->repeated, 1);
        writing_rollback(writer->writing);
        outcome = run_batch(writer, outcome == GO_APART ? APART : CHECKED);
    }
    set_pause(writer);
    atomic_store(&writer->reconnects, writer->writing->db->reconnects);
    atomic_store(&writer->anchor_failures, writer->writing->state->anchor_failures);
    answer(writer);
}

/* ---- the thread ---- */

static struct timespec in_ms(int64_t ms)
{
    struct timespec when;
    (void)clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec += ms / 1000;
    when.tv_nsec += (ms % 1000) * 1000000;
    when.tv_sec += when.tv_nsec / 1000000000;
    when.tv_nsec %= 1000000000;
    return when;
}

/* Waits for commands and takes them into the batch; false when it is time to end. The batch may be empty: then
 * the anchor is due. */
static bool take(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    struct timespec retry = in_ms(writer->wait_ms);
    while (writer->wait_ms && !writer->stopping && pthread_cond_timedwait(&writer->wake, &writer->lock, &retry) == 0) {
        /* woken by a new command: the pause after a failed connect goes on */
    }
    bool behind = journal_anchor_is_behind(writer->writing);
    struct timespec anchor = in_ms(ANCHOR_EVERY_US / 1000);
    int code = 0;
    while (!writer->waiting && !writer->stopping && code == 0) {
        code = behind ? pthread_cond_timedwait(&writer->wake, &writer->lock, &anchor)
                      : pthread_cond_wait(&writer->wake, &writer->lock);
    }
    writer->count = 0;
    while (writer->count < LIMIT_WRITER_BATCH && writer->waiting) {
        writer->batch[writer->count++] = writer->queue[writer->first];
        writer->first = (writer->first + 1) % LIMIT_WRITER_QUEUE;
        writer->waiting--;
    }
    bool more = writer->count || !writer->stopping;
    (void)pthread_mutex_unlock(&writer->lock);
    return more;
}

static void *work(void *argument)
{
    struct writer *writer = argument;
    while (take(writer)) {
        if (writer->count) {
            process(writer);
        } else {
            journal_write_anchor(writer->writing, true);
        }
    }
    return NULL;
}

/* ---- the public face ---- */

static void free_writer(struct writer *writer)
{
    writing_close(writer->writing);
    (void)pthread_mutex_destroy(&writer->lock);
    (void)pthread_cond_destroy(&writer->wake);
    free(writer->queue);
    free(writer);
}

bool writer_start(struct writer **out, struct store *store, struct vault *vault, struct error *error)
{
    struct writer *writer = calloc(1, sizeof *writer);
    pthread_condattr_t monotonic;
    if (!writer || !(writer->queue = calloc(LIMIT_WRITER_QUEUE, sizeof *writer->queue))) {
        abort();
    }
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (!writing_open(&writer->writing, store, vault, error)) {
        free_writer(writer);
        return false;
    }
    if (pthread_create(&writer->thread, NULL, work, writer) != 0) {
        free_writer(writer);
        return error_set(error, "cannot start the writer's thread");
    }
    *out = writer;
    return true;
}

void writer_stop(struct writer *writer)
{
    if (writer) {
        (void)pthread_mutex_lock(&writer->lock);
        writer->stopping = true;
        (void)pthread_cond_signal(&writer->wake);
        (void)pthread_mutex_unlock(&writer->lock);
        (void)pthread_join(writer->thread, NULL);
        free_writer(writer);
    }
}

bool writer_add_check(struct writer *writer, bool (*check)(struct writing *writing, void *context, struct error *error),
                      void *context, struct error *error)
{
    (void)pthread_mutex_lock(&writer->lock);
    bool room = writer->check_count < CHECKS_MAX;
    if (room) {
        writer->checks[writer->check_count++] = (struct check){ check, context };
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return room || error_set(error, "at most %d checks before a commit", CHECKS_MAX);
}

bool writer_submit(struct writer *writer, const struct command *command, struct error *error)
{
    (void)pthread_mutex_lock(&writer->lock);
    bool room = !writer->stopping && writer->waiting < LIMIT_WRITER_QUEUE;
    if (room) {
        writer->queue[(writer->first + writer->waiting++) % LIMIT_WRITER_QUEUE] = *command;
        if (writer->waiting == 1) {
            (void)pthread_cond_signal(&writer->wake);
        }
    }
    bool stopping = writer->stopping;
    (void)pthread_mutex_unlock(&writer->lock);
    return room || (stopping ? error_set(error, "the program is stopping; try again in a minute")
                             : error_set(error, "too many changes wait to be saved; try again in a minute"));
}

struct call {
    bool (*run)(struct writing *writing, void *input, struct error *error);
    void *input;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool over, ok;
    struct error error;
};

static bool call_run(struct writing *writing, void *input, struct error *error)
{
    struct call *call = input;
    return call->run(writing, call->input, error);
}

static void call_done(void *input, bool ok, const struct error *error)
{
    struct call *call = input;
    (void)pthread_mutex_lock(&call->lock);
    call->over = true;
    call->ok = ok;
    if (error) {
        call->error = *error;
    }
    (void)pthread_cond_signal(&call->answered);
    (void)pthread_mutex_unlock(&call->lock);
}

bool writer_call(struct writer *writer, const char *name,
                 bool (*run)(struct writing *writing, void *input, struct error *error), void *input,
                 struct error *error)
{
    struct call call = { .run = run, .input = input };
    struct command command = { name, call_run, call_done, &call };
    (void)pthread_mutex_init(&call.lock, NULL);
    (void)pthread_cond_init(&call.answered, NULL);
    bool ok = writer_submit(writer, &command, error);
    if (ok) {
        (void)pthread_mutex_lock(&call.lock);
        while (!call.over) {
            (void)pthread_cond_wait(&call.answered, &call.lock);
        }
        (void)pthread_mutex_unlock(&call.lock);
        ok = call.ok;
        if (!ok && error) {
            *error = call.error;
        }
    }
    (void)pthread_mutex_destroy(&call.lock);
    (void)pthread_cond_destroy(&call.answered);
    return ok;
}

struct writer_numbers writer_numbers(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    int64_t waiting = (int64_t)writer->waiting;
    (void)pthread_mutex_unlock(&writer->lock);
    return (struct writer_numbers){ .waiting = waiting,
                                    .commands = atomic_load(&writer->commands),
                                    .failed = atomic_load(&writer->failed),
                                    .commits = atomic_load(&writer->commits),
                                    .repeated = atomic_load(&writer->repeated),
                                    .reconnects = atomic_load(&writer->reconnects),
                                    .anchor_failures = atomic_load(&writer->anchor_failures) };
}
