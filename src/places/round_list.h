/* The canonical list of a round: who asks, for what, with what priority; without names. It is the list part of the
 * transcript (allot/transcript.h), so a leaf is one line of that file and the root that is published at the close is
 * the root that everybody's proof leads to.
 *
 * An applicant in it is a ticket (the same for a child and a year whatever the family does), the community that it
 * lives in, its ranked choices with category and priority at each, and a salted commitment to what stands behind:
 *     leaf commitment = SM3("JT-LEAF-1" ‖ identity ‖ evidence ‖ place ‖ wishes), each part
 *     part            = SM3(HMAC-SM3(half_family ‖ half_bureau, NAME) ‖ content)
 * so that a family can open one part and keep the others.
 *
 * Siblings who ask together are one applicant of several places: its ticket is the smallest of theirs, its commitment
 * SM3 over their leaf commitments in the order of their tickets (README.md).
 *
 * Under serial priority a family that asks only for private schools has the public school of its own catchment as a
 * further choice: a lost draw leaves it what everybody has, after those who asked for it first.
 *
 * Numbers: offers by the school's code, sites (communities of the county) by their id, distances in steps of
 * list_step_metres. Every open public school is in reach of every site.
 */
#ifndef PLACES_ROUND_LIST_H
#define PLACES_ROUND_LIST_H

#include "allot/transcript.h"
#include "places/round.h"

enum list_rule {
    LIST_STANDING, /* submitted and not refused: what is undecided stands by what is established so far */
    LIST_PASSED    /* passed by review alone */
};

struct list_offer {
    int64_t id, institution;
    struct str code;
    struct name school;
    bool public_school;
    int64_t capacity;
    const struct kind_set *kinds; /* of its places; NULL: all are for all */
};
/* A ticket: one application, or those of siblings who ask together. */
struct list_applicant {
    int64_t application; /* the one whose ticket it is: the smallest of theirs */
    struct str receipt;
    int64_t *siblings; /* the others, by ticket */
    size_t nsiblings;
};
struct list_choice {
    int64_t distance; /* metres */
    uint32_t steps;
    uint16_t category; /* in the policy's categories or private classes */
    uint16_t subrank;
    bool sibling;
    uint32_t facts;   /* by which it was judged */
    uint32_t members; /* bit k: belongs to the group of kind k of the offer */
    bool implied;     /* the catchment's school after a lost draw; not in table choice */
};

struct round_list {
    int64_t round;
    struct str label;
    const struct policy *policy;
    enum list_rule rule;
    struct transcript transcript; /* with its problem; without seed, lots and result */
    struct allot_problem problem;
    struct list_offer *offers;
    struct list_applicant *applicants; /* by ticket */
    struct list_choice *choices;       /* beside problem.choice */
    struct allot_offer *places;        /* = problem.offer, for previews that change capacities */
    struct allot_kind *kinds;          /* = problem.kind */
};
/* Reads and builds; all in the arena. with_leaves false: commitments are left as nothing (previews need none). */
bool round_list_build(struct db *db, struct places *places, struct arena *arena, int64_t round, enum list_rule rule,
                      bool with_leaves, struct round_list *out, struct error *error);
/* The draw numbers of a seed, into the problem. */
void round_list_lots(struct round_list *list, struct arena *arena, const unsigned char seed[SM3_BYTES]);
/* Another plan for an offer, with its kinds of places. */
void round_list_plan(struct round_list *list, uint32_t offer, uint32_t capacity);
/* The rules alone (no applicants): what rules_hash is made of. */
bool round_rules_hash(struct db *db, struct places *places, struct arena *arena, int64_t round,
                      unsigned char hash[SM3_BYTES], struct error *error);
/* The rule by which the newest list of a round was or would be made. */
bool round_list_rule(struct db *db, int64_t round, enum list_rule *rule, struct error *error);
/* Metres of a step: the policy's, or 100 where its order does not name distance. */
uint32_t list_step_metres(const struct policy *policy);

/* Verifies a transcript as an outsider would, from its bytes alone, with all processors. */
bool round_text_verifies(struct str text, struct transcript_report *report);

/* The list part of the transcript as text, and what it commits to. */
struct signer; /* sign.h */
/* Signed as `part` ("list", "close") unless signer is NULL; `make`: a missing signature is made. */
bool round_list_text(const struct round_list *list, struct arena *arena, const struct signer *signer, const char *part,
                     bool make, struct str *text, struct transcript_commitment *commitment, struct error *error);

/* Two list texts leaf by leaf, by ticket. */
struct list_difference {
    char kind; /* '+' added, '-' removed, '~' changed */
    struct str ticket;
    struct str before, after; /* leaf lines */
};
bool round_list_compare(struct arena *arena, struct str before, struct str after, struct list_difference **out,
                        size_t *n);

/* ---- Files under DATA/transcripts ---- */

/* LABEL.close.txt · LABEL.final.txt · LABEL.txt (part empty). */
struct str round_file_path(struct places *places, struct arena *arena, struct str label, const char *part);
bool round_file_read(struct places *places, struct arena *arena, struct str label, const char *part, struct str *text,
                     bool *found, struct error *error);
/* Whole or not at all: temporary file, fsync, rename, fsync of the folder. */
bool round_file_write(struct places *places, struct arena *arena, struct str label, const char *part, struct str text,
                      struct error *error);

/* ---- Proof ---- */

/* The inclusion of one application in the newest published list (final, else close) as a small text file; docs:
 * transcript.md, "Proof". *found false: it is not on the list, or there is no list yet. */
bool round_proof(struct db *db, struct places *places, struct arena *arena, int64_t application, struct str *text,
                 bool *found, struct error *error);
/* What the family alone gets beside it: both halves of the salt and the four contents, so that it can compute its
 * leaf's commitment itself. */
bool round_leaf_opening(struct db *db, struct places *places, struct arena *arena, int64_t application,
                        struct str *text, bool *found, struct error *error);

#endif
