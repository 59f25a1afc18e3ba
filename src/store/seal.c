/* Sealing, opening, keyed hashes: see vault.h for the formats, keys.h for the seats. */
#include "store/keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sched.h>
#include <stdlib.h>

bool keys_prepare(struct vault *vault, struct error *error)
{
    vault->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    vault->sm4_ctr = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
    vault->aes_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (!vault->hmac || !vault->sm4_ctr || !vault->aes_gcm) {
        return error_set(error, "this OpenSSL lacks HMAC, SM4-CTR or AES-256-GCM");
    }
    return true;
}

static void free_contexts(struct generation_contexts *contexts)
{
    if (contexts) {
        EVP_CIPHER_CTX_free(contexts->sm4);
        EVP_CIPHER_CTX_free(contexts->aes_seal);
        EVP_CIPHER_CTX_free(contexts->aes_open);
        EVP_MAC_CTX_free(contexts->mac);
        free(contexts);
    }
}

void keys_free(struct vault *vault)
{
    for (int i = 0; i < SEATS; i++) {
        for (int g = 0; g <= GENERATIONS_MAX; g++) {
            free_contexts(vault->seats[i].of[g]);
        }
        for (int k = 0; k < LASTING_COUNT; k++) {
            EVP_MAC_CTX_free(vault->seats[i].lasting[k]);
        }
    }
    EVP_MAC_free(vault->hmac);
    EVP_CIPHER_free(vault->sm4_ctr);
    EVP_CIPHER_free(vault->aes_gcm);
}

/* ---- seats ---- */

static struct seat *sit(struct vault *vault)
{
    size_t i = (size_t)((uint64_t)pthread_self() * 0x9E3779B97F4A7C15u >> 40);
    for (size_t tries = 1;; tries++, i++) {
        struct seat *seat = &vault->seats[i % SEATS];
        if (!atomic_exchange_explicit(&seat->taken, true, memory_order_acquire)) {
            return seat;
        }
        if (tries % SEATS == 0) {
            (void)sched_yield();
        }
    }
}

static void leave(struct seat *seat)
{
    atomic_store_explicit(&seat->taken, false, memory_order_release);
}

static EVP_MAC_CTX *mac_new(struct vault *vault, const unsigned char key[SECRET])
{
    char digest[] = "SM3";
    OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                OSSL_PARAM_construct_end() };
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(vault->hmac);
    if (!context || EVP_MAC_init(context, key, SECRET, parameters) != 1) {
        abort(); /* SM3 was there when the vault was opened: only memory can be missing */
    }
    return context;
}

/* HMAC-SM3 over the parts; the context keeps its key. */
static void mac_parts(EVP_MAC_CTX *context, const struct str *parts, size_t count, unsigned char out[VAULT_HASH])
{
    size_t n = 0;
    bool ok = EVP_MAC_init(context, NULL, 0, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        ok = parts[i].n == 0 || EVP_MAC_update(context, (const unsigned char *)parts[i].p, parts[i].n) == 1;
    }
    if (!ok || EVP_MAC_final(context, out, &n, VAULT_HASH) != 1 || n != VAULT_HASH) {
        abort(); /* as above */
    }
}

/* A key of a generation: HMAC-SM3(secret, label). */
static void derive(struct vault *vault, const unsigned char secret[SECRET], const char *label,
                   unsigned char out[SECRET])
{
    EVP_MAC_CTX *context = mac_new(vault, secret);
    struct str part = str_of(label);
    mac_parts(context, &part, 1, out);
    EVP_MAC_CTX_free(context);
}

static EVP_CIPHER_CTX *cipher_new(const EVP_CIPHER *cipher, const unsigned char *key, int seal)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context || EVP_CipherInit_ex2(context, cipher, key, NULL, seal, NULL) != 1) {
        abort();
    }
    return context;
}

static struct generation_contexts *contexts_of(struct vault *vault, struct seat *seat, int number)
{
    if (!seat->of[number]) {
        struct generation_contexts *contexts = calloc(1, sizeof *contexts);
        if (!contexts) {
            abort();
        }
        unsigned char key[SECRET];
        derive(vault, vault->secrets[number], "jiaoti SM4-CTR", key); /* its first 16 bytes */
        contexts->sm4 = cipher_new(vault->sm4_ctr, key, 1);
        derive(vault, vault->secrets[number], "jiaoti HMAC-SM3", key);
        contexts->mac = mac_new(vault, key);
        derive(vault, vault->secrets[number], "jiaoti AES-256-GCM", key);
        contexts->aes_seal = cipher_new(vault->aes_gcm, key, 1);
        contexts->aes_open = cipher_new(vault->aes_gcm, key, 0);
        OPENSSL_cleanse(key, sizeof key);
        seat->of[number] = contexts;
    }
    return seat->of[number];
}

/* ---- the two ciphers ---- */

static void sm4_tag(struct generation_contexts *keys, const char *purpose, struct str header_to_text,
                    unsigned char tag[VAULT_HASH])
{
    /* The purpose with its NUL: no purpose is the beginning of another. */
    const struct str parts[] = { { purpose, strlen(purpose) + 1 }, header_to_text };
    mac_parts(keys->mac, parts, 2, tag);
}

static bool sm4_xor(struct generation_contexts *keys, const unsigned char *nonce, const void *in, size_t n, char *out)
{
    int done = 0;
    return EVP_CipherInit_ex2(keys->sm4, NULL, NULL, nonce, 1, NULL) == 1 &&
           (n == 0 || EVP_CipherUpdate(keys->sm4, (unsigned char *)out, &done, in, (int)n) == 1);
}

/* Both work on out = header ‖ nonce ‖ room for n bytes ‖ room for the tag; header and nonce are there already. */
static bool seal_sm4(struct generation_contexts *keys, const char *purpose, struct str plain, char *out)
{
    size_t front = HEADER + NONCE_SM4;
    unsigned char tag[VAULT_HASH];
    if (!sm4_xor(keys, (const unsigned char *)out + HEADER, plain.p, plain.n, out + front)) {
        return false;
    }
    sm4_tag(keys, purpose, (struct str){ out, front + plain.n }, tag);
    memcpy(out + front + plain.n, tag, TAG);
    return true;
}

static bool aes_start(EVP_CIPHER_CTX *context, const char *purpose, const char *header)
{
    int done;
    const unsigned char *h = (const unsigned char *)header;
    return EVP_CipherInit_ex2(context, NULL, NULL, h + HEADER, -1, NULL) == 1 &&
           EVP_CipherUpdate(context, NULL, &done, (const unsigned char *)purpose, (int)strlen(purpose) + 1) == 1 &&
           EVP_CipherUpdate(context, NULL, &done, h, HEADER) == 1;
}

static bool seal_aes(struct generation_contexts *keys, const char *purpose, struct str plain, char *out)
{
    int done = 0;
    unsigned char *text = (unsigned char *)out + HEADER + NONCE_AES;
    EVP_CIPHER_CTX *context = keys->aes_seal;
    return aes_start(context, purpose, out) &&
           (plain.n == 0 ||
            EVP_CipherUpdate(context, text, &done, (const unsigned char *)plain.p, (int)plain.n) == 1) &&
           EVP_CipherFinal_ex(context, text + plain.n, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, text + plain.n) == 1;
}

static bool open_sm4(struct generation_contexts *keys, const char *purpose, struct str sealed, char *out, size_t n)
{
    unsigned char tag[VAULT_HASH];
    sm4_tag(keys, purpose, (struct str){ sealed.p, sealed.n - TAG }, tag);
    return CRYPTO_memcmp(tag, sealed.p + sealed.n - TAG, TAG) == 0 &&
           sm4_xor(keys, (const unsigned char *)sealed.p + HEADER, sealed.p + HEADER + NONCE_SM4, n, out);
}

static bool open_aes(struct generation_contexts *keys, const char *purpose, struct str sealed, char *out, size_t n)
{
    int done = 0;
    EVP_CIPHER_CTX *context = keys->aes_open;
    const unsigned char *text = (const unsigned char *)sealed.p + HEADER + NONCE_AES;
    unsigned char tag[TAG];
    memcpy(tag, text + n, TAG);
    return aes_start(context, purpose, sealed.p) &&
           (n == 0 || EVP_CipherUpdate(context, (unsigned char *)out, &done, text, (int)n) == 1) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
           EVP_CipherFinal_ex(context, (unsigned char *)out + n, &done) == 1;
}

/* ---- the public face ---- */

int vault_key_number(struct vault *vault)
{
    return atomic_load_explicit(&vault->generations, memory_order_acquire);
}

static void header(unsigned char out[HEADER], enum vault_cipher cipher, int number)
{
    out[0] = (unsigned char)cipher;
    out[1] = (unsigned char)(number >> 8);
    out[2] = (unsigned char)number;
}

void vault_seal_prefix(struct vault *vault, unsigned char out[3])
{
    header(out, vault->cipher, vault_key_number(vault));
}

bool vault_seal(struct vault *vault, struct arena *arena, const char *purpose, struct str plain, struct str *sealed,
                struct error *error)
{
    if (plain.n > INT32_MAX / 2) {
        return error_set(error, "too long to be sealed");
    }
    bool sm4 = vault->cipher == VAULT_SM4;
    size_t nonce = sm4 ? NONCE_SM4 : NONCE_AES;
    size_t n = HEADER + nonce + plain.n + TAG;
    char *out = arena_alloc(arena, n);
    int number = vault_key_number(vault);
    header((unsigned char *)out, vault->cipher, number);
    if (!vault_random(out + HEADER, nonce, error)) {
        return false;
    }
    struct seat *seat = sit(vault);
    struct generation_contexts *keys = contexts_of(vault, seat, number);
    bool ok = sm4 ? seal_sm4(keys, purpose, plain, out) : seal_aes(keys, purpose, plain, out);
    leave(seat);
    if (!ok) {
        return error_set(error, "OpenSSL could not seal a field");
    }
    *sealed = (struct str){ out, n };
    return true;
}

bool vault_unseal(struct vault *vault, struct arena *arena, const char *purpose, struct str sealed, struct str *plain,
                  struct error *error)
{
    const unsigned char *s = (const unsigned char *)sealed.p;
    int cipher = sealed.n > HEADER ? s[0] : 0;
    size_t nonce = cipher == VAULT_SM4 ? NONCE_SM4 : NONCE_AES;
    if ((cipher != VAULT_SM4 && cipher != VAULT_AES) || sealed.n < HEADER + nonce + TAG || sealed.n > INT32_MAX / 2) {
        return error_set(error, "a sealed field (%s) is not whole", purpose);
    }
    int number = s[1] << 8 | s[2];
    if (number > vault_key_number(vault) && number <= GENERATIONS_MAX && !keys_look_again(vault, error)) {
        return false;
    }
    if (number < 1 || number > vault_key_number(vault)) {
        return error_set(error, "a sealed field (%s) needs key %d, which is not in the key file: is it an old copy?",
                         purpose, number);
    }
    size_t n = sealed.n - HEADER - nonce - TAG;
    char *out = arena_alloc(arena, n + 1);
    struct seat *seat = sit(vault);
    struct generation_contexts *keys = contexts_of(vault, seat, number);
    bool ok = cipher == VAULT_SM4 ? open_sm4(keys, purpose, sealed, out, n) : open_aes(keys, purpose, sealed, out, n);
    leave(seat);
    if (!ok) {
        OPENSSL_cleanse(out, n);
        return error_set(error, "a sealed field (%s) does not open: it was changed, moved, or sealed by another key",
                         purpose);
    }
    *plain = (struct str){ out, n };
    return true;
}

static void lasting_mac(struct vault *vault, enum lasting which, const struct str *parts, size_t count,
                        unsigned char out[VAULT_HASH])
{
    struct seat *seat = sit(vault);
    if (!seat->lasting[which]) {
        seat->lasting[which] = mac_new(vault, vault->lasting[which]);
    }
    mac_parts(seat->lasting[which], parts, count, out);
    leave(seat);
}

void vault_hash(struct vault *vault, const char *purpose, struct str plain, unsigned char out[VAULT_HASH])
{
    const struct str parts[] = { { purpose, strlen(purpose) + 1 }, plain };
    lasting_mac(vault, LASTING_LOOKUP, parts, 2, out);
}

struct str vault_hash_in(struct vault *vault, struct arena *arena, const char *purpose, struct str plain)
{
    char *out = arena_alloc(arena, VAULT_HASH);
    vault_hash(vault, purpose, plain, (unsigned char *)out);
    return (struct str){ out, VAULT_HASH };
}

void vault_mac(struct vault *vault, const char *purpose, struct str bytes, unsigned char out[VAULT_HASH])
{
    const struct str parts[] = { { purpose, strlen(purpose) + 1 }, bytes };
    lasting_mac(vault, LASTING_TOKEN, parts, 2, out);
}

void vault_journal_mac(struct vault *vault, struct str a, struct str b, unsigned char out[VAULT_HASH])
{
    const struct str parts[] = { a, b };
    lasting_mac(vault, LASTING_JOURNAL, parts, 2, out);
}

bool vault_same(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

bool vault_random(void *out, size_t n, struct error *error)
{
    if (n > INT32_MAX || RAND_bytes(out, (int)n) != 1) {
        return error_set(error, "the system's generator of random bytes failed");
    }
    return true;
}
