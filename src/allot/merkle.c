/*
 * The streaming tree is a stack of full subtrees, one for each bit of the number of leaves, largest first: adding a
 * leaf merges equal neighbours exactly as a binary counter carries. The root folds the stack from the right. A batch is
 * cut into full subtrees of up to 1,024 leaves, which are hashed level by level (all nodes of a level are independent
 * messages) and added to the stack as a whole. Proofs walk the recursive definition of RFC 6962 instead, over the array
 * of leaf hashes.
 *
 * What must hold: the streamed root, the root of batches, the recursive root and the root reached by any proof are the
 * same, for any number of workers.
 */
#include "allot/merkle.h"

#include "allot/internal.h"
#include "allot/sha256.h"
#include "allot/sm3.h"
#include "allot/workers.h"

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

static void node_bytes(const uint8_t *left, const uint8_t *right, uint8_t both[1 + 2 * MERKLE_BYTES])
{
    both[0] = 1;
    memcpy(both + 1, left, MERKLE_BYTES);
    memcpy(both + 1 + MERKLE_BYTES, right, MERKLE_BYTES);
}

static void node_sm3(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES], uint8_t digest[MERKLE_BYTES])
{
    uint8_t both[1 + 2 * MERKLE_BYTES];
    node_bytes(left, right, both);
    sm3_of(both, sizeof both, digest);
}

static void many_sm3(uint8_t mark, const struct hash_piece *piece, size_t count, uint8_t (*digest)[MERKLE_BYTES])
{
    struct sm3 sm3;
    sm3_start(&sm3);
    sm3_add(&sm3, &mark, 1);
    sm3_many(&sm3, piece, count, digest);
}

const struct merkle_hash merkle_sm3 = { "sm3", empty_sm3, leaf_sm3, node_sm3, many_sm3 };

static void empty_sha256(uint8_t digest[MERKLE_BYTES])
{
    sha256_of("", 0, digest);
}

static void leaf_sha256(const void *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    struct sha256 sha256;
    sha256_start(&sha256);
    sha256_add(&sha256, "\x00", 1);
    sha256_add(&sha256, bytes, count);
    sha256_end(&sha256, digest);
}

static void node_sha256(const uint8_t left[MERKLE_BYTES], const uint8_t right[MERKLE_BYTES],
                        uint8_t digest[MERKLE_BYTES])
{
    uint8_t both[1 + 2 * MERKLE_BYTES];
    node_bytes(left, right, both);
    sha256_of(both, sizeof both, digest);
}

static void many_sha256(uint8_t mark, const struct hash_piece *piece, size_t count, uint8_t (*digest)[MERKLE_BYTES])
{
    struct sha256 sha256;
    sha256_start(&sha256);
    sha256_add(&sha256, &mark, 1);
    sha256_many(&sha256, piece, count, digest);
}

const struct merkle_hash merkle_sha256 = { "sha256", empty_sha256, leaf_sha256, node_sha256, many_sha256 };

void merkle_leaves(const struct merkle_hash *hash, const struct merkle_piece *piece, size_t count,
                   uint8_t (*digest)[MERKLE_BYTES])
{
    if (hash->many != NULL) {
        hash->many(0, piece, count, digest);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        hash->leaf(piece[i].bytes, piece[i].count, digest[i]);
    }
}

struct leaves_job {
    const struct merkle_hash *hash;
    const struct merkle_piece *piece;
    size_t count;
    uint8_t (*digest)[MERKLE_BYTES];
    uint32_t pieces;
};

static void some_leaves(void *argument, uint32_t index)
{
    const struct leaves_job *job = argument;
    size_t from = workers_from(job->count, job->pieces, index);
    size_t to = workers_from(job->count, job->pieces, index + 1);
    merkle_leaves(job->hash, job->piece + from, to - from, job->digest + from);
}

void merkle_leaves_of(const struct merkle_hash *hash, const struct merkle_piece *piece, size_t count,
                      const struct allot_host *host, uint8_t (*digest)[MERKLE_BYTES])
{
    struct leaves_job job = { hash, piece, count, digest, workers_pieces(host, count, 512) };
    workers_each(host, some_leaves, &job, job.pieces);
}

void merkle_level(const struct merkle_hash *hash, const uint8_t (*below)[MERKLE_BYTES], size_t pairs,
                  uint8_t (*above)[MERKLE_BYTES])
{
    enum { BATCH = 128 };
    if (hash->many == NULL) {
        for (size_t i = 0; i < pairs; i++) {
            uint8_t node[MERKLE_BYTES];
            hash->node(below[2 * i], below[2 * i + 1], node);
            memcpy(above[i], node, MERKLE_BYTES);
        }
        return;
    }
    for (size_t from = 0; from < pairs; from += BATCH) {
        size_t some = pairs - from < BATCH ? pairs - from : BATCH;
        struct hash_piece piece[BATCH];
        uint8_t node[BATCH][MERKLE_BYTES]; /* what follows may still lie where these belong */
        for (size_t i = 0; i < some; i++) {
            piece[i] = (struct hash_piece){ below[2 * (from + i)], 2 * (size_t)MERKLE_BYTES };
        }
        hash->many(1, piece, some, node);
        memcpy(above[from], node, some * MERKLE_BYTES);
    }
}

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

void merkle_add_full(struct merkle_tree *tree, const uint8_t root[MERKLE_BYTES], unsigned height)
{
    memcpy(tree->peak[tree->peaks++], root, MERKLE_BYTES);
    for (uint64_t carry = tree->leaves >> height; carry & 1; carry >>= 1) {
        tree->peaks--;
        tree->hash->node(tree->peak[tree->peaks - 1], tree->peak[tree->peaks], tree->peak[tree->peaks - 1]);
    }
    tree->leaves += (uint64_t)1 << height;
}

void merkle_add_leaf_hash(struct merkle_tree *tree, const uint8_t leaf[MERKLE_BYTES])
{
    merkle_add_full(tree, leaf, 0);
}

/* Subtrees up to this height are hashed level by level. */
#define FULL_HEIGHT 10u
#define FULL ((size_t)1 << FULL_HEIGHT)

/* Not inlined, so that its room on the stack (16 KiB) is there once. */
__attribute__((noinline)) static void full_root(const struct merkle_hash *hash, const uint8_t (*below)[MERKLE_BYTES],
                                                unsigned height, uint8_t root[MERKLE_BYTES])
{
    uint8_t level[FULL / 2][MERKLE_BYTES];
    if (height > 0) {
        merkle_level(hash, below, (size_t)1 << (height - 1), level);
        below = (const uint8_t(*)[MERKLE_BYTES])level;
    }
    for (unsigned left = height; left > 1; left--) {
        merkle_level(hash, below, (size_t)1 << (left - 2), level);
    }
    memcpy(root, below[0], MERKLE_BYTES);
}

/* Adds roots of full subtrees of 2^height leaves; the leaves before them are a multiple of that. */
static void add_many_full(struct merkle_tree *tree, const uint8_t (*part)[MERKLE_BYTES], size_t count, unsigned height)
{
    while (count > 0) {
        unsigned above = 0;
        uint64_t before = tree->leaves >> height;
        while (above < FULL_HEIGHT && (before & 1) == 0 && (size_t)2 << above <= count) {
            before >>= 1;
            above++;
        }
        uint8_t root[MERKLE_BYTES];
        full_root(tree->hash, part, above, root);
        merkle_add_full(tree, root, height + above);
        part += (size_t)1 << above;
        count -= (size_t)1 << above;
    }
}

void merkle_add_leaves(struct merkle_tree *tree, const uint8_t (*leaf)[MERKLE_BYTES], size_t count)
{
    add_many_full(tree, leaf, count, 0);
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

struct root_job {
    const struct merkle_hash *hash;
    const uint8_t (*leaf)[MERKLE_BYTES];
    size_t full; /* subtrees of FULL leaves */
    uint8_t (*root)[MERKLE_BYTES];
    uint32_t pieces;
};

static void some_roots(void *argument, uint32_t index)
{
    const struct root_job *job = argument;
    size_t to = workers_from(job->full, job->pieces, index + 1);
    for (size_t i = workers_from(job->full, job->pieces, index); i < to; i++) {
        full_root(job->hash, job->leaf + i * FULL, FULL_HEIGHT, job->root[i]);
    }
}

void merkle_root_of(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], size_t leaves,
                    const struct allot_host *host, uint8_t root[MERKLE_BYTES])
{
    struct merkle_tree tree;
    merkle_start(&tree, hash);
    struct root_job job = { .hash = hash, .leaf = leaf, .full = leaves / FULL };
    job.pieces = workers_pieces(host, job.full, 1);
    if (job.pieces > 1) {
        job.root = allot_get(host, job.full, MERKLE_BYTES);
    }
    size_t added = 0;
    if (job.root != NULL) {
        workers_each(host, some_roots, &job, job.pieces);
        add_many_full(&tree, (const uint8_t(*)[MERKLE_BYTES])job.root, job.full, FULL_HEIGHT);
        added = job.full * FULL;
        allot_put(host, job.root);
    }
    if (added < leaves) {
        merkle_add_leaves(&tree, leaf + added, leaves - added);
    }
    merkle_root(&tree, root);
}

unsigned merkle_path(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], uint64_t leaves,
                     uint64_t index, uint8_t path[MERKLE_DEPTH][MERKLE_BYTES])
{
    unsigned length = merkle_path_length(index, leaves);
    for (unsigned level = length; level > 0; level--) {
        uint64_t split = split_of(leaves);
        if (index < split) {
            merkle_root_of(hash, leaf + split, (size_t)(leaves - split), NULL, path[level - 1]);
            leaves = split;
        } else {
            merkle_root_of(hash, leaf, (size_t)split, NULL, path[level - 1]);
            leaf += split;
            index -= split;
            leaves -= split;
        }
    }
    return length;
}

uint64_t merkle_nodes_count(uint64_t leaves)
{
    uint64_t count = leaves;
    for (uint64_t level = leaves; level > 1;) {
        level = (level + 1) / 2;
        count += level;
    }
    return count;
}

struct level_job {
    const struct merkle_hash *hash;
    const uint8_t (*below)[MERKLE_BYTES];
    size_t pairs;
    uint8_t (*above)[MERKLE_BYTES];
    uint32_t pieces;
};

static void some_pairs(void *argument, uint32_t index)
{
    const struct level_job *job = argument;
    size_t from = workers_from(job->pairs, job->pieces, index);
    size_t to = workers_from(job->pairs, job->pieces, index + 1);
    merkle_level(job->hash, job->below + 2 * from, to - from, job->above + from);
}

void merkle_nodes(const struct merkle_hash *hash, size_t leaves, const struct allot_host *host,
                  uint8_t (*node)[MERKLE_BYTES])
{
    for (size_t level = leaves; level > 1; level = (level + 1) / 2) {
        uint8_t(*above)[MERKLE_BYTES] = node + level;
        struct level_job job = { hash, (const uint8_t(*)[MERKLE_BYTES])node, level / 2, above,
                                 workers_pieces(host, level / 2, FULL) };
        workers_each(host, some_pairs, &job, job.pieces);
        if (level % 2 == 1) {
            memcpy(above[level / 2], node[level - 1], MERKLE_BYTES);
        }
        node = above;
    }
}

unsigned merkle_nodes_path(const uint8_t (*node)[MERKLE_BYTES], uint64_t leaves, uint64_t index,
                           uint8_t path[MERKLE_DEPTH][MERKLE_BYTES])
{
    unsigned length = 0;
    for (uint64_t level = leaves; level > 1; level = (level + 1) / 2, index /= 2) {
        if ((index ^ 1) < level) {
            memcpy(path[length++], node[index ^ 1], MERKLE_BYTES);
        }
        node += level;
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
