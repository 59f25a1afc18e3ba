/* What was said stays as it was said; a correction is a new version; later rows show as a difference with their cause.
 */
#include "figures/small_register.h"

#include "figures/snapshot.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct test_indicator list[] = {
    { "a_share", "ratio", "at: day", quality_rows, "opens: institution\nround: 2\n" },
    { "b_pupils", "count", "at: day",
      "  select p.subject as id, p.division, p.institution, 1 as amount from {pupil} p\n", "opens: pupil\nround: 0\n" },
};

static struct small_figures small;
static struct error error;

static int start(void **state)
{
    small = small_figures_new(list, sizeof list / sizeof *list);
    *state = &small;
    return 0;
}

/* Publishes both figures as known at the moment. */
static struct publish publish(int64_t publication, int64_t version, int64_t recorded, const char *reason)
{
    struct publish command = { .account = 7, .role = "city" };
    command.said = (struct publication_version){ .publication = publication,
                                                 .version = version,
                                                 .name = { STR("发布会"), STR("Press\tbriefing") },
                                                 .said_on = DAY_2023 + 58,
                                                 .day = DAY_2023,
                                                 .recorded = recorded,
                                                 .reason = str_of(reason),
                                                 .figures = ARENA_ARRAY(small.f->arena, struct said_figure, 2),
                                                 .n = 2 };
    for (size_t i = 0; i < 2; i++) {
        struct counted counted;
        assert_true(figures_counted(small.figures, small.f->arena, i, (struct as_of){ DAY_2023, recorded },
                                    FIGURES_FOR_STAFF, &counted, &error));
        struct figure figure = compute_figure(small.set, &small.set->items[i], &counted, STR(""), 0);
        command.said.figures[1 - i] = snapshot_figure(small.set, &small.set->items[i], DAY_2023, &figure);
    }
    if (!writer_call(store_fixture_writer(small.f), "publish", snapshot_publish_run, &command, &error)) {
        fail_msg("%s", error.message);
    }
    return command;
}

static struct publication_version read_version(int64_t publication, int64_t version)
{
    struct publication_version out = { 0 };
    struct db *db;
    bool found = false;
    assert_true(db_open(&db, small.f->store, DB_READ, &error));
    assert_true(snapshot_read(db, small.f->arena, publication, version, &out, &found, &error));
    assert_true(found);
    db_close(db);
    return out;
}

static bool hash_holds(const struct publication_version *version)
{
    uint8_t hash[SM3_BYTES];
    snapshot_hash(small.f->arena, version, hash);
    return memcmp(hash, version->hash, SM3_BYTES) == 0;
}

static void what_was_said_stays_and_is_corrected(void **state)
{
    (void)state;
    const int64_t moment = MOMENT_FIRST + 5000000;
    struct publish first = publish(0, 0, moment - 1, "");
    assert_int_equal(first.result, PUBLISH_DONE);
    assert_int_equal(first.version, 1);
    small_register_honour(small.f, moment);

    struct publication_version said = read_version(first.publication, 1);
    assert_true(hash_holds(&said));
    assert_int_equal(said.n, 2);
    assert_true(str_is(said.figures[0].indicator, "a_share"));
    assert_int_equal(said.figures[0].figure.numerator, 3);
    assert_int_equal(said.figures[0].figure.denominator, 7);
    assert_int_equal(said.figures[0].figure.value_e6, 42860000);
    assert_true(str_eq(said.figures[0].definition_text, small.set->items[0].text));

    assert_int_equal(publish(first.publication, 1, moment, " ").result, PUBLISH_NO_REASON);
    struct publish second = publish(first.publication, 1, moment, "漏记一项称号");
    assert_int_equal(second.result, PUBLISH_DONE);
    assert_int_equal(second.version, 2);
    assert_int_equal(publish(first.publication, 1, moment, "再改").result, PUBLISH_OVERTAKEN);
    assert_int_equal(publish(999, 1, moment, "x").result, PUBLISH_MISSING);

    struct publication_version newest = read_version(first.publication, 0), old = read_version(first.publication, 1);
    assert_int_equal(newest.version, 2);
    assert_int_equal(newest.figures[0].figure.numerator, 4);
    assert_true(str_is(newest.reason, "漏记一项称号"));
    assert_true(hash_holds(&newest) && hash_holds(&old));
    assert_memory_equal(old.hash, said.hash, SM3_BYTES);
    assert_int_equal(old.figures[0].figure.numerator, 3);
}

static void a_changed_row_breaks_the_hash(void **state)
{
    (void)state;
    struct publish first = publish(0, 0, MOMENT_OPEN - 1, "");
    struct publication_version said = read_version(first.publication, 1);
    assert_true(hash_holds(&said));
    small_register_run(small.f,
                       "update publication_figure set numerator = numerator + 1 where indicator = 'b_pupils';");
    said = read_version(first.publication, 1);
    assert_false(hash_holds(&said));
}

/* Which changes touched what an indicator counts since a moment. */
static void causes_are_the_changes_of_its_kinds(void **state)
{
    (void)state;
    int64_t *changes;
    size_t n;
    struct db *db;
    assert_true(db_open(&db, small.f->store, DB_READ, &error));
    assert_true(
        snapshot_causes(db, small.f->arena, small.set, &small.set->items[0], MOMENT_FIRST, 5, &changes, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(changes[0], 2);
    assert_true(
        snapshot_causes(db, small.f->arena, small.set, &small.set->items[1], MOMENT_FIRST, 5, &changes, &n, &error));
    assert_int_equal(n, 0); /* an honour changes no count of pupils */
    assert_true(snapshot_causes(db, small.f->arena, small.set, &small.set->items[1], MOMENT_FIRST - 1, 5, &changes, &n,
                                &error));
    assert_int_equal(n, 1);
    db_close(db);
}

static void each_publication_is_in_the_journal(void **state)
{
    (void)state;
    struct db *db;
    int64_t published = 0, corrected = 0;
    assert_true(db_open(&db, small.f->store, DB_READ, &error));
    assert_true(
        db_one_int(db, &error, &published, NULL, "select count(*) from journal where action = 'figures.publish'"));
    assert_true(
        db_one_int(db, &error, &corrected, NULL, "select count(*) from journal where action = 'figures.correct'"));
    assert_int_equal(published, 2);
    assert_int_equal(corrected, 1);
    db_close(db);
}

static void the_text_escapes_what_would_break_its_lines(void **state)
{
    (void)state;
    struct publication_version version = { .name = { STR("a\nb"), STR("c\td\\e") }, .reason = STR("") };
    struct str text = snapshot_text(small.f->arena, &version);
    assert_non_null(strstr(text.p, "name_zh\ta\\nb\nname_en\tc\\td\\\\e\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_stays_and_is_corrected),
        cmocka_unit_test(a_changed_row_breaks_the_hash),
        cmocka_unit_test(causes_are_the_changes_of_its_kinds),
        cmocka_unit_test(each_publication_is_in_the_journal),
        cmocka_unit_test(the_text_escapes_what_would_break_its_lines),
    };
    return cmocka_run_group_tests(tests, start, small_figures_finish);
}
