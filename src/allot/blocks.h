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

#define HASH_BYTES 32
#define HASH_BLOCK 64
#define HASH_MOST_LANES 16u

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

/* Takes whole blocks of one message into the state. */
typedef void hash_compress(uint32_t state[8], const uint8_t *block, size_t blocks);

/* Takes `blocks` blocks, one behind the other, of each lane's message. Word w of lane l is state[w * of_word + l *
 * of_lane]; state is aligned to 64 bytes. */
struct hash_lanes {
    unsigned lanes;
    unsigned of_word;
    unsigned of_lane;
    void (*step)(uint32_t *state, const uint8_t *const *block, size_t blocks);
};

void hash_add(struct hash_stream *stream, hash_compress *compress, const void *bytes, size_t count);
void hash_end(struct hash_stream *stream, hash_compress *compress, uint8_t digest[HASH_BYTES]);

/* digest[i] = the hash of what `start` has taken in, followed by piece[i]. The pieces must not lie in digest. */
void hash_many(const struct hash_lanes *how, const struct hash_stream *start, const struct hash_piece *piece,
               size_t count, uint8_t (*digest)[HASH_BYTES]);

static inline uint32_t hash_load(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) | bytes[3];
}

static inline void hash_save(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)(word >> 24);
    bytes[1] = (uint8_t)(word >> 16);
    bytes[2] = (uint8_t)(word >> 8);
    bytes[3] = (uint8_t)word;
}

#endif
