/* The writer: one thread that writes, many commands in one durable commit.
 *
 * Nobody is told "received" before it is on disk, and a disk makes some thousands of things durable a second,
 * one by one. So the commands that wait are taken together (at most LIMIT_WRITER_BATCH), run in one
 * transaction, committed once, and only then answered. What must hold:
 *   - a command that fails leaves nothing behind and does not touch its neighbours;
 *   - the checks (places' sums, for example) hold at every commit;
 *   - the journal's rows are in the same transaction as what they tell;
 *   - `done` is called exactly once for each command that was accepted, after its fate is known;
 *   - what is not known to be saved is never called saved.
 *
 * Several processes may write to one store (a server and a command): each transaction takes the store's
 * write lock first.
 */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/arena.h"
#include "base/error.h"
#include "store/db.h"
#include "store/vault.h"

/* What a command writes with. Made by the writer or by writing_open. */
struct writing {
    struct db *db;
    struct arena *arena; /* reset before each command: nothing in it outlives the command's run */
    int64_t now;         /* ms: the moment of this transaction */
    struct store *store;
    struct vault *vault;
    struct writing_state *state; /* of store/ alone */
};

/* One change, named for the log and for messages. `input` belongs to the caller and lives until `done`.
 *
 * run() may be called more than once for one command (each time after everything was rolled back): it must
 * depend on the database and its input alone, and may write its results into the input. It returns false
 * with an error that the person who asked can act on. It must not commit or roll back.
 * done() is called on the writer's thread (hand the answer to your loop, do not work there). ok is false
 * when run failed, a check failed, or the commit did; error then says which. */
struct command {
    const char *name;
    bool (*run)(struct writing *writing, void *input, struct error *error);
    void (*done)(void *input, bool ok, const struct error *error);
    void *input;
};

struct writer;

/* Starts the thread. The vault signs the journal and keeps its anchor. */
bool writer_start(struct writer **writer, struct store *store, struct vault *vault, struct error *error);
/* Takes no more, finishes what was taken, writes the journal's anchor, ends. NULL is accepted. */
void writer_stop(struct writer *writer);

/* Looks at the whole transaction before COMMIT. When it returns false the batch is rolled back and its commands
 * are run again one by one with the check after each, so that only the guilty one fails, with this message.
 * Register before the first command. At most 16. */
bool writer_add_check(struct writer *writer, bool (*check)(struct writing *writing, void *context, struct error *error),
                      void *context, struct error *error);

/* Queues a command (copied; any thread). False when LIMIT_WRITER_QUEUE commands wait or the writer stops: then
 * done is not called and the answer is "come again". */
bool writer_submit(struct writer *writer, const struct command *command, struct error *error);

/* Queues a command and waits for its end (commands of the operator, tests; never on an event loop). */
bool writer_call(struct writer *writer, const char *name,
                 bool (*run)(struct writing *writing, void *input, struct error *error), void *input,
                 struct error *error);

struct writer_numbers {
    int64_t waiting;  /* now in the queue */
    int64_t commands; /* committed since the start */
    int64_t failed;   /* answered with an error */
    int64_t commits;  /* durable commits */
    int64_t repeated; /* batches that were run again with each command alone */
    int64_t reconnects;
    int64_t anchor_failures; /* the journal's anchor could not be written (the commits stand) */
};
struct writer_numbers writer_numbers(struct writer *writer);

/* ---- Without a thread: bulk builders (the demo city) and operators' commands in large transactions. ----
 * Open once, then begin … commit as often as needed. Registered checks are the caller's to run. After a
 * failure inside, writing_rollback; on PostgreSQL statements are queued, so a failure may show at commit. */
bool writing_open(struct writing **writing, struct store *store, struct vault *vault, struct error *error);
bool writing_begin(struct writing *writing, struct error *error);
bool writing_commit(struct writing *writing, struct error *error);
void writing_rollback(struct writing *writing);
/* Rolls back what is open, writes the journal's anchor, frees. NULL is accepted. */
void writing_close(struct writing *writing);

/* A new id for a table whose ids the program gives out, without asking the database for each: max_sql is a
 * literal `select coalesce(max(id), 0) from TABLE`, asked once a transaction. Much faster than `returning id`
 * on PostgreSQL (no round trip a row). The column is `id IDENTITY`; all ids of one table come from here or
 * all from the database, never both. Rows of such a table are not deleted, else an id could come again. */
bool writing_id(struct writing *writing, const char *max_sql, int64_t *id, struct error *error);

/* The moment of what this transaction records: the same for all of it, at or after `now`, and later than every moment
 * that an earlier transaction gave out, whichever process it ran in and however its clock went. So what a reader saw
 * up to the moment that writing_moment_seen tells never gets anything added to it later. */
bool writing_moment(struct writing *writing, int64_t *moment, struct error *error);
/* The newest moment that the reader's transaction sees; 0: none was given out yet. */
bool writing_moment_seen(struct db *db, int64_t *moment, struct error *error);

/* ---- One-time form keys: a retry, a double click and a lost answer are one change. ----
 * once_claim: *is_new is true for the first use of the key; else *answer is what the first use answered (in
 * the command's arena). A key belongs to an account: another account's use of it is an error. Both in the
 * command's own transaction: a command that fails gives its key back. */
bool once_claim(struct writing *writing, struct str key, int64_t account, struct str *answer, bool *is_new,
                struct error *error);
bool once_answer(struct writing *writing, struct str key, struct str answer, struct error *error);
/* Forgets keys used before `before` (ms); called by housekeeping. */
bool once_forget(struct writing *writing, int64_t before, struct error *error);

#endif
