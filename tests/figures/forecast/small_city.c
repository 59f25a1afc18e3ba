#include "small_city.h"

#include "base/clock.h"
#include "casework/casework.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Children of one quarter's births in a community, counted when the cohort is `age` years before or after its entry. */
static int64_t children(int64_t community, int64_t month, int age)
{
    int64_t born = 6 + (community * 7 + month / 3) % 5;
    return born - (age + 6) / 4; /* one leaves every four years */
}

static bool land(struct db *db, struct error *error)
{
    for (int64_t c = 1; c <= 6; c++) {
        struct str stage = c <= 4 ? STR("primary") : STR("junior");
        if (!db_run(db, error,
                    "insert into catchment (id, stage, division, name_zh, name_en, shape) values (?1, ?2, '371502', "
                    "'第' || cast(?1 as text) || '学区', 'Catchment ' || cast(?1 as text), '{}')",
                    V_INT(c), V_TEXT(stage)) ||
            !db_run(db, error,
                    "insert into institution (id, code, kind, ownership, place_kind, division, name_zh, name_en, "
                    "address_zh, phone, east, north, lon_e6, lat_e6) values (?1, '213700000' || cast(?1 as text), "
                    "'211', 'public', '111', '371502001', '第' || cast(?1 as text) || '学校', 'School ' || cast(?1 as "
                    "text), '', '', ?2, ?3, 0, 0)",
                    V_INT(c), V_INT(c <= 4 ? (c - 1) * 1000 + 250 : (c - 5) * 2000 + 700), V_INT(1000)) ||
            !db_run(db, error, "insert into catchment_school (catchment, institution) values (?1, ?1)", V_INT(c)) ||
            !db_run(db, error,
                    "insert into forecast_plan (institution, stage, year, classes, class_size, recorded_at, "
                    "recorded_by, reason) values (?1, ?2, 2026, ?3, 45, 0, 0, '')",
                    V_INT(c), V_TEXT(stage),
                    V_INT(c == 1   ? 5
                          : c <= 4 ? 8
                                   : 14))) {
            return false;
        }
    }
    for (int64_t i = 0; i < SMALL_COMMUNITIES; i++) {
        int64_t column = i % 8, row = i / 8;
        if (!db_run(db, error,
                    "insert into community (id, division, name_zh, name_en, road_zh, east, north, primary_catchment, "
                    "junior_catchment) values (?1, '371502001', '小区' || cast(?1 as text), 'Community ' || cast(?1 as "
                    "text), '', ?2, ?3, ?4, ?5)",
                    V_INT(i + 1), V_INT(column * 500), V_INT(row * 500), V_INT(column / 2 + 1),
                    V_INT(column / 4 + 5))) {
            return false;
        }
    }
    return true;
}

static bool people(struct db *db, struct error *error)
{
    for (int year = SMALL_FIRST; year < SMALL_FIRST + SMALL_COUNTS; year++) {
        int64_t counted = day_of(year, 3, 31);
        for (int64_t i = 1; i <= SMALL_COMMUNITIES; i++) {
            int64_t entered[2] = { 0, 0 };
            for (int64_t month = forecast_cohort_month(year - 6); month <= (int64_t)year * 12 + 2; month += 3) {
                int cohort = forecast_cohort(month);
                int64_t n = children(i, month, year - cohort);
                entered[0] += cohort == year ? n : 0;
                entered[1] += cohort == year - 6 ? n : 0;
                if (!db_run(db, error,
                            "insert into household_count (community, birth_month, counted_on, recorded_at, children, "
                            "registered) values (?1, ?2, ?3, ?4, ?5, ?5)",
                            V_INT(i), V_INT(month), V_INT(counted), V_INT(day_start_ms(counted)), V_INT(n))) {
                    return false;
                }
            }
            for (int stage = 0; stage < 2 && year < SMALL_FIRST + SMALL_COUNTS - 1; stage++) {
                if (!db_run(db, error,
                            "insert into entrant_count (community, stage, year, entrants, private) values (?1, ?2, ?3, "
                            "?4, ?5)",
                            V_INT(i), V_TEXT(stage ? STR("junior") : STR("primary")), V_INT(year),
                            V_INT(entered[stage]), V_INT(entered[stage] / 10))) {
                    return false;
                }
            }
        }
    }
    return db_run(db, error,
                  "insert into new_dwelling (community, homes, handed_over, recorded_at) values (3, 900, ?1, ?2)",
                  V_INT(day_of(2027, 5, 1)), V_INT(day_start_ms(day_of(2025, 1, 1))));
}

static bool fill(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return land(writing->db, error) && people(writing->db, error);
}

struct small_city *small_city_new(void)
{
    struct small_city *small = calloc(1, sizeof *small);
    struct error error;
    assert_non_null(small);
    small->store = store_fixture_new();
    struct migration all[64];
    size_t n = 0;
    for (size_t i = 0; i < registry_migrations_count; i++) {
        all[n++] = registry_migrations[i];
    }
    for (size_t i = 0; i < forecast_migrations_count; i++) {
        all[n++] = forecast_migrations[i];
    }
    for (size_t i = 0; i < casework_migrations_count; i++) {
        all[n++] = casework_migrations[i];
    }
    store_fixture_migrate(small->store, all, n);
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_true(city_read(&small->city, getenv("JIAOTI_CITY"), mistakes, &error));
    city_mistakes_free(mistakes);
    if (!writer_call(store_fixture_writer(small->store), "fill", fill, NULL, &error)) {
        fail_msg("%s", error.message);
    }
    small->forecaster = forecaster_new(small->city);
    return small;
}

const struct forecast *small_city_forecast(struct small_city *small)
{
    struct error error = { { 0 } };
    const struct forecast *forecast = forecaster_make(small->forecaster, small->store->store, &error);
    if (!forecast) {
        fail_msg("%s", error.message);
    }
    forecaster_give(small->forecaster, forecast); /* it stays until the next is made */
    return forecast;
}

void small_city_free(struct small_city *small)
{
    forecaster_free(small->forecaster);
    city_free(small->city);
    store_fixture_free(small->store);
    free(small);
}
