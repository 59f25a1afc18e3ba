/* figures 指标: what the bureau says in numbers, counted from rows.
 *
 * `struct figures` counts on demand and keeps what it counted. What is kept is found by the indicator's definition, the
 * day, the moment of knowledge, and a stamp of the register: the newest row of each kind and the newest decision about
 * changes, read in the same transaction as the rows. So nothing old is ever answered, and nothing is counted twice
 * while the register stands still. Safe for many threads; whoever asks for what is just being counted waits for it.
 */
#ifndef FIGURES_FIGURES_H
#define FIGURES_FIGURES_H

#include "figures/compute.h"

extern const struct migration figures_migrations[];
extern const size_t figures_migrations_count;

struct figures;

enum {
    /* One indicator's query: a whole city's pupils take a second on a slow machine. */
    LIMIT_INDICATOR_MS = 20000,
    /* Queries at a time for who is not signed in as staff, on each two processors; who waits longer is told to come
       again. A day that nobody asked for yet costs up to a second: strangers must not hold all workers with such. */
    LIMIT_FIGURES_WAIT_MS = 3000,
    LIMIT_FIGURES_WAITING = 2,
    /* Cells that are kept: a year's figures of a large city are some 2 MB. */
    LIMIT_FIGURES_KEPT_BYTES = 64 * 1024 * 1024
};

/* Both must outlive it. indicators: those of the city, without a mistake (indicators_read, indicators_try). */
struct figures *figures_new(struct store *store, const struct indicators *indicators);
/* NULL is accepted. */
void figures_free(struct figures *figures);
const struct indicators *figures_indicators(const struct figures *figures);

/* For whom something is counted: strangers' queries take turns. */
enum figures_for { FIGURES_FOR_STAFF, FIGURES_FOR_EVERYBODY };
/* Did it fail because too much is being counted for others just now? Then the answer is "come again". */
bool figures_was_busy(const struct error *error);

/* An indicator as of: from what is kept, or counted now. Takes milliseconds to a second: call it on a worker. */
bool figures_counted(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                     enum figures_for whom, struct counted *out, struct error *error);

struct figures_ask {
    size_t indicator;
    struct as_of as_of;
    struct counted counted; /* the answer */
};
/* Many, on `threads` threads (0: one per processor; for everybody always one). False: the first that failed. */
bool figures_many(struct figures *figures, struct arena *arena, struct figures_ask *asks, size_t n, unsigned threads,
                  enum figures_for whom, struct error *error);

/* Rows of an indicator (compute_rows) on a connection of its own. */
bool figures_rows(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                  const struct rows_ask *ask, struct counted_row **out, size_t *n, struct error *error);

struct figures_numbers {
    int64_t counted; /* by a query */
    int64_t kept;    /* answered from what was counted before */
    int64_t bytes;   /* that are kept */
};
struct figures_numbers figures_numbers(struct figures *figures);

#endif
