/* By what results a canteen can be a star canteen 星级食堂: food.yaml of a city's folder (docs/casework.md). A city
 * without the file has no such rule. */
#ifndef CITY_FOOD_H
#define CITY_FOOD_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

struct food_rule {
    int64_t months;                                 /* what counts */
    int64_t inspections;                            /* at least */
    int64_t failed_items, open_findings, incidents; /* at most */
    int64_t records_percent, records_days;          /* of the last working days, noted by the school */
    struct str licence, star;                       /* ids of designations */
    struct str daily;                               /* of a return; or empty: days do not count */
    struct str inspection, incident;                /* of kinds of cases */
};

/* NULL with a mistake told: it cannot be read. What it names is looked up by the caller. */
struct food_rule *food_rule_read(struct arena *arena, struct str text, struct str file, struct city_mistakes *mistakes);

#endif
