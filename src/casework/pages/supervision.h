/* Pages of supervision: coverage, inspectors and their plans, assignment, themes, reports; and the public plate. */
#ifndef CASEWORK_PAGES_SUPERVISION_H
#define CASEWORK_PAGES_SUPERVISION_H

#include "accounts/accounts.h"
#include "casework/pages/supervision_routes.h"
#include "casework/supervision.h"
#include "web/components.h"
#include "web/reply.h"

/* Who leads supervision, and who looks. */
#define SUPERVISION_LEADS (ROLE_COUNTY_OFFICER | ROLE_CITY)
#define SUPERVISION_READS (SUPERVISION_LEADS | ROLE_AUDITOR)

enum { SUPERVISION_SHOWN = 300, ROWS_SHOWN = 500, MONTHS_SHOWN = 12 };

/* Who looks, from where, and as on which day. */
struct supervisor {
    struct app *app;
    const struct city *city;
    struct arena *arena;
    enum lang lang;
    bool leads, of_city;
    struct str scope;    /* what they see: a prefix */
    struct str division; /* of what is shown: the scope, or the county chosen with ?division= */
    struct str staff;    /* of an inspector: the own code */
    struct case_who who;
    int64_t today;
    struct as_of as_of;
};
/* NULL: the reply was made. */
struct supervisor *supervisor_of(struct request *request);
struct name division_name(const struct city *city, struct str code);
/* ?NAME=2026-03, or what is given. */
int64_t asked_month(struct request *request, const char *name, int64_t otherwise);
/* Counties within the scope, to choose from. */
struct option *supervised_counties(const struct supervisor *s, bool with_all, size_t *n);

struct county_row {
    struct str code;
    struct name name;
    int64_t schools, with, lacks[LACKS], inspectors;
    struct supervision_numbers month, year; /* visits of the month; findings of twelve months */
};
struct lacking_row {
    struct supervised school;
    struct name county;
};
struct coverage_view {
    struct supervisor *s;
    int64_t month;
    struct county_row *counties, total;
    size_t ncounties;
    struct lacking_row *lacking;
    size_t nlacking;
    struct option *options;
    size_t noptions;
};

struct inspector_row {
    struct inspector inspector;
    struct str name;
    struct supervised *schools;
    size_t nschools;
    struct supervision_numbers month;
    struct name zone;
};
struct inspectors_view {
    struct supervisor *s;
    struct inspector_row *rows;
    size_t n;
    int64_t over; /* more than the usual number */
    struct option *options;
    size_t noptions;
};

/* A day of the plan with its visits, and how far each is from the one before. */
struct planned_visit {
    struct supervision_case visit;
    int64_t day, metres; /* metres -1: the first, or a place is not known */
    bool done, late;
};
struct inspector_view {
    struct supervisor *s;
    struct inspector inspector;
    struct str name, self;
    struct supervised *schools;
    size_t nschools;
    struct conflict *conflicts;
    struct name *conflict_names;
    size_t nconflicts;
    int64_t month, year;
    struct planned_visit *plan;
    size_t nplan;
    int64_t metres; /* of the whole tour */
    struct assessment assessment;
    struct str show; /* which number is opened; empty: none */
    struct supervision_case *cases;
    size_t ncases;
    bool own;
    const struct case_act *hand_in; /* by which a visit is handed in; NULL: the city's folder has none */
};

struct assign_view {
    struct supervisor *s;
    struct assignment *list;
    struct str *names; /* of inspectors */
    size_t n, given;
    struct option *options;
    size_t noptions;
    bool may_apply;
    struct str county;
};

struct interests_view {
    struct supervisor *s;
    struct conflict *list;
    struct str *inspectors;
    struct name *schools;
    size_t n;
};

struct themes_view {
    struct supervisor *s;
    struct theme *list;
    size_t n;
};

extern const enum lack lacks_listed[3];
extern const struct option report_ways[5];
struct report_view {
    struct supervisor *s;
    struct supervision_ask ask;
    struct supervision_row *rows;
    struct name *names; /* as people read the keys */
    size_t n, shown;
    struct supervision_numbers total;
    struct str from, until, by, query;
    struct option *options;
    size_t noptions;
};

struct plate_view {
    struct name school, county;
    struct str code, division, inspector, office, phone;
    struct name office_name;
    bool has_inspector;
    struct checklist const *list;
    struct str letter, qr;
    int64_t days; /* within which a letter is answered; 0: not said */
};

struct shown_zone {
    struct zone zone;
    struct name *townships;
    struct str *inspectors; /* names */
};
struct zones_view {
    struct supervisor *s;
    struct str county;
    struct option *options;
    size_t noptions;
    struct shown_zone *zones;
    size_t n;
    struct inspector *inspectors; /* of the county */
    struct str *names;
    size_t ninspectors;
    int64_t zone; /* that is changed; 0: a new one */
};

#endif
