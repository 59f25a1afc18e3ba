/* Conservation of places under kill -9: 64 client threads hold, confirm, decline, return, wait and cancel at random
 * while the process that they live in is killed and started again at random.
 *
 *     ledger-stress [SECONDS]        (5; the long part of CI gives 60; engine: JIAOTI_TEST_DB)
 *
 * The parent owns the store's folder and a log that outlives every killed process (each line is one write(2) of a file
 * opened to append). A client writes "do" before a command and "ok" after the writer has answered that it is durable.
 * After every kill and at the end the parent checks from the log and the tables:
 *   - every sum of the ledger holds (ledger_verify);
 *   - nobody has two claims on one offer, no offer has more taken and held places than its capacity;
 *   - every acknowledged change is there, unless a later change of the same claim can have followed it. */
#include "round_fixture.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 64, OFFERS = 6, CAPACITY = 12, SUBJECTS = 24 /* of each client */ };

enum deed { DEED_HOLD, DEED_CONFIRM, DEED_DECLINE, DEED_RETURN, DEED_WAIT, DEED_CANCEL, DEEDS };
static bool (*const deeds[DEEDS])(struct writing *, void *, struct error *) = { claim_hold_run,    claim_confirm_run,
                                                                                claim_decline_run, claim_return_run,
                                                                                claim_wait_run,    claim_cancel_run };

/* A line of the log: fixed size, one write. result is −1 before the command. */
struct record {
    int32_t offer, subject, deed, result;
};

struct client {
    struct writer *writer;
    const int64_t *offers;
    int log;
    int number;
    unsigned dice;
};

static unsigned throw_dice(unsigned *dice)
{
    *dice = *dice * 1664525u + 1013904223u;
    return *dice >> 10;
}

static void note(int log, struct record record)
{
    if (write(log, &record, sizeof record) != (ssize_t)sizeof record) {
        abort();
    }
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    for (;;) {
        struct error error;
        char sort[32];
        int offer = (int)(throw_dice(&client->dice) % OFFERS);
        int deed = (int)(throw_dice(&client->dice) % DEEDS);
        struct claim_step step = {
            .actor = { client->number + 1, "family" },
            .offer = client->offers[offer],
            .subject = client->number * SUBJECTS + (int)(throw_dice(&client->dice) % SUBJECTS) + 1,
        };
        int length = snprintf(sort, sizeof sort, "%010u", throw_dice(&client->dice));
        step.sort = (struct str){ sort, (size_t)length };
        bool short_hold = throw_dice(&client->dice) % 4 == 0;
        step.answer_by = deed == DEED_HOLD && short_hold ? clock_ms() + 20 : 0;
        struct record record = { offer, (int32_t)step.subject, deed, -1 };
        note(client->log, record);
        if (writer_call(client->writer, "stress", deeds[deed], &step, &error)) {
            record.result = (int32_t)step.result;
            note(client->log, record);
        }
    }
    return NULL;
}

static void *expire_main(void *argument)
{
    struct client *client = argument;
    for (;;) {
        struct error error;
        struct claim_expire expire = { .most = 50 };
        (void)writer_call(client->writer, "expire", claim_expire_run, &expire, &error);
        (void)usleep(3000);
    }
    return NULL;
}

/* The process that is killed: opens the store anew, as a started server does. */
static void live(struct shire *s, int log, unsigned seed)
{
    static struct client clients[CLIENTS + 1];
    struct error error = { { 0 } };
    struct store *store;
    struct vault *vault;
    struct writer *writer;
    pthread_t thread;
    const char *keys = arena_printf(s->arena, "%s/keys", s->fixture->folder).p;
    if (!store_open(&store, s->fixture->url, &error) || !vault_open(&vault, keys, VAULT_SM4, &error) ||
        !writer_start(&writer, store, vault, &error) || !writer_add_check(writer, ledger_check, NULL, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        _exit(3);
    }
    for (int i = 0; i <= CLIENTS; i++) {
        clients[i] = (struct client){ writer, s->offers, log, i, seed * 977u + (unsigned)i * 7919u + 1u };
        if (pthread_create(&thread, NULL, i < CLIENTS ? client_main : expire_main, &clients[i]) != 0) {
            _exit(3);
        }
    }
    for (;;) {
        (void)pause();
    }
}

/* ---- Checking ---- */

/* What the log says of one claim. */
struct known {
    int8_t last_deed; /* of the last command that was acknowledged as done; −1: none */
    bool begun;       /* a command on this claim has no answer yet */
    bool doubt;       /* one never got its answer: it may or may not have happened after that deed */
};

static void read_log(const char *path, struct known *known, int64_t *lines, int64_t *done)
{
    static struct record records[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    for (int i = 0; i < OFFERS * (CLIENTS * SUBJECTS + 1); i++) {
        known[i] = (struct known){ .last_deed = -1 };
    }
    *lines = *done = 0;
    for (ssize_t n; (n = read(file, records, sizeof records)) > 0;) {
        assert_int_equal(0, (size_t)n % sizeof *records);
        for (size_t i = 0; i < (size_t)n / sizeof *records; i++, ++*lines) {
            struct known *k = &known[records[i].offer * (CLIENTS * SUBJECTS + 1) + records[i].subject];
            if (records[i].result < 0) {
                k->doubt = k->doubt || k->begun;
                k->begun = true;
                continue;
            }
            k->begun = false;
            if (records[i].result == CLAIM_DONE) {
                k->doubt = false;
                k->last_deed = (int8_t)records[i].deed;
                ++*done;
            }
        }
    }
    (void)close(file);
}

/* Which states may follow by the program alone (expiry, promotion) from the state that the deed made. */
static bool may_be(int deed, struct str state)
{
    switch (deed) {
    case DEED_HOLD:
        return str_is(state, "held") || str_is(state, "returned");
    case DEED_CONFIRM:
        return str_is(state, "taken");
    case DEED_DECLINE:
    case DEED_RETURN:
    case DEED_CANCEL:
        return str_is(state, "returned");
    default:
        return str_is(state, "waiting") || str_is(state, "held");
    }
}

static void check(struct shire *s, const char *path, int64_t *lines, int64_t *done)
{
    static struct known known[OFFERS * (CLIENTS * SUBJECTS + 1)];
    struct error error = { { 0 } };
    struct ledger_report report;
    read_log(path, known, lines, done);
    assert_true(ledger_verify(s->db, &report, &error));
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    assert_int_equal(0,
                     shire_int(s, "select count(*) from (select 1 from claim group by offer, subject having count(*) "
                                  "> 1) x"));
    assert_int_equal(0, shire_int(s, "select count(*) from offer o where o.capacity < (select count(*) from claim c "
                                     "where c.offer = o.id and c.state in ('held', 'taken'))"));
    struct rows *rows = db_query(s->db, &error, "select offer, subject, state from claim");
    static bool seen[OFFERS * (CLIENTS * SUBJECTS + 1)];
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        seen[i] = false;
    }
    while (rows_next(rows)) {
        int offer = 0;
        while (s->offers[offer] != rows_int(rows, 0)) {
            offer++;
        }
        size_t at = (size_t)(offer * (CLIENTS * SUBJECTS + 1) + (int)rows_int(rows, 1));
        seen[at] = true;
        if (known[at].last_deed >= 0 && !known[at].begun && !known[at].doubt &&
            !may_be(known[at].last_deed, rows_text(rows, 2))) {
            fail_msg("offer %d, subject %lld: acknowledged deed %d, but the claim is %.*s", offer,
                     (long long)rows_int(rows, 1), known[at].last_deed, STR_ARG(rows_text(rows, 2)));
        }
    }
    assert_true(rows_end(rows, &error));
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        assert_true(seen[i] || known[i].last_deed < 0);
    }
}

static int seconds = 5;

static void the_sums_hold_through_kills(void **state)
{
    (void)state;
    struct shire *s = shire_new("371502", STAGE_PRIMARY, OFFERS - 1, CAPACITY, 0);
    const char *path = arena_printf(s->arena, "%s/acknowledged.log", s->fixture->folder).p;
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(log >= 0);
    store_fixture_stop_writer(s->fixture);
    s->writer = NULL;
    db_close(s->db); /* no connection is shared with a child */
    s->db = NULL;
    unsigned dice = 20260824u;
    int64_t end = clock_monotonic_us() + (int64_t)seconds * 1000000, lines = 0, done = 0;
    int kills = 0;
    while (clock_monotonic_us() < end) {
        struct error error = { { 0 } };
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            live(s, log, (unsigned)kills);
        }
        (void)usleep(150000 + throw_dice(&dice) % 600000);
        assert_int_equal(0, kill(child, SIGKILL));
        int status;
        assert_int_equal(child, waitpid(child, &status, 0));
        assert_true(WIFSIGNALED(status));
        kills++;
        assert_true(db_open(&s->db, s->fixture->store, DB_READ, &error));
        check(s, path, &lines, &done);
        db_close(s->db);
        s->db = NULL;
    }
    (void)close(log);
    printf("%d kills, %lld commands begun or answered, %lld acknowledged changes: every sum holds\n", kills,
           (long long)lines, (long long)done);
    assert_true(done > 100);
    s->writer = store_fixture_writer(s->fixture);
    shire_free(s);
}

int main(int argc, char **argv)
{
    seconds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : seconds;
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_sums_hold_through_kills) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
