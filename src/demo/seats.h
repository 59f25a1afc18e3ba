/* demo/seats.csv and demo/outline.csv of a city's folder: what the land is grown from. */
#ifndef DEMO_SEATS_H
#define DEMO_SEATS_H

#include "base/arena.h"
#include "base/error.h"
#include "city/city.h"
#include "demo/mesh.h"

struct seat {
    const struct division *division;
    struct point at; /* metres */
    uint32_t children, town_share, town_spread, pace;
};

struct seats {
    struct seat *items; /* in the file's order */
    size_t n;
    struct point *outline; /* metres */
    size_t noutline;
};

/* Every county of the city has a seat, and each seat lies within the outline; else an error with file and line. */
bool seats_read(struct arena *arena, const struct city *city, struct seats *seats, struct error *error);

#endif
