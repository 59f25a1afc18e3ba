/* See measure.h. Shares and distances by one walk; envy by halving each kind's line; gains by another order of wishes
 * by a look at each line's last one; trades in trades.c; the late round in late.c. */
#include "simulate/measure.h"

#include "simulate/seating.h"
#include "simulate/trades.h"

#include <math.h>

/* SplitMix64's finisher over a Weyl sequence. */
uint64_t mix(uint64_t seed, uint64_t index)
{
    uint64_t x = seed + (index + 1) * 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* ---- Shares and distances ---- */

static uint32_t metres_of(const struct measured *m, uint32_t a)
{
    const struct allot_outcome *outcome = &m->outcome[a];
    const struct allot_problem *problem = m->problem;
    uint32_t site = problem->applicant[a].site;
    if (outcome->how == ALLOT_CHOICE) {
        return m->metres ? m->metres[problem->choice_from[a] + outcome->rank] : METRES_UNKNOWN;
    }
    if (!m->step_metres || site == ALLOT_NONE || !problem->reach_from) {
        return METRES_UNKNOWN;
    }
    for (uint32_t r = problem->reach_from[site]; r < problem->reach_from[site + 1]; r++) {
        if (problem->reach[r].offer == outcome->offer) {
            return problem->reach[r].steps * m->step_metres;
        }
    }
    return METRES_UNKNOWN;
}

static void measure_shares(const struct measured *m, double *value)
{
    const struct allot_problem *problem = m->problem;
    double children = 0, known = 0, metres = 0, greatest = 0, count[MEASURE_UNPLACED + 1] = { 0 };
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &m->outcome[a];
        double places = problem->applicant[a].places;
        children += places;
        if (outcome->how == ALLOT_UNPLACED) {
            count[MEASURE_UNPLACED] += places;
            continue;
        }
        if (outcome->how == ALLOT_BALANCED) {
            count[MEASURE_BALANCED] += places;
        } else {
            count[MEASURE_WISH] += places;
            if (outcome->rank < 3) {
                count[MEASURE_FIRST + outcome->rank] += places;
            }
        }
        uint32_t distance = metres_of(m, a);
        if (distance != METRES_UNKNOWN) {
            known += places;
            metres += places * distance;
            greatest = distance > greatest ? distance : greatest;
        }
    }
    for (int i = 0; i <= MEASURE_UNPLACED; i++) {
        value[i] = children > 0 ? count[i] / children : 0;
    }
    value[MEASURE_MEAN] = known > 0 ? metres / known : NAN;
    value[MEASURE_GREATEST] = known > 0 ? greatest : NAN;
}

/* ---- Who was passed over ---- */

/* How many who sit there by choice stand behind. A ticket of several is passed over only where its places would have
 * been enough: those of the one behind and those left free. */
static uint32_t behind(const struct seating *seating, const struct seat *seat, const struct stand *own)
{
    uint32_t low = seat->from, high = seat->upto;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (stands_before(own, &seating->stand[middle])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    const struct allot_applicant *applicant = seating->problem->applicant;
    uint32_t places = applicant[own->applicant].places, room = seat_room(seat), n = 0;
    if (places == 1) {
        return seat->upto - low;
    }
    for (uint32_t i = low; i < seat->upto; i++) {
        n += room + applicant[seating->stand[i].applicant].places >= places;
    }
    return n;
}

static void measure_passed(const struct seating *seating, double *value)
{
    const struct allot_problem *problem = seating->problem;
    double tickets = 0, pairs = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t better = seating_better(seating, a);
        double own = 0;
        for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a] + better; c++) {
            uint32_t offer = problem->choice[c].offer;
            for (uint32_t s = seating->seat_from[offer]; s < seating->seat_from[offer + 1]; s++) {
                const struct seat *seat = &seating->seat[s];
                if (seat->upto > seat->from && seat_may(seating, seat, c)) {
                    struct stand stand = seat_stand(seating, seat, a, c);
                    own += behind(seating, seat, &stand);
                }
            }
        }
        tickets += own > 0;
        pairs += own;
    }
    value[MEASURE_PASSED] = tickets;
    value[MEASURE_PAIRS] = pairs;
}

/* ---- What another order of one's wishes would have brought under serial priority ---- */

/* The last of each kind's line where the rank counts first. */
static struct stand *last_by_rank(struct arena *arena, const struct seating *seating)
{
    struct stand *last = ARENA_ARRAY(arena, struct stand, seating->seats);
    for (uint32_t s = 0; s < seating->seats; s++) {
        for (uint32_t i = seating->seat[s].from; i < seating->seat[s].upto; i++) {
            struct stand stand = seating->stand[i];
            stand.rank = seating->outcome[stand.applicant].rank;
            if (i == seating->seat[s].from || stands_before(&last[s], &stand)) {
                last[s] = stand;
            }
        }
    }
    return last;
}

static bool first_would_do(const struct seating *seating, const struct stand *last, uint32_t a, uint32_t choice)
{
    uint32_t offer = seating->problem->choice[choice].offer;
    for (uint32_t s = seating->seat_from[offer]; s < seating->seat_from[offer + 1]; s++) {
        const struct seat *seat = &seating->seat[s];
        if (seat_may(seating, seat, choice)) {
            struct stand stand = seat_stand(seating, seat, a, choice);
            if (seat_room(seat) > 0 || (seat->upto > seat->from && stands_before(&stand, &last[s]))) {
                return true;
            }
        }
    }
    return false;
}

/* Tickets of one place: naming a wish first is the best that one can do for it, and whether it suffices shows at the
 * cut-off, because who else named it first does not depend on this ticket. */
static double measure_reorder(struct arena *arena, const struct seating *seating)
{
    const struct allot_problem *problem = seating->problem;
    const struct stand *last = last_by_rank(arena, seating);
    double tickets = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t from = problem->choice_from[a], better = seating_better(seating, a);
        for (uint32_t c = from + 1; problem->applicant[a].places == 1 && c < from + better; c++) {
            if (first_would_do(seating, last, a, c)) {
                tickets++;
                break;
            }
        }
    }
    return tickets;
}

/* ---- Siblings ---- */

static double measure_apart(const struct measured *m)
{
    const struct allot_problem *problem = m->problem;
    double families = 0;
    bool split = false, asked = m->family != NULL;
    for (uint32_t a = 0; !asked && a < problem->applicants; a++) {
        asked = problem->applicant[a].places > 1;
    }
    if (!asked) {
        return NAN;
    }
    for (uint32_t a = 0; m->family && a < problem->applicants; a++) {
        bool same = a > 0 && m->family[a] == m->family[a - 1];
        split = same && (split || m->outcome[a].offer != m->outcome[a - 1].offer);
        bool last = a + 1 == problem->applicants || m->family[a + 1] != m->family[a];
        families += last && split;
    }
    return families;
}

void measure_result(struct arena *arena, const struct measured *measured, double *value)
{
    struct seating *seating = seating_new(arena, measured->problem, measured->outcome);
    for (int i = 0; i < MEASURES; i++) {
        value[i] = NAN;
    }
    measure_shares(measured, value);
    measure_passed(seating, value);
    value[MEASURE_TRADES] = measure_trades(arena, seating);
    if (measured->problem->mechanism == ALLOT_SERIAL) {
        value[MEASURE_REORDER] = measure_reorder(arena, seating);
    }
    value[MEASURE_APART] = measure_apart(measured);
}
