/*
 * Lines in which applicants stand: who comes in, and who is sent on.
 *
 * Lazy choice. A line takes whoever comes before its bound, and only when its list is full, or when the caller says so,
 * it is cut by selection (Hoare's, which costs a few steps a head), and knows a new bound. Only when few came between
 * two cuts is a heap with its worst one on top better, and the line becomes one.
 *
 * Several places. A line of q places keeps, in its order, each ticket before which fewer than q places are given.
 *
 * What must hold: who is left behind was refused by a line full of better ones.
 */
#include "allot/line.h"
#include "allot/words.h"

enum { SLACK = 16, FEW = 8, SHORT = 12 };

static inline uint32_t places_of(const struct allot_engine *engine, uint64_t key)
{
    return engine->problem->applicant[engine->turns->who[key & ALLOT_PLACE_MASK]].places;
}

/* --- selection --------------------------------------------------------------------------------------------------- */

static uint64_t weigh(const struct allot_engine *engine, const uint64_t *key, uint32_t count)
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
static uint32_t select_best(const struct allot_engine *engine, uint64_t *key, uint32_t count, uint64_t need)
{
    uint32_t from = 0, to = count;
    /* The best `from` are in front and wanted; who stands from `to` on is not; the border is between. */
    for (uint32_t patience = 64; to - from > SHORT && patience > 0; patience--) {
        uint64_t third = 3 * need / (to - from);
        uint64_t pivot = allot_words_pivot(key + from, to - from, third > 2 ? 2 : (uint32_t)third);
        uint32_t front = (uint32_t)allot_words_part(key + from, to - from, pivot);
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
    allot_words_sort(key + from, to - from);
    while (need > 0) {
        uint32_t places = engine->mode.several ? places_of(engine, key[from]) : 1;
        need -= places < need ? places : need;
        from++;
    }
    return from;
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

void allot_line_expect(struct allot_line *line, bool serial)
{
    line->limit = serial ? 1 : line->places < line->room ? line->places + 1 : line->room;
}

uint32_t allot_line_cut(struct allot_engine *engine, uint32_t number)
{
    struct allot_line *line = &engine->line[number];
    uint64_t given = engine->mode.several ? engine->given[number] : line->held;
    if (given <= line->places || line->flags & ALLOT_LINE_HEAP) {
        return 0;
    }
    uint32_t kept = select_best(engine, line->key, line->held, line->places), behind = line->held - kept;
    line->held = kept;
    if (engine->mode.several) {
        engine->given[number] -= weigh(engine, line->key + kept, behind);
    }
    if (behind < kept / FEW + 1 && !engine->mode.serial) {
        allot_heap_make(line->key, kept);
        line->flags |= ALLOT_LINE_HEAP;
        line->bound = line->key[0];
        line->limit = kept + 1;
        return behind;
    }
    uint64_t bound = 0;
    for (uint32_t i = 0; i < kept; i++) {
        bound = line->key[i] > bound ? line->key[i] : bound;
    }
    line->bound = bound;
    return behind;
}

/* The line is a heap that was full; the one at its end, who came last, stands before its root. */
static uint32_t settle_heap(struct allot_engine *engine, uint32_t number)
{
    struct allot_line *line = &engine->line[number];
    uint32_t came = line->held;
    uint64_t key = line->key[came - 1], worst;
    if (!engine->mode.several) {
        worst = line->key[0];
        line->held--;
        allot_heap_sift(line->key, line->held, 0, key);
        line->key[line->held] = worst;
        line->bound = line->key[0];
        return 1;
    }
    allot_heap_push(line->key, came - 1, key);
    while (engine->given[number] - places_of(engine, line->key[0]) >= line->places) {
        worst = line->key[0];
        engine->given[number] -= places_of(engine, worst);
        line->held--;
        allot_heap_sift(line->key, line->held, 0, line->key[line->held]);
        line->key[line->held] = worst;
    }
    line->bound = line->key[0];
    return came - line->held;
}

uint32_t allot_line_at_limit(struct allot_engine *engine, uint32_t number, struct allot_list *touched)
{
    struct allot_line *line = &engine->line[number];
    if (line->flags & ALLOT_LINE_HEAP) {
        return settle_heap(engine, number);
    }
    bool over = !engine->mode.several || engine->given[number] > line->places;
    if (!(line->flags & ALLOT_LINE_TOUCHED) && (engine->mode.serial || over)) {
        line->flags |= ALLOT_LINE_TOUCHED;
        line->limit = line->room;
        touched->item[touched->count++] = number;
    }
    return line->held == line->room ? allot_line_cut(engine, number) : 0;
}

/* --- making the lines --------------------------------------------------------------------------------------------- */

static void set_line(struct allot_engine *engine, uint32_t number, uint16_t kind, uint32_t places, bool by_lot)
{
    engine->line[number] =
        (struct allot_line){ .places = places,
                             .kind = kind,
                             .bound = places == 0 ? 0 : ALLOT_NO_BOUND,
                             .flags = by_lot || engine->problem->mechanism == ALLOT_DRAW ? ALLOT_LINE_BY_LOT : 0 };
}

static void set_lines(struct allot_engine *engine)
{
    const struct allot_problem *problem = engine->problem;
    for (uint32_t j = 0, number = 0; j < problem->offers; j++) {
        uint32_t kinds = allot_kinds_at(problem, j);
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
static bool make_room(struct allot_engine *engine, const struct allot_host *host)
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
        allot_line_expect(&engine->line[i], engine->mode.serial);
    }
    return engine->key != NULL;
}

bool allot_lines_make(struct allot_engine *engine, const struct allot_host *host)
{
    engine->line = allot_get(host, engine->lines, sizeof *engine->line);
    engine->line_from =
        engine->mode.kinds ? allot_get(host, (size_t)engine->problem->offers + 1, sizeof *engine->line_from) : NULL;
    engine->given = engine->mode.several ? allot_get_zero(host, engine->lines, sizeof *engine->given) : NULL;
    if (!engine->line || (engine->mode.kinds && !engine->line_from) || (engine->mode.several && !engine->given)) {
        return false;
    }
    set_lines(engine);
    return make_room(engine, host);
}

void allot_lines_drop(struct allot_engine *engine, const struct allot_host *host)
{
    allot_put(host, engine->line);
    allot_put(host, engine->line_from);
    allot_put(host, engine->given);
    allot_put(host, engine->key);
}
