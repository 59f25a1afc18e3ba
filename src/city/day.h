/* The school day, as day.yaml of the city's folder has it: when there is school, and in which hours somebody is to be
 * there for a child when the family has not said otherwise (docs/services.md). */
#ifndef CITY_DAY_H
#define CITY_DAY_H

#include "base/arena.h"
#include "base/text.h"
#include "city/mistakes.h"

enum { DAY_TERMS_MAX = 12 };

struct school_day {
    struct {
        int64_t from, to; /* days, both school days */
    } terms[DAY_TERMS_MAX];
    size_t nterms;
    int64_t school_from, school_until; /* minutes */
    int64_t need_from, need_until;
};

/* NULL with mistakes told. */
struct school_day *school_day_read(struct arena *arena, struct str text, struct str file,
                                   struct city_mistakes *mistakes);
/* Is there school on a day that is worked? */
bool school_day_in_term(const struct school_day *school_day, int64_t day);

#endif
