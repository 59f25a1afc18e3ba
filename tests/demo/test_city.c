/* A small demo city, built once, and what must be true of it: every reason is there, nobody applied twice, the
 * departments know everybody, rounds stand where their calendars say, sums and chains hold; and it is the same city
 * each time. */
#include "demo/demo.h"

#include "base/clock.h"
#include "connect/connect.h"
#include "demo_fixture.h"
#include "places/citizen.h"
#include "places/judge.h"
#include "places/ledger.h"
#include "places/places.h"
#include "store/journal.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct demo_world *world;
static struct demo_report first;

static int build_once(void **state)
{
    *state = world = demo_world_shared(false, &first);
    return world ? 0 : -1;
}

static int64_t number(const char *sql)
{
    return demo_world_number(world, sql);
}

static void test_report(void **state)
{
    (void)state;
    assert_false(first.was_there);
    assert_int_equal(first.children, 1140);
    assert_int_equal(first.communities, number("select count(*) from community"));
    assert_int_equal(first.schools, number("select count(*) from institution where listed = 1 and "
                                           "(kind like '2%' or kind like '31%' or kind like '34%')"));
    assert_int_equal(first.applications, number("select count(*) from application where state = 'submitted'"));
    /* Ninety-seven in a hundred have applied. */
    assert_in_range(first.applications * 1000 / first.children, 950, 985);
    char digest[65];
    struct error error = { "" };
    assert_true(demo_digest(world->db, digest, &error));
    assert_string_equal(digest, first.digest);
}

/* The same on every machine and engine. A change that is meant to change the city raises DEMO_VERSION. */
static void test_digest(void **state)
{
    (void)state;
    assert_string_equal(first.digest, "9d3b9e6e66e87ea559e86640f2c97d9ac316fae465228c2f7136187cf109451a");
}

static void test_one_child_one_application(void **state)
{
    (void)state;
    assert_int_equal(
        number("select count(*) from (select child from application group by child having count(*) > 1) t"), 0);
    assert_int_equal(number("select count(*) from application where state = 'submitted' and receipt is null"), 0);
    assert_true(number("select count(*) from application where state = 'draft'") > 0);
    assert_true(number("select count(*) from application where twin is not null") > 0);
    assert_true(number("select count(*) from application where sibling_school is not null") > 0);
}

/* Reasons that a machine gives stand with a check, those that a person gives with a review. */
static void test_every_reason(void **state)
{
    (void)state;
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        struct error error = { "" };
        int64_t of_checks = 0, of_reviews = 0;
        struct str id = str_of(judge_reason_id((enum judge_reason)reason));
        assert_true(
            db_one_int(world->db, &error, &of_checks, NULL, "select count(*) from fact where reason = ?1", V_TEXT(id)));
        assert_true(db_one_int(world->db, &error, &of_reviews, NULL,
                               "select count(*) from review where ' ' || reasons || ' ' like '% ' || ?1 || ' %'",
                               V_TEXT(id)));
        if (of_checks + of_reviews == 0) {
            fail_msg("no application shows the reason %.*s", STR_ARG(id));
        }
    }
    assert_true(number("select count(*) from fact where state = 'silent'") > 0);
    assert_true(number("select count(*) from fact where state = 'person'") > 0);
    assert_true(number("select count(*) from fact where kind = 'dwelling_lock'") > 0);
    assert_int_equal(number("select count(*) from fact where state = 'queued'"), 0);
    assert_int_equal(number("select count(*) from ask where state in ('queued', 'sent')"), 0);
    /* Nothing was asked that no application needs. */
    assert_int_equal(number("select count(*) from ask k where not exists (select 1 from fact f where f.request = "
                            "k.number)"),
                     0);
}

static void test_reviews(void **state)
{
    (void)state;
    int64_t submitted = number("select count(*) from application where state = 'submitted'");
    int64_t waiting = number("select count(*) from application where review = 'waiting'");
    assert_in_range(waiting * 1000 / submitted, 5, 80);
    assert_true(number("select count(*) from application where review = 'correction'") > 0);
    assert_true(number("select count(*) from application where review = 'refused'") > 0);
    assert_true(number("select count(*) from paper") > 0);
    assert_int_equal(number("select count(*) from paper where size < 500"), 0);
}

static void test_rounds(void **state)
{
    (void)state;
    assert_int_equal(number("select count(*) from round"), 22);
    assert_int_equal(number("select count(*) from round where state = 'published' and division = '371526'"), 2);
    assert_int_equal(number("select count(*) from round where state = 'open'"), 20);
    /* Every witness has committed. */
    assert_int_equal(number("select count(*) from witness where commitment is null"), 0);
    assert_int_equal(number("select count(*) from witness w join round r on r.id = w.round where r.state = 'open' and "
                            "w.secret is not null"),
                     0);
    /* Everybody on the list has an outcome; all are placed, for there is a place for each. */
    assert_int_equal(number("select count(*) from application a join round r on r.id = a.round where r.state = "
                            "'published' and a.state = 'submitted' and a.review <> 'refused' and not exists (select 1 "
                            "from outcome o where o.application = a.id)"),
                     0);
    assert_true(number("select count(*) from outcome where how = 'choice'") > 0);
    assert_int_equal(number("select count(*) from outcome where how = 'unplaced'"), 0);
}

static void test_places_for_all(void **state)
{
    (void)state;
    assert_int_equal(
        number("select count(*) from round r where (select cast(sum(o.capacity) as bigint) from offer o where "
               "o.round = r.id and o.kind = 'public') < (select count(*) from application a where "
               "a.round = r.id)"),
        0);
}

static void test_sums_and_chains(void **state)
{
    (void)state;
    struct error error = { "" };
    struct ledger_report ledger;
    struct journal_report journal;
    assert_true(ledger_verify(world->db, &ledger, &error));
    if (!ledger.whole) {
        fail_msg("%s", ledger.finding);
    }
    assert_true(journal_verify(world->store, world->vault, &journal, &error));
    if (journal.first_bad || journal.finding[0]) {
        fail_msg("%s", journal.finding);
    }
    assert_true(journal.rows > 1000);
}

/* The departments have each child who applied and each guardian on file. */
static void test_departments_know_everybody(void **state)
{
    (void)state;
    sqlite3 *file = NULL;
    sqlite3_stmt *query = NULL;
    struct str path = arena_printf(world->arena, "%s/authority.db", world->data);
    assert_int_equal(sqlite3_open_v2(path.p, &file, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(file, "select count(*) from record where kind = ?1 and citizen = ?2", -1, &query, NULL),
        SQLITE_OK);
    struct error error = { "" };
    struct arena *arena = arena_new(0);
    struct rows *rows =
        db_query(world->db, &error, "select c.citizen_sealed from child c join application a on a.child = c.id");
    static const char *const KINDS[] = { "household", "birth", "guardianship" };
    size_t n = 0;
    while (rows_next(rows)) {
        struct str citizen;
        assert_true(vault_unseal(world->vault, arena, "child.citizen", rows_blob(rows, 0), &citizen, &error));
        struct citizen read;
        assert_int_equal(citizen_read(arena, citizen, &read), CITIZEN_GOOD);
        assert_true(str_starts(citizen, STR("9999"))); /* a division that was never issued */
        for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
            sqlite3_reset(query);
            sqlite3_bind_text(query, 1, KINDS[i], -1, SQLITE_STATIC);
            sqlite3_bind_text(query, 2, citizen.p, (int)citizen.n, SQLITE_STATIC);
            assert_int_equal(sqlite3_step(query), SQLITE_ROW);
            assert_int_equal(sqlite3_column_int(query, 0), 1);
        }
        arena_reset(arena);
        n++;
    }
    assert_true(rows_end(rows, &error));
    assert_true(n > 1000);
    arena_free(arena);
    sqlite3_finalize(query);
    sqlite3_close(file);
}

static void test_accounts(void **state)
{
    (void)state;
    struct error error = { "" };
    struct account *accounts;
    size_t n;
    unsigned roles = 0;
    assert_true(demo_accounts(world->db, world->arena, world->vault, &accounts, &n, &error));
    for (size_t i = 0; i < n; i++) {
        roles |= accounts[i].roles;
        assert_true(accounts[i].demo_note.zh.n > 0 && accounts[i].demo_note.en.n > 0);
    }
    assert_int_equal(roles, ROLE_STAFF | ROLE_FAMILY | ROLE_WITNESS);
    /* In every county that is open, one family for each stage has yet to apply; one child is too young. */
    assert_true(number("select count(*) from account u where u.demo = 1 and u.roles = 1 and not exists (select 1 from "
                       "application a where a.account = u.id)") >= 21);
    assert_int_equal(number("select count(*) from account where password is not null"), 2);
    struct str path = arena_printf(world->arena, "%s/demo-accounts.txt", world->data);
    assert_int_equal(access(path.p, R_OK), 0);
}

static void test_clock(void **state)
{
    (void)state;
    int64_t day = day_of_ms(first.now);
    assert_in_range((day + 4) % 7, 1, 5);
    assert_int_equal(number("select count(*) from round where state = 'open' and (opens_at > "
                            "(select cast(value as bigint) from setting where name = 'demo_clock') or closes_at < "
                            "(select cast(value as bigint) from setting where name = 'demo_clock'))"),
                     0);
    int64_t shift = number("select cast(value as bigint) from setting where name = 'clock_shift'");
    clock_shift(shift);
    assert_true(llabs(clock_ms() - first.now) < 600000);
    clock_shift(0);
}

/* Done again: nothing. Cut off: begun again, to the same city. Another seed: refused, what is there stays. */
static void test_again(void **state)
{
    (void)state;
    struct error error = { "" };
    struct demo_report again;
    demo_world_close(world);
    assert_true(demo_world_build(world, 1, &again, &error));
    assert_true(again.was_there);
    assert_string_equal(again.digest, first.digest);
    assert_int_equal(again.schools, first.schools);
    assert_false(demo_world_build(world, 2, &again, &error));
    assert_non_null(strstr(error.message, "another demo city"));

    demo_world_interrupt(world);
    if (!demo_world_build(world, 1, &again, &error)) {
        fail_msg("%s", error.message);
    }
    assert_false(again.was_there);
    assert_string_equal(again.digest, first.digest);
    assert_true(demo_world_open(world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_one_child_one_application),
        cmocka_unit_test(test_every_reason),
        cmocka_unit_test(test_reviews),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_places_for_all),
        cmocka_unit_test(test_sums_and_chains),
        cmocka_unit_test(test_departments_know_everybody),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_again),
    };
    return cmocka_run_group_tests(tests, build_once, demo_world_drop);
}
