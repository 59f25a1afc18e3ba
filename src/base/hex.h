/* Bytes as lower-case hexadecimal text and back. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/arena.h"

struct str hex_encode(struct arena *arena, const void *bytes, size_t n);
/* Writes exactly n bytes; false (out partly written) unless s is 2n hexadecimal digits. */
bool hex_decode(struct str s, void *out, size_t n);

#endif
