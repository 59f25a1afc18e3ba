/* Offers of a round: so many classes of such a size at a school make so many places. A plan that changes after it was
 * published is what families trust least: every change is kept with who, when and why; from `announced` on it is
 * public; once the final list stands, or the late round has taken over what was left, it is impossible.
 */
#ifndef PLACES_OFFER_H
#define PLACES_OFFER_H

#include "places/ledger.h"
#include "places/places.h"

enum offer_result {
    OFFER_DONE,
    OFFER_NOT_FOUND,
    OFFER_TWICE,      /* the school has an offer in this round */
    OFFER_NO_SCHOOL,  /* no such institution, or it lies in another county */
    OFFER_TOO_LATE,   /* the final list stands: the plan cannot be changed any more */
    OFFER_NOT_DRAFT,  /* offers are added while the round is a draft */
    OFFER_NO_REASON,  /* a change needs a reason */
    OFFER_BAD_NUMBER, /* classes 0–200, class size 1–100 */
    OFFER_UNCHANGED,
    OFFER_RESULT_COUNT
};
struct text offer_result_text(enum offer_result result);

/* last year's cut-off as data: category and sub-rank are indexes in the policy, distance in metres. */
struct offer_last {
    bool known;
    int64_t category, subrank, distance;
};
struct offer_last offer_last_of(struct str last_cutoff);
struct str offer_last_text(struct arena *arena, const struct offer_last *last);

struct offer_add {
    struct actor actor;
    int64_t round; /* a draft */
    int64_t institution;
    bool public_school;
    int64_t classes, class_size;
    bool boarding;
    struct offer_last last;
    /* out */
    enum offer_result result;
    int64_t offer;
};
/* The offer and its places in the ledger (plan → free). */
bool offer_add_run(struct writing *writing, void *input, struct error *error);

struct offer_plan {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t offer;
    int64_t classes, class_size;
    struct str reason; /* 1–500 bytes; public */
    /* out */
    enum offer_result result;
    bool repeated;
    int64_t capacity;
    bool published; /* the change is public at once */
};
/* From `announced` on the rules' hash follows: the journal has it before and after. */
bool offer_plan_run(struct writing *writing, void *input, struct error *error);

struct offer_row {
    int64_t id;
    int64_t institution;
    struct str code; /* of the school */
    struct name school;
    bool public_school;
    int64_t classes, class_size, capacity;
    int64_t to_late; /* taken over by the late round: the plan of the transcript is capacity + to_late */
    int64_t added;   /* above the plan, for siblings together */
    bool boarding;
    struct str last_cutoff;
    int64_t changes; /* of the plan */
    /* live counts */
    int64_t first_wishes, wishes; /* of submitted applications: as first, at any rank */
    int64_t free, held, taken, waiting;
};
/* By the school's code; one read of all. */
bool offer_list(struct db *db, struct arena *arena, int64_t round, struct offer_row **out, size_t *n,
                struct error *error);
bool offer_get(struct db *db, struct arena *arena, int64_t id, struct offer_row *out, int64_t *round, bool *found,
               struct error *error);

struct offer_change {
    int64_t offer;
    struct name school;
    int64_t at;
    int64_t account;
    int64_t classes_before, classes_after, capacity_before, capacity_after;
    struct str reason;
};
/* Changes of a round's plans, oldest first. published_only: those since it was announced. */
bool offer_changes(struct db *db, struct arena *arena, int64_t round, bool published_only, struct offer_change **out,
                   size_t *n, struct error *error);

#endif
