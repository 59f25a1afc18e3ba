/* Citizen numbers, receipts, masks. */
#include "family_fixture.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void known_numbers(void **state)
{
    (void)state;
    struct citizen citizen;
    assert_int_equal(citizen_read(arena, STR("11010519491231002X"), &citizen), CITIZEN_GOOD);
    assert_int_equal(citizen.birth, day_of(1949, 12, 31));
    assert_false(citizen.male);
    assert_int_equal(citizen_read(arena, STR("440524188001010014"), &citizen), CITIZEN_GOOD);
    assert_true(citizen.male);
    assert_int_equal(citizen_read(arena, STR("440524178001010014"), &citizen), CITIZEN_BIRTH);
    assert_int_equal(citizen_read(arena, STR(" １１０１０５ 19491231 002x "), &citizen), CITIZEN_GOOD);
    assert_true(str_is(citizen.number, "11010519491231002X"));
}

static void wrong_numbers(void **state)
{
    (void)state;
    struct citizen citizen;
    assert_int_equal(citizen_read(arena, STR(""), &citizen), CITIZEN_LENGTH);
    assert_int_equal(citizen_read(arena, STR("1101051949123100"), &citizen), CITIZEN_LENGTH);
    assert_int_equal(citizen_read(arena, STR("11010519491231002XX"), &citizen), CITIZEN_LENGTH);
    assert_int_equal(citizen_read(arena, STR("1101051949X231002X"), &citizen), CITIZEN_DIGITS);
    assert_int_equal(citizen_read(arena, STR("11010519491231002A"), &citizen), CITIZEN_DIGITS);
    assert_int_equal(citizen_read(arena, STR("110105194913310020"), &citizen), CITIZEN_BIRTH);
    assert_int_equal(citizen_read(arena, STR("110105194912310021"), &citizen), CITIZEN_CHECK);
    for (int i = 0; i <= (int)CITIZEN_CHECK; i++) {
        assert_true(citizen_fault_text((enum citizen_fault)i).zh[0] && citizen_fault_text((enum citizen_fault)i).en[0]);
    }
}

static void receipts_come_back(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 2000; seed++) {
        unsigned char random[15];
        char receipt[RECEIPT_BYTES + 1];
        struct str read;
        for (unsigned i = 0; i < 15; i++) {
            random[i] = (unsigned char)((seed * 2654435761U + i * 40503U) >> (i % 16));
        }
        receipt_make(random, receipt);
        assert_int_equal(strlen(receipt), RECEIPT_BYTES);
        assert_true(receipt_read(arena, str_of(receipt), &read) && str_is(read, receipt));
        assert_null(strpbrk(receipt, "IO01"));
    }
}

/* Each single wrong character and each swap of two different ones is seen. */
static void wrong_receipts_are_seen(void **state)
{
    (void)state;
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    unsigned char random[15] = { 3, 9, 200, 17, 31, 0, 5, 99, 1, 2, 77, 8, 21, 30, 12 };
    char receipt[RECEIPT_BYTES + 1], wrong[RECEIPT_BYTES + 1];
    struct str read;
    receipt_make(random, receipt);
    for (size_t i = 0; i < RECEIPT_BYTES; i++) {
        for (size_t c = 0; c < 32 && receipt[i] != '-'; c++) {
            memcpy(wrong, receipt, sizeof wrong);
            wrong[i] = letters[c];
            assert_int_equal(receipt_read(arena, str_of(wrong), &read), letters[c] == receipt[i]);
        }
        for (size_t j = i + 1; j < RECEIPT_BYTES; j++) {
            memcpy(wrong, receipt, sizeof wrong);
            wrong[i] = receipt[j];
            wrong[j] = receipt[i];
            if (receipt[i] != '-' && receipt[j] != '-' && receipt[i] != receipt[j]) {
                assert_false(receipt_read(arena, str_of(wrong), &read));
            }
        }
    }
    assert_true(receipt_read(arena, arena_printf(arena, " %c%.*s ", receipt[0] | 32, 18, receipt + 1), &read) ||
                receipt[0] < 'A');
    assert_false(receipt_read(arena, STR("ABCD"), &read));
    assert_false(receipt_read(arena, STR("' or 1=1 --"), &read));
}

static void masks(void **state)
{
    (void)state;
    assert_true(str_is(mask_name(arena, STR("张三")), "张*"));
    assert_true(str_is(mask_name(arena, STR("欧阳小明")), "欧***"));
    assert_true(str_is(mask_name(arena, STR("")), ""));
    assert_true(str_is(mask_citizen(arena, STR("371502199001011234")), "3715**********1234"));
    assert_true(str_is(mask_citizen(arena, STR("123")), "***"));
    assert_true(str_is(mask_address(arena, STR("柳园街道阳光花园12号楼501室")), "柳园街道阳光花园***"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(wrong_numbers),
        cmocka_unit_test(receipts_come_back),
        cmocka_unit_test(wrong_receipts_are_seen),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
