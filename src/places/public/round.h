/* What the public sees of a round, and of a result by its receipt. */
#ifndef PLACES_PUBLIC_ROUND_H
#define PLACES_PUBLIC_ROUND_H

#include "places/allotment.h"
#include "places/explain.h"
#include "places/offer.h"
#include "places/public/public.h"
#include "places/sample.h"
#include "places/witness.h"

extern const struct route public_round_routes[];
extern const size_t public_round_route_count;

struct public_round_view {
    struct round *round;
    struct str words;
    struct round_step_row *steps;
    size_t nsteps;
    struct witness_row *witnesses;
    size_t nwitnesses;
    struct offer_row *offers;
    size_t noffers;
    struct offer_change *changes;
    size_t nchanges;
    struct allotment_summary summary;
    struct sample_numbers sample;
    const struct policy *policy;
    bool transcript; /* there is a file to download */
};
struct cutoffs_view {
    struct round *round;
    struct str words;
    struct cutoff_row *rows;
    size_t n;
    struct admitted_row *admitted;
    size_t nadmitted;
    const struct policy *policy;
    bool kinds; /* some school has several kinds of places */
};
struct hand_in_view {
    struct round *round;
    struct str words;
    struct witness_row *witnesses;
    size_t nwitnesses;
    bool committing, opening; /* what is taken now */
    bool done;                /* just handed in */
};
struct check_view {
    struct str typed;
    bool asked;
    bool malformed, found, published;
    struct explanation *why;
    struct str round;
    int64_t round_id;
    struct text state;
};

#endif
