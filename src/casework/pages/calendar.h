/* What the calendar of my work shows. */
#ifndef CASEWORK_PAGES_CALENDAR_H
#define CASEWORK_PAGES_CALENDAR_H

#include "casework/feed.h"
#include "casework/pages/cases.h"

struct calendar_day {
    int64_t day;
    int number;                     /* of the month */
    bool within, today, off, moved; /* off: no working day; moved: a weekend that is worked, or a holiday */
    struct listed_case *cases;
    size_t n;
};
enum { CALENDAR_DAYS_MOST = 42 };
struct calendar_view {
    const struct case_desk_view *desk;
    struct str month, before, after; /* 2026-03 */
    struct calendar_day days[CALENDAR_DAYS_MOST];
    size_t ndays; /* whole weeks, Monday first */
    int64_t total;
    bool more; /* than are shown */
};

struct feed_view {
    struct feed feed;
    bool has;
    struct str address; /* of a new one, shown once */
};

#endif
