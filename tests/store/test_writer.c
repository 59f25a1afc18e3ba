/* The writer: batches, failing commands, checks, one-time keys, ids, faults. On the engine of JIAOTI_TEST_DB. */
#include "check.h"

#include "store/fault.h"
#include "store/journal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static const struct migration tables[] = {
    { "test", 1, "create table thing (id IDENTITY, code TEXT not null unique, n BIGINT not null);" },
};

static struct store_fixture *with_tables(void)
{
    struct store_fixture *f = store_fixture_new();
    store_fixture_migrate(f, tables, 1);
    return f;
}

/* What a command of these tests does, and what became of it. */
struct job {
    int number;
    enum { ADD, ADD_QUEUED, REFUSE, REFUSE_AFTER_WRITING, COLLIDE, COLLIDE_QUEUED, UNBALANCE, BAD_SQL } kind;
    _Atomic int runs;
    _Atomic int answers;
    bool ok;
    struct error error;
    _Atomic int *left;
};

static bool add(struct writing *writing, int number, struct error *error)
{
    return db_run(writing->db, error, "insert into thing (code, n) values (?1, ?2)",
                  V_TEXT(arena_printf(writing->arena, "job %d", number)), V_INT(1));
}

static bool run(struct writing *writing, void *input, struct error *error)
{
    struct job *job = input;
    int64_t changed = 0;
    const struct journal_entry entry = { .actor = job->number,
                                         .role = "tester",
                                         .action = "thing.add",
                                         .subject_kind = "thing",
                                         .subject_id = job->number };
    atomic_fetch_add(&job->runs, 1);
    switch (job->kind) {
    case ADD:
        return add(writing, job->number, error) && journal_append(writing, &entry, error) &&
               db_run_count(writing->db, error, &changed, "update thing set n = n where code = 'none'");
    case ADD_QUEUED:
        return add(writing, job->number, error) && journal_append(writing, &entry, error);
    case REFUSE:
        return error_set(error, "refused %d", job->number);
    case REFUSE_AFTER_WRITING:
        return add(writing, job->number, error) && journal_append(writing, &entry, error) &&
               error_set(error, "refused %d", job->number);
    case COLLIDE:
        return db_run_count(writing->db, error, &changed, "insert into thing (code, n) values ('taken', 1)");
    case COLLIDE_QUEUED:
        return db_run(writing->db, error, "insert into thing (code, n) values ('taken', 1)");
    case UNBALANCE:
        return add(writing, job->number, error) &&
               db_run(writing->db, error, "update thing set n = 2 where code = 'taken'");
    case BAD_SQL: {
        struct rows *rows = db_query(writing->db, error, "select nothing from nowhere");
        while (rows_next(rows)) {
        }
        return rows_end(rows, error);
    }
    }
    return false;
}

static void done(void *input, bool ok, const struct error *error)
{
    struct job *job = input;
    job->ok = ok;
    if (error) {
        job->error = *error;
    }
    atomic_fetch_add(&job->answers, 1);
    atomic_fetch_sub(job->left, 1);
}

static bool take_a_rest(struct writing *writing, void *input, struct error *error)
{
    (void)writing, (void)input, (void)error;
    (void)usleep(100000);
    return true;
}

/* Submits all at once while the writer is busy, so that they come into the same batches; waits for all. */
static void submit(struct store_fixture *f, struct job *jobs, int n)
{
    struct error error = { "" };
    struct writer *writer = store_fixture_writer(f);
    _Atomic int left = n;
    struct command rest = { "rest", take_a_rest, NULL, NULL };
    must(writer_submit(writer, &rest, &error));
    for (int i = 0; i < n; i++) {
        jobs[i].left = &left;
        struct command command = { "job", run, done, &jobs[i] };
        must(writer_submit(writer, &command, &error));
    }
    for (int i = 0; atomic_load(&left) && i < 60000; i++) {
        (void)usleep(1000);
    }
    for (int i = 0; i < n; i++) {
        assert_int_equal(atomic_load(&jobs[i].answers), 1);
    }
}

static bool sums_hold(struct writing *writing, void *context, struct error *error)
{
    int64_t wrong = 0;
    (void)context;
    return db_one_int(writing->db, error, &wrong, NULL, "select count(*) from thing where n <> 1") &&
           (wrong == 0 || error_set(error, "the sum does not hold"));
}

static void journal_is_whole(struct store_fixture *f, int64_t rows)
{
    struct error error = { "" };
    struct journal_report report;
    must(journal_verify(f->store, f->vault, &report, &error));
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    assert_int_equal(report.rows, rows);
}

static void many_commands_in_few_commits(void **state)
{
    (void)state;
    struct store_fixture *f = with_tables();
    enum { N = 700 };
    struct job *jobs = calloc(N, sizeof *jobs);
    for (int i = 0; i < N; i++) {
        jobs[i].number = i;
        jobs[i].kind = i % 2 ? ADD : ADD_QUEUED;
    }
    submit(f, jobs, N);
    for (int i = 0; i < N; i++) {
        assert_true(jobs[i].ok);
    }
    struct writer_numbers numbers = writer_numbers(f->writer);
    assert_int_equal(numbers.commands, N + 1);
    assert_int_equal(numbers.repeated, 0);
    assert_true(numbers.commits <= 6);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), N);
    store_fixture_stop_writer(f);
    journal_is_whole(f, N);
    free(jobs);
    store_fixture_free(f);
}

static void a_failing_command_fails_alone(void **state)
{
    (void)state;
    struct store_fixture *f = with_tables();
    struct job jobs[40] = { 0 };
    int kinds[] = { ADD_QUEUED, REFUSE, ADD, REFUSE_AFTER_WRITING, COLLIDE_QUEUED, BAD_SQL, ADD_QUEUED, COLLIDE };
    for (int i = 0; i < 40; i++) {
        jobs[i].number = i;
        jobs[i].kind = kinds[i % 8];
    }
    submit(f, jobs, 40);
    int good = 0;
    bool taken = false; /* the first to collide finds the code free */
    for (int i = 0; i < 40; i++) {
        bool collides = jobs[i].kind == COLLIDE || jobs[i].kind == COLLIDE_QUEUED;
        bool expected = jobs[i].kind == ADD || jobs[i].kind == ADD_QUEUED || (collides && !taken);
        taken = taken || collides;
        assert_int_equal(jobs[i].ok, expected);
        good += expected;
        if (jobs[i].kind == REFUSE || jobs[i].kind == REFUSE_AFTER_WRITING) {
            char wanted[32];
            (void)snprintf(wanted, sizeof wanted, "refused %d", i);
            assert_string_equal(jobs[i].error.message, wanted);
        } else if (!expected) {
            assert_true(jobs[i].error.message[0]);
        }
    }
    assert_int_equal(count_of(f->store, "select count(*) from thing"), good);
    store_fixture_stop_writer(f);
    journal_is_whole(f, good - 1);
    store_fixture_free(f);
}

static void refusals_without_a_write_do_not_repeat_the_batch(void **state)
{
    (void)state;
    struct store_fixture *f = with_tables();
    struct job jobs[10] = { 0 };
    for (int i = 0; i < 10; i++) {
        jobs[i].number = i;
        jobs[i].kind = i % 2 ? ADD : REFUSE;
    }
    submit(f, jobs, 10);
    assert_int_equal(writer_numbers(f->writer).repeated, 0);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 5);
    store_fixture_free(f);
}

static void a_check_finds_the_guilty_one(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct job jobs[9] = { 0 };
    must(writer_add_check(store_fixture_writer(f), sums_hold, NULL, &error));
    for (int i = 0; i < 9; i++) {
        jobs[i].number = i;
        jobs[i].kind = i == 0 ? COLLIDE_QUEUED : i == 5 ? UNBALANCE : ADD;
    }
    submit(f, jobs, 9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(jobs[i].ok, i != 5);
    }
    assert_string_equal(jobs[5].error.message, "the sum does not hold");
    assert_int_equal(count_of(f->store, "select count(*) from thing where n = 1"), 8);
    store_fixture_stop_writer(f);
    journal_is_whole(f, 7);
    store_fixture_free(f);
}

/* ---- one-time keys ---- */

struct form {
    struct store_fixture *fixture;
    const char *key;
    int64_t account;
    int fresh;
    int same_answer;
    struct error error;
};

static bool submit_form(struct writing *writing, void *input, struct error *error)
{
    struct form *form = input;
    struct str answer;
    bool is_new = false;
    int64_t id = 0;
    if (!once_claim(writing, str_of(form->key), form->account, &answer, &is_new, error)) {
        return false;
    }
    form->fresh = is_new;
    form->same_answer = str_is(answer, "receipt 1");
    if (!is_new) {
        return true;
    }
    return writing_id(writing, "select coalesce(max(id), 0) from thing", &id, error) &&
           db_run(writing->db, error, "insert into thing (id, code, n) values (?1, 'form', 1)", V_INT(id)) &&
           once_answer(writing, str_of(form->key), arena_printf(writing->arena, "receipt %lld", (long long)id), error);
}

static void *send_form(void *argument)
{
    struct form *form = argument;
    if (!writer_call(form->fixture->writer, "form", submit_form, form, &form->error)) {
        form->fresh = -1;
    }
    return NULL;
}

static void a_form_sent_twice_is_one_change(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    (void)store_fixture_writer(f);
    enum { N = 8 };
    struct form forms[N];
    pthread_t threads[N];
    int fresh = 0;
    for (int i = 0; i < N; i++) {
        forms[i] = (struct form){ .fixture = f, .key = "0123456789abcdef", .account = 5 };
        assert_int_equal(pthread_create(&threads[i], NULL, send_form, &forms[i]), 0);
    }
    for (int i = 0; i < N; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_true(forms[i].fresh >= 0);
        assert_true(forms[i].fresh || forms[i].same_answer);
        fresh += forms[i].fresh;
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 1);
    struct form other = { .fixture = f, .key = "0123456789abcdef", .account = 6 };
    assert_false(writer_call(f->writer, "form", submit_form, &other, &error));
    assert_non_null(strstr(error.message, "another account"));
    store_fixture_free(f);
}

static bool claim_and_fail(struct writing *writing, void *input, struct error *error)
{
    return submit_form(writing, input, error) && error_set(error, "the form has a mistake");
}

static void a_failed_form_gives_its_key_back(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct form form = { .fixture = f, .key = "0123456789abcdef", .account = 5 };
    assert_false(writer_call(store_fixture_writer(f), "form", claim_and_fail, &form, &error));
    assert_string_equal(error.message, "the form has a mistake");
    must(writer_call(f->writer, "form", submit_form, &form, &error));
    assert_int_equal(form.fresh, 1);
    store_fixture_free(f);
}

/* ---- without a thread ---- */

static void bulk_in_large_transactions(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct writing *writing = NULL;
    must(writing_open(&writing, f->store, f->vault, &error));
    for (int round = 0; round < 3; round++) {
        must(writing_begin(writing, &error));
        for (int i = 0; i < 5000; i++) {
            int64_t id = 0;
            must(writing_id(writing, "select coalesce(max(id), 0) from thing", &id, &error));
            assert_int_equal(id, (round < 2 ? round : 1) * 5000 + i + 1);
            must(db_run(writing->db, &error, "insert into thing (id, code, n) values (?1, ?2, 1)", V_INT(id),
                        V_TEXT(arena_printf(writing->arena, "bulk %lld", (long long)id))));
        }
        struct journal_entry entry = { .action = "demo.build", .subject_kind = "thing", .subject_id = round };
        must(journal_append(writing, &entry, &error));
        if (round == 1) {
            writing_rollback(writing);
        } else {
            must(writing_commit(writing, &error));
        }
    }
    must(writing_begin(writing, &error));
    bool ok = db_run(writing->db, &error, "insert into thing (id, code, n) values (1, 'again', 1)");
    assert_false(ok && writing_commit(writing, &error));
    writing_rollback(writing);
    writing_close(writing);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), 10000);
    journal_is_whole(f, 2);
    store_fixture_free(f);
}

static void two_processes_may_write(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct writing *writing = NULL;
    must(writing_open(&writing, f->store, f->vault, &error));
    for (int round = 0; round < 10; round++) {
        struct job job = { .number = round, .kind = ADD };
        must(writer_call(store_fixture_writer(f), "job", run, &job, &error));
        must(writing_begin(writing, &error));
        struct journal_entry entry = { .action = "beside", .subject_kind = "thing", .subject_id = round };
        must(journal_append(writing, &entry, &error));
        must(writing_commit(writing, &error));
    }
    writing_close(writing);
    store_fixture_stop_writer(f);
    journal_is_whole(f, 20);
    store_fixture_free(f);
}

/* ---- faults ---- */

/* Runs one command with the fault; then one more without. The first must be answered, and what it was told must
 * be true. */
static void with_fault(const char *fault, bool saved)
{
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct job before = { .number = 1, .kind = ADD }, during = { .number = 2, .kind = ADD_QUEUED },
               after = { .number = 3, .kind = ADD };
    must(writer_call(store_fixture_writer(f), "job", run, &before, &error));
    fault_set(fault);
    bool ok = writer_call(f->writer, "job", run, &during, &error);
    fault_set(NULL);
    assert_int_equal(ok, saved);
    if (!ok) {
        assert_non_null(strstr(error.message, "not saved"));
    }
    must(writer_call(f->writer, "job", run, &after, &error));
    assert_int_equal(count_of(f->store, "select count(*) from thing where code = 'job 2'"), saved);
    assert_int_equal(count_of(f->store, "select count(*) from thing"), saved ? 3 : 2);
    store_fixture_stop_writer(f);
    journal_is_whole(f, saved ? 3 : 2);
    store_fixture_free(f);
}

static void faults_are_told_and_passed(void **state)
{
    (void)state;
    with_fault("begin:1", false);
    with_fault("commit:1", false);
    with_fault("fsync:1+,rename:1", true); /* the anchor, not the data */
    if (store_fixture_is_postgres()) {
        for (int i = 1; i <= 12; i++) { /* the connection breaks at each statement in turn */
            struct error error = { "" };
            char fault[24];
            (void)snprintf(fault, sizeof fault, "send:%d", i);
            struct store_fixture *f = with_tables();
            struct job job = { .number = 2, .kind = ADD }, after = { .number = 3, .kind = ADD };
            (void)store_fixture_writer(f);
            fault_set(fault);
            bool ok = writer_call(f->writer, "job", run, &job, &error);
            fault_set(NULL);
            must(writer_call(f->writer, "job", run, &after, &error));
            assert_int_equal(count_of(f->store, "select count(*) from thing where code = 'job 2'"), ok);
            store_fixture_stop_writer(f);
            journal_is_whole(f, ok ? 2 : 1);
            store_fixture_free(f);
        }
    }
}

static void a_lost_answer_of_a_commit_is_looked_up(void **state)
{
    (void)state;
    if (!store_fixture_is_postgres()) {
        skip();
    }
    for (int i = 0; i < 20; i++) {
        with_fault("commit-answer:1", true);
    }
}

static void a_killed_connection_is_made_again(void **state)
{
    (void)state;
    struct error error = { "" };
    struct db *db = NULL, *reader = NULL;
    int64_t n = 0;
    if (!store_fixture_is_postgres()) {
        skip();
    }
    struct store_fixture *f = with_tables();
    struct job jobs[3] = { { .number = 1, .kind = ADD }, { .number = 2, .kind = ADD }, { .number = 3, .kind = ADD } };
    must(writer_call(store_fixture_writer(f), "job", run, &jobs[0], &error));
    must(db_open(&db, f->store, DB_WRITE, &error));
    must(db_open(&reader, f->store, DB_READ, &error));
    must(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    db_read_end(reader);
    must(db_one_int(db, &error, &n, NULL,
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() "
                    "and pid <> pg_backend_pid()"));
    (void)usleep(200000);
    must(writer_call(f->writer, "job", run, &jobs[1], &error));
    assert_int_equal(writer_numbers(f->writer).reconnects, 1);
    must(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    assert_int_equal(n, 2);
    /* and in the middle of a transaction */
    must(db_one_int(db, &error, &n, NULL,
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() "
                    "and pid <> pg_backend_pid()"));
    (void)usleep(200000);
    assert_false(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    assert_non_null(strstr(error.message, "lost"));
    db_read_end(reader);
    must(db_read_begin(reader, &error));
    must(db_one_int(reader, &error, &n, NULL, "select count(*) from thing"));
    db_read_end(reader);
    must(writer_call(f->writer, "job", run, &jobs[2], &error));
    db_close(reader);
    db_close(db);
    store_fixture_free(f);
}

static void when_the_queue_is_full_it_says_so(void **state)
{
    (void)state;
    struct error error = { "" };
    struct store_fixture *f = with_tables();
    struct command rest = { "rest", take_a_rest, NULL, NULL };
    int accepted = 0;
    struct writer *writer = store_fixture_writer(f);
    while (accepted < 100000 && writer_submit(writer, &rest, &error)) {
        accepted++;
        rest.run = accepted == 1 ? take_a_rest : sums_hold;
    }
    assert_true(accepted >= 16384 && accepted <= 16384 + 256);
    assert_non_null(strstr(error.message, "try again"));
    store_fixture_stop_writer(f); /* finishes what it took */
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_commands_in_few_commits),
        cmocka_unit_test(a_failing_command_fails_alone),
        cmocka_unit_test(refusals_without_a_write_do_not_repeat_the_batch),
        cmocka_unit_test(a_check_finds_the_guilty_one),
        cmocka_unit_test(a_form_sent_twice_is_one_change),
        cmocka_unit_test(a_failed_form_gives_its_key_back),
        cmocka_unit_test(bulk_in_large_transactions),
        cmocka_unit_test(two_processes_may_write),
        cmocka_unit_test(faults_are_told_and_passed),
        cmocka_unit_test(a_lost_answer_of_a_commit_is_looked_up),
        cmocka_unit_test(a_killed_connection_is_made_again),
        cmocka_unit_test(when_the_queue_is_full_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
