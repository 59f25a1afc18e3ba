/* Each mistake in an indicator's file is told with its file and line; SQL that is not one select over published views
 * is refused by the reader, and again by the database. */
#include "figures/small_register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char head[] = "areas: [{id: a, name: {zh: 甲, en: A}}]\nunits: [{id: u, name: {zh: 个, en: things}}]\n";
static const char good[] = "name: {zh: 名, en: Name}\n"                                          /* 1 */
                           "area: a\n"                                                           /* 2 */
                           "unit: u\n"                                                           /* 3 */
                           "kind: ratio\n"                                                       /* 4 */
                           "at: day\n"                                                           /* 5 */
                           "scope: {zh: 口径, en: scope}\n"                                      /* 6 */
                           "opens: institution\n"                                                /* 7 */
                           "round: 2\n"                                                          /* 8 */
                           "better: more\n"                                                      /* 9 */
                           "source: {zh: 依据, en: source}\n"                                    /* 10 */
                           "rows: |\n"                                                           /* 11 */
                           "  select i.subject as id, i.division, i.institution, 1 as amount,\n" /* 12 */
                           "    i.kind = '111' as part\n"                                        /* 13 */
                           "  from {institution} i where i.founded <= :day\n";                   /* 14 */

static const struct row {
    const char *find, *put, *says;
} rows_of_mistakes[] = {
    { "area: a\n", "area: other\n", "i.yaml:2: area is 'other'; expected 'a'\n" },
    { "area: a\n", "", "i.yaml:1: i lacks the key 'area'; expected 'area: …'\n" },
    { "unit: u\n", "unit: other\n", "i.yaml:3: unit is 'other'; expected 'u'\n" },
    { "kind: ratio\n", "kind: share\n",
      "i.yaml:4: kind is 'share'; expected one of: count, sum, ratio, mean, change, rank, survey\n" },
    { "kind: ratio\n", "kind: change\n",
      "i.yaml:1: the key 'of' is missing; expected with kind: change\n"
      "i.yaml:7: 'opens' stands beside kind: change; expected it to be left out\n"
      "i.yaml:11: 'rows' stands beside kind: change; expected it to be left out\n" },
    { "at: day\n", "at: week\n", "i.yaml:5: at is 'week'; expected one of: day, year\n" },
    { "at: day\n", "at: day\nyears: 3\n", "i.yaml:6: both at and years stand here; expected one of them\n" },
    { "at: day\n", "years: 99\n", "i.yaml:5: years is '99'; expected a whole number from 1 to 20\n" },
    { "at: day\n", "", "i.yaml:1: the key 'at' is missing; expected with kind: ratio\n" },
    { "en: scope}", "en: \"\"}", "i.yaml:6: scope.en is empty; expected text\n" },
    { "opens: institution\n", "opens: institutions\n", "i.yaml:7: opens is 'institutions'; expected 'institution'\n" },
    { "round: 2\n", "round: 7\n", "i.yaml:8: round is '7'; expected a whole number from 0 to 6\n" },
    { "better: more\n", "better: most\n", "i.yaml:9: better is 'most'; expected one of: more, less, neither\n" },
    { "better: more\n", "better: more\nbound: above\n", "i.yaml:10: bound stands without step; expected both\n" },
    { "better: more\n", "better: more\nstep: 5\n", "i.yaml:10: step stands without bound; expected both\n" },
    { "better: more\n", "better: more\nbound: above\nstep: 0\n", "i.yaml:11: step is not above 0; expected more\n" },
    { "better: more\n", "better: more\ntarget: 1.1234567\n",
      "i.yaml:10: target is '1.1234567'; expected a number with at most six decimals\n" },
    { "better: more\n", "better: more\nbands: {yellow: 3, red: 4}\n",
      "i.yaml:10: red lies on the better side of yellow; expected it to be worse\n" },
    { "better: more\n", "better: neither\nbands: {yellow: 4, red: 3}\n",
      "i.yaml:10: bands stand beside better: neither; expected more or less, or no bands\n" },
    { "better: more\n", "better: more\nsince: 2023\n",
      "i.yaml:10: since is '2023'; expected a date such as 2026-08-31\n" },
    { "better: more\n", "better: more\npublic: maybe\n", "i.yaml:10: public is 'maybe'; expected one of: yes, no\n" },
    { "better: more\n", "better: more\nmask: 1\n", "i.yaml:10: mask is '1'; expected a whole number from 2 to 1000\n" },
    { "better: more\n", "better: more\ncolour: red\n", "unknown key 'colour'" },
    { "better: more\n", "better: more\nof: other\n",
      "i.yaml:10: 'of' stands beside kind: ratio; expected it to be left out\n" },
    /* SQL */
    { "from {institution} i", "from institution_fact i",
      "i.yaml:14: rows: 'institution_fact' is no view in braces; expected {view} where a table stands\n" },
    { "from {institution} i", "from {institution} i, person",
      "i.yaml:14: rows: 'person' is no view in braces; expected {view} where a table stands\n" },
    { "from {institution} i", "from {institution} i left join person p on 1 = 1",
      "i.yaml:14: rows: 'person' is no view in braces; expected {view} where a table stands\n" },
    { "from {institution} i", "from {institutes} i",
      "i.yaml:14: rows: there is no published view 'institutes'; expected one of docs/views.md\n" },
    { "from {institution} i", "from {institution:then} i",
      "i.yaml:14: rows: '{institution:then}' cannot be written; expected {view}, {view:before} or {view:period} of a "
      "view in two times\n" },
    { ":day", ":week", "i.yaml:14: rows: there is no ':week'; expected :day, :from, :until or :year\n" },
    { ":day", ":day;",
      "i.yaml:14: rows: ';' may not stand here; expected one select, tables as {view}, values as :day\n" },
    { ":day", "?1",
      "i.yaml:14: rows: '?' may not stand here; expected one select, tables as {view}, values as :day\n" },
    { "  select", "  delete", "i.yaml:12: rows: begins with 'delete'; expected one select\n" },
    { ":day", ":day union select 1, '1', 1, 1, 1 from (delete from person) x",
      "i.yaml:14: rows: 'delete' may not stand here; expected one select that reads\n" },
    { "  select", "  with published_pupil as (select 1 from {pupil} p) select",
      "i.yaml:12: rows: 'published_pupil' may not stand here; expected one select that reads\n" },
    { ":day", ":day) union (select 1", "i.yaml:14: rows: ')' without '('; expected pairs\n" },
    { ":day", "(:day", "i.yaml:14: rows: a ')' is missing; expected pairs\n" },
    { "'111'", "'111", "i.yaml:13: rows: a quote is never closed; expected a pair\n" },
    { "'111'", "e'111'", "i.yaml:13: rows: 'e' stands right before a quote; expected text as '…'\n" },
    { "'111'", "$$111$$",
      "i.yaml:13: rows: '$' may not stand here; expected one select, tables as {view}, values as :day\n" },
    { "1 as amount", "1 as amont",
      "i.yaml:12: rows: the database says: no such column: counted.amount; expected SQL over published views "
      "(docs/views.md)\n" },
    { "i.founded", "i.address_zh",
      "i.yaml:12: rows: the database says: no such column: i.address_zh; expected SQL over published views "
      "(docs/views.md)\n" },
};

static char folder[] = "/tmp/jiaoti-mistakes-XXXXXX";

static int start(void **state)
{
    (void)state;
    char path[256];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/indicators", folder);
    return mkdir(path, 0700);
}

static int finish(void **state)
{
    static const char *const files[] = { "indicators/i.yaml", "indicators/Bad.yml", "indicators.yaml", "indicators",
                                         "" };
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)remove(path);
    }
    return 0;
}

/* What is said of the folder, its name left out; each line in Chinese too. */
static struct str said(struct arena *arena)
{
    struct city_mistakes *mistakes = city_mistakes_new();
    struct indicators *set = NULL;
    struct error error = { "" };
    struct str all = STR("");
    size_t prefix = str_of(folder).n + 1;
    if (indicators_read(&set, folder, mistakes, &error)) {
        (void)indicators_try(set, mistakes, &error);
    }
    indicators_free(set);
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *m = &mistakes->items[i];
        struct str file = str_part(m->file, prefix, m->file.n);
        struct str inside = STR("indicators/");
        file = str_starts(file, inside) ? str_part(file, inside.n, file.n) : file;
        all = arena_printf(arena, "%.*s%.*s:%u: %s\n", STR_ARG(all), STR_ARG(file), m->line, m->says.en);
        assert_non_null(strstr(m->says.zh, "应"));
        assert_non_null(strstr(m->says.en, "expected"));
    }
    city_mistakes_free(mistakes);
    return all;
}

static void each_mistake_is_told_at_its_line(void **state)
{
    (void)state;
    test_file(folder, "indicators.yaml", str_of(head));
    for (size_t i = 0; i < sizeof rows_of_mistakes / sizeof *rows_of_mistakes; i++) {
        struct arena *arena = arena_new(0);
        const struct row *row = &rows_of_mistakes[i];
        const char *at = strstr(good, row->find);
        assert_non_null(at);
        struct str before = { good, (size_t)(at - good) };
        struct str text = arena_printf(arena, "%.*s%s%s", STR_ARG(before), row->put, at + strlen(row->find));
        test_file(folder, "indicators/i.yaml", text);
        struct str says = said(arena);
        if (strchr(row->says, '\n')) {
            assert_string_equal(says.n ? says.p : "", row->says);
        } else {
            assert_non_null(strstr(says.n ? says.p : "", row->says));
        }
        arena_free(arena);
    }
}

static void mistakes_of_the_folder_are_told(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    test_file(folder, "indicators/i.yaml", str_of(good));
    test_file(folder, "indicators.yaml", str_of(head));
    assert_int_equal(said(arena).n, 0);
    test_file(folder, "indicators/Bad.yml", str_of(good));
    assert_string_equal(said(arena).p, "Bad.yml:0: not the name of an indicator; expected ID.yaml\n");
    char path[256];
    (void)snprintf(path, sizeof path, "%s/indicators/Bad.yml", folder);
    (void)unlink(path);
    test_file(folder, "indicators.yaml",
              STR("areas: [{id: a, name: {zh: 甲, en: A}}, {id: a, name: {zh: 乙, en: B}}]\n"));
    struct str says = said(arena);
    assert_non_null(strstr(says.p, "indicators.yaml:1: 'a' stands twice; expected an id of its own\n"));
    assert_non_null(strstr(says.p, "lacks the key 'units'"));
    arena_free(arena);
}

/* The database is the second judge: SQL that never met the reader. */
static void the_database_refuses_what_is_no_view(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "select id, '3715' as division, 0 as institution, 1 as amount from person",
        "select subject as id, division, institution, 1 as amount from pupil_fact",
        "with published_x as (select id from person) select id, '3715' as division, 0 as institution, 1 as amount from "
        "published_x",
        "with published_pupil as (select id, sex from person) select id, '3715' as division, 0 as institution, 1 as "
        "amount from published_pupil",
        "with published_pupil as (select subject as id, admitted_by as division from pupil_fact) select id, division, "
        "0 "
        "as institution, 1 as amount from published_pupil",
        "select 1 as id, (select name from sqlite_master limit 1) as division, 0 as institution, 1 as amount",
    };
    if (store_fixture_is_postgres()) {
        return; /* there the texts were judged by SQLite before */
    }
    struct store_fixture *f = small_register_new();
    struct db *db;
    struct error error = { "" };
    assert_true(db_open(&db, f->store, DB_READ, &error));
    struct indicators set = { 0 };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct indicator indicator = { .id = STR("x"), .sql = refused[i] };
        struct counted counted;
        assert_false(
            compute_cells(db, f->arena, &set, &indicator, (struct as_of){ DAY_2023, MOMENT_OPEN }, &counted, &error));
        assert_true(strstr(error.message, "prohibited") || strstr(error.message, "not authorized"));
    }
    /* the connection is itself again afterwards */
    int64_t n = 0;
    assert_true(db_one_int(db, &error, &n, NULL, "select count(*) from pupil_fact where subject > 0"));
    assert_int_equal(n, 3);
    db_close(db);
    store_fixture_free(f);
}

static void sql_that_takes_too_long_is_ended(void **state)
{
    (void)state;
    struct store_fixture *f = small_register_new();
    struct db *db;
    struct error error = { "" };
    int64_t n = 0;
    assert_true(db_open(&db, f->store, DB_READ, &error));
    assert_true(db_limit(db, 60, &error));
    assert_true(db_read_begin(db, &error));
    assert_false(db_one_int(db, &error, &n, NULL,
                            "with recursive g(v) as (select 1 union all select v + 1 from g where v < 2000000000) "
                            "select count(*) from g"));
    assert_true(strstr(error.message, "longer than 60 ms") || strstr(error.message, "timeout"));
    db_read_end(db);
    assert_true(db_one_int(db, &error, &n, NULL, "select count(*) from pupil_fact"));
    assert_int_equal(n, 3);
    assert_false(db_run(db, &error, "delete from pupil_fact"));
    db_close(db);
    store_fixture_free(f);
}

static void the_demo_city_has_no_mistake(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct indicators *set = NULL;
    struct error error = { "" };
    assert_true(indicators_read(&set, FIGURES_CITY, mistakes, &error));
    assert_true(indicators_try(set, mistakes, &error));
    assert_true(set->n >= 78);
    indicators_free(set);
    city_mistakes_free(mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_told_at_its_line),     cmocka_unit_test(mistakes_of_the_folder_are_told),
        cmocka_unit_test(the_database_refuses_what_is_no_view), cmocka_unit_test(sql_that_takes_too_long_is_ended),
        cmocka_unit_test(the_demo_city_has_no_mistake),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
