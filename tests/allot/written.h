/* A made problem with everything that a transcript needs besides, written out; for the tests of transcripts. */
#ifndef TESTS_ALLOT_WRITTEN_H
#define TESTS_ALLOT_WRITTEN_H

#include "made.h"

#include "allot/transcript.h"

struct text {
    char *bytes;
    size_t count, room;
};

/* A transcript_put that keeps everything in a struct text. */
bool text_keep(void *ctx, const char *bytes, size_t count);

#define TEXT(literal) ((struct transcript_text){ literal, sizeof literal - 1 })

struct written {
    struct made *made;
    struct shape shape;
    struct transcript transcript;
    struct transcript_text *offer_id, *site_id, *group;
    uint8_t (*commitment)[SM3_BYTES];
    struct transcript_witness witness[3];
    uint8_t secret[3][32];
    struct transcript_public value;
    struct transcript_commitment committed;
    uint8_t seed[SM3_BYTES];
    struct allot_result *result;
    char names[64][16];
    struct text text;
    size_t list_end, seed_end, result_end; /* with the signatures of each part */
    uint32_t signatures;
};

/* A few applicants, everything else at random: mechanisms, kinds of places, siblings, groups, audit. */
struct shape written_shape(struct dice *dice);
/* `signed_parts`: at random, with keys and signatures that mean nothing. */
struct written *written_new(struct dice *dice, const struct shape *shape, const struct allot_host *host,
                            bool signed_parts);
/* Of a problem that was made with this shape and changed; it is freed with the rest. */
struct written *written_of(struct made *made, struct dice *dice, const struct shape *shape,
                           const struct allot_host *host, bool signed_parts);
void written_free(struct written *written);

/* The line, from 1, in which this byte stands; and where a line begins. */
size_t line_of(const char *bytes, size_t at);
size_t line_begins(const char *bytes, size_t count, size_t line);
/* Gives the line its right check again, as somebody would who knows the format. */
void repair_check(char *bytes, size_t at);

#endif
