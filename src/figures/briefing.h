/* A briefing on its way: draft → checked → approved → published (docs/briefing.md).
 *
 * A draft is made from a template and the figures as on a day, counted and frozen as known at one moment. Somebody may
 * let a figure be said otherwise than it was counted, with a note that is read out with it. The check holds all figures
 * against one another (checker.h), against what was counted and against what the rows say now; each finding is answered
 * by a person: counted anew, or said with a note. Another person approves. Publishing freezes the figures as a
 * publication (snapshot.h).
 *
 * What must hold: nobody approves what that person drafted, changed or checked; nothing is approved or published but
 * what was checked, byte for byte (the check keeps a hash of it, any change takes the check away); a published version
 * is never changed, a correction is the next version with its reason.
 */
#ifndef FIGURES_BRIEFING_H
#define FIGURES_BRIEFING_H

#include "figures/briefing_text.h"
#include "figures/snapshot.h"

enum briefing_state { BRIEFING_DRAFT, BRIEFING_CHECKED, BRIEFING_APPROVED, BRIEFING_PUBLISHED, BRIEFING_STATES };
extern const char *const briefing_state_words[BRIEFING_STATES];

/* What the check found at a figure. */
enum finding {
    FINDING_NONE,
    FINDING_IMPOSSIBLE, /* no rows in the world could give it beside the others */
    FINDING_DIFFERS,    /* what is said is not what was counted */
    FINDING_CHANGED,    /* the rows give something else now than when the draft was counted */
    FINDING_MISSING,    /* there is no value to be said */
    FINDING_FEW,        /* too few persons: "fewer than 5" is said, and the number is not published */
    FINDINGS
};

extern const char *const finding_words[FINDINGS];

struct briefing_figure {
    struct str indicator;
    int64_t day;
    uint8_t definition[SM3_BYTES];
    struct figure figure;
    unsigned decimals;
    bool has_other;
    int64_t other_e6;
    struct str note;
    int64_t answered_by; /* account that last had a hand in it; 0: it is as the draft counted it */
    enum finding finding;
    struct name finding_words;
};

struct briefing_version {
    int64_t briefing, version;
    struct name name;
    int64_t said_on;
    enum briefing_state state;
    int64_t day, recorded;
    struct str text_zh, text_en;
    struct str reason;
    int64_t drafted_at, drafted_by, checked_at, checked_by, approved_at, approved_by, published_at, published_by;
    int64_t publication, publication_version;
    bool has_check;
    uint8_t checked_hash[SM3_BYTES];
    struct briefing_figure *figures; /* by indicator */
    size_t n;
};

/* ---- Reading ---- */

/* Newest first, without figures and texts. published: those that everybody may see, of each its newest such version. */
bool briefing_list(struct db *db, struct arena *arena, bool published, struct briefing_version **out, size_t *n,
                   struct error *error);
/* version 0: the newest; of published ones alone when asked. */
bool briefing_read(struct db *db, struct arena *arena, int64_t briefing, int64_t version, bool published,
                   struct briefing_version *out, bool *found, struct error *error);
/* NULL: it has no such figure. */
const struct briefing_figure *briefing_figure_of(const struct briefing_version *version, struct str indicator);
/* What is said of it: the other value, else what was counted (with its bound). False: there is nothing to say. */
bool briefing_said(const struct briefing_figure *figure, int64_t *value_e6);
/* SM3 of all that is read out or stands behind it. */
void briefing_hash(struct arena *arena, const struct briefing_version *version, uint8_t hash[SM3_BYTES]);

/* ---- The check ---- */

/* Fills the findings of *version. relations: published/relations.yaml, without a mistake, or empty. now: the same
 * figures counted as known now, in the same order; few: which are too small to be said. */
void briefing_check(struct arena *arena, const struct indicators *set, const struct briefing_text *text,
                    struct str relations, const struct figure *now, const bool *few, struct briefing_version *version);
/* The first that was not answered; NULL: all are. */
const struct briefing_figure *briefing_unanswered(const struct briefing_version *version);

/* ---- Commands ---- */

enum briefing_result {
    BRIEFING_DONE,
    BRIEFING_MISSING,    /* no such version or figure */
    BRIEFING_NOT_NOW,    /* it is in a state in which this is not done, or was overtaken */
    BRIEFING_OWN,        /* nobody approves the own work */
    BRIEFING_UNANSWERED, /* findings wait for an answer */
    BRIEFING_NO_REASON,  /* a correction without one; another value without a note */
    BRIEFING_CHANGED,    /* it is not what was checked */
    BRIEFING_REDEFINED,  /* an indicator was defined anew since it was counted */
    BRIEFING_RESULTS
};

enum briefing_step {
    BRIEF_DRAFT,   /* a new briefing, or the next version of a published one */
    BRIEF_RECOUNT, /* the draft's figures and texts anew */
    BRIEF_SAY,     /* another value, a note */
    BRIEF_CHECK,
    BRIEF_APPROVE,
    BRIEF_RETURN, /* back to the draft */
    BRIEF_PUBLISH,
    BRIEFING_STEPS
};

/* The input of briefing_step_run; what a step needs of it. */
struct briefing_act {
    enum briefing_step step;
    int64_t account;
    const char *role;
    struct str form_key;          /* a retry is the same act; empty: none */
    const struct indicators *set; /* PUBLISH */
    /* briefing 0: a new one. DRAFT, RECOUNT: day, recorded, texts, figures; of a new one name and said_on, of a
     * correction the reason. CHECK: as it was read and checked. */
    struct briefing_version of;
    struct briefing_figure say; /* SAY: indicator, has_other, other_e6, note */
    enum briefing_result result;
    int64_t briefing; /* of the answer */
};
bool briefing_step_run(struct writing *writing, void *input, struct error *error);

extern const struct migration briefing_migrations[];
extern const size_t briefing_migrations_count;

#endif
