/* Housekeeping: what must happen on a date though nobody asks. Two threads, each with its own beat: every five seconds
 * the house (places that nobody confirmed in time, used keys, ended sessions, the register at midnight), and, in a demo
 * city alone, every second the clock, which another process may have moved (`jiaoti round run`): one small read a
 * second, whatever the number of requests. */
#include "housekeeping.h"

#include "base/clock.h"
#include "base/log.h"
#include "casework/casework.h"
#include "casework/notice.h"
#include "places/answer.h"
#include "places/claim.h"
#include "registry/exchange_reader.h"
#include "registry/facts.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct duty {
    struct housekeeper *keeper;
    void (*look)(struct housekeeper *keeper);
    int every_seconds;
    pthread_t thread;
    bool runs;
};

struct housekeeper {
    struct app *app;
    pthread_mutex_t lock; /* guards `ending` */
    pthread_cond_t wake;
    bool ending;
    struct duty house, clock;
    int64_t forgot, analyzed, projected; /* of the house's thread; projected: a day */
    int64_t ticked, told;                /* of the house's thread */
    bool recounted;
    struct db *db;      /* of the clock's thread; NULL: to be opened */
    struct db *read_db; /* of the house's thread; NULL likewise */
};

/* ---- The house ---- */

static bool forget_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return once_forget(writing, writing->now - INT64_C(3) * 86400000, error) && exchange_forget(writing, error) &&
           db_run(writing->db, error, "delete from session where expires_at < ?1", V_INT(writing->now));
}

/* The engine's knowledge of its tables, without which a join may walk a whole round. */
static bool analyze_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return db_run(writing->db, error, "analyze");
}

/* Schools as the register has them today: what was recorded ahead of its day begins or ends by itself. */
static bool project_run(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return facts_project(writing, day_of_ms(writing->now), error);
}

static void project_today(struct housekeeper *keeper)
{
    struct error error;
    int64_t today = day_of_ms(clock_ms());
    if (today == keeper->projected) {
        return;
    }
    if (!writer_call(keeper->app->writer, "register.project", project_run, NULL, &error)) {
        log_line(LOG_WARNING, "housekeeping: the register's picture of today: %s", error.message);
        return;
    }
    keeper->projected = today;
}

/* What cases have waited for: reminders, climbing, the month's visits. A part at a time, so that nobody waits long. */
enum { CASES_AT_ONCE = 200, PARTS_A_BEAT = 50 };

struct cases_look {
    const struct city *city;
    int64_t changed;
    bool more;
};

static bool tick_run(struct writing *writing, void *input, struct error *error)
{
    struct cases_look *look = input;
    return case_tick(writing, look->city, day_of_ms(writing->now), CASES_AT_ONCE, &look->more, error);
}

static bool recount_run(struct writing *writing, void *input, struct error *error)
{
    struct cases_look *look = input;
    return case_recount(writing, look->city, &look->changed, error);
}

static void look_at_cases(struct housekeeper *keeper)
{
    struct error error;
    struct cases_look look = { .city = keeper->app->city, .more = true };
    int64_t now = clock_monotonic_us();
    if (keeper->ticked && now - keeper->ticked < INT64_C(60) * 1000000) {
        return;
    }
    keeper->ticked = now;
    if (!keeper->recounted) {
        keeper->recounted = writer_call(keeper->app->writer, "case.recount", recount_run, &look, &error);
        if (!keeper->recounted) {
            log_line(LOG_WARNING, "housekeeping: due days of cases: %s", error.message);
        } else if (look.changed) {
            log_line(LOG_NOTE, "the calendar moved the due days of %lld cases", (long long)look.changed);
        }
    }
    for (int part = 0; look.more && part < PARTS_A_BEAT; part++) {
        if (!writer_call(keeper->app->writer, "case.tick", tick_run, &look, &error)) {
            log_line(LOG_WARNING, "housekeeping: cases: %s", error.message);
            return;
        }
    }
}

/* ---- Whom the history of cases concerns is written to ---- */

enum { STEPS_AT_ONCE = 100, DIGESTS_AT_ONCE = 20 };

static bool follow_run(struct writing *writing, void *input, struct error *error)
{
    struct cases_look *look = input;
    return notice_follow(writing, look->city, STEPS_AT_ONCE, &look->more, error);
}

static bool digests_run(struct writing *writing, void *input, struct error *error)
{
    struct cases_look *look = input;
    return notice_digests(writing, look->city, DIGESTS_AT_ONCE, &look->more, error);
}

static void in_parts(struct housekeeper *keeper, const char *name, request_run *run)
{
    struct error error;
    struct cases_look look = { .city = keeper->app->city, .more = true };
    for (int part = 0; look.more && part < PARTS_A_BEAT; part++) {
        if (!writer_call(keeper->app->writer, name, run, &look, &error)) {
            log_line(LOG_WARNING, "housekeeping: messages: %s", error.message);
            return;
        }
    }
}

static void tell(struct housekeeper *keeper)
{
    struct error error;
    bool waits = false;
    if ((!keeper->read_db && !db_open(&keeper->read_db, keeper->app->store, DB_READ, &error)) ||
        !notice_waits(keeper->read_db, &waits, &error)) {
        log_line(LOG_WARNING, "housekeeping: messages: %s", error.message);
        db_close(keeper->read_db); /* opened again at the next beat */
        keeper->read_db = NULL;
    }
    if (waits) {
        in_parts(keeper, "case.notices", follow_run);
    }
    int64_t now = clock_monotonic_us();
    if (keeper->told == 0 || now - keeper->told >= INT64_C(60) * 1000000) {
        keeper->told = now;
        in_parts(keeper, "case.digests", digests_run);
    }
}

/* Runs a command of housekeeping when `every` microseconds have passed since *last (0: at once). */
static void now_and_then(struct app *app, const char *name, request_run *run, int64_t *last, int64_t every)
{
    struct error error;
    int64_t now = clock_monotonic_us();
    if (*last && now - *last < every) {
        return;
    }
    *last = now;
    if (!writer_call(app->writer, name, run, NULL, &error)) {
        log_line(LOG_WARNING, "housekeeping: %s: %s", name, error.message);
    }
}

/* Places of services that nobody confirmed in time go to the next. */
static void expire_services(struct housekeeper *keeper)
{
    struct error error;
    struct claim_expire expire = { .plain_kind = "service_entry", .more = true };
    int64_t one;
    bool found = false;
    if ((!keeper->read_db && !db_open(&keeper->read_db, keeper->app->store, DB_READ, &error)) ||
        !db_one_int(keeper->read_db, &error, &one, &found,
                    "select 1 from claim c join plain_offer x on x.id = c.offer where c.state = 'held' and "
                    "c.answer_by <= ?1 limit 1",
                    V_INT(clock_ms()))) {
        log_line(LOG_WARNING, "housekeeping: services: %s", error.message);
        db_close(keeper->read_db); /* opened again at the next beat */
        keeper->read_db = NULL;
        return;
    }
    for (int part = 0; found && expire.more && part < PARTS_A_BEAT; part++) {
        if (!writer_call(keeper->app->writer, "claims.expire", claim_expire_run, &expire, &error)) {
            log_line(LOG_WARNING, "housekeeping: services: %s", error.message);
            return;
        }
    }
}

static void keep_house(struct housekeeper *keeper)
{
    struct app *app = keeper->app;
    struct error error;
    size_t expired = 0;
    if (!answers_housekeeping(app->places, app->store, app->writer, &expired, &error)) {
        log_line(LOG_WARNING, "housekeeping: %s", error.message);
    }
    expire_services(keeper);
    project_today(keeper);
    look_at_cases(keeper);
    tell(keeper);
    now_and_then(app, "forget", forget_run, &keeper->forgot, INT64_C(600) * 1000000);
    now_and_then(app, "analyze", analyze_run, &keeper->analyzed, INT64_C(6) * 3600 * 1000000);
}

/* ---- The demo's clock ---- */

static void look_at_clock(struct housekeeper *keeper)
{
    struct error error;
    struct arena *arena = arena_new(256);
    bool moved = false;
    bool good = (keeper->db || db_open(&keeper->db, keeper->app->store, DB_READ, &error)) &&
                demo_clock_follow(keeper->db, arena, &moved, &error);
    if (!good) {
        log_line(LOG_WARNING, "the demo's clock: %s", error.message);
        db_close(keeper->db); /* opened again at the next look */
        keeper->db = NULL;
    } else if (moved) {
        log_line(LOG_NOTE, "the demo's clock was moved elsewhere: it shows %.*s now",
                 STR_ARG(ms_format(arena, clock_ms(), false)));
    }
    arena_free(arena);
}

/* ---- Beats ---- */

static void *beat(void *context)
{
    struct duty *duty = context;
    struct housekeeper *keeper = duty->keeper;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->ending) {
        pthread_mutex_unlock(&keeper->lock);
        duty->look(keeper);
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += duty->every_seconds;
        pthread_mutex_lock(&keeper->lock);
        if (!keeper->ending) {
            (void)pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
        }
    }
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

static bool start(struct housekeeper *keeper, struct duty *duty, void (*look)(struct housekeeper *), int seconds)
{
    *duty = (struct duty){ .keeper = keeper, .look = look, .every_seconds = seconds };
    duty->runs = pthread_create(&duty->thread, NULL, beat, duty) == 0;
    return duty->runs;
}

struct housekeeper *housekeeper_start(struct app *app, struct error *error)
{
    struct housekeeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper) {
        (void)error_set(error, "no memory for housekeeping");
        return NULL;
    }
    keeper->app = app;
    keeper->analyzed = clock_monotonic_us();
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    if (!start(keeper, &keeper->house, keep_house, 5) ||
        (app->demo && !start(keeper, &keeper->clock, look_at_clock, 1))) {
        housekeeper_stop(keeper);
        (void)error_set(error, "the housekeeping threads could not be started");
        return NULL;
    }
    return keeper;
}

void housekeeper_stop(struct housekeeper *keeper)
{
    if (!keeper) {
        return;
    }
    pthread_mutex_lock(&keeper->lock);
    keeper->ending = true;
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    for (struct duty *duty = &keeper->house; duty; duty = duty == &keeper->house ? &keeper->clock : NULL) {
        if (duty->runs) {
            pthread_join(duty->thread, NULL);
        }
    }
    db_close(keeper->db);
    db_close(keeper->read_db);
    pthread_mutex_destroy(&keeper->lock);
    pthread_cond_destroy(&keeper->wake);
    free(keeper);
}
