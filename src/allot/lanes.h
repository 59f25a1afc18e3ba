/*
 * Vectors of 32-bit words for sm3.c and sha256.c, in the compiler's own vector notation (GCC 12, Clang 14 and later),
 * so that one text serves SSE2, AVX2, AVX-512, NEON and WebAssembly. The rounds themselves are written over WORD,
 * which is a vector or a plain word.
 *
 * LANES_WORDS(n, VECTOR, w, from, at) fills w[0..15] from the n blocks that begin at from[l] + at: lane l of w[k] is
 * the big-endian word k of block l. Sixteen bytes of each block are read at a time; blocks l, l + 4, l + 8, l + 12
 * stand in one vector, so that what remains is to turn a square of four words by four in every 128 bits, which
 * processors do well.
 */
#ifndef ALLOT_LANES_H
#define ALLOT_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__x86_64__) && defined(__SSE2__)
#define LANES_4 1
#define LANES_X86 1 /* 8 and 16 lanes, when the processor that runs it has them */
#elif defined(__ARM_NEON) || defined(__wasm_simd128__)
#define LANES_4 1
#endif
#endif
#endif

#define LANES_LEFT(x, n) (((x) << (n)) | ((x) >> (32 - (n))))

#ifdef LANES_4

typedef uint32_t lanes_4 __attribute__((vector_size(16)));
typedef uint8_t lanes_4_bytes __attribute__((vector_size(16)));

static inline lanes_4 lanes_read(const uint8_t *bytes)
{
    lanes_4 read;
    memcpy(&read, bytes, sizeof read);
    return read;
}

/* Big-endian words, without the byte shuffle that SSE2 lacks. */
#define LANES_SWAP_4(x) ((LANES_LEFT(x, 8) & 0x00ff00ffu) | (LANES_LEFT(x, 24) & 0xff00ff00u))
#define LANES_LOW_4(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define LANES_HIGH_4(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#define LANES_ROW_4(block, l, at) lanes_read((block)[l] + (at))

/* The square of four by four: row r holds, in each 128 bits, four words of one block. */
#define LANES_LOAD(n, VECTOR, word, block, at)                                                                         \
    do {                                                                                                               \
        VECTOR row0 = LANES_ROW_##n(block, 0, at), row1 = LANES_ROW_##n(block, 1, at);                                 \
        VECTOR row2 = LANES_ROW_##n(block, 2, at), row3 = LANES_ROW_##n(block, 3, at);                                 \
        row0 = LANES_SWAP_##n(row0);                                                                                   \
        row1 = LANES_SWAP_##n(row1);                                                                                   \
        row2 = LANES_SWAP_##n(row2);                                                                                   \
        row3 = LANES_SWAP_##n(row3);                                                                                   \
        VECTOR low02 = LANES_LOW_##n(row0, row2), high02 = LANES_HIGH_##n(row0, row2);                                 \
        VECTOR low13 = LANES_LOW_##n(row1, row3), high13 = LANES_HIGH_##n(row1, row3);                                 \
        (word)[0] = LANES_LOW_##n(low02, low13);                                                                       \
        (word)[1] = LANES_HIGH_##n(low02, low13);                                                                      \
        (word)[2] = LANES_LOW_##n(high02, high13);                                                                     \
        (word)[3] = LANES_HIGH_##n(high02, high13);                                                                    \
    } while (0)

/* Not unrolled: so the words stay in memory, which suits processors with sixteen registers. */
#define LANES_WORDS(n, VECTOR, w, from, at)                                                                            \
    _Pragma("GCC unroll 1") for (int i = 0; i < 4; i++)                                                                \
    {                                                                                                                  \
        LANES_LOAD(n, VECTOR, (w) + (ptrdiff_t)4 * i, from, (at) + (size_t)16 * (size_t)i);                            \
    }
#endif

#ifdef LANES_X86

#define LANES_TARGET_8 __attribute__((target("avx2")))
#define LANES_TARGET_16 __attribute__((target("avx512f,avx512bw,avx512vl")))

typedef uint32_t lanes_8 __attribute__((vector_size(32)));
typedef uint8_t lanes_8_bytes __attribute__((vector_size(32)));
typedef uint32_t lanes_16 __attribute__((vector_size(64)));
typedef uint8_t lanes_16_bytes __attribute__((vector_size(64)));

#define LANES_JOIN_8(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7)
#define LANES_JOIN_16(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define LANES_ROW_8(block, l, at) LANES_JOIN_8(lanes_read((block)[l] + (at)), lanes_read((block)[(l) + 4] + (at)))
#define LANES_ROW_16(block, l, at) LANES_JOIN_16(LANES_ROW_8(block, l, at), LANES_ROW_8(block, (l) + 8, at))

#define LANES_SWAP_ORDER_16(a)                                                                                         \
    (a) + 3, (a) + 2, (a) + 1, a, (a) + 7, (a) + 6, (a) + 5, (a) + 4, (a) + 11, (a) + 10, (a) + 9, (a) + 8, (a) + 15,  \
        (a) + 14, (a) + 13, (a) + 12
#define LANES_SWAP_8(x)                                                                                                \
    (lanes_8) __builtin_shufflevector((lanes_8_bytes)(x), (lanes_8_bytes)(x), LANES_SWAP_ORDER_16(0),                  \
                                      LANES_SWAP_ORDER_16(16))
#define LANES_SWAP_16(x)                                                                                               \
    (lanes_16) __builtin_shufflevector((lanes_16_bytes)(x), (lanes_16_bytes)(x), LANES_SWAP_ORDER_16(0),               \
                                       LANES_SWAP_ORDER_16(16), LANES_SWAP_ORDER_16(32), LANES_SWAP_ORDER_16(48))

/* Each word turned left by 8: one shuffle of bytes, where a turn by other numbers takes three steps. */
#define LANES_TURN_ORDER_16(a)                                                                                         \
    (a) + 3, (a), (a) + 1, (a) + 2, (a) + 7, (a) + 4, (a) + 5, (a) + 6, (a) + 11, (a) + 8, (a) + 9, (a) + 10,          \
        (a) + 15, (a) + 12, (a) + 13, (a) + 14
#define LANES_TURN_8(x)                                                                                                \
    (lanes_8) __builtin_shufflevector((lanes_8_bytes)(x), (lanes_8_bytes)(x), LANES_TURN_ORDER_16(0),                  \
                                      LANES_TURN_ORDER_16(16))

#define LANES_LOW_8(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define LANES_HIGH_8(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define LANES_LOW_16(x, y) __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define LANES_HIGH_16(x, y) __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#endif

#endif
