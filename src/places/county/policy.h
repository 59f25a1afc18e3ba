/* What the pages of a policy show. */
#ifndef PLACES_COUNTY_POLICY_H
#define PLACES_COUNTY_POLICY_H

#include "places/county/county.h"

struct policy_edit_view {
    struct str county_code;
    struct name county;
    enum stage stage;
    int64_t year;
    int64_t version; /* shown; 0: the folder's */
    struct policy_row *versions;
    size_t n;
    struct str text;
    const struct policy *policy;
    bool officer;
};
struct policy_line {
    char kind; /* ' ' both, '-' before, '+' after */
    struct str text;
};
struct policy_compare_view {
    const struct policy_edit_view *edit;
    int64_t before, after;
    struct policy_line *lines;
    size_t n, changed;
};

#endif
