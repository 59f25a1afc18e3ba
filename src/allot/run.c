/*
 * The run: draw numbers become places in one order, then applicants propose and offers keep the best so far.
 *
 * One engine serves all three mechanisms. Deferred acceptance is the engine itself (Gale and Shapley 1962). Serial
 * priority is immediate acceptance, which is deferred acceptance where every offer ranks applicants by the rank at
 * which they listed it before anything else (Ergin and Sönmez 2006); the tests hold it against the rounds played
 * literally. The draw is deferred acceptance with all priorities equal.
 *
 * A key is two words: (rank, upper half of priority), (lower half of priority, place in the order of lots). The place
 * names its owner, so a heap entry is 16 bytes and needs no pointer. Each offer has a max-heap of at most its capacity,
 * built only once it is full; who is pushed out goes on with the next wish at once.
 *
 * What must hold: the result is the same for every order of input (the keys are strict, and the applicant-optimal
 * stable matching is unique).
 */
#include "allot/internal.h"

#include <string.h>

/* --- proposals --------------------------------------------------------------------------------------------------- */

struct key {
    uint64_t first;  /* rank, upper half of the priority */
    uint64_t second; /* lower half of the priority, place in the order of lots */
};

struct engine {
    const struct allot_problem *problem;
    uint32_t *place;   /* per applicant; with lots per offer, per choice */
    uint32_t *who;     /* by place */
    uint32_t *at;      /* per applicant: index of the choice it stands at */
    uint32_t *held;    /* per offer: how many keys its heap holds */
    size_t *heap_from; /* per offer + 1 */
    struct key *heap;
};

static inline bool before(struct key one, struct key other)
{
    return one.first != other.first ? one.first < other.first : one.second < other.second;
}

/* Max-heap: the root is the worst kept. Puts `moved` at `hole` or below. */
static void sift_down(struct key *heap, uint32_t count, uint32_t hole, struct key moved)
{
    for (;;) {
        uint64_t child = 2 * (uint64_t)hole + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && before(heap[child], heap[child + 1])) {
            child++;
        }
        if (!before(moved, heap[child])) {
            break;
        }
        heap[hole] = heap[child];
        hole = (uint32_t)child;
    }
    heap[hole] = moved;
}

static void make_heap(struct key *heap, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(heap, count, i - 1, heap[i - 1]);
    }
}

static inline struct key key_of(const struct engine *engine, uint32_t applicant, uint32_t c)
{
    const struct allot_problem *problem = engine->problem;
    uint64_t priority = allot_priority_at(problem, &problem->choice[c]);
    uint64_t rank = problem->mechanism == ALLOT_SERIAL ? c - problem->choice_from[applicant] : 0;
    uint32_t place = engine->place[problem->lot_per_offer ? c : applicant];
    return (struct key){ (rank << 32) | (priority >> 32), (priority << 32) | place };
}

/* Lets one applicant propose, and whoever is pushed out after it, until somebody finds room or has no wish left. */
static void propose(struct engine *engine, uint32_t applicant)
{
    const struct allot_problem *problem = engine->problem;
    while (engine->at[applicant] < problem->choice_from[applicant + 1]) {
        uint32_t c = engine->at[applicant];
        uint32_t offer = problem->choice[c].offer;
        struct key *heap = engine->heap + engine->heap_from[offer];
        size_t room = engine->heap_from[offer + 1] - engine->heap_from[offer];
        uint32_t held = engine->held[offer];
        struct key key = key_of(engine, applicant, c);
        if (held < room) {
            heap[held++] = key;
            engine->held[offer] = held;
            if (held == room) {
                make_heap(heap, held);
            }
            return;
        }
        if (held > 0 && before(key, heap[0])) {
            applicant = engine->who[(uint32_t)heap[0].second];
            sift_down(heap, held, 0, key);
        }
        engine->at[applicant]++;
    }
}

static bool order_lots(struct engine *engine, const struct allot_host *host, struct allot_error *error)
{
    const struct allot_problem *problem = engine->problem;
    uint32_t choices = problem->choice_from[problem->applicants];
    uint32_t count = problem->lot_per_offer ? choices : problem->applicants;
    struct allot_drawn *drawn = allot_get(host, count, sizeof *drawn);
    struct allot_drawn *spare = allot_get(host, count, sizeof *spare);
    bool done = drawn != NULL && spare != NULL;
    if (!done) {
        allot_no_memory(error);
    } else {
        for (uint32_t a = 0; a < problem->applicants; a++) {
            if (!problem->lot_per_offer) {
                drawn[a] = (struct allot_drawn){ problem->lot[a], a, a };
                continue;
            }
            for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a + 1]; c++) {
                drawn[c] = (struct allot_drawn){ problem->choice_lot[c], a, c };
            }
        }
        uint32_t twice = allot_sort_drawn(problem, drawn, spare, count);
        if (twice != ALLOT_NONE) {
            done = allot_fail(error, ALLOT_FAULT_PROBLEM, "applicants %u and %u have the same ticket",
                              drawn[twice - 1].applicant, drawn[twice].applicant);
        }
        for (uint32_t i = 0; i < count; i++) {
            engine->place[drawn[i].item] = i;
            engine->who[i] = drawn[i].applicant;
        }
    }
    allot_put(host, drawn);
    allot_put(host, spare);
    return done;
}

/* An offer keeps at most as many as list it: no more room is needed, whatever its capacity. */
static bool make_room(struct engine *engine, const struct allot_host *host)
{
    const struct allot_problem *problem = engine->problem;
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t c = 0; c < choices; c++) {
        engine->held[problem->choice[c].offer]++;
    }
    engine->heap_from[0] = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t capacity = problem->offer[j].capacity;
        engine->heap_from[j + 1] = engine->heap_from[j] + (capacity < engine->held[j] ? capacity : engine->held[j]);
        engine->held[j] = 0;
    }
    engine->heap = allot_get(host, engine->heap_from[problem->offers], sizeof *engine->heap);
    return engine->heap != NULL;
}

static bool run_engine(struct engine *engine, const struct allot_host *host, struct allot_outcome *outcome,
                       struct allot_error *error)
{
    const struct allot_problem *problem = engine->problem;
    if (!order_lots(engine, host, error)) {
        return false;
    }
    if (!make_room(engine, host)) {
        return allot_no_memory(error);
    }
    memcpy(engine->at, problem->choice_from, (size_t)problem->applicants * sizeof *engine->at);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        propose(engine, a);
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t c = engine->at[a];
        if (c < problem->choice_from[a + 1]) {
            uint16_t rank = (uint16_t)(c - problem->choice_from[a]);
            outcome[a] = (struct allot_outcome){
                .offer = problem->choice[c].offer, .rank = rank, .how = ALLOT_CHOICE, .reason = ALLOT_WHY_NOTHING
            };
        } else {
            enum allot_reason why = problem->balance ? allot_why_not_asked(problem, a) : ALLOT_WHY_NO_BALANCE;
            outcome[a] = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = (uint8_t)why };
        }
    }
    return true;
}

static bool choose(const struct allot_problem *problem, const struct allot_host *host, struct allot_outcome *outcome,
                   struct allot_error *error)
{
    size_t keys = problem->lot_per_offer ? problem->choice_from[problem->applicants] : problem->applicants;
    struct engine engine = { .problem = problem };
    engine.place = allot_get(host, keys, sizeof *engine.place);
    engine.who = allot_get(host, keys, sizeof *engine.who);
    engine.at = allot_get(host, problem->applicants, sizeof *engine.at);
    engine.held = allot_get_zero(host, problem->offers, sizeof *engine.held);
    engine.heap_from = allot_get(host, (size_t)problem->offers + 1, sizeof *engine.heap_from);
    bool room = engine.place && engine.who && engine.at && engine.held && engine.heap_from;
    bool done = room ? run_engine(&engine, host, outcome, error) : allot_no_memory(error);
    allot_put(host, engine.place);
    allot_put(host, engine.who);
    allot_put(host, engine.at);
    allot_put(host, engine.held);
    allot_put(host, engine.heap_from);
    allot_put(host, engine.heap);
    return done;
}

/* --- the whole run ----------------------------------------------------------------------------------------------- */

static struct allot_result *result_new(const struct allot_problem *problem, const struct allot_host *host)
{
    struct allot_result *result = allot_get_zero(host, 1, sizeof *result);
    if (result == NULL) {
        return NULL;
    }
    result->applicants = problem->applicants;
    result->offers = problem->offers;
    result->outcome = allot_get(host, problem->applicants, sizeof *result->outcome);
    result->cutoff = allot_get_zero(host, problem->offers, sizeof *result->cutoff);
    result->balance.price = allot_get_zero(host, problem->offers, sizeof *result->balance.price);
    result->balance.cut_site = allot_get_zero(host, problem->sites, 1);
    result->balance.short_site = allot_get_zero(host, problem->sites, 1);
    if (!result->outcome || !result->cutoff || !result->balance.price || !result->balance.cut_site ||
        !result->balance.short_site) {
        allot_result_free(result, host);
        return NULL;
    }
    return result;
}

void allot_result_free(struct allot_result *result, const struct allot_host *host)
{
    if (result == NULL) {
        return;
    }
    allot_put(host, result->outcome);
    allot_put(host, result->cutoff);
    allot_put(host, result->kind_cutoff);
    allot_put(host, result->tally);
    allot_put(host, result->over);
    allot_put(host, result->balance.price);
    allot_put(host, result->balance.cut_site);
    allot_put(host, result->balance.short_site);
    allot_put(host, result);
}

bool allot_run(const struct allot_problem *problem, const struct allot_host *host, struct allot_result **result,
               struct allot_error *error)
{
    if (!allot_shape_valid(problem, host, error)) {
        return false;
    }
    if (problem->applicants > 0 && (problem->lot == NULL || (problem->lot_per_offer && problem->choice_lot == NULL))) {
        return allot_fail(error, ALLOT_FAULT_PROBLEM, "the draw numbers are missing");
    }
    struct allot_result *made = result_new(problem, host);
    if (made == NULL) {
        return allot_no_memory(error);
    }
    bool done = choose(problem, host, made->outcome, error) &&
                (!problem->balance || allot_balance_left(problem, host, made, error)) &&
                allot_count(problem, host, made, error);
    if (!done) {
        allot_result_free(made, host);
        return false;
    }
    *result = made;
    return true;
}
