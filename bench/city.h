/* A made-up city for measuring: children at sites on a plane, schools with places, and perhaps wishes. */
#ifndef BENCH_CITY_H
#define BENCH_CITY_H

#include "allot/allot.h"

#ifdef __cplusplus
extern "C" {
#endif

struct city_shape {
    uint32_t children;
    uint32_t sites; /* as many as children: each child has its own */
    uint32_t offers;
    uint32_t open;   /* how many of the offers have places left */
    uint32_t reach;  /* nearest offers of each site */
    uint32_t places; /* per cent of the children */
    uint32_t wishes; /* of each child, among its nearest offers */
    uint32_t picks;  /* 0: the nearest offer or one behind it, and so on, by distance alone. Else any of so many nearest
                      * ones in any order, with one of five categories that comes before distance */
    bool near;       /* offers, sites and children are numbered so that neighbours have near numbers */
};

struct city {
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

/* A whole city or country in which each child has five wishes among the 12 nearest schools: 110 children a school and
 * 28 a site, 5 % more places than children. 114,000 children meet 1,036 schools. */
struct city_shape city_with_wishes(uint32_t children);

void city_make(struct city *city, const struct city_shape *shape);
void city_free(struct city *city);

/* Bytes of all that a run reads, without tickets and reach. */
size_t city_input_bytes(const struct city *city);

#ifdef __cplusplus
}
#endif

#endif
