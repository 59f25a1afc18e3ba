/* Outlines: polygons with holes in degrees of CGCS2000, read from GeoJSON, asked whether a point lies inside, joined,
 * and written again as RFC 7946 asks (closed rings, outer ones counterclockwise). */
#ifndef ATLAS_SHAPE_H
#define ATLAS_SHAPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/frame.h"

struct ring {
    struct degrees *points; /* the last one is the first again */
    uint32_t n;
    bool outer; /* begins a polygon; the holes that follow belong to it */
};

struct shape {
    struct ring *rings;
    uint32_t n;
    double west, south, east, north;
};

/* A Polygon or MultiPolygon; false: it is none, or a ring is no ring. */
bool shape_read(struct arena *arena, struct str geojson, struct shape *out);
/* Of two shapes that share an edge, a point on it lies in one. */
bool shape_holds(const struct shape *shape, struct degrees at);
/* The geometry, in another frame when asked for. */
void shape_write(const struct shape *shape, enum map_frame frame, struct buf *out);
/* One outline around all; false: GEOS could not. */
bool shape_join(struct arena *arena, const struct shape *const *shapes, size_t n, struct shape *out);

#endif
