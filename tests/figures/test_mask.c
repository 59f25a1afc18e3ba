/* Small cells: an attacker who has every published table, of several days and versions, finds none of them out. */
#include "figures/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { COUNTIES = 4, LEAVES = 6, TABLES = 2, MASK = 5 };

static struct arena *arena;
static uint64_t dice_state;

static int64_t dice(int64_t least, int64_t most)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((dice_state >> 33) % (uint64_t)(most - least + 1));
}

/* What is true, of one table: amount and part by county and leaf; the size of both is dice's. */
struct world {
    size_t counties, leaves;
    int64_t amount[TABLES][COUNTIES][LEAVES], part[TABLES][COUNTIES][LEAVES];
};

static struct str county_code(size_t c)
{
    return arena_printf(arena, "3715%02zu", c);
}

static struct world make_world(bool small)
{
    struct world world = { .counties = (size_t)dice(1, COUNTIES), .leaves = (size_t)dice(1, LEAVES) };
    for (size_t c = 0; c < world.counties; c++) {
        for (size_t l = 0; l < world.leaves; l++) {
            int64_t amount = dice(0, 3) == 0 ? dice(0, 6) : dice(0, small ? 9 : 60);
            int64_t part = amount ? dice(0, amount) : 0;
            for (size_t t = 0; t < TABLES; t++) {
                bool changes = t > 0 && dice(0, 5) == 0; /* a version changes little */
                amount = changes ? amount + dice(0, 3) : amount;
                world.amount[t][c][l] = amount;
                world.part[t][c][l] = part;
            }
        }
    }
    return world;
}

static void cells_of(const struct world *world, struct cells *tables)
{
    for (size_t t = 0; t < TABLES; t++) {
        tables[t] = (struct cells){ ARENA_ARRAY(arena, struct cell, COUNTIES * LEAVES), 0 };
        for (size_t c = 0; c < world->counties; c++) {
            for (size_t l = 0; l < world->leaves; l++) {
                struct cell *cell = &tables[t].items[tables[t].n];
                if (world->amount[t][c][l] == 0) {
                    continue; /* a count has no row for nothing */
                }
                struct str code = arena_printf(arena, "%.*s001", STR_ARG(county_code(c)));
                memcpy(cell->division, code.p, code.n);
                cell->institution = (int64_t)(c * LEAVES + l + 1);
                cell->amount = world->amount[t][c][l];
                cell->part = world->part[t][c][l];
                tables[t].n++;
            }
        }
    }
}

static int64_t value_of(const struct world *world, size_t t, int measure, size_t c, size_t l)
{
    return measure == 0   ? world->amount[t][c][l]
           : measure == 1 ? world->part[t][c][l]
                          : world->amount[t][c][l] - world->part[t][c][l];
}

/* ---- the attacker: nothing but sums of what is hidden, from totals less what is shown ---- */

struct group {
    int64_t sum[3], hidden;
};

static bool leaf_is_hidden(const struct masked *masked, size_t c, size_t l)
{
    return mask_hides(masked, county_code(c), (int64_t)(c * LEAVES + l + 1));
}

/* Of a shown county its hidden leaves; of hidden counties (c == counties) all their leaves together. */
static struct group group_of(const struct world *world, const struct masked *masked, size_t t, size_t of)
{
    struct group group = { 0 };
    for (size_t c = 0; c < world->counties; c++) {
        bool county_hidden = mask_hides_county(masked, county_code(c));
        if (of < world->counties ? c != of || county_hidden : !county_hidden) {
            continue;
        }
        for (size_t l = 0; l < world->leaves; l++) {
            if (leaf_is_hidden(masked, c, l)) {
                group.hidden++;
                for (int m = 0; m < 3; m++) {
                    group.sum[m] += value_of(world, t, m, c, l);
                }
            }
        }
    }
    return group;
}

/* Walks over every way to spread a sum over k cells, each at least `low`; how many values can the first one take? For
 * parts, the rest must leave every cell at least one person. */
static int values_of_first(int64_t sum, int64_t k, int64_t low, int64_t most_rest)
{
    int values = 0;
    for (int64_t first = low; first <= sum; first++) {
        int64_t others = sum - first;
        if (k == 1 ? others != 0 : others < low * (k - 1)) {
            continue;
        }
        /* cells without a part need one of the rest each; spread the others so that as few as can be have none */
        int64_t with_part = others < k - 1 ? others : k - 1;
        int64_t without = (k - 1 - with_part) + (first == 0);
        values += low > 0 || most_rest < 0 || without <= most_rest;
    }
    return values;
}

/* Every small cell that is hidden could be at least two things, even to who knows that no hidden cell is empty. */
static void nothing_is_found(const struct world *world, const struct masked *masked, int measures)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t c = 0; c < world->counties; c++) {
            for (size_t l = 0; l < world->leaves; l++) {
                for (int m = 0; m < measures; m++) {
                    int64_t value = value_of(world, t, m, c, l);
                    if (value == 0 || value >= MASK) {
                        continue;
                    }
                    assert_true(masked->all || leaf_is_hidden(masked, c, l));
                    if (masked->all) {
                        continue; /* the total alone is known, and not how many stand in it */
                    }
                    bool county_hidden = mask_hides_county(masked, county_code(c));
                    struct group group = group_of(world, masked, t, county_hidden ? world->counties : c);
                    int64_t rest = m == 0 ? -1 : group.sum[m == 1 ? 2 : 1];
                    assert_true(values_of_first(group.sum[m], group.hidden, 0, rest) >= 2);
                    assert_true(group.sum[m] < group.hidden || values_of_first(group.sum[m], group.hidden, 1, -1) >= 2);
                }
            }
        }
    }
}

static void small_counties_are_safe_too(const struct world *world, const struct masked *masked)
{
    size_t hidden = 0;
    for (size_t c = 0; c < world->counties && !masked->all; c++) {
        hidden += mask_hides_county(masked, county_code(c));
        for (size_t t = 0; t < TABLES; t++) {
            int64_t sum = 0;
            for (size_t l = 0; l < world->leaves; l++) {
                sum += world->amount[t][c][l];
            }
            assert_true(sum == 0 || sum >= MASK || mask_hides_county(masked, county_code(c)));
        }
    }
    assert_true(masked->all || hidden != 1);
}

static struct indicators set_of(enum indicator_kind kind)
{
    struct indicators set = { .items = ARENA_NEW(arena, struct indicator), .n = 1 };
    set.items[0] = (struct indicator){ .kind = kind, .mask = MASK };
    return set;
}

static void no_masked_cell_is_found_out(void **state)
{
    (void)state;
    size_t shown_something = 0, hid_something = 0;
    for (int round = 0; round < 4000; round++) {
        arena = arena_new(0);
        dice_state = (uint64_t)round * 7919;
        bool ratio = round % 2;
        struct world world = make_world(round % 3 == 0);
        struct cells tables[TABLES];
        struct masked masked;
        struct indicators set = set_of(ratio ? INDICATOR_RATIO : INDICATOR_COUNT);
        cells_of(&world, tables);
        mask_find(arena, &set, &set.items[0], tables, TABLES, &masked);
        nothing_is_found(&world, &masked, ratio ? 3 : 1);
        small_counties_are_safe_too(&world, &masked);
        shown_something += !masked.all;
        hid_something += masked.n > 0;
        arena_free(arena);
    }
    assert_true(shown_something > 500 && hid_something > 1000);
}

/* ---- two versions ---- */

/* A cell that one version hides alone with others of which the other version shows all but it, unchanged: found out. */
static bool differs_to_a_cell(const struct world *world, const struct masked *first, const struct masked *second)
{
    if (first->all || second->all) {
        return false;
    }
    for (size_t c = 0; c < world->counties; c++) {
        size_t unknown = 0, small = 0;
        if (mask_hides_county(first, county_code(c)) || mask_hides_county(second, county_code(c))) {
            continue;
        }
        for (size_t l = 0; l < world->leaves; l++) {
            bool same = world->amount[0][c][l] == world->amount[1][c][l];
            bool known = !leaf_is_hidden(first, c, l) || (same && !leaf_is_hidden(second, c, l));
            unknown += !known && world->amount[0][c][l] > 0;
            small += !known && world->amount[0][c][l] > 0 && world->amount[0][c][l] < MASK;
        }
        if (unknown == 1 && small == 1) {
            return true;
        }
    }
    return false;
}

/* Each version hidden for itself gives cells away to who compares them; hidden together they give none. */
static void versions_are_hidden_together(void **state)
{
    (void)state;
    size_t leaks = 0;
    for (int round = 0; round < 4000; round++) {
        arena = arena_new(0);
        dice_state = (uint64_t)round * 104729 + 5;
        struct world world = make_world(false);
        struct cells tables[TABLES];
        struct masked first, second, both;
        struct indicators set = set_of(INDICATOR_COUNT);
        cells_of(&world, tables);
        mask_find(arena, &set, &set.items[0], &tables[0], 1, &first);
        mask_find(arena, &set, &set.items[0], &tables[1], 1, &second);
        mask_find(arena, &set, &set.items[0], tables, TABLES, &both);
        leaks += differs_to_a_cell(&world, &first, &second);
        assert_false(differs_to_a_cell(&world, &both, &both));
        arena_free(arena);
    }
    assert_true(leaks > 0);
}

static void without_a_mask_all_is_shown(void **state)
{
    (void)state;
    arena = arena_new(0);
    struct world world = make_world(true);
    struct cells tables[TABLES];
    struct masked masked;
    struct indicators set = set_of(INDICATOR_COUNT);
    set.items[0].mask = 0;
    cells_of(&world, tables);
    mask_find(arena, &set, &set.items[0], tables, TABLES, &masked);
    assert_false(masked.all);
    assert_int_equal(masked.n, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_masked_cell_is_found_out),
        cmocka_unit_test(versions_are_hidden_together),
        cmocka_unit_test(without_a_mask_all_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
