/* A folder and an empty database in which a demo city of a hundredth is built. */
#ifndef TESTS_DEMO_FIXTURE_H
#define TESTS_DEMO_FIXTURE_H

#include "demo/demo.h"
#include "support/store_fixture.h"

struct demo_world {
    struct store_fixture *fixture; /* folder, engine */
    struct arena *arena;
    struct city *city;
    const char *data;
    const char *url;
    bool register_only;
    struct store *store; /* of demo_world_open */
    struct vault *vault;
    struct db *db;
};

struct demo_world *demo_world_new(void);
void demo_world_free(struct demo_world *world);
/* A city that the tests of a program share: built with seed 1, told in `report`, and open. NULL: why is printed. */
struct demo_world *demo_world_shared(bool register_only, struct demo_report *report);
/* Group teardown: frees the world in *state, if there is one. */
int demo_world_drop(void **state);
bool demo_world_build(struct demo_world *world, uint64_t seed, struct demo_report *report, struct error *error);
bool demo_world_open(struct demo_world *world);
void demo_world_close(struct demo_world *world);
/* The one number that the query gives, in an open world. */
int64_t demo_world_number(struct demo_world *world, const char *sql);
/* Leaves the installation as a build that was killed would. */
void demo_world_interrupt(struct demo_world *world);

#endif
