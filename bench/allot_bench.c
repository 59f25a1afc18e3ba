/* Measures allotment beside the plainest program that gives the same answer.
 *
 * The city is made up: schools and communities on a plane, each applicant wishes for five of the nearest schools, its
 * category and distance are its priority. The references are what a textbook says, with no care for caches:
 *   deferred acceptance   everybody proposes; each school keeps a heap of those it holds, the worst on top
 *   serial                rank by rank, those who ask are sorted and the best get what is left
 *   Merkle tree           the same tree over OpenSSL's SM3
 * A reference that comes to another answer is a failure, told in the line. Medians of RUNS runs (FEW of a
 * million); one JSON line a row.
 */
#include "allot/allot.h"
#include "allot/merkle.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OFFERS = 1037, SITES = 4000, WISHES = 5, REACH = 30, PLANE = 100000, STEP = 50, RUNS = 7, FEW = 3 };

/* ---- Small tools ---- */

static uint64_t dice_state;

static uint64_t dice(void)
{
    uint64_t z = (dice_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(dice() % n);
}

static void *room(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block) {
        abort();
    }
    return block;
}

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int runs_of(const struct allot_problem *problem)
{
    return problem->applicants < 500000 ? RUNS : FEW;
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

/* ---- The made-up city ---- */

struct near {
    uint32_t offer, distance;
};

static int by_distance(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    return x->distance != y->distance ? (x->distance > y->distance) - (x->distance < y->distance)
                                      : (x->offer > y->offer) - (x->offer < y->offer);
}

struct city {
    struct allot_problem problem;
    struct allot_offer *offer;
    struct allot_applicant *applicant;
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    uint32_t *choice_from;
    struct allot_choice *choice;
    uint32_t *reach_from;
    struct allot_reach *reach;
    struct allot_lot *lot;
};

static uint32_t distance(const int *a, const int *b)
{
    int64_t x = a[0] - b[0], y = a[1] - b[1];
    uint64_t square = (uint64_t)(x * x + y * y), root = 0;
    for (uint64_t bit = (uint64_t)1 << 31; bit; bit >>= 1) {
        if ((root | bit) * (root | bit) <= square) {
            root |= bit;
        }
    }
    return (uint32_t)root;
}

/* Each site's nearest offers, the nearest first. */
static void make_map(struct city *city)
{
    int(*school)[2] = room(OFFERS, sizeof *school);
    struct near *all = room(OFFERS, sizeof *all);
    for (uint32_t j = 0; j < OFFERS; j++) {
        school[j][0] = (int)below(PLANE);
        school[j][1] = (int)below(PLANE);
    }
    for (uint32_t s = 0; s < SITES; s++) {
        int home[2] = { (int)below(PLANE), (int)below(PLANE) };
        for (uint32_t j = 0; j < OFFERS; j++) {
            all[j] = (struct near){ j, distance(home, school[j]) };
        }
        qsort(all, OFFERS, sizeof *all, by_distance);
        city->reach_from[s] = s * REACH;
        for (uint32_t k = 0; k < REACH; k++) {
            city->reach[s * REACH + k] = (struct allot_reach){ all[k].offer, all[k].distance / STEP };
        }
    }
    city->reach_from[SITES] = SITES * REACH;
    free(all);
    free(school);
}

static void make_applicants(struct city *city, uint32_t applicants)
{
    for (uint32_t a = 0; a < applicants; a++) {
        struct allot_applicant *applicant = &city->applicant[a];
        for (int i = 0; i < ALLOT_TICKET_BYTES; i += 8) {
            uint64_t word = dice();
            memcpy(city->ticket[a] + i, &word, sizeof word);
        }
        *applicant = (struct allot_applicant){ .site = below(SITES), .places = 1 };
        const struct allot_reach *nearest = &city->reach[applicant->site * REACH];
        uint32_t category = below(5);
        city->choice_from[a] = a * WISHES;
        for (uint32_t k = 0, taken = 0; k < WISHES; k++) {
            uint32_t pick = below(12);
            while (taken & 1U << pick) {
                pick = (pick + 1) % 12;
            }
            taken |= 1U << pick;
            city->choice[a * WISHES + k] = (struct allot_choice){ .priority = category << 24 | nearest[pick].steps,
                                                                  .offer = nearest[pick].offer,
                                                                  .category = (uint16_t)category };
        }
    }
    city->choice_from[applicants] = applicants * WISHES;
}

static void make_city(struct city *city, uint32_t applicants)
{
    dice_state = applicants;
    city->offer = room(OFFERS, sizeof *city->offer);
    city->applicant = room(applicants, sizeof *city->applicant);
    city->ticket = room(applicants, sizeof *city->ticket);
    city->choice_from = room(applicants + 1, sizeof *city->choice_from);
    city->choice = room((size_t)applicants * WISHES, sizeof *city->choice);
    city->reach_from = room(SITES + 1, sizeof *city->reach_from);
    city->reach = room((size_t)SITES * REACH, sizeof *city->reach);
    city->lot = room(applicants, sizeof *city->lot);
    uint32_t mean = applicants / OFFERS; /* 5 % more places than children, some schools small and some large */
    for (uint32_t j = 0; j < OFFERS; j++) {
        city->offer[j] = (struct allot_offer){ .capacity = mean * (60 + below(91)) / 100, .balance = 1 };
    }
    make_map(city);
    make_applicants(city, applicants);
    city->problem = (struct allot_problem){ .version = ALLOT_VERSION,
                                            .offers = OFFERS,
                                            .applicants = applicants,
                                            .sites = SITES,
                                            .offer = city->offer,
                                            .applicant = city->applicant,
                                            .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])city->ticket,
                                            .choice_from = city->choice_from,
                                            .choice = city->choice,
                                            .reach_from = city->reach_from,
                                            .reach = city->reach,
                                            .lot = city->lot };
}

static void free_city(struct city *city)
{
    free(city->offer);
    free(city->applicant);
    free(city->ticket);
    free(city->choice_from);
    free(city->choice);
    free(city->reach_from);
    free(city->reach);
    free(city->lot);
}

/* ---- References ---- */

struct seat {
    uint64_t priority;
    struct allot_lot lot;
    uint32_t applicant, rank;
};

/* Does a stand behind b? */
static bool behind(const struct seat *a, const struct seat *b)
{
    return a->priority != b->priority   ? a->priority > b->priority
           : a->lot.high != b->lot.high ? a->lot.high > b->lot.high
                                        : a->lot.low > b->lot.low;
}

struct heap {
    struct seat *seat; /* the worst on top */
    uint32_t n, capacity;
};

static void sink(struct heap *heap, uint32_t i)
{
    for (;;) {
        uint32_t worst = i, left = 2 * i + 1, right = left + 1;
        worst = left < heap->n && behind(&heap->seat[left], &heap->seat[worst]) ? left : worst;
        worst = right < heap->n && behind(&heap->seat[right], &heap->seat[worst]) ? right : worst;
        if (worst == i) {
            return;
        }
        struct seat kept = heap->seat[i];
        heap->seat[i] = heap->seat[worst];
        heap->seat[worst] = kept;
        i = worst;
    }
}

/* Takes the asker in; whoever must leave for it (perhaps itself) is in *out; false when nobody must. */
static bool ask(struct heap *heap, const struct seat *asker, struct seat *out)
{
    if (heap->n < heap->capacity) {
        uint32_t i = heap->n++;
        while (i && behind(asker, &heap->seat[(i - 1) / 2])) {
            heap->seat[i] = heap->seat[(i - 1) / 2];
            i = (i - 1) / 2;
        }
        heap->seat[i] = *asker;
        return false;
    }
    *out = *asker;
    if (heap->n && behind(&heap->seat[0], asker)) {
        *out = heap->seat[0];
        heap->seat[0] = *asker;
        sink(heap, 0);
    }
    return true;
}

static struct seat seat_of(const struct allot_problem *p, uint32_t applicant, uint32_t rank)
{
    return (struct seat){ p->choice[p->choice_from[applicant] + rank].priority, p->lot[applicant], applicant, rank };
}

static void deferred_by_heaps(const struct allot_problem *p, uint32_t *placed)
{
    struct heap *heap = room(p->offers, sizeof *heap);
    for (uint32_t j = 0; j < p->offers; j++) {
        heap[j].capacity = p->offer[j].capacity;
        heap[j].seat = room(heap[j].capacity, sizeof *heap[j].seat);
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        placed[a] = ALLOT_NONE;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        struct seat asker = seat_of(p, a, 0), out;
        while (asker.rank < WISHES) {
            uint32_t offer = p->choice[p->choice_from[asker.applicant] + asker.rank].offer;
            placed[asker.applicant] = offer;
            if (!ask(&heap[offer], &asker, &out)) {
                break;
            }
            placed[out.applicant] = ALLOT_NONE;
            uint32_t next = out.rank + 1;
            asker = next < WISHES ? seat_of(p, out.applicant, next) : (struct seat){ .rank = WISHES };
        }
    }
    for (uint32_t j = 0; j < p->offers; j++) {
        free(heap[j].seat);
    }
    free(heap);
}

static int by_order(const void *a, const void *b)
{
    return behind(a, b) ? 1 : behind(b, a) ? -1 : 0;
}

static void serial_by_sorting(const struct allot_problem *p, uint32_t *placed)
{
    uint32_t *left = room(p->offers, sizeof *left), *count = room(p->offers + 1, sizeof *count);
    struct seat *all = room(p->applicants, sizeof *all);
    for (uint32_t j = 0; j < p->offers; j++) {
        left[j] = p->offer[j].capacity;
    }
    for (uint32_t a = 0; a < p->applicants; a++) {
        placed[a] = ALLOT_NONE;
    }
    for (uint32_t rank = 0; rank < WISHES; rank++) {
        memset(count, 0, (p->offers + 1) * sizeof *count);
        for (uint32_t a = 0; a < p->applicants; a++) {
            count[p->choice[p->choice_from[a] + rank].offer + 1] += placed[a] == ALLOT_NONE;
        }
        for (uint32_t j = 0; j < p->offers; j++) {
            count[j + 1] += count[j];
        }
        for (uint32_t a = 0; a < p->applicants; a++) {
            if (placed[a] == ALLOT_NONE) {
                all[count[p->choice[p->choice_from[a] + rank].offer]++] = seat_of(p, a, rank);
            }
        }
        for (uint32_t j = 0; j < p->offers; j++) {
            uint32_t from = j ? count[j - 1] : 0, n = count[j] - from;
            qsort(all + from, n, sizeof *all, by_order);
            for (uint32_t i = 0; i < n && left[j]; i++, left[j]--) {
                placed[all[from + i].applicant] = j;
            }
        }
    }
    free(all);
    free(count);
    free(left);
}

/* ---- Rows ---- */

static void row(const char *what, uint32_t applicants, double ours, const char *peer, double theirs,
                const char *verdict)
{
    printf("{\"what\":\"%s\",\"applicants\":%u,\"ours_ms\":%.3f,\"peer\":\"%s\",\"peer_ms\":%.3f,\"verdict\":\"%s\"}\n",
           what, applicants, ours, peer, theirs, verdict);
    (void)fflush(stdout);
}

/* Do both place everybody alike? Balance is ours alone. */
static const char *compare(const struct allot_result *result, const uint32_t *placed)
{
    for (uint32_t a = 0; a < result->applicants; a++) {
        uint32_t ours = result->outcome[a].how == ALLOT_CHOICE ? result->outcome[a].offer : ALLOT_NONE;
        if (ours != placed[a]) {
            return "differs";
        }
    }
    return "same";
}

static bool measure(struct city *city, const char *what, enum allot_mechanism mechanism, bool balance, const char *peer,
                    void (*reference)(const struct allot_problem *, uint32_t *))
{
    struct allot_problem *problem = &city->problem;
    problem->mechanism = mechanism;
    problem->balance = balance;
    uint32_t *placed = room(problem->applicants, sizeof *placed);
    double ours[RUNS], theirs[RUNS] = { 0 }, checks[RUNS];
    uint32_t balanced = 0;
    const char *verdict = "";
    bool good = true;
    int runs = runs_of(problem);
    for (int i = 0; i < runs && good; i++) {
        struct allot_error error;
        struct allot_result *result;
        double start = now_ms();
        good = allot_run(problem, NULL, &result, &error);
        ours[i] = now_ms() - start;
        if (!good) {
            (void)fprintf(stderr, "%s: %s\n", what, error.message);
            break;
        }
        if (reference) {
            start = now_ms();
            reference(problem, placed);
            theirs[i] = now_ms() - start;
            verdict = compare(result, placed);
        }
        balanced = result->placed_by_balance;
        start = now_ms();
        if (!allot_check(problem, result, NULL, &error)) {
            verdict = "unproved";
            (void)fprintf(stderr, "%s: %s\n", what, error.message);
        } else if (!reference) {
            verdict = "proved";
        }
        checks[i] = now_ms() - start;
        allot_result_free(result, NULL);
    }
    if (good) {
        char name[96];
        row(what, problem->applicants, median(ours, runs), peer, reference ? median(theirs, runs) : 0, verdict);
        (void)snprintf(name, sizeof name, "independent check of %s", what);
        if (balance) {
            (void)snprintf(name, sizeof name, "independent check, %u children balanced", balanced);
        }
        row(name, problem->applicants, median(checks, runs), "", 0, "");
    }
    free(placed);
    return good;
}

/* ---- Hashing ---- */

static EVP_MD *sm3;
static EVP_MD_CTX *context;

static void bare_hash(uint8_t prefix, const void *a, size_t n, const void *b, size_t m, uint8_t out[MERKLE_BYTES])
{
    if (EVP_DigestInit_ex2(context, sm3, NULL) != 1 || EVP_DigestUpdate(context, &prefix, 1) != 1 ||
        EVP_DigestUpdate(context, a, n) != 1 || EVP_DigestUpdate(context, b, m) != 1 ||
        EVP_DigestFinal_ex(context, out, NULL) != 1) {
        abort();
    }
}

static void bare_empty(uint8_t digest[MERKLE_BYTES])
{
    memset(digest, 0, MERKLE_BYTES);
}

static void bare_leaf(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    bare_hash(0, bytes, count, "", 0, digest);
}

static void bare_node(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES], uint8_t digest[MERKLE_BYTES])
{
    bare_hash(1, left, MERKLE_BYTES, right, MERKLE_BYTES, digest);
}

static double grow(const struct merkle_hash *hash, const struct city *city, uint8_t root[MERKLE_BYTES])
{
    struct merkle_tree tree;
    uint8_t leaf[96]; /* what a leaf of the list has: commitment, and the choices in short */
    double start = now_ms();
    merkle_start(&tree, hash);
    for (uint32_t a = 0; a < city->problem.applicants; a++) {
        memcpy(leaf, city->ticket[a], 32);
        memcpy(leaf + 32, &city->choice[(size_t)a * WISHES], 64);
        merkle_add(&tree, leaf, sizeof leaf);
    }
    merkle_root(&tree, root);
    return now_ms() - start;
}

/* What a run does first, and the references do not. */
static void measure_validity(const struct city *city)
{
    double ours[RUNS];
    int runs = runs_of(&city->problem);
    for (int i = 0; i < runs; i++) {
        struct allot_error error;
        double start = now_ms();
        if (!allot_problem_valid(&city->problem, NULL, &error)) {
            (void)fprintf(stderr, "the made-up city is not valid: %s\n", error.message);
            exit(1);
        }
        ours[i] = now_ms() - start;
    }
    row("validity of the input (part of every run)", city->problem.applicants, median(ours, runs), "", 0, "");
}

static void measure_hashing(const struct city *city)
{
    static const struct merkle_hash bare = { "openssl-sm3", bare_empty, bare_leaf, bare_node };
    double ours[RUNS], theirs[RUNS], lots[RUNS];
    uint8_t root[MERKLE_BYTES], other[MERKLE_BYTES];
    int runs = runs_of(&city->problem);
    const uint8_t seed[32] = "the bench's own seed, not secret";
    for (int i = 0; i < runs; i++) {
        ours[i] = grow(&merkle_sm3, city, root);
        theirs[i] = grow(&bare, city, other);
        double start = now_ms();
        allot_derive_lots(&city->problem, seed, "bench", 5, NULL, city->lot, NULL);
        lots[i] = now_ms() - start;
    }
    row("Merkle root (SM3)", city->problem.applicants, median(ours, runs), "the same tree over OpenSSL's SM3",
        median(theirs, runs), memcmp(root, other, sizeof root) ? "differs" : "same");
    row("draw numbers (HMAC-SM3)", city->problem.applicants, median(lots, runs), "", 0, "");
}

int main(int argc, char **argv)
{
    bool good = true;
    sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    context = EVP_MD_CTX_new();
    if (!sm3 || !context) {
        (void)fprintf(stderr, "OpenSSL has no SM3 here\n");
        return 1;
    }
    for (int i = 1; i < argc && good; i++) {
        struct city city;
        make_city(&city, (uint32_t)strtoul(argv[i], NULL, 10));
        measure_hashing(&city); /* fills the lots too */
        measure_validity(&city);
        good = measure(&city, "deferred acceptance", ALLOT_DEFERRED, false, "a heap a school", deferred_by_heaps) &&
               measure(&city, "serial", ALLOT_SERIAL, false, "sorting rank by rank", serial_by_sorting) &&
               measure(&city, "serial and balance", ALLOT_SERIAL, true, "", NULL);
        free_city(&city);
    }
    EVP_MD_CTX_free(context);
    EVP_MD_free(sm3);
    return good ? 0 : 1;
}
