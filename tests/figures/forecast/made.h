/* A made-up city whose truth is known: counts, entrants and dwellings by given ratios, with or without chance. */
#ifndef TESTS_FORECAST_MADE_H
#define TESTS_FORECAST_MADE_H

#include "figures/forecast/model.h"

struct made_city {
    size_t communities, per_catchment; /* catchments of each stage = communities / per_catchment */
    size_t counties;
    int first_count, counts;                                /* years of next entry of the counts */
    double survival, entry[FORECAST_STAGES], private_share; /* the truth */
    double children;                                        /* of one cohort in one community */
    double noise;                                           /* 0: exact; else chance of about this many roots */
    uint64_t seed;
    int64_t homes; /* handed over in the first community of every tenth, each year */
    double per_home;
};

void made_data(struct arena *arena, const struct made_city *made, struct forecast_data *out);
extern const struct forecast_rules made_rules;

/* A small generator for tests (SplitMix64). */
uint64_t made_next(uint64_t *seed);
double made_share(uint64_t *seed); /* 0 … 1 */

#endif
