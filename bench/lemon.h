/* LEMON beside balance (lemon.cpp; lemon_missing.c where it is not installed). */
#ifndef BENCH_LEMON_H
#define BENCH_LEMON_H

#include "allot/allot.h"

#ifdef __cplusplus
extern "C" {
#endif

enum lemon_solver { LEMON_COST_SCALING, LEMON_NETWORK_SIMPLEX, LEMON_CAPACITY_SCALING };

struct lemon_answer {
    uint64_t total;    /* of steps, the least; UINT64_MAX: no answer, or LEMON was not there when this was built */
    uint32_t greatest; /* that somebody has in LEMON's plan */
    double spent_ms;   /* of the processor, by the solver alone */
};

/* Every child placed, at offers not farther than `within` steps, with the least total. */
struct lemon_answer lemon_solve(const struct allot_problem *problem, uint32_t within, enum lemon_solver solver);

#ifdef __cplusplus
}
#endif

#endif
