/* How long the steps of a county's round take: `measure-round [CHILDREN]` (10,000), on the engine of JIAOTI_TEST_DB. */
#include "round_fixture.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static int children = 10000;

static void report(const char *what, int64_t begun)
{
    printf("%-24s %8.1f ms\n", what, (double)(clock_monotonic_us() - begun) / 1000.0);
}

static void measure_steps(struct shire *s)
{
    for (;;) {
        struct round row = shire_round(s, s->round);
        struct round_next next = round_next(&row);
        if (row.state == ROUND_PUBLISHED) {
            return;
        }
        shire_clock(next.from ? next.from : next.step == STEP_ANNOUNCE ? row.dates.opens_at - 1000 : clock_ms());
        if (next.step == STEP_CLOSE || next.step == STEP_OPEN_SECRETS) {
            shire_witnesses(s, s->round, next.step == STEP_OPEN_SECRETS);
        }
        int64_t begun = clock_monotonic_us();
        shire_go(s, s->round, next.step);
        report(round_step_id(next.step), begun);
        if (next.step == STEP_OPEN) {
            begun = clock_monotonic_us();
            shire_apply(s, s->round, 0, s->children);
            report("(applications written)", begun);
        }
    }
}

static void measure_reads(struct shire *s)
{
    struct error error = { { 0 } };
    struct preview preview;
    struct preview_edit edit = { s->offers[0], 300 };
    struct preview_question question = { .places = s->places, .round = s->round, .edits = &edit, .nedits = 1 };
    for (int i = 0; i < 2; i++) {
        struct arena *arena = arena_new(0);
        assert_true(preview_run(s->db, arena, &question, &preview, &error));
        printf("%-24s %8.1f ms, %lld gain, %lld lose\n", "preview, a class more", (double)preview.took_us / 1000.0,
               (long long)preview.gained, (long long)preview.lost);
        arena_free(arena);
    }
    int64_t begun = clock_monotonic_us();
    enum { TIMES = 200 };
    for (int i = 0; i < TIMES; i++) {
        struct arena *arena = arena_new(0);
        struct explanation explanation;
        bool found;
        assert_true(db_read_begin(s->db, &error));
        assert_true(explain(s->db, s->places, arena, 1 + i * 37 % s->children, false, &explanation, &found, &error));
        db_read_end(s->db);
        arena_free(arena);
    }
    printf("%-24s %8.3f ms\n", "an explanation", (double)(clock_monotonic_us() - begun) / 1000.0 / TIMES);
    begun = clock_monotonic_us();
    struct round *rounds;
    size_t n;
    assert_true(round_list(s->db, s->arena, s->city, STR(""), &rounds, &n, &error));
    report("overview", begun);
    begun = clock_monotonic_us();
    struct str text;
    bool found;
    assert_true(round_proof(s->db, s->places, s->arena, 5, &text, &found, &error));
    report("a proof", begun);
    struct str file = shire_file(s, s->round, "");
    struct transcript_report verified;
    begun = clock_monotonic_us();
    assert_true(transcript_verify(file.p, file.n, NULL, &verified));
    report("transcript verified", begun);
    printf("transcript %zu bytes; by choice %u, balance %u, unplaced %u\n", file.n, verified.placed_by_choice,
           verified.placed_by_balance, verified.unplaced);
}

static void measure(void **state)
{
    (void)state;
    int schools = 60;
    struct shire *s =
        shire_new("371502", STAGE_PRIMARY, schools, (children * 21 / 20 / schools + 49) / 50 * 50, children);
    measure_steps(s);
    measure_reads(s);
    int64_t begun = clock_monotonic_us();
    shire_sound(s);
    report("ledger recounted", begun);
    shire_free(s);
}

int main(int argc, char **argv)
{
    children = argc > 1 ? (int)strtol(argv[1], NULL, 10) : children;
    const struct CMUnitTest tests[] = { cmocka_unit_test(measure) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
