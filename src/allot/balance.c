/*
 * Balance: a place for whoever is left. Tickets of several places are served first, one by one in the order of their
 * lots, each at the nearest offer with places enough. Then, for tickets of one place, in this order:
 *  1. as many children as possible are placed; where that is not all, who stays out is decided by the lots: children
 *     are taken in lot order, and one is placed whenever it can be placed together with all placed before it (others
 *     may be led to another offer for that, none loses its place);
 *  2. the greatest distance that any of them has is as small as possible;
 *  3. the total of distances is as small as possible, by the plan that docs/transcript.md defines;
 *  4. within a site the earlier lot gets the nearer of the offers that the site was given.
 * Steps 1 and 2 are proved by Hall violators (sets of sites whose reach has too few places), step 3 by prices: see
 * `struct allot_balance`. Only offers open to balance take part, with the places that the choices left over in kinds
 * that are not for members only.
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
    const struct allot_host *host;
    struct flow flow;
    struct allot_left places;
    uint32_t *left;               /* per offer: places after the wishes, then after tickets of several places */
    uint8_t *had;                 /* per offer: did the wishes leave any? */
    struct allot_drawn *together; /* tickets of several places whom balance is asked to place, by lot … */
    struct allot_drawn *child;    /* … and the tickets of one place: both in one block */
    struct allot_drawn *spare;
    uint32_t togethers;
    uint32_t children;
    uint32_t *asked;  /* per site: tickets of one place */
    uint32_t *cursor; /* per site: the edge whose places are being handed out */
};

/* --- what is left ------------------------------------------------------------------------------------------------ */

bool allot_left_new(struct allot_left *left, const struct allot_problem *problem, const struct allot_outcome *outcome,
                    const struct allot_host *host)
{
    uint32_t kinds = problem->kind_from == NULL ? 0 : problem->kind_from[problem->offers];
    left->offer = allot_get(host, problem->offers, sizeof *left->offer);
    left->kind = allot_get(host, kinds, sizeof *left->kind);
    if (left->offer == NULL || left->kind == NULL) {
        allot_left_free(left, host);
        return false;
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        left->offer[j] = problem->offer[j].capacity;
    }
    for (uint32_t k = 0; k < kinds; k++) {
        left->kind[k] = problem->kind[k].places;
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (outcome[a].how == ALLOT_CHOICE) {
            uint32_t places = problem->applicant[a].places, j = outcome[a].offer;
            bool has_kinds = allot_kinds_at(problem, j) > 0;
            uint32_t *at = has_kinds ? &left->kind[problem->kind_from[j] + outcome[a].kind] : &left->offer[j];
            *at -= places < *at ? places : *at;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t all = allot_kinds_at(problem, j);
        left->offer[j] = all > 0 || !problem->offer[j].balance ? 0 : left->offer[j];
        for (uint32_t i = 0; i < all && problem->offer[j].balance; i++) {
            uint32_t k = problem->kind_from[j] + i;
            left->offer[j] += problem->kind[k].whom == ALLOT_MEMBERS_ONLY ? 0 : left->kind[k];
        }
    }
    return true;
}

void allot_left_free(struct allot_left *left, const struct allot_host *host)
{
    allot_put(host, left->offer);
    allot_put(host, left->kind);
    *left = (struct allot_left){ 0 };
}

uint16_t allot_left_kind(const struct allot_problem *problem, struct allot_left *left, uint32_t offer, uint32_t places)
{
    uint32_t kinds = allot_kinds_at(problem, offer), chosen = kinds;
    for (uint32_t i = 0; i < kinds; i++) {
        uint32_t k = problem->kind_from[offer] + i;
        if (problem->kind[k].whom == ALLOT_MEMBERS_ONLY || left->kind[k] == 0) {
            continue;
        }
        if (left->kind[k] >= places) {
            chosen = i;
            break;
        }
        chosen = chosen == kinds ? i : chosen;
    }
    if (chosen == kinds) {
        return 0;
    }
    uint32_t *at = &left->kind[problem->kind_from[offer] + chosen];
    *at -= places < *at ? places : *at;
    return (uint16_t)chosen;
}

static bool in_need(const struct balance *balance, uint32_t applicant)
{
    const struct allot_outcome *outcome = &balance->result->outcome[applicant];
    return outcome->how == ALLOT_UNPLACED && outcome->reason == ALLOT_WHY_NOTHING;
}

/* Who is asked, by lot: those of several places in front, those of one behind them. */
static bool gather(struct balance *balance)
{
    const struct allot_problem *problem = balance->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (in_need(balance, a)) {
            balance->children += problem->applicant[a].places == 1;
            balance->togethers += problem->applicant[a].places > 1;
        }
    }
    size_t all = (size_t)balance->children + balance->togethers;
    balance->together = allot_get(balance->host, all, sizeof *balance->together);
    balance->spare = allot_get(balance->host, all, sizeof *balance->spare);
    if (balance->together == NULL || balance->spare == NULL) {
        return false;
    }
    balance->child = balance->together + balance->togethers;
    uint32_t together = 0, child = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (!in_need(balance, a)) {
            continue;
        }
        struct allot_drawn drawn = { problem->lot[a], a, a };
        if (problem->applicant[a].places > 1) {
            balance->together[together++] = drawn;
        } else {
            balance->child[child++] = drawn;
            balance->asked[problem->applicant[a].site]++;
        }
    }
    allot_sort_drawn(problem, balance->together, balance->spare, together);
    allot_sort_drawn(problem, balance->child, balance->spare, child);
    return true;
}

/* --- tickets of several places ----------------------------------------------------------------------------------- */

uint32_t allot_nearest_for(const struct allot_problem *problem, const uint32_t *left, uint32_t site, uint32_t places)
{
    const struct allot_reach *nearest = NULL;
    for (uint32_t e = problem->reach_from[site]; e < problem->reach_from[site + 1]; e++) {
        const struct allot_reach *here = &problem->reach[e];
        if (left[here->offer] >= places && (nearest == NULL || here->steps < nearest->steps ||
                                            (here->steps == nearest->steps && here->offer < nearest->offer))) {
            nearest = here;
        }
    }
    return nearest == NULL ? ALLOT_NONE : nearest->offer;
}

static void give(struct balance *balance, uint32_t applicant, uint32_t offer)
{
    balance->result->outcome[applicant] =
        (struct allot_outcome){ .offer = offer, .how = ALLOT_BALANCED, .reason = ALLOT_WHY_NOTHING };
}

static void leave(struct balance *balance, uint32_t applicant)
{
    const struct allot_problem *problem = balance->problem;
    uint32_t s = problem->applicant[applicant].site;
    bool something = false;
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        something = something || balance->had[problem->reach[e].offer];
    }
    balance->result->outcome[applicant].reason = something ? ALLOT_WHY_SHORTAGE : ALLOT_WHY_NOTHING_IN_REACH;
}

static void place_together(struct balance *balance)
{
    for (uint32_t i = 0; i < balance->togethers; i++) {
        uint32_t a = balance->together[i].applicant;
        const struct allot_applicant *applicant = &balance->problem->applicant[a];
        uint32_t j = allot_nearest_for(balance->problem, balance->left, applicant->site, applicant->places);
        if (j == ALLOT_NONE) {
            leave(balance, a);
        } else {
            balance->left[j] -= applicant->places;
            give(balance, a, j);
            balance->result->balance.together_placed++;
        }
    }
    balance->result->balance.together_asked = balance->togethers;
}

/* --- tickets of one place ---------------------------------------------------------------------------------------- */

/* Step 1. Who stays out is found from the last lot backwards: a child stays out when as many as before can be placed
 * without it. The sets of children that can be placed together are a matroid, and going backwards so leaves the same
 * children in as going forwards by the rule; but it costs only as many searches as children stay out. Sites that are
 * not short place all their children in every largest placement. */
static bool place_most(struct balance *balance)
{
    struct flow *flow = &balance->flow;
    uint8_t *short_site = balance->result->balance.short_site;
    uint64_t unmet = flow_most(flow);
    flow_mark(flow, unmet, short_site);
    if (unmet > 0 && !flow_start_leaving(flow, short_site)) {
        return false;
    }
    for (uint32_t i = balance->children; unmet > 0 && i > 0; i--) {
        uint32_t s = balance->problem->applicant[balance->child[i - 1].applicant].site;
        if (short_site[s] && flow_leave_out(flow, s)) {
            unmet--;
        }
    }
    return true;
}

/* Step 2: the smallest distance within which all can be placed. The farthest site's nearest offer often decides alone;
 * then by halving between what must be and what is reached. Each trial goes on from the children whom the last one
 * could send, and one that fails says how far one must go at least.
 */
static uint32_t least_greatest(struct balance *balance)
{
    struct flow *flow = &balance->flow;
    uint32_t low = 0, high = flow_farthest(flow);
    for (uint32_t s = 0; s < flow->sites; s++) {
        if (flow->demand[s] > 0 && flow->edge[flow->edge_from[s]].steps > low) {
            low = flow->edge[flow->edge_from[s]].steps;
        }
    }
    for (uint32_t trial = low; low < high; trial = low + (high - low) / 2) {
        flow_limit(flow, trial + 1);
        if (flow_most(flow) == 0) {
            high = flow_farthest(flow);
        } else {
            low = flow_next_limit(flow);
        }
    }
    flow_limit(flow, low);
    flow_mark(flow, flow_most(flow), balance->result->balance.cut_site);
    return low;
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
        uint32_t *e = &balance->cursor[s];
        while (*e < flow->edge_end[s] && flow->sent[*e] == 0) {
            (*e)++;
        }
        if (*e == flow->edge_end[s]) {
            leave(balance, a);
            continue;
        }
        flow->sent[*e]--;
        give(balance, a, flow->edge[*e].offer);
        proof->placed++;
        proof->total += flow->edge[*e].steps;
    }
    proof->asked = balance->children;
    proof->unplaced = proof->asked - proof->placed;
}

static bool place_single(struct balance *balance)
{
    struct flow *flow = &balance->flow;
    struct allot_balance *proof = &balance->result->balance;
    if (!flow_start(flow, balance->problem, balance->left, balance->asked, balance->host)) {
        return false;
    }
    bool done = place_most(balance);
    uint64_t demand = 0;
    for (uint32_t s = 0; s < flow->sites; s++) {
        demand += flow->demand[s];
    }
    if (done && demand > 0) {
        proof->greatest = least_greatest(balance);
        flow_limit(flow, proof->greatest + 1);
        done = flow_least(flow);
        memcpy(proof->price, flow->price, (size_t)flow->offers * sizeof *proof->price);
    }
    if (done) {
        hand_out(balance);
    }
    flow_end(flow);
    return done;
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

/* To which kinds of places the balanced belong: those of several places first, each in the order of the lots. */
static void name_kinds(struct balance *balance)
{
    uint32_t all = balance->togethers + balance->children;
    for (uint32_t i = 0; i < all; i++) {
        uint32_t a = balance->together[i].applicant;
        struct allot_outcome *outcome = &balance->result->outcome[a];
        if (outcome->how == ALLOT_BALANCED) {
            uint32_t places = balance->problem->applicant[a].places;
            outcome->kind = allot_left_kind(balance->problem, &balance->places, outcome->offer, places);
        }
    }
}

static bool balance_all(struct balance *balance)
{
    const struct allot_problem *problem = balance->problem;
    if (!allot_left_new(&balance->places, problem, balance->result->outcome, balance->host) || !gather(balance)) {
        return false;
    }
    balance->left = balance->places.offer;
    for (uint32_t j = 0; j < problem->offers; j++) {
        balance->had[j] = balance->left[j] > 0;
    }
    place_together(balance);
    if (!place_single(balance)) {
        return false;
    }
    name_kinds(balance);
    return true;
}

bool allot_balance_left(const struct allot_problem *problem, const struct allot_host *host, struct allot_result *result,
                        struct allot_error *error)
{
    struct balance balance = { .problem = problem, .result = result, .host = host };
    balance.asked = allot_get_zero(host, problem->sites, sizeof *balance.asked);
    balance.cursor = allot_get(host, problem->sites, sizeof *balance.cursor);
    balance.had = allot_get(host, problem->offers, 1);
    bool done = balance.asked && balance.cursor && balance.had && balance_all(&balance);
    allot_left_free(&balance.places, host);
    allot_put(host, balance.together);
    allot_put(host, balance.spare);
    allot_put(host, balance.asked);
    allot_put(host, balance.cursor);
    allot_put(host, balance.had);
    return done || allot_no_memory(error);
}
