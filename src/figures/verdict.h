/* A published figure beside the one that the rows give. */
#ifndef FIGURES_VERDICT_H
#define FIGURES_VERDICT_H

#include "figures/checker.h"
#include "figures/compute.h"

enum verdict_says {
    VERDICT_SAME,   /* digit for digit */
    VERDICT_WITHIN, /* what was said is true of it: "over 100,000", rounded to thousands */
    VERDICT_DIFFERS,
    VERDICT_IMPOSSIBLE,  /* and no rows could give it */
    VERDICT_NOT_COUNTED, /* there is no indicator, or it has no value */
    VERDICTS
};

struct verdict {
    enum verdict_says says;
    struct str published, computed, difference; /* as numbers; empty where there is none */
    struct text text;                           /* "same", "impossible as published: no whole …" */
};

/* figure: of the indicator (NULL: there is none), for the whole city. */
struct verdict verdict_of(struct arena *arena, const struct published_set *set, size_t published,
                          const struct indicator *indicator, const struct figure *figure,
                          const struct impossible *impossible, size_t nimpossible);

/* The day of "2023-12-31", "2023" (its last), "2021/2023" (the last of the last). */
bool published_day(struct str period, int64_t *day);

#endif
