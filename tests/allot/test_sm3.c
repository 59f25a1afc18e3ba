/* SM3, HMAC-SM3 and the tree against the standard's vectors, OpenSSL, and the definition written recursively. */
#include "made.h"

#include "allot/merkle.h"
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

static void same_as_openssl(void **state)
{
    (void)state;
    struct dice dice = { 21 };
    uint8_t text[700];
    for (int i = 0; i < 3000; i++) {
        size_t bytes = dice_below(&dice, sizeof text + 1);
        for (size_t k = 0; k < bytes; k++) {
            text[k] = (uint8_t)dice_next(&dice);
        }
        uint8_t own[SM3_BYTES], theirs[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        struct sm3 sm3;
        sm3_start(&sm3);
        for (size_t at = 0; at < bytes;) {
            size_t take = 1 + dice_below(&dice, (uint32_t)(bytes - at));
            sm3_add(&sm3, text + at, take);
            at += take;
        }
        sm3_end(&sm3, own);
        assert_true(EVP_Digest(text, bytes, theirs, &length, EVP_sm3(), NULL));
        assert_memory_equal(own, theirs, SM3_BYTES);

        size_t key = dice_below(&dice, 150);
        key = key < bytes ? key : bytes;
        struct hmac_sm3 hmac;
        hmac_sm3_key(&hmac, text, key);
        hmac_sm3_of(&hmac, text + key, bytes - key, own);
        assert_non_null(HMAC(EVP_sm3(), text, (int)key, text + key, bytes - key, theirs, &length));
        assert_memory_equal(own, theirs, SM3_BYTES);
    }
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

static void naive_root(const uint8_t (*leaf)[MERKLE_BYTES], size_t leaves, uint8_t root[MERKLE_BYTES])
{
    if (leaves == 0) {
        sm3_of("", 0, root);
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
    naive_root(leaf, split, both + 1);
    naive_root(leaf + split, leaves - split, both + 33);
    sm3_of(both, 65, root);
}

static void tree_is_the_definition(void **state)
{
    (void)state;
    struct dice dice = { 22 };
    enum { MOST = 70 };
    uint8_t leaf[3 * MOST][MERKLE_BYTES];
    for (uint32_t leaves = 0; leaves <= MOST; leaves++) {
        struct merkle_tree tree;
        merkle_start(&tree, &merkle_sm3);
        for (uint32_t i = 0; i < leaves; i++) {
            char text[40] = { 0 };
            uint32_t bytes = 1 + dice_below(&dice, sizeof text - 1);
            text[0] = (char)i;
            merkle_sm3.leaf(text, bytes, leaf[i]);
            uint8_t with_mark[41] = { 0 }, expected[SM3_BYTES];
            memcpy(with_mark + 1, text, bytes);
            sm3_of(with_mark, bytes + 1, expected);
            assert_memory_equal(leaf[i], expected, SM3_BYTES);
            merkle_add(&tree, text, bytes);
        }
        uint8_t root[MERKLE_BYTES], expected[MERKLE_BYTES];
        merkle_root(&tree, root);
        naive_root((const uint8_t(*)[MERKLE_BYTES])leaf, leaves, expected);
        assert_memory_equal(root, expected, MERKLE_BYTES);
        merkle_fill(&merkle_sm3, leaf, leaves);
        assert_true(merkle_nodes(leaves) <= sizeof leaf / sizeof *leaf);
        assert_true(leaves == 0 || memcmp(leaf[merkle_nodes(leaves) - 1], root, MERKLE_BYTES) == 0);
        for (uint32_t i = 0; i < leaves; i++) {
            uint8_t path[MERKLE_DEPTH][MERKLE_BYTES];
            const uint8_t(*nodes)[MERKLE_BYTES] = (const uint8_t(*)[MERKLE_BYTES])path;
            unsigned count = merkle_path((const uint8_t(*)[MERKLE_BYTES])leaf, leaves, i, path);
            assert_int_equal(count, merkle_path_length(i, leaves));
            assert_true(merkle_path_holds(&merkle_sm3, leaf[i], i, leaves, nodes, count, root));
            assert_false(merkle_path_holds(&merkle_sm3, leaf[i], i, leaves, nodes, count + 1, root));
            assert_false(merkle_path_holds(&merkle_sm3, leaf[i], leaves, leaves, nodes, count, root));
            if (leaves > 1) {
                assert_false(merkle_path_holds(&merkle_sm3, leaf[(i + 1) % leaves], i, leaves, nodes, count, root));
                path[dice_below(&dice, count)][dice_below(&dice, MERKLE_BYTES)] ^= 1;
                assert_false(merkle_path_holds(&merkle_sm3, leaf[i], i, leaves, nodes, count, root));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_vectors),
        cmocka_unit_test(same_as_openssl),
        cmocka_unit_test(lot_is_what_is_written),
        cmocka_unit_test(tree_is_the_definition),
    };
    return cmocka_run_group_tests_name("sm3", tests, NULL, NULL);
}
