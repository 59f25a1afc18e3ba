/*
 * Measures balance: the run and the check of made-up cities, and LEMON's solvers on the same children, places and
 * distances, when it was there at the build. LEMON is given the greatest distance that ours found, and only its solver
 * is timed; it must come to the same total. Medians of processor time, the most memory that a run holds besides the
 * problem; one JSON line a row.
 *
 *   balance_bench [ROWS [RUNS [FROM]]]    ROWS: the first so many (default all but the millions), RUNS: 5, without the
 *                                         first FROM
 */
#include "balance_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_RUNS = 25 };

struct case_of {
    const char *what;
    struct balance_shape shape;
    bool peers;
};

static const struct case_of cases[] = {
    { "what if: a county, one capacity changed, all again", { 10000, 400, 100, 100, 24, 104, 3 }, false },
    { "left over, county", { 300, 400, 60, 40, 12, 110 }, true },
    { "left over", { 17000, 4000, 1037, 350, 120, 110 }, true },
    { "left over, too few places", { 17000, 4000, 1037, 350, 120, 95 }, false },
    { "whole city, by community", { 114000, 6000, 1037, 1037, 30, 110 }, true },
    { "whole city, by home", { 114000, 114000, 1037, 1037, 30, 110 }, false },
    { "a million, 1,037 offers", { 1000000, 1000000, 1037, 1037, 30, 110 }, false },
    { "a million, 9,092 offers", { 1000000, 1000000, 9092, 9092, 30, 110 }, false },
};

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, int n)
{
    qsort(times, (size_t)n, sizeof *times, by_time);
    return times[n / 2];
}

/* Counts what the library holds: the size stands in front of each block. */
struct purse {
    size_t held, most;
};

enum { FRONT = 16 };

static void *purse_get(void *ctx, size_t bytes)
{
    struct purse *purse = ctx;
    char *block = malloc(bytes + FRONT);
    if (!block) {
        return NULL;
    }
    *(size_t *)(void *)block = bytes;
    purse->held += bytes;
    purse->most = purse->held > purse->most ? purse->held : purse->most;
    return block + FRONT;
}

static void purse_put(void *ctx, void *block)
{
    struct purse *purse = ctx;
    if (block) {
        char *front = (char *)block - FRONT;
        purse->held -= *(size_t *)(void *)front;
        free(front);
    }
}

static double memory_mb(const struct allot_problem *problem)
{
    struct purse purse = { 0 };
    struct allot_host host = { .get = purse_get, .put = purse_put, .ctx = &purse };
    struct allot_result *result = NULL;
    struct allot_error error;
    if (!allot_run(problem, &host, &result, &error)) {
        return 0;
    }
    allot_result_free(result, &host);
    return (double)purse.most / 1e6;
}

static void measure(const struct case_of *this, int runs)
{
    struct balance_city city;
    balance_city_make(&city, &this->shape);
    double run[MOST_RUNS], check[MOST_RUNS], peer[3][MOST_RUNS];
    struct allot_balance found = { 0 };
    const char *verdict = "proved";
    bool same = true, there = false;
    int peer_runs = runs < 3 ? runs : 3;
    for (int i = 0; i < runs; i++) {
        struct allot_result *result = NULL;
        struct allot_error error;
        city.offer[(uint32_t)i % this->shape.offers].capacity += this->shape.wishes > 0; /* what if? */
        double start = now_ms();
        if (!allot_run(&city.problem, NULL, &result, &error)) {
            (void)fprintf(stderr, "%s: %s\n", this->what, error.message);
            exit(1);
        }
        run[i] = now_ms() - start;
        found = result->balance;
        start = now_ms();
        if (!allot_check(&city.problem, result, NULL, &error)) {
            verdict = "unproved";
            (void)fprintf(stderr, "%s: %s\n", this->what, error.message);
        }
        check[i] = now_ms() - start;
        allot_result_free(result, NULL);
        for (int p = 0; this->peers && p < 3 && i < peer_runs; p++) {
            uint64_t total = balance_peer_total(&city.problem, found.greatest, (enum balance_peer)p, &peer[p][i]);
            same = same && total == found.total;
            there = there || total != UINT64_MAX;
        }
    }
    printf("{\"what\":\"%s\",\"children\":%u,\"sites\":%u,\"placed\":%u,\"greatest\":%u,\"total\":%llu,\"run_ms\":%.2f,"
           "\"check_ms\":%.2f,\"memory_mb\":%.1f",
           this->what, this->shape.children, this->shape.sites, found.placed, found.greatest,
           (unsigned long long)found.total, median(run, runs), median(check, runs), memory_mb(&city.problem));
    if (there) {
        printf(",\"cost_scaling_ms\":%.2f,\"network_simplex_ms\":%.2f,\"capacity_scaling_ms\":%.2f,\"totals\":\"%s\"",
               median(peer[0], peer_runs), median(peer[1], peer_runs), median(peer[2], peer_runs),
               same ? "same" : "differ");
    }
    printf(",\"verdict\":\"%s\"}\n", verdict);
    (void)fflush(stdout);
    balance_city_free(&city);
}

int main(int argc, char **argv)
{
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 6, runs = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    long from = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    long all = (long)(sizeof cases / sizeof *cases);
    runs = runs < 1 ? 1 : runs > MOST_RUNS ? MOST_RUNS : runs;
    for (long i = from; i < all && i < rows; i++) {
        measure(&cases[i], (int)runs);
    }
    return 0;
}
