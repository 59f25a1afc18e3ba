/*
 * Counts and cut-offs from the outcomes: per offer, and per offer and category.
 *
 * Choices are put in the order (offer, category) by two counting passes, so the cost is linear whatever categories the
 * policy uses. A cut-off is the standing of the last one admitted by choice; who was balanced moves no cut-off.
 */
#include "allot/internal.h"

#include <string.h>

struct listed {
    uint32_t applicant;
    uint16_t rank;
    uint16_t category;
};

static void note_last(const struct allot_problem *problem, struct allot_standing *last,
                      const struct allot_standing *standing)
{
    if (last->applicant == ALLOT_NONE || allot_compare_standings(problem, last, standing) < 0) {
        *last = *standing;
    }
}

static void count_offers(const struct allot_problem *problem, struct allot_result *result)
{
    for (uint32_t j = 0; j < problem->offers; j++) {
        result->cutoff[j] = (struct allot_cutoff){ .last = { .applicant = ALLOT_NONE } };
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            result->cutoff[problem->choice[c].offer].listed++;
        }
        const struct allot_outcome *outcome = &result->outcome[a];
        if (outcome->how == ALLOT_CHOICE) {
            struct allot_cutoff *cutoff = &result->cutoff[outcome->offer];
            struct allot_standing standing = allot_standing_at(problem, a, outcome->rank);
            cutoff->admitted++;
            note_last(problem, &cutoff->last, &standing);
            result->placed_by_choice++;
        } else if (outcome->how == ALLOT_BALANCED) {
            result->cutoff[outcome->offer].balanced++;
            result->placed_by_balance++;
        } else {
            result->unplaced++;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        result->cutoff[j].full = result->cutoff[j].admitted == problem->offer[j].capacity;
    }
}

/* First pass: by category. start has room for all 65,536 categories and one more. */
static void by_category(const struct allot_problem *problem, uint32_t *start, struct listed *sorted)
{
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t c = 0; c < choices; c++) {
        start[(uint32_t)problem->choice[c].category + 1]++;
    }
    for (uint32_t k = 0; k <= UINT16_MAX; k++) {
        start[k + 1] += start[k];
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            uint16_t category = problem->choice[c].category;
            sorted[start[category]++] = (struct listed){ a, (uint16_t)(c - problem->choice_from[a]), category };
        }
    }
}

static uint32_t offer_of(const struct allot_problem *problem, const struct listed *listed)
{
    return problem->choice[problem->choice_from[listed->applicant] + listed->rank].offer;
}

/* Second pass, stable: by offer. */
static void by_offer(const struct allot_problem *problem, const struct allot_result *result, uint32_t *start,
                     const struct listed *from, struct listed *to)
{
    start[0] = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        start[j + 1] = start[j] + result->cutoff[j].listed;
    }
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t i = 0; i < choices; i++) {
        to[start[offer_of(problem, &from[i])]++] = from[i];
    }
}

static bool starts_tally(const struct allot_problem *problem, const struct listed *sorted, uint32_t i)
{
    return i == 0 || sorted[i].category != sorted[i - 1].category ||
           offer_of(problem, &sorted[i]) != offer_of(problem, &sorted[i - 1]);
}

static bool make_tallies(const struct allot_problem *problem, const struct allot_memory *memory,
                         const struct listed *sorted, struct allot_result *result)
{
    uint32_t choices = problem->choice_from[problem->applicants];
    uint32_t tallies = 0;
    for (uint32_t i = 0; i < choices; i++) {
        tallies += starts_tally(problem, sorted, i);
    }
    result->tally = allot_get(memory, tallies, sizeof *result->tally);
    if (result->tally == NULL) {
        return false;
    }
    struct allot_tally *tally = NULL;
    for (uint32_t i = 0; i < choices; i++) {
        if (starts_tally(problem, sorted, i)) {
            tally = &result->tally[result->tallies++];
            *tally = (struct allot_tally){ .offer = offer_of(problem, &sorted[i]),
                                           .category = sorted[i].category,
                                           .last = { .applicant = ALLOT_NONE } };
        }
        tally->listed++;
        const struct allot_outcome *outcome = &result->outcome[sorted[i].applicant];
        if (outcome->how == ALLOT_CHOICE && outcome->rank == sorted[i].rank) {
            struct allot_standing standing = allot_standing_at(problem, sorted[i].applicant, sorted[i].rank);
            tally->admitted++;
            note_last(problem, &tally->last, &standing);
        }
    }
    return true;
}

bool allot_count(const struct allot_problem *problem, const struct allot_memory *memory, struct allot_result *result,
                 struct allot_error *error)
{
    count_offers(problem, result);
    uint32_t choices = problem->choice_from[problem->applicants];
    struct listed *once = allot_get(memory, choices, sizeof *once);
    struct listed *twice = allot_get(memory, choices, sizeof *twice);
    uint32_t *category_start = allot_get_zero(memory, UINT16_MAX + 2, sizeof *category_start);
    uint32_t *offer_start = allot_get(memory, (size_t)problem->offers + 1, sizeof *offer_start);
    bool done = once && twice && category_start && offer_start;
    if (done) {
        by_category(problem, category_start, once);
        by_offer(problem, result, offer_start, once, twice);
        done = make_tallies(problem, memory, twice, result);
    }
    allot_put(memory, once);
    allot_put(memory, twice);
    allot_put(memory, category_start);
    allot_put(memory, offer_start);
    return done || allot_no_memory(error);
}
