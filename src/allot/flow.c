/*
 * The network of sites and offers, and the largest flow through it.
 *
 * Most: Dinic's algorithm. Breadth-first levels from all sites with children left, then blocking flow by depth-first
 * walks with a cursor per node, kept on an explicit path so that no recursion depends on the data. It goes on from
 * whatever is sent already, so that another limit of distance costs only what it changes.
 *
 * An offer keeps a list of the sites that use it, in no order; it has at most as many entries as places.
 */
#include "allot/flow.h"
#include "allot/internal.h"

#include <string.h>

#define UNSEEN UINT32_MAX

/* --- the network ------------------------------------------------------------------------------------------------- */

static bool usable(const struct flow *flow, const uint32_t *asked, uint32_t s, const struct allot_reach *reach)
{
    return asked[s] > 0 && flow->rest[reach->offer] > 0;
}

/* How many edges there will be; and per offer, in used_from[j + 1], how many may use it. */
static size_t count_edges(struct flow *flow, const struct allot_problem *problem, const uint32_t *asked)
{
    size_t edges = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            if (usable(flow, asked, s, &problem->reach[e])) {
                flow->used_from[problem->reach[e].offer + 1]++;
                edges++;
            }
        }
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        uint32_t sites = flow->used_from[j + 1];
        flow->open += sites > 0;
        flow->used_from[j + 1] = flow->used_from[j] + (sites < flow->rest[j] ? sites : flow->rest[j]);
    }
    return edges;
}

/* Most callers give the reach in order already, or nearly: by insertion, unless that moves too much. */
static void sort_edges(struct allot_reach *edge, uint32_t count)
{
    uint64_t moves = 0;
    for (uint32_t i = 1; i < count; i++) {
        struct allot_reach moved = edge[i];
        uint32_t hole = i;
        for (; hole > 0 && allot_nearer(&moved, &edge[hole - 1], NULL) < 0; hole--) {
            edge[hole] = edge[hole - 1];
        }
        edge[hole] = moved;
        moves += i - hole;
        if (moves > 16 * (uint64_t)count) {
            allot_sort(edge, count, sizeof *edge, allot_nearer, NULL);
            return;
        }
    }
}

static void fill_edges(struct flow *flow, const struct allot_problem *problem, const uint32_t *asked)
{
    uint32_t edges = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->edge_from[s] = edges;
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            if (usable(flow, asked, s, &problem->reach[e])) {
                flow->edge[edges++] = problem->reach[e];
            }
        }
        sort_edges(flow->edge + flow->edge_from[s], edges - flow->edge_from[s]);
        flow->edge_end[s] = edges;
    }
    flow->edge_from[flow->sites] = edges;
}

bool flow_start(struct flow *flow, const struct allot_problem *problem, const uint32_t *left, const uint32_t *asked,
                const struct allot_host *host)
{
    size_t sites = problem->sites, offers = problem->offers, sites_bytes = sites * sizeof(uint32_t);
    *flow = (struct flow){ .host = host, .sites = problem->sites, .offers = problem->offers };
    flow->edge_from = allot_get(host, sites + 1, sizeof *flow->edge_from);
    flow->edge_end = allot_get(host, sites, sizeof *flow->edge_end);
    flow->used_from = allot_get_zero(host, offers + 1, sizeof *flow->used_from);
    flow->used_count = allot_get_zero(host, offers, sizeof *flow->used_count);
    flow->demand = allot_get(host, sites, sizeof *flow->demand);
    flow->supply = allot_get(host, sites, sizeof *flow->supply);
    flow->rest = allot_get(host, offers, sizeof *flow->rest);
    flow->room = allot_get(host, offers, sizeof *flow->room);
    flow->price = allot_get_zero(host, offers, sizeof *flow->price);
    flow->level = allot_get(host, offers, sizeof *flow->level);
    flow->site_level = allot_get(host, sites, sizeof *flow->site_level);
    flow->parent = allot_get_zero(host, offers, sizeof *flow->parent);
    flow->parent_site = allot_get_zero(host, offers, sizeof *flow->parent_site);
    flow->site_parent = allot_get_zero(host, sites, sizeof *flow->site_parent);
    flow->cursor = allot_get(host, sites, sizeof *flow->cursor);
    flow->used_cursor = allot_get(host, offers, sizeof *flow->used_cursor);
    flow->queue = allot_get(host, sites, sizeof *flow->queue);
    flow->closed = allot_get(host, sites, 1);
    bool done = flow->edge_from && flow->edge_end && flow->used_from && flow->used_count && flow->demand &&
                flow->supply && flow->rest && flow->room && flow->price && flow->level && flow->site_level &&
                flow->parent && flow->parent_site && flow->site_parent && flow->cursor && flow->used_cursor &&
                flow->queue && flow->closed;
    if (done) {
        memcpy(flow->rest, left, offers * sizeof *left);
        memcpy(flow->room, left, offers * sizeof *left);
        memcpy(flow->demand, asked, sites_bytes);
        memcpy(flow->supply, asked, sites_bytes);
        size_t edges = count_edges(flow, problem, asked);
        flow->edge = allot_get(host, edges, sizeof *flow->edge);
        flow->sent = allot_get_zero(host, edges, sizeof *flow->sent);
        flow->used = allot_get(host, flow->used_from[offers], sizeof *flow->used);
        done = flow->edge && flow->sent && flow->used;
    }
    if (!done) {
        flow_end(flow);
        return false;
    }
    fill_edges(flow, problem, asked);
    return true;
}

void flow_end(struct flow *flow)
{
    const void *blocks[] = { flow->edge_from, flow->edge_end,    flow->edge,        flow->sent,        flow->used_from,
                             flow->used,      flow->used_count,  flow->demand,      flow->supply,      flow->rest,
                             flow->room,      flow->price,       flow->level,       flow->site_level,  flow->parent,
                             flow->cursor,    flow->parent_site, flow->site_parent, flow->used_cursor, flow->queue,
                             flow->closed,    flow->back_from,   flow->back };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(flow->host, blocks[i]);
    }
}

void flow_add(struct flow *flow, uint32_t site, uint32_t edge, uint32_t children)
{
    uint32_t j = flow->edge[edge].offer;
    if (flow->sent[edge] == 0) {
        flow->used[flow->used_from[j] + flow->used_count[j]++] = (struct flow_used){ site, edge };
    }
    flow->sent[edge] += children;
}

void flow_take(struct flow *flow, uint32_t offer, uint32_t position, uint32_t children)
{
    struct flow_used *used = &flow->used[flow->used_from[offer]];
    flow->sent[used[position].edge] -= children;
    if (flow->sent[used[position].edge] == 0) {
        used[position] = used[--flow->used_count[offer]];
    }
}

uint32_t flow_position(const struct flow *flow, uint32_t offer, uint32_t site)
{
    const struct flow_used *used = &flow->used[flow->used_from[offer]];
    uint32_t position = 0;
    while (used[position].site != site) {
        position++;
    }
    return position;
}

void flow_limit(struct flow *flow, uint32_t below)
{
    for (uint32_t s = 0; s < flow->sites; s++) {
        uint32_t low = flow->edge_from[s], high = flow->edge_from[s + 1];
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (flow->edge[middle].steps < below) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        flow->edge_end[s] = low;
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        for (uint32_t i = flow->used_count[j]; i > 0; i--) {
            struct flow_used used = flow->used[flow->used_from[j] + i - 1];
            if (flow->edge[used.edge].steps >= below) {
                uint32_t children = flow->sent[used.edge];
                flow->supply[used.site] += children;
                flow->room[j] += children;
                flow_take(flow, j, i - 1, children);
            }
        }
    }
}

void flow_forget(struct flow *flow)
{
    for (uint32_t j = 0; j < flow->offers; j++) {
        for (uint32_t i = 0; i < flow->used_count[j]; i++) {
            flow->sent[flow->used[flow->used_from[j] + i].edge] = 0;
        }
        flow->used_count[j] = 0;
    }
    memcpy(flow->supply, flow->demand, (size_t)flow->sites * sizeof *flow->supply);
    memcpy(flow->room, flow->rest, (size_t)flow->offers * sizeof *flow->room);
}

uint32_t flow_farthest(const struct flow *flow)
{
    uint32_t farthest = 0;
    for (uint32_t j = 0; j < flow->offers; j++) {
        for (uint32_t i = 0; i < flow->used_count[j]; i++) {
            uint32_t steps = flow->edge[flow->used[flow->used_from[j] + i].edge].steps;
            farthest = steps > farthest ? steps : farthest;
        }
    }
    return farthest;
}

/* --- as many as possible ----------------------------------------------------------------------------------------- */

/* Most children find room at once: nearest first. */
static uint64_t send_directly(struct flow *flow)
{
    uint64_t unmet = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        for (uint32_t e = flow->edge_from[s]; flow->supply[s] > 0 && e < flow->edge_end[s]; e++) {
            uint32_t *room = &flow->room[flow->edge[e].offer];
            uint32_t sent = *room < flow->supply[s] ? *room : flow->supply[s];
            if (sent > 0) {
                flow_add(flow, s, e, sent);
                flow->supply[s] -= sent;
                *room -= sent;
            }
        }
        unmet += flow->supply[s];
    }
    return unmet;
}

static void unsee(struct flow *flow)
{
    memset(flow->level, 0xff, (size_t)flow->offers * sizeof *flow->level);
    memset(flow->site_level, 0xff, (size_t)flow->sites * sizeof *flow->site_level);
}

/* Visits the sites that use the offer; returns how many stand in the queue then. */
static uint32_t visit_users(struct flow *flow, uint32_t j, uint32_t queued)
{
    const struct flow_used *used = &flow->used[flow->used_from[j]];
    for (uint32_t i = 0; i < flow->used_count[j]; i++) {
        if (flow->site_level[used[i].site] == UNSEEN) {
            flow->site_level[used[i].site] = flow->level[j] + 1;
            flow->site_parent[used[i].site] = j;
            flow->queue[queued++] = used[i].site;
        }
    }
    return queued;
}

/* Levels from every site with children left, up to that of the nearest offer with room; false if there is none. */
static bool find_levels(struct flow *flow)
{
    unsee(flow);
    uint32_t queued = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        if (flow->supply[s] > 0) {
            flow->site_level[s] = 0;
            flow->queue[queued++] = s;
        }
    }
    uint32_t last = UNSEEN, met = 0;
    for (uint32_t head = 0; head < queued && met < flow->open; head++) {
        uint32_t s = flow->queue[head];
        if (flow->site_level[s] >= last) {
            break;
        }
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
            uint32_t j = flow->edge[e].offer;
            if (flow->level[j] != UNSEEN) {
                continue;
            }
            flow->level[j] = flow->site_level[s] + 1;
            met++;
            if (flow->room[j] > 0) {
                last = flow->level[j];
            } else {
                queued = visit_users(flow, j, queued);
            }
        }
    }
    if (last == UNSEEN) {
        return false;
    }
    memcpy(flow->cursor, flow->edge_from, (size_t)flow->sites * sizeof *flow->cursor);
    memset(flow->used_cursor, 0, (size_t)flow->offers * sizeof *flow->used_cursor);
    return true;
}

/* The next edge of the level graph from the site, or its end when there is none. */
static uint32_t next_edge(struct flow *flow, uint32_t s)
{
    uint32_t *e = &flow->cursor[s];
    while (*e < flow->edge_end[s] && flow->level[flow->edge[*e].offer] != flow->site_level[s] + 1) {
        (*e)++;
    }
    return *e;
}

/* The next site of the next level that uses a full offer, or UNSEEN when there is none. */
static uint32_t next_user(struct flow *flow, uint32_t j)
{
    for (uint32_t *i = &flow->used_cursor[j]; *i < flow->used_count[j]; (*i)++) {
        uint32_t s = flow->used[flow->used_from[j] + *i].site;
        if (flow->site_level[s] == flow->level[j] + 1) {
            return s;
        }
    }
    return UNSEEN;
}

/* The path stands in the parents from `offer` down to the site where it began, each site that gives way standing at its
 * offer's cursor; moves what it can carry. */
static uint32_t push_along(struct flow *flow, uint32_t begin, uint32_t offer)
{
    uint32_t sent = flow->supply[begin] < flow->room[offer] ? flow->supply[begin] : flow->room[offer];
    for (uint32_t s = flow->parent_site[offer]; s != begin; s = flow->parent_site[flow->site_parent[s]]) {
        uint32_t j = flow->site_parent[s];
        uint32_t back = flow->sent[flow->used[flow->used_from[j] + flow->used_cursor[j]].edge];
        sent = back < sent ? back : sent;
    }
    /* An offer that gives way frees its entry before the next one is added: lists are no longer than places. */
    for (uint32_t j = offer;;) {
        uint32_t s = flow->parent_site[j], edge = flow->parent[j];
        flow_add(flow, s, edge, sent);
        if (s == begin) {
            break;
        }
        j = flow->site_parent[s];
        flow_take(flow, j, flow->used_cursor[j], sent);
    }
    flow->supply[begin] -= sent;
    flow->room[offer] -= sent;
    return sent;
}

/* Walks down the levels from the site; a dead end moves the cursor that led to it. */
static uint64_t send_from(struct flow *flow, uint32_t begin)
{
    uint64_t sent = 0;
    uint32_t s = begin;
    while (flow->supply[begin] > 0) {
        uint32_t e = next_edge(flow, s);
        if (e == flow->edge_end[s]) {
            if (s == begin) {
                break;
            }
            uint32_t j = flow->site_parent[s];
            flow->used_cursor[j]++;
            s = flow->parent_site[j];
            continue;
        }
        uint32_t j = flow->edge[e].offer;
        flow->parent[j] = e;
        flow->parent_site[j] = s;
        if (flow->room[j] > 0) {
            sent += push_along(flow, begin, j);
            s = begin;
            continue;
        }
        uint32_t user = next_user(flow, j);
        if (user == UNSEEN) {
            flow->cursor[s]++;
            continue;
        }
        s = user;
        flow->site_parent[s] = j;
    }
    return sent;
}

uint64_t flow_most(struct flow *flow)
{
    uint64_t unmet = send_directly(flow);
    while (unmet > 0 && find_levels(flow)) {
        for (uint32_t s = 0; s < flow->sites; s++) {
            if (flow->supply[s] > 0) {
                unmet -= send_from(flow, s);
            }
        }
    }
    return unmet;
}

void flow_mark(const struct flow *flow, uint64_t unmet, uint8_t *mark)
{
    for (uint32_t s = 0; s < flow->sites; s++) {
        mark[s] = unmet > 0 && flow->site_level[s] != UNSEEN;
    }
}

uint32_t flow_next_limit(const struct flow *flow)
{
    uint32_t next = UINT32_MAX;
    for (uint32_t s = 0; s < flow->sites; s++) {
        if (flow->site_level[s] == UNSEEN) {
            continue;
        }
        for (uint32_t e = flow->edge_end[s]; e < flow->edge_from[s + 1] && flow->edge[e].steps < next; e++) {
            if (flow->level[flow->edge[e].offer] == UNSEEN) {
                next = flow->edge[e].steps;
            }
        }
    }
    return next;
}

/* --- who stays out -----------------------------------------------------------------------------------------------
 *
 * A child can stay out instead of one who is not sent if the latter can be sent in its stead: it takes a place from
 * somebody, who takes one from somebody else, and so on, until the child's own is taken. Such a way is looked for from
 * the child backwards, as somebody who is not sent is mostly near, and there may be many of them. A site that is met
 * when there is no way cannot be pushed out, and never will be: a child that takes over a place moves only others who
 * can be.
 */

static void fill_back(struct flow *flow)
{
    for (uint32_t s = 0; s < flow->sites; s++) {
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
            flow->back_from[flow->edge[e].offer + 1]++;
        }
    }
    for (uint32_t j = 0; j < flow->offers; j++) {
        flow->back_from[j + 1] += flow->back_from[j];
        flow->used_cursor[j] = flow->back_from[j];
    }
    for (uint32_t s = 0; s < flow->sites; s++) {
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
            flow->back[flow->used_cursor[flow->edge[e].offer]++] = s;
        }
    }
}

bool flow_start_leaving(struct flow *flow, const uint8_t *mark)
{
    flow->back_from = allot_get_zero(flow->host, (size_t)flow->offers + 1, sizeof *flow->back_from);
    flow->back = allot_get(flow->host, flow->edge_from[flow->sites], sizeof *flow->back);
    if (flow->back_from == NULL || flow->back == NULL) {
        return false;
    }
    fill_back(flow);
    for (uint32_t s = 0; s < flow->sites; s++) {
        flow->closed[s] = !mark[s];
    }
    unsee(flow);
    flow->search = 0;
    return true;
}

/* Visits who could take a place at the offer; the first one who is not sent ends it, and is returned. */
static uint32_t visit_takers(struct flow *flow, uint32_t j, uint32_t *queued)
{
    for (uint32_t i = flow->back_from[j]; i < flow->back_from[j + 1]; i++) {
        uint32_t s = flow->back[i];
        if (flow->site_level[s] != flow->search && !flow->closed[s]) {
            flow->site_level[s] = flow->search;
            flow->site_parent[s] = j;
            if (flow->supply[s] > 0) {
                return s;
            }
            flow->queue[(*queued)++] = s;
        }
    }
    return UNSEEN;
}

/* A site with a child not sent that can come in by pushing out the site; the way stands in the parents. UNSEEN: none.
 */
static uint32_t find_taker(struct flow *flow, uint32_t site)
{
    uint32_t queued = 0, number = ++flow->search;
    flow->site_level[site] = number;
    flow->queue[queued++] = site;
    for (uint32_t head = 0; head < queued; head++) {
        uint32_t s = flow->queue[head];
        for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
            uint32_t j = flow->edge[e].offer;
            if (flow->sent[e] > 0 && flow->level[j] != number) {
                flow->level[j] = number;
                flow->parent_site[j] = s;
                uint32_t taker = visit_takers(flow, j, &queued);
                if (taker != UNSEEN) {
                    return taker;
                }
            }
        }
    }
    for (uint32_t i = 0; i < queued; i++) {
        flow->closed[flow->queue[i]] = 1;
    }
    return UNSEEN;
}

static uint32_t edge_to(const struct flow *flow, uint32_t site, uint32_t offer)
{
    uint32_t e = flow->edge_from[site];
    while (flow->edge[e].offer != offer) {
        e++;
    }
    return e;
}

bool flow_leave_out(struct flow *flow, uint32_t site)
{
    if (flow->closed[site]) {
        return false;
    }
    if (flow->supply[site] > 0) {
        flow->demand[site]--;
        flow->supply[site]--;
        return true;
    }
    uint32_t taker = find_taker(flow, site);
    if (taker == UNSEEN) {
        return false;
    }
    flow->supply[taker]--;
    while (taker != site) {
        uint32_t j = flow->site_parent[taker], giver = flow->parent_site[j];
        flow_take(flow, j, flow_position(flow, j, giver), 1);
        flow_add(flow, taker, edge_to(flow, taker, j), 1);
        taker = giver;
    }
    flow->demand[site]--;
    return true;
}
