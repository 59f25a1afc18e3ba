/* Changes: proposed by who keeps a thing, confirmed by the level above, kept for ever.
 *
 * A change is a list of steps over one or more things: record, end, or an event (event.h). It is proposed with its note
 * and paper; nothing in the facts moves until it is confirmed, and then all of it in one transaction, under the
 * change's number. Who may propose and confirm says the kind (kinds.h); who confirms is another person than who
 * proposed, unless the city proposes what the city keeps. A change can be taken back by its proposer while it waits,
 * rejected with a reason, and undone after it was confirmed as long as nothing was recorded over it.
 */
#ifndef REGISTRY_CHANGE_H
#define REGISTRY_CHANGE_H

#include "registry/facts.h"

enum change_state { CHANGE_PROPOSED, CHANGE_CONFIRMED, CHANGE_REJECTED, CHANGE_WITHDRAWN, CHANGE_UNDONE };

struct change {
    int64_t id;
    struct str kind; /* of kinds.h, or merge split move rename close import */
    struct str division;
    int64_t institution;
    enum change_state state;
    struct str note, document, reason;
    struct str body;
    int64_t proposed_at, proposed_by, decided_at, decided_by;
};

/* Who acts: an account with what it may do, as accounts say it (this folder's core does not know accounts). */
struct keeper_of {
    int64_t account;
    enum keeper level;
    struct str scope;    /* prefix */
    int64_t institution; /* of school staff */
    const char *role;    /* for the journal */
};

/* The levels that a change of this kind asks for: of the kind itself, or of the event. */
void change_keepers(struct str kind, enum keeper *proposes, enum keeper *confirms);
/* May this person propose / confirm changes of the kind for this division and institution? */
bool change_may_propose(const struct kind *kind, const struct keeper_of *who, struct str division, int64_t institution);
bool change_may_confirm(const struct kind *kind, const struct keeper_of *who, struct str division);

enum change_result {
    CHANGE_OK,
    CHANGE_MISSING,   /* there is no such change, or it is out of scope */
    CHANGE_NOT_YOURS, /* the level may not, or it is the same person */
    CHANGE_DECIDED,   /* somebody was quicker */
    CHANGE_OVERTAKEN, /* something was recorded since that it does not know of (error names it) */
    CHANGE_NOTHING,   /* it would change nothing */
    CHANGE_WRONG      /* the facts do not fit (error says which) */
};

/* One step. */
enum step_act { STEP_RECORD, STEP_END };
struct change_step {
    enum step_act act;
    enum kind_id kind;
    struct fact fact; /* STEP_END: code (or subject) and valid_from */
    struct str of; /* code of the institution that it belongs to, when it has no number yet: an earlier step makes it;
                      empty: fact.institution */
    int64_t known; /* set by change_propose: how much was known of the thing, so that a confirmation that comes too
                      late is seen */
};
/* Steps as the lines of register_change.body and back: a line is
 *     record KIND CODE FROM UNTIL DIVISION INSTITUTION SUBJECT KNOWN column=value …
 * with tab between fields and \t \n \\ written as such; days as 2026-08-31, INSTITUTION a number or @CODE. Columns that
 * are empty or 0 are left out. */
struct str change_body(struct arena *arena, const struct change_step *steps, size_t n);
bool change_steps(struct arena *arena, struct str body, struct change_step **steps, size_t *n, struct error *error);

/* Checks a fact against its kind: required columns, ranges, words, that codes exist on the day. *mistakes (in the
 * arena) says what is wrong, with the column's index (-1: code, division, institution or days). */
enum mistake_of { MISTAKE_COLUMN, MISTAKE_CODE, MISTAKE_DAYS, MISTAKE_DIVISION, MISTAKE_INSTITUTION };
struct fact_mistake {
    int column;         /* -1: of none of the kind's own */
    enum mistake_of of; /* then this is */
    struct name says;
};
bool change_check(struct db *db, struct arena *arena, const struct kind *kind, const struct fact *fact,
                  struct fact_mistake **mistakes, size_t *n, struct error *error);

bool change_propose(struct writing *writing, const struct keeper_of *who, struct str kind, struct str division,
                    int64_t institution, const struct change_step *steps, size_t n, struct str note,
                    struct str document, int64_t *id, enum change_result *result, struct error *error);
bool change_confirm(struct writing *writing, const struct keeper_of *who, int64_t id, enum change_result *result,
                    struct error *error);
bool change_reject(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                   enum change_result *result, struct error *error);
bool change_withdraw(struct writing *writing, const struct keeper_of *who, int64_t id, enum change_result *result,
                     struct error *error);
bool change_undo(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                 enum change_result *result, struct error *error);
/* A change that is made at once, by the program (who NULL) or by who may confirm it: returns its number for
 * facts_record. */
bool change_made(struct writing *writing, const struct keeper_of *who, struct str kind, struct str division,
                 int64_t institution, struct str note, struct str document, int64_t *id, struct error *error);

bool change_read(struct db *db, struct arena *arena, int64_t id, struct change *out, bool *found, struct error *error);
/* Newest first; state -1: any. */
bool change_list(struct db *db, struct arena *arena, struct str scope, int64_t institution, int state, int64_t before,
                 int64_t most, struct change **out, size_t *n, struct error *error);

#endif
