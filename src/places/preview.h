/* What if? The allotment on the list as it stands with other capacities, by the same engine, with a fixed rehearsal
 * seed that no draw will ever have. Reads only: nothing is written anywhere, so live rows cannot be touched. Base and
 * what-if draw the same lots, so what differs comes from the plan alone.
 */
#ifndef PLACES_PREVIEW_H
#define PLACES_PREVIEW_H

#include "places/round_list.h"

struct preview_edit {
    int64_t offer;
    int64_t capacity;
};

/* A kind of place of a school, before and after. */
struct preview_kind {
    struct name name;
    int64_t places, places_if, admitted, admitted_if;
    bool full, full_if;
    bool any, any_if;
    int64_t category, category_if, subrank, subrank_if;
};
struct preview_school {
    int64_t offer;
    struct name school;
    bool public_school;
    int64_t capacity, capacity_if;
    int64_t listed;                /* who asked for it at any rank */
    int64_t placed, placed_if;     /* by choice and by balance */
    int64_t balanced, balanced_if; /* of them by balance */
    int64_t gained, lost;          /* children who listed it first and are better, worse off */
    bool full, full_if;
    bool any, any_if; /* is there a cut-off; then: */
    int64_t category, category_if;
    int64_t subrank, subrank_if;
    struct preview_kind *kinds; /* the cut-offs stand there; none: the school's own */
    size_t nkinds;
};
struct preview_category {
    int64_t category; /* of the first public choice; of who has none, -1 */
    int64_t children, gained, lost, first, first_if, balanced, balanced_if, unplaced, unplaced_if;
};
struct preview_child {
    int64_t application;
    struct str receipt;
    int64_t offer, offer_if; /* 0: none */
    bool gains;
};
struct preview_total {
    int64_t first, choice, balance, unplaced;
    int64_t added;    /* places above the plans, for siblings together */
    int64_t greatest; /* metres, of balance */
    int64_t total;    /* metres, of balance */
};
struct preview {
    int64_t applicants;
    struct preview_total base, what_if;
    int64_t gained, lost;           /* children better off, worse off */
    struct preview_school *schools; /* by code */
    size_t nschools;
    struct preview_category *categories;
    size_t ncategories;
    struct preview_child *children; /* who gains or loses; NULL unless asked for */
    size_t nchildren;
    int64_t took_us;
};

struct preview_question {
    struct places *places;
    int64_t round;
    const struct preview_edit *edits; /* none: the preview "as it stands", base = what-if */
    size_t nedits;
    bool with_children;        /* receipts: for the officer in scope */
    const unsigned char *seed; /* 32 bytes; NULL: the rehearsal seed */
};
/* An edit of an offer that is not of the round is an error. */
bool preview_run(struct db *db, struct arena *arena, const struct preview_question *question, struct preview *out,
                 struct error *error);

#endif
