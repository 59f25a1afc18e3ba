/* The public's pages: what is open, the rules, which school is mine, results, how to check. No session, no child. */
#ifndef PLACES_PUBLIC_H
#define PLACES_PUBLIC_H

#include "places/pages/common.h"
#include "places/sign.h"

extern const struct route public_routes[];
extern const size_t public_route_count;

struct home_round {
    int64_t id;
    struct name county;
    struct str county_code;
    enum stage stage;
    struct str state;
    struct text words; /* of the state */
    enum colour colour;
    int64_t opens_at, closes_at;
    int64_t submitted;
};
struct home_view {
    const struct city *city;
    struct home_round *rounds;
    size_t n;
    int64_t schools, open, published;
};

struct find_school {
    struct institution school;
    int64_t distance;
    bool primary;
};
struct find_place {
    struct community community;
    struct name township, county;
    struct find_school *schools;
    size_t nschools;
};
struct find_view {
    struct str query;
    struct find_place *places;
    size_t n;
};

struct school_round {
    int64_t round;
    struct str words;
    struct text state;
    int64_t classes, capacity, to_late; /* capacity: with what the late round took over */
    int64_t changes;
    struct str last_cutoff;
};
struct school_catchment {
    struct catchment catchment;
    struct community *communities;
    size_t n;
};
struct school_view {
    struct institution school;
    struct text kind;
    struct name division, county;
    struct school_round *rounds;
    size_t nrounds;
    struct school_catchment *catchments;
    size_t ncatchments;
};

struct rules_row {
    struct name county;
    struct str code;
    bool has[STAGE_COUNT];
    struct text mechanism[STAGE_COUNT];
};
struct rules_view {
    struct rules_row *rows;
    size_t n;
};
struct policy_view {
    const struct policy *policy;
    const struct city *city;
    struct name county;
    int64_t version; /* 0: of the folder */
    struct str hash;
    struct str text; /* the YAML */
};

/* 0 … MOMENT_COUNT - 1, for loops of pages. */
extern const int every_moment[MOMENT_COUNT];

/* The state of a round in words, for the public. */
struct text round_state_words(struct str state, enum colour *colour);

/* The keys that sign rounds. */
struct keys_view {
    struct round_key *keys;
    size_t n;
};

#endif
