/* The page on which staff take their schools and people as OneRoster. */
#ifndef REGISTRY_PAGES_ONEROSTER_PAGE_H
#define REGISTRY_PAGES_ONEROSTER_PAGE_H

#include "web/form.h"
#include "web/route.h"

extern const struct route oneroster_routes[];
extern const size_t oneroster_route_count;

#endif
