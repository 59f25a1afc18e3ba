/*
 * Sorting without hidden memory: libc's qsort may allocate, and this library takes memory only from its caller.
 *
 * Draw numbers and tickets have their own sort, because there are as many as applicants (of a whole run's draw numbers
 * turns.c makes an order faster still); all else is sorted in place by heapsort, which has no bad case.
 */
#include "allot/internal.h"

#include <string.h>

static void swap_items(uint8_t *one, uint8_t *other, size_t size)
{
    uint8_t held[64];
    while (size > 0) {
        size_t bytes = size < sizeof held ? size : sizeof held;
        memcpy(held, one, bytes);
        memcpy(one, other, bytes);
        memcpy(other, held, bytes);
        one += bytes;
        other += bytes;
        size -= bytes;
    }
}

void allot_sort(void *items, size_t count, size_t size, allot_order *order, const void *ctx)
{
    uint8_t *bytes = items;
    size_t start = count / 2, end = count;
    while (end > 1) {
        if (start > 0) {
            start--;
        } else {
            end--;
            swap_items(bytes, bytes + end * size, size);
        }
        for (size_t hole = start, child = 2 * hole + 1; child < end; hole = child, child = 2 * hole + 1) {
            if (child + 1 < end && order(bytes + child * size, bytes + (child + 1) * size, ctx) < 0) {
                child++;
            }
            if (order(bytes + hole * size, bytes + child * size, ctx) >= 0) {
                break;
            }
            swap_items(bytes + hole * size, bytes + child * size, size);
        }
    }
}

static int compare_drawn(const struct allot_problem *problem, const struct allot_drawn *first,
                         const struct allot_drawn *second)
{
    int order = allot_compare_lots(first->lot, second->lot);
    return order != 0 ? order : allot_compare_tickets(problem, first->applicant, second->applicant);
}

static void insertion_sort(const struct allot_problem *problem, struct allot_drawn *drawn, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct allot_drawn moved = drawn[i];
        uint32_t j = i;
        for (; j > 0 && compare_drawn(problem, &moved, &drawn[j - 1]) < 0; j--) {
            drawn[j] = drawn[j - 1];
        }
        drawn[j] = moved;
    }
}

/* For lots that are not spread evenly: pieces of 16 by insertion, then merged upwards. */
static void merge_sort(const struct allot_problem *problem, struct allot_drawn *drawn, struct allot_drawn *spare,
                       uint32_t count)
{
    for (uint32_t from = 0; from < count; from += 16) {
        insertion_sort(problem, drawn + from, count - from < 16 ? count - from : 16);
    }
    for (uint64_t width = 16; width < count; width *= 2) {
        for (uint64_t from = 0; from < count; from += 2 * width) {
            uint64_t middle = from + width < count ? from + width : count;
            uint64_t end = from + 2 * width < count ? from + 2 * width : count;
            uint64_t left = from, right = middle;
            for (uint64_t k = from; k < end; k++) {
                bool take_left =
                    left < middle && (right >= end || compare_drawn(problem, &drawn[left], &drawn[right]) <= 0);
                spare[k] = take_left ? drawn[left++] : drawn[right++];
            }
        }
        memcpy(drawn, spare, count * sizeof *drawn);
    }
}

/* Lots are as good as random, so one pass by their leading bits leaves buckets of a few, which insertion finishes. */
uint32_t allot_sort_drawn(const struct allot_problem *problem, struct allot_drawn *drawn, struct allot_drawn *spare,
                          uint32_t count)
{
    enum { BITS = 12, BUCKETS = 1 << BITS };
    uint32_t start[BUCKETS + 1] = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        start[(drawn[i].lot.high >> (64 - BITS)) + 1]++;
    }
    for (uint32_t b = 0; b < BUCKETS; b++) {
        start[b + 1] += start[b];
    }
    uint32_t next[BUCKETS];
    memcpy(next, start, sizeof next);
    for (uint32_t i = 0; i < count; i++) {
        spare[next[drawn[i].lot.high >> (64 - BITS)]++] = drawn[i];
    }
    memcpy(drawn, spare, (size_t)count * sizeof *drawn);
    for (uint32_t b = 0; b < BUCKETS; b++) {
        uint32_t size = start[b + 1] - start[b];
        if (size > 1 && size <= 32) {
            insertion_sort(problem, drawn + start[b], size);
        } else if (size > 32) {
            merge_sort(problem, drawn + start[b], spare + start[b], size);
        }
    }
    for (uint32_t i = 1; i < count; i++) {
        if (drawn[i].lot.high == drawn[i - 1].lot.high && compare_drawn(problem, &drawn[i], &drawn[i - 1]) == 0 &&
            drawn[i].applicant != drawn[i - 1].applicant) {
            return i;
        }
    }
    return ALLOT_NONE;
}

uint32_t allot_sort_tickets(const struct allot_problem *problem, struct allot_drawn *drawn, struct allot_drawn *spare)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        drawn[a] = (struct allot_drawn){ allot_lot_from(problem->ticket[a]), a, a };
    }
    return allot_sort_drawn(problem, drawn, spare, problem->applicants);
}

int allot_nearer(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    const struct allot_reach *first = one, *second = other;
    if (first->steps != second->steps) {
        return first->steps < second->steps ? -1 : 1;
    }
    return (first->offer > second->offer) - (first->offer < second->offer);
}
