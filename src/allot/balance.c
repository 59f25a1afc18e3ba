/*
 * Balance: a place for whoever is left. In this order:
 *  1. as many children as possible are placed; where that is not all, who stays out is decided by the lots: children
 *     are taken in lot order, and one is placed whenever it can be placed together with all placed before it (others
 *     may be led to another offer for that, none loses its place);
 *  2. the greatest distance that any of them has is as small as possible;
 *  3. the total of distances is as small as possible;
 *  4. within a site the earlier lot gets the nearer of the offers that the site was given.
 * Steps 1 and 2 are proved by Hall violators (sets of sites whose reach has too few places), step 3 by prices: see
 * `struct allot_balance`. Only offers open to balance, with the places that the choices left over, take part.
 *
 * What must hold: places never exceed what is left; the sites' demands equal the children who are placed.
 */
#include "allot/flow.h"
#include "allot/internal.h"

#include <string.h>

enum allot_reason allot_why_not_asked(const struct allot_problem *problem, uint32_t applicant)
{
    if (problem->applicant[applicant].flags & ALLOT_DECLINES_BALANCE) {
        return ALLOT_WHY_DECLINED;
    }
    return problem->applicant[applicant].site == ALLOT_NONE ? ALLOT_WHY_NO_SITE : ALLOT_WHY_NOTHING;
}

struct balance {
    const struct allot_problem *problem;
    struct allot_result *result;
    struct flow flow;
    uint32_t *left;            /* per offer */
    struct allot_drawn *child; /* whom balance is asked to place, by lot */
    struct allot_drawn *spare;
    uint32_t children;
    uint32_t *asked;  /* per site */
    uint8_t *closed;  /* per site: nobody further can be placed */
    uint32_t *cursor; /* per site: the edge whose places are being handed out */
    uint32_t *steps;  /* distances that occur, each once */
};

static bool in_need(const struct balance *balance, uint32_t applicant)
{
    const struct allot_outcome *outcome = &balance->result->outcome[applicant];
    return outcome->how == ALLOT_UNPLACED && outcome->reason == ALLOT_WHY_NOTHING;
}

static bool gather(struct balance *balance, const struct allot_host *host)
{
    const struct allot_problem *problem = balance->problem;
    const struct allot_outcome *outcome = balance->result->outcome;
    for (uint32_t j = 0; j < problem->offers; j++) {
        balance->left[j] = problem->offer[j].capacity;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        balance->children += in_need(balance, a);
        if (outcome[a].how == ALLOT_CHOICE) {
            balance->left[outcome[a].offer]--;
        }
    }
    balance->child = allot_get(host, balance->children, sizeof *balance->child);
    balance->spare = allot_get(host, balance->children, sizeof *balance->spare);
    if (balance->child == NULL || balance->spare == NULL) {
        return false;
    }
    uint32_t children = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (in_need(balance, a)) {
            balance->child[children++] = (struct allot_drawn){ problem->lot[a], a, a };
            balance->asked[problem->applicant[a].site]++;
        }
    }
    allot_sort_drawn(problem, balance->child, balance->spare, children);
    return true;
}

/* Step 1. Sites outside the violator place all their children in every largest placement, and never use the violator's
 * offers in one; so the lots decide within the violator alone. */
static void place_most(struct balance *balance)
{
    struct flow *flow = &balance->flow;
    uint8_t *short_site = balance->result->balance.short_site;
    memcpy(flow->demand, balance->asked, (size_t)flow->sites * sizeof *flow->demand);
    if (flow_most(flow, UINT64_MAX, short_site) == 0) {
        return;
    }
    memset(flow->demand, 0, (size_t)flow->sites * sizeof *flow->demand);
    flow_most(flow, UINT64_MAX, NULL);
    for (uint32_t i = 0; i < balance->children; i++) {
        uint32_t a = balance->child[i].applicant;
        uint32_t s = balance->problem->applicant[a].site;
        if (!short_site[s]) {
            continue;
        }
        if (!balance->closed[s] && flow_one_more(flow, s, balance->closed)) {
            flow->demand[s]++;
        }
    }
    for (uint32_t s = 0; s < flow->sites; s++) {
        if (!short_site[s]) {
            flow->demand[s] = balance->asked[s];
        }
    }
}

static int by_value(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;
    return (first > second) - (first < second);
}

/* Step 2: the smallest distance with which all can be placed, by halving over the distances that occur. */
static uint32_t least_greatest(struct balance *balance)
{
    struct flow *flow = &balance->flow;
    uint32_t values = 0;
    for (uint32_t e = 0; e < flow->edges; e++) {
        balance->steps[e] = flow->edge[e].steps;
    }
    allot_sort(balance->steps, flow->edges, sizeof *balance->steps, by_value, NULL);
    for (uint32_t e = 0; e < flow->edges; e++) {
        if (e == 0 || balance->steps[e] != balance->steps[e - 1]) {
            balance->steps[values++] = balance->steps[e];
        }
    }
    uint32_t low = 0, high = values - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (flow_most(flow, (uint64_t)balance->steps[middle] + 1, NULL) == 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    flow_most(flow, balance->steps[low], balance->result->balance.cut_site);
    return balance->steps[low];
}

/* Step 4. A site's edges stand nearest first, and its children come in lot order. */
static void hand_out(struct balance *balance)
{
    const struct allot_problem *problem = balance->problem;
    struct allot_balance *proof = &balance->result->balance;
    struct flow *flow = &balance->flow;
    memcpy(balance->cursor, flow->edge_from, (size_t)flow->sites * sizeof *balance->cursor);
    for (uint32_t i = 0; i < balance->children; i++) {
        uint32_t a = balance->child[i].applicant;
        uint32_t s = problem->applicant[a].site;
        struct allot_outcome *outcome = &balance->result->outcome[a];
        uint32_t *e = &balance->cursor[s];
        while (*e < flow->edge_from[s + 1] && flow->edge[*e].flow == 0) {
            (*e)++;
        }
        if (*e == flow->edge_from[s + 1]) {
            bool nothing = flow->edge_from[s] == flow->edge_from[s + 1];
            outcome->reason = nothing ? ALLOT_WHY_NOTHING_IN_REACH : ALLOT_WHY_SHORTAGE;
            continue;
        }
        flow->edge[*e].flow--;
        *outcome =
            (struct allot_outcome){ .offer = flow->edge[*e].offer, .how = ALLOT_BALANCED, .reason = ALLOT_WHY_NOTHING };
        proof->placed++;
        proof->total += flow->edge[*e].steps;
    }
}

static bool balance_all(struct balance *balance, const struct allot_host *host)
{
    if (!gather(balance, host) || !flow_start(&balance->flow, balance->problem, balance->left, host)) {
        return false;
    }
    struct flow *flow = &balance->flow;
    struct allot_balance *proof = &balance->result->balance;
    balance->steps = allot_get(host, flow->edges, sizeof *balance->steps);
    bool done = balance->steps != NULL;
    if (done) {
        place_most(balance);
        uint64_t demand = 0;
        for (uint32_t s = 0; s < flow->sites; s++) {
            demand += flow->demand[s];
        }
        if (demand > 0) {
            proof->greatest = least_greatest(balance);
            flow_least(flow, proof->greatest);
            memcpy(proof->price, flow->price, (size_t)flow->offers * sizeof *proof->price);
        } else {
            flow_most(flow, 0, NULL);
        }
        hand_out(balance);
        proof->asked = balance->children;
        proof->unplaced = proof->asked - proof->placed;
    }
    flow_end(flow, host);
    return done;
}

bool allot_balance_left(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result,
                        struct allot_error *error)
{
    struct balance balance = { .problem = problem, .result = result };
    balance.left = allot_get(host, problem->offers, sizeof *balance.left);
    balance.asked = allot_get_zero(host, problem->sites, sizeof *balance.asked);
    balance.closed = allot_get_zero(host, problem->sites, 1);
    balance.cursor = allot_get(host, problem->sites, sizeof *balance.cursor);
    bool done = balance.left && balance.asked && balance.closed && balance.cursor && balance_all(&balance, host);
    allot_put(host, balance.left);
    allot_put(host, balance.child);
    allot_put(host, balance.spare);
    allot_put(host, balance.asked);
    allot_put(host, balance.closed);
    allot_put(host, balance.cursor);
    allot_put(host, balance.steps);
    return done || allot_no_memory(error);
}
