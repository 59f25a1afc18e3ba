/*
 * What the parts of allot share among themselves: memory, messages, who stands before whom, kinds of places, sorting.
 * Not for callers.
 */
#ifndef ALLOT_INTERNAL_H
#define ALLOT_INTERNAL_H

#include "allot/allot.h"

/* Room for count things of the size, or NULL (also when the product does not fit). count 0 gives a block, too. */
void *allot_get(const struct allot_host *host, size_t count, size_t size);
/* The same, filled with zero. */
void *allot_get_zero(const struct allot_host *host, size_t count, size_t size);
void allot_put(const struct allot_host *host, const void *block);

/* Sets the message and returns false. */
bool allot_fail(struct allot_error *error, enum allot_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool allot_no_memory(struct allot_error *error);

/* Adds a full subtree of 2^height leaves to a tree that has a multiple of that (merkle.c). */
struct merkle_tree;
void merkle_add_full(struct merkle_tree *tree, const uint8_t root[32], unsigned height);

/* allot_problem_valid without the uniqueness of tickets, which costs a sort: what memory safety needs. */
bool allot_shape_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error);

/* The same for a run, which needs some of what is seen on the way. */
struct allot_seen {
    bool several;     /* does any ticket take several places? */
    uint32_t *listed; /* who listed what, in places: offer × ALLOT_LISTED + category; NULL: was not added up */
};
enum { ALLOT_LISTED = 16 };
bool allot_see(const struct allot_problem *problem, const struct allot_host *host, struct allot_seen *seen,
               struct allot_error *error);
void allot_seen_drop(struct allot_seen *seen, const struct allot_host *host);

/* Is a table of so many words an offer not much larger than the choices themselves? */
static inline bool allot_listed_fits(const struct allot_problem *problem, uint64_t words)
{
    enum { SMALL = 4096 };
    return problem->offers * words <= problem->choice_from[problem->applicants] / 2 + SMALL;
}

/* Sorts in place, smallest first; order as in qsort, with the caller's ctx. */
typedef int allot_order(const void *one, const void *other, const void *ctx);
void allot_sort(void *items, size_t count, size_t size, allot_order *order, const void *ctx);

/* A draw number with its owner: `item` is the applicant or the choice that it belongs to. */
struct allot_drawn {
    struct allot_lot lot;
    uint32_t applicant;
    uint32_t item;
};

/* Sorts by (lot, ticket); `spare` has the same room. Returns ALLOT_NONE, or the position of an element that equals the
 * one before it. */
uint32_t allot_sort_drawn(const struct allot_problem *problem, struct allot_drawn *drawn, struct allot_drawn *spare,
                          uint32_t count);
/* Fills `drawn`, which has room for all applicants, in the order of their tickets; returns as allot_sort_drawn. */
uint32_t allot_sort_tickets(const struct allot_problem *problem, struct allot_drawn *drawn, struct allot_drawn *spare);

/* Reach, the nearest first, equal steps by offer; ctx is not looked at. */
allot_order allot_nearer;

int allot_compare_lots(struct allot_lot first, struct allot_lot second);
int allot_compare_tickets(const struct allot_problem *problem, uint32_t first, uint32_t second);
/* By the applicant's own lot, then the ticket. */
int allot_compare_own_lots(const struct allot_problem *problem, uint32_t first, uint32_t second);

static inline uint64_t allot_big_endian(const uint8_t bytes[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static inline struct allot_lot allot_lot_from(const uint8_t bytes[16])
{
    return (struct allot_lot){ allot_big_endian(bytes), allot_big_endian(bytes + 8) };
}

/* How many kinds of places the offer has; 0: one open kind of the whole capacity. */
static inline uint32_t allot_kinds_at(const struct allot_problem *problem, uint32_t offer)
{
    return problem->kind_from == NULL ? 0 : problem->kind_from[offer + 1] - problem->kind_from[offer];
}

static inline uint32_t allot_kinds_in_all(const struct allot_problem *problem)
{
    return problem->kind_from == NULL ? 0 : problem->kind_from[problem->offers];
}

/* Is the group one of so many from this one on, which rise? Who has group 0 belongs to none. */
bool allot_is_member(const uint16_t *groups, uint32_t count, uint16_t group);

/* Does any ticket take several places? */
bool allot_any_several(const struct allot_problem *problem);

/* The priority as it counts at an offer without kinds. */
static inline uint32_t allot_priority_at(const struct allot_problem *problem, const struct allot_choice *choice)
{
    bool by_lot = problem->mechanism == ALLOT_DRAW || problem->offer[choice->offer].order == ALLOT_BY_LOT;
    return by_lot ? 0 : choice->priority;
}

static inline struct allot_lot allot_lot_at(const struct allot_problem *problem, uint32_t applicant, uint32_t choice)
{
    return problem->lot_per_offer ? problem->choice_lot[choice] : problem->lot[applicant];
}

/* Counts, cut-offs and tallies from the outcomes; the arrays of the result are allocated here. What a run has at hand
 * need not be made again: the order of the lots of its wishes, and who listed what (allot_see); NULL where it is not.
 */
struct allot_turns;
bool allot_count(const struct allot_problem *problem, const struct allot_host *host, const struct allot_turns *turns,
                 const uint32_t *listed, struct allot_result *result, struct allot_error *error);

/* Places whoever is left; outcomes of those by choice are final. Fills result->balance, whose arrays are there. */
bool allot_balance_left(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result,
                        struct allot_error *error);

/* Is this applicant one whom balance is asked to place, given what came of the choices? If not: why. */
enum allot_reason allot_why_not_asked(const struct allot_problem *problem, uint32_t applicant);

/* Places that the wishes left over (balance.c). */
struct allot_left {
    uint32_t *offer; /* per offer: for balance, so without kinds for members only; 0 where it takes no part */
    uint32_t *kind;  /* per kind, in the order of problem->kind */
};

/* From the outcomes of those by choice. false without memory. */
bool allot_left_new(struct allot_left *left, const struct allot_problem *problem, const struct allot_outcome *outcome,
                    const struct allot_host *host);
void allot_left_free(struct allot_left *left, const struct allot_host *host);
/* To which kind a balanced ticket of so many places counts; takes the places from it. 0 at an offer without kinds. */
uint16_t allot_left_kind(const struct allot_problem *problem, struct allot_left *left, uint32_t offer, uint32_t places);
/* The nearest offer of the site's reach (equal steps by number) with so many places in `left`, or ALLOT_NONE. */
uint32_t allot_nearest_for(const struct allot_problem *problem, const uint32_t *left, uint32_t site, uint32_t places);

/* Checks what balance claims, in linear time for the proofs (check_balance.c). */
bool allot_check_balance(const struct allot_problem *problem, const struct allot_result *result,
                         const struct allot_host *host, struct allot_error *error);

/* allot_check of a problem that is known to be valid (check.c); its parts: tickets of several places with
 * ALLOT_TOGETHER_FIT (check_fit.c) and circles (check_cycles.c), which take outcomes and counts that have been found
 * possible and true. */
bool allot_check_result(const struct allot_problem *problem, const struct allot_result *result,
                        const struct allot_host *host, struct allot_error *error);
bool allot_check_fit(const struct allot_problem *problem, const struct allot_result *result,
                     const struct allot_host *host, struct allot_error *error);
bool allot_check_cycles(const struct allot_problem *problem, const struct allot_result *result,
                        const struct allot_host *host, struct allot_error *error);

/* With ALLOT_TOGETHER_FIT: so often a ticket goes to one wish in the repair; then the wish is closed. */
static inline uint32_t allot_most_goes(uint32_t places)
{
    return places > 1 ? 1 : 50;
}

#endif
