/* Of src/places/ alone: the order in which children of an allotted round wait for a place. */
#ifndef PLACES_WAITING_H
#define PLACES_WAITING_H

#include "places/round_inside.h"

/* The final list with the lots of the round's seed. */
bool waiting_problem(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                     struct round_list *list, struct error *error);
/* ---- A kind of place of an offer, to be given to who waits ---- */

struct seat {
    int64_t offer, kind;
    struct str whom;  /* all first only others */
    struct str order; /* priority lot */
    int64_t unused;   /* its places that nobody has, as the transcript counts them */
    int64_t room;     /* of these, what may be given: the late round may have taken some */
};
bool seat_read(struct db *db, struct arena *arena, int64_t offer, int64_t kind, struct seat *out, struct error *error);
int64_t seat_bit(const struct seat *seat);
/* Place in its waiting list: 1 is next; 0: does not wait. Siblings together count once. */
bool seat_position(struct db *db, const struct seat *seat, int64_t application, int64_t *position, struct error *error);

/* Of claim c in SQL, with ?2 the seat's whom, ?3 its bit, ?4 its order: may it have the place; where it stands. */
#define SEAT_TAKES                                                                                                     \
    "(?2 in ('all', 'first') or (?2 = 'only' and (c.member & ?3) <> 0) or (?2 = 'others' and (c.member & ?3) = 0)) "
#define SEAT_KEY(claim)                                                                                                \
    "(substr(" claim ".sort, 1, 2) || case when ?2 = 'first' and (" claim                                              \
    ".member & ?3) = 0 then '1' else '0' end || "                                                                      \
    "case when ?4 = 'lot' then substr(" claim ".sort, 19) else substr(" claim ".sort, 3) end)"

/* The order of applicant a at its choice c (an index of problem->choice) as fixed-width text: the order of
 * allot/allot.h, so the first by this text is allot_next_waiting's. */
struct str waiting_sort(struct arena *arena, const struct allot_problem *problem, uint32_t a, uint32_t c);

#endif
