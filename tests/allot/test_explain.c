/*
 * Explanations and waiting lists, on results made by playing the words of docs/transcript.md literally (literal.h).
 *
 * What is said to suffice is tried: exactly that one thing is changed in the problem. "Against the cut-offs as they
 * are" means: the offer, choosing among those whom it has and this applicant, would choose it. That is looked at in
 * every case, and that a little less would not do.
 *
 * Then everything is run again with the change, where every ticket has one place. What holds (and why):
 *  - serial: the applicant has this wish or a better one. Until the round of this wish nobody notices the change (or
 * the applicant gets a better wish by it); in that round it stands before somebody who is taken.
 *  - draw, one lot each, no kind with members first: the same. All pick in the order of lots, and the offer still had a
 *    place when the later one picked.
 *  - deferred, and draw else: the same; or the places of others shift. Whom the applicant pushes out asks elsewhere,
 * and the chain may end with somebody who comes to this offer and stands before the applicant. Then the new answer is
 * one in which, by the unchanged problem, nobody would be passed over either, so nobody has a better wish than before.
 * (A lot that counts for all wishes changes them all: there this is so when the wishes behind this one are struck out.)
 */
#include "literal.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 6000 };

static struct shape random_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.applicants = 2 + dice_below(dice, 9);
    shape.offers = 2 + dice_below(dice, 2);
    shape.choices = 3;
    shape.priorities = dice_below(dice, 2) == 0 ? 3 : 1000;
    shape.places = 1 + dice_below(dice, 3);
    shape.mechanism = (enum allot_mechanism)dice_below(dice, 4);
    shape.balance = false;
    return shape;
}

static struct allot_result *result_of(const struct allot_problem *problem, const struct literal *literal)
{
    struct allot_result *result = calloc(1, sizeof *result);
    struct allot_error error;
    result->applicants = problem->applicants;
    result->offers = problem->offers;
    result->outcome = calloc(problem->applicants + 1, sizeof *result->outcome);
    result->cutoff = calloc(problem->offers + 1, sizeof *result->cutoff);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        result->outcome[a] =
            (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NO_BALANCE };
        if (literal->has[a]) {
            result->outcome[a] = (struct allot_outcome){ .offer = literal_offer(problem, a, literal->rank[a]),
                                                         .kind = (uint16_t)literal->kind[a],
                                                         .rank = (uint16_t)literal->rank[a],
                                                         .how = ALLOT_CHOICE };
        }
    }
    assert_true(allot_count(problem, NULL, NULL, NULL, result, &error));
    return result;
}

/* --- explanations ------------------------------------------------------------------------------------------------ */

static uint32_t stood_before(const struct allot_problem *problem, const struct literal *literal, uint32_t a,
                             uint32_t rank, uint32_t kind)
{
    uint32_t offer = literal_offer(problem, a, rank), before = 0;
    for (uint32_t b = 0; b < problem->applicants; b++) {
        if (b != a && literal->has[b] && literal_offer(problem, b, literal->rank[b]) == offer &&
            literal->kind[b] == kind && literal_order(problem, offer, kind, b, literal->rank[b], a, rank) < 0) {
            before += problem->applicant[b].places;
        }
    }
    return before;
}

static void refusal_is_true(const struct allot_problem *problem, const struct literal *literal,
                            const struct allot_result *result, uint32_t a, uint32_t rank,
                            const struct allot_reasoning *why)
{
    uint32_t offer = why->offer, takes = 0, list[LITERAL_MOST];
    for (uint32_t k = 0; k < literal_kinds(problem, offer); k++) {
        takes += literal_takes(problem, offer, k, a, rank);
    }
    assert_true(takes == 0 || literal_takes(problem, offer, why->kind, a, rank));
    uint32_t waiting = allot_waiting_list(problem, result->outcome, NULL, offer, why->kind, NULL, list), place = 0;
    for (uint32_t i = 0; i < waiting; i++) {
        place = list[i] == a ? i + 1 : place;
    }
    assert_int_equal(why->waiting_place, place);
    uint32_t last = why->last.applicant;
    bool behind =
        last != ALLOT_NONE && literal_order(problem, offer, why->kind, last, literal->rank[last], a, rank) < 0;
    switch (why->decided) {
    case ALLOT_DECIDED_NO_PLACE:
        assert_int_equal(last, ALLOT_NONE);
        assert_true(takes == 0 || literal_places(problem, offer, why->kind) == 0);
        break;
    case ALLOT_DECIDED_TOGETHER:
        assert_int_equal(problem->together, ALLOT_TOGETHER_FIT);
        assert_true(!behind || why->admitted < literal_places(problem, offer, why->kind));
        break;
    case ALLOT_DECIDED_RANK:
        assert_true(problem->mechanism == ALLOT_SERIAL && why->own.rank > why->last.rank);
        break;
    case ALLOT_DECIDED_MEMBER:
        assert_true(why->own.other > why->last.other);
        break;
    case ALLOT_DECIDED_PRIORITY:
        assert_true(why->own.other == why->last.other);
        assert_true(problem->mechanism == ALLOT_CYCLES || why->own.priority > why->last.priority);
        break;
    default:
        assert_int_equal(why->decided, ALLOT_DECIDED_LOT);
        assert_int_equal(why->own.priority, why->last.priority);
        break;
    }
    if (problem->mechanism != ALLOT_CYCLES && why->decided != ALLOT_DECIDED_NO_PLACE &&
        why->decided != ALLOT_DECIDED_TOGETHER) {
        assert_true(behind && why->full);
        assert_int_equal(why->stood_before, why->admitted);
    }
}

/* Is it chosen, when it is changed so, by the offer as it is? */
static bool chosen_with_priority(struct dressed *dressed, const struct literal *literal, uint32_t a, uint32_t rank,
                                 uint32_t priority)
{
    struct allot_choice *choice = &dressed->made->choice[dressed->made->choice_from[a] + rank];
    uint32_t was = choice->priority;
    choice->priority = priority;
    bool chosen = literal_chosen(&dressed->made->problem, literal, a, rank);
    choice->priority = was;
    return chosen;
}

static struct allot_lot *lot_for(struct dressed *dressed, uint32_t a, uint32_t rank)
{
    struct made *made = dressed->made;
    return made->problem.lot_per_offer ? &made->choice_lot[made->choice_from[a] + rank] : &made->lot[a];
}

static bool chosen_with_lot(struct dressed *dressed, const struct literal *literal, uint32_t a, uint32_t rank,
                            struct allot_lot lot)
{
    struct allot_lot was = *lot_for(dressed, a, rank);
    *lot_for(dressed, a, rank) = lot;
    bool chosen = literal_chosen(&dressed->made->problem, literal, a, rank);
    *lot_for(dressed, a, rank) = was;
    return chosen;
}

static struct allot_lot next_lot(struct allot_lot lot, bool smaller)
{
    if (smaller) {
        lot.high -= lot.low == 0;
        lot.low--;
    } else {
        lot.low++;
        lot.high += lot.low == 0;
    }
    return lot;
}

static void explanations_are_true(void **state)
{
    (void)state;
    struct dice dice = { 201 };
    uint32_t decided[7] = { 0 }, by_priority = 0, by_lot = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        bool cycles = shape.mechanism == ALLOT_CYCLES;
        struct dressed dressed;
        dress(&dressed, &dice, &shape,
              (struct dressing){ .kinds = !cycles && i % 2 == 0,
                                 .together = cycles || dice_below(&dice, 2) == 0 ? 1 : 3,
                                 .categories = 5 });
        const struct allot_problem *problem = &dressed.made->problem;
        struct literal literal;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        for (uint32_t a = 0; a < problem->applicants; a++) {
            struct allot_reasoning why[LITERAL_WISHES];
            allot_explain(problem, result, a, why);
            for (uint32_t rank = 0; rank < literal_ranks(problem, a); rank++) {
                const struct allot_reasoning *one = &why[rank];
                assert_int_equal(one->offer, literal_offer(problem, a, rank));
                assert_int_equal(one->stood_before,
                                 one->admitted == 0 ? 0 : stood_before(problem, &literal, a, rank, one->kind));
                if (literal.has[a] && rank >= literal.rank[a]) {
                    assert_int_equal(one->verdict, rank == literal.rank[a] ? ALLOT_ADMITTED : ALLOT_NOT_NEEDED);
                    assert_true(rank != literal.rank[a] || one->kind == literal.kind[a]);
                    assert_int_equal(one->decided, ALLOT_DECIDED_NOTHING);
                    continue;
                }
                assert_int_equal(one->verdict, ALLOT_REFUSED);
                decided[one->decided]++;
                refusal_is_true(problem, &literal, result, a, rank, one);
                if (one->other_priority_suffices) {
                    by_priority++;
                    assert_true(chosen_with_priority(&dressed, &literal, a, rank, one->sufficient_priority));
                    assert_false(chosen_with_priority(&dressed, &literal, a, rank, one->sufficient_priority + 1));
                }
                if (one->other_lot_suffices) {
                    by_lot++;
                    assert_true(chosen_with_lot(&dressed, &literal, a, rank, next_lot(one->last.lot, true)));
                    assert_false(chosen_with_lot(&dressed, &literal, a, rank, next_lot(one->last.lot, false)));
                }
            }
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    print_message("by priority %u, by lot %u; decided:", by_priority, by_lot);
    for (int i = 1; i < 7; i++) {
        print_message(" %u", decided[i]);
        assert_true(decided[i] > 50);
    }
    print_message("\n");
    assert_true(by_priority > 1000 && by_lot > 1000);
}

/* --- the same, with everything run again ------------------------------------------------------------------------- */

static bool is_stable(const struct allot_problem *problem, const struct literal *literal)
{
    struct literal copy = *literal;
    literal_find_over(problem, &copy);
    return copy.overs == 0 && literal_consistent(problem, literal);
}

static bool nobody_better(const struct allot_problem *problem, const struct literal *now, const struct literal *before)
{
    bool right = true;
    for (uint32_t b = 0; b < problem->applicants; b++) {
        right = right && (!now->has[b] || (before->has[b] && before->rank[b] <= now->rank[b]));
    }
    return right;
}

static bool has_members_first(const struct dressed *dressed, uint32_t offers)
{
    bool first = false;
    for (uint32_t k = 0; k < dressed->kind_from[offers]; k++) {
        first = first || dressed->kind[k].whom == ALLOT_MEMBERS_FIRST;
    }
    return first;
}

struct replayed {
    uint32_t sure, got, shifted;
};

/* Runs the changed problem; `certain`: the applicant must have this wish or a better one. */
static bool replay(const struct allot_problem *problem, uint32_t a, uint32_t rank, bool certain, struct literal *now,
                   struct replayed *replayed)
{
    literal_run(problem, now);
    bool got = now->has[a] && now->rank[a] <= rank;
    replayed->sure += certain;
    replayed->got += got;
    replayed->shifted += !got;
    assert_true(got || !certain);
    return got;
}

/* The wishes of an applicant behind this one struck out: the problem is cut and can be put together again. */
static void run_without_later_wishes(struct dressed *dressed, uint32_t a, uint32_t rank, struct literal *now)
{
    struct made *made = dressed->made;
    uint32_t applicants = made->problem.applicants, cut = made->choice_from[a] + rank + 1;
    uint32_t gone = made->choice_from[a + 1] - cut, choices = made->choice_from[applicants];
    struct allot_choice *choice = made->choice;
    struct allot_choice *kept = malloc((choices + 1) * sizeof *kept);
    struct allot_lot *kept_lot = malloc((choices + 1) * sizeof *kept_lot);
    memcpy(kept, choice, choices * sizeof *kept);
    memcpy(kept_lot, made->choice_lot, choices * sizeof *kept_lot);
    memmove(choice + cut, choice + cut + gone, (choices - cut - gone) * sizeof *choice);
    memmove(made->choice_lot + cut, made->choice_lot + cut + gone, (choices - cut - gone) * sizeof *kept_lot);
    for (uint32_t b = a + 1; b <= applicants; b++) {
        made->choice_from[b] -= gone;
    }
    literal_run(&made->problem, now);
    for (uint32_t b = a + 1; b <= applicants; b++) {
        made->choice_from[b] += gone;
    }
    memcpy(choice, kept, choices * sizeof *kept);
    memcpy(made->choice_lot, kept_lot, choices * sizeof *kept_lot);
    free(kept);
    free(kept_lot);
}

static void try_priority(struct dressed *dressed, const struct literal *literal, uint32_t a, uint32_t rank,
                         const struct allot_reasoning *why, struct replayed *replayed)
{
    const struct allot_problem *problem = &dressed->made->problem;
    struct allot_choice *choice = &dressed->made->choice[dressed->made->choice_from[a] + rank];
    uint32_t was = choice->priority;
    struct literal now;
    choice->priority = why->sufficient_priority;
    bool got = replay(problem, a, rank, problem->mechanism == ALLOT_SERIAL, &now, replayed);
    choice->priority = was;
    assert_true(got || (is_stable(problem, &now) && nobody_better(problem, &now, literal)));
}

static void try_lot(struct dressed *dressed, const struct literal *literal, uint32_t a, uint32_t rank,
                    const struct allot_reasoning *why, struct replayed *replayed)
{
    const struct allot_problem *problem = &dressed->made->problem;
    bool one_each = !problem->lot_per_offer;
    bool picking = problem->mechanism == ALLOT_DRAW && one_each && !has_members_first(dressed, problem->offers);
    struct allot_lot *lot = lot_for(dressed, a, rank), was = *lot;
    struct literal now, cut_now, cut_before;
    *lot = next_lot(why->last.lot, true);
    bool got = replay(problem, a, rank, problem->mechanism == ALLOT_SERIAL || picking, &now, replayed);
    if (!got) {
        run_without_later_wishes(dressed, a, rank, &cut_now);
    }
    *lot = was;
    if (!got && one_each) {
        run_without_later_wishes(dressed, a, rank, &cut_before);
        assert_true(nobody_better(problem, &cut_now, &cut_before));
    } else if (!got) {
        assert_true(is_stable(problem, &now) && nobody_better(problem, &now, literal));
    }
}

static void changes_hold_when_run_again(void **state)
{
    (void)state;
    struct dice dice = { 202 };
    struct replayed priority = { 0 }, lot = { 0 };
    for (int i = 0; i < 3 * PROBLEMS; i++) {
        struct shape shape = random_shape(&dice);
        shape.mechanism = (enum allot_mechanism)dice_below(&dice, 3);
        bool several = shape.mechanism == ALLOT_SERIAL && i % 3 == 0;
        struct dressed dressed;
        dress(&dressed, &dice, &shape,
              (struct dressing){ .kinds = i % 2 == 0, .together = several ? 3 : 1, .categories = 5 });
        struct allot_problem *problem = &dressed.made->problem;
        if (several) { /* with serial and places added the same holds for tickets of several */
            problem->together = ALLOT_TOGETHER_ADD;
        }
        struct literal literal;
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        for (uint32_t a = 0; a < problem->applicants; a++) {
            struct allot_reasoning why[LITERAL_WISHES];
            allot_explain(problem, result, a, why);
            for (uint32_t rank = 0; rank < literal_ranks(problem, a); rank++) {
                if (why[rank].other_priority_suffices) {
                    try_priority(&dressed, &literal, a, rank, &why[rank], &priority);
                }
                if (why[rank].other_lot_suffices) {
                    try_lot(&dressed, &literal, a, rank, &why[rank], &lot);
                }
            }
        }
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    print_message("priority: sure %u, got %u, shifted %u; lot: sure %u, got %u, shifted %u\n", priority.sure,
                  priority.got, priority.shifted, lot.sure, lot.got, lot.shifted);
    assert_true(priority.sure > 1000 && lot.sure > 1000);
    assert_true(priority.shifted > 0 && lot.shifted > 0); /* the sentence about deferred is needed */
}

/* --- waiting lists ----------------------------------------------------------------------------------------------- */

static bool waits(const struct allot_problem *problem, const struct allot_outcome *now, uint32_t rank, uint32_t offer)
{
    if (now->how == ALLOT_UNPLACED) {
        return now->reason != ALLOT_WHY_NOTHING;
    }
    bool balanced_here = now->how == ALLOT_BALANCED && now->offer == offer;
    return !problem->waiting_unplaced_only && !balanced_here && (now->how == ALLOT_BALANCED || now->rank > rank);
}

static uint32_t rank_at(const struct allot_problem *problem, uint32_t a, uint32_t offer)
{
    uint32_t rank = 0;
    while (rank < literal_ranks(problem, a) && literal_offer(problem, a, rank) != offer) {
        rank++;
    }
    return rank;
}

/* The list by the words: lots the other way round by turning every bit of them and of the tickets. */
static uint32_t literal_list(struct dressed *dressed, const struct allot_outcome *now, const uint8_t *passed,
                             uint32_t offer, uint32_t kind, uint32_t *list)
{
    struct made *made = dressed->made;
    const struct allot_problem *problem = &made->problem;
    uint32_t count = 0;
    uint64_t turn = problem->waiting_reversed ? UINT64_MAX : 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t a = 0; pass == 0 && a < problem->applicants; a++) {
            uint32_t rank = rank_at(problem, a, offer);
            bool on = rank < literal_ranks(problem, a) && waits(problem, &now[a], rank, offer) && !passed[a] &&
                      literal_takes(problem, offer, kind, a, rank);
            if (on) {
                list[count++] = a;
            }
        }
        for (uint32_t a = 0; a < problem->applicants; a++) {
            made->lot[a].high ^= turn;
            made->lot[a].low ^= turn;
            for (int i = 0; i < ALLOT_TICKET_BYTES; i++) {
                made->ticket[a][i] ^= (uint8_t)turn;
            }
        }
        for (uint32_t c = 0; c < made->choice_from[problem->applicants]; c++) {
            made->choice_lot[c].high ^= turn;
            made->choice_lot[c].low ^= turn;
        }
        for (uint32_t i = 1; pass == 0 && i < count; i++) {
            for (uint32_t k = i; k > 0; k--) {
                uint32_t a = list[k], b = list[k - 1];
                if (literal_order(problem, offer, kind, a, rank_at(problem, a, offer), b, rank_at(problem, b, offer)) <
                    0) {
                    list[k] = b;
                    list[k - 1] = a;
                }
            }
        }
    }
    return count;
}

static struct allot_outcome random_move(struct dressed *dressed, struct dice *dice, uint32_t a, uint32_t offer,
                                        uint32_t kind)
{
    const struct allot_problem *problem = &dressed->made->problem;
    uint32_t rank = rank_at(problem, a, offer);
    if (dice_below(dice, 4) == 0) {
        return (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
    }
    /* Balance may lead to a wish, too: to one that siblings did not fit into, for example. */
    bool wished = rank < literal_ranks(problem, a) && dice_below(dice, 4) > 0;
    return (struct allot_outcome){ .offer = offer,
                                   .kind = (uint16_t)kind,
                                   .rank = wished ? (uint16_t)rank : 0,
                                   .how = wished ? ALLOT_CHOICE : ALLOT_BALANCED };
}

/* Random moves, in order or not: after each, every list, everybody's place, and who is next are those of the words, and
 * the lists kept at hand say the same. */
static void waiting_lists_are_those_of_the_words(void **state)
{
    (void)state;
    struct dice dice = { 203 };
    uint32_t lists = 0, longest = 0, skipped = 0;
    for (int i = 0; i < PROBLEMS / 4; i++) {
        struct shape shape = random_shape(&dice);
        struct dressed dressed;
        dress(&dressed, &dice, &shape, (struct dressing){ .kinds = i % 2 == 0, .together = i % 3 == 0 ? 3 : 1 });
        const struct allot_problem *problem = &dressed.made->problem;
        if (i % 5 == 0) { /* equal lots: the ticket decides */
            memset(dressed.made->lot, 0, problem->applicants * sizeof *dressed.made->lot);
        }
        struct literal literal;
        if (problem->mechanism == ALLOT_CYCLES) {
            dressed.made->problem.mechanism = ALLOT_DEFERRED;
        }
        literal_run(problem, &literal);
        struct allot_result *result = result_of(problem, &literal);
        struct allot_outcome *now = result->outcome;
        uint8_t passed[LITERAL_OFFERS][LITERAL_MOST] = { { 0 } };
        struct allot_waiting *waiting = NULL;
        struct allot_error error;
        assert_true(allot_waiting_new(problem, now, NULL, &waiting, &error));
        for (int move = 0; move < 12; move++) {
            for (uint32_t j = 0; j < problem->offers; j++) {
                for (uint32_t k = 0; k < literal_kinds(problem, j); k++) {
                    uint32_t expected[LITERAL_MOST], list[LITERAL_MOST], taken = 0;
                    uint32_t count = literal_list(&dressed, now, passed[j], j, k, expected);
                    assert_int_equal(allot_waiting_list(problem, now, passed[j], j, (uint16_t)k, NULL, list), count);
                    assert_memory_equal(list, expected, count * sizeof *list);
                    lists++;
                    longest = count > longest ? count : longest;
                    for (uint32_t free = 0; free <= 3; free++) {
                        uint32_t next = ALLOT_NONE;
                        for (uint32_t n = 0; n < count && next == ALLOT_NONE; n++) {
                            bool fits = problem->applicant[expected[n]].places <= free;
                            next = fits ? expected[n] : ALLOT_NONE;
                            skipped += free > 0 && !fits;
                        }
                        uint16_t rank = 99, other_rank = 99;
                        assert_int_equal(allot_next_waiting(problem, now, passed[j], j, (uint16_t)k, free, &rank),
                                         next);
                        assert_int_equal(allot_waiting_next(waiting, j, (uint16_t)k, free, &other_rank), next);
                        assert_int_equal(rank, other_rank);
                        assert_int_equal(rank, next == ALLOT_NONE ? 99 : rank_at(problem, next, j));
                    }
                    for (uint32_t a = 0; a < problem->applicants; a++) {
                        taken += now[a].how != ALLOT_UNPLACED && now[a].offer == j && now[a].kind == k
                                     ? problem->applicant[a].places
                                     : 0;
                    }
                    uint32_t places = literal_places(problem, j, k);
                    assert_int_equal(allot_waiting_room(waiting, j, (uint16_t)k), taken < places ? places - taken : 0);
                }
            }
            uint32_t a = dice_below(&dice, problem->applicants), offer = dice_below(&dice, problem->offers);
            uint32_t kind = dice_below(&dice, literal_kinds(problem, offer));
            if (dice_below(&dice, 3) == 0) {
                passed[offer][a] = 1;
                allot_waiting_pass(waiting, a, offer);
            } else {
                now[a] = random_move(&dressed, &dice, a, offer, kind);
                allot_waiting_move(waiting, a, now[a]);
                assert_memory_equal(allot_waiting_now(waiting, a), &now[a], sizeof now[a]);
            }
        }
        assert_int_equal(allot_waiting_next(waiting, problem->offers, 0, 1, NULL), ALLOT_NONE);
        assert_int_equal(allot_waiting_next(waiting, 0, 99, 1, NULL), ALLOT_NONE);
        assert_int_equal(allot_next_waiting(problem, now, NULL, 0, 99, 1, NULL), ALLOT_NONE);
        allot_waiting_free(waiting, NULL);
        allot_result_free(result, NULL);
        made_free(dressed.made);
    }
    print_message("lists %u, the longest %u, tickets too large %u times\n", lists, longest, skipped);
    assert_true(longest > 4 && skipped > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explanations_are_true),
        cmocka_unit_test(changes_hold_when_run_again),
        cmocka_unit_test(waiting_lists_are_those_of_the_words),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
