/* Columns of a file, and what stands in a cell: see exchange.h. */
#include "registry/exchange.h"

#include "base/buf.h"
#include "base/cell.h"
#include "base/citizen.h"
#include "base/clock.h"

#include <math.h>

enum { CODE_CHARACTERS = 40, PERSON_NAME_CHARACTERS = 40, WORDS_BYTES = 2048, LONG_CHARACTERS = 2000 };

static const struct kind_word sexes[] = {
    { "1", T("男", "male") },
    { "2", T("女", "female") },
    { "0", T("未知", "not known") },
    { "9", T("未说明", "not said") },
};

/* The columns that every kind has, and those of persons, by role. */
static const struct column common[] = {
    [EXCHANGE_CODE] = { .name = "code",
                        .type = COLUMN_TEXT,
                        .label = T("代码", "Code"),
                        .hint = T("一物一码，永不改变", "One for each thing, for ever"),
                        .required = true,
                        .most = CODE_CHARACTERS },
    [EXCHANGE_CITIZEN] = { .name = "citizen",
                           .type = COLUMN_TEXT,
                           .label = T("身份证号", "Citizen number"),
                           .hint = T("18 位，按文本填写", "18 characters, as text"),
                           .required = true,
                           .most = 18 },
    [EXCHANGE_NAME] = { .name = "name",
                        .type = COLUMN_TEXT,
                        .label = T("姓名", "Name"),
                        .required = true,
                        .most = PERSON_NAME_CHARACTERS },
    [EXCHANGE_SEX] = { .name = "sex",
                       .type = COLUMN_WORD,
                       .label = T("性别", "Sex"),
                       .words = sexes,
                       .nwords = sizeof sexes / sizeof *sexes },
    [EXCHANGE_BIRTH] = { .name = "birth_day", .type = COLUMN_DAY, .label = T("出生日期", "Born on") },
    [EXCHANGE_INSTITUTION] = { .name = "institution",
                               .type = COLUMN_TEXT,
                               .label = T("单位代码", "Code of the institution"),
                               .hint = T("学校标识码", "The school identifier"),
                               .most = CODE_CHARACTERS },
    [EXCHANGE_DIVISION] = { .name = "division",
                            .type = COLUMN_TEXT,
                            .label = T("区划代码", "Code of the division"),
                            .hint = T("填了单位代码可不填", "May be empty beside an institution"),
                            .most = 12 },
    [EXCHANGE_FROM] = { .name = "valid_from",
                        .type = COLUMN_DAY,
                        .label = T("自何日起", "Holds from"),
                        .hint = T("不填：自导入时选定的日期起", "Empty: from the day chosen at the import") },
    [EXCHANGE_UNTIL] = { .name = "valid_until",
                         .type = COLUMN_DAY,
                         .label = T("至何日止（不含当日）", "Holds until (first day that it does not)"),
                         .hint = T("不填：一直有效", "Empty: without an end") },
};

static const struct column pupil_code = { .name = "code",
                                          .type = COLUMN_TEXT,
                                          .label = T("学籍号", "Register number"),
                                          .required = true,
                                          .most = CODE_CHARACTERS };

size_t exchange_columns(const struct kind *kind, struct exchange_column out[EXCHANGE_COLUMNS_MOST])
{
    size_t n = 0;
    for (enum exchange_role role = EXCHANGE_CODE; role <= EXCHANGE_UNTIL; role++) {
        bool person = role >= EXCHANGE_CITIZEN && role <= EXCHANGE_BIRTH;
        bool left_out = (person && !kind->names_persons) || (role == EXCHANGE_INSTITUTION && !kind->has_institution) ||
                        (role == EXCHANGE_DIVISION && kind->id == KIND_DIVISION);
        if (left_out) {
            continue;
        }
        if (role == EXCHANGE_FIELD) {
            for (size_t i = 0; i < kind->ncolumns; i++) {
                out[n++] = (struct exchange_column){ EXCHANGE_FIELD, i, &kind->columns[i] };
            }
            continue;
        }
        bool pupil = role == EXCHANGE_CODE && kind->id == KIND_PUPIL;
        out[n++] = (struct exchange_column){ role, 0, pupil ? &pupil_code : &common[role] };
    }
    return n;
}

struct str exchange_heading(struct arena *arena, const struct column *column, enum lang lang)
{
    return arena_printf(arena, "%s [%s]%s", text_in(column->label, lang), column->name, column->required ? " *" : "");
}

bool exchange_is_heading(struct arena *arena, const struct column *column, struct str cell)
{
    return cell_same(arena, cell, str_of(column->label.zh)) || cell_same(arena, cell, str_of(column->label.en)) ||
           cell_same(arena, cell, str_of(column->name)) ||
           cell_same(arena, cell, exchange_heading(arena, column, LANG_ZH)) ||
           cell_same(arena, cell, exchange_heading(arena, column, LANG_EN));
}

/* ---- Out ---- */

static struct str label_of(const struct column *column, struct str word, enum lang lang)
{
    return name_in(kind_label(column, word), lang);
}

static struct str labels_of(struct arena *arena, const struct column *column, struct str words, enum lang lang)
{
    struct buf all = buf_init(WORDS_BYTES);
    struct str word;
    while (str_split(&words, ' ', &word)) {
        if (word.n) {
            buf_add_cstr(&all, all.n == 0 ? "" : lang == LANG_EN ? ", " : "、");
            buf_add(&all, label_of(column, word, lang));
        }
    }
    struct str out = arena_str(arena, buf_str(&all));
    buf_free(&all);
    return out;
}

/* A whole number of 10^-places without zeros at its end. */
static struct str decimal(struct arena *arena, int64_t value, int places, int least)
{
    int64_t one = 1;
    for (int i = 0; i < places; i++) {
        one *= 10;
    }
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    struct str all =
        arena_printf(arena, "%s%llu.%0*llu", value < 0 ? "-" : "", (unsigned long long)(size / (uint64_t)one), places,
                     (unsigned long long)(size % (uint64_t)one));
    size_t shortest = all.n - (size_t)(places - least);
    while (all.n > shortest && all.p[all.n - 1] == '0') {
        all.n--;
    }
    all.n -= all.p[all.n - 1] == '.';
    return all;
}

struct str exchange_cell(struct arena *arena, const struct column *column, struct value value, enum lang lang)
{
    int64_t number = value.kind == VALUE_INT ? value.integer : 0;
    struct str text = value.kind == VALUE_TEXT ? value.bytes : STR("");
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_LONG:
    case COLUMN_CODE:
        return text;
    case COLUMN_NUMBER:
        return arena_printf(arena, "%lld", (long long)number);
    case COLUMN_FLAG:
        return lang == LANG_EN ? number ? STR("yes") : STR("no") : number ? STR("是") : STR("否");
    case COLUMN_DAY:
        return number == 0 || number == DAY_OPEN ? STR("") : day_format(arena, number);
    case COLUMN_MONEY:
        return decimal(arena, number, 2, 0);
    case COLUMN_DEGREE:
        return number == 0 && !column->required ? STR("") : decimal(arena, number, 6, 0);
    case COLUMN_WORD:
        return label_of(column, text, lang);
    case COLUMN_WORDS:
        return labels_of(arena, column, text, lang);
    }
    return STR("");
}

/* ---- In ---- */

static bool wrong(struct name *says, struct str zh, struct str en)
{
    *says = (struct name){ zh, en };
    return false;
}

/* A spreadsheet's own mistakes, and characters that did not survive. */
static bool is_readable(struct arena *arena, struct str cell, struct name *says)
{
    static const char *const errors[] = { "#N/A",   "#REF!", "#VALUE!", "#DIV/0!",      "#NAME?",
                                          "#NULL!", "#NUM!", "#SPILL!", "#GETTING_DATA" };
    struct str text = cell_text(arena, cell);
    for (size_t i = 0; text.n && text.p[0] == '#' && i < sizeof errors / sizeof *errors; i++) {
        if (str_is(text, errors[i])) {
            return wrong(
                says, arena_printf(arena, "“%s”是公式的错误值，请填写实际内容", errors[i]),
                arena_printf(arena, "'%s' is what a formula gives that fails; write the value itself", errors[i]));
        }
    }
    for (size_t i = 0; i < cell.n; i++) {
        unsigned char c = (unsigned char)cell.p[i];
        if (c == 0xef && i + 2 < cell.n && memcmp(cell.p + i, "\xef\xbf\xbd", 3) == 0) {
            return wrong(says, STR("有无法识别的文字（乱码），请另存为 UTF-8 或 xlsx 再导入"),
                         STR("Some characters cannot be read; save the file as UTF-8 or XLSX"));
        }
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127) {
            return wrong(says, arena_printf(arena, "第 %zu 个字节是不可见的控制符，请删除", i + 1),
                         arena_printf(arena, "There is an invisible control character at byte %zu; delete it", i + 1));
        }
    }
    return true;
}

static bool short_enough(struct arena *arena, const struct column *column, struct str s, struct value *value,
                         struct name *says)
{
    size_t chars = str_chars(s);
    int64_t most = column->most ? column->most : LONG_CHARACTERS;
    if ((int64_t)chars > most) {
        struct str seen = cell_shown(s);
        return wrong(says,
                     arena_printf(arena, "“%.*s…”有 %zu 个字，最多 %lld 个", STR_ARG(seen), chars, (long long)most),
                     arena_printf(arena, "'%.*s…' has %zu characters; at most %lld are kept", STR_ARG(seen), chars,
                                  (long long)most));
    }
    *value = V_TEXT(s);
    return true;
}

static bool text_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                       struct name *says)
{
    struct str s = column->type == COLUMN_LONG ? cell_unguarded(cell_trimmed(cell)) : cell_text(arena, cell);
    return short_enough(arena, column, s, value, says);
}

static bool in_range(struct arena *arena, const struct column *column, struct str seen, int64_t number,
                     struct value *value, struct name *says)
{
    if (number < column->least || number > column->most) {
        bool degree = column->type == COLUMN_DEGREE, money = column->type == COLUMN_MONEY;
        int places = degree ? 6 : money ? 2 : 0;
        struct str least =
            places ? decimal(arena, column->least, places, 0) : arena_printf(arena, "%lld", (long long)column->least);
        struct str most =
            places ? decimal(arena, column->most, places, 0) : arena_printf(arena, "%lld", (long long)column->most);
        return wrong(
            says,
            arena_printf(arena, "“%.*s”超出范围，应在 %.*s 到 %.*s 之间", STR_ARG(seen), STR_ARG(least), STR_ARG(most)),
            arena_printf(arena, "'%.*s' is out of range; expected %.*s to %.*s", STR_ARG(seen), STR_ARG(least),
                         STR_ARG(most)));
    }
    *value = V_INT(number);
    return true;
}

static bool number_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                         struct name *says)
{
    struct str s = cell_plain(arena, cell), seen = cell_shown(s);
    int64_t number;
    double any;
    if (cell_fixed(s, 0, &number)) {
        return in_range(arena, column, seen, number, value, says);
    }
    bool decimal_number = cell_number(arena, s, &any) && floor(any) != any;
    return decimal_number ? wrong(says, arena_printf(arena, "“%.*s”带小数，应为整数", STR_ARG(seen)),
                                  arena_printf(arena, "'%.*s' has decimals; expected a whole number", STR_ARG(seen)))
                          : wrong(says, arena_printf(arena, "“%.*s”不是数字，应为整数", STR_ARG(seen)),
                                  arena_printf(arena, "'%.*s' is no number; expected a whole number", STR_ARG(seen)));
}

static bool money_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                        struct name *says)
{
    struct str s = cell_plain(arena, cell), seen = cell_shown(s);
    int64_t fen;
    s = str_starts(s, STR("¥")) ? str_part(s, 2, s.n) : str_starts(s, STR("￥")) ? str_part(s, 3, s.n) : s;
    if (s.n > 3 && memcmp(s.p + s.n - 3, "元", 3) == 0) {
        s.n -= 3;
    }
    if (!cell_fixed(cell_trimmed(s), 2, &fen)) {
        return wrong(says, arena_printf(arena, "“%.*s”不是金额，应为以元计的数，至多两位小数", STR_ARG(seen)),
                     arena_printf(arena, "'%.*s' is no sum; expected yuan with at most two decimals", STR_ARG(seen)));
    }
    return in_range(arena, column, seen, fen, value, says);
}

static bool degree_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                         struct name *says)
{
    struct str s = cell_plain(arena, cell), seen = cell_shown(s);
    double degrees;
    if (s.n > 2 && memcmp(s.p + s.n - 2, "°", 2) == 0) {
        s.n -= 2;
    }
    if (!cell_number(arena, s, &degrees)) {
        return wrong(
            says, arena_printf(arena, "“%.*s”不是坐标，应为以度计的小数，例如 115.985", STR_ARG(seen)),
            arena_printf(arena, "'%.*s' is no coordinate; expected decimal degrees such as 115.985", STR_ARG(seen)));
    }
    bool far = degrees > 1000 || degrees < -1000;
    return in_range(arena, column, seen, far ? INT64_MAX : llround(degrees * 1e6), value, says);
}

static bool day_value(struct arena *arena, struct str cell, struct value *value, struct name *says)
{
    struct str s = cell_plain(arena, cell), seen = cell_shown(s);
    int64_t day;
    if (!cell_day(arena, s, &day)) {
        return wrong(says, arena_printf(arena, "“%.*s”不是日期，应如 2026-03-01", STR_ARG(seen)),
                     arena_printf(arena, "'%.*s' is no date; expected as 2026-03-01", STR_ARG(seen)));
    }
    *value = V_INT(day);
    return true;
}

static bool flag_value(struct arena *arena, struct str cell, struct value *value, struct name *says)
{
    static const char *const yes[] = { "是", "yes", "y", "true", "1", "√", "有" };
    static const char *const no[] = { "否", "no", "n", "false", "0", "×", "无" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        bool is = cell_same(arena, cell, str_of(yes[i]));
        if (is || cell_same(arena, cell, str_of(no[i]))) {
            *value = V_INT(is);
            return true;
        }
    }
    struct str seen = cell_shown(cell_text(arena, cell));
    return wrong(says, arena_printf(arena, "“%.*s”应为“是”或“否”", STR_ARG(seen)),
                 arena_printf(arena, "'%.*s' should be yes or no", STR_ARG(seen)));
}

/* The word of a cell, or NULL. Most cells are a word or a label as they stand. */
static const char *word_of(struct arena *arena, const struct column *column, struct str cell)
{
    for (size_t i = 0; i < column->nwords; i++) {
        const struct kind_word *word = &column->words[i];
        if (str_is(cell, word->word) || str_is(cell, word->label.zh) || str_is(cell, word->label.en)) {
            return word->word;
        }
    }
    struct str bare = cell_bare(arena, cell);
    for (size_t i = 0; i < column->nwords; i++) {
        const struct kind_word *word = &column->words[i];
        if (str_eq(bare, cell_bare(arena, str_of(word->word))) ||
            str_eq(bare, cell_bare(arena, str_of(word->label.zh))) ||
            str_eq(bare, cell_bare(arena, str_of(word->label.en)))) {
            return word->word;
        }
    }
    return NULL;
}

static bool not_a_word(struct arena *arena, const struct column *column, struct str cell, struct name *says)
{
    enum { NAMED = 12 };
    struct buf zh = buf_init(WORDS_BYTES), en = buf_init(WORDS_BYTES);
    for (size_t i = 0; i < column->nwords && i < NAMED; i++) {
        buf_printf(&zh, "%s%s", i ? "、" : "", column->words[i].label.zh);
        buf_printf(&en, "%s%s", i ? ", " : "", column->words[i].label.en);
    }
    if (column->nwords > NAMED) {
        buf_add_cstr(&zh, "等，见模板的词表");
        buf_add_cstr(&en, " and more, see the template's list");
    }
    struct str seen = cell_shown(cell_text(arena, cell));
    (void)wrong(says, arena_printf(arena, "“%.*s”不在可选项中：%.*s", STR_ARG(seen), STR_ARG(buf_str(&zh))),
                arena_printf(arena, "'%.*s' is none of: %.*s", STR_ARG(seen), STR_ARG(buf_str(&en))));
    buf_free(&zh);
    buf_free(&en);
    return false;
}

static bool word_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                       struct name *says)
{
    const char *word = word_of(arena, column, cell);
    if (!word) {
        return not_a_word(arena, column, cell, says);
    }
    *value = V_TEXT(str_of(word));
    return true;
}

/* The length of a separator of a list at the front, or 0. */
static size_t separator(struct str s, bool blanks)
{
    static const char *const signs[] = { ",", ";", "/", "\n", "、", "，", "；" };
    for (size_t i = 0; s.n && i < sizeof signs / sizeof *signs; i++) {
        if (str_starts(s, str_of(signs[i]))) {
            return strlen(signs[i]);
        }
    }
    return s.n && blanks && s.p[0] == ' ' ? 1 : 0;
}

/* Adds the words of a list. Parts that are none, as labels of two words are not, are parted at blanks. */
static bool add_words(struct arena *arena, const struct column *column, struct str cell, bool blanks, struct buf *out,
                      struct name *says)
{
    for (size_t i = 0, from = 0; i <= cell.n;) {
        size_t sign = i < cell.n ? separator(str_part(cell, i, cell.n), blanks) : 1;
        if (sign == 0) {
            i++;
            continue;
        }
        struct str part = cell_trimmed(str_part(cell, from, i - from));
        const char *word = part.n ? word_of(arena, column, part) : NULL;
        if (word) {
            buf_add_cstr(out, out->n ? " " : "");
            buf_add_cstr(out, word);
        } else if (part.n && (blanks || str_find(part, ' ') == part.n)) {
            return not_a_word(arena, column, part, says);
        } else if (part.n && !add_words(arena, column, part, true, out, says)) {
            return false;
        }
        i += sign;
        from = i;
    }
    return true;
}

static bool words_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                        struct name *says)
{
    struct buf all = buf_init(WORDS_BYTES);
    bool good = add_words(arena, column, cell_unguarded(cell_trimmed(cell)), false, &all, says);
    if (good && all.full) {
        good = wrong(says, STR("项目太多"), STR("There are too many words"));
    }
    *value = V_TEXT(arena_str(arena, buf_str(&all)));
    buf_free(&all);
    return good;
}

/* A code of digits alone without the point that a spreadsheet gave it when it took it for a number. */
static struct str without_point(struct str s)
{
    if (s.n <= 2 || memcmp(s.p + s.n - 2, ".0", 2) != 0) {
        return s;
    }
    for (size_t i = 0; i < s.n - 2; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return s;
        }
    }
    return str_part(s, 0, s.n - 2);
}

/* A code has no blanks, and none of its digits is lost. */
static bool code_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                       struct name *says)
{
    struct str s = without_point(cell_plain(arena, cell));
    double number;
    bool lost = s.n > 4 && (str_find(s, 'E') < s.n || str_find(s, 'e') < s.n) && str_find(s, '.') < s.n &&
                cell_number(arena, s, &number);
    if (lost) {
        return wrong(says,
                     arena_printf(arena, "代码被存成了数字“%.*s”，末几位已丢失；请把单元格设为文本后重填", STR_ARG(s)),
                     arena_printf(arena,
                                  "The code was stored as the number '%.*s' and has lost its last digits; format the "
                                  "cell as text and type it again",
                                  STR_ARG(s)));
    }
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] <= ' ') {
            struct str seen = cell_shown(s);
            return wrong(says, arena_printf(arena, "代码“%.*s”中间有空格或换行", STR_ARG(seen)),
                         arena_printf(arena, "There is a blank inside the code '%.*s'", STR_ARG(seen)));
        }
    }
    if (column->type == COLUMN_CODE) {
        *value = V_TEXT(s);
        return true;
    }
    return short_enough(arena, column, s, value, says);
}

bool exchange_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                    struct name *says)
{
    if (!is_readable(arena, cell, says)) {
        return false;
    }
    if (cell.n == 0 || cell_trimmed(cell).n == 0) {
        if (column->required) {
            return wrong(says, arena_printf(arena, "“%s”不能为空", column->label.zh),
                         arena_printf(arena, "'%s' must be filled in", column->label.en));
        }
        bool text = column->type == COLUMN_TEXT || column->type == COLUMN_LONG || column->type >= COLUMN_WORD;
        *value = text ? V_TEXT(STR("")) : V_INT(0);
        return true;
    }
    switch (column->type) {
    case COLUMN_TEXT: {
        bool code = column == &common[EXCHANGE_CODE] || column == &pupil_code ||
                    column == &common[EXCHANGE_INSTITUTION] || column == &common[EXCHANGE_DIVISION];
        return (code ? code_value : text_value)(arena, column, cell, value, says);
    }
    case COLUMN_LONG:
        return text_value(arena, column, cell, value, says);
    case COLUMN_NUMBER:
        return number_value(arena, column, cell, value, says);
    case COLUMN_FLAG:
        return flag_value(arena, cell, value, says);
    case COLUMN_DAY:
        return day_value(arena, cell, value, says);
    case COLUMN_MONEY:
        return money_value(arena, column, cell, value, says);
    case COLUMN_DEGREE:
        return degree_value(arena, column, cell, value, says);
    case COLUMN_WORD:
        return word_value(arena, column, cell, value, says);
    case COLUMN_WORDS:
        return words_value(arena, column, cell, value, says);
    case COLUMN_CODE:
        return code_value(arena, column, cell, value, says);
    }
    return wrong(says, STR("无法识别"), STR("Not understood"));
}
