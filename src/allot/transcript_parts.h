/* What the parts of the transcript share: its words, its order, a read file. Internal. */
#ifndef ALLOT_TRANSCRIPT_PARTS_H
#define ALLOT_TRANSCRIPT_PARTS_H

#include "allot/internal.h"
#include "allot/lines.h"
#include "allot/transcript.h"

extern const char *const TRANSCRIPT_MECHANISM[3]; /* by enum allot_mechanism */
extern const char *const TRANSCRIPT_REASON[6];    /* by enum allot_reason */
extern const char *const TRANSCRIPT_MOVE[5];      /* by enum transcript_move_kind */

/* Applicants by ticket; NULL without memory. */
uint32_t *transcript_order(const struct transcript *transcript, const struct allot_host *host);
/* The finished line of one applicant; without its line feed it is the leaf. */
void transcript_applicant_line(struct line *line, const struct transcript *transcript, uint32_t applicant);
bool transcript_secret_matches(const struct transcript_witness *witness);

/* A transcript that was read from a file, with everything that it owns. */
struct loaded {
    struct transcript transcript; /* first: the public face */
    struct allot_problem problem;
    struct allot_offer *offer;
    struct transcript_text *offer_id;
    struct allot_applicant *applicant;
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    uint8_t (*commitment)[SM3_BYTES];
    uint32_t *choice_from;
    struct allot_choice *choice;
    size_t choices, choice_room;
    struct transcript_text *site_id;
    uint32_t *reach_from;
    struct allot_reach *reach;
    size_t reaches, reach_room;
    struct transcript_witness *witness;
    uint8_t (*secret)[TRANSCRIPT_SECRET_MAX];
    struct transcript_public *public_value;
    struct transcript_move *move;
    size_t *move_line;
    size_t moves, move_room, move_line_room;
    uint32_t batches;
    uint64_t *seen; /* per offer: who named it last */
    struct allot_lot *lot;
    struct allot_lot *choice_lot;
    struct allot_result *result;
    enum transcript_stage stage;
    size_t lines;
};

/* Reads the inputs. On failure the report names the line; *loaded must be freed in any case. A line whose check does
 * not fit is noted in *damaged (first one; 0: none) and read on, as far as it goes. */
bool transcript_load(const char *bytes, size_t count, const struct allot_host *host, struct loaded **loaded,
                     struct transcript_report *report, struct transcript_report *damaged);

/* Draw numbers from the seed, then the run. */
bool transcript_rerun(struct loaded *loaded, const uint8_t seed[SM3_BYTES], const struct allot_host *host,
                      struct allot_error *error);

/* Fills in the report that this line is wrong; returns false. `found` may be NULL. */
bool transcript_blame(struct transcript_report *report, size_t line, const char *found, size_t found_bytes,
                      const char *expected, size_t expected_bytes, const char *message);

#endif
