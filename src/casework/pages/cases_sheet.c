/* A list of cases as a workbook: what the page shows, whole. */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "print/print.h"
#include "store/journal.h"

enum { SHEET_CASES_MOST = 5000 };

struct sheet_work {
    const struct case_desk_view *desk;
    struct case_row *rows;
    size_t n;
    int64_t total;
    bool all;
    struct str bytes;
};

static bool make_sheet(struct arena *arena, void *context, struct error *error)
{
    static const struct {
        struct text title;
        enum sheet_column_kind kind;
        double width;
    } heads[] = {
        { T("编号", "Number"), SHEET_TEXT, 18 },   { T("种类", "Kind"), SHEET_TEXT, 24 },
        { T("事项", "Case"), SHEET_TEXT, 40 },     { T("单位", "Institution"), SHEET_TEXT, 30 },
        { T("单位代码", "Code"), SHEET_TEXT, 14 }, { T("阶段", "Stage"), SHEET_TEXT, 14 },
        { T("在谁手上", "Desk"), SHEET_TEXT, 14 }, { T("提出时间", "Opened"), SHEET_TIME, 18 },
        { T("期限", "Due"), SHEET_DAY, 12 },       { T("逾期工作日", "Working days late"), SHEET_NUMBER, 12 },
        { T("状态", "State"), SHEET_TEXT, 10 },
    };
    enum { COLUMNS = sizeof heads / sizeof *heads };
    struct sheet_work *work = context;
    enum lang lang = work->desk->lang;
    struct sheet_column columns[COLUMNS];
    struct sheet *sheet;
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = (struct sheet_column){ str_of(text_in(heads[i].title, lang)), heads[i].kind, heads[i].width };
    }
    struct str day = day_format(arena, work->desk->today);
    struct str note =
        lang == LANG_EN
            ? arena_printf(arena, "%.*s: %zu of %lld", STR_ARG(day), work->n, (long long)work->total)
            : arena_printf(arena, "%.*s，共 %lld 件，列出 %zu 件", STR_ARG(day), (long long)work->total, work->n);
    if (!sheet_new(&sheet, lang == LANG_EN ? STR("Cases") : STR("督办事项"), note, columns, COLUMNS, error)) {
        return false;
    }
    for (size_t i = 0; i < work->n; i++) {
        struct listed_case it;
        case_listed(work->desk, &work->rows[i], &it);
        sheet_text(sheet, it.row.number);
        sheet_text(sheet, it.row.kind ? name_in(it.row.kind->name, lang) : it.row.kind_id);
        sheet_text(sheet, name_in(it.title, lang));
        sheet_text(sheet, name_in(it.row.institution_name, lang));
        sheet_text(sheet, it.row.institution_code);
        sheet_text(sheet, name_in(case_stage_name(&it.row), lang));
        sheet_text(sheet, str_of(text_in(it.desk, lang)));
        sheet_time(sheet, it.row.opened_at);
        if (it.row.due) {
            sheet_day(sheet, it.row.due);
        } else {
            sheet_empty(sheet);
        }
        sheet_number(sheet, it.late);
        sheet_text(sheet, str_of(text_in(it.state, lang)));
        sheet_next_row(sheet);
    }
    return sheet_finish(sheet, arena, &work->bytes, error);
}

static void send_sheet(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct sheet_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                arena_printf(request_arena(request), "cases-%.*s.xlsx",
                             STR_ARG(day_format(request_arena(request), work->desk->today))),
                work->bytes);
}

/* Who takes a list away is in the journal before it leaves. */
static bool export_run(struct writing *writing, void *input, struct error *error)
{
    const struct sheet_work *work = input;
    struct journal_entry entry = { .actor = work->desk->who.account,
                                   .role = work->desk->who.role,
                                   .action = "case.export",
                                   .subject_kind = "case",
                                   .division = work->desk->who.scope,
                                   .detail = arena_printf(writing->arena, "%zu of %s", work->n,
                                                          work->all ? "all in scope" : "the own desk") };
    return journal_append(writing, &entry, error);
}

static void journaled(struct request *request, bool ok, const struct error *error, void *context)
{
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    request_work(request, make_sheet, context, send_sheet);
}

static void export_list(struct request *request, bool all)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct db *db = request_db(request);
    struct sheet_work *work = ARENA_NEW(desk->arena, struct sheet_work);
    struct case_ask ask = cases_asked(request, desk, all);
    ask.most = SHEET_CASES_MOST;
    *work = (struct sheet_work){ .desk = desk, .all = all };
    if (!case_count(db, &ask, &work->total, &error) ||
        !case_list(db, desk->arena, &ask, &work->rows, &work->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    request_command(request, "case.export", export_run, work, journaled, work);
}

static void export_mine(struct request *request)
{
    export_list(request, false);
}

static void export_all(struct request *request)
{
    export_list(request, true);
}

const struct route cases_sheet_routes[] = {
    { .method = "GET",
      .path = "/cases.xlsx",
      .roles = CASE_ROLES,
      .handler = export_mine,
      .answer = "xlsx",
      .summary = T("我的督办（表格）", "My work as a sheet") },
    { .method = "GET",
      .path = "/cases/all.xlsx",
      .roles = CASE_ROLES,
      .handler = export_all,
      .answer = "xlsx",
      .summary = T("范围内的全部事项（表格）", "All cases in scope as a sheet") },
};
const size_t cases_sheet_route_count = sizeof cases_sheet_routes / sizeof *cases_sheet_routes;
