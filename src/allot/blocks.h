/*
 * What SM3 and SHA-256 have in common: blocks of 64 bytes, a state of eight words, the length in bits behind the
 * message, big-endian. The stream of one message, and many messages side by side, are written here once; the two
 * hashes bring only what they do with a block.
 *
 * Many messages: a processor has vectors of four, eight or sixteen words, and the steps of these hashes are the same
 * for every message. So each lane of a vector works on a message of its own, and takes the next one when it is done.
 *
 * Which way is taken is chosen per call by what the processor can do, and never changes a digest.
 */
#ifndef ALLOT_BLOCKS_H
#define ALLOT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HASH_BYTES 32
#define HASH_BLOCK 64

/* A message of many: bytes may be NULL when count is 0. */
struct hash_piece {
    const void *bytes;
    size_t count;
};

/* One message as it streams by. A plain value: a copy goes on from the same prefix. */
struct hash_stream {
    uint32_t state[8];
    uint64_t bytes; /* taken in so far; the part that is not in state yet stands in block */
    uint8_t block[HASH_BLOCK];
};

/* The ways to work. Callers take HASH_BEST; the others are there so that tests can force each in turn. */
enum hash_path {
    HASH_BEST,
    HASH_PLAIN,       /* C without vectors: everywhere */
    HASH_LANES_4,     /* SSE2, NEON, WebAssembly's simd128 */
    HASH_LANES_8,     /* AVX2 */
    HASH_LANES_16,    /* AVX-512 */
    HASH_INSTRUCTIONS /* the processor's own instructions for the hash: SHA-256 on x86 */
};
#define HASH_PATHS 6

/* Does this way exist here? (HASH_INSTRUCTIONS: for SHA-256.) */
bool hash_path_here(enum hash_path path);

#ifdef __cplusplus
}
#endif

#endif
