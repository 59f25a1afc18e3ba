/* The routes of the exchange, and the register out: see exchange_pages.h. Whoever takes a list of persons is in the
 * journal before its first byte leaves. */
#include "registry/pages/exchange_pages.h"

#include "base/clock.h"
#include "base/limits.h"
#include "store/journal.h"

#include "exchange_export.page.h"

#include <stdlib.h>

struct exchange_desk *exchange_desk(struct request *request)
{
    const struct kind *kind = kind_named(request_param(request, "kind"));
    struct keeper_of who;
    if (!kind) {
        reply_not_found(request);
        return NULL;
    }
    if (!desk_keeper(request, REGISTER_ROLES, &who)) {
        return NULL;
    }
    if (who.scope.n == 0 || who.level < kind->proposes) {
        reply_forbidden(request);
        return NULL;
    }
    struct exchange_desk *desk = ARENA_NEW(request_arena(request), struct exchange_desk);
    *desk = (struct exchange_desk){ request_app(request), kind, who, request_lang(request) };
    return desk;
}

void exchange_show_export(struct request *request)
{
    struct exchange_desk *desk = exchange_desk(request);
    if (desk) {
        struct exchange_export_view view = { desk, day_of_ms(clock_ms()) };
        reply_page(request, 200, exchange_export_page, &view);
    }
}

struct taken {
    const struct exchange_file *file;
    int64_t rows;
};

static bool journal_taken(struct writing *writing, void *input, struct error *error)
{
    const struct taken *taken = input;
    const struct exchange_desk *desk = taken->file->desk;
    struct journal_entry entry = { .actor = desk->who.account,
                                   .role = desk->who.role,
                                   .action = "register.export",
                                   .subject_kind = desk->kind->name,
                                   .division = desk->who.scope,
                                   .detail = arena_printf(writing->arena, "%lld rows", (long long)taken->rows) };
    return journal_append(writing, &entry, error);
}

static bool export_to(const struct exchange_file *file, FILE *out, int64_t *rows, struct error *error)
{
    struct db *db = NULL;
    if (!db_open(&db, file->desk->app->store, DB_READ, error)) {
        return false;
    }
    bool good = db_read_begin(db, error) && exchange_export(db, file->desk->app->vault, &file->ask, out, rows, error);
    db_read_end(db);
    db_close(db);
    return good;
}

static bool export_work(struct arena *arena, void *context, struct error *error)
{
    struct exchange_file *file = context;
    struct taken taken = { .file = file };
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    if (!out) {
        return error_set(error, "no memory for the sheet");
    }
    bool good = export_to(file, out, &taken.rows, error);
    if (fclose(out) != 0 && good) {
        good = error_set(error, "no memory for the sheet");
    }
    file->too_many = !good && taken.rows > LIMIT_SHEET_ROWS;
    bool persons = file->desk->kind->names_persons && !file->ask.template;
    good = good && (!persons || writer_call(file->desk->app->writer, "register.export", journal_taken, &taken, error));
    if (good) {
        file->bytes = arena_str(arena, (struct str){ bytes, n });
    }
    if (bytes) {
        explicit_bzero(bytes, n);
        free(bytes);
    }
    return good;
}

void exchange_reply_file(struct request *request, const struct exchange_file *file, struct str name)
{
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, exchange_format_type(file->ask.format), name, file->bytes);
}

static void exported(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct exchange_file *file = context;
    if (!ok && file->too_many) {
        reply_problem(
            request, 422, T("表格没有做成", "The sheet could not be made"),
            T("行数超过一份表格的上限（50000 行）。", "It has more rows than a sheet may hold (50,000)."),
            T("请改用 CSV，或由各县、各校分别导出。", "Take it as CSV, or let each county or school take its own."));
        return;
    }
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    exchange_reply_file(request, file, exchange_file_name(request_arena(request), &file->ask));
}

static void take(struct request *request, bool template)
{
    struct exchange_desk *desk = exchange_desk(request);
    enum exchange_format format;
    if (!desk) {
        return;
    }
    if (!exchange_format_of(request_param(request, "format"), &format)) {
        reply_not_found(request);
        return;
    }
    int64_t day = day_of_ms(clock_ms());
    struct str asked = request_query(request, "day");
    if (asked.n && !day_parse(asked, &day)) {
        reply_problem(request, 400, T("日期不对", "The date is none"),
                      T("日期应写成 2026-03-01。", "Write it as 2026-03-01."),
                      T("请返回重填。", "Go back and write it again."));
        return;
    }
    struct exchange_file *file = ARENA_NEW(request_arena(request), struct exchange_file);
    *file = (struct exchange_file){ .desk = desk,
                                    .ask = { .kind = desk->kind,
                                             .day = day,
                                             .scope = desk->who.institution ? STR("") : desk->who.scope,
                                             .institution = desk->who.institution,
                                             .lang = desk->lang,
                                             .format = format,
                                             .template = template } };
    request_work(request, export_work, file, exported);
}

void exchange_take_export(struct request *request)
{
    take(request, false);
}

void exchange_take_template(struct request *request)
{
    take(request, true);
}

/* Whose an import is: the area of who handed it in. That it is that person's alone looks the handler. */
static enum scope_result scope_of_import(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct exchange_import import;
    struct error error;
    bool found = false;
    if (!db ||
        !exchange_import_get(db, request_arena(request), request_param_int(request, "import"), &import, &found,
                             &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    *subject = (struct subject){ .division = import.division, .institution = import.institution };
    return SCOPE_OK;
}

const struct route exchange_routes[] = {
    { .method = "GET",
      .path = "/register/:kind/export",
      .roles = REGISTER_ROLES,
      .handler = exchange_show_export,
      .answer = "page",
      .summary = T("导出名录：选日期和格式", "Take a kind of the register: day and format") },
    { .method = "GET",
      .path = "/register/:kind/export/:format",
      .roles = REGISTER_ROLES,
      .handler = exchange_take_export,
      .answer = "xlsx",
      .summary = T("下载名录（xlsx、ods、csv）", "Take it as XLSX, ODS or CSV") },
    { .method = "GET",
      .path = "/register/:kind/template/:format",
      .roles = REGISTER_ROLES,
      .handler = exchange_take_template,
      .answer = "xlsx",
      .summary = T("下载空白模板", "Take an empty template") },
    { .method = "GET",
      .path = "/register/:kind/import",
      .roles = REGISTER_ROLES,
      .handler = exchange_show_import,
      .answer = "page",
      .summary = T("导入名录", "Hand in a spreadsheet") },
    { .method = "POST",
      .path = "/register/:kind/import",
      .roles = REGISTER_ROLES,
      .form = &exchange_import_form,
      .handler = exchange_post_import,
      .body_limit = LIMIT_SHEET_BYTES + 64 * 1024,
      .answer = "redirect",
      .summary = T("上传表格", "Upload it") },
    { .method = "GET",
      .path = "/register/:kind/import/#import",
      .roles = REGISTER_ROLES,
      .scope = scope_of_import,
      .handler = exchange_show_state,
      .answer = "page",
      .summary = T("导入的进度、差异和结果", "An import: progress, difference, result") },
    { .method = "POST",
      .path = "/register/:kind/import/#import/stop",
      .roles = REGISTER_ROLES,
      .scope = scope_of_import,
      .handler = exchange_post_stop,
      .answer = "redirect",
      .summary = T("停止读取", "Stop reading") },
    { .method = "POST",
      .path = "/register/:kind/import/#import/apply",
      .roles = REGISTER_ROLES,
      .scope = scope_of_import,
      .form = &exchange_apply_form,
      .handler = exchange_post_apply,
      .answer = "redirect",
      .summary = T("采用导入的差异", "Apply the difference") },
    { .method = "POST",
      .path = "/register/:kind/import/#import/undo",
      .roles = REGISTER_ROLES,
      .scope = scope_of_import,
      .form = &exchange_undo_form,
      .handler = exchange_post_undo,
      .answer = "redirect",
      .summary = T("撤回导入", "Undo an import") },
    { .method = "GET",
      .path = "/register/:kind/import/#import/errors/:format",
      .roles = REGISTER_ROLES,
      .scope = scope_of_import,
      .handler = exchange_take_errors,
      .answer = "xlsx",
      .summary = T("下载标明问题的表格", "Take the sheet back with its mistakes") },
};
const size_t exchange_route_count = sizeof exchange_routes / sizeof *exchange_routes;
