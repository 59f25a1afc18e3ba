/* The county's desk: its rounds, each step with its date and what it fixes, the plan of each school, the calendar.
 * Every button is one command that the state machine of places/round.h judges; a refusal is shown with its reason. */
#include "places/county/county.h"

#include "base/clock.h"

#include "county_dates.page.h"
#include "county_home.page.h"
#include "county_offer.page.h"
#include "county_plan.page.h"
#include "county_round.page.h"
#include "witness_code.page.h"

#include <stdio.h>

const int every_step[ROUND_STEPS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

/* ---- Loading ---- */

bool county_rounds_load(struct request *request, struct rounds_view *view)
{
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return false;
    }
    *view = (struct rounds_view){ .city = request_app(request)->city, .links = true };
    if (!round_list(db, request_arena(request), view->city, session_scope(request_session(request)), &view->rounds,
                    &view->n, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return true;
}

static void show_county(struct request *request)
{
    struct rounds_view view;
    if (county_rounds_load(request, &view)) {
        reply_page(request, 200, county_home, &view);
    }
}

/* ---- A round, step by step ---- */

static const struct option undecided_options[] = {
    { "refuse", T("先处理完再锁定", "Decide them first"), { 0 } },
    { "established", T("按已经确认的情况参加派位", "They take part by what is established so far"), { 0 } },
    { "leave_out", T("不参加派位，列出原因", "They are left out, with the reason"), { 0 } },
};
static const struct field step_fields[] = {
    { .name = "step", .kind = FIELD_HIDDEN, .required = true, .max = 20, .label = T("步骤", "Step") },
    { .name = "undecided",
      .kind = FIELD_CHOICE,
      .label = T("还没有审完的申请怎么办？", "What becomes of applications that are not decided?"),
      FIELD_OPTIONS(undecided_options) },
    { .name = "public_value",
      .kind = FIELD_TEXT,
      .max = 200,
      .label = T("公开数值", "Public value"),
      .hint = T("办法里约定混入种子的公开数字，例如当晚的彩票号码。",
                "The public number that the rules mix into the seed.") },
};
static const struct form step_form = FORM(step_fields);

static bool load_round_view(struct request *request, struct round_view *view)
{
    view->round = round_of_url(request, &view->words);
    if (!view->round) {
        return false;
    }
    struct db *db = request_db(request);
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct error error;
    if (!round_steps(db, arena, view->round->id, &view->steps, &view->nsteps, &error) ||
        !witness_list(db, arena, app->places, view->round->id, &view->witnesses, &view->nwitnesses, &error) ||
        !places_policy(app->places, db, view->round->policy, &view->policy, &error)) {
        reply_failed(request, &error);
        return false;
    }
    for (size_t i = 0; i < view->nwitnesses; i++) {
        view->opened += view->witnesses[i].secret.n > 0;
    }
    for (size_t i = 0; i < view->nsteps; i++) {
        view->taken[view->steps[i].step] = &view->steps[i];
    }
    view->next = round_next(view->round);
    view->due = view->next.has && view->next.from <= clock_ms();
    view->undecided = view->round->submitted - view->round->decided;
    bool second = view->next.step == STEP_LOOK && request_has_role(request, ROLE_COUNTY | ROLE_CITY);
    view->officer = request_has_role(request, ROLE_COUNTY_OFFICER);
    view->acts = view->next.has && (view->officer || second);
    view->codes = view->officer && view->round->state >= ROUND_ANNOUNCED && view->round->state <= ROUND_FINAL;
    view->demo = app->demo;
    return true;
}

static void show_round_with(struct request *request, struct name refusal)
{
    struct round_view view = { .refusal = refusal };
    if (!load_round_view(request, &view)) {
        return;
    }
    form_use(request, &step_form);
    reply_page(request, 200, county_round, &view);
}

static void show_round(struct request *request)
{
    show_round_with(request, (struct name){ 0 });
}

static void advanced(struct request *request, void *input)
{
    struct round_advance *advance = input;
    if (advance->result != ROUND_DONE) {
        show_round_with(request, round_refusal(request_arena(request), advance));
    } else {
        reply_notice(request, "done");
        reply_redirect_to(request, "/county/round/%lld", (long long)(advance->late ? advance->late : advance->round));
    }
}

static void step_post(struct request *request)
{
    enum round_step step;
    if (!form_ok(request) || !round_step_of(form_value(request, "step"), &step)) {
        show_round(request);
        return;
    }
    if (step != STEP_LOOK && !request_has_role(request, ROLE_COUNTY_OFFICER)) {
        reply_forbidden(request); /* a reviewer or the city may be the second person who looks, and no more */
        return;
    }
    struct round_advance *advance = ARENA_NEW(request_arena(request), struct round_advance);
    *advance = (struct round_advance){
        .places = request_app(request)->places,
        .actor = request_actor(request, ROLE_COUNTY | ROLE_CITY),
        .form_key = request_form_key(request),
        .round = request_param_int(request, "round"),
        .step = step,
        .undecided = form_is(request, "undecided", "established") ? UNDECIDED_AS_ESTABLISHED
                     : form_is(request, "undecided", "leave_out") ? UNDECIDED_LEAVE_OUT
                                                                  : UNDECIDED_REFUSE,
        .public_value = form_value(request, "public_value"),
    };
    run_command(request, "round.advance", round_advance_run, advance, advanced);
}

/* ---- Calendar ---- */

#define MOMENT(where, chinese, english)                                                                                \
    {                                                                                                                  \
        .name = where, .kind = FIELD_TEXT, .required = true, .max = 16, .label = T(chinese, english), .width = 20,     \
        .hint = T("例如 2026-07-10 18:00", "For example 2026-07-10 18:00")                                             \
    }
static const struct field dates_fields[] = {
    MOMENT("opens_at", "报名开始", "Opens"),
    MOMENT("closes_at", "报名截止", "Closes"),
    MOMENT("objections_until", "名单异议截止", "Objections until"),
    MOMENT("draw_at", "派位", "Draw"),
    MOMENT("publish_at", "公布结果", "Published"),
    MOMENT("answer_by", "确认截止", "Answer by"),
};
static const struct form dates_form = FORM(dates_fields);

static int64_t *date_of(struct round_dates *dates, size_t i)
{
    int64_t *all[] = { &dates->opens_at, &dates->closes_at,  &dates->objections_until,
                       &dates->draw_at,  &dates->publish_at, &dates->answer_by };
    return all[i];
}

static void show_dates(struct request *request)
{
    struct dates_view view = { 0 };
    view.round = round_of_url(request, &view.words);
    if (!view.round) {
        return;
    }
    form_use(request, &dates_form);
    for (size_t i = 0; i < dates_form.field_count; i++) {
        form_set(request, dates_fields[i].name,
                 ms_format(request_arena(request), *date_of(&view.round->dates, i), false));
    }
    reply_page(request, 200, county_dates, &view);
}

static void dates_set(struct request *request, void *input)
{
    const struct round_set_dates *set = input;
    reply_ending(request, (struct ending){
                              .done = set->result == ROUND_DONE,
                              .notice = "saved",
                              .next = arena_printf(request_arena(request), "/county/round/%lld", (long long)set->round),
                              .why = round_result_text(set->result),
                              .again = show_dates });
}

static void dates_post(struct request *request)
{
    struct round_set_dates *set = ARENA_NEW(request_arena(request), struct round_set_dates);
    set->actor = request_actor(request, ROLE_COUNTY_OFFICER);
    set->round = request_param_int(request, "round");
    for (size_t i = 0; i < dates_form.field_count; i++) {
        struct str value = form_value(request, dates_fields[i].name);
        if (value.n && !ms_parse(value, date_of(&set->dates, i))) {
            form_error(request, dates_fields[i].name,
                       T("请写成 2026-07-10 18:00 这样的日期和时间。", "Write a date and time like 2026-07-10 18:00."));
        }
    }
    if (!form_ok(request)) {
        show_dates(request);
        return;
    }
    run_command(request, "round.dates", round_set_dates_run, set, dates_set);
}

/* ---- Plans ---- */

/* First wishes of each offer by category: a table beside the offers. */
static bool count_wishes(struct request *request, struct plan_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct application_count *counts;
    size_t n;
    view->ncategories = view->policy->ncategories;
    view->counts = ARENA_ARRAY(arena, int64_t, view->n * (view->ncategories + 1));
    if (!application_counts(request_db(request), arena, view->round->id, &counts, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < view->n; k++) {
            bool known = counts[i].category >= 0 && (size_t)counts[i].category < view->ncategories;
            if (view->offers[k].id == counts[i].offer && known && view->offers[k].public_school) {
                view->counts[k * view->ncategories + (size_t)counts[i].category] += counts[i].first;
            }
        }
    }
    return true;
}

static void show_plan(struct request *request)
{
    struct plan_view view = { .officer = request_has_role(request, ROLE_COUNTY_OFFICER) };
    view.round = round_of_url(request, &view.words);
    if (!view.round) {
        return;
    }
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct error error;
    if (!offer_list(db, arena, view.round->id, &view.offers, &view.n, &error) ||
        !offer_changes(db, arena, view.round->id, false, &view.changes, &view.nchanges, &error) ||
        !places_policy(request_app(request)->places, db, view.round->policy, &view.policy, &error) ||
        !count_wishes(request, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, county_plan, &view);
}

static enum scope_result scope_of_offer(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    bool found = false;
    struct error error;
    return db &&
                   db_one_text(db, &error, request_arena(request), &subject->division, &found,
                               "select r.division from offer o join round r on r.id = o.round where o.id = ?1",
                               V_INT(request_param_int(request, "offer"))) &&
                   found
               ? SCOPE_OK
               : SCOPE_NOT_FOUND;
}

static const struct field offer_fields[] = {
    { .name = "classes",
      .kind = FIELD_INT,
      .required = true,
      .min = 0,
      .max = 200,
      .label = T("班数", "Classes"),
      .width = 5 },
    { .name = "class_size",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = 100,
      .label = T("每班人数", "Class size"),
      .width = 5 },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 160,
      .label = T("变更理由", "Reason of the change"),
      .hint = T("办法公布以后，理由连同变更前后的数字一起公开。",
                "Once the rules are published, the reason is public with the numbers before and after.") },
};
static const struct form offer_form = FORM(offer_fields);

/* ---- A witness without an account ---- */

static const struct field code_fields[] = {
    { .name = "witness", .kind = FIELD_HIDDEN, .required = true, .max = 60, .label = T("见证人", "Witness") },
};
static const struct form code_form = FORM(code_fields);

/* The code is on this page and nowhere else: it is not kept, so the page is the answer itself and not a redirect. */
static void code_given(struct request *request, void *input)
{
    const struct witness_code *give = input;
    struct witness_code_view view = { .code = give->repeated ? NULL : give->code };
    struct witness_row *rows;
    size_t n;
    struct error error;
    if (give->result != WITNESS_DONE) {
        struct text why = witness_result_text(give->result);
        show_round_with(request, (struct name){ str_of(why.zh), str_of(why.en) });
        return;
    }
    view.round = round_of_url(request, &view.words);
    if (!view.round) {
        return;
    }
    if (!witness_list(request_db(request), request_arena(request), request_app(request)->places, give->round, &rows, &n,
                      &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        view.witness = str_eq(rows[i].id, give->id) ? rows[i].name : view.witness;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, witness_code, &view);
}

static void code_post(struct request *request)
{
    if (!form_ok(request)) {
        show_round(request);
        return;
    }
    struct witness_code *give = ARENA_NEW(request_arena(request), struct witness_code);
    *give = (struct witness_code){ .places = request_app(request)->places,
                                   .actor = request_actor(request, ROLE_COUNTY_OFFICER),
                                   .form_key = request_form_key(request),
                                   .round = request_param_int(request, "round"),
                                   .id = form_value(request, "witness") };
    run_command(request, "witness.code", witness_code_run, give, code_given);
}

static void show_offer(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct offer_view view = { .round = ARENA_NEW(arena, struct round), .offer = ARENA_NEW(arena, struct offer_row) };
    int64_t round = 0;
    bool found = false;
    struct error error;
    if (!offer_get(db, arena, request_param_int(request, "offer"), view.offer, &round, &found, &error) ||
        (found && !round_get(db, arena, app->city, round, view.round, &found, &error))) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    view.words =
        round_words(arena, request_lang(request), app->city, view.round->division, view.round->stage, view.round->year);
    form_use(request, &offer_form);
    form_set_int(request, "classes", view.offer->classes);
    form_set_int(request, "class_size", view.offer->class_size);
    reply_page(request, 200, county_offer, &view);
}

struct plan_change {
    struct offer_plan plan;
    int64_t round;
};

static void plan_changed(struct request *request, void *input)
{
    const struct plan_change *change = input;
    reply_ending(request, (struct ending){ .done = change->plan.result == OFFER_DONE,
                                           .notice = "saved",
                                           .next = arena_printf(request_arena(request), "/county/round/%lld/plan",
                                                                (long long)change->round),
                                           .why = offer_result_text(change->plan.result),
                                           .again = show_offer });
}

static void offer_post(struct request *request)
{
    if (!form_ok(request)) {
        show_offer(request);
        return;
    }
    struct plan_change *change = ARENA_NEW(request_arena(request), struct plan_change);
    struct error error;
    change->plan = (struct offer_plan){
        .places = request_app(request)->places,
        .actor = request_actor(request, ROLE_COUNTY_OFFICER),
        .form_key = request_form_key(request),
        .offer = request_param_int(request, "offer"),
        .classes = form_int(request, "classes"),
        .class_size = form_int(request, "class_size"),
        .reason = form_value(request, "reason"),
    };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    if (!db_one_int(db, &error, &change->round, NULL, "select round from offer where id = ?1",
                    V_INT(change->plan.offer))) {
        reply_failed(request, &error);
        return;
    }
    run_command(request, "offer.plan", offer_plan_run, &change->plan, plan_changed);
}

#define SEES (ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR)

const struct route county_routes[] = {
    { .method = "GET",
      .path = "/county",
      .roles = SEES,
      .handler = show_county,
      .answer = "page",
      .summary = T("本县的招生", "The county's rounds") },
    { .method = "GET",
      .path = "/county/round/#round",
      .roles = SEES,
      .scope = scope_of_round,
      .handler = show_round,
      .answer = "page",
      .summary = T("一次招生的进程", "A round, step by step") },
    { .method = "POST",
      .path = "/county/round/#round",
      .roles = ROLE_COUNTY | ROLE_CITY,
      .scope = scope_of_round,
      .form = &step_form,
      .handler = step_post,
      .answer = "redirect",
      .summary = T("进行下一步", "Take the next step") },
    { .method = "POST",
      .path = "/county/round/#round/witness-code",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_round,
      .form = &code_form,
      .handler = code_post,
      .answer = "page",
      .summary = T("给没有账号的见证人发一次性码", "Give a code to a witness without an account") },
    { .method = "GET",
      .path = "/county/round/#round/dates",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_round,
      .handler = show_dates,
      .answer = "page",
      .summary = T("日程", "The calendar") },
    { .method = "POST",
      .path = "/county/round/#round/dates",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_round,
      .form = &dates_form,
      .handler = dates_post,
      .answer = "redirect",
      .summary = T("保存日程", "Keep the calendar") },
    { .method = "GET",
      .path = "/county/round/#round/plan",
      .roles = SEES,
      .scope = scope_of_round,
      .handler = show_plan,
      .answer = "page",
      .summary = T("各校计划与报名", "Plans and wishes") },
    { .method = "GET",
      .path = "/county/offer/#offer",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_offer,
      .handler = show_offer,
      .answer = "page",
      .summary = T("一所学校的计划", "A school's plan") },
    { .method = "POST",
      .path = "/county/offer/#offer",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_offer,
      .form = &offer_form,
      .handler = offer_post,
      .answer = "redirect",
      .summary = T("变更计划", "Change a plan") },
};
const size_t county_route_count = sizeof county_routes / sizeof *county_routes;
