/*
 * Balance against every possible placement: as many as possible, by the lots, then the smallest greatest distance, then
 * the least total. And its proofs: each one is bent, and the checker must see it.
 */
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 7 };

struct best {
    uint32_t placed;
    uint32_t set; /* the placed children as bits, earliest lot in the highest bit: greater is better by the lots */
    uint32_t greatest;
    uint64_t total;
    bool found;
};

struct search {
    const struct allot_problem *problem;
    uint32_t child[MOST]; /* by lot */
    uint32_t children;
    uint32_t left[8];
    uint32_t greatest;
    uint64_t total;
    uint32_t set;
    struct best best;
};

static bool better(const struct search *search)
{
    const struct best *best = &search->best;
    uint32_t placed = (uint32_t)__builtin_popcount(search->set);
    if (!best->found || placed != best->placed) {
        return !best->found || placed > best->placed;
    }
    if (search->set != best->set) {
        return search->set > best->set;
    }
    if (search->greatest != best->greatest) {
        return search->greatest < best->greatest;
    }
    return search->total < best->total;
}

static void try_all(struct search *search, uint32_t i)
{
    if (i == search->children) {
        if (better(search)) {
            search->best = (struct best){ (uint32_t)__builtin_popcount(search->set), search->set, search->greatest,
                                          search->total, true };
        }
        return;
    }
    const struct allot_problem *problem = search->problem;
    uint32_t s = problem->applicant[search->child[i]].site;
    struct search before = *search;
    try_all(search, i + 1);
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        uint32_t offer = problem->reach[e].offer, steps = problem->reach[e].steps;
        if (search->left[offer] == 0) {
            continue;
        }
        search->left[offer]--;
        search->set |= 1u << (search->children - 1 - i);
        search->greatest = steps > search->greatest ? steps : search->greatest;
        search->total += steps;
        try_all(search, i + 1);
        search->left[offer]++;
        search->set = before.set;
        search->greatest = before.greatest;
        search->total = before.total;
    }
}

static int by_lot(const void *one, const void *other, void *ctx)
{
    const struct allot_problem *problem = ctx;
    uint64_t first = problem->lot[*(const uint32_t *)one].high, second = problem->lot[*(const uint32_t *)other].high;
    return (first > second) - (first < second);
}

static void begin(struct search *search, const struct allot_problem *problem, const struct allot_result *result)
{
    *search = (struct search){ .problem = problem };
    for (uint32_t j = 0; j < problem->offers; j++) {
        search->left[j] = problem->offer[j].balance ? problem->offer[j].capacity - result->cutoff[j].admitted : 0;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        bool asked = result->outcome[a].how != ALLOT_CHOICE && problem->applicant[a].site != ALLOT_NONE &&
                     !(problem->applicant[a].flags & ALLOT_DECLINES_BALANCE);
        if (asked) {
            search->child[search->children++] = a;
        }
    }
    qsort_r(search->child, search->children, sizeof *search->child, by_lot, (void *)(uintptr_t)problem);
}

static struct shape leftover_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.applicants = dice_below(dice, MOST + 1);
    shape.offers = 2 + dice_below(dice, 5);
    shape.choices = 1;
    shape.places = 1 + dice_below(dice, 4);
    shape.reach = 2 + dice_below(dice, 5);
    shape.steps = 1 + dice_below(dice, 30);
    shape.balance = true;
    return shape;
}

/* Mostly everybody wishes for the first offer, so that many are left over and the other offers stay free. */
static struct made *leftover(struct dice *dice, const struct shape *shape)
{
    struct made *made = made_new(dice, shape);
    for (uint32_t c = 0; dice_below(dice, 8) > 0 && c < shape->applicants; c++) {
        made->choice[c].offer = 0;
    }
    return made;
}

static struct allot_result *run(const struct made *made)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    if (!allot_run(&made->problem, NULL, &result, &error)) {
        fail_msg("run: %s", error.message);
    }
    return result;
}

static void balance_is_the_best_of_all(void **state)
{
    (void)state;
    struct dice dice = { 41 };
    uint32_t full = 0, partly = 0;
    for (int i = 0; i < 6000; i++) {
        struct shape shape = leftover_shape(&dice);
        struct made *made = leftover(&dice, &shape);
        struct allot_result *result = run(made);
        struct search search;
        begin(&search, &made->problem, result);
        try_all(&search, 0);
        const struct allot_balance *got = &result->balance;
        assert_int_equal(got->asked, search.children);
        assert_int_equal(got->placed, search.best.placed);
        assert_int_equal(got->greatest, search.best.greatest);
        assert_int_equal(got->total, search.best.total);
        for (uint32_t k = 0; k < search.children; k++) {
            bool placed = result->outcome[search.child[k]].how == ALLOT_BALANCED;
            assert_int_equal(placed, search.best.set >> (search.children - 1 - k) & 1);
        }
        full += got->asked > 1 && got->unplaced == 0;
        partly += got->placed > 0 && got->unplaced > 0;
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_in_range(full, 300, 6000);
    assert_in_range(partly, 300, 6000);
}

/* Changes one thing of the proof or the placement; false when there is nothing of this kind to change. */
static bool bend(const struct made *made, struct allot_result *result, struct dice *dice, uint32_t kind)
{
    const struct allot_problem *problem = &made->problem;
    struct allot_balance *balance = &result->balance;
    uint32_t j = dice_below(dice, problem->offers);
    switch (kind) {
    case 0:
        balance->greatest += balance->placed > 0;
        return balance->placed > 0;
    case 1:
        balance->total++;
        return true;
    case 2:
        memset(balance->cut_site, 0, problem->sites);
        return balance->placed > 0;
    case 3:
        memset(balance->short_site, 0, problem->sites);
        return balance->unplaced > 0;
    case 4: /* a price where places are left */
        balance->price[j]++;
        return result->cutoff[j].admitted + result->cutoff[j].balanced < problem->offer[j].capacity;
    case 5:
        balance->placed++;
        return true;
    default: /* two children of one site change places, or of two sites */
        for (uint32_t a = 0; a < problem->applicants; a++) {
            for (uint32_t b = a + 1; b < problem->applicants; b++) {
                struct allot_outcome *one = &result->outcome[a], *other = &result->outcome[b];
                bool differ = one->how == ALLOT_BALANCED && other->how == ALLOT_BALANCED &&
                              one->offer != other->offer && problem->applicant[a].site == problem->applicant[b].site;
                if (differ) {
                    uint32_t steps[2] = { 0, 0 }, s = problem->applicant[a].site;
                    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
                        steps[0] = problem->reach[e].offer == one->offer ? problem->reach[e].steps : steps[0];
                        steps[1] = problem->reach[e].offer == other->offer ? problem->reach[e].steps : steps[1];
                    }
                    uint32_t offer = one->offer;
                    one->offer = other->offer;
                    other->offer = offer;
                    return steps[0] != steps[1];
                }
            }
        }
        return false;
    }
}

static void bent_proofs_are_seen(void **state)
{
    (void)state;
    struct dice dice = { 42 };
    uint32_t bent[7] = { 0 };
    for (int i = 0; i < 6000; i++) {
        struct shape shape = leftover_shape(&dice);
        struct made *made = leftover(&dice, &shape);
        struct allot_result *result = run(made);
        uint32_t kind = (uint32_t)i % 7;
        if (bend(made, result, &dice, kind)) {
            struct allot_error error = { 0 };
            bent[kind]++;
            assert_false(allot_check(&made->problem, result, NULL, &error));
            assert_int_equal(error.fault, ALLOT_FAULT_RESULT);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    for (int kind = 0; kind < 7; kind++) {
        assert_in_range(bent[kind], 10, 6000);
    }
}

/* A worse placement with honest sums, and the old prices: the proofs of the total must refuse it. */
static void a_longer_way_is_seen(void **state)
{
    (void)state;
    struct dice dice = { 43 };
    uint32_t tried = 0;
    for (int i = 0; i < 4000; i++) {
        struct shape shape = leftover_shape(&dice);
        struct made *made = leftover(&dice, &shape);
        const struct allot_problem *problem = &made->problem;
        struct allot_result *result = run(made);
        for (uint32_t a = 0; a < problem->applicants; a++) {
            struct allot_outcome *outcome = &result->outcome[a];
            if (outcome->how != ALLOT_BALANCED) {
                continue;
            }
            uint32_t s = problem->applicant[a].site, now = 0;
            for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
                now = problem->reach[e].offer == outcome->offer ? problem->reach[e].steps : now;
            }
            for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
                uint32_t to = problem->reach[e].offer, steps = problem->reach[e].steps;
                struct allot_cutoff *cutoff = &result->cutoff[to];
                if (steps > now && steps <= result->balance.greatest && problem->offer[to].balance &&
                    cutoff->admitted + cutoff->balanced < problem->offer[to].capacity) {
                    result->cutoff[outcome->offer].balanced--;
                    cutoff->balanced++;
                    outcome->offer = to;
                    result->balance.total += steps - now;
                    struct allot_error error = { 0 };
                    assert_false(allot_check(problem, result, NULL, &error));
                    tried++;
                    a = problem->applicants;
                    break;
                }
            }
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_in_range(tried, 50, 4000);
}

/* A child is sent two steps too far, and the price there is a negative one in disguise: steps + price wraps around. */
static void a_price_does_not_wrap(void **state)
{
    (void)state;
    const struct allot_offer offer[] = { { 1, 0, 1, 0 }, { 1, 0, 1, 0 }, { 1, 0, 1, 0 } };
    const struct allot_applicant applicant[] = { { 0, 0, 1 }, { 1, 0, 1 } };
    const struct allot_reach reach[] = { { 0, 1 }, { 1, 3 }, { 2, 3 } };
    const uint32_t choice_from[] = { 0, 0, 0 }, reach_from[] = { 0, 2, 3 };
    const struct allot_lot lot[] = { { 1, 0 }, { 2, 0 } };
    const struct allot_problem problem = { .version = ALLOT_VERSION,
                                           .mechanism = ALLOT_DEFERRED,
                                           .balance = true,
                                           .offers = 3,
                                           .applicants = 2,
                                           .sites = 2,
                                           .offer = offer,
                                           .applicant = applicant,
                                           .choice_from = choice_from,
                                           .reach_from = reach_from,
                                           .reach = reach,
                                           .lot = lot };
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    assert_true(allot_run(&problem, NULL, &result, &error));
    assert_true(allot_check(&problem, result, NULL, &error));
    assert_int_equal(result->outcome[0].offer, 0);
    result->outcome[0].offer = 1;
    result->cutoff[0].balanced = 0;
    result->cutoff[1].balanced = 1;
    result->balance.total += 2;
    result->balance.price[1] = UINT64_MAX - 1;
    assert_false(allot_check(&problem, result, NULL, &error));
    assert_int_equal(error.fault, ALLOT_FAULT_RESULT);
    allot_result_free(result, NULL);
}

static void larger_ones_pass_the_check(void **state)
{
    (void)state;
    struct dice dice = { 44 };
    for (int i = 0; i < 400; i++) {
        struct shape shape = leftover_shape(&dice);
        shape.applicants = 500;
        shape.offers = 40;
        shape.sites = 60;
        shape.places = 8 + dice_below(&dice, 20);
        shape.reach = 1 + dice_below(&dice, 12);
        shape.steps = 1 + dice_below(&dice, 2000);
        struct made *made = leftover(&dice, &shape);
        struct allot_result *result = run(made);
        struct allot_error error = { 0 };
        if (!allot_check(&made->problem, result, NULL, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balance_is_the_best_of_all), cmocka_unit_test(bent_proofs_are_seen),
        cmocka_unit_test(a_longer_way_is_seen),       cmocka_unit_test(a_price_does_not_wrap),
        cmocka_unit_test(larger_ones_pass_the_check),
    };
    return cmocka_run_group_tests_name("balance", tests, NULL, NULL);
}
