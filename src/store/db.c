/* See db.h: what is the same for both engines. */
#include "store/engine.h"

#include <stdarg.h>
#include <stdio.h>

bool db_open(struct db **db, struct store *store, enum db_access access, struct error *error)
{
    return store->calls->open(db, store, access, error);
}

void db_close(struct db *db)
{
    if (db) {
        db->calls->close(db);
    }
}

enum store_engine db_engine(const struct db *db)
{
    return db->store->engine;
}

static bool values_fit(struct error *error, const char *sql, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind == VALUE_TEXT && values[i].bytes.n && memchr(values[i].bytes.p, 0, values[i].bytes.n)) {
            return error_set(error, "the text for ?%zu has a NUL byte inside: %.120s", i + 1, sql);
        }
    }
    return true;
}

bool db_run_values(struct db *db, struct error *error, const char *sql, const struct value *values, size_t count)
{
    db->writes++;
    return values_fit(error, sql, values, count) && db->calls->run(db, error, NULL, sql, values, count);
}

bool db_run_count_values(struct db *db, struct error *error, int64_t *changed, const char *sql,
                         const struct value *values, size_t count)
{
    int64_t number = 0;
    db->writes++;
    if (!values_fit(error, sql, values, count) || !db->calls->run(db, error, &number, sql, values, count)) {
        return false;
    }
    *changed = number;
    return true;
}

struct rows *db_query_values(struct db *db, struct error *error, const char *sql, const struct value *values,
                             size_t count)
{
    if (!values_fit(error, sql, values, count)) {
        return NULL;
    }
    if (strncmp(sql, "select", 6) != 0) {
        db->writes++; /* insert … returning */
    }
    return db->calls->query(db, error, sql, values, count);
}

void rows_fail(struct rows *rows, const char *format, ...)
{
    if (!rows->failed) {
        rows->failed = true;
        va_list list;
        va_start(list, format);
        (void)vsnprintf(rows->failure.message, sizeof rows->failure.message, format, list);
        va_end(list);
    }
}

bool rows_next(struct rows *rows)
{
    return rows && !rows->failed && rows->db->calls->next(rows);
}

int64_t rows_int(struct rows *rows, int column)
{
    return rows->db->calls->integer(rows, column);
}

double rows_real(struct rows *rows, int column)
{
    return rows->db->calls->real(rows, column);
}

struct str rows_text(struct rows *rows, int column)
{
    return rows->db->calls->bytes(rows, column, VALUE_TEXT);
}

struct str rows_blob(struct rows *rows, int column)
{
    return rows->db->calls->bytes(rows, column, VALUE_BLOB);
}

struct str rows_text_in(struct rows *rows, int column, struct arena *arena)
{
    return arena_str(arena, rows_text(rows, column));
}

struct str rows_blob_in(struct rows *rows, int column, struct arena *arena)
{
    return arena_str(arena, rows_blob(rows, column));
}

bool rows_is_null(struct rows *rows, int column)
{
    return rows->db->calls->is_null(rows, column);
}

bool rows_end(struct rows *rows, struct error *error)
{
    return rows && rows->db->calls->end(rows, error);
}

/* Ends a one-row look-up: tells *found, or makes a missing row an error. */
static bool one_end(struct rows *rows, struct error *error, bool got, bool *found, const char *sql)
{
    if (!rows_end(rows, error)) {
        return false;
    }
    if (found) {
        *found = got;
    } else if (!got) {
        return error_set(error, "there is no such row: %.200s", sql);
    }
    return true;
}

bool db_one_int_values(struct db *db, struct error *error, int64_t *out, bool *found, const char *sql,
                       const struct value *values, size_t count)
{
    struct rows *rows = db_query_values(db, error, sql, values, count);
    bool got = rows_next(rows);
    int64_t value = got ? rows_int(rows, 0) : 0;
    if (!one_end(rows, error, got, found, sql)) {
        return false;
    }
    if (got) {
        *out = value;
    }
    return true;
}

static bool one_bytes(struct db *db, struct error *error, struct arena *arena, struct str *out, bool *found,
                      const char *sql, const struct value *values, size_t count, enum value_kind kind)
{
    struct rows *rows = db_query_values(db, error, sql, values, count);
    bool got = rows_next(rows);
    struct str value = got ? arena_str(arena, rows->db->calls->bytes(rows, 0, kind)) : (struct str){ NULL, 0 };
    if (!one_end(rows, error, got, found, sql)) {
        return false;
    }
    if (got) {
        *out = value;
    }
    return true;
}

bool db_one_text_values(struct db *db, struct error *error, struct arena *arena, struct str *out, bool *found,
                        const char *sql, const struct value *values, size_t count)
{
    return one_bytes(db, error, arena, out, found, sql, values, count, VALUE_TEXT);
}

bool db_one_blob_values(struct db *db, struct error *error, struct arena *arena, struct str *out, bool *found,
                        const char *sql, const struct value *values, size_t count)
{
    return one_bytes(db, error, arena, out, found, sql, values, count, VALUE_BLOB);
}

bool db_read_begin(struct db *db, struct error *error)
{
    if (db->in_transaction) {
        return error_set(error, "a transaction is open already");
    }
    db->in_transaction = db->calls->read_begin(db, error);
    return db->in_transaction;
}

void db_read_end(struct db *db)
{
    if (db->in_transaction) {
        db->in_transaction = false;
        db->calls->read_end(db);
    }
}

bool db_read_is_newest(struct db *db)
{
    return db->in_transaction && db->calls->read_is_newest && db->calls->read_is_newest(db);
}

bool db_limit(struct db *db, int64_t ms, struct error *error)
{
    return db->calls->limit(db, ms, error);
}

void db_confine(struct db *db, const char *prefix)
{
    if (db->calls->confine) {
        db->calls->confine(db, prefix);
    }
}

bool db_begin(struct db *db, struct error *error)
{
    if (db->in_transaction) {
        return error_set(error, "a transaction is open already");
    }
    if (db->access != DB_WRITE) {
        return error_set(error, "a connection for reading cannot write");
    }
    db->in_transaction = db->calls->begin(db, error);
    return db->in_transaction;
}

bool db_commit(struct db *db, struct error *error)
{
    if (!db->in_transaction) {
        return error_set(error, "no transaction is open");
    }
    db->in_transaction = false;
    return db->calls->commit(db, error);
}

void db_rollback(struct db *db)
{
    if (db->in_transaction) {
        db->in_transaction = false;
        db->calls->rollback(db);
    }
}

bool db_script(struct db *db, const char *sql, struct error *error)
{
    return db->calls->script(db, sql, error);
}

bool db_settle(struct db *db, struct error *error)
{
    return db->calls->settle(db, error);
}

bool db_savepoint(struct db *db, struct error *error)
{
    return db->calls->run(db, error, NULL, "savepoint one_command", NULL, 0);
}

bool db_savepoint_release(struct db *db, struct error *error)
{
    return db->calls->run(db, error, NULL, "release savepoint one_command", NULL, 0);
}

bool db_savepoint_rollback(struct db *db, struct error *error)
{
    return db->calls->run(db, error, NULL, "rollback to savepoint one_command", NULL, 0) &&
           db_savepoint_release(db, error);
}
