/*
 * SM3: 64 rounds over 16 words, unrolled by hand in groups of four so that the eight working words never move, and
 * with the message schedule computed just ahead of the rounds that use it, so that both run side by side.
 *
 * What must hold: the digest of every message equals the standard's (tests/allot/test_sm3.c: the published vectors,
 * and another implementation over random lengths and random cuts of the stream).
 */
#include "allot/sm3.h"

#include <string.h>

static inline uint32_t left(uint32_t word, unsigned bits)
{
    return (word << bits) | (word >> (32 - bits));
}

static inline uint32_t load(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) | bytes[3];
}

static inline void save(uint8_t *bytes, uint32_t word)
{
    bytes[0] = (uint8_t)(word >> 24);
    bytes[1] = (uint8_t)(word >> 16);
    bytes[2] = (uint8_t)(word >> 8);
    bytes[3] = (uint8_t)word;
}

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

#define P0(x) ((x) ^ left((x), 9) ^ left((x), 17))
#define P1(x) ((x) ^ left((x), 15) ^ left((x), 23))
#define XOR3(x, y, z) ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define SELECT(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))

/* The word four places ahead of round j; the first sixteen are the message itself. */
#define AHEAD(j)                                                                                                       \
    (w[(j)&15] = P1(w[(j)&15] ^ w[((j) + 7) & 15] ^ left(w[((j) + 13) & 15], 15)) ^ left(w[((j) + 3) & 15], 7) ^       \
                 w[((j) + 10) & 15])

/* One round; the names of the words rotate from call to call instead of the words. */
#define ROUND(a, b, c, d, e, f, g, h, FF, GG, j, wj, wj4)                                                              \
    do {                                                                                                               \
        uint32_t a12 = left(a, 12);                                                                                    \
        uint32_t s1 = left(a12 + (e) + ROUND_WORD[j], 7);                                                              \
        uint32_t word = (wj);                                                                                          \
        d += FF(a, b, c) + (s1 ^ a12) + (word ^ (wj4));                                                                \
        h += GG(e, f, g) + s1 + word;                                                                                  \
        b = left(b, 9);                                                                                                \
        f = left(f, 19);                                                                                               \
        h = P0(h);                                                                                                     \
    } while (0)

#define FOUR(FF, GG, j, W4)                                                                                            \
    ROUND(a, b, c, d, e, f, g, h, FF, GG, (j), w[(j)&15], W4((j) + 4));                                                \
    ROUND(d, a, b, c, h, e, f, g, FF, GG, (j) + 1, w[((j) + 1) & 15], W4((j) + 5));                                    \
    ROUND(c, d, a, b, g, h, e, f, FF, GG, (j) + 2, w[((j) + 2) & 15], W4((j) + 6));                                    \
    ROUND(b, c, d, a, f, g, h, e, FF, GG, (j) + 3, w[((j) + 3) & 15], W4((j) + 7))

#define THERE(j) w[(j)&15]

static void compress(uint32_t state[8], const uint8_t *block, size_t blocks)
{
    for (; blocks > 0; blocks--, block += SM3_BLOCK) {
        uint32_t w[16];
        for (int i = 0; i < 16; i++) {
            w[i] = load(block + 4 * i);
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        FOUR(XOR3, XOR3, 0, THERE);
        FOUR(XOR3, XOR3, 4, THERE);
        FOUR(XOR3, XOR3, 8, THERE);
        FOUR(XOR3, XOR3, 12, AHEAD);
        FOUR(MAJORITY, SELECT, 16, AHEAD);
        FOUR(MAJORITY, SELECT, 20, AHEAD);
        FOUR(MAJORITY, SELECT, 24, AHEAD);
        FOUR(MAJORITY, SELECT, 28, AHEAD);
        FOUR(MAJORITY, SELECT, 32, AHEAD);
        FOUR(MAJORITY, SELECT, 36, AHEAD);
        FOUR(MAJORITY, SELECT, 40, AHEAD);
        FOUR(MAJORITY, SELECT, 44, AHEAD);
        FOUR(MAJORITY, SELECT, 48, AHEAD);
        FOUR(MAJORITY, SELECT, 52, AHEAD);
        FOUR(MAJORITY, SELECT, 56, AHEAD);
        FOUR(MAJORITY, SELECT, 60, AHEAD);
        state[0] ^= a;
        state[1] ^= b;
        state[2] ^= c;
        state[3] ^= d;
        state[4] ^= e;
        state[5] ^= f;
        state[6] ^= g;
        state[7] ^= h;
    }
}

void sm3_start(struct sm3 *sm3)
{
    static const uint32_t START[8] = { 0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                       0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e };
    memcpy(sm3->state, START, sizeof START);
    sm3->bytes = 0;
}

void sm3_add(struct sm3 *sm3, const void *bytes, size_t count)
{
    if (count == 0) {
        return;
    }
    const uint8_t *in = bytes;
    size_t held = sm3->bytes % SM3_BLOCK;
    sm3->bytes += count;
    if (held > 0) {
        size_t room = SM3_BLOCK - held;
        size_t take = count < room ? count : room;
        memcpy(sm3->block + held, in, take);
        if (take < room) {
            return;
        }
        compress(sm3->state, sm3->block, 1);
        in += take;
        count -= take;
    }
    compress(sm3->state, in, count / SM3_BLOCK);
    memcpy(sm3->block, in + count / SM3_BLOCK * SM3_BLOCK, count % SM3_BLOCK);
}

void sm3_end(struct sm3 *sm3, uint8_t digest[SM3_BYTES])
{
    size_t held = sm3->bytes % SM3_BLOCK;
    uint64_t bits = sm3->bytes * 8;
    sm3->block[held++] = 0x80;
    if (held > SM3_BLOCK - 8) {
        memset(sm3->block + held, 0, SM3_BLOCK - held);
        compress(sm3->state, sm3->block, 1);
        held = 0;
    }
    memset(sm3->block + held, 0, SM3_BLOCK - 8 - held);
    save(sm3->block + 56, (uint32_t)(bits >> 32));
    save(sm3->block + 60, (uint32_t)bits);
    compress(sm3->state, sm3->block, 1);
    for (int i = 0; i < 8; i++) {
        save(digest + 4 * i, sm3->state[i]);
    }
}

void sm3_of(const void *bytes, size_t count, uint8_t digest[SM3_BYTES])
{
    struct sm3 sm3;
    sm3_start(&sm3);
    sm3_add(&sm3, bytes, count);
    sm3_end(&sm3, digest);
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
