/* The page that compares rules: its handlers, for the table of policy_routes, and what it shows. */
#ifndef PLACES_COUNTY_COMPARE_H
#define PLACES_COUNTY_COMPARE_H

#include "places/county/county.h"
#include "simulate/report.h"

struct compare_table {
    struct text name;
    size_t n;
    enum measure columns[MEASURES];
};
struct compare_view {
    struct round *round;
    struct str words;
    const struct trial *trial; /* NULL: not computed yet */
    struct compare_table tables[REPORT_PARTS];
    const size_t *rule;        /* 0, 1, 2 …: for loops over the rules */
    const enum measure *means; /* the measures that have figures, for what they mean */
    size_t nmeans;
    struct str *charts;
    size_t ncharts;
};

route_handler show_compare_rules, compare_rules_post;
extern const struct form compare_rules_form;

#endif
