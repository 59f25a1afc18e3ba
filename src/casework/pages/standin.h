/* What the page of stand-ins shows. */
#ifndef CASEWORK_PAGES_STANDIN_H
#define CASEWORK_PAGES_STANDIN_H

#include "casework/pages/cases.h"

struct shown_stand_in {
    struct case_stand_in_row row;
    struct str other; /* name of the other one */
    bool mine;        /* I am the one who is away */
};
struct standin_view {
    const struct case_desk_view *desk;
    struct shown_stand_in *rows;
    size_t n;
    size_t colleagues; /* who could stand in */
};

#endif
