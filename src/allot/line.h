/*
 * Lines in which applicants stand, and what deferred acceptance keeps of them while it runs. Not for callers.
 *
 * A key is one word: (not a member, 1 bit; priority, 32 bits; place in the order of the lots, 31 bits). The place names
 * its owner. The rank, which comes first with ALLOT_SERIAL, is not in it: see deferred.c.
 *
 * A line does not sort, and does not keep its worst one at hand: it takes whoever comes before its bound into a list of
 * about twice its places. Whoever has no place in it is left behind those held (at key[held] and on), for the caller to
 * send on at once.
 */
#ifndef ALLOT_LINE_H
#define ALLOT_LINE_H

#include "allot/engine.h"

enum { ALLOT_PLACE_BITS = 31 };

#define ALLOT_NO_BOUND UINT64_MAX
#define ALLOT_PLACE_MASK (((uint64_t)1 << ALLOT_PLACE_BITS) - 1)
#define ALLOT_INLINE static inline __attribute__((always_inline))

enum allot_line_flags { ALLOT_LINE_BY_LOT = 1, ALLOT_LINE_TOUCHED = 2, ALLOT_LINE_HEAP = 4 };

struct allot_line {
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
struct allot_mode {
    bool serial;
    bool kinds;
    bool several;    /* places to a ticket */
    bool per_choice; /* lots */
};

struct allot_list {
    uint32_t *item;
    uint32_t count;
};

struct allot_engine {
    const struct allot_problem *problem;
    const struct allot_turns *turns;
    struct allot_outcome *outcome; /* where everybody stands or was refused last; of who has no wish left, the end */
    struct allot_mode mode;
    uint32_t lines;
    uint32_t *line_from; /* per offer + 1; NULL without kinds: line j is offer j */
    struct allot_line *line;
    uint64_t *given;           /* per line, with several: places of those who stand there */
    uint64_t *key;             /* the lists of all lines, one behind the other */
    struct allot_list touched; /* lines that may hold too many (serial: that got somebody in this round) */
    uint32_t *under_way;       /* a ring with room for all: places, in the order of lots, of those who were refused */
    uint32_t head, waiting;
    struct allot_list later; /* with serial: who asks in the next round */
    uint64_t added;
};

/* Makes the lines of the problem, empty, with their room; what was made is to be dropped in any case. */
bool allot_lines_make(struct allot_engine *engine, const struct allot_host *host);
void allot_lines_drop(struct allot_engine *engine, const struct allot_host *host);

/* Each returns how many are left behind those held. Cuts a line down to those whom it has places for … */
uint32_t allot_line_cut(struct allot_engine *engine, uint32_t number);
/* … or does what is due when the limit is reached; the line is put on the list when it may now hold too many. */
uint32_t allot_line_at_limit(struct allot_engine *engine, uint32_t number, struct allot_list *touched);

/* After a cut of all: nobody more than it has places for stands here. */
void allot_line_expect(struct allot_line *line, bool serial);

/* The key is before the bound. Returns how many are left behind those held. */
ALLOT_INLINE uint32_t allot_line_enter(struct allot_engine *engine, struct allot_mode mode, uint32_t number,
                                       uint64_t key, struct allot_list *touched)
{
    struct allot_line *line = &engine->line[number];
    line->key[line->held++] = key;
    if (mode.several) {
        engine->given[number] += engine->problem->applicant[engine->turns->who[key & ALLOT_PLACE_MASK]].places;
    }
    return mode.several || line->held == line->limit ? allot_line_at_limit(engine, number, touched) : 0;
}

/* A line that takes an applicant, with its key there. */
struct allot_way {
    uint64_t key;
    uint32_t line; /* ALLOT_NONE: none */
};

ALLOT_INLINE uint64_t allot_key_of(const struct allot_choice *choice, const struct allot_line *line, uint32_t place)
{
    uint32_t priority = line->flags & ALLOT_LINE_BY_LOT ? 0 : choice->priority;
    return (uint64_t)priority << ALLOT_PLACE_BITS | place;
}

ALLOT_INLINE void allot_stand_at(struct allot_outcome *outcome, uint32_t offer, uint16_t kind, uint32_t rank)
{
    *outcome = (struct allot_outcome){
        .offer = offer, .kind = kind, .rank = (uint16_t)rank, .how = ALLOT_CHOICE, .reason = ALLOT_WHY_NOTHING
    };
}

/* The first line of the offer of choice c, from this kind on, that takes the applicant. */
ALLOT_INLINE struct allot_way allot_way_in(struct allot_engine *engine, struct allot_mode mode, uint32_t c,
                                           uint32_t from_kind, uint32_t place)
{
    const struct allot_problem *problem = engine->problem;
    const struct allot_choice *choice = &problem->choice[c];
    if (!mode.kinds) {
        const struct allot_line *line = &engine->line[choice->offer];
        uint64_t key = allot_key_of(choice, line, place);
        return (struct allot_way){ key, key < line->bound ? choice->offer : ALLOT_NONE };
    }
    uint32_t first = engine->line_from[choice->offer], end = engine->line_from[choice->offer + 1];
    const struct allot_kind *kind =
        allot_kinds_at(problem, choice->offer) == 0 ? NULL : problem->kind + problem->kind_from[choice->offer];
    for (uint32_t number = first + from_kind; number < end; number++) {
        const struct allot_line *line = &engine->line[number];
        uint8_t other = 0;
        uint64_t key = allot_key_of(choice, line, place);
        if (key < line->bound &&
            (kind == NULL || allot_kind_takes(problem, kind + line->kind, choice->group, &other))) {
            key |= (uint64_t)other << 63;
            if (key < line->bound) {
                return (struct allot_way){ key, number };
            }
        }
    }
    return (struct allot_way){ 0, ALLOT_NONE };
}

/* The best way in from this wish and kind on; where that is, is written down as where the applicant stands (it may be
 * sent on as soon as it enters). Who has no wish left gets its outcome. With serial only this one wish is looked at. */
ALLOT_INLINE struct allot_way allot_way_of(struct allot_engine *engine, struct allot_mode mode, uint32_t applicant,
                                           uint32_t rank, uint32_t kind, uint32_t place)
{
    const struct allot_problem *problem = engine->problem;
    uint32_t from = problem->choice_from[applicant], ranks = problem->choice_from[applicant + 1] - from;
    for (; rank < ranks; rank++, kind = 0) {
        if (mode.per_choice) {
            place = engine->turns->place[from + rank];
        }
        struct allot_way way = allot_way_in(engine, mode, from + rank, kind, place);
        if (way.line != ALLOT_NONE) {
            uint16_t stands = mode.kinds ? engine->line[way.line].kind : 0;
            allot_stand_at(&engine->outcome[applicant], problem->choice[from + rank].offer, stands, rank);
            return way;
        }
        if (mode.serial) {
            engine->later.item[engine->later.count++] = applicant;
            return way;
        }
    }
    engine->outcome[applicant] = allot_outcome_unplaced(problem, applicant);
    return (struct allot_way){ 0, ALLOT_NONE };
}

/* The same for one who was refused where its outcome says. */
ALLOT_INLINE struct allot_way allot_way_on(struct allot_engine *engine, struct allot_mode mode, uint32_t applicant,
                                           uint32_t place)
{
    const struct allot_outcome *refused = &engine->outcome[applicant];
    return mode.kinds ? allot_way_of(engine, mode, applicant, refused->rank, (uint32_t)refused->kind + 1, place)
                      : allot_way_of(engine, mode, applicant, (uint32_t)refused->rank + 1, 0, place);
}

/* Everybody asks, and who is refused asks on, in batches and with all workers, until only few are under way: they are
 * in the ring then, and the rest is for the caller. Not with serial. */
bool allot_run_batches(struct allot_engine *engine, const struct allot_host *host);

#endif
