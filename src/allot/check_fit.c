/*
 * The check of results with tickets of several places that go in only where all their children fit
 * (ALLOT_TOGETHER_FIT): nobody is passed over but those named, and all of these are.
 *
 * When an offer chooses among those whom it has and one more, those who stand before that one are chosen as they are
 * now. So a ticket of p places would be chosen at a kind of q places exactly when it stands before the first one up to
 * whom more than q − p places are given; and as at most q are given in all, that one is among the last eight tickets.
 * So one pass that keeps the last eight of every kind, and one that compares, are enough.
 *
 * That takes for granted that the offer, choosing again among those whom it has, would give each the kind that it has.
 * After a repair this need not be so: where a ticket has left, nobody chose again. Such offers (they have kinds, and
 * are few) are let choose literally.
 */
#include "allot/seats.h"

#include <string.h>

struct fit {
    const struct allot_problem *problem;
    const struct allot_result *result;
    struct allot_error *error;
    struct allot_seats seats;
    struct allot_key (*worst)[ALLOT_MAX_TOGETHER]; /* per seat, the last one first */
    uint8_t *kept;                                 /* per seat: how many of these */
    struct allot_key (*bar)[ALLOT_MAX_TOGETHER];   /* per seat, for tickets of 1, 2 … places */
    uint8_t *stale;                                /* per offer: kinds are not as if it chose again */
    uint32_t *held_from;                           /* per offer + 1, when an offer is stale: … */
    uint32_t *held;                                /* … choices by which it has its applicants */
    struct allot_key *key;                         /* room to choose */
    struct allot_key *spare;
    uint8_t *chosen; /* per applicant */
};

static const char steps_cannot_be[] = "the repair has another number of steps than can be";

static bool wrong(const struct fit *fit, const char *what, uint32_t where)
{
    return allot_fail(fit->error, ALLOT_FAULT_RESULT, "%s (number %u)", what, where);
}

static void keep_worst(struct fit *fit, uint32_t seat, const struct allot_key *key)
{
    struct allot_key *worst = fit->worst[seat];
    uint32_t i = fit->kept[seat];
    if (i == ALLOT_MAX_TOGETHER) {
        if (allot_compare_keys(fit->problem, key, &worst[i - 1]) < 0) {
            return;
        }
        i--;
    } else {
        fit->kept[seat]++;
    }
    for (; i > 0 && allot_compare_keys(fit->problem, key, &worst[i - 1]) > 0; i--) {
        worst[i] = worst[i - 1];
    }
    worst[i] = *key;
}

static uint32_t admitted_at(const struct fit *fit, uint32_t s)
{
    uint32_t offer = fit->seats.seat[s].offer;
    return allot_kinds_at(fit->problem, offer) > 0
               ? fit->result->kind_cutoff[fit->problem->kind_from[offer] + s - fit->seats.from[offer]].admitted
               : fit->result->cutoff[offer].admitted;
}

/* bar[p − 1]: whoever stands before it finds p places. */
static void set_bars(struct fit *fit, uint32_t s)
{
    uint32_t places = fit->seats.seat[s].places, admitted = admitted_at(fit, s);
    for (uint32_t p = 1; p <= ALLOT_MAX_TOGETHER; p++) {
        struct allot_key *bar = &fit->bar[s][p - 1];
        *bar = (struct allot_key){ .applicant = ALLOT_NONE };
        if (p > places) {
            continue;
        }
        if (admitted + p <= places) {
            bar->order = UINT64_MAX;
            continue;
        }
        uint32_t behind = 0;
        for (uint32_t i = 0; i < fit->kept[s] && behind < admitted + p - places; i++) {
            *bar = fit->worst[s][i];
            behind += fit->problem->applicant[bar->applicant].places;
        }
    }
}

static bool before_bar(const struct fit *fit, uint32_t s, uint32_t a, uint32_t c)
{
    const struct allot_problem *problem = fit->problem;
    const struct allot_seat *seat = &fit->seats.seat[s];
    if (!allot_seat_takes(problem, seat, &problem->choice[c])) {
        return false;
    }
    struct allot_key key = allot_key_at(problem, seat, a, c);
    const struct allot_key *bar = &fit->bar[s][problem->applicant[a].places - 1];
    return bar->applicant == ALLOT_NONE ? bar->order == UINT64_MAX : allot_compare_keys(problem, &key, bar) < 0;
}

static bool take_stock(struct fit *fit, bool *stale)
{
    const struct allot_problem *problem = fit->problem;
    const struct allot_outcome *outcome = fit->result->outcome;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (outcome[a].how == ALLOT_CHOICE) {
            uint32_t s = fit->seats.from[outcome[a].offer] + outcome[a].kind;
            struct allot_key key =
                allot_key_at(problem, &fit->seats.seat[s], a, problem->choice_from[a] + outcome[a].rank);
            keep_worst(fit, s, &key);
        }
    }
    for (uint32_t s = 0; s < fit->seats.count; s++) {
        set_bars(fit, s);
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t kind = 0; outcome[a].how == ALLOT_CHOICE && kind < outcome[a].kind; kind++) {
            uint32_t s = fit->seats.from[outcome[a].offer] + kind;
            if (!before_bar(fit, s, a, problem->choice_from[a] + outcome[a].rank)) {
                continue;
            }
            if (fit->result->repairs == 0) {
                return wrong(fit, "an applicant could have had a kind of place that comes first", a);
            }
            fit->stale[outcome[a].offer] = 1;
            *stale = true;
        }
    }
    return true;
}

/* For the offers that have to choose literally: whom each has. */
static bool list_held(struct fit *fit, const struct allot_host *host)
{
    const struct allot_problem *problem = fit->problem;
    const struct allot_outcome *outcome = fit->result->outcome;
    fit->held_from = allot_get_zero(host, (size_t)problem->offers + 1, sizeof *fit->held_from);
    fit->held = allot_get(host, problem->applicants, sizeof *fit->held);
    fit->key = allot_get(host, (size_t)problem->applicants + 1, sizeof *fit->key);
    fit->spare = allot_get(host, (size_t)problem->applicants + 1, sizeof *fit->spare);
    fit->chosen = allot_get_zero(host, problem->applicants, 1);
    if (!fit->held_from || !fit->held || !fit->key || !fit->spare || !fit->chosen) {
        return false;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (outcome[a].how == ALLOT_CHOICE) {
            fit->held_from[outcome[a].offer]++;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        fit->held_from[j + 1] += fit->held_from[j];
    }
    for (uint32_t a = problem->applicants; a > 0; a--) { /* leaves in held_from[j] where offer j begins */
        if (outcome[a - 1].how == ALLOT_CHOICE) {
            fit->held[--fit->held_from[outcome[a - 1].offer]] = a - 1;
        }
    }
    return true;
}

/* Lets the offer choose among those whom it has and this one. */
static bool would_choose(struct fit *fit, uint32_t a, uint32_t c)
{
    const struct allot_problem *problem = fit->problem;
    uint32_t offer = problem->choice[c].offer, from = fit->held_from[offer], to = fit->held_from[offer + 1];
    for (uint32_t i = from; i < to; i++) {
        fit->chosen[fit->held[i]] = 0;
    }
    fit->chosen[a] = 0;
    for (uint32_t s = fit->seats.from[offer]; s < fit->seats.from[offer + 1]; s++) {
        const struct allot_seat *seat = &fit->seats.seat[s];
        uint32_t count = 0, left = seat->places;
        for (uint32_t i = from; i <= to; i++) {
            uint32_t b = i < to ? fit->held[i] : a;
            uint32_t wish = i < to ? problem->choice_from[b] + fit->result->outcome[b].rank : c;
            if (!fit->chosen[b] && allot_seat_takes(problem, seat, &problem->choice[wish])) {
                fit->key[count++] = allot_key_at(problem, seat, b, wish);
            }
        }
        allot_sort_keys(problem, false, fit->key, fit->spare, count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t b = fit->key[i].applicant, places = problem->applicant[b].places;
            if (places <= left) {
                left -= places;
                fit->chosen[b] = 1;
            }
        }
    }
    return fit->chosen[a];
}

static bool is_passed_over(struct fit *fit, uint32_t a, uint32_t c)
{
    uint32_t offer = fit->problem->choice[c].offer;
    if (fit->stale[offer]) {
        return would_choose(fit, a, c);
    }
    for (uint32_t s = fit->seats.from[offer]; s < fit->seats.from[offer + 1]; s++) {
        if (before_bar(fit, s, a, c)) {
            return true;
        }
    }
    return false;
}

/* Where the wishes end that the applicant would rather have than what it has. */
static uint32_t better_end(const struct fit *fit, uint32_t a)
{
    const struct allot_outcome *outcome = &fit->result->outcome[a];
    return outcome->how == ALLOT_CHOICE ? fit->problem->choice_from[a] + outcome->rank
                                        : fit->problem->choice_from[a + 1];
}

/* Everybody named is passed over there, each once, by (ticket, rank of the wish). */
static bool named_true(struct fit *fit)
{
    const struct allot_problem *problem = fit->problem;
    uint32_t before = ALLOT_NONE, before_choice = 0;
    uint64_t least = 0; /* steps: each of these wishes is closed */
    for (uint32_t i = 0; i < fit->result->passed_over; i++) {
        const struct allot_passed_over *over = &fit->result->over[i];
        uint32_t a = over->applicant;
        if (a >= problem->applicants) {
            return wrong(fit, "somebody is said to be passed over whom there is not", a);
        }
        uint32_t c = problem->choice_from[a], end = better_end(fit, a);
        while (c < end && problem->choice[c].offer != over->offer) {
            c++;
        }
        if (c == end || !is_passed_over(fit, a, c)) {
            return wrong(fit, "somebody is said to be passed over and is not", a);
        }
        if (before != ALLOT_NONE) {
            int order = allot_compare_tickets(problem, before, a);
            if (order == 0) { /* the same one, or a problem without tickets */
                order = (before > a) - (before < a);
            }
            if (order > 0 || (order == 0 && before_choice >= c)) {
                return wrong(fit, "those passed over are not in order", a);
            }
        }
        before = a;
        before_choice = c;
        least += allot_most_goes(problem->applicant[a].places);
    }
    return fit->result->repairs >= least || wrong(fit, steps_cannot_be, fit->result->repairs);
}

/* When every wish is gone to as often as it may be. */
static uint64_t most_repairs(const struct allot_problem *problem)
{
    uint64_t most = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint64_t wishes = problem->choice_from[a + 1] - problem->choice_from[a];
        most += wishes * allot_most_goes(problem->applicant[a].places);
    }
    return most;
}

/* With the names found true: is nobody left out? */
static bool nobody_else(struct fit *fit)
{
    const struct allot_problem *problem = fit->problem;
    uint32_t found = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        for (uint32_t c = problem->choice_from[a], end = better_end(fit, a); c < end; c++) {
            found += is_passed_over(fit, a, c);
            if (found > fit->result->passed_over && fit->result->passed_over == 0) {
                return wrong(fit, "an applicant was passed over, and it is not said", a);
            }
        }
    }
    return found == fit->result->passed_over || wrong(fit, "somebody who was passed over is not named", found);
}

bool allot_check_fit(const struct allot_problem *problem, const struct allot_result *result,
                     const struct allot_host *host, struct allot_error *error)
{
    struct fit fit = { .problem = problem, .result = result, .error = error };
    if (result->repairs > most_repairs(problem)) {
        return wrong(&fit, steps_cannot_be, result->repairs);
    }
    bool room = allot_seats_start(&fit.seats, problem, host);
    fit.worst = allot_get(host, fit.seats.count, sizeof *fit.worst);
    fit.bar = allot_get(host, fit.seats.count, sizeof *fit.bar);
    fit.kept = allot_get_zero(host, fit.seats.count, sizeof *fit.kept);
    fit.stale = allot_get_zero(host, problem->offers, sizeof *fit.stale);
    bool right = (room && fit.worst && fit.bar && fit.kept && fit.stale) || allot_no_memory(error);
    bool stale = false;
    right = right && take_stock(&fit, &stale);
    right = right && (!stale || list_held(&fit, host) || allot_no_memory(error));
    right = right && named_true(&fit) && nobody_else(&fit);
    const void *blocks[] = { fit.worst, fit.bar, fit.kept,  fit.stale, fit.held_from,
                             fit.held,  fit.key, fit.spare, fit.chosen };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    allot_seats_end(&fit.seats, host);
    return right;
}
