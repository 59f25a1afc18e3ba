/*
 * Work on an array, cut into parts for the host's workers. Part i of n covers workers_from(count, n, i) up to
 * workers_from(count, n, i + 1). No result depends on the cutting. Not for callers.
 */
#ifndef ALLOT_WORKERS_H
#define ALLOT_WORKERS_H

#include "allot/allot.h"

/* How many run at once; 1 without workers. */
static inline uint32_t workers_of(const struct allot_host *host)
{
    return host == NULL || host->each == NULL || host->workers == 0 ? 1 : host->workers;
}

/* How many parts of a pass over applicants in which each part has tables of its own: one for each worker, but none with
 * much less than makes a thread worth it. */
static inline uint32_t workers_shares(const struct allot_host *host, uint32_t applicants)
{
    enum { WORTH = 16384 };
    uint32_t most = applicants / WORTH + 1, workers = workers_of(host);
    return workers < most ? workers : most;
}

/* How many parts when they have nothing of their own: a few for each worker, so that a slow one holds nobody up, but
 * none with less than `least` things; one without workers. */
static inline uint32_t workers_pieces(const struct allot_host *host, size_t count, size_t least)
{
    if (workers_of(host) == 1) {
        return 1;
    }
    uint64_t pieces = (uint64_t)host->workers * 4;
    if (pieces > count / least) {
        pieces = count / least;
    }
    return pieces == 0 ? 1 : pieces > 4096 ? 4096 : (uint32_t)pieces;
}

static inline size_t workers_from(size_t count, uint32_t parts, uint32_t part)
{
    /* In two steps, so that nothing overflows. */
    return count / parts * part + count % parts * part / parts;
}

/* Calls job(argument, i) for every part, on the host's threads where there are any. */
static inline void workers_each(const struct allot_host *host, void (*job)(void *argument, uint32_t part),
                                void *argument, uint32_t parts)
{
    if (parts > 1 && host != NULL && host->each != NULL) {
        host->each(host->ctx, job, argument, parts);
        return;
    }
    for (uint32_t i = 0; i < parts; i++) {
        job(argument, i);
    }
}

#endif
