/* A county's plan of places, and publishing its notice. */
#include "figures/forecast/pages/inside.h"

#include "forecast_plan.page.h"

static const struct field plan_fields[] = {
    { .name = "school", .kind = FIELD_INT, .required = true, .min = 0, .max = INT64_MAX, .label = T("学校", "School") },
    YEAR_FIELD,
    { .name = "classes",
      .kind = FIELD_INT,
      .required = true,
      .min = 0,
      .max = PLAN_CLASSES_MOST,
      .label = T("班数", "Classes") },
    { .name = "class_size",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = PLAN_CLASS_SIZE_MOST,
      .label = T("每班人数", "Children a class") },
    { .name = "reason", .kind = FIELD_TEXT, .required = true, .max = 200, .label = T("理由", "Why") },
};
static const struct form plan_form = FORM(plan_fields);

/* ---- The plan ---- */

static void plan_page(struct request *request, const struct forecast *forecast)
{
    struct arena *arena = request_arena(request);
    const struct forecast_data *data = &forecast->data;
    struct forecast_plan_view *view = ARENA_NEW(arena, struct forecast_plan_view);
    uint32_t county = forecast_county_at(data, request_param(request, "county"));
    int first = forecast->base.first_year;
    if (county == NOWHERE) {
        reply_not_found(request);
        return;
    }
    int64_t year = request_is_post(request) ? form_int(request, "year") : request_query_int(request, "year", first);
    view->year = year < first ? first : year >= first + FORECAST_YEARS ? first + FORECAST_YEARS - 1 : year;
    view->first_year = first;
    view->county = data->counties[county].code;
    view->name = data->counties[county].name;
    view->rows = ARENA_ARRAY(arena, struct plan_row, data->nschools);
    int h = (int)(view->year - first);
    form_use(request, &plan_form);
    for (uint32_t s = 0; s < data->nschools; s++) {
        const struct forecast_school *school = &data->schools[s];
        int stage = data->catchments[school->catchment].stage;
        if (data->catchments[school->catchment].county == county &&
            forecast_school_at(data, school->institution, stage) == s) {
            view->rows[view->n++] =
                (struct plan_row){ .name = school->name,
                                   .code = school->code,
                                   .institution = school->institution,
                                   .stage = stage,
                                   .classes = (school->places[h] - school->building[h]) / school->class_size,
                                   .class_size = school->class_size,
                                   .planned_at = school->planned_at[h],
                                   .demand = forecast_school_demand(&forecast->model, &forecast->base, s, h) };
        }
    }
    reply_page(request, forecast_status(request), forecast_plan, view);
}

static void show_plan(struct request *request)
{
    with_forecast(request, plan_page);
}

static void planned(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct plan_put *put = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!put->found) {
        reply_not_found(request);
    } else {
        struct str county = request_param(request, "county");
        reply_notice(request, "saved");
        reply_redirect_to(request, "/forecast/plan/%.*s?year=%lld", STR_ARG(county), (long long)put->year);
    }
}

static void change_plan(struct request *request)
{
    if (!form_ok(request)) {
        show_plan(request);
        return;
    }
    struct plan_put *put = ARENA_NEW(request_arena(request), struct plan_put);
    *put = (struct plan_put){ .actor = forecast_actor_of(request),
                              .institution = form_int(request, "school") / FORECAST_STAGES,
                              .stage = (int)(form_int(request, "school") % FORECAST_STAGES),
                              .year = form_int(request, "year"),
                              .classes = form_int(request, "classes"),
                              .class_size = form_int(request, "class_size"),
                              .reason = form_value(request, "reason") };
    request_command(request, "forecast.plan", plan_put_run, put, planned, put);
}

/* ---- Publishing ---- */

struct publishing {
    struct forecaster *forecaster;
    struct notice_publish publish;
};

static void published(struct request *request, bool ok, const struct error *error, void *context)
{
    struct publishing *publishing = context;
    forecaster_give(publishing->forecaster, publishing->publish.forecast);
    if (ok) {
        reply_redirect_to(request, "/forecast/notice/%lld", (long long)publishing->publish.notice);
    } else {
        reply_failed(request, error);
    }
}

static void publish_page(struct request *request, const struct forecast *forecast)
{
    struct publishing *publishing = ARENA_NEW(request_arena(request), struct publishing);
    *publishing = (struct publishing){ request_app(request)->forecaster,
                                       { .actor = forecast_actor_of(request),
                                         .forecast = forecast,
                                         .division = request_param(request, "county"),
                                         .city = request_app(request)->city } };
    request_command(request, "forecast.publish", notice_publish_run, &publishing->publish, published, publishing);
}

static void publish(struct request *request)
{
    with_forecast_kept(request, publish_page);
}

const struct route forecast_plan_routes[] = {
    { .method = "GET",
      .path = "/forecast/plan/:county",
      .roles = OFFICERS,
      .scope = scope_of_county,
      .handler = show_plan,
      .answer = "page",
      .summary = T("计划学位", "Planned places") },
    { .method = "POST",
      .path = "/forecast/plan/:county",
      .roles = OFFICERS,
      .scope = scope_of_county,
      .form = &plan_form,
      .handler = change_plan,
      .answer = "redirect",
      .summary = T("修改计划学位", "Changes a plan") },
    { .method = "POST",
      .path = "/forecast/publish/:county",
      .roles = OFFICERS,
      .scope = scope_of_county,
      .handler = publish,
      .answer = "redirect",
      .summary = T("发布学位预警公告", "Publishes a notice of seats") },
};
const size_t forecast_plan_route_count = sizeof forecast_plan_routes / sizeof *forecast_plan_routes;
