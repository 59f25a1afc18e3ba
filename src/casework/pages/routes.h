/* Routes of cases, for the program. */
#ifndef CASEWORK_PAGES_ROUTES_H
#define CASEWORK_PAGES_ROUTES_H

#include "web/route.h"

#include <stddef.h>

extern const struct route cases_routes[];
extern const size_t cases_route_count;
extern const struct route case_routes[];
extern const size_t case_route_count;
extern const struct route case_evidence_routes[];
extern const size_t case_evidence_route_count;
extern const struct route case_line_routes[];
extern const size_t case_line_route_count;
extern const struct route timeline_routes[];
extern const size_t timeline_route_count;
extern const struct route case_act_routes[];
extern const size_t case_act_route_count;
extern const struct route case_open_routes[];
extern const size_t case_open_route_count;
extern const struct route case_letter_routes[];
extern const size_t case_letter_route_count;
extern const struct route handover_routes[];
extern const size_t handover_route_count;
extern const struct route food_routes[];
extern const size_t food_route_count;
extern const struct route sealed_open_routes[];
extern const size_t sealed_open_route_count;
extern const struct route sealed_routes[];
extern const size_t sealed_route_count;
extern const struct route case_public_routes[];
extern const size_t case_public_route_count;
extern const struct route message_routes[];
extern const size_t message_route_count;
extern const struct route outbox_routes[];
extern const size_t outbox_route_count;
extern const struct route subscribe_routes[];
extern const size_t subscribe_route_count;
extern const struct route calendar_routes[];
extern const size_t calendar_route_count;
extern const struct route standin_routes[];
extern const size_t standin_route_count;
extern const struct route cases_bulk_routes[];
extern const size_t cases_bulk_route_count;
extern const struct route cases_sheet_routes[];
extern const size_t cases_sheet_route_count;

#endif
