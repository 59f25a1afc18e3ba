/* The county's desk: rounds step by step, plans, calendar, policy, what-if; the city's overview; witnesses. */
#ifndef PLACES_COUNTY_H
#define PLACES_COUNTY_H

#include "places/offer.h"
#include "places/pages/common.h"
#include "places/preview.h"
#include "places/review.h"
#include "places/round.h"
#include "places/round_list.h"
#include "places/witness.h"

extern const struct route county_routes[];
extern const size_t county_route_count;
extern const struct route policy_routes[];
extern const size_t policy_route_count;
extern const struct route city_routes[];
extern const size_t city_route_count;

struct rounds_view {
    const struct city *city;
    struct round *rounds;
    size_t n;
    bool links; /* to the county's desk; else to the public page */
    int64_t applications, submitted, waiting, placed, unplaced;
};

struct round_view {
    struct round *round;
    struct str words;
    struct round_step_row *steps;
    size_t nsteps;
    struct round_step_row *taken[ROUND_STEPS]; /* by step; NULL: not taken */
    struct round_next next;
    bool due; /* the next step's time has come */
    struct witness_row *witnesses;
    size_t nwitnesses;
    int64_t opened; /* secrets */
    int64_t undecided;
    bool officer;
    bool acts;  /* may take the next step */
    bool codes; /* may give out codes to witnesses */
    bool demo;
    const struct policy *policy;
    struct name refusal; /* why the step was not taken; empty: none */
};

struct witness_code_view {
    struct round *round;
    struct str words;
    struct name witness;
    const char *code; /* NULL: it was shown before */
};
struct plan_view {
    struct round *round;
    struct str words;
    struct offer_row *offers;
    size_t n;
    struct offer_change *changes;
    size_t nchanges;
    const struct policy *policy;
    bool officer;
    int64_t *counts; /* [offer][category]: first wishes */
    size_t ncategories;
};
struct offer_view {
    struct round *round;
    struct str words;
    struct offer_row *offer;
};
struct dates_view {
    struct round *round;
    struct str words;
};
struct what_if_row {
    struct offer_row *offer;
    int64_t classes;                     /* asked for */
    const struct preview_school *result; /* NULL: not computed yet */
};
struct what_if_view {
    struct round *round;
    struct str words;
    struct what_if_row *rows;
    size_t n;
    const struct preview *preview; /* NULL: not computed yet */
    const struct policy *policy;   /* with a preview */
    bool kinds;                    /* some school has several kinds of places */
};
struct witness_round {
    struct round *round;
    struct str words;
    struct witness_row *mine;
    struct str secret; /* in a demo alone */
};
struct witness_view {
    struct witness_round *rounds;
    size_t n;
};

/* 0 … ROUND_STEPS - 1, for loops of pages. */
extern const int every_step[ROUND_STEPS];

/* The rounds of the session's scope. False: the reply was made. */
bool county_rounds_load(struct request *request, struct rounds_view *view);

#endif
