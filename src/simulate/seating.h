/* Who sits where after a run, kind of place by kind of place, in the order in which places go, so that the measures can
 * ask "who stood behind whom?" in a few steps. The order here is that of the families' priorities and the run's lots;
 * the rank of a wish counts only where it is asked for. */
#ifndef SIMULATE_SEATING_H
#define SIMULATE_SEATING_H

#include "allot/allot.h"
#include "base/arena.h"

/* Smaller stands first. */
struct stand {
    uint32_t rank; /* 0 unless the rank counts */
    uint32_t other;
    uint32_t priority;
    struct allot_lot lot;
    uint32_t applicant; /* last, so that a comparison always decides */
};

/* A kind of place of one offer; an offer without kinds is one. */
struct seat {
    uint32_t offer;
    uint16_t kind;
    uint8_t order;
    const struct allot_kind *of; /* NULL: the one kind of an offer without kinds */
    uint32_t places;
    uint32_t taken;      /* places, by choice and by balance */
    uint32_t from, upto; /* into seating->stand: who sits here by choice, first to last */
};

struct seating {
    const struct allot_problem *problem;
    const struct allot_outcome *outcome;
    uint32_t seats;
    struct seat *seat;
    uint32_t *seat_from; /* per offer */
    struct stand *stand;
};

/* All in the arena. */
struct seating *seating_new(struct arena *arena, const struct allot_problem *problem,
                            const struct allot_outcome *outcome);

/* May who wishes so (choice: index into problem->choice) have this kind of place at all? */
bool seat_may(const struct seating *seating, const struct seat *seat, uint32_t choice);
/* Where a wish stands at a kind of place of its offer, the rank left out. */
struct stand seat_stand(const struct seating *seating, const struct seat *seat, uint32_t applicant, uint32_t choice);
/* Does a stand before b? */
bool stands_before(const struct stand *a, const struct stand *b);
/* How many wishes are better than what the applicant has: all without a place by choice, else those before it. */
uint32_t seating_better(const struct seating *seating, uint32_t applicant);
/* Free places of a kind. */
static inline uint32_t seat_room(const struct seat *seat)
{
    return seat->taken < seat->places ? seat->places - seat->taken : 0;
}

#endif
