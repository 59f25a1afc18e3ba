/*
 * The random audit: which files are checked once more, and what such a sample would have found.
 *
 * The seed draws: the first so many tickets in the order of (HMAC-SM3(seed, "audit" ‖ label ‖ ticket), ticket). Only
 * the first eight bytes of each are kept; where two are equal in these, the rest is made again. A heap holds the first
 * ones met so far, its root the last of them, so that nearly every ticket costs one comparison beside its hash.
 */
#include "allot/seats.h"
#include "allot/sm3.h"
#include "allot/workers.h"

#include <string.h>

struct audit {
    const struct allot_problem *problem;
    struct hmac_sm3 labelled; /* the state after "audit" ‖ label */
    uint64_t *start;          /* per applicant: the first eight bytes */
    uint32_t pieces;
};

static void draw(const struct audit *audit, uint32_t applicant, uint8_t mac[SM3_BYTES])
{
    hmac_sm3_of(&audit->labelled, audit->problem->ticket[applicant], ALLOT_TICKET_BYTES, mac);
}

static void draw_piece(void *argument, uint32_t index)
{
    struct audit *audit = argument;
    uint32_t applicants = audit->problem->applicants;
    uint32_t to = (uint32_t)workers_from(applicants, audit->pieces, index + 1);
    enum { BATCH = 256 };
    struct hash_piece ticket[BATCH];
    uint8_t mac[BATCH][SM3_BYTES];
    for (uint32_t a = (uint32_t)workers_from(applicants, audit->pieces, index); a < to; a += BATCH) {
        uint32_t some = to - a < BATCH ? to - a : BATCH;
        for (uint32_t i = 0; i < some; i++) {
            ticket[i] = (struct hash_piece){ audit->problem->ticket[a + i], ALLOT_TICKET_BYTES };
        }
        hmac_sm3_many(&audit->labelled, ticket, some, mac);
        for (uint32_t i = 0; i < some; i++) {
            audit->start[a + i] = allot_big_endian(mac[i]);
        }
    }
}

static int compare(const struct audit *audit, uint32_t first, uint32_t second)
{
    if (audit->start[first] != audit->start[second]) {
        return audit->start[first] < audit->start[second] ? -1 : 1;
    }
    uint8_t one[SM3_BYTES], other[SM3_BYTES];
    draw(audit, first, one);
    draw(audit, second, other);
    int order = memcmp(one, other, SM3_BYTES);
    return order != 0 ? order : allot_compare_tickets(audit->problem, first, second);
}

static int sample_order(const void *one, const void *other, const void *ctx)
{
    return compare(ctx, *(const uint32_t *)one, *(const uint32_t *)other);
}

/* Puts `moved` at the root of the heap or below. */
static void sift_down(const struct audit *audit, uint32_t *heap, uint32_t count, uint32_t hole, uint32_t moved)
{
    for (uint64_t child; (child = 2 * (uint64_t)hole + 1) < count; hole = (uint32_t)child) {
        if (child + 1 < count && compare(audit, heap[child], heap[child + 1]) < 0) {
            child++;
        }
        if (compare(audit, moved, heap[child]) >= 0) {
            break;
        }
        heap[hole] = heap[child];
    }
    heap[hole] = moved;
}

uint32_t allot_audit(const struct allot_problem *problem, const uint8_t seed[32], const char *label, size_t label_bytes,
                     uint32_t wanted, const struct allot_host *host, uint32_t *sample)
{
    struct audit audit = { .problem = problem, .pieces = workers_shares(host, problem->applicants) };
    uint32_t count = wanted < problem->applicants ? wanted : problem->applicants;
    if (count == 0) {
        return 0;
    }
    audit.start = allot_get(host, problem->applicants, sizeof *audit.start);
    if (audit.start == NULL) {
        return ALLOT_NONE;
    }
    hmac_sm3_key(&audit.labelled, seed, 32);
    sm3_add(&audit.labelled.inner, "audit", 5);
    sm3_add(&audit.labelled.inner, label, label_bytes);
    workers_each(host, draw_piece, &audit, audit.pieces);
    for (uint32_t a = 0; a < count; a++) {
        sample[a] = a;
    }
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(&audit, sample, count, i - 1, sample[i - 1]);
    }
    for (uint32_t a = count; a < problem->applicants; a++) {
        if (compare(&audit, a, sample[0]) < 0) {
            sift_down(&audit, sample, count, 0, a);
        }
    }
    allot_sort(sample, count, sizeof *sample, sample_order, &audit);
    allot_put(host, audit.start);
    return count;
}

/* No wrong file among the sample: C(files − wrong, sample) / C(files, sample), as a product of min(wrong, sample)
 * fractions (the two may change places). */
double allot_audit_chance(uint32_t files, uint32_t wrong, uint32_t sample)
{
    uint32_t less = wrong < sample ? wrong : sample, more = wrong < sample ? sample : wrong;
    if (more > files) {
        more = files;
    }
    if (less > files - more) {
        return 1;
    }
    double none = 1;
    for (uint32_t i = 0; i < less && none > 1e-30; i++) {
        none *= (double)(files - more - i) / (double)(files - i);
    }
    return 1 - none;
}
