/* The life of an application, from "begin" to "submitted", withdrawn or corrected.
 *
 * There is one application per child and round, whatever the family does: a second guardian, a second phone, a retry
 * and the back button find the same draft and are told so. Each step is a writer command: it takes a struct with the
 * input, fills the part marked `out`, and returns false only when something broke. What a family can meet (too young,
 * changed on another phone, closed …) is a result with a text in both languages, and then nothing was changed.
 *
 * form_key is the one-time key of the form (empty for the command line and builders): a step that succeeded once under
 * a key is not done again; its first result comes back with repeated = true. version is what the page showed: when the
 * application has changed since, the result is APPLY_CHANGED; 0 does not ask.
 *
 * After submission the form is locked. A correction opens only the parts that were asked for. The order of
 * submission does not matter: no field that the allotment reads depends on a time.
 *
 * Steps of a draft (column step): consent → dwelling → checks → choices → papers → answers.
 */
#ifndef PLACES_APPLICATION_H
#define PLACES_APPLICATION_H

#include "base/limits.h"
#include "places/child.h"
#include "places/places.h"

enum apply_result {
    APPLY_DONE,
    APPLY_FOUND_DRAFT,       /* begin: somebody began already: same draft, who and when are in the struct */
    APPLY_ALREADY_SUBMITTED, /* begin, submit: who, when, receipt */
    APPLY_ELSEWHERE,         /* begin, submit: the child applies in another county's round of the year already */
    APPLY_NOT_FOUND,
    APPLY_NOT_GUARDIAN,
    APPLY_NOT_OPEN, /* the round does not take applications yet */
    APPLY_CLOSED,   /* … or no more */
    APPLY_TOO_YOUNG,
    APPLY_WRONG_STAGE,
    APPLY_LOCKED,  /* submitted: only what a correction opened can be changed */
    APPLY_CHANGED, /* on another phone or by the other guardian, since this page was shown */
    APPLY_CONSENT_MISSING,
    APPLY_REFUSED_CONSENT, /* the family does not consent: the counter way, see consent_refused_text */
    APPLY_DWELLING_MISSING,
    APPLY_DWELLING_KIND, /* no such kind of dwelling in the city */
    APPLY_ADDRESS_MISSING,
    APPLY_ADDRESS_UNKNOWN, /* no community found in the address: choose one */
    APPLY_OUTSIDE_COUNTY,  /* neither dwelling nor household in the round's county */
    APPLY_OWNER_MISSING,   /* grandparents', leased: whose it is must be named */
    APPLY_BAD_CITIZEN,     /* owner's or elder's number; citizen_fault says why */
    APPLY_SIBLING_SCHOOL,  /* no such school, or the policy has no sibling rule */
    APPLY_CHOICES_MISSING,
    APPLY_CHOICES_TOO_MANY, /* of which sort: at_fault_limit */
    APPLY_CHOICE_TWICE,
    APPLY_CHOICE_UNKNOWN, /* not an offer of this round */
    APPLY_CHOICE_OUTSIDE, /* a public school outside the catchments of dwelling and household */
    APPLY_NO_CORRECTION,  /* nothing was asked to be corrected */
    APPLY_PAPERS_TOO_MANY,
    APPLY_PAPER_NOT_ASKED, /* the check passed or is running: no paper is needed */
    APPLY_PAPER_KIND,      /* the check does not take this kind of paper */
    APPLY_HAS_PLACE,       /* begin, late round: the child has a place from the main round */
    /* siblings together (places/together.h) */
    APPLY_TOGETHER_NOBODY,  /* the policy does not have it, or there is no such sibling in the round */
    APPLY_TOGETHER_MANY,    /* more than can stand on one ticket */
    APPLY_TOGETHER_FIXED,   /* a sibling's application was handed in with the wishes: they are fixed */
    APPLY_TOGETHER_OUTSIDE, /* a sibling may not choose one of these schools */
    APPLY_TOGETHER_DIFFER,  /* submit: a sibling has other wishes */
    APPLY_RESULT_COUNT
};
struct text apply_result_text(enum apply_result result);
/* Which way a family has that does not consent to the machine's checks. */
struct text consent_refused_text(void);

/* Parts of the form, as bits; what a correction opens (column unlocked). */
enum application_part { PART_DWELLING = 1, PART_CHOICES = 2, PART_PAPERS = 4, PART_ALL = 7 };

/* The head that each step's input begins with. */
struct apply {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t application; /* begin: out */
    int64_t version;     /* what the page showed, 0: any */
    /* out */
    enum apply_result result;
    int64_t new_version; /* after the step, or as it was found */
    bool repeated;
};

struct application_begin {
    struct apply apply;
    int64_t round;
    int64_t child;
    /* out */
    int64_t begun_by; /* account, also with APPLY_FOUND_DRAFT and APPLY_ALREADY_SUBMITTED */
    int64_t begun_at, submitted_at;
    char receipt[20];   /* with APPLY_ALREADY_SUBMITTED */
    enum child_fit fit; /* with APPLY_TOO_YOUNG, APPLY_WRONG_STAGE: child_fit_text explains */
    bool reopened;      /* a withdrawn application is a draft again */
};
bool application_begin_run(struct writing *writing, void *input, struct error *error);

/* The consent text that the page showed, word for word: its hash is kept. */
struct application_consent {
    struct apply apply;
    bool consents;
    struct str text;
};
bool application_consent_run(struct writing *writing, void *input, struct error *error);

struct application_dwelling {
    struct apply apply;
    struct str claim_kind; /* id of city->dwellings */
    int64_t dwelling;      /* a known one (child's household dwelling, or this application's); 0: use address */
    struct str address;    /* typed */
    int64_t community;     /* chosen by the family when the address does not say; 0: from the address */
    /* Whose it is; empty: the guardian who acts (own). */
    struct str owner_citizen, owner_name;
    struct str title_number; /* of title, contract or permit; may be empty */
    struct str title_kind;   /* commercial self_built resettlement unit_housing; may be empty */
    uint32_t claims;         /* of FACTS_CLAIMABLE */
    int64_t sibling_school;  /* institution; 0: no elder child goes to school there */
    struct str sibling_citizen;
    /* out */
    int64_t community_found;
    int citizen_fault; /* enum citizen_fault, with APPLY_BAD_CITIZEN */
};
/* Keeps dwelling and claims, queues the checks that they need. */
bool application_dwelling_run(struct writing *writing, void *input, struct error *error);

struct application_choices {
    struct apply apply;
    int64_t offers[LIMIT_CHOICES]; /* first wish first */
    size_t n;
    /* out */
    size_t at_fault;         /* index of the choice that is refused */
    uint32_t at_fault_limit; /* with APPLY_CHOICES_TOO_MANY: the limit that was passed */
};
/* Replaces all choices. */
bool application_choices_run(struct writing *writing, void *input, struct error *error);

/* The family has seen the page "what will be checked" or "papers" and goes on: moves `step`. */
struct application_step {
    struct apply apply;
    struct str step; /* the step that is done: checks | papers */
};
bool application_step_run(struct writing *writing, void *input, struct error *error);

struct application_submit {
    struct apply apply;
    struct str half_family; /* the family's half of the salt: 16 bytes; other lengths (typed digits) are hashed to 16;
                               empty: drawn for it */
    /* out */
    char receipt[20]; /* also with APPLY_ALREADY_SUBMITTED */
    int64_t submitted_at, submitted_by;
};
bool application_submit_run(struct writing *writing, void *input, struct error *error);

/* Before the close. The child may begin again. */
struct application_withdraw {
    struct apply apply;
};
bool application_withdraw_run(struct writing *writing, void *input, struct error *error);

/* The family says that what was asked is done: the parts are locked again, the reviewer goes on. The place in the
 * queue is kept. */
struct application_correct {
    struct apply apply;
};
bool application_correct_run(struct writing *writing, void *input, struct error *error);

/* ---- Reads ---- */

struct application_choice {
    int64_t rank; /* from 1 */
    int64_t offer;
    int64_t institution;
    struct name school;
    bool public_school;
    int64_t distance; /* metres */
    int64_t category; /* index in policy->categories (public) or policy->private_classes (private); -1: not judged */
    int64_t subrank;
    bool sibling;
    int64_t capacity;
    struct str last_cutoff;
};

/* What was typed about the dwelling; unsealed only with a vault. */
struct application_claim {
    struct str owner_citizen, owner_name, title_number, title_kind;
};

struct application {
    int64_t id;
    int64_t round;
    struct str round_label;
    struct str round_division;
    struct str round_state;
    enum stage stage;
    int64_t year;
    int64_t policy; /* row: places_policy */
    int64_t opens_at, closes_at;
    int64_t child;
    struct str child_name, child_citizen; /* plain, with a vault; else empty */
    int64_t child_birth;
    struct str child_division;
    int64_t account;
    struct str state, step, receipt, review, review_level;
    struct str review_reasons; /* ids separated by blanks */
    int64_t consent_at;        /* 0: not yet */
    int64_t dwelling;          /* 0: not yet */
    int64_t dwelling_community;
    struct str dwelling_kind;
    struct str address; /* plain, with a vault */
    struct str claim_kind;
    struct application_claim claim;
    uint32_t claims, facts;
    int64_t sibling_school, twin;
    int64_t together;  /* number that it shares with siblings who ask together; 0: alone */
    unsigned unlocked; /* bits of enum application_part */
    int64_t queue_at, begun_at, submitted_at, changed_at, version;
    struct application_choice *choices;
    size_t nchoices;
};
/* With its choices. vault NULL: nothing is unsealed. Two queries. */
bool application_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct application *out,
                     bool *found, struct error *error);
/* By receipt as typed; *found false also when it cannot be a receipt. */
bool application_by_receipt(struct db *db, struct arena *arena, struct str typed, int64_t *id, bool *found,
                            struct error *error);
/* Whose data it is, for scope: the round's division, the school of the first choice, and the account that began it. */
struct application_subject {
    struct str division;
    int64_t school;
    int64_t account;
    int64_t child;
    int64_t round;
    bool draft; /* not sent: nobody but the family sees it */
};
bool application_subject(struct db *db, struct arena *arena, int64_t id, struct application_subject *out, bool *found,
                         struct error *error);
/* The same, and whether the account is a guardian of the child: one query, since each page of a family asks it. */
bool application_subject_for(struct db *db, struct arena *arena, int64_t id, int64_t account,
                             struct application_subject *out, bool *guardian, bool *found, struct error *error);

/* A school that the application may choose. */
struct application_option {
    int64_t offer;
    int64_t institution;
    struct name school;
    struct str address;
    bool public_school;
    bool in_catchment; /* of the dwelling or the household */
    bool sibling;      /* the elder's school */
    int64_t distance;  /* metres */
    int64_t capacity;
    struct str last_cutoff;
};
/* All that may be chosen, public before private, nearest first. */
bool application_options(struct db *db, struct arena *arena, struct places *places, int64_t application,
                         struct application_option **out, size_t *n, struct error *error);

/* Counts of submitted applications by offer and category, for the county's page. One grouped query. */
struct application_count {
    int64_t offer;
    int64_t category; /* -1: not yet judged */
    int64_t first;    /* as the first wish */
    int64_t any;      /* at any rank */
};
bool application_counts(struct db *db, struct arena *arena, int64_t round, struct application_count **out, size_t *n,
                        struct error *error);
/* Counts by state and review. */
struct application_tally {
    struct str state;
    struct str review;
    int64_t n;
};
bool application_tallies(struct db *db, struct arena *arena, int64_t round, struct application_tally **out, size_t *n,
                         struct error *error);

/* A child's file was read: who and why, into the journal. A family's own reading is written once a session and child.
 */
struct file_read {
    struct actor actor;
    int64_t application; /* 0: of a child that may have none */
    struct str why;      /* what was looked at: "status", "papers", "review" … no personal data */
    struct str session;  /* of a family: bytes that stand for the session (its hash); empty: always write */
    int64_t child;       /* without an application */
};
bool file_read_run(struct writing *writing, void *input, struct error *error);

/* A message to the family, shown on its status page. kind as in table message. */
bool message_add(struct writing *writing, int64_t application, const char *kind, struct str detail,
                 struct error *error);
/* The family has seen its messages. */
struct message_read {
    struct actor actor;
    int64_t application;
};
bool message_read_run(struct writing *writing, void *input, struct error *error);
struct text message_text(struct str kind);

/* The dwelling has served the application's household: locks it for the policy's years (called when a place is
 * taken). A lock of the same family is renewed, another family's stays. */
bool dwelling_lock_take(struct writing *writing, struct places *places, int64_t application, struct error *error);

/* 32 bytes, the same for a child and a year whatever the family does. */
void application_ticket(struct vault *vault, int64_t year, struct str child_citizen_hash, unsigned char out[32]);

#endif
