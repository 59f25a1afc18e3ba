/*
 * SM3 (GB/T 32905-2016) and HMAC-SM3, in plain C.
 *
 * Everything that the allotment commits to or draws goes through this hash, and a family's browser must be able to
 * repeat it without any library, so it is written here once. No allocation, no failure: every function always
 * succeeds. Contexts are plain values and may be copied, to continue one prefix in several ways.
 */
#ifndef ALLOT_SM3_H
#define ALLOT_SM3_H

#include <stddef.h>
#include <stdint.h>

#define SM3_BYTES 32
#define SM3_BLOCK 64

struct sm3 {
    uint32_t state[8];
    uint64_t bytes; /* taken in so far; the part that is not in state yet stands in block */
    uint8_t block[SM3_BLOCK];
};

/* Streaming: start, add any number of times, end. `end` leaves the context used up; start it again to reuse it. */
void sm3_start(struct sm3 *sm3);
void sm3_add(struct sm3 *sm3, const void *bytes, size_t count);
void sm3_end(struct sm3 *sm3, uint8_t digest[SM3_BYTES]);

/* One message in one call. */
void sm3_of(const void *bytes, size_t count, uint8_t digest[SM3_BYTES]);

/* A key prepared once for many messages: two compressions less for each. Holds key material. */
struct hmac_sm3 {
    struct sm3 inner;
    struct sm3 outer;
};

void hmac_sm3_key(struct hmac_sm3 *hmac, const void *key, size_t key_bytes);
void hmac_sm3_of(const struct hmac_sm3 *hmac, const void *bytes, size_t count, uint8_t mac[SM3_BYTES]);

#endif
