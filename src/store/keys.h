/* The inside of the vault: key generations and the crypto of one thread's turn. For vault.c and seal.c.
 *
 * OpenSSL's contexts are expensive to make and cheap to reuse, and belong to one thread at a time. So the vault
 * has a row of seats, each with contexts that already hold the keys; a call takes a free seat by one atomic
 * exchange, works, and leaves. Which seat a thread tries first depends on the thread, so they rarely meet. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "store/vault.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SECRET = 32, GENERATIONS_MAX = 250, SEATS = 32, TAG = 16, HEADER = 3, NONCE_SM4 = 16, NONCE_AES = 12 };

/* The three keys that never change. */
enum lasting { LASTING_LOOKUP, LASTING_TOKEN, LASTING_JOURNAL, LASTING_COUNT };

struct generation_contexts {
    EVP_CIPHER_CTX *sm4; /* CTR is its own inverse */
    EVP_MAC_CTX *mac;
    EVP_CIPHER_CTX *aes_seal, *aes_open;
};

struct seat {
    _Atomic bool taken;
    struct generation_contexts *of[GENERATIONS_MAX + 1]; /* by key number; made when first used */
    EVP_MAC_CTX *lasting[LASTING_COUNT];
};

struct vault {
    char *folder;
    enum vault_cipher cipher;
    pthread_mutex_t rotating;
    _Atomic int generations;                            /* how many of secrets are ready */
    unsigned char secrets[GENERATIONS_MAX + 1][SECRET]; /* by key number, from 1 */
    unsigned char lasting[LASTING_COUNT][SECRET];
    EVP_MAC *hmac;
    EVP_CIPHER *sm4_ctr, *aes_gcm;
    struct seat seats[SEATS];
};

/* Fetches the algorithms; false when this OpenSSL lacks one. */
bool keys_prepare(struct vault *vault, struct error *error);
/* Reads the key file again: another process may have added a generation. */
bool keys_look_again(struct vault *vault, struct error *error);
void keys_free(struct vault *vault);

#endif
