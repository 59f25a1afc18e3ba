/* registry: changes by level, mistakes in both languages, taking back; persons. */
#include "registry/small_city.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct city_world world;

static const struct kind *const institutions = &KIND_LIST[KIND_INSTITUTION];

static int start(void **state)
{
    *state = &world;
    return city_world_start(&world, 1, day_of(2024, 3, 1));
}

/* ---- Levels ---- */

/* What may be done with a step of the school: the step may still be changed. */
static struct deed deed_about(const char *kind, const struct fact *school, struct change_step *step)
{
    return (struct deed){
        .kind = kind, .division = school->division, .institution = school->subject, .steps = step, .n = 1
    };
}

static int64_t journaled(const char *action)
{
    int64_t n = 0;
    assert_true(db_one_int(world.db, &world.error, &n, NULL, "select count(*) from journal where action = ?1",
                           V_TEXT(str_of(action))));
    return n;
}

static void a_school_proposes_and_its_county_confirms(void **state)
{
    (void)state;
    struct fact school = known(&world, institutions, "3715000011"), other = known(&world, institutions, "3715000012");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = deed_about("institution", &school, &step);
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    int64_t before = journaled("register.confirm");
    step.fact.valid_from = world.now.day - 10;
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_NOTHING);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("0635-1234567"));
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_OK);
    /* nothing moves until it is confirmed */
    struct fact after = known(&world, institutions, "3715000011");
    assert_true(str_is(fact_text(institutions, &after, "phone"), ""));
    assert_int_equal(doing(&world, &deed, CONFIRM, own), CHANGE_NOT_YOURS);
    struct keeper_of elsewhere = county;
    elsewhere.scope = str_starts(school.division, STR("371502")) ? STR("371526") : STR("371502");
    assert_int_equal(doing(&world, &deed, CONFIRM, elsewhere), CHANGE_MISSING);
    assert_int_equal(doing(&world, &deed, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, county), CHANGE_DECIDED);
    assert_int_equal(journaled("register.confirm"), before + 1);
    after = known(&world, institutions, "3715000011");
    assert_true(str_is(fact_text(institutions, &after, "phone"), "0635-1234567"));
    assert_int_equal(after.valid_from, world.now.day - 10);
    /* another's school is not its own; nor may its own step reach there */
    step.fact = other;
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("1"));
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_NOT_YOURS);
    deed.division = other.division;
    deed.institution = other.subject;
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_NOT_YOURS);
    /* what a county keeps is not a school's to propose */
    assert_false(change_may_propose(&KIND_LIST[KIND_CHARGE], &own, school.division, school.subject));
    assert_true(change_may_propose(&KIND_LIST[KIND_CHARGE], &county, school.division, school.subject));
    assert_false(change_may_confirm(&KIND_LIST[KIND_HONOUR], &county, school.division));
}

static void nobody_confirms_the_own_proposal(void **state)
{
    (void)state;
    struct fact school = known(&world, institutions, "3715000014");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = deed_about("institution", &school, &step);
    struct keeper_of county = keeper(2, KEEPER_COUNTY, &school), colleague = keeper(3, KEEPER_COUNTY, &school);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("2"));
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&world, &deed, WITHDRAW, colleague), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&world, &deed, REJECT, colleague), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, colleague), CHANGE_DECIDED);
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, WITHDRAW, county), CHANGE_OK);
    struct change change;
    bool found = false;
    assert_true(change_read(world.db, world.f->arena, deed.id, &change, &found, &world.error));
    assert_true(found && change.state == CHANGE_WITHDRAWN && str_is(change.note, "why"));
    /* the city's own: divisions. One person of the city is enough */
    struct fact township = known(&world, &KIND_LIST[KIND_DIVISION], "371502001");
    struct keeper_of bureau = keeper(4, KEEPER_CITY, &school);
    step = (struct change_step){ .act = STEP_RECORD, .kind = KIND_DIVISION, .fact = township };
    deed.kind = "division";
    deed.division = township.division;
    deed.institution = 0;
    city_text(KIND_DIVISION, &step.fact, "name_en", STR("Liuyuan"));
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&world, &deed, PROPOSE, bureau), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, bureau), CHANGE_OK);
}

static void what_comes_too_late_is_seen(void **state)
{
    (void)state;
    struct fact school = known(&world, institutions, "3715000016");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed first = deed_about("institution", &school, &step);
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("3"));
    assert_int_equal(doing(&world, &first, PROPOSE, own), CHANGE_OK);
    struct deed second = first;
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("4"));
    assert_int_equal(doing(&world, &second, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&world, &second, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&world, &first, CONFIRM, county), CHANGE_OVERTAKEN);
    /* taken back: as it was, and a later report of the time between is not touched */
    int64_t moment = 0;
    assert_true(writing_moment_seen(world.db, &moment, &world.error));
    assert_int_equal(doing(&world, &second, UNDO, county), CHANGE_OK);
    struct fact after = known(&world, institutions, "3715000016"), then;
    bool found = false;
    assert_true(str_is(fact_text(institutions, &after, "phone"), ""));
    assert_true(facts_one(world.db, world.f->arena, institutions, STR("3715000016"),
                          (struct as_of){ world.now.day, moment }, &then, &found, &world.error));
    assert_true(found && str_is(fact_text(institutions, &then, "phone"), "4"));
    assert_int_equal(doing(&world, &second, UNDO, county), CHANGE_DECIDED);
    /* something was recorded over it: it stays */
    struct deed third = first, fourth = first;
    assert_int_equal(doing(&world, &third, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&world, &third, CONFIRM, county), CHANGE_OK);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("5"));
    assert_int_equal(doing(&world, &fourth, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&world, &fourth, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&world, &third, UNDO, county), CHANGE_OVERTAKEN);
    assert_non_null(strstr(third.error.message, "3715000016"));
}

/* What leaves a county is proposed by who has it, and confirmed by who keeps both sides. */
static void nobody_gives_away_alone(void **state)
{
    (void)state;
    struct fact school = known(&world, institutions, "3715000031");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = deed_about("institution", &school, &step);
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    struct keeper_of bureau = keeper(3, KEEPER_CITY, &school);
    step.fact.valid_from = world.now.day;
    step.fact.division = str_starts(school.division, STR("371502")) ? STR("371526001") : STR("371502001");
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&world, &deed, CONFIRM, bureau), CHANGE_OK);
    /* and the other county does not reach for what is not its own */
    struct fact other = known(&world, institutions, "3715000032");
    step.fact = other;
    step.fact.division = school.division;
    county = keeper(2, KEEPER_COUNTY, &other);
    county.scope = str_starts(other.division, STR("371502")) ? STR("371526") : STR("371502");
    step.fact.division = str_starts(other.division, STR("371502")) ? STR("371526001") : STR("371502001");
    deed.division = step.fact.division;
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_NOT_YOURS);
}

/* Who has a thing on the step's first day reaches no further than the own days; and a school of another county is not
 * written for under the own division. */
static void nobody_reaches_into_others_days(void **state)
{
    (void)state;
    struct fact school = known(&world, institutions, "3715000041"), other = school;
    for (int i = 42; i < CITY_SCHOOLS && str_starts(other.division, str_part(school.division, 0, 6)); i++) {
        other = known(&world, institutions, arena_printf(world.f->arena, "37150%05d", i).p);
    }
    struct fact pupil = known(&world, &KIND_LIST[KIND_PUPIL], "L410");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_PUPIL, .fact = pupil };
    struct deed deed = deed_about("pupil", &school, &step);
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    struct keeper_of bureau = keeper(3, KEEPER_CITY, &school), colleague = keeper(4, KEEPER_CITY, &school);
    /* the pupil goes to the other county's school */
    step.fact.valid_from = world.now.day;
    step.fact.institution = other.subject;
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_WRONG); /* under the own division */
    step.fact.division = other.division;
    assert_int_equal(doing(&world, &deed, PROPOSE, bureau), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, colleague), CHANGE_OK);
    /* who had it says something of the days before, and of all days since */
    step.fact = pupil;
    step.fact.valid_from = world.now.day - 30;
    step.fact.valid_until = DAY_OPEN;
    city_number(KIND_PUPIL, &step.fact, "class", 9);
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&world, &deed, PROPOSE, county), CHANGE_NOT_YOURS);
    step.fact.valid_until = world.now.day;
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&world, &deed, CONFIRM, county), CHANGE_OK);
    struct change_step ending = { .act = STEP_END, .kind = KIND_PUPIL, .fact = pupil };
    ending.fact.valid_from = world.now.day - 30;
    deed.steps = &ending;
    assert_int_equal(doing(&world, &deed, PROPOSE, own), CHANGE_NOT_YOURS);
    struct fact after = known(&world, &KIND_LIST[KIND_PUPIL], "L410");
    assert_int_equal(after.institution, other.subject);
}

/* ---- Text of steps, mistakes ---- */

static void steps_are_text_and_back(void **state)
{
    (void)state;
    struct change_step steps[2] = {
        { .act = STEP_RECORD,
          .kind = KIND_PROJECT,
          .of = STR("37159"),
          .known = 7,
          .fact = city_fact(KIND_PROJECT, STR("a\tb"), STR("371502"), 19000) },
        { .act = STEP_END, .kind = KIND_MEMBER, .fact = city_fact(KIND_MEMBER, STR("M"), STR(""), -400) },
    };
    struct change_step *back;
    size_t n;
    steps[0].fact.subject = 12;
    city_text(KIND_PROJECT, &steps[0].fact, "name_zh", STR("一=二\\n\n三\t"));
    city_number(KIND_PROJECT, &steps[0].fact, "places", -5);
    struct str body = change_body(world.f->arena, steps, 2);
    assert_true(change_steps(world.f->arena, body, &back, &n, &world.error));
    assert_int_equal(n, 2);
    assert_true(fact_same(&KIND_LIST[KIND_PROJECT], &steps[0].fact, &back[0].fact));
    assert_int_equal(back[0].fact.subject, 12);
    assert_int_equal(back[0].known, 7);
    assert_int_equal(back[0].fact.valid_until, DAY_OPEN);
    assert_true(str_is(back[0].of, "37159"));
    assert_int_equal(back[1].act, STEP_END);
    assert_int_equal(back[1].fact.valid_from, -400);
    assert_true(str_eq(change_body(world.f->arena, back, n), body));
    assert_false(change_steps(world.f->arena, STR("record\tcastle\n"), &back, &n, &world.error));
    assert_false(change_steps(world.f->arena, STR("record\tsite\tS\t2024-01-01\topen\t3715\t0\t0\t0\tcolour=red\n"),
                              &back, &n, &world.error));
}

static void mistakes_are_said_in_both_languages(void **state)
{
    (void)state;
    struct fact fact = city_fact(KIND_INSTITUTION, STR("a b"), STR("999999"), world.now.day);
    struct fact_mistake *mistakes;
    size_t n;
    fact.valid_until = fact.valid_from;
    city_text(KIND_INSTITUTION, &fact, "kind", STR("castle"));
    city_text(KIND_INSTITUTION, &fact, "parent", STR("nobody"));
    city_text(KIND_INSTITUTION, &fact, "phone", STR("1\n2"));
    city_number(KIND_INSTITUTION, &fact, "lon_e6", 190000000);
    assert_true(change_check(world.db, world.f->arena, institutions, &fact, &mistakes, &n, &world.error));
    const char *const expected[] = { "代码",     "结束日期", "行政区划",     "名称", "类别",
                                     "办学性质", "单位电话", "所属单位代码", "经度" };
    assert_int_equal(n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(strstr(arena_cstr(world.f->arena, mistakes[i].says.zh), expected[i]));
        assert_true(mistakes[i].says.en.n > 0);
        assert_true((mistakes[i].column < 0) == (i < 3));
    }
    fact = known(&world, institutions, "3715000001");
    assert_true(change_check(world.db, world.f->arena, institutions, &fact, &mistakes, &n, &world.error));
    assert_int_equal(n, 0);
    struct fact pupil = city_fact(KIND_PUPIL, STR("L999"), STR("371502001"), world.now.day);
    city_text(KIND_PUPIL, &pupil, "stage", STR("primary"));
    city_number(KIND_PUPIL, &pupil, "entry_year", 24);
    assert_true(change_check(world.db, world.f->arena, &KIND_LIST[KIND_PUPIL], &pupil, &mistakes, &n, &world.error));
    assert_int_equal(n, 2); /* no institution; the year */
}

/* ---- Persons ---- */

static bool same_person(struct writing *writing, void *input, struct error *err)
{
    int64_t *ids = input;
    return facts_person(writing, writing->vault, STR("371502200001019998"), STR("甲"), STR("1"), 1, &ids[0], err) &&
           facts_person(writing, writing->vault, STR("371502200001019998"), STR("甲"), STR("1"), 1, &ids[1], err) &&
           facts_person(writing, writing->vault, STR("371502200001019980"), STR("乙"), STR("2"), 1, &ids[2], err);
}

static void a_person_is_sealed_and_one(void **state)
{
    (void)state;
    int64_t ids[3] = { 0 };
    assert_true(writer_call(store_fixture_writer(world.f), "person", same_person, ids, &world.error));
    assert_int_equal(ids[0], ids[1]);
    assert_true(ids[2] > ids[0]);
    struct str sealed, name;
    assert_true(db_one_blob(world.db, &world.error, world.f->arena, &sealed, NULL,
                            "select name_sealed from person where id = ?1", V_INT(ids[0])));
    assert_true(vault_unseal(world.f->vault, world.f->arena, "person.name", sealed, &name, &world.error));
    assert_true(str_is(name, "甲"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_school_proposes_and_its_county_confirms),
        cmocka_unit_test(nobody_confirms_the_own_proposal),
        cmocka_unit_test(what_comes_too_late_is_seen),
        cmocka_unit_test(nobody_gives_away_alone),
        cmocka_unit_test(nobody_reaches_into_others_days),
        cmocka_unit_test(steps_are_text_and_back),
        cmocka_unit_test(mistakes_are_said_in_both_languages),
        cmocka_unit_test(a_person_is_sealed_and_one),
    };
    return cmocka_run_group_tests_name("change", tests, start, city_world_finish);
}
