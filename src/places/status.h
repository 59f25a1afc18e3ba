/* What a family's status page shows, in four prepared queries: it is the page that is read most.
 *
 * Texts live in the arena. The name of the child is unsealed and masked. What the result says of the allotment
 * (cut-offs, why) is explain.h's; here stands only where the child was placed.
 */
#ifndef PLACES_STATUS_H
#define PLACES_STATUS_H

#include "places/application.h"

struct status_choice {
    int64_t rank;
    int64_t offer;
    int64_t institution;
    struct name school;
    bool public_school;
    int64_t distance; /* metres */
    int64_t category; /* as in struct application_choice */
    int64_t subrank;
    bool sibling;
};
struct status_check {
    struct str kind;
    struct str state;
    struct str reason;
    struct str request;
    int64_t asked_at, answered_at;
};
struct status_message {
    int64_t id;
    struct str kind;
    struct str detail;
    int64_t at;
    bool read;
};

/* Bytes of a ticket whose digits are the check code: among 114,000 the chance that two agree is below 1 in 10⁹. */
enum { CHECK_CODE_BYTES = 8 };

struct status {
    int64_t id;
    int64_t round;
    struct str round_label, round_division, round_state;
    enum stage stage;
    int64_t year;
    int64_t policy;
    int64_t closes_at, publish_at, answer_by;
    int64_t account; /* who began it */
    int64_t child;
    struct str child_name; /* masked; empty without a vault */
    struct str state, step, receipt;
    struct str check_code; /* the ticket's first digits: finds the own line in published lists; empty: not sent yet */
    struct str review, review_level, review_reasons;
    unsigned unlocked; /* enum application_part */
    int64_t position;  /* in the queue; 0: does not wait for a person */
    int64_t begun_at, submitted_at, changed_at, version;
    bool has_outcome;       /* the round has been allotted and published */
    int64_t outcome_offer;  /* 0: not placed */
    struct str outcome_how; /* choice | balance | unplaced */
    int64_t outcome_rank;
    struct str claim_state; /* waiting | held | taken | returned of the placed offer; empty: none */
    struct status_choice *choices;
    size_t nchoices;
    struct status_check *checks;
    size_t nchecks;
    struct status_message *messages; /* the newest first */
    size_t nmessages;
};
bool status_read(struct db *db, struct arena *arena, struct vault *vault, int64_t application, struct status *out,
                 bool *found, struct error *error);

#endif
