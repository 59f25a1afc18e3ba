/* registry 名录: who and what exists. This first form holds what enrolment stands on: institutions, catchments,
 * communities, dwellings, children and their guardians. (Facts in two times, honours, groups come with the register.)
 *
 * Reads take a read connection and an arena; what they return lives in the arena. Writes are made inside a command
 * (store/writer.h) and append to the journal themselves. Names and addresses of persons are sealed in the database;
 * they come unsealed only from functions that take a vault. `scope` is a prefix of division codes, empty for all.
 */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "store/db.h"
#include "store/reseal.h"
#include "store/vault.h"
#include "store/writer.h"

extern const struct migration registry_migrations[];
extern const size_t registry_migrations_count;
/* Columns that hold sealed data, for the rotation of keys. */
extern const struct sealed_column registry_sealed[];
extern const size_t registry_sealed_count;

struct institution {
    int64_t id;
    struct str code; /* school identifier, 10 digits */
    struct str kind; /* GB/T 33782: 211, 311, 312 … */
    bool public_school;
    struct str place_kind;
    struct str division; /* township */
    struct name name;
    struct str address;
    struct str phone;
    int64_t east, north; /* metres, EPSG:4549 */
    int64_t lon_e6, lat_e6;
};

struct catchment {
    int64_t id;
    struct str stage;
    struct str division; /* county */
    struct name name;
};

struct community {
    int64_t id;
    struct str division; /* township */
    struct name name;
    struct str road;
    int64_t east, north;
    int64_t catchment[2]; /* by enum stage of city/policy.h: primary, junior */
};

struct dwelling {
    int64_t id;
    int64_t community;
    struct str kind;
    struct str address; /* unsealed */
    int64_t east, north;
};

/* One of each by id; *found tells whether there is one. */
bool registry_institution(struct db *db, struct arena *arena, int64_t id, struct institution *out, bool *found,
                          struct error *error);
bool registry_institution_by_code(struct db *db, struct arena *arena, struct str code, struct institution *out,
                                  bool *found, struct error *error);
bool registry_community(struct db *db, struct arena *arena, int64_t id, struct community *out, bool *found,
                        struct error *error);
bool registry_catchment(struct db *db, struct arena *arena, int64_t id, struct catchment *out, bool *found,
                        struct error *error);
bool registry_dwelling(struct db *db, struct arena *arena, struct vault *vault, int64_t id, struct dwelling *out,
                       bool *found, struct error *error);

/* Schools that stand today and whose division starts with scope, by division then id. `kind` empty: all kinds. */
bool registry_institutions(struct db *db, struct arena *arena, struct str scope, struct str kind,
                           struct institution **out, size_t *n, struct error *error);
/* The schools of a catchment, by id. */
bool registry_catchment_schools(struct db *db, struct arena *arena, int64_t catchment, struct institution **out,
                                size_t *n, struct error *error);
/* Communities whose division starts with scope, by id. */
bool registry_communities(struct db *db, struct arena *arena, struct str scope, struct community **out, size_t *n,
                          struct error *error);
/* The finder: communities that match words of an address, a community's or a road's name; at most `most`, best
 * first: the community that the text contains whole, then names that start with the text, then names that hold it. */
bool registry_find_communities(struct db *db, struct arena *arena, struct str scope, struct str text, size_t most,
                               struct community **out, size_t *n, struct error *error);
/* The community in which a full address lies: the longest community name that stands in it, told apart by the
 * township's name where several share one. */
bool registry_address_community(struct db *db, struct arena *arena, struct str address, struct community *out,
                                bool *found, struct error *error);
/* The catchment's outline as GeoJSON. */
bool registry_catchment_shape(struct db *db, struct arena *arena, int64_t catchment, struct str *geojson, bool *found,
                              struct error *error);

/* Straight distance in whole metres, rounded up. */
int64_t registry_distance(int64_t east, int64_t north, int64_t other_east, int64_t other_north);

/* One address, one row: finds the dwelling by its keyed hash or adds it at its community's place.
 * The address is brought into one form first (full-width digits, blanks). kind may be empty when not known. */
bool registry_dwelling_record(struct writing *writing, struct vault *vault, struct str address, int64_t community,
                              struct str kind, int64_t *id, struct error *error);
/* An address in its one form. */
struct str registry_address_form(struct arena *arena, struct str address);

/* Words for a kind of institution ("小学", "primary school"). */
struct text registry_kind_name(struct str kind);

#endif
