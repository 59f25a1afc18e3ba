/*
 * Words of 64 bits in order.
 *
 * The sort tries insertion first, which is best where a counting sort went before; what takes too many moves is parted
 * by pivots (Hoare's quicksort), and what the pivots do not part well is sorted by a heap.
 */
#include "allot/words.h"

#include <stdbool.h>

enum { SMALL = 24, PATIENCE = 8 /* moves of insertion that a word is worth */ };

void allot_heap_sift(uint64_t *heap, size_t count, size_t hole, uint64_t moved)
{
    for (size_t child = 2 * hole + 1; child < count; child = 2 * child + 1) {
        child += child + 1 < count && heap[child] < heap[child + 1];
        if (heap[child] <= moved) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = moved;
}

void allot_heap_make(uint64_t *heap, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        allot_heap_sift(heap, count, i - 1, heap[i - 1]);
    }
}

void allot_heap_push(uint64_t *heap, size_t count, uint64_t added)
{
    size_t hole = count;
    for (; hole > 0 && heap[(hole - 1) / 2] < added; hole = (hole - 1) / 2) {
        heap[hole] = heap[(hole - 1) / 2];
    }
    heap[hole] = added;
}

/* False, with the words in some order, when it takes more moves than `patience`. */
static bool insert_words(uint64_t *words, size_t count, size_t patience)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t moved = words[i];
        size_t j = i;
        for (; j > 0 && words[j - 1] > moved; j--) {
            words[j] = words[j - 1];
        }
        words[j] = moved;
        if (i - j > patience) {
            return false;
        }
        patience -= i - j;
    }
    return true;
}

static void heap_sort(uint64_t *words, size_t count)
{
    allot_heap_make(words, count);
    for (size_t end = count; end > 1; end--) {
        uint64_t last = words[end - 1];
        words[end - 1] = words[0];
        allot_heap_sift(words, end - 1, 0, last);
    }
}

/* Goes down into the smaller side, so that it is never deep; `patience` is how many more pivots this may take. */
static void sort_parts(uint64_t *words, size_t count, uint32_t patience)
{
    while (count > SMALL && patience-- > 0) {
        size_t front = allot_words_part(words, count, allot_words_pivot(words, count, 1));
        if (front == count) { /* the pivot is the greatest */
            break;
        }
        if (front < count - front) {
            sort_parts(words, front, patience);
            words += front;
            count -= front;
        } else {
            sort_parts(words + front, count - front, patience);
            count = front;
        }
    }
    if (!insert_words(words, count, SMALL * count)) {
        heap_sort(words, count);
    }
}

void allot_words_sort(uint64_t *words, size_t count)
{
    if (!insert_words(words, count, PATIENCE * count)) {
        sort_parts(words, count, 64);
    }
}
