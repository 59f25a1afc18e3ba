/* One thing of the register, and what changed over a kind. */
#ifndef REGISTRY_PAGES_THING_H
#define REGISTRY_PAGES_THING_H

#include "registry/pages/browse.h"

enum { THING_RELATED = 20, DIFFERENCES_SHOWN = 100, DUPLICATES_SHOWN = 50 };

/* A value with its label; of a code the thing that it names. */
struct cell {
    struct text label;
    struct str value, href; /* href empty: no link */
};
struct changed_cell {
    struct text label;
    struct str before, after;
};
struct related_item {
    struct str href;
    struct name name, says;
};
struct related {
    struct text title;
    int64_t count;
    struct str all; /* where the whole list is; empty: all are here, or there is none */
    struct related_item *items;
    size_t n;
};
struct version {
    struct str span, says;
    struct str href; /* "what we said then" */
    int64_t recorded_at, replaced_at;
    int64_t change;
    struct text what;
    struct str document, note, proposed_by, confirmed_by; /* the last three for staff of the scope */
    bool stands, shown_change;
};
struct thing_view {
    struct desk *desk;
    const struct kind *kind;
    struct str code;
    int64_t subject;
    bool owns;   /* as staff */
    bool stands; /* has facts on the day */
    struct fact fact;
    struct name name;
    struct cell *cells;
    size_t ncells;
    struct related *related;
    size_t nrelated;
    struct version *versions;
    size_t nversions;
    struct str since; /* as asked; empty: not */
    int64_t since_day;
    bool was; /* had facts then */
    struct changed_cell *changed;
    size_t nchanged;
    bool may_edit;
};
void show_thing(struct request *request);

struct difference_row {
    struct str href, code;
    struct name name;
    bool is_new, gone;
    struct changed_cell *cells;
    size_t n;
};
struct differences_view {
    struct desk *desk;
    const struct kind *kind;
    struct option *kinds, *divisions;
    size_t nkinds, ndivisions;
    struct str division, scope, since;
    int64_t since_day, institution;
    struct difference_row *rows;
    size_t n;
    bool more;
};
void show_differences(struct request *request);

struct duplicates_view {
    struct desk *desk;
    const struct kind *kind;
    struct option *kinds;
    size_t nkinds;
    struct search_pair *pairs;
    size_t n;
    bool may_merge;
};
void show_duplicates(struct request *request);

/* What differs between two versions, as the session may see it; id 0: there was none. */
struct changed_cell *changed_cells(struct db *db, const struct desk *desk, const struct kind *kind,
                                   const struct fact *before, const struct fact *after, size_t *n);
/* Kinds to choose from, by name. */
void kind_choices(const struct desk *desk, struct option **out, size_t *n);

#endif
