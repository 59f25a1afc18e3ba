/* The round from draft to ended: every step, every refusal, what each fixes, and who finds what was changed. */
#include "round_fixture.h"

#include "base/clock.h"
#include "base/hex.h"
#include "places/sample.h"
#include "store/fault.h"

#include <stdio.h>

static struct shire *small(void)
{
    return shire_new("371502", STAGE_PRIMARY, 4, 20, 90);
}

/* In every state, every step but the next is refused and changes nothing. */
static void no_step_can_be_skipped_or_taken_twice(void **state)
{
    (void)state;
    struct shire *s = small();
    for (;;) {
        struct round row = shire_round(s, s->round);
        struct round_next next = round_next(&row);
        if (row.state == ROUND_PUBLISHED) {
            break;
        }
        for (int step = 0; step < ROUND_STEPS; step++) {
            struct round_advance advance;
            if (step == (int)next.step) {
                continue;
            }
            assert_int_equal(ROUND_WRONG_STATE, shire_step(s, s->round, (enum round_step)step, &advance));
            struct name why = round_refusal(s->arena, &advance);
            assert_true(why.zh.n > 0 && why.en.n > 0);
            assert_int_equal(row.state, shire_round(s, s->round).state);
        }
        if (next.from) {
            struct round_advance advance;
            shire_clock(next.from - 60000);
            assert_int_equal(ROUND_TOO_EARLY, shire_step(s, s->round, next.step, &advance));
            assert_true(advance.moment == next.from);
        }
        shire_reach(s, s->round, next.step);
        assert_int_not_equal(row.state, shire_round(s, s->round).state);
        assert_int_equal(1, shire_int(s, arena_printf(s->arena,
                                                      "select count(*) from round_step where round = %lld and step = "
                                                      "'%s'",
                                                      (long long)s->round, round_step_id(next.step))
                                             .p));
    }
    shire_sound(s);
    shire_free(s);
}

static void announcing_late_is_refused(void **state)
{
    (void)state;
    struct shire *s = small();
    struct round row = shire_round(s, s->round);
    shire_clock(row.dates.opens_at + 1000);
    assert_int_equal(ROUND_TOO_LATE, shire_step(s, s->round, STEP_ANNOUNCE, NULL));
    struct round_set_dates set = { .actor = { s->officer, "county_officer" }, .round = s->round, .dates = row.dates };
    set.dates.closes_at = set.dates.opens_at;
    shire_run(s, round_set_dates_run, &set);
    assert_int_equal(ROUND_BAD_DATES, set.result);
    set.dates = row.dates;
    set.dates.opens_at += 3600 * 1000;
    shire_run(s, round_set_dates_run, &set);
    assert_int_equal(ROUND_DONE, set.result);
    shire_go(s, s->round, STEP_ANNOUNCE);
    shire_run(s, round_set_dates_run, &set);
    assert_int_equal(ROUND_NOT_DRAFT, set.result);
    shire_free(s);
}

static void who_allotted_cannot_look(void **state)
{
    (void)state;
    struct shire *s = small();
    shire_reach(s, s->round, STEP_ALLOT);
    struct round_advance advance = {
        .places = s->places, .actor = { s->officer, "county_officer" }, .round = s->round, .step = STEP_LOOK
    };
    shire_run(s, round_advance_run, &advance);
    assert_int_equal(ROUND_SAME_PERSON, advance.result);
    shire_sql(s, "insert into setting (name, value) values ('two_persons', '0')");
    shire_run(s, round_advance_run, &advance);
    assert_int_equal(ROUND_DONE, advance.result);
    shire_free(s);
}

static void a_repeated_form_is_one_step(void **state)
{
    (void)state;
    struct shire *s = small();
    shire_clock(shire_round(s, s->round).dates.opens_at - 1000);
    struct round_advance advance = { .places = s->places,
                                     .actor = { s->officer, "county_officer" },
                                     .form_key = STR("one key of a form"),
                                     .round = s->round,
                                     .step = STEP_ANNOUNCE };
    shire_run(s, round_advance_run, &advance);
    assert_true(advance.result == ROUND_DONE && !advance.repeated);
    shire_run(s, round_advance_run, &advance);
    assert_true(advance.result == ROUND_DONE && advance.repeated);
    shire_free(s);
}

/* ---- The list ---- */

static void list_root(struct shire *s, unsigned char root[SM3_BYTES])
{
    struct error error = { { 0 } };
    struct round_list list;
    struct str text;
    struct transcript_commitment commitment;
    assert_true(round_list_build(s->db, s->places, s->arena, s->round, LIST_STANDING, true, &list, &error));
    assert_true(round_list_text(&list, s->arena, NULL, "", false, &text, &commitment, &error));
    memcpy(root, commitment.root, SM3_BYTES);
}

static void one_leaf_changes_the_root(void **state)
{
    (void)state;
    struct shire *s = small();
    unsigned char before[SM3_BYTES], after[SM3_BYTES];
    shire_reach(s, s->round, STEP_OPEN);
    list_root(s, before);
    list_root(s, after);
    assert_memory_equal(before, after, SM3_BYTES);
    static const char *const changes[] = {
        "update choice set subrank = subrank + 1 where application = 5 and rank = 1",
        "update application set facts = facts + 1024 where id = 6",
        "update application set claim_kind = 'leased' where id = 7",
        "update application set half_family = half_bureau, half_bureau = ticket where id = 8",
        "update application set review = 'refused' where id = 9",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        shire_sql(s, changes[i]);
        list_root(s, after);
        assert_memory_not_equal(before, after, SM3_BYTES);
        memcpy(before, after, SM3_BYTES);
    }
    shire_free(s);
}

static void changes_after_the_close_show(void **state)
{
    (void)state;
    struct shire *s = small();
    shire_reach(s, s->round, STEP_CLOSE);
    struct round closed = shire_round(s, s->round);
    assert_int_equal(90, closed.listed);
    shire_sql(s, "update application set review = 'refused' where id = 3");
    shire_sql(s, "update choice set category = 0, subrank = 0 where application = 4");
    shire_reach(s, s->round, STEP_FINAL);
    struct round final = shire_round(s, s->round);
    assert_int_equal(89, final.listed);
    assert_false(str_eq(closed.root, final.root));
    struct str leaves = shire_text(s, "select detail from journal where action = 'round.leaves'");
    assert_int_equal(2 * 66, leaves.n);
    struct str detail = shire_text(s, "select detail from round_step where step = 'final'");
    assert_non_null(strstr(arena_cstr(s->arena, detail), "added 0 removed 1 changed 1"));
    struct list_difference *differences;
    size_t n;
    assert_true(round_list_compare(s->arena, shire_file(s, s->round, "close"), shire_file(s, s->round, "final"),
                                   &differences, &n));
    assert_int_equal(2, n);
    shire_free(s);
}

static void undecided_must_be_answered_for(void **state)
{
    (void)state;
    struct shire *s = small();
    shire_reach(s, s->round, STEP_CLOSE);
    shire_sql(s, "update application set review = 'waiting' where id in (3, 4, 5)");
    shire_clock(shire_round(s, s->round).dates.objections_until);
    struct round_advance advance;
    assert_int_equal(ROUND_UNDECIDED, shire_step(s, s->round, STEP_FINAL, &advance));
    assert_int_equal(3, advance.count);
    advance.undecided = UNDECIDED_LEAVE_OUT;
    shire_run(s, round_advance_run, &advance);
    assert_int_equal(ROUND_DONE, advance.result);
    assert_int_equal(87, advance.count);
    shire_reach(s, s->round, STEP_PUBLISH);
    struct error error = { { 0 } };
    struct left_out_row *rows;
    size_t n;
    assert_true(left_out_list(s->db, s->arena, s->round, 0, 100, &rows, &n, &error));
    assert_int_equal(3, n);
    assert_true(str_is(rows[0].review, "waiting"));
    assert_int_equal(90, shire_int(s, "select count(*) from message where kind = 'placed'"));
    struct allotment_summary summary;
    assert_true(allotment_summary(s->db, s->arena, s->round, &summary, &error));
    assert_int_equal(87, summary.listed);
    assert_int_equal(3, summary.left_out);
    shire_free(s);
}

static void a_tampered_list_is_found(void **state)
{
    (void)state;
    struct shire *s = small();
    struct round_advance advance;
    shire_reach(s, s->round, STEP_FINAL);
    shire_witnesses(s, s->round, true);
    shire_clock(shire_round(s, s->round).dates.draw_at);
    int64_t before = shire_int(s, "select subrank from choice where application = 7 and rank = 1");
    shire_sql(s, "update choice set subrank = subrank + 1 where application = 7 and rank = 1");
    assert_int_equal(ROUND_TAMPERED, shire_step(s, s->round, STEP_OPEN_SECRETS, &advance));
    assert_non_null(strstr(advance.detail, "1 leaves differ"));
    assert_int_equal(ROUND_FINAL, shire_round(s, s->round).state);
    shire_sql(s, arena_printf(s->arena, "update choice set subrank = %lld where application = 7 and rank = 1",
                              (long long)before)
                     .p);
    shire_go(s, s->round, STEP_OPEN_SECRETS);
    shire_sql(s, "update offer set capacity = capacity + 1, classes = classes + 1 where id = 2 and 1 = 0");
    shire_sql(s, "update application set state = 'withdrawn' where id = 9");
    assert_int_equal(ROUND_TAMPERED, shire_step(s, s->round, STEP_ALLOT, &advance));
    assert_non_null(strstr(advance.detail, "removed"));
    shire_sql(s, "update application set state = 'submitted' where id = 9");
    shire_go(s, s->round, STEP_ALLOT);
    shire_free(s);
}

static void the_closed_file_must_be_the_published_one(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct round_advance advance;
    shire_reach(s, s->round, STEP_CLOSE);
    struct round row = shire_round(s, s->round);
    struct str text = shire_file(s, s->round, "close");
    char *copy = arena_alloc(s->arena, text.n);
    memcpy(copy, text.p, text.n);
    copy[text.n / 2] = copy[text.n / 2] == '1' ? '2' : '1';
    assert_true(round_file_write(s->places, s->arena, row.label, "close", (struct str){ copy, text.n }, &error));
    shire_clock(row.dates.objections_until);
    assert_int_equal(ROUND_TAMPERED, shire_step(s, s->round, STEP_FINAL, &advance));
    assert_true(round_file_write(s->places, s->arena, row.label, "close", text, &error));
    shire_go(s, s->round, STEP_FINAL);
    shire_free(s);
}

/* ---- Plans ---- */

static void plans_change_in_public_and_not_after_final(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    struct offer_change *changes;
    size_t n;
    struct offer_plan plan = { .places = s->places,
                               .actor = { s->officer, "county_officer" },
                               .offer = s->offers[1],
                               .classes = 25,
                               .class_size = 1,
                               .reason = STR("扩一个班") };
    shire_run(s, offer_plan_run, &plan);
    assert_int_equal(OFFER_DONE, plan.result);
    assert_false(plan.published);
    shire_reach(s, s->round, STEP_ANNOUNCE);
    struct str rules = shire_round(s, s->round).rules_hash;
    assert_int_equal(64, rules.n);
    plan.classes = 22;
    plan.reason = STR(" ");
    shire_run(s, offer_plan_run, &plan);
    assert_int_equal(OFFER_NO_REASON, plan.result);
    plan.reason = STR("校舍维修");
    shire_run(s, offer_plan_run, &plan);
    assert_true(plan.result == OFFER_DONE && plan.published);
    assert_false(str_eq(rules, shire_round(s, s->round).rules_hash));
    shire_run(s, offer_plan_run, &plan);
    assert_int_equal(OFFER_UNCHANGED, plan.result);
    assert_true(offer_changes(s->db, s->arena, s->round, true, &changes, &n, &error));
    assert_int_equal(1, n);
    assert_int_equal(22, changes[0].capacity_after);
    assert_true(offer_changes(s->db, s->arena, s->round, false, &changes, &n, &error));
    assert_int_equal(2, n);
    shire_sound(s);
    shire_reach(s, s->round, STEP_FINAL);
    plan.classes = 30;
    shire_run(s, offer_plan_run, &plan);
    assert_int_equal(OFFER_TOO_LATE, plan.result);
    struct offer_row *offers;
    assert_true(offer_list(s->db, s->arena, s->round, &offers, &n, &error));
    assert_int_equal(5, n);
    assert_true(offers[0].first_wishes > 0 && offers[1].capacity == 22 && offers[1].free == 22);
    shire_free(s);
}

/* ---- Witnesses ---- */

static enum witness_result witness_does(struct shire *s, bool opening, const char *id, struct str hex)
{
    struct witness_step step = { .actor = { 80, "witness" }, .round = s->round, .id = str_of(id), .hex = hex };
    shire_run(s, opening ? witness_open_run : witness_commit_run, &step);
    return step.result;
}

static void witnesses_commit_and_open_in_time(void **state)
{
    (void)state;
    struct shire *s = small();
    struct str secret = STR("000102030405060708090a0b0c0d0e0f"), other = STR("ff0102030405060708090a0b0c0d0e0f"), hex;
    assert_true(witness_commitment(s->arena, secret, &hex));
    assert_int_equal(WITNESS_NOT_FOUND, witness_does(s, false, "notary", hex));
    shire_reach(s, s->round, STEP_OPEN);
    assert_int_equal(WITNESS_NOT_FOUND, witness_does(s, false, "nobody", hex));
    assert_int_equal(WITNESS_BAD_HEX, witness_does(s, false, "notary", STR("xyz")));
    assert_int_equal(WITNESS_TOO_EARLY, witness_does(s, true, "notary", secret));
    struct round row = shire_round(s, s->round);
    shire_clock(row.dates.closes_at);
    assert_int_equal(ROUND_NO_WITNESS, shire_step(s, s->round, STEP_CLOSE, NULL));
    assert_int_equal(WITNESS_DONE, witness_does(s, false, "notary", hex));
    assert_int_equal(WITNESS_TWICE, witness_does(s, false, "notary", hex));
    assert_int_equal(WITNESS_DONE, witness_does(s, false, "parents", hex));
    shire_go(s, s->round, STEP_CLOSE);
    assert_int_equal(WITNESS_TOO_LATE, witness_does(s, false, "discipline", hex));
    assert_int_equal(WITNESS_TOO_EARLY, witness_does(s, true, "notary", secret));
    shire_reach(s, s->round, STEP_FINAL);
    shire_clock(row.dates.draw_at);
    assert_int_equal(ROUND_WITNESSES, shire_step(s, s->round, STEP_OPEN_SECRETS, NULL));
    assert_int_equal(WITNESS_NOT_MATCHING, witness_does(s, true, "notary", other));
    assert_int_equal(WITNESS_NO_COMMITMENT, witness_does(s, true, "discipline", secret));
    assert_int_equal(WITNESS_DONE, witness_does(s, true, "notary", secret));
    assert_int_equal(WITNESS_TWICE, witness_does(s, true, "notary", secret));
    /* parents stay away: nobody draws before their time is over; then they are left out, and the transcript says so */
    struct round_advance early;
    assert_int_equal(ROUND_WITNESSES, shire_step(s, s->round, STEP_OPEN_SECRETS, &early));
    assert_true(early.count == 1 && early.moment == row.dates.draw_at + WITNESS_WAIT_MS);
    assert_non_null(strstr(round_refusal(s->arena, &early).en.p, "have not opened"));
    shire_clock(early.moment);
    assert_int_equal(WITNESS_TOO_LATE, witness_does(s, true, "parents", secret));
    shire_go(s, s->round, STEP_OPEN_SECRETS);
    assert_int_equal(WITNESS_TOO_LATE, witness_does(s, true, "parents", secret));
    struct str detail = shire_text(s, "select detail from round_step where step = 'open_secrets'");
    assert_true(str_is(detail, "opened notary; missing parents"));
    shire_go(s, s->round, STEP_ALLOT);
    struct str text = shire_file(s, s->round, "");
    struct transcript_report report;
    assert_true(transcript_verify(text.p, text.n, NULL, &report));
    assert_int_equal(2, report.witnesses);
    assert_int_equal(1, report.opened);
    shire_free(s);
}

/* ---- The result ---- */

static void the_transcript_verifies_and_a_changed_digit_does_not(void **state)
{
    (void)state;
    struct shire *s = small();
    shire_reach(s, s->round, STEP_PUBLISH);
    struct str text = shire_file(s, s->round, "");
    struct transcript_report report;
    assert_true(transcript_verify(text.p, text.n, NULL, &report));
    assert_int_equal(TRANSCRIPT_RESULT, report.stage);
    assert_int_equal(90, report.applicants);
    char *copy = arena_alloc(s->arena, text.n);
    memcpy(copy, text.p, text.n);
    char *place = strstr(copy, "\nplace ");
    assert_non_null(place);
    place[8] = place[8] == '1' ? '2' : '1';
    assert_false(transcript_verify(copy, text.n, NULL, &report));
    assert_true(report.line > 0);
    struct error error = { { 0 } };
    struct allotment_summary summary;
    assert_true(allotment_summary(s->db, s->arena, s->round, &summary, &error));
    assert_int_equal(90, summary.by_choice + summary.by_balance + summary.unplaced);
    assert_int_equal(90, summary.held + summary.unplaced);
    assert_int_equal(90, shire_int(s, "select count(*) from outcome"));
    struct cutoff_row *cutoffs;
    struct admitted_row *admitted;
    size_t n;
    assert_true(cutoff_list(s->db, s->places, s->arena, s->round, false, &cutoffs, &n, &error));
    assert_int_equal(5, n);
    assert_true(admitted_list(s->db, s->arena, s->round, false, &admitted, &n, &error));
    assert_true(n > 0);
    shire_sound(s);
    shire_free(s);
}

/* ---- Driving ---- */

static void progress(void *context, const struct round *round, enum round_step step, int64_t took_us)
{
    (void)round, (void)step, (void)took_us;
    ++*(int *)context;
}

static void a_demo_runs_to_publication_and_a_city_waits(void **state)
{
    (void)state;
    struct shire *s = small();
    struct error error = { { 0 } };
    int steps = 0;
    shire_reach(s, s->round, STEP_OPEN);
    struct round_run run = { .places = s->places,
                             .store = s->fixture->store,
                             .vault = s->fixture->vault,
                             .writer = s->writer,
                             .actor = { s->officer, "county_officer" },
                             .second = { s->second, "county_officer" },
                             .undecided = UNDECIDED_AS_ESTABLISHED,
                             .progress = progress,
                             .context = &steps };
    assert_true(round_run_all(&run, &error));
    assert_int_equal(1, run.stopped);
    assert_int_equal(0, run.steps);
    assert_non_null(strstr(run.reason_en, "possible from 2026-07-10 18:00"));
    shire_sql(s, "insert into setting (name, value) values ('demo', '1')");
    if (!round_run_all(&run, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(0, run.stopped);
    assert_int_equal(1, run.published);
    assert_int_equal(6, steps);
    assert_int_equal(ROUND_PUBLISHED, shire_round(s, s->round).state);
    assert_true(shire_int(s, "select count(*) from setting where name = 'clock_shift'") == 1);
    shire_sound(s);
    shire_free(s);
}

static void deferred_acceptance_runs_too(void **state)
{
    (void)state;
    struct shire *s = shire_new("371524", STAGE_PRIMARY, 5, 18, 90);
    assert_int_equal(MECHANISM_DEFERRED, s->policy->mechanism);
    shire_reach(s, s->round, STEP_PUBLISH);
    struct str text = shire_file(s, s->round, "");
    struct transcript_report report;
    assert_true(transcript_verify(text.p, text.n, NULL, &report));
    shire_sound(s);
    shire_free(s);
}

/* ---- Faults ---- */

/* Whatever fails once, the step is refused with an error, nothing is half done, and the same step then succeeds. */
static void a_failing_disk_leaves_no_half_step(void **state)
{
    (void)state;
    static const char *const faults[] = { "commit:1+", "fsync:1", "rename:1" };
    struct shire *s = small();
    for (;;) {
        struct round row = shire_round(s, s->round);
        struct round_next next = round_next(&row);
        if (row.state == ROUND_PUBLISHED) {
            break;
        }
        shire_clock(next.from ? next.from : next.step == STEP_ANNOUNCE ? row.dates.opens_at - 1000 : clock_ms());
        if (next.step == STEP_CLOSE || next.step == STEP_OPEN_SECRETS) {
            shire_witnesses(s, s->round, next.step == STEP_OPEN_SECRETS);
        }
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
            struct round_advance advance = { .places = s->places,
                                             .actor = { next.step == STEP_LOOK ? s->second : s->officer,
                                                        "county_officer" },
                                             .round = s->round,
                                             .step = next.step };
            struct error error = { { 0 } };
            fault_set(faults[i]);
            bool done = shire_try(s, round_advance_run, &advance, &error) && advance.result == ROUND_DONE;
            fault_set(NULL);
            shire_sound(s);
            struct round now = shire_round(s, s->round);
            if (done) {
                assert_int_equal(now.state, row.state + 1);
                break;
            }
            assert_int_equal(now.state, row.state);
            assert_true(error.message[0] != 0);
        }
        if (shire_round(s, s->round).state == row.state) {
            shire_go(s, s->round, next.step);
        }
        if (next.step == STEP_OPEN) {
            shire_apply(s, s->round, 0, s->children);
        }
    }
    struct str text = shire_file(s, s->round, "");
    struct transcript_report report;
    assert_true(transcript_verify(text.p, text.n, NULL, &report));
    shire_free(s);
}

/* ---- The random audit ---- */

/* ---- Balance within touching catchments ---- */

static void with_neighbours(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->balance_neighbours = 1;
}

/* Four squares in a row, each touching the next: nobody is sent further than to a neighbour. */
static void balance_keeps_to_neighbours(void **state)
{
    (void)state;
    struct shire *s = shire_new_by("371502", STAGE_PRIMARY, 4, 20, 75, with_neighbours);
    struct error error = { { 0 } };
    struct round_list list;
    for (int c = 0; c < 4; c++) {
        double west = 115.9 + 0.02 * c;
        shire_sql(s, arena_printf(s->arena,
                                  "update catchment set shape = '{\"type\":\"Polygon\",\"coordinates\":[[[%.3f,36.4],"
                                  "[%.3f,36.4],[%.3f,36.42],[%.3f,36.42],[%.3f,36.4]]]}' where id = (select "
                                  "min(id) + %d from catchment)",
                                  west, west + 0.02, west + 0.02, west, west, c)
                         .p);
    }
    shire_reach(s, s->round, STEP_ANNOUNCE);
    assert_int_equal(6, shire_int(s, "select count(*) from catchment_touch"));
    assert_true(round_list_build(s->db, s->places, s->arena, s->round, LIST_STANDING, false, &list, &error));
    for (uint32_t site = 0; site < list.problem.sites; site++) {
        uint32_t home = site / 3;
        uint32_t n = list.problem.reach_from[site + 1] - list.problem.reach_from[site];
        assert_int_equal(home == 0 || home == 3 ? 2 : 3, n);
        for (uint32_t e = list.problem.reach_from[site]; e < list.problem.reach_from[site + 1]; e++) {
            uint32_t offer = list.problem.reach[e].offer;
            assert_true(offer + 1 >= home && offer <= home + 1);
        }
    }
    shire_reach(s, s->round, STEP_PUBLISH);
    shire_sound(s);
    shire_free(s);
}

/* ---- A witness without an account ---- */

static enum witness_result hands_in(struct shire *s, const char *code, bool opening, struct str hex)
{
    struct witness_coded coded = { .code = str_of(code),
                                   .opening = opening,
                                   .step = { .actor = { 0, "witness" }, .round = s->round, .hex = hex } };
    shire_run(s, witness_coded_run, &coded);
    return coded.step.result;
}

static void codes_open_both_steps_once(void **state)
{
    (void)state;
    struct shire *s = small();
    struct witness_code give = { .places = s->places,
                                 .actor = { s->officer, "county_officer" },
                                 .round = s->round,
                                 .id = s->policy->witnesses[0].id };
    struct str secret = STR("00112233445566778899aabbccddeeff"), commitment;
    assert_true(witness_commitment(s->arena, secret, &commitment));
    shire_run(s, witness_code_run, &give);
    assert_int_equal(WITNESS_NOT_FOUND, give.result); /* a draft has no witnesses yet */
    shire_reach(s, s->round, STEP_ANNOUNCE);
    shire_run(s, witness_code_run, &give);
    assert_int_equal(WITNESS_DONE, give.result);
    assert_int_equal(23, strlen(give.code));
    char first[WITNESS_CODE_SIZE];
    memcpy(first, give.code, sizeof first);
    shire_run(s, witness_code_run, &give);
    assert_string_not_equal(first, give.code);
    assert_int_equal(
        0, shire_int(
               s, arena_printf(s->arena, "select count(*) from witness where code_hash like '%%%.5s%%'", give.code).p));
    assert_int_equal(WITNESS_NO_CODE, hands_in(s, first, false, commitment)); /* a new one ends the old one */
    assert_int_equal(WITNESS_NO_CODE, hands_in(s, "", false, commitment));
    assert_int_equal(WITNESS_TOO_EARLY, hands_in(s, give.code, true, secret));
    assert_int_equal(WITNESS_BAD_HEX, hands_in(s, give.code, false, STR("12")));
    char typed[WITNESS_CODE_SIZE];
    for (size_t i = 0; i < sizeof typed; i++) { /* small letters, blanks in place of dashes */
        char c = give.code[i];
        typed[i] = (char)(c == '-' ? ' ' : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    assert_int_equal(WITNESS_DONE, hands_in(s, typed, false, commitment));
    assert_int_equal(WITNESS_TWICE, hands_in(s, give.code, false, commitment));
    struct round row = shire_round(s, s->round);
    shire_clock(row.dates.opens_at);
    shire_go(s, s->round, STEP_OPEN);
    shire_apply(s, s->round, 0, s->children);
    shire_clock(row.dates.closes_at);
    shire_go(s, s->round, STEP_CLOSE);
    shire_clock(row.dates.objections_until);
    shire_go(s, s->round, STEP_FINAL);
    assert_int_equal(WITNESS_NOT_MATCHING, hands_in(s, give.code, true, STR("ffeeddccbbaa99887766554433221100")));
    assert_int_equal(WITNESS_DONE, hands_in(s, give.code, true, secret));
    assert_int_equal(WITNESS_NO_CODE, hands_in(s, give.code, true, secret)); /* it has served */
    shire_run(s, witness_code_run, &give);
    assert_int_equal(WITNESS_TWICE, give.result);
    assert_int_equal(2, shire_int(s, "select count(*) from journal where action = 'witness.code'"));
    shire_free(s);
}

static void with_audit(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->audit_files = 7;
}

static enum sample_result found(struct shire *s, int64_t number, bool right, const char *reason)
{
    struct sample_record record = { .places = s->places,
                                    .actor = { s->officer, "county_officer" },
                                    .round = s->round,
                                    .number = number,
                                    .right = right,
                                    .reason = str_of(reason) };
    shire_run(s, sample_record_run, &record);
    return record.result;
}

/* Hex digits of an application's ticket. */
static struct str round_ticket(struct shire *s, int64_t application)
{
    struct error error = { { 0 } };
    struct rows *query = db_query(s->db, &error, "select ticket from application where id = ?1", V_INT(application));
    assert_true(rows_next(query));
    struct str ticket = rows_blob_in(query, 0, s->arena);
    assert_true(rows_end(query, &error));
    return hex_encode(s->arena, ticket.p, ticket.n);
}

static void the_seed_draws_files(void **state)
{
    (void)state;
    struct shire *s = shire_new_by("371502", STAGE_PRIMARY, 4, 20, 90, with_audit);
    struct error error = { { 0 } };
    struct sample_row *rows;
    struct sample_numbers numbers;
    size_t n;
    shire_reach(s, s->round, STEP_OPEN_SECRETS);
    assert_true(sample_list(s->db, s->arena, s->round, &rows, &n, &error));
    assert_int_equal(0, n);
    assert_int_equal(SAMPLE_NOT_DRAWN, found(s, 1, true, ""));
    shire_reach(s, s->round, STEP_ALLOT);
    assert_true(sample_list(s->db, s->arena, s->round, &rows, &n, &error));
    assert_int_equal(7, n);
    /* the same as the transcript names, in its order */
    struct str text = shire_file(s, s->round, ""), line;
    size_t named = 0;
    while (str_split(&text, '\n', &line)) {
        if (str_starts(line, STR("audit ")) && line.n > 60) {
            struct str ticket = round_ticket(s, rows[named].application);
            assert_true(str_eq(str_part(line, 6, 2 * ALLOT_TICKET_BYTES), ticket));
            named++;
        }
    }
    assert_int_equal(7, named);
    assert_int_equal(SAMPLE_DONE, found(s, 1, true, ""));
    assert_int_equal(SAMPLE_NO_REASON, found(s, 2, false, ""));
    assert_int_equal(SAMPLE_NO_REASON, found(s, 2, false, "no such reason"));
    assert_int_equal(SAMPLE_DONE, found(s, 2, false, s->city->reasons[0].id.p));
    assert_int_equal(SAMPLE_NOT_DRAWN, found(s, 8, true, ""));
    assert_true(sample_numbers(s->db, s->round, &numbers, &error));
    assert_true(numbers.files == 7 && numbers.right == 1 && numbers.wrong == 1);
    assert_int_equal(2, shire_int(s, "select count(*) from journal where action = 'audit.found'"));
    shire_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balance_keeps_to_neighbours),
        cmocka_unit_test(codes_open_both_steps_once),
        cmocka_unit_test(the_seed_draws_files),
        cmocka_unit_test(no_step_can_be_skipped_or_taken_twice),
        cmocka_unit_test(announcing_late_is_refused),
        cmocka_unit_test(who_allotted_cannot_look),
        cmocka_unit_test(a_repeated_form_is_one_step),
        cmocka_unit_test(one_leaf_changes_the_root),
        cmocka_unit_test(changes_after_the_close_show),
        cmocka_unit_test(undecided_must_be_answered_for),
        cmocka_unit_test(a_tampered_list_is_found),
        cmocka_unit_test(the_closed_file_must_be_the_published_one),
        cmocka_unit_test(plans_change_in_public_and_not_after_final),
        cmocka_unit_test(witnesses_commit_and_open_in_time),
        cmocka_unit_test(the_transcript_verifies_and_a_changed_digit_does_not),
        cmocka_unit_test(a_demo_runs_to_publication_and_a_city_waits),
        cmocka_unit_test(deferred_acceptance_runs_too),
        cmocka_unit_test(a_failing_disk_leaves_no_half_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
