/* Answers that are there before they are asked for. A family at the phone sees most checks answered at once, by the
 * quick question of connect; for a hundred thousand applications it is also the short way: one row a fact instead of a
 * question that waits and an answer that comes. What is foreseen wrongly costs nothing but time: what the application
 * asks beside it waits in the queue and is answered from there (apply_answers). */
#include "demo/asked.h"

/* What the family claims, at a school of its home's catchment. */
static uint32_t claimed(const struct builder *builder, const struct family *family, const struct dwelling_kind *kind,
                        uint32_t claims)
{
    const uint32_t *home = builder->schools->home[family->stage];
    uint32_t facts = claims | FACT_BIT(FACT_DWELLING_IN_COUNTY) | FACT_BIT(FACT_DWELLING_IN_CATCHMENT);
    uint32_t owning = kind->facts & FACTS_OF_OWNING;
    facts |= owning & FACT_BIT(FACT_OWNS_ALL) ? FACT_BIT(FACT_OWNS_ALL) : owning;
    facts |= kind->facts & (FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_RESIDENCE_PERMIT));
    if (family->household_community != MESH_NONE) {
        facts |= FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY);
        if (home[family->household_community] == home[family->community]) {
            facts |= FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT);
        }
    }
    return facts;
}

/* The question of a kind (docs/departments.md). */
static struct str question_of(struct arena *arena, const struct family *family, struct str kind,
                              const struct person *child)
{
    struct str person = family->guardians[0].citizen;
    bool grandparents = family->situation == LIVES_GRANDPARENTS;
    const struct person *owner = grandparents ? &family->grandparent : &family->guardians[0];
    if (str_is(kind, "household")) {
        return arena_printf(arena, "{\"child\":\"%.*s\",\"guardian\":\"%.*s\"}", STR_ARG(child->citizen),
                            STR_ARG(person));
    }
    if (str_is(kind, "property")) {
        return arena_printf(arena, "{\"address\":\"%.*s\",\"owner\":\"%.*s\",\"owner_name\":\"%.*s\"}",
                            STR_ARG(family->address), STR_ARG(owner->citizen), STR_ARG(owner->name));
    }
    if (str_is(kind, "contract")) {
        return arena_printf(arena, "{\"address\":\"%.*s\",\"holder\":\"%.*s\"}", STR_ARG(family->address),
                            STR_ARG(owner->citizen));
    }
    if (str_is(kind, "social_security") || str_is(kind, "licence") || str_is(kind, "permit")) {
        return arena_printf(arena, "{\"person\":\"%.*s\"}", STR_ARG(person));
    }
    if (str_is(kind, "birth") || str_is(kind, "disability")) {
        return arena_printf(arena, "{\"child\":\"%.*s\"}", STR_ARG(child->citizen));
    }
    return arena_printf(arena, "{\"child\":\"%.*s\",\"person\":\"%.*s\"}", STR_ARG(child->citizen), STR_ARG(person));
}

bool asked_before(struct builder *builder, const struct family *family, const struct truth *truth,
                  const struct dwelling_kind *kind, uint32_t claims, int64_t application, const struct person *child,
                  struct error *error)
{
    const struct city *city = builder->city;
    const struct demo_round *round =
        round_of(builder, builder->land->communities[family->community].county, family->stage);
    uint32_t facts = claimed(builder, family, kind, claims);
    size_t category, subrank;
    policy_category(round->policy, facts, &category, &subrank);
    uint32_t checks = policy_checks_needed(city, round->policy, category, facts, city_dwelling_index(city, kind->id));
    for (size_t i = 0; i < city->nchecks; i++) {
        const struct check *check = &city->checks[i];
        /* The second of twins finds the dwelling's answer with the first. */
        bool again = child != &family->children[0] && !str_is(check->id, "household") && !str_is(check->id, "birth");
        if (!(checks & 1U << i) || again) {
            continue;
        }
        struct ask_request request = {
            .authority = city->authorities[check->authority].id,
            .kind = check->id,
            .application = application,
            .division = round->policy->county,
            .question = question_of(builder->family, family, check->id, child),
        };
        struct str answer = truth_answer(builder->family, truth, family, check->id, request.question);
        struct str number;
        if (answer.n == 0) {
            continue;
        }
        if (!ask_number(builder->writing->arena, &number, error) ||
            !ask_keep(builder->writing, &request, number, answer, builder->writing->now, error)) {
            return false;
        }
    }
    return true;
}
