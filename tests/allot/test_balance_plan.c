/*
 * The plan of balance is the one that docs/transcript.md describes, to the last child: its method is played here word
 * by word, with tables of sites and offers and no care for time. Besides, memory that fails and input in another order.
 */
#include "made.h"

#include "allot/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- the method, word by word ------------------------------------------------------------------------------------ */

enum { SITES = 3000, OFFERS = 64, FAR = 1 << 30 };

struct table {
    uint32_t sites, offers, greatest;
    int64_t steps[SITES][OFFERS]; /* FAR: not in reach */
    uint32_t sent[SITES][OFFERS];
    uint32_t got[SITES][OFFERS]; /* what the result says instead */
    uint32_t supply[SITES], room[OFFERS];
    int64_t price[OFFERS], site_price[SITES];
    /* The present search. */
    int64_t distance[OFFERS], site_distance[SITES];
    bool left[OFFERS], visited[SITES];
    uint32_t from_site[OFFERS], from_offer[SITES];
};

static void try_reach(struct table *table, uint32_t s)
{
    for (uint32_t j = 0; j < table->offers; j++) {
        int64_t distance = table->site_distance[s] + table->steps[s][j] + table->price[j] - table->site_price[s];
        if (table->steps[s][j] <= table->greatest && distance < table->distance[j]) {
            table->distance[j] = distance;
            table->from_site[j] = s;
        }
    }
}

static uint32_t search(struct table *table, uint32_t begin)
{
    for (uint32_t j = 0; j < table->offers; j++) {
        table->distance[j] = INT64_MAX;
        table->left[j] = false;
    }
    memset(table->visited, 0, sizeof table->visited);
    table->visited[begin] = true;
    table->site_distance[begin] = 0;
    try_reach(table, begin);
    for (;;) {
        uint32_t next = OFFERS;
        for (uint32_t j = 0; j < table->offers; j++) {
            if (!table->left[j] && table->distance[j] < INT64_MAX &&
                (next == OFFERS || table->distance[j] < table->distance[next])) {
                next = j;
            }
        }
        assert_true(next < OFFERS);
        table->left[next] = true;
        if (table->room[next] > 0) {
            return next;
        }
        for (uint32_t s = 0; s < table->sites; s++) {
            if (table->sent[s][next] > 0 && !table->visited[s]) {
                table->visited[s] = true;
                table->site_distance[s] = table->distance[next];
                table->from_offer[s] = next;
                try_reach(table, s);
            }
        }
    }
}

static void send(struct table *table, uint32_t begin, uint32_t goal)
{
    uint32_t most = table->supply[begin] < table->room[goal] ? table->supply[begin] : table->room[goal];
    for (uint32_t s = table->from_site[goal]; s != begin; s = table->from_site[table->from_offer[s]]) {
        uint32_t back = table->sent[s][table->from_offer[s]];
        most = back < most ? back : most;
    }
    uint32_t j = goal;
    for (uint32_t s = table->from_site[goal];; s = table->from_site[j]) {
        table->sent[s][j] += most;
        if (s == begin) {
            break;
        }
        j = table->from_offer[s];
        table->sent[s][j] -= most;
    }
    table->supply[begin] -= most;
    table->room[goal] -= most;
}

static void plan(struct table *table)
{
    for (uint32_t s = 0; s < table->sites; s++) {
        table->site_price[s] = INT64_MAX;
        for (uint32_t j = 0; j < table->offers; j++) {
            int64_t worth = table->steps[s][j] + table->price[j];
            if (table->steps[s][j] <= table->greatest && worth < table->site_price[s]) {
                table->site_price[s] = worth;
            }
        }
        while (table->supply[s] > 0) {
            uint32_t goal = search(table, s);
            send(table, s, goal);
            for (uint32_t other = 0; other < table->sites; other++) {
                if (table->visited[other]) {
                    table->site_price[other] += table->distance[goal] - table->site_distance[other];
                }
            }
            for (uint32_t j = 0; j < table->offers; j++) {
                if (table->distance[j] < table->distance[goal]) {
                    table->price[j] += table->distance[goal] - table->distance[j];
                }
            }
        }
    }
}

/* Who is placed and the greatest distance are the result's (test_balance.c holds them against every placement). */
static void plan_is_documented(const struct made *made, const struct allot_result *result, struct table *table)
{
    const struct allot_problem *problem = &made->problem;
    *table = (struct table){ .sites = problem->sites, .offers = problem->offers };
    table->greatest = result->balance.greatest;
    for (uint32_t j = 0; j < problem->offers; j++) {
        table->room[j] = problem->offer[j].balance ? problem->offer[j].capacity - result->cutoff[j].admitted : 0;
    }
    for (uint32_t s = 0; s < problem->sites; s++) {
        for (uint32_t j = 0; j < problem->offers; j++) {
            table->steps[s][j] = FAR;
        }
        for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
            uint32_t j = problem->reach[e].offer;
            table->steps[s][j] = table->room[j] > 0 ? problem->reach[e].steps : FAR;
        }
    }
    for (uint32_t a = 0; a < problem->applicants; a++) {
        if (result->outcome[a].how == ALLOT_BALANCED) {
            table->supply[problem->applicant[a].site]++;
            table->got[problem->applicant[a].site][result->outcome[a].offer]++;
        }
    }
    plan(table);
    for (uint32_t j = 0; j < problem->offers; j++) {
        assert_int_equal(result->balance.price[j], table->price[j]);
        for (uint32_t s = 0; s < problem->sites; s++) {
            assert_int_equal(table->got[s][j], table->sent[s][j]);
        }
    }
}

static struct allot_result *run(const struct made *made, const struct allot_host *host)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    if (!allot_run(&made->problem, host, &result, &error)) {
        fail_msg("run: %s", error.message);
    }
    return result;
}

static struct made *crowd(struct dice *dice, uint32_t applicants)
{
    struct shape shape = small_shape(dice);
    shape.applicants = 1 + dice_below(dice, applicants);
    shape.offers = 2 + dice_below(dice, applicants > 100 ? 12 : 46);
    shape.sites = 1 + dice_below(dice, 64);
    shape.choices = 1;
    shape.places = 1 + dice_below(dice, 2 * shape.applicants / shape.offers + 4);
    shape.reach = 1 + dice_below(dice, 12);
    shape.steps = dice_below(dice, 2) == 0 ? 1 + dice_below(dice, 6) : 1 + dice_below(dice, 3000);
    shape.balance = true;
    struct made *made = made_new(dice, &shape);
    for (uint32_t c = 0; dice_below(dice, 8) > 0 && c < shape.applicants; c++) {
        made->choice[c].offer = 0;
    }
    return made;
}

/* Just places enough for a few thousand children, who compete for all of them. */
static struct made *throng(struct dice *dice, uint32_t offers, uint32_t sites, uint32_t steps)
{
    struct shape shape = { .applicants = 3000,
                           .offers = offers,
                           .sites = sites,
                           .choices = 1,
                           .places = 7000 / offers,
                           .priorities = 1,
                           .reach = offers,
                           .steps = steps,
                           .mechanism = ALLOT_DRAW,
                           .balance = true };
    struct made *made = made_new(dice, &shape);
    for (uint32_t c = 0; c < shape.applicants; c++) {
        made->choice[c].offer = 0;
    }
    return made;
}

static void the_plan_is_the_documented_one(void **state)
{
    (void)state;
    struct dice dice = { 51 };
    struct table *table = malloc(sizeof *table);
    assert_non_null(table);
    uint32_t priced = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t steps = i % 100 == 0 ? 20 : 5000;
        struct made *made = i % 50 == 0   ? throng(&dice, OFFERS, 400, steps)
                            : i % 50 == 1 ? throng(&dice, 10, SITES, i % 100 == 1 ? 200 : 100000)
                            : i % 5 == 0  ? crowd(&dice, 1500)
                                          : crowd(&dice, 60);
        struct allot_result *result = run(made, NULL);
        plan_is_documented(made, result, table);
        for (uint32_t j = 0; j < made->problem.offers; j++) {
            priced += result->balance.price[j] > 0;
        }
        struct allot_error error = { 0 };
        if (!allot_check(&made->problem, result, NULL, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        allot_result_free(result, NULL);
        made_free(made);
    }
    assert_in_range(priced, 300, 1000000);
    free(table);
}

/* --- greedy, order of input, memory ------------------------------------------------------------------------------ */

/* Two children, two places. The first in the order of lots is near both schools, the second reaches one alone: taking
 * the nearest school in the order of lots leaves the second over; balance places both. */
static void greedy_leaves_a_child_over(void **state)
{
    (void)state;
    struct allot_offer offer[2] = { { .capacity = 1, .balance = 1 }, { .capacity = 1, .balance = 1 } };
    struct allot_applicant applicant[2] = { { .site = 0, .places = 1 }, { .site = 1, .places = 1 } };
    uint32_t choice_from[3] = { 0 }, reach_from[3] = { 0, 2, 3 };
    struct allot_choice choice = { 0 };
    struct allot_reach reach[3] = { { 0, 1 }, { 1, 5 }, { 0, 2 } };
    struct allot_lot lot[2] = { { 1, 0 }, { 2, 0 } };
    struct allot_problem problem = { .version = ALLOT_VERSION,
                                     .mechanism = ALLOT_DEFERRED,
                                     .balance = true,
                                     .offers = 2,
                                     .applicants = 2,
                                     .sites = 2,
                                     .offer = offer,
                                     .applicant = applicant,
                                     .choice_from = choice_from,
                                     .choice = &choice,
                                     .reach_from = reach_from,
                                     .reach = reach,
                                     .lot = lot };
    uint32_t left[2] = { 1, 1 }, greedy = 0;
    for (uint32_t a = 0; a < 2; a++) {
        uint32_t j = allot_nearest_for(&problem, left, applicant[a].site, 1);
        greedy += j != ALLOT_NONE;
        if (j != ALLOT_NONE) {
            left[j]--;
        }
    }
    assert_int_equal(greedy, 1);
    struct allot_result *result = NULL;
    struct allot_error error;
    assert_true(allot_run(&problem, NULL, &result, &error));
    assert_int_equal(result->placed_by_balance, 2);
    assert_int_equal(result->outcome[0].offer, 1);
    assert_int_equal(result->outcome[1].offer, 0);
    assert_int_equal(result->balance.greatest, 5);
    assert_int_equal(result->balance.total, 7);
    allot_result_free(result, NULL);
}

struct purse {
    uint32_t gets, fail_at;
    int32_t out;
};

static void *purse_get(void *ctx, size_t bytes)
{
    struct purse *purse = ctx;
    if (purse->gets++ == purse->fail_at) {
        return NULL;
    }
    purse->out++;
    return malloc(bytes);
}

static void purse_put(void *ctx, void *block)
{
    struct purse *purse = ctx;
    purse->out -= block != NULL;
    free(block);
}

/* Jobs in falling order, as another number of workers might do them. */
static void backwards(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    (void)ctx;
    for (uint32_t i = jobs; i > 0; i--) {
        job(argument, i - 1);
    }
}

static void failing_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    struct dice dice = { 54 };
    uint32_t failures = 0;
    for (int i = 0; i < 20; i++) {
        struct made *made = crowd(&dice, 300);
        bool done = false;
        for (uint32_t fail_at = 0; !done; fail_at++) {
            struct purse purse = { .fail_at = fail_at };
            struct allot_host host = { .get = purse_get, .put = purse_put, .ctx = &purse };
            struct allot_result *result = NULL;
            struct allot_error error = { 0 };
            done = allot_run(&made->problem, &host, &result, &error);
            bool proved = done && allot_check(&made->problem, result, &host, &error);
            done = proved;
            failures += !proved;
            assert_true(proved || error.fault == ALLOT_FAULT_MEMORY);
            allot_result_free(result, &host);
            assert_int_equal(purse.out, 0);
        }
        made_free(made);
    }
    assert_in_range(failures, 1000, 100000);
}

static void order_and_workers_change_nothing(void **state)
{
    (void)state;
    struct dice dice = { 55 };
    for (int i = 0; i < 300; i++) {
        struct made *made = crowd(&dice, 120);
        uint32_t count = made->problem.applicants, order[121];
        for (uint32_t a = 0; a < count; a++) {
            uint32_t other = dice_below(&dice, a + 1);
            order[a] = order[other];
            order[other] = a;
        }
        struct made *shuffled = made_shuffled(made, order);
        struct purse purse = { .fail_at = UINT32_MAX };
        struct allot_host host = { .get = purse_get, .put = purse_put, .ctx = &purse, .each = backwards, .workers = 7 };
        struct allot_result *result = run(made, NULL), *other = run(shuffled, &host);
        for (uint32_t a = 0; a < count; a++) {
            assert_memory_equal(&result->outcome[order[a]], &other->outcome[a], sizeof *result->outcome);
        }
        assert_memory_equal(result->balance.price, other->balance.price, made->problem.offers * sizeof(uint64_t));
        assert_memory_equal(result->balance.cut_site, other->balance.cut_site, made->problem.sites);
        assert_memory_equal(result->balance.short_site, other->balance.short_site, made->problem.sites);
        allot_result_free(result, NULL);
        allot_result_free(other, &host);
        made_free(made);
        made_free(shuffled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_is_the_documented_one),
        cmocka_unit_test(greedy_leaves_a_child_over),
        cmocka_unit_test(order_and_workers_change_nothing),
        cmocka_unit_test(failing_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("plan of balance", tests, NULL, NULL);
}
