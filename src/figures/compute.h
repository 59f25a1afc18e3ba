/* An indicator as on a day, as known at a moment: one query gives its cells (by division and institution), all else is
 * arithmetic in whole numbers over cells. So a total, a county and a school never contradict one another.
 */
#ifndef FIGURES_COMPUTE_H
#define FIGURES_COMPUTE_H

#include "figures/indicator.h"
#include "registry/facts.h"
#include "store/db.h"

enum { CELL_DIVISION_MOST = 15 };

/* What the rows of one institution in one division come to. */
struct cell {
    char division[CELL_DIVISION_MOST + 1];
    int64_t institution; /* 0: none */
    int64_t rows;        /* how many things were counted */
    int64_t amount, part, greatest;
};

/* By division, then institution. */
struct cells {
    struct cell *items;
    size_t n;
};

/* Of a change both years; else `before` is empty. */
struct counted {
    struct period period;
    struct cells now, before;
};

/* A value. It is numerator / denominator exactly, in the unit (a ratio's 100 is in it); of a change the two sides'. */
struct figure {
    enum {
        FIGURE_IS,
        FIGURE_EMPTY,   /* nothing to divide by */
        FIGURE_EARLIER, /* the register holds nothing of that day */
        FIGURE_TOO_MANY /* past what 64 bits hold */
    } state;
    int64_t rows;
    int64_t numerator, denominator;               /* as counted: of a ratio the parts and the amounts */
    int64_t before_numerator, before_denominator; /* of a change; of others 0 and 1 */
    int64_t value_e6;                             /* rounded to the indicator's decimals, times 1,000,000 */
    int64_t low_e6, high_e6;                      /* of a survey: its interval of 95 %, as many decimals */
    int64_t said_e6;                              /* with a bound: the step that is said ("over 100,000") */
};

/* Counts: one query (of a change two) within the caller's read transaction. */
bool compute_cells(struct db *db, struct arena *arena, const struct indicators *set, const struct indicator *indicator,
                   struct as_of as_of, struct counted *out, struct error *error);

/* Of a scope: division prefix, institution (0: any). */
struct figure compute_figure(const struct indicators *set, const struct indicator *indicator,
                             const struct counted *counted, struct str scope, int64_t institution);

/* The query for cells, and for single rows; both live as long as the arena. Rows: id, division, institution, amount,
 * part of those after ?after by (institution, id), within a scope and an institution. */
const char *compute_cells_sql(struct arena *arena, const struct indicator *indicator);
/* Values of an indicator's placeholders in its order; INDICATOR_PLACES_MOST at most. */
size_t compute_places(const struct indicator *indicator, struct period period, int64_t recorded, struct value *out);

/* One counted thing. */
struct counted_row {
    int64_t id;
    struct str division;
    int64_t institution, amount, part;
};
struct rows_ask {
    struct str scope;
    int64_t institution; /* 0: any; -1: those of none */
    int64_t after;       /* the id of the last row of the page before; 0: from the beginning */
    int64_t most;
};
/* By id. Not of a change: its `of` has the rows. */
bool compute_rows(struct db *db, struct arena *arena, const struct indicator *indicator, struct as_of as_of,
                  const struct rows_ask *ask, struct counted_row **out, size_t *n, struct error *error);

/* numerator / denominator, rounded to so many decimals, halves away from zero, times 1,000,000. False: too great. */
bool compute_round(__int128 numerator, __int128 denominator, unsigned decimals, int64_t *e6);
/* The interval of 95 % for k of n as Wilson gave it (1927), in percent, to so many decimals, times 1,000,000. */
void compute_wilson(int64_t k, int64_t n, unsigned decimals, int64_t *low_e6, int64_t *high_e6);

/* Is it one number divided by another (of a change: are its two sides)? */
bool indicator_divides(const struct indicators *set, const struct indicator *indicator);

/* "33.66": so many decimals, with groups of three when asked. */
struct str figure_number(struct arena *arena, int64_t e6, unsigned decimals, bool groups);

/* On which side of its bands: 0 none crossed, 1 yellow, 2 red. */
int figure_band(const struct indicator *indicator, int64_t value_e6);

#endif
