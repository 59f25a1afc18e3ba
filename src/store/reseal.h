/* Sealing again with the newest key, after vault_rotate or a change of cipher.
 *
 * It walks each column by id in small commands of the writer, beside the running service, and skips what is
 * sealed by the newest key already: so it can be stopped anywhere and started again.
 */
#ifndef STORE_RESEAL_H
#define STORE_RESEAL_H

#include "store/writer.h"

/* A column of sealed BLOBs, handed by its noun. Names are literals; null cells are left alone. */
struct sealed_column {
    const char *table;
    const char *id; /* BIGINT, unique */
    const char *column;
    const char *purpose;
};

/* *changed counts the cells sealed again. */
bool reseal(struct writer *writer, const struct sealed_column *columns, size_t count, int64_t *changed,
            struct error *error);

#endif
