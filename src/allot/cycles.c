/*
 * Top trading cycles (Shapley and Scarf, Journal of Mathematical Economics 1, 1974; for offers with several places
 * Abdulkadiroğlu and Sönmez, American Economic Review 93, 2003).
 *
 * Every offer with places left points to the first in its order of those without a place who list it; each of these
 * points to the best of its wishes that has places left. Whoever is on a circle gets what it points to.
 *
 * The pointers are followed from one offer, and whoever was passed on the way is kept as a path. When the way comes
 * back to an offer of the path, everything from there on is the circle: it is settled and taken off, and the way goes
 * on from whom the path now ends with. Its offers lost no place, and of their first ones only the last can have got
 * one, where two offers on end pointed to the same. So each step of the way is made once for a place given, or once for
 * a wish that is full.
 *
 * The way never ends nowhere: who is pointed to lists the offer that points, which has a place; and an offer that is
 * pointed to is listed by who points.
 */
#include "allot/engine.h"
#include "allot/words.h"

enum { PLACE_BITS = 31 };

#define OFF_PATH UINT32_MAX

struct cycles {
    const struct allot_problem *problem;
    const struct allot_turns *turns;
    size_t *from;     /* per offer + 1: its part of `key` */
    uint64_t *key;    /* who lists the offer, in its order: priority, place in the order of lots … */
    uint32_t *lister; /* … and so the applicants */
    size_t *first;    /* per offer: nobody before this is without a place */
    uint32_t *left;   /* per offer: places */
    uint32_t *wish;   /* per applicant: the choice pointed to; all better ones are full … */
    uint32_t *target; /* … and its offer */
    uint8_t *placed;  /* per applicant */
    uint32_t *on;     /* per offer: where on the path, or OFF_PATH */
    uint32_t *path;   /* offers; each points to the applicant beside it … */
    uint32_t *person; /* … who points to the next offer */
};

/* Each offer's listers beside each other, and then in order. */
static void gather(struct cycles *cycles)
{
    const struct allot_problem *problem = cycles->problem;
    uint32_t choices = problem->choice_from[problem->applicants];
    for (uint32_t c = 0; c < choices; c++) {
        cycles->from[problem->choice[c].offer + 1]++;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        cycles->from[j + 1] += cycles->from[j];
        cycles->first[j] = cycles->from[j];
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t from = problem->choice_from[a], to = problem->choice_from[a + 1];
        cycles->wish[a] = from;
        cycles->target[a] = from < to ? problem->choice[from].offer : ALLOT_NONE;
        for (uint32_t c = from; c < to; c++) {
            uint64_t priority = allot_priority_at(problem, &problem->choice[c]);
            uint32_t place = cycles->turns->place[problem->lot_per_offer ? c : a];
            cycles->key[cycles->first[problem->choice[c].offer]++] = priority << PLACE_BITS | place;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        cycles->first[j] = cycles->from[j];
        allot_words_sort(cycles->key + cycles->from[j], cycles->from[j + 1] - cycles->from[j]);
    }
    for (uint32_t i = 0; i < choices; i++) {
        cycles->lister[i] = cycles->turns->who[cycles->key[i] & (((uint64_t)1 << PLACE_BITS) - 1)];
    }
}

/* The first without a place whom the offer can point to; ALLOT_NONE when there is nobody. */
static uint32_t points_to(struct cycles *cycles, uint32_t offer)
{
    size_t i = cycles->first[offer], end = cycles->from[offer + 1];
    while (i < end && cycles->placed[cycles->lister[i]]) {
        i++;
    }
    cycles->first[offer] = i;
    return i < end ? cycles->lister[i] : ALLOT_NONE;
}

/* The best wish that has a place; there is one. */
static uint32_t wish_of(struct cycles *cycles, uint32_t applicant)
{
    while (cycles->left[cycles->target[applicant]] == 0) {
        cycles->target[applicant] = cycles->problem->choice[++cycles->wish[applicant]].offer;
    }
    return cycles->target[applicant];
}

/* Follows the pointers from the offer, which has a place and points to `applicant`, until the path is used up. */
static void follow(struct cycles *cycles, uint32_t offer, uint32_t applicant)
{
    uint32_t length = 1;
    cycles->path[0] = offer;
    cycles->person[0] = applicant;
    cycles->on[offer] = 0;
    while (length > 0) {
        uint32_t next = wish_of(cycles, cycles->person[length - 1]);
        if (cycles->on[next] == OFF_PATH) {
            cycles->on[next] = length;
            cycles->path[length] = next;
            cycles->person[length++] = points_to(cycles, next);
            continue;
        }
        for (uint32_t start = cycles->on[next]; length > start; length--) {
            uint32_t here = cycles->path[length - 1];
            cycles->placed[cycles->person[length - 1]] = 1;
            cycles->left[here]--; /* each offer of a circle gives one place */
            cycles->on[here] = OFF_PATH;
        }
        if (length > 0 && cycles->placed[cycles->person[length - 1]]) {
            cycles->person[length - 1] = points_to(cycles, cycles->path[length - 1]);
            if (cycles->person[length - 1] == ALLOT_NONE) { /* the first offer, which nobody points to */
                cycles->on[cycles->path[--length]] = OFF_PATH;
            }
        }
    }
}

static void run(struct cycles *cycles, struct allot_outcome *outcome)
{
    const struct allot_problem *problem = cycles->problem;
    gather(cycles);
    for (uint32_t j = 0; j < problem->offers; j++) {
        cycles->left[j] = problem->offer[j].capacity;
        cycles->on[j] = OFF_PATH;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        while (cycles->left[j] > 0) {
            uint32_t applicant = points_to(cycles, j);
            if (applicant == ALLOT_NONE) {
                break;
            }
            follow(cycles, j, applicant);
        }
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        outcome[a] = !cycles->placed[a] ? allot_outcome_unplaced(problem, a)
                                        : (struct allot_outcome){
                                              .offer = cycles->target[a],
                                              .rank = (uint16_t)(cycles->wish[a] - problem->choice_from[a]),
                                              .how = ALLOT_CHOICE,
                                              .reason = ALLOT_WHY_NOTHING,
                                          };
    }
}

bool allot_choose_cycles(const struct allot_problem *problem, const struct allot_host *host,
                         const struct allot_turns *turns, struct allot_result *result, struct allot_error *error)
{
    size_t offers = problem->offers, applicants = problem->applicants, choices = problem->choice_from[applicants];
    struct cycles cycles = { .problem = problem, .turns = turns };
    cycles.from = allot_get_zero(host, offers + 1, sizeof *cycles.from);
    cycles.key = allot_get(host, choices, sizeof *cycles.key);
    cycles.first = allot_get(host, offers, sizeof *cycles.first);
    cycles.left = allot_get(host, offers, sizeof *cycles.left);
    cycles.lister = allot_get(host, choices, sizeof *cycles.lister);
    cycles.wish = allot_get(host, applicants, sizeof *cycles.wish);
    cycles.target = allot_get(host, applicants, sizeof *cycles.target);
    cycles.placed = allot_get_zero(host, applicants, sizeof *cycles.placed);
    cycles.on = allot_get(host, offers, sizeof *cycles.on);
    cycles.path = allot_get(host, offers, sizeof *cycles.path);
    cycles.person = allot_get(host, offers, sizeof *cycles.person);
    bool room = cycles.from && cycles.key && cycles.first && cycles.left && cycles.lister && cycles.wish &&
                cycles.target && cycles.placed && cycles.on && cycles.path && cycles.person;
    if (room) {
        run(&cycles, result->outcome);
    }
    allot_put(host, cycles.from);
    allot_put(host, cycles.key);
    allot_put(host, cycles.first);
    allot_put(host, cycles.left);
    allot_put(host, cycles.lister);
    allot_put(host, cycles.wish);
    allot_put(host, cycles.target);
    allot_put(host, cycles.placed);
    allot_put(host, cycles.on);
    allot_put(host, cycles.path);
    allot_put(host, cycles.person);
    return room || allot_no_memory(error);
}
