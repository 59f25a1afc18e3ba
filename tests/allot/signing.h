/* Keys and signatures of transcripts, by OpenSSL, for tests: the library has no SM2. A failure ends the program. */
#ifndef TESTS_ALLOT_SIGNING_H
#define TESTS_ALLOT_SIGNING_H

#include "allot/transcript.h"

#include <openssl/evp.h>

/* A fresh key; freed with EVP_PKEY_free. */
EVP_PKEY *signing_key(uint8_t public_key[TRANSCRIPT_KEY_BYTES]);
/* Fills in the signature of what transcript_to_sign gave. */
void signing_sign(EVP_PKEY *key, struct transcript_signature *signature);

#endif
