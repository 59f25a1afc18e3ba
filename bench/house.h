/* What the bench's own tools share: an installation opened without the server, and the list of prepared drafts. */
#ifndef BENCH_HOUSE_H
#define BENCH_HOUSE_H

#include "city/city.h"
#include "places/places.h"
#include "store/store.h"

struct house {
    struct store *store;
    struct vault *vault;
    struct city *city;
    struct places *places;
    struct arena *arena;
};

/* Opens data (its database too, unless url is given), sets the demo's clock. Nothing is written. */
bool house_open(struct house *house, const char *data, const char *url, struct error *error);
void house_close(struct house *house);

/* A draft that wants only its submission; the file has one a line: application, account, session token in hex. */
struct draft {
    int64_t application, account;
    char token[65];
};
bool drafts_read(struct house *house, const char *path, struct draft **drafts, size_t *n, struct error *error);

#endif
