/* Kinds of casework 督办: what somebody must do by a date, as the city describes it in cases/ID.yaml, and the lists
 * that are answered on the spot, checklists/ID.yaml (docs/casework.md). A new kind of case needs no C: what C knows is
 * the vocabulary below.
 *
 * A case goes through stages. Each lies on a desk, has a term in working days, and offers acts. An act may ask for
 * fields, need evidence or a word, and leads to another stage or stays. What is not done in time climbs. */
#ifndef CITY_CASES_H
#define CITY_CASES_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

/* What a case is about. Whatever it is, it may name an institution as well, which gives it its division. */
enum case_subject {
    CASE_OF_INSTITUTION,
    CASE_OF_PERSON,      /* a child or an adult: named in words, or an application (appeals) */
    CASE_OF_PROJECT,     /* of the register, by code */
    CASE_OF_PLACE,       /* a catchment, a site */
    CASE_OF_VENUE,       /* a sports ground of the register, by code */
    CASE_OF_APPLICATION, /* an allotment or a review, by the application's id */
};

/* On whose desk a stage lies, and who may act. Bits, for sets. */
enum case_desk {
    DESK_SCHOOL = 1 << 0,     /* staff of the institution */
    DESK_INSPECTOR = 1 << 1,  /* the responsible inspector of the institution on that day (the register's charge) */
    DESK_COUNTY = 1 << 2,     /* officers of the county in which it lies */
    DESK_CITY = 1 << 3,       /* the bureau */
    DESK_OPENER = 1 << 4,     /* the account that opened it */
    DESK_NAMED = 1 << 5,      /* the persons whom the case names, and nobody else */
    DESK_ENTERPRISE = 1 << 6, /* staff of an enterprise: opens only */
    DESK_FAMILY = 1 << 7,     /* families: open only, then as the opener */
    DESK_PUBLIC = 1 << 8,     /* anybody, without an account: opens only, answered by mail or by the case's number */
    DESK_VOCATIONAL = 1 << 9, /* staff of any vocational institution: opens only (answers on the board) */
    DESK_PARENT = 1 << 10,    /* who opened the case above (kinds with `under`) */
};
enum { CASE_DESKS = 11 };
const char *case_desk_word(enum case_desk desk); /* "school" …, as in the YAML */
unsigned case_desk_of_word(struct str word);     /* its bit; 0: none */
struct text case_desk_name(enum case_desk desk);

enum case_type { CASE_TEXT, CASE_LONG, CASE_NUMBER, CASE_MONEY, CASE_DAY, CASE_WORD, CASE_YES };

struct case_word {
    struct str id;
    struct name name;
};
struct case_field {
    struct str id;
    struct name name, hint; /* hint may be empty */
    enum case_type type;
    bool required;
    bool open;           /* shown in public where the case is */
    int64_t least, most; /* of numbers (money in fen), of text in characters */
    struct case_word *words;
    size_t nwords;
};

enum {
    CASE_FIELDS_MAX = 30,
    CASE_STAGES_MAX = 16,
    CASE_ACTS_MAX = 8,
    CASE_CLIMBS_MAX = 4,
    CASE_REMINDS_MAX = 4,
    CASE_TERMS_MAX = 6,
    CASE_MEASURES_MAX = 12,
    CHECKLIST_ITEMS_MAX = 80,
};

/* An act of a stage. */
struct case_act {
    struct str id;
    struct name name;             /* on the button: "Report as mended" */
    struct name done;             /* in the history: "reported as mended"; empty: the name */
    unsigned by;                  /* desks; 0: the stage's own */
    size_t to;                    /* stage; SIZE_MAX: stays */
    bool needs_note;              /* a word why */
    bool needs_evidence;          /* at least one picture or paper with this act */
    bool needs_checklist;         /* the kind's checklist, answered whole */
    bool needs_lines;             /* at least one line of the plan (kinds with lines) */
    bool children_closed;         /* only when every child case is closed */
    struct str other_than;        /* another account than did this act last in the case; empty: anybody of the desk */
    size_t asks[CASE_FIELDS_MAX]; /* fields of the kind */
    size_t nasks;
    struct str parent_act; /* of kinds with `under`: the case above does this act too, with the values of fields that
                              have the same id; empty: none */
    size_t siblings_to;    /* and the other open cases of this kind under it go to this stage; SIZE_MAX: not */
};

/* What is not done in time climbs to the next level: `after` working days after the due day it is on that desk too. */
struct case_climb {
    int64_t after; /* 0: on the first working day after the due day */
    enum case_desk to;
};
/* A term that depends on a word field: days[value]. */
struct case_term {
    struct str word;
    int64_t days;
};
struct case_stage {
    struct str id;
    struct name name;
    enum case_desk desk;
    int64_t days;         /* working days from the day it comes here; 0: no term */
    int64_t due_of_month; /* or: the last day of the month in which the case was opened (1) */
    size_t days_by;       /* or: by this word field of the kind; SIZE_MAX: not */
    size_t due_field;     /* or: the day that this field has; SIZE_MAX: not */
    struct case_term terms[CASE_TERMS_MAX];
    size_t nterms;
    int64_t reminds[CASE_REMINDS_MAX]; /* working days before the due day, descending */
    size_t nreminds;
    struct case_climb climbs[CASE_CLIMBS_MAX]; /* ascending */
    size_t nclimbs;
    struct case_act acts[CASE_ACTS_MAX];
    size_t nacts;
    bool ends;   /* no acts, no term: the case is closed */
    bool failed; /* of an end: without success (withdrawn, refused) */
    bool open;   /* shown in public from here, where the kind is public */
};

/* What is answered on the spot: items in groups. A failed item opens a child case. */
struct checklist_item {
    struct str id;
    struct name name, hint;
    struct str group; /* id of a word of `groups` */
    bool major;       /* what fails here is a major hazard: county and city hear at once */
};
struct checklist {
    struct str id;
    struct name name;
    struct case_word *groups;
    size_t ngroups;
    struct checklist_item *items;
    size_t nitems;
    struct str finding; /* kind of case that a failed item opens; its word field `severity` gets usual or major */
    int64_t digest;     /* of the file: answers name the list that they answered */
};

struct case_kind {
    struct str id;
    struct name name, about;
    struct str prefix; /* of case numbers: "ZG" gives ZG-2026-000123 */
    enum case_subject subject;
    unsigned opens;    /* desks that may open one by hand; 0: the program alone (warnings) */
    unsigned reads;    /* further desks that see it in their scope besides those of its stages; city and county always
                          see what is not confidential */
    bool confidential; /* named persons alone: values, remarks and evidence are encrypted for them */
    bool public;       /* has a public page from the first stage with `open` */
    bool lines;        /* has a plan of lines: measures or milestones with days and money */
    struct case_word measures[CASE_MEASURES_MAX]; /* to what a line of the plan can add (places, floor_m2 …) */
    size_t nmeasures;
    struct str under, under_stage; /* a case of this kind hangs on an open one of that kind in that stage, one for each
                                      institution; empty: it stands for itself */
    bool anonymous;                /* who opened it is not shown to the desks (letters) */
    struct str expires;            /* opened by the program when a designation of this id ends within `expires_days` */
    int64_t expires_days;          /* working days */
    struct str checklist;          /* id, or empty; a theme may name another when the case is opened */
    struct str number;             /* word for indicators, docs alone */
    struct case_field fields[CASE_FIELDS_MAX];
    size_t nfields;
    size_t asks[CASE_FIELDS_MAX]; /* fields that the opening asks for */
    size_t nasks;
    struct case_stage stages[CASE_STAGES_MAX]; /* a new case is in the first */
    size_t nstages;
    size_t severity; /* the field with the id `severity`, or SIZE_MAX */
};

/* Every kind and checklist of the folder, by id; none where it has no such folder. Mistakes are told with file and
 * line; texts live in the arena. Every reference is resolved or a mistake. */
void cases_read(struct arena *arena, struct str folder, struct case_kind ***kinds, size_t *nkinds,
                struct checklist ***checklists, size_t *nchecklists, struct city_mistakes *mistakes);

size_t case_field(const struct case_kind *kind, struct str id); /* SIZE_MAX: none; likewise below */
size_t case_stage(const struct case_kind *kind, struct str id);
const struct case_act *case_act(const struct case_stage *stage, struct str id);
size_t checklist_item(const struct checklist *list, struct str id);

#endif
