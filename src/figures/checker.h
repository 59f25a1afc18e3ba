/* The checker: given what was published and how the figures hang together, it says what cannot be.
 *
 * A published figure stands for a true number that nobody sees: a whole number (a count, a sum) or a share of two whole
 * numbers, said with some decimals, rounded to some step, or as a bound ("over 100,000"). The checker knows for each
 * figure the range in which the true number lies, and for each relation whether any true numbers fit it. It holds
 * what it says: a relation is told only when no whole numbers in the world fit (nothing false), and what is told comes
 * with the nearest values that could have been true. All arithmetic is in whole numbers.
 *
 * Figures and relations come from files (docs/figures.md): published/DAY.csv and published/relations.yaml.
 */
#ifndef FIGURES_CHECKER_H
#define FIGURES_CHECKER_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

enum said {
    SAID_ROUNDED, /* to its step, halves up; the default */
    SAID_ABOVE,   /* "over": more than the value, or the value, and less than a step more */
    SAID_NEARLY,  /* less than the value, and not a step less */
    SAID_BELOW    /* less than the value */
};

struct published {
    struct str id;
    int64_t value; /* 73.89 is 7389 with 2 decimals */
    unsigned decimals;
    enum said said;
    int64_t step;      /* in units of the last decimal; 1: as it is shown */
    struct str unit;   /* as the file says; a count's true number is whole, a percent's or point's is not */
    struct str period; /* "2023-12-31", "2023", "2021/2023" */
    struct str text;   /* the words in which it was said */
    bool whole;        /* its true number is a whole number */
    uint32_t line;
};

enum relation_kind {
    RELATION_SHARE,  /* 100 × count / whole */
    RELATION_PARTS,  /* parts that do not overlap are together not more than the whole */
    RELATION_SUM,    /* parts make up the total */
    RELATION_CHANGE, /* now less before */
    RELATION_WITHIN  /* one is not more than the other (a part of it, counted in another way) */
};

enum { RELATION_PARTS_MOST = 32 };
#define RELATION_NONE SIZE_MAX

/* Figures are indexes into the published ones. */
struct relation {
    enum relation_kind kind;
    size_t result;                     /* the share, the whole, the total, the change */
    size_t parts[RELATION_PARTS_MOST]; /* PARTS, SUM: the parts; WITHIN: the part */
    size_t nparts;
    size_t count, whole; /* SHARE; RELATION_NONE: not published */
    size_t now, before;  /* CHANGE; before may be RELATION_NONE */
    int64_t least, most; /* SHARE: of a whole that is not published; most 0: any */
    size_t most_figure;  /* instead of most: a figure that it does not exceed; or RELATION_NONE */
    uint32_t line;
};

struct published_set {
    struct published *figures;
    size_t n;
    struct relation *relations;
    size_t nrelations;
};

/* Reads both files' texts; each mistake is told with file and line. A relation that names figures which are not in the
 * set is left out (one file of relations serves the figures of many days). */
bool published_read(struct arena *arena, struct str csv_file, struct str csv, struct str yaml_file, struct str yaml,
                    struct published_set *out, struct city_mistakes *mistakes);

/* The relations alone, of figures that stand in *set already. */
bool relations_read(struct arena *arena, struct str file, struct str yaml, struct published_set *set,
                    struct city_mistakes *mistakes);

/* One relation that cannot hold. */
struct impossible {
    size_t relation;
    size_t figure;   /* which figure is told: the relation's result */
    struct text why; /* "no whole number N gives 468/N = 73.89 %; nearest: 468/633 = 73.93, 468/634 = 73.82" */
};

/* All that cannot be, in the order of relations. */
void checker_run(struct arena *arena, const struct published_set *set, struct impossible **out, size_t *n);

#endif
