/* See frame.h. */
#include "demo/frame.h"

#include "base/buf.h"
#include "registry/metres.h"

#include <stdlib.h>

struct frame {
    struct metres *metres;
};

enum { LIMIT_SHAPE_BYTES = 4 << 20 };

bool frame_open(struct frame **frame, struct error *error)
{
    struct frame *made = calloc(1, sizeof *made);
    if (!made) {
        return error_set(error, "no memory for a projection");
    }
    if (!metres_open(&made->metres, error)) {
        free(made);
        return false;
    }
    *frame = made;
    return true;
}

void frame_close(struct frame *frame)
{
    if (frame) {
        metres_close(frame->metres);
        free(frame);
    }
}

bool frame_metres(struct frame *frame, int64_t lon_e6, int64_t lat_e6, struct point *out, struct error *error)
{
    return metres_of(frame->metres, lon_e6, lat_e6, &out->east, &out->north, error);
}

bool frame_degrees(struct frame *frame, struct point decimetres, int64_t *lon_e6, int64_t *lat_e6, struct error *error)
{
    return metres_degrees(frame->metres, (double)decimetres.east / 10, (double)decimetres.north / 10, lon_e6, lat_e6,
                          error);
}

static void add_degrees(struct buf *text, int64_t e6)
{
    buf_printf(text, "%s%lld.%06lld", e6 < 0 ? "-" : "", (long long)(llabs(e6) / 1000000),
               (long long)(llabs(e6) % 1000000));
}

static bool add_ring(struct frame *frame, struct buf *text, const struct ring *ring, struct error *error)
{
    buf_add_char(text, '[');
    for (size_t i = 0; i <= ring->n; i++) {
        int64_t lon = 0, lat = 0;
        if (!frame_degrees(frame, ring->points[i % ring->n], &lon, &lat, error)) {
            return false;
        }
        buf_add_cstr(text, i ? ",[" : "[");
        add_degrees(text, lon);
        buf_add_char(text, ',');
        add_degrees(text, lat);
        buf_add_char(text, ']');
    }
    buf_add_char(text, ']');
    return true;
}

static bool holds(const struct ring *ring, struct point at)
{
    bool inside = false;
    for (size_t i = 0; i < ring->n; i++) {
        struct point a = ring->points[i], b = ring->points[(i + 1) % ring->n];
        if ((a.north > at.north) != (b.north > at.north)) {
            int64_t side = (b.east - a.east) * (at.north - a.north) - (at.east - a.east) * (b.north - a.north);
            inside ^= (side > 0) == (b.north > a.north);
        }
    }
    return inside;
}

/* A hole belongs to the outer ring that holds it: most of its corners, as one may touch. */
static bool hole_of(const struct ring *outer, const struct ring *hole)
{
    size_t within = 0;
    for (size_t i = 0; i < hole->n; i++) {
        within += holds(outer, hole->points[i]);
    }
    return within * 2 > hole->n;
}

static bool add_rings(struct frame *frame, struct buf *text, const struct ring *rings, size_t n, struct error *error)
{
    size_t outers = 0;
    for (size_t i = 0; i < n; i++) {
        outers += rings[i].area2 > 0;
    }
    buf_printf(text, "{\"type\":\"%s\",\"coordinates\":%s", outers > 1 ? "MultiPolygon" : "Polygon",
               outers > 1 ? "[" : "");
    size_t shown = 0;
    for (size_t i = 0; i < n; i++) {
        if (rings[i].area2 <= 0) {
            continue;
        }
        buf_add_cstr(text, shown++ ? ",[" : "[");
        if (!add_ring(frame, text, &rings[i], error)) {
            return false;
        }
        for (size_t k = 0; k < n; k++) {
            if (rings[k].area2 < 0 && (outers == 1 || hole_of(&rings[i], &rings[k]))) {
                buf_add_char(text, ',');
                if (!add_ring(frame, text, &rings[k], error)) {
                    return false;
                }
            }
        }
        buf_add_char(text, ']');
    }
    buf_add_cstr(text, outers > 1 ? "]}" : "}");
    return true;
}

bool frame_geojson(struct frame *frame, struct arena *arena, const struct ring *rings, size_t n, struct str *out,
                   struct error *error)
{
    struct buf text = buf_init(LIMIT_SHAPE_BYTES);
    bool ok = add_rings(frame, &text, rings, n, error);
    if (ok && text.full) {
        ok = error_set(error, "an outline is longer than %d bytes", LIMIT_SHAPE_BYTES);
    }
    if (ok) {
        *out = arena_str(arena, buf_str(&text));
    }
    buf_free(&text);
    return ok;
}
