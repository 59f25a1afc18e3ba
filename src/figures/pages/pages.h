/* Pages of figures: what they show and who sees which part of it. */
#ifndef FIGURES_PAGES_PAGES_H
#define FIGURES_PAGES_PAGES_H

#include "accounts/accounts.h"
#include "city/city.h"
#include "figures/figures.h"
#include "figures/mask.h"
#include "figures/snapshot.h"
#include "web/components.h"
#include "web/reply.h"

extern const struct route figures_routes[], published_routes[];
extern const size_t figures_route_count, published_route_count;

/* ---- Who looks (viewer.c) ---- */

struct viewer {
    bool staff;
    bool city;           /* the whole city is in scope */
    struct str scope;    /* prefix of divisions; empty: none */
    int64_t institution; /* of school staff */
};
struct viewer viewer_of(struct request *request);
bool viewer_sees(const struct viewer *viewer, const struct indicator *indicator);
/* Is the cell of this place the viewer's own? */
bool viewer_owns(const struct viewer *viewer, struct str division, int64_t institution);

/* The scope of pages about what the bureau says as a whole: the city, when sql finds the URL's number. */
enum scope_result scope_of_city(struct request *request, const char *parameter, const char *sql,
                                struct subject *subject);

enum figures_for viewer_for(const struct viewer *viewer);
/* The reply to what could not be counted: come again, or a failure. */
void reply_not_counted(struct request *request, const struct error *error);

/* The day and the moment that a page is asked for: ?day=2023-12-31&known=2024-02-27 09:00. False: a reply was made. */
struct asked {
    struct as_of as_of;
    struct str day, known;  /* as they stand in links; known empty: now */
    struct str known_field; /* the same as the form keeps it */
    struct str query;       /* "?day=…&known=…" */
};
bool asked_of(struct request *request, struct asked *asked);
/* ?division=371502; empty: the city. False: it is no code, and the reply was made. */
bool division_asked(struct request *request, struct str *division);

/* ---- Words ---- */

/* "33.66", "over 100,000"; why there is none. */
struct name figure_value_words(struct arena *arena, const struct indicator *indicator, const struct figure *figure);
/* "514 / 1,527", "68,600"; of a change both years. */
struct str figure_sides_words(struct arena *arena, const struct figure *figure, bool divided);
struct name kind_words(enum indicator_kind kind);
struct name bound_words(const struct indicator *indicator);
/* "2023", "2021–2023", or the day. */
struct str period_words(struct arena *arena, const struct indicator *indicator, int64_t day);
/* What a place is called as of; its code or number when the register does not say. */
struct name division_called(struct request *request, struct str code, struct as_of as_of);
struct name institution_called(struct request *request, int64_t institution, struct as_of as_of, struct str *code);
/* The same with a connection of one's own, on a worker. */
struct name place_of_code(struct db *db, struct arena *arena, const struct city *city, struct str code,
                          struct as_of as_of);
struct name place_of_institution(struct db *db, struct arena *arena, int64_t institution, struct as_of as_of,
                                 struct str *code);
/* The register's page of a thing, as of the same day and moment; empty: no code leads there. */
struct str thing_href(struct arena *arena, enum kind_id kind, struct str code, const struct asked *asked);

/* ---- /figures ---- */

struct list_row {
    const struct indicator *indicator;
    struct name value, unit;
    struct str period;
    bool has_value;
    int band; /* 0, 1 yellow, 2 red */
};
struct list_area {
    struct name name;
    struct list_row *rows;
    size_t n;
};
struct list_view {
    struct viewer viewer;
    struct asked asked;
    struct list_area *areas;
    size_t n;
};

/* ---- /figure/ID ---- */

struct year_row {
    int64_t day;
    struct str period, sides;
    struct name value;
    bool has_value;
    struct str plain; /* the number alone, for charts */
};
struct place_row {
    struct str division; /* code */
    int64_t institution;
    struct name name;
    struct str href; /* of the institution's page, or empty */
    struct str sides, plain;
    struct name value;
    bool hidden, opens; /* its rows may be opened */
};
struct figure_view {
    struct viewer viewer;
    struct asked asked;
    const struct indicators *set;
    const struct indicator *indicator;
    struct figure figure;
    struct name value, unit;
    struct str period, sides, definition;
    struct year_row *years;
    size_t nyears;
    struct place_row *counties, *institutions;
    size_t ncounties, ninstitutions;
    struct str county; /* the institutions of this one are shown; empty: of all */
    int64_t page, pages;
    bool divided;      /* it has a numerator and a denominator */
    bool may_open;     /* rows of the whole figure */
    bool has_hidden;   /* small cells are not shown */
    bool no_places;    /* the tables by place are not offered for this day */
    bool total_hidden; /* not even the total */
};

/* ---- /figure/ID/rows ---- */

struct shown_row {
    int64_t id, amount, part;
    struct name name, division, institution;
    struct str code, href, institution_href;
};
struct rows_view {
    const struct indicators *set;
    const struct indicator *indicator;
    struct asked asked;
    struct str division;
    int64_t institution;
    struct shown_row *rows;
    size_t n;
    int64_t next; /* 0: the last page */
    bool persons, has_part;
};

/* ---- /figures/published ---- */

struct published_row {
    const struct said_figure *said;
    struct name value, unit;
    struct str sides;
    struct name now; /* what the rows say now */
    bool differs, redefined;
    int64_t *changes;
    size_t nchanges;
};
struct publication_view {
    const struct indicators *set;
    struct publication_version version;
    int64_t newest; /* version */
    struct published_row *rows;
    size_t n;
    struct str hash;
    bool whole;    /* the hash is that of the text */
    bool compares; /* the differences are shown */
    bool corrects; /* the viewer may correct */
};
struct publications_view {
    struct publication_version *versions;
    size_t n;
    bool publishes;
};

#endif
