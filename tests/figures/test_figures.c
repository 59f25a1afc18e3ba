/* Counting: as on a day, as known at a moment, by place, from what is kept; and the arithmetic. */
#include "figures/small_register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <pthread.h>

#include <cmocka.h>

enum { SHARE, RISE, KINDERGARTENS, PUPILS, NEW, MEAN, SLOW };
/* in the order of their ids */
static const struct test_indicator list[] = {
    { "a_share", "ratio", "at: day", quality_rows, "opens: institution\nround: 2\n" },
    { "b_rise", "change", NULL, NULL, "of: a_share\nround: 2\n" },
    { "c_kindergartens", "count", "at: day",
      "  select subject as id, division, institution, 1 as amount from {institution} where kind = '111'\n",
      "opens: institution\nround: 0\nbound: above\nstep: 5\n" },
    { "d_pupils", "count", "at: day",
      "  select p.subject as id, p.division, p.institution, 1 as amount from {pupil} p\n",
      "opens: pupil\nround: 0\nsince: 2023-09-01\n" },
    { "e_new", "count", "at: year",
      "  select h.subject as id, h.division, h.institution, 1 as amount from {honour} h where not exists (select 1 "
      "from "
      "{honour:before} b where b.subject = h.subject) and h.valid_from >= :from and h.valid_from <= :until\n",
      "opens: honour\nround: 0\n" },
    { "f_mean", "mean", "at: day",
      "  select subject as id, division, institution, 2 as amount, 3 as part from {institution} i\n",
      "opens: institution\nround: 1\n" },
    { "g_slow", "count", "at: day",
      "  with recursive g(v) as (select 1 union all select v + 1 from g where v < 600000)\n"
      "  select max(v) as id, '3715' as division, 0 as institution, 1 as amount from g\n",
      "opens: institution\nround: 0\n" },
};

static struct small_figures small;
static struct error error;

static int start(void **state)
{
    small = small_figures_new(list, sizeof list / sizeof *list);
    *state = &small;
    return 0;
}

static struct figure count(size_t index, int64_t day, int64_t recorded, const char *scope, int64_t institution)
{
    struct counted counted;
    if (!figures_counted(small.figures, small.f->arena, index, (struct as_of){ day, recorded }, FIGURES_FOR_EVERYBODY,
                         &counted, &error)) {
        fail_msg("%s", error.message);
    }
    return compute_figure(small.set, &small.set->items[index], &counted, str_of(scope), institution);
}

static void assert_share(struct figure figure, int64_t part, int64_t whole, int64_t value_e6)
{
    assert_int_equal(figure.state, FIGURE_IS);
    assert_int_equal(figure.numerator, part);
    assert_int_equal(figure.denominator, whole);
    assert_int_equal(figure.value_e6, value_e6);
}

static void counts_as_on_a_day_by_place(void **state)
{
    (void)state;
    assert_share(count(SHARE, DAY_2023, MOMENT_OPEN, "", 0), 3, 7, 42860000);
    assert_share(count(SHARE, DAY_2022, MOMENT_OPEN, "", 0), 2, 7, 28570000);
    assert_share(count(SHARE, DAY_2023, MOMENT_OPEN, "371502", 0), 2, 4, 50000000);
    assert_share(count(SHARE, DAY_2023, MOMENT_OPEN, "371521", 0), 1, 3, 33330000);
    assert_share(count(SHARE, DAY_2023, MOMENT_OPEN, "", 1), 1, 1, 100000000);
    assert_int_equal(count(SHARE, DAY_2023, MOMENT_OPEN, "3716", 0).state, FIGURE_EMPTY);
    assert_int_equal(count(SHARE, DAY_2023, MOMENT_FIRST - 1, "", 0).state, FIGURE_EMPTY); /* nothing was known */
    assert_int_equal(count(MEAN, DAY_2023, MOMENT_OPEN, "", 0).value_e6, 1500000);
}

static void a_change_is_of_the_exact_values(void **state)
{
    (void)state;
    struct figure figure = count(RISE, DAY_2023, MOMENT_OPEN, "", 0);
    assert_int_equal(figure.value_e6, 14290000); /* 1/7, not 42.86 - 28.57 rounded otherwise */
    assert_int_equal(figure.before_numerator, 2);
    assert_int_equal(figure.before_denominator, 7);
}

static void years_count_what_happened_in_them(void **state)
{
    (void)state;
    assert_int_equal(count(NEW, DAY_2023, MOMENT_OPEN, "", 0).numerator, 1);
    assert_int_equal(count(NEW, DAY_2023 - 200, MOMENT_OPEN, "", 0).numerator, 1); /* any day of the year */
    assert_int_equal(count(NEW, DAY_2022, MOMENT_OPEN, "", 0).numerator, 0);
}

static void bounds_and_since_are_kept(void **state)
{
    (void)state;
    struct figure figure = count(KINDERGARTENS, DAY_2023, MOMENT_OPEN, "", 0);
    assert_int_equal(figure.numerator, 7);
    assert_int_equal(figure.said_e6, 5000000); /* "over 5" */
    assert_int_equal(count(PUPILS, DAY_2023, MOMENT_OPEN, "", 0).numerator, 3);
    assert_int_equal(count(PUPILS, DAY_2022, MOMENT_OPEN, "", 0).state, FIGURE_EARLIER);
}

/* How many queries a count costs. */
static int64_t queries(size_t index, int64_t day, int64_t recorded)
{
    int64_t before = figures_numbers(small.figures).counted;
    (void)count(index, day, recorded, "", 0);
    return figures_numbers(small.figures).counted - before;
}

/* What is recorded later is seen at once; what was known before is still said. */
static void later_rows_are_counted_and_earlier_knowledge_stays(void **state)
{
    (void)state;
    const int64_t moment = MOMENT_FIRST + 1000000;
    assert_share(count(SHARE, DAY_2022, MOMENT_OPEN, "", 0), 2, 7, 28570000);
    assert_int_equal(queries(SHARE, DAY_2022, MOMENT_OPEN), 0); /* kept */
    assert_int_equal(queries(SHARE, DAY_2022 - 1, MOMENT_OPEN), 1);
    small_register_honour(small.f, moment);
    assert_int_equal(queries(SHARE, DAY_2022, MOMENT_OPEN), 1);
    assert_int_equal(queries(SHARE, DAY_2022, MOMENT_OPEN), 0);
    assert_share(count(SHARE, DAY_2022, MOMENT_OPEN, "", 0), 3, 7, 42860000);
    assert_share(count(SHARE, DAY_2022, moment - 1, "", 0), 2, 7, 28570000);
    assert_share(count(SHARE, DAY_2022, moment, "", 0), 3, 7, 42860000);
}

static void many_are_counted_together(void **state)
{
    (void)state;
    struct figures_ask asks[24];
    for (size_t i = 0; i < 24; i++) {
        asks[i] = (struct figures_ask){ .indicator = i % 6, .as_of = { DAY_2023 - (int64_t)(i / 12), MOMENT_OPEN } };
    }
    assert_true(figures_many(small.figures, small.f->arena, asks, 24, 4, FIGURES_FOR_STAFF, &error));
    for (size_t i = 0; i < 24; i++) {
        struct figure alone = count(asks[i].indicator, asks[i].as_of.day, MOMENT_OPEN, "", 0);
        struct figure together =
            compute_figure(small.set, &small.set->items[asks[i].indicator], &asks[i].counted, STR(""), 0);
        assert_memory_equal(&alone, &together, sizeof alone);
    }
}

static void figures_open_to_their_rows(void **state)
{
    (void)state;
    struct counted_row *rows;
    size_t n;
    struct as_of as_of = { DAY_2023, MOMENT_OPEN };
    struct rows_ask ask = { .scope = STR("371502"), .most = 3 };
    assert_true(figures_rows(small.figures, small.f->arena, SHARE, as_of, &ask, &rows, &n, &error));
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].id, 1);
    assert_int_equal(rows[0].part, 1);
    assert_int_equal(rows[2].part, 0);
    ask.after = rows[2].id;
    assert_true(figures_rows(small.figures, small.f->arena, SHARE, as_of, &ask, &rows, &n, &error));
    assert_int_equal(n, 1);
    ask = (struct rows_ask){ .institution = 5, .most = 10 };
    assert_true(figures_rows(small.figures, small.f->arena, SHARE, as_of, &ask, &rows, &n, &error));
    assert_int_equal(n, 1);
    assert_true(str_is(rows[0].division, "371521001"));
    /* all rows together are the figure */
    ask = (struct rows_ask){ .most = 100 };
    int64_t amount = 0, part = 0;
    assert_true(figures_rows(small.figures, small.f->arena, SHARE, as_of, &ask, &rows, &n, &error));
    for (size_t i = 0; i < n; i++) {
        amount += rows[i].amount;
        part += rows[i].part;
    }
    assert_share(count(SHARE, DAY_2023, MOMENT_OPEN, "", 0), part, amount, 42860000);
}

enum { STRANGERS = 8 };

enum asking_way { ANOTHER_MOMENT_EACH, ALL_THE_SAME, ROWS, WAYS };
struct asking {
    enum asking_way way;
    int64_t number;
    int result; /* 0 answered, 1 told to come again, 2 failed */
};

/* A query of some tenths of a second. */
static void *ask_slowly(void *context)
{
    struct asking *asking = context;
    struct arena *arena = arena_new(0);
    struct counted counted;
    struct counted_row *rows;
    struct error why = { "" };
    struct as_of as_of = { DAY_2023, MOMENT_FIRST + (asking->way == ALL_THE_SAME ? 99 : asking->number) };
    struct rows_ask ask = { .most = 10, .in_turn = true };
    size_t n;
    bool good = asking->way == ROWS
                    ? figures_rows(small.figures, arena, SLOW, as_of, &ask, &rows, &n, &why)
                    : figures_counted(small.figures, arena, SLOW, as_of, FIGURES_FOR_EVERYBODY, &counted, &why);
    asking->result = good ? 0 : figures_was_busy(&why) ? 1 : 2;
    arena_free(arena);
    return NULL;
}

/* Strangers' queries take turns, be it for counts or rows; who would wait behind too many, or with too many for the
 * same count, is told to come again. */
static void strangers_take_turns(void **state)
{
    (void)state;
    for (enum asking_way way = 0; way < WAYS; way++) {
        pthread_t threads[STRANGERS];
        struct asking asking[STRANGERS];
        int counts[3] = { 0 };
        for (int i = 0; i < STRANGERS; i++) {
            asking[i] = (struct asking){ .way = way, .number = i + 1 };
            assert_int_equal(pthread_create(&threads[i], NULL, ask_slowly, &asking[i]), 0);
        }
        for (int i = 0; i < STRANGERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            counts[asking[i].result]++;
        }
        assert_true(counts[0] >= 1);
        assert_true(counts[1] >= 1 || (way != ALL_THE_SAME && sysconf(_SC_NPROCESSORS_ONLN) > 8));
        assert_int_equal(counts[2], 0);
    }
}

/* ---- arithmetic ---- */

static int64_t rounded(int64_t top, int64_t bottom, unsigned decimals)
{
    int64_t e6 = -1;
    assert_true(compute_round(top, bottom, decimals, &e6));
    return e6;
}

static void rounding_is_exact(void **state)
{
    (void)state;
    assert_int_equal(rounded(51400, 1527, 2), 33660000);
    assert_int_equal(rounded(1, 8, 2), 130000);   /* 0.125: halves up */
    assert_int_equal(rounded(-1, 8, 2), -130000); /* and away from zero below it */
    assert_int_equal(rounded(1249, 10000, 2), 120000);
    assert_int_equal(rounded(5, 10, 0), 1000000);
    assert_int_equal(rounded(1, 3, 6), 333333);
    assert_int_equal(rounded(0, 7, 2), 0);
    int64_t e6;
    assert_false(compute_round((__int128)INT64_MAX * 1000, 1, 0, &e6));
    const __int128 greatest = ((__int128)1 << 126) - 1 + ((__int128)1 << 126);
    assert_false(compute_round(greatest, 1, 6, &e6));
    assert_false(compute_round(1, greatest, 0, &e6)); /* even its double is too great */
    assert_false(compute_round(greatest / 2, 1, 0, &e6));
    struct cell huge = { .amount = INT64_MAX, .part = INT64_MAX - 1 }, other = { .amount = INT64_MAX, .part = 1 };
    struct counted counted = { .period = { .day = DAY_2023 }, .now = { &huge, 1 }, .before = { &other, 1 } };
    assert_int_equal(compute_figure(small.set, &small.set->items[RISE], &counted, STR(""), 0).state, FIGURE_TOO_MANY);
    for (int64_t bottom = 1; bottom < 60; bottom++) { /* against long division, digit by digit */
        for (int64_t top = 0; top < 120; top++) {
            int64_t whole = top / bottom, rest = top % bottom, digits = 0;
            for (int i = 0; i < 2; i++) {
                rest *= 10;
                digits = digits * 10 + rest / bottom;
                rest %= bottom;
            }
            digits += 2 * rest >= bottom;
            assert_int_equal(rounded(top, bottom, 2), whole * 1000000 + digits * 10000);
        }
    }
}

static void wilsons_interval_is_known(void **state)
{
    (void)state;
    int64_t low, high;
    compute_wilson(405, 1000, 2, &low, &high);
    assert_int_equal(low, 37500000);
    assert_int_equal(high, 43570000);
    compute_wilson(0, 10, 2, &low, &high);
    assert_int_equal(low, 0);
    assert_int_equal(high, 27750000);
    compute_wilson(10, 10, 2, &low, &high);
    assert_int_equal(low, 72250000);
    assert_int_equal(high, 100000000);
}

static void numbers_are_written(void **state)
{
    (void)state;
    assert_string_equal(figure_number(small.f->arena, 1083000000000, 0, true).p, "1,083,000");
    assert_string_equal(figure_number(small.f->arena, -14290000, 2, true).p, "-14.29");
    assert_string_equal(figure_number(small.f->arena, 5000000, 2, false).p, "5.00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_as_on_a_day_by_place),
        cmocka_unit_test(a_change_is_of_the_exact_values),
        cmocka_unit_test(years_count_what_happened_in_them),
        cmocka_unit_test(bounds_and_since_are_kept),
        cmocka_unit_test(many_are_counted_together),
        cmocka_unit_test(figures_open_to_their_rows),
        cmocka_unit_test(later_rows_are_counted_and_earlier_knowledge_stays),
        cmocka_unit_test(strangers_take_turns),
        cmocka_unit_test(rounding_is_exact),
        cmocka_unit_test(wilsons_interval_is_known),
        cmocka_unit_test(numbers_are_written),
    };
    return cmocka_run_group_tests(tests, start, small_figures_finish);
}
