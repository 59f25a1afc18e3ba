/* Settling: from the rows of facts to the child's facts, the category at each wish, and whether a person is needed.
 *
 * What must hold: it is a function of the rows; run twice it changes nothing, and the order in which answers came
 * does not matter. Once the final root of a round stands it changes nothing at all. */
#include "places/inside.h"

/* ---- Rows ---- */

bool facts_kept(struct db *db, struct arena *arena, int64_t application, struct kept_facts *out, struct error *error)
{
    struct list list = { .size = sizeof(struct kept_fact) };
    struct rows *rows =
        db_query(db, error, "select kind, state, facts from fact where application = ?1", V_INT(application));
    while (rows_next(rows)) {
        *(struct kept_fact *)list_add(&list, arena) = (struct kept_fact){
            .kind = rows_text_in(rows, 0, arena),
            .state = rows_text_in(rows, 1, arena),
            .facts = (uint32_t)rows_int(rows, 2),
        };
    }
    *out = (struct kept_facts){ list.items, list.n };
    return rows_end(rows, error);
}

const struct kept_fact *kept_of(const struct kept_facts *facts, struct str kind)
{
    for (size_t i = 0; i < facts->n; i++) {
        if (str_eq(facts->rows[i].kind, kind)) {
            return &facts->rows[i];
        }
    }
    return NULL;
}

/* ---- What is claimed, and what must be asked for it ---- */

uint32_t best_owning(uint32_t facts)
{
    uint32_t owning = facts & FACTS_OF_OWNING;
    return owning & FACT_BIT(FACT_OWNS_ALL)    ? FACT_BIT(FACT_OWNS_ALL)
           : owning & FACT_BIT(FACT_OWNS_PART) ? FACT_BIT(FACT_OWNS_PART)
                                               : owning;
}

static bool household_here(const struct loaded *loaded)
{
    return str_starts(loaded->child_division, loaded->division) ||
           (loaded->household_place.n && str_starts(loaded->household_place, loaded->division));
}

static bool dwelling_here(const struct loaded *loaded)
{
    return loaded->dwelling_place.n && str_starts(loaded->dwelling_place, loaded->division);
}

/* The child's facts if all that the family says were so; what a department has denied is not claimed any more. */
uint32_t facts_claimed(const struct city *city, const struct loaded *loaded, const struct kept_facts *kept)
{
    size_t kind = city_dwelling_index(city, loaded->claim_kind);
    uint32_t denied = 0, right = kind == SIZE_MAX ? 0 : city->dwellings[kind].facts;
    for (size_t i = 0; i < kept->n; i++) {
        size_t check = city_check_index(city, kept->rows[i].kind);
        if (check != SIZE_MAX && str_is(kept->rows[i].state, "failed")) {
            denied |= city->checks[check].yields & FACTS_CLAIMABLE;
        }
    }
    return (loaded->claims & ~denied) | (household_here(loaded) ? FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) : 0) |
           (dwelling_here(loaded) ? FACT_BIT(FACT_DWELLING_IN_COUNTY) : 0) | best_owning(right) |
           (right & (FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_RESIDENCE_PERMIT)));
}

/* With the bits that depend on the school. */
static uint32_t at_choice(uint32_t facts, const struct loaded *loaded, const struct choice_place *choice,
                          bool household, bool dwelling, bool sibling)
{
    if (household && choice->household_in) {
        facts |= FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT) | FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY);
    }
    if (dwelling && choice->dwelling_in) {
        facts |= FACT_BIT(FACT_DWELLING_IN_CATCHMENT) | FACT_BIT(FACT_DWELLING_IN_COUNTY);
    }
    if (sibling && loaded->sibling_school == choice->institution) {
        facts |= FACT_BIT(FACT_SIBLING_ENROLLED);
    }
    return facts;
}

static uint32_t needed_at(const struct city *city, const struct loaded *loaded, uint32_t facts)
{
    size_t category, subrank;
    policy_category(loaded->policy, facts, &category, &subrank);
    return policy_checks_needed(city, loaded->policy, category, facts, city_dwelling_index(city, loaded->claim_kind));
}

/* For each public wish, or as long as there is none, for a school of the home's catchment. */
uint32_t checks_needed(const struct city *city, const struct loaded *loaded, const struct kept_facts *kept,
                       const struct choice_place *choices, size_t n)
{
    uint32_t checks = 0, facts = facts_claimed(city, loaded, kept);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (choices[i].is_public) {
            checks |= needed_at(city, loaded, at_choice(facts, loaded, &choices[i], true, true, true));
            any = true;
        }
    }
    if (!any) {
        struct choice_place home = { .household_in = household_here(loaded) && loaded->household_catchment,
                                     .dwelling_in = dwelling_here(loaded) };
        checks |= needed_at(city, loaded, at_choice(facts, loaded, &home, true, true, false));
    }
    return checks;
}

/* ---- Settling ---- */

struct standing {
    uint32_t facts;                    /* of the child */
    bool household, dwelling, sibling; /* confirmed where the place lies */
    bool pending;                      /* a needed check is still with a department */
    bool all_passed;
};

static struct standing stand(const struct city *city, const struct loaded *loaded, const struct kept_facts *kept,
                             uint32_t checks)
{
    struct standing out = { .all_passed = true };
    uint32_t bits = 0;
    for (size_t i = 0; i < kept->n; i++) {
        const struct kept_fact *row = &kept->rows[i];
        size_t check = city_check_index(city, row->kind);
        bool is_needed = check == SIZE_MAX || checks & 1U << check;
        bool waits = str_is(row->state, "queued") || str_is(row->state, "not_asked");
        bits |= str_is(row->state, "passed") ? row->facts : 0;
        out.pending |= is_needed && waits;
        out.all_passed &= !is_needed || str_is(row->state, "passed");
    }
    for (size_t i = 0; i < city->nchecks; i++) {
        out.all_passed &= !(checks & 1U << i) || kept_of(kept, city->checks[i].id);
    }
    out.household = (bits & FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT)) != 0;
    out.dwelling = (bits & FACT_BIT(FACT_DWELLING_IN_CATCHMENT)) != 0;
    out.sibling = (bits & FACT_BIT(FACT_SIBLING_ENROLLED)) != 0;
    bits &= ~(uint32_t)FACTS_OF_CHOICE;
    if (!dwelling_here(loaded)) {
        bits &= ~FACT_BIT(FACT_DWELLING_IN_COUNTY);
    }
    out.facts = (bits & ~(uint32_t)FACTS_OF_OWNING) | best_owning(bits);
    return out;
}

static bool settle_choice(struct writing *writing, const struct loaded *loaded, const struct standing *standing,
                          const struct choice_place *choice, struct error *error)
{
    uint32_t facts = at_choice(standing->facts, loaded, choice, standing->household, standing->dwelling,
                               standing->sibling && loaded->policy->sibling == SIBLING_FOLLOW);
    size_t category, subrank = 0;
    if (choice->is_public) {
        policy_category(loaded->policy, facts, &category, &subrank);
    } else {
        category = policy_private_class(loaded->policy, facts);
    }
    bool sibling = (facts & FACT_BIT(FACT_SIBLING_ENROLLED)) != 0;
    if (choice->category == (int64_t)category && choice->subrank == (int64_t)subrank && choice->sibling == sibling &&
        choice->facts == (int64_t)facts) {
        return true;
    }
    return db_run(writing->db, error,
                  "update choice set category = ?3, subrank = ?4, sibling = ?5, facts = ?6 where application = ?1 and "
                  "rank = ?2",
                  V_INT(loaded->id), V_INT(choice->rank), V_INT((int64_t)category), V_INT((int64_t)subrank),
                  V_INT(sibling), V_INT((int64_t)facts));
}

/* Where a submitted application that no person has decided stands now. */
static struct str machine_review(const struct loaded *loaded, const struct standing *standing)
{
    bool open = str_is(loaded->review, "none") || str_is(loaded->review, "waiting") ||
                (str_is(loaded->review, "passed") && !standing->all_passed);
    if (!str_is(loaded->state, "submitted") || loaded->reviewer || !open) {
        return loaded->review;
    }
    return standing->all_passed ? STR("passed") : standing->pending ? STR("none") : STR("waiting");
}

bool facts_settle(struct writing *writing, struct places *places, struct loaded *loaded, struct error *error)
{
    struct kept_facts kept;
    struct choice_place *choices;
    size_t n;
    if (!round_reviewable(loaded->round_state)) {
        return true;
    }
    if (!facts_kept(writing->db, writing->arena, loaded->id, &kept, error) ||
        !choice_places(writing->db, writing->arena, loaded, &choices, &n, error)) {
        return false;
    }
    const struct city *city = places_city(places);
    struct standing standing = stand(city, loaded, &kept, checks_needed(city, loaded, &kept, choices, n));
    for (size_t i = 0; i < n; i++) {
        if (!settle_choice(writing, loaded, &standing, &choices[i], error)) {
            return false;
        }
    }
    struct str review = machine_review(loaded, &standing);
    bool changed = !str_eq(review, loaded->review);
    if (!changed && standing.facts == loaded->facts && (loaded->queue_at || !str_is(review, "waiting"))) {
        return true;
    }
    bool waits = str_is(review, "waiting");
    loaded->facts = standing.facts;
    loaded->review = review;
    return db_run(writing->db, error,
                  "update application set facts = ?2, review = ?3, queue_at = case when ?4 = 1 then "
                  "coalesce(queue_at, ?5) else queue_at end where id = ?1",
                  V_INT(loaded->id), V_INT((int64_t)standing.facts), V_TEXT(review), V_INT(waits),
                  V_INT(writing->now)) &&
           (!changed || !str_is(review, "passed") || message_add(writing, loaded->id, "passed", STR(""), error));
}

bool fact_settle(struct writing *writing, struct places *places, int64_t application, struct error *error)
{
    struct loaded loaded;
    bool found;
    return application_load(writing->db, writing->arena, places, application, 0, &loaded, &found, error) &&
           (!found || facts_settle(writing, places, &loaded, error));
}
