/* Receipts: what a family holds in its hand. 16 characters in groups of four, 7KQM-2XPA-… : 15 drawn at random
 * from an alphabet of 32 without I, O, 0, 1 (75 bits: not to be guessed), and one check character, so that a wrong
 * character or two that were swapped are noticed before anybody searches.
 *
 * The check: characters are elements of GF(32); the sum over i of α^i·c(i) is 0, α being a generator of order 31. A
 * single wrong character changes the sum, and so does any swap of two different ones.
 */
#ifndef PLACES_RECEIPT_H
#define PLACES_RECEIPT_H

#include "base/arena.h"
#include "base/error.h"

enum { RECEIPT_CHARACTERS = 16, RECEIPT_BYTES = 19 };

/* From 15 random bytes (5 bits of each are used) to "XXXX-XXXX-XXXX-XXXX" and a NUL. */
void receipt_make(const unsigned char random[15], char out[RECEIPT_BYTES + 1]);
/* As typed: lower case, blanks, dashes or none. False when it cannot be a receipt; else its one form in the arena. */
bool receipt_read(struct arena *arena, struct str typed, struct str *out);

#endif
