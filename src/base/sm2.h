/* Signatures of transcripts: SM2 (GB/T 32918) with SM3 and the identity 1234567812345678, by OpenSSL. */
#ifndef SM2_H
#define SM2_H

#include <stdbool.h>
#include <stddef.h>

enum { SM2_KEY = 65, SM2_SIGNATURE = 64, SM2_SECRET = 32 };

/* Key: 04, x, y. Signature: r, s. */
bool sm2_holds(const unsigned char key[SM2_KEY], const unsigned char signature[SM2_SIGNATURE], const void *message,
               size_t n);

/* A new pair. */
bool sm2_make(unsigned char secret[SM2_SECRET], unsigned char key[SM2_KEY]);
/* Each signature is another: a number is drawn for it. */
bool sm2_sign(const unsigned char secret[SM2_SECRET], const unsigned char key[SM2_KEY], const void *message, size_t n,
              unsigned char signature[SM2_SIGNATURE]);

#endif
