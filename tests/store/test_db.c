/* Connections: migrations, values, cursors, errors, transactions, the common dialect. On the engine of
 * JIAOTI_TEST_DB. */
#include "check.h"

#include "store/engine.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct migration tables[] = {
    { "test", 1,
      "-- a comment; with a semicolon\n"
      "create table thing (id IDENTITY, code TEXT not null unique, n BIGINT, r REAL, b BLOB, parent BIGINT "
      "references thing (id));\n"
      "insert into thing (code, n) values ('a;''b', 7);" },
};

static struct store_fixture *with_tables(void)
{
    struct store_fixture *f = store_fixture_new();
    store_fixture_migrate(f, tables, 1);
    return f;
}

static struct db *open_write(struct store_fixture *f)
{
    struct error error = { "" };
    struct db *db = NULL;
    must(db_open(&db, f->store, DB_WRITE, &error));
    return db;
}

static void migrations_apply_once_and_refuse_changes(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    store_fixture_migrate(f, tables, 1);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 1);

    struct migration changed[] = { { "test", 1, "create table other (id IDENTITY);" } };
    assert_false(store_migrate(f->store, changed, 1, &error));
    assert_non_null(strstr(error.message, "changed after it was applied"));

    struct migration next[] = { tables[0], { "test", 2, "alter table thing add column later TEXT; select nonsense;" } };
    assert_false(store_migrate(f->store, next, 2, &error));
    assert_non_null(strstr(error.message, "migration test 2"));
    assert_int_equal(count_of(f->store, "select count(*) from migration where noun = 'test'"), 1);
    next[1].sql = "alter table thing add column later TEXT;"; /* the first statement was undone with the second */
    must(store_migrate(f->store, next, 2, &error));
    assert_false(store_migrate(f->store, tables, 1, &error));
    assert_non_null(strstr(error.message, "later program"));
    store_fixture_free(f);
}

static void values_come_back_as_they_went(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    const char bytes[] = { 0, 1, (char)255, 0 };
    struct str blob = { bytes, sizeof bytes };
    const char *insert = "insert into thing (code, n, r, b, parent) values (?1, ?2, ?3, ?4, ?5) returning id";
    int64_t first = 0, second = 0;
    /* Nulls first: the types of a statement must not be bound to the first use. */
    must(db_one_int(db, &error, &first, NULL, insert, V_TEXT(STR("")), V_NULL, V_NULL, V_NULL, V_NULL));
    must(db_one_int(db, &error, &second, NULL, insert, V_TEXT(STR("学位'\"?1")), V_INT(INT64_MIN), V_REAL(-0.1),
                    V_BLOB(blob), V_INT(first)));
    assert_true(second > first);

    struct rows *rows =
        db_query(db, &error, "select code, n, r, b, parent, n < 0 from thing where id >= ?1 order by id", V_INT(first));
    assert_true(rows_next(rows));
    assert_true(rows_text(rows, 0).n == 0 && !rows_is_null(rows, 0));
    for (int i = 1; i < 5; i++) {
        assert_true(rows_is_null(rows, i));
    }
    assert_int_equal(rows_int(rows, 1), 0);
    assert_int_equal(rows_blob(rows, 3).n, 0);
    assert_true(rows_next(rows));
    assert_true(str_is(rows_text_in(rows, 0, f->arena), "学位'\"?1"));
    assert_true(rows_int(rows, 1) == INT64_MIN);
    assert_true(rows_real(rows, 2) == -0.1);
    assert_true(rows_real(rows, 4) == (double)first);
    assert_true(str_eq(rows_blob_in(rows, 3, f->arena), blob));
    assert_int_equal(rows_int(rows, 4), first);
    assert_int_equal(rows_int(rows, 5), 1);
    assert_false(rows_next(rows));
    assert_false(rows_next(rows));
    must(rows_end(rows, &error));

    assert_false(db_run(db, &error, "update thing set code = ?1", V_TEXT(((struct str){ "a\0b", 3 }))));
    assert_non_null(strstr(error.message, "NUL"));
    db_close(db);
    store_fixture_free(f);
}

static void a_wrong_kind_is_an_error_and_not_a_guess(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    struct rows *rows = db_query(db, &error, "select code, n from thing");
    assert_true(rows_next(rows));
    assert_int_equal(rows_int(rows, 0), 0);
    assert_int_equal(rows_text(rows, 1).n, 0);
    assert_false(rows_end(rows, &error));
    assert_non_null(strstr(error.message, "column 0"));
    rows = db_query(db, &error, "select code from thing");
    assert_true(rows_next(rows));
    assert_int_equal(rows_int(rows, 3), 0);
    assert_false(rows_end(rows, &error));
    if (store_fixture_is_postgres()) {
        int64_t sum = 0;
        assert_false(db_one_int(db, &error, &sum, NULL, "select sum(n) from thing"));
        assert_non_null(strstr(error.message, "cast it to bigint"));
    }
    int64_t sum = 0;
    must(db_one_int(db, &error, &sum, NULL, "select cast(sum(n) as bigint) from thing"));
    assert_int_equal(sum, 7);
    db_close(db);
    store_fixture_free(f);
}

static void errors_name_the_statement_and_show_no_value(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    assert_false(db_run(db, &error, "insert into thing (code) values (?1)", V_TEXT(STR("a;'b"))));
    assert_non_null(strstr(error.message, "insert into thing"));
    assert_null(strstr(error.message, "a;'b"));
    assert_false(db_run(db, &error, "insert into thing (code) values (?1)"));
    assert_non_null(strstr(error.message, "takes 1 values"));
    assert_false(db_run(db, &error, "nonsense"));
    assert_false(db_run(db, &error, "insert into thing (code, parent) values ('x', 99999)")); /* foreign key */
    struct rows *rows = db_query(db, &error, "select nothing from nowhere");
    assert_false(rows_next(rows));
    assert_false(rows_end(rows, &error));
    assert_non_null(strstr(error.message, "nowhere"));
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 1);
    db_close(db);
    store_fixture_free(f);
}

static void counts_and_look_ups(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    int64_t changed = -1, n = 5;
    struct str text = STR("untouched");
    bool found = true;
    const char *insert = "insert into thing (code) values (?1) on conflict (code) do nothing";
    must(db_run_count(db, &error, &changed, insert, V_TEXT(STR("x"))));
    assert_int_equal(changed, 1);
    must(db_run_count(db, &error, &changed, insert, V_TEXT(STR("x"))));
    assert_int_equal(changed, 0);
    must(db_run_count(db, &error, &changed, "update thing set n = coalesce(n, 0) + ?1", V_INT(1)));
    assert_int_equal(changed, 2);
    must(db_one_int(db, &error, &n, &found, "select n from thing where code = ?1", V_TEXT(STR("none"))));
    assert_false(found);
    assert_int_equal(n, 5);
    assert_false(db_one_int(db, &error, &n, NULL, "select n from thing where code = 'none'"));
    must(db_one_text(db, &error, f->arena, &text, &found, "select code from thing where n = ?1", V_INT(8)));
    assert_true(found && str_is(text, "a;'b"));
    must(db_one_int(db, &error, &n, NULL, "select count(*) from thing where code like 'X'"));
    assert_int_equal(n, 0); /* case-sensitive on both */
    db_close(db);
    store_fixture_free(f);
}

static void the_same_statement_may_be_walked_twice_at_once(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    const char *sql = "select id from thing where id < ?1 order by id";
    must(db_run(db, &error, "insert into thing (code) values ('second')"));
    struct rows *a = db_query(db, &error, sql, V_INT(1000));
    assert_true(rows_next(a));
    struct rows *b = db_query(db, &error, sql, V_INT(1000));
    assert_true(rows_next(b) && rows_next(b) && !rows_next(b));
    assert_true(rows_next(a) && !rows_next(a));
    must(rows_end(a, &error));
    must(rows_end(b, &error));
    db_close(db);
    store_fixture_free(f);
}

static void many_different_statements(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    char sql[64]; /* one address, ever new text: found by the text, past the table's size used once */
    for (int i = 0; i < 2500; i++) {
        int64_t n = -1;
        (void)snprintf(sql, sizeof sql, "select %d + cast(?1 as bigint)", i % 1250);
        must(db_one_int(db, &error, &n, NULL, sql, V_INT(i)));
        assert_int_equal(n, i % 1250 + i);
        (void)snprintf(sql, sizeof sql, "update thing set n = %d", i % 1250);
        must(db_run(db, &error, sql));
    }
    db_close(db);
    store_fixture_free(f);
}

static void a_read_transaction_sees_one_moment(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f), *reader = NULL;
    int64_t n = 0;
    must(db_open(&reader, f->store, DB_READ, &error));
    must(db_read_begin(reader, &error));
    assert_false(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    must(db_run(db, &error, "insert into thing (code) values ('late')"));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    assert_int_equal(n, 1);
    db_read_end(reader);
    must(db_read_begin(reader, &error));
    /* two queries under way at once, read in the other order */
    struct rows *a = db_query(reader, &error, "select count(*) from thing");
    struct rows *b = db_query(reader, &error, "select code from thing where code = 'late'");
    assert_true(rows_next(b) && str_is(rows_text(b, 0), "late"));
    assert_true(rows_next(a) && rows_int(a, 0) == 2);
    must(rows_end(b, &error));
    must(rows_end(a, &error));
    db_read_end(reader);
    /* a failure in one transaction does not reach the next */
    must(db_read_begin(reader, &error));
    a = db_query(reader, &error, "select 1 / (n - n) + cast('x' as bigint) from nowhere");
    while (rows_next(a)) {
    }
    assert_false(rows_end(a, &error));
    db_read_end(reader);
    must(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    assert_int_equal(n, 2);
    db_read_end(reader);
    db_close(reader);
    db_close(db);
    store_fixture_free(f);
}

/* Another process: this program with the words "insert URL". */
static int insert_only(const char *url)
{
    struct error error = { "" };
    struct store *store = NULL;
    struct db *db = NULL;
    bool ok = store_open(&store, url, &error) && db_open(&db, store, DB_WRITE, &error) &&
              db_run(db, &error, "insert into thing (code) values ('from elsewhere')");
    db_close(db);
    store_close(store);
    return ok ? 0 : 1;
}

static void insert_in_another_process(const char *url)
{
    char self[] = "/proc/self/exe", word[] = "insert";
    char *arguments[] = { self, word, (char *)(uintptr_t)url, NULL };
    int status = 1;
    pid_t child;
    assert_int_equal(posix_spawn(&child, self, NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Begins, reads, and looks whether the snapshot is known to be the newest. */
static bool begins_newest(struct db *reader)
{
    struct error error = { "" };
    int64_t n;
    must(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    return db_read_is_newest(reader);
}

static void a_snapshot_knows_when_it_is_not_the_newest(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f), *reader = NULL;
    must(db_open(&reader, f->store, DB_READ, &error));
    assert_false(db_read_is_newest(reader)); /* none is open */
    (void)begins_newest(reader);             /* the first may not know */
    db_read_end(reader);
    assert_false(db_read_is_newest(reader));
    bool knows = begins_newest(reader);
    assert_true(knows == (db_engine(reader) == ENGINE_SQLITE));
    assert_true(db_read_is_newest(reader) == knows); /* and it stays so while nobody commits */

    must(db_begin(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('here')"));
    assert_true(db_read_is_newest(reader) == knows);
    must(db_commit(db, &error));
    assert_false(db_read_is_newest(reader));
    db_read_end(reader);

    assert_true(begins_newest(reader) == knows);
    insert_in_another_process(f->url);
    assert_false(db_read_is_newest(reader));
    db_read_end(reader);

    assert_true(begins_newest(reader) == knows);
    db_read_end(reader);
    db_close(reader);
    db_close(db);
    store_fixture_free(f);
}

enum { STEPS = 1000 };
struct stepper {
    struct store *store;
    _Atomic int64_t committed; /* what is known to the world */
};

static void *step_on(void *argument)
{
    struct stepper *stepper = argument;
    struct error error = { "" };
    struct db *db = NULL;
    bool ok = db_open(&db, stepper->store, DB_WRITE, &error);
    bool sqlite = ok && db_engine(db) == ENGINE_SQLITE;
    /* Many commits, none of which must outlive the test. */
    ok = ok && db_run(db, &error, sqlite ? "pragma synchronous = off" : "set synchronous_commit = off");
    for (int64_t i = 1; ok && i <= STEPS; i++) {
        ok = db_run(db, &error, "update thing set n = ?1", V_INT(i)) &&
             (!sqlite || i % 50 || db_run(db, &error, "pragma wal_checkpoint")); /* the log begins anew as well */
        atomic_store(&stepper->committed, ok ? i : STEPS);
    }
    db_close(db);
    return ok ? stepper : NULL;
}

/* Whoever has heard of a commit must not be shown a snapshot from before it as the newest. */
static void the_newest_snapshot_has_all_that_was_told(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct stepper stepper = { .store = f->store };
    struct db *reader = NULL;
    pthread_t thread;
    void *good = NULL;
    int64_t n = 0, told = 0;
    must(db_open(&reader, f->store, DB_READ, &error));
    assert_false(begins_newest(reader) && db_engine(reader) == ENGINE_POSTGRES);
    assert_int_equal(pthread_create(&thread, NULL, step_on, &stepper), 0);
    while (told < STEPS) {
        db_read_end(reader);
        must(db_read_begin(reader, &error));
        must(db_one_int(reader, &error, &n, NULL, "select max(n) from thing"));
        for (bool newest = true; newest;) {
            told = atomic_load(&stepper.committed);
            newest = db_read_is_newest(reader) && told < STEPS;
            assert_true(!newest || told == 0 || n >= told);
        }
    }
    assert_int_equal(pthread_join(thread, &good), 0);
    assert_non_null(good);
    db_read_end(reader);
    db_close(reader);
    store_fixture_free(f);
}

static void a_reader_cannot_write(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *reader = NULL;
    must(db_open(&reader, f->store, DB_READ, &error));
    assert_false(db_run(reader, &error, "insert into thing (code) values ('sly')"));
    struct rows *rows = db_query(reader, &error, "insert into thing (code) values ('sly') returning id");
    while (rows_next(rows)) {
    }
    assert_false(rows_end(rows, &error));
    assert_false(db_begin(reader, &error));
    db_close(reader);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 1);
    store_fixture_free(f);
}

static void a_transaction_is_all_or_nothing(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    must(db_begin(db, &error));
    assert_false(db_begin(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('t')"));
    db_rollback(db);
    assert_false(db_commit(db, &error));
    must(db_begin(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('kept')"));
    must(db_savepoint(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('dropped')"));
    assert_false(db_run(db, &error, "insert into thing (code) values ('kept')"));
    must(db_savepoint_rollback(db, &error));
    must(db_savepoint(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('after')"));
    must(db_savepoint_release(db, &error));
    must(db_commit(db, &error));
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 3);
    must(db_begin(db, &error));
    must(db_run(db, &error, "insert into thing (code) values ('closed over')"));
    db_close(db);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 3);
    store_fixture_free(f);
}

static void text_orders_by_its_bytes(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct db *db = open_write(f);
    must(db_run(db, &error, "delete from thing"));
    const char *codes[] = { "B", "a", "Z", "é", "学", "a-b", "aB" };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        must(db_run(db, &error, "insert into thing (code) values (?1)", V_TEXT(str_of(codes[i]))));
    }
    struct str last = STR("");
    struct rows *rows = db_query(db, &error, "select code from thing order by code");
    while (rows_next(rows)) {
        struct str now = rows_text_in(rows, 0, f->arena);
        assert_true(str_cmp(last, now) < 0);
        last = now;
    }
    must(rows_end(rows, &error));
    db_close(db);
    store_fixture_free(f);
}

static void the_dialect_leaves_quotes_alone(void **state)
{
    (void)state;
    struct error error = { "" };
    struct arena *arena = arena_new(0);
    struct str out, rest, statement;
    int highest = 0;
    must(dialect_placeholders(arena, STR("select '?1''?', \"a?2\", ?12 -- ?3\n, ?2"), &out, &highest, &error));
    assert_true(str_is(out, "select '?1''?', \"a?2\", $12 -- ?3\n, $2"));
    assert_int_equal(highest, 12);
    assert_false(dialect_placeholders(arena, STR("select ?"), &out, &highest, &error));
    assert_false(dialect_placeholders(arena, STR("select ?0"), &out, &highest, &error));
    struct str schema = STR("id IDENTITY, blobs Blob, x REAL default 'REAL', \"blob\" TEXT -- BLOB");
    assert_true(str_is(dialect_schema(arena, ENGINE_SQLITE, schema),
                       "id INTEGER PRIMARY KEY, blobs Blob, x REAL default 'REAL', \"blob\" TEXT -- BLOB"));
    assert_true(
        str_is(dialect_schema(arena, ENGINE_POSTGRES, schema),
               "id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, blobs BYTEA, x DOUBLE PRECISION default "
               "'REAL', \"blob\" TEXT -- BLOB"));
    rest = STR(" a ';' b ; -- c;\n ; d -- e;\n ; -- f\n ");
    assert_true(dialect_statement(&rest, &statement) && str_is(str_trim(statement), "a ';' b"));
    assert_true(dialect_statement(&rest, &statement) && strstr(statement.p, "d -- e"));
    assert_false(dialect_statement(&rest, &statement));
    arena_free(arena);
}

static void a_bad_url_says_what_is_wrong(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store *store = NULL;
    assert_false(store_open(&store, "", &error));
    assert_false(store_open(&store, "sqlite:", &error));
    assert_false(store_open(&store, "/no/such/folder/city.db", &error));
    assert_non_null(strstr(error.message, "/no/such/folder"));
    assert_false(store_open(&store, "postgresql://someone:secret@127.0.0.1:1/none", &error));
    assert_non_null(strstr(error.message, "127.0.0.1:1/none"));
    assert_null(strstr(error.message, "secret"));
    struct store_fixture *f = store_fixture_new();
    const char *path = arena_printf(f->arena, "%s/letter.txt", f->folder).p;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        (void)fputs("this is no database\n", file);
    }
    (void)fclose(file);
    assert_false(store_open(&store, path, &error));
    assert_non_null(strstr(error.message, "letter.txt"));
    store_fixture_free(f);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "insert") == 0) {
        return insert_only(argv[2]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_apply_once_and_refuse_changes),
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(a_wrong_kind_is_an_error_and_not_a_guess),
        cmocka_unit_test(errors_name_the_statement_and_show_no_value),
        cmocka_unit_test(counts_and_look_ups),
        cmocka_unit_test(the_same_statement_may_be_walked_twice_at_once),
        cmocka_unit_test(many_different_statements),
        cmocka_unit_test(a_read_transaction_sees_one_moment),
        cmocka_unit_test(a_snapshot_knows_when_it_is_not_the_newest),
        cmocka_unit_test(the_newest_snapshot_has_all_that_was_told),
        cmocka_unit_test(a_reader_cannot_write),
        cmocka_unit_test(a_transaction_is_all_or_nothing),
        cmocka_unit_test(text_orders_by_its_bytes),
        cmocka_unit_test(the_dialect_leaves_quotes_alone),
        cmocka_unit_test(a_bad_url_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
