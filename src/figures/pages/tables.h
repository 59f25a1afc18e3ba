/* The tables of one figure: years side by side, by county, by institution; what of them this viewer may see. */
#ifndef FIGURES_PAGES_TABLES_H
#define FIGURES_PAGES_TABLES_H

#include "figures/pages/pages.h"

struct tables_work {
    struct figures *figures;
    size_t index;
    struct figure_view view;
    int64_t rows_a_page;
    struct figures_ask *asks; /* the years, newest first; behind them what else the mask must know */
    size_t nyears, n;
    bool offered; /* tables by place are shown for this day */
};

/* Everybody may open the rows: the figure is public, counts no persons, and no cell of it is ever hidden. */
bool indicator_opens_to_all(const struct indicator *indicator);

/* On the loop: what is to be counted. */
bool tables_ask(struct db *db, struct arena *arena, struct tables_work *work, struct error *error);
/* On a worker (request_work_fn). */
bool tables_count(struct arena *arena, void *work, struct error *error);
/* Fills the view but for the names of places. */
void tables_fill(struct arena *arena, struct tables_work *work);

/* Years, counties and institutions as a file, with names. A cell that is hidden is "*". */
struct str tables_csv(struct arena *arena, const struct tables_work *work, enum lang lang);
bool tables_xlsx(struct arena *arena, const struct tables_work *work, enum lang lang, struct str *bytes,
                 struct error *error);

#endif
