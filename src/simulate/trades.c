/* See trades.h.
 *
 * The idea: points are kinds of places; who sits at one and would rather (or as gladly) have another draws an arrow
 * from the first to the second. Whatever makes somebody better and nobody worse off is made of circles of such arrows
 * and of chains that end at a free place. A point "free" closes the chains: an arrow from each kind with a free place
 * to it, and from it to each kind (whose place may be left empty) and to "no place". So a ticket can be made better off
 * exactly when one of its better wishes lies in the same strongly connected part as where it sits. Those parts are
 * found in one pass (Tarjan, SIAM Journal on Computing 1, 1972). A circle of arrows passes each point once, so each
 * ticket once. */
#include "simulate/trades.h"

struct graph {
    uint32_t points;
    uint32_t *from; /* points + 1 */
    uint32_t *to;
};

/* Points: the seats, then "no place", then "free". */
struct builder {
    const struct seating *seating;
    struct graph *graph;
    uint32_t *fill; /* NULL: only count */
};

static uint32_t no_place(const struct seating *seating)
{
    return seating->seats;
}

static uint32_t free_place(const struct seating *seating)
{
    return seating->seats + 1;
}

static uint32_t point_of(const struct seating *seating, uint32_t a)
{
    const struct allot_outcome *outcome = &seating->outcome[a];
    return outcome->how == ALLOT_UNPLACED ? no_place(seating) : seating->seat_from[outcome->offer] + outcome->kind;
}

static void arrow(struct builder *b, uint32_t from, uint32_t to)
{
    if (b->fill) {
        b->graph->to[b->fill[from]++] = to;
    } else {
        b->graph->from[from + 1]++;
    }
}

static void arrows_of(struct builder *b, uint32_t a)
{
    const struct seating *seating = b->seating;
    const struct allot_problem *problem = seating->problem;
    const struct allot_outcome *outcome = &seating->outcome[a];
    /* Of the wish that was granted, another kind of place is as good. */
    uint32_t upto = problem->choice_from[a] + seating_better(seating, a) + (outcome->how == ALLOT_CHOICE);
    uint32_t point = point_of(seating, a);
    for (uint32_t c = problem->choice_from[a]; c < upto; c++) {
        uint32_t offer = problem->choice[c].offer;
        for (uint32_t s = seating->seat_from[offer]; s < seating->seat_from[offer + 1]; s++) {
            if (s != point && seat_may(seating, &seating->seat[s], c)) {
                arrow(b, point, s);
            }
        }
    }
}

static void all_arrows(struct builder *b)
{
    const struct seating *seating = b->seating;
    for (uint32_t a = 0; a < seating->problem->applicants; a++) {
        if (seating->problem->applicant[a].places == 1) {
            arrows_of(b, a);
        }
    }
    for (uint32_t s = 0; s < seating->seats; s++) {
        if (seat_room(&seating->seat[s]) > 0) {
            arrow(b, s, free_place(seating));
        }
        arrow(b, free_place(seating), s);
    }
    arrow(b, free_place(seating), no_place(seating));
}

static struct graph *graph_new(struct arena *arena, const struct seating *seating)
{
    struct graph *graph = ARENA_NEW(arena, struct graph);
    struct builder b = { seating, graph, NULL };
    graph->points = seating->seats + 2;
    graph->from = ARENA_ARRAY(arena, uint32_t, (size_t)graph->points + 1);
    all_arrows(&b);
    for (uint32_t p = 0; p < graph->points; p++) {
        graph->from[p + 1] += graph->from[p];
    }
    graph->to = ARENA_ARRAY(arena, uint32_t, graph->from[graph->points]);
    b.fill = ARENA_ARRAY(arena, uint32_t, graph->points);
    for (uint32_t p = 0; p < graph->points; p++) {
        b.fill[p] = graph->from[p];
    }
    all_arrows(&b);
    return graph;
}

/* Tarjan's walk without recursion. */
struct walk {
    const struct graph *graph;
    uint32_t *seen, *low, *part; /* 0: not yet */
    uint32_t *next;              /* the arrow to follow next */
    uint32_t *way, *open;        /* the way to where we are; points of no part yet */
    uint32_t on_way, is_open, count, parts;
};

static void enter(struct walk *w, uint32_t point)
{
    w->seen[point] = w->low[point] = ++w->count;
    w->next[point] = w->graph->from[point];
    w->way[w->on_way++] = point;
    w->open[w->is_open++] = point;
}

static void leave(struct walk *w, uint32_t point)
{
    w->on_way--;
    if (w->low[point] == w->seen[point]) {
        uint32_t member;
        w->parts++;
        do {
            member = w->open[--w->is_open];
            w->part[member] = w->parts;
        } while (member != point);
    }
    if (w->on_way > 0) {
        uint32_t before = w->way[w->on_way - 1];
        w->low[before] = w->low[point] < w->low[before] ? w->low[point] : w->low[before];
    }
}

static void walk_from(struct walk *w, uint32_t start)
{
    enter(w, start);
    while (w->on_way > 0) {
        uint32_t point = w->way[w->on_way - 1];
        if (w->next[point] == w->graph->from[point + 1]) {
            leave(w, point);
            continue;
        }
        uint32_t to = w->graph->to[w->next[point]++];
        if (!w->seen[to]) {
            enter(w, to);
        } else if (!w->part[to] && w->seen[to] < w->low[point]) {
            w->low[point] = w->seen[to];
        }
    }
}

static const uint32_t *strong_parts(struct arena *arena, const struct graph *graph)
{
    struct walk w = { .graph = graph };
    uint32_t **arrays[] = { &w.seen, &w.low, &w.part, &w.next, &w.way, &w.open };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = ARENA_ARRAY(arena, uint32_t, graph->points);
    }
    for (uint32_t p = 0; p < graph->points; p++) {
        if (!w.seen[p]) {
            walk_from(&w, p);
        }
    }
    return w.part;
}

static bool could_gain(const struct seating *seating, const uint32_t *part, uint32_t a)
{
    const struct allot_problem *problem = seating->problem;
    uint32_t own = part[point_of(seating, a)];
    for (uint32_t c = problem->choice_from[a]; c < problem->choice_from[a] + seating_better(seating, a); c++) {
        uint32_t offer = problem->choice[c].offer;
        for (uint32_t s = seating->seat_from[offer]; s < seating->seat_from[offer + 1]; s++) {
            if (part[s] == own && seat_may(seating, &seating->seat[s], c)) {
                return true;
            }
        }
    }
    return false;
}

double measure_trades(struct arena *arena, const struct seating *seating)
{
    const uint32_t *part = strong_parts(arena, graph_new(arena, seating));
    double tickets = 0;
    for (uint32_t a = 0; a < seating->problem->applicants; a++) {
        tickets += seating->problem->applicant[a].places == 1 && could_gain(seating, part, a);
    }
    return tickets;
}
