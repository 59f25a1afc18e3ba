/* Notices of seats: what a county said about the next six years, on a day. A notice is frozen when it is published: its
 * numbers are rows of their own, and its text has a hash, which anybody can compute again.
 *
 * The text, by which the hash (SM3) is made, in UTF-8, each line ended by a newline, fields separated by tabs:
 *
 *     jiaoti seat notice 1
 *     COUNTY  PUBLISHED (ms)  COUNTED ON (YYYY-MM-DD)  FIRST YEAR  YELLOW  ORANGE  RED (permille)
 *     SENTENCE in Chinese  in English
 *     CATCHMENT  STAGE  YEAR  EXPECTED  LOW  HIGH  PLACES  BAND  NAME in Chinese  in English      (for each, in order)
 */
#ifndef FIGURES_FORECAST_NOTICE_H
#define FIGURES_FORECAST_NOTICE_H

#include "figures/forecast/plan.h"

struct notice_warning {
    int64_t id, catchment;
    int stage;
    int64_t year, expected, low, high, places;
    enum band band;
    struct name name;
    struct str state; /* open | case | closed; empty where there is nothing to do */
};
struct notice {
    int64_t id;
    struct str division;
    int64_t published_at, published_by, counted_on, first_year, yellow, orange, red;
    struct name sentence;
    struct str hash;
    struct notice_warning *warnings; /* by id */
    size_t n;
};

const char *band_id(enum band band);
bool band_of(struct str id, enum band *band);

struct str notice_text(struct arena *arena, const struct notice *notice);
struct str notice_hash(struct arena *arena, const struct notice *notice);

struct notice_publish {
    struct forecast_actor actor;
    const struct forecast *forecast;
    struct str division;     /* county */
    const struct city *city; /* red catchments become cases of its kind "seats" (shortage.h); NULL: none */
    /* out */
    int64_t notice;
    bool repeated; /* today's notice says the same already */
    size_t opened; /* cases */
};
bool notice_publish_run(struct writing *writing, void *input, struct error *error);

bool notice_read(struct db *db, struct arena *arena, int64_t id, struct notice *out, bool *found, struct error *error);
/* Newest first; division empty: of all counties. Without their warnings; `n` of each counts yellow and graver. */
bool notice_list(struct db *db, struct arena *arena, struct str division, struct notice **out, size_t *n,
                 struct error *error);
/* What was published about one catchment and year, oldest first: id is the notice's. */
struct notice_past {
    int64_t notice, published_at, expected, places, year;
    enum band band;
};
bool notice_series(struct db *db, struct arena *arena, int64_t catchment, int64_t year, struct notice_past **out,
                   size_t *n, struct error *error);

#endif
