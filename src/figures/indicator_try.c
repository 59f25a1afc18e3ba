/* Every indicator's SQL, judged by a database: see indicators_try in compute.h. */
#include "figures/compute.h"

#include "registry/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A SQLite store in a folder of its own, with the register's tables and views and nothing in them. */
struct trial {
    char folder[32];
    struct store *store;
    struct db *db;
};

static void trial_end(struct trial *trial)
{
    static const char *const endings[] = { "", "-wal", "-shm" };
    db_close(trial->db);
    store_close(trial->store);
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/try.db%s", trial->folder, endings[i]);
        (void)unlink(path);
    }
    (void)rmdir(trial->folder);
}

static bool trial_begin(struct trial *trial, struct error *error)
{
    *trial = (struct trial){ .folder = "/tmp/jiaoti-try-XXXXXX" };
    if (!mkdtemp(trial->folder)) {
        return error_set(error, "no folder could be made in /tmp: %m");
    }
    char url[64];
    (void)snprintf(url, sizeof url, "sqlite:%s/try.db", trial->folder);
    return store_open(&trial->store, url, error) &&
           store_migrate(trial->store, registry_migrations, registry_migrations_count, error) &&
           db_open(&trial->db, trial->store, DB_READ, error) && db_limit(trial->db, 5000, error);
}

/* "SQLite: no such column: x (select …)": the middle. */
static struct str reason_of(const char *message)
{
    struct str all = str_of(message);
    struct str start = STR("SQLite: ");
    for (size_t i = 0; i + start.n < all.n; i++) {
        if (str_starts(str_part(all, i, all.n), start)) {
            all = str_part(all, i + start.n, all.n);
            break;
        }
    }
    for (size_t i = 0; i + 9 < all.n; i++) {
        if (str_starts(str_part(all, i, all.n), STR(" (select "))) {
            return str_part(all, 0, i);
        }
    }
    return all;
}

bool indicators_try(const struct indicators *set, struct city_mistakes *mistakes, struct error *error)
{
    struct trial trial;
    struct arena *arena = arena_new(0);
    size_t before = mistakes->n;
    bool good = trial_begin(&trial, error);
    for (size_t i = 0; good && i < set->n; i++) {
        const struct indicator *indicator = &set->items[i];
        struct counted counted;
        struct error wrong = { "" };
        if (indicator->kind != INDICATOR_CHANGE &&
            !compute_cells(trial.db, arena, set, indicator, (struct as_of){ 19722, MOMENT_OPEN }, &counted, &wrong)) {
            struct str why = reason_of(wrong.message);
            city_mistake_add(mistakes, indicator->file, indicator->rows_line,
                             "rows：数据库说：%.*s；应为公开视图上的 SQL（docs/views.md）",
                             "rows: the database says: %.*s; expected SQL over published views (docs/views.md)",
                             STR_ARG(why));
        }
        arena_reset(arena);
    }
    trial_end(&trial);
    arena_free(arena);
    city_mistakes_sort(mistakes);
    size_t n = mistakes->n - before;
    if (good && n) {
        return error_set(error, "%zu indicator%s cannot be counted", n, n == 1 ? "" : "s");
    }
    return good;
}
