/* A small city for tests of the register: two counties of four townships, sixty institutions with campuses, staff,
 * pupils, honours, canteens, groups and their members; the same for the same seed. And what its keepers do with
 * changes. */
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

/* ---- The world that the tests of a program share ---- */

struct city_world {
    struct store_fixture *f;
    struct db *db; /* for reading */
    struct small_city city;
    struct as_of now; /* today, as known now */
    struct error error;
};

/* Builds the city of 2021-09-01 on a clock that shows the beginning of today; 0, or -1 and why is printed. */
int city_world_start(struct city_world *world, uint64_t dice, int64_t today);
/* Group teardown: ends the world that *state points to. */
int city_world_finish(void **state);

/* The version of a code that holds now; fails when there is none. */
struct fact known(struct city_world *world, const struct kind *kind, const char *code);

/* ---- What keepers do with changes ---- */

struct deed {
    enum { PROPOSE, CONFIRM, REJECT, WITHDRAW, UNDO } what;
    struct keeper_of who;
    const char *kind;
    struct str division;
    int64_t institution;
    struct change_step *steps;
    size_t n;
    int64_t id;
    enum change_result result;
    struct error error;
};

/* A tester of the level, whose scope the school lies in. */
struct keeper_of keeper(int64_t account, enum keeper level, const struct fact *school);
/* Does it as who; what became of it. Fails when the command itself fails. */
enum change_result doing(struct city_world *world, struct deed *deed, int what, struct keeper_of who);

#endif
