/* See csv.h. */
#include "import/csv.h"

#include "base/buf.h"
#include "base/limits.h"

bool encodings_open(struct encodings *encodings)
{
    encodings->gb18030 = iconv_open("UTF-8", "GB18030");
    encodings->utf16le = iconv_open("UTF-8", "UTF-16LE");
    encodings->utf16be = iconv_open("UTF-8", "UTF-16BE");
    iconv_t none = (iconv_t)-1; // NOLINT(performance-no-int-to-ptr): iconv's own failure value
    return encodings->gb18030 != none && encodings->utf16le != none && encodings->utf16be != none;
}

bool csv_is_text(struct str bytes)
{
    bool marked = str_starts(bytes, STR("\xff\xfe")) || str_starts(bytes, STR("\xfe\xff"));
    return marked || str_find(bytes, '\0') == bytes.n;
}

static struct str converted(struct arena *arena, iconv_t converter, struct str bytes)
{
    /* GB 18030 and UTF-16 grow by a half at most; U+FFFD for one byte is three. */
    size_t size = bytes.n * 3 + 16, room = size, left = bytes.n;
    char *out = arena_alloc(arena, size), *to = out, *from = (char *)(uintptr_t)bytes.p;
    (void)iconv(converter, NULL, NULL, NULL, NULL);
    while (left > 0 && iconv(converter, &from, &left, &to, &room) == (size_t)-1 && room >= 3 && left > 0) {
        memcpy(to, "\xef\xbf\xbd", 3);
        to += 3;
        room -= 3;
        from++;
        left--;
    }
    return (struct str){ out, (size_t)(to - out) };
}

/* The length of the well-formed character at the front; 0: there is none. */
static size_t character(struct str s)
{
    for (size_t n = 1; n <= 4 && n <= s.n; n++) {
        if (str_is_utf8(str_part(s, 0, n))) {
            return n;
        }
    }
    return 0;
}

static struct str mended(struct arena *arena, struct str bytes)
{
    char *out = arena_alloc(arena, bytes.n * 3 + 1), *to = out;
    while (bytes.n) {
        size_t n = character(bytes);
        memcpy(to, n ? bytes.p : "\xef\xbf\xbd", n ? n : 3);
        to += n ? n : 3;
        bytes = str_part(bytes, n ? n : 1, bytes.n);
    }
    return (struct str){ out, (size_t)(to - out) };
}

struct str csv_decode(struct arena *arena, const struct encodings *encodings, struct str bytes)
{
    if (str_starts(bytes, STR("\xef\xbb\xbf"))) {
        struct str rest = str_part(bytes, 3, bytes.n);
        return str_is_utf8(rest) ? rest : mended(arena, rest);
    }
    if (str_starts(bytes, STR("\xff\xfe"))) {
        return converted(arena, encodings->utf16le, str_part(bytes, 2, bytes.n));
    }
    if (str_starts(bytes, STR("\xfe\xff"))) {
        return converted(arena, encodings->utf16be, str_part(bytes, 2, bytes.n));
    }
    return str_is_utf8(bytes) ? bytes : converted(arena, encodings->gb18030, bytes);
}

/* The separator that stands most often in the first line, outside quotes. */
static char separator_of(struct str text)
{
    static const char candidates[] = { ',', ';', '\t' };
    size_t counts[3] = { 0 };
    bool quoted = false;
    for (size_t i = 0; i < text.n && (quoted || (text.p[i] != '\n' && text.p[i] != '\r')); i++) {
        quoted ^= text.p[i] == '"';
        for (size_t c = 0; c < 3 && !quoted; c++) {
            counts[c] += text.p[i] == candidates[c];
        }
    }
    size_t best = 0;
    for (size_t c = 1; c < 3; c++) {
        best = counts[c] > counts[best] ? c : best;
    }
    return candidates[best];
}

/* The index of the closing quote of a cell that opens at `at`, or text.n when there is none near. */
static size_t closing_quote(struct str text, size_t at)
{
    for (size_t i = at + 1; i < text.n && i - at <= 2 * LIMIT_SHEET_CELL_BYTES; i++) {
        if (text.p[i] != '"') {
            continue;
        }
        if (i + 1 == text.n || text.p[i + 1] != '"') {
            return i;
        }
        i++;
    }
    return text.n;
}

static struct str unquoted(struct arena *arena, struct str inside)
{
    char *out = arena_alloc(arena, inside.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < inside.n; i++) {
        out[n++] = inside.p[i];
        i += inside.p[i] == '"';
    }
    return (struct str){ out, n };
}

static bool ends_cell(struct str text, size_t at, char separator)
{
    return at >= text.n || text.p[at] == separator || text.p[at] == '\n' || text.p[at] == '\r';
}

/* Takes the cell at *at and leaves *at on the separator, line end or end behind it. */
static struct str take_cell(struct arena *arena, struct str text, size_t *at, char separator)
{
    size_t begin = *at;
    if (begin < text.n && text.p[begin] == '"') {
        size_t close = closing_quote(text, begin);
        if (close < text.n && ends_cell(text, close + 1, separator)) {
            *at = close + 1;
            return unquoted(arena, str_part(text, begin + 1, close - begin - 1));
        }
    }
    size_t end = begin;
    while (!ends_cell(text, end, separator)) {
        end++;
    }
    *at = end;
    return str_part(text, begin, end - begin);
}

void csv_read(struct arena *arena, struct str text, struct lines *lines)
{
    char separator = separator_of(text);
    struct arena *cells_arena = arena_new(0);
    struct str *cells = ARENA_ARRAY(arena, struct str, LIMIT_SHEET_COLUMNS);
    uint32_t number = 0;
    lines_sheet(lines, STR(""));
    for (size_t at = 0; at < text.n && !lines->too_many;) {
        size_t n = 0;
        arena_reset(cells_arena);
        for (;;) {
            struct str cell = take_cell(cells_arena, text, &at, separator);
            if (n < LIMIT_SHEET_COLUMNS) {
                cells[n++] = cell;
            }
            if (at >= text.n || text.p[at] != separator) {
                break;
            }
            at++;
        }
        if (at < text.n) {
            at += text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n' ? 2 : 1;
        }
        lines_row(lines, ++number, cells, n);
    }
    arena_free(cells_arena);
}
