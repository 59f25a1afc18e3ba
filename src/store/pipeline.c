/* See pipeline.h. */
#include "store/pipeline.h"

#include "store/fault.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum { OID_INT8 = 20, OID_TEXT = 25, OID_BYTEA = 17, OID_FLOAT8 = 701 };

static void *must(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

/* ---- connecting ---- */

/* The first line of a message of libpq. */
static struct str first_line(const char *message)
{
    struct str text = str_trim(str_of(message)), line = { "", 0 };
    (void)str_split(&text, '\n', &line);
    return line;
}

static void forget_prepared(struct pg_db *db)
{
    for (size_t i = 0; i < STATEMENT_SLOTS; i++) {
        for (struct statement *s = db->statements.slots[i]; s; s = s->next) {
            for (struct variant *v = ((struct pg_statement *)s)->variants; v; v = v->next) {
                v->prepared = false;
            }
        }
    }
}

static bool is_fatal(const PGresult *result)
{
    struct str severity = str_of(PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED));
    return str_is(severity, "FATAL") || str_is(severity, "PANIC");
}

/* What the server says unasked: only its good-bye matters. */
static void notice(void *context, const PGresult *result)
{
    struct pg_db *db = context;
    db->ended = db->ended || is_fatal(result);
}

/* What every session wants; durable commits even where the server's default is not. */
static bool set_session(PGconn *connection, enum db_access access)
{
    static const char sql[] =
        "select set_config('jit', 'off', false), set_config('client_min_messages', 'error', false), "
        "set_config('default_transaction_read_only', $1, false), set_config('synchronous_commit', "
        "case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') "
        "end, "
        "false)";
    const char *values[] = { access == DB_READ ? "on" : "off" };
    PGresult *result = PQexecParams(connection, sql, 1, NULL, values, NULL, NULL, 0);
    bool ok = PQresultStatus(result) == PGRES_TUPLES_OK;
    PQclear(result);
    return ok;
}

bool pipeline_connect(struct pg_db *db, struct error *error)
{
    /* Before the URL, so that it may say otherwise; client_encoding after it, so that it may not. */
    static const char *const keys[] = { "connect_timeout",
                                        "tcp_user_timeout",
                                        "keepalives_idle",
                                        "fallback_application_name",
                                        "dbname",
                                        "client_encoding",
                                        NULL };
    const char *const values[] = { "5", "10000", "10", "jiaoti", db->base.store->url, "UTF8", NULL };
    PGconn *connection = fault_here("connect") ? NULL : PQconnectdbParams(keys, values, 1);
    if (!connection || PQstatus(connection) != CONNECTION_OK || !set_session(connection, db->base.access) ||
        PQenterPipelineMode(connection) != 1) {
        struct str why = connection ? first_line(PQerrorMessage(connection)) : STR("a test's fault");
        error_set(error, "cannot reach the database %s: %.*s", db->base.store->name, STR_ARG(why));
        PQfinish(connection);
        return false;
    }
    (void)PQsetNoticeReceiver(connection, notice, db);
    forget_prepared(db);
    db->connection = connection;
    db->base.lost = false;
    db->base.broken = false;
    db->synced = true;
    db->ended = false;
    return true;
}

/* Hands a failure to whoever waits for this expectation. */
static void fail(struct expectation *e, const char *message)
{
    if (e->kind == EXPECT_PREPARE) {
        e->variant->prepared = false;
    }
    if (e->rows) {
        rows_fail(&e->rows->base, "%s", message);
        e->rows->arrived = true;
    }
    if (e->outcome) {
        error_set(&e->outcome->error, "%s", message);
        e->outcome->failed = true;
        e->outcome->arrived = true;
    }
}

void pipeline_lose(struct pg_db *db, const char *reason)
{
    struct str line = first_line(reason);
    if (!db->base.lost) {
        error_set(&db->failure, "the connection to the database was lost: %.*s", STR_ARG(line));
    }
    db->base.lost = true;
    for (; db->first < db->count; db->first++) {
        fail(&db->queue[db->first], db->failure.message);
    }
    db->first = db->count = 0;
    db->synced = true;
    PQfinish(db->connection);
    db->connection = NULL;
}

bool pipeline_alive(struct pg_db *db)
{
    if (db->base.lost) {
        return false;
    }
    /* The first look may find the good-bye (which PQisBusy reads), the second the end behind it. */
    bool open = PQconsumeInput(db->connection) == 1 && (PQisBusy(db->connection), true) && !db->ended &&
                PQconsumeInput(db->connection) == 1;
    if (!open) {
        pipeline_lose(db, db->ended ? "the server ended it" : PQerrorMessage(db->connection));
    }
    return open;
}

/* ---- statements ---- */

struct pg_statement *pipeline_statement(struct pg_db *db, struct error *error, const char *sql, bool once)
{
    struct pg_statement *statement = once ? NULL : (struct pg_statement *)statements_find(&db->statements, sql);
    if (statement) {
        return statement;
    }
    struct arena *arena = arena_new(0);
    struct str text;
    int parameters = 0;
    if (dialect_placeholders(arena, str_of(sql), &text, &parameters, error)) {
        statement = must(calloc(1, sizeof *statement));
        statement->sql = must(strndup(text.p, text.n));
        statement->parameters = parameters;
        if (once) {
            statement->base.text = must(strdup(sql));
        } else {
            statement->kept = statements_add(&db->statements, &statement->base, sql);
        }
    }
    arena_free(arena);
    return statement;
}

void pipeline_free_statement(struct pg_statement *statement)
{
    while (statement->variants) {
        struct variant *variant = statement->variants;
        statement->variants = variant->next;
        free(variant->types);
        free(variant);
    }
    free(statement->base.text);
    free(statement->sql);
    free(statement);
}

static Oid type_of(enum value_kind kind)
{
    static const Oid types[] = { [VALUE_NULL] = 0,
                                 [VALUE_INT] = OID_INT8,
                                 [VALUE_REAL] = OID_FLOAT8,
                                 [VALUE_TEXT] = OID_TEXT,
                                 [VALUE_BLOB] = OID_BYTEA };
    return types[kind];
}

/* The variant whose types fit the values; made (with a known variant's types for nulls) when there is none. */
static struct variant *variant_for(struct pg_db *db, struct pg_statement *statement, const struct value *values)
{
    size_t n = (size_t)statement->parameters;
    for (struct variant *v = statement->variants; v; v = v->next) {
        size_t i = 0;
        while (i < n && (values[i].kind == VALUE_NULL || type_of(values[i].kind) == v->types[i])) {
            i++;
        }
        if (i == n) {
            return v;
        }
    }
    struct variant *fresh = must(calloc(1, sizeof *fresh));
    fresh->types = must(calloc(n + 1, sizeof *fresh->types));
    for (size_t i = 0; i < n; i++) {
        Oid known = statement->variants ? statement->variants->types[i] : 0;
        fresh->types[i] = values[i].kind == VALUE_NULL ? known : type_of(values[i].kind);
    }
    (void)snprintf(fresh->name, sizeof fresh->name, "s%lld", (long long)++db->next_name);
    fresh->next = statement->variants;
    statement->variants = fresh;
    return fresh;
}

/* ---- sending ---- */

static void expect(struct pg_db *db, struct expectation e)
{
    if (db->first == db->count) {
        db->first = db->count = 0;
    }
    if (db->count == db->size) {
        db->size = db->size ? db->size * 2 : 64;
        db->queue = must(realloc(db->queue, db->size * sizeof *db->queue));
    }
    db->queue[db->count++] = e;
    db->synced = e.kind == EXPECT_SYNC;
}

/* Values in libpq's form; integers and reals in network order in `numbers`. */
struct bound {
    const char *values[LIMIT_PARAMETERS];
    int lengths[LIMIT_PARAMETERS];
    int formats[LIMIT_PARAMETERS];
    uint64_t numbers[LIMIT_PARAMETERS];
};

static void bind(struct bound *bound, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &values[i];
        bound->formats[i] = 1;
        if (value->kind == VALUE_NULL) {
            bound->values[i] = NULL;
            bound->lengths[i] = 0;
        } else if (value->kind == VALUE_INT || value->kind == VALUE_REAL) {
            uint64_t bits;
            memcpy(&bits, value->kind == VALUE_INT ? (const void *)&value->integer : (const void *)&value->real,
                   sizeof bits);
            bound->numbers[i] = htobe64(bits);
            bound->values[i] = (const char *)&bound->numbers[i];
            bound->lengths[i] = 8;
        } else {
            bound->values[i] = value->bytes.n ? value->bytes.p : "";
            bound->lengths[i] = (int)value->bytes.n;
        }
    }
}

static bool send_bound(struct pg_db *db, struct pg_statement *statement, const struct variant *variant,
                       const struct bound *bound, bool prepare)
{
    if (!statement->kept) {
        return PQsendQueryParams(db->connection, statement->sql, statement->parameters, variant->types, bound->values,
                                 bound->lengths, bound->formats, 1) == 1;
    }
    return (!prepare ||
            PQsendPrepare(db->connection, variant->name, statement->sql, statement->parameters, variant->types) == 1) &&
           PQsendQueryPrepared(db->connection, variant->name, statement->parameters, bound->values, bound->lengths,
                               bound->formats, 1) == 1;
}

bool pipeline_send(struct pg_db *db, struct error *error, struct pg_statement *statement, const struct value *values,
                   size_t count, struct pg_rows *rows, struct outcome *outcome)
{
    if (db->base.lost || db->base.broken) {
        return error_set(error, "%s", db->failure.message);
    }
    if ((size_t)statement->parameters != count || count > LIMIT_PARAMETERS) {
        return error_set(error, "the statement takes %d values (at most %d), not %zu: %.200s", statement->parameters,
                         LIMIT_PARAMETERS, count, statement->base.text);
    }
    struct bound bound;
    struct variant *variant = variant_for(db, statement, values);
    bool prepare = statement->kept && !variant->prepared;
    bind(&bound, values, count);
    if (fault_here("send") || !send_bound(db, statement, variant, &bound, prepare)) {
        pipeline_lose(db, PQerrorMessage(db->connection));
        return error_set(error, "%s", db->failure.message);
    }
    if (prepare) {
        variant->prepared = true;
        expect(db, (struct expectation){ .kind = EXPECT_PREPARE, .variant = variant, .text = statement->base.text });
    }
    expect(db, (struct expectation){
                   .kind = EXPECT_STATEMENT, .rows = rows, .outcome = outcome, .text = statement->base.text });
    return true;
}

void pipeline_sync(struct pg_db *db)
{
    if (!db->base.lost && !db->synced) {
        if (PQpipelineSync(db->connection) == 1) {
            expect(db, (struct expectation){ .kind = EXPECT_SYNC });
        } else {
            pipeline_lose(db, PQerrorMessage(db->connection));
        }
    }
}

/* ---- reading ---- */

static void failed(struct pg_db *db, struct expectation *e, const PGresult *result)
{
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct error error;
    /* The detail is left out: it would show values. */
    error_set(&error, "PostgreSQL: %s (%.200s)", primary ? primary : "unknown failure", e->text ? e->text : "");
    if (!db->base.broken) {
        db->failure = error;
    }
    db->base.broken = db->base.broken || db->base.in_transaction;
    fail(e, error.message);
}

static void succeeded(struct expectation *e, PGresult *result)
{
    if (e->rows) {
        e->rows->result = result;
        e->rows->arrived = true;
        return;
    }
    if (e->outcome) {
        int64_t changed = 0;
        (void)str_to_int(str_of(PQcmdTuples(result)), 0, INT64_MAX, &changed);
        e->outcome->changed = changed;
        e->outcome->committed = str_is(str_of(PQcmdStatus(result)), "COMMIT");
        e->outcome->arrived = true;
    }
    PQclear(result);
}

static bool connection_ended(struct pg_db *db, const PGresult *result)
{
    return PQstatus(db->connection) == CONNECTION_BAD || is_fatal(result);
}

/* Reads the answer to the oldest expectation. */
static void read_one(struct pg_db *db)
{
    PGresult *result = PQgetResult(db->connection);
    ExecStatusType status = PQresultStatus(result);
    if (!result || connection_ended(db, result)) {
        const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        pipeline_lose(db, primary ? primary : PQerrorMessage(db->connection));
        PQclear(result);
        return;
    }
    struct expectation e = db->queue[db->first++];
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        succeeded(&e, result);
    } else if (status == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        return; /* no NULL follows a Sync */
    } else if (status == PGRES_PIPELINE_ABORTED) {
        fail(&e, db->failure.message);
        PQclear(result);
    } else {
        failed(db, &e, result);
        PQclear(result);
    }
    while ((result = PQgetResult(db->connection))) {
        PQclear(result);
    }
}

void pipeline_read(struct pg_db *db, const bool *arrived)
{
    pipeline_sync(db);
    while (!db->base.lost && db->first < db->count && !(arrived && *arrived)) {
        read_one(db);
    }
}
