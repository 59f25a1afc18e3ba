#include "answers.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct shape random_shape(struct dice *dice)
{
    struct shape shape = small_shape(dice);
    shape.applicants = 1 + dice_below(dice, 8);
    shape.places = 1 + dice_below(dice, 4);
    shape.mechanism = (enum allot_mechanism)dice_below(dice, 4);
    shape.balance = false;
    if (dice_below(dice, 2) == 0) { /* tight, and every school with its own opinion */
        shape.applicants = 5 + dice_below(dice, 6);
        shape.offers = 2 + dice_below(dice, 2);
        shape.choices = 3;
        shape.places = 3;
        shape.priorities = 1000;
    }
    return shape;
}

struct dressing random_dressing(struct dice *dice, const struct shape *shape)
{
    bool cycles = shape->mechanism == ALLOT_CYCLES;
    return (struct dressing){ .kinds = !cycles && dice_below(dice, 2) == 0,
                              .together = cycles || dice_below(dice, 2) == 0 ? 1 : 3,
                              .categories = dice_below(dice, 3) == 0 ? 60000 : 4 };
}

void put_outcomes(const struct allot_problem *problem, const struct literal *literal, struct allot_result *result)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        result->outcome[a] =
            (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED, .reason = ALLOT_WHY_NO_BALANCE };
        if (problem->balance) {
            result->outcome[a].reason = (uint8_t)allot_why_not_asked(problem, a);
        }
        if (literal->has[a]) {
            result->outcome[a] = (struct allot_outcome){ .offer = literal_offer(problem, a, literal->rank[a]),
                                                         .kind = (uint16_t)literal->kind[a],
                                                         .rank = (uint16_t)literal->rank[a],
                                                         .how = ALLOT_CHOICE };
        }
    }
}

void take_outcomes(const struct allot_problem *problem, const struct allot_result *result, struct literal *literal)
{
    for (uint32_t a = 0; a < problem->applicants; a++) {
        literal->has[a] = result->outcome[a].how == ALLOT_CHOICE;
        literal->rank[a] = result->outcome[a].rank;
        literal->kind[a] = result->outcome[a].kind;
    }
}

void count(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result)
{
    struct allot_error error;
    if (!allot_count(problem, host, NULL, NULL, result, &error)) {
        fail_msg("count: %s", error.message);
    }
}

struct allot_result *result_of(const struct allot_problem *problem, const struct literal *literal)
{
    struct allot_result *result = calloc(1, sizeof *result);
    result->applicants = problem->applicants;
    result->offers = problem->offers;
    result->outcome = calloc(problem->applicants + 1, sizeof *result->outcome);
    result->cutoff = calloc(problem->offers + 1, sizeof *result->cutoff);
    result->balance.price = calloc(problem->offers + 1, sizeof *result->balance.price);
    result->balance.cut_site = calloc(problem->sites + 1, 1);
    result->balance.short_site = calloc(problem->sites + 1, 1);
    put_outcomes(problem, literal, result);
    result->repairs = literal->repairs;
    result->passed_over = literal->overs;
    result->over = calloc(literal->overs + 1, sizeof *result->over);
    memcpy(result->over, literal->over, literal->overs * sizeof *result->over);
    count(problem, NULL, result);
    return result;
}

bool passes(const struct allot_problem *problem, const struct allot_result *result, struct allot_error *error)
{
    *error = (struct allot_error){ 0 };
    bool right = allot_check_result(problem, result, NULL, error);
    assert_true(right || (error->fault == ALLOT_FAULT_RESULT && strlen(error->message) > 10));
    return right;
}
