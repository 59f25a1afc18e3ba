/*
 * The engine: applicants propose, offers keep the best so far (Gale and Shapley 1962).
 *
 * One engine serves three mechanisms. Deferred acceptance is the engine itself. The draw is the same with all
 * priorities equal. Serial priority is immediate acceptance: deferred acceptance where every offer looks at the rank
 * of the wish before anything else (Ergin and Sönmez 2006). Nobody of a later rank can therefore push out anybody of an
 * earlier one, so it is run round by round, rank by rank, and what a round gave stays given; that keeps the rank out of
 * the keys.
 *
 * A key is one word: (not a member, 1 bit; priority, 32 bits; place in the order of the lots, 31 bits). The place names
 * its owner.
 *
 * Lines. A line is a kind of place. Who proposes goes to the first line of the offer that takes it; who finds no room
 * there, or is pushed out later, goes on to the next line of the same offer, and from the last one to the next wish. A
 * line chooses from all who ever came to it in a way that does not depend on the order in which they came (it is
 * substitutable, and each applicant has one contract with an offer), so what this chain ends with is exactly what the
 * offer would choose kind by kind from all at once, and the outcome is the stable one that is best for all applicants:
 * Kominers and Sönmez, "Matching with slot-specific priorities: theory", Theoretical Economics 11 (2016).
 *
 * Lazy choice. A line does not sort, and does not keep its worst one at hand: it takes whoever comes into a list of
 * about twice its places, and when that is full, or when nobody else is under way, it cuts the list by selection, which
 * costs a few steps a head. After a cut it knows its bound: who stands behind that is refused on arrival. Only when few
 * come between two cuts is a heap of its worst better, and the line becomes one.
 *
 * Several places. With ALLOT_TOGETHER_ADD a line of q places keeps, in its order, each ticket before which fewer than q
 * places are given. That is again substitutable.
 *
 * What must hold: who is refused was refused by a line full of better ones, and these only get better. So the result is
 * the same for every order of proposals, and of input.
 */
#include "allot/engine.h"

#include <string.h>

enum { PLACE_BITS = 31, SLACK = 16, FEW = 8 };

#define NO_BOUND UINT64_MAX
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define PLACE_MASK (((uint64_t)1 << PLACE_BITS) - 1)

enum line_flags { BY_LOT = 1, TOUCHED = 2, HEAP = 4 };

struct line {
    uint64_t bound; /* a key from here on is refused */
    uint64_t *key;  /* who stands here */
    uint32_t held;
    uint32_t limit; /* when so many are held, there is something to do */
    uint32_t room;
    uint32_t places; /* with serial: that no earlier round gave */
    uint16_t kind;   /* within the offer */
    uint8_t flags;
    uint8_t reserved;
};

/* What a problem can do without, and nearly all do. As an argument that is known when compiling it costs nothing. */
struct mode {
    bool serial;
    bool kinds;
    bool several;    /* places to a ticket */
    bool per_choice; /* lots */
};

struct engine {
    const struct allot_problem *problem;
    const struct allot_turns *turns;
    struct allot_outcome *outcome; /* where everybody stands or was refused last; of who has no wish left, the end */
    struct mode mode;
    uint32_t lines;
    uint32_t *line_from; /* per offer + 1; NULL without kinds: line j is offer j */
    struct line *line;
    uint64_t *given; /* per line, with several: places of those who stand there */
    uint64_t *key;   /* the lists of all lines, one behind the other */
    uint32_t *under_way;
    uint32_t head, waiting; /* a ring of all applicants' size: nobody is in it twice */
    uint32_t *later;        /* with serial: who asks in the next round */
    uint32_t later_count;
    uint32_t *touched; /* lines that may hold more than they have places (serial: that got somebody in this round) */
    uint32_t touched_count;
    uint64_t added;
};

static inline uint32_t places_of(const struct engine *engine, uint64_t key)
{
    return engine->problem->applicant[engine->turns->who[key & PLACE_MASK]].places;
}

/* --- heaps ------------------------------------------------------------------------------------------------------- */

/* Max-heap: the root is the worst kept. Puts `moved` at `hole` or below. */
static void sift_down(uint64_t *heap, uint32_t count, uint32_t hole, uint64_t moved)
{
    for (uint64_t child = 2 * (uint64_t)hole + 1; child < count; child = 2 * child + 1) {
        child += child + 1 < count && heap[child] < heap[child + 1];
        if (heap[child] <= moved) {
            break;
        }
        heap[hole] = heap[child];
        hole = (uint32_t)child;
    }
    heap[hole] = moved;
}

static void make_heap(uint64_t *heap, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(heap, count, i - 1, heap[i - 1]);
    }
}

static void push_heap(uint64_t *heap, uint32_t count, uint64_t added)
{
    uint32_t hole = count;
    for (; hole > 0 && heap[(hole - 1) / 2] < added; hole = (hole - 1) / 2) {
        heap[hole] = heap[(hole - 1) / 2];
    }
    heap[hole] = added;
}

/* --- selection --------------------------------------------------------------------------------------------------- */

static void heap_sort(uint64_t *key, uint32_t count)
{
    make_heap(key, count);
    for (uint32_t end = count; end > 1; end--) {
        uint64_t last = key[end - 1];
        key[end - 1] = key[0];
        sift_down(key, end - 1, 0, last);
    }
}

static inline uint64_t middle_of(uint64_t one, uint64_t two, uint64_t three)
{
    uint64_t low = one < two ? one : two, high = one < two ? two : one;
    high = high < three ? high : three;
    return low > high ? low : high;
}

/* Of four or more. */
static uint64_t pivot_of(const uint64_t *key, uint32_t count)
{
    uint32_t step = count / 8;
    if (step == 0) {
        return middle_of(key[0], key[count / 2], key[count - 1]);
    }
    return middle_of(middle_of(key[0], key[step], key[2 * step]),
                     middle_of(key[3 * step], key[4 * step], key[5 * step]),
                     middle_of(key[6 * step], key[7 * step], key[count - 1]));
}

/* Brings all that are at most the pivot to the front; returns how many. */
static uint32_t part(uint64_t *key, uint32_t count, uint64_t pivot)
{
    uint32_t front = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t here = key[i];
        key[i] = key[front];
        key[front] = here;
        front += here <= pivot;
    }
    return front;
}

static uint64_t weigh(const struct engine *engine, const uint64_t *key, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += places_of(engine, key[i]);
    }
    return sum;
}

/*
 * Brings to the front the best who together have at least `need` places, and without the last of them fewer; returns
 * how many they are. All together have at least that many; need > 0. Keys differ.
 */
static uint32_t select_best(const struct engine *engine, uint64_t *key, uint32_t count, uint64_t need)
{
    uint32_t from = 0, to = count;
    /* The best `from` are in front and wanted; who stands from `to` on is not; the border is between. */
    for (uint32_t patience = 64; to - from > FEW && patience > 0; patience--) {
        uint64_t pivot = pivot_of(key + from, to - from);
        uint32_t front = part(key + from, to - from, pivot);
        if (front == to - from) { /* the pivot is the worst: part it off alone */
            for (uint32_t i = from; i + 1 < to; i++) {
                if (key[i] == pivot) {
                    key[i] = key[to - 1];
                    key[to - 1] = pivot;
                }
            }
            front--;
        }
        uint64_t sum = engine->mode.several ? weigh(engine, key + from, front) : front;
        if (sum >= need) {
            to = from + front;
        } else {
            need -= sum;
            from += front;
        }
    }
    heap_sort(key + from, to - from);
    while (need > 0) {
        uint32_t places = engine->mode.several ? places_of(engine, key[from]) : 1;
        need -= places < need ? places : need;
        from++;
    }
    return from;
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

static inline void send_on(struct engine *engine, uint64_t key)
{
    uint32_t applicant = engine->turns->who[key & PLACE_MASK];
    if (engine->mode.serial && !engine->mode.kinds) {
        engine->later[engine->later_count++] = applicant;
        return;
    }
    uint32_t end = engine->head + engine->waiting++;
    end -= end >= engine->problem->applicants ? engine->problem->applicants : 0;
    engine->under_way[end] = applicant;
}

/* When the next one who comes makes it hold too many (serial: when anybody comes). */
static void expect(struct line *line, bool serial)
{
    line->limit = serial ? 1 : line->places < line->room ? line->places + 1 : line->room;
}

/* Sends on whom the line has no places for. */
static void cut(struct engine *engine, uint32_t number)
{
    struct line *line = &engine->line[number];
    uint64_t given = engine->mode.several ? engine->given[number] : line->held;
    if (given <= line->places || line->flags & HEAP) {
        return;
    }
    uint32_t kept = select_best(engine, line->key, line->held, line->places);
    for (uint32_t i = kept; i < line->held; i++) {
        given -= engine->mode.several ? places_of(engine, line->key[i]) : 1;
        send_on(engine, line->key[i]);
    }
    bool few = line->held - kept < kept / FEW + 1;
    line->held = kept;
    if (engine->mode.several) {
        engine->given[number] = given;
    }
    if (few && !engine->mode.serial) {
        make_heap(line->key, kept);
        line->flags |= HEAP;
        line->bound = line->key[0];
        line->limit = kept + 1;
        return;
    }
    uint64_t bound = 0;
    for (uint32_t i = 0; i < kept; i++) {
        bound = line->key[i] > bound ? line->key[i] : bound;
    }
    line->bound = bound;
}

/* The line is a heap that was full; the one behind it, who came last, stands before its root. */
static void settle_heap(struct engine *engine, uint32_t number)
{
    struct line *line = &engine->line[number];
    uint64_t key = line->key[line->held - 1];
    if (!engine->mode.several) {
        uint64_t worst = line->key[0];
        sift_down(line->key, --line->held, 0, key);
        line->bound = line->key[0];
        send_on(engine, worst);
        return;
    }
    push_heap(line->key, line->held - 1, key);
    while (engine->given[number] - places_of(engine, line->key[0]) >= line->places) {
        uint64_t worst = line->key[0];
        engine->given[number] -= places_of(engine, worst);
        line->held--;
        sift_down(line->key, line->held, 0, line->key[line->held]);
        send_on(engine, worst);
    }
    line->bound = line->key[0];
}

static void at_limit(struct engine *engine, uint32_t number)
{
    struct line *line = &engine->line[number];
    if (line->flags & HEAP) {
        settle_heap(engine, number);
        return;
    }
    bool over = !engine->mode.several || engine->given[number] > line->places;
    if (!(line->flags & TOUCHED) && (engine->mode.serial || over)) {
        line->flags |= TOUCHED;
        line->limit = line->room;
        engine->touched[engine->touched_count++] = number;
    }
    if (line->held == line->room) {
        cut(engine, number);
    }
}

/* The key is before the bound. */
ALWAYS_INLINE void enter(struct engine *engine, struct mode mode, uint32_t number, uint64_t key, uint32_t places)
{
    struct line *line = &engine->line[number];
    line->key[line->held++] = key;
    if (mode.several) {
        engine->given[number] += places;
    }
    if (mode.several || line->held == line->limit) {
        at_limit(engine, number);
    }
}

static inline uint64_t key_of(const struct allot_choice *choice, const struct line *line, uint32_t place)
{
    uint32_t priority = line->flags & BY_LOT ? 0 : choice->priority;
    return (uint64_t)priority << PLACE_BITS | place;
}

static inline void stand_at(struct allot_outcome *outcome, uint32_t offer, uint16_t kind, uint32_t rank)
{
    *outcome = (struct allot_outcome){
        .offer = offer, .kind = kind, .rank = (uint16_t)rank, .how = ALLOT_CHOICE, .reason = ALLOT_WHY_NOTHING
    };
}

/* True when a line of the offer, from this kind on, took the applicant in. Where it stands is written before it
 * enters: it may be sent on at once. */
ALWAYS_INLINE bool ask_kinds(struct engine *engine, struct mode mode, uint32_t applicant, uint32_t rank,
                             uint32_t from_kind, uint32_t place)
{
    const struct allot_problem *problem = engine->problem;
    const struct allot_choice *choice = &problem->choice[problem->choice_from[applicant] + rank];
    uint32_t first = engine->line_from[choice->offer], end = engine->line_from[choice->offer + 1];
    const struct allot_kind *kind =
        allot_kinds_of(problem, choice->offer) == 0 ? NULL : problem->kind + problem->kind_from[choice->offer];
    for (uint32_t number = first + from_kind; number < end; number++) {
        struct line *line = &engine->line[number];
        uint8_t other = 0;
        if (kind != NULL && !allot_kind_takes(problem, kind + line->kind, choice->group, &other)) {
            continue;
        }
        uint64_t key = key_of(choice, line, place) | (uint64_t)other << 63;
        if (key < line->bound) {
            stand_at(&engine->outcome[applicant], choice->offer, line->kind, rank);
            enter(engine, mode, number, key, mode.several ? problem->applicant[applicant].places : 1);
            return true;
        }
    }
    return false;
}

/* The applicant asks, from this wish and kind on, until somebody takes it in or it has no wish left; with serial, until
 * it has been refused at this wish. */
ALWAYS_INLINE void ask(struct engine *engine, struct mode mode, uint32_t applicant, uint32_t rank, uint32_t kind)
{
    const struct allot_problem *problem = engine->problem;
    uint32_t from = problem->choice_from[applicant], ranks = problem->choice_from[applicant + 1] - from;
    uint32_t place = mode.per_choice ? 0 : engine->turns->place[applicant];
    for (; rank < ranks; rank++, kind = 0) {
        if (mode.per_choice) {
            place = engine->turns->place[from + rank];
        }
        if (mode.kinds) {
            if (ask_kinds(engine, mode, applicant, rank, kind, place)) {
                return;
            }
        } else {
            const struct allot_choice *choice = &problem->choice[from + rank];
            struct line *line = &engine->line[choice->offer];
            uint64_t key = key_of(choice, line, place);
            if (key < line->bound) {
                stand_at(&engine->outcome[applicant], choice->offer, 0, rank);
                enter(engine, mode, choice->offer, key, mode.several ? problem->applicant[applicant].places : 1);
                return;
            }
        }
        if (mode.serial) {
            engine->later[engine->later_count++] = applicant;
            return;
        }
    }
    engine->outcome[applicant] = allot_outcome_unplaced(problem, applicant);
}

/* Memory is far away where there are many applicants: what will be needed soon is asked for in time. */
static inline void fetch_ahead(const struct engine *engine)
{
    const struct allot_problem *problem = engine->problem;
    uint32_t ahead[3];
    for (int i = 0; i < 3; i++) {
        uint32_t at = engine->head + 8 * (uint32_t)(i + 1);
        at -= at >= problem->applicants ? problem->applicants : 0;
        ahead[i] = engine->under_way[at];
    }
    __builtin_prefetch(&problem->choice_from[ahead[2]]);
    __builtin_prefetch(&engine->outcome[ahead[2]]);
    const struct allot_choice *choice =
        &problem->choice[problem->choice_from[ahead[1]] + engine->outcome[ahead[1]].rank];
    __builtin_prefetch(choice + 1);
    __builtin_prefetch(&engine->turns->place[ahead[1]]);
    choice = &problem->choice[problem->choice_from[ahead[0]] + engine->outcome[ahead[0]].rank];
    if (!engine->mode.kinds && choice + 1 < problem->choice + problem->choice_from[problem->applicants]) {
        __builtin_prefetch(&engine->line[choice[1].offer]);
    }
}

/* Until nobody is under way and no line holds more than it may. */
ALWAYS_INLINE void settle(struct engine *engine, struct mode mode)
{
    for (;;) {
        while (engine->waiting > 0) {
            if (engine->waiting > 24) {
                fetch_ahead(engine);
            }
            uint32_t applicant = engine->under_way[engine->head++];
            engine->head = engine->head == engine->problem->applicants ? 0 : engine->head;
            engine->waiting--;
            const struct allot_outcome *refused = &engine->outcome[applicant];
            if (mode.kinds) {
                ask(engine, mode, applicant, refused->rank, (uint32_t)refused->kind + 1);
            } else {
                ask(engine, mode, applicant, (uint32_t)refused->rank + 1, 0);
            }
        }
        for (uint32_t i = 0; i < engine->touched_count; i++) {
            struct line *line = &engine->line[engine->touched[i]];
            cut(engine, engine->touched[i]);
            if (!mode.serial && !(line->flags & HEAP)) {
                line->flags &= (uint8_t)~TOUCHED;
                expect(line, false);
            }
        }
        engine->touched_count = mode.serial ? engine->touched_count : 0;
        if (engine->waiting == 0) {
            return;
        }
    }
}

ALWAYS_INLINE void ask_first(struct engine *engine, struct mode mode)
{
    enum { MANY_LINES = 4096, AHEAD = 16 };
    const struct allot_problem *problem = engine->problem;
    uint32_t applicants = problem->applicants, choices = problem->choice_from[applicants];
    bool far = engine->lines > MANY_LINES && !mode.kinds;
    for (uint32_t a = 0; a < applicants; a++) {
        if (far && a + 2 * AHEAD < applicants) {
            uint32_t c = problem->choice_from[a + 2 * AHEAD];
            __builtin_prefetch(&engine->line[problem->choice[c < choices ? c : 0].offer]);
            c = problem->choice_from[a + AHEAD];
            const struct line *line = &engine->line[problem->choice[c < choices ? c : 0].offer];
            __builtin_prefetch(line->key + line->held, 1);
        }
        ask(engine, mode, a, 0, 0);
    }
}

ALWAYS_INLINE void run_deferred(struct engine *engine, struct mode mode)
{
    ask_first(engine, mode);
    settle(engine, mode);
}

/* --- serial: what a round gave stays given ------------------------------------------------------------------------ */

static void freeze(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->touched_count; i++) {
        uint32_t number = engine->touched[i];
        struct line *line = &engine->line[number];
        uint64_t given = engine->mode.several ? engine->given[number] : line->held;
        if (given > line->places) {
            engine->added += given - line->places;
            given = line->places;
        }
        line->places -= (uint32_t)given;
        line->bound = line->places == 0 ? 0 : NO_BOUND;
        line->held = 0;
        line->flags &= (uint8_t)~TOUCHED;
        expect(line, true);
        if (engine->mode.several) {
            engine->given[number] = 0;
        }
    }
    engine->touched_count = 0;
}

ALWAYS_INLINE void run_serial(struct engine *engine, struct mode mode)
{
    ask_first(engine, mode);
    settle(engine, mode);
    freeze(engine);
    for (uint32_t round = 1; engine->later_count > 0; round++) {
        uint32_t count = engine->later_count;
        engine->later_count = 0; /* who is put there is always one who was read before */
        for (uint32_t i = 0; i < count; i++) {
            ask(engine, mode, engine->later[i], round, 0);
        }
        settle(engine, mode);
        freeze(engine);
    }
}

static void run(struct engine *engine)
{
    struct mode mode = engine->mode;
    if (!mode.serial && !mode.kinds && !mode.several && !mode.per_choice) {
        run_deferred(engine, (struct mode){ false, false, false, false });
    } else if (!mode.serial && !mode.several && !mode.per_choice) {
        run_deferred(engine, (struct mode){ false, true, false, false });
    } else if (!mode.serial) {
        run_deferred(engine, mode);
    } else if (!mode.kinds && !mode.several && !mode.per_choice) {
        run_serial(engine, (struct mode){ true, false, false, false });
    } else {
        run_serial(engine, mode);
    }
}

/* --- making and reading the lines --------------------------------------------------------------------------------- */

static void set_line(struct engine *engine, uint32_t number, uint16_t kind, uint32_t places, bool by_lot)
{
    engine->line[number] = (struct line){ .places = places,
                                          .kind = kind,
                                          .bound = places == 0 ? 0 : NO_BOUND,
                                          .flags = by_lot || engine->problem->mechanism == ALLOT_DRAW ? BY_LOT : 0 };
}

static void set_lines(struct engine *engine)
{
    const struct allot_problem *problem = engine->problem;
    for (uint32_t j = 0, number = 0; j < problem->offers; j++) {
        uint32_t kinds = allot_kinds_of(problem, j);
        if (engine->mode.kinds) {
            engine->line_from[j] = number;
        }
        if (kinds == 0) {
            set_line(engine, number++, 0, problem->offer[j].capacity, problem->offer[j].order == ALLOT_BY_LOT);
        }
        for (uint32_t k = 0; k < kinds; k++) {
            const struct allot_kind *kind = &problem->kind[problem->kind_from[j] + k];
            set_line(engine, number++, (uint16_t)k, kind->places, kind->order == ALLOT_BY_LOT);
        }
    }
    if (engine->mode.kinds) {
        engine->line_from[problem->offers] = engine->lines;
    }
}

static uint64_t room_of(uint32_t places)
{
    return places == 0 ? 0 : places + (uint64_t)(places > SLACK ? places : SLACK);
}

/* About twice the places; but where offers have far more places than there are applicants, no more than list them. */
static bool make_room(struct engine *engine, const struct allot_host *host)
{
    const struct allot_problem *problem = engine->problem;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < engine->lines; i++) {
        sum += room_of(engine->line[i].places);
    }
    uint32_t *listed = NULL;
    if (sum > 4 * (uint64_t)problem->applicants + 2 * SLACK * (uint64_t)engine->lines) {
        listed = allot_get_zero(host, problem->offers, sizeof *listed);
        if (listed == NULL) {
            return false;
        }
        for (uint32_t c = 0; c < problem->choice_from[problem->applicants]; c++) {
            listed[problem->choice[c].offer]++;
        }
    }
    sum = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t first = engine->mode.kinds ? engine->line_from[j] : j;
        uint32_t end = engine->mode.kinds ? engine->line_from[j + 1] : j + 1;
        for (uint32_t i = first; i < end; i++) {
            uint64_t room = room_of(engine->line[i].places);
            if (listed != NULL && room > (uint64_t)listed[j] + 1) {
                room = (uint64_t)listed[j] + 1;
            }
            engine->line[i].room = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room;
            sum += engine->line[i].room;
        }
    }
    allot_put(host, listed);
    engine->key = sum > SIZE_MAX ? NULL : allot_get(host, (size_t)sum, sizeof *engine->key);
    uint64_t *key = engine->key;
    for (uint32_t i = 0; key != NULL && i < engine->lines; i++) {
        engine->line[i].key = key;
        key += engine->line[i].room;
        expect(&engine->line[i], engine->mode.serial);
    }
    return engine->key != NULL;
}

static uint64_t added_places(const struct engine *engine)
{
    uint64_t added = engine->added;
    for (uint32_t i = 0; engine->mode.several && i < engine->lines; i++) {
        added += engine->given[i] > engine->line[i].places ? engine->given[i] - engine->line[i].places : 0;
    }
    return added;
}

bool allot_choose_deferred(const struct allot_problem *problem, const struct allot_host *host,
                           const struct allot_turns *turns, bool several, struct allot_result *result,
                           struct allot_error *error)
{
    struct engine engine = { .problem = problem, .turns = turns, .outcome = result->outcome, .lines = problem->offers };
    bool serial = problem->mechanism == ALLOT_SERIAL, kinds = false;
    for (uint32_t j = 0; problem->kind_from != NULL && j < problem->offers; j++) {
        uint32_t here = allot_kinds_of(problem, j);
        kinds = kinds || here > 0;
        engine.lines += here > 0 ? here - 1 : 0;
    }
    engine.mode = (struct mode){ serial, kinds, several, problem->lot_per_offer };
    bool ring = kinds || !serial;
    uint32_t applicants = problem->applicants;
    engine.line = allot_get(host, engine.lines, sizeof *engine.line);
    engine.touched = allot_get(host, engine.lines, sizeof *engine.touched);
    engine.line_from = kinds ? allot_get(host, (size_t)problem->offers + 1, sizeof *engine.line_from) : NULL;
    engine.given = several ? allot_get_zero(host, engine.lines, sizeof *engine.given) : NULL;
    engine.under_way = ring ? allot_get(host, applicants, sizeof *engine.under_way) : NULL;
    engine.later = serial ? allot_get(host, applicants, sizeof *engine.later) : NULL;
    bool room = engine.line && engine.touched && (engine.line_from || !kinds) && (engine.given || !several) &&
                (engine.under_way || !ring) && (engine.later || !serial);
    if (room) {
        set_lines(&engine);
        room = make_room(&engine, host);
    }
    if (room) {
        run(&engine);
        result->added = (uint32_t)added_places(&engine);
    }
    allot_put(host, engine.line);
    allot_put(host, engine.touched);
    allot_put(host, engine.line_from);
    allot_put(host, engine.given);
    allot_put(host, engine.under_way);
    allot_put(host, engine.later);
    allot_put(host, engine.key);
    return room || allot_no_memory(error);
}
