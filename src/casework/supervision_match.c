/* The rules that choose: who should get which school, and on which days an inspector goes where. Nothing here reads or
 * writes; the same input gives the same answer on every machine (no library's cosine, no order of a hash). */
#include "casework/supervision.h"

#include "city/workdays.h"

/* ---- Distances ---- */

/* 1,000,000 times the cosine of a latitude, by its series: exact to a millionth between the poles. */
static int64_t cosine_e6(int64_t lat_e6)
{
    double x = (double)lat_e6 * 3.14159265358979 / 180e6, square = x * x;
    return (int64_t)(1e6 * (1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)))));
}

static int64_t root(int64_t square)
{
    int64_t low = 0, high = INT64_C(3037000499);
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (middle <= square / middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

int64_t supervision_metres(int64_t lon_e6, int64_t lat_e6, int64_t other_lon_e6, int64_t other_lat_e6)
{
    /* 111,195 m a degree of the sphere with the mean radius */
    int64_t north = (lat_e6 - other_lat_e6) * 111195 / 1000000;
    int64_t east = (lon_e6 - other_lon_e6) * 111195 / 1000000 * cosine_e6((lat_e6 + other_lat_e6) / 2) / 1000000;
    return root(north * north + east * east);
}

static int64_t between(const struct supervised *a, const struct supervised *b)
{
    bool known = (a->lon_e6 || a->lat_e6) && (b->lon_e6 || b->lat_e6);
    return known ? supervision_metres(a->lon_e6, a->lat_e6, b->lon_e6, b->lat_e6) : SUPERVISION_START;
}

/* ---- Who should get which school ---- */

enum { NOT_ALLOWED = -1 };

struct matching {
    const struct supervised **lacking; /* those without */
    size_t nlacking;
    const struct inspector *inspectors;
    size_t ninspectors;
    int64_t *near; /* lacking × inspectors: metres, or NOT_ALLOWED */
    int64_t *load; /* by inspector */
    bool *begun;   /* has a school, so that nearness is a distance */
};

static const struct zone *zone_of(const struct zone *zones, size_t nzones, struct str township)
{
    for (size_t z = 0; z < nzones; z++) {
        for (size_t i = 0; i < zones[z].ntownships; i++) {
            if (str_eq(zones[z].townships[i], township)) {
                return zones[z].ninspectors ? &zones[z] : NULL;
            }
        }
    }
    return NULL;
}

static bool has_conflict(const struct conflict *conflicts, size_t n, struct str staff, int64_t institution)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_cmp(conflicts[middle].staff, staff);
        if (order < 0 || (order == 0 && conflicts[middle].institution < institution)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && str_eq(conflicts[low].staff, staff) && conflicts[low].institution == institution;
}

static bool allowed(const struct inspector *inspector, const struct supervised *school, const struct zone *zone,
                    const struct conflict *conflicts, size_t nconflicts)
{
    return str_starts(school->division, inspector->division) && inspector->zone == (zone ? zone->id : 0) &&
           !has_conflict(conflicts, nconflicts, inspector->staff, school->institution);
}

static size_t inspector_at(const struct inspector *inspectors, size_t n, struct str staff)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_cmp(inspectors[middle].staff, staff) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && str_eq(inspectors[low].staff, staff) ? low : n;
}

/* The school is the inspector's now: what is left may be nearer than before. */
static void given(struct matching *matching, size_t inspector, const struct supervised *school)
{
    bool first = !matching->begun[inspector];
    matching->begun[inspector] = true;
    matching->load[inspector]++;
    for (size_t s = 0; s < matching->nlacking; s++) {
        int64_t *near = &matching->near[s * matching->ninspectors + inspector];
        if (*near != NOT_ALLOWED) {
            int64_t metres = between(matching->lacking[s], school);
            *near = first || metres < *near ? metres : *near;
        }
    }
}

/* The nearest pair below the bound; false: there is none. */
static bool nearest(const struct matching *matching, const bool *done, int64_t bound, size_t *school, size_t *inspector)
{
    bool found = false;
    int64_t best = 0;
    for (size_t s = 0; s < matching->nlacking; s++) {
        for (size_t i = 0; !done[s] && i < matching->ninspectors; i++) {
            int64_t near = matching->near[s * matching->ninspectors + i];
            if (near == NOT_ALLOWED || matching->load[i] >= bound) {
                continue;
            }
            if (!found || near < best || (near == best && matching->load[i] < matching->load[*inspector])) {
                found = true;
                best = near;
                *school = s;
                *inspector = i;
            }
        }
    }
    return found;
}

static void match_all(struct arena *arena, struct matching *matching, struct assignment *out)
{
    bool *done = ARENA_ARRAY(arena, bool, matching->nlacking);
    for (int64_t bound = SUPERVISION_USUAL; bound <= SUPERVISION_MOST; bound++) {
        size_t s = 0, i = 0;
        while (nearest(matching, done, bound, &s, &i)) {
            bool begun = matching->begun[i] && (matching->lacking[s]->lon_e6 || matching->lacking[s]->lat_e6);
            out[s].metres = begun ? matching->near[s * matching->ninspectors + i] : -1;
            done[s] = true;
            given(matching, i, matching->lacking[s]);
            out[s].staff = matching->inspectors[i].staff;
            out[s].load = matching->load[i];
        }
    }
}

void supervision_match(struct arena *arena, const struct supervised *schools, size_t nschools,
                       const struct inspector *inspectors, size_t ninspectors, const struct conflict *conflicts,
                       size_t nconflicts, const struct zone *zones, size_t nzones, struct assignment **out, size_t *n)
{
    struct matching matching = { .lacking = ARENA_ARRAY(arena, const struct supervised *, nschools),
                                 .inspectors = inspectors,
                                 .ninspectors = ninspectors,
                                 .load = ARENA_ARRAY(arena, int64_t, ninspectors),
                                 .begun = ARENA_ARRAY(arena, bool, ninspectors) };
    for (size_t s = 0; s < nschools; s++) {
        if (schools[s].lack != LACK_NONE) {
            matching.lacking[matching.nlacking++] = &schools[s];
        }
    }
    matching.near = ARENA_ARRAY(arena, int64_t, matching.nlacking * ninspectors);
    *out = ARENA_ARRAY(arena, struct assignment, matching.nlacking);
    *n = matching.nlacking;
    for (size_t s = 0; s < matching.nlacking; s++) {
        const struct supervised *school = matching.lacking[s];
        const struct zone *zone = zone_of(zones, nzones, school->division);
        (*out)[s] = (struct assignment){ .institution = school->institution,
                                         .code = school->code,
                                         .division = str_part(school->division, 0, 6),
                                         .township = school->division,
                                         .name = school->name,
                                         .metres = -1 };
        for (size_t i = 0; i < ninspectors; i++) {
            matching.near[s * ninspectors + i] =
                allowed(&inspectors[i], school, zone, conflicts, nconflicts) ? SUPERVISION_START : NOT_ALLOWED;
        }
    }
    for (size_t s = 0; s < nschools; s++) {
        size_t i = inspector_at(inspectors, ninspectors, schools[s].staff);
        if (schools[s].lack == LACK_NONE && i < ninspectors) {
            given(&matching, i, &schools[s]);
        }
    }
    match_all(arena, &matching, *out);
}

bool supervision_propose(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                         struct assignment **out, size_t *n, struct error *error)
{
    struct supervised *schools;
    struct inspector *inspectors;
    struct conflict *conflicts;
    struct zone *zones;
    size_t nschools = 0, ninspectors = 0, nconflicts = 0, nzones = 0;
    if (!supervision_coverage(db, arena, scope, as_of, &schools, &nschools, error) ||
        !supervision_inspectors(db, arena, scope, as_of, &inspectors, &ninspectors, error) ||
        !supervision_conflicts(db, arena, scope, as_of.day, &conflicts, &nconflicts, error) ||
        !supervision_zones(db, arena, scope, &zones, &nzones, error)) {
        return false;
    }
    supervision_match(arena, schools, nschools, inspectors, ninspectors, conflicts, nconflicts, zones, nzones, out, n);
    return true;
}

/* ---- On which days ---- */

/* A tour that goes on to the nearest one not seen yet: short enough for five schools, and easy to follow by hand. */
static void tour(const struct supervised *schools, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (size_t k = 1; k < n; k++) { /* by code, so that the first is always the same */
        for (size_t i = k; i > 0 && str_cmp(schools[order[i]].code, schools[order[i - 1]].code) < 0; i--) {
            size_t swap = order[i];
            order[i] = order[i - 1];
            order[i - 1] = swap;
        }
    }
    for (size_t k = 1; k < n; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < n; i++) {
            if (between(&schools[order[k - 1]], &schools[order[i]]) <
                between(&schools[order[k - 1]], &schools[order[best]])) {
                best = i;
            }
        }
        size_t next = order[best];
        memmove(&order[k + 1], &order[k], (best - k) * sizeof *order);
        order[k] = next;
    }
}

void supervision_plan(const struct city *city, const struct supervised *schools, size_t n, int64_t from, int64_t until,
                      size_t *order, int64_t *days)
{
    int64_t worked = workdays_between(city, from, until);
    tour(schools, n, order);
    for (size_t k = 0; k < n; k++) {
        int64_t nth = worked * (2 * (int64_t)k + 1) / (2 * (int64_t)n) + 1;
        days[order[k]] = worked > 0 ? workday_after(city, from, nth < worked ? nth : worked) : until;
    }
}
