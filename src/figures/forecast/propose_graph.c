/* Who is whose neighbour, and what follows from it. See propose.h. */
#include "figures/forecast/propose.h"

#include <math.h>
#include <stdlib.h>

static double square(const struct propose_problem *problem, size_t a, size_t b)
{
    double east = (double)(problem->communities[a].east - problem->communities[b].east);
    double north = (double)(problem->communities[a].north - problem->communities[b].north);
    return east * east + north * north;
}

/* Is no third community within the circle over ab? Communities at one place count by number, so that of several there
 * each is the next one's neighbour. */
static bool are_neighbours(const struct propose_problem *problem, size_t a, size_t b)
{
    double across = square(problem, a, b);
    for (size_t k = 0; k < problem->ncommunities; k++) {
        if (k == a || k == b) {
            continue;
        }
        double there = square(problem, a, k) + square(problem, b, k);
        if (there < across || (there == across && k > a && k < b)) {
            return false;
        }
    }
    return true;
}

void propose_neighbours(struct arena *arena, const struct propose_problem *problem, struct propose_graph *graph)
{
    size_t n = problem->ncommunities, pairs = 0;
    uint32_t(*pair)[2] = NULL;
    graph->from = ARENA_ARRAY(arena, uint32_t, n + 2);
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            if (!are_neighbours(problem, a, b)) {
                continue;
            }
            pair = arena_grow(arena, pair, pairs, sizeof *pair);
            pair[pairs][0] = (uint32_t)a;
            pair[pairs++][1] = (uint32_t)b;
        }
    }
    for (size_t p = 0; p < pairs; p++) {
        graph->from[pair[p][0] + 2]++;
        graph->from[pair[p][1] + 2]++;
    }
    for (size_t i = 2; i < n + 2; i++) {
        graph->from[i] += graph->from[i - 1];
    }
    graph->other = ARENA_ARRAY(arena, uint32_t, pairs * 2);
    for (size_t p = 0; p < pairs; p++) {
        graph->other[graph->from[pair[p][0] + 1]++] = pair[p][1];
        graph->other[graph->from[pair[p][1] + 1]++] = pair[p][0];
    }
}

int64_t propose_metres(const struct propose_problem *problem, uint32_t community, uint32_t catchment)
{
    const struct propose_catchment *c = &problem->catchments[catchment];
    double least = -1;
    for (uint32_t s = 0; s < c->nschools; s++) {
        double east = (double)(problem->communities[community].east - c->schools[s][0]);
        double north = (double)(problem->communities[community].north - c->schools[s][1]);
        double metres = sqrt(east * east + north * north);
        least = least < 0 || metres < least ? metres : least;
    }
    return least < 0 ? INT64_MAX : (int64_t)ceil(least);
}

bool *propose_allowed(struct arena *arena, const struct propose_problem *problem, const struct propose_graph *graph)
{
    size_t n = problem->ncommunities, m = problem->ncatchments;
    bool *touches = ARENA_ARRAY(arena, bool, m *m), *allowed = ARENA_ARRAY(arena, bool, n *m);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t e = graph->from[i]; e < graph->from[i + 1]; e++) {
            touches[problem->communities[i].catchment * m + problem->communities[graph->other[e]].catchment] = true;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t own = problem->communities[i].catchment;
        for (uint32_t c = 0; c < m; c++) {
            allowed[i * m + c] =
                c == own || (touches[own * m + c] && propose_metres(problem, i, c) <= (int64_t)problem->farthest);
        }
    }
    return allowed;
}

uint32_t *propose_anchors(struct arena *arena, const struct propose_problem *problem)
{
    uint32_t *anchor = ARENA_ARRAY(arena, uint32_t, problem->ncatchments);
    int64_t *least = ARENA_ARRAY(arena, int64_t, problem->ncatchments);
    for (size_t c = 0; c < problem->ncatchments; c++) {
        anchor[c] = UINT32_MAX;
        least[c] = INT64_MAX;
    }
    for (uint32_t i = 0; i < problem->ncommunities; i++) {
        uint32_t c = problem->communities[i].catchment;
        int64_t metres = propose_metres(problem, i, c);
        if (metres < least[c]) {
            least[c] = metres;
            anchor[c] = i;
        }
    }
    return anchor;
}

uint32_t propose_pieces(const struct propose_problem *problem, const struct propose_graph *graph,
                        const uint32_t *assigned, uint32_t catchment, uint32_t *stack, uint8_t *seen)
{
    uint32_t pieces = 0;
    memset(seen, 0, problem->ncommunities);
    for (uint32_t start = 0; start < problem->ncommunities; start++) {
        if (assigned[start] != catchment || seen[start]) {
            continue;
        }
        uint32_t depth = 0;
        pieces++;
        seen[start] = 1;
        stack[depth++] = start;
        while (depth) {
            uint32_t i = stack[--depth];
            for (uint32_t e = graph->from[i]; e < graph->from[i + 1]; e++) {
                uint32_t other = graph->other[e];
                if (assigned[other] == catchment && !seen[other]) {
                    seen[other] = 1;
                    stack[depth++] = other;
                }
            }
        }
    }
    return pieces;
}
