/* See cell.h. */
#include "base/cell.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN_CHARS = 24, FIRST_SERIAL = 20000, LAST_SERIAL = 80000, STORED_DIGITS = 15 };

/* ---- Text ---- */

/* A blank of any width at the front: its length, or 0. */
static size_t blank(struct str s)
{
    static const char *const wide[] = { "\xe3\x80\x80", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf" };
    if (s.n == 0) {
        return 0;
    }
    if (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r') {
        return 1;
    }
    for (size_t i = 0; (unsigned char)s.p[0] >= 0x80 && i < sizeof wide / sizeof *wide; i++) {
        if (str_starts(s, str_of(wide[i]))) {
            return strlen(wide[i]);
        }
    }
    return 0;
}

/* Can a blank begin, or end, with this byte? */
static bool may_be_blank(unsigned char first, unsigned char last)
{
    return first <= ' ' || first == 0xe3 || first == 0xc2 || first == 0xe2 || first == 0xef || last <= ' ' ||
           last == 0x80 || last == 0xa0 || last == 0x8b || last == 0xbf;
}

struct str cell_trimmed(struct str s)
{
    if (s.n && !may_be_blank((unsigned char)s.p[0], (unsigned char)s.p[s.n - 1])) {
        return s; /* most cells */
    }
    for (size_t n; (n = blank(s)) != 0;) {
        s = str_part(s, n, s.n);
    }
    size_t end = 0; /* behind the last that is no blank */
    for (size_t i = 0; i < s.n;) {
        size_t n = blank(str_part(s, i, s.n));
        i += n ? n : 1;
        end = n ? end : i;
    }
    return str_part(s, 0, end);
}

/* Printable ASCII alone, nothing at the ends that would be taken away: most cells, left where they lie. */
static bool is_simple(struct str s)
{
    bool simple = s.n > 0 && s.p[0] != ' ' && s.p[0] != '\'' && s.p[s.n - 1] != ' ';
    for (size_t i = 0; simple && i < s.n; i++) {
        simple = s.p[i] >= ' ' && s.p[i] < 127;
    }
    return simple;
}

struct str cell_text(struct arena *arena, struct str cell)
{
    if (cell.n == 0 || is_simple(cell)) {
        return cell;
    }
    struct str s = cell_trimmed(cell_unguarded(cell_trimmed(cell)));
    char *out = arena_alloc(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        out[i] = (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i];
    }
    return (struct str){ out, s.n };
}

/* U+FF01–FF5E are the ASCII signs, wide: EF BC 81 … EF BD 9E. 0: another character. */
static char narrow(struct str s)
{
    if (s.n < 3 || (unsigned char)s.p[0] != 0xef) {
        return 0;
    }
    unsigned code = (0x0fu << 12) | (((unsigned char)s.p[1] & 0x3fu) << 6) | ((unsigned char)s.p[2] & 0x3fu);
    return code >= 0xff01 && code <= 0xff5e ? (char)(code - 0xfee0) : 0;
}

struct str cell_plain(struct arena *arena, struct str cell)
{
    if (cell.n == 0 || is_simple(cell)) {
        return cell;
    }
    struct str s = cell_text(arena, cell);
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = narrow(str_part(s, i, s.n));
        out[n++] = c ? c : s.p[i];
        i += c ? 2 : 0;
    }
    return (struct str){ out, n };
}

struct str cell_bare(struct arena *arena, struct str cell)
{
    struct str s = cell_plain(arena, cell);
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t skip = s.p[i] == '*' ? 1 : blank(str_part(s, i, s.n));
        if (skip) {
            i += skip;
            continue;
        }
        char c = s.p[i++];
        out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return (struct str){ out, n };
}

bool cell_same(struct arena *arena, struct str a, struct str b)
{
    return str_eq(cell_bare(arena, a), cell_bare(arena, b));
}

struct str cell_shown(struct str s)
{
    size_t n = 0;
    for (size_t chars = 0; n < s.n && (chars < SHOWN_CHARS || ((unsigned char)s.p[n] & 0xc0) == 0x80); n++) {
        chars += ((unsigned char)s.p[n] & 0xc0) != 0x80;
    }
    return str_part(s, 0, n);
}

/* ---- Guarding ---- */

/* Does it begin, behind any apostrophes, as a spreadsheet's formula does? Chinese and Japanese programs take the
 * full-width signs too. */
static bool computes(struct str s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] == '\'') {
        i++;
    }
    if (i == s.n) {
        return false;
    }
    char wide = narrow(str_part(s, i, s.n));
    char c = wide ? wide : s.p[i];
    return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

struct str cell_guarded(struct arena *arena, struct str s)
{
    if (!computes(s)) {
        return s;
    }
    char *out = arena_alloc(arena, s.n + 1);
    out[0] = '\'';
    memcpy(out + 1, s.p, s.n);
    return (struct str){ out, s.n + 1 };
}

struct str cell_unguarded(struct str s)
{
    return s.n > 1 && s.p[0] == '\'' && computes(s) ? str_part(s, 1, s.n) : s;
}

/* ---- Days and numbers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Three numbers with anything but digits between them, with or without a time of midnight behind. */
static bool day_of_parts(struct str s, int64_t *day)
{
    int parts[3] = { 0 };
    size_t i = 0;
    for (size_t part = 0; part < 3; part++) {
        size_t from = i;
        for (; i < s.n && is_digit(s.p[i]) && i - from < 4; i++) {
            parts[part] = parts[part] * 10 + (s.p[i] - '0');
        }
        if (i == from) {
            return false;
        }
        size_t sign = i;
        while (part < 2 && i < s.n && !is_digit(s.p[i]) && i - sign < 4) {
            i++;
        }
        if (part < 2 && i == sign) {
            return false;
        }
    }
    struct str rest = cell_trimmed(str_part(s, i, s.n));
    rest = str_starts(rest, STR("日")) ? cell_trimmed(str_part(rest, 3, rest.n)) : rest;
    rest = str_starts(rest, STR("T")) ? str_part(rest, 1, rest.n) : rest;
    if (rest.n && !str_starts(STR("00:00:00.000"), rest) && !str_is(rest, "0:00") && !str_is(rest, "0:00:00")) {
        return false;
    }
    char text[16];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", parts[0] % 10000, parts[1] % 100, parts[2] % 100);
    return parts[1] < 100 && parts[2] < 100 && day_parse((struct str){ text, 10 }, day);
}

bool cell_day(struct arena *arena, struct str s, int64_t *day)
{
    double serial;
    int64_t digits;
    if (s.n == 8 && str_to_int(s, 10000101, 99991231, &digits)) {
        s = arena_printf(arena, "%.4s-%.2s-%.2s", s.p, s.p + 4, s.p + 6);
    }
    if (day_of_parts(s, day)) {
        return true;
    }
    if (cell_number(arena, s, &serial) && serial >= FIRST_SERIAL && serial <= LAST_SERIAL) {
        *day = day_of(1899, 12, 30) + (int64_t)serial;
        return true;
    }
    return false;
}

bool cell_number(struct arena *arena, struct str s, double *value)
{
    char *text = arena_alloc(arena, s.n + 1), *end;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',' && n > 0 && i + 3 < s.n && is_digit(s.p[i - 1]) && is_digit(s.p[i + 1])) {
            continue;
        }
        if (!is_digit(s.p[i]) && !strchr(".eE+-", s.p[i])) {
            return false;
        }
        text[n++] = s.p[i];
    }
    *value = strtod(text, &end);
    return n > 0 && *end == '\0' && isfinite(*value);
}

/* The exponent behind the digits, or false. */
static bool exponent_of(struct str s, int64_t *exponent)
{
    if (s.n == 0) {
        *exponent = 0;
        return true;
    }
    if (s.p[0] != 'e' && s.p[0] != 'E') {
        return false;
    }
    s = str_part(s, 1, s.n);
    s = s.n && s.p[0] == '+' ? str_part(s, 1, s.n) : s;
    return str_to_int(s, -30, 30, exponent);
}

static bool fixed_of(struct str s, int places, int64_t *value)
{
    bool negative = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    int64_t digits = 0, exponent, shift = places;
    bool point = false, any = false;
    for (; i < s.n && (is_digit(s.p[i]) || s.p[i] == '.' || s.p[i] == ','); i++) {
        if (s.p[i] == '.') {
            if (point) {
                return false;
            }
            point = true;
            continue;
        }
        if (s.p[i] == ',') { /* thousands: three digits behind it, one before */
            bool thousands = any && !point && i + 3 < s.n && is_digit(s.p[i + 1]) && is_digit(s.p[i + 2]) &&
                             is_digit(s.p[i + 3]) && (i + 4 == s.n || !is_digit(s.p[i + 4]));
            if (!thousands) {
                return false;
            }
            continue;
        }
        any = true;
        if (__builtin_mul_overflow(digits, 10, &digits) || __builtin_add_overflow(digits, s.p[i] - '0', &digits)) {
            return false;
        }
        shift -= point ? 1 : 0;
    }
    if (!any || !exponent_of(str_part(s, i, s.n), &exponent)) {
        return false;
    }
    for (shift += exponent; shift > 0 && digits; shift--) {
        if (__builtin_mul_overflow(digits, 10, &digits)) {
            return false;
        }
    }
    for (; shift < 0 && digits; shift++) {
        if (digits % 10) {
            return false;
        }
        digits /= 10;
    }
    *value = negative ? -digits : digits;
    return true;
}

/* A spreadsheet stores 1.1 as 1.1000000000000001: what has more digits than a stored number has is rounded to these. */
static bool fixed_of_stored(struct str s, int places, int64_t *value)
{
    char text[64], rounded[64];
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        digits += is_digit(s.p[i]);
    }
    if (digits <= STORED_DIGITS || s.n >= sizeof text || str_find(s, '.') == s.n || str_find(s, ',') < s.n) {
        return false;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    int n = snprintf(rounded, sizeof rounded, "%.*g", STORED_DIGITS, strtod(text, NULL));
    return n > 0 && (size_t)n < sizeof rounded && fixed_of((struct str){ rounded, (size_t)n }, places, value);
}

bool cell_fixed(struct str s, int places, int64_t *value)
{
    return fixed_of(s, places, value) || fixed_of_stored(s, places, value);
}

/* ---- CSV ---- */

void cell_csv(FILE *out, struct str s, bool first)
{
    if (!first) {
        (void)putc_unlocked(',', out);
    }
    (void)putc_unlocked('"', out);
    for (size_t from = 0; from < s.n;) {
        size_t quote = from + str_find(str_part(s, from, s.n), '"');
        size_t n = quote - from + (quote < s.n);
        (void)fwrite_unlocked(s.p + from, 1, n, out);
        if (quote < s.n) {
            (void)putc_unlocked('"', out);
        }
        from += n;
    }
    (void)putc_unlocked('"', out);
}
