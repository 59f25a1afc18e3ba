/* The vault: the keys of a city, and what is done with them.
 *
 * The key file lives outside the database (FOLDER/vault.key; folder 0700, file 0600), is made at the first
 * start and is refused when others may read it. Who has the database without the file reads no name; who
 * loses the file loses the names: back it up apart from the database.
 *
 * It holds a secret for each key generation (sealing), and three that never change: for look-up hashes
 * (a changed one would make every person unfindable), for tokens, for the journal.
 *
 * A sealed field is
 *     cipher (1 byte) ‖ key number (2 bytes, big-endian) ‖ nonce ‖ ciphertext ‖ tag (16 bytes)
 *     cipher 1: SM4-CTR, nonce 16, tag = HMAC-SM3 over purpose, header, nonce and ciphertext, cut to 16 bytes
 *     cipher 2: AES-256-GCM, nonce 12, purpose and header as associated data
 * The purpose ("child.name") is bound: a field copied into another column does not open. Which cipher seals is
 * a setting; both always open.
 *
 * One vault serves all threads.
 */
#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include "base/arena.h"
#include "base/error.h"

struct vault;

enum vault_cipher { VAULT_SM4 = 1, VAULT_AES = 2 };
enum { VAULT_HASH = 32, VAULT_OVERHEAD_MAX = 35 };

/* Opens the folder's keys; makes folder and file when there are none. */
bool vault_open(struct vault **vault, const char *folder, enum vault_cipher cipher, struct error *error);
/* Wipes the keys. NULL is accepted. */
void vault_close(struct vault *vault);
const char *vault_folder(const struct vault *vault);

/* Seals plain (may be empty) for a purpose, a literal. The result is in the arena. */
bool vault_seal(struct vault *vault, struct arena *arena, const char *purpose, struct str plain, struct str *sealed,
                struct error *error);
/* Opens. False when it was changed, was sealed for another purpose, or its key is missing. The plain text is
 * NUL-terminated as a convenience (not counted). */
bool vault_unseal(struct vault *vault, struct arena *arena, const char *purpose, struct str sealed, struct str *plain,
                  struct error *error);

/* 32 bytes by which an equal text of the same purpose is found: HMAC-SM3 with a key that rotation does not change.
 * Normalise before (trim, upper-case the X of a citizen number). */
void vault_hash(struct vault *vault, const char *purpose, struct str plain, unsigned char out[VAULT_HASH]);
/* The same as bytes in an arena, ready for V_BLOB. */
struct str vault_hash_in(struct vault *vault, struct arena *arena, const char *purpose, struct str plain);
/* 32 bytes that prove that this city's program made a token of this purpose. Compare with vault_same. */
void vault_mac(struct vault *vault, const char *purpose, struct str bytes, unsigned char out[VAULT_HASH]);
/* The same with the journal's key. */
void vault_journal_mac(struct vault *vault, struct str a, struct str b, unsigned char out[VAULT_HASH]);
/* Equal, in a time that does not depend on where they differ. */
bool vault_same(const void *a, const void *b, size_t n);
/* Bytes from the system's generator, fit for keys. */
bool vault_random(void *out, size_t n, struct error *error);

/* A new key generation: seals from now on; older ones still open. Then reseal (reseal.h). */
bool vault_rotate(struct vault *vault, struct error *error);
/* The number of the generation that seals now, from 1. */
int vault_key_number(struct vault *vault);
/* The first bytes of what is sealed now: what starts otherwise is of an older key or cipher. */
void vault_seal_prefix(struct vault *vault, unsigned char out[3]);

/* For store/: writes a small file of the vault's folder so that after a crash it is the old or the new one,
 * whole (temporary file, fsync, rename, fsync of the folder); mode 0600. */
bool vault_write_file(struct vault *vault, const char *name, struct str text, struct error *error);
/* Reads it; *found is false when there is none. */
bool vault_read_file(struct vault *vault, const char *name, struct arena *arena, struct str *text, bool *found,
                     struct error *error);

#endif
