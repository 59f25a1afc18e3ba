/* See mesh.h. */
#include "demo/mesh.h"

#include <geos_c.h>
#include <stdlib.h>

int64_t whole_root(int64_t square)
{
    uint64_t rest = square > 0 ? (uint64_t)square : 0;
    uint64_t root = 0;
    uint64_t bit = (uint64_t)1 << 62;
    while (bit > rest) {
        bit >>= 2;
    }
    for (; bit; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (int64_t)root;
}

int64_t point_distance(struct point a, struct point b)
{
    int64_t x = a.east - b.east;
    int64_t y = a.north - b.north;
    return whole_root(x * x + y * y);
}

/* ---- Triangles ---- */

struct named_site {
    struct point at;
    uint32_t site;
};

static int by_place(const void *a, const void *b)
{
    const struct named_site *x = a;
    const struct named_site *y = b;
    if (x->at.east != y->at.east) {
        return x->at.east < y->at.east ? -1 : 1;
    }
    return (x->at.north > y->at.north) - (x->at.north < y->at.north);
}

static uint32_t site_at(const struct named_site *names, size_t n, double east, double north)
{
    struct named_site key = { .at = { (int64_t)east, (int64_t)north } };
    const struct named_site *found = bsearch(&key, names, n, sizeof *names, by_place);
    return found ? found->site : MESH_NONE;
}

static int64_t turn(struct point a, struct point b, struct point c)
{
    return (b.east - a.east) * (c.north - a.north) - (b.north - a.north) * (c.east - a.east);
}

/* a / b to the nearest, halves upwards; b > 0. */
static int64_t divide_round(__int128 a, __int128 b)
{
    __int128 twice = 2 * a + b;
    __int128 quotient = twice / (2 * b);
    if (twice % (2 * b) < 0) {
        quotient--;
    }
    return (int64_t)quotient;
}

/* The point that is as far from all three, in decimetres. */
static struct point centre_of(struct point a, struct point b, struct point c)
{
    int64_t bx = b.east - a.east, by = b.north - a.north;
    int64_t cx = c.east - a.east, cy = c.north - a.north;
    __int128 d = (__int128)2 * (bx * cy - by * cx);
    __int128 bb = (__int128)bx * bx + (__int128)by * by;
    __int128 cc = (__int128)cx * cx + (__int128)cy * cy;
    return (struct point){
        a.east * 10 + divide_round(10 * (cy * bb - by * cc), d),
        a.north * 10 + divide_round(10 * (bx * cc - cx * bb), d),
    };
}

/* The smallest site first, so that a triangle has one form; then triangles by their sites. */
static int by_corners(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;
    for (size_t i = 0; i < 3; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

static bool one_triangle(GEOSContextHandle_t geos, const GEOSGeometry *polygon, const struct named_site *names,
                         struct mesh *mesh)
{
    const GEOSGeometry *shell = GEOSGetExteriorRing_r(geos, polygon);
    const GEOSCoordSequence *line = shell ? GEOSGeom_getCoordSeq_r(geos, shell) : NULL;
    if (!line) {
        return false;
    }
    uint32_t corner[3];
    for (unsigned i = 0; i < 3; i++) {
        double x = 0, y = 0;
        if (!GEOSCoordSeq_getXY_r(geos, line, i, &x, &y)) {
            return false;
        }
        corner[i] = site_at(names, mesh->nsites, x, y);
        if (corner[i] == MESH_NONE) {
            return false;
        }
    }
    int64_t side = turn(mesh->sites[corner[0]], mesh->sites[corner[1]], mesh->sites[corner[2]]);
    if (side == 0) {
        return true; /* three in a line at the rim: no triangle */
    }
    if (side < 0) {
        uint32_t held = corner[1];
        corner[1] = corner[2];
        corner[2] = held;
    }
    size_t least = corner[1] < corner[0] ? 1 : 0;
    least = corner[2] < corner[least] ? 2 : least;
    for (size_t i = 0; i < 3; i++) {
        mesh->corners[mesh->ntriangles][i] = corner[(least + i) % 3];
    }
    mesh->ntriangles++;
    return true;
}

static bool triangulate(struct arena *arena, struct mesh *mesh, struct error *error)
{
    size_t n = mesh->nsites;
    struct named_site *names = ARENA_ARRAY(arena, struct named_site, n);
    for (size_t i = 0; i < n; i++) {
        names[i] = (struct named_site){ mesh->sites[i], (uint32_t)i };
    }
    qsort(names, n, sizeof *names, by_place);

    bool ok = false;
    GEOSContextHandle_t geos = GEOS_init_r();
    GEOSCoordSequence *line = GEOSCoordSeq_create_r(geos, (unsigned)n, 2);
    for (size_t i = 0; line && i < n; i++) {
        GEOSCoordSeq_setXY_r(geos, line, (unsigned)i, (double)names[i].at.east, (double)names[i].at.north);
    }
    GEOSGeometry *points = line ? GEOSGeom_createLineString_r(geos, line) : NULL;
    GEOSGeometry *triangles = points ? GEOSDelaunayTriangulation_r(geos, points, 0, 0) : NULL;
    if (triangles) {
        int count = GEOSGetNumGeometries_r(geos, triangles);
        mesh->corners = arena_array(arena, (size_t)count, sizeof *mesh->corners);
        ok = count > 0;
        for (int i = 0; ok && i < count; i++) {
            ok = one_triangle(geos, GEOSGetGeometryN_r(geos, triangles, i), names, mesh);
        }
    }
    GEOSGeom_destroy_r(geos, triangles);
    GEOSGeom_destroy_r(geos, points);
    GEOS_finish_r(geos);
    if (!ok) {
        return error_set(error, "the land could not be divided: GEOS gave no triangulation of %zu points", n);
    }
    qsort(mesh->corners, mesh->ntriangles, sizeof *mesh->corners, by_corners);
    return true;
}

/* ---- Who is beside whom ---- */

struct side {
    uint32_t low, high; /* sites */
    uint32_t triangle, edge;
};

static int by_sites(const void *a, const void *b)
{
    const struct side *x = a;
    const struct side *y = b;
    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    if (x->high != y->high) {
        return x->high < y->high ? -1 : 1;
    }
    return (x->triangle > y->triangle) - (x->triangle < y->triangle);
}

static struct side *sides_of(struct arena *arena, const struct mesh *mesh)
{
    struct side *sides = ARENA_ARRAY(arena, struct side, mesh->ntriangles * 3);
    for (uint32_t t = 0; t < mesh->ntriangles; t++) {
        for (uint32_t e = 0; e < 3; e++) {
            uint32_t a = mesh->corners[t][e];
            uint32_t b = mesh->corners[t][(e + 1) % 3];
            sides[t * 3 + e] = (struct side){ a < b ? a : b, a < b ? b : a, t, e };
        }
    }
    qsort(sides, mesh->ntriangles * 3, sizeof *sides, by_sites);
    return sides;
}

static bool same_place(struct point a, struct point b)
{
    return a.east == b.east && a.north == b.north;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Pairs of triangles over each edge; cells that only touch in a point are no neighbours. */
static void join(struct arena *arena, struct mesh *mesh)
{
    struct side *sides = sides_of(arena, mesh);
    size_t n = mesh->ntriangles * 3;
    mesh->across = arena_array(arena, mesh->ntriangles, sizeof *mesh->across);
    memset(mesh->across, 0xff, mesh->ntriangles * sizeof *mesh->across);
    mesh->near_from = ARENA_ARRAY(arena, uint32_t, mesh->nsites + 1);
    uint32_t(*pairs)[2] = arena_array(arena, n, sizeof *pairs);
    size_t npairs = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        if (sides[i].low != sides[i + 1].low || sides[i].high != sides[i + 1].high) {
            continue;
        }
        mesh->across[sides[i].triangle][sides[i].edge] = sides[i + 1].triangle;
        mesh->across[sides[i + 1].triangle][sides[i + 1].edge] = sides[i].triangle;
        if (!same_place(mesh->centres[sides[i].triangle], mesh->centres[sides[i + 1].triangle])) {
            pairs[npairs][0] = sides[i].low;
            pairs[npairs][1] = sides[i].high;
            npairs++;
            mesh->near_from[sides[i].low + 1]++;
            mesh->near_from[sides[i].high + 1]++;
        }
    }
    for (size_t s = 0; s < mesh->nsites; s++) {
        mesh->near_from[s + 1] += mesh->near_from[s];
    }
    mesh->near = ARENA_ARRAY(arena, uint32_t, npairs * 2);
    uint32_t *fill = ARENA_ARRAY(arena, uint32_t, mesh->nsites);
    for (size_t i = 0; i < npairs; i++) {
        uint32_t a = pairs[i][0], b = pairs[i][1];
        mesh->near[mesh->near_from[a] + fill[a]++] = b;
        mesh->near[mesh->near_from[b] + fill[b]++] = a;
    }
    for (size_t s = 0; s < mesh->nsites; s++) {
        qsort(mesh->near + mesh->near_from[s], mesh->near_from[s + 1] - mesh->near_from[s], sizeof *mesh->near,
              by_number);
    }
}

bool mesh_new(struct arena *arena, const struct point *sites, size_t n, struct mesh **mesh, struct error *error)
{
    struct mesh *made = ARENA_NEW(arena, struct mesh);
    made->nsites = n;
    made->sites = sites;
    if (n < 3 || !triangulate(arena, made, error)) {
        return n >= 3 ? false : error_set(error, "a land needs three points at least");
    }
    made->centres = ARENA_ARRAY(arena, struct point, made->ntriangles);
    for (size_t t = 0; t < made->ntriangles; t++) {
        const uint32_t *c = made->corners[t];
        made->centres[t] = centre_of(sites[c[0]], sites[c[1]], sites[c[2]]);
    }
    join(arena, made);
    *mesh = made;
    return true;
}

/* ---- Spreading labels (Dijkstra from many seeds) ---- */

struct reach {
    int64_t cost;
    uint32_t label;
    uint32_t site;
};

static bool before(const struct reach *a, const struct reach *b)
{
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    return a->label != b->label ? a->label < b->label : a->site < b->site;
}

struct heap {
    struct reach *items;
    size_t n;
};

static void heap_add(struct heap *heap, struct reach item)
{
    size_t at = heap->n++;
    while (at > 0 && before(&item, &heap->items[(at - 1) / 2])) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = item;
}

static struct reach heap_take(struct heap *heap)
{
    struct reach first = heap->items[0];
    struct reach last = heap->items[--heap->n];
    size_t at = 0;
    for (size_t next = 1; next < heap->n; next = at * 2 + 1) {
        if (next + 1 < heap->n && before(&heap->items[next + 1], &heap->items[next])) {
            next++;
        }
        if (!before(&heap->items[next], &last)) {
            break;
        }
        heap->items[at] = heap->items[next];
        at = next;
    }
    heap->items[at] = last;
    return first;
}

void mesh_spread(struct arena *arena, const struct mesh *mesh, const uint8_t *room, const uint32_t *seeds,
                 const uint32_t *paces, size_t nseeds, uint32_t *labels)
{
    /* Each neighbourhood is looked at once, when its site is settled: the heap holds that many at most. */
    struct heap heap = { .items = ARENA_ARRAY(arena, struct reach, mesh->near_from[mesh->nsites] + nseeds + 1) };
    for (size_t s = 0; s < mesh->nsites; s++) {
        labels[s] = MESH_NONE;
    }
    for (uint32_t i = 0; i < nseeds; i++) {
        heap_add(&heap, (struct reach){ 0, i, seeds[i] });
    }
    while (heap.n > 0) {
        struct reach got = heap_take(&heap);
        if (labels[got.site] != MESH_NONE || !room[got.site]) {
            continue;
        }
        labels[got.site] = got.label;
        for (uint32_t k = mesh->near_from[got.site]; k < mesh->near_from[got.site + 1]; k++) {
            uint32_t other = mesh->near[k];
            if (labels[other] == MESH_NONE && room[other]) {
                int64_t metres = point_distance(mesh->sites[got.site], mesh->sites[other]);
                int64_t pace = paces ? paces[got.label] : 100;
                heap_add(&heap, (struct reach){ got.cost + metres * pace / 100, got.label, other });
            }
        }
    }
}

/* ---- Outlines ---- */

/* Follows the line from one triangle to the next until it closes; corners at one place count once. */
static struct ring follow(struct arena *arena, const struct mesh *mesh, uint32_t *next, uint32_t start)
{
    size_t most = 0;
    for (uint32_t t = start; most == 0 || t != start; t = next[t]) {
        most++;
    }
    struct ring ring = { .points = ARENA_ARRAY(arena, struct point, most) };
    uint32_t t = start;
    for (size_t i = 0; i < most; i++) {
        struct point at = mesh->centres[t];
        if (ring.n == 0 || !same_place(ring.points[ring.n - 1], at)) {
            ring.points[ring.n++] = at;
        }
        uint32_t after = next[t];
        next[t] = MESH_NONE;
        t = after;
    }
    while (ring.n > 1 && same_place(ring.points[ring.n - 1], ring.points[0])) {
        ring.n--;
    }
    for (size_t i = 0; i < ring.n; i++) {
        struct point a = ring.points[i], b = ring.points[(i + 1) % ring.n];
        int64_t ax = a.east - ring.points[0].east, ay = a.north - ring.points[0].north;
        int64_t bx = b.east - ring.points[0].east, by = b.north - ring.points[0].north;
        ring.area2 += ax * by - ay * bx;
    }
    return ring;
}

void mesh_outline(struct arena *arena, const struct mesh *mesh, const uint32_t *labels, uint32_t label,
                  struct ring **rings, size_t *n)
{
    /* Between a site inside (a) and one outside (b), the line runs from the triangle on the right of a → b to
     * the one on its left: so the inside stays on the left, and outer rings run anticlockwise. */
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, mesh->ntriangles);
    memset(next, 0xff, mesh->ntriangles * sizeof *next);
    size_t lines = 0;
    for (uint32_t t = 0; t < mesh->ntriangles; t++) {
        for (uint32_t e = 0; e < 3; e++) {
            uint32_t a = mesh->corners[t][e];
            uint32_t b = mesh->corners[t][(e + 1) % 3];
            uint32_t right = mesh->across[t][e];
            if (labels[a] == label && labels[b] != label && right != MESH_NONE) {
                next[right] = t;
                lines++;
            }
        }
    }
    *rings = ARENA_ARRAY(arena, struct ring, lines / 3 + 1);
    *n = 0;
    for (uint32_t t = 0; t < mesh->ntriangles; t++) {
        if (next[t] != MESH_NONE) {
            struct ring ring = follow(arena, mesh, next, t);
            if (ring.n >= 3 && ring.area2 != 0) {
                (*rings)[(*n)++] = ring;
            }
        }
    }
}
