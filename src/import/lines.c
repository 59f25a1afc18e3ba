/* See lines.h. */
#include "import/lines.h"

#include "base/limits.h"

/* The headings and some lines above them may come on top of the rows. */
enum { MORE_ROWS = 100 };

/* What may not stand in a field as itself. */
static const char *instead_of(char c)
{
    switch (c) {
    case '\\':
        return "\\\\";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\0':
        return "\xef\xbf\xbd";
    default:
        return NULL;
    }
}

static void field_of(FILE *out, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *instead = (unsigned char)s.p[i] < ' ' || s.p[i] == '\\' ? instead_of(s.p[i]) : NULL;
        if (instead) {
            (void)fwrite_unlocked(s.p + from, 1, i - from, out);
            (void)fputs_unlocked(instead, out);
            from = i + 1;
        }
    }
    if (from < s.n) {
        (void)fwrite_unlocked(s.p + from, 1, s.n - from, out);
    }
}

static void field(FILE *out, struct str s)
{
    size_t n = s.n < LIMIT_SHEET_CELL_BYTES ? s.n : LIMIT_SHEET_CELL_BYTES;
    while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80) {
        n--; /* not within a character */
    }
    field_of(out, str_part(s, 0, n));
}

void lines_sheet(struct lines *lines, struct str name)
{
    lines->rows = 0;
    (void)fputs("sheet\t", lines->out);
    field(lines->out, name);
    (void)putc('\n', lines->out);
}

/* Are there more than may be? Then nothing more is written. */
static bool too_many(struct lines *lines)
{
    lines->too_many = lines->too_many || (!lines->any_number && lines->rows >= LIMIT_SHEET_ROWS + MORE_ROWS);
    lines->rows += lines->too_many ? 0 : 1;
    return lines->too_many;
}

static void number_of(FILE *out, const char *word, uint32_t number)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    (void)fputs_unlocked(word, out);
    (void)putc_unlocked('\t', out);
    (void)fwrite_unlocked(digits + at, 1, sizeof digits - at, out);
}

void lines_row(struct lines *lines, uint32_t number, const struct str *cells, size_t n)
{
    n = n < LIMIT_SHEET_COLUMNS ? n : LIMIT_SHEET_COLUMNS;
    while (n > 0 && str_trim(cells[n - 1]).n == 0) {
        n--;
    }
    if (n == 0 || too_many(lines)) {
        return;
    }
    number_of(lines->out, "row", number);
    for (size_t i = 0; i < n; i++) {
        (void)putc_unlocked('\t', lines->out);
        field(lines->out, cells[i]);
    }
    (void)putc_unlocked('\n', lines->out);
}

void lines_map(struct lines *lines, struct str frame, const struct str *fields, size_t n)
{
    (void)fputs("map\t", lines->out);
    field(lines->out, frame);
    for (size_t i = 0; i < n; i++) {
        (void)putc('\t', lines->out);
        field(lines->out, fields[i]);
    }
    (void)putc('\n', lines->out);
}

void lines_shape(struct lines *lines, uint32_t number, struct str geojson, const struct str *cells, size_t n)
{
    if (too_many(lines)) {
        return;
    }
    number_of(lines->out, "shape", number);
    (void)putc('\t', lines->out);
    /* Half a shape is none; a line that is too long ends the reading on the other side. */
    field_of(lines->out, geojson.n < LIMIT_STRANGER_LINE_BYTES / 2 ? geojson : STR(""));
    for (size_t i = 0; i < n; i++) {
        (void)putc('\t', lines->out);
        field(lines->out, cells[i]);
    }
    (void)putc('\n', lines->out);
}

void lines_at(struct lines *lines, int64_t bytes)
{
    (void)fprintf(lines->out, "at\t%lld\n", (long long)bytes);
}
