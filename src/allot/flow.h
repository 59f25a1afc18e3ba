/*
 * Flow of children from sites to offers. Children of a site are alike to it, so a whole city is a few thousand nodes.
 * Internal to balance.
 *
 * Memory: 12 bytes per pair of the reach that can be used (16 with too few places), 8 per place that can be filled,
 * about 40 per site and 70 per offer. The least total takes besides, for each two offers between which some child could
 * change, 32 bytes and 8 for each of its changes that are kept (8 to 64: an eighth of the offer's places), half as much
 * again for growing.
 */
#ifndef ALLOT_FLOW_H
#define ALLOT_FLOW_H

#include "allot/allot.h"

/* At an offer: a site that has sent children to it, by which edge. */
struct flow_used {
    uint32_t site;
    uint32_t edge;
};

struct flow {
    const struct allot_host *host;
    uint32_t sites;
    uint32_t offers;
    uint32_t *edge_from;      /* sites + 1; sites without children have no edges */
    uint32_t *edge_end;       /* per site: behind its last edge within the limit */
    struct allot_reach *edge; /* to offers that have places left, the nearest first, equal steps by offer */
    uint32_t *sent;           /* per edge: children sent */
    uint32_t *used_from;      /* offers + 1 */
    uint32_t *used_count;     /* per offer */
    struct flow_used *used;
    uint32_t *demand;      /* per site: children to place */
    uint32_t *supply;      /* per site: of these, not sent yet */
    uint32_t *rest;        /* per offer: places to fill */
    uint32_t *room;        /* per offer: of these, not filled yet */
    uint64_t *price;       /* per offer: what proves the least total */
    uint32_t *level;       /* per offer: how far from the start of the present search */
    uint32_t *site_level;  /* per site */
    uint32_t *parent;      /* per offer: edge by which the search came */
    uint32_t *parent_site; /* per offer: the site from which it came */
    uint32_t *site_parent; /* per site: the offer by which the search came back */
    uint32_t *cursor;      /* per site: the edge to try next */
    uint32_t *used_cursor; /* per offer */
    uint32_t *queue;       /* sites */
    uint32_t open;         /* offers that anybody can be sent to */
    /* For flow_leave_out: */
    uint8_t *closed;     /* per site: nobody else of it stays out */
    uint32_t *back_from; /* offers + 1 */
    uint32_t *back;      /* sites that have the offer in reach */
    uint32_t search;     /* number of the present search */
};

/* Takes the reach of the sites that have children (per site, in `asked`) to the offers with places (per offer, in
 * `left`). Nothing is sent yet, there is no limit. false without memory. */
bool flow_start(struct flow *flow, const struct allot_problem *problem, const uint32_t *left, const uint32_t *asked,
                const struct allot_host *host);
void flow_end(struct flow *flow);

/* From now on only edges with steps < below count; who was sent by others is taken back. */
void flow_limit(struct flow *flow, uint32_t below);
/* Takes everybody back. */
void flow_forget(struct flow *flow);

/* Sends as many as possible, going on from what is sent. Returns how many are not. */
uint64_t flow_most(struct flow *flow);
/* After flow_most: marks the sites from which no further place can be reached though they have children not sent, with
 * those who share the same offers; none if all are sent. A Hall violator, the same for every largest flow. */
void flow_mark(const struct flow *flow, uint64_t unmet, uint8_t *mark);
/* After flow_most that did not send all: the fewest steps by which marked sites reach another offer; no limit below
 * lets send more. UINT32_MAX if there are none. */
uint32_t flow_next_limit(const struct flow *flow);
/* The most steps by which somebody is sent. */
uint32_t flow_farthest(const struct flow *flow);

/* After flow_most that did not send all, before anything else; with the marks of flow_mark. false without memory. */
bool flow_start_leaving(struct flow *flow, const uint8_t *mark);
/* Then: takes one child of the site out of the demand, if so many can still be sent without it; false if not. To be
 * called while not all are sent. */
bool flow_leave_out(struct flow *flow, uint32_t site);

/* Sends all again from nothing within the limit (flow_most must have shown that it is possible), with the least total
 * of steps, by the method of docs/transcript.md; price[] proves it. false without memory. */
bool flow_least(struct flow *flow);

/* Keeping count of who uses an offer; for the flow_*.c alone. */
void flow_add(struct flow *flow, uint32_t site, uint32_t edge, uint32_t children);
/* The user at this position of the offer's list. */
void flow_take(struct flow *flow, uint32_t offer, uint32_t position, uint32_t children);
uint32_t flow_position(const struct flow *flow, uint32_t offer, uint32_t site);

#endif
