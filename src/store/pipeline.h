/* A PostgreSQL connection in libpq's pipeline mode: statements are sent without waiting, their answers come in
 * the same order. For postgres.c alone.
 *
 * Each thing sent leaves an expectation in a queue; reading takes the oldest. A statement's answer goes to a
 * cursor, to an outcome on a waiting caller's stack, or (a deferred one) nowhere unless it failed: a failure
 * inside a transaction makes the connection `broken` until the rollback. After a failure the server skips all up
 * to the next Sync; skipped statements say which failure they were skipped for. */
#ifndef STORE_PIPELINE_H
#define STORE_PIPELINE_H

#include "store/engine.h"
#include "store/statements.h"

#include <libpq-fe.h>

enum { LIMIT_PARAMETERS = 500, LIMIT_OUTSTANDING = 1000 };

/* The answer to a statement that somebody waits for. */
struct outcome {
    bool arrived, failed;
    int64_t changed;
    bool committed; /* the answer was COMMIT (and not ROLLBACK) */
    struct error error;
};

/* A statement prepared for types of its parameters; null fits any type. */
struct variant {
    struct variant *next;
    char name[24];
    Oid *types;
    bool prepared;
};

struct pg_statement {
    struct statement base;
    char *sql; /* with $1 */
    int parameters;
    struct variant *variants;
    bool kept;
};

struct pg_rows {
    struct rows base;
    struct pg_rows *next_free;
    struct pg_statement *own; /* not kept: freed with the cursor */
    const char *text;
    PGresult *result; /* NULL until arrived, or when failed */
    int row;
    bool arrived;
};

enum expected { EXPECT_PREPARE, EXPECT_STATEMENT, EXPECT_SYNC };
struct expectation {
    enum expected kind;
    struct variant *variant;
    struct pg_rows *rows;
    struct outcome *outcome;
    const char *text;
};

struct pg_db {
    struct db base;
    PGconn *connection;
    struct statements statements;
    int64_t next_name;
    struct expectation *queue; /* from first up to count */
    size_t first, count, size;
    bool synced;          /* nothing was sent after the last Sync */
    bool ended;           /* the server said good-bye */
    struct error failure; /* why broken or lost */
    struct pg_rows *free_rows;
    char writer[16]; /* this connection's name in commit_mark; all zero: not chosen yet */
    int64_t number;  /* of its transactions */
};

/* Connects and enters pipeline mode; prepared statements of an earlier connection are forgotten. */
bool pipeline_connect(struct pg_db *db, struct error *error);
/* Ends the connection; everything outstanding fails with the reason. */
void pipeline_lose(struct pg_db *db, const char *reason);
/* Looks, without waiting, whether the server has hung up. */
bool pipeline_alive(struct pg_db *db);

/* The statement of this text; not kept when the cache is full or `once` is set. */
struct pg_statement *pipeline_statement(struct pg_db *db, struct error *error, const char *sql, bool once);
void pipeline_free_statement(struct pg_statement *statement);

/* Sends; the answer goes to rows or outcome (at most one is not NULL). */
bool pipeline_send(struct pg_db *db, struct error *error, struct pg_statement *statement, const struct value *values,
                   size_t count, struct pg_rows *rows, struct outcome *outcome);
/* Asks the server to answer everything sent so far. */
void pipeline_sync(struct pg_db *db);
/* Reads answers until *arrived, or until nothing is outstanding (arrived == NULL). */
void pipeline_read(struct pg_db *db, const bool *arrived);

/* cells.c: what a cursor's current row holds; for the engine's table. */
int64_t cell_integer(struct rows *rows, int column);
double cell_real(struct rows *rows, int column);
struct str cell_bytes(struct rows *rows, int column, enum value_kind kind);
bool cell_is_null(struct rows *rows, int column);

#endif
