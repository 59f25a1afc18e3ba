/* XLSX by libxlsxwriter: see exchange_sheet.h. Drop-down lists stand on a page of their own, for a list within the cell
 * may have 255 characters at most. */
#include "registry/exchange_sheet.h"

#include "base/clock.h"

#include <stdlib.h>
#include <xlsxwriter.h>

enum { COLUMN_WIDTH = 20, PAGE_WIDTH = 44, CELL_CHARACTERS = 32767 };

struct xlsx {
    const struct sheet_frame *frame;
    lxw_workbook *book;
    lxw_worksheet *page, *lists;
    lxw_format *heading, *text, *day, *mark, *wrap;
    lxw_row_t row;
    bool table;
};

static void offer(struct xlsx *xlsx, lxw_col_t column, const struct sheet_column *of)
{
    struct arena *arena = xlsx->frame->arena;
    if (!xlsx->lists) {
        xlsx->lists = workbook_add_worksheet(xlsx->book, "词表 Words");
    }
    (void)worksheet_set_column(xlsx->lists, column, column, COLUMN_WIDTH, NULL);
    (void)worksheet_write_string(xlsx->lists, 0, column, arena_cstr(arena, of->heading), xlsx->heading);
    for (size_t i = 0; i < of->nchoices; i++) {
        (void)worksheet_write_string(xlsx->lists, (lxw_row_t)i + 1, column, arena_cstr(arena, of->choices[i]), NULL);
    }
    char letters[4] = { (char)('A' + column), 0 };
    if (column >= 26) {
        letters[0] = (char)('A' + column / 26 - 1);
        letters[1] = (char)('A' + column % 26);
    }
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_LIST_FORMULA,
        .value_formula =
            (char *)(uintptr_t)arena_printf(arena, "='词表 Words'!$%s$2:$%s$%zu", letters, letters, of->nchoices + 1).p,
        .ignore_blank = LXW_VALIDATION_ON,
        .dropdown = LXW_VALIDATION_ON,
        .show_error = LXW_VALIDATION_ON,
        .error_title = "请从列表中选择",
        .error_message = "请从下拉列表中选择一项。Please choose from the list.",
    };
    (void)worksheet_data_validation_range(xlsx->page, 1, column, xlsx->frame->room, column, &validation);
}

static void begin_page(void *context, const char *name, bool table)
{
    struct xlsx *xlsx = context;
    const struct sheet_frame *frame = xlsx->frame;
    xlsx->page = workbook_add_worksheet(xlsx->book, arena_cstr(frame->arena, str_of(name)));
    xlsx->row = 0;
    xlsx->table = table;
    if (!xlsx->page) {
        return;
    }
    (void)worksheet_set_column(xlsx->page, 0, table ? 63 : 1, table ? COLUMN_WIDTH : PAGE_WIDTH,
                               table ? xlsx->text : xlsx->wrap);
    for (size_t i = 0; table && i < frame->n; i++) {
        if (frame->columns[i].nchoices) {
            offer(xlsx, (lxw_col_t)i, &frame->columns[i]);
        }
    }
    if (table && frame->n) {
        worksheet_freeze_panes(xlsx->page, 1, 1);
    }
}

static void write_cell(struct xlsx *xlsx, lxw_col_t column, const struct sheet_cell *cell, bool heading)
{
    char text[64];
    lxw_format *format = heading                    ? xlsx->heading
                         : cell->kind == SHEET_MARK ? xlsx->mark
                         : xlsx->table              ? xlsx->text
                                                    : xlsx->wrap;
    /* Days before a spreadsheet's own calendar stay text. */
    bool dated = cell->kind == SHEET_DAY && cell->day >= day_of(1900, 3, 1);
    if (dated) {
        (void)worksheet_write_number(xlsx->page, xlsx->row, column, (double)(cell->day - day_of(1899, 12, 30)),
                                     xlsx->day);
        return;
    }
    struct str s = cell->kind == SHEET_DAY ? day_format(xlsx->frame->arena, cell->day) : cell->text;
    if (s.n == 0) {
        return;
    }
    if (cell->kind == SHEET_NUMBER && s.n < sizeof text) {
        memcpy(text, s.p, s.n);
        text[s.n] = '\0';
        (void)worksheet_write_number(xlsx->page, xlsx->row, column, strtod(text, NULL), NULL);
        return;
    }
    char *copy = malloc(s.n + 1);
    if (copy) {
        memcpy(copy, s.p, s.n);
        copy[s.n] = '\0';
        (void)worksheet_write_string(xlsx->page, xlsx->row, column, copy, format);
        free(copy);
    }
}

static void write_row(void *context, const struct sheet_cell *cells, size_t n, bool heading)
{
    struct xlsx *xlsx = context;
    for (size_t i = 0; xlsx->page && i < n; i++) {
        write_cell(xlsx, (lxw_col_t)i, &cells[i], heading);
    }
    xlsx->row++;
}

static bool close_book(void *context, struct error *error)
{
    struct xlsx *xlsx = context;
    lxw_error closed = workbook_close(xlsx->book);
    free(xlsx);
    return closed == LXW_NO_ERROR || error_set(error, "the workbook cannot be written: %s", lxw_strerror(closed));
}

bool sheet_xlsx(struct sheet_writer *writer, const struct sheet_frame *frame, struct error *error)
{
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    lxw_workbook *book = xlsx ? workbook_new(frame->path) : NULL;
    if (!book) {
        free(xlsx);
        return error_set(error, "no memory for the workbook");
    }
    *xlsx = (struct xlsx){ .frame = frame,
                           .book = book,
                           .heading = workbook_add_format(book),
                           .text = workbook_add_format(book),
                           .day = workbook_add_format(book),
                           .mark = workbook_add_format(book),
                           .wrap = workbook_add_format(book) };
    format_set_bold(xlsx->heading);
    format_set_text_wrap(xlsx->heading);
    format_set_bg_color(xlsx->heading, 0xE7EEF7);
    format_set_border(xlsx->heading, LXW_BORDER_THIN);
    format_set_num_format(xlsx->text, "@");
    format_set_num_format(xlsx->day, "yyyy-mm-dd");
    format_set_font_color(xlsx->mark, 0xB10E1E);
    format_set_text_wrap(xlsx->mark);
    format_set_text_wrap(xlsx->wrap);
    *writer = (struct sheet_writer){ begin_page, write_row, close_book, xlsx };
    return true;
}
