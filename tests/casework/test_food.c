/* casework: a canteen by its results, at each edge of the rule; whom a supplier supplies; a licence that ends soon
 * opens one case for each end, on the right day, and none when another follows. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "casework/food.h"
#include "casework/inside.h"
#include "registry/returns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNTY STR("371502")

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t school, canteen, supplier, today;
static struct str school_code, township;

static void command(bool (*run)(struct writing *, void *, struct error *), void *input)
{
    if (!writer_call(store_fixture_writer(world.f), "test", run, input, &world.error)) {
        print_error("%s\n", world.error.message);
        fail();
    }
}

/* ---- The world: a school with a canteen, a supplier that brings meals to it ---- */

static bool add_place(struct writing *writing, int64_t change, const char *code, const char *kind, struct str parent,
                      int64_t *id, struct error *error)
{
    struct fact fact = city_fact(KIND_INSTITUTION, str_of(code), township, day_of(2020, 1, 1));
    bool changed;
    if (!db_one_int(
            writing->db, error, id, NULL,
            "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, address_zh, "
            "phone, east, north, lon_e6, lat_e6, listed) values (?1, ?2, 'public', '111', ?3, ?1, ?1, '', '', 0, "
            "0, 0, 0, 0) returning id",
            V_TEXT(str_of(code)), V_TEXT(str_of(kind)), V_TEXT(township))) {
        return false;
    }
    fact.subject = *id;
    fact.institution = *id;
    city_text(KIND_INSTITUTION, &fact, "kind", str_of(kind));
    city_text(KIND_INSTITUTION, &fact, "ownership", STR("public"));
    city_text(KIND_INSTITUTION, &fact, "name_zh", str_of(code));
    city_text(KIND_INSTITUTION, &fact, "parent", parent);
    return facts_record(writing, &KIND_LIST[KIND_INSTITUTION], &fact, change, &changed, error);
}

static bool member(struct writing *writing, int64_t change, const char *code, int64_t institution, const char *role,
                   struct error *error)
{
    struct fact fact = city_fact(KIND_MEMBER, str_of(code), township, day_of(2021, 1, 1));
    bool changed;
    fact.institution = institution;
    city_text(KIND_MEMBER, &fact, "group_code", STR("MS1"));
    city_text(KIND_MEMBER, &fact, "role", str_of(role));
    return facts_record(writing, &KIND_LIST[KIND_MEMBER], &fact, change, &changed, error);
}

static bool world_run(struct writing *writing, void *input, struct error *error)
{
    int64_t change;
    bool changed;
    (void)input;
    struct fact group = city_fact(KIND_GROUP, STR("MS1"), COUNTY, day_of(2021, 1, 1));
    city_text(KIND_GROUP, &group, "kind", STR("meal_supply"));
    city_text(KIND_GROUP, &group, "stage", STR("any"));
    city_text(KIND_GROUP, &group, "name_zh", STR("供餐"));
    return change_made(writing, NULL, STR("institution"), COUNTY, 0, STR(""), STR(""), &change, error) &&
           add_place(writing, change, "CT1", "canteen", school_code, &canteen, error) &&
           add_place(writing, change, "SP1", "supplier", STR(""), &supplier, error) &&
           facts_record(writing, &KIND_LIST[KIND_GROUP], &group, change, &changed, error) &&
           member(writing, change, "M1", supplier, "lead", error) &&
           member(writing, change, "M2", school, "partner", error);
}

static int start(void **state)
{
    struct error error = { 0 };
    struct city_mistakes *mistakes = city_mistakes_new();
    today = day_of(2026, 3, 2);
    if (!city_read(&city, folder, mistakes, &error) || city_world_start(&world, 5, today) != 0) {
        print_error("%s\n", error.message);
        return -1;
    }
    city_mistakes_free(mistakes);
    store_fixture_stop_writer(world.f);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct rows *rows = db_query(
        world.db, &error,
        "select id, code, division from institution where division like '371502%' and kind = '211' order by id "
        "limit 1");
    if (rows_next(rows)) {
        school = rows_int(rows, 0);
        school_code = rows_text_in(rows, 1, world.f->arena);
        township = rows_text_in(rows, 2, world.f->arena);
    }
    if (!rows_end(rows, &error) || !school) {
        print_error("%s\n", error.message);
        return -1;
    }
    command(world_run, NULL);
    *state = &world;
    return 0;
}

static int finish(void **state)
{
    city_free(city);
    return city_world_finish(state);
}

static struct food_place place_of(int64_t id)
{
    struct food_place *places;
    size_t n;
    assert_true(food_places(world.db, world.f->arena, city, STR("3715"), id, today, &places, &n, &world.error));
    assert_int_equal(n, 1);
    return places[0];
}

/* ---- What happens ---- */

struct licence {
    int64_t institution, from, until;
    const char *code;
};

static bool licence_run(struct writing *writing, void *input, struct error *error)
{
    const struct licence *licence = input;
    struct fact fact = city_fact(KIND_HONOUR, str_of(licence->code), township, licence->from);
    int64_t change;
    bool changed;
    fact.institution = licence->institution;
    fact.valid_until = licence->until;
    city_text(KIND_HONOUR, &fact, "designation", STR("food_licence"));
    city_text(KIND_HONOUR, &fact, "level", STR("county"));
    city_text(KIND_HONOUR, &fact, "holder_kind", STR("institution"));
    return change_made(writing, NULL, STR("honour"), COUNTY, 0, STR(""), STR(""), &change, error) &&
           facts_record(writing, &KIND_LIST[KIND_HONOUR], &fact, change, &changed, error);
}

static int64_t open_case(const char *kind, int64_t institution, const char *const *values, size_t n, int64_t day)
{
    struct case_input inputs[4];
    for (size_t i = 0; i < n; i++) {
        inputs[i] = (struct case_input){ str_of(values[2 * i]), str_of(values[2 * i + 1]) };
    }
    struct case_open open = { .city = city,
                              .kind = city_case(city, str_of(kind)),
                              .division = township,
                              .institution = institution,
                              .title = STR("t"),
                              .values = inputs,
                              .nvalues = n,
                              .at = day_start_ms(day) + 3600000 };
    command(case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    return open.id;
}

static void inspect(int64_t institution, int64_t day, size_t bad)
{
    const struct checklist *list = city_checklist(city, STR("food"));
    struct case_answers answers = { { ANSWER_NONE } };
    struct case_input report[] = { { STR("report"), STR("r") } };
    for (size_t i = 0; i < list->nitems; i++) {
        answers.answer[i] = i < bad ? ANSWER_BAD : ANSWER_GOOD;
    }
    struct case_do act = { .city = city,
                           .id = open_case("food_inspection", institution, NULL, 0, day),
                           .act = STR("inspected"),
                           .values = report,
                           .nvalues = 1,
                           .answers = &answers,
                           .at = day_start_ms(day) + 7200000 };
    command(case_do_run, &act);
    assert_int_equal(act.result, CASE_DONE);
    assert_int_equal(act.findings, bad);
}

struct noted {
    int64_t days;
};

static bool note_run(struct writing *writing, void *input, struct error *error)
{
    const struct noted *noted = input;
    const struct return_form *form = NULL;
    for (size_t i = 0; i < city->nreturns; i++) {
        form = str_is(city->returns[i]->id, "food_daily") ? city->returns[i] : form;
    }
    struct return_period period = return_period_of(form, today);
    for (int64_t i = 0; i < noted->days; i++) {
        enum return_result result;
        period = return_period_before(form, &period);
        struct return_act act = {
            .form = form, .period = period, .institution = school, .division = township, .role = STR("")
        };
        size_t meals = return_field(form, STR("meals"));
        act.values.has[meals] = true;
        act.at = day_start_ms(period.from) + 3600000;
        if (!returns_hand_in(writing, &act, &result, error)) {
            return false;
        }
    }
    return true;
}

static void the_rule_of_stars(void **state)
{
    static const char *const drill[] = { "severity", "usual", "persons", "0", "what", "w" };
    static const char *const real[] = { "severity", "major", "persons", "2", "what", "w" };
    (void)state;
    unsigned all = FOOD_NO_LICENCE | FOOD_FEW_INSPECTIONS | FOOD_FEW_RECORDS;
    assert_int_equal(place_of(canteen).why, all);
    struct licence licence = { canteen, day_of(2021, 5, 1), day_of(2026, 5, 1), "L1" };
    command(licence_run, &licence);
    assert_int_equal(place_of(canteen).licence_until, day_of(2026, 4, 30));
    assert_int_equal(place_of(canteen).why, all & ~(unsigned)FOOD_NO_LICENCE);
    inspect(canteen, day_of(2025, 3, 1), 3); /* a year and a day ago: does not count */
    inspect(canteen, day_of(2025, 9, 1), 0);
    assert_int_equal(place_of(canteen).why, FOOD_FEW_INSPECTIONS | FOOD_FEW_RECORDS);
    inspect(canteen, day_of(2026, 2, 3), 0);
    assert_int_equal(place_of(canteen).why, FOOD_FEW_RECORDS);
    struct noted noted = { 8 };
    command(note_run, &noted);
    assert_int_equal(place_of(canteen).noted, 8);
    assert_int_equal(place_of(canteen).days, 10);
    assert_int_equal(place_of(canteen).why, FOOD_FEW_RECORDS);
    noted.days = 9; /* eight of them again */
    command(note_run, &noted);
    assert_int_equal(place_of(canteen).why, 0);
    open_case("food_incident", school, drill, 3, day_of(2026, 1, 5));
    assert_int_equal(place_of(canteen).why, 0);
    open_case("food_incident", school, real, 3, day_of(2026, 1, 6));
    assert_int_equal(place_of(canteen).why, FOOD_INCIDENTS);
    assert_int_equal(place_of(supplier).incidents, 1); /* of the school that it supplies */
    assert_int_equal(place_of(supplier).supplies, 1);
    inspect(canteen, day_of(2026, 2, 4), 1);
    assert_int_equal(place_of(canteen).why, FOOD_INCIDENTS | FOOD_FAILED_ITEMS | FOOD_OPEN_FINDINGS);
    struct food_school *schools;
    size_t n;
    assert_true(food_supplied(world.db, world.f->arena, city, supplier, today, &schools, &n, &world.error));
    assert_int_equal(n, 1);
    assert_true(str_eq(schools[0].code, school_code));
}

/* Of a daily return: each day that is worked is a period, and no other. */
static void days_of_a_return(void **state)
{
    (void)state;
    const struct return_form *form = NULL;
    struct return_period period;
    for (size_t i = 0; i < city->nreturns; i++) {
        form = str_is(city->returns[i]->id, "food_daily") ? city->returns[i] : form;
    }
    assert_non_null(form);
    assert_true(return_period_named(form, STR("2026-06-26"), &period));
    assert_int_equal(period.until - period.from, 1);
    assert_int_equal(period.due, period.from);
    assert_false(return_period_named(form, STR("2026-06-27"), &period)); /* a Saturday */
    assert_false(return_period_named(form, STR("2026-06"), &period));
    assert_false(return_period_named(form, STR("2026-13-01"), &period));
    assert_false(return_period_named(form, STR("2026-05-29"), &period)); /* before the first */
    period = return_period_of(form, day_of(2026, 10, 4));
    assert_string_equal(period.id, "2026-09-30"); /* the holiday week has none */
    period = return_period_before(form, &period);
    assert_string_equal(period.id, "2026-09-29");
}

struct looking {
    int64_t today;
};

static bool look_run(struct writing *writing, void *input, struct error *error)
{
    const struct looking *looking = input;
    return expiry_open(writing, city, looking->today, error);
}

static int64_t licences(void)
{
    int64_t n = 0;
    assert_true(db_one_int(world.db, &world.error, &n, NULL, "select count(*) from case_file where kind = 'licence'"));
    return n;
}

static void what_ends_soon_opens_a_case(void **state)
{
    (void)state;
    int64_t last = day_of(2026, 4, 30), soon = workday_after(city, day_of(2026, 5, 1), -30);
    struct looking looking = { soon - 1 };
    command(look_run, &looking);
    assert_int_equal(licences(), 0);
    looking.today = soon;
    command(look_run, &looking);
    assert_int_equal(licences(), 1);
    command(look_run, &looking); /* looks once a day */
    looking.today = soon + 1;
    command(look_run, &looking);
    assert_int_equal(licences(), 1);
    int64_t due = 0;
    assert_true(db_one_int(world.db, &world.error, &due, NULL, "select due from case_file where kind = 'licence'"));
    assert_int_equal(due, last);
    struct licence next = { canteen, day_of(2026, 5, 1), day_of(2026, 5, 20), "L2" };
    command(licence_run, &next); /* followed by another, which ends soon as well */
    looking.today = day_of(2026, 5, 6);
    command(look_run, &looking);
    assert_int_equal(licences(), 2);
    struct licence after = { supplier, day_of(2021, 5, 1), day_of(2026, 5, 20), "L3" };
    struct licence follows = { supplier, day_of(2026, 5, 20), day_of(2031, 5, 20), "L4" };
    command(licence_run, &after);
    command(licence_run, &follows);
    looking.today = day_of(2026, 5, 7);
    command(look_run, &looking);
    assert_int_equal(licences(), 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_rule_of_stars), cmocka_unit_test(days_of_a_return),
                                        cmocka_unit_test(what_ends_soon_opens_a_case) };
    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, start, finish);
}
