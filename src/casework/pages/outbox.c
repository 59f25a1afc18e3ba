/* What was sent, to whom, and what came of it: for officers within their scope; the operator sees no subject. */
#include "casework/pages/messages.h"

#include "casework/pages/routes.h"

#include "messages.page.h"

enum { PAGE_ROWS = 50 };
#define OUTBOX_ROLES (ROLE_OPERATOR | ROLE_COUNTY_OFFICER | ROLE_CITY)

static enum outbox_state state_asked(struct request *request)
{
    struct str word = request_query(request, "state");
    int state = 0;
    while (state < OUTBOX_STATES && !str_is(word, outbox_state_word((enum outbox_state)state))) {
        state++;
    }
    return (enum outbox_state)state;
}

static enum outbox_channel channel_asked(struct request *request)
{
    struct str word = request_query(request, "channel");
    int channel = 0;
    while (channel < OUTBOX_CHANNELS && !str_is(word, outbox_channel_word((enum outbox_channel)channel))) {
        channel++;
    }
    return (enum outbox_channel)channel;
}

static bool fill(struct request *request, struct outbox_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct outbox_row *rows;
    struct outbox_ask ask = { .scope = arena_str(arena, session_scope(request_session(request))),
                              .state = state_asked(request),
                              .channel = channel_asked(request),
                              .about = STR(""),
                              .subjects = view->subjects,
                              .skip = (view->page - 1) * PAGE_ROWS,
                              .most = PAGE_ROWS };
    struct outbox_ask waiting = ask, failed = ask;
    waiting.state = OUTBOX_WAITING;
    failed.state = OUTBOX_FAILED;
    if (!outbox_count(db, &ask, &view->total, error) || !outbox_count(db, &waiting, &view->waiting, error) ||
        !outbox_count(db, &failed, &view->failed, error) ||
        !outbox_list(db, arena, request_app(request)->vault, &ask, &rows, &view->n, error)) {
        return false;
    }
    view->rows = ARENA_ARRAY(arena, struct shown_message, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        view->rows[i].row = rows[i];
        view->rows[i].state = message_state_name(rows[i].state, &view->rows[i].colour);
    }
    view->pages = (view->total + PAGE_ROWS - 1) / PAGE_ROWS;
    view->state = str_of(outbox_state_word(ask.state));
    view->channel = str_of(outbox_channel_word(ask.channel));
    view->more = arena_printf(arena, "?state=%.*s&channel=%.*s&page=", STR_ARG(view->state), STR_ARG(view->channel));
    return true;
}

static void show_outbox(struct request *request)
{
    struct outbox_view *view = ARENA_NEW(request_arena(request), struct outbox_view);
    const struct app *app = request_app(request);
    struct error error;
    if (!request_db(request)) {
        return;
    }
    view->page = request_query_int(request, "page", 1);
    view->page = view->page > 0 && view->page < 1000000 ? view->page : 1;
    view->subjects = (request_session(request)->roles & (ROLE_COUNTY_OFFICER | ROLE_CITY)) != 0;
    view->works[OUTBOX_MAIL] = app->messages->smtp.n > 0;
    view->works[OUTBOX_SMS] = app->messages->sms.n > 0;
    if (!fill(request, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, outbox_page, view);
}

/* An officer sends again what is about its own divisions; the operator, who reads none of it, whatever failed. */
static enum scope_result scope_of_message(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    const struct session *session = request_session(request);
    struct str division = STR("");
    struct error error;
    bool found = false;
    if (!db || !outbox_division(db, request_arena(request), request_param_int(request, "message"), &division, &found,
                                &error)) {
        return SCOPE_NOT_FOUND;
    }
    if (!(session->roles & ROLE_OPERATOR)) {
        subject->division = division;
    }
    return found ? SCOPE_OK : SCOPE_NOT_FOUND;
}

static void did_again(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct outbox_again *again = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, again->done ? "message-again" : "message-not-again");
    reply_redirect(request, STR("/outbox"));
}

static void post_again(struct request *request)
{
    struct outbox_again *again = ARENA_NEW(request_arena(request), struct outbox_again);
    const struct session *session = request_session(request);
    *again = (struct outbox_again){ .id = request_param_int(request, "message"),
                                    .account = session->account,
                                    .role = accounts_role_name(session->roles, OUTBOX_ROLES) };
    request_command(request, "message.again", outbox_again_run, again, did_again, again);
}

const struct route outbox_routes[] = {
    { .method = "GET",
      .path = "/outbox",
      .roles = OUTBOX_ROLES,
      .handler = show_outbox,
      .answer = "page",
      .summary = T("发出的消息", "Messages that were sent") },
    { .method = "POST",
      .path = "/outbox/#message/again",
      .roles = OUTBOX_ROLES,
      .scope = scope_of_message,
      .handler = post_again,
      .answer = "redirect",
      .summary = T("重发一条未能送达的消息", "Send a failed message again") },
};
const size_t outbox_route_count = sizeof outbox_routes / sizeof *outbox_routes;
