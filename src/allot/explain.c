/*
 * Why somebody got what it got, and who is next: both follow from the published standings alone.
 *
 * What must hold: a refused applicant stands behind the last one admitted, or the offer had no place; nobody but the
 * winner moves when a place is passed on.
 */
#include "allot/internal.h"

#include <string.h>

static enum allot_decided decided_by(const struct allot_problem *problem, const struct allot_standing *own,
                                     const struct allot_standing *last)
{
    if (last->applicant == ALLOT_NONE) {
        return ALLOT_DECIDED_NO_PLACE;
    }
    if (problem->mechanism == ALLOT_SERIAL && own->rank != last->rank) {
        return ALLOT_DECIDED_RANK;
    }
    return own->priority != last->priority ? ALLOT_DECIDED_PRIORITY : ALLOT_DECIDED_LOT;
}

/* With the lot unchanged, the last one's priority is enough where the lot is better, else one less. */
static void weigh_priority(const struct allot_problem *problem, struct allot_reasoning *why)
{
    const struct allot_standing *own = &why->own, *last = &why->last;
    bool by_lot = problem->mechanism == ALLOT_DRAW || problem->offer[why->offer].order == ALLOT_BY_LOT;
    if (by_lot || (why->decided != ALLOT_DECIDED_PRIORITY && why->decided != ALLOT_DECIDED_LOT)) {
        return;
    }
    struct allot_standing as_last = *own;
    as_last.priority = last->priority;
    bool equal_is_enough = allot_compare_standings(problem, &as_last, last) < 0;
    if (equal_is_enough || last->priority > 0) {
        why->other_priority_suffices = true;
        why->sufficient_priority = last->priority - (equal_is_enough ? 0 : 1);
    }
}

static void reason(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   uint16_t rank, struct allot_reasoning *why)
{
    const struct allot_outcome *outcome = &result->outcome[applicant];
    uint32_t offer = problem->choice[problem->choice_from[applicant] + rank].offer;
    *why = (struct allot_reasoning){ .offer = offer, .own = allot_standing_at(problem, applicant, rank) };
    why->last = result->cutoff[offer].last;
    why->full = result->cutoff[offer].full;
    why->admitted = result->cutoff[offer].admitted;
    why->sufficient_category = why->last.category;
    if (outcome->how == ALLOT_CHOICE && rank >= outcome->rank) {
        why->verdict = rank == outcome->rank ? ALLOT_ADMITTED : ALLOT_NOT_NEEDED;
        return;
    }
    why->verdict = ALLOT_REFUSED;
    why->decided = decided_by(problem, &why->own, &why->last);
    weigh_priority(problem, why);
}

/* Would this applicant rather be at rank than where it is now, and may the rules still serve it? */
static bool waits(const struct allot_problem *problem, const struct allot_outcome *now, uint16_t rank)
{
    if (now->how == ALLOT_UNPLACED) {
        return now->reason != ALLOT_WHY_NOTHING;
    }
    return !problem->waiting_unplaced_only && (now->how == ALLOT_BALANCED || rank < now->rank);
}

void allot_explain(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   struct allot_reasoning *reasoning)
{
    uint16_t ranks = (uint16_t)(problem->choice_from[applicant + 1] - problem->choice_from[applicant]);
    for (uint16_t rank = 0; rank < ranks; rank++) {
        reason(problem, result, applicant, rank, &reasoning[rank]);
        struct allot_reasoning *why = &reasoning[rank];
        if (why->verdict == ALLOT_REFUSED && waits(problem, &result->outcome[applicant], rank)) {
            why->waiting_place = 1;
        }
    }
    for (uint32_t a = 0; ranks > 0 && a < problem->applicants; a++) {
        uint32_t from = problem->choice_from[a];
        for (uint32_t c = from; c < problem->choice_from[a + 1]; c++) {
            for (uint16_t rank = 0; rank < ranks; rank++) {
                struct allot_reasoning *why = &reasoning[rank];
                if (why->offer != problem->choice[c].offer || a == applicant) {
                    continue;
                }
                struct allot_standing other = allot_standing_at(problem, a, (uint16_t)(c - from));
                if (allot_compare_standings(problem, &other, &why->own) > 0) {
                    continue;
                }
                const struct allot_outcome *outcome = &result->outcome[a];
                why->stood_before += outcome->how == ALLOT_CHOICE && outcome->offer == why->offer;
                why->waiting_place += why->waiting_place > 0 && waits(problem, outcome, other.rank);
            }
        }
    }
}

/* --- waiting lists ----------------------------------------------------------------------------------------------- */

/* The standing of an applicant on the waiting list of the offer; false when it is not on it. */
static bool on_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                    uint32_t offer, uint32_t applicant, struct allot_standing *standing)
{
    if (passed != NULL && passed[applicant]) {
        return false;
    }
    for (uint32_t c = problem->choice_from[applicant]; c < problem->choice_from[applicant + 1]; c++) {
        if (problem->choice[c].offer == offer) {
            uint16_t rank = (uint16_t)(c - problem->choice_from[applicant]);
            *standing = allot_standing_at(problem, applicant, rank);
            return waits(problem, &now[applicant], rank);
        }
    }
    return false;
}

uint32_t allot_next_waiting(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, uint32_t free, uint16_t *rank)
{
    (void)kind;
    struct allot_standing first = { .applicant = ALLOT_NONE }, standing;
    if (free == 0) {
        return ALLOT_NONE;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (on_list(problem, now, passed, offer, a, &standing) &&
            (first.applicant == ALLOT_NONE || allot_compare_standings(problem, &standing, &first) < 0)) {
            first = standing;
        }
    }
    if (rank != NULL && first.applicant != ALLOT_NONE) {
        *rank = first.rank;
    }
    return first.applicant;
}

static int standing_order(const void *one, const void *other, const void *problem)
{
    return allot_compare_standings(problem, one, other);
}

uint32_t allot_waiting_list(const struct allot_problem *problem, const struct allot_outcome *now, const uint8_t *passed,
                            uint32_t offer, uint16_t kind, const struct allot_host *host, uint32_t *list)
{
    (void)kind;
    uint32_t count = 0;
    struct allot_standing standing;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        count += on_list(problem, now, passed, offer, a, &standing);
    }
    struct allot_standing *waiting = allot_get(host, (size_t)count + 1, sizeof *waiting);
    if (waiting == NULL) {
        return ALLOT_NONE;
    }
    count = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        count += on_list(problem, now, passed, offer, a, &waiting[count]);
    }
    allot_sort(waiting, count, sizeof *waiting, standing_order, problem);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = waiting[i].applicant;
    }
    allot_put(host, waiting);
    return count;
}
