/*
 * The plan of balance is the one that docs/transcript.md describes, to the last child: its method is played here word
 * by word, with tables of sites and offers and no care for time. And the rest of that chapter: tickets of several
 * places first, kinds of places, memory that fails, input in another order.
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

/* --- several places, and kinds ----------------------------------------------------------------------------------- */

/* A problem with kinds and tickets of several places, and outcomes of wishes made up. */
struct mixed {
    struct made *made;
    uint32_t kind_from[16];
    struct allot_kind kind[48];
    uint16_t group;
    struct allot_result result;
};

static void mixed_kinds(struct mixed *mixed, struct dice *dice)
{
    struct allot_problem *problem = &mixed->made->problem;
    uint32_t kinds = 0;
    for (uint32_t j = 0; j < problem->offers; j++) {
        mixed->kind_from[j] = kinds;
        uint32_t count = dice_below(dice, 4), places = 0;
        for (uint32_t i = 0; i < count; i++) {
            struct allot_kind kind = { .places = dice_below(dice, 4), .whom = (uint8_t)dice_below(dice, 4) };
            kind.groups = kind.whom != ALLOT_FOR_ALL;
            places += kind.places;
            mixed->kind[kinds++] = kind;
        }
        if (count > 0) {
            mixed->made->offer[j].capacity = places;
            mixed->made->offer[j].order = ALLOT_BY_PRIORITY;
        }
    }
    mixed->kind_from[problem->offers] = kinds;
    mixed->group = 1;
    problem->kind_from = mixed->kind_from;
    problem->kind = mixed->kind;
    problem->kind_group = &mixed->group;
}

static void mixed_wishes(struct mixed *mixed, struct dice *dice)
{
    const struct allot_problem *problem = &mixed->made->problem;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        mixed->made->applicant[a].places = (uint16_t)(dice_below(dice, 3) == 0 ? 2 + dice_below(dice, 2) : 1);
        struct allot_outcome *outcome = &mixed->result.outcome[a];
        *outcome = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED };
        outcome->reason = (uint8_t)allot_why_not_asked(problem, a);
        if (problem->choice_from[a] < problem->choice_from[a + 1] && dice_below(dice, 4) == 0) {
            uint32_t j = problem->choice[problem->choice_from[a]].offer, kinds = allot_kinds_at(problem, j);
            *outcome = (struct allot_outcome){ .offer = j, .how = ALLOT_CHOICE };
            outcome->kind = (uint16_t)(kinds > 0 ? dice_below(dice, kinds) : 0);
        }
    }
}

static struct mixed *mixed_new(struct dice *dice)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);
    assert_non_null(mixed);
    struct shape shape = small_shape(dice);
    shape.applicants = dice_below(dice, 25);
    shape.offers = 2 + dice_below(dice, 8);
    shape.sites = 1 + dice_below(dice, 6);
    shape.places = 1 + dice_below(dice, 6);
    shape.reach = 1 + dice_below(dice, 8);
    shape.balance = true;
    mixed->made = made_new(dice, &shape);
    mixed_kinds(mixed, dice);
    struct allot_result *result = &mixed->result;
    result->applicants = shape.applicants;
    result->offers = shape.offers;
    result->outcome = calloc(shape.applicants + 1, sizeof *result->outcome);
    result->balance.price = calloc(shape.offers, sizeof *result->balance.price);
    result->balance.cut_site = calloc(shape.sites, 1);
    result->balance.short_site = calloc(shape.sites, 1);
    assert_true(result->outcome && result->balance.price && result->balance.cut_site && result->balance.short_site);
    mixed_wishes(mixed, dice);
    return mixed;
}

static void mixed_free(struct mixed *mixed)
{
    free(mixed->result.outcome);
    free(mixed->result.balance.price);
    free(mixed->result.balance.cut_site);
    free(mixed->result.balance.short_site);
    made_free(mixed->made);
    free(mixed);
}

/* Places that the wishes left, as the document counts them: of one kind, or of the whole offer for balance. */
static int64_t kind_left(const struct mixed *mixed, uint32_t j, uint32_t kind)
{
    const struct allot_problem *problem = &mixed->made->problem;
    bool has_kinds = allot_kinds_at(problem, j) > 0;
    int64_t left = has_kinds ? problem->kind[problem->kind_from[j] + kind].places : problem->offer[j].capacity;
    for (uint32_t a = 0; a < problem->applicants; a++) {
        const struct allot_outcome *outcome = &mixed->result.outcome[a];
        if (outcome->how == ALLOT_CHOICE && outcome->offer == j && outcome->kind == kind) {
            left -= problem->applicant[a].places;
        }
    }
    return left > 0 ? left : 0;
}

static bool kind_open(const struct allot_problem *problem, uint32_t j, uint32_t kind)
{
    return allot_kinds_at(problem, j) == 0 || problem->kind[problem->kind_from[j] + kind].whom != ALLOT_MEMBERS_ONLY;
}

static uint32_t offer_left(const struct mixed *mixed, uint32_t j)
{
    const struct allot_problem *problem = &mixed->made->problem;
    uint32_t kinds = allot_kinds_at(problem, j);
    int64_t left = 0;
    for (uint32_t i = 0; problem->offer[j].balance && i < (kinds > 0 ? kinds : 1); i++) {
        left += kind_open(problem, j, i) ? kind_left(mixed, j, i) : 0;
    }
    return (uint32_t)left;
}

/* Those who are asked, by lot: first of several places, then of one; returns how many, and in *several the first. */
static uint32_t by_lot(const struct mixed *mixed, uint32_t *order, uint32_t *several)
{
    const struct allot_problem *problem = &mixed->made->problem;
    uint32_t count = 0;
    for (int single = 0; single < 2; single++) {
        uint32_t from = count;
        for (uint32_t a = 0; a < problem->applicants; a++) {
            if (mixed->result.outcome[a].how == ALLOT_CHOICE || (problem->applicant[a].places == 1) != (single == 1) ||
                allot_why_not_asked(problem, a) != ALLOT_WHY_NOTHING) {
                continue;
            }
            uint32_t i = count++;
            for (; i > from && allot_compare_own_lots(problem, a, order[i - 1]) < 0; i--) {
                order[i] = order[i - 1];
            }
            order[i] = a;
        }
        *several = single == 0 ? count : *several;
    }
    return count;
}

static uint32_t nearest(const struct allot_problem *problem, uint32_t s, const uint32_t *left, uint32_t places)
{
    for (uint32_t steps = 0; steps < 64; steps++) {
        for (uint32_t j = 0; j < problem->offers; j++) {
            for (uint32_t e = problem->reach_from[s]; e < problem->reach_from[s + 1]; e++) {
                if (problem->reach[e].offer == j && problem->reach[e].steps == steps && left[j] >= places) {
                    return j;
                }
            }
        }
    }
    return ALLOT_NONE;
}

/* The same children of one place, with what is left for them, without kinds and tickets of several places. */
static void singles_are_as_if_alone(const struct mixed *mixed, const uint32_t *left)
{
    struct allot_problem alone = mixed->made->problem;
    struct allot_offer offer[16];
    for (uint32_t j = 0; j < alone.offers; j++) {
        offer[j] = (struct allot_offer){ .capacity = left[j], .balance = alone.offer[j].balance };
    }
    alone.offer = offer;
    alone.kind_from = NULL;
    struct allot_outcome outcome[25];
    uint64_t price[16] = { 0 };
    uint8_t cut_site[16] = { 0 }, short_site[16] = { 0 };
    struct allot_result result = { .outcome = outcome, .balance = { .price = price } };
    result.balance.cut_site = cut_site;
    result.balance.short_site = short_site;
    for (uint32_t a = 0; a < alone.applicants; a++) {
        bool asked = alone.applicant[a].places == 1 && mixed->result.outcome[a].how != ALLOT_CHOICE;
        outcome[a] = (struct allot_outcome){ .offer = ALLOT_NONE, .how = ALLOT_UNPLACED };
        outcome[a].reason = (uint8_t)(asked ? allot_why_not_asked(&alone, a) : ALLOT_WHY_NO_BALANCE);
    }
    struct allot_error error;
    assert_true(allot_balance_left(&alone, NULL, &result, &error));
    for (uint32_t a = 0; a < alone.applicants; a++) {
        if (alone.applicant[a].places == 1 && mixed->result.outcome[a].how != ALLOT_CHOICE) {
            assert_int_equal(outcome[a].offer, mixed->result.outcome[a].offer);
        }
    }
    assert_int_equal(result.balance.placed, mixed->result.balance.placed);
    assert_int_equal(result.balance.total, mixed->result.balance.total);
    assert_memory_equal(price, mixed->result.balance.price, alone.offers * sizeof *price);
    assert_memory_equal(cut_site, mixed->result.balance.cut_site, alone.sites);
    assert_memory_equal(short_site, mixed->result.balance.short_site, alone.sites);
}

static void kinds_are_documented(const struct mixed *mixed, const uint32_t *order, uint32_t count)
{
    const struct allot_problem *problem = &mixed->made->problem;
    for (uint32_t j = 0; j < problem->offers; j++) {
        uint32_t kinds = allot_kinds_at(problem, j);
        int64_t left[4];
        for (uint32_t i = 0; i < kinds; i++) {
            left[i] = kind_left(mixed, j, i);
        }
        for (uint32_t k = 0; k < count; k++) {
            const struct allot_outcome *outcome = &mixed->result.outcome[order[k]];
            if (outcome->how != ALLOT_BALANCED || outcome->offer != j) {
                continue;
            }
            uint32_t places = problem->applicant[order[k]].places, chosen = kinds;
            for (uint32_t needed = places; chosen == kinds && needed > 0; needed = needed > 1 ? 1 : 0) {
                for (uint32_t i = 0; chosen == kinds && i < kinds; i++) {
                    chosen = kind_open(problem, j, i) && left[i] >= needed ? i : chosen;
                }
            }
            assert_int_equal(outcome->kind, kinds == 0 ? 0 : chosen);
            if (kinds > 0) {
                left[chosen] -= places;
            }
        }
    }
}

static void several_places_come_first(void **state)
{
    (void)state;
    struct dice dice = { 52 };
    uint32_t together = 0, left_over = 0, of_kinds = 0;
    for (int i = 0; i < 4000; i++) {
        struct mixed *mixed = mixed_new(&dice);
        const struct allot_problem *problem = &mixed->made->problem;
        uint32_t order[25], several, count = by_lot(mixed, order, &several), left[16], had[16];
        for (uint32_t j = 0; j < problem->offers; j++) {
            had[j] = left[j] = offer_left(mixed, j);
        }
        struct allot_error error = { 0 };
        assert_true(allot_balance_left(problem, NULL, &mixed->result, &error));
        for (uint32_t k = 0; k < several; k++) {
            const struct allot_applicant *applicant = &problem->applicant[order[k]];
            uint32_t offer = nearest(problem, applicant->site, left, applicant->places);
            assert_int_equal(mixed->result.outcome[order[k]].offer, offer);
            together += offer != ALLOT_NONE;
            if (offer != ALLOT_NONE) {
                left[offer] -= applicant->places;
            } else {
                uint32_t any = nearest(problem, applicant->site, had, 1);
                assert_int_equal(mixed->result.outcome[order[k]].reason,
                                 any == ALLOT_NONE ? ALLOT_WHY_NOTHING_IN_REACH : ALLOT_WHY_SHORTAGE);
            }
        }
        for (uint32_t k = several; k < count; k++) {
            const struct allot_outcome *outcome = &mixed->result.outcome[order[k]];
            if (outcome->how == ALLOT_UNPLACED) {
                uint32_t any = nearest(problem, problem->applicant[order[k]].site, had, 1);
                assert_int_equal(outcome->reason, any == ALLOT_NONE ? ALLOT_WHY_NOTHING_IN_REACH : ALLOT_WHY_SHORTAGE);
                left_over++;
            }
            of_kinds += outcome->how == ALLOT_BALANCED && outcome->kind > 0;
        }
        assert_int_equal(mixed->result.balance.together_asked, several);
        singles_are_as_if_alone(mixed, left);
        kinds_are_documented(mixed, order, count);
        if (!allot_check_balance(problem, &mixed->result, NULL, &error)) {
            fail_msg("problem %d: %s", i, error.message);
        }
        mixed_free(mixed);
    }
    assert_in_range(together, 1000, 100000);
    assert_in_range(left_over, 1000, 100000);
    assert_in_range(of_kinds, 1000, 100000);
}

static bool bend(struct mixed *mixed, struct dice *dice, uint32_t what)
{
    const struct allot_problem *problem = &mixed->made->problem;
    struct allot_balance *balance = &mixed->result.balance;
    uint32_t a = problem->applicants == 0 ? 0 : dice_below(dice, problem->applicants);
    struct allot_outcome *outcome = &mixed->result.outcome[a];
    bool balanced = problem->applicants > 0 && outcome->how == ALLOT_BALANCED;
    switch (what) {
    case 0:
        outcome->kind++;
        return balanced;
    case 1: /* a ticket of several places loses its place */
        if (!balanced || problem->applicant[a].places == 1) {
            return false;
        }
        *outcome = (struct allot_outcome){ .offer = ALLOT_NONE, .reason = ALLOT_WHY_SHORTAGE };
        balance->together_placed--;
        return true;
    case 2:
        outcome->offer = (outcome->offer + 1) % problem->offers;
        return balanced && problem->applicant[a].places > 1;
    case 3:
        balance->together_asked++;
        return true;
    default:
        balance->together_placed++;
        return true;
    }
}

static void bent_ones_are_seen(void **state)
{
    (void)state;
    struct dice dice = { 53 };
    uint32_t bent[5] = { 0 };
    for (uint32_t i = 0; i < 4000; i++) {
        struct mixed *mixed = mixed_new(&dice);
        struct allot_error error = { 0 };
        assert_true(allot_balance_left(&mixed->made->problem, NULL, &mixed->result, &error));
        if (bend(mixed, &dice, i % 5)) {
            bent[i % 5]++;
            assert_false(allot_check_balance(&mixed->made->problem, &mixed->result, NULL, &error));
            assert_int_equal(error.fault, ALLOT_FAULT_RESULT);
        }
        mixed_free(mixed);
    }
    for (int what = 0; what < 5; what++) {
        assert_in_range(bent[what], 50, 4000);
    }
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
        uint32_t j = nearest(&problem, applicant[a].site, left, 1);
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
        cmocka_unit_test(several_places_come_first),
        cmocka_unit_test(bent_ones_are_seen),
        cmocka_unit_test(greedy_leaves_a_child_over),
        cmocka_unit_test(order_and_workers_change_nothing),
        cmocka_unit_test(failing_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("plan of balance", tests, NULL, NULL);
}
