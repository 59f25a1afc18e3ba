/*
 * The pass over the applicants that is nearly all of the independent check (check.c tells the idea).
 *
 * Where no offer has kinds, each wish costs a look at its cell and one comparison: not with the bar, but with the first
 * one refused so far, who stands behind it. Only who stands before that one is looked at closely, which after the first
 * few are hardly any.
 */
#include "allot/check.h"
#include "allot/workers.h"

#include <string.h>

bool allot_outcome_possible(const struct allot_problem *problem, uint32_t a, const struct allot_outcome *outcome,
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
        if (outcome->offer != ALLOT_NONE || outcome->rank != 0 || outcome->kind != 0 ||
            outcome->reason == ALLOT_WHY_NOTHING || outcome->reason > ALLOT_WHY_SHORTAGE) {
            return wrong(error, "an applicant is unplaced without a reason", a);
        }
        return true;
    default:
        return wrong(error, "an applicant has no outcome", a);
    }
    if (outcome->kind >= allot_seats_at(problem, outcome->offer)) {
        return wrong(error, "an applicant has a kind of place that the offer has not", a);
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

/* A bar without an applicant is either open to everybody or to nobody. */
static inline bool before_bar(const struct allot_problem *problem, const struct allot_key *key,
                              const struct allot_key *bar)
{
    if (key->order != bar->order) {
        return key->order < bar->order;
    }
    if (key->high != bar->high) {
        return key->high < bar->high;
    }
    return bar->applicant != ALLOT_NONE && allot_compare_equal_keys(problem, key, bar) < 0;
}

uint32_t allot_cell_of(const struct checking *checking, uint32_t offer, uint32_t category)
{
    if (checking->stride > 0) {
        return category < checking->stride ? offer * checking->stride + category : ALLOT_NONE;
    }
    uint32_t low = checking->tally_from[offer], high = checking->tally_from[offer + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (checking->result->tally[middle].category < category) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < checking->tally_from[offer + 1] && checking->result->tally[low].category == category;
    return found ? low : ALLOT_NONE;
}

/* A wish is refused by a seat that it would rather have. False if it stands before the bar. */
static bool refused_rightly(const struct checking *checking, struct sums *sums, uint32_t s, const struct allot_key *key)
{
    struct allot_key *first = &sums->refused[s];
    if (before_bar(checking->problem, key, &checking->bar[s])) {
        return false;
    }
    if (first->applicant == ALLOT_NONE || allot_compare_keys(checking->problem, key, first) < 0) {
        *first = *key;
    }
    return true;
}

/* Nobody refused stands before the bar, so who stands behind one of them need not be compared with it. */
static inline bool stands_behind(const struct allot_key *key, const struct allot_key *refused)
{
    return allot_words_before(refused, key);
}

/* Could this wish have had one of the seats from … to − 1? If not, it was refused by those that take it. */
static inline bool could_have(const struct checking *checking, struct sums *sums, uint32_t a, uint32_t c, uint32_t from,
                              uint32_t to)
{
    const struct allot_problem *problem = checking->problem;
    for (uint32_t s = from; s < to; s++) {
        const struct allot_seat *seat = &checking->seats.seat[s];
        if (allot_seat_takes(problem, seat, &problem->choice[c])) {
            struct allot_key key = allot_key_at(problem, seat, a, c);
            if (!stands_behind(&key, &sums->refused[s]) && !refused_rightly(checking, sums, s, &key)) {
                return true;
            }
        }
    }
    return false;
}

/* The one named as last stands behind nobody. (Nobody named: the words are zero, and hardly anybody stands before.) */
static inline bool is_behind(const struct allot_problem *problem, const struct allot_key *key,
                             const struct allot_key *last)
{
    if (allot_words_before(key, last)) {
        return false;
    }
    return last->applicant != key->applicant &&
           (last->applicant == ALLOT_NONE || allot_compare_keys(problem, key, last) >= 0);
}

/* Who has a kind may have it, is not behind its last one, and could not have had a kind before it. */
static bool kind_true(const struct checking *checking, struct sums *sums, uint32_t a, uint32_t c)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_outcome *outcome = &checking->result->outcome[a];
    uint32_t first = checking->seats.from[outcome->offer], s = first + outcome->kind;
    const struct allot_seat *seat = &checking->seats.seat[s];
    if (!allot_seat_takes(problem, seat, &problem->choice[c])) {
        return wrong(&sums->error, "an applicant has a kind of place that it cannot have", a);
    }
    struct allot_key key = allot_key_at(problem, seat, a, c);
    if (is_behind(problem, &key, &checking->last[s])) {
        return wrong(&sums->error, "an applicant stands behind the cut-off of its place", a);
    }
    if (checking->stable && could_have(checking, sums, a, c, first, s)) {
        return wrong(&sums->error, "an applicant could have had a kind of place that comes first", a);
    }
    sums->at_seat[s] += problem->applicant[a].places;
    return true;
}

/* The order of tallies is that of offers without kinds. */
static inline struct allot_key plain_key(const struct checking *checking, uint32_t a, uint32_t c, uint64_t rank)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_choice *choice = &problem->choice[c];
    uint64_t order = (choice->priority & checking->mask[choice->offer]) | rank;
    return (struct allot_key){ order, allot_lot_at(problem, a, c).high, a, c };
}

/* As it counts in the order: with serial alone. */
static inline uint64_t rank_of(const struct allot_problem *problem, uint32_t a, uint32_t c)
{
    return problem->mechanism == ALLOT_SERIAL ? (uint64_t)(c - problem->choice_from[a]) << 33 : 0;
}

/* Who was admitted is not behind the last one of its category; of an offer without kinds that is enough, as its cut-off
 * is compared with those of its categories. */
static inline bool admitted_true(const struct checking *checking, struct sums *sums, uint32_t a, uint32_t c,
                                 uint32_t cell)
{
    const struct allot_problem *problem = checking->problem;
    struct allot_key key = plain_key(checking, a, c, rank_of(problem, a, c));
    if (is_behind(problem, &key, &checking->tally_last[cell])) {
        return wrong(&sums->error, "an applicant stands behind the last one of its offer and category", a);
    }
    sums->admitted[cell] += problem->applicant[a].places;
    return true;
}

static bool applicant_true(const struct checking *checking, struct sums *sums, uint32_t a)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_outcome *outcome = &checking->result->outcome[a];
    uint32_t places = problem->applicant[a].places;
    if (!allot_outcome_possible(problem, a, outcome, &sums->error) ||
        (outcome->how == ALLOT_UNPLACED && !reason_true(problem, a, outcome->reason, &sums->error))) {
        return false;
    }
    uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
    for (uint32_t c = from; c < to; c++) {
        uint32_t cell = allot_cell_of(checking, problem->choice[c].offer, problem->choice[c].category);
        if (cell == ALLOT_NONE) {
            return wrong(&sums->error, "an applicant's wish is in no count by category", a);
        }
        sums->listed[cell] += places;
    }
    uint32_t better = outcome->how == ALLOT_CHOICE ? from + outcome->rank : to;
    for (uint32_t c = from; checking->stable && c < better; c++) {
        uint32_t offer = problem->choice[c].offer;
        if (could_have(checking, sums, a, c, checking->seats.from[offer], checking->seats.from[offer + 1])) {
            return wrong(&sums->error,
                         "an applicant was refused where a place was left or went to one who stood behind", a);
        }
    }
    sums->how[outcome->how] += places;
    if (outcome->how == ALLOT_BALANCED) {
        sums->balanced[outcome->offer] += places;
    }
    if (outcome->how != ALLOT_CHOICE) {
        return true;
    }
    uint32_t own = from + outcome->rank;
    return admitted_true(checking, sums, a, own,
                         allot_cell_of(checking, outcome->offer, problem->choice[own].category)) &&
           (allot_kinds_at(problem, outcome->offer) == 0 || kind_true(checking, sums, a, own));
}

/* The same where no offer has kinds, and cells are found without looking. */
static bool plain_applicants_true(const struct checking *checking, struct sums *sums, uint32_t a, uint32_t end)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_choice *choice = problem->choice;
    const struct allot_outcome *outcomes = checking->result->outcome;
    const uint32_t *choice_from = problem->choice_from;
    uint32_t *restrict listed = sums->listed;
    const uint32_t stride = checking->stride;
    const bool stable = checking->stable;
    uint32_t how[3] = { 0 };
    for (; a < end; a++) {
        const struct allot_outcome outcome = outcomes[a];
        uint32_t places = problem->applicant[a].places;
        uint32_t from = choice_from[a], to = choice_from[a + 1], own = from + outcome.rank;
        bool placed = outcome.how == ALLOT_CHOICE;
        bool usual = placed && own < to && choice[own].offer == outcome.offer && outcome.kind == 0 &&
                     outcome.reason == ALLOT_WHY_NOTHING;
        if (!usual && (!allot_outcome_possible(problem, a, &outcomes[a], &sums->error) ||
                       (outcome.how == ALLOT_UNPLACED && !reason_true(problem, a, outcome.reason, &sums->error)))) {
            return false;
        }
        for (uint32_t c = from; c < to; c++) {
            if (choice[c].category >= stride) {
                return wrong(&sums->error, "an applicant's wish is in no count by category", a);
            }
            listed[choice[c].offer * stride + choice[c].category] += places;
        }
        for (uint32_t c = from, better = !stable ? from : placed ? own : to; c < better; c++) {
            struct allot_key key = plain_key(checking, a, c, rank_of(problem, a, c));
            uint32_t offer = choice[c].offer;
            if (!stands_behind(&key, &sums->refused[offer]) && !refused_rightly(checking, sums, offer, &key)) {
                return wrong(&sums->error,
                             "an applicant was refused where a place was left or went to one who stood behind", a);
            }
        }
        how[outcome.how] += places;
        if (outcome.how == ALLOT_BALANCED) {
            sums->balanced[outcome.offer] += places;
        }
        if (placed && !admitted_true(checking, sums, a, own, outcome.offer * stride + choice[own].category)) {
            return false;
        }
    }
    memcpy(sums->how, how, sizeof how);
    return true;
}

void allot_check_piece(void *argument, uint32_t index)
{
    const struct checking *checking = argument;
    struct sums *sums = &checking->sums[index];
    uint32_t applicants = checking->problem->applicants;
    uint32_t a = (uint32_t)workers_from(applicants, checking->pieces, index);
    uint32_t to = (uint32_t)workers_from(applicants, checking->pieces, index + 1);
    bool plain = allot_kinds_in_all(checking->problem) == 0 && checking->stride > 0;
    if (plain) {
        sums->wrong = !plain_applicants_true(checking, sums, a, to);
    }
    for (; !plain && a < to && !sums->wrong; a++) {
        sums->wrong = !applicant_true(checking, sums, a);
    }
}
