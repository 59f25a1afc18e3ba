/* Of load.c alone: counts of children by cohort, from the rows by month of birth. */
#ifndef FIGURES_FORECAST_COUNTS_H
#define FIGURES_FORECAST_COUNTS_H

#include "figures/forecast/load.h"

/* After communities and entrants. */
bool counts_load(struct db *db, struct arena *arena, struct forecast_data *data, struct error *error);

#endif
