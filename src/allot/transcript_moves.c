/*
 * Moves after the result, followed one by one: who stands where, which places are free, who is first on a waiting list
 * (`struct allot_waiting` keeps all that).
 *
 * What must hold: nobody moves but by a move; a place keeps its kind; a free place goes to the first on its list.
 */
#include "allot/transcript_parts.h"

#include "allot/transcript_table.h"

#include <stdio.h>

static const char *fault_of_place(struct allot_waiting *waiting, const struct allot_problem *problem,
                                  const struct transcript_move *move, uint16_t *rank)
{
    if (move->to == ALLOT_NONE) {
        return "the move leads to no place";
    }
    uint32_t room = allot_waiting_room(waiting, move->to, move->to_kind);
    if (room == 0) {
        return "the offer has no free place of this kind";
    }
    if (move->kind == TRANSCRIPT_LATE) {
        return problem->applicant[move->applicant].places > room ? "the offer has not so many free places of this kind"
                                                                 : NULL;
    }
    uint32_t next = allot_waiting_next(waiting, move->to, move->to_kind, room, rank);
    return next != move->applicant ? "somebody else stands first on the waiting list" : NULL;
}

static const char *fault_of(struct allot_waiting *waiting, const struct allot_problem *problem,
                            const struct transcript_move *move, uint16_t *rank)
{
    const struct allot_outcome *now = allot_waiting_now(waiting, move->applicant);
    if (now->offer != move->from || (now->offer != ALLOT_NONE && now->kind != move->from_kind)) {
        return "the child was not there before the move";
    }
    if (move->kind == TRANSCRIPT_DECLINED || move->kind == TRANSCRIPT_REMOVED) {
        return move->to != ALLOT_NONE || move->from == ALLOT_NONE ? "a place given back leads from an offer to -"
                                                                  : NULL;
    }
    return fault_of_place(waiting, problem, move, rank);
}

/* Where the move leads: by late decision to a wish if it was one, else as if balanced. */
static struct allot_outcome outcome_of(const struct allot_problem *problem, const struct transcript_move *move,
                                       uint16_t rank)
{
    struct allot_outcome to = { .offer = move->to, .kind = move->to_kind, .rank = rank, .how = ALLOT_CHOICE };
    if (move->to == ALLOT_NONE) {
        return (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
    }
    if (move->kind == TRANSCRIPT_LATE) {
        uint32_t from = problem->choice_from[move->applicant], end = problem->choice_from[move->applicant + 1];
        uint32_t c = from;
        while (c < end && problem->choice[c].offer != move->to) {
            c++;
        }
        to.how = c < end ? ALLOT_CHOICE : ALLOT_BALANCED;
        to.rank = c < end ? (uint16_t)(c - from) : 0;
    }
    return to;
}

static void tell_place(const struct allot_problem *problem, const struct allot_outcome *now, char at[MOVE_WORDS])
{
    static const char EXPECTED[] = "a move that the rules allow; the child is";
    if (now->offer == ALLOT_NONE) {
        snprintf(at, MOVE_WORDS, "%s nowhere", EXPECTED);
    } else if (allot_kinds_at(problem, now->offer) > 0) {
        snprintf(at, MOVE_WORDS, "%s at %u.%u", EXPECTED, now->offer, now->kind);
    } else {
        snprintf(at, MOVE_WORDS, "%s at %u", EXPECTED, now->offer);
    }
}

const char *transcript_follow(struct allot_waiting *waiting, const struct allot_problem *problem,
                              const struct transcript_move *move, char at[MOVE_WORDS])
{
    uint16_t rank = 0;
    const char *fault = fault_of(waiting, problem, move, &rank);
    if (fault != NULL) {
        tell_place(problem, allot_waiting_now(waiting, move->applicant), at);
    } else if (move->kind == TRANSCRIPT_PASSED) {
        allot_waiting_pass(waiting, move->applicant, move->to);
    } else {
        allot_waiting_move(waiting, move->applicant, outcome_of(problem, move, rank));
    }
    if (fault == NULL && move->to == ALLOT_NONE) { /* off every list, whatever comes later */
        for (uint32_t c = problem->choice_from[move->applicant]; c < problem->choice_from[move->applicant + 1]; c++) {
            allot_waiting_pass(waiting, move->applicant, problem->choice[c].offer);
        }
    }
    return fault;
}
