/*
 * Fuzz target of the policy reader: what the county's form hands to policy_parse, beside the demo city.
 *
 * What must hold for any bytes: a refused text has a mistake in words of both languages; an accepted one has a
 * canonical form, which is read as the same policy; and the policy says something sensible about every child that can
 * be.
 */
#include "target.h"

#include "city/city.h"

#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***word);

static struct city *city;

int LLVMFuzzerInitialize(int *count, char ***word)
{
    (void)count;
    (void)word;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct error error;
    MUST(city_read(&city, FUZZ_CITY, mistakes, &error), "the demo city: %s", error.message);
    city_mistakes_free(mistakes);
    return 0;
}

static void check_mistakes(const struct city_mistakes *mistakes)
{
    MUST(mistakes->n > 0 && mistakes->n <= CITY_MISTAKES_MAX + 1, "refused with %zu mistakes", mistakes->n);
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *mistake = &mistakes->items[i];
        for (int lang = 0; lang < 2; lang++) {
            struct str says = str_of(text_in(mistake->says, (enum lang)lang));
            MUST(says.n > 0 && str_is_utf8(says), "a mistake in line %u that cannot be shown", mistake->line);
        }
    }
}

static void check_children(const struct policy *policy)
{
    for (uint32_t facts = 0; facts < 1u << FACT_COUNT; facts += 1 + facts % 7) {
        if (facts_are_possible(facts)) {
            size_t category = SIZE_MAX, subrank = SIZE_MAX;
            policy_category(policy, facts, &category, &subrank);
            MUST(category < policy->ncategories, "facts %x have no category", facts);
            size_t subranks = policy->categories[category].nsubranks;
            MUST(subranks == 0 ? subrank == 0 : subrank < subranks, "facts %x have no sub-rank", facts);
            (void)policy_priority(policy, category, subrank, facts % 2 == 1, facts * 3);
            (void)policy_private_class(policy, facts);
            (void)policy_checks_needed(city, policy, category, facts, facts % (city->ndwellings + 1));
        }
    }
}

static void check_accepted(struct arena *arena, const struct policy *policy)
{
    struct str form = policy_format(arena, policy, city);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct policy *again = NULL;
    MUST(policy_parse(arena, form, "again.yaml", city, &again, mistakes), "the canonical form is refused");
    MUST(policy_equal(policy, again), "the canonical form is another policy");
    struct str form_again = policy_format(arena, again, city);
    MUST(form.n == form_again.n && memcmp(form.p, form_again.p, form.n) == 0, "the canonical form has another one");
    city_mistakes_free(mistakes);
    check_children(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + (size == 0));
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    struct arena *arena = arena_new(0);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct policy *policy = NULL;
    if (policy_parse(arena, (struct str){ bytes, size }, "policy.yaml", city, &policy, mistakes)) {
        MUST(mistakes->n == 0, "accepted with a mistake");
        check_accepted(arena, policy);
    } else {
        MUST(policy == NULL, "refused, and there is a policy");
        check_mistakes(mistakes);
    }
    city_mistakes_free(mistakes);
    arena_free(arena);
    free(bytes);
    return 0;
}
