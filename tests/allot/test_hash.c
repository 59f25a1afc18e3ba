/* SM3, SHA-256, HMAC-SM3, draw numbers and the trees against the standards' vectors, OpenSSL, and the definition
 * written recursively; in every way to work that this processor has. */
#include "made.h"

#include "allot/merkle.h"
#include "allot/sha256.h"
#include "allot/sm3.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_hex(const uint8_t digest[SM3_BYTES], const char *hex)
{
    for (int i = 0; i < SM3_BYTES; i++) {
        unsigned value = (unsigned)strtoul((char[]){ hex[2 * i], hex[2 * i + 1], 0 }, NULL, 16);
        assert_int_equal(digest[i], value);
    }
}

static void standard_vectors(void **state)
{
    (void)state;
    uint8_t digest[SM3_BYTES];
    sm3_of("abc", 3, digest);
    expect_hex(digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    char long_text[65] = "";
    for (int i = 0; i < 16; i++) {
        memcpy(long_text + 4 * i, "abcd", 5);
    }
    sm3_of(long_text, 64, digest);
    expect_hex(digest, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    sm3_of("", 0, digest);
    expect_hex(digest, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
}

static void sha256_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } KNOWN[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopq"
          "rs"
          "tu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    };
    uint8_t digest[SHA256_BYTES];
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        sha256_of(KNOWN[i].text, strlen(KNOWN[i].text), digest);
        expect_hex(digest, KNOWN[i].hex);
        for (int path = 0; path < HASH_PATHS; path++) {
            struct hash_piece piece = { KNOWN[i].text, strlen(KNOWN[i].text) };
            memset(digest, 0, sizeof digest);
            if (sha256_many_by((enum hash_path)path, NULL, &piece, 1, &digest)) {
                expect_hex(digest, KNOWN[i].hex);
            }
        }
    }
    struct sha256 sha256;
    sha256_start(&sha256);
    for (int i = 0; i < 10000; i++) {
        char many[100];
        memset(many, 'a', sizeof many);
        sha256_add(&sha256, many, sizeof many);
    }
    sha256_end(&sha256, digest);
    expect_hex(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void fill(struct dice *dice, uint8_t *text, size_t bytes)
{
    for (size_t k = 0; k < bytes; k++) {
        text[k] = (uint8_t)dice_next(dice);
    }
}

static void same_as_openssl(void **state)
{
    (void)state;
    struct dice dice = { 21 };
    uint8_t text[1000];
    for (int i = 0; i < 4000; i++) {
        size_t bytes = dice_below(&dice, sizeof text + 1);
        fill(&dice, text, bytes);
        uint8_t own[SM3_BYTES], own_sha256[SHA256_BYTES], theirs[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        struct sm3 sm3;
        struct sha256 sha256, plain;
        sm3_start(&sm3);
        sha256_start(&sha256);
        sha256_start(&plain);
        plain.instructions = false;
        for (size_t at = 0; at < bytes;) {
            size_t take = 1 + dice_below(&dice, (uint32_t)(bytes - at));
            sm3_add(&sm3, text + at, take);
            sha256_add(&sha256, text + at, take);
            sha256_add(&plain, text + at, take);
            at += take;
        }
        sm3_end(&sm3, own);
        assert_true(EVP_Digest(text, bytes, theirs, &length, EVP_sm3(), NULL));
        assert_memory_equal(own, theirs, SM3_BYTES);
        assert_true(EVP_Digest(text, bytes, theirs, &length, EVP_sha256(), NULL));
        sha256_end(&sha256, own_sha256);
        assert_memory_equal(own_sha256, theirs, SHA256_BYTES);
        sha256_end(&plain, own_sha256);
        assert_memory_equal(own_sha256, theirs, SHA256_BYTES);

        size_t key = dice_below(&dice, 150);
        key = key < bytes ? key : bytes;
        struct hmac_sm3 hmac;
        hmac_sm3_key(&hmac, text, key);
        hmac_sm3_of(&hmac, text + key, bytes - key, own);
        assert_non_null(HMAC(EVP_sm3(), text, (int)key, text + key, bytes - key, theirs, &length));
        assert_memory_equal(own, theirs, SM3_BYTES);
    }
}

enum { MOST_PIECES = 300, MOST_BYTES = 3000 };

/* Messages of random lengths: mostly short, some longer than what a lane holds at once, some empty. */
struct heap {
    struct hash_piece piece[MOST_PIECES];
    uint8_t text[MOST_PIECES][MOST_BYTES];
    uint8_t sm3[MOST_PIECES][SM3_BYTES];
    uint8_t sha256[MOST_PIECES][SHA256_BYTES];
    uint8_t own[MOST_PIECES][SM3_BYTES];
};

static void expect_of(const EVP_MD *md, const uint8_t *prefix, size_t held, const struct hash_piece *piece,
                      uint8_t digest[32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_true(EVP_DigestInit_ex(context, md, NULL) && EVP_DigestUpdate(context, prefix, held) &&
                EVP_DigestUpdate(context, piece->bytes, piece->count) && EVP_DigestFinal_ex(context, digest, NULL));
    EVP_MD_CTX_free(context);
}

static void fill_heap(struct heap *heap, struct dice *dice, size_t count, const uint8_t *prefix, size_t held)
{
    uint32_t kind = dice_below(dice, 4);
    for (size_t i = 0; i < count; i++) {
        uint32_t most = kind == 0 ? 130 : kind == 1 ? 1000 : kind == 2 ? MOST_BYTES : 20;
        size_t bytes = kind == 3 ? 220 + dice_below(dice, most) : dice_below(dice, most + 1);
        fill(dice, heap->text[i], bytes);
        heap->piece[i] = (struct hash_piece){ bytes == 0 ? NULL : heap->text[i], bytes };
        expect_of(EVP_sm3(), prefix, held, &heap->piece[i], heap->sm3[i]);
        expect_of(EVP_sha256(), prefix, held, &heap->piece[i], heap->sha256[i]);
    }
}

static void many_are_each(void **state)
{
    (void)state;
    struct dice dice = { 23 };
    struct heap *heap = malloc(sizeof *heap);
    assert_non_null(heap);
    assert_true(hash_path_here(HASH_BEST) && hash_path_here(HASH_PLAIN));
    int used[HASH_PATHS] = { 0 };
    for (uint32_t i = 0; i < 120; i++) {
        size_t count = i < 40 ? i : dice_below(&dice, MOST_PIECES + 1);
        uint8_t prefix[150];
        size_t held = dice_below(&dice, 3) == 0 ? 0 : dice_below(&dice, sizeof prefix + 1);
        fill(&dice, prefix, held);
        fill_heap(heap, &dice, count, prefix, held);
        struct sm3 sm3;
        sm3_start(&sm3);
        sm3_add(&sm3, prefix, held);
        struct sha256 sha256;
        sha256_start(&sha256);
        sha256_add(&sha256, prefix, held);
        for (int p = 0; p < HASH_PATHS; p++) {
            enum hash_path path = (enum hash_path)p;
            memset(heap->own, 0xee, sizeof heap->own);
            bool done = sm3_many_by(path, held == 0 ? NULL : &sm3, heap->piece, count, heap->own);
            assert_true(done == (path != HASH_INSTRUCTIONS && hash_path_here(path)));
            if (done) {
                assert_memory_equal(heap->own, heap->sm3, count * SM3_BYTES);
                assert_true(count == MOST_PIECES || heap->own[count][0] == 0xee);
            }
            memset(heap->own, 0xee, sizeof heap->own);
            done = sha256_many_by(path, held == 0 ? NULL : &sha256, heap->piece, count, heap->own);
            assert_true(done == hash_path_here(path));
            if (done) {
                assert_memory_equal(heap->own, heap->sha256, count * SHA256_BYTES);
                assert_true(count == MOST_PIECES || heap->own[count][0] == 0xee);
                used[p]++;
            }
        }
        struct hmac_sm3 hmac;
        hmac_sm3_key(&hmac, prefix, held);
        hmac_sm3_many(&hmac, heap->piece, count, heap->own);
        for (size_t k = 0; k < count; k++) {
            uint8_t one[SM3_BYTES];
            hmac_sm3_of(&hmac, heap->piece[k].bytes, heap->piece[k].count, one);
            assert_memory_equal(heap->own[k], one, SM3_BYTES);
        }
    }
    print_message("ways tried: plain %d, 4 lanes %d, 8 lanes %d, 16 lanes %d, instructions %d\n", used[1], used[2],
                  used[3], used[4], used[5]);
    free(heap);
}

/* A host whose workers come in an order of their own; with memory or without. */
static void last_first(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    uint32_t *asked = ctx;
    *asked += jobs;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

static void *some_memory(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void *no_memory(void *ctx, size_t bytes)
{
    (void)ctx;
    (void)bytes;
    return NULL;
}

static void give_back(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static void lot_is_what_is_written(void **state)
{
    (void)state;
    uint8_t seed[32] = { 1, 2, 3 }, ticket[32] = { 9, 8 }, message[3 + 6 + 32 + 4], theirs[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    memcpy(message, "lotround1", 9);
    memcpy(message + 9, ticket, 32);
    memcpy(message + 41, (uint8_t[]){ 0, 0, 1, 2 }, 4);
    for (int offer = 0; offer < 2; offer++) {
        HMAC(EVP_sm3(), seed, 32, message, offer ? 45 : 41, theirs, &length);
        uint64_t high = 0, low = 0;
        for (int i = 0; i < 8; i++) {
            high = high << 8 | theirs[i];
            low = low << 8 | theirs[8 + i];
        }
        struct allot_lot lot = allot_lot_of(seed, "round1", 6, ticket, offer ? 258 : ALLOT_NONE);
        assert_true(lot.high == high && lot.low == low);
    }
}

static void lots_are_each(void **state)
{
    (void)state;
    struct dice dice = { 24 };
    uint32_t asked = 0;
    struct allot_host host = { .get = some_memory, .put = give_back, .ctx = &asked, .each = last_first, .workers = 3 };
    for (int i = 0; i < 12; i++) {
        uint32_t applicants = i == 0 ? 0 : i == 1 ? 1 : 200 + dice_below(&dice, 6000);
        struct shape shape = { applicants, 20, 1, 3, 5, 3, 1, 9, ALLOT_DRAW, false, true };
        struct made *made = made_new(&dice, &shape);
        uint8_t seed[32];
        fill(&dice, seed, sizeof seed);
        char label[80];
        size_t bytes = dice_below(&dice, sizeof label + 1);
        fill(&dice, (uint8_t *)label, bytes);
        bool per_choice = dice_below(&dice, 3) != 0;
        allot_derive_lots(&made->problem, seed, label, bytes, i % 2 ? &host : NULL, made->lot,
                          per_choice ? made->choice_lot : NULL);
        for (uint32_t a = 0; a < applicants; a++) {
            struct allot_lot lot = allot_lot_of(seed, label, bytes, made->ticket[a], ALLOT_NONE);
            assert_memory_equal(&made->lot[a], &lot, sizeof lot);
            for (uint32_t c = made->choice_from[a]; per_choice && c < made->choice_from[a + 1]; c++) {
                lot = allot_lot_of(seed, label, bytes, made->ticket[a], made->choice[c].offer);
                assert_memory_equal(&made->choice_lot[c], &lot, sizeof lot);
            }
        }
        made_free(made);
    }
    assert_true(asked > 5);
}

static void theirs(const struct merkle_hash *hash, const uint8_t *bytes, size_t count, uint8_t digest[MERKLE_BYTES])
{
    const EVP_MD *md = hash == &merkle_sha256 ? EVP_sha256() : EVP_sm3();
    assert_true(EVP_Digest(bytes, count, digest, NULL, md, NULL));
}

static void naive_root(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], size_t leaves,
                       uint8_t root[MERKLE_BYTES])
{
    if (leaves == 0) {
        theirs(hash, (const uint8_t *)"", 0, root);
        return;
    }
    if (leaves == 1) {
        memcpy(root, leaf[0], MERKLE_BYTES);
        return;
    }
    size_t split = 1;
    while (2 * split < leaves) {
        split *= 2;
    }
    uint8_t both[65] = { 1 };
    naive_root(hash, leaf, split, both + 1);
    naive_root(hash, leaf + split, leaves - split, both + 33);
    theirs(hash, both, 65, root);
}

static void tree_is_the_definition_with(const struct merkle_hash *hash)
{
    struct dice dice = { 22 };
    enum { MOST = 70 };
    uint8_t leaf[MOST][MERKLE_BYTES];
    const uint8_t(*leaf_hash)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])leaf;
    for (uint32_t leaves = 0; leaves <= MOST; leaves++) {
        struct merkle_tree tree;
        merkle_start(&tree, hash);
        for (uint32_t i = 0; i < leaves; i++) {
            char text[40] = { 0 };
            uint32_t bytes = 1 + dice_below(&dice, sizeof text - 1);
            text[0] = (char)i;
            hash->leaf(text, bytes, leaf[i]);
            uint8_t with_mark[41] = { 0 }, expected[SM3_BYTES];
            memcpy(with_mark + 1, text, bytes);
            theirs(hash, with_mark, bytes + 1, expected);
            assert_memory_equal(leaf[i], expected, SM3_BYTES);
            merkle_add(&tree, text, bytes);
        }
        uint8_t root[MERKLE_BYTES], expected[MERKLE_BYTES];
        merkle_root(&tree, root);
        naive_root(hash, leaf_hash, leaves, expected);
        assert_memory_equal(root, expected, MERKLE_BYTES);
        merkle_root_of(hash, leaf_hash, leaves, NULL, root);
        assert_memory_equal(root, expected, MERKLE_BYTES);
        uint8_t all[3 * MOST][MERKLE_BYTES];
        const uint8_t(*node)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])all;
        uint64_t nodes_in_all = merkle_nodes_count(leaves);
        assert_in_range(nodes_in_all, leaves, sizeof all / sizeof *all);
        memcpy(all, leaf, (size_t)leaves * MERKLE_BYTES);
        merkle_nodes(hash, leaves, NULL, all);
        assert_true(leaves == 0 || memcmp(all[nodes_in_all - 1], root, MERKLE_BYTES) == 0);
        for (uint32_t i = 0; i < leaves; i++) {
            uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
            const uint8_t(*nodes)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])path;
            unsigned count = merkle_path(hash, leaf_hash, leaves, i, path);
            assert_int_equal(count, merkle_path_length(i, leaves));
            uint8_t other_path[MERKLE_DEPTH][MERKLE_BYTES];
            assert_int_equal(merkle_nodes_path(node, leaves, i, other_path), count);
            assert_memory_equal(other_path, path, (size_t)count * MERKLE_BYTES);
            assert_true(merkle_path_holds(hash, leaf[i], i, leaves, nodes, count, root));
            assert_false(merkle_path_holds(hash, leaf[i], i, leaves, nodes, count + 1, root));
            assert_false(merkle_path_holds(hash, leaf[i], leaves, leaves, nodes, count, root));
            if (leaves > 1) {
                assert_false(merkle_path_holds(hash, leaf[(i + 1) % leaves], i, leaves, nodes, count, root));
                path[dice_below(&dice, count)][dice_below(&dice, MERKLE_BYTES)] ^= 1;
                assert_false(merkle_path_holds(hash, leaf[i], i, leaves, nodes, count, root));
            }
        }
    }
}

static void tree_is_the_definition(void **state)
{
    (void)state;
    tree_is_the_definition_with(&merkle_sm3);
    tree_is_the_definition_with(&merkle_sha256);
}

/* The root, in every way to it: with workers, without, without memory, in batches of any size. */
static void expect_root(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], uint32_t leaves,
                        struct dice *dice)
{
    uint8_t expected[MERKLE_BYTES], root[MERKLE_BYTES];
    naive_root(hash, leaf, leaves, expected);
    uint32_t asked = 0;
    struct allot_host host = { some_memory, give_back, &asked, last_first, 2, NULL };
    struct allot_host poor = { no_memory, give_back, &asked, last_first, 2, NULL };
    merkle_root_of(hash, leaf, leaves, &host, root);
    assert_memory_equal(root, expected, MERKLE_BYTES);
    assert_true(asked > 0 || leaves < 2048);
    merkle_root_of(hash, leaf, leaves, &poor, root);
    assert_memory_equal(root, expected, MERKLE_BYTES);
    merkle_root_of(hash, leaf, leaves, NULL, root);
    assert_memory_equal(root, expected, MERKLE_BYTES);
    struct merkle_tree tree;
    merkle_start(&tree, hash);
    for (uint32_t at = 0; at < leaves;) {
        uint32_t some = 1 + dice_below(dice, dice_below(dice, 2) == 0 ? 9 : leaves);
        some = some < leaves - at ? some : leaves - at;
        if (some == 1) {
            merkle_add_leaf_hash(&tree, leaf[at]);
        } else {
            merkle_add_leaves(&tree, leaf + at, some);
        }
        at += some;
    }
    assert_true(tree.leaves == leaves);
    merkle_root(&tree, root);
    assert_memory_equal(root, expected, MERKLE_BYTES);
}

/* All nodes at once: the root is the last, and each path that they give leads to it. */
static void expect_nodes(const struct merkle_hash *hash, const uint8_t (*leaf)[MERKLE_BYTES], uint32_t leaves)
{
    uint32_t asked = 0;
    struct allot_host host = { some_memory, give_back, &asked, last_first, 2, NULL };
    uint64_t count = merkle_nodes_count(leaves);
    uint8_t(*all)[MERKLE_BYTES] = malloc((size_t)(count + 1) * MERKLE_BYTES), root[MERKLE_BYTES];
    assert_non_null(all);
    memcpy(all, leaf, (size_t)leaves * MERKLE_BYTES);
    memset(all[count], 0xee, MERKLE_BYTES);
    merkle_nodes(hash, leaves, &host, all);
    assert_true(all[count][0] == 0xee && all[count][MERKLE_BYTES - 1] == 0xee);
    assert_true(asked > 0 || leaves < 4096);
    merkle_root_of(hash, leaf, leaves, NULL, root);
    for (uint32_t i = 0; i < leaves; i += 97) {
        uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
        unsigned nodes = merkle_nodes_path((const uint8_t(*)[MERKLE_BYTES])all, leaves, i, path);
        assert_true(merkle_path_holds(hash, leaf[i], i, leaves, (const uint8_t(*)[MERKLE_BYTES])path, nodes, root));
    }
    free(all);
}

static void batches_are_the_tree(void **state)
{
    (void)state;
    struct dice dice = { 25 };
    enum { MOST = 9000 };
    uint8_t(*text)[96] = malloc((size_t)MOST * 96), (*leaf)[MERKLE_BYTES] = malloc((size_t)MOST * MERKLE_BYTES);
    struct merkle_piece *piece = malloc(MOST * sizeof *piece);
    assert_true(text != NULL && leaf != NULL && piece != NULL);
    static const struct merkle_hash *const HASH[] = { &merkle_sm3, &merkle_sha256 };
    static const uint32_t EDGE[] = { 0, 1, 2, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 5120, 8191, 8193 };
    for (int k = 0; k < 60; k++) {
        const struct merkle_hash *hash = HASH[k % 2];
        struct merkle_hash bare = *hash; /* another hash, which has no quicker way */
        bare.many = NULL;
        uint32_t leaves = k < 26 ? EDGE[k / 2] : dice_below(&dice, MOST + 1), asked = 0;
        for (uint32_t i = 0; i < leaves; i++) {
            piece[i] = (struct merkle_piece){ text[i], dice_below(&dice, sizeof text[i] + 1) };
            fill(&dice, text[i], piece[i].count);
        }
        struct allot_host host = { some_memory, give_back, &asked, last_first, 4, NULL };
        merkle_leaves_of(hash, piece, leaves, k % 3 ? &host : NULL, leaf);
        for (uint32_t i = 0; i < leaves; i++) {
            uint8_t expected[MERKLE_BYTES];
            hash->leaf(piece[i].bytes, piece[i].count, expected);
            assert_memory_equal(leaf[i], expected, MERKLE_BYTES);
        }
        const uint8_t(*leaf_hash)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])leaf;
        expect_root(hash, leaf_hash, leaves, &dice);
        expect_nodes(hash, leaf_hash, leaves);
        uint8_t root[MERKLE_BYTES], other[MERKLE_BYTES];
        merkle_root_of(hash, leaf_hash, leaves, NULL, root);
        merkle_leaves(&bare, piece, leaves, leaf);
        merkle_root_of(&bare, leaf_hash, leaves, NULL, other);
        assert_memory_equal(root, other, MERKLE_BYTES);
    }
    free(piece);
    free(leaf);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_vectors),       cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(same_as_openssl),        cmocka_unit_test(many_are_each),
        cmocka_unit_test(lot_is_what_is_written), cmocka_unit_test(lots_are_each),
        cmocka_unit_test(tree_is_the_definition), cmocka_unit_test(batches_are_the_tree),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
