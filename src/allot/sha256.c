/*
 * SHA-256: the rounds once (sha256_lanes.h), for one message and for four, eight or sixteen side by side; and by the
 * instructions that x86 processors have for it, two messages at a time because one alone waits for itself.
 *
 * What must hold: the digest of every message equals the standard's (tests/allot/test_hash.c: the published vectors,
 * and another implementation over random lengths and random cuts of the stream), in every way to work.
 */
#include "allot/sha256.h"

#include "allot/blocks_parts.h"

#include "allot/lanes.h"

#include <string.h>

#ifdef LANES_X86
#include <immintrin.h>
#endif

static const uint32_t ROUND_WORD[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define RIGHT(x, n) LANES_LEFT(x, 32 - (n))
#define BIG0(x) (RIGHT(x, 2) ^ RIGHT(x, 13) ^ RIGHT(x, 22))
#define BIG1(x) (RIGHT(x, 6) ^ RIGHT(x, 11) ^ RIGHT(x, 25))
#define SMALL0(x) (RIGHT(x, 7) ^ RIGHT(x, 18) ^ ((x) >> 3))
#define SMALL1(x) (RIGHT(x, 17) ^ RIGHT(x, 19) ^ ((x) >> 10))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))
#define SELECT(x, y, z) ((((y) ^ (z)) & (x)) ^ (z))

#define NEXT(j) (w[(j)&15] += SMALL1(w[((j) + 14) & 15]) + w[((j) + 9) & 15] + SMALL0(w[((j) + 1) & 15]))
#define THERE(j) ((void)0)

/* One round; the names of the words rotate from call to call instead of the words. */
#define ROUND(a, b, c, d, e, f, g, h, j, SCHEDULE)                                                                     \
    do {                                                                                                               \
        SCHEDULE(j);                                                                                                   \
        h += BIG1(e) + SELECT(e, f, g) + ROUND_WORD[j] + w[(j)&15];                                                    \
        d += h;                                                                                                        \
        h += BIG0(a) + MAJORITY(a, b, c);                                                                              \
    } while (0)

#define EIGHT(j, SCHEDULE)                                                                                             \
    ROUND(a, b, c, d, e, f, g, h, (j), SCHEDULE);                                                                      \
    ROUND(h, a, b, c, d, e, f, g, (j) + 1, SCHEDULE);                                                                  \
    ROUND(g, h, a, b, c, d, e, f, (j) + 2, SCHEDULE);                                                                  \
    ROUND(f, g, h, a, b, c, d, e, (j) + 3, SCHEDULE);                                                                  \
    ROUND(e, f, g, h, a, b, c, d, (j) + 4, SCHEDULE);                                                                  \
    ROUND(d, e, f, g, h, a, b, c, (j) + 5, SCHEDULE);                                                                  \
    ROUND(c, d, e, f, g, h, a, b, (j) + 6, SCHEDULE);                                                                  \
    ROUND(b, c, d, e, f, g, h, a, (j) + 7, SCHEDULE)

#define WORD uint32_t
#define SHA256_NAME step_plain
#define SHA256_TARGET
#define SHA256_WORDS(w, from, at)                                                                                      \
    for (int i = 0; i < 16; i++) {                                                                                     \
        (w)[i] = hash_load(*(from) + (at) + (size_t)4 * (size_t)i);                                                    \
    }
#include "allot/sha256_lanes.h"

static void compress_plain(uint32_t state[8], const uint8_t *block, size_t blocks)
{
    step_plain(state, &block, blocks);
}

static const struct hash_lanes BY_PLAIN = { 1, 1, 1, step_plain };

#ifdef LANES_4
#define WORD lanes_4
#define SHA256_NAME step_4
#define SHA256_TARGET
#define SHA256_WORDS(w, from, at) LANES_WORDS(4, lanes_4, w, from, at)
#include "allot/sha256_lanes.h"
static const struct hash_lanes BY_4 = { 4, 4, 1, step_4 };
#endif

#ifdef LANES_X86
#define WORD lanes_8
#define SHA256_NAME step_8
#define SHA256_TARGET LANES_TARGET_8
#define SHA256_WORDS(w, from, at) LANES_WORDS(8, lanes_8, w, from, at)
#include "allot/sha256_lanes.h"
static const struct hash_lanes BY_8 = { 8, 8, 1, step_8 };

#define WORD lanes_16
#define SHA256_NAME step_16
#define SHA256_TARGET LANES_TARGET_16
#define SHA256_WORDS(w, from, at) LANES_WORDS(16, lanes_16, w, from, at)
#include "allot/sha256_lanes.h"
static const struct hash_lanes BY_16 = { 16, 16, 1, step_16 };

#define SHA256_INSTRUCTIONS __attribute__((target("sha,sse4.1")))
#define AT_ONCE 2

/* The instructions keep the state as (A B E F) and (C D G H), and do two rounds each. `lanes` is a constant of at most
 * AT_ONCE, so that all is unrolled. */
__attribute__((always_inline)) SHA256_INSTRUCTIONS static inline void
by_instructions(uint32_t *state, const uint8_t *const *from, size_t blocks, const int lanes)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef[AT_ONCE], cdgh[AT_ONCE], abef_kept[AT_ONCE], cdgh_kept[AT_ONCE], w[AT_ONCE][4];
    for (int l = 0; l < lanes; l++) {
        const __m128i *kept = (const __m128i *)(const void *)(state + (ptrdiff_t)8 * l);
        __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(kept), 0xb1);
        __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(kept + 1), 0x1b);
        abef[l] = _mm_alignr_epi8(badc, hgfe, 8);
        cdgh[l] = _mm_blend_epi16(hgfe, badc, 0xf0);
    }
    for (size_t at = 0; at < blocks * HASH_BLOCK; at += HASH_BLOCK) {
        for (int l = 0; l < lanes; l++) {
            abef_kept[l] = abef[l];
            cdgh_kept[l] = cdgh[l];
            const __m128i *block = (const __m128i *)(const void *)(from[l] + at);
            for (int i = 0; i < 4; i++) {
                w[l][i] = _mm_shuffle_epi8(_mm_loadu_si128(block + i), swap);
            }
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i k = _mm_load_si128((const __m128i *)(const void *)(ROUND_WORD + (ptrdiff_t)4 * i));
            for (int l = 0; l < lanes; l++) {
                __m128i word = _mm_add_epi32(w[l][i & 3], k);
                cdgh[l] = _mm_sha256rnds2_epu32(cdgh[l], abef[l], word);
                abef[l] = _mm_sha256rnds2_epu32(abef[l], cdgh[l], _mm_shuffle_epi32(word, 0x0e));
                if (i < 12) {
                    __m128i next = _mm_sha256msg1_epu32(w[l][i & 3], w[l][(i + 1) & 3]);
                    next = _mm_add_epi32(next, _mm_alignr_epi8(w[l][(i + 3) & 3], w[l][(i + 2) & 3], 4));
                    w[l][i & 3] = _mm_sha256msg2_epu32(next, w[l][(i + 3) & 3]);
                }
            }
        }
        for (int l = 0; l < lanes; l++) {
            abef[l] = _mm_add_epi32(abef[l], abef_kept[l]);
            cdgh[l] = _mm_add_epi32(cdgh[l], cdgh_kept[l]);
        }
    }
    for (int l = 0; l < lanes; l++) {
        __m128i *kept = (__m128i *)(void *)(state + (ptrdiff_t)8 * l);
        __m128i feba = _mm_shuffle_epi32(abef[l], 0x1b);
        __m128i dchg = _mm_shuffle_epi32(cdgh[l], 0xb1);
        _mm_storeu_si128(kept, _mm_blend_epi16(feba, dchg, 0xf0));
        _mm_storeu_si128(kept + 1, _mm_alignr_epi8(dchg, feba, 8));
    }
}

SHA256_INSTRUCTIONS static void compress_by_instructions(uint32_t state[8], const uint8_t *block, size_t blocks)
{
    by_instructions(state, &block, blocks, 1);
}

SHA256_INSTRUCTIONS static void step_by_instructions(uint32_t *state, const uint8_t *const *from, size_t blocks)
{
    by_instructions(state, from, blocks, AT_ONCE);
}

static const struct hash_lanes BY_INSTRUCTIONS = { AT_ONCE, 1, 8, step_by_instructions };
#endif

static hash_compress *compress_of(const struct sha256 *sha256)
{
#ifdef LANES_X86
    if (sha256->instructions) {
        return compress_by_instructions;
    }
#endif
    (void)sha256;
    return compress_plain;
}

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
    case HASH_INSTRUCTIONS:
        return hash_path_here(path) ? &BY_INSTRUCTIONS : NULL;
#endif
    default:
        return NULL;
    }
}

static const struct hash_lanes *best_way(void)
{
    static const enum hash_path FASTEST_FIRST[] = { HASH_INSTRUCTIONS, HASH_LANES_16, HASH_LANES_8, HASH_LANES_4 };
    for (size_t i = 0; i < sizeof FASTEST_FIRST / sizeof *FASTEST_FIRST; i++) {
        const struct hash_lanes *how = way(FASTEST_FIRST[i]);
        if (how != NULL) {
            return how;
        }
    }
    return &BY_PLAIN;
}

void sha256_start(struct sha256 *sha256)
{
    static const uint32_t START[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    memcpy(sha256->stream.state, START, sizeof START);
    sha256->stream.bytes = 0;
    sha256->instructions = hash_path_here(HASH_INSTRUCTIONS);
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t count)
{
    hash_add(&sha256->stream, compress_of(sha256), bytes, count);
}

void sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_BYTES])
{
    hash_end(&sha256->stream, compress_of(sha256), digest);
}

void sha256_of(const void *bytes, size_t count, uint8_t digest[SHA256_BYTES])
{
    struct sha256 sha256;
    sha256_start(&sha256);
    sha256_add(&sha256, bytes, count);
    sha256_end(&sha256, digest);
}

bool sha256_many_by(enum hash_path path, const struct sha256 *prefix, const struct hash_piece *piece, size_t count,
                    uint8_t (*digest)[SHA256_BYTES])
{
    const struct hash_lanes *how = path == HASH_BEST ? best_way() : way(path);
    if (how == NULL) {
        return false;
    }
    struct sha256 nothing;
    if (prefix == NULL) {
        sha256_start(&nothing);
        prefix = &nothing;
    }
    if (count == 1 && path == HASH_BEST) {
        struct sha256 sha256 = *prefix;
        sha256_add(&sha256, piece->bytes, piece->count);
        sha256_end(&sha256, *digest);
        return true;
    }
    hash_many(how, &prefix->stream, piece, count, digest);
    return true;
}

void sha256_many(const struct sha256 *prefix, const struct hash_piece *piece, size_t count,
                 uint8_t (*digest)[SHA256_BYTES])
{
    (void)sha256_many_by(HASH_BEST, prefix, piece, count, digest);
}
