/* The ledger of places under load, killed: ledger-stress DATA URL SECONDS
 *
 * A child process runs the writer with 64 clients, each with families of its own, that hold, confirm, decline, give
 * back, wait and leave the list of a few offers at random, while holds expire. The parent kills it with SIGKILL at
 * random moments, looks at the store, and starts the next.
 *
 * The parent's truth is a log of each client in shared memory: what is asked is written before the command is sent, its
 * result before the log's length grows, so a kill finds each action either acknowledged or pending. A pending one is
 * sent again by the next child under the same form key. What must hold after every kill:
 *   - the sums of the ledger (ledger_verify), and the journal is whole;
 *   - of each family and offer there is one claim at most;
 *   - each acknowledged action stands in the journal exactly once, and no other one but the pending;
 *   - the state of each claim is one to which the last acknowledged action leads.
 * DATA and URL are a demo city's; its offers that are not allotted yet are used. Ends with `N looks, …` on success. */
#include "base/clock.h"
#include "places/claim.h"
#include "store/journal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS = 64,
    FAMILIES = 4, /* of a client */
    OFFERS = 4,
    LOG_MOST = 16000,
    FIRST_SUBJECT = 1000000000, /* above every application */
};

enum operation { HOLD, CONFIRM, DECLINE, RETURN, WAIT, CANCEL, OPERATIONS };
static const struct {
    const char *action;
    bool (*run)(struct writing *writing, void *input, struct error *error);
} operations[OPERATIONS] = {
    { "claim.hold", claim_hold_run },       { "claim.confirm", claim_confirm_run },
    { "claim.decline", claim_decline_run }, { "claim.return", claim_return_run },
    { "claim.wait", claim_wait_run },       { "claim.cancel", claim_cancel_run },
};

struct asked {
    int64_t patience_ms; /* of a hold */
    uint8_t set;         /* 1: the rest is valid */
    uint8_t operation, offer, family;
    int32_t result; /* enum claim_result, before the log's length grows */
};

struct client_log {
    _Atomic int64_t length; /* acknowledged */
    struct asked entries[LOG_MOST];
};

static struct shared {
    _Atomic int64_t failures; /* errors of commands, other than the end */
    char failure[256];
    struct client_log logs[CLIENTS];
} * shared;

static struct {
    const char *url, *keys;
    int64_t offers[OFFERS];
} setting;

static _Noreturn void die(const char *what, const struct error *error)
{
    (void)fprintf(stderr, "ledger-stress: %s: %s\n", what, error->message);
    _exit(1);
}

static int64_t subject_of(int client, int family)
{
    return FIRST_SUBJECT + (int64_t)client * FAMILIES + family;
}

/* ---- The child: writer and clients ---- */

struct client {
    struct writer *writer;
    int number;
    bool finish; /* only what is pending */
    uint64_t dice;
};

static uint64_t roll(struct client *client, uint64_t below)
{
    client->dice ^= client->dice << 13;
    client->dice ^= client->dice >> 7;
    client->dice ^= client->dice << 17;
    return client->dice % below;
}

static void rest_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    (void)nanosleep(&time, NULL);
}

static void choose(struct client *client, struct asked *asked)
{
    static const enum operation weighted[] = {
        HOLD, HOLD, HOLD, CONFIRM, CONFIRM, DECLINE, RETURN, WAIT, WAIT, CANCEL
    };
    asked->operation = (uint8_t)weighted[roll(client, sizeof weighted / sizeof *weighted)];
    asked->offer = (uint8_t)roll(client, OFFERS);
    asked->family = (uint8_t)roll(client, FAMILIES);
    asked->patience_ms = roll(client, 3) ? 50 + (int64_t)roll(client, 2000) : 0;
    atomic_signal_fence(memory_order_seq_cst);
    asked->set = 1;
}

/* Sends it until it is answered. */
static void send(struct client *client, int64_t number, struct asked *asked)
{
    char key[64], sort[32];
    struct error error;
    (void)snprintf(key, sizeof key, "stress %d %lld", client->number, (long long)number);
    (void)snprintf(sort, sizeof sort, "%08llu", (unsigned long long)roll(client, 100000000));
    for (;;) {
        struct claim_step step = {
            .actor = { client->number + 1, "family" },
            .form_key = str_of(key),
            .offer = setting.offers[asked->offer],
            .subject = subject_of(client->number, asked->family),
            .answer_by = asked->patience_ms ? clock_ms() + asked->patience_ms : 0,
            .sort = str_of(sort),
        };
        if (writer_call(client->writer, operations[asked->operation].action, operations[asked->operation].run, &step,
                        &error)) {
            asked->result = (int32_t)step.result;
            return;
        }
        if (atomic_fetch_add(&shared->failures, 1) == 0) {
            (void)snprintf(shared->failure, sizeof shared->failure, "%s", error.message);
        }
        rest_ms(20);
    }
}

static void *client_main(void *context)
{
    struct client *client = context;
    struct client_log *log = &shared->logs[client->number];
    for (;;) {
        int64_t n = atomic_load(&log->length);
        if (n == LOG_MOST || (client->finish && !log->entries[n].set)) {
            return NULL;
        }
        struct asked *asked = &log->entries[n];
        if (!asked->set) {
            choose(client, asked);
        }
        send(client, n, asked);
        atomic_store(&log->length, n + 1);
        rest_ms((int64_t)roll(client, 4));
    }
}

static void *expire_main(void *context)
{
    struct writer *writer = context;
    struct error error;
    for (;;) {
        struct claim_expire expire = { .most = 50 };
        if (!writer_call(writer, "claim.expire", claim_expire_run, &expire, &error) &&
            atomic_fetch_add(&shared->failures, 1) == 0) {
            (void)snprintf(shared->failure, sizeof shared->failure, "%s", error.message);
        }
        rest_ms(30);
    }
    return NULL;
}

static _Noreturn void live(bool finish)
{
    static struct client clients[CLIENTS];
    pthread_t threads[CLIENTS], expirer;
    struct error error;
    struct store *store = NULL;
    struct vault *vault = NULL;
    struct writer *writer = NULL;
    if (!store_open(&store, setting.url, &error) || !vault_open(&vault, setting.keys, VAULT_SM4, &error) ||
        !writer_start(&writer, store, vault, &error) || !writer_add_check(writer, ledger_check, NULL, &error)) {
        die("start", &error);
    }
    for (int i = 0; i < CLIENTS; i++) {
        uint64_t dice = 0;
        if (!vault_random(&dice, sizeof dice, &error)) {
            die("dice", &error);
        }
        clients[i] = (struct client){ .writer = writer, .number = i, .finish = finish, .dice = dice | 1 };
        if (pthread_create(&threads[i], NULL, client_main, &clients[i]) != 0) {
            _exit(1);
        }
    }
    if (!finish && pthread_create(&expirer, NULL, expire_main, writer) != 0) {
        _exit(1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    if (!finish) {
        (void)pause(); /* every log is full: nothing is left to do but to be killed */
    }
    writer_stop(writer);
    vault_close(vault);
    store_close(store);
    _exit(0);
}

static pid_t start_child(bool finish)
{
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        live(finish);
    }
    return child;
}

/* ---- The parent: looks ---- */

struct truth {
    int64_t done[CLIENTS * FAMILIES][OFFERS][OPERATIONS];    /* acknowledged */
    int64_t pending[CLIENTS * FAMILIES][OFFERS][OPERATIONS]; /* may have been done */
    int64_t kept[CLIENTS * FAMILIES][OFFERS][OPERATIONS];    /* in the journal */
    int last[CLIENTS * FAMILIES][OFFERS];                    /* operation, -1: none */
    int64_t acknowledged;
};

static void read_logs(struct truth *truth)
{
    for (int c = 0; c < CLIENTS; c++) {
        const struct client_log *log = &shared->logs[c];
        int64_t n = atomic_load(&log->length);
        truth->acknowledged += n;
        for (int64_t i = 0; i <= n && i < LOG_MOST; i++) {
            const struct asked *asked = &log->entries[i];
            int subject = c * FAMILIES + asked->family;
            if (i == n && asked->set) {
                truth->pending[subject][asked->offer][asked->operation]++;
            } else if (i < n && asked->result == CLAIM_DONE) {
                truth->done[subject][asked->offer][asked->operation]++;
                truth->last[subject][asked->offer] = asked->operation;
            }
        }
    }
}

static int offer_index(int64_t offer)
{
    for (int i = 0; i < OFFERS; i++) {
        if (setting.offers[i] == offer) {
            return i;
        }
    }
    return -1;
}

/* "offer 17, next 0" */
static int offer_of_detail(struct str detail)
{
    int64_t offer = 0;
    struct str rest = str_part(detail, 6, detail.n);
    return str_to_int(str_part(rest, 0, str_find(rest, ',')), 1, INT64_MAX, &offer) ? offer_index(offer) : -1;
}

static bool read_journal(struct db *db, struct truth *truth, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select action, subject_id, detail from journal where subject_kind = 'application' "
                                 "and subject_id >= ?1",
                                 V_INT(FIRST_SUBJECT));
    while (rows_next(rows)) {
        int64_t subject = rows_int(rows, 1) - FIRST_SUBJECT;
        int offer = offer_of_detail(rows_text(rows, 2));
        for (int o = 0; o < OPERATIONS && offer >= 0 && subject < (int64_t)CLIENTS * FAMILIES; o++) {
            truth->kept[subject][offer][o] += str_is(rows_text(rows, 0), operations[o].action);
        }
    }
    return rows_end(rows, error);
}

static bool compare(const struct truth *truth, struct error *error)
{
    for (int s = 0; s < CLIENTS * FAMILIES; s++) {
        for (int f = 0; f < OFFERS; f++) {
            for (int o = 0; o < OPERATIONS; o++) {
                int64_t kept = truth->kept[s][f][o], done = truth->done[s][f][o];
                if (kept < done || kept > done + truth->pending[s][f][o]) {
                    return error_set(
                        error, "family %d, offer %d: %lld %s acknowledged, %lld pending, %lld in the journal", s, f,
                        (long long)done, operations[o].action, (long long)truth->pending[s][f][o], (long long)kept);
                }
            }
        }
    }
    return true;
}

/* Where the last acknowledged action leads, with what time and others may have done since: a hold expires; who waits
 * may be given a place, which may expire; a confirmed place stays. */
static bool fits(int last, struct str state)
{
    switch (last) {
    case HOLD:
        return str_is(state, "held") || str_is(state, "returned");
    case CONFIRM:
        return str_is(state, "taken");
    case WAIT:
        return str_is(state, "waiting") || str_is(state, "held") || str_is(state, "returned");
    default:
        return str_is(state, "returned");
    }
}

static bool read_claims(struct db *db, const struct truth *truth, struct error *error)
{
    int64_t doubled = 0, claims = 0, expected = 0;
    bool good = true;
    struct rows *rows =
        db_query(db, error, "select offer, subject, state from claim where subject >= ?1 and subject < ?2",
                 V_INT(FIRST_SUBJECT), V_INT(FIRST_SUBJECT + (int64_t)CLIENTS * FAMILIES));
    while (rows_next(rows) && good) {
        int64_t subject = rows_int(rows, 1) - FIRST_SUBJECT;
        int offer = offer_index(rows_int(rows, 0));
        good = offer >= 0 && subject < (int64_t)CLIENTS * FAMILIES;
        int64_t pending = 0;
        for (int o = 0; good && o < OPERATIONS; o++) {
            pending += truth->pending[subject][offer][o];
        }
        int last = good ? truth->last[subject][offer] : -1;
        claims += last >= 0;
        if (good && !pending && (last < 0 || !fits(last, rows_text(rows, 2)))) {
            good = error_set(error, "family %lld, offer %d: last acknowledged %s, but the claim is %.*s",
                             (long long)subject, offer, last < 0 ? "nothing" : operations[last].action,
                             STR_ARG(rows_text(rows, 2)));
        }
    }
    struct error ending = { "" };
    if (!rows_end(rows, &ending) && good) {
        *error = ending;
        good = false;
    }
    for (int s = 0; s < CLIENTS * FAMILIES; s++) {
        for (int f = 0; f < OFFERS; f++) {
            expected += truth->last[s][f] >= 0;
        }
    }
    good = good && (claims == expected || error_set(error, "%lld families have acted on an offer, %lld have a claim",
                                                    (long long)expected, (long long)claims));
    return good &&
           db_one_int(db, error, &doubled, NULL,
                      "select count(*) from (select offer, subject from claim group by offer, subject "
                      "having count(*) > 1) d") &&
           (doubled == 0 || error_set(error, "%lld families have two claims on one offer", (long long)doubled));
}

/* After each kill. */
static void look(bool chain, int64_t *acknowledged)
{
    struct error error = { "" };
    struct store *store = NULL;
    struct vault *vault = NULL;
    struct db *db = NULL;
    struct ledger_report ledger;
    struct journal_report journal;
    struct truth *truth = calloc(1, sizeof *truth);
    if (!truth || !store_open(&store, setting.url, &error) || !vault_open(&vault, setting.keys, VAULT_SM4, &error) ||
        !db_open(&db, store, DB_READ, &error)) {
        die("look", &error);
    }
    for (int s = 0; s < CLIENTS * FAMILIES; s++) {
        for (int f = 0; f < OFFERS; f++) {
            truth->last[s][f] = -1;
        }
    }
    read_logs(truth);
    if (!ledger_verify(db, &ledger, &error) ||
        (!ledger.whole && !error_set(&error, "the ledger is wrong: %s", ledger.finding)) ||
        !read_journal(db, truth, &error) || !compare(truth, &error) || !read_claims(db, truth, &error)) {
        die("after a kill", &error);
    }
    if (chain && (!journal_verify(store, vault, &journal, &error) ||
                  (!journal.whole && !error_set(&error, "the journal is broken: %s", journal.finding)))) {
        die("after a kill", &error);
    }
    *acknowledged = truth->acknowledged;
    free(truth);
    db_close(db);
    vault_close(vault);
    store_close(store);
}

/* The offers with the fewest places among those that are not allotted. */
static void find_offers(void)
{
    struct error error = { "" };
    struct store *store = NULL;
    struct db *db = NULL;
    int n = 0;
    if (!store_open(&store, setting.url, &error) || !db_open(&db, store, DB_READ, &error)) {
        die("start", &error);
    }
    struct rows *rows = db_query(db, &error,
                                 "select o.id from offer o join round r on r.id = o.round where r.transcript is null "
                                 "and o.capacity > 0 order by o.capacity, o.id limit ?1",
                                 V_INT(OFFERS));
    while (rows_next(rows)) {
        setting.offers[n++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, &error) || n < OFFERS) {
        die("the city has too few offers", &error);
    }
    db_close(db);
    store_close(store);
}

int main(int argc, char **argv)
{
    int64_t seconds = 0, acknowledged = 0, before = 0, looks = 0;
    char keys[600];
    if (argc != 4 || !str_to_int(str_of(argv[3]), 1, 3600, &seconds)) {
        (void)fprintf(stderr, "usage: ledger-stress DATA URL SECONDS\n");
        return 2;
    }
    (void)snprintf(keys, sizeof keys, "%s/keys", argv[1]);
    setting.url = argv[2];
    setting.keys = keys;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return 1;
    }
    find_offers();
    struct client dice = { .dice = (uint64_t)clock_monotonic_us() | 1 };
    int64_t until = clock_monotonic_us() + seconds * 1000000;
    int status = 0;
    while (clock_monotonic_us() < until) {
        pid_t child = start_child(false);
        rest_ms(300 + (int64_t)roll(&dice, 1500));
        if (child < 0 || kill(child, SIGKILL) != 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) {
            (void)fprintf(stderr, "ledger-stress: the child ended by itself\n");
            return 1;
        }
        look(looks % 8 == 0, &acknowledged);
        looks++;
    }
    before = acknowledged;
    pid_t last = start_child(true); /* what is pending is asked once more; then nothing is open */
    if (last < 0 || waitpid(last, &status, 0) != last || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "ledger-stress: the last child failed\n");
        return 1;
    }
    look(true, &acknowledged);
    if (atomic_load(&shared->failures)) {
        (void)fprintf(stderr, "ledger-stress: %lld commands failed, first: %s\n", (long long)shared->failures,
                      shared->failure);
        return 1;
    }
    printf("%lld looks after a kill, %lld actions acknowledged, %lld that were lost asked again\n", (long long)looks,
           (long long)acknowledged, (long long)(acknowledged - before));
    return 0;
}
