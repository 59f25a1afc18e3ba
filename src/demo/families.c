/* Everybody's application in its time. Families come on the days on which their round takes applications: a third on
 * the first day, most in daylight; the calendar's steps are taken in between. The order in which they come decides
 * nothing, but it is what a reviewer's queue looks like. */
#include "demo/build.h"

#include "base/clock.h"
#include "demo/dice.h"

#include <stdlib.h>

enum {
    ANALYZE_FIRST = 200,
    BATCH_FAMILIES = 500,       /* of one transaction at most … */
    BATCH_MS = 15 * 60 * 1000,  /* … which come within so long */
    MARGIN_MS = 40 * 60 * 1000, /* nobody comes in the last minutes of a window */
    DAY_FROM_MINUTE = 8 * 60,
    DAY_MINUTES = 14 * 60,
    FIRST_DAY = 16, /* weight of the first day, the second half of it, the others a quarter */
};

struct coming {
    int64_t at;
    uint32_t number;
};

static int by_time(const void *a, const void *b)
{
    const struct coming *x = a;
    const struct coming *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

/* A minute between opening and close (or the demo's moment, when that is earlier). */
static int64_t time_of(const struct builder *builder, const struct demo_round *round, uint32_t number)
{
    struct dice dice = dice_of(builder->land->seed, "time of coming", number);
    int64_t from = round->policy->moments[MOMENT_OPENS];
    int64_t until = round->policy->moments[MOMENT_CLOSES];
    until = (until < builder->now ? until : builder->now) - MARGIN_MS;
    int64_t first = day_of_ms(from);
    size_t days = until > from ? (size_t)(day_of_ms(until) - first) + 1 : 1;
    uint32_t weights[64];
    days = days < 64 ? days : 64;
    for (size_t i = 0; i < days; i++) {
        weights[i] = (uint32_t)(i < 2 ? FIRST_DAY >> i : FIRST_DAY / 4);
    }
    for (int tries = 0; tries < 32; tries++) {
        int64_t day = first + (int64_t)dice_weighted(&dice, weights, days);
        int64_t minute = DAY_FROM_MINUTE + dice_between(&dice, 0, DAY_MINUTES - 1);
        int64_t at = day_start_ms(day) + minute * 60000 + dice_between(&dice, 0, 59999);
        if (at >= from && at < until) {
            return at;
        }
    }
    return from + 60000;
}

static struct coming *list_coming(struct builder *builder)
{
    struct people *people = builder->people;
    struct coming *list = ARENA_ARRAY(builder->arena, struct coming, people->n);
    for (uint32_t i = 0; i < people->n; i++) {
        const struct land_community *home = &builder->land->communities[people->list[i].community];
        const struct demo_round *round = round_of(builder, home->county, (enum stage)people->list[i].stage);
        list[i] = (struct coming){ time_of(builder, round, i), i };
    }
    qsort(list, people->n, sizeof *list, by_time);
    return list;
}

static bool apply_batch(struct builder *builder, const struct coming *list, size_t n, struct error *error)
{
    if (!build_begin(builder, list[n - 1].at, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct family family;
        struct applied applied;
        people_family(builder->people, builder->family, list[i].number, &family);
        if (!apply_family(builder, &family, 2, (struct name){ 0 }, &applied, error)) {
            return false;
        }
        arena_reset(builder->family);
        arena_reset(builder->writing->arena);
    }
    return build_commit(builder, error);
}

bool families_apply(struct builder *builder, struct error *error)
{
    struct coming *list = list_coming(builder);
    size_t n = builder->people->n;
    size_t counted = 0;
    for (size_t i = 0; i < n;) {
        size_t size = 1;
        while (i + size < n && size < BATCH_FAMILIES && list[i + size].at - list[i].at < BATCH_MS) {
            size++;
        }
        if (!calendar_until(builder, list[i].at, error) || !apply_batch(builder, list + i, size, error)) {
            return false;
        }
        i += size;
        build_tell(builder, "families", i, n);
        /* The planner of the database should know how many rows there are before they are many. */
        if (i >= counted * 8 + ANALYZE_FIRST) {
            counted = i;
            if (!db_script(builder->writing->db, "analyze;", error)) {
                return false;
            }
        }
    }
    return true;
}
