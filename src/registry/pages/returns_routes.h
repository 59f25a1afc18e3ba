/* The routes of returns. */
#ifndef REGISTRY_PAGES_RETURNS_ROUTES_H
#define REGISTRY_PAGES_RETURNS_ROUTES_H

#include "web/route.h"

extern const struct route returns_routes[];
extern const size_t returns_route_count;

#endif
