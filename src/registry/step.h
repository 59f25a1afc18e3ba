/* One step of a change (change.h): what is known of its thing, whether it fits, doing it. For change.c alone. */
#ifndef REGISTRY_STEP_H
#define REGISTRY_STEP_H

#include "registry/change.h"
#include "registry/facts_sql.h"

/* What is known of the thing: on the step's first day, else the last that is known; *found false: nothing. */
bool step_known(struct db *db, struct arena *arena, const struct change_step *step, struct fact *known, bool *found,
                struct error *error);
/* All that stands of the thing, by first day; and would the step replace a version of it, or cut it short? */
bool step_standing(struct db *db, struct arena *arena, const struct change_step *step, struct versions *out,
                   struct error *error);
bool step_reaches(const struct change_step *step, const struct fact *version);
/* A number that grows with everything that is recorded about the thing; 0: nothing was. */
bool step_weight(struct db *db, const struct change_step *step, int64_t *weight, struct error *error);
/* Would the step change what is known? */
bool step_changes(struct db *db, struct arena *arena, const struct change_step *step, bool *changes,
                  struct error *error);
/* Do all steps fit, one after the other? If not, error says what is wrong with the first that does not. */
bool steps_check(struct db *db, struct arena *arena, const struct change_step *steps, size_t n, bool *good,
                 struct error *error);
/* Records the steps under the change. */
bool steps_apply(struct writing *writing, const struct change_step *steps, size_t n, int64_t change,
                 struct error *error);

#endif
