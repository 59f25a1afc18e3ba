/*
 * The proofs of balance, checked without any flow: each is one pass over the sites' reach.
 *
 *  - tickets of several places: one by one in lot order, each is at the nearest offer that had places enough;
 *  - places: every balanced child is at an offer of its site's reach, within `greatest`, and the sums are true;
 *  - as many as possible: the marked sites have exactly `unplaced` more children than places in their whole reach;
 *  - the greatest distance: the marked sites have more children to place than places nearer than it;
 *  - the total: with the prices every child is where steps + price is least, and only full offers have a price;
 *  - the lots: within a site earlier lots are nearer and come first; and nobody who stays out could have had a place
 *    instead of a later lot. For this all sites are walked that could give up a place for one with a child left over,
 *    through any chain of moves, beginning with the earliest such child; where one walk has been, a later child's need
 *    not go again, for the earlier child asked more. So all walks together visit each site once.
 */
#include "allot/internal.h"

#include <string.h>

struct proof {
    const struct allot_problem *problem;
    const struct allot_result *result;
    const struct allot_host *host;
    struct allot_error *error;
    struct allot_left places;
    uint32_t *left;            /* per offer: places for tickets of one place, before balance */
    uint8_t *had;              /* per offer: did the wishes leave any? */
    uint32_t *sent;            /* per offer: balanced tickets of one place */
    uint32_t *asked;           /* per site */
    uint32_t *placed;          /* per site */
    uint32_t *steps;           /* per offer: from the site in hand; ALLOT_NONE elsewhere */
    uint8_t *marked;           /* per offer */
    struct allot_drawn *drawn; /* whom balance is asked to place: of several places, then of one, each by lot */
    struct allot_drawn *spare;
    uint32_t togethers;
    uint32_t children;
    uint32_t *from;   /* per site + 1: its children in `child` */
    uint32_t *child;  /* by site, then lot */
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
    return proof->left[offer] > 0;
}

/* Who is asked, by lot; and what the wishes left. */
static bool gather(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        bool several = problem->applicant[a].places > 1;
        proof->togethers += is_asked(proof, a) && several;
        proof->children += is_asked(proof, a) && !several;
    }
    size_t all = (size_t)proof->togethers + proof->children;
    proof->drawn = allot_get(proof->host, all, sizeof *proof->drawn);
    proof->spare = allot_get(proof->host, all, sizeof *proof->spare);
    proof->child = allot_get(proof->host, proof->children, sizeof *proof->child);
    if (!proof->drawn || !proof->spare || !proof->child ||
        !allot_left_new(&proof->places, problem, proof->result->outcome, proof->host)) {
        return allot_no_memory(proof->error);
    }
    proof->left = proof->places.offer;
    for (uint32_t j = 0; j < problem->offers; j++) {
        proof->had[j] = proof->left[j] > 0;
    }
    struct allot_drawn *together = proof->drawn, *child = proof->drawn + proof->togethers;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (is_asked(proof, a)) {
            struct allot_drawn **next = problem->applicant[a].places > 1 ? &together : &child;
            *(*next)++ = (struct allot_drawn){ problem->lot[a], a, a };
        }
    }
    allot_sort_drawn(problem, proof->drawn, proof->spare, proof->togethers);
    allot_sort_drawn(problem, proof->drawn + proof->togethers, proof->spare, proof->children);
    return true;
}

static bool reason_true(const struct proof *proof, uint32_t a)
{
    const struct allot_problem *problem = proof->problem;
    uint32_t s = problem->applicant[a].site;
    bool something = false;
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        something = something || proof->had[problem->reach[e].offer];
    }
    return proof->result->outcome[a].reason == (something ? ALLOT_WHY_SHORTAGE : ALLOT_WHY_NOTHING_IN_REACH) ||
           wrong(proof, "the reason of an unplaced child is not true", a);
}

/* There is only one right answer; what is left after them is for tickets of one place. */
static bool together_true(struct proof *proof)
{
    const struct allot_balance *said = &proof->result->balance;
    uint32_t placed = 0;
    for (uint32_t i = 0; i < proof->togethers; i++) {
        uint32_t a = proof->drawn[i].applicant;
        const struct allot_applicant *applicant = &proof->problem->applicant[a];
        uint32_t offer = allot_nearest_for(proof->problem, proof->left, applicant->site, applicant->places);
        if (proof->result->outcome[a].offer != offer) {
            return wrong(proof, "a ticket of several places is not at the nearest offer that has them", a);
        }
        if (offer == ALLOT_NONE) {
            if (!reason_true(proof, a)) {
                return false;
            }
            continue;
        }
        proof->left[offer] -= applicant->places;
        placed++;
    }
    return (said->together_asked == proof->togethers && said->together_placed == placed) ||
           wrong(proof, "the sums of tickets of several places are not true", placed);
}

static bool sums_true(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    const struct allot_balance *said = &proof->result->balance;
    uint32_t placed = 0;
    for (uint32_t i = 0; i < proof->children; i++) {
        uint32_t a = proof->drawn[proof->togethers + i].applicant, site = problem->applicant[a].site;
        const struct allot_outcome *outcome = &proof->result->outcome[a];
        proof->asked[site]++;
        if (outcome->how == ALLOT_BALANCED) {
            proof->placed[site]++;
            proof->sent[outcome->offer]++;
            placed++;
        }
    }
    for (uint32_t j = 0; j < problem->offers; j++) {
        if (proof->sent[j] > proof->left[j]) {
            return wrong(proof, "an offer has more children than places", j);
        }
    }
    return (said->asked == proof->children && said->placed == placed && said->unplaced == proof->children - placed) ||
           wrong(proof, "the sums are not true", placed);
}

static bool kinds_true(struct proof *proof)
{
    for (uint32_t i = 0; i < proof->togethers + proof->children; i++) {
        uint32_t a = proof->drawn[i].applicant;
        const struct allot_outcome *outcome = &proof->result->outcome[a];
        if (outcome->how == ALLOT_BALANCED) {
            uint32_t places = proof->problem->applicant[a].places;
            if (outcome->kind != allot_left_kind(proof->problem, &proof->places, outcome->offer, places)) {
                return wrong(proof, "a balanced child counts to another kind of place", a);
            }
        }
    }
    return true;
}

/* By site, in each by lot: they come by lot already. */
static void group_by_site(struct proof *proof)
{
    const struct allot_problem *problem = proof->problem;
    proof->from[0] = 0;
    for (uint32_t s = 0; s < problem->sites; s++) {
        proof->from[s + 1] = proof->from[s] + proof->asked[s];
        proof->queue[s] = proof->from[s];
    }
    for (uint32_t i = 0; i < proof->children; i++) {
        uint32_t a = proof->drawn[proof->togethers + i].applicant;
        proof->child[proof->queue[problem->applicant[a].site]++] = a;
    }
}

/* Everybody of one site, in lot order: within reach, nearer first, placed first, and at the least worth. */
static bool site_true(struct proof *proof, uint32_t s, uint64_t *total, uint32_t *greatest)
{
    const struct allot_problem *problem = proof->problem;
    const struct allot_balance *said = &proof->result->balance;
    uint64_t worth = UINT64_MAX;
    for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
        uint32_t offer = problem->reach[e].offer;
        if (!is_open(proof, offer)) {
            continue;
        }
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
            right = reason_true(proof, proof->child[i]);
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
    for (uint32_t j = 0; j < problem->offers; j++) {
        if (said->price[j] > UINT64_MAX - ALLOT_MAX_STEPS) {
            return wrong(proof, "a price is too large to be added to", j);
        }
    }
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

/* Walks from a site to all that could give up a place for its earliest child left over, but where a walk has been. */
static bool walk_true(struct proof *proof, uint32_t start, uint32_t first, const uint32_t *user_from,
                      const uint32_t *user)
{
    const struct allot_problem *problem = proof->problem;
    proof->queue[0] = start;
    proof->visited[start] = 1;
    for (uint32_t head = 0, queued = 1; head < queued; head++) {
        uint32_t s = proof->queue[head];
        if (proof->placed[s] > 0) {
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
            for (uint32_t i = user_from[offer]; i < user_from[offer + 1]; i++) {
                if (!proof->visited[user[i]]) {
                    proof->visited[user[i]] = 1;
                    proof->queue[queued++] = user[i];
                }
            }
        }
    }
    return true;
}

static bool walks_true(struct proof *proof, uint32_t *user_from, uint32_t *user)
{
    const struct allot_problem *problem = proof->problem;
    for (uint32_t j = 0; j < problem->offers; j++) {
        user_from[j + 2] = user_from[j + 1] + proof->sent[j];
    }
    for (uint32_t i = 0; i < proof->children; i++) {
        const struct allot_outcome *outcome = &proof->result->outcome[proof->child[i]];
        if (outcome->how == ALLOT_BALANCED) {
            user[user_from[outcome->offer + 1]++] = problem->applicant[proof->child[i]].site;
        }
    }
    memset(proof->visited, 0, problem->sites);
    memset(proof->marked, 0, problem->offers);
    for (uint32_t i = 0; i < proof->children; i++) {
        uint32_t a = proof->drawn[proof->togethers + i].applicant, s = problem->applicant[a].site;
        if (proof->result->outcome[a].how == ALLOT_UNPLACED && !proof->visited[s] &&
            !walk_true(proof, s, a, user_from, user)) {
            return false;
        }
    }
    return true;
}

static bool lots_true(struct proof *proof)
{
    if (proof->result->balance.unplaced == 0) {
        return true;
    }
    uint32_t *user_from = allot_get_zero(proof->host, (size_t)proof->problem->offers + 2, sizeof *user_from);
    uint32_t *user = allot_get(proof->host, proof->children, sizeof *user);
    bool right = user_from != NULL && user != NULL;
    right = right ? walks_true(proof, user_from, user) : allot_no_memory(proof->error);
    allot_put(proof->host, user_from);
    allot_put(proof->host, user);
    return right;
}

bool allot_check_balance(const struct allot_problem *problem, const struct allot_result *result,
                         const struct allot_host *host, struct allot_error *error)
{
    size_t offers = problem->offers, sites = problem->sites;
    struct proof proof = { .problem = problem, .result = result, .host = host, .error = error };
    proof.had = allot_get(host, offers, 1);
    proof.sent = allot_get_zero(host, offers, sizeof *proof.sent);
    proof.asked = allot_get_zero(host, sites, sizeof *proof.asked);
    proof.placed = allot_get_zero(host, sites, sizeof *proof.placed);
    proof.steps = allot_get(host, offers, sizeof *proof.steps);
    proof.marked = allot_get(host, offers, 1);
    proof.from = allot_get(host, sites + 1, sizeof *proof.from);
    proof.visited = allot_get(host, sites, 1);
    proof.queue = allot_get(host, sites, sizeof *proof.queue);
    bool room = proof.had && proof.sent && proof.asked && proof.placed && proof.steps && proof.marked && proof.from &&
                proof.visited && proof.queue;
    bool right = room ? gather(&proof) && together_true(&proof) && sums_true(&proof) && kinds_true(&proof)
                      : allot_no_memory(error);
    if (right) {
        group_by_site(&proof);
        right = places_true(&proof) && bounds_true(&proof) && lots_true(&proof);
    }
    allot_left_free(&proof.places, host);
    const void *blocks[] = { proof.had,  proof.sent,    proof.asked, proof.placed, proof.steps, proof.marked,
                             proof.from, proof.visited, proof.queue, proof.drawn,  proof.spare, proof.child };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        allot_put(host, blocks[i]);
    }
    return right;
}
