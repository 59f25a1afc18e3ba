/* The embedded engine: one SQLite file in WAL mode.
 *
 * Many readers beside one writer: a read transaction is a snapshot of the log, so a page never waits for a write.
 * The writer commits with synchronous=FULL: the log is on disk before the commit returns. The file is mapped
 * into memory (a look-up without the map costs sixteen times as much, docs/decisions/store-engines.md). */
#include "base/clock.h"
#include "store/engine.h"
#include "store/fault.h"
#include "store/sqlite_views.h"
#include "store/statements.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOG_HEADER_WORDS = 2 * 48 / 4, SPARES = 64 };

struct sqlite_statement {
    struct statement base;
    sqlite3_stmt *handle;
    struct sqlite_statement *spare; /* another of the same text, for when this one is walked over */
    bool busy;                      /* a cursor is walking over it */
    bool kept;                      /* in the table of statements; else freed after use */
};

struct sqlite_rows {
    struct rows base;
    struct sqlite_statement *statement;
    bool ahead; /* a row was fetched by the query itself and not yet handed out */
    bool done;
    struct sqlite_rows *next_free;
};

struct sqlite_db {
    struct db base;
    sqlite3 *handle;
    struct statements statements;
    struct sqlite_rows *free_rows;
    /* of the log's index (note_log_header) */
    const volatile uint32_t *log_header; /* NULL: not looked for yet, or there is none */
    uint32_t header[LOG_HEADER_WORDS];   /* as it was before the read transaction began */
    bool noted, has_read;
    /* of db_limit and db_confine */
    int64_t limit_us, ends_us; /* 0: none */
    bool late;
    bool judged;          /* the authorizer is in place */
    const char *confined; /* NULL: statements may read all */
    struct sqlite_views *views;
};

static struct sqlite_db *of(struct db *db)
{
    return (struct sqlite_db *)db;
}

static void *must(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

static bool failed(struct sqlite_db *db, struct error *error, const char *sql)
{
    if (db->late) {
        return error_set(error, "SQLite: it took longer than %lld ms (%.200s)", (long long)db->limit_us / 1000, sql);
    }
    return error_set(error, "SQLite: %s (%.200s)", sqlite3_errmsg(db->handle), sql);
}

/* ---- opening ---- */

static void configure_once(void)
{
    /* Without the global counters of memory, whose lock all threads would share. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_initialize();
}

static bool pragma(sqlite3 *handle, const char *sql, struct error *error)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return error_set(error, "SQLite: %s (%s)", sqlite3_errmsg(handle), sql);
    }
    return true;
}

static bool open_handle(sqlite3 **handle, const struct store *store, enum db_access access, struct error *error)
{
    int flags = SQLITE_OPEN_NOMUTEX | (access == DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (fault_here("connect") || sqlite3_open_v2(store->url, handle, flags, NULL) != SQLITE_OK) {
        error_set(error, "cannot open the database %s: %s", store->url,
                  *handle ? sqlite3_errmsg(*handle) : "no memory or a test's fault");
        (void)sqlite3_close(*handle);
        *handle = NULL;
        return false;
    }
    (void)sqlite3_busy_timeout(*handle, 20000);
    (void)sqlite3_extended_result_codes(*handle, 1);
    bool ready =
        pragma(*handle, "pragma foreign_keys=on", error) && pragma(*handle, "pragma case_sensitive_like=on", error) &&
        pragma(*handle, "pragma mmap_size=2147418112", error) && pragma(*handle, "pragma temp_store=memory", error) &&
        pragma(*handle, "pragma trusted_schema=off", error);
    if (ready && access == DB_WRITE) {
        ready = pragma(*handle, "pragma synchronous=full", error) &&
                pragma(*handle, "pragma cache_size=-65536", error) &&
                /* `analyze` looks at a sample: fast enough beside the service, good enough to order joins */
                pragma(*handle, "pragma analysis_limit=1000", error) &&
                pragma(*handle, "pragma wal_autocheckpoint=4000", error) &&
                pragma(*handle, "pragma journal_size_limit=67108864", error);
    } else if (ready) {
        ready = pragma(*handle, "pragma query_only=on", error) && pragma(*handle, "pragma cache_size=-16384", error);
    }
    if (!ready) {
        error_within(error, "cannot open the database %s", store->url);
        (void)sqlite3_close(*handle);
        *handle = NULL;
    }
    return ready;
}

static bool prepare_store(struct store *store, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, configure_once);
    int file = open(store->url, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return error_set(error, "cannot open the database %s: %s", store->url, strerror(errno));
    }
    (void)close(file);
    sqlite3 *handle = NULL;
    if (!open_handle(&handle, store, DB_WRITE, error)) {
        return false;
    }
    sqlite3_stmt *mode = NULL;
    bool ok = sqlite3_prepare_v2(handle, "pragma journal_mode=wal", -1, &mode, NULL) == SQLITE_OK &&
              sqlite3_step(mode) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(mode, 0), "wal") == 0;
    if (!ok) {
        error_set(error, "%s cannot keep a write-ahead log (is it a database, on a local disk?): %s", store->url,
                  sqlite3_errmsg(handle));
    }
    (void)sqlite3_finalize(mode);
    (void)sqlite3_close(handle);
    return ok;
}

static bool open_db(struct db **out, struct store *store, enum db_access access, struct error *error)
{
    sqlite3 *handle = NULL;
    if (!open_handle(&handle, store, access, error)) {
        return false;
    }
    struct sqlite_db *db = must(calloc(1, sizeof *db));
    db->base = (struct db){ .store = store, .calls = &sqlite_engine, .access = access };
    db->handle = handle;
    *out = &db->base;
    return true;
}

static void free_statement(struct sqlite_statement *statement)
{
    while (statement) {
        struct sqlite_statement *spare = statement->spare;
        (void)sqlite3_finalize(statement->handle);
        free(statement->base.text);
        free(statement);
        statement = spare;
    }
}

static void close_db(struct db *base)
{
    struct sqlite_db *db = of(base);
    for (struct statement *s; (s = statements_take(&db->statements));) {
        free_statement((struct sqlite_statement *)s);
    }
    while (db->free_rows) {
        struct sqlite_rows *rows = db->free_rows;
        db->free_rows = rows->next_free;
        free(rows);
    }
    (void)sqlite3_close(db->handle); /* rolls back what is open */
    sqlite_views_free(db->views);
    free(db);
}

/* ---- statements ---- */

static struct sqlite_statement *prepare(struct sqlite_db *db, struct error *error, const char *sql)
{
    struct sqlite_statement *statement = (struct sqlite_statement *)statements_find(&db->statements, sql), *last = NULL;
    size_t spares = 0;
    for (; statement; last = statement, statement = statement->spare, spares++) {
        if (!statement->busy) {
            return statement;
        }
    }
    sqlite3_stmt *handle = NULL;
    const char *tail = NULL;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &tail) != SQLITE_OK) {
        failed(db, error, sql);
        return NULL;
    }
    if (!handle || tail[strspn(tail, " \t\r\n;")]) {
        (void)sqlite3_finalize(handle);
        error_set(error, "expected one statement: %.200s", sql);
        return NULL;
    }
    statement = must(calloc(1, sizeof *statement));
    statement->handle = handle;
    if (!last) {
        statement->kept = statements_add(&db->statements, &statement->base, sql);
    } else if (last->kept && spares < SPARES) {
        last->spare = statement;
        statement->kept = true;
    }
    return statement;
}

/* The lifetime says whether the bytes live until the statement was reset (SQLITE_STATIC) or must be copied. */
static bool bind(struct sqlite_db *db, struct error *error, struct sqlite_statement *statement, const char *sql,
                 const struct value *values, size_t count, sqlite3_destructor_type lifetime)
{
    int wanted = sqlite3_bind_parameter_count(statement->handle);
    db->late = false;
    db->ends_us = db->limit_us ? clock_monotonic_us() + db->limit_us : 0;
    if ((size_t)wanted != count) {
        return error_set(error, "the statement takes %d values, not %zu: %.200s", wanted, count, sql);
    }
    for (int i = 0; i < wanted; i++) {
        const struct value *value = &values[i];
        const char *bytes = value->bytes.n ? value->bytes.p : "";
        int code = SQLITE_OK;
        switch (value->kind) {
        case VALUE_NULL:
            code = sqlite3_bind_null(statement->handle, i + 1);
            break;
        case VALUE_INT:
            code = sqlite3_bind_int64(statement->handle, i + 1, value->integer);
            break;
        case VALUE_REAL:
            code = sqlite3_bind_double(statement->handle, i + 1, value->real);
            break;
        case VALUE_TEXT:
            code = sqlite3_bind_text64(statement->handle, i + 1, bytes, value->bytes.n, lifetime, SQLITE_UTF8);
            break;
        case VALUE_BLOB:
            code = sqlite3_bind_blob64(statement->handle, i + 1, bytes, value->bytes.n, lifetime);
            break;
        }
        if (code != SQLITE_OK) {
            return failed(db, error, sql);
        }
    }
    return true;
}

static void release(struct sqlite_statement *statement)
{
    (void)sqlite3_reset(statement->handle);
    if (statement->kept) {
        statement->busy = false;
    } else {
        free_statement(statement);
    }
}

static bool run(struct db *base, struct error *error, int64_t *changed, const char *sql, const struct value *values,
                size_t count)
{
    struct sqlite_db *db = of(base);
    struct sqlite_statement *statement = prepare(db, error, sql);
    if (!statement) {
        return false;
    }
    bool ok = bind(db, error, statement, sql, values, count, SQLITE_STATIC);
    if (ok) {
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) {
            code = sqlite3_step(statement->handle);
        }
        ok = code == SQLITE_DONE || failed(db, error, sql);
        if (ok && changed) {
            *changed = sqlite3_stmt_readonly(statement->handle) ? 0 : sqlite3_changes64(db->handle);
        }
    }
    release(statement);
    return ok;
}

/* ---- rows ---- */

static void step(struct sqlite_rows *rows)
{
    int code = sqlite3_step(rows->statement->handle);
    rows->ahead = code == SQLITE_ROW;
    rows->done = code != SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        struct error why;
        (void)failed(of(rows->base.db), &why, sqlite3_sql(rows->statement->handle));
        rows_fail(&rows->base, "%s", why.message);
    }
}

static struct rows *query(struct db *base, struct error *error, const char *sql, const struct value *values,
                          size_t count)
{
    struct sqlite_db *db = of(base);
    struct sqlite_statement *statement = prepare(db, error, sql);
    if (!statement) {
        return NULL;
    }
    if (!bind(db, error, statement, sql, values, count, SQLITE_TRANSIENT)) {
        release(statement);
        return NULL;
    }
    statement->busy = true;
    struct sqlite_rows *rows = db->free_rows;
    if (rows) {
        db->free_rows = rows->next_free;
    } else {
        rows = must(malloc(sizeof *rows));
    }
    rows->base.db = base;
    rows->base.failed = false;
    rows->statement = statement;
    rows->next_free = NULL;
    step(rows); /* what the statement changes is changed now, as in the other engine */
    return &rows->base;
}

static bool next(struct rows *base)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    if (!rows->ahead && !rows->done) {
        step(rows);
    }
    bool row = rows->ahead;
    rows->ahead = false;
    return row;
}

/* The value of a column if it is of this type, else NULL: null and strange kinds are not; a strange kind fails the
 * cursor. The value is looked up once and then asked, which costs half of asking the statement each time; a
 * connection of one thread may (https://sqlite.org/c3ref/value.html). */
static sqlite3_value *value_of(struct sqlite_rows *rows, int column, int type, int also)
{
    sqlite3_value *value = sqlite3_column_value(rows->statement->handle, column);
    int have = sqlite3_value_type(value);
    if (have == type || have == also) {
        return value;
    }
    if (column < 0 || column >= sqlite3_column_count(rows->statement->handle)) {
        rows_fail(&rows->base, "there is no column %d: %.200s", column, sqlite3_sql(rows->statement->handle));
    } else if (have != SQLITE_NULL) {
        static const char *const names[] = { "?", "an integer", "a real number", "text", "a blob", "null" };
        rows_fail(&rows->base, "column %d is %s, not %s: %.200s", column, names[have], names[type],
                  sqlite3_sql(rows->statement->handle));
    }
    return NULL;
}

static int64_t integer(struct rows *base, int column)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    sqlite3_value *value = value_of(rows, column, SQLITE_INTEGER, SQLITE_INTEGER);
    return value ? sqlite3_value_int64(value) : 0;
}

static double real(struct rows *base, int column)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    sqlite3_value *value = value_of(rows, column, SQLITE_FLOAT, SQLITE_INTEGER);
    return value ? sqlite3_value_double(value) : 0;
}

static struct str bytes(struct rows *base, int column, enum value_kind kind)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    int type = kind == VALUE_TEXT ? SQLITE_TEXT : SQLITE_BLOB;
    sqlite3_value *value = value_of(rows, column, type, type);
    if (!value) {
        return (struct str){ "", 0 };
    }
    const void *p = kind == VALUE_TEXT ? (const void *)sqlite3_value_text(value) : sqlite3_value_blob(value);
    return (struct str){ p ? p : "", (size_t)sqlite3_value_bytes(value) };
}

static bool is_null(struct rows *base, int column)
{
    return sqlite3_column_type(((struct sqlite_rows *)base)->statement->handle, column) == SQLITE_NULL;
}

static bool end(struct rows *base, struct error *error)
{
    struct sqlite_rows *rows = (struct sqlite_rows *)base;
    struct sqlite_db *db = of(base->db);
    bool ok = !base->failed;
    if (!ok) {
        error_set(error, "%s", base->failure.message);
    }
    release(rows->statement);
    rows->next_free = db->free_rows;
    db->free_rows = rows;
    return ok;
}

/* ---- transactions ---- */

static void read_log_header(const struct sqlite_db *db, uint32_t out[LOG_HEADER_WORDS])
{
    atomic_thread_fence(memory_order_seq_cst);
    for (size_t i = 0; i < LOG_HEADER_WORDS; i++) {
        out[i] = db->log_header[i];
    }
    atomic_thread_fence(memory_order_seq_cst);
}

/* The log's index begins with its header, twice, in memory that all processes share; each commit writes both anew, and
 * a reader that begins compares them just so (https://sqlite.org/walformat.html, 2.1). The copy is taken before the
 * snapshot: when it is still the same, nothing was committed since that moment, so the snapshot is the newest. */
static void note_log_header(struct sqlite_db *db)
{
    enum { INDEX_PART = 32768, FORMAT = 3007000 };
    db->noted = false;
    if (!db->log_header && db->has_read) { /* by then SQLite itself has mapped it */
        sqlite3_file *file = NULL;
        volatile void *part = NULL;
        if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file) != SQLITE_OK || !file ||
            !file->pMethods || file->pMethods->iVersion < 2 ||
            file->pMethods->xShmMap(file, 0, INDEX_PART, 0, &part) != SQLITE_OK || !part) {
            return;
        }
        db->log_header = part;
    }
    if (!db->log_header) {
        return;
    }
    read_log_header(db, db->header);
    db->noted =
        db->header[0] == FORMAT && memcmp(db->header, db->header + LOG_HEADER_WORDS / 2, sizeof db->header / 2) == 0;
}

static bool read_is_newest(struct db *base)
{
    struct sqlite_db *db = of(base);
    uint32_t now[LOG_HEADER_WORDS];
    if (!db->noted || sqlite3_get_autocommit(db->handle)) { /* autocommit: a failure has ended the transaction */
        return false;
    }
    read_log_header(db, now);
    return memcmp(now, db->header, sizeof now) == 0;
}

static bool read_begin(struct db *db, struct error *error)
{
    note_log_header(of(db));
    return run(db, error, NULL, "begin", NULL, 0);
}

static void read_end(struct db *db)
{
    struct error ignored;
    of(db)->has_read = true;
    if (!run(db, &ignored, NULL, "commit", NULL, 0)) {
        (void)run(db, &ignored, NULL, "rollback", NULL, 0);
    }
}

/* ---- limits of strangers' SQL ---- */

/* Called by SQLite every few thousand steps of its machine; not 0 ends the statement. */
static int is_late(void *context)
{
    struct sqlite_db *db = context;
    db->late = db->ends_us && clock_monotonic_us() > db->ends_us;
    return db->late;
}

static bool limit(struct db *base, int64_t ms, struct error *error)
{
    enum { STEPS = 4000 }; /* a tenth of a millisecond or so */
    struct sqlite_db *db = of(base);
    (void)error;
    db->limit_us = ms * 1000;
    sqlite3_progress_handler(db->handle, STEPS, ms ? is_late : NULL, db);
    return true;
}

/* SQLite asks for each thing that a statement is about to touch (https://sqlite.org/c3ref/set_authorizer.html). A name
 * without a column is only counted. */
static int judge(void *context, int action, const char *name, const char *column, const char *database,
                 const char *through)
{
    const struct sqlite_db *db = context;
    (void)database;
    if (!db->confined || action == SQLITE_SELECT || action == SQLITE_RECURSIVE || action == SQLITE_TRANSACTION) {
        return SQLITE_OK;
    }
    if (action == SQLITE_FUNCTION) {
        return column && strcmp(column, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    }
    bool counted = column && !*column;
    bool good = action == SQLITE_READ && db->views &&
                (counted || sqlite_views_has(db->views, name) || sqlite_views_reads(db->views, through, name, column));
    return good ? SQLITE_OK : SQLITE_DENY;
}

static void confine(struct db *base, const char *prefix)
{
    struct sqlite_db *db = of(base);
    if (prefix && !db->judged) { /* setting it anew would let every prepared statement be prepared again */
        db->views = sqlite_views_new(db->handle, prefix);
        (void)sqlite3_set_authorizer(db->handle, judge, db);
        db->judged = true;
    }
    db->confined = prefix;
}

static bool begin(struct db *db, struct error *error)
{
    if (fault_here("begin")) {
        return error_set(error, "SQLite: a test made begin fail");
    }
    return run(db, error, NULL, "begin immediate", NULL, 0);
}

static void rollback(struct db *db)
{
    struct error ignored;
    if (!sqlite3_get_autocommit(of(db)->handle)) { /* a failure of the disk may have rolled back already */
        (void)run(db, &ignored, NULL, "rollback", NULL, 0);
    }
}

static bool commit(struct db *db, struct error *error)
{
    bool ok = fault_here("commit") ? error_set(error, "SQLite: a test made commit fail")
                                   : run(db, error, NULL, "commit", NULL, 0);
    if (!ok) {
        rollback(db);
        error_within(error, "not saved, try again");
    }
    return ok;
}

static bool script(struct db *db, const char *sql, struct error *error)
{
    if (sqlite3_exec(of(db)->handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return failed(of(db), error, sql);
    }
    return true;
}

static bool settle(struct db *db, struct error *error)
{
    (void)db, (void)error;
    return true;
}

const struct engine sqlite_engine = {
    .prepare = prepare_store,
    .open = open_db,
    .close = close_db,
    .run = run,
    .query = query,
    .next = next,
    .integer = integer,
    .real = real,
    .bytes = bytes,
    .is_null = is_null,
    .end = end,
    .read_begin = read_begin,
    .read_end = read_end,
    .read_is_newest = read_is_newest,
    .limit = limit,
    .confine = confine,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .settle = settle,
};
