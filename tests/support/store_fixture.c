/* See store_fixture.h. */
#include "support/store_fixture.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* cmocka needs the four above before it */
#include <cmocka.h>

static const char *server_url(void)
{
    const char *url = getenv("JIAOTI_TEST_DB");
    return url && strncmp(url, "postgres", 8) == 0 ? url : NULL;
}

bool store_fixture_is_postgres(void)
{
    return server_url() != NULL;
}

/* Runs one statement on the server's own database (creating and dropping cannot be in a transaction). */
static void on_server(const char *sql)
{
    PGconn *connection = PQconnectdb(server_url());
    if (PQstatus(connection) != CONNECTION_OK) {
        fail_msg("JIAOTI_TEST_DB: %s", PQerrorMessage(connection));
    }
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    }
    PQclear(result);
    PQfinish(connection);
}

/* The server's URL with the database's name replaced: postgresql://user@host/NAME?options. */
static const char *database_url(struct arena *arena, const char *name)
{
    struct str url = str_of(server_url());
    size_t authority = str_find(url, '/') + 2;
    struct str rest = str_part(url, authority, url.n);
    size_t slash = str_find(rest, '/'), question = str_find(rest, '?');
    struct str options = str_part(rest, question, rest.n);
    struct str front = str_part(url, 0, authority + (slash < question ? slash : question));
    return arena_printf(arena, "%.*s/%s%.*s", STR_ARG(front), name, STR_ARG(options)).p;
}

static const char *database_name(struct arena *arena, const char *folder)
{
    /* mkdtemp's letters are of both cases; a quoted name keeps them */
    return arena_printf(arena, "jiaoti_test_%ld_%s", (long)getpid(), folder + strlen(folder) - 6).p;
}

struct store_fixture *store_fixture_new(void)
{
    struct error error = { "" };
    struct store_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new(0);
    const char *base = getenv("TMPDIR");
    struct str template = arena_printf(f->arena, "%s/jiaoti-test-XXXXXX", base ? base : "/tmp");
    f->folder = mkdtemp((char *)(uintptr_t) template.p);
    assert_non_null(f->folder);
    if (server_url()) {
        const char *name = database_name(f->arena, f->folder);
        on_server(
            arena_printf(f->arena, "create database \"%s\" encoding 'UTF8' lc_collate 'C' template template0", name).p);
        f->url = database_url(f->arena, name);
    } else {
        f->url = arena_printf(f->arena, "sqlite:%s/city.db", f->folder).p;
    }
    const char *keys = arena_printf(f->arena, "%s/keys", f->folder).p;
    if (!store_open(&f->store, f->url, &error) || !store_migrate(f->store, NULL, 0, &error) ||
        !vault_open(&f->vault, keys, VAULT_SM4, &error)) {
        fail_msg("%s", error.message);
    }
    return f;
}

void store_fixture_migrate(struct store_fixture *f, const struct migration *migrations, size_t count)
{
    struct error error = { "" };
    if (!store_migrate(f->store, migrations, count, &error)) {
        fail_msg("%s", error.message);
    }
}

struct writer *store_fixture_writer(struct store_fixture *f)
{
    struct error error = { "" };
    if (!f->writer && !writer_start(&f->writer, f->store, f->vault, &error)) {
        fail_msg("%s", error.message);
    }
    return f->writer;
}

void store_fixture_stop_writer(struct store_fixture *f)
{
    writer_stop(f->writer);
    f->writer = NULL;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

void store_fixture_free(struct store_fixture *f)
{
    store_fixture_stop_writer(f);
    vault_close(f->vault);
    store_close(f->store);
    if (server_url()) {
        on_server(arena_printf(f->arena, "drop database \"%s\" with (force)", database_name(f->arena, f->folder)).p);
    }
    (void)nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(f->arena);
    free(f);
}
