/* The key as OpenSSL wants it, signatures and sealed texts as DER. */
#include "base/sm2.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

static const char identity[] = "1234567812345678";

/* secret NULL: the public key alone. */
static EVP_PKEY *key_of(const unsigned char key[SM2_KEY], const unsigned char *secret)
{
    char group[] = "SM2";
    unsigned char point[SM2_KEY], number[SM2_SECRET];
    memcpy(point, key, sizeof point);
    /* the number in the machine's own order of bytes, as OpenSSL's parameters have it */
    BIGNUM *big = secret ? BN_bin2bn(secret, SM2_SECRET, NULL) : NULL;
    if (secret && (!big || BN_bn2nativepad(big, number, SM2_SECRET) != SM2_SECRET)) {
        BN_clear_free(big);
        return NULL;
    }
    BN_clear_free(big);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
                            secret ? OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, sizeof number)
                                   : OSSL_PARAM_construct_end(),
                            OSSL_PARAM_construct_end() };
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &made, secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1) {
        made = NULL;
    }
    OPENSSL_cleanse(number, sizeof number);
    EVP_PKEY_CTX_free(context);
    return made;
}

/* r and s as DER, freed with OPENSSL_free; its length, or -1. */
static int der_of(const unsigned char signature[SM2_SIGNATURE], unsigned char **der)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, SM2_SIGNATURE / 2, NULL);
    BIGNUM *s = BN_bin2bn(signature + SM2_SIGNATURE / 2, SM2_SIGNATURE / 2, NULL);
    int n = -1;
    *der = NULL;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* they are the pair's now */
        n = i2d_ECDSA_SIG(pair, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return n;
}

bool sm2_holds(const unsigned char key[SM2_KEY], const unsigned char signature[SM2_SIGNATURE], const void *message,
               size_t n)
{
    unsigned char *der = NULL;
    int der_bytes = der_of(signature, &der);
    EVP_PKEY *pkey = key_of(key, NULL);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    bool holds =
        der_bytes > 0 && digest && context && EVP_PKEY_CTX_set1_id(context, identity, sizeof identity - 1) == 1;
    if (holds) {
        EVP_MD_CTX_set_pkey_ctx(digest, context);
        holds = EVP_DigestVerifyInit(digest, NULL, EVP_sm3(), NULL, pkey) == 1 &&
                EVP_DigestVerify(digest, der, (size_t)der_bytes, message, n) == 1;
    }
    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    OPENSSL_free(der);
    return holds;
}

bool sm2_make(unsigned char secret[SM2_SECRET], unsigned char key[SM2_KEY])
{
    EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    BIGNUM *number = NULL;
    size_t bytes = 0;
    bool good = made && EVP_PKEY_get_bn_param(made, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
                BN_bn2binpad(number, secret, SM2_SECRET) == SM2_SECRET &&
                EVP_PKEY_get_octet_string_param(made, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, key, SM2_KEY, &bytes) == 1 &&
                bytes == SM2_KEY && key[0] == 4;
    BN_clear_free(number);
    EVP_PKEY_free(made);
    return good;
}

/* r and s of a DER signature. */
static bool pair_of(const unsigned char *der, size_t n, unsigned char signature[SM2_SIGNATURE])
{
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)n);
    bool good =
        pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, SM2_SIGNATURE / 2) == SM2_SIGNATURE / 2 &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + SM2_SIGNATURE / 2, SM2_SIGNATURE / 2) == SM2_SIGNATURE / 2;
    ECDSA_SIG_free(pair);
    return good;
}

bool sm2_sign(const unsigned char secret[SM2_SECRET], const unsigned char key[SM2_KEY], const void *message, size_t n,
              unsigned char signature[SM2_SIGNATURE])
{
    unsigned char der[128];
    size_t der_bytes = sizeof der;
    EVP_PKEY *pkey = key_of(key, secret);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    bool good = digest && context && EVP_PKEY_CTX_set1_id(context, identity, sizeof identity - 1) == 1;
    if (good) {
        EVP_MD_CTX_set_pkey_ctx(digest, context);
        good = EVP_DigestSignInit(digest, NULL, EVP_sm3(), NULL, pkey) == 1 &&
               EVP_DigestSign(digest, der, &der_bytes, message, n) == 1 && pair_of(der, der_bytes, signature);
    }
    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return good;
}

enum { SEALED_PLAIN_MOST = 64 };

bool sm2_seal(const unsigned char key[SM2_KEY], const void *plain, size_t plain_n,
              unsigned char sealed[SM2_SEALED_MOST], size_t *n)
{
    EVP_PKEY *pkey = plain_n <= SEALED_PLAIN_MOST ? key_of(key, NULL) : NULL;
    EVP_PKEY_CTX *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    *n = SM2_SEALED_MOST;
    bool good =
        context && EVP_PKEY_encrypt_init(context) == 1 && EVP_PKEY_encrypt(context, sealed, n, plain, plain_n) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return good;
}

bool sm2_open(const unsigned char secret[SM2_SECRET], const unsigned char key[SM2_KEY], const void *sealed, size_t n,
              void *plain, size_t room, size_t *plain_n)
{
    unsigned char out[SM2_SEALED_MOST];
    EVP_PKEY *pkey = n <= SM2_SEALED_MOST ? key_of(key, secret) : NULL;
    EVP_PKEY_CTX *context = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;
    *plain_n = sizeof out;
    bool good = context && EVP_PKEY_decrypt_init(context) == 1 &&
                EVP_PKEY_decrypt(context, out, plain_n, sealed, n) == 1 && *plain_n <= room;
    if (good) {
        memcpy(plain, out, *plain_n);
    }
    OPENSSL_cleanse(out, sizeof out);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return good;
}
