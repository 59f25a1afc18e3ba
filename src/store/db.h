/* One connection to the store, used by one thread at a time.
 *
 * SQL that works on both engines
 *   - Placeholders ?1 ?2 … (the same one may be used twice). Values are bound, never pasted into the text.
 *   - Types: BIGINT, TEXT, BLOB, REAL. Write the type that the column has: V_INT into BIGINT, V_TEXT into TEXT.
 *     Where the type of a placeholder cannot be seen by the engine (`?1 is null`, `select ?1`, an argument of
 *     coalesce with V_NULL) say it: cast(?1 as bigint), cast(?1 as text).
 *   - No booleans in tables: 0 and 1. A comparison may be selected (`a = b`), read it with rows_int.
 *     `where flag = 1`, never `where flag`.
 *   - sum() and avg() of BIGINT are numeric in PostgreSQL: cast(sum(x) as bigint). count(*) is fine.
 *     Division of integers cuts off on both.
 *   - || joins text, never blobs. coalesce, nullif, case, substr, length, lower, upper (ASCII), abs, round, min/max as
 * aggregates, `in (1, 2)`, exists, common table expressions (recursive too), window functions, `order by … nulls last`,
 *     `limit ?1 offset ?2`, `insert … on conflict (key) do nothing | do update set x = excluded.x`,
 *     `returning`, `update … from`, `select distinct`, `like` (case-sensitive on both; escape with escape '\').
 *     `cast(x as …)` to bigint, text; `x is not distinct from y` does not exist in SQLite: use `is`/`=` by case.
 *   - Not: `insert or replace`, rowid, datetime functions, `group by` with bare columns, double quotes around
 *     text, `iif`, `ifnull`, `max(a, b)` of two values (use case), glob, pragma, arrays, json,
 *     round(x, 2), substr(x, ?1) without cast(?1 as int).
 *   - Text orders by its bytes on both. Prefixes: code >= ?1 and code < ?2, or `like ?1`.
 *   - Expected collisions are not errors: `on conflict do nothing` with db_run_count or `returning`.
 *
 * Speed
 *   - A statement's text should be a literal: it is prepared once per connection and found by its address.
 *   - A page reads in one read transaction (db_read_begin … db_read_end): one snapshot, no lock a statement.
 *   - On PostgreSQL db_query sends and does not wait: the first rows_next waits. So start independent
 *     queries first and read them after; a page then costs one round trip. A result is held whole: read large
 *     tables in parts (where id > ?1 order by id limit 5000).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct db;
struct rows;

enum db_access {
    DB_READ, /* cannot write, whatever the SQL says */
    DB_WRITE /* for the writer, migrations and tests; handlers use writer.h */
};

bool db_open(struct db **db, struct store *store, enum db_access access, struct error *error);
/* NULL is accepted; an open transaction is rolled back. */
void db_close(struct db *db);
enum store_engine db_engine(const struct db *db);

/* A value of a placeholder. Text and bytes are borrowed until the call returns. An empty str is an empty
 * text, not null; text with a NUL byte inside is refused (PostgreSQL cannot keep it). */
enum value_kind { VALUE_NULL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_BLOB };
struct value {
    enum value_kind kind;
    union {
        int64_t integer;
        double real;
        struct str bytes;
    };
};
#define V_NULL ((struct value){ .kind = VALUE_NULL })
#define V_INT(x) ((struct value){ .kind = VALUE_INT, .integer = (x) })
#define V_REAL(x) ((struct value){ .kind = VALUE_REAL, .real = (x) })
#define V_TEXT(x) ((struct value){ .kind = VALUE_TEXT, .bytes = (x) })
#define V_BLOB(x) ((struct value){ .kind = VALUE_BLOB, .bytes = (x) })
/* Null when the condition does not hold. */
#define V_IF(condition, value) ((condition) ? (value) : V_NULL)

#define DB_VALUES(...)                                                                                                 \
    ((struct value[]){ V_NULL __VA_OPT__(, ) __VA_ARGS__ } + 1),                                                       \
        (sizeof((struct value[]){ V_NULL __VA_OPT__(, ) __VA_ARGS__ }) / sizeof(struct value) - 1)

/* Runs a statement that gives no rows: db_run(db, error, "update t set a = ?1 where id = ?2", V_INT(a), V_INT(id)).
 * In a transaction of the writer on PostgreSQL it is only queued: its failure then shows in a later call, and
 * the writer repeats the batch with each command alone. */
#define db_run(db, error, sql, ...) db_run_values((db), (error), (sql), DB_VALUES(__VA_ARGS__))
bool db_run_values(struct db *db, struct error *error, const char *sql, const struct value *values, size_t count);

/* The same; *changed becomes the number of rows inserted, updated or deleted. */
#define db_run_count(db, error, changed, sql, ...)                                                                     \
    db_run_count_values((db), (error), (changed), (sql), DB_VALUES(__VA_ARGS__))
bool db_run_count_values(struct db *db, struct error *error, int64_t *changed, const char *sql,
                         const struct value *values, size_t count);

/* Runs a statement that gives rows. The whole pattern:
 *
 *     struct rows *rows = db_query(db, error, "select id, name from school where division = ?1", V_TEXT(code));
 *     while (rows_next(rows)) {
 *         use(rows_int(rows, 0), rows_text(rows, 1));
 *     }
 *     if (!rows_end(rows, error)) {
 *         return false;
 *     }
 *
 * NULL on failure, with error filled; rows_next and rows_end take NULL and return false. Every non-NULL
 * result must meet rows_end. Several may be open at once. */
#define db_query(db, error, sql, ...) db_query_values((db), (error), (sql), DB_VALUES(__VA_ARGS__))
struct rows *db_query_values(struct db *db, struct error *error, const char *sql, const struct value *values,
                             size_t count);

/* To the next row; false at the end and on failure (rows_end tells which). */
bool rows_next(struct rows *rows);
/* Columns count from 0. Null reads as 0 or empty. A value of another kind reads as 0 or empty and makes
 * rows_end fail with a message that names the column. */
int64_t rows_int(struct rows *rows, int column);
double rows_real(struct rows *rows, int column);
/* Borrowed until the next rows_next or rows_end; rows_*_in copy into an arena. */
struct str rows_text(struct rows *rows, int column);
struct str rows_blob(struct rows *rows, int column);
struct str rows_text_in(struct rows *rows, int column, struct arena *arena);
struct str rows_blob_in(struct rows *rows, int column, struct arena *arena);
bool rows_is_null(struct rows *rows, int column);
/* Frees; true when every row was read without failure so far (ending early is no failure). */
bool rows_end(struct rows *rows, struct error *error);

/* The first column of the first row. *found says whether there was a row; with found == NULL a missing row is
 * an error. *out is untouched when there is no row. A null reads as 0 or empty. */
#define db_one_int(db, error, out, found, sql, ...)                                                                    \
    db_one_int_values((db), (error), (out), (found), (sql), DB_VALUES(__VA_ARGS__))
bool db_one_int_values(struct db *db, struct error *error, int64_t *out, bool *found, const char *sql,
                       const struct value *values, size_t count);
#define db_one_text(db, error, arena, out, found, sql, ...)                                                            \
    db_one_text_values((db), (error), (arena), (out), (found), (sql), DB_VALUES(__VA_ARGS__))
bool db_one_text_values(struct db *db, struct error *error, struct arena *arena, struct str *out, bool *found,
                        const char *sql, const struct value *values, size_t count);
/* The same for a BLOB. */
#define db_one_blob(db, error, arena, out, found, sql, ...)                                                            \
    db_one_blob_values((db), (error), (arena), (out), (found), (sql), DB_VALUES(__VA_ARGS__))
bool db_one_blob_values(struct db *db, struct error *error, struct arena *arena, struct str *out, bool *found,
                        const char *sql, const struct value *values, size_t count);

/* A read transaction: all between sees one moment. They do not nest. On a connection that was lost
 * (PostgreSQL restarted) begin connects again. */
bool db_read_begin(struct db *db, struct error *error);
/* Always ends it; rows must be ended before. */
void db_read_end(struct db *db);
/* Would a read transaction begun now see just what the open one sees? True only when that is certain: nobody, in
 * whatever process, has committed since it began. PostgreSQL cannot tell without asking: always false. */
bool db_read_is_newest(struct db *db);

/* From now on no statement of this connection takes longer than so many milliseconds (0: as long as it likes); what
 * does fails with a message that says so. For SQL that was not written here. */
bool db_limit(struct db *db, int64_t ms, struct error *error);
/* While a prefix is set (always the same one), statements that are prepared may read nothing but views whose name
 * starts with it: what else they name, even in a view's disguise, is refused before it runs. prefix is a literal; NULL
 * ends it. SQLite alone can promise this; on PostgreSQL nothing happens, so who hands on strangers' SQL has it judged
 * by a SQLite store first. */
void db_confine(struct db *db, const char *prefix);

/* A write transaction of a DB_WRITE connection, for migrations, tests and writer.c; others use writer.h. */
bool db_begin(struct db *db, struct error *error);
bool db_commit(struct db *db, struct error *error);
void db_rollback(struct db *db);

/* Runs a text of several statements without values. Each is ended by `;`. */
bool db_script(struct db *db, const char *sql, struct error *error);

#endif
