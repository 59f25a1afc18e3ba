/* See csv.h. */
#include "import/csv.h"

#include "base/buf.h"
#include "base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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

/* Where a reading of rows stands. */
struct rows_of {
    char separator;
    uint32_t number; /* of the last row */
    struct arena *cells;
};

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

/* Says the rows at the front of the text while more than `lookahead` bytes are left; the number of bytes that it took.
 */
static size_t take_rows(struct rows_of *rows, struct str text, size_t lookahead, struct lines *lines)
{
    struct str cells[LIMIT_SHEET_COLUMNS];
    size_t at = 0;
    while (at < text.n && text.n - at > lookahead && !lines->too_many) {
        size_t n = 0;
        arena_reset(rows->cells);
        for (;;) {
            struct str cell = take_cell(rows->cells, text, &at, rows->separator);
            if (n < LIMIT_SHEET_COLUMNS) {
                cells[n++] = cell;
            }
            if (at >= text.n || text.p[at] != rows->separator) {
                break;
            }
            at++;
        }
        if (at < text.n) {
            at += text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n' ? 2 : 1;
        }
        lines_row(lines, ++rows->number, cells, n);
    }
    return at;
}

void csv_read(struct arena *arena, struct str text, struct lines *lines)
{
    (void)arena;
    struct rows_of rows = { .separator = separator_of(text), .cells = arena_new(0) };
    lines_sheet(lines, STR(""));
    (void)take_rows(&rows, text, 0, lines);
    arena_free(rows.cells);
}

/* ---- Of any length ---- */

/* A window slides over the file: rows are taken while a megabyte lies before them, more than a row can have (64 cells
 * of 8 KB); what is left moves to the front and the window is filled again. */
enum { WINDOW = 4 << 20, ROW_MOST = 1 << 20, READ_PART = 1 << 20 };

/* Bytes of standard input into `to`; -1: failed. */
static ssize_t some(char *to, size_t room)
{
    ssize_t n;
    do {
        n = read(STDIN_FILENO, to, room);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Is the whole file UTF-8, and without zero bytes? It lies in a regular file, so it is looked through first. */
static bool look_through(char *window, bool *utf8, bool *text)
{
    size_t held = 0;
    ssize_t n;
    *utf8 = *text = true;
    while (*utf8 && (n = some(window + held, READ_PART)) > 0) {
        size_t all = held + (size_t)n, whole = all;
        while (whole > 0 && all - whole < 3 && ((unsigned char)window[whole - 1] & 0xc0) == 0x80) {
            whole--; /* to the beginning of the last character */
        }
        whole -= whole > 0 && (unsigned char)window[whole - 1] >= 0xc0;
        *utf8 = str_is_utf8((struct str){ window, whole });
        held = all - whole;
        memmove(window, window + whole, held);
        *utf8 = *utf8 && held < 4;
    }
    *utf8 = *utf8 && held == 0;
    if (lseek(STDIN_FILENO, 0, SEEK_SET) != 0) {
        return false;
    }
    if (!*utf8) {
        while (*text && (n = some(window, READ_PART)) > 0) {
            *text = memchr(window, '\0', (size_t)n) == NULL;
        }
    }
    return lseek(STDIN_FILENO, 0, SEEK_SET) == 0;
}

/* Where bytes of the file become UTF-8. */
struct filling {
    iconv_t converter; /* of NO_CONVERTER: none is needed */
    bool converts;
    char *raw; /* READ_PART and what did not make a character yet */
    size_t held;
    int64_t bytes; /* read so far */
    bool end;
};

/* Converts what lies in raw to the window's end; what is no character becomes U+FFFD. */
static size_t convert(struct filling *filling, char *to, size_t room)
{
    char *from = filling->raw, *out = to;
    size_t left = filling->held;
    while (left > 0 && room >= 4 && iconv(filling->converter, &from, &left, &out, &room) == (size_t)-1) {
        if (errno == EINVAL && !filling->end) {
            break; /* a character that goes on in the next part */
        }
        if (errno == E2BIG) {
            break;
        }
        memcpy(out, "\xef\xbf\xbd", 3);
        out += 3;
        room -= 3;
        from++;
        left--;
    }
    memmove(filling->raw, from, left);
    filling->held = left;
    return (size_t)(out - to);
}

/* More bytes behind the n of the window; false when reading failed. */
static bool fill(struct filling *filling, char *window, size_t *n)
{
    while (!filling->end && WINDOW - *n >= 4 * (size_t)READ_PART / 2) {
        char *to = filling->converts ? filling->raw + filling->held : window + *n;
        ssize_t got = some(to, filling->converts ? READ_PART / 2 : READ_PART);
        if (got < 0) {
            return false;
        }
        filling->end = got == 0;
        filling->bytes += got;
        if (filling->converts) {
            filling->held += (size_t)got;
            *n += convert(filling, window + *n, WINDOW - *n);
        } else {
            *n += (size_t)got;
        }
    }
    return true;
}

const char *csv_read_large(const struct encodings *encodings, struct lines *lines)
{
    char *window = malloc(WINDOW), *raw = malloc(READ_PART);
    bool utf8, text;
    if (!window || !raw || !look_through(window, &utf8, &text)) {
        return "failed"; /* the program ends now: nothing is freed */
    }
    if (!text) {
        return "not-a-spreadsheet";
    }
    struct filling filling = { .converter = encodings->gb18030, .converts = !utf8, .raw = raw };
    struct rows_of rows = { .cells = arena_new(0) };
    size_t n = 0;
    bool first = true, ok = true;
    lines->any_number = true;
    lines_sheet(lines, STR(""));
    do {
        ok = fill(&filling, window, &n);
        size_t mark = first && str_starts((struct str){ window, n }, STR("\xef\xbb\xbf")) ? 3 : 0;
        struct str part = { window + mark, n - mark };
        if (first) {
            rows.separator = separator_of(part);
        }
        first = false;
        size_t took = mark + take_rows(&rows, part, filling.end ? 0 : ROW_MOST, lines);
        n -= took;
        memmove(window, window + took, n);
        lines_at(lines, filling.bytes);
    } while (ok && (n > 0 || !filling.end));
    arena_free(rows.cells);
    free(window);
    free(raw);
    return ok ? NULL : "failed";
}
