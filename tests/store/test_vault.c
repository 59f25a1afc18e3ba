/* The vault: vectors, tampering, the key file, rotation, resealing, threads. */
#include "check.h"

#include "base/hex.h"
#include "store/fault.h"
#include "store/reseal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* GB/T 32907 and 32905: the algorithms are what they are called. */
static void sm4_and_sm3_vectors(void **state)
{
    (void)state;
    unsigned char key[16], out[32], expected[32];
    int n = 0;
    assert_true(hex_decode(STR("0123456789abcdeffedcba9876543210"), key, 16));
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(context, EVP_sm4_ecb(), NULL, key, NULL), 1);
    assert_int_equal(EVP_EncryptUpdate(context, out, &n, key, 16), 1);
    EVP_CIPHER_CTX_free(context);
    assert_true(hex_decode(STR("681edf34d206965e86b3e94f536e4246"), expected, 16));
    assert_memory_equal(out, expected, 16);
    assert_int_equal(EVP_Digest("abc", 3, out, NULL, EVP_sm3(), NULL), 1);
    assert_true(hex_decode(STR("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"), expected, 32));
    assert_memory_equal(out, expected, 32);
}

static const char known_file[] = "jiaoti vault 1\n"
                                 "lookup 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
                                 "token 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"
                                 "journal 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n"
                                 "key 1 606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f\n";

/* Writes a key file with known keys and its sum. */
static void write_known_keys(struct store_fixture *f, const char *folder)
{
    struct error error = { "" };
    struct vault *vault = NULL;
    unsigned char digest[32];
    must(vault_open(&vault, folder, VAULT_SM4, &error)); /* makes the folder */
    assert_int_equal(EVP_Digest(known_file, strlen(known_file), digest, NULL, EVP_sm3(), NULL), 1);
    struct str text =
        arena_printf(f->arena, "%ssum %.*s\n", known_file, STR_ARG(hex_encode(f->arena, digest, sizeof digest)));
    must(vault_write_file(vault, "vault.key", text, &error));
    vault_close(vault);
}

static struct str hex_bytes(struct arena *arena, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *out = arena_alloc(arena, n);
    assert_true(hex_decode(str_of(hex), out, n));
    return (struct str){ out, n };
}

/* Made once by an independent program (Python: HMAC over SM3, GCM from its definition; OpenSSL's command for SM4-CTR
 * and AES blocks): data that is in databases must open for ever. */
static void known_keys_give_known_bytes(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    const char *folder = arena_printf(f->arena, "%s/known", f->folder).p;
    struct vault *vault = NULL;
    struct str plain;
    write_known_keys(f, folder);
    must(vault_open(&vault, folder, VAULT_SM4, &error));
    assert_true(str_eq(vault_hash_in(vault, f->arena, "child.number", STR("11010519491231002X")),
                       hex_bytes(f->arena, "76f684b950c2b6ffd91d695efc29affa15e3d726663f3a43bba4e955e91b8ea1")));
    must(vault_unseal(
        vault, f->arena, "child.name",
        hex_bytes(f->arena, "010001000102030405060708090a0b0c0d0e0fe11400327c9c9ee4c679cdbf86a2d757eb22f123fceddb4a5e"),
        &plain, &error));
    assert_true(str_is(plain, "李小明"));
    must(vault_unseal(
        vault, f->arena, "child.name",
        hex_bytes(f->arena, "020001000102030405060708090a0bbb5ca641eb0804f5142a203bbcafe4330dc2af42bc5863f857"), &plain,
        &error));
    assert_true(str_is(plain, "李小明"));
    vault_close(vault);
    store_fixture_free(f);
}

static void with_cipher(enum vault_cipher cipher)
{
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct vault *vault = NULL, *other = NULL;
    struct str sealed, again, plain;
    must(vault_open(&vault, arena_printf(f->arena, "%s/keys", f->folder).p, cipher, &error));
    must(vault_open(&other, arena_printf(f->arena, "%s/other", f->folder).p, cipher, &error));
    char *text = arena_alloc(f->arena, 1000);
    memset(text, 'x', 1000);
    for (size_t n = 0; n <= 1000; n = n < 40 ? n + 1 : n * 5) {
        must(vault_seal(vault, f->arena, "child.name", (struct str){ text, n }, &sealed, &error));
        assert_true(sealed.n <= n + VAULT_OVERHEAD_MAX);
        must(vault_unseal(vault, f->arena, "child.name", sealed, &plain, &error));
        assert_true(str_eq(plain, (struct str){ text, n }));
    }
    must(vault_seal(vault, f->arena, "child.name", STR("李小明"), &sealed, &error));
    must(vault_seal(vault, f->arena, "child.name", STR("李小明"), &again, &error));
    assert_false(str_eq(sealed, again)); /* equal names do not look equal */
    assert_false(vault_unseal(vault, f->arena, "child.nam", sealed, &plain, &error));
    assert_false(vault_unseal(vault, f->arena, "guardian.name", sealed, &plain, &error));
    assert_false(vault_unseal(other, f->arena, "child.name", sealed, &plain, &error));
    for (size_t i = 0; i < sealed.n * 8; i++) { /* every single bit */
        char *bad = (char *)(uintptr_t)arena_str(f->arena, sealed).p;
        bad[i / 8] = (char)(bad[i / 8] ^ 1 << i % 8);
        assert_false(vault_unseal(vault, f->arena, "child.name", (struct str){ bad, sealed.n }, &plain, &error));
        assert_null(strstr(error.message, "李"));
    }
    for (size_t n = 0; n < sealed.n; n++) { /* every shorter length */
        assert_false(vault_unseal(vault, f->arena, "child.name", (struct str){ sealed.p, n }, &plain, &error));
    }
    vault_close(other);
    vault_close(vault);
    store_fixture_free(f);
}

static void sealing_opens_only_as_it_was(void **state)
{
    (void)state;
    with_cipher(VAULT_SM4);
    with_cipher(VAULT_AES);
}

static void hashes_are_kept_apart_by_purpose_and_kind(void **state)
{
    (void)state;
    struct store_fixture *f = store_fixture_new();
    unsigned char a[VAULT_HASH], b[VAULT_HASH];
    vault_hash(f->vault, "child.number", STR("1"), a);
    vault_hash(f->vault, "child.number", STR("1"), b);
    assert_true(vault_same(a, b, sizeof a));
    vault_hash(f->vault, "guardian.number", STR("1"), b);
    assert_false(vault_same(a, b, sizeof a));
    vault_mac(f->vault, "child.number", STR("1"), b);
    assert_false(vault_same(a, b, sizeof a));
    store_fixture_free(f);
}

static void the_key_file_is_private_and_whole(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct vault *vault = NULL;
    struct stat about;
    const char *folder = arena_printf(f->arena, "%s/keys", f->folder).p;
    const char *file = arena_printf(f->arena, "%s/vault.key", folder).p;
    assert_int_equal(stat(folder, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(chmod(file, 0640), 0);
    assert_false(vault_open(&vault, folder, VAULT_SM4, &error));
    assert_non_null(strstr(error.message, "read by others"));
    assert_int_equal(chmod(file, 0600), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_false(vault_open(&vault, folder, VAULT_SM4, &error));
    assert_int_equal(chmod(folder, 0700), 0);
    must(vault_open(&vault, folder, VAULT_SM4, &error));
    vault_close(vault);
    FILE *keys = fopen(file, "r+");
    assert_non_null(keys);
    assert_int_equal(fseek(keys, 100, SEEK_SET), 0);
    int was = fgetc(keys);
    assert_int_equal(fseek(keys, 100, SEEK_SET), 0);
    (void)fputc(was == 'a' ? 'b' : 'a', keys);
    (void)fclose(keys);
    assert_false(vault_open(&vault, folder, VAULT_SM4, &error));
    assert_non_null(strstr(error.message, "damaged"));
    assert_int_equal(truncate(file, 0), 0);
    assert_false(vault_open(&vault, folder, VAULT_SM4, &error));
    store_fixture_free(f);
}

static void a_failed_rotation_changes_nothing(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct str sealed, plain;
    const char *faults[] = { "fsync:1", "rename:1" };
    for (size_t i = 0; i < 2; i++) {
        fault_set(faults[i]);
        assert_false(vault_rotate(f->vault, &error));
        fault_set(NULL);
        assert_int_equal(vault_key_number(f->vault), 1);
    }
    fault_set("fsync:1");
    struct vault *fresh = NULL;
    const char *folder = arena_printf(f->arena, "%s/fresh", f->folder).p;
    assert_false(vault_open(&fresh, folder, VAULT_SM4, &error));
    fault_set(NULL);
    must(vault_open(&fresh, folder, VAULT_SM4, &error));
    must(vault_seal(fresh, f->arena, "x", STR("kept"), &sealed, &error));
    vault_close(fresh);
    must(vault_open(&fresh, folder, VAULT_AES, &error)); /* another setting still opens */
    must(vault_unseal(fresh, f->arena, "x", sealed, &plain, &error));
    assert_true(str_is(plain, "kept"));
    vault_close(fresh);
    store_fixture_free(f);
}

static const struct migration tables[] = {
    { "test", 1, "create table child (id IDENTITY, name BLOB, number BLOB);" },
};
static const struct sealed_column columns[] = {
    { "child", "id", "name", "child.name" },
    { "child", "id", "number", "child.number" },
};

static void add_children(struct store_fixture *f, int n)
{
    struct error error = { "" };
    struct writing *writing = NULL;
    must(writing_open(&writing, f->store, f->vault, &error));
    must(writing_begin(writing, &error));
    for (int i = 0; i < n; i++) {
        struct str name, number;
        must(vault_seal(f->vault, writing->arena, "child.name", arena_printf(writing->arena, "name %d", i), &name,
                        &error));
        must(vault_seal(f->vault, writing->arena, "child.number", STR("n"), &number, &error));
        must(db_run(writing->db, &error, "insert into child (name, number) values (?1, ?2)", V_BLOB(name),
                    V_IF(i % 10, V_BLOB(number))));
    }
    must(writing_commit(writing, &error));
    writing_close(writing);
}

static void all_open(struct store_fixture *f, int n, int number)
{
    struct error error = { "" };
    struct db *db = NULL;
    int seen = 0;
    must(db_open(&db, f->store, DB_READ, &error));
    struct rows *rows = db_query(db, &error, "select name, number from child order by id");
    while (rows_next(rows)) {
        struct str plain, sealed = rows_blob(rows, 0);
        must(vault_unseal(f->vault, f->arena, "child.name", sealed, &plain, &error));
        assert_true(str_eq(plain, arena_printf(f->arena, "name %d", seen)));
        assert_int_equal(sealed.p[2], number);
        assert_int_equal(rows_is_null(rows, 1), seen % 10 == 0);
        seen++;
    }
    must(rows_end(rows, &error));
    assert_int_equal(seen, n);
    db_close(db);
}

static void rotation_and_resealing(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct vault *beside = NULL;
    int64_t changed = -1;
    store_fixture_migrate(f, tables, 1);
    add_children(f, 1234);
    must(vault_open(&beside, vault_folder(f->vault), VAULT_SM4, &error)); /* another process */
    unsigned char before[VAULT_HASH], after[VAULT_HASH];
    vault_hash(f->vault, "child.number", STR("1"), before);
    must(vault_rotate(f->vault, &error));
    vault_hash(f->vault, "child.number", STR("1"), after);
    assert_true(vault_same(before, after, sizeof before));
    all_open(f, 1234, 1);
    must(reseal(store_fixture_writer(f), columns, 2, &changed, &error));
    assert_int_equal(changed, 1234 + 1234 - 124);
    all_open(f, 1234, 2);
    must(reseal(f->writer, columns, 2, &changed, &error));
    assert_int_equal(changed, 0);
    /* the other process finds the new key by itself, and adds its own after it */
    struct str sealed, plain;
    must(vault_seal(f->vault, f->arena, "x", STR("new"), &sealed, &error));
    must(vault_unseal(beside, f->arena, "x", sealed, &plain, &error));
    must(vault_rotate(beside, &error));
    assert_int_equal(vault_key_number(beside), 3);
    must(vault_rotate(f->vault, &error));
    assert_int_equal(vault_key_number(f->vault), 4);
    vault_close(beside);
    store_fixture_free(f);
}

static void resealing_stops_at_what_does_not_open(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    struct db *db = NULL;
    int64_t changed = -1;
    store_fixture_migrate(f, tables, 1);
    add_children(f, 20);
    must(db_open(&db, f->store, DB_WRITE, &error));
    must(db_run(db, &error, "update child set name = number where id = 7")); /* sealed for another purpose */
    db_close(db);
    must(vault_rotate(f->vault, &error));
    assert_false(reseal(store_fixture_writer(f), columns, 2, &changed, &error));
    assert_non_null(strstr(error.message, "child 7"));
    store_fixture_free(f);
}

static void *use_in_a_thread(void *argument)
{
    struct vault *vault = argument;
    struct error error = { "" };
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 3000; i++) {
        struct str sealed, plain;
        unsigned char hash[VAULT_HASH];
        if (!vault_seal(vault, arena, "x", STR("secret"), &sealed, &error) ||
            !vault_unseal(vault, arena, "x", sealed, &plain, &error) || !str_is(plain, "secret")) {
            arena_free(arena);
            return argument;
        }
        vault_hash(vault, "x", plain, hash);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void many_threads_use_one_vault(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = store_fixture_new();
    pthread_t threads[48]; /* more than there are seats */
    for (size_t i = 0; i < 48; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_in_a_thread, f->vault), 0);
    }
    for (int i = 0; i < 5; i++) {
        must(vault_rotate(f->vault, &error));
    }
    for (size_t i = 0; i < 48; i++) {
        void *failed = NULL;
        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sm4_and_sm3_vectors),
        cmocka_unit_test(known_keys_give_known_bytes),
        cmocka_unit_test(sealing_opens_only_as_it_was),
        cmocka_unit_test(hashes_are_kept_apart_by_purpose_and_kind),
        cmocka_unit_test(the_key_file_is_private_and_whole),
        cmocka_unit_test(a_failed_rotation_changes_nothing),
        cmocka_unit_test(rotation_and_resealing),
        cmocka_unit_test(resealing_stops_at_what_does_not_open),
        cmocka_unit_test(many_threads_use_one_vault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
