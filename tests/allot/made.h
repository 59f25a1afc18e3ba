/* Random problems for the tests of allot: any mechanism, any shape, from one number; and the same problem with its
 * applicants in another order. */
#ifndef TESTS_ALLOT_MADE_H
#define TESTS_ALLOT_MADE_H

#include "allot/allot.h"

struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *dice);
/* From 0 to below - 1; below > 0. */
uint32_t dice_below(struct dice *dice, uint32_t below);

struct made {
    struct allot_problem problem; /* its arrays are the ones below */
    struct allot_offer *offer;
    uint32_t *kind_from;
    struct allot_kind *kind;
    uint16_t *kind_group;
    struct allot_applicant *applicant;
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    uint32_t *choice_from;
    struct allot_choice *choice;
    uint32_t *reach_from;
    struct allot_reach *reach;
    struct allot_lot *lot;
    struct allot_lot *choice_lot;
};

struct shape {
    uint32_t applicants, offers, sites;
    uint32_t choices;    /* at most, each */
    uint32_t places;     /* at most, each offer */
    uint32_t priorities; /* how many different ones */
    uint32_t reach;      /* at most, each site */
    uint32_t steps;      /* below */
    enum allot_mechanism mechanism;
    bool balance, lot_per_offer;
    /* 0 everywhere: none of what follows */
    uint32_t kinds;  /* at most, each offer */
    uint32_t groups; /* how many different ones */
    uint32_t most;   /* places of one ticket */
    enum allot_together together;
};

/* A shape of a few applicants and offers, everything at random. */
struct shape small_shape(struct dice *dice);
/* The same, of all mechanisms, with kinds of places, groups and tickets of several places. */
struct shape rich_shape(struct dice *dice);
struct made *made_new(struct dice *dice, const struct shape *shape);
/* The same problem; applicant i of the copy is applicant order[i] of the original. */
struct made *made_shuffled(const struct made *made, const uint32_t *order);
void made_free(struct made *made);

#endif
