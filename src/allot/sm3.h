/*
 * SM3 (GB/T 32905-2016) and HMAC-SM3, in C without any other library.
 *
 * Everything that the allotment commits to or draws goes through this hash, and a family's browser must be able to
 * repeat it without any library, so it is written here once. No allocation, no failure: every function always
 * succeeds. Contexts are plain values and may be copied, to continue one prefix in several ways.
 *
 * Whoever has many messages gives them together (sm3_many, hmac_sm3_many): they are hashed side by side, several times
 * as fast as one after the other.
 */
#ifndef ALLOT_SM3_H
#define ALLOT_SM3_H

#include "allot/blocks.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SM3_BYTES HASH_BYTES
#define SM3_BLOCK HASH_BLOCK

struct sm3 {
    struct hash_stream stream;
};

/* Streaming: start, add any number of times, end. `end` leaves the context used up; start it again to reuse it. */
void sm3_start(struct sm3 *sm3);
void sm3_add(struct sm3 *sm3, const void *bytes, size_t count);
void sm3_end(struct sm3 *sm3, uint8_t digest[SM3_BYTES]);

/* One message in one call. */
void sm3_of(const void *bytes, size_t count, uint8_t digest[SM3_BYTES]);

/* Many at once: digest[i] is that of what `prefix` has taken in, followed by piece[i]. `prefix` may be NULL: nothing.
 * The pieces must not lie in digest. */
void sm3_many(const struct sm3 *prefix, const struct hash_piece *piece, size_t count, uint8_t (*digest)[SM3_BYTES]);
/* The same in one way, for tests; false: this way does not exist here. */
bool sm3_many_by(enum hash_path path, const struct sm3 *prefix, const struct hash_piece *piece, size_t count,
                 uint8_t (*digest)[SM3_BYTES]);

/* A key prepared once for many messages: two compressions less for each. Holds key material. What all messages begin
 * with may be added to `inner` before. */
struct hmac_sm3 {
    struct sm3 inner;
    struct sm3 outer;
};

void hmac_sm3_key(struct hmac_sm3 *hmac, const void *key, size_t key_bytes);
void hmac_sm3_of(const struct hmac_sm3 *hmac, const void *bytes, size_t count, uint8_t mac[SM3_BYTES]);
/* Many at once; the pieces must not lie in mac. */
void hmac_sm3_many(const struct hmac_sm3 *hmac, const struct hash_piece *piece, size_t count,
                   uint8_t (*mac)[SM3_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
