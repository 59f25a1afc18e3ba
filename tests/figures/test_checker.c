/* The checker: what cannot be is told, and nothing else, against every possibility tried one by one. */
#include "figures/checker.h"

#include "base/whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct published_set read_set(const char *csv, const char *yaml)
{
    struct published_set set = { 0 };
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = published_read(arena, STR("p.csv"), str_of(csv), STR("r.yaml"), str_of(yaml), &set, mistakes);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    assert_true(good);
    return set;
}

/* What is told of the rows, one line each. */
static const char *told(const char *csv, const char *yaml)
{
    struct published_set set = read_set(arena_printf(arena, "id,value,unit,as_of,said,step\n%s", csv).p, yaml);
    struct impossible *impossible;
    size_t n;
    struct str all = STR("");
    checker_run(arena, &set, &impossible, &n);
    for (size_t i = 0; i < n; i++) {
        all = arena_printf(arena, "%.*s%.*s: %s\n", STR_ARG(all), STR_ARG(set.figures[impossible[i].figure].id),
                           impossible[i].why.en);
        assert_true(str_is_utf8(str_of(impossible[i].why.zh)));
    }
    return all.n ? all.p : "";
}

/* ---- the briefing's figures ---- */

static const char *file_text(const char *path)
{
    char *bytes = NULL;
    size_t n = 0;
    struct error error;
    if (!whole_read(path, &bytes, &n, &error)) {
        return NULL;
    }
    const char *text = arena_str(arena, (struct str){ bytes, n }).p;
    free(bytes);
    return text;
}

static void finds_two_and_no_more(const char *csv)
{
    struct published_set set = read_set(csv, file_text(FIGURES_CITY "/published/relations.yaml"));
    struct impossible *impossible;
    size_t n;
    checker_run(arena, &set, &impossible, &n);
    assert_int_equal(set.n, 78);
    assert_int_equal(n, 2);
    assert_true(str_is(set.figures[impossible[0].figure].id, "rural_coverage"));
    assert_string_equal(impossible[0].why.en,
                        "no whole numbers give 468/N = 73.89 %; nearest: 468/633 = 73.93, 468/634 = 73.82");
    assert_true(str_is(set.figures[impossible[1].figure].id, "voc_compliance"));
    assert_non_null(strstr(impossible[1].why.en, "= 85.72 %; nearest: 13/15 = 86.67, 6/7 = 85.71"));
}

static void the_two_impossible_shares_are_found(void **state)
{
    (void)state;
    finds_two_and_no_more(file_text(FIGURES_CITY "/published/2024-02-27.csv"));
    const char *briefing = file_text(FIGURES_BRIEFING);
    if (briefing) { /* where the source stands beside the checkout */
        finds_two_and_no_more(briefing);
        struct published_set ours = read_set(file_text(FIGURES_CITY "/published/2024-02-27.csv"), "relations: []");
        struct published_set theirs = read_set(briefing, "relations: []");
        for (size_t i = 0; i < theirs.n; i++) { /* the project's own copy of the facts is a copy */
            size_t k = 0;
            while (k < ours.n && !str_eq(ours.figures[k].id, theirs.figures[i].id)) {
                k++;
            }
            assert_true(k < ours.n);
            assert_int_equal(ours.figures[k].value, theirs.figures[i].value);
            assert_int_equal(ours.figures[k].decimals, theirs.figures[i].decimals);
            assert_true(str_eq(ours.figures[k].period, theirs.figures[i].period));
        }
    }
}

/* ---- by hand ---- */

static void each_relation_is_told_in_words(void **state)
{
    (void)state;
    assert_string_equal(told("s,33.66,percent,2023\nc,514,place,2023\n", "relations: [{share: s, count: c}]"), "");
    assert_string_equal(told("s,33.67,percent,2023\nc,514,place,2023\nw,1527,place,2023\n",
                             "relations: [{share: s, count: c, whole: w}]"),
                        "s: no whole numbers give 514/1527 = 33.67 %; nearest: 514/1527 = 33.66\n");
    assert_string_equal(
        told("w,10,place,2023\na,6,place,2023\nb,5,place,2023\n", "relations: [{whole: w, parts: [a, b]}]"),
        "w: the parts are together at least 11, more than the whole 10; nearest whole: 11\n");
    assert_string_equal(
        told("w,10,place,2023\na,6,place,2023\nb,5,place,2023\n", "relations: [{total: w, sum: [a, b]}]"),
        "w: the parts make 11, not 10; nearest: 11\n");
    assert_string_equal(told("w,5,place,2023\na,6,place,2023\n", "relations: [{within: w, part: a}]"),
                        "w: a part of it is 6, more than 5; expected at most 5\n");
    assert_string_equal(told("d,20.23,point,2023\na,33.66,percent,2023\nb,13.43,percent,2022\n",
                             "relations: [{change: d, now: a, before: b}]"),
                        "");
    assert_string_equal(told("d,20.25,point,2023\na,33.66,percent,2023\nb,13.43,percent,2022\n",
                             "relations: [{change: d, now: a, before: b}]"),
                        "d: the two years give a change between 20.22 and 20.24, not 20.25\n");
    /* three thirds make a whole, though 99.99 is what is written */
    assert_string_equal(told("w,100,percent,2023\na,33.33,percent,2023\nb,33.33,percent,2023\nc,33.33,percent,2023\n",
                             "relations: [{total: w, sum: [a, b, c]}]"),
                        "");
    /* what was not published that day says nothing */
    assert_string_equal(told("w,5,place,2023\n", "relations: [{within: w, part: other}]"), "");
}

static void mistakes_of_the_files_are_told_with_their_lines(void **state)
{
    (void)state;
    struct published_set set;
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_false(published_read(
        arena, STR("p.csv"),
        STR("id,value,unit,as_of,said,step\na,x,place,2023,,\nb,1,place,2023,about,\n"
            "c,1,place,2023,,0\nc2,\"1\",place,2023,,\nc2,1,place,2023,,\n"),
        STR("r.yaml"), STR("relations:\n  - {share: a, now: b}\n  - {total: a}\n  - {sahre: a}\n"), &set, mistakes));
    const char *expected[] = { "value is 'x'; expected a number such as 33.66",
                               "said is 'about'; expected nothing, above, nearly or below",
                               "step is '0'; expected a number above 0 such as 1000",
                               "id is 'c2'; expected an id that stands once" };
    const uint32_t lines[] = { 2, 3, 4, 6 };
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(mistakes->items[i].says.en, expected[i]);
        assert_int_equal(mistakes->items[i].line, lines[i]);
    }
    assert_true(mistakes->n >= 7);
    assert_int_equal(mistakes->items[4].line, 2);
    assert_int_equal(mistakes->items[5].line, 3);
    city_mistakes_free(mistakes);
}

/* ---- against every possibility ---- */

static uint64_t dice_state;

static int64_t dice(int64_t least, int64_t most)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((dice_state >> 33) % (uint64_t)(most - least + 1));
}

/* Could x, in hundredths of the unit, be the true number of a published figure? Straight from the words. */
static bool could_be(const struct published *figure, int64_t x_twice)
{
    int64_t twice = figure->value * 2;
    switch (figure->said) {
    case SAID_ROUNDED:
        return x_twice >= twice - figure->step && x_twice < twice + figure->step;
    case SAID_ABOVE:
        return x_twice >= twice && x_twice < twice + 2 * figure->step;
    case SAID_NEARLY:
        return x_twice < twice && x_twice >= twice - 2 * figure->step;
    case SAID_BELOW:
        return x_twice < twice;
    }
    return false;
}

static struct published count_figure(int64_t value)
{
    struct published figure = { .id = STR("c"), .value = value, .step = 1, .whole = true };
    if (dice(0, 2) == 0) {
        figure.said = (enum said)dice(0, 3);
        figure.step = dice(0, 1) ? 5 : 10;
    }
    return figure;
}

static size_t number_told(struct published *figures, size_t n, struct relation *relation)
{
    struct published_set set = { figures, n, relation, 1 };
    struct impossible *impossible;
    size_t told_of;
    checker_run(arena, &set, &impossible, &told_of);
    return told_of;
}

/* round_half_up(100 c / w) to so many decimals is v? */
static bool rounds_to(int64_t c, int64_t w, unsigned decimals, int64_t v)
{
    int64_t power = decimals == 0 ? 1 : decimals == 1 ? 10 : 100;
    return (200 * c * power + w) / (2 * w) == v;
}

enum { WHOLE_MOST = 400 };

static bool share_is_possible(const struct published *figures, const struct relation *relation)
{
    int64_t most = relation->most ? relation->most : WHOLE_MOST;
    for (int64_t w = relation->least > 1 ? relation->least : 1; w <= most; w++) {
        if (relation->whole != RELATION_NONE && !could_be(&figures[relation->whole], 2 * w)) {
            continue;
        }
        for (int64_t c = 0; c <= w; c++) {
            if ((relation->count == RELATION_NONE || could_be(&figures[relation->count], 2 * c)) &&
                rounds_to(c, w, figures[0].decimals, figures[0].value)) {
                return true;
            }
        }
    }
    return false;
}

/* A share with its count and whole, each known, rounded, bounded or unknown; true or bent. */
static void shares_agree_with_every_possibility(void **state)
{
    (void)state;
    size_t flagged = 0;
    for (int round = 0; round < 3000; round++) {
        dice_state = (uint64_t)round;
        int64_t w = dice(1, 60), c = dice(0, w);
        unsigned decimals = (unsigned)dice(0, 2);
        int64_t power = decimals == 0 ? 1 : decimals == 1 ? 10 : 100;
        struct published figures[3] = {
            { .id = STR("s"), .value = (200 * c * power + w) / (2 * w), .decimals = decimals, .step = 1 },
            count_figure(c),
            count_figure(w)
        };
        struct relation relation = { .kind = RELATION_SHARE, .count = 1, .whole = 2, .most_figure = RELATION_NONE };
        if (dice(0, 2) == 0) {
            relation.whole = RELATION_NONE;
            relation.most = dice(w, WHOLE_MOST);
        }
        if (dice(0, 3) == 0) {
            relation.count = RELATION_NONE;
        }
        if (figures[1].said == SAID_BELOW || figures[2].said == SAID_BELOW) {
            continue;
        }
        bool true_one = could_be(&figures[1], 2 * c) && could_be(&figures[2], 2 * w);
        bool bent = dice(0, 1) == 1;
        figures[0].value += bent ? dice(-3, 3) : 0;
        if (figures[0].value < 0) {
            continue;
        }
        size_t n = number_told(figures, 3, &relation);
        assert_int_equal(n, share_is_possible(figures, &relation) ? 0 : 1);
        if (true_one && !bent) {
            assert_int_equal(n, 0);
        }
        flagged += n;
        arena_reset(arena);
    }
    assert_true(flagged > 300);
}

/* Is there a choice of whole numbers for all figures that fits the relation? */
static bool numbers_are_possible(const struct published *figures, const struct relation *relation)
{
    enum { MOST = 90 };
    for (int64_t a = 0; a <= MOST; a++) {
        for (int64_t b = 0; could_be(&figures[1], 2 * a) && b <= MOST; b++) {
            if (!could_be(&figures[2], 2 * b)) {
                continue;
            }
            for (int64_t x = -MOST; x <= 2 * MOST; x++) {
                if (!could_be(&figures[0], 2 * x) || (x < 0 && relation->kind != RELATION_CHANGE)) {
                    continue;
                }
                if ((relation->kind == RELATION_SUM && x == a + b) ||
                    (relation->kind == RELATION_PARTS && x >= a + b) ||
                    (relation->kind == RELATION_CHANGE && x == a - b) ||
                    (relation->kind == RELATION_WITHIN && a <= x)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void sums_agree_with_every_possibility(void **state)
{
    (void)state;
    size_t flagged = 0;
    for (int round = 0; round < 1500; round++) {
        dice_state = 77777 + (uint64_t)round;
        int64_t a = dice(15, 50), b = dice(15, 30);
        enum relation_kind kind = (enum relation_kind)dice(RELATION_PARTS, RELATION_WITHIN);
        int64_t x = kind == RELATION_CHANGE ? a - b : a + b;
        struct published figures[3] = { count_figure(x), count_figure(a), count_figure(b) };
        if (figures[0].said == SAID_BELOW || figures[1].said == SAID_BELOW || figures[2].said == SAID_BELOW ||
            x < 11) { /* tried by hand: their ranges have no end here */
            continue;
        }
        bool true_one = could_be(&figures[0], 2 * x) && could_be(&figures[1], 2 * a) && could_be(&figures[2], 2 * b);
        bool bent = dice(0, 1) == 1;
        figures[0].value += bent ? dice(-12, 12) : 0;
        struct relation relation = { .kind = kind,
                                     .parts = { 1, 2 },
                                     .nparts = kind == RELATION_WITHIN ? 1 : 2,
                                     .now = 1,
                                     .before = 2,
                                     .most_figure = RELATION_NONE };
        size_t n = number_told(figures, 3, &relation);
        assert_int_equal(n, numbers_are_possible(figures, &relation) ? 0 : 1);
        if (true_one && !bent) {
            assert_int_equal(n, 0);
        }
        flagged += n;
        arena_reset(arena);
    }
    assert_true(flagged > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_two_impossible_shares_are_found, start, finish),
        cmocka_unit_test_setup_teardown(each_relation_is_told_in_words, start, finish),
        cmocka_unit_test_setup_teardown(mistakes_of_the_files_are_told_with_their_lines, start, finish),
        cmocka_unit_test_setup_teardown(shares_agree_with_every_possibility, start, finish),
        cmocka_unit_test_setup_teardown(sums_agree_with_every_possibility, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
