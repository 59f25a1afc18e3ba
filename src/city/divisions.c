/* divisions.csv into divisions: a line each, seven fields, no quotes (names of places have no commas).
 *
 *   code,parent,level,zh,en,local,national
 *
 * What must hold: one city; each county's code starts with the city's first four characters and each township's
 * with its county's six; a code that is not national has a letter in it, so that it is never taken for one.
 */
#include "city/parts.h"

#include <stdlib.h>

enum { FIELD_CODE, FIELD_PARENT, FIELD_LEVEL, FIELD_ZH, FIELD_EN, FIELD_LOCAL, FIELD_NATIONAL, FIELD_COUNT };

#define HEADER "code,parent,level,zh,en,local,national"
static const char *const levels[] = { "city", "county", "township" };
static const size_t code_lengths[] = { 6, 6, 9 };

/* Where mistakes are told. */
struct table {
    struct arena *arena;
    struct str file;
    struct city_mistakes *mistakes;
    uint32_t line;
};

static bool is_code(struct str s, size_t n)
{
    bool good = s.n == n;
    for (size_t i = 0; good && i < n; i++) {
        good = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z');
    }
    return good;
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

static bool read_level(struct table *table, struct str s, enum division_level *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (str_is(s, levels[i])) {
            *level = (enum division_level)i;
            return true;
        }
    }
    struct text expected = expected_words(table->mistakes->arena, s, levels, sizeof levels / sizeof *levels);
    city_mistake_add(table->mistakes, table->file, table->line, "level 是“%.*s”；应为%s%.0s",
                     "level is '%.*s'; expected %.0s%s", STR_ARG(s), expected.zh, expected.en);
    return false;
}

static bool check_code(struct table *table, const struct division *division)
{
    size_t n = code_lengths[division->level];
    if (!is_code(division->code, n)) {
        city_mistake_add(table->mistakes, table->file, table->line, "code 是“%.*s”；%s 的代码应为 %zu 个数字或大写字母",
                         "code is '%.*s'; expected the code of a %s: %zu digits or capital letters",
                         STR_ARG(division->code), levels[division->level], n);
        return false;
    }
    if (division->local == is_digits(division->code)) {
        city_mistake_add(table->mistakes, table->file, table->line,
                         "code 是“%.*s”而 local 是 %d；本地代码应含字母，国家代码应全是数字",
                         "code is '%.*s' and local is %d; expected a letter in a local code, digits in a national one",
                         STR_ARG(division->code), division->local);
        return false;
    }
    return true;
}

static void check_national(struct table *table, const struct division *division)
{
    struct str national = division->national;
    if (!division->local && !str_eq(national, division->code)) {
        city_mistake_add(table->mistakes, table->file, table->line,
                         "national 是“%.*s”；local 为 0 时应与 code 相同，即“%.*s”",
                         "national is '%.*s'; expected '%.*s', the code itself, as local is 0", STR_ARG(national),
                         STR_ARG(division->code));
    } else if (division->local && national.n && (!is_digits(national) || national.n != code_lengths[division->level])) {
        city_mistake_add(table->mistakes, table->file, table->line, "national 是“%.*s”；应为空或 %zu 位数字",
                         "national is '%.*s'; expected nothing or %zu digits", STR_ARG(national),
                         code_lengths[division->level]);
    }
}

/* The fields of one line into a division; false when it cannot be used. One with a mistake is kept, so that what refers
 * to it is not told as wrong too. */
static bool read_division(struct table *table, const struct str *field, struct division *division)
{
    int64_t local;
    struct city_mistakes *mistakes = table->mistakes;
    division->line = table->line;
    division->code = arena_str(table->arena, field[FIELD_CODE]);
    division->parent = arena_str(table->arena, field[FIELD_PARENT]);
    division->national = arena_str(table->arena, field[FIELD_NATIONAL]);
    division->name =
        (struct name){ arena_str(table->arena, field[FIELD_ZH]), arena_str(table->arena, field[FIELD_EN]) };
    bool level = read_level(table, field[FIELD_LEVEL], &division->level);
    bool known = str_to_int(field[FIELD_LOCAL], 0, 1, &local);
    if (known) {
        division->local = local == 1;
    } else {
        city_mistake_add(mistakes, table->file, table->line, "local 是“%.*s”；应为 0 或 1",
                         "local is '%.*s'; expected 0 or 1", STR_ARG(field[FIELD_LOCAL]));
    }
    if (level && known && check_code(table, division)) {
        check_national(table, division);
    }
    if (!field[FIELD_ZH].n || !field[FIELD_EN].n) {
        city_mistake_add(mistakes, table->file, table->line, "%s 是空的；应为名称", "%s is empty; expected a name",
                         field[FIELD_ZH].n ? "en" : "zh");
    }
    return level;
}

static bool split_line(struct table *table, struct str line, struct str *field)
{
    size_t n = 0;
    for (;; n++) {
        size_t at = str_find(line, ',');
        if (n < FIELD_COUNT) {
            field[n] = str_trim(str_part(line, 0, at));
        }
        if (at == line.n) {
            break;
        }
        line = (struct str){ line.p + at + 1, line.n - at - 1 };
    }
    n++;
    if (n != FIELD_COUNT) {
        city_mistake_add(table->mistakes, table->file, table->line, "这一行有 %zu 栏；应为 %d 栏：" HEADER,
                         "the line has %zu fields; expected %d: " HEADER, n, FIELD_COUNT);
        return false;
    }
    return true;
}

static int by_code(const void *a, const void *b)
{
    const struct division *x = a, *y = b;
    int order = str_cmp(x->code, y->code);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void check_unique(struct table *table, const struct city *city)
{
    for (size_t i = 1; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i], *earlier = division - 1;
        if (str_eq(division->code, earlier->code)) {
            city_mistake_add(table->mistakes, table->file, division->line,
                             "code “%.*s”已在第 %u 行；每个区划应有自己的代码",
                             "code '%.*s' stands on line %u already; expected a code of its own",
                             STR_ARG(division->code), (unsigned)earlier->line);
        }
    }
}

/* The parent is there, is one level up, and its code is the prefix. */
static void check_parent(struct table *table, const struct city *city, const struct division *division)
{
    if (division->level == DIVISION_CITY) {
        if (division->parent.n) {
            city_mistake_add(table->mistakes, table->file, division->line, "city 的 parent 是“%.*s”；应为空",
                             "the city's parent is '%.*s'; expected nothing", STR_ARG(division->parent));
        }
        return;
    }
    const struct division *parent = city_division(city, division->parent);
    enum division_level level = division->level - 1;
    if (!parent || parent->level != level) {
        city_mistake_add(table->mistakes, table->file, division->line, "parent 是“%.*s”；应为表中某个 %s 的代码",
                         "parent is '%.*s'; expected the code of a %s in this table", STR_ARG(division->parent),
                         levels[level]);
        return;
    }
    struct str prefix = str_part(parent->code, 0, level == DIVISION_CITY ? 4 : 6);
    if (!str_starts(division->code, prefix)) {
        city_mistake_add(table->mistakes, table->file, division->line, "code 是“%.*s”；应以上级的“%.*s”开头",
                         "code is '%.*s'; expected it to start with '%.*s', its parent's", STR_ARG(division->code),
                         STR_ARG(prefix));
    }
}

static void check_whole(struct table *table, const struct city *city)
{
    const struct division *top = NULL;
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        check_parent(table, city, division);
        if (division->level == DIVISION_CITY && top) {
            city_mistake_add(table->mistakes, table->file, division->line, "这里是第二个 city；应只有一个",
                             "this is a second city; expected one");
        } else if (division->level == DIVISION_CITY) {
            top = division;
            if (city->code.n && !str_eq(city->code, division->code)) {
                city_mistake_add(table->mistakes, table->file, division->line,
                                 "city 的 code 是“%.*s”；应为 city.yaml 中的“%.*s”",
                                 "the city's code is '%.*s'; expected '%.*s', the code of city.yaml",
                                 STR_ARG(division->code), STR_ARG(city->code));
            }
        } else if (division->level == DIVISION_COUNTY && !city_next_child(city, division->code, NULL)) {
            city_mistake_add(table->mistakes, table->file, division->line, "县“%.*s”没有乡镇；应至少有一个",
                             "county '%.*s' has no township; expected at least one", STR_ARG(division->code));
        }
    }
    if (!top) {
        city_mistake_add(table->mistakes, table->file, 1, "没有 level 为 city 的一行；应有一行",
                         "there is no line of level city; expected one");
    }
}

void divisions_read(struct city *city, struct str text, struct str file, struct city_mistakes *mistakes)
{
    struct table table = { city->arena, file, mistakes, 0 };
    size_t before = mistakes->n, size = 0;
    struct str line, field[FIELD_COUNT];
    if (!check_utf8(file, text, mistakes)) {
        return;
    }
    if (str_starts(text, STR("\xEF\xBB\xBF"))) {
        text = str_part(text, 3, text.n);
    }
    for (size_t i = 0; i < text.n; i++) {
        size += text.p[i] == '\n';
    }
    city->divisions = ARENA_ARRAY(city->arena, struct division, size + 1);
    while (str_split(&text, '\n', &line)) {
        table.line++;
        line = str_trim(line);
        if (table.line == 1) {
            if (!str_is(line, HEADER)) {
                city_mistake_add(mistakes, file, 1, "第一行不是表头；应为“" HEADER "”",
                                 "the first line is no header; expected '" HEADER "'");
            }
        } else if (split_line(&table, line, field) &&
                   read_division(&table, field, &city->divisions[city->ndivisions])) {
            city->ndivisions++;
        }
    }
    qsort(city->divisions, city->ndivisions, sizeof *city->divisions, by_code);
    check_unique(&table, city);
    if (mistakes->n == before) { /* else a line that could not be read would be missed by others */
        check_whole(&table, city);
    }
}
