/* Review: what needs a person, in what order, and what was decided.
 *
 * An application of which every needed check passed is passed by the program. What remains waits: first at the school
 * of its first wish, then at the county. The school prepares, the county decides:
 *
 *     at the school   passed → waits at the county · refused → waits at the county (proposed) ·
 *                     correction → back to the family · counter → to the counter
 *     at the county   passed · refused · correction · counter: as they say
 *
 * A county may decide at once what still waits at a school. Every decision is kept for good (table review). An
 * application keeps its place in the queue through corrections: queue_at is set once.
 * Reviews end when the final root of the round stands (round state `final`).
 */
#ifndef PLACES_REVIEW_H
#define PLACES_REVIEW_H

#include "places/application.h"
#include "places/fact.h"

/* ---- The queue ---- */

struct review_filter {
    int64_t round;       /* 0: any (then division or school is needed) */
    struct str division; /* prefix of the round's county; empty: any */
    int64_t school;      /* of the first wish; 0: any */
    struct str review;   /* waiting correction counter passed refused none; empty: waiting */
    struct str level;    /* school | county; empty: both */
    struct str reason;   /* id of a check's or the review's reason; empty: any */
    struct str check;    /* kind of a check that did not pass; empty: any */
    int64_t category;    /* of the first wish; -1: any */
    int64_t since;       /* waiting since before this moment, ms; 0: any */
    /* Keyset: the last row of the page before; zero for the first page. */
    int64_t after_queue_at;
    int64_t after_id;
    size_t most; /* rows of a page; 0: 50; at most 500 */
};

struct review_row {
    int64_t id;
    int64_t version;
    struct str receipt;
    struct str child_name; /* plain with a vault: mask before showing; else empty */
    struct str state, review, level;
    struct str reasons;       /* of the review, ids separated by blanks */
    struct str check_reasons; /* of the checks that did not pass: "kind:reason kind:reason" */
    int64_t school;
    struct name school_name;
    int64_t category, subrank;
    int64_t papers; /* handed in */
    int64_t queue_at;
    int64_t submitted_at;
};
struct review_page {
    struct review_row *rows;
    size_t n;
    bool more;
};
/* In the order in which they are to be looked at: (queue_at, id). Without queue_at (passed by the program): by id. */
bool review_queue(struct db *db, struct arena *arena, struct vault *vault, const struct review_filter *filter,
                  struct review_page *out, struct error *error);
/* How many match, and the first that matches after this one ("next", 0: none). */
bool review_queue_count(struct db *db, struct arena *arena, const struct review_filter *filter, int64_t *n,
                        struct error *error);
bool review_next(struct db *db, struct arena *arena, const struct review_filter *filter, int64_t *application,
                 struct error *error);

/* Its place: 37 means 36 wait before it at the same desk (the school's, or the county's). 0: it does not wait. */
bool review_position(struct db *db, int64_t application, int64_t *position, struct error *error);

/* ---- Decisions ---- */

enum review_decision {
    REVIEW_PASSED,
    REVIEW_CORRECTION,
    REVIEW_COUNTER,
    REVIEW_REFUSED,
    REVIEW_NOTE /* a remark; decides nothing */
};
const char *review_decision_id(enum review_decision decision);
bool review_decision_of(struct str id, enum review_decision *decision);
struct text review_decision_name(struct str id);
/* "none waiting …" in words for families. */
struct text review_state_name(struct str review);

enum review_level { REVIEW_SCHOOL, REVIEW_COUNTY };

enum review_result {
    REVIEW_DONE,
    REVIEW_NOT_FOUND,
    REVIEW_CHANGED, /* somebody decided or the family changed it since the page was shown: by whom, when */
    REVIEW_NOT_SUBMITTED,
    REVIEW_TOO_LATE,       /* the final root of the round stands */
    REVIEW_NOT_HERE,       /* it waits at the county: the school's part is done */
    REVIEW_REASON_MISSING, /* correction, counter and refusal need a reason */
    REVIEW_REASON_UNKNOWN, /* not one of city.yaml's */
    REVIEW_FACT_UNKNOWN    /* a check that the application does not have */
};
struct text review_result_text(enum review_result result);

struct review_decide {
    struct places *places;
    struct actor actor;
    struct str form_key;
    enum review_level level;
    int64_t application;
    int64_t version; /* what the page showed; 0: any */
    enum review_decision decision;
    const struct str *reasons; /* ids of city.yaml */
    size_t nreasons;
    struct str note; /* sealed */
    unsigned parts;  /* correction: parts that are opened (enum application_part); 0: from the reasons */
    const struct fact_setting *facts; /* checks that the person confirms or denies by the papers */
    size_t nfacts;
    /* out */
    enum review_result result;
    bool repeated;
    int64_t changed_by, changed_at; /* with REVIEW_CHANGED: the last decision's, 0: the family */
};
bool review_decide_run(struct writing *writing, void *input, struct error *error);

/* One decision on many, in one command; each has its own result. */
struct review_bulk_item {
    int64_t application;
    int64_t version;
    enum review_result result; /* out */
};
enum { LIMIT_BULK = 500 };
struct review_bulk {
    struct review_decide decide; /* all but application, version and result */
    struct review_bulk_item *items;
    size_t n;
    /* out */
    size_t done;
};
bool review_bulk_run(struct writing *writing, void *input, struct error *error);

/* Every decision on an application, oldest first. Notes unsealed only with a vault. */
struct review_entry {
    int64_t at;
    int64_t account;
    struct str level;
    struct str decision;
    struct str reasons;
    struct str note;
};
bool review_history(struct db *db, struct arena *arena, struct vault *vault, int64_t application,
                    struct review_entry **out, size_t *n, struct error *error);

#endif
