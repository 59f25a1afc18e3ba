/* The picture of today that map pages and searches look at: schools, catchments, sports grounds, groups, outlines of
 * counties, read from the register at once, put in order for searching, and never changed. It is made again when the
 * register got to know something new, when the day ends, and every ten minutes for what tells nobody (catchments).
 *
 * One per process, shared by threads: who takes a picture gives it back. */
#ifndef ATLAS_ATLAS_H
#define ATLAS_ATLAS_H

#include "atlas/hours.h"
#include "atlas/near.h"
#include "atlas/shape.h"
#include "base/text.h"
#include "city/city.h"
#include "store/db.h"

/* Places of a sports ground's words among its traits (near.h). */
enum { TRAIT_SPORT = 0, TRAIT_KIND = 24, TRAIT_FEE = 36, TRAIT_ACCESS = 44 };

struct venue {
    struct str code, division, kind, sports, fee, access, hours_text, checked_by;
    struct name name;
    struct str address;
    int64_t institution; /* 0: of none */
    int64_t lon_e6, lat_e6, east, north;
    int64_t checked; /* day; 0: never */
    uint32_t hours;  /* index in picture->hours; UINT32_MAX: not known, or not understood */
};

struct map_school {
    struct str code, kind, ownership, division;
    struct name name;
    int64_t id, lon_e6, lat_e6; /* 0 0: not known */
};

struct map_area {
    int64_t id;
    enum stage stage;
    struct str division;
    struct name name;
    struct shape shape;
};

struct map_community {
    int64_t id;
    struct str division;
    struct name name;
    int64_t catchment[STAGE_COUNT];
    int64_t lon_e6, lat_e6; /* its middle */
};

struct map_outline {
    const struct division *county;
    struct shape shape;
};

struct map_member {
    uint32_t school; /* index in picture->schools; UINT32_MAX: the institution is none of them */
    struct str code;
    struct name name;
    struct str role; /* lead member partner */
    int64_t lon_e6, lat_e6;
};

struct map_group {
    struct str code, division, kind, stage;
    struct name name;
    struct map_member *members;
    size_t n;
};

struct picture {
    struct arena *arena;
    int64_t moment, day; /* of the register; today */
    struct venue *venues;
    size_t nvenues;
    struct near *near; /* of the venues, by their index */
    struct hours *hours;
    size_t nhours;
    struct map_school *schools; /* by code */
    size_t nschools;
    struct map_area *areas; /* by id */
    size_t nareas;
    struct map_community *communities; /* by id */
    size_t ncommunities;
    struct map_outline *outlines; /* by county */
    size_t noutlines;
    struct map_group *groups; /* by code */
    size_t ngroups;
    int64_t took_us, made_us;
    struct layers *layers; /* layers.c */
    int users;             /* of atlas.c */
};

struct atlas;
struct atlas *atlas_new(const struct city *city, struct store *store);
/* NULL is accepted. Nobody may be using it. */
void atlas_free(struct atlas *atlas);

/* The picture in memory when it is still true; NULL: make it. */
const struct picture *atlas_take(struct atlas *atlas, int64_t moment);
/* Reads, computes and takes it. Not on an event loop. */
const struct picture *atlas_make(struct atlas *atlas, struct error *error);
void atlas_give(struct atlas *atlas, const struct picture *picture);

/* Degrees × 1,000,000 of CGCS2000 to metres; any thread. */
bool atlas_metres(struct atlas *atlas, int64_t lon_e6, int64_t lat_e6, int64_t *east, int64_t *north,
                  struct error *error);

bool atlas_degrees(struct atlas *atlas, int64_t east, int64_t north, int64_t *lon_e6, int64_t *lat_e6,
                   struct error *error);

/* load.c: fills the picture but for its layers. */
bool picture_load(struct db *db, struct atlas *atlas, const struct city *city, struct picture *picture,
                  struct error *error);

/* The area of the stage in which the point lies; NULL: none. */
const struct map_area *picture_area_at(const struct picture *picture, enum stage stage, struct degrees at);
/* By code; NULL: there is none. */
const struct venue *picture_venue(const struct picture *picture, struct str code);
const struct map_school *picture_school(const struct picture *picture, struct str code);

/* ---- Sports grounds (venues.c) ---- */

struct venues_ask {
    struct str sport, fee, access, kind; /* words of the register; empty: any */
    int64_t open_at;                     /* ms; 0: whenever */
    bool has_place;
    int64_t east, north; /* of the place */
    uint32_t after, most;
};
struct venue_hit {
    const struct venue *venue;
    int64_t metres; /* -1: from nowhere */
};
/* False: a word is none of the register's. Nearest first; without a place as the register has them. *more: there are
 * others behind. */
bool venues_find(const struct picture *picture, const struct city *city, struct arena *arena,
                 const struct venues_ask *ask, struct venue_hit **hits, size_t *n, bool *more);
/* Bits of the words of a column, from `first` on; false: one of the words is none of its. */
bool venue_traits(struct str column, struct str words, int first, uint64_t *traits);

/* ---- Layers as GeoJSON (layers.c) ---- */

enum layer { LAYER_COUNTIES, LAYER_SCHOOLS, LAYER_CATCHMENTS, LAYER_VENUES, LAYER_GROUPS, LAYER_COMMUNITIES, LAYERS };
const char *layer_name(enum layer layer);
/* RFC 7946; `stage` of catchments alone, STAGE_COUNT: both. In another frame than CGCS2000 it is for our own map, whose
 * base has that frame. Made when first asked for, and kept with the picture; any thread. */
struct str picture_layer(const struct picture *picture, const struct city *city, enum layer layer, enum stage stage,
                         enum map_frame frame);
struct layers *layers_new(void);
void layers_free(struct layers *layers);

#endif
