/* What a published warning leads to: a case for the county, one for each catchment and stage in red (kind "seats" of
 * the city's folder; without it nothing is opened). While a catchment's case is open, later warnings hang on it. */
#ifndef FIGURES_FORECAST_SHORTAGE_H
#define FIGURES_FORECAST_SHORTAGE_H

#include "city/city.h"
#include "figures/forecast/notice.h"

/* Inside the command that published the notice. *opened: new cases. */
bool shortage_open(struct writing *writing, const struct city *city, const struct notice_publish *publish,
                   const struct notice *notice, size_t *opened, struct error *error);

#endif
