/* See catchment_map.h. Three steps: the shapes as they come, each turned into CGCS2000 and looked at alone; every pair
 * whose outlines meet; the rows, in one command. */
#include "registry/catchment_map.h"

#include "base/cell.h"
#include "base/stranger.h"
#include "registry/metres.h"
#include "registry/touch.h"
#include "store/journal.h"

#include <geos_c.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static const double METRES_A_DEGREE = 111320.0;

struct outline {
    uint32_t number; /* in the file; 0: kept */
    struct name name;
    struct str geojson;
    GEOSGeometry *geometry;
    int64_t id; /* of what is kept by that name; 0: new */
    bool same;
};

struct taking {
    const struct catchment_map *map;
    struct arena *arena;
    struct catchment_map_outcome *outcome;
    GEOSContextHandle_t geos;
    GEOSGeoJSONReader *reader;
    struct metres *metres;
    enum place_frame frame;
    size_t name, name_en; /* fields; SIZE_MAX: there is none */
    struct outline *outlines;
    size_t n;
    struct error error;
    bool failed;
};

static void mistake(struct taking *taking, uint32_t number, struct str zh, struct str en)
{
    struct catchment_map_outcome *outcome = taking->outcome;
    if (!outcome->mistakes) {
        outcome->mistakes = ARENA_ARRAY(taking->arena, struct exchange_mistake, MAP_MISTAKES_MOST);
    }
    if (outcome->nmistakes < MAP_MISTAKES_MOST) {
        outcome->mistakes[outcome->nmistakes++] = (struct exchange_mistake){ .row = number, .says = { zh, en } };
    }
}

/* ---- One shape ---- */

static bool take_map(void *context, struct str frame, const struct str *fields, size_t n)
{
    static const char *const names[] = { "name", "name_zh", "名称", "学区", "片区" };
    struct taking *taking = context;
    taking->frame = taking->map->frame != GIVEN_UNKNOWN ? taking->map->frame : place_frame_of(frame);
    taking->name = taking->name_en = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            if (taking->name == SIZE_MAX && cell_same(taking->arena, fields[i], str_of(names[k]))) {
                taking->name = i;
            }
        }
        taking->name_en = cell_same(taking->arena, fields[i], STR("name_en")) ? i : taking->name_en;
    }
    if (taking->frame == GIVEN_UNKNOWN) {
        struct str said = arena_str(taking->arena, cell_shown(frame));
        mistake(
            taking, 0,
            arena_printf(taking->arena, "文件没有说明坐标系（%.*s），请指定 cgcs2000、gcj02 或 bd09", STR_ARG(said)),
            arena_printf(taking->arena,
                         "The file does not name a known coordinate frame (%.*s); say cgcs2000, gcj02 or bd09",
                         STR_ARG(said)));
    }
    if (taking->name == SIZE_MAX) {
        mistake(taking, 0, STR("没有找到名称字段（name 或 名称）"),
                STR("There is no field with the names (name or 名称)"));
    }
    return taking->frame != GIVEN_UNKNOWN && taking->name != SIZE_MAX;
}

/* A point in degrees of CGCS2000; false when it lies outside of the country. */
static bool turn_point(struct taking *taking, json_t *point)
{
    struct degrees place = { json_number_value(json_array_get(point, 0)), json_number_value(json_array_get(point, 1)) };
    int64_t lon, lat;
    if (taking->frame == GIVEN_METRES) {
        if (!metres_degrees(taking->metres, place.lon, place.lat, &lon, &lat, NULL)) {
            return false;
        }
        place = (struct degrees){ (double)lon / 1e6, (double)lat / 1e6 };
    } else {
        place = place_to_cgcs2000(taking->frame, place);
    }
    (void)json_array_clear(point);
    (void)json_array_append_new(point, json_real(round(place.lon * 1e7) / 1e7));
    (void)json_array_append_new(point, json_real(round(place.lat * 1e7) / 1e7));
    return place.lon > 73 && place.lon < 136 && place.lat > 3 && place.lat < 54;
}

/* What is wrong with a ring; NULL: nothing. */
static const struct text *turn_ring(struct taking *taking, json_t *ring)
{
    static const struct text open = T("边界没有闭合", "The outline is not closed"),
                             short_one = T("边界少于三个点", "The outline has fewer than three points"),
                             outside = T("坐标不在中国范围内；坐标系是否选错",
                                         "A place lies outside of China; is it another frame?");
    size_t n = json_array_size(ring), i;
    json_t *point;
    if (n < 4) {
        return &short_one;
    }
    if (!json_equal(json_array_get(ring, 0), json_array_get(ring, n - 1))) {
        return &open;
    }
    json_array_foreach(ring, i, point)
    {
        if (!turn_point(taking, point)) {
            return &outside;
        }
    }
    return NULL;
}

static const struct text *turn_polygon(struct taking *taking, json_t *rings)
{
    const struct text *wrong = NULL;
    size_t i;
    json_t *ring;
    json_array_foreach(rings, i, ring)
    {
        wrong = wrong ? wrong : turn_ring(taking, ring);
    }
    return wrong;
}

/* The whole shape into the frame that is kept. */
static const struct text *turn_shape(struct taking *taking, json_t *shape)
{
    static const struct text other = T("不是面（多边形）", "It is no polygon");
    const char *type = json_string_value(json_object_get(shape, "type"));
    json_t *coordinates = json_object_get(shape, "coordinates"), *polygon;
    const struct text *wrong = NULL;
    size_t i;
    if (!type || json_array_size(coordinates) == 0) {
        return &other;
    }
    if (strcmp(type, "Polygon") == 0) {
        return turn_polygon(taking, coordinates);
    }
    if (strcmp(type, "MultiPolygon") != 0) {
        return &other;
    }
    json_array_foreach(coordinates, i, polygon)
    {
        wrong = wrong ? wrong : turn_polygon(taking, polygon);
    }
    return wrong;
}

/* Does it cross itself? */
static void look_at_outline(struct taking *taking, struct outline *outline)
{
    outline->geometry =
        GEOSGeoJSONReader_readGeometry_r(taking->geos, taking->reader, arena_cstr(taking->arena, outline->geojson));
    if (!outline->geometry) {
        mistake(taking, outline->number, STR("边界无法识别"), STR("The outline cannot be read"));
    } else if (GEOSisValid_r(taking->geos, outline->geometry) != 1) {
        char *reason = GEOSisValidReason_r(taking->geos, outline->geometry);
        struct str where = str_of(reason ? reason : "");
        size_t from = str_find(where, '[');
        where = arena_str(taking->arena, str_part(where, from, where.n));
        mistake(taking, outline->number, arena_printf(taking->arena, "边界自相交或重叠 %.*s", STR_ARG(where)),
                arena_printf(taking->arena, "The outline crosses or overlaps itself %.*s", STR_ARG(where)));
        GEOSFree_r(taking->geos, reason);
    }
}

static bool take_shape(void *context, uint32_t number, struct str geojson, const struct str *cells, size_t n)
{
    struct taking *taking = context;
    struct str name = taking->name < n ? cell_text(taking->arena, cells[taking->name]) : STR("");
    struct str name_en = taking->name_en < n ? cell_text(taking->arena, cells[taking->name_en]) : STR("");
    json_t *shape = json_loadb(geojson.p, geojson.n, 0, NULL);
    const struct text *wrong = turn_shape(taking, shape);
    taking->outcome->shapes++;
    if (name.n == 0) {
        mistake(taking, number, STR("没有名称"), STR("It has no name"));
    }
    for (size_t i = 0; i < taking->n; i++) {
        if (name.n && str_eq(taking->outlines[i].name.zh, name)) {
            mistake(taking, number, arena_printf(taking->arena, "名称“%.*s”重复", STR_ARG(name)),
                    arena_printf(taking->arena, "The name '%.*s' stands there twice", STR_ARG(name)));
        }
    }
    if (wrong) {
        mistake(taking, number, str_of(wrong->zh), str_of(wrong->en));
    } else if (taking->n < MAP_SHAPES_MOST) {
        char *text = json_dumps(shape, JSON_COMPACT | JSON_REAL_PRECISION(10) | JSON_SORT_KEYS);
        struct outline *outline = &taking->outlines[taking->n++];
        *outline = (struct outline){ .number = number,
                                     .name = { arena_str(taking->arena, name), arena_str(taking->arena, name_en) },
                                     .geojson = arena_str(taking->arena, str_of(text)) };
        free(text);
        look_at_outline(taking, outline);
    }
    json_decref(shape);
    return taking->n < MAP_SHAPES_MOST;
}

/* ---- Beside one another ---- */

static double overlap(struct taking *taking, const struct outline *a, const struct outline *b)
{
    double area = 0, x = 0, y = 0;
    if (!a->geometry || !b->geometry || GEOSIntersects_r(taking->geos, a->geometry, b->geometry) != 1) {
        return 0;
    }
    GEOSGeometry *both = GEOSIntersection_r(taking->geos, a->geometry, b->geometry);
    GEOSGeometry *middle = both ? GEOSGetCentroid_r(taking->geos, both) : NULL;
    if (middle && GEOSArea_r(taking->geos, both, &area) == 1 && area > 0) {
        (void)GEOSGeomGetX_r(taking->geos, middle, &x);
        (void)GEOSGeomGetY_r(taking->geos, middle, &y);
        area *= METRES_A_DEGREE * METRES_A_DEGREE * cos(y * 0.017453292519943295);
    }
    GEOSGeom_destroy_r(taking->geos, middle);
    GEOSGeom_destroy_r(taking->geos, both);
    return area;
}

static bool look_at_kept(struct taking *taking, struct db *db, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select id, name_zh, shape from catchment where division = ?1 and stage = ?2 "
                                 "order by id",
                                 V_TEXT(taking->map->division), V_TEXT(taking->map->stage));
    size_t ours = taking->n;
    while (rows_next(rows) && taking->n < 2 * (size_t)MAP_SHAPES_MOST) {
        struct outline kept = { .name = { rows_text_in(rows, 1, taking->arena), STR("") },
                                .geojson = rows_text_in(rows, 2, taking->arena) };
        bool named = false;
        for (size_t i = 0; i < ours; i++) {
            if (str_eq(taking->outlines[i].name.zh, kept.name.zh)) {
                named = true;
                taking->outlines[i].id = rows_int(rows, 0);
                taking->outlines[i].same = str_eq(taking->outlines[i].geojson, kept.geojson);
            }
        }
        if (!named) {
            kept.geometry =
                GEOSGeoJSONReader_readGeometry_r(taking->geos, taking->reader, arena_cstr(taking->arena, kept.geojson));
            taking->outlines[taking->n++] = kept;
        }
    }
    for (size_t i = 0; i < ours; i++) {
        for (size_t k = i + 1; k < taking->n; k++) {
            const struct outline *a = &taking->outlines[i], *b = &taking->outlines[k];
            double area = overlap(taking, a, b);
            if (area > OVERLAP_M2) {
                mistake(taking, a->number,
                        arena_printf(taking->arena, "“%.*s”与“%.*s”重叠约 %.0f 平方米", STR_ARG(a->name.zh),
                                     STR_ARG(b->name.zh), area),
                        arena_printf(taking->arena, "'%.*s' overlaps '%.*s' by some %.0f m²", STR_ARG(a->name.zh),
                                     STR_ARG(b->name.zh), area));
            }
        }
        taking->outcome->same += taking->outlines[i].same;
        taking->outcome->changed += taking->outlines[i].id && !taking->outlines[i].same;
        taking->outcome->added += taking->outlines[i].id == 0;
    }
    taking->n = ours;
    return rows_end(rows, error);
}

/* ---- Keeping ---- */

/* An outline from this moment on; the one that it replaces stays known until then. */
static bool keep_outline(struct writing *writing, int64_t catchment, struct str shape, int64_t moment,
                         struct error *error)
{
    return db_run(writing->db, error,
                  "insert into catchment_outline (catchment, recorded_at, shape) select id, 0, shape from catchment "
                  "where id = ?1 and not exists (select 1 from catchment_outline where catchment = ?1)",
                  V_INT(catchment)) &&
           db_run(writing->db, error,
                  "update catchment_outline set replaced_at = ?2 where catchment = ?1 and replaced_at = ?3",
                  V_INT(catchment), V_INT(moment), V_INT(MOMENT_OPEN)) &&
           db_run(writing->db, error,
                  "insert into catchment_outline (catchment, recorded_at, shape) values (?1, ?2, ?3)", V_INT(catchment),
                  V_INT(moment), V_TEXT(shape)) &&
           db_run(writing->db, error, "update catchment set shape = ?2 where id = ?1", V_INT(catchment), V_TEXT(shape));
}

static bool add_catchment(struct writing *writing, const struct catchment_map *map, const struct outline *outline,
                          int64_t moment, struct error *error)
{
    int64_t id = 0;
    return db_one_int(writing->db, error, &id, NULL,
                      "insert into catchment (stage, division, name_zh, name_en, shape) values (?1, ?2, ?3, ?4, ?5) "
                      "returning id",
                      V_TEXT(map->stage), V_TEXT(map->division), V_TEXT(outline->name.zh), V_TEXT(outline->name.en),
                      V_TEXT(outline->geojson)) &&
           db_run(writing->db, error,
                  "insert into catchment_outline (catchment, recorded_at, shape) values (?1, ?2, ?3)", V_INT(id),
                  V_INT(moment), V_TEXT(outline->geojson));
}

static bool journal_map(struct writing *writing, int64_t account, const char *role, const char *action, int64_t import,
                        struct str division, struct str detail, struct error *error)
{
    struct journal_entry entry = { .actor = account,
                                   .role = role ? role : "",
                                   .action = action,
                                   .subject_kind = "catchment",
                                   .subject_id = import,
                                   .division = division,
                                   .detail = detail };
    return journal_append(writing, &entry, error);
}

static bool keep_run(struct writing *writing, void *input, struct error *error)
{
    struct taking *taking = input;
    const struct catchment_map *map = taking->map;
    struct catchment_map_outcome *outcome = taking->outcome;
    int64_t moment;
    size_t pairs = 0;
    if (!writing_moment(writing, &moment, error)) {
        return false;
    }
    for (size_t i = 0; i < taking->n; i++) {
        const struct outline *outline = &taking->outlines[i];
        bool kept = outline->same || (outline->id ? keep_outline(writing, outline->id, outline->geojson, moment, error)
                                                  : add_catchment(writing, map, outline, moment, error));
        if (!kept) {
            return false;
        }
    }
    return db_one_int(writing->db, error, &outcome->import, NULL,
                      "insert into catchment_import (division, stage, moment, account, added, changed, at) values (?1, "
                      "?2, ?3, ?4, ?5, ?6, ?7) returning id",
                      V_TEXT(map->division), V_TEXT(map->stage), V_INT(moment),
                      V_IF(map->account > 0, V_INT(map->account)), V_INT(outcome->added), V_INT(outcome->changed),
                      V_INT(writing->now)) &&
           registry_touch_compute(writing, map->division, map->stage, &pairs, error) &&
           journal_map(writing, map->account, map->role, "register.catchments", outcome->import, map->division,
                       arena_printf(writing->arena, "%.*s: %lld new, %lld changed", STR_ARG(map->stage),
                                    (long long)outcome->added, (long long)outcome->changed),
                       error);
}

static void silent(const char *message, void *context)
{
    (void)message;
    (void)context;
}

static bool take(struct taking *taking, struct error *error)
{
    const struct catchment_map *map = taking->map;
    const struct stranger_hooks hooks = { .context = taking, .map = take_map, .shape = take_shape };
    enum stranger_end end = STRANGER_PROBLEM;
    const struct text *problem = NULL;
    struct db *db = NULL;
    if (!stranger_read(map->program, STRANGER_MAP, map->file, &hooks, &end, &problem, error)) {
        return false;
    }
    if (end == STRANGER_PROBLEM) {
        taking->outcome->problem = problem;
        return true;
    }
    bool good = db_open(&db, map->store, DB_READ, error) && look_at_kept(taking, db, error);
    db_close(db);
    if (!good || map->look_only || taking->outcome->nmistakes ||
        taking->outcome->added + taking->outcome->changed == 0) {
        return good;
    }
    return writer_call(map->writer, "register.catchments", keep_run, taking, error);
}

bool catchment_map_take(const struct catchment_map *map, struct arena *arena, struct catchment_map_outcome *outcome,
                        struct error *error)
{
    struct taking taking = { .map = map, .arena = arena, .outcome = outcome };
    *outcome = (struct catchment_map_outcome){ 0 };
    taking.outlines = ARENA_ARRAY(arena, struct outline, 2 * MAP_SHAPES_MOST);
    if (!metres_open(&taking.metres, error)) {
        return false;
    }
    taking.geos = GEOS_init_r();
    (void)GEOSContext_setErrorMessageHandler_r(taking.geos, silent, NULL);
    (void)GEOSContext_setNoticeMessageHandler_r(taking.geos, silent, NULL);
    taking.reader = GEOSGeoJSONReader_create_r(taking.geos);
    bool good = take(&taking, error);
    for (size_t i = 0; i < 2 * (size_t)MAP_SHAPES_MOST; i++) {
        GEOSGeom_destroy_r(taking.geos, taking.outlines[i].geometry);
    }
    GEOSGeoJSONReader_destroy_r(taking.geos, taking.reader);
    GEOS_finish_r(taking.geos);
    metres_close(taking.metres);
    return good;
}
