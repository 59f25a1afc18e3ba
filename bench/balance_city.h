/* A made-up city for measuring balance: children without a wish, who are all to be placed by distance, or with some. */
#ifndef BENCH_BALANCE_CITY_H
#define BENCH_BALANCE_CITY_H

#include "allot/allot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct balance_shape {
    uint32_t children;
    uint32_t sites; /* as many as children: each child has its own */
    uint32_t offers;
    uint32_t open;   /* how many of the offers have places left */
    uint32_t reach;  /* nearest offers of each site */
    uint32_t places; /* per cent of the children */
    uint32_t wishes; /* of each child, among its nearest offers */
};

struct balance_city {
    struct allot_problem problem;
    struct allot_offer *offer;
    struct allot_applicant *applicant;
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    uint32_t *choice_from;
    struct allot_choice *choice;
    uint32_t *reach_from;
    struct allot_reach *reach;
    struct allot_lot *lot;
};

void balance_city_make(struct balance_city *city, const struct balance_shape *shape);
void balance_city_free(struct balance_city *city);

/* The least total of steps by LEMON: every child placed, at offers not farther than `greatest`. UINT64_MAX when LEMON
 * finds no answer, or was not there when this was built. Only the solver's time counts: milliseconds into *spent. */
enum balance_peer { BALANCE_COST_SCALING, BALANCE_NETWORK_SIMPLEX, BALANCE_CAPACITY_SCALING };
uint64_t balance_peer_total(const struct allot_problem *problem, uint32_t greatest, enum balance_peer peer,
                            double *spent);

#ifdef __cplusplus
}
#endif

#endif
