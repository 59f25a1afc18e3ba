/*
 * SHA-256 (FIPS 180-4), in C without any other library: the second root of every table of a transcript, for those whose
 * tools do not know SM3. With the processor's own instructions where there are any.
 *
 * No allocation, no failure; contexts are plain values, as in sm3.h.
 */
#ifndef ALLOT_SHA256_H
#define ALLOT_SHA256_H

#include "allot/blocks.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHA256_BYTES HASH_BYTES

struct sha256 {
    struct hash_stream stream;
    bool instructions; /* the processor has them; asked once, at the start */
};

/* Streaming: start, add any number of times, end. `end` leaves the context used up; start it again to reuse it. */
void sha256_start(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, const void *bytes, size_t count);
void sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_BYTES]);

/* One message in one call. */
void sha256_of(const void *bytes, size_t count, uint8_t digest[SHA256_BYTES]);

/* Many at once: digest[i] is that of what `prefix` has taken in, followed by piece[i]. `prefix` may be NULL: nothing.
 * The pieces must not lie in digest. */
void sha256_many(const struct sha256 *prefix, const struct hash_piece *piece, size_t count,
                 uint8_t (*digest)[SHA256_BYTES]);
/* The same in one way, for tests; false: this way does not exist here. */
bool sha256_many_by(enum hash_path path, const struct sha256 *prefix, const struct hash_piece *piece, size_t count,
                    uint8_t (*digest)[SHA256_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
