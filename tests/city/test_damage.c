/* Whatever bytes a file has, reading ends, and what is accepted is whole: it can be written, read again and used.
 * The changes are drawn from a fixed seed, so a failure can be repeated; run under the sanitizers in CI. */
#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t next(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Overwrites, inserts, removes or doubles a few parts. */
static struct str damaged(struct arena *arena, struct str text, uint64_t *seed)
{
    static const char *const pieces[] = { "\n",   "\t",  ":",   "- ",  "{",    "}",    "[",       "]",     "\"", "'",
                                          "&a ",  "*a",  "!!x", "---", "\xFF", "\xC2", "\\u0000", "\\x85", "# ", "any",
                                          "not ", "|\n", ">",   "<<:", "? ",   "%",    "when",    "0",     "-1", "," };
    size_t room = text.n + 4096, n = text.n;
    char *p = arena_alloc(arena, room);
    memcpy(p, text.p, text.n);
    for (uint64_t change = 1 + next(seed) % 4; change > 0; change--) {
        size_t at = n ? next(seed) % n : 0;
        const char *piece = pieces[next(seed) % (sizeof pieces / sizeof *pieces)];
        size_t len = strlen(piece), cut = next(seed) % 30;
        switch (next(seed) % 4) {
        case 0:
            if (n) {
                p[at] = (char)next(seed);
            }
            break;
        case 1:
            memmove(p + at + len, p + at, n - at);
            memcpy(p + at, piece, len);
            n += len;
            break;
        case 2:
            cut = cut < n - at ? cut : n - at;
            memmove(p + at, p + at + cut, n - at - cut);
            n -= cut;
            break;
        default:
            cut = cut < n - at ? cut : n - at;
            memmove(p + at + cut, p + at, n - at);
            n += cut;
        }
    }
    return (struct str){ p, n };
}

static void a_damaged_policy_is_refused_or_whole(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    struct arena *keep = arena_new(0), *arena = arena_new(0);
    struct str text = file_text(keep, CITY_FIXTURE, "admission/990101-primary.yaml");
    uint64_t seed = 2026;
    size_t accepted = 0;
    for (int i = 0; i < 4000; i++) {
        struct city_mistakes *mistakes = city_mistakes_new();
        struct policy *policy = NULL, *again = NULL;
        struct str changed = damaged(arena, text, &seed);
        if (policy_parse(arena, changed, "p.yaml", city, &policy, mistakes)) {
            accepted++;
            assert_int_equal(mistakes->n, 0);
            struct str written = policy_format(arena, policy, city);
            assert_true(policy_parse(arena, written, "p.yaml", city, &again, mistakes));
            assert_true(policy_equal(policy, again));
            size_t category, subrank;
            policy_category(policy, (uint32_t)next(&seed), &category, &subrank);
            (void)policy_priority(policy, category, subrank, true, 7);
        } else {
            assert_true(mistakes->n > 0);
            assert_null(policy);
        }
        for (size_t m = 0; m < mistakes->n; m++) {
            assert_true(str_is_utf8(str_of(mistakes->items[m].says.en)));
        }
        city_mistakes_free(mistakes);
        arena_reset(arena);
    }
    assert_true(accepted > 0); /* a changed name is no mistake */
    arena_free(arena);
    arena_free(keep);
    city_free(city);
}

static void damage_file(const char *file, uint64_t seed, int times)
{
    struct arena *keep = arena_new(0), *arena = arena_new(0);
    struct str text = file_text(keep, CITY_FIXTURE, file);
    const char *folder = patched_folder(keep, NULL, 0);
    for (int i = 0; i < times; i++) {
        struct city_mistakes *mistakes = city_mistakes_new();
        struct city *city = NULL;
        struct error error;
        put_file(arena, folder, file, damaged(arena, text, &seed));
        bool read = city_read(&city, folder, mistakes, &error);
        assert_int_equal(read, mistakes->n == 0);
        assert_int_equal(read, city != NULL);
        city_free(city);
        city_mistakes_free(mistakes);
        arena_reset(arena);
    }
    remove_folder(keep, folder);
    arena_free(arena);
    arena_free(keep);
}

static void a_damaged_city_is_refused_or_whole(void **state)
{
    (void)state;
    damage_file("city.yaml", 1, 400);
}

static void damaged_divisions_are_refused_or_whole(void **state)
{
    (void)state;
    damage_file("divisions.csv", 2, 400);
}

/* Aliases that would multiply, deep nesting, huge lists: an end in bounded time. */
static void hostile_texts_end(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    struct arena *arena = arena_new(0);
    char *deep = arena_alloc(arena, 200001), *wide = arena_alloc(arena, 200001);
    memset(deep, '[', 200000);
    for (size_t i = 0; i < 200000; i += 2) {
        memcpy(wide + i, "- ", 2);
    }
    char *comments = arena_alloc(arena, 240001);
    for (size_t i = 0; i < 240000; i += 6) {
        memcpy(comments + i, "[ #]]", 5);
        comments[i + 5] = '\n';
    }
    const char *texts[] = {
        deep,
        comments, /* opens a level on each line */
        wide,
        "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\ncategories: [*c, *c, *c, *c]\n",
        "categories: &a [*a, *a]\n",
        "? {a: b}\n: c\n",
        "private: &p {draw: true, classes: [*p]}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct city_mistakes *mistakes = city_mistakes_new();
        struct policy *policy = NULL;
        assert_false(policy_parse(arena, str_of(texts[i]), "p.yaml", city, &policy, mistakes));
        assert_true(mistakes->n > 0);
        city_mistakes_free(mistakes);
    }
    arena_free(arena);
    city_free(city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_policy_is_refused_or_whole),
        cmocka_unit_test(a_damaged_city_is_refused_or_whole),
        cmocka_unit_test(damaged_divisions_are_refused_or_whole),
        cmocka_unit_test(hostile_texts_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
