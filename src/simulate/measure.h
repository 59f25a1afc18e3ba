/* What a result is worth to the families, in figures. Pure over a problem and its result: nothing is read or written
 * elsewhere. What each figure means to an officer stands in docs/simulate.md; what it means exactly, here.
 *
 * Shares are of children (a ticket of two counts twice); the rest counts tickets.
 */
#ifndef SIMULATE_MEASURE_H
#define SIMULATE_MEASURE_H

#include "allot/allot.h"
#include "base/arena.h"
#include "base/error.h"

enum measure {
    MEASURE_FIRST, /* shares of all children, 0 … 1 */
    MEASURE_SECOND,
    MEASURE_THIRD,
    MEASURE_WISH,
    MEASURE_BALANCED,
    MEASURE_UNPLACED,
    MEASURE_MEAN,     /* metres, of placed children whose distance is known; not a number when there are none */
    MEASURE_GREATEST, /* metres */
    MEASURE_PASSED,   /* tickets that prefer a place which went, by a wish, to a ticket that stood behind … */
    MEASURE_PAIRS,    /* … and the pairs of such */
    MEASURE_TRADES,   /* tickets that could each have a better wish with nobody worse off */
    MEASURE_REORDER,  /* serial alone: tickets that would have gained by naming another of their wishes first */
    MEASURE_APART,    /* families that asked together and whose children are at different schools, or not all placed */
    MEASURE_MOVES,    /* late round: tickets that leave a place for a better one; waiting lists by the same lots … */
    MEASURE_MOVES_REVERSED, /* … and with the lots reversed */
    MEASURES
};

struct measured {
    const struct allot_problem *problem; /* as it was run, with its lots */
    const struct allot_outcome *outcome;
    const uint32_t *metres; /* per choice; METRES_UNKNOWN where not known */
    const uint32_t *family; /* per applicant: siblings who asked together have one number; NULL: nobody was split */
    uint32_t step_metres;   /* of the reach, for who was balanced; 0: not known */
};
enum { METRES_UNKNOWN = UINT32_MAX };

/* Everything but the late round, into value[MEASURES]; what does not apply is not a number. */
void measure_result(struct arena *arena, const struct measured *measured, double *value);

/* A late round after the result: each placed ticket gives its place back with the chance `declined` (0 … 1), decided by
 * `seed`; the places go along the waiting lists until nobody waits for any of them. How many tickets that had a place
 * end at another. */
bool measure_late(struct arena *arena, const struct allot_problem *problem, const struct allot_outcome *outcome,
                  double declined, uint64_t seed, double *moves, struct error *error);

/* A number from two, as good as random. */
uint64_t mix(uint64_t seed, uint64_t index);

#endif
