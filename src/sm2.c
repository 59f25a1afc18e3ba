/* The key as OpenSSL wants it, the signature as DER, and one question. */
#include "sm2.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

static EVP_PKEY *key_of(const unsigned char key[SM2_KEY])
{
    char group[] = "SM2";
    unsigned char point[SM2_KEY];
    memcpy(point, key, sizeof point);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
                            OSSL_PARAM_construct_end() };
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        made = NULL;
    }
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
    static const char identity[] = "1234567812345678";
    unsigned char *der = NULL;
    int der_bytes = der_of(signature, &der);
    EVP_PKEY *pkey = key_of(key);
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
