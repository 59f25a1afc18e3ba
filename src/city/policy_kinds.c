/* Kinds of places: read from a policy, checked, and what they say about a plan and a child.
 *
 * A kind may keep places for a group of children, or keep a group out; who belongs to a group follows from facts. The
 * set that names a school, or its sort, holds; the first of the list when several do. */
#include "city/parts.h"

/* ---- What they say ---- */

const struct kind_set *policy_kind_set(const struct policy *policy, bool public_school, struct str code)
{
    uint32_t sort = public_school ? OPEN_PUBLIC : OPEN_PRIVATE;
    for (size_t i = 0; i < policy->nkind_sets; i++) {
        const struct kind_set *set = &policy->kind_sets[i];
        bool fits = (set->open & sort) != 0;
        for (size_t k = 0; k < set->ncodes && !fits; k++) {
            fits = str_eq(set->codes[k], code);
        }
        if (fits) {
            return set;
        }
    }
    return NULL;
}

void kind_set_places(const struct kind_set *set, uint32_t plan, uint32_t places[KINDS_MAX])
{
    uint32_t left = plan;
    for (size_t k = 0; k < set->nkinds; k++) {
        const struct place_kind *kind = &set->kinds[k];
        uint64_t share = (uint64_t)plan * kind->share / 100;
        uint64_t want = kind->places ? kind->places : share > kind->least ? share : kind->least;
        places[k] = kind->rest ? 0 : want < left ? (uint32_t)want : left;
        left -= places[k];
    }
    for (size_t k = 0; k < set->nkinds; k++) {
        places[k] = set->kinds[k].rest ? left : places[k];
    }
}

uint32_t kind_set_members(const struct kind_set *set, uint32_t facts)
{
    uint32_t members = 0;
    for (size_t k = 0; k < set->nkinds; k++) {
        const struct place_kind *kind = &set->kinds[k];
        members |= kind->whom != KIND_FOR_ALL && condition_holds(&kind->when, facts) ? 1u << k : 0;
    }
    return members;
}

/* Which sets of groups occur: bit m of seen[m / 32]. */
static void groups_seen(const struct kind_set *set, bool seen[1u << KINDS_MAX])
{
    memset(seen, 0, (1u << KINDS_MAX) * sizeof *seen);
    for (uint32_t facts = 0; facts < 1u << FACT_COUNT; facts++) {
        if (facts_are_possible(facts)) {
            seen[kind_set_members(set, facts)] = true;
        }
    }
}

size_t policy_groups(const struct policy *policy, struct arena *arena, struct kind_group **out)
{
    bool seen[1u << KINDS_MAX];
    size_t n = 0;
    *out = ARENA_ARRAY(arena, struct kind_group, policy->nkind_sets << KIND_GROUPS_MAX);
    for (size_t i = 0; i < policy->nkind_sets; i++) {
        const struct kind_set *set = &policy->kind_sets[i];
        groups_seen(set, seen);
        for (uint32_t members = 1; members < 1u << set->nkinds; members++) {
            if (!seen[members]) {
                continue;
            }
            struct kind_group *group = &(*out)[n++];
            *group = (struct kind_group){ .set = i, .members = members };
            for (size_t k = 0; k < set->nkinds; k++) {
                if (members & 1u << k) {
                    struct name name = set->kinds[k].name;
                    const char *between = group->name.zh.n ? " + " : "";
                    group->name.zh =
                        arena_printf(arena, "%.*s%s%.*s", STR_ARG(group->name.zh), between, STR_ARG(name.zh));
                    group->name.en =
                        arena_printf(arena, "%.*s%s%.*s", STR_ARG(group->name.en), between, STR_ARG(name.en));
                }
            }
        }
    }
    return n;
}

/* ---- Reading ---- */

static bool read_schools(struct reading *reading, yaml_value *node, struct kind_set *set)
{
    static const char *const sorts[] = { "public", "private" };
    yaml_value **items;
    size_t sort;
    if (node && node->type == YAML_SCALAR_NODE) {
        bool good = read_word(reading, node, "schools", sorts, 2, &sort);
        set->open = good ? 1u << sort : 0;
        return good;
    }
    if (!read_list(reading, node, "schools", 1, 1000, &items, &set->ncodes)) {
        return false;
    }
    bool good = true;
    set->codes = ARENA_ARRAY(reading->arena, struct str, set->ncodes);
    for (size_t i = 0; i < set->ncodes; i++) {
        bool read = read_text(reading, items[i], "schools", &set->codes[i]);
        good = read && id_is_new(reading, items[i], set->codes, i, set->codes[i]) && good;
    }
    return good;
}

/* How many: places, or a share, or the rest. */
static bool read_how_many(struct reading *reading, yaml_value *at, yaml_value **v, struct place_kind *kind)
{
    bool places = !v[2] || read_number(reading, v[2], "places", 1, 100000, &kind->places);
    bool share = !v[3] || read_number(reading, v[3], "share", 1, 100, &kind->share);
    bool least = !v[4] || read_number(reading, v[4], "least", 0, 100000, &kind->least);
    kind->rest = !v[2] && !v[3];
    if (v[2] && v[3]) {
        mistake_at(reading, v[3], "既有 places 又有 share；应只有其中一个",
                   "places and share stand both here; expected one of the two");
        return false;
    }
    if (v[4] && !v[3]) {
        mistake_at(reading, v[4], "有 least 而没有 share；应两者都有或都没有",
                   "least stands here without share; expected both or neither");
        return false;
    }
    if (kind->rest && kind->whom != KIND_FOR_ALL) {
        mistake_at(reading, at, "没有 places 或 share 的一项是其余学位，应为 whom: all",
                   "a kind without places and share is the rest of the plan; expected 'whom: all'");
        return false;
    }
    return places && share && least;
}

static bool read_kind(struct reading *reading, yaml_value *node, struct place_kind *kind, const struct str *ids,
                      size_t n)
{
    static const struct key keys[] = { { "id", false },   { "name", false }, { "places", true }, { "share", true },
                                       { "least", true }, { "whom", false }, { "when", true },   { "order", false } };
    const char *whoms[] = { kind_whom_id(KIND_FOR_ALL), kind_whom_id(KIND_FIRST), kind_whom_id(KIND_ONLY),
                            kind_whom_id(KIND_OTHERS) };
    const char *orders[] = { kind_order_id(KIND_BY_PRIORITY), kind_order_id(KIND_BY_LOT) };
    yaml_value *v[8];
    size_t whom = 0, order = 0;
    if (!read_map(reading, node, "kind", keys, 8, v)) {
        return false;
    }
    bool good = read_id(reading, v[0], "id", &kind->id) && id_is_new(reading, v[0], ids, n, kind->id);
    good = read_name(reading, v[1], "name", &kind->name) && good;
    bool known = read_word(reading, v[5], "whom", whoms, 4, &whom);
    kind->whom = (enum kind_whom)whom;
    good = known && read_how_many(reading, node, v, kind) && good;
    good = read_word(reading, v[7], "order", orders, 2, &order) && good;
    kind->order = (enum kind_order)order;
    if (known && (v[6] != NULL) != (kind->whom != KIND_FOR_ALL)) {
        mistake_at(reading, node, "whom 是 %s；%s%.0s", "whom is '%s'; %.0s%s", whoms[whom],
                   v[6] ? "应没有 when" : "应有 when",
                   v[6] ? "expected no 'when'" : "expected 'when: …', who belongs to the group");
        return false;
    }
    return (!v[6] || read_condition(reading, v[6], &kind->when)) && good;
}

static bool read_set(struct reading *reading, yaml_value *node, struct kind_set *set)
{
    static const struct key keys[] = { { "schools", false }, { "filled", false } };
    yaml_value *v[2], **items;
    struct str ids[KINDS_MAX] = { 0 };
    size_t rests = 0;
    if (!read_map(reading, node, "kinds", keys, 2, v)) {
        return false;
    }
    bool good = read_schools(reading, v[0], set);
    if (!read_list(reading, v[1], "filled", 2, KINDS_MAX, &items, &set->nkinds)) {
        return false;
    }
    set->kinds = ARENA_ARRAY(reading->arena, struct place_kind, set->nkinds);
    for (size_t k = 0; k < set->nkinds; k++) {
        good = read_kind(reading, items[k], &set->kinds[k], ids, k) && good;
        ids[k] = set->kinds[k].id;
        rests += set->kinds[k].rest;
    }
    if (good && rests != 1) {
        mistake_at(reading, v[1], "filled 中有 %u 项没有 places 或 share；应恰有一项，即其余学位",
                   "filled has %u kinds without places and share; expected exactly one: the rest of the plan",
                   (unsigned)rests);
        return false;
    }
    return good;
}

void read_kind_sets(struct reading *reading, yaml_value *node, struct policy *policy, struct policy_nodes *nodes)
{
    yaml_value **items;
    if (!node || !read_list(reading, node, "kinds", 1, KIND_SETS_MAX, &items, &policy->nkind_sets)) {
        return;
    }
    nodes->kinds_whole = true;
    policy->kind_sets = ARENA_ARRAY(reading->arena, struct kind_set, policy->nkind_sets);
    for (size_t i = 0; i < policy->nkind_sets; i++) {
        nodes->kind_set[i] = items[i];
        nodes->kinds_whole = read_set(reading, items[i], &policy->kind_sets[i]) && nodes->kinds_whole;
    }
}

/* ---- Checking ---- */

/* A group that nobody can belong to keeps places for nobody; one that nobody confirms would be believed. */
static void check_set(struct reading *reading, const struct city *city, const struct policy *policy,
                      const struct kind_set *set, yaml_value *at)
{
    bool seen[1u << KINDS_MAX];
    uint32_t any = 0, yields = FACT_BIT(FACT_SIBLING_ENROLLED), groups = 0;
    groups_seen(set, seen);
    for (uint32_t members = 0; members < 1u << KINDS_MAX; members++) {
        any |= seen[members] ? members : 0;
    }
    for (size_t i = 0; i < city->nchecks; i++) {
        bool asked = (policy->checks & 1u << i) != 0;
        for (size_t c = 0; c < policy->ncategories; c++) {
            asked = asked || (policy->categories[c].checks & 1u << i) != 0;
        }
        yields |= asked ? city->checks[i].yields : 0;
    }
    for (size_t k = 0; k < set->nkinds; k++) {
        const struct place_kind *kind = &set->kinds[k];
        if (kind->whom == KIND_FOR_ALL) {
            continue;
        }
        groups++;
        if (!(any & 1u << k)) {
            tell_unreached(reading, at, kind->id);
        }
        uint32_t unknown = city->nchecks ? facts_asked(&kind->when) & ~yields : 0;
        for (size_t f = 0; f < FACT_COUNT; f++) {
            if (unknown & 1u << f) {
                mistake_at(reading, at, "“%.*s”依据“%s”，而各类别的 checks 都不能核实这一点；应有能核实的 checks",
                           "'%.*s' relies on '%s', which no check of the categories confirms; expected one that does",
                           STR_ARG(kind->id), child_fact_id((enum child_fact)f));
            }
        }
    }
    if (groups > KIND_GROUPS_MAX) {
        mistake_at(reading, at, "filled 中有 %u 项面向某类儿童；应不超过 %u 项",
                   "filled has %u kinds for a group; expected at most %u", (unsigned)groups, (unsigned)KIND_GROUPS_MAX);
    }
}

void check_kinds(struct reading *reading, const struct city *city, const struct policy *policy,
                 const struct policy_nodes *nodes)
{
    uint32_t open = 0;
    if (policy->mechanism == MECHANISM_CYCLES && (policy->nkind_sets || policy->together != TOGETHER_NONE)) {
        mistake_at(reading, nodes->top[KEY_MECHANISM],
                   "mechanism 是 cycles，而方案有 kinds 或 together；交换法只有一种学位、一人一号，应都没有",
                   "mechanism is cycles, but the policy has kinds or together; expected neither: cycles know one kind "
                   "of place and one child a draw number");
    }
    for (size_t i = 0; nodes->kinds_whole && i < policy->nkind_sets; i++) {
        const struct kind_set *set = &policy->kind_sets[i];
        if (open & set->open) {
            mistake_at(reading, nodes->kind_set[i], "schools 与前面的一项相同；应只有一次",
                       "schools is that of an earlier item; expected it once");
        }
        open |= set->open;
        check_set(reading, city, policy, set, nodes->kind_set[i]);
    }
}
