/* registry: facts in two times against a naive list. A hundred and fifty things get random recordings, ends and
 * undoings, a round at a time; the naive side keeps, of every thing, what was said of each day after each round. Then
 * every day is asked as known after every round, in all the ways in which it can be asked. */
#include "support/store_fixture.h"

#include "registry/facts.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    THINGS = 150,
    ROUNDS = 24,
    DAYS = 13, /* the last stands for all after it */
    CELLS = DAYS + 1,
    FIRST_DAY = 18000
};

/* What is said of a thing on one day; 0: nothing. value: 1 + index of the words and so on. */
struct cell {
    int value;   /* 0: it does not hold */
    int touched; /* change that said so, or that it does not hold; 0: nobody did */
};

static struct cell now[THINGS][CELLS], said[ROUNDS + 1][THINGS][CELLS]; /* said[r]: after r rounds */
static int64_t moments[ROUNDS + 1];
static int64_t subjects[THINGS];
static uint64_t dice = 20240601;
static struct store_fixture *f;
static struct error error;
static struct db *db;
static const struct kind *kind = &KIND_LIST[KIND_PROVISION];

static int throw(int sides)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (int)((dice >> 33) % (uint64_t)sides);
}

static const char *const words[] = { "after_class", "digital_campus", "learning_space", "open_to_public" };
static const char *const divisions[] = { "371502001", "371502002", "371526001" };

static struct str code_of(int thing)
{
    return arena_printf(f->arena, "P%03d", thing);
}

/* A value has 4 × 3 × 2 forms. */
static void value_into(int value, struct fact *fact)
{
    int form = value - 1;
    fact->values[kind_column(kind, STR("kind"))] = V_TEXT(str_of(words[form % 4]));
    fact->values[kind_column(kind, STR("link"))] = V_TEXT(STR(""));
    fact->values[kind_column(kind, STR("evidence"))] = V_TEXT(STR("x"));
    fact->division = str_of(divisions[form / 4 % 3]);
    fact->institution = 1 + form / 12;
}

static int value_of(const struct fact *fact)
{
    struct fact made = { .code = fact->code };
    for (int value = 1; value <= 24; value++) {
        value_into(value, &made);
        if (fact_same(kind, &made, fact)) {
            return value;
        }
    }
    return -1;
}

static void say(int thing, int from, int until, int value, int change)
{
    for (int day = from; day < until; day++) {
        now[thing][day] = (struct cell){ value, change };
    }
}

/* One change is round * THINGS + thing + 1. */
static void record(struct writing *writing, int round, int thing)
{
    int change = round * THINGS + thing + 1, from = throw(DAYS), length = 1 + throw(DAYS);
    int until = from + length > DAYS ? CELLS : from + length;
    /* often few words, so that the same is said twice */
    int value = 1 + throw(throw(2) ? 24 : 3);
    struct fact fact = { .code = code_of(thing),
                         .valid_from = FIRST_DAY + from,
                         .valid_until = until == CELLS ? DAY_OPEN : FIRST_DAY + until };
    bool changed = false, expected = false;
    value_into(value, &fact);
    for (int day = from; day < until; day++) {
        expected = expected || now[thing][day].value != value;
    }
    if (!facts_record(writing, kind, &fact, change, &changed, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(changed, expected);
    if (changed) {
        say(thing, from, until, value, change);
    }
}

static void finish_thing(struct writing *writing, int round, int thing)
{
    int change = round * THINGS + thing + 1, from = throw(DAYS);
    if (!subjects[thing]) {
        return;
    }
    assert_true(facts_end(writing, kind, subjects[thing], FIRST_DAY + from, change, &error));
    for (int day = from; day < CELLS; day++) {
        if (now[thing][day].value) {
            now[thing][day] = (struct cell){ 0, change };
        }
    }
}

/* Takes back what a thing saw in a round before; an undoing is not taken back (change.h). */
static int undone;
static bool is_undoing[(ROUNDS + 1) * THINGS + 1];
static void take_back(struct writing *writing, int round, int thing)
{
    int back = throw(round), change = back * THINGS + thing + 1, by = round * THINGS + thing + 1;
    bool over = false, mine = false;
    if (!facts_undo_fits(writing->db, writing->arena, change, &over, &error)) {
        fail_msg("%s", error.message);
    }
    if (over || is_undoing[change]) {
        return;
    }
    is_undoing[by] = true;
    assert_true(facts_undo(writing, change, by, &error));
    for (int day = 0; day < CELLS; day++) {
        struct cell *cell = &now[thing][day];
        if (said[back + 1][thing][day].touched == change) {
            /* nobody may have said anything of these days since */
            assert_int_equal(cell->touched, change);
            mine = true;
            *cell = said[back][thing][day]; /* as if it had never been */
        }
    }
    undone += mine;
}

static void make_history(void)
{
    struct writing *writing;
    assert_true(writing_open(&writing, f->store, f->vault, &error));
    for (int round = 0; round < ROUNDS; round++) {
        assert_true(writing_begin(writing, &error));
        for (int thing = 0; thing < THINGS; thing++) {
            int act = throw(10);
            if (act < 6) {
                record(writing, round, thing);
            } else if (act < 8) {
                finish_thing(writing, round, thing);
            } else if (act < 9 && round) {
                take_back(writing, round, thing);
            }
            bool found;
            if (!subjects[thing]) {
                assert_true(facts_subject_of(writing->db, kind, code_of(thing), &subjects[thing], &found, &error));
            }
        }
        memcpy(said[round + 1], now, sizeof now);
        assert_true(writing_moment(writing, &moments[round + 1], &error));
        assert_true(writing_commit(writing, &error));
        assert_true(moments[round + 1] > moments[round]);
    }
    writing_close(writing);
}

/* ---- Asking ---- */

static struct as_of as_of(int day, int round)
{
    return (struct as_of){ FIRST_DAY + day, round == ROUNDS ? MOMENT_OPEN : moments[round] };
}

/* Does the value fit what is asked? */
static bool fits(int value, const struct facts_ask *ask)
{
    struct fact fact = { .code = STR("x") };
    if (!value) {
        return false;
    }
    value_into(value, &fact);
    return (!ask->institution || fact.institution == ask->institution) && str_starts(fact.division, ask->scope) &&
           (!ask->column.n || str_eq(fact_text(kind, &fact, "kind"), ask->value));
}

static void compare_list(int day, int round, struct facts_ask *ask, struct arena *arena)
{
    struct fact *facts = NULL;
    size_t n = 0, at = 0;
    int64_t count = 0;
    ask->as_of = as_of(day, round);
    if (!facts_list(db, arena, kind, ask, &facts, &n, &error) || !facts_count(db, kind, ask, &count, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(count, n);
    for (size_t i = 1; i < n; i++) {
        assert_true(facts[i - 1].subject < facts[i].subject);
    }
    for (int thing = 0; thing < THINGS; thing++) {
        int value = said[round][thing][day].value;
        if (fits(value, ask)) {
            at++;
        }
    }
    assert_int_equal(at, n);
    for (size_t i = 0; i < n; i++) {
        int64_t thing = 0;
        assert_true(str_to_int(str_part(facts[i].code, 1, 3), 0, THINGS - 1, &thing));
        assert_int_equal(facts[i].subject, subjects[thing]);
        assert_int_equal(value_of(&facts[i]), said[round][thing][day].value);
        assert_true(fits(said[round][thing][day].value, ask));
    }
}

static void every_day_at_every_moment(void **state)
{
    (void)state;
    for (int round = 0; round <= ROUNDS; round++) {
        for (int day = 0; day < CELLS; day++) {
            struct arena *arena = arena_new(0);
            struct facts_ask all = { 0 };
            struct facts_ask part = { .scope = throw(2) ? STR("371502") : STR(""), .institution = throw(3) };
            if (throw(2)) {
                part.column = STR("kind");
                part.value = str_of(words[throw(4)]);
            }
            compare_list(day, round, &all, arena);
            compare_list(day, round, &part, arena);
            arena_free(arena);
        }
    }
}

static void one_thing_alone(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 3000; i++) {
        int thing = throw(THINGS), day = throw(CELLS), round = throw(ROUNDS + 1);
        struct fact fact;
        bool found = false;
        assert_true(throw(2) || !subjects[thing]
                        ? facts_one(db, arena, kind, code_of(thing), as_of(day, round), &fact, &found, &error)
                        : facts_of_subject(db, arena, kind, subjects[thing], as_of(day, round), &fact, &found, &error));
        assert_int_equal(found ? value_of(&fact) : 0, said[round][thing][day].value);
        arena_reset(arena);
    }
    arena_free(arena);
}

static void what_differs(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct arena *arena = arena_new(0);
        int day = throw(CELLS), round = throw(ROUNDS + 1), other_day = throw(CELLS), other_round = throw(ROUNDS + 1);
        struct facts_ask ask = { .as_of = as_of(day, round), .scope = throw(2) ? STR("371502") : STR("") };
        size_t expected = 0, seen = 0;
        for (int thing = 0; thing < THINGS; thing++) {
            int before = said[other_round][thing][other_day].value, after = said[round][thing][day].value;
            before = fits(before, &ask) ? before : 0;
            after = fits(after, &ask) ? after : 0;
            expected += before != after;
        }
        ask.most = throw(2) ? 0 : 7;
        for (;;) {
            struct fact_difference *differences = NULL;
            size_t n = 0;
            assert_true(
                facts_differences(db, arena, kind, &ask, as_of(other_day, other_round), &differences, &n, &error));
            for (size_t k = 0; k < n; k++) {
                const struct fact *any = differences[k].before.id ? &differences[k].before : &differences[k].after;
                int64_t thing = 0;
                assert_true(str_to_int(str_part(any->code, 1, 3), 0, THINGS - 1, &thing));
                if (differences[k].before.id) {
                    assert_int_equal(value_of(&differences[k].before), said[other_round][thing][other_day].value);
                }
                if (differences[k].after.id) {
                    assert_int_equal(value_of(&differences[k].after), said[round][thing][day].value);
                }
                ask.after = any->subject;
            }
            seen += n;
            if (!ask.most || n < (size_t)ask.most) {
                break;
            }
        }
        assert_int_equal(seen, expected);
        arena_free(arena);
    }
}

/* At no moment do two versions of one thing hold on one day. */
static void nothing_overlaps(void **state)
{
    (void)state;
    int64_t n = 0, rows = 0;
    assert_true(db_one_int(db, &error, &n, NULL,
                           "select count(*) from provision_fact a join provision_fact b on a.subject = b.subject and "
                           "a.id < b.id and a.valid_from < b.valid_until and b.valid_from < a.valid_until and "
                           "a.recorded_at < b.replaced_at and b.recorded_at < a.replaced_at"));
    assert_int_equal(n, 0);
    assert_true(db_one_int(db, &error, &rows, NULL, "select count(*) from provision_fact"));
    assert_true(rows > THINGS * ROUNDS / 2);
    assert_true(undone > 40);
}

static int start(void **state)
{
    (void)state;
    f = store_fixture_new();
    store_fixture_migrate(f, registry_migrations, registry_migrations_count);
    make_history();
    return db_open(&db, f->store, DB_READ, &error) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    db_close(db);
    store_fixture_free(f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_at_every_moment),
        cmocka_unit_test(one_thing_alone),
        cmocka_unit_test(what_differs),
        cmocka_unit_test(nothing_overlaps),
    };
    return cmocka_run_group_tests_name("two times", tests, start, finish);
}
