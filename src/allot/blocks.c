/*
 * The stream: whole blocks go straight into the state, what is left of a block waits.
 *
 * Many messages: each lane has a buffer of eight blocks that holds the next bytes of its message with the padding
 * behind them, so that all lanes can be run for as many blocks as the shortest has left, without a question in
 * between. A lane that is out of blocks refills its buffer, or gives its digest and begins with the next message.
 *
 * What must hold: a lane's digest is that of the stream (tests/allot/test_hash.c: every way, every number of messages,
 * random lengths, beside another implementation).
 */
#include "allot/blocks_parts.h"
#include "allot/lanes.h"

#include <string.h>

#ifdef LANES_X86
#include <cpuid.h>
#endif

bool hash_path_here(enum hash_path path)
{
    switch (path) {
    case HASH_BEST:
    case HASH_PLAIN:
        return true;
    case HASH_LANES_4:
#ifdef LANES_4
        return true;
#else
        return false;
#endif
#ifdef LANES_X86
    /* The compiler's start-up code asked the processor once; these are loads. */
    case HASH_LANES_8:
        return __builtin_cpu_supports("avx2");
    case HASH_LANES_16:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl");
    case HASH_INSTRUCTIONS: {
#ifdef __clang__
        /* Clang does not know the name; asking the processor is slow, but only a batch or a stream asks. */
        unsigned a, b, c, d;
        return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
#else
        return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sha");
#endif
    }
#endif
    default:
        return false;
    }
}

void hash_add(struct hash_stream *stream, hash_compress *compress, const void *bytes, size_t count)
{
    if (count == 0) {
        return;
    }
    const uint8_t *in = bytes;
    size_t held = stream->bytes % HASH_BLOCK;
    stream->bytes += count;
    if (held > 0) {
        size_t room = HASH_BLOCK - held;
        size_t take = count < room ? count : room;
        memcpy(stream->block + held, in, take);
        if (take < room) {
            return;
        }
        compress(stream->state, stream->block, 1);
        in += take;
        count -= take;
    }
    compress(stream->state, in, count / HASH_BLOCK);
    memcpy(stream->block, in + count / HASH_BLOCK * HASH_BLOCK, count % HASH_BLOCK);
}

static void save_bits(uint8_t *at, uint64_t bytes)
{
    uint64_t bits = bytes * 8;
    hash_save(at, (uint32_t)(bits >> 32));
    hash_save(at + 4, (uint32_t)bits);
}

void hash_end(struct hash_stream *stream, hash_compress *compress, uint8_t digest[HASH_BYTES])
{
    size_t held = stream->bytes % HASH_BLOCK;
    stream->block[held++] = 0x80;
    if (held > HASH_BLOCK - 8) {
        memset(stream->block + held, 0, HASH_BLOCK - held);
        compress(stream->state, stream->block, 1);
        held = 0;
    }
    memset(stream->block + held, 0, HASH_BLOCK - 8 - held);
    save_bits(stream->block + HASH_BLOCK - 8, stream->bytes);
    compress(stream->state, stream->block, 1);
    for (int i = 0; i < 8; i++) {
        hash_save(digest + 4 * i, stream->state[i]);
    }
}

#define BUFFER ((size_t)8 * HASH_BLOCK)
#define IDLE SIZE_MAX

struct lane {
    size_t message;    /* IDLE: none */
    const uint8_t *at; /* what of it is not in the buffer yet */
    size_t left;
    bool ended;    /* its padding has begun: only zeros and the length are missing, or nothing */
    bool complete; /* the buffer holds the last block */
    size_t blocks; /* of the buffer, not taken yet */
    size_t shaped; /* the buffer has prefix and padding for a whole message of so many bytes; IDLE: for none */
    const uint8_t *block;
};

struct many {
    const struct hash_lanes *how;
    const struct hash_stream *start;
    const struct hash_piece *piece;
    size_t count;
    size_t next;
    struct lane lane[HASH_MOST_LANES];
    uint8_t buffer[HASH_MOST_LANES][BUFFER] __attribute__((aligned(64)));
    uint32_t state[8 * HASH_MOST_LANES] __attribute__((aligned(64)));
};

/* memcpy, in steps of a size that the compiler knows; a call, or the processor's string move, would cost more than the
 * bytes. The last step overlaps the one before. */
static inline void copy(uint8_t *to, const uint8_t *from, size_t count)
{
    if (count >= 64) {
        for (size_t at = 0; at + 64 < count; at += 64) {
            memcpy(to + at, from + at, 64);
        }
        memcpy(to + count - 64, from + count - 64, 64);
    } else if (count >= 32) {
        memcpy(to, from, 32);
        memcpy(to + count - 32, from + count - 32, 32);
    } else if (count >= 16) {
        memcpy(to, from, 16);
        memcpy(to + count - 16, from + count - 16, 16);
    } else if (count >= 4) {
        memcpy(to, from, 4);
        for (size_t at = count & 3; at < count; at += 4) {
            memcpy(to + at, from + at, 4);
        }
    } else {
        for (size_t at = 0; at < count; at++) {
            to[at] = from[at];
        }
    }
}

/* The next part of a long message, behind the `held` bytes that stand in the buffer. */
static void fill(struct many *many, unsigned l, size_t held)
{
    struct lane *lane = &many->lane[l];
    uint8_t *buffer = many->buffer[l];
    size_t take = lane->left < BUFFER - held ? lane->left : BUFFER - held;
    lane->block = buffer;
    lane->blocks = BUFFER / HASH_BLOCK;
    if (take > 0) {
        copy(buffer + held, lane->at, take);
        lane->at += take;
        lane->left -= take;
        held += take;
        if (held == BUFFER) {
            return;
        }
    }
    memset(buffer + held, 0, BUFFER - held);
    if (!lane->ended) {
        buffer[held++] = 0x80;
        lane->ended = true;
    }
    if (held + 8 <= BUFFER) {
        size_t end = (held + 8 + HASH_BLOCK - 1) / HASH_BLOCK * HASH_BLOCK;
        save_bits(buffer + end - 8, many->start->bytes + many->piece[lane->message].count);
        lane->blocks = end / HASH_BLOCK;
        lane->complete = true;
    }
}

/* A message that fits into the buffer as a whole, which is most of them. */
static void fill_whole(const struct many *many, struct lane *lane, uint8_t *buffer, size_t held)
{
    size_t whole = held + lane->left;
    size_t end = (whole + 1 + 8 + HASH_BLOCK - 1) / HASH_BLOCK * HASH_BLOCK;
    if (lane->shaped != lane->left) {
        /* The padding begins in the last block or in the one before. */
        memset(buffer + end - HASH_BLOCK, 0, HASH_BLOCK);
        if (end > HASH_BLOCK) {
            memset(buffer + end - 2 * (size_t)HASH_BLOCK, 0, HASH_BLOCK);
        }
        copy(buffer, many->start->block, held);
        buffer[whole] = 0x80;
        save_bits(buffer + end - 8, many->start->bytes + lane->left);
        lane->shaped = lane->left;
    }
    copy(buffer + held, lane->at, lane->left);
    lane->block = buffer;
    lane->blocks = end / HASH_BLOCK;
    lane->complete = true;
}

static void begin(struct many *many, unsigned l)
{
    struct lane *lane = &many->lane[l];
    for (unsigned w = 0; w < 8; w++) {
        many->state[w * many->how->of_word + l * many->how->of_lane] = many->start->state[w];
    }
    if (many->next == many->count) {
        /* It works on, on nothing. */
        static const uint8_t NOTHING[BUFFER];
        lane->message = IDLE;
        lane->blocks = IDLE;
        lane->block = NOTHING;
        return;
    }
    lane->message = many->next++;
    lane->at = many->piece[lane->message].bytes;
    lane->left = many->piece[lane->message].count;
    lane->ended = false;
    lane->complete = false;
    size_t held = many->start->bytes % HASH_BLOCK;
    if (lane->left <= BUFFER - 1 - 8 - held) {
        fill_whole(many, lane, many->buffer[l], held);
    } else {
        lane->shaped = IDLE;
        copy(many->buffer[l], many->start->block, held);
        fill(many, l, held);
    }
}

static void give(const struct many *many, unsigned l, uint8_t digest[HASH_BYTES])
{
    for (unsigned w = 0; w < 8; w++) {
        hash_save(digest + (size_t)4 * w, many->state[w * many->how->of_word + l * many->how->of_lane]);
    }
}

void hash_many(const struct hash_lanes *how, const struct hash_stream *start, const struct hash_piece *piece,
               size_t count, uint8_t (*digest)[HASH_BYTES])
{
    struct many many; /* not cleared: half of what it holds is often not needed */
    many.how = how;
    many.start = start;
    many.piece = piece;
    many.count = count;
    many.next = 0;
    const uint8_t *block[HASH_MOST_LANES];
    for (unsigned l = 0; l < how->lanes; l++) {
        many.lane[l].shaped = IDLE;
        begin(&many, l);
    }
    for (size_t done = 0; done < count;) {
        size_t blocks = BUFFER / HASH_BLOCK;
        for (unsigned l = 0; l < how->lanes; l++) {
            block[l] = many.lane[l].block;
            blocks = many.lane[l].blocks < blocks ? many.lane[l].blocks : blocks;
        }
        how->step(many.state, block, blocks);
        for (unsigned l = 0; l < how->lanes; l++) {
            struct lane *lane = &many.lane[l];
            if (lane->message == IDLE) {
                continue;
            }
            lane->block += blocks * HASH_BLOCK;
            lane->blocks -= blocks;
            if (lane->blocks > 0) {
                continue;
            }
            if (lane->complete) {
                give(&many, l, digest[lane->message]);
                done++;
                begin(&many, l);
            } else {
                fill(&many, l, 0);
            }
        }
    }
}
