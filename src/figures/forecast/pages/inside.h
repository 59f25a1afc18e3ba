/* Of the officers' pages alone. */
#ifndef FIGURES_FORECAST_PAGES_INSIDE_H
#define FIGURES_FORECAST_PAGES_INSIDE_H

#include "base/buf.h"
#include "figures/forecast/pages/pages.h"

#define YEAR_FIELD                                                                                                     \
    {                                                                                                                  \
        .name = "year", .kind = FIELD_INT, .required = true, .min = 2000, .max = 2100,                                 \
        .label = T("从哪年起", "From year")                                                                            \
    }
#define OFFICERS (ROLE_COUNTY_OFFICER | ROLE_CITY)

/* 422 when a page is shown again for what was wrong with its form, else 200. */
int forecast_status(struct request *request);

/* Reads and computes a scenario; choices: with what its forms choose between. */
bool scenario_view_fill(struct request *request, const struct forecast *forecast, int64_t id, bool choices,
                        struct scenario_view *view, bool *found, struct error *error);
/* The form of one step, and the step it says. What the form does not have to say is wrong when the step's kind needs
 * it: false, and the form has its mistakes. A private share is in per cent, and without its division. */
extern const struct form scenario_step_form;
bool scenario_step_of_form(struct request *request, const struct forecast *forecast, struct scenario_step *step);
/* Ids, bands and numbers of the scenario's county, without shapes. */
void scenario_json(const struct scenario_view *view, struct buf *out);

#endif
