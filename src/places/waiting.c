/* (rank under serial priority, priority, lot, ticket), each as hexadecimal digits of fixed width. */
#include "places/waiting.h"

#include "base/hex.h"

bool waiting_problem(struct db *db, struct places *places, struct arena *arena, const struct round *round,
                     struct round_list *list, struct error *error)
{
    enum list_rule rule;
    unsigned char seed[SM3_BYTES];
    if (!round_list_rule(db, round->id, &rule, error) ||
        !round_list_build(db, places, arena, round->id, rule, false, list, error)) {
        return false;
    }
    if (!hex_decode(round->seed, seed, SM3_BYTES)) {
        return error_set(error, "the seed of the round is damaged");
    }
    struct allot_lot *lots = ARENA_ARRAY(arena, struct allot_lot, list->problem.applicants);
    allot_derive_lots(&list->problem, seed, list->label.p, list->label.n, NULL, lots, NULL);
    list->problem.lot = lots;
    return true;
}

struct str waiting_sort(struct arena *arena, const struct allot_problem *problem, uint32_t a, uint32_t c)
{
    const struct allot_choice *choice = &problem->choice[c];
    uint32_t rank = problem->mechanism == ALLOT_SERIAL ? c - problem->choice_from[a] : 0;
    uint32_t priority = problem->offer[choice->offer].order == ALLOT_BY_LOT ? 0 : choice->priority;
    return arena_printf(arena, "%02x%016llx%016llx%016llx%.*s", rank, (unsigned long long)priority,
                        (unsigned long long)problem->lot[a].high, (unsigned long long)problem->lot[a].low,
                        STR_ARG(hex_encode(arena, problem->ticket[a], ALLOT_TICKET_BYTES)));
}
