/*
 * Seats: the kinds of places of all offers beside each other, and the one order in which wishes stand at each.
 *
 * What must hold: the order is strict for different tickets, and the same as the words of docs/transcript.md, "Order".
 */
#include "allot/seats.h"

#include <string.h>

int allot_compare_equal_keys(const struct allot_problem *problem, const struct allot_key *first,
                             const struct allot_key *second)
{
    int order = allot_compare_lots(allot_lot_at(problem, first->applicant, first->choice),
                                   allot_lot_at(problem, second->applicant, second->choice));
    if (order == 0) {
        order = allot_compare_tickets(problem, first->applicant, second->applicant);
    }
    return (order > 0) - (order < 0);
}

struct allot_standing allot_standing_of(const struct allot_problem *problem, const struct allot_seat *seat,
                                        uint32_t applicant, uint32_t choice)
{
    const struct allot_choice *wish = &problem->choice[choice];
    bool other = seat->whom == ALLOT_MEMBERS_FIRST && !allot_is_member(problem, seat, wish->group);
    return (struct allot_standing){ .applicant = applicant,
                                    .rank = (uint16_t)(choice - problem->choice_from[applicant]),
                                    .category = wish->category,
                                    .priority = seat->by_lot ? 0 : wish->priority,
                                    .other = other,
                                    .lot = allot_lot_at(problem, applicant, choice) };
}

/* Pieces of 8 by insertion, then merged upwards. */
void allot_sort_keys(const struct allot_problem *problem, bool waiting, struct allot_key *key, struct allot_key *spare,
                     uint32_t count)
{
    int (*order)(const struct allot_problem *, const struct allot_key *, const struct allot_key *) =
        waiting ? allot_compare_waiting : allot_compare_keys;
    for (uint32_t i = 1; i < count; i++) {
        struct allot_key moved = key[i];
        uint32_t j = i;
        for (; j % 8 != 0 && order(problem, &moved, &key[j - 1]) < 0; j--) {
            key[j] = key[j - 1];
        }
        key[j] = moved;
    }
    for (uint64_t width = 8; width < count; width *= 2) {
        for (uint64_t from = 0; from < count; from += 2 * width) {
            uint64_t middle = from + width < count ? from + width : count;
            uint64_t end = from + 2 * width < count ? from + 2 * width : count;
            uint64_t left = from, right = middle;
            for (uint64_t k = from; k < end; k++) {
                bool take_left = left < middle && (right >= end || order(problem, &key[left], &key[right]) <= 0);
                spare[k] = take_left ? key[left++] : key[right++];
            }
        }
        memcpy(key, spare, count * sizeof *key);
    }
}

bool allot_seats_start(struct allot_seats *seats, const struct allot_problem *problem, const struct allot_host *host)
{
    *seats = (struct allot_seats){ 0 };
    seats->from = allot_get(host, (size_t)problem->offers + 1, sizeof *seats->from);
    seats->seat = allot_get(host, (size_t)problem->offers + allot_kinds_in_all(problem), sizeof *seats->seat);
    if (seats->from == NULL || seats->seat == NULL) {
        return false;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        seats->from[j] = seats->count;
        for (uint32_t k = 0, kinds = allot_seats_at(problem, j); k < kinds; k++) {
            seats->seat[seats->count++] = allot_seat_of(problem, j, k);
        }
    }
    seats->from[problem->offers] = seats->count;
    return true;
}

void allot_seats_end(struct allot_seats *seats, const struct allot_host *host)
{
    allot_put(host, seats->from);
    allot_put(host, seats->seat);
}
