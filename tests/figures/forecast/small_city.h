/* A small county in the store: 40 communities on a grid of 8 by 5, four primary catchments of ten and two junior ones,
 * a school each, counts of seven years, entrants of six. */
#ifndef TESTS_FORECAST_SMALL_CITY_H
#define TESTS_FORECAST_SMALL_CITY_H

#include "support/store_fixture.h"

#include "city/city.h"
#include "figures/forecast/load.h"

enum { SMALL_FIRST = 2020, SMALL_COUNTS = 7, SMALL_COMMUNITIES = 40 };

struct small_city {
    struct store_fixture *store;
    struct city *city;
    struct forecaster *forecaster;
};

struct small_city *small_city_new(void);
void small_city_free(struct small_city *small);
/* The forecast as it is now; freed with the small city's forecaster. */
const struct forecast *small_city_forecast(struct small_city *small);

#endif
