/* A policy as canonical YAML: the keys in the order of docs/city.md, free text between double quotes, two blanks a
 * level. What is read from it equals what was written. */
#include "base/buf.h"
#include "base/clock.h"
#include "city/city.h"

/* Far above the largest policy that can be read. */
enum { POLICY_BYTES_MAX = 16 * 1024 * 1024 };

static void put_quoted(struct buf *out, struct str s)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\') {
            buf_add_char(out, '\\');
        }
        buf_add_char(out, s.p[i]);
    }
    buf_add_char(out, '"');
}

/* {zh: "…", en: "…"} and the line's end. */
static void put_name(struct buf *out, const char *key, struct name name)
{
    buf_printf(out, "%s: {zh: ", key);
    put_quoted(out, name.zh);
    buf_add_cstr(out, ", en: ");
    put_quoted(out, name.en);
    buf_add_cstr(out, "}\n");
}

static void put_literals(struct buf *out, const struct clause *clause)
{
    const char *between = "";
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *id = child_fact_id((enum child_fact)i);
        if (clause->any_of & 1u << i) {
            buf_printf(out, "%s%s", between, id);
            between = ", ";
        }
        if (clause->any_not & 1u << i) {
            buf_printf(out, "%snot %s", between, id);
            between = ", ";
        }
    }
}

static void put_condition(struct buf *out, const struct condition *condition)
{
    buf_add_cstr(out, "when: [");
    for (size_t i = 0; i < condition->n; i++) {
        const struct clause *clause = &condition->clauses[i];
        bool single = __builtin_popcount(clause->any_of) + __builtin_popcount(clause->any_not) == 1;
        buf_add_cstr(out, i ? ", " : "");
        buf_add_cstr(out, single ? "" : "{any: [");
        put_literals(out, clause);
        buf_add_cstr(out, single ? "" : "]}");
    }
    buf_add_cstr(out, "]\n");
}

static void put_checks(struct buf *out, const struct city *city, uint32_t checks)
{
    const char *between = "";
    buf_add_cstr(out, "checks: [");
    for (size_t i = 0; i < city->nchecks; i++) {
        if (checks & 1u << i) {
            buf_printf(out, "%s%.*s", between, STR_ARG(city->checks[i].id));
            between = ", ";
        }
    }
    buf_add_cstr(out, "]\n");
}

static void put_categories(struct buf *out, const struct city *city, const struct policy *policy)
{
    buf_add_cstr(out, "categories:\n");
    for (size_t i = 0; i < policy->ncategories; i++) {
        const struct category *category = &policy->categories[i];
        buf_printf(out, "  - id: %.*s\n    ", STR_ARG(category->id));
        put_name(out, "name", category->name);
        buf_printf(out, "    rank: %u\n    ", (unsigned)category->rank);
        put_condition(out, &category->when);
        buf_add_cstr(out, "    ");
        put_checks(out, city, category->checks);
        if (category->nsubranks) {
            buf_add_cstr(out, "    subranks:\n");
        }
        for (size_t j = 0; j < category->nsubranks; j++) {
            const struct subrank *subrank = &category->subranks[j];
            buf_printf(out, "      - id: %.*s\n        ", STR_ARG(subrank->id));
            put_name(out, "name", subrank->name);
            buf_add_cstr(out, "        ");
            put_condition(out, &subrank->when);
        }
    }
}

static void put_private(struct buf *out, const struct policy *policy)
{
    buf_printf(out, "private:\n  draw: %s\n", policy->private_draw ? "true" : "false");
    if (policy->nprivate_classes) {
        buf_add_cstr(out, "  classes:\n");
    }
    for (size_t i = 0; i < policy->nprivate_classes; i++) {
        const struct resident_class *class = &policy->private_classes[i];
        buf_printf(out, "    - id: %.*s\n      ", STR_ARG(class->id));
        put_name(out, "name", class->name);
        buf_add_cstr(out, "      ");
        put_condition(out, &class->when);
    }
}

static void put_entrants(struct buf *out, struct arena *arena, const struct policy *policy)
{
    buf_add_cstr(out, "entrants:\n");
    if (policy->stage == STAGE_PRIMARY) {
        buf_printf(out, "  least_age: %u\n  day: %s\n", (unsigned)policy->least_age,
                   day_format(arena, policy->age_day).p);
    } else {
        buf_printf(out, "  graduates: %s\n", policy->graduates ? "true" : "false");
    }
}

static void put_order(struct buf *out, const struct policy *policy)
{
    buf_add_cstr(out, "order: [");
    for (size_t i = 0; i < policy->norder; i++) {
        buf_printf(out, "%s%s", i ? ", " : "", order_key_id(policy->order[i]));
    }
    buf_add_cstr(out, "]\n");
    if (policy->distance_step_metres) {
        buf_printf(out, "distance_step_metres: %u\n", (unsigned)policy->distance_step_metres);
    }
}

static void put_balance(struct buf *out, const struct policy *policy)
{
    bool public = policy->balance_open & OPEN_PUBLIC, private = policy->balance_open & OPEN_PRIVATE;
    buf_printf(out, "balance:\n  enabled: %s\n  scope: county\n  open: [%s%s%s]\n", policy->balance ? "true" : "false",
               public ? "public" : "", public && private ? ", " : "", private ? "private" : "");
    if (policy->balance_neighbours) {
        buf_printf(out, "  neighbours: %u\n", (unsigned)policy->balance_neighbours);
    }
}

static void put_kind(struct buf *out, const struct place_kind *kind)
{
    buf_printf(out, "      - id: %.*s\n        ", STR_ARG(kind->id));
    put_name(out, "name", kind->name);
    if (kind->places) {
        buf_printf(out, "        places: %u\n", (unsigned)kind->places);
    } else if (!kind->rest) {
        buf_printf(out, "        share: %u\n        least: %u\n", (unsigned)kind->share, (unsigned)kind->least);
    }
    buf_printf(out, "        whom: %s\n", kind_whom_id(kind->whom));
    if (kind->whom != KIND_FOR_ALL) {
        buf_add_cstr(out, "        ");
        put_condition(out, &kind->when);
    }
    buf_printf(out, "        order: %s\n", kind_order_id(kind->order));
}

static void put_kinds(struct buf *out, const struct policy *policy)
{
    buf_add_cstr(out, policy->nkind_sets ? "kinds:\n" : "");
    for (size_t i = 0; i < policy->nkind_sets; i++) {
        const struct kind_set *set = &policy->kind_sets[i];
        buf_printf(out, "  - schools: %s",
                   set->open & OPEN_PUBLIC    ? "public"
                   : set->open & OPEN_PRIVATE ? "private"
                                              : "[");
        for (size_t k = 0; k < set->ncodes; k++) {
            buf_add_cstr(out, k ? ", " : "");
            put_quoted(out, set->codes[k]);
        }
        buf_add_cstr(out, set->ncodes ? "]\n    filled:\n" : "\n    filled:\n");
        for (size_t k = 0; k < set->nkinds; k++) {
            put_kind(out, &set->kinds[k]);
        }
    }
}

static void put_witnesses(struct buf *out, const struct policy *policy)
{
    buf_add_cstr(out, "witnesses:\n");
    for (size_t i = 0; i < policy->nwitnesses; i++) {
        const struct witness *witness = &policy->witnesses[i];
        buf_printf(out, "  - id: %.*s\n    ", STR_ARG(witness->id));
        put_name(out, "name", witness->name);
        buf_printf(out, "    kind: %s\n", witness_kind_id(witness->kind));
    }
    buf_add_cstr(out, "missing_witness: leave_out\n");
    if (policy->public_value.zh.n) {
        put_name(out, "public_value", policy->public_value);
    }
}

struct str policy_format(struct arena *arena, const struct policy *policy, const struct city *city)
{
    struct buf out = buf_init(POLICY_BYTES_MAX);
    buf_add_cstr(&out, "county: ");
    put_quoted(&out, policy->county);
    buf_printf(&out, "\nstage: %s\nyear: %d\n", stage_id(policy->stage), policy->year);
    put_name(&out, "title", policy->title);
    put_name(&out, "source", policy->source);
    buf_printf(&out, "mechanism: %s\nlots: %s\ncatchments: %s\n", mechanism_id(policy->mechanism),
               lots_id(policy->lots), catchments_id(policy->catchments));
    buf_printf(&out, "choices:\n  public: %u\n  private: %u\n  total: %u\n", (unsigned)policy->most_public,
               (unsigned)policy->most_private, (unsigned)policy->most_total);
    put_private(&out, policy);
    put_entrants(&out, arena, policy);
    put_checks(&out, city, policy->checks);
    put_categories(&out, city, policy);
    put_order(&out, policy);
    buf_printf(&out, "sibling: %s\ntogether: %s\ndwelling_lock_years: %u\n",
               policy->sibling == SIBLING_FOLLOW ? "follow" : "none", together_id(policy->together),
               (unsigned)policy->dwelling_lock_years);
    put_balance(&out, policy);
    buf_printf(&out, "places:\n  class_size: %u\n", (unsigned)policy->class_size);
    put_kinds(&out, policy);
    buf_printf(&out, "waiting:\n  who: %s\n  lots: %s\n", waiting_who_id(policy->waiting_who),
               waiting_lots_id(policy->waiting_lots));
    if (policy->audit_files) {
        buf_printf(&out, "audit:\n  files: %u\n", (unsigned)policy->audit_files);
    }
    buf_add_cstr(&out, "calendar:\n");
    for (size_t i = 0; i < MOMENT_COUNT; i++) {
        buf_printf(&out, "  %s: %s\n", moment_id((enum moment)i), ms_format(arena, policy->moments[i], false).p);
    }
    buf_printf(&out, "publication_days: %u\nreview:\n  days: %u\n", (unsigned)policy->publication_days,
               (unsigned)policy->review_days);
    put_witnesses(&out, policy);
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}
