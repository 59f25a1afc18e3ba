/* See demo_fixture.h. */
#include "demo_fixture.h"

#include "casework/casework.h"
#include "connect/connect.h"
#include "figures/forecast/load.h"
#include "places/places.h"
#include "registry/registry.h"
#include "services/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool migrate(struct store *store, struct error *error)
{
    return store_migrate(store, registry_migrations, registry_migrations_count, error) &&
           store_migrate(store, accounts_migrations, accounts_migrations_count, error) &&
           store_migrate(store, connect_migrations, connect_migrations_count, error) &&
           store_migrate(store, casework_migrations, casework_migrations_count, error) &&
           store_migrate(store, places_migrations, places_migrations_count, error) &&
           store_migrate(store, records_migrations, records_migrations_count, error) &&
           store_migrate(store, services_migrations, services_migrations_count, error) &&
           store_migrate(store, forecast_migrations, forecast_migrations_count, error);
}

struct demo_world *demo_world_new(void)
{
    struct demo_world *world = calloc(1, sizeof *world);
    struct error error = { "" };
    world->fixture = store_fixture_new();
    world->arena = arena_new(0);
    world->data = arena_printf(world->arena, "%s/demo", world->fixture->folder).p;
    world->url = store_fixture_is_postgres() ? world->fixture->url
                                             : arena_printf(world->arena, "sqlite:%s-city.db", world->data).p;
    struct city_mistakes *mistakes = city_mistakes_new();
    if (!city_read(&world->city, getenv("JIAOTI_CITY"), mistakes, &error)) {
        fail_msg("%s", error.message);
    }
    city_mistakes_free(mistakes);
    return world;
}

void demo_world_free(struct demo_world *world)
{
    demo_world_close(world);
    city_free(world->city);
    arena_free(world->arena);
    store_fixture_free(world->fixture);
    free(world);
}

struct demo_world *demo_world_shared(bool register_only, struct demo_report *report)
{
    struct demo_world *world = demo_world_new();
    struct error error = { "" };
    world->register_only = register_only;
    bool built = demo_world_build(world, 1, report, &error);
    if (built && demo_world_open(world)) {
        return world;
    }
    (void)fprintf(stderr, "%s\n", built ? "the city that was built does not open" : error.message);
    demo_world_free(world);
    return NULL;
}

int demo_world_drop(void **state)
{
    if (*state) {
        demo_world_free(*state);
    }
    return 0;
}

bool demo_world_build(struct demo_world *world, uint64_t seed, struct demo_report *report, struct error *error)
{
    struct demo_settings settings = {
        .city = world->city,
        .data = world->data,
        .url = world->url,
        .cipher = VAULT_SM4,
        .per_million = 10000,
        .seed = seed,
        .register_only = world->register_only,
        .migrate = migrate,
    };
    return demo_build(&settings, NULL, report, error);
}

bool demo_world_open(struct demo_world *world)
{
    struct error error = { "" };
    struct str keys = arena_printf(world->arena, "%s/keys", world->data);
    return store_open(&world->store, world->url, &error) && vault_open(&world->vault, keys.p, VAULT_SM4, &error) &&
           db_open(&world->db, world->store, DB_READ, &error);
}

void demo_world_close(struct demo_world *world)
{
    db_close(world->db);
    vault_close(world->vault);
    store_close(world->store);
    world->db = NULL;
    world->vault = NULL;
    world->store = NULL;
}

int64_t demo_world_number(struct demo_world *world, const char *sql)
{
    struct error error = { "" };
    int64_t value = -1;
    if (!db_one_int(world->db, &error, &value, NULL, sql)) {
        fail_msg("%s", error.message);
    }
    return value;
}

void demo_world_interrupt(struct demo_world *world)
{
    struct error error = { "" };
    struct store *store = NULL;
    struct db *db = NULL;
    assert_true(store_open(&store, world->url, &error));
    assert_true(db_open(&db, store, DB_WRITE, &error));
    assert_true(db_script(db,
                          "delete from setting where name = 'demo_key'; "
                          "insert into setting (name, value) values ('demo_building', 'cut off');",
                          &error));
    db_close(db);
    store_close(store);
}
