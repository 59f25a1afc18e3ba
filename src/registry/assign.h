/* A community goes over to another catchment. The one write by which catchments change their communities: checked, and
 * in the journal with who, when and why. It holds from today on; where the community belonged before, and what was
 * known of it when, stays known (community_assignment, view published_assignment). The catchment's drawn outline is not
 * touched. */
#ifndef REGISTRY_ASSIGN_H
#define REGISTRY_ASSIGN_H

#include "store/writer.h"

enum assign_result {
    ASSIGN_DONE,
    ASSIGN_MISSING,   /* there is no such community or catchment */
    ASSIGN_ELSEWHERE, /* the catchment is another county's */
    ASSIGN_OVERTAKEN, /* the community does not belong where it was thought to */
};

struct assign {
    int64_t account;
    const char *role;
    int64_t community, catchment; /* the catchment says the stage */
    int64_t from;                 /* the catchment that it belongs to, as who decided saw it */
    struct str why;               /* for the journal: no personal data */
};

bool registry_assign(struct writing *writing, const struct assign *assign, enum assign_result *result,
                     struct error *error);

#endif
