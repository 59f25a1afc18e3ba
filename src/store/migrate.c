/* Migrations: see store_migrate in store.h.
 *
 * The table `migration` has (noun, version, hash of the text, when). What must hold: the tables of a database are
 * exactly what the applied texts say. So an applied text never changes (a new version is added), and a program
 * never runs on a database that a later program has migrated. Each step looks again under the write lock:
 * two programs that start together apply it once. */
#include "base/clock.h"
#include "base/hex.h"
#include "store/engine.h"

#include <openssl/evp.h>

extern const unsigned char store_001_sql[], store_002_sql[], store_003_sql[];

static bool text_hash(struct arena *arena, const char *sql, struct str *hash, struct error *error)
{
    unsigned char digest[32];
    if (EVP_Digest(sql, strlen(sql), digest, NULL, EVP_sm3(), NULL) != 1) {
        return error_set(error, "OpenSSL has no SM3");
    }
    *hash = hex_encode(arena, digest, sizeof digest);
    return true;
}

static bool apply(struct db *db, struct arena *arena, const struct migration *step, struct error *error)
{
    struct str hash, known = STR("");
    bool found = false;
    if (!text_hash(arena, step->sql, &hash, error) ||
        !db_one_text(db, error, arena, &known, &found, "select hash from migration where noun = ?1 and version = ?2",
                     V_TEXT(str_of(step->noun)), V_INT(step->version))) {
        return false;
    }
    if (found) {
        return str_eq(known, hash) ||
               error_set(error, "its text was changed after it was applied; add a new version instead");
    }
    struct str sql = dialect_schema(arena, db_engine(db), str_of(step->sql));
    return db_script(db, sql.p, error) &&
           db_run(db, error, "insert into migration (noun, version, hash, at) values (?1, ?2, ?3, ?4)",
                  V_TEXT(str_of(step->noun)), V_INT(step->version), V_TEXT(hash), V_INT(clock_ms()));
}

/* The highest version of the noun among the steps. */
static int64_t newest(const struct migration *steps, size_t count, const char *noun)
{
    int64_t highest = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(steps[i].noun, noun) == 0 && steps[i].version > highest) {
            highest = steps[i].version;
        }
    }
    return highest;
}

static bool step_in_transaction(struct db *db, struct arena *arena, const struct migration *steps, size_t count,
                                size_t i, struct error *error)
{
    int64_t latest = 0;
    if (!db_begin(db, error)) {
        return false;
    }
    if (!db_one_int(db, error, &latest, NULL, "select coalesce(max(version), 0) from migration where noun = ?1",
                    V_TEXT(str_of(steps[i].noun)))) {
        db_rollback(db);
        return false;
    }
    if (latest > newest(steps, count, steps[i].noun)) {
        db_rollback(db);
        return error_set(error, "the database is of a later program (%s %lld); use that one", steps[i].noun,
                         (long long)latest);
    }
    if (!apply(db, arena, &steps[i], error)) {
        db_rollback(db);
        return error_within(error, "migration %s %d", steps[i].noun, steps[i].version);
    }
    return db_commit(db, error);
}

static bool migrate_all(struct db *db, const struct migration *steps, size_t count, struct error *error)
{
    struct arena *arena = arena_new(0);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        arena_reset(arena);
        ok = step_in_transaction(db, arena, steps, count, i, error);
    }
    arena_free(arena);
    return ok;
}

static bool make_table(struct db *db, struct error *error)
{
    static const char sql[] = "create table if not exists migration (noun TEXT not null, version BIGINT not null, "
                              "hash TEXT not null, at BIGINT not null, primary key (noun, version));";
    if (!db_begin(db, error)) {
        return false;
    }
    if (!db_script(db, sql, error)) {
        db_rollback(db);
        return false;
    }
    return db_commit(db, error);
}

bool store_migrate(struct store *store, const struct migration *migrations, size_t count, struct error *error)
{
    const struct migration own[] = { { "store", 1, (const char *)store_001_sql },
                                     { "store", 2, (const char *)store_002_sql },
                                     { "store", 3, (const char *)store_003_sql } };
    struct db *db = NULL;
    if (!db_open(&db, store, DB_WRITE, error)) {
        return false;
    }
    bool ok = make_table(db, error) && migrate_all(db, own, sizeof own / sizeof *own, error) &&
              migrate_all(db, migrations, count, error);
    db_close(db);
    return ok;
}
