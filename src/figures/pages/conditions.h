/* What the pages of conditions show: the schools of the viewer in full, of the others what the standard makes public.
 */
#ifndef FIGURES_PAGES_CONDITIONS_H
#define FIGURES_PAGES_CONDITIONS_H

#include "figures/pages/pages.h"
#include "figures/standard.h"

extern const struct text measure_labels[MEASURES], measure_units[MEASURES];
enum colour judged_colour(enum judged judged);
/* "≥ 40,000, ≥ 33 a student"; "—". */
struct name threshold_words(struct arena *arena, const struct threshold *threshold, size_t measure);
/* What would close the shortfall; empty: there is none. */
struct name closing_words(struct arena *arena, const struct measured *measured, size_t measure, int64_t students);
/* "at most 1,980"; "any number"; "not enough even for the least". */
struct name holds_words(struct arena *arena, const struct measured *measured);

struct condition_row {
    struct school_condition condition;
    struct judgement judgement;
    bool detailed; /* amounts are shown, not only whether they are enough */
};
struct conditions_view {
    struct viewer viewer;
    struct asked asked;
    const struct standard *standard; /* NULL: none had begun on the day */
    struct condition_row *rows;
    size_t n;
    struct compliance compliance;
    struct str share;            /* "85.71"; empty: nothing to divide by */
    int64_t shortfall[MEASURES]; /* of the detailed ones */
    bool has_detailed;
};
struct condition_year {
    int64_t day;
    bool is_there, has_standard;
    struct condition_row row;
};
struct condition_view {
    struct viewer viewer;
    struct asked asked;
    const struct standard *standard;
    struct condition_row row;
    int64_t more; /* students more, as asked in the form */
    bool has_more;
    struct judgement then;
    /* What open plans of the school add, and how it would stand with all of it. */
    int64_t adds[MEASURES], adds_by[MEASURES]; /* in the measure's unit; the day of the last line */
    bool has_plan;
    struct judgement planned;
    struct condition_year *years; /* the oldest first */
    size_t nyears;
};

extern const struct route conditions_routes[];
extern const size_t conditions_route_count;

#endif
