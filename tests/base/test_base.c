/* base: text, numbers, days, hex, buffers. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/crew.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    int64_t n = 7;
    assert_true(str_to_int(STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &n));
    assert_true(n == INT64_MIN);
    assert_true(str_to_int(STR("9223372036854775807"), INT64_MIN, INT64_MAX, &n));
    assert_true(n == INT64_MAX);
    const char *bad[] = { "", "-", "9223372036854775808", "1 ", " 1", "+1", "1.0", "0x1", "１" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        n = 7;
        assert_false(str_to_int(str_of(bad[i]), INT64_MIN, INT64_MAX, &n));
        assert_int_equal(n, 7);
    }
    assert_false(str_to_int(STR("11"), 0, 10, &n));
}

static void utf8_is_checked(void **state)
{
    (void)state;
    assert_true(str_is_utf8(STR("聊城 ok 😀")));
    assert_int_equal(str_chars(STR("聊城😀a")), 4);
    const char *bad[] = { "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xE4\xBD", "\xFF" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(str_is_utf8(str_of(bad[i])));
    }
    assert_false(str_is_utf8((struct str){ "a\0b", 3 }));
}

static void text_is_split(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,"), part;
    assert_true(str_split(&rest, ',', &part) && str_is(part, "a"));
    assert_true(str_split(&rest, ',', &part) && part.n == 0);
    assert_true(str_split(&rest, ',', &part) && str_is(part, "b"));
    assert_false(str_split(&rest, ',', &part));
    assert_true(str_is(str_trim(STR(" \t x y\r\n")), "x y"));
    assert_true(str_cmp(STR("ab"), STR("abc")) < 0 && str_cmp(STR("b"), STR("abc")) > 0);
}

static void days_go_both_ways(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_int_equal(day_of(1970, 1, 1), 0);
    assert_int_equal(day_of(2000, 2, 29), 11016);
    for (int64_t day = -30000; day < 60000; day++) {
        int y, m, d;
        day_parts(day, &y, &m, &d);
        assert_int_equal(day_of(y, m, d), day);
    }
    int64_t day, ms;
    assert_true(day_parse(STR("2024-02-29"), &day));
    assert_true(str_is(day_format(arena, day), "2024-02-29"));
    assert_false(day_parse(STR("2023-02-29"), &day));
    assert_false(day_parse(STR("2023-2-9"), &day));
    /* A day begins at midnight in China, eight hours before UTC's. */
    assert_true(ms_parse(STR("2026-07-06 00:00"), &ms));
    assert_int_equal(day_of_ms(ms), day_of(2026, 7, 6));
    assert_int_equal(day_of_ms(ms - 1), day_of(2026, 7, 5));
    assert_true(str_is(ms_format(arena, ms + 59999, true), "2026-07-06 00:00:59"));
    assert_false(ms_parse(STR("2026-07-06 24:00"), &ms));
    arena_free(arena);
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    unsigned char bytes[4] = { 0, 0x7F, 0x80, 0xFF }, back[4];
    assert_true(str_is(hex_encode(arena, bytes, 4), "007f80ff"));
    assert_true(hex_decode(STR("007F80ff"), back, 4));
    assert_memory_equal(bytes, back, 4);
    assert_false(hex_decode(STR("007f80f"), back, 4));
    assert_false(hex_decode(STR("007f80fg"), back, 4));
    arena_free(arena);
}

static void a_buffer_keeps_its_maximum(void **state)
{
    (void)state;
    struct buf buf = buf_init(10);
    buf_add_cstr(&buf, "12345");
    buf_add_int(&buf, INT64_MIN); /* 20 characters: too many */
    assert_true(buf.full);
    buf_add_cstr(&buf, "6");
    assert_true(str_is(buf_str(&buf), "12345"));
    buf_clear(&buf);
    buf_printf(&buf, "%s-%d", "ab", 7);
    assert_true(str_is(buf_str(&buf), "ab-7"));
    buf_free(&buf);
}

static void an_arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena *arena = arena_new(64);
    for (size_t i = 1; i < 300; i++) {
        unsigned char *p = arena_alloc(arena, i);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++) {
            assert_int_equal(p[k], 0);
            p[k] = 0xEE;
        }
        if (i % 50 == 0) {
            arena_reset(arena);
            assert_int_equal(arena_used(arena), 0);
        }
    }
    arena_free(arena);
}

static void an_array_grows_in_an_arena(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct arena *arena = arena_new(0);
    struct pair {
        int64_t number, nothing;
    } *pairs = NULL;
    size_t n = 0, copies = 0;
    while (n < MANY) {
        struct pair *before = pairs;
        pairs = arena_grow(arena, pairs, n, sizeof *pairs);
        copies += pairs != before;
        assert_int_equal(pairs[n].number, 0);
        pairs[n].number = (int64_t)n + 1;
        n++;
    }
    assert_int_equal(copies, 9); /* for 4, 8, 16 … 1024 */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pairs[i].number, i + 1);
        assert_int_equal(pairs[i].nothing, 0);
    }
    assert_true(arena_used(arena) < 2 * 1024 * sizeof *pairs);
    /* begun again, it does not write over what it held */
    struct pair *others = arena_grow(arena, pairs, 0, sizeof *others);
    others[0].number = -1;
    assert_int_equal(pairs[0].number, 1);
    arena_free(arena);
}

static void errors_keep_their_cause(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_set(&error, "no file %d", 3));
    assert_false(error_within(&error, "city"));
    assert_string_equal(error.message, "city: no file 3");
    assert_false(error_set(NULL, "nobody listens"));
}

/* ---- crew ---- */

struct marks {
    unsigned char mark[1000];
};

static void mark_one(void *argument, uint32_t index)
{
    ((struct marks *)argument)->mark[index]++;
}

/* Whatever the number of threads and jobs, each job is done once before crew_each returns. */
static void a_crew_does_every_job_once(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 5; threads++) {
        struct crew *crew = crew_new(threads);
        assert_true(threads == 0 || crew_size(crew) == threads);
        for (uint32_t round = 0; round < 3000; round++) {
            struct marks marks = { { 0 } };
            uint32_t jobs = round < 10 ? round : round % sizeof marks.mark;
            crew_each(crew, mark_one, &marks, jobs);
            for (uint32_t i = 0; i < sizeof marks.mark; i++) {
                assert_int_equal(i < jobs, marks.mark[i]);
            }
        }
        crew_free(crew);
    }
    crew_free(NULL);
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/test-base-XXXXXX", *bytes = NULL;
    size_t n = 1;
    struct error error = { .message = "" };
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_true(whole_read(path, &bytes, &n, &error));
    assert_int_equal(n, 0);
    free(bytes);
    static char written[5 * 1024 * 1024];
    for (size_t i = 0; i < sizeof written; i++) {
        written[i] = (char)(i * 7 + i / 251);
    }
    assert_int_equal(write(file, written, sizeof written), (ssize_t)sizeof written);
    assert_int_equal(close(file), 0);
    assert_true(whole_read(path, &bytes, &n, &error));
    assert_int_equal(n, sizeof written);
    assert_memory_equal(bytes, written, n);
    free(bytes);
    assert_int_equal(unlink(path), 0);
    assert_true(whole_read("/proc/self/status", &bytes, &n, &error)); /* which claims to have no bytes */
    assert_true(n > 100);
    free(bytes);
    bytes = NULL;
    assert_false(whole_read(path, &bytes, &n, &error));
    assert_non_null(strstr(error.message, path));
    assert_false(whole_read("/tmp", &bytes, &n, &error));
    assert_null(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(text_is_split),
        cmocka_unit_test(days_go_both_ways),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(a_buffer_keeps_its_maximum),
        cmocka_unit_test(a_crew_does_every_job_once),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(an_array_grows_in_an_arena),
        cmocka_unit_test(errors_keep_their_cause),
        cmocka_unit_test(a_file_is_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
