/* Random moves that the rules allow, played after a result that was written; for the tests of moves and of verifiers.
 */
#ifndef TESTS_ALLOT_PLAYED_H
#define TESTS_ALLOT_PLAYED_H

#include "written.h"

enum { PLAY_MOVES = 12 };

/* Who stands where, played by the document. */
struct play {
    const struct allot_problem *problem;
    struct allot_outcome *now;
    uint8_t (*passed)[64]; /* per offer and applicant */
    struct transcript_move move[PLAY_MOVES];
    uint32_t moves;
};

/* Fewer than 64 applicants; at least one, and one offer. */
void play_moves(struct play *play, const struct written *written, struct dice *dice);
void play_free(struct play *play);
/* The text that was written with these moves behind it; false when they cannot be written. The moves must outlive
 * what is done with `written`. */
bool play_append(struct written *written, const struct transcript_move *move, uint32_t moves, struct text *whole);

#endif
