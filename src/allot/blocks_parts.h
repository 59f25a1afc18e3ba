/* What sm3.c and sha256.c bring to blocks.c, and what it does with it. Not for callers. */
#ifndef ALLOT_BLOCKS_PARTS_H
#define ALLOT_BLOCKS_PARTS_H

#include "allot/blocks.h"

#define HASH_MOST_LANES 16u

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
