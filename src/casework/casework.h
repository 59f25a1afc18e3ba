/* casework 督办: what somebody must do by a date, with evidence, re-check and escalation from school to county to city.
 *
 * What a kind of case is stands in the city's folder (city/cases.h). Here are cases themselves: opened, acted on,
 * paused, handed over, closed; climbing when nobody acts; read within scope. See README.md.
 *
 * Writes are made inside a command (store/writer.h) and leave a step in the case's history and an entry in the journal,
 * all in one transaction. Who is written to is decided by following that history (notice.h). */
#ifndef CASEWORK_CASEWORK_H
#define CASEWORK_CASEWORK_H

#include "base/arena.h"
#include "base/error.h"
#include "city/city.h"
#include "store/db.h"
#include "store/vault.h"
#include "store/writer.h"

extern const struct migration casework_migrations[];
extern const size_t casework_migrations_count;

/* As whom somebody acts or looks. */
struct case_who {
    int64_t account; /* 0: the program or the public */
    const char *role;
    unsigned desks;      /* those at which the session sits (accounts' roles, as pages/desk.h reads them) */
    struct str scope;    /* prefix: of a school or enterprise the division of its institution */
    int64_t institution; /* of a school's or enterprise's staff, else 0 */
    struct str staff;    /* code in the register: of an inspector, else empty */
};

/* The desks at which accounts with these roles (accounts/accounts.h) sit. */
unsigned case_desks_of(unsigned roles);
/* What the register adds to an account: its code of staff; of an institution's staff its division as scope, and that it
 * is vocational. */
bool case_who_complete(struct db *db, struct arena *arena, struct case_who *who, struct error *error);
/* As whom an account works on cases, read whole; *found is false for one that is closed. */
bool case_who_of(struct db *db, struct arena *arena, int64_t account, struct case_who *who, bool *found,
                 struct error *error);

/* One case as a row. Text lives in the caller's arena. */
struct case_row {
    int64_t id;
    const struct case_kind *kind;   /* NULL: the folder no longer has it; it can be read, not acted on */
    const struct case_stage *stage; /* NULL likewise */
    struct str kind_id, stage_id;
    struct str number, division, subject, title;
    int64_t institution; /* 0: none; likewise below */
    struct str institution_code;
    struct name institution_name;
    unsigned desk; /* 0: closed */
    int64_t holder, opener, opener_institution;
    int64_t opened_at, stage_from, due, paused_at, closed_at, open_from, changed_at;
    unsigned reach; /* desks to which it climbed */
    struct str severity, item;
    int64_t parent;
    bool failed;
    int64_t children, children_open;
};
/* Working days by which it is late today (0: in time, none due, closed in time). */
int64_t case_late(const struct city *city, const struct case_row *row, int64_t today);

/* ---- Opening and acting; inside a command ---- */

/* Why an act was not done; the page tells. CASE_DONE and CASE_REPEATED are good. */
enum case_result {
    CASE_DONE,
    CASE_REPEATED,  /* the same client_key: nothing new was made, `id` is the one that was */
    CASE_NOT_YOURS, /* not at this desk, or out of scope */
    CASE_NOT_NOW,   /* the stage has no such act, the case is closed or paused */
    CASE_NEEDS_NOTE,
    CASE_NEEDS_EVIDENCE,
    CASE_NEEDS_LINES,
    CASE_NEEDS_ANSWERS, /* the checklist is not answered whole */
    CASE_CHILDREN_OPEN,
    CASE_SAME_PERSON, /* somebody else must do this (other_than) */
    CASE_NEEDS_NAMED, /* of a confidential kind: nobody is named, or somebody without a key or out of reach */
    CASE_HAS_ONE,     /* of a kind with `under`: the institution has one open under the same case */
    CASE_BAD_VALUE,   /* `field` is wrong: `says` */
};
struct text case_result_text(enum case_result result);

struct case_input { /* values of fields, as text; days as 2026-03-01, money as yuan, words as ids, yes as "yes" */
    struct str field;
    struct str value;
};
struct case_file_added { /* evidence that stands on disk already (store/sealed_file.h) */
    struct str name, type, digest, stored, item;
    int64_t size, line;
    int64_t taken_at, lon_e6, lat_e6; /* 0: not given */
    bool has_place, open;
};
enum case_answer { ANSWER_NONE, ANSWER_GOOD, ANSWER_BAD, ANSWER_NOT_HERE /* does not apply here */ };
struct case_answers {
    enum case_answer answer[CHECKLIST_ITEMS_MAX];
    struct str words[CHECKLIST_ITEMS_MAX];
};

struct case_open {
    const struct city *city;
    const struct case_kind *kind;
    struct case_who who; /* whose right to open is checked against kind->opens; account 0 with desks 0: the program */
    struct str division; /* needed */
    int64_t institution; /* 0: none */
    struct str subject;  /* code, id, or empty */
    struct str title;    /* of confidential kinds not kept */
    struct case_input *values;
    size_t nvalues;
    struct case_file_added *files;
    size_t nfiles;
    struct str note;
    int64_t parent;        /* 0: none; of a kind with `under` the case above, whose institution and division it takes */
    struct str item;       /* of a finding: CHECKLIST/ITEM */
    struct str checklist;  /* another than the kind's (a theme's); kept as the value of field "checklist" */
    struct str client_key; /* or empty */
    int64_t holder;        /* 0: whoever sits at the desk */
    const int64_t *named;  /* of a confidential kind: accounts with a key (sealed.h) whom it names, the holder first */
    size_t nnamed;
    const int64_t *barred; /* accounts that decided the matter before: none of them does an act of this case */
    size_t nbarred;
    int64_t due; /* 0: by the stage's term */
    int64_t at;  /* 0: now; of builders the moment */
    bool quiet;  /* of builders: no messages, no entry in the journal of its own */
    /* out */
    enum case_result result;
    int64_t id;
    struct str number;
    struct str field; /* of CASE_BAD_VALUE */
    struct name says;
};
/* A struct command's run: input is struct case_open. False only when the store failed. */
bool case_open_run(struct writing *writing, void *input, struct error *error);

struct case_do {
    const struct city *city;
    struct case_who who;
    int64_t id;
    struct str act;
    struct case_input *values;
    size_t nvalues;
    struct case_file_added *files;
    size_t nfiles;
    const struct case_answers *answers; /* NULL: none */
    struct str note;
    struct str client_key; /* of a form that was filled without a network, or empty */
    bool by_rule;          /* an act of another case brought it about: nobody's desk is asked */
    int64_t at;            /* 0: now */
    bool quiet;
    /* out */
    enum case_result result;
    struct str field;
    struct name says;
    int64_t step;
    size_t findings; /* child cases that it opened */
};
/* Does an act of the stage. Failed items of the checklist open child cases of its kind of finding at once; major ones
 * stand first among those due on one day. input is struct case_do. */
bool case_do_run(struct writing *writing, void *input, struct error *error);

/* Acts that every kind has: a remark (with evidence), take (become the holder), hand over to an account of the same
 * desk, pause with a reason and resume (county and city only), watch and unwatch. A term stands still while it is
 * paused: the working days of the pause are added to the due day. */
enum case_common { CASE_REMARK, CASE_TAKE, CASE_HAND_OVER, CASE_PAUSE, CASE_RESUME, CASE_WATCH, CASE_UNWATCH };
struct case_common_do {
    const struct city *city;
    struct case_who who;
    int64_t id;
    enum case_common what;
    struct str note;
    int64_t to; /* account, of CASE_HAND_OVER */
    struct case_file_added *files;
    size_t nfiles;
    enum case_result result; /* out */
};
bool case_common_run(struct writing *writing, void *input, struct error *error);

/* A line of the plan: added (id 0), changed, done, dropped; each with a step and a word why after the plan was agreed
 * (stage beyond the first). */
struct case_line {
    int64_t id;
    struct str name, owner, measure;
    int64_t adds, from_day, due, done; /* done 0: not yet */
    int64_t planned_fen, spent_fen;
    bool dropped;
};
struct case_line_do {
    const struct city *city;
    struct case_who who;
    int64_t id; /* case */
    struct case_line line;
    struct str note;
    struct case_file_added *files;
    size_t nfiles;
    int64_t at;
    bool quiet;
    enum case_result result; /* out */
    int64_t line_id;
};
bool case_line_run(struct writing *writing, void *input, struct error *error);
/* Of builders: many, without looking. The cases exist and their step is named. */
bool case_line_add(struct writing *writing, int64_t id, int64_t step, const struct case_line *line,
                   struct error *error);

/* Who is away, and who does their work: cases of the one show on the other's list from that day. */
struct case_stand_in {
    struct case_who who; /* oneself, or the city or county for its staff */
    int64_t account, by_account, from_day, until_day;
    struct str reason;
    enum case_result result; /* out */
};
bool case_stand_in_run(struct writing *writing, void *input, struct error *error);
struct case_stand_in_end { /* before its last day */
    struct case_who who;   /* who was away, who stood in, or the city or county above them */
    int64_t id;
    bool done; /* out */
};
bool case_stand_in_end_run(struct writing *writing, void *input, struct error *error);
/* Those of an account that stand or are to come, as the one who is away and as the one who stands in; newest first. */
struct case_stand_in_row {
    int64_t id, account, by_account, from_day, until_day;
    struct str reason;
};
bool case_stand_ins(struct db *db, struct arena *arena, int64_t account, int64_t today, struct case_stand_in_row **out,
                    size_t *n, struct error *error);
/* Everything that the account holds goes to another (it leaves). *moved: how many. */
bool case_hand_over_all(struct writing *writing, const struct city *city, const struct case_who *who, int64_t from,
                        int64_t to, struct str note, int64_t *moved, struct error *error);

/* ---- The clock ---- */

/* Reminders and climbs that are due on or before the day, of at most `most` cases; *more: call again. Each is a step
 * whose day is the day on which it was due, however late the clock looks. Also opens what must be opened by date
 * (casework/supervision.h). */
bool case_tick(struct writing *writing, const struct city *city, int64_t today, size_t most, bool *more,
               struct error *error);
/* Counts the due days of all open cases again when the city's calendar is not the one they were counted with. */
bool case_recount(struct writing *writing, const struct city *city, int64_t *changed, struct error *error);

/* ---- Reading ---- */

enum case_order { CASE_BY_URGENCY, CASE_BY_OPENED, CASE_BY_CHANGED, CASE_OPEN_FIRST /* then by urgency */ };
/* CASE_BEHIND: open, and a line of its plan is not done after its day. */
enum case_state { CASE_ANY, CASE_OPEN, CASE_LATE, CASE_BEHIND, CASE_CLIMBED, CASE_CLOSED, CASE_PAUSED };

struct case_ask {
    const struct city *city;
    const struct case_who *who; /* NULL: the public (only cases with open_from) */
    bool mine;                  /* on my desk, held by me or by nobody (or by whom I stand in for), or climbed to it */
    struct str kind;            /* id, or empty; likewise below */
    struct str stage, severity, item;
    struct str division; /* prefix within scope */
    int64_t institution, parent;
    struct str subject;
    struct str text; /* in number, title or the institution's name */
    enum case_state state;
    int64_t opened_from, opened_until; /* moments; 0: any */
    int64_t due_from, due_until;       /* days; 0: any */
    int64_t today;
    enum case_order order;
    int64_t skip, most; /* a page */
};
/* Confidential cases are in a list only for who is named in them. Urgency: late first, then by due day, then without a
 * term; major before usual on one day. */
bool case_list(struct db *db, struct arena *arena, const struct case_ask *ask, struct case_row **out, size_t *n,
               struct error *error);
bool case_count(struct db *db, const struct case_ask *ask, int64_t *n, struct error *error);
struct case_tally {
    int64_t open, late, climbed, closed;
};
bool case_tally(struct db *db, const struct case_ask *ask, struct case_tally *out, struct error *error);

/* One case, whoever asks; scope is another question. */
bool case_one(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct case_row *out,
              bool *found, struct error *error);
bool case_numbered(struct db *db, struct arena *arena, const struct city *city, struct str number, struct case_row *out,
                   bool *found, struct error *error);
/* May they see it? The one place that decides for pages, lists apart (case_list has the same as SQL). */
bool case_sees(struct db *db, const struct case_who *who, const struct case_row *row, bool *sees, struct error *error);
/* The acts that they may do now: pointers into the kind, at most CASE_ACTS_MAX. An act that somebody else must do
 * (other_than) is in `barred` instead. */
bool case_acts(struct db *db, const struct case_who *who, const struct case_row *row, const struct case_act **acts,
               size_t *nacts, const struct case_act **barred, size_t *nbarred, struct error *error);
/* Is it on their desk (also: climbed to it, or they stand in for its holder)? */
bool case_is_mine(struct db *db, const struct case_who *who, const struct case_row *row, int64_t today, bool *mine,
                  struct error *error);

/* Does the account watch it? */
bool case_watches(struct db *db, const struct case_who *who, int64_t id, bool *watches, struct error *error);

struct case_step {
    int64_t id, at, account, day, due;
    struct str role, act, from_stage, to_stage, note;
};
bool case_steps(struct db *db, struct arena *arena, int64_t id, struct case_step **out, size_t *n, struct error *error);
/* The newest value of each field of the kind, as text; empty where none. Words as ids, days as 2026-03-01, money as
 * yuan. `values` has room for CASE_FIELDS_MAX. */
bool case_values(struct db *db, struct arena *arena, const struct case_row *row, struct str *values,
                 struct error *error);
/* A value as people read it. */
struct name case_shown(struct arena *arena, const struct case_field *field, struct str value);
/* Text into a value: false with `says` when it is none of the field. */
bool case_value_of(struct arena *arena, const struct case_field *field, struct str text, struct str *value,
                   struct name *says);

struct case_evidence {
    int64_t id, case_id, step, size, line, taken_at, lon_e6, lat_e6;
    struct str item, name, type, digest, stored;
    bool has_place, open;
};
bool case_evidence_list(struct db *db, struct arena *arena, int64_t id, struct case_evidence **out, size_t *n,
                        struct error *error);
bool case_evidence_one(struct db *db, struct arena *arena, int64_t evidence, struct case_evidence *out, bool *found,
                       struct error *error);
bool case_lines(struct db *db, struct arena *arena, int64_t id, struct case_line **out, size_t *n, struct error *error);
/* The newest answers of the case; *list: the list that they answered as it is in the folder (NULL: gone). */
bool case_answers_of(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct case_answers *out,
                     const struct checklist **list, bool *found, struct error *error);

/* The responsible inspector of an institution on a day, by the register's charges: the code of the member of staff. */
bool case_inspector(struct db *db, struct arena *arena, int64_t institution, int64_t day, struct str *staff,
                    bool *found, struct error *error);

#endif
