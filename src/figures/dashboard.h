/* Dashboards of a city's folder (dashboards.yaml, docs/city.md): which figures staff of each level see first. */
#ifndef FIGURES_DASHBOARD_H
#define FIGURES_DASHBOARD_H

#include "figures/indicator.h"

enum dashboard_level { DASHBOARD_CITY, DASHBOARD_COUNTY, DASHBOARD_SCHOOL, DASHBOARDS };
/* Other pages that a dashboard points to. */
enum dashboard_more { MORE_CONDITIONS, MORE_PUBLISHED, MORE_BRIEFING, MORES };

struct dashboard {
    size_t *figures; /* indexes of indicators */
    size_t n;
    bool more[MORES];
};
struct dashboards {
    struct arena *arena;
    struct dashboard levels[DASHBOARDS];
};

/* Reads dashboards.yaml of the folder; a folder without it gives dashboards without figures. True: no mistake. */
bool dashboards_read(struct dashboards **out, const char *folder, const struct indicators *set,
                     struct city_mistakes *mistakes, struct error *error);
/* NULL is accepted. */
void dashboards_free(struct dashboards *dashboards);

#endif
