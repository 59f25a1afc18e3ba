/* The list of a round as the wishes of a trial: everybody is in it, with the distances of the wishes; the rule in force
 * is marked; nothing is written. */
#include "places/round_trial.h"
#include "round_fixture.h"

static void the_list_is_tried_and_nothing_is_written(void **state)
{
    (void)state;
    struct shire *s = shire_new("371502", STAGE_PRIMARY, 4, 20, 90);
    struct error error = { { 0 } };
    struct trial_input input;
    struct trial trial;
    struct trial_settings settings = { .draws = 4, .declined = 0.1, .seed = 1 };
    shire_reach(s, s->round, STEP_OPEN);
    int64_t journal = shire_int(s, "select count(*) from journal");
    assert_true(round_trial_input(s->db, s->places, s->arena, s->round, &input, &error));
    assert_int_equal(90, input.problem->applicants);
    /* Every wish that a family wrote is there; those that the list adds may have their distance or not. */
    int64_t written = shire_int(s, "select cast(sum(distance) as bigint) from choice"), sum = 0, most = 0;
    for (uint32_t c = 0; c < input.problem->choice_from[90]; c++) {
        sum += input.metres[c] == METRES_UNKNOWN ? 0 : input.metres[c];
        most = input.metres[c] != METRES_UNKNOWN && input.metres[c] > most ? input.metres[c] : most;
    }
    assert_true(sum >= written);
    assert_true(trial_run(s->arena, &input, &settings, &trial, &error));
    size_t marked = 0, children = 0;
    for (size_t r = 0; r < trial.nrules; r++) {
        marked += trial.rules[r].present;
        assert_true(!trial.rules[r].present ||
                    (trial.rules[r].mechanism == ALLOT_SERIAL) == (s->policy->mechanism == MECHANISM_SERIAL));
        assert_true(trial.figures[r][MEASURE_FIRST].mean > 0);
        assert_true(trial.figures[r][MEASURE_MEAN].mean > 0);
    }
    for (size_t g = 0; g < trial.ngroups; g++) {
        children += trial.groups[g].children;
    }
    assert_int_equal(1, marked);
    assert_int_equal(s->policy->ncategories + 1, trial.ngroups);
    assert_int_equal(90, children);
    assert_true(most > 0);
    assert_int_equal(journal, shire_int(s, "select count(*) from journal"));
    assert_int_equal(0, shire_int(s, "select count(*) from outcome"));
    assert_false(round_trial_input(s->db, s->places, s->arena, s->round + 999, &input, &error));
    shire_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_list_is_tried_and_nothing_is_written) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
