/* The model against a city whose truth is known; the proposer against every plan there is. */
#include "made.h"

#include "figures/forecast/propose.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct made_city exact = { .communities = 60,
                                        .per_catchment = 10,
                                        .counties = 2,
                                        .first_count = 2016,
                                        .counts = 9,
                                        .survival = 0.98,
                                        .entry = { 0.95, 1.02 },
                                        .private_share = 0.1,
                                        .children = 1000,
                                        .seed = 1 };

static struct forecast_model *model_of(struct arena *arena, const struct made_city *made, struct forecast_data **data)
{
    struct forecast_model *model = ARENA_NEW(arena, struct forecast_model);
    struct error error;
    *data = ARENA_NEW(arena, struct forecast_data);
    made_data(arena, made, *data);
    assert_true(forecast_model_make(arena, *data, &made_rules, model, &error));
    return model;
}

static void a_cohort_ends_with_august(void **state)
{
    (void)state;
    /* Born 31 August 2018: six on the day, enters in 2024; born 1 September: a year later. */
    assert_int_equal(forecast_cohort(2018 * 12 + 7), 2024);
    assert_int_equal(forecast_cohort(2018 * 12 + 8), 2025);
    assert_int_equal(forecast_cohort_month(2025), 2018 * 12 + 8);
    assert_int_equal(forecast_cohort(forecast_cohort_month(2030)), 2030);
    assert_int_equal(forecast_cohort(forecast_cohort_month(2030) - 1), 2029);
}

static void what_is_true_is_learnt(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct forecast_data *data;
    struct forecast_model *model = model_of(arena, &exact, &data);
    for (size_t k = 0; k < data->ntownships * (FORECAST_AGES - 1); k++) {
        assert_true(fabs(model->ratios.survival[k] - 0.98) < 1e-4);
    }
    assert_true(fabs(model->ratios.entry[0][0] - 0.95) < 1e-3);
    assert_true(fabs(model->ratios.entry[1][0] - 1.02) < 1e-3);
    assert_true(fabs(model->ratios.private_share[0][1] - 0.1) < 1e-3);
    struct forecast_city city;
    forecast_run(arena, model, NULL, 0, &city);
    assert_int_equal(city.first_year, 2024);
    /* Entering in h years: counted at age -h, h years of survival, one entry. */
    for (int h = 0; h < FORECAST_YEARS; h++) {
        double counted = data->counts[model->from].children[(size_t)(2024 + h - data->cohort_first)];
        double wanted = 60 * counted * pow(0.98, h) * 0.95;
        assert_true(fabs(city.city[0][h].entrants - wanted) < wanted * 1e-3);
        assert_true(fabs(city.city[0][h].demand - wanted * 0.9) < wanted * 1e-3);
    }
    /* Nothing was left to chance, so the back-test has no error to speak of. */
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (int h = 0; h < FORECAST_YEARS; h++) {
            const struct forecast_error *error = &model->backtest.error[stage][LEVEL_CITY][h];
            assert_true(error->n > 0 && error->mape < 0.1);
        }
    }
    arena_free(arena);
}

static void homes_bring_children(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct forecast_data *data;
    struct made_city made = exact;
    made.homes = 500;
    made.per_home = 0.04;
    struct forecast_model *model = model_of(arena, &made, &data);
    assert_true(fabs(model->ratios.per_home - 0.04) < 1e-3);
    double before[60 * FORECAST_YEARS], after[60 * FORECAST_YEARS];
    forecast_expect(data, &model->ratios, model->from, 0, before);
    data->dwellings[data->ndwellings] = (struct forecast_dwelling){ 7, 1000, data->counts[model->from].counted_on + 365,
                                                                    data->counts[model->from].recorded_at };
    data->ndwellings++;
    forecast_expect(data, &model->ratios, model->from, 0, after);
    assert_true(after[7 * FORECAST_YEARS] == before[7 * FORECAST_YEARS]); /* handed over after this September */
    double more = after[7 * FORECAST_YEARS + 1] - before[7 * FORECAST_YEARS + 1];
    assert_true(fabs(more - 1000 * 0.04 * 0.95) < 0.5);
    arena_free(arena);
}

/* Every other count is missing, and children at school are not counted: the truth is found all the same. */
static void gaps_and_small_children_alone_do(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct forecast_data *data;
    struct forecast_model *model = model_of(arena, &exact, &data);
    double whole = model->expected[0][5], junior = model->expected[1][5];
    size_t n = 0;
    for (size_t k = 0; k < data->ncounts; k += 2) {
        data->counts[n] = data->counts[k];
        for (size_t c = 0; c < data->ncohorts; c++) {
            int cohort = data->cohort_first + (int)c;
            long year = (long)cohort - data->entered_first;
            if (cohort >= data->counts[n].first_year) {
                continue;
            }
            bool known = year >= 0 && year < (long)data->nentered;
            data->counts[n].source[c] = known ? COHORT_ENTERED : COHORT_UNKNOWN;
            for (size_t i = 0; i < data->ncommunities; i++) {
                data->counts[n].children[i * data->ncohorts + c] =
                    known ? data->entered[0][i * data->nentered + (size_t)year] : 0;
            }
        }
        n++;
    }
    data->ncounts = n;
    struct error error;
    assert_true(forecast_model_make(arena, data, &made_rules, model, &error));
    assert_int_equal(model->ratios.pairs, 4);
    assert_true(fabs(model->ratios.survival[2] - 0.98) < 1e-3);
    assert_true(fabs(model->expected[0][5] - whole) < whole * 2e-3);
    assert_true(fabs(model->expected[1][5] - junior) < junior * 0.02); /* entrants are whole children */
    arena_free(arena);
}

static void nothing_later_is_used(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct made_city made = exact;
    made.noise = 1;
    struct forecast_data *data;
    (void)model_of(arena, &made, &data);
    struct forecast_ratios then, again;
    forecast_learn(arena, data, &made_rules, 4, &then);
    /* Whatever comes after the fifth count, what was learnt from it stays. */
    for (size_t k = 5; k < data->ncounts; k++) {
        memset(data->counts[k].children, 0, data->ncommunities * data->ncohorts * sizeof(double));
    }
    for (size_t i = 0; i < data->ncommunities; i++) {
        for (size_t y = 4; y < data->nentered; y++) {
            data->entered[0][i * data->nentered + y] = 0;
        }
    }
    forecast_learn(arena, data, &made_rules, 4, &again);
    assert_memory_equal(then.survival, again.survival, data->ntownships * (FORECAST_AGES - 1) * sizeof(double));
    assert_memory_equal(then.entry[0], again.entry[0], data->ntownships * sizeof(double));
    arena_free(arena);
}

static void the_interval_holds_what_it_says(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct made_city made = { .communities = 2000,
                              .per_catchment = 10,
                              .counties = 4,
                              .first_count = 2014,
                              .counts = 11,
                              .survival = 0.99,
                              .entry = { 0.97, 1 },
                              .private_share = 0.05,
                              .children = 30,
                              .noise = 1,
                              .seed = 7 };
    struct forecast_data *data;
    struct forecast_model *model = model_of(arena, &made, &data);
    for (int h = 0; h < 4; h++) {
        const struct forecast_error *error = &model->backtest.error[0][LEVEL_CATCHMENT][h];
        assert_true(error->tested > 500);
        assert_true(error->coverage > 74 && error->coverage < 86); /* 80 is meant */
        assert_true(error->low < 0 && error->high > 0);
        assert_true(h == 0 || error->mape > model->backtest.error[0][LEVEL_CATCHMENT][h - 1].mape);
    }
    arena_free(arena);
}

static void bands_begin_where_they_say(void **state)
{
    (void)state;
    assert_int_equal(forecast_band(&made_rules, 950, 89.9, 100), BAND_GREEN);
    assert_int_equal(forecast_band(&made_rules, 950, 90, 100), BAND_YELLOW);
    assert_int_equal(forecast_band(&made_rules, 950, 95, 100), BAND_ORANGE);
    assert_int_equal(forecast_band(&made_rules, 950, 100, 100), BAND_RED);
    assert_int_equal(forecast_band(&made_rules, 950, 5, 0), BAND_RED);
    assert_int_equal(forecast_band(&made_rules, 950, 0, 0), BAND_NONE);
}

static void what_if_changes_what_it_says(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct forecast_data *data;
    struct forecast_model *model = model_of(arena, &exact, &data);
    struct forecast_city before, after;
    forecast_run(arena, model, NULL, 0, &before);
    const struct forecast_change changes[] = {
        { .kind = CHANGE_CLASSES, .year = 2025, .school = 0, .amount = 2 },
        { .kind = CHANGE_BUILD, .year = 2026, .catchment = 1, .amount = 300 },
        { .kind = CHANGE_MOVE, .year = 2024, .community = 25, .catchment = 3 },
        { .kind = CHANGE_PRIVATE, .year = 2027, .county = 1, .amount = 200 },
    };
    forecast_run(arena, model, changes, 4, &after);
#define CELL(city, c, h) (&(city).catchment[(c)*FORECAST_YEARS + (h)])
    assert_true(CELL(after, 0, 0)->places == CELL(before, 0, 0)->places);
    assert_true(CELL(after, 0, 1)->places == CELL(before, 0, 1)->places + 90);
    assert_true(CELL(after, 1, 1)->places == CELL(before, 1, 1)->places);
    assert_true(CELL(after, 1, 5)->places == CELL(before, 1, 5)->places + 300);
    double gone = model->expected[0][25 * FORECAST_YEARS];
    assert_true(fabs(CELL(before, 2, 0)->entrants - CELL(after, 2, 0)->entrants - gone) < 1e-9);
    /* Nobody is lost on the way, and junior school has not moved. */
    assert_true(fabs(before.city[0][0].entrants - after.city[0][0].entrants) < 1e-6);
    assert_true(CELL(after, 8, 0)->entrants == CELL(before, 8, 0)->entrants);
    assert_true(fabs(after.county[0][1 * FORECAST_YEARS + 3].demand -
                     after.county[0][1 * FORECAST_YEARS + 3].entrants * 0.8) < 1e-6);
    struct forecast_difference difference;
    forecast_compare(model, &before, &after, changes, 4, &difference);
    double moved = 0;
    for (size_t h = 0; h < FORECAST_YEARS; h++) {
        moved += model->expected[0][25 * FORECAST_YEARS + h];
    }
    assert_true(fabs(difference.moved - moved) < 1e-9 && difference.better > 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cohort_ends_with_august),
        cmocka_unit_test(what_is_true_is_learnt),
        cmocka_unit_test(homes_bring_children),
        cmocka_unit_test(nothing_later_is_used),
        cmocka_unit_test(gaps_and_small_children_alone_do),
        cmocka_unit_test(the_interval_holds_what_it_says),
        cmocka_unit_test(bands_begin_where_they_say),
        cmocka_unit_test(what_if_changes_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
