/* Witnesses of a draw (notary, discipline inspection, parents …). Each thinks of a secret, hands in its SM3 between
 * announcement and close, and the secret itself after the final root was published. The seed comes from all opened
 * secrets: one honest witness is enough. Who does not open it in time (two hours from the draw's time, or from the
 * final list when that came later) is left out, and until then nobody draws without: so nobody can choose, by the
 * moment, which of the opened secrets make the seed.
 */
#ifndef PLACES_WITNESS_H
#define PLACES_WITNESS_H

#include "places/places.h"

enum { WITNESS_WAIT_MS = 2 * 3600 * 1000 };

enum witness_result {
    WITNESS_DONE,
    WITNESS_NOT_FOUND,
    WITNESS_TOO_EARLY,    /* commitments: from announcement on; secrets: once the final root is public */
    WITNESS_TOO_LATE,     /* commitments: until the close; secrets: until the draw, or the time for them is over */
    WITNESS_BAD_HEX,      /* a commitment has 64 hexadecimal digits, a secret 32 to 128 */
    WITNESS_NOT_MATCHING, /* the secret is not the one that was committed to */
    WITNESS_NO_COMMITMENT,
    WITNESS_TWICE,   /* committed or opened before */
    WITNESS_NO_CODE, /* no witness of the round has this code */
    WITNESS_RESULT_COUNT
};
struct text witness_result_text(enum witness_result result);

struct witness_step {
    struct actor actor;
    struct str form_key;
    int64_t round;
    struct str id;  /* of the policy */
    struct str hex; /* commitment or secret; blanks around it and upper case are accepted */
    /* out */
    enum witness_result result;
    bool repeated;
};
bool witness_commit_run(struct writing *writing, void *input, struct error *error);
bool witness_open_run(struct writing *writing, void *input, struct error *error);

/* ---- Without an account: a code that the county's officer gives out, which opens both steps of one witness ----
 * It is shown once and stored hashed; a new one ends the old one; the opened secret ends it too. */

enum { WITNESS_CODE_SIZE = 24 }; /* "K7QPD-9RX2M-…" and NUL */
struct witness_code {
    struct places *places;
    struct actor actor;
    struct str form_key;
    int64_t round;
    struct str id;
    /* out */
    enum witness_result result; /* DONE, NOT_FOUND, TOO_EARLY, TOO_LATE, TWICE (opened) */
    bool repeated;              /* the form's key was used: that code was shown, and is not known any more */
    char code[WITNESS_CODE_SIZE];
};
bool witness_code_run(struct writing *writing, void *input, struct error *error);

struct witness_coded {
    struct str code;          /* as typed */
    bool opening;             /* the secret; else the commitment */
    struct witness_step step; /* round and hex; the result is here; id: out */
};
bool witness_coded_run(struct writing *writing, void *input, struct error *error);

struct witness_row {
    struct str id;
    struct name name; /* from the policy */
    enum witness_kind kind;
    struct str commitment, secret; /* hex; empty: not yet */
    int64_t committed_at, opened_at;
    int64_t code_at; /* when a code was given out last; 0: never */
};
/* In the policy's order. */
bool witness_list(struct db *db, struct arena *arena, struct places *places, int64_t round, struct witness_row **out,
                  size_t *n, struct error *error);

/* SM3 of a secret, both hex; false when the secret is not 32 to 128 hexadecimal digits. */
bool witness_commitment(struct arena *arena, struct str secret, struct str *commitment);

/* ---- The demo's witnesses: their secrets lie in DATA/witness/LABEL-ID.txt, only in a demo ---- */

/* Makes the secret from 32 random bytes, or from `seed` (not empty: the same secret each time); keeps it in its file.
 */
bool witness_demo_secret(struct places *places, struct arena *arena, struct str label, struct str id, struct str seed,
                         struct str *secret, struct error *error);
/* *found false: there is no file. */
bool witness_demo_read(struct places *places, struct arena *arena, struct str label, struct str id, struct str *secret,
                       bool *found, struct error *error);

#endif
