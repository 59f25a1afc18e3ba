/*
 * Flow of children from sites to offers. Children of a site are alike to it, so a whole city is a few thousand nodes.
 * Internal to balance.
 */
#ifndef ALLOT_FLOW_H
#define ALLOT_FLOW_H

#include "allot/allot.h"

/* An edge from a site to an offer that has places left. A site's edges stand by (steps, offer). */
struct flow_edge {
    uint32_t site;
    uint32_t offer;
    uint32_t steps;
    uint32_t flow; /* children sent */
};

struct flow {
    uint32_t sites;
    uint32_t offers;
    uint32_t edges;
    uint32_t *edge_from; /* sites + 1 */
    struct flow_edge *edge;
    uint32_t *back_from;    /* offers + 1 */
    uint32_t *back;         /* edge indices by offer */
    uint32_t *demand;       /* per site: children to place */
    uint32_t *rest;         /* per offer: places to fill */
    uint32_t *supply;       /* per site: not sent yet */
    uint32_t *room;         /* per offer: not filled yet */
    uint64_t *price;        /* per offer, for the least total */
    uint64_t *level;        /* per offer: distance in the present search */
    uint64_t *site_price;   /* per site */
    uint64_t *site_level;   /* per site */
    uint32_t *parent;       /* per offer: edge by which the search came */
    uint32_t *site_parent;  /* per site: edge by which the search came back */
    uint32_t *cursor;       /* per site: the edge to try next */
    uint32_t *back_cursor;  /* per offer */
    uint32_t *queue;        /* sites or offers */
    struct flow_heap *heap; /* edges + 1 */
};

struct flow_heap {
    uint64_t level;
    uint32_t offer;
};

/* Reads which offers are open to balance and what they have left; demand is zero. false without memory. */
bool flow_start(struct flow *flow, const struct allot_problem *problem, const uint32_t *left,
                const struct allot_host *host);
void flow_end(struct flow *flow, const struct allot_host *host);

/* Sends as many as possible by edges with steps < below, from nothing. Returns how many demands stay unmet, and then
 * marks in `cut` (unless NULL) the sites from which no further place can be reached: a Hall violator. */
uint64_t flow_most(struct flow *flow, uint64_t below, uint8_t *cut);

/* Sends one more child from the site by any edges; false when nothing can be reached, and then marks in `closed` all
 * sites that share this fate. */
bool flow_one_more(struct flow *flow, uint32_t site, uint8_t *closed);

/* Sends all (flow_most must have shown that it is possible) with the least total of steps, by edges with
 * steps <= greatest; price[] proves it. */
void flow_least(struct flow *flow, uint32_t greatest);

#endif
