/* Keys of forms: `issued(8) ‖ random(16) ‖ mac(16)` as hexadecimal text.
 *
 * The MAC covers the session (or the guest's number) and the path that the form is sent to, so a key cannot be made by
 * a stranger's page nor be used elsewhere. The random part names the action: every retry of the same page carries the
 * same one, and the command claims it once.
 */
#include "web/inside.h"

#include "base/hex.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { MAC_BYTES = 16, ISSUED_BYTES = 8 };

static void to_hex(const unsigned char *bytes, size_t n, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static void mac_of(const unsigned char secret[32], const unsigned char *bytes, size_t n, unsigned char mac[MAC_BYTES])
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), secret, 32, bytes, n, whole, &size) || size < MAC_BYTES) {
        abort();
    }
    memcpy(mac, whole, MAC_BYTES);
}

/* The bytes under the MAC: purpose, bound, issued ‖ random, path. */
static void key_mac(const unsigned char secret[32], const unsigned char bound[32],
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
    mac_of(secret, bytes, n + path_n, mac);
}

void form_key_make(const unsigned char secret[32], const unsigned char bound[32], struct str path, int64_t now,
                   char text[FORM_KEY_TEXT])
{
    unsigned char key[ISSUED_BYTES + FORM_KEY_BYTES + MAC_BYTES];
    for (size_t i = 0; i < ISSUED_BYTES; i++) {
        key[i] = (unsigned char)((uint64_t)now >> (8 * (ISSUED_BYTES - 1 - i)));
    }
    if (RAND_bytes(key + ISSUED_BYTES, FORM_KEY_BYTES) != 1) {
        abort();
    }
    key_mac(secret, bound, key, path, key + ISSUED_BYTES + FORM_KEY_BYTES);
    to_hex(key, sizeof key, text);
}

bool form_key_check(const unsigned char secret[32], const unsigned char bound[32], struct str path, int64_t now,
                    struct str text, unsigned char out[FORM_KEY_BYTES])
{
    unsigned char key[ISSUED_BYTES + FORM_KEY_BYTES + MAC_BYTES], mac[MAC_BYTES];
    if (text.n != FORM_KEY_TEXT || !hex_decode(text, key, sizeof key)) {
        return false;
    }
    key_mac(secret, bound, key, path, mac);
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

static void guest_mac(const unsigned char secret[32], const unsigned char guest[GUEST_BYTES],
                      unsigned char mac[MAC_BYTES])
{
    unsigned char bytes[1 + GUEST_BYTES] = { 'g' };
    memcpy(bytes + 1, guest, GUEST_BYTES);
    mac_of(secret, bytes, sizeof bytes, mac);
}

void guest_make(const unsigned char secret[32], unsigned char guest[GUEST_BYTES], char text[GUEST_TEXT])
{
    unsigned char whole[GUEST_BYTES + MAC_BYTES];
    if (RAND_bytes(guest, GUEST_BYTES) != 1) {
        abort();
    }
    memcpy(whole, guest, GUEST_BYTES);
    guest_mac(secret, guest, whole + GUEST_BYTES);
    to_hex(whole, sizeof whole, text);
}

bool guest_check(const unsigned char secret[32], struct str text, unsigned char guest[GUEST_BYTES])
{
    unsigned char whole[GUEST_BYTES + MAC_BYTES], mac[MAC_BYTES];
    if (text.n != GUEST_TEXT || !hex_decode(text, whole, sizeof whole)) {
        return false;
    }
    guest_mac(secret, whole, mac);
    if (CRYPTO_memcmp(mac, whole + GUEST_BYTES, MAC_BYTES) != 0) {
        return false;
    }
    memcpy(guest, whole, GUEST_BYTES);
    return true;
}
