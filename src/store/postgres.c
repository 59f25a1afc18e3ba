/* The server engine: PostgreSQL 13 or later by libpq, always in pipeline mode (pipeline.h).
 *
 * Writing: `begin`, the store's lock, and the question for the transaction's number go out together; in the
 * writer's usual way statements without rows are queued and read with the next answer that somebody needs.
 * A commit whose answer is lost is looked up by the transaction's number on a new connection, so that
 * "saved" is said only of what is. Reading: `begin` travels with the first query, `commit` is not waited for. */
#include "store/fault.h"
#include "store/pipeline.h"

#include "base/clock.h"

#include <endian.h>
#include <stdlib.h>
#include <time.h>

enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_UNKNOWN = 705,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_NUMERIC = 1700,
    RESOLVE_MS = 30000
};

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
    if (db->transaction) {
        free_rows(db->transaction);
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

/* The bytes of a value and its type; false for null and for a column that is not there. */
static bool cell(struct pg_rows *rows, int column, Oid *type, struct str *bytes)
{
    if (!rows->result || column < 0 || column >= PQnfields(rows->result)) {
        rows_fail(&rows->base, "there is no column %d: %.200s", column, rows->text);
        return false;
    }
    if (PQgetisnull(rows->result, rows->row, column)) {
        return false;
    }
    *type = PQftype(rows->result, column);
    *bytes = (struct str){ PQgetvalue(rows->result, rows->row, column),
                           (size_t)PQgetlength(rows->result, rows->row, column) };
    return true;
}

static void wrong_type(struct pg_rows *rows, int column, Oid type, const char *wanted)
{
    if (type == TYPE_NUMERIC) {
        rows_fail(&rows->base, "column %d is numeric: cast it to bigint (sum and avg are): %.200s", column, rows->text);
    } else {
        rows_fail(&rows->base, "column %d is not %s (type %u): %.200s", column, wanted, type, rows->text);
    }
}

/* Whole numbers of 1, 2, 4 and 8 bytes; false for other types. */
static bool whole(Oid type, struct str bytes, int64_t *out)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    if (type == TYPE_INT8 && bytes.n == 8) {
        memcpy(&eight, bytes.p, 8);
        *out = (int64_t)be64toh(eight);
    } else if (type == TYPE_INT4 && bytes.n == 4) {
        memcpy(&four, bytes.p, 4);
        *out = (int32_t)be32toh(four);
    } else if (type == TYPE_INT2 && bytes.n == 2) {
        memcpy(&two, bytes.p, 2);
        *out = (int16_t)be16toh(two);
    } else if (type == TYPE_BOOL && bytes.n == 1) {
        *out = bytes.p[0];
    } else {
        return false;
    }
    return true;
}

static int64_t integer(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    int64_t value = 0;
    if (cell(rows, column, &type, &bytes) && !whole(type, bytes, &value)) {
        wrong_type(rows, column, type, "an integer");
    }
    return value;
}

static double real(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    int64_t number = 0;
    if (!cell(rows, column, &type, &bytes)) {
        return 0;
    }
    if (type == TYPE_FLOAT8 && bytes.n == 8) {
        uint64_t bits;
        double value;
        memcpy(&bits, bytes.p, 8);
        bits = be64toh(bits);
        memcpy(&value, &bits, 8);
        return value;
    }
    if (type == TYPE_FLOAT4 && bytes.n == 4) {
        uint32_t bits;
        float value;
        memcpy(&bits, bytes.p, 4);
        bits = be32toh(bits);
        memcpy(&value, &bits, 4);
        return (double)value;
    }
    if (!whole(type, bytes, &number)) {
        wrong_type(rows, column, type, "a real number");
    }
    return (double)number;
}

static struct str bytes_of(struct rows *base, int column, enum value_kind kind)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    if (!cell(rows, column, &type, &bytes)) {
        return (struct str){ "", 0 };
    }
    bool fits = kind == VALUE_BLOB ? type == TYPE_BYTEA
                                   : type == TYPE_TEXT || type == TYPE_VARCHAR || type == TYPE_BPCHAR ||
                                         type == TYPE_NAME || type == TYPE_UNKNOWN;
    if (!fits) {
        wrong_type(rows, column, type, kind == VALUE_BLOB ? "a blob" : "text");
        return (struct str){ "", 0 };
    }
    return bytes;
}

static bool is_null(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    return !cell(rows, column, &type, &bytes);
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

static void rollback(struct db *base)
{
    struct pg_db *db = of(base);
    struct error ignored;
    if (db->transaction) {
        (void)end(&db->transaction->base, &ignored);
        db->transaction = NULL;
    }
    if (!base->lost) {
        pipeline_read(db, NULL);
        base->broken = false;
        if (send_own(db, &ignored, "rollback", NULL)) {
            pipeline_read(db, NULL);
        }
    }
    base->broken = false;
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
    db->transaction_id[0] = '\0';
    bool defer = base->defer;
    base->defer = true;
    /* The lock's number is the program's own; it is held to the end of the transaction. */
    bool ok = send_own(db, error, "begin isolation level read committed read write", NULL) &&
              send_own(db, error, "select pg_advisory_xact_lock(5236894117)", NULL);
    struct rows *rows = ok ? query(base, error, "select cast(pg_current_xact_id() as text)", NULL, 0) : NULL;
    base->defer = defer;
    db->transaction = (struct pg_rows *)rows;
    base->in_transaction = rows != NULL;
    return rows != NULL;
}

/* Reads the number of the transaction, when the server has one for it. */
static bool learn_transaction(struct pg_db *db, struct error *error)
{
    struct rows *rows = &db->transaction->base;
    db->transaction = NULL;
    if (rows_next(rows)) {
        struct str id = rows_text(rows, 0);
        size_t n = id.n < sizeof db->transaction_id ? id.n : sizeof db->transaction_id - 1;
        memcpy(db->transaction_id, id.p, n);
        db->transaction_id[n] = '\0';
    }
    return rows_end(rows, error);
}

enum fate { FATE_COMMITTED, FATE_ABORTED, FATE_UNDECIDED, FATE_UNKNOWN };

/* Asks a fresh connection what became of the transaction. A number that this server has not reached was lost
 * with another one; a server of another timeline may have given the number to somebody else. */
static enum fate ask_fate(struct pg_db *db, const char *timeline)
{
    struct error error;
    struct arena *arena = arena_new(0);
    struct str status = STR("");
    enum fate fate = FATE_UNDECIDED;
    if (pipeline_connect(db, &error)) {
        db->base.reconnects++;
        if (db_one_text(&db->base, &error, arena, &status, NULL,
                        "select case when cast(cast(?1 as text) as xid8) > pg_current_xact_id() then 'aborted' "
                        "else coalesce(pg_xact_status(cast(cast(?1 as text) as xid8)), 'forgotten') end",
                        V_TEXT(str_of(db->transaction_id)))) {
            bool same = strcmp(timeline, db->timeline) == 0;
            fate = str_is(status, "committed") && same ? FATE_COMMITTED
                   : str_is(status, "aborted")         ? FATE_ABORTED
                   : str_is(status, "in progress")     ? FATE_UNDECIDED
                                                       : FATE_UNKNOWN;
        }
        if (fate == FATE_UNDECIDED && !db->base.lost) {
            pipeline_lose(db, "asked again later");
        }
    }
    arena_free(arena);
    return fate;
}

static bool resolve(struct pg_db *db, struct error *error)
{
    int64_t until = clock_monotonic_us() + RESOLVE_MS * 1000;
    struct timespec pause = { 0, 20 * 1000000 };
    char timeline[sizeof db->timeline];
    memcpy(timeline, db->timeline, sizeof timeline);
    enum fate fate = ask_fate(db, timeline);
    while (fate == FATE_UNDECIDED && clock_monotonic_us() < until) {
        (void)nanosleep(&pause, NULL);
        pause.tv_nsec = pause.tv_nsec < 500000000 ? pause.tv_nsec * 2 : pause.tv_nsec;
        fate = ask_fate(db, timeline);
    }
    if (fate == FATE_COMMITTED) {
        return true;
    }
    return fate == FATE_ABORTED
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
    bool ok = !base->lost && learn_transaction(db, &failure) &&
              (!fault_here("commit") || error_set(&failure, "PostgreSQL: a test made commit fail")) &&
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
    .integer = integer,
    .real = real,
    .bytes = bytes_of,
    .is_null = is_null,
    .end = end,
    .read_begin = read_begin,
    .read_end = read_end,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .settle = settle,
};
