/*
 * Seats: the kinds of places of all offers, numbered one after the other, and who stands where in each. An offer
 * without kinds is one seat of its whole capacity. Not for callers.
 */
#ifndef ALLOT_SEATS_H
#define ALLOT_SEATS_H

#include "allot/internal.h"

struct allot_seat {
    uint32_t offer;
    uint32_t places;
    uint32_t group_from;
    uint16_t groups;
    uint8_t whom;   /* enum allot_whom */
    uint8_t by_lot; /* priority counts as 0 */
};

/* Where a wish stands at a seat, packed so that two words decide nearly always. */
struct allot_key {
    uint64_t order; /* rank (with serial), not a member, priority */
    uint64_t high;  /* of the lot */
    uint32_t applicant;
    uint32_t choice;
};

/* How many seats an offer has. */
static inline uint32_t allot_seats_at(const struct allot_problem *problem, uint32_t offer)
{
    uint32_t kinds = allot_kinds_at(problem, offer);
    return kinds > 0 ? kinds : 1;
}

/* The offer as if it had one open kind of place: the order of tallies. */
static inline struct allot_seat allot_whole_of(const struct allot_problem *problem, uint32_t offer)
{
    const struct allot_offer *whole = &problem->offer[offer];
    bool by_lot =
        problem->mechanism == ALLOT_DRAW || (whole->order == ALLOT_BY_LOT && allot_kinds_at(problem, offer) == 0);
    return (struct allot_seat){ .offer = offer, .places = whole->capacity, .whom = ALLOT_FOR_ALL, .by_lot = by_lot };
}

static inline struct allot_seat allot_seat_of(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    if (allot_kinds_at(problem, offer) == 0) {
        return allot_whole_of(problem, offer);
    }
    const struct allot_kind *one = &problem->kind[problem->kind_from[offer] + kind];
    bool by_lot = problem->mechanism == ALLOT_DRAW || one->order == ALLOT_BY_LOT;
    return (struct allot_seat){ offer, one->places, one->group_from, one->groups, one->whom, by_lot };
}

/* Is whoever made the wish a member of the groups that the seat names? */
static inline bool allot_seat_member(const struct allot_problem *problem, const struct allot_seat *seat,
                                     const struct allot_choice *choice)
{
    return allot_is_member(problem->kind_group + seat->group_from, seat->groups, choice->group);
}

/* May somebody with this wish have such a place? */
static inline bool allot_seat_takes(const struct allot_problem *problem, const struct allot_seat *seat,
                                    const struct allot_choice *choice)
{
    return seat->whom == ALLOT_FOR_ALL || seat->whom == ALLOT_MEMBERS_FIRST ||
           allot_seat_member(problem, seat, choice) == (seat->whom == ALLOT_MEMBERS_ONLY);
}

static inline struct allot_key allot_key_at(const struct allot_problem *problem, const struct allot_seat *seat,
                                            uint32_t applicant, uint32_t choice)
{
    const struct allot_choice *wish = &problem->choice[choice];
    uint64_t order = seat->by_lot ? 0 : wish->priority;
    if (seat->whom == ALLOT_MEMBERS_FIRST && !allot_seat_member(problem, seat, wish)) {
        order |= (uint64_t)1 << 32;
    }
    if (problem->mechanism == ALLOT_SERIAL) {
        order |= (uint64_t)(choice - problem->choice_from[applicant]) << 33;
    }
    return (struct allot_key){ order, allot_lot_at(problem, applicant, choice).high, applicant, choice };
}

/* Are the two words of `one` smaller? As one number of 128 bits where there is such a thing: without a branch, as the
 * answer often cannot be foretold. */
static inline bool allot_words_before(const struct allot_key *one, const struct allot_key *other)
{
#ifdef __SIZEOF_INT128__
    return ((unsigned __int128)one->order << 64 | one->high) < ((unsigned __int128)other->order << 64 | other->high);
#else
    return one->order < other->order || (one->order == other->order && one->high < other->high);
#endif
}

/* For keys whose two words are equal: the rest of the lot, then the ticket. */
int allot_compare_equal_keys(const struct allot_problem *problem, const struct allot_key *first,
                             const struct allot_key *second);

static inline int allot_compare_keys(const struct allot_problem *problem, const struct allot_key *first,
                                     const struct allot_key *second)
{
    if (first->order != second->order) {
        return first->order < second->order ? -1 : 1;
    }
    if (first->high != second->high) {
        return first->high < second->high ? -1 : 1;
    }
    return allot_compare_equal_keys(problem, first, second);
}

/* As on waiting lists, where the rules may compare lots the other way round. */
static inline int allot_compare_waiting(const struct allot_problem *problem, const struct allot_key *first,
                                        const struct allot_key *second)
{
    if (!problem->waiting_reversed || first->order != second->order) {
        return allot_compare_keys(problem, first, second);
    }
    return allot_compare_keys(problem, second, first);
}

/* Sorts by allot_compare_keys, or with `waiting` by allot_compare_waiting; `spare` has the same room. */
void allot_sort_keys(const struct allot_problem *problem, bool waiting, struct allot_key *key, struct allot_key *spare,
                     uint32_t count);

/* The standing in full, as results show it. */
static inline struct allot_standing allot_standing_of(const struct allot_problem *problem,
                                                      const struct allot_seat *seat, uint32_t applicant,
                                                      uint32_t choice)
{
    const struct allot_choice *wish = &problem->choice[choice];
    bool other = seat->whom == ALLOT_MEMBERS_FIRST && !allot_seat_member(problem, seat, wish);
    return (struct allot_standing){ .applicant = applicant,
                                    .rank = (uint16_t)(choice - problem->choice_from[applicant]),
                                    .category = wish->category,
                                    .priority = seat->by_lot ? 0 : wish->priority,
                                    .other = other,
                                    .lot = allot_lot_at(problem, applicant, choice) };
}

/* Would somebody who stands thus now rather have its wish of this rank, for this offer, and may the rules still serve
 * it?
 */
static inline bool allot_waits(const struct allot_problem *problem, const struct allot_outcome *now, uint32_t rank,
                               uint32_t offer)
{
    if (now->how == ALLOT_UNPLACED) {
        return now->reason != ALLOT_WHY_NOTHING;
    }
    bool rather = now->how == ALLOT_BALANCED ? now->offer != offer : rank < now->rank;
    return !problem->waiting_unplaced_only && rather;
}

/* All seats. Offer j has seat[from[j]] … seat[from[j + 1] - 1]. */
struct allot_seats {
    uint32_t count;
    uint32_t *from; /* offers + 1 */
    struct allot_seat *seat;
};

bool allot_seats_start(struct allot_seats *seats, const struct allot_problem *problem, const struct allot_host *host);
void allot_seats_end(struct allot_seats *seats, const struct allot_host *host);

#endif
