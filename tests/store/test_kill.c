/* kill -9 in the middle of batches: what was acknowledged is there, nothing is there twice, the journal is whole.
 *
 * A child process runs the writer with sixteen clients; each sends its forms in order, again with the same
 * one-time key when it does not know the answer, and marks in shared memory what was acknowledged. The parent kills
 * the child at a random moment, looks at the store, and starts the next child, which goes on where the
 * clients stopped. On PostgreSQL also: connections cut by the server, and the server itself killed (of its own, by
 * JIAOTI_POSTGRES_SH). On the engine of JIAOTI_TEST_DB. */
#include "check.h"

#include "store/journal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 16, ROUNDS = 15 };

static const struct migration tables[] = {
    { "test", 1, "create table form (id IDENTITY, client BIGINT not null, number BIGINT not null);" },
};

/* How many forms of each client were acknowledged; shared between parent and children. */
static _Atomic int64_t *acknowledged;

struct client {
    struct writer *writer;
    int64_t number;
    int64_t form;
};

static bool receive(struct writing *writing, void *input, struct error *error)
{
    const struct client *client = input;
    struct str answer,
        key = arena_printf(writing->arena, "client %lld form %lld", (long long)client->number, (long long)client->form);
    bool is_new = false;
    struct journal_entry entry = { .actor = client->number,
                                   .role = "family",
                                   .action = "form.receive",
                                   .subject_kind = "form",
                                   .subject_id = client->form };
    if (!once_claim(writing, key, client->number, &answer, &is_new, error) || !is_new) {
        return is_new || str_is(answer, "received") || error_set(error, "an answer was lost");
    }
    return db_run(writing->db, error, "insert into form (client, number) values (?1, ?2)", V_INT(client->number),
                  V_INT(client->form)) &&
           journal_append(writing, &entry, error) && once_answer(writing, key, STR("received"), error);
}

static void *send_forms(void *argument)
{
    struct client *client = argument;
    struct error error;
    for (;;) {
        client->form = atomic_load(&acknowledged[client->number]) + 1;
        if (writer_call(client->writer, "form", receive, client, &error)) {
            atomic_store(&acknowledged[client->number], client->form);
        }
    }
    return NULL;
}

static void live(const char *url, const char *keys)
{
    static struct client clients[CLIENTS];
    struct error error;
    struct store *store = NULL;
    struct vault *vault = NULL;
    struct writer *writer = NULL;
    if (!store_open(&store, url, &error) || !vault_open(&vault, keys, VAULT_SM4, &error) ||
        !writer_start(&writer, store, vault, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        _exit(1);
    }
    for (int64_t i = 0; i < CLIENTS; i++) {
        pthread_t thread;
        clients[i] = (struct client){ .writer = writer, .number = i };
        if (pthread_create(&thread, NULL, send_forms, &clients[i]) != 0) {
            _exit(1);
        }
    }
    (void)pause();
    _exit(1);
}

static void look(struct store_fixture *f)
{
    struct error error = { "" };
    struct db *db = NULL;
    struct journal_report report;
    int64_t forms = 0, acknowledged_sum = 0;
    must(db_open(&db, f->store, DB_READ, &error));
    must(db_read_begin(db, &error));
    for (int64_t i = 0; i < CLIENTS; i++) {
        int64_t count = 0, different = 0, last = 0, acked = atomic_load(&acknowledged[i]);
        must(db_one_int(db, &error, &count, NULL, "select count(*) from form where client = ?1", V_INT(i)));
        must(db_one_int(db, &error, &different, NULL, "select count(distinct number) from form where client = ?1",
                        V_INT(i)));
        must(db_one_int(db, &error, &last, NULL, "select coalesce(max(number), 0) from form where client = ?1",
                        V_INT(i)));
        if (count != last || count != different) {
            print_message("client %lld: %lld forms, %lld different, last %lld, acknowledged %lld\n", (long long)i,
                          (long long)count, (long long)different, (long long)last, (long long)acked);
        }
        assert_int_equal(count, different);              /* none is doubled */
        assert_int_equal(count, last);                   /* none is missing between */
        assert_true(last == acked || last == acked + 1); /* at most one was saved and not yet acknowledged */
        forms += count;
        acknowledged_sum += acked;
    }
    db_read_end(db);
    db_close(db);
    must(journal_verify(f->store, f->vault, &report, &error));
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    assert_int_equal(report.rows, forms);
    assert_true(forms >= acknowledged_sum);
}

static void share(void)
{
    acknowledged =
        mmap(NULL, CLIENTS * sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(acknowledged != MAP_FAILED);
}

static pid_t start_child(struct store_fixture *f)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody behind */
        live(f->url, vault_folder(f->vault));
    }
    return child;
}

static void kill_child(struct store_fixture *f, pid_t child)
{
    int status = 0;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    /* The server may still be working on what the dead client sent. */
    int64_t others = store_fixture_is_postgres();
    for (int i = 0; others && i < 200; i++) {
        (void)usleep(50000);
        others = count_of(f->store, "select count(*) from pg_stat_activity where datname = current_database() and "
                                    "pid <> pg_backend_pid() and backend_type = 'client backend'");
    }
    assert_int_equal(others, 0);
}

static int64_t all_acknowledged(void)
{
    int64_t sum = 0;
    for (int i = 0; i < CLIENTS; i++) {
        sum += atomic_load(&acknowledged[i]);
    }
    return sum;
}

static void finish(struct store_fixture *f, int least)
{
    int64_t sum = all_acknowledged();
    print_message("%lld forms acknowledged\n", (long long)sum);
    assert_true(sum > least);
    (void)munmap((void *)(uintptr_t)acknowledged, CLIENTS * sizeof *acknowledged);
    store_fixture_free(f);
}

static void the_program_is_killed(void **state)
{
    (void)state;
    struct store_fixture *f = store_fixture_new();
    unsigned seed = (unsigned)getpid();
    store_fixture_migrate(f, tables, 1);
    share();
    for (int round = 0; round < ROUNDS; round++) {
        pid_t child = start_child(f);
        (void)usleep(100000 + (unsigned)(rand_r(&seed) % 250000));
        kill_child(f, child);
        look(f);
    }
    finish(f, ROUNDS);
}

/* The connection breaks wherever it is: in a statement, in a commit, between. The program goes on by itself. */
static void the_connection_is_cut(void **state)
{
    (void)state;
    struct error error = { "" };
    struct db *db = NULL;
    int64_t cut = 0, all = 0;
    if (!store_fixture_is_postgres()) {
        skip();
    }
    struct store_fixture *f = store_fixture_new();
    unsigned seed = (unsigned)getpid();
    store_fixture_migrate(f, tables, 1);
    share();
    must(db_open(&db, f->store, DB_WRITE, &error));
    pid_t child = start_child(f);
    for (int round = 0; round < 3 * ROUNDS; round++) {
        (void)usleep(20000 + (unsigned)(rand_r(&seed) % 130000));
        must(db_one_int(db, &error, &cut, NULL,
                        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = "
                        "current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"));
        all += cut;
    }
    (void)usleep(300000);
    db_close(db);
    kill_child(f, child);
    look(f);
    assert_true(all > ROUNDS);
    finish(f, ROUNDS);
}

/* ---- a server of the test's own, killed ---- */

static bool postgres_sh(const char *action, const char *folder)
{
    const char *script = getenv("JIAOTI_POSTGRES_SH");
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *quiet = freopen("/dev/null", "w", stdout);
        quiet = quiet ? freopen("/dev/null", "w", stderr) : NULL;
        (void)execl(script, script, action, folder, (char *)NULL);
        _exit(127);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void kill_server(struct store_fixture *f, const char *folder)
{
    FILE *file = fopen(arena_printf(f->arena, "%s/data/postmaster.pid", folder).p, "r");
    char line[32];
    int64_t pid = 0;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_true(str_to_int(str_trim(str_of(line)), 2, INT32_MAX, &pid));
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    /* Its children end by themselves; until then it cannot start again. */
    bool started = false;
    for (int i = 0; i < 100 && !started; i++) {
        (void)usleep(100000);
        started = postgres_sh("start", folder);
    }
    assert_true(started);
}

/* Until some hundreds more are acknowledged; a minute without is a failure, however slow the machine. */
static void wait_for_progress(void)
{
    int64_t enough = all_acknowledged() + 300;
    for (int i = 0; i < 6000 && all_acknowledged() < enough; i++) {
        (void)usleep(10000);
    }
    assert_true(all_acknowledged() >= enough);
}

static int stop_server(void **state)
{
    return !*state || postgres_sh("stop", *state) ? 0 : -1;
}

static void the_server_is_killed(void **state)
{
    struct error error = { "" };
    struct store_fixture mine = { 0 };
    if (!store_fixture_is_postgres() || !getenv("JIAOTI_POSTGRES_SH")) {
        skip();
    }
    struct store_fixture *f = store_fixture_new();
    const char *folder = arena_printf(f->arena, "%s/server", f->folder).p;
    assert_int_equal(chmod(f->folder, 0755), 0); /* the server's user walks through it */
    *state = (void *)(uintptr_t)folder;
    assert_true(postgres_sh("start", folder));
    mine = *f;
    mine.url = arena_printf(f->arena, "postgresql://jiaoti@/jiaoti?host=%s", folder).p;
    must(store_open(&mine.store, mine.url, &error));
    store_fixture_migrate(&mine, tables, 1);
    share();
    pid_t child = start_child(&mine);
    for (int round = 0; round < 4; round++) {
        wait_for_progress();
        kill_server(f, folder);
        wait_for_progress(); /* the writer has found it again */
    }
    kill_child(&mine, child);
    look(&mine);
    store_close(mine.store);
    assert_true(postgres_sh("stop", folder));
    *state = NULL;
    finish(f, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_is_killed),
        cmocka_unit_test(the_connection_is_cut),
        cmocka_unit_test_teardown(the_server_is_killed, stop_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
