/* Two runs of the engine over one list, and what differs. Reads only.
 *
 * The list is read once; the second run has other capacities and nothing else. Lots are the same in both, so a child
 * gains or loses by the plan, never by chance. */
#include "places/preview.h"

#include "base/clock.h"
#include "places/round_inside.h"

#include <stdlib.h>

struct pair {
    const struct round_list *list;
    const struct allot_result *base, *what_if;
};

/* ---- Who is better off ---- */

static uint32_t steps_to(const struct allot_problem *problem, uint32_t a, uint32_t offer)
{
    uint32_t site = problem->applicant[a].site;
    for (uint32_t e = site == ALLOT_NONE ? 0 : problem->reach_from[site];
         site != ALLOT_NONE && e < problem->reach_from[site + 1]; e++) {
        if (problem->reach[e].offer == offer) {
            return problem->reach[e].steps;
        }
    }
    return 0;
}

/* One number for what a child got, smaller is better: wishes by rank, then balance by distance, then nothing. */
static uint64_t worth(const struct allot_problem *problem, uint32_t a, const struct allot_outcome *outcome)
{
    switch (outcome->how) {
    case ALLOT_CHOICE:
        return outcome->rank;
    case ALLOT_BALANCED:
        return (1ULL << 32) + steps_to(problem, a, outcome->offer);
    default:
        return UINT64_MAX;
    }
}

/* Below 0: loses; above: gains; 0: as good as before. */
static int change_of(const struct pair *pair, uint32_t a)
{
    uint64_t before = worth(&pair->list->problem, a, &pair->base->outcome[a]);
    uint64_t after = worth(&pair->list->problem, a, &pair->what_if->outcome[a]);
    return (before > after) - (before < after);
}

/* ---- Counting ---- */

static struct preview_total total_of(const struct round_list *list, const struct allot_result *result)
{
    uint32_t step = list_step_metres(list->policy);
    struct preview_total total = { .choice = result->placed_by_choice,
                                   .balance = result->placed_by_balance,
                                   .unplaced = result->unplaced,
                                   .added = result->added,
                                   .greatest = (int64_t)result->balance.greatest * step,
                                   .total = (int64_t)result->balance.total * step };
    for (uint32_t a = 0; a < result->applicants; a++) {
        bool first = result->outcome[a].how == ALLOT_CHOICE && result->outcome[a].rank == 0;
        total.first += first ? list->problem.applicant[a].places : 0;
    }
    return total;
}

static void standing_of(const struct round_list *list, const struct allot_standing *last, bool *any, int64_t *category,
                        int64_t *subrank)
{
    *any = last->applicant != ALLOT_NONE;
    if (*any) {
        const struct list_choice *choice = &list->choices[list->problem.choice_from[last->applicant] + last->rank];
        *category = choice->category;
        *subrank = choice->subrank;
    }
}

/* The kinds of places of a school, before and after. */
static void count_kinds(struct arena *arena, const struct pair *pair, uint32_t j, const uint32_t *places,
                        struct preview_school *school)
{
    const struct round_list *list = pair->list;
    const struct kind_set *set = list->offers[j].kinds;
    uint32_t from = set ? list->problem.kind_from[j] : 0;
    school->nkinds = set ? set->nkinds : 0;
    school->kinds = ARENA_ARRAY(arena, struct preview_kind, school->nkinds);
    for (size_t k = 0; k < school->nkinds; k++) {
        const struct allot_kind_cutoff *base = &pair->base->kind_cutoff[from + k];
        const struct allot_kind_cutoff *what_if = &pair->what_if->kind_cutoff[from + k];
        school->kinds[k] = (struct preview_kind){ .name = set->kinds[k].name,
                                                  .places = places[from + k],
                                                  .places_if = list->kinds[from + k].places,
                                                  .admitted = base->admitted,
                                                  .admitted_if = what_if->admitted,
                                                  .full = base->full,
                                                  .full_if = what_if->full };
        struct preview_kind *kind = &school->kinds[k];
        standing_of(list, &base->last, &kind->any, &kind->category, &kind->subrank);
        standing_of(list, &what_if->last, &kind->any_if, &kind->category_if, &kind->subrank_if);
    }
}

static void count_schools(struct arena *arena, const struct pair *pair, const int64_t *capacity_base,
                          const uint32_t *places, struct preview *out)
{
    const struct round_list *list = pair->list;
    out->nschools = list->problem.offers;
    out->schools = ARENA_ARRAY(arena, struct preview_school, out->nschools);
    for (uint32_t j = 0; j < list->problem.offers; j++) {
        struct preview_school *school = &out->schools[j];
        const struct allot_cutoff *base = &pair->base->cutoff[j], *what_if = &pair->what_if->cutoff[j];
        *school = (struct preview_school){
            .offer = list->offers[j].id,
            .school = list->offers[j].school,
            .public_school = list->offers[j].public_school,
            .capacity = capacity_base[j],
            .capacity_if = list->places[j].capacity,
            .listed = base->listed,
            .placed = (int64_t)base->admitted + base->balanced,
            .placed_if = (int64_t)what_if->admitted + what_if->balanced,
            .balanced = base->balanced,
            .balanced_if = what_if->balanced,
            .full = base->full,
            .full_if = what_if->full,
        };
        standing_of(list, &base->last, &school->any, &school->category, &school->subrank);
        standing_of(list, &what_if->last, &school->any_if, &school->category_if, &school->subrank_if);
        count_kinds(arena, pair, j, places, school);
    }
}

/* The category at the child's first wish for a public school; −1: it has none. */
static int64_t category_of(const struct round_list *list, uint32_t a)
{
    for (uint32_t c = list->problem.choice_from[a]; c < list->problem.choice_from[a + 1]; c++) {
        if (list->offers[list->problem.choice[c].offer].public_school) {
            return list->choices[c].category;
        }
    }
    return -1;
}

static void count_child(const struct pair *pair, uint32_t a, int change, struct preview *out)
{
    const struct allot_outcome *base = &pair->base->outcome[a], *what_if = &pair->what_if->outcome[a];
    const struct allot_problem *problem = &pair->list->problem;
    int64_t n = problem->applicant[a].places; /* siblings together are several children */
    struct preview_category *category = &out->categories[category_of(pair->list, a) + 1];
    category->children += n;
    category->first += (base->how == ALLOT_CHOICE && base->rank == 0) ? n : 0;
    category->first_if += (what_if->how == ALLOT_CHOICE && what_if->rank == 0) ? n : 0;
    category->balanced += base->how == ALLOT_BALANCED ? n : 0;
    category->balanced_if += what_if->how == ALLOT_BALANCED ? n : 0;
    category->unplaced += base->how == ALLOT_UNPLACED ? n : 0;
    category->unplaced_if += what_if->how == ALLOT_UNPLACED ? n : 0;
    category->gained += change > 0 ? n : 0;
    category->lost += change < 0 ? n : 0;
    out->gained += change > 0 ? n : 0;
    out->lost += change < 0 ? n : 0;
    if (problem->choice_from[a] < problem->choice_from[a + 1]) {
        struct preview_school *school = &out->schools[problem->choice[problem->choice_from[a]].offer];
        school->gained += change > 0 ? n : 0;
        school->lost += change < 0 ? n : 0;
    }
}

static struct preview_child child_of(const struct pair *pair, uint32_t a, int change)
{
    const struct round_list *list = pair->list;
    uint32_t base = pair->base->outcome[a].offer, what_if = pair->what_if->outcome[a].offer;
    return (struct preview_child){ .application = list->applicants[a].application,
                                   .receipt = list->applicants[a].receipt,
                                   .offer = base == ALLOT_NONE ? 0 : list->offers[base].id,
                                   .offer_if = what_if == ALLOT_NONE ? 0 : list->offers[what_if].id,
                                   .gains = change > 0 };
}

static void count_children(struct arena *arena, const struct pair *pair, bool with_children, struct preview *out)
{
    struct list changed = { .size = sizeof(struct preview_child) };
    out->ncategories = pair->list->policy->ncategories + 1;
    out->categories = ARENA_ARRAY(arena, struct preview_category, out->ncategories);
    for (size_t i = 0; i < out->ncategories; i++) {
        out->categories[i].category = (int64_t)i - 1;
    }
    for (uint32_t a = 0; a < pair->list->problem.applicants; a++) {
        int change = change_of(pair, a);
        count_child(pair, a, change, out);
        if (with_children && change != 0) {
            *(struct preview_child *)list_add(&changed, arena) = child_of(pair, a, change);
        }
    }
    out->children = changed.items;
    out->nchildren = changed.n;
}

/* ---- The question ---- */

static bool edit(struct round_list *list, const struct preview_question *question, struct error *error)
{
    for (size_t i = 0; i < question->nedits; i++) {
        const struct preview_edit *change = &question->edits[i];
        uint32_t j = 0;
        while (j < list->problem.offers && list->offers[j].id != change->offer) {
            j++;
        }
        if (j == list->problem.offers || change->capacity < 0 || change->capacity > 100000) {
            return error_set(error,
                             j == list->problem.offers ? "offer %lld is not of this round"
                                                       : "offer %lld: a capacity is between 0 and 100000",
                             (long long)change->offer);
        }
        round_list_plan(list, j, (uint32_t)change->capacity);
    }
    return true;
}

static void derive_lots(struct arena *arena, struct round_list *list, const struct preview_question *question)
{
    static const char rehearsal[] = "jiaoti rehearsal";
    unsigned char seed[SM3_BYTES];
    sm3_of(rehearsal, sizeof rehearsal - 1, seed);
    round_list_lots(list, arena, question->seed ? question->seed : seed);
}

static bool run(const struct round_list *list, struct allot_result **result, struct error *error)
{
    struct allot_error wrong = { 0 };
    return allot_run(&list->problem, NULL, result, &wrong) ||
           error_set(error, "the rehearsal could not be run: %s", wrong.message);
}

static bool compare(struct arena *arena, struct round_list *list, const struct preview_question *question,
                    struct preview *out, struct error *error)
{
    struct allot_result *base = NULL, *what_if = NULL;
    int64_t *capacity = ARENA_ARRAY(arena, int64_t, list->problem.offers);
    for (uint32_t j = 0; j < list->problem.offers; j++) {
        capacity[j] = list->places[j].capacity;
    }
    uint32_t kinds = list->problem.kind_from ? list->problem.kind_from[list->problem.offers] : 0;
    uint32_t *places = ARENA_ARRAY(arena, uint32_t, kinds);
    for (uint32_t k = 0; k < kinds; k++) {
        places[k] = list->kinds[k].places;
    }
    bool good =
        run(list, &base, error) && edit(list, question, error) && (question->nedits == 0 || run(list, &what_if, error));
    if (good) {
        struct pair pair = { list, base, what_if ? what_if : base };
        for (uint32_t a = 0; a < list->problem.applicants; a++) {
            out->applicants += list->problem.applicant[a].places;
        }
        out->base = total_of(list, pair.base);
        out->what_if = total_of(list, pair.what_if);
        count_schools(arena, &pair, capacity, places, out);
        count_children(arena, &pair, question->with_children, out);
    }
    allot_result_free(base, NULL);
    allot_result_free(what_if, NULL);
    return good;
}

bool preview_run(struct db *db, struct arena *arena, const struct preview_question *question, struct preview *out,
                 struct error *error)
{
    struct round_list list;
    enum list_rule rule;
    int64_t begun = clock_monotonic_us();
    *out = (struct preview){ 0 };
    if (!round_list_rule(db, question->round, &rule, error) ||
        !round_list_build(db, question->places, arena, question->round, rule, false, &list, error)) {
        return false;
    }
    derive_lots(arena, &list, question);
    bool good = compare(arena, &list, question, out, error);
    out->took_us = clock_monotonic_us() - begun;
    return good;
}
