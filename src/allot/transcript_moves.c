/*
 * Moves after the result, followed one by one: who stands where, which places are free, who is out of which waiting
 * list.
 *
 * What must hold: nobody moves but by a move; a place keeps its kind; a free place goes to the first on its list.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <stdio.h>
#include <string.h>

enum { NOBODY = 0 };

struct moving {
    const struct loaded *loaded;
    struct allot_outcome *now;
    uint32_t *taken;     /* places of those who stand there: per offer without kinds, then per kind */
    uint8_t *passed;     /* per applicant: out of the list in hand; all zero between moves */
    uint32_t *passed_by; /* per offer: the last move, counted from 1, by which somebody left its list */
};

/* Where the places of a seat are counted. */
static uint32_t seat_of(const struct allot_problem *problem, uint32_t offer, uint16_t kind)
{
    return table_kinds_of(problem, offer) == 0 ? offer : problem->offers + problem->kind_from[offer] + kind;
}

static uint32_t free_places(const struct moving *moving, uint32_t offer, uint16_t kind)
{
    const struct allot_problem *problem = &moving->loaded->problem;
    uint32_t taken = moving->taken[seat_of(problem, offer, kind)];
    uint32_t places = table_kinds_of(problem, offer) == 0 ? problem->offer[offer].capacity
                                                          : problem->kind[problem->kind_from[offer] + kind].places;
    return taken < places ? places - taken : 0;
}

void moving_free(struct moving *moving, const struct allot_host *host)
{
    if (moving == NULL) {
        return;
    }
    const void *blocks[] = { moving->now, moving->taken, moving->passed, moving->passed_by, moving };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
}

struct moving *moving_new(const struct loaded *loaded, const struct allot_host *host)
{
    const struct allot_problem *problem = &loaded->problem;
    struct moving *moving = allot_get_zero(host, 1, sizeof *moving);
    if (moving == NULL) {
        return NULL;
    }
    moving->loaded = loaded;
    moving->now = allot_get(host, problem->applicants, sizeof *moving->now);
    moving->taken = allot_get_zero(host, (size_t)problem->offers + loaded->kinds, sizeof *moving->taken);
    moving->passed = allot_get_zero(host, problem->applicants, 1);
    moving->passed_by = allot_get_zero(host, problem->offers, sizeof *moving->passed_by);
    if (moving->now == NULL || moving->taken == NULL || moving->passed == NULL || moving->passed_by == NULL) {
        moving_free(moving, host);
        return NULL;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &loaded->result->outcome[a];
        moving->now[a] = *outcome;
        if (outcome->offer != ALLOT_NONE) {
            moving->taken[seat_of(problem, outcome->offer, outcome->kind)] += problem->applicant[a].places;
        }
    }
    return moving;
}

/* Marks who is out of the list of this offer, or takes the marks away. */
static void mark_passed(struct moving *moving, uint32_t offer, uint8_t mark)
{
    for (uint32_t i = moving->passed_by[offer]; i != NOBODY; i = moving->loaded->passed_before[i - 1]) {
        moving->passed[moving->loaded->move[i - 1].applicant] = mark;
    }
}

static const char *fault_of_place(struct moving *moving, const struct transcript_move *move, uint16_t *rank)
{
    const struct allot_problem *problem = &moving->loaded->problem;
    if (move->to == ALLOT_NONE || (move->to == move->from && move->to_kind == move->from_kind)) {
        return "the move leads to no other place";
    }
    uint32_t left = free_places(moving, move->to, move->to_kind);
    if (left == 0) {
        return "the offer has no free place of this kind";
    }
    if (move->kind == TRANSCRIPT_LATE) {
        return problem->applicant[move->applicant].places > left ? "the offer has no free place for all of the ticket"
                                                                 : NULL;
    }
    mark_passed(moving, move->to, 1);
    uint32_t next = allot_next_waiting(problem, moving->now, moving->passed, move->to, move->to_kind, left, rank);
    mark_passed(moving, move->to, 0);
    return next != move->applicant ? "somebody else stands first on the waiting list" : NULL;
}

static const char *fault_of(struct moving *moving, const struct transcript_move *move, uint16_t *rank)
{
    const struct allot_outcome *now = &moving->now[move->applicant];
    if (now->offer != move->from || (now->offer != ALLOT_NONE && now->kind != move->from_kind)) {
        return "the child was not there before the move";
    }
    if (move->kind == TRANSCRIPT_DECLINED || move->kind == TRANSCRIPT_REMOVED) {
        return move->to != ALLOT_NONE || move->from == ALLOT_NONE ? "a place given back leads from an offer to -"
                                                                  : NULL;
    }
    return fault_of_place(moving, move, rank);
}

/* A place by late decision is a wish if it was one, else as if balanced. */
static void stand_late(const struct allot_problem *problem, uint32_t applicant, struct allot_outcome *now)
{
    uint32_t from = problem->choice_from[applicant], to = problem->choice_from[applicant + 1], c = from;
    while (c < to && problem->choice[c].offer != now->offer) {
        c++;
    }
    now->how = c < to ? ALLOT_CHOICE : ALLOT_BALANCED;
    now->rank = c < to ? (uint16_t)(c - from) : 0;
}

static void do_move(struct moving *moving, const struct transcript_move *move, uint16_t rank)
{
    const struct allot_problem *problem = &moving->loaded->problem;
    uint32_t places = problem->applicant[move->applicant].places;
    struct allot_outcome *now = &moving->now[move->applicant];
    if (move->from != ALLOT_NONE) {
        moving->taken[seat_of(problem, move->from, move->from_kind)] -= places;
    }
    if (move->to == ALLOT_NONE) {
        *now = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
        return;
    }
    moving->taken[seat_of(problem, move->to, move->to_kind)] += places;
    *now = (struct allot_outcome){ .offer = move->to, .kind = move->to_kind, .rank = rank, .how = ALLOT_CHOICE };
    if (move->kind == TRANSCRIPT_LATE) {
        stand_late(problem, move->applicant, now);
    }
}

/* Where the child stands, in words. */
static void tell_place(const struct moving *moving, uint32_t applicant, char at[MOVING_WORDS])
{
    const struct allot_outcome *now = &moving->now[applicant];
    if (now->offer == ALLOT_NONE) {
        snprintf(at, MOVING_WORDS, "a move that the rules allow; the child is nowhere");
    } else if (table_kinds_of(&moving->loaded->problem, now->offer) > 0) {
        snprintf(at, MOVING_WORDS, "a move that the rules allow; the child is at %u.%u", now->offer, now->kind);
    } else {
        snprintf(at, MOVING_WORDS, "a move that the rules allow; the child is at %u", now->offer);
    }
}

const char *moving_follow(struct moving *moving, uint32_t index, char at[MOVING_WORDS])
{
    const struct transcript_move *move = &moving->loaded->move[index];
    uint16_t rank = 0;
    const char *fault = fault_of(moving, move, &rank);
    if (fault != NULL) {
        tell_place(moving, move->applicant, at);
    } else if (move->kind == TRANSCRIPT_PASSED) {
        moving->loaded->passed_before[index] = moving->passed_by[move->to];
        moving->passed_by[move->to] = index + 1;
    } else {
        do_move(moving, move, rank);
    }
    return fault;
}
