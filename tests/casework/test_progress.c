/* casework: the state of a plan by its published rule, at each edge; what its lines cost and add; lists of what is
 * behind.
 */
#include "registry/small_city.h"

#include "base/clock.h"
#include "casework/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t school;
static struct str township;

static int start(void **state)
{
    struct error error = { 0 };
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, folder, mistakes, &error) || city_world_start(&world, 5, day_of(2026, 3, 2)) != 0) {
        print_error("%s\n", error.message);
        return -1;
    }
    city_mistakes_free(mistakes);
    store_fixture_stop_writer(world.f);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct rows *rows = db_query(
        world.db, &error, "select id, division from institution where division like '371502%' order by id limit 1");
    if (rows_next(rows)) {
        school = rows_int(rows, 0);
        township = rows_text_in(rows, 1, world.f->arena);
    }
    *state = &world;
    return rows_end(rows, &error) ? 0 : -1;
}

static int finish(void **state)
{
    city_free(city);
    return city_world_finish(state);
}

static void command(bool (*run)(struct writing *, void *, struct error *), void *input)
{
    if (!writer_call(store_fixture_writer(world.f), "test", run, input, &world.error)) {
        print_error("%s\n", world.error.message);
        fail();
    }
}

static int64_t at(int64_t day)
{
    return day_start_ms(day) + 9 * 3600000;
}

/* From 1 March to 9 June 2026: 100 days. */
static int64_t open_project(void)
{
    struct case_input values[] = { { STR("promised"), STR("教学楼") }, { STR("until"), STR("2026-06-09") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("project")),
                              .division = township,
                              .institution = school,
                              .subject = STR("SB1"),
                              .title = STR("教学楼"),
                              .values = values,
                              .nvalues = 2,
                              .at = at(day_of(2026, 3, 1)) };
    command(case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    return open.id;
}

static int64_t put_line(int64_t id, struct case_line line)
{
    struct case_line_do input = { .city = city,
                                  .who = { .account = 1, .role = "t", .desks = DESK_CITY, .scope = STR("3715") },
                                  .id = id,
                                  .line = line,
                                  .note = STR("计划"),
                                  .at = at(day_of(2026, 3, 1)) };
    command(case_line_run, &input);
    assert_int_equal(input.result, CASE_DONE);
    return input.line_id;
}

static void report(int64_t id, const char *percent, int64_t day)
{
    struct case_input values[] = { { STR("progress"), str_of(percent) },
                                   { STR("spent"), STR("0") },
                                   { STR("report"), STR("按计划") } };
    struct case_do input = {
        .city = city, .id = id, .act = STR("report"), .values = values, .nvalues = 3, .at = at(day)
    };
    command(case_do_run, &input);
    assert_int_equal(input.result, CASE_DONE);
}

static struct case_progress progress(int64_t id, int64_t today)
{
    struct case_row row;
    struct case_progress out;
    bool found = false;
    assert_true(case_one(world.db, world.f->arena, city, id, &row, &found, &world.error) && found);
    assert_true(case_progress_of(world.db, world.f->arena, &row, today, &out, &world.error));
    return out;
}

static void the_rule_at_its_edges(void **state)
{
    int64_t id = open_project();
    (void)state;
    assert_int_equal(progress(id, day_of(2026, 3, 2)).state, PLAN_ON_COURSE);
    assert_int_equal(progress(id, day_of(2026, 6, 9)).state, PLAN_ON_COURSE);
    assert_int_equal(progress(id, day_of(2026, 6, 10)).state, PLAN_LATE);
    /* On its 30th day 30 per cent are expected: 21 is nine points less, 20 is ten. */
    report(id, "21", day_of(2026, 3, 31));
    assert_int_equal(progress(id, day_of(2026, 5, 1)).expected, 30);
    assert_int_equal(progress(id, day_of(2026, 5, 1)).state, PLAN_ON_COURSE);
    report(id, "20", day_of(2026, 3, 31));
    assert_int_equal(progress(id, day_of(2026, 5, 1)).state, PLAN_BEHIND);
    report(id, "60", day_of(2026, 4, 20));
    assert_int_equal(progress(id, day_of(2026, 5, 1)).state, PLAN_ON_COURSE);

    struct case_line line = { .name = STR("基础"),
                              .owner = STR("施工方"),
                              .measure = STR("places"),
                              .adds = 900,
                              .from_day = day_of(2026, 3, 1),
                              .due = day_of(2026, 4, 1),
                              .planned_fen = 1000 };
    line.id = put_line(id, line);
    assert_int_equal(progress(id, day_of(2026, 4, 1)).state, PLAN_ON_COURSE);
    assert_int_equal(progress(id, day_of(2026, 4, 2)).state, PLAN_BEHIND);
    int64_t adds, last, planned, spent, n;
    assert_true(case_adds(world.db, STR("project"), school, STR("places"), &adds, &last, &world.error));
    assert_int_equal(adds, 900);
    assert_int_equal(last, day_of(2026, 4, 1));
    struct case_ask ask = { .city = city, .kind = STR("project"), .state = CASE_BEHIND, .today = day_of(2026, 4, 2) };
    assert_true(case_count(world.db, &ask, &n, &world.error));
    assert_int_equal(n, 1);
    ask.today = day_of(2026, 4, 1);
    assert_true(case_count(world.db, &ask, &n, &world.error));
    assert_int_equal(n, 0);

    line.done = day_of(2026, 4, 5);
    line.spent_fen = 900;
    (void)put_line(id, line);
    assert_int_equal(progress(id, day_of(2026, 4, 6)).state, PLAN_ON_COURSE);
    ask.state = CASE_ANY;
    assert_true(case_money(world.db, &ask, &planned, &spent, &world.error));
    assert_int_equal(planned, 1000);
    assert_int_equal(spent, 900);
    assert_true(case_adds(world.db, STR("project"), school, STR("places"), &adds, &last, &world.error));
    assert_int_equal(adds, 0);
    line.id = 0;
    line.done = 0;
    line.id = put_line(id, line);
    line.dropped = true;
    (void)put_line(id, line);
    assert_int_equal(progress(id, day_of(2026, 4, 6)).nlines, 1);
    assert_int_equal(progress(id, day_of(2026, 4, 6)).state, PLAN_ON_COURSE);

    struct case_row closed = { .closed_at = 1, .failed = true };
    struct case_progress any = { .missed = 3, .reported = -1 };
    assert_int_equal(plan_state_of(&closed, &any, 1), PLAN_GIVEN_UP);
    closed.failed = false;
    assert_int_equal(plan_state_of(&closed, &any, 1), PLAN_KEPT);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_rule_at_its_edges) };
    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, start, finish);
}
