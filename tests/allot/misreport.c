#include "misreport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void shuffle(struct dice *dice, uint32_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = dice_below(dice, i + 1);
        list[i] = list[k];
        list[k] = i;
    }
}

static void roll_kinds(struct tale *tale, struct dice *dice, const struct form *form, uint32_t j)
{
    tale->kinds[j] = dice_below(dice, TALE_KINDS + 1);
    uint32_t capacity = 0;
    for (uint32_t k = 0; k < tale->kinds[j]; k++) {
        uint8_t whom = (uint8_t)dice_below(dice, form->no_caps ? ALLOT_OTHERS_ONLY : ALLOT_OTHERS_ONLY + 1);
        tale->kind[j][k] = (struct allot_kind){ .places = dice_below(dice, form->places + 1),
                                                .whom = whom,
                                                .groups = whom == ALLOT_FOR_ALL ? 0 : 1,
                                                .order = dice_below(dice, 4) == 0 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY };
        capacity += tale->kind[j][k].places;
    }
    tale->capacity[j] = tale->kinds[j] > 0 ? capacity : tale->capacity[j];
}

void tale_roll(struct tale *tale, struct dice *dice, const struct form *form)
{
    memset(tale, 0, sizeof *tale);
    tale->mechanism = form->mechanism;
    tale->together = form->together;
    tale->lot_per_offer = form->lot_per_offer;
    tale->balance = form->balance;
    tale->tickets = form->tickets;
    tale->offers = form->offers;
    uint32_t order[TALE_TICKETS + TALE_OFFERS];
    for (uint32_t j = 0; j < form->offers; j++) {
        tale->offer[j] = "stuvw"[j];
        tale->capacity[j] = 1 + dice_below(dice, form->places);
        if (form->kinds) {
            roll_kinds(tale, dice, form, j);
        }
        shuffle(dice, order, form->tickets);
        for (uint32_t i = 0; i < form->tickets; i++) {
            tale->stand[j][order[i]] = form->level && dice_below(dice, 2) == 0 ? form->tickets / 2 : i;
            tale->member[j][order[i]] = form->kinds && dice_below(dice, 2) == 0;
        }
    }
    tale->waiting_unplaced = form->waiting_unplaced;
    tale->waiting_reversed = form->waiting_reversed;
    tale->gives_back[dice_below(dice, form->tickets)] = form->back;
    shuffle(dice, tale->turn, form->tickets);
    for (uint32_t a = 0; a < form->tickets; a++) {
        tale->ticket[a] = (char)('a' + a);
        tale->places[a] = (uint16_t)(form->several > 1 ? 1 + dice_below(dice, form->several) : 1);
        shuffle(dice, order, form->offers);
        tale->wishes[a] = form->full ? form->offers : 1 + dice_below(dice, form->offers);
        for (uint32_t i = 0; i < form->offers; i++) {
            tale->wish[a][i] = (uint8_t)order[i];
            tale->reach[a][i] = (struct allot_reach){ i, dice_below(dice, 6) };
        }
        tale->reaches[a] = form->balance ? form->offers : 0;
    }
}

static uint32_t free_places(const struct told *told, const struct allot_result *result, uint32_t j, uint32_t k)
{
    bool kinds = told->problem.kind_from != NULL && told->kind_from[j] < told->kind_from[j + 1];
    uint32_t places = kinds ? told->kind[told->kind_from[j] + k].places : told->offer[j].capacity, given = 0;
    for (uint32_t a = 0; a < told->problem.applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        bool here = outcome->how != ALLOT_UNPLACED && outcome->offer == j && outcome->kind == k;
        given += here ? told->applicant[a].places : 0;
    }
    return given < places ? places - given : 0;
}

/* Until nobody who waits can be served. */
static void serve_waiting(const struct told *told, struct allot_result *result)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t j = 0; j < told->problem.offers && !moved; j++) {
            uint32_t kinds = told->problem.kind_from == NULL ? 0 : told->kind_from[j + 1] - told->kind_from[j];
            for (uint16_t k = 0; k < (kinds == 0 ? 1 : kinds) && !moved; k++) {
                uint32_t left = free_places(told, result, j, k);
                uint16_t rank = 0;
                uint32_t a = left == 0 ? ALLOT_NONE
                                       : allot_next_waiting(&told->problem, result->outcome, NULL, j, k, left, &rank);
                if (a != ALLOT_NONE) {
                    result->outcome[a] =
                        (struct allot_outcome){ .offer = j, .kind = k, .rank = rank, .how = ALLOT_CHOICE };
                    moved = true;
                }
            }
        }
    }
}

struct allot_result *tale_run(const struct tale *tale, struct told *told)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    tale_build(tale, told);
    if (!allot_run(&told->problem, NULL, &result, &error)) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    bool back = false;
    for (uint32_t a = 0; a < tale->tickets; a++) {
        if (tale->gives_back[a] && result->outcome[a].how != ALLOT_UNPLACED) {
            result->outcome[a] =
                (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NOTHING };
            back = true;
        }
    }
    if (back) {
        serve_waiting(told, result);
    }
    return result;
}

uint32_t tale_value(const struct tale *tale, uint32_t ticket, const struct allot_result *result)
{
    const struct allot_outcome *outcome = &result->outcome[ticket];
    for (uint32_t i = 0; i < tale->wishes[ticket] && outcome->how != ALLOT_UNPLACED; i++) {
        if (tale->wish[ticket][i] == outcome->offer) {
            return i;
        }
    }
    return tale->wishes[ticket] + (outcome->how == ALLOT_CHOICE ? 1 : 0);
}

struct trial {
    const struct tale *truth;
    struct tale other;
    uint32_t ticket, value, least, most;
    bool only_true; /* no offer that it does not list */
    uint64_t tried;
};

/* The list so far, then every longer one that begins with it. */
static bool try_lists(struct trial *trial)
{
    struct tale *other = &trial->other;
    uint32_t ticket = trial->ticket, length = other->wishes[ticket];
    if (length >= trial->least) {
        struct told told;
        struct allot_result *result = tale_run(other, &told);
        trial->tried++;
        bool better = tale_value(trial->truth, ticket, result) < trial->value;
        allot_result_free(result, NULL);
        if (better) {
            return true;
        }
    }
    for (uint32_t i = 0; i < trial->truth->offers && length < trial->most; i++) {
        uint8_t j = trial->truth->wish[ticket][i]; /* all offers stand there, the true wishes first */
        bool fresh = !trial->only_true || i < trial->truth->wishes[ticket];
        for (uint32_t k = 0; k < length; k++) {
            fresh = fresh && other->wish[ticket][k] != j;
        }
        if (fresh) {
            other->wish[ticket][length] = j;
            other->wishes[ticket] = length + 1;
            if (try_lists(trial)) {
                return true;
            }
            other->wishes[ticket] = length;
        }
    }
    return false;
}

bool tale_gains(const struct tale *tale, uint32_t ticket, enum lists lists, uint32_t longest, struct tale *how,
                uint64_t *tried)
{
    struct told told;
    struct trial trial = { .truth = tale, .other = *tale, .ticket = ticket, .most = tale->offers };
    if (lists == LISTS_SHORT && tale->wishes[ticket] > longest) {
        trial.other.wishes[ticket] = longest; /* the true list, as far as the form has room */
    }
    struct allot_result *result = tale_run(&trial.other, &told);
    trial.value = tale_value(tale, ticket, result);
    allot_result_free(result, NULL);
    trial.other.wishes[ticket] = 0;
    trial.only_true = lists != LISTS_ANY;
    trial.least = lists == LISTS_ORDERS ? tale->wishes[ticket] : 0;
    trial.most = lists == LISTS_SHORT ? longest : lists == LISTS_ANY ? tale->offers : tale->wishes[ticket];
    bool gains = trial.value > 0 && try_lists(&trial);
    if (tried != NULL) {
        *tried += trial.tried;
    }
    if (gains && how != NULL) {
        *how = trial.other;
    }
    return gains;
}
