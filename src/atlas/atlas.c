/* The picture that all share. See atlas.h. */
#include "atlas/atlas.h"

#include "base/clock.h"
#include "registry/metres.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdlib.h>

static const int64_t OLD_AFTER_US = INT64_C(10) * 60 * 1000000;

struct atlas {
    const struct city *city;
    struct store *store;
    pthread_mutex_t lock; /* guards `now` and every picture's users */
    struct picture *now;
    pthread_mutex_t metres_lock;
    struct metres *metres; /* opened when first asked for */
};

struct atlas *atlas_new(const struct city *city, struct store *store)
{
    struct atlas *atlas = calloc(1, sizeof *atlas);
    if (atlas) {
        atlas->city = city;
        atlas->store = store;
        pthread_mutex_init(&atlas->lock, NULL);
        pthread_mutex_init(&atlas->metres_lock, NULL);
    }
    return atlas;
}

static void picture_free(struct picture *picture)
{
    if (picture) {
        layers_free(picture->layers);
        arena_free(picture->arena);
    }
}

void atlas_free(struct atlas *atlas)
{
    if (atlas) {
        picture_free(atlas->now);
        metres_close(atlas->metres);
        pthread_mutex_destroy(&atlas->lock);
        pthread_mutex_destroy(&atlas->metres_lock);
        free(atlas);
    }
}

const struct picture *atlas_take(struct atlas *atlas, int64_t moment)
{
    pthread_mutex_lock(&atlas->lock);
    struct picture *now = atlas->now;
    if (now && (now->moment != moment || now->day != day_of_ms(clock_ms()) ||
                clock_monotonic_us() - now->made_us > OLD_AFTER_US)) {
        now = NULL;
    }
    if (now) {
        now->users++;
    }
    pthread_mutex_unlock(&atlas->lock);
    return now;
}

void atlas_give(struct atlas *atlas, const struct picture *picture)
{
    struct picture *given = (struct picture *)picture;
    pthread_mutex_lock(&atlas->lock);
    bool last = --given->users == 0 && given != atlas->now;
    pthread_mutex_unlock(&atlas->lock);
    if (last) {
        picture_free(given);
    }
}

static bool read_picture(struct atlas *atlas, struct picture *picture, struct error *error)
{
    struct db *db = NULL;
    if (!db_open(&db, atlas->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && writing_moment_seen(db, &picture->moment, error) &&
                picture_load(db, atlas, atlas->city, picture, error);
    db_read_end(db);
    db_close(db);
    return good;
}

const struct picture *atlas_make(struct atlas *atlas, struct error *error)
{
    struct arena *arena = arena_new(256 * 1024);
    struct picture *picture = ARENA_NEW(arena, struct picture);
    int64_t began = clock_monotonic_us();
    picture->arena = arena;
    picture->day = day_of_ms(clock_ms());
    picture->layers = layers_new();
    if (!read_picture(atlas, picture, error)) {
        picture_free(picture);
        return NULL;
    }
    picture->made_us = clock_monotonic_us();
    picture->took_us = picture->made_us - began;
    picture->users = 1;
    pthread_mutex_lock(&atlas->lock);
    struct picture *before = atlas->now;
    bool unused = before && before->users == 0;
    atlas->now = picture;
    pthread_mutex_unlock(&atlas->lock);
    if (unused) {
        picture_free(before);
    }
    return picture;
}

bool atlas_metres(struct atlas *atlas, int64_t lon_e6, int64_t lat_e6, int64_t *east, int64_t *north,
                  struct error *error)
{
    pthread_mutex_lock(&atlas->metres_lock);
    bool good = (atlas->metres || metres_open(&atlas->metres, error)) &&
                metres_of(atlas->metres, lon_e6, lat_e6, east, north, error);
    pthread_mutex_unlock(&atlas->metres_lock);
    return good;
}

bool atlas_degrees(struct atlas *atlas, int64_t east, int64_t north, int64_t *lon_e6, int64_t *lat_e6,
                   struct error *error)
{
    pthread_mutex_lock(&atlas->metres_lock);
    bool good = (atlas->metres || metres_open(&atlas->metres, error)) &&
                metres_degrees(atlas->metres, (double)east, (double)north, lon_e6, lat_e6, error);
    pthread_mutex_unlock(&atlas->metres_lock);
    return good;
}

const struct map_area *picture_area_at(const struct picture *picture, enum stage stage, struct degrees at)
{
    for (size_t i = 0; i < picture->nareas; i++) {
        if (picture->areas[i].stage == stage && shape_holds(&picture->areas[i].shape, at)) {
            return &picture->areas[i];
        }
    }
    return NULL;
}

const struct venue *picture_venue(const struct picture *picture, struct str code)
{
    size_t low = 0, high = picture->nvenues;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(picture->venues[middle].code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < picture->nvenues && str_eq(picture->venues[low].code, code) ? &picture->venues[low] : NULL;
}

const struct map_school *picture_school(const struct picture *picture, struct str code)
{
    size_t low = 0, high = picture->nschools;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(picture->schools[middle].code, code) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < picture->nschools && str_eq(picture->schools[low].code, code) ? &picture->schools[low] : NULL;
}
