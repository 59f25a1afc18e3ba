/* How an account wants to hear, and what it was sent. */
#include "casework/pages/messages.h"

#include "casework/pages/routes.h"

#include "messages.page.h"

enum { SHOWN = 50 };

struct text message_channel_name(enum outbox_channel channel)
{
    return channel == OUTBOX_MAIL ? T("邮件", "Mail") : T("短信", "Short message");
}

struct text message_state_name(enum outbox_state state, enum colour *colour)
{
    *colour = state == OUTBOX_SENT ? COLOUR_GREEN : state == OUTBOX_FAILED ? COLOUR_RED : COLOUR_BLUE;
    return state == OUTBOX_SENT     ? T("已送达", "Sent")
           : state == OUTBOX_FAILED ? T("未能送达", "Failed")
                                    : T("等待发出", "Waiting");
}

static bool works(const struct app *app, enum outbox_channel channel)
{
    return channel == OUTBOX_MAIL ? app->messages->smtp.n > 0 : app->messages->sms.n > 0;
}

static const char *role_of(const struct request *request)
{
    return accounts_role_name(request_session(request)->roles, ~0u);
}

/* ---- All ways ---- */

static bool read_sent(struct request *request, struct ways_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct outbox_row *rows;
    struct outbox_ask ask = { .account = request_session(request)->account,
                              .state = OUTBOX_STATES,
                              .channel = OUTBOX_CHANNELS,
                              .subjects = true,
                              .most = SHOWN };
    if (!outbox_list(request_db(request), arena, request_app(request)->vault, &ask, &rows, &view->nsent, error)) {
        return false;
    }
    view->sent = ARENA_ARRAY(arena, struct shown_message, view->nsent + 1);
    for (size_t i = 0; i < view->nsent; i++) {
        view->sent[i].row = rows[i];
        view->sent[i].state = message_state_name(rows[i].state, &view->sent[i].colour);
    }
    return true;
}

static void show_ways(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct ways_view *view = ARENA_NEW(arena, struct ways_view);
    struct db *db = request_db(request);
    struct outbox_way ways[OUTBOX_CHANNELS];
    struct error error;
    size_t n = 0;
    if (!db) {
        return;
    }
    if (!outbox_ways(db, arena, app->vault, request_session(request)->account, ways, &n, &error) ||
        !read_sent(request, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        enum outbox_channel c = ways[i].channel;
        view->ways[c].way = ways[i];
        view->ways[c].has = true;
        view->ways[c].masked = outbox_masked(arena, c, ways[i].address);
    }
    for (int c = 0; c < OUTBOX_CHANNELS; c++) {
        view->ways[c].works = works(app, (enum outbox_channel)c);
    }
    reply_page(request, 200, ways_page, view);
}

/* ---- One way ---- */

static const struct option whens[] = {
    { "now", T("随时", "At once"), T("每件事一条", "One for each event") },
    { "digest", T("每天早上一次", "Once a morning"), T("七点以后，所有事情合成一条", "After seven, all in one") },
};
static const struct option langs[] = {
    { "zh", T("中文", "Chinese"), T("", "") },
    { "en", T("英文", "English"), T("", "") },
};
static const struct field way_fields[] = {
    { .name = "address",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 254,
      .label = T("邮箱地址或手机号", "Mail address or mobile number"),
      .hint = T("会先发一个验证码", "A code is sent there first") },
    { .name = "when",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("什么时候通知", "When to write"),
      FIELD_OPTIONS(whens) },
    { .name = "lang",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("用哪种语言", "In which language"),
      FIELD_OPTIONS(langs) },
};
static const struct form way_form = FORM(way_fields);
static const struct field code_fields[] = {
    { .name = "code",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 12,
      .width = 10,
      .autocomplete = "one-time-code",
      .label = T("验证码", "Code") },
};
static const struct form code_form = FORM(code_fields);

static bool channel_of(struct request *request, enum outbox_channel *channel)
{
    struct str word = request_param(request, "channel");
    *channel = str_is(word, "mail") ? OUTBOX_MAIL : OUTBOX_SMS;
    bool good = str_is(word, "mail") || str_is(word, "sms");
    if (!good) {
        reply_not_found(request);
    }
    return good;
}

/* NULL: the reply was made. */
static struct way_view *way_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct way_view *view = ARENA_NEW(arena, struct way_view);
    struct outbox_way ways[OUTBOX_CHANNELS];
    struct error error;
    size_t n = 0;
    struct db *db = request_db(request);
    if (!db || !channel_of(request, &view->channel)) {
        return NULL;
    }
    if (!outbox_ways(db, arena, request_app(request)->vault, request_session(request)->account, ways, &n, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (ways[i].channel == view->channel) {
            view->has = true;
            view->way = ways[i];
            view->masked = outbox_masked(arena, view->channel, ways[i].address);
        }
    }
    return view;
}

static void show_way(struct request *request)
{
    struct way_view *view = way_of(request);
    if (!view) {
        return;
    }
    if (!request_is_post(request)) {
        bool en = view->has ? view->way.lang == LANG_EN : request_lang(request) == LANG_EN;
        form_use(request, &way_form);
        form_set(request, "address", view->way.address);
        form_set(request, "when", view->has && view->way.digest ? STR("digest") : STR("now"));
        form_set(request, "lang", en ? STR("en") : STR("zh"));
    }
    reply_page(request, 200, way_page, view);
}

static void did_set(struct request *request, bool ok, const struct error *error, void *context)
{
    struct outbox_way_set *set = context;
    const char *word = outbox_channel_word(set->way.channel);
    if (!ok) {
        reply_failed(request, error);
    } else if (set->soon) {
        form_error(request, "address", T("刚发过验证码，请等一分钟再试。", "A code was just sent; wait a minute."));
        show_way(request);
    } else if (set->way.address.n == 0) {
        reply_notice(request, "way-removed");
        reply_redirect(request, STR("/messages"));
    } else {
        reply_redirect_to(request, "/messages/%s/code", word);
    }
}

static void post_way(struct request *request)
{
    struct outbox_way_set *set = ARENA_NEW(request_arena(request), struct outbox_way_set);
    enum outbox_channel channel;
    if (!channel_of(request, &channel)) {
        return;
    }
    *set = (struct outbox_way_set){ .account = request_session(request)->account,
                                    .role = role_of(request),
                                    .way = { .channel = channel,
                                             .digest = form_is(request, "when", "digest"),
                                             .lang = form_is(request, "lang", "en") ? LANG_EN : LANG_ZH } };
    if (form_ok(request) && !outbox_address(channel, form_value(request, "address"), &set->way.address)) {
        form_error(request, "address",
                   channel == OUTBOX_MAIL ? T("请填写完整的邮箱地址", "Give a whole mail address")
                                          : T("请填写 11 位手机号", "Give a mobile number of 11 digits"));
    }
    if (!form_ok(request)) {
        show_way(request);
        return;
    }
    request_command(request, "way.set", outbox_way_set_run, set, did_set, set);
}

static void post_remove(struct request *request)
{
    struct outbox_way_set *set = ARENA_NEW(request_arena(request), struct outbox_way_set);
    enum outbox_channel channel;
    if (channel_of(request, &channel)) {
        *set = (struct outbox_way_set){ .account = request_session(request)->account,
                                        .role = role_of(request),
                                        .way = { .channel = channel, .address = STR("") } };
        request_command(request, "way.remove", outbox_way_set_run, set, did_set, set);
    }
}

/* ---- The code ---- */

static void show_code(struct request *request)
{
    struct way_view *view = way_of(request);
    if (!view) {
        return;
    }
    if (!view->has || view->way.confirmed_at) { /* proved before, or nothing to prove */
        if (view->has) {
            reply_notice(request, "way-saved");
        }
        reply_redirect(request, STR("/messages"));
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &code_form);
    }
    reply_page(request, 200, way_code_page, view);
}

static void did_confirm(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct outbox_way_confirm *confirm = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!confirm->good) {
        form_error(request, "code",
                   T("验证码不对，或者已经过期。试错五次就要重新发送。",
                     "The code is not right or too old. After five tries have a new one sent."));
        show_code(request);
    } else {
        reply_notice(request, "way-saved");
        reply_redirect(request, STR("/messages"));
    }
}

static void post_code(struct request *request)
{
    struct outbox_way_confirm *confirm = ARENA_NEW(request_arena(request), struct outbox_way_confirm);
    enum outbox_channel channel;
    if (!channel_of(request, &channel)) {
        return;
    }
    if (!form_ok(request)) {
        show_code(request);
        return;
    }
    *confirm = (struct outbox_way_confirm){ .account = request_session(request)->account,
                                            .role = role_of(request),
                                            .channel = channel,
                                            .code = form_value(request, "code") };
    request_command(request, "way.confirm", outbox_way_confirm_run, confirm, did_confirm, confirm);
}

const struct route message_routes[] = {
    { .method = "GET",
      .path = "/messages",
      .roles = WEB_SIGNED_IN,
      .handler = show_ways,
      .answer = "page",
      .summary = T("接收消息的方式和发给本人的消息", "How one hears, and what one was sent") },
    { .method = "GET",
      .path = "/messages/:channel",
      .roles = WEB_SIGNED_IN,
      .handler = show_way,
      .answer = "page",
      .summary = T("一种接收方式", "One way to hear") },
    { .method = "POST",
      .path = "/messages/:channel",
      .roles = WEB_SIGNED_IN,
      .form = &way_form,
      .handler = post_way,
      .answer = "redirect",
      .summary = T("保存接收方式，发验证码", "Save the way; a code is sent"),
      .flags = ROUTE_SIGN_IN },
    { .method = "POST",
      .path = "/messages/:channel/remove",
      .roles = WEB_SIGNED_IN,
      .handler = post_remove,
      .answer = "redirect",
      .summary = T("不再用这个方式", "Take the way away") },
    { .method = "GET",
      .path = "/messages/:channel/code",
      .roles = WEB_SIGNED_IN,
      .handler = show_code,
      .answer = "page",
      .summary = T("填写验证码", "Enter the code") },
    { .method = "POST",
      .path = "/messages/:channel/code",
      .roles = WEB_SIGNED_IN,
      .form = &code_form,
      .handler = post_code,
      .answer = "redirect",
      .summary = T("确认验证码", "Confirm the code"),
      .flags = ROUTE_SIGN_IN },
};
const size_t message_route_count = sizeof message_routes / sizeof *message_routes;
