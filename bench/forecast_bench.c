/* forecast_bench: the whole city computed again under a scenario, beside the same by SQL in the bare client. One line
 * of JSON a round. Both begin with the children counted and the ratios learnt, and end with children and places by
 * catchment and year; SQLite has its tables in memory, its statement prepared once, and indexes. The sums must agree.
 */
#include "measure.h"

#include "figures/forecast/made.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMMUNITIES = 6500, PER_CATCHMENT = 13, COUNTIES = 11, COUNTS = 8, ROUNDS = 15 };

static const char tables[] =
    "create table community (id integer primary key, township int, county int, catchment0 int, catchment1 int);"
    "create table cohort (community int, entry_year int, children real, primary key (community, entry_year)) without "
    "rowid;"
    "create table factor (township int, stage int, year int, entry_year int, factor real, primary key (entry_year, "
    "township, stage)) without rowid;"
    "create table share (county int, stage int, share real, primary key (county, stage)) without rowid;"
    "create table plan (catchment int, year int, places real, primary key (catchment, year)) without rowid;"
    "create table change_move (community int, stage int, catchment int, year int, primary key (community, stage)) "
    "without "
    "rowid;"
    "create table change_places (catchment int, year int, places real);";
/* Children of each community and year by what was learnt, to the catchment that the scenario says, less the private. */
static const char again[] =
    "with demand as (select case when v.catchment is not null and f.year >= v.year then v.catchment when f.stage = 0 "
    "then "
    "m.catchment0 else m.catchment1 end as catchment, f.year as year, c.children * f.factor * (1 - s.share) as "
    "children "
    "from cohort c join community m on m.id = c.community join factor f on f.entry_year = c.entry_year and f.township "
    "= "
    "m.township join share s on s.county = m.county and s.stage = f.stage left join change_move v on v.community = "
    "m.id "
    "and v.stage = f.stage) "
    "select d.catchment, d.year, sum(d.children), p.places + coalesce((select sum(x.places) from change_places x where "
    "x.catchment = d.catchment and x.year <= d.year), 0) from demand d join plan p on p.catchment = d.catchment and "
    "p.year "
    "= d.year group by d.catchment, d.year order by d.catchment, d.year";

static void must(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "forecast_bench: %s\n", what);
        exit(1);
    }
}

static void put(sqlite3 *db, const char *sql, size_t n, const double *values)
{
    sqlite3_stmt *statement;
    must(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    for (size_t i = 0; i < n; i++) {
        (void)sqlite3_bind_double(statement, (int)i + 1, values[i]);
    }
    must(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db));
    (void)sqlite3_finalize(statement);
}
#define PUT(db, sql, ...)                                                                                              \
    put((db), (sql), sizeof((double[]){ __VA_ARGS__ }) / sizeof(double), (double[]){ __VA_ARGS__ })

static void put_factors(sqlite3 *db, const struct forecast_model *model, int first)
{
    for (size_t t = 0; t < model->data->ntownships; t++) {
        for (int stage = 0; stage < FORECAST_STAGES; stage++) {
            for (int h = 0; h < FORECAST_YEARS; h++) {
                int cohort = first + h - (stage ? FORECAST_JUNIOR_YEARS : 0);
                double factor = model->ratios.entry[stage][t];
                for (int step = 0; step < h; step++) {
                    factor *=
                        model->ratios
                            .survival[t * (FORECAST_AGES - 1) + (size_t)(first - cohort + step - FORECAST_AGE_FIRST)];
                }
                PUT(db, "insert into factor values (?1, ?2, ?3, ?4, ?5)", (double)t, stage, first + h, cohort, factor);
            }
        }
    }
}

static sqlite3 *fill(const struct forecast_model *model, const struct forecast_change *changes, size_t n, int first)
{
    const struct forecast_data *data = model->data;
    sqlite3 *db;
    must(sqlite3_open(":memory:", &db) == SQLITE_OK && sqlite3_exec(db, tables, NULL, NULL, NULL) == SQLITE_OK,
         "no table in memory");
    (void)sqlite3_exec(db, "begin", NULL, NULL, NULL);
    for (size_t i = 0; i < data->ncommunities; i++) {
        const struct forecast_community *m = &data->communities[i];
        PUT(db, "insert into community values (?1, ?2, ?3, ?4, ?5)", (double)i, m->township, m->county, m->catchment[0],
            m->catchment[1]);
        for (int cohort = first - FORECAST_JUNIOR_YEARS; cohort < first + FORECAST_YEARS; cohort++) {
            PUT(db, "insert into cohort values (?1, ?2, ?3)", (double)i, cohort,
                data->counts[model->from].children[i * data->ncohorts + (size_t)(cohort - data->cohort_first)]);
        }
    }
    put_factors(db, model, first);
    for (size_t c = 0; c < data->ncounties; c++) {
        for (int stage = 0; stage < FORECAST_STAGES; stage++) {
            PUT(db, "insert into share values (?1, ?2, ?3)", (double)c, stage, model->ratios.private_share[stage][c]);
        }
    }
    for (size_t s = 0; s < data->nschools; s++) {
        for (int h = 0; h < FORECAST_YEARS; h++) {
            PUT(db, "insert into plan values (?1, ?2, ?3)", data->schools[s].catchment, first + h,
                (double)data->schools[s].places[h]);
        }
    }
    for (size_t k = 0; k < n; k++) {
        if (changes[k].kind == CHANGE_MOVE) {
            PUT(db, "insert into change_move values (?1, 0, ?2, ?3)", changes[k].community, changes[k].catchment,
                changes[k].year);
        } else {
            PUT(db, "insert into change_places values (?1, ?2, ?3)", changes[k].catchment, changes[k].year,
                (double)changes[k].amount);
        }
    }
    must(sqlite3_exec(db, "commit; analyze", NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    return db;
}

static double by_sql(sqlite3_stmt *statement, const struct forecast_city *city, int first, double *furthest)
{
    double began = processor_ms();
    size_t rows = 0;
    *furthest = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t at = (size_t)sqlite3_column_int64(statement, 0) * FORECAST_YEARS +
                    (size_t)(sqlite3_column_int(statement, 1) - first);
        double off = fabs(sqlite3_column_double(statement, 2) - city->catchment[at].demand) +
                     fabs(sqlite3_column_double(statement, 3) - city->catchment[at].places);
        *furthest = off > *furthest ? off : *furthest;
        rows++;
    }
    double took = processor_ms() - began;
    (void)sqlite3_reset(statement);
    must(rows > 0, "the SQL gave no rows");
    return took;
}

int main(void)
{
    const struct made_city made = { .communities = COMMUNITIES,
                                    .per_catchment = PER_CATCHMENT,
                                    .counties = COUNTIES,
                                    .first_count = 2019,
                                    .counts = COUNTS,
                                    .survival = 0.99,
                                    .entry = { 0.97, 1.01 },
                                    .private_share = 0.05,
                                    .children = 9,
                                    .noise = 1,
                                    .seed = 11 };
    struct arena *arena = arena_new(1 << 20), *run = arena_new(1 << 20);
    struct forecast_data data;
    struct forecast_model model;
    struct forecast_city city;
    struct error error;
    double *expected = ARENA_ARRAY(arena, double, COMMUNITIES *FORECAST_YEARS);
    made_data(arena, &made, &data);
    double began = processor_ms();
    must(forecast_model_make(arena, &data, &made_rules, &model, &error), "no model");
    double learn = processor_ms() - began;
    int first = data.counts[model.from].first_year;
    const struct forecast_change changes[] = {
        { .kind = CHANGE_BUILD, .year = first + 1, .catchment = 3, .amount = 180 },
        { .kind = CHANGE_MOVE, .year = first, .community = 40, .catchment = 2 },
        { .kind = CHANGE_MOVE, .year = first + 2, .community = 700, .catchment = 52 },
    };
    enum { CHANGES = sizeof changes / sizeof *changes };
    sqlite3 *db = fill(&model, changes, CHANGES, first);
    sqlite3_stmt *statement;
    must(sqlite3_prepare_v2(db, again, -1, &statement, NULL) == SQLITE_OK, sqlite3_errmsg(db));
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(run);
        began = processor_ms();
        for (int stage = 0; stage < FORECAST_STAGES; stage++) { /* from the counts on, as the SQL does */
            forecast_expect(&data, &model.ratios, model.from, stage, expected);
        }
        forecast_run(run, &model, changes, CHANGES, &city);
        double ours = processor_ms() - began, furthest;
        double peer = by_sql(statement, &city, first, &furthest);
        must(furthest < 1e-6, "the two do not agree");
        printf("{\"communities\":%d,\"catchments\":%zu,\"ours_ms\":%.4f,\"sql_ms\":%.4f,\"learn_ms\":%.2f}\n",
               COMMUNITIES, data.ncatchments, ours, peer, learn);
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    arena_free(run);
    arena_free(arena);
    return 0;
}
