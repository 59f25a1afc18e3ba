/* A policy's YAML into struct policy: each value for itself. See parts.h; docs/city.md has the keys. */
#include "base/limits.h"
#include "city/parts.h"

static const struct key top_keys[POLICY_KEY_COUNT] = {
    [KEY_COUNTY] = { "county", false },
    [KEY_STAGE] = { "stage", false },
    [KEY_YEAR] = { "year", false },
    [KEY_TITLE] = { "title", false },
    [KEY_SOURCE] = { "source", false },
    [KEY_MECHANISM] = { "mechanism", false },
    [KEY_LOTS] = { "lots", true },
    [KEY_CATCHMENTS] = { "catchments", false },
    [KEY_CHOICES] = { "choices", false },
    [KEY_PRIVATE] = { "private", false },
    [KEY_ENTRANTS] = { "entrants", false },
    [KEY_CHECKS] = { "checks", false },
    [KEY_CATEGORIES] = { "categories", false },
    [KEY_ORDER] = { "order", false },
    [KEY_DISTANCE_STEP] = { "distance_step_metres", true },
    [KEY_SIBLING] = { "sibling", false },
    [KEY_TOGETHER] = { "together", true },
    [KEY_LOCK] = { "dwelling_lock_years", false },
    [KEY_BALANCE] = { "balance", false },
    [KEY_PLACES] = { "places", false },
    [KEY_KINDS] = { "kinds", true },
    [KEY_WAITING] = { "waiting", true },
    [KEY_AUDIT] = { "audit", true },
    [KEY_CALENDAR] = { "calendar", false },
    [KEY_PUBLICATION_DAYS] = { "publication_days", false },
    [KEY_REVIEW] = { "review", false },
    [KEY_WITNESSES] = { "witnesses", false },
    [KEY_MISSING_WITNESS] = { "missing_witness", false },
    [KEY_PUBLIC_VALUE] = { "public_value", true },
};

bool read_checks(struct reading *reading, yaml_value *node, const char *what, const struct city *city, uint32_t *out)
{
    yaml_value **items;
    size_t n;
    bool good = read_list(reading, node, what, 0, CHECKS_MAX, &items, &n);
    const char *words[CHECKS_MAX];
    for (size_t i = 0; i < city->nchecks; i++) {
        words[i] = city->checks[i].id.p;
    }
    for (size_t i = 0; i < n && city->nchecks; i++) {
        size_t index;
        if (!read_word(reading, items[i], what, words, city->nchecks, &index)) {
            good = false;
        } else if (*out & 1u << index) {
            mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次", "%s names '%s' twice; expected it once",
                       what, words[index]);
            good = false;
        } else {
            *out |= 1u << index;
        }
    }
    return good;
}

static bool read_fact(struct reading *reading, yaml_value *node, const char *what, struct str s, enum child_fact *fact)
{
    if (child_fact_of(s, fact)) {
        return true;
    }
    const char *words[FACT_COUNT];
    for (size_t i = 0; i < FACT_COUNT; i++) {
        words[i] = child_fact_id((enum child_fact)i);
    }
    struct text expected = expected_words(reading->mistakes->arena, s, words, FACT_COUNT);
    int shown = s.n > 60 ? 60 : (int)s.n;
    mistake_at(reading, node, "%s 中“%.*s”不是事实；应为%s%.0s", "%s: '%.*s' is no fact; expected %.0s%s", what, shown,
               s.p ? s.p : "", expected.zh, expected.en);
    return false;
}

bool read_facts(struct reading *reading, yaml_value *node, const char *what, uint32_t *out)
{
    yaml_value **items;
    size_t n;
    bool good = read_list(reading, node, what, 0, FACT_COUNT, &items, &n);
    for (size_t i = 0; i < n; i++) {
        struct str s;
        enum child_fact fact;
        if (!read_text(reading, items[i], what, &s) || !read_fact(reading, items[i], what, s, &fact)) {
            good = false;
            continue;
        }
        if (*out & FACT_BIT(fact)) {
            mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次", "%s names '%s' twice; expected it once",
                       what, child_fact_id(fact));
            good = false;
        }
        *out |= FACT_BIT(fact);
    }
    return good;
}

/* "fact" or "not fact" into the clause. */
static bool read_literal(struct reading *reading, yaml_value *node, struct clause *clause)
{
    struct str s;
    enum child_fact fact;
    if (!read_text(reading, node, "when", &s)) {
        return false;
    }
    bool negated = str_starts(s, STR("not "));
    if (negated) {
        s = str_trim(str_part(s, 4, s.n));
    }
    if (!read_fact(reading, node, "when", s, &fact)) {
        return false;
    }
    uint32_t *set = negated ? &clause->any_not : &clause->any_of;
    if (*set & FACT_BIT(fact)) {
        mistake_at(reading, node, "when 中“%s”出现了两次；应只有一次", "when names '%s' twice; expected it once",
                   child_fact_id(fact));
        return false;
    }
    *set |= FACT_BIT(fact);
    if (clause->any_of & clause->any_not) {
        mistake_at(reading, node, "“%s”与“not %s”并列，总是成立；应只有其中一个",
                   "'%s' beside 'not %s' always holds; expected one of the two", child_fact_id(fact),
                   child_fact_id(fact));
        return false;
    }
    return true;
}

/* A literal or {any: [literals]}. */
static bool read_clause(struct reading *reading, yaml_value *node, struct clause *clause)
{
    static const struct key keys[] = { { "any", false } };
    if (node->type == YAML_SCALAR_NODE) {
        return read_literal(reading, node, clause);
    }
    yaml_value *any, **items;
    size_t n;
    bool good = read_map(reading, node, "when", keys, 1, &any) &&
                read_list(reading, any, "any", 1, 2 * (size_t)FACT_COUNT, &items, &n);
    for (size_t i = 0; good && i < n; i++) {
        good = read_literal(reading, items[i], clause);
    }
    return good;
}

bool read_condition(struct reading *reading, yaml_value *node, struct condition *condition)
{
    yaml_value **items;
    size_t n;
    if (!read_list(reading, node, "when", 0, 32, &items, &n)) {
        return false;
    }
    bool good = true;
    condition->clauses = ARENA_ARRAY(reading->arena, struct clause, n);
    condition->n = n;
    for (size_t i = 0; i < n; i++) {
        good = read_clause(reading, items[i], &condition->clauses[i]) && good;
    }
    return good;
}

static bool read_subranks(struct reading *reading, yaml_value *node, struct category *category, yaml_value **at)
{
    static const struct key keys[] = { { "id", false }, { "name", false }, { "when", false } };
    yaml_value **items, *v[3];
    struct str ids[CATEGORIES_MAX] = { 0 };
    if (!node) {
        return true;
    }
    if (!read_list(reading, node, "subranks", 2, CATEGORIES_MAX, &items, &category->nsubranks)) {
        return false;
    }
    bool good = true;
    category->subranks = ARENA_ARRAY(reading->arena, struct subrank, category->nsubranks);
    for (size_t i = 0; i < category->nsubranks; i++) {
        struct subrank *subrank = &category->subranks[i];
        at[i] = items[i];
        bool map = read_map(reading, items[i], "subrank", keys, 3, v);
        bool id = map && read_id(reading, v[0], "id", &subrank->id) && id_is_new(reading, v[0], ids, i, subrank->id);
        bool name = map && read_name(reading, v[1], "name", &subrank->name);
        bool when = map && read_condition(reading, v[2], &subrank->when);
        ids[i] = subrank->id;
        good = id && name && when && good;
    }
    return good;
}

static bool read_category(struct reading *reading, yaml_value *node, const struct city *city, struct category *category,
                          const struct str *ids, size_t n, yaml_value **subranks)
{
    static const struct key keys[] = { { "id", false },   { "name", false },   { "rank", false },
                                       { "when", false }, { "checks", false }, { "subranks", true } };
    yaml_value *v[6];
    if (!read_map(reading, node, "category", keys, 6, v)) {
        return false;
    }
    if (read_id(reading, v[0], "id", &category->id)) {
        id_is_new(reading, v[0], ids, n, category->id);
    }
    read_name(reading, v[1], "name", &category->name);
    read_number(reading, v[2], "rank", 1, 126, &category->rank);
    bool when = read_condition(reading, v[3], &category->when);
    bool checks = read_checks(reading, v[4], "checks", city, &category->checks);
    return read_subranks(reading, v[5], category, subranks) && when && checks;
}

static void read_categories(struct reading *reading, yaml_value *node, const struct city *city, struct policy *policy,
                            struct policy_nodes *nodes)
{
    yaml_value **items;
    struct str ids[CATEGORIES_MAX] = { 0 };
    if (!read_list(reading, node, "categories", 1, CATEGORIES_MAX, &items, &policy->ncategories)) {
        return;
    }
    nodes->categories_whole = true;
    policy->categories = ARENA_ARRAY(reading->arena, struct category, policy->ncategories);
    for (size_t i = 0; i < policy->ncategories; i++) {
        struct category *category = &policy->categories[i];
        nodes->category[i] = items[i];
        nodes->categories_whole =
            read_category(reading, items[i], city, category, ids, i, nodes->subrank[i]) && nodes->categories_whole;
        ids[i] = category->id;
    }
}

static void read_private(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes)
{
    static const struct key keys[] = { { "draw", false }, { "classes", true } };
    static const struct key class_keys[] = { { "id", false }, { "name", false }, { "when", false } };
    yaml_value *v[2], *c[3], **items;
    struct str ids[CLASSES_MAX] = { 0 };
    if (!read_map(reading, node, "private", keys, 2, v)) {
        return;
    }
    nodes->private_draw = v[0];
    if (!read_bool(reading, v[0], "draw", &policy->private_draw)) {
        nodes->private_draw = NULL;
    }
    if (!read_list(reading, v[1], "classes", 1, CLASSES_MAX, &items, &policy->nprivate_classes)) {
        return;
    }
    nodes->classes_whole = true;
    policy->private_classes = ARENA_ARRAY(reading->arena, struct resident_class, policy->nprivate_classes);
    for (size_t i = 0; i < policy->nprivate_classes; i++) {
        struct resident_class *class = &policy->private_classes[i];
        nodes->class[i] = items[i];
        bool map = read_map(reading, items[i], "class", class_keys, 3, c);
        if (map && read_id(reading, c[0], "id", &class->id)) {
            id_is_new(reading, c[0], ids, i, class->id);
        }
        if (map) {
            read_name(reading, c[1], "name", &class->name);
        }
        nodes->classes_whole = map && read_condition(reading, c[2], &class->when) && nodes->classes_whole;
        ids[i] = class->id;
    }
}

static void read_choices(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes)
{
    static const struct key keys[] = { { "public", false }, { "private", false }, { "total", false } };
    yaml_value *v[3];
    if (read_map(reading, node, "choices", keys, 3, v)) {
        bool public = read_number(reading, v[0], "public", 1, LIMIT_CHOICES, &policy->most_public);
        bool private = read_number(reading, v[1], "private", 0, LIMIT_CHOICES, &policy->most_private);
        bool total = read_number(reading, v[2], "total", 1, LIMIT_CHOICES, &policy->most_total);
        nodes->most_public = public ? v[0] : NULL;
        nodes->most_total = public && private && total ? v[2] : NULL;
    }
}

/* Which of the two forms it must have is the stage's: an unknown stage accepts either. */
static void read_entrants(struct reading *reading, yaml_value *node, bool stage_known, struct policy *policy,
                          struct policy_nodes *nodes)
{
    static const struct key primary[] = { { "least_age", false }, { "day", false } };
    static const struct key junior[] = { { "graduates", false } };
    static const struct key either[] = { { "least_age", true }, { "day", true }, { "graduates", true } };
    yaml_value *v[3] = { NULL, NULL, NULL };
    if (!stage_known) {
        (void)read_map(reading, node, "entrants", either, 3, v);
    } else if (policy->stage == STAGE_PRIMARY) {
        (void)read_map(reading, node, "entrants", primary, 2, v);
    } else if (read_map(reading, node, "entrants", junior, 1, v)) {
        v[2] = v[0];
        v[0] = NULL;
    }
    read_number(reading, v[0], "least_age", 3, 18, &policy->least_age);
    nodes->age_day = read_day(reading, v[1], "day", &policy->age_day) ? v[1] : NULL;
    if (read_bool(reading, v[2], "graduates", &policy->graduates) && !policy->graduates) {
        mistake_at(reading, v[2], "graduates 是 false；初中招收小学毕业生，应为 true",
                   "graduates is false; expected true: a junior school admits graduates of primary school");
    }
}

static void read_order(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes)
{
    yaml_value **items;
    size_t n;
    const char *words[ORDER_KEY_COUNT];
    for (size_t i = 0; i < ORDER_KEY_COUNT; i++) {
        words[i] = order_key_id((enum order_key)i);
    }
    nodes->order_whole = read_list(reading, node, "order", 1, 2 * (size_t)ORDER_KEY_COUNT, &items, &n);
    uint32_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        size_t key;
        if (!read_word(reading, items[i], "order", words, ORDER_KEY_COUNT, &key)) {
            nodes->order_whole = false;
            continue;
        }
        if (seen & 1u << key) {
            mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次", "%s names '%s' twice; expected it once",
                       "order", words[key]);
            continue;
        }
        seen |= 1u << key;
        policy->order[policy->norder++] = (enum order_key)key;
    }
}

static void read_balance(struct reading *reading, yaml_value *node, struct policy *policy)
{
    static const struct key keys[] = {
        { "enabled", false }, { "scope", false }, { "open", false }, { "neighbours", true }
    };
    static const char *const scopes[] = { "county" };
    static const char *const kinds[] = { "public", "private" };
    yaml_value *v[4], **items;
    size_t n, scope = 0;
    if (!read_map(reading, node, "balance", keys, 4, v)) {
        return;
    }
    bool known = read_bool(reading, v[0], "enabled", &policy->balance);
    read_word(reading, v[1], "scope", scopes, 1, &scope);
    read_number(reading, v[3], "neighbours", 0, 1000, &policy->balance_neighbours);
    policy->balance_scope = (enum balance_scope)scope;
    if (!read_list(reading, v[2], "open", 0, 8, &items, &n)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t kind;
        if (!read_word(reading, items[i], "open", kinds, 2, &kind)) {
            known = false;
        } else if (policy->balance_open & 1u << kind) {
            mistake_at(reading, items[i], "%s 中“%s”出现了两次；应只有一次", "%s names '%s' twice; expected it once",
                       "open", kinds[kind]);
        } else {
            policy->balance_open |= 1u << kind;
        }
    }
    if (known && policy->balance && !policy->balance_open) {
        mistake_at(reading, v[2], "统筹已开启而 open 是空的；应列出 public、private 或两者",
                   "balancing is enabled and open is empty; expected public, private or both");
    }
}

static void read_calendar(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes)
{
    struct key keys[MOMENT_COUNT];
    yaml_value *v[MOMENT_COUNT];
    for (size_t i = 0; i < MOMENT_COUNT; i++) {
        keys[i] = (struct key){ moment_id((enum moment)i), false };
    }
    (void)read_map(reading, node, "calendar", keys, MOMENT_COUNT, v);
    for (size_t i = 0; i < MOMENT_COUNT; i++) {
        nodes->moment[i] = read_moment(reading, v[i], keys[i].name, &policy->moments[i]) ? v[i] : NULL;
    }
}

static void read_witnesses(struct reading *reading, yaml_value *node, struct policy *policy)
{
    static const struct key keys[] = { { "id", false }, { "name", false }, { "kind", false } };
    const char *kinds[WITNESS_KIND_COUNT];
    for (size_t i = 0; i < WITNESS_KIND_COUNT; i++) {
        kinds[i] = witness_kind_id((enum witness_kind)i);
    }
    yaml_value **items, *v[3];
    struct str ids[WITNESSES_MAX] = { 0 };
    if (!read_list(reading, node, "witnesses", 1, WITNESSES_MAX, &items, &policy->nwitnesses)) {
        return;
    }
    policy->witnesses = ARENA_ARRAY(reading->arena, struct witness, policy->nwitnesses);
    for (size_t i = 0; i < policy->nwitnesses; i++) {
        struct witness *witness = &policy->witnesses[i];
        size_t kind = 0;
        if (!read_map(reading, items[i], "witness", keys, 3, v)) {
            continue;
        }
        if (read_id(reading, v[0], "id", &witness->id)) {
            id_is_new(reading, v[0], ids, i, witness->id);
        }
        read_name(reading, v[1], "name", &witness->name);
        read_word(reading, v[2], "kind", kinds, WITNESS_KIND_COUNT, &kind);
        witness->kind = (enum witness_kind)kind;
        ids[i] = witness->id;
    }
}

/* The words that stand alone. Tells whether the stage is known. */
static bool read_words(struct reading *reading, yaml_value **v, struct policy *policy)
{
    const char *const stages[] = { stage_id(STAGE_PRIMARY), stage_id(STAGE_JUNIOR) };
    const char *const mechanisms[] = { mechanism_id(MECHANISM_SERIAL), mechanism_id(MECHANISM_DEFERRED),
                                       mechanism_id(MECHANISM_CYCLES) };
    const char *const lots[] = { lots_id(LOTS_APPLICANT), lots_id(LOTS_CHOICE) };
    const char *const togethers[] = { together_id(TOGETHER_NONE), together_id(TOGETHER_ADD),
                                      together_id(TOGETHER_FIT) };
    const char *const catchments[] = { catchments_id(CATCHMENTS_SINGLE), catchments_id(CATCHMENTS_SHARED) };
    static const char *const siblings[] = { "none", "follow" };
    static const char *const missing[] = { "leave_out" };
    size_t stage = 0, mechanism = 0, kind = 0, sibling = 0, rule = 0, lot = 0, together = 0;
    bool stage_known = read_word(reading, v[KEY_STAGE], "stage", stages, 2, &stage);
    read_word(reading, v[KEY_MECHANISM], "mechanism", mechanisms, MECHANISM_COUNT, &mechanism);
    read_word(reading, v[KEY_LOTS], "lots", lots, 2, &lot);
    read_word(reading, v[KEY_TOGETHER], "together", togethers, 3, &together);
    read_word(reading, v[KEY_CATCHMENTS], "catchments", catchments, 2, &kind);
    if (!read_word(reading, v[KEY_SIBLING], "sibling", siblings, 2, &sibling)) {
        v[KEY_SIBLING] = NULL;
    }
    read_word(reading, v[KEY_MISSING_WITNESS], "missing_witness", missing, 1, &rule);
    policy->stage = (enum stage)stage;
    policy->mechanism = (enum mechanism)mechanism;
    policy->lots = (enum lots)lot;
    policy->together = (enum together)together;
    policy->catchments = (enum catchments)kind;
    policy->sibling = (enum sibling_rule)sibling;
    policy->missing_witness = (enum missing_witness)rule;
    return stage_known;
}

static void read_waiting(struct reading *reading, yaml_value *node, struct policy *policy)
{
    static const struct key keys[] = { { "who", false }, { "lots", false } };
    const char *const whos[] = { waiting_who_id(WAITING_ALL), waiting_who_id(WAITING_UNPLACED) };
    const char *const lots[] = { waiting_lots_id(WAITING_SAME), waiting_lots_id(WAITING_REVERSED) };
    yaml_value *v[2];
    size_t who = 0, lot = 0;
    if (node && read_map(reading, node, "waiting", keys, 2, v)) {
        read_word(reading, v[0], "who", whos, 2, &who);
        read_word(reading, v[1], "lots", lots, 2, &lot);
        policy->waiting_who = (enum waiting_who)who;
        policy->waiting_lots = (enum waiting_lots)lot;
    }
}

/* Mappings of one number each. */
static void read_single(struct reading *reading, yaml_value *node, const char *what, const char *key, int64_t most,
                        uint32_t *out, yaml_value **at)
{
    const struct key keys[] = { { key, false } };
    yaml_value *v;
    if (read_map(reading, node, what, keys, 1, &v) && read_number(reading, v, key, 1, most, out) && at) {
        *at = v;
    }
}

bool policy_read(struct reading *reading, yaml_value *root, const struct city *city, struct policy *policy,
                 struct policy_nodes *nodes)
{
    yaml_value **v = nodes->top;
    if (!read_map(reading, root, "policy", top_keys, POLICY_KEY_COUNT, v)) {
        return false;
    }
    uint32_t year = 0;
    bool stage_known = read_words(reading, v, policy);
    nodes->top[KEY_STAGE] = stage_known ? v[KEY_STAGE] : NULL;
    if (!read_text(reading, v[KEY_COUNTY], "county", &policy->county)) {
        v[KEY_COUNTY] = NULL;
    }
    if (!read_number(reading, v[KEY_YEAR], "year", 2000, 2100, &year)) {
        v[KEY_YEAR] = NULL;
    }
    policy->year = (int)year;
    read_name(reading, v[KEY_TITLE], "title", &policy->title);
    read_name(reading, v[KEY_SOURCE], "source", &policy->source);
    read_choices(reading, v[KEY_CHOICES], policy, nodes);
    read_private(reading, v[KEY_PRIVATE], policy, nodes);
    read_entrants(reading, v[KEY_ENTRANTS], stage_known, policy, nodes);
    bool checks = read_checks(reading, v[KEY_CHECKS], "checks", city, &policy->checks);
    read_categories(reading, v[KEY_CATEGORIES], city, policy, nodes);
    nodes->categories_whole = nodes->categories_whole && checks && v[KEY_CHECKS];
    read_order(reading, v[KEY_ORDER], policy, nodes);
    read_number(reading, v[KEY_DISTANCE_STEP], "distance_step_metres", 1, 100000, &policy->distance_step_metres);
    read_number(reading, v[KEY_LOCK], "dwelling_lock_years", 0, 12, &policy->dwelling_lock_years);
    read_balance(reading, v[KEY_BALANCE], policy);
    read_single(reading, v[KEY_PLACES], "places", "class_size", 100, &policy->class_size, &nodes->class_size);
    read_kind_sets(reading, v[KEY_KINDS], policy, nodes);
    read_waiting(reading, v[KEY_WAITING], policy);
    if (v[KEY_AUDIT]) {
        read_single(reading, v[KEY_AUDIT], "audit", "files", 10000, &policy->audit_files, NULL);
    }
    read_calendar(reading, v[KEY_CALENDAR], policy, nodes);
    read_number(reading, v[KEY_PUBLICATION_DAYS], "publication_days", 3, 60, &policy->publication_days);
    read_single(reading, v[KEY_REVIEW], "review", "days", 60, &policy->review_days, NULL);
    read_witnesses(reading, v[KEY_WITNESSES], policy);
    read_name(reading, v[KEY_PUBLIC_VALUE], "public_value", &policy->public_value);
    return true;
}
