/* When the stage of a case must be done: the one place that counts. */
#include "casework/inside.h"

#include "base/clock.h"

int64_t case_climb_day(const struct city *city, int64_t due, const struct case_climb *climb)
{
    return workday_after(city, due, climb->after > 0 ? climb->after : 1);
}

int64_t case_look_on(const struct city *city, const struct case_stage *stage, int64_t due, int64_t after)
{
    int64_t first = 0;
    for (size_t i = 0; due && i < stage->nreminds; i++) {
        int64_t day = workday_after(city, due, -stage->reminds[i]);
        if (day > after && (!first || day < first)) {
            first = day;
        }
    }
    for (size_t i = 0; due && i < stage->nclimbs; i++) {
        int64_t day = case_climb_day(city, due, &stage->climbs[i]);
        if (day > after && (!first || day < first)) {
            first = day;
        }
    }
    return first;
}

static int64_t last_of_month(int64_t day)
{
    int year, month, of_month;
    day_parts(day, &year, &month, &of_month);
    return day_of(month == 12 ? year + 1 : year, month % 12 + 1, 1) - 1;
}

struct case_terms case_term(const struct city *city, const struct case_kind *kind, const struct case_stage *stage,
                            const struct str *values, int64_t opened_on, int64_t from, int64_t paused_days)
{
    struct case_terms terms = { .term = stage->days };
    if (stage->days_by < kind->nfields) {
        for (size_t i = 0; i < stage->nterms; i++) {
            if (str_eq(stage->terms[i].word, values[stage->days_by])) {
                terms.term = stage->terms[i].days;
            }
        }
    }
    if (terms.term > 0) {
        terms.due = workday_after(city, from, terms.term + paused_days);
    } else if (stage->due_of_month) {
        terms.due = last_of_month(opened_on);
    } else if (stage->due_field < kind->nfields) {
        (void)day_parse(values[stage->due_field], &terms.due);
    }
    terms.look_on = case_look_on(city, stage, terms.due, from);
    return terms;
}
