/* What the page for handing over everything shows. */
#ifndef CASEWORK_PAGES_HANDOVER_H
#define CASEWORK_PAGES_HANDOVER_H

#include "casework/pages/cases.h"

struct handover_view {
    size_t holders; /* who holds something */
    int64_t moved, left;
};

#endif
