/*
 * The independent check. It shares with the run only the definition of who stands before whom; it does not repeat the
 * run but looks at the result for what must not be: somebody over capacity, somebody passed over, a place wasted,
 * a child without an answer, a count that is not true.
 *
 * With ALLOT_SERIAL the order at an offer starts with the rank, and then only one result passes: among those who
 * listed an offer first, the best are in; among those who listed it second and are still without, the best of what is
 * left; and so on, which is the definition of the mechanism.
 */
#include "allot/internal.h"

#include <string.h>

static bool wrong(struct allot_error *error, const char *what, uint32_t where)
{
    return allot_fail(error, ALLOT_FAULT_RESULT, "%s (number %u)", what, where);
}

static bool outcome_possible(const struct allot_problem *problem, uint32_t a, const struct allot_outcome *outcome,
                             struct allot_error *error)
{
    uint32_t from = problem->choice_from[a], ranks = problem->choice_from[a + 1] - from;
    switch (outcome->how) {
    case ALLOT_CHOICE:
        if (outcome->rank >= ranks || problem->choice[from + outcome->rank].offer != outcome->offer) {
            return wrong(error, "an applicant is at an offer that it did not list at that rank", a);
        }
        break;
    case ALLOT_BALANCED:
        if (!problem->balance || allot_why_not_asked(problem, a) != ALLOT_WHY_NOTHING || outcome->rank != 0) {
            return wrong(error, "an applicant was balanced against the rules", a);
        }
        if (outcome->offer >= problem->offers || !problem->offer[outcome->offer].balance) {
            return wrong(error, "an applicant was balanced to an offer that is not open to it", a);
        }
        break;
    case ALLOT_UNPLACED:
        if (outcome->offer != ALLOT_NONE || outcome->rank != 0 || outcome->reason == ALLOT_WHY_NOTHING ||
            outcome->reason > ALLOT_WHY_SHORTAGE) {
            return wrong(error, "an applicant is unplaced without a reason", a);
        }
        return true;
    default:
        return wrong(error, "an applicant has no outcome", a);
    }
    return outcome->reason == ALLOT_WHY_NOTHING ||
           wrong(error, "a placed applicant has a reason for being unplaced", a);
}

static bool reason_true(const struct allot_problem *problem, uint32_t a, uint8_t reason, struct allot_error *error)
{
    enum allot_reason rules = problem->balance ? allot_why_not_asked(problem, a) : ALLOT_WHY_NO_BALANCE;
    bool balance_failed = reason == ALLOT_WHY_NOTHING_IN_REACH || reason == ALLOT_WHY_SHORTAGE;
    if (rules == ALLOT_WHY_NOTHING ? !balance_failed : reason != rules) {
        return wrong(error, "the reason of an unplaced applicant is not the true one", a);
    }
    return true;
}

/* Counts afresh into `true_cutoff` and compares. */
static bool counts_true(const struct allot_problem *problem, const struct allot_result *result,
                        struct allot_cutoff *cutoff, struct allot_error *error)
{
    uint32_t how[3] = { 0, 0, 0 };
    for (uint32_t j = 0; j < problem->offers; j++) {
        cutoff[j].last.applicant = ALLOT_NONE;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        if (!outcome_possible(problem, a, outcome, error) ||
            (outcome->how == ALLOT_UNPLACED && !reason_true(problem, a, outcome->reason, error))) {
            return false;
        }
        how[outcome->how]++;
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
            cutoff[problem->choice[c].offer].listed++;
        }
        if (outcome->how == ALLOT_BALANCED) {
            cutoff[outcome->offer].balanced++;
        } else if (outcome->how == ALLOT_CHOICE) {
            struct allot_cutoff *at = &cutoff[outcome->offer];
            struct allot_standing standing = allot_standing_at(problem, a, outcome->rank);
            at->admitted++;
            if (at->last.applicant == ALLOT_NONE || allot_compare_standings(problem, &at->last, &standing) < 0) {
                at->last = standing;
            }
        }
    }
    if (how[ALLOT_CHOICE] != result->placed_by_choice || how[ALLOT_BALANCED] != result->placed_by_balance ||
        how[ALLOT_UNPLACED] != result->unplaced) {
        return wrong(error, "the sums of placed and unplaced are not true", result->unplaced);
    }
    return true;
}

static bool offers_true(const struct allot_problem *problem, const struct allot_result *result,
                        struct allot_cutoff *cutoff, struct allot_error *error)
{
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_cutoff *said = &result->cutoff[j];
        cutoff[j].full = cutoff[j].admitted == problem->offer[j].capacity;
        if ((uint64_t)cutoff[j].admitted + cutoff[j].balanced > problem->offer[j].capacity) {
            return wrong(error, "an offer has more children than places", j);
        }
        if (said->listed != cutoff[j].listed || said->admitted != cutoff[j].admitted ||
            said->balanced != cutoff[j].balanced || said->full != cutoff[j].full ||
            said->last.applicant != cutoff[j].last.applicant) {
            return wrong(error, "the cut-off of an offer is not true", j);
        }
        if (said->last.applicant != ALLOT_NONE &&
            (said->last.rank != cutoff[j].last.rank || said->last.priority != cutoff[j].last.priority ||
             said->last.category != cutoff[j].last.category)) {
            return wrong(error, "the cut-off of an offer does not describe its last one", j);
        }
    }
    return true;
}

/* Nobody would rather be at an offer that has a place, or where somebody stands who came behind. */
static bool nobody_passed_over(const struct allot_problem *problem, const struct allot_result *result,
                               const struct allot_cutoff *cutoff, struct allot_error *error)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        uint32_t ranks = problem->choice_from[a + 1] - problem->choice_from[a];
        uint32_t better = outcome->how == ALLOT_CHOICE ? outcome->rank : ranks;
        for (uint32_t rank = 0; rank < better; rank++) {
            uint32_t offer = problem->choice[problem->choice_from[a] + rank].offer;
            if (!cutoff[offer].full) {
                return wrong(error, "an applicant was refused where a place was left", a);
            }
            struct allot_standing own = allot_standing_at(problem, a, (uint16_t)rank);
            if (cutoff[offer].last.applicant != ALLOT_NONE &&
                allot_compare_standings(problem, &own, &cutoff[offer].last) < 0) {
                return wrong(error, "an applicant was passed over by one who stood behind", a);
            }
        }
    }
    return true;
}

/* The tallies add up to the offers' counts, are in order, and hold the offer's last one. */
static bool tallies_true(const struct allot_problem *problem, const struct allot_result *result,
                         const struct allot_cutoff *cutoff, struct allot_error *error)
{
    uint32_t i = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t listed = 0, admitted = 0;
        bool last = cutoff[j].last.applicant == ALLOT_NONE;
        for (uint32_t first = i; i < result->tallies && result->tally[i].offer == j; i++) {
            const struct allot_tally *tally = &result->tally[i];
            if (i > first && tally->category <= result->tally[i - 1].category) {
                return wrong(error, "the categories of an offer are out of order", j);
            }
            listed += tally->listed;
            admitted += tally->admitted;
            last = last || tally->last.applicant == cutoff[j].last.applicant;
        }
        if (listed != cutoff[j].listed || admitted != cutoff[j].admitted || !last) {
            return wrong(error, "the counts by category of an offer are not true", j);
        }
    }
    return i == result->tallies || wrong(error, "a count by category belongs to no offer", i);
}

bool allot_check(const struct allot_problem *problem, const struct allot_result *result, const struct allot_host *host,
                 struct allot_error *error)
{
    if (!allot_problem_valid(problem, host, error)) {
        return false;
    }
    if (result->applicants != problem->applicants || result->offers != problem->offers) {
        return wrong(error, "the result has another number of applicants or offers", result->applicants);
    }
    struct allot_cutoff *cutoff = allot_get_zero(host, problem->offers, sizeof *cutoff);
    if (cutoff == NULL) {
        return allot_no_memory(error);
    }
    bool right = counts_true(problem, result, cutoff, error) && offers_true(problem, result, cutoff, error) &&
                 nobody_passed_over(problem, result, cutoff, error) && tallies_true(problem, result, cutoff, error) &&
                 (!problem->balance || allot_check_balance(problem, result, host, error));
    allot_put(host, cutoff);
    return right;
}
