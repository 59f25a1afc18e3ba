/* Routes of supervision, for the program. */
#ifndef CASEWORK_PAGES_SUPERVISION_ROUTES_H
#define CASEWORK_PAGES_SUPERVISION_ROUTES_H

#include "web/route.h"

#include <stddef.h>

extern const struct route supervision_routes[];
extern const size_t supervision_route_count;
extern const struct route supervision_lead_routes[];
extern const size_t supervision_lead_route_count;
extern const struct route plate_routes[];
extern const size_t plate_route_count;

extern const struct route zone_routes[];
extern const size_t zone_route_count;

#endif
