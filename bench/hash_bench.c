/* Measures the hashing of allotment beside OpenSSL's EVP: Merkle roots over lines of about 230 bytes and draw numbers;
 * with --ways in front of the sizes also each way to hash lines that this processor has.
 *
 * Ours and the peer take turns in every run, so that a disturbance meets both; wall-clock medians of RUNS runs (FEW of
 * a million), one JSON line a row, as from allot_bench. Both must come to the same root. The peer fetches its algorithm
 * once and uses one context for all, which is the quickest that EVP offers.
 */
#include "allot/allot.h"
#include "allot/merkle.h"
#include "allot/sha256.h"
#include "allot/sm3.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 15, FEW = 5, MANY = 500000, VERY_MANY = 10000000, LINE = 200, MORE = 61, MOST_WORKERS = 64 };

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
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

static void *room(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block) {
        abort();
    }
    return block;
}

/* ---- Workers ---- */

struct crew {
    void (*job)(void *argument, uint32_t index);
    void *argument;
    uint32_t jobs;
    _Atomic uint32_t next;
};

static void *work(void *shared)
{
    struct crew *crew = shared;
    for (uint32_t i; (i = crew->next++) < crew->jobs;) {
        crew->job(crew->argument, i);
    }
    return NULL;
}

/* ctx: how many threads, this one among them. */
static void each(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    uint32_t workers = *(const uint32_t *)ctx;
    struct crew crew = { job, argument, jobs, 0 };
    pthread_t thread[MOST_WORKERS];
    for (uint32_t i = 1; i < workers; i++) {
        if (pthread_create(&thread[i], NULL, work, &crew) != 0) {
            abort();
        }
    }
    (void)work(&crew);
    for (uint32_t i = 1; i < workers; i++) {
        (void)pthread_join(thread[i], NULL);
    }
}

static void *get(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void put(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

/* ---- The peer ---- */

static EVP_MD_CTX *context;
static EVP_MD *theirs;

static void their_hash(uint8_t mark, const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    if (EVP_DigestInit_ex2(context, theirs, NULL) != 1 || EVP_DigestUpdate(context, &mark, 1) != 1 ||
        EVP_DigestUpdate(context, bytes, count) != 1 || EVP_DigestFinal_ex(context, digest, NULL) != 1) {
        abort();
    }
}

static void their_empty(uint8_t digest[MERKLE_BYTES])
{
    memset(digest, 0, MERKLE_BYTES);
}

static void their_leaf(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    their_hash(0, bytes, count, digest);
}

static void their_node(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES],
                       uint8_t digest[MERKLE_BYTES])
{
    uint8_t both[2 * MERKLE_BYTES];
    memcpy(both, left, MERKLE_BYTES);
    memcpy(both + MERKLE_BYTES, right, MERKLE_BYTES);
    their_hash(1, both, sizeof both, digest);
}

static const struct merkle_hash their_tree = { "openssl", their_empty, their_leaf, their_node, NULL };

/* HMAC by hand from two contexts that have taken in the key, which is quicker than EVP_MAC with a key each time. */
static void their_lots(const uint8_t seed[32], const uint8_t (*ticket)[ALLOT_TICKET_BYTES], uint32_t count,
                       struct allot_lot *lot)
{
    EVP_MD_CTX *inner = EVP_MD_CTX_new(), *outer = EVP_MD_CTX_new();
    uint8_t pad[2][SM3_BLOCK], digest[SM3_BYTES];
    memset(pad[0], 0x36, sizeof pad[0]);
    memset(pad[1], 0x5c, sizeof pad[1]);
    for (int i = 0; i < 32; i++) {
        pad[0][i] ^= seed[i];
        pad[1][i] ^= seed[i];
    }
    bool good = inner && outer && EVP_DigestInit_ex2(inner, theirs, NULL) && EVP_DigestUpdate(inner, pad[0], 64) &&
                EVP_DigestUpdate(inner, "lotbench", 8) && EVP_DigestInit_ex2(outer, theirs, NULL) &&
                EVP_DigestUpdate(outer, pad[1], 64);
    for (uint32_t a = 0; good && a < count; a++) {
        good = EVP_MD_CTX_copy_ex(context, inner) && EVP_DigestUpdate(context, ticket[a], ALLOT_TICKET_BYTES) &&
               EVP_DigestFinal_ex(context, digest, NULL) && EVP_MD_CTX_copy_ex(context, outer) &&
               EVP_DigestUpdate(context, digest, SM3_BYTES) && EVP_DigestFinal_ex(context, digest, NULL);
        uint64_t half[2] = { 0, 0 };
        for (int i = 0; i < 16; i++) {
            half[i / 8] = half[i / 8] << 8 | digest[i];
        }
        lot[a] = (struct allot_lot){ half[0], half[1] };
    }
    EVP_MD_CTX_free(inner);
    EVP_MD_CTX_free(outer);
    if (!good) {
        abort();
    }
}

/* ---- Rows ---- */

struct lines {
    uint32_t count;
    uint8_t *text;
    struct merkle_piece *piece;
    uint8_t (*leaf)[MERKLE_BYTES];
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    int runs;
};

static void row(const char *what, uint32_t count, double ours, const char *peer, double peers, const char *verdict)
{
    printf("{\"what\":\"%s\",\"applicants\":%u,\"ours_ms\":%.3f,\"peer\":\"%s\",\"peer_ms\":%.3f,\"verdict\":\"%s\"}\n",
           what, count, ours, peer, peers, verdict);
    (void)fflush(stdout);
}

static struct lines lines_new(uint32_t count)
{
    struct lines lines = { .count = count, .runs = count < MANY ? RUNS : count < VERY_MANY ? FEW : 1 };
    lines.text = room((size_t)count, LINE + MORE);
    lines.piece = room(count, sizeof *lines.piece);
    lines.leaf = room(count, sizeof *lines.leaf);
    lines.ticket = room(count, sizeof *lines.ticket);
    uint64_t state = 20, at = 0;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t bytes = LINE + (state >> 33) % MORE;
        for (size_t k = 0; k < bytes; k++) {
            lines.text[at + k] = (uint8_t)(32 + (state >> (k % 50)) % 90);
        }
        lines.piece[i] = (struct merkle_piece){ lines.text + at, bytes };
        at += bytes;
        sm3_of(&i, sizeof i, lines.ticket[i]);
    }
    return lines;
}

static void lines_free(const struct lines *lines)
{
    free(lines->text);
    free(lines->piece);
    free(lines->leaf);
    free(lines->ticket);
}

static double grow(const struct lines *lines, const struct merkle_hash *hash, const struct allot_host *host,
                   uint8_t root[MERKLE_BYTES])
{
    double start = now_ms();
    merkle_leaves_of(hash, lines->piece, lines->count, host, lines->leaf);
    merkle_root_of(hash, (const uint8_t(*)[MERKLE_BYTES])lines->leaf, lines->count, host, root);
    return now_ms() - start;
}

static bool measure_root(const struct lines *lines, const struct merkle_hash *hash, const char *name,
                         const struct allot_host *host)
{
    double ours[RUNS], shared[RUNS], peers[RUNS];
    uint8_t root[MERKLE_BYTES], root_shared[MERKLE_BYTES], their_root[MERKLE_BYTES];
    char what[96], peer[96];
    theirs = EVP_MD_fetch(NULL, name, NULL);
    for (int i = 0; i < lines->runs; i++) {
        ours[i] = grow(lines, hash, NULL, root);
        shared[i] = grow(lines, hash, host, root_shared);
        peers[i] = grow(lines, &their_tree, NULL, their_root);
    }
    EVP_MD_free(theirs);
    bool same = memcmp(root, their_root, sizeof root) == 0 && memcmp(root, root_shared, sizeof root) == 0;
    double peers_median = median(peers, lines->runs);
    (void)snprintf(peer, sizeof peer, "the same tree over OpenSSL's %s", name);
    (void)snprintf(what, sizeof what, "Merkle root of lines (%s), one worker", name);
    row(what, lines->count, median(ours, lines->runs), peer, peers_median, same ? "same" : "differs");
    (void)snprintf(what, sizeof what, "Merkle root of lines (%s), %u workers", name, host->workers);
    row(what, lines->count, median(shared, lines->runs), peer, peers_median, same ? "same" : "differs");
    return same;
}

static bool measure_lots(const struct lines *lines, const struct allot_host *host)
{
    const uint8_t seed[32] = "the bench's own seed, not secret";
    struct allot_problem problem = { .applicants = lines->count,
                                     .ticket = (const uint8_t(*)[ALLOT_TICKET_BYTES])lines->ticket };
    /* Without choice_lot the choices are counted, not looked at. */
    problem.choice_from = room((size_t)lines->count + 1, sizeof *problem.choice_from);
    struct allot_lot *lot = room(lines->count, sizeof *lot), *other = room(lines->count, sizeof *other);
    double ours[RUNS], shared[RUNS], peers[RUNS];
    theirs = EVP_MD_fetch(NULL, "SM3", NULL);
    for (int i = 0; i < lines->runs; i++) {
        double start = now_ms();
        allot_derive_lots(&problem, seed, "bench", 5, host, lot, NULL);
        shared[i] = now_ms() - start;
        start = now_ms();
        allot_derive_lots(&problem, seed, "bench", 5, NULL, lot, NULL);
        ours[i] = now_ms() - start;
        start = now_ms();
        their_lots(seed, problem.ticket, lines->count, other);
        peers[i] = now_ms() - start;
    }
    EVP_MD_free(theirs);
    bool same = memcmp(lot, other, lines->count * sizeof *lot) == 0;
    double peers_median = median(peers, lines->runs);
    char what[96];
    row("draw numbers (HMAC-SM3), one worker", lines->count, median(ours, lines->runs), "OpenSSL's SM3", peers_median,
        same ? "same" : "differs");
    (void)snprintf(what, sizeof what, "draw numbers (HMAC-SM3), %u workers", host->workers);
    row(what, lines->count, median(shared, lines->runs), "OpenSSL's SM3", peers_median, same ? "same" : "differs");
    free(lot);
    free(other);
    free((void *)(uintptr_t)problem.choice_from);
    return same;
}

static void measure_ways(const struct lines *lines)
{
    static const char *const NAME[HASH_PATHS] = { "best way",           "plain C",         "4 lanes", "8 lanes",
                                                  "16 lanes (AVX-512)", "own instructions" };
    double times[2][HASH_PATHS][RUNS];
    for (int i = 0; i < lines->runs; i++) {
        for (int path = 0; path < HASH_PATHS; path++) {
            double start = now_ms();
            (void)sm3_many_by((enum hash_path)path, NULL, lines->piece, lines->count, lines->leaf);
            times[0][path][i] = now_ms() - start;
            start = now_ms();
            (void)sha256_many_by((enum hash_path)path, NULL, lines->piece, lines->count, lines->leaf);
            times[1][path][i] = now_ms() - start;
        }
    }
    for (int hash = 0; hash < 2; hash++) {
        for (int path = 0; path < HASH_PATHS; path++) {
            char what[96];
            (void)snprintf(what, sizeof what, "%s of every line, %s", hash == 0 ? "SM3" : "SHA-256", NAME[path]);
            if (hash_path_here((enum hash_path)path) && (hash == 1 || path != HASH_INSTRUCTIONS)) {
                row(what, lines->count, median(times[hash][path], lines->runs), "", 0, "");
            }
        }
    }
}

int main(int argc, char **argv)
{
    uint32_t workers = 2;
    struct allot_host host = { get, put, &workers, each, workers, NULL };
    bool good = true, ways = argc > 1 && strcmp(argv[1], "--ways") == 0;
    context = EVP_MD_CTX_new();
    if (!context) {
        return 1;
    }
    for (int i = ways ? 2 : 1; i < argc && good; i++) {
        struct lines lines = lines_new((uint32_t)strtoul(argv[i], NULL, 10));
        good = measure_root(&lines, &merkle_sm3, "SM3", &host) &&
               measure_root(&lines, &merkle_sha256, "SHA256", &host) && measure_lots(&lines, &host);
        if (ways) {
            measure_ways(&lines);
        }
        lines_free(&lines);
    }
    EVP_MD_CTX_free(context);
    return good ? 0 : 1;
}
