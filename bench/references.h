/* What a textbook says, with no care for caches: each fills where everybody is placed (ALLOT_NONE: nowhere). Single
 * tickets, one draw number each, no kinds of places, no balance; no look at whether the input is valid, no counts.
 *
 *   deferred acceptance   everybody proposes; each school keeps a heap of those it holds, the worst on top
 *   serial                rank by rank, those who ask are sorted and the best get what is left
 *   draw                  the draw numbers are sorted, and one after the other takes the best that is left
 */
#ifndef BENCH_REFERENCES_H
#define BENCH_REFERENCES_H

#include "allot/allot.h"

/* `place`, unless NULL: each applicant's place in the order of the draw numbers. */
typedef void reference(const struct allot_problem *problem, const uint32_t *place, uint32_t *placed);
reference deferred_by_heaps, serial_by_sorting, draw_by_sorting;

#endif
