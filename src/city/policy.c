/* The vocabulary of policies, and what a policy says about one child. See policy.h. */
#include "city/policy.h"

#include "base/clock.h"

/* Position is the enum's value; ids stand in files and texts on pages. */
static const struct word {
    const char *id;
    struct text name;
} facts[FACT_COUNT] = {
    [FACT_HOUSEHOLD_IN_CATCHMENT] = { "household_in_catchment",
                                      { "户籍在招生范围内", "household registered in the catchment" } },
    [FACT_DWELLING_IN_CATCHMENT] = { "dwelling_in_catchment", { "住所在招生范围内", "dwelling in the catchment" } },
    [FACT_SIBLING_ENROLLED] = { "sibling_enrolled", { "兄弟姐妹在该校就读", "a brother or sister is at the school" } },
    [FACT_HOUSEHOLD_IN_COUNTY] = { "household_in_county", { "户籍在本县", "household registered in the county" } },
    [FACT_DWELLING_IN_COUNTY] = { "dwelling_in_county", { "住所在本县", "dwelling in the county" } },
    [FACT_OWNS_ALL] = { "owns_all", { "监护人拥有住房全部产权", "the guardians own all of the dwelling" } },
    [FACT_OWNS_PART] = { "owns_part", { "监护人拥有住房部分产权", "the guardians own part of the dwelling" } },
    [FACT_OWNS_NONE] = { "owns_none", { "监护人无住房产权", "the guardians own none of the dwelling" } },
    [FACT_LEASE_REGISTERED] = { "lease_registered", { "租赁已备案", "registered lease" } },
    [FACT_RESIDENCE_PERMIT] = { "residence_permit", { "持有居住证", "residence permit" } },
    [FACT_EMPLOYMENT] = { "employment", { "稳定就业并缴纳社会保险", "employment with social insurance" } },
    [FACT_BUSINESS] = { "business", { "持营业执照经商", "business with a licence" } },
    [FACT_POLICY_GROUP] = { "policy_group", { "政策照顾对象", "group with priority by law" } },
    [FACT_DISABILITY] = { "disability", { "残疾儿童少年", "child with a disability" } },
};

static const char *const stages[STAGE_COUNT] = { "primary", "junior" };
static const struct word mechanisms[MECHANISM_COUNT] = {
    [MECHANISM_SERIAL] = { "serial", { "单校学区", "one school a catchment" } },
    [MECHANISM_DEFERRED] = { "deferred", { "多校志愿排序", "several ranked schools" } },
    [MECHANISM_CYCLES] = { "cycles", { "多校志愿交换", "several ranked schools, by trading cycles" } },
};
static const char *const lots_ids[] = { "applicant", "choice" };
static const char *const together_ids[] = { "none", "add", "fit" };
static const char *const waiting_who_ids[] = { "all", "unplaced" };
static const char *const waiting_lots_ids[] = { "same", "reversed" };
static const char *const kind_orders[] = { "priority", "lot" };
static const struct word kind_whoms[] = {
    [KIND_FOR_ALL] = { "all", { "面向全体", "for all" } },
    [KIND_FIRST] = { "first", { "该类儿童优先，余下面向全体", "they stand first, others take what they leave" } },
    [KIND_ONLY] = { "only", { "只面向该类儿童", "for them alone" } },
    [KIND_OTHERS] = { "others", { "不面向该类儿童", "not for them" } },
};
static const char *const catchment_kinds[] = { "single", "shared" };
static const char *const witness_kinds[] = { "notary", "discipline", "parents", "school", "public" };

static const struct word order_keys[ORDER_KEY_COUNT] = {
    [ORDER_CATEGORY] = { "category", { "类别", "category" } },
    [ORDER_SUBRANK] = { "subrank", { "类别内顺序", "rank within the category" } },
    [ORDER_SIBLING] = { "sibling", { "长幼随学", "sibling at the school" } },
    [ORDER_DISTANCE] = { "distance", { "距离", "distance" } },
};

static const struct word moments[MOMENT_COUNT] = {
    [MOMENT_RULES_PUBLISHED] = { "rules_published", { "公布规则", "rules published" } },
    [MOMENT_OPENS] = { "opens", { "开始报名", "applications open" } },
    [MOMENT_CLOSES] = { "closes", { "报名截止", "applications close" } },
    [MOMENT_OBJECTIONS_UNTIL] = { "objections_until", { "名单异议截止", "objections to the list until" } },
    [MOMENT_DRAW] = { "draw", { "派位", "draw and allotment" } },
    [MOMENT_PUBLISHED] = { "published", { "公示结果", "results published" } },
    [MOMENT_CONFIRM_UNTIL] = { "confirm_until", { "确认截止", "places confirmed until" } },
    [MOMENT_LATE_OPENS] = { "late_opens", { "补报开始", "late round opens" } },
    [MOMENT_LATE_CLOSES] = { "late_closes", { "补报截止", "late round closes" } },
    [MOMENT_LATE_CONFIRM_UNTIL] = { "late_confirm_until", { "补报确认截止", "late places confirmed until" } },
};

const char *child_fact_id(enum child_fact fact)
{
    return facts[fact].id;
}

struct text child_fact_name(enum child_fact fact)
{
    return facts[fact].name;
}

bool child_fact_of(struct str id, enum child_fact *fact)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (str_is(id, facts[i].id)) {
            *fact = (enum child_fact)i;
            return true;
        }
    }
    return false;
}

bool facts_are_possible(uint32_t set)
{
    uint32_t owning = set & FACTS_OF_OWNING;
    bool household = !(set & FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT)) || (set & FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY));
    bool dwelling = !(set & FACT_BIT(FACT_DWELLING_IN_CATCHMENT)) || (set & FACT_BIT(FACT_DWELLING_IN_COUNTY));
    return (owning & (owning - 1)) == 0 && household && dwelling;
}

const char *stage_id(enum stage stage)
{
    return stages[stage];
}

bool stage_of(struct str id, enum stage *stage)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        if (str_is(id, stages[i])) {
            *stage = (enum stage)i;
            return true;
        }
    }
    return false;
}

const char *mechanism_id(enum mechanism mechanism)
{
    return mechanisms[mechanism].id;
}

struct text mechanism_name(enum mechanism mechanism)
{
    return mechanisms[mechanism].name;
}

const char *lots_id(enum lots lots)
{
    return lots_ids[lots];
}

const char *together_id(enum together together)
{
    return together_ids[together];
}

const char *waiting_who_id(enum waiting_who who)
{
    return waiting_who_ids[who];
}

const char *waiting_lots_id(enum waiting_lots lots)
{
    return waiting_lots_ids[lots];
}

const char *kind_whom_id(enum kind_whom whom)
{
    return kind_whoms[whom].id;
}

struct text kind_whom_name(enum kind_whom whom)
{
    return kind_whoms[whom].name;
}

const char *kind_order_id(enum kind_order order)
{
    return kind_orders[order];
}

const char *catchments_id(enum catchments catchments)
{
    return catchment_kinds[catchments];
}

const char *witness_kind_id(enum witness_kind kind)
{
    return witness_kinds[kind];
}

const char *order_key_id(enum order_key key)
{
    return order_keys[key].id;
}

struct text order_key_name(enum order_key key)
{
    return order_keys[key].name;
}

const char *moment_id(enum moment moment)
{
    return moments[moment].id;
}

struct text moment_name(enum moment moment)
{
    return moments[moment].name;
}

bool condition_holds(const struct condition *condition, uint32_t set)
{
    for (size_t i = 0; i < condition->n; i++) {
        const struct clause *clause = &condition->clauses[i];
        if (!(set & clause->any_of) && !(~set & clause->any_not)) {
            return false;
        }
    }
    return true;
}

void policy_category(const struct policy *policy, uint32_t set, size_t *category, size_t *subrank)
{
    size_t c = 0;
    while (c + 1 < policy->ncategories && !condition_holds(&policy->categories[c].when, set)) {
        c++;
    }
    const struct category *found = &policy->categories[c];
    size_t s = 0;
    while (s + 1 < found->nsubranks && !condition_holds(&found->subranks[s].when, set)) {
        s++;
    }
    *category = c;
    *subrank = s;
}

size_t policy_private_class(const struct policy *policy, uint32_t set)
{
    size_t c = 0;
    while (c + 1 < policy->nprivate_classes && !condition_holds(&policy->private_classes[c].when, set)) {
        c++;
    }
    return c;
}

/* Adds one key of `width` bits below those that are there; `top` is the lowest bit in use. */
static uint32_t pack(uint32_t number, unsigned *top, unsigned width, uint64_t value)
{
    uint32_t most = (UINT32_C(1) << width) - 1;
    *top -= width;
    return number | (value < most ? (uint32_t)value : most) << *top;
}

uint32_t policy_priority(const struct policy *policy, size_t category, size_t subrank, bool sibling,
                         uint32_t distance_steps)
{
    uint32_t number = 0;
    unsigned top = 32;
    for (size_t i = 0; i < policy->norder; i++) {
        switch (policy->order[i]) {
        case ORDER_CATEGORY:
            number = pack(number, &top, 7, policy->categories[category].rank);
            break;
        case ORDER_SUBRANK:
            number = pack(number, &top, 7, subrank);
            break;
        case ORDER_SIBLING:
            number = pack(number, &top, 1, sibling ? 0 : 1);
            break;
        case ORDER_DISTANCE:
            number = pack(number, &top, 16, distance_steps);
            break;
        case ORDER_KEY_COUNT:
            break;
        }
    }
    return number;
}

uint32_t policy_distance_steps(const struct policy *policy, double metres)
{
    if (!policy->distance_step_metres || !(metres > 0)) {
        return 0;
    }
    double steps = metres / policy->distance_step_metres;
    return steps < UINT16_MAX ? (uint32_t)steps : UINT16_MAX;
}

int64_t policy_latest_birthday(const struct policy *policy)
{
    if (policy->stage != STAGE_PRIMARY) {
        return INT64_MAX;
    }
    int year, month, day;
    day_parts(policy->age_day, &year, &month, &day);
    year -= (int)policy->least_age;
    /* Who was born on 29 February is a year older on 1 March of a common year. */
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2 && day == 29 && !leap) {
        day = 28;
    }
    return day_of(year, month, day);
}

bool policy_is_ranked(const struct policy *policy)
{
    return policy->mechanism != MECHANISM_SERIAL;
}

static bool equal_names(struct name a, struct name b)
{
    return str_eq(a.zh, b.zh) && str_eq(a.en, b.en);
}

static bool equal_conditions(const struct condition *a, const struct condition *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->clauses[i].any_of != b->clauses[i].any_of || a->clauses[i].any_not != b->clauses[i].any_not) {
            return false;
        }
    }
    return true;
}

static bool equal_categories(const struct category *a, const struct category *b)
{
    if (!str_eq(a->id, b->id) || !equal_names(a->name, b->name) || a->rank != b->rank || a->checks != b->checks ||
        !equal_conditions(&a->when, &b->when) || a->nsubranks != b->nsubranks) {
        return false;
    }
    for (size_t i = 0; i < a->nsubranks; i++) {
        const struct subrank *x = &a->subranks[i], *y = &b->subranks[i];
        if (!str_eq(x->id, y->id) || !equal_names(x->name, y->name) || !equal_conditions(&x->when, &y->when)) {
            return false;
        }
    }
    return true;
}

static bool equal_private(const struct policy *a, const struct policy *b)
{
    if (a->private_draw != b->private_draw || a->nprivate_classes != b->nprivate_classes) {
        return false;
    }
    for (size_t i = 0; i < a->nprivate_classes; i++) {
        const struct resident_class *x = &a->private_classes[i], *y = &b->private_classes[i];
        if (!str_eq(x->id, y->id) || !equal_names(x->name, y->name) || !equal_conditions(&x->when, &y->when)) {
            return false;
        }
    }
    return true;
}

static bool equal_witnesses(const struct policy *a, const struct policy *b)
{
    if (a->nwitnesses != b->nwitnesses || a->missing_witness != b->missing_witness ||
        !equal_names(a->public_value, b->public_value)) {
        return false;
    }
    for (size_t i = 0; i < a->nwitnesses; i++) {
        const struct witness *x = &a->witnesses[i], *y = &b->witnesses[i];
        if (!str_eq(x->id, y->id) || !equal_names(x->name, y->name) || x->kind != y->kind) {
            return false;
        }
    }
    return true;
}

static bool equal_kinds(const struct place_kind *a, const struct place_kind *b)
{
    return str_eq(a->id, b->id) && equal_names(a->name, b->name) && a->rest == b->rest && a->places == b->places &&
           a->share == b->share && a->least == b->least && a->whom == b->whom && equal_conditions(&a->when, &b->when) &&
           a->order == b->order;
}

static bool equal_kind_sets(const struct policy *a, const struct policy *b)
{
    if (a->nkind_sets != b->nkind_sets) {
        return false;
    }
    for (size_t i = 0; i < a->nkind_sets; i++) {
        const struct kind_set *x = &a->kind_sets[i], *y = &b->kind_sets[i];
        bool same = x->open == y->open && x->ncodes == y->ncodes && x->nkinds == y->nkinds;
        for (size_t k = 0; same && k < x->ncodes; k++) {
            same = str_eq(x->codes[k], y->codes[k]);
        }
        for (size_t k = 0; same && k < x->nkinds; k++) {
            same = equal_kinds(&x->kinds[k], &y->kinds[k]);
        }
        if (!same) {
            return false;
        }
    }
    return true;
}

/* The fields that are one value each. */
static bool equal_values(const struct policy *a, const struct policy *b)
{
    return str_eq(a->county, b->county) && a->stage == b->stage && a->year == b->year &&
           equal_names(a->title, b->title) && equal_names(a->source, b->source) && a->mechanism == b->mechanism &&
           a->lots == b->lots && a->together == b->together && a->balance_neighbours == b->balance_neighbours &&
           a->waiting_who == b->waiting_who && a->waiting_lots == b->waiting_lots && a->audit_files == b->audit_files &&
           a->catchments == b->catchments && a->most_public == b->most_public && a->most_private == b->most_private &&
           a->most_total == b->most_total && a->least_age == b->least_age && a->age_day == b->age_day &&
           a->graduates == b->graduates && a->checks == b->checks &&
           a->distance_step_metres == b->distance_step_metres && a->sibling == b->sibling &&
           a->dwelling_lock_years == b->dwelling_lock_years && a->balance == b->balance &&
           a->balance_scope == b->balance_scope && a->balance_open == b->balance_open &&
           a->class_size == b->class_size && a->publication_days == b->publication_days &&
           a->review_days == b->review_days && memcmp(a->moments, b->moments, sizeof a->moments) == 0;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
    if (!equal_values(a, b) || !equal_private(a, b) || !equal_witnesses(a, b) || !equal_kind_sets(a, b) ||
        a->norder != b->norder || a->ncategories != b->ncategories) {
        return false;
    }
    for (size_t i = 0; i < a->norder; i++) {
        if (a->order[i] != b->order[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < a->ncategories; i++) {
        if (!equal_categories(&a->categories[i], &b->categories[i])) {
            return false;
        }
    }
    return true;
}
