/* Services under kill -9: 64 clients ask for courts, camps and a race, confirm, give back, withdraw and let pass at
 * random, while the process that they live in is killed and started again at random.
 *
 *     service-stress [SECONDS]       (5; engine: JIAOTI_TEST_DB)
 *
 * A client writes a line before a command and one after the writer has answered that it is durable; the file outlives
 * the killed process. After every kill the parent looks: every sum of the ledger holds; nobody has two confirmed places
 * at one time; no place is free where somebody waits; every acknowledged entry is there, and an acknowledged withdrawal
 * is one, unless a later command of the same person can have followed it. */
#include "places/family_fixture.h"

#include "places/claim.h"
#include "places/ledger.h"
#include "services/services.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLIENTS = 64,
    PERSONS = 6 /* of each client */,
    CALLS = 3,
    OFFERS = 3 /* of each call */,
    HOUR_MS = 3600 * 1000
};

/* Courts, camps and a race that gives start numbers with its places (%s): each offer of a call meets one of the others
 * in time. */
static const char yaml[] =
    "name: {zh: 演示, en: Stress}\nabout: {zh: 演示, en: Stress}\ndivision: \"371502\"\nfor: [self]\n"
    "mechanism: first_come\nopens: 2026-07-01 08:00\ncloses: 2036-07-01 08:00\nanswer_days: 1\n"
    "offers:\n"
    "  - {id: a, name: {zh: 甲, en: A}, place: {zh: 甲, en: A}, capacity: 20, from: 2036-07-20, hours: 09:00-11:00%s}\n"
    "  - {id: b, name: {zh: 乙, en: B}, place: {zh: 乙, en: B}, capacity: 8, from: 2036-07-20, hours: 10:30-12:00%s}\n"
    "  - {id: c, name: {zh: 丙, en: C}, place: {zh: 丙, en: C}, capacity: 40, from: 2036-07-21, hours: "
    "09:00-11:00%s}\n";

enum deed { DEED_SEND, DEED_TAKE, DEED_DECLINE, DEED_WITHDRAW, DEEDS };

/* A line of the log: fixed size, one write. result is −1 before the command. */
struct line {
    int32_t call, person, deed, result;
};

struct client {
    struct writer *writer;
    const int64_t *calls;
    const int64_t (*offers)[OFFERS];
    int log;
    int number;
    unsigned dice;
    int64_t entry[CALLS][PERSONS]; /* 0: not known in this life */
};

static unsigned throw_dice(unsigned *dice)
{
    *dice = *dice * 1664525u + 1013904223u;
    return *dice >> 10;
}

static void tell(int log, struct line line)
{
    if (write(log, &line, sizeof line) != (ssize_t)sizeof line) {
        abort();
    }
}

static bool sends(struct client *client, int call, int which, int64_t person, enum service_result *result)
{
    struct error error;
    int64_t offer = client->offers[call][throw_dice(&client->dice) % OFFERS];
    struct entry_send send = { .actor = { person, "family" },
                               .call = client->calls[call],
                               .person = { "account", person },
                               .offers = &offer,
                               .n = 1 };
    bool done = writer_call(client->writer, "send", entry_send_run, &send, &error);
    *result = send.result;
    if (done && send.result == SERVICE_DONE) {
        client->entry[call][which] = send.id;
    }
    return done;
}

static bool answers(struct client *client, int call, int which, int64_t person, enum deed deed,
                    enum service_result *result)
{
    struct error error;
    struct entry_answer answer = { .actor = { person, "family" },
                                   .id = client->entry[call][which],
                                   .offer = client->offers[call][throw_dice(&client->dice) % OFFERS],
                                   .act = deed == DEED_TAKE      ? ENTRY_TAKE
                                          : deed == DEED_DECLINE ? ENTRY_DECLINE
                                                                 : ENTRY_WITHDRAW };
    bool done = writer_call(client->writer, "answer", entry_answer_run, &answer, &error);
    *result = answer.result;
    return done;
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    for (;;) {
        int call = (int)(throw_dice(&client->dice) % CALLS), which = (int)(throw_dice(&client->dice) % PERSONS);
        int deed = (int)(throw_dice(&client->dice) % (DEEDS + 2));
        int64_t person = 1000 + client->number * PERSONS + which;
        enum service_result result;
        deed = deed >= DEEDS || client->entry[call][which] == 0 ? DEED_SEND : deed;
        struct line line = { call, (int32_t)(person - 1000), deed, -1 };
        tell(client->log, line);
        if (deed == DEED_SEND ? sends(client, call, which, person, &result)
                              : answers(client, call, which, person, (enum deed)deed, &result)) {
            line.result = (int32_t)result;
            tell(client->log, line);
        }
    }
    return NULL;
}

/* Time goes by: an hour in a twentieth of a second, so that places are let pass. */
static void *expire_main(void *argument)
{
    struct client *client = argument;
    for (;;) {
        struct error error;
        struct claim_expire expire = { .most = 50, .plain_kind = "service_entry" };
        (void)clock_advance(clock_ms() - clock_wall_ms() + HOUR_MS);
        (void)writer_call(client->writer, "expire", claim_expire_run, &expire, &error);
        (void)usleep(50000);
    }
    return NULL;
}

/* The process that is killed: opens the store anew, as a started server does. */
static void live(struct town *t, const int64_t *calls, const int64_t (*offers)[OFFERS], int log, unsigned seed)
{
    static struct client clients[CLIENTS + 1];
    struct error error = { { 0 } };
    struct store *store;
    struct vault *vault;
    struct writer *writer;
    pthread_t thread;
    const char *keys = arena_printf(t->arena, "%s/keys", t->fixture->folder).p;
    if (!store_open(&store, t->fixture->url, &error) || !vault_open(&vault, keys, VAULT_SM4, &error) ||
        !writer_start(&writer, store, vault, &error) || !writer_add_check(writer, ledger_check, NULL, &error)) {
        (void)fprintf(stderr, "%s\n", error.message);
        _exit(3);
    }
    for (int i = 0; i <= CLIENTS; i++) {
        clients[i] = (struct client){ .writer = writer,
                                      .calls = calls,
                                      .offers = offers,
                                      .log = log,
                                      .number = i,
                                      .dice = seed * 977u + (unsigned)i * 7919u + 1u };
        if (pthread_create(&thread, NULL, i < CLIENTS ? client_main : expire_main, &clients[i]) != 0) {
            _exit(3);
        }
    }
    for (;;) {
        (void)pause();
    }
}

/* ---- Checking ---- */

/* What the log says of one person in one call. */
struct known {
    int8_t last; /* the last acknowledged send or withdrawal; −1: none */
    bool begun;  /* a send or withdrawal has no answer yet */
    bool doubt;  /* one since then never got an answer: its process was killed */
};

static void read_log(const char *path, struct known *known, int64_t *done)
{
    static struct line lines[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    for (int i = 0; i < CALLS * CLIENTS * PERSONS; i++) {
        known[i] = (struct known){ .last = -1 };
    }
    *done = 0;
    for (ssize_t n; (n = read(file, lines, sizeof lines)) > 0;) {
        assert_int_equal(0, (size_t)n % sizeof *lines);
        for (size_t i = 0; i < (size_t)n / sizeof *lines; i++) {
            struct known *k = &known[lines[i].call * CLIENTS * PERSONS + lines[i].person];
            bool of_entry = lines[i].deed == DEED_SEND || lines[i].deed == DEED_WITHDRAW;
            *done += lines[i].result == SERVICE_DONE;
            if (of_entry && lines[i].result < 0) {
                k->doubt = k->doubt || k->begun;
                k->begun = true;
            } else if (of_entry && lines[i].result == SERVICE_DONE) {
                *k = (struct known){ .last = (int8_t)lines[i].deed };
            } else if (of_entry) {
                k->begun = false; /* refused: nothing changed */
            }
        }
    }
    (void)close(file);
}

static void check(struct town *t, const int64_t *calls, const char *path, int64_t *done)
{
    static struct known known[CALLS * CLIENTS * PERSONS];
    struct error error = { { 0 } };
    struct ledger_report report;
    read_log(path, known, done);
    assert_true(ledger_verify(t->db, &report, &error));
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    assert_int_equal(
        0, town_int(t,
                    "select count(*) from claim c join service_entry e on e.id = c.subject "
                    "join service_session a on a.offer = c.offer join service_session b on b.day = a.day and "
                    "b.offer <> a.offer and b.from_minute < a.until_minute and a.from_minute < b.until_minute "
                    "join claim d on d.offer = b.offer and d.state = 'taken' join service_entry f on "
                    "f.id = d.subject and f.person = e.person where c.state = 'taken' and 0 = ?1",
                    0));
    assert_int_equal(0,
                     town_int(t,
                              "select count(*) from ledger_balance b join plain_offer x on x.id = b.offer where "
                              "b.bucket = 'free' and b.places > 0 and 0 = ?1 and exists (select 1 from claim c where "
                              "c.offer = b.offer and c.state = 'waiting')",
                              0));
    /* Who has a place of the race has a number; the tables let no number be given twice. */
    assert_int_equal(0,
                     town_int(t,
                              "select count(*) from claim c join service_offer o on o.id = c.offer and o.numbers > 0 "
                              "where c.state = 'taken' and 0 = ?1 and not exists (select 1 from service_number x "
                              "where x.offer = c.offer and x.entry = c.subject)",
                              0));
    struct rows *rows = db_query(t->db, &error, "select call, person, state from service_entry");
    static bool seen[CALLS * CLIENTS * PERSONS];
    memset(seen, 0, sizeof seen);
    while (rows_next(rows)) {
        int64_t call = rows_int(rows, 0);
        size_t at = (call == calls[0]   ? 0U
                     : call == calls[1] ? 1U
                                        : 2U) *
                        CLIENTS * PERSONS +
                    (size_t)(rows_int(rows, 1) - 1000);
        bool withdrawn = str_is(rows_text(rows, 2), "withdrawn");
        seen[at] = true;
        bool sure = known[at].last >= 0 && !known[at].begun && !known[at].doubt;
        if (sure && withdrawn != (known[at].last == DEED_WITHDRAW)) {
            fail_msg("call %lld, person %lld: what was acknowledged is not there", (long long)rows_int(rows, 0),
                     (long long)rows_int(rows, 1));
        }
    }
    assert_true(rows_end(rows, &error));
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        assert_true(seen[i] || known[i].last < 0);
    }
}

/* ---- The test ---- */

static int seconds = 5;

static void open_calls(struct town *t, int64_t *calls, int64_t (*offers)[OFFERS])
{
    static const char *const ids[CALLS] = { "courts", "camps", "race" };
    for (int i = 0; i < CALLS; i++) {
        struct city_mistakes *mistakes = city_mistakes_new();
        const char *numbers = i == 2 ? ", numbers: 101" : "";
        struct service *service =
            service_parse(t->arena, str_of(ids[i]), arena_printf(t->arena, yaml, numbers, numbers, numbers), mistakes);
        assert_non_null(service);
        city_mistakes_free(mistakes);
        struct call_open open = { .actor = { 1, "city" }, .service = service };
        town_run(t, call_open_run, &open);
        assert_int_equal(SERVICE_DONE, open.result);
        calls[i] = open.id;
        struct error error = { { 0 } };
        struct offered *rows;
        size_t n;
        assert_true(offered_list(t->db, t->arena, open.id, &rows, &n, &error) && n == OFFERS);
        for (size_t k = 0; k < n; k++) {
            offers[i][k] = rows[k].id;
        }
    }
}

static void services_hold_through_kills(void **state)
{
    (void)state;
    struct town *t = town_new();
    int64_t calls[CALLS], offers[CALLS][OFFERS], base;
    store_fixture_migrate(t->fixture, records_migrations, records_migrations_count);
    store_fixture_migrate(t->fixture, services_migrations, services_migrations_count);
    town_sql(t, "update offer set capacity = 0"); /* the town's own stand without a ledger */
    assert_true(ms_parse(STR("2026-07-02 08:00"), &base));
    clock_shift(base - clock_wall_ms());
    open_calls(t, calls, offers);
    const char *path = arena_printf(t->arena, "%s/acknowledged.log", t->fixture->folder).p;
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(log >= 0);
    store_fixture_stop_writer(t->fixture);
    t->writer = NULL;
    db_close(t->db); /* no connection is shared with a child */
    t->db = NULL;
    unsigned dice = 20260824u;
    int64_t end = clock_monotonic_us() + (int64_t)seconds * 1000000, done = 0;
    int kills = 0;
    while (clock_monotonic_us() < end) {
        struct error error = { { 0 } };
        /* Each life begins after the one before it. */
        clock_shift(base + (int64_t)kills * 48 * HOUR_MS - clock_wall_ms());
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            live(t, calls, (const int64_t(*)[OFFERS])offers, log, (unsigned)kills);
        }
        (void)usleep(150000 + throw_dice(&dice) % 600000);
        assert_int_equal(0, kill(child, SIGKILL));
        int status;
        assert_int_equal(child, waitpid(child, &status, 0));
        assert_true(WIFSIGNALED(status));
        kills++;
        assert_true(db_open(&t->db, t->fixture->store, DB_READ, &error));
        check(t, calls, path, &done);
        db_close(t->db);
        t->db = NULL;
    }
    (void)close(log);
    printf("%d kills, %lld acknowledged changes: every sum holds, nobody is in two places\n", kills, (long long)done);
    assert_true(done > 100);
    t->writer = store_fixture_writer(t->fixture);
    town_free(t);
}

int main(int argc, char **argv)
{
    seconds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : seconds;
    const struct CMUnitTest tests[] = { cmocka_unit_test(services_hold_through_kills) };
    return cmocka_run_group_tests_name("service-stress", tests, NULL, NULL);
}
