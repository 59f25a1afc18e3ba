/*
 * Words of 64 bits in order: max-heaps, parting by a pivot, and a sort without a bad case. Not for callers.
 */
#ifndef ALLOT_WORDS_H
#define ALLOT_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Max-heap, the greatest at the root: puts `moved` at `hole` or below. */
void allot_heap_sift(uint64_t *heap, size_t count, size_t hole, uint64_t moved);
void allot_heap_make(uint64_t *heap, size_t count);
/* heap[count] is where there is room. */
void allot_heap_push(uint64_t *heap, size_t count, uint64_t added);

/* Brings all that are at most the pivot to the front; returns how many. */
static inline size_t allot_words_part(uint64_t *words, size_t count, uint64_t pivot)
{
    size_t front = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t here = words[i];
        words[i] = words[front];
        words[front] = here;
        front += here <= pivot;
    }
    return front;
}

static inline uint64_t allot_middle_of(uint64_t one, uint64_t two, uint64_t three)
{
    uint64_t low = one < two ? one : two, high = one < two ? two : one;
    high = high < three ? high : three;
    return low > high ? low : high;
}

/* One of nine or more, from three times three of them: near the front (third 0), the middle (1) or the end (2). */
static inline uint64_t allot_words_pivot(const uint64_t *words, size_t count, uint32_t third)
{
    size_t step = count / 9;
    uint64_t one = allot_middle_of(words[0], words[step], words[2 * step]);
    uint64_t two = allot_middle_of(words[3 * step], words[4 * step], words[5 * step]);
    uint64_t three = allot_middle_of(words[6 * step], words[7 * step], words[count - 1]);
    if (third == 1) {
        return allot_middle_of(one, two, three);
    }
    uint64_t low = one < two ? one : two, high = one < two ? two : one;
    return third == 0 ? (low < three ? low : three) : high > three ? high : three;
}

/* Sorts, smallest first; fastest when hardly anything is out of order. */
void allot_words_sort(uint64_t *words, size_t count);

#endif
