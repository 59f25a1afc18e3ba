/* Messages about cases: who is told of a step, once; an address is proved first; the morning's mail; subscriptions of
 * the public. On the kinds of the demo city's folder. */
#include "registry/small_city.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "casework/notice.h"
#include "connect/connect.h"
#include "connect/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNTY STR("371502")
enum { MOST = 200 };

static struct city_world world;
static struct city *city;
static const char *folder;
static int64_t school, other_school, clerk, other_clerk, county, far_county, inspector, deputy;
static struct str township;

static void run(const char *name, bool (*command)(struct writing *, void *, struct error *), void *input)
{
    if (!writer_call(store_fixture_writer(world.f), name, command, input, &world.error)) {
        print_error("%s: %s\n", name, world.error.message);
        fail();
    }
}

/* ---- The world: a school with its clerk, its inspector, its county; another school; another county ---- */

struct person {
    struct new_account account;
    int64_t *id;
};

static bool people_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    const struct person people[] = {
        { { .login = STR("clerk"), .name = STR("甲（测试）"), .roles = ROLE_SCHOOL_CLERK, .institution = school },
          &clerk },
        { { .login = STR("clerk2"),
            .name = STR("乙（测试）"),
            .roles = ROLE_SCHOOL_CLERK,
            .institution = other_school },
          &other_clerk },
        { { .login = STR("county"), .name = STR("丙（测试）"), .roles = ROLE_COUNTY_OFFICER, .scope = COUNTY },
          &county },
        { { .login = STR("deputy"), .name = STR("己（测试）"), .roles = ROLE_COUNTY_OFFICER, .scope = COUNTY },
          &deputy },
        { { .login = STR("far"), .name = STR("丁（测试）"), .roles = ROLE_COUNTY_OFFICER, .scope = STR("371521") },
          &far_county },
        { { .login = STR("inspector"),
            .name = STR("戊（测试）"),
            .roles = ROLE_INSPECTOR,
            .scope = COUNTY,
            .staff = STR("D1") },
          &inspector },
    };
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        if (!account_add(writing, &people[i].account, people[i].id, error)) {
            return false;
        }
    }
    int64_t change;
    struct fact fact = city_fact(KIND_CHARGE, STR("CH0"), COUNTY, day_of(2022, 9, 1));
    bool changed;
    fact.institution = school;
    city_text(KIND_CHARGE, &fact, "kind", STR("inspector"));
    city_text(KIND_CHARGE, &fact, "staff", STR("D1"));
    return change_made(writing, NULL, STR("charge"), COUNTY, 0, STR(""), STR(""), &change, error) &&
           facts_record(writing, &KIND_LIST[KIND_CHARGE], &fact, change, &changed, error);
}

static int start(void **state)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&city, folder, mistakes, &world.error)) {
        print_error("%s\n", world.error.message);
        return -1;
    }
    city_mistakes_free(mistakes);
    if (city_world_start(&world, 5, day_of(2026, 3, 2)) != 0) {
        return -1;
    }
    store_fixture_stop_writer(world.f);
    store_fixture_migrate(world.f, accounts_migrations, accounts_migrations_count);
    store_fixture_migrate(world.f, connect_migrations, connect_migrations_count);
    store_fixture_migrate(world.f, casework_migrations, casework_migrations_count);
    struct rows *rows =
        db_query(world.db, &world.error,
                 "select id, division from institution where division like '371502%' order by id limit 2");
    if (rows_next(rows)) {
        school = rows_int(rows, 0);
        township = rows_text_in(rows, 1, world.f->arena);
    }
    other_school = rows_next(rows) ? rows_int(rows, 0) : 0;
    if (!rows_end(rows, &world.error) || !other_school ||
        !writer_call(store_fixture_writer(world.f), "people", people_run, NULL, &world.error)) {
        print_error("%s\n", world.error.message);
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

/* ---- Small parts ---- */

static size_t messages(int64_t account, struct outbox_row **rows)
{
    size_t n = 0;
    struct outbox_ask ask = { .account = account,
                              .scope = STR(""),
                              .state = OUTBOX_STATES,
                              .channel = OUTBOX_CHANNELS,
                              .about = STR(""),
                              .subjects = true,
                              .most = MOST };
    assert_true(outbox_list(world.db, world.f->arena, world.f->vault, &ask, rows, &n, &world.error));
    return n;
}

static size_t count_of(int64_t account)
{
    struct outbox_row *rows;
    return messages(account, &rows);
}

static bool set_way(int64_t account, const char *address, bool digest, bool known)
{
    struct outbox_way_set set = {
        .account = account,
        .role = "test",
        .way = { .channel = OUTBOX_MAIL, .address = str_of(address), .digest = digest, .lang = LANG_EN },
        .known = known
    };
    run("way", outbox_way_set_run, &set);
    return !set.soon;
}

static bool confirm(int64_t account, struct str code)
{
    struct outbox_way_confirm it = { .account = account, .role = "test", .channel = OUTBOX_MAIL, .code = code };
    run("confirm", outbox_way_confirm_run, &it);
    return it.good;
}

static bool confirmed(int64_t account)
{
    struct outbox_way ways[OUTBOX_CHANNELS];
    size_t n = 0;
    assert_true(outbox_ways(world.db, world.f->arena, world.f->vault, account, ways, &n, &world.error));
    return n == 1 && ways[0].confirmed_at > 0;
}

static bool follow_run(struct writing *writing, void *input, struct error *error)
{
    bool more = true;
    (void)input;
    while (more) {
        if (!notice_follow(writing, city, 7, &more, error)) {
            return false;
        }
    }
    return true;
}

static void follow(void)
{
    bool waits = true;
    run("follow", follow_run, NULL);
    assert_true(notice_waits(world.db, &waits, &world.error));
    assert_false(waits);
}

static bool digests_run(struct writing *writing, void *input, struct error *error)
{
    bool more = true;
    (void)input;
    while (more) {
        if (!notice_digests(writing, city, 1, &more, error)) {
            return false;
        }
    }
    return true;
}

/* The clock shows this hour of the day. */
static void show(int64_t day, int hour)
{
    clock_shift(0);
    clock_shift(day_start_ms(day) + hour * INT64_C(3600000) - clock_ms());
}

static int64_t open_finding(void)
{
    struct case_input values[] = { { STR("severity"), STR("usual") }, { STR("found"), STR("通道堆物") } };
    struct case_open open = { .city = city,
                              .kind = city_case(city, STR("rectification")),
                              .who = { .account = inspector,
                                       .role = "inspector",
                                       .desks = DESK_INSPECTOR,
                                       .scope = COUNTY,
                                       .staff = STR("D1") },
                              .division = township,
                              .institution = school,
                              .subject = STR(""),
                              .title = STR("消防通道"),
                              .values = values,
                              .nvalues = 2,
                              .note = STR("") };
    run("open", case_open_run, &open);
    assert_int_equal(open.result, CASE_DONE);
    return open.id;
}

static bool tick_run(struct writing *writing, void *input, struct error *error)
{
    bool more = true;
    (void)input;
    while (more) {
        if (!case_tick(writing, city, day_of_ms(writing->now), 100, &more, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Tests ---- */

static void addresses_are_read_strictly(void **state)
{
    (void)state;
    static const char *const good[] = { "a@b.cn", " z.y+x@mail.example.org ", "a_b@x-y.example" };
    static const char *const bad[] = { "",          "a",       "@b.cn",    "a@",
                                       "a@b",       "a@@b.cn", "a b@c.cn", "a@b.cn\r\nRCPT TO:<x@y.cn>",
                                       "<a@b.cn>",  "a@b..cn", ".a@b.cn",  "a@.cn",
                                       "\"a\"@b.cn" };
    struct str address;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(outbox_address(OUTBOX_MAIL, str_of(good[i]), &address));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(outbox_address(OUTBOX_MAIL, str_of(bad[i]), &address));
    }
    assert_true(outbox_address(OUTBOX_SMS, STR("13800000001"), &address));
    assert_false(outbox_address(OUTBOX_SMS, STR("23800000001"), &address));
    assert_false(outbox_address(OUTBOX_SMS, STR("1380000000a"), &address));
}

static void an_address_is_proved_first(void **state)
{
    struct outbox_row *rows;
    (void)state;
    show(day_of(2026, 3, 2), 9);
    assert_true(set_way(other_clerk, "clerk2@example.org", false, false));
    assert_false(confirmed(other_clerk));
    assert_int_equal(messages(other_clerk, &rows), 1);
    struct str code = str_part(rows[0].subject, rows[0].subject.n - 6, 6);
    assert_false(set_way(other_clerk, "clerk2@example.org", false, false)); /* too soon */
    for (int i = 0; i < OUTBOX_CODE_TRIES; i++) {
        assert_false(confirm(other_clerk, str_eq(code, STR("000000")) ? STR("000001") : STR("000000")));
    }
    assert_false(confirm(other_clerk, code)); /* tried too often */
    show(day_of(2026, 3, 2), 10);
    assert_true(set_way(other_clerk, "clerk2@example.org", false, false));
    assert_int_equal(messages(other_clerk, &rows), 2);
    code = str_part(rows[0].subject, rows[0].subject.n - 6, 6);
    show(day_of(2026, 3, 2), 11); /* too old */
    assert_false(confirm(other_clerk, code));
    assert_true(set_way(other_clerk, "clerk2@example.org", false, false));
    assert_int_equal(messages(other_clerk, &rows), 3);
    assert_true(confirm(other_clerk, str_part(rows[0].subject, rows[0].subject.n - 6, 6)));
    assert_true(confirmed(other_clerk));
    assert_string_equal(rows[0].to.p, "c***@example.org");
    /* The same address with another wish needs no code; another address does. */
    assert_true(set_way(other_clerk, "clerk2@example.org", true, false));
    assert_true(confirmed(other_clerk));
    show(day_of(2026, 3, 2), 12);
    assert_true(set_way(other_clerk, "clerk3@example.org", true, false));
    assert_false(confirmed(other_clerk));
    assert_true(set_way(other_clerk, "", false, false));
    struct outbox_way ways[OUTBOX_CHANNELS];
    size_t n = 9;
    assert_true(outbox_ways(world.db, world.f->arena, world.f->vault, other_clerk, ways, &n, &world.error));
    assert_int_equal(n, 0);
}

static void a_step_is_told_once_to_whom_it_concerns(void **state)
{
    struct outbox_row *rows;
    (void)state;
    show(day_of(2026, 3, 3), 9);
    run("follow", follow_run, NULL); /* the first time: what there is counts as told */
    assert_true(set_way(clerk, "clerk@example.org", false, true));
    assert_true(set_way(county, "county@example.org", false, true));
    assert_true(set_way(far_county, "far@example.org", false, true));
    assert_true(set_way(inspector, "inspector@example.org", false, true));
    int64_t id = open_finding();
    follow();
    follow();
    assert_int_equal(messages(clerk, &rows), 1);
    assert_non_null(strstr(rows[0].subject.p, "消防通道"));
    assert_int_equal(rows[0].about_id, id);
    assert_int_equal(count_of(inspector), 0); /* it opened it */
    assert_int_equal(count_of(county), 0);
    /* Who watches hears of it, but only who may see it. */
    for (int i = 0; i < 2; i++) {
        struct case_common_do watch = { .city = city,
                                        .who = { .account = i ? far_county : county,
                                                 .role = "county_officer",
                                                 .desks = DESK_COUNTY,
                                                 .scope = i ? STR("371521") : COUNTY },
                                        .id = id,
                                        .what = CASE_WATCH,
                                        .note = STR("") };
        run("watch", case_common_run, &watch);
        assert_int_equal(watch.result, i ? CASE_NOT_YOURS : CASE_DONE);
    }
    struct case_common_do remark = { .city = city,
                                     .who = { .account = clerk,
                                              .role = "school_clerk",
                                              .desks = DESK_SCHOOL,
                                              .scope = township,
                                              .institution = school },
                                     .id = id,
                                     .what = CASE_REMARK,
                                     .note = STR("已通知物业") };
    run("remark", case_common_run, &remark);
    assert_int_equal(remark.result, CASE_DONE);
    follow();
    assert_int_equal(count_of(clerk), 1); /* its own remark */
    assert_int_equal(count_of(county), 1);
    assert_int_equal(count_of(far_county), 0);
    /* Nobody mends it: reminders to the school, the climb to the county as well. */
    size_t before = count_of(clerk), county_before = count_of(county);
    show(day_of(2026, 5, 20), 9);
    run("tick", tick_run, NULL);
    follow();
    assert_true(count_of(clerk) > before);
    assert_true(count_of(county) > county_before);
    assert_int_equal(count_of(far_county), 0);
    size_t n = messages(clerk, &rows);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            assert_false(str_eq(rows[i].key, rows[k].key));
        }
    }
}

static void a_digest_comes_once_a_morning(void **state)
{
    struct outbox_row *rows;
    (void)state;
    show(day_of(2026, 5, 20), 10);
    assert_true(set_way(clerk, "clerk@example.org", true, true));
    size_t before = count_of(clerk);
    (void)open_finding();
    follow();
    assert_int_equal(count_of(clerk), before); /* it waits */
    show(day_of(2026, 5, 21), NOTICE_DIGEST_HOUR - 1);
    run("digests", digests_run, NULL); /* the day before is done, the new one not yet begun */
    size_t early = count_of(clerk);
    assert_true(early <= before + 1);
    show(day_of(2026, 5, 21), NOTICE_DIGEST_HOUR);
    run("digests", digests_run, NULL);
    run("digests", digests_run, NULL);
    assert_int_equal(messages(clerk, &rows), early + 1);
    assert_non_null(strstr(rows[0].subject.p, "2026-05-21"));
    show(day_of(2026, 5, 22), NOTICE_DIGEST_HOUR);
    run("digests", digests_run, NULL);
    assert_int_equal(count_of(clerk), early + 2); /* what lies on the desk */
    assert_int_equal(messages(clerk, &rows), early + 2);
    assert_non_null(strstr(rows[0].subject.p, " 0 new"));
    /* An account with nothing on its desk is left in peace. */
    assert_true(set_way(far_county, "far@example.org", true, true));
    run("digests", digests_run, NULL);
    assert_int_equal(count_of(far_county), 0);
}

struct telling {
    struct str topic, what;
};

static bool tell_run(struct writing *writing, void *input, struct error *error)
{
    struct telling *telling = input;
    struct name text = { STR("新进展"), STR("news") };
    return outbox_tell_public(writing, telling->topic, telling->what, text, text, STR("/public/case/X"), COUNTY, error);
}

static int64_t all_messages(void)
{
    int64_t n = 0;
    assert_true(db_one_int(world.db, &world.error, &n, NULL, "select count(*) from outbox_message"));
    return n;
}

static void the_public_hears_what_it_asked_for(void **state)
{
    (void)state;
    show(day_of(2026, 6, 1), 9);
    struct outbox_subscribe ask = { .role = "",
                                    .topic = STR("case:7"),
                                    .title = STR("新建小学"),
                                    .division = COUNTY,
                                    .address = STR("someone@example.org"),
                                    .lang = LANG_EN };
    struct telling telling = { STR("case:7"), STR("case_step:1") };
    int64_t before = all_messages();
    run("ask", outbox_subscribe_run, &ask);
    assert_false(ask.again);
    run("ask", outbox_subscribe_run, &ask);
    assert_true(ask.again);
    assert_int_equal(all_messages(), before + 1);
    run("tell", tell_run, &telling);
    assert_int_equal(all_messages(), before + 1); /* not confirmed */
    struct str sealed = STR(""), token = STR("");
    assert_true(db_one_blob(world.db, &world.error, world.f->arena, &sealed, NULL,
                            "select token_sealed from outbox_subscription"));
    assert_true(vault_unseal(world.f->vault, world.f->arena, "subscription.token", sealed, &token, &world.error));
    struct outbox_subscription_end end = { .token = STR("0123456789012345678901234567890123456789"), .yes = true };
    run("end", outbox_subscription_run, &end);
    assert_false(end.found);
    end.token = token;
    run("end", outbox_subscription_run, &end);
    assert_true(end.found);
    run("tell", tell_run, &telling);
    run("tell", tell_run, &telling);
    assert_int_equal(all_messages(), before + 2); /* once */
    end.yes = false;
    run("end", outbox_subscription_run, &end);
    telling.what = STR("case_step:2");
    run("tell", tell_run, &telling);
    assert_int_equal(all_messages(), before + 2);
    /* A stranger's mailbox cannot be filled. */
    for (int i = 0; i < 20; i++) {
        ask.topic = arena_printf(world.f->arena, "case:%d", 100 + i);
        run("ask", outbox_subscribe_run, &ask);
    }
    assert_true(all_messages() < before + 8);
}

static struct case_who officer_of(int64_t account)
{
    return (struct case_who){
        .account = account, .role = "county_officer", .desks = DESK_COUNTY | DESK_OPENER, .scope = COUNTY
    };
}

static bool on_desk(int64_t account, int64_t id, int64_t day)
{
    struct case_who who = officer_of(account);
    struct case_row row;
    bool found = false, mine = false;
    assert_true(case_one(world.db, world.f->arena, city, id, &row, &found, &world.error) && found);
    assert_true(case_is_mine(world.db, &who, &row, day, &mine, &world.error));
    return mine;
}

static bool give_run(struct writing *writing, void *input, struct error *error)
{
    return db_run(writing->db, error, "update case_file set desk = ?2, holder = ?3 where id = ?1",
                  V_INT(*(int64_t *)input), V_INT(DESK_COUNTY), V_INT(county));
}

static enum case_result stand_in(struct case_who who, int64_t by, int64_t from, int64_t until, const char *reason)
{
    struct case_stand_in input = {
        .who = who, .account = county, .by_account = by, .from_day = from, .until_day = until, .reason = str_of(reason)
    };
    run("stand in", case_stand_in_run, &input);
    return input.result;
}

struct handing {
    struct case_who who;
    int64_t moved;
};

static bool hand_over_run(struct writing *writing, void *input, struct error *error)
{
    struct handing *handing = input;
    return case_hand_over_all(writing, city, &handing->who, county, deputy, STR("调离"), &handing->moved, error);
}

static void a_colleague_stands_in(void **state)
{
    (void)state;
    int64_t today = day_of(2026, 6, 2), id = open_finding();
    show(today, 9);
    run("give", give_run, &id);
    assert_true(on_desk(county, id, today));
    assert_false(on_desk(deputy, id, today));
    assert_int_equal(stand_in(officer_of(county), clerk, today, today + 5, "病假"), CASE_NOT_YOURS);
    assert_int_equal(stand_in(officer_of(county), county, today, today + 5, "病假"), CASE_NOT_YOURS);
    assert_int_equal(stand_in(officer_of(county), deputy, today, today + 5, " "), CASE_NEEDS_NOTE);
    assert_int_equal(stand_in(officer_of(county), deputy, today, today, "病假"), CASE_BAD_VALUE);
    assert_int_equal(stand_in(officer_of(county), deputy, today, today + 5, "病假"), CASE_DONE);
    assert_true(on_desk(deputy, id, today) && on_desk(deputy, id, today + 4) && on_desk(county, id, today));
    assert_false(on_desk(deputy, id, today - 1) || on_desk(deputy, id, today + 5));
    struct case_stand_in_row *rows;
    size_t n = 0;
    assert_true(case_stand_ins(world.db, world.f->arena, deputy, today, &rows, &n, &world.error));
    assert_true(n == 1 && rows[0].account == county);
    struct case_stand_in_end end = { .who = { .account = clerk, .role = "school_clerk", .scope = township },
                                     .id = rows[0].id };
    run("end", case_stand_in_end_run, &end);
    assert_false(end.done);
    end.who = officer_of(deputy);
    run("end", case_stand_in_end_run, &end);
    assert_true(end.done);
    assert_false(on_desk(deputy, id, today));
    /* Who leaves hands over all that they hold. */
    struct handing handing = { .who = officer_of(county) };
    run("hand over", hand_over_run, &handing);
    assert_int_equal(handing.moved, 1);
    assert_true(on_desk(deputy, id, today));
    assert_false(on_desk(county, id, today));
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : "cities/liaocheng";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_strictly),
        cmocka_unit_test(an_address_is_proved_first),
        cmocka_unit_test(a_step_is_told_once_to_whom_it_concerns),
        cmocka_unit_test(a_digest_comes_once_a_morning),
        cmocka_unit_test(the_public_hears_what_it_asked_for),
        cmocka_unit_test(a_colleague_stands_in),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
