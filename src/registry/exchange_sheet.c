/* See exchange_sheet.h: what the formats have in common, and CSV. */
#include "registry/exchange_sheet.h"

#include "base/cell.h"
#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct sheet {
    enum exchange_format format;
    struct sheet_writer writer; /* of workbooks */
    struct sheet_frame frame;
    struct arena *arena, *row_arena;
    FILE *out;
    int file;    /* of a workbook, in memory, with a name in /proc, for the libraries want a name */
    bool behind; /* a page behind the table: not in a CSV */
};

bool exchange_format_of(struct str word, enum exchange_format *format)
{
    for (enum exchange_format f = EXCHANGE_XLSX; f <= EXCHANGE_CSV; f++) {
        if (str_is(word, exchange_format_word(f))) {
            *format = f;
            return true;
        }
    }
    return false;
}

const char *exchange_format_word(enum exchange_format format)
{
    return format == EXCHANGE_XLSX ? "xlsx" : format == EXCHANGE_ODS ? "ods" : "csv";
}

const char *exchange_format_type(enum exchange_format format)
{
    return format == EXCHANGE_XLSX  ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
           : format == EXCHANGE_ODS ? "application/vnd.oasis.opendocument.spreadsheet"
                                    : "text/csv; charset=utf-8";
}

static void csv_line(struct sheet *sheet, const struct sheet_cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str text = cells[i].kind == SHEET_DAY ? day_format(sheet->row_arena, cells[i].day) : cells[i].text;
        cell_csv(sheet->out, text, i == 0);
    }
    (void)fputs("\r\n", sheet->out);
}

static void write_headings(struct sheet *sheet)
{
    struct sheet_cell cells[EXCHANGE_COLUMNS_MOST];
    for (size_t i = 0; i < sheet->frame.n; i++) {
        cells[i] = (struct sheet_cell){ SHEET_TEXT, sheet->frame.columns[i].heading, 0 };
    }
    if (sheet->format == EXCHANGE_CSV) {
        csv_line(sheet, cells, sheet->frame.n);
    } else {
        sheet->writer.row(sheet->writer.context, cells, sheet->frame.n, true);
    }
}

bool sheet_open(struct sheet **out, enum exchange_format format, struct text name, enum lang lang,
                const struct sheet_column *columns, size_t n, uint32_t room, FILE *to, struct error *error)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet) {
        return error_set(error, "no memory for the sheet");
    }
    *sheet = (struct sheet){ .format = format,
                             .arena = arena_new(0),
                             .row_arena = arena_new(0),
                             .out = to,
                             .file = -1,
                             .frame = { .columns = columns, .n = n, .room = room, .lang = lang } };
    sheet->frame.arena = sheet->arena;
    bool good = true;
    if (format == EXCHANGE_CSV) {
        (void)fputs("\xef\xbb\xbf", to);
    } else {
        sheet->file = memfd_create("sheet", MFD_CLOEXEC);
        sheet->frame.path = arena_printf(sheet->arena, "/proc/self/fd/%d", sheet->file).p;
        good = sheet->file >= 0
                   ? (format == EXCHANGE_XLSX ? sheet_xlsx : sheet_ods)(&sheet->writer, &sheet->frame, error)
                   : error_set(error, "no memory for the sheet: %s", strerror(errno));
        if (good) {
            sheet->writer.page(sheet->writer.context, text_in(name, lang), true);
        }
    }
    if (!good) {
        (void)sheet_close(sheet, false, NULL);
        return false;
    }
    if (n && columns[0].heading.n) {
        write_headings(sheet);
    }
    *out = sheet;
    return true;
}

void sheet_row(struct sheet *sheet, const struct sheet_cell *cells, size_t n)
{
    struct sheet_cell safe[LIMIT_SHEET_COLUMNS + 1];
    arena_reset(sheet->row_arena);
    n = n < LIMIT_SHEET_COLUMNS + 1 ? n : LIMIT_SHEET_COLUMNS + 1;
    for (size_t i = 0; i < n; i++) {
        safe[i] = cells[i];
        if (cells[i].kind == SHEET_TEXT || cells[i].kind == SHEET_MARK) {
            safe[i].text = cell_guarded(sheet->row_arena, cells[i].text);
        }
    }
    if (sheet->format != EXCHANGE_CSV) {
        sheet->writer.row(sheet->writer.context, safe, n, false);
    } else if (!sheet->behind) {
        csv_line(sheet, safe, n);
    }
}

void sheet_page(struct sheet *sheet, struct text name)
{
    sheet->behind = true;
    if (sheet->format != EXCHANGE_CSV) {
        sheet->writer.page(sheet->writer.context, text_in(name, sheet->frame.lang), false);
    }
}

static bool copy_out(int file, FILE *out, struct error *error)
{
    char bytes[65536];
    ssize_t n;
    if (lseek(file, 0, SEEK_SET) != 0) {
        return error_set(error, "the workbook cannot be read back: %s", strerror(errno));
    }
    while ((n = read(file, bytes, sizeof bytes)) > 0) {
        if (fwrite(bytes, 1, (size_t)n, out) != (size_t)n) {
            return error_set(error, "the workbook cannot be written: %s", strerror(errno));
        }
    }
    return n == 0 || error_set(error, "the workbook cannot be read back: %s", strerror(errno));
}

bool sheet_close(struct sheet *sheet, bool good, struct error *error)
{
    if (sheet->writer.context) {
        struct error own = { "" };
        bool closed = sheet->writer.close(sheet->writer.context, &own);
        good = good && (closed || error_set(error, "%s", own.message)) && copy_out(sheet->file, sheet->out, error);
    }
    if (good && (fflush(sheet->out) != 0 || ferror(sheet->out))) {
        good = error_set(error, "the sheet cannot be written: %s", strerror(errno));
    }
    if (sheet->file >= 0) {
        (void)close(sheet->file);
    }
    arena_free(sheet->row_arena);
    arena_free(sheet->arena);
    free(sheet);
    return good;
}
