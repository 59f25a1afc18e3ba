/* Published figures and their relations, from their files. See checker.h and docs/figures.md. */
#include "figures/checker.h"

#include "city/walker.h"

enum { FIGURES_MOST = 2000, RELATIONS_MOST = 2000, COLUMNS_MOST = 32, DIGITS_MOST = 15 };

/* ---- the table ---- */

/* The next cell of a line: quotes may hold commas, doubled quotes and line ends. *last: a line ended behind it. */
static struct str cell(struct arena *arena, struct str *rest, bool *last, uint32_t *line)
{
    struct str text;
    size_t i = 0;
    if (rest->n && rest->p[0] == '"') {
        char *out = arena_alloc(arena, rest->n);
        size_t n = 0;
        for (i = 1; i < rest->n && (rest->p[i] != '"' || (i + 1 < rest->n && rest->p[i + 1] == '"')); i++) {
            i += rest->p[i] == '"';
            *line += rest->p[i] == '\n';
            out[n++] = rest->p[i];
        }
        i += i < rest->n;
        text = (struct str){ out, n };
    } else {
        while (i < rest->n && rest->p[i] != ',' && rest->p[i] != '\n' && rest->p[i] != '\r') {
            i++;
        }
        text = arena_str(arena, str_part(*rest, 0, i));
    }
    while (i < rest->n && rest->p[i] != ',' && rest->p[i] != '\n') {
        i++; /* a carriage return, or what stands behind a closing quote */
    }
    *last = i >= rest->n || rest->p[i] == '\n';
    *line += i < rest->n && *last;
    *rest = str_part(*rest, i + 1, rest->n);
    return text;
}

static bool read_value(struct str text, struct published *figure)
{
    struct str rest = text;
    bool negative = rest.n && rest.p[0] == '-';
    rest = negative ? str_part(rest, 1, rest.n) : rest;
    size_t dot = str_find(rest, '.');
    struct str decimals = str_part(rest, dot + 1, rest.n);
    int64_t whole, part = 0;
    if (rest.n > DIGITS_MOST || !str_to_int(str_part(rest, 0, dot), 0, INT64_MAX, &whole) || decimals.n > 6 ||
        (dot < rest.n && !str_to_int(decimals, 0, 999999, &part))) {
        return false;
    }
    for (size_t i = 0; i < decimals.n; i++) {
        whole *= 10;
    }
    figure->value = (whole + part) * (negative ? -1 : 1);
    figure->decimals = (unsigned)decimals.n;
    return true;
}

/* A step in the unit, as many of the value's last decimals; a value with fewer decimals than its step gets more. */
static bool read_step(struct str text, struct published *figure)
{
    struct published step = { 0 };
    if (text.n == 0) {
        figure->step = 1;
        return true;
    }
    if (!read_value(text, &step) || step.value <= 0) {
        return false;
    }
    for (; figure->decimals < step.decimals; figure->decimals++) {
        figure->value *= 10;
    }
    for (; step.decimals < figure->decimals; step.decimals++) {
        step.value *= 10;
    }
    figure->step = step.value;
    return true;
}

static bool read_said(struct str text, enum said *said)
{
    static const char *const words[] = { "", "above", "nearly", "below" };
    for (size_t i = 0; i < 4; i++) {
        if (str_is(text, words[i])) {
            *said = (enum said)i;
            return true;
        }
    }
    return false;
}

enum { COLUMN_ID, COLUMN_VALUE, COLUMN_UNIT, COLUMN_AS_OF, COLUMN_SAID, COLUMN_STEP, COLUMN_ZH, COLUMNS };

struct table {
    struct arena *arena;
    struct str file, rest;
    uint32_t line;
    int columns[COLUMNS]; /* where each stands; -1: not there */
    struct city_mistakes *mistakes;
};

static bool read_head(struct table *table)
{
    static const char *const names[COLUMNS] = { "id", "value", "unit", "as_of", "said", "step", "zh" };
    bool last = false, good = true;
    for (size_t i = 0; i < COLUMNS; i++) {
        table->columns[i] = -1;
    }
    for (int at = 0; !last && at < COLUMNS_MOST; at++) {
        struct str name = cell(table->arena, &table->rest, &last, &table->line);
        for (size_t i = 0; i < COLUMNS; i++) {
            table->columns[i] = str_is(name, names[i]) ? at : table->columns[i];
        }
    }
    for (size_t i = COLUMN_ID; i <= COLUMN_AS_OF; i++) {
        if (table->columns[i] < 0) {
            city_mistake_add(table->mistakes, table->file, 1, "缺少列“%s”；应有 id、value、unit、as_of",
                             "the column '%s' is missing; expected id, value, unit and as_of", names[i]);
            good = false;
        }
    }
    return good;
}

static void tell_cell(const struct table *table, uint32_t line, const char *column, struct str is, const char *zh,
                      const char *en)
{
    city_mistake_add(table->mistakes, table->file, line, "%s 是“%.*s”；应为%s%.0s", "%s is '%.*s'; expected %.0s%s",
                     column, STR_ARG(is), zh, en);
}

static bool read_row(struct table *table, struct published *figure)
{
    struct str cells[COLUMNS_MOST] = { { NULL, 0 } };
    uint32_t line = table->line;
    bool last = false;
    for (size_t at = 0; !last; at++) {
        struct str text = cell(table->arena, &table->rest, &last, &table->line);
        if (at < COLUMNS_MOST) {
            cells[at] = text;
        }
    }
    struct str by_name[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        by_name[i] = table->columns[i] < 0 ? (struct str){ "", 0 } : str_trim(cells[table->columns[i]]);
    }
    *figure = (struct published){ .id = by_name[COLUMN_ID],
                                  .unit = by_name[COLUMN_UNIT],
                                  .period = by_name[COLUMN_AS_OF],
                                  .text = by_name[COLUMN_ZH],
                                  .line = line };
    figure->whole = !str_is(figure->unit, "percent") && !str_is(figure->unit, "point");
    if (figure->id.n == 0) {
        return false; /* an empty line */
    }
    if (!read_value(by_name[COLUMN_VALUE], figure)) {
        tell_cell(table, line, "value", by_name[COLUMN_VALUE], "数，如 33.66", "a number such as 33.66");
        return false;
    }
    if (!read_said(by_name[COLUMN_SAID], &figure->said)) {
        tell_cell(table, line, "said", by_name[COLUMN_SAID], "空、above、nearly 或 below",
                  "nothing, above, nearly or below");
        return false;
    }
    if (!read_step(by_name[COLUMN_STEP], figure)) {
        tell_cell(table, line, "step", by_name[COLUMN_STEP], "大于 0 的数，如 1000", "a number above 0 such as 1000");
        return false;
    }
    return true;
}

static size_t find(const struct published_set *set, struct str id)
{
    size_t i = 0;
    while (i < set->n && !str_eq(set->figures[i].id, id)) {
        i++;
    }
    return i < set->n ? i : RELATION_NONE;
}

static void read_table(struct table *table, struct published_set *set)
{
    set->figures = ARENA_ARRAY(table->arena, struct published, FIGURES_MOST);
    if (!check_utf8(table->file, table->rest, table->mistakes) || !read_head(table)) {
        return;
    }
    while (table->rest.n && set->n < FIGURES_MOST) {
        struct published figure;
        if (!read_row(table, &figure)) {
            continue;
        }
        if (find(set, figure.id) != RELATION_NONE) {
            tell_cell(table, figure.line, "id", figure.id, "只出现一次的标识", "an id that stands once");
            continue;
        }
        set->figures[set->n++] = figure;
    }
}

/* ---- relations.yaml ---- */

enum relation_key {
    KEY_SHARE,
    KEY_COUNT,
    KEY_WHOLE,
    KEY_LEAST,
    KEY_MOST,
    KEY_CHANGE,
    KEY_NOW,
    KEY_BEFORE,
    KEY_PARTS,
    KEY_TOTAL,
    KEY_SUM,
    KEY_WITHIN,
    KEY_PART,
    RELATION_KEYS
};
static const struct key relation_keys[RELATION_KEYS] = {
    { "share", true },  { "count", true },  { "whole", true },  { "least", true }, { "most", true },
    { "change", true }, { "now", true },    { "before", true }, { "parts", true }, { "total", true },
    { "sum", true },    { "within", true }, { "part", true },
};

/* Which keys make a relation: its first, what must and what may stand beside. */
static const struct {
    enum relation_kind kind;
    enum relation_key first;
    unsigned must, may;
} shapes[] = {
    { RELATION_SHARE, KEY_SHARE, 0, 1u << KEY_COUNT | 1u << KEY_WHOLE | 1u << KEY_LEAST | 1u << KEY_MOST },
    { RELATION_CHANGE, KEY_CHANGE, 1u << KEY_NOW, 1u << KEY_BEFORE },
    { RELATION_SUM, KEY_TOTAL, 1u << KEY_SUM, 0 },
    { RELATION_WITHIN, KEY_WITHIN, 1u << KEY_PART, 0 },
    { RELATION_PARTS, KEY_WHOLE, 1u << KEY_PARTS, 0 },
};

struct relation_reader {
    struct reading *reading;
    const struct published_set *set;
    bool known; /* every figure that it names was published */
};

/* The index of a named figure; RELATION_NONE when the key is not there. */
static size_t figure_at(struct relation_reader *reader, yaml_value *node, enum relation_key key)
{
    struct str id;
    if (!node || !read_id(reader->reading, node, relation_keys[key].name, &id)) {
        return RELATION_NONE;
    }
    size_t index = find(reader->set, id);
    reader->known = reader->known && index != RELATION_NONE;
    return index;
}

static void figures_in(struct relation_reader *reader, yaml_value *node, enum relation_key key,
                       struct relation *relation)
{
    yaml_value **items;
    size_t n;
    if (read_list(reader->reading, node, relation_keys[key].name, 1, RELATION_PARTS_MOST, &items, &n)) {
        for (size_t i = 0; i < n; i++) {
            relation->parts[relation->nparts++] = figure_at(reader, items[i], key);
        }
    }
}

static void read_limits(struct relation_reader *reader, yaml_value *const *v, struct relation *relation)
{
    uint32_t number = 0;
    if (read_number(reader->reading, v[KEY_LEAST], "least", 1, UINT32_MAX, &number)) {
        relation->least = number;
    }
    if (v[KEY_MOST] && v[KEY_MOST]->type == YAML_SCALAR_NODE && v[KEY_MOST]->data.scalar.length &&
        v[KEY_MOST]->data.scalar.value[0] > '9') {
        relation->most_figure = figure_at(reader, v[KEY_MOST], KEY_MOST);
    } else if (read_number(reader->reading, v[KEY_MOST], "most", 1, UINT32_MAX, &number)) {
        relation->most = number;
    }
}

static bool shape_of(struct reading *reading, yaml_value *node, yaml_value *const *v, size_t *shape)
{
    for (*shape = 0; *shape < sizeof shapes / sizeof *shapes; (*shape)++) {
        if (v[shapes[*shape].first]) {
            unsigned there = 0, first = 1u << shapes[*shape].first;
            for (size_t k = 0; k < RELATION_KEYS; k++) {
                there |= v[k] ? 1u << k : 0;
            }
            unsigned must = first | shapes[*shape].must;
            if ((there & must) == must && !(there & ~(must | shapes[*shape].may))) {
                return true;
            }
            break;
        }
    }
    mistake_at(reading, node, "这一组键不成关系；应为 share、change、whole 与 parts、total 与 sum、within 与 part 之一",
               "these keys make no relation; expected share, change, whole with parts, total with sum, or within with "
               "part (docs/figures.md)");
    return false;
}

static bool read_relation(struct relation_reader *reader, yaml_value *node, struct relation *relation)
{
    yaml_value *v[RELATION_KEYS];
    size_t shape = 0;
    if (!read_map(reader->reading, node, "relation", relation_keys, RELATION_KEYS, v) ||
        !shape_of(reader->reading, node, v, &shape)) {
        return false;
    }
    *relation = (struct relation){ .kind = shapes[shape].kind, .line = line_of(node), .most_figure = RELATION_NONE };
    reader->known = true;
    relation->result = figure_at(reader, v[shapes[shape].first], shapes[shape].first);
    relation->count = figure_at(reader, v[KEY_COUNT], KEY_COUNT);
    relation->whole = shapes[shape].kind == RELATION_SHARE ? figure_at(reader, v[KEY_WHOLE], KEY_WHOLE) : RELATION_NONE;
    relation->now = figure_at(reader, v[KEY_NOW], KEY_NOW);
    relation->before = figure_at(reader, v[KEY_BEFORE], KEY_BEFORE);
    read_limits(reader, v, relation);
    figures_in(reader, v[KEY_PARTS], KEY_PARTS, relation);
    figures_in(reader, v[KEY_SUM], KEY_SUM, relation);
    if (v[KEY_PART]) {
        relation->parts[relation->nparts++] = figure_at(reader, v[KEY_PART], KEY_PART);
    }
    return reader->known;
}

static void read_relations(struct reading *reading, yaml_value *root, struct published_set *set)
{
    static const struct key keys[] = { { "relations", false } };
    yaml_value *v[1], **items;
    size_t n;
    struct relation_reader reader = { .reading = reading, .set = set };
    if (!read_map(reading, root, "relations.yaml", keys, 1, v) ||
        !read_list(reading, v[0], "relations", 0, RELATIONS_MOST, &items, &n)) {
        return;
    }
    set->relations = ARENA_ARRAY(reading->arena, struct relation, n);
    for (size_t i = 0; i < n; i++) {
        if (read_relation(&reader, items[i], &set->relations[set->nrelations])) {
            set->nrelations++;
        }
    }
}

bool relations_read(struct arena *arena, struct str file, struct str yaml, struct published_set *set,
                    struct city_mistakes *mistakes)
{
    struct reading reading;
    size_t before = mistakes->n;
    yaml_value *root = reading_open(&reading, arena, file, yaml, mistakes);
    if (root) {
        read_relations(&reading, root, set);
    }
    reading_close(&reading);
    return mistakes->n == before;
}

bool published_read(struct arena *arena, struct str csv_file, struct str csv, struct str yaml_file, struct str yaml,
                    struct published_set *out, struct city_mistakes *mistakes)
{
    size_t before = mistakes->n;
    struct published_set set = { 0 };
    struct table table = { .arena = arena, .file = csv_file, .rest = csv, .line = 1, .mistakes = mistakes };
    read_table(&table, &set);
    (void)relations_read(arena, yaml_file, yaml, &set, mistakes);
    city_mistakes_sort(mistakes);
    if (mistakes->n != before) {
        return false;
    }
    *out = set;
    return true;
}
