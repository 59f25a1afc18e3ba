/* Appeals against a result: opened from its page as a case (docs/casework.md), with what was explained at the time;
 * what the page of a result says of them. */
#ifndef PLACES_FAMILY_APPEAL_H
#define PLACES_FAMILY_APPEAL_H

#include "casework/casework.h"
#include "places/family/status.h"

extern const struct route appeal_routes[];
extern const size_t appeal_route_count;

struct appeals {
    const struct case_kind *kind; /* NULL: the city has none, or there is nothing yet to appeal against */
    struct case_row *rows;        /* those of the application, newest first */
    size_t n;
    bool open; /* one is being decided, so that no other can be opened */
};
/* Of an application whose result is published, or whose review refused it. */
bool appeals_read(struct request *request, const struct status_view *status, struct appeals *out, struct error *error);
/* Links to them, and to a new one (a component of the page `appeal`). */
void appeal_links(struct page *page, int64_t application, const struct appeals *appeals);

struct appeal_view {
    const struct status_view *status;
    struct appeals appeals;
    struct str explained; /* what goes along with it */
    const struct form *form;
};

#endif
