/* Who is away says who stands in, from when until when; either of them ends it. */
#include "casework/pages/standin.h"

#include "base/clock.h"
#include "casework/pages/routes.h"

#include "standin.page.h"

enum { COLLEAGUES_MOST = 200, DAYS_MOST = 180 };

/* Accounts with the same roles, scope and institution. */
static bool colleagues(struct request *request, struct option *options, size_t *n, struct error *error)
{
    struct arena *arena = request_arena(request);
    int64_t ids[COLLEAGUES_MOST];
    size_t count = 0;
    *n = 0;
    struct rows *rows =
        db_query(request_db(request), error,
                 "select b.id from account a join account b on b.roles = a.roles and b.scope = a.scope and "
                 "coalesce(b.institution, 0) = coalesce(a.institution, 0) and b.id <> a.id and b.state = 'active' "
                 "where a.id = ?1 order by b.id limit ?2",
                 V_INT(request_session(request)->account), V_INT(COLLEAGUES_MOST));
    while (count < COLLEAGUES_MOST && rows_next(rows)) {
        ids[count++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct account account;
        bool found = false;
        if (!account_get(request_db(request), arena, request_app(request)->vault, ids[i], &account, &found, error)) {
            return false;
        }
        if (found) {
            const char *name = arena_cstr(arena, account.name);
            options[(*n)++] =
                (struct option){ arena_printf(arena, "%lld", (long long)ids[i]).p, { name, name }, T("", "") };
        }
    }
    return true;
}

static const struct form *form_of_standin(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct field *fields = ARENA_ARRAY(arena, struct field, 4);
    struct option *options = ARENA_ARRAY(arena, struct option, COLLEAGUES_MOST);
    struct form *form = ARENA_NEW(arena, struct form);
    struct error error;
    size_t n = 0;
    if (!request_db(request) || !colleagues(request, options, &n, &error)) {
        return NULL;
    }
    fields[0] = (struct field){ .name = "by",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("谁代办", "Who stands in"),
                                .options = options,
                                .option_count = n };
    fields[1] = (struct field){ .name = "from", .kind = FIELD_DATE, .required = true, .label = T("从哪天起", "From") };
    fields[2] = (struct field){
        .name = "until", .kind = FIELD_DATE, .required = true, .label = T("到哪天为止", "Until, included")
    };
    fields[3] = (struct field){
        .name = "reason", .kind = FIELD_TEXT, .required = true, .max = 200, .label = T("原因", "Reason")
    };
    *form = (struct form){ fields, 4 };
    return form;
}

static bool fill(struct request *request, struct standin_view *view, struct error *error)
{
    const struct case_desk_view *desk = view->desk;
    struct case_stand_in_row *rows;
    if (!case_stand_ins(request_db(request), desk->arena, desk->who.account, desk->today, &rows, &view->n, error)) {
        return false;
    }
    view->rows = ARENA_ARRAY(desk->arena, struct shown_stand_in, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        bool mine = rows[i].account == desk->who.account;
        view->rows[i] = (struct shown_stand_in){ .row = rows[i], .mine = mine };
        if (!case_account_name(request, mine ? rows[i].by_account : rows[i].account, &view->rows[i].other, error)) {
            return false;
        }
    }
    return true;
}

static void show_standin(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct standin_view *view = ARENA_NEW(desk->arena, struct standin_view);
    *view = (struct standin_view){ .desk = desk };
    const struct form *form = form_of_standin(request);
    if (!form || !fill(request, view, &error)) {
        reply_failed(request, form ? &error : NULL);
        return;
    }
    view->colleagues = form->fields[0].option_count;
    if (!request_is_post(request)) {
        form_use(request, form);
    }
    reply_page(request, 200, standin_page, view);
}

static void did_standin(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct case_stand_in *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result != CASE_DONE) {
        form_error(request, "by", case_result_text(input->result));
        show_standin(request);
    } else {
        reply_notice(request, "saved");
        reply_redirect(request, STR("/cases/standin"));
    }
}

static void post_standin(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return;
    }
    struct case_stand_in *input = ARENA_NEW(desk->arena, struct case_stand_in);
    int64_t until = 0;
    *input = (struct case_stand_in){ .who = desk->who,
                                     .account = desk->who.account,
                                     .by_account = form_int(request, "by"),
                                     .reason = form_value(request, "reason") };
    if (form_ok(request) && form_day(request, "from", &input->from_day) && form_day(request, "until", &until)) {
        if (until < input->from_day) {
            form_error(request, "until", T("结束日期早于开始日期", "It ends before it begins"));
        } else if (until < desk->today) {
            form_error(request, "until", T("这段时间已经过去", "That time is over"));
        } else if (until - input->from_day > DAYS_MOST) {
            form_error(request, "until", T("最长 180 天", "180 days at most"));
        }
    }
    if (!form_ok(request)) {
        show_standin(request);
        return;
    }
    input->by_account = case_account_in(form_value(request, "by"));
    input->until_day = until + 1;
    request_command(request, "case.stand_in", case_stand_in_run, input, did_standin, input);
}

static void did_end(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct case_stand_in_end *end = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, end->done ? "standin-ended" : "standin-not-ended");
    reply_redirect(request, STR("/cases/standin"));
}

static void post_end(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (desk) {
        struct case_stand_in_end *end = ARENA_NEW(desk->arena, struct case_stand_in_end);
        *end = (struct case_stand_in_end){ .who = desk->who, .id = request_param_int(request, "standin") };
        request_command(request, "case.stand_in_end", case_stand_in_end_run, end, did_end, end);
    }
}

/* Of who is away; who stands in sees it as their own. */
static enum scope_result scope_of_standin(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    const struct session *session = request_session(request);
    struct rows *rows = !db ? NULL
                            : db_query(db, &error,
                                       "select s.account, s.by_account, coalesce(nullif(a.scope, ''), i.division, ''), "
                                       "coalesce(a.institution, 0) from case_stand_in s join account a on a.id = "
                                       "s.account left join institution i on i.id = a.institution where s.id = ?1",
                                       V_INT(request_param_int(request, "standin")));
    if (rows_next(rows)) {
        found = true;
        bool theirs = session && (rows_int(rows, 0) == session->account || rows_int(rows, 1) == session->account);
        *subject = theirs ? (struct subject){ .division = STR("") }
                          : (struct subject){ .division = rows_text_in(rows, 2, request_arena(request)),
                                              .institution = rows_int(rows, 3) };
    }
    return rows_end(rows, &error) && found ? SCOPE_OK : SCOPE_NOT_FOUND;
}

#define STANDIN_ROLES (CASE_ROLES & ~(unsigned)ROLE_FAMILY)
const struct route standin_routes[] = {
    { .method = "GET",
      .path = "/cases/standin",
      .roles = STANDIN_ROLES,
      .handler = show_standin,
      .answer = "page",
      .summary = T("代办", "Stand-ins") },
    { .method = "POST",
      .path = "/cases/standin",
      .roles = STANDIN_ROLES,
      .form_of = form_of_standin,
      .handler = post_standin,
      .answer = "redirect",
      .summary = T("请人代办", "Somebody stands in for me") },
    { .method = "POST",
      .path = "/cases/standin/#standin/end",
      .roles = STANDIN_ROLES,
      .scope = scope_of_standin,
      .handler = post_end,
      .answer = "redirect",
      .summary = T("提前结束代办", "End a stand-in") },
};
const size_t standin_route_count = sizeof standin_routes / sizeof *standin_routes;
