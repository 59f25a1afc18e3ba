/* The random audit: the sample is what the words say, for any number of workers; the chance is the exact one. */
#include "made.h"

#include "allot/sm3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct drawn {
    uint8_t mac[SM3_BYTES];
    uint8_t ticket[ALLOT_TICKET_BYTES];
    uint32_t applicant;
};

static int drawn_order(const void *one, const void *other)
{
    return memcmp(one, other, SM3_BYTES + ALLOT_TICKET_BYTES);
}

static void each(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    (*(uint32_t *)ctx)++;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

static void *get(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void put(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static void *get_nothing(void *ctx, size_t bytes)
{
    (void)ctx;
    (void)bytes;
    return NULL;
}

static void the_sample_is_drawn_by_the_words(void **state)
{
    (void)state;
    struct dice dice = { 301 };
    for (uint32_t i = 0; i < 40; i++) {
        struct shape shape = { .applicants = i == 39 ? 50000 : dice_below(&dice, 400),
                               .offers = 1,
                               .choices = 1,
                               .places = 1,
                               .priorities = 1 };
        struct made *made = made_new(&dice, &shape);
        uint8_t seed[32] = { (uint8_t)i, 7 };
        struct drawn *drawn = calloc(shape.applicants + 1, sizeof *drawn);
        for (uint32_t a = 0; a < shape.applicants; a++) {
            uint8_t message[5 + 3 + ALLOT_TICKET_BYTES] = "auditlab";
            memcpy(message + 8, made->ticket[a], ALLOT_TICKET_BYTES);
            struct hmac_sm3 hmac;
            hmac_sm3_key(&hmac, seed, 32);
            hmac_sm3_of(&hmac, message, sizeof message, drawn[a].mac);
            memcpy(drawn[a].ticket, made->ticket[a], ALLOT_TICKET_BYTES);
            drawn[a].applicant = a;
        }
        qsort(drawn, shape.applicants, sizeof *drawn, drawn_order);
        uint32_t wanted = dice_below(&dice, shape.applicants + 20), calls = 0;
        uint32_t count = wanted < shape.applicants ? wanted : shape.applicants;
        uint32_t *sample = calloc(wanted + 1, sizeof *sample);
        struct allot_host host = { .get = get, .put = put, .ctx = &calls, .each = each, .workers = 3 };
        for (int pass = 0; pass < 2; pass++) {
            memset(sample, 0xff, (wanted + 1) * sizeof *sample);
            assert_int_equal(allot_audit(&made->problem, seed, "lab", 3, wanted, pass == 0 ? NULL : &host, sample),
                             count);
            for (uint32_t k = 0; k < count; k++) {
                assert_int_equal(sample[k], drawn[k].applicant);
            }
            assert_int_equal(sample[count], UINT32_MAX);
        }
        assert_true(i != 39 || calls == 1);
        host.get = get_nothing;
        assert_int_equal(allot_audit(&made->problem, seed, "lab", 3, wanted, &host, sample),
                         count == 0 ? 0 : ALLOT_NONE);
        free(sample);
        free(drawn);
        made_free(made);
    }
}

/* Every sample of a small pile counted. */
static double counted(uint32_t files, uint32_t wrong, uint32_t sample)
{
    uint32_t all = 0, found = 0;
    for (uint32_t set = 0; set < 1u << files; set++) {
        if ((uint32_t)__builtin_popcount(set) == sample) {
            all++;
            found += (set & ((1u << wrong) - 1)) != 0;
        }
    }
    return (double)found / all;
}

static bool near(double one, double other, double by)
{
    return one - other < by && other - one < by;
}

static void the_chance_is_exact(void **state)
{
    (void)state;
    for (uint32_t files = 1; files <= 10; files++) {
        for (uint32_t wrong = 0; wrong <= files; wrong++) {
            for (uint32_t sample = 0; sample <= files; sample++) {
                assert_true(near(allot_audit_chance(files, wrong, sample), counted(files, wrong, sample), 1e-12));
            }
        }
    }
    double chance = allot_audit_chance(114000, 100, 3414);
    print_message("100 wrong files among 114,000, 3,414 sampled: %.4f\n", chance);
    assert_true(chance >= 0.95 && chance < 0.953);
    assert_true(near(allot_audit_chance(114000, 3414, 100), chance, 1e-12)); /* the two may change places */
    assert_true(near(allot_audit_chance(114000, 1, 3414), 3414.0 / 114000, 1e-12));
    assert_true(allot_audit_chance(114000, 0, 3414) == 0 && allot_audit_chance(114000, 100, 0) == 0);
    assert_true(allot_audit_chance(114000, 100, 113901) == 1);
    assert_true(allot_audit_chance(10, 20, 1) == 1 && allot_audit_chance(10, 1, 20) == 1);
    assert_true(allot_audit_chance(0, 0, 0) == 0);
    assert_true(allot_audit_chance(UINT32_MAX, 1, 1) > 0 && allot_audit_chance(UINT32_MAX, 1000000, 1000000) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_drawn_by_the_words),
        cmocka_unit_test(the_chance_is_exact),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
