/* See near.h. Coordinates are within ±10,000 km, so that a square fits 64 bits with room. */
#include "atlas/near.h"

#include <math.h>

enum { LEAF = 12 };

static const int32_t COORDINATE_MOST = 10000000;

struct box {
    int32_t west, south, east, north;
};

/* A node holds a stretch of the points in order; those of at most LEAF points are leaves. Children of node i are
 * 2i+1 and 2i+2. */
struct node {
    struct box box;
    uint64_t traits;
};

struct near {
    struct near_point *points;
    uint32_t *given;  /* index as given, by place in order */
    uint64_t *traits; /* by index as given */
    uint32_t n;
    struct node *nodes;
};

static int32_t held(int64_t coordinate)
{
    return coordinate < -COORDINATE_MOST  ? -COORDINATE_MOST
           : coordinate > COORDINATE_MOST ? COORDINATE_MOST
                                          : (int32_t)coordinate;
}

/* ---- Building ---- */

static void swap(struct near *near, uint32_t a, uint32_t b)
{
    struct near_point point = near->points[a];
    uint32_t given = near->given[a];
    near->points[a] = near->points[b];
    near->given[a] = near->given[b];
    near->points[b] = point;
    near->given[b] = given;
}

static int64_t along(const struct near *near, uint32_t i, bool north)
{
    return north ? near->points[i].north : near->points[i].east;
}

/* Hoare's selection: before `middle` nothing is greater, behind it nothing less. */
static void select_middle(struct near *near, uint32_t low, uint32_t high, uint32_t middle, bool north)
{
    while (high - low > 1) {
        int64_t pivot = along(near, low + (high - 1 - low) / 2, north); /* never the last: each turn gets shorter */
        uint32_t i = low, k = high - 1;
        for (;;) {
            while (along(near, i, north) < pivot) {
                i++;
            }
            while (along(near, k, north) > pivot) {
                k--;
            }
            if (i >= k) {
                break;
            }
            swap(near, i++, k--);
        }
        if (middle <= k) {
            high = k + 1;
        } else {
            low = k + 1;
        }
    }
}

static void grow(struct box *box, const struct box *more)
{
    box->west = more->west < box->west ? more->west : box->west;
    box->south = more->south < box->south ? more->south : box->south;
    box->east = more->east > box->east ? more->east : box->east;
    box->north = more->north > box->north ? more->north : box->north;
}

static void build(struct near *near, uint32_t at, uint32_t low, uint32_t high)
{
    struct node *node = &near->nodes[at];
    const struct near_point *first = &near->points[low];
    *node = (struct node){ { first->east, first->north, first->east, first->north }, 0 };
    for (uint32_t i = low; i < high; i++) {
        const struct near_point *point = &near->points[i];
        grow(&node->box, &(struct box){ point->east, point->north, point->east, point->north });
        node->traits |= point->traits;
    }
    if (high - low > LEAF) {
        bool north = node->box.north - node->box.south > node->box.east - node->box.west;
        uint32_t middle = low + (high - low) / 2;
        select_middle(near, low, high, middle, north);
        build(near, 2 * at + 1, low, middle);
        build(near, 2 * at + 2, middle, high);
    }
}

struct near *near_new(struct arena *arena, const struct near_point *points, uint32_t n)
{
    struct near *near = ARENA_NEW(arena, struct near);
    size_t nodes = 1;
    for (uint32_t leaf = n; leaf > LEAF; leaf = leaf - leaf / 2) {
        nodes = 2 * nodes + 1;
    }
    near->n = n;
    near->points = ARENA_ARRAY(arena, struct near_point, n);
    near->given = ARENA_ARRAY(arena, uint32_t, n);
    near->traits = ARENA_ARRAY(arena, uint64_t, n);
    near->nodes = ARENA_ARRAY(arena, struct node, nodes);
    for (uint32_t i = 0; i < n; i++) {
        near->points[i] = (struct near_point){ held(points[i].east), held(points[i].north), points[i].traits };
        near->given[i] = i;
        near->traits[i] = points[i].traits;
    }
    if (n) {
        build(near, 0, 0, n);
    }
    return near;
}

/* ---- Searching ---- */

struct search {
    const struct near *near;
    const struct near_ask *ask;
    int64_t east, north;
    uint64_t within;
    struct near_hit *hits; /* ascending */
    uint32_t n;
};

static uint64_t square_to(const struct search *search, const struct box *box)
{
    int64_t east = search->east < box->west   ? box->west - search->east
                   : search->east > box->east ? search->east - box->east
                                              : 0;
    int64_t north = search->north < box->south   ? box->south - search->north
                    : search->north > box->north ? search->north - box->north
                                                 : 0;
    return (uint64_t)(east * east) + (uint64_t)(north * north);
}

static bool has(uint64_t traits, const uint64_t asked[NEAR_TRAITS])
{
    for (int i = 0; i < NEAR_TRAITS; i++) {
        if (asked[i] && !(asked[i] & traits)) {
            return false;
        }
    }
    return true;
}

bool near_has(const struct near *near, uint32_t point, const uint64_t traits[NEAR_TRAITS])
{
    return has(near->traits[point], traits);
}

static bool is_before(uint64_t square, uint32_t point, const struct near_hit *hit)
{
    return square < hit->square || (square == hit->square && point < hit->point);
}

/* Into the sorted list; the last one falls out when it is full. `most` is small, so that this is quicker than a heap.
 */
static void keep(struct search *search, uint64_t square, uint32_t point)
{
    uint32_t at = search->n < search->ask->most ? search->n++ : search->n - 1;
    while (at > 0 && is_before(square, point, &search->hits[at - 1])) {
        search->hits[at] = search->hits[at - 1];
        at--;
    }
    search->hits[at] = (struct near_hit){ point, square };
}

/* May something that far still come into the list? */
static bool counts(const struct search *search, uint64_t square)
{
    return square <= search->within && (search->n < search->ask->most || square <= search->hits[search->n - 1].square);
}

static void look(struct search *search, uint32_t low, uint32_t high)
{
    const struct near *near = search->near;
    for (uint32_t i = low; i < high; i++) {
        const struct near_point *point = &near->points[i];
        int64_t east = point->east - search->east, north = point->north - search->north;
        uint64_t square = (uint64_t)(east * east) + (uint64_t)(north * north);
        uint32_t given = near->given[i];
        if (has(point->traits, search->ask->traits) && square <= search->within &&
            (search->n < search->ask->most || is_before(square, given, &search->hits[search->n - 1])) &&
            (!search->ask->pass || search->ask->pass(search->ask->context, given))) {
            keep(search, square, given);
        }
    }
}

static void visit(struct search *search, uint32_t at, uint32_t low, uint32_t high, uint64_t square)
{
    const struct node *nodes = search->near->nodes;
    if (!counts(search, square) || !has(nodes[at].traits, search->ask->traits)) {
        return;
    }
    if (high - low <= LEAF) {
        look(search, low, high);
        return;
    }
    uint32_t left = 2 * at + 1, right = 2 * at + 2, middle = low + (high - low) / 2;
    uint64_t to_left = square_to(search, &nodes[left].box), to_right = square_to(search, &nodes[right].box);
    if (to_left <= to_right) {
        visit(search, left, low, middle, to_left);
        visit(search, right, middle, high, to_right);
    } else {
        visit(search, right, middle, high, to_right);
        visit(search, left, low, middle, to_left);
    }
}

uint32_t near_find(const struct near *near, const struct near_ask *ask, struct near_hit *hits)
{
    struct search search = {
        .near = near, .ask = ask, .east = held(ask->east), .north = held(ask->north), .within = UINT64_MAX, .hits = hits
    };
    if (ask->within > 0) {
        search.within = (uint64_t)held(ask->within) * (uint64_t)held(ask->within);
    }
    if (near->n && ask->most) {
        visit(&search, 0, 0, near->n, square_to(&search, &near->nodes[0].box));
    }
    return search.n;
}

int64_t near_metres(uint64_t square)
{
    uint64_t root = (uint64_t)sqrt((double)square);
    while (root * root > square) {
        root--;
    }
    while (root * root < square) {
        root++;
    }
    return (int64_t)root;
}
