/* casework: who is without an inspector and why, whom an inspector may not have, what the rule of assignment promises
 * whatever the city, the plan of a month, and the counts of a report. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "casework/supervision.h"
#include "city/workdays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNTY STR("371502")

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t today;
static int64_t school_ids[4]; /* of the county's first ones */
static int64_t recorded_before;

static struct case_who officer(const char *scope)
{
    return (struct case_who){ .account = 7, .role = "county_officer", .desks = DESK_COUNTY, .scope = str_of(scope) };
}

/* ---- The world: four schools whose charges went different ways; three inspectors, one who left ---- */

static bool staff(struct writing *writing, int64_t change, int64_t person, const char *code, const char *post,
                  int64_t institution, int64_t from, int64_t until, struct error *error)
{
    struct fact fact = city_fact(KIND_STAFF, str_of(code), COUNTY, from);
    bool changed;
    fact.subject = person;
    fact.institution = institution;
    fact.valid_until = until;
    city_text(KIND_STAFF, &fact, "post", str_of(post));
    city_text(KIND_STAFF, &fact, "title", STR("none"));
    return facts_record(writing, &KIND_LIST[KIND_STAFF], &fact, change, &changed, error);
}

static bool charge(struct writing *writing, int64_t change, const char *code, int64_t institution, const char *who,
                   int64_t from, int64_t until, struct error *error)
{
    struct fact fact = city_fact(KIND_CHARGE, str_of(code), COUNTY, from);
    bool changed;
    fact.institution = institution;
    fact.valid_until = until;
    city_text(KIND_CHARGE, &fact, "kind", STR("inspector"));
    city_text(KIND_CHARGE, &fact, "staff", str_of(who));
    return facts_record(writing, &KIND_LIST[KIND_CHARGE], &fact, change, &changed, error);
}

static bool world_run(struct writing *writing, void *input, struct error *error)
{
    const int64_t *schools = input;
    int64_t change, persons[4], since = day_of(2022, 9, 1);
    if (!change_made(writing, NULL, STR("charge"), COUNTY, 0, STR(""), STR(""), &change, error)) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        if (!facts_person(writing, writing->vault, arena_printf(writing->arena, "37150219700101%04d", i),
                          arena_printf(writing->arena, "督学%d", i), STR("1"), 0, &persons[i], error)) {
            return false;
        }
    }
    return staff(writing, change, persons[0], "D1", "inspector", 0, since, DAY_OPEN, error) &&
           staff(writing, change, persons[1], "D2", "teacher", schools[3], day_of(2021, 9, 1), since, error) &&
           staff(writing, change, persons[1], "D2", "inspector", 0, since, DAY_OPEN, error) &&
           staff(writing, change, persons[2], "D3", "inspector", 0, since, DAY_OPEN, error) &&
           staff(writing, change, persons[3], "D4", "inspector", 0, since, day_of(2025, 7, 1), error) &&
           charge(writing, change, "CHA", schools[0], "D1", since, DAY_OPEN, error) &&
           charge(writing, change, "CHB", schools[1], "D1", since, day_of(2024, 9, 1), error) &&
           charge(writing, change, "CHC", schools[2], "D4", since, DAY_OPEN, error);
}

static int start(void **state)
{
    struct error error = { 0 };
    today = day_of(2026, 3, 2);
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, folder, mistakes, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    city_mistakes_free(mistakes);
    if (city_world_start(&world, 5, today) != 0) {
        return -1;
    }
    store_fixture_stop_writer(world.f);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct supervised *list;
    size_t n;
    if (!writing_moment_seen(world.db, &recorded_before, &error) ||
        !supervision_coverage(world.db, world.f->arena, COUNTY, world.now, &list, &n, &error) || n < 8) {
        print_error("%s\n", error.message);
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        school_ids[i] = list[i].institution;
    }
    if (!writer_call(store_fixture_writer(world.f), "world", world_run, school_ids, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    *state = &world;
    return 0;
}

static int finish(void **state)
{
    city_free(city);
    return city_world_finish(state);
}

static struct supervised *coverage(struct as_of as_of, size_t *n)
{
    struct supervised *list;
    assert_true(supervision_coverage(world.db, world.f->arena, COUNTY, as_of, &list, n, &world.error));
    return list;
}

/* ---- Coverage ---- */

static void why_a_school_is_without(void **state)
{
    (void)state;
    size_t n;
    struct supervised *list = coverage(world.now, &n);
    assert_int_equal(list[0].lack, LACK_NONE);
    assert_true(str_is(list[0].staff, "D1"));
    assert_int_equal(list[0].since, day_of(2022, 9, 1));
    assert_int_equal(list[1].lack, LACK_ENDED);
    assert_int_equal(list[1].since, day_of(2024, 9, 1));
    assert_int_equal(list[2].lack, LACK_LEFT);
    assert_int_equal(list[2].since, day_of(2025, 7, 1));
    assert_true(str_is(list[2].staff, "D4"));
    for (size_t i = 3; i < n; i++) {
        assert_int_equal(list[i].lack, LACK_NEVER);
        assert_int_equal(list[i].since, day_of(2021, 9, 1));
        assert_true(str_starts(list[i].division, COUNTY));
    }
}

static void coverage_is_in_two_times(void **state)
{
    (void)state;
    size_t n;
    struct supervised *list = coverage((struct as_of){ day_of(2024, 6, 1), MOMENT_OPEN }, &n);
    assert_int_equal(list[1].lack, LACK_NONE); /* still in its term, */
    assert_int_equal(list[2].lack, LACK_NONE); /* still an inspector */
    list = coverage((struct as_of){ today, recorded_before }, &n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].lack, LACK_NEVER); /* nothing was known of it then */
    }
    struct supervised one;
    bool found;
    assert_true(supervision_of(world.db, world.f->arena, school_ids[2], world.now, &one, &found, &world.error));
    assert_true(found);
    assert_int_equal(one.lack, LACK_LEFT);
}

/* ---- Conflicts ---- */

static bool in_conflict(const struct conflict *list, size_t n, const char *who, int64_t institution)
{
    for (size_t i = 0; i < n; i++) {
        if (str_is(list[i].staff, who) && list[i].institution == institution) {
            return true;
        }
    }
    return false;
}

static void who_taught_there_or_said_so_is_in_conflict(void **state)
{
    (void)state;
    struct conflict *list;
    size_t n;
    struct interest_do interest = { .city = city,
                                    .who = officer("371526"),
                                    .staff = STR("D3"),
                                    .institution = school_ids[1],
                                    .from_day = today,
                                    .reason = STR("配偶在该校任教") };
    assert_true(writer_call(store_fixture_writer(world.f), "interest", interest_declare_run, &interest, &world.error));
    assert_int_equal(interest.result, CASE_NOT_YOURS); /* another county's officer */
    interest.who = officer("371502");
    assert_true(writer_call(store_fixture_writer(world.f), "interest", interest_declare_run, &interest, &world.error));
    assert_int_equal(interest.result, CASE_DONE);
    assert_true(supervision_conflicts(world.db, world.f->arena, COUNTY, today, &list, &n, &world.error));
    assert_int_equal(n, 2);
    assert_true(in_conflict(list, n, "D2", school_ids[3]));
    assert_true(in_conflict(list, n, "D3", school_ids[1]));
    assert_true(supervision_conflicts(world.db, world.f->arena, COUNTY, today - 1, &list, &n, &world.error));
    assert_int_equal(n, 1); /* declared from today on */
}

/* ---- The rule of assignment ---- */

enum { RANDOM_SCHOOLS = 60, RANDOM_INSPECTORS = 9 };
struct random_city {
    struct supervised schools[RANDOM_SCHOOLS];
    struct inspector inspectors[RANDOM_INSPECTORS];
    struct conflict conflicts[RANDOM_SCHOOLS * RANDOM_INSPECTORS];
    struct zone zone;
    struct str townships[1], members[2];
    size_t nschools, ninspectors, nconflicts;
    bool barred[RANDOM_INSPECTORS][RANDOM_SCHOOLS];
};

static struct random_city *make_random(struct small_city *dice, struct arena *arena)
{
    struct random_city *r = ARENA_NEW(arena, struct random_city);
    r->nschools = 10 + (size_t)city_throw(dice, RANDOM_SCHOOLS - 10);
    r->ninspectors = 1 + (size_t)city_throw(dice, RANDOM_INSPECTORS);
    for (size_t i = 0; i < r->ninspectors; i++) {
        r->inspectors[i] = (struct inspector){ .staff = arena_printf(arena, "D%02zu", i), .division = COUNTY };
        for (size_t s = 0; s < r->nschools; s++) {
            r->barred[i][s] = city_throw(dice, 8) == 0;
            if (r->barred[i][s]) {
                r->conflicts[r->nconflicts++] =
                    (struct conflict){ .staff = r->inspectors[i].staff, .institution = (int64_t)s + 1 };
            }
        }
    }
    for (size_t s = 0; s < r->nschools; s++) {
        size_t with = (size_t)city_throw(dice, 40); /* some have one already */
        bool has = with < r->ninspectors && s % 3 == 0;
        r->schools[s] = (struct supervised){ .institution = (int64_t)s + 1,
                                             .code = arena_printf(arena, "S%02zu", s),
                                             .division = s % 5 ? STR("371502001") : STR("371502002"),
                                             .lon_e6 = 115900000 + city_throw(dice, 200000),
                                             .lat_e6 = 36400000 + city_throw(dice, 200000),
                                             .lack = has ? LACK_NONE : LACK_NEVER,
                                             .staff = has ? r->inspectors[with].staff : STR("") };
    }
    if (city_throw(dice, 2)) { /* a zone with one inspector */
        r->townships[0] = STR("371502002");
        r->members[0] = r->inspectors[0].staff;
        r->zone = (struct zone){ .id = 3,
                                 .division = COUNTY,
                                 .townships = r->townships,
                                 .ntownships = 1,
                                 .inspectors = r->members,
                                 .ninspectors = 1 };
        r->inspectors[0].zone = 3;
    }
    return r;
}

static size_t index_of(const struct random_city *r, struct str who)
{
    size_t i = 0;
    while (i < r->ninspectors && !str_eq(r->inspectors[i].staff, who)) {
        i++;
    }
    return i;
}

static bool may_have(const struct random_city *r, size_t inspector, size_t school)
{
    bool zoned = r->zone.id && str_eq(r->schools[school].division, r->townships[0]);
    return !r->barred[inspector][school] && zoned == (r->inspectors[inspector].zone == 3);
}

static void check_random(const struct random_city *r, const struct assignment *list, size_t n)
{
    int64_t load[RANDOM_INSPECTORS] = { 0 }, before[RANDOM_INSPECTORS];
    for (size_t s = 0; s < r->nschools; s++) {
        if (r->schools[s].lack == LACK_NONE) {
            load[index_of(r, r->schools[s].staff)]++;
        }
    }
    memcpy(before, load, sizeof before);
    for (size_t k = 0; k < n; k++) {
        if (list[k].staff.n) {
            size_t i = index_of(r, list[k].staff);
            assert_true(i < r->ninspectors);
            assert_true(may_have(r, i, (size_t)list[k].institution - 1));
            load[i]++;
            assert_true(load[i] <= SUPERVISION_MOST);
        }
    }
    for (size_t k = 0; k < n; k++) {
        size_t s = (size_t)list[k].institution - 1;
        assert_int_not_equal(r->schools[s].lack, LACK_NONE);
        for (size_t i = 0; i < r->ninspectors; i++) {
            if (!may_have(r, i, s)) {
                continue;
            }
            if (!list[k].staff.n) {
                assert_true(load[i] >= SUPERVISION_MOST); /* nobody who might take it has room */
            } else if (list[k].load > SUPERVISION_USUAL) {
                assert_true(load[i] >= list[k].load - 1); /* more than five only where all others are as full */
            }
        }
    }
}

static void the_rule_keeps_its_promises(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct small_city dice = { .dice = 11 };
    size_t assigned = 0, left = 0, over = 0;
    for (int round = 0; round < 400; round++) {
        arena_reset(arena);
        struct random_city *r = make_random(&dice, arena);
        struct assignment *list, *again;
        size_t n, m;
        supervision_match(arena, r->schools, r->nschools, r->inspectors, r->ninspectors, r->conflicts, r->nconflicts,
                          &r->zone, r->zone.id != 0, &list, &n);
        supervision_match(arena, r->schools, r->nschools, r->inspectors, r->ninspectors, r->conflicts, r->nconflicts,
                          &r->zone, r->zone.id != 0, &again, &m);
        assert_int_equal(n, m);
        check_random(r, list, n);
        for (size_t k = 0; k < n; k++) {
            assert_true(str_eq(list[k].staff, again[k].staff));
            assigned += list[k].staff.n > 0;
            left += list[k].staff.n == 0;
            over += list[k].load > SUPERVISION_USUAL;
        }
    }
    assert_true(assigned > 1000 && left > 100 && over > 100); /* all ways were seen */
    arena_free(arena);
}

static void neighbours_come_together(void **state)
{
    (void)state;
    struct inspector inspectors[2] = { { .staff = STR("D1"), .division = COUNTY },
                                       { .staff = STR("D2"), .division = COUNTY } };
    struct supervised schools[6];
    struct assignment *list;
    size_t n;
    for (size_t i = 0; i < 6; i++) { /* two villages 40 km apart, in turn */
        schools[i] = (struct supervised){ .institution = (int64_t)i + 1,
                                          .code = arena_printf(world.f->arena, "S%zu", i),
                                          .division = STR("371502001"),
                                          .lon_e6 = (i % 2 ? 116300000 : 115900000) + (int64_t)i * 1000,
                                          .lat_e6 = 36400000,
                                          .lack = LACK_NEVER };
    }
    supervision_match(world.f->arena, schools, 6, inspectors, 2, NULL, 0, NULL, 0, &list, &n);
    assert_int_equal(n, 6);
    for (size_t i = 2; i < 6; i++) {
        assert_true(str_eq(list[i].staff, list[i - 2].staff));
        assert_true(list[i].metres > 0 && list[i].metres < 200);
    }
    assert_false(str_eq(list[0].staff, list[1].staff));
}

static void distances_are_metres(void **state)
{
    (void)state;
    int64_t degree = supervision_metres(116000000, 36000000, 116000000, 37000000);
    assert_in_range(degree, 110800, 111400);
    int64_t east = supervision_metres(115990000, 36460000, 116990000, 36460000);
    assert_in_range(east, 89000, 89900); /* 111.2 km times the cosine of 36.46° */
}

/* ---- Making it a change ---- */

static void an_assignment_takes_two_persons(void **state)
{
    (void)state;
    struct assignment *list;
    size_t n, before, after = 0;
    assert_true(supervision_propose(world.db, world.f->arena, COUNTY, world.now, &list, &n, &world.error));
    coverage(world.now, &before);
    assert_true(n >= before - 1);
    struct keeper_of county = { .account = 7, .level = KEEPER_COUNTY, .scope = COUNTY, .role = "county_officer" };
    struct assign_do assign = { .who = county,
                                .division = COUNTY,
                                .assignments = list,
                                .n = 1,
                                .note = STR("补足责任督学"),
                                .document = STR("县督字〔2026〕1号") };
    struct assignment bad = { .institution = school_ids[3], .staff = STR("D2") }; /* taught there */
    assign.assignments = &bad;
    assert_true(writer_call(store_fixture_writer(world.f), "assign", supervision_assign_run, &assign, &world.error));
    assert_int_equal(assign.result, CHANGE_WRONG);
    assert_true(assign.conflict);
    assign.who.scope = STR("371526");
    assert_true(writer_call(store_fixture_writer(world.f), "assign", supervision_assign_run, &assign, &world.error));
    assert_int_equal(assign.result, CHANGE_NOT_YOURS);
    assign.who = county;
    size_t given = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].staff.n) {
            list[given++] = list[i];
        }
    }
    assert_true(given >= 3);
    assign.assignments = list;
    assign.n = given;
    assert_true(writer_call(store_fixture_writer(world.f), "assign", supervision_assign_run, &assign, &world.error));
    assert_int_equal(assign.result, CHANGE_OK);
    assert_false(assign.confirmed);
    struct keeper_of other = { .account = 8, .level = KEEPER_COUNTY, .scope = COUNTY, .role = "county_officer" };
    struct deed deed = { .id = assign.change };
    assert_int_equal(doing(&world, &deed, CONFIRM, other), CHANGE_OK);
    struct supervised *schools = coverage(world.now, &after);
    size_t lacking = 0;
    for (size_t i = 0; i < after; i++) {
        lacking += schools[i].lack != LACK_NONE;
    }
    assert_int_equal(lacking, n - given);
    assert_true(writer_call(store_fixture_writer(world.f), "assign", supervision_assign_run, &assign, &world.error));
    assert_int_equal(assign.result, CHANGE_OVERTAKEN);
}

/* ---- Zones, themes, plans ---- */

static void a_township_is_in_one_zone(void **state)
{
    (void)state;
    struct str both[2] = { STR("371502001"), STR("371502002") }, who[1] = { STR("D1") };
    struct zone_do one = { .who = officer("371502"),
                           .zone = { .division = COUNTY,
                                     .name = { STR("东区"), STR("East") },
                                     .townships = both,
                                     .ntownships = 2,
                                     .inspectors = who,
                                     .ninspectors = 1 } };
    struct zone_do two = one;
    assert_true(writer_call(store_fixture_writer(world.f), "zone", zone_set_run, &one, &world.error));
    assert_int_equal(one.result, CASE_DONE);
    two.zone.townships = both + 1;
    two.zone.ntownships = 1;
    two.zone.ninspectors = 0;
    assert_true(writer_call(store_fixture_writer(world.f), "zone", zone_set_run, &two, &world.error));
    struct zone *zones;
    size_t n;
    assert_true(supervision_zones(world.db, world.f->arena, COUNTY, &zones, &n, &world.error));
    assert_int_equal(n, 2);
    assert_int_equal(zones[0].ntownships, 1);
    assert_int_equal(zones[1].ntownships, 1);
    two.zone.townships = (struct str[]){ STR("371526001") };
    two.zone.id = 0;
    assert_true(writer_call(store_fixture_writer(world.f), "zone", zone_set_run, &two, &world.error));
    assert_int_equal(two.result, CASE_NOT_YOURS); /* another county's township */
}

static void the_county_s_theme_counts_before_the_city_s(void **state)
{
    (void)state;
    int64_t month = month_of_day(today);
    struct theme theme;
    bool found;
    struct theme_do set = { .city = city,
                            .who = { .account = 1, .role = "city", .desks = DESK_CITY, .scope = STR("3715") },
                            .theme = { STR("3715"), month, { STR("开学检查"), STR("Term begins") }, STR("") } };
    assert_true(writer_call(store_fixture_writer(world.f), "theme", theme_set_run, &set, &world.error));
    assert_int_equal(set.result, CASE_DONE);
    struct theme_do own = { .city = city,
                            .who = officer("371502"),
                            .theme = { COUNTY, month, { STR("校园安全"), STR("Safety") }, STR("") } };
    assert_true(writer_call(store_fixture_writer(world.f), "theme", theme_set_run, &own, &world.error));
    assert_true(supervision_theme(world.db, world.f->arena, STR("371502001"), month, &theme, &found, &world.error));
    assert_true(found && str_is(theme.name.en, "Safety"));
    assert_true(supervision_theme(world.db, world.f->arena, STR("371526001"), month, &theme, &found, &world.error));
    assert_true(found && str_is(theme.name.en, "Term begins"));
    set.theme.checklist = STR("none_such");
    assert_true(writer_call(store_fixture_writer(world.f), "theme", theme_set_run, &set, &world.error));
    assert_int_equal(set.result, CASE_BAD_VALUE);
    set.theme.division = COUNTY;
    set.theme.checklist = STR("");
    set.who = officer("371526");
    assert_true(writer_call(store_fixture_writer(world.f), "theme", theme_set_run, &set, &world.error));
    assert_int_equal(set.result, CASE_NOT_YOURS);
}

static void visits_are_spread_over_the_working_days(void **state)
{
    (void)state;
    size_t n, order[60];
    int64_t days[60], from = workday_after(city, day_of(2026, 3, 1), 0),
                      until = workday_after(city, day_of(2026, 4, 1), -1);
    struct supervised *schools = coverage(world.now, &n);
    for (size_t count = 1; count <= 8; count++) {
        supervision_plan(city, schools, count, from, until, order, days);
        for (size_t k = 0; k < count; k++) {
            assert_true(workday(city, days[order[k]]));
            assert_true(days[order[k]] > from && days[order[k]] <= until);
            if (k) {
                int64_t gap = workdays_between(city, days[order[k - 1]], days[order[k]]);
                int64_t even = workdays_between(city, from, until) / (int64_t)count;
                assert_in_range(gap, even - 1, even + 1);
            }
        }
    }
}

/* ---- Reports ---- */

static bool cases_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    static const struct {
        const char *kind, *item, *severity;
        int month, day, due, closed; /* of 2026-month; closed 0: open */
        int failed;
    } list[] = {
        { "visit", "", "", 1, 5, 31, 20, 0 },
        { "visit", "", "", 2, 2, 28, 34, 0 }, /* closed on 6 March */
        { "visit", "", "", 2, 2, 28, 10, 1 },
        { "rectification", "supervision/fire_exits", "major", 1, 20, 23, 22, 0 },
        { "rectification", "supervision/fire_exits", "major", 2, 10, 13, 0, 0 },
        { "rectification", "supervision/homework", "usual", 2, 10, 60, 0, 0 },
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        int64_t month = day_of(2026, list[i].month, 1) - 1;
        int64_t opened = day_start_ms(month + list[i].day) + 3600000;
        if (!db_run(
                writing->db, error,
                "insert into case_file (id, kind, number, division, institution, title, stage, desk, opened_at, "
                "stage_from, due, severity, item, closed_at, failed, changed_at) values (?1, ?2, ?3, '371502001', "
                "?4, '', 'x', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?6)",
                V_INT((int64_t)i + 1), V_TEXT(str_of(list[i].kind)), V_TEXT(arena_printf(writing->arena, "N%zu", i)),
                V_INT(school_ids[0]), V_INT(list[i].closed ? 0 : DESK_SCHOOL), V_INT(opened), V_INT(day_of_ms(opened)),
                V_INT(month + list[i].due), V_TEXT(str_of(list[i].severity)), V_TEXT(str_of(list[i].item)),
                V_IF(list[i].closed, V_INT(day_start_ms(month + list[i].closed) + 7200000)), V_INT(list[i].failed))) {
            return false;
        }
    }
    return true;
}

struct month_asked {
    int64_t today, opened;
    size_t most;
    bool more;
};

static bool open_month_run(struct writing *writing, void *input, struct error *error)
{
    struct month_asked *asked = input;
    return supervision_open_month(writing, city, asked->today, asked->most, &asked->opened, &asked->more, error);
}

static struct month_asked open_month(int64_t day, size_t most)
{
    struct month_asked asked = { .today = day, .most = most };
    if (!writer_call(store_fixture_writer(world.f), "month", open_month_run, &asked, &world.error)) {
        print_error("%s\n", world.error.message);
        fail();
    }
    return asked;
}

/* From its first working day on, one visit for each institution that has an inspector, once; with the theme. */
static void a_month_is_opened_once(void **state)
{
    (void)state;
    int64_t n, with = 0, all = 0, first = workday_after(city, day_of(2025, 5, 1), 0);
    struct as_of then = { first, MOMENT_OPEN };
    size_t count;
    struct supervised *list;
    assert_true(supervision_coverage(world.db, world.f->arena, STR("3715"), then, &list, &count, &world.error));
    for (size_t i = 0; i < count; i++) {
        with += list[i].lack == LACK_NONE;
    }
    assert_true(with > 0 && with < (int64_t)count);
    assert_int_equal(open_month(first - 1, 1000).opened, 0); /* nobody works yet */
    assert_int_equal(open_month(first, 1000).opened, with);
    struct month_asked again = open_month(first + 1, 1000);
    assert_int_equal(again.opened, 0);
    assert_false(again.more);
    assert_true(db_one_int(world.db, &world.error, &n, NULL,
                           "select count(*) from case_file where client_key like 'visit:%:24304'"));
    assert_int_equal(n, with);
    assert_true(
        db_one_int(world.db, &world.error, &all, NULL, "select visits from supervision_month where month = 24304"));
    assert_int_equal(all, with);
    /* In parts: it goes on where it stopped, and is done when all are there. */
    struct month_asked part = { .more = true };
    int64_t opened = 0, rounds = 0;
    for (; part.more; rounds++) {
        part = open_month(workday_after(city, day_of(2025, 6, 1), 0), (size_t)opened + 1);
        opened += part.opened;
        assert_true(rounds < 100);
    }
    assert_int_equal(opened, with);
}

static void a_report_counts_visits_and_findings(void **state)
{
    (void)state;
    assert_true(writer_call(store_fixture_writer(world.f), "cases", cases_run, NULL, &world.error));
    struct supervision_ask ask = {
        .scope = COUNTY, .from_month = 2026 * 12, .until_month = 2026 * 12 + 2, .by = BY_SCHOOL, .today = today
    };
    struct supervision_row *rows;
    size_t n;
    assert_true(supervision_report(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 1);
    assert_true(rows[0].name.zh.n > 0);
    struct supervision_numbers *numbers = &rows[0].numbers;
    assert_int_equal(numbers->planned, 3);
    assert_int_equal(numbers->done, 2);
    assert_int_equal(numbers->in_time, 1);
    assert_int_equal(numbers->cancelled, 1);
    assert_int_equal(numbers->findings, 3);
    assert_int_equal(numbers->major, 2);
    assert_int_equal(numbers->mended, 1);
    assert_int_equal(numbers->open, 2);
    assert_int_equal(numbers->late, 1);
    assert_int_equal(numbers->repeat, 1);
    ask.by = BY_MONTH;
    assert_true(supervision_report(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 3);
    assert_true(str_is(rows[1].key, "2026-02"));
    assert_int_equal(rows[1].numbers.findings, 2);
    assert_int_equal(rows[1].numbers.repeat, 1); /* the first was a month before */
    ask.by = BY_ITEM;
    assert_true(supervision_report(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 2);
    assert_true(str_is(rows[0].key, "supervision/fire_exits"));
    ask.by = BY_COUNTY;
    ask.staff = STR("D1"); /* has the school since 2022 */
    assert_true(supervision_report(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 1);
    ask.staff = STR("D4");
    assert_true(supervision_report(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 0);
    struct assessment assessment;
    assert_true(supervision_assessment(world.db, world.f->arena, STR("D1"), 2026 * 12, 2026 * 12 + 2, today,
                                       &assessment, &world.error));
    assert_int_equal(assessment.numbers.findings, 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(why_a_school_is_without),
        cmocka_unit_test(coverage_is_in_two_times),
        cmocka_unit_test(who_taught_there_or_said_so_is_in_conflict),
        cmocka_unit_test(the_rule_keeps_its_promises),
        cmocka_unit_test(neighbours_come_together),
        cmocka_unit_test(distances_are_metres),
        cmocka_unit_test(an_assignment_takes_two_persons),
        cmocka_unit_test(a_township_is_in_one_zone),
        cmocka_unit_test(the_county_s_theme_counts_before_the_city_s),
        cmocka_unit_test(visits_are_spread_over_the_working_days),
        cmocka_unit_test(a_report_counts_visits_and_findings),
        cmocka_unit_test(a_month_is_opened_once),
    };
    folder = argc > 1 ? argv[1] : "cities/liaocheng";
    return cmocka_run_group_tests_name("supervision", tests, start, finish);
}
