/* Stages of a kind of case, and their acts: see cases.h. */
#include "city/cases_inside.h"

#include <string.h>

enum stage_key {
    KEY_ID,
    KEY_NAME,
    KEY_DESK,
    KEY_DAYS,
    KEY_OF_MONTH,
    KEY_DAYS_BY,
    KEY_DUE_FIELD,
    KEY_REMIND,
    KEY_CLIMBS,
    KEY_ACTS,
    KEY_ENDS,
    KEY_FAILED,
    KEY_OPEN,
    STAGE_KEYS
};
static const struct key stage_keys[STAGE_KEYS] = {
    [KEY_ID] = { "id", false },
    [KEY_NAME] = { "name", false },
    [KEY_DESK] = { "desk", true },
    [KEY_DAYS] = { "days", true },
    [KEY_OF_MONTH] = { "due_of_month", true },
    [KEY_DAYS_BY] = { "days_by", true },
    [KEY_DUE_FIELD] = { "due_field", true },
    [KEY_REMIND] = { "remind", true },
    [KEY_CLIMBS] = { "climbs", true },
    [KEY_ACTS] = { "acts", true },
    [KEY_ENDS] = { "ends", true },
    [KEY_FAILED] = { "failed", true },
    [KEY_OPEN] = { "open", true },
};

/* ---- Terms ---- */

/* {field: severity, usual: 10, major: 3}: a term for each word of the field. */
static void read_days_by(struct reading *reading, yaml_value *node, const struct case_kind *kind,
                         struct case_stage *stage)
{
    struct key keys[CASE_TERMS_MAX + 1] = { { "field", false } };
    yaml_value *v[CASE_TERMS_MAX + 1], *named = NULL;
    if (node->type != YAML_MAPPING_NODE) {
        (void)read_map(reading, node, "days_by", keys, 1, v);
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        if (str_is(scalar_of(yaml_document_get_node(&reading->document, pair->key)), "field")) {
            named = yaml_document_get_node(&reading->document, pair->value);
        }
    }
    if (!named || !case_field_read(reading, named, kind, "days_by", &stage->days_by)) {
        stage->days_by = SIZE_MAX;
        return;
    }
    const struct case_field *field = &kind->fields[stage->days_by];
    for (size_t i = 0; i < field->nwords; i++) {
        keys[i + 1] = (struct key){ arena_cstr(reading->arena, field->words[i].id), false };
    }
    if (!read_map(reading, node, "days_by", keys, field->nwords + 1, v)) {
        return;
    }
    for (size_t i = 0; i < field->nwords; i++) {
        uint32_t days = 0;
        (void)read_number(reading, v[i + 1], keys[i + 1].name, 1, 400, &days);
        stage->terms[stage->nterms++] = (struct case_term){ field->words[i].id, days };
    }
}

static void read_reminds(struct reading *reading, yaml_value *node, struct case_stage *stage)
{
    yaml_value **items;
    size_t n = 0;
    (void)read_list(reading, node, "remind", 0, CASE_REMINDS_MAX, &items, &n);
    for (size_t i = 0; i < n; i++) {
        uint32_t days = 0;
        if (!read_number(reading, items[i], "remind", 0, 200, &days)) {
            continue;
        }
        if (stage->nreminds && days >= stage->reminds[stage->nreminds - 1]) {
            mistake_at(reading, items[i], "remind 应由多到少，每个一次%.0s",
                       "remind: expected descending days, each once%.0s", "");
            continue;
        }
        stage->reminds[stage->nreminds++] = days;
    }
}

static void read_climb(struct reading *reading, yaml_value *node, struct case_stage *stage)
{
    static const struct key keys[] = { { "after", false }, { "to", false } };
    yaml_value *v[2];
    uint32_t after = 0;
    unsigned to = 0;
    if (!read_map(reading, node, "climbs", keys, 2, v) || !read_number(reading, v[0], "after", 0, 400, &after) ||
        !case_desk_read(reading, v[1], "to", &to)) {
        return;
    }
    if (to != DESK_COUNTY && to != DESK_CITY) {
        mistake_at(reading, v[1], "只能上升到 county 或 city%.0s", "it can climb to county or city only%.0s", "");
    }
    const struct case_climb *last = stage->nclimbs ? &stage->climbs[stage->nclimbs - 1] : NULL;
    if (last && (after <= last->after || to <= (unsigned)last->to)) {
        mistake_at(reading, node, "climbs 应越往后越晚、越高%.0s",
                   "each climb must be later and higher than the one before%.0s", "");
        return;
    }
    stage->climbs[stage->nclimbs++] = (struct case_climb){ after, (enum case_desk)to };
}

static void read_climbs(struct reading *reading, yaml_value *node, struct case_stage *stage)
{
    yaml_value **items;
    size_t n = 0;
    (void)read_list(reading, node, "climbs", 0, CASE_CLIMBS_MAX, &items, &n);
    for (size_t i = 0; i < n; i++) {
        read_climb(reading, items[i], stage);
    }
}

static void read_term(struct reading *reading, yaml_value *const *v, const struct case_kind *kind,
                      struct case_stage *stage)
{
    uint32_t days = 0;
    bool month = false;
    stage->days_by = stage->due_field = SIZE_MAX;
    if (v[KEY_DAYS] && read_number(reading, v[KEY_DAYS], "days", 1, 400, &days)) {
        stage->days = days;
    }
    if (v[KEY_OF_MONTH] && read_bool(reading, v[KEY_OF_MONTH], "due_of_month", &month)) {
        stage->due_of_month = month;
    }
    if (v[KEY_DAYS_BY]) {
        read_days_by(reading, v[KEY_DAYS_BY], kind, stage);
    }
    if (v[KEY_DUE_FIELD] && case_field_read(reading, v[KEY_DUE_FIELD], kind, "due_field", &stage->due_field) &&
        kind->fields[stage->due_field].type != CASE_DAY) {
        mistake_at(reading, v[KEY_DUE_FIELD], "due_field 应为日期字段%.0s", "due_field: expected a field of days%.0s",
                   "");
    }
    bool none = true;
    size_t ways = 0;
    for (size_t i = KEY_DAYS; i <= KEY_DUE_FIELD; i++) {
        ways += v[i] != NULL;
        none = none && !v[i];
    }
    if (ways > 1) {
        mistake_at(reading, v[KEY_ID], "一个阶段只能有一种期限%.0s", "a stage has one way to say its term%.0s", "");
    }
    if (none && (v[KEY_REMIND] || v[KEY_CLIMBS])) {
        mistake_at(reading, v[KEY_ID], "没有期限就不能有 remind 和 climbs%.0s",
                   "without a term there is nothing to remind of or to climb%.0s", "");
    }
    if (kind->confidential && (v[KEY_DAYS_BY] || v[KEY_DUE_FIELD] || v[KEY_CLIMBS])) {
        mistake_at(reading, v[KEY_ID], "保密事项的期限只能用 days，也不上报：字段是加密的，别人看不到%.0s",
                   "a confidential kind has its term by days and climbs nowhere: its fields are sealed%.0s", "");
    }
    if (v[KEY_REMIND]) {
        read_reminds(reading, v[KEY_REMIND], stage);
    }
    if (v[KEY_CLIMBS]) {
        read_climbs(reading, v[KEY_CLIMBS], stage);
    }
}

/* ---- Acts ---- */

static void read_needs(struct reading *reading, yaml_value *node, const struct case_kind *kind, struct case_act *act)
{
    static const char *const words[] = { "note", "evidence", "checklist", "lines", "children_closed" };
    bool *flags[] = { &act->needs_note, &act->needs_evidence, &act->needs_checklist, &act->needs_lines,
                      &act->children_closed };
    yaml_value **items;
    size_t n = 0, word = 0;
    (void)read_list(reading, node, "needs", 0, 5, &items, &n);
    for (size_t i = 0; i < n; i++) {
        if (read_word(reading, items[i], "needs", words, 5, &word)) {
            *flags[word] = true;
        }
    }
    if (kind->confidential && (act->needs_evidence || act->needs_checklist)) {
        mistake_at(reading, node, "保密的事项只有文字，没有 evidence 和 checklist%.0s",
                   "a confidential kind has words alone: no evidence, no checklist%.0s", "");
    }
    if (act->needs_checklist && kind->checklist.n == 0) {
        mistake_at(reading, node, "这种事项没有 checklist%.0s", "the kind has no checklist%.0s", "");
    }
    if (act->needs_lines && !kind->lines) {
        mistake_at(reading, node, "这种事项没有 lines%.0s", "the kind has no lines%.0s", "");
    }
}

static void read_stage_named(struct reading *reading, yaml_value *node, const struct case_kind *kind, const char *what,
                             size_t *out)
{
    struct str id;
    if (!read_id(reading, node, what, &id)) {
        return;
    }
    *out = case_stage(kind, id);
    if (*out == SIZE_MAX) {
        mistake_at(reading, node, "%s 是“%.*s”；应为 stages 中的一个", "%s is '%.*s'; expected one of stages", what,
                   STR_ARG(id));
    }
}

/* {parent: choose, siblings: lost} */
static void read_then(struct reading *reading, yaml_value *node, const struct case_kind *kind, struct case_act *act)
{
    static const struct key keys[] = { { "parent", true }, { "siblings", true } };
    yaml_value *v[2];
    if (!read_map(reading, node, "then", keys, 2, v)) {
        return;
    }
    if (kind->under.n == 0) {
        mistake_at(reading, node, "没有 under 就没有 then%.0s", "'then' is for kinds with 'under'%.0s", "");
    }
    if (v[0]) {
        (void)read_id(reading, v[0], "parent", &act->parent_act);
    }
    if (v[1]) {
        read_stage_named(reading, v[1], kind, "siblings", &act->siblings_to);
    }
}

static void read_act(struct reading *reading, yaml_value *node, const struct case_kind *kind, struct case_stage *stage)
{
    static const struct key keys[] = { { "id", false },   { "name", false },      { "done", true },
                                       { "by", true },    { "to", true },         { "asks", true },
                                       { "needs", true }, { "other_than", true }, { "then", true } };
    struct case_act *act = &stage->acts[stage->nacts];
    yaml_value *v[9];
    if (!read_map(reading, node, "acts", keys, 9, v)) {
        return;
    }
    struct str ids[CASE_ACTS_MAX];
    for (size_t i = 0; i < stage->nacts; i++) {
        ids[i] = stage->acts[i].id;
    }
    act->to = act->siblings_to = SIZE_MAX;
    if (read_id(reading, v[0], "id", &act->id)) {
        (void)id_is_new(reading, v[0], ids, stage->nacts, act->id);
    }
    (void)read_name(reading, v[1], "name", &act->name);
    if (v[2]) {
        (void)read_name(reading, v[2], "done", &act->done);
    }
    if (v[3]) {
        case_desks_read(reading, v[3], "by", &act->by);
    }
    if (v[4]) {
        read_stage_named(reading, v[4], kind, "to", &act->to);
    }
    if (v[5]) {
        case_asks_read(reading, v[5], kind, act->asks, &act->nasks);
    }
    if (v[6]) {
        read_needs(reading, v[6], kind, act);
    }
    if (v[7]) {
        (void)read_id(reading, v[7], "other_than", &act->other_than);
    }
    if (v[8]) {
        read_then(reading, v[8], kind, act);
    }
    stage->nacts++;
}

static void read_stage(struct reading *reading, yaml_value *node, struct case_kind *kind, struct case_stage *stage)
{
    yaml_value *v[STAGE_KEYS], **items;
    size_t n = 0;
    if (!read_map(reading, node, "stages", stage_keys, STAGE_KEYS, v)) {
        return;
    }
    (void)read_name(reading, v[KEY_NAME], "name", &stage->name);
    bool *flags[] = { &stage->ends, &stage->failed, &stage->open };
    for (size_t i = 0; i < 3; i++) {
        if (v[KEY_ENDS + i]) {
            (void)read_bool(reading, v[KEY_ENDS + i], stage_keys[KEY_ENDS + i].name, flags[i]);
        }
    }
    read_term(reading, v, kind, stage);
    unsigned desk = 0;
    if (stage->ends ? v[KEY_DESK] || v[KEY_ACTS] : !v[KEY_DESK] || !v[KEY_ACTS]) {
        mistake_at(reading, node, "没有结束的阶段要有 desk 和 acts，结束的不能有%.0s",
                   "a stage that does not end needs a desk and acts, one that ends has none%.0s", "");
        return;
    }
    if (v[KEY_DESK] && case_desk_read(reading, v[KEY_DESK], "desk", &desk)) {
        stage->desk = (enum case_desk)desk;
        if (desk & (DESK_PUBLIC | DESK_FAMILY | DESK_ENTERPRISE | DESK_VOCATIONAL)) {
            mistake_at(reading, v[KEY_DESK], "这里用 opener：事项回到提出的人%.0s",
                       "say opener here: the case goes back to who opened it%.0s", "");
        }
        if (kind->confidential != (desk == DESK_NAMED)) {
            mistake_at(reading, v[KEY_DESK], "保密事项的 desk 只能是 named，其他事项不能是%.0s",
                       "the desk named is for confidential kinds, which have no other%.0s", "");
        }
    }
    if (v[KEY_ACTS]) {
        (void)read_list(reading, v[KEY_ACTS], "acts", 1, CASE_ACTS_MAX, &items, &n);
    }
    for (size_t i = 0; i < n; i++) {
        read_act(reading, items[i], kind, stage);
    }
}

/* ---- All of them ---- */

static bool has_act(const struct case_kind *kind, struct str id)
{
    for (size_t s = 0; s < kind->nstages; s++) {
        if (case_act(&kind->stages[s], id)) {
            return true;
        }
    }
    return false;
}

static void check_ways(struct reading *reading, yaml_value *const *nodes, const struct case_kind *kind)
{
    bool reached[CASE_STAGES_MAX] = { true }, ends = false;
    for (size_t round = 0; round < kind->nstages; round++) {
        for (size_t s = 0; s < kind->nstages; s++) {
            for (size_t a = 0; reached[s] && a < kind->stages[s].nacts; a++) {
                size_t to = kind->stages[s].acts[a].to;
                size_t others = kind->stages[s].acts[a].siblings_to;
                if (to < kind->nstages) {
                    reached[to] = true;
                }
                if (others < kind->nstages) {
                    reached[others] = true;
                }
            }
        }
    }
    for (size_t s = 0; s < kind->nstages; s++) {
        ends = ends || (reached[s] && kind->stages[s].ends);
        if (!reached[s]) {
            mistake_at(reading, nodes[s], "没有办理动作能到阶段“%.*s”", "no act leads to the stage '%.*s'",
                       STR_ARG(kind->stages[s].id));
        }
        for (size_t a = 0; a < kind->stages[s].nacts; a++) {
            struct str other = kind->stages[s].acts[a].other_than;
            if (other.n && !has_act(kind, other)) {
                mistake_at(reading, nodes[s], "other_than 是“%.*s”；没有这个办理动作",
                           "other_than is '%.*s'; there is no such act", STR_ARG(other));
            }
        }
    }
    if (kind->stages[0].ends || !ends) {
        mistake_at(reading, nodes[0], "事项从第一个阶段开始，应能走到一个 ends 的阶段%.0s",
                   "a case begins in the first stage and must be able to come to one that ends%.0s", "");
    }
}

void case_stages_read(struct reading *reading, yaml_value *node, struct case_kind *kind)
{
    yaml_value **items, *id = NULL;
    struct str ids[CASE_STAGES_MAX];
    size_t n = 0;
    (void)read_list(reading, node, "stages", 2, CASE_STAGES_MAX, &items, &n);
    /* Their ids first, since acts lead to later ones. */
    for (size_t i = 0; i < n; i++) {
        id = NULL;
        if (items[i]->type == YAML_MAPPING_NODE) {
            for (yaml_node_pair_t *p = items[i]->data.mapping.pairs.start; p < items[i]->data.mapping.pairs.top; p++) {
                if (str_is(scalar_of(yaml_document_get_node(&reading->document, p->key)), "id")) {
                    id = yaml_document_get_node(&reading->document, p->value);
                }
            }
        }
        if (id && read_id(reading, id, "id", &kind->stages[i].id)) {
            (void)id_is_new(reading, id, ids, i, kind->stages[i].id);
        }
        ids[i] = kind->stages[i].id;
    }
    kind->nstages = n;
    for (size_t i = 0; i < n; i++) {
        read_stage(reading, items[i], kind, &kind->stages[i]);
    }
    if (n && reading_is_clean(reading)) {
        check_ways(reading, items, kind);
    }
}
