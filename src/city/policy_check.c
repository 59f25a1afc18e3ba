/* Does a policy agree with itself and with its city? See parts.h.
 *
 * Whether a category can be reached is not argued but tried: there are 2^14 sets of facts, and the same
 * policy_category that places children is asked for each possible one.
 */
#include "base/clock.h"
#include "city/parts.h"

static const int64_t DAY_IN_MS = 86400000;

static void check_county(struct reading *reading, const struct city *city, const struct policy *policy,
                         const struct policy_nodes *nodes)
{
    if (!nodes->top[KEY_COUNTY] || !city->ndivisions) {
        return;
    }
    const char **words = ARENA_ARRAY(reading->mistakes->arena, const char *, city->ndivisions);
    size_t n = 0;
    for (size_t i = 0; i < city->ndivisions; i++) {
        if (city->divisions[i].level == DIVISION_COUNTY) {
            if (str_eq(city->divisions[i].code, policy->county)) {
                return;
            }
            words[n++] = city->divisions[i].code.p;
        }
    }
    struct text expected = expected_words(reading->mistakes->arena, policy->county, words, n);
    mistake_at(reading, nodes->top[KEY_COUNTY], "county 是“%.*s”，divisions.csv 中没有这个县；应为%s%.0s",
               "county is '%.*s', which is no county of divisions.csv; expected %.0s%s", STR_ARG(policy->county),
               expected.zh, expected.en);
}

static void check_place_in_city(struct reading *reading, const struct city *city, const struct policy *policy,
                                const struct policy_nodes *nodes)
{
    check_county(reading, city, policy, nodes);
    if (nodes->top[KEY_YEAR] && city->year && policy->year != city->year) {
        mistake_at(reading, nodes->top[KEY_YEAR], "year 是 %d；应为 city.yaml 中的 %d",
                   "year is %d; expected %d, the year of city.yaml", policy->year, city->year);
    }
    const char *stages[STAGE_COUNT];
    size_t nstages = 0;
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (city->stages[i].present) {
            stages[nstages++] = stage_id((enum stage)i);
        }
    }
    if (!nodes->top[KEY_STAGE] || !nstages) {
        return;
    }
    const struct stage_info *stage = &city->stages[policy->stage];
    if (!stage->present) {
        struct text expected = expected_words(reading->mistakes->arena, str_of(""), stages, nstages);
        mistake_at(reading, nodes->top[KEY_STAGE], "stage 是“%s”，city.yaml 的 stages 中没有它；应为%s%.0s",
                   "stage is '%s', which the stages of city.yaml do not have; expected %.0s%s", stage_id(policy->stage),
                   expected.zh, expected.en);
    } else if (nodes->class_size && stage->class_size && policy->class_size > stage->class_size) {
        mistake_at(reading, nodes->class_size, "class_size 是 %u；应不超过 city.yaml 中该学段的 %u",
                   "class_size is %u; expected at most %u, the stage's in city.yaml", (unsigned)policy->class_size,
                   (unsigned)stage->class_size);
    }
}

static void check_choices(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes)
{
    uint32_t public = policy->most_public, private = policy->most_private, total = policy->most_total;
    uint32_t least = public > private ? public : private;
    if (nodes->most_total && (total < least || total > public + private)) {
        mistake_at(reading, nodes->most_total, "total 是 %u；应在 %u（两种志愿数中较大者）与 %u（两者之和）之间",
                   "total is %u; expected from %u (the larger of public and private) to %u (their sum)",
                   (unsigned)total, (unsigned)least, (unsigned)(public + private));
    }
    if (nodes->most_public && policy->mechanism == MECHANISM_SERIAL && public > 1) {
        mistake_at(reading, nodes->most_public, "mechanism 是 serial 而 public 是 %u；serial 只填一所公办学校，应为 1",
                   "mechanism is serial and public is %u; expected 1: serial takes one wish for a public school",
                   (unsigned)public);
    }
    if (nodes->private_draw && !policy->private_draw) {
        mistake_at(reading, nodes->private_draw, "draw 是 false；报名超过计划的民办学校必须摇号，应为 true",
                   "draw is false; expected true: an oversubscribed private school must draw");
    }
}

static bool depends_on(const struct policy *policy, enum order_key key)
{
    for (size_t i = 0; i < policy->norder; i++) {
        if (policy->order[i] == key) {
            return true;
        }
    }
    return false;
}

/* One key of the order against the part of the policy that gives it a meaning. */
static void check_order_key(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes,
                            enum order_key key, bool has, const char *zh, const char *en)
{
    bool named = depends_on(policy, key);
    if (named && !has) {
        mistake_at(reading, nodes->top[KEY_ORDER], "order 中有“%s”，而没有%s%.0s；应两者都有或都没有",
                   "order names '%s', but the policy has no %.0s%s; expected both or neither", order_key_id(key), zh,
                   en);
    } else if (!named && has) {
        mistake_at(reading, nodes->top[KEY_ORDER], "有%2$s，而 order 中没有“%1$s”%3$.0s；应两者都有或都没有",
                   "order does not name '%1$s', but the policy has%2$.0s %3$s; expected both or neither",
                   order_key_id(key), zh, en);
    }
}

static void check_order(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes)
{
    if (!nodes->order_whole) {
        return;
    }
    bool subranks = false;
    for (size_t i = 0; i < policy->ncategories; i++) {
        subranks = subranks || policy->categories[i].nsubranks;
    }
    if (!depends_on(policy, ORDER_CATEGORY)) {
        mistake_at(reading, nodes->top[KEY_ORDER], "order 中没有“category”；应有",
                   "order does not name 'category'; expected it");
    }
    if (nodes->categories_whole) {
        check_order_key(reading, policy, nodes, ORDER_SUBRANK, subranks, " subranks", "subranks");
    }
    if (nodes->top[KEY_SIBLING]) {
        check_order_key(reading, policy, nodes, ORDER_SIBLING, policy->sibling == SIBLING_FOLLOW, " sibling: follow",
                        "sibling: follow");
    }
    check_order_key(reading, policy, nodes, ORDER_DISTANCE, nodes->top[KEY_DISTANCE_STEP] != NULL,
                    " distance_step_metres", "distance_step_metres");
}

void tell_unreached(struct reading *reading, yaml_value *at, struct str id)
{
    mistake_at(reading, at, "没有孩子能归入“%.*s”：符合它的都已归入前面各项；应为有人符合的条件",
               "no child can be in '%.*s': who fits it fits an earlier one; expected a condition that some child meets",
               STR_ARG(id));
}

static void check_last(struct reading *reading, yaml_value *at, const struct condition *when, struct str id)
{
    if (when->n) {
        mistake_at(reading, at, "“%.*s”是最后一项而有条件；最后一项应为 when: []",
                   "'%.*s' is the last one and has conditions; expected 'when: []', so that everybody has a place here",
                   STR_ARG(id));
    }
}

static void check_reach(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes)
{
    uint64_t seen[CATEGORIES_MAX] = { 0 };
    for (uint32_t facts = 0; facts < 1u << FACT_COUNT; facts++) {
        if (facts_are_possible(facts)) {
            size_t category, subrank;
            policy_category(policy, facts, &category, &subrank);
            seen[category] |= UINT64_C(1) << subrank;
        }
    }
    for (size_t i = 0; i < policy->ncategories; i++) {
        const struct category *category = &policy->categories[i];
        if (!seen[i]) {
            tell_unreached(reading, nodes->category[i], category->id);
            continue;
        }
        for (size_t j = 0; j < category->nsubranks; j++) {
            if (!(seen[i] & UINT64_C(1) << j)) {
                tell_unreached(reading, nodes->subrank[i][j], category->subranks[j].id);
            }
        }
    }
}

uint32_t facts_asked(const struct condition *condition)
{
    uint32_t facts = 0;
    for (size_t i = 0; i < condition->n; i++) {
        facts |= condition->clauses[i].any_of;
    }
    return facts;
}

/* A claim that no department is asked about would be believed as it stands. Siblings are in our own registry. */
static void check_yields(struct reading *reading, const struct city *city, const struct policy *policy,
                         const struct category *category, yaml_value *at)
{
    uint32_t asked = facts_asked(&category->when);
    for (size_t i = 0; i < category->nsubranks; i++) {
        asked |= facts_asked(&category->subranks[i].when);
    }
    asked &= ~FACT_BIT(FACT_SIBLING_ENROLLED);
    for (size_t f = 0; f < FACT_COUNT; f++) {
        const char *able[CHECKS_MAX];
        size_t n = 0;
        bool yields = !(asked & 1u << f);
        for (size_t i = 0; i < city->nchecks; i++) {
            if (city->checks[i].yields & 1u << f) {
                able[n++] = city->checks[i].id.p;
                yields = yields || ((category->checks | policy->checks) & 1u << i);
            }
        }
        if (!yields) {
            struct text expected = expected_words(reading->mistakes->arena, str_of(""), able, n);
            mistake_at(reading, at, "类别“%.*s”依据“%s”，而它的 checks 都不能核实这一点；应有%s%.0s",
                       "category '%.*s' relies on '%s', which none of its checks confirms; expected %.0s%s",
                       STR_ARG(category->id), child_fact_id((enum child_fact)f), expected.zh, expected.en);
        }
    }
}

static void check_categories(struct reading *reading, const struct city *city, const struct policy *policy,
                             const struct policy_nodes *nodes)
{
    if (!nodes->categories_whole) {
        return;
    }
    for (size_t i = 0; i < policy->ncategories; i++) {
        const struct category *category = &policy->categories[i];
        if (i + 1 == policy->ncategories) {
            check_last(reading, nodes->category[i], &category->when, category->id);
        }
        if (category->nsubranks) {
            const struct subrank *last = &category->subranks[category->nsubranks - 1];
            check_last(reading, nodes->subrank[i][category->nsubranks - 1], &last->when, last->id);
        }
        if (city->nchecks) {
            check_yields(reading, city, policy, category, nodes->category[i]);
        }
    }
    check_reach(reading, policy, nodes);
}

static void check_classes(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes)
{
    if (!nodes->classes_whole) {
        return;
    }
    uint32_t seen = 0;
    for (uint32_t facts = 0; facts < 1u << FACT_COUNT; facts++) {
        if (facts_are_possible(facts)) {
            seen |= 1u << policy_private_class(policy, facts);
        }
    }
    for (size_t i = 0; i < policy->nprivate_classes; i++) {
        if (!(seen & 1u << i)) {
            tell_unreached(reading, nodes->class[i], policy -> private_classes[i].id);
        }
    }
    const struct resident_class *last = &policy->private_classes[policy->nprivate_classes - 1];
    check_last(reading, nodes->class[policy->nprivate_classes - 1], &last -> when, last -> id);
}

static void check_year_of(struct reading *reading, const struct policy *policy, yaml_value *at, const char *what,
                          int64_t day)
{
    int year, month, day_of_month;
    day_parts(day, &year, &month, &day_of_month);
    if (year != policy->year) {
        mistake_at(reading, at, "%s 在 %d 年；应在 %d 年", "%s is in %d; expected a day of %d", what, year,
                   policy->year);
    }
}

static void check_calendar(struct reading *reading, const struct policy *policy, const struct policy_nodes *nodes,
                           bool year_known)
{
    size_t before = MOMENT_COUNT;
    struct arena *arena = reading->mistakes->arena;
    for (size_t i = 0; i < MOMENT_COUNT; i++) {
        yaml_value *at = nodes->moment[i];
        if (!at) {
            continue;
        }
        if (year_known) {
            check_year_of(reading, policy, at, moment_id((enum moment)i), day_of_ms(policy->moments[i]));
        }
        if (before < MOMENT_COUNT && policy->moments[i] <= policy->moments[before]) {
            mistake_at(reading, at, "%s 是 %s；应晚于 %s（%s）", "%s is %s; expected later than %s (%s)",
                       moment_id((enum moment)i), ms_format(arena, policy->moments[i], false).p,
                       moment_id((enum moment)before), ms_format(arena, policy->moments[before], false).p);
        }
        before = i;
    }
    int64_t published = policy->moments[MOMENT_PUBLISHED], until = policy->moments[MOMENT_CONFIRM_UNTIL];
    int64_t earliest = published + policy->publication_days * DAY_IN_MS;
    if (nodes->moment[MOMENT_PUBLISHED] && nodes->moment[MOMENT_CONFIRM_UNTIL] && until > published &&
        until < earliest) {
        mistake_at(reading, nodes->moment[MOMENT_CONFIRM_UNTIL], "confirm_until 是 %s；公示满 %u 天，应不早于 %s",
                   "confirm_until is %s; %u days of publication, so expected %s or later",
                   ms_format(arena, until, false).p, (unsigned)policy->publication_days,
                   ms_format(arena, earliest, false).p);
    }
}

void policy_check(struct reading *reading, const struct city *city, const struct policy *policy,
                  const struct policy_nodes *nodes)
{
    check_place_in_city(reading, city, policy, nodes);
    check_choices(reading, policy, nodes);
    /* A wrong year is told once, not at each of its dates. */
    bool year_known = nodes->top[KEY_YEAR] && (!city->year || city->year == policy->year);
    if (nodes->age_day && year_known) {
        check_year_of(reading, policy, nodes->age_day, "day", policy->age_day);
    }
    check_categories(reading, city, policy, nodes);
    check_classes(reading, policy, nodes);
    check_order(reading, policy, nodes);
    check_kinds(reading, city, policy, nodes);
    check_calendar(reading, policy, nodes, year_known);
}

bool policy_load(struct arena *arena, struct str text, struct str file, const struct city *city, struct policy *policy,
                 struct city_mistakes *mistakes)
{
    struct reading reading;
    struct policy_nodes nodes = { 0 };
    yaml_value *root = reading_open(&reading, arena, file, text, mistakes);
    if (root && policy_read(&reading, root, city, policy, &nodes)) {
        policy_check(&reading, city, policy, &nodes);
    }
    bool clean = reading_is_clean(&reading);
    reading_close(&reading);
    return clean;
}

bool policy_parse(struct arena *arena, struct str yaml, const char *file_name, const struct city *city,
                  struct policy **policy, struct city_mistakes *mistakes)
{
    struct policy *read = ARENA_NEW(arena, struct policy);
    bool good = policy_load(arena, yaml, str_of(file_name), city, read, mistakes);
    city_mistakes_sort(mistakes);
    if (good) {
        *policy = read;
    }
    return good;
}
