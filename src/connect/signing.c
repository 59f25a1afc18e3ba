/* See signing.h. */
#include "connect/signing.h"

#include "base/hex.h"
#include "base/limits.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { DIGEST_BYTES = 32 };

bool signing_digest(struct arena *arena, struct str bytes, struct str *hex, struct error *error)
{
    unsigned char digest[DIGEST_BYTES];
    if (EVP_Digest(bytes.n ? bytes.p : "", bytes.n, digest, NULL, EVP_sm3(), NULL) != 1) {
        return error_set(error, "The crypto library (OpenSSL) cannot compute SM3.");
    }
    *hex = hex_encode(arena, digest, sizeof digest);
    return true;
}

bool signing_sign(struct arena *arena, const unsigned char key[KEY_BYTES], const struct signed_message *message,
                  struct str *signature, struct error *error)
{
    struct str digest;
    if (!signing_digest(arena, message->body, &digest, error)) {
        return false;
    }
    struct str text =
        arena_printf(arena, "%s\n%.*s\n%.*s\n%lld\n%.*s\n%.*s",
                     message->kind == SIGNING_QUESTION ? "JT-ASK-1" : "JT-ANSWER-1", STR_ARG(message->verb),
                     STR_ARG(message->path), (long long)message->time, STR_ARG(message->number), STR_ARG(digest));
    unsigned char mac[DIGEST_BYTES];
    unsigned n = 0;
    if (!HMAC(EVP_sm3(), key, KEY_BYTES, (const unsigned char *)text.p, text.n, mac, &n) || n != sizeof mac) {
        return error_set(error, "The crypto library (OpenSSL) cannot compute HMAC-SM3.");
    }
    *signature = hex_encode(arena, mac, sizeof mac);
    return true;
}

enum signing_verdict signing_check(struct arena *arena, const unsigned char key[KEY_BYTES],
                                   const struct signed_message *message, struct str signature, int64_t now)
{
    struct str expected;
    if (!signing_sign(arena, key, message, &expected, NULL) || signature.n != expected.n ||
        CRYPTO_memcmp(signature.p, expected.p, expected.n) != 0) {
        return SIGNING_FORGED;
    }
    /* Compared without a difference: the time is a stranger's number. */
    bool stale = message->time < now - LIMIT_SIGNATURE_AGE_MS || message->time > now + LIMIT_SIGNATURE_AGE_MS;
    return stale ? SIGNING_STALE : SIGNING_GOOD;
}
