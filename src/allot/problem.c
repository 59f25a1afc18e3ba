/*
 * The problem: memory, messages, validity, and the one strict order of applicants at an offer.
 *
 * What must hold: nothing after allot_shape_valid indexes outside the caller's arrays; the order is strict for
 * different tickets.
 */
#include "allot/internal.h"

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
        problem->mechanism != ALLOT_DRAW) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "unknown mechanism %d", (int)problem->mechanism);
    }
    if (problem->offers == ALLOT_NONE || problem->applicants == ALLOT_NONE || problem->sites == ALLOT_NONE) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u offers, applicants or sites", ALLOT_NONE - 1);
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_offer *offer = &problem->offer[j];
        if (offer->order > ALLOT_BY_LOT || offer->balance > 1) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "offer %u: order %u, balance %u are not known", j,
                              offer->order, offer->balance);
        }
    }
    return true;
}

static bool choices_valid(const struct allot_problem *problem, uint32_t *seen, struct allot_error *error)
{
    if (problem->choice_from == NULL || problem->choice_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "choice_from must start with 0");
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
        if (to < from || to - from > UINT16_MAX) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: choices from %u to %u", a, from, to);
        }
        for (uint32_t c = from; c < to; c++) {
            uint32_t offer = problem->choice[c].offer;
            if (offer >= problem->offers) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no offer %u", a, offer);
            }
            if (seen[offer] == a + 1) {
                return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: offer %u is listed twice", a, offer);
            }
            seen[offer] = a + 1;
        }
        uint32_t site = problem->applicant[a].site;
        if (site != ALLOT_NONE && site >= problem->sites) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: there is no site %u", a, site);
        }
        if (problem->applicant[a].places != 1) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: %u places", a, problem->applicant[a].places);
        }
        if (problem->applicant[a].flags & ~(uint32_t)ALLOT_DECLINES_BALANCE) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM, "applicant %u: unknown flags %u", a,
                              problem->applicant[a].flags);
        }
    }
    return true;
}

static bool reach_valid(const struct allot_problem *problem, uint32_t *seen, struct allot_error *error)
{
    if (problem->sites == 0) {
        return true;
    }
    if (problem->reach_from == NULL || problem->reach_from[0] != 0) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "reach_from must start with 0");
    }
    for (uint32_t s = 0; s < problem->sites; s++) {
        uint32_t from = problem->reach_from[s], to = problem->reach_from[s + 1];
        if (to < from) {
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
    if (!rules_valid(problem, error)) {
        return false;
    }
    uint32_t *seen = allot_get_zero(host, problem->offers, sizeof *seen);
    if (seen == NULL) {
        return allot_no_memory(error);
    }
    bool valid = choices_valid(problem, seen, error);
    memset(seen, 0, (size_t)problem->offers * sizeof *seen);
    valid = valid && reach_valid(problem, seen, error);
    allot_put(host, seen);
    return valid;
}

static uint64_t big_endian(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = (value << 8) | bytes[i];
    }
    return value;
}

bool allot_problem_valid(const struct allot_problem *problem, const struct allot_host *host, struct allot_error *error)
{
    if (!allot_shape_valid(problem, host, error)) {
        return false;
    }
    struct allot_drawn *ticket = allot_get(host, problem->applicants, sizeof *ticket);
    struct allot_drawn *spare = allot_get(host, problem->applicants, sizeof *spare);
    bool valid = ticket != NULL && spare != NULL;
    if (!valid) {
        allot_no_memory(error);
    } else {
        for (uint32_t a = 0; a < problem->applicants; a++) {
            const uint8_t *bytes = problem->ticket[a];
            ticket[a] = (struct allot_drawn){ { big_endian(bytes), big_endian(bytes + 8) }, a, a };
        }
        uint32_t twice = allot_sort_drawn(problem, ticket, spare, problem->applicants);
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

struct allot_standing allot_standing_at(const struct allot_problem *problem, uint32_t applicant, uint16_t rank)
{
    uint32_t c = problem->choice_from[applicant] + rank;
    const struct allot_choice *choice = &problem->choice[c];
    return (struct allot_standing){ .applicant = applicant,
                                    .rank = rank,
                                    .category = choice->category,
                                    .priority = allot_priority_at(problem, choice),
                                    .lot = allot_lot_at(problem, applicant, c) };
}

int allot_compare_standings(const struct allot_problem *problem, const struct allot_standing *first,
                            const struct allot_standing *second)
{
    if (problem->mechanism == ALLOT_SERIAL && first->rank != second->rank) {
        return first->rank < second->rank ? -1 : 1;
    }
    if (first->priority != second->priority) {
        return first->priority < second->priority ? -1 : 1;
    }
    int order = allot_compare_lots(first->lot, second->lot);
    if (order == 0) {
        order = allot_compare_tickets(problem, first->applicant, second->applicant);
    }
    return (order > 0) - (order < 0);
}

int allot_compare(const struct allot_problem *problem, uint32_t first, uint16_t first_rank, uint32_t second,
                  uint16_t second_rank)
{
    struct allot_standing one = allot_standing_at(problem, first, first_rank);
    struct allot_standing other = allot_standing_at(problem, second, second_rank);
    return allot_compare_standings(problem, &one, &other);
}
