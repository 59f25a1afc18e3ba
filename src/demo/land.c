/* See land.h. */
#include "demo/land.h"

#include "demo/dice.h"
#include "demo/frame.h"
#include "demo/names.h"
#include "demo/seats.h"

#include <stdlib.h>

enum {
    TOWN_IN_THOUSAND = 350, /* of all communities are estates of a county's town */
    ESTATE_SPACING = 230,   /* metres at least between communities of a town … */
    VILLAGE_SPACING = 600,  /* … and between villages */
    RIM_SPACING = 3000,     /* between points outside of the city */
    RIM_MARGIN = 9000,      /* how far the points outside reach */
    ATTEMPTS = 40,          /* lands that are tried before a seed is given up */
    SUBDISTRICT_PACE = 150, /* towns' subdistricts are smaller than the townships around them */
};

/* ---- Sharing and settling ---- */

struct remainder {
    uint64_t rest;
    size_t index;
};

static int by_rest(const void *a, const void *b)
{
    const struct remainder *x = a;
    const struct remainder *y = b;
    if (x->rest != y->rest) {
        return x->rest > y->rest ? -1 : 1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

void land_share(struct arena *arena, size_t total, const uint32_t *weights, size_t n, uint32_t *parts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += weights[i];
    }
    struct remainder *rests = ARENA_ARRAY(arena, struct remainder, n);
    uint64_t given = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t product = (uint64_t)total * weights[i];
        parts[i] = sum ? (uint32_t)(product / sum) : 0;
        rests[i] = (struct remainder){ sum ? product % sum : 0, i };
        given += parts[i];
    }
    qsort(rests, n, sizeof *rests, by_rest);
    for (size_t i = 0; sum && given < total; i = (i + 1) % n) {
        parts[rests[i].index]++;
        given++;
    }
}

/* The site of each label that is nearest to the middle of what the label holds. */
static void recentre(struct arena *arena, const struct mesh *mesh, const uint32_t *weights, const uint32_t *labels,
                     uint32_t *seeds, size_t nseeds)
{
    struct {
        int64_t east, north, weight, distance;
    } *middles = arena_array(arena, nseeds, sizeof *middles);
    for (size_t s = 0; s < mesh->nsites; s++) {
        if (labels[s] != MESH_NONE) {
            int64_t weight = weights ? weights[s] : 1;
            middles[labels[s]].east += mesh->sites[s].east * weight;
            middles[labels[s]].north += mesh->sites[s].north * weight;
            middles[labels[s]].weight += weight;
        }
    }
    for (size_t i = 0; i < nseeds; i++) {
        middles[i].distance = INT64_MAX;
    }
    for (size_t s = 0; s < mesh->nsites; s++) {
        uint32_t label = labels[s];
        if (label != MESH_NONE && middles[label].weight > 0) {
            struct point middle = { middles[label].east / middles[label].weight,
                                    middles[label].north / middles[label].weight };
            int64_t distance = point_distance(middle, mesh->sites[s]);
            if (distance < middles[label].distance) {
                middles[label].distance = distance;
                seeds[label] = (uint32_t)s;
            }
        }
    }
}

void land_settle(const struct mesh *mesh, const uint8_t *room, const uint32_t *weights, uint32_t *seeds,
                 const uint32_t *paces, size_t nseeds, size_t rounds, uint32_t *labels)
{
    struct arena *scratch = arena_new(0);
    mesh_spread(scratch, mesh, room, seeds, paces, nseeds, labels);
    for (size_t i = 0; i < rounds; i++) {
        recentre(scratch, mesh, weights, labels, seeds, nseeds);
        mesh_spread(scratch, mesh, room, seeds, paces, nseeds, labels);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

/* ---- Points ---- */

struct ground {
    struct point *sites;
    size_t n, room;
    size_t inside; /* the first ones, which are communities */
    bool *town;
};

static bool is_free(const struct ground *ground, struct point at, int64_t spacing)
{
    for (size_t i = 0; i < ground->n; i++) {
        int64_t x = ground->sites[i].east - at.east;
        int64_t y = ground->sites[i].north - at.north;
        if (x < spacing && -x < spacing && y < spacing && -y < spacing && x * x + y * y < spacing * spacing) {
            return false;
        }
    }
    return true;
}

static void add_site(struct ground *ground, struct point at, bool town)
{
    if (ground->n < ground->room) {
        ground->sites[ground->n] = at;
        ground->town[ground->n++] = town;
    }
}

static bool in_outline(const struct seats *seats, struct point at)
{
    bool inside = false;
    for (size_t i = 0; i < seats->noutline; i++) {
        struct point a = seats->outline[i], b = seats->outline[(i + 1) % seats->noutline];
        if ((a.north > at.north) != (b.north > at.north)) {
            int64_t side = (b.east - a.east) * (at.north - a.north) - (at.east - a.east) * (b.north - a.north);
            inside ^= (side > 0) == (b.north > a.north);
        }
    }
    return inside;
}

/* Estates around each seat, dense in the middle; the seat itself is the county's first. */
static void place_towns(struct arena *arena, struct land *land, const struct seats *seats, uint64_t seed,
                        size_t communities, struct ground *ground)
{
    uint32_t *weights = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    uint32_t *parts = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    for (size_t c = 0; c < land->ncounties; c++) {
        weights[c] = land->counties[c].children * land->counties[c].town_share;
        add_site(ground, land->counties[c].seat, true);
    }
    land_share(arena, communities * TOWN_IN_THOUSAND / 1000, weights, land->ncounties, parts);
    for (size_t c = 0; c < land->ncounties; c++) {
        const struct land_county *county = &land->counties[c];
        struct dice dice = dice_of(seed, "town", c);
        size_t wanted = parts[c] > county->ntownships + 2 ? parts[c] : county->ntownships + 2;
        int64_t spread = county->town_spread;
        for (size_t tries = 0, n = 1; n < wanted && tries < wanted * 50; tries++) {
            struct point at = { county->seat.east + dice_around(&dice, spread * 2),
                                county->seat.north + dice_around(&dice, spread * 2) };
            if (in_outline(seats, at) && is_free(ground, at, ESTATE_SPACING)) {
                add_site(ground, at, true);
                n++;
            }
            spread += spread / 400 + 1; /* a full town grows */
        }
    }
}

static void box_of(const struct seats *seats, struct point *low, struct point *high)
{
    *low = *high = seats->outline[0];
    for (size_t i = 0; i < seats->noutline; i++) {
        struct point at = seats->outline[i];
        low->east = at.east < low->east ? at.east : low->east;
        low->north = at.north < low->north ? at.north : low->north;
        high->east = at.east > high->east ? at.east : high->east;
        high->north = at.north > high->north ? at.north : high->north;
    }
}

static void place_villages(const struct seats *seats, uint64_t seed, size_t communities, struct ground *ground)
{
    struct point low, high;
    box_of(seats, &low, &high);
    struct dice dice = dice_of(seed, "villages", 0);
    for (size_t tries = 0; ground->n < communities && tries < communities * 50; tries++) {
        struct point at = { dice_between(&dice, low.east, high.east), dice_between(&dice, low.north, high.north) };
        if (in_outline(seats, at) && is_free(ground, at, VILLAGE_SPACING)) {
            add_site(ground, at, false);
        }
    }
    ground->inside = ground->n;
}

/* Points around the city, so that its rim is a line between cells as any other. */
static void place_rim(const struct seats *seats, uint64_t seed, struct ground *ground)
{
    struct point low, high;
    box_of(seats, &low, &high);
    struct dice dice = dice_of(seed, "rim", 0);
    for (int64_t north = low.north - RIM_MARGIN; north <= high.north + RIM_MARGIN; north += RIM_SPACING) {
        for (int64_t east = low.east - RIM_MARGIN; east <= high.east + RIM_MARGIN; east += RIM_SPACING) {
            struct point at = { east + dice_between(&dice, 0, RIM_SPACING / 3),
                                north + dice_between(&dice, 0, RIM_SPACING / 3) };
            if (!in_outline(seats, at) && is_free(ground, at, RIM_SPACING / 3)) {
                add_site(ground, at, false);
            }
        }
    }
}

/* ---- Counties and townships ---- */

static void grow_counties(struct arena *arena, struct land *land, const struct ground *ground)
{
    size_t n = ground->n;
    uint8_t *room = ARENA_ARRAY(arena, uint8_t, n);
    memset(room, 1, ground->inside);
    uint32_t *seeds = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    uint32_t *paces = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    for (uint32_t c = 0; c < land->ncounties; c++) {
        seeds[c] = c; /* the seats are the first sites */
        paces[c] = land->counties[c].pace;
    }
    land->site_county = ARENA_ARRAY(arena, uint32_t, n);
    mesh_spread(arena, land->mesh, room, seeds, paces, land->ncounties, land->site_county);
}

/* The site with room that is farthest from those chosen so far, in the eyes of the dice; MESH_NONE: no more. */
static uint32_t farthest(const struct mesh *mesh, const uint8_t *room, const uint32_t *chosen, size_t nchosen,
                         struct dice *dice)
{
    uint32_t best = MESH_NONE;
    int64_t best_score = -1;
    for (uint32_t s = 0; s < mesh->nsites; s++) {
        if (!room[s]) {
            continue;
        }
        int64_t nearest = INT32_MAX;
        for (size_t i = 0; i < nchosen; i++) {
            int64_t distance = point_distance(mesh->sites[s], mesh->sites[chosen[i]]);
            nearest = distance < nearest ? distance : nearest;
        }
        int64_t score = nearest * dice_between(dice, 60, 100);
        if (nearest > 0 && score > best_score) {
            best_score = score;
            best = s;
        }
    }
    return best;
}

static bool is_subdistrict(const struct division *division)
{
    struct str tail = STR("街道");
    struct str name = division->name.zh;
    return name.n > tail.n && str_eq(str_part(name, name.n - tail.n, tail.n), tail);
}

/* Seeds of a county's townships: its seat for the first subdistrict, others far apart; subdistricts in the town. */
static bool seed_townships(struct arena *arena, const struct land *land, const struct ground *ground, uint32_t c,
                           uint64_t seed, uint32_t *seeds, uint32_t *paces)
{
    const struct land_county *county = &land->counties[c];
    struct dice dice = dice_of(seed, "townships", c);
    uint8_t *room = ARENA_ARRAY(arena, uint8_t, ground->n);
    size_t chosen = 0;
    /* Two passes: subdistricts first, so that they stand in the town. */
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, county->ntownships);
    for (int urban = 1; urban >= 0; urban--) {
        for (uint32_t t = 0; t < county->ntownships; t++) {
            if (land->townships[county->first_township + t].urban != (urban == 1)) {
                continue;
            }
            for (size_t s = 0; s < ground->n; s++) {
                int64_t distance = point_distance(ground->sites[s], county->seat);
                bool in_town = ground->town[s] && distance < (int64_t)county->town_spread * 3 / 2;
                room[s] = land->site_county[s] == c && (!urban || in_town);
            }
            uint32_t site = chosen == 0 ? c : farthest(land->mesh, room, order, chosen, &dice);
            if (site == MESH_NONE) {
                return false;
            }
            order[chosen++] = site;
            seeds[t] = site;
            paces[t] = urban ? SUBDISTRICT_PACE : 100;
        }
    }
    return true;
}

static bool grow_townships(struct arena *arena, struct land *land, const struct ground *ground, uint64_t seed,
                           uint32_t *site_township)
{
    for (size_t s = 0; s < ground->n; s++) {
        site_township[s] = MESH_NONE;
    }
    for (uint32_t c = 0; c < land->ncounties; c++) {
        struct land_county *county = &land->counties[c];
        uint32_t *seeds = ARENA_ARRAY(arena, uint32_t, county->ntownships);
        uint32_t *paces = ARENA_ARRAY(arena, uint32_t, county->ntownships);
        uint32_t *labels = ARENA_ARRAY(arena, uint32_t, ground->n);
        uint8_t *room = ARENA_ARRAY(arena, uint8_t, ground->n);
        size_t in_county = 0;
        for (size_t s = 0; s < ground->n; s++) {
            room[s] = land->site_county[s] == c;
            in_county += room[s];
        }
        if (in_county < county->ntownships || !seed_townships(arena, land, ground, c, seed, seeds, paces)) {
            return false;
        }
        land_settle(land->mesh, room, NULL, seeds, paces, county->ntownships, 2, labels);
        for (size_t s = 0; s < ground->n; s++) {
            if (room[s]) {
                site_township[s] = labels[s] == MESH_NONE ? MESH_NONE : county->first_township + labels[s];
            }
        }
        for (uint32_t t = 0; t < county->ntownships; t++) {
            land->townships[county->first_township + t].seat = seeds[t];
        }
    }
    for (size_t s = 0; s < ground->inside; s++) {
        if (site_township[s] == MESH_NONE) {
            return false; /* a place that no county reaches */
        }
    }
    return true;
}

/* ---- Communities ---- */

static void list_communities(struct arena *arena, struct land *land, const struct ground *ground,
                             const uint32_t *site_township)
{
    land->communities = ARENA_ARRAY(arena, struct land_community, ground->inside);
    land->site_community = ARENA_ARRAY(arena, uint32_t, ground->n);
    memset(land->site_community, 0xff, ground->n * sizeof *land->site_community);
    /* By township, then by site: a counting sort. */
    uint32_t *from = ARENA_ARRAY(arena, uint32_t, land->ntownships + 1);
    for (size_t s = 0; s < ground->inside; s++) {
        from[site_township[s] + 1]++;
    }
    for (size_t t = 0; t < land->ntownships; t++) {
        from[t + 1] += from[t];
    }
    for (uint32_t s = 0; s < ground->inside; s++) {
        uint32_t index = from[site_township[s]]++;
        land->site_community[s] = index;
        land->communities[index] = (struct land_community){
            .at = ground->sites[s],
            .county = land->site_county[s],
            .township = site_township[s],
            .site = s,
            .town = ground->town[s],
        };
    }
    land->ncommunities = ground->inside;
    for (uint32_t i = 0; i < land->ncommunities; i++) {
        struct land_county *county = &land->counties[land->communities[i].county];
        county->first_community = county->ncommunities++ ? county->first_community : i;
    }
    for (size_t t = 0; t < land->ntownships; t++) {
        land->townships[t].seat = land->site_community[land->townships[t].seat];
    }
}

/* The number-th of all names in a mixed order: a stride that shares no factor with their count meets each once. */
static size_t mixed(size_t number, size_t start, size_t count)
{
    size_t stride = 7919;
    while (count % stride == 0) {
        stride++;
    }
    return (start + number * stride) % count;
}

static void name_communities(struct arena *arena, struct land *land)
{
    for (size_t c = 0; c < land->ncounties; c++) {
        struct dice dice = dice_of(land->seed, "names of communities", c);
        size_t villages = 0, estates = 0;
        size_t start = (size_t)dice_below(&dice, 1u << 20);
        for (uint32_t i = 0; i < land->counties[c].ncommunities; i++) {
            struct land_community *community = &land->communities[land->counties[c].first_community + i];
            if (community->town) {
                community->name = name_estate(arena, mixed(estates++, start, names_estates()));
            } else {
                community->name = name_village(arena, mixed(villages++, start, names_villages()));
            }
            community->road = name_road(arena, (size_t)dice_below(&dice, 48));
        }
    }
}

/* Children: a county's part by its weight; within it, the town's share over its estates (the nearer, the more), the
 * rest over the villages, the seats of townships with most. */
static void settle_children(struct arena *arena, struct land *land, const size_t children[STAGE_COUNT])
{
    uint32_t *weights = ARENA_ARRAY(arena, uint32_t, land->ncommunities);
    uint32_t *parts = ARENA_ARRAY(arena, uint32_t, land->ncommunities);
    for (size_t c = 0; c < land->ncounties; c++) {
        const struct land_county *county = &land->counties[c];
        uint64_t sum[2] = { 0, 0 };
        struct dice dice = dice_of(land->seed, "children of communities", c);
        for (uint32_t i = 0; i < county->ncommunities; i++) {
            struct land_community *community = &land->communities[county->first_community + i];
            int64_t distance = point_distance(community->at, county->seat);
            int64_t spread = county->town_spread;
            int64_t size = dice_between(&dice, 40, 160);
            if (community->town) {
                size = size * 300 * spread / (300 * spread + distance * 200);
            } else if (land->townships[community->township].seat == county->first_community + i) {
                size *= 3;
            }
            community->weight = (uint32_t)size;
            sum[community->town] += (uint64_t)size;
        }
        /* Towns' and villages' parts keep the county's shares; weights stay comparable over counties. */
        for (uint32_t i = 0; i < county->ncommunities; i++) {
            struct land_community *community = &land->communities[county->first_community + i];
            uint64_t share = community->town ? county->town_share : 1000 - county->town_share;
            share = sum[!community->town] == 0 ? 1000 : share;
            community->weight =
                (uint32_t)((uint64_t)community->weight * share * county->children * 1000 / sum[community->town]);
            weights[county->first_community + i] = community->weight;
        }
    }
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        land_share(arena, children[stage], weights, land->ncommunities, parts);
        for (size_t i = 0; i < land->ncommunities; i++) {
            land->communities[i].children[stage] = parts[i];
        }
    }
}

/* ---- All of it ---- */

static void take_divisions(struct arena *arena, const struct city *city, const struct seats *seats, struct land *land)
{
    land->ncounties = seats->n;
    land->counties = ARENA_ARRAY(arena, struct land_county, seats->n);
    land->townships = ARENA_ARRAY(arena, struct land_township, city->ndivisions);
    for (uint32_t c = 0; c < seats->n; c++) {
        struct land_county *county = &land->counties[c];
        const struct seat *seat = &seats->items[c];
        struct str name = seat->division->name.zh;
        *county = (struct land_county){
            .division = seat->division,
            .seat = seat->at,
            .children = seat->children,
            .town_share = seat->town_share,
            .town_spread = seat->town_spread,
            .pace = seat->pace,
            .urban = name.n >= 3 && !str_eq(str_part(name, name.n - 3, 3), STR("县")),
            .first_township = (uint32_t)land->ntownships,
        };
        const struct division *township = NULL;
        while ((township = city_next_child(city, seat->division->code, township)) != NULL) {
            land->townships[land->ntownships++] =
                (struct land_township){ .division = township, .county = c, .urban = is_subdistrict(township) };
            county->ntownships++;
        }
    }
}

static bool attempt(struct land *land, const struct seats *seats, size_t communities, uint64_t seed, bool *done,
                    struct error *error)
{
    struct arena *arena = land->arena;
    struct ground ground = { .room = communities * 2 + 20000 };
    ground.sites = ARENA_ARRAY(arena, struct point, ground.room);
    ground.town = ARENA_ARRAY(arena, bool, ground.room);
    place_towns(arena, land, seats, seed, communities, &ground);
    place_villages(seats, seed, communities, &ground);
    place_rim(seats, seed, &ground);
    if (!mesh_new(arena, ground.sites, ground.n, &land->mesh, error)) {
        return false;
    }
    grow_counties(arena, land, &ground);
    uint32_t *site_township = ARENA_ARRAY(arena, uint32_t, ground.n);
    *done = grow_townships(arena, land, &ground, seed, site_township);
    if (*done) {
        list_communities(arena, land, &ground, site_township);
    }
    return true;
}

bool land_new(struct arena *arena, const struct city *city, uint64_t seed, size_t communities,
              const size_t children[STAGE_COUNT], struct land **land, struct error *error)
{
    struct seats seats;
    if (!seats_read(arena, city, &seats, error)) {
        return false;
    }
    struct land *made = ARENA_NEW(arena, struct land);
    *made = (struct land){ .arena = arena, .seed = seed };
    take_divisions(arena, city, &seats, made);
    size_t least = made->ntownships * 3;
    communities = communities > least ? communities : least;
    bool done = false;
    for (uint64_t i = 0; i < ATTEMPTS && !done; i++) {
        if (!attempt(made, &seats, communities, seed + i * 1000003, &done, error)) {
            return false;
        }
    }
    if (!done) {
        return error_set(error, "seed %llu gives no land in which each township has a place; take another",
                         (unsigned long long)seed);
    }
    name_communities(arena, made);
    settle_children(arena, made, children);
    *land = made;
    return true;
}
