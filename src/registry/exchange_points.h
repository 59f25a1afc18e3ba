/* A map of points as rows: its fields are the columns, and longitude and latitude come from the shapes, in the frame
 * that is kept. Of campuses the place as given and its frame are kept too. So institutions, campuses and sports grounds
 * come in from GeoJSON, KML and Shapefiles on the same way as from a spreadsheet. */
#ifndef REGISTRY_EXCHANGE_POINTS_H
#define REGISTRY_EXCHANGE_POINTS_H

#include "base/stranger.h"
#include "registry/kinds.h"
#include "registry/place_frame.h"

struct arena;
struct metres;

/* Is the file a map, by its name? Of kinds that have places alone. */
bool exchange_is_map(const struct kind *kind, struct str file_name);

struct exchange_points {
    const struct kind *kind;
    enum place_frame given; /* GIVEN_UNKNOWN: as the file says */
    void *context;          /* of row */
    bool (*row)(void *context, uint32_t number, const struct str *cells, size_t n);
    /* Set by the reading: */
    enum place_frame frame;
    bool no_frame; /* neither the file nor its giver names a known frame */
    struct metres *metres;
    struct arena *arena; /* of the row at hand */
};
/* The hooks that call `row`; the line of headings comes first, as row 0. */
struct stranger_hooks exchange_points_hooks(struct exchange_points *points);
bool exchange_points_begin(struct exchange_points *points, struct error *error);
void exchange_points_end(struct exchange_points *points);
extern const struct text exchange_no_frame;

#endif
