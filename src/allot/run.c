/*
 * The run: draw numbers become places in one order, the mechanism gives out the places, balance those that are left,
 * and everything is counted.
 *
 * What must hold: the result is the same for every order of input and any number of workers (the orders are strict, and
 * each mechanism has one answer).
 */
#include "allot/engine.h"

struct allot_outcome allot_outcome_unplaced(const struct allot_problem *problem, uint32_t applicant)
{
    enum allot_reason why = problem->balance ? allot_why_not_asked(problem, applicant) : ALLOT_WHY_NO_BALANCE;
    return (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = (uint8_t)why };
}

/* How much is done after each part of a run, of EVERYTHING: as their times are for a large city. */
enum { SEEN_VALID = 1, ORDERED = 2, CHOSEN = 6, BALANCED = 8, EVERYTHING = 10 };

static void tell(const struct allot_host *host, uint64_t done)
{
    if (host != NULL && host->progress != NULL) {
        host->progress(host->ctx, done, EVERYTHING);
    }
}

static bool choose(const struct allot_problem *problem, const struct allot_host *host, const struct allot_turns *turns,
                   bool several, struct allot_result *result, struct allot_error *error)
{
    if (problem->mechanism == ALLOT_CYCLES) {
        return allot_choose_cycles(problem, host, turns, result, error);
    }
    if (several && problem->together == ALLOT_TOGETHER_FIT) {
        return allot_choose_together(problem, host, turns, result, error);
    }
    return allot_choose_deferred(problem, host, turns, several, result, error);
}

static struct allot_result *result_new(const struct allot_problem *problem, const struct allot_host *host)
{
    struct allot_result *result = allot_get_zero(host, 1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    result->applicants = problem->applicants;
    result->offers = problem->offers;
    result->outcome = allot_get(host, problem->applicants, sizeof *result->outcome);
    result->cutoff = allot_get_zero(host, problem->offers, sizeof *result->cutoff);
    result->balance.price = allot_get_zero(host, problem->offers, sizeof *result->balance.price);
    result->balance.cut_site = allot_get_zero(host, problem->sites, 1);
    result->balance.short_site = allot_get_zero(host, problem->sites, 1);
    if (!result->outcome || !result->cutoff || !result->balance.price || !result->balance.cut_site ||
        !result->balance.short_site) {
        allot_result_free(result, host);
        return NULL;
    }
    return result;
}

void allot_result_free(struct allot_result *result, const struct allot_host *host)
{
    if (result == NULL) {
        return;
    }
    allot_put(host, result->outcome);
    allot_put(host, result->cutoff);
    allot_put(host, result->kind_cutoff);
    allot_put(host, result->tally);
    allot_put(host, result->over);
    allot_put(host, result->balance.price);
    allot_put(host, result->balance.cut_site);
    allot_put(host, result->balance.short_site);
    allot_put(host, result);
}

/* Of a problem that is valid. */
static bool run(const struct allot_problem *problem, const struct allot_host *host, const struct allot_seen *seen,
                struct allot_result *result, struct allot_error *error)
{
    struct allot_turns turns;
    bool done = allot_turns_make(problem, host, problem->lot_per_offer, &turns, error);
    tell(host, ORDERED);
    done = done && choose(problem, host, &turns, seen->several, result, error);
    tell(host, CHOSEN);
    done = done && (!problem->balance || allot_balance_left(problem, host, result, error));
    tell(host, BALANCED);
    done = done && allot_count(problem, host, &turns, seen->listed, result, error);
    allot_turns_drop(host, &turns);
    return done;
}

bool allot_run(const struct allot_problem *problem, const struct allot_host *host, struct allot_result **result,
               struct allot_error *error)
{
    struct allot_seen seen;
    if (!allot_see(problem, host, &seen, error)) {
        return false;
    }
    if (problem->applicants > 0 && (problem->lot == NULL || (problem->lot_per_offer && problem->choice_lot == NULL))) {
        allot_seen_drop(&seen, host);
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the draw numbers are missing");
    }
    tell(host, SEEN_VALID);
    struct allot_result *made = result_new(problem, host);
    bool done = made == NULL ? allot_no_memory(error) : run(problem, host, &seen, made, error);
    allot_seen_drop(&seen, host);
    if (!done) {
        allot_result_free(made, host);
        return false;
    }
    tell(host, EVERYTHING);
    *result = made;
    return true;
}
