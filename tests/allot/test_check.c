/*
 * The independent check. Results are made by the literal run, so nothing here depends on the engine. Everything right
 * must pass; everything bent must be refused with words.
 */
#include "answers.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 6000 };

/* --- bent results ------------------------------------------------------------------------------------------------ */

/* Must the check let this one pass? Where every ticket has one place, only the answer itself; else whatever is stable,
 * with those passed over who are said to be. */
static bool acceptable(const struct allot_problem *problem, const struct literal *right,
                       const struct allot_result *result)
{
    struct literal literal = *right;
    bool several = false;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        several = several || problem->applicant[a].places > 1;
    }
    take_outcomes(problem, result, &literal);
    if (!several || problem->mechanism == ALLOT_CYCLES) {
        for (uint32_t a = 0; a < problem->applicants; a++) {
            if (literal.has[a] != right->has[a] ||
                (right->has[a] && (literal.rank[a] != right->rank[a] || literal.kind[a] != right->kind[a]))) {
                return false;
            }
        }
        return true;
    }
    if (right->repairs > 0) { /* kinds may be old ones, but must be possible */
        for (uint32_t j = 0; j < problem->offers; j++) {
            for (uint32_t k = 0; k < literal_kinds(problem, j); k++) {
                uint32_t here = 0;
                for (uint32_t a = 0; a < problem->applicants; a++) {
                    bool is = literal.has[a] && literal_offer(problem, a, literal.rank[a]) == j && literal.kind[a] == k;
                    here += is ? problem->applicant[a].places : 0;
                    if (is && !literal_takes(problem, j, k, a, literal.rank[a])) {
                        return false;
                    }
                }
                if (here > literal_places(problem, j, k)) {
                    return false;
                }
            }
        }
    } else if (!literal_consistent(problem, &literal)) {
        return false;
    }
    literal_find_over(problem, &literal);
    return literal.overs == right->overs && memcmp(literal.over, right->over, right->overs * sizeof *right->over) == 0;
}

static void bend_outcomes(const struct allot_problem *problem, struct dice *dice, struct allot_result *result)
{
    uint32_t a = dice_below(dice, problem->applicants), b = dice_below(dice, problem->applicants);
    struct allot_outcome *one = &result->outcome[a], *other = &result->outcome[b];
    switch (dice_below(dice, 4)) {
    case 0: /* dropped */
        *one = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NO_BALANCE };
        break;
    case 1: /* to another wish */
        if (literal_ranks(problem, a) > 0) {
            uint32_t rank = dice_below(dice, literal_ranks(problem, a)), offer = literal_offer(problem, a, rank);
            *one = (struct allot_outcome){ .offer = offer,
                                           .rank = (uint16_t)rank,
                                           .kind = (uint16_t)dice_below(dice, literal_kinds(problem, offer)),
                                           .how = ALLOT_CHOICE };
        }
        break;
    case 2: { /* two exchanged */
        struct allot_outcome had = *one;
        *one = *other;
        *other = had;
        for (int i = 0; i < 2; i++) {
            uint32_t who = i == 0 ? a : b;
            struct allot_outcome *now = &result->outcome[who];
            uint32_t rank = 0;
            while (now->how == ALLOT_CHOICE && rank < literal_ranks(problem, who) &&
                   literal_offer(problem, who, rank) != now->offer) {
                rank++;
            }
            if (now->how == ALLOT_CHOICE && rank == literal_ranks(problem, who)) {
                *now = (struct allot_outcome){ .offer = ALLOT_NONE,
                                               .how = ALLOT_UNPLACED,
                                               .reason = ALLOT_WHY_NO_BALANCE };
            } else {
                now->rank = now->how == ALLOT_CHOICE ? (uint16_t)rank : 0;
            }
        }
        break;
    }
    default: /* another kind */
        if (one->how == ALLOT_CHOICE) {
            one->kind = (uint16_t)dice_below(dice, literal_kinds(problem, one->offer));
        }
        break;
    }
}

/* Outcomes bent, counts made anew to fit them: only what is as good as the answer passes. */
static void bent_outcomes_are_seen(void **state)
{
    (void)state;
    struct dice dice = { 102 };
    uint32_t bent = 0, refused = 0;
    for (int i = 0; i < 3 * PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        struct dressed dressed;
        dress(&dressed, &dice, &shape, random_dressing(&dice, &shape));
        const struct allot_problem *problem = &dressed.made->problem;
        struct literal literal;
        struct allot_error error;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        struct allot_outcome before[LITERAL_MOST];
        memcpy(before, result->outcome, problem->applicants * sizeof *before);
        for (uint32_t times = 1 + dice_below(&dice, 2); times > 0; times--) {
            bend_outcomes(problem, &dice, result);
        }
        if (memcmp(before, result->outcome, problem->applicants * sizeof *before) != 0) {
            bent++;
            assert_false(passes(problem, result, &error)); /* the counts are still the old ones */
            count(problem, NULL, result);
            bool right = passes(problem, result, &error);
            refused += !right;
            if (right != acceptable(problem, &literal, result)) {
                fail_msg("problem %d, mechanism %d, together %d: %s", i, (int)problem->mechanism,
                         (int)problem->together, right ? "passed" : error.message);
            }
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    assert_true(bent > PROBLEMS && refused > PROBLEMS);
    print_message("bent %u, of these refused %u\n", bent, refused);
}

static void bend_standing(struct allot_standing *standing, struct dice *dice, uint32_t applicants)
{
    switch (dice_below(dice, 6)) {
    case 0:
        standing->applicant = standing->applicant == ALLOT_NONE ? 0 : ALLOT_NONE;
        break;
    case 1:
        standing->applicant = applicants + dice_below(dice, 3);
        break;
    case 2:
        standing->rank++;
        break;
    case 3:
        standing->category ^= 1;
        break;
    case 4:
        standing->lot.low ^= 1;
        break;
    default:
        standing->priority++;
        break;
    }
}

/* Everything else that a result says, one word at a time. Returns false when there is no such word here. */
static bool bend_words(const struct allot_problem *problem, struct dice *dice, struct allot_result *result)
{
    struct allot_cutoff *cutoff = &result->cutoff[dice_below(dice, problem->offers)];
    uint32_t kinds = problem->kind_from == NULL ? 0 : problem->kind_from[problem->offers];
    struct allot_kind_cutoff *kind = kinds == 0 ? NULL : &result->kind_cutoff[dice_below(dice, kinds)];
    struct allot_tally *tally = result->tallies == 0 ? NULL : &result->tally[dice_below(dice, result->tallies)];
    uint32_t which = dice_below(dice, 22);
    if ((which >= 8 && which < 11 && kind == NULL) || (which >= 11 && which < 17 && tally == NULL) ||
        (which >= 17 && which < 20 && result->passed_over == 0)) {
        return false;
    }
    struct allot_passed_over *over = result->passed_over == 0 ? NULL : &result->over[result->passed_over - 1];
    switch (which) {
    case 0:
        cutoff->listed++;
        break;
    case 1:
        cutoff->admitted--;
        break;
    case 2:
        cutoff->balanced++;
        break;
    case 3:
        cutoff->added++;
        break;
    case 4:
        cutoff->full = !cutoff->full;
        break;
    case 5:
        if (cutoff->last.applicant == ALLOT_NONE) {
            cutoff->last.applicant = 0;
        } else {
            bend_standing(&cutoff->last, dice, problem->applicants);
        }
        break;
    case 6:
        result->added++;
        break;
    case 7:
        *(dice_below(dice, 2) == 0 ? &result->placed_by_choice : &result->unplaced) += 1;
        break;
    case 8:
        kind->admitted++;
        break;
    case 9:
        kind->full = !kind->full;
        break;
    case 10:
        if (kind->last.applicant == ALLOT_NONE) {
            kind->last.applicant = 0;
        } else if (dice_below(dice, 4) == 0) {
            kind->last.other ^= 1;
        } else {
            bend_standing(&kind->last, dice, problem->applicants);
        }
        break;
    case 11:
        tally->listed--;
        break;
    case 12:
        tally->admitted++;
        break;
    case 13:
        tally->category = (uint16_t)(tally->category + 1);
        break;
    case 14:
        tally->offer++;
        break;
    case 15:
        if (tally->last.applicant == ALLOT_NONE) {
            tally->last.applicant = 0;
        } else {
            bend_standing(&tally->last, dice, problem->applicants);
        }
        break;
    case 16:
        result->tallies--;
        break;
    case 17:
        result->passed_over--;
        break;
    case 18:
        over->offer = (over->offer + 1) % problem->offers;
        return problem->offers > 1;
    case 19:
        over->applicant = dice_below(dice, 2) == 0 ? problem->applicants : ALLOT_NONE;
        break;
    case 20:
        result->repairs = problem->together == ALLOT_TOGETHER_ADD ? 1 : result->passed_over > 0 ? 0 : UINT32_MAX;
        break;
    default:
        result->outcome[dice_below(dice, problem->applicants)].how = 3;
        break;
    }
    return true;
}

static void bent_words_are_seen(void **state)
{
    (void)state;
    struct dice dice = { 103 };
    uint32_t bent = 0, overs = 0;
    for (int i = 0; i < 3 * PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        struct dressed dressed;
        dress(&dressed, &dice, &shape, random_dressing(&dice, &shape));
        const struct allot_problem *problem = &dressed.made->problem;
        struct literal literal;
        struct allot_error error;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        if (bend_words(problem, &dice, result)) {
            bent++;
            overs += literal.overs > 0;
            if (passes(problem, result, &error)) {
                fail_msg("problem %d passes", i);
            }
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    assert_true(bent > 2 * PROBLEMS);
    print_message("words bent %u, %u of them where somebody was passed over\n", bent, overs);
}

/* No stable answer: two single children and one pair at two offers, in the circle known from couples. */
static void who_is_passed_over_must_be_named(void **state)
{
    (void)state;
    struct dice dice = { 104 };
    uint32_t unstable = 0, repaired = 0, bent = 0, refused = 0;
    for (int i = 0; i < 60000 && (unstable < 60 || repaired < 600); i++) {
        struct shape shape = {
            4 + dice_below(&dice, 5), 2 + dice_below(&dice, 2), 1, 3, 2, 1000, 1, 1, ALLOT_DEFERRED, false, false
        };
        struct dressed dressed;
        dress(&dressed, &dice, &shape, (struct dressing){ .kinds = i % 2 == 0, .together = 2, .categories = 2 });
        struct allot_problem *problem = &dressed.made->problem;
        problem->together = ALLOT_TOGETHER_FIT;
        for (uint32_t a = 0; a < 2; a++) {
            dressed.made->applicant[a].places = 2;
        }
        struct literal literal;
        struct allot_error error;
        literal_run(problem, &literal);
        if (literal.repairs > 0) {
            repaired++;
            struct allot_result *result = result_of(problem, &literal);
            if (!passes(problem, result, &error)) {
                fail_msg("problem %d, repaired: %s", i, error.message);
            }
            for (int times = 0; times < 8; times++) {
                put_outcomes(problem, &literal, result);
                bend_outcomes(problem, &dice, result);
                count(problem, NULL, result);
                bool right = passes(problem, result, &error);
                assert_int_equal(right, acceptable(problem, &literal, result));
                bent++;
                refused += !right;
            }
            allot_result_free(result, NULL);
        }
        if (literal.overs > 0) {
            unstable++;
            struct allot_result *result = result_of(problem, &literal);
            if (!passes(problem, result, &error)) {
                fail_msg("problem %d: %s", i, error.message);
            }
            result->passed_over--;
            assert_false(passes(problem, result, &error));
            result->passed_over++;
            result->over[0].applicant = result->over[0].applicant == 0 ? 1 : 0;
            bool same = memcmp(result->over, literal.over, sizeof *result->over) == 0;
            assert_true(same || !passes(problem, result, &error));
            result->over[0] = literal.over[0];
            result->repairs = 0;
            assert_false(passes(problem, result, &error));
            allot_result_free(result, NULL);
        }
        made_free(dressed.made);
    }
    print_message("without a stable answer: %u, repaired: %u, bent %u, refused %u\n", unstable, repaired, bent,
                  refused);
    assert_true(unstable >= 20 && repaired >= 300);
}

/* --- the best for all -------------------------------------------------------------------------------------------- */

static bool is_stable(const struct allot_problem *problem, const struct literal *literal)
{
    struct literal copy = *literal;
    literal_find_over(problem, &copy);
    return copy.overs == 0 && literal_consistent(problem, literal);
}

/* Every stable answer is tried, at every kind of place; only the one that is best for all passes. */
static void only_the_best_stable_answer_passes(void **state)
{
    (void)state;
    struct dice dice = { 106 };
    uint32_t several = 0, worse = 0;
    for (int i = 0; i < 3000; i++) {
        struct shape shape = { 3 + dice_below(&dice, 3), 3,     1,   3, 1 + dice_below(&dice, 2), 1000, 1, 1,
                               ALLOT_DEFERRED,           false, true };
        struct dressed dressed;
        dress(&dressed, &dice, &shape, (struct dressing){ .kinds = i % 2 == 0, .together = 1 });
        const struct allot_problem *problem = &dressed.made->problem;
        for (uint32_t j = 0; i % 2 == 1 && j < shape.offers; j++) {
            dressed.made->offer[j].capacity = 1;
        }
        struct literal right, now;
        struct allot_error error;
        literal_run(problem, &right);
        struct allot_result *result = result_of(problem, &right);
        memset(&now, 0, sizeof now);
        uint32_t stable = 0, at[LITERAL_MOST] = { 0 }; /* at: wish × kinds + kind; the last one is none */
        for (;;) {
            for (uint32_t a = 0; a < problem->applicants; a++) {
                now.has[a] = at[a] < literal_ranks(problem, a) * LITERAL_KINDS;
                now.rank[a] = at[a] / LITERAL_KINDS;
                now.kind[a] = at[a] % LITERAL_KINDS;
            }
            if (is_stable(problem, &now)) {
                stable++;
                put_outcomes(problem, &now, result);
                count(problem, NULL, result);
                bool same = true;
                for (uint32_t a = 0; a < problem->applicants; a++) {
                    same = same && now.has[a] == right.has[a] && (!now.has[a] || now.rank[a] == right.rank[a]);
                }
                assert_int_equal(passes(problem, result, &error), same);
                worse += !same;
            }
            uint32_t a = 0;
            while (a < problem->applicants) {
                at[a]++;
                while (at[a] < literal_ranks(problem, a) * LITERAL_KINDS &&
                       at[a] % LITERAL_KINDS >=
                           literal_kinds(problem, literal_offer(problem, a, at[a] / LITERAL_KINDS))) {
                    at[a]++;
                }
                if (at[a] <= literal_ranks(problem, a) * LITERAL_KINDS) {
                    break;
                }
                at[a++] = 0;
            }
            if (a == problem->applicants) {
                break;
            }
        }
        several += stable > 1;
        assert_true(stable >= 1);
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    print_message("problems with several stable answers: %u; worse ones refused: %u\n", several, worse);
    assert_true(several > 60);
}

/* --- hosts ------------------------------------------------------------------------------------------------------- */

struct rationed {
    uint32_t until;
    uint32_t held;
    uint32_t jobs;
};

static void *rationed_get(void *ctx, size_t bytes)
{
    struct rationed *rationed = ctx;
    if (rationed->until == 0) {
        return NULL;
    }
    rationed->until--;
    rationed->held++;
    return malloc(bytes);
}

static void rationed_put(void *ctx, void *block)
{
    ((struct rationed *)ctx)->held--;
    free(block);
}

static void backwards(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    ((struct rationed *)ctx)->jobs += jobs;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

static bool same_last(const struct allot_standing *one, const struct allot_standing *other)
{
    return one->applicant == other->applicant && one->rank == other->rank && one->category == other->category &&
           one->priority == other->priority && one->other == other->other && one->lot.high == other->lot.high &&
           one->lot.low == other->lot.low;
}

/* The same counts, verdicts and messages for any number of workers. */
static void workers_change_nothing(void **state)
{
    (void)state;
    struct dice dice = { 107 };
    for (int i = 0; i < 3; i++) {
        struct shape shape = { 70000, 600, 1, 4, 150, 6, 1, 1, (enum allot_mechanism)i, false, i == 1 };
        struct made *made = made_new(&dice, &shape);
        const struct allot_problem *problem = &made->problem;
        struct allot_error error, other;
        struct allot_result *result;
        for (uint32_t c = 0; i == 2 && c < made->choice_from[shape.applicants]; c++) {
            made->choice[c].category = (uint16_t)dice_below(&dice, 60000);
        }
        assert_true(allot_run(problem, NULL, &result, &error));
        struct rationed ration = { UINT32_MAX, 0, 0 };
        struct allot_host host = { rationed_get, rationed_put, &ration, backwards, 3, NULL };
        struct allot_result copy = *result;
        copy.cutoff = calloc(problem->offers, sizeof *copy.cutoff);
        copy.tally = NULL;
        assert_true(allot_count(problem, &host, NULL, NULL, &copy, &error));
        assert_int_equal(ration.jobs % 3, 0);
        assert_true(ration.jobs > 0);
        assert_int_equal(copy.tallies, result->tallies);
        assert_int_equal(copy.placed_by_choice, result->placed_by_choice);
        for (uint32_t j = 0; j < problem->offers; j++) {
            assert_int_equal(copy.cutoff[j].listed, result->cutoff[j].listed);
            assert_int_equal(copy.cutoff[j].admitted, result->cutoff[j].admitted);
            assert_true(same_last(&copy.cutoff[j].last, &result->cutoff[j].last));
        }
        for (uint32_t t = 0; t < copy.tallies; t++) {
            assert_int_equal(copy.tally[t].listed, result->tally[t].listed);
            assert_int_equal(copy.tally[t].admitted, result->tally[t].admitted);
            assert_true(same_last(&copy.tally[t].last, &result->tally[t].last));
        }
        assert_true(allot_check_result(problem, result, &host, &error));
        for (int bend = 0; bend < 20; bend++) {
            uint32_t a = dice_below(&dice, shape.applicants), b = dice_below(&dice, shape.applicants);
            struct allot_outcome was[2] = { result->outcome[a], result->outcome[b] };
            result->outcome[a].rank++;
            result->outcome[b].how = 3;
            assert_false(allot_check_result(problem, result, &host, &error));
            assert_false(allot_check_result(problem, result, NULL, &other));
            assert_string_equal(error.message, other.message);
            result->outcome[a] = was[0];
            result->outcome[b] = was[1];
        }
        free(copy.cutoff);
        rationed_put(&ration, copy.tally);
        assert_int_equal(ration.held, 0);
        allot_result_free(result, NULL);
        made_free(made);
    }
}

/* Every request for memory fails once: counting, checking every kind of result, and building waiting lists. */
static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    struct dice dice = { 108 };
    uint32_t failed = 0;
    for (int i = 0; i < 60; i++) {
        struct shape shape = random_shape(&dice);
        shape.mechanism = (enum allot_mechanism)(i % 4);
        struct dressed dressed;
        dress(&dressed, &dice, &shape, random_dressing(&dice, &shape));
        const struct allot_problem *problem = &dressed.made->problem;
        struct literal literal;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        bool done = false;
        for (uint32_t ration = 0; !done; ration++) {
            struct rationed rationed = { ration, 0, 0 };
            struct allot_host host = { rationed_get, rationed_put, &rationed, NULL, 0, NULL };
            struct allot_error error = { 0 };
            struct allot_waiting *waiting = NULL;
            struct allot_result copy = *result;
            copy.tally = NULL;
            copy.kind_cutoff = NULL;
            copy.cutoff = calloc(problem->offers + 1, sizeof *copy.cutoff);
            done = allot_count(problem, &host, NULL, NULL, &copy, &error) &&
                   allot_check_result(problem, result, &host, &error) &&
                   allot_waiting_new(problem, result->outcome, &host, &waiting, &error);
            assert_true(done || error.fault == ALLOT_FAULT_MEMORY);
            assert_true(done == (waiting != NULL));
            failed += !done;
            allot_waiting_free(waiting, &host);
            rationed.held -= copy.tally != NULL;
            rationed.held -= copy.kind_cutoff != NULL;
            free(copy.tally);
            free(copy.kind_cutoff);
            free(copy.cutoff);
            assert_int_equal(rationed.held, 0);
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    assert_true(failed > 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bent_outcomes_are_seen),           cmocka_unit_test(bent_words_are_seen),
        cmocka_unit_test(who_is_passed_over_must_be_named), cmocka_unit_test(only_the_best_stable_answer_passes),
        cmocka_unit_test(workers_change_nothing),           cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
