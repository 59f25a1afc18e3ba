/* The random audit. (Stands here until the check branch brings its own.) */
#include "allot/internal.h"
#include "allot/sm3.h"

#include <string.h>

struct drawn_file {
    uint8_t mac[SM3_BYTES];
    uint8_t ticket[ALLOT_TICKET_BYTES];
    uint32_t applicant;
};

static int by_mac(const void *one, const void *other, const void *ctx)
{
    (void)ctx;
    return memcmp(one, other, SM3_BYTES + ALLOT_TICKET_BYTES);
}

uint32_t allot_audit(const struct allot_problem *problem, const uint8_t seed[32], const char *label, size_t label_bytes,
                     uint32_t wanted, const struct allot_host *host, uint32_t *sample)
{
    struct hmac_sm3 hmac;
    struct drawn_file *file = allot_get(host, problem->applicants, sizeof *file);
    if (file == NULL) {
        return ALLOT_NONE;
    }
    hmac_sm3_key(&hmac, seed, 32);
    sm3_add(&hmac.inner, "audit", 5);
    sm3_add(&hmac.inner, label, label_bytes);
    for (uint32_t a = 0; a < problem->applicants; a++) {
        hmac_sm3_of(&hmac, problem->ticket[a], ALLOT_TICKET_BYTES, file[a].mac);
        memcpy(file[a].ticket, problem->ticket[a], ALLOT_TICKET_BYTES);
        file[a].applicant = a;
    }
    allot_sort(file, problem->applicants, sizeof *file, by_mac, NULL);
    wanted = wanted < problem->applicants ? wanted : problem->applicants;
    for (uint32_t i = 0; i < wanted; i++) {
        sample[i] = file[i].applicant;
    }
    allot_put(host, file);
    return wanted;
}
