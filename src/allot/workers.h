/*
 * Work on an array, cut into pieces for the host's workers. Piece i of n covers workers_from(count, n, i) up to
 * workers_from(count, n, i + 1).
 */
#ifndef ALLOT_WORKERS_H
#define ALLOT_WORKERS_H

#include "allot/allot.h"

/* How many pieces: a few for each worker, so that a slow one holds nobody up, but none with less than `least` things;
 * one without workers. */
static inline uint32_t workers_pieces(const struct allot_host *host, size_t count, size_t least)
{
    if (host == NULL || host->each == NULL || host->workers < 2) {
        return 1;
    }
    uint64_t pieces = (uint64_t)host->workers * 4;
    if (pieces > count / least) {
        pieces = count / least;
    }
    return pieces == 0 ? 1 : pieces > 4096 ? 4096 : (uint32_t)pieces;
}

static inline size_t workers_from(size_t count, uint32_t pieces, uint32_t piece)
{
    /* In two parts, so that nothing overflows. */
    return count / pieces * piece + count % pieces * piece / pieces;
}

static inline void workers_each(const struct allot_host *host, void (*job)(void *argument, uint32_t piece),
                                void *argument, uint32_t pieces)
{
    if (pieces == 1) {
        job(argument, 0);
    } else {
        host->each(host->ctx, job, argument, pieces);
    }
}

#endif
