/* What the store's tests share: cmocka's headers in their order, and `must`, which shows the error. */
#ifndef TESTS_STORE_CHECK_H
#define TESTS_STORE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "store/db.h"
#include "support/store_fixture.h"

#define must(expression)                                                                                               \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            fail_msg("%s: %s", #expression, error.message);                                                            \
        }                                                                                                              \
    } while (0)

static inline int64_t count_of(struct store *store, const char *sql)
{
    struct error error = { "" };
    struct db *db = NULL;
    int64_t n = -1;
    must(db_open(&db, store, DB_READ, &error));
    must(db_one_int(db, &error, &n, NULL, sql));
    db_close(db);
    return n;
}

#endif
