/* Which catchments touch: from their polygons, once, and kept in table catchment_touch. Two touch when they have a
 * point in common or lie within some metres of one another (boundaries that were drawn apart rarely meet exactly).
 */
#ifndef REGISTRY_TOUCH_H
#define REGISTRY_TOUCH_H

#include "base/arena.h"
#include "store/db.h"
#include "store/writer.h"

enum { TOUCH_METRES = 20 };

/* Computes and keeps the touching pairs of a county's catchments of one stage, in place of what was kept. */
bool registry_touch_compute(struct writing *writing, struct str division, struct str stage, size_t *pairs,
                            struct error *error);

struct touch {
    int64_t catchment, other; /* both ways round */
};
/* By catchment, then the other. */
bool registry_touches(struct db *db, struct arena *arena, struct str division, struct str stage, struct touch **out,
                      size_t *n, struct error *error);

#endif
