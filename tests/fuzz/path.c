/* See path.h. */
#include "path.h"

#include "allot/sha256.h"

#include <stdlib.h>
#include <string.h>

static void hash_of(enum transcript_hash hash, const uint8_t *bytes, size_t count, uint8_t digest[32])
{
    if (hash == TRANSCRIPT_HASH_SM3) {
        sm3_of(bytes, count, digest);
    } else {
        sha256_of(bytes, count, digest);
    }
}

void path_leaf(enum transcript_hash hash, const char *line, size_t bytes, uint8_t digest[32])
{
    uint8_t *message = malloc(bytes + 1);
    message[0] = 0;
    memcpy(message + 1, line, bytes);
    hash_of(hash, message, bytes + 1, digest);
    free(message);
}

bool path_root(enum transcript_hash hash, const uint8_t leaf[32], uint64_t index, uint64_t count,
               const uint8_t (*node)[32], size_t nodes, uint8_t root[32])
{
    if (index >= count) {
        return false;
    }
    uint64_t first = index, last = count - 1;
    uint8_t message[65] = { 1 };
    memcpy(root, leaf, 32);
    for (size_t i = 0; i < nodes; i++) {
        if (last == 0) {
            return false;
        }
        bool right = first % 2 == 1 || first == last;
        memcpy(message + 1, right ? node[i] : root, 32);
        memcpy(message + 33, right ? root : node[i], 32);
        hash_of(hash, message, sizeof message, root);
        if (right) {
            while (first % 2 == 0 && first != 0) {
                first >>= 1;
                last >>= 1;
            }
        }
        first >>= 1;
        last >>= 1;
    }
    return last == 0;
}
