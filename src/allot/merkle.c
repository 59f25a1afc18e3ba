/*
 * The streaming tree is a stack of full subtrees, one for each bit of the number of leaves, largest first: adding a
 * leaf merges equal neighbours exactly as a binary counter carries. The root folds the stack from the right. The kept
 * tree pairs the nodes of a level from the left, and an odd one at its end rises as it is: the same tree.
 *
 * What must hold: the streamed root, the last node of the kept tree and the root reached by any proof are the same.
 */
#include "allot/merkle.h"

#include "allot/sm3.h"

#include <string.h>

static void empty_sm3(uint8_t digest[MERKLE_BYTES])
{
    sm3_of("", 0, digest);
}

static void leaf_sm3(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    struct sm3 sm3;
    sm3_start(&sm3);
    sm3_add(&sm3, "\x00", 1);
    sm3_add(&sm3, bytes, count);
    sm3_end(&sm3, digest);
}

static void node_sm3(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES], uint8_t digest[MERKLE_BYTES])
{
    uint8_t both[1 + 2 * MERKLE_BYTES];
    both[0] = 1;
    memcpy(both + 1, left, MERKLE_BYTES);
    memcpy(both + 1 + MERKLE_BYTES, right, MERKLE_BYTES);
    sm3_of(both, sizeof both, digest);
}

const struct merkle_hash merkle_sm3 = { "sm3", empty_sm3, leaf_sm3, node_sm3 };

void merkle_start(struct merkle_tree *tree, const struct merkle_hash *hash)
{
    tree->hash = hash;
    tree->leaves = 0;
    tree->peaks = 0;
}

void merkle_add(struct merkle_tree *tree, const void *bytes, size_t count)
{
    uint8_t leaf[MERKLE_BYTES];
    tree->hash->leaf(bytes, count, leaf);
    merkle_add_leaf_hash(tree, leaf);
}

void merkle_add_leaf_hash(struct merkle_tree *tree, const uint8_t leaf[MERKLE_BYTES])
{
    memcpy(tree->peak[tree->peaks++], leaf, MERKLE_BYTES);
    for (uint64_t carry = tree->leaves; carry & 1; carry >>= 1) {
        tree->peaks--;
        tree->hash->node(tree->peak[tree->peaks - 1], tree->peak[tree->peaks], tree->peak[tree->peaks - 1]);
    }
    tree->leaves++;
}

void merkle_root(const struct merkle_tree *tree, uint8_t root[MERKLE_BYTES])
{
    if (tree->peaks == 0) {
        tree->hash->empty(root);
        return;
    }
    uint8_t folded[MERKLE_BYTES];
    memcpy(folded, tree->peak[tree->peaks - 1], MERKLE_BYTES);
    for (unsigned i = tree->peaks - 1; i > 0; i--) {
        tree->hash->node(tree->peak[i - 1], folded, folded);
    }
    memcpy(root, folded, MERKLE_BYTES);
}

/* The largest power of two below n, for n > 1. */
static uint64_t split_of(uint64_t leaves)
{
    uint64_t split = 1;
    while (split < leaves - split) {
        split *= 2;
    }
    return split;
}

unsigned merkle_path_length(uint64_t index, uint64_t leaves)
{
    unsigned length = 0;
    while (leaves > 1) {
        uint64_t split = split_of(leaves);
        if (index < split) {
            leaves = split;
        } else {
            index -= split;
            leaves -= split;
        }
        length++;
    }
    return length;
}

uint64_t merkle_nodes(uint64_t leaves)
{
    uint64_t nodes = leaves;
    while (leaves > 1) {
        leaves -= leaves / 2;
        nodes += leaves;
    }
    return nodes;
}

void merkle_fill(const struct merkle_hash *hash, uint8_t (*node)[MERKLE_BYTES], uint64_t leaves)
{
    for (uint64_t count = leaves; count > 1; count -= count / 2) {
        uint8_t(*above)[MERKLE_BYTES] = node + count;
        for (uint64_t i = 0; i < count / 2; i++) {
            hash->node(node[2 * i], node[2 * i + 1], above[i]);
        }
        if (count % 2) {
            memcpy(above[count / 2], node[count - 1], MERKLE_BYTES);
        }
        node = above;
    }
}

unsigned merkle_path(const uint8_t (*node)[MERKLE_BYTES], uint64_t leaves, uint64_t index,
                     uint8_t path[MERKLE_DEPTH][MERKLE_BYTES])
{
    unsigned length = 0;
    for (uint64_t count = leaves; count > 1; count -= count / 2) {
        if ((index ^ 1) < count) { /* else it is the odd one, which rises without a sibling */
            memcpy(path[length++], node[index ^ 1], MERKLE_BYTES);
        }
        node += count;
        index >>= 1;
    }
    return length;
}

bool merkle_path_holds(const struct merkle_hash *hash, const uint8_t leaf[MERKLE_BYTES], uint64_t index,
                       uint64_t leaves, const uint8_t (*path)[MERKLE_BYTES], unsigned nodes,
                       const uint8_t root[MERKLE_BYTES])
{
    if (index >= leaves || nodes != merkle_path_length(index, leaves)) {
        return false;
    }
    /* From the leaf upwards, as RFC 9162 (2.1.3.2) walks: `last` is the rightmost index of the level. A left end
     * without a right neighbour rises without a node. */
    uint8_t digest[MERKLE_BYTES];
    memcpy(digest, leaf, MERKLE_BYTES);
    uint64_t last = leaves - 1;
    for (unsigned i = 0; i < nodes; i++) {
        while (!(index & 1) && index == last) {
            index >>= 1;
            last >>= 1;
        }
        if (index & 1) {
            hash->node(path[i], digest, digest);
        } else {
            hash->node(digest, path[i], digest);
        }
        index >>= 1;
        last >>= 1;
    }
    return memcmp(digest, root, MERKLE_BYTES) == 0;
}
