/*
 * What the mechanisms share among themselves: the order of the draw numbers, and whom a kind of place takes.
 * Not for callers, nor for the other parts of allot.
 *
 * A line is one kind of place of one offer; an offer without kinds has one line. Lines are numbered offer by offer, in
 * the order in which the offer fills them.
 */
#ifndef ALLOT_ENGINE_H
#define ALLOT_ENGINE_H

#include "allot/internal.h"

/* All draw numbers of a run in their order, ties by ticket: the place says everything about a lot that an offer asks.
 */
struct allot_turns {
    uint32_t *place; /* per applicant; per choice where each wish has its own lot */
    uint32_t *who;   /* by place: the applicant */
};

/* More draw numbers than this are refused: a place has 31 bits of a key. */
#define ALLOT_MAX_TURNS ((uint32_t)INT32_MAX)

/* per_choice: of the choices' lots, else of the applicants' own. Fails without memory and where two different
 * applicants cannot be told apart; *turns is to be dropped in any case. */
bool allot_turns_make(const struct allot_problem *problem, const struct allot_host *host, bool per_choice,
                      struct allot_turns *turns, struct allot_error *error);
void allot_turns_drop(const struct allot_host *host, struct allot_turns *turns);

/* Does the kind of place take this one at all? `other` gets 1 when it stands behind all members. */
static inline bool allot_kind_takes(const struct allot_problem *problem, const struct allot_kind *kind, uint16_t group,
                                    uint8_t *other)
{
    *other = 0;
    if (kind->whom == ALLOT_FOR_ALL) {
        return true;
    }
    bool member = allot_is_member(problem->kind_group + kind->group_from, kind->groups, group);
    *other = kind->whom == ALLOT_MEMBERS_FIRST && !member;
    return kind->whom == ALLOT_MEMBERS_FIRST || member == (kind->whom == ALLOT_MEMBERS_ONLY);
}

/* The mechanisms. Each fills outcome[] with who got a choice and which kind of place; the rest is ALLOT_UNPLACED
 * (without its reason) or untouched on failure. */
bool allot_choose_deferred(const struct allot_problem *problem, const struct allot_host *host,
                           const struct allot_turns *turns, bool several, struct allot_result *result,
                           struct allot_error *error);
bool allot_choose_together(const struct allot_problem *problem, const struct allot_host *host,
                           const struct allot_turns *turns, struct allot_result *result, struct allot_error *error);
bool allot_choose_cycles(const struct allot_problem *problem, const struct allot_host *host,
                         const struct allot_turns *turns, struct allot_result *result, struct allot_error *error);

/* Of somebody whom no choice took. */
struct allot_outcome allot_outcome_unplaced(const struct allot_problem *problem, uint32_t applicant);

#endif
