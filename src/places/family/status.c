/* After submission: status, receipt (page and PDF), withdrawal, corrections. The status page is the one that is read
 * most: four prepared queries, no parsing (places/status.h). */
#include "places/family/status.h"

#include "base/clock.h"
#include "places/family/appeal.h"
#include "places/review.h"
#include "print/print.h"

#include "receipt.page.h"
#include "status.page.h"
#include "withdraw.page.h"

static struct text state_words(const struct status *s, bool published, enum colour *colour)
{
    *colour = COLOUR_BLUE;
    if (str_is(s->state, "draft")) {
        *colour = COLOUR_YELLOW;
        return T("尚未提交", "Not yet sent");
    }
    if (str_is(s->state, "withdrawn")) {
        *colour = COLOUR_GREY;
        return T("已撤回", "Withdrawn");
    }
    if (published) {
        *colour = COLOUR_GREEN;
        return T("结果已公布", "The result is published");
    }
    if (str_is(s->review, "passed")) {
        *colour = COLOUR_GREEN;
    } else if (str_is(s->review, "correction") || str_is(s->review, "counter") || str_is(s->review, "refused")) {
        *colour = COLOUR_RED;
    }
    return review_state_name(s->review);
}

bool status_load(struct request *request, struct status_view *view)
{
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    bool found;
    struct error error;
    view->status = ARENA_NEW(arena, struct status);
    view->city = app->city;
    if (!status_read(db, arena, app->vault, request_param_int(request, "application"), view->status, &found, &error) ||
        (found && !places_policy(app->places, db, view->status->policy, &view->policy, &error))) {
        reply_failed(request, &error);
        return false;
    }
    if (!found) {
        reply_not_found(request);
        return false;
    }
    const struct status *s = view->status;
    view->round = round_words(arena, request_lang(request), app->city, s->round_division, s->stage, s->year);
    view->published = str_is(s->round_state, "published") || str_is(s->round_state, "ended");
    view->open = str_is(s->round_state, "open") && clock_ms() < s->closes_at;
    view->state = state_words(s, view->published, &view->colour);
    view->reasons = ARENA_ARRAY(arena, struct reason_words, s->review_reasons.n / 2 + 1);
    struct str rest = s->review_reasons, reason;
    while (str_split(&rest, ' ', &reason)) {
        view->reasons[view->nreasons++] =
            (struct reason_words){ fact_reason_name(app->city, reason), fact_reason_instruction(app->city, reason) };
    }
    return true;
}

static const struct field empty_fields[] = {
    { .name = "version", .kind = FIELD_HIDDEN, .max = 20, .label = T("版本", "Version") },
};
static const struct form version_form = FORM(empty_fields);

static void show_status_now(struct request *request)
{
    struct status_view view = { 0 };
    struct appeals appeals;
    struct error error;
    if (!status_load(request, &view)) {
        return;
    }
    if (!appeals_read(request, &view, &appeals, &error)) {
        reply_failed(request, &error);
        return;
    }
    form_use(request, &version_form);
    form_set_int(request, "version", view.status->version);
    reply_page(request, 200, status, &view, &appeals);
}

static void show_status(struct request *request)
{
    reading(request, request_param_int(request, "application"), "status", show_status_now);
}

/* ---- Receipt ---- */

struct str receipt_url(struct request *request, struct str receipt)
{
    return request_url(request, arena_printf(request_arena(request), "/check?receipt=%.*s", STR_ARG(receipt)));
}

static void show_receipt_now(struct request *request)
{
    struct status_view status = { 0 };
    if (!status_load(request, &status)) {
        return;
    }
    if (status.status->receipt.n == 0) {
        reply_redirect_to(request, "/apply/%lld", (long long)status.status->id);
        return;
    }
    struct receipt_view view = { .status = status.status, .round = status.round };
    struct error error;
    view.url = receipt_url(request, status.status->receipt);
    struct str label = str_of(request_lang(request) == LANG_EN ? "QR code of the receipt" : "回执二维码");
    if (!qr_svg(request_arena(request), view.url, label, &view.qr, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, receipt, &view);
}

static void show_receipt(struct request *request)
{
    reading(request, request_param_int(request, "application"), "receipt", show_receipt_now);
}

struct paper_receipt {
    const struct status_view *view;
    enum lang lang;
    struct str url;
    struct str pdf;
};

static struct str in(enum lang lang, const char *zh, const char *en)
{
    return str_of(lang == LANG_EN ? en : zh);
}

static bool receipt_work(struct arena *arena, void *context, struct error *error)
{
    struct paper_receipt *work = context;
    const struct status *s = work->view->status;
    enum lang l = work->lang;
    struct pdf *pdf;
    if (!pdf_new(&pdf, in(l, "报名回执", "Receipt of the application"),
                 arena_printf(arena, "%.*s · %.*s", STR_ARG(name_in(work->view->city->name, l)),
                              STR_ARG(in(l, "教体一张网", "jiaoti"))),
                 error)) {
        return false;
    }
    pdf_title(pdf, in(l, "报名回执", "Receipt of the application"));
    pdf_subtitle(pdf, work->view->round);
    pdf_pair(pdf, in(l, "回执号", "Receipt"), s->receipt);
    pdf_pair(pdf, in(l, "核对码", "Check code"), s->check_code);
    pdf_pair(pdf, in(l, "孩子", "Child"), s->child_name);
    pdf_pair(pdf, in(l, "提交时间", "Sent at"), ms_format(arena, s->submitted_at, true));
    for (size_t i = 0; i < s->nchoices; i++) {
        const struct status_choice *c = &s->choices[i];
        pdf_pair(pdf, arena_printf(arena, l == LANG_EN ? "Wish %lld" : "第%lld志愿", (long long)c->rank),
                 arena_printf(arena, "%.*s · %.*s", STR_ARG(name_in(c->school, l)),
                              STR_ARG(distance_words(arena, l, c->distance))));
    }
    pdf_space(pdf, 4);
    if (!pdf_qr(
            pdf, work->url,
            in(l,
               "扫一扫可以查询这份报名和公布的结果。请保管好回执号：凭它可以核对您孩子的那一条是否在公布的名单里。\n"
               "提交的先后不影响录取。",
               "Scan to look up this application and the published result. Keep the receipt: with it you can check "
               "that your child's entry is in the published list.\nThe order of submission does not matter."),
            error)) {
        pdf_free(pdf);
        return false;
    }
    return pdf_finish(pdf, arena, &work->pdf, error);
}

static void receipt_done(struct request *request, bool ok, const struct error *error, void *context)
{
    struct paper_receipt *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, "application/pdf",
                arena_printf(request_arena(request), "receipt-%.*s.pdf", STR_ARG(work->view->status->receipt)),
                work->pdf);
}

static void receipt_pdf_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct status_view *view = ARENA_NEW(arena, struct status_view);
    if (!status_load(request, view)) {
        return;
    }
    if (view->status->receipt.n == 0) {
        reply_not_found(request);
        return;
    }
    struct paper_receipt *work = ARENA_NEW(arena, struct paper_receipt);
    *work = (struct paper_receipt){ view, request_lang(request), receipt_url(request, view->status->receipt), { 0 } };
    request_work(request, receipt_work, work, receipt_done);
}

static void receipt_pdf(struct request *request)
{
    reading(request, request_param_int(request, "application"), "receipt", receipt_pdf_now);
}

/* ---- Withdraw, correct, messages ---- */

static void show_withdraw_now(struct request *request)
{
    struct status_view view = { 0 };
    if (!status_load(request, &view)) {
        return;
    }
    form_use(request, &version_form);
    form_set_int(request, "version", view.status->version);
    reply_page(request, 200, withdraw, &view);
}

static void show_withdraw(struct request *request)
{
    reading(request, request_param_int(request, "application"), "status", show_withdraw_now);
}

/* Both commands begin with struct apply and end on the status page. */
static void step_done(struct request *request, bool ok, const struct error *error, void *context)
{
    struct apply *apply = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (apply->result != APPLY_DONE) {
        reply_problem(request, 409, T("没有办成", "This was not done"), apply_result_text(apply->result),
                      T("请回到进度页看最新情况；您的资料没有丢失。",
                        "Go back to the status page for how things stand; nothing is lost."));
        return;
    }
    reply_redirect_to(request, "/apply/%lld/status", (long long)apply->application);
}

static void withdraw_post(struct request *request)
{
    struct application_withdraw *w = ARENA_NEW(request_arena(request), struct application_withdraw);
    w->apply = apply_head(request, request_param_int(request, "application"), form_int(request, "version"));
    request_command(request, "application.withdraw", application_withdraw_run, w, step_done, &w->apply);
}

static void correct_post(struct request *request)
{
    struct application_correct *c = ARENA_NEW(request_arena(request), struct application_correct);
    c->apply = apply_head(request, request_param_int(request, "application"), form_int(request, "version"));
    request_command(request, "application.correct", application_correct_run, c, step_done, &c->apply);
}

#define STATUS(verb, tail, handle, what, zh, en, ...)                                                                  \
    {                                                                                                                  \
        .method = verb, .path = "/apply/#application" tail, .roles = ROLE_FAMILY, .scope = scope_of_application,       \
        .handler = handle, .answer = what, .summary = T(zh, en), __VA_ARGS__                                           \
    }

const struct route status_routes[] = {
    STATUS("GET", "/status", show_status, "page", "进度", "Status"),
    STATUS("GET", "/receipt", show_receipt, "page", "回执", "Receipt"),
    STATUS("GET", "/receipt.pdf", receipt_pdf, "pdf", "下载回执", "Receipt as PDF"),
    STATUS("GET", "/withdraw", show_withdraw, "page", "撤回报名", "Withdraw"),
    STATUS("POST", "/withdraw", withdraw_post, "redirect", "确认撤回", "Confirm the withdrawal", .form = &version_form),
    STATUS("POST", "/correct", correct_post, "redirect", "补正完毕", "The correction is done", .form = &version_form),
};
const size_t status_route_count = sizeof status_routes / sizeof *status_routes;
