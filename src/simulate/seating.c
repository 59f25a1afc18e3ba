/* See seating.h. */
#include "simulate/seating.h"

#include <stdlib.h>

bool stands_before(const struct stand *a, const struct stand *b)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank;
    }
    if (a->other != b->other) {
        return a->other < b->other;
    }
    if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    if (a->lot.high != b->lot.high) {
        return a->lot.high < b->lot.high;
    }
    if (a->lot.low != b->lot.low) {
        return a->lot.low < b->lot.low;
    }
    return a->applicant < b->applicant;
}

static int by_stand(const void *a, const void *b)
{
    return stands_before(a, b) ? -1 : 1;
}

static bool is_member(const struct seating *seating, const struct seat *seat, uint32_t choice)
{
    const uint16_t *group = seating->problem->kind_group + seat->of->group_from;
    for (uint32_t g = 0; g < seat->of->groups; g++) {
        if (group[g] == seating->problem->choice[choice].group) {
            return true;
        }
    }
    return false;
}

bool seat_may(const struct seating *seating, const struct seat *seat, uint32_t choice)
{
    if (!seat->of || seat->of->whom == ALLOT_FOR_ALL || seat->of->whom == ALLOT_MEMBERS_FIRST) {
        return true;
    }
    return is_member(seating, seat, choice) == (seat->of->whom == ALLOT_MEMBERS_ONLY);
}

struct stand seat_stand(const struct seating *seating, const struct seat *seat, uint32_t applicant, uint32_t choice)
{
    const struct allot_problem *problem = seating->problem;
    bool last = seat->of && seat->of->whom == ALLOT_MEMBERS_FIRST && !is_member(seating, seat, choice);
    return (struct stand){ .other = last,
                           .priority = seat->order == ALLOT_BY_LOT ? 0 : problem->choice[choice].priority,
                           .lot = problem->lot_per_offer ? problem->choice_lot[choice] : problem->lot[applicant],
                           .applicant = applicant };
}

uint32_t seating_better(const struct seating *seating, uint32_t applicant)
{
    const struct allot_outcome *outcome = &seating->outcome[applicant];
    return outcome->how == ALLOT_CHOICE
               ? outcome->rank
               : seating->problem->choice_from[applicant + 1] - seating->problem->choice_from[applicant];
}

static void lay_out(struct arena *arena, struct seating *seating)
{
    const struct allot_problem *problem = seating->problem;
    seating->seat_from = ARENA_ARRAY(arena, uint32_t, (size_t)problem->offers + 1);
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t kinds = problem->kind_from ? problem->kind_from[j + 1] - problem->kind_from[j] : 0;
        seating->seat_from[j + 1] = seating->seat_from[j] + (kinds ? kinds : 1);
    }
    seating->seats = seating->seat_from[problem->offers];
    seating->seat = ARENA_ARRAY(arena, struct seat, seating->seats);
    for (uint32_t j = 0; j < problem->offers; j++) {
        const struct allot_offer *offer = &problem->offer[j];
        uint32_t kinds = problem->kind_from ? problem->kind_from[j + 1] - problem->kind_from[j] : 0;
        struct seat *seat = &seating->seat[seating->seat_from[j]];
        *seat = (struct seat){ .offer = j, .order = offer->order, .places = offer->capacity };
        for (uint32_t k = 0; k < kinds; k++) {
            const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
            seat[k] = (struct seat){
                .offer = j, .kind = (uint16_t)k, .order = kind->order, .of = kind, .places = kind->places
            };
        }
    }
}

static struct seat *seat_of(struct seating *seating, uint32_t applicant)
{
    const struct allot_outcome *outcome = &seating->outcome[applicant];
    return &seating->seat[seating->seat_from[outcome->offer] + outcome->kind];
}

struct seating *seating_new(struct arena *arena, const struct allot_problem *problem,
                            const struct allot_outcome *outcome)
{
    struct seating *seating = ARENA_NEW(arena, struct seating);
    seating->problem = problem;
    seating->outcome = outcome;
    lay_out(arena, seating);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (outcome[a].how != ALLOT_UNPLACED) {
            struct seat *seat = seat_of(seating, a);
            seat->taken += problem->applicant[a].places;
            seat->upto += outcome[a].how == ALLOT_CHOICE;
        }
    }
    uint32_t n = 0;
    for (uint32_t s = 0; s < seating->seats; s++) {
        struct seat *seat = &seating->seat[s];
        seat->from = n;
        n += seat->upto;
        seat->upto = seat->from;
    }
    seating->stand = ARENA_ARRAY(arena, struct stand, n);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (outcome[a].how == ALLOT_CHOICE) {
            struct seat *seat = seat_of(seating, a);
            seating->stand[seat->upto++] = seat_stand(seating, seat, a, problem->choice_from[a] + outcome[a].rank);
        }
    }
    for (uint32_t s = 0; s < seating->seats; s++) {
        const struct seat *seat = &seating->seat[s];
        if (seat->upto > seat->from) {
            qsort(seating->stand + seat->from, seat->upto - seat->from, sizeof *seating->stand, by_stand);
        }
    }
    return seating;
}
