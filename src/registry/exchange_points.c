/* See exchange_points.h. */
#include "registry/exchange_points.h"

#include "base/arena.h"
#include "base/limits.h"
#include "registry/metres.h"

#include <jansson.h>

const struct text exchange_no_frame = T("文件没有说明坐标系，请指定 cgcs2000、gcj02 或 bd09",
                                        "The file does not name a known coordinate frame; say cgcs2000, gcj02 or bd09");

enum { PLACE_CELLS = 5 };

bool exchange_is_map(const struct kind *kind, struct str file_name)
{
    static const char *const ends[] = { ".geojson", ".json", ".kml", ".zip" };
    bool map = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct str end = str_of(ends[i]);
        map = map || (file_name.n > end.n && str_eq(str_part(file_name, file_name.n - end.n, end.n), end));
    }
    return map && kind_column(kind, STR("lon_e6")) >= 0;
}

static bool is_site(const struct exchange_points *points)
{
    return points->kind->id == KIND_SITE;
}

static bool take_map(void *context, struct str frame, const struct str *fields, size_t n)
{
    struct exchange_points *points = context;
    struct str cells[LIMIT_SHEET_COLUMNS + PLACE_CELLS];
    points->frame = points->given != GIVEN_UNKNOWN ? points->given : place_frame_of(frame);
    points->no_frame = points->frame == GIVEN_UNKNOWN;
    n = n < LIMIT_SHEET_COLUMNS - PLACE_CELLS ? n : LIMIT_SHEET_COLUMNS - PLACE_CELLS;
    for (size_t i = 0; i < n; i++) {
        cells[i] = fields[i];
    }
    cells[n++] = STR("lon_e6");
    cells[n++] = STR("lat_e6");
    if (is_site(points)) {
        cells[n++] = STR("x_e6");
        cells[n++] = STR("y_e6");
        cells[n++] = STR("frame");
    }
    return !points->no_frame && points->row(points->context, 0, cells, n);
}

/* The place of a point, as given; false: it is none. */
static bool point_of(struct str geojson, struct degrees *out)
{
    json_t *shape = json_loadb(geojson.p, geojson.n, 0, NULL);
    const char *type = json_string_value(json_object_get(shape, "type"));
    const json_t *place = json_object_get(shape, "coordinates");
    bool point = type && strcmp(type, "Point") == 0 && json_is_number(json_array_get(place, 0)) &&
                 json_is_number(json_array_get(place, 1));
    if (point) {
        *out = (struct degrees){ json_number_value(json_array_get(place, 0)),
                                 json_number_value(json_array_get(place, 1)) };
    }
    json_decref(shape);
    return point;
}

static struct degrees kept_place(struct exchange_points *points, struct degrees given)
{
    int64_t lon = 0, lat = 0;
    if (points->frame != GIVEN_METRES) {
        return place_to_cgcs2000(points->frame, given);
    }
    (void)metres_degrees(points->metres, given.lon, given.lat, &lon, &lat, NULL);
    return (struct degrees){ (double)lon / 1e6, (double)lat / 1e6 };
}

static bool take_shape(void *context, uint32_t number, struct str geojson, const struct str *fields, size_t n)
{
    struct exchange_points *points = context;
    struct str cells[LIMIT_SHEET_COLUMNS + PLACE_CELLS];
    struct degrees given;
    arena_reset(points->arena);
    n = n < LIMIT_SHEET_COLUMNS - PLACE_CELLS ? n : LIMIT_SHEET_COLUMNS - PLACE_CELLS;
    for (size_t i = 0; i < n; i++) {
        cells[i] = fields[i];
    }
    if (!point_of(geojson, &given)) {
        cells[n++] = STR("不是点 no point"); /* which is no coordinate: the row says so */
        cells[n++] = STR("");
        return points->row(points->context, number, cells, n);
    }
    struct degrees place = kept_place(points, given);
    /* Of metres the place in degrees is what was given. */
    struct degrees as_given = points->frame == GIVEN_METRES ? place : given;
    cells[n++] = arena_printf(points->arena, "%.6f", place.lon);
    cells[n++] = arena_printf(points->arena, "%.6f", place.lat);
    if (is_site(points)) {
        cells[n++] = arena_printf(points->arena, "%.6f", as_given.lon);
        cells[n++] = arena_printf(points->arena, "%.6f", as_given.lat);
        cells[n++] = points->frame == GIVEN_GCJ02  ? STR("gcj02")
                     : points->frame == GIVEN_BD09 ? STR("bd09")
                                                   : STR("cgcs2000");
    }
    return points->row(points->context, number, cells, n);
}

struct stranger_hooks exchange_points_hooks(struct exchange_points *points)
{
    return (struct stranger_hooks){ .context = points, .map = take_map, .shape = take_shape };
}

bool exchange_points_begin(struct exchange_points *points, struct error *error)
{
    points->arena = arena_new(0);
    return metres_open(&points->metres, error);
}

void exchange_points_end(struct exchange_points *points)
{
    arena_free(points->arena);
    metres_close(points->metres);
}
