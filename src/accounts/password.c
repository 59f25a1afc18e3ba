/* Passwords: Argon2id with the parameters that OWASP's cheat sheet gives as its first choice for web sign-in
 * (19 MiB, two passes, one lane), in the library's own self-describing encoding, so that they can be raised later. */
#include "accounts/accounts.h"

#include <argon2.h>

enum { KIB = 19 * 1024, PASSES = 2, LANES = 1, SALT = 16, HASH = 32 };

bool accounts_password_hash(struct arena *arena, struct str password, struct str *encoded, struct error *error)
{
    unsigned char salt[SALT];
    if (!vault_random(salt, sizeof salt, error)) {
        return false;
    }
    size_t size = argon2_encodedlen(PASSES, KIB, LANES, SALT, HASH, Argon2_id);
    char *text = arena_alloc(arena, size);
    int result = argon2id_hash_encoded(PASSES, KIB, LANES, password.p, password.n, salt, SALT, HASH, text, size);
    if (result != ARGON2_OK) {
        return error_set(error, "the password could not be hashed: %s", argon2_error_message(result));
    }
    *encoded = str_of(text);
    return true;
}

bool accounts_password_matches(struct arena *arena, struct str encoded, struct str password)
{
    return encoded.n > 0 && argon2id_verify(arena_cstr(arena, encoded), password.p, password.n) == ARGON2_OK;
}
