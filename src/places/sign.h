/* Signatures of rounds: each part of a transcript is signed at its step with the installation's SM2 key for rounds, so
 * that a file tells who published it, wherever it is found.
 *
 * The key lies beside the vault's, in DATA/keys/rounds.keys with mode 0600: a line for each key ever used, the last one
 * with its secret. A rotation makes a new one and forgets the old secret; old public keys stay, so that old signatures
 * can still be told to be ours. The first is made when it is first needed.
 *
 * What must hold: a part is signed once. The signature is kept in table round_signature, so a file that is made again
 * has the same bytes.
 */
#ifndef PLACES_SIGN_H
#define PLACES_SIGN_H

#include "allot/transcript.h"
#include "places/places.h"

struct round_key {
    int64_t number; /* from 1 */
    int64_t at;     /* when it was made, ms */
    struct str key; /* 130 hex digits */
};
/* The oldest first; the last one signs. */
bool round_keys(struct vault *vault, struct arena *arena, struct round_key **out, size_t *n, struct error *error);
/* Makes the first key if there is none, and with `another` a new one in any case. */
bool round_keys_make(struct vault *vault, int64_t now, bool another, struct error *error);

/* Signs a message of another noun with the last key, making the first one if there is none. The message begins with a
 * word of its own, so that no signature of one thing is one of another. */
bool keys_sign(struct vault *vault, struct arena *arena, int64_t now, struct str message, unsigned char *key,
               unsigned char *signature, struct error *error);

/* The signatures of one file while it is written, in a writer's command (writing) or outside of it (db alone: those
 * that are kept, none is made). */
struct signer {
    struct writing *writing; /* NULL: outside */
    struct db *db;
    struct arena *arena;
    struct places *places;
    int64_t round;
};
/* Signs the part that `writer` wrote last, as `part` ("list", of the close's list "close"): the signature that is kept,
 * else a new one. Without a new one being allowed a missing signature leaves the part unsigned. */
bool signer_sign(const struct signer *signer, struct transcript_writer *writer, const char *part, int64_t batch,
                 bool make, struct error *error);

/* A writer's command for who writes a file outside of it. */
struct round_sign {
    int64_t round;
    struct transcript_signature signature; /* part, batch, hash */
};
bool round_sign_run(struct writing *writing, void *input, struct error *error);

/* For transcript_verify_signed. */
transcript_signature_holds signature_holds_sm2;

#endif
