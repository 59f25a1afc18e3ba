/* /register and /register/KIND: what the pages show. */
#ifndef REGISTRY_PAGES_BROWSE_H
#define REGISTRY_PAGES_BROWSE_H

#include "registry/pages/desk.h"
#include "registry/search.h"

enum { LIST_ROWS = 50, LIST_COLUMNS = 4, FRONT_HITS = 30, FRONT_CHANGES = 10 };

struct front_kind {
    const struct kind *kind;
    int64_t count;
};
struct front_hit {
    const struct kind *kind;
    struct str href;
    struct name name, division;
    struct str code;
};
struct front_change {
    int64_t id;
    struct text what;
    struct name division;
    int64_t at;
};
struct front_view {
    struct desk *desk;
    struct str text;
    struct front_kind *kinds; /* all that the session may see */
    size_t nkinds;
    struct front_hit *hits;
    size_t nhits;
    struct front_change *changes;
    size_t nchanges;
    int64_t waiting; /* changes that wait within scope */
};

struct list_row {
    struct str href, code;
    struct name name, institution, division;
    struct str cells[LIST_COLUMNS];
};
struct list_view {
    struct desk *desk;
    const struct kind *kind;
    struct facts_ask ask;
    struct str division, is, text, institution; /* as asked */
    struct option *divisions, *words;
    size_t ndivisions, nwords;
    const struct column *columns[LIST_COLUMNS];
    size_t ncolumns;
    int64_t count;
    struct list_row *rows;
    size_t n;
    int64_t next;    /* after which subject the next page begins; 0: this is the last */
    struct str href; /* of this list, for more parameters */
    bool may_add;
};

/* Divisions to choose from: all, the scope's own, the counties. Also for differences. */
void division_choices(const struct desk *desk, struct option **out, size_t *n);

#endif
