/* The bound: communities as liquid. Each community's children flow to catchments that it may choose, its own for
 * nothing, another for one a child; a catchment takes as many as it has places, and more for a price that nothing else
 * outweighs. Least cost by cheapest paths, one after another: costs are 0, 1 and the price, so a queue finds each path
 * (Bellman and Ford's way). Nodes: communities, catchments, the end. */
#include "figures/forecast/propose.h"

#include <stdlib.h>

static const int64_t MISSING = INT64_C(1) << 40;
static const int64_t FAR = INT64_MAX / 4;

struct liquid {
    const struct propose_problem *problem;
    const bool *allowed;
    uint32_t *sent;  /* community × catchment */
    uint32_t *taken; /* catchment: all that is sent there */
    int64_t *cost;   /* nodes: communities, then catchments */
    uint32_t *by;
    uint32_t *queue;
    bool *queued;
};

static int64_t step_cost(const struct liquid *liquid, uint32_t i, uint32_t c)
{
    return liquid->problem->communities[i].catchment == c ? 0 : 1;
}

/* Cheapest ways from a community to everywhere: forward along what is allowed, back along what is sent. */
static void search(struct liquid *liquid, uint32_t start)
{
    const struct propose_problem *p = liquid->problem;
    uint32_t n = (uint32_t)p->ncommunities, m = (uint32_t)p->ncatchments, nodes = n + m, head = 0, count = 0;
    for (uint32_t v = 0; v < nodes; v++) {
        liquid->cost[v] = FAR;
        liquid->queued[v] = false;
    }
    liquid->cost[start] = 0;
    liquid->queue[count++] = start;
    while (count) {
        uint32_t v = liquid->queue[head];
        head = (head + 1) % nodes;
        count--;
        liquid->queued[v] = false;
        bool is_community = v < n;
        for (uint32_t k = 0; k < (is_community ? m : n); k++) {
            uint32_t i = is_community ? v : k, c = is_community ? k : v - n;
            if (is_community ? !liquid->allowed[i * m + c] : liquid->sent[i * m + c] == 0) {
                continue;
            }
            uint32_t to = is_community ? n + c : i;
            int64_t cost = liquid->cost[v] + (is_community ? step_cost(liquid, i, c) : -step_cost(liquid, i, c));
            if (cost < liquid->cost[to]) {
                liquid->cost[to] = cost;
                liquid->by[to] = v;
                if (!liquid->queued[to]) {
                    liquid->queued[to] = true;
                    liquid->queue[(head + count++) % nodes] = to;
                }
            }
        }
    }
}

/* Sends what is left of a community along the cheapest way that ends at a catchment with room, else beyond it. */
static uint32_t send(struct liquid *liquid, uint32_t start, uint32_t left)
{
    const struct propose_problem *p = liquid->problem;
    uint32_t n = (uint32_t)p->ncommunities, m = (uint32_t)p->ncatchments, best = UINT32_MAX;
    int64_t least = FAR;
    search(liquid, start);
    for (uint32_t c = 0; c < m; c++) {
        bool full = liquid->taken[c] >= p->catchments[c].places;
        int64_t cost = liquid->cost[n + c] + (full ? MISSING : 0);
        if (liquid->cost[n + c] < FAR && cost < least) {
            least = cost;
            best = c;
        }
    }
    uint32_t most = left, places = p->catchments[best].places;
    if (liquid->taken[best] < places && most > places - liquid->taken[best]) {
        most = places - liquid->taken[best];
    }
    for (uint32_t v = n + best; v != start; v = liquid->by[v]) {
        uint32_t from = liquid->by[v];
        if (v < n && liquid->sent[v * m + (from - n)] < most) { /* back along what is sent */
            most = liquid->sent[v * m + (from - n)];
        }
    }
    for (uint32_t v = n + best; v != start; v = liquid->by[v]) {
        uint32_t from = liquid->by[v];
        if (v < n) {
            liquid->sent[v * m + (from - n)] -= most;
        } else {
            liquid->sent[from * m + (v - n)] += most;
        }
    }
    liquid->taken[best] += most;
    return most;
}

void propose_bound(struct arena *arena, const struct propose_problem *problem, const bool *allowed, uint64_t *missing,
                   uint64_t *children)
{
    size_t n = problem->ncommunities, m = problem->ncatchments;
    struct liquid liquid = { .problem = problem,
                             .allowed = allowed,
                             .sent = ARENA_ARRAY(arena, uint32_t, n * m),
                             .taken = ARENA_ARRAY(arena, uint32_t, m),
                             .cost = ARENA_ARRAY(arena, int64_t, n + m),
                             .by = ARENA_ARRAY(arena, uint32_t, n + m),
                             .queue = ARENA_ARRAY(arena, uint32_t, n + m),
                             .queued = ARENA_ARRAY(arena, bool, n + m) };
    *missing = *children = 0;
    /* Who fits at home stays there: the cheapest way of all, so it may be taken first. */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t own = problem->communities[i].catchment, left = problem->communities[i].children;
        uint32_t room = problem->catchments[own].places > liquid.taken[own]
                            ? problem->catchments[own].places - liquid.taken[own]
                            : 0;
        uint32_t stay = left < room ? left : room;
        liquid.sent[i * m + own] = stay;
        liquid.taken[own] += stay;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = problem->communities[i].children;
        for (uint32_t c = 0; c < m; c++) { /* others may have sent some of it elsewhere */
            left -= liquid.sent[i * m + c];
        }
        while (left) {
            left -= send(&liquid, i, left);
        }
    }
    for (size_t c = 0; c < m; c++) {
        *missing +=
            liquid.taken[c] > problem->catchments[c].places ? liquid.taken[c] - problem->catchments[c].places : 0;
    }
    for (size_t i = 0; i < n; i++) {
        for (uint32_t c = 0; c < m; c++) {
            *children += c == problem->communities[i].catchment ? 0 : liquid.sent[i * m + c];
        }
    }
}
