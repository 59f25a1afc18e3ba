/* casework: a case climbs on the right working days, moves with the calendar, stands still while it is paused; acts
 * need what they need, by another person where the kind says so, once; a row is what its steps add up to; who sees a
 * case in a list sees it alone too. On the kinds of the demo city's folder. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "casework/casework.h"
#include "city/workdays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNTY STR("371502")

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t schools[4];
static struct str townships[4];

static struct case_who who_of(unsigned desk, int64_t account, const char *scope, int64_t institution)
{
    return (struct case_who){
        .account = account, .role = "test", .desks = desk, .scope = str_of(scope), .institution = institution
    };
}

static struct case_who inspector(const char *staff, int64_t account)
{
    struct case_who who = who_of(DESK_INSPECTOR, account, "371502", 0);
    who.staff = str_of(staff);
    return who;
}

static struct case_who school(size_t i)
{
    return who_of(DESK_SCHOOL, 100 + (int64_t)i, "371502", schools[i]);
}

static struct case_who county(void)
{
    return who_of(DESK_COUNTY, 300, "371502", 0);
}

/* ---- The world: four schools, the first three of which have the inspector D1 ---- */

static bool charge_run(struct writing *writing, void *input, struct error *error)
{
    int64_t change;
    (void)input;
    if (!change_made(writing, NULL, STR("charge"), COUNTY, 0, STR(""), STR(""), &change, error)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        struct str code = arena_printf(writing->arena, "CH%d", i);
        struct fact fact = city_fact(KIND_CHARGE, code, COUNTY, day_of(2022, 9, 1));
        bool changed;
        fact.institution = schools[i];
        city_text(KIND_CHARGE, &fact, "kind", STR("inspector"));
        city_text(KIND_CHARGE, &fact, "staff", STR("D1"));
        if (!facts_record(writing, &KIND_LIST[KIND_CHARGE], &fact, change, &changed, error)) {
            return false;
        }
    }
    return true;
}

static int start(void **state)
{
    struct error error = { 0 };
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, folder, mistakes, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    city_mistakes_free(mistakes);
    if (city_world_start(&world, 5, day_of(2026, 3, 2)) != 0) {
        return -1;
    }
    store_fixture_stop_writer(world.f);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct rows *rows = db_query(
        world.db, &error, "select id, division from institution where division like '371502%' order by id limit 4");
    for (int i = 0; rows_next(rows); i++) {
        schools[i] = rows_int(rows, 0);
        townships[i] = rows_text_in(rows, 1, world.f->arena);
    }
    if (!rows_end(rows, &error) || !schools[3] ||
        !writer_call(store_fixture_writer(world.f), "charge", charge_run, NULL, &error)) {
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

static void run(const char *name, bool (*command)(struct writing *, void *, struct error *), void *input)
{
    if (!writer_call(store_fixture_writer(world.f), name, command, input, &world.error)) {
        print_error("%s: %s\n", name, world.error.message);
        fail();
    }
}

static struct case_row row_of(int64_t id)
{
    struct case_row row;
    bool found = false;
    assert_true(case_one(world.db, world.f->arena, city, id, &row, &found, &world.error));
    assert_true(found);
    return row;
}

static int64_t open_finding(size_t at_school, const char *severity, int64_t day)
{
    struct case_input values[] = { { STR("severity"), str_of(severity) }, { STR("found"), STR("通道堆物") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("rectification")),
                              .who = inspector("D1", 200),
                              .division = townships[at_school],
                              .institution = schools[at_school],
                              .title = STR("消防通道"),
                              .values = values,
                              .nvalues = 2,
                              .at = day ? day_start_ms(day) + 9 * 3600000 : 0 };
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    return open.id;
}

static const struct case_file_added picture = { .name = { "a.jpg", 5 },
                                                .type = { "image/jpeg", 10 },
                                                .digest = { "00", 2 },
                                                .stored = { "00/00.sealed", 12 },
                                                .size = 3 };

static enum case_result act(int64_t id, struct case_who who, const char *name, const char *field, const char *value,
                            bool evidence, int64_t day)
{
    struct case_input values[] = { { str_of(field), str_of(value) } };
    struct case_file_added files[] = { picture };
    struct case_do input = { .city = city,
                             .who = who,
                             .id = id,
                             .act = str_of(name),
                             .values = values,
                             .nvalues = 1,
                             .files = files,
                             .nfiles = evidence,
                             .note = STR("因为"),
                             .at = day ? day_start_ms(day) + 10 * 3600000 : 0 };
    run("act", case_do_run, &input);
    return input.result;
}

struct tick {
    const struct city *city;
    int64_t today, changed;
};

static bool tick_run(struct writing *writing, void *input, struct error *error)
{
    struct tick *tick = input;
    bool more = true;
    while (more) {
        if (!case_tick(writing, tick->city, tick->today, 100, &more, error)) {
            return false;
        }
    }
    return true;
}

static bool recount_run(struct writing *writing, void *input, struct error *error)
{
    struct tick *tick = input;
    return case_recount(writing, tick->city, &tick->changed, error);
}

/* The days on which the clock's events of a case were due, as "remind 2026-03-05, climb county 2026-03-17". */
static const char *events(int64_t id)
{
    struct case_step *steps;
    size_t n;
    struct str out = STR("");
    assert_true(case_steps(world.db, world.f->arena, id, &steps, &n, &world.error));
    for (size_t i = 0; i < n; i++) {
        if (str_is(steps[i].act, "remind") || str_is(steps[i].act, "climb")) {
            out = arena_printf(world.f->arena, "%.*s%s%.*s%s%.*s %.*s", STR_ARG(out), out.n ? ", " : "",
                               STR_ARG(steps[i].act), steps[i].note.n ? " " : "", STR_ARG(steps[i].note),
                               STR_ARG(day_format(world.f->arena, steps[i].day)));
        }
    }
    return arena_cstr(world.f->arena, out);
}

/* ---- The clock ---- */

static const char march[] = "remind 2026-03-11, remind 2026-03-13, climb county 2026-03-17, climb city 2026-03-23";

/* Found on Monday 2 March: ten working days are the 16th; reminders three and one working days before. */
static void what_nobody_mends_climbs(void **state)
{
    (void)state;
    int64_t id = open_finding(0, "usual", day_of(2026, 3, 2));
    assert_int_equal(row_of(id).due, day_of(2026, 3, 16));
    for (int64_t day = day_of(2026, 3, 2); day <= day_of(2026, 3, 31); day++) {
        struct tick tick = { city, day, 0 };
        run("tick", tick_run, &tick);
        unsigned reach = row_of(id).reach;
        assert_int_equal(reach,
                         (day >= day_of(2026, 3, 17) ? DESK_COUNTY : 0) | (day >= day_of(2026, 3, 23) ? DESK_CITY : 0));
    }
    assert_string_equal(events(id), march);
    /* A clock that looks a month later says the same of the same days. */
    int64_t late = open_finding(0, "usual", day_of(2026, 3, 2));
    struct tick tick = { city, day_of(2026, 4, 10), 0 };
    run("tick", tick_run, &tick);
    run("tick", tick_run, &tick);
    assert_string_equal(events(late), march);
    /* The county may pass what its inspector leaves lying, once it is mended. */
    assert_int_equal(act(late, county(), "mended", "measures", "清了", true, 0), CASE_NOT_YOURS);
    assert_int_equal(act(late, school(0), "mended", "measures", "清了", true, 0), CASE_DONE);
    assert_int_equal(row_of(late).reach, 0);
    assert_int_equal(act(late, county(), "passed", "checked", "好了", false, 0), CASE_DONE);
    assert_int_equal(row_of(late).desk, 0);
}

/* A week of holidays that the calendar did not have moves what is due and what climbs. */
static void a_moved_holiday_moves_the_deadline(void **state)
{
    (void)state;
    int64_t id = open_finding(1, "usual", day_of(2026, 11, 30));
    struct tick tick = { city, 0, 0 };
    run("recount", recount_run, &tick);
    assert_int_equal(row_of(id).due, day_of(2026, 12, 14));
    struct city moved = *city;
    int64_t holidays[400];
    memcpy(holidays, city->holidays, city->nholidays * sizeof *holidays);
    for (int i = 0; i < 5; i++) {
        holidays[city->nholidays + (size_t)i] = day_of(2026, 12, 7 + i);
    }
    moved.holidays = holidays;
    moved.nholidays += 5;
    tick.city = &moved;
    run("recount", recount_run, &tick);
    assert_true(tick.changed >= 1);
    assert_int_equal(row_of(id).due, day_of(2026, 12, 21));
    run("recount", recount_run, &tick);
    assert_int_equal(tick.changed, 0);
    tick.today = day_of(2027, 1, 8);
    run("tick", tick_run, &tick);
    assert_string_equal(events(id),
                        "remind 2026-12-16, remind 2026-12-18, climb county 2026-12-22, climb city 2026-12-28");
    tick.city = city;
    run("recount", recount_run, &tick);
}

static bool long_ago(struct writing *writing, void *input, struct error *error)
{
    return db_run(writing->db, error, "update case_file set paused_at = paused_at - 1209600000 where id = ?1",
                  V_INT(*(int64_t *)input));
}

static void a_pause_stands_still(void **state)
{
    (void)state;
    int64_t today = day_of_ms(clock_ms()), id = open_finding(1, "usual", today);
    int64_t due = row_of(id).due;
    struct case_common_do pause = { .city = city, .who = county(), .id = id, .what = CASE_PAUSE };
    run("pause", case_common_run, &pause);
    assert_int_equal(pause.result, CASE_NEEDS_NOTE);
    pause.note = STR("等待检测报告");
    run("pause", case_common_run, &pause);
    assert_int_equal(pause.result, CASE_DONE);
    assert_int_equal(act(id, school(1), "mended", "measures", "x", true, 0), CASE_NOT_NOW);
    run("long ago", long_ago, &id);
    pause.what = CASE_RESUME;
    run("resume", case_common_run, &pause);
    assert_int_equal(pause.result, CASE_DONE);
    int64_t stood = workdays_between(city, today - 14, today);
    assert_int_equal(row_of(id).due, workday_after(city, due, stood));
    struct case_common_do by_school = {
        .city = city, .who = school(1), .id = id, .what = CASE_PAUSE, .note = STR("x")
    };
    run("pause", case_common_run, &by_school);
    assert_int_equal(by_school.result, CASE_NOT_YOURS);
}

/* ---- Acts ---- */

static void acts_need_what_they_need(void **state)
{
    (void)state;
    int64_t id = open_finding(2, "major", 0);
    assert_int_equal(row_of(id).due, workday_after(city, day_of_ms(clock_ms()), 3));
    assert_int_equal(act(id, school(2), "mended", "measures", "清了", false, 0), CASE_NEEDS_EVIDENCE);
    assert_int_equal(act(id, school(2), "mended", "measures", "", true, 0), CASE_BAD_VALUE);
    assert_int_equal(act(id, school(1), "mended", "measures", "清了", true, 0), CASE_NOT_YOURS);
    assert_int_equal(act(id, school(2), "passed", "checked", "好", true, 0), CASE_NOT_NOW);
    /* Whoever reports it as mended does not check it, whatever desks they sit at. */
    struct case_who both = school(2);
    both.desks |= DESK_INSPECTOR;
    both.staff = STR("D1");
    assert_int_equal(act(id, both, "mended", "measures", "清了", true, 0), CASE_DONE);
    assert_int_equal(act(id, both, "passed", "checked", "好", false, 0), CASE_SAME_PERSON);
    const struct case_act *acts[CASE_ACTS_MAX], *barred[CASE_ACTS_MAX];
    size_t nacts, nbarred;
    struct case_row row = row_of(id);
    assert_true(case_acts(world.db, &both, &row, acts, &nacts, barred, &nbarred, &world.error));
    assert_int_equal(nacts, 0);
    assert_int_equal(nbarred, 2);
    assert_int_equal(act(id, inspector("D2", 201), "passed", "checked", "好", false, 0), CASE_NOT_YOURS);
    assert_int_equal(act(id, inspector("D1", 200), "back", "checked", "还有", false, 0), CASE_DONE);
    assert_true(str_is(row_of(id).stage_id, "mend"));
    assert_int_equal(act(id, school(2), "mended", "measures", "又清了", true, 0), CASE_DONE);
    assert_int_equal(act(id, inspector("D1", 200), "passed", "checked", "好", false, 0), CASE_DONE);
    assert_true(row_of(id).closed_at > 0);
    assert_int_equal(act(id, school(2), "mended", "measures", "x", true, 0), CASE_NOT_NOW);
    struct str values[CASE_FIELDS_MAX];
    row = row_of(id);
    assert_true(case_values(world.db, world.f->arena, &row, values, &world.error));
    assert_true(str_is(values[case_field(row.kind, STR("measures"))], "又清了"));
}

static void a_visit_opens_its_findings_once(void **state)
{
    (void)state;
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("visit")),
                              .division = townships[0],
                              .institution = schools[0],
                              .title = STR("三月督导") };
    run("open", case_open_run, &open);
    const struct checklist *list = city_checklist(city, open.kind->checklist);
    struct case_answers answers = { { ANSWER_NONE } };
    struct case_input values[] = { { STR("report"), STR("看了全部") } };
    struct case_do visit = { .city = city,
                             .who = inspector("D1", 200),
                             .id = open.id,
                             .act = STR("visited"),
                             .values = values,
                             .nvalues = 1,
                             .answers = &answers,
                             .client_key = STR("phone-1") };
    run("visit", case_do_run, &visit);
    assert_int_equal(visit.result, CASE_NEEDS_ANSWERS);
    for (size_t i = 0; i < list->nitems; i++) {
        answers.answer[i] = ANSWER_GOOD;
    }
    size_t exits = checklist_item(list, STR("fire_exits")), water = checklist_item(list, STR("drinking_water"));
    answers.answer[exits] = ANSWER_BAD;
    answers.words[exits] = STR("东侧\n堆物");
    answers.answer[water] = ANSWER_BAD;
    run("visit", case_do_run, &visit);
    assert_int_equal(visit.result, CASE_DONE);
    assert_int_equal(visit.findings, 2);
    int64_t step = visit.step;
    run("visit", case_do_run, &visit); /* sent again: the answer was lost */
    assert_int_equal(visit.result, CASE_REPEATED);
    assert_int_equal(visit.step, step);
    struct case_who lead = county();
    struct case_ask ask = { .city = city, .who = &lead, .parent = open.id, .most = 10, .order = CASE_BY_OPENED };
    struct case_row *rows;
    size_t n;
    assert_true(case_list(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 2);
    size_t major = str_is(rows[0].severity, "major") ? 0 : 1;
    assert_true(str_is(rows[major].item, "supervision/fire_exits"));
    assert_true(str_is(rows[1 - major].severity, "usual"));
    struct case_answers read;
    const struct checklist *of;
    bool found;
    assert_true(case_answers_of(world.db, world.f->arena, city, open.id, &read, &of, &found, &world.error));
    assert_true(found && of == list);
    assert_int_equal(read.answer[exits], ANSWER_BAD);
    assert_true(str_is(read.words[exits], "东侧 堆物"));
    assert_int_equal(read.answer[0], ANSWER_GOOD);
}

static void values_are_checked(void **state)
{
    (void)state;
    static const struct {
        enum case_type type;
        int64_t least, most;
        const char *text, *value; /* NULL: refused */
    } rows[] = {
        { CASE_NUMBER, 0, 100, "１２", "12" },      { CASE_NUMBER, 0, 100, "101", NULL },
        { CASE_NUMBER, 0, 9, "1.5", NULL },         { CASE_MONEY, 0, 100000, "12.5", "12.50" },
        { CASE_MONEY, 0, 100000, "1000.01", NULL }, { CASE_MONEY, 0, 100000, "7.00", "7" },
        { CASE_MONEY, 0, 100, "0.001", NULL },      { CASE_DAY, 0, 0, "2026年3月1日", "2026-03-01" },
        { CASE_DAY, 0, 0, "2026-02-30", NULL },     { CASE_TEXT, 0, 3, " 四个字了", NULL },
        { CASE_TEXT, 0, 3, " 三个字 ", "三个字" },  { CASE_YES, 0, 0, "no", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct case_field field = {
            .id = STR("f"), .type = rows[i].type, .least = rows[i].least, .most = rows[i].most
        };
        struct str value;
        struct name says;
        bool good = case_value_of(world.f->arena, &field, str_of(rows[i].text), &value, &says);
        assert_int_equal(good, rows[i].value != NULL);
        if (good) {
            assert_true(str_is(value, rows[i].value));
        } else {
            assert_true(says.zh.n > 0 && says.en.n > 0);
        }
    }
}

/* ---- The row is what its steps add up to ---- */

static uint64_t dice = 88172645463325252u;
static size_t below(size_t n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (size_t)(dice % n);
}

/* Plays the steps again, by the folder alone. */
static void replay(int64_t id)
{
    struct case_row row = row_of(id);
    struct case_step *steps;
    size_t n, stage = 0;
    int64_t due = 0, closed = 0;
    unsigned reach = 0;
    bool paused = false;
    assert_true(case_steps(world.db, world.f->arena, id, &steps, &n, &world.error));
    assert_true(n > 0 && str_is(steps[0].act, "open"));
    for (size_t i = 0; i < n; i++) {
        const struct case_step *step = &steps[i];
        assert_false(closed && !str_is(step->act, "remark"));
        size_t to = case_stage(row.kind, step->to_stage);
        assert_true(to != SIZE_MAX);
        assert_true(i == 0 || str_eq(step->from_stage, row.kind->stages[stage].id));
        const struct case_act *done = case_act(&row.kind->stages[stage], step->act);
        if (done) {
            assert_true(done->to == SIZE_MAX ? to == stage : to == done->to);
            reach = done->to == SIZE_MAX ? reach : 0;
        } else {
            assert_true(i == 0 || to == stage);
        }
        if (str_is(step->act, "climb")) {
            reach |= str_is(step->note, "county") ? DESK_COUNTY : DESK_CITY;
        }
        paused = str_is(step->act, "pause") ? true : str_is(step->act, "resume") ? false : paused;
        stage = to;
        due = step->due;
        closed = row.kind->stages[stage].ends ? step->at : 0;
    }
    assert_true(str_eq(row.stage_id, row.kind->stages[stage].id));
    assert_int_equal(row.desk, row.kind->stages[stage].desk);
    assert_int_equal(row.due, due);
    assert_int_equal(row.reach, reach);
    assert_int_equal(row.paused_at != 0, paused);
    if (closed) {
        assert_true(row.closed_at > 0);
    } else {
        assert_int_equal(row.closed_at, 0);
    }
}

static void random_walk(void **state)
{
    (void)state;
    static const char *const names[] = { "mended", "passed", "back", "visited" };
    enum { CASES = 30, STEPS = 12000 };
    int64_t ids[CASES], day = day_of(2026, 4, 1);
    size_t done = 0;
    for (size_t i = 0; i < CASES; i++) {
        ids[i] = open_finding(i % 3, i % 5 ? "usual" : "major", day);
    }
    for (size_t i = 0; i < STEPS; i++) {
        int64_t id = ids[below(CASES)];
        struct case_who all[] = { school(below(4)), county(), inspector("D1", 200) };
        struct case_who who = all[below(3)];
        switch (below(6)) {
        case 0: {
            struct tick tick = { city, day += (int64_t)below(3), 0 };
            run("tick", tick_run, &tick);
            break;
        }
        case 1: {
            struct case_common_do common = {
                .city = city, .who = who, .id = id, .what = below(2) ? CASE_PAUSE : CASE_RESUME, .note = STR("x")
            };
            run("common", case_common_run, &common);
            break;
        }
        case 2: {
            struct case_common_do remark = {
                .city = city, .who = who, .id = id, .what = CASE_REMARK, .note = STR("y")
            };
            run("remark", case_common_run, &remark);
            break;
        }
        default: {
            const char *name = names[below(4)];
            done += act(id, who, name, str_is(str_of(name), "mended") ? "measures" : "checked", "z", below(4) > 0,
                        day) == CASE_DONE;
        }
        }
    }
    assert_true(done > 40);
    for (size_t i = 0; i < CASES; i++) {
        replay(ids[i]);
    }
}

/* ---- Who sees what ---- */

static void a_list_and_a_case_agree(void **state)
{
    (void)state;
    struct case_who people[] = { school(0),
                                 school(3),
                                 county(),
                                 who_of(DESK_COUNTY, 301, "371526", 0),
                                 who_of(DESK_CITY, 302, "3715", 0),
                                 inspector("D1", 200),
                                 inspector("D9", 201),
                                 who_of(DESK_FAMILY, 400, "", 0),
                                 who_of(DESK_ENTERPRISE, 500, "371502", 4711) };
    struct case_who all = who_of(DESK_CITY, 302, "3715", 0);
    struct case_ask every = { .city = city, .who = &all, .most = 500, .order = CASE_BY_OPENED };
    struct case_row *rows;
    size_t n, seen_by[sizeof people / sizeof *people] = { 0 };
    assert_true(case_list(world.db, world.f->arena, &every, &rows, &n, &world.error));
    assert_true(n > 30);
    for (size_t p = 0; p < sizeof people / sizeof *people; p++) {
        for (int mine = 0; mine < 2; mine++) {
            struct case_ask ask = {
                .city = city, .who = &people[p], .mine = mine, .most = 500, .today = day_of_ms(clock_ms())
            };
            struct case_row *own;
            size_t nown, found = 0;
            int64_t counted;
            assert_true(case_list(world.db, world.f->arena, &ask, &own, &nown, &world.error));
            assert_true(case_count(world.db, &ask, &counted, &world.error));
            assert_int_equal(counted, nown);
            for (size_t i = 0; i < n; i++) {
                bool sees;
                assert_true(mine ? case_is_mine(world.db, &people[p], &rows[i], ask.today, &sees, &world.error)
                                 : case_sees(world.db, &people[p], &rows[i], &sees, &world.error));
                bool listed = false;
                for (size_t k = 0; k < nown; k++) {
                    listed = listed || own[k].id == rows[i].id;
                }
                assert_int_equal(sees, listed);
                found += listed;
            }
            assert_int_equal(found, nown);
            seen_by[p] += mine ? 0 : nown;
        }
    }
    assert_true(seen_by[0] > 0 && seen_by[0] < n); /* the school's own */
    assert_int_equal(seen_by[1], 0);               /* a school without cases */
    assert_int_equal(seen_by[2], n);               /* the county */
    assert_int_equal(seen_by[3], 0);               /* another county */
    assert_true(seen_by[5] > 0);                   /* the inspector of the first three */
    assert_int_equal(seen_by[6] + seen_by[7] + seen_by[8], 0);
}

/* A promise: its plan is kept, the public lists it, and its inside stays with those who may see it. */
static void a_promise_is_public(void **state)
{
    (void)state;
    struct case_input values[] = { { STR("promised"), STR("新建一所小学") },
                                   { STR("lead"), STR("教育局") },
                                   { STR("until"), STR("2026-12-31") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("promise")),
                              .who = county(),
                              .division = COUNTY,
                              .title = STR("新建小学"),
                              .subject = STR("X1"),
                              .values = values,
                              .nvalues = 3,
                              .at = day_start_ms(day_of(2026, 3, 2)) };
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    assert_int_equal(row_of(open.id).due, day_of(2026, 12, 31));
    struct case_line_do add = { .city = city,
                                .who = county(),
                                .id = open.id,
                                .line = { .name = STR("主体封顶"),
                                          .owner = STR("建设单位"),
                                          .measure = STR(""),
                                          .from_day = day_of(2026, 3, 2),
                                          .due = day_of(2026, 8, 1),
                                          .planned_fen = 100 } };
    run("line", case_line_run, &add);
    assert_int_equal(add.result, CASE_DONE);
    struct case_line *lines;
    size_t n;
    assert_true(case_lines(world.db, world.f->arena, open.id, &lines, &n, &world.error));
    assert_int_equal(n, 1);
    add.line = lines[0];
    add.line.done = day_of(2026, 7, 20);
    run("line", case_line_run, &add);
    add.who = school(3);
    run("line", case_line_run, &add);
    assert_int_equal(add.result, CASE_NOT_YOURS);
    assert_true(case_lines(world.db, world.f->arena, open.id, &lines, &n, &world.error));
    assert_int_equal(n, 1);
    assert_int_equal(lines[0].done, day_of(2026, 7, 20));
    struct case_ask ask = { .city = city, .kind = STR("promise"), .most = 10 };
    struct case_row *rows, row = row_of(open.id);
    assert_true(case_list(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 1);
    ask.kind = STR("rectification");
    assert_true(case_list(world.db, world.f->arena, &ask, &rows, &n, &world.error));
    assert_int_equal(n, 0);
    struct case_who family = who_of(DESK_FAMILY, 400, "", 0);
    bool sees = true;
    assert_true(case_sees(world.db, &family, &row, &sees, &world.error));
    assert_false(sees);
    assert_int_equal(act(open.id, county(), "report", "report", "x", false, 0),
                     CASE_BAD_VALUE); /* progress is missing */
}

static void what_cannot_be_opened(void **state)
{
    (void)state;
    struct case_input values[] = { { STR("severity"), STR("usual") }, { STR("found"), STR("x") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("rectification")),
                              .who = school(0),
                              .division = townships[0],
                              .institution = schools[0],
                              .title = STR("x"),
                              .values = values,
                              .nvalues = 2 };
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_NOT_YOURS);
    open.who = who_of(DESK_COUNTY, 301, "371526", 0);
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_NOT_YOURS);
    open.who = county();
    values[0].value = STR("terrible");
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_BAD_VALUE);
    assert_true(str_is(open.field, "severity"));
    values[0].value = STR("major");
    open.client_key = STR("once");
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    int64_t id = open.id;
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_REPEATED);
    assert_int_equal(open.id, id);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : "cities/liaocheng";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_mends_climbs),
        cmocka_unit_test(a_moved_holiday_moves_the_deadline),
        cmocka_unit_test(a_pause_stands_still),
        cmocka_unit_test(acts_need_what_they_need),
        cmocka_unit_test(a_visit_opens_its_findings_once),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(what_cannot_be_opened),
        cmocka_unit_test(a_promise_is_public),
        cmocka_unit_test(random_walk),
        cmocka_unit_test(a_list_and_a_case_agree),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
