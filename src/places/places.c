/* The noun's tables, the policies as they were parsed, and the masks of personal data. */
#include "places/places.h"

#include "base/limits.h"
#include "places/round_inside.h"
#include "places/round_proof.h"

#include <pthread.h>
#include <stdlib.h>

extern const unsigned char places_001_sql[], places_002_sql[], places_003_sql[], places_004_sql[];

const struct migration places_migrations[] = {
    { "places", 1, (const char *)places_001_sql },
    { "places", 2, (const char *)places_002_sql },
    { "places", 3, (const char *)places_003_sql },
    { "places", 4, (const char *)places_004_sql },
};
const size_t places_migrations_count = sizeof places_migrations / sizeof *places_migrations;

const struct sealed_column places_sealed[] = {
    { "application", "id", "claim_sealed", "application.claim" },
    { "review", "id", "note_sealed", "review.note" },
};
const size_t places_sealed_count = sizeof places_sealed / sizeof *places_sealed;

struct parsed {
    struct parsed *next;
    int64_t id;
    struct policy *policy;
};

struct places {
    const struct city *city;
    const char *data;
    struct round_proofs *proofs;
    pthread_mutex_t lock; /* guards all below */
    struct arena *arena;
    struct parsed *parsed;
};

struct places *places_new(const struct city *city, const char *data)
{
    struct arena *arena = arena_new(0);
    struct places *places = ARENA_NEW(arena, struct places);
    *places =
        (struct places){ .city = city, .data = data, .proofs = round_proofs_new(LIMIT_PROOF_BYTES), .arena = arena };
    pthread_mutex_init(&places->lock, NULL);
    return places;
}

void places_free(struct places *places)
{
    if (places) {
        pthread_mutex_destroy(&places->lock);
        round_proofs_free(places->proofs);
        arena_free(places->arena);
    }
}

const struct city *places_city(const struct places *places)
{
    return places->city;
}

const char *places_data(const struct places *places)
{
    return places->data;
}

struct round_proofs *places_proofs(struct places *places)
{
    return places->proofs;
}

static const struct policy *parsed_already(struct places *places, int64_t id)
{
    for (const struct parsed *p = places->parsed; p; p = p->next) {
        if (p->id == id) {
            return p->policy;
        }
    }
    return NULL;
}

static bool parse(struct places *places, int64_t id, struct str yaml, struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    struct parsed *parsed = ARENA_NEW(places->arena, struct parsed);
    bool good = policy_parse(places->arena, yaml, "policy", places->city, &parsed->policy, mistakes);
    if (good) {
        parsed->id = id;
        parsed->next = places->parsed;
        places->parsed = parsed;
    } else {
        error_set(error, "policy %lld does not fit the city folder: line %u: %s", (long long)id,
                  mistakes->n ? mistakes->items[0].line : 0, mistakes->n ? mistakes->items[0].says.en : "unreadable");
    }
    city_mistakes_free(mistakes);
    return good;
}

bool places_policy(struct places *places, struct db *db, int64_t policy_id, const struct policy **out,
                   struct error *error)
{
    pthread_mutex_lock(&places->lock);
    const struct policy *policy = parsed_already(places, policy_id);
    pthread_mutex_unlock(&places->lock);
    if (policy) {
        *out = policy;
        return true;
    }
    struct arena *arena = arena_new(0);
    struct str yaml;
    bool good = db_one_text(db, error, arena, &yaml, NULL, "select text from policy where id = ?1", V_INT(policy_id));
    if (good) {
        pthread_mutex_lock(&places->lock);
        good = parsed_already(places, policy_id) || parse(places, policy_id, yaml, error);
        *out = good ? parsed_already(places, policy_id) : *out;
        pthread_mutex_unlock(&places->lock);
    }
    arena_free(arena);
    return good;
}

/* ---- Masks ---- */

static size_t first_character(struct str s)
{
    size_t n = s.n ? 1 : 0;
    while (n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

struct str mask_name(struct arena *arena, struct str name)
{
    size_t first = first_character(name);
    size_t rest = str_chars((struct str){ name.p + first, name.n - first });
    if (rest > 3) {
        rest = 3;
    }
    return arena_printf(arena, "%.*s%.*s", (int)first, name.n ? name.p : "", (int)rest, "***");
}

struct str mask_citizen(struct arena *arena, struct str citizen)
{
    if (citizen.n != 18) {
        return arena_printf(arena, "%.*s", (int)citizen.n, "******************************");
    }
    return arena_printf(arena, "%.4s**********%.4s", citizen.p, citizen.p + 14);
}

struct str mask_address(struct arena *arena, struct str address)
{
    size_t n = 0;
    while (n < address.n && !(address.p[n] >= '0' && address.p[n] <= '9')) {
        n++;
    }
    return arena_printf(arena, "%.*s%s", (int)n, address.n ? address.p : "", n < address.n ? "***" : "");
}
