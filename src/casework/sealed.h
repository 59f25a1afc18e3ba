/* Confidential cases: what they say is sealed for the persons whom they name, and opens with a passphrase that is kept
 * nowhere.
 *
 * Each person has a key pair (SM2). The secret half is wrapped with a key made from their passphrase (Argon2id), so
 * that neither the database nor the vault opens anything. What a step says (its fields, its note) is sealed with a key
 * of its own (AES-256-GCM, bound to case, step and part); that key is sealed for each person named at that time. So
 * writing needs no passphrase, and reading does. Who is named later gets the earlier keys from somebody who can open
 * them; who is taken off keeps none. A forgotten passphrase is not brought back: a new pair is made, and others hand
 * the cases over.
 *
 * What stays clear, so that terms and lists work: kind, number, division, stage, days, who is named, that something was
 * done and when. */
#ifndef CASEWORK_SEALED_H
#define CASEWORK_SEALED_H

#include "base/sm2.h"
#include "casework/casework.h"

enum { KEY_SALT = 16, KEY_WRAPPED = 60, PASSPHRASE_LEAST = 10, PASSPHRASE_MOST = 200 };

/* ---- Keys of persons ---- */

struct person_key {
    int64_t account, made_at;
    unsigned char public_key[SM2_KEY], salt[KEY_SALT], wrapped[KEY_WRAPPED];
};
bool person_key_of(struct db *db, int64_t account, struct person_key *out, bool *found, struct error *error);
/* A new pair, wrapped with the passphrase. Takes some 20 ms (Argon2id): on a worker. */
bool person_key_make(struct str passphrase, struct person_key *out, struct error *error);
/* *right false: another passphrase. The caller wipes the secret (sealed_wipe). On a worker. */
bool person_key_secret(const struct person_key *key, struct str passphrase, unsigned char secret[SM2_SECRET],
                       bool *right, struct error *error);
/* The same pair with another passphrase. On a worker. */
bool person_key_wrap(struct person_key *key, const unsigned char secret[SM2_SECRET], struct str passphrase,
                     struct error *error);
void sealed_wipe(void *bytes, size_t n);

/* Keeps the account's pair: a first one, the same with another passphrase, or (`anew`) another in its place, which
 * takes away the keys that were sealed for the old one. A command's run. */
struct person_key_keep {
    struct case_who who;
    struct person_key key;
    bool anew;
};
bool person_key_keep_run(struct writing *writing, void *input, struct error *error);

/* Who has a key and may be named in a case there: staff of the institution, officers of its county, the bureau's. */
struct key_holder {
    int64_t account;
    struct str name_sealed; /* accounts' purpose; the caller opens it */
    struct name institution;
};
bool key_holders(struct db *db, struct arena *arena, struct str division, int64_t institution, struct key_holder **out,
                 size_t *n, struct error *error);

/* ---- Sealing; inside a command (open.c, act.c, common.c) ---- */

struct sealed_part {
    struct str part; /* "note", or the id of a field */
    struct str text;
};
/* Seals the parts that are not empty for everybody whom the case names now. */
bool case_seal(struct writing *writing, int64_t case_id, int64_t step, const struct sealed_part *parts, size_t n,
               struct error *error);

/* ---- Opening ---- */

/* All that was sealed for an account in a case. */
struct sealed_said {
    int64_t step;
    struct str wrapped, part, content;
    struct str text; /* once opened */
    bool opened;
};
bool case_sealed_read(struct db *db, struct arena *arena, int64_t case_id, int64_t account, struct sealed_said **out,
                      size_t *n, struct error *error);
/* Opens each that the key opens. On a worker; needs no database. */
bool case_unseal(struct arena *arena, int64_t case_id, const struct person_key *key,
                 const unsigned char secret[SM2_SECRET], struct sealed_said *said, size_t n, struct error *error);

/* That it was opened, and why; or tried with a wrong passphrase. Before anything is shown. A command's run. */
enum { OPENING_TRIES = 5, OPENING_TRIES_MS = 15 * 60 * 1000 };
struct case_opened {
    const struct city *city;
    struct case_who who;
    int64_t id;
    const char *reason; /* handling | supervising | asked | other | wrong */
    bool seen;          /* out: they are named in it */
};
bool case_opened_run(struct writing *writing, void *input, struct error *error);
/* How often the account gave a wrong passphrase in the last OPENING_TRIES_MS. */
bool case_wrong_tries(struct db *db, int64_t account, int64_t now, int64_t *n, struct error *error);

struct case_opening {
    int64_t account, at;
    struct str reason;
};
bool case_openings(struct db *db, struct arena *arena, int64_t id, struct case_opening **out, size_t *n,
                   struct error *error);

/* ---- Who is named ---- */

struct case_person {
    int64_t account, at;
    bool holder;
};
bool case_named_in(struct db *db, struct arena *arena, int64_t id, struct case_person **out, size_t *n,
                   struct error *error);

/* Names another person, by one who is named and has opened the case just now: `keys` are those of all steps, sealed for
 * the new one. Or takes one off (the holder does; anybody takes off themselves); the holder stays, until the holder has
 * passed it on to another of the named. A command's run. */
struct sealed_key {
    int64_t step;
    unsigned char wrapped[SM2_SEALED_MOST];
    size_t n;
};
struct case_name {
    const struct city *city;
    struct case_who who;
    int64_t id, account;
    const struct sealed_key *keys;
    size_t nkeys;
    enum { NAME_ON, NAME_OFF, NAME_PASS_ON } what;
    enum case_result result; /* out */
};
bool case_name_run(struct writing *writing, void *input, struct error *error);
/* The keys of all steps, sealed for another's public key. On a worker. */
bool case_keys_for(struct arena *arena, const struct sealed_said *said, size_t n, const struct person_key *key,
                   const unsigned char secret[SM2_SECRET], const unsigned char other[SM2_KEY], struct sealed_key **out,
                   size_t *nkeys, struct error *error);

#endif
