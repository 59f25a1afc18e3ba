/* Replies. Each ends the request; the caller returns after it and does not touch the request again. */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include "web/page.h"
#include "web/request.h"

/* reply_page(request, 200, family_status, &view): a compiled page with its parameters. */
#define reply_page(request, status, page_function, ...)                                                                \
    do {                                                                                                               \
        struct page *reply_out_ = reply_page_begin((request), (status));                                               \
        page_function(reply_out_ __VA_OPT__(, ) __VA_ARGS__);                                                          \
        reply_page_end(reply_out_);                                                                                    \
    } while (0)
struct page *reply_page_begin(struct request *request, int status);
void reply_page_end(struct page *page);

/* 303 to a path of this site ("/round/7?done"); anything else becomes "/". */
void reply_redirect(struct request *request, struct str path);
void reply_redirect_to(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of any type. filename empty: shown inside the browser; else offered as a download under that name (UTF-8). */
void reply_bytes(struct request *request, int status, const char *type, struct str filename, struct str bytes);
void reply_json(struct request *request, int status, struct str json);

/* A designed page: what happened, why, what to do, and the reference number, which the log shows too. */
void reply_problem(struct request *request, int status, struct text what, struct text why, struct text what_to_do);
/* The usual ones. */
void reply_not_found(struct request *request);
/* The role may not use this page at all. */
void reply_forbidden(struct request *request);
/* There is such a thing, outside of what the session may see: the journal has it, the answer is that of a number that
 * nobody has. */
void reply_out_of_scope(struct request *request, const struct subject *subject);
/* Something failed on our side; error goes to the log beside the reference, not to the page. */
void reply_failed(struct request *request, const struct error *error);
/* The form's key was missing or old. */
void reply_conflict(struct request *request, struct text why);

/* An extra header of the reply, before it is made. Values with control characters are dropped. */
void reply_header(struct request *request, const char *name, struct str value);
/* Notice at the top of the next page of this client (kept in a cookie until shown): "saved". key of a notice that
 * was declared in settings.notices. */
void reply_notice(struct request *request, const char *key);

#endif
