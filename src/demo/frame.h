/* Between degrees and metres, and outlines as GeoJSON. registry/metres.h projects (CGCS2000 geographic ↔ EPSG:4549);
 * results are rounded to whole metres and to a millionth of a degree (some 10 cm), far above what versions of
 * PROJ differ by. */
#ifndef DEMO_FRAME_H
#define DEMO_FRAME_H

#include "demo/mesh.h"

struct frame;

bool frame_open(struct frame **frame, struct error *error);
/* NULL is accepted. */
void frame_close(struct frame *frame);

/* Degrees × 1,000,000 to metres. */
bool frame_metres(struct frame *frame, int64_t lon_e6, int64_t lat_e6, struct point *out, struct error *error);
/* Decimetres to degrees × 1,000,000. */
bool frame_degrees(struct frame *frame, struct point decimetres, int64_t *lon_e6, int64_t *lat_e6, struct error *error);

/* Rings of one outline as a GeoJSON Polygon, or a MultiPolygon when there are several outer rings. */
bool frame_geojson(struct frame *frame, struct arena *arena, const struct ring *rings, size_t n, struct str *out,
                   struct error *error);

#endif
