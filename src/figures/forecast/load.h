/* The forecast's data from the store, and the forecast that the pages share: read and computed once, kept in memory,
 * read again when a count, a plan or a catchment has changed (table forecast_version). */
#ifndef FIGURES_FORECAST_LOAD_H
#define FIGURES_FORECAST_LOAD_H

#include "figures/forecast/settings.h"
#include "store/db.h"
#include "store/writer.h"

extern const struct migration forecast_migrations[];
extern const size_t forecast_migrations_count;

/* Counts of households and the communities of catchments as known at the moment (MOMENT_OPEN: now), and of these as on
 * its day. */
bool forecast_load(struct db *db, struct arena *arena, const struct city *city,
                   const struct forecast_settings *settings, int64_t known, struct forecast_data *out,
                   struct error *error);

/* One computed forecast. It owns all that hangs on it; nothing in it changes. */
struct forecast {
    struct arena *arena;
    int64_t version;
    struct forecast_settings settings;
    struct forecast_data data;
    struct forecast_model model;
    struct forecast_city base; /* without changes */
    char lacks[ERROR_MAX];     /* why there is no model (no counts yet); empty: there is one */
    int64_t took_us;
    int64_t made_us; /* monotonic */
    int users;
};

struct forecaster;
struct forecaster *forecaster_new(const struct city *city);
/* NULL is accepted. Nobody may be using it. */
void forecaster_free(struct forecaster *forecaster);
/* The forecast in memory when it is of this version and not too old; NULL: make it (forecaster_make). */
const struct forecast *forecaster_take(struct forecaster *forecaster, int64_t version);
/* Reads and computes, or waits for who does so by now; takes it. Not on an event loop. */
const struct forecast *forecaster_make(struct forecaster *forecaster, struct store *store, struct error *error);
/* What was said at a moment, computed again from what was known then. Belongs to who asks: forecast_free. NULL with
 * error. */
struct forecast *forecast_known(const struct city *city, struct store *store, int64_t known, struct error *error);
void forecast_free(struct forecast *forecast);
void forecaster_give(struct forecaster *forecaster, const struct forecast *forecast);

bool forecast_version(struct db *db, int64_t *version, struct error *error);
/* Inside a command: what was computed is old. */
bool forecast_touch(struct writing *writing, struct error *error);

/* Index by id; NOWHERE when there is none. */
uint32_t forecast_catchment_at(const struct forecast_data *data, int64_t id);
uint32_t forecast_community_at(const struct forecast_data *data, int64_t id);
uint32_t forecast_county_at(const struct forecast_data *data, struct str code);
/* The school's place at this stage (its first catchment's). */
uint32_t forecast_school_at(const struct forecast_data *data, int64_t institution, int stage);

#endif
