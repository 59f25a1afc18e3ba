/* The routes of the register's exchange by spreadsheet. */
#ifndef REGISTRY_PAGES_EXCHANGE_ROUTES_H
#define REGISTRY_PAGES_EXCHANGE_ROUTES_H

#include "web/route.h"

extern const struct route exchange_routes[];
extern const size_t exchange_route_count;

#endif
