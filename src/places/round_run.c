/* Driving rounds to their publication: the steps of many rounds in the order of their dates, so that a demo's one clock
 * only goes forward. */
#include "places/round.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "places/round_inside.h"
#include "places/witness.h"

#include <stdio.h>
#include <stdlib.h>

struct driver {
    struct round_run *run;
    struct db *db;
    struct arena *arena;
    bool demo;
    struct round *rounds;
    bool *stopped;
    size_t n;
};

static bool load_rounds(struct driver *driver, struct error *error)
{
    struct round *all;
    size_t n;
    const struct city *city = places_city(driver->run->places);
    if (!round_list(driver->db, driver->arena, city, driver->run->scope, &all, &n, error)) {
        return false;
    }
    driver->rounds = ARENA_ARRAY(driver->arena, struct round, n);
    for (size_t i = 0; i < n; i++) {
        if (driver->run->round == 0 || all[i].id == driver->run->round) {
            driver->rounds[driver->n++] = all[i];
        }
    }
    driver->stopped = ARENA_ARRAY(driver->arena, bool, n);
    return true;
}

static void stop(struct driver *driver, size_t i, struct str zh, struct str en)
{
    struct round_run *run = driver->run;
    driver->stopped[i] = true;
    if (run->stopped++ == 0) {
        snprintf(run->reason_zh, sizeof run->reason_zh, "%.*s：%.*s", STR_ARG(driver->rounds[i].label), STR_ARG(zh));
        snprintf(run->reason_en, sizeof run->reason_en, "%.*s: %.*s", STR_ARG(driver->rounds[i].label), STR_ARG(en));
    }
}

/* The round whose next step is due first; SIZE_MAX: none is left. Equal times: the order of the list. */
static size_t next_round(const struct driver *driver, struct round_next *next)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < driver->n; i++) {
        struct round_next own = round_next(&driver->rounds[i]);
        if (driver->stopped[i] || driver->rounds[i].state >= ROUND_PUBLISHED || !own.has) {
            continue;
        }
        if (best == SIZE_MAX || own.from < next->from) {
            best = i;
            *next = own;
        }
    }
    return best;
}

/* ---- The demo's clock and witnesses ---- */

struct moving {
    int64_t to, shift;
};

static bool moving_run(struct writing *writing, void *input, struct error *error)
{
    struct moving *moving = input;
    return demo_clock_set(writing, moving->to, &moving->shift, error);
}

static bool move_clock(struct driver *driver, int64_t to, struct error *error)
{
    struct moving moving = { .to = to };
    if (!writer_call(driver->run->writer, "clock", moving_run, &moving, error)) {
        return false;
    }
    (void)clock_advance(moving.shift);
    return true;
}

static bool witness_call(struct driver *driver, const struct round *round, const struct witness_row *row,
                         struct str hex, bool opening, struct error *error)
{
    struct witness_step step = {
        .actor = { driver->run->actor.account, "witness" }, .round = round->id, .id = row->id, .hex = hex
    };
    if (!writer_call(driver->run->writer, opening ? "witness.open" : "witness.commit",
                     opening ? witness_open_run : witness_commit_run, &step, error)) {
        return false;
    }
    return step.result == WITNESS_DONE ||
           error_set(error, "witness %.*s: %s", STR_ARG(row->id), witness_result_text(step.result).en);
}

/* Before the close of a demo round: who has not committed does. After final: who has not opened does. */
static bool demo_witnesses(struct driver *driver, const struct round *round, bool opening, struct error *error)
{
    struct witness_row *rows;
    size_t n;
    if (!witness_list(driver->db, driver->arena, driver->run->places, round->id, &rows, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct str secret, hex;
        bool found = false;
        if (opening ? (rows[i].secret.n || !rows[i].commitment.n) : rows[i].commitment.n > 0) {
            continue;
        }
        if (!witness_demo_read(driver->run->places, driver->arena, round->label, rows[i].id, &secret, &found, error)) {
            return false;
        }
        if (opening && !found) {
            continue; /* a witness of flesh and blood who stays away: left out by the rule */
        }
        if (!found && !witness_demo_secret(driver->run->places, driver->arena, round->label, rows[i].id, STR(""),
                                           &secret, error)) {
            return false;
        }
        if (!opening && !witness_commitment(driver->arena, secret, &hex)) {
            return error_set(error, "the demo secret of witness %.*s is damaged", STR_ARG(rows[i].id));
        }
        if (!witness_call(driver, round, &rows[i], opening ? secret : hex, opening, error)) {
            return false;
        }
    }
    return true;
}

/* ---- A step ---- */

static bool advance(struct driver *driver, size_t i, const struct round_next *next, struct error *error)
{
    struct round_run *run = driver->run;
    struct round *round = &driver->rounds[i];
    struct round_advance step = { .places = run->places,
                                  .actor = next->step == STEP_LOOK ? run->second : run->actor,
                                  .round = round->id,
                                  .step = next->step,
                                  .undecided = run->undecided };
    bool witnesses = next->step == STEP_CLOSE || next->step == STEP_OPEN_SECRETS;
    if (driver->demo && witnesses && !demo_witnesses(driver, round, next->step == STEP_OPEN_SECRETS, error)) {
        return false;
    }
    int64_t begun = clock_monotonic_us();
    if (!writer_call(run->writer, round_step_id(next->step), round_advance_run, &step, error)) {
        return false;
    }
    if (step.result != ROUND_DONE) {
        struct name why = round_refusal(driver->arena, &step);
        stop(driver, i, why.zh, why.en);
        return true;
    }
    run->steps++;
    (void)round_state_of(str_of(step.state), &round->state);
    if (run->progress) {
        run->progress(run->context, round, next->step, clock_monotonic_us() - begun);
    }
    return true;
}

static bool drive(struct driver *driver, struct error *error)
{
    struct round_next next = { 0 };
    for (size_t i; (i = next_round(driver, &next)) != SIZE_MAX;) {
        if (next.from > clock_ms()) {
            if (!driver->demo) {
                struct str when = ms_format(driver->arena, next.from, false);
                stop(driver, i,
                     arena_printf(driver->arena, "“%s”须等到%.*s", round_step_name(next.step).zh, STR_ARG(when)),
                     arena_printf(driver->arena, "\"%s\" is possible from %.*s on", round_step_name(next.step).en,
                                  STR_ARG(when)));
                continue;
            }
            if (!move_clock(driver, next.from, error)) {
                return false;
            }
        }
        if (!advance(driver, i, &next, error)) {
            return error_within(error, "%.*s", STR_ARG(driver->rounds[i].label));
        }
    }
    return true;
}

bool round_run_all(struct round_run *run, struct error *error)
{
    struct driver driver = { .run = run, .arena = arena_new(0) };
    run->steps = run->published = run->stopped = 0;
    run->reason_zh[0] = run->reason_en[0] = 0;
    bool good = db_open(&driver.db, run->store, DB_READ, error);
    if (good) {
        driver.demo = setting_int(driver.db, driver.arena, "demo", 0) == 1;
        good = load_rounds(&driver, error) && drive(&driver, error);
    }
    for (size_t i = 0; i < driver.n; i++) {
        run->published += driver.rounds[i].state >= ROUND_PUBLISHED;
    }
    db_close(driver.db);
    arena_free(driver.arena);
    return good;
}
