/* What guards a request: keys of forms, guests, sessions in memory, rates. */
#include "web/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const unsigned char secret[32] = { 1, 2, 3 };
static const unsigned char bound[32] = { 4, 5, 6 };

static void test_form_keys(void **state)
{
    (void)state;
    struct signer *signer = signer_new(secret), *second = signer_new(secret), *stranger = signer_new(bound);
    char text[FORM_KEY_TEXT];
    unsigned char key[FORM_KEY_BYTES], again[FORM_KEY_BYTES], other[32] = { 7 };
    int64_t now = 1787000000000;
    form_key_make(signer, bound, STR("/round/7/apply"), now, text);
    struct str whole = { text, sizeof text };
    assert_true(form_key_check(signer, bound, STR("/round/7/apply"), now + 1000, whole, key));
    assert_true(form_key_check(signer, bound, STR("/round/7/apply"), now + 3600000, whole, again));
    assert_memory_equal(key, again, sizeof key); /* a retry is the same action */
    assert_true(form_key_check(second, bound, STR("/round/7/apply"), now, whole, again)); /* another loop's */
    assert_false(form_key_check(signer, bound, STR("/round/8/apply"), now, whole, key));
    assert_false(form_key_check(signer, other, STR("/round/7/apply"), now, whole, key));
    assert_false(form_key_check(stranger, bound, STR("/round/7/apply"), now, whole, key));
    assert_false(form_key_check(signer, bound, STR("/round/7/apply"), now + 13 * 3600000LL, whole, key));
    assert_false(form_key_check(signer, bound, STR("/round/7/apply"), now - 3600000, whole, key));
    assert_false(form_key_check(signer, bound, STR("/round/7/apply"), now, str_part(whole, 0, 79), key));
    assert_false(form_key_check(signer, bound, STR("/round/7/apply"), now, STR(""), key));
    for (size_t i = 0; i < sizeof text; i++) {
        char kept = text[i];
        text[i] = kept == '0' ? '1' : '0';
        assert_false(form_key_check(signer, bound, STR("/round/7/apply"), now, whole, key));
        text[i] = kept;
    }
    signer_free(stranger);
    signer_free(second);
    signer_free(signer);
}

/* Two loops make keys: none is like another, however many are drawn from one portion of random bytes. */
static void test_form_keys_differ(void **state)
{
    (void)state;
    enum { KEYS = 200 };
    static char texts[2 * KEYS][FORM_KEY_TEXT];
    struct signer *signers[2] = { signer_new(secret), signer_new(secret) };
    for (size_t i = 0; i < 2 * KEYS; i++) {
        unsigned char key[FORM_KEY_BYTES];
        form_key_make(signers[i % 2], bound, STR("/apply"), 1787000000000, texts[i]);
        assert_true(form_key_check(signers[i % 2], bound, STR("/apply"), 1787000000000,
                                   (struct str){ texts[i], FORM_KEY_TEXT }, key));
        for (size_t before = 0; before < i; before++) {
            assert_memory_not_equal(texts[before], texts[i], FORM_KEY_TEXT);
        }
    }
    signer_free(signers[0]);
    signer_free(signers[1]);
}

static void test_token_hash_is_the_same_for_all(void **state)
{
    (void)state;
    struct signer *signer = signer_new(secret);
    unsigned char token[SESSION_TOKEN_BYTES], hash[SESSION_HASH_BYTES], again[SESSION_HASH_BYTES];
    session_token_new(token, hash);
    for (int i = 0; i < 2; i++) {
        signer_token_hash(signer, token, again);
        assert_memory_equal(hash, again, sizeof hash);
    }
    signer_free(signer);
}

static void test_guests(void **state)
{
    (void)state;
    struct signer *signer = signer_new(secret);
    char text[GUEST_TEXT];
    unsigned char guest[GUEST_BYTES], found[GUEST_BYTES];
    guest_make(signer, guest, text);
    assert_true(guest_check(signer, (struct str){ text, sizeof text }, found));
    assert_memory_equal(guest, found, sizeof guest);
    text[5] = text[5] == '0' ? '1' : '0';
    assert_false(guest_check(signer, (struct str){ text, sizeof text }, found));
    assert_false(guest_check(signer, STR("abc"), found));
    signer_free(signer);
}

static void test_sessions(void **state)
{
    (void)state;
    struct sessions *sessions = sessions_new();
    struct session session = { .account = 7, .idle_minutes = 10 }, found;
    unsigned char token[SESSION_TOKEN_BYTES], other[SESSION_HASH_BYTES] = { 1 };
    bool touch;
    int64_t now = 1787000000000;
    session_token_new(token, session.hash);
    session.created_ms = session.used_ms = now;
    assert_false(sessions_find(sessions, session.hash, now, &found, &touch));
    sessions_put(sessions, &session, now, sessions_stamp(sessions));
    assert_true(sessions_find(sessions, session.hash, now + 1000, &found, &touch));
    assert_false(touch);
    assert_int_equal(found.account, 7);
    assert_false(sessions_find(sessions, other, now, &found, &touch));
    assert_false(sessions_find(sessions, session.hash, now + 31000, &found, &touch)); /* to be read again */
    sessions_put(sessions, &session, now, sessions_stamp(sessions));
    sessions_forget(sessions, session.hash);
    assert_false(sessions_find(sessions, session.hash, now, &found, &touch));
    uint64_t stamp = sessions_stamp(sessions);
    sessions_forget_account(sessions, 7); /* between the reading of the row and the putting */
    sessions_put(sessions, &session, now, stamp);
    assert_false(sessions_find(sessions, session.hash, now, &found, &touch));
    for (int i = 0; i < 200000; i++) { /* memory stays bounded */
        memcpy(session.hash, &i, sizeof i);
        sessions_put(sessions, &session, now, sessions_stamp(sessions));
    }
    assert_true(sessions_find(sessions, session.hash, now, &found, &touch));
    sessions_forget_account(sessions, 7);
    assert_false(sessions_find(sessions, session.hash, now, &found, &touch));
    sessions_free(sessions);
    assert_false(session_is_over(&session, now + 10 * 60000));
    assert_true(session_is_over(&session, now + 10 * 60000 + 1));
    session.used_ms = now + 13 * 3600000LL;
    assert_true(session_is_over(&session, now + 13 * 3600000LL)); /* in use, but twelve hours old */
}

static void test_rates(void **state)
{
    (void)state;
    struct rate *rate = rate_new(60);
    int retry;
    int64_t now = 1000000;
    for (int i = 0; i < 60; i++) {
        assert_true(rate_take(rate, 1, now, &retry));
    }
    assert_false(rate_take(rate, 1, now, &retry));
    assert_true(retry >= 1 && retry <= 2);
    assert_true(rate_take(rate, 2, now, &retry)); /* another address is not asked to wait */
    assert_true(rate_take(rate, 1, now + 1000001, &retry));
    assert_false(rate_take(rate, 1, now + 1000001, &retry));
    for (uint64_t key = 10; key < 400000; key++) { /* a flood of addresses: bounded, and nobody fails */
        assert_true(rate_take(rate, key, now + 1000001, &retry));
    }
    rate_free(rate);
}

static void add_one(void *context)
{
    atomic_fetch_add((_Atomic int *)context, 1);
}

static void test_workers(void **state)
{
    (void)state;
    _Atomic int done = 0;
    struct workers *workers = workers_new(3);
    int taken = 0;
    for (int i = 0; i < 5000; i++) {
        taken += workers_add(workers, add_one, &done);
    }
    assert_true(taken > 0);
    workers_free(workers); /* waits */
    assert_int_equal(atomic_load(&done), taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_keys),
        cmocka_unit_test(test_form_keys_differ),
        cmocka_unit_test(test_token_hash_is_the_same_for_all),
        cmocka_unit_test(test_guests),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
