/* Schools and catchments of the demo city, grown from the land.
 *
 * For each county and stage: as many public schools as its children ask for; catchments that are even in children and
 * hang together, one school in each or, where the county's policy shares them, two to five; nine-year schools stand in
 * a catchment of both stages. Private schools stand in the towns and have none. Plans follow the children: most
 * catchments fit, some sought-after ones in towns are short, and each county has more places than children.
 */
#ifndef DEMO_SCHOOLS_H
#define DEMO_SCHOOLS_H

#include "demo/frame.h"
#include "demo/land.h"

enum school_kind {
    SCHOOL_PRIMARY,
    SCHOOL_JUNIOR,
    SCHOOL_NINE,
    SCHOOL_TWELVE,
    SCHOOL_COMPLETE,
    SCHOOL_SENIOR,
    SCHOOL_KINDS
};

struct school {
    enum school_kind kind;
    bool private_school;
    uint32_t county, community;
    uint32_t catchment[STAGE_COUNT]; /* MESH_NONE: none, or not of this stage */
    bool serves[STAGE_COUNT];        /* takes part in the rounds of the stage */
    bool sought[STAGE_COUNT];        /* more want in than fit */
    uint32_t classes[STAGE_COUNT];
    uint32_t class_size[STAGE_COUNT];
    uint32_t demand[STAGE_COUNT];   /* children whose school it is by catchment (its part when shared) */
    struct str cutoff[STAGE_COUNT]; /* last year's: "category subrank distance" or empty */
    const char *place_kind;         /* GB/T: 111 city, 121 town, 122 its fringe, 210 220 rural … */
    struct str code;                /* 10 digits */
    struct name name;
    struct str address, phone;
    struct point at; /* metres */
    int64_t lon_e6, lat_e6;
    int64_t id;                 /* row, once written */
    int64_t offer[STAGE_COUNT]; /* row, once written */
};

struct demo_catchment {
    enum stage stage;
    uint32_t county;
    struct name name;
    struct str shape;  /* GeoJSON */
    uint32_t *schools; /* indexes */
    size_t nschools;
    uint32_t children;
    int64_t id; /* row, once written */
};

struct schools {
    struct school *items; /* by county */
    size_t n;
    struct demo_catchment *catchments; /* by county, then stage */
    size_t ncatchments;
    uint32_t *home[STAGE_COUNT]; /* catchment of each community */
};

/* How many schools of each kind, public and private, in a city of full size. */
extern const uint32_t SCHOOLS_OF_CITY[SCHOOL_KINDS][2];
/* Of the schools that teach a stage of compulsory schooling those that stand in a rural place. */
enum { RURAL_SCHOOLS_OF_CITY = 634 };

/* per_million: of the full size. */
bool schools_new(struct arena *arena, const struct city *city, const struct land *land, uint32_t per_million,
                 struct schools **schools, struct error *error);

/* GB/T 33782 code: "211" … */
const char *school_kind_code(enum school_kind kind);
/* Does it teach a stage of compulsory schooling? */
bool school_is_compulsory(const struct school *school);
/* Kind of place of a community: 111 112 city, 121 122 town, 210 220 rural. */
const char *community_place_kind(const struct land *land, uint32_t community);

#endif
