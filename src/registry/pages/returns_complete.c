/* Who has handed in, who has not, and how late: for a county and the city; and the period's values as CSV. What was
 * handed in late stays late. */
#include "registry/pages/returns_inside.h"

#include "base/clock.h"
#include "registry/exchange_sheet.h"

#include "returns_complete.page.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_shown(struct str show, const struct filing *filing, int64_t today)
{
    bool late = filing_late(filing, today) > 0;
    return !show.n || (str_is(show, "missing") && !filing->handed_in_at) ||
           (str_is(show, "late") && filing->handed_in_at && late) ||
           (str_is(show, "waiting") && filing->state == FILING_SUBMITTED);
}

void returns_show_complete(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct str scope = returns_scope(request_session(request));
    struct returns_complete_view view = { .show = request_query(request, "show"),
                                          .page = request_query_int(request, "page", 1),
                                          .today = day_of_ms(clock_ms()) };
    struct filing *all = NULL;
    size_t n = 0, kept = 0;
    struct error error = { "" };
    struct db *db = request_db(request);
    if (!db || !returns_asked(request, &view.form, &view.period)) {
        return;
    }
    if (!scope.n) {
        reply_forbidden(request);
        return;
    }
    if (!returns_due(db, arena, view.form, &view.period, scope, 0, view.today, &all, &n, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        returns_count(&view.counts, &all[i], view.today);
        if (is_shown(view.show, &all[i], view.today)) {
            all[kept++] = all[i];
        }
    }
    view.pages = ((int64_t)kept + RETURNS_PAGE - 1) / RETURNS_PAGE;
    view.page = view.page < 1 || view.page > view.pages ? 1 : view.page;
    size_t first = (size_t)(view.page - 1) * RETURNS_PAGE;
    view.filings = all ? all + first : NULL;
    view.n = kept - first < RETURNS_PAGE ? kept - first : RETURNS_PAGE;
    view.period_name = return_period_name(arena, view.form, &view.period);
    reply_page(request, 200, returns_complete, &view);
}

/* ---- CSV ---- */

struct csv {
    struct app *app;
    const struct return_form *form;
    struct return_period period;
    struct str scope, bytes;
    enum lang lang;
    int64_t today;
};

enum { COMMON = 6 };

static bool write_rows(struct csv *csv, struct arena *arena, struct db *db, struct sheet *sheet, struct error *error)
{
    struct filing *filings = NULL;
    size_t n = 0;
    if (!returns_due(db, arena, csv->form, &csv->period, csv->scope, 0, csv->today, &filings, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct filing filing = filings[i];
        struct sheet_cell cells[COMMON + RETURN_FIELDS_MAX] = { { 0 } };
        bool found = false;
        if (filing.handed_in_at &&
            !returns_one(db, arena, csv->form, &csv->period, filing.institution, csv->today, &filing, &found, error)) {
            return false;
        }
        cells[0].text = filing.code;
        cells[1].text = filing.name.zh;
        cells[2].text = filing.division;
        cells[3].text = str_of(text_in(filing_label(&filing, csv->today), csv->lang));
        cells[4].text = filing.handed_in_at ? ms_format(arena, filing.handed_in_at, false) : STR("");
        cells[5] = (struct sheet_cell){ SHEET_NUMBER,
                                        arena_printf(arena, "%lld", (long long)filing_late(&filing, csv->today)), 0 };
        for (size_t f = 0; f < csv->form->nfields && filing.handed_in_at; f++) {
            cells[COMMON + f] =
                (struct sheet_cell){ csv->form->fields[f].type == RETURN_TEXT ? SHEET_TEXT : SHEET_NUMBER,
                                     return_text(arena, &csv->form->fields[f], &filing.values, f), 0 };
        }
        sheet_row(sheet, cells, COMMON + csv->form->nfields);
    }
    return true;
}

static bool write_csv(struct csv *csv, struct arena *arena, struct db *db, FILE *out, struct error *error)
{
    static const struct text common[COMMON] = {
        T("代码", "Code"),  T("名称", "Name"),          T("区划", "Division"),
        T("状态", "State"), T("首次报送", "Handed in"), T("逾期天数", "Days late"),
    };
    struct sheet_column columns[COMMON + RETURN_FIELDS_MAX] = { { .heading = { NULL, 0 } } };
    struct sheet *sheet = NULL;
    for (size_t i = 0; i < COMMON; i++) {
        columns[i].heading = str_of(text_in(common[i], csv->lang));
    }
    for (size_t f = 0; f < csv->form->nfields; f++) {
        columns[COMMON + f].heading = name_in(csv->form->fields[f].name, csv->lang);
    }
    return sheet_open(&sheet, EXCHANGE_CSV, T("报表", "Returns"), csv->lang, columns, COMMON + csv->form->nfields, 0,
                      out, error) &&
           sheet_close(sheet, write_rows(csv, arena, db, sheet, error), error);
}

static bool csv_work(struct arena *arena, void *context, struct error *error)
{
    struct csv *csv = context;
    struct db *db = NULL;
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    if (!out) {
        return error_set(error, "no memory for the file");
    }
    bool good = db_open(&db, csv->app->store, DB_READ, error) && db_read_begin(db, error) &&
                write_csv(csv, arena, db, out, error);
    if (db) {
        db_read_end(db);
    }
    db_close(db);
    if (fclose(out) != 0 && good) {
        good = error_set(error, "no memory for the file");
    }
    if (good) {
        csv->bytes = arena_str(arena, (struct str){ bytes, n });
    }
    free(bytes);
    return good;
}

static void csv_done(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct csv *csv = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "text/csv; charset=utf-8",
                arena_printf(request_arena(request), "%.*s-%s.csv", STR_ARG(csv->form->id), csv->period.id),
                csv->bytes);
}

void returns_take_csv(struct request *request)
{
    struct csv *csv = ARENA_NEW(request_arena(request), struct csv);
    if (!returns_asked(request, &csv->form, &csv->period)) {
        return;
    }
    csv->app = request_app(request);
    csv->scope = arena_str(request_arena(request), returns_scope(request_session(request)));
    csv->lang = request_lang(request);
    csv->today = day_of_ms(clock_ms());
    if (!csv->scope.n) {
        reply_forbidden(request);
        return;
    }
    request_work(request, csv_work, csv, csv_done);
}
