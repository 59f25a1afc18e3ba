/* The client against the departments' program over real HTTP: what is answered, what fails, what is asked once. */
#include "connect/world.h"

#include "base/clock.h"
#include "city/city.h"

static void an_answer_is_kept_and_told(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask ask = world_property(w, 41, OWNER);
    assert_int_equal(ask.state, ASK_QUEUED);
    assert_int_equal(ask.number.n, 26);
    struct ask row = world_wait(w, ask.number, ASK_ANSWERED);
    assert_true(str_is(row.source, "http"));
    assert_true(has(row.answer, "LC-2019-0007"));
    assert_true(row.answered_at >= row.asked_at && row.asked_at > 0);
    struct told told;
    assert_int_equal(world_told(w, 41, &told), 1);
    assert_int_equal(told.state, ASK_ANSWERED);
    assert_true(str_eq(row.answer, str_of(told.answer)));
    assert_true(str_eq(row.number, str_of(told.number)));
    world_free(w);
}

static void the_asked_guardian_is_picked(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask mother = world_ask(w, "household", 1, "{\"child\":\"" CHILD "\",\"guardian\":\"" GUARDIAN "\"}", false);
    struct ask stranger =
        world_ask(w, "household", 2, "{\"child\":\"" CHILD "\",\"guardian\":\"" OTHER_OWNER "\"}", false);
    struct ask related = world_ask(w, "guardianship", 3, "{\"child\":\"" CHILD "\",\"person\":\"" OWNER "\"}", false);
    struct str answer = world_wait(w, mother.number, ASK_ANSWERED).answer;
    assert_true(has(answer, "\"relation\":\"母\",\"same_book\":false"));
    assert_false(has(answer, "guardians"));
    answer = world_wait(w, stranger.number, ASK_ANSWERED).answer;
    assert_true(has(answer, "\"guardian\":null"));
    answer = world_wait(w, related.number, ASK_ANSWERED).answer;
    assert_true(has(answer, "\"guardian\":true"));
    world_free(w);
}

static void a_fact_is_asked_once(void **state)
{
    (void)state;
    struct world *w = world_new("*:slow=100");
    struct client_settings settings = world_settings(w);
    struct ask first = world_ask(
        w, "property", 1, "{\"owner\":\"" OWNER "\",\"owner_name\":\"赵一\",\"address\":\"育新社区1号\"}", false);
    /* Another order of keys, blanks: the same fact, for another application. */
    struct ask second =
        world_ask(w, "property", 2,
                  "{ \"address\": \"育新社区1号\", \"owner\": \"" OWNER "\", \"owner_name\": \"赵一\" }", false);
    assert_true(str_eq(first.number, second.number));
    world_start(w, &settings);
    struct ask third = world_property(w, 3, OWNER);
    assert_true(str_eq(first.number, third.number));
    (void)world_wait(w, first.number, ASK_ANSWERED);
    for (int64_t application = 1; application <= 3; application++) {
        assert_int_equal(world_told(w, application, NULL), 1);
    }
    /* Answered: the answer is there at once, and nobody is asked. */
    struct ask fourth = world_property(w, 4, OWNER);
    assert_int_equal(fourth.state, ASK_ANSWERED);
    assert_true(has(fourth.answer, "LC-2019-0007"));
    assert_int_equal(world_told(w, 4, NULL), 0);
    assert_int_equal(world_numbers(w, "property", "requests"), 1);
    assert_int_equal(world_numbers(w, "property", "questions"), 1);
    /* Next year's round asks anew. */
    clock_shift((int64_t)200 * 86400000);
    assert_int_equal(world_property(w, 5, OWNER).state, ASK_QUEUED);
    world_free(w);
}

/* Under a fault every try fails with the problem, the check goes to a person, and "ask again" with the same number is
 * answered once the fault is gone. */
static void fails_and_recovers(const char *fault, const char *problem, const char *other)
{
    struct world *w = world_new(fault);
    struct client_settings settings = world_settings(w);
    w->authorities[0].timeout_ms = 300;
    world_start(w, &settings);
    struct ask ask = world_property(w, 7, OWNER);
    struct ask row = world_wait(w, ask.number, ASK_SILENT);
    assert_int_equal(row.tries, 3);
    assert_true(str_is(row.problem, problem) || str_is(row.problem, other));
    struct told told;
    assert_int_equal(world_told(w, 7, &told), 1);
    assert_int_equal(told.state, ASK_SILENT);
    assert_string_equal(told.answer, "");
    struct client_numbers numbers = client_numbers(w->client, 0);
    for (int i = 0; i < 500 && numbers.silent == 0; i++) { /* counted when the client hears of the commit */
        world_sleep(10);
        numbers = client_numbers(w->client, 0);
    }
    assert_int_equal(numbers.sent, 3);
    assert_int_equal(numbers.failed, 3);
    assert_int_equal(numbers.silent, 1);

    assert_int_equal(world_faults(w, ""), 200);
    struct ask again = world_property(w, 7, OWNER); /* a silent one is queued again by itself when it is needed */
    assert_true(str_eq(again.number, ask.number));
    row = world_wait(w, ask.number, ASK_ANSWERED);
    assert_int_equal(row.problem.n, 0);
    assert_int_equal(world_told(w, 7, &told), 2);
    assert_int_equal(told.state, ASK_ANSWERED);
    assert_int_equal(world_numbers(w, "property", "numbers"), 1);
    world_free(w);
}

static void silence(void **state)
{
    (void)state;
    fails_and_recovers("property:silent", "timeout", "timeout");
}

static void too_slow(void **state)
{
    (void)state;
    fails_and_recovers("property:slow=5000", "timeout", "timeout");
}

static void broken(void **state)
{
    (void)state;
    fails_and_recovers("*:broken", "status-500", "status-500");
}

static void garbled(void **state)
{
    (void)state;
    fails_and_recovers("property:garbled", "shape", "signature");
}

static void down(void **state)
{
    (void)state;
    fails_and_recovers("property:down", "connection", "connection");
}

static void slow_but_in_time(void **state)
{
    (void)state;
    struct world *w = world_new("property:slow=300");
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    assert_int_equal(world_wait(w, ask.number, ASK_ANSWERED).tries, 1);
    world_free(w);
}

static void wrong_data_is_an_answer(void **state)
{
    (void)state;
    struct world *w = world_new("property:wrong");
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    struct str answer = world_wait(w, ask.number, ASK_ANSWERED).answer;
    assert_false(has(answer, OWNER));
    assert_true(has(answer, "某某"));
    world_free(w);
}

static void often_broken_is_answered_in_the_end(void **state)
{
    (void)state;
    struct world *w = world_new("*:broken@0.5,seed=3");
    struct client_settings settings = world_settings(w);
    w->authorities[0].tries = 60;
    world_start(w, &settings);
    struct str numbers[40];
    for (int64_t i = 0; i < 40; i++) {
        numbers[i] = world_property(w, i + 1, arena_printf(w->f->arena, "9999991985030700%02d", (int)i).p).number;
    }
    for (size_t i = 0; i < 40; i++) {
        (void)world_wait(w, numbers[i], ASK_ANSWERED);
        assert_int_equal(world_told(w, (int64_t)i + 1, NULL), 1);
    }
    assert_int_equal(world_numbers(w, "property", "numbers"), 40);
    world_free(w);
}

static int64_t sent_soon(struct world *w, int64_t at_least)
{
    int64_t sent = 0;
    for (int i = 0; i < 500 && sent < at_least; i++) {
        world_sleep(10);
        sent = client_numbers(w->client, 0).sent;
    }
    return sent;
}

static void the_breaker_opens_and_closes(void **state)
{
    (void)state;
    struct world *w = world_new("property:broken");
    struct client_settings settings = world_settings(w);
    settings.concurrency = 1;
    settings.backoff_ms = settings.backoff_most_ms = 1;
    settings.patience_ms = 3600 * 1000;
    settings.breaker = (struct breaker_settings){ .failures = 4, .open_ms = 60000, .most_ms = 600000 };
    w->authorities[0].tries = 50;
    world_start(w, &settings);
    struct str numbers[3];
    for (int64_t i = 0; i < 3; i++) {
        numbers[i] = world_property(w, i + 1, arena_printf(w->f->arena, "9999991985030700%02d", (int)i).p).number;
    }
    assert_int_equal(sent_soon(w, 4), 4);
    world_sleep(400); /* several looks: none is sent */
    struct client_numbers n = client_numbers(w->client, 0);
    assert_int_equal(n.sent, 4);
    assert_int_equal(n.breaker, BREAKER_OPEN);
    assert_int_equal(n.opened, 1);
    /* The other department is not concerned. */
    struct ask police = world_ask(w, "household", 9, "{\"child\":\"" CHILD "\",\"guardian\":\"" OWNER "\"}", false);
    (void)world_wait(w, police.number, ASK_ANSWERED);
    /* Its time is over: one question tries the door, and it is shut for twice as long. */
    clock_shift(61000);
    assert_int_equal(sent_soon(w, 5), 5);
    world_sleep(400);
    n = client_numbers(w->client, 0);
    assert_int_equal(n.sent, 5);
    assert_int_equal(n.opened, 2);
    clock_shift(61000 + 61000);
    world_sleep(300);
    assert_int_equal(client_numbers(w->client, 0).sent, 5);
    /* They are back: one question, then all. */
    assert_int_equal(world_faults(w, ""), 200);
    clock_shift(61000 + 121000);
    for (size_t i = 0; i < 3; i++) {
        (void)world_wait(w, numbers[i], ASK_ANSWERED);
    }
    n = client_numbers(w->client, 0);
    assert_int_equal(n.breaker, BREAKER_CLOSED);
    assert_int_equal(n.opened, 2);
    assert_int_equal(n.sent, 8);
    world_free(w);
}

static void patience_ends_while_the_breaker_is_open(void **state)
{
    (void)state;
    struct world *w = world_new("property:down");
    struct client_settings settings = world_settings(w);
    settings.concurrency = 1;
    settings.patience_ms = 120000;
    settings.breaker = (struct breaker_settings){ .failures = 2, .open_ms = 3600000, .most_ms = 3600000 };
    w->authorities[0].tries = 50;
    world_start(w, &settings);
    struct str numbers[3];
    for (int64_t i = 0; i < 3; i++) {
        numbers[i] = world_property(w, i + 1, arena_printf(w->f->arena, "9999991985030700%02d", (int)i).p).number;
    }
    assert_int_equal(sent_soon(w, 2), 2);
    world_sleep(300);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(world_row(w, numbers[i]).state, ASK_QUEUED);
    }
    clock_shift(125000);
    for (size_t i = 0; i < 3; i++) {
        struct ask row = world_wait(w, numbers[i], ASK_SILENT);
        assert_true(str_is(row.problem, "department-down"));
        assert_int_equal(world_told(w, (int64_t)i + 1, NULL), 1);
    }
    assert_int_equal(client_numbers(w->client, 0).sent, 2);
    world_free(w);
}

static void a_row_sent_at_a_crash_is_asked_again_with_its_number(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    struct ask before = world_wait(w, ask.number, ASK_ANSWERED);
    world_stop(w);
    /* As if the machine had died between the department's answer and its keeping. */
    world_sql(w, "update ask set state = 'sent', answered_at = null, answer_sealed = null, next_at = next_at + 1000");
    world_start(w, &settings);
    world_sleep(300);
    assert_int_equal(world_row(w, ask.number).state, ASK_SENT); /* it may still be on another server's way */
    clock_shift(60000);
    struct ask after = world_wait(w, ask.number, ASK_ANSWERED);
    assert_true(str_eq(before.answer, after.answer));
    assert_int_equal(after.tries, 2);
    assert_int_equal(world_numbers(w, "property", "requests"), 2);
    assert_int_equal(world_numbers(w, "property", "numbers"), 1);
    world_free(w);
}

static void a_clean_stop_puts_back_what_is_on_the_way(void **state)
{
    (void)state;
    struct world *w = world_new("property:silent");
    struct client_settings settings = world_settings(w);
    w->authorities[0].timeout_ms = 60000;
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    (void)world_wait(w, ask.number, ASK_SENT);
    world_stop(w);
    struct ask row = world_row(w, ask.number);
    assert_int_equal(row.state, ASK_QUEUED);
    assert_int_equal(row.tries, 0);
    assert_int_equal(world_faults(w, ""), 200);
    world_start(w, &settings);
    (void)world_wait(w, ask.number, ASK_ANSWERED);
    assert_int_equal(world_told(w, 1, NULL), 1);
    world_free(w);
}

static void a_hook_that_fails_loses_nothing(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    w->refuse = 1000;
    world_start(w, &settings);
    struct ask ask = world_property(w, 1, OWNER);
    world_sleep(500);
    assert_int_equal(world_row(w, ask.number).state, ASK_SENT);
    assert_int_equal(world_told(w, 1, NULL), 0);
    (void)pthread_mutex_lock(&w->lock);
    w->refuse = 0;
    (void)pthread_mutex_unlock(&w->lock);
    clock_shift(60000);
    (void)world_wait(w, ask.number, ASK_ANSWERED);
    assert_int_equal(world_told(w, 1, NULL), 1);
    assert_int_equal(world_numbers(w, "property", "numbers"), 1);
    world_free(w);
}

static void a_question_that_is_refused_is_not_repeated(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct ask unknown = world_ask(w, "moon_phase", 1, "{\"child\":\"" CHILD "\"}", false);
    struct ask empty = world_ask(w, "household", 2, "{}", false);
    assert_true(str_is(world_wait(w, unknown.number, ASK_SILENT).problem, "refused"));
    struct ask row = world_wait(w, empty.number, ASK_SILENT);
    assert_true(str_is(row.problem, "refused"));
    assert_int_equal(row.tries, 1);
    world_free(w);
}

struct again {
    struct str number;
    bool changed;
};

static bool run_again(struct writing *writing, void *input, struct error *error)
{
    struct again *again = input;
    return ask_again(writing, again->number, &again->changed, error);
}

static bool run_cancel(struct writing *writing, void *input, struct error *error)
{
    return ask_cancel(writing, *(int64_t *)input, error);
}

static void the_button_ask_again(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new("property:broken");
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct again again = { .number = world_property(w, 1, OWNER).number };
    (void)world_wait(w, again.number, ASK_SILENT);
    assert_int_equal(world_faults(w, ""), 200);
    must(writer_call(w->writer, "test.again", run_again, &again, &error));
    assert_true(again.changed);
    (void)world_wait(w, again.number, ASK_ANSWERED);
    must(writer_call(w->writer, "test.again", run_again, &again, &error));
    assert_false(again.changed);
    world_free(w);
}

struct again_all {
    const char *scope;
    int64_t n;
};

static bool run_again_all(struct writing *writing, void *input, struct error *error)
{
    struct again_all *all = input;
    return ask_again_all(writing, STR("land"), str_of(all->scope), &all->n, error);
}

static void a_whole_department_is_asked_again_within_a_scope(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new("property:broken");
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct str one = world_property(w, 1, OWNER).number, two = world_property(w, 2, OTHER_OWNER).number;
    (void)world_wait(w, one, ASK_SILENT);
    (void)world_wait(w, two, ASK_SILENT);
    world_sql(w, "update ask set division = '371521' where application = 2");
    assert_int_equal(world_faults(w, ""), 200);
    struct again_all all = { .scope = "371521" };
    must(writer_call(w->writer, "test.again", run_again_all, &all, &error));
    assert_int_equal(all.n, 1);
    (void)world_wait(w, two, ASK_ANSWERED);
    assert_int_equal(world_row(w, one).state, ASK_SILENT);
    all.scope = "3715";
    must(writer_call(w->writer, "test.again", run_again_all, &all, &error));
    assert_int_equal(all.n, 1);
    (void)world_wait(w, one, ASK_ANSWERED);
    world_free(w);
}

static void a_department_without_an_interface(void **state)
{
    (void)state;
    struct error error = { "" };
    struct authority authorities[] = {
        { .id = STR("land"), .url = STR("http://land.example"), .key = STR("land_key"), .timeout_ms = 700 },
        { .id = STR("paper") },
    };
    struct city city = { .authorities = authorities, .nauthorities = 2 };
    struct world *w = world_new(NULL);
    size_t n = 0;
    const struct client_authority *list = client_authorities(w->f->arena, &city, "http://127.0.0.1:1", &n);
    assert_int_equal(n, 1);
    assert_true(str_is(list[0].id, "land") && str_is(list[0].url, "http://127.0.0.1:1"));
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    struct client_numbers numbers;
    assert_true(client_numbers_of(w->client, STR("land"), &numbers) && str_is(numbers.authority, "land"));
    assert_false(client_numbers_of(w->client, STR("paper"), &numbers));
    struct ask_request request = { .authority = STR("paper"),
                                   .kind = STR("children"),
                                   .question = STR("{\"guardian\":\"" OWNER "\"}") };
    struct ask ask;
    bool answered = true;
    must(ask_now(w->client, NULL, w->f->arena, &request, 0, 1000, &ask, &answered, &error));
    assert_false(answered);
    assert_true(str_is(ask.problem, "no-interface"));
    world_free(w);
}

static void a_withdrawn_application_is_asked_for_no_more(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new(NULL);
    struct str alone = world_property(w, 1, OTHER_OWNER).number;
    struct str shared = world_property(w, 1, OWNER).number;
    (void)world_property(w, 2, OWNER);
    int64_t application = 1;
    must(writer_call(w->writer, "test.cancel", run_cancel, &application, &error));
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    (void)world_wait(w, shared, ASK_ANSWERED);
    assert_int_equal(world_row(w, alone).state, ASK_CANCELLED);
    assert_int_equal(world_told(w, 1, NULL), 0);
    assert_int_equal(world_told(w, 2, NULL), 1);
    /* Asked again later, it is a new question. */
    assert_false(str_eq(world_property(w, 3, OTHER_OWNER).number, alone));
    world_free(w);
}

static void the_quick_question(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    struct db *db;
    world_start(w, &settings);
    must(db_open(&db, w->f->store, DB_READ, &error));
    struct ask_request request = { .authority = STR("police"),
                                   .kind = STR("children"),
                                   .question = STR("{\"guardian\":\"" OWNER "\"}") };
    struct ask ask, kept;
    bool answered = false;
    must(ask_now(w->client, db, w->f->arena, &request, 3600000, 0, &ask, &answered, &error));
    assert_true(answered);
    assert_true(has(ask.answer, CHILD));
    kept = world_row(w, ask.number);
    assert_int_equal(kept.state, ASK_ANSWERED);
    assert_true(str_eq(kept.answer, ask.answer));
    /* Known already: nobody is asked. */
    struct ask known;
    must(ask_now(w->client, db, w->f->arena, &request, 3600000, 0, &known, &answered, &error));
    assert_true(answered && str_eq(known.number, ask.number));
    assert_int_equal(world_numbers(w, "children", "requests"), 1);
    /* Silence ends in time and is no error. */
    assert_int_equal(world_faults(w, "children:silent"), 200);
    must(ask_now(w->client, NULL, w->f->arena, &request, 0, 300, &ask, &answered, &error));
    assert_false(answered);
    assert_true(str_is(ask.problem, "timeout"));
    /* One bad answer is tried once more. */
    assert_int_equal(world_faults(w, "children:garbled@0.5,seed=2"), 200);
    for (int i = 0; i < 5; i++) {
        must(ask_now(w->client, NULL, w->f->arena, &request, 0, 2000, &ask, &answered, &error));
    }
    db_close(db);
    world_free(w);
}

static void the_quick_question_respects_the_breaker(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new("*:down");
    struct client_settings settings = world_settings(w);
    settings.breaker = (struct breaker_settings){ .failures = 2, .open_ms = 60000, .most_ms = 60000 };
    world_start(w, &settings);
    struct ask_request request = { .authority = STR("police"),
                                   .kind = STR("children"),
                                   .question = STR("{\"guardian\":\"" OWNER "\"}") };
    struct ask ask;
    bool answered = true;
    must(ask_now(w->client, NULL, w->f->arena, &request, 0, 1000, &ask, &answered, &error));
    assert_true(str_is(ask.problem, "connection"));
    must(ask_now(w->client, NULL, w->f->arena, &request, 0, 1000, &ask, &answered, &error));
    assert_true(str_is(ask.problem, "department-down"));
    assert_int_equal(client_numbers(w->client, 1).sent, 2);
    assert_int_equal(world_faults(w, ""), 200);
    clock_shift(61000);
    must(ask_now(w->client, NULL, w->f->arena, &request, 0, 1000, &ask, &answered, &error));
    assert_true(answered);
    assert_int_equal(client_numbers(w->client, 1).breaker, BREAKER_CLOSED);
    world_free(w);
}

static void numbers_for_the_operator(void **state)
{
    (void)state;
    struct error error = { "" };
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    (void)world_wait(w, world_property(w, 1, OWNER).number, ASK_ANSWERED);
    struct buf out = buf_init(65536);
    client_metrics(w->client, &out);
    assert_true(has(buf_str(&out), "jiaoti_ask_answered_total{authority=\"land\"} 1\n"));
    assert_true(has(buf_str(&out), "jiaoti_ask_breaker_open{authority=\"police\"} 0\n"));
    buf_free(&out);
    struct db *db;
    struct ask_count *counts;
    struct ask *asks;
    size_t n;
    must(db_open(&db, w->f->store, DB_READ, &error));
    must(ask_counts(db, w->f->arena, STR("3715"), &counts, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(counts[0].n, 1);
    assert_int_equal(counts[0].state, ASK_ANSWERED);
    must(ask_counts(db, w->f->arena, STR("371521"), &counts, &n, &error));
    assert_int_equal(n, 0);
    must(ask_of_application(db, w->f->vault, w->f->arena, 1, &asks, &n, &error));
    assert_int_equal(n, 1);
    db_close(db);
    world_free(w);
}

static void a_moved_clock_stays_at_home(void **state)
{
    (void)state;
    /* A demo's clock stands in its round; the departments' program, another process, keeps the system's. */
    clock_shift(-(int64_t)140 * 86400000);
    struct world *w = world_new(NULL);
    struct client_settings settings = world_settings(w);
    world_start(w, &settings);
    clock_shift((int64_t)3 * 86400000);
    (void)world_wait(w, world_property(w, 1, OWNER).number, ASK_ANSWERED);
    world_free(w);
}

static void faults_are_checked(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    assert_int_equal(world_faults(w, "property:tired"), 400);
    assert_int_equal(world_faults(w, "property"), 400);
    assert_int_equal(world_faults(w, "property:slow=abc"), 400);
    assert_int_equal(world_faults(w, "property:down@1.5"), 400);
    assert_int_equal(world_faults(w, "property:slow=10@0.25, *:down@0.001, seed=9"), 200);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_kept_and_told),
        cmocka_unit_test(the_asked_guardian_is_picked),
        cmocka_unit_test(a_fact_is_asked_once),
        cmocka_unit_test(silence),
        cmocka_unit_test(too_slow),
        cmocka_unit_test(broken),
        cmocka_unit_test(garbled),
        cmocka_unit_test(down),
        cmocka_unit_test(slow_but_in_time),
        cmocka_unit_test(wrong_data_is_an_answer),
        cmocka_unit_test(often_broken_is_answered_in_the_end),
        cmocka_unit_test(the_breaker_opens_and_closes),
        cmocka_unit_test(patience_ends_while_the_breaker_is_open),
        cmocka_unit_test(a_row_sent_at_a_crash_is_asked_again_with_its_number),
        cmocka_unit_test(a_clean_stop_puts_back_what_is_on_the_way),
        cmocka_unit_test(a_hook_that_fails_loses_nothing),
        cmocka_unit_test(a_question_that_is_refused_is_not_repeated),
        cmocka_unit_test(the_button_ask_again),
        cmocka_unit_test(a_whole_department_is_asked_again_within_a_scope),
        cmocka_unit_test(a_department_without_an_interface),
        cmocka_unit_test(a_withdrawn_application_is_asked_for_no_more),
        cmocka_unit_test(the_quick_question),
        cmocka_unit_test(the_quick_question_respects_the_breaker),
        cmocka_unit_test(numbers_for_the_operator),
        cmocka_unit_test(a_moved_clock_stays_at_home),
        cmocka_unit_test(faults_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
