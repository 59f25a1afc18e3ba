/*
 * The engine: applicants propose, offers keep the best so far (Gale and Shapley 1962).
 *
 * One engine serves three mechanisms. Deferred acceptance is the engine itself. The draw is the same with all
 * priorities equal. Serial priority is immediate acceptance: deferred acceptance where every offer looks at the rank
 * of the wish before anything else (Ergin and Sönmez 2006). Nobody of a later rank can therefore push out anybody of an
 * earlier one, so it is run round by round, rank by rank, and what a round gave stays given; that keeps the rank out of
 * the keys.
 *
 * Lines. A line is a kind of place. Who proposes goes to the first line of the offer that takes it; who finds no room
 * there, or is pushed out later, goes on to the next line of the same offer, and from the last one to the next wish. A
 * line chooses from all who ever came to it in a way that does not depend on the order in which they came (it is
 * substitutable, and each applicant has one contract with an offer), so what this chain ends with is exactly what the
 * offer would choose kind by kind from all at once, and the outcome is the stable one that is best for all applicants:
 * Kominers and Sönmez, "Matching with slot-specific priorities: theory", Theoretical Economics 11 (2016).
 *
 * Several places. With ALLOT_TOGETHER_ADD a line of q places keeps, in its order, each ticket before which fewer than q
 * places are given. That is again substitutable.
 *
 * What must hold: who is refused was refused by a line full of better ones, and these only get better. So the result is
 * the same for every order of proposals, and of input.
 */
#include "allot/line.h"

/* From so many applicants on, memory is far away, and they ask in batches. */
enum { CROWD = 1 << 18 };

/* Sends on those whom the line left behind. */
ALLOT_INLINE void send_on(struct allot_engine *engine, struct allot_mode mode, const struct allot_line *line,
                          uint32_t behind)
{
    for (uint32_t i = line->held; i < line->held + behind; i++) {
        uint32_t place = (uint32_t)(line->key[i] & ALLOT_PLACE_MASK);
        if (mode.serial && !mode.kinds) {
            engine->later.item[engine->later.count++] = engine->turns->who[place];
            continue;
        }
        uint32_t end = engine->head + engine->waiting++;
        end -= end >= engine->problem->applicants ? engine->problem->applicants : 0;
        engine->under_way[end] = place;
    }
}

ALLOT_INLINE void enter(struct allot_engine *engine, struct allot_mode mode, struct allot_way way)
{
    if (way.line != ALLOT_NONE) {
        uint32_t behind = allot_line_enter(engine, mode, way.line, way.key, &engine->touched);
        if (behind > 0) {
            send_on(engine, mode, &engine->line[way.line], behind);
        }
    }
}

ALLOT_INLINE void ask_first(struct allot_engine *engine, struct allot_mode mode)
{
    for (uint32_t a = 0; a < engine->problem->applicants; a++) {
        uint32_t place = mode.per_choice ? 0 : engine->turns->place[a];
        enter(engine, mode, allot_way_of(engine, mode, a, 0, 0, place));
    }
}

/* What will be needed of those who ask soon is asked for in time. */
ALLOT_INLINE void fetch_ahead(const struct allot_engine *engine)
{
    enum { NEAR = 8, FAR = 16 };
    const struct allot_problem *problem = engine->problem;
    if (engine->waiting > FAR && engine->head + FAR < problem->applicants) {
        uint32_t a = engine->turns->who[engine->under_way[engine->head + FAR]];
        __builtin_prefetch(&problem->choice_from[a]);
        __builtin_prefetch(&engine->outcome[a]);
        a = engine->turns->who[engine->under_way[engine->head + NEAR]];
        __builtin_prefetch(problem->choice + problem->choice_from[a] + engine->outcome[a].rank + 1);
    }
}

/* Until nobody is under way and no line holds more than it may. */
ALLOT_INLINE void settle(struct allot_engine *engine, struct allot_mode mode)
{
    for (;;) {
        while (engine->waiting > 0) {
            fetch_ahead(engine);
            uint32_t place = engine->under_way[engine->head++];
            engine->head = engine->head == engine->problem->applicants ? 0 : engine->head;
            engine->waiting--;
            enter(engine, mode, allot_way_on(engine, mode, engine->turns->who[place], place));
        }
        for (uint32_t i = 0; i < engine->touched.count; i++) {
            struct allot_line *line = &engine->line[engine->touched.item[i]];
            send_on(engine, mode, line, allot_line_cut(engine, engine->touched.item[i]));
            if (!mode.serial && !(line->flags & ALLOT_LINE_HEAP)) {
                line->flags &= (uint8_t)~ALLOT_LINE_TOUCHED;
                allot_line_expect(line, false);
            }
        }
        engine->touched.count = mode.serial ? engine->touched.count : 0;
        if (engine->waiting == 0) {
            return;
        }
    }
}

/* --- serial: what a round gave stays given ------------------------------------------------------------------------ */

static void freeze(struct allot_engine *engine)
{
    for (uint32_t i = 0; i < engine->touched.count; i++) {
        uint32_t number = engine->touched.item[i];
        struct allot_line *line = &engine->line[number];
        uint64_t given = engine->mode.several ? engine->given[number] : line->held;
        if (given > line->places) {
            engine->added += given - line->places;
            given = line->places;
        }
        line->places -= (uint32_t)given;
        line->bound = line->places == 0 ? 0 : ALLOT_NO_BOUND;
        line->held = 0;
        line->flags &= (uint8_t)~ALLOT_LINE_TOUCHED;
        allot_line_expect(line, true);
        if (engine->mode.several) {
            engine->given[number] = 0;
        }
    }
    engine->touched.count = 0;
}

ALLOT_INLINE void run_serial(struct allot_engine *engine, struct allot_mode mode)
{
    ask_first(engine, mode);
    settle(engine, mode);
    freeze(engine);
    for (uint32_t round = 1; engine->later.count > 0; round++) {
        uint32_t count = engine->later.count;
        engine->later.count = 0; /* who is put there is always one who was read before */
        for (uint32_t i = 0; i < count; i++) {
            uint32_t a = engine->later.item[i];
            enter(engine, mode, allot_way_of(engine, mode, a, round, 0, mode.per_choice ? 0 : engine->turns->place[a]));
        }
        settle(engine, mode);
        freeze(engine);
    }
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

ALLOT_INLINE bool run_deferred(struct allot_engine *engine, struct allot_mode mode, const struct allot_host *host)
{
    if (engine->problem->applicants < CROWD) {
        ask_first(engine, mode);
    } else if (!allot_run_batches(engine, host)) {
        return false;
    }
    settle(engine, mode);
    return true;
}

static bool run(struct allot_engine *engine, const struct allot_host *host)
{
    struct allot_mode mode = engine->mode;
    if (mode.serial) {
        if (!mode.kinds && !mode.several && !mode.per_choice) {
            run_serial(engine, (struct allot_mode){ .serial = true });
        } else {
            run_serial(engine, mode);
        }
        return true;
    }
    if (mode.several || mode.per_choice) {
        return run_deferred(engine, mode, host);
    }
    return mode.kinds ? run_deferred(engine, (struct allot_mode){ .kinds = true }, host)
                      : run_deferred(engine, (struct allot_mode){ .kinds = false }, host);
}

static uint64_t added_places(const struct allot_engine *engine)
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
    struct allot_engine engine = { .problem = problem, .turns = turns, .outcome = result->outcome };
    bool serial = problem->mechanism == ALLOT_SERIAL, kinds = false;
    engine.lines = problem->offers;
    for (uint32_t j = 0; problem->kind_from != NULL && j < problem->offers; j++) {
        uint32_t here = allot_kinds_at(problem, j);
        kinds = kinds || here > 0;
        engine.lines += here > 0 ? here - 1 : 0;
    }
    engine.mode = (struct allot_mode){ serial, kinds, several, problem->lot_per_offer };
    bool ring = kinds || !serial;
    engine.touched.item = allot_get(host, engine.lines, sizeof *engine.touched.item);
    engine.under_way = ring ? allot_get(host, problem->applicants, sizeof *engine.under_way) : NULL;
    engine.later.item = serial ? allot_get(host, problem->applicants, sizeof *engine.later.item) : NULL;
    bool done = engine.touched.item && (engine.under_way || !ring) && (engine.later.item || !serial) &&
                allot_lines_make(&engine, host) && run(&engine, host);
    if (done) {
        result->added = (uint32_t)added_places(&engine);
    }
    allot_put(host, engine.touched.item);
    allot_put(host, engine.under_way);
    allot_put(host, engine.later.item);
    allot_lines_drop(&engine, host);
    return done || allot_no_memory(error);
}
