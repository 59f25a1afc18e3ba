/* See lines.h. */
#include "import/lines.h"

#include "base/limits.h"

/* The headings and some lines above them may come on top of the rows. */
enum { MORE_ROWS = 100 };

static void field(FILE *out, struct str s)
{
    size_t n = s.n < LIMIT_SHEET_CELL_BYTES ? s.n : LIMIT_SHEET_CELL_BYTES;
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
        n--; /* not within a character */
    }
    for (size_t i = 0; i < n; i++) {
        switch (s.p[i]) {
        case '\\':
            (void)fputs("\\\\", out);
            break;
        case '\t':
            (void)fputs("\\t", out);
            break;
        case '\n':
            (void)fputs("\\n", out);
            break;
        case '\r':
            (void)fputs("\\r", out);
            break;
        case '\0':
            (void)fputs("\xef\xbf\xbd", out);
            break;
        default:
            (void)putc(s.p[i], out);
        }
    }
}

void lines_sheet(struct lines *lines, struct str name)
{
    lines->rows = 0;
    (void)fputs("sheet\t", lines->out);
    field(lines->out, name);
    (void)putc('\n', lines->out);
}

void lines_row(struct lines *lines, uint32_t number, const struct str *cells, size_t n)
{
    n = n < LIMIT_SHEET_COLUMNS ? n : LIMIT_SHEET_COLUMNS;
    while (n > 0 && str_trim(cells[n - 1]).n == 0) {
        n--;
    }
    if (n == 0 || lines->too_many) {
        return;
    }
    if (lines->rows++ >= LIMIT_SHEET_ROWS + MORE_ROWS) {
        lines->too_many = true;
        return;
    }
    (void)fprintf(lines->out, "row\t%u", number);
    for (size_t i = 0; i < n; i++) {
        (void)putc('\t', lines->out);
        field(lines->out, cells[i]);
    }
    (void)putc('\n', lines->out);
}
