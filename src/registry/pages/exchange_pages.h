/* Pages of the register's exchange: a kind out as a spreadsheet, a spreadsheet in with its difference shown first. What
 * a session may see and change says its level: a school its institution, a county its prefix, the city all. */
#ifndef REGISTRY_PAGES_EXCHANGE_PAGES_H
#define REGISTRY_PAGES_EXCHANGE_PAGES_H

#include "accounts/accounts.h"
#include "registry/exchange_keep.h"
#include "registry/pages/desk.h"
#include "registry/pages/exchange_routes.h"
#include "web/components.h"
#include "web/reply.h"

/* What a page is made from; lives in the request's arena. */
struct exchange_desk {
    struct app *app;
    const struct kind *kind;
    struct keeper_of who; /* its scope is what facts are listed by; of a school its institution's division */
    enum lang lang;
};
/* NULL: the reply was made (no such kind, a session without scope, a kind that its level does not keep). */
struct exchange_desk *exchange_desk(struct request *request);

/* ---- Out ---- */

struct exchange_export_view {
    const struct exchange_desk *desk;
    int64_t day;
};
void exchange_show_export(struct request *request);
void exchange_take_export(struct request *request);
void exchange_take_template(struct request *request);
/* Bytes that a work made, offered as a file. */
struct exchange_file {
    struct exchange_desk *desk;
    struct exchange_ask ask;
    struct str bytes;
    bool too_many; /* rows for a sheet */
};
void exchange_reply_file(struct request *request, const struct exchange_file *file, struct str name);

/* ---- In ---- */

enum { EXCHANGE_SHOWN = 50, EXCHANGE_IMPORTS_SHOWN = 10 };

struct exchange_import_view {
    const struct exchange_desk *desk;
    struct exchange_import *imports; /* this account's of the kind */
    size_t n;
};

struct shown_field {
    struct name heading;
    struct str before, after;
};
struct shown_row {
    uint32_t number;
    enum exchange_state state;
    struct str code;
    struct shown_field *fields;
    size_t nfields;
    struct exchange_mistake *mistakes;
    size_t nmistakes;
};

struct exchange_state_view {
    const struct exchange_desk *desk;
    struct exchange_import import;
    struct exchange_counts counts; /* found again just now, where it waits; else as it was */
    enum exchange_state show;
    int64_t page, pages;
    struct shown_row *rows;
    size_t n;
    struct exchange_mistake *mistakes; /* of the file as a whole */
    size_t nmistakes;
    bool refused;
    const char *problem; /* the last action's; NULL: none */
    struct text says;    /* in words */
};
void exchange_show_import(struct request *request);
void exchange_post_import(struct request *request);
void exchange_show_state(struct request *request);
void exchange_post_stop(struct request *request);
void exchange_post_apply(struct request *request);
void exchange_post_undo(struct request *request);
void exchange_take_errors(struct request *request);

extern const struct form exchange_import_form, exchange_apply_form, exchange_undo_form;
struct text exchange_import_state(enum import_state state);
enum colour exchange_import_colour(enum import_state state);

#endif
