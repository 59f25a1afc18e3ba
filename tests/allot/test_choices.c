/*
 * The mechanisms against oracles that share nothing with the engine but the definition of who stands first:
 * all matchings enumerated, rounds played literally, orders of input shuffled, wishes falsified.
 */
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 4000, SMALL = 8 };

static struct allot_result *run(const struct made *made)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    if (!allot_run(&made->problem, NULL, &result, &error)) {
        fail_msg("run: %s", error.message);
    }
    return result;
}

static uint32_t ranks_of(const struct allot_problem *problem, uint32_t a)
{
    return problem->choice_from[a + 1] - problem->choice_from[a];
}

static uint32_t offer_at(const struct allot_problem *problem, uint32_t a, uint32_t rank)
{
    return problem->choice[problem->choice_from[a] + rank].offer;
}

/* --- all stable matchings ---------------------------------------------------------------------------------------- */

struct matching {
    uint32_t rank[SMALL]; /* ranks_of(a): without a place */
};

static bool is_stable(const struct allot_problem *problem, const struct matching *matching)
{
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t held = 0;
        for (uint32_t a = 0; a < problem->applicants; a++) {
            held += matching->rank[a] < ranks_of(problem, a) && offer_at(problem, a, matching->rank[a]) == j;
        }
        if (held > problem->offer[j].capacity) {
            return false;
        }
        for (uint32_t a = 0; a < problem->applicants; a++) {
            for (uint32_t rank = 0; rank < matching->rank[a]; rank++) {
                if (offer_at(problem, a, rank) != j) {
                    continue;
                }
                if (held < problem->offer[j].capacity) {
                    return false;
                }
                for (uint32_t b = 0; b < problem->applicants; b++) {
                    if (matching->rank[b] < ranks_of(problem, b) && offer_at(problem, b, matching->rank[b]) == j &&
                        allot_compare(problem, a, (uint16_t)rank, b, (uint16_t)matching->rank[b]) < 0) {
                        return false;
                    }
                }
            }
        }
    }
    return true;
}

/* Goes through all matchings; best[a] gets the best rank that a has in any stable one; returns how many are stable. */
static uint32_t enumerate(const struct allot_problem *problem, struct matching *best)
{
    struct matching now = { { 0 } };
    uint32_t stable = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        best->rank[a] = ranks_of(problem, a);
    }
    for (;;) {
        if (is_stable(problem, &now)) {
            stable++;
            for (uint32_t a = 0; a < problem->applicants; a++) {
                best->rank[a] = now.rank[a] < best->rank[a] ? now.rank[a] : best->rank[a];
            }
        }
        uint32_t a = 0;
        while (a < problem->applicants && now.rank[a] == ranks_of(problem, a)) {
            now.rank[a++] = 0;
        }
        if (a == problem->applicants) {
            return stable;
        }
        now.rank[a]++;
    }
}

static void deferred_is_the_best_stable(void **state)
{
    (void)state;
    struct dice dice = { 1 };
    uint32_t several = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = small_shape(&dice);
        shape.applicants = shape.applicants > 6 ? 6 : shape.applicants;
        if (i % 2 == 0) { /* tight, and every school with its own opinion */
            shape = (struct shape){ 4 + dice_below(&dice, 2), 4,     1,   4, 1 + dice_below(&dice, 2), 1000, 1, 1,
                                    ALLOT_DEFERRED,           false, true };
        }
        struct made *made = made_new(&dice, &shape);
        for (uint32_t j = 0; i % 2 == 0 && j < shape.offers; j++) {
            made->offer[j].capacity = 1;
        }
        struct allot_result *result = run(made);
        struct matching best;
        uint32_t stable = enumerate(&made->problem, &best);
        assert_true(stable >= 1);
        several += stable > 1;
        if (shape.mechanism == ALLOT_SERIAL) {
            assert_int_equal(stable, 1);
        }
        for (uint32_t a = 0; a < made->problem.applicants; a++) {
            uint32_t ranks = ranks_of(&made->problem, a);
            uint32_t rank = result->outcome[a].how == ALLOT_CHOICE ? result->outcome[a].rank : ranks;
            assert_int_equal(rank, best.rank[a]);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_true(several > 100); /* the oracle really had something to choose from */
}

/* --- serial priority, played literally --------------------------------------------------------------------------- */

static void play_rounds(const struct allot_problem *problem, uint32_t *rank)
{
    uint32_t left[8];
    for (uint32_t j = 0; j < problem->offers; j++) {
        left[j] = problem->offer[j].capacity;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        rank[a] = UINT32_MAX;
    }
    for (uint32_t round = 0; round < 8; round++) {
        for (uint32_t j = 0; j < problem->offers; j++) {
            for (; left[j] > 0; left[j]--) {
                uint32_t first = UINT32_MAX;
                for (uint32_t a = 0; a < problem->applicants; a++) {
                    bool asks =
                        rank[a] == UINT32_MAX && round < ranks_of(problem, a) && offer_at(problem, a, round) == j;
                    if (asks && (first == UINT32_MAX ||
                                 allot_compare(problem, a, (uint16_t)round, first, (uint16_t)round) < 0)) {
                        first = a;
                    }
                }
                if (first == UINT32_MAX) {
                    break;
                }
                rank[first] = round;
            }
        }
    }
}

static void serial_is_the_rounds(void **state)
{
    (void)state;
    struct dice dice = { 2 };
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = small_shape(&dice);
        shape.mechanism = ALLOT_SERIAL;
        struct made *made = made_new(&dice, &shape);
        struct allot_result *result = run(made);
        uint32_t rank[SMALL];
        play_rounds(&made->problem, rank);
        for (uint32_t a = 0; a < made->problem.applicants; a++) {
            uint32_t got = result->outcome[a].how == ALLOT_CHOICE ? result->outcome[a].rank : UINT32_MAX;
            assert_int_equal(got, rank[a]);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
}

/* With one lot each, a draw is picking in the order of the lots. */
static void draw_is_picking_in_order(void **state)
{
    (void)state;
    struct dice dice = { 3 };
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = small_shape(&dice);
        shape.mechanism = ALLOT_DRAW;
        shape.lot_per_offer = false;
        struct made *made = made_new(&dice, &shape);
        const struct allot_problem *problem = &made->problem;
        struct allot_result *result = run(made);
        uint32_t left[8];
        bool done[SMALL] = { false };
        for (uint32_t j = 0; j < problem->offers; j++) {
            left[j] = problem->offer[j].capacity;
        }
        for (uint32_t turn = 0; turn < problem->applicants; turn++) {
            uint32_t next = UINT32_MAX;
            for (uint32_t a = 0; a < problem->applicants; a++) {
                if (!done[a] && (next == UINT32_MAX || problem->lot[a].high < problem->lot[next].high)) {
                    next = a;
                }
            }
            done[next] = true;
            uint32_t rank = 0;
            while (rank < ranks_of(problem, next) && left[offer_at(problem, next, rank)] == 0) {
                rank++;
            }
            if (rank < ranks_of(problem, next)) {
                left[offer_at(problem, next, rank)]--;
                assert_int_equal(result->outcome[next].how, ALLOT_CHOICE);
                assert_int_equal(result->outcome[next].rank, rank);
            } else {
                assert_int_not_equal(result->outcome[next].how, ALLOT_CHOICE);
            }
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
}

/* --- any size ---------------------------------------------------------------------------------------------------- */

static struct shape larger_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.applicants = 20 + dice_below(dice, 300);
    shape.offers = 2 + dice_below(dice, 20);
    shape.sites = 1 + dice_below(dice, 30);
    shape.choices = 1 + dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 30);
    shape.reach = 1 + dice_below(dice, 10);
    shape.steps = 1 + dice_below(dice, 100);
    return shape;
}

static void same_for_any_order(void **state)
{
    (void)state;
    struct dice dice = { 4 };
    for (int i = 0; i < 600; i++) {
        struct shape shape = larger_shape(&dice);
        struct made *made = made_new(&dice, &shape);
        if (i % 3 == 0) { /* many equal draw numbers: the ticket decides */
            for (uint32_t a = 0; a < shape.applicants; a++) {
                made->lot[a] = (struct allot_lot){ dice_below(&dice, 2), dice_below(&dice, 2) };
            }
        }
        uint32_t *order = calloc(shape.applicants, sizeof *order);
        for (uint32_t a = 0; a < shape.applicants; a++) {
            uint32_t k = dice_below(&dice, a + 1);
            order[a] = order[k];
            order[k] = a;
        }
        struct made *shuffled = made_shuffled(made, order);
        struct allot_result *one = run(made), *other = run(shuffled);
        for (uint32_t a = 0; a < shape.applicants; a++) {
            assert_memory_equal(&one->outcome[order[a]], &other->outcome[a], sizeof *one->outcome);
        }
        assert_memory_equal(one->balance.price, other->balance.price, shape.offers * sizeof(uint64_t));
        assert_memory_equal(one->balance.cut_site, other->balance.cut_site, shape.sites);
        assert_memory_equal(one->balance.short_site, other->balance.short_site, shape.sites);
        allot_result_free(one, NULL);
        allot_result_free(other, NULL);
        made_free(made);
        made_free(shuffled);
        free(order);
    }
}

static void check_passes(void **state)
{
    (void)state;
    struct dice dice = { 5 };
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = i % 4 == 0 ? larger_shape(&dice) : small_shape(&dice);
        struct made *made = made_new(&dice, &shape);
        struct allot_result *result = run(made);
        struct allot_error error = { 0 };
        if (!allot_check(&made->problem, result, NULL, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        assert_int_equal(result->placed_by_choice + result->placed_by_balance + result->unplaced, shape.applicants);
        allot_result_free(result, NULL);
        made_free(made);
    }
}

/* Two applicants exchanged, one thrown out, one let in: each must be seen. */
static void check_sees_changes(void **state)
{
    (void)state;
    struct dice dice = { 6 };
    uint32_t tried = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = small_shape(&dice);
        shape.applicants = 2 + dice_below(&dice, 6);
        struct made *made = made_new(&dice, &shape);
        struct allot_result *result = run(made);
        uint32_t a = dice_below(&dice, shape.applicants);
        struct allot_outcome before = result->outcome[a];
        struct allot_outcome *now = &result->outcome[a];
        switch (dice_below(&dice, 4)) {
        case 0:
            *now = (struct allot_outcome){ .offer = ALLOT_NONE,
                                           .how = ALLOT_UNPLACED,
                                           .reason = (uint8_t)(1 + dice_below(&dice, 5)) };
            break;
        case 1:
            if (ranks_of(&made->problem, a) > 0) {
                now->how = ALLOT_CHOICE;
                now->reason = ALLOT_WHY_NOTHING;
                now->rank = (uint16_t)dice_below(&dice, ranks_of(&made->problem, a));
                now->offer = offer_at(&made->problem, a, now->rank);
            }
            break;
        case 2:
            *now = (struct allot_outcome){ .offer = dice_below(&dice, shape.offers), .how = ALLOT_BALANCED };
            break;
        default:
            now->rank++;
            break;
        }
        if (memcmp(&before, now, sizeof before) != 0) {
            tried++;
            struct allot_error error = { 0 };
            assert_false(allot_check(&made->problem, result, NULL, &error));
            assert_int_equal(error.fault, ALLOT_FAULT_RESULT);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_true(tried > PROBLEMS / 2);
}

/* Under deferred acceptance (and so under the draw) no list of wishes gives more than the true one. */
static void hiding_a_wish_gains_nothing(void **state)
{
    (void)state;
    struct dice dice = { 7 };
    uint32_t gains_under_serial = 0;
    for (int i = 0; i < 1500; i++) {
        struct shape shape = small_shape(&dice);
        shape.applicants = 2 + dice_below(&dice, 5);
        shape.offers = 3;
        shape.choices = 3;
        struct made *made = made_new(&dice, &shape);
        struct allot_problem *problem = &made->problem;
        uint32_t a = dice_below(&dice, shape.applicants), from = problem->choice_from[a], ranks = ranks_of(problem, a);
        struct allot_choice true_choice[3];
        struct allot_lot true_lot[3];
        memcpy(true_choice, made->choice + from, ranks * sizeof *true_choice);
        memcpy(true_lot, made->choice_lot + from, ranks * sizeof *true_lot);
        struct allot_result *honest = run(made);
        uint32_t got = honest->outcome[a].how == ALLOT_CHOICE ? honest->outcome[a].rank : ranks;
        for (uint32_t lie = 0; ranks > 0 && lie < 20; lie++) {
            for (uint32_t r = ranks - 1; r > 0;
                 r--) { /* another order; what stands behind a good wish hardly matters */
                uint32_t k = dice_below(&dice, r + 1);
                struct allot_choice choice = made->choice[from + r];
                struct allot_lot lot = made->choice_lot[from + r];
                made->choice[from + r] = made->choice[from + k];
                made->choice_lot[from + r] = made->choice_lot[from + k];
                made->choice[from + k] = choice;
                made->choice_lot[from + k] = lot;
            }
            struct allot_result *lied = run(made);
            if (lied->outcome[a].how == ALLOT_CHOICE) {
                uint32_t worth = 0;
                while (true_choice[worth].offer != lied->outcome[a].offer) {
                    worth++;
                }
                if (shape.mechanism == ALLOT_SERIAL) {
                    gains_under_serial += worth < got;
                } else {
                    assert_true(worth >= got);
                }
            }
            allot_result_free(lied, NULL);
        }
        allot_result_free(honest, NULL);
        made_free(made);
    }
    assert_true(gains_under_serial > 0); /* as the literature says of immediate acceptance */
}

/* --- explanations and waiting lists ------------------------------------------------------------------------------ */

static void explanations_are_true(void **state)
{
    (void)state;
    struct dice dice = { 8 };
    uint32_t refused = 0;
    for (int i = 0; i < 1500; i++) {
        struct shape shape = small_shape(&dice);
        shape.applicants = 1 + dice_below(&dice, 7);
        struct made *made = made_new(&dice, &shape);
        const struct allot_problem *problem = &made->problem;
        struct allot_result *result = run(made);
        uint32_t a = dice_below(&dice, shape.applicants);
        struct allot_reasoning why[8];
        allot_explain(problem, result, a, why);
        for (uint32_t rank = 0; rank < ranks_of(problem, a); rank++) {
            bool admitted = result->outcome[a].how == ALLOT_CHOICE && result->outcome[a].rank == rank;
            assert_int_equal(why[rank].verdict == ALLOT_ADMITTED, admitted);
            if (why[rank].verdict != ALLOT_REFUSED) {
                continue;
            }
            refused++;
            assert_true(why[rank].full);
            assert_int_equal(why[rank].stood_before, why[rank].admitted);
            if (why[rank].decided == ALLOT_DECIDED_NO_PLACE) {
                assert_int_equal(problem->offer[why[rank].offer].capacity, 0);
                continue;
            }
            assert_true(allot_compare(problem, why[rank].last.applicant, why[rank].last.rank, a, (uint16_t)rank) < 0);
            uint32_t list[SMALL];
            uint32_t waiting = allot_waiting_list(problem, result->outcome, NULL, why[rank].offer, 0, NULL, list);
            uint32_t place = 0;
            for (uint32_t k = 0; k < waiting; k++) {
                place = list[k] == a ? k + 1 : place;
            }
            assert_int_equal(why[rank].waiting_place, place);
            assert_int_equal(waiting > 0 ? list[0] : ALLOT_NONE,
                             allot_next_waiting(problem, result->outcome, NULL, why[rank].offer, 0, 1, NULL));
            if (why[rank].other_priority_suffices) { /* against the cut-offs as they stand */
                struct allot_choice *choice = &made->choice[problem->choice_from[a] + rank];
                uint32_t was = choice->priority;
                choice->priority = why[rank].sufficient_priority;
                bool ranked = problem->mechanism != ALLOT_SERIAL || why[rank].last.rank == rank;
                bool before =
                    allot_compare(problem, a, (uint16_t)rank, why[rank].last.applicant, why[rank].last.rank) < 0;
                assert_true(!ranked || before);
                choice->priority++;
                before = allot_compare(problem, a, (uint16_t)rank, why[rank].last.applicant, why[rank].last.rank) < 0;
                assert_false(before);
                choice->priority = was;
            }
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_true(refused > 500);
}

/* A place given back goes down the list; then nobody who waits stands before anybody who was served. */
static void freed_places_go_down_the_list(void **state)
{
    (void)state;
    struct dice dice = { 9 };
    uint32_t served = 0;
    for (int i = 0; i < 1000; i++) {
        struct shape shape = larger_shape(&dice);
        shape.balance = false;
        struct made *made = made_new(&dice, &shape);
        const struct allot_problem *problem = &made->problem;
        struct allot_result *result = run(made);
        uint32_t a = dice_below(&dice, shape.applicants);
        if (result->outcome[a].how == ALLOT_CHOICE && result->cutoff[result->outcome[a].offer].full) {
            uint32_t offer = result->outcome[a].offer;
            uint32_t *list = calloc(result->cutoff[offer].listed + 1, sizeof *list);
            uint32_t waiting = allot_waiting_list(problem, result->outcome, NULL, offer, 0, NULL, list);
            result->outcome[a] =
                (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
            uint16_t rank = 0;
            uint32_t next = allot_next_waiting(problem, result->outcome, NULL, offer, 0, 1, &rank);
            assert_int_equal(next, waiting > 0 ? list[0] : ALLOT_NONE);
            for (uint32_t k = 1; k < waiting; k++) {
                served++;
                uint16_t rank_of[2];
                for (uint32_t which = 0; which < 2; which++) {
                    uint32_t b = list[k - 1 + which];
                    rank_of[which] = 0;
                    while (offer_at(problem, b, rank_of[which]) != offer) {
                        rank_of[which]++;
                    }
                }
                assert_true(allot_compare(problem, list[k - 1], rank_of[0], list[k], rank_of[1]) < 0);
            }
            free(list);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_true(served > 100);
}

/* --- bad problems ------------------------------------------------------------------------------------------------ */

static void bad_problems_are_refused(void **state)
{
    (void)state;
    struct dice dice = { 10 };
    struct shape shape = { 4, 3, 2, 2, 2, 2, 2, 5, ALLOT_DEFERRED, true, false };
    for (int fault = 0; fault < 7; fault++) {
        struct made *made = made_new(&dice, &shape);
        made->choice_from[1] = 2;
        for (uint32_t a = 1; a < 4; a++) {
            made->choice_from[a + 1] = made->choice_from[a] + 1;
        }
        for (uint32_t c = 0; c < 5; c++) {
            made->choice[c].offer = c % 3;
        }
        struct allot_error error = { 0 };
        assert_true(allot_problem_valid(&made->problem, NULL, &error));
        switch (fault) {
        case 0:
            made->choice[3].offer = 3;
            break;
        case 1:
            made->choice[1].offer = made->choice[0].offer;
            break;
        case 2:
            made->applicant[2].site = 2;
            break;
        case 3:
            memcpy(made->ticket[0], made->ticket[3], ALLOT_TICKET_BYTES);
            made->lot[0] = made->lot[3];
            break;
        case 4:
            made->choice_from[2] = 1;
            break;
        case 5:
            made->problem.version = 9;
            break;
        default:
            made->offer[0].order = 7;
            break;
        }
        struct allot_result *result = NULL;
        assert_false(allot_problem_valid(&made->problem, NULL, &error));
        assert_int_equal(error.fault, ALLOT_FAULT_PROBLEM);
        assert_true(strlen(error.message) > 10);
        assert_false(allot_run(&made->problem, NULL, &result, &error));
        assert_null(result);
        made_free(made);
    }
}

/* Every request for memory fails once; nothing leaks, nothing is half done. */
struct rationed {
    uint32_t until;
    uint32_t held;
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

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    struct dice dice = { 11 };
    struct shape shape = larger_shape(&dice);
    shape.balance = true;
    shape.places = 3;
    struct made *made = made_new(&dice, &shape);
    bool done = false;
    uint32_t tries = 0;
    for (; !done; tries++) {
        struct rationed rationed = { tries, 0 };
        struct allot_host memory = { rationed_get, rationed_put, &rationed };
        struct allot_result *result = NULL;
        struct allot_error error = { 0 };
        done =
            allot_run(&made->problem, &memory, &result, &error) && allot_check(&made->problem, result, &memory, &error);
        if (!done) {
            assert_int_equal(error.fault, ALLOT_FAULT_MEMORY);
        }
        allot_result_free(result, &memory);
        assert_int_equal(rationed.held, 0);
    }
    assert_true(tries > 30);
    made_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deferred_is_the_best_stable),
        cmocka_unit_test(serial_is_the_rounds),
        cmocka_unit_test(draw_is_picking_in_order),
        cmocka_unit_test(same_for_any_order),
        cmocka_unit_test(check_passes),
        cmocka_unit_test(check_sees_changes),
        cmocka_unit_test(hiding_a_wish_gains_nothing),
        cmocka_unit_test(explanations_are_true),
        cmocka_unit_test(freed_places_go_down_the_list),
        cmocka_unit_test(bad_problems_are_refused),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests_name("choices", tests, NULL, NULL);
}
