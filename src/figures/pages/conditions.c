/* Conditions of vocational schools: the list, one school with what would close its shortfall, the list as a file. */
#include "figures/pages/conditions.h"

#include "base/clock.h"
#include "casework/progress.h"
#include "figures/folder.h"
#include "figures/pages/grid.h"

#include "conditions.page.h"

enum { YEARS_SHOWN = 5, MORE_MOST = 100000 };

const struct text measure_labels[MEASURES] = {
    [MEASURE_LAND] = T("校园占地", "Land"),
    [MEASURE_FLOOR] = T("校舍建筑面积", "Floor area"),
    [MEASURE_TEACHERS] = T("专任教师", "Full-time teachers"),
    [MEASURE_EQUIPMENT] = T("仪器设备", "Equipment"),
    [MEASURE_BOOKS] = T("图书", "Books"),
};
const struct text measure_units[MEASURES] = {
    [MEASURE_LAND] = T("平方米", "m²"),       [MEASURE_FLOOR] = T("平方米", "m²"),
    [MEASURE_TEACHERS] = T("人", "teachers"), [MEASURE_EQUIPMENT] = T("元", "yuan"),
    [MEASURE_BOOKS] = T("册", "books"),
};

/* ---- words ---- */

enum colour judged_colour(enum judged judged)
{
    return judged == JUDGED_MET       ? COLOUR_GREEN
           : judged == JUDGED_NEARLY  ? COLOUR_YELLOW
           : judged == JUDGED_NOT_MET ? COLOUR_RED
                                      : COLOUR_GREY;
}

static struct str number(struct arena *arena, int64_t value)
{
    return figure_number(arena, value * 1000000, 0, true);
}

static struct name both(struct arena *arena, struct text format, struct str value)
{
    return (struct name){ arena_printf(arena, "%s%.*s%s", format.zh, STR_ARG(value), ""),
                          arena_printf(arena, "%s%.*s", format.en, STR_ARG(value)) };
}

struct name threshold_words(struct arena *arena, const struct threshold *threshold, size_t measure)
{
    if (threshold->asks != ASKS_SOMETHING) {
        return threshold->asks == ASKS_NOTHING ? (struct name){ STR("不作要求"), STR("nothing") }
                                               : (struct name){ STR("由省级确定"), STR("for the province to say") };
    }
    struct name least = both(arena, T("不少于 ", "at least "), number(arena, threshold->least));
    struct str per = number(arena, threshold->each);
    struct name each = measure == MEASURE_TEACHERS ? both(arena, T("生师比不超过 ", "students to each at most "), per)
                                                   : both(arena, T("生均不少于 ", "a student at least "), per);
    if (!threshold->each) {
        return least;
    }
    return !threshold->least ? each
                             : (struct name){ arena_printf(arena, "%.*s，%.*s", STR_ARG(least.zh), STR_ARG(each.zh)),
                                              arena_printf(arena, "%.*s; %.*s", STR_ARG(least.en), STR_ARG(each.en)) };
}

struct name closing_words(struct arena *arena, const struct measured *measured, size_t measure, int64_t students)
{
    static const struct text ways[MEASURES] = {
        [MEASURE_LAND] = T("增加用地", "more land: "),
        [MEASURE_FLOOR] = T("增加校舍", "more floor: "),
        [MEASURE_TEACHERS] = T("增加专任教师", "more teachers: "),
        [MEASURE_EQUIPMENT] = T("添置设备", "more equipment: "),
        [MEASURE_BOOKS] = T("添置图书", "more books: "),
    };
    struct name out = { STR(""), STR("") };
    if (!measured->shortfall) {
        return out;
    }
    struct str amount = number(arena, measured->shortfall);
    out.zh = arena_printf(arena, "%s %.*s %s", ways[measure].zh, STR_ARG(amount), measure_units[measure].zh);
    out.en = arena_printf(arena, "%s%.*s %s", ways[measure].en, STR_ARG(amount), measure_units[measure].en);
    if (measured->holds >= 0 && measured->holds < students) {
        struct str holds = number(arena, measured->holds);
        out.zh = arena_printf(arena, "%.*s；或在校生不超过 %.*s 人", STR_ARG(out.zh), STR_ARG(holds));
        out.en = arena_printf(arena, "%.*s; or at most %.*s students", STR_ARG(out.en), STR_ARG(holds));
    }
    return out;
}

struct name holds_words(struct arena *arena, const struct measured *measured)
{
    if (measured->judged > JUDGED_NOT_MET) {
        return (struct name){ STR("—"), STR("—") };
    }
    if (measured->holds < 0) {
        return (struct name){ STR("不足最低要求"), STR("below the least") };
    }
    return measured->holds == INT64_MAX ? (struct name){ STR("不限"), STR("any number") }
                                        : both(arena, T("", ""), number(arena, measured->holds));
}

/* ---- who sees what ---- */

static bool is_shown(const struct viewer *viewer, const struct standard *standard, struct condition_row *row)
{
    bool owns = viewer_owns(viewer, row->condition.division, row->condition.institution);
    row->detailed = owns || standard->shows == STANDARD_FIGURES;
    return owns || standard->shows != STANDARD_HIDDEN;
}

/* ---- /conditions ---- */

static bool fill_list(struct request *request, struct conditions_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct school_condition *list;
    size_t n = 0;
    view->standard = standards_on(request_app(request)->figures_folder->standards, view->asked.as_of.day);
    if (!view->standard) {
        return true;
    }
    if (!conditions_read(request_db(request), arena, view->asked.as_of, STR(""), 0, &list, &n, error)) {
        return false;
    }
    view->rows = ARENA_ARRAY(arena, struct condition_row, n);
    struct judgement *judgements = ARENA_ARRAY(arena, struct judgement, n);
    for (size_t i = 0; i < n; i++) {
        struct condition_row *row = &view->rows[view->n];
        *row = (struct condition_row){ list[i], standard_judge(view->standard, &list[i], 0), false };
        if (!is_shown(&view->viewer, view->standard, row)) {
            continue;
        }
        judgements[view->n++] = row->judgement;
        for (size_t m = 0; m < MEASURES && row->detailed; m++) {
            view->has_detailed = true;
            view->shortfall[m] += row->judgement.of[m].shortfall;
        }
    }
    view->compliance = standard_compliance(judgements, view->n);
    int64_t e6;
    if (view->compliance.judged &&
        compute_round((__int128)view->compliance.met * 100, view->compliance.judged, 2, &e6)) {
        view->share = figure_number(arena, e6, 2, false);
    }
    return true;
}

/* NULL: the reply was made. */
static struct conditions_view *list_of(struct request *request)
{
    struct conditions_view *view = ARENA_NEW(request_arena(request), struct conditions_view);
    struct error error;
    view->viewer = viewer_of(request);
    if (!asked_of(request, &view->asked) || !request_db(request)) {
        return NULL;
    }
    if (!fill_list(request, view, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (view->standard && view->standard->shows == STANDARD_HIDDEN && !view->viewer.staff) {
        reply_not_found(request);
        return NULL;
    }
    return view;
}

static void show_list(struct request *request)
{
    struct conditions_view *view = list_of(request);
    if (view) {
        reply_page(request, 200, conditions_page, view);
    }
}

static struct str *file_row(struct arena *arena, struct str *cell, const struct condition_row *row, enum lang lang)
{
    struct str none = STR("");
    *cell++ = name_in(row->condition.name, lang);
    *cell++ = row->condition.code;
    *cell++ = row->condition.reported ? str_of(text_in(standard_type_label(row->condition.type), lang)) : none;
    *cell++ = row->detailed && row->condition.reported ? arena_printf(arena, "%lld", (long long)row->condition.students)
                                                       : none;
    *cell++ = str_of(text_in(judged_words[row->judgement.overall], lang));
    for (size_t m = 0; m < MEASURES; m++) {
        const struct measured *measured = &row->judgement.of[m];
        bool amounts = row->detailed && measured->judged <= JUDGED_NOT_MET;
        *cell++ = str_of(text_in(judged_words[measured->judged], lang));
        *cell++ = amounts ? arena_printf(arena, "%lld", (long long)measured->has) : none;
        *cell++ = amounts ? arena_printf(arena, "%lld", (long long)measured->asked) : none;
        *cell++ = amounts ? arena_printf(arena, "%lld", (long long)measured->shortfall) : none;
    }
    return cell;
}

static void export_list(struct request *request)
{
    static const struct text heads[] = { T("学校", "School"), T("代码", "Code"), T("类型", "Type"),
                                         T("在校生", "Students"), T("结果", "Result") };
    static const struct text parts[] = { T("结果", "result"), T("现有", "has"), T("应有", "asked"),
                                         T("差额", "short") };
    enum { HEADS = 5, PARTS = 4, COLUMNS = HEADS + PARTS * MEASURES };
    struct conditions_view *view = list_of(request);
    struct arena *arena = request_arena(request);
    enum lang lang = request_lang(request);
    if (!view) {
        return;
    }
    struct grid grid = { .name = arena_printf(arena, "conditions-%.*s", STR_ARG(view->asked.day)),
                         .note = view->standard ? name_in(view->standard->name, lang) : STR(""),
                         .titles = ARENA_ARRAY(arena, struct str, COLUMNS),
                         .columns = COLUMNS,
                         .cells = ARENA_ARRAY(arena, struct str, view->n * COLUMNS),
                         .rows = view->n };
    for (size_t i = 0; i < HEADS; i++) {
        grid.titles[i] = str_of(text_in(heads[i], lang));
    }
    for (size_t i = 0; i < (size_t)PARTS * MEASURES; i++) {
        grid.titles[HEADS + i] =
            arena_printf(arena, "%s: %s", text_in(measure_labels[i / PARTS], lang), text_in(parts[i % PARTS], lang));
    }
    struct str *cell = grid.cells;
    for (size_t i = 0; i < view->n; i++) {
        cell = file_row(arena, cell, &view->rows[i], lang);
    }
    grid_reply(request, &grid, request_param(request, "format"));
}

/* ---- /conditions/CODE ---- */

static bool read_school(struct request *request, struct as_of as_of, int64_t institution, struct condition_row *row,
                        const struct standard *standard, bool *found, struct error *error)
{
    struct school_condition *list;
    size_t n = 0;
    if (!conditions_read(request_db(request), request_arena(request), as_of, STR(""), institution, &list, &n, error)) {
        return false;
    }
    *found = n > 0;
    if (n > 0) {
        row->condition = list[0];
        if (standard) {
            row->judgement = standard_judge(standard, &list[0], 0);
        }
    }
    return true;
}

static bool fill_years(struct request *request, struct condition_view *view, struct error *error)
{
    int year, month, date;
    day_parts(view->asked.as_of.day, &year, &month, &date);
    view->years = ARENA_ARRAY(request_arena(request), struct condition_year, YEARS_SHOWN);
    for (int i = YEARS_SHOWN - 1; i >= 0; i--) {
        struct condition_year *of = &view->years[view->nyears++];
        of->day = day_of(year - i, month, month == 2 && date == 29 && i ? 28 : date);
        const struct standard *standard = standards_on(request_app(request)->figures_folder->standards, of->day);
        of->has_standard = standard != NULL;
        if (!read_school(request, (struct as_of){ of->day, view->asked.as_of.recorded },
                         view->row.condition.institution, &of->row, standard, &of->is_there, error)) {
            return false;
        }
    }
    return true;
}

static bool fill_school(struct request *request, struct condition_view *view, bool *found, struct error *error)
{
    int64_t institution = 0;
    view->standard = standards_on(request_app(request)->figures_folder->standards, view->asked.as_of.day);
    if (!facts_subject_of(request_db(request), &KIND_LIST[KIND_INSTITUTION], request_param(request, "code"),
                          &institution, found, error)) {
        return false;
    }
    *found = *found && view->standard;
    if (!*found) {
        return true;
    }
    if (!read_school(request, view->asked.as_of, institution, &view->row, view->standard, found, error)) {
        return false;
    }
    *found = *found && is_shown(&view->viewer, view->standard, &view->row);
    return !*found || fill_years(request, view, error);
}

/* Measures as lines of plans name them; equipment in yuan there, in fen here. */
static bool fill_plans(struct request *request, struct condition_view *view, struct error *error)
{
    static const char *const words[MEASURES] = { "land_m2", "floor_m2", "teachers", "equipment_yuan", "books" };
    struct school_condition then = view->row.condition;
    for (size_t m = 0; m < MEASURES; m++) {
        if (!case_adds(request_db(request), STR(""), then.institution, str_of(words[m]), &view->adds[m],
                       &view->adds_by[m], error)) {
            return false;
        }
        view->has_plan = view->has_plan || view->adds[m];
        then.has[m] += view->adds[m] * (m == MEASURE_EQUIPMENT ? 100 : 1);
    }
    view->planned = standard_judge(view->standard, &then, 0);
    return true;
}

static void show_school(struct request *request)
{
    struct condition_view *view = ARENA_NEW(request_arena(request), struct condition_view);
    struct error error;
    bool found = false;
    view->viewer = viewer_of(request);
    if (!asked_of(request, &view->asked) || !request_db(request)) {
        return;
    }
    if (!fill_school(request, view, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    view->has_more =
        view->row.detailed && str_to_int(str_trim(request_query(request, "more")), -MORE_MOST, MORE_MOST, &view->more);
    view->then = standard_judge(view->standard, &view->row.condition, view->more);
    if (view->row.detailed && !fill_plans(request, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, condition_page, view);
}

const struct route conditions_routes[] = {
    { .method = "GET",
      .path = "/conditions",
      .roles = WEB_PUBLIC,
      .handler = show_list,
      .answer = "page",
      .summary = T("中职学校办学条件", "Conditions of vocational schools") },
    { .method = "GET",
      .path = "/conditions/export/:format",
      .roles = WEB_PUBLIC,
      .handler = export_list,
      .answer = "csv, xlsx",
      .summary = T("办学条件的表格文件", "Conditions as a file") },
    { .method = "GET",
      .path = "/conditions/:code",
      .roles = WEB_PUBLIC,
      .handler = show_school,
      .answer = "page",
      .summary =
          T("一所学校的办学条件、差额和补齐办法", "A school's conditions, its shortfall and what would close it") },
};
const size_t conditions_route_count = sizeof conditions_routes / sizeof *conditions_routes;
