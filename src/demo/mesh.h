/* The mesh: points of the land, the cell of each (Voronoi), and the outlines of groups of cells.
 *
 * Everything that decides is a whole number, so the same points give the same outlines on every machine: GEOS only
 * says which points are neighbours (the Delaunay triangulation, a matter of combinatorics); the corners of the cells
 * are worked out here from whole metres without rounding on the way, and then rounded once to decimetres.
 *
 * A corner belongs to a triangle, and outlines are followed from triangle to triangle, not by coordinates: so two
 * groups share their common line corner by corner, and groups that are labelled without a gap tile without a gap.
 */
#ifndef DEMO_MESH_H
#define DEMO_MESH_H

#include "base/arena.h"
#include "base/error.h"

struct point {
    int64_t east, north; /* metres for sites, decimetres for corners */
};

struct mesh {
    size_t nsites;
    const struct point *sites; /* metres */
    size_t ntriangles;
    uint32_t (*corners)[3]; /* sites of each triangle, anticlockwise */
    struct point *centres;  /* of each triangle: a corner of cells, decimetres */
    uint32_t (*across)[3]; /* the triangle on the other side of the edge corners[i] → corners[i+1]; MESH_NONE: none */
    uint32_t *near_from;   /* nsites + 1: neighbours of site s are near[near_from[s]] … */
    uint32_t *near;        /* ascending; sites whose cells share a line */
};
#define MESH_NONE UINT32_MAX

/* All points must differ. The mesh borrows sites and lives in the arena. */
bool mesh_new(struct arena *arena, const struct point *sites, size_t n, struct mesh **mesh, struct error *error);

/* Gives each site with room[site] != 0 the label of the seed from which it is reached over neighbours at the least cost
 * (distance in metres × pace of the seed's label / 100); ties go to the lower label. Labels are indexes of seeds; what
 * cannot be reached gets MESH_NONE. Each label's cells hang together. */
void mesh_spread(struct arena *arena, const struct mesh *mesh, const uint8_t *room, const uint32_t *seeds,
                 const uint32_t *paces, size_t nseeds, uint32_t *labels);

/* The rings around the cells with a label, decimetres, not closed: outer ones anticlockwise, holes clockwise. Cells at
 * the rim of the mesh must not have it. */
struct ring {
    struct point *points;
    size_t n;
    int64_t area2; /* twice the area, square decimetres; below 0 for a hole */
};
void mesh_outline(struct arena *arena, const struct mesh *mesh, const uint32_t *labels, uint32_t label,
                  struct ring **rings, size_t *n);

/* Whole metres between two points, rounded down. */
int64_t point_distance(struct point a, struct point b);
/* Root of a whole number, rounded down. */
int64_t whole_root(int64_t square);

#endif
