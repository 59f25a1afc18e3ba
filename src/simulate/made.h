/* Made-up families for a trial: where there is no data, or to see what correlated wishes do. The model
 * (docs/simulate.md): utility of school j for child i = c · quality(j) + (1 − c) · taste(i, j) − distance(i, j) / 2 km
 * with quality and taste drawn alike (mean 0, deviation 1) and c the correlation. */
#ifndef SIMULATE_MADE_H
#define SIMULATE_MADE_H

#include "simulate/trial.h"

struct made_settings {
    uint32_t children, schools, wishes;
    double correlation; /* 0: every child has its own taste; 1: all agree on which school is good */
    double supply;      /* places for each child */
    double twins;       /* share of the tickets that are two children */
    double kept;        /* share of each school's places kept for children from elsewhere … */
    uint64_t seed;
};

/* Into *out, all in the arena. False when the settings make no sense. */
bool made_families(struct arena *arena, const struct made_settings *settings, struct trial_input *out,
                   struct error *error);

#endif
