/* The result of a round: what the step `allot` wrote, and what the public may see of it.
 *
 * The step builds the problem from the final list, checks that its root is the published one, derives the lots from
 * the seed, runs (allot/allot.h), writes the transcript, verifies that file from its bytes as any outsider would,
 * and only then keeps outcomes, cut-offs and counts. Every listed application is placed or named with a reason; those
 * that are not on the list are named by left_out.
 */
#ifndef PLACES_ALLOTMENT_H
#define PLACES_ALLOTMENT_H

#include "places/round_list.h"

/* A cut-off of an offer: who was last admitted by choice. */
struct cutoff_row {
    int64_t offer;
    struct str code;
    struct name school;
    bool public_school;
    int64_t capacity;                   /* the plan of the transcript, */
    int64_t to_late;                    /* with what the late round took over since */
    int64_t listed, admitted, balanced; /* asked for it at any rank; in by choice; sent by balance */
    bool full;                          /* by choice: the cut-off bites */
    bool any;                           /* somebody was admitted: the rest is filled */
    int64_t rank;                       /* of the choice, from 1 */
    int64_t category, subrank;
    bool sibling;
    int64_t distance;              /* metres, in whole steps */
    struct str lot;                /* 32 hex digits */
    int64_t added;                 /* admitted above the plan, for siblings together */
    struct kind_cutoff_row *kinds; /* of an offer that has kinds of places; the last one admitted stands there */
    size_t nkinds;
};
/* The same of one kind of place. */
struct kind_cutoff_row {
    int64_t kind, places, admitted;
    struct name name; /* of the policy */
    enum kind_whom whom;
    bool by_lot;
    bool full, any;
    bool other; /* members of the group stand first, and the last one is none */
    int64_t rank, category, subrank;
    bool sibling;
    int64_t distance;
    struct str lot;
};
/* Of a round that is published (any_state: from `allotted` on, for who looks), by the school's code. */
bool cutoff_list(struct db *db, struct places *places, struct arena *arena, int64_t round, bool any_state,
                 struct cutoff_row **out, size_t *n, struct error *error);

/* The kinds of one offer, whatever the round's state; n = 0: it has none. set: from the policy, for the names. */
bool kind_cutoffs(struct db *db, struct arena *arena, int64_t offer, const struct kind_set *set,
                  struct kind_cutoff_row **out, size_t *n, struct error *error);

struct admitted_row {
    int64_t offer;
    int64_t category; /* as in table choice: of a private school an index of private_classes */
    int64_t applied, admitted;
};
/* By school's code, then category. */
bool admitted_list(struct db *db, struct arena *arena, int64_t round, bool any_state, struct admitted_row **out,
                   size_t *n, struct error *error);

/* Numbers of the whole result. */
struct allotment_summary {
    bool allotted;
    int64_t listed, by_choice, first_choice, by_balance, unplaced;
    int64_t added;                            /* places above the plans, for siblings together */
    int64_t left_out;                         /* submitted, not on the list */
    int64_t greatest;                         /* metres, of balance */
    int64_t mean;                             /* metres, of balance */
    int64_t confirmed, held, declined, moved; /* since the publication */
};
/* The part that never changes (up to `mean`), in one read of one row. */
bool allotment_numbers(struct db *db, struct arena *arena, int64_t round, struct allotment_summary *out,
                       struct error *error);
bool allotment_summary(struct db *db, struct arena *arena, int64_t round, struct allotment_summary *out,
                       struct error *error);

/* One result, for its receipt (publication) or its officer. */
struct outcome_row {
    int64_t application;
    struct str receipt;
    int64_t offer; /* 0: none */
    struct name school;
    struct str how;   /* choice | balance | unplaced */
    int64_t rank;     /* from 1; 0: not by choice */
    int64_t kind;     /* of place, in the order of the offer's kinds */
    struct str claim; /* waiting held taken returned; empty: none */
};
bool outcome_get(struct db *db, struct arena *arena, int64_t application, struct outcome_row *out, bool *found,
                 struct error *error);
/* In order of the application's number, after `after`, at most `most`. offer 0: all; else of this offer; how empty:
 * all. */
bool outcome_list(struct db *db, struct arena *arena, int64_t round, int64_t offer, struct str how, int64_t after,
                  size_t most, struct outcome_row **out, size_t *n, struct error *error);

/* Submitted applications that are not on the final list, with why: refused, or not decided. */
struct left_out_row {
    int64_t application;
    struct str receipt;
    struct str review;  /* refused waiting correction counter none */
    struct str reasons; /* ids separated by blanks */
};
bool left_out_list(struct db *db, struct arena *arena, int64_t round, int64_t after, size_t most,
                   struct left_out_row **out, size_t *n, struct error *error);

/* ---- For round.c: the steps, inside their transaction ---- */

bool allotment_allot(struct writing *writing, struct round_advance *advance, const struct round *round,
                     struct error *error);
bool allotment_publish(struct writing *writing, struct round_advance *advance, const struct round *round,
                       struct error *error);

#endif
