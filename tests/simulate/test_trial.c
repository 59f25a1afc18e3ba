/* The trial as a whole: the same for any number of threads, the rules that fit the data, groups that add up, figures of
 * small groups hidden; and made-up families that are the same for the same seed. */
#include "../allot/made.h"

#include "simulate/made.h"
#include "simulate/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct made_settings rich = { .children = 400,
                                           .schools = 6,
                                           .wishes = 4,
                                           .correlation = 0.6,
                                           .supply = 0.95,
                                           .twins = 0.05,
                                           .kept = 0.1,
                                           .seed = 7 };

static struct trial *try_made(struct arena *arena, const struct made_settings *settings, struct crew *crew)
{
    struct trial_input *input = ARENA_NEW(arena, struct trial_input);
    struct trial *trial = ARENA_NEW(arena, struct trial);
    struct trial_settings how = { .draws = 12, .declined = 0.05, .seed = 3, .crew = crew };
    struct error error = { "" };
    if (!made_families(arena, settings, input, &error) || !trial_run(arena, input, &how, trial, &error)) {
        fail_msg("%s", error.message);
    }
    return trial;
}

static void the_same_for_any_number_of_threads(void **state)
{
    struct arena *arena = arena_new(0);
    struct crew *crew = crew_new(3);
    struct buf alone = buf_init(1 << 20), together = buf_init(1 << 20);
    (void)state;
    report_csv(&alone, try_made(arena, &rich, NULL));
    report_csv(&together, try_made(arena, &rich, crew));
    assert_true(alone.n > 2000);
    assert_true(str_eq(buf_str(&alone), buf_str(&together)));
    buf_free(&alone);
    buf_free(&together);
    crew_free(crew);
    arena_free(arena);
}

static size_t rule_of(const struct trial *trial, const char *id)
{
    for (size_t r = 0; r < trial->nrules; r++) {
        if (strcmp(trial->rules[r].id, id) == 0) {
            return r;
        }
    }
    fail_msg("there is no rule %s", id);
    return 0;
}

static void draws_are_cut_to_the_work_that_is_allowed(void **state)
{
    struct arena *arena = arena_new(0);
    struct trial_input input;
    struct trial trial;
    struct error error = { "" };
    (void)state;
    assert_true(made_families(arena, &rich, &input, &error));
    uint64_t each = (uint64_t)input.problem->applicants * 12;
    const uint64_t work[][2] = { { each * 9, 9 }, { each * 100, 20 }, { 1, TRIAL_DRAWS_LEAST }, { 0, 20 } };
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        struct trial_settings settings = { .draws = 20, .work = work[i][0] };
        assert_true(trial_run(arena, &input, &settings, &trial, &error));
        assert_int_equal(trial.draws, work[i][1]);
    }
    arena_free(arena);
}

static void the_rules_are_those_that_the_data_allows(void **state)
{
    struct arena *arena = arena_new(0);
    struct made_settings plain = rich;
    (void)state;
    plain.twins = plain.kept = 0;
    assert_int_equal(try_made(arena, &plain, NULL)->nrules, 5);
    const struct trial *trial = try_made(arena, &rich, NULL);
    assert_int_equal(trial->nrules, 12);
    for (size_t r = 0; r < trial->nrules; r++) {
        const struct trial_figure *figures = trial->figures[r];
        bool deferred = trial->rules[r].mechanism == ALLOT_DEFERRED;
        assert_int_equal(isnan(figures[MEASURE_REORDER].mean), trial->rules[r].mechanism != ALLOT_SERIAL);
        assert_true(!deferred || trial->rules[r].together == ALLOT_TOGETHER_FIT || figures[MEASURE_PASSED].most == 0);
        assert_true(fabs(figures[MEASURE_WISH].mean + figures[MEASURE_BALANCED].mean + figures[MEASURE_UNPLACED].mean -
                         1) < 1e-9);
    }
    /* Twins are kept together but where the rule says apart. */
    assert_true(trial->figures[rule_of(trial, "deferred")][MEASURE_APART].most == 0);
    assert_true(trial->figures[rule_of(trial, "deferred_apart")][MEASURE_APART].mean > 0);
    /* What one lot costs against a lot a school, on correlated wishes. */
    assert_true(trial->figures[rule_of(trial, "deferred")][MEASURE_FIRST].mean >
                trial->figures[rule_of(trial, "deferred_per_school")][MEASURE_FIRST].mean);
    arena_free(arena);
}

static void groups_add_up_to_everybody(void **state)
{
    struct arena *arena = arena_new(0);
    const struct trial *trial = try_made(arena, &rich, NULL);
    (void)state;
    for (size_t r = 0; r < trial->nrules; r++) {
        double first = 0, wish = 0, children = 0;
        for (size_t g = 0; g < trial->ngroups; g++) {
            children += trial->groups[g].children;
            first += trial->groups[g].first[r] * trial->groups[g].children;
            wish += trial->groups[g].wish[r] * trial->groups[g].children;
        }
        assert_true(children == trial->children);
        assert_true(fabs(first / children - trial->figures[r][MEASURE_FIRST].mean) < 1e-9);
        assert_true(fabs(wish / children - trial->figures[r][MEASURE_WISH].mean) < 1e-9);
    }
    arena_free(arena);
}

static void small_groups_are_hidden(void **state)
{
    struct arena *arena = arena_new(0);
    struct trial *trial = try_made(arena, &rich, NULL);
    struct buf text = buf_init(1 << 20);
    (void)state;
    trial->groups[0].children = TRIAL_GROUP_LEAST - 1;
    trial->groups[0].first[0] = 0.4321;
    report_text(&text, arena, trial, LANG_EN);
    report_csv(&text, trial);
    report_html(&text, arena, trial, T("题", "Title"), LANG_EN);
    buf_add_char(&text, '\0');
    assert_false(text.full);
    assert_non_null(strstr(text.p, "under 5"));
    assert_null(strstr(text.p, "43.2"));
    assert_null(strstr(text.p, "0.4321"));
    buf_free(&text);
    arena_free(arena);
}

static void the_same_seed_makes_the_same_families(void **state)
{
    struct arena *arena = arena_new(0);
    struct trial_input one, two, other;
    struct made_settings settings = rich;
    struct error error;
    (void)state;
    assert_true(made_families(arena, &settings, &one, &error) && made_families(arena, &settings, &two, &error));
    settings.seed++;
    assert_true(made_families(arena, &settings, &other, &error));
    size_t bytes = one.problem->choice_from[one.problem->applicants] * sizeof *one.problem->choice;
    assert_int_equal(one.problem->applicants, two.problem->applicants);
    assert_memory_equal(one.problem->choice, two.problem->choice, bytes);
    assert_memory_not_equal(one.problem->choice, other.problem->choice, 1000);
    uint32_t children = 0;
    for (uint32_t a = 0; a < one.problem->applicants; a++) {
        children += one.problem->applicant[a].places;
    }
    assert_int_equal(children, settings.children);
    settings.wishes = settings.schools + 1;
    assert_false(made_families(arena, &settings, &one, &error));
    arena_free(arena);
}

/* With everybody of one taste and no distance that matters less than quality, the same school stands first oftener. */
static void correlation_makes_wishes_alike(void **state)
{
    struct arena *arena = arena_new(0);
    uint32_t most[2] = { 0, 0 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct made_settings settings = rich;
        struct trial_input input;
        struct error error;
        uint32_t first[6] = { 0 };
        settings.correlation = i;
        assert_true(made_families(arena, &settings, &input, &error));
        for (uint32_t a = 0; a < input.problem->applicants; a++) {
            uint32_t offer = input.problem->choice[input.problem->choice_from[a]].offer;
            most[i] = ++first[offer] > most[i] ? first[offer] : most[i];
        }
    }
    assert_true(most[1] > most[0]);
    arena_free(arena);
}

static void an_empty_round_is_tried_without_harm(void **state)
{
    struct arena *arena = arena_new(0);
    struct allot_offer offer = { .capacity = 3 };
    uint32_t from = 0;
    struct allot_problem problem = {
        .version = ALLOT_VERSION, .offers = 1, .offer = &offer, .choice_from = &from, .mechanism = ALLOT_SERIAL
    };
    struct trial_input input = { .problem = &problem, .present = true };
    struct trial_settings settings = { .draws = 2 };
    struct trial trial;
    struct error error = { "" };
    (void)state;
    assert_true(trial_run(arena, &input, &settings, &trial, &error));
    assert_true(trial.rules[0].present);
    assert_true(trial.figures[0][MEASURE_FIRST].mean == 0);
    settings.draws = 0;
    assert_false(trial_run(arena, &input, &settings, &trial, &error));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_for_any_number_of_threads),
        cmocka_unit_test(draws_are_cut_to_the_work_that_is_allowed),
        cmocka_unit_test(the_rules_are_those_that_the_data_allows),
        cmocka_unit_test(groups_add_up_to_everybody),
        cmocka_unit_test(small_groups_are_hidden),
        cmocka_unit_test(the_same_seed_makes_the_same_families),
        cmocka_unit_test(correlation_makes_wishes_alike),
        cmocka_unit_test(an_empty_round_is_tried_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
