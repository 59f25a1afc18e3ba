/* A fresh, empty store for a test, on the engine that JIAOTI_TEST_DB chooses: unset or "sqlite" for a file in a
 * temporary folder, or a PostgreSQL URL (tools/postgres.sh start DIR prints one), on which the fixture makes a
 * database of its own and drops it at the end. With a vault whose keys lie in the temporary folder.
 *
 *     struct store_fixture *f = store_fixture_new();          the store's own tables are there
 *     store_fixture_migrate(f, places_migrations, n);          the nouns' tables
 *     struct writer *writer = store_fixture_writer(f);         started when first asked for
 *     …
 *     store_fixture_free(f);
 *
 * Any failure here fails the test (cmocka). */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/store.h"
#include "store/vault.h"
#include "store/writer.h"

struct store_fixture {
    const char *folder; /* temporary, removed at the end */
    const char *url;
    struct store *store;
    struct vault *vault;
    struct writer *writer; /* NULL until asked for */
    struct arena *arena;   /* for the test's own use */
};

struct store_fixture *store_fixture_new(void);
void store_fixture_migrate(struct store_fixture *fixture, const struct migration *migrations, size_t count);
struct writer *store_fixture_writer(struct store_fixture *fixture);
void store_fixture_stop_writer(struct store_fixture *fixture);
void store_fixture_free(struct store_fixture *fixture);

/* Is the engine under test PostgreSQL? */
bool store_fixture_is_postgres(void);

#endif
