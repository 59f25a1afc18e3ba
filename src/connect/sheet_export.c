/* Questions out: XLSX for people, CSV for programs. See sheet.h. */
#include "connect/sheet_internal.h"

#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { READ_AT_ONCE = 1000, COLUMN_WIDTH = 22 };

/* Where the rows go: cells of one row, from the left. */
struct sink {
    enum sheet_format format;
    FILE *out;
    lxw_worksheet *sheet;
    lxw_format *fixed; /* cells that nobody may change */
    lxw_format *open;
    lxw_row_t row;
};

struct str sheet_file_name(struct arena *arena, const struct sheet_scope *scope, enum sheet_format format, int64_t now)
{
    int year, month, day;
    day_parts(day_of_ms(now), &year, &month, &day);
    return arena_printf(arena, "%.*s%s%.*s-%04d%02d%02d.%s", STR_ARG(scope->division), scope->division.n ? "-" : "",
                        STR_ARG(scope->kind), year, month, day, format == SHEET_XLSX ? "xlsx" : "csv");
}

struct str sheet_cell_name(struct arena *arena, uint32_t row, uint32_t column)
{
    char letters[8];
    size_t at = sizeof letters;
    for (uint32_t c = column; c > 0 && at > 0; c = (c - 1) / 26) {
        letters[--at] = (char)('A' + (c - 1) % 26);
    }
    if (!row) {
        return (struct str){ "", 0 };
    }
    return arena_printf(arena, "%.*s%u", (int)(sizeof letters - at), letters + at, row);
}

/* ---- Rows ---- */

static struct str cell_of(struct arena *arena, const struct column *column, const struct ask *ask, json_t *question)
{
    if (column->role == COLUMN_NUMBER) {
        return ask->number;
    }
    if (column->role == COLUMN_QUESTION) {
        return arena_str(arena, str_of(json_string_value(json_object_get(question, column->field.id))));
    }
    return (struct str){ "", 0 };
}

static bool write_row(struct sink *sink, struct arena *arena, const struct column *columns, size_t n,
                      const struct ask *ask, struct error *error)
{
    json_t *question = json_loadb(ask->question.p, ask->question.n, 0, NULL);
    if (!question) {
        return error_set(error, "The question %.*s cannot be read.", STR_ARG(ask->number));
    }
    for (size_t i = 0; i < n; i++) {
        struct str cell = cell_of(arena, &columns[i], ask, question);
        bool fixed = columns[i].role == COLUMN_NUMBER || columns[i].role == COLUMN_QUESTION;
        if (sink->format == SHEET_CSV) {
            cell_csv(sink->out, cell_guarded(arena, cell), i == 0);
        } else if (fixed) {
            (void)worksheet_write_string(sink->sheet, sink->row, (lxw_col_t)i, arena_cstr(arena, cell), sink->fixed);
        } else {
            (void)worksheet_write_blank(sink->sheet, sink->row, (lxw_col_t)i, sink->open);
        }
    }
    if (sink->format == SHEET_CSV) {
        (void)fputs("\r\n", sink->out);
    }
    sink->row++;
    json_decref(question);
    return true;
}

static bool write_rows(struct sink *sink, struct db *db, struct vault *vault, const struct sheet_scope *scope,
                       const struct column *columns, size_t count, int64_t *written, struct error *error)
{
    struct arena *arena = arena_new(64 * 1024);
    int64_t after = 0;
    bool ok = true, more = true;
    *written = 0;
    while (ok && more && *written < LIMIT_SHEET_ROWS) {
        struct ask *asks;
        size_t n = 0;
        size_t most = LIMIT_SHEET_ROWS - (size_t)*written;
        arena_reset(arena);
        ok = ask_waiting(db, vault, arena, scope->authority, scope->kind, scope->division, after,
                         most < READ_AT_ONCE ? most : READ_AT_ONCE, &asks, &n, error);
        for (size_t i = 0; ok && i < n; i++) {
            ok = write_row(sink, arena, columns, count, &asks[i], error);
            after = asks[i].id;
        }
        *written += (int64_t)n;
        more = n == READ_AT_ONCE;
    }
    arena_free(arena);
    return ok;
}

/* ---- XLSX ---- */

static void write_instructions(lxw_workbook *book, struct arena *arena, const struct sheet_scope *scope,
                               const struct kind *kind, const struct column *columns, size_t n)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book, "说明 Instructions");
    lxw_format *title = workbook_add_format(book);
    lxw_format *wrap = workbook_add_format(book);
    format_set_bold(title);
    format_set_font_size(title, 14);
    format_set_text_wrap(wrap);
    format_set_align(wrap, LXW_ALIGN_VERTICAL_TOP);
    (void)worksheet_set_column(sheet, 0, 1, 60, wrap);
    (void)worksheet_write_string(
        sheet, 0, 0, arena_printf(arena, "%s核验：%.*s", kind->name.zh, STR_ARG(scope->authority_name.zh)).p, title);
    (void)worksheet_write_string(
        sheet, 0, 1,
        arena_printf(arena, "Verification of %s: %.*s", kind->name.en, STR_ARG(name_in(scope->authority_name, LANG_EN)))
            .p,
        title);
    static const struct text lines[] = {
        T("1. 在第二页“查询”中，每行是一个请求。请不要改动请求编号和查询内容，也不要调换列。",
          "1. On the second page, 'Questions', each row is one request. Do not change the request number or what is "
          "asked."),
        T("2. 在“核验结论”列选择：属实、不属实、查无记录。没有核验的行留空，以后再填。",
          "2. Choose in the column 'Verdict': confirmed, not so, no record. Leave a row empty that you have not looked "
          "at."),
        T("3. 结论为“属实”时，请填写后面带星号的各列；其余情况可以不填。",
          "3. When it is confirmed, fill in the columns that are named below; otherwise they may stay empty."),
        T("4. 日期写成 2026-03-01；身份证号按文本填写；份额写 1 到 100 的数，可带百分号。",
          "4. Write dates as 2026-03-01, citizen numbers as text, shares as numbers up to 100 or with a per cent "
          "sign."),
        T("5. 填好后保存为 xlsx 或 csv（UTF-8），交回教体局导入。有误的行会按行列指出，其余各行照常生效。",
          "5. Save as XLSX or CSV (UTF-8) and hand it back. Rows with a mistake are named by row and column; all "
          "others "
          "take effect."),
        T("6. 本表含个人信息，请只在办公设备上使用，交回后删除。",
          "6. This sheet holds personal data: use it on office machines alone and delete it afterwards."),
    };
    lxw_row_t row = 2;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++, row++) {
        (void)worksheet_write_string(sheet, row, 0, lines[i].zh, wrap);
        (void)worksheet_write_string(sheet, row, 1, lines[i].en, wrap);
    }
    for (size_t i = 0; i < n; i++) {
        if (columns[i].role == COLUMN_DETAIL && columns[i].field.required) {
            row++;
            (void)worksheet_write_string(sheet, row, 0, arena_printf(arena, "* %s", columns[i].field.name.zh).p, wrap);
            (void)worksheet_write_string(sheet, row, 1, arena_printf(arena, "* %s", columns[i].field.name.en).p, wrap);
        }
    }
    worksheet_protect(sheet, NULL, NULL);
}

/* A drop-down for a column with few answers. */
static void offer_choices(struct arena *arena, lxw_worksheet *sheet, lxw_col_t column, const struct field *field,
                          lxw_row_t last)
{
    static const struct field_choice flags[] = {
        { "yes", T("是", "yes") },
        { "no", T("否", "no") },
        { NULL, { NULL, NULL } },
    };
    char *list[8] = { NULL };
    const struct field_choice *choices = field->type == FIELD_FLAG ? flags : field->choices;
    for (size_t i = 0; choices[i].id && i + 1 < sizeof list / sizeof *list; i++) {
        /* The library asks for char * and does not write there. */
        list[i] = (char *)(uintptr_t)arena_printf(arena, "%s %s", choices[i].name.zh, choices[i].name.en).p;
    }
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_LIST,
        .value_list = list,
        .ignore_blank = LXW_VALIDATION_ON,
        .dropdown = LXW_VALIDATION_ON,
        .show_input = LXW_VALIDATION_ON,
        .show_error = LXW_VALIDATION_ON,
        .error_title = "请从列表中选择",
        .error_message = "请从下拉列表中选择一项。Please choose from the list.",
    };
    (void)worksheet_data_validation_range(sheet, 1, column, last, column, &validation);
}

static void dress_sheet(lxw_workbook *book, struct arena *arena, struct sink *sink, const struct column *columns,
                        size_t n, lxw_row_t last)
{
    lxw_format *heading = workbook_add_format(book);
    format_set_bold(heading);
    format_set_text_wrap(heading);
    format_set_bg_color(heading, 0xE7EEF7);
    format_set_border(heading, LXW_BORDER_THIN);
    for (size_t i = 0; i < n; i++) {
        lxw_col_t column = (lxw_col_t)i;
        bool fixed = columns[i].role == COLUMN_NUMBER || columns[i].role == COLUMN_QUESTION;
        bool star =
            columns[i].role == COLUMN_VERDICT || (columns[i].role == COLUMN_DETAIL && columns[i].field.required);
        (void)worksheet_set_column(sink->sheet, column, column, COLUMN_WIDTH, fixed ? sink->fixed : sink->open);
        (void)worksheet_write_string(
            sink->sheet, 0, column,
            arena_printf(arena, "%s%s", column_heading(arena, &columns[i]).p, star ? " *" : "").p, heading);
        if (!fixed && (columns[i].field.type == FIELD_CHOICE || columns[i].field.type == FIELD_FLAG)) {
            offer_choices(arena, sink->sheet, column, &columns[i].field, last);
        }
    }
    worksheet_freeze_panes(sink->sheet, 1, 1);
    lxw_protection allowed = { .format_columns = 1, .format_rows = 1, .autofilter = 1, .sort = 1 };
    worksheet_protect(sink->sheet, NULL, &allowed);
}

static bool copy_out(int file, FILE *out, struct error *error)
{
    char bytes[65536];
    ssize_t n;
    if (lseek(file, 0, SEEK_SET) != 0) {
        return error_set(error, "The workbook cannot be read back: %s.", strerror(errno));
    }
    while ((n = read(file, bytes, sizeof bytes)) > 0) {
        if (fwrite(bytes, 1, (size_t)n, out) != (size_t)n) {
            return error_set(error, "The workbook cannot be written: %s.", strerror(errno));
        }
    }
    return n == 0 || error_set(error, "The workbook cannot be read back: %s.", strerror(errno));
}

/* The workbook is put together in memory that has a name in /proc, for the library wants a name: personal data does not
 * come to lie in a file of a shared folder. */
static bool export_xlsx(struct db *db, struct vault *vault, const struct sheet_scope *scope, const struct kind *kind,
                        FILE *out, int64_t *written, struct error *error)
{
    struct column columns[SHEET_COLUMNS_MOST];
    size_t n = sheet_columns(kind, columns);
    struct arena *arena = arena_new(0);
    int file = memfd_create("sheet", MFD_CLOEXEC);
    lxw_workbook *book = file >= 0 ? workbook_new(arena_printf(arena, "/proc/self/fd/%d", file).p) : NULL;
    if (!book) {
        if (file >= 0) {
            (void)close(file);
        }
        arena_free(arena);
        return error_set(error, "No memory for the workbook.");
    }
    write_instructions(book, arena, scope, kind, columns, n);
    struct sink sink = { .format = SHEET_XLSX,
                         .sheet = workbook_add_worksheet(book, "查询 Questions"),
                         .fixed = workbook_add_format(book),
                         .open = workbook_add_format(book),
                         .row = 1 };
    format_set_num_format(sink.fixed, "@");
    format_set_font_color(sink.fixed, 0x505A5F);
    format_set_num_format(sink.open, "@");
    format_set_unlocked(sink.open);
    worksheet_activate(sink.sheet);
    bool ok = write_rows(&sink, db, vault, scope, columns, n, written, error);
    dress_sheet(book, arena, &sink, columns, n, sink.row > 1 ? sink.row - 1 : 1);
    lxw_error closed = workbook_close(book);
    if (ok && closed != LXW_NO_ERROR) {
        ok = error_set(error, "The workbook cannot be written: %s.", lxw_strerror(closed));
    }
    ok = ok && copy_out(file, out, error);
    (void)close(file);
    arena_free(arena);
    return ok;
}

static bool export_csv(struct db *db, struct vault *vault, const struct sheet_scope *scope, const struct kind *kind,
                       FILE *out, int64_t *written, struct error *error)
{
    struct column columns[SHEET_COLUMNS_MOST];
    size_t n = sheet_columns(kind, columns);
    struct arena *arena = arena_new(0);
    struct sink sink = { .format = SHEET_CSV, .out = out };
    (void)fputs("\xef\xbb\xbf", out);
    for (size_t i = 0; i < n; i++) {
        cell_csv(out, column_heading(arena, &columns[i]), i == 0);
    }
    (void)fputs("\r\n", out);
    bool ok = write_rows(&sink, db, vault, scope, columns, n, written, error);
    arena_free(arena);
    return ok;
}

bool sheet_has(struct str kind)
{
    const struct kind *known = kind_find(kind);
    return known && known->details;
}

bool sheet_export(struct db *db, struct vault *vault, const struct sheet_scope *scope, enum sheet_format format,
                  FILE *out, int64_t *n, struct error *error)
{
    const struct kind *kind = kind_find(scope->kind);
    if (!kind || !kind->details) {
        return error_set(error, "Questions of the kind '%.*s' do not go by spreadsheet.", STR_ARG(scope->kind));
    }
    bool ok = format == SHEET_XLSX ? export_xlsx(db, vault, scope, kind, out, n, error)
                                   : export_csv(db, vault, scope, kind, out, n, error);
    if (ok && (fflush(out) != 0 || ferror(out))) {
        ok = error_set(error, "The sheet cannot be written: %s.", strerror(errno));
    }
    return ok;
}
