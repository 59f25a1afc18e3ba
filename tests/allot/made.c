#include "made.h"

#include "allot/sm3.h"

#include <stdlib.h>
#include <string.h>

uint64_t dice_next(struct dice *dice)
{
    uint64_t z = (dice->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t dice_below(struct dice *dice, uint32_t below)
{
    return (uint32_t)(dice_next(dice) % below);
}

static void *room(size_t count, size_t size)
{
    void *block = calloc(count + 1, size);
    if (block == NULL) {
        abort();
    }
    return block;
}

struct shape small_shape(struct dice *dice)
{
    struct shape shape = {
        .applicants = dice_below(dice, 8),
        .offers = 1 + dice_below(dice, 4),
        .sites = 1 + dice_below(dice, 4),
        .choices = 1 + dice_below(dice, 4),
        .places = 1 + dice_below(dice, 3),
        .priorities = 1 + dice_below(dice, 4),
        .reach = 1 + dice_below(dice, 4),
        .steps = 1 + dice_below(dice, 8),
        .mechanism = (enum allot_mechanism)dice_below(dice, 3),
        .balance = dice_below(dice, 2) == 1,
        .lot_per_offer = dice_below(dice, 3) == 0,
    };
    return shape;
}

struct shape rich_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.mechanism = (enum allot_mechanism)dice_below(dice, 4);
    if (shape.mechanism != ALLOT_CYCLES) {
        shape.kinds = dice_below(dice, 4);
        shape.groups = dice_below(dice, 4);
        shape.most = 1 + dice_below(dice, 3);
    }
    shape.together = (enum allot_together)dice_below(dice, 2);
    shape.places *= shape.kinds > 0 ? 2 : 1;
    return shape;
}

static void link_up(struct made *made)
{
    made->problem.offer = made->offer;
    made->problem.kind_from = made->kind_from;
    made->problem.kind = made->kind;
    made->problem.kind_group = made->kind_group;
    made->problem.applicant = made->applicant;
    made->problem.ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])made->ticket;
    made->problem.choice_from = made->choice_from;
    made->problem.choice = made->choice;
    made->problem.reach_from = made->reach_from;
    made->problem.reach = made->reach;
    made->problem.lot = made->lot;
    made->problem.choice_lot = made->problem.lot_per_offer ? made->choice_lot : NULL;
}

/* `count` different numbers below `below` (count <= below) into `picked`. */
static void pick(struct dice *dice, uint32_t *picked, uint32_t count, uint32_t below)
{
    for (uint32_t i = 0; i < count; i++) {
        bool fresh = false;
        while (!fresh) {
            picked[i] = dice_below(dice, below);
            fresh = true;
            for (uint32_t k = 0; k < i; k++) {
                fresh = fresh && picked[k] != picked[i];
            }
        }
    }
}

static void fill_applicants(struct made *made, struct dice *dice, const struct shape *shape)
{
    uint32_t most = shape->choices < shape->offers ? shape->choices : shape->offers;
    uint32_t picked[64], choices = 0;
    for (uint32_t a = 0; a < shape->applicants; a++) {
        uint64_t salt[2] = { dice_next(dice), a };
        sm3_of(salt, sizeof salt, made->ticket[a]);
        made->applicant[a].places = (uint16_t)(shape->most > 1 ? 1 + dice_below(dice, shape->most) : 1);
        bool lost = shape->sites == 0 || dice_below(dice, 16) == 0;
        made->applicant[a].site = lost ? ALLOT_NONE : dice_below(dice, shape->sites);
        made->applicant[a].flags = dice_below(dice, 16) == 0 ? ALLOT_DECLINES_BALANCE : 0;
        made->choice_from[a] = choices;
        uint32_t count = most == 1 ? 1 : dice_below(dice, 10) == 0 ? 0 : 1 + dice_below(dice, most);
        pick(dice, picked, count, shape->offers);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t priority = dice_below(dice, shape->priorities);
            made->choice[choices++] = (struct allot_choice){ .offer = picked[i],
                                                             .priority = priority << 20 | priority,
                                                             .category = (uint16_t)(priority + 1) };
            if (shape->groups > 0) {
                made->choice[choices - 1].group = (uint16_t)dice_below(dice, shape->groups + 1);
            }
        }
    }
    made->choice_from[shape->applicants] = choices;
}

/* Kinds of an offer share its capacity at random; each that is not for all names some groups, rising. */
static void fill_kinds(struct made *made, struct dice *dice, const struct shape *shape)
{
    uint32_t kinds = 0, groups = 0;
    for (uint32_t j = 0; j < shape->offers; j++) {
        made->kind_from[j] = kinds;
        uint32_t count = dice_below(dice, shape->kinds + 1), left = made->offer[j].capacity;
        for (uint32_t k = 0; k < count; k++) {
            struct allot_kind *kind = &made->kind[kinds++];
            kind->places = k + 1 == count ? left : dice_below(dice, left + 1);
            left -= kind->places;
            kind->order = dice_below(dice, 4) == 0 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
            kind->whom = (uint8_t)(shape->groups > 0 ? dice_below(dice, 4) : ALLOT_FOR_ALL);
            kind->group_from = groups;
            for (uint32_t g = 1; kind->whom != ALLOT_FOR_ALL && g <= shape->groups; g++) {
                bool last = g == shape->groups && kind->groups == 0;
                if (last || dice_below(dice, 2) == 0) {
                    made->kind_group[groups++] = (uint16_t)g;
                    kind->groups++;
                }
            }
        }
    }
    made->kind_from[shape->offers] = kinds;
}

static void fill_reach(struct made *made, struct dice *dice, const struct shape *shape)
{
    uint32_t most = shape->reach < shape->offers ? shape->reach : shape->offers;
    uint32_t picked[64], edges = 0;
    for (uint32_t s = 0; s < shape->sites; s++) {
        made->reach_from[s] = edges;
        uint32_t count = dice_below(dice, most + 1);
        pick(dice, picked, count, shape->offers);
        for (uint32_t i = 0; i < count; i++) {
            made->reach[edges++] = (struct allot_reach){ picked[i], dice_below(dice, shape->steps) };
        }
    }
    made->reach_from[shape->sites] = edges;
}

struct made *made_new(struct dice *dice, const struct shape *shape)
{
    struct made *made = room(1, sizeof *made);
    made->problem = (struct allot_problem){ .version = ALLOT_VERSION,
                                            .mechanism = shape->mechanism,
                                            .together = shape->together,
                                            .balance = shape->balance,
                                            .lot_per_offer = shape->lot_per_offer,
                                            .waiting_unplaced_only = dice_below(dice, 2) == 0,
                                            .offers = shape->offers,
                                            .applicants = shape->applicants,
                                            .sites = shape->sites };
    size_t choices = (size_t)shape->applicants * shape->choices;
    made->offer = room(shape->offers, sizeof *made->offer);
    made->applicant = room(shape->applicants, sizeof *made->applicant);
    made->ticket = room(shape->applicants, sizeof *made->ticket);
    made->choice_from = room(shape->applicants, sizeof *made->choice_from);
    made->choice = room(choices, sizeof *made->choice);
    made->reach_from = room(shape->sites, sizeof *made->reach_from);
    made->reach = room((size_t)shape->sites * shape->reach, sizeof *made->reach);
    made->lot = room(shape->applicants, sizeof *made->lot);
    made->choice_lot = room(choices, sizeof *made->choice_lot);
    for (uint32_t j = 0; j < shape->offers; j++) {
        made->offer[j].capacity = dice_below(dice, shape->places + 1);
        made->offer[j].order = dice_below(dice, 4) == 0 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY;
        made->offer[j].balance = dice_below(dice, 5) != 0;
    }
    if (shape->kinds > 0) {
        made->kind_from = room(shape->offers, sizeof *made->kind_from);
        made->kind = room((size_t)shape->offers * shape->kinds, sizeof *made->kind);
        made->kind_group = room((size_t)shape->offers * shape->kinds * shape->groups, sizeof *made->kind_group);
        fill_kinds(made, dice, shape);
    }
    fill_applicants(made, dice, shape);
    fill_reach(made, dice, shape);
    link_up(made);
    uint8_t seed[32];
    uint64_t salt = dice_next(dice);
    sm3_of(&salt, sizeof salt, seed);
    allot_derive_lots(&made->problem, seed, "round", 5, NULL, made->lot,
                      shape->lot_per_offer ? made->choice_lot : NULL);
    return made;
}

static void *copied(const void *block, size_t bytes)
{
    void *copy = room(bytes + 64, 1);
    memcpy(copy, block, bytes);
    return copy;
}

struct made *made_shuffled(const struct made *made, const uint32_t *order)
{
    const struct allot_problem *problem = &made->problem;
    uint32_t count = problem->applicants, choices = problem->choice_from[count];
    struct made *shuffled = room(1, sizeof *shuffled);
    shuffled->problem = *problem;
    shuffled->offer = copied(made->offer, problem->offers * sizeof *made->offer);
    if (problem->kind_from != NULL) {
        uint32_t kinds = made->kind_from[problem->offers], groups = 0;
        for (uint32_t k = 0; k < kinds; k++) {
            groups += made->kind[k].groups;
        }
        shuffled->kind_from = copied(made->kind_from, (problem->offers + 1) * sizeof *made->kind_from);
        shuffled->kind = copied(made->kind, kinds * sizeof *made->kind);
        shuffled->kind_group = copied(made->kind_group, groups * sizeof *made->kind_group);
    }
    shuffled->reach_from = copied(made->reach_from, (problem->sites + 1) * sizeof *made->reach_from);
    shuffled->reach = copied(made->reach, made->reach_from[problem->sites] * sizeof *made->reach);
    shuffled->applicant = room(count, sizeof *made->applicant);
    shuffled->ticket = room(count, sizeof *made->ticket);
    shuffled->choice_from = room(count, sizeof *made->choice_from);
    shuffled->choice = room(choices, sizeof *made->choice);
    shuffled->lot = room(count, sizeof *made->lot);
    shuffled->choice_lot = room(choices, sizeof *made->choice_lot);
    uint32_t to = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t a = order[i];
        shuffled->applicant[i] = made->applicant[a];
        memcpy(shuffled->ticket[i], made->ticket[a], sizeof made->ticket[a]);
        shuffled->lot[i] = made->lot[a];
        shuffled->choice_from[i] = to;
        for (uint32_t c = made->choice_from[a]; c < made->choice_from[a + 1]; c++, to++) {
            shuffled->choice[to] = made->choice[c];
            shuffled->choice_lot[to] = made->choice_lot[c];
        }
    }
    shuffled->choice_from[count] = to;
    link_up(shuffled);
    return shuffled;
}

void made_free(struct made *made)
{
    free(made->offer);
    free(made->kind_from);
    free(made->kind);
    free(made->kind_group);
    free(made->applicant);
    free(made->ticket);
    free(made->choice_from);
    free(made->choice);
    free(made->reach_from);
    free(made->reach);
    free(made->lot);
    free(made->choice_lot);
    free(made);
}
