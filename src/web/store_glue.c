/* Where web meets the store: the loop's read connection, and the way of a command from a loop to the writer and back.
 * A command's answer comes on the writer's thread, which only hands it over to the request's loop.
 */
#include "web/inside.h"

#include "base/log.h"
#include "store/db.h"
#include "store/writer.h"

#include <stdlib.h>

struct db *loop_db(struct loop *loop, struct error *error)
{
    if (!loop->db) {
        struct store *store = loop->server->settings.store;
        if (!store) {
            (void)error_set(error, "the server was started without a store");
            return NULL;
        }
        if (!db_open(&loop->db, store, DB_READ, error)) {
            loop->db = NULL;
        }
    }
    return loop->db;
}

void loop_db_close(struct loop *loop)
{
    loop_end_snapshot(loop);
    db_close(loop->db);
    loop->db = NULL;
}

/* ---- Snapshots ----
 * Requests that a loop finds waiting in one turn may read in one snapshot, as long as nothing was committed since it
 * began: then it is what a fresh one would see, and the beginning and ending of a read transaction, for which all loops
 * wait at one lock of the database, is done once for many (docs/decisions/one-snapshot-a-turn.md). */

void loop_end_snapshot(struct loop *loop)
{
    if (loop->snapshot) {
        db_read_end(loop->db);
        loop->snapshot = false;
    }
}

static bool begin_snapshot(struct loop *loop, struct error *error)
{
    if (loop->snapshot && db_read_is_newest(loop->db)) {
        return true;
    }
    loop_end_snapshot(loop);
    loop->snapshot = loop_db(loop, error) && db_read_begin(loop->db, error);
    return loop->snapshot;
}

struct db *request_db(struct request *request)
{
    struct loop *loop = request->loop;
    if (request->reading) {
        return loop->db;
    }
    struct error error = { 0 };
    if (!begin_snapshot(loop, &error)) {
        log_line(LOG_ERROR, "web: %s: cannot read: %s", request->reference, error.message);
        reply_status(request, 503, 5);
        return NULL;
    }
    request->reading = true;
    return loop->db;
}

void request_end_reading(struct request *request)
{
    struct loop *loop = request->loop;
    if (request->reading) {
        request->reading = false;
        if (!db_read_is_newest(loop->db)) {
            loop_end_snapshot(loop);
        } else if (!loop->turn_ends) {
            loop->turn_ends = true;
            event_active(&loop->turn_event, EV_TIMEOUT, 1); /* runs behind what this turn found ready */
        }
    }
}

/* A command or a piece of work on its way; lives in the request's arena. */
struct errand {
    struct post post;
    struct request *request;
    request_run *run;
    request_work_fn *work;
    request_done *done;
    void *input;
    void *context;
    bool ok;
    struct error error;
};

static void come_back(void *context)
{
    struct errand *errand = context;
    errand->done(errand->request, errand->ok, &errand->error, errand->context);
}

static struct errand *errand_new(struct request *request, request_done *done, void *context)
{
    request_end_reading(request);
    struct errand *errand = ARENA_NEW(request->arena, struct errand);
    errand->request = request;
    errand->done = done;
    errand->context = context;
    errand->post.run = come_back;
    errand->post.context = errand;
    return errand;
}

static bool run_command(struct writing *writing, void *input, struct error *error)
{
    struct errand *errand = input;
    return errand->run(writing, errand->input, error);
}

static void command_done(void *input, bool ok, const struct error *error)
{
    struct errand *errand = input;
    errand->ok = ok;
    if (error) {
        errand->error = *error;
    }
    loop_post(errand->request->loop, &errand->post);
}

void request_command(struct request *request, const char *name, request_run *run, void *input, request_done *done,
                     void *context)
{
    struct writer *writer = request->server->settings.writer;
    struct errand *errand = errand_new(request, done, context);
    errand->run = run;
    errand->input = input;
    struct command command = { .name = name, .run = run_command, .done = command_done, .input = errand };
    struct error error = { 0 };
    if (!writer || !writer_submit(writer, &command, &error)) {
        log_line(LOG_WARNING, "web: %s: %s was not taken: %s", request->reference, name, error.message);
        reply_status(request, 503, 10);
    }
}

static void run_work(void *context)
{
    struct errand *errand = context;
    errand->ok = errand->work(errand->request->arena, errand->context, &errand->error);
    loop_post(errand->request->loop, &errand->post);
}

void request_work(struct request *request, request_work_fn *work, void *context, request_done *done)
{
    struct errand *errand = errand_new(request, done, context);
    errand->work = work;
    if (!workers_add(request->server->workers, run_work, errand)) {
        reply_status(request, 503, 10);
    }
}

/* writer queue and durable commits, for /metrics */
void metrics_write_store(struct web_server *server, struct buf *out)
{
    if (!server->settings.writer) {
        return;
    }
    struct writer_numbers numbers = writer_numbers(server->settings.writer);
    buf_printf(out,
               "# TYPE jiaoti_writer_waiting gauge\njiaoti_writer_waiting %lld\n"
               "# TYPE jiaoti_writer_commands_total counter\njiaoti_writer_commands_total %lld\n"
               "# TYPE jiaoti_writer_failed_total counter\njiaoti_writer_failed_total %lld\n"
               "# TYPE jiaoti_writer_commits_total counter\njiaoti_writer_commits_total %lld\n",
               (long long)numbers.waiting, (long long)numbers.commands, (long long)numbers.failed,
               (long long)numbers.commits);
}
