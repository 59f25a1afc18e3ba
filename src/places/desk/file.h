/* What queue.c and file.c share: the forms of a decision. */
#ifndef PLACES_DESK_FILE_H
#define PLACES_DESK_FILE_H

#include "places/desk/desk.h"

/* Who works here. */
#define DESK (ROLE_SCHOOL | ROLE_COUNTY)

extern const struct form bulk_form, decide_form, unmask_form;
route_handler show_file, decide_post, unmask_post, ask_again_post;

/* The city's reasons as options of the field `reasons`. */
void desk_reason_options(struct request *request);
/* What the form says: decision, reasons, note, level, actor. */
struct review_decide desk_decision(struct request *request);
void desk_bulk(struct request *request, struct review_bulk *bulk, command_done *done);

#endif
