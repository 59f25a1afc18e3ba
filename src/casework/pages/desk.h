/* As whom a session works on cases, and what all pages of cases share (desk.c). */
#ifndef CASEWORK_PAGES_DESK_H
#define CASEWORK_PAGES_DESK_H

#include "accounts/accounts.h"
#include "casework/casework.h"
#include "casework/words.h"
#include "store/sealed_file.h"
#include "web/components.h"
#include "web/reply.h"

/* Who may have cases on a desk. */
#define CASE_ROLES (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_INSPECTOR | ROLE_ENTERPRISE | ROLE_FAMILY)

struct case_desk_view {
    struct app *app;
    const struct city *city;
    struct arena *arena;
    enum lang lang;
    struct case_who who;
    int64_t today;
};
/* NULL: the reply was made. Reads the account's institution and code of staff. */
struct case_desk_view *case_desk_of(struct request *request);
/* Whose data #case shows: of its division and institution, and of who opened it. */
enum scope_result scope_of_case(struct request *request, struct subject *subject);
/* The case of #case when the session may see it. false: the reply was made (the same as for none). */
bool case_of_request(struct request *request, const struct case_desk_view *desk, struct case_row *row);

/* What an account is called; "—" for one that is gone. */
bool case_account_name(struct request *request, int64_t id, struct str *name, struct error *error);
/* The account that a form's value names; 0: none. */
int64_t case_account_in(struct str text);

/* ---- Forms made of a kind's fields (case_form.c) ---- */

enum { CASE_PICTURES = 3 }; /* of one act */
/* Fields f_ID, then, when a list is answered, i_ITEM and w_ITEM, then the note, then the pictures. */
const struct form *case_form(struct arena *arena, const struct case_kind *kind, const size_t *asks, size_t nasks,
                             const struct checklist *list, const struct text *note, bool needs_note, bool pictures);
/* A form that a phone keeps has a key of its own, 32 hexadecimal digits; as the key of an act it holds the account too.
 * Empty where the digits are none. */
enum { KEPT_KEY_DIGITS = 32 };
struct str case_kept_key(const struct case_desk_view *desk, struct str digits);
/* The key of a form, as the key of an opening that happens once; empty where it has none. */
struct str case_form_once(struct request *request);
/* What the form holds, for casework.h. */
struct case_input *case_form_values(struct request *request, const struct case_kind *kind, const size_t *asks,
                                    size_t nasks);
struct case_answers *case_form_answers(struct request *request, const struct checklist *list);
/* The error of a field, where the person made it. */
void case_form_error(struct request *request, struct str field, struct name says);

/* The pictures of the form, sealed and written by a worker; then `then` on the loop. A file that cannot be kept is
 * told beside its field, and `again` shows the page. */
typedef void case_files_done(struct request *request, struct case_file_added *files, size_t n, void *context);
void case_files(struct request *request, case_files_done *then, route_handler *again, void *context);
struct file_shelf case_shelf(const struct app *app, struct arena *arena);

/* ---- Words ---- */

struct text case_state_words(const struct case_row *row, int64_t late, enum colour *colour);

#endif
