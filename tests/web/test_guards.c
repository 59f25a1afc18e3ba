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
    char text[FORM_KEY_TEXT];
    unsigned char key[FORM_KEY_BYTES], again[FORM_KEY_BYTES], other[32] = { 7 };
    int64_t now = 1787000000000;
    form_key_make(secret, bound, STR("/round/7/apply"), now, text);
    struct str whole = { text, sizeof text };
    assert_true(form_key_check(secret, bound, STR("/round/7/apply"), now + 1000, whole, key));
    assert_true(form_key_check(secret, bound, STR("/round/7/apply"), now + 3600000, whole, again));
    assert_memory_equal(key, again, sizeof key); /* a retry is the same action */
    assert_false(form_key_check(secret, bound, STR("/round/8/apply"), now, whole, key));
    assert_false(form_key_check(secret, other, STR("/round/7/apply"), now, whole, key));
    assert_false(form_key_check(other, bound, STR("/round/7/apply"), now, whole, key));
    assert_false(form_key_check(secret, bound, STR("/round/7/apply"), now + 13 * 3600000LL, whole, key));
    assert_false(form_key_check(secret, bound, STR("/round/7/apply"), now - 3600000, whole, key));
    assert_false(form_key_check(secret, bound, STR("/round/7/apply"), now, str_part(whole, 0, 79), key));
    assert_false(form_key_check(secret, bound, STR("/round/7/apply"), now, STR(""), key));
    for (size_t i = 0; i < sizeof text; i++) {
        char kept = text[i];
        text[i] = kept == '0' ? '1' : '0';
        assert_false(form_key_check(secret, bound, STR("/round/7/apply"), now, whole, key));
        text[i] = kept;
    }
}

static void test_guests(void **state)
{
    (void)state;
    char text[GUEST_TEXT];
    unsigned char guest[GUEST_BYTES], found[GUEST_BYTES];
    guest_make(secret, guest, text);
    assert_true(guest_check(secret, (struct str){ text, sizeof text }, found));
    assert_memory_equal(guest, found, sizeof guest);
    text[5] = text[5] == '0' ? '1' : '0';
    assert_false(guest_check(secret, (struct str){ text, sizeof text }, found));
    assert_false(guest_check(secret, STR("abc"), found));
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
        cmocka_unit_test(test_form_keys), cmocka_unit_test(test_guests),  cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_rates),     cmocka_unit_test(test_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
