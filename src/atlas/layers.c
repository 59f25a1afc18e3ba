/* Layers of the map as GeoJSON (RFC 7946). See atlas.h. */
#include "atlas/atlas.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYER_BYTES_MOST = 96 * 1024 * 1024, STAGES = STAGE_COUNT + 1 };

struct layers {
    pthread_mutex_t lock;
    struct buf kept[LAYERS][STAGES][FRAMES]; /* n 0: not made yet */
};

struct layers *layers_new(void)
{
    struct layers *layers = calloc(1, sizeof *layers);
    if (layers) {
        pthread_mutex_init(&layers->lock, NULL);
    }
    return layers;
}

void layers_free(struct layers *layers)
{
    for (int layer = 0; layers && layer < LAYERS; layer++) {
        for (int stage = 0; stage < STAGES; stage++) {
            for (int frame = 0; frame < FRAMES; frame++) {
                buf_free(&layers->kept[layer][stage][frame]);
            }
        }
    }
    if (layers) {
        pthread_mutex_destroy(&layers->lock);
        free(layers);
    }
}

const char *layer_name(enum layer layer)
{
    static const char *const names[LAYERS] = { "counties", "schools", "catchments", "venues", "groups", "communities" };
    return names[layer];
}

/* ---- JSON ---- */

static void add_property(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, ",\"%s\":", name);
    buf_add_json(out, value);
}

static void add_names(struct buf *out, struct name name)
{
    add_property(out, "name", name.zh);
    if (name.en.n) {
        add_property(out, "name_en", name.en);
    }
}

/* {"type":"Feature","id":…,"properties":{"county":… */
static void begin_feature(struct buf *out, bool first, struct str id, struct str division)
{
    buf_add_cstr(out, first ? "\n{\"type\":\"Feature\",\"id\":" : ",\n{\"type\":\"Feature\",\"id\":");
    buf_add_json(out, id);
    buf_add_cstr(out, ",\"properties\":{\"county\":");
    buf_add_json(out, str_part(division, 0, 6));
}

static void add_point(struct buf *out, int64_t lon_e6, int64_t lat_e6, enum map_frame frame)
{
    struct degrees at =
        frame_convert((struct degrees){ (double)lon_e6 / 1e6, (double)lat_e6 / 1e6 }, FRAME_CGCS2000, frame);
    buf_printf(out, "[%.6f,%.6f]", at.lon, at.lat);
}

/* A place that nobody knows is a feature without geometry, which RFC 7946 writes null. */
static void end_at_point(struct buf *out, int64_t lon_e6, int64_t lat_e6, enum map_frame frame)
{
    if (lon_e6 == 0 && lat_e6 == 0) {
        buf_add_cstr(out, "},\"geometry\":null}");
        return;
    }
    buf_add_cstr(out, "},\"geometry\":{\"type\":\"Point\",\"coordinates\":");
    add_point(out, lon_e6, lat_e6, frame);
    buf_add_cstr(out, "}}");
}

/* ---- The layers ---- */

static void add_counties(const struct picture *picture, enum map_frame frame, struct buf *out)
{
    for (size_t i = 0; i < picture->noutlines; i++) {
        const struct map_outline *outline = &picture->outlines[i];
        begin_feature(out, i == 0, outline->county->code, outline->county->code);
        add_names(out, outline->county->name);
        buf_add_cstr(out, "},\"geometry\":");
        shape_write(&outline->shape, frame, out);
        buf_add_char(out, '}');
    }
}

static void add_schools(const struct picture *picture, enum map_frame frame, struct buf *out)
{
    for (size_t i = 0; i < picture->nschools; i++) {
        const struct map_school *school = &picture->schools[i];
        begin_feature(out, i == 0, school->code, school->division);
        add_names(out, school->name);
        add_property(out, "kind", school->kind);
        add_property(out, "ownership", school->ownership);
        end_at_point(out, school->lon_e6, school->lat_e6, frame);
    }
}

static void add_catchments(const struct picture *picture, enum stage stage, enum map_frame frame, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < picture->nareas; i++) {
        const struct map_area *area = &picture->areas[i];
        if (stage != STAGE_COUNT && area->stage != stage) {
            continue;
        }
        char id[24];
        int n = snprintf(id, sizeof id, "%lld", (long long)area->id);
        begin_feature(out, first, (struct str){ id, (size_t)n }, area->division);
        add_names(out, area->name);
        add_property(out, "stage", str_of(stage_id(area->stage)));
        buf_add_cstr(out, "},\"geometry\":");
        shape_write(&area->shape, frame, out);
        buf_add_char(out, '}');
        first = false;
    }
}

static void add_venues(const struct picture *picture, enum map_frame frame, struct buf *out)
{
    for (size_t i = 0; i < picture->nvenues; i++) {
        const struct venue *venue = &picture->venues[i];
        begin_feature(out, i == 0, venue->code, venue->division);
        add_names(out, venue->name);
        add_property(out, "kind", venue->kind);
        add_property(out, "sports", venue->sports);
        add_property(out, "hours", venue->hours_text);
        add_property(out, "fee", venue->fee);
        add_property(out, "access", venue->access);
        end_at_point(out, venue->lon_e6, venue->lat_e6, frame);
    }
}

static bool is_known(const struct map_member *member)
{
    return member->lon_e6 || member->lat_e6;
}

/* A line from the leading member (the first) to each other whose place is known. */
static void add_lines(const struct map_group *group, enum map_frame frame, struct buf *out)
{
    const struct map_member *lead = group->members;
    bool first = true;
    for (size_t i = 1; i < group->n; i++) {
        if (is_known(&group->members[i])) {
            buf_add_cstr(out, first ? "[" : ",[");
            add_point(out, lead->lon_e6, lead->lat_e6, frame);
            buf_add_char(out, ',');
            add_point(out, group->members[i].lon_e6, group->members[i].lat_e6, frame);
            buf_add_char(out, ']');
            first = false;
        }
    }
}

static bool has_lines(const struct map_group *group)
{
    size_t known = 0;
    for (size_t i = 1; i < group->n; i++) {
        known += is_known(&group->members[i]);
    }
    return known && is_known(group->members);
}

static void add_groups(const struct picture *picture, enum map_frame frame, struct buf *out)
{
    for (size_t i = 0; i < picture->ngroups; i++) {
        const struct map_group *group = &picture->groups[i];
        begin_feature(out, i == 0, group->code, group->division);
        add_names(out, group->name);
        add_property(out, "kind", group->kind);
        add_property(out, "stage", group->stage);
        buf_add_cstr(out, ",\"members\":[");
        for (size_t k = 0; k < group->n; k++) {
            buf_add_cstr(out, k ? "," : "");
            buf_add_json(out, group->members[k].code);
        }
        buf_add_cstr(out, "]},\"geometry\":");
        if (has_lines(group)) {
            buf_add_cstr(out, "{\"type\":\"MultiLineString\",\"coordinates\":[");
            add_lines(group, frame, out);
            buf_add_cstr(out, "]}}");
        } else {
            buf_add_cstr(out, "null}");
        }
    }
}

static void add_communities(const struct picture *picture, enum map_frame frame, struct buf *out)
{
    for (size_t i = 0; i < picture->ncommunities; i++) {
        const struct map_community *community = &picture->communities[i];
        char id[24];
        int n = snprintf(id, sizeof id, "%lld", (long long)community->id);
        begin_feature(out, i == 0, (struct str){ id, (size_t)n }, community->division);
        add_names(out, community->name);
        buf_printf(out, ",\"primary\":\"%lld\",\"junior\":\"%lld\"", (long long)community->catchment[STAGE_PRIMARY],
                   (long long)community->catchment[STAGE_JUNIOR]);
        end_at_point(out, community->lon_e6, community->lat_e6, frame);
    }
}

/* What stands above the features: members that RFC 7946 leaves to the writer (section 6.1). */
static void begin_collection(const struct picture *picture, const struct city *city, enum layer layer,
                             enum map_frame frame, struct buf *out)
{
    struct arena *arena = arena_new(0);
    struct str day = day_format(arena, picture->day);
    buf_add_cstr(out, "{\"type\":\"FeatureCollection\",\"layer\":");
    buf_add_json(out, str_of(layer_name(layer)));
    add_property(out, "as_of", day);
    add_property(out, "source", city->name.zh);
    add_property(out, "licence",
                 STR("政务公开数据，可自由使用，请注明来源和日期。Open government data: free to use, name source and "
                     "day."));
    if (frame != FRAME_CGCS2000) {
        add_property(out, "frame", str_of(frame_name(frame)));
    }
    buf_add_cstr(out, ",\"features\":[");
    arena_free(arena);
}

static void make_layer(const struct picture *picture, const struct city *city, enum layer layer, enum stage stage,
                       enum map_frame frame, struct buf *out)
{
    *out = buf_init(LAYER_BYTES_MOST);
    begin_collection(picture, city, layer, frame, out);
    switch (layer) {
    case LAYER_COUNTIES:
        add_counties(picture, frame, out);
        break;
    case LAYER_SCHOOLS:
        add_schools(picture, frame, out);
        break;
    case LAYER_CATCHMENTS:
        add_catchments(picture, stage, frame, out);
        break;
    case LAYER_VENUES:
        add_venues(picture, frame, out);
        break;
    case LAYER_GROUPS:
        add_groups(picture, frame, out);
        break;
    case LAYER_COMMUNITIES:
    case LAYERS:
        add_communities(picture, frame, out);
        break;
    }
    buf_add_cstr(out, "\n]}\n");
}

struct str picture_layer(const struct picture *picture, const struct city *city, enum layer layer, enum stage stage,
                         enum map_frame frame)
{
    struct layers *layers = picture->layers;
    struct buf *kept = &layers->kept[layer][layer == LAYER_CATCHMENTS ? stage : STAGE_COUNT][frame];
    pthread_mutex_lock(&layers->lock);
    if (kept->n == 0) {
        make_layer(picture, city, layer, stage, frame, kept);
    }
    struct str bytes = kept->full ? (struct str){ NULL, 0 } : buf_str(kept);
    pthread_mutex_unlock(&layers->lock);
    return bytes;
}
