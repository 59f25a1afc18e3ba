/* The result with its reasons; the answer; the notice as PDF; the proof. */
#include "places/family/result.h"

#include "places/answer.h"
#include "places/round_list.h"
#include "print/print.h"

#include "answer_confirm.page.h"
#include "result.page.h"

static bool load_result(struct request *request, struct result_view *view)
{
    struct arena *arena = request_arena(request);
    view->status = ARENA_NEW(arena, struct status_view);
    if (!status_load(request, view->status)) {
        return false;
    }
    const struct status *s = view->status->status;
    struct error error;
    bool found = false;
    view->why = ARENA_NEW(arena, struct explanation);
    view->round = view->status->round;
    view->round_id = s->round;
    if (!explain(request_db(request), request_app(request)->places, arena, s->id, false, view->why, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!appeals_read(request, view->status, &view->appeals, &error)) {
        reply_failed(request, &error);
        return false;
    }
    view->published = found;
    view->can_answer = found && str_is(view->why->claim, "held");
    view->can_return = found && str_is(view->why->claim, "taken") && str_is(s->round_state, "published");
    return true;
}

static const struct field answer_fields[] = {
    { .name = "accept", .kind = FIELD_HIDDEN, .required = true, .max = 3, .label = T("答复", "Answer") },
};
static const struct form answer_form = FORM(answer_fields);

static void show_result_now(struct request *request)
{
    struct result_view view = { 0 };
    if (!load_result(request, &view)) {
        return;
    }
    if (!view.published) {
        reply_redirect_to(request, "/apply/%lld/status", (long long)view.status->status->id);
        return;
    }
    form_use(request, &answer_form);
    reply_page(request, 200, result, &view);
}

static void show_result(struct request *request)
{
    reading(request, request_param_int(request, "application"), "result", show_result_now);
}

static void show_decline_now(struct request *request)
{
    struct result_view view = { 0 };
    if (!load_result(request, &view)) {
        return;
    }
    if (!view.can_answer && !view.can_return) {
        reply_redirect_to(request, "/apply/%lld/result", (long long)view.status->status->id);
        return;
    }
    form_use(request, &answer_form);
    reply_page(request, 200, answer_confirm, &view);
}

static void show_decline(struct request *request)
{
    reading(request, request_param_int(request, "application"), "result", show_decline_now);
}

static void answered(struct request *request, void *input)
{
    struct answer *answer = input;
    if (answer->result != ANSWER_DONE && answer->result != ANSWER_ALREADY) {
        reply_problem(request, 409, T("没有办成", "This was not done"), answer_result_text(answer->result),
                      T("请回到结果页看最新情况。", "Go back to the result for how things stand."));
    } else {
        reply_notice(request, "done");
        reply_redirect_to(request, "/apply/%lld/result", (long long)answer->application);
    }
}

static void answer_post(struct request *request)
{
    struct answer *answer = ARENA_NEW(request_arena(request), struct answer);
    *answer = (struct answer){ .places = request_app(request)->places,
                               .actor = request_actor(request, ROLE_FAMILY),
                               .form_key = request_form_key(request),
                               .application = request_param_int(request, "application"),
                               .accept = form_is(request, "accept", "yes") };
    if (!form_ok(request)) {
        show_result(request);
        return;
    }
    run_command(request, "answer", answer_run, answer, answered);
}

/* ---- The notice as PDF ---- */

struct notice_work {
    const struct result_view *view;
    enum lang lang;
    struct name city;
    struct str child; /* in full: the notice is shown at the school's door */
    struct str url;
    struct str pdf;
};

static bool notice_make(struct arena *arena, void *context, struct error *error)
{
    struct notice_work *work = context;
    const struct explanation *why = work->view->why;
    bool en = work->lang == LANG_EN;
    struct str school = name_in(why->claim_school.zh.n ? why->claim_school : why->school, work->lang);
    struct str title = str_of(en ? "Notice of admission" : "入学通知书");
    struct pdf *pdf;
    if (!pdf_new(&pdf, title, name_in(work->city, work->lang), error)) {
        return false;
    }
    pdf_title(pdf, title);
    pdf_subtitle(pdf, work->view->round);
    pdf_paragraph(pdf, arena_printf(arena,
                                    en ? "%.*s is admitted to %.*s. Please report to the school with this notice."
                                       : "%.*s 小朋友已被 %.*s 录取，请持本通知按学校安排报到。",
                                    STR_ARG(work->child), STR_ARG(school)));
    pdf_pair(pdf, str_of(en ? "Receipt" : "回执号"), why->receipt);
    pdf_pair(pdf, str_of(en ? "Check code" : "核对码"), work->view->status->status->check_code);
    pdf_pair(pdf, str_of(en ? "School" : "录取学校"), school);
    pdf_pair(pdf, str_of(en ? "By" : "录取方式"), name_in(explain_result_words(arena, why), work->lang));
    pdf_heading(pdf, str_of(en ? "Why" : "理由"));
    for (size_t i = 0; i < why->nchoices; i++) {
        pdf_paragraph(pdf, name_in(explain_choice_words(arena, why, &why->choices[i]), work->lang));
    }
    struct str balance = name_in(explain_balance_words(arena, why), work->lang);
    if (balance.n) {
        pdf_paragraph(pdf, balance);
    }
    pdf_pair(pdf, str_of(en ? "Root of the list" : "名单的根"), why->root);
    if (!pdf_qr(pdf, work->url,
                str_of(en ? "Scan to check this notice against the published result."
                          : "扫一扫，用公布的结果核对这份通知。"),
                error)) {
        pdf_free(pdf);
        return false;
    }
    return pdf_finish(pdf, arena, &work->pdf, error);
}

static void notice_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct notice_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, "application/pdf",
                arena_printf(request_arena(request), "notice-%.*s.pdf", STR_ARG(work->view->why->receipt)), work->pdf);
}

static void notice_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct result_view *view = ARENA_NEW(arena, struct result_view);
    if (!load_result(request, view)) {
        return;
    }
    if (!view->published || !str_is(view->why->claim, "taken")) {
        reply_problem(request, 409, T("还没有通知书", "There is no notice yet"),
                      T("确认录取以后才有入学通知书。", "The notice is made once the place is confirmed."),
                      T("请先在结果页确认。", "Please confirm on the result page first."));
        return;
    }
    struct notice_work *work = ARENA_NEW(arena, struct notice_work);
    struct app *app = request_app(request);
    struct child child;
    struct error error;
    bool found = false;
    if (!child_get(request_db(request), arena, app->vault, view->status->status->child, &child, &found, &error) ||
        !found) {
        reply_failed(request, &error);
        return;
    }
    *work = (struct notice_work){ .view = view,
                                  .child = child.name,
                                  .lang = request_lang(request),
                                  .city = app->city->name,
                                  .url = receipt_url(request, view->why->receipt) };
    request_work(request, notice_make, work, notice_made);
}

static void notice(struct request *request)
{
    reading(request, request_param_int(request, "application"), "notice", notice_now);
}

/* ---- The proof of inclusion, and the opening of the leaf for the family alone ---- */

struct proof_work {
    struct app *app;
    int64_t application;
    bool opening;
    bool found;
    struct str text;
};

static bool proof_make(struct arena *arena, void *context, struct error *error)
{
    struct proof_work *work = context;
    struct db *db;
    if (!db_open(&db, work->app->store, DB_READ, error)) {
        return false;
    }
    bool good =
        db_read_begin(db, error) &&
        (work->opening
             ? round_leaf_opening(db, work->app->places, arena, work->application, &work->text, &work->found, error)
             : round_proof(db, work->app->places, arena, work->application, &work->text, &work->found, error));
    db_read_end(db);
    db_close(db);
    return good;
}

static void proof_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct proof_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!work->found) {
        reply_problem(
            request, 404, T("还没有证明", "There is no proof yet"),
            T("报名截止、公布名单的根以后才有。", "It is made once the list's root is published after the close."),
            T("请在截止以后再来。", "Please come back after the close."));
    } else {
        reply_header(request, "Cache-Control", STR("private, no-store"));
        reply_bytes(request, 200, "text/plain; charset=utf-8", work->opening ? STR("leaf.txt") : STR("proof.txt"),
                    work->text);
    }
}

static void proof_of(struct request *request, bool opening)
{
    struct proof_work *work = ARENA_NEW(request_arena(request), struct proof_work);
    *work = (struct proof_work){ .app = request_app(request),
                                 .application = request_param_int(request, "application"),
                                 .opening = opening };
    request_work(request, proof_make, work, proof_made);
}

static void proof_now(struct request *request)
{
    proof_of(request, false);
}

static void proof(struct request *request)
{
    reading(request, request_param_int(request, "application"), "proof", proof_now);
}

static void leaf_now(struct request *request)
{
    proof_of(request, true);
}

static void leaf(struct request *request)
{
    reading(request, request_param_int(request, "application"), "proof", leaf_now);
}

#define RESULT(verb, tail, handle, what, zh, en, ...)                                                                  \
    {                                                                                                                  \
        .method = verb, .path = "/apply/#application" tail, .roles = ROLE_FAMILY, .scope = scope_of_application,       \
        .handler = handle, .answer = what, .summary = T(zh, en), __VA_ARGS__                                           \
    }

const struct route result_routes[] = {
    RESULT("GET", "/result", show_result, "page", "结果和理由", "The result and its reasons"),
    RESULT("GET", "/decline", show_decline, "page", "放弃学位", "Decline the place"),
    RESULT("POST", "/answer", answer_post, "redirect", "确认或放弃", "Confirm or decline", .form = &answer_form),
    RESULT("GET", "/notice.pdf", notice, "pdf", "入学通知书", "Notice of admission"),
    RESULT("GET", "/proof.txt", proof, "text", "名单包含证明", "Proof of inclusion"),
    RESULT("GET", "/leaf.txt", leaf, "text", "自己那一条的展开", "The opening of one's own leaf"),
};
const size_t result_route_count = sizeof result_routes / sizeof *result_routes;
