/* What the forecast's pages share: the forecast in a request, words. */
#include "figures/forecast/pages/inside.h"

#include "base/clock.h"

#include <math.h>

/* ---- The forecast ---- */

struct making {
    struct forecaster *forecaster;
    struct store *store;
    const struct forecast *forecast;
    forecast_page *page;
    bool kept;
};

static void run_page(struct request *request, struct making *making)
{
    const struct forecast *forecast = making->forecast;
    struct forecaster *forecaster = making->forecaster;
    bool kept = making->kept; /* the reply ends the request's arena, in which `making` lies */
    if (forecast->lacks[0]) {
        forecaster_give(forecaster, forecast);
        reply_problem(
            request, 404, T("还没有学位预测", "There is no forecast yet"),
            T("还没有按小区和出生月份统计的适龄儿童数。",
              "Children have not been counted by community and month of birth."),
            T("公安部门的统计数导入以后就能看到。", "It will stand here when public security's counts have come."));
        return;
    }
    making->page(request, forecast);
    if (!kept) {
        forecaster_give(forecaster, forecast);
    }
}

static bool make(struct arena *arena, void *context, struct error *error)
{
    (void)arena;
    struct making *making = context;
    making->forecast = forecaster_make(making->forecaster, making->store, error);
    return making->forecast != NULL;
}

static void made(struct request *request, bool ok, const struct error *error, void *context)
{
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    run_page(request, context);
}

static void with(struct request *request, forecast_page *page, bool kept)
{
    struct db *db = request_db(request);
    struct app *app = request_app(request);
    struct making *making = ARENA_NEW(request_arena(request), struct making);
    struct error error;
    int64_t version;
    if (!db) {
        return;
    }
    *making = (struct making){ .forecaster = app->forecaster, .store = app->store, .page = page, .kept = kept };
    if (!forecast_version(db, &version, &error)) {
        reply_failed(request, &error);
        return;
    }
    making->forecast = forecaster_take(app->forecaster, version);
    if (making->forecast) {
        run_page(request, making);
    } else {
        request_work(request, make, making, made);
    }
}

void with_forecast(struct request *request, forecast_page *page)
{
    with(request, page, false);
}

void with_forecast_kept(struct request *request, forecast_page *page)
{
    with(request, page, true);
}

/* ---- Who ---- */

struct forecast_actor forecast_actor_of(const struct request *request)
{
    const struct session *session = request_session(request);
    return session
               ? (struct forecast_actor){ session->account, accounts_role_name(session->roles, ROLE_COUNTY | ROLE_CITY),
                                          session_scope(session) }
               : (struct forecast_actor){ 0, "", { "", 0 } };
}

enum scope_result scope_of_county(struct request *request, struct subject *subject)
{
    const struct division *division = city_division(request_app(request)->city, request_param(request, "county"));
    if (!division || division->level != DIVISION_COUNTY) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = division->code;
    return SCOPE_OK;
}

bool may_work(const struct request *request, struct str division)
{
    const struct session *session = request_session(request);
    return session && request_has_role(request, ROLE_COUNTY_OFFICER | ROLE_CITY) && session->scope[0] &&
           str_starts(division, session_scope(session));
}

int forecast_status(struct request *request)
{
    return request_is_post(request) && !form_ok(request) ? 422 : 200;
}

/* ---- Words ---- */

struct text entry_words(int stage)
{
    return stage ? T("初中一年级", "junior school, first year") : T("小学一年级", "primary school, first year");
}

struct text band_words(enum band band)
{
    static const struct text words[] = { T("没有计划", "no plan"), T("绿色", "green"), T("黄色", "yellow"),
                                         T("橙色", "orange"), T("红色", "red") };
    return words[band];
}

const char *band_colour(enum band band)
{
    static const char *const colours[] = { "grey", "green", "yellow", "orange", "red" };
    return colours[band];
}

struct str share_words(struct arena *arena, double demand, double places)
{
    return places > 0 ? arena_printf(arena, "%.0f%%", floor(100 * demand / places)) : STR("–");
}

int64_t whole(double value)
{
    return (int64_t)llround(value);
}

struct name county_name(const struct city *city, struct str code)
{
    const struct division *division = city_division(city, code);
    return division ? division->name : (struct name){ code, code };
}
