/* What the pages of confidential cases show. */
#ifndef CASEWORK_PAGES_SEALED_H
#define CASEWORK_PAGES_SEALED_H

#include "casework/pages/cases.h"
#include "casework/sealed.h"

#define SEALED_ROLES (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY)
enum { OPENING_REASONS = 4 };

/* Shared by sealed.c and sealed_open.c: a field's value, kept; who may be named there, to choose from. */
struct str sealed_copy(struct request *request, const char *field);
bool sealed_holders(struct request *request, struct str division, int64_t institution, struct option **out, size_t *n,
                    struct error *error);

struct passphrase_view {
    bool has; /* a key, */
    int64_t made_at;
};
struct sealing_view {
    const struct case_desk_view *desk;
    const struct case_kind *kind;
    const struct form *form;
    size_t holders; /* who can be named */
};
struct shown_person {
    struct str name;
    struct case_person person;
};
struct shown_opening {
    struct str name;
    int64_t at;
    struct text reason;
    bool wrong;
};
/* Of a confidential case, before it is opened. */
struct sealed_view {
    const struct case_desk_view *desk;
    struct listed_case it;
    struct shown_person *persons;
    size_t npersons;
    struct shown_opening *openings; /* shown to the holder */
    size_t nopenings;
    bool holder, has_key;
    /* once opened */
    bool opened;
    struct said_step {
        struct text what;
        int64_t at;
        struct str who;
        struct shown_value *values;
        size_t nvalues, unreadable;
    } * steps;
    size_t nsteps;
    const struct form *form;
};

/* How many there are, for officers above: never which. */
struct sealed_count {
    struct name division;
    int64_t opened; /* -1: between one and four */
};
struct sealed_counts_view {
    const struct case_kind *kind;
    struct str quarter, before, after; /* "2026-Q3"; empty: none */
    struct sealed_count *rows;
    size_t n;
};

#endif
