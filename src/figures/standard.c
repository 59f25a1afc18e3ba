/* See standard.h: the files, and the judging. */
#include "figures/standard.h"

#include "base/clock.h"
#include "city/walker.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#define AMOUNT_MOST INT64_C(2000000000)

const char *const standard_measure_words[MEASURES] = { "land", "floor", "teachers", "equipment", "books" };

const struct text judged_words[JUDGED_STATES] = {
    [JUDGED_MET] = T("达标", "met"),
    [JUDGED_NEARLY] = T("基本达标", "nearly met"),
    [JUDGED_NOT_MET] = T("未达标", "not met"),
    [JUDGED_OUT_OF_SCOPE] = T("不在范围内", "out of scope"),
    [JUDGED_DECLINED] = T("不作判断（由省级确定）", "not judged: the province decides"),
    [JUDGED_NOT_ASKED] = T("不作要求", "nothing is asked"),
    [JUDGED_NOT_REPORTED] = T("未上报", "not reported"),
};

/* ---- types ---- */

static const struct column *type_column(void)
{
    const struct kind *kind = &KIND_LIST[KIND_CONDITION];
    return &kind->columns[kind_column(kind, STR("school_type"))];
}

size_t standard_type_words(const char *words[SCHOOL_TYPES_MOST])
{
    const struct column *column = type_column();
    size_t n = column->nwords < SCHOOL_TYPES_MOST ? column->nwords : SCHOOL_TYPES_MOST;
    for (size_t i = 0; i < n; i++) {
        words[i] = column->words[i].word;
    }
    return n;
}

struct text standard_type_label(size_t type)
{
    const struct column *column = type_column();
    return type < column->nwords ? column->words[type].label : T("未知", "unknown");
}

/* ---- one file ---- */

static bool read_amount(struct reading *reading, yaml_value *node, const char *what, int64_t *out)
{
    uint32_t value = 0;
    if (!node || !read_number(reading, node, what, 1, AMOUNT_MOST, &value)) {
        return false;
    }
    *out = value;
    return true;
}

static void read_threshold(struct reading *reading, yaml_value *node, enum measure measure, struct threshold *out)
{
    static const char *const words[] = { "none", "province" };
    const struct key keys[] = { { "least", true }, { measure == MEASURE_TEACHERS ? "students" : "each", true } };
    yaml_value *v[2] = { NULL, NULL };
    size_t found = 0;
    if (!node) {
        return;
    }
    if (node->type == YAML_SCALAR_NODE) {
        if (read_word(reading, node, standard_measure_words[measure], words, 2, &found)) {
            out->asks = found == 0 ? ASKS_NOTHING : ASKS_PROVINCE;
        }
        return;
    }
    if (!read_map(reading, node, standard_measure_words[measure], keys, 2, v)) {
        return;
    }
    (void)read_amount(reading, v[0], keys[0].name, &out->least);
    (void)read_amount(reading, v[1], keys[1].name, &out->each);
    if (!v[0] && !v[1]) {
        mistake_at(reading, node, "%s 没有数；应有 %s 或 %s，或写 none、province",
                   "%s has no number; expected %s or %s, or else none or province", standard_measure_words[measure],
                   keys[0].name, keys[1].name);
    }
}

/* Each type stands once: among `types` or in `out_of_scope`. */
static bool is_first(struct reading *reading, yaml_value *node, size_t type, struct standard *standard)
{
    if (standard->line[type]) {
        mistake_at(reading, node, "类型“%s”第 %u 行已有；应只写一次",
                   "the type '%s' stands in line %u already; expected once", type_column()->words[type].word,
                   (unsigned)standard->line[type]);
        return false;
    }
    standard->line[type] = line_of(node);
    return true;
}

static void read_type(struct reading *reading, yaml_value *node, struct standard *standard)
{
    static const struct key keys[] = { { "type", false },     { "land", false },      { "floor", false },
                                       { "teachers", false }, { "equipment", false }, { "books", false } };
    yaml_value *v[MEASURES + 1];
    const char *words[SCHOOL_TYPES_MOST];
    size_t n = standard_type_words(words), type = 0;
    if (!read_map(reading, node, "types", keys, MEASURES + 1, v) ||
        !read_word(reading, v[0], "type", words, n, &type) || !is_first(reading, v[0], type, standard)) {
        return;
    }
    standard->in_scope[type] = true;
    for (size_t m = 0; m < MEASURES; m++) {
        read_threshold(reading, v[m + 1], (enum measure)m, &standard->asks[type][m]);
    }
}

static void read_types(struct reading *reading, yaml_value *root, yaml_value *types, yaml_value *out_of_scope,
                       struct standard *standard)
{
    const char *words[SCHOOL_TYPES_MOST];
    size_t n = standard_type_words(words), count = 0;
    yaml_value **items;
    if (read_list(reading, types, "types", 1, SCHOOL_TYPES_MOST, &items, &count)) {
        for (size_t i = 0; i < count; i++) {
            read_type(reading, items[i], standard);
        }
    }
    if (read_list(reading, out_of_scope, "out_of_scope", 0, SCHOOL_TYPES_MOST, &items, &count)) {
        for (size_t i = 0; i < count; i++) {
            size_t type = 0;
            if (read_word(reading, items[i], "out_of_scope", words, n, &type)) {
                (void)is_first(reading, items[i], type, standard);
            }
        }
    }
    for (size_t i = 0; i < n && types && out_of_scope; i++) {
        if (!standard->line[i]) {
            mistake_at(reading, root, "没有类型“%s”；应在 types 或 out_of_scope 中",
                       "the type '%s' is missing; expected among types or in out_of_scope", words[i]);
        }
    }
}

static void read_standard(struct reading *reading, yaml_value *root, struct standard *standard)
{
    static const struct key keys[] = { { "name", false },           { "source", false },      { "from", false },
                                       { "nearly", false },         { "public", false },      { "types", false },
                                       { "founded_before", false }, { "out_of_scope", false } };
    static const char *const shows[] = { "no", "result", "figures" };
    yaml_value *v[8];
    size_t found = 0;
    if (!read_map(reading, root, standard->id.p, keys, 8, v)) {
        return;
    }
    (void)read_name(reading, v[0], "name", &standard->name);
    (void)read_name(reading, v[1], "source", &standard->source);
    (void)read_day(reading, v[2], "from", &standard->from);
    (void)read_number(reading, v[3], "nearly", 1, 100, &standard->nearly);
    if (read_word(reading, v[4], "public", shows, 3, &found)) {
        standard->shows = found == 0 ? STANDARD_HIDDEN : found == 1 ? STANDARD_RESULT : STANDARD_FIGURES;
    }
    (void)read_day(reading, v[6], "founded_before", &standard->founded_before);
    read_types(reading, root, v[5], v[7], standard);
}

/* ---- the folder ---- */

static int by_from(const void *a, const void *b)
{
    const struct standard *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static void read_file_of(struct standards *set, const char *folder, const char *name, struct city_mistakes *mistakes)
{
    struct arena *arena = set->arena;
    struct str file = str_of(name), ending = STR(".yaml"), text;
    struct str path = arena_printf(arena, "%s/%s", folder, name);
    struct reading reading;
    if (file.n <= ending.n || !str_eq(str_part(file, file.n - ending.n, ending.n), ending)) {
        city_mistake_add(mistakes, path, 0, "不是标准的文件名；应为“标识.yaml”",
                         "not the name of a standard; expected ID.yaml");
        return;
    }
    if (!read_file(arena, path.p, mistakes, &text)) {
        return;
    }
    struct standard *standard = &set->items[set->n];
    *standard = (struct standard){ .id = arena_str(arena, str_part(file, 0, file.n - ending.n)) };
    yaml_value *root = reading_open(&reading, arena, path, text, mistakes);
    if (root) {
        read_standard(&reading, root, standard);
        for (size_t i = 0; i < set->n; i++) {
            if (reading_is_clean(&reading) && set->items[i].from == standard->from) {
                mistake_at(&reading, root, "和“%.*s”同一天开始；应是另一天",
                           "begins on the same day as '%.*s'; expected another", STR_ARG(set->items[i].id));
            }
        }
    }
    reading_close(&reading);
    set->n++;
}

bool standards_read(struct standards **out, const char *folder, struct city_mistakes *mistakes, struct error *error)
{
    struct arena *arena = arena_new(16 * 1024);
    struct standards *set = ARENA_NEW(arena, struct standards);
    struct dirent **entries;
    struct stat about;
    size_t before = mistakes->n;
    set->arena = arena;
    const char *inside = arena_printf(arena, "%s/standards", folder).p;
    int n = stat(inside, &about) == 0 ? scandir(inside, &entries, NULL, alphasort) : 0;
    if (n < 0) {
        city_mistake_add(mistakes, str_of(inside), 0, "打不开；应为放标准的文件夹",
                         "cannot be opened; expected a folder of standards");
    }
    set->items = ARENA_ARRAY(arena, struct standard, n > 0 ? (size_t)n : 0);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            read_file_of(set, inside, entries[i]->d_name, mistakes);
        }
        free(entries[i]);
    }
    if (n > 0) {
        free(entries);
        qsort(set->items, set->n, sizeof *set->items, by_from);
    }
    city_mistakes_sort(mistakes);
    size_t wrong = mistakes->n - before;
    if (wrong) {
        standards_free(set);
        return error_set(error, "the standards of %s have %zu mistake%s", folder, wrong, wrong == 1 ? "" : "s");
    }
    *out = set;
    return true;
}

void standards_free(struct standards *standards)
{
    if (standards) {
        arena_free(standards->arena);
    }
}

const struct standard *standards_on(const struct standards *standards, int64_t day)
{
    const struct standard *found = NULL;
    for (size_t i = 0; i < standards->n && standards->items[i].from <= day; i++) {
        found = &standards->items[i];
    }
    return found;
}

/* ---- judging ---- */

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* In the measure's own unit, of equipment in fen: shares of yuan count. */
static int64_t scale_of(size_t measure)
{
    return measure == MEASURE_EQUIPMENT ? 100 : 1;
}

static int64_t asked_of_students(const struct threshold *asks, size_t measure, int64_t students)
{
    int64_t each = 0;
    if (asks->each) {
        each = measure == MEASURE_TEACHERS ? (students + asks->each - 1) / asks->each : asks->each * students;
    }
    return greater(asks->least, each) * scale_of(measure);
}

static int64_t holds_of(const struct threshold *asks, size_t measure, int64_t has)
{
    if (has < asks->least * scale_of(measure)) {
        return -1;
    }
    if (!asks->each) {
        return INT64_MAX;
    }
    return measure == MEASURE_TEACHERS ? has * asks->each : has / (asks->each * scale_of(measure));
}

static struct measured judge_measure(const struct standard *standard, const struct school_condition *condition,
                                     size_t measure, int64_t students)
{
    const struct threshold *asks = &standard->asks[condition->type][measure];
    int64_t has = greater(condition->has[measure] - condition->shared[measure], 0), scale = scale_of(measure);
    struct measured out = { .has = has / scale, .holds = INT64_MAX };
    if (asks->asks != ASKS_SOMETHING) {
        out.judged = asks->asks == ASKS_NOTHING ? JUDGED_NOT_ASKED : JUDGED_DECLINED;
        return out;
    }
    int64_t asked = asked_of_students(asks, measure, students);
    out.asked = asked / scale;
    out.holds = holds_of(asks, measure, has);
    out.shortfall = has < asked ? (asked - has + scale - 1) / scale : 0;
    out.judged = has >= asked                                                ? JUDGED_MET
                 : (__int128)has * 100 >= (__int128)asked * standard->nearly ? JUDGED_NEARLY
                                                                             : JUDGED_NOT_MET;
    return out;
}

/* The worst of what was judged; what is met all over, but not judged in a part, is not called met. */
static enum judged overall_of(const struct judgement *judgement)
{
    bool has[JUDGED_STATES] = { false };
    for (size_t m = 0; m < MEASURES; m++) {
        has[judgement->of[m].judged] = true;
    }
    return has[JUDGED_NOT_MET]    ? JUDGED_NOT_MET
           : has[JUDGED_NEARLY]   ? JUDGED_NEARLY
           : has[JUDGED_DECLINED] ? JUDGED_DECLINED
           : has[JUDGED_MET]      ? JUDGED_MET
                                  : JUDGED_DECLINED;
}

struct judgement standard_judge(const struct standard *standard, const struct school_condition *condition, int64_t more)
{
    struct judgement out = { .students = greater(condition->students + more, 0), .holds = INT64_MAX };
    enum judged all = JUDGED_MET; /* of the school as a whole, before its measures are looked at */
    if (condition->founded >= standard->founded_before ||
        (condition->reported && (condition->type == SIZE_MAX || !standard->in_scope[condition->type]))) {
        all = JUDGED_OUT_OF_SCOPE;
    } else if (!condition->reported) {
        all = JUDGED_NOT_REPORTED;
    }
    for (size_t m = 0; m < MEASURES; m++) {
        if (all != JUDGED_MET) {
            out.of[m] = (struct measured){ .judged = all, .has = condition->has[m] / scale_of(m), .holds = INT64_MAX };
            continue;
        }
        out.of[m] = judge_measure(standard, condition, m, out.students);
        out.holds = out.of[m].holds < out.holds ? out.of[m].holds : out.holds;
    }
    out.overall = all == JUDGED_MET ? overall_of(&out) : all;
    return out;
}

struct compliance standard_compliance(const struct judgement *judgements, size_t n)
{
    struct compliance out = { 0 };
    for (size_t i = 0; i < n; i++) {
        out.schools[judgements[i].overall]++;
    }
    out.met = out.schools[JUDGED_MET];
    out.judged = out.met + out.schools[JUDGED_NEARLY] + out.schools[JUDGED_NOT_MET];
    return out;
}
