/* The city's forecast.yaml: from which share of the plan on a warning is given, and how what was learnt is drawn
 * together. Data of the city and its counties; docs/forecast.md says what each means. */
#ifndef FIGURES_FORECAST_SETTINGS_H
#define FIGURES_FORECAST_SETTINGS_H

#include "city/city.h"
#include "city/mistakes.h"
#include "figures/forecast/model.h"

struct forecast_orange {
    struct str county;
    int permille;
};

struct forecast_settings {
    struct forecast_rules rules;
    int orange_permille; /* of counties that name none */
    struct forecast_orange *oranges;
    size_t noranges;
    struct name sentence; /* stands under every notice */
    uint32_t
        farthest[FORECAST_STAGES]; /* metres from a community to the nearest school that a proposal may send it to */
};

/* False with mistakes told: the file is missing, or not as it should be. */
bool forecast_settings_read(struct arena *arena, const struct city *city, struct forecast_settings *out,
                            struct city_mistakes *mistakes);
int forecast_orange_of(const struct forecast_settings *settings, struct str county);

#endif
