/* Measures allotment beside the plainest programs that give the same answer (references.h), beside the time that it
 * takes to read the input once, and with one worker and several.
 *
 *   allot_bench SIZE …             rows for cities of so many children (city.h)
 *   allot_bench --dump FILE SIZE   the city and its answer as JSON, for peers in other languages
 *
 * A reference that comes to another answer, and a result that the independent check refuses, are failures, told in the
 * row. Ours and its references take turns. Medians of the wall's time, in warm memory; of the largest sizes also the
 * first run. One JSON line a row (measure.h).
 */
#include "allot/engine.h"
#include "city.h"
#include "measure.h"
#include "references.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 31, WORKERS = 2, CITY = 114000, COUNTY = 10000, MANY = 1000000, COUNTRY = 18000000, EXPLAINED = 20 };

static const uint8_t seed[32] = "the bench's own seed, not secret";

struct bench {
    struct city city;
    struct allot_problem *problem; /* the city's */
    struct allot_host shared;
    struct allot_turns turns;
    uint32_t *placed; /* by a reference */
    uint32_t size;
    int runs;
    const char *numbered; /* behind what each row tells */
};

static void fail(const char *what, const struct allot_error *error)
{
    (void)fprintf(stderr, "%s: %s\n", what, error->message);
    exit(1);
}

static struct allot_result *run(const struct bench *bench, const struct allot_host *host, const char *what)
{
    struct allot_result *result;
    struct allot_error error;
    if (!allot_run(bench->problem, host, &result, &error)) {
        fail(what, &error);
    }
    return result;
}

/* Balance is ours alone. */
static bool alike(const struct allot_outcome *outcome, const uint32_t *placed, uint32_t applicants)
{
    for (uint32_t a = 0; a < applicants; a++) {
        if ((outcome[a].how == ALLOT_CHOICE ? outcome[a].offer : ALLOT_NONE) != placed[a]) {
            return false;
        }
    }
    return true;
}

/* What an absolute figure of the plan was made for: this size. */
static const char *wanted_at(const struct bench *bench, uint32_t size, const char *wanted)
{
    return bench->size == size ? wanted : NULL;
}

static const char *named(const struct bench *bench, const char *what, char name[128])
{
    (void)snprintf(name, 128, "%s%s", what, bench->numbered);
    return name;
}

/* ---- The bound: everything read once ---- */

struct reading {
    const uint64_t *word;
    size_t words;
    uint64_t sum;
};

static void read_piece(void *argument, uint32_t index)
{
    struct reading *reading = (struct reading *)argument + index;
    uint64_t sum = 0;
    for (size_t i = 0; i < reading->words; i++) {
        sum += reading->word[i];
    }
    reading->sum = sum;
}

static double read_once(const struct bench *bench, const struct allot_host *host)
{
    const struct allot_problem *p = bench->problem;
    const void *array[] = { p->applicant, p->lot, p->choice_from, p->choice, p->offer };
    const size_t bytes[] = { p->applicants * sizeof *p->applicant, p->applicants * sizeof *p->lot,
                             p->applicants * sizeof *p->choice_from,
                             (size_t)p->choice_from[p->applicants] * sizeof *p->choice, p->offers * sizeof *p->offer };
    enum { ARRAYS = sizeof bytes / sizeof *bytes };
    struct reading piece[ARRAYS * WORKERS];
    uint32_t pieces = 0, parts = host ? WORKERS : 1;
    for (int i = 0; i < ARRAYS; i++) {
        size_t words = bytes[i] / sizeof(uint64_t);
        for (uint32_t k = 0; k < parts; k++) {
            size_t from = words * k / parts, to = words * (k + 1) / parts;
            piece[pieces++] = (struct reading){ (const uint64_t *)array[i] + from, to - from, 0 };
        }
    }
    double start = wall_ms();
    if (host) {
        host->each(host->ctx, read_piece, piece, pieces);
    } else {
        for (uint32_t i = 0; i < pieces; i++) {
            read_piece(piece, i);
        }
    }
    double spent = wall_ms() - start;
    volatile uint64_t seen = 0; /* so that the sums are needed */
    for (uint32_t i = 0; i < pieces; i++) {
        seen += piece[i].sum;
    }
    return spent;
}

static void measure_reading(struct bench *bench)
{
    double ours[MOST_RUNS], shared[MOST_RUNS];
    char name[128], note[64];
    for (int i = 0; i < bench->runs; i++) {
        ours[i] = read_once(bench, NULL);
        shared[i] = read_once(bench, &bench->shared);
    }
    (void)snprintf(note, sizeof note, "%.1f MB", (double)city_input_bytes(&bench->city) / 1e6);
    ROW(.what = named(bench, "reading the input once: the memory's bound", name), .applicants = bench->size,
        .ours = median(ours, bench->runs), .shared = median(shared, bench->runs), .note = note);
}

/* ---- Deferred acceptance, the choosing alone ---- */

static void choose(const struct bench *bench, const struct allot_host *host, struct allot_outcome *outcome)
{
    struct allot_result result = { .applicants = bench->size, .offers = bench->problem->offers, .outcome = outcome };
    struct allot_error error;
    if (!allot_choose_deferred(bench->problem, host, &bench->turns, false, &result, &error)) {
        fail("choosing", &error);
    }
}

static void measure_choosing(struct bench *bench)
{
    double ours[MOST_RUNS], shared[MOST_RUNS], theirs[MOST_RUNS], first = 0;
    bool same = true;
    char name[128];
    struct allot_outcome *outcome = room(bench->size, sizeof *outcome);
    bench->problem->mechanism = ALLOT_DEFERRED;
    for (int i = 0; i < bench->runs; i++) {
        double start = wall_ms();
        choose(bench, NULL, outcome);
        ours[i] = wall_ms() - start;
        first = i == 0 && bench->size >= MANY ? ours[i] : first;
        start = wall_ms();
        deferred_by_heaps(bench->problem, bench->turns.place, bench->placed);
        theirs[i] = wall_ms() - start;
        same = same && alike(outcome, bench->placed, bench->size);
        start = wall_ms();
        choose(bench, &bench->shared, outcome);
        shared[i] = wall_ms() - start;
        same = same && alike(outcome, bench->placed, bench->size);
    }
    const char *wanted = wanted_at(bench, CITY, "≤ 2.5 ms");
    ROW(.what = named(bench, "deferred acceptance, choosing alone", name), .applicants = bench->size,
        .ours = median(ours, bench->runs), .shared = median(shared, bench->runs), .first = first,
        .peer = "a heap a school, the draw's order given to both", .peers = median(theirs, bench->runs),
        .verdict = same ? "same" : "differs", .wanted = wanted);
    free(outcome);
}

/* ---- Whole runs ---- */

struct trial {
    const char *what;
    const char *peer; /* NULL: the result is checked instead */
    reference *by;
    const char *wanted;
};

static bool proved(const struct bench *bench, const struct allot_result *result, const char *what)
{
    struct allot_error error;
    bool good = allot_check(bench->problem, result, &bench->shared, &error);
    if (!good) {
        (void)fprintf(stderr, "%s: %s\n", what, error.message);
    }
    return good;
}

static bool same_outcomes(const struct allot_result *one, const struct allot_result *other)
{
    return memcmp(one->outcome, other->outcome, one->applicants * sizeof *one->outcome) == 0;
}

static void measure_run(struct bench *bench, const struct trial *trial)
{
    double ours[MOST_RUNS], shared[MOST_RUNS], theirs[MOST_RUNS], first = 0;
    bool good = true;
    char name[128], note[128];
    for (int i = 0; i < bench->runs; i++) {
        double start = wall_ms();
        struct allot_result *result = run(bench, NULL, trial->what);
        ours[i] = wall_ms() - start;
        first = i == 0 && bench->size >= MANY ? ours[i] : first;
        start = wall_ms();
        struct allot_result *other = run(bench, &bench->shared, trial->what);
        shared[i] = wall_ms() - start;
        good = good && same_outcomes(result, other);
        if (trial->by) {
            start = wall_ms();
            trial->by(bench->problem, NULL, bench->placed);
            theirs[i] = wall_ms() - start;
            good = good && alike(result->outcome, bench->placed, bench->size);
        } else if (i == 0) {
            good = proved(bench, result, trial->what);
        }
        (void)snprintf(note, sizeof note, "%u by choice, %u by balance, %u without", result->placed_by_choice,
                       result->placed_by_balance, result->unplaced);
        allot_result_free(result, NULL);
        allot_result_free(other, &bench->shared);
    }
    ROW(.what = named(bench, trial->what, name), .applicants = bench->size, .ours = median(ours, bench->runs),
        .shared = median(shared, bench->runs), .first = first, .peer = trial->peer,
        .peers = trial->by ? median(theirs, bench->runs) : 0,
        .verdict = trial->by ? (good ? "same" : "differs") : (good ? "proved" : "unproved"), .wanted = trial->wanted,
        .note = note);
}

static void measure_deferred(struct bench *bench)
{
    bench->problem->mechanism = ALLOT_DEFERRED;
    measure_run(bench, &(struct trial){ "deferred acceptance, whole run", "a heap a school", deferred_by_heaps,
                                        wanted_at(bench, COUNTRY, "≤ 1.5 s") });
}

static void measure_mechanisms(struct bench *bench)
{
    struct allot_problem *problem = bench->problem;
    measure_deferred(bench);
    if (bench->size >= COUNTRY) {
        return;
    }
    problem->mechanism = ALLOT_SERIAL;
    measure_run(bench, &(struct trial){ "serial", "sorting rank by rank", serial_by_sorting, NULL });
    problem->mechanism = ALLOT_DRAW;
    measure_run(bench, &(struct trial){ "draw", "sorting the draw numbers, then each in turn", draw_by_sorting, NULL });
    problem->mechanism = ALLOT_CYCLES;
    measure_run(bench, &(struct trial){ .what = "top trading cycles" });
    problem->mechanism = ALLOT_DEFERRED;
    problem->balance = true;
    measure_run(bench, &(struct trial){ .what = "deferred acceptance and balance" });
    problem->balance = false;
}

/* Of each offer a fifth is kept for category 4, a tenth is for it first; the rest is open. */
static void measure_kinds(struct bench *bench)
{
    struct allot_problem *problem = bench->problem;
    uint16_t group = 1;
    uint32_t *from = room(problem->offers + 1, sizeof *from);
    struct allot_kind *kind = room((size_t)problem->offers * 3, sizeof *kind);
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t all = problem->offer[j].capacity, kept = all / 5, soft = all / 10;
        from[j] = 3 * j;
        kind[3 * j] = (struct allot_kind){ .places = all - kept - soft };
        kind[3 * j + 1] = (struct allot_kind){ .places = kept, .groups = 1, .whom = ALLOT_MEMBERS_ONLY };
        kind[3 * j + 2] = (struct allot_kind){ .places = soft, .groups = 1, .whom = ALLOT_MEMBERS_FIRST };
    }
    from[problem->offers] = 3 * problem->offers;
    for (uint32_t c = 0; c < problem->choice_from[problem->applicants]; c++) {
        bench->city.choice[c].group = problem->choice[c].category == 4;
    }
    problem->kind_from = from;
    problem->kind = kind;
    problem->kind_group = &group;
    measure_run(bench, &(struct trial){ .what = "deferred acceptance, three kinds of places a school" });
    problem->kind_from = NULL;
    problem->kind = NULL;
    problem->kind_group = NULL;
    free(from);
    free(kind);
}

/* Every fiftieth ticket is of twins. */
static void measure_together(struct bench *bench)
{
    struct allot_problem *problem = bench->problem;
    for (uint32_t a = 0; a < problem->applicants; a += 50) {
        bench->city.applicant[a].places = 2;
    }
    problem->together = ALLOT_TOGETHER_ADD;
    measure_run(bench, &(struct trial){ .what = "deferred acceptance, 2 % twins, places added" });
    problem->together = ALLOT_TOGETHER_FIT;
    measure_run(bench, &(struct trial){ .what = "deferred acceptance, 2 % twins, who fit or go elsewhere" });
    problem->together = ALLOT_TOGETHER_ADD;
    for (uint32_t a = 0; a < problem->applicants; a += 50) {
        bench->city.applicant[a].places = 1;
    }
}

static void measure_lot_per_wish(struct bench *bench)
{
    struct allot_problem *problem = bench->problem;
    struct allot_lot *lot = room(problem->choice_from[problem->applicants], sizeof *lot);
    problem->lot_per_offer = true;
    allot_derive_lots(problem, seed, "bench", 5, &bench->shared, bench->city.lot, lot);
    problem->choice_lot = lot;
    measure_run(bench, &(struct trial){ .what = "deferred acceptance, a draw number for each wish" });
    problem->lot_per_offer = false;
    problem->choice_lot = NULL;
    free(lot);
}

/* ---- What if? ---- */

static void measure_what_if(struct bench *bench, const char *what)
{
    double ours[MOST_RUNS], shared[MOST_RUNS];
    char name[128];
    for (int i = 0; i < bench->runs; i++) {
        struct allot_offer *offer = &bench->city.offer[(uint32_t)i * 7 % bench->problem->offers];
        offer->capacity++;
        double start = wall_ms();
        allot_result_free(run(bench, NULL, what), NULL);
        ours[i] = wall_ms() - start;
        start = wall_ms();
        allot_result_free(run(bench, &bench->shared, what), &bench->shared);
        shared[i] = wall_ms() - start;
        offer->capacity--;
    }
    ROW(.what = named(bench, what, name), .applicants = bench->size, .ours = median(ours, bench->runs),
        .shared = median(shared, bench->runs), .wanted = "≤ 5 ms");
}

static void measure_what_ifs(struct bench *bench)
{
    bench->problem->mechanism = ALLOT_DEFERRED;
    measure_what_if(bench, "what if one capacity changed: everything again");
    bench->problem->balance = true;
    measure_what_if(bench, "what if one capacity changed: everything again, with balance");
    bench->problem->balance = false;
}

/* ---- What is done with a result ---- */

enum part { VALID, CHECK, CHECK_ALONE, COUNT, EXPLAIN };

static bool do_part(const struct bench *bench, enum part part, const struct allot_host *host,
                    const struct allot_result *result)
{
    struct allot_error error;
    struct allot_reasoning reasoning[16];
    struct allot_result counted = {
        .applicants = result->applicants, .offers = result->offers, .outcome = result->outcome, .cutoff = result->cutoff
    };
    bool good = true;
    switch (part) {
    case VALID:
        return allot_problem_valid(bench->problem, host, &error);
    case CHECK:
        return allot_check(bench->problem, result, host, &error);
    case CHECK_ALONE:
        return allot_check_result(bench->problem, result, host, &error);
    case COUNT: /* into the same cut-offs */
        memset(result->cutoff, 0, result->offers * sizeof *result->cutoff);
        good = allot_count(bench->problem, host, &bench->turns, NULL, &counted, &error);
        allot_put(host, counted.kind_cutoff);
        allot_put(host, counted.tally);
        return good;
    case EXPLAIN:
        for (uint32_t i = 0; i < EXPLAINED; i++) {
            allot_explain(bench->problem, result, (uint32_t)((uint64_t)i * bench->size / EXPLAINED), reasoning);
        }
        return true;
    }
    return false;
}

static void measure_part(const struct bench *bench, enum part part, const char *what, const struct allot_result *result,
                         const char *wanted)
{
    double ours[MOST_RUNS], shared[MOST_RUNS];
    char name[128];
    bool good = true;
    double share = part == EXPLAIN ? EXPLAINED : 1;
    for (int i = 0; i < bench->runs; i++) {
        double start = wall_ms();
        good = do_part(bench, part, NULL, result) && good;
        ours[i] = (wall_ms() - start) / share;
        start = wall_ms();
        good = do_part(bench, part, &bench->shared, result) && good;
        shared[i] = wall_ms() - start;
    }
    ROW(.what = named(bench, what, name), .applicants = bench->size, .ours = median(ours, bench->runs),
        .shared = part == EXPLAIN ? 0 : median(shared, bench->runs), .verdict = good ? "proved" : "unproved",
        .wanted = wanted);
}

static void measure_parts(struct bench *bench)
{
    bench->problem->mechanism = ALLOT_DEFERRED;
    struct allot_result *result = run(bench, NULL, "the result that is checked");
    const char *wanted = bench->size == CITY      ? "≤ 1.2 ms"
                         : bench->size == MANY    ? "≤ 10 ms"
                         : bench->size == COUNTRY ? "≤ 0.2 s"
                                                  : NULL;
    measure_part(bench, VALID, "validity of the input", result, NULL);
    measure_part(bench, CHECK, "independent check of deferred acceptance, with validity", result, NULL);
    measure_part(bench, CHECK_ALONE, "independent check of deferred acceptance alone", result, wanted);
    measure_part(bench, COUNT, "counts and cut-offs (part of every run)", result, NULL);
    measure_part(bench, EXPLAIN, "explaining one child's result", result, NULL);
    allot_result_free(result, NULL);
}

static void measure_memory(struct bench *bench)
{
    struct purse purse = { 0 };
    struct allot_host host = purse_host(&purse);
    char what[128], note[128];
    allot_result_free(run(bench, &host, "memory"), &host);
    double input = (double)city_input_bytes(&bench->city) / 1e6, most = (double)purse.most / 1e6;
    (void)snprintf(note, sizeof note, "%.1f MB, input %.1f MB, together %.1f MB", most, input, input + most);
    ROW(.what = named(bench, "memory of a run of deferred acceptance, with its result", what),
        .applicants = bench->size, .note = note, .wanted = wanted_at(bench, COUNTRY, "≤ 2,500 MB together"));
}

/* ---- All ---- */

static void measure_lots(struct bench *bench)
{
    double start = wall_ms();
    allot_derive_lots(bench->problem, seed, "bench", 5, &bench->shared, bench->city.lot, NULL);
    if (bench->size >= COUNTRY) { /* smaller ones: hash_bench */
        ROW(.what = "draw numbers (HMAC-SM3)", .applicants = bench->size, .shared = wall_ms() - start);
    }
}

static void bench_begin(struct bench *bench, uint32_t size, bool near, struct crew *crew)
{
    struct city_shape shape = city_with_wishes(size);
    struct allot_error error;
    shape.near = near;
    *bench =
        (struct bench){ .size = size, .shared = crew_host(crew), .numbered = near ? ", neighbours' numbers near" : "" };
    bench->runs = size < 20000 ? MOST_RUNS : size < 500000 ? 11 : size < COUNTRY ? 5 : 2;
    city_make(&bench->city, &shape);
    bench->problem = &bench->city.problem;
    bench->problem->balance = false;
    bench->placed = room(size, sizeof *bench->placed);
    measure_lots(bench);
    if (!allot_turns_make(bench->problem, NULL, false, &bench->turns, &error)) {
        fail("the draw's order", &error);
    }
}

static void bench_end(struct bench *bench)
{
    allot_turns_drop(NULL, &bench->turns);
    free(bench->placed);
    city_free(&bench->city);
}

static void measure(uint32_t size, struct crew *crew)
{
    struct bench bench;
    bench_begin(&bench, size, false, crew);
    measure_reading(&bench);
    measure_choosing(&bench);
    measure_mechanisms(&bench);
    if (size < COUNTRY) {
        measure_kinds(&bench);
    }
    if (size == CITY) {
        measure_lot_per_wish(&bench);
        measure_together(&bench);
    }
    if (size == CITY || size == COUNTY) {
        measure_what_ifs(&bench);
    }
    measure_parts(&bench);
    measure_memory(&bench);
    bench_end(&bench);
    if (size >= CITY) {
        bench_begin(&bench, size, true, crew);
        measure_choosing(&bench);
        measure_deferred(&bench);
        bench_end(&bench);
    }
}

/* ---- For peers ---- */

static bool dump(const char *path, uint32_t size, struct crew *crew)
{
    struct bench bench;
    FILE *file = fopen(path, "w");
    if (!file) {
        return false;
    }
    bench_begin(&bench, size, false, crew);
    const struct allot_problem *p = bench.problem;
    bench.problem->mechanism = ALLOT_DEFERRED;
    struct allot_result *result = run(&bench, NULL, "the answer for peers");
    (void)fprintf(file, "{\"places\":[");
    for (uint32_t j = 0; j < p->offers; j++) {
        (void)fprintf(file, "%s%u", j ? "," : "", p->offer[j].capacity);
    }
    (void)fprintf(file, "],\n\"applicants\":[");
    for (uint32_t a = 0; a < p->applicants; a++) { /* the draw's place, the answer, wish and priority in turns */
        const struct allot_outcome *outcome = &result->outcome[a];
        (void)fprintf(file, "%s[%u,%d", a ? ",\n" : "", bench.turns.place[a],
                      outcome->how == ALLOT_CHOICE ? (int)outcome->offer : -1);
        for (uint32_t c = p->choice_from[a]; c < p->choice_from[a + 1]; c++) {
            (void)fprintf(file, ",%u,%u", p->choice[c].offer, p->choice[c].priority);
        }
        (void)fprintf(file, "]");
    }
    (void)fprintf(file, "]}\n");
    allot_result_free(result, NULL);
    bench_end(&bench);
    return fclose(file) == 0;
}

int main(int argc, char **argv)
{
    bool good = true;
    struct crew *crew = crew_new(WORKERS);
    keep_memory();
    if (argc == 4 && strcmp(argv[1], "--dump") == 0) {
        good = dump(argv[2], (uint32_t)strtoul(argv[3], NULL, 10), crew);
    } else {
        for (int i = 1; i < argc; i++) {
            measure((uint32_t)strtoul(argv[i], NULL, 10), crew);
        }
    }
    crew_free(crew);
    return good ? 0 : 1;
}
