#include "literal.h"

#include <string.h>

void dress(struct dressed *dressed, struct dice *dice, const struct shape *shape, struct dressing dressing)
{
    struct made *made = dressed->made = made_new(dice, shape);
    uint32_t kinds = 0, groups = 0;
    for (uint32_t j = 0; j < shape->offers; j++) {
        dressed->kind_from[j] = kinds;
        uint32_t count = dressing.kinds ? dice_below(dice, LITERAL_KINDS) : 0, capacity = 0;
        for (uint32_t k = 0; k < count; k++) {
            struct allot_kind *kind = &dressed->kind[kinds++];
            *kind = (struct allot_kind){ .places = dice_below(dice, shape->places + 1),
                                         .group_from = groups,
                                         .whom = (uint8_t)dice_below(dice, 4),
                                         .order = dice_below(dice, 3) == 0 ? ALLOT_BY_LOT : ALLOT_BY_PRIORITY };
            uint32_t mask = 1 + dice_below(dice, 7);
            for (uint16_t group = 1; kind->whom != ALLOT_FOR_ALL && group <= 3; group++) {
                if (mask & (1u << (group - 1))) {
                    dressed->kind_group[groups++] = group;
                    kind->groups++;
                }
            }
            capacity += kind->places;
        }
        if (count > 0) {
            made->offer[j].capacity = capacity;
            made->offer[j].order = ALLOT_BY_PRIORITY;
        }
    }
    dressed->kind_from[shape->offers] = kinds;
    if (dressing.kinds) {
        made->problem.kind_from = dressed->kind_from;
        made->problem.kind = dressed->kind;
        made->problem.kind_group = dressed->kind_group;
    }
    for (uint32_t a = 0; a < shape->applicants; a++) {
        bool several = dressing.together > 1 && dice_below(dice, 2) == 0;
        made->applicant[a].places = several ? (uint16_t)(1 + dice_below(dice, dressing.together)) : 1;
    }
    for (uint32_t c = 0; c < made->choice_from[shape->applicants]; c++) {
        made->choice[c].group = dressing.kinds ? (uint16_t)dice_below(dice, 4) : 0;
        if (dressing.categories > 0) {
            made->choice[c].category = (uint16_t)dice_below(dice, dressing.categories);
        }
    }
    made->problem.together = (enum allot_together)dice_below(dice, 2);
    made->problem.waiting_reversed = dice_below(dice, 2) == 0;
}

uint32_t literal_ranks(const struct allot_problem *problem, uint32_t a)
{
    return problem->choice_from[a + 1] - problem->choice_from[a];
}

uint32_t literal_offer(const struct allot_problem *problem, uint32_t a, uint32_t rank)
{
    return problem->choice[problem->choice_from[a] + rank].offer;
}

static const struct allot_kind *kind_at(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    bool kinds = problem->kind_from != NULL && problem->kind_from[offer] != problem->kind_from[offer + 1];
    return kinds ? &problem->kind[problem->kind_from[offer] + kind] : NULL;
}

uint32_t literal_kinds(const struct allot_problem *problem, uint32_t offer)
{
    return kind_at(problem, offer, 0) == NULL ? 1 : problem->kind_from[offer + 1] - problem->kind_from[offer];
}

uint32_t literal_places(const struct allot_problem *problem, uint32_t offer, uint32_t kind)
{
    const struct allot_kind *one = kind_at(problem, offer, kind);
    return one == NULL ? problem->offer[offer].capacity : one->places;
}

static bool is_member(const struct allot_problem *problem, const struct allot_kind *kind, uint32_t a, uint32_t rank)
{
    uint16_t group = problem->choice[problem->choice_from[a] + rank].group;
    bool member = false;
    for (uint32_t i = 0; i < kind->groups; i++) {
        member = member || problem->kind_group[kind->group_from + i] == group;
    }
    return member;
}

bool literal_takes(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t rank)
{
    const struct allot_kind *one = kind_at(problem, offer, kind);
    if (one == NULL || one->whom == ALLOT_FOR_ALL || one->whom == ALLOT_MEMBERS_FIRST) {
        return true;
    }
    bool member = is_member(problem, one, a, rank);
    return one->whom == ALLOT_MEMBERS_ONLY ? member : !member;
}

static int by_lot(struct allot_lot one, struct allot_lot other)
{
    if (one.high != other.high) {
        return one.high < other.high ? -1 : 1;
    }
    return one.low < other.low ? -1 : one.low > other.low;
}

static int by_ticket(const struct allot_problem *problem, uint32_t a, uint32_t b)
{
    int order = memcmp(problem->ticket[a], problem->ticket[b], ALLOT_TICKET_BYTES);
    return order < 0 ? -1 : order > 0;
}

int literal_order(const struct allot_problem *problem, uint32_t offer, uint32_t kind, uint32_t a, uint32_t a_rank,
                  uint32_t b, uint32_t b_rank)
{
    const struct allot_kind *one = kind_at(problem, offer, kind);
    uint32_t a_choice = problem->choice_from[a] + a_rank, b_choice = problem->choice_from[b] + b_rank;
    if (problem->mechanism == ALLOT_SERIAL && a_rank != b_rank) {
        return a_rank < b_rank ? -1 : 1;
    }
    if (one != NULL && one->whom == ALLOT_MEMBERS_FIRST) {
        bool a_member = is_member(problem, one, a, a_rank), b_member = is_member(problem, one, b, b_rank);
        if (a_member != b_member) {
            return a_member ? -1 : 1;
        }
    }
    uint8_t order = one == NULL ? problem->offer[offer].order : one->order;
    uint32_t a_priority = problem->choice[a_choice].priority, b_priority = problem->choice[b_choice].priority;
    if (problem->mechanism != ALLOT_DRAW && order == ALLOT_BY_PRIORITY && a_priority != b_priority) {
        return a_priority < b_priority ? -1 : 1;
    }
    int lots = problem->lot_per_offer ? by_lot(problem->choice_lot[a_choice], problem->choice_lot[b_choice])
                                      : by_lot(problem->lot[a], problem->lot[b]);
    return lots != 0 ? lots : by_ticket(problem, a, b);
}

struct asking {
    uint32_t count;
    uint32_t who[LITERAL_MOST + 1];
    uint32_t rank[LITERAL_MOST + 1];
    uint32_t kind[LITERAL_MOST + 1]; /* ALLOT_NONE: not chosen */
};

static void choose(const struct allot_problem *problem, uint32_t offer, struct asking *asking)
{
    for (uint32_t i = 0; i < asking->count; i++) {
        asking->kind[i] = ALLOT_NONE;
    }
    for (uint32_t k = 0; k < literal_kinds(problem, offer); k++) {
        uint32_t given = 0, places = literal_places(problem, offer, k);
        bool looked[LITERAL_MOST + 1] = { false };
        for (;;) {
            uint32_t first = ALLOT_NONE;
            for (uint32_t i = 0; i < asking->count; i++) {
                if (!looked[i] && asking->kind[i] == ALLOT_NONE &&
                    literal_takes(problem, offer, k, asking->who[i], asking->rank[i]) &&
                    (first == ALLOT_NONE || literal_order(problem, offer, k, asking->who[i], asking->rank[i],
                                                          asking->who[first], asking->rank[first]) < 0)) {
                    first = i;
                }
            }
            if (first == ALLOT_NONE) {
                break;
            }
            looked[first] = true;
            uint32_t needs = problem->applicant[asking->who[first]].places;
            bool yes = problem->together == ALLOT_TOGETHER_ADD ? given < places : given + needs <= places;
            if (yes) {
                asking->kind[first] = k;
                given += needs;
            }
        }
    }
}

/* Those whom the offer has. */
static struct asking held(const struct allot_problem *problem, const struct literal *literal, uint32_t offer)
{
    struct asking asking = { 0 };
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (literal->has[a] && literal_offer(problem, a, literal->rank[a]) == offer) {
            asking.who[asking.count] = a;
            asking.rank[asking.count++] = literal->rank[a];
        }
    }
    return asking;
}

/* The kind at which the offer, choosing among those it has and this one, would choose it, or ALLOT_NONE. */
static uint32_t kind_chosen(const struct allot_problem *problem, const struct literal *literal, uint32_t a,
                            uint32_t rank)
{
    uint32_t offer = literal_offer(problem, a, rank);
    struct asking asking = held(problem, literal, offer);
    asking.who[asking.count] = a;
    asking.rank[asking.count++] = rank;
    choose(problem, offer, &asking);
    return asking.kind[asking.count - 1];
}

bool literal_chosen(const struct allot_problem *problem, const struct literal *literal, uint32_t a, uint32_t rank)
{
    return kind_chosen(problem, literal, a, rank) != ALLOT_NONE;
}

bool literal_consistent(const struct allot_problem *problem, const struct literal *literal)
{
    bool right = true;
    for (uint32_t j = 0; j < problem->offers; j++) {
        struct asking asking = held(problem, literal, j);
        choose(problem, j, &asking);
        for (uint32_t i = 0; i < asking.count; i++) {
            right = right && asking.kind[i] == literal->kind[asking.who[i]];
        }
    }
    return right;
}

static void rounds(const struct allot_problem *problem, struct literal *literal)
{
    bool asked = true;
    while (asked) {
        asked = false;
        bool asks[LITERAL_MOST];
        for (uint32_t a = 0; a < problem->applicants; a++) {
            asks[a] = !literal->has[a] && literal->rank[a] < literal_ranks(problem, a);
            asked = asked || asks[a];
        }
        for (uint32_t j = 0; j < problem->offers; j++) {
            struct asking asking = held(problem, literal, j);
            for (uint32_t a = 0; a < problem->applicants; a++) {
                if (asks[a] && literal_offer(problem, a, literal->rank[a]) == j) {
                    asking.who[asking.count] = a;
                    asking.rank[asking.count++] = literal->rank[a];
                    asks[a] = false; /* its next wish may be a later offer: not in this round */
                }
            }
            choose(problem, j, &asking);
            for (uint32_t i = 0; i < asking.count; i++) {
                uint32_t a = asking.who[i];
                literal->has[a] = asking.kind[i] != ALLOT_NONE;
                literal->kind[a] = literal->has[a] ? asking.kind[i] : 0;
                literal->rank[a] += !literal->has[a];
            }
        }
    }
}

void literal_find_over(const struct allot_problem *problem, struct literal *literal)
{
    literal->overs = 0;
    bool done[LITERAL_MOST] = { false };
    for (uint32_t turn = 0; turn < problem->applicants; turn++) {
        uint32_t a = ALLOT_NONE;
        for (uint32_t b = 0; b < problem->applicants; b++) {
            if (!done[b] && (a == ALLOT_NONE || by_ticket(problem, b, a) < 0)) {
                a = b;
            }
        }
        done[a] = true;
        uint32_t better = literal->has[a] ? literal->rank[a] : literal_ranks(problem, a);
        for (uint32_t rank = 0; rank < better; rank++) {
            if (literal_chosen(problem, literal, a, rank)) {
                literal->over[literal->overs++] = (struct allot_passed_over){ a, literal_offer(problem, a, rank) };
            }
        }
    }
}

struct repair {
    bool out[LITERAL_MOST];
    uint32_t goes[LITERAL_MOST][LITERAL_WISHES];
};

static bool closed(const struct allot_problem *problem, const struct repair *repair, uint32_t a, uint32_t rank)
{
    return repair->goes[a][rank] == (problem->applicant[a].places > 1 ? 1 : 50);
}

static bool lot_before(const struct allot_problem *problem, uint32_t a, uint32_t b)
{
    int order = by_lot(problem->lot[a], problem->lot[b]);
    return order < 0 || (order == 0 && by_ticket(problem, a, b) < 0);
}

/* A step. */
static void go(const struct allot_problem *problem, struct literal *literal, struct repair *repair, uint32_t a,
               uint32_t rank)
{
    uint32_t offer = literal_offer(problem, a, rank);
    literal->has[a] = false;
    struct asking asking = held(problem, literal, offer);
    asking.who[asking.count] = a;
    asking.rank[asking.count++] = rank;
    choose(problem, offer, &asking);
    literal->rank[a] = rank;
    for (uint32_t i = 0; i < asking.count; i++) {
        uint32_t b = asking.who[i];
        literal->has[b] = asking.kind[i] != ALLOT_NONE;
        literal->kind[b] = literal->has[b] ? asking.kind[i] : 0;
        repair->out[b] = !literal->has[b];
    }
    literal->repairs++;
    repair->goes[a][rank]++;
}

/* Whom the offer calls, or ALLOT_NONE; *rank is its wish. */
static uint32_t called_by(const struct allot_problem *problem, const struct literal *literal,
                          const struct repair *repair, uint32_t offer, uint32_t *rank)
{
    uint32_t called = ALLOT_NONE, kind = 0;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        uint32_t better = literal->has[a] ? literal->rank[a] : literal_ranks(problem, a);
        for (uint32_t r = 0; r < better; r++) {
            if (repair->out[a] || literal_offer(problem, a, r) != offer || closed(problem, repair, a, r)) {
                continue;
            }
            uint32_t at = kind_chosen(problem, literal, a, r);
            if (at != ALLOT_NONE && (called == ALLOT_NONE || at < kind ||
                                     (at == kind && literal_order(problem, offer, kind, a, r, called, *rank) < 0))) {
                called = a;
                kind = at;
                *rank = r;
            }
        }
    }
    return called;
}

static bool call(const struct allot_problem *problem, struct literal *literal, struct repair *repair)
{
    uint32_t goes = ALLOT_NONE, to = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t rank = 0, a = called_by(problem, literal, repair, j, &rank);
        if (a != ALLOT_NONE &&
            (goes == ALLOT_NONE || (a == goes && rank < to) || (a != goes && lot_before(problem, a, goes)))) {
            goes = a;
            to = rank;
        }
    }
    if (goes != ALLOT_NONE) {
        go(problem, literal, repair, goes, to);
    }
    return goes != ALLOT_NONE;
}

static bool come_back(const struct allot_problem *problem, struct literal *literal, struct repair *repair)
{
    uint32_t back = ALLOT_NONE;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (repair->out[a] && (back == ALLOT_NONE || lot_before(problem, a, back))) {
            back = a;
        }
    }
    if (back == ALLOT_NONE) {
        return false;
    }
    repair->out[back] = false;
    for (uint32_t rank = 0; rank < literal_ranks(problem, back); rank++) {
        if (!closed(problem, repair, back, rank) && literal_chosen(problem, literal, back, rank)) {
            go(problem, literal, repair, back, rank);
            break;
        }
    }
    return true;
}

static void cycles(const struct allot_problem *problem, struct literal *literal)
{
    uint32_t left[LITERAL_OFFERS];
    for (uint32_t j = 0; j < problem->offers; j++) {
        left[j] = problem->offer[j].capacity;
    }
    for (bool found = true; found;) {
        found = false;
        uint32_t points[LITERAL_MOST], head[LITERAL_OFFERS];
        for (uint32_t a = 0; a < problem->applicants; a++) {
            points[a] = 0;
            while (points[a] < literal_ranks(problem, a) && left[literal_offer(problem, a, points[a])] == 0) {
                points[a]++;
            }
        }
        for (uint32_t j = 0; j < problem->offers; j++) {
            head[j] = ALLOT_NONE;
            uint32_t head_rank = 0;
            for (uint32_t a = 0; left[j] > 0 && a < problem->applicants; a++) {
                for (uint32_t rank = 0; !literal->has[a] && rank < literal_ranks(problem, a); rank++) {
                    if (literal_offer(problem, a, rank) == j &&
                        (head[j] == ALLOT_NONE || literal_order(problem, j, 0, a, rank, head[j], head_rank) < 0)) {
                        head[j] = a;
                        head_rank = rank;
                    }
                }
            }
        }
        for (uint32_t start = 0; start < problem->applicants && !found; start++) {
            uint32_t a = start;
            for (uint32_t step = 0; step <= problem->applicants && !found; step++) {
                if (literal->has[a] || points[a] == literal_ranks(problem, a)) {
                    break;
                }
                a = head[literal_offer(problem, a, points[a])];
                found = a == start;
            }
        }
        for (uint32_t start = 0; start < problem->applicants && found; start++) {
            uint32_t a = start;
            bool circle = false;
            for (uint32_t step = 0; step <= problem->applicants && !circle; step++) {
                if (literal->has[a] || points[a] == literal_ranks(problem, a)) {
                    break;
                }
                a = head[literal_offer(problem, a, points[a])];
                circle = a == start;
            }
            if (!circle) {
                continue;
            }
            do { /* this one, and no other before everybody has pointed again */
                uint32_t next = head[literal_offer(problem, a, points[a])];
                literal->has[a] = true;
                literal->rank[a] = points[a];
                left[literal_offer(problem, a, points[a])]--;
                a = next;
            } while (a != start);
            break;
        }
    }
}

void literal_run(const struct allot_problem *problem, struct literal *literal)
{
    bool several = false;
    memset(literal, 0, sizeof *literal);
    if (problem->mechanism == ALLOT_CYCLES) {
        cycles(problem, literal);
        return;
    }
    rounds(problem, literal);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        several = several || problem->applicant[a].places > 1;
    }
    if (problem->together == ALLOT_TOGETHER_FIT && several) {
        struct repair repair = { 0 };
        while (call(problem, literal, &repair) || come_back(problem, literal, &repair)) {
        }
        literal_find_over(problem, literal);
    }
}
