/* See shape.h. Reading by jansson, joining by GEOS; whether a point lies inside is counted here: a line from the point
 * to the east crosses the rings an odd number of times. An edge counts when just one of its ends lies above the line,
 * so that edges which two shapes share count for one of them. */
#include "atlas/shape.h"

#include <geos_c.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* ---- Reading ---- */

static bool read_ring(struct arena *arena, const json_t *json, bool outer, struct ring *ring)
{
    size_t n = json_array_size(json);
    if (n < 4) {
        return false;
    }
    *ring = (struct ring){ ARENA_ARRAY(arena, struct degrees, n + 1), (uint32_t)n, outer };
    for (size_t i = 0; i < n; i++) {
        const json_t *point = json_array_get(json, i);
        const json_t *lon = json_array_get(point, 0), *lat = json_array_get(point, 1);
        if (!json_is_number(lon) || !json_is_number(lat)) {
            return false;
        }
        ring->points[i] = (struct degrees){ json_number_value(lon), json_number_value(lat) };
    }
    struct degrees first = ring->points[0], last = ring->points[n - 1];
    if (first.lon < last.lon || first.lon > last.lon || first.lat < last.lat || first.lat > last.lat) {
        ring->points[ring->n++] = first;
    }
    return true;
}

static bool read_polygon(struct arena *arena, const json_t *json, struct shape *shape)
{
    size_t n = json_array_size(json);
    for (size_t i = 0; i < n; i++) {
        if (!read_ring(arena, json_array_get(json, i), i == 0, &shape->rings[shape->n++])) {
            return false;
        }
    }
    return n > 0;
}

static void set_bounds(struct shape *shape)
{
    shape->west = shape->south = 360;
    shape->east = shape->north = -360;
    for (uint32_t i = 0; i < shape->n; i++) {
        for (uint32_t k = 0; k < shape->rings[i].n; k++) {
            struct degrees at = shape->rings[i].points[k];
            shape->west = fmin(shape->west, at.lon);
            shape->east = fmax(shape->east, at.lon);
            shape->south = fmin(shape->south, at.lat);
            shape->north = fmax(shape->north, at.lat);
        }
    }
}

bool shape_read(struct arena *arena, struct str geojson, struct shape *out)
{
    json_t *json = json_loadb(geojson.p ? geojson.p : "", geojson.n, 0, NULL);
    const char *type = json_string_value(json_object_get(json, "type"));
    const json_t *coordinates = json_object_get(json, "coordinates");
    bool many = type && strcmp(type, "MultiPolygon") == 0, good = many || (type && strcmp(type, "Polygon") == 0);
    size_t n = many ? json_array_size(coordinates) : 1, rings = 0;
    for (size_t i = 0; i < n; i++) {
        rings += json_array_size(many ? json_array_get(coordinates, i) : coordinates);
    }
    struct shape shape = { .rings = ARENA_ARRAY(arena, struct ring, rings) };
    for (size_t i = 0; good && i < n; i++) {
        good = read_polygon(arena, many ? json_array_get(coordinates, i) : coordinates, &shape);
    }
    json_decref(json);
    if (good && shape.n) {
        set_bounds(&shape);
        *out = shape;
    }
    return good && shape.n;
}

/* ---- Asking ---- */

static bool is_crossed(struct degrees a, struct degrees b, struct degrees at)
{
    return (a.lat > at.lat) != (b.lat > at.lat) &&
           at.lon < (b.lon - a.lon) * (at.lat - a.lat) / (b.lat - a.lat) + a.lon;
}

bool shape_holds(const struct shape *shape, struct degrees at)
{
    bool inside = false;
    if (at.lon < shape->west || at.lon > shape->east || at.lat < shape->south || at.lat > shape->north) {
        return false;
    }
    for (uint32_t i = 0; i < shape->n; i++) {
        const struct ring *ring = &shape->rings[i];
        for (uint32_t k = 0; k + 1 < ring->n; k++) {
            /* an edge always from its lower end, so that both shapes of it reckon alike */
            struct degrees a = ring->points[k], b = ring->points[k + 1];
            inside ^= a.lat <= b.lat ? is_crossed(a, b, at) : is_crossed(b, a, at);
        }
    }
    return inside;
}

/* ---- Writing ---- */

static double twice_area(const struct ring *ring)
{
    double sum = 0;
    for (uint32_t i = 0; i + 1 < ring->n; i++) {
        sum += ring->points[i].lon * ring->points[i + 1].lat - ring->points[i + 1].lon * ring->points[i].lat;
    }
    return sum;
}

static void write_ring(const struct ring *ring, enum map_frame frame, struct buf *out)
{
    bool turn = (twice_area(ring) > 0) != ring->outer;
    buf_add_char(out, '[');
    for (uint32_t i = 0; i < ring->n; i++) {
        struct degrees at = frame_convert(ring->points[turn ? ring->n - 1 - i : i], FRAME_CGCS2000, frame);
        buf_printf(out, "%s[%.6f,%.6f]", i ? "," : "", at.lon, at.lat);
    }
    buf_add_char(out, ']');
}

void shape_write(const struct shape *shape, enum map_frame frame, struct buf *out)
{
    buf_add_cstr(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (uint32_t i = 0; i < shape->n; i++) {
        const struct ring *ring = &shape->rings[i];
        buf_add_cstr(out, ring->outer ? i ? "],[" : "[" : ",");
        write_ring(ring, frame, out);
    }
    buf_add_cstr(out, "]]}");
}

/* ---- Joining ---- */

static GEOSGeometry *ring_to_geos(GEOSContextHandle_t geos, const struct ring *ring)
{
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos, ring->n, 2);
    for (uint32_t i = 0; sequence && i < ring->n; i++) {
        (void)GEOSCoordSeq_setXY_r(geos, sequence, i, ring->points[i].lon, ring->points[i].lat);
    }
    return sequence ? GEOSGeom_createLinearRing_r(geos, sequence) : NULL;
}

/* The polygons of a shape, added to `parts`. Holes stay: what fills one is a polygon of another shape. */
static unsigned polygons_to_geos(GEOSContextHandle_t geos, const struct shape *shape, GEOSGeometry **parts)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < shape->n;) {
        uint32_t end = i + 1;
        while (end < shape->n && !shape->rings[end].outer) {
            end++;
        }
        GEOSGeometry *outer = ring_to_geos(geos, &shape->rings[i]);
        GEOSGeometry **holes = calloc(end - i, sizeof(GEOSGeometry *));
        unsigned nholes = 0;
        for (uint32_t k = i + 1; holes && k < end; k++) {
            GEOSGeometry *hole = ring_to_geos(geos, &shape->rings[k]);
            if (hole) {
                holes[nholes++] = hole;
            }
        }
        GEOSGeometry *polygon = outer ? GEOSGeom_createPolygon_r(geos, outer, holes, nholes) : NULL;
        free(holes);
        if (polygon) {
            parts[n++] = polygon;
        }
        i = end;
    }
    return n;
}

static void ring_from_geos(GEOSContextHandle_t geos, struct arena *arena, const GEOSGeometry *geometry, bool outer,
                           struct shape *out)
{
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(geos, geometry);
    unsigned n = 0;
    if (!sequence || !GEOSCoordSeq_getSize_r(geos, sequence, &n) || n < 4) {
        return;
    }
    struct ring *ring = &out->rings[out->n++];
    *ring = (struct ring){ ARENA_ARRAY(arena, struct degrees, n), n, outer };
    for (unsigned i = 0; i < n; i++) {
        (void)GEOSCoordSeq_getXY_r(geos, sequence, i, &ring->points[i].lon, &ring->points[i].lat);
    }
}

static void shape_from_geos(GEOSContextHandle_t geos, struct arena *arena, const GEOSGeometry *geometry,
                            struct shape *out)
{
    int parts = GEOSGetNumGeometries_r(geos, geometry), rings = 0;
    for (int i = 0; i < parts; i++) {
        int holes = GEOSGetNumInteriorRings_r(geos, GEOSGetGeometryN_r(geos, geometry, i));
        rings += 1 + (holes > 0 ? holes : 0);
    }
    out->rings = ARENA_ARRAY(arena, struct ring, (size_t)rings);
    for (int i = 0; i < parts; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(geos, geometry, i);
        if (GEOSGeomTypeId_r(geos, part) != GEOS_POLYGON) {
            continue;
        }
        ring_from_geos(geos, arena, GEOSGetExteriorRing_r(geos, part), true, out);
        for (int k = 0; k < GEOSGetNumInteriorRings_r(geos, part); k++) {
            ring_from_geos(geos, arena, GEOSGetInteriorRingN_r(geos, part, k), false, out);
        }
    }
}

bool shape_join(struct arena *arena, const struct shape *const *shapes, size_t n, struct shape *out)
{
    GEOSContextHandle_t geos = GEOS_init_r();
    size_t rings = 0;
    for (size_t i = 0; i < n; i++) {
        rings += shapes[i]->n;
    }
    GEOSGeometry **parts = calloc(rings + 1, sizeof(GEOSGeometry *));
    unsigned nparts = 0;
    for (size_t i = 0; geos && parts && i < n; i++) {
        nparts += polygons_to_geos(geos, shapes[i], parts + nparts);
    }
    GEOSGeometry *all = nparts ? GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, parts, nparts) : NULL;
    GEOSGeometry *joined = all ? GEOSUnaryUnion_r(geos, all) : NULL;
    struct shape shape = { 0 };
    if (joined) {
        shape_from_geos(geos, arena, joined, &shape);
        set_bounds(&shape);
    }
    GEOSGeom_destroy_r(geos, joined);
    GEOSGeom_destroy_r(geos, all);
    free(parts);
    GEOS_finish_r(geos);
    if (shape.n) {
        *out = shape;
    }
    return shape.n > 0;
}
