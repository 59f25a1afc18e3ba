/* Of load.c alone: counts of children by cohort, from the rows by month of birth. */
#ifndef FIGURES_FORECAST_COUNTS_H
#define FIGURES_FORECAST_COUNTS_H

#include "figures/forecast/load.h"

/* After communities and entrants; as known at the moment. */
bool counts_load(struct db *db, struct arena *arena, int64_t known, struct forecast_data *data, struct error *error);

#endif
