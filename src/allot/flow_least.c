/*
 * The least total: successive shortest ways in reduced costs, one site after the other, with exact prices in whole
 * numbers. For an offer j, price(j) ≥ 0 is what a place there is worth because of who else wants it. A search from a
 * site stops at the first offer with room, so it stays local; then all offers nearer than that one rise by the
 * difference, which keeps every reduced cost non-negative and every used edge tight. Only full offers are ever passed,
 * so a price above zero means a full offer.
 *
 * The search runs over offers alone. From a full offer j the way goes on to k by the child for whom the change costs
 * least: least (steps to k − steps to j, site), among the sites that use j. Each pair (j, k) keeps the few best of
 * these in order, and a pair that has lost all of them keeps the last one's cost as a bound from below: only when that
 * bound would still improve the search are the pairs of j counted again. An offer that was never passed has no pairs.
 * This finds the same ways as a search that visits sites, too (docs/transcript.md describes that one): a site that
 * was visited before has by its earlier visit reached every offer at no greater cost, and a later one does not count.
 *
 * Ties: offers leave the queue by (distance, number); of equally cheap changes the site with the smallest number
 * counts; an offer keeps the first way that reached it at its distance.
 */
#include "allot/flow.h"
#include "allot/internal.h"

#include <string.h>

#define NOBODY UINT32_MAX
#define UNSEEN INT64_MAX
#define NO_CHANGE INT32_MAX

/* How many changes a pair keeps: a share of the offer's places, within these. */
enum { KEPT_LEAST = 8, KEPT_MOST = 64, KEPT_SHARE = 8 };

struct pair {
    uint32_t to;
    int32_t steps; /* of the best change; or a bound when none is kept but there are more; or NO_CHANGE */
};

/* A change as one number: how many steps longer the way gets (above MIDDLE), then whose. Smaller is better. */
#define MIDDLE 0x80000000u

/* The changes that a pair keeps, in no order: all up to `limit`. */
struct kept {
    uint64_t best;
    uint64_t limit; /* ALL: there are no others */
    uint32_t count;
};

#define ALL UINT64_MAX

/* The pairs of one offer. */
struct row {
    uint32_t pairs;
    uint32_t room;
    uint32_t most; /* changes kept a pair */
    bool counted;
    struct pair *pair;
    struct kept *kept;
    uint64_t *change; /* pair i: from i * most */
};

struct node {
    int64_t price;
    int64_t level;
    uint32_t from; /* the offer from which the search came, or NOBODY: from the site itself */
    uint32_t site; /* who changes from there to here */
};

struct waiting {
    int64_t level;
    uint32_t offer;
};

struct where {
    uint32_t owner;
    uint32_t pair;
};

struct least {
    struct flow *flow;
    struct row *row;     /* per offer */
    struct node *node;   /* per offer */
    struct where *where; /* per offer: its pair in the row of `owner` */
    uint32_t *seen;      /* offers that the search has met */
    uint32_t met;
    struct waiting *heap;
    uint32_t waiting;
    uint32_t heap_room;
    int64_t bound; /* distance of the nearest offer with room so far */
    bool failed;   /* no memory */
};

/* --- pairs of offers --------------------------------------------------------------------------------------------- */

static uint64_t change_of(uint32_t to, uint32_t now, uint32_t site)
{
    return (uint64_t)(MIDDLE + to - now) << 32 | site;
}

static int32_t steps_of(uint64_t change)
{
    return (int32_t)((int64_t)(change >> 32) - MIDDLE);
}

/* Moves the `wanted` smallest numbers to the front. */
static void select_best(uint64_t *change, uint32_t count, uint32_t wanted)
{
    uint32_t from = 0, to = count;
    while (to - from > 1) {
        uint64_t pivot = change[from + (to - from) / 2];
        uint32_t low = from, high = to - 1;
        for (;;) {
            while (change[low] < pivot) {
                low++;
            }
            while (change[high] > pivot) {
                high--;
            }
            if (low >= high) {
                break;
            }
            uint64_t moved = change[low];
            change[low++] = change[high];
            change[high--] = moved;
        }
        /* In front of low nothing is above the pivot, from there on nothing below it. */
        if (wanted == low) {
            return;
        }
        if (wanted < low) {
            to = low;
        } else {
            from = low;
        }
    }
}

static void find_best(const struct row *row, uint32_t i)
{
    const uint64_t *change = row->change + (size_t)i * row->most;
    uint64_t best = ALL;
    for (uint32_t k = 0; k < row->kept[i].count; k++) {
        best = change[k] < best ? change[k] : best;
    }
    row->kept[i].best = best;
}

/* Keeps the change if it is among those that pair i keeps. When there are too many, the better half stays. */
static inline void keep(struct row *row, uint32_t i, uint64_t change)
{
    struct kept *kept = &row->kept[i];
    if (change > kept->limit) {
        return;
    }
    uint64_t *all = row->change + (size_t)i * row->most;
    if (kept->count == row->most) {
        uint32_t half = row->most / 2;
        select_best(all, row->most, half);
        kept->limit = all[0];
        for (uint32_t k = 1; k < half; k++) {
            kept->limit = all[k] > kept->limit ? all[k] : kept->limit;
        }
        kept->count = half;
        if (change > kept->limit) {
            return;
        }
    }
    all[kept->count++] = change;
    kept->best = change < kept->best ? change : kept->best;
}

static void row_free(struct least *least, struct row *row)
{
    allot_put(least->flow->host, row->pair);
    allot_put(least->flow->host, row->kept);
    allot_put(least->flow->host, row->change);
}

static bool row_grow(struct least *least, struct row *row)
{
    const struct allot_host *host = least->flow->host;
    uint32_t room = row->room == 0 ? 32 : row->room + row->room / 2;
    room = room < least->flow->offers ? room : least->flow->offers;
    struct pair *pair = allot_get(host, room, sizeof *pair);
    struct kept *kept = allot_get(host, room, sizeof *kept);
    uint64_t *change = allot_get(host, room, row->most * sizeof *change);
    if (pair == NULL || kept == NULL || change == NULL) {
        allot_put(host, pair);
        allot_put(host, kept);
        allot_put(host, change);
        least->failed = true;
        return false;
    }
    if (row->pairs > 0) {
        memcpy(pair, row->pair, row->pairs * sizeof *pair);
        memcpy(kept, row->kept, row->pairs * sizeof *kept);
        memcpy(change, row->change, (size_t)row->pairs * row->most * sizeof *change);
    }
    row_free(least, row);
    row->pair = pair;
    row->kept = kept;
    row->change = change;
    row->room = room;
    return true;
}

/* Makes `where` point into the row of the offer. */
static void point_into(struct least *least, uint32_t j)
{
    const struct row *row = &least->row[j];
    for (uint32_t i = 0; i < row->pairs; i++) {
        least->where[row->pair[i].to] = (struct where){ j, i };
    }
}

/* The pair (j, to), made if need be; `where` must point into the row. NOBODY without memory. */
static uint32_t pair_to(struct least *least, uint32_t j, uint32_t to)
{
    struct row *row = &least->row[j];
    if (least->where[to].owner == j) {
        return least->where[to].pair;
    }
    if (row->pairs == row->room && !row_grow(least, row)) {
        return NOBODY;
    }
    uint32_t i = row->pairs++;
    row->pair[i] = (struct pair){ to, NO_CHANGE };
    row->kept[i] = (struct kept){ .best = ALL, .limit = ALL };
    least->where[to] = (struct where){ j, i };
    return i;
}

/* A city's sites do not fit into the processor's caches, and an offer's users lie far from each other. */
static inline void fetch_ahead(const struct flow *flow, const struct flow_used *used)
{
    enum { LINE = 64 / sizeof(struct allot_reach) };
    __builtin_prefetch(&flow->edge_from[used->site]);
    __builtin_prefetch(&flow->edge_end[used->site]);
    __builtin_prefetch(&flow->edge[used->edge > LINE ? used->edge - LINE : 0]);
    __builtin_prefetch(&flow->edge[used->edge]);
}

/* Counts all pairs of an offer afresh, from those who use it. */
static bool count_row(struct least *least, uint32_t j)
{
    struct flow *flow = least->flow;
    struct row *row = &least->row[j];
    uint32_t share = flow->rest[j] / KEPT_SHARE;
    row->most = share < KEPT_LEAST ? KEPT_LEAST : share > KEPT_MOST ? KEPT_MOST : share;
    point_into(least, j);
    for (uint32_t i = 0; i < row->pairs; i++) {
        row->kept[i] = (struct kept){ .best = ALL, .limit = ALL };
    }
    const struct flow_used *used = &flow->used[flow->used_from[j]];
    uint32_t count = flow->used_count[j];
    for (uint32_t i = 0; i < count; i++) {
        fetch_ahead(flow, &used[i + 8 < count ? i + 8 : i]);
        uint32_t s = used[i].site, now = flow->edge[used[i].edge].steps, end = flow->edge_end[s];
        for (uint32_t e = flow->edge_from[s]; e < end; e++) {
            struct allot_reach edge = flow->edge[e];
            if (edge.offer == j) {
                continue;
            }
            uint32_t p = pair_to(least, j, edge.offer);
            if (p == NOBODY) {
                return false;
            }
            keep(row, p, change_of(edge.steps, now, s));
        }
    }
    for (uint32_t i = 0; i < row->pairs; i++) {
        row->pair[i].steps = row->kept[i].count > 0 ? steps_of(row->kept[i].best) : NO_CHANGE;
    }
    row->counted = true;
    return true;
}

static void row_add(struct least *least, uint32_t j, uint32_t s, uint32_t now)
{
    struct flow *flow = least->flow;
    struct row *row = &least->row[j];
    for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
        if (flow->edge[e].offer == j) {
            continue;
        }
        uint32_t p = pair_to(least, j, flow->edge[e].offer);
        if (p == NOBODY) {
            return;
        }
        uint64_t change = change_of(flow->edge[e].steps, now, s);
        keep(row, p, change);
        if (row->kept[p].count > 0) {
            row->pair[p].steps = steps_of(row->kept[p].best);
        } else if (steps_of(change) < row->pair[p].steps) {
            row->pair[p].steps = steps_of(change);
        }
    }
}

static void row_remove(struct least *least, uint32_t j, uint32_t s, uint32_t now)
{
    struct flow *flow = least->flow;
    struct row *row = &least->row[j];
    for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
        uint32_t p = least->where[flow->edge[e].offer].pair;
        uint64_t change = change_of(flow->edge[e].steps, now, s);
        if (flow->edge[e].offer == j || change > row->kept[p].limit) {
            continue;
        }
        struct kept *kept = &row->kept[p];
        uint64_t *all = row->change + (size_t)p * row->most;
        uint32_t i = 0;
        while (all[i] != change) {
            i++;
        }
        all[i] = all[--kept->count];
        if (change == kept->best) {
            find_best(row, p);
        }
        if (kept->count > 0) {
            row->pair[p].steps = steps_of(kept->best);
        } else if (kept->limit == ALL) {
            row->pair[p].steps = NO_CHANGE;
        }
    }
}

/* --- the search -------------------------------------------------------------------------------------------------- */

static bool before(struct waiting one, struct waiting other)
{
    return one.level != other.level ? one.level < other.level : one.offer < other.offer;
}

static bool heap_grow(struct least *least)
{
    uint32_t room = 2 * least->heap_room;
    struct waiting *heap = allot_get(least->flow->host, room, sizeof *heap);
    if (heap == NULL) {
        least->failed = true;
        return false;
    }
    memcpy(heap, least->heap, least->waiting * sizeof *heap);
    allot_put(least->flow->host, least->heap);
    least->heap = heap;
    least->heap_room = room;
    return true;
}

static void heap_add(struct least *least, struct waiting item)
{
    if (least->waiting == least->heap_room && !heap_grow(least)) {
        return;
    }
    struct waiting *heap = least->heap;
    uint32_t hole = least->waiting++;
    for (; hole > 0 && before(item, heap[(hole - 1) / 2]); hole = (hole - 1) / 2) {
        heap[hole] = heap[(hole - 1) / 2];
    }
    heap[hole] = item;
}

static struct waiting heap_take(struct least *least)
{
    struct waiting *heap = least->heap;
    uint32_t count = --least->waiting;
    struct waiting first = heap[0], moved = heap[count];
    uint32_t hole = 0;
    for (uint32_t child = 1; child < count; child = 2 * hole + 1) {
        if (child + 1 < count && before(heap[child + 1], heap[child])) {
            child++;
        }
        if (!before(heap[child], moved)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moved;
    return first;
}

/* Offers farther than one with room are not noted: they would never leave the queue. */
static void reach(struct least *least, uint32_t j, int64_t level, uint32_t from, uint32_t site)
{
    struct node *node = &least->node[j];
    if (node->level == UNSEEN) {
        least->seen[least->met++] = j;
    }
    node->level = level;
    node->from = from;
    node->site = site;
    heap_add(least, (struct waiting){ level, j });
    if (least->flow->room[j] > 0 && level < least->bound) {
        least->bound = level;
    }
}

static bool go_on_from(struct least *least, uint32_t j)
{
    struct row *row = &least->row[j];
    if (!row->counted && !count_row(least, j)) {
        return false;
    }
    int64_t base = least->node[j].level - least->node[j].price;
    for (uint32_t i = 0; i < row->pairs; i++) {
        const struct node *node = &least->node[row->pair[i].to];
        int64_t level = base + row->pair[i].steps + node->price;
        if (level >= node->level || level > least->bound) {
            continue;
        }
        const struct kept *kept = &row->kept[i];
        if (kept->count == 0) {
            if (kept->limit != ALL) {
                if (!count_row(least, j)) {
                    return false;
                }
                i--;
            }
            continue;
        }
        reach(least, row->pair[i].to, level, j, (uint32_t)kept->best);
    }
    return true;
}

/* The offer with room to which the shortest way leads from the site, whose own price is given. NOBODY without memory.
 */
static uint32_t nearest_room(struct least *least, uint32_t s, int64_t price)
{
    const struct flow *flow = least->flow;
    least->waiting = least->met = 0;
    least->bound = UNSEEN;
    for (uint32_t e = flow->edge_from[s]; e < flow->edge_end[s]; e++) {
        uint32_t j = flow->edge[e].offer;
        int64_t level = flow->edge[e].steps + least->node[j].price - price;
        if (level <= least->bound) {
            reach(least, j, level, NOBODY, s);
        }
    }
    while (!least->failed && least->waiting > 0) {
        struct waiting first = heap_take(least);
        if (first.level != least->node[first.offer].level) {
            continue;
        }
        if (flow->room[first.offer] > 0) {
            return first.offer;
        }
        if (!go_on_from(least, first.offer)) {
            break;
        }
    }
    return NOBODY;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static uint32_t edge_to(const struct flow *flow, uint32_t s, uint32_t j)
{
    uint32_t e = flow->edge_from[s];
    while (flow->edge[e].offer != j) {
        e++;
    }
    return e;
}

/* At one offer of the way: `leaver` (or NOBODY) gives up places, `comer` takes them. */
static void exchange(struct least *least, uint32_t j, uint32_t leaver, uint32_t comer, uint32_t children)
{
    struct flow *flow = least->flow;
    bool counted = least->row[j].counted;
    if (counted) {
        point_into(least, j);
    }
    if (leaver != NOBODY) {
        uint32_t position = flow_position(flow, j, leaver);
        uint32_t edge = flow->used[flow->used_from[j] + position].edge;
        flow_take(flow, j, position, children);
        if (counted && flow->sent[edge] == 0) {
            row_remove(least, j, leaver, flow->edge[edge].steps);
        }
    }
    uint32_t edge = edge_to(flow, comer, j);
    if (counted && flow->sent[edge] == 0) {
        row_add(least, j, comer, flow->edge[edge].steps);
    }
    flow_add(flow, comer, edge, children);
}

static void send_along(struct least *least, uint32_t begin, uint32_t goal)
{
    struct flow *flow = least->flow;
    const struct node *node = least->node;
    uint32_t children = flow->supply[begin] < flow->room[goal] ? flow->supply[begin] : flow->room[goal];
    for (uint32_t j = goal; node[j].from != NOBODY; j = node[j].from) {
        uint32_t back = flow->sent[edge_to(flow, node[j].site, node[j].from)];
        children = back < children ? back : children;
    }
    uint32_t leaver = NOBODY;
    for (uint32_t j = goal; j != NOBODY; j = node[j].from) {
        exchange(least, j, leaver, node[j].site, children);
        leaver = node[j].site;
    }
    flow->supply[begin] -= children;
    flow->room[goal] -= children;
}

/* Every offer nearer than the goal rises by the difference; then the search is forgotten. */
static void raise_prices(struct least *least, int64_t goal)
{
    for (uint32_t i = 0; i < least->met; i++) {
        struct node *node = &least->node[least->seen[i]];
        node->price += node->level < goal ? goal - node->level : 0;
        node->level = UNSEEN;
    }
}

static bool send_all(struct least *least)
{
    struct flow *flow = least->flow;
    for (uint32_t s = 0; s < flow->sites; s++) {
        int64_t price = UNSEEN;
        for (uint32_t e = flow->edge_from[s]; flow->supply[s] > 0 && e < flow->edge_end[s]; e++) {
            int64_t worth = flow->edge[e].steps + least->node[flow->edge[e].offer].price;
            price = worth < price ? worth : price;
        }
        while (flow->supply[s] > 0) {
            uint32_t offer = nearest_room(least, s, price);
            if (offer == NOBODY) {
                return false;
            }
            int64_t goal = least->node[offer].level;
            send_along(least, s, offer);
            raise_prices(least, goal);
            price += goal;
        }
    }
    return !least->failed;
}

bool flow_least(struct flow *flow)
{
    const struct allot_host *host = flow->host;
    uint32_t offers = flow->offers;
    struct least least = { .flow = flow, .heap_room = 64 };
    least.row = allot_get_zero(host, offers, sizeof *least.row);
    least.node = allot_get(host, offers, sizeof *least.node);
    least.where = allot_get(host, offers, sizeof *least.where);
    least.seen = allot_get(host, offers, sizeof *least.seen);
    least.heap = allot_get(host, least.heap_room, sizeof *least.heap);
    bool done = least.row && least.node && least.where && least.seen && least.heap;
    if (done) {
        for (uint32_t j = 0; j < offers; j++) {
            least.node[j] = (struct node){ .level = UNSEEN };
            least.where[j] = (struct where){ NOBODY, 0 };
        }
        flow_forget(flow);
        done = send_all(&least);
        for (uint32_t j = 0; j < offers; j++) {
            flow->price[j] = (uint64_t)least.node[j].price;
        }
    }
    for (uint32_t j = 0; least.row && j < offers; j++) {
        row_free(&least, &least.row[j]);
    }
    allot_put(host, least.row);
    allot_put(host, least.node);
    allot_put(host, least.where);
    allot_put(host, least.seen);
    allot_put(host, least.heap);
    return done;
}
