/* What the pages of food safety show. */
#ifndef CASEWORK_PAGES_FOOD_H
#define CASEWORK_PAGES_FOOD_H

#include "casework/food.h"
#include "casework/pages/cases.h"

struct food_view {
    const struct food_rule *rule;
    const struct food_place *rows; /* of this page */
    size_t n;
    int64_t total, canteens, suppliers, stars, meets, page, pages;
    struct option *counties;
    size_t ncounties;
    struct str county, state, text, more;
    bool staff; /* sees results; the public sees who is a star canteen, and the rule */
};
struct food_one_view {
    const struct food_rule *rule;
    struct food_place place;
    struct listed_case *cases; /* inspections and what they found; incidents; the licence */
    size_t ncases;
    struct food_school *schools; /* of a supplier */
    size_t nschools;
    bool staff, opens; /* opens: may plan an inspection */
};

#endif
