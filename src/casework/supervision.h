/* Supervision 督导: every school and kindergarten has a responsible inspector who visits it once a month.
 *
 * Who has which school is a charge of the register (kind `charge`, word `inspector`), in two times. Here is what
 * follows from it: who has none, why and since when; whom an inspector may not supervise; who should get the schools
 * without one; the visits of each month with a planned day; and what came of them. A visit is a case of kind `visit`, a
 * finding its child of kind `rectification` (casework.h). */
#ifndef CASEWORK_SUPERVISION_H
#define CASEWORK_SUPERVISION_H

#include "casework/casework.h"
#include "registry/change.h"

enum {
    SUPERVISION_USUAL = 5,   /* schools of one inspector; more only when nobody has fewer */
    SUPERVISION_MOST = 8,    /* never more */
    SUPERVISION_START = 3000 /* metres: how near a school must lie to be added before a new round of schools begins */
};

/* A month as a number: year * 12 + month - 1. */
int64_t month_of_day(int64_t day);
int64_t month_first_day(int64_t month);
/* "2026-08" */
struct str month_format(struct arena *arena, int64_t month);
bool month_parse(struct str text, int64_t *month);

/* ---- Who is without ---- */

enum lack {
    LACK_NONE,  /* has one */
    LACK_NEVER, /* never had one */
    LACK_ENDED, /* the charge ended */
    LACK_LEFT   /* the charge stands, the inspector is none any more */
};
enum { LACKS = 4 };
struct text lack_words(enum lack lack);

struct supervised {
    int64_t institution;
    struct str code, division;
    struct name name;
    int64_t lon_e6, lat_e6; /* 0 0: not known */
    enum lack lack;
    int64_t since;    /* day: from which the inspector has it; of a lack from which there is none */
    struct str staff; /* the inspector; of a lack the last one, or empty */
};
/* Every school and kindergarten within the scope, by division and code: as on a day, as known at a moment. */
bool supervision_coverage(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                          struct supervised **out, size_t *n, struct error *error);
/* The same of one institution; *found false: it is none that is supervised. */
bool supervision_of(struct db *db, struct arena *arena, int64_t institution, struct as_of as_of, struct supervised *out,
                    bool *found, struct error *error);

struct inspector {
    struct str staff;     /* code */
    int64_t person;       /* person.id */
    struct str division;  /* county */
    int64_t since, until; /* days: of the post; until DAY_OPEN: open */
    int64_t bureau;       /* institution.id at which the post is */
    int64_t zone;         /* 0: works in the whole county */
};
/* Inspectors on the day within the scope, by code. */
bool supervision_inspectors(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                            struct inspector **out, size_t *n, struct error *error);

/* ---- Whom an inspector may not supervise ---- */

struct conflict {
    struct str staff;
    int64_t institution;
    bool was_staff;    /* works or worked there; else declared */
    struct str reason; /* of what was declared */
    int64_t from, until;
};
/* Of all inspectors of the scope, by staff, then institution. Having been staff counts for ever, declared interests on
 * the day. */
bool supervision_conflicts(struct db *db, struct arena *arena, struct str scope, int64_t day, struct conflict **out,
                           size_t *n, struct error *error);
struct interest_do {
    const struct city *city;
    struct case_who who;
    struct str staff;
    int64_t institution, from_day, until_day; /* until 0: open */
    struct str reason;
    enum case_result result; /* out */
};
bool interest_declare_run(struct writing *writing, void *input, struct error *error);

/* ---- Zones ---- */

struct zone {
    int64_t id;
    struct str division;
    struct name name;
    struct str *townships, *inspectors;
    size_t ntownships, ninspectors;
};
bool supervision_zones(struct db *db, struct arena *arena, struct str scope, struct zone **out, size_t *n,
                       struct error *error);
/* id 0: a new one. What was in another zone goes over to this one. No townships: it is dissolved. */
struct zone_do {
    struct case_who who;
    struct zone zone;
    enum case_result result; /* out */
};
bool zone_set_run(struct writing *writing, void *input, struct error *error);

/* ---- Who should get the schools without an inspector ---- */

struct assignment {
    int64_t institution;
    struct str code, division, township; /* of the school; division: its county */
    struct name name;
    struct str staff; /* empty: nobody can take it */
    int64_t metres;   /* to the nearest other school of the inspector; -1: the first, or a place is not known */
    int64_t load;     /* schools that the inspector then has */
};
/* The rule, county by county, the same whenever it is asked with the same facts: the pair of a school without and an
 * inspector who may take it that lies nearest is taken, again and again. Nearness is the distance to the nearest school
 * that the inspector has or was just given; to who has none yet SUPERVISION_START. Who is in a zone takes schools of
 * its townships alone, and these go to nobody else while the zone has inspectors. Nobody gets a school with a conflict.
 * Nobody gets more than SUPERVISION_USUAL while a pair is left below it; then one more each time, up to
 * SUPERVISION_MOST. Ties: the smaller load, then the codes. So loads are even and schools of one inspector are
 * neighbours. */
bool supervision_propose(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                         struct assignment **out, size_t *n, struct error *error);
/* The rule alone, over what was read. */
void supervision_match(struct arena *arena, const struct supervised *schools, size_t nschools,
                       const struct inspector *inspectors, size_t ninspectors, const struct conflict *conflicts,
                       size_t nconflicts, const struct zone *zones, size_t nzones, struct assignment **out, size_t *n);

/* Makes it a change of the register: proposed by the county (a second person confirms it under /register/changes), or
 * confirmed at once where the rules of the register let the same person do so. Each pair is checked again: the school
 * still has none, no conflict, no more than SUPERVISION_MOST. */
struct assign_do {
    struct keeper_of who;
    struct str division;            /* county */
    struct assignment *assignments; /* institution, code, township and staff are read */
    size_t n;
    struct str note, document;
    enum change_result result; /* out */
    bool overtaken, conflict;  /* out: why not, besides result */
    bool confirmed;
    int64_t change;
};
bool supervision_assign_run(struct writing *writing, void *input, struct error *error);

/* ---- Themes and the visits of a month ---- */

struct theme {
    struct str division;
    int64_t month;
    struct name name;
    struct str checklist; /* empty: the usual one */
};
bool supervision_themes(struct db *db, struct arena *arena, struct str scope, int64_t from_month, int64_t until_month,
                        struct theme **out, size_t *n, struct error *error);
/* The county's, else the city's; *found false: none. */
bool supervision_theme(struct db *db, struct arena *arena, struct str division, int64_t month, struct theme *out,
                       bool *found, struct error *error);
struct theme_do {
    const struct city *city;
    struct case_who who;
    struct theme theme;      /* name empty: it is taken away */
    enum case_result result; /* out */
};
bool theme_set_run(struct writing *writing, void *input, struct error *error);

/* The rule of the plan: the inspector's schools in the order of a tour that goes on to the nearest one not seen yet,
 * from the first by code; the k-th of n on the working day in the middle of the k-th n-th of (from, until].
 * order[k]: index of the k-th; days[i]: of school i. */
void supervision_plan(const struct city *city, const struct supervised *schools, size_t n, int64_t from, int64_t until,
                      size_t *order, int64_t *days);
/* Opens the visits of the day's month from its first working day on, one for each institution that had an inspector on
 * that day; at most `most`; *more: call again. Nothing when they are opened. */
bool supervision_open_month(struct writing *writing, const struct city *city, int64_t today, size_t most,
                            int64_t *opened, bool *more, struct error *error);

/* ---- What came of it ---- */

struct supervision_numbers {
    int64_t planned, done, in_time, cancelled; /* visits */
    int64_t findings, major, mended, open, late, repeat;
};
void supervision_add(struct supervision_numbers *sum, const struct supervision_numbers *one);
enum supervision_by { BY_COUNTY, BY_SCHOOL, BY_THEME, BY_ITEM, BY_MONTH };
struct supervision_row {
    struct str key;   /* division, code of the institution, theme, CHECKLIST/ITEM, 2026-08 */
    struct name name; /* of institutions; else empty */
    struct supervision_numbers numbers;
};
struct supervision_ask {
    struct str scope;
    int64_t institution;             /* 0: all */
    struct str staff;                /* institutions in this inspector's charge when the case was opened */
    int64_t from_month, until_month; /* cases opened in them, both included */
    enum supervision_by by;
    int64_t today;
};
/* By key. A finding is repeated when the same item failed in the same institution within the year before. */
bool supervision_report(struct db *db, struct arena *arena, const struct supervision_ask *ask,
                        struct supervision_row **out, size_t *n, struct error *error);
bool supervision_total(struct db *db, struct arena *arena, const struct supervision_ask *ask,
                       struct supervision_numbers *out, struct error *error);

/* The cases behind a number: visits or findings of the ask (its `by` does not matter), newest first, at most `most`. */
struct supervision_case {
    int64_t id, institution, opened_at, due, closed_at; /* due, closed_at 0: none */
    struct str number, code, title, severity, planned;  /* planned: "2026-03-05" or empty */
    struct name name;                                   /* of the institution */
    bool failed, repeat;
};
bool supervision_cases(struct db *db, struct arena *arena, const struct supervision_ask *ask, const char *kind,
                       int64_t most, struct supervision_case **out, size_t *n, struct error *error);

/* An inspector's year, from what was done in the schools of the charge. */
struct assessment {
    struct supervision_numbers numbers;
    int64_t rechecks, rechecks_in_time, letters, letters_in_time;
};
bool supervision_assessment(struct db *db, struct arena *arena, struct str staff, int64_t from_month,
                            int64_t until_month, int64_t today, struct assessment *out, struct error *error);

/* Straight distance over the ellipsoid's plane at this latitude, in metres. */
int64_t supervision_metres(int64_t lon_e6, int64_t lat_e6, int64_t other_lon_e6, int64_t other_lat_e6);

#endif
