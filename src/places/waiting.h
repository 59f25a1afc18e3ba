/* Of src/places/ alone: the order in which children of an allotted round wait for a place. */
#ifndef PLACES_WAITING_H
#define PLACES_WAITING_H

#include "places/round_inside.h"

/* The final list with the lots of the round's seed. */
bool waiting_problem(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                     struct round_list *list, struct error *error);
/* The order of applicant a at its choice c (an index of problem->choice) as fixed-width text: the order of
 * allot/allot.h, so the first by this text is allot_next_waiting's. */
struct str waiting_sort(struct arena *arena, const struct allot_problem *problem, uint32_t a, uint32_t c);

#endif
