/* See schools.h. */
#include "demo/schools.h"

#include "demo/dice.h"
#include "demo/names.h"
#include "demo/plans.h"

#include <stdlib.h>

/* 1,063 in all. */
const uint32_t SCHOOLS_OF_CITY[SCHOOL_KINDS][2] = {
    [SCHOOL_PRIMARY] = { 762, 10 }, [SCHOOL_JUNIOR] = { 139, 15 }, [SCHOOL_NINE] = { 48, 30 },
    [SCHOOL_TWELVE] = { 0, 9 },     [SCHOOL_COMPLETE] = { 10, 0 }, [SCHOOL_SENIOR] = { 34, 6 },
};

static const struct {
    const char *code;   /* GB/T 33782 */
    const char *class2; /* the first digits of a school identifier */
    const char *zh, *en;
    bool serves[STAGE_COUNT];
} KINDS[SCHOOL_KINDS] = {
    [SCHOOL_PRIMARY] = { "211", "21", "小学", "Primary School", { true, false } },
    [SCHOOL_JUNIOR] = { "311", "31", "初级中学", "Junior Middle School", { false, true } },
    [SCHOOL_NINE] = { "312", "31", "九年一贯制学校", "Nine-Year School", { true, true } },
    [SCHOOL_TWELVE] = { "345", "34", "十二年一贯制学校", "Twelve-Year School", { true, true } },
    [SCHOOL_COMPLETE] = { "341", "34", "完全中学", "Complete Secondary School", { false, true } },
    [SCHOOL_SENIOR] = { "342", "34", "高级中学", "Senior Middle School", { false, false } },
};

const char *school_kind_code(enum school_kind kind)
{
    return KINDS[kind].code;
}

bool school_is_compulsory(const struct school *school)
{
    return school->kind != SCHOOL_SENIOR;
}

const char *community_place_kind(const struct land *land, uint32_t index)
{
    const struct land_community *community = &land->communities[index];
    bool urban = land->counties[community->county].urban;
    if (land->townships[community->township].urban) {
        return urban ? "111" : "121";
    }
    return community->town                                      ? (urban ? "112" : "122")
           : land->townships[community->township].seat == index ? "210"
                                                                : "220";
}

/* ---- One county under construction ---- */

/* Where a public school of one stage will stand. */
struct spot {
    uint32_t community;
    uint32_t catchment; /* in the county's list of the stage */
    bool taken;         /* by a nine-year school that stands for both stages */
};

struct county_plan {
    struct arena *arena;
    const struct land *land;
    uint32_t county;
    uint32_t wanted[SCHOOL_KINDS][2];
    size_t catchments[STAGE_COUNT];
    struct spot *spots[STAGE_COUNT];
    size_t nspots[STAGE_COUNT];
    uint32_t *labels[STAGE_COUNT]; /* per site: catchment in the county's list */
};

/* n different sites of the county with room, drawn by weight: mostly where many children are. */
static size_t draw_seeds(struct county_plan *plan, const uint8_t *room, const uint32_t *weights, struct dice *dice,
                         uint32_t *seeds, size_t n)
{
    const struct mesh *mesh = plan->land->mesh;
    uint32_t *left = ARENA_ARRAY(plan->arena, uint32_t, mesh->nsites);
    size_t sites = 0;
    for (size_t s = 0; s < mesh->nsites; s++) {
        left[s] = room[s] ? weights[s] * 4 + 1 : 0;
        sites += room[s];
    }
    n = n < sites ? n : sites;
    for (size_t i = 0; i < n; i++) {
        seeds[i] = (uint32_t)dice_weighted(dice, left, mesh->nsites);
        left[seeds[i]] = 0;
    }
    return n;
}

/* How many schools share each catchment: one, or groups of two to five. */
static size_t group_sizes(struct county_plan *plan, size_t schools, bool shared, struct dice *dice, size_t *sizes)
{
    size_t groups = 0;
    while (schools > 0) {
        size_t size = shared ? (size_t)dice_between(dice, 2, 5) : 1;
        if (shared && (schools <= 5 || size + 2 > schools)) {
            size = schools <= 5 ? schools : 2;
        }
        sizes[groups++] = size;
        schools -= size;
    }
    (void)plan;
    return groups;
}

/* Catchments of a stage, and in each the places of its schools. */
static void divide_stage(struct county_plan *plan, enum stage stage, size_t schools, bool shared, struct dice *dice)
{
    const struct land *land = plan->land;
    const struct mesh *mesh = land->mesh;
    struct arena *arena = plan->arena;
    uint8_t *room = ARENA_ARRAY(arena, uint8_t, mesh->nsites);
    uint32_t *weights = ARENA_ARRAY(arena, uint32_t, mesh->nsites);
    for (size_t s = 0; s < mesh->nsites; s++) {
        room[s] = land->site_county[s] == plan->county;
        weights[s] = room[s] ? land->communities[land->site_community[s]].children[stage] : 0;
    }
    size_t *sizes = ARENA_ARRAY(arena, size_t, schools + 1);
    size_t groups = group_sizes(plan, schools, shared, dice, sizes);
    uint32_t *seeds = ARENA_ARRAY(arena, uint32_t, groups + 1);
    uint32_t *labels = ARENA_ARRAY(arena, uint32_t, mesh->nsites);
    groups = draw_seeds(plan, room, weights, dice, seeds, groups);
    land_settle(mesh, room, weights, seeds, NULL, groups, 4, labels);
    plan->labels[stage] = labels;
    plan->catchments[stage] = groups;
    plan->spots[stage] = ARENA_ARRAY(arena, struct spot, schools + 1);

    uint8_t *part = ARENA_ARRAY(arena, uint8_t, mesh->nsites);
    uint32_t *inner = ARENA_ARRAY(arena, uint32_t, mesh->nsites);
    uint32_t inner_seeds[8];
    for (uint32_t g = 0; g < groups; g++) {
        size_t here = 1;
        inner_seeds[0] = seeds[g];
        if (sizes[g] > 1) {
            for (size_t s = 0; s < mesh->nsites; s++) {
                part[s] = labels[s] == g;
            }
            here = draw_seeds(plan, part, weights, dice, inner_seeds, sizes[g]);
            land_settle(mesh, part, weights, inner_seeds, NULL, here, 3, inner);
        }
        for (size_t i = 0; i < sizes[g]; i++) {
            uint32_t site = inner_seeds[i % here];
            plan->spots[stage][plan->nspots[stage]++] =
                (struct spot){ .community = land->site_community[site], .catchment = g };
        }
    }
}

/* ---- Schools of a county ---- */

static struct school *add_school(struct schools *schools, const struct county_plan *plan, enum school_kind kind,
                                 bool private_school, uint32_t community)
{
    struct school *school = &schools->items[schools->n++];
    *school = (struct school){ .kind = kind,
                               .private_school = private_school,
                               .county = plan->county,
                               .community = community,
                               .catchment = { MESH_NONE, MESH_NONE } };
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        school->serves[stage] = KINDS[kind].serves[stage];
    }
    return school;
}

/* A nine-year school takes a junior spot, and in the primary catchment around it that catchment's spot. */
static void add_nine_year(struct schools *schools, struct county_plan *plan, const size_t first[STAGE_COUNT],
                          struct dice *dice)
{
    size_t start = (size_t)dice_below(dice, plan->nspots[STAGE_JUNIOR]);
    size_t added = 0;
    for (size_t i = 0; i < plan->nspots[STAGE_JUNIOR] && added < plan->wanted[SCHOOL_NINE][0]; i++) {
        struct spot *junior = &plan->spots[STAGE_JUNIOR][(start + i) % plan->nspots[STAGE_JUNIOR]];
        uint32_t site = plan->land->communities[junior->community].site;
        for (size_t k = 0; k < plan->nspots[STAGE_PRIMARY]; k++) {
            struct spot *primary = &plan->spots[STAGE_PRIMARY][k];
            if (!primary->taken && primary->catchment == plan->labels[STAGE_PRIMARY][site]) {
                struct school *school = add_school(schools, plan, SCHOOL_NINE, false, junior->community);
                school->catchment[STAGE_PRIMARY] = (uint32_t)first[STAGE_PRIMARY] + primary->catchment;
                school->catchment[STAGE_JUNIOR] = (uint32_t)first[STAGE_JUNIOR] + junior->catchment;
                primary->taken = junior->taken = true;
                added++;
                break;
            }
        }
    }
}

static void add_public(struct schools *schools, struct county_plan *plan, const size_t first[STAGE_COUNT],
                       struct dice *dice)
{
    if (plan->nspots[STAGE_JUNIOR] > 0) {
        add_nine_year(schools, plan, first, dice);
    }
    size_t complete = plan->wanted[SCHOOL_COMPLETE][0];
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        for (size_t i = 0; i < plan->nspots[stage]; i++) {
            const struct spot *spot = &plan->spots[stage][i];
            if (spot->taken) {
                continue;
            }
            enum school_kind kind = stage == STAGE_PRIMARY ? SCHOOL_PRIMARY : SCHOOL_JUNIOR;
            if (stage == STAGE_JUNIOR && complete > 0 && plan->land->communities[spot->community].town) {
                kind = SCHOOL_COMPLETE;
                complete--;
            }
            struct school *school = add_school(schools, plan, kind, false, spot->community);
            school->catchment[stage] = (uint32_t)first[stage] + spot->catchment;
        }
    }
}

/* Private and senior schools stand in the towns. */
static void add_free(struct schools *schools, struct county_plan *plan, struct dice *dice)
{
    const struct land_county *county = &plan->land->counties[plan->county];
    uint32_t *weights = ARENA_ARRAY(plan->arena, uint32_t, county->ncommunities);
    for (uint32_t i = 0; i < county->ncommunities; i++) {
        const struct land_community *community = &plan->land->communities[county->first_community + i];
        weights[i] = (community->children[0] + community->children[1] + 1) * (community->town ? 5 : 1);
    }
    for (int kind = 0; kind < SCHOOL_KINDS; kind++) {
        for (int owner = kind == SCHOOL_SENIOR ? 0 : 1; owner < 2; owner++) {
            for (uint32_t i = 0; i < plan->wanted[kind][owner]; i++) {
                uint32_t at = (uint32_t)dice_weighted(dice, weights, county->ncommunities);
                add_school(schools, plan, kind, owner == 1, county->first_community + at);
            }
        }
    }
}

/* ---- Names, numbers, places ---- */

static bool describe(struct arena *arena, const struct land *land, struct frame *frame, struct school *school,
                     size_t number, unsigned in_township, struct dice *dice, struct error *error)
{
    const struct land_community *community = &land->communities[school->community];
    const struct division *township = land->townships[community->township].division;
    const struct division *county = land->counties[community->county].division;
    struct name place = name_place(arena, township->name);
    school->name.zh =
        arena_printf(arena, "%.*s%s第%.*s%s", STR_ARG(place.zh), school->private_school ? "民办示例" : "示例",
                     STR_ARG(name_number(arena, in_township)), KINDS[school->kind].zh);
    school->name.en =
        arena_printf(arena, "%.*s %s %s No. %u", STR_ARG(place.en),
                     school->private_school ? "Private Sample" : "Sample", KINDS[school->kind].en, in_township);
    school->code = arena_printf(arena, "%s37%06zu", KINDS[school->kind].class2, 900000 + number);
    school->address =
        arena_printf(arena, "%.*s%.*s%.*s%.*s%lld号", STR_ARG(county->name.zh), STR_ARG(township->name.zh),
                     STR_ARG(community->name.zh), STR_ARG(community->road), (long long)dice_between(dice, 1, 299));
    school->phone = arena_printf(arena, "0635-000%04zu", number % 10000);
    school->at = (struct point){ community->at.east + dice_between(dice, -90, 90),
                                 community->at.north + dice_between(dice, -90, 90) };
    struct point decimetres = { school->at.east * 10, school->at.north * 10 };
    return frame_degrees(frame, decimetres, &school->lon_e6, &school->lat_e6, error);
}

static bool describe_schools(struct arena *arena, const struct land *land, struct frame *frame, struct schools *schools,
                             struct error *error)
{
    uint32_t(*counts)[SCHOOL_KINDS][2] = arena_array(arena, land->ntownships, sizeof *counts);
    for (size_t i = 0; i < schools->n; i++) {
        struct school *school = &schools->items[i];
        struct dice dice = dice_of(land->seed, "school", i);
        uint32_t township = land->communities[school->community].township;
        unsigned in_township = ++counts[township][school->kind][school->private_school];
        if (!describe(arena, land, frame, school, i + 1, in_township, &dice, error)) {
            return false;
        }
    }
    return true;
}

/* ---- City, town, country ---- */

struct rurality {
    uint32_t school;
    uint32_t order; /* 0: a village … 5: the city's middle; then by how far from the county's seat */
    int64_t distance;
};

static int more_rural(const void *left, const void *right)
{
    const struct rurality *a = left, *b = right;
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    if (a->distance != b->distance) {
        return a->distance > b->distance ? -1 : 1;
    }
    return a->school < b->school ? -1 : a->school > b->school;
}

/* The statistics say of how many schools the place is rural: those that lie furthest out. */
static void set_place_kinds(struct arena *arena, const struct land *land, uint32_t per_million, struct schools *schools)
{
    static const char *const ORDER[] = { "220", "210", "122", "121", "112", "111" };
    struct rurality *list = ARENA_ARRAY(arena, struct rurality, schools->n);
    size_t n = 0, rural = (size_t)(((uint64_t)RURAL_SCHOOLS_OF_CITY * per_million + 500000) / 1000000);
    for (uint32_t i = 0; i < schools->n; i++) {
        struct school *school = &schools->items[i];
        school->place_kind = community_place_kind(land, school->community);
        uint32_t order = 0;
        while (strcmp(ORDER[order], school->place_kind) != 0) {
            order++;
        }
        if (school_is_compulsory(school)) {
            list[n++] = (struct rurality){
                i, order, point_distance(land->communities[school->community].at, land->counties[school->county].seat)
            };
        }
    }
    qsort(list, n, sizeof *list, more_rural);
    for (size_t i = 0; i < n; i++) {
        struct school *school = &schools->items[list[i].school];
        bool urban = land->counties[school->county].urban;
        if (i < rural && list[i].order > 1) {
            school->place_kind = "210";
        } else if (i >= rural && list[i].order < 2) {
            school->place_kind = urban ? "112" : "122";
        }
    }
}

static bool draw_catchment(struct arena *arena, struct arena *scratch, const struct land *land, struct frame *frame,
                           const struct county_plan *plan, enum stage stage, uint32_t label, struct demo_catchment *out,
                           struct error *error)
{
    struct ring *rings;
    size_t n;
    mesh_outline(scratch, land->mesh, plan->labels[stage], label, &rings, &n);
    bool ok = frame_geojson(frame, arena, rings, n, &out->shape, error);
    arena_reset(scratch);
    return ok;
}

static void name_catchment(struct arena *arena, const struct schools *schools, struct demo_catchment *catchment)
{
    const struct school *first = &schools->items[catchment->schools[0]];
    const char *zh = catchment->nschools > 1 ? "片区" : "招生范围";
    const char *en = catchment->nschools > 1 ? "and neighbours: shared catchment" : "catchment";
    catchment->name.zh =
        arena_printf(arena, "%.*s%s%s", STR_ARG(first->name.zh), catchment->nschools > 1 ? "等" : "", zh);
    catchment->name.en = arena_printf(arena, "%.*s %s", STR_ARG(first->name.en), en);
}

/* ---- All of it ---- */

/* The county's catchments into the city's list, with their schools, shapes and children. */
static bool list_catchments(struct arena *arena, struct frame *frame, struct schools *schools,
                            const struct county_plan *plan, size_t first_school, struct error *error)
{
    const struct land *land = plan->land;
    const struct land_county *county = &land->counties[plan->county];
    struct arena *scratch = arena_new(0);
    bool ok = true;
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        for (uint32_t label = 0; ok && label < plan->catchments[stage]; label++) {
            uint32_t index = (uint32_t)schools->ncatchments++;
            struct demo_catchment *catchment = &schools->catchments[index];
            *catchment = (struct demo_catchment){ .stage = (enum stage)stage, .county = plan->county };
            catchment->schools = ARENA_ARRAY(arena, uint32_t, 16);
            for (size_t i = first_school; i < schools->n; i++) {
                if (schools->items[i].catchment[stage] == index && catchment->nschools < 16) {
                    catchment->schools[catchment->nschools++] = (uint32_t)i;
                }
            }
            for (uint32_t i = 0; i < county->ncommunities; i++) {
                uint32_t community = county->first_community + i;
                if (plan->labels[stage][land->communities[community].site] == label) {
                    schools->home[stage][community] = index;
                    catchment->children += land->communities[community].children[stage];
                }
            }
            ok = draw_catchment(arena, scratch, land, frame, plan, (enum stage)stage, label, catchment, error);
        }
    }
    arena_free(scratch);
    return ok;
}

static bool build_county(struct arena *arena, const struct city *city, struct frame *frame, struct county_plan *plan,
                         struct schools *schools, struct error *error)
{
    const struct land_county *county = &plan->land->counties[plan->county];
    struct dice dice = dice_of(plan->land->seed, "schools of county", plan->county);
    size_t first[STAGE_COUNT];
    size_t next = schools->ncatchments;
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        const struct policy *policy = city_policy(city, county->division->code, (enum stage)stage);
        if (!policy) {
            return error_set(error, "the city has no admission policy for county %.*s, stage %s",
                             STR_ARG(county->division->code), stage_id((enum stage)stage));
        }
        bool shared = policy->catchments == CATCHMENTS_SHARED;
        size_t wanted = plan->wanted[SCHOOL_NINE][0];
        wanted += stage == STAGE_PRIMARY ? plan->wanted[SCHOOL_PRIMARY][0]
                                         : plan->wanted[SCHOOL_JUNIOR][0] + plan->wanted[SCHOOL_COMPLETE][0];
        size_t least = shared ? 4 : 2;
        divide_stage(plan, (enum stage)stage, wanted > least ? wanted : least, shared, &dice);
        first[stage] = next;
        next += plan->catchments[stage];
    }
    size_t first_school = schools->n;
    add_public(schools, plan, first, &dice);
    add_free(schools, plan, &dice);
    return list_catchments(arena, frame, schools, plan, first_school, error);
}

/* Each kind's schools over the counties, by children; a county never gets more public schools than communities. */
static void share_schools(struct arena *arena, const struct land *land, uint32_t per_million, struct county_plan *plans)
{
    uint32_t *weights = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    uint32_t *parts = ARENA_ARRAY(arena, uint32_t, land->ncounties);
    for (size_t c = 0; c < land->ncounties; c++) {
        weights[c] = land->counties[c].children;
    }
    for (int kind = 0; kind < SCHOOL_KINDS; kind++) {
        for (int owner = 0; owner < 2; owner++) {
            uint64_t total = ((uint64_t)SCHOOLS_OF_CITY[kind][owner] * per_million + 500000) / 1000000;
            if (total == 0 && SCHOOLS_OF_CITY[kind][owner] > 0) {
                total = 1; /* every kind is there at any size */
            }
            land_share(arena, (size_t)total, weights, land->ncounties, parts);
            for (size_t c = 0; c < land->ncounties; c++) {
                plans[c].wanted[kind][owner] = parts[c];
            }
        }
    }
}

static bool build(struct arena *arena, struct arena *scratch, const struct city *city, const struct land *land,
                  uint32_t per_million, struct frame *frame, struct schools *schools, struct error *error)
{
    struct county_plan *plans = ARENA_ARRAY(arena, struct county_plan, land->ncounties);
    share_schools(arena, land, per_million, plans);
    size_t most = 64;
    for (size_t c = 0; c < land->ncounties; c++) {
        for (int kind = 0; kind < SCHOOL_KINDS; kind++) {
            most += plans[c].wanted[kind][0] * 2 + plans[c].wanted[kind][1] + 4;
        }
    }
    schools->items = ARENA_ARRAY(arena, struct school, most);
    schools->catchments = ARENA_ARRAY(arena, struct demo_catchment, most);
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        schools->home[stage] = ARENA_ARRAY(arena, uint32_t, land->ncommunities);
    }
    for (uint32_t c = 0; c < land->ncounties; c++) {
        plans[c].arena = scratch;
        plans[c].land = land;
        plans[c].county = c;
        if (!build_county(arena, city, frame, &plans[c], schools, error)) {
            return false;
        }
        arena_reset(scratch);
    }
    if (!describe_schools(arena, land, frame, schools, error)) {
        return false;
    }
    for (size_t i = 0; i < schools->ncatchments; i++) {
        name_catchment(arena, schools, &schools->catchments[i]);
    }
    set_place_kinds(scratch, land, per_million, schools);
    plans_make(arena, city, land, schools);
    return true;
}

bool schools_new(struct arena *arena, const struct city *city, const struct land *land, uint32_t per_million,
                 struct schools **schools, struct error *error)
{
    struct frame *frame = NULL;
    if (!frame_open(&frame, error)) {
        return false;
    }
    struct schools *made = ARENA_NEW(arena, struct schools);
    struct arena *scratch = arena_new(1 << 20);
    bool ok = build(arena, scratch, city, land, per_million, frame, made, error);
    arena_free(scratch);
    frame_close(frame);
    if (ok) {
        *schools = made;
    }
    return ok;
}
