/* What the pages of a result show: the family's own, and the public's by receipt. */
#ifndef PLACES_FAMILY_RESULT_H
#define PLACES_FAMILY_RESULT_H

#include "places/explain.h"
#include "places/family/appeal.h"

extern const struct route result_routes[];
extern const size_t result_route_count;

struct result_view {
    struct status_view *status; /* NULL on the public page */
    struct explanation *why;
    struct str round;
    bool published;
    bool can_answer; /* a place is held and the time has not passed */
    bool can_return; /* a confirmed place can be given back */
    int64_t round_id;
    struct appeals appeals;
};

/* The choices of an explanation with their sentences, as a component. */
void explanation_body(struct page *page, const struct explanation *why);

#endif
