/* A round's list as it stands, as the wishes of a trial (simulate/trial.h): groups are the categories of the first
 * public wish, distances those of the wishes. Reads only. */
#ifndef PLACES_ROUND_TRIAL_H
#define PLACES_ROUND_TRIAL_H

#include "places/round_list.h"
#include "simulate/trial.h"

/* All in the arena, which must outlive the trial. */
bool round_trial_input(struct db *db, struct places *places, struct arena *arena, int64_t round,
                       struct trial_input *out, struct error *error);

#endif
