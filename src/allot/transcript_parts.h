/* What the parts of the transcript share: its words, its lines to be sent, a read file. Internal. */
#ifndef ALLOT_TRANSCRIPT_PARTS_H
#define ALLOT_TRANSCRIPT_PARTS_H

#include "allot/internal.h"
#include "allot/lines.h"
#include "allot/transcript.h"

extern const char *const TRANSCRIPT_REASON[6]; /* by enum allot_reason */
extern const char *const TRANSCRIPT_PART[5];   /* by enum transcript_stage */

/* --- writing: lines go one by one to the writer, which hashes them ------------------------------------------------ */

struct emitter {
    struct transcript_writer *writer;
    const struct transcript *transcript;
    const struct allot_host *host;
    struct line line;
    struct allot_error *error;
};

void emitter_start(struct emitter *emitter, struct transcript_writer *writer, const struct transcript *transcript,
                   const struct allot_host *host, struct allot_error *error);
void emitter_end(struct emitter *emitter);
/* Sends the line in hand. */
bool emit_line(struct emitter *emitter);
bool emit_count(struct emitter *emitter, const char *keyword, uint64_t count);
bool emit_roots(struct emitter *emitter, const uint8_t sm3[SM3_BYTES], const uint8_t sha256[SM3_BYTES]);
/* The hash of everything before this line; the part has ended. */
bool emit_end(struct emitter *emitter, enum transcript_stage part);
/* A whole table as text, past the running hash. */
bool emit_table(struct emitter *emitter, enum transcript_table which, const uint32_t *order, uint8_t sm3[SM3_BYTES],
                uint8_t sha256[SM3_BYTES]);

/* The result's lines around its table: those before it, and those from the roots on, without the
 * closing one. Comparing uses them, too. */
bool result_write_head(struct emitter *emitter);
bool result_write_tail(struct emitter *emitter, const uint8_t seed[SM3_BYTES], const uint8_t sm3[SM3_BYTES],
                       const uint8_t sha256[SM3_BYTES]);

bool transcript_secret_matches(const struct transcript_witness *witness);

/* --- reading ----------------------------------------------------------------------------------------------------- */

/* A transcript that was read from a file, with everything that it owns. */
struct loaded {
    struct transcript transcript; /* first: the public face */
    struct allot_problem problem;
    struct allot_offer *offer;
    struct transcript_text *offer_id;
    struct transcript_text *group;
    uint32_t *kind_from;
    struct allot_kind *kind;
    size_t kinds, kind_room;
    uint16_t *kind_group;
    size_t kind_groups, kind_group_room;
    struct allot_applicant *applicant;
    uint8_t (*ticket)[ALLOT_TICKET_BYTES];
    uint8_t (*commitment)[SM3_BYTES];
    uint32_t *choice_from;
    struct allot_choice *choice;
    size_t choices;
    bool together; /* a ticket takes several places */
    struct transcript_text *site_id;
    uint32_t *reach_from;
    struct allot_reach *reach;
    size_t reaches, reach_room;
    struct transcript_witness *witness;
    uint8_t (*secret)[TRANSCRIPT_SECRET_MAX];
    struct transcript_public *public_value;
    struct transcript_signature *signature;
    size_t *signature_line;
    size_t signatures, signature_room, signature_line_room;
    struct transcript_move *move;
    size_t moves, move_room;
    uint32_t batches;
    uint32_t *seen; /* per offer: who named it last */
    struct allot_lot *lot;
    struct allot_lot *choice_lot;
    struct allot_result *result;
    enum transcript_stage stage;
    size_t lines;
};

/* A file being read, line by line. The running hash is behind: it has everything before `hashed`. */
struct reader {
    const char *begin;
    const char *at;
    const char *end;
    const struct allot_host *host;
    struct allot_host inner;       /* the same without progress: what is called from here counts otherwise */
    const struct allot_host *calm; /* &inner, or NULL */
    bool verify;                   /* repeat the result and follow the moves; else the result is passed over */
    bool keep;                     /* what was read is asked for afterwards */
    struct loaded *loaded;
    struct transcript_report *report;
    struct allot_waiting *waiting; /* who stands where, while moves are followed */
    size_t line;                   /* number of the line in hand */
    const char *text;
    size_t bytes; /* of its content */
    struct words words;
    struct line_check check;
    struct line made; /* the line that should stand there */
    struct sm3 hash;
    const char *hashed;
};

/* Blames the line in hand; false. */
bool reader_blame(struct reader *reader, const char *expected, const char *message);
bool reader_no_memory(struct reader *reader);
/* A failure of something else than a line of the file. */
bool reader_failed(struct reader *reader, const struct allot_error *error);
/* Room for one thing more. */
bool reader_grow(struct reader *reader, void **items, size_t count, size_t *room, size_t size);
/* Takes the next line in hand, its check looked at: its content without check and line feed. */
bool reader_next(struct reader *reader, const char *expected);
bool reader_start(struct reader *reader, const char *keyword);
bool reader_done(struct reader *reader);
bool reader_text(struct reader *reader, const char *keyword, struct transcript_text *text);
bool reader_number(struct reader *reader, const char *keyword, uint64_t most, uint64_t *number);
/* How many lines of a kind follow; and for how many there must be room: no more than the rest of the file can have. Who
 * reads on finds the line that is not there before the room ends. */
bool reader_count(struct reader *reader, const char *keyword, uint32_t *count);
size_t reader_room(const struct reader *reader, uint32_t count);
bool reader_choice(struct reader *reader, const char *keyword, const char *choices, unsigned *position);
/* The next line must be this one, with its line feed; or the one in reader->made, which is cleared. */
bool reader_must_be_text(struct reader *reader, const char *text, size_t bytes, const char *message);
bool reader_must_be(struct reader *reader, const char *message);
bool reader_must_be_hash(struct reader *reader, const char *keyword, const uint8_t hash[SM3_BYTES],
                         const char *message);
bool reader_must_be_roots(struct reader *reader, const uint8_t sm3[SM3_BYTES], const uint8_t sha256[SM3_BYTES]);
/* The hash of all lines up to here, without those of the tables. */
void reader_hash(struct reader *reader, uint8_t hash[SM3_BYTES]);
/* What follows is of a table: not hashed, until reader_behind_table. */
void reader_before_table(struct reader *reader);
void reader_behind_table(struct reader *reader);
/* The closing line of a part, and the signatures behind it. */
bool reader_end_part(struct reader *reader, enum transcript_stage part);
void reader_progress(const struct reader *reader);
/* "OFFER" or "OFFER.KIND" or "-". */
void reader_seat(struct reader *reader, uint32_t *offer, uint16_t *kind, const char *expected);

/* The parts, one file each; the reader stands at their first line. */
bool reader_rules(struct reader *reader);
bool reader_applicants(struct reader *reader);
bool reader_seed(struct reader *reader);
bool reader_result(struct reader *reader);
bool reader_moves(struct reader *reader);

/* Makes the move, or says what is wrong with it and, in `at`, where the child stands. */
enum { MOVE_WORDS = 160 };
const char *transcript_follow(struct allot_waiting *waiting, const struct allot_problem *problem,
                              const struct transcript_move *move, char at[MOVE_WORDS]);

/* Draw numbers from the seed, then the run. */
bool transcript_rerun(struct loaded *loaded, const uint8_t seed[SM3_BYTES], const struct allot_host *host,
                      struct allot_error *error);

/* Fills in the report that this line is wrong; returns false. `found` may be NULL. */
bool transcript_blame(struct transcript_report *report, size_t line, const char *found, size_t found_bytes,
                      const char *expected, size_t expected_bytes, const char *message);

#endif
