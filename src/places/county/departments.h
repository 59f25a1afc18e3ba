/* The departments: how the questions to each stand within the session's scope, and the exchange by spreadsheet. */
#ifndef PLACES_COUNTY_DEPARTMENTS_H
#define PLACES_COUNTY_DEPARTMENTS_H

#include "connect/client.h"
#include "connect/sheet.h"
#include "places/pages/common.h"

extern const struct route department_routes[];
extern const size_t department_route_count;

/* The questions of one kind. */
struct department_check {
    const struct check *check;
    bool sheet; /* can go by spreadsheet */
    int64_t asked, waiting, answered, silent, by_sheet;
    int64_t last_asked, last_answered; /* ms; 0: none */
};

struct department {
    const struct authority *authority;
    struct department_check *checks;
    size_t n;
    bool interface; /* it is asked over HTTP; else by spreadsheet alone */
    struct client_numbers numbers;
    int64_t asked, silent;
    int64_t last_asked, last_answered;
};

struct departments_view {
    struct department *departments;
    size_t n;
    int64_t asked;
};

/* One kind's sheet: to take, to hand in, and what became of what was handed in. */
struct department_sheet_view {
    const struct department *department;
    const struct department_check *check;
    const struct sheet_result *result; /* NULL: nothing was handed in */
};

/* How a department does, as a tag: its breaker, or that it has no interface. */
struct text department_state(const struct department *department);
enum colour department_colour(const struct department *department);

#endif
