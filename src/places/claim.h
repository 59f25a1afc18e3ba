/* Claims on places: who holds, has taken or waits for a place of an offer. One claim per offer and subject, ever: it
 * changes its state, and each change is an entry in the ledger of places in the same transaction.
 *
 *     hold             free → held, until answer_by         confirm   held → taken
 *     decline, return  held or taken → free                 expire    held → free, when answer_by has passed
 *     wait             joins the waiting list by `sort`     cancel    leaves it
 *
 * Subjects are applications of families; of the offers of another noun (plain_offer_add) they are that noun's, with ids
 * that no application ever has.
 *
 * A place that came free goes to the first of the waiting list at once, in the same transaction, with the reason. (The
 * offers of an admission round pass their places on by the rules of the allotment: answer.h in place of these.)
 *
 * All commands are idempotent: by the form's key, and because a claim that is in the state that is asked for already
 * is left as it is (CLAIM_ALREADY). Why nobody can get a place twice or a place that is not there: README.md.
 */
#ifndef PLACES_CLAIM_H
#define PLACES_CLAIM_H

#include "places/ledger.h"
#include "places/places.h"

enum claim_result {
    CLAIM_DONE,
    CLAIM_ALREADY,  /* it was in that state before; nothing was changed */
    CLAIM_FULL,     /* no place is free */
    CLAIM_NO_OFFER, /* there is no such offer */
    CLAIM_NONE,     /* the subject has no claim on this offer */
    CLAIM_TOO_LATE, /* the time to answer has passed: the place goes, or went, to the next */
    CLAIM_GONE,     /* it was given back or declined before */
    CLAIM_NOT_HELD, /* waits only, so there is nothing to confirm or decline */
    CLAIM_IN_ROUND, /* an offer of an admission round: answers go through answer.h */
    CLAIM_RESULT_COUNT
};
struct text claim_result_text(enum claim_result result);

/* What every command of a claim begins with. */
struct claim_step {
    struct actor actor;
    struct str form_key; /* empty: none */
    int64_t offer;
    int64_t subject;
    const char *subject_kind; /* what the subject is, for the journal; NULL: an application */
    int64_t answer_by; /* hold and wait: until when a hold is kept (for wait: of the hold that may come); 0: no end */
    struct str sort;   /* wait: order in the list, fixed width, smaller first; ties by the claim's number */
    struct str reason; /* from lists; empty: the command's own word */
    /* out */
    enum claim_result result;
    bool repeated;    /* the form's key was used before: result is the first one's */
    int64_t promoted; /* subject that got the place that came free; 0: nobody */
};
bool claim_hold_run(struct writing *writing, void *input, struct error *error);
bool claim_confirm_run(struct writing *writing, void *input, struct error *error);
bool claim_decline_run(struct writing *writing, void *input, struct error *error);
bool claim_return_run(struct writing *writing, void *input, struct error *error);
bool claim_wait_run(struct writing *writing, void *input, struct error *error);
bool claim_cancel_run(struct writing *writing, void *input, struct error *error);

/* Takes back holds whose time has passed, at most `most` in one command; run it again while `more`. Offers of
 * admission rounds are left to answers_expire_run. */
struct claim_expire {
    size_t most;            /* 0: 200 */
    const char *plain_kind; /* what the subjects of plain offers are, for the journal; NULL: applications */
    /* out */
    size_t expired;
    bool more;
};
bool claim_expire_run(struct writing *writing, void *input, struct error *error);

struct claim {
    int64_t id;
    int64_t offer, subject;
    struct str state; /* waiting | held | taken | returned */
    struct str sort;
    int64_t answer_by; /* 0: none */
    struct str reason;
    int64_t at;
};
bool claim_get(struct db *db, struct arena *arena, int64_t offer, int64_t subject, struct claim *out, bool *found,
               struct error *error);
/* All claims of a subject, the newest first. */
bool claim_list(struct db *db, struct arena *arena, int64_t subject, struct claim **out, size_t *n,
                struct error *error);
/* Place in the waiting list: 1 is next; 0: does not wait. */
bool claim_position(struct db *db, int64_t offer, int64_t subject, int64_t *position, struct error *error);
struct text claim_state_name(struct str state);

/* ---- For the commands of this noun, inside their transaction ---- */

/* From one state to another (NULL: no claim yet, or one that was given back), with its entry. The caller has looked
 * that it may. */
struct claim_change {
    int64_t offer, subject;
    const char *before; /* NULL, waiting, held, taken */
    const char *after;  /* waiting, held, taken, returned */
    int64_t answer_by;  /* of held; 0: none */
    struct str sort;    /* of waiting */
    struct str reason;
    int64_t kind;   /* of place, of held and taken (places/waiting.h) */
    int64_t member; /* of waiting: to the groups of which kinds the subject belongs, as bits */
};
/* An offer of another noun, with its places in the ledger: each that comes free is held for `answer_ms` by the first
 * who waits (0: without an end). */
bool plain_offer_add(struct writing *writing, uint32_t capacity, struct str division, int64_t answer_ms, int64_t *id,
                     struct error *error);
/* All in one go: claims and ledger. Changes of one offer stand together. */
bool claim_change(struct writing *writing, const struct claim_change *changes, size_t n, struct error *error);
/* The first of the waiting list. */
bool claim_next(struct writing *writing, int64_t offer, int64_t *subject, bool *found, struct error *error);

#endif
