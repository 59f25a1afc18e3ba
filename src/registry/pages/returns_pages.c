/* The list of returns and the routes. A school sees its own; a level above how many of its area have handed in. */
#include "registry/pages/returns_inside.h"

#include "base/clock.h"
#include "city/city.h"

#include "returns_list.page.h"

struct str returns_scope(const struct session *session)
{
    return session->roles & RETURNS_LEVELS ? session_scope(session) : STR("");
}

struct text filing_label(const struct filing *filing, int64_t today)
{
    switch (filing->state) {
    case FILING_SUBMITTED:
        return T("已报送", "Handed in");
    case FILING_ACCEPTED:
        return T("已接收", "Accepted");
    case FILING_SENT_BACK:
        return T("已退回", "Sent back");
    case FILING_NONE:
    case FILING_DRAFT:
        break;
    }
    return today > filing->due             ? T("逾期未报", "Overdue")
           : filing->state == FILING_DRAFT ? T("草稿", "Draft")
                                           : T("未报送", "Not begun");
}

enum colour filing_colour(const struct filing *filing, int64_t today)
{
    switch (filing->state) {
    case FILING_SUBMITTED:
        return COLOUR_BLUE;
    case FILING_ACCEPTED:
        return COLOUR_GREEN;
    case FILING_SENT_BACK:
        return COLOUR_YELLOW;
    case FILING_NONE:
    case FILING_DRAFT:
        break;
    }
    return today > filing->due ? COLOUR_RED : COLOUR_GREY;
}

void returns_count(struct return_counts *counts, const struct filing *filing, int64_t today)
{
    bool there = filing->handed_in_at != 0;
    counts->due++;
    counts->handed_in += there;
    counts->accepted += filing->state == FILING_ACCEPTED;
    counts->late += there && filing_late(filing, today) > 0;
    counts->missing += !there && today > filing->due;
}

bool returns_asked(struct request *request, const struct return_form **form, struct return_period *period)
{
    const struct city *city = request_app(request)->city;
    for (size_t i = 0; i < city->nreturns; i++) {
        if (str_eq(city->returns[i]->id, request_param(request, "form"))) {
            *form = city->returns[i];
            if (return_period_named(*form, request_param(request, "period"), period) &&
                period->from <= day_of_ms(clock_ms())) {
                return true;
            }
        }
    }
    reply_not_found(request);
    return false;
}

static bool fill_line(struct request *request, const struct returns_list_view *view, struct return_line *line,
                      struct error *error)
{
    const struct session *session = request_session(request);
    struct arena *arena = request_arena(request);
    struct filing *filings = NULL;
    size_t n = 0;
    struct str scope = view->school ? STR("") : returns_scope(session);
    if (!returns_due(request_db(request), arena, line->form, &line->period, scope, view->institution, view->today,
                     &filings, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        returns_count(&line->counts, &filings[i], view->today);
        line->filing = filings[i];
    }
    return true;
}

/* The newest periods of each form that have begun. */
static bool fill(struct request *request, struct returns_list_view *view, struct error *error)
{
    const struct city *city = request_app(request)->city;
    view->lines = ARENA_ARRAY(request_arena(request), struct return_line, city->nreturns * RETURNS_PERIODS + 1);
    for (size_t i = 0; i < city->nreturns; i++) {
        const struct return_form *form = city->returns[i];
        struct return_period period = return_period_of(form, view->today);
        for (int p = 0; p < RETURNS_PERIODS && period.until > form->first; p++) {
            struct return_line *line = &view->lines[view->n];
            *line = (struct return_line){ .form = form,
                                          .period = period,
                                          .period_name = return_period_name(request_arena(request), form, &period) };
            if (!fill_line(request, view, line, error)) {
                return false;
            }
            view->n += line->counts.due > 0;
            period = return_period_before(form, &period);
        }
    }
    return true;
}

static void show_list(struct request *request)
{
    const struct session *session = request_session(request);
    struct error error = { "" };
    struct returns_list_view view = { .school = !(session->roles & RETURNS_LEVELS), .today = day_of_ms(clock_ms()) };
    view.institution = view.school ? session->institution : 0;
    if (!request_db(request)) {
        return;
    }
    if (view.school ? view.institution == 0 : returns_scope(session).n == 0) {
        reply_forbidden(request);
        return;
    }
    if (!fill(request, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, returns_list, &view);
}

const struct route returns_routes[] = {
    { .method = "GET",
      .path = "/returns",
      .roles = ROLE_SCHOOL | RETURNS_LEVELS,
      .handler = show_list,
      .answer = "page",
      .summary = T("报表：应报和已报", "Returns that are due and handed in") },
    { .method = "GET",
      .path = "/returns/:form/:period",
      .roles = RETURNS_LEVELS,
      .handler = returns_show_complete,
      .answer = "page",
      .summary = T("报送情况：谁已报、谁未报、谁逾期", "Who has handed in, who has not, how late") },
    { .method = "GET",
      .path = "/returns/:form/:period/csv",
      .roles = RETURNS_LEVELS,
      .handler = returns_take_csv,
      .answer = "csv",
      .summary = T("下载报表数据（CSV）", "Take the period's returns (CSV)") },
    { .method = "GET",
      .path = "/returns/:form/:period/#institution",
      .roles = ROLE_SCHOOL | RETURNS_LEVELS,
      .scope = returns_subject,
      .handler = returns_show,
      .answer = "page",
      .summary = T("一份报表", "A return: form, values, trace") },
    { .method = "POST",
      .path = "/returns/:form/:period/#institution",
      .roles = ROLE_SCHOOL,
      .scope = returns_subject,
      .form_of = returns_form_of,
      .handler = returns_post,
      .answer = "redirect",
      .summary = T("保存、报送或更正报表", "Save it, hand it in, correct it") },
    { .method = "POST",
      .path = "/returns/:form/:period/#institution/decision",
      .roles = RETURNS_DECIDERS,
      .scope = returns_subject,
      .form = &returns_decision_form,
      .handler = returns_post_decision,
      .answer = "redirect",
      .summary = T("接收或退回报表", "Accept it or send it back") },
};
const size_t returns_route_count = sizeof returns_routes / sizeof *returns_routes;
