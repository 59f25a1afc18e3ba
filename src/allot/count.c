/*
 * Counts and cut-offs from the outcomes: per offer, per kind of place, and per offer and category. All in places.
 *
 * One pass over the choices. Each (offer, category) has a slot in a table; as categories are few, the table is simply
 * offers × categories, and only where that would be much larger than the choices themselves are the pairs that occur
 * gathered first (`struct slots`). Who was admitted is added to its slot there and then. At an offer without kinds the
 * slots hold all that its own line says: sums of the sums, and the last of the last ones. Cut at applicants, the pass
 * runs in pieces beside each other, each with a table of its own; sums and last ones do not depend on the cutting.
 *
 * A cut-off is the standing of the last one admitted by choice; who was balanced moves no cut-off.
 */
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

struct piece {
    uint32_t *listed;        /* per slot, as the next two */
    uint32_t *admitted;      /* by choice */
    struct allot_key *last;  /* applicant ALLOT_NONE: nobody */
    uint32_t *balanced;      /* per offer */
    uint32_t *kind_admitted; /* per kind, as the next */
    struct allot_key *kind_last;
    uint32_t how[3];
    uint32_t greatest; /* category */
};

struct counting {
    const struct allot_problem *problem;
    const struct allot_outcome *outcome;
    struct slots slots;
    uint32_t *mask; /* per offer: 0 where tallies know the lot alone, else all bits */
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

/* Of nobody the words are zero, so that nobody's key is behind anybody's. */
static inline void note_last(const struct allot_problem *problem, struct allot_key *last, const struct allot_key *key)
{
    if (allot_words_before(key, last)) {
        return;
    }
    if (last->applicant == ALLOT_NONE || allot_compare_keys(problem, last, key) < 0) {
        *last = *key;
    }
}

static inline void count_kind(const struct counting *counting, struct piece *piece, uint32_t a, uint32_t c)
{
    const struct allot_problem *problem = counting->problem;
    const struct allot_outcome *outcome = &counting->outcome[a];
    uint32_t kind = problem->kind_from[outcome->offer] + outcome->kind;
    struct allot_seat seat = allot_seat_of(problem, outcome->offer, outcome->kind);
    struct allot_key key = allot_key_at(problem, &seat, a, c);
    piece->kind_admitted[kind] += problem->applicant[a].places;
    note_last(problem, &piece->kind_last[kind], &key);
}

static inline void count_admitted(const struct counting *counting, struct piece *piece, uint32_t a, uint32_t c,
                                  uint32_t slot)
{
    const struct allot_problem *problem = counting->problem;
    const struct allot_choice *choice = &problem->choice[c];
    uint64_t rank = problem->mechanism == ALLOT_SERIAL ? (uint64_t)counting->outcome[a].rank << 33 : 0;
    struct allot_key key = { (choice->priority & counting->mask[choice->offer]) | rank,
                             allot_lot_at(problem, a, c).high, a, c };
    piece->admitted[slot] += problem->applicant[a].places;
    note_last(problem, &piece->last[slot], &key);
    if (counting->kinds > 0 && allot_kinds_at(problem, choice->offer) > 0) {
        count_kind(counting, piece, a, c);
    }
}

static void count_piece(void *argument, uint32_t index)
{
    const struct counting *counting = argument;
    const struct allot_problem *problem = counting->problem;
    const struct allot_choice *choice = problem->choice;
    const struct slots *slots = &counting->slots;
    struct piece *piece = &counting->piece[index];
    uint32_t *restrict listed = piece->listed;
    uint32_t to = (uint32_t)workers_from(problem->applicants, counting->pieces, index + 1);
    const uint32_t stride = slots->stride;
    uint32_t greatest = 0, how[3] = { 0 }; /* here, as workers' pieces lie beside each other */
    for (uint32_t a = (uint32_t)workers_from(problem->applicants, counting->pieces, index); a < to; a++) {
        uint32_t places = problem->applicant[a].places, from = problem->choice_from[a];
        for (uint32_t c = from, end = problem->choice_from[a + 1]; c < end; c++) {
            uint32_t category = choice[c].category;
            if (stride == 0) {
                listed[slot_of(slots, choice[c].offer, (uint16_t)category)] += places;
            } else if (category < stride) {
                listed[choice[c].offer * stride + category] += places;
            } else {
                greatest = category > greatest ? category : greatest; /* the pass will be repeated */
            }
        }
        const struct allot_outcome outcome = counting->outcome[a];
        how[outcome.how] += places;
        if (outcome.how == ALLOT_CHOICE) {
            uint32_t own = from + outcome.rank;
            if (stride == 0 || choice[own].category < stride) {
                count_admitted(counting, piece, a, own, slot_of(slots, outcome.offer, choice[own].category));
            }
        } else if (outcome.how == ALLOT_BALANCED) {
            piece->balanced[outcome.offer] += places;
        }
    }
    piece->greatest = greatest;
    memcpy(piece->how, how, sizeof how);
}

/* --- memory ------------------------------------------------------------------------------------------------------ */

static void pieces_end(struct counting *counting, const struct allot_host *host)
{
    for (uint32_t i = 0; counting->piece != NULL && i < counting->pieces; i++) {
        const struct piece *piece = &counting->piece[i];
        allot_put(host, piece->listed);
        allot_put(host, piece->admitted);
        allot_put(host, piece->last);
        allot_put(host, piece->balanced);
        allot_put(host, piece->kind_admitted);
        allot_put(host, piece->kind_last);
    }
    allot_put(host, counting->piece);
    counting->piece = NULL;
}

static bool pieces_start(struct counting *counting, const struct allot_host *host)
{
    uint32_t slots = counting->slots.count, kinds = counting->kinds;
    counting->piece = allot_get_zero(host, counting->pieces, sizeof *counting->piece);
    for (uint32_t i = 0; counting->piece != NULL && i < counting->pieces; i++) {
        struct piece *piece = &counting->piece[i];
        piece->listed = allot_get_zero(host, slots, sizeof *piece->listed);
        piece->admitted = allot_get_zero(host, slots, sizeof *piece->admitted);
        piece->last = allot_get(host, slots, sizeof *piece->last);
        piece->balanced = allot_get_zero(host, counting->problem->offers, sizeof *piece->balanced);
        piece->kind_admitted = allot_get_zero(host, kinds, sizeof *piece->kind_admitted);
        piece->kind_last = allot_get(host, kinds, sizeof *piece->kind_last);
        if (!piece->listed || !piece->admitted || !piece->last || !piece->balanced || !piece->kind_admitted ||
            !piece->kind_last) {
            return false;
        }
        for (uint32_t s = 0; s < slots; s++) {
            piece->last[s] = (struct allot_key){ .applicant = ALLOT_NONE };
        }
        for (uint32_t k = 0; k < kinds; k++) {
            piece->kind_last[k] = (struct allot_key){ .applicant = ALLOT_NONE };
        }
    }
    return counting->piece != NULL;
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
static bool count_all(struct counting *counting, const struct allot_host *host)
{
    enum { USUAL = 16, SMALL = 4096 };
    const struct allot_problem *problem = counting->problem;
    uint64_t room = problem->choice_from[problem->applicants] / 2 + SMALL;
    uint32_t greatest = USUAL - 1;
    for (;;) {
        if ((uint64_t)problem->offers * (greatest + 1) <= room) {
            counting->slots.stride = greatest + 1;
            counting->slots.count = problem->offers * (greatest + 1);
        } else if (!slots_of_pairs(counting, host)) {
            return false;
        }
        if (!pieces_start(counting, host)) {
            return false;
        }
        workers_each(host, count_piece, counting, counting->pieces);
        for (uint32_t i = 0; i < counting->pieces; i++) {
            greatest = counting->piece[i].greatest > greatest ? counting->piece[i].greatest : greatest;
        }
        if (counting->slots.stride == 0 || greatest < counting->slots.stride) {
            return true;
        }
        pieces_end(counting, host);
    }
}

/* --- the result -------------------------------------------------------------------------------------------------- */

/* Adds all pieces to the first. */
static void gather(const struct counting *counting)
{
    const struct allot_problem *problem = counting->problem;
    struct piece *all = &counting->piece[0];
    for (uint32_t i = 1; i < counting->pieces; i++) {
        const struct piece *piece = &counting->piece[i];
        for (uint32_t s = 0; s < counting->slots.count; s++) {
            all->listed[s] += piece->listed[s];
            all->admitted[s] += piece->admitted[s];
            if (piece->last[s].applicant != ALLOT_NONE) {
                note_last(problem, &all->last[s], &piece->last[s]);
            }
        }
        for (uint32_t k = 0; k < counting->kinds; k++) {
            all->kind_admitted[k] += piece->kind_admitted[k];
            if (piece->kind_last[k].applicant != ALLOT_NONE) {
                note_last(problem, &all->kind_last[k], &piece->kind_last[k]);
            }
        }
        for (uint32_t j = 0; j < problem->offers; j++) {
            all->balanced[j] += piece->balanced[j];
        }
        for (int how = 0; how < 3; how++) {
            all->how[how] += piece->how[how];
        }
    }
}

static struct allot_standing standing_of(const struct allot_problem *problem, const struct allot_seat *seat,
                                         const struct allot_key *key)
{
    return key->applicant == ALLOT_NONE ? (struct allot_standing){ .applicant = ALLOT_NONE }
                                        : allot_standing_of(problem, seat, key->applicant, key->choice);
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
        uint32_t admitted = all->kind_admitted[k];
        result->kind_cutoff[k] = (struct allot_kind_cutoff){ .admitted = admitted,
                                                             .full = admitted >= seat.places,
                                                             .last = standing_of(problem, &seat, &all->kind_last[k]) };
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
    struct allot_key last = { .applicant = ALLOT_NONE };
    struct allot_cutoff cutoff = { .balanced = all->balanced[offer] };
    for (uint32_t s = slot; s < end; s++) {
        if (all->listed[s] == 0) {
            continue;
        }
        uint32_t category = counting->slots.stride > 0 ? s - slot : counting->slots.category[s];
        result->tally[result->tallies++] = (struct allot_tally){ .offer = offer,
                                                                 .category = (uint16_t)category,
                                                                 .listed = all->listed[s],
                                                                 .admitted = all->admitted[s],
                                                                 .last = standing_of(problem, &whole, &all->last[s]) };
        cutoff.listed += all->listed[s];
        cutoff.admitted += all->admitted[s];
        if (all->last[s].applicant != ALLOT_NONE) {
            note_last(problem, &last, &all->last[s]);
        }
    }
    cutoff.last = standing_of(problem, &whole, &last);
    cutoff.full = cutoff.admitted >= whole.places;
    cutoff.added = cutoff.admitted > whole.places ? cutoff.admitted - whole.places : 0;
    if (allot_kinds_at(problem, offer) > 0) {
        fill_kinds(counting, result, offer, &cutoff);
    }
    result->cutoff[offer] = cutoff;
    result->added += cutoff.added;
}

static bool fill(const struct counting *counting, const struct allot_host *host, struct allot_result *result)
{
    const struct allot_problem *problem = counting->problem;
    const struct piece *all = &counting->piece[0];
    uint32_t tallies = 0;
    for (uint32_t s = 0; s < counting->slots.count; s++) {
        tallies += all->listed[s] > 0;
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
        uint32_t stride = counting->slots.stride;
        uint32_t from = stride > 0 ? j * stride : counting->slots.from[j];
        fill_offer(counting, result, j, from, stride > 0 ? from + stride : counting->slots.from[j + 1]);
    }
    return true;
}

bool allot_count(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result,
                 struct allot_error *error)
{
    struct counting counting = { .problem = problem,
                                 .outcome = result->outcome,
                                 .kinds = allot_kinds_in_all(problem),
                                 .pieces = workers_shares(host, problem->applicants) };
    counting.mask = allot_get(host, problem->offers, sizeof *counting.mask);
    for (uint32_t j = 0; counting.mask != NULL && j < problem->offers; j++) {
        counting.mask[j] = allot_whole_of(problem, j).by_lot ? 0 : UINT32_MAX;
    }
    bool done = counting.mask != NULL && count_all(&counting, host);
    if (done) {
        gather(&counting);
        done = fill(&counting, host, result);
    }
    pieces_end(&counting, host);
    allot_put(host, counting.mask);
    allot_put(host, counting.slots.from);
    allot_put(host, counting.slots.category);
    return done || allot_no_memory(error);
}
