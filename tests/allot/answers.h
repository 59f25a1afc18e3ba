/* Results made by the literal run, for the tests of what looks at results: nothing in them depends on the engine. */
#ifndef TESTS_ALLOT_ANSWERS_H
#define TESTS_ALLOT_ANSWERS_H

#include "literal.h"

struct shape random_shape(struct dice *dice);
struct dressing random_dressing(struct dice *dice, const struct shape *shape);
/* Between the two; cut-offs and sums stay as they are. */
void put_outcomes(const struct allot_problem *problem, const struct literal *literal, struct allot_result *result);
void take_outcomes(const struct allot_problem *problem, const struct allot_result *result, struct literal *literal);
/* Counts and cut-offs by the library; it must not fail. */
void count(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result);
/* The whole result, counted; to be freed with allot_result_free. */
struct allot_result *result_of(const struct allot_problem *problem, const struct literal *literal);
/* Does the check let it pass? If not, it says why. */
bool passes(const struct allot_problem *problem, const struct allot_result *result, struct allot_error *error);

#endif
