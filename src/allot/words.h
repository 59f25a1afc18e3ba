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
size_t allot_words_part(uint64_t *words, size_t count, uint64_t pivot);
/* A middling one of four or more. */
uint64_t allot_words_pivot(const uint64_t *words, size_t count);

/* Sorts, smallest first; fastest when hardly anything is out of order. */
void allot_words_sort(uint64_t *words, size_t count);

#endif
