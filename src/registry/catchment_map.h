/* Catchments from a map: GeoJSON, KML, or a Shapefile in a ZIP, read by jiaoti-import.
 *
 * A shape is known by its name within its county and stage: a name that is there already gets its new outline, another
 * is added, and what the file does not name stays. An outline must be a polygon, closed, without crossing itself,
 * within the country, and may not overlap others of the same stage, in the file or kept, by more than OVERLAP_M2
 * (boundaries that were drawn apart never meet exactly). A file with a mistake is refused as a whole. Which catchments
 * touch is computed again afterwards.
 */
#ifndef REGISTRY_CATCHMENT_MAP_H
#define REGISTRY_CATCHMENT_MAP_H

#include "registry/exchange.h"
#include "registry/place_frame.h"

enum { OVERLAP_M2 = 500, MAP_SHAPES_MOST = 5000, MAP_MISTAKES_MOST = 500 };

struct catchment_map {
    struct store *store;
    struct writer *writer;
    const char *program;    /* jiaoti-import; NULL: beside this one */
    struct str division;    /* county */
    struct str stage;       /* primary | junior */
    enum place_frame frame; /* GIVEN_UNKNOWN: as the file says */
    int file;
    bool look_only;
    int64_t account; /* 0: the program */
    const char *role;
};
struct catchment_map_outcome {
    int64_t shapes, added, changed, same;
    struct exchange_mistake *mistakes; /* row: the number of the shape in the file */
    size_t nmistakes;
    const struct text *problem; /* it cannot be read */
};
bool catchment_map_take(const struct catchment_map *map, struct arena *arena, struct catchment_map_outcome *outcome,
                        struct error *error);

#endif
