/* Returns 报表: what an institution reports about a period, by a form of the city's folder (city/returns.h).
 *
 *   draft → submitted → accepted
 *             ↑    ↓ sent_back (with a reason)
 *
 * What is handed in is kept in versions; a correction needs a word why, replaces what changes and must be accepted
 * again. The moment at which a return was handed in first never changes: late stays late, whatever is corrected.
 * Every act is a step with account and note, and an entry in the journal. */
#ifndef REGISTRY_RETURNS_H
#define REGISTRY_RETURNS_H

#include "base/arena.h"
#include "base/error.h"
#include "city/returns.h"
#include "registry/change.h"
#include "store/writer.h"

enum return_state { FILING_NONE, FILING_DRAFT, FILING_SUBMITTED, FILING_SENT_BACK, FILING_ACCEPTED };

/* Answers, by the form's fields. Numbers, shares in hundredths, 0 or 1; text. */
struct return_values {
    bool has[RETURN_FIELDS_MAX];
    int64_t number[RETURN_FIELDS_MAX];
    struct str text[RETURN_FIELDS_MAX];
};

/* A return of an institution, also one that nobody has begun (id 0). */
struct filing {
    int64_t id, institution;
    struct str code;
    struct name name;
    struct str division;
    enum return_state state;
    int64_t due;
    int64_t handed_in_at; /* first; 0: never */
    int64_t changed_at;
    struct return_values values; /* of returns_one: what is handed in, else the draft */
};
/* Days by which it is or was late; 0: in time, or not due yet. */
int64_t filing_late(const struct filing *filing, int64_t today);
const char *filing_state_word(enum return_state state);

/* Who must report for the period, by division and code: institutions of the form's kinds that stood on its last day (or
 * stand today). scope: prefix; institution 0: any. Without values. */
bool returns_due(struct db *db, struct arena *arena, const struct return_form *form, const struct return_period *period,
                 struct str scope, int64_t institution, int64_t today, struct filing **out, size_t *n,
                 struct error *error);
/* The institution's return of the period; *found: it must report. */
bool returns_one(struct db *db, struct arena *arena, const struct return_form *form, const struct return_period *period,
                 int64_t institution, int64_t today, struct filing *out, bool *found, struct error *error);
/* What was handed in for the period before; has[] empty where there is nothing. */
bool returns_last(struct db *db, struct arena *arena, const struct return_form *form,
                  const struct return_period *period, int64_t institution, struct return_values *out,
                  struct error *error);
/* What the register knows, for fields with prefill that have no value. */
bool returns_prefill(struct db *db, struct arena *arena, const struct return_form *form,
                     const struct return_period *period, int64_t institution, int64_t today,
                     struct return_values *values, struct error *error);

/* ---- Looking (returns_check.c) ---- */

struct return_problem {
    size_t field;
    bool warning; /* may stay, with a word of explanation */
    struct name says;
};
/* At most RETURN_FIELDS_MAX + RETURN_RULES_MAX. */
size_t returns_check(const struct return_form *form, const struct return_values *values,
                     const struct return_values *last, struct return_problem *out);
/* A value as text and back ("85.72", "1", "…"). */
struct str return_text(struct arena *arena, const struct return_field *field, const struct return_values *values,
                       size_t i);
bool return_value_of(struct arena *arena, const struct return_field *field, struct str text,
                     struct return_values *values, size_t i, struct name *says);

/* ---- Acts, inside a command ---- */

enum return_result { RETURN_DONE, RETURN_NOT_NOW, RETURN_SAME, RETURN_NEEDS_NOTE };

struct return_act {
    const struct return_form *form;
    struct return_period period;
    int64_t institution;
    struct str division;
    struct str role;
    int64_t account;
    struct str note;
    struct return_values values;
    int64_t at; /* 0: now; of builders the moment at which it is handed in */
};
bool returns_save(struct writing *writing, const struct return_act *act, enum return_result *result,
                  struct error *error);
/* First or again; a correction (of what is submitted or accepted) needs a note. The caller has checked the values. */
bool returns_hand_in(struct writing *writing, const struct return_act *act, enum return_result *result,
                     struct error *error);
/* By the level above: the note is the reason. */
bool returns_send_back(struct writing *writing, const struct return_act *act, enum return_result *result,
                       struct error *error);
bool returns_accept(struct writing *writing, const struct return_act *act, enum return_result *result,
                    struct error *error);

/* ---- The trace ---- */

struct return_change {
    size_t field; /* SIZE_MAX: the form no longer has it */
    struct str before, after;
};
struct return_step {
    struct str act, note;
    int64_t at, account;
    struct return_change *changes;
    size_t nchanges;
};
bool returns_trace(struct db *db, struct arena *arena, const struct return_form *form, int64_t filing,
                   struct return_step **out, size_t *n, struct error *error);

#endif
