/*
 * Contiguous reach: a drawn example, and random maps against distances from everywhere to everywhere.
 */
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SITES = 12, OFFERS = 5, PAIRS = SITES * OFFERS };

struct town {
    struct allot_problem problem;
    struct allot_map map;
    uint32_t reach_from[SITES + 1], touch_from[SITES + 1], home_from[OFFERS + 1];
    struct allot_reach reach[PAIRS];
    uint32_t touch[SITES * SITES], home[PAIRS];
    bool touches[SITES][SITES], at_home[OFFERS][SITES];
};

/* Writes the lists from the tables; everything is in everybody's reach. */
static void list(struct town *town, uint32_t sites, uint32_t offers)
{
    uint32_t touches = 0, homes = 0, pairs = 0;
    for (uint32_t s = 0; s < sites; s++) {
        town->touch_from[s] = touches;
        town->reach_from[s] = pairs;
        for (uint32_t t = 0; t < sites; t++) {
            if (town->touches[s][t]) {
                town->touch[touches++] = t;
            }
        }
        for (uint32_t j = 0; j < offers; j++) {
            town->reach[pairs++] = (struct allot_reach){ j, s + j };
        }
    }
    town->touch_from[sites] = touches;
    town->reach_from[sites] = pairs;
    for (uint32_t j = 0; j < offers; j++) {
        town->home_from[j] = homes;
        for (uint32_t s = 0; s < sites; s++) {
            if (town->at_home[j][s]) {
                town->home[homes++] = s;
            }
        }
    }
    town->home_from[offers] = homes;
    town->problem = (struct allot_problem){ .version = ALLOT_VERSION, .offers = offers, .sites = sites };
    town->problem.reach_from = town->reach_from;
    town->problem.reach = town->reach;
    town->map = (struct allot_map){ town->touch_from, town->touch, town->home_from, town->home };
}

static bool kept(const uint32_t *from, const struct allot_reach *reach, uint32_t s, uint32_t j)
{
    for (uint32_t e = from[s]; e < from[s + 1]; e++) {
        if (reach[e].offer == j) {
            assert_int_equal(reach[e].steps, s + j);
            return true;
        }
    }
    return false;
}

/* A street of five: school 0 belongs to its one end, school 1 to the other, school 2 to nobody. */
static void a_street(void **state)
{
    (void)state;
    static struct town town;
    for (uint32_t s = 0; s + 1 < 5; s++) {
        town.touches[s][s + 1] = town.touches[s + 1][s] = true;
    }
    town.at_home[0][0] = town.at_home[1][4] = true;
    list(&town, 5, 3);
    uint32_t from[6];
    struct allot_reach reach[15];
    struct allot_error error;
    for (uint32_t hops = 0; hops < 7; hops++) {
        assert_true(allot_reach_contiguous(&town.problem, &town.map, hops, NULL, from, reach, &error));
        for (uint32_t s = 0; s < 5; s++) {
            assert_int_equal(kept(from, reach, s, 0), s <= hops);
            assert_int_equal(kept(from, reach, s, 1), 4 - s <= hops);
            assert_false(kept(from, reach, s, 2));
        }
    }
}

static void random_maps(void **state)
{
    (void)state;
    struct dice dice = { 61 };
    static struct town town;
    uint32_t lost = 0, stayed = 0;
    for (int i = 0; i < 2000; i++) {
        uint32_t sites = 1 + dice_below(&dice, SITES), offers = 1 + dice_below(&dice, OFFERS), away[SITES][SITES];
        memset(&town, 0, sizeof town);
        for (uint32_t s = 0; s < sites; s++) {
            for (uint32_t t = 0; t < s; t++) {
                town.touches[s][t] = town.touches[t][s] = dice_below(&dice, 4) == 0;
            }
            for (uint32_t j = 0; j < offers; j++) {
                town.at_home[j][s] = dice_below(&dice, 5) == 0;
            }
        }
        list(&town, sites, offers);
        for (uint32_t s = 0; s < sites; s++) {
            for (uint32_t t = 0; t < sites; t++) {
                away[s][t] = s == t ? 0 : town.touches[s][t] ? 1 : 1000;
            }
        }
        for (uint32_t by = 0; by < sites; by++) {
            for (uint32_t s = 0; s < sites; s++) {
                for (uint32_t t = 0; t < sites; t++) {
                    uint32_t way = away[s][by] + away[by][t];
                    away[s][t] = way < away[s][t] ? way : away[s][t];
                }
            }
        }
        uint32_t hops = dice_below(&dice, 4), from[SITES + 1];
        struct allot_reach reach[PAIRS];
        struct allot_error error;
        assert_true(allot_reach_contiguous(&town.problem, &town.map, hops, NULL, from, reach, &error));
        for (uint32_t s = 0; s < sites; s++) {
            for (uint32_t j = 0; j < offers; j++) {
                bool near = false;
                for (uint32_t t = 0; t < sites; t++) {
                    near = near || (town.at_home[j][t] && away[t][s] <= hops);
                }
                assert_int_equal(kept(from, reach, s, j), near);
                stayed += near;
                lost += !near;
            }
        }
    }
    assert_in_range(stayed, 5000, 1000000);
    assert_in_range(lost, 5000, 1000000);
}

static void refused(struct town *town)
{
    uint32_t from[SITES + 1] = { 77 };
    struct allot_reach reach[PAIRS];
    struct allot_error error = { 0 };
    assert_false(allot_reach_contiguous(&town->problem, &town->map, 1, NULL, from, reach, &error));
    assert_int_equal(error.fault, ALLOT_FAULT_PROBLEM);
    assert_int_equal(from[0], 77);
}

static void bad_maps_are_refused(void **state)
{
    (void)state;
    static struct town town;
    town.touches[0][1] = town.touches[1][0] = town.at_home[0][0] = true;
    list(&town, 2, 1);
    town.touch[1] = 2;
    refused(&town);
    list(&town, 2, 1);
    town.home[0] = 9;
    refused(&town);
    list(&town, 2, 1);
    town.touch_from[1] = 5;
    refused(&town);
    list(&town, 2, 1);
    town.home_from[0] = 1;
    refused(&town);
    list(&town, 2, 1);
    town.reach[1].offer = 1;
    refused(&town);
    list(&town, 2, 1);
    town.map.touch = NULL;
    refused(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_street),
        cmocka_unit_test(random_maps),
        cmocka_unit_test(bad_maps_are_refused),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
