/* The forecast that all pages share. See load.h. */
#include "figures/forecast/load.h"

#include "base/clock.h"
#include "casework/progress.h"
#include "registry/facts.h"

#include <pthread.h>
#include <stdlib.h>

/* Names and homes come from tables that others change without telling: read again after so long. */
static const int64_t OLD_AFTER_US = INT64_C(10) * 60 * 1000000;

struct forecaster {
    const struct city *city;
    pthread_mutex_t making; /* held by who computes */
    pthread_mutex_t lock;   /* guards `now` and every forecast's users */
    struct forecast *now;
};

struct forecaster *forecaster_new(const struct city *city)
{
    struct forecaster *forecaster = calloc(1, sizeof *forecaster);
    if (forecaster) {
        forecaster->city = city;
        pthread_mutex_init(&forecaster->making, NULL);
        pthread_mutex_init(&forecaster->lock, NULL);
    }
    return forecaster;
}

void forecast_free(struct forecast *forecast)
{
    if (forecast) {
        struct arena *arena = forecast->arena;
        arena_free(arena);
    }
}

void forecaster_free(struct forecaster *forecaster)
{
    if (forecaster) {
        forecast_free(forecaster->now);
        pthread_mutex_destroy(&forecaster->making);
        pthread_mutex_destroy(&forecaster->lock);
        free(forecaster);
    }
}

const struct forecast *forecaster_take(struct forecaster *forecaster, int64_t version)
{
    pthread_mutex_lock(&forecaster->lock);
    struct forecast *now = forecaster->now;
    if (now && (now->version != version || clock_monotonic_us() - now->made_us > OLD_AFTER_US)) {
        now = NULL;
    }
    if (now) {
        now->users++;
    }
    pthread_mutex_unlock(&forecaster->lock);
    return now;
}

void forecaster_give(struct forecaster *forecaster, const struct forecast *forecast)
{
    struct forecast *given = (struct forecast *)forecast;
    pthread_mutex_lock(&forecaster->lock);
    bool last = --given->users == 0 && given != forecaster->now;
    pthread_mutex_unlock(&forecaster->lock);
    if (last) {
        forecast_free(given);
    }
}

bool forecast_version(struct db *db, int64_t *version, struct error *error)
{
    int64_t works = 0;
    bool good = db_one_int(db, error, version, NULL, "select version from forecast_version where id = 1") &&
                case_under_way_version(db, STR("places"), &works, error);
    *version += works;
    return good;
}

bool forecast_touch(struct writing *writing, struct error *error)
{
    return db_run(writing->db, error, "update forecast_version set version = version + 1 where id = 1");
}

static bool make(const struct city *city, struct store *store, int64_t known, struct forecast *forecast,
                 struct error *error)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    struct db *db = NULL;
    bool good = forecast_settings_read(forecast->arena, city, &forecast->settings, mistakes);
    if (!good) {
        error_set(error, "forecast.yaml of the city's folder has mistakes; `jiaoti check` tells them");
    }
    city_mistakes_free(mistakes);
    if (!good || !db_open(&db, store, DB_READ, error)) {
        return false;
    }
    good = db_read_begin(db, error) && forecast_version(db, &forecast->version, error) &&
           forecast_load(db, forecast->arena, city, &forecast->settings, known, &forecast->data, error);
    db_read_end(db);
    db_close(db);
    struct error lacks = { { 0 } };
    if (good &&
        forecast_model_make(forecast->arena, &forecast->data, &forecast->settings.rules, &forecast->model, &lacks)) {
        forecast_run(forecast->arena, &forecast->model, NULL, 0, &forecast->base);
    }
    memcpy(forecast->lacks, lacks.message, sizeof forecast->lacks);
    return good;
}

struct forecast *forecast_known(const struct city *city, struct store *store, int64_t known, struct error *error)
{
    struct arena *arena = arena_new(256 * 1024);
    struct forecast *forecast = ARENA_NEW(arena, struct forecast);
    *forecast = (struct forecast){ .arena = arena, .users = 1 };
    if (!make(city, store, known, forecast, error)) {
        forecast_free(forecast);
        return NULL;
    }
    return forecast;
}

/* What another has begun to read since the moment; NULL: nobody did. */
static const struct forecast *taken_since(struct forecaster *forecaster, int64_t moment_us)
{
    pthread_mutex_lock(&forecaster->lock);
    struct forecast *now = forecaster->now;
    now = now && now->made_us - now->took_us >= moment_us ? now : NULL;
    if (now) {
        now->users++;
    }
    pthread_mutex_unlock(&forecaster->lock);
    return now;
}

static const struct forecast *make_anew(struct forecaster *forecaster, struct store *store, struct error *error)
{
    struct arena *arena = arena_new(256 * 1024);
    struct forecast *forecast = ARENA_NEW(arena, struct forecast);
    int64_t began = clock_monotonic_us();
    forecast->arena = arena;
    if (!make(forecaster->city, store, MOMENT_OPEN, forecast, error)) {
        arena_free(arena);
        return NULL;
    }
    forecast->made_us = clock_monotonic_us();
    forecast->took_us = forecast->made_us - began;
    forecast->users = 1;
    pthread_mutex_lock(&forecaster->lock);
    struct forecast *before = forecaster->now;
    bool unused = before && before->users == 0;
    forecaster->now = forecast;
    pthread_mutex_unlock(&forecaster->lock);
    if (unused) {
        forecast_free(before);
    }
    return forecast;
}

/* One computes at a time. Whoever waited takes what was begun after they asked: when a hundred ask at once for what has
 * just become old, it is computed twice at most. */
const struct forecast *forecaster_make(struct forecaster *forecaster, struct store *store, struct error *error)
{
    int64_t asked = clock_monotonic_us();
    pthread_mutex_lock(&forecaster->making);
    const struct forecast *forecast = taken_since(forecaster, asked);
    if (!forecast) {
        forecast = make_anew(forecaster, store, error);
    }
    pthread_mutex_unlock(&forecaster->making);
    return forecast;
}
