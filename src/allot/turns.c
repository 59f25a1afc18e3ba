/*
 * The order of the draw numbers.
 *
 * A word of 64 bits holds as many leading bits of a lot as fit beside the number of its owner. Words are sorted by
 * their leading bits in two passes of counting; what these leave out of order is nearly nothing, because lots are as
 * good as random, and is put right by insertion. Lots that agree in all bits of their words are compared wholly, and
 * then by ticket. Where lots are not random, sorting falls back to a method without a bad case.
 *
 * Many draw numbers are first parted by their leading bits, so that each part is sorted within the processor's cache,
 * and by as many workers as the host has.
 *
 * What must hold: place and who are inverse; the order is that of (lot, ticket), whatever the lots are.
 */
#include "allot/engine.h"
#include "allot/words.h"
#include "allot/workers.h"

#include <string.h>

enum {
    DIGIT = 10, /* bits that one pass of counting sorts by */
    BUCKETS = 1 << DIGIT,
    PART_BITS = 10,
    PARTS = 1 << PART_BITS,
    PART_FROM = 1 << 18, /* from so many draw numbers on they are parted */
    MOST_WORKERS = 64
};

struct sorting {
    const struct allot_problem *problem;
    bool per_choice;
    uint32_t count;
    uint32_t index_bits;
    uint32_t workers;
    uint64_t *words;
    uint64_t *spare; /* per worker */
    size_t spare_room;
    uint32_t *owner; /* per_choice: the applicant of a choice */
    struct allot_turns *turns;
    uint32_t part_from[PARTS + 1];
    uint32_t *piece;     /* per worker: PARTS counts */
    uint8_t runs[PARTS]; /* per part: words of it agree in all bits that they hold */
    bool any_runs;
};

/* --- sorting words ----------------------------------------------------------------------------------------------- */

/* Sorts words whose bits above `top` are equal: two passes by the 22 bits below it, then the rest. */
static void sort_words_below(uint64_t *words, uint64_t *spare, uint32_t count, uint32_t top)
{
    if (count > 64 && top >= 2 * DIGIT) {
        uint32_t low_at[BUCKETS] = { 0 }, high_at[BUCKETS] = { 0 };
        uint32_t low_shift = top - 2 * DIGIT, high_shift = top - DIGIT;
        for (uint32_t i = 0; i < count; i++) {
            low_at[(words[i] >> low_shift) % BUCKETS]++;
            high_at[(words[i] >> high_shift) % BUCKETS]++;
        }
        for (uint32_t b = 0, low = 0, high = 0; b < BUCKETS; b++) {
            uint32_t here = low_at[b];
            low_at[b] = low;
            low += here;
            here = high_at[b];
            high_at[b] = high;
            high += here;
        }
        for (uint32_t i = 0; i < count; i++) {
            spare[low_at[(words[i] >> low_shift) % BUCKETS]++] = words[i];
        }
        for (uint32_t i = 0; i < count; i++) {
            words[high_at[(spare[i] >> high_shift) % BUCKETS]++] = spare[i];
        }
    }
    allot_words_sort(words, count);
}

/* --- words of lots ----------------------------------------------------------------------------------------------- */

static inline const struct allot_lot *lots_of(const struct sorting *sorting)
{
    return sorting->per_choice ? sorting->problem->choice_lot : sorting->problem->lot;
}

static inline uint32_t owner_of(const struct sorting *sorting, uint64_t word)
{
    uint32_t item = (uint32_t)(word & (((uint64_t)1 << sorting->index_bits) - 1));
    return sorting->per_choice ? sorting->owner[item] : item;
}

static int compare_items(const struct sorting *sorting, uint64_t one, uint64_t other)
{
    uint64_t index = ((uint64_t)1 << sorting->index_bits) - 1;
    const struct allot_lot *lot = lots_of(sorting);
    int order = allot_compare_lots(lot[one & index], lot[other & index]);
    return order != 0 ? order
                      : allot_compare_tickets(sorting->problem, owner_of(sorting, one), owner_of(sorting, other));
}

static int compare_words(const void *one, const void *other, const void *sorting)
{
    return compare_items(sorting, *(const uint64_t *)one, *(const uint64_t *)other);
}

/* Words of one run agree in all bits of the lot that they hold. */
static void sort_runs(const struct sorting *sorting, uint64_t *words, uint32_t count)
{
    for (uint32_t from = 0, to = 1; from < count; from = to++) {
        uint64_t bits = words[from] >> sorting->index_bits;
        while (to < count && words[to] >> sorting->index_bits == bits) {
            to++;
        }
        if (to - from > 1) {
            allot_sort(words + from, to - from, sizeof *words, compare_words, sorting);
        }
    }
}

static void number_words(const struct sorting *sorting, uint32_t from, uint32_t to)
{
    const uint64_t *words = sorting->words;
    const uint32_t *owner = sorting->owner;
    uint32_t *place = sorting->turns->place, *who = sorting->turns->who;
    uint32_t index = (uint32_t)(((uint64_t)1 << sorting->index_bits) - 1);
    for (uint32_t i = from; i < to; i++) {
        uint32_t item = (uint32_t)words[i] & index;
        place[item] = i;
        who[i] = owner == NULL ? item : owner[item];
    }
}

/* Do two words beside each other agree in all bits of the lot that they hold? */
static bool has_runs(const struct sorting *sorting, uint32_t from, uint32_t to)
{
    const uint64_t *words = sorting->words;
    uint64_t bits = (uint64_t)1 << sorting->index_bits;
    bool found = false;
    for (uint32_t i = from + 1; i < to; i++) {
        found |= (words[i] ^ words[i - 1]) < bits;
    }
    return found;
}

/* Two different applicants whom neither lot nor ticket tells apart stand beside each other. */
static bool all_differ(const struct sorting *sorting, struct allot_error *error)
{
    for (uint32_t i = 1; i < sorting->count && sorting->any_runs; i++) {
        uint64_t one = sorting->words[i - 1], other = sorting->words[i];
        if ((one ^ other) >> sorting->index_bits != 0 || compare_items(sorting, one, other) != 0) {
            continue;
        }
        uint32_t first = owner_of(sorting, one), second = owner_of(sorting, other);
        if (first != second) {
            return allot_fail(error, ALLOT_FAULT_PROBLEM,
                              sorting->problem->ticket == NULL
                                  ? "applicants %u and %u have the same draw number and no tickets to tell them apart"
                                  : "applicants %u and %u have the same ticket",
                              first < second ? first : second, first < second ? second : first);
        }
    }
    return true;
}

/* --- parts ------------------------------------------------------------------------------------------------------- */

static void count_piece(void *argument, uint32_t worker)
{
    struct sorting *sorting = argument;
    const struct allot_lot *lot = lots_of(sorting);
    uint32_t *count = sorting->piece + (size_t)worker * PARTS;
    uint32_t end = (uint32_t)workers_from(sorting->count, sorting->workers, worker + 1);
    for (uint32_t i = (uint32_t)workers_from(sorting->count, sorting->workers, worker); i < end; i++) {
        count[lot[i].high >> (64 - PART_BITS)]++;
    }
}

static void spread_piece(void *argument, uint32_t worker)
{
    struct sorting *sorting = argument;
    const struct allot_lot *lot = lots_of(sorting);
    uint64_t *words = sorting->words, index = ((uint64_t)1 << sorting->index_bits) - 1;
    uint32_t *at = sorting->piece + (size_t)worker * PARTS;
    uint32_t end = (uint32_t)workers_from(sorting->count, sorting->workers, worker + 1);
    for (uint32_t i = (uint32_t)workers_from(sorting->count, sorting->workers, worker); i < end; i++) {
        words[at[lot[i].high >> (64 - PART_BITS)]++] = (lot[i].high & ~index) | i;
    }
}

/* A part that is far too large, as of lots that are not random, has no room in `spare` and is sorted without. */
static void sort_parts_of(void *argument, uint32_t worker)
{
    struct sorting *sorting = argument;
    uint64_t *spare = sorting->spare + (size_t)worker * sorting->spare_room;
    for (uint32_t part = worker; part < PARTS; part += sorting->workers) {
        uint32_t from = sorting->part_from[part], to = sorting->part_from[part + 1];
        if (to - from <= sorting->spare_room) {
            sort_words_below(sorting->words + from, spare, to - from, 64 - PART_BITS);
        } else {
            allot_words_sort(sorting->words + from, to - from);
        }
        if (has_runs(sorting, from, to)) {
            sort_runs(sorting, sorting->words + from, to - from);
            sorting->runs[part] = 1;
        }
        number_words(sorting, from, to);
    }
}

static bool sort_parts(struct sorting *sorting, const struct allot_host *host)
{
    uint32_t *piece = allot_get_zero(host, (size_t)sorting->workers * PARTS, sizeof *piece);
    if (piece == NULL) {
        return false;
    }
    sorting->piece = piece;
    workers_each(host, count_piece, sorting, sorting->workers);
    uint32_t from = 0;
    for (uint32_t part = 0; part < PARTS; part++) {
        sorting->part_from[part] = from;
        for (uint32_t worker = 0; worker < sorting->workers; worker++) {
            uint32_t here = piece[(size_t)worker * PARTS + part];
            piece[(size_t)worker * PARTS + part] = from;
            from += here;
        }
    }
    sorting->part_from[PARTS] = from;
    workers_each(host, spread_piece, sorting, sorting->workers);
    workers_each(host, sort_parts_of, sorting, sorting->workers);
    sorting->any_runs = memchr(sorting->runs, 1, PARTS) != NULL;
    allot_put(host, piece);
    return true;
}

static void sort_whole(struct sorting *sorting)
{
    const struct allot_lot *lot = lots_of(sorting);
    uint64_t index = ((uint64_t)1 << sorting->index_bits) - 1, *words = sorting->words;
    for (uint32_t i = 0; i < sorting->count; i++) {
        words[i] = (lot[i].high & ~index) | i;
    }
    sort_words_below(sorting->words, sorting->spare, sorting->count, 64);
    sorting->any_runs = has_runs(sorting, 0, sorting->count);
    if (sorting->any_runs) {
        sort_runs(sorting, sorting->words, sorting->count);
    }
    number_words(sorting, 0, sorting->count);
}

bool allot_turns_make(const struct allot_problem *problem, const struct allot_host *host, bool per_choice,
                      struct allot_turns *turns, struct allot_error *error)
{
    uint32_t count = per_choice ? problem->choice_from[problem->applicants] : problem->applicants;
    struct sorting sorting = { .problem = problem, .per_choice = per_choice, .count = count, .turns = turns };
    turns->place = NULL;
    turns->who = NULL;
    if (count > ALLOT_MAX_TURNS) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "more than %u draw numbers", ALLOT_MAX_TURNS);
    }
    while ((uint64_t)1 << sorting.index_bits < count) {
        sorting.index_bits++;
    }
    turns->place = allot_get(host, count, sizeof *turns->place);
    turns->who = allot_get(host, count, sizeof *turns->who);
    sorting.words = allot_get(host, count, sizeof *sorting.words);
    sorting.workers = 1;
    sorting.spare_room = count;
    if (count >= PART_FROM) {
        sorting.workers = workers_of(host) < MOST_WORKERS ? workers_of(host) : MOST_WORKERS;
        sorting.spare_room = 2 * (size_t)count / PARTS;
    }
    sorting.spare = allot_get(host, sorting.workers * sorting.spare_room, sizeof *sorting.spare);
    sorting.owner = per_choice ? allot_get(host, count, sizeof *sorting.owner) : NULL;
    bool done = turns->place && turns->who && sorting.words && sorting.spare && (sorting.owner || !per_choice);
    if (done) {
        for (uint32_t a = 0; per_choice && a < problem->applicants; a++) {
            for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
                sorting.owner[c] = a;
            }
        }
        if (count < PART_FROM) {
            sort_whole(&sorting);
        } else {
            done = sort_parts(&sorting, host);
        }
    }
    done = done ? all_differ(&sorting, error) : allot_no_memory(error);
    allot_put(host, sorting.words);
    allot_put(host, sorting.spare);
    allot_put(host, sorting.owner);
    return done;
}

void allot_turns_drop(const struct allot_host *host, struct allot_turns *turns)
{
    allot_put(host, turns->place);
    allot_put(host, turns->who);
}
