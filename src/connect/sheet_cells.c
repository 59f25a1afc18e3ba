/* What people write into cells, and what it means. A spreadsheet changes what it is given: digits become full-width,
 * dates become numbers of days since 1899-12-30, citizen numbers lose their last digits. Each is understood where
 * nothing is lost, and named where something is. */
#include "connect/sheet_internal.h"

#include "base/buf.h"
#include "base/citizen.h"
#include "base/clock.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_CHARS = 300, SHOWN_CHARS = 24, FIRST_SERIAL = 20000, LAST_SERIAL = 80000 };

const struct field_choice sheet_verdicts[] = {
    { "confirmed", T("属实", "confirmed") },
    { "refused", T("不属实", "not so") },
    { "unknown", T("查无记录", "no record") },
    { NULL, { NULL, NULL } },
};

/* ---- Columns ---- */

size_t sheet_columns(const struct kind *kind, struct column columns[SHEET_COLUMNS_MOST])
{
    size_t n = 0;
    columns[n++] =
        (struct column){ COLUMN_NUMBER, { "number", T("请求编号", "Request number"), FIELD_TEXT, true, NULL } };
    for (const struct field *field = kind->question; field->id; field++) {
        columns[n++] = (struct column){ COLUMN_QUESTION, *field };
    }
    columns[n++] =
        (struct column){ COLUMN_VERDICT, { "verdict", T("核验结论", "Verdict"), FIELD_CHOICE, true, sheet_verdicts } };
    for (const struct field *field = kind->details; field->id; field++) {
        columns[n++] = (struct column){ COLUMN_DETAIL, *field };
    }
    columns[n++] = (struct column){ COLUMN_REMARK, { "remark", T("备注", "Remark"), FIELD_TEXT, false, NULL } };
    return n;
}

struct str column_heading(struct arena *arena, const struct column *column)
{
    return arena_printf(arena, "%s %s", column->field.name.zh, column->field.name.en);
}

/* ---- Text ---- */

/* A blank of any width at the front: its length, or 0. */
static size_t blank(struct str s)
{
    static const char *const wide[] = { "\xe3\x80\x80", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf" };
    if (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r')) {
        return 1;
    }
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (str_starts(s, str_of(wide[i]))) {
            return strlen(wide[i]);
        }
    }
    return 0;
}

static struct str trimmed(struct str s)
{
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

struct str cell_text(struct arena *arena, struct str cell)
{
    struct str s = trimmed(cell);
    if (s.n > 1 && s.p[0] == '\'' && strchr("=+-@", s.p[1])) {
        s = str_part(s, 1, s.n);
    }
    char *out = arena_alloc(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        out[i] = (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i];
    }
    return (struct str){ out, s.n };
}

/* U+FF01–FF5E are the ASCII signs, wide: EF BC 81 … EF BD 9E. */
struct str cell_plain(struct arena *arena, struct str cell)
{
    struct str s = cell_text(arena, cell);
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char b = (unsigned char)s.p[i];
        if (b == 0xef && i + 2 < s.n) {
            unsigned code =
                ((b & 0x0fu) << 12) | (((unsigned char)s.p[i + 1] & 0x3fu) << 6) | ((unsigned char)s.p[i + 2] & 0x3fu);
            if (code >= 0xff01 && code <= 0xff5e) {
                out[n++] = (char)(code - 0xfee0);
                i += 2;
                continue;
            }
        }
        out[n++] = s.p[i];
    }
    return (struct str){ out, n };
}

/* Without what does not count when two texts are compared. */
static struct str bare(struct arena *arena, struct str s)
{
    s = cell_plain(arena, s);
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
    return str_eq(bare(arena, a), bare(arena, b));
}

/* ---- Values ---- */

static json_t *wrong(struct name *says, struct str zh, struct str en)
{
    *says = (struct name){ zh, en };
    return NULL;
}
#define WRONG(zh, en) wrong(says, STR(zh), STR(en))

/* The first characters, for a message. */
static struct str shown(struct str s)
{
    size_t n = 0;
    for (size_t chars = 0; n < s.n && (chars < SHOWN_CHARS || ((unsigned char)s.p[n] & 0xc0) == 0x80); n++) {
        chars += ((unsigned char)s.p[n] & 0xc0) != 0x80;
    }
    return str_part(s, 0, n);
}

static json_t *string_of(struct str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

static json_t *text_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_text(arena, cell);
    if (!str_is_utf8(s)) {
        return WRONG("文字无法识别，请另存为 UTF-8 或 xlsx 再导入",
                     "The text cannot be read; save the file as UTF-8 or XLSX");
    }
    if (str_chars(s) > MOST_CHARS) {
        return WRONG("文字超过 300 个字", "The text is longer than 300 characters");
    }
    return string_of(s);
}

static json_t *citizen_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    if (s.n && s.p[0] == '\'') {
        s = str_part(s, 1, s.n);
    }
    char *text = (char *)(uintptr_t)s.p;
    for (size_t i = 0; i < s.n; i++) {
        text[i] = text[i] == 'x' ? 'X' : text[i];
    }
    if (str_find(s, 'E') < s.n || str_find(s, 'e') < s.n || str_find(s, '.') < s.n) {
        return WRONG("身份证号被存成了数字，末几位已丢失；请把单元格设为文本后重填",
                     "The citizen number was stored as a number and has lost its last digits; format the cell as text "
                     "and type it again");
    }
    if (!citizen_number_valid(s)) {
        return WRONG("不是有效的身份证号（18 位，末位为校验码）",
                     "This is no citizen number (18 characters, the last one a check)");
    }
    return string_of(s);
}

/* Three numbers with anything but digits between them: 2026-3-1, 2026/03/01, 2026.3.1, 2026年3月1日, with or without a
 * time of midnight behind them. */
static bool date_of_parts(struct str s, int64_t *day)
{
    int parts[3] = { 0 };
    size_t i = 0;
    for (size_t part = 0; part < 3; part++) {
        size_t from = i;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i - from < 4; i++) {
            parts[part] = parts[part] * 10 + (s.p[i] - '0');
        }
        if (i == from) {
            return false;
        }
        if (part < 2) {
            size_t sign = i;
            while (i < s.n && (s.p[i] < '0' || s.p[i] > '9') && i - sign < 4) {
                i++;
            }
            if (i == sign) {
                return false;
            }
        }
    }
    struct str rest = trimmed(str_part(s, i, s.n));
    rest = str_starts(rest, STR("日")) ? trimmed(str_part(rest, 3, rest.n)) : rest;
    rest = str_starts(rest, STR("T")) ? str_part(rest, 1, rest.n) : rest;
    if (rest.n && !str_starts(STR("00:00:00.000"), rest) && !str_is(rest, "0:00") && !str_is(rest, "0:00:00")) {
        return false;
    }
    char text[11];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", parts[0] % 10000, parts[1] % 100, parts[2] % 100);
    return parts[1] < 100 && parts[2] < 100 && day_parse((struct str){ text, 10 }, day);
}

static bool number_of(struct arena *arena, struct str s, double *value)
{
    const char *text = arena_cstr(arena, s);
    char *end;
    for (size_t i = 0; i < s.n; i++) {
        if (!strchr("0123456789.eE+-", s.p[i])) {
            return false;
        }
    }
    *value = strtod(text, &end);
    return s.n > 0 && *end == '\0' && isfinite(*value);
}

static json_t *date_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    int64_t day;
    double serial;
    if (s.n == 8 && str_to_int(s, 0, 99999999, &day)) {
        s = arena_printf(arena, "%.4s-%.2s-%.2s", s.p, s.p + 4, s.p + 6);
    }
    if (date_of_parts(s, &day)) {
        return string_of(day_format(arena, day));
    }
    if (number_of(arena, s, &serial) && serial >= FIRST_SERIAL && serial <= LAST_SERIAL) {
        return string_of(day_format(arena, day_of(1899, 12, 30) + (int64_t)serial));
    }
    struct str seen = shown(s);
    return wrong(says, arena_printf(arena, "“%.*s”不是日期，应如 2026-03-01", STR_ARG(seen)),
                 arena_printf(arena, "'%.*s' is no date; expected as 2026-03-01", STR_ARG(seen)));
}

static json_t *number_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    double value;
    if (!number_of(arena, s, &value) || value < 0 || value > 10000 || floor(value) != value) {
        struct str seen = shown(s);
        return wrong(says, arena_printf(arena, "“%.*s”不是 0 到 10000 的整数", STR_ARG(seen)),
                     arena_printf(arena, "'%.*s' is no whole number from 0 to 10000", STR_ARG(seen)));
    }
    return json_integer((json_int_t)value);
}

static json_t *percent_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    bool sign = s.n && s.p[s.n - 1] == '%';
    double value;
    /* 1 may be one per cent, or the whole as a spreadsheet stores it: not guessed. */
    if (!number_of(arena, trimmed(sign ? str_part(s, 0, s.n - 1) : s), &value) || value <= 0 || value > 100 ||
        (!sign && value <= 1)) {
        struct str seen = shown(s);
        return wrong(says,
                     arena_printf(arena, "“%.*s”不是份额，应为大于 1、不超过 100 的数，或带百分号", STR_ARG(seen)),
                     arena_printf(arena,
                                  "'%.*s' is no share; expected a number above 1, up to 100, or one with a per cent "
                                  "sign",
                                  STR_ARG(seen)));
    }
    return floor(value) == value ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *choice_value(struct arena *arena, const struct field *field, struct str cell, struct name *says)
{
    struct buf zh = buf_init(1024), en = buf_init(1024);
    for (const struct field_choice *choice = field->choices; choice->id; choice++) {
        struct str both = arena_printf(arena, "%s %s", choice->name.zh, choice->name.en);
        if (cell_same(arena, cell, str_of(choice->name.zh)) || cell_same(arena, cell, str_of(choice->name.en)) ||
            cell_same(arena, cell, both) || cell_same(arena, cell, str_of(choice->id))) {
            buf_free(&zh);
            buf_free(&en);
            return json_string(choice->id);
        }
        buf_printf(&zh, "%s%s", zh.n ? "、" : "", choice->name.zh);
        buf_printf(&en, "%s%s", en.n ? ", " : "", choice->name.en);
    }
    struct str seen = shown(cell_text(arena, cell));
    (void)wrong(says, arena_printf(arena, "“%.*s”不在可选项中：%.*s", STR_ARG(seen), STR_ARG(buf_str(&zh))),
                arena_printf(arena, "'%.*s' is none of: %.*s", STR_ARG(seen), STR_ARG(buf_str(&en))));
    buf_free(&zh);
    buf_free(&en);
    return NULL;
}

static json_t *flag_value(struct arena *arena, struct str cell, struct name *says)
{
    static const char *const yes[] = { "是", "yes", "是 yes", "y", "true", "1", "√", "有" };
    static const char *const no[] = { "否", "no", "否 no", "n", "false", "0", "×", "无" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (cell_same(arena, cell, str_of(yes[i]))) {
            return json_true();
        }
        if (cell_same(arena, cell, str_of(no[i]))) {
            return json_false();
        }
    }
    struct str seen = shown(cell_text(arena, cell));
    return wrong(says, arena_printf(arena, "“%.*s”应为“是”或“否”", STR_ARG(seen)),
                 arena_printf(arena, "'%.*s' should be yes or no", STR_ARG(seen)));
}

json_t *cell_value(struct arena *arena, const struct field *field, struct str cell, struct name *says)
{
    if (!str_is_utf8(cell) || memmem(cell.n ? cell.p : "", cell.n, "\xef\xbf\xbd", 3)) {
        return WRONG("有无法识别的文字，请另存为 UTF-8 或 xlsx 再导入",
                     "Some characters cannot be read; save the file as UTF-8 or XLSX");
    }
    switch (field->type) {
    case FIELD_TEXT:
        return text_value(arena, cell, says);
    case FIELD_CITIZEN:
        return citizen_value(arena, cell, says);
    case FIELD_DATE:
        return date_value(arena, cell, says);
    case FIELD_NUMBER:
        return number_value(arena, cell, says);
    case FIELD_PERCENT:
        return percent_value(arena, cell, says);
    case FIELD_CHOICE:
        return choice_value(arena, field, cell, says);
    case FIELD_FLAG:
        return flag_value(arena, cell, says);
    }
    return WRONG("无法识别", "Not understood");
}
