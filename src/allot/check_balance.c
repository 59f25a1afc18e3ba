/*
 * The proofs of balance, checked without any flow: each is one pass over the sites' reach.
 *
 *  - places: every balanced child is at an offer of its site's reach, within `greatest`, and the sums are true;
 *  - as many as possible: the marked sites have exactly `unplaced` more children than places in their whole reach;
 *  - the greatest distance: the marked sites have more children to place than places nearer than it;
 *  - the total: with the prices every child is where steps + price is least, and only full offers have a price;
 *  - the lots: within a site earlier lots are nearer and come first; and nobody who stays out could have had a place
 *    instead of a later lot (this one walks from each site that has children unplaced).
 */
#include "allot/internal.h"

#include <string.h>

struct proof {
    const struct allot_problem *problem;
    const struct allot_result *result;
    const struct allot_host *host;
    struct allot_error *error;
    uint32_t *left;   /* per offer: places for balance, before it */
    uint32_t *sent;   /* per offer: balanced children */
    uint32_t *asked;  /* per site */
    uint32_t *placed; /* per site */
    uint32_t *steps;  /* per offer: from the site in hand; ALLOT_NONE elsewhere */
    uint8_t *marked;  /* per offer */
    uint32_t *from;   /* per site + 1: its children in `child` */
    uint32_t *child;  /* by site, then lot */
    uint32_t children;
    uint8_t *visited; /* per site */
    uint32_t *queue;  /* sites */
};

static bool wrong(const struct proof *proof, const char *what, uint32_t where)
{
    return allot_fail(proof->error, ALLOT_FAULT_RESULT, "balance: %s (number %u)", what, where);
}

static bool is_asked(const struct proof *proof, uint32_t a)
{
    return proof->result->outcome[a].how != ALLOT_CHOICE && allot_why_not_asked(proof->problem, a) == ALLOT_WHY_NOTHING;
}

static bool is_open(const struct proof *proof, uint32_t offer)
{
    return proof->problem->offer[offer].balance && proof->left[offer] > 0;
}

static bool take_stock(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    for (uint32_t j = 0; j < problem->offers; j++) {
        proof->left[j] = problem->offer[j].capacity - proof->result->cutoff[j].admitted;
    }
    uint32_t unplaced = 0, placed = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (!is_asked(proof, a)) {
            continue;
        }
        const struct allot_outcome *outcome = &proof->result->outcome[a];
        uint32_t site = problem->applicant[a].site;
        proof->asked[site]++;
        if (outcome->how == ALLOT_BALANCED) {
            proof->placed[site]++;
            proof->sent[outcome->offer]++;
            placed++;
        } else {
            unplaced++;
        }
    }
    proof->children = placed + unplaced;
    const struct allot_balance *said = &proof->result->balance;
    return (said->asked == proof->children && said->placed == placed && said->unplaced == unplaced) ||
           wrong(proof, "the sums are not true", unplaced);
}

static int child_order(const void *one, const void *other, const void *ctx)
{
    const struct allot_problem *problem = ctx;
    uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;
    uint32_t site = problem->applicant[first].site, other_site = problem->applicant[second].site;
    if (site != other_site) {
        return site < other_site ? -1 : 1;
    }
    return allot_compare_own_lots(problem, first, second);
}

static void group_by_site(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    uint32_t children = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (is_asked(proof, a)) {
            proof->child[children++] = a;
        }
    }
    allot_sort(proof->child, children, sizeof *proof->child, child_order, problem);
    proof->from[0] = 0;
    for (uint32_t s = 0; s < problem->sites; s++) {
        proof->from[s + 1] = proof->from[s] + proof->asked[s];
    }
}

/* Everybody of one site, in lot order: within reach, nearer first, placed first, and at the least worth. */
static bool site_true(struct proof *proof, uint32_t s, uint64_t *total, uint32_t *greatest)
{
    const struct allot_problem *problem = proof->problem;
    const struct allot_balance *said = &proof->result->balance;
    uint64_t worth = UINT64_MAX;
    bool something = false;
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        uint32_t offer = problem->reach[e].offer;
        if (!is_open(proof, offer)) {
            continue;
        }
        something = true;
        proof->steps[offer] = problem->reach[e].steps;
        uint64_t here = problem->reach[e].steps + said->price[offer];
        if (problem->reach[e].steps <= said->greatest && here < worth) {
            worth = here;
        }
    }
    bool right = true;
    uint64_t before = 0;
    for (uint32_t i = proof->from[s]; right && i < proof->from[s + 1]; i++) {
        const struct allot_outcome *outcome = &proof->result->outcome[proof->child[i]];
        if (outcome->how == ALLOT_UNPLACED) {
            before = UINT64_MAX;
            uint8_t reason = something ? ALLOT_WHY_SHORTAGE : ALLOT_WHY_NOTHING_IN_REACH;
            right = outcome->reason == reason || wrong(proof, "the reason of an unplaced child is not true", i);
            continue;
        }
        uint32_t steps = proof->steps[outcome->offer];
        if (steps == ALLOT_NONE || steps > said->greatest) {
            right = wrong(proof, "a child is out of reach of its offer", proof->child[i]);
        } else if (steps < before || before == UINT64_MAX) {
            right = wrong(proof, "an earlier lot has the longer way, or no place", proof->child[i]);
        } else if (steps + said->price[outcome->offer] != worth) {
            right = wrong(proof, "by the prices a child should be at another offer", proof->child[i]);
        }
        before = steps;
        *total += steps;
        *greatest = steps > *greatest ? steps : *greatest;
    }
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        proof->steps[problem->reach[e].offer] = ALLOT_NONE;
    }
    return right;
}

static bool places_true(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    const struct allot_balance *said = &proof->result->balance;
    uint64_t total = 0;
    uint32_t greatest = 0;
    memset(proof->steps, 0xff, (size_t)problem->offers * sizeof *proof->steps);
    for (uint32_t s = 0; s < problem->sites; s++) {
        if (!site_true(proof, s, &total, &greatest)) {
            return false;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        if (said->price[j] > 0 && proof->sent[j] < proof->left[j]) {
            return wrong(proof, "an offer with places left has a price", j);
        }
        if (said->price[j] > 0 && !is_open(proof, j)) {
            return wrong(proof, "an offer that takes no part has a price", j);
        }
    }
    return (total == said->total && greatest == said->greatest) ||
           wrong(proof, "the distances do not add up", said->greatest);
}

/* Children (per `count`) of the marked sites beyond the places in their reach with steps < below. */
static int64_t beyond(struct proof *proof, const uint8_t *site, const uint32_t *count, uint64_t below)
{
    const struct allot_problem *problem = proof->problem;
    int64_t children = 0;
    memset(proof->marked, 0, problem->offers);
    for (uint32_t s = 0; s < problem->sites; s++) {
        if (!site[s]) {
            continue;
        }
        children += count[s];
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            uint32_t offer = problem->reach[e].offer;
            if (problem->reach[e].steps < below && is_open(proof, offer) && !proof->marked[offer]) {
                proof->marked[offer] = 1;
                children -= proof->left[offer];
            }
        }
    }
    return children;
}

static bool bounds_true(struct proof *proof)
{
    const struct allot_balance *said = &proof->result->balance;
    for (uint32_t s = 0; s < proof->problem->sites; s++) {
        if (said->short_site[s] > 1 || said->cut_site[s] > 1) {
            return wrong(proof, "a site is neither in a proof nor outside", s);
        }
    }
    if (beyond(proof, said->short_site, proof->asked, UINT64_MAX) != (int64_t)said->unplaced) {
        return wrong(proof, "the proof that no more can be placed does not hold", said->unplaced);
    }
    if (said->placed > 0 && beyond(proof, said->cut_site, proof->placed, said->greatest) <= 0) {
        return wrong(proof, "the proof that no smaller greatest distance exists does not hold", said->greatest);
    }
    return true;
}

/* From a site with children unplaced, all sites are walked that could give up a place for it, through any chain of
 * moves: none of them may have placed a lot later than `first`, the earliest unplaced one. */
static bool lots_true_from(struct proof *proof, uint32_t start, const uint32_t *site_of_offer_from,
                           const uint32_t *site_of_offer)
{
    const struct allot_problem *problem = proof->problem;
    uint32_t first = proof->child[proof->from[start] + proof->placed[start]];
    memset(proof->visited, 0, problem->sites);
    memset(proof->marked, 0, problem->offers);
    proof->queue[0] = start;
    proof->visited[start] = 1;
    for (uint32_t head = 0, queued = 1; head < queued; head++) {
        uint32_t s = proof->queue[head];
        if (s != start && proof->placed[s] > 0) {
            uint32_t latest = proof->child[proof->from[s] + proof->placed[s] - 1];
            if (allot_compare_own_lots(problem, latest, first) > 0) {
                return wrong(proof, "a later lot has a place that an earlier one could have", latest);
            }
        }
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            uint32_t offer = problem->reach[e].offer;
            if (!is_open(proof, offer) || proof->marked[offer]) {
                continue;
            }
            proof->marked[offer] = 1;
            for (uint32_t i = site_of_offer_from[offer]; i < site_of_offer_from[offer + 1]; i++) {
                if (!proof->visited[site_of_offer[i]]) {
                    proof->visited[site_of_offer[i]] = 1;
                    proof->queue[queued++] = site_of_offer[i];
                }
            }
        }
    }
    return true;
}

static bool lots_true(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    if (proof->result->balance.unplaced == 0) {
        return true;
    }
    uint32_t *from = allot_get_zero(proof->host, (size_t)problem->offers + 2, sizeof *from);
    uint32_t *site = allot_get(proof->host, proof->children, sizeof *site);
    bool right = from != NULL && site != NULL;
    if (!right) {
        allot_no_memory(proof->error);
    } else {
        for (uint32_t j = 0; j < problem->offers; j++) {
            from[j + 2] = from[j + 1] + proof->sent[j];
        }
        for (uint32_t i = 0; i < proof->children; i++) {
            const struct allot_outcome *outcome = &proof->result->outcome[proof->child[i]];
            if (outcome->how == ALLOT_BALANCED) {
                site[from[outcome->offer + 1]++] = problem->applicant[proof->child[i]].site;
            }
        }
        for (uint32_t s = 0; right && s < problem->sites; s++) {
            right = proof->placed[s] == proof->asked[s] || lots_true_from(proof, s, from, site);
        }
    }
    allot_put(proof->host, from);
    allot_put(proof->host, site);
    return right;
}

bool allot_check_balance(const struct allot_problem *problem, const struct allot_result *result,
                         const struct allot_host *host, struct allot_error *error)
{
    size_t offers = problem->offers, sites = problem->sites;
    struct proof proof = { .problem = problem, .result = result, .host = host, .error = error };
    proof.left = allot_get(host, offers, sizeof *proof.left);
    proof.sent = allot_get_zero(host, offers, sizeof *proof.sent);
    proof.asked = allot_get_zero(host, sites, sizeof *proof.asked);
    proof.placed = allot_get_zero(host, sites, sizeof *proof.placed);
    proof.steps = allot_get(host, offers, sizeof *proof.steps);
    proof.marked = allot_get(host, offers, 1);
    proof.from = allot_get(host, sites + 1, sizeof *proof.from);
    proof.child = allot_get(host, problem->applicants, sizeof *proof.child);
    proof.visited = allot_get(host, sites, 1);
    proof.queue = allot_get(host, sites, sizeof *proof.queue);
    bool right = proof.left && proof.sent && proof.asked && proof.placed && proof.steps && proof.marked && proof.from &&
                 proof.child && proof.visited && proof.queue;
    if (!right) {
        allot_no_memory(error);
    } else {
        right = take_stock(&proof);
        if (right) {
            group_by_site(&proof);
            right = places_true(&proof) && bounds_true(&proof) && lots_true(&proof);
        }
    }
    const void *blocks[] = { proof.left,   proof.sent, proof.asked, proof.placed,  proof.steps,
                             proof.marked, proof.from, proof.child, proof.visited, proof.queue };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    return right;
}
