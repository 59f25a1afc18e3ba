/* What the timeline of plans shows: a page of cases, each with its lines as bars on one axis of months. */
#ifndef CASEWORK_PAGES_TIMELINE_H
#define CASEWORK_PAGES_TIMELINE_H

#include "casework/pages/cases.h"
#include "casework/progress.h"

enum { AXIS_WIDTH = 1000, MONTHS_MOST = 48 };

struct timeline_bar { /* in thousandths of the axis */
    int64_t from, width;
    const char *look; /* class: plan-done plan-open plan-missed */
};
struct timeline_row {
    struct case_row row;
    struct case_progress progress;
    struct name title;
    enum colour colour;
    struct timeline_bar *bars;
    size_t nbars;
    int64_t due;      /* on the axis; -1: not on it */
    struct str words; /* the bars in words, for who does not see them */
};
struct timeline_month {
    int64_t at; /* on the axis */
    struct str label;
};
struct timeline_view {
    const struct case_kind *kind;
    struct timeline_row *rows;
    size_t n;
    int64_t total, late, behind, closed, page, pages;
    int64_t planned_fen, spent_fen;
    int64_t today, from, until;
    struct timeline_month *months;
    size_t nmonths;
    int64_t now; /* today on the axis; -1: not on it */
    struct option *counties;
    size_t ncounties;
    struct str county, state, text, more; /* more: the address of another page, but for its number */
    bool staff;
};

#endif
