/* Returns: forms read with every mistake named; periods; rules; drafts, handing in, corrections with their trace, sent
 * back and accepted; late stays late; the published view in two times. argv: jiaoti-import (not used), a city's folder.
 */
#include "registry/exchange_world.h"

#include "registry/returns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *city_folder; /* set once by main */

/* ---- The city's form, and spoiled ones ---- */

static struct return_form *real_form(struct arena *arena)
{
    struct return_form **forms;
    size_t n;
    struct city_mistakes *mistakes = city_mistakes_new();
    returns_read(arena, str_of(city_folder), &forms, &n, mistakes);
    assert_int_equal(mistakes->n, 0);
    city_mistakes_free(mistakes);
    assert_true(n >= 1 && str_is(forms[0]->id, "double_reduction"));
    return forms[0];
}

static void the_form_is_read(void **state)
{
    struct arena *arena = arena_new(0);
    const struct return_form *form = real_form(arena);
    (void)state;
    assert_int_equal(form->every, RETURN_MONTH);
    assert_int_equal(form->nfields, 10);
    assert_int_equal(form->fields[return_field(form, STR("published"))].most, 10000);
    assert_int_equal(form->fields[0].prefill, PREFILL_PUPILS);
    assert_int_equal(form->nrules, 4);
    assert_true(form->rules[2].last && form->rules[2].warning && form->rules[2].percent == 60);
    arena_free(arena);
}

static void each_mistake_is_named(void **state)
{
    static const char text[] = "name: {zh: 甲, en: A}\n"
                               "about: {zh: 乙, en: B}\n"
                               "reports: [\"211\"]\n"
                               "every: week\n"       /* 4 */
                               "due_days: 0\n"       /* 5 */
                               "first: 2026-02-30\n" /* 6 */
                               "fields:\n"
                               "  - {id: a, name: {zh: 甲, en: A}, type: number, least: 5, most: 2}\n" /* 8 */
                               "  - {id: a, name: {zh: 甲, en: A}, type: integer}\n"                   /* 9, twice */
                               "  - {id: t, name: {zh: 丙, en: C}, type: text, prefill: pupils}\n"     /* 10 */
                               "rules:\n"
                               "  - {left: b, is: at_most, right: [t], kind: error, says: {zh: 丁, en: D}}\n" /* 12 */
                               "  - {left: a, is: below, right: [a], kind: hint, says: {zh: 丁, en: D}}\n";   /* 13 */
    char folder[] = "/tmp/jiaoti-returns-XXXXXX", path[128], inside[64];
    struct arena *arena = arena_new(0);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct return_form **forms;
    size_t n;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(inside, sizeof inside, "%s/returns", folder);
    (void)snprintf(path, sizeof path, "%s/x.yaml", inside);
    assert_int_equal(mkdir(inside, 0700), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    returns_read(arena, str_of(folder), &forms, &n, mistakes);
    static const uint32_t lines[] = { 4, 5, 6, 8, 9, 10, 12, 13 };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool told = false;
        for (size_t m = 0; m < mistakes->n; m++) {
            told = told || mistakes->items[m].line == lines[i];
        }
        if (!told) {
            city_mistakes_print(stderr, mistakes, LANG_EN);
            fail_msg("line %u is not told", lines[i]);
        }
    }
    (void)unlink(path);
    (void)rmdir(inside);
    (void)rmdir(folder);
    city_mistakes_free(mistakes);
    arena_free(arena);
}

static void periods_follow_each_other(void **state)
{
    struct return_form form = { .due_days = 10, .first = day_of(2025, 11, 3) };
    static const char *const ids[][3] = { { "2026-03", "2026-02", "2026-01" },
                                          { "2026-spring", "2025-autumn", "2025-spring" },
                                          { "2026", "2025", "2024" } };
    (void)state;
    for (int every = RETURN_MONTH; every <= RETURN_YEAR; every++) {
        form.every = (enum return_every)every;
        struct return_period period = return_period_of(&form, day_of(2026, 3, 31));
        for (int i = 0; i < 3; i++) {
            struct return_period named;
            assert_string_equal(period.id, ids[every][i]);
            assert_int_equal(return_period_named(&form, str_of(period.id), &named), period.until > form.first);
            assert_int_equal(period.due, period.until + 9);
            struct return_period before = return_period_before(&form, &period);
            assert_int_equal(before.until, period.from);
            period = before;
        }
        assert_false(return_period_named(&form, STR("2026-13"), &period));
        assert_false(return_period_named(&form, STR("2026-3"), &period));
        assert_false(return_period_named(&form, STR("rubbish"), &period));
    }
    form.every = RETURN_TERM;
    assert_string_equal(return_period_of(&form, day_of(2026, 1, 15)).id, "2025-autumn");
}

/* ---- Values and rules ---- */

static void put(struct arena *arena, const struct return_form *form, struct return_values *values, const char *id,
                const char *text, bool good)
{
    struct name says;
    size_t i = return_field(form, str_of(id));
    assert_true(i != SIZE_MAX);
    assert_int_equal(return_value_of(arena, &form->fields[i], str_of(text), values, i, &says), good);
}

static struct return_values good_values(struct arena *arena, const struct return_form *form, const char *joined)
{
    struct return_values values = { 0 };
    static const char *const all[][2] = { { "pupils", "500" }, { "days", "20" },        { "hours", "４０" },
                                          { "written", "45" }, { "published", "98.5" }, { "checks", "2" },
                                          { "found", "0" },    { "free", "0" } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        put(arena, form, &values, all[i][0], all[i][1], true);
    }
    put(arena, form, &values, "joined", joined, true);
    return values;
}

static void rules_hold_or_tell(void **state)
{
    struct arena *arena = arena_new(0);
    const struct return_form *form = real_form(arena);
    struct return_problem problems[RETURN_FIELDS_MAX + RETURN_RULES_MAX];
    struct return_values none = { 0 }, values = good_values(arena, form, "450");
    size_t published = return_field(form, STR("published"));
    (void)state;
    assert_int_equal(values.number[published], 9850);
    assert_string_equal(return_text(arena, &form->fields[published], &values, published).p, "98.50");
    assert_int_equal(returns_check(form, &values, &none, problems), 0);
    put(arena, form, &values, "published", "100.01", false);
    put(arena, form, &values, "published", "99.999", false);
    put(arena, form, &values, "days", "24", false);
    put(arena, form, &values, "days", "x", false);
    values = good_values(arena, form, "501"); /* more than there are */
    assert_int_equal(returns_check(form, &values, &none, problems), 1);
    assert_false(problems[0].warning);
    values = good_values(arena, form, "200");
    struct return_values last = good_values(arena, form, "450");
    assert_int_equal(returns_check(form, &values, &last, problems), 1); /* two fifths fewer than last month */
    assert_true(problems[0].warning);
    values = good_values(arena, form, "270"); /* just three fifths */
    assert_int_equal(returns_check(form, &values, &last, problems), 0);
    values.has[0] = false;
    assert_int_equal(returns_check(form, &values, &last, problems), 1);
    arena_free(arena);
}

/* ---- Acts ---- */

struct doing {
    struct return_act act;
    bool (*run)(struct writing *, const struct return_act *, enum return_result *, struct error *);
    enum return_result result;
};

static bool run(struct writing *writing, void *input, struct error *error)
{
    struct doing *doing = input;
    return doing->run(writing, &doing->act, &doing->result, error);
}

static enum return_result act(struct exchange_world *world, struct return_act what,
                              bool (*how)(struct writing *, const struct return_act *, enum return_result *,
                                          struct error *))
{
    struct doing doing = { what, how, RETURN_DONE };
    world_must(world, writer_call(store_fixture_writer(world->f), "return", run, &doing, &world->error));
    return doing.result;
}

static struct filing filing_of(struct exchange_world *world, const struct return_act *of)
{
    struct filing filing;
    bool found = false;
    world_must(world, returns_one(world->db, world->f->arena, of->form, &of->period, of->institution, world->today,
                                  &filing, &found, &world->error));
    assert_true(found);
    return filing;
}

static int64_t count(struct exchange_world *world, const char *sql, int64_t a, int64_t b)
{
    int64_t n = 0;
    world_must(world, db_one_int(world->db, &world->error, &n, NULL, sql, V_INT(a), V_INT(b)));
    return n;
}

static void a_return_lives(void **state)
{
    struct exchange_world *world = world_new(NULL);
    struct arena *arena = world->f->arena;
    struct return_form *form = real_form(arena);
    struct filing *due = NULL;
    size_t n = 0;
    (void)state;
    form->first = 0;
    struct return_period period = return_period_of(form, world->today);
    period = return_period_before(form, &period);
    period = return_period_before(form, &period); /* its deadline is over */
    struct return_act mine = { .form = form,
                               .period = period,
                               .institution = world->schools[0],
                               .division = STR("371502001"),
                               .role = STR("school_clerk"),
                               .account = 7,
                               .values = good_values(arena, form, "450") };
    world_must(world,
               returns_due(world->db, arena, form, &period, STR("371502"), 0, world->today, &due, &n, &world->error));
    assert_int_equal(n, 1);
    assert_int_equal(due[0].state, FILING_NONE);
    assert_true(filing_late(&due[0], world->today) > 0);

    put(arena, form, &mine.values, "remark", "第一行\n第二\\行", true);
    assert_int_equal(act(world, mine, returns_save), RETURN_DONE);
    struct filing filing = filing_of(world, &mine);
    assert_int_equal(filing.state, FILING_DRAFT);
    size_t remark = return_field(form, STR("remark")), joined = return_field(form, STR("joined"));
    assert_true(str_is(filing.values.text[remark], "第一行\n第二\\行"));
    assert_int_equal(count(world, "select count(*) from published_return_value where ?1 = ?2", 0, 0), 0);
    assert_int_equal(act(world, mine, returns_accept), RETURN_NOT_NOW);

    assert_int_equal(act(world, mine, returns_hand_in), RETURN_DONE);
    filing = filing_of(world, &mine);
    assert_int_equal(filing.state, FILING_SUBMITTED);
    int64_t late = filing_late(&filing, world->today), first = filing.handed_in_at;
    assert_true(late > 0);
    assert_int_equal(act(world, mine, returns_save), RETURN_NOT_NOW);
    assert_int_equal(act(world, mine, returns_hand_in), RETURN_SAME);

    assert_int_equal(act(world, mine, returns_send_back), RETURN_NEEDS_NOTE);
    mine.note = STR("请核对");
    assert_int_equal(act(world, mine, returns_send_back), RETURN_DONE);
    mine.values.number[joined] = 430;
    mine.note = STR("");
    assert_int_equal(act(world, mine, returns_hand_in), RETURN_DONE);
    assert_int_equal(act(world, mine, returns_accept), RETURN_DONE);

    int64_t before = filing_of(world, &mine).changed_at;
    mine.values.number[joined] = 440;
    assert_int_equal(act(world, mine, returns_hand_in), RETURN_NEEDS_NOTE);
    mine.note = STR("漏计十人");
    assert_int_equal(act(world, mine, returns_hand_in), RETURN_DONE);
    filing = filing_of(world, &mine);
    assert_int_equal(filing.state, FILING_SUBMITTED);
    assert_int_equal(filing.values.number[joined], 440);
    assert_int_equal(filing.handed_in_at, first); /* late stays late */
    assert_int_equal(filing_late(&filing, world->today), late);

    struct return_step *steps;
    world_must(world, returns_trace(world->db, arena, form, filing.id, &steps, &n, &world->error));
    assert_int_equal(n, 5);
    assert_true(str_is(steps[4].act, "correct") && str_is(steps[4].note, "漏计十人") && steps[4].account == 7);
    assert_int_equal(steps[4].nchanges, 1);
    assert_int_equal(steps[4].changes[0].field, joined);
    assert_true(str_is(steps[4].changes[0].before, "430") && str_is(steps[4].changes[0].after, "440"));
    assert_true(steps[2].nchanges == 1 && str_is(steps[2].changes[0].before, "450"));

    /* As known before the correction, and now. */
    static const char said[] = "select value from published_return_value where field = 'joined' and recorded_at <= ?1 "
                               "and replaced_at > ?1 and valid_from <= ?2 and valid_until > ?2";
    assert_int_equal(count(world, said, before, period.from), 430);
    assert_int_equal(count(world, said, filing.changed_at, period.from), 440);
    assert_int_equal(count(world, "select count(*) from journal where action like 'return.%' and ?1 = ?2", 0, 0), 6);

    /* The next month is compared with this one. */
    struct return_values last;
    struct return_period next = return_period_of(form, period.until);
    world_must(world, returns_last(world->db, arena, form, &next, world->schools[0], &last, &world->error));
    assert_int_equal(last.number[joined], 440);
    world_free(world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_is_read),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(periods_follow_each_other),
        cmocka_unit_test(rules_hold_or_tell),
        cmocka_unit_test(a_return_lives),
    };
    city_folder = argc > 1 ? argv[1] : "cities/liaocheng";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
