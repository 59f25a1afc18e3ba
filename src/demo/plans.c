/* See plans.h. */
#include "demo/plans.h"

#include "demo/dice.h"

#include <stdlib.h>

enum {
    SOUGHT_IN_TEN_THOUSAND = 3800, /* of public schools in towns have fewer places than children around them */
    PRIVATE_PERMILLE = 55,         /* of a county's children fit into its private schools */
};

static uint32_t at_least_one(uint64_t n)
{
    return n > 0 ? (uint32_t)n : 1;
}

/* A public school's part of its catchment's children; the first takes what does not divide. */
static void share_demand(struct schools *schools)
{
    for (size_t i = 0; i < schools->ncatchments; i++) {
        const struct demo_catchment *catchment = &schools->catchments[i];
        for (size_t k = 0; k < catchment->nschools; k++) {
            struct school *school = &schools->items[catchment->schools[k]];
            uint32_t n = (uint32_t)catchment->nschools;
            school->demand[catchment->stage] = catchment->children / n + (k < catchment->children % n);
        }
    }
}

static void plan_public(const struct land *land, struct school *school, enum stage stage, struct dice *dice)
{
    uint64_t demand = school->demand[stage];
    uint64_t size = school->class_size[stage];
    bool town = land->communities[school->community].town;
    school->sought[stage] = town && demand > size && dice_chance(dice, SOUGHT_IN_TEN_THOUSAND);
    if (school->sought[stage]) {
        uint64_t wanted = demand * (uint64_t)dice_between(dice, 74, 94) / 100;
        school->classes[stage] = at_least_one(wanted / size);
        /* A small school has one class less than it would need, at most. */
        school->sought[stage] = school_places(school, stage) < demand;
    } else {
        uint64_t wanted = demand * (uint64_t)dice_between(dice, 100, 114) / 100;
        school->classes[stage] = at_least_one((wanted + size - 1) / size);
    }
}

static void plan_private(const struct land *land, const struct schools *schools, struct school *school,
                         enum stage stage)
{
    uint64_t children = 0, others = 0;
    const struct land_county *county = &land->counties[school->county];
    for (uint32_t i = 0; i < county->ncommunities; i++) {
        children += land->communities[county->first_community + i].children[stage];
    }
    for (size_t i = 0; i < schools->n; i++) {
        const struct school *other = &schools->items[i];
        others += other->county == school->county && other->private_school && other->serves[stage];
    }
    uint64_t places = children * PRIVATE_PERMILLE / 1000;
    uint64_t size = school->class_size[stage];
    school->classes[stage] = at_least_one((places + others * size / 2) / (others * size));
    school->demand[stage] = school_places(school, stage);
}

/* The public school of a county that is fullest and not meant to be short. */
static struct school *fullest(struct schools *schools, uint32_t county, enum stage stage)
{
    struct school *best = NULL;
    for (size_t i = 0; i < schools->n; i++) {
        struct school *school = &schools->items[i];
        if (school->county != county || school->private_school || !school->serves[stage] || school->sought[stage]) {
            continue;
        }
        if (!best || (uint64_t)school->demand[stage] * school_places(best, stage) >
                         (uint64_t)best->demand[stage] * school_places(school, stage)) {
            best = school;
        }
    }
    return best;
}

/* A place for every child: classes are added where it is fullest. */
static void complete_county(const struct land *land, struct schools *schools, uint32_t county, enum stage stage)
{
    uint64_t children = 0, places = 0;
    for (uint32_t i = 0; i < land->counties[county].ncommunities; i++) {
        children += land->communities[land->counties[county].first_community + i].children[stage];
    }
    for (size_t i = 0; i < schools->n; i++) {
        const struct school *school = &schools->items[i];
        if (school->county == county && !school->private_school && school->serves[stage]) {
            places += school_places(school, stage);
        }
    }
    while (places < children) {
        struct school *school = fullest(schools, county, stage);
        if (!school) { /* all are sought: one is enlarged */
            for (size_t i = 0; !school && i < schools->n; i++) {
                struct school *other = &schools->items[i];
                if (other->county == county && !other->private_school && other->serves[stage]) {
                    school = other;
                    school->sought[stage] = false;
                }
            }
        }
        school->classes[stage]++;
        places += school->class_size[stage];
    }
}

/* ---- Last year's cut-offs ---- */

struct house {
    int64_t distance;
    uint32_t children;
};

static int by_distance(const void *a, const void *b)
{
    const struct house *x = a;
    const struct house *y = b;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

/* How far `n` children of the catchment reach, nearest first. */
static int64_t reach_of(struct arena *arena, const struct land *land, const struct schools *schools,
                        const struct school *school, enum stage stage, uint64_t n)
{
    const struct land_county *county = &land->counties[school->county];
    struct house *houses = ARENA_ARRAY(arena, struct house, county->ncommunities);
    size_t count = 0;
    for (uint32_t i = 0; i < county->ncommunities; i++) {
        uint32_t community = county->first_community + i;
        if (schools->home[stage][community] == school->catchment[stage]) {
            houses[count++] = (struct house){ point_distance(land->communities[community].at, school->at),
                                              land->communities[community].children[stage] };
        }
    }
    qsort(houses, count, sizeof *houses, by_distance);
    int64_t distance = 0;
    for (size_t i = 0; i < count && n > 0; i++) {
        distance = houses[i].distance;
        n -= n < houses[i].children ? n : houses[i].children;
    }
    return distance;
}

/* Last year's children came in much the same proportions: of a thousand, so many with these facts. */
#define HERE (FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT) | FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY))
#define HOME (FACT_BIT(FACT_DWELLING_IN_CATCHMENT) | FACT_BIT(FACT_DWELLING_IN_COUNTY))
static const struct {
    uint32_t facts;
    uint32_t of_thousand;
} LAST_YEAR[] = {
    { HERE | HOME | FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_POLICY_GROUP), 13 },
    { HERE | HOME | FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_DISABILITY), 6 },
    { HERE | HOME | FACT_BIT(FACT_OWNS_ALL), 560 },
    { HERE | HOME | FACT_BIT(FACT_OWNS_PART), 90 },
    { HERE | HOME | FACT_BIT(FACT_OWNS_NONE), 150 },
    { FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | HOME | FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_EMPLOYMENT), 85 },
    { HOME | FACT_BIT(FACT_OWNS_ALL), 26 },
    { HOME | FACT_BIT(FACT_OWNS_NONE) | FACT_BIT(FACT_RESIDENCE_PERMIT) | FACT_BIT(FACT_EMPLOYMENT), 70 },
};
enum { LAST_YEARS = sizeof LAST_YEAR / sizeof *LAST_YEAR };

struct group {
    uint32_t rank;
    size_t category, subrank;
    uint32_t of_thousand;
};

static int by_rank(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;
    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    if (x->subrank != y->subrank) {
        return x->subrank < y->subrank ? -1 : 1;
    }
    return (x->category > y->category) - (x->category < y->category);
}

/* The group in which the places ended, and how far into it they reached; empty when all had a place. */
static struct str cutoff_of(struct arena *arena, struct arena *scratch, const struct policy *policy,
                            const struct land *land, const struct schools *schools, const struct school *school,
                            enum stage stage, struct dice *dice)
{
    struct group groups[LAST_YEARS];
    for (size_t i = 0; i < LAST_YEARS; i++) {
        policy_category(policy, LAST_YEAR[i].facts, &groups[i].category, &groups[i].subrank);
        groups[i].rank = policy->categories[groups[i].category].rank;
        groups[i].of_thousand = LAST_YEAR[i].of_thousand;
    }
    qsort(groups, LAST_YEARS, sizeof *groups, by_rank);
    uint64_t places = school_places(school, stage);
    uint64_t last_year = (uint64_t)school->demand[stage] * (uint64_t)dice_between(dice, 94, 106) / 100;
    uint64_t passed = 0;
    for (size_t i = 0; i < LAST_YEARS; i++) {
        uint64_t here = last_year * groups[i].of_thousand / 1000;
        if (passed + here > places) {
            uint64_t part = (places - passed) * 1000 / groups[i].of_thousand;
            int64_t distance = reach_of(scratch, land, schools, school, stage, part);
            return arena_printf(arena, "%zu %zu %lld", groups[i].category, groups[i].subrank, (long long)distance);
        }
        passed += here;
    }
    return (struct str){ NULL, 0 };
}

void plans_make(struct arena *arena, const struct city *city, const struct land *land, struct schools *schools)
{
    struct arena *scratch = arena_new(0);
    share_demand(schools);
    for (int s = 0; s < STAGE_COUNT; s++) {
        enum stage stage = (enum stage)s;
        for (size_t i = 0; i < schools->n; i++) {
            struct school *school = &schools->items[i];
            if (!school->serves[stage]) {
                continue;
            }
            struct dice dice = dice_of(land->seed, stage_id(stage), i);
            const struct policy *policy = city_policy(city, land->counties[school->county].division->code, stage);
            school->class_size[stage] = policy->class_size;
            if (school->private_school) {
                plan_private(land, schools, school, stage);
            } else {
                plan_public(land, school, stage, &dice);
            }
        }
        for (uint32_t c = 0; c < land->ncounties; c++) {
            complete_county(land, schools, c, stage);
        }
        for (size_t i = 0; i < schools->n; i++) {
            struct school *school = &schools->items[i];
            struct dice dice = dice_of(land->seed, "last year", i * STAGE_COUNT + (size_t)s);
            const struct policy *policy = city_policy(city, land->counties[school->county].division->code, stage);
            if (school->serves[stage] && !school->private_school) {
                school->cutoff[stage] = cutoff_of(arena, scratch, policy, land, schools, school, stage, &dice);
                arena_reset(scratch);
            }
        }
    }
    arena_free(scratch);
}
