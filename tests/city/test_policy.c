/* What a policy says about a child: category, priority, checks, age; and that writing and reading it are one. */
#include "base/clock.h"
#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define F(name) FACT_BIT(FACT_##name)

static void expect_category(const struct policy *policy, uint32_t facts, const char *category, const char *subrank)
{
    size_t c, s;
    policy_category(policy, facts, &c, &s);
    const struct category *found = &policy->categories[c];
    assert_string_equal(found->id.p, category);
    if (found->nsubranks) {
        assert_string_equal(found->subranks[s].id.p, subrank);
    } else {
        assert_int_equal(s, 0);
        assert_null(subrank);
    }
}

/* Dongchangfu: the first row of the table that fits. */
static void a_child_has_the_first_category_that_fits(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    const struct policy *policy = city_policy(city, STR("371502"), STAGE_PRIMARY);
    const uint32_t here = F(HOUSEHOLD_IN_CATCHMENT) | F(HOUSEHOLD_IN_COUNTY);
    const uint32_t home = F(DWELLING_IN_CATCHMENT) | F(DWELLING_IN_COUNTY);
    expect_category(policy, here | home | F(OWNS_ALL), "household", "owns_all");
    expect_category(policy, here | home | F(OWNS_PART), "household", "owns_part");
    expect_category(policy, here | home | F(OWNS_NONE), "household", "owns_none");
    expect_category(policy, here, "household", "owns_none");
    expect_category(policy, here | F(DWELLING_IN_COUNTY) | F(OWNS_ALL), "household", "owns_none");
    expect_category(policy, here | home | F(OWNS_ALL) | F(POLICY_GROUP), "policy_group", NULL);
    expect_category(policy, here | F(DISABILITY), "disability", NULL);
    expect_category(policy, F(HOUSEHOLD_IN_COUNTY) | home | F(OWNS_PART) | F(BUSINESS), "district_property", NULL);
    expect_category(policy, F(HOUSEHOLD_IN_COUNTY) | home | F(OWNS_ALL) | F(EMPLOYMENT), "district_property", NULL);
    expect_category(policy, F(HOUSEHOLD_IN_COUNTY) | home | F(OWNS_ALL), "others", NULL);
    expect_category(policy, home | F(OWNS_ALL), "outside_property", NULL);
    expect_category(policy, home | F(OWNS_NONE), "others", NULL);
    expect_category(policy, F(RESIDENCE_PERMIT) | F(EMPLOYMENT), "outside_working", NULL);
    expect_category(policy, F(LEASE_REGISTERED) | F(BUSINESS), "outside_working", NULL);
    expect_category(policy, F(RESIDENCE_PERMIT), "others", NULL);
    expect_category(policy, F(HOUSEHOLD_IN_COUNTY) | F(RESIDENCE_PERMIT) | F(EMPLOYMENT), "others", NULL);
    expect_category(policy, 0, "others", NULL);
    city_free(city);
}

static void the_common_order(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    const struct policy *policy = city_policy(city, STR("371581"), STAGE_JUNIOR);
    const uint32_t here = F(HOUSEHOLD_IN_CATCHMENT) | F(HOUSEHOLD_IN_COUNTY);
    const uint32_t home = F(DWELLING_IN_CATCHMENT) | F(DWELLING_IN_COUNTY);
    expect_category(policy, here | home | F(OWNS_ALL), "household_and_dwelling", NULL);
    expect_category(policy, here | home | F(OWNS_NONE), "household", NULL);
    expect_category(policy, home | F(OWNS_PART), "dwelling", NULL);
    expect_category(policy, home | F(RESIDENCE_PERMIT) | F(BUSINESS), "migrant", NULL);
    expect_category(policy, home | F(RESIDENCE_PERMIT), "others", NULL);
    assert_int_equal(policy_private_class(policy, F(DWELLING_IN_COUNTY)), 0);
    assert_int_equal(policy_private_class(policy, F(EMPLOYMENT)), 1);
    city_free(city);
}

static void a_condition_is_all_of_any_of(void **state)
{
    (void)state;
    struct clause clauses[] = { { F(OWNS_ALL) | F(OWNS_PART), 0 }, { F(EMPLOYMENT), F(BUSINESS) } };
    struct condition condition = { clauses, 2 }, none = { NULL, 0 };
    for (uint32_t facts = 0; facts < 1u << FACT_COUNT; facts++) {
        bool owns = (facts & F(OWNS_ALL)) || (facts & F(OWNS_PART));
        bool works = (facts & F(EMPLOYMENT)) || !(facts & F(BUSINESS));
        assert_int_equal(condition_holds(&condition, facts), owns && works);
        assert_true(condition_holds(&none, facts));
    }
}

static void possible_facts(void **state)
{
    (void)state;
    assert_true(facts_are_possible(0));
    assert_true(facts_are_possible(F(OWNS_ALL) | F(DWELLING_IN_CATCHMENT) | F(DWELLING_IN_COUNTY)));
    assert_false(facts_are_possible(F(OWNS_ALL) | F(OWNS_PART)));
    assert_false(facts_are_possible(F(DWELLING_IN_CATCHMENT)));
    assert_false(facts_are_possible(F(HOUSEHOLD_IN_CATCHMENT)));
}

/* Two claims compared by the order's keys, one after the other, must agree with the packed numbers. */
struct claim {
    size_t category, subrank;
    bool sibling;
    uint32_t steps;
};

static int by_keys(const struct policy *policy, const struct claim *a, const struct claim *b)
{
    for (size_t i = 0; i < policy->norder; i++) {
        int64_t x = 0, y = 0;
        switch (policy->order[i]) {
        case ORDER_CATEGORY:
            x = policy->categories[a->category].rank, y = policy->categories[b->category].rank;
            break;
        case ORDER_SUBRANK:
            x = (int64_t)a->subrank, y = (int64_t)b->subrank;
            break;
        case ORDER_SIBLING:
            x = !a->sibling, y = !b->sibling;
            break;
        default:
            x = a->steps < 65535 ? a->steps : 65535, y = b->steps < 65535 ? b->steps : 65535;
        }
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

static void priority_packs_the_order(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    struct policy policy = *city_policy(city, STR("990101"), STAGE_PRIMARY);
    static const enum order_key orders[][ORDER_KEY_COUNT] = {
        { ORDER_CATEGORY, ORDER_SUBRANK, ORDER_SIBLING, ORDER_DISTANCE },
        { ORDER_SIBLING, ORDER_CATEGORY, ORDER_SUBRANK, ORDER_DISTANCE },
        { ORDER_CATEGORY, ORDER_DISTANCE, ORDER_SIBLING, ORDER_SUBRANK },
        { ORDER_CATEGORY, ORDER_SIBLING, ORDER_SIBLING, ORDER_SIBLING },
    };
    static const size_t counts[] = { 4, 4, 4, 2 };
    static const uint32_t steps[] = { 0, 1, 255, 256, 65534, 65535, 90000 };
    struct claim claims[4 * 3 * 2 * 7];
    size_t n = 0;
    for (size_t i = 0; i < 4 * 3 * 2 * 7; i++) {
        claims[n++] = (struct claim){ i % 4, i / 4 % 3, i / 12 % 2, steps[i / 24] };
    }
    for (size_t o = 0; o < 4; o++) {
        memcpy(policy.order, orders[o], sizeof policy.order);
        policy.norder = counts[o];
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                const struct claim *a = &claims[i], *b = &claims[j];
                uint32_t x = policy_priority(&policy, a->category, a->subrank, a->sibling, a->steps);
                uint32_t y = policy_priority(&policy, b->category, b->subrank, b->sibling, b->steps);
                assert_int_equal((x > y) - (x < y), by_keys(&policy, a, b));
            }
        }
    }
    city_free(city);
}

/* The layout is published with the cut-offs, so it is fixed. */
static void priority_has_its_bits(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    const struct policy *policy = city_policy(city, STR("990101"), STAGE_PRIMARY);
    assert_int_equal(policy_priority(policy, 1, 0, true, 0), UINT32_C(2) << 25);
    assert_int_equal(policy_priority(policy, 0, 2, false, 0x1234),
                     UINT32_C(1) << 25 | UINT32_C(2) << 18 | UINT32_C(1) << 17 | UINT32_C(0x1234) << 1);
    assert_int_equal(policy_distance_steps(policy, 0), 0);
    assert_int_equal(policy_distance_steps(policy, 99.9), 0);
    assert_int_equal(policy_distance_steps(policy, 100), 1);
    assert_int_equal(policy_distance_steps(policy, 1e12), 65535);
    assert_int_equal(policy_distance_steps(policy, -5), 0);
    const struct policy *junior = city_policy(city, STR("9901Z1"), STAGE_JUNIOR);
    struct policy without = *junior;
    without.distance_step_metres = 0;
    assert_int_equal(policy_distance_steps(&without, 5000), 0);
    city_free(city);
}

static uint32_t checks_of(const struct city *city, const char *ids)
{
    struct str rest = str_of(ids), id;
    uint32_t checks = 0;
    while (str_split(&rest, ' ', &id)) {
        size_t i = city_check_index(city, id);
        assert_true(i < city->nchecks);
        checks |= 1u << i;
    }
    return checks;
}

static void only_what_is_claimed_is_asked(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    const struct policy *policy = city_policy(city, STR("371502"), STAGE_PRIMARY);
    static const struct {
        const char *category;
        uint32_t facts;
        const char *dwelling;
        const char *checks;
    } rows[] = {
        { "household", F(OWNS_ALL), "own", "household birth property" },
        { "household", F(OWNS_ALL), "presale", "household birth contract" },
        { "household", F(OWNS_NONE), "grandparents", "household birth property" },
        { "household", F(OWNS_NONE), "", "household birth" },
        { "district_property", F(OWNS_ALL) | F(BUSINESS), "own", "household birth property licence" },
        { "district_property", F(OWNS_ALL) | F(EMPLOYMENT), "own", "household birth property social_security" },
        { "outside_working", F(RESIDENCE_PERMIT) | F(EMPLOYMENT), "permit", "household birth permit social_security" },
        { "outside_working", F(LEASE_REGISTERED) | F(EMPLOYMENT) | F(BUSINESS), "leased",
          "household birth contract social_security licence" },
        { "policy_group", F(POLICY_GROUP), "own", "household birth veterans guardianship" },
        { "others", 0, "own", "household birth" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t category = 0;
        while (!str_is(policy->categories[category].id, rows[i].category)) {
            category++;
            assert_true(category < policy->ncategories);
        }
        size_t dwelling = city_dwelling_index(city, str_of(rows[i].dwelling));
        assert_int_equal(policy_checks_needed(city, policy, category, rows[i].facts, dwelling),
                         checks_of(city, rows[i].checks));
    }
    city_free(city);
}

static void who_is_old_enough(void **state)
{
    (void)state;
    struct policy policy = { .stage = STAGE_PRIMARY, .least_age = 6, .age_day = day_of(2026, 8, 31) };
    assert_int_equal(policy_latest_birthday(&policy), day_of(2020, 8, 31));
    policy.age_day = day_of(2024, 2, 29);
    assert_int_equal(policy_latest_birthday(&policy), day_of(2018, 2, 28));
    policy.age_day = day_of(2024, 2, 29);
    policy.least_age = 8;
    assert_int_equal(policy_latest_birthday(&policy), day_of(2016, 2, 29));
    policy.stage = STAGE_JUNIOR;
    assert_int_equal(policy_latest_birthday(&policy), INT64_MAX);
}

static void writing_and_reading_are_one(void **state)
{
    (void)state;
    static const char *const folders[] = { CITY_DEMO, CITY_FIXTURE };
    for (size_t f = 0; f < 2; f++) {
        struct city *city = whole_city(folders[f]);
        for (size_t i = 0; i < city->npolicies; i++) {
            struct arena *arena = arena_new(0);
            struct city_mistakes *mistakes = city_mistakes_new();
            struct str text = policy_format(arena, city->policies[i], city);
            struct policy *again = NULL;
            assert_true(policy_parse(arena, text, "again.yaml", city, &again, mistakes));
            assert_true(policy_equal(city->policies[i], again));
            assert_string_equal(policy_format(arena, again, city).p, text.p);
            if (i) {
                assert_false(policy_equal(city->policies[i - 1], again));
            }
            city_mistakes_free(mistakes);
            arena_free(arena);
        }
        city_free(city);
    }
}

static void any_text_survives(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    static const char *const texts[] = { "\"",   "\\",         "a: b # c", "- x",     "  two blanks  ",
                                         "'",    "{[&*!|>%@`", "\\\"\\n",  "𠮷",      "é",
                                         "null", "1",          "~",        "\\u0041", "東昌府區 “引号”" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena *arena = arena_new(0);
        struct city_mistakes *mistakes = city_mistakes_new();
        struct policy policy = *city_policy(city, STR("990101"), STAGE_PRIMARY), *again = NULL;
        policy.title = (struct name){ str_of(texts[i]), str_of(texts[i]) };
        policy.public_value = policy.title;
        struct str text = policy_format(arena, &policy, city);
        assert_true(policy_parse(arena, text, "again.yaml", city, &again, mistakes));
        assert_true(policy_equal(&policy, again));
        assert_string_equal(again->title.en.p, texts[i]);
        city_mistakes_free(mistakes);
        arena_free(arena);
    }
    city_free(city);
}

/* Kinds of places: how a plan is cut, and who belongs to which groups. */
static void kinds_cut_the_plan(void **state)
{
    (void)state;
    struct clause disabled = { F(DISABILITY), 0 }, away = { F(RESIDENCE_PERMIT), 0 };
    struct place_kind kinds[] = {
        { .id = STR("a"), .share = 2, .least = 1, .whom = KIND_FIRST, .when = { &disabled, 1 } },
        { .id = STR("b"), .rest = true },
        { .id = STR("c"), .places = 10, .whom = KIND_ONLY, .when = { &away, 1 } },
    };
    struct kind_set set = { .open = OPEN_PUBLIC, .kinds = kinds, .nkinds = 3 };
    struct policy policy = { .kind_sets = &set, .nkind_sets = 1 };
    static const uint32_t plans[][4] = {
        { 199, 3, 186, 10 }, { 45, 1, 34, 10 }, { 11, 1, 0, 10 }, { 5, 1, 0, 4 }, { 0, 0, 0, 0 }
    };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        uint32_t places[KINDS_MAX];
        kind_set_places(&set, plans[i][0], places);
        assert_memory_equal(places, plans[i] + 1, 3 * sizeof *places);
    }
    assert_int_equal(kind_set_members(&set, F(DISABILITY) | F(RESIDENCE_PERMIT)), 1 | 4);
    assert_ptr_equal(policy_kind_set(&policy, true, STR("x")), &set);
    assert_null(policy_kind_set(&policy, false, STR("x")));
    struct arena *arena = arena_new(0);
    struct kind_group *groups;
    assert_int_equal(policy_groups(&policy, arena, &groups), 3);
    assert_int_equal(groups[2].members, 1 | 4);
    arena_free(arena);
}

static void new_keys_survive(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_FIXTURE);
    struct arena *arena = arena_new(0);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct clause away = { F(RESIDENCE_PERMIT), 0 };
    struct name name = { STR("名"), STR("a name") };
    struct place_kind kinds[] = {
        { .id = STR("a"), .name = name, .share = 2, .whom = KIND_FIRST, .when = { &away, 1 }, .order = KIND_BY_LOT },
        { .id = STR("b"), .name = name, .rest = true },
        { .id = STR("c"), .name = name, .places = 10, .whom = KIND_OTHERS, .when = { &away, 1 } },
    };
    struct str codes[] = { STR("S1"), STR("S2") };
    struct kind_set sets[] = { { .codes = codes, .ncodes = 2, .kinds = kinds, .nkinds = 3 },
                               { .open = OPEN_PRIVATE, .kinds = kinds + 1, .nkinds = 2 } };
    struct policy policy = *city_policy(city, STR("990101"), STAGE_PRIMARY), *again = NULL;
    policy.kind_sets = sets;
    policy.nkind_sets = 2;
    policy.together = TOGETHER_FIT;
    policy.lots = LOTS_CHOICE;
    policy.waiting_who = WAITING_UNPLACED;
    policy.waiting_lots = WAITING_REVERSED;
    policy.audit_files = 20;
    policy.balance_neighbours = 2;
    struct str text = policy_format(arena, &policy, city);
    bool good = policy_parse(arena, text, "again.yaml", city, &again, mistakes);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    assert_true(good);
    assert_true(policy_equal(&policy, again));
    kinds[0].share = 3;
    assert_false(policy_equal(&policy, again));
    city_mistakes_free(mistakes);
    arena_free(arena);
    city_free(city);
}

static void divisions_are_found(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    size_t counties = 0, townships = 0;
    const struct division *county = NULL, *township = NULL;
    while ((county = city_next_child(city, STR("371500"), county))) {
        counties++;
        for (township = NULL; (township = city_next_child(city, county->code, township)); townships++) {
            assert_true(str_starts(township->code, county->code)); /* scope is a prefix */
            assert_ptr_equal(city_county_of(city, township->code), county);
        }
    }
    assert_int_equal(counties, 11);
    assert_int_equal(townships + counties + 1, city->ndivisions);
    assert_string_equal(city_division(city, STR("3715Z1009"))->national.p, "371502009");
    assert_string_equal(name_in(city_division(city, STR("371524"))->name, LANG_EN).p, "Dong'e County");
    assert_string_equal(name_in(city_division(city, STR("371502001"))->name, LANG_ZH).p, "古楼街道");
    assert_null(city_division(city, STR("371502009")));
    assert_null(city_division(city, STR("")));
    assert_null(city_county_of(city, STR("371500")));
    assert_null(city_policy(city, STR("371500"), STAGE_PRIMARY));
    assert_string_equal(city_policy(city, STR("3715Z3"), STAGE_JUNIOR)->county.p, "3715Z3");
    assert_int_equal(city_check_index(city, STR("nothing")), SIZE_MAX);
    assert_true(city->authorities[city_authority_index(city, STR("housing"))].checks ==
                1u << city_check_index(city, STR("contract")));
    city_free(city);
}

/* Every reason of the field's enumeration, and every id that other parts name, is in the demo city. */
static void the_demo_city_has_the_reasons(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    static const char *const reasons[] = {
        "title_number",    "owner",        "several_owners",    "title_kind", "not_commercial", "rejected",
        "household_books", "not_parent",   "outside_catchment", "no_record",  "under_age",      "wrong_stage",
        "text_differs",    "not_required", "unreadable",        "first_page", "forged"
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        assert_true(city_reason_index(city, str_of(reasons[i])) < city->nreasons);
    }
    assert_int_equal(city->nreasons, sizeof reasons / sizeof *reasons);
    city_free(city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_has_the_first_category_that_fits),
        cmocka_unit_test(the_common_order),
        cmocka_unit_test(a_condition_is_all_of_any_of),
        cmocka_unit_test(possible_facts),
        cmocka_unit_test(priority_packs_the_order),
        cmocka_unit_test(priority_has_its_bits),
        cmocka_unit_test(only_what_is_claimed_is_asked),
        cmocka_unit_test(who_is_old_enough),
        cmocka_unit_test(writing_and_reading_are_one),
        cmocka_unit_test(any_text_survives),
        cmocka_unit_test(kinds_cut_the_plan),
        cmocka_unit_test(new_keys_survive),
        cmocka_unit_test(divisions_are_found),
        cmocka_unit_test(the_demo_city_has_the_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
