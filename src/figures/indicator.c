/* See indicator.h: the files into structs. */
#include "figures/indicator.h"

#include "base/clock.h"
#include "city/walker.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { WORDS_MOST = 200, SQL_BYTES_MOST = 32 * 1024 };

const char *const indicator_kind_words[INDICATOR_KINDS] = {
    "count", "sum", "ratio", "mean", "change", "rank", "survey"
};

enum indicator_key {
    KEY_NAME,
    KEY_AREA,
    KEY_UNIT,
    KEY_KIND,
    KEY_AT,
    KEY_YEARS,
    KEY_SCOPE,
    KEY_OPENS,
    KEY_ROWS,
    KEY_OF,
    KEY_ROUND,
    KEY_BOUND,
    KEY_STEP,
    KEY_BETTER,
    KEY_TARGET,
    KEY_BANDS,
    KEY_SINCE,
    KEY_PUBLIC,
    KEY_MASK,
    KEY_SOURCE,
    INDICATOR_KEYS
};
static const struct key indicator_keys[INDICATOR_KEYS] = {
    [KEY_NAME] = { "name", false },   [KEY_AREA] = { "area", false },     [KEY_UNIT] = { "unit", false },
    [KEY_KIND] = { "kind", false },   [KEY_AT] = { "at", true },          [KEY_YEARS] = { "years", true },
    [KEY_SCOPE] = { "scope", false }, [KEY_OPENS] = { "opens", true },    [KEY_ROWS] = { "rows", true },
    [KEY_OF] = { "of", true },        [KEY_ROUND] = { "round", false },   [KEY_BOUND] = { "bound", true },
    [KEY_STEP] = { "step", true },    [KEY_BETTER] = { "better", false }, [KEY_TARGET] = { "target", true },
    [KEY_BANDS] = { "bands", true },  [KEY_SINCE] = { "since", true },    [KEY_PUBLIC] = { "public", true },
    [KEY_MASK] = { "mask", true },    [KEY_SOURCE] = { "source", false },
};

/* ---- single values ---- */

/* A number with at most six decimals, times 1,000,000. */
static bool parse_e6(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    struct str rest = negative ? str_part(s, 1, s.n) : s;
    size_t dot = str_find(rest, '.');
    struct str decimals = str_part(rest, dot + 1, rest.n);
    int64_t whole, part = 0;
    if (!str_to_int(str_part(rest, 0, dot), 0, INT64_C(1000000000000), &whole) || decimals.n > 6 ||
        (dot < rest.n && !str_to_int(decimals, 0, 999999, &part))) {
        return false;
    }
    for (size_t i = decimals.n; i < 6 && decimals.n; i++) {
        part *= 10;
    }
    *out = (whole * 1000000 + part) * (negative ? -1 : 1);
    return true;
}

static bool read_e6(struct reading *reading, yaml_value *node, const char *what, int64_t *out)
{
    if (!node) {
        return false;
    }
    if (node->type != YAML_SCALAR_NODE || !parse_e6(scalar_of(node), out)) {
        struct str is = node->type == YAML_SCALAR_NODE ? scalar_of(node) : STR("…");
        mistake_at(reading, node, "%s 是“%.*s”；应为数，最多六位小数",
                   "%s is '%.*s'; expected a number with at most six decimals", what, STR_ARG(is));
        return false;
    }
    return true;
}

static bool read_index(struct reading *reading, yaml_value *node, const char *what, const struct indicator_word *words,
                       size_t n, size_t *out)
{
    const char *list[WORDS_MOST];
    size_t known = n < WORDS_MOST ? n : WORDS_MOST;
    for (size_t i = 0; i < known; i++) {
        list[i] = words[i].id.p;
    }
    return known == 0 || read_word(reading, node, what, list, known, out); /* indicators.yaml itself was wrong */
}

static void read_kind_of(struct reading *reading, yaml_value *node, struct indicator *indicator)
{
    const char *names[KINDS];
    size_t found = 0;
    for (size_t i = 0; i < KINDS; i++) {
        names[i] = KIND_LIST[i].name;
    }
    if (read_word(reading, node, "opens", names, KINDS, &found)) {
        indicator->opens = (enum kind_id)found;
        indicator->opens_something = true;
    }
}

static void read_bands(struct reading *reading, yaml_value *node, struct indicator *indicator)
{
    static const struct key keys[] = { { "yellow", false }, { "red", false } };
    yaml_value *v[2];
    if (!read_map(reading, node, "bands", keys, 2, v)) {
        return;
    }
    indicator->has_yellow = read_e6(reading, v[0], "yellow", &indicator->yellow_e6);
    indicator->has_red = read_e6(reading, v[1], "red", &indicator->red_e6);
    if (indicator->better == BETTER_NEITHER) {
        mistake_at(reading, node, "better 是 neither，不能有 bands；应为 more 或 less，或不写 bands",
                   "bands stand beside better: neither; expected more or less, or no bands");
    } else if (indicator->has_yellow && indicator->has_red &&
               (indicator->better == BETTER_MORE ? indicator->red_e6 > indicator->yellow_e6
                                                 : indicator->red_e6 < indicator->yellow_e6)) {
        mistake_at(reading, node, "red 在 yellow 的好的一侧；应更差",
                   "red lies on the better side of yellow; expected it to be worse");
    }
}

static void read_rows(struct reading *reading, yaml_value *node, struct indicator *indicator)
{
    struct text says;
    size_t at = 0;
    if (!node) {
        return;
    }
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length > SQL_BYTES_MOST) {
        mistake_at(reading, node, "rows 不是文字或太长；应为一条 select",
                   "rows is no text, or too long; expected one select");
        return;
    }
    struct str rows = scalar_of(node);
    bool block = node->data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
    indicator->rows_line = line_of(node) + block;
    if (!indicator_sql(reading->arena, rows, &indicator->sql, indicator->places, &indicator->nplaces, &says, &at)) {
        uint32_t line = indicator->rows_line;
        for (size_t i = 0; block && i < at && i < rows.n; i++) {
            line += rows.p[i] == '\n';
        }
        city_mistake_add(reading->mistakes, reading->file, line, "rows：%s%.0s", "rows: %.0s%s", says.zh, says.en);
    }
}

/* ---- one file ---- */

static void must_have(struct reading *reading, yaml_value *root, yaml_value *node, bool wanted, const char *key,
                      const char *kind)
{
    if (wanted && !node) {
        mistake_at(reading, root, "缺少键“%s”；kind 为 %s 时应有", "the key '%s' is missing; expected with kind: %s",
                   key, kind);
    } else if (!wanted && node) {
        mistake_at(reading, node, "kind 为 %2$s 时不应有“%1$s”",
                   "'%s' stands beside kind: %s; expected it to be left out", key, kind);
    }
}

static void read_time(struct reading *reading, yaml_value *const *v, struct indicator *indicator)
{
    static const char *const at_words[] = { "day", "year" };
    size_t found = 0;
    if (v[KEY_AT] && v[KEY_YEARS]) {
        mistake_at(reading, v[KEY_YEARS], "at 和 years 只应有一个",
                   "both at and years stand here; expected one of them");
    } else if (v[KEY_YEARS]) {
        (void)read_number(reading, v[KEY_YEARS], "years", 1, 20, &indicator->years);
    } else if (read_word(reading, v[KEY_AT], "at", at_words, 2, &found)) {
        indicator->years = found == 1 ? 1 : 0;
    }
}

static void read_shown(struct reading *reading, yaml_value *const *v, struct indicator *indicator)
{
    static const char *const bounds[] = { "above", "nearly", "below" };
    static const char *const betters[] = { "more", "less", "neither" };
    static const char *const yes_no[] = { "yes", "no" };
    size_t found = 0;
    (void)read_number(reading, v[KEY_ROUND], "round", 0, 6, &indicator->round);
    if (read_word(reading, v[KEY_BETTER], "better", betters, 3, &found)) {
        indicator->better = (enum indicator_better)found;
    }
    if (read_word(reading, v[KEY_BOUND], "bound", bounds, 3, &found)) {
        indicator->bound = (enum indicator_bound)(found + 1);
    }
    if (v[KEY_BOUND] && !v[KEY_STEP]) {
        mistake_at(reading, v[KEY_BOUND], "有 bound 没有 step；应两个都有", "bound stands without step; expected both");
    } else if (!v[KEY_BOUND] && v[KEY_STEP]) {
        mistake_at(reading, v[KEY_STEP], "有 step 没有 bound；应两个都有", "step stands without bound; expected both");
    }
    if (read_e6(reading, v[KEY_STEP], "step", &indicator->step_e6) && indicator->step_e6 <= 0) {
        mistake_at(reading, v[KEY_STEP], "step 不大于 0；应大于 0", "step is not above 0; expected more");
    }
    indicator->has_target = read_e6(reading, v[KEY_TARGET], "target", &indicator->target_e6);
    if (v[KEY_BANDS]) {
        read_bands(reading, v[KEY_BANDS], indicator);
    }
    indicator->is_public = !read_word(reading, v[KEY_PUBLIC], "public", yes_no, 2, &found) || found == 0;
    (void)read_number(reading, v[KEY_MASK], "mask", 2, 1000, &indicator->mask);
    indicator->since = INT64_MIN;
    (void)read_day(reading, v[KEY_SINCE], "since", &indicator->since);
}

/* *of: the id that stands in `of`, to be resolved when all are read. */
static void read_indicator(struct reading *reading, yaml_value *root, const struct indicators *set,
                           struct indicator *indicator, struct str *of)
{
    yaml_value *v[INDICATOR_KEYS];
    size_t found = 0;
    if (!read_map(reading, root, indicator->id.p, indicator_keys, INDICATOR_KEYS, v)) {
        return;
    }
    (void)read_name(reading, v[KEY_NAME], "name", &indicator->name);
    (void)read_name(reading, v[KEY_SCOPE], "scope", &indicator->scope);
    (void)read_name(reading, v[KEY_SOURCE], "source", &indicator->source);
    (void)read_index(reading, v[KEY_AREA], "area", set->areas, set->nareas, &indicator->area);
    (void)read_index(reading, v[KEY_UNIT], "unit", set->units, set->nunits, &indicator->unit);
    read_time(reading, v, indicator);
    read_shown(reading, v, indicator);
    if (v[KEY_OPENS]) {
        read_kind_of(reading, v[KEY_OPENS], indicator);
    }
    read_rows(reading, v[KEY_ROWS], indicator);
    if (v[KEY_OF]) {
        (void)read_id(reading, v[KEY_OF], "of", of);
    }
    if (!read_word(reading, v[KEY_KIND], "kind", indicator_kind_words, INDICATOR_KINDS, &found)) {
        return;
    }
    indicator->kind = (enum indicator_kind)found;
    bool change = indicator->kind == INDICATOR_CHANGE;
    const char *kind = indicator_kind_words[found];
    must_have(reading, root, v[KEY_ROWS], !change, "rows", kind);
    must_have(reading, root, v[KEY_OPENS], !change, "opens", kind);
    must_have(reading, root, v[KEY_OF], change, "of", kind);
    if (!change) {
        must_have(reading, root, v[KEY_AT] ? v[KEY_AT] : v[KEY_YEARS], true, "at", kind);
    }
}

static void read_file_of(struct indicators *set, struct str folder, const char *name, struct str *of,
                         struct city_mistakes *mistakes)
{
    struct arena *arena = set->arena;
    struct str file = str_of(name), ending = STR(".yaml"), text;
    struct str path = arena_printf(arena, "%.*s/%s", STR_ARG(folder), name);
    if (file.n <= ending.n || !str_eq(str_part(file, file.n - ending.n, ending.n), ending)) {
        city_mistake_add(mistakes, path, 0, "不是指标的文件名；应为“标识.yaml”",
                         "not the name of an indicator; expected ID.yaml");
        return;
    }
    if (!read_file(arena, path.p, mistakes, &text)) {
        return;
    }
    struct reading reading;
    struct indicator *indicator = &set->items[set->n];
    *indicator = (struct indicator){ .of = SIZE_MAX, .file = path, .text = text, .line = 1, .since = INT64_MIN };
    indicator->id = arena_str(arena, str_part(file, 0, file.n - ending.n));
    sm3_of(text.p, text.n, indicator->definition);
    yaml_value *root = reading_open(&reading, arena, path, text, mistakes);
    bool id_good = indicator->id.n <= 40;
    for (size_t i = 0; i < indicator->id.n; i++) {
        char c = indicator->id.p[i];
        id_good = id_good && ((c >= 'a' && c <= 'z') || (i && (c == '_' || (c >= '0' && c <= '9'))));
    }
    if (!id_good) {
        city_mistake_add(mistakes, path, 0, "文件名不是标识；应只含小写字母、数字和“_”，字母开头",
                         "the file's name is no id; expected small letters, digits and _, a letter first");
    }
    if (root) {
        read_indicator(&reading, root, set, indicator, of);
    }
    reading_close(&reading);
    set->n++;
}

/* ---- indicators.yaml ---- */

static void read_words(struct reading *reading, yaml_value *node, const char *what, struct indicator_word **out,
                       size_t *n)
{
    static const struct key keys[] = { { "id", false }, { "name", false } };
    yaml_value **items, *v[2];
    size_t count;
    if (!read_list(reading, node, what, 1, WORDS_MOST, &items, &count)) {
        return;
    }
    struct str *ids = ARENA_ARRAY(reading->arena, struct str, count);
    *out = ARENA_ARRAY(reading->arena, struct indicator_word, count);
    for (size_t i = 0; i < count; i++) {
        struct indicator_word *word = &(*out)[*n];
        if (read_map(reading, items[i], what, keys, 2, v) && read_id(reading, v[0], "id", &word->id) &&
            id_is_new(reading, v[0], ids, *n, word->id) && read_name(reading, v[1], "name", &word->name)) {
            ids[(*n)++] = word->id;
        }
    }
}

static void read_areas_and_units(struct indicators *set, struct str path, struct city_mistakes *mistakes)
{
    static const struct key keys[] = { { "areas", false }, { "units", false } };
    yaml_value *v[2];
    struct reading reading;
    struct str text;
    if (!read_file(set->arena, path.p, mistakes, &text)) {
        return;
    }
    yaml_value *root = reading_open(&reading, set->arena, path, text, mistakes);
    if (root && read_map(&reading, root, "indicators.yaml", keys, 2, v)) {
        read_words(&reading, v[0], "areas", &set->areas, &set->nareas);
        read_words(&reading, v[1], "units", &set->units, &set->nunits);
    }
    reading_close(&reading);
}

/* ---- the folder ---- */

static int by_area_and_id(const void *a, const void *b)
{
    const struct indicator *x = a, *y = b;
    return x->area != y->area ? (x->area > y->area) - (x->area < y->area) : str_cmp(x->id, y->id);
}

/* `of` by name, once all stand in their places; a change of a change is none that a reader could follow. */
static void resolve(struct indicators *set, const struct str *of, const struct str *of_whom,
                    struct city_mistakes *mistakes)
{
    for (size_t i = 0, n = set->n; i < n; i++) {
        if (!of[i].n) {
            continue;
        }
        struct indicator *indicator = &set->items[indicators_find(set, of_whom[i])];
        if (indicator->kind != INDICATOR_CHANGE) {
            continue; /* told already */
        }
        size_t index = indicators_find(set, of[i]);
        if (index == SIZE_MAX || set->items[index].kind == INDICATOR_CHANGE) {
            city_mistake_add(mistakes, indicator->file, 0, "of：没有可比较的指标“%.*s”；应为另一个非 change 的指标",
                             "of: '%.*s' is no indicator to compare; expected another that is no change",
                             STR_ARG(of[i]));
            continue;
        }
        const struct indicator *other = &set->items[index];
        struct sm3 hash;
        sm3_start(&hash);
        sm3_add(&hash, indicator->definition, SM3_BYTES);
        sm3_add(&hash, other->definition, SM3_BYTES);
        sm3_end(&hash, indicator->definition);
        indicator->of = index;
        indicator->years = other->years;
        indicator->mask = indicator->mask ? indicator->mask : other->mask;
    }
}

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static void read_folder(struct indicators *set, struct str folder, struct city_mistakes *mistakes)
{
    struct dirent **entries;
    int n = scandir(folder.p, &entries, NULL, alphasort);
    if (n < 0) {
        city_mistake_add(mistakes, folder, 0, "打不开；应为放指标的文件夹",
                         "cannot be opened; expected a folder of indicators");
        return;
    }
    set->items = ARENA_ARRAY(set->arena, struct indicator, (size_t)n);
    struct str *of = ARENA_ARRAY(set->arena, struct str, (size_t)n);
    struct str *of_whom = ARENA_ARRAY(set->arena, struct str, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            size_t at = set->n;
            read_file_of(set, folder, entries[i]->d_name, &of[at], mistakes);
            of_whom[at] = set->items[at].id;
        }
        free(entries[i]);
    }
    free(entries);
    qsort(set->items, set->n, sizeof *set->items, by_area_and_id);
    resolve(set, of, of_whom, mistakes);
}

bool indicators_read(struct indicators **out, const char *folder, struct city_mistakes *mistakes, struct error *error)
{
    struct arena *arena = arena_new(64 * 1024);
    struct indicators *set = ARENA_NEW(arena, struct indicators);
    size_t before = mistakes->n;
    set->arena = arena;
    struct str yaml = arena_printf(arena, "%s/indicators.yaml", folder);
    struct str inside = arena_printf(arena, "%s/indicators", folder);
    if (exists(yaml.p) || exists(inside.p)) {
        read_areas_and_units(set, yaml, mistakes);
        read_folder(set, inside, mistakes);
    }
    city_mistakes_sort(mistakes);
    size_t n = mistakes->n - before;
    if (n) {
        indicators_free(set);
        return error_set(error, "the indicators of %s have %zu mistake%s", folder, n, n == 1 ? "" : "s");
    }
    *out = set;
    return true;
}

void indicators_free(struct indicators *indicators)
{
    if (indicators) {
        arena_free(indicators->arena); /* which holds the struct itself */
    }
}

size_t indicators_find(const struct indicators *indicators, struct str id)
{
    for (size_t i = 0; i < indicators->n; i++) {
        if (str_eq(indicators->items[i].id, id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

int64_t day_year_before(int64_t day)
{
    int year, month, date;
    day_parts(day, &year, &month, &date);
    return day_of(year - 1, month, month == 2 && date == 29 ? 28 : date);
}

struct period indicator_period(const struct indicator *indicator, int64_t day)
{
    int year, month, date;
    day_parts(day, &year, &month, &date);
    struct period period = { .day = day, .from = day, .until = day, .before = day_year_before(day), .year = year };
    if (indicator->years) {
        period.from = day_of(year - (int)indicator->years + 1, 1, 1);
        period.day = period.until = day_of(year, 12, 31);
        period.before = period.from - 1;
    }
    return period;
}
