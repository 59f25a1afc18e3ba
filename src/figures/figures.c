/* See figures.h. */
#include "figures/figures.h"

#include "base/crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern const unsigned char figures_001_sql[];
const struct migration figures_migrations[] = { { "figures", 1, (const char *)figures_001_sql } };
const size_t figures_migrations_count = sizeof figures_migrations / sizeof *figures_migrations;

enum { CONNECTIONS_MOST = 16, BUCKETS = 4096 };

struct kept_key {
    uint8_t definition[SM3_BYTES];
    int64_t day, recorded;
    uint64_t stamp;
};

/* What was counted; while `counting`, somebody is at it. */
struct kept {
    struct kept_key key;
    bool counting;
    struct period period;
    struct cell *cells; /* now's, then before's */
    size_t now, before;
    struct kept *next;          /* of the bucket */
    struct kept *newer, *older; /* by use */
};

struct figures {
    struct store *store;
    const struct indicators *indicators;
    pthread_mutex_t lock;
    pthread_cond_t counted;
    pthread_cond_t turn; /* of strangers' queries */
    unsigned turns, taken, waiting;
    struct db *free_dbs[CONNECTIONS_MOST];
    size_t nfree;
    struct kept *buckets[BUCKETS];
    struct kept *newest, *oldest;
    size_t bytes;
    int64_t ncounted, nkept;
};

struct figures *figures_new(struct store *store, const struct indicators *indicators)
{
    struct figures *figures = calloc(1, sizeof *figures);
    if (!figures) {
        abort();
    }
    figures->store = store;
    figures->indicators = indicators;
    (void)pthread_mutex_init(&figures->lock, NULL);
    (void)pthread_cond_init(&figures->counted, NULL);
    (void)pthread_cond_init(&figures->turn, NULL);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    figures->turns = processors > 3 ? (unsigned)processors / 2 : 1;
    return figures;
}

void figures_free(struct figures *figures)
{
    if (!figures) {
        return;
    }
    for (size_t i = 0; i < figures->nfree; i++) {
        db_close(figures->free_dbs[i]);
    }
    for (struct kept *kept = figures->newest; kept;) {
        struct kept *older = kept->older;
        free(kept->cells);
        free(kept);
        kept = older;
    }
    (void)pthread_mutex_destroy(&figures->lock);
    (void)pthread_cond_destroy(&figures->counted);
    (void)pthread_cond_destroy(&figures->turn);
    free(figures);
}

const struct indicators *figures_indicators(const struct figures *figures)
{
    return figures->indicators;
}

/* ---- connections ---- */

static struct db *take_db(struct figures *figures, struct error *error)
{
    struct db *db = NULL;
    (void)pthread_mutex_lock(&figures->lock);
    if (figures->nfree) {
        db = figures->free_dbs[--figures->nfree];
    }
    (void)pthread_mutex_unlock(&figures->lock);
    if (db) {
        return db;
    }
    if (!db_open(&db, figures->store, DB_READ, error) || !db_limit(db, LIMIT_INDICATOR_MS, error)) {
        db_close(db);
        return NULL;
    }
    return db;
}

static void put_db(struct figures *figures, struct db *db)
{
    (void)pthread_mutex_lock(&figures->lock);
    bool kept = figures->nfree < CONNECTIONS_MOST;
    if (kept) {
        figures->free_dbs[figures->nfree++] = db;
    }
    (void)pthread_mutex_unlock(&figures->lock);
    if (!kept) {
        db_close(db);
    }
}

/* ---- the register's stamp ---- */

/* Newest row of each kind and of the returns, and what was decided: rows are only added, and what ends without a new
 * row is decided. */
static const char stamp_sql[] =
    "select (select max(id) from division_fact), (select max(id) from institution_fact), (select max(id) from "
    "site_fact),"
    " (select max(id) from staff_fact), (select max(id) from pupil_fact), (select max(id) from honour_fact),"
    " (select max(id) from group_fact), (select max(id) from member_fact), (select max(id) from programme_fact),"
    " (select max(id) from project_fact), (select max(id) from activity_fact), (select max(id) from statement_fact),"
    " (select max(id) from cohort_fact), (select max(id) from charge_fact), (select max(id) from provision_fact),"
    " (select max(id) from condition_fact), (select max(id) from venue_fact), (select max(id) from athlete_fact),"
    " (select max(id) from register_change), (select max(decided_at) from register_change),"
    " (select count(*) from register_change where state = 'undone'), (select max(id) from return_step)";
enum { STAMP_NUMBERS = 22 };

static bool read_stamp(struct db *db, uint64_t *stamp, struct error *error)
{
    struct rows *rows = db_query(db, error, stamp_sql);
    uint64_t mixed = 1469598103934665603u;
    if (rows_next(rows)) {
        for (int i = 0; i < STAMP_NUMBERS; i++) {
            mixed = (mixed ^ (uint64_t)rows_int(rows, i)) * 0x9E3779B97F4A7C15u;
            mixed ^= mixed >> 29;
        }
    }
    *stamp = mixed;
    return rows_end(rows, error);
}

/* Views that are not kept in two times have no stamp: what is counted from them is not kept. */
static bool may_be_kept(const struct indicators *set, const struct indicator *indicator)
{
    const char *sql = indicator->kind == INDICATOR_CHANGE ? set->items[indicator->of].sql : indicator->sql;
    for (size_t i = 0; i < PUBLISHED_VIEWS_COUNT; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "published_%s ", PUBLISHED_VIEWS[i].name);
        char plain[64];
        (void)snprintf(plain, sizeof plain, "published_%s)", PUBLISHED_VIEWS[i].name);
        if (PUBLISHED_VIEWS[i].times != VIEW_TWO_TIMES && (strstr(sql, name) || strstr(sql, plain))) {
            return false;
        }
    }
    return true;
}

/* ---- what is kept; with the lock held ---- */

static size_t bucket_of(const struct kept_key *key)
{
    uint64_t mixed;
    memcpy(&mixed, key->definition, sizeof mixed);
    mixed ^= (uint64_t)key->day * 0x9E3779B97F4A7C15u ^ (uint64_t)key->recorded ^ key->stamp;
    return (size_t)((mixed * 0x9E3779B97F4A7C15u) >> 40) % BUCKETS;
}

static struct kept *find_kept(struct figures *figures, const struct kept_key *key)
{
    struct kept *kept = figures->buckets[bucket_of(key)];
    while (kept && memcmp(&kept->key, key, sizeof *key) != 0) {
        kept = kept->next;
    }
    return kept;
}

static void out_of_line(struct figures *figures, struct kept *kept)
{
    *(kept->newer ? &kept->newer->older : &figures->newest) = kept->older;
    *(kept->older ? &kept->older->newer : &figures->oldest) = kept->newer;
}

static void first_in_line(struct figures *figures, struct kept *kept)
{
    kept->newer = NULL;
    kept->older = figures->newest;
    *(figures->newest ? &figures->newest->newer : &figures->oldest) = kept;
    figures->newest = kept;
}

static size_t bytes_of(const struct kept *kept)
{
    return sizeof *kept + (kept->now + kept->before) * sizeof *kept->cells;
}

static void drop(struct figures *figures, struct kept *kept)
{
    struct kept **at = &figures->buckets[bucket_of(&kept->key)];
    while (*at != kept) {
        at = &(*at)->next;
    }
    *at = kept->next;
    out_of_line(figures, kept);
    figures->bytes -= bytes_of(kept);
    free(kept->cells);
    free(kept);
}

static struct kept *add_kept(struct figures *figures, const struct kept_key *key)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept) {
        abort();
    }
    kept->key = *key;
    kept->counting = true;
    struct kept **bucket = &figures->buckets[bucket_of(key)];
    kept->next = *bucket;
    *bucket = kept;
    first_in_line(figures, kept);
    figures->bytes += bytes_of(kept);
    return kept;
}

static void fill_kept(struct figures *figures, struct kept *kept, const struct counted *counted)
{
    kept->cells = malloc((counted->now.n + counted->before.n + 1) * sizeof *kept->cells);
    if (!kept->cells) {
        abort();
    }
    if (counted->now.n) {
        memcpy(kept->cells, counted->now.items, counted->now.n * sizeof *kept->cells);
    }
    if (counted->before.n) {
        memcpy(kept->cells + counted->now.n, counted->before.items, counted->before.n * sizeof *kept->cells);
    }
    kept->now = counted->now.n;
    kept->before = counted->before.n;
    kept->period = counted->period;
    kept->counting = false;
    figures->bytes += (kept->now + kept->before) * sizeof *kept->cells;
    for (struct kept *old = figures->oldest; old && figures->bytes > LIMIT_FIGURES_KEPT_BYTES && old != kept;) {
        struct kept *newer = old->newer;
        if (!old->counting) {
            drop(figures, old);
        }
        old = newer;
    }
}

static void copy_kept(struct arena *arena, const struct kept *kept, struct counted *out)
{
    struct cell *cells = ARENA_ARRAY(arena, struct cell, kept->now + kept->before);
    memcpy(cells, kept->cells, (kept->now + kept->before) * sizeof *cells);
    *out = (struct counted){ kept->period, { cells, kept->now }, { cells + kept->now, kept->before } };
}

/* ---- counting ---- */

static struct kept_key key_of(const struct indicator *indicator, struct as_of as_of, uint64_t stamp)
{
    struct kept_key key;
    memset(&key, 0, sizeof key); /* it is compared by its bytes */
    memcpy(key.definition, indicator->definition, SM3_BYTES);
    key.day = indicator_period(indicator, as_of.day).day;
    key.recorded = as_of.recorded;
    key.stamp = stamp;
    return key;
}

/* ---- waiting ---- */

static const char busy[] = "too much is being counted for others just now";

bool figures_was_busy(const struct error *error)
{
    return strstr(error->message, busy) != NULL;
}

static struct timespec wait_until(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LIMIT_FIGURES_WAIT_MS / 1000;
    return until;
}

/* Waits, with the lock held: strangers not too many at a time and not too long, for each holds a worker meanwhile. */
static bool wait_for(struct figures *figures, pthread_cond_t *what, enum figures_for whom, const struct timespec *until)
{
    if (whom != FIGURES_FOR_EVERYBODY) {
        return pthread_cond_wait(what, &figures->lock) == 0;
    }
    bool in_time = figures->waiting < LIMIT_FIGURES_WAITING;
    figures->waiting += in_time;
    if (in_time) {
        in_time = pthread_cond_timedwait(what, &figures->lock, until) == 0;
        figures->waiting--;
    }
    return in_time;
}

/* Answers from what is kept (*found), or leaves a mark that the caller counts (*mine). False: too many wait for it. */
static bool look(struct figures *figures, struct arena *arena, const struct kept_key *key, enum figures_for whom,
                 struct counted *out, bool *found, struct kept **mine)
{
    struct timespec until = wait_until();
    bool in_time = true;
    (void)pthread_mutex_lock(&figures->lock);
    struct kept *kept;
    while ((kept = find_kept(figures, key)) && kept->counting && in_time) {
        in_time = wait_for(figures, &figures->counted, whom, &until);
    }
    *found = kept && !kept->counting;
    if (*found) {
        out_of_line(figures, kept);
        first_in_line(figures, kept);
        copy_kept(arena, kept, out);
        figures->nkept++;
    } else if (!kept) {
        *mine = add_kept(figures, key);
    }
    (void)pthread_mutex_unlock(&figures->lock);
    return *found || *mine;
}

/* ---- turns ---- */

static bool take_turn(struct figures *figures, struct error *error)
{
    struct timespec until = wait_until();
    bool in_time = true;
    (void)pthread_mutex_lock(&figures->lock);
    while (in_time && figures->taken >= figures->turns) {
        in_time = wait_for(figures, &figures->turn, FIGURES_FOR_EVERYBODY, &until);
    }
    figures->taken += in_time;
    (void)pthread_mutex_unlock(&figures->lock);
    return in_time || error_set(error, "%s", busy);
}

static void give_turn(struct figures *figures)
{
    (void)pthread_mutex_lock(&figures->lock);
    figures->taken--;
    (void)pthread_cond_signal(&figures->turn);
    (void)pthread_mutex_unlock(&figures->lock);
}

static bool count_in_turn(struct figures *figures, struct db *db, struct arena *arena,
                          const struct indicator *indicator, struct as_of as_of, enum figures_for whom,
                          struct counted *out, struct error *error)
{
    if (whom == FIGURES_FOR_EVERYBODY && !take_turn(figures, error)) {
        return false;
    }
    bool good = compute_cells(db, arena, figures->indicators, indicator, as_of, out, error);
    if (whom == FIGURES_FOR_EVERYBODY) {
        give_turn(figures);
    }
    return good;
}

static bool count_on(struct figures *figures, struct db *db, struct arena *arena, const struct indicator *indicator,
                     struct as_of as_of, enum figures_for whom, struct counted *out, struct error *error)
{
    uint64_t stamp = 0;
    struct kept *mine = NULL;
    if (!may_be_kept(figures->indicators, indicator)) {
        return count_in_turn(figures, db, arena, indicator, as_of, whom, out, error);
    }
    if (!read_stamp(db, &stamp, error)) {
        return false;
    }
    struct kept_key key = key_of(indicator, as_of, stamp);
    bool found = false;
    if (!look(figures, arena, &key, whom, out, &found, &mine)) {
        return error_set(error, "%s", busy);
    }
    if (found) {
        return true;
    }
    bool good = count_in_turn(figures, db, arena, indicator, as_of, whom, out, error);
    (void)pthread_mutex_lock(&figures->lock);
    figures->ncounted++;
    if (good) {
        fill_kept(figures, mine, out);
    } else {
        drop(figures, mine);
    }
    (void)pthread_cond_broadcast(&figures->counted);
    (void)pthread_mutex_unlock(&figures->lock);
    return good;
}

bool figures_counted(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                     enum figures_for whom, struct counted *out, struct error *error)
{
    struct db *db = take_db(figures, error);
    if (!db) {
        return false;
    }
    bool good = db_read_begin(db, error) &&
                count_on(figures, db, arena, &figures->indicators->items[indicator], as_of, whom, out, error);
    db_read_end(db);
    put_db(figures, db);
    return good;
}

bool figures_rows(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                  const struct rows_ask *ask, struct counted_row **out, size_t *n, struct error *error)
{
    struct db *db = take_db(figures, error);
    if (!db) {
        return false;
    }
    bool good = !ask->in_turn || take_turn(figures, error);
    if (good) {
        good = db_read_begin(db, error) &&
               compute_rows(db, arena, &figures->indicators->items[indicator], as_of, ask, out, n, error);
        db_read_end(db);
        if (ask->in_turn) {
            give_turn(figures);
        }
    }
    put_db(figures, db);
    return good;
}

struct figures_numbers figures_numbers(struct figures *figures)
{
    (void)pthread_mutex_lock(&figures->lock);
    struct figures_numbers numbers = { figures->ncounted, figures->nkept, (int64_t)figures->bytes };
    (void)pthread_mutex_unlock(&figures->lock);
    return numbers;
}

/* ---- many ---- */

struct many {
    struct figures *figures;
    struct arena *arena;
    struct figures_ask *asks;
    enum figures_for whom;
    pthread_mutex_t lock; /* of the arena, failed and error */
    bool failed;
    struct error error;
};

static void count_one(void *context, uint32_t index)
{
    struct many *many = context;
    struct figures_ask *ask = &many->asks[index];
    struct arena *arena = arena_new(0);
    struct counted counted;
    struct error error = { "" };
    bool good = figures_counted(many->figures, arena, ask->indicator, ask->as_of, many->whom, &counted, &error);
    (void)pthread_mutex_lock(&many->lock);
    if (good) {
        struct kept as_kept = { .period = counted.period, .now = counted.now.n };
        as_kept.cells = counted.now.items;
        copy_kept(many->arena, &as_kept, &ask->counted);
        struct cell *before = ARENA_ARRAY(many->arena, struct cell, counted.before.n);
        if (counted.before.n) {
            memcpy(before, counted.before.items, counted.before.n * sizeof *before);
        }
        ask->counted.before = (struct cells){ before, counted.before.n };
    } else if (!many->failed) {
        many->failed = true;
        many->error = error;
    }
    (void)pthread_mutex_unlock(&many->lock);
    arena_free(arena);
}

bool figures_many(struct figures *figures, struct arena *arena, struct figures_ask *asks, size_t n, unsigned threads,
                  enum figures_for whom, struct error *error)
{
    struct many many = { .figures = figures, .arena = arena, .asks = asks, .whom = whom };
    struct crew *crew = crew_new(whom == FIGURES_FOR_EVERYBODY ? 1 : threads);
    (void)pthread_mutex_init(&many.lock, NULL);
    crew_each(crew, count_one, &many, (uint32_t)n);
    crew_free(crew);
    (void)pthread_mutex_destroy(&many.lock);
    return !many.failed || error_set(error, "%s", many.error.message);
}
