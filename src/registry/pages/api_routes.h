/* The routes of the programming interface and of its keys. */
#ifndef REGISTRY_PAGES_API_ROUTES_H
#define REGISTRY_PAGES_API_ROUTES_H

#include "web/route.h"

extern const struct route api_routes[];
extern const size_t api_route_count;

#endif
