/* accounts: passwords, sign-in names, and the one place that decides who may see what. */
#include "support/store_fixture.h"

#include "accounts/accounts.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_password_matches_itself_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct error error;
    struct str one, two;
    assert_true(accounts_password_hash(arena, STR("correct horse 电池"), &one, &error));
    assert_true(accounts_password_hash(arena, STR("correct horse 电池"), &two, &error));
    assert_false(str_eq(one, two)); /* salted */
    assert_true(str_starts(one, STR("$argon2id$")));
    assert_true(accounts_password_matches(arena, one, STR("correct horse 电池")));
    assert_false(accounts_password_matches(arena, one, STR("correct horse 电")));
    assert_false(accounts_password_matches(arena, STR(""), STR("")));
    assert_false(accounts_password_matches(arena, STR("$argon2id$broken"), STR("x")));
    arena_free(arena);
}

struct adding {
    struct new_account account;
    int64_t id;
};

static bool adding_run(struct writing *writing, void *input, struct error *error)
{
    struct adding *adding = input;
    return account_add(writing, &adding->account, &adding->id, error);
}

static void an_account_is_found_by_its_name_and_sealed(void **state)
{
    (void)state;
    struct store_fixture *f = store_fixture_new();
    struct error error;
    store_fixture_migrate(f, accounts_migrations, accounts_migrations_count);
    struct writer *writer = store_fixture_writer(f);
    struct adding adding = { .account = { .login = STR("13000000001"),
                                          .name = STR("王演示"),
                                          .citizen = STR("99999920200101001X"),
                                          .roles = ROLE_FAMILY } };
    assert_true(writer_call(writer, "add", adding_run, &adding, &error));
    assert_false(writer_call(writer, "add", adding_run, &adding, &error)); /* the name is taken */
    struct db *db;
    struct account account;
    bool found;
    assert_true(db_open(&db, f->store, DB_READ, &error));
    assert_true(account_by_login(db, f->arena, f->vault, STR("13000000001"), &account, &found, &error));
    assert_true(found && str_is(account.name, "王演示") && account.roles == ROLE_FAMILY);
    assert_true(str_is(account.citizen, "99999920200101001X"));
    assert_true(account_by_login(db, f->arena, f->vault, STR("13000000002"), &account, &found, &error));
    assert_false(found);
    int64_t plain;
    assert_true(db_one_int(db, &error, &plain, NULL, "select count(*) from account where name_sealed = ?1",
                           V_BLOB(STR("王演示"))));
    assert_int_equal(plain, 0);
    db_close(db);
    store_fixture_free(f);
}

/* Roles × subjects. */
static void scope_is_a_prefix(void **state)
{
    (void)state;
    const struct route staff = { .roles = ROLE_SCHOOL | ROLE_COUNTY | ROLE_CITY | ROLE_FAMILY };
    const struct route open = { .roles = WEB_PUBLIC };
    struct session family = { .account = 5, .roles = ROLE_FAMILY };
    struct session clerk = { .account = 6, .roles = ROLE_SCHOOL_CLERK, .institution = 40 };
    struct session county = { .account = 7, .roles = ROLE_COUNTY_OFFICER, .scope = "371502" };
    struct session city = { .account = 8, .roles = ROLE_CITY, .scope = "3715" };
    struct session operator= { .account = 9, .roles = ROLE_OPERATOR, .scope = "3715" };
    struct session nowhere = { .account = 10, .roles = ROLE_COUNTY_OFFICER, .scope = "" };
    struct subject mine = { STR("371502001"), 40, 5 }, other = { STR("371526001"), 41, 77 }, nobody = { 0 };
    struct subject near = { STR("37150"), 0, 0 };
    assert_true(accounts_allowed(NULL, &family, &staff, &mine));
    assert_false(accounts_allowed(NULL, &family, &staff, &other));
    assert_true(accounts_allowed(NULL, &clerk, &staff, &mine));
    assert_false(accounts_allowed(NULL, &clerk, &staff, &other));
    assert_true(accounts_allowed(NULL, &county, &staff, &mine));
    assert_false(accounts_allowed(NULL, &county, &staff, &other));
    assert_false(accounts_allowed(NULL, &county, &staff, &near)); /* a shorter code lies above, not within */
    assert_true(accounts_allowed(NULL, &city, &staff, &mine));
    assert_true(accounts_allowed(NULL, &city, &staff, &other));
    assert_false(accounts_allowed(NULL, &operator, & staff, &mine));
    assert_false(accounts_allowed(NULL, &nowhere, &staff, &mine)); /* no scope sees nobody */
    assert_false(accounts_allowed(NULL, NULL, &staff, &mine));
    assert_true(accounts_allowed(NULL, NULL, &open, &other));
    assert_true(accounts_allowed(NULL, &clerk, &staff, &nobody));
    /* A role that the route does not name opens nothing, even with scope. */
    const struct route families = { .roles = ROLE_FAMILY };
    assert_false(accounts_allowed(NULL, &city, &families, &mine));
}

static void roles_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < accounts_roles_count; i++) {
        assert_int_equal(accounts_role_of(str_of(accounts_roles[i].name)), accounts_roles[i].bit);
        assert_string_not_equal(accounts_home(accounts_roles[i].bit), "/");
    }
    assert_int_equal(accounts_role_of(STR("root")), 0);
    assert_string_equal(accounts_role_name(ROLE_FAMILY | ROLE_CITY, ROLE_STAFF), "city");
}

static bool session_run(struct writing *writing, void *input, struct error *error)
{
    const int64_t *begun = input;
    return db_run(
        writing->db, error,
        "insert into session (token_hash, account, created_at, seen_at, expires_at) values (?1, 1, ?2, ?2, ?2)",
        V_BLOB(STR("a token")), V_INT(*begun));
}

struct setting_clock {
    int64_t to, shift;
};

static bool setting_clock_run(struct writing *writing, void *input, struct error *error)
{
    struct setting_clock *set = input;
    return demo_clock_set(writing, set->to, &set->shift, error);
}

/* Another process moves the clock: this one follows, forward only, and sessions move along. */
static void the_demo_clock_is_followed_forward(void **state)
{
    (void)state;
    enum { DAY = 86400 * 1000 };
    struct store_fixture *f = store_fixture_new();
    struct error error;
    store_fixture_migrate(f, accounts_migrations, accounts_migrations_count);
    struct writer *writer = store_fixture_writer(f);
    struct db *db;
    bool moved;
    int64_t expires;
    assert_true(db_open(&db, f->store, DB_READ, &error));
    clock_shift(0);
    assert_true(demo_clock_follow(db, f->arena, &moved, &error)); /* nobody has set it yet */
    assert_false(moved);
    struct adding adding = { .account = { .login = STR("13000000001"), .name = STR("王演示"), .roles = ROLE_FAMILY } };
    assert_true(writer_call(writer, "add", adding_run, &adding, &error));
    int64_t begun = clock_wall_ms();
    assert_true(writer_call(writer, "session", session_run, &begun, &error));
    struct setting_clock set = { .to = clock_wall_ms() + 3 * DAY };
    assert_true(writer_call(writer, "clock", setting_clock_run, &set, &error));
    assert_true(set.shift > 3 * DAY - 60000 && set.shift <= 3 * DAY);
    assert_true(llabs(clock_ms() - clock_wall_ms()) < 60000); /* this process does not know it yet */
    assert_true(demo_clock_follow(db, f->arena, &moved, &error));
    assert_true(moved && llabs(clock_ms() - clock_wall_ms() - set.shift) < 60000);
    assert_true(demo_clock_follow(db, f->arena, &moved, &error));
    assert_false(moved);
    assert_true(db_one_int(db, &error, &expires, NULL, "select expires_at from session"));
    assert_int_equal(expires, begun + set.shift);
    int64_t there = set.shift;
    set.to = clock_wall_ms() + DAY; /* back: it stays */
    assert_true(writer_call(writer, "clock", setting_clock_run, &set, &error));
    assert_int_equal(set.shift, there);
    assert_false(clock_advance(there - 1));
    assert_true(db_one_int(db, &error, &expires, NULL, "select expires_at from session"));
    assert_int_equal(expires, begun + there);
    clock_shift(0);
    db_close(db);
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_clock_is_followed_forward),
        cmocka_unit_test(a_password_matches_itself_alone),
        cmocka_unit_test(an_account_is_found_by_its_name_and_sealed),
        cmocka_unit_test(scope_is_a_prefix),
        cmocka_unit_test(roles_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
