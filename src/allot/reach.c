/*
 * Contiguous reach: a child should not be sent past other catchments to a school far behind them. From the sites of an
 * offer's catchment one walks through sites that touch, ring by ring; whoever is not met within so many rings loses the
 * offer from its reach. One walk per offer, over the sites near it alone; pairs are looked up by offer.
 */
#include "allot/internal.h"

#include <string.h>

struct rings {
    const struct allot_problem *problem;
    const struct allot_map *map;
    uint32_t *pair_from; /* offers + 1 */
    uint32_t *pair;      /* by offer: indices into the reach */
    uint32_t *site;      /* by offer, beside: whose reach it is */
    uint8_t *kept;       /* per pair of the reach */
    uint32_t *met;       /* per site: by which offer's walk last, plus 1 */
    uint32_t *queue;     /* sites */
};

static bool list_valid(const uint32_t *from, const uint32_t *site, uint32_t lists, uint32_t sites, const char *what,
                       struct allot_error *error)
{
    if (from == NULL || from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the map's list of %s does not start at 0", what);
    }
    for (uint32_t i = 0; i < lists; i++) {
        if (from[i + 1] < from[i]) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "the map's list of %s %u runs backwards", what, i);
        }
    }
    for (uint32_t k = 0; k < from[lists]; k++) {
        if (site == NULL || site[k] >= sites) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "the map's list of %s names a site that is not there", what);
        }
    }
    return true;
}

static bool reach_valid(const struct allot_problem *problem, struct allot_error *error)
{
    if (problem->sites == 0) {
        return true;
    }
    const uint32_t *from = problem->reach_from;
    bool right = from != NULL && from[0] == 0;
    for (uint32_t s = 0; right && s < problem->sites; s++) {
        right = from[s + 1] >= from[s];
    }
    for (uint32_t e = 0; right && e < from[problem->sites]; e++) {
        right = problem->reach != NULL && problem->reach[e].offer < problem->offers;
    }
    return right || allot_fail(error, ALLOT_FAULT_PROBLEM, "the reach is not well formed");
}

static void sort_by_offer(struct rings *rings)
{
    const struct allot_problem *problem = rings->problem;
    for (uint32_t s = 0; s < problem->sites; s++) {
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            rings->pair_from[problem->reach[e].offer + 2]++;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        rings->pair_from[j + 2] += rings->pair_from[j + 1];
    }
    for (uint32_t s = 0; s < problem->sites; s++) {
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            uint32_t at = rings->pair_from[problem->reach[e].offer + 1]++;
            rings->pair[at] = e;
            rings->site[at] = s;
        }
    }
}

static uint32_t meet(struct rings *rings, uint32_t offer, const uint32_t *site, uint32_t from, uint32_t to,
                     uint32_t queued)
{
    for (uint32_t i = from; i < to; i++) {
        if (rings->met[site[i]] != offer + 1) {
            rings->met[site[i]] = offer + 1;
            rings->queue[queued++] = site[i];
        }
    }
    return queued;
}

static void walk(struct rings *rings, uint32_t offer, uint32_t hops)
{
    const struct allot_map *map = rings->map;
    uint32_t queued = meet(rings, offer, map->home, map->home_from[offer], map->home_from[offer + 1], 0);
    uint32_t head = 0;
    for (uint32_t ring = 0; ring < hops && head < queued; ring++) {
        for (uint32_t end = queued; head < end; head++) {
            uint32_t s = rings->queue[head];
            queued = meet(rings, offer, map->touch, map->touch_from[s], map->touch_from[s + 1], queued);
        }
    }
    for (uint32_t i = rings->pair_from[offer]; i < rings->pair_from[offer + 1]; i++) {
        rings->kept[rings->pair[i]] = rings->met[rings->site[i]] == offer + 1;
    }
}

static void keep_contiguous(struct rings *rings, uint32_t hops, uint32_t *reach_from, struct allot_reach *reach)
{
    const struct allot_problem *problem = rings->problem;
    sort_by_offer(rings);
    for (uint32_t j = 0; j < problem->offers; j++) {
        if (rings->pair_from[j] < rings->pair_from[j + 1]) {
            walk(rings, j, hops);
        }
    }
    uint32_t count = 0;
    for (uint32_t s = 0; s < problem->sites; s++) {
        reach_from[s] = count;
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            if (rings->kept[e]) {
                reach[count++] = problem->reach[e];
            }
        }
    }
    reach_from[problem->sites] = count;
}

bool allot_reach_contiguous(const struct allot_problem *problem, const struct allot_map *map, uint32_t hops,
                            const struct allot_host *host, uint32_t *reach_from, struct allot_reach *reach,
                            struct allot_error *error)
{
    if (!reach_valid(problem, error) ||
        !list_valid(map->touch_from, map->touch, problem->sites, problem->sites, "neighbours of site", error) ||
        !list_valid(map->home_from, map->home, problem->offers, problem->sites, "home sites of offer", error)) {
        return false;
    }
    size_t pairs = problem->sites == 0 ? 0 : problem->reach_from[problem->sites];
    struct rings rings = { .problem = problem, .map = map };
    rings.pair_from = allot_get_zero(host, (size_t)problem->offers + 2, sizeof *rings.pair_from);
    rings.pair = allot_get(host, pairs, sizeof *rings.pair);
    rings.site = allot_get(host, pairs, sizeof *rings.site);
    rings.kept = allot_get_zero(host, pairs, 1);
    rings.met = allot_get_zero(host, problem->sites, sizeof *rings.met);
    rings.queue = allot_get(host, problem->sites, sizeof *rings.queue);
    bool done = rings.pair_from && rings.pair && rings.site && rings.kept && rings.met && rings.queue;
    if (done) {
        keep_contiguous(&rings, hops, reach_from, reach);
    }
    const void *blocks[] = { rings.pair_from, rings.pair, rings.site, rings.kept, rings.met, rings.queue };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    return done || allot_no_memory(error);
}
