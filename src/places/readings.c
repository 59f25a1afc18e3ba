/* See readings.h. Sets of four, and large: a morning's families must fit without pushing each other out, since who was
 * pushed out waits for the writer again. No lock: a slot is one word; two who add at once may lose one. */
#include "places/readings.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SETS = 1 << 16, WAYS = 4 };

struct readings {
    _Atomic uint64_t seen[SETS][WAYS]; /* 0: free */
};

struct readings *readings_new(void)
{
    struct readings *readings = calloc(1, sizeof *readings);
    if (!readings) {
        abort();
    }
    return readings;
}

void readings_free(struct readings *readings)
{
    free(readings);
}

static _Atomic uint64_t *set_of(struct readings *readings, uint64_t mark)
{
    return readings->seen[(mark >> 1) % SETS]; /* the lowest bit of all marks may be the same */
}

bool readings_has(struct readings *readings, uint64_t mark)
{
    _Atomic uint64_t *set = set_of(readings, mark);
    for (size_t i = 0; i < WAYS; i++) {
        if (atomic_load_explicit(&set[i], memory_order_relaxed) == mark) {
            return true;
        }
    }
    return false;
}

void readings_add(struct readings *readings, uint64_t mark)
{
    _Atomic uint64_t *set = set_of(readings, mark);
    for (size_t i = 0; i < WAYS; i++) {
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&set[i], &there, mark) || there == mark) {
            return;
        }
    }
    atomic_store_explicit(&set[(mark >> 40) % WAYS], mark, memory_order_relaxed);
}
