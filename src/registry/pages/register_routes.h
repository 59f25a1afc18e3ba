/* The register's pages, as the server needs them. */
#ifndef REGISTRY_PAGES_REGISTER_ROUTES_H
#define REGISTRY_PAGES_REGISTER_ROUTES_H

#include "web/route.h"

extern const struct route register_routes[], register_edit_routes[], register_change_routes[], register_event_routes[];
extern const size_t register_route_count, register_edit_route_count, register_change_route_count,
    register_event_route_count;

#endif
