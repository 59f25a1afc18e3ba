/* A small city for tests of the register: two counties of four townships, sixty institutions with campuses, staff,
 * pupils, honours, canteens, groups and their members; the same for the same seed. */
#ifndef TESTS_SMALL_CITY_H
#define TESTS_SMALL_CITY_H

#include "support/store_fixture.h"

#include "registry/change.h"

enum { CITY_SCHOOLS = 50, CITY_CANTEENS = 10, CITY_GROUPS = 5, CITY_TOWNSHIPS = 8 };

struct small_city {
    uint64_t dice;
    int64_t first_day; /* from which everything holds */
};

int city_throw(struct small_city *city, int sides);
/* A fact with empty columns. */
struct fact city_fact(enum kind_id kind, struct str code, struct str division, int64_t from);
void city_text(enum kind_id kind, struct fact *fact, const char *column, struct str text);
void city_number(enum kind_id kind, struct fact *fact, const char *column, int64_t number);

/* Command: builds it. */
bool small_city_build(struct writing *writing, void *city, struct error *error);

#endif
