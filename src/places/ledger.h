/* The ledger of places: double entry. Each entry moves n places of one offer from one bucket to another.
 *
 *     plan   → free → held → taken        plan is the source: its balance is minus the capacity
 *     demand → waiting                    demand is the source of those who wait
 *
 * What must hold at every commit, for every offer: plan + free + held + taken = 0 and demand + waiting = 0; no bucket
 * but the two sources is below nothing; capacity = −plan (with the places added for siblings, offer.added); held, taken
 * and waiting equal the number of claims in that state. ledger_check looks at the offers that the transaction touched
 * and refuses the commit otherwise.
 *
 * Balances are kept beside the entries (ledger_balance), so that a page reads one row; ledger_verify recomputes all of
 * them from the entries. Entries are never changed nor removed.
 */
#ifndef PLACES_LEDGER_H
#define PLACES_LEDGER_H

#include "store/db.h"
#include "store/writer.h"

enum bucket { BUCKET_PLAN, BUCKET_FREE, BUCKET_HELD, BUCKET_TAKEN, BUCKET_DEMAND, BUCKET_WAITING, BUCKET_COUNT };
/* "plan", "free" … */
const char *bucket_id(enum bucket bucket);

struct ledger_move {
    int64_t offer;
    enum bucket source, target;
    int64_t places;     /* above 0 */
    const char *reason; /* "hold", "confirm" … from lists; no personal data */
    int64_t subject;    /* application or other claimant; 0: the plan itself */
};

/* Writes one entry for each move, and the balances once for each offer. Moves of one offer stand together (that is
 * cheaper, not needed). */
bool ledger_moves(struct writing *writing, const struct ledger_move *moves, size_t n, struct error *error);

struct ledger_balances {
    int64_t places[BUCKET_COUNT];
};
/* All nothing for an offer without entries. */
bool ledger_balances(struct db *db, int64_t offer, struct ledger_balances *out, struct error *error);

/* For writer_add_check (context NULL): the sums of the offers that this transaction touched. Builders that write
 * without the writer call it before each commit. */
bool ledger_check(struct writing *writing, void *context, struct error *error);

struct ledger_report {
    bool whole;
    int64_t offers, entries, claims;
    int64_t capacity, free, held, taken, waiting; /* of all offers together */
    int64_t findings;                             /* offers that are wrong */
    char finding[256];                            /* the first, in words; empty when whole */
};
/* Recomputes everything from the entries and compares with balances, claims and capacities. False only when it could
 * not be read. Memory does not grow with the number of entries. */
bool ledger_verify(struct db *db, struct ledger_report *report, struct error *error);

#endif
