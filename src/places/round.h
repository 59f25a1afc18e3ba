/* A round: one county, one stage, one year. It goes through these states, each by one step that somebody takes:
 *
 *     draft ─announce→ announced ─open→ open ─close→ closed ─final→ final ─open_secrets→ opened ─allot→ allotted
 *           ─look→ looked ─publish→ published ─end→ ended          late (of a published round) makes the late round
 *
 * No step can be skipped, none can be taken twice or before its time by the round's calendar; each leaves a row in
 * round_step and an entry in the journal. What each fixes:
 *     announce       version of the policy, capacities: rules_hash, public
 *     close          the list as it was closed: root and number of leaves, public; LABEL.close.txt
 *     final          the list after objections and reviews: a new root; what was added, removed and changed since the
 *                    close is counted and in the journal leaf by leaf; LABEL.final.txt
 *     open_secrets   the seed, from the witnesses' secrets
 *     allot          the result and the whole transcript; LABEL.txt
 *     look           a second person has looked
 *     publish        places are held for who was placed, families are told
 * Files are under DATA/transcripts; the list of a round is round_list.h, the result allotment.h, witnesses witness.h.
 */
#ifndef PLACES_ROUND_H
#define PLACES_ROUND_H

#include "places/places.h"

enum round_state {
    ROUND_DRAFT,
    ROUND_ANNOUNCED,
    ROUND_OPEN,
    ROUND_CLOSED,
    ROUND_FINAL,
    ROUND_OPENED,
    ROUND_ALLOTTED,
    ROUND_LOOKED,
    ROUND_PUBLISHED,
    ROUND_ENDED,
    ROUND_STATES
};
const char *round_state_id(enum round_state state);
bool round_state_of(struct str id, enum round_state *state);
struct text round_state_name(enum round_state state);

enum round_step {
    STEP_ANNOUNCE,
    STEP_OPEN,
    STEP_CLOSE,
    STEP_FINAL,
    STEP_OPEN_SECRETS,
    STEP_ALLOT,
    STEP_LOOK,
    STEP_PUBLISH,
    STEP_LATE,
    STEP_END,
    ROUND_STEPS
};
const char *round_step_id(enum round_step step); /* "open_secrets" */
bool round_step_of(struct str id, enum round_step *step);
struct text round_step_name(enum round_step step);

/* ---- Making a round ---- */

enum round_result {
    ROUND_DONE,
    ROUND_NOT_FOUND,
    ROUND_TWICE,          /* there is a round of this county, stage and year */
    ROUND_NO_POLICY,      /* the county has no policy for this stage and year */
    ROUND_BAD_POLICY,     /* a text that is not a policy of this county and stage: see mistakes */
    ROUND_NOT_DRAFT,      /* policy and calendar can be changed in a draft only */
    ROUND_BAD_DATES,      /* each moment is later than the one before */
    ROUND_WRONG_STATE,    /* an earlier step is missing, or this one was taken already: see state */
    ROUND_TOO_EARLY,      /* not before `moment` */
    ROUND_TOO_LATE,       /* the calendar's time for it is over: change the calendar first */
    ROUND_NO_OFFERS,      /* no school has a place */
    ROUND_NO_WITNESS,     /* no witness has committed to a secret (and no public value is named) */
    ROUND_UNDECIDED,      /* `count` applications are not decided: decide them, or say what becomes of them */
    ROUND_NO_PUBLIC,      /* the policy mixes a public value into the seed: enter it */
    ROUND_WITNESSES,      /* `count` witnesses have not opened their secrets yet: not before `moment` without them */
    ROUND_NO_SECRET,      /* nobody has opened a secret: there is no seed */
    ROUND_TAMPERED,       /* the list in the database is not the one whose root was published: see detail */
    ROUND_BAD_TRANSCRIPT, /* the transcript does not verify: nothing was accepted; see detail */
    ROUND_SAME_PERSON,    /* who allotted cannot be who looks */
    ROUND_HELD,           /* `count` places wait for an answer */
    ROUND_NOTHING_LEFT,   /* no place is left for a late round */
    ROUND_LATE_RUNS,      /* its late round has not ended */
    ROUND_RESULT_COUNT
};

struct round_dates {
    int64_t opens_at, closes_at, objections_until, draw_at, publish_at, answer_by; /* ms, rising */
};

/* Keeps a policy text as the next version for a county, stage and year. The newest version is what a draft round
 * uses until it is announced. */
struct policy_save {
    struct places *places;
    struct actor actor;
    struct str form_key;
    struct str division;
    enum stage stage;
    int64_t year;
    struct str text; /* YAML */
    struct str note;
    /* out */
    enum round_result result; /* ROUND_DONE, ROUND_BAD_POLICY */
    bool repeated;
    int64_t policy, version;
    bool unchanged; /* the same text as the newest version: that one is answered */
};
bool policy_save_run(struct writing *writing, void *input, struct error *error);

struct policy_row {
    int64_t id, version;
    struct str hash;
    int64_t at, account;
    struct str note;
};
/* Newest first. */
bool policy_versions(struct db *db, struct arena *arena, struct str division, enum stage stage, int64_t year,
                     struct policy_row **out, size_t *n, struct error *error);
bool policy_text(struct db *db, struct arena *arena, int64_t policy, struct str *text, bool *found,
                 struct error *error);

/* A draft round by the newest policy of the county, its calendar, and a row for each witness. */
struct round_new {
    struct places *places;
    struct actor actor;
    struct str division;
    enum stage stage;
    int64_t year;
    /* out */
    enum round_result result;
    int64_t round;
};
bool round_new_run(struct writing *writing, void *input, struct error *error);

struct round_set_dates {
    struct actor actor;
    int64_t round;
    struct round_dates dates;
    /* out */
    enum round_result result;
};
bool round_set_dates_run(struct writing *writing, void *input, struct error *error);

/* ---- Going on ---- */

/* What becomes of applications that are not decided when the final list is made. */
enum undecided {
    UNDECIDED_REFUSE,         /* the step is refused with their number */
    UNDECIDED_AS_ESTABLISHED, /* they take part by what is established so far (the default action on the date) */
    UNDECIDED_LEAVE_OUT       /* they are left out, by name of the reason */
};

struct round_advance {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t round;
    enum round_step step;
    enum undecided undecided; /* final */
    struct str public_value;  /* open_secrets, when the policy names one */
    /* out */
    enum round_result result;
    bool repeated;
    char state[16];   /* of the round now */
    int64_t moment;   /* with ROUND_TOO_EARLY, ROUND_TOO_LATE */
    int64_t count;    /* with ROUND_UNDECIDED, ROUND_HELD; of close and final: leaves */
    char root[65];    /* of close and final, hex */
    char detail[256]; /* with ROUND_TAMPERED, ROUND_BAD_TRANSCRIPT */
    int64_t late;     /* of late: the new round, a draft */
};
bool round_advance_run(struct writing *writing, void *input, struct error *error);

/* The refusal in words, with its moment, number or state. */
struct name round_refusal(struct arena *arena, const struct round_advance *advance);
struct text round_result_text(enum round_result result);

/* ---- Reads ---- */

struct round {
    int64_t id;
    struct str label;
    struct str division;
    struct name county;
    enum stage stage;
    int64_t year;
    int64_t parent; /* 0: the main round */
    int64_t late;   /* its late round; 0: none */
    int64_t policy;
    enum round_state state;
    struct round_dates dates;
    struct str rules_hash, seed, transcript; /* empty: not yet */
    /* counts, in the same query */
    int64_t applications, submitted, decided, refused; /* submitted: with decided; decided: passed or refused */
    int64_t waiting_school, waiting_county;            /* reviews */
    int64_t listed;           /* leaves of the newest list: tickets, siblings together are one */
    struct str root;          /* of it */
    int64_t placed, unplaced; /* from `allotted` on */
    int64_t offers, capacity, free, held, taken, waiting;
    int64_t added;   /* places in the ledger above the plans, for siblings together */
    int64_t to_late; /* taken over by the late round: the plan of the transcript is capacity + to_late */
};
/* Rounds whose county starts with scope (empty: all), by county, stage, late after main. One query: the city's
 * overview. */
bool round_list(struct db *db, struct arena *arena, const struct city *city, struct str scope, struct round **out,
                size_t *n, struct error *error);
bool round_get(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct round *out, bool *found,
               struct error *error);
/* Does a round of the county and stage stand between its announcement and its end? */
bool round_goes_on(struct db *db, struct str county, struct str stage, bool *goes_on, struct error *error);
bool round_by_label(struct db *db, struct str label, int64_t *id, bool *found, struct error *error);

struct round_step_row {
    enum round_step step;
    int64_t at;
    int64_t account;
    struct str root; /* empty: none */
    int64_t listed;
    struct str detail;
};
/* In the order in which they were taken. */
bool round_steps(struct db *db, struct arena *arena, int64_t round, struct round_step_row **out, size_t *n,
                 struct error *error);
/* The step that comes next and from when it may be taken (0: at once); false in *has: the round has ended.
 * For published rounds: end (late is a choice, not a must). */
struct round_next {
    bool has;
    enum round_step step;
    int64_t from;
};
struct round_next round_next(const struct round *round);

/* ---- Driving ---- */

/* Takes every step from where each round is up to published. Only in a demo city (setting demo = 1) is the clock
 * moved to a step's moment (setting clock_shift follows) and are the demo witnesses' secrets used (witness.h); in a
 * real city it stops at the first step whose time has not come. */
struct round_run {
    struct places *places;
    struct store *store;
    struct vault *vault;
    struct writer *writer;
    struct actor actor;  /* takes the steps, */
    struct actor second; /* and looks; may be the same account when the setting two_persons is 0 */
    int64_t round;       /* 0: all rounds within scope */
    struct str scope;
    enum undecided undecided;
    void (*progress)(void *context, const struct round *round, enum round_step step, int64_t took_us);
    void *context;
    /* out */
    size_t steps;     /* taken */
    size_t published; /* rounds that are published now */
    size_t stopped;   /* rounds that could not go on; the first one's reason: */
    char reason_zh[512], reason_en[512];
};
bool round_run_all(struct round_run *run, struct error *error);

#endif
