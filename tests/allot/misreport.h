/* Random tales, and what a family can gain by any list of wishes other than its true one. */
#ifndef TESTS_ALLOT_MISREPORT_H
#define TESTS_ALLOT_MISREPORT_H

#include "made.h"
#include "tale.h"

struct form {
    enum allot_mechanism mechanism;
    enum allot_together together;
    uint32_t tickets, offers; /* exactly */
    uint32_t places;          /* at most, an offer (a kind) */
    uint32_t several;         /* at most, a ticket; 0 counts as 1 */
    bool kinds;               /* kinds of places at some offers … */
    bool no_caps;             /* … but none of them for others only */
    bool lot_per_offer;
    bool level;   /* some stand level, so that the lot decides */
    bool full;    /* everybody lists every offer */
    bool balance; /* and every offer is in everybody's reach */
    bool back;    /* one ticket gives its place back */
    bool waiting_unplaced, waiting_reversed;
};

/* Orders at offers are drawn anew for each; everybody stands somewhere at every offer, also at those not listed. */
void tale_roll(struct tale *tale, struct dice *dice, const struct form *form);

enum lists {
    LISTS_ANY,    /* any order of any offers */
    LISTS_FEWER,  /* any order of any of its true wishes: hiding and reordering */
    LISTS_ORDERS, /* the same wishes in another order */
    LISTS_SHORT   /* of a true list, no more than `longest` */
};

/* Does this ticket get a better wish of its true list by another one? Then *how is the tale with that list. *tried,
 * unless NULL, counts the lists. */
bool tale_gains(const struct tale *tale, uint32_t ticket, enum lists lists, uint32_t longest, struct tale *how,
                uint64_t *tried);

/* Where the ticket's outcome stands in its list in `tale`: nothing counts as one behind its last wish, an offer that it
 * does not list (by balance: as nothing) as one behind that. */
uint32_t tale_value(const struct tale *tale, uint32_t ticket, const struct allot_result *result);

/* The run, then what is given back and what waiting lists make of it. */
struct allot_result *tale_run(const struct tale *tale, struct told *told);

#endif
