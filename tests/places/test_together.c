/* Twins and siblings of one round who ask together: who may, what it does to wishes, how it ends; and that the list has
 * them as one. */
#include "family_fixture.h"

#include "places/round_list.h"
#include "places/together.h"

static enum apply_result together(struct town *town, int64_t account, int64_t application, int64_t with, bool ask)
{
    struct application_together step = { .apply = town_apply(town, account, application), .with = with, .ask = ask };
    town_run(town, application_together_run, &step);
    return step.apply.result;
}

static enum apply_result choose(struct town *town, int64_t account, int64_t application, int64_t offer)
{
    struct application_choices step = { .apply = town_apply(town, account, application), .offers = { offer }, .n = 1 };
    town_run(town, application_choices_run, &step);
    return step.apply.result;
}

static int64_t wish(struct town *town, int64_t application)
{
    return town_int(town, "select coalesce(max(offer), 0) from choice where application = ?1", application);
}

static int64_t mate(struct town *town, int64_t application)
{
    return town_int(town,
                    "select coalesce(max(b.id), 0) from application a join application b on b.together = "
                    "a.together and b.id <> a.id where a.id = ?1",
                    application);
}

struct twins {
    struct town *town;
    int64_t one, two; /* drafts */
};

static struct twins twins_new(void)
{
    struct twins t = { .town = town_new() };
    int64_t twin = town_child(t.town, t.town->mother, "20200101", 35, NULL);
    t.one = town_draft(t.town, t.town->mother, t.town->child, t.town->home, t.town->offer_a);
    t.two = town_draft(t.town, t.town->mother, twin, t.town->home, t.town->offer_p);
    return t;
}

static void they_have_the_same_wishes(void **state)
{
    (void)state;
    struct twins t = twins_new();
    struct town *town = t.town;
    struct error error = { { 0 } };
    struct together_row *rows;
    size_t n;
    assert_true(together_list(town->db, town->arena, NULL, town->places, t.two, town->mother, &rows, &n, &error));
    assert_int_equal(1, n);
    assert_true(rows[0].application == t.one && !rows[0].asks && !rows[0].submitted);
    assert_true(together_list(town->db, town->arena, NULL, town->places, t.two, town->stranger, &rows, &n, &error));
    assert_int_equal(0, n);
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true));
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true)); /* once more changes nothing */
    assert_int_equal(town->offer_a, wish(town, t.two));
    assert_int_equal(t.two, mate(town, t.one));
    assert_int_equal(APPLY_DONE, choose(town, town->mother, t.one, town->offer_p));
    assert_int_equal(town->offer_p, wish(town, t.two));
    assert_true(together_list(town->db, town->arena, NULL, town->places, t.one, town->mother, &rows, &n, &error));
    assert_true(n == 1 && rows[0].asks);
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.one, t.two, false));
    assert_int_equal(0, mate(town, t.one));
    assert_int_equal(0, town_int(town, "select count(*) from application where together is not null and id >= ?1", 0));
    assert_int_equal(APPLY_DONE, choose(town, town->mother, t.one, town->offer_a));
    assert_int_equal(town->offer_p, wish(town, t.two));
    town_free(town);
}

static void what_was_handed_in_is_fixed(void **state)
{
    (void)state;
    struct twins t = twins_new();
    struct town *town = t.town;
    town_submit(town, town->mother, t.one);
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true));
    assert_int_equal(town->offer_a, wish(town, t.two));
    assert_int_equal(APPLY_TOGETHER_FIXED, choose(town, town->mother, t.two, town->offer_p));
    assert_int_equal(APPLY_DONE, choose(town, town->mother, t.two, town->offer_a)); /* the same */
    /* the one that was handed in cannot take the wish back by itself */
    assert_int_equal(APPLY_LOCKED, together(town, town->mother, t.one, t.two, false));
    /* wishes that came apart by another way are not handed in */
    town_sql(town, arena_printf(town->arena, "update choice set offer = %lld where application = %lld",
                                (long long)town->offer_p, (long long)t.two)
                       .p);
    struct application_submit submit = { .apply = town_apply(town, town->mother, t.two) };
    town_run(town, application_submit_run, &submit);
    assert_int_equal(APPLY_TOGETHER_DIFFER, submit.apply.result);
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, false));
    town_submit(town, town->mother, t.two);
    town_free(town);
}

/* Who reviews one sees the receipt of the other once it is handed in, and where it lies. */
static void the_files_name_each_other(void **state)
{
    (void)state;
    struct twins t = twins_new();
    struct town *town = t.town;
    struct error error = { { 0 } };
    struct together_file *files;
    size_t n;
    assert_true(together_files(town->db, town->arena, t.one, &files, &n, &error));
    assert_int_equal(0, n);
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true));
    assert_true(together_files(town->db, town->arena, t.one, &files, &n, &error));
    assert_true(n == 1 && files[0].application == t.two && files[0].receipt.n == 0);
    town_submit(town, town->mother, t.two);
    assert_true(together_files(town->db, town->arena, t.one, &files, &n, &error));
    assert_true(n == 1 && files[0].receipt.n > 0 && files[0].division.n == 6);
    assert_int_equal(files[0].school, town_int(town, "select school from application where id = ?1", t.two));
    assert_true(together_files(town->db, town->arena, t.two, &files, &n, &error));
    assert_true(n == 1 && files[0].application == t.one && files[0].receipt.n == 0);
    town_free(town);
}

static void only_siblings_of_the_round(void **state)
{
    (void)state;
    struct twins t = twins_new();
    struct town *town = t.town;
    struct application_begin begin = { .apply = town_apply(town, town->stranger, 0),
                                       .round = town->round,
                                       .child = town->stranger_child };
    town_run(town, application_begin_run, &begin);
    assert_int_equal(APPLY_DONE, begin.apply.result);
    int64_t strange = begin.apply.application;
    assert_int_equal(APPLY_TOGETHER_NOBODY, together(town, town->mother, t.two, strange, true));
    assert_int_equal(APPLY_NOT_GUARDIAN, together(town, town->stranger, t.two, strange, true));
    assert_int_equal(APPLY_TOGETHER_NOBODY, together(town, town->mother, t.two, t.two, true));
    assert_int_equal(APPLY_TOGETHER_NOBODY, together(town, town->mother, t.two, 999999, true));
    /* withdrawing ends it for both */
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true));
    struct application_withdraw withdraw = { .apply = town_apply(town, town->mother, t.one) };
    town_run(town, application_withdraw_run, &withdraw);
    assert_int_equal(APPLY_DONE, withdraw.apply.result);
    assert_int_equal(0, town_int(town, "select count(*) from application where together is not null and id >= ?1", 0));
    assert_int_equal(APPLY_TOGETHER_NOBODY, together(town, town->mother, t.two, t.one, true));
    town_free(town);
}

/* One ticket: the smaller one, two places, SM3 over both leaf commitments; each family can still compute it. */
static void the_list_has_them_as_one(void **state)
{
    (void)state;
    struct twins t = twins_new();
    struct town *town = t.town;
    struct error error = { { 0 } };
    struct round_list list;
    town_sql(town, "update policy set hash = '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b'");
    assert_int_equal(APPLY_DONE, together(town, town->mother, t.two, t.one, true));
    town_submit(town, town->mother, t.one);
    if (!round_list_build(town->db, town->places, town->arena, town->round, LIST_STANDING, true, &list, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(1, list.problem.applicants); /* the draft is not on it */
    unsigned char alone[SM3_BYTES];
    memcpy(alone, list.transcript.commitment[0], sizeof alone);
    town_submit(town, town->mother, t.two);
    assert_true(round_list_build(town->db, town->places, town->arena, town->round, LIST_STANDING, true, &list, &error));
    assert_int_equal(1, list.problem.applicants);
    assert_int_equal(2, list.problem.applicant[0].places);
    assert_int_equal(1, list.applicants[0].nsiblings);
    assert_true(memcmp(alone, list.transcript.commitment[0], sizeof alone) != 0);
    struct str text;
    bool found;
    assert_true(round_leaf_opening(town->db, town->places, town->arena, t.two, &text, &found, &error));
    assert_true(found && strstr(arena_cstr(town->arena, text), "commitment of all ") != NULL);
    /* other wishes: each stands alone */
    town_sql(town, arena_printf(town->arena, "update choice set offer = %lld where application = %lld",
                                (long long)town->offer_p, (long long)t.two)
                       .p);
    assert_true(round_list_build(town->db, town->places, town->arena, town->round, LIST_STANDING, true, &list, &error));
    assert_int_equal(2, list.problem.applicants);
    town_free(town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_have_the_same_wishes), cmocka_unit_test(what_was_handed_in_is_fixed),
        cmocka_unit_test(the_files_name_each_other), cmocka_unit_test(only_siblings_of_the_round),
        cmocka_unit_test(the_list_has_them_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
