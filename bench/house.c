/* See house.h. */
#include "house.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "city/mistakes.h"

#include <stdio.h>

static bool read_city(struct house *house, struct error *error)
{
    struct db *db;
    struct str folder;
    if (!db_open(&db, house->store, DB_READ, error)) {
        return false;
    }
    clock_shift(setting_int(db, house->arena, "clock_shift", 0));
    bool good = setting_get(db, house->arena, "city", &folder, error);
    db_close(db);
    if (!good) {
        return false;
    }
    struct city_mistakes *mistakes = city_mistakes_new();
    good = city_read(&house->city, arena_cstr(house->arena, folder), mistakes, error);
    city_mistakes_free(mistakes);
    return good;
}

bool house_open(struct house *house, const char *data, const char *url, struct error *error)
{
    *house = (struct house){ .arena = arena_new(0) };
    struct str keys = arena_printf(house->arena, "%s/keys", data);
    struct str own = arena_printf(house->arena, "sqlite:%s/jiaoti.db", data);
    if (!vault_open(&house->vault, keys.p, VAULT_SM4, error) || !store_open(&house->store, url ? url : own.p, error) ||
        !read_city(house, error)) {
        return false;
    }
    house->places = places_new(house->city, data);
    return true;
}

void house_close(struct house *house)
{
    places_free(house->places);
    city_free(house->city);
    store_close(house->store);
    vault_close(house->vault);
    arena_free(house->arena);
    *house = (struct house){ 0 };
}

bool drafts_read(struct house *house, const char *path, struct draft **drafts, size_t *n, struct error *error)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        return error_set(error, "%s cannot be read: %m", path);
    }
    size_t lines = 0;
    for (int c; (c = getc(file)) != EOF;) {
        lines += c == '\n';
    }
    rewind(file);
    *drafts = ARENA_ARRAY(house->arena, struct draft, lines);
    for (*n = 0; *n < lines; (*n)++) {
        struct draft *draft = &(*drafts)[*n];
        long long application, account;
        if (fscanf(file, "%lld %lld %64s", &application, &account, draft->token) != 3) {
            (void)fclose(file);
            return error_set(error, "%s is not a list of drafts: line %zu", path, *n + 1);
        }
        draft->application = application;
        draft->account = account;
    }
    (void)fclose(file);
    return true;
}
