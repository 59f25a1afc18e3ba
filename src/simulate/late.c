/* The late round of a trial: see measure_late in measure.h. Kinds with a free place wait in a queue; each is filled
 * from its waiting list, and whoever comes from another place puts that one into the queue. */
#include "simulate/measure.h"

#include <string.h>

struct late {
    const struct allot_problem *problem;
    struct allot_waiting *waiting;
    uint32_t *seat_from; /* per offer, as in seating.c */
    uint32_t *queue;     /* kinds of places, a ring with room for all */
    bool *queued;
    uint32_t *offer_of; /* per kind of place */
    uint32_t seats, first, n;
};

static void put(struct late *late, uint32_t offer, uint32_t kind)
{
    uint32_t seat = late->seat_from[offer] + kind;
    if (!late->queued[seat]) {
        late->queued[seat] = true;
        late->queue[(late->first + late->n++) % late->seats] = seat;
    }
}

static void lay_out(struct arena *arena, struct late *late)
{
    const struct allot_problem *problem = late->problem;
    late->seat_from = ARENA_ARRAY(arena, uint32_t, (size_t)problem->offers + 1);
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t kinds = problem->kind_from ? problem->kind_from[j + 1] - problem->kind_from[j] : 0;
        late->seat_from[j + 1] = late->seat_from[j] + (kinds ? kinds : 1);
    }
    late->seats = late->seat_from[problem->offers];
    late->queue = ARENA_ARRAY(arena, uint32_t, late->seats);
    late->queued = ARENA_ARRAY(arena, bool, late->seats);
    late->offer_of = ARENA_ARRAY(arena, uint32_t, late->seats);
    for (uint32_t j = 0; j < problem->offers; j++) {
        for (uint32_t s = late->seat_from[j]; s < late->seat_from[j + 1]; s++) {
            late->offer_of[s] = j;
        }
    }
}

static void fill_seat(struct late *late, uint32_t seat)
{
    uint32_t offer = late->offer_of[seat];
    uint16_t kind = (uint16_t)(seat - late->seat_from[offer]);
    for (uint32_t room; (room = allot_waiting_room(late->waiting, offer, kind)) > 0;) {
        uint16_t rank = 0;
        uint32_t a = allot_waiting_next(late->waiting, offer, kind, room, &rank);
        if (a == ALLOT_NONE) {
            break;
        }
        struct allot_outcome before = *allot_waiting_now(late->waiting, a);
        allot_waiting_move(late->waiting, a,
                           (struct allot_outcome){ .offer = offer, .kind = kind, .rank = rank, .how = ALLOT_CHOICE });
        if (before.how != ALLOT_UNPLACED) {
            put(late, before.offer, before.kind);
        }
    }
}

static void give_back(struct late *late, const struct allot_outcome *outcome, double declined, uint64_t seed)
{
    for (uint32_t a = 0; a < late->problem->applicants; a++) {
        double chance = (double)(mix(seed, a) >> 11) / 9007199254740992.0;
        if (outcome[a].how != ALLOT_UNPLACED && chance < declined) {
            allot_waiting_move(late->waiting, a,
                               (struct allot_outcome){ .offer = ALLOT_NONE, .reason = ALLOT_WHY_NOTHING });
            put(late, outcome[a].offer, outcome[a].kind);
        }
    }
}

bool measure_late(struct arena *arena, const struct allot_problem *problem, const struct allot_outcome *outcome,
                  double declined, uint64_t seed, double *moves, struct error *error)
{
    struct late late = { .problem = problem };
    struct allot_error wrong = { 0 };
    if (!allot_waiting_new(problem, outcome, NULL, &late.waiting, &wrong)) {
        return error_set(error, "the waiting lists could not be made: %s", wrong.message);
    }
    lay_out(arena, &late);
    give_back(&late, outcome, declined, seed);
    while (late.n > 0) {
        uint32_t seat = late.queue[late.first];
        late.first = (late.first + 1) % late.seats;
        late.n--;
        late.queued[seat] = false;
        fill_seat(&late, seat);
    }
    *moves = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *now = allot_waiting_now(late.waiting, a);
        *moves += outcome[a].how != ALLOT_UNPLACED && now->how != ALLOT_UNPLACED && now->offer != outcome[a].offer;
    }
    allot_waiting_free(late.waiting, NULL);
    return true;
}
