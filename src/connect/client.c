/* See client.h. One thread owns the transfers (curl's multi handle) and decides; the writer's thread hands finished
 * jobs back through the list `done`. The lock guards that list, the breakers and the numbers (ask_now uses them too).
 *
 * A round of the thread: what the writer finished → what is due (taken through the writer) → transfers → sleep until
 * something happens, at most LIMIT_ASK_LOOK_MS. */
#include "connect/client.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "city/city.h"
#include "connect/client_jobs.h"

#include <signal.h>
#include <stdlib.h>

enum { LOG_EVERY_US = 10 * 1000 * 1000, GIVE_UP_AT_ONCE = 64, WAKE_GAP_US = 10 * 1000 };

/* splitmix64. */
static uint64_t mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

size_t client_department(const struct client *client, struct str authority)
{
    size_t d = 0;
    while (d < client->n && !str_eq(client->departments[d].authority.id, authority)) {
        d++;
    }
    return d;
}

/* The wait after a failed try: doubled each time, shortened by up to a half so that many do not come back at once. */
static int64_t backoff_ms(const struct client *client, int64_t id, int64_t tries)
{
    int64_t wait = client->settings.backoff_ms;
    for (int64_t i = 1; i < tries && wait < client->settings.backoff_most_ms; i++) {
        wait *= 2;
    }
    wait = wait < client->settings.backoff_most_ms ? wait : client->settings.backoff_most_ms;
    uint64_t dice = mixed(client->seed ^ mixed((uint64_t)id * 64 + (uint64_t)tries));
    return wait - (int64_t)(dice % (uint64_t)(wait / 2 + 1));
}

/* ---- Sending ---- */

static void after_attempt(struct client *client, struct attempt *attempt, struct attempt_result result)
{
    struct department *department = &client->departments[attempt->department];
    bool last = attempt->tries >= department->authority.tries;
    enum job_type type = result.end == ATTEMPT_ANSWERED          ? JOB_KEEP
                         : result.end == ATTEMPT_REFUSED || last ? JOB_SILENT
                                                                 : JOB_LATER;
    struct job *job = job_new(client, type, attempt->arena);
    job->department = attempt->department;
    job->id = attempt->id;
    job->answer = result.answer;
    job->problem = result.problem;
    job->wait_ms = type == JOB_LATER ? backoff_ms(client, attempt->id, attempt->tries) : 0;
    department->on_the_way--;
    attempt_close(attempt);
    client->jobs++;
    job_submit(job);
}

static void send_one(struct client *client, const struct taken *taken)
{
    struct arena *arena = arena_new(2048);
    struct attempt *attempt = ARENA_NEW(arena, struct attempt);
    *attempt = (struct attempt){ .arena = arena,
                                 .department = taken->department,
                                 .id = taken->id,
                                 .tries = taken->tries,
                                 .number = arena_str(arena, taken->number),
                                 .kind = arena_str(arena, taken->kind),
                                 .question = arena_str(arena, taken->question) };
    struct str problem;
    uint32_t timeout_ms = client->departments[taken->department].authority.timeout_ms;
    if (!attempt_prepare(client, attempt, timeout_ms, &problem) ||
        curl_multi_add_handle(client->multi, attempt->easy) != CURLM_OK) {
        after_attempt(client, attempt, attempt_unsent(client, attempt, problem));
        return;
    }
    attempt->next = client->sent;
    client->sent = attempt;
}

static void forget_attempt(struct client *client, struct attempt *attempt)
{
    struct attempt **place = &client->sent;
    while (*place != attempt) {
        place = &(*place)->next;
    }
    *place = attempt->next;
    (void)curl_multi_remove_handle(client->multi, attempt->easy);
}

static void transfer(struct client *client)
{
    int running, left;
    (void)curl_multi_perform(client->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
        struct attempt *attempt = NULL;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &attempt) != CURLE_OK || !attempt) {
            continue;
        }
        CURLcode code = message->data.result;
        forget_attempt(client, attempt);
        after_attempt(client, attempt, attempt_finish(client, attempt, code));
    }
}

/* ---- What the writer finished ---- */

static void log_failure(struct client *client, const struct job *job)
{
    int64_t now = clock_monotonic_us();
    if (now >= client->next_log_us) {
        client->next_log_us = now + LOG_EVERY_US;
        log_line(LOG_ERROR, "Questions to departments: %s (the question is tried again)", job->error.message);
    }
}

static void after_take(struct client *client, struct job *job)
{
    uint32_t *got = ARENA_ARRAY(job->arena, uint32_t, client->n + 1);
    client->taking = false;
    for (size_t i = 0; job->ok && i < job->n; i++) {
        got[job->taken[i].department]++;
    }
    for (size_t d = 0; d < client->n; d++) {
        struct department *department = &client->departments[d];
        uint32_t wanted = job->wanted[d];
        if (!wanted) {
            continue;
        }
        department->on_the_way -= wanted - got[d];
        department->more = got[d] == wanted;
        if (got[d] == 0) {
            (void)pthread_mutex_lock(&client->lock);
            breaker_unused(&department->breaker);
            (void)pthread_mutex_unlock(&client->lock);
        }
    }
    for (size_t i = 0; job->ok && i < job->n; i++) {
        if (atomic_load(&client->stopping)) {
            struct job *back = job_new(client, JOB_BACK, NULL);
            back->id = job->taken[i].id;
            back->department = job->taken[i].department;
            client->departments[back->department].on_the_way--;
            client->jobs++;
            job_submit(back);
        } else {
            send_one(client, &job->taken[i]);
        }
    }
}

static void after_job(struct client *client, struct job *job)
{
    client->jobs--;
    if (!job->ok) {
        log_failure(client, job);
    }
    if (job->type == JOB_TAKE) {
        after_take(client, job);
    } else if (job->type == JOB_SILENT) {
        client->giving_up -= job->gives_up;
        if (job->ok && job->kept) {
            (void)pthread_mutex_lock(&client->lock);
            client->departments[job->department].numbers.silent++;
            (void)pthread_mutex_unlock(&client->lock);
        }
    }
    job_free(job);
}

static void finish_jobs(struct client *client)
{
    (void)pthread_mutex_lock(&client->lock);
    struct job *done = client->done;
    client->done = NULL;
    (void)pthread_mutex_unlock(&client->lock);
    while (done) {
        struct job *next = done->next;
        after_job(client, done);
        done = next;
    }
    struct job *again = client->put_off;
    client->put_off = NULL;
    while (again) {
        struct job *next = again->next;
        job_submit(again);
        again = next;
    }
}

/* ---- What is due ---- */

/* Is anything due for the department? Both answers are on their way before the first is read. */
static bool any_due(struct client *client, bool *due, struct error *error)
{
    static const char sql[] = "select 1 from ask where authority = ?1 and state = ?2 and next_at <= ?3 "
                              "order by next_at limit 1";
    static const char *const states[] = { "queued", "sent" };
    struct rows *rows[2 * 64];
    int64_t now = clock_ms();
    bool ok = true;
    for (size_t first = 0; first < client->n; first += 64) {
        size_t n = client->n - first < 64 ? client->n - first : 64;
        for (size_t i = 0; i < 2 * n; i++) {
            struct department *department = &client->departments[first + i / 2];
            rows[i] = db_query(client->db, ok ? error : NULL, sql, V_TEXT(department->authority.id),
                               V_TEXT(str_of(states[i % 2])), V_INT(now));
            ok = ok && rows[i];
        }
        for (size_t i = 0; i < 2 * n; i++) {
            due[first + i / 2] = rows_next(rows[i]) || due[first + i / 2];
            ok = (!rows[i] || rows_end(rows[i], ok ? error : NULL)) && ok;
        }
    }
    return ok;
}

/* How many more questions may be sent to the department now; what is granted is counted as on the way. */
static uint32_t room_for(struct client *client, struct department *department)
{
    uint32_t most = client->settings.concurrency;
    uint32_t room = department->on_the_way < most ? most - department->on_the_way : 0;
    (void)pthread_mutex_lock(&client->lock);
    room = breaker_admit(&department->breaker, clock_ms(), room);
    (void)pthread_mutex_unlock(&client->lock);
    department->on_the_way += room;
    return room;
}

static void take_due(struct client *client, const bool *due)
{
    struct job *job = job_new(client, JOB_TAKE, NULL);
    job->wanted = ARENA_ARRAY(job->arena, uint32_t, client->n + 1);
    size_t sum = 0;
    for (size_t d = 0; d < client->n; d++) {
        job->wanted[d] = due[d] || client->departments[d].more ? room_for(client, &client->departments[d]) : 0;
        sum += job->wanted[d];
    }
    if (!sum) {
        job_free(job);
        return;
    }
    job->taken = ARENA_ARRAY(job->arena, struct taken, sum);
    client->taking = true;
    client->jobs++;
    job_submit(job);
}

/* Questions that have waited too long for a department whose breaker is not closed go to a person. */
static bool give_up(struct client *client, size_t d, struct error *error)
{
    struct rows *rows = db_query(client->db, error,
                                 "select id from ask where authority = ?1 and state = 'queued' and next_at <= ?2 "
                                 "order by next_at limit ?3",
                                 V_TEXT(client->departments[d].authority.id),
                                 V_INT(clock_ms() - client->settings.patience_ms), V_INT(GIVE_UP_AT_ONCE));
    while (rows_next(rows)) {
        struct job *job = job_new(client, JOB_SILENT, NULL);
        job->department = d;
        job->id = rows_int(rows, 0);
        job->problem = STR("department-down");
        job->gives_up = true;
        client->giving_up++;
        client->jobs++;
        job_submit(job);
    }
    return rows_end(rows, error);
}

static bool give_up_all(struct client *client, struct error *error)
{
    bool ok = true;
    for (size_t d = 0; ok && client->giving_up == 0 && d < client->n; d++) {
        (void)pthread_mutex_lock(&client->lock);
        bool closed = client->departments[d].breaker.state == BREAKER_CLOSED;
        (void)pthread_mutex_unlock(&client->lock);
        ok = closed || give_up(client, d, error);
    }
    return ok;
}

/* By the index of what is due: the cost is that of what waits, not of what was ever asked. */
static bool count_waiting(struct client *client, struct error *error)
{
    static const char *const states[] = { "queued", "sent" };
    bool ok = true;
    for (size_t d = 0; ok && d < client->n; d++) {
        int64_t waiting = 0;
        for (size_t i = 0; ok && i < 2; i++) {
            int64_t n = 0;
            ok = db_one_int(client->db, error, &n, NULL, "select count(*) from ask where authority = ?1 and state = ?2",
                            V_TEXT(client->departments[d].authority.id), V_TEXT(str_of(states[i])));
            waiting += n;
        }
        (void)pthread_mutex_lock(&client->lock);
        client->departments[d].numbers.waiting = waiting;
        (void)pthread_mutex_unlock(&client->lock);
    }
    return ok;
}

static void look(struct client *client)
{
    struct error error = { "" };
    bool *due = calloc(client->n + 1, sizeof *due);
    int64_t now = clock_monotonic_us();
    bool ok = due && db_read_begin(client->db, &error);
    if (ok) {
        ok = any_due(client, due, &error) && give_up_all(client, &error);
        if (ok && now >= client->next_count_us) {
            client->next_count_us = now + (int64_t)LIMIT_ASK_COUNT_MS * 1000;
            ok = count_waiting(client, &error);
        }
        db_read_end(client->db);
    }
    if (ok) {
        take_due(client, due);
    } else if (now >= client->next_log_us) {
        client->next_log_us = now + LOG_EVERY_US;
        log_line(LOG_ERROR, "Questions to departments cannot be read: %s", error.message);
    }
    free(due);
}

/* A department whose queue is long and whose hands are half empty. */
static bool hungry(const struct client *client)
{
    for (size_t d = 0; d < client->n; d++) {
        const struct department *department = &client->departments[d];
        if (department->more && department->on_the_way <= client->settings.concurrency / 2) {
            return true;
        }
    }
    return false;
}

static void look_when_due(struct client *client)
{
    if (client->taking || client->jobs >= LIMIT_ASK_KEEPING) {
        return;
    }
    int64_t now = clock_monotonic_us();
    bool woken = atomic_load(&client->woken) && now - client->looked_us >= WAKE_GAP_US;
    if (woken || now >= client->next_look_us || hungry(client)) {
        atomic_store(&client->woken, false); /* before the look: who wakes us meanwhile is not forgotten */
        client->looked_us = now;
        client->next_look_us = now + (int64_t)LIMIT_ASK_LOOK_MS * 1000;
        look(client);
    }
}

/* How long there is nothing to look for, in ms. */
static int64_t wait_ms(const struct client *client)
{
    int64_t next = client->next_look_us, early = client->looked_us + WAKE_GAP_US;
    next = atomic_load(&client->woken) && early < next ? early : next;
    int64_t ms = (next - clock_monotonic_us() + 999) / 1000;
    bool must_not = client->taking || client->jobs >= LIMIT_ASK_KEEPING; /* the end of a job wakes us */
    return client->put_off ? 5 : must_not ? LIMIT_ASK_LOOK_MS : ms < 1 ? 1 : ms;
}

/* ---- The thread ---- */

/* What is on the way is dropped and put back: after the next start it is asked again under its number. */
static void drop_sent(struct client *client)
{
    while (client->sent) {
        struct attempt *attempt = client->sent;
        forget_attempt(client, attempt);
        (void)pthread_mutex_lock(&client->lock);
        breaker_unused(&client->departments[attempt->department].breaker);
        (void)pthread_mutex_unlock(&client->lock);
        struct job *job = job_new(client, JOB_BACK, attempt->arena);
        job->id = attempt->id;
        job->department = attempt->department;
        client->departments[attempt->department].on_the_way--;
        attempt_close(attempt);
        client->jobs++;
        job_submit(job);
    }
}

static void *thread_main(void *context)
{
    struct client *client = context;
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    while (!atomic_load(&client->stopping)) {
        finish_jobs(client);
        look_when_due(client);
        transfer(client);
        (void)curl_multi_poll(client->multi, NULL, 0, (int)wait_ms(client), NULL);
    }
    drop_sent(client);
    while (client->jobs) {
        finish_jobs(client);
        (void)curl_multi_poll(client->multi, NULL, 0, client->put_off ? 5 : LIMIT_ASK_LOOK_MS, NULL);
    }
    return NULL;
}

/* ---- Start and end ---- */

struct client_authority *client_authorities(struct arena *arena, const struct city *city, const char *base, size_t *n)
{
    struct client_authority *list = ARENA_ARRAY(arena, struct client_authority, city->nauthorities);
    *n = 0;
    for (size_t i = 0; i < city->nauthorities; i++) {
        const struct authority *authority = &city->authorities[i];
        if (authority->url.n) {
            list[(*n)++] = (struct client_authority){ .id = authority->id,
                                                      .url = base ? str_of(base) : authority->url,
                                                      .key = authority->key,
                                                      .timeout_ms = authority->timeout_ms };
        }
    }
    return list;
}

static void free_client(struct client *client)
{
    if (client->multi) {
        (void)curl_multi_cleanup(client->multi);
    }
    db_close(client->db);
    (void)pthread_mutex_destroy(&client->lock);
    free(client->departments);
    free(client);
    curl_global_cleanup();
}

static uint32_t or_limit(uint32_t value, uint32_t limit)
{
    return value ? value : limit;
}

static void set_up(struct client *client)
{
    struct client_settings *s = &client->settings;
    s->backoff_ms = or_limit(s->backoff_ms, LIMIT_ASK_BACKOFF_MS);
    s->backoff_most_ms = or_limit(s->backoff_most_ms, LIMIT_ASK_BACKOFF_MOST_MS);
    s->patience_ms = or_limit(s->patience_ms, LIMIT_ASK_PATIENCE_MS);
    s->concurrency = or_limit(s->concurrency, LIMIT_ASK_CONCURRENCY);
    client->n = s->nauthorities;
    client->seed = s->seed;
    for (size_t d = 0; d < client->n; d++) {
        struct department *department = &client->departments[d];
        department->authority = s->authorities[d];
        department->authority.timeout_ms = or_limit(department->authority.timeout_ms, LIMIT_ASK_TIMEOUT_MS);
        department->authority.tries = or_limit(department->authority.tries, LIMIT_ASK_TRIES);
        department->breaker = breaker_init(&s->breaker);
        department->numbers.authority = department->authority.id;
    }
}

bool client_start(struct client **out, const struct client_settings *settings, struct error *error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(error, "The HTTP library (libcurl) cannot be started.");
    }
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        curl_global_cleanup();
        return error_set(error, "Not enough memory for the client of the departments.");
    }
    (void)pthread_mutex_init(&client->lock, NULL);
    client->settings = *settings;
    client->departments = calloc(settings->nauthorities + 1, sizeof *client->departments);
    client->multi = curl_multi_init();
    bool ok = (client->departments && client->multi) || error_set(error, "Not enough memory for the client.");
    if (ok) {
        set_up(client);
        (void)curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                (long)(client->settings.concurrency * (client->n ? client->n : 1)));
    }
    ok = ok && (client->seed || vault_random(&client->seed, sizeof client->seed, error)) &&
         db_open(&client->db, settings->store, DB_READ, error);
    if (ok && pthread_create(&client->thread, NULL, thread_main, client) != 0) {
        ok = error_set(error, "The thread of the client cannot be started.");
    }
    if (!ok) {
        free_client(client);
        return false;
    }
    *out = client;
    return true;
}

void client_wake(struct client *client)
{
    if (!atomic_exchange(&client->woken, true)) { /* else it is on its way */
        (void)curl_multi_wakeup(client->multi);
    }
}

void client_stop(struct client *client)
{
    if (!client) {
        return;
    }
    atomic_store(&client->stopping, true);
    (void)curl_multi_wakeup(client->multi);
    (void)pthread_join(client->thread, NULL);
    free_client(client);
}

/* ---- Numbers ---- */

struct client_numbers client_numbers(struct client *client, size_t authority)
{
    (void)pthread_mutex_lock(&client->lock);
    struct department *department = &client->departments[authority];
    struct client_numbers numbers = department->numbers;
    numbers.breaker = department->breaker.state;
    numbers.opened = department->breaker.opened;
    numbers.on_the_way = department->on_the_way;
    (void)pthread_mutex_unlock(&client->lock);
    return numbers;
}

bool client_numbers_of(struct client *client, struct str authority, struct client_numbers *numbers)
{
    size_t department = client_department(client, authority);
    if (department == client->n) {
        return false;
    }
    *numbers = client_numbers(client, department);
    return true;
}

void client_metrics(struct client *client, struct buf *out)
{
    static const char *const names[] = {
        "jiaoti_ask_tries_total",  "jiaoti_ask_answered_total",       "jiaoti_ask_failed_total",
        "jiaoti_ask_silent_total", "jiaoti_ask_breaker_opened_total", "jiaoti_ask_seconds_total",
        "jiaoti_ask_waiting",      "jiaoti_ask_breaker_open"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buf_printf(out, "# TYPE %s %s\n", names[i], i < 6 ? "counter" : "gauge");
        for (size_t d = 0; d < client->n; d++) {
            struct client_numbers n = client_numbers(client, d);
            int64_t values[] = { n.sent,   n.answered, n.failed,  n.silent,
                                 n.opened, 0,          n.waiting, n.breaker != BREAKER_CLOSED };
            buf_printf(out, "%s{authority=\"%.*s\"} ", names[i], STR_ARG(n.authority));
            if (i == 5) {
                buf_printf(out, "%lld.%03d\n", (long long)(n.took_ms / 1000), (int)(n.took_ms % 1000));
            } else {
                buf_printf(out, "%lld\n", (long long)values[i]);
            }
        }
    }
}
