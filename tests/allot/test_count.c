/*
 * Counts and cut-offs, and the kinds of places of those who were balanced, held against the words of docs/transcript.md
 * played literally (literal.h).
 */
#include "answers.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 6000 };

/* --- counts ------------------------------------------------------------------------------------------------------ */

static void same_standing(const struct allot_problem *problem, const struct allot_standing *said, uint32_t a,
                          uint32_t rank, bool priority_counts, bool other)
{
    assert_int_equal(said->applicant, a);
    if (a == ALLOT_NONE) {
        return;
    }
    const struct allot_choice *choice = &problem->choice[problem->choice_from[a] + rank];
    struct allot_lot lot =
        problem->lot_per_offer ? problem->choice_lot[problem->choice_from[a] + rank] : problem->lot[a];
    assert_int_equal(said->rank, rank);
    assert_int_equal(said->category, choice->category);
    assert_int_equal(said->priority, priority_counts ? choice->priority : 0);
    assert_int_equal(said->other, other);
    assert_true(said->lot.high == lot.high && said->lot.low == lot.low);
}

/* Who stands last of those whom the literal run put at this kind (ALLOT_NONE: any) with this category (or any). */
static uint32_t literal_last(const struct allot_problem *problem, const struct literal *literal, uint32_t offer,
                             uint32_t kind, uint32_t category, uint32_t *admitted)
{
    uint32_t last = ALLOT_NONE;
    struct allot_problem plain = *problem; /* tallies compare as if there were no kinds */
    if (kind == ALLOT_NONE) {
        plain.kind_from = NULL;
    }
    *admitted = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t rank = literal->rank[a];
        if (literal->has[a] && literal_offer(problem, a, rank) == offer &&
            (kind == ALLOT_NONE || literal->kind[a] == kind) &&
            (category == ALLOT_NONE || problem->choice[problem->choice_from[a] + rank].category == category)) {
            *admitted += problem->applicant[a].places;
            uint32_t at = kind == ALLOT_NONE ? 0 : kind;
            last = last == ALLOT_NONE || literal_order(&plain, offer, at, a, rank, last, literal->rank[last]) > 0
                       ? a
                       : last;
        }
    }
    return last;
}

static bool is_other(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t rank)
{
    const struct allot_kind *one = &problem->kind[problem->kind_from[offer] + kind];
    uint16_t group = problem->choice[problem->choice_from[a] + rank].group;
    bool member = false;
    for (uint32_t i = 0; i < one->groups; i++) {
        member = member || problem->kind_group[one->group_from + i] == group;
    }
    return one->whom == ALLOT_MEMBERS_FIRST && !member;
}

static void offer_counted(const struct allot_problem *problem, const struct literal *literal,
                          const struct allot_result *result, uint32_t j)
{
    const struct allot_cutoff *cutoff = &result->cutoff[j];
    bool kinds = problem->kind_from != NULL && problem->kind_from[j] < problem->kind_from[j + 1];
    bool by_lot = problem->mechanism == ALLOT_DRAW || (!kinds && problem->offer[j].order == ALLOT_BY_LOT);
    uint32_t admitted, added = 0, listed = 0;
    uint32_t last = literal_last(problem, literal, j, ALLOT_NONE, ALLOT_NONE, &admitted);
    bool full = true;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t rank = 0; rank < literal_ranks(problem, a); rank++) {
            listed += literal_offer(problem, a, rank) == j ? problem->applicant[a].places : 0;
        }
    }
    assert_int_equal(cutoff->listed, listed);
    assert_int_equal(cutoff->admitted, admitted);
    same_standing(problem, &cutoff->last, kinds ? ALLOT_NONE : last, last == ALLOT_NONE ? 0 : literal->rank[last],
                  !by_lot, false);
    for (uint32_t k = 0; k < literal_kinds(problem, j); k++) {
        uint32_t here, places = literal_places(problem, j, k);
        uint32_t last_here = literal_last(problem, literal, j, k, ALLOT_NONE, &here);
        full = full && here >= places;
        added += here > places ? here - places : 0;
        if (kinds) {
            const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
            const struct allot_kind_cutoff *said = &result->kind_cutoff[problem->kind_from[j] + k];
            uint32_t rank = last_here == ALLOT_NONE ? 0 : literal->rank[last_here];
            assert_int_equal(said->admitted, here);
            assert_int_equal(said->full, here >= places);
            same_standing(problem, &said->last, last_here, rank,
                          problem->mechanism != ALLOT_DRAW && kind->order == ALLOT_BY_PRIORITY,
                          last_here != ALLOT_NONE && is_other(problem, j, k, last_here, rank));
        }
    }
    assert_int_equal(cutoff->full, full);
    assert_int_equal(cutoff->added, added);
}

static void tallies_counted(const struct allot_problem *problem, const struct literal *literal,
                            const struct allot_result *result)
{
    uint32_t sum = 0, listed_all = 0;
    for (uint32_t i = 0; i < result->tallies; i++) {
        const struct allot_tally *tally = &result->tally[i];
        if (i > 0) {
            const struct allot_tally *before = tally - 1;
            assert_true(before->offer < tally->offer ||
                        (before->offer == tally->offer && before->category < tally->category));
        }
        uint32_t j = tally->offer, admitted, listed = 0;
        bool kinds = problem->kind_from != NULL && problem->kind_from[j] < problem->kind_from[j + 1];
        bool by_lot = problem->mechanism == ALLOT_DRAW || (!kinds && problem->offer[j].order == ALLOT_BY_LOT);
        uint32_t last = literal_last(problem, literal, j, ALLOT_NONE, tally->category, &admitted);
        for (uint32_t a = 0; a < problem->applicants; a++) {
            for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
                bool here = problem->choice[c].offer == j && problem->choice[c].category == tally->category;
                listed += here ? problem->applicant[a].places : 0;
            }
        }
        assert_true(listed > 0);
        assert_int_equal(tally->listed, listed);
        assert_int_equal(tally->admitted, admitted);
        same_standing(problem, &tally->last, last, last == ALLOT_NONE ? 0 : literal->rank[last], !by_lot, false);
        sum += listed;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        listed_all += literal_ranks(problem, a) * problem->applicant[a].places;
    }
    assert_int_equal(sum, listed_all);
}

static void counts_are_those_of_the_words(void **state)
{
    (void)state;
    struct dice dice = { 101 };
    uint32_t repaired = 0, unstable = 0, added = 0, kinds = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        struct dressed dressed;
        dress(&dressed, &dice, &shape, random_dressing(&dice, &shape));
        const struct allot_problem *problem = &dressed.made->problem;
        struct literal literal;
        struct allot_error error;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        for (uint32_t j = 0; j < problem->offers; j++) {
            offer_counted(problem, &literal, result, j);
        }
        tallies_counted(problem, &literal, result);
        if (!passes(problem, result, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        repaired += literal.repairs > 0;
        unstable += literal.overs > 0;
        added += result->added > 0;
        kinds += result->kind_cutoff != NULL;
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    print_message("repaired %u, without a stable answer %u, with added places %u\n", repaired, unstable, added);
    assert_true(added > 300 && kinds > 1000);
}

/* --- kinds of those who were balanced ---------------------------------------------------------------------------- */

static void literal_balanced_kinds(const struct allot_problem *problem, struct allot_result *result)
{
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t left[LITERAL_KINDS];
        bool done[LITERAL_MOST] = { false };
        for (uint32_t k = 0; k < literal_kinds(problem, j); k++) {
            left[k] = literal_places(problem, j, k);
            for (uint32_t a = 0; a < problem->applicants; a++) {
                const struct allot_outcome *outcome = &result->outcome[a];
                left[k] -= outcome->how == ALLOT_CHOICE && outcome->offer == j && outcome->kind == k;
            }
        }
        for (;;) {
            uint32_t first = ALLOT_NONE;
            for (uint32_t a = 0; a < problem->applicants; a++) {
                bool here = result->outcome[a].how == ALLOT_BALANCED && result->outcome[a].offer == j && !done[a];
                first = here && (first == ALLOT_NONE || problem->lot[a].high < problem->lot[first].high) ? a : first;
            }
            if (first == ALLOT_NONE) {
                break;
            }
            done[first] = true;
            uint32_t kind = 0;
            while (left[kind] == 0) {
                kind++;
            }
            left[kind]--;
            result->outcome[first].kind = (uint16_t)kind;
        }
    }
}

/* With single tickets and no kinds kept hard, balance itself knows nothing of kinds. */
static void balanced_kinds_are_those_of_the_words(void **state)
{
    (void)state;
    struct dice dice = { 105 };
    uint32_t balanced = 0, bent = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        shape.mechanism = ALLOT_DEFERRED;
        shape.balance = true;
        shape.choices = 1;
        struct dressed dressed;
        dress(&dressed, &dice, &shape, (struct dressing){ .kinds = true, .together = 1 });
        const struct allot_problem *problem = &dressed.made->problem;
        for (uint32_t k = 0; k < dressed.kind_from[shape.offers]; k++) {
            if (dressed.kind[k].whom == ALLOT_MEMBERS_ONLY) {
                dressed.kind[k].whom = ALLOT_OTHERS_ONLY;
            }
        }
        struct literal literal;
        struct allot_error error;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        assert_true(allot_balance_left(problem, NULL, result, &error));
        literal_balanced_kinds(problem, result);
        count(problem, NULL, result);
        if (!passes(problem, result, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        for (uint32_t a = 0; a < problem->applicants; a++) {
            struct allot_outcome *outcome = &result->outcome[a];
            if (outcome->how == ALLOT_BALANCED) {
                balanced++;
                outcome->kind = (uint16_t)(outcome->kind + 1 + dice_below(&dice, 2));
                bent++;
                assert_false(passes(problem, result, &error));
                break;
            }
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    assert_true(balanced > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_words),
        cmocka_unit_test(balanced_kinds_are_those_of_the_words),
    };
    return cmocka_run_group_tests_name("count", tests, NULL, NULL);
}
