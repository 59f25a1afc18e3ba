/* `jiaoti demo`: from a seed to a city whose year is under way.
 *
 * What must hold: a folder is either not a demo, or a whole one, or one whose build was interrupted, and each can be
 * told from the others at any moment: the setting demo_building is committed before anything else is written and
 * removed by the transaction that ends the build. */
#include "demo/build.h"
#include "demo/clear.h"

#include "base/clock.h"
#include "demo/food.h"
#include "demo/plans.h"
#include "demo/promises.h"
#include "demo/services.h"
#include "demo/supervision.h"
#include "demo/year.h"
#include "places/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* Of the full city; docs/demo.md says why this split. */
enum { CHILDREN_PRIMARY = 58000, CHILDREN_JUNIOR = 56000, COMMUNITIES = 6000 };

void build_tell(struct builder *builder, const char *stage, size_t done, size_t total)
{
    if (builder->progress && builder->progress->tell) {
        builder->progress->tell(builder->progress->context, stage, done, total);
    }
}

/* ---- Transactions in demo time ---- */

static void set_clock(int64_t to)
{
    clock_shift(0);
    clock_shift(to - clock_ms());
}

bool build_begin(struct builder *builder, int64_t at, struct error *error)
{
    set_clock(at);
    if (!writing_begin(builder->writing, error)) {
        return false;
    }
    builder->writing->now = at; /* to the millisecond, however long it took to begin */
    return true;
}

bool build_commit(struct builder *builder, struct error *error)
{
    return ledger_check(builder->writing, NULL, error) && writing_commit(builder->writing, error);
}

/* The weekday morning in the middle of the window that most rounds share. */
static int64_t moment_to_show(const struct city *city)
{
    const struct policy *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < city->npolicies; i++) {
        size_t same = 0;
        for (size_t k = 0; k < city->npolicies; k++) {
            same += city->policies[k]->moments[MOMENT_OPENS] == city->policies[i]->moments[MOMENT_OPENS] &&
                    city->policies[k]->moments[MOMENT_CLOSES] == city->policies[i]->moments[MOMENT_CLOSES];
        }
        if (same > most) {
            most = same;
            best = city->policies[i];
        }
    }
    int64_t opens = best->moments[MOMENT_OPENS], closes = best->moments[MOMENT_CLOSES];
    int64_t day = day_of_ms(opens + (closes - opens) / 2);
    while ((day + 4) % 7 == 0 || (day + 4) % 7 == 6) { /* day 0 was a Thursday */
        day++;
    }
    int64_t moment = day_start_ms(day) + 10 * 3600 * 1000;
    return moment < closes ? moment : opens + (closes - opens) / 2;
}

/* ---- Settings ---- */

static bool put(struct builder *builder, const char *name, int64_t value, struct error *error)
{
    return setting_put(builder->writing, name, arena_printf(builder->writing->arena, "%lld", (long long)value), error);
}

static struct str key_of(struct arena *arena, const struct demo_settings *settings)
{
    return arena_printf(arena, "%.*s %d, scale %u, seed %llu, version %d%s", STR_ARG(settings->city->code),
                        settings->city->year, settings->per_million, (unsigned long long)settings->seed, DEMO_VERSION,
                        settings->register_only ? ", register only" : "");
}

static bool put_start(struct builder *builder, struct error *error)
{
    return build_begin(builder, builder->now, error) && put(builder, "demo", 1, error) &&
           setting_put(builder->writing, "demo_building", key_of(builder->arena, builder->settings), error) &&
           build_commit(builder, error);
}

static bool put_end(struct builder *builder, const struct demo_report *report, struct error *error)
{
    const struct demo_settings *settings = builder->settings;
    int64_t shift;
    if (!build_begin(builder, builder->now, error)) {
        return false;
    }
    clock_shift(0);
    shift = builder->now - clock_ms();
    clock_shift(shift);
    return put(builder, "clock_shift", shift, error) && put(builder, "demo_clock", builder->now, error) &&
           put(builder, "seed", (int64_t)settings->seed, error) &&
           put(builder, "demo_scale", settings->per_million, error) &&
           put(builder, "demo_children", (int64_t)report->children, error) &&
           put(builder, "demo_applications", (int64_t)report->applications, error) &&
           setting_put(builder->writing, "city", settings->city->folder, error) &&
           setting_put(builder->writing, "demo_digest", str_of(report->digest), error) &&
           setting_put(builder->writing, "demo_key", key_of(builder->arena, settings), error) &&
           db_run(builder->writing->db, error, "delete from setting where name = 'demo_building'") &&
           build_commit(builder, error);
}

/* ---- What stands in the folder ---- */

enum standing { STANDS_NOTHING, STANDS_WHOLE, STANDS_INTERRUPTED, STANDS_OTHER };

static bool look(const struct demo_settings *settings, struct arena *arena, enum standing *standing,
                 struct demo_report *report, struct error *error)
{
    struct store *store = NULL;
    struct db *db = NULL;
    struct str key = { 0 }, building = { 0 }, digest = { 0 };
    int64_t accounts = 0;
    if (!store_open(&store, settings->url, error)) {
        return false;
    }
    bool ok = settings->migrate(store, error) && db_open(&db, store, DB_READ, error) &&
              setting_get(db, arena, "demo_building", &building, error) &&
              setting_get(db, arena, "demo_key", &key, error) &&
              setting_get(db, arena, "demo_digest", &digest, error) &&
              db_one_int(db, error, &accounts, NULL, "select count(*) from account");
    if (ok) {
        *standing = building.n                                      ? STANDS_INTERRUPTED
                    : key.n && str_eq(key, key_of(arena, settings)) ? STANDS_WHOLE
                    : key.n || accounts                             ? STANDS_OTHER
                                                                    : STANDS_NOTHING;
        (void)snprintf(report->digest, sizeof report->digest, "%.*s", STR_ARG(digest));
        report->children = (size_t)setting_int(db, arena, "demo_children", 0);
        report->applications = (size_t)setting_int(db, arena, "demo_applications", 0);
        report->now = setting_int(db, arena, "demo_clock", 0);
        if (*standing == STANDS_OTHER) {
            error_set(error, "%s holds %s%.*s already; give another --data (and --db), or remove it first",
                      store_name(store), key.n ? "another demo city: " : "an installation that is no demo",
                      STR_ARG(key));
        }
    }
    db_close(db);
    store_close(store);
    return ok;
}

/* Counts that the report of a finished demo is made of. */
static bool count(struct store *store, struct demo_report *report, struct error *error)
{
    struct db *db;
    int64_t n[3] = { 0 };
    if (!db_open(&db, store, DB_READ, error)) {
        return false;
    }
    bool ok = db_one_int(db, error, &n[0], NULL,
                         "select count(*) from institution where listed = 1 and (kind like '2%' or kind like '31%' or "
                         "kind like '34%')") &&
              db_one_int(db, error, &n[1], NULL, "select count(*) from community") &&
              db_one_int(db, error, &n[2], NULL, "select count(*) from catchment");
    report->schools = (size_t)n[0];
    report->communities = (size_t)n[1];
    report->catchments = (size_t)n[2];
    db_close(db);
    return ok;
}

/* ---- The build ---- */

static bool grow(struct builder *builder, struct error *error)
{
    const struct demo_settings *settings = builder->settings;
    const struct city *city = builder->city;
    uint64_t scale = settings->per_million;
    size_t children[STAGE_COUNT] = { (size_t)(CHILDREN_PRIMARY * scale / 1000000),
                                     (size_t)(CHILDREN_JUNIOR * scale / 1000000) };
    build_tell(builder, "land", 0, 1);
    if (!land_new(builder->arena, city, settings->seed, (size_t)(COMMUNITIES * scale / 1000000), children,
                  &builder->land, error) ||
        !schools_new(builder->arena, city, builder->land, settings->per_million, &builder->schools, error)) {
        return false;
    }
    const struct policy *primary = city_policy(city, builder->land->counties[0].division->code, STAGE_PRIMARY);
    builder->people = people_new(builder->arena, builder->land, builder->schools, day_of_ms(builder->now),
                                 policy_latest_birthday(primary));
    bool *closed = ARENA_ARRAY(builder->arena, bool, builder->land->ncounties);
    builder->people->closed = closed;
    builder->nrounds = builder->land->ncounties * STAGE_COUNT;
    builder->rounds = ARENA_ARRAY(builder->arena, struct demo_round, builder->nrounds);
    for (uint32_t i = 0; i < builder->nrounds; i++) {
        struct demo_round *round = &builder->rounds[i];
        round->county = i / STAGE_COUNT;
        round->stage = (enum stage)(i % STAGE_COUNT);
        round->policy = city_policy(city, builder->land->counties[round->county].division->code, round->stage);
        closed[round->county] |= round->policy->moments[MOMENT_CLOSES] < builder->now;
    }
    build_tell(builder, "land", 1, 1);
    return true;
}

/* The first day of what is kept: a week before the first rules are published. */
static int64_t first_moment(const struct builder *builder)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < builder->nrounds; i++) {
        int64_t moment = builder->rounds[i].policy->moments[MOMENT_RULES_PUBLISHED];
        first = moment < first ? moment : first;
    }
    return first - 7LL * 24 * 3600 * 1000;
}

/* What families consent to, in the words of the city's folder, as the page shows it. */
static struct str consent_text(struct arena *arena, const struct city *city)
{
    struct str text = { "", 0 };
    for (size_t i = 0; i < city->npurposes; i++) {
        text = arena_printf(arena, "%.*s%.*s(%u)\n", STR_ARG(text), STR_ARG(city->purposes[i].text.zh),
                            city->purposes[i].keep_months);
    }
    for (size_t i = 0; i < city->nchecks; i++) {
        const struct check *check = &city->checks[i];
        text = arena_printf(arena, "%.*s%.*s:", STR_ARG(text), STR_ARG(check->name.zh));
        for (size_t k = 0; k < check->nsent; k++) {
            text = arena_printf(arena, "%.*s %.*s", STR_ARG(text), STR_ARG(check->sent[k].zh));
        }
        text = arena_printf(arena, "%.*s\n", STR_ARG(text));
    }
    return text;
}

static bool fill(struct builder *builder, struct error *error)
{
    int64_t start = first_moment(builder);
    builder->consent = consent_text(builder->arena, builder->city);
    build_tell(builder, "register", 0, 1);
    if (!put_start(builder, error) || !build_begin(builder, builder->now, error) || !rows_write(builder, error) ||
        !build_commit(builder, error) || !year_write(builder, error) || !register_write(builder, error) ||
        !build_begin(builder, start, error) || !staff_write(builder, error)) {
        return false;
    }
    build_tell(builder, "register", 1, 1);
    if (builder->settings->register_only) {
        return build_commit(builder, error);
    }
    if (!calendar_prepare(builder, error) || !ahead_write(builder, error) || !build_commit(builder, error)) {
        return false;
    }
    if (!families_apply(builder, error) || !calendar_until(builder, builder->now, error)) {
        return false;
    }
    build_tell(builder, "reviews", 0, 1);
    return build_begin(builder, builder->now, error) && reviews_some(builder, error) &&
           showcase_write(builder, error) && returns_write(builder, error) && supervision_write(builder, error) &&
           promises_write(builder, error) && food_write(builder, error) && board_write(builder, error) &&
           build_commit(builder, error) && services_write(builder, error);
}

/* While the city is built nothing is waited for; a build that is cut off is begun again. At its end everything is on
 * disk before the end is written. */
static bool durable(struct builder *builder, bool on, struct error *error)
{
    if (store_engine(builder->store) != ENGINE_SQLITE) {
        return db_script(builder->writing->db, on ? "set synchronous_commit = on;" : "set synchronous_commit = off;",
                         error);
    }
    return db_script(builder->writing->db,
                     on ? "pragma synchronous = full; pragma wal_checkpoint(truncate);"
                        : "pragma synchronous = off; pragma cache_size = -262144;",
                     error);
}

static bool finish(struct builder *builder, struct demo_report *report, struct error *error)
{
    build_tell(builder, "digest", 0, 1);
    report->children = 0;
    for (size_t i = 0; i < builder->land->ncommunities; i++) {
        report->children += builder->land->communities[i].children[STAGE_PRIMARY];
        report->children += builder->land->communities[i].children[STAGE_JUNIOR];
    }
    report->applications = builder->applications;
    report->now = builder->now;
    bool kept = authority_records_close(builder->records, error);
    builder->records = NULL;
    return kept && demo_digest(builder->writing->db, report->digest, error) &&
           db_script(builder->writing->db, "analyze;", error) && durable(builder, true, error) &&
           put_end(builder, report, error) && count(builder->store, report, error);
}

static bool build(struct builder *builder, struct demo_report *report, struct error *error)
{
    const struct demo_settings *settings = builder->settings;
    struct str keys = arena_printf(builder->arena, "%s/keys", settings->data);
    struct str records = arena_printf(builder->arena, "%s/authority.db", settings->data);
    bool ok = store_open(&builder->store, settings->url, error) && settings->migrate(builder->store, error) &&
              vault_open(&builder->vault, keys.p, settings->cipher, error) &&
              writing_open(&builder->writing, builder->store, builder->vault, error) &&
              authority_records_open(&builder->records, records.p, error);
    if (ok) {
        builder->places = places_new(settings->city, settings->data);
        ok = durable(builder, false, error) && grow(builder, error) && fill(builder, error) &&
             finish(builder, report, error);
    }
    authority_records_drop(builder->records);
    places_free(builder->places);
    writing_close(builder->writing);
    vault_close(builder->vault);
    store_close(builder->store);
    return ok;
}

/* The folder with those above it. */
static bool make_folders(const char *folder, struct error *error)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s", folder);
    if (n <= 0 || n >= (int)sizeof path) {
        return error_set(error, "the name of the data folder is empty, or longer than %zu bytes", sizeof path);
    }
    for (char *p = path + 1;; p++) {
        char kept = *p;
        if (kept == '/' || kept == '\0') {
            *p = '\0';
            if (mkdir(path, 0700) != 0 && errno != EEXIST) {
                return error_set(error, "the folder %s could not be made: %m", path);
            }
            *p = kept;
        }
        if (kept == '\0') {
            return true;
        }
    }
}

bool demo_build(const struct demo_settings *settings, const struct demo_progress *progress, struct demo_report *report,
                struct error *error)
{
    enum standing standing = STANDS_OTHER;
    *report = (struct demo_report){ 0 };
    if (settings->per_million < 1000 || settings->per_million > 3000000) {
        return error_set(error, "the scale of a demo is between 0.001 and 3");
    }
    if (!make_folders(settings->data, error)) {
        return false;
    }
    struct arena *arena = arena_new(1 << 20);
    bool ok = look(settings, arena, &standing, report, error);
    if (ok && standing == STANDS_WHOLE) {
        struct store *store = NULL;
        report->was_there = true;
        ok = store_open(&store, settings->url, error) && count(store, report, error);
        store_close(store);
    } else if (ok && standing == STANDS_OTHER) {
        ok = false;
    } else if (ok) {
        struct builder builder = { .settings = settings,
                                   .progress = progress,
                                   .city = settings->city,
                                   .arena = arena,
                                   .family = arena_new(1 << 16),
                                   .now = moment_to_show(settings->city) };
        ok = (standing == STANDS_NOTHING || clear_installation(settings, error)) && build(&builder, report, error);
        arena_free(builder.family);
    }
    arena_free(arena);
    return ok;
}
