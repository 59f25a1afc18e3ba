/* The search for a plan. See propose.h.
 *
 * A plan is an assignment; `state` keeps its sums, so that a move and its taking back cost a few additions. In each
 * turn the best set of one, two or three moves is made: any single one; any two; three in a chain, each from where the
 * one before has led (and any three while the instance is small). Better means: fewer missing, then fewer children
 * moved, then fewer metres. Whether catchments stay in one piece is asked only of sets that would be the best so far,
 * since it costs a walk through them. The turns end when no set betters the plan, or when TRIES_MOST were looked at. */
#include "figures/forecast/propose.h"

#include <stdlib.h>

enum { SET_MOST = 3, SMALL = 48 };
static const uint64_t TRIES_MOST = UINT64_C(60000000);

struct score {
    uint64_t missing, children;
    int64_t metres;
};

struct step {
    uint32_t community, to;
};

struct state {
    const struct propose_problem *problem;
    struct propose_graph graph;
    const bool *allowed;
    const uint32_t *anchor;
    uint32_t *pieces; /* of each catchment today */
    uint32_t *assigned;
    uint64_t *load;
    int64_t *further; /* community × catchment: metres more than today, for all its children */
    struct score score;
    uint32_t *stack;
    uint8_t *seen;
    uint64_t tried;
    struct step best[SET_MOST];
    size_t nbest;
    struct score best_score;
};

static bool is_better(struct score a, struct score b)
{
    return a.missing != b.missing     ? a.missing < b.missing
           : a.children != b.children ? a.children < b.children
                                      : a.metres < b.metres;
}

static uint64_t missing_at(const struct state *state, uint32_t c)
{
    uint64_t places = state->problem->catchments[c].places;
    return state->load[c] > places ? state->load[c] - places : 0;
}

static void move(struct state *state, uint32_t i, uint32_t to)
{
    const struct propose_community *community = &state->problem->communities[i];
    uint32_t from = state->assigned[i];
    size_t row = i * state->problem->ncatchments;
    state->score.missing -= missing_at(state, from) + missing_at(state, to);
    state->load[from] -= community->children;
    state->load[to] += community->children;
    state->score.missing += missing_at(state, from) + missing_at(state, to);
    state->score.children -= from != community->catchment ? community->children : 0;
    state->score.children += to != community->catchment ? community->children : 0;
    state->score.metres += state->further[row + to] - state->further[row + from];
    state->assigned[i] = to;
}

/* May the plan stand as it is now, looking at what these moves touched? */
static bool is_whole(struct state *state, const uint32_t *touched, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        uint32_t c = touched[k];
        if (propose_pieces(state->problem, &state->graph, state->assigned, c, state->stack, state->seen) >
            state->pieces[c]) {
            return false;
        }
    }
    return true;
}

/* Is some neighbour of i in the catchment now? (A catchment that has nobody takes anybody.) */
static bool borders(const struct state *state, uint32_t i, uint32_t c)
{
    for (uint32_t e = state->graph.from[i]; e < state->graph.from[i + 1]; e++) {
        if (state->assigned[state->graph.other[e]] == c) {
            return true;
        }
    }
    return state->anchor[c] == UINT32_MAX;
}

static bool may_move(const struct state *state, uint32_t i, uint32_t to)
{
    uint32_t own = state->problem->communities[i].catchment;
    return to != state->assigned[i] && state->allowed[i * state->problem->ncatchments + to] && state->anchor[own] != i;
}

/* The set that was just made: is it the best so far? */
static void weigh(struct state *state, const struct step *set, const uint32_t *from, size_t n)
{
    state->tried++;
    if (!is_better(state->score, state->best_score)) {
        return;
    }
    uint32_t touched[SET_MOST * 2];
    for (size_t k = 0; k < n; k++) {
        touched[2 * k] = from[k];
        touched[2 * k + 1] = set[k].to;
    }
    if (is_whole(state, touched, n * 2)) {
        memcpy(state->best, set, n * sizeof *set);
        state->nbest = n;
        state->best_score = state->score;
    }
}

/* Every border move now. */
static size_t list_steps(const struct state *state, struct step *steps)
{
    size_t n = 0;
    const struct propose_problem *p = state->problem;
    for (uint32_t i = 0; i < p->ncommunities; i++) {
        for (uint32_t c = 0; c < p->ncatchments; c++) {
            if (may_move(state, i, c) && borders(state, i, c)) {
                steps[n++] = (struct step){ i, c };
            }
        }
    }
    return n;
}

/* Goes on from a set of n moves with one more of the list; chain: only from where the last one led. */
static void extend(struct state *state, const struct step *steps, size_t nsteps, struct step *set, uint32_t *from,
                   size_t n, size_t most, bool chain)
{
    for (size_t k = 0; k < nsteps && state->tried < TRIES_MOST; k++) {
        uint32_t i = steps[k].community;
        bool again = false;
        for (size_t e = 0; e < n; e++) {
            again = again || set[e].community == i;
        }
        if (again || (chain && n > 0 && state->assigned[i] != set[n - 1].to) || !may_move(state, i, steps[k].to)) {
            continue;
        }
        set[n] = steps[k];
        from[n] = state->assigned[i];
        move(state, i, steps[k].to);
        if (n + 1 == most) {
            weigh(state, set, from, most);
        } else {
            extend(state, steps, nsteps, set, from, n + 1, most, chain);
        }
        move(state, i, from[n]);
    }
}

/* Moves that become possible by a first one: the neighbours of who went follow it. */
static size_t list_followers(const struct state *state, struct step first, struct step *steps)
{
    size_t n = 0;
    for (uint32_t e = state->graph.from[first.community]; e < state->graph.from[first.community + 1]; e++) {
        uint32_t other = state->graph.other[e];
        if (may_move(state, other, first.to)) {
            steps[n++] = (struct step){ other, first.to };
        }
    }
    return n;
}

static void follow(struct state *state, const struct step *steps, size_t nsteps, struct step *room)
{
    for (size_t k = 0; k < nsteps; k++) {
        struct step set[SET_MOST] = { steps[k] };
        uint32_t from[SET_MOST] = { state->assigned[steps[k].community] };
        size_t n = list_followers(state, steps[k], room);
        move(state, steps[k].community, steps[k].to);
        extend(state, room, n, set, from, 1, 2, false);
        move(state, steps[k].community, from[0]);
    }
}

static bool better_it(struct state *state, struct step *steps, struct step *room)
{
    struct step set[SET_MOST];
    uint32_t from[SET_MOST];
    size_t n = list_steps(state, steps);
    state->nbest = 0;
    state->best_score = state->score;
    extend(state, steps, n, set, from, 0, 1, false);
    if (state->nbest == 0) {
        extend(state, steps, n, set, from, 0, 2, false);
        follow(state, steps, n, room);
    }
    if (state->nbest == 0) {
        extend(state, steps, n, set, from, 0, 3, n > SMALL);
    }
    for (size_t k = 0; k < state->nbest; k++) {
        move(state, state->best[k].community, state->best[k].to);
    }
    return state->nbest > 0;
}

static struct state *state_new(struct arena *arena, const struct propose_problem *problem)
{
    struct state *state = ARENA_NEW(arena, struct state);
    size_t n = problem->ncommunities, m = problem->ncatchments;
    state->problem = problem;
    propose_neighbours(arena, problem, &state->graph);
    state->allowed = propose_allowed(arena, problem, &state->graph);
    state->anchor = propose_anchors(arena, problem);
    state->pieces = ARENA_ARRAY(arena, uint32_t, m);
    state->assigned = ARENA_ARRAY(arena, uint32_t, n);
    state->load = ARENA_ARRAY(arena, uint64_t, m);
    state->further = ARENA_ARRAY(arena, int64_t, n * m);
    state->stack = ARENA_ARRAY(arena, uint32_t, n);
    state->seen = ARENA_ARRAY(arena, uint8_t, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct propose_community *community = &problem->communities[i];
        state->assigned[i] = community->catchment;
        state->load[community->catchment] += community->children;
        for (uint32_t c = 0; c < m; c++) {
            if (c != community->catchment && state->allowed[i * m + c]) {
                int64_t now = propose_metres(problem, i, community->catchment);
                now = now == INT64_MAX ? 0 : now;
                state->further[i * m + c] = (propose_metres(problem, i, c) - now) * community->children;
            }
        }
    }
    for (uint32_t c = 0; c < m; c++) {
        state->pieces[c] = propose_pieces(problem, &state->graph, state->assigned, c, state->stack, state->seen);
        state->score.missing += missing_at(state, c);
    }
    return state;
}

void propose(struct arena *arena, const struct propose_problem *problem, struct propose_plan *plan)
{
    size_t n = problem->ncommunities;
    *plan = (struct propose_plan){ 0 };
    struct state *state = state_new(arena, problem);
    uint64_t *before = ARENA_ARRAY(arena, uint64_t, problem->ncatchments);
    for (uint32_t c = 0; c < problem->ncatchments; c++) {
        before[c] = missing_at(state, c);
    }
    plan->missing_before = state->score.missing;
    propose_bound(arena, problem, state->allowed, &plan->missing_bound, &plan->children_bound);
    struct step *steps = ARENA_ARRAY(arena, struct step, n * problem->ncatchments);
    struct step *room = ARENA_ARRAY(arena, struct step, n);
    bool done = state->score.missing == plan->missing_bound; /* then nobody needs to move */
    while (!done && state->tried < TRIES_MOST && better_it(state, steps, room)) {
        done = state->score.missing == plan->missing_bound && state->score.children == plan->children_bound;
    }
    plan->moves = ARENA_ARRAY(arena, struct propose_move, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = problem->communities[i].catchment, to = state->assigned[i];
        if (from != to) {
            plan->moves[plan->n++] = (struct propose_move){
                .community = i,
                .from = from,
                .to = to,
                .children = problem->communities[i].children,
                .metres_before = propose_metres(problem, i, from),
                .metres_after = propose_metres(problem, i, to),
                .missing_before = (uint32_t)(before[from] + before[to]),
                .missing_after = (uint32_t)(missing_at(state, from) + missing_at(state, to)),
            };
        }
    }
    plan->missing_after = state->score.missing;
    plan->children = state->score.children;
    plan->tried = state->tried;
}
