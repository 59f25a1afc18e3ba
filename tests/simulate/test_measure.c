/* The measures of a result against their definitions: who was passed over by looking at every pair, who could trade by
 * trying every placement, who could have gained by trying every order of a child's wishes, the late round by asking
 * for each free place anew. */
#include "../allot/made.h"

#include "simulate/measure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 6000, MANY_PROBLEMS = 20000 };

/* ---- What the definitions need ---- */

static uint32_t kinds_of(const struct allot_problem *problem, uint32_t offer)
{
    return problem->kind_from ? problem->kind_from[offer + 1] - problem->kind_from[offer] : 0;
}

static const struct allot_kind *kind_of(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    return kinds_of(problem, offer) ? &problem->kind[problem->kind_from[offer] + kind] : NULL;
}

static bool in_group(const struct allot_problem *problem, const struct allot_kind *kind, uint32_t choice)
{
    bool in = false;
    for (uint32_t g = 0; kind && g < kind->groups; g++) {
        in = in || problem->kind_group[kind->group_from + g] == problem->choice[choice].group;
    }
    return in;
}

static bool may_have(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t choice)
{
    const struct allot_kind *of = kind_of(problem, offer, kind);
    if (of && of->whom == ALLOT_MEMBERS_ONLY) {
        return in_group(problem, of, choice);
    }
    return !(of && of->whom == ALLOT_OTHERS_ONLY && in_group(problem, of, choice));
}

static uint32_t places_of(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    const struct allot_kind *of = kind_of(problem, offer, kind);
    return of ? of->places : problem->offer[offer].capacity;
}

static uint32_t taken(const struct allot_problem *problem, const struct allot_outcome *outcome, uint32_t offer,
                      uint32_t kind)
{
    uint32_t n = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        n += outcome[a].how != ALLOT_UNPLACED && outcome[a].offer == offer && outcome[a].kind == kind
                 ? problem->applicant[a].places
                 : 0;
    }
    return n;
}

/* Compared with plain words: not a member, priority, lot. */
static bool before(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t own,
                   uint32_t b, uint32_t other)
{
    const struct allot_kind *of = kind_of(problem, offer, kind);
    bool lots = (of ? of->order : problem->offer[offer].order) == ALLOT_BY_LOT;
    bool a_out = of && of->whom == ALLOT_MEMBERS_FIRST && !in_group(problem, of, own);
    bool b_out = of && of->whom == ALLOT_MEMBERS_FIRST && !in_group(problem, of, other);
    if (a_out != b_out) {
        return b_out;
    }
    if (!lots && problem->choice[own].priority != problem->choice[other].priority) {
        return problem->choice[own].priority < problem->choice[other].priority;
    }
    struct allot_lot x = problem->lot_per_offer ? problem->choice_lot[own] : problem->lot[a];
    struct allot_lot y = problem->lot_per_offer ? problem->choice_lot[other] : problem->lot[b];
    return x.high != y.high ? x.high < y.high : x.low < y.low;
}

static uint32_t better_wishes(const struct allot_problem *problem, const struct allot_outcome *outcome, uint32_t a)
{
    return outcome[a].how == ALLOT_CHOICE ? outcome[a].rank : problem->choice_from[a + 1] - problem->choice_from[a];
}

struct tried {
    struct made *made;
    struct allot_result *result;
    struct arena *arena;
    double value[MEASURES];
};

static struct tried try_problem(struct dice *dice, struct shape shape)
{
    struct tried t = { .made = made_new(dice, &shape), .arena = arena_new(0) };
    struct allot_error wrong = { 0 };
    if (!allot_run(&t.made->problem, NULL, &t.result, &wrong)) {
        fail_msg("%s", wrong.message);
    }
    struct measured measured = { .problem = &t.made->problem, .outcome = t.result->outcome, .step_metres = 1 };
    measure_result(t.arena, &measured, t.value);
    return t;
}

static void done(struct tried *t)
{
    allot_result_free(t->result, NULL);
    made_free(t->made);
    arena_free(t->arena);
}

/* ---- Passed over ---- */

static uint32_t pairs_of(const struct allot_problem *problem, const struct allot_outcome *outcome, uint32_t a)
{
    uint32_t pairs = 0, from = problem->choice_from[a];
    for (uint32_t c = from; c < from + better_wishes(problem, outcome, a); c++) {
        for (uint32_t b = 0; b < problem->applicants; b++) {
            uint32_t offer = outcome[b].offer, kind = outcome[b].kind;
            if (outcome[b].how != ALLOT_CHOICE || offer != problem->choice[c].offer ||
                !may_have(problem, offer, kind, c) ||
                !before(problem, offer, kind, a, c, b, problem->choice_from[b] + outcome[b].rank)) {
                continue;
            }
            uint32_t all = places_of(problem, offer, kind), used = taken(problem, outcome, offer, kind);
            uint32_t room = used < all ? all - used : 0;
            pairs += room + problem->applicant[b].places >= problem->applicant[a].places;
        }
    }
    return pairs;
}

static void who_was_passed_over_is_every_such_pair(void **state)
{
    struct dice dice = { 11 };
    uint32_t some = 0;
    (void)state;
    for (int i = 0; i < MANY_PROBLEMS; i++) {
        struct tried t = try_problem(&dice, rich_shape(&dice));
        const struct allot_problem *problem = &t.made->problem;
        uint32_t pairs = 0, tickets = 0;
        for (uint32_t a = 0; a < problem->applicants; a++) {
            uint32_t own = pairs_of(problem, t.result->outcome, a);
            pairs += own;
            tickets += own > 0;
        }
        assert_true(t.value[MEASURE_PAIRS] == pairs);
        assert_true(t.value[MEASURE_PASSED] == tickets);
        if (problem->mechanism == ALLOT_DEFERRED && t.result->passed_over == 0) {
            assert_int_equal(pairs, 0);
        }
        some += pairs > 0;
        done(&t);
    }
    assert_true(some > MANY_PROBLEMS / 50);
}

/* ---- Trades ---- */

struct placing {
    const struct allot_problem *problem;
    const struct allot_outcome *outcome;
    uint32_t used[64][8], most[64][8];
    bool better[64], gains[64]; /* in this placement; in any so far */
};

static void place_rest(struct placing *p, uint32_t a);

static void place_at(struct placing *p, uint32_t a, uint32_t offer, uint32_t kind, bool better)
{
    uint32_t places = p->problem->applicant[a].places;
    if (p->used[offer][kind] + places > p->most[offer][kind]) {
        return;
    }
    p->used[offer][kind] += places;
    p->better[a] = better;
    place_rest(p, a + 1);
    p->used[offer][kind] -= places;
}

/* Every placement in which nobody is worse off. */
static void place_rest(struct placing *p, uint32_t a)
{
    const struct allot_problem *problem = p->problem;
    if (a == problem->applicants) {
        for (uint32_t i = 0; i < a; i++) {
            p->gains[i] = p->gains[i] || p->better[i];
        }
        return;
    }
    const struct allot_outcome *now = &p->outcome[a];
    if (now->how == ALLOT_UNPLACED) {
        p->better[a] = false;
        place_rest(p, a + 1);
    } else {
        place_at(p, a, now->offer, now->kind, false);
    }
    if (problem->applicant[a].places > 1) {
        return;
    }
    uint32_t better = better_wishes(problem, p->outcome, a), from = problem->choice_from[a];
    for (uint32_t c = from; c < from + better + (now->how == ALLOT_CHOICE); c++) {
        uint32_t offer = problem->choice[c].offer, kinds = kinds_of(problem, offer);
        for (uint32_t k = 0; k < (kinds ? kinds : 1); k++) {
            bool here = now->how == ALLOT_CHOICE && offer == now->offer && k == now->kind;
            if (!here && may_have(problem, offer, k, c)) {
                place_at(p, a, offer, k, c < from + better);
            }
        }
    }
}

static void who_could_trade_is_seen_by_trying_every_placement(void **state)
{
    struct dice dice = { 12 };
    uint32_t some = 0;
    (void)state;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = rich_shape(&dice);
        if (i % 2 == 0) { /* crowded, where trades are left */
            shape.applicants = 6;
            shape.offers = shape.choices = 4;
            shape.places = 1 + dice_below(&dice, 2);
            shape.mechanism = ALLOT_DEFERRED;
        }
        shape.applicants = shape.applicants > 6 ? 6 : shape.applicants;
        shape.choices = shape.kinds > 0 && shape.choices > 3 ? 3 : shape.choices;
        struct tried t = try_problem(&dice, shape);
        struct placing *p = calloc(1, sizeof *p);
        assert_non_null(p);
        p->problem = &t.made->problem;
        p->outcome = t.result->outcome;
        for (uint32_t j = 0; j < p->problem->offers; j++) {
            uint32_t kinds = kinds_of(p->problem, j);
            for (uint32_t k = 0; k < (kinds ? kinds : 1); k++) {
                uint32_t all = places_of(p->problem, j, k), used = taken(p->problem, p->outcome, j, k);
                p->most[j][k] = used > all ? used : all;
            }
        }
        place_rest(p, 0);
        uint32_t tickets = 0;
        for (uint32_t a = 0; a < p->problem->applicants; a++) {
            tickets += p->gains[a];
        }
        assert_true(t.value[MEASURE_TRADES] == tickets);
        if (p->problem->mechanism == ALLOT_CYCLES) {
            assert_int_equal(tickets, 0);
        }
        some += tickets > 0;
        free(p);
        done(&t);
    }
    assert_true(some > 20);
}

/* ---- Another order of one's wishes ---- */

/* Runs again with applicant a's wishes in every order; true when one of them brings a truly better wish. */
static bool some_order_is_better(struct made *made, const struct allot_outcome *outcome, uint32_t a, uint32_t at)
{
    uint32_t from = made->choice_from[a], n = made->choice_from[a + 1] - from;
    static struct allot_choice truth[64];
    if (at == 0) {
        memcpy(truth, made->choice + from, n * sizeof *truth);
    }
    if (at == n) {
        struct allot_result *again = NULL;
        struct allot_error wrong = { 0 };
        assert_true(allot_run(&made->problem, NULL, &again, &wrong));
        uint32_t got = n, now = outcome[a].how == ALLOT_CHOICE ? outcome[a].rank : n;
        for (uint32_t i = 0; i < n; i++) {
            got = again->outcome[a].how == ALLOT_CHOICE && truth[i].offer == again->outcome[a].offer ? i : got;
        }
        allot_result_free(again, NULL);
        return got < now;
    }
    bool better = false;
    for (uint32_t i = at; i < n && !better; i++) {
        for (int back = 0; back < 2; back++) {
            struct allot_choice choice = made->choice[from + at];
            struct allot_lot lot = made->choice_lot[from + at];
            made->choice[from + at] = made->choice[from + i];
            made->choice_lot[from + at] = made->choice_lot[from + i];
            made->choice[from + i] = choice;
            made->choice_lot[from + i] = lot;
            if (back == 0) {
                better = some_order_is_better(made, outcome, a, at + 1);
            }
        }
    }
    return better;
}

static void who_gains_by_order_is_seen_by_trying_every_order(void **state)
{
    struct dice dice = { 13 };
    uint32_t some = 0;
    (void)state;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = rich_shape(&dice);
        shape.mechanism = ALLOT_SERIAL;
        shape.most = 0;
        struct tried t = try_problem(&dice, shape);
        uint32_t tickets = 0;
        for (uint32_t a = 0; a < t.made->problem.applicants; a++) {
            tickets += some_order_is_better(t.made, t.result->outcome, a, 0);
        }
        assert_true(t.value[MEASURE_REORDER] == tickets);
        some += tickets > 0;
        done(&t);
    }
    assert_true(some > PROBLEMS / 50);
}

static void under_deferred_acceptance_no_order_is_better(void **state)
{
    struct dice dice = { 14 };
    (void)state;
    for (int i = 0; i < PROBLEMS / 4; i++) {
        struct shape shape = small_shape(&dice);
        shape.mechanism = ALLOT_DEFERRED;
        struct tried t = try_problem(&dice, shape);
        assert_true(isnan(t.value[MEASURE_REORDER]));
        for (uint32_t a = 0; a < t.made->problem.applicants; a++) {
            assert_false(some_order_is_better(t.made, t.result->outcome, a, 0));
        }
        done(&t);
    }
}

/* ---- Shares and distances ---- */

static void shares_add_up_and_distances_are_those_of_the_places(void **state)
{
    struct dice dice = { 15 };
    (void)state;
    for (int i = 0; i < PROBLEMS; i++) {
        struct tried t = try_problem(&dice, rich_shape(&dice));
        const struct allot_result *result = t.result;
        double children = (double)result->placed_by_choice + result->placed_by_balance + result->unplaced;
        double *value = t.value;
        if (children > 0) {
            assert_true(fabs(value[MEASURE_WISH] * children - result->placed_by_choice) < 1e-9);
            assert_true(fabs(value[MEASURE_BALANCED] * children - result->placed_by_balance) < 1e-9);
            assert_true(fabs(value[MEASURE_UNPLACED] * children - result->unplaced) < 1e-9);
        }
        /* No distances of wishes were given, so what is known is what balance did for single tickets and families. */
        if (result->placed_by_balance > 0 && result->balance.together_asked == 0) {
            assert_true(value[MEASURE_GREATEST] == result->balance.greatest);
            assert_true(fabs(value[MEASURE_MEAN] * result->placed_by_balance - (double)result->balance.total) < 1e-6);
        } else if (result->placed_by_balance == 0) {
            assert_true(isnan(value[MEASURE_MEAN]));
        }
        done(&t);
    }
}

/* ---- The late round ---- */

static double late_by_asking_anew(const struct allot_problem *problem, const struct allot_outcome *outcome,
                                  double declined, uint64_t seed)
{
    struct allot_outcome now[64];
    uint32_t queue[4096][2], first = 0, n = 0;
    double moves = 0;
    memcpy(now, outcome, problem->applicants * sizeof *now);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (now[a].how != ALLOT_UNPLACED && (double)(mix(seed, a) >> 11) / 9007199254740992.0 < declined) {
            queue[n][0] = now[a].offer;
            queue[n++][1] = now[a].kind;
            now[a] = (struct allot_outcome){ .offer = ALLOT_NONE, .reason = ALLOT_WHY_NOTHING };
        }
    }
    for (; first < n; first++) {
        uint32_t offer = queue[first][0], kind = queue[first][1], all = places_of(problem, offer, kind), used;
        while ((used = taken(problem, now, offer, kind)) < all) {
            uint16_t rank = 0;
            uint32_t a = allot_next_waiting(problem, now, NULL, offer, (uint16_t)kind, all - used, &rank);
            if (a == ALLOT_NONE) {
                break;
            }
            if (now[a].how != ALLOT_UNPLACED) {
                queue[n][0] = now[a].offer;
                queue[n++][1] = now[a].kind;
            }
            now[a] =
                (struct allot_outcome){ .offer = offer, .kind = (uint16_t)kind, .rank = rank, .how = ALLOT_CHOICE };
        }
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        moves += outcome[a].how != ALLOT_UNPLACED && now[a].how != ALLOT_UNPLACED && now[a].offer != outcome[a].offer;
    }
    return moves;
}

static void the_late_round_is_what_asking_anew_gives(void **state)
{
    struct dice dice = { 16 };
    uint32_t some = 0;
    (void)state;
    for (int i = 0; i < PROBLEMS; i++) {
        struct tried t = try_problem(&dice, rich_shape(&dice));
        struct error error;
        double moves, declined = 0.1 * dice_below(&dice, 6);
        t.made->problem.waiting_reversed = dice_below(&dice, 2);
        assert_true(measure_late(t.arena, &t.made->problem, t.result->outcome, declined, (uint64_t)i, &moves, &error));
        assert_true(moves == late_by_asking_anew(&t.made->problem, t.result->outcome, declined, (uint64_t)i));
        assert_true(declined > 0 || moves == 0);
        some += moves > 0;
        done(&t);
    }
    assert_true(some > PROBLEMS / 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_passed_over_is_every_such_pair),
        cmocka_unit_test(who_could_trade_is_seen_by_trying_every_placement),
        cmocka_unit_test(who_gains_by_order_is_seen_by_trying_every_order),
        cmocka_unit_test(under_deferred_acceptance_no_order_is_better),
        cmocka_unit_test(shares_add_up_and_distances_are_those_of_the_places),
        cmocka_unit_test(the_late_round_is_what_asking_anew_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
