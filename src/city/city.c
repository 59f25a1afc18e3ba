/* Lookups in a city that has been read. See city.h. */
#include "city/city.h"

void city_free(struct city *city)
{
    if (city) {
        arena_free(city->arena); /* which holds the struct itself */
    }
}

/* Index of the first division whose code is not before this one. */
static size_t lower_bound(const struct city *city, struct str code)
{
    size_t from = 0, to = city->ndivisions;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (str_cmp(city->divisions[middle].code, code) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

const struct division *city_division(const struct city *city, struct str code)
{
    size_t i = lower_bound(city, code);
    return i < city->ndivisions && str_eq(city->divisions[i].code, code) ? &city->divisions[i] : NULL;
}

const struct division *city_next_child(const struct city *city, struct str parent, const struct division *after)
{
    const struct division *of = city_division(city, parent);
    if (!of) {
        return NULL;
    }
    struct str prefix = str_part(of->code, 0, of->level == DIVISION_CITY ? 4 : of->code.n);
    size_t i = after ? (size_t)(after - city->divisions) + 1 : lower_bound(city, prefix);
    for (; i < city->ndivisions && str_starts(city->divisions[i].code, prefix); i++) {
        if (str_eq(city->divisions[i].parent, parent)) {
            return &city->divisions[i];
        }
    }
    return NULL;
}

const struct division *city_county_of(const struct city *city, struct str code)
{
    const struct division *division = city_division(city, code);
    while (division && division->level == DIVISION_TOWNSHIP) {
        division = city_division(city, division->parent);
    }
    return division && division->level == DIVISION_COUNTY ? division : NULL;
}

const struct honour_kind *city_designation(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->ndesignations; i++) {
        if (str_eq(city->designations[i].id, id)) {
            return &city->designations[i];
        }
    }
    return NULL;
}

const struct policy *city_policy(const struct city *city, struct str county, enum stage stage)
{
    size_t from = 0, to = city->npolicies;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct policy *policy = city->policies[middle];
        int order = str_cmp(policy->county, county);
        if (order == 0 && policy->stage == stage) {
            return policy;
        }
        if (order < 0 || (order == 0 && policy->stage < stage)) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return NULL;
}

size_t city_authority_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->nauthorities; i++) {
        if (str_eq(city->authorities[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t city_paper_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->npapers; i++) {
        if (str_eq(city->papers[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t city_check_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->nchecks; i++) {
        if (str_eq(city->checks[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t city_dwelling_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->ndwellings; i++) {
        if (str_eq(city->dwellings[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t city_reason_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->nreasons; i++) {
        if (str_eq(city->reasons[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t city_purpose_index(const struct city *city, struct str id)
{
    for (size_t i = 0; i < city->npurposes; i++) {
        if (str_eq(city->purposes[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The checks that confirm some kind of dwelling. */
static uint32_t dwelling_checks(const struct city *city)
{
    uint32_t checks = 0;
    for (size_t i = 0; i < city->ndwellings; i++) {
        checks |= 1u << city->dwellings[i].check;
    }
    return checks;
}

uint32_t policy_checks_needed(const struct city *city, const struct policy *policy, size_t category, uint32_t facts,
                              size_t dwelling)
{
    uint32_t needed = policy->checks, possible = policy->categories[category].checks;
    uint32_t of_dwellings = dwelling_checks(city);
    for (size_t i = 0; i < city->nchecks; i++) {
        bool asked = possible & 1u << i;
        if (asked && of_dwellings & 1u << i) {
            asked = dwelling < city->ndwellings && city->dwellings[dwelling].check == i;
        } else if (asked && city->checks[i].yields) {
            asked = city->checks[i].yields & facts;
        }
        needed |= asked ? 1u << i : 0;
    }
    return needed;
}
