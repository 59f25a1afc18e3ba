/* demo: the synthetic city, from a seed number, the same on every machine and engine.
 *
 * `jiaoti demo` makes an installation to look at: counties, townships, communities, catchments, schools with their
 * plans, families with their papers, what the departments have on file, and the enrolment of the year up to the demo's
 * moment: every round stands where its calendar says. Everything goes through the nouns' own commands; nothing here
 * knows another way to a result than the program has. docs/demo.md tells what is in it.
 *
 * Demo time: the clock of a demo stands on a weekday morning in the window in which most rounds take applications
 * (setting clock_shift). Files beside the database: authority.db, witness/, demo-accounts.txt.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "accounts/accounts.h"
#include "base/error.h"
#include "city/city.h"
#include "store/store.h"
#include "store/vault.h"

/* Part of the key by which a finished demo is known: raise it when the same seed gives another city. */
enum { DEMO_VERSION = 6 };

struct demo_settings {
    const struct city *city;
    const char *data; /* folder of the installation; made when missing */
    const char *url;  /* its database */
    enum vault_cipher cipher;
    uint32_t per_million; /* scale: 1000000 is the full city, 10000 a hundredth; 1000–3000000 */
    uint64_t seed;
    bool register_only; /* land, schools and the register; no families, no rounds */
    /* Brings all tables of the program up to date. */
    bool (*migrate)(struct store *store, struct error *error);
};

/* What was done so far: of the stage named, done of total. Called often; print rarely. */
struct demo_progress {
    void (*tell)(void *context, const char *stage, size_t done, size_t total);
    void *context;
};

struct demo_report {
    bool was_there;  /* finished before with the same city, scale, seed and version: nothing was done */
    char digest[65]; /* SM3 over all generated public rows, hex */
    size_t children, schools, communities, catchments, applications;
    int64_t now; /* the demo's moment, ms */
};

/* Builds the demo in data and url. What an interrupted build left is removed first; an installation that is not a demo
 * is refused. progress may be NULL. */
bool demo_build(const struct demo_settings *settings, const struct demo_progress *progress, struct demo_report *report,
                struct error *error);

/* SM3 over the rows that the public can see (registry, plans, rounds) and over what the applications came to, in a
 * fixed order: equal on every machine and engine for one seed. */
bool demo_digest(struct db *db, char out[65], struct error *error);

/* The listed accounts of a demo city, for the sign-in page and for `make run`: staff first. */
bool demo_accounts(struct db *db, struct arena *arena, struct vault *vault, struct account **out, size_t *n,
                   struct error *error);

#endif
