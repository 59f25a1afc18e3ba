/* casework: a confidential case opens for those alone whom it names, with their passphrase; nothing of it stands in the
 * database in clear; who comes later gets what was said before, who goes loses it; what was moved or changed does not
 * open; every opening and every wrong passphrase leaves a row. */
#include "registry/small_city.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "casework/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { COUNSELLOR, OFFICER, DIRECTOR, STRANGER, PERSONS };
#define SECRET "她说晚上不敢回家"
#define LATER "已联系家长和医生"

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t school, accounts[PERSONS];
static struct str township;
static struct person_key keys[PERSONS];
static const char *const passphrases[PERSONS] = { "one long sentence", "two long sentences", "three long ones",
                                                  "four" };

static bool add_accounts(struct writing *writing, void *input, struct error *error)
{
    static const struct {
        unsigned roles;
        const char *scope;
        bool at_school;
    } who[PERSONS] = { { ROLE_SCHOOL_CLERK, "", true },
                       { ROLE_COUNTY_OFFICER, "371502", false },
                       { ROLE_CITY, "3715", false },
                       { ROLE_COUNTY_OFFICER, "371521", false } };
    (void)input;
    for (size_t i = 0; i < PERSONS; i++) {
        struct new_account account = { .login = arena_printf(writing->arena, "p%zu", i),
                                       .name = arena_printf(writing->arena, "人员%zu", i),
                                       .roles = who[i].roles,
                                       .scope = str_of(who[i].scope),
                                       .institution = who[i].at_school ? school : 0 };
        if (!account_add(writing, &account, &accounts[i], error)) {
            return false;
        }
    }
    return true;
}

static struct case_who as(size_t person)
{
    static const unsigned desks[PERSONS] = { DESK_SCHOOL, DESK_COUNTY, DESK_CITY, DESK_COUNTY };
    static const char *const scopes[PERSONS] = { "371502", "371502", "3715", "371521" };
    return (struct case_who){ .account = accounts[person],
                              .role = "test",
                              .desks = desks[person] | DESK_OPENER,
                              .scope = str_of(scopes[person]),
                              .institution = person == COUNSELLOR ? school : 0 };
}

static void command(bool (*run)(struct writing *, void *, struct error *), void *input)
{
    if (!writer_call(store_fixture_writer(world.f), "test", run, input, &world.error)) {
        print_error("%s\n", world.error.message);
        fail();
    }
}

static void keep_key(size_t person, bool anew)
{
    struct person_key_keep keep = { .who = as(person), .key = keys[person], .anew = anew };
    command(person_key_keep_run, &keep);
}

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
    store_fixture_migrate(world.f, accounts_migrations, accounts_migrations_count);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct rows *rows = db_query(
        world.db, &error, "select id, division from institution where division like '371502%' order by id limit 1");
    if (rows_next(rows)) {
        school = rows_int(rows, 0);
        township = rows_text_in(rows, 1, world.f->arena);
    }
    if (!rows_end(rows, &error)) {
        return -1;
    }
    command(add_accounts, NULL);
    for (size_t i = 0; i < PERSONS; i++) {
        if (!person_key_make(str_of(passphrases[i]), &keys[i], &error)) {
            return -1;
        }
    }
    *state = &world;
    return 0;
}

static int finish(void **state)
{
    city_free(city);
    return city_world_finish(state);
}

static enum case_result open_case(const int64_t *named, size_t n, int64_t *id)
{
    struct case_input values[] = { { STR("child"), STR("示例同学，二年级") },
                                   { STR("worry"), STR("home") },
                                   { STR("seen"), STR(SECRET) } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("referral")),
                              .who = as(COUNSELLOR),
                              .division = township,
                              .institution = school,
                              .values = values,
                              .nvalues = 3,
                              .named = named,
                              .nnamed = n };
    command(case_open_run, &open);
    *id = open.id;
    return open.result;
}

static enum case_result act(int64_t id, size_t person, const char *name, const char *field, const char *value)
{
    struct case_input values[] = { { str_of(field), str_of(value) } };
    struct case_do input = {
        .city = city, .who = as(person), .id = id, .act = str_of(name), .values = values, .nvalues = 1
    };
    command(case_do_run, &input);
    return input.result;
}

/* How many parts the person opens; those that say `text` in *says. */
static size_t opens(int64_t id, size_t person, const char *text, size_t *says, size_t *sealed)
{
    struct sealed_said *said;
    unsigned char secret[SM2_SECRET];
    struct person_key key;
    bool right = false, found = false;
    size_t n, opened = 0;
    assert_true(person_key_of(world.db, accounts[person], &key, &found, &world.error) && found);
    assert_true(case_sealed_read(world.db, world.f->arena, id, accounts[person], &said, &n, &world.error));
    assert_true(person_key_secret(&key, str_of(passphrases[person]), secret, &right, &world.error) && right);
    assert_true(case_unseal(world.f->arena, id, &key, secret, said, n, &world.error));
    *says = 0;
    for (size_t i = 0; i < n; i++) {
        opened += said[i].opened;
        *says += said[i].opened && str_is(said[i].text, text);
    }
    *sealed = n;
    return opened;
}

static bool sees(int64_t id, size_t person)
{
    struct case_row row;
    struct case_who who = as(person);
    bool found = false, is = false;
    assert_true(case_one(world.db, world.f->arena, city, id, &row, &found, &world.error) && found);
    assert_true(case_sees(world.db, &who, &row, &is, &world.error));
    return is;
}

/* No column of any row of casework or of the journal has these words. */
static void stands_nowhere(const char *words)
{
    static const char *const columns[] = {
        "select title || subject || severity || item from case_file",
        "select note from case_step",
        "select value from case_value",
        "select content from case_sealed",
        "select detail from journal",
        "select wrapped from case_sealed_key",
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct rows *rows = db_query(world.db, &world.error, columns[i]);
        while (rows_next(rows)) {
            struct str text = i == 3 || i == 5 ? rows_blob(rows, 0) : rows_text(rows, 0);
            assert_null(memmem(text.p, text.n, words, strlen(words)));
        }
        assert_true(rows_end(rows, &world.error));
    }
}

static void only_the_named_open_it(void **state)
{
    int64_t id, none, named[] = { accounts[OFFICER], accounts[COUNSELLOR] };
    size_t says, sealed;
    (void)state;
    assert_int_equal(open_case(named, 2, &none), CASE_NEEDS_NAMED); /* nobody has a key yet */
    keep_key(OFFICER, false);
    assert_int_equal(open_case(named, 2, &none), CASE_NEEDS_NAMED);
    assert_int_equal(open_case(named, 0, &none), CASE_NEEDS_NAMED);
    keep_key(COUNSELLOR, false);
    keep_key(STRANGER, false);
    int64_t beyond[] = { accounts[STRANGER] };
    assert_int_equal(open_case(beyond, 1, &none), CASE_NEEDS_NAMED); /* of another county */
    assert_int_equal(open_case(named, 1, &id), CASE_DONE);

    assert_true(sees(id, OFFICER));
    assert_false(sees(id, COUNSELLOR)); /* opened it, and is not named */
    assert_false(sees(id, DIRECTOR));
    assert_false(sees(id, STRANGER));
    assert_int_equal(opens(id, OFFICER, SECRET, &says, &sealed), 3);
    assert_int_equal(says, 1);
    assert_int_equal(opens(id, COUNSELLOR, SECRET, &says, &sealed), 0);
    assert_int_equal(sealed, 0);
    stands_nowhere(SECRET);
    stands_nowhere("示例同学");

    unsigned char secret[SM2_SECRET];
    bool right = true;
    assert_true(person_key_secret(&keys[OFFICER], STR("another sentence"), secret, &right, &world.error));
    assert_false(right);
    struct case_opened opened = { .city = city, .who = as(OFFICER), .id = id, .reason = "wrong" };
    command(case_opened_run, &opened);
    opened.who = as(DIRECTOR);
    command(case_opened_run, &opened);
    assert_false(opened.seen);
    struct case_opening *rows;
    size_t n;
    int64_t wrong;
    assert_true(case_openings(world.db, world.f->arena, id, &rows, &n, &world.error));
    assert_int_equal(n, 1);
    assert_true(case_wrong_tries(world.db, accounts[OFFICER], clock_ms(), &wrong, &world.error));
    assert_int_equal(wrong, 1);
}

static void name_person(int64_t id, size_t by, size_t other, enum case_result expected)
{
    struct sealed_said *said;
    struct sealed_key *sealed = NULL;
    unsigned char secret[SM2_SECRET];
    bool right = false;
    size_t n, nkeys = 0;
    assert_true(case_sealed_read(world.db, world.f->arena, id, accounts[by], &said, &n, &world.error));
    assert_true(person_key_secret(&keys[by], str_of(passphrases[by]), secret, &right, &world.error) && right);
    assert_true(case_keys_for(world.f->arena, said, n, &keys[by], secret, keys[other].public_key, &sealed, &nkeys,
                              &world.error));
    struct case_name name = {
        .city = city, .who = as(by), .id = id, .account = accounts[other], .keys = sealed, .nkeys = nkeys
    };
    command(case_name_run, &name);
    assert_int_equal(name.result, expected);
}

static enum case_result change(int64_t id, size_t by, size_t other, int what)
{
    struct case_name name = { .city = city, .who = as(by), .id = id, .account = accounts[other], .what = what };
    command(case_name_run, &name);
    return name.result;
}

static void who_comes_and_who_goes(void **state)
{
    int64_t id, named[] = { accounts[OFFICER] };
    size_t says, sealed;
    (void)state;
    keep_key(DIRECTOR, false);
    assert_int_equal(open_case(named, 1, &id), CASE_DONE);
    assert_int_equal(act(id, DIRECTOR, "talked", "talk", LATER), CASE_NOT_YOURS);
    assert_int_equal(act(id, OFFICER, "talked", "talk", LATER), CASE_DONE);
    stands_nowhere(LATER);
    name_person(id, DIRECTOR, DIRECTOR, CASE_NOT_YOURS);
    name_person(id, OFFICER, STRANGER, CASE_NOT_YOURS);
    name_person(id, OFFICER, DIRECTOR, CASE_DONE);
    assert_true(sees(id, DIRECTOR));
    assert_int_equal(opens(id, DIRECTOR, SECRET, &says, &sealed), 4);
    assert_int_equal(says, 1);
    assert_int_equal(act(id, DIRECTOR, "followed", "help", "每周一次"), CASE_DONE);
    assert_int_equal(opens(id, OFFICER, "每周一次", &says, &sealed), 5);

    assert_int_equal(change(id, DIRECTOR, OFFICER, NAME_OFF), CASE_NOT_YOURS); /* not the holder */
    assert_int_equal(change(id, OFFICER, OFFICER, NAME_OFF), CASE_NOT_NOW);    /* the holder stays */
    assert_int_equal(change(id, DIRECTOR, DIRECTOR, NAME_PASS_ON), CASE_NOT_YOURS);
    assert_int_equal(change(id, OFFICER, STRANGER, NAME_PASS_ON), CASE_NOT_YOURS); /* is not named */
    assert_int_equal(change(id, OFFICER, DIRECTOR, NAME_PASS_ON), CASE_DONE);
    assert_int_equal(change(id, OFFICER, DIRECTOR, NAME_OFF), CASE_NOT_YOURS);
    assert_int_equal(change(id, DIRECTOR, OFFICER, NAME_PASS_ON), CASE_DONE);
    assert_int_equal(change(id, OFFICER, DIRECTOR, NAME_OFF), CASE_DONE);
    assert_false(sees(id, DIRECTOR));
    assert_int_equal(opens(id, DIRECTOR, SECRET, &says, &sealed), 0);
    assert_int_equal(act(id, OFFICER, "done", "outcome", "已稳定"), CASE_DONE);
    assert_int_equal(opens(id, OFFICER, "已稳定", &says, &sealed), 6);
}

static bool swap_run(struct writing *writing, void *input, struct error *error)
{
    const int64_t *id = input;
    return db_run(writing->db, error,
                  "update case_sealed set content = (select o.content from case_sealed o where o.case_file = ?1 and "
                  "o.part = 'child') where case_file = ?1 and part = 'seen'",
                  V_INT(*id));
}

static void what_was_moved_does_not_open(void **state)
{
    int64_t id, named[] = { accounts[OFFICER] };
    size_t says, sealed;
    (void)state;
    assert_int_equal(open_case(named, 1, &id), CASE_DONE);
    command(swap_run, &id);
    assert_int_equal(opens(id, OFFICER, SECRET, &says, &sealed), 2);
    assert_int_equal(sealed, 3);
}

/* Another passphrase for the same key keeps what was sealed; another key does not. */
static void a_new_key_is_another(void **state)
{
    int64_t id, named[] = { accounts[OFFICER] };
    unsigned char secret[SM2_SECRET];
    bool right = false;
    size_t says, sealed;
    (void)state;
    assert_int_equal(open_case(named, 1, &id), CASE_DONE);
    assert_true(person_key_secret(&keys[OFFICER], str_of(passphrases[OFFICER]), secret, &right, &world.error) && right);
    assert_true(person_key_wrap(&keys[OFFICER], secret, str_of(passphrases[OFFICER]), &world.error));
    keep_key(OFFICER, false);
    assert_int_equal(opens(id, OFFICER, SECRET, &says, &sealed), 3);
    assert_true(person_key_make(str_of(passphrases[OFFICER]), &keys[OFFICER], &world.error));
    keep_key(OFFICER, true);
    assert_int_equal(opens(id, OFFICER, SECRET, &says, &sealed), 0);
    assert_int_equal(act(id, OFFICER, "talked", "talk", LATER), CASE_DONE); /* what comes now is for the new key */
    assert_int_equal(opens(id, OFFICER, LATER, &says, &sealed), 1);
    assert_int_equal(says, 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_named_open_it),
        cmocka_unit_test(who_comes_and_who_goes),
        cmocka_unit_test(what_was_moved_does_not_open),
        cmocka_unit_test(a_new_key_is_another),
    };
    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, start, finish);
}
