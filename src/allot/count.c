/*
 * Counts and cut-offs from the outcomes: per offer, and per offer and category.
 *
 * The categories under which an offer is listed are gathered beside each other in one pass, counted offer by offer in a
 * table over all categories of which only the touched entries are looked at, and then every admitted one is added to
 * its tally. So the cost is linear, whatever categories the policy uses. A cut-off is the standing of the last one
 * admitted by choice; who was balanced moves no cut-off.
 */
#include "allot/internal.h"

#include <string.h>

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

struct tallies {
    uint32_t *from;     /* per offer + 1: first into `category`, then into the tallies */
    uint16_t *category; /* per choice, by offer */
    uint32_t *listed;   /* per category, zero between offers */
    uint16_t *touched;  /* the categories of the offer in hand */
};

static void gather_categories(const struct allot_problem *problem, const struct allot_result *result,
                              struct tallies *tallies)
{
    uint32_t choices = problem->choice_from[problem->applicants];
    uint32_t from = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        tallies->from[j] = from;
        from += result->cutoff[j].listed;
    }
    tallies->from[problem->offers] = from;
    for (uint32_t c = 0; c < choices; c++) {
        tallies->category[tallies->from[problem->choice[c].offer]++] = problem->choice[c].category;
    }
}

static int category_order(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

/* Counts the offer's categories into `listed`; returns how many different ones were touched. */
static uint32_t touch(struct tallies *tallies, uint32_t from, uint32_t to)
{
    uint32_t touched = 0;
    for (uint32_t i = from; i < to; i++) {
        uint16_t category = tallies->category[i];
        if (tallies->listed[category]++ == 0) {
            tallies->touched[touched++] = category;
        }
    }
    return touched;
}

/* Goes through the offers; without `tally` it only counts how many tallies there will be. */
static uint32_t tally_listed(const struct allot_result *result, struct tallies *tallies, struct allot_tally *tally)
{
    uint32_t count = 0, at = 0;
    for (uint32_t j = 0; j < result->offers; j++) {
        uint32_t touched = touch(tallies, at, at + result->cutoff[j].listed);
        at += result->cutoff[j].listed;
        if (tally != NULL) {
            allot_sort(tallies->touched, touched, sizeof *tallies->touched, category_order, NULL);
            tallies->from[j] = count;
        }
        for (uint32_t i = 0; i < touched; i++, count++) {
            uint16_t category = tallies->touched[i];
            if (tally != NULL) {
                tally[count] = (struct allot_tally){ .offer = j,
                                                     .category = category,
                                                     .listed = tallies->listed[category],
                                                     .last = { .applicant = ALLOT_NONE } };
            }
            tallies->listed[category] = 0;
        }
    }
    if (tally != NULL) {
        tallies->from[result->offers] = count;
    }
    return count;
}

static void tally_admitted(const struct allot_problem *problem, const struct tallies *tallies,
                           struct allot_result *result)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        if (outcome->how != ALLOT_CHOICE) {
            continue;
        }
        struct allot_standing standing = allot_standing_at(problem, a, outcome->rank);
        uint32_t low = tallies->from[outcome->offer], high = tallies->from[outcome->offer + 1] - 1;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (result->tally[middle].category < standing.category) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        result->tally[low].admitted++;
        note_last(problem, &result->tally[low].last, &standing);
    }
}

bool allot_count(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result,
                 struct allot_error *error)
{
    count_offers(problem, result);
    uint32_t choices = problem->choice_from[problem->applicants];
    struct tallies tallies;
    tallies.from = allot_get(host, (size_t)problem->offers + 1, sizeof *tallies.from);
    tallies.category = allot_get(host, choices, sizeof *tallies.category);
    tallies.listed = allot_get_zero(host, UINT16_MAX + 1, sizeof *tallies.listed);
    tallies.touched = allot_get(host, UINT16_MAX + 1, sizeof *tallies.touched);
    bool done = tallies.from && tallies.category && tallies.listed && tallies.touched;
    if (done) {
        gather_categories(problem, result, &tallies);
        result->tallies = tally_listed(result, &tallies, NULL);
        result->tally = allot_get(host, result->tallies, sizeof *result->tally);
        done = result->tally != NULL;
    }
    if (done) {
        tally_listed(result, &tallies, result->tally);
        tally_admitted(problem, &tallies, result);
    }
    allot_put(host, tallies.from);
    allot_put(host, tallies.category);
    allot_put(host, tallies.listed);
    allot_put(host, tallies.touched);
    return done || allot_no_memory(error);
}
