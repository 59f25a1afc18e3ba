/*
 * Merkle trees of the shape of RFC 6962: leaf = H(0x00 ‖ bytes), node = H(0x01 ‖ left ‖ right), and a tree of n > 1
 * leaves splits at the largest power of two below n. The root of no leaves is H("").
 *
 * The hash is a parameter (`struct merkle_hash`): SM3 is given here, another 32-byte hash needs only its three
 * functions. Leaves are added one after the other and only log2(n) nodes are kept, so that a list can be committed to
 * while it streams by; who gives many proofs keeps all nodes instead. No allocation.
 */
#ifndef ALLOT_MERKLE_H
#define ALLOT_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_BYTES 32
#define MERKLE_DEPTH 64

struct merkle_hash {
    const char *name;
    void (*empty)(uint8_t digest[MERKLE_BYTES]);
    void (*leaf)(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES]);
    void (*node)(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES], uint8_t digest[MERKLE_BYTES]);
};

extern const struct merkle_hash merkle_sm3;

struct merkle_tree {
    const struct merkle_hash *hash;
    uint64_t leaves;
    uint8_t peak[MERKLE_DEPTH][MERKLE_BYTES]; /* roots of the full subtrees, largest first */
    unsigned peaks;
};

void merkle_start(struct merkle_tree *tree, const struct merkle_hash *hash);
void merkle_add(struct merkle_tree *tree, const void *bytes, size_t count);
void merkle_add_leaf_hash(struct merkle_tree *tree, const uint8_t leaf[MERKLE_BYTES]);
/* The root of what was added so far; the tree can still grow. */
void merkle_root(const struct merkle_tree *tree, uint8_t root[MERKLE_BYTES]);

/* How many nodes the inclusion proof of leaf `index` among `leaves` has; at most MERKLE_DEPTH. */
unsigned merkle_path_length(uint64_t index, uint64_t leaves);

/* The kept tree, of which every proof is read and none computed: merkle_nodes() nodes, the leaf hashes first, then each
 * level above from left to right, the root last. merkle_fill makes all but the leaf hashes. */
uint64_t merkle_nodes(uint64_t leaves);
void merkle_fill(const struct merkle_hash *hash, uint8_t (*node)[MERKLE_BYTES], uint64_t leaves);
/* Inclusion proof of leaf `index` (< leaves) from a kept tree: writes merkle_path_length() nodes, from the leaf's
 * sibling upwards, and returns their number. */
unsigned merkle_path(const uint8_t (*node)[MERKLE_BYTES], uint64_t leaves, uint64_t index,
                     uint8_t path[MERKLE_DEPTH][MERKLE_BYTES]);

/* True when the path leads from this leaf hash at this index to this root. */
bool merkle_path_holds(const struct merkle_hash *hash, const uint8_t leaf[MERKLE_BYTES], uint64_t index,
                       uint64_t leaves, const uint8_t (*path)[MERKLE_BYTES], unsigned nodes,
                       const uint8_t root[MERKLE_BYTES]);

#endif
