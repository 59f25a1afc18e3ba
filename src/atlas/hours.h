/* Opening hours, as people write them for maps: "Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00; PH off".
 *
 *     hours = rule { ";" rule }            rule  = [ days ] times
 *     days  = day [ "-" day ] { "," … }    day   = Mo Tu We Th Fr Sa Su, or PH: a public holiday of the city
 *     times = span { "," span } | "off" | "closed" | "24/7"
 *     span  = 06:00-22:00; an end that is not later than its begin, or beyond 24:00, is on the next day
 *
 * A rule without days is of every day. Where two rules name a day, the later one holds. On a public holiday the rules
 * that name PH hold; when none does, those of the weekday.
 *
 * Pure; any bytes may be given to hours_parse. */
#ifndef ATLAS_HOURS_H
#define ATLAS_HOURS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum { HOURS_SPANS = 4, HOURS_DAYS = 8, HOURS_HOLIDAY = 7 };

/* Minutes of the day on which it begins; until may reach into the next day (past 1440). */
struct hours_span {
    uint16_t from, until;
};

struct hours {
    struct hours_span spans[HOURS_DAYS][HOURS_SPANS]; /* from Monday; the last row is a holiday's */
    uint8_t n[HOURS_DAYS];                            /* sorted, apart from one another */
    bool holidays;                                    /* a rule names them */
};

/* Days on which offices are closed, ascending: struct city has them. */
struct hours_holidays {
    const int64_t *days;
    size_t n;
};

/* Days of the week count from Monday, 0. */
int hours_weekday(int64_t day);

bool hours_parse(struct str text, struct hours *out, struct error *error);
bool hours_open(const struct hours *hours, struct hours_holidays holidays, int64_t ms);
/* The next moment at which it opens or closes; false: it does not within a year. */
bool hours_next(const struct hours *hours, struct hours_holidays holidays, int64_t ms, int64_t *at);
/* "周一至周五 06:00–22:00；周六、周日 08:00–21:00；节假日不开放" */
struct name hours_words(struct arena *arena, const struct hours *hours);
/* "Mo-Fr 06:00-22:00; PH off": reading it gives the same hours. Empty: never open. */
struct str hours_format(struct arena *arena, const struct hours *hours);

#endif
