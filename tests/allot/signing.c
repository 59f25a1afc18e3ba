#include "signing.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool good)
{
    if (!good) {
        fprintf(stderr, "OpenSSL cannot sign\n");
        abort();
    }
}

EVP_PKEY *signing_key(uint8_t public_key[TRANSCRIPT_KEY_BYTES])
{
    size_t bytes = 0;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    must(key != NULL && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, public_key,
                                                        TRANSCRIPT_KEY_BYTES, &bytes) == 1);
    must(bytes == TRANSCRIPT_KEY_BYTES);
    return key;
}

void signing_sign(EVP_PKEY *key, struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message), der_bytes = 200;
    uint8_t der[200];
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    must(digest != NULL && context != NULL && EVP_PKEY_CTX_set1_id(context, "1234567812345678", 16) == 1);
    EVP_MD_CTX_set_pkey_ctx(digest, context);
    must(EVP_DigestSignInit(digest, NULL, EVP_sm3(), NULL, key) == 1 &&
         EVP_DigestSign(digest, der, &der_bytes, (const uint8_t *)message, bytes) == 1);
    const uint8_t *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_bytes);
    must(pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->signature, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->signature + 32, 32) == 32);
    ECDSA_SIG_free(pair);
    EVP_PKEY_CTX_free(context);
    EVP_MD_CTX_free(digest);
}
