/* See grid.h. */
#include "figures/pages/grid.h"

#include "base/buf.h"
#include "print/print.h"

enum { FILE_BYTES_MOST = 16 * 1024 * 1024 };

static void add_cell(struct buf *out, struct str s, bool last)
{
    bool number = s.n > 1 && s.p[0] == '-' && s.p[1] >= '0' && s.p[1] <= '9';
    buf_add_char(out, '"');
    if (s.n && strchr("=+-@\t\r", s.p[0]) && !number) {
        buf_add_char(out, '\''); /* a spreadsheet would run it */
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            buf_add_char(out, '"');
        }
        buf_add_char(out, s.p[i]);
    }
    buf_add_cstr(out, last ? "\"\r\n" : "\",");
}

struct str grid_csv(struct arena *arena, const struct grid *grid)
{
    struct buf out = buf_init(FILE_BYTES_MOST);
    buf_add_cstr(&out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < grid->columns; i++) {
        add_cell(&out, grid->titles[i], i + 1 == grid->columns);
    }
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        add_cell(&out, grid->cells[i], (i + 1) % grid->columns == 0);
    }
    struct str bytes = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return bytes;
}

bool grid_xlsx(struct arena *arena, const struct grid *grid, struct str *bytes, struct error *error)
{
    struct sheet_column columns[GRID_COLUMNS_MOST];
    struct sheet *sheet;
    for (size_t i = 0; i < grid->columns; i++) {
        columns[i] = (struct sheet_column){ grid->titles[i], SHEET_TEXT, i == grid->wide ? 36 : 16 };
    }
    if (!sheet_new(&sheet, grid->name, grid->note, columns, grid->columns, error)) {
        return false;
    }
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        sheet_text(sheet, grid->cells[i]);
        if ((i + 1) % grid->columns == 0) {
            sheet_next_row(sheet);
        }
    }
    return sheet_finish(sheet, arena, bytes, error);
}

void grid_reply(struct request *request, const struct grid *grid, struct str format)
{
    struct arena *arena = request_arena(request);
    struct str file = arena_printf(arena, "%.*s.%.*s", STR_ARG(grid->name), STR_ARG(format)), bytes;
    struct error error;
    if (str_is(format, "csv")) {
        reply_bytes(request, 200, "text/csv; charset=utf-8", file, grid_csv(arena, grid));
    } else if (!str_is(format, "xlsx")) {
        reply_not_found(request);
    } else if (grid_xlsx(arena, grid, &bytes, &error)) {
        reply_bytes(request, 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", file, bytes);
    } else {
        reply_failed(request, &error);
    }
}
