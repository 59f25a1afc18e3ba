/* The forecast on the store: loading, notices, scenarios put in force, counts taken in. */
#include "small_city.h"

#include "base/clock.h"
#include "casework/casework.h"
#include "figures/forecast/households.h"
#include "figures/forecast/notice.h"
#include "figures/forecast/scenario.h"
#include "registry/assign.h"
#include "registry/facts.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef bool command_run(struct writing *writing, void *input, struct error *error);
static void call(struct small_city *small, command_run *run, void *input);

static const struct forecast_actor officer = { 7, "county_officer", { "371502", 6 } };
static const struct forecast_actor other_officer = { 8, "county_officer", { "371502", 6 } };
static const struct forecast_actor stranger = { 9, "county_officer", { "371526", 6 } };

static struct db *reader(struct small_city *small)
{
    struct db *db;
    struct error error;
    assert_true(db_open(&db, small->store->store, DB_READ, &error));
    return db;
}

static int64_t one(struct small_city *small, const char *sql)
{
    struct db *db = reader(small);
    struct error error;
    int64_t out = 0;
    if (!db_one_int(db, &error, &out, NULL, sql)) {
        fail_msg("%s", error.message);
    }
    db_close(db);
    return out;
}

static void it_loads_what_is_there(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    const struct forecast *f = small_city_forecast(small);
    assert_int_equal(f->lacks[0], 0);
    assert_int_equal(f->data.ncommunities, SMALL_COMMUNITIES);
    assert_int_equal(f->data.ncatchments, 6);
    assert_int_equal(f->data.nschools, 6);
    assert_int_equal(f->data.ncounts, SMALL_COUNTS);
    assert_int_equal(f->base.first_year, 2026);
    /* Nothing is left to chance there, so next year's error is small; and five classes are too few in the first. */
    assert_true(f->model.backtest.origins >= 3);
    assert_true(f->model.backtest.error[0][LEVEL_CITY][0].mape < 5);
    assert_int_equal(f->base.catchment[0].band, BAND_RED);
    assert_true(fabs(f->base.catchment[0].places - 225) < 1e-9);
    /* 900 homes handed over in 2027: the year after they are there. */
    double jump = f->model.expected[0][2 * FORECAST_YEARS + 1] - f->model.expected[0][2 * FORECAST_YEARS];
    assert_true(jump > 10);
    /* Asked again it is the same one; another version is not. */
    const struct forecast *again = forecaster_take(small->forecaster, f->version);
    assert_ptr_equal(again, f);
    forecaster_give(small->forecaster, again);
    assert_null(forecaster_take(small->forecaster, f->version + 1));
    small_city_free(small);
}

enum { ASKING = 6 };

struct asking {
    struct small_city *small;
    struct forecaster *forecaster;
    int64_t asked_us;
    const struct forecast *forecast;
};

static void *ask(void *context)
{
    struct asking *asking = context;
    struct error error;
    asking->asked_us = clock_monotonic_us();
    asking->forecast = forecaster_make(asking->forecaster, asking->small->store->store, &error);
    return NULL;
}

/* Many who ask at once have it computed by one at a time, and none gets what was begun before they asked. */
static void one_computes_at_a_time(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct forecaster *forecaster = forecaster_new(small->city);
    pthread_t threads[ASKING];
    struct asking asking[ASKING];
    for (int i = 0; i < ASKING; i++) {
        asking[i] = (struct asking){ .small = small, .forecaster = forecaster };
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &asking[i]), 0);
    }
    for (int i = 0; i < ASKING; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_non_null(asking[i].forecast);
    }
    for (int i = 0; i < ASKING; i++) {
        const struct forecast *one = asking[i].forecast;
        assert_true(one->made_us - one->took_us >= asking[i].asked_us);
        for (int k = 0; k < ASKING; k++) {
            const struct forecast *other = asking[k].forecast;
            assert_true(one == other || one->made_us <= other->made_us - other->took_us ||
                        other->made_us <= one->made_us - one->took_us);
        }
    }
    for (int i = 0; i < ASKING; i++) {
        forecaster_give(forecaster, asking[i].forecast);
    }
    forecaster_free(forecaster);
    small_city_free(small);
}

/* Counts of one community on a later day, and of the next year, leave the others as they were counted. */
static void others_count_later(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct error error;
    const struct forecast *f = small_city_forecast(small);
    double other = f->model.expected[0][4 * FORECAST_YEARS], all = f->base.city[0][0].entrants;
    store_fixture_stop_writer(small->store);
    struct db *db;
    assert_true(db_open(&db, small->store->store, DB_WRITE, &error) && db_begin(db, &error) &&
                db_run(db, &error,
                       "insert into household_count (community, birth_month, counted_on, recorded_at, children, "
                       "registered) values (1, ?1, ?2, 0, 500, 0)",
                       V_INT(forecast_cohort_month(2026)), V_INT(day_of(2026, 5, 31))) &&
                db_commit(db, &error));
    f = small_city_forecast(small);
    assert_true(f->model.expected[0][4 * FORECAST_YEARS] == other);
    assert_true(f->base.city[0][0].entrants > all + 300);
    assert_true(db_begin(db, &error) &&
                db_run(db, &error,
                       "insert into community (id, division, name_zh, name_en, road_zh, east, north, "
                       "primary_catchment, junior_catchment) values (900, '371526001', 'x', 'x', '', 0, 0, 1, 5)") &&
                db_run(db, &error,
                       "insert into household_count (community, birth_month, counted_on, recorded_at, children, "
                       "registered) values (900, ?1, ?2, 0, 10, 0)",
                       V_INT(forecast_cohort_month(2027)), V_INT(day_of(2026, 11, 1))) &&
                db_commit(db, &error));
    db_close(db);
    f = small_city_forecast(small); /* another county has counted for 2027 */
    assert_int_equal(f->base.first_year, 2027);
    assert_true(f->base.county[0][forecast_county_at(&f->data, STR("371502")) * FORECAST_YEARS].entrants > all / 2);
    assert_int_equal(f->data.counties[forecast_county_at(&f->data, STR("371502"))].counted_on, day_of(2026, 5, 31));
    small_city_free(small);
}

static void a_city_without_counts_says_so(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct error error;
    store_fixture_stop_writer(small->store);
    struct db *db;
    assert_true(db_open(&db, small->store->store, DB_WRITE, &error));
    assert_true(db_begin(db, &error) && db_run(db, &error, "delete from household_count") && db_commit(db, &error));
    db_close(db);
    const struct forecast *f = small_city_forecast(small);
    assert_non_null(strstr(f->lacks, "no households"));
    small_city_free(small);
}

/* What is being built counts from the September by which it is due, where the county has set no plan; not when it is
 * put off, dropped or done. */
static void places_under_way_count(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct city *city;
    struct error error;
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_true(city_read(&city, getenv("JIAOTI_CITY"), mistakes, &error));
    city_mistakes_free(mistakes);
    store_fixture_stop_writer(small->store);
    const struct forecast *before = small_city_forecast(small);
    struct forecast_school school = before->data.schools[0];
    int64_t grades = before->data.catchments[school.catchment].stage == STAGE_PRIMARY ? 6 : 3;
    int first = before->base.first_year, last = FORECAST_YEARS - 1;
    assert_true(school.planned_at[last] && school.planned_at[last] < first + last);

    struct case_who office = { .account = 1, .role = "city", .desks = DESK_CITY, .scope = STR("3715") };
    struct case_input values[] = { { STR("promised"), STR("x") }, { STR("until"), STR("2030-01-01") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("project")),
                              .division = STR("371502"),
                              .institution = school.institution,
                              .title = STR("x"),
                              .values = values,
                              .nvalues = 2 };
    call(small, case_open_run, &open);
    struct case_line_do put = { .city = city,
                                .who = office,
                                .id = open.id,
                                .note = STR("x"),
                                .line = { .name = STR("x"),
                                          .owner = STR("x"),
                                          .measure = STR("places"),
                                          .adds = 60 * grades,
                                          .from_day = day_of(2026, 1, 1),
                                          .due = day_of(first + last, 8, 31) } };
    call(small, case_line_run, &put);
    const struct forecast *now = small_city_forecast(small);
    assert_int_equal(now->data.schools[0].places[last], school.places[last] + 60);
    assert_int_equal(now->data.schools[0].building[last], 60);
    assert_int_equal(now->data.schools[0].places[last - 1], school.places[last - 1]);
    put.line.id = put.line_id;
    put.line.due = day_of(first + last, 9, 1); /* a day late is a year late */
    call(small, case_line_run, &put);
    assert_int_equal(small_city_forecast(small)->data.schools[0].places[last], school.places[last]);
    put.line.due = day_of(first + last, 3, 1);
    call(small, case_line_run, &put);
    assert_int_equal(small_city_forecast(small)->data.schools[0].places[last], school.places[last] + 60);
    put.line.dropped = true;
    call(small, case_line_run, &put);
    assert_int_equal(small_city_forecast(small)->data.schools[0].places[last], school.places[last]);
    city_free(city);
    small_city_free(small);
}

/* Red in a published notice becomes a case, one for each catchment, until it is closed. */
static void a_red_warning_becomes_a_case(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct city *city;
    struct error error;
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_true(city_read(&city, getenv("JIAOTI_CITY"), mistakes, &error));
    city_mistakes_free(mistakes);
    store_fixture_stop_writer(small->store);
    struct notice_publish publish = {
        .actor = officer, .forecast = small_city_forecast(small), .division = STR("371502"), .city = city
    };
    call(small, notice_publish_run, &publish);
    int64_t reds = one(small, "select count(distinct catchment) from forecast_warning where band = 'red'");
    assert_true(reds > 0);
    assert_int_equal(publish.opened, reds);
    assert_int_equal(one(small, "select count(*) from case_file where kind = 'seats' and division = '371502'"), reds);
    assert_int_equal(one(small,
                         "select count(*) from forecast_warning w join forecast_warning_state s on s.warning = w.id "
                         "join case_file f on f.id = s.case_id where w.band = 'red' and s.state = 'case' and "
                         "f.subject = 'catchment:' || cast(w.catchment as text)"),
                     one(small, "select count(*) from forecast_warning where band = 'red'"));
    assert_int_equal(one(small,
                         "select count(*) from forecast_warning w join forecast_warning_state s on s.warning = w.id "
                         "where w.band <> 'red' and s.state <> 'open'"),
                     0);
    /* Another notice opens no second one. */
    clock_shift(INT64_C(86400000));
    call(small, notice_publish_run, &publish);
    assert_false(publish.repeated);
    assert_int_equal(publish.opened, 0);
    assert_int_equal(one(small, "select count(*) from case_file"), reds);
    clock_shift(0);
    city_free(city);
    small_city_free(small);
}

static void a_notice_is_frozen(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct error error;
    struct notice notice, *list;
    bool found;
    size_t n;
    struct notice_publish publish = { .actor = officer,
                                      .forecast = small_city_forecast(small),
                                      .division = STR("371502") };
    call(small, notice_publish_run, &publish);
    assert_true(publish.notice > 0 && !publish.repeated);
    int64_t first = publish.notice;
    call(small, notice_publish_run, &publish); /* the same day, the same words */
    assert_true(publish.repeated && publish.notice == first);
    struct db *db = reader(small);
    assert_true(notice_read(db, small->store->arena, first, &notice, &found, &error) && found);
    assert_int_equal(notice.n, 6 * FORECAST_YEARS);
    assert_true(str_eq(notice_hash(small->store->arena, &notice), notice.hash));
    assert_true(str_is(notice.warnings[0].state, "open") && notice.warnings[0].band == BAND_RED);
    notice.warnings[0].expected++;
    assert_false(str_eq(notice_hash(small->store->arena, &notice), notice.hash));
    /* What changes later does not change what was said. */
    struct plan_put put = { .actor = officer,
                            .institution = 1,
                            .stage = 0,
                            .year = 2026,
                            .classes = 9,
                            .class_size = 45,
                            .reason = STR("more") };
    call(small, plan_put_run, &put);
    assert_true(put.found);
    publish.forecast = small_city_forecast(small);
    call(small, notice_publish_run, &publish);
    assert_true(!publish.repeated && publish.notice > first);
    db_close(db);
    db = reader(small);
    struct notice_past *series;
    assert_true(notice_series(db, small->store->arena, 1, 2026, &series, &n, &error));
    assert_int_equal(n, 2);
    assert_int_equal(series[0].places, 225);
    assert_int_equal(series[1].places, 405);
    assert_true(series[0].band == BAND_RED && series[1].band < BAND_RED);
    assert_true(notice_list(db, small->store->arena, STR("371502"), &list, &n, &error) && n == 2);
    assert_true(notice_list(db, small->store->arena, STR("371526"), &list, &n, &error) && n == 0);
    db_close(db);
    put.actor = stranger;
    call(small, plan_put_run, &put);
    assert_false(put.found);
    small_city_free(small);
}

static bool never_busy(struct db *db, struct str county, struct str stage, bool *busy, struct error *error)
{
    (void)db;
    (void)county;
    (void)stage;
    (void)error;
    *busy = false;
    return true;
}

static bool always_busy(struct db *db, struct str county, struct str stage, bool *busy, struct error *error)
{
    (void)db;
    (void)error;
    assert_true(str_is(county, "371502") && str_is(stage, "primary"));
    *busy = true;
    return true;
}

static int64_t make_scenario(struct small_city *small, const struct scenario_step *steps, size_t n)
{
    struct scenario_new new = { .actor = officer, .division = STR("371502"), .name = STR("试一试") };
    call(small, scenario_new_run, &new);
    struct scenario_edit edit = {
        .actor = officer, .forecast = small_city_forecast(small), .scenario = new.id, .steps = steps, .n = n
    };
    call(small, scenario_edit_run, &edit);
    assert_int_equal(edit.result, SCENARIO_DONE);
    return new.id;
}

static enum scenario_result decide(struct small_city *small, int64_t scenario, enum scenario_act act,
                                   struct forecast_actor actor, scenario_busy *busy)
{
    struct scenario_decide decide = { .actor = actor,
                                      .forecast = small_city_forecast(small),
                                      .busy = busy,
                                      .scenario = scenario,
                                      .act = act,
                                      .note = STR("because") };
    call(small, scenario_decide_run, &decide);
    return decide.result;
}

static const struct scenario_step two_steps[] = {
    { .kind = CHANGE_MOVE, .year = 2026, .community = 2, .catchment = 2 }, /* column 1 borders catchment 2 */
    { .kind = CHANGE_CLASSES, .year = 2027, .institution = 1, .stage = 0, .amount = 2 },
};

static void a_scenario_becomes_real(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    int64_t id = make_scenario(small, two_steps, 2);
    assert_int_equal(decide(small, id, SCENARIO_CONFIRM, other_officer, never_busy), SCENARIO_DECIDED);
    assert_int_equal(decide(small, id, SCENARIO_PROPOSE, officer, never_busy), SCENARIO_DONE);
    struct scenario_edit late = {
        .actor = officer, .forecast = small_city_forecast(small), .scenario = id, .steps = two_steps, .n = 1
    };
    call(small, scenario_edit_run, &late);
    assert_int_equal(late.result, SCENARIO_NOT_DRAFT);
    assert_int_equal(decide(small, id, SCENARIO_CONFIRM, officer, never_busy), SCENARIO_SAME);
    assert_int_equal(decide(small, id, SCENARIO_CONFIRM, stranger, never_busy), SCENARIO_MISSING);
    /* While a round goes on it is confirmed and waits. */
    assert_int_equal(decide(small, id, SCENARIO_CONFIRM, other_officer, always_busy), SCENARIO_DONE);
    assert_int_equal(one(small, "select primary_catchment from community where id = 2"), 1);
    assert_int_equal(decide(small, id, SCENARIO_APPLY, other_officer, always_busy), SCENARIO_RUNNING);
    assert_int_equal(decide(small, id, SCENARIO_APPLY, other_officer, never_busy), SCENARIO_DONE);
    assert_int_equal(one(small, "select primary_catchment from community where id = 2"), 2);
    assert_int_equal(one(small, "select junior_catchment from community where id = 2"), 5);
    assert_int_equal(one(small, "select was from forecast_step where kind = 'move'"), 1);
    assert_int_equal(one(small, "select count(*) from journal where action = 'community.assign'"), 1);
    /* Two classes more from 2027 on, and what was said before stays as it was. */
    const struct forecast *f = small_city_forecast(small);
    assert_true(fabs(f->base.catchment[0].places - 225) < 1e-9);
    assert_true(fabs(f->base.catchment[1].places - 315) < 1e-9);
    assert_true(fabs(f->base.catchment[5].places - 315) < 1e-9);
    assert_int_equal(decide(small, id, SCENARIO_APPLY, other_officer, never_busy), SCENARIO_DECIDED);
    small_city_free(small);
}

static void what_was_overtaken_is_not_done(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    int64_t id = make_scenario(small, two_steps, 2);
    const struct forecast *seen = small_city_forecast(small);
    assert_int_equal(decide(small, id, SCENARIO_PROPOSE, officer, never_busy), SCENARIO_DONE);
    (void)seen;
    /* The forecast that the decision rests on was made before somebody else moved the community. */
    struct forecaster *mine = forecaster_new(small->city);
    struct error error;
    const struct forecast *old = forecaster_make(mine, small->store->store, &error);
    assert_non_null(old);
    struct store_fixture *store = small->store;
    store_fixture_stop_writer(store);
    struct db *db;
    assert_true(db_open(&db, store->store, DB_WRITE, &error) && db_begin(db, &error) &&
                db_run(db, &error, "update community set primary_catchment = 3 where id = 2") && db_commit(db, &error));
    db_close(db);
    struct scenario_decide decide = {
        .actor = other_officer, .forecast = old, .busy = never_busy, .scenario = id, .act = SCENARIO_CONFIRM
    };
    assert_false(writer_call(store_fixture_writer(store), "decide", scenario_decide_run, &decide, &error));
    assert_non_null(strstr(error.message, "belongs elsewhere"));
    assert_int_equal(one(small, "select primary_catchment from community where id = 2"), 3);
    assert_int_equal(one(small, "select count(*) from forecast_plan where year > 2026"), 0);
    forecaster_give(mine, old);
    forecaster_free(mine);
    small_city_free(small);
}

static void steps_of_elsewhere_are_refused(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct scenario_new new = { .actor = officer, .division = STR("371526"), .name = STR("x") };
    call(small, scenario_new_run, &new);
    struct scenario_edit edit = {
        .actor = stranger, .forecast = small_city_forecast(small), .scenario = new.id, .steps = two_steps, .n = 1
    };
    call(small, scenario_edit_run, &edit);
    assert_int_equal(edit.result, SCENARIO_WRONG); /* Community 2 is another county's. */
    edit.actor = officer;
    call(small, scenario_edit_run, &edit);
    assert_int_equal(edit.result, SCENARIO_MISSING);
    small_city_free(small);
}

static void the_proposer_finds_the_way_out(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    const struct forecast *f = small_city_forecast(small);
    struct scenario_ask ask;
    scenario_propose(small->store->arena, f, NULL, 0, forecast_county_at(&f->data, STR("371502")), 0, 0, &ask);
    assert_int_equal(ask.problem.ncommunities, SMALL_COMMUNITIES);
    assert_int_equal(ask.problem.ncatchments, 4);
    assert_true(ask.plan.missing_before > 0 && ask.plan.missing_after < ask.plan.missing_before);
    assert_true(ask.plan.n > 0 && ask.plan.missing_after >= ask.plan.missing_bound);
    small_city_free(small);
}

static void read_file_of(struct small_city *small, const char *text, struct household_file *file)
{
    struct db *db = reader(small);
    struct error error;
    assert_true(households_read(db, small->store->arena, str_of(text), day_of(2026, 6, 1), file, &error));
    db_close(db);
}

#define HEAD "community,birth_month,counted_on,children,registered\n"

static void counts_are_taken_in(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct household_file file;
    read_file_of(small, "\xEF\xBB\xBF" HEAD "1,2019-04,2026-05-31,12,9\r\n371502001 小区2,2019-04,2026-05-31,8,8\n",
                 &file);
    assert_int_equal(file.nmistakes, 0);
    assert_int_equal(file.n, 2);
    assert_int_equal(file.rows[1].community, 2);
    struct household_import import = { .role = "", .file = &file };
    int64_t before = one(small, "select version from forecast_version");
    call(small, household_import_run, &import);
    assert_int_equal(import.added, 2);
    assert_int_equal(one(small, "select version from forecast_version"), before + 1);
    call(small, household_import_run, &import); /* again changes nothing */
    assert_int_equal(import.same, 2);
    assert_int_equal(one(small, "select version from forecast_version"), before + 1);
    file.rows[0].children = 13;
    call(small, household_import_run, &import);
    assert_int_equal(import.changed, 1);
    assert_int_equal(one(small, "select children from published_household where community = 1 and "
                                "replaced_at = 253402300800000 and counted_on = (select max(counted_on) from "
                                "published_household)"),
                     13);
    small_city_free(small);
}

static void must_say_the_same(const struct forecast *a, const struct forecast *b)
{
    size_t ncatchments = a->data.ncatchments;
    assert_int_equal(ncatchments, b->data.ncatchments);
    assert_memory_equal(a->base.city, b->base.city, sizeof a->base.city);
    for (size_t i = 0; i < a->data.ncommunities; i++) {
        assert_memory_equal(a->data.communities[i].catchment, b->data.communities[i].catchment,
                            sizeof a->data.communities[i].catchment);
    }
    for (size_t i = 0; i < ncatchments * FORECAST_YEARS; i++) {
        assert_true(a->base.catchment[i].demand == b->base.catchment[i].demand);
        assert_true(a->base.catchment[i].high == b->base.catchment[i].high);
    }
}

/* Counts are corrected and a community goes over; what was said before is computed again, to the last digit. */
static void what_was_known_is_computed_again(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct error error;
    struct household_file file;
    struct household_import import = { .role = "", .file = &file };
    read_file_of(small, HEAD "1,2020-04,2026-05-31,12,9\n2,2020-04,2026-05-31,8,8\n", &file);
    call(small, household_import_run, &import);
    struct forecast *said = forecast_known(small->city, small->store->store, MOMENT_OPEN, &error);
    assert_non_null(said);
    int64_t moment = one(small, "select max(recorded_at) from household_count");
    file.rows[0].children = 90;
    call(small, household_import_run, &import);
    int64_t scenario = make_scenario(small, two_steps, 1);
    assert_int_equal(decide(small, scenario, SCENARIO_PROPOSE, officer, never_busy), SCENARIO_DONE);
    assert_int_equal(decide(small, scenario, SCENARIO_CONFIRM, other_officer, never_busy), SCENARIO_DONE);
    assert_int_equal(one(small, "select primary_catchment from community where id = 2"), 2);
    assert_int_equal(one(small, "select count(*) from published_assignment"), 3); /* was, was until today, is */
    struct forecast *again = forecast_known(small->city, small->store->store, moment, &error);
    struct forecast *now = forecast_known(small->city, small->store->store, MOMENT_OPEN, &error);
    assert_non_null(again);
    assert_non_null(now);
    must_say_the_same(said, again);
    assert_true(now->base.catchment[0].demand != said->base.catchment[0].demand);
    assert_int_equal(now->data.communities[1].catchment[0], 1);
    assert_int_equal(again->data.communities[1].catchment[0], 0);
    forecast_free(said);
    forecast_free(again);
    forecast_free(now);
    small_city_free(small);
}

static void every_mistake_has_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *row, *says;
    } wrong[] = {
        { "4711,2019-04,2026-05-31,1,1", "no community 4711" },
        { "371502001 无此小区,2019-04,2026-05-31,1,1", "no community '371502001" },
        { "1,2019-13,2026-05-31,1,1", "birth_month is '2019-13'" },
        { "1,2019-4,2026-05-31,1,1", "birth_month is '2019-4'" },
        { "1,2019-04,2026-02-30,1,1", "counted_on is '2026-02-30'" },
        { "1,2019-04,2026-06-02,1,1", "not come yet" },
        { "1,2019-04,2026-05-31,-1,0", "children is '-1'" },
        { "1,2019-04,2026-05-31,1.5,1", "children is '1.5'" },
        { "1,2019-04,2026-05-31,1,2", "registered is 2, more than the 1" },
        { "1,2026-06,2026-05-31,1,1", "expected the birth before" },
        { "1,1990-06,2026-05-31,1,1", "no more than 20 years" },
        { "1,2019-04,2026-05-31,1", "too few" },
        { "1,2019-04,2026-05-31,1,1,1", "too many" },
    };
    enum { WRONG = sizeof wrong / sizeof *wrong };
    struct small_city *small = small_city_new();
    struct arena *arena = small->store->arena;
    struct str text = STR(HEAD "1,2019-05,2026-05-31,1,1\n");
    for (size_t i = 0; i < WRONG; i++) {
        text = arena_printf(arena, "%.*s%s\n", STR_ARG(text), wrong[i].row);
    }
    text = arena_printf(arena, "%.*s1,2019-05,2026-05-31,2,2\n", STR_ARG(text));
    struct household_file file;
    read_file_of(small, text.p, &file);
    assert_int_equal(file.nmistakes, WRONG + 1);
    for (size_t i = 0; i < WRONG; i++) {
        assert_int_equal(file.mistakes[i].line, i + 3);
        if (!strstr(file.mistakes[i].says, wrong[i].says)) {
            fail_msg("%s: expected '%s'", file.mistakes[i].says, wrong[i].says);
        }
    }
    assert_non_null(strstr(file.mistakes[WRONG].says, "says again what line 2 says"));
    struct household_import import = { .role = "", .file = &file };
    struct error error;
    assert_false(writer_call(store_fixture_writer(small->store), "import", household_import_run, &import, &error));
    read_file_of(small, "community;birth\n", &file);
    assert_int_equal(file.nmistakes, 1);
    read_file_of(small, HEAD, &file);
    assert_non_null(strstr(file.mistakes[0].says, "no rows"));
    read_file_of(small, "\xC3\x28", &file);
    assert_non_null(strstr(file.mistakes[0].says, "UTF-8"));
    small_city_free(small);
}

static void call(struct small_city *small, command_run *run, void *input)
{
    struct error error = { { 0 } };
    if (!writer_call(store_fixture_writer(small->store), "test", run, input, &error)) {
        fail_msg("%s", error.message);
    }
}

static size_t settings_of(struct small_city *small, const char *text, struct forecast_settings *out, struct str *first)
{
    struct arena *arena = small->store->arena;
    struct city city = *small->city;
    struct city_mistakes *mistakes = city_mistakes_new();
    city.folder = str_of(small->store->folder);
    FILE *file = fopen(arena_printf(arena, "%s/forecast.yaml", small->store->folder).p, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    bool good = forecast_settings_read(arena, &city, out, mistakes);
    size_t n = mistakes->n;
    assert_true(good == (n == 0));
    *first = n ? arena_printf(arena, "%u: %s", mistakes->items[0].line, mistakes->items[0].says.en) : STR("");
    city_mistakes_free(mistakes);
    return n;
}

#define REST                                                                                                           \
    "shrink_children: 300\nchildren_per_thousand_homes: 25\nshrink_homes: 2000\nfarthest: {primary: 4000, junior: "    \
    "8000}\nsentence: {zh: 甲, en: A}\n"

static void the_citys_file_is_checked(void **state)
{
    (void)state;
    struct small_city *small = small_city_new();
    struct forecast_settings settings;
    struct str says;
    assert_int_equal(
        settings_of(small, "yellow: 90\norange: 95\nred: 100\ncounties:\n  - {county: \"371502\", orange: 93}\n" REST,
                    &settings, &says),
        0);
    assert_int_equal(settings.rules.yellow_permille, 900);
    assert_int_equal(forecast_orange_of(&settings, STR("371502")), 930);
    assert_int_equal(forecast_orange_of(&settings, STR("371526")), 950);
    assert_int_equal(settings.farthest[1], 8000);
    static const struct {
        const char *text, *says;
    } wrong[] = {
        { "yellow: 101\norange: 95\nred: 100\n" REST, "1: " },
        { "yellow: 90\norange: 80\nred: 100\n" REST, "2: " },
        { "yellow: 90\norange: 95\nred: 100\ncounties:\n  - {county: \"371500\", orange: 95}\n" REST,
          "5: '371500' is no county" },
        { "yellow: 90\norange: 95\nred: 100\ncounties:\n  - {county: \"371502\", orange: 95}\n  - {county: "
          "\"371502\", orange: 96}\n" REST,
          "6: " },
        { "yellow: 90\norange: 95\nred: 100\nblue: 3\n" REST, "4: " },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(settings_of(small, wrong[i].text, &settings, &says), 1);
        if (!str_starts(says, str_of(wrong[i].says))) {
            fail_msg("%.*s: expected '%s'", STR_ARG(says), wrong[i].says);
        }
    }
    assert_true(settings_of(small, "yellow: 90\n", &settings, &says) > 1);
    small_city_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_loads_what_is_there),
        cmocka_unit_test(one_computes_at_a_time),
        cmocka_unit_test(others_count_later),
        cmocka_unit_test(a_city_without_counts_says_so),
        cmocka_unit_test(a_notice_is_frozen),
        cmocka_unit_test(a_red_warning_becomes_a_case),
        cmocka_unit_test(places_under_way_count),
        cmocka_unit_test(a_scenario_becomes_real),
        cmocka_unit_test(what_was_overtaken_is_not_done),
        cmocka_unit_test(steps_of_elsewhere_are_refused),
        cmocka_unit_test(the_proposer_finds_the_way_out),
        cmocka_unit_test(counts_are_taken_in),
        cmocka_unit_test(what_was_known_is_computed_again),
        cmocka_unit_test(every_mistake_has_its_line),
        cmocka_unit_test(the_citys_file_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
