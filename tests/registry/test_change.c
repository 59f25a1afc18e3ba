/* registry: changes by level, mistakes in both languages, taking back; events by hand; the search. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "registry/event.h"
#include "registry/registry.h"
#include "registry/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct store_fixture *f;
static struct error error;
static struct db *db;
static struct small_city city;
static struct as_of now;

static const struct kind *const institutions = &KIND_LIST[KIND_INSTITUTION];

static int start(void **state)
{
    (void)state;
    f = store_fixture_new();
    store_fixture_migrate(f, registry_migrations, registry_migrations_count);
    city = (struct small_city){ .dice = 1, .first_day = day_of(2021, 9, 1) };
    clock_shift(day_start_ms(day_of(2024, 3, 1)) - clock_wall_ms());
    now = (struct as_of){ day_of(2024, 3, 1), MOMENT_OPEN };
    if (!writer_call(store_fixture_writer(f), "build", small_city_build, &city, &error) ||
        !db_open(&db, f->store, DB_READ, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    return 0;
}

static int finish(void **state)
{
    (void)state;
    clock_shift(0);
    db_close(db);
    store_fixture_free(f);
    return 0;
}

/* ---- Commands ---- */

struct deed {
    enum { PROPOSE, CONFIRM, REJECT, WITHDRAW, UNDO } what;
    struct keeper_of who;
    const char *kind;
    struct str division;
    int64_t institution;
    struct change_step *steps;
    size_t n;
    int64_t id;
    enum change_result result;
    struct error error;
};

static bool run(struct writing *writing, void *input, struct error *err)
{
    struct deed *deed = input;
    bool ok = false;
    switch (deed->what) {
    case PROPOSE:
        ok = change_propose(writing, &deed->who, str_of(deed->kind), deed->division, deed->institution, deed->steps,
                            deed->n, STR("why"), STR("paper"), &deed->id, &deed->result, err);
        break;
    case CONFIRM:
        ok = change_confirm(writing, &deed->who, deed->id, &deed->result, err);
        break;
    case REJECT:
        ok = change_reject(writing, &deed->who, deed->id, STR("no"), &deed->result, err);
        break;
    case WITHDRAW:
        ok = change_withdraw(writing, &deed->who, deed->id, &deed->result, err);
        break;
    case UNDO:
        ok = change_undo(writing, &deed->who, deed->id, STR("mistake"), &deed->result, err);
        break;
    }
    deed->error = *err;
    return ok;
}

static enum change_result doing(struct deed *deed, int what, struct keeper_of who)
{
    deed->what = what;
    deed->who = who;
    error.message[0] = '\0';
    if (!writer_call(store_fixture_writer(f), "deed", run, deed, &error)) {
        fail_msg("%s", error.message);
    }
    return deed->result;
}

static struct fact known(const struct kind *kind, const char *code)
{
    struct fact fact;
    bool found = false;
    assert_true(facts_one(db, f->arena, kind, str_of(code), now, &fact, &found, &error));
    assert_true(found);
    return fact;
}

static bool is_known(const struct kind *kind, struct str code)
{
    struct fact fact;
    bool found = false;
    assert_true(facts_one(db, f->arena, kind, code, now, &fact, &found, &error));
    return found;
}

static struct keeper_of keeper(int64_t account, enum keeper level, const struct fact *school)
{
    return (struct keeper_of){ .account = account,
                               .level = level,
                               .scope = level == KEEPER_CITY
                                            ? STR("3715")
                                            : str_part(school->division, 0, level == KEEPER_COUNTY ? 6 : 9),
                               .institution = level == KEEPER_SCHOOL ? school->subject : 0,
                               .role = "tester" };
}

static int64_t journaled(const char *action)
{
    int64_t n = 0;
    assert_true(
        db_one_int(db, &error, &n, NULL, "select count(*) from journal where action = ?1", V_TEXT(str_of(action))));
    return n;
}

/* ---- Levels ---- */

static void a_school_proposes_and_its_county_confirms(void **state)
{
    (void)state;
    struct fact school = known(institutions, "3715000011"), other = known(institutions, "3715000012");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = {
        .kind = "institution", .division = school.division, .institution = school.subject, .steps = &step, .n = 1
    };
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    int64_t before = journaled("register.confirm");
    step.fact.valid_from = now.day - 10;
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_NOTHING);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("0635-1234567"));
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_OK);
    /* nothing moves until it is confirmed */
    struct fact after = known(institutions, "3715000011");
    assert_true(str_is(fact_text(institutions, &after, "phone"), ""));
    assert_int_equal(doing(&deed, CONFIRM, own), CHANGE_NOT_YOURS);
    struct keeper_of elsewhere = county;
    elsewhere.scope = str_starts(school.division, STR("371502")) ? STR("371526") : STR("371502");
    assert_int_equal(doing(&deed, CONFIRM, elsewhere), CHANGE_MISSING);
    assert_int_equal(doing(&deed, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, county), CHANGE_DECIDED);
    assert_int_equal(journaled("register.confirm"), before + 1);
    after = known(institutions, "3715000011");
    assert_true(str_is(fact_text(institutions, &after, "phone"), "0635-1234567"));
    assert_int_equal(after.valid_from, now.day - 10);
    /* another's school is not its own; nor may its own step reach there */
    step.fact = other;
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("1"));
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_NOT_YOURS);
    deed.division = other.division;
    deed.institution = other.subject;
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_NOT_YOURS);
    /* what a county keeps is not a school's to propose */
    assert_false(change_may_propose(&KIND_LIST[KIND_CHARGE], &own, school.division, school.subject));
    assert_true(change_may_propose(&KIND_LIST[KIND_CHARGE], &county, school.division, school.subject));
    assert_false(change_may_confirm(&KIND_LIST[KIND_HONOUR], &county, school.division));
}

static void nobody_confirms_the_own_proposal(void **state)
{
    (void)state;
    struct fact school = known(institutions, "3715000014");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = {
        .kind = "institution", .division = school.division, .institution = school.subject, .steps = &step, .n = 1
    };
    struct keeper_of county = keeper(2, KEEPER_COUNTY, &school), colleague = keeper(3, KEEPER_COUNTY, &school);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("2"));
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&deed, WITHDRAW, colleague), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&deed, REJECT, colleague), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, colleague), CHANGE_DECIDED);
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_OK);
    assert_int_equal(doing(&deed, WITHDRAW, county), CHANGE_OK);
    struct change change;
    bool found = false;
    assert_true(change_read(db, f->arena, deed.id, &change, &found, &error));
    assert_true(found && change.state == CHANGE_WITHDRAWN && str_is(change.note, "why"));
    /* the city's own: divisions. One person of the city is enough */
    struct fact township = known(&KIND_LIST[KIND_DIVISION], "371502001");
    struct keeper_of bureau = keeper(4, KEEPER_CITY, &school);
    step = (struct change_step){ .act = STEP_RECORD, .kind = KIND_DIVISION, .fact = township };
    deed.kind = "division";
    deed.division = township.division;
    deed.institution = 0;
    city_text(KIND_DIVISION, &step.fact, "name_en", STR("Liuyuan"));
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&deed, PROPOSE, bureau), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, bureau), CHANGE_OK);
}

static void what_comes_too_late_is_seen(void **state)
{
    (void)state;
    struct fact school = known(institutions, "3715000016");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed first = {
        .kind = "institution", .division = school.division, .institution = school.subject, .steps = &step, .n = 1
    };
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("3"));
    assert_int_equal(doing(&first, PROPOSE, own), CHANGE_OK);
    struct deed second = first;
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("4"));
    assert_int_equal(doing(&second, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&second, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&first, CONFIRM, county), CHANGE_OVERTAKEN);
    /* taken back: as it was, and a later report of the time between is not touched */
    int64_t moment = 0;
    assert_true(writing_moment_seen(db, &moment, &error));
    assert_int_equal(doing(&second, UNDO, county), CHANGE_OK);
    struct fact after = known(institutions, "3715000016"), then;
    bool found = false;
    assert_true(str_is(fact_text(institutions, &after, "phone"), ""));
    assert_true(facts_one(db, f->arena, institutions, STR("3715000016"), (struct as_of){ now.day, moment }, &then,
                          &found, &error));
    assert_true(found && str_is(fact_text(institutions, &then, "phone"), "4"));
    assert_int_equal(doing(&second, UNDO, county), CHANGE_DECIDED);
    /* something was recorded over it: it stays */
    struct deed third = first, fourth = first;
    assert_int_equal(doing(&third, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&third, CONFIRM, county), CHANGE_OK);
    city_text(KIND_INSTITUTION, &step.fact, "phone", STR("5"));
    assert_int_equal(doing(&fourth, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&fourth, CONFIRM, county), CHANGE_OK);
    assert_int_equal(doing(&third, UNDO, county), CHANGE_OVERTAKEN);
    assert_non_null(strstr(third.error.message, "3715000016"));
}

/* What leaves a county is proposed by who has it, and confirmed by who keeps both sides. */
static void nobody_gives_away_alone(void **state)
{
    (void)state;
    struct fact school = known(institutions, "3715000031");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_INSTITUTION, .fact = school };
    struct deed deed = {
        .kind = "institution", .division = school.division, .institution = school.subject, .steps = &step, .n = 1
    };
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    struct keeper_of bureau = keeper(3, KEEPER_CITY, &school);
    step.fact.valid_from = now.day;
    step.fact.division = str_starts(school.division, STR("371502")) ? STR("371526001") : STR("371502001");
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, county), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&deed, CONFIRM, bureau), CHANGE_OK);
    /* and the other county does not reach for what is not its own */
    struct fact other = known(institutions, "3715000032");
    step.fact = other;
    step.fact.division = school.division;
    county = keeper(2, KEEPER_COUNTY, &other);
    county.scope = str_starts(other.division, STR("371502")) ? STR("371526") : STR("371502");
    step.fact.division = str_starts(other.division, STR("371502")) ? STR("371526001") : STR("371502001");
    deed.division = step.fact.division;
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_NOT_YOURS);
}

/* Who has a thing on the step's first day reaches no further than the own days; and a school of another county is not
 * written for under the own division. */
static void nobody_reaches_into_others_days(void **state)
{
    (void)state;
    struct fact school = known(institutions, "3715000041"), other = school;
    for (int i = 42; i < CITY_SCHOOLS && str_starts(other.division, str_part(school.division, 0, 6)); i++) {
        other = known(institutions, arena_printf(f->arena, "37150%05d", i).p);
    }
    struct fact pupil = known(&KIND_LIST[KIND_PUPIL], "L410");
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_PUPIL, .fact = pupil };
    struct deed deed = {
        .kind = "pupil", .division = school.division, .institution = school.subject, .steps = &step, .n = 1
    };
    struct keeper_of own = keeper(1, KEEPER_SCHOOL, &school), county = keeper(2, KEEPER_COUNTY, &school);
    struct keeper_of bureau = keeper(3, KEEPER_CITY, &school), colleague = keeper(4, KEEPER_CITY, &school);
    /* the pupil goes to the other county's school */
    step.fact.valid_from = now.day;
    step.fact.institution = other.subject;
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_WRONG); /* under the own division */
    step.fact.division = other.division;
    assert_int_equal(doing(&deed, PROPOSE, bureau), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, colleague), CHANGE_OK);
    /* who had it says something of the days before, and of all days since */
    step.fact = pupil;
    step.fact.valid_from = now.day - 30;
    step.fact.valid_until = DAY_OPEN;
    city_number(KIND_PUPIL, &step.fact, "class", 9);
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_NOT_YOURS);
    assert_int_equal(doing(&deed, PROPOSE, county), CHANGE_NOT_YOURS);
    step.fact.valid_until = now.day;
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_OK);
    assert_int_equal(doing(&deed, CONFIRM, county), CHANGE_OK);
    struct change_step ending = { .act = STEP_END, .kind = KIND_PUPIL, .fact = pupil };
    ending.fact.valid_from = now.day - 30;
    deed.steps = &ending;
    assert_int_equal(doing(&deed, PROPOSE, own), CHANGE_NOT_YOURS);
    struct fact after = known(&KIND_LIST[KIND_PUPIL], "L410");
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
    struct str body = change_body(f->arena, steps, 2);
    assert_true(change_steps(f->arena, body, &back, &n, &error));
    assert_int_equal(n, 2);
    assert_true(fact_same(&KIND_LIST[KIND_PROJECT], &steps[0].fact, &back[0].fact));
    assert_int_equal(back[0].fact.subject, 12);
    assert_int_equal(back[0].known, 7);
    assert_int_equal(back[0].fact.valid_until, DAY_OPEN);
    assert_true(str_is(back[0].of, "37159"));
    assert_int_equal(back[1].act, STEP_END);
    assert_int_equal(back[1].fact.valid_from, -400);
    assert_true(str_eq(change_body(f->arena, back, n), body));
    assert_false(change_steps(f->arena, STR("record\tcastle\n"), &back, &n, &error));
    assert_false(change_steps(f->arena, STR("record\tsite\tS\t2024-01-01\topen\t3715\t0\t0\t0\tcolour=red\n"), &back,
                              &n, &error));
}

static void mistakes_are_said_in_both_languages(void **state)
{
    (void)state;
    struct fact fact = city_fact(KIND_INSTITUTION, STR("a b"), STR("999999"), now.day);
    struct fact_mistake *mistakes;
    size_t n;
    fact.valid_until = fact.valid_from;
    city_text(KIND_INSTITUTION, &fact, "kind", STR("castle"));
    city_text(KIND_INSTITUTION, &fact, "parent", STR("nobody"));
    city_text(KIND_INSTITUTION, &fact, "phone", STR("1\n2"));
    city_number(KIND_INSTITUTION, &fact, "lon_e6", 190000000);
    assert_true(change_check(db, f->arena, institutions, &fact, &mistakes, &n, &error));
    const char *const expected[] = { "代码",     "结束日期", "行政区划",     "名称", "类别",
                                     "办学性质", "单位电话", "所属单位代码", "经度" };
    assert_int_equal(n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(strstr(arena_cstr(f->arena, mistakes[i].says.zh), expected[i]));
        assert_true(mistakes[i].says.en.n > 0);
        assert_true((mistakes[i].column < 0) == (i < 3));
    }
    fact = known(institutions, "3715000001");
    assert_true(change_check(db, f->arena, institutions, &fact, &mistakes, &n, &error));
    assert_int_equal(n, 0);
    struct fact pupil = city_fact(KIND_PUPIL, STR("L999"), STR("371502001"), now.day);
    city_text(KIND_PUPIL, &pupil, "stage", STR("primary"));
    city_number(KIND_PUPIL, &pupil, "entry_year", 24);
    assert_true(change_check(db, f->arena, &KIND_LIST[KIND_PUPIL], &pupil, &mistakes, &n, &error));
    assert_int_equal(n, 2); /* no institution; the year */
}

/* ---- Events ---- */

static int64_t count(enum kind_id kind, int64_t institution, const char *scope)
{
    int64_t n = 0;
    const struct facts_ask ask = { .as_of = now, .institution = institution, .scope = str_of(scope) };
    assert_true(facts_count(db, &KIND_LIST[kind], &ask, &n, &error));
    return n;
}

static enum change_result carry_out(struct event *event, struct deed *deed)
{
    struct fact any = { .division = STR("3715") };
    struct str scope = STR("3715");
    *deed = (struct deed){ .kind = event_name(event->act), .division = scope };
    event->day = now.day;
    if (!event_steps(db, f->arena, event, &deed->steps, &deed->n, &error)) {
        return CHANGE_WRONG;
    }
    enum change_result result = doing(deed, PROPOSE, keeper(5, KEEPER_CITY, &any));
    return result == CHANGE_OK ? doing(deed, CONFIRM, keeper(6, KEEPER_CITY, &any)) : result;
}

static void a_merger_takes_all_along(void **state)
{
    (void)state;
    struct fact a = known(institutions, "3715000001"), b = known(institutions, "3715000002"),
                c = known(institutions, "3715000003");
    int64_t pupils = count(KIND_PUPIL, 0, ""), staff = count(KIND_STAFF, 0, ""), sites = count(KIND_SITE, 0, "");
    struct str from[] = { a.code, b.code };
    struct event event = {
        .act = EVENT_MERGE, .from = from, .nfrom = 2, .into = c.code, .name = { STR("联合学校"), STR("") }
    };
    struct deed deed;
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_false(is_known(institutions, a.code));
    assert_false(is_known(institutions, b.code));
    struct fact one = known(institutions, "3715000003");
    assert_true(str_is(fact_text(institutions, &one, "name_zh"), "联合学校"));
    assert_int_equal(count(KIND_PUPIL, c.subject, ""), 15);
    assert_int_equal(count(KIND_STAFF, c.subject, ""), 6);
    assert_int_equal(count(KIND_PUPIL, 0, ""), pupils);
    assert_int_equal(count(KIND_STAFF, 0, ""), staff);
    assert_int_equal(count(KIND_SITE, 0, ""), sites);
    assert_int_equal(count(KIND_HONOUR, a.subject, "") + count(KIND_HONOUR, b.subject, ""), 0);
    /* in no group twice */
    int64_t twice = 0;
    assert_true(db_one_int(db, &error, &twice, NULL,
                           "select count(*) from (select group_code from member_fact where institution = ?1 and "
                           "replaced_at = 253402300800000 and valid_until > ?2 group by group_code having "
                           "count(*) > 1) t",
                           V_INT(c.subject), V_INT(now.day)));
    assert_int_equal(twice, 0);
    struct fact canteen = known(institutions, "C01");
    assert_true(str_eq(fact_text(institutions, &canteen, "parent"), c.code));
    /* enrolment lists it no more, but knows it */
    struct institution row;
    bool found = false;
    struct institution *listed;
    size_t n;
    assert_true(registry_institution(db, f->arena, a.subject, &row, &found, &error));
    assert_true(found);
    assert_true(registry_institutions(db, f->arena, STR("3715"), STR(""), &listed, &n, &error));
    for (size_t i = 0; i < n; i++) {
        assert_true(listed[i].id != a.subject && listed[i].id != b.subject && !str_is(listed[i].kind, "canteen"));
    }
    /* and all of it back */
    struct fact any = { .division = STR("3715") };
    assert_int_equal(doing(&deed, UNDO, keeper(6, KEEPER_CITY, &any)), CHANGE_OK);
    assert_true(is_known(institutions, a.code));
    assert_int_equal(count(KIND_PUPIL, a.subject, ""), 5);
    one = known(institutions, "3715000003");
    assert_false(str_is(fact_text(institutions, &one, "name_zh"), "联合学校"));
}

static void other_events(void **state)
{
    (void)state;
    struct deed deed;
    struct fact school = known(institutions, "3715000004"), pupil_to = known(institutions, "3715000005");
    struct str from[] = { school.code };
    /* split: the junior stage goes */
    struct event event = { .act = EVENT_SPLIT,
                           .from = from,
                           .nfrom = 1,
                           .into = STR("3715990001"),
                           .name = { STR("新初中"), STR("") },
                           .stage = STR("junior") };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    struct fact made = known(institutions, "3715990001");
    assert_int_equal(count(KIND_PUPIL, made.subject, ""), 1);
    assert_int_equal(count(KIND_PUPIL, school.subject, ""), 4);
    assert_int_equal(carry_out(&event, &deed), CHANGE_WRONG); /* stands already */
    /* move to the other county, with all */
    const char *there = str_starts(school.division, STR("371502")) ? "371526002" : "371502002";
    event = (struct event){ .act = EVENT_MOVE, .from = from, .nfrom = 1, .division = str_of(there) };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, school.subject, there), 4);
    assert_true(str_is(known(institutions, "C04").division, there));
    /* a division has another code, and both are known */
    struct str codes[] = { str_of(there) };
    event = (struct event){ .act = EVENT_RECODE, .from = codes, .nfrom = 1, .into = STR("371599002") };
    int64_t inside = count(KIND_PUPIL, 0, there);
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, 0, there), 0);
    assert_int_equal(count(KIND_PUPIL, 0, "371599002"), inside);
    assert_true(str_is(known(&KIND_LIST[KIND_DIVISION], there).code, "371599002"));
    assert_true(str_is(known(&KIND_LIST[KIND_DIVISION], "371599002").code, "371599002"));
    struct fact before;
    bool found = false;
    assert_true(facts_one(db, f->arena, &KIND_LIST[KIND_DIVISION], STR("371599002"),
                          (struct as_of){ now.day - 1, MOMENT_OPEN }, &before, &found, &error));
    assert_true(found && str_is(before.code, there));
    /* close: pupils go where they are sent, the canteen closes too */
    event = (struct event){ .act = EVENT_CLOSE, .from = from, .nfrom = 1, .into = pupil_to.code };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_int_equal(count(KIND_PUPIL, pupil_to.subject, ""), 9);
    assert_int_equal(count(KIND_STAFF, school.subject, ""), 0);
    assert_false(is_known(institutions, STR("C04")));
    event.from = &(struct str){ "nobody", 6 };
    assert_int_equal(carry_out(&event, &deed), CHANGE_WRONG);
    assert_non_null(strstr(error.message, "nobody"));
}

/* ---- The search ---- */

static struct search_hit first_hit(const char *text, int kind)
{
    struct search_hit *hits;
    size_t n;
    assert_true(search_find(db, f->arena, STR("3715"), str_of(text), kind, 5, &hits, &n, &error));
    assert_true(n > 0);
    return hits[0];
}

static void names_are_found(void **state)
{
    (void)state;
    assert_true(str_is(search_initials(f->arena, STR("聊城市第一中学")), "lcsdyzx"));
    assert_true(str_is(search_initials(f->arena, STR("东阿县实验小学 （ＡＢ２）")), "dexsyxxab2"));
    assert_true(str_is(search_initials(f->arena, STR("长清音乐学校")), "cqyyxx"));
    assert_true(str_is(first_hit("3715000021", -1).code, "3715000021"));
    assert_true(str_is(first_hit("第２１ 小学", KIND_INSTITUTION).code, "3715000021"));
    assert_true(str_is(first_hit("d21xx", -1).code, "3715000021"));
    assert_true(str_is(first_hit("柳园", KIND_DIVISION).code, "371502001"));
    assert_true(str_is(first_hit("liuyuan", -1).code, "371502001"));
    struct search_hit *hits;
    size_t n;
    assert_true(search_find(db, f->arena, STR("3715"), STR("100%"), -1, 5, &hits, &n, &error));
    assert_int_equal(n, 0);
    /* by its old name, under its new one */
    struct deed deed;
    struct str from[] = { STR("3715000022") };
    struct event event = { .act = EVENT_RENAME, .from = from, .nfrom = 1, .name = { STR("凤凰学校"), STR("") } };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(str_is(first_hit("第22", KIND_INSTITUTION).name.zh, "凤凰学校"));
    struct fact *facts;
    const struct facts_ask ask = { .as_of = now, .text = STR("fhx") };
    assert_true(facts_list(db, f->arena, institutions, &ask, &facts, &n, &error));
    assert_int_equal(n, 1);
    /* twice the same? */
    struct search_pair *pairs;
    size_t before = 0;
    assert_true(search_duplicates(db, f->arena, institutions, STR("3715"), 50, &pairs, &before, &error));
    from[0] = STR("3715000026");
    event.name.zh = STR("凤凰学校");
    struct fact school = known(institutions, "3715000022");
    struct str to = school.division;
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    event = (struct event){ .act = EVENT_MOVE, .from = from, .nfrom = 1, .division = to };
    (void)carry_out(&event, &deed); /* it may be there already */
    assert_true(search_duplicates(db, f->arena, institutions, STR("3715"), 50, &pairs, &n, &error));
    assert_int_equal(n, before + 1);
    event = (struct event){ .act = EVENT_RENAME, .from = from, .nfrom = 1, .name = { STR("凤凰学校区"), STR("") } };
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(search_duplicates(db, f->arena, institutions, STR("3715"), 50, &pairs, &n, &error));
    assert_int_equal(n, before + 1);
    event.name.zh = STR("凤凰二学校"); /* a sister */
    assert_int_equal(carry_out(&event, &deed), CHANGE_OK);
    assert_true(search_duplicates(db, f->arena, institutions, STR("3715"), 50, &pairs, &n, &error));
    assert_int_equal(n, before);
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
    assert_true(writer_call(store_fixture_writer(f), "person", same_person, ids, &error));
    assert_int_equal(ids[0], ids[1]);
    assert_true(ids[2] > ids[0]);
    struct str sealed, name;
    assert_true(db_one_blob(db, &error, f->arena, &sealed, NULL, "select name_sealed from person where id = ?1",
                            V_INT(ids[0])));
    assert_true(vault_unseal(f->vault, f->arena, "person.name", sealed, &name, &error));
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
        cmocka_unit_test(a_merger_takes_all_along),
        cmocka_unit_test(other_events),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(a_person_is_sealed_and_one),
    };
    return cmocka_run_group_tests_name("change", tests, start, finish);
}
