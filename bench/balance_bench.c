/*
 * Measures balance: the run and the check of made-up cities, and LEMON's solvers on the same children, places and
 * distances, when it was there at the build. LEMON is given the greatest distance that ours found, and only its solver
 * is timed; it must come to the same total. Medians of processor time; one JSON line a row (measure.h).
 *
 *   balance_bench [ROWS [RUNS [FROM]]]    ROWS: the first so many (default all but the millions), RUNS: 5, without the
 *                                         first FROM
 *   balance_bench --rules                 how far children go by this rule, by the least total alone, and by the
 *                                         nearest open school in the order of the draw
 */
#include "city.h"
#include "lemon.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 25, SOLVERS = 3, FEW_SOLVERS = 2, STEP_METRES = 50 };

struct case_of {
    const char *what;
    struct city_shape shape;
    const char *wanted;
    int solvers; /* of LEMON: its first so many; the third is slow where each child is its own site */
};

static const struct case_of cases[] = {
    { "balance, what if one capacity changed: a county with 3 wishes, everything again",
      { 10000, 400, 100, 100, 24, 104, 3 },
      "≤ 5 ms",
      0 },
    { "balance, left over in a county", { 300, 400, 60, 40, 12, 110 }, NULL, SOLVERS },
    { "balance, left over in a city", { 17000, 4000, 1037, 350, 120, 110 }, "≤ 0.5 s", SOLVERS },
    { "balance, left over in a city, too few places", { 17000, 4000, 1037, 350, 120, 95 }, NULL, 0 },
    { "balance, a whole city by community", { 114000, 6000, 1037, 1037, 30, 110 }, "≤ 1 s with the check", SOLVERS },
    { "balance, a whole city by home", { 114000, 114000, 1037, 1037, 30, 110 }, "≤ 1 s with the check", FEW_SOLVERS },
    { "balance, a million by home, 9,092 offers", { 1000000, 1000000, 9092, 9092, 30, 110 }, NULL, 0 },
    { "balance, a million by home, 1,037 offers", { 1000000, 1000000, 1037, 1037, 30, 110 }, NULL, 0 },
};

struct spent {
    double run[MOST_RUNS], check[MOST_RUNS], solver[SOLVERS][MOST_RUNS];
    int runs, solved;
};

static struct allot_result *run(const char *what, const struct city *city, const struct allot_host *host)
{
    struct allot_result *result = NULL;
    struct allot_error error;
    if (!allot_run(&city->problem, host, &result, &error)) {
        (void)fprintf(stderr, "%s: %s\n", what, error.message);
        exit(1);
    }
    return result;
}

static double kilometres(double steps)
{
    return steps * STEP_METRES / 1000;
}

/* The quickest of LEMON's solvers; 0: LEMON was not there. */
static double best_peer(struct spent *spent, int solvers, char peer[96])
{
    static const char *const name[SOLVERS] = { "cost scaling", "network simplex", "capacity scaling" };
    double best = 0;
    for (int i = 0; spent->solved > 0 && i < solvers; i++) {
        double time = median(spent->solver[i], spent->solved);
        if (i == 0 || time < best) {
            best = time;
            (void)snprintf(peer, 96, "LEMON's %s, the quickest of %d", name[i], solvers);
        }
    }
    return best;
}

static void measure(const struct case_of *this, int runs)
{
    struct city city;
    struct spent spent = { .runs = runs };
    struct purse purse = { 0 };
    struct allot_host host = purse_host(&purse);
    struct allot_balance found = { 0 };
    bool proved = true, same = true;
    char peer[96] = "", note[160];
    city_make(&city, &this->shape);
    for (int i = 0; i < runs; i++) {
        struct allot_error error;
        city.offer[(uint32_t)i % this->shape.offers].capacity += this->shape.wishes > 0; /* what if? */
        double start = processor_ms();
        struct allot_result *result = run(this->what, &city, &host);
        spent.run[i] = processor_ms() - start;
        found = result->balance;
        start = processor_ms();
        if (!allot_check(&city.problem, result, NULL, &error)) {
            proved = false;
            (void)fprintf(stderr, "%s: %s\n", this->what, error.message);
        }
        spent.check[i] = processor_ms() - start;
        allot_result_free(result, &host);
        for (int k = 0; k < this->solvers && i < (this->solvers < SOLVERS ? 1 : 3); k++) {
            struct lemon_answer answer = lemon_solve(&city.problem, found.greatest, (enum lemon_solver)k);
            bool there = answer.total != UINT64_MAX;
            same = same && (!there || answer.total == found.total);
            spent.solver[k][i] = answer.spent_ms;
            spent.solved = there ? i + 1 : spent.solved;
        }
    }
    double peers = best_peer(&spent, this->solvers, peer);
    (void)snprintf(note, sizeof note, "check %.1f ms, %.1f MB, %u placed, greatest %.1f km, mean %.1f km",
                   median(spent.check, runs), (double)purse.most / 1e6, found.placed, kilometres(found.greatest),
                   kilometres((double)found.total / (found.placed ? found.placed : 1)));
    ROW(.what = this->what, .applicants = this->shape.children, .ours = median(spent.run, runs),
        .peer = peers > 0 ? peer : NULL, .peers = peers, .wanted = this->wanted, .note = note,
        .verdict = !proved     ? "unproved"
                   : !same     ? "differs"
                   : peers > 0 ? "same"
                               : "proved");
    city_free(&city);
}

/* ---- What the rule is worth ---- */

struct drawn {
    struct allot_lot lot;
    uint32_t applicant;
};

static int by_lot(const void *a, const void *b)
{
    const struct allot_lot *x = &((const struct drawn *)a)->lot, *y = &((const struct drawn *)b)->lot;
    return x->high != y->high ? (x->high > y->high) - (x->high < y->high) : (x->low > y->low) - (x->low < y->low);
}

struct way {
    uint32_t greatest, without;
    uint64_t total;
};

/* One after the other to the nearest school that has a place left. */
static struct way nearest_open(const struct allot_problem *p)
{
    struct way way = { 0 };
    uint32_t *left = room(p->offers, sizeof *left);
    struct drawn *drawn = room(p->applicants, sizeof *drawn);
    for (uint32_t j = 0; j < p->offers; j++) {
        left[j] = p->offer[j].capacity;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        drawn[a] = (struct drawn){ p->lot[a], a };
    }
    qsort(drawn, p->applicants, sizeof *drawn, by_lot);
    for (uint32_t i = 0; i < p->applicants; i++) {
        uint32_t site = p->applicant[drawn[i].applicant].site, e = p->reach_from[site];
        while (e < p->reach_from[site + 1] && left[p->reach[e].offer] == 0) {
            e++;
        }
        if (e == p->reach_from[site + 1]) {
            way.without++;
            continue;
        }
        left[p->reach[e].offer]--;
        way.total += p->reach[e].steps;
        way.greatest = p->reach[e].steps > way.greatest ? p->reach[e].steps : way.greatest;
    }
    free(left);
    free(drawn);
    return way;
}

static void compare_to(const char *what, const char *than, const struct allot_balance *ours, const struct way *theirs)
{
    double children = ours->placed ? ours->placed : 1;
    char note[96], peer[160];
    (void)snprintf(note, sizeof note, "%.1f km, mean %.2f km", kilometres(ours->greatest),
                   kilometres((double)ours->total / children));
    (void)snprintf(peer, sizeof peer, "%.1f km, mean %.2f km %s", kilometres(theirs->greatest),
                   kilometres((double)theirs->total / children), than);
    ROW(.what = what, .applicants = ours->asked, .note = note, .peer = peer,
        .ratio = (double)theirs->greatest / ours->greatest);
}

static void compare_rules(void)
{
    static const struct city_shape shape = { 17000, 4000, 1037, 350, 1037, 110 };
    struct city city;
    city_make(&city, &shape);
    struct allot_result *result = run("the rules compared", &city, NULL);
    struct way drawn = nearest_open(&city.problem);
    struct lemon_answer least = lemon_solve(&city.problem, ALLOT_MAX_STEPS, LEMON_NETWORK_SIMPLEX);
    compare_to("greatest distance of children left over, beside the draw's order",
               "nearest open school in the order of the draw", &result->balance, &drawn);
    if (least.total != UINT64_MAX) {
        compare_to("greatest distance of children left over, beside the least total", "least total alone (LEMON)",
                   &result->balance, &(struct way){ least.greatest, 0, least.total });
    }
    allot_result_free(result, NULL);
    city_free(&city);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--rules") == 0) {
        compare_rules();
        return 0;
    }
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 6, runs = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    long from = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    long all = (long)(sizeof cases / sizeof *cases);
    runs = runs < 1 ? 1 : runs > MOST_RUNS ? MOST_RUNS : runs;
    for (long i = from; i < all && i < rows; i++) {
        measure(&cases[i], (int)runs);
    }
    return 0;
}
