/*
 * The mechanisms with kinds of places, groups, tickets of several places and trading cycles, against docs/transcript.md
 * played literally (literal.h); the same for any order of input and any workers; bad problems; failing memory.
 */
#include "literal.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBLEMS = 6000 };

static uint32_t literally_added(const struct allot_problem *problem, const struct literal *literal)
{
    uint32_t added = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        for (uint32_t k = 0; k < literal_kinds(problem, j); k++) {
            uint32_t given = 0, places = literal_places(problem, j, k);
            for (uint32_t a = 0; a < problem->applicants; a++) {
                if (literal->has[a] && literal_offer(problem, a, literal->rank[a]) == j && literal->kind[a] == k) {
                    given += problem->applicant[a].places;
                }
            }
            added += given > places ? given - places : 0;
        }
    }
    return added;
}

/* --- against the engine ------------------------------------------------------------------------------------------ */

static struct allot_result *run(const struct made *made, const struct allot_host *host)
{
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    if (!allot_run(&made->problem, host, &result, &error)) {
        fail_msg("run: %s", error.message);
    }
    return result;
}

/* A host whose jobs run on two threads, the later ones first. */
struct pack {
    void (*job)(void *argument, uint32_t index);
    void *argument;
    uint32_t from, to;
};

static void *do_pack(void *argument)
{
    struct pack *pack = argument;
    for (uint32_t i = pack->to; i > pack->from; i--) {
        pack->job(pack->argument, i - 1);
    }
    return NULL;
}

static void on_two_threads(void *ctx, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs)
{
    (void)ctx;
    struct pack one = { job, argument, jobs / 2, jobs }, other = { job, argument, 0, jobs / 2 };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, do_pack, &one), 0);
    do_pack(&other);
    pthread_join(thread, NULL);
}

static void *plain_get(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void plain_put(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

/* What is done never becomes less, and in the end it is all. */
static void hear(void *ctx, uint64_t done, uint64_t total)
{
    uint64_t *heard = ctx;
    assert_true(total > 0 && done <= total && done >= *heard);
    *heard = done == total ? 0 : done;
}

static uint64_t heard;
static const struct allot_host threaded = { plain_get, plain_put, &heard, on_two_threads, 3, hear };

static void assert_literal(const struct made *made, const struct allot_result *result, int number)
{
    struct literal literal;
    literal_run(&made->problem, &literal);
    for (uint32_t a = 0; a < made->problem.applicants; a++) {
        const struct allot_outcome *outcome = &result->outcome[a];
        bool has = outcome->how == ALLOT_CHOICE;
        if (has != literal.has[a] || (has && (outcome->rank != literal.rank[a] || outcome->kind != literal.kind[a]))) {
            fail_msg("problem %d, applicant %u: %d.%u.%u, literally %d.%u.%u", number, a, has, outcome->rank,
                     outcome->kind, literal.has[a], literal.rank[a], literal.kind[a]);
        }
        assert_int_equal(outcome->offer, has ? literal_offer(&made->problem, a, outcome->rank) : ALLOT_NONE);
    }
    assert_int_equal(result->added, literally_added(&made->problem, &literal));
    assert_int_equal(result->repairs, literal.repairs);
    assert_int_equal(result->passed_over, literal.overs);
    for (uint32_t i = 0; i < literal.overs; i++) {
        assert_int_equal(result->over[i].applicant, literal.over[i].applicant);
        assert_int_equal(result->over[i].offer, literal.over[i].offer);
    }
}

static void same_as_the_document(void **state)
{
    (void)state;
    struct dice dice = { 21 };
    uint32_t repaired = 0, named = 0, added = 0, later_kinds = 0;
    for (int i = 0; i < PROBLEMS; i++) {
        struct shape shape = rich_shape(&dice);
        shape.balance = false;
        shape.applicants = i % 8 == 0 ? 20 + dice_below(&dice, 40) : shape.applicants;
        shape.places *= i % 8 == 0 ? 4 : 1;
        if (i % 8 == 1) { /* siblings where places are short */
            shape.together = ALLOT_TOGETHER_FIT;
            shape.mechanism = i % 16 == 1 ? ALLOT_DEFERRED : ALLOT_DRAW;
            shape.applicants = 6 + dice_below(&dice, 20);
            shape.offers = 3 + dice_below(&dice, 3);
            shape.choices = shape.offers;
            shape.most = 2 + dice_below(&dice, 2);
            shape.places = 2 * shape.applicants / shape.offers;
        }
        struct made *made = made_new(&dice, &shape);
        if (i % 3 == 0) { /* equal draw numbers: the ticket decides */
            for (uint32_t a = 0; a < shape.applicants; a++) {
                made->lot[a] = (struct allot_lot){ dice_below(&dice, 2), dice_below(&dice, 2) };
            }
        }
        struct allot_result *result = run(made, i % 2 == 0 ? NULL : &threaded);
        assert_literal(made, result, i);
        repaired += result->repairs > 0;
        named += result->passed_over > 0;
        added += result->added;
        for (uint32_t a = 0; a < shape.applicants; a++) {
            later_kinds += result->outcome[a].kind > 0;
        }
        allot_result_free(result, i % 2 == 0 ? NULL : &threaded);
        made_free(made);
    }
    /* all of it really occurred */
    assert_true(repaired > 30);
    assert_true(named > 3);
    assert_true(added > 500);
    assert_true(later_kinds > 1000);
}

/* A pair P and two single ones, s and t; offer 0 has two places and the order s, P, t, offer 1 one place and t, s. P
 * wants 0; s wants 1, then 0; t wants 0, then 1. With P at 0, s or t is passed over; without P, t goes to 0 beside s,
 * so s to 1, and then P has t's place: there is no stable answer. */
static void without_a_stable_answer(void **state)
{
    (void)state;
    struct dice dice = { 22 };
    struct shape shape = { 3, 2, 1, 2, 2, 1, 1, 1, ALLOT_DEFERRED, false, false, .together = ALLOT_TOGETHER_FIT };
    struct made *made = made_new(&dice, &shape);
    made->offer[0] = (struct allot_offer){ .capacity = 2 };
    made->offer[1] = (struct allot_offer){ .capacity = 1 };
    made->applicant[0].places = 2;
    struct allot_choice choices[] = { { .offer = 0, .priority = 1 },
                                      { .offer = 1, .priority = 1 },
                                      { .offer = 0, .priority = 0 },
                                      { .offer = 0, .priority = 2 },
                                      { .offer = 1, .priority = 0 } };
    memcpy(made->choice, choices, sizeof choices); /* has room for two wishes each */
    memcpy(made->choice_from, (uint32_t[]){ 0, 1, 3, 5 }, 4 * sizeof(uint32_t));
    struct allot_result *result = run(made, NULL);
    assert_literal(made, result, -1);
    assert_in_range(result->repairs, 1, 20);
    assert_int_equal(result->passed_over, 1);
    assert_int_equal(result->over[0].applicant, 0); /* the pair */
    allot_result_free(result, NULL);
    /* With a place added instead, s and the pair are at 0 together. */
    made->problem.together = ALLOT_TOGETHER_ADD;
    result = run(made, NULL);
    assert_literal(made, result, -1);
    assert_int_equal(result->passed_over, 0);
    assert_int_equal(result->unplaced, 0);
    assert_int_equal(result->added, 1);
    allot_result_free(result, NULL);
    made_free(made);
}

/* The same with many pairs that stand behind each other, each of which turns once in the circle: with 60 of them t goes
 * to offer 0 more often than it may, and is named too; with 40 only pairs are. */
static void who_goes_too_often_is_left_aside(void **state)
{
    (void)state;
    for (uint32_t pairs = 40; pairs <= 60; pairs += 20) {
        struct dice dice = { 23 };
        struct shape shape = {
            pairs + 2, 2, 1, 2, 2, 1, 1, 1, ALLOT_DEFERRED, false, false, .together = ALLOT_TOGETHER_FIT
        };
        struct made *made = made_new(&dice, &shape);
        made->offer[0] = (struct allot_offer){ .capacity = 2 };
        made->offer[1] = (struct allot_offer){ .capacity = 1 };
        uint32_t s = pairs, t = pairs + 1, wishes = 0;
        for (uint32_t a = 0; a < pairs; a++) {
            made->applicant[a].places = 2;
            made->choice_from[a] = wishes;
            made->choice[wishes++] = (struct allot_choice){ .offer = 0, .priority = 1 + a };
        }
        made->applicant[s].places = made->applicant[t].places = 1;
        made->choice_from[s] = wishes;
        made->choice[wishes++] = (struct allot_choice){ .offer = 1, .priority = 1 };
        made->choice[wishes++] = (struct allot_choice){ .offer = 0, .priority = 0 };
        made->choice_from[t] = wishes;
        made->choice[wishes++] = (struct allot_choice){ .offer = 0, .priority = 1000 };
        made->choice[wishes++] = (struct allot_choice){ .offer = 1, .priority = 0 };
        made->choice_from[t + 1] = wishes;
        struct allot_result *result = run(made, NULL);
        assert_literal(made, result, (int)pairs);
        bool single = false;
        for (uint32_t i = 0; i < result->passed_over; i++) {
            single |= result->over[i].applicant >= pairs;
        }
        assert_true(result->passed_over > 0 && single == (pairs == 60));
        struct allot_error error;
        assert_true(allot_check(&made->problem, result, NULL, &error));
        allot_result_free(result, NULL);
        made_free(made);
    }
}

static struct shape large_shape(struct dice *dice, enum allot_mechanism mechanism)
{
    struct shape shape = rich_shape(dice);
    shape.mechanism = mechanism;
    shape.balance = false;
    shape.applicants = 300 + dice_below(dice, 3000);
    shape.offers = 2 + dice_below(dice, 40);
    shape.choices = 1 + dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 3 * shape.applicants / shape.offers);
    shape.priorities = 1 + dice_below(dice, 30);
    shape.kinds = mechanism == ALLOT_CYCLES ? 0 : shape.kinds;
    shape.most = mechanism == ALLOT_CYCLES ? 1 : shape.most;
    return shape;
}

static uint32_t *shuffled_numbers(struct dice *dice, uint32_t count)
{
    uint32_t *order = calloc(count + 1, sizeof *order);
    for (uint32_t a = 0; a < count; a++) {
        uint32_t k = dice_below(dice, a + 1);
        order[a] = order[k];
        order[k] = a;
    }
    return order;
}

static void same_for_any_order(void **state)
{
    (void)state;
    struct dice dice = { 23 };
    for (int i = 0; i < 200; i++) {
        struct shape shape = large_shape(&dice, (enum allot_mechanism)(i % 4));
        struct made *made = made_new(&dice, &shape);
        uint32_t *order = shuffled_numbers(&dice, shape.applicants);
        struct made *shuffled = made_shuffled(made, order);
        struct allot_result *one = run(made, NULL), *other = run(shuffled, &threaded);
        for (uint32_t a = 0; a < shape.applicants; a++) {
            assert_memory_equal(&one->outcome[order[a]], &other->outcome[a], sizeof *one->outcome);
        }
        assert_int_equal(one->repairs, other->repairs);
        assert_int_equal(one->passed_over, other->passed_over);
        assert_int_equal(one->added, other->added);
        allot_result_free(one, NULL);
        allot_result_free(other, &threaded);
        made_free(made);
        made_free(shuffled);
        free(order);
    }
}

/* So many that all ways of cutting work into pieces are used; lots that are far from random, too. */
static void same_for_any_workers(void **state)
{
    (void)state;
    struct dice dice = { 24 };
    struct shape shape = { .applicants = 0,
                           .offers = 300,
                           .sites = 0,
                           .choices = 4,
                           .places = 1900,
                           .priorities = 50,
                           .mechanism = ALLOT_DEFERRED };
    struct made *made = made_new(&dice, &shape);
    enum { CROWD = 300000 };
    struct allot_problem *problem = &made->problem;
    free(made->applicant);
    free(made->choice_from);
    free(made->choice);
    free(made->lot);
    problem->applicant = made->applicant = calloc(CROWD, sizeof *made->applicant);
    problem->choice_from = made->choice_from = calloc(CROWD + 1, sizeof *made->choice_from);
    problem->choice = made->choice = calloc(3 * CROWD, sizeof *made->choice);
    problem->lot = made->lot = calloc(CROWD, sizeof *made->lot);
    problem->ticket = NULL;
    problem->applicants = CROWD;
    for (uint32_t a = 0; a < CROWD; a++) {
        made->applicant[a] = (struct allot_applicant){ .site = ALLOT_NONE, .places = 1 };
        made->choice_from[a + 1] = 3 * (a + 1);
        uint32_t offer = dice_below(&dice, 300);
        for (uint32_t k = 0; k < 3; k++, offer = (offer + 1 + dice_below(&dice, 99)) % 300) {
            made->choice[3 * a + k] = (struct allot_choice){ .offer = offer, .priority = dice_below(&dice, 50) };
        }
    }
    for (int lots = 0; lots < 3; lots++) {
        for (uint32_t a = 0; a < CROWD; a++) {
            uint64_t number = lots == 0 ? dice_next(&dice) : lots == 1 ? CROWD - a : 7;
            made->lot[a] = (struct allot_lot){ number, lots == 2 ? a * UINT64_C(0x9e3779b97f4a7c15) : 1 };
        }
        for (int mechanism = ALLOT_SERIAL; mechanism <= ALLOT_CYCLES; mechanism++) {
            problem->mechanism = (enum allot_mechanism)mechanism;
            struct allot_result *one = run(made, NULL), *other = run(made, &threaded);
            assert_memory_equal(one->outcome, other->outcome, CROWD * sizeof *one->outcome);
            assert_true(one->placed_by_choice > CROWD / 4);
            if (mechanism != ALLOT_CYCLES) {
                struct allot_error error = { 0 };
                if (!allot_check(problem, one, NULL, &error)) {
                    fail_msg("%s", error.message);
                }
            }
            allot_result_free(one, NULL);
            allot_result_free(other, &threaded);
        }
    }
    made->choice[3 * 7777].offer = 300; /* the first of two wrong ones is named */
    made->choice[3 * 299999].offer = made->choice[3 * 299999 + 1].offer;
    struct allot_error one = { 0 }, other = { 0 };
    assert_false(allot_problem_valid(problem, NULL, &one));
    assert_false(allot_problem_valid(problem, &threaded, &other));
    assert_string_equal(one.message, other.message);
    assert_non_null(strstr(one.message, "7777"));
    made->choice[3 * 7777].offer = 299;
    made->choice[3 * 7777 + 1].offer = 298;
    made->choice[3 * 7777 + 2].offer = 297;
    assert_false(allot_problem_valid(problem, &threaded, &other));
    assert_non_null(strstr(other.message, "299999"));
    made->choice_from[CROWD] -= 3;
    made->choice_from[CROWD - 1] = made->choice_from[CROWD];
    assert_true(allot_problem_valid(problem, &threaded, &other));
    made->lot[5] = made->lot[6];
    struct allot_result *result = NULL;
    struct allot_error error = { 0 };
    assert_false(allot_run(problem, NULL, &result, &error));
    assert_int_equal(error.fault, ALLOT_FAULT_PROBLEM);
    assert_non_null(strstr(error.message, "same draw number"));
    made_free(made);
}

/* --- bad problems ------------------------------------------------------------------------------------------------ */

static void bad_problems_are_refused(void **state)
{
    (void)state;
    struct dice dice = { 25 };
    struct shape shape = { 4, 2, 1, 1, 2, 2, 1, 5, ALLOT_DEFERRED, false, false, 2, 2, 2, ALLOT_TOGETHER_ADD };
    for (int fault = 0; fault < 21; fault++) {
        struct made *made = made_new(&dice, &shape);
        uint16_t groups[] = { 1, 2, 2 };
        struct allot_kind kinds[] = { { 3, 0, 2, ALLOT_MEMBERS_FIRST, ALLOT_BY_LOT }, { 1, 0, 0, ALLOT_FOR_ALL, 0 } };
        memcpy(made->kind, kinds, sizeof kinds);
        free(made->kind_group);
        made->problem.kind_group = made->kind_group = calloc(3, sizeof *groups);
        memcpy(made->kind_group, groups, sizeof groups);
        made->kind_from[1] = made->kind_from[2] = 2;
        made->offer[0].capacity = 4;
        struct allot_error error = { 0 };
        assert_true(allot_problem_valid(&made->problem, NULL, &error));
        switch (fault) {
        case 0:
            made->kind[0].whom = 4;
            break;
        case 1:
            made->kind[1].order = 2;
            break;
        case 2:
            made->kind[0].groups = 0;
            break;
        case 3:
            made->kind[1].groups = 1;
            break;
        case 4:
            made->kind_group[0] = 0;
            break;
        case 5:
            made->kind[0].groups = 3; /* 2 after 2 */
            break;
        case 6:
            made->kind[1].places = 2;
            break;
        case 7:
            made->kind_from[1] = 3;
            break;
        case 8:
            made->kind_from[0] = 1;
            break;
        case 9:
            made->problem.kind = NULL;
            break;
        case 10:
            made->problem.kind_group = NULL;
            break;
        case 11:
            made->applicant[1].places = 0;
            break;
        case 12:
            made->applicant[1].places = ALLOT_MAX_TOGETHER + 1;
            break;
        case 13:
            made->problem.together = (enum allot_together)2;
            break;
        case 14:
            made->problem.mechanism = (enum allot_mechanism)4;
            break;
        case 15:
            made->problem.mechanism = ALLOT_CYCLES; /* with kinds */
            break;
        case 16:
            made->problem.offer = NULL;
            break;
        case 17:
            made->problem.applicant = NULL;
            break;
        case 18:
            made->problem.choice = NULL;
            made->choice_from[shape.applicants]++;
            break;
        case 19:
            made->problem.reach = NULL;
            made->reach_from[shape.sites]++;
            break;
        default:
            made->problem.mechanism = ALLOT_CYCLES; /* with several places */
            made->problem.kind_from = NULL;
            made->applicant[0].places = 2;
            break;
        }
        struct allot_result *result = NULL;
        assert_false(allot_problem_valid(&made->problem, NULL, &error));
        assert_int_equal(error.fault, ALLOT_FAULT_PROBLEM);
        assert_false(allot_run(&made->problem, NULL, &result, &error));
        assert_null(result);
        made_free(made);
    }
}

/* Every request for memory fails once; nothing leaks, nothing is half done. */
struct rationed {
    uint32_t until;
    uint32_t held;
};

static void *rationed_get(void *ctx, size_t bytes)
{
    struct rationed *rationed = ctx;
    if (rationed->until == 0) {
        return NULL;
    }
    rationed->until--;
    rationed->held++;
    return malloc(bytes);
}

static void rationed_put(void *ctx, void *block)
{
    ((struct rationed *)ctx)->held--;
    free(block);
}

static void memory_may_fail_anywhere(void **state)
{
    (void)state;
    struct dice dice = { 26 };
    for (int i = 0; i < 40; i++) {
        struct shape shape = large_shape(&dice, (enum allot_mechanism)(i % 4));
        shape.applicants = 60;
        shape.places = 1 + 60 / shape.offers;
        shape.together = ALLOT_TOGETHER_FIT;
        struct made *made = made_new(&dice, &shape);
        bool done = false;
        for (uint32_t tries = 0; !done; tries++) {
            struct rationed rationed = { tries, 0 };
            struct allot_host host = { .get = rationed_get, .put = rationed_put, .ctx = &rationed };
            struct allot_result *result = NULL;
            struct allot_error error = { 0 };
            done = allot_run(&made->problem, &host, &result, &error);
            if (!done) {
                assert_int_equal(error.fault, ALLOT_FAULT_MEMORY);
            }
            allot_result_free(result, &host);
            assert_int_equal(rationed.held, 0);
        }
        made_free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_the_document),
        cmocka_unit_test(without_a_stable_answer),
        cmocka_unit_test(who_goes_too_often_is_left_aside),
        cmocka_unit_test(same_for_any_order),
        cmocka_unit_test(same_for_any_workers),
        cmocka_unit_test(bad_problems_are_refused),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
