/* /dashboard: few figures, of the part that the session answers for. The city may look at a county's. */
#include "figures/pages/dashboard.h"

#include "base/clock.h"
#include "figures/folder.h"

#include "dashboard.page.h"

enum { YEARS_SHOWN = 5 };

struct dashboard_work {
    struct figures *figures;
    struct dashboard_view view;
    int64_t institution;
    struct figures_ask *asks; /* of each figure its years, the oldest first */
    size_t n;
};

static bool count(struct arena *arena, void *context, struct error *error)
{
    struct dashboard_work *work = context;
    return figures_many(work->figures, arena, work->asks, work->n, 0, FIGURES_FOR_STAFF, error);
}

/* ---- one figure ---- */

static struct str change_of(struct arena *arena, const struct indicator *indicator, const struct figure *now,
                            const struct figure *before)
{
    if (now->state != FIGURE_IS || before->state != FIGURE_IS) {
        return STR("");
    }
    int64_t e6 = now->value_e6 - before->value_e6;
    return arena_printf(arena, "%s%.*s", e6 > 0 ? "+" : "", STR_ARG(figure_number(arena, e6, indicator->round, true)));
}

static struct dashboard_row row_of(struct arena *arena, const struct dashboard_work *work,
                                   const struct figures_ask *asks)
{
    const struct indicators *set = figures_indicators(work->figures);
    const struct indicator *indicator = &set->items[asks->indicator];
    const struct dashboard_view *view = &work->view;
    struct figure figures[YEARS_SHOWN];
    struct dashboard_row row = { .indicator = indicator,
                                 .unit = set->units[indicator->unit].name,
                                 .years = ARENA_ARRAY(arena, struct dashboard_year, YEARS_SHOWN),
                                 .nyears = YEARS_SHOWN };
    for (size_t i = 0; i < YEARS_SHOWN; i++) {
        figures[i] = compute_figure(set, indicator, &asks[i].counted, view->division, work->institution);
        bool is = figures[i].state == FIGURE_IS;
        row.years[i] =
            (struct dashboard_year){ period_words(arena, indicator, asks[i].as_of.day),
                                     is ? figure_number(arena, figures[i].value_e6, indicator->round, false) : STR(""),
                                     figure_value_words(arena, indicator, &figures[i]) };
    }
    const struct figure *now = &figures[YEARS_SHOWN - 1];
    row.value = row.years[YEARS_SHOWN - 1].value;
    row.period = row.years[YEARS_SHOWN - 1].period;
    row.sides = figure_sides_words(arena, now, indicator_divides(set, indicator));
    row.has_value = now->state == FIGURE_IS;
    row.band = row.has_value ? figure_band(indicator, now->value_e6) : 0;
    row.change = change_of(arena, indicator, now, &figures[YEARS_SHOWN - 2]);
    row.target = indicator->has_target ? figure_number(arena, indicator->target_e6, indicator->round, true) : STR("");
    row.target_plain =
        indicator->has_target ? figure_number(arena, indicator->target_e6, indicator->round, false) : STR("");
    row.href =
        arena_printf(arena, "/figure/%.*s%.*s%s%.*s", STR_ARG(indicator->id), STR_ARG(view->asked.query),
                     view->level == DASHBOARD_CITY ? "" : "&division=",
                     STR_ARG(view->level == DASHBOARD_CITY ? STR("") : str_part(view->division, 0, COUNTY_CHARS)));
    return row;
}

static void show(struct request *request, bool ok, const struct error *error, void *context)
{
    struct dashboard_work *work = context;
    struct dashboard_view *view = &work->view;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    view->rows = ARENA_ARRAY(request_arena(request), struct dashboard_row, view->dashboard->n);
    for (size_t i = 0; i < view->dashboard->n; i++) {
        view->rows[view->n++] = row_of(request_arena(request), work, &work->asks[i * YEARS_SHOWN]);
    }
    reply_page(request, 200, dashboard_page, view);
}

/* ---- whose ---- */

static void list_counties(struct request *request, struct dashboard_view *view)
{
    const struct city *city = request_app(request)->city;
    const struct division *county = NULL;
    view->counties = ARENA_ARRAY(request_arena(request), const struct division *, city->ndivisions);
    while ((county = city_next_child(city, city->code, county))) {
        view->counties[view->ncounties++] = county;
    }
}

/* Level and part of the session, or of the county that the city looks at. False: the reply was made. */
static bool place(struct request *request, struct dashboard_work *work)
{
    struct dashboard_view *view = &work->view;
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct viewer viewer = viewer_of(request);
    struct str asked = request_query(request, "division"), code;
    view->conditions = arena_printf(arena, "/conditions%.*s", STR_ARG(view->asked.query));
    if (viewer.institution) {
        view->level = DASHBOARD_SCHOOL;
        work->institution = viewer.institution;
        view->name = institution_called(request, viewer.institution, view->asked.as_of, &code);
        view->division = viewer.scope;
        return true;
    }
    const struct division *county = city_division(city, asked.n ? asked : viewer.scope);
    if (asked.n && (!county || county->level != DIVISION_COUNTY || !str_starts(asked, viewer.scope))) {
        reply_not_found(request);
        return false;
    }
    if (viewer.city && !asked.n) {
        view->level = DASHBOARD_CITY;
        view->name = city->name;
        view->division = STR("");
        list_counties(request, view);
        return true;
    }
    view->level = DASHBOARD_COUNTY;
    view->division = arena_str(arena, asked.n ? asked : viewer.scope);
    view->name = division_called(request, view->division, view->asked.as_of);
    return true;
}

static void dashboard(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct dashboard_work *work = ARENA_NEW(arena, struct dashboard_work);
    work->figures = request_app(request)->figures;
    if (!asked_of(request, &work->view.asked) || !request_db(request) || !place(request, work)) {
        return;
    }
    const struct dashboard *of = &request_app(request)->figures_folder->dashboards->levels[work->view.level];
    int year, month, date;
    day_parts(work->view.asked.as_of.day, &year, &month, &date);
    work->view.dashboard = of;
    work->asks = ARENA_ARRAY(arena, struct figures_ask, of->n * YEARS_SHOWN);
    for (size_t i = 0; i < of->n; i++) {
        for (int y = YEARS_SHOWN - 1; y >= 0; y--) {
            int64_t day = day_of(year - y, month, month == 2 && date == 29 && y ? 28 : date);
            work->asks[work->n++] =
                (struct figures_ask){ .indicator = of->figures[i], .as_of = { day, work->view.asked.as_of.recorded } };
        }
    }
    request_work(request, count, work, show);
}

const struct route dashboard_routes[] = {
    { .method = "GET",
      .path = "/dashboard",
      .roles = ROLE_SCHOOL | ROLE_COUNTY | ROLE_CITY | ROLE_AUDITOR,
      .handler = dashboard,
      .answer = "page",
      .summary = T("看板：本级的主要数据", "The dashboard: the main figures of one's own level") },
};
const size_t dashboard_route_count = sizeof dashboard_routes / sizeof *dashboard_routes;
