/* hours: against a grid of minutes that is made from the same rules without reading them; damaged text. */
#include "atlas/hours.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MINUTES = 1440, DAYS = 24, RULES = 4 };

static const char *const day_names[] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH" };

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static unsigned below(uint64_t *state, unsigned n)
{
    return (unsigned)(next(state) % n);
}

/* What a rule says, as numbers. */
struct made_rule {
    unsigned days; /* bits; 0: every day */
    unsigned n, from[4], until[4];
};

static void make_rule(uint64_t *dice, struct made_rule *rule)
{
    static const unsigned sets[] = { 0, 0x1f, 0x60, 0x7f, 0x80, 0x15, 0xe0 };
    *rule = (struct made_rule){ .days = sets[below(dice, 7)], .n = below(dice, 4) };
    for (unsigned i = 0; i < rule->n; i++) {
        rule->from[i] = below(dice, 48) * 30;
        rule->until[i] = rule->from[i] + 15 + below(dice, 95) * 15;
        if (rule->until[i] - rule->from[i] > MINUTES) {
            rule->until[i] = rule->from[i] + MINUTES;
        }
    }
}

static struct str write_rule(struct arena *arena, uint64_t *dice, const struct made_rule *rule)
{
    struct str text = STR("");
    for (int day = 0; day < 8; day++) {
        if (rule->days & 1u << day) {
            text = arena_printf(arena, "%.*s%s%s", STR_ARG(text), text.n ? "," : "", day_names[day]);
        }
    }
    if (rule->days == 0x1f && below(dice, 2)) {
        text = STR("Mo-Fr");
    } else if (rule->days == 0x60 && below(dice, 2)) {
        text = STR("Sa-Su");
    }
    if (rule->n == 0) {
        return arena_printf(arena, "%.*s off", STR_ARG(text));
    }
    for (unsigned i = 0; i < rule->n; i++) {
        /* An end on the next day is written either way. */
        unsigned until = rule->until[i] > MINUTES && rule->until[i] - rule->from[i] < MINUTES && below(dice, 2)
                             ? rule->until[i] - MINUTES
                             : rule->until[i];
        text = arena_printf(arena, "%.*s%s%02u:%02u-%02u:%02u", STR_ARG(text), i ? "," : " ", rule->from[i] / 60,
                            rule->from[i] % 60, until / 60, until % 60);
    }
    return text;
}

struct grid {
    int64_t first;
    unsigned char open[DAYS * MINUTES];
};

static const struct made_rule *rule_of(const struct made_rule *rules, unsigned n, unsigned bit)
{
    const struct made_rule *holds = NULL;
    for (unsigned i = 0; i < n; i++) {
        holds = (rules[i].days ? rules[i].days : 0x7fu) & bit ? &rules[i] : holds;
    }
    return holds;
}

static bool names_holidays(const struct made_rule *rules, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (rules[i].days & 0x80u) {
            return true;
        }
    }
    return false;
}

static void fill_grid(struct grid *grid, const struct made_rule *rules, unsigned n, struct hours_holidays holidays)
{
    memset(grid->open, 0, sizeof grid->open);
    for (int day = -1; day < DAYS; day++) {
        int64_t number = grid->first + day;
        bool holiday = false;
        for (size_t i = 0; i < holidays.n; i++) {
            holiday = holiday || holidays.days[i] == number;
        }
        unsigned bit = holiday && names_holidays(rules, n) ? 0x80u : 1u << ((number + 3) % 7);
        const struct made_rule *rule = rule_of(rules, n, bit);
        for (unsigned i = 0; rule && i < rule->n; i++) {
            for (unsigned m = rule->from[i]; m < rule->until[i]; m++) {
                int at = day * MINUTES + (int)m;
                if (at >= 0 && at < DAYS * MINUTES) {
                    grid->open[at] = 1;
                }
            }
        }
    }
}

/* The first minute within the grid at which it is otherwise than at `from`; -1: none. */
static int change_after(const struct grid *grid, int from)
{
    for (int at = from + 1; at < DAYS * MINUTES; at++) {
        if (grid->open[at] != grid->open[from]) {
            return at;
        }
    }
    return -1;
}

static void check_minutes(const struct hours *hours, const struct grid *grid, struct hours_holidays holidays,
                          uint64_t *dice)
{
    for (int i = 0; i < DAYS * MINUTES; i += 1 + (int)below(dice, 20)) {
        int64_t ms = day_start_ms(grid->first) + (int64_t)i * 60000 + below(dice, 60000), at = 0;
        assert_int_equal(hours_open(hours, holidays, ms), grid->open[i]);
        if (below(dice, 16) == 0 && i < 14 * MINUTES) {
            int expected = change_after(grid, i);
            bool changes = hours_next(hours, holidays, ms, &at);
            if (expected >= 0) {
                assert_true(changes);
                assert_int_equal(at, day_start_ms(grid->first) + (int64_t)expected * 60000);
            } else if (changes) {
                assert_true(at >= day_start_ms(grid->first + DAYS));
            }
        }
    }
}

static void it_is_as_the_grid_says(void **state)
{
    (void)state;
    static struct grid grid;
    uint64_t dice = 4;
    const int64_t first = day_of(2026, 9, 21);
    const int64_t days[] = { first + 3, first + 10, first + 11, first + 12 };
    const struct hours_holidays holidays = { days, 4 };
    for (int round = 0; round < 400; round++) {
        struct arena *arena = arena_new(0);
        struct made_rule rules[RULES];
        struct str text = STR("");
        unsigned n = 1 + below(&dice, RULES);
        for (unsigned i = 0; i < n; i++) {
            make_rule(&dice, &rules[i]);
            struct str rule = write_rule(arena, &dice, &rules[i]);
            text = arena_printf(arena, "%.*s%s%.*s", STR_ARG(text), i ? "; " : "", STR_ARG(rule));
        }
        struct hours hours, again;
        struct error error = { { 0 } };
        if (!hours_parse(text, &hours, &error)) {
            fail_msg("%.*s: %s", STR_ARG(text), error.message);
        }
        grid.first = first;
        fill_grid(&grid, rules, n, holidays);
        check_minutes(&hours, &grid, holidays, &dice);
        struct str form = hours_format(arena, &hours);
        if (form.n) {
            assert_true(hours_parse(form, &again, &error));
            check_minutes(&again, &grid, holidays, &dice);
        }
        arena_free(arena);
    }
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",
                                         ";",
                                         "Mo",
                                         "Mo-",
                                         "Mo-PH 08:00-09:00",
                                         "Mo08:00-09:00",
                                         "08:00",
                                         "08:00-",
                                         "08:00-08:00",
                                         "24:00-25:00",
                                         "08:00-49:00",
                                         "24:30-26:00",
                                         "8-9",
                                         "08:60-09:00",
                                         "08:00-09:00,",
                                         "08:00-09:00 x",
                                         "Mo,xx 08:00-09:00",
                                         "01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00,09:00-10:00" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hours hours = { .holidays = true };
        struct error error = { { 0 } };
        if (hours_parse(str_of(wrong[i]), &hours, &error)) {
            fail_msg("taken: %s", wrong[i]);
        }
        assert_true(error.message[0] && hours.holidays); /* untouched */
    }
}

static void words_are_in_both_languages(void **state)
{
    (void)state;
    static const struct {
        const char *text, *zh, *en;
    } all[] = {
        { "Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00; PH off",
          "周一至周五 06:00–22:00；周六、周日 08:00–21:00；节假日 不开放",
          "Monday to Friday 06:00–22:00; Saturday, Sunday 08:00–21:00; public holidays closed" },
        { "24/7", "每天 全天", "Every day day and night" },
        { "Fr-Sa 18:00-02:00", "周一至周四、周日 不开放；周五、周六 18:00–次日02:00",
          "Monday to Thursday, Sunday closed; Friday, Saturday 18:00–02:00 the next day" },
        { "Mo-Su 08:00-11:30,14:00-17:00", "每天 08:00–11:30、14:00–17:00", "Every day 08:00–11:30, 14:00–17:00" },
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hours hours;
        struct error error;
        assert_true(hours_parse(str_of(all[i].text), &hours, &error));
        struct name words = hours_words(arena, &hours);
        assert_string_equal(arena_cstr(arena, words.zh), all[i].zh);
        assert_string_equal(arena_cstr(arena, words.en), all[i].en);
    }
    struct hours never;
    struct error error;
    int64_t at;
    assert_true(hours_parse(STR("off"), &never, &error));
    assert_false(hours_next(&never, (struct hours_holidays){ NULL, 0 }, 0, &at));
    assert_true(hours_parse(STR("24/7"), &never, &error));
    assert_false(hours_next(&never, (struct hours_holidays){ NULL, 0 }, 0, &at));
    arena_free(arena);
}

/* Whatever bytes come: taken or refused, and what was taken can be asked and written. */
static void any_bytes_may_come(void **state)
{
    (void)state;
    static const char alphabet[] = "MoTuWeThFrSaSuPH 0123456789:-,;off/24closed\xff\x00";
    static const char *const seeds[] = { "Mo-Fr 06:00-22:00; Sa,Su 08:00-21:00; PH off", "24/7", "PH 10:00-26:00" };
    uint64_t dice = 99;
    for (int round = 0; round < 60000; round++) {
        struct arena *arena = arena_new(0);
        char bytes[64];
        const char *seed = seeds[below(&dice, 3)];
        size_t n = strlen(seed);
        memcpy(bytes, seed, n);
        for (unsigned k = below(&dice, 6); k > 0; k--) {
            bytes[below(&dice, (unsigned)n)] = alphabet[below(&dice, sizeof alphabet)];
        }
        char *exact = malloc(n); /* so that a read behind the end is seen */
        assert_non_null(exact);
        memcpy(exact, bytes, n);
        struct hours hours, again;
        struct error error;
        int64_t at;
        if (hours_parse((struct str){ exact, n }, &hours, &error)) {
            const struct hours_holidays none = { NULL, 0 };
            (void)hours_next(&hours, none, (int64_t)next(&dice), &at);
            assert_true(hours_words(arena, &hours).zh.n > 0);
            struct str form = hours_format(arena, &hours);
            assert_true(form.n == 0 || hours_parse(form, &again, &error));
        }
        free(exact);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_the_grid_says),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(words_are_in_both_languages),
        cmocka_unit_test(any_bytes_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
