/* See store.h. */
#include "store/engine.h"

#include <libpq-fe.h>
#include <stdlib.h>

/* The address of a server without user and password, for messages. */
static char *server_name(const char *url)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    const char *host = "", *port = "", *database = "";
    for (PQconninfoOption *o = options; o && o->keyword; o++) {
        const char **out = str_is(str_of(o->keyword), "host")     ? &host
                           : str_is(str_of(o->keyword), "port")   ? &port
                           : str_is(str_of(o->keyword), "dbname") ? &database
                                                                  : NULL;
        if (out && o->val) {
            *out = o->val;
        }
    }
    struct arena *arena = arena_new(0);
    struct str name = arena_printf(arena, "PostgreSQL %s%s%s/%s", host, *port ? ":" : "", port, database);
    char *copy = strdup(name.p);
    arena_free(arena);
    PQconninfoFree(options);
    return copy;
}

bool store_open(struct store **out, const char *url, struct error *error)
{
    struct str text = str_of(url);
    bool server = str_starts(text, STR("postgres://")) || str_starts(text, STR("postgresql://"));
    size_t skip = str_starts(text, STR("sqlite:")) ? 7 : 0;
    if (!server && text.n == skip) {
        return error_set(error, "the database's URL is empty: sqlite:/path/file.db or postgresql://…");
    }
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        abort();
    }
    store->engine = server ? ENGINE_POSTGRES : ENGINE_SQLITE;
    store->calls = server ? &postgres_engine : &sqlite_engine;
    store->url = strdup(url + skip);
    store->name = server ? server_name(url) : strdup(url + skip);
    if (!store->url || !store->name) {
        abort();
    }
    if (!store->calls->prepare(store, error)) {
        store_close(store);
        return false;
    }
    *out = store;
    return true;
}

void store_close(struct store *store)
{
    if (store) {
        free(store->url);
        free(store->name);
        free(store);
    }
}

enum store_engine store_engine(const struct store *store)
{
    return store->engine;
}

const char *store_name(const struct store *store)
{
    return store->name;
}
