/* The mechanisms played word for word from docs/transcript.md, slowly, for a handful of applicants: what the library is
 * held against. Shares nothing with it but the structs. */
#ifndef TESTS_ALLOT_LITERAL_H
#define TESTS_ALLOT_LITERAL_H

#include "made.h"

enum { LITERAL_MOST = 64, LITERAL_OFFERS = 8, LITERAL_WISHES = 8, LITERAL_KINDS = 4 };

/* A small problem with kinds of places, groups and tickets of several places. */
struct dressed {
    struct made *made;
    uint32_t kind_from[LITERAL_OFFERS + 1];
    struct allot_kind kind[LITERAL_OFFERS * LITERAL_KINDS];
    uint16_t kind_group[LITERAL_OFFERS * LITERAL_KINDS * 3];
};

struct dressing {
    bool kinds;
    uint32_t together; /* at most so many places a ticket */
    uint32_t categories;
};

/* dressed->made is to be freed. */
void dress(struct dressed *dressed, struct dice *dice, const struct shape *shape, struct dressing dressing);

struct literal {
    bool has[LITERAL_MOST];
    uint32_t rank[LITERAL_MOST]; /* of the wish that it has */
    uint32_t kind[LITERAL_MOST];
    uint32_t repairs;
    uint32_t overs;
    struct allot_passed_over over[LITERAL_MOST * LITERAL_WISHES]; /* by (ticket, rank) */
};

uint32_t literal_ranks(const struct allot_problem *problem, uint32_t a);
uint32_t literal_offer(const struct allot_problem *problem, uint32_t a, uint32_t rank);
/* -1, 0, 1: who stands first at a kind of an offer. */
int literal_order(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t a_rank,
                  uint32_t b, uint32_t b_rank);
bool literal_takes(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t rank);
uint32_t literal_kinds(const struct allot_problem *problem, uint32_t offer);
uint32_t literal_places(const struct allot_problem *problem, uint32_t offer, uint32_t kind);
/* Would the offer of this wish, choosing among those whom it has and this one, choose it? */
bool literal_chosen(const struct allot_problem *problem, const struct literal *literal, uint32_t a, uint32_t rank);
/* Has every offer those and at those kinds that it would choose among those whom it has? */
bool literal_consistent(const struct allot_problem *problem, const struct literal *literal);
/* Fills over[] from the rest. */
void literal_find_over(const struct allot_problem *problem, struct literal *literal);
/* The whole run without balance. */
void literal_run(const struct allot_problem *problem, struct literal *literal);

#endif
