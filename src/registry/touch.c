/* Touching catchments by GEOS. A county has some dozens: every pair whose boxes are near is looked at. */
#include "registry/touch.h"

#include <geos_c.h>
#include <jansson.h>
#include <stdlib.h>

/* A degree of latitude; longitudes are stretched by the cosine of the first point's latitude, which is near enough for
 * a county. */
static const double METRES_A_DEGREE = 111320.0;

struct shape {
    int64_t catchment;
    GEOSGeometry *geometry;
};

struct shapes {
    GEOSContextHandle_t geos;
    struct shape *items;
    size_t n;
};

static GEOSGeometry *ring_of(GEOSContextHandle_t geos, const json_t *points, double stretch)
{
    unsigned n = (unsigned)json_array_size(points);
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos, n, 2);
    for (unsigned i = 0; sequence && i < n; i++) {
        const json_t *point = json_array_get(points, i);
        double lon = json_number_value(json_array_get(point, 0)), lat = json_number_value(json_array_get(point, 1));
        (void)GEOSCoordSeq_setXY_r(geos, sequence, i, lon * stretch * METRES_A_DEGREE, lat * METRES_A_DEGREE);
    }
    return sequence ? GEOSGeom_createLinearRing_r(geos, sequence) : NULL;
}

/* The outer ring of one polygon; holes do not matter for touching from outside, and one inside a hole touches its rim.
 */
static GEOSGeometry *polygon_of(GEOSContextHandle_t geos, const json_t *rings, double stretch)
{
    size_t n = json_array_size(rings);
    GEOSGeometry *outer = n ? ring_of(geos, json_array_get(rings, 0), stretch) : NULL;
    GEOSGeometry **holes = n > 1 ? calloc(n - 1, sizeof(GEOSGeometry *)) : NULL;
    unsigned nholes = 0;
    for (size_t i = 1; holes && i < n; i++) {
        GEOSGeometry *hole = ring_of(geos, json_array_get(rings, i), stretch);
        if (hole) {
            holes[nholes++] = hole;
        }
    }
    GEOSGeometry *polygon = outer ? GEOSGeom_createPolygon_r(geos, outer, holes, nholes) : NULL;
    free(holes);
    return polygon;
}

static GEOSGeometry *geometry_of(GEOSContextHandle_t geos, const json_t *shape)
{
    const char *type = json_string_value(json_object_get(shape, "type"));
    const json_t *coordinates = json_object_get(shape, "coordinates");
    bool one = type && strcmp(type, "Polygon") == 0;
    size_t n = one ? 1 : json_array_size(coordinates);
    const json_t *first = one ? coordinates : json_array_get(coordinates, 0);
    double lat = json_number_value(json_array_get(json_array_get(json_array_get(first, 0), 0), 1));
    /* cos by its series: good to a part in a thousand below 60 degrees */
    double angle = lat * 0.017453292519943295, square = angle * angle;
    double stretch = 1 - square / 2 + square * square / 24 - square * square * square / 720;
    GEOSGeometry **parts = n ? calloc(n, sizeof(GEOSGeometry *)) : NULL;
    unsigned nparts = 0;
    for (size_t i = 0; parts && i < n; i++) {
        GEOSGeometry *part = polygon_of(geos, one ? coordinates : json_array_get(coordinates, i), stretch);
        if (part) {
            parts[nparts++] = part;
        }
    }
    GEOSGeometry *all = nparts ? GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, parts, nparts) : NULL;
    free(parts);
    return all;
}

static bool load_shapes(struct writing *writing, struct str division, struct str stage, struct shapes *out,
                        struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error, "select id, shape from catchment where division = ?1 and stage = ?2 order by id",
                 V_TEXT(division), V_TEXT(stage));
    size_t room = 0;
    while (rows_next(rows)) {
        if (out->n == room) {
            room = room ? 2 * room : 64;
            struct shape *larger = realloc(out->items, room * sizeof *larger);
            if (!larger) {
                (void)rows_end(rows, error);
                return error_set(error, "no memory for the catchments");
            }
            out->items = larger;
        }
        struct str text = rows_text(rows, 1);
        json_t *json = json_loadb(text.p, text.n, 0, NULL);
        out->items[out->n++] = (struct shape){ rows_int(rows, 0), json ? geometry_of(out->geos, json) : NULL };
        json_decref(json);
    }
    return rows_end(rows, error);
}

static bool keep_pairs(struct writing *writing, const struct shapes *shapes, size_t *pairs, struct error *error)
{
    for (size_t i = 0; i < shapes->n; i++) {
        for (size_t k = i + 1; k < shapes->n; k++) {
            const struct shape *a = &shapes->items[i], *b = &shapes->items[k];
            if (!a->geometry || !b->geometry ||
                GEOSDistanceWithin_r(shapes->geos, a->geometry, b->geometry, TOUCH_METRES) != 1) {
                continue;
            }
            if (!db_run(writing->db, error, "insert into catchment_touch (catchment, other) values (?1, ?2), (?2, ?1)",
                        V_INT(a->catchment), V_INT(b->catchment))) {
                return false;
            }
            (*pairs)++;
        }
    }
    return true;
}

bool registry_touch_compute(struct writing *writing, struct str division, struct str stage, size_t *pairs,
                            struct error *error)
{
    struct shapes shapes = { .geos = GEOS_init_r() };
    *pairs = 0;
    bool good = db_run(writing->db, error,
                       "delete from catchment_touch where catchment in (select id from catchment where division = ?1 "
                       "and stage = ?2)",
                       V_TEXT(division), V_TEXT(stage)) &&
                load_shapes(writing, division, stage, &shapes, error) && keep_pairs(writing, &shapes, pairs, error);
    for (size_t i = 0; i < shapes.n; i++) {
        if (shapes.items[i].geometry) {
            GEOSGeom_destroy_r(shapes.geos, shapes.items[i].geometry);
        }
    }
    free(shapes.items);
    GEOS_finish_r(shapes.geos);
    return good;
}

bool registry_touches(struct db *db, struct arena *arena, struct str division, struct str stage, struct touch **out,
                      size_t *n, struct error *error)
{
    int64_t count = 0;
    *out = NULL;
    *n = 0;
    if (!db_one_int(db, error, &count, NULL,
                    "select count(*) from catchment_touch t join catchment c on c.id = t.catchment where c.division = "
                    "?1 and c.stage = ?2",
                    V_TEXT(division), V_TEXT(stage))) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct touch, (size_t)count);
    struct rows *rows = db_query(db, error,
                                 "select t.catchment, t.other from catchment_touch t join catchment c on c.id = "
                                 "t.catchment where c.division = ?1 and c.stage = ?2 order by t.catchment, t.other",
                                 V_TEXT(division), V_TEXT(stage));
    while (rows_next(rows) && *n < (size_t)count) {
        (*out)[(*n)++] = (struct touch){ rows_int(rows, 0), rows_int(rows, 1) };
    }
    return rows_end(rows, error);
}
