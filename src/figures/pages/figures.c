/* Figures: the list by areas, one with everything about it, its rows, its tables as files. Counting is done on a worker
 * (request_work); names are looked up on the loop, after it. */
#include "figures/pages/pages.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "figures/pages/tables.h"
#include "store/journal.h"

#include "figure.page.h"
#include "figure_rows.page.h"
#include "figures.page.h"

enum { ROWS_A_PAGE = 50, LIMIT_LIST_BYTES = 256 * 1024 };

/* ---- /figures ---- */

struct list_work {
    struct figures *figures;
    struct list_view view;
    struct figures_ask *asks;
    size_t n;
};

static bool count_list(struct arena *arena, void *context, struct error *error)
{
    struct list_work *work = context;
    return figures_many(work->figures, arena, work->asks, work->n, 0, viewer_for(&work->view.viewer), error);
}

static struct list_row list_row_of(struct arena *arena, const struct list_work *work, const struct figures_ask *ask)
{
    const struct indicators *set = figures_indicators(work->figures);
    const struct indicator *indicator = &set->items[ask->indicator];
    const struct viewer *viewer = &work->view.viewer;
    struct masked masked;
    struct str scope = viewer->city || indicator->is_public ? STR("") : viewer->scope;
    struct figure figure =
        compute_figure(set, indicator, &ask->counted, scope, indicator->is_public ? 0 : viewer->institution);
    struct list_row row = { .indicator = indicator,
                            .value = figure_value_words(arena, indicator, &figure),
                            .unit = set->units[indicator->unit].name,
                            .period = period_words(arena, indicator, ask->as_of.day),
                            .has_value = figure.state == FIGURE_IS };
    mask_find(arena, set, indicator, &ask->counted.now, 1, &masked);
    if (masked.total && !viewer->city) {
        row.value = (struct name){ STR("人数太少，不公布"), STR("too few persons to be shown") };
        row.has_value = false;
    }
    row.band = row.has_value ? figure_band(indicator, figure.value_e6) : 0;
    return row;
}

static void show_list(struct request *request, bool ok, const struct error *error, void *context)
{
    struct list_work *work = context;
    struct arena *arena = request_arena(request);
    const struct indicators *set = figures_indicators(work->figures);
    if (!ok) {
        reply_not_counted(request, error);
        return;
    }
    struct list_view *view = &work->view;
    view->areas = ARENA_ARRAY(arena, struct list_area, set->nareas);
    for (size_t a = 0; a < set->nareas; a++) {
        struct list_area *area = &view->areas[view->n];
        *area = (struct list_area){ set->areas[a].name, ARENA_ARRAY(arena, struct list_row, work->n), 0 };
        for (size_t i = 0; i < work->n; i++) {
            if (set->items[work->asks[i].indicator].area == a) {
                area->rows[area->n++] = list_row_of(arena, work, &work->asks[i]);
            }
        }
        view->n += area->n > 0;
    }
    reply_page(request, 200, figures, view);
}

static void list(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct list_work *work = ARENA_NEW(arena, struct list_work);
    work->figures = request_app(request)->figures;
    work->view.viewer = viewer_of(request);
    if (!asked_of(request, &work->view.asked)) {
        return;
    }
    const struct indicators *set = figures_indicators(work->figures);
    work->asks = ARENA_ARRAY(arena, struct figures_ask, set->n);
    for (size_t i = 0; i < set->n; i++) {
        if (viewer_sees(&work->view.viewer, &set->items[i])) {
            work->asks[work->n++] = (struct figures_ask){ .indicator = i, .as_of = work->view.asked.as_of };
        }
    }
    request_work(request, count_list, work, show_list);
}

/* ---- the indicator of a URL ---- */

/* SIZE_MAX: the reply was made. */
static size_t indicator_of(struct request *request, const struct viewer *viewer)
{
    const struct indicators *set = figures_indicators(request_app(request)->figures);
    size_t index = indicators_find(set, request_param(request, "id"));
    if (index == SIZE_MAX || !viewer_sees(viewer, &set->items[index])) {
        reply_not_found(request);
        return SIZE_MAX;
    }
    return index;
}

/* ---- /figure/ID ---- */

static void name_places(struct db *db, struct arena *arena, const struct city *city, struct figure_view *view)
{
    struct as_of as_of = view->asked.as_of;
    struct str code;
    for (size_t i = 0; i < view->ncounties; i++) {
        view->counties[i].name = place_of_code(db, arena, city, view->counties[i].division, as_of);
    }
    for (size_t i = 0; i < view->ninstitutions; i++) {
        struct place_row *row = &view->institutions[i];
        row->name = place_of_institution(db, arena, row->institution, as_of, &code);
        row->href = thing_href(arena, KIND_INSTITUTION, code, &view->asked);
    }
}

static void show_one(struct request *request, bool ok, const struct error *error, void *context)
{
    struct tables_work *work = context;
    if (!ok) {
        reply_not_counted(request, error);
        return;
    }
    struct figure_view *view = &work->view;
    view->definition = hex_encode(request_arena(request), view->indicator->definition, SM3_BYTES);
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    tables_fill(request_arena(request), work);
    name_places(db, request_arena(request), request_app(request)->city, view);
    reply_page(request, 200, figure_page, view);
}

static struct tables_work *work_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct tables_work *work = ARENA_NEW(arena, struct tables_work);
    work->figures = request_app(request)->figures;
    work->view.viewer = viewer_of(request);
    work->view.set = figures_indicators(work->figures);
    work->index = indicator_of(request, &work->view.viewer);
    if (work->index == SIZE_MAX || !asked_of(request, &work->view.asked) ||
        !division_asked(request, &work->view.county)) {
        return NULL;
    }
    work->view.indicator = &work->view.set->items[work->index];
    work->view.page = request_query_int(request, "page", 1);
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return NULL;
    }
    if (!tables_ask(db, arena, work, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return work;
}

static void one(struct request *request)
{
    struct tables_work *work = work_of(request);
    if (work) {
        work->rows_a_page = ROWS_A_PAGE;
        request_work(request, tables_count, work, show_one);
    }
}

/* ---- as files ---- */

/* All of it on a worker: the names of some thousand institutions and a workbook would hold the loop up. */
enum export_format { EXPORT_CSV, EXPORT_XLSX, EXPORT_JSON };
struct export_work {
    struct tables_work *tables;
    struct store *store;
    const struct city *city;
    enum lang lang;
    enum export_format format;
    struct str bytes;
};

static bool make_file(struct arena *arena, void *context, struct error *error)
{
    struct export_work *work = context;
    struct db *db = NULL;
    if (!tables_count(arena, work->tables, error) || !db_open(&db, work->store, DB_READ, error)) {
        return false;
    }
    tables_fill(arena, work->tables);
    bool good = db_read_begin(db, error);
    if (good) {
        name_places(db, arena, work->city, &work->tables->view);
    }
    db_read_end(db);
    db_close(db);
    if (good && work->format == EXPORT_XLSX) {
        return tables_xlsx(arena, work->tables, work->lang, &work->bytes, error);
    }
    work->bytes = !good                         ? STR("")
                  : work->format == EXPORT_JSON ? tables_json(arena, work->tables)
                                                : tables_csv(arena, work->tables, work->lang);
    return good;
}

static void file_made(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct export_work *work = context;
    if (!ok) {
        reply_not_counted(request, error);
        return;
    }
    const struct figure_view *view = &work->tables->view;
    if (work->format == EXPORT_JSON) {
        reply_json(request, 200, work->bytes);
        return;
    }
    bool xlsx = work->format == EXPORT_XLSX;
    struct str name = arena_printf(request_arena(request), "%.*s-%.*s.%s", STR_ARG(view->indicator->id),
                                   STR_ARG(view->asked.day), xlsx ? "xlsx" : "csv");
    reply_bytes(request, 200,
                xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8",
                name, work->bytes);
}

static void export_file(struct request *request)
{
    struct str format = request_param(request, "format");
    if (!str_is(format, "csv") && !str_is(format, "xlsx") && !str_is(format, "json")) {
        reply_not_found(request);
        return;
    }
    struct tables_work *tables = work_of(request);
    if (tables) {
        const struct app *app = request_app(request);
        struct export_work *work = ARENA_NEW(request_arena(request), struct export_work);
        tables->view.page = 1;
        tables->rows_a_page = INT32_MAX;
        *work = (struct export_work){ .tables = tables,
                                      .store = app->store,
                                      .city = app->city,
                                      .lang = request_lang(request),
                                      .format = str_is(format, "xlsx")   ? EXPORT_XLSX
                                                : str_is(format, "json") ? EXPORT_JSON
                                                                         : EXPORT_CSV };
        request_work(request, make_file, work, file_made);
    }
}

/* ---- /figures/list.json ---- */

/* What the map may colour counties by: public, and told by county. */
static void list_json(struct request *request)
{
    const struct indicators *set = figures_indicators(request_app(request)->figures);
    struct buf out = buf_init(LIMIT_LIST_BYTES);
    bool first = true;
    buf_add_cstr(&out, "{\"figures\":[");
    for (size_t i = 0; i < set->n; i++) {
        const struct indicator *indicator = &set->items[i];
        bool by_county = indicator->kind == INDICATOR_COUNT || indicator->kind == INDICATOR_SUM ||
                         indicator->kind == INDICATOR_RATIO || indicator->kind == INDICATOR_MEAN;
        if (indicator->is_public && by_county) {
            buf_add_cstr(&out, first ? "{\"id\":" : ",{\"id\":");
            buf_add_json(&out, indicator->id);
            buf_add_cstr(&out, ",\"name\":");
            buf_add_json(&out, indicator->name.zh);
            buf_add_cstr(&out, ",\"name_en\":");
            buf_add_json(&out, name_in(indicator->name, LANG_EN));
            buf_add_char(&out, '}');
            first = false;
        }
    }
    buf_add_cstr(&out, "]}\n");
    struct str bytes = arena_str(request_arena(request), buf_str(&out));
    buf_free(&out);
    reply_json(request, 200, bytes);
}

/* ---- /figure/ID/rows ---- */

struct rows_work {
    struct figures *figures;
    size_t index;
    struct viewer viewer;
    struct rows_ask ask;
    struct rows_view view;
    struct counted_row *rows;
    size_t n;
};

static bool read_rows(struct arena *arena, void *context, struct error *error)
{
    struct rows_work *work = context;
    return figures_rows(work->figures, arena, work->index, work->view.asked.as_of, &work->ask, &work->rows, &work->n,
                        error);
}

/* Names of things; of persons only the register's own page tells who they are, and keeps who looked. */
static void name_row(struct request *request, const struct rows_work *work, const struct counted_row *row,
                     struct shown_row *out)
{
    const struct kind *kind = &KIND_LIST[work->view.indicator->opens];
    struct as_of as_of = work->view.asked.as_of;
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct fact fact;
    struct error error;
    struct str code;
    bool found = false;
    *out = (struct shown_row){ .id = row->id, .amount = row->amount, .part = row->part };
    out->division = division_called(request, row->division, as_of);
    out->institution = institution_called(request, row->institution, as_of, &code);
    out->institution_href = thing_href(arena, KIND_INSTITUTION, code, &work->view.asked);
    struct str number = arena_printf(arena, "%lld", (long long)row->id);
    out->name = (struct name){ number, number };
    if (!kind->names_persons && db && facts_of_subject(db, arena, kind, row->id, as_of, &fact, &found, &error) &&
        found) {
        out->name = fact_name(kind, &fact);
        out->code = fact.code;
        out->href = thing_href(arena, kind->id, fact.code, &work->view.asked);
    }
}

static void show_rows(struct request *request, bool ok, const struct error *error, void *context)
{
    struct rows_work *work = context;
    if (!ok) {
        reply_not_counted(request, error);
        return;
    }
    struct rows_view *view = &work->view;
    size_t n = work->n > ROWS_A_PAGE ? ROWS_A_PAGE : work->n;
    view->rows = ARENA_ARRAY(request_arena(request), struct shown_row, n);
    for (size_t i = 0; i < n; i++) {
        name_row(request, work, &work->rows[i], &view->rows[i]);
    }
    view->n = n;
    view->next = work->n > n ? work->rows[n - 1].id : 0;
    reply_page(request, 200, figure_rows, view);
}

/* The rows that the viewer may see: those of a public figure that counts no persons and masks nothing are everybody's,
 * others are staff's, each within their scope. False: nothing is. */
static bool narrow(struct rows_work *work)
{
    const struct indicator *indicator = work->view.indicator;
    const struct viewer *viewer = &work->viewer;
    if (indicator_opens_to_all(indicator)) {
        return true;
    }
    if (viewer->staff && viewer->institution) {
        work->ask.institution = viewer->institution;
        return true;
    }
    if (!viewer->staff || !viewer->scope.n) {
        return false;
    }
    if (!str_starts(work->ask.scope, viewer->scope)) {
        if (work->ask.scope.n && !str_starts(viewer->scope, work->ask.scope)) {
            return false;
        }
        work->ask.scope = viewer->scope;
    }
    return true;
}

static void rows(struct request *request)
{
    struct rows_work *work = ARENA_NEW(request_arena(request), struct rows_work);
    work->figures = request_app(request)->figures;
    work->viewer = viewer_of(request);
    work->index = indicator_of(request, &work->viewer);
    if (work->index == SIZE_MAX || !asked_of(request, &work->view.asked)) {
        return;
    }
    struct rows_view *view = &work->view;
    if (!division_asked(request, &view->division)) {
        return;
    }
    view->set = figures_indicators(work->figures);
    view->indicator = &view->set->items[work->index];
    if (view->indicator->kind == INDICATOR_CHANGE) {
        reply_redirect_to(request, "/figure/%.*s/rows%.*s", STR_ARG(view->set->items[view->indicator->of].id),
                          STR_ARG(view->asked.query));
        return;
    }
    view->institution = request_query_int(request, "institution", 0);
    view->persons = KIND_LIST[view->indicator->opens].names_persons;
    view->has_part = view->indicator->kind == INDICATOR_RATIO || view->indicator->kind == INDICATOR_MEAN;
    work->ask = (struct rows_ask){ .scope = view->division,
                                   .institution = view->institution,
                                   .after = request_query_int(request, "after", 0),
                                   .most = ROWS_A_PAGE + 1,
                                   .in_turn = viewer_for(&work->viewer) == FIGURES_FOR_EVERYBODY };
    if (!narrow(work)) {
        reply_not_found(request);
        return;
    }
    request_work(request, read_rows, work, show_rows);
}

const struct route figures_routes[] = {
    { .method = "GET",
      .path = "/figures",
      .roles = WEB_PUBLIC,
      .handler = list,
      .answer = "page",
      .summary = T("全市数据", "The city in figures") },
    { .method = "GET",
      .path = "/figures/list.json",
      .roles = WEB_PUBLIC,
      .handler = list_json,
      .answer = "json",
      .flags = ROUTE_CACHE,
      .summary = T("可以分县显示的数据（供地图）", "Figures that can be shown by county (for the map)") },
    { .method = "GET",
      .path = "/figure/:id",
      .roles = WEB_PUBLIC,
      .handler = one,
      .answer = "page",
      .summary = T("一个数据：口径、历年、分县、分机构", "A figure: its scope, years, counties, institutions") },
    { .method = "GET",
      .path = "/figure/:id/rows",
      .roles = WEB_PUBLIC,
      .handler = rows,
      .answer = "page",
      .summary = T("数据的每一行", "The rows that a figure counts") },
    { .method = "GET",
      .path = "/figure/:id/export/:format",
      .roles = WEB_PUBLIC,
      .handler = export_file,
      .answer = "csv, xlsx, json",
      .summary = T("数据的表格文件", "A figure's tables as a file") },
};
const size_t figures_route_count = sizeof figures_routes / sizeof *figures_routes;
