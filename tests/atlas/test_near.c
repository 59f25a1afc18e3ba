/* near: the same answer as looking at every point, with every kind of filter, in crowds and on top of one another. */
#include "atlas/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST = 40 };

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct crowd {
    struct near_point *points;
    uint32_t n;
};

static bool is_open(const void *context, uint32_t point)
{
    const uint64_t *modulus = context;
    return point % *modulus != 0;
}

static bool fits(const struct near_ask *ask, const struct near_point *point, uint32_t index, uint64_t square)
{
    for (int i = 0; i < NEAR_TRAITS; i++) {
        if (ask->traits[i] && !(ask->traits[i] & point->traits)) {
            return false;
        }
    }
    return (!ask->within || square <= (uint64_t)(ask->within * ask->within)) &&
           (!ask->pass || ask->pass(ask->context, index));
}

static int by_distance(const void *left, const void *right)
{
    const struct near_hit *a = left, *b = right;
    if (a->square != b->square) {
        return a->square < b->square ? -1 : 1;
    }
    return a->point < b->point ? -1 : a->point > b->point;
}

static uint32_t by_looking(const struct crowd *crowd, const struct near_ask *ask, struct near_hit *hits)
{
    struct near_hit *all = calloc(crowd->n + 1, sizeof *all);
    uint32_t n = 0;
    assert_non_null(all);
    for (uint32_t i = 0; i < crowd->n; i++) {
        int64_t east = crowd->points[i].east - ask->east, north = crowd->points[i].north - ask->north;
        uint64_t square = (uint64_t)(east * east + north * north);
        if (fits(ask, &crowd->points[i], i, square)) {
            all[n++] = (struct near_hit){ i, square };
        }
    }
    qsort(all, n, sizeof *all, by_distance);
    n = n < ask->most ? n : ask->most;
    for (uint32_t i = 0; i < n; i++) {
        hits[i] = all[i];
    }
    free(all);
    return n;
}

static void ask_once(const struct crowd *crowd, const struct near *near, uint64_t *dice, int64_t spread)
{
    static const uint64_t modulus = 3;
    struct near_hit found[MOST], expected[MOST];
    struct near_ask ask = {
        .east = (int64_t)(next(dice) % (uint64_t)(2 * spread)) - spread / 2,
        .north = (int64_t)(next(dice) % (uint64_t)(2 * spread)) - spread / 2,
        .most = 1 + (uint32_t)(next(dice) % MOST),
    };
    ask.traits[0] = next(dice) % 3 ? 0 : UINT64_C(1) << next(dice) % 14;
    ask.traits[1] = next(dice) % 3 ? 0 : UINT64_C(3) << 20;
    ask.traits[3] = next(dice) % 9 ? 0 : UINT64_C(1) << 40; /* which nobody has */
    ask.within = next(dice) % 4 ? 0 : 1 + (int64_t)(next(dice) % (uint64_t)spread);
    ask.pass = next(dice) % 3 ? NULL : is_open;
    ask.context = &modulus;
    uint32_t n = near_find(near, &ask, found);
    assert_int_equal(n, by_looking(crowd, &ask, expected));
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(found[i].point, expected[i].point);
        assert_true(found[i].square == expected[i].square);
    }
}

static void it_is_what_looking_at_all_finds(void **state)
{
    (void)state;
    static const int64_t spreads[] = { 1, 30, 5000, 400000 };
    uint64_t dice = 20260727;
    for (uint32_t round = 0; round < 120; round++) {
        struct arena *arena = arena_new(0);
        struct crowd crowd = { .n = round < 30 ? round : (uint32_t)(next(&dice) % 700) };
        int64_t spread = spreads[round % 4];
        crowd.points = ARENA_ARRAY(arena, struct near_point, crowd.n + 1);
        for (uint32_t i = 0; i < crowd.n; i++) {
            crowd.points[i] =
                (struct near_point){ (int32_t)(next(&dice) % (uint64_t)spread),
                                     (int32_t)(next(&dice) % (uint64_t)spread),
                                     UINT64_C(1) << next(&dice) % 14 | UINT64_C(1) << (20 + next(&dice) % 4) };
        }
        const struct near *near = near_new(arena, crowd.points, crowd.n);
        for (int i = 0; i < 40; i++) {
            ask_once(&crowd, near, &dice, spread);
        }
        arena_free(arena);
    }
}

static void far_away_is_not_wrapped_around(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct near_point points[] = { { INT32_MAX, INT32_MIN, 1 }, { 0, 0, 1 }, { -500000, 4000000, 1 } };
    const struct near *near = near_new(arena, points, 3);
    struct near_hit hits[3];
    struct near_ask ask = { .east = INT64_MAX, .north = INT64_MIN, .most = 3 };
    assert_int_equal(near_find(near, &ask, hits), 3);
    assert_int_equal(hits[0].point, 0);
    ask = (struct near_ask){ .east = 3, .north = 4, .most = 1 };
    assert_int_equal(near_find(near, &ask, hits), 1);
    assert_int_equal(hits[0].point, 1);
    assert_int_equal(near_metres(hits[0].square), 5);
    assert_int_equal(near_metres(26), 6);
    ask.most = 0;
    assert_int_equal(near_find(near, &ask, hits), 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_looking_at_all_finds),
        cmocka_unit_test(far_away_is_not_wrapped_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
