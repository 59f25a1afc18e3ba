/* The server engine: PostgreSQL 13 or later by libpq, always in pipeline mode (pipeline.h).
 *
 * Writing: `begin`, the store's lock and the transaction's mark go out together; in the writer's usual way
 * statements without rows are queued and read with the next answer that somebody needs. A commit whose answer is
 * lost is looked up by its mark (a row of commit_mark that is saved with the transaction or not at all) on a new
 * connection, so that "saved" is said only of what is. The transaction's number would not do: after a crash the
 * server gives the number of a transaction that left no trace to another one. Reading: `begin` travels with the first
 * query, `commit` is not waited for. */
#include "store/fault.h"
#include "store/pipeline.h"
#include "store/vault.h"

#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

enum { RESOLVE_MS = 30000, MARK_KEPT_MS = 24 * 3600 * 1000 };

/* The lock's number is the program's own; it is held to the end of the transaction. */
static const char write_lock[] = "select pg_advisory_xact_lock(5236894117)";

static struct pg_db *of(struct db *db)
{
    return (struct pg_db *)db;
}

static void *must(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

/* ---- opening ---- */

static bool open_db(struct db **out, struct store *store, enum db_access access, struct error *error)
{
    struct pg_db *db = must(calloc(1, sizeof *db));
    db->base = (struct db){ .store = store, .calls = &postgres_engine, .access = access };
    if (!pipeline_connect(db, error)) {
        free(db);
        return false;
    }
    *out = &db->base;
    return true;
}

static void free_rows(struct pg_rows *rows)
{
    struct pg_db *db = of(rows->base.db);
    PQclear(rows->result);
    if (rows->own) {
        pipeline_free_statement(rows->own);
    }
    rows->next_free = db->free_rows;
    db->free_rows = rows;
}

static void close_db(struct db *base)
{
    struct pg_db *db = of(base);
    if (!base->lost) {
        pipeline_lose(db, "closed"); /* the server rolls back what is open */
    }
    for (struct statement *s; (s = statements_take(&db->statements));) {
        pipeline_free_statement((struct pg_statement *)s);
    }
    while (db->free_rows) {
        struct pg_rows *rows = db->free_rows;
        db->free_rows = rows->next_free;
        free(rows);
    }
    free(db->queue);
    free(db);
}

static bool check_server(struct db *db, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct str encoding = STR(""), order = STR("");
    bool ok = PQserverVersion(of(db)->connection) >= 130000 ||
              error_set(error, "%s is older than PostgreSQL 13", db->store->name);
    ok = ok && db_one_text(db, error, arena, &encoding, NULL, "select current_setting('server_encoding')") &&
         db_one_text(db, error, arena, &order, NULL,
                     "select datcollate from pg_database where datname = current_database()");
    bool bytes = str_is(order, "C") || str_is(order, "POSIX") || str_starts(order, STR("C."));
    if (ok && (!str_is(encoding, "UTF8") || !bytes)) {
        ok = error_set(error,
                       "the database %s is %.*s and orders text by %.*s; make it with: create database NAME encoding "
                       "'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8' template template0",
                       db->store->name, STR_ARG(encoding), STR_ARG(order));
    }
    arena_free(arena);
    return ok;
}

static bool prepare_store(struct store *store, struct error *error)
{
    struct db *db = NULL;
    bool ok = open_db(&db, store, DB_READ, error) && check_server(db, error);
    db_close(db);
    return ok;
}

/* ---- statements ---- */

static bool run_statement(struct pg_db *db, struct error *error, int64_t *changed, struct pg_statement *statement,
                          const struct value *values, size_t count)
{
    struct outcome outcome = { 0 };
    if (!pipeline_send(db, error, statement, values, count, NULL, &outcome)) {
        return false;
    }
    pipeline_read(db, &outcome.arrived);
    if (outcome.failed) {
        return error_set(error, "%s", outcome.error.message);
    }
    if (changed) {
        *changed = outcome.changed;
    }
    return true;
}

static bool run(struct db *base, struct error *error, int64_t *changed, const char *sql, const struct value *values,
                size_t count)
{
    struct pg_db *db = of(base);
    struct pg_statement *statement = pipeline_statement(db, error, sql, false);
    if (!statement) {
        return false;
    }
    if (strncmp(sql, "rollback", 8) == 0) {
        base->broken = false; /* back to the savepoint: the transaction can go on */
    }
    bool ok;
    if (base->defer && !changed && statement->kept) {
        ok = pipeline_send(db, error, statement, values, count, NULL, NULL);
        if (ok && db->count - db->first > LIMIT_OUTSTANDING) {
            pipeline_read(db, NULL);
        }
    } else {
        ok = run_statement(db, error, changed, statement, values, count);
    }
    if (!statement->kept) {
        pipeline_free_statement(statement);
    }
    return ok;
}

/* ---- rows ---- */

static struct pg_rows *new_rows(struct pg_db *db)
{
    struct pg_rows *rows = db->free_rows;
    if (rows) {
        db->free_rows = rows->next_free;
    } else {
        rows = must(malloc(sizeof *rows));
    }
    rows->base.db = &db->base;
    rows->base.failed = false;
    rows->next_free = NULL;
    rows->own = NULL;
    rows->text = "";
    rows->result = NULL;
    rows->row = -1;
    rows->arrived = false;
    return rows;
}

static struct rows *query(struct db *base, struct error *error, const char *sql, const struct value *values,
                          size_t count)
{
    struct pg_db *db = of(base);
    struct pg_statement *statement = pipeline_statement(db, error, sql, false);
    if (!statement) {
        return NULL;
    }
    struct pg_rows *rows = new_rows(db);
    rows->own = statement->kept ? NULL : statement;
    rows->text = statement->base.text;
    if (!pipeline_send(db, error, statement, values, count, rows, NULL)) {
        free_rows(rows);
        return NULL;
    }
    if (base->access == DB_WRITE && !base->defer) {
        pipeline_read(db, &rows->arrived);
        if (rows->base.failed) {
            error_set(error, "%s", rows->base.failure.message);
            free_rows(rows);
            return NULL;
        }
    }
    return &rows->base;
}

static bool next(struct rows *base)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    if (!rows->arrived) {
        pipeline_read(of(base->db), &rows->arrived);
    }
    return rows->result && ++rows->row < PQntuples(rows->result);
}

static bool end(struct rows *base, struct error *error)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    if (!rows->arrived) {
        pipeline_read(of(base->db), &rows->arrived);
    }
    bool ok = !base->failed;
    if (!ok) {
        error_set(error, "%s", base->failure.message);
    }
    free_rows(rows);
    return ok;
}

/* ---- transactions ---- */

/* Takes in what is left of the last transaction and connects again when the server has hung up. */
static bool ready(struct pg_db *db, struct error *error)
{
    if (!db->base.lost) {
        pipeline_read(db, NULL);
    }
    if (!pipeline_alive(db)) {
        if (!pipeline_connect(db, error)) {
            return false;
        }
        db->base.reconnects++;
    }
    db->base.broken = false;
    return true;
}

/* Sends a statement of the engine's own without waiting. */
static bool send_own(struct pg_db *db, struct error *error, const char *sql, struct outcome *outcome)
{
    struct pg_statement *statement = pipeline_statement(db, error, sql, false);
    bool ok = statement && pipeline_send(db, error, statement, NULL, 0, NULL, outcome);
    if (statement && !statement->kept) {
        /* The table of statements is full: its text must live until the answer. */
        pipeline_read(db, NULL);
        pipeline_free_statement(statement);
    }
    return ok;
}

static bool read_begin(struct db *base, struct error *error)
{
    struct pg_db *db = of(base);
    if (!ready(db, error)) {
        return false;
    }
    base->in_transaction = true; /* from here a failure breaks the transaction */
    return send_own(db, error, "begin isolation level repeatable read read only", NULL);
}

static void read_end(struct db *base)
{
    struct pg_db *db = of(base);
    struct error ignored;
    if (base->lost) {
        return;
    }
    if (base->broken) {
        pipeline_read(db, NULL);
        base->broken = false;
    }
    if (send_own(db, &ignored, "commit", NULL)) {
        pipeline_sync(db);
    }
}

static bool limit(struct db *base, int64_t ms, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct str set = STR("");
    struct str text = arena_printf(arena, "%lld", (long long)ms);
    bool ok =
        db_one_text(base, error, arena, &set, NULL, "select set_config('statement_timeout', ?1, false)", V_TEXT(text));
    arena_free(arena);
    return ok;
}

static void rollback(struct db *base)
{
    struct pg_db *db = of(base);
    struct error ignored;
    if (!base->lost) {
        pipeline_read(db, NULL);
        base->broken = false;
        if (send_own(db, &ignored, "rollback", NULL)) {
            pipeline_read(db, NULL);
        }
    }
    base->broken = false;
}

/* Sends a statement with values without waiting. */
static bool send_values(struct pg_db *db, struct error *error, const char *sql, const struct value *values,
                        size_t count)
{
    bool defer = db->base.defer;
    db->base.defer = true;
    bool ok = run(&db->base, error, NULL, sql, values, count);
    db->base.defer = defer;
    return ok;
}

/* Leaves this transaction's mark: what resolve() looks for when the answer to COMMIT is lost. One row a connection;
 * rows of connections that are long gone are swept at a connection's first mark. */
static bool send_mark(struct pg_db *db, struct error *error)
{
    static const char sweep[] = "delete from commit_mark where at < ?1";
    static const char mark[] =
        "insert into commit_mark (writer, number, at) values (?1, ?2, ?3) on conflict (writer) do "
        "update set number = excluded.number, at = excluded.at";
    static const char unnamed[sizeof db->writer];
    int64_t now = clock_ms();
    if (memcmp(db->writer, unnamed, sizeof unnamed) == 0) {
        const struct value old[] = { V_INT(now - MARK_KEPT_MS) };
        if (!vault_random(db->writer, sizeof db->writer, error) || !send_values(db, error, sweep, old, 1)) {
            return false;
        }
    }
    const struct value values[] = { V_BLOB(((struct str){ db->writer, sizeof db->writer })), V_INT(++db->number),
                                    V_INT(now) };
    return send_values(db, error, mark, values, 3);
}

static bool begin(struct db *base, struct error *error)
{
    struct pg_db *db = of(base);
    if (fault_here("begin")) {
        return error_set(error, "PostgreSQL: a test made begin fail");
    }
    if (!ready(db, error)) {
        return false;
    }
    base->in_transaction = true;
    bool ok = send_own(db, error, "begin isolation level read committed read write", NULL) &&
              send_own(db, error, write_lock, NULL) && (!base->mark || send_mark(db, error));
    if (!ok) {
        rollback(base);
    }
    base->in_transaction = ok;
    return ok;
}

enum fate { FATE_SAVED, FATE_NOT_SAVED, FATE_UNDECIDED };

/* Looks for the mark under the write lock: the lost transaction held it, so it is over by then, one way or the other.
 */
static enum fate look_for_mark(struct pg_db *db)
{
    struct error error;
    int64_t number = 0;
    bool found = false;
    /* A server that has not noticed the lost connection keeps the lock for a while. */
    bool ok = send_own(db, &error, "begin isolation level read committed read only", NULL) &&
              send_own(db, &error, "select set_config('statement_timeout', '5000', true)", NULL) &&
              send_own(db, &error, write_lock, NULL) &&
              db_one_int(&db->base, &error, &number, &found, "select number from commit_mark where writer = ?1",
                         V_BLOB(((struct str){ db->writer, sizeof db->writer })));
    rollback(&db->base);
    return !ok ? FATE_UNDECIDED : found && number == db->number ? FATE_SAVED : FATE_NOT_SAVED;
}

/* Asks on a fresh connection what became of the transaction. */
static enum fate ask_fate(struct pg_db *db)
{
    struct error error;
    enum fate fate = FATE_UNDECIDED;
    if (pipeline_connect(db, &error)) {
        db->base.reconnects++;
        db->base.in_transaction = true;
        fate = look_for_mark(db);
        db->base.in_transaction = false;
        if (fate == FATE_UNDECIDED && !db->base.lost) {
            pipeline_lose(db, "asked again later");
        }
    }
    return fate;
}

static bool resolve(struct pg_db *db, struct error *error)
{
    int64_t until = clock_monotonic_us() + RESOLVE_MS * 1000;
    struct timespec pause = { 0, 20 * 1000000 };
    enum fate fate = db->base.mark ? ask_fate(db) : FATE_UNDECIDED;
    while (db->base.mark && fate == FATE_UNDECIDED && clock_monotonic_us() < until) {
        (void)nanosleep(&pause, NULL);
        pause.tv_nsec = pause.tv_nsec < 500000000 ? pause.tv_nsec * 2 : pause.tv_nsec;
        fate = ask_fate(db);
    }
    if (fate == FATE_SAVED) {
        return true;
    }
    return fate == FATE_NOT_SAVED
               ? error_set(error, "not saved, try again: the connection to the database was lost")
               : error_set(error, "it is not known whether this was saved, because the database was lost while it "
                                  "answered: send the same form again, it cannot be doubled");
}

/* Sends COMMIT and reads its answer; *asked says whether the server may have got it. */
static bool send_commit(struct pg_db *db, struct error *error, bool *asked)
{
    struct outcome outcome = { 0 };
    *asked = true;
    if (!send_own(db, error, "commit", &outcome)) {
        return false;
    }
    pipeline_sync(db);
    if (!db->base.lost && fault_here("commit-answer")) {
        pipeline_lose(db, "a test's fault");
    }
    pipeline_read(db, &outcome.arrived);
    *error = outcome.error;
    return !outcome.failed && outcome.committed;
}

static bool commit(struct db *base, struct error *error)
{
    struct pg_db *db = of(base);
    struct error failure = { "" };
    bool asked = false;
    base->in_transaction = true; /* until it is over: a failure breaks the transaction */
    bool ok = !base->lost && (!fault_here("commit") || error_set(&failure, "PostgreSQL: a test made commit fail")) &&
              send_commit(db, &failure, &asked);
    if (!ok && asked && base->lost) {
        base->in_transaction = false;
        return resolve(db, error);
    }
    if (!ok) {
        bool broken = base->broken;
        rollback(base);
        base->broken = broken; /* the writer wants to know that a statement, not the commit, failed */
        error_set(error, "not saved, try again: %s", base->lost ? db->failure.message : failure.message);
    }
    base->in_transaction = false;
    return ok;
}

static bool script(struct db *base, const char *sql, struct error *error)
{
    struct pg_db *db = of(base);
    struct arena *arena = arena_new(0);
    struct str rest = str_of(sql), text;
    bool ok = true;
    while (ok && dialect_statement(&rest, &text)) {
        struct pg_statement *statement = pipeline_statement(db, error, arena_cstr(arena, text), true);
        ok = statement && run_statement(db, error, NULL, statement, NULL, 0);
        if (statement) {
            pipeline_free_statement(statement);
        }
    }
    arena_free(arena);
    return ok;
}

static bool settle(struct db *base, struct error *error)
{
    pipeline_read(of(base), NULL);
    return (!base->broken && !base->lost) || error_set(error, "%s", of(base)->failure.message);
}

const struct engine postgres_engine = {
    .prepare = prepare_store,
    .open = open_db,
    .close = close_db,
    .run = run,
    .query = query,
    .next = next,
    .integer = cell_integer,
    .real = cell_real,
    .bytes = cell_bytes,
    .is_null = cell_is_null,
    .end = end,
    .read_begin = read_begin,
    .read_end = read_end,
    .limit = limit,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .settle = settle,
};
