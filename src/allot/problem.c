/*
 * The problem: memory, messages, validity, and who is before whom by lot and ticket.
 *
 * What must hold: nothing after allot_shape_valid indexes outside the caller's arrays; the order is strict for
 * different tickets.
 */
#include "allot/internal.h"
#include "allot/workers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *allot_get(const struct allot_host *host, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    size_t bytes = count * size;
    if (bytes == 0) {
        bytes = 1;
    }
    return host == NULL ? malloc(bytes) : host->get(host->ctx, bytes);
}

void *allot_get_zero(const struct allot_host *host, size_t count, size_t size)
{
    if (host == NULL) {
        return calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    }
    void *block = allot_get(host, count, size);
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return block;
}

void allot_put(const struct allot_host *host, const void *block)
{
    if (block == NULL) {
        return;
    }
    void *bare = (void *)(uintptr_t)block;
    if (host == NULL) {
        free(bare);
    } else {
        host->put(host->ctx, bare);
    }
}

bool allot_fail(struct allot_error *error, enum allot_fault fault, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->fault = fault;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool allot_no_memory(struct allot_error *error)
{
    return allot_fail(error, ALLOT_FAULT_MEMORY, "not enough memory");
}

static bool rules_valid(const struct allot_problem *problem, struct allot_error *error)
{
    if (problem->version != ALLOT_VERSION) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "problem version %u, this library knows %u", problem->version,
                          ALLOT_VERSION);
    }
    if (problem->mechanism != ALLOT_SERIAL && problem->mechanism != ALLOT_DEFERRED &&
        problem->mechanism != ALLOT_DRAW && problem->mechanism != ALLOT_CYCLES) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "unknown mechanism %d", (int)problem->mechanism);
    }
    if (problem->together != ALLOT_TOGETHER_ADD && problem->together != ALLOT_TOGETHER_FIT) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "unknown rule %d for tickets of several places",
                          (int)problem->together);
    }
    if (problem->offers == ALLOT_NONE || problem->applicants == ALLOT_NONE || problem->sites == ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u offers, applicants or sites", ALLOT_NONE - 1);
    }
    if ((problem->offers > 0 && problem->offer == NULL) || (problem->applicants > 0 && problem->applicant == NULL)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the offers or the applicants are missing");
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_offer *offer = &problem->offer[j];
        if (offer->order > ALLOT_BY_LOT || offer->balance > 1 || offer->reserved != 0) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: order %u, balance %u, reserved %u are not known",
                              j, offer->order, offer->balance, offer->reserved);
        }
    }
    return true;
}

bool allot_is_member(const uint16_t *groups, uint32_t count, uint16_t group)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (groups[middle] < group) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return group != 0 && low < count && groups[low] == group;
}

bool allot_any_several(const struct allot_problem *problem)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (problem->applicant[a].places > 1) {
            return true;
        }
    }
    return false;
}

static bool kind_valid(const struct allot_problem *problem, uint32_t j, uint32_t k, struct allot_error *error)
{
    const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
    if (kind->whom > ALLOT_OTHERS_ONLY || kind->order > ALLOT_BY_LOT) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: whom %u, order %u are not known", j, k,
                          kind->whom, kind->order);
    }
    if ((kind->groups == 0) != (kind->whom == ALLOT_FOR_ALL)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: %u groups where whom is %u", j, k,
                          kind->groups, kind->whom);
    }
    if (kind->groups > 0 && (problem->kind_group == NULL || kind->group_from > UINT32_MAX - kind->groups)) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: its groups are missing", j, k);
    }
    for (uint32_t g = 0, last = 0; g < kind->groups; g++) {
        uint32_t group = problem->kind_group[kind->group_from + g];
        if (group <= last) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u, kind %u: group %u after group %u", j, k, group,
                              last);
        }
        last = group;
    }
    return true;
}

static bool kinds_valid(const struct allot_problem *problem, struct allot_error *error)
{
    if (problem->kind_from == NULL) {
        return true;
    }
    if (problem->kind_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "kind_from must start with 0");
    }
    if ((uint64_t)problem->offers + problem->kind_from[problem->offers] >= ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u offers and kinds of places", ALLOT_NONE - 1);
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t from = problem->kind_from[j], to = problem->kind_from[j + 1];
        if (to < from || to > problem->kind_from[problem->offers] || to - from > ALLOT_MAX_KINDS) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: kinds from %u to %u", j, from, to);
        }
        if (to == from) {
            continue;
        }
        if (problem->mechanism == ALLOT_CYCLES || problem->kind == NULL) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM,
                              problem->kind == NULL ? "offer %u: its kinds are missing"
                                                    : "offer %u: trading cycles know no kinds of places",
                              j);
        }
        uint64_t places = 0;
        for (uint32_t k = 0; k < to - from; k++) {
            if (!kind_valid(problem, j, k, error)) {
                return false;
            }
            places += problem->kind[from + k].places;
        }
        if (places != problem->offer[j].capacity) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: its kinds have %llu places, the offer %u", j,
                              (unsigned long long)places, problem->offer[j].capacity);
        }
    }
    return true;
}

static bool applicant_valid(const struct allot_problem *problem, uint32_t a, struct allot_error *error)
{
    const struct allot_applicant *applicant = &problem->applicant[a];
    if (applicant->site != ALLOT_NONE && applicant->site >= problem->sites) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no site %u", a, applicant->site);
    }
    if (applicant->places == 0 || applicant->places > ALLOT_MAX_TOGETHER) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: %u places", a, applicant->places);
    }
    if (applicant->places > 1 && problem->mechanism == ALLOT_CYCLES) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: trading cycles know no tickets of several places",
                          a);
    }
    if (applicant->flags & ~(uint32_t)ALLOT_DECLINES_BALANCE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: unknown flags %u", a, applicant->flags);
    }
    return true;
}

/* Long lists remember what they saw; of short ones each pair is compared, unless their offers differ in the last bits
 * anyhow. */
static bool lists_twice(const struct allot_choice *choice, uint32_t count, uint32_t list, uint32_t *seen)
{
    enum { SHORT = 12 };
    uint64_t bits = 0;
    uint32_t collisions = 0;
    for (uint32_t i = 0; i < count && count <= SHORT; i++) {
        uint64_t bit = (uint64_t)1 << choice[i].offer % 64;
        collisions += (bits & bit) != 0;
        bits |= bit;
    }
    for (uint32_t i = 0; i < count && count <= SHORT && collisions > 0; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (choice[i].offer == choice[k].offer) {
                return true;
            }
        }
    }
    for (uint32_t i = 0; i < count && count > SHORT; i++) {
        if (seen[choice[i].offer] == list) {
            return true;
        }
        seen[choice[i].offer] = list;
    }
    return false;
}

static bool choices_valid(const struct allot_problem *problem, uint32_t first, uint32_t end, uint32_t *seen,
                          struct allot_error *error)
{
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t a = first; a < end; a++) {
        uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
        if (to < from || to > choices || to - from > ALLOT_MAX_CHOICES) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: choices from %u to %u of %u", a, from, to,
                              choices);
        }
        for (uint32_t c = from; c < to; c++) {
            if (problem->choice[c].offer >= problem->offers) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no offer %u", a,
                                  problem->choice[c].offer);
            }
        }
        if (to > from && lists_twice(problem->choice + from, to - from, a + 1, seen)) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: an offer is listed twice", a);
        }
        if (!applicant_valid(problem, a, error)) {
            return false;
        }
    }
    return true;
}

/* Many applicants are shared out among the workers; the first wrong one is named whoever finds it. */
enum { MANY = 1 << 18, MOST_WORKERS = 16 };

struct looking {
    const struct allot_problem *problem;
    uint32_t workers;
    uint32_t *seen; /* per worker, per offer */
    bool valid[MOST_WORKERS];
    uint64_t places[MOST_WORKERS]; /* of the tickets */
    struct allot_error error[MOST_WORKERS];
};

static void look_at_piece(void *argument, uint32_t worker)
{
    struct looking *looking = argument;
    const struct allot_problem *problem = looking->problem;
    uint32_t first = (uint32_t)workers_from(problem->applicants, looking->workers, worker);
    uint32_t end = (uint32_t)workers_from(problem->applicants, looking->workers, worker + 1);
    looking->valid[worker] =
        choices_valid(problem, first, end, looking->seen + (size_t)worker * problem->offers, &looking->error[worker]);
    uint64_t places = 0;
    for (uint32_t a = first; a < end; a++) {
        places += problem->applicant[a].places;
    }
    looking->places[worker] = places;
}

static bool applicants_valid(const struct allot_problem *problem, const struct allot_host *host,
                             struct allot_error *error)
{
    if (problem->choice_from == NULL || problem->choice_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "choice_from must start with 0");
    }
    if (problem->choice == NULL && problem->choice_from[problem->applicants] > 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the choices are missing");
    }
    struct looking looking = { .problem = problem, .workers = 1 };
    if (problem->applicants >= MANY) {
        looking.workers = workers_of(host) < MOST_WORKERS ? workers_of(host) : MOST_WORKERS;
    }
    looking.seen = allot_get_zero(host, (size_t)looking.workers * problem->offers, sizeof *looking.seen);
    if (looking.seen == NULL) {
        return allot_no_memory(error);
    }
    workers_each(host, look_at_piece, &looking, looking.workers);
    allot_put(host, looking.seen);
    uint64_t places = 0;
    for (uint32_t worker = 0; worker < looking.workers; worker++) {
        places += looking.places[worker];
        if (!looking.valid[worker]) {
            if (error != NULL) {
                *error = looking.error[worker];
            }
            return false;
        }
    }
    return places <= UINT32_MAX || allot_fail(error, ALLOT_FAULT_PROBLEM, "the applicants ask for more than %u places",
                                              UINT32_MAX); /* results count them so */
}

static bool reach_valid(const struct allot_problem *problem, uint32_t *seen, struct allot_error *error)
{
    if (problem->sites == 0) {
        return true;
    }
    if (problem->reach_from == NULL || problem->reach_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "reach_from must start with 0");
    }
    if (problem->reach == NULL && problem->reach_from[problem->sites] > 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the reach is missing");
    }
    for (uint32_t s = 0; s < problem->sites; s++) {
        uint32_t from = problem->reach_from[s], to = problem->reach_from[s + 1];
        if (to < from || to > problem->reach_from[problem->sites]) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: reach from %u to %u", s, from, to);
        }
        for (uint32_t e = from; e < to; e++) {
            uint32_t offer = problem->reach[e].offer;
            if (offer >= problem->offers || problem->reach[e].steps > ALLOT_MAX_STEPS) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: offer %u at %u steps cannot be", s, offer,
                                  problem->reach[e].steps);
            }
            if (seen[offer] == s + 1) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "site %u: offer %u is in reach twice", s, offer);
            }
            seen[offer] = s + 1;
        }
    }
    return true;
}

bool allot_shape_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error)
{
    if (!rules_valid(problem, error) || !kinds_valid(problem, error) || !applicants_valid(problem, host, error)) {
        return false;
    }
    uint32_t *seen = allot_get_zero(host, problem->offers, sizeof *seen);
    if (seen == NULL) {
        return allot_no_memory(error);
    }
    bool valid = reach_valid(problem, seen, error);
    allot_put(host, seen);
    return valid;
}

bool allot_problem_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error)
{
    if (!allot_shape_valid(problem, host, error)) {
        return false;
    }
    if (problem->ticket == NULL) {
        return true;
    }
    struct allot_drawn *ticket = allot_get(host, problem->applicants, sizeof *ticket);
    struct allot_drawn *spare = allot_get(host, problem->applicants, sizeof *spare);
    bool valid = ticket != NULL && spare != NULL;
    if (!valid) {
        allot_no_memory(error);
    } else {
        uint32_t twice = allot_sort_tickets(problem, ticket, spare);
        if (twice != ALLOT_NONE) {
            valid = allot_fail(error, ALLOT_FAULT_PROBLEM, "applicants %u and %u have the same ticket",
                               ticket[twice - 1].applicant, ticket[twice].applicant);
        }
    }
    allot_put(host, ticket);
    allot_put(host, spare);
    return valid;
}

int allot_compare_lots(struct allot_lot first, struct allot_lot second)
{
    if (first.high != second.high) {
        return first.high < second.high ? -1 : 1;
    }
    return (first.low > second.low) - (first.low < second.low);
}

int allot_compare_tickets(const struct allot_problem *problem, uint32_t first, uint32_t second)
{
    return problem->ticket == NULL ? 0 : memcmp(problem->ticket[first], problem->ticket[second], ALLOT_TICKET_BYTES);
}

int allot_compare_own_lots(const struct allot_problem *problem, uint32_t first, uint32_t second)
{
    int order = allot_compare_lots(problem->lot[first], problem->lot[second]);
    return order != 0 ? order : allot_compare_tickets(problem, first, second);
}
