/* See tables.h.
 *
 * Of a figure with small cells the public sees tables by place only for the ends of years and only as known now or when
 * something was published; what is hidden is found over all of these tables together (mask.h), so that comparing them
 * brings nothing out. Staff see the cells of their own scope as they are.
 */
#include "figures/pages/tables.h"

#include "base/buf.h"
#include "base/clock.h"
#include "figures/pages/grid.h"

enum { YEARS_SHOWN = 5, MOMENTS_MOST = 2, FILE_BYTES_MOST = 16 * 1024 * 1024 };

bool indicator_opens_to_all(const struct indicator *indicator)
{
    return indicator->is_public && indicator->mask == 0 && indicator->opens_something &&
           !KIND_LIST[indicator->opens].names_persons;
}

/* ---- what is to be counted ---- */

static int64_t years_before(int64_t day, int years)
{
    int year, month, date;
    day_parts(day, &year, &month, &date);
    return day_of(year - years, month, month == 2 && date == 29 ? 28 : date);
}

static void add_ask(struct tables_work *work, int64_t day, int64_t recorded)
{
    work->asks[work->n++] = (struct figures_ask){ .indicator = work->index, .as_of = { day, recorded } };
}

bool tables_ask(struct db *db, struct arena *arena, struct tables_work *work, struct error *error)
{
    struct as_of as_of = work->view.asked.as_of;
    const struct indicator *indicator = work->view.indicator;
    int64_t moments[MOMENTS_MOST + 1] = { MOMENT_OPEN };
    size_t nmoments = 1;
    work->asks = ARENA_ARRAY(arena, struct figures_ask, YEARS_SHOWN * (MOMENTS_MOST + 2));
    for (int i = 0; i < YEARS_SHOWN; i++) {
        add_ask(work, years_before(as_of.day, i), as_of.recorded);
    }
    work->nyears = work->n;
    work->offered = true;
    if (indicator->mask == 0 || work->view.viewer.city) {
        return true;
    }
    struct rows *rows =
        db_query(db, error,
                 "select v.recorded from publication_version v join publication_figure f on f.publication = "
                 "v.publication and f.version = v.version where f.indicator = ?1 group by v.recorded order by "
                 "v.recorded desc limit ?2",
                 V_TEXT(indicator->id), V_INT(MOMENTS_MOST));
    while (rows_next(rows)) {
        moments[nmoments++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    int year, month, date;
    day_parts(day_of_ms(clock_ms()), &year, &month, &date);
    bool day_offered = false, moment_offered = false;
    for (int i = 1; i <= YEARS_SHOWN; i++) {
        day_offered = day_offered || as_of.day == day_of(year - i, 12, 31);
        for (size_t k = 0; k < nmoments; k++) {
            add_ask(work, day_of(year - i, 12, 31), moments[k]);
            moment_offered = moment_offered || as_of.recorded == moments[k];
        }
    }
    work->offered = day_offered && moment_offered;
    return true;
}

bool tables_count(struct arena *arena, void *context, struct error *error)
{
    struct tables_work *work = context;
    return figures_many(work->figures, arena, work->asks, work->n, 0, viewer_for(&work->view.viewer), error);
}

/* ---- what is shown ---- */

static struct masked mask_of(struct arena *arena, const struct tables_work *work)
{
    struct masked masked;
    struct cells *tables = ARENA_ARRAY(arena, struct cells, work->n * 2);
    size_t n = 0;
    for (size_t i = 0; i < work->n; i++) {
        tables[n++] = work->asks[i].counted.now;
        if (work->view.indicator->kind == INDICATOR_CHANGE) {
            tables[n++] = work->asks[i].counted.before;
        }
    }
    mask_find(arena, work->view.set, work->view.indicator, tables, n, &masked);
    return masked;
}

/* The part of a staff member whose figure is not public; all others see the city's. */
static struct str scope_of_view(const struct figure_view *view)
{
    return view->indicator->is_public || view->viewer.city ? STR("") : view->viewer.scope;
}

static void fill_years(struct arena *arena, struct tables_work *work)
{
    struct figure_view *view = &work->view;
    view->years = ARENA_ARRAY(arena, struct year_row, work->nyears);
    for (size_t i = work->nyears; i-- > 0;) { /* the oldest first, as a line is read */
        const struct figures_ask *ask = &work->asks[i];
        struct figure figure = compute_figure(view->set, view->indicator, &ask->counted, scope_of_view(view),
                                              view->indicator->is_public ? 0 : view->viewer.institution);
        struct year_row *row = &view->years[view->nyears++];
        *row = (struct year_row){ .day = ask->as_of.day,
                                  .period = period_words(arena, view->indicator, ask->as_of.day),
                                  .sides = figure_sides_words(arena, &figure, view->divided),
                                  .value = figure_value_words(arena, view->indicator, &figure),
                                  .has_value = figure.state == FIGURE_IS };
        row->plain = row->has_value ? figure_number(arena, figure.value_e6, view->indicator->round, false) : STR("");
        if (i == 0) {
            view->figure = figure;
            view->value = row->value;
            view->sides = row->sides;
            view->period = row->period;
        }
    }
}

/* *row of a place; false: the viewer may not know of it. */
static bool fill_place(struct arena *arena, const struct tables_work *work, const struct masked *masked,
                       struct str division, int64_t institution, struct place_row *row)
{
    const struct figure_view *view = &work->view;
    const struct indicator *indicator = view->indicator;
    bool owns = viewer_owns(&view->viewer, division, institution);
    if (!indicator->is_public && !owns) {
        return false;
    }
    struct figure figure = compute_figure(view->set, indicator, &work->asks[0].counted, division, institution);
    *row = (struct place_row){ .division = division, .institution = institution };
    row->hidden =
        !owns && (institution ? mask_hides(masked, division, institution) : mask_hides_county(masked, division));
    if (!row->hidden) {
        row->value = figure_value_words(arena, indicator, &figure);
        row->sides = figure_sides_words(arena, &figure, view->divided);
        row->plain =
            figure.state == FIGURE_IS ? figure_number(arena, figure.value_e6, indicator->round, false) : STR("");
    }
    row->opens = indicator_opens_to_all(indicator) || (owns && indicator->opens_something);
    return true;
}

/* Institution 0 stands for those of no institution: its cell is left to the county's row. */
static void fill_places(struct arena *arena, struct tables_work *work, const struct masked *masked)
{
    struct figure_view *view = &work->view;
    const struct cells *cells = &work->asks[0].counted.now;
    int64_t first = (view->page - 1) * work->rows_a_page, at = 0;
    struct str county = STR("");
    view->counties = ARENA_ARRAY(arena, struct place_row, cells->n);
    view->institutions = ARENA_ARRAY(arena, struct place_row, cells->n);
    for (size_t i = 0; i < cells->n; i++) {
        const struct cell *cell = &cells->items[i];
        struct str division = str_of(cell->division), code = str_part(division, 0, COUNTY_CHARS);
        if (!str_eq(code, county)) {
            county = arena_str(arena, code);
            view->ncounties += fill_place(arena, work, masked, county, 0, &view->counties[view->ncounties]) ? 1 : 0;
        }
        if (cell->institution == 0 || !str_starts(division, view->county)) {
            continue;
        }
        struct place_row *row = &view->institutions[view->ninstitutions];
        if (at >= first && at < first + work->rows_a_page &&
            fill_place(arena, work, masked, arena_str(arena, division), cell->institution, row)) {
            view->ninstitutions++;
        }
        at++;
    }
    view->pages = (at + work->rows_a_page - 1) / work->rows_a_page;
}

static void hide_total(struct figure_view *view)
{
    struct name few = { STR("人数太少，不公布"), STR("too few persons to be shown") };
    view->total_hidden = true;
    view->value = few;
    view->sides = STR("");
    view->nyears = 0;
}

void tables_fill(struct arena *arena, struct tables_work *work)
{
    struct figure_view *view = &work->view;
    struct masked masked = mask_of(arena, work);
    bool open = view->viewer.city || view->indicator->mask == 0;
    view->divided = indicator_divides(view->set, view->indicator);
    view->unit = view->set->units[view->indicator->unit].name;
    view->page = view->page < 1 ? 1 : view->page > INT32_MAX ? INT32_MAX : view->page;
    fill_years(arena, work);
    view->may_open = indicator_opens_to_all(view->indicator) ||
                     ((view->viewer.scope.n || view->viewer.institution) && view->indicator->opens_something);
    view->has_hidden = !open && (masked.n > 0 || masked.all);
    view->no_places = !open && (!work->offered || masked.all);
    if (masked.total && !open) {
        hide_total(view);
    }
    if (!view->no_places || view->viewer.scope.n || view->viewer.institution) {
        if (view->no_places) {
            masked.all = true; /* of the others; the viewer's own cells are shown */
        }
        fill_places(arena, work, &masked);
    }
}

/* ---- files ---- */

/* The tables of the page one after another, as one table of a file. */
enum { FILE_COLUMNS = 5 };

static void add_line(struct grid *grid, struct str table, struct str code, struct str name, struct str value,
                     struct str sides)
{
    struct str *cells = grid->cells + grid->rows++ * FILE_COLUMNS;
    cells[0] = table;
    cells[1] = code;
    cells[2] = name;
    cells[3] = value;
    cells[4] = sides;
}

static struct grid grid_of(struct arena *arena, const struct tables_work *work, enum lang lang)
{
    static const struct text titles[FILE_COLUMNS] = { T("表", "table"), T("代码", "code"), T("名称", "name"),
                                                      T("数值", "value"),
                                                      T("分子与分母", "numerator and denominator") };
    const struct figure_view *view = &work->view;
    size_t most = view->nyears + view->ncounties + view->ninstitutions;
    struct grid grid = { .name = view->indicator->id,
                         .titles = ARENA_ARRAY(arena, struct str, FILE_COLUMNS),
                         .columns = FILE_COLUMNS,
                         .cells = ARENA_ARRAY(arena, struct str, most * FILE_COLUMNS),
                         .wide = 2 };
    grid.note = arena_printf(arena, "%.*s  %.*s  %.*s", STR_ARG(name_in(view->indicator->name, lang)),
                             STR_ARG(view->period), STR_ARG(name_in(view->indicator->scope, lang)));
    for (size_t i = 0; i < FILE_COLUMNS; i++) {
        grid.titles[i] = str_of(text_in(titles[i], lang));
    }
    for (size_t i = 0; i < view->nyears; i++) {
        const struct year_row *row = &view->years[i];
        add_line(&grid, str_of(text_in(T("年份", "year"), lang)), row->period, row->period, row->plain, row->sides);
    }
    for (size_t i = 0; i < view->ncounties + view->ninstitutions; i++) {
        bool is_county = i < view->ncounties;
        const struct place_row *row = is_county ? &view->counties[i] : &view->institutions[i - view->ncounties];
        struct text table = is_county ? T("县（市、区）", "county") : T("机构", "institution");
        add_line(&grid, str_of(text_in(table, lang)), row->division, name_in(row->name, lang),
                 row->hidden ? STR("*") : row->plain, row->hidden ? STR("*") : row->sides);
    }
    return grid;
}

struct str tables_csv(struct arena *arena, const struct tables_work *work, enum lang lang)
{
    struct grid grid = grid_of(arena, work, lang);
    return grid_csv(arena, &grid);
}

bool tables_xlsx(struct arena *arena, const struct tables_work *work, enum lang lang, struct str *bytes,
                 struct error *error)
{
    struct grid grid = grid_of(arena, work, lang);
    return grid_xlsx(arena, &grid, bytes, error);
}

struct str tables_json(struct arena *arena, const struct tables_work *work)
{
    const struct figure_view *view = &work->view;
    struct buf out = buf_init(FILE_BYTES_MOST);
    buf_add_cstr(&out, "{\"id\":");
    buf_add_json(&out, view->indicator->id);
    buf_add_cstr(&out, ",\"day\":");
    buf_add_json(&out, view->asked.day);
    buf_add_cstr(&out, ",\"unit\":");
    buf_add_json(&out, view->unit.zh);
    buf_add_cstr(&out, ",\"unit_en\":");
    buf_add_json(&out, name_in(view->unit, LANG_EN));
    buf_add_cstr(&out, ",\"counties\":[");
    for (size_t i = 0; i < view->ncounties; i++) {
        const struct place_row *row = &view->counties[i];
        buf_add_cstr(&out, i ? ",{\"division\":" : "{\"division\":");
        buf_add_json(&out, row->division);
        buf_add_cstr(&out, ",\"value\":");
        buf_add_json(&out, row->hidden ? STR("") : row->plain);
        buf_add_char(&out, '}');
    }
    buf_add_cstr(&out, "]}\n");
    struct str bytes = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return bytes;
}
