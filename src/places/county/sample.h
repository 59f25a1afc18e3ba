/* The county's page of the random audit. */
#ifndef PLACES_COUNTY_SAMPLE_H
#define PLACES_COUNTY_SAMPLE_H

#include "places/county/county.h"
#include "places/sample.h"

extern const struct route sample_routes[];
extern const size_t sample_route_count;

/* If so many of a hundred files were wrong, the sample would have met at least one with this chance. */
struct sample_chance {
    int64_t wrong; /* files */
    int64_t of_hundred;
    int64_t chance; /* in a thousand */
};
struct sample_view {
    struct round *round;
    struct str words;
    const struct city *city;
    struct sample_row *rows;
    size_t n;
    struct sample_numbers numbers;
    struct sample_chance chances[4];
    bool officer;
};
struct name sample_reason_words(const struct city *city, struct str reason);

#endif
