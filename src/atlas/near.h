/* The nearest of many places that have what is asked for.
 *
 * A static k-d tree over whole metres: points are put in order so that every node is a stretch of them, halves being
 * its children; each node has the box of its points and the union of their traits. A search goes down into the nearer
 * box first and leaves out boxes that are farther than what was found, and those in which nobody has a trait that is
 * asked for. So a rare sport is found as quickly as a common one. (Bentley, CACM 18, 1975; boxes instead of planes.)
 *
 * Built once, then read by any number of threads. The answer is exact: the same as looking at every point. */
#ifndef ATLAS_NEAR_H
#define ATLAS_NEAR_H

#include "base/arena.h"

enum { NEAR_TRAITS = 4 };

struct near_point {
    int32_t east, north; /* metres */
    uint64_t traits;     /* bits; what they mean is the caller's */
};

struct near;

/* Copies the points into the arena. */
struct near *near_new(struct arena *arena, const struct near_point *points, uint32_t n);

struct near_ask {
    int64_t east, north;
    uint64_t traits[NEAR_TRAITS]; /* of each that is not 0 the point has at least one bit */
    /* What no bit can say (is it open now?). NULL: all pass. */
    bool (*pass)(const void *context, uint32_t point);
    const void *context;
    int64_t within; /* metres; 0: however far */
    uint32_t most;
};

struct near_hit {
    uint32_t point;  /* its index as given to near_new */
    uint64_t square; /* of the distance */
};

/* Nearest first, of those equally far the lower index. hits has room for ask->most. Returns how many were found. */
uint32_t near_find(const struct near *near, const struct near_ask *ask, struct near_hit *hits);

/* Has the point of this index (as given) a bit of each that is not 0? */
bool near_has(const struct near *near, uint32_t point, const uint64_t traits[NEAR_TRAITS]);

/* Whole metres, rounded up. */
int64_t near_metres(uint64_t square);

#endif
