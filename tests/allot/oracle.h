/*
 * What the library is held against: the answers of docs/transcript.md found by looking at every possible one.
 *
 * Tickets are few, so that a set of them is a byte, and what an offer chooses out of every set is a table that is
 * filled once, from the document's words. With these tables all assignments of a problem can be gone through: those
 * that are stable are kept, and the best of each ticket over all of them is what deferred acceptance must give. Rounds,
 * circles, and the procedure for siblings who must fit are played as they are written. Nothing here is shared with the
 * library but its structs.
 */
#ifndef TESTS_ALLOT_ORACLE_H
#define TESTS_ALLOT_ORACLE_H

#include "allot/allot.h"

enum { ORACLE_TICKETS = 8, ORACLE_OFFERS = 5, ORACLE_KINDS = 4, ORACLE_SETS = 256, ORACLE_NO = 255 };

struct oracle {
    const struct allot_problem *problem;
    uint32_t tickets, offers;
    uint8_t wishes[ORACLE_TICKETS];
    uint8_t wish[ORACLE_TICKETS][ORACLE_OFFERS]; /* which offer, by rank */
    uint8_t rank[ORACLE_TICKETS][ORACLE_OFFERS]; /* of an offer; ORACLE_NO: not listed */
    uint8_t by_lot[ORACLE_TICKETS];              /* tickets in the order of (lot, ticket) */
    uint8_t by_ticket[ORACLE_TICKETS];
    uint8_t kinds[ORACLE_OFFERS];
    uint32_t places[ORACLE_OFFERS][ORACLE_KINDS];
    uint8_t takes[ORACLE_OFFERS][ORACLE_KINDS];                 /* the set of those whom a kind takes */
    uint8_t order[ORACLE_OFFERS][ORACLE_KINDS][ORACLE_TICKETS]; /* of all who list the offer */
    uint8_t listed[ORACLE_OFFERS];                              /* the set of those who do */
    uint8_t chosen[ORACLE_OFFERS][ORACLE_SETS];
    uint8_t kind[ORACLE_OFFERS][ORACLE_SETS][ORACLE_TICKETS];
    uint8_t would[ORACLE_OFFERS][ORACLE_SETS]; /* who of the others would be chosen beside this set */
};

/* Who has what. */
struct oracle_plan {
    uint8_t rank[ORACLE_TICKETS]; /* of the wish it has; as many as it has wishes: nothing */
    uint8_t kind[ORACLE_TICKETS];
    uint8_t held[ORACLE_OFFERS]; /* sets */
    uint32_t steps;              /* of the repair */
};

/* What going through all assignments found. */
struct oracle_found {
    uint64_t looked_at;
    uint32_t stable;
    uint32_t unmoved;             /* nobody is passed over, though an offer might not choose all whom it has */
    uint8_t best[ORACLE_TICKETS]; /* the best rank over all stable ones */
};

/* The tables. At most ORACLE_TICKETS tickets, ORACLE_OFFERS offers, ORACLE_KINDS kinds an offer. */
void oracle_fill(struct oracle *oracle, const struct allot_problem *problem);
bool oracle_has(const struct oracle *oracle, const struct oracle_plan *plan, uint32_t ticket);
/* Is the ticket passed over at its wish of this rank? */
bool oracle_passed(const struct oracle *oracle, const struct oracle_plan *plan, uint32_t ticket, uint32_t rank);
/* Nobody is passed over … */
bool oracle_unmoved(const struct oracle *oracle, const struct oracle_plan *plan);
/* … and each offer chooses exactly those whom it has. */
bool oracle_stable(const struct oracle *oracle, const struct oracle_plan *plan);
void oracle_enumerate(const struct oracle *oracle, struct oracle_found *found);
/* Is there an assignment in which nobody has more places than there are, somebody is better off, and nobody worse? (So
 * not for places added.) */
bool oracle_improvable(const struct oracle *oracle, const struct oracle_plan *plan);

/* The runs, played. */
void oracle_serial(const struct oracle *oracle, struct oracle_plan *plan);  /* rounds: what is given stays given */
void oracle_picking(const struct oracle *oracle, struct oracle_plan *plan); /* in the order of the lots */
void oracle_cycles(const struct oracle *oracle, struct oracle_plan *plan);
void oracle_fit(const struct oracle *oracle, struct oracle_plan *plan); /* rounds, passed over, repair */

/* What a result says, as a plan. */
void oracle_read(const struct oracle *oracle, const struct allot_result *result, struct oracle_plan *plan);

#endif
