/* Children as their guardians see them. The department's household data is taken over, never typed.
 *
 * The question `children` is asked by connect when a guardian opens "choose the child"; each child of the answer
 * goes through child_record_run, which finds or adds it by the keyed hash of its citizen number (purpose "citizen") and
 * links the guardian.
 */
#ifndef PLACES_CHILD_H
#define PLACES_CHILD_H

#include "places/places.h"

enum child_result { CHILD_RECORDED, CHILD_BAD_CITIZEN, CHILD_BAD_BIRTH, CHILD_BAD_NAME };

struct child_record {
    struct actor actor;
    int64_t guardian;    /* account that is linked; 0: none (a bulk builder) */
    struct str relation; /* father | mother | grandparent | other */
    struct str citizen;
    struct str name;
    struct str sex;                /* GB/T 2261.1; empty: from the number */
    int64_t birth;                 /* day; must agree with the number */
    struct str household_division; /* code of township or county */
    struct str address;            /* of the household book, full; empty: not known */
    int64_t school;                /* institution where it is enrolled now; 0: not known or none (kept as it was) */
    /* out */
    enum child_result result;
    int64_t child;
    bool added;
};
/* Finds or adds the child, brings its household data up to date, links the guardian. Journal: child.record. */
bool child_record_run(struct writing *writing, void *input, struct error *error);
struct text child_result_text(enum child_result result);

/* Is the account a guardian of the child? */
bool child_has_guardian(struct db *db, int64_t account, int64_t child, bool *is, struct error *error);

/* What a list of children shows. Names and numbers are unsealed only with a vault, else empty. */
struct child {
    int64_t id;
    struct str citizen, name; /* plain: mask before showing (mask_name, mask_citizen) */
    struct str sex;
    int64_t birth;
    struct str relation; /* of the account that asked; empty otherwise */
    struct str household_division;
    int64_t household_community; /* 0: outside the city */
    int64_t household_dwelling;  /* 0: not known */
    int64_t school;              /* 0: none known */
    int64_t facts_at;            /* ms */
};
struct child_round { /* an application of a child */
    int64_t child;
    int64_t application;
    int64_t round;
    struct str round_label;
    struct str round_state;
    struct str state;  /* draft submitted withdrawn */
    struct str step;   /* where a draft stands */
    struct str review; /* none waiting correction counter passed refused */
    struct str receipt;
    int64_t begun_by; /* account */
    int64_t changed_at;
};
struct child_list {
    struct child *children;
    size_t nchildren;
    struct child_round *rounds; /* by child, then the newest first */
    size_t nrounds;
};
/* A guardian's children with where each stands in each round. Two queries. */
bool child_list(struct db *db, struct arena *arena, struct vault *vault, int64_t guardian, struct child_list *out,
                struct error *error);
bool child_get(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct child *out, bool *found,
               struct error *error);

/* May a child of this birthday and school enter the stage in this policy's year? */
enum child_fit { CHILD_FITS, CHILD_TOO_YOUNG, CHILD_WRONG_STAGE };
/* primary_latest: the latest birthday for primary one this year in the same county (policy_latest_birthday of its
 * primary policy), for the question whether a child can have finished primary school; INT64_MAX: not known. */
enum child_fit child_fits(const struct policy *policy, int64_t birth, bool enrolled, int64_t primary_latest);
/* The rule in words with its date: "须在 2020-08-31 以前(含当日)出生 …". */
struct name child_fit_text(struct arena *arena, enum child_fit fit, const struct policy *policy);

#endif
