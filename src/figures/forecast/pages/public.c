/* What everybody sees: the city, a county, a catchment, notices. */
#include "figures/forecast/pages/pages.h"

#include "base/buf.h"
#include "base/clock.h"

#include "forecast_area.page.h"
#include "forecast_catchment.page.h"
#include "forecast_notice.page.h"
#include "forecast_notices.page.h"

static void fill_errors(const struct forecast *forecast, struct area_view *view)
{
    static const struct text levels[LEVELS] = { T("一个学区", "one catchment"), T("一个县（市、区）", "one county"),
                                                T("全市", "the city") };
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        for (int level = 0; level < LEVELS; level++) {
            view->errors[stage][level] =
                (struct error_row){ levels[level], forecast->model.backtest.error[stage][level] };
        }
    }
}

static void fill_city(struct arena *arena, const struct forecast *forecast, struct area_view *view)
{
    const struct forecast_data *data = &forecast->data;
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        struct forecast_table *table = &view->tables[stage];
        *table = (struct forecast_table){ entry_words(stage), forecast->base.first_year,
                                          ARENA_ARRAY(arena, struct forecast_row, data->ncounties + 1), 0 };
        table->rows[table->n++] = (struct forecast_row){ view->name, STR(""), forecast->base.city[stage] };
        for (size_t c = 0; c < data->ncounties; c++) {
            table->rows[table->n++] =
                (struct forecast_row){ data->counties[c].name,
                                       arena_printf(arena, "/forecast/%.*s", STR_ARG(data->counties[c].code)),
                                       &forecast->base.county[stage][c * FORECAST_YEARS] };
        }
    }
}

static void fill_county(struct arena *arena, const struct forecast *forecast, uint32_t county, struct area_view *view)
{
    const struct forecast_data *data = &forecast->data;
    for (int stage = 0; stage < FORECAST_STAGES; stage++) {
        struct forecast_table *table = &view->tables[stage];
        *table = (struct forecast_table){ entry_words(stage), forecast->base.first_year,
                                          ARENA_ARRAY(arena, struct forecast_row, data->ncatchments + 1), 0 };
        table->rows[table->n++] =
            (struct forecast_row){ view->name, STR(""), &forecast->base.county[stage][county * FORECAST_YEARS] };
        for (size_t c = 0; c < data->ncatchments; c++) {
            if (data->catchments[c].county == county && data->catchments[c].stage == stage) {
                table->rows[table->n++] = (struct forecast_row){ data->catchments[c].name,
                                                                 arena_printf(arena, "/forecast/catchment/%lld",
                                                                              (long long)data->catchments[c].id),
                                                                 &forecast->base.catchment[c * FORECAST_YEARS] };
            }
        }
    }
}

static void show_area(struct request *request, const struct forecast *forecast, struct area_view *view)
{
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return;
    }
    view->forecast = forecast;
    view->sentence = forecast->settings.sentence;
    fill_errors(forecast, view);
    for (size_t c = 0; c < forecast->data.ncatchments * FORECAST_YEARS; c++) {
        const struct forecast_catchment *catchment = &forecast->data.catchments[c / FORECAST_YEARS];
        if (view->county.n == 0 || str_eq(forecast->data.counties[catchment->county].code, view->county)) {
            view->warned[forecast->base.catchment[c].band]++;
        }
    }
    if (!notice_list(db, request_arena(request), view->county, &view->notices, &view->nnotices, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->nnotices = view->nnotices > 5 ? 5 : view->nnotices;
    reply_page(request, 200, forecast_area, view);
}

static void city_page(struct request *request, const struct forecast *forecast)
{
    struct area_view *view = ARENA_NEW(request_arena(request), struct area_view);
    view->name = request_app(request)->city->name;
    view->counted_on = forecast->data.counts[forecast->model.from].counted_on;
    fill_city(request_arena(request), forecast, view);
    show_area(request, forecast, view);
}

static void show_city(struct request *request)
{
    with_forecast(request, city_page);
}

static void county_page(struct request *request, const struct forecast *forecast)
{
    struct area_view *view = ARENA_NEW(request_arena(request), struct area_view);
    struct str code = request_param(request, "county");
    uint32_t county = forecast_county_at(&forecast->data, code);
    if (county == NOWHERE || !str_eq(forecast->data.counties[county].code, code)) {
        reply_not_found(request);
        return;
    }
    view->name = forecast->data.counties[county].name;
    view->county = forecast->data.counties[county].code;
    view->counted_on = forecast->data.counties[county].counted_on;
    view->officer = may_work(request, view->county);
    fill_county(request_arena(request), forecast, county, view);
    show_area(request, forecast, view);
}

static void show_county(struct request *request)
{
    with_forecast(request, county_page);
}

/* ---- A catchment ---- */

static void fill_schools(struct arena *arena, const struct forecast *forecast, uint32_t catchment,
                         struct catchment_view *view)
{
    view->schools = ARENA_ARRAY(arena, struct school_part, forecast->data.nschools);
    for (uint32_t s = 0; s < forecast->data.nschools; s++) {
        const struct forecast_school *school = &forecast->data.schools[s];
        if (school->catchment == catchment) {
            view->schools[view->nschools++] =
                (struct school_part){ school->name,
                                      school->code,
                                      forecast_school_demand(&forecast->model, &forecast->base, s, 0),
                                      school->places[0],
                                      school->planned_at[0],
                                      school->building[FORECAST_YEARS - 1] };
        }
    }
}

static void catchment_page(struct request *request, const struct forecast *forecast)
{
    struct arena *arena = request_arena(request);
    struct catchment_view *view = ARENA_NEW(arena, struct catchment_view);
    struct db *db = request_db(request);
    struct error error;
    uint32_t c = forecast_catchment_at(&forecast->data, request_param_int(request, "catchment"));
    if (!db) {
        return;
    }
    if (c == NOWHERE) {
        reply_not_found(request);
        return;
    }
    view->forecast = forecast;
    view->catchment = &forecast->data.catchments[c];
    view->cells = &forecast->base.catchment[c * FORECAST_YEARS];
    view->errors = forecast->model.backtest.error[view->catchment->stage][LEVEL_CATCHMENT];
    view->county = forecast->data.counties[view->catchment->county].name;
    view->county_code = forecast->data.counties[view->catchment->county].code;
    fill_schools(arena, forecast, c, view);
    if (!notice_series(db, arena, view->catchment->id, forecast->base.first_year, &view->past, &view->npast, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, forecast_catchment, view);
}

static void show_catchment(struct request *request)
{
    with_forecast(request, catchment_page);
}

/* ---- Notices ---- */

static void show_notices(struct request *request)
{
    struct db *db = request_db(request);
    struct notices_view view = { .city = request_app(request)->city };
    struct error error;
    if (!db) {
        return;
    }
    if (!notice_list(db, request_arena(request), STR(""), &view.notices, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, forecast_notices, &view);
}

/* The county's notice before, and what it said of each catchment and year. */
static bool load_before(struct db *db, struct arena *arena, struct notice_view *view, struct error *error)
{
    int64_t id;
    bool found;
    view->expected_before = ARENA_ARRAY(arena, int64_t, view->notice.n);
    if (!db_one_int(db, error, &id, &found,
                    "select id from forecast_notice where division = ?1 and id < ?2 order by id desc limit 1",
                    V_TEXT(view->notice.division), V_INT(view->notice.id)) ||
        (found && !notice_read(db, arena, id, &view->before, &found, error))) {
        return false;
    }
    for (size_t i = 0; i < view->notice.n; i++) {
        const struct notice_warning *now = &view->notice.warnings[i];
        view->expected_before[i] = -1;
        for (size_t k = 0; k < view->before.n; k++) {
            const struct notice_warning *then = &view->before.warnings[k];
            if (then->catchment == now->catchment && then->year == now->year) {
                view->expected_before[i] = then->expected;
            }
        }
    }
    return true;
}

static bool load_notice(struct request *request, struct notice_view *view)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct error error;
    bool found;
    if (!db) {
        return false;
    }
    if (!notice_read(db, arena, request_param_int(request, "notice"), &view->notice, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!found) {
        reply_not_found(request);
        return false;
    }
    view->whole = str_eq(notice_hash(arena, &view->notice), view->notice.hash);
    view->county = county_name(request_app(request)->city, view->notice.division);
    for (size_t i = 0; i < view->notice.n; i++) {
        view->warned += view->notice.warnings[i].band >= BAND_YELLOW;
    }
    if (!load_before(db, arena, view, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return true;
}

static void show_notice(struct request *request)
{
    struct notice_view *view = ARENA_NEW(request_arena(request), struct notice_view);
    if (load_notice(request, view)) {
        reply_page(request, 200, forecast_notice, view);
    }
}

static void show_notice_text(struct request *request)
{
    struct notice_view *view = ARENA_NEW(request_arena(request), struct notice_view);
    if (load_notice(request, view)) {
        struct arena *arena = request_arena(request);
        reply_bytes(
            request, 200, "text/plain; charset=utf-8",
            arena_printf(arena, "seats-%.*s-%lld.txt", STR_ARG(view->notice.division), (long long)view->notice.id),
            notice_text(arena, &view->notice));
    }
}

/* ---- For the map ---- */

enum { LIMIT_JSON_BYTES = 8 * 1024 * 1024 };

static void add_catchment(const struct forecast *forecast, size_t c, struct buf *out)
{
    const struct forecast_catchment *catchment = &forecast->data.catchments[c];
    const struct forecast_cell *cells = &forecast->base.catchment[c * FORECAST_YEARS];
    buf_printf(out, "%s\n{\"id\":%lld,\"stage\":\"%s\",\"county\":", c ? "," : "", (long long)catchment->id,
               stage_id((enum stage)catchment->stage));
    buf_add_json(out, forecast->data.counties[catchment->county].code);
    buf_add_cstr(out, ",\"bands\":[");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        buf_printf(out, "%s\"%s\"", h ? "," : "", band_colour(cells[h].band));
    }
    buf_add_cstr(out, "],\"shares\":[");
    for (int h = 0; h < FORECAST_YEARS; h++) {
        double share = cells[h].places > 0 ? 100 * cells[h].demand / cells[h].places : 0;
        buf_printf(out, "%s%lld", h ? "," : "", (long long)share);
    }
    buf_add_cstr(out, "]}");
}

/* Bands of each catchment, and expected entrants as whole per cent of the places, from the first year of the forecast
 * on: what the pages show. */
static void warnings_page(struct request *request, const struct forecast *forecast)
{
    struct buf out = buf_init(LIMIT_JSON_BYTES);
    buf_printf(&out, "{\"first_year\":%d,\"catchments\":[", forecast->base.first_year);
    for (size_t c = 0; c < forecast->data.ncatchments; c++) {
        add_catchment(forecast, c, &out);
    }
    buf_add_cstr(&out, "\n]}\n");
    struct str bytes = arena_str(request_arena(request), buf_str(&out));
    buf_free(&out);
    reply_json(request, 200, bytes);
}

static void show_warnings(struct request *request)
{
    with_forecast(request, warnings_page);
}

const struct route forecast_routes[] = {
    { .method = "GET",
      .path = "/forecast",
      .roles = WEB_PUBLIC,
      .handler = show_city,
      .answer = "page",
      .summary = T("学位预测与预警：全市", "Seats in the years ahead: the city") },
    { .method = "GET",
      .path = "/forecast/warnings.json",
      .roles = WEB_PUBLIC,
      .handler = show_warnings,
      .answer = "json",
      .flags = ROUTE_CACHE,
      .summary = T("各学区的预警（供地图）", "Warnings of all catchments (for the map)") },
    { .method = "GET",
      .path = "/forecast/:county",
      .roles = WEB_PUBLIC,
      .handler = show_county,
      .answer = "page",
      .summary = T("学位预测与预警：一个县（市、区）", "Seats in the years ahead: a county") },
    { .method = "GET",
      .path = "/forecast/catchment/#catchment",
      .roles = WEB_PUBLIC,
      .handler = show_catchment,
      .answer = "page",
      .summary = T("学位预测与预警：一个学区", "Seats in the years ahead: a catchment") },
    { .method = "GET",
      .path = "/forecast/notices",
      .roles = WEB_PUBLIC,
      .handler = show_notices,
      .answer = "page",
      .summary = T("学位预警公告", "Notices of seats") },
    { .method = "GET",
      .path = "/forecast/notice/#notice",
      .roles = WEB_PUBLIC,
      .handler = show_notice,
      .answer = "page",
      .summary = T("一份学位预警公告", "A notice of seats") },
    { .method = "GET",
      .path = "/forecast/notice/#notice/text",
      .roles = WEB_PUBLIC,
      .handler = show_notice_text,
      .answer = "text",
      .summary = T("公告的原文，按它算出校验值", "The notice's text, of which its hash is made") },
};
const size_t forecast_route_count = sizeof forecast_routes / sizeof *forecast_routes;
