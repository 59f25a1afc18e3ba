/*
 * Merkle trees of the shape of RFC 6962: leaf = H(0x00 ‖ bytes), node = H(0x01 ‖ left ‖ right), and a tree of n > 1
 * leaves splits at the largest power of two below n. The root of no leaves is H("").
 *
 * The hash is a parameter (`struct merkle_hash`): SM3 and SHA-256 are given here, another 32-byte hash needs only its
 * three functions.
 *
 * Two ways, which can be mixed. Leaves added one after the other: only log2(n) nodes are kept, so that a list can be
 * committed to while it streams by. Or, several times as fast, many at once: the hashes of many leaves
 * (merkle_leaves), then their tree (merkle_root_of), or batch by batch into a tree that streams (merkle_add_leaves).
 * The second way needs up to 40 KiB of stack.
 */
#ifndef ALLOT_MERKLE_H
#define ALLOT_MERKLE_H

#include "allot/allot.h"
#include "allot/blocks.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MERKLE_BYTES HASH_BYTES
#define MERKLE_DEPTH 64

struct merkle_hash {
    const char *name;
    void (*empty)(uint8_t digest[MERKLE_BYTES]);
    void (*leaf)(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES]);
    void (*node)(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES], uint8_t digest[MERKLE_BYTES]);
    /* digest[i] = H(mark ‖ piece[i]), many at once; NULL: there is no quicker way than one by one. */
    void (*many)(uint8_t mark, const struct hash_piece *piece, size_t count, uint8_t (*digest)[MERKLE_BYTES]);
};

extern const struct merkle_hash merkle_sm3;
extern const struct merkle_hash merkle_sha256;

/* What a leaf says; bytes may be NULL when count is 0. */
#define merkle_piece hash_piece

/* The leaf hashes of many: digest[i] = H(0x00 ‖ piece[i]). The pieces must not lie in digest. Batches of a few hundred
 * or more are worth it; any number is right. */
void merkle_leaves(const struct merkle_hash *hash, const struct merkle_piece *piece, size_t count,
                   uint8_t (*digest)[MERKLE_BYTES]);
/* The same with the host's workers (NULL: alone). */
void merkle_leaves_of(const struct merkle_hash *hash, const struct merkle_piece *piece, size_t count,
                      const struct allot_host *host, uint8_t (*digest)[MERKLE_BYTES]);

/* One level of a tree: above[i] = the node over below[2 i] and below[2 i + 1]. `above` may be `below` itself. */
void merkle_level(const struct merkle_hash *hash, const uint8_t (*below)[MERKLE_BYTES], size_t pairs,
                  uint8_t (*above)[MERKLE_BYTES]);

/* The root over all leaf hashes. With workers it asks the host for a little memory (32 bytes for each 1,024 leaves),
 * and does without when there is none. */
void merkle_root_of(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], size_t leaves,
                    const struct allot_host *host, uint8_t root[MERKLE_BYTES]);

struct merkle_tree {
    const struct merkle_hash *hash;
    uint64_t leaves;
    uint8_t peak[MERKLE_DEPTH][MERKLE_BYTES]; /* roots of the full subtrees, largest first */
    unsigned peaks;
};

void merkle_start(struct merkle_tree *tree, const struct merkle_hash *hash);
void merkle_add(struct merkle_tree *tree, const void *bytes, size_t count);
void merkle_add_leaf_hash(struct merkle_tree *tree, const uint8_t leaf[MERKLE_BYTES]);
/* A batch of leaf hashes. Best when the numbers of leaves before and in the batch are multiples of 1,024. */
void merkle_add_leaves(struct merkle_tree *tree, const uint8_t (*leaf)[MERKLE_BYTES], size_t count);
/* The root of what was added so far; the tree can still grow. */
void merkle_root(const struct merkle_tree *tree, uint8_t root[MERKLE_BYTES]);

/* How many nodes the inclusion proof of leaf `index` among `leaves` has; at most MERKLE_DEPTH. */
unsigned merkle_path_length(uint64_t index, uint64_t leaves);

/* Inclusion proof of leaf `index` (< leaves) from the array of all leaf hashes: writes merkle_path_length() nodes,
 * from the leaf's sibling upwards, and returns their number. */
unsigned merkle_path(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], uint64_t leaves,
                     uint64_t index, uint8_t path[MERKLE_DEPTH][MERKLE_BYTES]);

/* For many proofs of one tree: all its nodes, level by level, the leaf hashes first and the root last. A level's last
 * node that has no neighbour rises to the next level as it is. How many there are, leaf hashes among them (0 leaves: 0;
 * below 2^62 leaves there is no overflow): */
uint64_t merkle_nodes_count(uint64_t leaves);
/* Fills node[leaves] … node[merkle_nodes_count(leaves) - 1] from the leaf hashes node[0] … node[leaves - 1]. */
void merkle_nodes(const struct merkle_hash *hash, size_t leaves, const struct allot_host *host,
                  uint8_t (*node)[MERKLE_BYTES]);
/* As merkle_path, without hashing anything. */
unsigned merkle_nodes_path(const uint8_t (*node)[MERKLE_BYTES], uint64_t leaves, uint64_t index,
                           uint8_t path[MERKLE_DEPTH][MERKLE_BYTES]);

/* True when the path leads from this leaf hash at this index to this root. */
bool merkle_path_holds(const struct merkle_hash *hash, const uint8_t leaf[MERKLE_BYTES], uint64_t index,
                       uint64_t leaves, const uint8_t (*path)[MERKLE_BYTES], unsigned nodes,
                       const uint8_t root[MERKLE_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
