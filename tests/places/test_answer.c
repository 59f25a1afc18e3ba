/* After the publication: who answers, who moves, what the transcript says of it; the late round.
 * And the preview, which must say what the engine does. */
#include "round_fixture.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"

#include <stdlib.h>

static struct shire *published(const char *county, int schools, int capacity, int children)
{
    struct shire *s = shire_new(county, STAGE_PRIMARY, schools, capacity, children);
    shire_reach(s, s->round, STEP_PUBLISH);
    return s;
}

static enum answer_result answers(struct shire *s, int64_t application, bool accept, size_t *moved)
{
    struct answer answer = {
        .places = s->places, .actor = { 0, "family" }, .application = application, .accept = accept
    };
    answer.actor.account = shire_int(
        s, arena_printf(s->arena, "select account from application where id = %lld", (long long)application).p);
    shire_run(s, answer_run, &answer);
    if (moved) {
        *moved = answer.moved;
    }
    return answer.result;
}

static void gather(struct shire *s)
{
    struct error error = { { 0 } };
    size_t expired;
    if (!answers_housekeeping(s->places, s->fixture->store, s->writer, &expired, &error)) {
        fail_msg("%s", error.message);
    }
}

static struct transcript_report verified(struct shire *s, int64_t round)
{
    struct str text = shire_file(s, round, "");
    struct transcript_report report;
    if (!transcript_verify(text.p, text.n, NULL, &report)) {
        fail_msg("line %zu: %s; found %s, expected %s", report.line, report.message, report.found, report.expected);
    }
    return report;
}

static void confirming_and_declining(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 20, 90);
    int64_t held = shire_int(s, "select subject from claim where state = 'held' order by subject limit 1");
    assert_int_equal(ANSWER_NOT_FOUND, answers(s, 99999, true, NULL));
    struct answer stranger = { .places = s->places, .actor = { 5, "family" }, .application = held, .accept = true };
    shire_run(s, answer_run, &stranger);
    assert_int_equal(ANSWER_NOT_GUARDIAN, stranger.result);
    struct answer keyed = { .places = s->places,
                            .actor = { 1000 + held - 1, "family" },
                            .form_key = STR("form key of an answer"),
                            .application = held,
                            .accept = true };
    shire_run(s, answer_run, &keyed);
    assert_true(keyed.result == ANSWER_DONE && !keyed.repeated);
    shire_run(s, answer_run, &keyed);
    assert_true(keyed.result == ANSWER_DONE && keyed.repeated);
    assert_int_equal(ANSWER_ALREADY, answers(s, held, true, NULL));
    assert_int_equal(1, shire_int(s, "select count(*) from claim where state = 'taken'"));
    assert_int_equal(1, shire_int(s, "select count(*) from dwelling_lock"));
    assert_int_equal(ANSWER_DONE, answers(s, held, false, NULL));
    assert_int_equal(ANSWER_ALREADY, answers(s, held, false, NULL));
    shire_sound(s);
    gather(s);
    (void)verified(s, s->round);
    shire_free(s);
}

/* Somebody at the school that most wait for gives the place back: the first who waits moves, and so on. */
static void a_place_goes_to_the_next_who_waits(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 20, 90);
    int64_t offer =
        shire_int(s, "select offer from claim where state = 'waiting' group by offer order by count(*) desc "
                     "limit 1");
    int64_t first =
        shire_int(s, arena_printf(s->arena,
                                  "select subject from claim where offer = %lld and state = 'waiting' order "
                                  "by sort limit 1",
                                  (long long)offer)
                         .p);
    int64_t placed =
        shire_int(s, arena_printf(s->arena,
                                  "select subject from claim where offer = %lld and state = 'held' order by "
                                  "subject limit 1",
                                  (long long)offer)
                         .p);
    assert_true(offer > 0 && first > 0 && placed > 0);
    size_t moved;
    assert_int_equal(ANSWER_DONE, answers(s, placed, false, &moved));
    assert_true(moved >= 1);
    assert_int_equal(
        offer, shire_int(s, arena_printf(s->arena, "select offer from claim where subject = %lld and state = 'held'",
                                         (long long)first)
                                .p));
    assert_int_equal(1, shire_int(s, arena_printf(s->arena,
                                                  "select count(*) from message where application = %lld and kind = "
                                                  "'moved'",
                                                  (long long)first)
                                         .p));
    shire_sound(s);
    gather(s);
    struct transcript_report report = verified(s, s->round);
    assert_int_equal(TRANSCRIPT_MOVES, report.stage);
    assert_int_equal(moved + 1, report.moves);
    shire_free(s);
}

/* Who confirmed is asked no more: the move says so, and the transcript still verifies. */
static void who_confirmed_is_passed_over(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 20, 90);
    struct str waits_and_holds = STR("select w.subject from claim w join claim h on h.subject = w.subject and "
                                     "h.state = 'held' where w.state = 'waiting' order by w.offer, w.sort limit 1");
    int64_t child = shire_int(s, waits_and_holds.p);
    assert_true(child > 0);
    int64_t offer = shire_int(
        s, arena_printf(s->arena, "select offer from claim where subject = %lld and state = 'waiting' limit 1",
                        (long long)child)
               .p);
    assert_int_equal(ANSWER_DONE, answers(s, child, true, NULL));
    assert_int_equal(
        0, shire_int(s, arena_printf(s->arena, "select count(*) from claim where subject = %lld and state = 'waiting'",
                                     (long long)child)
                            .p));
    /* give back places there until the child would have been next */
    for (int i = 0; i < 20 && !shire_int(s, "select count(*) from place_move where kind = 'passed'"); i++) {
        int64_t placed = shire_int(s, arena_printf(s->arena,
                                                   "select c.subject from claim c join outcome u on u.application = "
                                                   "c.subject and u.offer = c.offer where c.offer = %lld and c.state = "
                                                   "'held' order by c.subject limit 1",
                                                   (long long)offer)
                                          .p);
        assert_true(placed > 0);
        assert_int_equal(ANSWER_DONE, answers(s, placed, false, NULL));
    }
    assert_true(shire_int(s, "select count(*) from place_move where kind = 'passed'") > 0);
    shire_sound(s);
    gather(s);
    (void)verified(s, s->round);
    shire_free(s);
}

/* Families answer at random, in several batches; everything stays sound, and the transcript follows. */
static void random_answers_stay_sound(void **state)
{
    (void)state;
    static const char *const counties[] = { "371502", "371524" };
    for (size_t c = 0; c < 2; c++) {
        struct shire *s = published(counties[c], 5, 30, 200);
        unsigned dice = 7;
        for (int i = 0; i < 240; i++) {
            dice = dice * 1103515245u + 12345u;
            (void)answers(s, 1 + (dice >> 8) % 200, (dice >> 20) % 3 == 0, NULL);
            if (i % 60 == 59) {
                shire_sound(s);
                gather(s);
                (void)verified(s, s->round);
            }
        }
        int64_t waiting = shire_int(s, "select count(*) from claim where state = 'waiting'");
        shire_clock(shire_round(s, s->round).dates.answer_by + 30LL * 24 * 3600 * 1000);
        gather(s);
        shire_sound(s);
        (void)verified(s, s->round);
        assert_int_equal(0, shire_int(s, "select count(*) from claim where state = 'held' and answer_by <= 0"));
        assert_true(shire_int(s, "select count(*) from place_move where note = 'not answered in time'") > 0);
        (void)waiting;
        shire_free(s);
    }
}

/* The same by every rule: kinds of places, siblings together, lists reversed or for who has no place. */
static void random_answers_stay_sound_by_every_rule(void **state)
{
    (void)state;
    for (size_t v = 0; v < shire_variant_count; v++) {
        struct shire *s = shire_new_by(shire_variants[v].county, STAGE_PRIMARY, 5, 24, 200, shire_variants[v].edit);
        shire_reach(s, s->round, STEP_OPEN);
        shire_mix(s, s->round);
        shire_reach(s, s->round, STEP_PUBLISH);
        shire_sound(s);
        unsigned dice = 7;
        for (int i = 0; i < 160; i++) {
            dice = dice * 1103515245u + 12345u;
            (void)answers(s, 1 + (dice >> 8) % 200, (dice >> 20) % 3 == 0, NULL);
            if (i % 80 == 79) {
                shire_sound(s);
                gather(s);
                (void)verified(s, s->round);
            }
        }
        shire_clock(shire_round(s, s->round).dates.answer_by + 30LL * 24 * 3600 * 1000);
        gather(s);
        shire_sound(s);
        struct transcript_report report = verified(s, s->round);
        assert_true(report.moves > 0);
        /* siblings who asked together are in the same state everywhere */
        assert_int_equal(0, shire_int(s, "select count(*) from outcome u join claim c on c.subject = u.application "
                                         "join claim l on l.subject = u.lead and l.offer = c.offer where c.state <> "
                                         "l.state or c.kind <> l.kind"));
        shire_free(s);
    }
}

static int64_t added(struct shire *s)
{
    return shire_int(s, "select coalesce(cast(sum(added) as bigint), 0) from offer");
}

/* A place above the plan for siblings: it comes from outside into the ledger's plan, one answer counts for both, and
 * when they give back it goes again, unless somebody else stands above the plan. */
static void an_added_place_comes_and_goes(void **state)
{
    (void)state;
    struct shire *s = NULL;
    int64_t lead = 0;
    for (int children = 120; lead == 0 && children < 200; children += 10) {
        if (s) {
            shire_free(s);
        }
        s = shire_new_by("371524", STAGE_PRIMARY, 6, 20, children, shire_variants[4].edit);
        shire_reach(s, s->round, STEP_OPEN);
        shire_mix(s, s->round);
        shire_reach(s, s->round, STEP_PUBLISH);
        lead = shire_int(s, "select coalesce(max(u.lead), 0) from outcome u join offer o on o.id = u.offer where "
                            "o.added > 0 and u.lead is not null");
    }
    assert_true(lead > 0 && added(s) > 0);
    assert_int_equal(added(s), shire_int(s, "select cast(sum(places) as bigint) from ledger_entry where reason = "
                                            "'added for siblings'"));
    assert_true(shire_int(s, "select count(*) from journal where action = 'offer.added'") > 0);
    shire_sound(s);
    int64_t before = added(s), other = shire_int(s, arena_printf(s->arena,
                                                                 "select max(application) from outcome where lead = "
                                                                 "%1$lld and application <> %1$lld",
                                                                 (long long)lead)
                                                        .p);
    assert_int_equal(ANSWER_DONE, answers(s, other, true, NULL)); /* the one that does not lead answers */
    assert_int_equal(ANSWER_ALREADY, answers(s, lead, true, NULL));
    assert_int_equal(2, shire_int(s, "select count(*) from claim where state = 'taken'"));
    assert_int_equal(ANSWER_DONE, answers(s, lead, false, NULL));
    assert_int_equal(0, shire_int(s, "select count(*) from claim where state = 'taken'"));
    assert_int_equal(before - 1, added(s));
    assert_int_equal(1, shire_int(s, "select count(*) from place_move where kind = 'declined'"));
    shire_sound(s);
    gather(s);
    (void)verified(s, s->round);
    struct allotment_summary summary;
    struct error error = { { 0 } };
    assert_true(allotment_summary(s->db, s->arena, s->round, &summary, &error));
    assert_int_equal(before, summary.added);
    shire_free(s);
}

/* Who stands first but has sent an application in another round by then (the late one) leaves the list: a child has one
 * place. The move says so, and the transcript holds. */
static void who_applies_in_the_late_round_waits_no_more(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 20, 130);
    const char *const first_waits = "(select c.subject from claim c where c.state = 'waiting' and not exists (select 1 "
                                    "from claim h where h.subject = c.subject and h.state = 'held') order by c.sort, "
                                    "c.id limit 1)";
    int64_t first = shire_int(s, arena_printf(s->arena, "select %s", first_waits).p);
    int64_t offer = shire_int(s, arena_printf(s->arena,
                                              "select offer from claim where state = 'waiting' and subject = %lld "
                                              "order by sort limit 1",
                                              (long long)first)
                                     .p);
    assert_true(first > 0 && offer > 0);
    shire_sql(s, "insert into round (id, label, division, stage, year, parent, policy, state, opens_at, closes_at, "
                 "objections_until, draw_at, publish_at, answer_by) select id + 100, 'the late one', division, stage, "
                 "year, id, policy, 'open', opens_at, closes_at, objections_until, draw_at, publish_at, answer_by from "
                 "round");
    shire_sql(s, arena_printf(s->arena,
                              "insert into application (round, child, account, state, begun_at, changed_at) select "
                              "round + 100, child, account, 'submitted', begun_at, changed_at from application where "
                              "id = %lld",
                              (long long)first)
                     .p);
    for (int64_t placed = 1; placed > 0;) { /* everybody whom the allotment placed there gives the place back */
        placed = shire_int(s, arena_printf(s->arena,
                                           "select coalesce(min(subject), 0) from claim where offer = %lld and state = "
                                           "'held' and reason = 'placed'",
                                           (long long)offer)
                                  .p);
        if (placed) {
            assert_int_equal(ANSWER_DONE, answers(s, placed, false, NULL));
        }
    }
    assert_int_equal(0, shire_int(s, arena_printf(s->arena,
                                                  "select count(*) from claim where subject = %lld and offer = %lld "
                                                  "and state <> 'returned'",
                                                  (long long)first, (long long)offer)
                                         .p));
    assert_int_equal(1, shire_int(s, arena_printf(s->arena,
                                                  "select count(*) from place_move where application = %lld and target "
                                                  "= %lld and kind = 'passed' and note = 'applies in another round'",
                                                  (long long)first, (long long)offer)
                                         .p));
    shire_sound(s);
    gather(s);
    (void)verified(s, s->round);
    shire_free(s);
}

/* Every plan that is shown is the transcript's, and what the late round took over stands beside it. */
static void plans_are_the_transcripts(struct shire *s, int64_t moved)
{
    struct error error = { { 0 } };
    struct str text = shire_file(s, s->round, "");
    struct transcript *transcript;
    struct transcript_report report;
    struct cutoff_row *cutoffs;
    struct offer_row *offers;
    size_t n, m;
    int64_t late = 0, plan = 0;
    assert_true(transcript_read(text.p, text.n, NULL, &transcript, &report));
    assert_true(cutoff_list(s->db, s->places, s->arena, s->round, false, &cutoffs, &n, &error));
    assert_true(offer_list(s->db, s->arena, s->round, &offers, &m, &error));
    assert_true(n == transcript->problem->offers && m == n);
    for (size_t i = 0; i < n; i++) { /* all three by the school's code */
        assert_true(
            str_eq(cutoffs[i].code, (struct str){ transcript->offer_id[i].text, transcript->offer_id[i].bytes }));
        assert_int_equal(transcript->problem->offer[i].capacity, cutoffs[i].capacity);
        assert_int_equal(cutoffs[i].capacity, offers[i].capacity + offers[i].to_late);
        assert_int_equal(cutoffs[i].to_late, offers[i].to_late);
        assert_true(cutoffs[i].admitted + cutoffs[i].balanced <= cutoffs[i].capacity);
        late += cutoffs[i].to_late;
        plan += cutoffs[i].capacity;
    }
    assert_int_equal(moved, late);
    struct round row = shire_round(s, s->round);
    assert_int_equal(moved, row.to_late);
    assert_int_equal(plan, row.capacity + row.to_late);
    for (int64_t id = 1; id <= 90; id++) {
        struct explanation why;
        bool found;
        assert_true(explain(s->db, s->places, s->arena, id, false, &why, &found, &error) && found);
        for (size_t c = 0; c < why.nchoices; c++) {
            for (size_t i = 0; i < n; i++) {
                assert_true(cutoffs[i].offer != why.choices[c].offer || cutoffs[i].capacity == why.choices[c].capacity);
            }
        }
    }
    transcript_free(transcript, NULL);
}

static void the_late_round_takes_what_is_left(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 25, 90);
    struct round row = shire_round(s, s->round);
    plans_are_the_transcripts(s, 0);
    shire_clock(row.dates.answer_by - 1000);
    for (int64_t id = 1; id <= 60; id++) {
        (void)answers(s, id, true, NULL);
    }
    struct round_advance advance;
    assert_int_equal(ROUND_TOO_EARLY, shire_step(s, s->round, STEP_LATE, &advance));
    shire_clock(row.dates.answer_by + 1000);
    assert_int_equal(ROUND_HELD, shire_step(s, s->round, STEP_LATE, &advance));
    assert_int_equal(ROUND_HELD, shire_step(s, s->round, STEP_END, &advance));
    for (int i = 0; i < 30 && shire_int(s, "select count(*) from claim where state = 'held'"); i++) {
        gather(s);
        shire_clock(clock_ms() + 4LL * 24 * 3600 * 1000);
    }
    shire_clock(row.dates.answer_by + 3600 * 1000);
    int64_t free = shire_round(s, s->round).free;
    assert_int_equal(ROUND_DONE, shire_step(s, s->round, STEP_LATE, &advance));
    struct round late = shire_round(s, advance.late);
    assert_int_equal(free, late.capacity);
    assert_int_equal(0, shire_round(s, s->round).free);
    assert_true(late.parent == s->round && late.state == ROUND_DRAFT);
    assert_true(free > 0);
    plans_are_the_transcripts(s, free);
    assert_int_equal(ROUND_WRONG_STATE, shire_step(s, s->round, STEP_LATE, &advance));
    assert_int_equal(ROUND_LATE_RUNS, shire_step(s, s->round, STEP_END, &advance));
    shire_sound(s);
    /* new families apply in it */
    shire_reach(s, late.id, STEP_OPEN);
    shire_apply(s, late.id, 200, 12);
    shire_reach(s, late.id, STEP_PUBLISH);
    assert_int_equal(12, shire_int(s, "select count(*) from outcome u join application a on a.id = u.application join "
                                      "round r on r.id = a.round where r.parent is not null"));
    (void)verified(s, late.id);
    late = shire_round(s, late.id);
    shire_clock(late.dates.answer_by + 1000);
    for (int i = 0; i < 10 && shire_int(s, "select count(*) from claim where state = 'held'"); i++) {
        gather(s);
        shire_clock(clock_ms() + 4LL * 24 * 3600 * 1000);
    }
    shire_go(s, late.id, STEP_END);
    shire_go(s, s->round, STEP_END);
    assert_int_equal(ANSWER_NOT_PUBLISHED, answers(s, 1, false, NULL));
    shire_sound(s);
    shire_free(s);
}

/* ---- Preview ---- */

static void a_preview_with_the_same_seed_is_the_result(void **state)
{
    (void)state;
    struct shire *s = published("371502", 4, 20, 90);
    struct error error = { { 0 } };
    struct preview preview;
    unsigned char seed[SM3_BYTES];
    assert_true(hex_decode(shire_round(s, s->round).seed, seed, SM3_BYTES));
    struct preview_question question = { .places = s->places, .round = s->round, .seed = seed };
    assert_true(preview_run(s->db, s->arena, &question, &preview, &error));
    struct allotment_summary summary;
    assert_true(allotment_summary(s->db, s->arena, s->round, &summary, &error));
    assert_int_equal(summary.by_choice, preview.base.choice);
    assert_int_equal(summary.by_balance, preview.base.balance);
    assert_int_equal(summary.unplaced, preview.base.unplaced);
    assert_int_equal(summary.first_choice, preview.base.first);
    assert_int_equal(summary.greatest, preview.base.greatest);
    assert_int_equal(0, preview.gained + preview.lost);
    for (size_t i = 0; i < preview.nschools; i++) {
        struct str sql = arena_printf(s->arena, "select count(*) from outcome where offer = %lld",
                                      (long long)preview.schools[i].offer);
        assert_int_equal(shire_int(s, sql.p), preview.schools[i].placed);
    }
    shire_free(s);
}

static void what_if_a_class_more(void **state)
{
    (void)state;
    struct shire *s = shire_new("371502", STAGE_PRIMARY, 4, 20, 90);
    struct error error = { { 0 } };
    struct preview preview;
    shire_reach(s, s->round, STEP_OPEN);
    int64_t journal = shire_int(s, "select count(*) from journal");
    struct preview_edit edits[] = { { s->offers[0], 40 }, { s->offers[3], 10 } };
    struct preview_question question = {
        .places = s->places, .round = s->round, .edits = edits, .nedits = 2, .with_children = true
    };
    assert_true(preview_run(s->db, s->arena, &question, &preview, &error));
    assert_int_equal(90, preview.applicants);
    assert_int_equal(20, preview.schools[0].capacity);
    assert_int_equal(40, preview.schools[0].capacity_if);
    assert_true(preview.gained > 0 && preview.nchildren == (size_t)(preview.gained + preview.lost));
    int64_t gained = 0, children = 0;
    for (size_t i = 0; i < preview.nchildren; i++) {
        gained += preview.children[i].gains;
    }
    for (size_t i = 0; i < preview.ncategories; i++) {
        children += preview.categories[i].children;
    }
    assert_int_equal(preview.gained, gained);
    assert_int_equal(90, children);
    assert_int_equal(journal, shire_int(s, "select count(*) from journal"));
    assert_int_equal(0, shire_int(s, "select count(*) from outcome"));
    assert_int_equal(20, shire_int(s, "select capacity from offer order by id limit 1"));
    edits[0].offer = 9999;
    assert_false(preview_run(s->db, s->arena, &question, &preview, &error));
    shire_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirming_and_declining),
        cmocka_unit_test(a_place_goes_to_the_next_who_waits),
        cmocka_unit_test(who_confirmed_is_passed_over),
        cmocka_unit_test(random_answers_stay_sound),
        cmocka_unit_test(random_answers_stay_sound_by_every_rule),
        cmocka_unit_test(an_added_place_comes_and_goes),
        cmocka_unit_test(who_applies_in_the_late_round_waits_no_more),
        cmocka_unit_test(the_late_round_takes_what_is_left),
        cmocka_unit_test(a_preview_with_the_same_seed_is_the_result),
        cmocka_unit_test(what_if_a_class_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
