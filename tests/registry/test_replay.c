/* registry: three years with two hundred events, and every report of the past again, byte for byte.
 *
 * Each month some events happen in a small city: mergers, splits, moves, renamings, recoded townships, closings,
 * honours granted and ended early, corrections of the past, undoings. After each month reports are written for several
 * days, as known at that moment, and their SM3 kept with day and moment. At the end every report is asked for again. */
#include "registry/small_city.h"

#include "base/buf.h"
#include "base/clock.h"
#include "registry/event.h"
#include "registry/registry.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MONTHS = 36, EVENTS = 200, REPORT_DAYS = 4, SM3_BYTES = 32, LIMIT_REPORT = 8 << 20 };

enum happening {
    HAPPENS_MERGE,
    HAPPENS_SPLIT,
    HAPPENS_MOVE,
    HAPPENS_RENAME,
    HAPPENS_RECODE,
    HAPPENS_CLOSE,
    HAPPENS_CORRECTION,
    HAPPENS_HONOUR,
    HAPPENS_HONOUR_ENDS,
    HAPPENS_UNDO,
    HAPPENINGS
};

static struct city_world world;
static int64_t today;
static int happened[HAPPENINGS];
static const struct keeper_of proposer = { .account = 11, .level = KEEPER_CITY, .scope = { "3715", 4 }, .role = "x" };
static const struct keeper_of confirmer = { .account = 12, .level = KEEPER_CITY, .scope = { "3715", 4 }, .role = "x" };

/* ---- Reports ---- */

static void add_row(struct buf *text, const struct kind *kind, const struct fact *fact)
{
    buf_printf(text, "%s %.*s %.*s %lld", kind->name, STR_ARG(fact->code), STR_ARG(fact->division),
               (long long)fact->institution);
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (fact->values[i].kind == VALUE_TEXT) {
            buf_printf(text, "|%.*s", STR_ARG(fact->values[i].bytes));
        } else {
            buf_printf(text, "|%lld", (long long)fact->values[i].integer);
        }
    }
    buf_add_char(text, '\n');
}

static void add_list(struct buf *text, struct arena *arena, const struct kind *kind, struct facts_ask ask)
{
    struct fact *facts = NULL;
    size_t n = 0;
    if (!facts_list(world.db, arena, kind, &ask, &facts, &n, &world.error)) {
        fail_msg("%s", world.error.message);
    }
    for (size_t i = 0; i < n; i++) {
        add_row(text, kind, &facts[i]);
    }
}

/* Counts by county and kind, members of each group, and every row that holds. */
static void write_report(struct buf *text, struct arena *arena, struct as_of as_of)
{
    static const char *const counties[] = { "371502", "371526" };
    for (size_t k = 0; k < KINDS; k++) {
        for (size_t c = 0; c < 2; c++) {
            int64_t n = 0;
            const struct facts_ask ask = { .as_of = as_of, .scope = str_of(counties[c]) };
            assert_true(facts_count(world.db, &KIND_LIST[k], &ask, &n, &world.error));
            buf_add_cstr(text, KIND_LIST[k].name);
            buf_add_char(text, ' ');
            buf_add(text, ask.scope);
            buf_printf(text, ": %lld\n", (long long)n);
        }
    }
    for (int i = 0; i < CITY_GROUPS; i++) {
        add_list(
            text, arena, &KIND_LIST[KIND_MEMBER],
            (struct facts_ask){ .as_of = as_of, .column = STR("group_code"), .value = arena_printf(arena, "G%d", i) });
    }
    for (size_t k = 0; k < KINDS; k++) {
        add_list(text, arena, &KIND_LIST[k], (struct facts_ask){ .as_of = as_of });
    }
    assert_false(text->full);
}

struct report {
    struct as_of as_of;
    size_t length;
    unsigned char sm3[SM3_BYTES];
};
static struct report reports[MONTHS * REPORT_DAYS];
static size_t nreports;

static struct report make_report(struct as_of as_of)
{
    struct arena *arena = arena_new(0);
    struct buf text = buf_init(LIMIT_REPORT);
    struct report report = { .as_of = as_of };
    write_report(&text, arena, as_of);
    report.length = text.n;
    assert_int_equal(EVP_Digest(text.p, text.n, report.sm3, NULL, EVP_sm3(), NULL), 1);
    buf_free(&text);
    arena_free(arena);
    return report;
}

static void report_month(void)
{
    const int64_t days[REPORT_DAYS] = { today, today - 45, world.city.first_day + city_throw(&world.city, 900),
                                        today + 60 };
    int64_t moment = 0;
    assert_true(db_read_begin(world.db, &world.error));
    assert_true(writing_moment_seen(world.db, &moment, &world.error));
    for (int i = 0; i < REPORT_DAYS; i++) {
        /* what is known now is what was known at the newest moment that is seen */
        struct report now = make_report((struct as_of){ days[i], MOMENT_OPEN });
        struct report then = make_report((struct as_of){ days[i], moment });
        assert_memory_equal(now.sm3, then.sm3, SM3_BYTES);
        reports[nreports++] = then;
    }
    db_read_end(world.db);
}

/* ---- Events ---- */

/* One attempt at an event: tells whether it came about. */
struct attempt {
    enum happening what;
    bool came_about;
};

static const struct fact *any(struct writing *writing, enum kind_id kind, int64_t day)
{
    struct fact *facts = NULL;
    size_t n = 0;
    const struct facts_ask ask = { .as_of = { day, MOMENT_OPEN } };
    assert_true(facts_list(writing->db, writing->arena, &KIND_LIST[kind], &ask, &facts, &n, &world.error));
    return n ? &facts[city_throw(&world.city, (int)n)] : NULL;
}

static const struct fact *any_school(struct writing *writing, int64_t day)
{
    for (;;) {
        const struct fact *fact = any(writing, KIND_INSTITUTION, day);
        if (!str_is(fact_text(&KIND_LIST[KIND_INSTITUTION], fact, "kind"), "canteen")) {
            return fact;
        }
    }
}

static bool carry_out(struct writing *writing, const char *kind, const struct change_step *steps, size_t n,
                      struct error *err)
{
    enum change_result result;
    int64_t id = 0;
    if (!change_propose(writing, &proposer, str_of(kind), STR("3715"), 0, steps, n, STR("as it is"), STR(""), &id,
                        &result, err)) {
        return false;
    }
    if (result != CHANGE_OK) {
        return false;
    }
    return change_confirm(writing, &confirmer, id, &result, err) && result == CHANGE_OK;
}

static bool by_event(struct writing *writing, struct event *event, struct error *err)
{
    struct change_step *steps = NULL;
    size_t n = 0;
    return event_steps(writing->db, writing->arena, event, &steps, &n, err) &&
           carry_out(writing, event_name(event->act), steps, n, err);
}

static struct name called(struct arena *arena, const char *format)
{
    static int number;
    number++;
    return (struct name){ arena_printf(arena, "%s%d", format, number), STR("") };
}

static bool event_happens(struct writing *writing, enum happening what, struct error *err)
{
    static int number;
    struct arena *arena = writing->arena;
    int64_t day = today - 20 + city_throw(&world.city, 45); /* some are recorded late, some ahead */
    struct str from[1] = { any_school(writing, day)->code };
    struct event event = { .act = (enum event_act)what, .day = day, .from = from, .nfrom = 1 };
    const struct fact *sites = NULL;
    number++;
    switch (what) {
    case HAPPENS_MERGE:
        event.into = any_school(writing, day)->code;
        if (city_throw(&world.city, 3) == 0) {
            event.into = arena_printf(arena, "37159%05d", number);
            event.name = called(arena, "新校");
        }
        break;
    case HAPPENS_SPLIT:
        sites = any(writing, KIND_SITE, day);
        event.into = arena_printf(arena, "37158%05d", number);
        event.name = called(arena, "分校");
        event.stage = city_throw(&world.city, 2) ? STR("junior") : STR("");
        if (!event.stage.n) {
            struct fact whose;
            bool found = false;
            event.sites = (struct str *)ARENA_NEW(arena, struct str);
            event.sites[0] = sites->code;
            event.nsites = 1;
            assert_true(facts_of_subject(writing->db, arena, &KIND_LIST[KIND_INSTITUTION], sites->institution,
                                         (struct as_of){ day, MOMENT_OPEN }, &whose, &found, err));
            from[0] = found ? whose.code : from[0];
        }
        break;
    case HAPPENS_MOVE:
        do {
            event.division = any(writing, KIND_DIVISION, day)->code;
        } while (event.division.n < 9);
        break;
    case HAPPENS_RENAME:
        event.name = called(arena, "改名");
        if (city_throw(&world.city, 3) == 0) {
            from[0] = any(writing, KIND_DIVISION, day)->code;
        }
        break;
    case HAPPENS_RECODE:
        do {
            from[0] = any(writing, KIND_DIVISION, day)->code;
        } while (from[0].n < 9);
        event.into = arena_printf(arena, "%.*s%03d", STR_ARG(str_part(from[0], 0, 6)), 100 + number % 800);
        break;
    default:
        event.into = city_throw(&world.city, 2) ? any_school(writing, day)->code : STR("");
    }
    return by_event(writing, &event, err);
}

static bool correction(struct writing *writing, struct error *err)
{
    const enum kind_id kinds[] = { KIND_INSTITUTION, KIND_PUPIL, KIND_SITE, KIND_STAFF };
    const enum kind_id id = kinds[city_throw(&world.city, 4)];
    int64_t day = today - city_throw(&world.city, 400);
    const struct fact *old = any(writing, id, day > world.city.first_day ? day : world.city.first_day);
    struct change_step step = { .act = STEP_RECORD, .kind = id, .fact = *old };
    step.fact.valid_from = day > world.city.first_day ? day : world.city.first_day;
    step.fact.valid_until =
        city_throw(&world.city, 2) ? step.fact.valid_from + 1 + city_throw(&world.city, 200) : old->valid_until;
    switch (id) {
    case KIND_PUPIL:
        city_number(id, &step.fact, "class", 10 + city_throw(&world.city, 80));
        break;
    case KIND_SITE:
        city_number(id, &step.fact, "land_m2", 40000 + city_throw(&world.city, 9000));
        break;
    case KIND_STAFF:
        city_text(id, &step.fact, "title", STR("senior"));
        break;
    default:
        city_text(id, &step.fact, "address_zh", called(writing->arena, "东昌路").zh);
    }
    return carry_out(writing, KIND_LIST[id].name, &step, 1, err);
}

static bool honour(struct writing *writing, struct error *err)
{
    static int number;
    const struct fact *school = any_school(writing, today);
    struct fact fact = city_fact(KIND_HONOUR, arena_printf(writing->arena, "N%03d", ++number), school->division, today);
    fact.institution = school->subject;
    fact.valid_until = today + 1095;
    city_text(KIND_HONOUR, &fact, "designation", STR("football_school"));
    city_text(KIND_HONOUR, &fact, "level", STR("national"));
    city_text(KIND_HONOUR, &fact, "holder_kind", STR("institution"));
    city_text(KIND_HONOUR, &fact, "holder", school->code);
    struct change_step step = { .act = STEP_RECORD, .kind = KIND_HONOUR, .fact = fact };
    return carry_out(writing, "honour", &step, 1, err);
}

static bool honour_ends(struct writing *writing, struct error *err)
{
    const struct fact *old = any(writing, KIND_HONOUR, today);
    if (!old) {
        return false;
    }
    struct change_step step = { .act = STEP_END, .kind = KIND_HONOUR, .fact = *old };
    step.fact.valid_from = today - city_throw(&world.city, 60);
    return carry_out(writing, "honour", &step, 1, err);
}

static bool undoing(struct writing *writing, struct error *err)
{
    struct change *changes = NULL;
    size_t n = 0;
    enum change_result result;
    if (!change_list(writing->db, writing->arena, STR("3715"), 0, CHANGE_CONFIRMED, 0, 12, &changes, &n, err) || !n) {
        return false;
    }
    const struct change *change = &changes[city_throw(&world.city, (int)n)];
    return !str_is(change->kind, "demo") &&
           change_undo(writing, &confirmer, change->id, STR("it was a mistake"), &result, err) && result == CHANGE_OK;
}

static bool try_event(struct writing *writing, void *input, struct error *err)
{
    struct attempt *attempt = input;
    err->message[0] = '\0';
    switch (attempt->what) {
    case HAPPENS_CORRECTION:
        attempt->came_about = correction(writing, err);
        break;
    case HAPPENS_HONOUR:
        attempt->came_about = honour(writing, err);
        break;
    case HAPPENS_HONOUR_ENDS:
        attempt->came_about = honour_ends(writing, err);
        break;
    case HAPPENS_UNDO:
        attempt->came_about = undoing(writing, err);
        break;
    default:
        attempt->came_about = event_happens(writing, attempt->what, err);
    }
    /* what does not fit leaves nothing behind: the command fails */
    return attempt->came_about || error_set(err, "it did not fit");
}

static void live_a_month(int events)
{
    static const enum happening often[] = {
        HAPPENS_MERGE,  HAPPENS_SPLIT,      HAPPENS_SPLIT,      HAPPENS_MOVE,        HAPPENS_MOVE,
        HAPPENS_RENAME, HAPPENS_RENAME,     HAPPENS_RECODE,     HAPPENS_CLOSE,       HAPPENS_CORRECTION,
        HAPPENS_HONOUR, HAPPENS_CORRECTION, HAPPENS_CORRECTION, HAPPENS_HONOUR_ENDS, HAPPENS_UNDO,
    };
    for (int tries = 0; events > 0; tries++) {
        struct attempt attempt = { .what = often[city_throw(&world.city, sizeof often / sizeof *often)] };
        struct error err;
        assert_true(tries < 200);
        (void)writer_call(store_fixture_writer(world.f), "event", try_event, &attempt, &err);
        if (attempt.came_about) {
            happened[attempt.what]++;
            events--;
        }
    }
}

/* ---- The tests ---- */

static void every_past_report_is_given_again(void **state)
{
    (void)state;
    size_t length = 0;
    for (int month = 0; month < MONTHS; month++) {
        today = world.city.first_day + 30 * (month + 1);
        clock_shift(day_start_ms(today) + 36000000 - clock_wall_ms());
        live_a_month(EVENTS * (month + 1) / MONTHS - EVENTS * month / MONTHS);
        report_month();
        if (month % 6 == 5) { /* in between, some older one */
            const struct report *old = &reports[city_throw(&world.city, (int)nreports)];
            assert_memory_equal(make_report(old->as_of).sm3, old->sm3, SM3_BYTES);
        }
    }
    int sum = 0;
    for (int i = 0; i < HAPPENINGS; i++) {
        assert_true(happened[i] > 0);
        sum += happened[i];
    }
    assert_int_equal(sum, EVENTS);
    for (size_t i = 0; i < nreports; i++) {
        struct report again = make_report(reports[i].as_of);
        assert_int_equal(again.length, reports[i].length);
        assert_memory_equal(again.sm3, reports[i].sm3, SM3_BYTES);
        length += again.length;
    }
    assert_int_equal(nreports, MONTHS * REPORT_DAYS);
    assert_true(length / nreports > 20000); /* they say something */
}

/* The reports of one day do differ by what was learnt: else nothing was tested. */
static void the_past_was_learnt_better(void **state)
{
    (void)state;
    int differ = 0;
    for (size_t i = 0; i < nreports; i += 4) {
        struct report now = make_report((struct as_of){ reports[i].as_of.day, MOMENT_OPEN });
        differ += memcmp(now.sm3, reports[i].sm3, SM3_BYTES) != 0;
    }
    assert_true(differ > 10);
}

static bool project(struct writing *writing, void *input, struct error *err)
{
    (void)input;
    return facts_project(writing, today, err);
}

/* The table that enrolment stands on is the register's picture of today. */
static void schools_are_as_today(void **state)
{
    (void)state;
    const struct kind *kind = &KIND_LIST[KIND_INSTITUTION];
    struct institution *schools = NULL;
    size_t n = 0, stand = 0, all = 0;
    struct fact *facts = NULL;
    const struct facts_ask ask = { .as_of = { today, MOMENT_OPEN } };
    assert_true(writer_call(store_fixture_writer(world.f), "project", project, NULL, &world.error));
    assert_true(registry_institutions(world.db, world.f->arena, STR(""), STR(""), &schools, &n, &world.error));
    assert_true(facts_list(world.db, world.f->arena, kind, &ask, &facts, &all, &world.error));
    for (size_t i = 0; i < all; i++) {
        stand += !str_is(fact_text(kind, &facts[i], "kind"), "canteen");
    }
    assert_int_equal(n, stand);
    assert_true(all > stand);
    for (size_t i = 0; i < n; i++) {
        struct fact fact;
        bool found = false;
        assert_true(
            facts_of_subject(world.db, world.f->arena, kind, schools[i].id, ask.as_of, &fact, &found, &world.error));
        assert_true(found);
        assert_true(str_eq(schools[i].name.zh, fact_text(kind, &fact, "name_zh")));
        assert_true(str_eq(schools[i].division, fact.division));
        assert_true(schools[i].east > 300000 && schools[i].east < 600000 && schools[i].north > 4000000);
    }
}

static int start(void **state)
{
    *state = &world;
    return city_world_start(&world, 371502, day_of(2021, 9, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_past_report_is_given_again),
        cmocka_unit_test(the_past_was_learnt_better),
        cmocka_unit_test(schools_are_as_today),
    };
    return cmocka_run_group_tests_name("replay", tests, start, city_world_finish);
}
