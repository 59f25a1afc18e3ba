/* A trial in words and figures: for a terminal, a spreadsheet, a page. Each measure is one column; its name and its
 * meaning stand in one place for all of them, in both languages. */
#ifndef SIMULATE_REPORT_H
#define SIMULATE_REPORT_H

#include "base/buf.h"
#include "simulate/trial.h"

struct measure_words {
    const char *id;
    struct text name;    /* as a column's head */
    struct text meaning; /* a sentence or two */
};
extern const struct measure_words measure_words[MEASURES];

/* Columns stand in two tables: what families get; what the rule costs. */
enum report_part { REPORT_GETS, REPORT_COSTS, REPORT_PARTS };
struct text report_part_name(enum report_part part);
/* The measures of a part that any rule has a figure for, into `out` (room for MEASURES); returns how many. */
size_t report_columns(const struct trial *trial, enum report_part part, enum measure *out);

/* "62.3 ±0.4"; "–" where the measure does not apply. Shares in per cent, distances in kilometres. */
struct str report_value(struct arena *arena, const struct trial_figure *figure, enum measure measure);
/* How many children a group has, "under 5" where it is too small to be shown; a share of it in per cent, then "–". */
struct str report_children(struct arena *arena, const struct trial_group *group, enum lang lang);
struct str report_share(struct arena *arena, const struct trial_group *group, double share);
/* The rule's name, and whether it is the one in force. */
struct str report_rule(struct arena *arena, const struct trial_rule *rule, enum lang lang);
/* Whose wishes, how many draws, in one sentence. */
struct str report_about(struct arena *arena, const struct trial *trial, enum lang lang);
/* What a trial cannot tell. */
extern const struct text report_limits;

/* Aligned for a terminal. */
void report_text(struct buf *buf, struct arena *arena, const struct trial *trial, enum lang lang);
/* One line a rule and measure: rule,measure,group,mean,spread,least,most. */
void report_csv(struct buf *buf, const struct trial *trial);
/* A page that stands alone. */
void report_html(struct buf *buf, struct arena *arena, const struct trial *trial, struct text title, enum lang lang);

/* The measures that are drawn, most telling first. */
extern const enum measure chart_measures[];
extern const size_t chart_count;
/* Bars with their figures as text, as SVG without styles, 340 wide; readable without colour. False: not applicable. */
bool chart_svg(struct buf *buf, struct arena *arena, const struct trial *trial, enum measure measure, enum lang lang);

#endif
