/* See clear.h. */
#include "demo/clear.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
    (void)stat;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* A file or a folder with all in it; that it is not there is no failure. */
static bool remove_all(const char *path, struct error *error)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
        return error_set(error, "%s could not be removed: %m", path);
    }
    return true;
}

static bool clear_sqlite(const char *url, struct error *error)
{
    static const char *const ENDS[] = { "", "-wal", "-shm", "-journal" };
    struct str path = str_of(url);
    if (str_starts(path, STR("sqlite:"))) {
        path = str_part(path, sizeof "sqlite:" - 1, path.n);
    }
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        char file[1024];
        (void)snprintf(file, sizeof file, "%.*s%s", STR_ARG(path), ENDS[i]);
        if (!remove_all(file, error)) {
            return false;
        }
    }
    return true;
}

static bool clear_postgres(struct store *store, struct error *error)
{
    struct db *db = NULL;
    struct arena *arena = arena_new(0);
    struct str script = { "", 0 };
    bool ok = db_open(&db, store, DB_WRITE, error);
    if (ok) {
        struct rows *rows = db_query(db, error,
                                     "select cast(tablename as text) from pg_catalog.pg_tables where schemaname = "
                                     "current_schema()");
        while (rows_next(rows)) {
            struct str table = rows_text(rows, 0);
            script = arena_printf(arena, "%.*sdrop table \"%.*s\" cascade;\n", STR_ARG(script), STR_ARG(table));
        }
        ok = rows_end(rows, error) && (script.n == 0 || db_script(db, script.p, error));
    }
    db_close(db);
    arena_free(arena);
    return ok;
}

static bool clear_database(const struct demo_settings *settings, struct error *error)
{
    struct store *store = NULL;
    if (!store_open(&store, settings->url, error)) {
        return false;
    }
    bool sqlite = store_engine(store) == ENGINE_SQLITE;
    bool ok = sqlite || clear_postgres(store, error);
    store_close(store);
    return ok && (!sqlite || clear_sqlite(settings->url, error));
}

bool clear_installation(const struct demo_settings *settings, struct error *error)
{
    /* The anchor of a journal that is gone would call the next one cut off. */
    static const char *const PARTS[] = {
        "papers",           "transcripts",      "witness",           "authority.db",
        "authority.db-wal", "authority.db-shm", "demo-accounts.txt", "keys/journal.anchor"
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", settings->data, PARTS[i]);
        if (!remove_all(path, error)) {
            return false;
        }
    }
    return clear_database(settings, error);
}
