/* What counties and the city do about supervision: who gets the schools without an inspector, the themes of the months,
 * the reports. */
#include "casework/pages/supervision.h"

#include "base/clock.h"
#include "print/print.h"

#include "supervision.page.h"
#include "supervision_lead.page.h"

#include <stdlib.h>

/* ---- /supervision/assign ---- */

static const struct field assign_fields[] = {
    { .name = "division", .kind = FIELD_HIDDEN, .required = true, .max = 12, .label = T("县（市、区）", "County") },
    { .name = "pair", .kind = FIELD_LIST, .max = SUPERVISION_SHOWN, .label = T("采用的学校和督学", "Pairs to take") },
    { .name = "note",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("说明", "Why"),
      .hint = T("例如：补足新学年责任督学", "For example: inspectors for the new school year") },
    { .name = "document",
      .kind = FIELD_TEXT,
      .max = 100,
      .label = T("文件（可不填）", "Paper (may be left empty)"),
      .hint = T("任命文件的文号或名称", "Number or name of the paper that appoints them") },
};
static const struct form assign_form = FORM(assign_fields);

static const struct field interest_fields[] = {
    { .name = "staff", .kind = FIELD_TEXT, .required = true, .max = 40, .label = T("督学代码", "Inspector's code") },
    { .name = "institution", .kind = FIELD_TEXT, .required = true, .max = 20, .label = T("学校代码", "School's code") },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("原因", "Why"),
      .hint = T("例如：配偶在该校任教", "For example: the spouse teaches there") },
    { .name = "from", .kind = FIELD_DATE, .required = true, .label = T("从哪天起", "From which day") },
};
static const struct form interest_form = FORM(interest_fields);

static struct str inspector_called(struct db *db, const struct supervisor *s, const struct inspector *list, size_t n,
                                   struct str staff)
{
    struct error error;
    struct str name = staff;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i].staff, staff)) {
            return facts_person_name(db, s->arena, s->app->vault, list[i].person, &name, &error) ? name : staff;
        }
    }
    return staff;
}

static bool fill_proposal(struct db *db, struct assign_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct inspector *inspectors;
    size_t n = 0;
    if (!supervision_propose(db, s->arena, view->county, s->as_of, &view->list, &view->n, error) ||
        !supervision_inspectors(db, s->arena, view->county, s->as_of, &inspectors, &n, error)) {
        return false;
    }
    view->names = ARENA_ARRAY(s->arena, struct str, view->n);
    for (size_t i = 0; i < view->n; i++) {
        view->names[i] = inspector_called(db, s, inspectors, n, view->list[i].staff);
        view->given += view->list[i].staff.n > 0;
    }
    return true;
}

static void use_assign_form(struct request *request, const struct assign_view *view)
{
    form_use(request, &assign_form);
    form_set(request, "division", view->county);
    for (size_t i = 0; i < view->n; i++) {
        const struct assignment *one = &view->list[i];
        if (one->staff.n) {
            form_add(request, "pair",
                     arena_printf(view->s->arena, "%lld:%.*s", (long long)one->institution, STR_ARG(one->staff)));
        }
    }
}

static void show_assign_of(struct request *request, struct str county)
{
    struct assign_view *view = ARENA_NEW(request_arena(request), struct assign_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    view->options = supervised_counties(view->s, false, &view->noptions);
    view->county = county.n && str_starts(county, view->s->scope) ? county : view->s->division;
    if (view->county.n < 6 && view->noptions) {
        view->county = str_of(view->options[0].value);
    }
    view->may_apply = view->s->leads;
    if (!fill_proposal(request_db(request), view, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!request_is_post(request)) {
        use_assign_form(request, view);
    }
    reply_page(request, request_is_post(request) ? 422 : 200, supervision_assign_page, view);
}

static void show_assign(struct request *request)
{
    show_assign_of(request, STR(""));
}

static void assigned(struct request *request, bool ok, const struct error *error, void *context)
{
    struct assign_do *assign = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (assign->result == CHANGE_OK) {
        reply_notice(request, assign->confirmed ? "register-confirmed" : "register-proposed");
        reply_redirect_to(request, "/register/changes/%lld", (long long)assign->change);
    } else if (assign->result == CHANGE_NOT_YOURS) {
        reply_forbidden(request);
    } else {
        form_error(request, NULL,
                   assign->conflict    ? T("有督学应当回避，或学校已经太多，请重新核对方案。",
                                           "An inspector must not have one of these, or would have too many: look again.")
                   : assign->overtaken ? T("有学校刚刚有了督学，下面是最新的方案。",
                                           "One of the schools has an inspector by now: this is the newest proposal.")
                                       : T("请至少选一所学校。", "Choose one school at least."));
        show_assign_of(request, assign->division);
    }
}

/* "INSTITUTION:STAFF" */
static bool pair_of(struct str text, struct assignment *out)
{
    struct str number;
    return str_split(&text, ':', &number) && text.n && str_to_int(number, 1, INT64_MAX, &out->institution) &&
           (out->staff = text, true);
}

static void assign(struct request *request)
{
    struct supervisor *s = supervisor_of(request);
    if (!s) {
        return;
    }
    if (!form_ok(request)) {
        show_assign_of(request, form_value(request, "division"));
        return;
    }
    size_t n = 0;
    const struct str *pairs = form_values(request, "pair", &n);
    struct assign_do *input = ARENA_NEW(s->arena, struct assign_do);
    *input = (struct assign_do){ .who = { .account = s->who.account,
                                          .level = s->of_city ? KEEPER_CITY : KEEPER_COUNTY,
                                          .scope = s->scope,
                                          .role = s->who.role },
                                 .division = form_value(request, "division"),
                                 .assignments = ARENA_ARRAY(s->arena, struct assignment, n),
                                 .note = form_value(request, "note"),
                                 .document = form_value(request, "document") };
    for (size_t i = 0; i < n; i++) {
        if (pair_of(pairs[i], &input->assignments[input->n])) {
            input->n++;
        }
    }
    if (!input->n) {
        form_error(request, NULL, T("请至少选一所学校。", "Choose one school at least."));
        show_assign_of(request, input->division);
        return;
    }
    request_command(request, "supervision.assign", supervision_assign_run, input, assigned, input);
}

/* ---- /supervision/interests ---- */

static bool fill_interests(struct db *db, struct interests_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    struct inspector *inspectors;
    size_t n = 0;
    if (!supervision_conflicts(db, s->arena, s->scope, s->today, &view->list, &view->n, error) ||
        !supervision_inspectors(db, s->arena, s->scope, s->as_of, &inspectors, &n, error)) {
        return false;
    }
    view->inspectors = ARENA_ARRAY(s->arena, struct str, view->n);
    view->schools = ARENA_ARRAY(s->arena, struct name, view->n);
    for (size_t i = 0; i < view->n; i++) {
        view->inspectors[i] = inspector_called(db, s, inspectors, n, view->list[i].staff);
        struct rows *rows = db_query(db, error, "select name_zh, name_en from institution where id = ?1",
                                     V_INT(view->list[i].institution));
        if (rows_next(rows)) {
            view->schools[i] = (struct name){ rows_text_in(rows, 0, s->arena), rows_text_in(rows, 1, s->arena) };
        }
        if (!rows_end(rows, error)) {
            return false;
        }
    }
    return true;
}

static void show_interests(struct request *request)
{
    struct interests_view *view = ARENA_NEW(request_arena(request), struct interests_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    if (!fill_interests(request_db(request), view, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &interest_form);
        form_set_day(request, "from", view->s->today);
    }
    reply_page(request, request_is_post(request) ? 422 : 200, supervision_interests_page, view);
}

static void declared(struct request *request, bool ok, const struct error *error, void *context)
{
    struct interest_do *interest = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (interest->result == CASE_DONE) {
        reply_notice(request, "saved");
        reply_redirect(request, STR("/supervision/interests"));
    } else {
        form_error(request, "staff", T("您的范围内没有这名督学。", "There is no such inspector within your scope."));
        show_interests(request);
    }
}

static void declare(struct request *request)
{
    struct supervisor *s = supervisor_of(request);
    struct error error;
    bool found = false;
    if (!s) {
        return;
    }
    struct interest_do *input = ARENA_NEW(s->arena, struct interest_do);
    *input = (struct interest_do){
        .city = s->city, .who = s->who, .staff = form_value(request, "staff"), .reason = form_value(request, "reason")
    };
    (void)form_day(request, "from", &input->from_day);
    if (form_ok(request) &&
        !db_one_int(request_db(request), &error, &input->institution, &found,
                    "select id from institution where code = ?1", V_TEXT(form_value(request, "institution")))) {
        reply_failed(request, &error);
        return;
    }
    if (form_ok(request) && !found) {
        form_error(request, "institution", T("名录中没有这个代码的学校。", "The register has no school of this code."));
    }
    if (!form_ok(request)) {
        show_interests(request);
        return;
    }
    request_command(request, "supervision.interest", interest_declare_run, input, declared, input);
}

/* ---- /supervision/themes ---- */

static const struct field theme_fields[] = {
    { .name = "month",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 7,
      .width = 10,
      .label = T("月份", "Month"),
      .hint = T("如 2026-09", "Such as 2026-09") },
    { .name = "name_zh",
      .kind = FIELD_TEXT,
      .max = 60,
      .label = T("主题", "Theme in Chinese"),
      .hint = T("不填：取消这个月的主题", "Empty: the month has no theme") },
    { .name = "name_en", .kind = FIELD_TEXT, .max = 100, .label = T("主题（英文，可不填）", "Theme in English") },
    { .name = "checklist", .kind = FIELD_SELECT, .label = T("清单", "List") },
};
static const struct form theme_form = FORM(theme_fields);

static void offer_lists(struct request *request, const struct supervisor *s)
{
    struct option *options = ARENA_ARRAY(s->arena, struct option, s->city->nchecklists + 1);
    size_t n = 0;
    options[n++] = (struct option){ "", T("常规清单", "The usual list"), T("", "") };
    for (size_t i = 0; i < s->city->nchecklists; i++) {
        const struct checklist *list = s->city->checklists[i];
        options[n++] = (struct option){ arena_cstr(s->arena, list->id),
                                        { arena_cstr(s->arena, list->name.zh),
                                          arena_cstr(s->arena, name_in(list->name, LANG_EN)) },
                                        T("", "") };
    }
    form_options(request, "checklist", options, n);
}

static void show_themes(struct request *request)
{
    struct themes_view *view = ARENA_NEW(request_arena(request), struct themes_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return;
    }
    int64_t month = month_of_day(view->s->today);
    if (!supervision_themes(request_db(request), view->s->arena, view->s->scope, month - 11, month + 24, &view->list,
                            &view->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &theme_form);
        form_set(request, "month", month_format(view->s->arena, month + 1));
    }
    offer_lists(request, view->s);
    reply_page(request, request_is_post(request) ? 422 : 200, supervision_themes_page, view);
}

static void theme_set(struct request *request, bool ok, const struct error *error, void *context)
{
    struct theme_do *set = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (set->result == CASE_DONE) {
        reply_notice(request, "saved");
        reply_redirect(request, STR("/supervision/themes"));
    } else if (set->result == CASE_BAD_VALUE) {
        form_error(request, "checklist", T("没有这份清单。", "There is no such list."));
        show_themes(request);
    } else {
        reply_forbidden(request);
    }
}

static void set_theme(struct request *request)
{
    struct supervisor *s = supervisor_of(request);
    if (!s) {
        return;
    }
    offer_lists(request, s);
    (void)form_check(request);
    struct theme_do *input = ARENA_NEW(s->arena, struct theme_do);
    *input = (struct theme_do){ .city = s->city,
                                .who = s->who,
                                .theme = { .division = s->scope,
                                           .name = { form_value(request, "name_zh"), form_value(request, "name_en") },
                                           .checklist = form_value(request, "checklist") } };
    if (form_has(request, "month") && !month_parse(form_value(request, "month"), &input->theme.month)) {
        form_error(request, "month", T("月份应写作 2026-09。", "A month is written 2026-09."));
    }
    if (!form_ok(request)) {
        show_themes(request);
        return;
    }
    request_command(request, "supervision.theme", theme_set_run, input, theme_set, input);
}

/* ---- /supervision/reports ---- */

const struct option report_ways[5] = { { "county", T("县（市、区）", "County"), T("", "") },
                                       { "school", T("学校", "School"), T("", "") },
                                       { "theme", T("主题", "Theme"), T("", "") },
                                       { "item", T("督导事项", "Item"), T("", "") },
                                       { "month", T("月份", "Month"), T("", "") } };
static const enum supervision_by ways_by[5] = { BY_COUNTY, BY_SCHOOL, BY_THEME, BY_ITEM, BY_MONTH };

/* CHECKLIST/ITEM as people read it. */
static struct name item_name(const struct supervisor *s, struct str key)
{
    struct str rest = key, list_id;
    if (str_split(&rest, '/', &list_id)) {
        const struct checklist *list = city_checklist(s->city, list_id);
        size_t i = list ? checklist_item(list, rest) : SIZE_MAX;
        if (i != SIZE_MAX) {
            return list->items[i].name;
        }
    }
    return key.n ? (struct name){ key, key } : (struct name){ STR("其他"), STR("others") };
}

static struct name row_name(const struct report_view *view, const struct supervision_row *row)
{
    const struct supervisor *s = view->s;
    switch (view->ask.by) {
    case BY_COUNTY:
        return division_name(s->city, row->key);
    case BY_SCHOOL:
        return row->name.zh.n ? row->name : (struct name){ row->key, row->key };
    case BY_ITEM:
        return item_name(s, row->key);
    case BY_THEME:
        return row->key.n ? (struct name){ row->key, row->key }
                          : (struct name){ STR("没有主题"), STR("without a theme") };
    case BY_MONTH:
        break;
    }
    return (struct name){ row->key, row->key };
}

static bool fill_report(struct request *request, struct report_view *view, struct error *error)
{
    struct supervisor *s = view->s;
    int64_t month = month_of_day(s->today);
    size_t way = 0;
    view->by = str_trim(request_query(request, "by"));
    for (size_t i = 0; i < 5; i++) {
        way = str_is(view->by, report_ways[i].value) ? i : way;
    }
    if (!view->by.n && s->division.n > 4) {
        way = 1; /* a county looks at its schools first */
    }
    view->by = str_of(report_ways[way].value);
    view->ask = (struct supervision_ask){ .scope = s->division,
                                          .from_month = asked_month(request, "from", month - MONTHS_SHOWN + 1),
                                          .until_month = asked_month(request, "until", month),
                                          .by = ways_by[way],
                                          .today = s->today };
    if (view->ask.until_month < view->ask.from_month || view->ask.until_month - view->ask.from_month > 120) {
        view->ask.from_month = view->ask.until_month - MONTHS_SHOWN + 1;
    }
    view->from = month_format(s->arena, view->ask.from_month);
    view->until = month_format(s->arena, view->ask.until_month);
    view->query = arena_printf(s->arena, "?by=%.*s&division=%.*s&from=%.*s&until=%.*s", STR_ARG(view->by),
                               STR_ARG(s->division), STR_ARG(view->from), STR_ARG(view->until));
    view->options = supervised_counties(s, true, &view->noptions);
    if (!supervision_report(request_db(request), s->arena, &view->ask, &view->rows, &view->n, error)) {
        return false;
    }
    view->shown = view->n < ROWS_SHOWN ? view->n : ROWS_SHOWN;
    view->names = ARENA_ARRAY(s->arena, struct name, view->n);
    for (size_t i = 0; i < view->n; i++) {
        supervision_add(&view->total, &view->rows[i].numbers);
        view->names[i] = row_name(view, &view->rows[i]);
    }
    return true;
}

/* NULL: the reply was made. */
static struct report_view *report_of(struct request *request)
{
    struct report_view *view = ARENA_NEW(request_arena(request), struct report_view);
    struct error error;
    view->s = supervisor_of(request);
    if (!view->s) {
        return NULL;
    }
    if (!fill_report(request, view, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return view;
}

static void show_reports(struct request *request)
{
    struct report_view *view = report_of(request);
    if (view) {
        reply_page(request, 200, supervision_reports_page, view);
    }
}

struct sheet_work {
    const struct report_view *view;
    struct str bytes;
};

static bool make_sheet(struct arena *arena, void *context, struct error *error)
{
    static const struct text titles[] = {
        T("汇总", "By"),    T("应督导", "Planned"), T("完成", "Done"),   T("按时", "In time"), T("问题", "Findings"),
        T("重大", "Major"), T("已整改", "Mended"),  T("未办结", "Open"), T("逾期", "Late"),    T("重复", "Repeated"),
    };
    enum { COLUMNS = 10 };
    struct sheet_work *work = context;
    const struct report_view *view = work->view;
    struct sheet_column columns[COLUMNS];
    struct sheet *sheet;
    enum lang lang = view->s->lang;
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] =
            (struct sheet_column){ str_of(text_in(titles[i], lang)), i ? SHEET_NUMBER : SHEET_TEXT, i ? 10 : 36 };
    }
    struct str note = arena_printf(arena, "%.*s · %.*s – %.*s",
                                   STR_ARG(name_in(division_name(view->s->city, view->s->division), lang)),
                                   STR_ARG(view->from), STR_ARG(view->until));
    if (!sheet_new(&sheet, lang == LANG_EN ? STR("Supervision") : STR("督导报告"), note, columns, COLUMNS, error)) {
        return false;
    }
    for (size_t i = 0; i < view->n; i++) {
        const struct supervision_numbers *m = &view->rows[i].numbers;
        int64_t numbers[] = { m->planned, m->done, m->in_time, m->findings, m->major,
                              m->mended,  m->open, m->late,    m->repeat };
        sheet_text(sheet, name_in(view->names[i], lang));
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            sheet_number(sheet, numbers[k]);
        }
        sheet_next_row(sheet);
    }
    return sheet_finish(sheet, arena, &work->bytes, error);
}

static void send_sheet(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sheet_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                arena_printf(request_arena(request), "supervision-%.*s-%.*s.xlsx", STR_ARG(work->view->by),
                             STR_ARG(work->view->until)),
                work->bytes);
}

static void export_report(struct request *request)
{
    struct report_view *view = report_of(request);
    if (view) {
        struct sheet_work *work = ARENA_NEW(request_arena(request), struct sheet_work);
        work->view = view;
        request_work(request, make_sheet, work, send_sheet);
    }
}

const struct route supervision_lead_routes[] = {
    { .method = "GET",
      .path = "/supervision/assign",
      .roles = SUPERVISION_LEADS,
      .handler = show_assign,
      .answer = "page",
      .summary = T("为没有督学的学校提出方案", "A proposal for the schools without an inspector") },
    { .method = "POST",
      .path = "/supervision/assign",
      .roles = SUPERVISION_LEADS,
      .form = &assign_form,
      .handler = assign,
      .answer = "redirect",
      .summary = T("把方案提交为名录变更", "The proposal becomes a change of the register") },
    { .method = "GET",
      .path = "/supervision/interests",
      .roles = SUPERVISION_LEADS,
      .handler = show_interests,
      .answer = "page",
      .summary = T("督学应回避的学校", "Schools that inspectors must not have") },
    { .method = "POST",
      .path = "/supervision/interests",
      .roles = SUPERVISION_LEADS,
      .form = &interest_form,
      .handler = declare,
      .answer = "redirect",
      .summary = T("登记督学应回避的学校", "A school that an inspector must not have") },
    { .method = "GET",
      .path = "/supervision/themes",
      .roles = SUPERVISION_LEADS,
      .handler = show_themes,
      .answer = "page",
      .summary = T("每月督导主题", "Themes of the months") },
    { .method = "POST",
      .path = "/supervision/themes",
      .roles = SUPERVISION_LEADS,
      .form = &theme_form,
      .handler = set_theme,
      .answer = "redirect",
      .summary = T("确定一个月的主题", "Set the theme of a month") },
    { .method = "GET",
      .path = "/supervision/reports",
      .roles = SUPERVISION_READS,
      .handler = show_reports,
      .answer = "page",
      .summary = T("督导报告", "Reports of supervision") },
    { .method = "GET",
      .path = "/supervision/reports/xlsx",
      .roles = SUPERVISION_READS,
      .handler = export_report,
      .answer = "xlsx",
      .summary = T("督导报告的表格文件", "A report as a spreadsheet") },
};
const size_t supervision_lead_route_count = sizeof supervision_lead_routes / sizeof *supervision_lead_routes;
