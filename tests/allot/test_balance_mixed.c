/*
 * Balance of tickets of several places and with kinds of places, as docs/transcript.md describes it: several places
 * first, what is left for single tickets as if there were no others, each to the kind whose turn it is.
 */
#include "made.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A problem with kinds and tickets of several places, and outcomes of wishes made up. */
struct mixed {
    struct made *made;
    uint32_t kind_from[16];
    struct allot_kind kind[48];
    uint16_t group;
    struct allot_result result;
};

static void mixed_kinds(struct mixed *mixed, struct dice *dice)
{
    struct allot_problem *problem = &mixed->made->problem;
    uint32_t kinds = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        mixed->kind_from[j] = kinds;
        uint32_t count = dice_below(dice, 4), places = 0;
        for (uint32_t i = 0; i < count; i++) {
            struct allot_kind kind = { .places = dice_below(dice, 4), .whom = (uint8_t)dice_below(dice, 4) };
            kind.groups = kind.whom != ALLOT_FOR_ALL;
            places += kind.places;
            mixed->kind[kinds++] = kind;
        }
        if (count > 0) {
            mixed->made->offer[j].capacity = places;
            mixed->made->offer[j].order = ALLOT_BY_PRIORITY;
        }
    }
    mixed->kind_from[problem->offers] = kinds;
    mixed->group = 1;
    problem->kind_from = mixed->kind_from;
    problem->kind = mixed->kind;
    problem->kind_group = &mixed->group;
}

static void mixed_wishes(struct mixed *mixed, struct dice *dice)
{
    const struct allot_problem *problem = &mixed->made->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        mixed->made->applicant[a].places = (uint16_t)(dice_below(dice, 3) == 0 ? 2 + dice_below(dice, 2) : 1);
        struct allot_outcome *outcome = &mixed->result.outcome[a];
        *outcome = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED };
        outcome->reason = (uint8_t)allot_why_not_asked(problem, a);
        if (problem->choice_from[a] < problem->choice_from[a + 1] && dice_below(dice, 4) == 0) {
            uint32_t j = problem->choice[problem->choice_from[a]].offer, kinds = allot_kinds_at(problem, j);
            *outcome = (struct allot_outcome){ .offer = j, .how = ALLOT_CHOICE };
            outcome->kind = (uint16_t)(kinds > 0 ? dice_below(dice, kinds) : 0);
        }
    }
}

static struct mixed *mixed_new(struct dice *dice)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);
    assert_non_null(mixed);
    struct shape shape = small_shape(dice);
    shape.applicants = dice_below(dice, 25);
    shape.offers = 2 + dice_below(dice, 8);
    shape.sites = 1 + dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 6);
    shape.reach = 1 + dice_below(dice, 8);
    shape.balance = true;
    mixed->made = made_new(dice, &shape);
    mixed_kinds(mixed, dice);
    struct allot_result *result = &mixed->result;
    result->applicants = shape.applicants;
    result->offers = shape.offers;
    result->outcome = calloc(shape.applicants + 1, sizeof *result->outcome);
    result->balance.price = calloc(shape.offers, sizeof *result->balance.price);
    result->balance.cut_site = calloc(shape.sites, 1);
    result->balance.short_site = calloc(shape.sites, 1);
    assert_true(result->outcome && result->balance.price && result->balance.cut_site && result->balance.short_site);
    mixed_wishes(mixed, dice);
    return mixed;
}

static void mixed_free(struct mixed *mixed)
{
    free(mixed->result.outcome);
    free(mixed->result.balance.price);
    free(mixed->result.balance.cut_site);
    free(mixed->result.balance.short_site);
    made_free(mixed->made);
    free(mixed);
}

/* Places that the wishes left, as the document counts them: of one kind, or of the whole offer for balance. */
static int64_t kind_left(const struct mixed *mixed, uint32_t j, uint32_t kind)
{
    const struct allot_problem *problem = &mixed->made->problem;
    bool has_kinds = allot_kinds_at(problem, j) > 0;
    int64_t left = has_kinds ? problem->kind[problem->kind_from[j] + kind].places : problem->offer[j].capacity;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &mixed->result.outcome[a];
        if (outcome->how == ALLOT_CHOICE && outcome->offer == j && outcome->kind == kind) {
            left -= problem->applicant[a].places;
        }
    }
    return left > 0 ? left : 0;
}

static bool kind_open(const struct allot_problem *problem, uint32_t j, uint32_t kind)
{
    return allot_kinds_at(problem, j) == 0 || problem->kind[problem->kind_from[j] + kind].whom != ALLOT_MEMBERS_ONLY;
}

static uint32_t offer_left(const struct mixed *mixed, uint32_t j)
{
    const struct allot_problem *problem = &mixed->made->problem;
    uint32_t kinds = allot_kinds_at(problem, j);
    int64_t left = 0;
    for (uint32_t i = 0; problem->offer[j].balance && i < (kinds > 0 ? kinds : 1); i++) {
        left += kind_open(problem, j, i) ? kind_left(mixed, j, i) : 0;
    }
    return (uint32_t)left;
}

/* Those who are asked, by lot: first of several places, then of one; returns how many, and in *several the first. */
static uint32_t by_lot(const struct mixed *mixed, uint32_t *order, uint32_t *several)
{
    const struct allot_problem *problem = &mixed->made->problem;
    uint32_t count = 0;
    for (int single = 0; single < 2; single++) {
        uint32_t from = count;
        for (uint32_t a = 0; a < problem->applicants; a++) {
            if (mixed->result.outcome[a].how == ALLOT_CHOICE || (problem->applicant[a].places == 1) != (single == 1) ||
                allot_why_not_asked(problem, a) != ALLOT_WHY_NOTHING) {
                continue;
            }
            uint32_t i = count++;
            for (; i > from && allot_compare_own_lots(problem, a, order[i - 1]) < 0; i--) {
                order[i] = order[i - 1];
            }
            order[i] = a;
        }
        *several = single == 0 ? count : *several;
    }
    return count;
}

static uint32_t nearest(const struct allot_problem *problem, uint32_t s, const uint32_t *left, uint32_t places)
{
    for (uint32_t steps = 0; steps < 64; steps++) {
        for (uint32_t j = 0; j < problem->offers; j++) {
            for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
                if (problem->reach[e].offer == j && problem->reach[e].steps == steps && left[j] >= places) {
                    return j;
                }
            }
        }
    }
    return ALLOT_NONE;
}

/* The same children of one place, with what is left for them, without kinds and tickets of several places. */
static void singles_are_as_if_alone(const struct mixed *mixed, const uint32_t *left)
{
    struct allot_problem alone = mixed->made->problem;
    struct allot_offer offer[16];
    for (uint32_t j = 0; j < alone.offers; j++) {
        offer[j] = (struct allot_offer){ .capacity = left[j], .balance = alone.offer[j].balance };
    }
    alone.offer = offer;
    alone.kind_from = NULL;
    struct allot_outcome outcome[25];
    uint64_t price[16] = { 0 };
    uint8_t cut_site[16] = { 0 }, short_site[16] = { 0 };
    struct allot_result result = { .outcome = outcome, .balance = { .price = price } };
    result.balance.cut_site = cut_site;
    result.balance.short_site = short_site;
    for (uint32_t a = 0; a < alone.applicants; a++) {
        bool asked = alone.applicant[a].places == 1 && mixed->result.outcome[a].how != ALLOT_CHOICE;
        outcome[a] = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED };
        outcome[a].reason = (uint8_t)(asked ? allot_why_not_asked(&alone, a) : ALLOT_WHY_NO_BALANCE);
    }
    struct allot_error error;
    assert_true(allot_balance_left(&alone, NULL, &result, &error));
    for (uint32_t a = 0; a < alone.applicants; a++) {
        if (alone.applicant[a].places == 1 && mixed->result.outcome[a].how != ALLOT_CHOICE) {
            assert_int_equal(outcome[a].offer, mixed->result.outcome[a].offer);
        }
    }
    assert_int_equal(result.balance.placed, mixed->result.balance.placed);
    assert_int_equal(result.balance.total, mixed->result.balance.total);
    assert_memory_equal(price, mixed->result.balance.price, alone.offers * sizeof *price);
    assert_memory_equal(cut_site, mixed->result.balance.cut_site, alone.sites);
    assert_memory_equal(short_site, mixed->result.balance.short_site, alone.sites);
}

static void kinds_are_documented(const struct mixed *mixed, const uint32_t *order, uint32_t count)
{
    const struct allot_problem *problem = &mixed->made->problem;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t kinds = allot_kinds_at(problem, j);
        int64_t left[4];
        for (uint32_t i = 0; i < kinds; i++) {
            left[i] = kind_left(mixed, j, i);
        }
        for (uint32_t k = 0; k < count; k++) {
            const struct allot_outcome *outcome = &mixed->result.outcome[order[k]];
            if (outcome->how != ALLOT_BALANCED || outcome->offer != j) {
                continue;
            }
            uint32_t places = problem->applicant[order[k]].places, chosen = kinds;
            for (uint32_t needed = places; chosen == kinds && needed > 0; needed = needed > 1 ? 1 : 0) {
                for (uint32_t i = 0; chosen == kinds && i < kinds; i++) {
                    chosen = kind_open(problem, j, i) && left[i] >= needed ? i : chosen;
                }
            }
            assert_int_equal(outcome->kind, kinds == 0 ? 0 : chosen);
            if (kinds > 0) {
                left[chosen] -= places;
            }
        }
    }
}

static void several_places_come_first(void **state)
{
    (void)state;
    struct dice dice = { 52 };
    uint32_t together = 0, left_over = 0, of_kinds = 0;
    for (int i = 0; i < 4000; i++) {
        struct mixed *mixed = mixed_new(&dice);
        const struct allot_problem *problem = &mixed->made->problem;
        uint32_t order[25], several, count = by_lot(mixed, order, &several), left[16], had[16];
        for (uint32_t j = 0; j < problem->offers; j++) {
            had[j] = left[j] = offer_left(mixed, j);
        }
        struct allot_error error = { 0 };
        assert_true(allot_balance_left(problem, NULL, &mixed->result, &error));
        for (uint32_t k = 0; k < several; k++) {
            const struct allot_applicant *applicant = &problem->applicant[order[k]];
            uint32_t offer = nearest(problem, applicant->site, left, applicant->places);
            assert_int_equal(mixed->result.outcome[order[k]].offer, offer);
            together += offer != ALLOT_NONE;
            if (offer != ALLOT_NONE) {
                left[offer] -= applicant->places;
            } else {
                uint32_t any = nearest(problem, applicant->site, had, 1);
                assert_int_equal(mixed->result.outcome[order[k]].reason,
                                 any == ALLOT_NONE ? ALLOT_WHY_NOTHING_IN_REACH : ALLOT_WHY_SHORTAGE);
            }
        }
        for (uint32_t k = several; k < count; k++) {
            const struct allot_outcome *outcome = &mixed->result.outcome[order[k]];
            if (outcome->how == ALLOT_UNPLACED) {
                uint32_t any = nearest(problem, problem->applicant[order[k]].site, had, 1);
                assert_int_equal(outcome->reason, any == ALLOT_NONE ? ALLOT_WHY_NOTHING_IN_REACH : ALLOT_WHY_SHORTAGE);
                left_over++;
            }
            of_kinds += outcome->how == ALLOT_BALANCED && outcome->kind > 0;
        }
        assert_int_equal(mixed->result.balance.together_asked, several);
        singles_are_as_if_alone(mixed, left);
        kinds_are_documented(mixed, order, count);
        if (!allot_check_balance(problem, &mixed->result, NULL, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        mixed_free(mixed);
    }
    assert_in_range(together, 1000, 100000);
    assert_in_range(left_over, 1000, 100000);
    assert_in_range(of_kinds, 1000, 100000);
}

static bool bend(struct mixed *mixed, struct dice *dice, uint32_t what)
{
    const struct allot_problem *problem = &mixed->made->problem;
    struct allot_balance *balance = &mixed->result.balance;
    uint32_t a = problem->applicants == 0 ? 0 : dice_below(dice, problem->applicants);
    struct allot_outcome *outcome = &mixed->result.outcome[a];
    bool balanced = problem->applicants > 0 && outcome->how == ALLOT_BALANCED;
    switch (what) {
    case 0:
        outcome->kind++;
        return balanced;
    case 1: /* a ticket of several places loses its place */
        if (!balanced || problem->applicant[a].places == 1) {
            return false;
        }
        *outcome = (struct allot_outcome){ .offer = ALLOT_NONE, .reason = ALLOT_WHY_SHORTAGE };
        balance->together_placed--;
        return true;
    case 2:
        outcome->offer = (outcome->offer + 1) % problem->offers;
        return balanced && problem->applicant[a].places > 1;
    case 3:
        balance->together_asked++;
        return true;
    default:
        balance->together_placed++;
        return true;
    }
}

static void bent_ones_are_seen(void **state)
{
    (void)state;
    struct dice dice = { 53 };
    uint32_t bent[5] = { 0 };
    for (uint32_t i = 0; i < 4000; i++) {
        struct mixed *mixed = mixed_new(&dice);
        struct allot_error error = { 0 };
        assert_true(allot_balance_left(&mixed->made->problem, NULL, &mixed->result, &error));
        if (bend(mixed, &dice, i % 5)) {
            bent[i % 5]++;
            assert_false(allot_check_balance(&mixed->made->problem, &mixed->result, NULL, &error));
            assert_int_equal(error.fault, ALLOT_FAULT_RESULT);
        }
        mixed_free(mixed);
    }
    for (int what = 0; what < 5; what++) {
        assert_in_range(bent[what], 50, 4000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_places_come_first),
        cmocka_unit_test(bent_ones_are_seen),
    };
    return cmocka_run_group_tests_name("balance mixed", tests, NULL, NULL);
}
