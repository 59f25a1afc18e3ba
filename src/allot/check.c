/*
 * The independent check. It shares with the run only the definition of who stands before whom (and, for balance, of
 * what the wishes left and which offer is nearest); it does not repeat the run but looks at the result for what must
 * not be: somebody over capacity, somebody passed over, a place wasted, a child without an answer, a count that is not
 * true.
 *
 * One pass over the applicants does nearly all of it. The cut-offs that the result names are taken at their word: each
 * becomes a bar in two words, which everybody who would rather be there must not stand before, and everybody who is
 * there must not stand behind; the one whom the cut-off names must be there. If that holds for all, the cut-offs are
 * true and nobody was passed over. Counts are added on the way and compared at the end. Pieces of the applicants can be
 * looked at beside each other; of several faults the one of the first applicant is told.
 *
 * A place for an applicant is there at a kind that is not full, or where it stands before the last one. With tickets of
 * several places and ALLOT_TOGETHER_ADD the same is true, as a kind takes whoever has fewer than its places before it;
 * so at most the last one may bring it above. ALLOT_TOGETHER_FIT and ALLOT_CYCLES have checks of their own.
 *
 * Where every ticket has one place, the result must also be the best for all applicants among those in which nobody is
 * passed over. It is not exactly when some applicants could go round: each kind would take the first of those whom it
 * refused, in exchange for its last one, and following from kind to kind where those have their places leads into a
 * circle (the rotations of Irving and Leather, seen from the offers). So the first refused of every kind is noted on
 * the way. With tickets of several places such exchanges need not come out even, and that is not looked at.
 *
 * With ALLOT_SERIAL the order at an offer starts with the rank, and then only one result passes: among those who
 * listed an offer first, the best are in; among those who listed it second and are still without, the best of what is
 * left; and so on, which is the definition of the mechanism.
 */
#include "allot/check.h"
#include "allot/workers.h"

#include <string.h>

/* --- what the result says of the last ones ----------------------------------------------------------------------- */

/* Is it true what is said of this standing? Only of the one named: that nobody stands behind it is seen later. */
static bool last_possible(const struct checking *checking, const struct allot_standing *said,
                          const struct allot_seat *seat, uint32_t kind, struct allot_key *key,
                          struct allot_error *error)
{
    const struct allot_problem *problem = checking->problem;
    uint32_t a = said->applicant;
    *key = (struct allot_key){ .applicant = ALLOT_NONE };
    if (a == ALLOT_NONE) {
        return true;
    }
    if (a >= problem->applicants) {
        return wrong(error, "a cut-off names an applicant that there is not", a);
    }
    const struct allot_outcome *outcome = &checking->result->outcome[a];
    if (!allot_outcome_possible(problem, a, outcome, error)) {
        return false;
    }
    if (outcome->how != ALLOT_CHOICE || outcome->offer != seat->offer ||
        (kind != ALLOT_NONE && outcome->kind != kind)) {
        return wrong(error, "a cut-off names an applicant who is not there", a);
    }
    uint32_t c = problem->choice_from[a] + outcome->rank;
    struct allot_standing own = allot_standing_of(problem, seat, a, c);
    if (said->rank != own.rank || said->priority != own.priority || said->category != own.category ||
        said->other != own.other || allot_compare_lots(said->lot, own.lot) != 0) {
        return wrong(error, "a cut-off does not describe its last one", a);
    }
    *key = allot_key_at(problem, seat, a, c);
    return true;
}

/* Those whom cut-offs name are anywhere in memory; what will be looked at of them is asked for in time. */
static inline void fetch_named(const struct checking *checking, uint32_t a)
{
    const struct allot_problem *problem = checking->problem;
    if (a < problem->applicants) {
        __builtin_prefetch(&checking->result->outcome[a]);
        __builtin_prefetch(&problem->choice_from[a]);
        __builtin_prefetch(&problem->lot[a]);
    }
}

enum { AHEAD = 8 };

static bool take_cutoffs(struct checking *checking, struct allot_error *error)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_result *result = checking->result;
    for (uint32_t s = 0; s < checking->seats.count; s++) {
        if (result->kind_cutoff == NULL && s + AHEAD < problem->offers) {
            fetch_named(checking, result->cutoff[s + AHEAD].last.applicant);
        }
        const struct allot_seat *seat = &checking->seats.seat[s];
        uint32_t j = seat->offer, kind = s - checking->seats.from[j];
        bool kinds = allot_kinds_at(problem, j) > 0;
        const struct allot_kind_cutoff *said = kinds ? &result->kind_cutoff[problem->kind_from[j] + kind] : NULL;
        if (kinds && result->cutoff[j].last.applicant != ALLOT_NONE) {
            return wrong(error, "an offer with kinds of places has a cut-off of its own", j);
        }
        if (!last_possible(checking, kinds ? &said->last : &result->cutoff[j].last, seat, kind, &checking->last[s],
                           error)) {
            return false;
        }
        checking->bar[s] = checking->last[s];
        if (!(kinds ? said->full : result->cutoff[j].full)) {
            checking->bar[s] = (struct allot_key){ .order = UINT64_MAX, .applicant = ALLOT_NONE };
        }
    }
    return true;
}

/* The tallies stand by offer, then category; each is entered where it is looked for. */
static bool take_tallies(struct checking *checking, struct allot_error *error)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_result *result = checking->result;
    uint32_t i = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        checking->tally_from[j] = i;
        for (; i < result->tallies && result->tally[i].offer == j; i++) {
            const struct allot_tally *tally = &result->tally[i];
            if (i + AHEAD < result->tallies) {
                fetch_named(checking, tally[AHEAD].last.applicant);
            }
            if (i > checking->tally_from[j] && tally->category <= result->tally[i - 1].category) {
                return wrong(error, "the categories of an offer are out of order", j);
            }
            struct allot_seat whole = allot_whole_of(problem, j);
            uint32_t cell = checking->stride > 0 ? j * checking->stride + tally->category : i;
            if (!last_possible(checking, &tally->last, &whole, ALLOT_NONE, &checking->tally_last[cell], error)) {
                return false;
            }
            if (tally->last.applicant != ALLOT_NONE && tally->last.category != tally->category) {
                return wrong(error, "the last one of a category belongs to another", tally->last.applicant);
            }
        }
    }
    checking->tally_from[problem->offers] = i;
    return i == result->tallies || wrong(error, "a count by category belongs to no offer", i);
}

/* --- what the result says of the sums ---------------------------------------------------------------------------- */

/* Adds all pieces to the first; false with the fault of the first piece that met one. */
static bool gather(const struct checking *checking, struct allot_error *error)
{
    struct sums *all = &checking->sums[0];
    for (uint32_t p = 0; p < checking->pieces; p++) {
        const struct sums *sums = &checking->sums[p];
        if (sums->wrong) {
            if (error != NULL) {
                *error = sums->error;
            }
            return false;
        }
        for (uint32_t i = 0; p > 0 && i < checking->cells; i++) {
            all->listed[i] += sums->listed[i];
            all->admitted[i] += sums->admitted[i];
        }
        for (uint32_t s = 0; p > 0 && s < checking->seats.count; s++) {
            all->at_seat[s] += sums->at_seat[s];
        }
        for (uint32_t j = 0; p > 0 && j < checking->problem->offers; j++) {
            all->balanced[j] += sums->balanced[j];
        }
        for (uint32_t how = 0; p > 0 && how < 3; how++) {
            all->how[how] += sums->how[how];
        }
    }
    const struct allot_result *result = checking->result;
    return (all->how[ALLOT_CHOICE] == result->placed_by_choice &&
            all->how[ALLOT_BALANCED] == result->placed_by_balance && all->how[ALLOT_UNPLACED] == result->unplaced) ||
           wrong(error, "the sums of placed and unplaced are not true", result->unplaced);
}

/* A seat is full when it says so, and holds no more than its places, or what one ticket added to them by rule. */
static bool seat_true(const struct checking *checking, uint32_t s, bool full, struct allot_error *error)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_seat *seat = &checking->seats.seat[s];
    const struct allot_key *last = &checking->last[s];
    uint32_t admitted = checking->sums[0].at_seat[s];
    uint32_t over = 1;
    if (last->applicant != ALLOT_NONE && problem->together == ALLOT_TOGETHER_ADD) {
        over = problem->applicant[last->applicant].places;
    }
    if (admitted > 0 && admitted - over >= seat->places) {
        return wrong(error, "an offer has more children than places", seat->offer);
    }
    if (full != (admitted >= seat->places)) {
        return wrong(error, "a kind of place is not full, or is, against what is said", seat->offer);
    }
    return (admitted > 0) == (last->applicant != ALLOT_NONE) ||
           wrong(error, "the cut-off of an offer is not true", seat->offer);
}

/* The counts by category of an offer, and, where it has no kinds, that none of their last ones stands behind its own.
 */
static bool tallies_true(const struct checking *checking, uint32_t j, uint32_t *listed, uint32_t *admitted,
                         struct allot_error *error)
{
    const struct sums *all = &checking->sums[0];
    const struct allot_key *last = &checking->last[checking->seats.from[j]];
    bool plain = allot_kinds_at(checking->problem, j) == 0;
    *listed = *admitted = 0;
    for (uint32_t i = checking->tally_from[j]; i < checking->tally_from[j + 1]; i++) {
        const struct allot_tally *tally = &checking->result->tally[i];
        uint32_t cell = allot_cell_of(checking, j, tally->category);
        const struct allot_key *here = &checking->tally_last[cell];
        if (tally->listed != all->listed[cell] || tally->admitted != all->admitted[cell] || tally->listed == 0 ||
            (tally->admitted > 0) != (here->applicant != ALLOT_NONE)) {
            return wrong(error, "the counts by category of an offer are not true", j);
        }
        if (plain && here->applicant != ALLOT_NONE && here->applicant != last->applicant &&
            (last->applicant == ALLOT_NONE || allot_compare_keys(checking->problem, here, last) > 0)) {
            return wrong(error, "an applicant stands behind the cut-off of its place", here->applicant);
        }
        *listed += tally->listed;
        *admitted += tally->admitted;
    }
    uint32_t row = *listed;
    for (uint32_t category = 0; category < checking->stride; category++) {
        row -= all->listed[j * checking->stride + category];
    }
    return checking->stride == 0 || row == 0 || wrong(error, "wishes for an offer are in no count by category", j);
}

static bool offer_true(const struct checking *checking, uint32_t j, struct allot_error *error)
{
    const struct allot_problem *problem = checking->problem;
    const struct allot_cutoff *said = &checking->result->cutoff[j];
    const struct sums *all = &checking->sums[0];
    uint32_t admitted = 0, added = 0, left = 0, listed, tallied;
    bool full = true, kinds = allot_kinds_at(problem, j) > 0;
    if (!tallies_true(checking, j, &listed, &tallied, error)) {
        return false;
    }
    if (!kinds) {
        all->at_seat[checking->seats.from[j]] = tallied;
    }
    for (uint32_t s = checking->seats.from[j]; s < checking->seats.from[j + 1]; s++) {
        uint32_t here = all->at_seat[s], places = checking->seats.seat[s].places;
        bool said_full = said->full;
        if (kinds) {
            uint32_t kind = problem->kind_from[j] + s - checking->seats.from[j];
            said_full = checking->result->kind_cutoff[kind].full;
            if (checking->result->kind_cutoff[kind].admitted != here) {
                return wrong(error, "the count of a kind of place is not true", j);
            }
        }
        if (!seat_true(checking, s, said_full, error)) {
            return false;
        }
        full = full && here >= places;
        admitted += here;
        added += here > places ? here - places : 0;
        bool hard = checking->seats.seat[s].whom == ALLOT_MEMBERS_ONLY;
        left += here < places && !hard ? places - here : 0;
    }
    if (said->listed != listed || said->admitted != admitted || admitted != tallied ||
        said->balanced != all->balanced[j] || said->full != full || said->added != added) {
        return wrong(error, "the cut-off of an offer is not true", j);
    }
    return all->balanced[j] <= left || wrong(error, "an offer has more balanced children than places left", j);
}

/* The seat of the first one whom this seat refused, or ALLOT_NONE: nobody, or one without a place. */
static uint32_t seat_after(const struct checking *checking, uint32_t s)
{
    const struct allot_key *first = &checking->sums[0].refused[s];
    for (uint32_t p = 1; p < checking->pieces; p++) {
        const struct allot_key *other = &checking->sums[p].refused[s];
        if (other->applicant != ALLOT_NONE &&
            (first->applicant == ALLOT_NONE || allot_compare_keys(checking->problem, other, first) < 0)) {
            first = other;
        }
    }
    if (first->applicant == ALLOT_NONE || checking->last[s].applicant == ALLOT_NONE) {
        return ALLOT_NONE;
    }
    const struct allot_outcome *outcome = &checking->result->outcome[first->applicant];
    return outcome->how == ALLOT_CHOICE ? checking->seats.from[outcome->offer] + outcome->kind : ALLOT_NONE;
}

/* Nobody could go round. Each seat leads to one other at most, so every way is gone once. */
static bool best_for_all(const struct checking *checking, struct allot_error *error)
{
    for (uint32_t start = 0; start < checking->seats.count; start++) {
        for (uint32_t s = start; s != ALLOT_NONE && checking->way[s] == 0; s = seat_after(checking, s)) {
            checking->way[s] = start + 1;
            uint32_t next = seat_after(checking, s);
            if (next != ALLOT_NONE && checking->way[next] == start + 1) {
                return wrong(error, "some applicants could have better wishes, and nobody would be passed over",
                             checking->seats.seat[s].offer);
            }
        }
    }
    return true;
}

static bool sums_true(const struct checking *checking, struct allot_error *error)
{
    if (!gather(checking, error)) {
        return false;
    }
    uint32_t added = 0;
    for (uint32_t j = 0; j < checking->problem->offers; j++) {
        if (!offer_true(checking, j, error)) {
            return false;
        }
        added += checking->result->cutoff[j].added;
    }
    return added == checking->result->added || wrong(error, "the sum of added places is not true", added);
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static bool start(struct checking *checking, const struct allot_host *host)
{
    const struct allot_problem *problem = checking->problem;
    uint32_t tallies = checking->result->tallies, greatest = 0;
    if (!allot_seats_start(&checking->seats, problem, host)) {
        return false;
    }
    for (uint32_t i = 0; i < tallies; i++) {
        uint32_t category = checking->result->tally[i].category;
        greatest = category > greatest ? category : greatest;
    }
    uint64_t cells = (uint64_t)problem->offers * (greatest + 1);
    if (cells <= problem->choice_from[problem->applicants] / 2 + (uint64_t)4096) {
        checking->stride = greatest + 1;
        checking->cells = (uint32_t)cells;
    } else {
        checking->cells = tallies;
    }
    checking->last = allot_get(host, checking->seats.count, sizeof *checking->last);
    checking->bar = allot_get(host, checking->seats.count, sizeof *checking->bar);
    checking->mask = allot_get(host, problem->offers, sizeof *checking->mask);
    checking->tally_from = allot_get(host, (size_t)problem->offers + 1, sizeof *checking->tally_from);
    checking->tally_last = allot_get_zero(host, checking->cells, sizeof *checking->tally_last);
    checking->way = allot_get_zero(host, checking->seats.count, sizeof *checking->way);
    checking->sums = allot_get_zero(host, checking->pieces, sizeof *checking->sums);
    if (!checking->last || !checking->bar || !checking->mask || !checking->tally_from || !checking->tally_last ||
        !checking->way || !checking->sums) {
        return false;
    }
    for (uint32_t cell = 0; cell < checking->cells; cell++) {
        checking->tally_last[cell].applicant = ALLOT_NONE;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        checking->mask[j] = allot_whole_of(problem, j).by_lot ? 0 : UINT32_MAX;
    }
    for (uint32_t p = 0; p < checking->pieces; p++) {
        struct sums *sums = &checking->sums[p];
        sums->listed = allot_get_zero(host, checking->cells, sizeof *sums->listed);
        sums->admitted = allot_get_zero(host, checking->cells, sizeof *sums->admitted);
        sums->at_seat = allot_get_zero(host, checking->seats.count, sizeof *sums->at_seat);
        sums->balanced = allot_get_zero(host, problem->offers, sizeof *sums->balanced);
        sums->refused = allot_get(host, checking->seats.count, sizeof *sums->refused);
        if (!sums->listed || !sums->admitted || !sums->at_seat || !sums->balanced || !sums->refused) {
            return false;
        }
        for (uint32_t s = 0; s < checking->seats.count; s++) {
            sums->refused[s] = (struct allot_key){ .order = UINT64_MAX, .applicant = ALLOT_NONE };
        }
    }
    return true;
}

static void end(struct checking *checking, const struct allot_host *host)
{
    for (uint32_t p = 0; checking->sums != NULL && p < checking->pieces; p++) {
        allot_put(host, checking->sums[p].listed);
        allot_put(host, checking->sums[p].admitted);
        allot_put(host, checking->sums[p].at_seat);
        allot_put(host, checking->sums[p].balanced);
        allot_put(host, checking->sums[p].refused);
    }
    allot_put(host, checking->sums);
    allot_put(host, checking->last);
    allot_put(host, checking->bar);
    allot_put(host, checking->tally_from);
    allot_put(host, checking->mask);
    allot_put(host, checking->tally_last);
    allot_put(host, checking->way);
    allot_seats_end(&checking->seats, host);
}

bool allot_check_result(const struct allot_problem *problem, const struct allot_result *result,
                        const struct allot_host *host, struct allot_error *error)
{
    if (result->applicants != problem->applicants || result->offers != problem->offers) {
        return wrong(error, "the result has another number of applicants or offers", result->applicants);
    }
    if (problem->applicants > 0 && (problem->lot == NULL || (problem->lot_per_offer && problem->choice_lot == NULL))) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the draw numbers are missing");
    }
    if ((allot_kinds_in_all(problem) > 0) != (result->kind_cutoff != NULL) ||
        (result->passed_over > 0 && result->over == NULL)) {
        return wrong(error, "the result has no cut-offs by kind, or some that it should not have", problem->offers);
    }
    bool cycles = problem->mechanism == ALLOT_CYCLES, several = allot_any_several(problem);
    bool fit = several && !cycles && problem->together == ALLOT_TOGETHER_FIT; /* the order of asking may matter */
    if (!fit && (result->repairs != 0 || result->passed_over != 0)) {
        return wrong(error, "under these rules nobody can be passed over", result->passed_over);
    }
    struct checking checking = { .problem = problem,
                                 .result = result,
                                 .stable = !fit && !cycles,
                                 .best = !several && !cycles && problem->mechanism != ALLOT_SERIAL,
                                 .pieces = workers_shares(host, problem->applicants) };
    bool right = start(&checking, host) || allot_no_memory(error);
    right = right && take_cutoffs(&checking, error) && take_tallies(&checking, error);
    if (right) {
        workers_each(host, allot_check_piece, &checking, checking.pieces);
        right = sums_true(&checking, error) && (!checking.best || best_for_all(&checking, error));
    }
    end(&checking, host);
    return right && (!fit || allot_check_fit(problem, result, host, error)) &&
           (!cycles || allot_check_cycles(problem, result, host, error)) &&
           (!problem->balance || allot_check_balance(problem, result, host, error));
}

bool allot_check(const struct allot_problem *problem, const struct allot_result *result, const struct allot_host *host,
                 struct allot_error *error)
{
    return allot_problem_valid(problem, host, error) && allot_check_result(problem, result, host, error);
}
