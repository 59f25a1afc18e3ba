/*
 * Deferred acceptance for a crowd: the same proposals as in deferred.c, in batches.
 *
 * Where there are millions, each look at a line costs a way to memory. So applicants do not go to the lines one by one:
 * a batch of them looks for its ways in, which are sorted by block (a block is some hundred lines that lie beside each
 * other), and then each block takes in its own. The blocks are shared out among the workers, and no two ever touch the
 * same line. While ways are looked for, no line changes; a line that has become fuller in between refuses at the door.
 *
 * All who were refused in one round ask in the next. When they have become few, the rest is done one by one.
 *
 * What must hold: nothing but the order of proposals depends on the workers, and no outcome depends on that order.
 */
#include "allot/line.h"
#include "allot/workers.h"

#include <string.h>

enum {
    BLOCKS = 128,
    REGIONS = 256,
    BATCH = 1 << 20, /* ways of one worker in one batch; half a million where there are fewer applicants */
    FEW_UNDER_WAY = 4096,
    MOST_WORKERS = 16,
    AHEAD = 12 /* whom memory is asked for in time, each step so many before the next */
};

struct worker {
    uint64_t *key, *found_key; /* ways by block; ways as they were found */
    uint32_t *line, *found_line;
    uint32_t block_from[BLOCKS + 1];
    struct allot_list refused; /* those whom this worker's lines refused in this round … */
    struct allot_list asking; /* … and in the one before, neighbours near each other; its share of the engine's ring */
    struct allot_list touched;
    uint32_t from, to; /* what it looks at in this batch */
};

struct batches {
    struct allot_engine *engine;
    uint32_t workers;
    uint32_t batch;
    uint32_t block_shift;
    uint32_t region_shift; /* of applicants */
    bool first;            /* everybody asks, in the order of input; else those who were refused */
    struct worker worker[MOST_WORKERS];
};

/* --- looking for ways in ----------------------------------------------------------------------------------------- */

static inline void fetch_line(const struct allot_engine *engine, uint32_t c)
{
    uint32_t offer = engine->problem->choice[c].offer;
    __builtin_prefetch(&engine->line[engine->mode.kinds ? engine->line_from[offer] : offer]);
}

static inline void fetch_first(const struct allot_engine *engine, uint32_t applicant, uint32_t end)
{
    const uint32_t *from = engine->problem->choice_from;
    if (end - applicant > AHEAD && from[applicant + AHEAD] < from[applicant + AHEAD + 1]) {
        fetch_line(engine, from[applicant + AHEAD]);
    }
}

static inline void fetch_asking(const struct allot_engine *engine, const uint32_t *asking, uint32_t left)
{
    const struct allot_problem *problem = engine->problem;
    if (left > 3 * AHEAD) {
        uint32_t a = asking[3 * AHEAD];
        __builtin_prefetch(&problem->choice_from[a]);
        __builtin_prefetch(&engine->outcome[a]);
        a = asking[2 * AHEAD];
        __builtin_prefetch(problem->choice + problem->choice_from[a] + engine->outcome[a].rank);
        a = asking[AHEAD];
        uint32_t next = problem->choice_from[a] + engine->outcome[a].rank + 1;
        if (next < problem->choice_from[a + 1]) {
            fetch_line(engine, next);
        }
    }
}

ALLOT_INLINE uint32_t find_ways(struct allot_engine *engine, struct allot_mode mode, bool first, struct worker *worker)
{
    uint32_t found = 0;
    for (uint32_t i = worker->from; i < worker->to; i++) {
        struct allot_way way;
        if (first) {
            fetch_first(engine, i, worker->to);
            way = allot_way_of(engine, mode, i, 0, 0, mode.per_choice ? 0 : engine->turns->place[i]);
        } else {
            uint32_t a = worker->asking.item[i];
            fetch_asking(engine, worker->asking.item + i, worker->to - i);
            way = allot_way_on(engine, mode, a, mode.per_choice ? 0 : engine->turns->place[a]);
        }
        worker->found_line[found] = way.line;
        worker->found_key[found] = way.key;
        found += way.line != ALLOT_NONE;
    }
    return found;
}

static void look(void *argument, uint32_t index)
{
    struct batches *batches = argument;
    struct worker *worker = &batches->worker[index];
    struct allot_engine *engine = batches->engine;
    struct allot_mode plain = { .kinds = false };
    bool is_plain = !engine->mode.kinds && !engine->mode.several && !engine->mode.per_choice;
    uint32_t found = is_plain ? find_ways(engine, plain, batches->first, worker)
                              : find_ways(engine, engine->mode, batches->first, worker);
    uint32_t at[BLOCKS + 1] = { 0 };
    for (uint32_t i = 0; i < found; i++) {
        at[(worker->found_line[i] >> batches->block_shift) + 1]++;
    }
    for (uint32_t b = 0; b < BLOCKS; b++) {
        at[b + 1] += at[b];
    }
    memcpy(worker->block_from, at, sizeof at);
    for (uint32_t i = 0; i < found; i++) {
        uint32_t to = at[worker->found_line[i] >> batches->block_shift]++;
        worker->line[to] = worker->found_line[i];
        worker->key[to] = worker->found_key[i];
    }
}

/* --- taking in --------------------------------------------------------------------------------------------------- */

static inline void refuse(struct worker *worker, const uint32_t *who, uint64_t key)
{
    worker->refused.item[worker->refused.count++] = who[key & ALLOT_PLACE_MASK];
}

static void refuse_behind(struct worker *worker, const uint32_t *who, const struct allot_line *line, uint32_t behind)
{
    for (uint32_t i = line->held; i < line->held + behind; i++) {
        refuse(worker, who, line->key[i]);
    }
}

static void take_in(void *argument, uint32_t index)
{
    struct batches *batches = argument;
    struct worker *taker = &batches->worker[index];
    struct allot_engine *engine = batches->engine;
    struct allot_mode mode = engine->mode;
    for (uint32_t b = index; b < BLOCKS; b += batches->workers) {
        for (uint32_t w = 0; w < batches->workers; w++) {
            const struct worker *looker = &batches->worker[w];
            for (uint32_t i = looker->block_from[b]; i < looker->block_from[b + 1]; i++) {
                struct allot_line *line = &engine->line[looker->line[i]];
                if (looker->key[i] < line->bound) {
                    uint32_t behind = allot_line_enter(engine, mode, looker->line[i], looker->key[i], &taker->touched);
                    if (behind > 0) {
                        refuse_behind(taker, engine->turns->who, line, behind);
                    }
                } else {
                    refuse(taker, engine->turns->who, looker->key[i]);
                }
            }
        }
    }
}

/* At the end of a round. */
static void cut_touched(void *argument, uint32_t index)
{
    struct batches *batches = argument;
    struct worker *worker = &batches->worker[index];
    for (uint32_t i = 0; i < worker->touched.count; i++) {
        struct allot_line *line = &batches->engine->line[worker->touched.item[i]];
        uint32_t behind = allot_line_cut(batches->engine, worker->touched.item[i]);
        refuse_behind(worker, batches->engine->turns->who, line, behind);
        if (!(line->flags & ALLOT_LINE_HEAP)) {
            line->flags &= (uint8_t)~ALLOT_LINE_TOUCHED;
            allot_line_expect(line, false);
        }
    }
    worker->touched.count = 0;
}

/* --- rounds ------------------------------------------------------------------------------------------------------ */

static void first_round(struct batches *batches, const struct allot_host *host)
{
    uint32_t applicants = batches->engine->problem->applicants, from = 0;
    batches->first = true;
    while (from < applicants) {
        for (uint32_t w = 0; w < batches->workers; w++) {
            struct worker *worker = &batches->worker[w];
            worker->from = from;
            from += applicants - from < batches->batch ? applicants - from : batches->batch;
            worker->to = from;
        }
        workers_each(host, look, batches, batches->workers);
        workers_each(host, take_in, batches, batches->workers);
    }
    workers_each(host, cut_touched, batches, batches->workers);
    batches->first = false;
}

static uint32_t refused_in_all(const struct batches *batches)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < batches->workers; w++) {
        count += batches->worker[w].refused.count;
    }
    return count;
}

/* Those who were refused become those who ask; region by region, so that what is known of them is near each other. */
static void turn_over(void *argument, uint32_t index)
{
    struct batches *batches = argument;
    struct worker *worker = &batches->worker[index];
    uint32_t at[REGIONS + 1] = { 0 }, count = worker->refused.count;
    for (uint32_t i = 0; i < count; i++) {
        at[(worker->refused.item[i] >> batches->region_shift) + 1]++;
    }
    for (uint32_t region = 0; region < REGIONS; region++) {
        at[region + 1] += at[region];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t a = worker->refused.item[i];
        worker->asking.item[at[a >> batches->region_shift]++] = a;
    }
    worker->asking.count = count;
    worker->refused.count = 0;
    worker->to = 0;
}

/* Nobody is refused twice in a round, so that all of them together have room in the ring, which is not needed yet. */
static void share_ring(struct batches *batches)
{
    uint32_t *item = batches->engine->under_way;
    for (uint32_t w = 0; w < batches->workers; w++) {
        batches->worker[w].asking.item = item;
        item += batches->worker[w].refused.count;
    }
}

static void next_round(struct batches *batches, const struct allot_host *host)
{
    share_ring(batches);
    workers_each(host, turn_over, batches, batches->workers);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t w = 0; w < batches->workers; w++) {
            struct worker *worker = &batches->worker[w];
            uint32_t left = worker->asking.count - worker->to;
            worker->from = worker->to;
            worker->to += left < batches->batch ? left : batches->batch;
            more = more || worker->to < worker->asking.count;
        }
        workers_each(host, look, batches, batches->workers);
        workers_each(host, take_in, batches, batches->workers);
    }
    workers_each(host, cut_touched, batches, batches->workers);
}

/* The ring holds places in the order of lots; that of the wish refused, where each has its own lot. */
static void hand_over(struct batches *batches)
{
    struct allot_engine *engine = batches->engine;
    for (uint32_t w = 0; w < batches->workers; w++) {
        const struct allot_list *refused = &batches->worker[w].refused;
        for (uint32_t i = 0; i < refused->count; i++) {
            uint32_t a = refused->item[i];
            uint32_t item = engine->mode.per_choice ? engine->problem->choice_from[a] + engine->outcome[a].rank : a;
            engine->under_way[engine->waiting++] = engine->turns->place[item];
        }
    }
}

/* A list of the refused may come to hold everybody; what is not needed of it is never touched. */
static bool make_workers(struct batches *batches, const struct allot_host *host)
{
    uint32_t applicants = batches->engine->problem->applicants;
    bool room = true;
    for (uint32_t w = 0; w < batches->workers; w++) {
        struct worker *worker = &batches->worker[w];
        worker->key = allot_get(host, batches->batch, sizeof *worker->key);
        worker->line = allot_get(host, batches->batch, sizeof *worker->line);
        worker->found_key = allot_get(host, (size_t)batches->batch + 1, sizeof *worker->found_key);
        worker->found_line = allot_get(host, (size_t)batches->batch + 1, sizeof *worker->found_line);
        worker->refused.item = allot_get(host, applicants, sizeof *worker->refused.item);
        worker->touched.item = allot_get(host, batches->engine->lines, sizeof *worker->touched.item);
        room = room && worker->key && worker->line && worker->found_key && worker->found_line && worker->refused.item &&
               worker->touched.item;
    }
    return room;
}

bool allot_run_batches(struct allot_engine *engine, const struct allot_host *host)
{
    struct batches batches = { .engine = engine };
    batches.workers = workers_of(host) < MOST_WORKERS ? workers_of(host) : MOST_WORKERS;
    uint32_t share = engine->problem->applicants / (4 * batches.workers) + 1;
    batches.batch = share < BATCH ? share : BATCH;
    while ((engine->lines - 1) >> batches.block_shift >= BLOCKS) {
        batches.block_shift++;
    }
    while ((engine->problem->applicants - 1) >> batches.region_shift >= REGIONS) {
        batches.region_shift++;
    }
    bool room = make_workers(&batches, host);
    if (room) {
        first_round(&batches, host);
        while (refused_in_all(&batches) > FEW_UNDER_WAY) {
            next_round(&batches, host);
        }
        hand_over(&batches);
    }
    for (uint32_t w = 0; w < batches.workers; w++) {
        struct worker *worker = &batches.worker[w];
        const void *mine[] = { worker->key,        worker->line,         worker->found_key,
                               worker->found_line, worker->refused.item, worker->touched.item };
        for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
            allot_put(host, mine[i]);
        }
    }
    return room;
}
