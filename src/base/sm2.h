/* SM2 (GB/T 32918) with SM3, by OpenSSL: signatures with the identity 1234567812345678, and short texts sealed for the
 * holder of a key. */
#ifndef SM2_H
#define SM2_H

#include <stdbool.h>
#include <stddef.h>

enum { SM2_KEY = 65, SM2_SIGNATURE = 64, SM2_SECRET = 32, SM2_SEALED_MOST = 200 };

/* Key: 04, x, y. Signature: r, s. */
bool sm2_holds(const unsigned char key[SM2_KEY], const unsigned char signature[SM2_SIGNATURE], const void *message,
               size_t n);

/* A new pair. */
bool sm2_make(unsigned char secret[SM2_SECRET], unsigned char key[SM2_KEY]);
/* Each signature is another: a number is drawn for it. */
bool sm2_sign(const unsigned char secret[SM2_SECRET], const unsigned char key[SM2_KEY], const void *message, size_t n,
              unsigned char signature[SM2_SIGNATURE]);

/* Seals at most 64 bytes for who has the secret of the key, as DER (GB/T 35276); each sealing is another. *n is its
 * length, at most SM2_SEALED_MOST. */
bool sm2_seal(const unsigned char key[SM2_KEY], const void *plain, size_t plain_n,
              unsigned char sealed[SM2_SEALED_MOST], size_t *n);
/* false: it is not for this key, was changed, or is longer than `room`. */
bool sm2_open(const unsigned char secret[SM2_SECRET], const unsigned char key[SM2_KEY], const void *sealed, size_t n,
              void *plain, size_t room, size_t *plain_n);

#endif
