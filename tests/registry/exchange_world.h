/* What the tests of the exchange share: a register with two schools, files made of text, imports of any length. */
#ifndef TESTS_REGISTRY_EXCHANGE_WORLD_H
#define TESTS_REGISTRY_EXCHANGE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "registry/exchange_keep.h"
#include "registry/registry.h"
#include "support/store_fixture.h"

struct exchange_world {
    struct store_fixture *f;
    struct db *db;
    const char *program;
    int64_t today;
    int64_t schools[2]; /* ids of 3715020001 in 371502001 and 3715210001 in 371521002 */
    uint64_t dice;
    struct error error;
};

#define SCHOOL "3715020001"
#define OTHER_SCHOOL "3715210001"

#define world_must(world, expression)                                                                                  \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            fail_msg("%s: %s", #expression, (world)->error.message);                                                   \
        }                                                                                                              \
    } while (0)

struct exchange_world *world_new(const char *program);
void world_free(struct exchange_world *world);
uint64_t world_dice(struct exchange_world *world, uint64_t below);

/* Adds a fact as the builders do; of a kind of persons with a made-up person. */
void world_add(struct exchange_world *world, const struct kind *kind, struct fact *fact);
/* A citizen number with its check character: an order number from 0 to 999, born on the day. */
struct str world_citizen(struct exchange_world *world, int64_t birth, int order);

/* A file in memory. */
int world_file(struct str bytes);
/* The export as a file in memory. */
int world_export(struct exchange_world *world, const struct kind *kind, enum exchange_format format, enum lang lang);
struct exchange_outcome world_import(struct exchange_world *world, const struct kind *kind, int file, bool look_only,
                                     int64_t bad_share);
/* The standing version of a code today; fails when there is none. */
struct fact world_fact(struct exchange_world *world, const struct kind *kind, const char *code);
bool world_has(struct str s, const char *part);

#endif
