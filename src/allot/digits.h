/*
 * Numbers and hexadecimal digits of the long tables, fast: straight code on eight bytes at a time, the same on every
 * machine. Whoever writes has made room; whoever reads gives the end. Internal to the transcript.
 */
#ifndef ALLOT_DIGITS_H
#define ALLOT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first byte is the lowest, whatever the machine; compilers make one instruction of it where they can. */
static inline uint64_t digits_load(const void *from)
{
    const uint8_t *b = from;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

static inline void digits_store(void *to, uint64_t word)
{
    uint8_t b[8] = { (uint8_t)word,         (uint8_t)(word >> 8),  (uint8_t)(word >> 16), (uint8_t)(word >> 24),
                     (uint8_t)(word >> 32), (uint8_t)(word >> 40), (uint8_t)(word >> 48), (uint8_t)(word >> 56) };
    memcpy(to, b, 8);
}

#define DIGITS_ONES UINT64_C(0x0101010101010101)

/* Eight values of 0 … 15 into their digits. */
static inline uint64_t digits_of_nibbles(uint64_t nibbles)
{
    uint64_t letter = ((nibbles + 6 * DIGITS_ONES) >> 4) & DIGITS_ONES;
    return nibbles + 0x30 * DIGITS_ONES + letter * 39;
}

/* Four bytes as eight digits. */
static inline void digits_put_four(char *to, uint32_t bytes)
{
    uint64_t spread = bytes;
    spread = (spread | spread << 16) & UINT64_C(0x0000ffff0000ffff);
    spread = (spread | spread << 8) & UINT64_C(0x00ff00ff00ff00ff);
    uint64_t low = spread & UINT64_C(0x000f000f000f000f), high = (spread >> 4) & UINT64_C(0x000f000f000f000f);
    digits_store(to, digits_of_nibbles(high | low << 8));
}

/* `count` is a multiple of 4. Returns the position behind. */
static inline char *digits_put_hex(char *to, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i += 4, to += 8) {
        digits_put_four(to, (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 |
                                (uint32_t)bytes[i + 3] << 24);
    }
    return to;
}

/* Reads 2 · count small digits; `count` is a multiple of 4. False when one is none: every digit is made again from its
 * value and must come out the same. */
static inline bool digits_get_hex(const char *from, uint8_t *bytes, size_t count)
{
    uint64_t wrong = 0;
    for (size_t i = 0; i < count; i += 4, from += 8) {
        uint64_t text = digits_load(from);
        uint64_t value = (text & 0x0f * DIGITS_ONES) + 9 * ((text >> 6) & DIGITS_ONES);
        wrong |= (value & 0xf0 * DIGITS_ONES) | (digits_of_nibbles(value & 0x0f * DIGITS_ONES) ^ text);
        uint64_t pairs = ((value << 4) | (value >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
        pairs = (pairs | pairs >> 8) & UINT64_C(0x0000ffff0000ffff);
        pairs |= pairs >> 16;
        bytes[i] = (uint8_t)pairs;
        bytes[i + 1] = (uint8_t)(pairs >> 8);
        bytes[i + 2] = (uint8_t)(pairs >> 16);
        bytes[i + 3] = (uint8_t)(pairs >> 24);
    }
    return wrong == 0;
}

static inline unsigned digits_count(uint32_t number)
{
    unsigned digits = 1;
    for (; number >= 10; number /= 10) {
        digits++;
    }
    return digits;
}

static inline char *digits_put_number(char *to, uint32_t number)
{
    char *end = to + digits_count(number), *at = end;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

/* One number of at most `most`, decimal, no sign, no leading zero. Returns the position behind; NULL: there is none. */
static inline const char *digits_get_number(const char *at, const char *end, uint32_t most, uint32_t *number)
{
    const char *from = at;
    uint64_t value = 0;
    while (at < end && (uint8_t)(*at - '0') < 10 && at - from < 11) {
        value = 10 * value + (uint8_t)(*at++ - '0');
    }
    if (at == from || value > most || (*from == '0' && at - from > 1)) {
        return NULL;
    }
    *number = (uint32_t)value;
    return at;
}

/* How many spaces stand there. */
static inline size_t digits_spaces(const char *at, const char *end)
{
    size_t spaces = 0;
    for (; end - at >= 8; at += 8) {
        uint64_t word = digits_load(at) ^ 0x20 * DIGITS_ONES;
        uint64_t other = (((word & 0x7f * DIGITS_ONES) + 0x7f * DIGITS_ONES) | word) >> 7 & DIGITS_ONES;
        spaces += 8 - (size_t)(other * DIGITS_ONES >> 56);
    }
    for (; at < end; at++) {
        spaces += *at == ' ';
    }
    return spaces;
}

#endif
