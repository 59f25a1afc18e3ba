/* YAML nodes into values, each checked for its type and range. See walker.h. */
#include "base/clock.h"
#include "city/walker.h"

#include <stdlib.h>

enum { KEYS_MAX = 32, TEXT_CHARS_MAX = 1000, ID_CHARS_MAX = 40 };

uint32_t line_of(yaml_value *at)
{
    return (uint32_t)at->start_mark.line + 1;
}

void mistake_at(struct reading *reading, yaml_value *at, const char *zh, const char *en, ...)
{
    struct arena *arena = reading->mistakes->arena;
    if (reading->mistakes->n > CITY_MISTAKES_MAX) {
        return;
    }
    va_list list, again;
    va_start(list, en);
    va_copy(again, list);
    struct str in_zh = arena_vprintf(arena, zh, list);
    struct str in_en = arena_vprintf(arena, en, again);
    va_end(again);
    va_end(list);
    city_mistake_add(reading->mistakes, reading->file, line_of(at), "%s%.0s", "%.0s%s", in_zh.p, in_en.p);
}

struct str scalar_of(yaml_value *node)
{
    return (struct str){ (const char *)node->data.scalar.value, node->data.scalar.length };
}

static bool is_plain(yaml_value *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* What a node is, for "… is a list; expected …". Long text is cut. */
static struct text shown(struct reading *reading, yaml_value *node)
{
    struct arena *arena = reading->mistakes->arena;
    if (node->type == YAML_MAPPING_NODE) {
        return T("一组键", "a mapping");
    }
    if (node->type == YAML_SEQUENCE_NODE) {
        return T("一个列表", "a list");
    }
    struct str s = scalar_of(node);
    if (s.n == 0) {
        return T("空的", "empty");
    }
    size_t n = s.n;
    if (n > 60) {
        for (n = 60; n && ((unsigned char)s.p[n] & 0xC0) == 0x80; n--) {
        }
    }
    const char *tail = n < s.n ? "…" : "";
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s.p[i] < 0x20) {
            n = i; /* what cannot be printed ends it */
            tail = "…";
        }
    }
    return (struct text){ arena_printf(arena, "“%.*s%s”", (int)n, s.p, tail).p,
                          arena_printf(arena, "'%.*s%s'", (int)n, s.p, tail).p };
}

/* The same where quotes make a number or a truth value a text. */
static struct text shown_plain(struct reading *reading, yaml_value *node)
{
    struct text is = shown(reading, node);
    if (node->type != YAML_SCALAR_NODE || is_plain(node) || !node->data.scalar.length) {
        return is;
    }
    return (struct text){ arena_printf(reading->mistakes->arena, "带引号的文字%s", is.zh).p,
                          arena_printf(reading->mistakes->arena, "%s, a text in quotes", is.en).p };
}

/* "WHAT is 'x'; expected …" */
static bool wrong_as(struct reading *reading, yaml_value *node, const char *what, struct text is, const char *zh,
                     const char *en)
{
    mistake_at(reading, node, "%s 是%s%.0s；应为%s%.0s", "%s is %.0s%s; expected %.0s%s", what, is.zh, is.en, zh, en);
    return false;
}

static bool wrong(struct reading *reading, yaml_value *node, const char *what, const char *zh, const char *en)
{
    return wrong_as(reading, node, what, shown(reading, node), zh, en);
}

/* Edits (insert, remove, replace, swap neighbours) from a to b; more than `most` are most + 1. */
static size_t edits(struct str a, struct str b, size_t most)
{
    enum { N = 48 };
    size_t rows[3][N + 1];
    if (a.n > N || b.n > N) {
        return most + 1;
    }
    for (size_t j = 0; j <= b.n; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = above[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && above2[j - 2] + 1 < best) {
                best = above2[j - 2] + 1;
            }
            row[j] = best;
        }
    }
    size_t found = rows[a.n % 3][b.n];
    return found <= most ? found : most + 1;
}

const char *nearest_word(struct str s, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t most = s.n < 8 ? 1 : s.n < 12 ? 2 : 3;
    for (size_t i = 0; i < n; i++) {
        size_t found = edits(s, str_of(words[i]), most);
        if (found <= most) {
            best = words[i];
            if (found == 0) {
                return best;
            }
            most = found - 1;
        }
    }
    return best;
}

struct text expected_words(struct arena *arena, struct str s, const char *const *words, size_t n)
{
    const char *near = n == 1 ? words[0] : nearest_word(s, words, n);
    if (near) {
        return (struct text){ arena_printf(arena, "“%s”", near).p, arena_printf(arena, "'%s'", near).p };
    }
    if (n == 0) {
        return T("无（没有可用的）", "none (there are none to name)");
    }
    enum { SHOWN = 32 };
    struct str list = str_of("");
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        list = arena_printf(arena, "%s%s%s", list.p, i ? ", " : "", words[i]);
    }
    const char *more = n > SHOWN ? " …" : "";
    return (struct text){ arena_printf(arena, "其中之一：%s%s", list.p, more).p,
                          arena_printf(arena, "one of: %s%s", list.p, more).p };
}

static size_t key_index(const struct key *keys, size_t n, struct str name)
{
    size_t i = 0;
    while (i < n && !str_is(name, keys[i].name)) {
        i++;
    }
    return i;
}

/* An unknown key: told with the nearest, which then counts as there, so that it is not told as missing too. */
static void tell_unknown(struct reading *reading, yaml_value *key, const struct key *keys, size_t n,
                         yaml_value **values, bool *meant)
{
    const char *free_words[KEYS_MAX], *all_words[KEYS_MAX];
    size_t nfree = 0;
    for (size_t i = 0; i < n; i++) {
        all_words[i] = keys[i].name;
        if (!values[i] && !meant[i]) {
            free_words[nfree++] = keys[i].name;
        }
    }
    struct str name = scalar_of(key);
    const char *near = nearest_word(name, free_words, nfree);
    struct text is = shown(reading, key);
    struct text expected = near ? expected_words(reading->mistakes->arena, name, &near, 1)
                                : expected_words(reading->mistakes->arena, name, all_words, n);
    mistake_at(reading, key, "不认识的键%s%.0s；应为%s%.0s", "unknown key %.0s%s; expected %.0s%s", is.zh, is.en,
               expected.zh, expected.en);
    if (near) {
        meant[key_index(keys, n, str_of(near))] = true;
    }
}

/* First pass: known keys into values, second ones told. */
static void take_known(struct reading *reading, yaml_value *node, const struct key *keys, size_t n, yaml_value **values)
{
    yaml_document_t *document = &reading->document;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_value *key = yaml_document_get_node(document, pair->key);
        if (key->type != YAML_SCALAR_NODE) {
            struct text is = shown(reading, key);
            mistake_at(reading, key, "键是%s%.0s；键应为一个词", "a key is %.0s%s; expected a word", is.zh, is.en);
            continue;
        }
        size_t i = key_index(keys, n, scalar_of(key));
        if (i < n && values[i]) {
            mistake_at(reading, key, "键“%s”出现了两次；应只有一次", "key '%s' stands twice; expected it once",
                       keys[i].name);
        } else if (i < n) {
            values[i] = yaml_document_get_node(document, pair->value);
        }
    }
}

bool read_map(struct reading *reading, yaml_value *node, const char *what, const struct key *keys, size_t n,
              yaml_value **values)
{
    bool meant[KEYS_MAX] = { false };
    for (size_t i = 0; i < n; i++) {
        values[i] = NULL;
    }
    if (!node) {
        return false;
    }
    if (node->type != YAML_MAPPING_NODE || n > KEYS_MAX) {
        return wrong(reading, node, what, "一组键", "a mapping");
    }
    take_known(reading, node, keys, n, values);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_value *key = yaml_document_get_node(&reading->document, pair->key);
        if (key->type == YAML_SCALAR_NODE && key_index(keys, n, scalar_of(key)) == n) {
            tell_unknown(reading, key, keys, n, values, meant);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!values[i] && !keys[i].optional && !meant[i]) {
            mistake_at(reading, node, "%s 缺少键“%s”；应有“%s”", "%s lacks the key '%s'; expected '%s: …'", what,
                       keys[i].name, keys[i].name);
        }
    }
    return true;
}

bool read_list(struct reading *reading, yaml_value *node, const char *what, size_t least, size_t most,
               yaml_value ***items, size_t *n)
{
    *n = 0;
    if (!node) {
        return false;
    }
    if (node->type != YAML_SEQUENCE_NODE) {
        return wrong(reading, node, what, "一个列表", "a list");
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count < least || count > most) {
        mistake_at(reading, node, "%s 有 %zu 项；应为 %zu 至 %zu 项", "%s has %zu items; expected %zu to %zu", what,
                   count, least, most);
        return false;
    }
    *items = ARENA_ARRAY(reading->arena, yaml_value *, count);
    for (size_t i = 0; i < count; i++) {
        (*items)[i] = yaml_document_get_node(&reading->document, node->data.sequence.items.start[i]);
    }
    *n = count;
    return true;
}

/* No control characters, no line or paragraph separators, no byte order mark, no noncharacters: what canonical
 * YAML can hold between double quotes on one line. */
static bool is_one_line(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n; i++) {
        if (p[i] < 0x20 || p[i] == 0x7F || (p[i] == 0xC2 && p[i + 1] < 0xA0) ||
            (p[i] == 0xE2 && p[i + 1] == 0x80 && (p[i + 2] == 0xA8 || p[i + 2] == 0xA9)) ||
            (p[i] == 0xEF && p[i + 1] == 0xBB && p[i + 2] == 0xBF) ||
            (p[i] == 0xEF && p[i + 1] == 0xBF && p[i + 2] >= 0xBE)) {
            return false;
        }
    }
    return true;
}

bool read_text(struct reading *reading, yaml_value *node, const char *what, struct str *out)
{
    if (!node) {
        return false;
    }
    struct str s = node->type == YAML_SCALAR_NODE ? scalar_of(node) : (struct str){ NULL, 0 };
    if (str_trim(s).n == 0 || !str_is_utf8(s)) {
        return wrong(reading, node, what, "文字", "text");
    }
    if (!is_one_line(s)) {
        return wrong(reading, node, what, "一行可显示的文字", "one line of printable text");
    }
    if (str_chars(s) > TEXT_CHARS_MAX) {
        mistake_at(reading, node, "%s 有 %zu 个字；应不超过 %d 个", "%s has %zu characters; expected at most %d", what,
                   str_chars(s), TEXT_CHARS_MAX);
        return false;
    }
    *out = arena_str(reading->arena, s);
    return true;
}

bool read_id(struct reading *reading, yaml_value *node, const char *what, struct str *out)
{
    struct str s;
    if (!read_text(reading, node, what, &s)) {
        return false;
    }
    bool good = s.p[0] >= 'a' && s.p[0] <= 'z' && s.n <= ID_CHARS_MAX;
    for (size_t i = 0; i < s.n; i++) {
        good = good && ((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_');
    }
    if (!good) {
        return wrong(reading, node, what, "标识（小写字母开头，只含小写字母、数字和“_”，不超过 40 个）",
                     "an id (small letters, digits and _, a letter first, at most 40)");
    }
    *out = s;
    return true;
}

bool read_name(struct reading *reading, yaml_value *node, const char *what, struct name *out)
{
    static const struct key keys[] = { { "zh", false }, { "en", false } };
    yaml_value *v[2];
    if (!read_map(reading, node, what, keys, 2, v)) {
        return false;
    }
    bool zh = read_text(reading, v[0], arena_printf(reading->mistakes->arena, "%s.zh", what).p, &out->zh);
    bool en = read_text(reading, v[1], arena_printf(reading->mistakes->arena, "%s.en", what).p, &out->en);
    return zh && en;
}

bool read_number(struct reading *reading, yaml_value *node, const char *what, int64_t least, int64_t most,
                 uint32_t *out)
{
    if (!node) {
        return false;
    }
    int64_t number;
    if (!is_plain(node) || !str_to_int(scalar_of(node), least, most, &number)) {
        struct arena *arena = reading->mistakes->arena;
        return wrong_as(reading, node, what, shown_plain(reading, node),
                        arena_printf(arena, " %lld 至 %lld 的整数", (long long)least, (long long)most).p,
                        arena_printf(arena, "a whole number from %lld to %lld", (long long)least, (long long)most).p);
    }
    *out = (uint32_t)number;
    return true;
}

bool read_bool(struct reading *reading, yaml_value *node, const char *what, bool *out)
{
    if (!node) {
        return false;
    }
    bool yes = is_plain(node) && str_is(scalar_of(node), "true");
    if (!yes && !(is_plain(node) && str_is(scalar_of(node), "false"))) {
        return wrong_as(reading, node, what, shown_plain(reading, node), " true 或 false", "true or false");
    }
    *out = yes;
    return true;
}

bool read_day(struct reading *reading, yaml_value *node, const char *what, int64_t *out)
{
    if (!node) {
        return false;
    }
    if (node->type != YAML_SCALAR_NODE || !day_parse(scalar_of(node), out)) {
        return wrong(reading, node, what, "日期，如 2026-08-31", "a date such as 2026-08-31");
    }
    return true;
}

bool read_moment(struct reading *reading, yaml_value *node, const char *what, int64_t *out)
{
    if (!node) {
        return false;
    }
    if (node->type != YAML_SCALAR_NODE || scalar_of(node).n != 16 || !ms_parse(scalar_of(node), out)) {
        return wrong(reading, node, what, "日期和时间，如 2026-07-01 08:00",
                     "a date and time such as 2026-07-01 08:00");
    }
    return true;
}

/* "08:00" as minutes; false when it is no time of day. */
static bool minutes_of(struct str s, int64_t *out)
{
    enum { DAY_MINUTES = 24 * 60 };
    int64_t hour, minute;
    if (s.n != 5 || s.p[2] != ':' || !str_to_int(str_part(s, 0, 2), 0, 24, &hour) ||
        !str_to_int(str_part(s, 3, 2), 0, 59, &minute) || hour * 60 + minute > DAY_MINUTES) {
        return false;
    }
    *out = hour * 60 + minute;
    return true;
}

bool read_hours(struct reading *reading, yaml_value *node, const char *what, int64_t *from, int64_t *until)
{
    struct str text;
    if (!read_text(reading, node, what, &text)) {
        return false;
    }
    if (text.n == 11 && text.p[5] == '-' && minutes_of(str_part(text, 0, 5), from) &&
        minutes_of(str_part(text, 6, 5), until) && *from < *until) {
        return true;
    }
    return wrong(reading, node, what, "时段，如 08:00-11:30", "hours such as 08:00-11:30");
}

bool read_word(struct reading *reading, yaml_value *node, const char *what, const char *const *words, size_t n,
               size_t *out)
{
    if (!node) {
        return false;
    }
    struct str s = node->type == YAML_SCALAR_NODE ? scalar_of(node) : (struct str){ NULL, 0 };
    for (size_t i = 0; i < n; i++) {
        if (node->type == YAML_SCALAR_NODE && str_is(s, words[i])) {
            *out = i;
            return true;
        }
    }
    struct text expected = expected_words(reading->mistakes->arena, s, words, n);
    return wrong(reading, node, what, expected.zh, expected.en);
}

bool id_is_new(struct reading *reading, yaml_value *node, const struct str *earlier, size_t n, struct str id)
{
    for (size_t i = 0; i < n; i++) {
        if (id.n && str_eq(earlier[i], id)) {
            mistake_at(reading, node, "“%.*s”出现了两次；每项应有自己的标识",
                       "'%.*s' stands twice; expected an id of its own", STR_ARG(id));
            return false;
        }
    }
    return true;
}
