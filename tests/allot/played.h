/* Moves after a result, played at random by the document: places given back, passed on, decided late. */
#ifndef TESTS_ALLOT_PLAYED_H
#define TESTS_ALLOT_PLAYED_H

#include "written.h"

enum { MOVES = 12 };

/* Who stands where, played by the document. */
struct play {
    const struct allot_problem *problem;
    struct allot_outcome *now;
    uint8_t (*passed)[64]; /* per offer and applicant */
    struct transcript_move move[MOVES];
    uint32_t moves;
};

/* Up to MOVES moves; at least one applicant. End with play_end. */
void play_moves(struct play *play, const struct written *written, struct dice *dice);
void play_end(struct play *play);

/* The written transcript with these moves behind it, batch by batch; false when they cannot be written. The caller
 * frees whole->bytes. */
bool append_moves(struct written *written, const struct transcript_move *move, uint32_t moves, struct text *whole);

#endif
