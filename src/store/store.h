/* The store: where a city's data lives. One interface, two engines.
 *
 * A URL says which: `sqlite:/var/lib/jiaoti/city.db` (or a bare path) is one file beside the program;
 * `postgres://…` or `postgresql://…` is a server, for cities past one machine. Above this folder nobody
 * knows which one it is: SQL is written once, in the subset that db.h describes.
 *
 * store.h      opening, migrations
 * db.h         one connection of one thread: statements, rows, read transactions
 * writer.h     the one writer: named commands, one durable commit for many
 * journal.h    who did what, as a hash chain
 * vault.h      keys, sealed fields, keyed hashes
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/error.h"
#include "base/str.h"

enum store_engine { ENGINE_SQLITE, ENGINE_POSTGRES };

/* Safe to share between threads: it holds no connection. */
struct store;

/* Opens (for SQLite: makes when missing; its folder must exist) and checks that the engine can be used:
 * reachable, new enough, UTF-8, ordering text by its bytes. */
bool store_open(struct store **store, const char *url, struct error *error);
/* NULL is accepted. Every db and writer of the store must be closed before. */
void store_close(struct store *store);

enum store_engine store_engine(const struct store *store);
/* The URL without a password, for messages. */
const char *store_name(const struct store *store);

/* One step of a noun's tables. A noun hands an array; versions count from 1 within the noun. A file that was
 * embedded by tools/embed.c: { "places", 1, (const char *)places_001_sql }.
 *
 * The text is one or more statements, each ended by `;`, in the common dialect:
 *   BIGINT, TEXT, BLOB, REAL          (PostgreSQL: BLOB becomes BYTEA, REAL becomes DOUBLE PRECISION)
 *   id IDENTITY                       a primary key that counts by itself; or its values are given always
                                     (writing_id), never both ways in one table
 * No triggers (their inner `;` would end the statement).
 * Truth values are BIGINT 0 or 1, moments BIGINT milliseconds, days BIGINT day numbers (base/clock.h). */
struct migration {
    const char *noun;
    int version;
    const char *sql;
};

/* Applies what is missing, in the order given, each in a transaction of its own; the store's own tables come
 * first by themselves. What was applied is kept in the table `migration` with a hash of its text: a text
 * that was changed after it was applied is an error, and so is a database that knows a later version. */
bool store_migrate(struct store *store, const struct migration *migrations, size_t count, struct error *error);

#endif
