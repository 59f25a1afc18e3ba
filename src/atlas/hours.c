/* Reading opening hours, and asking them. See hours.h; words are in hours_words.c. */
#include "atlas/hours.h"

#include "base/clock.h"

#include <stdlib.h>

enum { DAY_MINUTES = 1440, RULES_MOST = 16, LOOK_AHEAD = 366, ALL_DAYS = 0x7f, HOLIDAY_BIT = 1 << HOURS_HOLIDAY };

static const int64_t MINUTE_MS = 60000;

/* 1 January 1970 was a Thursday. */
int hours_weekday(int64_t day)
{
    int64_t weekday = (day + 3) % 7;
    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

/* ---- Reading ---- */

static const char *const day_names[HOURS_DAYS] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH" };

static bool refuse(struct error *error, const char *what, struct str part)
{
    return error_set(error, "opening hours: %s at '%.*s'", what, STR_ARG(str_part(part, 0, 40)));
}

static bool take_day(struct str *rest, int *day)
{
    for (int i = 0; i < HOURS_DAYS; i++) {
        if (str_starts(*rest, str_of(day_names[i]))) {
            *rest = str_part(*rest, 2, rest->n);
            *day = i;
            return true;
        }
    }
    return false;
}

static bool take(struct str *rest, char c)
{
    if (rest->n && rest->p[0] == c) {
        *rest = str_part(*rest, 1, rest->n);
        return true;
    }
    return false;
}

/* "Mo-Fr,PH" as bits; 0 when there is no day at the beginning. */
static bool take_days(struct str *rest, unsigned *days, struct error *error)
{
    *days = 0;
    int first, last;
    if (!take_day(rest, &first)) {
        return true;
    }
    for (;;) {
        last = first;
        if (take(rest, '-') && (!take_day(rest, &last) || first == HOURS_HOLIDAY || last == HOURS_HOLIDAY)) {
            return refuse(error, "a range of days has an end that is no weekday", *rest);
        }
        for (int day = first;; day = (day + 1) % 7) {
            *days |= 1u << day;
            if (day == last) {
                break;
            }
        }
        if (!take(rest, ',')) {
            return true;
        }
        *rest = str_trim(*rest);
        if (!take_day(rest, &first)) {
            return refuse(error, "a day was expected", *rest);
        }
    }
}

/* "06:00": minutes. */
static bool take_minutes(struct str *rest, int64_t *minutes)
{
    int64_t hour, minute;
    size_t colon = str_find(*rest, ':');
    if (colon == 0 || colon > 2 || rest->n < colon + 3 || !str_to_int(str_part(*rest, 0, colon), 0, 48, &hour) ||
        !str_to_int(str_part(*rest, colon + 1, 2), 0, 59, &minute)) {
        return false;
    }
    *rest = str_part(*rest, colon + 3, rest->n);
    *minutes = hour * 60 + minute;
    return true;
}

static int by_begin(const void *left, const void *right)
{
    const struct hours_span *a = left, *b = right;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* Sorts the spans of one day and joins those that meet. */
static uint8_t join(struct hours_span *spans, size_t n)
{
    size_t kept = 0;
    qsort(spans, n, sizeof *spans, by_begin);
    for (size_t i = 0; i < n; i++) {
        if (kept && spans[i].from <= spans[kept - 1].until) {
            spans[kept - 1].until = spans[i].until > spans[kept - 1].until ? spans[i].until : spans[kept - 1].until;
        } else {
            spans[kept++] = spans[i];
        }
    }
    return (uint8_t)kept;
}

struct rule {
    unsigned days; /* bits; 0: every day */
    struct hours_span spans[HOURS_SPANS];
    uint8_t n;
};

static bool read_spans(struct str text, struct rule *rule, struct error *error)
{
    struct str rest = text;
    size_t n = 0;
    do {
        int64_t from, until;
        rest = str_trim(rest);
        if (n == HOURS_SPANS) {
            return refuse(error, "more than four spans a day", rest);
        }
        if (!take_minutes(&rest, &from) || !take(&rest, '-') || !take_minutes(&rest, &until)) {
            return refuse(error, "times such as 06:00-22:00 were expected", rest);
        }
        until += until < from ? DAY_MINUTES : 0;
        if (from >= DAY_MINUTES || until == from || until > 2 * DAY_MINUTES) {
            return refuse(error, "a span is empty, or lasts beyond the next day", text);
        }
        rule->spans[n++] = (struct hours_span){ (uint16_t)from, (uint16_t)until };
        rest = str_trim(rest);
    } while (take(&rest, ','));
    if (rest.n) {
        return refuse(error, "something is left over", rest);
    }
    rule->n = join(rule->spans, n);
    return true;
}

static bool read_rule(struct str text, struct rule *rule, struct error *error)
{
    struct str rest = text;
    *rule = (struct rule){ 0 };
    if (!take_days(&rest, &rule->days, error)) {
        return false;
    }
    if (rule->days && rest.n && rest.p[0] != ' ') {
        return refuse(error, "a blank was expected after the days", rest);
    }
    rest = str_trim(rest);
    if (str_is(rest, "off") || str_is(rest, "closed")) {
        return true;
    }
    if (str_is(rest, "24/7")) {
        rule->spans[0] = (struct hours_span){ 0, DAY_MINUTES };
        rule->n = 1;
        return true;
    }
    return read_spans(rest, rule, error);
}

bool hours_parse(struct str text, struct hours *out, struct error *error)
{
    struct rule rule;
    struct hours hours = { 0 };
    struct str rest = text, part;
    int rules = 0;
    while (str_split(&rest, ';', &part)) {
        if (++rules > RULES_MOST) {
            return refuse(error, "too many rules", part);
        }
        if (!read_rule(str_trim(part), &rule, error)) {
            return false;
        }
        unsigned days = rule.days ? rule.days : ALL_DAYS;
        for (int day = 0; day < HOURS_DAYS; day++) {
            if (days & 1u << day) {
                memcpy(hours.spans[day], rule.spans, sizeof rule.spans);
                hours.n[day] = rule.n;
            }
        }
        hours.holidays = hours.holidays || (days & HOLIDAY_BIT);
    }
    if (rules == 0) {
        return refuse(error, "nothing is written", text);
    }
    *out = hours;
    return true;
}

/* ---- Asking ---- */

static bool is_holiday(struct hours_holidays holidays, int64_t day)
{
    size_t low = 0, high = holidays.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holidays.days[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < holidays.n && holidays.days[low] == day;
}

static int row_of(const struct hours *hours, struct hours_holidays holidays, int64_t day)
{
    return hours->holidays && is_holiday(holidays, day) ? HOURS_HOLIDAY : hours_weekday(day);
}

bool hours_open(const struct hours *hours, struct hours_holidays holidays, int64_t ms)
{
    int64_t today = day_of_ms(ms);
    for (int64_t day = today - 1; day <= today; day++) { /* what began yesterday may last */
        int row = row_of(hours, holidays, day);
        int64_t at = (ms - day_start_ms(day)) / MINUTE_MS;
        for (size_t i = 0; i < hours->n[row]; i++) {
            if (hours->spans[row][i].from <= at && at < hours->spans[row][i].until) {
                return true;
            }
        }
    }
    return false;
}

/* Spans follow one another by their begin, day by day. While it is open the end is carried on by each span that begins
 * before it; a span that begins later is the next opening when it is closed now, and proves the end when it is open. */
bool hours_next(const struct hours *hours, struct hours_holidays holidays, int64_t ms, int64_t *at)
{
    int64_t today = day_of_ms(ms), now = (ms - day_start_ms(today)) / MINUTE_MS, end = now;
    for (int64_t day = today - 1; day <= today + LOOK_AHEAD; day++) {
        int row = row_of(hours, holidays, day);
        int64_t begin = (day - today) * DAY_MINUTES;
        for (size_t i = 0; i < hours->n[row]; i++) {
            int64_t from = begin + hours->spans[row][i].from, until = begin + hours->spans[row][i].until;
            if (from > end) {
                *at = day_start_ms(today) + (end > now ? end : from) * MINUTE_MS;
                return true;
            }
            end = until > end ? until : end;
        }
    }
    bool closes = end > now && end < LOOK_AHEAD * DAY_MINUTES;
    if (closes) {
        *at = day_start_ms(today) + end * MINUTE_MS;
    }
    return closes;
}
