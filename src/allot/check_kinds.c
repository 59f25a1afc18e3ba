/*
 * The kinds of places of those who were balanced to offers with kinds (docs/transcript.md, "Balance", "Kinds"): tickets
 * of several places first, then the others, each in the order of (lot, ticket), take the first kind that is not kept
 * hard for a group and has as many places left as they need; if no single kind has, the first that has any.
 */
#include "allot/seats.h"

static int arrival(const void *one, const void *other, const void *ctx)
{
    const struct allot_problem *problem = ctx;
    uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;
    bool several = problem->applicant[first].places > 1;
    if (several != (problem->applicant[second].places > 1)) {
        return several ? -1 : 1;
    }
    return allot_compare_own_lots(problem, first, second);
}

/* Who `comes` with places to seat gets which of the offer's kinds? ALLOT_NONE: no kind has a place left. */
static uint32_t kind_for(const struct allot_problem *problem, uint32_t offer, const uint32_t *left, uint32_t places)
{
    uint32_t kinds = allot_seats_at(problem, offer), any = ALLOT_NONE;
    for (uint32_t k = 0; k < kinds; k++) {
        if (problem->kind[problem->kind_from[offer] + k].whom == ALLOT_MEMBERS_ONLY) {
            continue;
        }
        if (left[k] >= places) {
            return k;
        }
        any = any == ALLOT_NONE && left[k] > 0 ? k : any;
    }
    return any;
}

static bool kinds_true(const struct allot_problem *problem, const struct allot_result *result, uint32_t *left,
                       uint32_t *from, uint32_t *child, struct allot_error *error)
{
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t first = from[j], to = from[j + 1];
        if (first == to) {
            continue;
        }
        allot_sort(child + first, to - first, sizeof *child, arrival, problem);
        for (uint32_t k = 0; k < allot_seats_at(problem, j); k++) {
            uint32_t places = problem->kind[problem->kind_from[j] + k].places;
            uint32_t admitted = result->kind_cutoff[problem->kind_from[j] + k].admitted;
            left[k] = admitted < places ? places - admitted : 0;
        }
        for (uint32_t i = first; i < to; i++) {
            uint32_t a = child[i], places = problem->applicant[a].places;
            uint32_t kind = kind_for(problem, j, left, places);
            if (kind == ALLOT_NONE || result->outcome[a].kind != kind) {
                return allot_fail(error, ALLOT_FAULT_RESULT,
                                  "balance: a child has a kind of place that is not its turn's (number %u)", a);
            }
            left[kind] -= left[kind] < places ? left[kind] : places;
        }
    }
    return true;
}

static inline bool concerned(const struct allot_problem *problem, const struct allot_outcome *outcome)
{
    return outcome->how == ALLOT_BALANCED && allot_has_kinds(problem, outcome->offer);
}

bool allot_check_balanced_kinds(const struct allot_problem *problem, const struct allot_result *result,
                                const struct allot_host *host, struct allot_error *error)
{
    if (allot_kinds_in_all(problem) == 0) {
        return true;
    }
    uint32_t *left = allot_get(host, ALLOT_MAX_KINDS, sizeof *left);
    uint32_t *from = allot_get_zero(host, (size_t)problem->offers + 1, sizeof *from);
    uint32_t *child = allot_get(host, problem->applicants, sizeof *child);
    bool right = left != NULL && from != NULL && child != NULL;
    if (!right) {
        allot_no_memory(error);
    } else {
        for (uint32_t a = 0; a < problem->applicants; a++) {
            if (concerned(problem, &result->outcome[a])) {
                from[result->outcome[a].offer]++;
            }
        }
        for (uint32_t j = 0; j < problem->offers; j++) {
            from[j + 1] += from[j];
        }
        for (uint32_t a = 0; a < problem->applicants; a++) { /* leaves in from[j] where offer j begins */
            if (concerned(problem, &result->outcome[a])) {
                child[--from[result->outcome[a].offer]] = a;
            }
        }
        right = kinds_true(problem, result, left, from, child, error);
    }
    allot_put(host, left);
    allot_put(host, from);
    allot_put(host, child);
    return right;
}
