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
    /* Cells that are kept: a year's figures of a large city are some 2 MB. */
    LIMIT_FIGURES_KEPT_BYTES = 64 * 1024 * 1024
};

/* Both must outlive it. indicators: those of the city, without a mistake (indicators_read, indicators_try). */
struct figures *figures_new(struct store *store, const struct indicators *indicators);
/* NULL is accepted. */
void figures_free(struct figures *figures);
const struct indicators *figures_indicators(const struct figures *figures);

/* An indicator as of: from what is kept, or counted now. Takes milliseconds to a second: call it on a worker. */
bool figures_counted(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                     struct counted *out, struct error *error);

struct figures_ask {
    size_t indicator;
    struct as_of as_of;
    struct counted counted; /* the answer */
};
/* Many, on `threads` threads (0: one per processor). False: the first that failed. */
bool figures_many(struct figures *figures, struct arena *arena, struct figures_ask *asks, size_t n, unsigned threads,
                  struct error *error);

/* Rows of an indicator (compute_rows) on a connection of its own. */
bool figures_rows(struct figures *figures, struct arena *arena, size_t indicator, struct as_of as_of,
                  const struct rows_ask *ask, struct counted_row **out, size_t *n, struct error *error);

/* Has that answer been kept already, for the register as it stands? Then a page need not wait on a worker. */
bool figures_are_kept(struct figures *figures, struct db *db, size_t indicator, struct as_of as_of);

#endif
