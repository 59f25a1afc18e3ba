/* The page on which anybody checks a published round, by computing it again in the browser. */
#ifndef PLACES_PUBLIC_VERIFY_H
#define PLACES_PUBLIC_VERIFY_H

#include "places/public/public.h"

extern const struct route verify_routes[];
extern const size_t verify_route_count;

struct verify_round {
    int64_t id;
    struct str words, label;
    bool late; /* a late round has a transcript of its own */
};
struct verify_view {
    struct verify_round *rounds; /* published */
    size_t n;
};

#endif
