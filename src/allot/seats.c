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

/* Does `first` stand before `second` (with `waiting`, on a waiting list)? Equal words are rare. */
static inline bool stands_before(const struct allot_problem *problem, bool waiting, const struct allot_key *first,
                                 const struct allot_key *second)
{
    if (waiting) {
        return allot_compare_waiting(problem, first, second) < 0;
    }
    bool equal = first->order == second->order && first->high == second->high;
    return equal ? allot_compare_equal_keys(problem, first, second) < 0 : allot_words_before(first, second);
}

/* Pieces of 8 by insertion, then merged upwards, from one room into the other and back. */
static inline void sort_keys(const struct allot_problem *problem, bool waiting, struct allot_key *key,
                             struct allot_key *spare, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct allot_key moved = key[i];
        uint32_t j = i;
        for (; j % 8 != 0 && stands_before(problem, waiting, &moved, &key[j - 1]); j--) {
            key[j] = key[j - 1];
        }
        key[j] = moved;
    }
    struct allot_key *from = key, *to = spare;
    for (uint64_t width = 8; width < count; width *= 2) {
        for (uint64_t start = 0; start < count; start += 2 * width) {
            uint64_t middle = start + width < count ? start + width : count;
            uint64_t end = start + 2 * width < count ? start + 2 * width : count;
            uint64_t left = start, right = middle, k = start;
            while (left < middle && right < end) {
                bool take_right = stands_before(problem, waiting, &from[right], &from[left]);
                to[k++] = from[take_right ? right : left];
                right += take_right;
                left += !take_right;
            }
            memcpy(to + k, from + left, (size_t)(middle - left) * sizeof *to);
            memcpy(to + k + (middle - left), from + right, (size_t)(end - right) * sizeof *to);
        }
        struct allot_key *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != key) {
        memcpy(key, from, count * sizeof *key);
    }
}

void allot_sort_keys(const struct allot_problem *problem, bool waiting, struct allot_key *key, struct allot_key *spare,
                     uint32_t count)
{
    if (waiting && problem->waiting_reversed) {
        sort_keys(problem, true, key, spare, count);
    } else {
        sort_keys(problem, false, key, spare, count);
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

int allot_compare(const struct allot_problem *problem, uint32_t first, uint16_t first_rank, uint32_t second,
                  uint16_t second_rank)
{
    uint32_t one = problem->choice_from[first] + first_rank, other = problem->choice_from[second] + second_rank;
    struct allot_seat seat = allot_whole_of(problem, problem->choice[one].offer);
    struct allot_key here = allot_key_at(problem, &seat, first, one);
    struct allot_key there = allot_key_at(problem, &seat, second, other);
    return allot_compare_keys(problem, &here, &there);
}
