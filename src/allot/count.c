/*
 * Counts and cut-offs from the outcomes: per offer, per kind of place, and per offer and category. All in places.
 *
 * Each (offer, category) has a slot in a table; as categories are few, the table is simply offers × categories, and
 * only where that would be much larger than the choices themselves are the pairs that occur gathered first (`struct
 * slots`). Who listed what is a pass over all choices, which a run has had already (allot_see); it is done here where
 * it has not, or where a category was too large for it. Who was admitted is a pass over the applicants, which adds each
 * to the slot of the wish that was granted. At an offer without kinds the slots hold all that its own line says: sums
 * of the sums, and the last of the last ones. Cut at applicants, the passes run in pieces beside each other, each with
 * a table of its own; sums and last ones do not depend on the cutting.
 *
 * A cut-off is the standing of the last one admitted by choice; who was balanced moves no cut-off. Who is last is seen
 * from the places in the order of the lots, which are never equal for two applicants.
 */
#include "allot/engine.h"
#include "allot/seats.h"
#include "allot/workers.h"

#include <string.h>

/* Where (offer, category) is counted. */
struct slots {
    uint32_t count;
    uint32_t stride;    /* offer × stride + category; 0: only the pairs that occur, … */
    uint32_t *from;     /* … per offer + 1, … */
    uint16_t *category; /* … per slot, rising within an offer */
};

/* The last one who was admitted, and how many places were given. */
struct last {
    uint64_t key;   /* (not a member, 1 bit; priority, 32 bits; place in the order of the lots, 31 bits) */
    uint32_t given; /* by choice; 0: nobody, and nothing else is said */
    uint32_t rank;  /* before the key; 0 but with serial */
};

enum { PLACE_BITS = 31 };
#define PLACE_MASK (((uint64_t)1 << PLACE_BITS) - 1)

struct piece {
    uint32_t *listed;   /* per slot; NULL where that was added up before */
    struct last *slot;  /* per slot */
    struct last *kind;  /* per kind */
    uint32_t *balanced; /* per offer */
    uint32_t how[3];
    uint32_t greatest; /* category */
};

struct counting {
    const struct allot_problem *problem;
    const struct allot_outcome *outcome;
    const struct allot_turns *turns;
    const uint32_t *listed; /* per slot */
    struct slots slots;
    uint64_t *mask; /* per offer: 0 where tallies know the lot alone, else all bits */
    uint32_t kinds;
    uint32_t pieces;
    struct piece *piece;
};

static inline uint32_t slot_of(const struct slots *slots, uint32_t offer, uint16_t category)
{
    if (slots->stride > 0) {
        return offer * slots->stride + category;
    }
    uint32_t low = slots->from[offer], high = slots->from[offer + 1] - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (slots->category[middle] < category) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- who listed what --------------------------------------------------------------------------------------------- */

static void list_piece(void *argument, uint32_t index)
{
    const struct counting *counting = argument;
    const struct allot_problem *problem = counting->problem;
    const struct allot_choice *choice = problem->choice;
    struct piece *piece = &counting->piece[index];
    uint32_t to = (uint32_t)workers_from(problem->applicants, counting->pieces, index + 1), greatest = 0;
    const uint32_t stride = counting->slots.stride;
    for (uint32_t a = (uint32_t)workers_from(problem->applicants, counting->pieces, index); a < to; a++) {
        uint32_t places = problem->applicant[a].places;
        for (uint32_t c = problem->choice_from[a], end = problem->choice_from[a + 1]; c < end; c++) {
            uint16_t category = choice[c].category;
            if (stride == 0 || category < stride) {
                piece->listed[slot_of(&counting->slots, choice[c].offer, category)] += places;
            } else {
                greatest = category > greatest ? category : greatest; /* the pass will be repeated */
            }
        }
    }
    piece->greatest = greatest;
}

/* --- who was admitted -------------------------------------------------------------------------------------------- */

/* Of nobody all words are zero, so that nobody stands behind anybody. Without a branch, as who is last so far cannot be
 * foretold. */
static inline void note_last(struct last *last, uint32_t rank, uint64_t key, uint32_t given)
{
    bool behind = (rank > last->rank) | ((rank == last->rank) & (key > last->key));
    uint64_t all = 0 - (uint64_t)behind;
    last->key ^= (last->key ^ key) & all;
    last->rank ^= (last->rank ^ rank) & (uint32_t)all;
    last->given += given;
}

static void admit_to_kind(const struct counting *counting, struct piece *piece, const struct allot_outcome *outcome,
                          const struct allot_choice *choice, uint32_t rank, uint64_t place, uint32_t places)
{
    const struct allot_problem *problem = counting->problem;
    struct allot_seat seat = allot_seat_of(problem, outcome->offer, outcome->kind);
    uint64_t other = seat.whom == ALLOT_MEMBERS_FIRST && !allot_seat_member(problem, &seat, choice);
    uint64_t key = (other << 32 | (seat.by_lot ? 0 : choice->priority)) << PLACE_BITS | place;
    note_last(&piece->kind[problem->kind_from[outcome->offer] + outcome->kind], rank, key, places);
}

static void admit_piece(void *argument, uint32_t index)
{
    const struct counting *counting = argument;
    const struct allot_problem *problem = counting->problem;
    struct piece *piece = &counting->piece[index];
    const uint32_t *turn = counting->turns->place;
    const bool per_choice = problem->lot_per_offer, serial = problem->mechanism == ALLOT_SERIAL;
    uint32_t to = (uint32_t)workers_from(problem->applicants, counting->pieces, index + 1);
    uint32_t how[3] = { 0 }; /* here, as workers' pieces lie beside each other */
    for (uint32_t a = (uint32_t)workers_from(problem->applicants, counting->pieces, index); a < to; a++) {
        const struct allot_outcome *outcome = &counting->outcome[a];
        uint32_t places = problem->applicant[a].places;
        if (outcome->how == ALLOT_CHOICE) {
            uint32_t own = problem->choice_from[a] + outcome->rank, rank = serial ? outcome->rank : 0;
            const struct allot_choice *choice = &problem->choice[own];
            uint64_t place = turn[per_choice ? own : a];
            uint64_t key = (choice->priority & counting->mask[outcome->offer]) << PLACE_BITS | place;
            note_last(&piece->slot[slot_of(&counting->slots, outcome->offer, choice->category)], rank, key, places);
            if (counting->kinds > 0 && allot_kinds_at(problem, outcome->offer) > 0) {
                admit_to_kind(counting, piece, outcome, choice, rank, place, places);
            }
            how[ALLOT_CHOICE] += places;
        } else if (outcome->how == ALLOT_BALANCED) {
            piece->balanced[outcome->offer] += places;
            how[ALLOT_BALANCED] += places;
        } else {
            how[ALLOT_UNPLACED] += places;
        }
    }
    memcpy(piece->how, how, sizeof how);
}

/* --- memory ------------------------------------------------------------------------------------------------------ */

static bool lists_start(struct counting *counting, const struct allot_host *host)
{
    bool room = true;
    for (uint32_t i = 0; i < counting->pieces; i++) {
        struct piece *piece = &counting->piece[i];
        allot_put(host, piece->listed);
        piece->listed = allot_get_zero(host, counting->slots.count, sizeof *piece->listed);
        room = room && piece->listed != NULL;
    }
    return room;
}

static bool tables_start(struct counting *counting, const struct allot_host *host)
{
    bool room = true;
    for (uint32_t i = 0; i < counting->pieces; i++) {
        struct piece *piece = &counting->piece[i];
        piece->slot = allot_get_zero(host, counting->slots.count, sizeof *piece->slot);
        piece->kind = allot_get_zero(host, counting->kinds, sizeof *piece->kind);
        piece->balanced = allot_get_zero(host, counting->problem->offers, sizeof *piece->balanced);
        room = room && piece->slot && piece->kind && piece->balanced;
    }
    return room;
}

static void pieces_drop(struct counting *counting, const struct allot_host *host)
{
    for (uint32_t i = 0; counting->piece != NULL && i < counting->pieces; i++) {
        const struct piece *piece = &counting->piece[i];
        allot_put(host, piece->listed);
        allot_put(host, piece->slot);
        allot_put(host, piece->kind);
        allot_put(host, piece->balanced);
    }
    allot_put(host, counting->piece);
}

/* --- which slots ------------------------------------------------------------------------------------------------- */

static int category_order(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

/* The categories of the choices are gathered beside each other by offer, and of each offer's the different ones kept:
 * `seen` notes the offer (+ 1) that met a category last. The kept ones never overtake those still to be read. */
static void keep_different(struct slots *slots, uint32_t offers, uint32_t *seen)
{
    uint32_t count = 0, from = 0;
    for (uint32_t j = 0; j < offers; j++) {
        uint32_t to = slots->from[j], first = count;
        for (uint32_t i = from; i < to; i++) {
            uint16_t category = slots->category[i];
            if (seen[category] != j + 1) {
                seen[category] = j + 1;
                slots->category[count++] = category;
            }
        }
        allot_sort(slots->category + first, count - first, sizeof *slots->category, category_order, NULL);
        slots->from[j] = first;
        from = to;
    }
    slots->from[offers] = slots->count = count;
}

static bool slots_of_pairs(struct counting *counting, const struct allot_host *host)
{
    const struct allot_problem *problem = counting->problem;
    struct slots *slots = &counting->slots;
    uint32_t choices = problem->choice_from[problem->applicants];
    *slots = (struct slots){ 0 };
    slots->from = allot_get_zero(host, (size_t)problem->offers + 2, sizeof *slots->from);
    slots->category = allot_get(host, choices, sizeof *slots->category);
    uint32_t *seen = allot_get_zero(host, UINT16_MAX + 1, sizeof *seen);
    bool done = slots->from && slots->category && seen;
    if (done) {
        for (uint32_t c = 0; c < choices; c++) {
            slots->from[problem->choice[c].offer + 1]++;
        }
        for (uint32_t j = 0; j < problem->offers; j++) {
            slots->from[j + 1] += slots->from[j];
        }
        for (uint32_t c = 0; c < choices; c++) { /* leaves in from[j] where offer j ends */
            slots->category[slots->from[problem->choice[c].offer]++] = problem->choice[c].category;
        }
        keep_different(slots, problem->offers, seen);
    }
    allot_put(host, seen);
    return done;
}

/* Categories below 16 are taken for granted; when a larger one is met, the pass is done again with a table that fits,
 * or with the pairs that occur. */
static bool list_all(struct counting *counting, const struct allot_host *host)
{
    uint32_t greatest = ALLOT_LISTED - 1;
    for (;;) {
        if (allot_listed_fits(counting->problem, (uint64_t)greatest + 1)) {
            counting->slots.stride = greatest + 1;
            counting->slots.count = counting->problem->offers * (greatest + 1);
        } else if (!slots_of_pairs(counting, host)) {
            return false;
        }
        if (!lists_start(counting, host)) {
            return false;
        }
        workers_each(host, list_piece, counting, counting->pieces);
        for (uint32_t i = 0; i < counting->pieces; i++) {
            greatest = counting->piece[i].greatest > greatest ? counting->piece[i].greatest : greatest;
        }
        if (counting->slots.stride == 0 || greatest < counting->slots.stride) {
            break;
        }
    }
    for (uint32_t i = 1; i < counting->pieces; i++) {
        for (uint32_t s = 0; s < counting->slots.count; s++) {
            counting->piece[0].listed[s] += counting->piece[i].listed[s];
        }
    }
    counting->listed = counting->piece[0].listed;
    return true;
}

/* --- the result -------------------------------------------------------------------------------------------------- */

/* Adds all pieces to the first. */
static void gather(const struct counting *counting)
{
    struct piece *all = &counting->piece[0];
    for (uint32_t i = 1; i < counting->pieces; i++) {
        const struct piece *piece = &counting->piece[i];
        for (uint32_t s = 0; s < counting->slots.count; s++) {
            note_last(&all->slot[s], piece->slot[s].rank, piece->slot[s].key, piece->slot[s].given);
        }
        for (uint32_t k = 0; k < counting->kinds; k++) {
            note_last(&all->kind[k], piece->kind[k].rank, piece->kind[k].key, piece->kind[k].given);
        }
        for (uint32_t j = 0; j < counting->problem->offers; j++) {
            all->balanced[j] += piece->balanced[j];
        }
        for (int how = 0; how < 3; how++) {
            all->how[how] += piece->how[how];
        }
    }
}

static struct allot_standing standing_of(const struct counting *counting, const struct allot_seat *seat,
                                         const struct last *last)
{
    if (last->given == 0) {
        return (struct allot_standing){ .applicant = ALLOT_NONE };
    }
    uint32_t a = counting->turns->who[last->key & PLACE_MASK];
    return allot_standing_of(counting->problem, seat, a, counting->problem->choice_from[a] + counting->outcome[a].rank);
}

/* What the standings of an offer will be made of is asked for in time: its last ones, and then their wishes. */
static void fetch_standings(const struct counting *counting, uint32_t from, uint32_t to, bool wishes)
{
    const struct allot_problem *problem = counting->problem;
    for (uint32_t s = from; s < to; s++) {
        const struct last *last = &counting->piece[0].slot[s];
        if (last->given > 0) {
            uint32_t a = counting->turns->who[last->key & PLACE_MASK];
            if (wishes) {
                __builtin_prefetch(&problem->choice[problem->choice_from[a] + counting->outcome[a].rank]);
            } else {
                __builtin_prefetch(&problem->choice_from[a]);
                __builtin_prefetch(&counting->outcome[a]);
                __builtin_prefetch(&problem->lot[a]);
            }
        }
    }
}

static void fill_kinds(const struct counting *counting, struct allot_result *result, uint32_t offer,
                       struct allot_cutoff *cutoff)
{
    const struct allot_problem *problem = counting->problem;
    const struct piece *all = &counting->piece[0];
    cutoff->last = (struct allot_standing){ .applicant = ALLOT_NONE };
    cutoff->full = true;
    cutoff->added = 0;
    for (uint32_t k = problem->kind_from[offer]; k < problem->kind_from[offer + 1]; k++) {
        struct allot_seat seat = allot_seat_of(problem, offer, k - problem->kind_from[offer]);
        uint32_t admitted = all->kind[k].given;
        result->kind_cutoff[k] = (struct allot_kind_cutoff){ .admitted = admitted,
                                                             .full = admitted >= seat.places,
                                                             .last = standing_of(counting, &seat, &all->kind[k]) };
        cutoff->full = cutoff->full && admitted >= seat.places;
        cutoff->added += admitted > seat.places ? admitted - seat.places : 0;
    }
}

static void fill_offer(const struct counting *counting, struct allot_result *result, uint32_t offer, uint32_t slot,
                       uint32_t end)
{
    const struct allot_problem *problem = counting->problem;
    const struct piece *all = &counting->piece[0];
    struct allot_seat whole = allot_whole_of(problem, offer);
    struct last last = { 0 };
    struct allot_cutoff cutoff = { .balanced = all->balanced[offer] };
    for (uint32_t s = slot; s < end; s++) {
        const struct last *here = &all->slot[s];
        if (counting->listed[s] == 0) {
            continue;
        }
        uint32_t category = counting->slots.stride > 0 ? s - slot : counting->slots.category[s];
        struct allot_tally *tally = &result->tally[result->tallies++];
        tally->offer = offer;
        tally->category = (uint16_t)category;
        tally->reserved = 0;
        tally->listed = counting->listed[s];
        tally->admitted = here->given;
        tally->last = standing_of(counting, &whole, here);
        cutoff.listed += counting->listed[s];
        note_last(&last, here->rank, here->key, here->given);
    }
    cutoff.last = standing_of(counting, &whole, &last);
    cutoff.admitted = last.given;
    cutoff.full = cutoff.admitted >= whole.places;
    cutoff.added = cutoff.admitted > whole.places ? cutoff.admitted - whole.places : 0;
    if (allot_kinds_at(problem, offer) > 0) {
        fill_kinds(counting, result, offer, &cutoff);
    }
    result->cutoff[offer] = cutoff;
    result->added += cutoff.added;
}

static inline uint32_t slots_from(const struct counting *counting, uint32_t offer)
{
    return counting->slots.stride > 0 ? offer * counting->slots.stride : counting->slots.from[offer];
}

static bool fill(const struct counting *counting, const struct allot_host *host, struct allot_result *result)
{
    enum { NEAR = 2, FAR = 4 };
    const struct allot_problem *problem = counting->problem;
    const struct piece *all = &counting->piece[0];
    uint32_t tallies = 0;
    for (uint32_t s = 0; s < counting->slots.count; s++) {
        tallies += counting->listed[s] > 0;
    }
    allot_put(host, result->tally);
    allot_put(host, result->kind_cutoff);
    result->kind_cutoff = NULL;
    result->tally = allot_get(host, tallies, sizeof *result->tally);
    if (result->tally != NULL && counting->kinds > 0) {
        result->kind_cutoff = allot_get_zero(host, counting->kinds, sizeof *result->kind_cutoff);
    }
    if (result->tally == NULL || (counting->kinds > 0 && result->kind_cutoff == NULL)) {
        return false;
    }
    result->placed_by_choice = all->how[ALLOT_CHOICE];
    result->placed_by_balance = all->how[ALLOT_BALANCED];
    result->unplaced = all->how[ALLOT_UNPLACED];
    result->added = result->tallies = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        if (j + FAR < problem->offers) {
            fetch_standings(counting, slots_from(counting, j + FAR), slots_from(counting, j + FAR + 1), false);
            fetch_standings(counting, slots_from(counting, j + NEAR), slots_from(counting, j + NEAR + 1), true);
        }
        fill_offer(counting, result, j, slots_from(counting, j), slots_from(counting, j + 1));
    }
    return true;
}

/* With turns. */
static bool count(struct counting *counting, const uint32_t *listed, const struct allot_host *host,
                  struct allot_result *result)
{
    const struct allot_problem *problem = counting->problem;
    counting->piece = allot_get_zero(host, counting->pieces, sizeof *counting->piece);
    counting->mask = allot_get(host, problem->offers, sizeof *counting->mask);
    if (counting->piece == NULL || counting->mask == NULL) {
        return false;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        counting->mask[j] = allot_whole_of(problem, j).by_lot ? 0 : UINT64_MAX;
    }
    if (listed != NULL) {
        counting->listed = listed;
        counting->slots.stride = ALLOT_LISTED;
        counting->slots.count = problem->offers * ALLOT_LISTED;
    } else if (!list_all(counting, host)) {
        return false;
    }
    if (!tables_start(counting, host)) {
        return false;
    }
    workers_each(host, admit_piece, counting, counting->pieces);
    gather(counting);
    return fill(counting, host, result);
}

bool allot_count(const struct allot_problem *problem, const struct allot_host *host, const struct allot_turns *turns,
                 const uint32_t *listed, struct allot_result *result, struct allot_error *error)
{
    struct allot_turns own = { NULL, NULL };
    if (turns == NULL && !allot_turns_make(problem, host, problem->lot_per_offer, &own, error)) {
        allot_turns_drop(host, &own);
        return false;
    }
    struct counting counting = { .problem = problem,
                                 .outcome = result->outcome,
                                 .turns = turns == NULL ? &own : turns,
                                 .kinds = allot_kinds_in_all(problem),
                                 .pieces = workers_shares(host, problem->applicants) };
    bool done = count(&counting, listed, host, result);
    pieces_drop(&counting, host);
    allot_put(host, counting.mask);
    allot_put(host, counting.slots.from);
    allot_put(host, counting.slots.category);
    allot_turns_drop(host, &own);
    return done || allot_no_memory(error);
}
