/* Reads cases/ID.yaml: see cases.h. What a kind says of its fields and stages is read first; then what refers to them.
 */
#include "city/cases.h"

#include "city/cases_inside.h"

#include <string.h>

static const char *const desk_words[CASE_DESKS] = { "school", "inspector",  "county",     "city",
                                                    "opener", "named",      "enterprise", "family",
                                                    "public", "vocational", "parent" };
static const struct text desk_names[CASE_DESKS] = {
    T("学校", "school"),
    T("责任督学", "inspector"),
    T("县（市、区）", "county"),
    T("市局", "city bureau"),
    T("提出人", "who opened it"),
    T("指定人员", "named persons"),
    T("企业", "enterprise"),
    T("家长", "family"),
    T("公众", "public"),
    T("职业院校", "vocational school"),
    T("上级事项的提出人", "who opened the case above"),
};

static size_t desk_index(enum case_desk desk)
{
    size_t i = 0;
    while (i + 1 < CASE_DESKS && !((unsigned)desk & 1u << i)) {
        i++;
    }
    return i;
}

const char *case_desk_word(enum case_desk desk)
{
    return desk_words[desk_index(desk)];
}

unsigned case_desk_of_word(struct str word)
{
    for (unsigned i = 0; i < CASE_DESKS; i++) {
        if (str_is(word, desk_words[i])) {
            return 1u << i;
        }
    }
    return 0;
}

struct text case_desk_name(enum case_desk desk)
{
    return desk_names[desk_index(desk)];
}

/* ---- Small parts ---- */

static bool read_desk(struct reading *reading, yaml_value *node, const char *what, unsigned *out)
{
    size_t word;
    bool good = read_word(reading, node, what, desk_words, CASE_DESKS, &word);
    *out = good ? 1u << word : 0;
    return good;
}

static void read_desks(struct reading *reading, yaml_value *node, const char *what, unsigned *out)
{
    yaml_value **items;
    size_t n = 0;
    unsigned desk;
    (void)read_list(reading, node, what, 0, CASE_DESKS, &items, &n);
    for (size_t i = 0; i < n; i++) {
        if (read_desk(reading, items[i], what, &desk)) {
            *out |= desk;
        }
    }
}

static bool field_named(struct reading *reading, yaml_value *node, const struct case_kind *kind, const char *what,
                        size_t *out)
{
    struct str id;
    if (!read_id(reading, node, what, &id)) {
        return false;
    }
    *out = case_field(kind, id);
    if (*out == SIZE_MAX) {
        mistake_at(reading, node, "%s 中没有字段“%.*s”；应为 fields 中的一个",
                   "%s names no field '%.*s'; expected one of fields", what, STR_ARG(id));
    }
    return *out != SIZE_MAX;
}

static void read_asks(struct reading *reading, yaml_value *node, const struct case_kind *kind, size_t *asks, size_t *n)
{
    yaml_value **items;
    size_t count = 0;
    (void)read_list(reading, node, "asks", 0, CASE_FIELDS_MAX, &items, &count);
    for (size_t i = 0; i < count; i++) {
        *n += field_named(reading, items[i], kind, "asks", &asks[*n]);
    }
}

void case_words_read(struct reading *reading, yaml_value *node, const char *what, size_t most, struct case_word **words,
                     size_t *nwords)
{
    static const struct key keys[] = { { "id", false }, { "name", false } };
    yaml_value **items, *v[2];
    size_t n = 0;
    (void)read_list(reading, node, what, 1, most, &items, &n);
    struct str *ids = ARENA_ARRAY(reading->arena, struct str, n);
    *words = ARENA_ARRAY(reading->arena, struct case_word, n);
    for (size_t i = 0; i < n; i++) {
        struct case_word *word = &(*words)[*nwords];
        if (read_map(reading, items[i], what, keys, 2, v) && read_id(reading, v[0], "id", &word->id) &&
            id_is_new(reading, v[0], ids, *nwords, word->id) && read_name(reading, v[1], "name", &word->name)) {
            ids[(*nwords)++] = word->id;
        }
    }
}

/* ---- Fields ---- */

static void read_limits(struct reading *reading, yaml_value *least, yaml_value *most, struct case_field *field)
{
    static const int64_t usual[] = { [CASE_TEXT] = 200, [CASE_LONG] = 2000, [CASE_NUMBER] = 1000000000 };
    bool text = field->type == CASE_TEXT || field->type == CASE_LONG;
    int64_t unit = field->type == CASE_MONEY ? 100 : 1;
    uint32_t low = 0, high = field->type <= CASE_NUMBER ? (uint32_t)usual[field->type] : 2000000000;
    if (least) {
        (void)read_number(reading, least, "least", 0, 1000000000, &low);
    }
    if (most) {
        (void)read_number(reading, most, "most", 1, text ? 4000 : 2000000000, &high);
    }
    if (low > high) {
        mistake_at(reading, least, "least 大于 most%.0s", "'least' is above 'most'%.0s", "");
    }
    field->least = low * unit;
    field->most = high * unit;
}

static void read_field(struct reading *reading, yaml_value *node, struct case_kind *kind, struct str *ids)
{
    static const struct key keys[] = { { "id", false },   { "name", false },    { "type", false },
                                       { "hint", true },  { "required", true }, { "open", true },
                                       { "least", true }, { "most", true },     { "words", true } };
    static const char *const types[] = { "text", "long", "number", "money", "day", "word", "yes" };
    struct case_field *field = &kind->fields[kind->nfields];
    yaml_value *v[9];
    size_t word = 0;
    if (!read_map(reading, node, "fields", keys, 9, v)) {
        return;
    }
    field->required = true;
    if (read_id(reading, v[0], "id", &field->id)) {
        (void)id_is_new(reading, v[0], ids, kind->nfields, field->id);
    }
    (void)read_name(reading, v[1], "name", &field->name);
    if (read_word(reading, v[2], "type", types, 7, &word)) {
        field->type = (enum case_type)word;
    }
    if (v[3]) {
        (void)read_name(reading, v[3], "hint", &field->hint);
    }
    if (v[4]) {
        (void)read_bool(reading, v[4], "required", &field->required);
    }
    if (v[5]) {
        (void)read_bool(reading, v[5], "open", &field->open);
    }
    read_limits(reading, v[6], v[7], field);
    if (v[8]) {
        case_words_read(reading, v[8], "words", CASE_TERMS_MAX, &field->words, &field->nwords);
    }
    if ((field->type == CASE_WORD) != (field->nwords > 0)) {
        mistake_at(reading, node, "字段“%.*s”：type 为 word 的要有 words，其他的不能有",
                   "field '%.*s': words are for the type word, which needs them", STR_ARG(field->id));
    }
    ids[kind->nfields++] = field->id;
}

static void read_fields(struct reading *reading, yaml_value *node, struct case_kind *kind)
{
    yaml_value **items;
    struct str ids[CASE_FIELDS_MAX];
    size_t n = 0;
    if (node) {
        (void)read_list(reading, node, "fields", 0, CASE_FIELDS_MAX, &items, &n);
    }
    for (size_t i = 0; i < n; i++) {
        read_field(reading, items[i], kind, ids);
    }
    kind->severity = case_field(kind, STR("severity"));
}

/* ---- The kind ---- */

enum kind_key {
    KEY_NAME,
    KEY_ABOUT,
    KEY_PREFIX,
    KEY_SUBJECT,
    KEY_OPENS,
    KEY_READS,
    KEY_CONFIDENTIAL,
    KEY_PUBLIC,
    KEY_LINES,
    KEY_ANONYMOUS,
    KEY_MEASURES,
    KEY_UNDER,
    KEY_EXPIRES,
    KEY_CHECKLIST,
    KEY_FIELDS,
    KEY_ASKS,
    KEY_STAGES,
    KIND_KEYS
};
static const struct key kind_keys[KIND_KEYS] = {
    [KEY_NAME] = { "name", false },
    [KEY_ABOUT] = { "about", false },
    [KEY_PREFIX] = { "prefix", false },
    [KEY_SUBJECT] = { "subject", false },
    [KEY_OPENS] = { "opens", true },
    [KEY_READS] = { "reads", true },
    [KEY_CONFIDENTIAL] = { "confidential", true },
    [KEY_PUBLIC] = { "public", true },
    [KEY_LINES] = { "lines", true },
    [KEY_ANONYMOUS] = { "anonymous", true },
    [KEY_MEASURES] = { "measures", true },
    [KEY_UNDER] = { "under", true },
    [KEY_EXPIRES] = { "expires", true },
    [KEY_CHECKLIST] = { "checklist", true },
    [KEY_FIELDS] = { "fields", true },
    [KEY_ASKS] = { "asks", true },
    [KEY_STAGES] = { "stages", false },
};

static void read_prefix(struct reading *reading, yaml_value *node, struct case_kind *kind)
{
    if (!read_text(reading, node, "prefix", &kind->prefix)) {
        return;
    }
    bool good = kind->prefix.n >= 2 && kind->prefix.n <= 4;
    for (size_t i = 0; i < kind->prefix.n; i++) {
        good = good && kind->prefix.p[i] >= 'A' && kind->prefix.p[i] <= 'Z';
    }
    if (!good) {
        mistake_at(reading, node, "prefix 是“%.*s”；应为二至四个大写字母",
                   "prefix is '%.*s'; expected two to four capital letters", STR_ARG(kind->prefix));
    }
}

static void read_flags(struct reading *reading, yaml_value *const *v, struct case_kind *kind)
{
    bool *flags[] = { &kind->confidential, &kind->public, &kind->lines, &kind->anonymous };
    for (size_t i = 0; i < 4; i++) {
        if (v[KEY_CONFIDENTIAL + i]) {
            (void)read_bool(reading, v[KEY_CONFIDENTIAL + i], kind_keys[KEY_CONFIDENTIAL + i].name, flags[i]);
        }
    }
    if (kind->confidential && (kind->lines || kind->opens & ~(unsigned)(DESK_SCHOOL | DESK_COUNTY | DESK_CITY))) {
        mistake_at(reading, v[KEY_CONFIDENTIAL], "保密的事项没有 lines，由学校、县、市的工作人员提出%.0s",
                   "a confidential kind has no lines, and is opened by staff of school, county or city%.0s", "");
    }
    if (kind->confidential && kind->public) {
        mistake_at(reading, v[KEY_PUBLIC], "保密的事项不能公开%.0s", "a confidential kind cannot be public%.0s", "");
    }
}

/* {kind: problem, stage: bids} */
static void read_under(struct reading *reading, yaml_value *node, struct case_kind *kind)
{
    static const struct key keys[] = { { "kind", false }, { "stage", false } };
    yaml_value *v[2];
    if (read_map(reading, node, "under", keys, 2, v) && read_id(reading, v[0], "kind", &kind->under)) {
        (void)read_id(reading, v[1], "stage", &kind->under_stage);
    }
    if (kind->confidential) {
        mistake_at(reading, node, "保密的事项不能挂在别的事项下%.0s", "a confidential kind hangs on no other%.0s", "");
    }
}

/* {designation: food_licence, days: 30} */
static void read_expires(struct reading *reading, yaml_value *node, struct case_kind *kind)
{
    static const struct key keys[] = { { "designation", false }, { "days", false } };
    yaml_value *v[2];
    uint32_t days = 0;
    if (read_map(reading, node, "expires", keys, 2, v) && read_id(reading, v[0], "designation", &kind->expires) &&
        read_number(reading, v[1], "days", 1, 250, &days)) {
        kind->expires_days = days;
    }
    if (case_field(kind, STR("until")) == SIZE_MAX) {
        mistake_at(reading, node, "expires 要有日期字段 until%.0s", "'expires' needs a field of days, until%.0s", "");
    }
}

static void read_kind(struct reading *reading, yaml_value *root, struct case_kind *kind)
{
    static const char *const subjects[] = { "institution", "person", "project", "place", "venue", "application" };
    yaml_value *v[KIND_KEYS];
    size_t word = 0;
    if (!read_map(reading, root, "the kind", kind_keys, KIND_KEYS, v)) {
        return;
    }
    (void)read_name(reading, v[KEY_NAME], "name", &kind->name);
    (void)read_name(reading, v[KEY_ABOUT], "about", &kind->about);
    read_prefix(reading, v[KEY_PREFIX], kind);
    if (read_word(reading, v[KEY_SUBJECT], "subject", subjects, 6, &word)) {
        kind->subject = (enum case_subject)word;
    }
    if (v[KEY_OPENS]) {
        read_desks(reading, v[KEY_OPENS], "opens", &kind->opens);
    }
    if (v[KEY_READS]) {
        read_desks(reading, v[KEY_READS], "reads", &kind->reads);
    }
    read_flags(reading, v, kind);
    if (v[KEY_MEASURES]) {
        struct case_word *measures;
        case_words_read(reading, v[KEY_MEASURES], "measures", CASE_MEASURES_MAX, &measures, &kind->nmeasures);
        memcpy(kind->measures, measures, kind->nmeasures * sizeof *measures);
        if (!kind->lines) {
            mistake_at(reading, v[KEY_MEASURES], "没有 lines 就没有 measures%.0s", "'measures' are of lines%.0s", "");
        }
    }
    if (v[KEY_UNDER]) {
        read_under(reading, v[KEY_UNDER], kind);
    }
    if (v[KEY_CHECKLIST]) {
        (void)read_id(reading, v[KEY_CHECKLIST], "checklist", &kind->checklist);
    }
    read_fields(reading, v[KEY_FIELDS], kind);
    if (v[KEY_EXPIRES]) {
        read_expires(reading, v[KEY_EXPIRES], kind);
    }
    if (v[KEY_ASKS]) {
        read_asks(reading, v[KEY_ASKS], kind, kind->asks, &kind->nasks);
    }
    case_stages_read(reading, v[KEY_STAGES], kind);
}

static void read_one_kind(struct reading *reading, yaml_value *root, struct str id, void *out)
{
    struct case_kind *kind = out;
    kind->id = id;
    kind->severity = SIZE_MAX;
    read_kind(reading, root, kind);
}

/* ---- Shared by stages ---- */

bool case_desk_read(struct reading *reading, yaml_value *node, const char *what, unsigned *out)
{
    return read_desk(reading, node, what, out);
}

void case_desks_read(struct reading *reading, yaml_value *node, const char *what, unsigned *out)
{
    read_desks(reading, node, what, out);
}

bool case_field_read(struct reading *reading, yaml_value *node, const struct case_kind *kind, const char *what,
                     size_t *out)
{
    return field_named(reading, node, kind, what, out);
}

void case_asks_read(struct reading *reading, yaml_value *node, const struct case_kind *kind, size_t *asks, size_t *n)
{
    read_asks(reading, node, kind, asks, n);
}

/* ---- The folders ---- */

static const struct case_kind *kind_named(struct case_kind *const *kinds, size_t n, struct str id)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(kinds[i]->id, id)) {
            return kinds[i];
        }
    }
    return NULL;
}

/* What a kind says of the kind above it. */
static void check_under(struct str folder, struct case_kind *const *kinds, size_t nkinds, const struct case_kind *kind,
                        struct city_mistakes *mistakes, struct arena *arena)
{
    struct str file = arena_printf(arena, "%.*s/cases/%.*s.yaml", STR_ARG(folder), STR_ARG(kind->id));
    const struct case_kind *above = kind_named(kinds, nkinds, kind->under);
    size_t stage = above ? case_stage(above, kind->under_stage) : SIZE_MAX;
    if (stage == SIZE_MAX) {
        city_mistake_add(mistakes, file, 0, "under 是“%.*s”的阶段“%.*s”；cases 中没有",
                         "under is kind '%.*s', stage '%.*s'; there is none such in cases", STR_ARG(kind->under),
                         STR_ARG(kind->under_stage));
        return;
    }
    for (size_t s = 0; s < kind->nstages; s++) {
        for (size_t a = 0; a < kind->stages[s].nacts; a++) {
            struct str act = kind->stages[s].acts[a].parent_act;
            if (act.n && !case_act(&above->stages[stage], act)) {
                city_mistake_add(mistakes, file, 0, "then.parent 是“%.*s”；上级事项的阶段“%.*s”没有这个办理动作",
                                 "then.parent is '%.*s'; stage '%.*s' of the kind above has no such act", STR_ARG(act),
                                 STR_ARG(kind->under_stage));
            }
        }
    }
}

/* What names a file of the other folder is looked up when both were read. */
static void check_names(struct str folder, struct case_kind *const *kinds, size_t nkinds,
                        struct checklist *const *lists, size_t nlists, struct city_mistakes *mistakes,
                        struct arena *arena)
{
    for (size_t i = 0; i < nkinds; i++) {
        bool found = kinds[i]->checklist.n == 0;
        for (size_t k = 0; k < nlists; k++) {
            found = found || str_eq(lists[k]->id, kinds[i]->checklist);
        }
        if (!found) {
            struct str file = arena_printf(arena, "%.*s/cases/%.*s.yaml", STR_ARG(folder), STR_ARG(kinds[i]->id));
            city_mistake_add(mistakes, file, 0, "checklist 是“%.*s”；checklists 中没有这份清单",
                             "checklist is '%.*s'; there is no such list in checklists", STR_ARG(kinds[i]->checklist));
        }
    }
    for (size_t i = 0; i < nkinds; i++) {
        if (kinds[i]->under.n) {
            check_under(folder, kinds, nkinds, kinds[i], mistakes, arena);
        }
    }
    for (size_t i = 0; i < nlists; i++) {
        bool found = lists[i]->finding.n == 0;
        if (!found && !kind_named(kinds, nkinds, lists[i]->finding)) {
            struct str file = arena_printf(arena, "%.*s/checklists/%.*s.yaml", STR_ARG(folder), STR_ARG(lists[i]->id));
            city_mistake_add(mistakes, file, 0, "finding 是“%.*s”；cases 中没有这种事项",
                             "finding is '%.*s'; there is no such kind in cases", STR_ARG(lists[i]->finding));
        }
    }
}

void cases_read(struct arena *arena, struct str folder, struct case_kind ***kinds, size_t *nkinds,
                struct checklist ***checklists, size_t *nchecklists, struct city_mistakes *mistakes)
{
    void **items;
    folder_read(arena, folder, "cases", sizeof(struct case_kind), read_one_kind, &items, nkinds, mistakes);
    *kinds = (struct case_kind **)items;
    folder_read(arena, folder, "checklists", sizeof(struct checklist), checklist_read, &items, nchecklists, mistakes);
    *checklists = (struct checklist **)items;
    check_names(folder, *kinds, *nkinds, *checklists, *nchecklists, mistakes, arena);
}
