/*
 * Signatures of a transcript: made by OpenSSL with a fresh key over the message that the library gives, they hold; with
 * any of key, signature, part or list changed they do not.
 */
#include "signing.h"
#include "written.h"

#include "base/sm2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool holds(void *ctx, const struct transcript_signature *signature)
{
    char message[TRANSCRIPT_SIGNED_MESSAGE_MAX];
    size_t bytes = transcript_signed_message(signature, message);
    ++*(uint32_t *)ctx;
    return sm2_holds(signature->key, signature->signature, message, bytes);
}

static void signatures_hold(void **state)
{
    (void)state;
    struct dice dice = { 51 };
    for (int i = 0; i < 10; i++) {
        struct shape shape = written_shape(&dice);
        struct written *written = written_new(&dice, &shape, NULL, false);
        struct transcript_signature signature = { .text = TEXT("教育局"), .part = TRANSCRIPT_LIST };
        struct transcript_writer writer;
        struct transcript_report report;
        struct allot_error error = { 0 };
        uint32_t heard = 0;
        transcript_start(&writer, text_keep, &written->text);
        transcript_resume(&writer, written->text.bytes, written->text.count);
        for (int k = 0; k < 2; k++) {
            EVP_PKEY *key = signing_key(signature.key);
            assert_true(transcript_to_sign(&writer, &signature));
            signing_sign(key, &signature);
            assert_true(transcript_write_signature(&writer, &signature, NULL, &error));
            EVP_PKEY_free(key);
        }
        char *bytes = written->text.bytes;
        size_t count = written->text.count, lines = line_of(bytes, count) - 1;
        assert_true(transcript_verify_signed(bytes, count, NULL, holds, &heard, &report));
        assert_int_equal(heard, 2);
        assert_int_equal(report.signatures, 2);
        size_t last = line_begins(bytes, count, lines);
        for (int k = 0; k < 20; k++) { /* another digit of key or signature, the check repaired */
            size_t at = last + strlen("signed result 04") + dice_below(&dice, 128 + 1 + 128);
            char was = bytes[at];
            if (was == ' ') {
                continue;
            }
            bytes[at] = was == '1' ? '2' : '1';
            repair_check(bytes, at);
            assert_false(transcript_verify_signed(bytes, count, NULL, holds, &heard, &report));
            assert_int_equal(report.line, lines);
            bytes[at] = was;
            repair_check(bytes, at);
        }
        signature.part = TRANSCRIPT_SEED;
        assert_false(holds(&heard, &signature));
        written_free(written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(signatures_hold) };
    return cmocka_run_group_tests_name("signed transcripts", tests, NULL, NULL);
}
