/* A made-up city with all that its transcript needs besides, and the transcript as text in memory. */
#ifndef BENCH_PAPER_H
#define BENCH_PAPER_H

#include "city.h"

#include "allot/transcript.h"

struct paper {
    struct city city;
    struct transcript transcript;
    struct transcript_text *name; /* of offers and sites */
    uint8_t (*commitment)[SM3_BYTES];
    struct transcript_witness witness;
    struct allot_result *result;
    char *text;
    size_t bytes, room;
};

/* Deferred acceptance, then balance; five wishes (city_with_wishes). Nothing is written yet. */
void paper_make(struct paper *paper, uint32_t children);
/* Any other city. */
void paper_make_of(struct paper *paper, const struct city_shape *shape);
void paper_free(struct paper *paper);

/* Writes list, seed and result from the start of the text. The first time it also runs, between seed and result.
 * Returns the milliseconds of writing; ends the program when something is wrong. */
double paper_write(struct paper *paper, const struct allot_host *host);

#endif
