/*
 * Why somebody got what it got: it follows from the published standings alone.
 *
 * A wish can be refused by several kinds of places. Told of is the one whose cut-off is easiest to reach: first one
 * that has places, only too few for the ticket; then one where the lot decided; then priority; then membership; then
 * the rank of the wish; among equals the one whose last stands furthest back, among equals the first.
 *
 * What must hold: a refused applicant stands behind the last one admitted, or the kind had no place, or (with
 * ALLOT_TOGETHER_FIT) too few left for the ticket. What is said to suffice brings the applicant before that last one,
 * so that the offer, choosing among those whom it has and this one, would choose it (`struct allot_reasoning` in
 * allot.h says what that means when everything is run again).
 */
#include "allot/seats.h"

/* Of one kind: what the result says, and where the applicant stands. */
struct view {
    struct allot_seat seat;
    struct allot_standing own;
    struct allot_standing last;
    uint32_t admitted;
    bool full;
    enum allot_decided decided;
};

/* Standings at one seat; equal lots by ticket. */
static int compare(const struct allot_problem *problem, const struct allot_standing *first,
                   const struct allot_standing *second)
{
    if (problem->mechanism == ALLOT_SERIAL && first->rank != second->rank) {
        return first->rank < second->rank ? -1 : 1;
    }
    if (first->other != second->other) {
        return first->other < second->other ? -1 : 1;
    }
    if (first->priority != second->priority) {
        return first->priority < second->priority ? -1 : 1;
    }
    int order = allot_compare_lots(first->lot, second->lot);
    return order != 0 ? order : allot_compare_tickets(problem, first->applicant, second->applicant);
}

static enum allot_decided decided_by(const struct allot_problem *problem, const struct view *view)
{
    const struct allot_standing *own = &view->own, *last = &view->last;
    bool fit = problem->together == ALLOT_TOGETHER_FIT && problem->mechanism != ALLOT_CYCLES;
    bool nobody = last->applicant == ALLOT_NONE;
    if (fit && view->seat.places > 0 && (!view->full || nobody || compare(problem, own, last) < 0)) {
        return ALLOT_DECIDED_TOGETHER;
    }
    if (nobody) {
        return ALLOT_DECIDED_NO_PLACE;
    }
    if (problem->mechanism == ALLOT_SERIAL && own->rank != last->rank) {
        return ALLOT_DECIDED_RANK;
    }
    if (own->other != last->other) {
        return ALLOT_DECIDED_MEMBER;
    }
    return own->priority != last->priority ? ALLOT_DECIDED_PRIORITY : ALLOT_DECIDED_LOT;
}

/* Smaller is easier. */
static int difficulty(enum allot_decided decided)
{
    switch (decided) {
    case ALLOT_DECIDED_TOGETHER:
        return 0;
    case ALLOT_DECIDED_LOT:
        return 1;
    case ALLOT_DECIDED_PRIORITY:
        return 2;
    case ALLOT_DECIDED_MEMBER:
        return 3;
    case ALLOT_DECIDED_RANK:
        return 4;
    default:
        return 5;
    }
}

static bool is_easier(const struct view *view, const struct view *than)
{
    int one = difficulty(view->decided), other = difficulty(than->decided);
    if (one != other) {
        return one < other;
    }
    if (view->decided == ALLOT_DECIDED_RANK && view->last.rank != than->last.rank) {
        return view->last.rank > than->last.rank;
    }
    if (view->decided != ALLOT_DECIDED_LOT && view->last.priority != than->last.priority) {
        return view->last.priority > than->last.priority;
    }
    return allot_compare_lots(view->last.lot, than->last.lot) > 0;
}

static struct view view_of(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                           uint32_t c, uint32_t kind)
{
    uint32_t offer = problem->choice[c].offer;
    struct view view = { .seat = allot_seat_of(problem, offer, kind),
                         .last = result->cutoff[offer].last,
                         .admitted = result->cutoff[offer].admitted,
                         .full = result->cutoff[offer].full };
    if (allot_kinds_at(problem, offer) > 0) {
        const struct allot_kind_cutoff *said = &result->kind_cutoff[problem->kind_from[offer] + kind];
        view.last = said->last;
        view.admitted = said->admitted;
        view.full = said->full;
    }
    view.own = allot_standing_of(problem, &view.seat, applicant, c);
    view.decided = decided_by(problem, &view);
    return view;
}

/* The kind to tell of: the one given, or of those that take the applicant the easiest. False: none takes it. */
static bool choose_kind(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                        uint32_t c, uint32_t given, struct view *view, uint32_t *kind)
{
    bool found = false;
    for (uint32_t k = 0, kinds = allot_seats_at(problem, problem->choice[c].offer); k < kinds; k++) {
        struct view one = view_of(problem, result, applicant, c, k);
        if (given != ALLOT_NONE
                ? k == given
                : allot_seat_takes(problem, &one.seat, &problem->choice[c]) && (!found || is_easier(&one, view))) {
            *view = one;
            *kind = k;
            found = true;
        }
    }
    return found;
}

/* What would have brought the applicant before the last one. Of tickets of several places that must fit nothing is
 * said: they may have to stand before more than one. Of circles neither: a cut-off there decides nothing. */
static void weigh_changes(const struct allot_problem *problem, const struct view *view, struct allot_reasoning *why)
{
    uint32_t applicant = view->own.applicant;
    bool several = problem->together == ALLOT_TOGETHER_FIT && problem->applicant[applicant].places > 1;
    if (problem->mechanism == ALLOT_CYCLES || several ||
        (view->decided != ALLOT_DECIDED_PRIORITY && view->decided != ALLOT_DECIDED_LOT)) {
        return;
    }
    why->other_lot_suffices = view->decided == ALLOT_DECIDED_LOT && (view->last.lot.high > 0 || view->last.lot.low > 0);
    struct allot_standing as_last = view->own;
    as_last.priority = view->last.priority;
    bool equal_is_enough = compare(problem, &as_last, &view->last) < 0;
    if (!view->seat.by_lot && (equal_is_enough || view->last.priority > 0)) {
        why->other_priority_suffices = true;
        why->sufficient_priority = view->last.priority - (equal_is_enough ? 0 : 1);
    }
}

static void reason(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   uint16_t rank, struct allot_reasoning *why)
{
    const struct allot_outcome *outcome = &result->outcome[applicant];
    uint32_t c = problem->choice_from[applicant] + rank, kind = 0;
    bool admitted = outcome->how == ALLOT_CHOICE && rank == outcome->rank;
    struct view view = { 0 };
    *why = (struct allot_reasoning){ .offer = problem->choice[c].offer, .verdict = ALLOT_REFUSED };
    if (outcome->how == ALLOT_CHOICE && rank >= outcome->rank) {
        why->verdict = admitted ? ALLOT_ADMITTED : ALLOT_NOT_NEEDED;
    }
    if (!choose_kind(problem, result, applicant, c, admitted ? outcome->kind : ALLOT_NONE, &view, &kind)) {
        struct allot_seat whole = allot_whole_of(problem, why->offer);
        why->own = allot_standing_of(problem, &whole, applicant, c);
        why->last.applicant = ALLOT_NONE;
        why->full = true;
        why->decided = why->verdict == ALLOT_REFUSED ? ALLOT_DECIDED_NO_PLACE : ALLOT_DECIDED_NOTHING;
        return;
    }
    why->kind = (uint16_t)kind;
    why->own = view.own;
    why->last = view.last;
    why->full = view.full;
    why->admitted = view.admitted;
    why->sufficient_category = view.last.category;
    if (why->verdict == ALLOT_REFUSED) {
        why->decided = view.decided;
        weigh_changes(problem, &view, why);
        why->waiting_place = allot_waits(problem, outcome, rank, why->offer) ? 1 : 0;
    }
}

/* Another one who listed the offer: did it stand before, does it wait before? */
static void meet(const struct allot_problem *problem, const struct allot_result *result, uint32_t a, uint32_t c,
                 uint32_t own_choice, struct allot_reasoning *why)
{
    struct allot_seat seat = allot_seat_of(problem, why->offer, why->kind);
    if (!allot_seat_takes(problem, &seat, &problem->choice[c]) ||
        !allot_seat_takes(problem, &seat, &problem->choice[own_choice])) {
        return;
    }
    const struct allot_outcome *outcome = &result->outcome[a];
    struct allot_key own = allot_key_at(problem, &seat, why->own.applicant, own_choice);
    struct allot_key other = allot_key_at(problem, &seat, a, c);
    if (outcome->how == ALLOT_CHOICE && outcome->offer == why->offer && outcome->kind == why->kind) {
        why->stood_before += allot_compare_keys(problem, &other, &own) < 0 ? problem->applicant[a].places : 0;
    }
    if (why->waiting_place > 0 && allot_waits(problem, outcome, c - problem->choice_from[a], why->offer)) {
        why->waiting_place += allot_compare_waiting(problem, &other, &own) < 0;
    }
}

void allot_explain(const struct allot_problem *problem, const struct allot_result *result, uint32_t applicant,
                   struct allot_reasoning *reasoning)
{
    uint32_t own_from = problem->choice_from[applicant];
    uint32_t ranks = problem->choice_from[applicant + 1] - own_from;
    for (uint32_t rank = 0; rank < ranks; rank++) {
        reason(problem, result, applicant, (uint16_t)rank, &reasoning[rank]);
    }
    for (uint32_t a = 0; ranks > 0 && a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a]; a != applicant && c < problem->choice_from[a + 1]; c++) {
            for (uint32_t rank = 0; rank < ranks; rank++) {
                if (reasoning[rank].offer == problem->choice[c].offer) {
                    meet(problem, result, a, c, own_from + rank, &reasoning[rank]);
                }
            }
        }
    }
}
