/* Catchments from a map: GeoJSON, KML, or a Shapefile in a ZIP, read by jiaoti-import.
 *
 * A shape is known by its name within its county and stage: a name that is there already gets its new outline, another
 * is added, and what the file does not name stays. An outline must be a polygon, closed, without crossing itself,
 * within the country, and may not overlap others of the same stage, in the file or kept, by more than OVERLAP_M2
 * (boundaries that were drawn apart never meet exactly). A file with a mistake is refused as a whole. Which catchments
 * touch is computed again afterwards. The last import of a county and stage can be taken back.
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
    int64_t import;             /* its number, 0: nothing was changed */
};
bool catchment_map_take(const struct catchment_map *map, struct arena *arena, struct catchment_map_outcome *outcome,
                        struct error *error);

/* Takes the import back: outlines are what they were, what it added is gone. Only the newest import of its county and
 * stage that stands, and only while nothing belongs to what it added. Inside a command; input is this struct. */
enum catchment_undo_result {
    CATCHMENT_UNDONE,
    CATCHMENT_MISSING,   /* there is no such import, or it was taken back already */
    CATCHMENT_OVERTAKEN, /* another import came after it */
    CATCHMENT_USED,      /* a community or a school belongs to a catchment that it added; `name` */
};
struct catchment_undo {
    int64_t import, account;
    const char *role;
    enum catchment_undo_result result; /* out */
    struct str name;                   /* out; lives as long as the caller's arena */
    struct arena *arena;
};
bool catchment_undo_run(struct writing *writing, void *input, struct error *error);

#endif
