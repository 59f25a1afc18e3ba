/* Acts on a case: the form that a stage's act asks for, by the page or from a phone that kept it. */
#include "casework/pages/cases.h"

#include "base/hex.h"
#include "base/limits.h"
#include "casework/pages/routes.h"

#include "case.page.h"

bool case_list_of(struct request *request, const struct case_row *row, const struct checklist **list)
{
    struct str id = row->kind->checklist;
    bool found;
    struct error error;
    if (!db_one_text(request_db(request), &error, request_arena(request), &id, &found,
                     "select value from case_value where case_file = ?1 and field = 'checklist' order by step desc "
                     "limit 1",
                     V_INT(row->id))) {
        reply_failed(request, &error);
        return false;
    }
    *list = city_checklist(request_app(request)->city, id);
    return true;
}

/* The act of :act in the stage in which the case is; NULL where there is none. */
static const struct case_act *act_of(struct request *request, const struct case_row *row)
{
    return row->stage && !row->closed_at && !row->paused_at ? case_act(row->stage, request_param(request, "act"))
                                                            : NULL;
}

static const struct form *form_of_act(struct request *request)
{
    static const struct text note = T("说明", "Note");
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct case_row row;
    struct error error;
    bool found = false;
    struct db *db = request_db(request);
    if (!db || !case_one(db, arena, app->city, request_param_int(request, "case"), &row, &found, &error) || !found) {
        return NULL;
    }
    const struct case_act *act = act_of(request, &row);
    const struct checklist *list = NULL;
    if (!act || (act->needs_checklist && !case_list_of(request, &row, &list))) {
        return NULL;
    }
    return case_form(arena, row.kind, act->asks, act->nasks, list, &note, act->needs_note, !row.kind->confidential);
}

/* NULL: the reply was made. */
static struct case_view *acting_on(struct request *request)
{
    struct case_view *view = case_view_for(request);
    if (!view) {
        return NULL;
    }
    view->act = act_of(request, &view->it.row);
    bool theirs = false;
    for (size_t i = 0; i < view->nacts; i++) {
        theirs = theirs || view->acts[i] == view->act;
    }
    if (!view->act || !theirs) {
        reply_notice(request, "case-moved-on");
        reply_redirect_to(request, "/case/%lld", (long long)view->it.row.id);
        return NULL;
    }
    if (view->act->needs_checklist && !case_list_of(request, &view->it.row, &view->list)) {
        return NULL;
    }
    view->form = form_of_act(request);
    return view;
}

static void show_act(struct request *request)
{
    struct case_view *view = acting_on(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, case_act_page, view);
    }
}

struct acting {
    struct case_view *view;
    struct case_do input;
};

static void did_act(struct request *request, bool ok, const struct error *error, void *context)
{
    struct acting *acting = context;
    struct case_do *input = &acting->input;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_BAD_VALUE) {
        case_form_error(request, input->field, input->says);
        show_act(request);
    } else if (input->result == CASE_NEEDS_EVIDENCE) {
        form_error(request, "picture1", case_result_text(input->result));
        show_act(request);
    } else if (input->result == CASE_DONE || input->result == CASE_REPEATED) {
        reply_notice(request, "done");
        reply_redirect_to(request, "/case/%lld", (long long)input->id);
    } else {
        form_error(request, input->result == CASE_NEEDS_NOTE ? "note" : NULL, case_result_text(input->result));
        show_act(request);
    }
}

static void have_files(struct request *request, struct case_file_added *files, size_t n, void *context)
{
    struct acting *acting = context;
    acting->input.files = files;
    acting->input.nfiles = n;
    request_command(request, "case.act", case_do_run, &acting->input, did_act, acting);
}

/* A retry, a double click and a lost answer are one act; so is a form that a phone sends until it knows. */
static struct str form_key(struct request *request, const struct case_desk_view *desk)
{
    struct arena *arena = request_arena(request);
    struct str kept = case_kept_key(desk, form_value(request, "client_key"));
    if (kept.n) {
        return kept;
    }
    struct str key = request_form_key(request);
    return key.n ? arena_printf(arena, "form:%.*s", STR_ARG(hex_encode(arena, key.p, key.n))) : STR("");
}

static void post_act(struct request *request)
{
    struct case_view *view = acting_on(request);
    if (!view) {
        return;
    }
    if (!form_ok(request)) {
        show_act(request);
        return;
    }
    struct acting *acting = ARENA_NEW(view->desk->arena, struct acting);
    const struct case_act *act = view->act;
    *acting = (struct acting){ .view = view,
                               .input = { .city = view->desk->city,
                                          .who = view->desk->who,
                                          .id = view->it.row.id,
                                          .act = act->id,
                                          .values = case_form_values(request, view->it.row.kind, act->asks, act->nasks),
                                          .nvalues = act->nasks,
                                          .answers = view->list ? case_form_answers(request, view->list) : NULL,
                                          .note = form_value(request, "note"),
                                          .client_key = form_key(request, view->desk) } };
    case_files(request, have_files, show_act, acting);
}

/* ---- Forms that a phone kept ---- */

/* Did the server get a form that a phone kept? */
static void show_kept(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    int64_t n = 0;
    if (!desk) {
        return;
    }
    struct str key = case_kept_key(desk, request_param(request, "key"));
    if (!db_one_int(request_db(request), &error, &n, NULL,
                    "select count(*) from case_key where client_key = ?1 and case_file = ?2", V_TEXT(key),
                    V_INT(request_param_int(request, "case")))) {
        reply_failed(request, &error);
        return;
    }
    reply_json(request, 200, n ? STR("{\"done\":true}\n") : STR("{\"done\":false}\n"));
}

static void show_offline(struct request *request)
{
    const struct session *session = request_session(request);
    reply_page(request, 200, case_offline_page, session ? session->account : (int64_t)0);
}

const struct route case_act_routes[] = {
    { .method = "GET",
      .path = "/case/#case/act/:act",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_act,
      .answer = "page",
      .summary = T("办理一步", "An act") },
    { .method = "POST",
      .path = "/case/#case/act/:act",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .form_of = form_of_act,
      .handler = post_act,
      .body_limit = CASE_PICTURES * LIMIT_UPLOAD_BYTES,
      .answer = "redirect",
      .summary = T("办理一步", "An act") },
    { .method = "GET",
      .path = "/case/#case/kept/:key",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_kept,
      .answer = "json",
      .summary = T("手机上存的表单是否已收到", "Did a form that a phone kept arrive?") },
    { .method = "GET",
      .path = "/offline",
      .roles = WEB_PUBLIC,
      .handler = show_offline,
      .answer = "page",
      .summary = T("没有网络时的页面", "The page for where there is no network") },
};
const size_t case_act_route_count = sizeof case_act_routes / sizeof *case_act_routes;
