/* Keys of forms: `issued(8) ‖ random(16) ‖ mac(16)` as hexadecimal text.
 *
 * The MAC covers the session (or the guest's number) and the path that the form is sent to, so a key cannot be made by
 * a stranger's page nor be used elsewhere. The random part names the action: every retry of the same page carries the
 * same one, and the command claims it once.
 *
 * Each loop has a signer of its own: the keyed context is made once and started anew for each MAC, and random bytes
 * are drawn for many keys at a time, since fetching an algorithm costs more than hashing so few bytes.
 */
#include "web/inside.h"

#include "base/hex.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { MAC_BYTES = 16, ISSUED_BYTES = 8, RANDOM_BYTES = 1024 };

static void to_hex(const unsigned char *bytes, size_t n, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

struct signer {
    EVP_MAC_CTX *mac; /* HMAC-SHA256 under the server's secret */
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    unsigned char random[RANDOM_BYTES]; /* its first random_left bytes were not given out yet */
    size_t random_left;
};

struct signer *signer_new(const unsigned char secret[32])
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                OSSL_PARAM_construct_end() };
    struct signer *signer = calloc(1, sizeof *signer);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!signer || !hmac || !(signer->mac = EVP_MAC_CTX_new(hmac)) ||
        EVP_MAC_init(signer->mac, secret, 32, parameters) != 1 ||
        !(signer->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) || !(signer->digest = EVP_MD_CTX_new())) {
        abort(); /* no HMAC: no form can be told from a stranger's */
    }
    EVP_MAC_free(hmac); /* the context holds it */
    return signer;
}

void signer_free(struct signer *signer)
{
    if (signer) {
        EVP_MAC_CTX_free(signer->mac);
        EVP_MD_CTX_free(signer->digest);
        EVP_MD_free(signer->sha256);
        OPENSSL_cleanse(signer->random, sizeof signer->random);
        free(signer);
    }
}

static void take_random(struct signer *signer, unsigned char *out, size_t n)
{
    if (signer->random_left < n) {
        if (RAND_bytes(signer->random, sizeof signer->random) != 1) {
            abort();
        }
        signer->random_left = sizeof signer->random;
    }
    signer->random_left -= n;
    memcpy(out, signer->random + signer->random_left, n);
    memset(signer->random + signer->random_left, 0, n);
}

void signer_token_hash(struct signer *signer, const unsigned char token[SESSION_TOKEN_BYTES],
                       unsigned char hash[SESSION_HASH_BYTES])
{
    unsigned int n = 0;
    if (EVP_DigestInit_ex(signer->digest, signer->sha256, NULL) != 1 ||
        EVP_DigestUpdate(signer->digest, token, SESSION_TOKEN_BYTES) != 1 ||
        EVP_DigestFinal_ex(signer->digest, hash, &n) != 1 || n != SESSION_HASH_BYTES) {
        abort();
    }
}

static void mac_of(struct signer *signer, const unsigned char *bytes, size_t n, unsigned char mac[MAC_BYTES])
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    size_t size = 0;
    if (EVP_MAC_init(signer->mac, NULL, 0, NULL) != 1 || EVP_MAC_update(signer->mac, bytes, n) != 1 ||
        EVP_MAC_final(signer->mac, whole, &size, sizeof whole) != 1 || size < MAC_BYTES) {
        abort();
    }
    memcpy(mac, whole, MAC_BYTES);
}

/* The bytes under the MAC: purpose, bound, issued ‖ random, path. */
static void key_mac(struct signer *signer, const unsigned char bound[32],
                    const unsigned char head[ISSUED_BYTES + FORM_KEY_BYTES], struct str path,
                    unsigned char mac[MAC_BYTES])
{
    unsigned char bytes[1 + 32 + ISSUED_BYTES + FORM_KEY_BYTES + LIMIT_URL_BYTES];
    size_t n = 0;
    bytes[n++] = 'f';
    memcpy(bytes + n, bound, 32);
    n += 32;
    memcpy(bytes + n, head, ISSUED_BYTES + FORM_KEY_BYTES);
    n += ISSUED_BYTES + FORM_KEY_BYTES;
    size_t path_n = path.n < LIMIT_URL_BYTES ? path.n : LIMIT_URL_BYTES;
    memcpy(bytes + n, path.p, path_n);
    mac_of(signer, bytes, n + path_n, mac);
}

void form_key_make(struct signer *signer, const unsigned char bound[32], struct str path, int64_t now,
                   char text[FORM_KEY_TEXT])
{
    unsigned char key[ISSUED_BYTES + FORM_KEY_BYTES + MAC_BYTES];
    for (size_t i = 0; i < ISSUED_BYTES; i++) {
        key[i] = (unsigned char)((uint64_t)now >> (8 * (ISSUED_BYTES - 1 - i)));
    }
    take_random(signer, key + ISSUED_BYTES, FORM_KEY_BYTES);
    key_mac(signer, bound, key, path, key + ISSUED_BYTES + FORM_KEY_BYTES);
    to_hex(key, sizeof key, text);
}

bool form_key_check(struct signer *signer, const unsigned char bound[32], struct str path, int64_t now, struct str text,
                    unsigned char out[FORM_KEY_BYTES])
{
    unsigned char key[ISSUED_BYTES + FORM_KEY_BYTES + MAC_BYTES], mac[MAC_BYTES];
    if (text.n != FORM_KEY_TEXT || !hex_decode(text, key, sizeof key)) {
        return false;
    }
    key_mac(signer, bound, key, path, mac);
    uint64_t issued = 0;
    for (size_t i = 0; i < ISSUED_BYTES; i++) {
        issued = issued << 8 | key[i];
    }
    int64_t age = now - (int64_t)issued;
    if (CRYPTO_memcmp(mac, key + ISSUED_BYTES + FORM_KEY_BYTES, MAC_BYTES) != 0 || age < -60000 ||
        age > (int64_t)LIMIT_SESSION_HOURS * 3600 * 1000) {
        return false;
    }
    memcpy(out, key + ISSUED_BYTES, FORM_KEY_BYTES);
    return true;
}

static void guest_mac(struct signer *signer, const unsigned char guest[GUEST_BYTES], unsigned char mac[MAC_BYTES])
{
    unsigned char bytes[1 + GUEST_BYTES] = { 'g' };
    memcpy(bytes + 1, guest, GUEST_BYTES);
    mac_of(signer, bytes, sizeof bytes, mac);
}

void guest_make(struct signer *signer, unsigned char guest[GUEST_BYTES], char text[GUEST_TEXT])
{
    unsigned char whole[GUEST_BYTES + MAC_BYTES];
    take_random(signer, guest, GUEST_BYTES);
    memcpy(whole, guest, GUEST_BYTES);
    guest_mac(signer, guest, whole + GUEST_BYTES);
    to_hex(whole, sizeof whole, text);
}

bool guest_check(struct signer *signer, struct str text, unsigned char guest[GUEST_BYTES])
{
    unsigned char whole[GUEST_BYTES + MAC_BYTES], mac[MAC_BYTES];
    if (text.n != GUEST_TEXT || !hex_decode(text, whole, sizeof whole)) {
        return false;
    }
    guest_mac(signer, whole, mac);
    if (CRYPTO_memcmp(mac, whole + GUEST_BYTES, MAC_BYTES) != 0) {
        return false;
    }
    memcpy(guest, whole, GUEST_BYTES);
    return true;
}
