/* As whom a session works on cases, and what all pages of cases share (desk.c). */
#ifndef CASEWORK_PAGES_DESK_H
#define CASEWORK_PAGES_DESK_H

#include "accounts/accounts.h"
#include "casework/casework.h"
#include "web/components.h"
#include "web/reply.h"

/* Who may have cases on a desk. */
#define CASE_ROLES                                                                                                     \
    (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_INSPECTOR | ROLE_ENTERPRISE | ROLE_COUNSELLOR | ROLE_FAMILY)

struct case_desk_view {
    struct app *app;
    struct arena *arena;
    enum lang lang;
    struct case_who who;
    int64_t today;
};
/* NULL: the reply was made. Reads the account's institution and code of staff. */
struct case_desk_view *case_desk_of(struct request *request);
/* The case of #case when the session may see it. false: the reply was made (the same as for none). Opening a
 * confidential case is not done here. */
bool case_of_request(struct request *request, struct case_desk_view *desk, struct case_row *row);
/* Subject of #case for the table of routes. */
enum scope_result scope_of_case(struct request *request, struct subject *subject);

/* Evidence of a form: the files of the field (several), sealed and written on a worker, then `then` on the loop with
 * files in the arena. On a fault the form has the error and `again` shows the page. */
typedef void case_files_done(struct request *request, struct case_file_added *files, size_t n, void *context);
void case_files(struct request *request, const char *field, case_files_done *then, route_handler *again, void *context);

/* Words. */
struct name case_title(struct arena *arena, const struct case_row *row); /* its title, else its kind's name */
struct name case_stage_name(const struct case_row *row);
struct text case_state_words(const struct case_desk_view *desk, const struct case_row *row, enum colour *colour);
/* "due in 3 working days", "2 working days late", "no term" */
struct name case_due_words(struct arena *arena, const struct city *city, const struct case_row *row, int64_t today);

#endif
