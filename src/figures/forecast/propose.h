/* The proposer: which communities should belong to which catchment, so that the fewest places are missing and the
 * fewest families change.
 *
 * The rule, as it is told to people:
 *   1. A community goes as a whole, and only to a catchment that touches its own today.
 *   2. The nearest school of the new catchment is no farther than the city allows (forecast.yaml).
 *   3. A catchment stays in one piece, and keeps the community in which (or nearest to which) its school stands. A
 *      catchment that is in several pieces already gets no more of them.
 *   4. Of all that is possible: the fewest places missing; then the fewest children moved; then the shortest way more.
 *
 * Communities are nodes; two are neighbours when no third lies within the circle over the line between them (Gabriel's
 * graph: no parameter, never crossed by another line, in one piece).
 *
 * Communities cannot be split, so the exact optimum is as hard as packing. Two things are computed: a bound that no
 * plan can beat (communities as liquid: a flow of least cost from communities to catchments, rules 1, 2 and 4), and a
 * plan (moves one by one, in pairs and in chains from catchment to catchment, as long as they better it; then each move
 * that turns out not to be needed is taken back). The gap between the two is told with every plan.
 */
#ifndef FIGURES_FORECAST_PROPOSE_H
#define FIGURES_FORECAST_PROPOSE_H

#include "base/arena.h"

struct propose_community {
    int64_t east, north;
    uint32_t catchment;
    uint32_t children; /* of the year that is looked at, in public schools */
};
struct propose_catchment {
    uint32_t places;
    uint32_t nschools;
    const int64_t (*schools)[2]; /* east, north */
};
struct propose_problem {
    const struct propose_community *communities;
    size_t ncommunities;
    const struct propose_catchment *catchments;
    size_t ncatchments;
    uint32_t farthest; /* metres */
};

struct propose_move {
    uint32_t community, from, to;
    uint32_t children;
    int64_t metres_before, metres_after; /* to the nearest school */
    /* Why: places missing in the two catchments together, as it is and under the whole plan. */
    uint32_t missing_before, missing_after;
};
struct propose_plan {
    struct propose_move *moves;
    size_t n;
    uint64_t missing_before, missing_after;
    uint64_t missing_bound;  /* no plan under rules 1 and 2 leaves fewer missing */
    uint64_t children;       /* moved */
    uint64_t children_bound; /* no plan that leaves missing_bound missing moves fewer */
    uint64_t tried;          /* plans looked at */
};

void propose(struct arena *arena, const struct propose_problem *problem, struct propose_plan *plan);

/* ---- The parts, for it and for tests ---- */

/* Neighbours: those of i stand in other[from[i] … from[i + 1]). */
struct propose_graph {
    uint32_t *from, *other;
};
void propose_neighbours(struct arena *arena, const struct propose_problem *problem, struct propose_graph *graph);
/* What a community may choose between: allowed[community * ncatchments + catchment]; its own is always. */
bool *propose_allowed(struct arena *arena, const struct propose_problem *problem, const struct propose_graph *graph);
/* The community that each catchment keeps; UINT32_MAX: it has none. */
uint32_t *propose_anchors(struct arena *arena, const struct propose_problem *problem);
/* Metres from a community to the nearest school of a catchment; INT64_MAX: it has none. */
int64_t propose_metres(const struct propose_problem *problem, uint32_t community, uint32_t catchment);
/* In how many pieces a catchment lies under an assignment. */
uint32_t propose_pieces(const struct propose_problem *problem, const struct propose_graph *graph,
                        const uint32_t *assigned, uint32_t catchment, uint32_t *stack, uint8_t *seen);
/* The bound, by a flow of least cost. */
void propose_bound(struct arena *arena, const struct propose_problem *problem, const bool *allowed, uint64_t *missing,
                   uint64_t *children);

#endif
