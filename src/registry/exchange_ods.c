/* ODS, an OpenDocument spreadsheet: a ZIP of `mimetype` (stored, first), content.xml and a manifest. See
 * exchange_sheet.h. A text stands in its cell twice, as the value of an attribute, where nothing is folded, and as a
 * paragraph to be shown. */
#include "registry/exchange_sheet.h"

#include "base/buf.h"
#include "base/clock.h"

#include <minizip/zip.h>
#include <stdlib.h>

enum { HELD = 64 * 1024, HELD_MOST = 16 << 20 };

struct ods {
    const struct sheet_frame *frame;
    zipFile zip;
    struct buf text; /* of content.xml, not yet written */
    bool good, page, table;
    uint32_t rows;
};

static void flush(struct ods *ods)
{
    ods->good = ods->good && !ods->text.full &&
                zipWriteInFileInZip(ods->zip, ods->text.p ? ods->text.p : "", (unsigned)ods->text.n) == ZIP_OK;
    buf_clear(&ods->text);
}

/* As the value of an attribute or a paragraph; what XML 1.0 cannot hold is left out. */
static void escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        switch (c) {
        case '&':
            buf_add_cstr(out, "&amp;");
            break;
        case '<':
            buf_add_cstr(out, "&lt;");
            break;
        case '>':
            buf_add_cstr(out, "&gt;");
            break;
        case '"':
            buf_add_cstr(out, "&quot;");
            break;
        case '\n':
        case '\t':
        case '\r':
            buf_printf(out, "&#%d;", c);
            break;
        default:
            if ((unsigned char)c >= ' ') {
                buf_add_char(out, c);
            }
        }
    }
}

static void end_page(struct ods *ods)
{
    if (ods->page && ods->table && ods->frame->room > ods->rows) {
        /* Empty rows with the drop-down lists. */
        buf_printf(&ods->text, "<table:table-row table:number-rows-repeated=\"%u\">", ods->frame->room - ods->rows);
        for (size_t i = 0; i < ods->frame->n; i++) {
            if (ods->frame->columns[i].nchoices) {
                buf_printf(&ods->text, "<table:table-cell table:content-validation-name=\"list%zu\"/>", i);
            } else {
                buf_add_cstr(&ods->text, "<table:table-cell/>");
            }
        }
        buf_add_cstr(&ods->text, "</table:table-row>");
    }
    if (ods->page) {
        buf_add_cstr(&ods->text, "</table:table>");
    }
}

static void begin_page(void *context, const char *name, bool table)
{
    struct ods *ods = context;
    end_page(ods);
    ods->page = true;
    ods->table = table;
    ods->rows = 0;
    buf_add_cstr(&ods->text, "<table:table table:name=\"");
    escaped(&ods->text, str_of(name));
    buf_printf(&ods->text, "\"><table:table-column table:style-name=\"%s\" table:number-columns-repeated=\"%d\"/>",
               table ? "column" : "wide", table ? 64 : 2);
}

static void write_cell(struct ods *ods, size_t column, const struct sheet_cell *cell, bool heading)
{
    struct buf *out = &ods->text;
    buf_add_cstr(out, "<table:table-cell");
    if (ods->table && !heading && column < ods->frame->n && ods->frame->columns[column].nchoices) {
        buf_printf(out, " table:content-validation-name=\"list%zu\"", column);
    }
    struct str shown = cell->kind == SHEET_DAY ? day_format(ods->frame->arena, cell->day) : cell->text;
    if (shown.n == 0) {
        buf_add_cstr(out, "/>");
        return;
    }
    if (cell->kind == SHEET_DAY) {
        buf_printf(out, " table:style-name=\"day\" office:value-type=\"date\" office:date-value=\"%.*s\">",
                   STR_ARG(shown));
    } else if (cell->kind == SHEET_NUMBER) {
        buf_printf(out, " office:value-type=\"float\" office:value=\"%.*s\">", STR_ARG(shown));
    } else {
        buf_printf(out, " table:style-name=\"%s\" office:value-type=\"string\" office:string-value=\"",
                   heading                    ? "heading"
                   : cell->kind == SHEET_MARK ? "mark"
                                              : "text");
        escaped(out, shown);
        buf_add_cstr(out, "\">");
    }
    struct str rest = shown, line;
    while (str_split(&rest, '\n', &line)) {
        buf_add_cstr(out, "<text:p>");
        escaped(out, line);
        buf_add_cstr(out, "</text:p>");
    }
    buf_add_cstr(out, "</table:table-cell>");
}

static void write_row(void *context, const struct sheet_cell *cells, size_t n, bool heading)
{
    struct ods *ods = context;
    buf_add_cstr(&ods->text, "<table:table-row>");
    for (size_t i = 0; i < n; i++) {
        write_cell(ods, i, &cells[i], heading);
    }
    buf_add_cstr(&ods->text, "</table:table-row>");
    ods->rows++;
    if (ods->text.n > HELD) {
        flush(ods);
    }
}

static bool write_file(struct ods *ods, const char *name, const char *text, bool stored)
{
    zip_fileinfo about = { .tmz_date = { .tm_year = 1980, .tm_mday = 1 } };
    return zipOpenNewFileInZip(ods->zip, name, &about, NULL, 0, NULL, 0, NULL, stored ? 0 : Z_DEFLATED,
                               stored ? 0 : Z_DEFAULT_COMPRESSION) == ZIP_OK &&
           (!text || (zipWriteInFileInZip(ods->zip, text, (unsigned)strlen(text)) == ZIP_OK &&
                      zipCloseFileInZip(ods->zip) == ZIP_OK));
}

static const char manifest[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" "
    "manifest:version=\"1.2\">"
    "<manifest:file-entry manifest:full-path=\"/\" "
    "manifest:media-type=\"application/vnd.oasis.opendocument.spreadsheet\"/>"
    "<manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/>"
    "</manifest:manifest>\n";

static const char head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
    "xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" "
    "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" "
    "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "
    "xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" "
    "xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\" "
    "xmlns:of=\"urn:oasis:names:tc:opendocument:xmlns:of:1.2\" office:version=\"1.2\"><office:automatic-styles>"
    "<number:date-style style:name=\"date\"><number:year number:style=\"long\"/><number:text>-</number:text>"
    "<number:month number:style=\"long\"/><number:text>-</number:text><number:day number:style=\"long\"/>"
    "</number:date-style>"
    "<number:text-style style:name=\"plain\"><number:text-content/></number:text-style>"
    "<style:style style:name=\"column\" style:family=\"table-column\">"
    "<style:table-column-properties style:column-width=\"4cm\"/></style:style>"
    "<style:style style:name=\"wide\" style:family=\"table-column\">"
    "<style:table-column-properties style:column-width=\"10cm\"/></style:style>"
    "<style:style style:name=\"day\" style:family=\"table-cell\" style:data-style-name=\"date\"/>"
    "<style:style style:name=\"text\" style:family=\"table-cell\" style:data-style-name=\"plain\"/>"
    "<style:style style:name=\"mark\" style:family=\"table-cell\"><style:text-properties fo:color=\"#b10e1e\"/>"
    "</style:style>"
    "<style:style style:name=\"heading\" style:family=\"table-cell\"><style:table-cell-properties "
    "fo:background-color=\"#e7eef7\" fo:wrap-option=\"wrap\"/><style:text-properties fo:font-weight=\"bold\"/>"
    "</style:style></office:automatic-styles><office:body><office:spreadsheet>";

/* The drop-down lists: a formula whose texts stand in quotation marks that are doubled within. */
static void write_lists(struct ods *ods)
{
    const struct sheet_frame *frame = ods->frame;
    bool any = false;
    for (size_t i = 0; i < frame->n; i++) {
        any = any || frame->columns[i].nchoices;
    }
    if (!any) {
        return;
    }
    buf_add_cstr(&ods->text, "<table:content-validations>");
    for (size_t i = 0; i < frame->n; i++) {
        const struct sheet_column *column = &frame->columns[i];
        if (!column->nchoices) {
            continue;
        }
        buf_printf(&ods->text,
                   "<table:content-validation table:name=\"list%zu\" table:allow-empty-cell=\"true\" "
                   "table:display-list=\"unsorted\" table:condition=\"of:cell-content-is-in-list(",
                   i);
        for (size_t c = 0; c < column->nchoices; c++) {
            buf_add_cstr(&ods->text, c ? ";&quot;" : "&quot;");
            escaped(&ods->text, column->choices[c]);
            buf_add_cstr(&ods->text, "&quot;");
        }
        buf_add_cstr(&ods->text, ")\"/>");
    }
    buf_add_cstr(&ods->text, "</table:content-validations>");
}

static bool close_book(void *context, struct error *error)
{
    struct ods *ods = context;
    end_page(ods);
    buf_add_cstr(&ods->text, "</office:spreadsheet></office:body></office:document-content>\n");
    flush(ods);
    bool good =
        ods->good && zipCloseFileInZip(ods->zip) == ZIP_OK && write_file(ods, "META-INF/manifest.xml", manifest, false);
    good = zipClose(ods->zip, NULL) == ZIP_OK && good;
    buf_free(&ods->text);
    free(ods);
    return good || error_set(error, "the workbook cannot be written");
}

bool sheet_ods(struct sheet_writer *writer, const struct sheet_frame *frame, struct error *error)
{
    struct ods *ods = calloc(1, sizeof *ods);
    if (!ods) {
        return error_set(error, "no memory for the workbook");
    }
    *ods = (struct ods){ .frame = frame, .zip = zipOpen(frame->path, APPEND_STATUS_CREATE), .good = true };
    ods->text = buf_init(HELD_MOST);
    if (!ods->zip || !write_file(ods, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", true) ||
        !write_file(ods, "content.xml", NULL, false)) {
        if (ods->zip) {
            (void)zipClose(ods->zip, NULL);
        }
        free(ods);
        return error_set(error, "the workbook cannot be written");
    }
    buf_add_cstr(&ods->text, head);
    write_lists(ods);
    *writer = (struct sheet_writer){ begin_page, write_row, close_book, ods };
    return true;
}
