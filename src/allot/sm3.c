/*
 * SM3: the rounds once (sm3_lanes.h), for one message and for four, eight or sixteen side by side; HMAC over it.
 *
 * What must hold: the digest of every message equals the standard's (tests/allot/test_hash.c: the published vectors,
 * and another implementation over random lengths and random cuts of the stream), in every way to work.
 */
#include "allot/sm3.h"

#include "allot/blocks_parts.h"

#include "allot/lanes.h"

#include <string.h>

/* T(j) rotated left by j, as the rounds use it. */
static const uint32_t ROUND_WORD[64] = {
    0x79cc4519, 0xf3988a32, 0xe7311465, 0xce6228cb, 0x9cc45197, 0x3988a32f, 0x7311465e, 0xe6228cbc,
    0xcc451979, 0x988a32f3, 0x311465e7, 0x6228cbce, 0xc451979c, 0x88a32f39, 0x11465e73, 0x228cbce6,
    0x9d8a7a87, 0x3b14f50f, 0x7629ea1e, 0xec53d43c, 0xd8a7a879, 0xb14f50f3, 0x629ea1e7, 0xc53d43ce,
    0x8a7a879d, 0x14f50f3b, 0x29ea1e76, 0x53d43cec, 0xa7a879d8, 0x4f50f3b1, 0x9ea1e762, 0x3d43cec5,
    0x7a879d8a, 0xf50f3b14, 0xea1e7629, 0xd43cec53, 0xa879d8a7, 0x50f3b14f, 0xa1e7629e, 0x43cec53d,
    0x879d8a7a, 0x0f3b14f5, 0x1e7629ea, 0x3cec53d4, 0x79d8a7a8, 0xf3b14f50, 0xe7629ea1, 0xcec53d43,
    0x9d8a7a87, 0x3b14f50f, 0x7629ea1e, 0xec53d43c, 0xd8a7a879, 0xb14f50f3, 0x629ea1e7, 0xc53d43ce,
    0x8a7a879d, 0x14f50f3b, 0x29ea1e76, 0x53d43cec, 0xa7a879d8, 0x4f50f3b1, 0x9ea1e762, 0x3d43cec5,
};

#define LEFT LANES_LEFT

/* The word four places ahead of round j; the first sixteen are the message itself. */
#define AHEAD(j)                                                                                                       \
    do {                                                                                                               \
        WORD far = w[((j) + 13) & 15];                                                                                 \
        far = w[(j)&15] ^ w[((j) + 7) & 15] ^ LEFT(far, 15);                                                           \
        w[(j)&15] = SM3_MIX(far, 15) ^ LEFT(w[((j) + 3) & 15], 7) ^ w[((j) + 10) & 15];                                \
    } while (0)
#define THERE(j) ((void)0)

/* One round; the names of the words rotate from call to call instead of the words. */
#define ROUND(a, b, c, d, e, f, g, h, FF, GG, j, SCHEDULE)                                                             \
    do {                                                                                                               \
        SCHEDULE((j) + 4);                                                                                             \
        WORD a12 = LEFT(a, 12);                                                                                        \
        WORD s1 = a12 + ((e) + ROUND_WORD[j]);                                                                         \
        s1 = LEFT(s1, 7);                                                                                              \
        d += FF(a, b, c) + (s1 ^ a12) + (w[(j)&15] ^ w[((j) + 4) & 15]);                                               \
        h += GG(e, f, g) + s1 + w[(j)&15];                                                                             \
        b = LEFT(b, 9);                                                                                                \
        f = LEFT(f, 19);                                                                                               \
        h = SM3_MIX(h, 9);                                                                                             \
    } while (0)

#define FOUR(FF, GG, j, SCHEDULE)                                                                                      \
    ROUND(a, b, c, d, e, f, g, h, FF, GG, (j), SCHEDULE);                                                              \
    ROUND(d, a, b, c, h, e, f, g, FF, GG, (j) + 1, SCHEDULE);                                                          \
    ROUND(c, d, a, b, g, h, e, f, FF, GG, (j) + 2, SCHEDULE);                                                          \
    ROUND(b, c, d, a, f, g, h, e, FF, GG, (j) + 3, SCHEDULE)

#define SM3_XOR3(x, y, z) ((x) ^ (y) ^ (z))
#define SM3_MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define SM3_SELECT(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))

/* The standard's P0 is this with n = 9, P1 with n = 15. */
#define SM3_MIX(x, n) ((x) ^ LEFT(x, n) ^ LEFT(x, (n) + 8))

#define WORD uint32_t
#define SM3_NAME step_plain
#define SM3_TARGET
#define SM3_WORDS(w, from, at)                                                                                         \
    for (int i = 0; i < 16; i++) {                                                                                     \
        (w)[i] = hash_load(*(from) + (at) + (size_t)4 * (size_t)i);                                                    \
    }
#include "allot/sm3_lanes.h"

static void compress(uint32_t state[8], const uint8_t *block, size_t blocks)
{
    step_plain(state, &block, blocks);
}

static const struct hash_lanes BY_PLAIN = { 1, 1, 1, step_plain };

#ifdef LANES_4
#define WORD lanes_4
#define SM3_NAME step_4
#define SM3_TARGET
#define SM3_WORDS(w, from, at) LANES_WORDS(4, lanes_4, w, from, at)
#include "allot/sm3_lanes.h"
static const struct hash_lanes BY_4 = { 4, 4, 1, step_4 };
#endif

#ifdef LANES_X86
#define WORD lanes_16
#define SM3_NAME step_16
#define SM3_TARGET LANES_TARGET_16
#define SM3_WORDS(w, from, at) LANES_WORDS(16, lanes_16, w, from, at)
#include "allot/sm3_lanes.h"
static const struct hash_lanes BY_16 = { 16, 16, 1, step_16 };

/* AVX2 cannot turn words by any number, but bytes: x ^ (x ^ x turned by 8) turned by n. */
#undef SM3_MIX
#define SM3_MIX(x, n) ((x) ^ LEFT((x) ^ LANES_TURN_8(x), n))
#define WORD lanes_8
#define SM3_NAME step_8
#define SM3_TARGET LANES_TARGET_8
#define SM3_WORDS(w, from, at) LANES_WORDS(8, lanes_8, w, from, at)
#include "allot/sm3_lanes.h"
static const struct hash_lanes BY_8 = { 8, 8, 1, step_8 };
#endif

static const struct hash_lanes *way(enum hash_path path)
{
    switch (path) {
    case HASH_PLAIN:
        return &BY_PLAIN;
#ifdef LANES_4
    case HASH_LANES_4:
        return &BY_4;
#endif
#ifdef LANES_X86
    case HASH_LANES_8:
        return hash_path_here(path) ? &BY_8 : NULL;
    case HASH_LANES_16:
        return hash_path_here(path) ? &BY_16 : NULL;
#endif
    default:
        return NULL;
    }
}

static const struct hash_lanes *best_way(void)
{
    static const enum hash_path FASTEST_FIRST[] = { HASH_LANES_16, HASH_LANES_8, HASH_LANES_4 };
    for (size_t i = 0; i < sizeof FASTEST_FIRST / sizeof *FASTEST_FIRST; i++) {
        const struct hash_lanes *how = way(FASTEST_FIRST[i]);
        if (how != NULL) {
            return how;
        }
    }
    return &BY_PLAIN;
}

void sm3_start(struct sm3 *sm3)
{
    static const uint32_t START[8] = { 0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                       0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e };
    memcpy(sm3->stream.state, START, sizeof START);
    sm3->stream.bytes = 0;
}

void sm3_add(struct sm3 *sm3, const void *bytes, size_t count)
{
    hash_add(&sm3->stream, compress, bytes, count);
}

void sm3_end(struct sm3 *sm3, uint8_t digest[SM3_BYTES])
{
    hash_end(&sm3->stream, compress, digest);
}

void sm3_of(const void *bytes, size_t count, uint8_t digest[SM3_BYTES])
{
    struct sm3 sm3;
    sm3_start(&sm3);
    sm3_add(&sm3, bytes, count);
    sm3_end(&sm3, digest);
}

bool sm3_many_by(enum hash_path path, const struct sm3 *prefix, const struct hash_piece *piece, size_t count,
                 uint8_t (*digest)[SM3_BYTES])
{
    const struct hash_lanes *how = path == HASH_BEST ? best_way() : way(path);
    if (how == NULL) {
        return false;
    }
    struct sm3 nothing;
    if (prefix == NULL) {
        sm3_start(&nothing);
        prefix = &nothing;
    }
    if (count == 1 && path == HASH_BEST) {
        struct sm3 sm3 = *prefix;
        sm3_add(&sm3, piece->bytes, piece->count);
        sm3_end(&sm3, *digest);
        return true;
    }
    hash_many(how, &prefix->stream, piece, count, digest);
    return true;
}

void sm3_many(const struct sm3 *prefix, const struct hash_piece *piece, size_t count, uint8_t (*digest)[SM3_BYTES])
{
    (void)sm3_many_by(HASH_BEST, prefix, piece, count, digest);
}

void hmac_sm3_key(struct hmac_sm3 *hmac, const void *key, size_t key_bytes)
{
    uint8_t block[SM3_BLOCK] = { 0 };
    if (key_bytes > SM3_BLOCK) {
        sm3_of(key, key_bytes, block);
    } else if (key_bytes > 0) {
        memcpy(block, key, key_bytes);
    }
    for (size_t i = 0; i < SM3_BLOCK; i++) {
        block[i] ^= 0x36;
    }
    sm3_start(&hmac->inner);
    sm3_add(&hmac->inner, block, SM3_BLOCK);
    for (size_t i = 0; i < SM3_BLOCK; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    sm3_start(&hmac->outer);
    sm3_add(&hmac->outer, block, SM3_BLOCK);
}

void hmac_sm3_of(const struct hmac_sm3 *hmac, const void *bytes, size_t count, uint8_t mac[SM3_BYTES])
{
    struct sm3 sm3 = hmac->inner;
    uint8_t inner[SM3_BYTES];
    sm3_add(&sm3, bytes, count);
    sm3_end(&sm3, inner);
    sm3 = hmac->outer;
    sm3_add(&sm3, inner, SM3_BYTES);
    sm3_end(&sm3, mac);
}

void hmac_sm3_many(const struct hmac_sm3 *hmac, const struct hash_piece *piece, size_t count, uint8_t (*mac)[SM3_BYTES])
{
    enum { BATCH = 128 };
    uint8_t inner[BATCH][SM3_BYTES];
    struct hash_piece again[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        again[i] = (struct hash_piece){ inner[i], SM3_BYTES };
    }
    for (size_t from = 0; from < count; from += BATCH) {
        size_t some = count - from < BATCH ? count - from : BATCH;
        sm3_many(&hmac->inner, piece + from, some, inner);
        sm3_many(&hmac->outer, again, some, mac + from);
    }
}
