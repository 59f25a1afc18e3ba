/* The root to which a proof's nodes lead, computed a second time from RFC 9162, section 2.1.3.2, with the plain hashes
 * alone: for the target that checks accepted proofs and for the mutator that repairs them. */
#ifndef TESTS_FUZZ_PATH_H
#define TESTS_FUZZ_PATH_H

#include "allot/transcript.h"

/* Of a line without its line feed. */
void path_leaf(enum transcript_hash hash, const char *line, size_t bytes, uint8_t digest[32]);
/* False when there are too many or too few nodes, or index is not below count. */
bool path_root(enum transcript_hash hash, const uint8_t leaf[32], uint64_t index, uint64_t count,
               const uint8_t (*node)[32], size_t nodes, uint8_t root[32]);

#endif
