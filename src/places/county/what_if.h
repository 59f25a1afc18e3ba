/* The what-if page's handlers, for the table of policy_routes. */
#ifndef PLACES_COUNTY_WHAT_IF_H
#define PLACES_COUNTY_WHAT_IF_H

#include "places/county/county.h"

route_handler show_what_if, what_if_post;
extern const struct form what_if_form;

#endif
