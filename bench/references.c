/* See references.h. Seats are compared by a key of 64 bits: the priority, and where the order of the draw numbers is
 * given the place in it; otherwise equal keys are told apart by the draw numbers themselves. */
#include "references.h"

#include "measure.h"

#include <stdlib.h>
#include <string.h>

enum { PLACE_BITS = 31 };

struct seat {
    uint64_t key;
    uint32_t applicant, rank;
};

static uint32_t wishes_of(const struct allot_problem *p, uint32_t applicant)
{
    return p->choice_from[applicant + 1] - p->choice_from[applicant];
}

static const struct allot_choice *wish(const struct allot_problem *p, uint32_t applicant, uint32_t rank)
{
    return &p->choice[p->choice_from[applicant] + rank];
}

static struct seat seat_of(const struct allot_problem *p, const uint32_t *place, uint32_t applicant, uint32_t rank)
{
    uint64_t key = (uint64_t)wish(p, applicant, rank)->priority << PLACE_BITS | (place ? place[applicant] : 0);
    return (struct seat){ key, applicant, rank };
}

static bool lot_behind(const struct allot_problem *p, uint32_t a, uint32_t b)
{
    const struct allot_lot *x = &p->lot[a], *y = &p->lot[b];
    return x->high != y->high ? x->high > y->high : x->low > y->low;
}

/* Does a stand behind b? */
static bool behind(const struct allot_problem *p, const struct seat *a, const struct seat *b)
{
    return a->key != b->key ? a->key > b->key : lot_behind(p, a->applicant, b->applicant);
}

/* ---- A heap a school, the worst on top ---- */

struct heap {
    struct seat *seat;
    uint32_t n, capacity;
};

static void sink(const struct allot_problem *p, struct heap *heap)
{
    struct seat kept = heap->seat[0];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= heap->n) {
            break;
        }
        child += child + 1 < heap->n && behind(p, &heap->seat[child + 1], &heap->seat[child]);
        if (!behind(p, &heap->seat[child], &kept)) {
            break;
        }
        heap->seat[i] = heap->seat[child];
        i = child;
    }
    heap->seat[i] = kept;
}

/* Takes the asker in; whoever must leave for it (perhaps itself) is in *out; false when nobody must. */
static bool ask(const struct allot_problem *p, struct heap *heap, const struct seat *asker, struct seat *out)
{
    if (heap->n < heap->capacity) {
        uint32_t i = heap->n++;
        while (i && behind(p, asker, &heap->seat[(i - 1) / 2])) {
            heap->seat[i] = heap->seat[(i - 1) / 2];
            i = (i - 1) / 2;
        }
        heap->seat[i] = *asker;
        return false;
    }
    *out = *asker;
    if (heap->n && behind(p, &heap->seat[0], asker)) {
        *out = heap->seat[0];
        heap->seat[0] = *asker;
        sink(p, heap);
    }
    return true;
}

void deferred_by_heaps(const struct allot_problem *p, const uint32_t *place, uint32_t *placed)
{
    struct heap *heap = room(p->offers, sizeof *heap);
    uint64_t places = 0;
    for (uint32_t j = 0; j < p->offers; j++) {
        places += p->offer[j].capacity;
    }
    struct seat *all = room(places, sizeof *all);
    places = 0;
    for (uint32_t j = 0; j < p->offers; j++) {
        heap[j] = (struct heap){ all + places, 0, p->offer[j].capacity };
        places += p->offer[j].capacity;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        placed[a] = ALLOT_NONE;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        struct seat asker = { .applicant = a, .rank = 0 }, out;
        while (asker.rank < wishes_of(p, asker.applicant)) {
            asker = seat_of(p, place, asker.applicant, asker.rank);
            uint32_t offer = wish(p, asker.applicant, asker.rank)->offer;
            placed[asker.applicant] = offer;
            if (!ask(p, &heap[offer], &asker, &out)) {
                break;
            }
            placed[out.applicant] = ALLOT_NONE;
            asker = (struct seat){ .applicant = out.applicant, .rank = out.rank + 1 };
        }
    }
    free(all);
    free(heap);
}

/* ---- Rank by rank ---- */

static int by_order(const void *a, const void *b, void *p)
{
    return behind(p, a, b) ? 1 : behind(p, b, a) ? -1 : 0;
}

static bool asks(const struct allot_problem *p, const uint32_t *placed, uint32_t applicant, uint32_t rank)
{
    return placed[applicant] == ALLOT_NONE && rank < wishes_of(p, applicant);
}

/* Those who ask at this rank, school by school; where each school's end. Returns how many. */
static uint32_t gather(const struct allot_problem *p, const uint32_t *placed, uint32_t rank, struct seat *all,
                       uint32_t *end)
{
    uint32_t sum = 0;
    memset(end, 0, p->offers * sizeof *end);
    for (uint32_t a = 0; a < p->applicants; a++) {
        if (asks(p, placed, a, rank)) {
            end[wish(p, a, rank)->offer]++;
        }
    }
    for (uint32_t j = 0; j < p->offers; j++) {
        uint32_t here = end[j];
        end[j] = sum;
        sum += here;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        if (asks(p, placed, a, rank)) {
            all[end[wish(p, a, rank)->offer]++] = seat_of(p, NULL, a, rank);
        }
    }
    return sum;
}

void serial_by_sorting(const struct allot_problem *p, const uint32_t *place, uint32_t *placed)
{
    (void)place;
    uint32_t *left = room(p->offers, sizeof *left), *end = room(p->offers, sizeof *end);
    struct seat *all = room(p->applicants, sizeof *all);
    for (uint32_t j = 0; j < p->offers; j++) {
        left[j] = p->offer[j].capacity;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        placed[a] = ALLOT_NONE;
    }
    for (uint32_t rank = 0; gather(p, placed, rank, all, end) > 0; rank++) {
        for (uint32_t j = 0; j < p->offers; j++) {
            uint32_t from = j ? end[j - 1] : 0, n = end[j] - from;
            qsort_r(all + from, n, sizeof *all, by_order, (void *)(uintptr_t)p);
            for (uint32_t i = 0; i < n && left[j]; i++, left[j]--) {
                placed[all[from + i].applicant] = j;
            }
        }
    }
    free(all);
    free(end);
    free(left);
}

/* ---- In the order of the draw ---- */

static int by_lot(const void *a, const void *b, void *p)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return lot_behind(p, x, y) ? 1 : lot_behind(p, y, x) ? -1 : 0;
}

void draw_by_sorting(const struct allot_problem *p, const uint32_t *place, uint32_t *placed)
{
    (void)place;
    uint32_t *left = room(p->offers, sizeof *left), *who = room(p->applicants, sizeof *who);
    for (uint32_t j = 0; j < p->offers; j++) {
        left[j] = p->offer[j].capacity;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        who[a] = a;
    }
    qsort_r(who, p->applicants, sizeof *who, by_lot, (void *)(uintptr_t)p);
    for (uint32_t i = 0; i < p->applicants; i++) {
        uint32_t a = who[i];
        placed[a] = ALLOT_NONE;
        for (uint32_t k = 0; k < wishes_of(p, a) && placed[a] == ALLOT_NONE; k++) {
            uint32_t offer = wish(p, a, k)->offer;
            if (left[offer]) {
                left[offer]--;
                placed[a] = offer;
            }
        }
    }
    free(who);
    free(left);
}
