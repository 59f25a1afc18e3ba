/* Plans in time: what is promised, milestone by milestone, as bars on one axis, in public. */
#include "casework/pages/timeline.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "registry/pages/desk.h"

#include "timeline.page.h"

enum { PAGE_ROWS = 25, MONTHS_A_YEAR = 12, WORDS_BYTES = 4096 };

static enum colour colour_of(enum plan_state state)
{
    static const enum colour colours[] = { [PLAN_KEPT] = COLOUR_GREEN,
                                           [PLAN_GIVEN_UP] = COLOUR_GREY,
                                           [PLAN_LATE] = COLOUR_RED,
                                           [PLAN_BEHIND] = COLOUR_YELLOW,
                                           [PLAN_ON_COURSE] = COLOUR_BLUE };
    return colours[state];
}

static int64_t on_axis(const struct timeline_view *view, int64_t day)
{
    int64_t whole = view->until - view->from;
    return day < view->from || day > view->until || whole <= 0 ? -1 : (day - view->from) * AXIS_WIDTH / whole;
}

/* Whole months around everything on the page. */
static void fill_axis(struct arena *arena, struct timeline_view *view)
{
    int year, month, day;
    for (size_t i = 0; i < view->n; i++) {
        const struct case_progress *p = &view->rows[i].progress;
        view->from = !view->from || (p->from && p->from < view->from) ? p->from : view->from;
        view->until = p->until > view->until ? p->until : view->until;
    }
    if (!view->from || view->until <= view->from) {
        return;
    }
    day_parts(view->from, &year, &month, &day);
    view->from = day_of(year, month, 1);
    view->months = ARENA_ARRAY(arena, struct timeline_month, MONTHS_MOST);
    int64_t at = view->from;
    while (at <= view->until && view->nmonths < MONTHS_MOST) {
        view->months[view->nmonths++] = (struct timeline_month){ at, STR("") };
        month = month == MONTHS_A_YEAR ? 1 : month + 1;
        year += month == 1;
        at = day_of(year, month, 1);
    }
    view->until = at > view->until ? at : view->until;
    for (size_t i = 0; i < view->nmonths; i++) {
        view->months[i].at = on_axis(view, view->months[i].at);
    }
    view->now = on_axis(view, view->today);
}

static void fill_bars(struct arena *arena, enum lang lang, const struct timeline_view *view, struct timeline_row *row)
{
    struct buf words = buf_init(WORDS_BYTES);
    const struct case_progress *p = &row->progress;
    row->bars = ARENA_ARRAY(arena, struct timeline_bar, p->nlines + 1);
    for (size_t i = 0; i < p->nlines; i++) {
        const struct case_line *line = &p->lines[i];
        int64_t end = line->done ? line->done : line->due;
        int64_t from = on_axis(view, line->from_day),
                until = on_axis(view, end > line->from_day ? end : line->from_day);
        const char *look = line->done ? "plan-done" : line->due < view->today ? "plan-missed" : "plan-open";
        buf_printf(&words, lang == LANG_EN ? "%.*s %.*s to %.*s, %s; " : "%.*s %.*s 至 %.*s，%s；", STR_ARG(line->name),
                   STR_ARG(day_format(arena, line->from_day)), STR_ARG(day_format(arena, end)),
                   line->done                ? (lang == LANG_EN ? "done" : "已完成")
                   : line->due < view->today ? (lang == LANG_EN ? "missed" : "过期没完成")
                                             : (lang == LANG_EN ? "open" : "进行中"));
        if (from >= 0 && until >= 0) {
            row->bars[row->nbars++] = (struct timeline_bar){ from, until - from > 4 ? until - from : 4, look };
        }
    }
    row->words = arena_str(arena, buf_str(&words));
    buf_free(&words);
    row->due = p->promised ? on_axis(view, p->promised) : -1;
    row->colour = colour_of(p->state);
}

static enum case_state state_of(struct str word)
{
    static const struct {
        const char *word;
        enum case_state state;
    } words[] = { { "open", CASE_OPEN }, { "behind", CASE_BEHIND }, { "late", CASE_LATE }, { "closed", CASE_CLOSED } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(word, words[i].word)) {
            return words[i].state;
        }
    }
    return CASE_ANY;
}

static bool fill_totals(struct db *db, struct case_ask ask, struct timeline_view *view, struct error *error)
{
    const struct {
        enum case_state state;
        int64_t *n;
    } counts[] = { { ask.state, &view->total },
                   { CASE_LATE, &view->late },
                   { CASE_BEHIND, &view->behind },
                   { CASE_CLOSED, &view->closed } };
    if (!case_money(db, &ask, &view->planned_fen, &view->spent_fen, error)) {
        return false;
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ask.state = counts[i].state;
        if (!case_count(db, &ask, counts[i].n, error)) {
            return false;
        }
    }
    view->pages = (view->total + PAGE_ROWS - 1) / PAGE_ROWS;
    return true;
}

static void fill_counties(struct arena *arena, const struct city *city, struct timeline_view *view)
{
    view->counties = ARENA_ARRAY(arena, struct option, city->ndivisions + 1);
    view->counties[view->ncounties++] = (struct option){ "", T("全市", "The whole city"), T("", "") };
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *d = &city->divisions[i];
        if (d->level == DIVISION_COUNTY) {
            view->counties[view->ncounties++] =
                (struct option){ arena_cstr(arena, d->code),
                                 { arena_cstr(arena, d->name.zh), arena_cstr(arena, name_in(d->name, LANG_EN)) },
                                 T("", "") };
        }
    }
}

static bool known_county(const struct timeline_view *view, struct str code)
{
    for (size_t i = 0; i < view->ncounties; i++) {
        if (str_is(code, view->counties[i].value)) {
            return true;
        }
    }
    return false;
}

static void show_timeline(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct db *db = request_db(request);
    struct timeline_view *view = ARENA_NEW(arena, struct timeline_view);
    struct case_row *rows;
    struct error error;
    *view = (struct timeline_view){ .kind = city_case(city, request_param(request, "kind")),
                                    .page = request_query_int(request, "page", 1),
                                    .county = request_query(request, "county"),
                                    .state = request_query(request, "state"),
                                    .text = str_part(str_trim(request_query(request, "q")), 0, 100),
                                    .today = day_of_ms(clock_ms()),
                                    .now = -1 };
    if (!db) {
        return;
    }
    if (!view->kind || !view->kind->public || !view->kind->lines) {
        reply_not_found(request);
        return;
    }
    fill_counties(arena, city, view);
    view->page = view->page > 0 && view->page < 100000 ? view->page : 1;
    view->county = known_county(view, view->county) ? view->county : STR("");
    view->text = str_is_utf8(view->text) ? view->text : STR("");
    struct case_ask ask = { .city = city,
                            .kind = view->kind->id,
                            .division = view->county,
                            .text = view->text,
                            .state = state_of(view->state),
                            .today = view->today,
                            .order = CASE_OPEN_FIRST,
                            .skip = (view->page - 1) * PAGE_ROWS,
                            .most = PAGE_ROWS };
    if (!fill_totals(db, ask, view, &error) || !case_list(db, arena, &ask, &rows, &view->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->rows = ARENA_ARRAY(arena, struct timeline_row, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        view->rows[i] = (struct timeline_row){ .row = rows[i], .title = case_title(&rows[i]), .due = -1 };
        if (!case_progress_of(db, arena, &rows[i], view->today, &view->rows[i].progress, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    fill_axis(arena, view);
    for (size_t i = 0; i < view->n; i++) {
        fill_bars(arena, request_lang(request), view, &view->rows[i]);
    }
    view->more =
        arena_printf(arena, "/public/timeline/%.*s?county=%.*s&state=%.*s&q=%.*s&page=", STR_ARG(view->kind->id),
                     STR_ARG(view->county), STR_ARG(ask.state == CASE_ANY ? STR("") : view->state),
                     STR_ARG(desk_encode(arena, view->text)));
    reply_page(request, 200, timeline_page, view);
}

const struct route timeline_routes[] = {
    { .method = "GET",
      .path = "/public/timeline/:kind",
      .roles = WEB_PUBLIC,
      .handler = show_timeline,
      .answer = "page",
      .summary = T("承诺和项目的进程", "Promises and projects in time") },
};
const size_t timeline_route_count = sizeof timeline_routes / sizeof *timeline_routes;
