/*
 * The transcript: one text file that holds all that an allotment was made from and all that came out, so that anybody
 * can repeat it. docs/transcript.md describes it byte by byte.
 *
 * The file only ever grows, by parts; each ends with a line that hashes everything before it, and may be signed there:
 *   list    at the close: rules, offers with their kinds of places, distances, applicants (no names), Merkle roots;
 *   seed    after the witnesses opened their secrets;
 *   result  after the run: who got what, Merkle roots, the audit, cut-offs, the proofs of balance;
 *   moves   later, any number of times: places declined and passed on.
 * A file that stops after any part can be verified as far as it goes. The text is canonical: the same content has
 * exactly one form, so to verify is to read the inputs, run again, write again and compare.
 *
 * Signatures are read and written, but this library has no SM2: whoever verifies gives a function that checks them.
 */
#ifndef ALLOT_TRANSCRIPT_H
#define ALLOT_TRANSCRIPT_H

#include "allot/allot.h"
#include "allot/merkle.h"
#include "allot/sm3.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSCRIPT_VERSION 2
#define TRANSCRIPT_TEXT_MAX 200 /* bytes of one label, id or note: UTF-8, no control characters, not empty */
#define TRANSCRIPT_SECRET_MIN 16
#define TRANSCRIPT_SECRET_MAX 64
#define TRANSCRIPT_WITNESSES_MAX 1000
#define TRANSCRIPT_PUBLIC_MAX 100
#define TRANSCRIPT_GROUPS_MAX 65535
#define TRANSCRIPT_SIGNATURES_MAX 16     /* behind one part */
#define TRANSCRIPT_KEY_BYTES 65          /* 04, x, y */
#define TRANSCRIPT_SIGNATURE_BYTES 64    /* r, s */
#define TRANSCRIPT_SIGNED_MESSAGE_MAX 80 /* bytes of what is signed */

struct transcript_text {
    const char *text; /* need not end with NUL */
    size_t bytes;
};

struct transcript_witness {
    struct transcript_text id;
    uint8_t commitment[SM3_BYTES]; /* SM3(secret) */
    const uint8_t *secret;         /* NULL: not opened in time */
    size_t secret_bytes;
};

/* A public value that goes into the seed, as agreed in the rules: a national draw's digits, for example. */
struct transcript_public {
    struct transcript_text name;
    struct transcript_text value;
};

enum transcript_move_kind {
    TRANSCRIPT_DECLINED, /* gives the place back: to = ALLOT_NONE */
    TRANSCRIPT_WAITING,  /* first on the waiting list of `to`, which has a free place (verify checks both) */
    TRANSCRIPT_PASSED,   /* was asked from the waiting list of `to` and did not want it: stays at `from` */
    TRANSCRIPT_LATE,     /* a later decision puts the child at `to`, which has a free place; the note says by what */
    TRANSCRIPT_REMOVED   /* the place is taken back by a decision; to = ALLOT_NONE; the note says by what */
};

struct transcript_move {
    uint32_t applicant; /* index in the problem */
    uint32_t from;      /* offer or ALLOT_NONE: where the child stands before */
    uint32_t to;        /* offer or ALLOT_NONE */
    enum transcript_move_kind kind;
    uint32_t batch; /* 0, 1, 2 …: moves that were appended together; never falls, starts at 0, no gaps */
    struct transcript_text note;
    uint16_t from_kind; /* of place, within the offer; 0 without kinds and with ALLOT_NONE */
    uint16_t to_kind;
};

enum transcript_stage { TRANSCRIPT_NOTHING, TRANSCRIPT_LIST, TRANSCRIPT_SEED, TRANSCRIPT_RESULT, TRANSCRIPT_MOVES };

/* A signature behind a part: an SM2 key, the SM2 signature (with SM3, identity 1234567812345678) of the message that
 * transcript_signed_message gives, and who says to have signed. */
struct transcript_signature {
    enum transcript_stage part;
    uint32_t batch;          /* of moves, with TRANSCRIPT_MOVES; else 0 */
    uint8_t hash[SM3_BYTES]; /* of the part's last line */
    uint8_t key[TRANSCRIPT_KEY_BYTES];
    uint8_t signature[TRANSCRIPT_SIGNATURE_BYTES];
    struct transcript_text text;
};

/* All that a transcript says. The caller owns every array. What later parts need may be missing before. */
struct transcript {
    /* the rules */
    struct transcript_text round;           /* label of the round; goes into every draw number */
    struct transcript_text program;         /* version, and how to build it again */
    uint8_t policy[SM3_BYTES];              /* hash of the policy document */
    uint32_t step_metres;                   /* length of a step of distance; 0 when steps are something else */
    const struct transcript_text *offer_id; /* per offer: its public identifier, which names no person */
    const struct transcript_text *site_id;  /* per site */
    uint32_t audit;                         /* how many files the seed draws to be looked at once more */
    uint32_t groups;
    const struct transcript_text *group; /* per group, from group 1: for whom places are kept or capped */
    /* rules, offers, sites, applicants and choices, in any order of applicants; lots are derived, not read from here */
    const struct allot_problem *problem;
    const uint8_t (*commitment)[SM3_BYTES]; /* per applicant: the salted leaf commitment */

    /* the seed part */
    uint32_t witnesses;
    const struct transcript_witness *witness;
    uint32_t publics;
    const struct transcript_public *public_value;

    /* the result part */
    const struct allot_result *result;

    /* the moves */
    uint32_t moves;
    const struct transcript_move *move;

    /* of a transcript that was read: all signatures in the order of the file (not looked at when writing) */
    uint32_t signatures;
    const struct transcript_signature *signature;
};

/* What the list part commits to. */
struct transcript_commitment {
    uint8_t rules[SM3_BYTES];       /* SM3 over the bytes before the line that says so */
    uint8_t root[SM3_BYTES];        /* of the applicants' lines, with SM3 … */
    uint8_t root_sha256[SM3_BYTES]; /* … and with SHA-256 */
    uint64_t count;                 /* applicants: tickets */
    uint64_t children;              /* their places */
};

/* Where text goes, whole lines, many at once: false stops the writing. */
typedef bool transcript_put(void *ctx, const char *text, size_t bytes);

/* A writer hashes what it writes. To go on with a file written earlier, feed it what is there (transcript_resume, whole
 * lines) or write the earlier parts again: they come out the same. */
struct transcript_writer {
    transcript_put *put;
    void *ctx;
    struct sm3 hash; /* of all lines but the two tables' */
    bool begun;
    enum transcript_stage ended; /* the part that ended last … */
    uint8_t end[SM3_BYTES];      /* … with this hash */
    uint32_t batches;            /* of moves */
    uint32_t signatures;         /* behind that part */
};

void transcript_start(struct transcript_writer *writer, transcript_put *put, void *ctx);
void transcript_resume(struct transcript_writer *writer, const char *earlier, size_t bytes);

/* The parts, in this order. Each returns false with a message when the content cannot be written canonically (an empty
 * id, a control character, a wrong secret …), when memory is short, or when put said no. `commitment` may be NULL. */
bool transcript_write_list(struct transcript_writer *writer, const struct transcript *transcript,
                           const struct allot_host *host, struct transcript_commitment *commitment,
                           struct allot_error *error);
bool transcript_write_seed(struct transcript_writer *writer, const struct transcript *transcript,
                           const struct transcript_commitment *commitment, const struct allot_host *host,
                           uint8_t seed[SM3_BYTES], struct allot_error *error);
/* Needs the seed for the audit: the one that transcript_write_seed gave. */
bool transcript_write_result(struct transcript_writer *writer, const struct transcript *transcript,
                             const uint8_t seed[SM3_BYTES], const struct allot_host *host, struct allot_error *error);
/* One batch of moves, those with move.batch == batch; a file has them in rising order. */
bool transcript_write_moves(struct transcript_writer *writer, const struct transcript *transcript, uint32_t batch,
                            const struct allot_host *host, struct allot_error *error);

/* What is to be signed behind the part that was written (or resumed) last: fills in part, batch and hash. False when no
 * part has ended or it has all its signatures. */
bool transcript_to_sign(const struct transcript_writer *writer, struct transcript_signature *signature);
/* The message itself, as bytes; returns how many. */
size_t transcript_signed_message(const struct transcript_signature *signature,
                                 char message[TRANSCRIPT_SIGNED_MESSAGE_MAX]);
/* Writes key, signature and text behind the part that was written last. Whether they fit is not looked at. */
bool transcript_write_signature(struct transcript_writer *writer, const struct transcript_signature *signature,
                                const struct allot_host *host, struct allot_error *error);

/* The commitment alone, as transcript_write_list would write it. */
bool transcript_commit(const struct transcript *transcript, const struct allot_host *host,
                       struct transcript_commitment *commitment, struct allot_error *error);

/* seed = SM3(version ‖ rules ‖ root ‖ count ‖ opened secrets ‖ public values); fails when a secret does not match its
 * commitment, and when nothing at all goes into it (no secret opened and no public value). */
bool transcript_seed(const struct transcript *transcript, const struct transcript_commitment *commitment,
                     uint8_t seed[SM3_BYTES], struct allot_error *error);

enum transcript_table { TRANSCRIPT_TABLE_LIST, TRANSCRIPT_TABLE_RESULT };
enum transcript_hash { TRANSCRIPT_HASH_SM3, TRANSCRIPT_HASH_SHA256 };

/* What came of reading or verifying. With ok = false, line (from 1; 0 when no line is to blame) is the first that is
 * wrong, `found` what stands there, `expected` what should (a line, or in words), both cut when long. */
struct transcript_report {
    bool ok;
    enum allot_fault fault;
    size_t line;
    char message[240];
    char found[320];
    char expected[320];

    /* of a proof */
    enum transcript_table table;
    enum transcript_hash hash;

    enum transcript_stage stage; /* how far the file goes */
    size_t lines;
    char round[TRANSCRIPT_TEXT_MAX + 1];
    char program[TRANSCRIPT_TEXT_MAX + 1];
    uint8_t policy[SM3_BYTES];
    enum allot_mechanism mechanism;
    enum allot_together together;
    bool balance;
    uint32_t applicants, offers, sites, kinds, groups, witnesses, opened, publics, signatures, moves;
    struct transcript_commitment commitment;
    uint8_t seed[SM3_BYTES];

    /* of the run, before any move; children, but `repairs`, `passed_over`, `audited`, which are steps and tickets */
    uint32_t placed_by_choice, placed_by_balance, unplaced, added;
    uint32_t repairs, passed_over, audited;
    uint32_t greatest; /* distance of balance, in steps */
    uint64_t total;
    uint8_t result_root[SM3_BYTES]; /* of the places' lines */
    uint8_t result_root_sha256[SM3_BYTES];
};

/* Hears every signature of a file in turn; false: it does not hold, and its line is blamed. */
typedef bool transcript_signature_holds(void *ctx, const struct transcript_signature *signature);

/* Reads a transcript: all of the list and the seed part is checked, the result is passed over and computed again, the
 * moves are read and not followed. Text and secrets of the answer point into `bytes` or into the answer; `bytes` must
 * outlive it. With the seed part, lots are derived and the mechanism is run: transcript->result is there. Free with
 * transcript_free. */
bool transcript_read(const char *bytes, size_t count, const struct allot_host *host, struct transcript **transcript,
                     struct transcript_report *report);
void transcript_free(struct transcript *transcript, const struct allot_host *host);

/* Repeats everything and compares: every line's check, hashes, roots, rules, seed from the witnesses, draw numbers,
 * mechanism, results, audit, cut-offs, balance and its proofs, moves. Signatures are checked for their form alone.
 * Returns report->ok. */
bool transcript_verify(const char *bytes, size_t count, const struct allot_host *host,
                       struct transcript_report *report);
/* The same with signatures: `holds` hears each whose part was right. */
bool transcript_verify_signed(const char *bytes, size_t count, const struct allot_host *host,
                              transcript_signature_holds *holds, void *ctx, struct transcript_report *report);
/* The same, and a file that is right is kept, as transcript_read would give it, without reading it again. */
bool transcript_verify_keep(const char *bytes, size_t count, const struct allot_host *host,
                            transcript_signature_holds *holds, void *ctx, struct transcript **transcript,
                            struct transcript_report *report);

/* Gives the inclusion proofs of a table (docs/transcript.md, "Proof"), as many as are asked for, from any number of
 * threads. Nothing of the transcript that it was made from is needed any more. The table of the result needs
 * transcript->result. NULL with error when it cannot be made; free with the same host (NULL is accepted). */
struct transcript_prover;
struct transcript_prover *transcript_prover_new(const struct transcript *transcript, enum transcript_table table,
                                                enum transcript_hash hash, const struct allot_host *host,
                                                struct allot_error *error);
void transcript_prover_free(struct transcript_prover *prover, const struct allot_host *host);
/* How much memory it holds. */
size_t transcript_prover_bytes(const struct transcript_prover *prover);
bool transcript_prover_has(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES]);
/* The proof of who has this ticket, as a small text file. */
bool transcript_prover_write(const struct transcript_prover *prover, const uint8_t ticket[ALLOT_TICKET_BYTES],
                             const struct allot_host *host, transcript_put *put, void *ctx, struct allot_error *error);

/* One proof alone: a prover made for it. */
bool transcript_proof_write(const struct transcript *transcript, uint32_t applicant, enum transcript_table table,
                            enum transcript_hash hash, const struct allot_host *host, transcript_put *put, void *ctx,
                            struct allot_error *error);

/* Checks a proof file by itself; and against what was published, unless that is NULL: the root (of `root` and
 * `root_sha256` the one of the proof's hash) and the count; for a line of the result put the result's roots there.
 * `ticket`, unless NULL, gets the ticket that is proved. The report says table and hash, and the root in the
 * commitment. Returns report->ok. */
bool transcript_proof_verify(const char *bytes, size_t count, const struct transcript_commitment *published,
                             uint8_t ticket[ALLOT_TICKET_BYTES], struct transcript_report *report);

/* Index of the applicant with this ticket, or ALLOT_NONE; fast where tickets rise, as in a transcript that was read. */
uint32_t transcript_find(const struct transcript *transcript, const uint8_t ticket[ALLOT_TICKET_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
