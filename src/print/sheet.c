/* Workbooks. Text cells are written as strings, never as formulas, so nothing in them can run. The library writes to a
 * file: one that only this user can read, gone as soon as its bytes are taken. */
#include "print/print.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { COLUMNS_MOST = 64, HEAD_ROWS = 2, CELL_MOST = 32767 };

struct sheet {
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *head, *day, *time, *wrap;
    char path[64];
    lxw_row_t row;
    lxw_col_t column;
    size_t columns;
};

bool sheet_new(struct sheet **out, struct str name, struct str note, const struct sheet_column *columns, size_t count,
               struct error *error)
{
    if (count == 0 || count > COLUMNS_MOST) {
        return error_set(error, "a sheet has 1 to %d columns, not %zu", COLUMNS_MOST, count);
    }
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        return error_set(error, "no memory for a sheet");
    }
    (void)snprintf(sheet->path, sizeof sheet->path, "/tmp/jiaoti-sheet-XXXXXX");
    int file = mkstemp(sheet->path);
    if (file < 0) {
        free(sheet);
        return error_set(error, "no temporary file for a sheet: %m");
    }
    (void)close(file);
    lxw_workbook_options options = { .constant_memory = LXW_TRUE };
    sheet->book = workbook_new_opt(sheet->path, &options);
    struct arena *arena = arena_new(0);
    sheet->page = sheet->book ? workbook_add_worksheet(sheet->book, arena_cstr(arena, name)) : NULL;
    if (!sheet->page) {
        arena_free(arena);
        sheet_free(sheet);
        return error_set(error, "the workbook could not be begun; is the sheet's name allowed?");
    }
    sheet->head = workbook_add_format(sheet->book);
    format_set_bold(sheet->head);
    format_set_bg_color(sheet->head, 0xE6EEF5);
    format_set_border(sheet->head, LXW_BORDER_THIN);
    sheet->day = workbook_add_format(sheet->book);
    format_set_num_format(sheet->day, "yyyy-mm-dd");
    sheet->time = workbook_add_format(sheet->book);
    format_set_num_format(sheet->time, "yyyy-mm-dd hh:mm");
    worksheet_write_string(sheet->page, 0, 0, arena_cstr(arena, note), NULL);
    for (size_t i = 0; i < count; i++) {
        lxw_format *format = columns[i].kind == SHEET_DAY    ? sheet->day
                             : columns[i].kind == SHEET_TIME ? sheet->time
                                                             : NULL;
        worksheet_set_column(sheet->page, (lxw_col_t)i, (lxw_col_t)i, columns[i].width > 0 ? columns[i].width : 14,
                             format);
        worksheet_write_string(sheet->page, HEAD_ROWS - 1, (lxw_col_t)i, arena_cstr(arena, columns[i].title),
                               sheet->head);
    }
    worksheet_freeze_panes(sheet->page, HEAD_ROWS, 0);
    arena_free(arena);
    sheet->columns = count;
    sheet->row = HEAD_ROWS;
    *out = sheet;
    return true;
}

void sheet_free(struct sheet *sheet)
{
    if (sheet) {
        if (sheet->book) {
            (void)workbook_close(sheet->book);
        }
        (void)unlink(sheet->path);
        free(sheet);
    }
}

void sheet_text(struct sheet *sheet, struct str text)
{
    char *cell = strndup(text.n ? text.p : "", text.n < CELL_MOST ? text.n : CELL_MOST);
    if (cell) {
        worksheet_write_string(sheet->page, sheet->row, sheet->column, cell, NULL);
        free(cell);
    }
    sheet->column++;
}

void sheet_number(struct sheet *sheet, int64_t number)
{
    worksheet_write_number(sheet->page, sheet->row, sheet->column++, (double)number, NULL);
}

static lxw_datetime datetime(int64_t day, int64_t minute)
{
    int y, m, d;
    day_parts(day, &y, &m, &d);
    return (lxw_datetime){ y, m, d, (int)(minute / 60), (int)(minute % 60), 0 };
}

void sheet_day(struct sheet *sheet, int64_t day)
{
    lxw_datetime when = datetime(day, 0);
    worksheet_write_datetime(sheet->page, sheet->row, sheet->column++, &when, sheet->day);
}

void sheet_time(struct sheet *sheet, int64_t ms)
{
    int64_t day = day_of_ms(ms);
    lxw_datetime when = datetime(day, (ms - day_start_ms(day)) / 60000);
    worksheet_write_datetime(sheet->page, sheet->row, sheet->column++, &when, sheet->time);
}

void sheet_empty(struct sheet *sheet)
{
    sheet->column++;
}

void sheet_next_row(struct sheet *sheet)
{
    sheet->row++;
    sheet->column = 0;
}

static bool read_all(const char *path, struct arena *arena, struct str *bytes, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        bool no = error_set(error, "%s: %m", path);
        return file ? (void)fclose(file), no : no;
    }
    long size = ftell(file);
    rewind(file);
    char *p = arena_alloc(arena, size > 0 ? (size_t)size : 0);
    size_t n = size > 0 ? fread(p, 1, (size_t)size, file) : 0;
    bool good = size > 0 && n == (size_t)size;
    (void)fclose(file);
    *bytes = (struct str){ p, n };
    return good || error_set(error, "%s could not be read back", path);
}

bool sheet_finish(struct sheet *sheet, struct arena *arena, struct str *bytes, struct error *error)
{
    if (sheet->row > HEAD_ROWS) {
        worksheet_autofilter(sheet->page, HEAD_ROWS - 1, 0, sheet->row - 1, (lxw_col_t)(sheet->columns - 1));
    }
    lxw_error code = workbook_close(sheet->book);
    sheet->book = NULL;
    bool good = code == LXW_NO_ERROR ? read_all(sheet->path, arena, bytes, error)
                                     : error_set(error, "the workbook could not be written: %s", lxw_strerror(code));
    sheet_free(sheet);
    return good;
}
