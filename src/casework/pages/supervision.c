/* Who is without an inspector; who the inspectors are; an inspector's own page with plan and assessment. */
#include "casework/pages/supervision.h"

#include "base/clock.h"
#include "city/workdays.h"

#include "supervision.page.h"

#include <stdlib.h>

const enum lack lacks_listed[3] = { LACK_NEVER, LACK_ENDED, LACK_LEFT };

/* ---- Who looks ---- */

struct name division_name(const struct city *city, struct str code)
{
    const struct division *division = city_division(city, code);
    if (!division && code.n == 4 && str_starts(city->code, code)) {
        return city->name;
    }
    return division ? division->name : (struct name){ code, code };
}

int64_t asked_month(struct request *request, const char *name, int64_t otherwise)
{
    int64_t month;
    return month_parse(str_trim(request_query(request, name)), &month) ? month : otherwise;
}

static unsigned desks_of(unsigned roles)
{
    return (roles & ROLE_CITY ? DESK_CITY : 0u) | (roles & ROLE_COUNTY_OFFICER ? DESK_COUNTY : 0u) |
           (roles & ROLE_INSPECTOR ? DESK_INSPECTOR : 0u);
}

struct supervisor *supervisor_of(struct request *request)
{
    struct supervisor *s = ARENA_NEW(request_arena(request), struct supervisor);
    const struct session *session = request_session(request);
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    if (!db) {
        return NULL;
    }
    *s = (struct supervisor){ .app = request_app(request),
                              .city = request_app(request)->city,
                              .arena = request_arena(request),
                              .lang = request_lang(request),
                              .leads = (session->roles & SUPERVISION_LEADS) != 0,
                              .of_city = session_scope(session).n == 4,
                              .today = day_of_ms(clock_ms()) };
    s->as_of = (struct as_of){ s->today, MOMENT_OPEN };
    s->scope = arena_str(s->arena, session_scope(session));
    s->staff = STR("");
    if (!db_one_text(db, &error, s->arena, &s->staff, &found, "select staff from account where id = ?1",
                     V_INT(session->account))) {
        reply_failed(request, &error);
        return NULL;
    }
    struct str asked = str_trim(request_query(request, "division"));
    bool within = city_division(s->city, asked) && str_starts(asked, s->scope) && s->scope.n;
    s->division = within ? asked : s->scope;
    s->who = (struct case_who){ .account = session->account,
                                .role = accounts_role_name(session->roles, SUPERVISION_READS | ROLE_INSPECTOR),
                                .desks = desks_of(session->roles),
                                .scope = s->scope,
                                .staff = s->staff };
    return s;
}

struct option *supervised_counties(const struct supervisor *s, bool with_all, size_t *n)
{
    struct option *options = ARENA_ARRAY(s->arena, struct option, s->city->ndivisions + 1);
    *n = 0;
    if (with_all && s->of_city) {
        options[(*n)++] = (struct option){ "", T("全市", "The whole city"), T("", "") };
    }
    for (size_t i = 0; i < s->city->ndivisions; i++) {
        const struct division *division = &s->city->divisions[i];
        if (division->level == DIVISION_COUNTY && str_starts(division->code, s->scope)) {
            struct text label = { arena_cstr(s->arena, division->name.zh),
                                  arena_cstr(s->arena, name_in(division->name, LANG_EN)) };
            options[(*n)++] = (struct option){ arena_cstr(s->arena, division->code), label, T("", "") };
        }
    }
    return options;
}

/* ---- /supervision ---- */

static struct county_row *county_row_of(struct coverage_view *view, struct str division)
{
    for (size_t i = 0; i < view->ncounties; i++) {
        if (str_starts(division, view->counties[i].code)) {
            return &view->counties[i];
        }
    }
    return NULL;
}

static void list_counties(struct coverage_view *view)
{
    struct supervisor *s = view->s;
    view->counties = ARENA_ARRAY(s->arena, struct county_row, s->city->ndivisions);
    for (size_t i = 0; i < s->city->ndivisions; i++) {
        const struct division *division = &s->city->divisions[i];
        if (division->level == DIVISION_COUNTY && str_starts(division->code, s->division)) {
            view->counties[view->ncounties++] = (struct county_row){ .code = division->code, .name = division->name };
        }
    }
}

static bool count_schools(struct db *db, struct coverage_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct supervised *schools;
    struct inspector *inspectors;
    size_t n = 0, ninspectors = 0;
    if (!supervision_coverage(db, s->arena, s->division, s->as_of, &schools, &n, error) ||
        !supervision_inspectors(db, s->arena, s->division, s->as_of, &inspectors, &ninspectors, error)) {
        return false;
    }
    view->lacking = ARENA_ARRAY(s->arena, struct lacking_row, n);
    for (size_t i = 0; i < n; i++) {
        struct county_row *row = county_row_of(view, schools[i].division);
        if (!row) {
            continue;
        }
        row->schools++;
        row->with += schools[i].lack == LACK_NONE;
        row->lacks[schools[i].lack]++;
        if (schools[i].lack != LACK_NONE) {
            view->lacking[view->nlacking++] = (struct lacking_row){ schools[i], row->name };
        }
    }
    for (size_t i = 0; i < ninspectors; i++) {
        struct county_row *row = county_row_of(view, inspectors[i].division);
        if (row) {
            row->inspectors++;
        }
    }
    return true;
}

static bool count_cases(struct db *db, struct coverage_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct supervision_ask ask = {
        .scope = s->division, .from_month = view->month, .until_month = view->month, .by = BY_COUNTY, .today = s->today
    };
    struct supervision_row *rows;
    size_t n = 0;
    for (int year = 0; year < 2; year++) {
        ask.from_month = year ? view->month - 11 : view->month;
        if (!supervision_report(db, s->arena, &ask, &rows, &n, error)) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            struct county_row *row = county_row_of(view, rows[i].key);
            if (row) {
                *(year ? &row->year : &row->month) = rows[i].numbers;
            }
        }
    }
    return true;
}

static void add_up(struct coverage_view *view)
{
    struct county_row *total = &view->total;
    for (size_t i = 0; i < view->ncounties; i++) {
        const struct county_row *row = &view->counties[i];
        total->schools += row->schools;
        total->with += row->with;
        total->inspectors += row->inspectors;
        for (int lack = 0; lack < LACKS; lack++) {
            total->lacks[lack] += row->lacks[lack];
        }
        supervision_add(&total->month, &row->month);
        supervision_add(&total->year, &row->year);
    }
}

static void show_coverage(struct request *request)
{
    struct coverage_view *view = ARENA_NEW(request_arena(request), struct coverage_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    view->month = asked_month(request, "month", month_of_day(view->s->today));
    list_counties(view);
    if (!count_schools(request_db(request), view, &error) || !count_cases(request_db(request), view, &error)) {
        reply_failed(request, &error);
        return;
    }
    add_up(view);
    view->options = supervised_counties(view->s, true, &view->noptions);
    reply_page(request, 200, supervision_coverage_page, view);
}

/* ---- /supervision/inspectors ---- */

static int by_staff(const void *a, const void *b)
{
    return str_cmp(((const struct supervised *)a)->staff, ((const struct supervised *)b)->staff);
}

/* Gives each inspector the schools that the charges name: both in the order of codes. */
static void share_schools(struct inspectors_view *view, struct supervised *schools, size_t n)
{
    size_t at = 0;
    if (n) {
        qsort(schools, n, sizeof *schools, by_staff);
    }
    for (size_t i = 0; i < view->n; i++) {
        struct inspector_row *row = &view->rows[i];
        while (at < n && str_cmp(schools[at].staff, row->inspector.staff) < 0) {
            at++;
        }
        row->schools = schools + at;
        while (at < n && str_eq(schools[at].staff, row->inspector.staff)) {
            at++;
            row->nschools++;
        }
        view->over += row->nschools > SUPERVISION_USUAL;
    }
}

static bool fill_inspectors(struct db *db, struct inspectors_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct inspector *inspectors;
    struct supervised *schools;
    struct zone *zones;
    size_t n = 0, covered = 0, nzones = 0;
    if (!supervision_inspectors(db, s->arena, s->division, s->as_of, &inspectors, &view->n, error) ||
        !supervision_coverage(db, s->arena, s->division, s->as_of, &schools, &n, error) ||
        !supervision_zones(db, s->arena, s->division, &zones, &nzones, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (schools[i].lack == LACK_NONE) {
            schools[covered++] = schools[i];
        }
    }
    view->rows = ARENA_ARRAY(s->arena, struct inspector_row, view->n);
    for (size_t i = 0; i < view->n; i++) {
        view->rows[i].inspector = inspectors[i];
        if (!facts_person_name(db, s->arena, s->app->vault, inspectors[i].person, &view->rows[i].name, error)) {
            return false;
        }
        for (size_t z = 0; z < nzones; z++) {
            if (zones[z].id == inspectors[i].zone) {
                view->rows[i].zone = zones[z].name;
            }
        }
    }
    share_schools(view, schools, covered);
    return true;
}

static void show_inspectors(struct request *request)
{
    struct inspectors_view *view = ARENA_NEW(request_arena(request), struct inspectors_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    if (view->s->division.n == 4) { /* a city has hundreds: one county at a time */
        size_t n;
        struct option *counties = supervised_counties(view->s, false, &n);
        view->s->division = n ? str_of(counties[0].value) : view->s->division;
    }
    if (!fill_inspectors(request_db(request), view, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->options = supervised_counties(view->s, false, &view->noptions);
    reply_page(request, 200, supervision_inspectors_page, view);
}

/* ---- /supervision/inspector/:staff ---- */

static bool find_inspector(struct request *request, struct str staff, struct inspector *out, bool *found,
                           struct error *error)
{
    struct inspector *list;
    size_t n = 0;
    int64_t today = day_of_ms(clock_ms());
    *found = false;
    if (!supervision_inspectors(request_db(request), request_arena(request), STR(""),
                                (struct as_of){ today, MOMENT_OPEN }, &list, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n && !*found; i++) {
        if (str_eq(list[i].staff, staff)) {
            *out = list[i];
            *found = true;
        }
    }
    return true;
}

static enum scope_result scope_of_inspector(struct request *request, struct subject *subject)
{
    struct inspector inspector;
    struct error error;
    bool found = false;
    if (!request_db(request) || !find_inspector(request, request_param(request, "staff"), &inspector, &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = inspector.division;
    return SCOPE_OK;
}

static int by_day(const void *a, const void *b)
{
    const struct planned_visit *one = a, *other = b;
    return one->day != other->day ? (one->day < other->day ? -1 : 1) : str_cmp(one->visit.code, other->visit.code);
}

static const struct supervised *school_of(const struct inspector_view *view, int64_t institution)
{
    for (size_t i = 0; i < view->nschools; i++) {
        if (view->schools[i].institution == institution) {
            return &view->schools[i];
        }
    }
    return NULL;
}

/* The act of a planned visit that answers its checklist. */
static const struct case_act *hand_in_of(const struct city *city)
{
    const struct case_kind *visit = city_case(city, STR("visit"));
    for (size_t i = 0; visit && visit->nstages && i < visit->stages[0].nacts; i++) {
        if (visit->stages[0].acts[i].needs_checklist) {
            return &visit->stages[0].acts[i];
        }
    }
    return NULL;
}

static void lay_plan(struct inspector_view *view, const struct supervision_case *visits, size_t n)
{
    const struct supervised *before = NULL;
    view->plan = ARENA_ARRAY(view->s->arena, struct planned_visit, n);
    view->hand_in = hand_in_of(view->s->city);
    for (size_t i = 0; i < n; i++) {
        struct planned_visit *one = &view->plan[view->nplan++];
        *one = (struct planned_visit){ .visit = visits[i], .day = visits[i].due, .metres = -1 };
        (void)day_parse(visits[i].planned, &one->day);
        one->done = visits[i].closed_at && !visits[i].failed;
        one->late = !visits[i].closed_at && visits[i].due && visits[i].due < view->s->today;
    }
    if (n) {
        qsort(view->plan, n, sizeof *view->plan, by_day);
    }
    for (size_t i = 0; i < n; i++) {
        const struct supervised *school = school_of(view, view->plan[i].visit.institution);
        if (before && school && before->lat_e6 && school->lat_e6) {
            view->plan[i].metres = supervision_metres(before->lon_e6, before->lat_e6, school->lon_e6, school->lat_e6);
            view->metres += view->plan[i].metres;
        }
        before = school;
    }
}

static bool read_schools(struct db *db, struct inspector_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct supervised *list;
    size_t n = 0;
    if (!supervision_coverage(db, s->arena, view->inspector.division, s->as_of, &list, &n, error)) {
        return false;
    }
    view->schools = ARENA_ARRAY(s->arena, struct supervised, n);
    for (size_t i = 0; i < n; i++) {
        if (list[i].lack == LACK_NONE && str_eq(list[i].staff, view->inspector.staff)) {
            view->schools[view->nschools++] = list[i];
        }
    }
    return true;
}

static bool read_conflicts(struct db *db, struct inspector_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct conflict *list;
    size_t n = 0;
    if (!supervision_conflicts(db, s->arena, view->inspector.division, s->today, &list, &n, error)) {
        return false;
    }
    view->conflicts = ARENA_ARRAY(s->arena, struct conflict, n);
    view->conflict_names = ARENA_ARRAY(s->arena, struct name, n);
    for (size_t i = 0; i < n; i++) {
        if (!str_eq(list[i].staff, view->inspector.staff)) {
            continue;
        }
        struct rows *rows =
            db_query(db, error, "select name_zh, name_en from institution where id = ?1", V_INT(list[i].institution));
        if (rows_next(rows)) {
            view->conflict_names[view->nconflicts] =
                (struct name){ rows_text_in(rows, 0, s->arena), rows_text_in(rows, 1, s->arena) };
        }
        if (!rows_end(rows, error)) {
            return false;
        }
        view->conflicts[view->nconflicts++] = list[i];
    }
    return true;
}

/* Is the case one of those that the number counts? */
static bool is_shown(const struct inspector_view *view, const struct supervision_case *one)
{
    int64_t after = one->due ? day_start_ms(one->due + 1) : INT64_MAX;
    bool in_time = one->closed_at && !one->failed && one->closed_at < after;
    bool open = !one->closed_at, late = open && one->due && one->due < view->s->today;
    return str_is(view->show, "planned") || str_is(view->show, "findings") ||
           (str_is(view->show, "done") && one->closed_at && !one->failed) ||
           (str_is(view->show, "in-time") && in_time) || (str_is(view->show, "open") && open) ||
           (str_is(view->show, "late") && late) || (str_is(view->show, "repeat") && one->repeat) ||
           (str_is(view->show, "mended") && one->closed_at && !one->failed);
}

static bool read_shown(struct db *db, struct inspector_view *view, const struct supervision_ask *ask,
                       struct error *error)
{
    bool visits = str_is(view->show, "planned") || str_is(view->show, "done") || str_is(view->show, "in-time");
    struct supervision_case *list;
    size_t n = 0;
    if (!view->show.n) {
        return true;
    }
    if (!supervision_cases(db, view->s->arena, ask, visits ? "visit" : "rectification", SUPERVISION_SHOWN, &list, &n,
                           error)) {
        return false;
    }
    view->cases = ARENA_ARRAY(view->s->arena, struct supervision_case, n);
    for (size_t i = 0; i < n; i++) {
        if (is_shown(view, &list[i])) {
            view->cases[view->ncases++] = list[i];
        }
    }
    return true;
}

static bool fill_inspector(struct request *request, struct inspector_view *view, struct error *error)
{
    struct db *db = request_db(request);
    struct supervisor *s = view->s;
    struct supervision_ask ask = { .scope = STR(""),
                                   .staff = view->inspector.staff,
                                   .from_month = view->month,
                                   .until_month = view->month,
                                   .today = s->today };
    struct supervision_case *visits;
    size_t n = 0;
    if (!facts_person_name(db, s->arena, s->app->vault, view->inspector.person, &view->name, error) ||
        !read_schools(db, view, error) || !read_conflicts(db, view, error) ||
        !supervision_cases(db, s->arena, &ask, "visit", SUPERVISION_SHOWN, &visits, &n, error)) {
        return false;
    }
    lay_plan(view, visits, n);
    ask.from_month = view->year * 12;
    ask.until_month = view->year * 12 + 11;
    return supervision_assessment(db, s->arena, view->inspector.staff, ask.from_month, ask.until_month, s->today,
                                  &view->assessment, error) &&
           read_shown(db, view, &ask, error);
}

static void show_inspector(struct request *request)
{
    struct inspector_view *view = ARENA_NEW(request_arena(request), struct inspector_view);
    struct error error;
    bool found = false;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    if (!find_inspector(request, request_param(request, "staff"), &view->inspector, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->own = str_eq(view->s->staff, view->inspector.staff);
    if (!found || (!view->own && !request_has_role(request, SUPERVISION_READS))) {
        reply_not_found(request); /* a colleague's page is the county's */
        return;
    }
    int year, month, date;
    day_parts(view->s->today, &year, &month, &date);
    view->month = asked_month(request, "month", month_of_day(view->s->today));
    view->year = request_query_int(request, "year", year);
    view->year = view->year < 1990 || view->year > 2200 ? year : view->year;
    view->show = str_trim(request_query(request, "show"));
    view->self = arena_printf(view->s->arena, "/supervision/inspector/%.*s", STR_ARG(view->inspector.staff));
    if (!fill_inspector(request, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, supervision_inspector_page, view);
}

static void go_to_mine(struct request *request)
{
    struct supervisor *s = supervisor_of(request);
    if (!s) {
        return;
    }
    if (!s->staff.n) {
        reply_not_found(request);
        return;
    }
    reply_redirect_to(request, "/supervision/inspector/%.*s", STR_ARG(s->staff));
}

const struct route supervision_routes[] = {
    { .method = "GET",
      .path = "/supervision",
      .roles = SUPERVISION_READS,
      .handler = show_coverage,
      .answer = "page",
      .summary = T("督导：挂牌覆盖、入校督导和整改", "Supervision: who has an inspector, visits, findings") },
    { .method = "GET",
      .path = "/supervision/inspectors",
      .roles = SUPERVISION_READS,
      .handler = show_inspectors,
      .answer = "page",
      .summary = T("责任督学和所负责的学校", "Inspectors and their schools") },
    { .method = "GET",
      .path = "/supervision/mine",
      .roles = ROLE_INSPECTOR,
      .handler = go_to_mine,
      .answer = "redirect",
      .summary = T("我的督导", "An inspector's own page") },
    { .method = "GET",
      .path = "/supervision/inspector/:staff",
      .roles = SUPERVISION_READS | ROLE_INSPECTOR,
      .scope = scope_of_inspector,
      .handler = show_inspector,
      .answer = "page",
      .summary = T("一名责任督学：计划、学校、年度考核", "An inspector: plan, schools, the year's assessment") },
};
const size_t supervision_route_count = sizeof supervision_routes / sizeof *supervision_routes;
