/*
 * Two classic flows over sites and offers.
 *
 * Most: Dinic's algorithm. Breadth-first levels from all sites with children left, then blocking flow by depth-first
 * walks with a cursor per node, kept on an explicit path so that no recursion depends on the data.
 *
 * Least total: successive shortest paths in reduced costs, one site after the other, with exact dual prices in whole
 * numbers. For an offer j, price(j) ≥ 0 is what a place there is worth because of who else wants it; for a site s that
 * has sent children, site_price(s) = min over its edges of steps + price. A search from s stops at the first offer with
 * room, so it stays local; then all nodes nearer than that offer rise by the difference, which keeps every reduced cost
 * non-negative and every used edge tight. Only full offers are ever passed, so a price above zero means a full offer:
 * with the prices anybody can check in one pass that no smaller total exists.
 *
 * Ties: offers leave the queue by (distance, number), edges are tried by (steps, offer number), and a node keeps the
 * first edge that reached it at its distance.
 */
#include "allot/flow.h"
#include "allot/internal.h"

#include <string.h>

#define UNSEEN UINT64_MAX

static int edge_order(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    const struct flow_edge *first = one, *second = other;
    if (first->steps != second->steps) {
        return first->steps < second->steps ? -1 : 1;
    }
    return (first->offer > second->offer) - (first->offer < second->offer);
}

static void fill_edges(struct flow *flow, const struct allot_problem *problem)
{
    uint32_t edges = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->edge_from[s] = edges;
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            uint32_t offer = problem->reach[e].offer;
            if (flow->rest[offer] > 0) {
                flow->edge[edges++] = (struct flow_edge){ s, offer, problem->reach[e].steps, 0 };
                flow->back_from[offer + 1]++;
            }
        }
        allot_sort(flow->edge + flow->edge_from[s], edges - flow->edge_from[s], sizeof *flow->edge, edge_order, NULL);
    }
    flow->edge_from[flow->sites] = edges;
    flow->edges = edges;
    for (uint32_t j = 0; j < flow->offers; j++) {
        flow->back_from[j + 1] += flow->back_from[j];
        flow->back_cursor[j] = flow->back_from[j];
    }
    for (uint32_t e = 0; e < edges; e++) {
        flow->back[flow->back_cursor[flow->edge[e].offer]++] = e;
    }
}

bool flow_start(struct flow *flow, const struct allot_problem *problem, const uint32_t *left,
                const struct allot_host *host)
{
    size_t sites = problem->sites, offers = problem->offers;
    size_t edges = sites == 0 ? 0 : problem->reach_from[sites];
    size_t nodes = sites > offers ? sites : offers;
    *flow = (struct flow){ .sites = problem->sites, .offers = problem->offers };
    flow->edge_from = allot_get_zero(host, sites + 1, sizeof *flow->edge_from);
    flow->edge = allot_get(host, edges, sizeof *flow->edge);
    flow->back_from = allot_get_zero(host, offers + 1, sizeof *flow->back_from);
    flow->back = allot_get(host, edges, sizeof *flow->back);
    flow->demand = allot_get_zero(host, sites, sizeof *flow->demand);
    flow->rest = allot_get_zero(host, offers, sizeof *flow->rest);
    flow->supply = allot_get_zero(host, sites, sizeof *flow->supply);
    flow->room = allot_get_zero(host, offers, sizeof *flow->room);
    flow->price = allot_get_zero(host, offers, sizeof *flow->price);
    flow->level = allot_get(host, offers, sizeof *flow->level);
    flow->site_price = allot_get_zero(host, sites, sizeof *flow->site_price);
    flow->site_level = allot_get(host, sites, sizeof *flow->site_level);
    flow->parent = allot_get_zero(host, offers, sizeof *flow->parent);
    flow->site_parent = allot_get_zero(host, sites, sizeof *flow->site_parent);
    flow->cursor = allot_get(host, sites, sizeof *flow->cursor);
    flow->back_cursor = allot_get(host, offers, sizeof *flow->back_cursor);
    flow->queue = allot_get(host, 2 * nodes + 1, sizeof *flow->queue);
    flow->heap = allot_get(host, edges + 1, sizeof *flow->heap);
    if (!flow->edge_from || !flow->edge || !flow->back_from || !flow->back || !flow->demand || !flow->rest ||
        !flow->supply || !flow->room || !flow->price || !flow->level || !flow->site_price || !flow->site_level ||
        !flow->parent || !flow->site_parent || !flow->cursor || !flow->back_cursor || !flow->queue || !flow->heap) {
        flow_end(flow, host);
        return false;
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        flow->rest[j] = problem->offer[j].balance ? left[j] : 0;
    }
    fill_edges(flow, problem);
    return true;
}

void flow_end(struct flow *flow, const struct allot_host *host)
{
    const void *blocks[] = { flow->edge_from,   flow->edge,       flow->back_from, flow->back,        flow->demand,
                             flow->rest,        flow->supply,     flow->room,      flow->price,       flow->level,
                             flow->site_price,  flow->site_level, flow->parent,    flow->site_parent, flow->cursor,
                             flow->back_cursor, flow->queue,      flow->heap };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
}

static void forget(struct flow *flow)
{
    memcpy(flow->supply, flow->demand, (size_t)flow->sites * sizeof *flow->supply);
    memcpy(flow->room, flow->rest, (size_t)flow->offers * sizeof *flow->room);
    for (uint32_t e = 0; e < flow->edges; e++) {
        flow->edge[e].flow = 0;
    }
}

static void unsee(struct flow *flow)
{
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->site_level[s] = UNSEEN;
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        flow->level[j] = UNSEEN;
    }
}

/* --- as many as possible ----------------------------------------------------------------------------------------- */

/* Most children find room at once: nearest first. */
static uint64_t send_directly(struct flow *flow, uint64_t below)
{
    uint64_t unmet = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_from[s + 1] && flow->edge[e].steps < below; e++) {
            uint32_t *room = &flow->room[flow->edge[e].offer];
            uint32_t sent = *room < flow->supply[s] ? *room : flow->supply[s];
            flow->edge[e].flow += sent;
            flow->supply[s] -= sent;
            *room -= sent;
        }
        unmet += flow->supply[s];
    }
    return unmet;
}

/* Levels from every site in the queue; true when an offer with room was reached. Goes on to the end of that level. */
static bool spread(struct flow *flow, uint32_t queued, uint64_t below)
{
    bool reached = false;
    for (uint32_t head = 0; head < queued; head++) {
        uint32_t s = flow->queue[head];
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_from[s + 1] && flow->edge[e].steps < below; e++) {
            uint32_t j = flow->edge[e].offer;
            if (flow->level[j] != UNSEEN) {
                continue;
            }
            flow->level[j] = flow->site_level[s] + 1;
            flow->parent[j] = e;
            reached = reached || flow->room[j] > 0;
            for (uint32_t b = flow->back_from[j]; b < flow->back_from[j + 1]; b++) {
                const struct flow_edge *back = &flow->edge[flow->back[b]];
                if (back->flow > 0 && flow->site_level[back->site] == UNSEEN) {
                    flow->site_level[back->site] = flow->level[j] + 1;
                    flow->site_parent[back->site] = flow->back[b];
                    flow->queue[queued++] = back->site;
                }
            }
        }
    }
    return reached;
}

static bool find_levels(struct flow *flow, uint64_t below)
{
    unsee(flow);
    uint32_t queued = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->cursor[s] = flow->edge_from[s];
        if (flow->supply[s] > 0) {
            flow->site_level[s] = 0;
            flow->queue[queued++] = s;
        }
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        flow->back_cursor[j] = flow->back_from[j];
    }
    return spread(flow, queued, below);
}

/* The next edge of the level graph from the site, or edge_from of the next site when there is none. */
static uint32_t next_edge(struct flow *flow, uint32_t s, uint64_t below)
{
    uint32_t *e = &flow->cursor[s];
    while (*e < flow->edge_from[s + 1] &&
           (flow->edge[*e].steps >= below || flow->level[flow->edge[*e].offer] != flow->site_level[s] + 1)) {
        (*e)++;
    }
    return *e;
}

/* The next used edge back from a full offer to a site of the next level, or edges when there is none. */
static uint32_t next_back(struct flow *flow, uint32_t j)
{
    for (uint32_t *b = &flow->back_cursor[j]; *b < flow->back_from[j + 1]; (*b)++) {
        const struct flow_edge *edge = &flow->edge[flow->back[*b]];
        if (edge->flow > 0 && flow->site_level[edge->site] == flow->level[j] + 1) {
            return flow->back[*b];
        }
    }
    return flow->edges;
}

/* The path stands in the parents from `offer` down to the site where it began; moves what it can carry. */
static uint32_t push_along(struct flow *flow, uint32_t begin, uint32_t offer, uint32_t most)
{
    uint32_t sent = most;
    for (uint32_t j = offer;;) {
        uint32_t s = flow->edge[flow->parent[j]].site;
        if (s == begin) {
            break;
        }
        const struct flow_edge *back = &flow->edge[flow->site_parent[s]];
        sent = back->flow < sent ? back->flow : sent;
        j = back->offer;
    }
    for (uint32_t j = offer;;) {
        struct flow_edge *edge = &flow->edge[flow->parent[j]];
        edge->flow += sent;
        if (edge->site == begin) {
            break;
        }
        struct flow_edge *back = &flow->edge[flow->site_parent[edge->site]];
        back->flow -= sent;
        j = back->offer;
    }
    flow->supply[begin] -= sent;
    flow->room[offer] -= sent;
    return sent;
}

/* Walks down the levels from the site; a dead end moves the cursor that led to it. */
static uint64_t send_from(struct flow *flow, uint32_t begin, uint64_t below)
{
    uint64_t sent = 0;
    uint32_t s = begin;
    while (flow->supply[begin] > 0) {
        uint32_t e = next_edge(flow, s, below);
        if (e == flow->edge_from[s + 1]) {
            if (s == begin) {
                break;
            }
            uint32_t j = flow->edge[flow->site_parent[s]].offer;
            flow->back_cursor[j]++;
            s = flow->edge[flow->parent[j]].site;
            continue;
        }
        uint32_t j = flow->edge[e].offer;
        flow->parent[j] = e;
        if (flow->room[j] > 0) {
            uint32_t most = flow->supply[begin] < flow->room[j] ? flow->supply[begin] : flow->room[j];
            sent += push_along(flow, begin, j, most);
            s = begin;
            continue;
        }
        uint32_t back = next_back(flow, j);
        if (back == flow->edges) {
            flow->cursor[s]++;
            continue;
        }
        s = flow->edge[back].site;
        flow->site_parent[s] = back;
    }
    return sent;
}

uint64_t flow_most(struct flow *flow, uint64_t below, uint8_t *cut)
{
    forget(flow);
    uint64_t unmet = send_directly(flow, below);
    while (unmet > 0 && find_levels(flow, below)) {
        for (uint32_t s = 0; s < flow->sites; s++) {
            if (flow->supply[s] > 0) {
                unmet -= send_from(flow, s, below);
            }
        }
    }
    for (uint32_t s = 0; cut != NULL && s < flow->sites; s++) {
        cut[s] = unmet > 0 && flow->site_level[s] != UNSEEN;
    }
    return unmet;
}

bool flow_one_more(struct flow *flow, uint32_t site, uint8_t *closed)
{
    for (uint32_t e = flow->edge_from[site]; e < flow->edge_from[site + 1]; e++) {
        if (flow->room[flow->edge[e].offer] > 0) {
            flow->room[flow->edge[e].offer]--;
            flow->edge[e].flow++;
            return true;
        }
    }
    unsee(flow);
    flow->site_level[site] = 0;
    flow->queue[0] = site;
    if (!spread(flow, 1, UINT64_MAX)) {
        for (uint32_t s = 0; s < flow->sites; s++) {
            closed[s] = closed[s] || flow->site_level[s] != UNSEEN;
        }
        return false;
    }
    uint32_t best = flow->offers;
    for (uint32_t j = 0; j < flow->offers; j++) {
        if (flow->level[j] != UNSEEN && flow->room[j] > 0 &&
            (best == flow->offers || flow->level[j] < flow->level[best])) {
            best = j;
        }
    }
    flow->supply[site]++;
    push_along(flow, site, best, 1);
    return true;
}

/* --- the least total --------------------------------------------------------------------------------------------- */

static bool heap_before(struct flow_heap one, struct flow_heap other)
{
    return one.level != other.level ? one.level < other.level : one.offer < other.offer;
}

static void heap_add(struct flow_heap *heap, uint32_t *count, struct flow_heap item)
{
    uint32_t hole = (*count)++;
    for (; hole > 0 && heap_before(item, heap[(hole - 1) / 2]); hole = (hole - 1) / 2) {
        heap[hole] = heap[(hole - 1) / 2];
    }
    heap[hole] = item;
}

static struct flow_heap heap_take(struct flow_heap *heap, uint32_t *count)
{
    struct flow_heap least = heap[0];
    struct flow_heap moved = heap[--(*count)];
    uint32_t hole = 0;
    for (uint32_t child = 1; child < *count; child = 2 * hole + 1) {
        if (child + 1 < *count && heap_before(heap[child + 1], heap[child])) {
            child++;
        }
        if (!heap_before(heap[child], moved)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moved;
    return least;
}

/* What a search has touched, so that only that is cleaned up. Sites stand in queue[0 …], offers from queue[nodes]. */
struct search {
    uint32_t greatest;
    uint32_t heaped;
    uint32_t sites_seen;
    uint32_t offers_seen;
    uint32_t *site_seen;
    uint32_t *offer_seen;
};

static void look_from(struct flow *flow, struct search *search, uint32_t s, uint64_t level)
{
    flow->site_level[s] = level;
    search->site_seen[search->sites_seen++] = s;
    for (uint32_t e = flow->edge_from[s]; e < flow->edge_from[s + 1] && flow->edge[e].steps <= search->greatest; e++) {
        uint32_t j = flow->edge[e].offer;
        uint64_t reached = level + flow->edge[e].steps + flow->price[j] - flow->site_price[s];
        if (reached < flow->level[j]) {
            if (flow->level[j] == UNSEEN) {
                search->offer_seen[search->offers_seen++] = j;
            }
            flow->level[j] = reached;
            flow->parent[j] = e;
            heap_add(flow->heap, &search->heaped, (struct flow_heap){ reached, j });
        }
    }
}

/* Shortest way in reduced costs from the site to an offer with room; returns that offer. */
static uint32_t nearest_room(struct flow *flow, struct search *search, uint32_t begin)
{
    search->heaped = search->sites_seen = search->offers_seen = 0;
    look_from(flow, search, begin, 0);
    for (;;) {
        struct flow_heap least = heap_take(flow->heap, &search->heaped);
        uint32_t j = least.offer;
        if (least.level != flow->level[j]) {
            continue;
        }
        if (flow->room[j] > 0) {
            return j;
        }
        for (uint32_t b = flow->back_from[j]; b < flow->back_from[j + 1]; b++) {
            const struct flow_edge *back = &flow->edge[flow->back[b]];
            if (back->flow > 0 && flow->site_level[back->site] == UNSEEN) {
                flow->site_parent[back->site] = flow->back[b];
                look_from(flow, search, back->site, least.level);
            }
        }
    }
}

/* Every node nearer than the goal rises by the difference; then the search is forgotten. */
static void raise_prices(struct flow *flow, struct search *search, uint64_t goal)
{
    for (uint32_t i = 0; i < search->sites_seen; i++) {
        uint32_t s = search->site_seen[i];
        flow->site_price[s] += goal - flow->site_level[s];
        flow->site_level[s] = UNSEEN;
    }
    for (uint32_t i = 0; i < search->offers_seen; i++) {
        uint32_t j = search->offer_seen[i];
        flow->price[j] += flow->level[j] < goal ? goal - flow->level[j] : 0;
        flow->level[j] = UNSEEN;
    }
}

void flow_least(struct flow *flow, uint32_t greatest)
{
    forget(flow);
    unsee(flow);
    memset(flow->price, 0, (size_t)flow->offers * sizeof *flow->price);
    struct search search = { .greatest = greatest, .site_seen = flow->queue, .offer_seen = flow->queue + flow->sites };
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->site_price[s] = UNSEEN;
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_from[s + 1] && flow->edge[e].steps <= greatest; e++) {
            uint64_t worth = flow->edge[e].steps + flow->price[flow->edge[e].offer];
            flow->site_price[s] = worth < flow->site_price[s] ? worth : flow->site_price[s];
        }
        while (flow->supply[s] > 0) {
            uint32_t offer = nearest_room(flow, &search, s);
            uint64_t goal = flow->level[offer];
            uint32_t most = flow->supply[s] < flow->room[offer] ? flow->supply[s] : flow->room[offer];
            push_along(flow, s, offer, most);
            raise_prices(flow, &search, goal);
        }
    }
}
