/* What an engine must be able to do: the inside of `struct db`. For sqlite.c, postgres*.c, db.c and the writer.
 *
 * A batch may be deferred (PostgreSQL): statements without rows are sent and their results read later. A
 * failure of one of them is remembered; from then on every call of the connection fails with it until the
 * transaction is rolled back. An engine without that ability does each statement at once.
 */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "store/db.h"

struct store {
    enum store_engine engine;
    const struct engine *calls;
    char *url;  /* SQLite: the path */
    char *name; /* for messages, no password */
};

struct engine {
    /* Creates or checks what the URL names; called once by store_open. */
    bool (*prepare)(struct store *store, struct error *error);
    bool (*open)(struct db **db, struct store *store, enum db_access access, struct error *error);
    void (*close)(struct db *db);
    /* changed == NULL: may be deferred. */
    bool (*run)(struct db *db, struct error *error, int64_t *changed, const char *sql, const struct value *values,
                size_t count);
    struct rows *(*query)(struct db *db, struct error *error, const char *sql, const struct value *values,
                          size_t count);
    bool (*next)(struct rows *rows);
    int64_t (*integer)(struct rows *rows, int column);
    double (*real)(struct rows *rows, int column);
    struct str (*bytes)(struct rows *rows, int column, enum value_kind kind);
    bool (*is_null)(struct rows *rows, int column);
    bool (*end)(struct rows *rows, struct error *error);

    bool (*read_begin)(struct db *db, struct error *error);
    void (*read_end)(struct db *db);
    /* NULL: never known. */
    bool (*read_is_newest)(struct db *db);
    bool (*limit)(struct db *db, int64_t ms, struct error *error);
    /* NULL: it cannot. */
    void (*confine)(struct db *db, const char *prefix);
    /* Takes the store's write lock. */
    bool (*begin)(struct db *db, struct error *error);
    /* False: nothing is saved, or (connection lost for long) nobody knows; the message tells which. */
    bool (*commit)(struct db *db, struct error *error);
    void (*rollback)(struct db *db);
    bool (*script)(struct db *db, const char *sql, struct error *error);
    /* Reads what is outstanding; false when a deferred statement failed. */
    bool (*settle)(struct db *db, struct error *error);
};

extern const struct engine sqlite_engine;
extern const struct engine postgres_engine;

/* Each engine's connection starts with this. */
struct db {
    struct store *store;
    const struct engine *calls;
    enum db_access access;
    bool defer;  /* the writer's wish: statements may be queued */
    bool lost;   /* the connection is gone; begin and read_begin make another */
    bool broken; /* PostgreSQL: a statement failed, the transaction can only be rolled back */
    bool in_transaction;
    int64_t reconnects;
    bool mark;      /* the writer's wish: a commit whose answer is lost must be found (PostgreSQL) */
    int64_t writes; /* statements run by db_run, db_run_count and queries outside read connections */
};

/* Each engine's cursor starts with this. */
struct rows {
    struct db *db;
    bool failed;
    struct error failure;
};

/* Remembers the first failure of a cursor. */
void rows_fail(struct rows *rows, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For the writer. The name of the one savepoint level is fixed. */
bool db_savepoint(struct db *db, struct error *error);
bool db_savepoint_release(struct db *db, struct error *error);
bool db_savepoint_rollback(struct db *db, struct error *error);
bool db_settle(struct db *db, struct error *error);

/* ---- the common dialect (dialect.c) ---- */

/* A migration's text for an engine: types and IDENTITY replaced outside quotes and comments. */
struct str dialect_schema(struct arena *arena, enum store_engine engine, struct str sql);
/* ?1 ?2 … as $1 $2 … outside quotes and comments; *highest becomes the highest number. False when a `?` has no
 * number. */
bool dialect_placeholders(struct arena *arena, struct str sql, struct str *out, int *highest, struct error *error);
/* Takes the next statement (without its `;`) of *rest; false when only blanks and comments are left. */
bool dialect_statement(struct str *rest, struct str *statement);

#endif
