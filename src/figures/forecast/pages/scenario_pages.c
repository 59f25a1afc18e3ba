/* What if: scenarios of a county, tried, compared, proposed and decided; the county's plan; publishing a notice. Each
 * step is a form, and the whole city is computed again at each look. */
#include "figures/forecast/pages/inside.h"

#include "forecast_pair.page.h"
#include "forecast_scenario.page.h"
#include "forecast_scenarios.page.h"

enum { LIMIT_JSON_BYTES = 4 * 1024 * 1024 };

/* ---- Scope and forms ---- */

static enum scope_result scope_of_scenario(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    return db &&
                   db_one_text(db, &error, request_arena(request), &subject->division, &found,
                               "select division from forecast_scenario where id = ?1",
                               V_INT(request_param_int(request, "scenario"))) &&
                   found
               ? SCOPE_OK
               : SCOPE_NOT_FOUND;
}

static const struct field new_fields[] = {
    { .name = "name", .kind = FIELD_TEXT, .required = true, .max = SCENARIO_NAME_MOST, .label = T("名称", "Name") },
    { .name = "county", .kind = FIELD_TEXT, .required = true, .max = 12, .label = T("县（市、区）", "County") },
};
static const struct form new_form = FORM(new_fields);
static const struct field remove_fields[] = {
    { .name = "step", .kind = FIELD_INT, .required = true, .min = 1, .max = INT64_MAX, .label = T("改动", "Change") },
};
static const struct form remove_form = FORM(remove_fields);
static const struct field suggest_fields[] = {
    { .name = "stage", .kind = FIELD_INT, .min = 0, .max = 1, .label = T("学段", "Stage") },
    YEAR_FIELD,
};
static const struct form suggest_form = FORM(suggest_fields);
static const struct field note_fields[] = {
    { .name = "note", .kind = FIELD_LONG, .required = true, .max = SCENARIO_NOTE_MOST, .label = T("理由", "Why") },
};
static const struct form note_form = FORM(note_fields);
static const struct field decide_fields[] = {
    { .name = "act", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("决定", "Decision") },
    { .name = "reason", .kind = FIELD_LONG, .max = SCENARIO_NOTE_MOST, .label = T("不同意的理由", "Why not") },
};
static const struct form decide_form = FORM(decide_fields);

/* ---- The list ---- */

static void show_list(struct request *request)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct str scope = session_scope(request_session(request));
    struct scenarios_view view = { .city = city };
    struct error error;
    if (!db) {
        return;
    }
    if (scope.n == 0) {
        reply_forbidden(request);
        return;
    }
    if (!scenario_list(db, arena, scope, &view.items, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.counties = ARENA_ARRAY(arena, const struct division *, city->ndivisions);
    for (size_t i = 0; i < city->ndivisions; i++) {
        if (city->divisions[i].level == DIVISION_COUNTY && str_starts(city->divisions[i].code, scope)) {
            view.counties[view.ncounties++] = &city->divisions[i];
        }
    }
    form_use(request, &new_form);
    reply_page(request, forecast_status(request), forecast_scenarios, &view);
}

static void scenario_made(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct scenario_new *new = context;
    if (ok) {
        reply_redirect_to(request, "/forecast/scenario/%lld", (long long)new->id);
    } else {
        reply_failed(request, error);
    }
}

static void make_scenario(struct request *request)
{
    struct scenario_new *new = ARENA_NEW(request_arena(request), struct scenario_new);
    new->division = form_value(request, "county");
    const struct division *division = city_division(request_app(request)->city, new->division);
    if (form_ok(request) && (!division || division->level != DIVISION_COUNTY || !may_work(request, division->code))) {
        form_error(request, "county",
                   T("请选择本人负责的县（市、区）。", "Choose a county that is yours to work for."));
    }
    if (!form_ok(request)) {
        show_list(request);
        return;
    }
    new->actor = forecast_actor_of(request);
    new->form_key = request_form_key(request);
    new->name = form_value(request, "name");
    request_command(request, "forecast.scenario", scenario_new_run, new, scenario_made, new);
}

/* ---- One scenario ---- */

static void scenario_page(struct request *request, const struct forecast *forecast)
{
    struct scenario_view *view = ARENA_NEW(request_arena(request), struct scenario_view);
    struct error error;
    bool found = false;
    if (!scenario_view_fill(request, forecast, request_param_int(request, "scenario"), true, view, &found, &error)) {
        reply_failed(request, &error);
    } else if (!found) {
        reply_not_found(request);
    } else {
        reply_page(request, forecast_status(request), forecast_scenario, view);
    }
}

static void show_scenario(struct request *request)
{
    with_forecast(request, scenario_page);
}

/* "12.json" */
static int64_t id_of_file(struct request *request)
{
    struct str file = request_param(request, "file"), ending = STR(".json");
    int64_t id = 0;
    if (file.n > ending.n && str_eq(str_part(file, file.n - ending.n, ending.n), ending)) {
        (void)str_to_int(str_part(file, 0, file.n - ending.n), 1, INT64_MAX, &id);
    }
    return id;
}

static enum scope_result scope_of_file(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    return db &&
                   db_one_text(db, &error, request_arena(request), &subject->division, &found,
                               "select division from forecast_scenario where id = ?1", V_INT(id_of_file(request))) &&
                   found
               ? SCOPE_OK
               : SCOPE_NOT_FOUND;
}

static void json_page(struct request *request, const struct forecast *forecast)
{
    struct scenario_view *view = ARENA_NEW(request_arena(request), struct scenario_view);
    struct error error;
    bool found = false;
    if (!scenario_view_fill(request, forecast, id_of_file(request), false, view, &found, &error)) {
        reply_failed(request, &error);
    } else if (!found) {
        reply_not_found(request);
    } else {
        struct buf out = buf_init(LIMIT_JSON_BYTES);
        scenario_json(view, &out);
        struct str json = arena_str(request_arena(request), buf_str(&out));
        buf_free(&out);
        reply_json(request, 200, json);
    }
}

static void show_json(struct request *request)
{
    with_forecast(request, json_page);
}

/* ---- Steps ---- */

/* What a command that rests on a forecast needs until it has ended. */
struct editing {
    struct forecaster *forecaster;
    const struct forecast *forecast;
    struct scenario_edit edit;
    struct scenario_decide decide;
    struct scenario_ask ask;
    struct forecast_change *changes;
    size_t nchanges;
    uint32_t county;
    int stage, year;
};

static struct editing *editing_new(struct request *request, const struct forecast *forecast)
{
    struct editing *editing = ARENA_NEW(request_arena(request), struct editing);
    editing->forecaster = request_app(request)->forecaster;
    editing->forecast = forecast;
    editing->edit = (struct scenario_edit){ .actor = forecast_actor_of(request),
                                            .form_key = request_form_key(request),
                                            .forecast = forecast,
                                            .scenario = request_param_int(request, "scenario") };
    return editing;
}

static void ended(struct request *request, enum scenario_result result)
{
    if (result == SCENARIO_DONE) {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/forecast/scenario/%lld", (long long)request_param_int(request, "scenario"));
    } else if (result == SCENARIO_MISSING) {
        reply_not_found(request);
    } else {
        form_error(request, NULL, scenario_result_text(result));
        show_scenario(request);
    }
}

static void edited(struct request *request, bool ok, const struct error *error, void *context)
{
    struct editing *editing = context;
    forecaster_give(editing->forecaster, editing->forecast);
    if (ok) {
        ended(request, editing->edit.result);
    } else {
        reply_failed(request, error);
    }
}

static void add_page(struct request *request, const struct forecast *forecast)
{
    struct editing *editing = editing_new(request, forecast);
    struct scenario_step *step = ARENA_NEW(request_arena(request), struct scenario_step);
    struct db *db = request_db(request);
    struct scenario scenario;
    struct error error;
    bool found = false;
    if (!form_ok(request) || !scenario_step_of_form(request, forecast, step)) {
        scenario_page(request, forecast);
        forecaster_give(editing->forecaster, forecast);
        return;
    }
    if (step->kind == CHANGE_PRIVATE) {
        if (!db || !scenario_read(db, request_arena(request), editing->edit.scenario, &scenario, &found, &error) ||
            !found) {
            struct forecaster *forecaster = editing->forecaster;
            reply_not_found(request);
            forecaster_give(forecaster, forecast);
            return;
        }
        step->division = scenario.division;
        step->amount *= 10; /* per cent */
    }
    editing->edit.steps = step;
    editing->edit.n = 1;
    request_command(request, "forecast.scenario", scenario_edit_run, &editing->edit, edited, editing);
}

static void add_step(struct request *request)
{
    with_forecast_kept(request, add_page);
}

static void remove_page(struct request *request, const struct forecast *forecast)
{
    struct editing *editing = editing_new(request, forecast);
    editing->edit.remove = form_int(request, "step");
    request_command(request, "forecast.scenario", scenario_edit_run, &editing->edit, edited, editing);
}

static void remove_step(struct request *request)
{
    if (form_ok(request)) {
        with_forecast_kept(request, remove_page);
    } else {
        show_scenario(request);
    }
}

/* ---- The proposer ---- */

static bool suggest_work(struct arena *arena, void *context, struct error *error)
{
    struct editing *editing = context;
    (void)error;
    scenario_propose(arena, editing->forecast, editing->changes, editing->nchanges, editing->county, editing->stage,
                     editing->year - editing->forecast->base.first_year, &editing->ask);
    return true;
}

/* Why: in the words that stay with the step. */
static struct str why(struct arena *arena, enum lang lang, const struct propose_move *move)
{
    return arena_printf(arena,
                        lang == LANG_ZH ? "%u个孩子，到最近学校%lld米→%lld米，两学区缺学位%u→%u"
                                        : "%u children, nearest school %lld m → %lld m, missing in both %u → %u",
                        move->children, (long long)move->metres_before, (long long)move->metres_after,
                        move->missing_before, move->missing_after);
}

/* The plan as a whole beside what no plan can beat: what is said of the draft. */
static struct str say_plan(struct arena *arena, enum lang lang, const struct editing *editing)
{
    const struct propose_plan *plan = &editing->ask.plan;
    return arena_printf(
        arena,
        lang == LANG_ZH ? "程序对%d年%s提出%zu项调整：缺的学位%llu→%llu（任何调整都不会少于%llu），%"
                          "llu个孩子换学区（缺口最少时不会少于%llu）"
                        : "Proposed for %d, %s: %zu moves; places missing %llu → %llu (no plan leaves fewer than "
                          "%llu), %llu children change (with the fewest missing no fewer than %llu)",
        editing->year, text_in(entry_words(editing->stage), lang), plan->n, (unsigned long long)plan->missing_before,
        (unsigned long long)plan->missing_after, (unsigned long long)plan->missing_bound,
        (unsigned long long)plan->children, (unsigned long long)plan->children_bound);
}

static void suggested(struct request *request, bool ok, const struct error *error, void *context)
{
    struct editing *editing = context;
    const struct propose_plan *plan = &editing->ask.plan;
    const struct forecast_data *data = &editing->forecast->data;
    struct arena *arena = request_arena(request);
    if (!ok || plan->n == 0) {
        forecaster_give(editing->forecaster, editing->forecast);
        if (!ok) {
            reply_failed(request, error);
            return;
        }
        form_error(
            request, NULL,
            plan->missing_before == 0
                ? T("这一年没有缺学位的学区，不用调整。", "No place is missing in that year: nothing needs to move.")
                : T("在划片规则内没有找到能减少缺口的调整。", "Within the rules no move was found that helps."));
        show_scenario(request);
        return;
    }
    struct scenario_step *steps = ARENA_ARRAY(arena, struct scenario_step, plan->n);
    for (size_t k = 0; k < plan->n; k++) {
        const struct propose_move *move = &plan->moves[k];
        steps[k] = (struct scenario_step){
            .kind = CHANGE_MOVE,
            .year = editing->year,
            .stage = editing->stage,
            .community = data->communities[editing->ask.communities[move->community]].id,
            .catchment = data->catchments[editing->ask.catchments[move->to]].id,
            .name = why(arena, request_lang(request), move),
        };
    }
    editing->edit.steps = steps;
    editing->edit.n = plan->n;
    editing->edit.note = say_plan(arena, request_lang(request), editing);
    request_command(request, "forecast.scenario", scenario_edit_run, &editing->edit, edited, editing);
}

static void suggest_page(struct request *request, const struct forecast *forecast)
{
    struct arena *arena = request_arena(request);
    struct editing *editing = editing_new(request, forecast);
    struct db *db = request_db(request);
    struct scenario scenario;
    struct error error;
    bool found = false;
    size_t lost;
    editing->year = (int)form_int(request, "year");
    editing->stage = (int)form_int(request, "stage");
    if (editing->year < forecast->base.first_year || editing->year >= forecast->base.first_year + FORECAST_YEARS) {
        form_error(request, NULL, T("请填预测所及六年中的一年。", "The year is one of the six of the forecast."));
    }
    struct forecaster *forecaster = editing->forecaster;
    if (!form_ok(request)) {
        scenario_page(request, forecast);
        forecaster_give(forecaster, forecast);
        return;
    }
    if (!db || !scenario_read(db, arena, editing->edit.scenario, &scenario, &found, &error) || !found) {
        reply_not_found(request);
        forecaster_give(forecaster, forecast);
        return;
    }
    editing->county = forecast_county_at(&forecast->data, scenario.division);
    editing->changes = scenario_changes(arena, forecast, &scenario, &editing->nchanges, &lost);
    request_work(request, suggest_work, editing, suggested);
}

static void suggest(struct request *request)
{
    with_forecast_kept(request, suggest_page);
}

/* ---- Proposing and deciding ---- */

static void decided(struct request *request, bool ok, const struct error *error, void *context)
{
    struct editing *editing = context;
    forecaster_give(editing->forecaster, editing->forecast);
    if (ok) {
        ended(request, editing->decide.result);
    } else {
        reply_failed(request, error);
    }
}

static void decide_with(struct request *request, const struct forecast *forecast, enum scenario_act act,
                        struct str note)
{
    struct editing *editing = editing_new(request, forecast);
    editing->decide = (struct scenario_decide){ .actor = forecast_actor_of(request),
                                                .forecast = forecast,
                                                .busy = request_app(request)->round_goes_on,
                                                .scenario = request_param_int(request, "scenario"),
                                                .act = act,
                                                .note = note };
    request_command(request, "forecast.decide", scenario_decide_run, &editing->decide, decided, editing);
}

static void propose_page(struct request *request, const struct forecast *forecast)
{
    decide_with(request, forecast, SCENARIO_PROPOSE, form_value(request, "note"));
}

static void propose_it(struct request *request)
{
    if (form_ok(request)) {
        with_forecast_kept(request, propose_page);
    } else {
        show_scenario(request);
    }
}

static void decide_page(struct request *request, const struct forecast *forecast)
{
    struct str act = form_value(request, "act");
    decide_with(request, forecast,
                str_is(act, "confirm") ? SCENARIO_CONFIRM
                : str_is(act, "apply") ? SCENARIO_APPLY
                                       : SCENARIO_REJECT,
                form_value(request, "reason"));
}

static void decide(struct request *request)
{
    struct str act = form_value(request, "act");
    if (form_ok(request) && !str_is(act, "confirm") && !str_is(act, "apply") && form_value(request, "reason").n == 0) {
        form_error(request, "reason", T("请写明不同意的理由。", "Say why not."));
    }
    if (form_ok(request)) {
        with_forecast_kept(request, decide_page);
    } else {
        show_scenario(request);
    }
}

/* ---- Side by side ---- */

static void compare_page(struct request *request, const struct forecast *forecast)
{
    struct compare_view *view = ARENA_NEW(request_arena(request), struct compare_view);
    static const char *const names[2] = { "a", "b" };
    for (int i = 0; i < 2; i++) {
        struct error error;
        bool found = false;
        int64_t id = request_query_int(request, names[i], 0);
        if (!scenario_view_fill(request, forecast, id, false, &view->side[i], &found, &error)) {
            reply_failed(request, &error);
            return;
        }
        if (!found || !may_work(request, view->side[i].scenario.division)) {
            reply_not_found(request);
            return;
        }
    }
    reply_page(request, 200, forecast_pair, view);
}

static void show_compare(struct request *request)
{
    with_forecast(request, compare_page);
}

const struct route scenario_routes[] = {
    { .method = "GET",
      .path = "/forecast/scenarios",
      .roles = OFFICERS,
      .handler = show_list,
      .answer = "page",
      .summary = T("试算方案", "Scenarios") },
    { .method = "POST",
      .path = "/forecast/scenarios",
      .roles = OFFICERS,
      .form = &new_form,
      .handler = make_scenario,
      .answer = "redirect",
      .summary = T("新建试算方案", "Makes a scenario") },
    { .method = "GET",
      .path = "/forecast/scenario/#scenario",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .handler = show_scenario,
      .answer = "page",
      .summary = T("一个试算方案：全市重算", "A scenario: the whole city computed again") },
    { .method = "GET",
      .path = "/forecast/scenario/:file",
      .roles = OFFICERS,
      .scope = scope_of_file,
      .handler = show_json,
      .answer = "json",
      .summary = T("试算结果，供地图使用（N.json）", "A scenario's numbers for the map (N.json)") },
    { .method = "POST",
      .path = "/forecast/scenario/#scenario/add",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .form = &scenario_step_form,
      .handler = add_step,
      .answer = "redirect",
      .summary = T("加一项改动", "Adds a change") },
    { .method = "POST",
      .path = "/forecast/scenario/#scenario/remove",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .form = &remove_form,
      .handler = remove_step,
      .answer = "redirect",
      .summary = T("去掉一项改动", "Takes a change away") },
    { .method = "POST",
      .path = "/forecast/scenario/#scenario/suggest",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .form = &suggest_form,
      .handler = suggest,
      .answer = "redirect",
      .summary = T("由程序提出学区调整", "Lets the proposer add moves of communities") },
    { .method = "POST",
      .path = "/forecast/scenario/#scenario/propose",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .form = &note_form,
      .handler = propose_it,
      .answer = "redirect",
      .summary = T("提交方案", "Proposes a scenario") },
    { .method = "POST",
      .path = "/forecast/scenario/#scenario/decide",
      .roles = OFFICERS,
      .scope = scope_of_scenario,
      .form = &decide_form,
      .handler = decide,
      .answer = "redirect",
      .summary = T("确认、不同意或执行方案", "Confirms, rejects or enforces a scenario") },
    { .method = "GET",
      .path = "/forecast/compare",
      .roles = OFFICERS,
      .handler = show_compare,
      .answer = "page",
      .summary = T("两个方案并排比较", "Two scenarios side by side") },
};
const size_t scenario_route_count = sizeof scenario_routes / sizeof *scenario_routes;
