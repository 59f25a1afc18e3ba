/* Anybody subscribes to a public case, or to news of a letter of theirs; a link in a mail confirms it, another ends it.
 */
#include "casework/notice.h"
#include "casework/pages/messages.h"
#include "casework/pages/routes.h"
#include "casework/words.h"

#include "messages.page.h"

static const struct field subscribe_fields[] = {
    { .name = "address",
      .kind = FIELD_EMAIL,
      .required = true,
      .max = 254,
      .autocomplete = "email",
      .label = T("邮箱地址", "Mail address") },
};
static const struct form subscribe_form = FORM(subscribe_fields);
static const struct field end_fields[] = {
    { .name = "c", .kind = FIELD_HIDDEN, .required = true, .max = 64, .label = T("链接", "Link") },
    { .name = "answer", .kind = FIELD_HIDDEN, .required = true, .max = 3, .label = T("回答", "Answer") },
};
static const struct form end_form = FORM(end_fields);

/* NULL: the reply was made. */
static struct subscribe_view *view_of(struct request *request, struct case_row *row)
{
    struct arena *arena = request_arena(request);
    struct subscribe_view *view = ARENA_NEW(arena, struct subscribe_view);
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    *view =
        (struct subscribe_view){ .what = request_param(request, "what"), .number = request_param(request, "number") };
    if (!db) {
        return NULL;
    }
    if (!case_numbered(db, arena, request_app(request)->city, view->number, row, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    bool open = str_is(view->what, "case") && found && row->kind && row->kind->public && row->open_from;
    bool letter = str_is(view->what, "letter") && found && row->kind && (row->kind->opens & DESK_PUBLIC) &&
                  !row->kind->confidential && row->opener <= 0;
    if (!open && !letter) {
        reply_not_found(request);
        return NULL;
    }
    /* Of a letter nobody learns more than its number. */
    view->title = letter ? (struct name){ view->number, view->number } : case_title(row);
    return view;
}

static void show_subscribe(struct request *request)
{
    struct case_row row;
    struct subscribe_view *view = view_of(request, &row);
    if (!view) {
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &subscribe_form);
    }
    reply_page(request, 200, subscribe_page, view);
}

static void did_subscribe(struct request *request, bool ok, const struct error *error, void *context)
{
    struct subscribe_view *view = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    /* The same answer whether the address stood there already: nobody learns who subscribes. */
    view->asked = true;
    reply_page(request, 200, subscribe_page, view);
}

static void post_subscribe(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct outbox_subscribe *ask = ARENA_NEW(arena, struct outbox_subscribe);
    struct case_row row;
    struct subscribe_view *view = view_of(request, &row);
    if (!view) {
        return;
    }
    if (form_ok(request) && !outbox_address(OUTBOX_MAIL, form_value(request, "address"), &ask->address)) {
        form_error(request, "address", T("请填写完整的邮箱地址", "Give a whole mail address"));
    }
    if (!form_ok(request)) {
        show_subscribe(request);
        return;
    }
    enum lang lang = request_lang(request);
    bool letter = str_is(view->what, "letter");
    ask->role = "";
    ask->topic = notice_topic(arena, letter, row.id);
    ask->title = name_in(view->title, lang);
    ask->division = row.division;
    ask->lang = lang;
    request_command(request, "subscription.ask", outbox_subscribe_run, ask, did_subscribe, view);
}

/* ---- The links of the mails: looking changes nothing, for programs look too ---- */

static struct subscribe_view *subscription_view(struct request *request, struct str token)
{
    struct arena *arena = request_arena(request);
    struct subscribe_view *view = ARENA_NEW(arena, struct subscribe_view);
    struct outbox_subscription it = { 0 };
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    if (!db) {
        return NULL;
    }
    if (!outbox_subscription_of(db, arena, request_app(request)->vault, token, &it, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found) {
        reply_not_found(request);
        return NULL;
    }
    *view = (struct subscribe_view){ .token = token, .subject = it.title, .confirmed = it.confirmed };
    return view;
}

static void show_subscription(struct request *request)
{
    struct subscribe_view *view = subscription_view(request, request_query(request, "c"));
    if (view) {
        form_use(request, &end_form);
        reply_page(request, 200, subscription_page, view);
    }
}

struct ending {
    struct outbox_subscription_end end;
    struct subscribe_view *view;
};

static void did_end(struct request *request, bool ok, const struct error *error, void *context)
{
    struct ending *ending = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    ending->view->confirmed = ending->end.yes;
    ending->view->ended = !ending->end.yes;
    reply_page(request, 200, subscription_page, ending->view);
}

static void post_subscription(struct request *request)
{
    struct ending *ending = ARENA_NEW(request_arena(request), struct ending);
    struct str token = form_value(request, "c");
    struct subscribe_view *view = subscription_view(request, token);
    if (!view) {
        return;
    }
    *ending =
        (struct ending){ .end = { .token = token, .yes = str_is(form_value(request, "answer"), "yes") }, .view = view };
    request_command(request, "subscription.end", outbox_subscription_run, &ending->end, did_end, ending);
}

const struct route subscribe_routes[] = {
    { .method = "GET",
      .path = "/subscribe/:what/:number",
      .roles = WEB_PUBLIC,
      .handler = show_subscribe,
      .answer = "page",
      .summary = T("订阅一件公开的事项，或自己来信的进展", "Subscribe to a public case, or to a letter of one's own") },
    { .method = "POST",
      .path = "/subscribe/:what/:number",
      .roles = WEB_PUBLIC,
      .form = &subscribe_form,
      .handler = post_subscribe,
      .answer = "page",
      .summary = T("填写邮箱，等待确认", "Give an address; it is confirmed by mail"),
      .flags = ROUTE_SIGN_IN },
    { .method = "GET",
      .path = "/subscription",
      .roles = WEB_PUBLIC,
      .handler = show_subscription,
      .answer = "page",
      .summary = T("邮件里的链接：确认或退订", "The link of a mail: confirm or end") },
    { .method = "POST",
      .path = "/subscription",
      .roles = WEB_PUBLIC,
      .form = &end_form,
      .handler = post_subscription,
      .answer = "page",
      .summary = T("确认或退订", "Confirm or end") },
};
const size_t subscribe_route_count = sizeof subscribe_routes / sizeof *subscribe_routes;
