/* The seamless day against a grid of minutes, on 10,000 random children. */
#include "services/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CHILDREN = 10000, MINUTES = 1440, COVERS_MOST = 12 };

static unsigned dice = 20260713u;

static int64_t below(int64_t n)
{
    dice = dice * 1664525u + 1013904223u;
    return (int64_t)(dice >> 8) % n;
}

/* Times at quarters of an hour or at any minute, so that spans often touch. */
static struct span some_span(void)
{
    int64_t step = below(2) ? 15 : 1, from = below(MINUTES / step) * step;
    int64_t until = from + below(1 + (below(3) ? 180 : 900) / step) * step;
    return (struct span){ from, until > MINUTES ? MINUTES : until };
}

/* Runs of minutes that the grid marks. */
static size_t runs_of(const bool *grid, struct span *out)
{
    size_t n = 0;
    for (int64_t minute = 0; minute < MINUTES; minute++) {
        if (grid[minute] && (minute == 0 || !grid[minute - 1])) {
            out[n++] = (struct span){ minute, minute };
        }
        if (grid[minute]) {
            out[n - 1].until = minute + 1;
        }
    }
    return n;
}

static void same(const char *what, const struct span *wanted, size_t nwanted, const struct span *got, size_t ngot)
{
    assert_int_equal(nwanted, ngot);
    for (size_t i = 0; i < ngot; i++) {
        if (wanted[i].from != got[i].from || wanted[i].until != got[i].until) {
            fail_msg("%s %zu: %lld to %lld, the grid says %lld to %lld", what, i, (long long)got[i].from,
                     (long long)got[i].until, (long long)wanted[i].from, (long long)wanted[i].until);
        }
    }
}

static void agrees_with_a_grid(void **state)
{
    (void)state;
    size_t with_gaps = 0, with_doubles = 0;
    for (size_t child = 0; child < CHILDREN; child++) {
        struct span covers[COVERS_MOST], gaps[COVERS_MOST + 1], doubles[COVERS_MOST + 1], wanted[MINUTES];
        int covered[MINUTES] = { 0 };
        bool gap[MINUTES] = { 0 }, twice[MINUTES] = { 0 };
        struct span need = below(8) ? some_span() : (struct span){ 0, 0 };
        size_t n = (size_t)below(COVERS_MOST + 1), ngaps, ndoubles;
        for (size_t i = 0; i < n; i++) {
            covers[i] = some_span();
            for (int64_t minute = covers[i].from; minute < covers[i].until; minute++) {
                covered[minute]++;
            }
        }
        for (int64_t minute = 0; minute < MINUTES; minute++) {
            gap[minute] = minute >= need.from && minute < need.until && covered[minute] == 0;
            twice[minute] = covered[minute] > 1;
        }
        day_seams(need, covers, n, gaps, &ngaps, doubles, &ndoubles);
        same("gap", wanted, runs_of(gap, wanted), gaps, ngaps);
        same("double", wanted, runs_of(twice, wanted), doubles, ndoubles);
        with_gaps += ngaps > 0;
        with_doubles += ndoubles > 0;
    }
    assert_true(with_gaps > CHILDREN / 4 && with_doubles > CHILDREN / 4);
}

/* Groups are as few as may be, none is over its most, and they differ by one at most. */
static void groups_are_even(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 200; n++) {
        for (int64_t most = 1; most <= 40; most++) {
            int64_t size[201] = { 0 }, groups = (n + most - 1) / most;
            for (int64_t i = 0; i < n; i++) {
                int64_t group = group_of(i, n, most);
                assert_in_range(group, 1, groups);
                size[group]++;
            }
            for (int64_t group = 1; group <= groups; group++) {
                assert_in_range(size[group], n / groups, most);
                assert_true(size[group] - n / groups <= 1);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_a_grid), cmocka_unit_test(groups_are_even) };
    return cmocka_run_group_tests_name("services-day", tests, NULL, NULL);
}
