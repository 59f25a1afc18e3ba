/* What a dashboard shows: the figures of its level, of the viewer's own part. */
#ifndef FIGURES_PAGES_DASHBOARD_H
#define FIGURES_PAGES_DASHBOARD_H

#include "figures/dashboard.h"
#include "figures/pages/pages.h"

struct dashboard_year {
    struct str period, plain; /* plain: the number alone, empty when there is none */
    struct name value;
};
struct dashboard_row {
    const struct indicator *indicator;
    struct name value, unit;
    struct str period, sides, target, href, change; /* change: "+12", empty: not known */
    struct str target_plain;
    bool has_value;
    int band; /* 0, 1 yellow, 2 red */
    struct dashboard_year *years;
    size_t nyears;
};
struct dashboard_view {
    enum dashboard_level level;
    struct asked asked;
    struct name name; /* whose */
    struct str division;
    const struct dashboard *dashboard;
    struct dashboard_row *rows;
    size_t n;
    struct str conditions;            /* where the conditions of this part stand */
    const struct division **counties; /* to look at, of the city */
    size_t ncounties;
};

extern const struct route dashboard_routes[];
extern const size_t dashboard_route_count;

#endif
