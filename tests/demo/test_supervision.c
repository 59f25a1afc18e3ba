/* The demo's year of visits: each case's row is what its steps add up to, days and climbs are those of the kind, and
 * what was found stands in the answers. */
#include "demo_fixture.h"

#include "base/clock.h"
#include "city/workdays.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct demo_report report;

static int start(void **state)
{
    *state = demo_world_shared(false, &report);
    return *state ? 0 : -1;
}

static bool has_kinds(const struct demo_world *world)
{
    return city_case(world->city, STR("visit")) != NULL;
}

static void one_visit_a_month_and_school(void **state)
{
    struct demo_world *world = *state;
    if (!has_kinds(world)) {
        skip();
    }
    assert_true(demo_world_number(world, "select count(*) from case_file where kind = 'visit'") > 300);
    assert_int_equal(demo_world_number(world, "select count(*) from (select institution, client_key from case_file "
                                              "where kind = 'visit' group by institution, client_key having count(*) "
                                              "> 1) x"),
                     0);
    assert_int_equal(demo_world_number(world, "select count(*) from supervision_month"), 10);
    assert_int_equal(demo_world_number(world, "select cast(sum(visits) as bigint) from supervision_month"),
                     demo_world_number(world, "select count(*) from case_file where kind = 'visit'"));
}

/* A row as its steps tell it. */
static void rows_are_what_the_steps_add_up_to(void **state)
{
    struct demo_world *world = *state;
    struct error error = { "" };
    size_t n = 0, open = 0;
    struct rows *rows = db_query(
        world->db, &error,
        "select f.id, f.kind, f.stage, f.desk, coalesce(f.due, 0), coalesce(f.closed_at, 0), f.failed, f.stage_from, "
        "f.changed_at, l.to_stage, l.at, coalesce(l.due, 0), (select min(s.at) from case_step s where s.case_file = "
        "f.id), f.opened_at, (select s.day from case_step s where s.case_file = f.id and s.from_stage <> s.to_stage "
        "order by s.id desc limit 1) from case_file f join case_step l on l.id = (select max(s.id) from case_step s "
        "where s.case_file = f.id)");
    while (rows_next(rows)) {
        struct str stage_id = rows_text(rows, 2);
        const struct case_kind *kind = city_case(world->city, rows_text(rows, 1));
        assert_non_null(kind);
        size_t i = case_stage(kind, stage_id);
        assert_true(i != SIZE_MAX);
        const struct case_stage *stage = &kind->stages[i];
        assert_true(str_eq(stage_id, rows_text(rows, 9)));
        assert_int_equal(rows_int(rows, 3), stage->ends ? 0 : stage->desk);
        assert_int_equal(rows_int(rows, 4), rows_int(rows, 11));
        assert_true((rows_int(rows, 5) != 0) == stage->ends);
        assert_int_equal(rows_int(rows, 6), stage->failed);
        assert_int_equal(rows_int(rows, 8), rows_int(rows, 10));
        assert_int_equal(rows_int(rows, 12), rows_int(rows, 13));
        assert_int_equal(rows_int(rows, 7), rows_int(rows, 14));
        n++;
        open += !stage->ends;
    }
    assert_true(rows_end(rows, &error));
    if (has_kinds(world)) {
        assert_true(n > 300 && open > 10);
    }
}

/* Each step goes on from where the one before came to, later or at the same moment, never on the demo's day or after.
 */
static void steps_follow_each_other(void **state)
{
    struct demo_world *world = *state;
    struct error error = { "" };
    int64_t before = 0, at = 0;
    struct str stage = STR("");
    struct arena *arena = arena_new(0);
    struct rows *rows = db_query(world->db, &error,
                                 "select case_file, at, act, from_stage, to_stage, day from case_step order by "
                                 "case_file, id");
    while (rows_next(rows)) {
        bool first = rows_int(rows, 0) != before;
        struct str act = rows_text(rows, 2);
        assert_true(first == str_is(act, "open"));
        assert_true(first || rows_int(rows, 1) >= at);
        assert_true(str_eq(rows_text(rows, 3), first ? STR("") : stage));
        assert_true(rows_int(rows, 1) <= report.now);
        assert_int_equal(rows_int(rows, 5), day_of_ms(rows_int(rows, 1)));
        if (str_is(act, "climb") || str_is(act, "remind")) {
            assert_true(workday(world->city, rows_int(rows, 5)));
            assert_true(str_eq(rows_text(rows, 3), rows_text(rows, 4)));
        }
        before = rows_int(rows, 0);
        at = rows_int(rows, 1);
        arena_reset(arena);
        stage = arena_str(arena, rows_text(rows, 4));
    }
    assert_true(rows_end(rows, &error));
    arena_free(arena);
}

static void findings_are_failed_items_of_their_visit(void **state)
{
    struct demo_world *world = *state;
    assert_int_equal(demo_world_number(world, "select count(*) from case_file f left join case_answers a on "
                                              "a.case_file = f.parent where f.kind = 'rectification' and (a.answers is "
                                              "null or a.answers not like '%' || substr(f.item, length(a.checklist) + "
                                              "2) || '=no%')"),
                     0);
    if (has_kinds(world)) {
        assert_true(demo_world_number(world, "select count(*) from case_file where kind = 'rectification'") > 30);
    }
    assert_int_equal(demo_world_number(world, "select count(*) from case_file f where f.kind = 'visit' and f.stage = "
                                              "'visited' and not exists (select 1 from case_answers a where "
                                              "a.case_file = f.id)"),
                     0);
}

static void an_inspector_can_sign_in(void **state)
{
    struct demo_world *world = *state;
    assert_int_equal(demo_world_number(world, "select count(*) from account a where a.demo = 1 and exists (select 1 "
                                              "from charge_fact c where c.staff = a.staff and c.replaced_by is null)"),
                     1);
    assert_int_equal(demo_world_number(world, "select count(*) from account where demo = 1 and roles = 1024"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_visit_a_month_and_school), cmocka_unit_test(rows_are_what_the_steps_add_up_to),
        cmocka_unit_test(steps_follow_each_other),      cmocka_unit_test(findings_are_failed_items_of_their_visit),
        cmocka_unit_test(an_inspector_can_sign_in),
    };
    return cmocka_run_group_tests_name("demo-supervision", tests, start, demo_world_drop);
}
