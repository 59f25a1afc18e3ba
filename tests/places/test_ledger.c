/* The ledger of places and claims: every change is balanced, every imbalance is refused or found. */
#include "round_fixture.h"

#include "base/clock.h"

#include <string.h>

static struct shire *draft(void)
{
    return shire_new("371502", STAGE_PRIMARY, 2, 2, 0);
}

static struct claim_step step_of(struct shire *s, int64_t subject)
{
    return (struct claim_step){ .actor = { 1, "family" }, .offer = s->offers[0], .subject = subject };
}

static enum claim_result does(struct shire *s, bool (*run)(struct writing *, void *, struct error *), int64_t subject)
{
    struct claim_step step = step_of(s, subject);
    step.sort = arena_printf(s->arena, "%06lld", (long long)subject);
    shire_run(s, run, &step);
    shire_sound(s);
    return step.result;
}

static struct ledger_balances balances(struct shire *s)
{
    struct error error = { { 0 } };
    struct ledger_balances out;
    assert_true(ledger_balances(s->db, s->offers[0], &out, &error));
    return out;
}

static void the_life_of_a_claim(void **state)
{
    (void)state;
    struct shire *s = draft();
    assert_int_equal(CLAIM_NONE, does(s, claim_confirm_run, 11));
    assert_int_equal(CLAIM_DONE, does(s, claim_hold_run, 11));
    assert_int_equal(CLAIM_ALREADY, does(s, claim_hold_run, 11));
    assert_int_equal(CLAIM_DONE, does(s, claim_hold_run, 12));
    assert_int_equal(CLAIM_FULL, does(s, claim_hold_run, 13));
    assert_int_equal(CLAIM_DONE, does(s, claim_wait_run, 13));
    assert_int_equal(CLAIM_NOT_HELD, does(s, claim_confirm_run, 13));
    assert_int_equal(CLAIM_DONE, does(s, claim_wait_run, 14));
    assert_int_equal(CLAIM_DONE, does(s, claim_cancel_run, 14));
    assert_int_equal(CLAIM_ALREADY, does(s, claim_cancel_run, 14));
    assert_int_equal(CLAIM_DONE, does(s, claim_confirm_run, 11));
    assert_int_equal(CLAIM_ALREADY, does(s, claim_confirm_run, 11));
    struct ledger_balances b = balances(s);
    assert_int_equal(-2, b.places[BUCKET_PLAN]);
    assert_int_equal(0, b.places[BUCKET_FREE]);
    assert_int_equal(1, b.places[BUCKET_HELD]);
    assert_int_equal(1, b.places[BUCKET_TAKEN]);
    assert_int_equal(1, b.places[BUCKET_WAITING]);
    assert_int_equal(-1, b.places[BUCKET_DEMAND]);
    /* 12 declines: 13 is next and holds at once */
    struct claim_step decline = step_of(s, 12);
    shire_run(s, claim_decline_run, &decline);
    assert_true(decline.result == CLAIM_DONE && decline.promoted == 13);
    assert_int_equal(CLAIM_GONE, does(s, claim_confirm_run, 12));
    assert_int_equal(CLAIM_DONE, does(s, claim_confirm_run, 13));
    assert_int_equal(CLAIM_DONE, does(s, claim_return_run, 13));
    assert_int_equal(CLAIM_DONE, does(s, claim_hold_run, 12));
    struct claim_step nowhere = { .actor = { 1, "family" }, .offer = 4711, .subject = 1 };
    shire_run(s, claim_hold_run, &nowhere);
    assert_int_equal(CLAIM_NO_OFFER, nowhere.result);
    shire_free(s);
}

static void a_key_is_used_once(void **state)
{
    (void)state;
    struct shire *s = draft();
    struct claim_step hold = step_of(s, 11);
    hold.form_key = STR("a key of a form");
    shire_run(s, claim_hold_run, &hold);
    assert_true(hold.result == CLAIM_DONE && !hold.repeated);
    assert_int_equal(CLAIM_DONE, does(s, claim_decline_run, 11));
    shire_run(s, claim_hold_run, &hold);
    assert_true(hold.result == CLAIM_DONE && hold.repeated);
    assert_int_equal(2, balances(s).places[BUCKET_FREE]);
    shire_free(s);
}

static void holds_expire_in_batches(void **state)
{
    (void)state;
    struct shire *s = draft();
    int64_t now = clock_ms();
    for (int64_t subject = 1; subject <= 2; subject++) {
        struct claim_step hold = step_of(s, subject);
        hold.answer_by = now + 1000;
        shire_run(s, claim_hold_run, &hold);
    }
    for (int64_t subject = 3; subject <= 5; subject++) {
        struct claim_step wait = step_of(s, subject);
        wait.sort = arena_printf(s->arena, "%03lld", (long long)(9 - subject));
        wait.answer_by = subject == 5 ? now + 2000 : 0; /* the first in the list; its own time will be over */
        shire_run(s, claim_wait_run, &wait);
    }
    struct claim_expire expire = { .most = 1 };
    shire_run(s, claim_expire_run, &expire);
    assert_int_equal(0, expire.expired);
    shire_clock(now + 5000);
    struct claim_step late = step_of(s, 1);
    shire_run(s, claim_confirm_run, &late);
    assert_int_equal(CLAIM_TOO_LATE, late.result);
    shire_run(s, claim_expire_run, &expire);
    assert_true(expire.expired == 1 && expire.more);
    shire_run(s, claim_expire_run, &expire);
    shire_run(s, claim_expire_run, &expire);
    assert_true(expire.expired == 0 && !expire.more);
    assert_int_equal(2, shire_int(s, "select count(*) from claim where state = 'held' and subject in (3, 4)"));
    assert_int_equal(1, shire_int(s, "select count(*) from claim where state = 'returned' and subject = 5"));
    shire_sound(s);
    shire_free(s);
}

/* ---- What the check before the commit refuses ---- */

static bool cheat_run(struct writing *writing, void *input, struct error *error)
{
    const int64_t *cheat = input; /* kind, offer */
    int64_t id = 0;
    switch (cheat[0]) {
    case 0: { /* a place out of nothing */
        struct ledger_move move = { cheat[1], BUCKET_FREE, BUCKET_HELD, 1, "hold", 5 };
        return ledger_moves(writing, &move, 1, error);
    }
    case 1: { /* more than there is */
        struct claim_change changes[3] = { { cheat[1], 1, NULL, "held", 0, STR(""), STR("hold") },
                                           { cheat[1], 2, NULL, "held", 0, STR(""), STR("hold") },
                                           { cheat[1], 3, NULL, "held", 0, STR(""), STR("hold") } };
        return claim_change(writing, changes, 3, error);
    }
    case 2: /* a claim without its entry */
        return writing_id(writing, "select coalesce(max(id), 0) from claim", &id, error) &&
               db_run(writing->db, error,
                      "insert into claim (id, offer, subject, state, at) values (?1, ?2, 9, 'taken', ?3)", V_INT(id),
                      V_INT(cheat[1]), V_INT(writing->now));
    default: { /* the plan grows beside the offer */
        struct ledger_move move = { cheat[1], BUCKET_PLAN, BUCKET_FREE, 1, "plan", 0 };
        return ledger_moves(writing, &move, 1, error);
    }
    }
}

static void an_imbalance_is_not_committed(void **state)
{
    (void)state;
    struct shire *s = draft();
    for (int64_t kind = 0; kind < 4; kind++) {
        struct error error = { { 0 } };
        int64_t cheat[2] = { kind, s->offers[0] };
        assert_false(shire_try(s, cheat_run, cheat, &error));
        assert_non_null(strstr(error.message, "ledger"));
        shire_sound(s);
    }
    assert_int_equal(CLAIM_DONE, does(s, claim_hold_run, 1));
    shire_free(s);
}

/* ---- What the recount finds ---- */

static void a_change_behind_the_program_is_found(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "update ledger_balance set places = places + 1 where bucket = 'free'",
        "update ledger_entry set places = places + 1 where source = 'free'",
        "update claim set state = 'taken' where subject = 1",
        "update offer set capacity = capacity + 1 where id = (select min(id) from offer)",
        "delete from claim where subject = 1",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct shire *s = draft();
        struct error error = { { 0 } };
        struct ledger_report report;
        assert_int_equal(CLAIM_DONE, does(s, claim_hold_run, 1));
        shire_clock(clock_ms() + 1000); /* what was written in this very moment would be looked at by the commit */
        shire_sql(s, changes[i]);
        assert_true(ledger_verify(s->db, &report, &error));
        assert_false(report.whole);
        assert_true(report.findings > 0 && report.finding[0]);
        shire_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_life_of_a_claim),
        cmocka_unit_test(a_key_is_used_once),
        cmocka_unit_test(holds_expire_in_batches),
        cmocka_unit_test(an_imbalance_is_not_committed),
        cmocka_unit_test(a_change_behind_the_program_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
