/* Of scenario.c and decide.c alone: how scenarios are kept. */
#ifndef FIGURES_FORECAST_KEPT_H
#define FIGURES_FORECAST_KEPT_H

#include "figures/forecast/scenario.h"

extern const char *const change_words[FORECAST_CHANGES];

bool scenario_journal(struct writing *writing, const struct forecast_actor *actor, const char *action, int64_t id,
                      struct str division, struct str detail, struct error *error);

#endif
