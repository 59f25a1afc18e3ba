/* What people write into cells, and what it means as a value of a field: on top of base/cell.h. What a spreadsheet has
 * spoiled (a citizen number without its last digits) is named. */
#include "connect/sheet_internal.h"

#include "base/buf.h"
#include "base/cell.h"
#include "base/citizen.h"
#include "base/clock.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_CHARS = 300 };

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

/* ---- Values ---- */

static json_t *wrong(struct name *says, struct str zh, struct str en)
{
    *says = (struct name){ zh, en };
    return NULL;
}
#define WRONG(zh, en) wrong(says, STR(zh), STR(en))

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
    /* A copy: cell_plain may answer the cell's own bytes, which are not ours to change. */
    char *text = arena_alloc(arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        text[i] = s.p[i] == 'x' ? 'X' : s.p[i];
    }
    s = (struct str){ text, s.n };
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

static json_t *date_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    int64_t day;
    if (cell_day(arena, s, &day)) {
        return string_of(day_format(arena, day));
    }
    struct str seen = cell_shown(s);
    return wrong(says, arena_printf(arena, "“%.*s”不是日期，应如 2026-03-01", STR_ARG(seen)),
                 arena_printf(arena, "'%.*s' is no date; expected as 2026-03-01", STR_ARG(seen)));
}

static json_t *number_value(struct arena *arena, struct str cell, struct name *says)
{
    struct str s = cell_plain(arena, cell);
    double value;
    if (!cell_number(arena, s, &value) || value < 0 || value > 10000 || floor(value) != value) {
        struct str seen = cell_shown(s);
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
    if (!cell_number(arena, cell_trimmed(sign ? str_part(s, 0, s.n - 1) : s), &value) || value <= 0 || value > 100 ||
        (!sign && value <= 1)) {
        struct str seen = cell_shown(s);
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
    struct str seen = cell_shown(cell_text(arena, cell));
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
    struct str seen = cell_shown(cell_text(arena, cell));
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
