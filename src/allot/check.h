/*
 * What the parts of the independent check share: the words of a result turned into bars, and the sums that the pass
 * over the applicants (check_pass.c) makes for the comparison at the end (check.c). Not for callers.
 */
#ifndef ALLOT_CHECK_H
#define ALLOT_CHECK_H

#include "allot/seats.h"

/* What one piece of the applicants adds up to. Cells are those of (offer, category): see allot_cell_of. */
struct sums {
    uint32_t *listed;          /* per cell */
    uint32_t *admitted;        /* per cell */
    uint32_t *at_seat;         /* per seat: by choice; of offers without kinds only at the end */
    uint32_t *balanced;        /* per offer */
    struct allot_key *refused; /* per seat: the first of those who would rather have it; applicant ALLOT_NONE: none */
    uint32_t how[3];
    bool wrong;
    struct allot_error error;
};

struct checking {
    const struct allot_problem *problem;
    const struct allot_result *result;
    struct allot_seats seats;
    bool best;              /* must it be the best for all applicants? */
    bool stable;            /* is nobody to be passed over at all? */
    struct allot_key *last; /* per seat: the last one, as said */
    struct allot_key *bar;  /* per seat: who stands before it could have a place */
    uint32_t *mask;         /* per offer: 0 where its tallies know the lot alone, else all bits */
    uint32_t *tally_from;   /* per offer + 1 */
    uint32_t stride;        /* cell offer × stride + category; 0: the number of the tally */
    uint32_t cells;
    struct allot_key *tally_last; /* per cell; applicant ALLOT_NONE: nobody, or no such tally */
    uint32_t *way;                /* per seat: on which way it lies */
    uint32_t pieces;
    struct sums *sums;
};

static inline bool wrong(struct allot_error *error, const char *what, uint32_t where)
{
    return allot_fail(error, ALLOT_FAULT_RESULT, "%s (number %u)", what, where);
}

/* ALLOT_NONE: no tally of the result can be meant. */
uint32_t allot_cell_of(const struct checking *checking, uint32_t offer, uint32_t category);

/* Is the outcome one that the problem allows at all? Else says why not. */
bool allot_outcome_possible(const struct allot_problem *problem, uint32_t a, const struct allot_outcome *outcome,
                            struct allot_error *error);

/* One piece of the applicants; `argument` is the struct checking. */
void allot_check_piece(void *argument, uint32_t index);

#endif
