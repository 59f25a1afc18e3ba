/* measure [URL]: how many commands a second the writer makes durable, beside the same SQL bare.
 *
 * A command inserts a row of 1 KB into a table with two indexes ("row"); or does that with a one-time key and a
 * journal row, as a real one does ("form"). N commands wait at any time: each that is answered is sent again.
 * Bare is the engine's own interface, N rows a transaction, the same statements, no thread, no savepoints, no hash
 * chain. Without a URL: SQLite in the current folder. Then what a vault's field and a journal's row cost. */
#include "base/clock.h"
#include "store/journal.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY = 900, SECONDS = 2 };

static const struct migration tables[] = {
    { "measure", 1,
      "create table application (id IDENTITY, child BIGINT not null, school BIGINT not null, body TEXT not null);"
      "create unique index application_child on application (child);"
      "create index application_school on application (school, id);" },
};
static const char insert_row[] = "insert into application (child, school, body) values (?1, ?2, ?3)";
static const char insert_key[] =
    "insert into form_once (key, account, at, answer) values (?1, ?2, ?3, '') on conflict (key) do nothing";
static const char set_answer[] = "update form_once set answer = ?1 where key = ?2";
static const char insert_journal[] =
    "insert into journal (seq, at, actor, role, action, subject_kind, subject_id, division, detail, hash) "
    "values (?1, ?2, ?3, 'family', 'application.submit', 'application', ?4, '371502001', '', ?5)";

static char body[BODY + 1];
static _Atomic int64_t next_child = 1;

static void check(bool ok, const struct error *error)
{
    if (!ok) {
        (void)fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

/* ---- through the writer ---- */

struct load {
    struct writer *writer;
    bool form;
    _Atomic int64_t answered;
    _Atomic int64_t under_way;
    _Atomic bool stop;
};

static bool submit(struct writing *writing, void *input, struct error *error)
{
    struct load *load = input;
    int64_t child = atomic_fetch_add(&next_child, 1);
    bool ok = true;
    struct str key = { "", 0 }, answer;
    if (load->form) {
        bool is_new = false;
        key = arena_printf(writing->arena, "%016llx", (unsigned long long)child * 0x9E3779B97F4A7C15u);
        ok = once_claim(writing, key, child, &answer, &is_new, error);
    }
    ok = ok && db_run(writing->db, error, insert_row, V_INT(child), V_INT(child % 1063), V_TEXT(str_of(body)));
    if (ok && load->form) {
        struct journal_entry entry = { .actor = child,
                                       .role = "family",
                                       .action = "application.submit",
                                       .subject_kind = "application",
                                       .subject_id = child,
                                       .division = STR("371502001") };
        ok = journal_append(writing, &entry, error) && once_answer(writing, key, STR("receipt"), error);
    }
    return ok;
}

static void again(void *input, bool ok, const struct error *error)
{
    struct load *load = input;
    struct error ignored;
    check(ok, error);
    atomic_fetch_add(&load->answered, 1);
    struct command command = { "submit", submit, again, load };
    if (atomic_load(&load->stop) || !writer_submit(load->writer, &command, &ignored)) {
        atomic_fetch_sub(&load->under_way, 1);
    }
}

static double through_writer(struct store *store, struct vault *vault, int waiting, bool form)
{
    struct error error = { "" };
    struct load load = { .form = form, .under_way = waiting };
    check(writer_start(&load.writer, store, vault, &error), &error);
    int64_t start = clock_monotonic_us();
    for (int i = 0; i < waiting; i++) {
        struct command command = { "submit", submit, again, &load };
        check(writer_submit(load.writer, &command, &error), &error);
    }
    (void)sleep(SECONDS);
    int64_t answered = atomic_load(&load.answered);
    double seconds = (double)(clock_monotonic_us() - start) / 1e6;
    atomic_store(&load.stop, true);
    while (atomic_load(&load.under_way)) {
        (void)usleep(1000);
    }
    writer_stop(load.writer);
    return (double)answered / seconds;
}

/* ---- bare SQLite ---- */

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        (void)fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        exit(1);
    }
    return statement;
}

static void step(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE) {
        (void)fprintf(stderr, "%s\n", sqlite3_errmsg(sqlite3_db_handle(statement)));
        exit(1);
    }
    (void)sqlite3_reset(statement);
}

static double bare_sqlite(const char *path, int batch, bool form)
{
    sqlite3 *db = NULL;
    char key[17], hash[32] = { 0 };
    (void)sqlite3_open(path, &db);
    (void)sqlite3_exec(db,
                       "pragma synchronous=full; pragma cache_size=-65536; pragma wal_autocheckpoint=4000; "
                       "pragma mmap_size=2147418112",
                       NULL, NULL, NULL);
    sqlite3_stmt *row = prepared(db, insert_row), *once = prepared(db, insert_key), *answer = prepared(db, set_answer),
                 *journal = prepared(db, insert_journal);
    int64_t n = 0, start = clock_monotonic_us(), seq = 0;
    sqlite3_stmt *last = prepared(db, "select coalesce(max(seq), 0) from journal");
    (void)sqlite3_step(last);
    seq = sqlite3_column_int64(last, 0);
    (void)sqlite3_finalize(last);
    while (clock_monotonic_us() - start < SECONDS * 1000000) {
        (void)sqlite3_exec(db, "begin immediate", NULL, NULL, NULL);
        for (int i = 0; i < batch; i++, n++) {
            int64_t child = atomic_fetch_add(&next_child, 1);
            if (form) {
                (void)snprintf(key, sizeof key, "%016llx", (unsigned long long)child * 0x9E3779B97F4A7C15u);
                (void)sqlite3_bind_blob(once, 1, key, 16, SQLITE_STATIC);
                (void)sqlite3_bind_int64(once, 2, child);
                (void)sqlite3_bind_int64(once, 3, child);
                step(once);
            }
            (void)sqlite3_bind_int64(row, 1, child);
            (void)sqlite3_bind_int64(row, 2, child % 1063);
            (void)sqlite3_bind_text(row, 3, body, BODY, SQLITE_STATIC);
            step(row);
            if (form) {
                (void)sqlite3_bind_int64(journal, 1, ++seq);
                (void)sqlite3_bind_int64(journal, 2, child);
                (void)sqlite3_bind_int64(journal, 3, child);
                (void)sqlite3_bind_int64(journal, 4, child);
                (void)sqlite3_bind_blob(journal, 5, hash, 32, SQLITE_STATIC);
                step(journal);
                (void)sqlite3_bind_text(answer, 1, "receipt", 7, SQLITE_STATIC);
                (void)sqlite3_bind_blob(answer, 2, key, 16, SQLITE_STATIC);
                step(answer);
            }
        }
        (void)sqlite3_exec(db, "commit", NULL, NULL, NULL);
    }
    double seconds = (double)(clock_monotonic_us() - start) / 1e6;
    (void)sqlite3_exec(db, "delete from journal", NULL, NULL, NULL);
    (void)sqlite3_finalize(row), (void)sqlite3_finalize(once), (void)sqlite3_finalize(answer);
    (void)sqlite3_finalize(journal);
    (void)sqlite3_close(db);
    return (double)n / seconds;
}

/* ---- bare PostgreSQL: one pipelined transaction ---- */

static void send_text(PGconn *c, const char *name, int n, const char *const *values)
{
    if (PQsendQueryPrepared(c, name, n, values, NULL, NULL, 0) != 1) {
        (void)fprintf(stderr, "%s", PQerrorMessage(c));
        exit(1);
    }
}

static void drain(PGconn *c)
{
    (void)PQpipelineSync(c);
    for (;;) {
        PGresult *result = PQgetResult(c);
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (result && status == PGRES_PIPELINE_SYNC) {
            return;
        }
        if (result && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            (void)fprintf(stderr, "%s", PQerrorMessage(c));
            exit(1);
        }
    }
}

static double bare_postgres(const char *url, int batch, bool form)
{
    PGconn *c = PQconnectdb(url);
    PQclear(PQexec(c, "prepare row_in (bigint, bigint, text) as insert into application (child, school, body) "
                      "values ($1, $2, $3)"));
    PQclear(PQexec(c, "prepare once_in (bytea, bigint, bigint) as insert into form_once (key, account, at, answer) "
                      "values ($1, $2, $3, '') on conflict (key) do nothing"));
    PQclear(PQexec(c, "prepare answer_in (text, bytea) as update form_once set answer = $1 where key = $2"));
    PQclear(PQexec(c,
                   "prepare journal_in (bigint, bigint, bigint, bigint, bytea) as insert into journal (seq, at, actor, "
                   "role, action, subject_kind, subject_id, division, detail, hash) values ($1, $2, $3, 'family', "
                   "'application.submit', 'application', $4, '371502001', '', $5)"));
    PGresult *last = PQexec(c, "select coalesce(max(seq), 0) from journal");
    int64_t seq = 0, n = 0;
    (void)str_to_int(str_of(PQgetvalue(last, 0, 0)), 0, INT64_MAX, &seq);
    PQclear(last);
    (void)PQenterPipelineMode(c);
    int64_t start = clock_monotonic_us();
    while (clock_monotonic_us() - start < SECONDS * 1000000) {
        (void)PQsendQueryParams(c, "begin", 0, NULL, NULL, NULL, NULL, 0);
        for (int i = 0; i < batch; i++, n++) {
            int64_t child = atomic_fetch_add(&next_child, 1);
            char number[24], school[24], key[24], at[24];
            (void)snprintf(number, sizeof number, "%lld", (long long)child);
            (void)snprintf(school, sizeof school, "%lld", (long long)(child % 1063));
            (void)snprintf(key, sizeof key, "%016llx", (unsigned long long)child * 0x9E3779B97F4A7C15u);
            (void)snprintf(at, sizeof at, "%lld", (long long)(seq + n + 1));
            if (form) {
                send_text(c, "once_in", 3, (const char *[]){ key, number, number });
            }
            send_text(c, "row_in", 3, (const char *[]){ number, school, body });
            if (form) {
                send_text(c, "journal_in", 5,
                          (const char *[]){ at, number, number, number, "0123456789abcdef0123456789abcdef" });
                send_text(c, "answer_in", 2, (const char *[]){ "receipt", key });
            }
        }
        (void)PQsendQueryParams(c, "commit", 0, NULL, NULL, NULL, NULL, 0);
        drain(c);
    }
    double seconds = (double)(clock_monotonic_us() - start) / 1e6;
    (void)PQexitPipelineMode(c);
    PQclear(PQexec(c, "truncate journal"));
    PQfinish(c);
    return (double)n / seconds;
}

/* ---- the vault and the journal ---- */

static void measure_vault(struct vault *vault, const char *name)
{
    enum { N = 300000 };
    struct error error = { "" };
    struct arena *arena = arena_new(1 << 16), *kept = arena_new(0);
    struct str sealed, plain;
    unsigned char hash[VAULT_HASH];
    check(vault_seal(vault, kept, "child.name", STR("欧阳小明"), &sealed, &error), &error);
    int64_t t[4] = { clock_monotonic_us() };
    for (int i = 0; i < N; i++) {
        check(vault_unseal(vault, arena, "child.name", sealed, &plain, &error), &error);
        if (i % 100 == 0) {
            arena_reset(arena);
        }
    }
    t[1] = clock_monotonic_us();
    for (int i = 0; i < N; i++) {
        check(vault_seal(vault, arena, "child.name", STR("欧阳小明"), &plain, &error), &error);
        if (i % 100 == 0) {
            arena_reset(arena);
        }
    }
    t[2] = clock_monotonic_us();
    for (int i = 0; i < N; i++) {
        vault_hash(vault, "child.number", STR("11010519491231002X"), hash);
    }
    t[3] = clock_monotonic_us();
    (void)printf("%-8s unseal %.2f us  seal %.2f us  look-up hash %.2f us\n", name, (double)(t[1] - t[0]) / N,
                 (double)(t[2] - t[1]) / N, (double)(t[3] - t[2]) / N);
    arena_free(arena);
    arena_free(kept);
}

static void measure_journal(struct store *store, struct vault *vault)
{
    enum { ROWS = 1000000, PART = 20000 };
    struct error error = { "" };
    struct writing *writing = NULL;
    struct journal_report report;
    int64_t start = clock_monotonic_us();
    check(writing_open(&writing, store, vault, &error), &error);
    for (int i = 0; i < ROWS; i += PART) {
        check(writing_begin(writing, &error), &error);
        for (int j = 0; j < PART; j++) {
            struct journal_entry entry = { .actor = j,
                                           .role = "family",
                                           .action = "application.submit",
                                           .subject_kind = "application",
                                           .subject_id = i + j,
                                           .division = STR("371502001"),
                                           .detail = STR("school=3") };
            check(journal_append(writing, &entry, &error), &error);
        }
        check(writing_commit(writing, &error), &error);
    }
    writing_close(writing);
    int64_t middle = clock_monotonic_us();
    check(journal_verify(store, vault, &report, &error), &error);
    double seconds = (double)(clock_monotonic_us() - middle) / 1e6;
    (void)printf("journal  %d rows appended in %.1f s; %lld verified in %.1f s (%s)\n", ROWS,
                 (double)(middle - start) / 1e6, (long long)report.rows, seconds,
                 report.whole ? "whole" : report.finding);
}

/* A page's reads: a transaction each, with one look-up or three started together. */
static void measure_reads(struct store *store)
{
    struct error error = { "" };
    struct db *db = NULL;
    int64_t highest = 0;
    check(db_open(&db, store, DB_READ, &error), &error);
    check(db_one_int(db, &error, &highest, NULL, "select max(id) from application"), &error);
    for (int queries = 1; queries <= 3; queries += 2) {
        int64_t n = 0, start = clock_monotonic_us();
        for (; clock_monotonic_us() - start < 1000000; n++) {
            struct rows *rows[3];
            check(db_read_begin(db, &error), &error);
            for (int i = 0; i < queries; i++) {
                int64_t id = (n * 7919 + i * 104729) % highest + 1;
                rows[i] = db_query(db, &error, "select child, school, body from application where id = ?1", V_INT(id));
            }
            for (int i = 0; i < queries; i++) {
                while (rows_next(rows[i])) {
                    (void)rows_text(rows[i], 2);
                }
                check(rows_end(rows[i], &error), &error);
            }
            db_read_end(db);
        }
        (void)printf("reads    %lld transactions/s of %d look-ups, one thread, %lld rows\n", (long long)n, queries,
                     (long long)highest);
    }
    db_close(db);
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "measure.db";
    struct error error = { "" };
    struct store *store = NULL;
    struct vault *vault = NULL, *aes = NULL;
    memset(body, 'x', BODY);
    check(store_open(&store, url, &error) && store_migrate(store, tables, 1, &error), &error);
    check(vault_open(&vault, "measure-keys", VAULT_SM4, &error) && vault_open(&aes, "measure-keys", VAULT_AES, &error),
          &error);
    bool postgres = store_engine(store) == ENGINE_POSTGRES;
    for (int form = 0; form < 2; form++) {
        for (int waiting = 64; waiting <= 1024; waiting *= 4) {
            double writer = through_writer(store, vault, waiting, form);
            double bare = postgres ? bare_postgres(url, waiting, form) : bare_sqlite(url, waiting, form);
            (void)printf("%-10s %s %5d waiting: writer %7.0f/s  bare %7.0f/s  %.0f %%\n",
                         postgres ? "PostgreSQL" : "SQLite", form ? "form" : "row ", waiting, writer, bare,
                         100 * writer / bare);
            (void)fflush(stdout);
            (void)unlink("measure-keys/journal.anchor"); /* bare empties the journal */
        }
    }
    measure_reads(store);
    measure_vault(vault, "SM4");
    measure_vault(aes, "AES-GCM");
    measure_journal(store, vault);
    vault_close(aes);
    vault_close(vault);
    store_close(store);
    return 0;
}
