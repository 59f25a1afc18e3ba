/* casework: answers under a problem of the board (one for each school, the enterprise chooses, the problem follows, the
 * others end); an appeal is decided by nobody who decided before; one at a time for each application. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "casework/casework.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FIRM = 500, TWO_SCHOOLS = 2, OFFICER = 300, OTHER = 301, PARENT = 700 };

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t schools[3];

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
    struct rows *rows =
        db_query(world.db, &error, "select id from institution where division like '371502%' order by id limit 3");
    for (int i = 0; rows_next(rows); i++) {
        schools[i] = rows_int(rows, 0);
    }
    *state = &world;
    return rows_end(rows, &error) ? 0 : -1;
}

static int finish(void **state)
{
    city_free(city);
    return city_world_finish(state);
}

static struct case_who firm(void)
{
    return (struct case_who){ .account = FIRM,
                              .role = "enterprise",
                              .desks = DESK_ENTERPRISE | DESK_OPENER,
                              .scope = STR("371502"),
                              .institution = schools[0] };
}

static struct case_who college(size_t i)
{
    return (struct case_who){ .account = 100 + (int64_t)i,
                              .role = "school_clerk",
                              .desks = DESK_SCHOOL | DESK_VOCATIONAL | DESK_OPENER,
                              .scope = STR("371502"),
                              .institution = schools[i] };
}

static struct case_who at(unsigned desk, int64_t account, const char *scope)
{
    return (struct case_who){ .account = account, .role = "officer", .desks = desk, .scope = str_of(scope) };
}

static enum case_result opened(const char *kind, struct case_who who, const char *const *values, size_t n,
                               int64_t parent, const char *subject, const int64_t *barred, size_t nbarred, int64_t *id)
{
    struct case_input inputs[8];
    for (size_t i = 0; i < n; i++) {
        inputs[i] = (struct case_input){ str_of(values[2 * i]), str_of(values[2 * i + 1]) };
    }
    struct case_open open = { .city = city,
                              .kind = city_case(city, str_of(kind)),
                              .who = who,
                              .division = STR("371502"),
                              .institution = who.institution,
                              .subject = str_of(subject),
                              .title = STR("t"),
                              .values = inputs,
                              .nvalues = n,
                              .parent = parent,
                              .barred = barred,
                              .nbarred = nbarred };
    assert_true(writer_call(store_fixture_writer(world.f), "open", case_open_run, &open, &world.error));
    *id = open.id;
    return open.result;
}

static enum case_result act(int64_t id, struct case_who who, const char *name, const char *field, const char *value)
{
    struct case_input values[] = { { str_of(field), str_of(value) } };
    struct case_do input = {
        .city = city, .who = who, .id = id, .act = str_of(name), .values = values, .nvalues = 1, .note = STR("why")
    };
    assert_true(writer_call(store_fixture_writer(world.f), "act", case_do_run, &input, &world.error));
    return input.result;
}

static struct case_row row_of(int64_t id)
{
    struct case_row row;
    bool found = false;
    assert_true(case_one(world.db, world.f->arena, city, id, &row, &found, &world.error));
    assert_true(found);
    return row;
}

static const char *const problem[] = { "problem", "装配线对中不准", "offers", "设备和场地", "until", "2026-12-31" };
static const char *const bid[] = { "plan", "视觉对中", "team", "两名教师", "ready", "2026-11-30" };

static int64_t count_mine(struct case_who who, const char *kind)
{
    struct case_ask ask = {
        .city = city, .who = &who, .mine = true, .kind = str_of(kind), .today = day_of(2026, 3, 3)
    };
    int64_t n = -1;
    assert_true(case_count(world.db, &ask, &n, &world.error));
    return n;
}

static void the_enterprise_chooses(void **state)
{
    int64_t above, bids[TWO_SCHOOLS], none;
    (void)state;
    assert_int_equal(opened("problem", firm(), problem, 3, 0, "", NULL, 0, &above), CASE_DONE);
    /* Not before it is published; not under nothing; not by who is no college. */
    assert_int_equal(opened("bid", college(1), bid, 3, above, "", NULL, 0, &none), CASE_NOT_NOW);
    assert_int_equal(act(above, at(DESK_CITY, 900, "3715"), "publish", "", ""), CASE_DONE);
    assert_int_equal(opened("bid", college(1), bid, 3, 0, "", NULL, 0, &none), CASE_NOT_YOURS);
    assert_int_equal(opened("bid", at(DESK_COUNTY, OFFICER, "371502"), bid, 3, above, "", NULL, 0, &none),
                     CASE_NOT_YOURS);
    for (size_t i = 0; i < TWO_SCHOOLS; i++) {
        assert_int_equal(opened("bid", college(1 + i), bid, 3, above, "", NULL, 0, &bids[i]), CASE_DONE);
    }
    assert_int_equal(opened("bid", college(1), bid, 3, above, "", NULL, 0, &none), CASE_HAS_ONE);

    /* They lie on the enterprise's desk; the colleges do not see each other's, and choose nothing. */
    assert_int_equal(row_of(bids[0]).institution, schools[0]);
    assert_int_equal(count_mine(firm(), "bid"), TWO_SCHOOLS);
    assert_int_equal(count_mine(college(1), "bid"), 0);
    struct case_row theirs = row_of(bids[1]);
    struct case_who one = college(1);
    bool sees = true;
    assert_true(case_sees(world.db, &one, &theirs, &sees, &world.error));
    assert_false(sees);
    assert_int_equal(act(bids[0], college(1), "choose", "chosen", "因为我们"), CASE_NOT_YOURS);
    assert_int_equal(act(bids[0], college(2), "withdraw", "", ""), CASE_NOT_YOURS);
    assert_int_equal(act(bids[0], firm(), "choose", "", ""), CASE_BAD_VALUE);
    assert_string_equal(arena_cstr(world.f->arena, row_of(above).stage_id), "bids");

    /* The problem cannot be withdrawn over open answers, nor an answer be chosen while it stands still. */
    assert_int_equal(act(above, firm(), "none", "", ""), CASE_CHILDREN_OPEN);
    struct case_common_do stop = {
        .city = city, .who = at(DESK_CITY, 900, "3715"), .id = above, .what = CASE_PAUSE, .note = STR("等")
    };
    assert_true(writer_call(store_fixture_writer(world.f), "pause", case_common_run, &stop, &world.error));
    assert_int_equal(stop.result, CASE_DONE);
    assert_int_equal(act(bids[0], firm(), "choose", "chosen", "方案最稳妥"), CASE_NOT_NOW);
    stop.what = CASE_RESUME;
    assert_true(writer_call(store_fixture_writer(world.f), "resume", case_common_run, &stop, &world.error));
    assert_int_equal(act(bids[0], firm(), "choose", "chosen", "方案最稳妥"), CASE_DONE);
    assert_string_equal(arena_cstr(world.f->arena, row_of(bids[0]).stage_id), "won");
    assert_string_equal(arena_cstr(world.f->arena, row_of(bids[1]).stage_id), "lost");
    assert_true(row_of(bids[1]).failed && row_of(bids[1]).closed_at);
    struct case_row row = row_of(above);
    struct str values[CASE_FIELDS_MAX];
    assert_string_equal(arena_cstr(world.f->arena, row.stage_id), "work");
    assert_true(case_values(world.db, world.f->arena, &row, values, &world.error));
    assert_true(str_is(values[case_field(row.kind, STR("chosen"))], "方案最稳妥"));
    assert_int_equal(opened("bid", college(2), bid, 3, above, "", NULL, 0, &none), CASE_NOT_NOW);
}

static void somebody_else_decides(void **state)
{
    static const char *const appeal[] = { "against", "review", "grounds", "材料是齐的" };
    static const int64_t decided[] = { OFFICER };
    struct case_who family = { .account = PARENT, .role = "family", .desks = DESK_FAMILY | DESK_OPENER };
    struct case_who officer = at(DESK_COUNTY, OFFICER, "371502");
    const struct case_act *acts[CASE_ACTS_MAX], *barred[CASE_ACTS_MAX];
    size_t nacts, nbarred;
    int64_t id, second;
    (void)state;
    assert_int_equal(opened("appeal", family, appeal, 2, 0, "77", decided, 1, &id), CASE_DONE);
    assert_int_equal(opened("appeal", family, appeal, 2, 0, "77", decided, 1, &second), CASE_HAS_ONE);
    assert_int_equal(opened("appeal", family, appeal, 2, 0, "78", decided, 1, &second), CASE_DONE);
    struct case_row row = row_of(id);
    assert_true(case_acts(world.db, &officer, &row, acts, &nacts, barred, &nbarred, &world.error));
    assert_int_equal(nacts, 0);
    assert_int_equal(nbarred, 2);
    assert_int_equal(act(id, officer, "refused", "outcome", "维持"), CASE_SAME_PERSON);
    struct case_common_do take = { .city = city, .who = officer, .id = id, .what = CASE_TAKE };
    assert_true(writer_call(store_fixture_writer(world.f), "take", case_common_run, &take, &world.error));
    assert_int_equal(take.result, CASE_SAME_PERSON);
    assert_int_equal(act(id, family, "refused", "outcome", "维持"), CASE_NOT_YOURS);
    assert_int_equal(act(id, at(DESK_COUNTY, OTHER, "371502"), "refused", "outcome", "核对无误，维持"), CASE_DONE);
    assert_true(row_of(id).failed);
    assert_int_equal(act(second, family, "withdrawn", "", ""), CASE_DONE);
    assert_int_equal(opened("appeal", family, appeal, 2, 0, "77", decided, 1, &second), CASE_DONE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_enterprise_chooses),
                                        cmocka_unit_test(somebody_else_decides) };
    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, start, finish);
}
