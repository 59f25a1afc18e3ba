/* The land of the demo city: counties, townships, communities, and how many children live where.
 *
 * Communities come first, as points: towns around the seats of counties (dense, thinning outwards), villages spread
 * over the rest. Counties grow from their seats over the mesh of neighbouring communities, townships within counties
 * likewise; so each hangs together, and together they tile the city. What comes from the city's folder: names and codes
 * (divisions.csv), seats and a rough outline (demo/seats.csv, demo/outline.csv). Everything else is invented.
 */
#ifndef DEMO_LAND_H
#define DEMO_LAND_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "city/city.h"
#include "demo/mesh.h"

struct land_county {
    const struct division *division;
    struct point seat;       /* metres */
    uint32_t children;       /* its part of the city's children, any unit */
    uint32_t town_share;     /* of its children, in a thousand */
    uint32_t town_spread;    /* metres */
    uint32_t pace;           /* mesh_spread */
    bool urban;              /* a district or a city, not a county of villages */
    uint32_t first_township; /* in land->townships */
    uint32_t ntownships;
    uint32_t first_community; /* in land->communities, all of a county together */
    uint32_t ncommunities;
};

struct land_township {
    const struct division *division;
    uint32_t county;
    uint32_t seat; /* community */
    bool urban;    /* a subdistrict */
};

struct land_community {
    struct point at; /* metres, EPSG:4549 */
    uint32_t county, township;
    uint32_t site;   /* in land->mesh */
    bool town;       /* an estate; else a village */
    uint32_t weight; /* its part of the county's children */
    uint32_t children[STAGE_COUNT];
    struct name name; /* no other community of the county has it, and no name is part of another's */
    struct str road;
};

struct land {
    struct arena *arena;
    uint64_t seed;
    struct land_county *counties;
    size_t ncounties;
    struct land_township *townships;
    size_t ntownships;
    struct land_community *communities; /* by county, then township */
    size_t ncommunities;
    struct mesh *mesh;        /* over the communities and, around them, points outside the city */
    uint32_t *site_community; /* MESH_NONE outside */
    uint32_t *site_county;    /* MESH_NONE outside */
};

/* communities: about how many; children: how many of each stage in all. */
bool land_new(struct arena *arena, const struct city *city, uint64_t seed, size_t communities,
              const size_t children[STAGE_COUNT], struct land **land, struct error *error);

/* Moves seeds to the middle of what they hold and spreads again, so that the parts become even. `weights` of sites;
 * NULL: each counts 1. */
void land_settle(const struct mesh *mesh, const uint8_t *room, const uint32_t *weights, uint32_t *seeds,
                 const uint32_t *paces, size_t nseeds, size_t rounds, uint32_t *labels);

/* Shares `total` in proportion to weights, whole, largest remainder first, lower index on a tie. */
void land_share(struct arena *arena, size_t total, const uint32_t *weights, size_t n, uint32_t *parts);

#endif
