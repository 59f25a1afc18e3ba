/* The parts of connect that need neither a database nor a network: breaker, faults, kinds, keys, signing, cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/citizen.h"
#include "base/limits.h"
#include "connect/authority_answers.h"
#include "connect/authority_faults.h"
#include "connect/breaker.h"
#include "connect/keys.h"
#include "connect/sheet_internal.h"
#include "connect/signing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Breaker ---- */

static void breaker_states(void **state)
{
    (void)state;
    struct breaker_settings settings = { .failures = 3, .open_ms = 100, .most_ms = 250 };
    struct breaker b = breaker_init(&settings);
    assert_int_equal(breaker_admit(&b, 0, 5), 5);
    breaker_failed(&b, 0);
    breaker_failed(&b, 0);
    breaker_succeeded(&b); /* not one after another */
    breaker_failed(&b, 0);
    breaker_failed(&b, 0);
    assert_int_equal(b.state, BREAKER_CLOSED);
    breaker_failed(&b, 10);
    assert_int_equal(b.state, BREAKER_OPEN);
    assert_int_equal(breaker_admit(&b, 109, 5), 0);
    breaker_failed(&b, 50); /* late news of one sent before: changes nothing */
    assert_int_equal(b.until, 110);
    assert_int_equal(breaker_admit(&b, 110, 0), 0);
    assert_int_equal(breaker_admit(&b, 110, 5), 1);
    assert_int_equal(breaker_admit(&b, 110, 5), 0);
    breaker_unused(&b);
    assert_int_equal(breaker_admit(&b, 111, 5), 1);
    breaker_failed(&b, 120);
    assert_int_equal(b.until, 320); /* twice */
    assert_int_equal(breaker_admit(&b, 320, 1), 1);
    breaker_failed(&b, 320);
    assert_int_equal(b.until, 570); /* at most 250 */
    assert_int_equal(b.opened, 3);
    assert_int_equal(breaker_admit(&b, 570, 1), 1);
    breaker_succeeded(&b);
    assert_int_equal(breaker_admit(&b, 570, 9), 9);
    assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half-open");
}

/* ---- Faults ---- */

static void faults_notation(void **state)
{
    (void)state;
    struct faults faults;
    struct error error = { "" };
    struct arena *arena = arena_new(0);
    assert_true(faults_parse(STR("property:slow=800@0.3, household:silent,*:down@0.1,seed=7"), &faults, &error));
    assert_int_equal(faults.n, 3);
    struct str text = faults_format(arena, &faults);
    assert_true(str_is(text, "property:slow=800@0.300,household:silent,*:down@0.100,seed=7"));
    struct faults again;
    assert_true(faults_parse(text, &again, &error));
    assert_int_equal(again.items[0].per_mille, 300);
    /* The dice fall the same for the same seed, and about as often as they should. */
    int slow = 0;
    for (int i = 0; i < 1000; i++) {
        struct fault a = faults_roll(&faults, STR("property")), b = faults_roll(&again, STR("property"));
        assert_int_equal(a.type, b.type);
        slow += a.type == FAULT_SLOW;
    }
    assert_in_range(slow, 200, 400);
    assert_int_equal(faults_roll(&faults, STR("household")).type, FAULT_SILENT);
    static const char *const bad[] = { "x",         "x:none",   ":slow",       "x:silent=5",
                                       "x:slow=-1", "x:slow@2", "x:slow@0.",   "x:slow@0.1234",
                                       "x:slow@",   "seed=x",   "x:slow=5@.5", "x:slow=99999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(faults_parse(str_of(bad[i]), &again, &error));
        assert_int_equal(again.n, 3); /* untouched */
    }
    arena_free(arena);
}

/* ---- Kinds ---- */

static void answers_have_a_shape(void **state)
{
    (void)state;
    struct error error = { "" };
    for (size_t i = 0; i < kinds_count; i++) {
        assert_true(kind_answer_parse(str_of(kinds[i].id), str_of(kinds[i].nothing), NULL, &error));
    }
    assert_false(kind_answer_parse(STR("property"), STR("{\"titles\":[{\"number\":1}]}"), NULL, &error));
    assert_non_null(strstr(error.message, "'number'"));
    assert_false(kind_answer_parse(STR("property"), STR("{\"titles\":{}}"), NULL, &error));
    assert_false(kind_answer_parse(STR("property"), STR("[]"), NULL, &error));
    assert_false(kind_answer_parse(STR("property"), STR("{\"titles\":[7]}"), NULL, &error));
    assert_false(kind_answer_parse(STR("household"), STR("{\"found\":1}"), NULL, &error));
    assert_false(
        kind_answer_parse(STR("household"), STR("{\"found\":true,\"child\":{\"citizen\":\"\"}}"), NULL, &error));
    assert_false(kind_answer_parse(STR("birth"), STR("{\"found\":true,\"found\":true}"), NULL, &error));
    assert_true(kind_answer_parse(STR("of another city"), STR("{\"moon\":\"full\"}"), NULL, &error));
    assert_false(kind_answer_parse(STR("of another city"), STR(""), NULL, &error));
}

static void contradictions_keep_the_shape(void **state)
{
    (void)state;
    struct error error = { "" };
    static const struct {
        const char *kind;
        const char *record;
    } records[] = {
        { "property",
          "{\"titles\":[{\"number\":\"1\",\"address\":\"a\",\"kind\":\"commercial\",\"owners\":[{\"citizen\":"
          "\"x\",\"name\":\"y\",\"percent\":100}]}]}" },
        { "contract", "{\"contracts\":[{\"number\":\"1\",\"address\":\"a\",\"kind\":\"lease\",\"registered\":true}]}" },
        { "social_security", "{\"employment\":[{\"employer\":\"e\",\"division\":\"371502\",\"from\":\"2020-01-01\","
                             "\"pension_months\":30}]}" },
        { "licence",
          "{\"licences\":[{\"number\":\"1\",\"name\":\"n\",\"division\":\"371502\",\"from\":\"2020-01-01\"}]}" },
        { "permit",
          "{\"permits\":[{\"number\":\"1\",\"address\":\"a\",\"division\":\"371502\",\"from\":\"2020-01-01\"}]}" },
        { "guardianship", "{\"guardian\":true,\"relation\":\"父\"}" },
        { "birth", "{\"found\":true,\"mother\":\"m\",\"father\":null}" },
        { "household", "{\"found\":true,\"book\":\"b\",\"child\":null,\"guardian\":null}" },
        { "household", "{\"found\":false,\"book\":\"\",\"child\":null,\"guardian\":null}" },
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        json_t *answer = json_loads(records[i].record, 0, NULL);
        json_t *before = json_deep_copy(answer);
        answer_contradict(kind_find(str_of(records[i].kind)), answer);
        assert_false(json_equal(answer, before));
        char *text = json_dumps(answer, 0);
        assert_true(kind_answer_parse(str_of(records[i].kind), str_of(text), NULL, &error));
        free(text);
        json_decref(answer);
        json_decref(before);
    }
}

static void citizen_numbers(void **state)
{
    (void)state;
    assert_true(citizen_number_valid(STR("11010519491231002X")));
    assert_true(citizen_number_valid(STR("440524188001010014")));
    assert_false(citizen_number_valid(STR("440524188001010015")));
    assert_false(citizen_number_valid(STR("440524188013010014")));
    assert_false(citizen_number_valid(STR("11010519491231002x")));
    assert_false(citizen_number_valid(STR("4405241880010100")));
    assert_false(citizen_number_valid(STR("")));
}

/* ---- Keys and signing ---- */

static void keys_are_kept(void **state)
{
    (void)state;
    struct error error = { "" };
    char folder[] = "/tmp/jiaoti-keys-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct keys *keys, *other;
    unsigned char a[KEY_BYTES], b[KEY_BYTES];
    assert_true(keys_open(&keys, folder, &error));
    assert_true(keys_open(&other, folder, &error));
    assert_false(keys_find(keys, STR("land"), a));
    assert_true(keys_make(keys, (struct str[]){ STR("land"), STR("police") }, 2, &error));
    assert_true(keys_find(keys, STR("land"), a));
    /* Made again, it is the same; another reader finds it without being opened anew. */
    assert_true(keys_make(keys, (struct str[]){ STR("land"), STR("births") }, 2, &error));
    assert_true(keys_find(other, STR("land"), b));
    assert_memory_equal(a, b, KEY_BYTES);
    assert_false(keys_make(keys, (struct str[]){ STR("no: word") }, 1, &error));
    keys_close(other);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/authorities.yaml", folder);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    /* Mistakes name the line; a file that others may read is refused. */
    FILE *file = fopen(path, "w");
    (void)fputs("keys:\n  land: 00ff\n", file);
    (void)fclose(file);
    assert_false(keys_open(&other, folder, &error));
    assert_non_null(strstr(error.message, ":2:"));
    assert_false(keys_find(keys, STR("new one"), b));
    assert_true(keys_find(keys, STR("land"), b)); /* what was good stays */
    assert_int_equal(chmod(path, 0644), 0);
    assert_false(keys_open(&other, folder, &error));
    assert_non_null(strstr(error.message, "chmod 600"));
    keys_close(keys);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void signatures_bind_everything(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct error error = { "" };
    const unsigned char key[KEY_BYTES] = { 1, 2, 3 }, other_key[KEY_BYTES] = { 9 };
    struct signed_message good = { .kind = SIGNING_QUESTION,
                                   .verb = STR("POST"),
                                   .path = STR("/ask/property"),
                                   .time = 1000000000,
                                   .number = STR("Q1"),
                                   .body = STR("{}") };
    struct str signature;
    assert_true(signing_sign(arena, key, &good, &signature, &error));
    assert_int_equal(signature.n, 64);
    assert_int_equal(signing_check(arena, key, &good, signature, good.time), SIGNING_GOOD);
    assert_int_equal(signing_check(arena, key, &good, signature, good.time + LIMIT_SIGNATURE_AGE_MS), SIGNING_GOOD);
    assert_int_equal(signing_check(arena, key, &good, signature, good.time + LIMIT_SIGNATURE_AGE_MS + 1),
                     SIGNING_STALE);
    assert_int_equal(signing_check(arena, key, &good, signature, good.time - LIMIT_SIGNATURE_AGE_MS - 1),
                     SIGNING_STALE);
    assert_int_equal(signing_check(arena, other_key, &good, signature, good.time), SIGNING_FORGED);
    assert_int_equal(signing_check(arena, key, &good, str_part(signature, 0, 63), good.time), SIGNING_FORGED);
    struct signed_message changed[6] = { good, good, good, good, good, good };
    changed[0].kind = SIGNING_ANSWER;
    changed[1].verb = STR("GET");
    changed[2].path = STR("/ask/household");
    changed[3].time++;
    changed[4].number = STR("Q2");
    changed[5].body = STR("{ }");
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(signing_check(arena, key, &changed[i], signature, good.time), SIGNING_FORGED);
    }
    struct str digest;
    assert_true(signing_digest(arena, STR("abc"), &digest, &error));
    assert_true(str_is(digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
    arena_free(arena);
}

/* ---- Cells ---- */

static void expect_cell(enum field_type type, const char *cell, const char *json)
{
    struct arena *arena = arena_new(0);
    static const struct field_choice choices[] = { { "lease", T("租赁合同", "lease") }, { NULL, { NULL, NULL } } };
    struct field field = { "x", T("甲", "x"), type, true, choices };
    struct name says = { { NULL, 0 }, { NULL, 0 } };
    json_t *value = cell_value(arena, &field, str_of(cell), &says);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    if (json) {
        assert_non_null(text);
        assert_string_equal(text, json);
    } else {
        assert_null(text);
        assert_true(says.zh.n > 0 && says.en.n > 0);
    }
    free(text);
    json_decref(value);
    arena_free(arena);
}

static void cells_are_understood(void **state)
{
    (void)state;
    expect_cell(FIELD_DATE, "2026-03-01", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, " 2026/3/1 ", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "２０２６．３．１", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "2026年3月1日", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "20260301", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "2026/03/01 00:00:00", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "46082", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "46082.0", "\"2026-03-01\"");
    expect_cell(FIELD_DATE, "2026-02-30", NULL);
    expect_cell(FIELD_DATE, "2026-03-01 08:30", NULL);
    expect_cell(FIELD_DATE, "去年", NULL);
    expect_cell(FIELD_DATE, "3", NULL);
    expect_cell(FIELD_DATE, "", NULL);
    expect_cell(FIELD_NUMBER, "２４", "24");
    expect_cell(FIELD_NUMBER, "24.0", "24");
    expect_cell(FIELD_NUMBER, "24.5", NULL);
    expect_cell(FIELD_NUMBER, "-1", NULL);
    expect_cell(FIELD_NUMBER, "0x10", NULL);
    expect_cell(FIELD_NUMBER, "nan", NULL);
    expect_cell(FIELD_PERCENT, "100", "100");
    expect_cell(FIELD_PERCENT, "33.5％", "33.5");
    expect_cell(FIELD_PERCENT, "1%", "1");
    expect_cell(FIELD_PERCENT, "1", NULL);
    expect_cell(FIELD_PERCENT, "0.5", NULL);
    expect_cell(FIELD_PERCENT, "101", NULL);
    expect_cell(FIELD_CHOICE, "租赁合同", "\"lease\"");
    expect_cell(FIELD_CHOICE, " Lease", "\"lease\"");
    expect_cell(FIELD_CHOICE, "租赁合同 lease", "\"lease\"");
    expect_cell(FIELD_CHOICE, "租", NULL);
    expect_cell(FIELD_FLAG, "是", "true");
    expect_cell(FIELD_FLAG, "Ｎ", "false");
    expect_cell(FIELD_FLAG, "大概", NULL);
    expect_cell(FIELD_CITIZEN, "１１０１０５１９４９１２３１００２ｘ", "\"11010519491231002X\"");
    expect_cell(FIELD_CITIZEN, "11010519491231002x", "\"11010519491231002X\"");
    expect_cell(FIELD_CITIZEN, "'11010519491231002X", "\"11010519491231002X\"");
    expect_cell(FIELD_CITIZEN, "1.10105194912310E+17", NULL);
    expect_cell(FIELD_CITIZEN, "110105194912310021", NULL);
    expect_cell(FIELD_TEXT, "　'=1+1 ", "\"=1+1\"");
    expect_cell(FIELD_TEXT, "甲\n乙", "\"甲 乙\"");
    expect_cell(FIELD_TEXT, "\xef\xbf\xbd", NULL);
    expect_cell(FIELD_TEXT, "\xc0\xaf", NULL);
}

static void cells_have_names(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_true(str_is(sheet_cell_name(arena, 12, 3), "C12"));
    assert_true(str_is(sheet_cell_name(arena, 1, 27), "AA1"));
    assert_true(str_is(sheet_cell_name(arena, 7, 0), "7"));
    assert_true(str_is(sheet_cell_name(arena, 0, 0), ""));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaker_states),
        cmocka_unit_test(faults_notation),
        cmocka_unit_test(answers_have_a_shape),
        cmocka_unit_test(contradictions_keep_the_shape),
        cmocka_unit_test(citizen_numbers),
        cmocka_unit_test(keys_are_kept),
        cmocka_unit_test(signatures_bind_everything),
        cmocka_unit_test(cells_are_understood),
        cmocka_unit_test(cells_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
