/* See installation.h. The order of the tables is the order of the house. */
#include "installation.h"

#include "base/clock.h"
#include "casework/casework.h"
#include "city/city.h"
#include "connect/connect.h"
#include "figures/briefing.h"
#include "figures/figures.h"
#include "figures/forecast/load.h"
#include "places/ledger.h"
#include "places/places.h"
#include "records/records.h"
#include "registry/registry.h"
#include "services/services.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { MIGRATIONS_MOST = 64 };

bool installation_migrate(struct store *store, struct error *error)
{
    const struct {
        const struct migration *list;
        size_t n;
    } nouns[] = {
        { registry_migrations, registry_migrations_count }, { accounts_migrations, accounts_migrations_count },
        { connect_migrations, connect_migrations_count },   { casework_migrations, casework_migrations_count },
        { places_migrations, places_migrations_count },     { records_migrations, records_migrations_count },
        { services_migrations, services_migrations_count }, { forecast_migrations, forecast_migrations_count },
        { figures_migrations, figures_migrations_count },   { briefing_migrations, briefing_migrations_count },
    };
    struct migration all[MIGRATIONS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        for (size_t k = 0; k < nouns[i].n && n < MIGRATIONS_MOST; k++) {
            all[n++] = nouns[i].list[k];
        }
    }
    return store_migrate(store, all, n, error);
}

size_t installation_sealed(struct sealed_column *out, size_t most)
{
    const struct {
        const struct sealed_column *list;
        size_t n;
    } nouns[] = {
        { registry_sealed, registry_sealed_count },
        { accounts_sealed, accounts_sealed_count },
        { connect_sealed, connect_sealed_count },
        { places_sealed, places_sealed_count },
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        for (size_t k = 0; k < nouns[i].n && n < most; k++) {
            out[n++] = nouns[i].list[k];
        }
    }
    return n;
}

static bool make_folder(const char *path, struct error *error)
{
    char part[512];
    (void)snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1;; p++) {
        if (*p == '/' || *p == '\0') {
            char kept = *p;
            *p = '\0';
            if (mkdir(part, 0700) != 0 && errno != EEXIST) {
                return error_set(error, "the folder %s could not be made: %m", part);
            }
            *p = kept;
            if (!kept) {
                return true;
            }
        }
    }
}

static bool open_vault(struct installation *installation, const struct options *options, struct error *error)
{
    const char *cipher = options_get(options, "cipher", "sm4");
    bool sm4 = str_is(STR("sm4"), cipher);
    if (!sm4 && !str_is(STR("aes"), cipher)) {
        return error_set(error, "--cipher %s: expected sm4 or aes", cipher);
    }
    struct str folder = arena_printf(installation->arena, "%s/keys", installation->data);
    return vault_open(&installation->vault, folder.p, sm4 ? VAULT_SM4 : VAULT_AES, error);
}

static bool read_settings(struct installation *installation, struct error *error)
{
    struct db *db;
    if (!db_open(&db, installation->store, DB_READ, error)) {
        return false;
    }
    installation->demo = setting_int(db, installation->arena, "demo", 0) == 1;
    if (installation->demo) {
        clock_shift(setting_int(db, installation->arena, "clock_shift", 0));
    }
    db_close(db);
    return true;
}

bool installation_open(struct installation *installation, const struct options *options, struct error *error)
{
    *installation = (struct installation){ .arena = arena_new(0) };
    (void)snprintf(installation->data, sizeof installation->data, "%s", options_get(options, "data", "var/city"));
    const char *url = options_get(options, "db", NULL);
    if (url) {
        (void)snprintf(installation->url, sizeof installation->url, "%s", url);
    } else {
        (void)snprintf(installation->url, sizeof installation->url, "sqlite:%s/jiaoti.db", installation->data);
    }
    return make_folder(installation->data, error) && open_vault(installation, options, error) &&
           store_open(&installation->store, installation->url, error) &&
           installation_migrate(installation->store, error) && read_settings(installation, error);
}

bool installation_write(struct installation *installation, struct error *error)
{
    return writer_start(&installation->writer, installation->store, installation->vault, error) &&
           writer_add_check(installation->writer, ledger_check, NULL, error);
}

bool installation_city(struct installation *installation, const struct options *options, struct error *error)
{
    struct str folder = str_of(options_get(options, "city", ""));
    if (folder.n == 0) {
        struct db *db;
        if (!db_open(&db, installation->store, DB_READ, error)) {
            return false;
        }
        bool good = setting_get(db, installation->arena, "city", &folder, error);
        db_close(db);
        if (!good) {
            return false;
        }
    }
    if (folder.n == 0) {
        return error_set(error, "which city? give its folder: --city cities/liaocheng");
    }
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = city_read(&installation->city, arena_cstr(installation->arena, folder), mistakes, error);
    if (!good) {
        city_mistakes_print(stderr, mistakes, LANG_EN);
    }
    city_mistakes_free(mistakes);
    return good;
}

void installation_close(struct installation *installation)
{
    writer_stop(installation->writer);
    city_free(installation->city);
    store_close(installation->store);
    vault_close(installation->vault);
    arena_free(installation->arena);
    *installation = (struct installation){ 0 };
}
