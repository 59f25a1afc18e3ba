/* registry: kinds and tables agree; facts in two times, by hand. */
#include "support/store_fixture.h"

#include "base/clock.h"
#include "registry/facts.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW ((struct as_of){ .day = day_of(2024, 6, 1), .recorded = MOMENT_OPEN })

static struct store_fixture *f;
static struct error error;
static struct db *db;

static int start(void **state)
{
    (void)state;
    f = store_fixture_new();
    store_fixture_migrate(f, registry_migrations, registry_migrations_count);
    assert_true(db_open(&db, f->store, DB_READ, &error));
    return 0;
}

static int finish(void **state)
{
    (void)state;
    db_close(db);
    store_fixture_free(f);
    return 0;
}

static const struct kind *kind_of(enum kind_id id)
{
    return &KIND_LIST[id];
}

static void set(const struct kind *kind, struct fact *fact, const char *column, const char *text)
{
    int i = kind_column(kind, str_of(column));
    assert_true(i >= 0);
    fact->values[i] = V_TEXT(str_of(text));
}

static void set_int(const struct kind *kind, struct fact *fact, const char *column, int64_t number)
{
    int i = kind_column(kind, str_of(column));
    assert_true(i >= 0);
    fact->values[i] = V_INT(number);
}

/* Every column of the description stands in its table, and, if it may be shown, in its view. */
static void kinds_are_what_the_tables_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &KIND_LIST[i];
        struct facts_ask ask = { .as_of = NOW };
        struct fact *facts;
        size_t n;
        assert_int_equal(kind->id, i);
        assert_true(kind->ncolumns <= KIND_COLUMNS_MOST);
        if (!facts_list(db, f->arena, kind, &ask, &facts, &n, &error)) {
            fail_msg("%s: %s", kind->name, error.message);
        }
        for (size_t c = 0; c < kind->ncolumns; c++) {
            /* a number is compared with a number, a text with a text: PostgreSQL refuses anything else */
            ask.column = str_of(kind->columns[c].name);
            ask.value = STR("1");
            if (!facts_list(db, f->arena, kind, &ask, &facts, &n, &error)) {
                fail_msg("%s.%s: %s", kind->name, kind->columns[c].name, error.message);
            }
        }
        const char *sql = arena_printf(f->arena,
                                       "select subject, code, valid_from, valid_until, recorded_at, replaced_at, "
                                       "division, institution from published_%s",
                                       kind->name)
                              .p;
        struct rows *rows = db_query(db, &error, sql);
        assert_false(rows_next(rows));
        assert_true(rows_end(rows, &error));
    }
}

/* ---- By hand ---- */

struct step {
    const struct kind *kind;
    struct fact fact;
    int64_t change;
    int64_t end_on; /* not 0: facts_end */
    bool changed;
    int64_t moment;
};

static bool run_step(struct writing *writing, void *input, struct error *err)
{
    struct step *step = input;
    bool ok = step->end_on ? facts_end(writing, step->kind, step->fact.subject, step->end_on, step->change, err)
                           : facts_record(writing, step->kind, &step->fact, step->change, &step->changed, err);
    return ok && writing_moment(writing, &step->moment, err);
}

static void run(struct step *step)
{
    if (!writer_call(store_fixture_writer(f), "step", run_step, step, &error)) {
        fail_msg("%s", error.message);
    }
}

static struct fact school(const char *code, const char *name, int64_t from)
{
    const struct kind *kind = kind_of(KIND_INSTITUTION);
    struct fact fact = { .code = str_of(code), .valid_from = from, .division = STR("371502001") };
    set(kind, &fact, "name_zh", name);
    set(kind, &fact, "kind", "211");
    set(kind, &fact, "ownership", "public");
    set_int(kind, &fact, "lon_e6", 115985000);
    set_int(kind, &fact, "lat_e6", 36457000);
    return fact;
}

static struct str name_at(const char *code, int64_t day, int64_t recorded)
{
    const struct kind *kind = kind_of(KIND_INSTITUTION);
    struct fact fact;
    bool found;
    assert_true(facts_one(db, f->arena, kind, str_of(code), (struct as_of){ day, recorded }, &fact, &found, &error));
    return found ? fact_text(kind, &fact, "name_zh") : STR("");
}

static void what_was_said_is_said_again(void **state)
{
    (void)state;
    const struct kind *kind = kind_of(KIND_INSTITUTION);
    struct step step = { .kind = kind, .fact = school("3715000001", "东关小学", 100), .change = 1 };
    run(&step);
    assert_true(step.changed);
    int64_t first = step.moment;
    run(&step);
    assert_false(step.changed);
    /* from day 200 it is called otherwise */
    step.fact = school("3715000001", "东关实验小学", 200);
    run(&step);
    int64_t second = step.moment;
    assert_true(second > first);
    /* and it is learnt late that it was called so from day 150 until 250 only */
    step.fact = school("3715000001", "实验小学", 150);
    step.fact.valid_until = 250;
    run(&step);
    assert_true(str_is(name_at("3715000001", 99, MOMENT_OPEN), ""));
    assert_true(str_is(name_at("3715000001", 149, MOMENT_OPEN), "东关小学"));
    assert_true(str_is(name_at("3715000001", 150, MOMENT_OPEN), "实验小学"));
    assert_true(str_is(name_at("3715000001", 249, MOMENT_OPEN), "实验小学"));
    assert_true(str_is(name_at("3715000001", 250, MOMENT_OPEN), "东关实验小学"));
    assert_true(str_is(name_at("3715000001", 220, second), "东关实验小学"));
    assert_true(str_is(name_at("3715000001", 220, first), "东关小学"));
    assert_true(str_is(name_at("3715000001", 220, first - 1), ""));
    int64_t subject = 0;
    bool found = false;
    assert_true(facts_subject_of(db, kind, STR("3715000001"), &subject, &found, &error));
    assert_true(found);
    step.fact.subject = subject;
    step.end_on = 300;
    run(&step);
    assert_true(str_is(name_at("3715000001", 299, MOMENT_OPEN), "东关实验小学"));
    assert_true(str_is(name_at("3715000001", 300, MOMENT_OPEN), ""));
    assert_true(str_is(name_at("3715000001", 300, step.moment - 1), "东关实验小学"));
    /* what changed between two moments about one day */
    struct facts_ask ask = { .as_of = { 220, MOMENT_OPEN } };
    struct fact_difference *differences;
    size_t n;
    assert_true(facts_differences(db, f->arena, kind, &ask, (struct as_of){ 220, first }, &differences, &n, &error));
    assert_int_equal(n, 1);
    assert_true(str_is(fact_text(kind, &differences[0].before, "name_zh"), "东关小学"));
    assert_true(str_is(fact_text(kind, &differences[0].after, "name_zh"), "实验小学"));
    ask.as_of.day = 400;
    assert_true(facts_differences(db, f->arena, kind, &ask, (struct as_of){ 120, first }, &differences, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(differences[0].after.id, 0);
}

/* The clock is set back, and two transactions fall into one millisecond: moments grow all the same. */
static void moments_only_grow(void **state)
{
    (void)state;
    struct step step = { .kind = kind_of(KIND_INSTITUTION), .fact = school("3715000002", "一", 100), .change = 1 };
    int64_t last = 0, seen = 0;
    for (int i = 0; i < 6; i++) {
        clock_shift(i == 3 ? -INT64_C(7200000) : 0);
        step.fact = school("3715000002", i % 2 ? "一" : "二", 100);
        run(&step);
        assert_true(step.changed && step.moment > last);
        last = step.moment;
        assert_true(writing_moment_seen(db, &seen, &error));
        assert_int_equal(seen, last);
    }
    clock_shift(0);
}

static void a_code_is_one_things(void **state)
{
    (void)state;
    struct step step = { .kind = kind_of(KIND_INSTITUTION), .fact = school("3715000003", "甲", 100), .change = 1 };
    run(&step);
    step.fact = school("3715000004", "乙", 100);
    run(&step);
    int64_t subject = 0;
    bool found = false;
    assert_true(facts_subject_of(db, step.kind, STR("3715000003"), &subject, &found, &error));
    step.fact.subject = subject; /* the code of the second for the first */
    assert_false(writer_call(store_fixture_writer(f), "step", run_step, &step, &error));
    assert_non_null(strstr(error.message, "3715000004"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kinds_are_what_the_tables_are, start, finish),
        cmocka_unit_test_setup_teardown(what_was_said_is_said_again, start, finish),
        cmocka_unit_test_setup_teardown(moments_only_grow, start, finish),
        cmocka_unit_test_setup_teardown(a_code_is_one_things, start, finish),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
