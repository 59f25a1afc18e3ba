/* Briefings: texts are read and every mistake is told; figures are written as the options say; nobody approves his own
 * work; nothing is published that was not checked, byte for byte; a correction is a new version. */
#include "figures/small_register.h"

#include "base/clock.h"
#include "base/whole.h"
#include "figures/briefing.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct test_indicator list[] = {
    { "a_share", "ratio", "at: day", quality_rows, "opens: institution\nround: 2\n" },
    { "b_pupils", "count", "at: day",
      "  select p.subject as id, p.division, p.institution, 1 as amount from {pupil} p\n", "opens: pupil\nround: 0\n" },
    { "c_nearly", "count", "at: day",
      "  select i.subject as id, i.division, i.institution, 1 as amount from {institution} i\n",
      "opens: institution\nround: 0\nbound: nearly\nstep: 10\n" },
    { "d_rise", "change", NULL, NULL, "of: a_share\nround: 2\n" },
    { "e_secret", "count", "at: day",
      "  select i.subject as id, i.division, i.institution, 1 as amount from {institution} i\n",
      "opens: institution\nround: 0\npublic: no\n" },
};

static const char text_zh[] =
    "# 标题\n\n共有{{b_pupils}}名，占{{a_share}}，\n{{d_rise change}}。\n\n## 二\n近{{c_nearly nearly}}\n";
static const char text_en[] =
    "# Title\n\n{{b_pupils}} of them, {{a_share}},\n{{d_rise change}}.\n\n## Two\n{{c_nearly nearly}}\n";
static const char relations[] = "relations:\n  - share: a_share\n    least: 1\n    most: 10\n";

enum { DRAFTER = 1, CHECKER = 2, ANSWERER = 3, CHIEF = 4 };

static struct small_figures small;
static struct error error;

static int start(void **state)
{
    small = small_figures_new(list, sizeof list / sizeof *list);
    *state = &small;
    return 0;
}

/* ---- texts ---- */

static struct briefing_text read(const char *text, enum lang lang)
{
    struct briefing_text out;
    struct city_mistakes *mistakes = city_mistakes_new();
    bool good = briefing_text_read(small.f->arena, STR("t.md"), str_of(text), lang, small.set, &out, mistakes);
    if (!good) {
        city_mistakes_print(stderr, mistakes, LANG_EN);
    }
    city_mistakes_free(mistakes);
    assert_true(good);
    return out;
}

static void reads_blocks_and_figures(void **state)
{
    (void)state;
    struct briefing_text zh = read(text_zh, LANG_ZH), en = read(text_en, LANG_EN);
    assert_int_equal(zh.n, 4);
    assert_int_equal(zh.blocks[0].kind, BLOCK_TITLE);
    assert_int_equal(zh.blocks[1].kind, BLOCK_PARAGRAPH);
    assert_int_equal(zh.blocks[2].kind, BLOCK_HEADING);
    assert_int_equal(zh.nfigures, 4);
    assert_true(str_is(zh.figures[2].id, "d_rise"));
    assert_int_equal(zh.figures[2].line, 4);
    assert_int_equal(zh.figures[1].decimals, 2);
    assert_true(str_is(zh.blocks[1].pieces[0].text, "共有"));
    assert_int_equal(zh.blocks[1].pieces[1].figure, 0);
    assert_int_equal(zh.blocks[1].n, 7); /* lines are joined without a blank … */
    assert_int_equal(en.blocks[1].n, 7);
    assert_true(str_is(en.blocks[1].pieces[4].text, " ")); /* … and in English with one */
}

static void tells_every_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *says;
    } cases[] = {
        { "no title\n", 1, "there is no title" },
        { "# T\n\n{{a_shar}}\n", 3, "no indicator 'a_shar'; expected 'a_share'" },
        { "# T\n\n{{a_share wun}}\n", 3, "unknown option 'wun'" },
        { "# T\n\n{{a_share 7}}\n", 3, "unknown option '7'" },
        { "# T\n{{a_share\n}}", 2, "expected both on one line" },
        { "# T\n\n{{c_nearly}}\n", 3, "expected over, above, nearly or below" },
        { "# T\n\n{{c_nearly over}}\n", 3, "another than this word says" },
        { "# T\n\n{{a_share over}}\n", 3, "another than this word says" },
        { "# T\n\n{{d_rise}}\n", 3, "change belongs to" },
        { "# T\n\n{{a_share change}}\n", 3, "change belongs to" },
        { "# T\n\n{{b_pupils percent}}\n", 3, "is no percent" },
        { "# T\n\n{{e_secret}}\n", 3, "this figure is not" },
        { "# T\n{{b_pupils}}\n\n{{b_pupils next_year}}\n", 4, "for two years" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct briefing_text out;
        struct city_mistakes *mistakes = city_mistakes_new();
        assert_false(
            briefing_text_read(small.f->arena, STR("t.md"), str_of(cases[i].text), LANG_ZH, small.set, &out, mistakes));
        if (mistakes->n != 1 || mistakes->items[0].line != cases[i].line ||
            !strstr(mistakes->items[0].says.en, cases[i].says)) {
            city_mistakes_print(stderr, mistakes, LANG_EN);
            fail_msg("case %zu: expected line %u, %s", i, (unsigned)cases[i].line, cases[i].says);
        }
        city_mistakes_free(mistakes);
    }
}

static void writes_as_the_options_say(void **state)
{
    (void)state;
    static const struct {
        struct placed placed;
        int64_t e6;
        const char *zh, *en;
    } cases[] = {
        { { .written = WRITTEN_NUMBER }, 1527000000, "1527", "1,527" },
        { { .written = WRITTEN_PERCENT, .decimals = 2 }, 33660000, "33.66%", "33.66%" },
        { { .written = WRITTEN_WAN, .decimals = 1 }, 1083000000000, "108.3万", "1,083,000" },
        { { .written = WRITTEN_WAN, .decimals = 2 }, 68600000000, "6.86万", "68,600" },
        { { .written = WRITTEN_WAN, .decimals = 1 }, 1083499000000, "108.3万", "1,083,000" },
        { { .written = WRITTEN_YI }, 700000000000000, "7亿", "700,000,000" },
        { { .written = WRITTEN_YI, .decimals = 1 }, 1350000000000000, "13.5亿", "1,350,000,000" },
        { { .written = WRITTEN_WAN, .word = WORD_NEARLY }, 20000000000, "近2万", "nearly 20,000" },
        { { .written = WRITTEN_WAN, .word = WORD_OVER }, 100000000000, "10万余", "over 100,000" },
        { { .written = WRITTEN_PERCENT, .word = WORD_ABOVE }, 97000000, "97%以上", "above 97%" },
        { { .change = true, .decimals = 2 }, 20230000, "提高20.23", "up 20.23" },
        { { .change = true, .decimals = 2 }, -1500000, "下降1.50", "down 1.50" },
        { { .written = WRITTEN_MILLION, .decimals = 2 }, 1350000000000000, "1350.00百万", "1,350.00 million" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(placed_words(small.f->arena, &cases[i].placed, cases[i].e6, LANG_ZH).p, cases[i].zh);
        assert_string_equal(placed_words(small.f->arena, &cases[i].placed, cases[i].e6, LANG_EN).p, cases[i].en);
    }
    struct placed next = { .next_year = true };
    assert_int_equal(placed_day(&next, DAY_2023), day_of(2024, 12, 31));
}

/* Both of the city's texts say each figure that was published. */
static void the_city_says_all_that_was_published(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct indicators *city = NULL;
    struct briefing_files *files = NULL;
    struct published_set published;
    char *csv;
    size_t n;
    assert_true(indicators_read(&city, FIGURES_CITY, mistakes, &error));
    if (!briefing_files_read(&files, FIGURES_CITY, city, mistakes, &error)) {
        city_mistakes_print(stderr, mistakes, LANG_EN);
        fail_msg("%s", error.message);
    }
    assert_true(whole_read(FIGURES_CITY "/published/2024-02-27.csv", &csv, &n, &error));
    assert_true(published_read(small.f->arena, STR("csv"), (struct str){ csv, n }, STR("yaml"), STR("relations: []\n"),
                               &published, mistakes));
    assert_int_equal(published.n, 78);
    for (enum lang lang = LANG_ZH; lang <= LANG_EN; lang++) {
        struct briefing_text text;
        assert_true(briefing_text_read(small.f->arena, STR("t"), lang == LANG_ZH ? files->zh : files->en, lang, city,
                                       &text, mistakes));
        for (size_t i = 0; i < published.n; i++) {
            bool there = false;
            for (size_t k = 0; k < text.nfigures; k++) {
                there = there || str_eq(text.figures[k].id, published.figures[i].id);
            }
            if (!there) {
                fail_msg("%.*s is not said", STR_ARG(published.figures[i].id));
            }
        }
    }
    free(csv);
    briefing_files_free(files);
    indicators_free(city);
    city_mistakes_free(mistakes);
}

/* ---- states ---- */

static struct figure counted_figure(size_t index, int64_t day, int64_t recorded)
{
    struct counted counted;
    assert_true(figures_counted(small.figures, small.f->arena, index, (struct as_of){ day, recorded },
                                FIGURES_FOR_STAFF, &counted, &error));
    return compute_figure(small.set, &small.set->items[index], &counted, STR(""), 0);
}

static void act_on(struct briefing_act *act)
{
    act->role = "city";
    act->set = small.set;
    if (!writer_call(store_fixture_writer(small.f), "briefing", briefing_step_run, act, &error)) {
        fail_msg("%s", error.message);
    }
}

static void fill(struct briefing_version *of, int64_t recorded)
{
    static const char *const ids[] = { "a_share", "b_pupils", "c_nearly", "d_rise" };
    of->day = DAY_2023;
    of->recorded = recorded;
    of->text_zh = str_of(text_zh);
    of->text_en = str_of(text_en);
    of->figures = ARENA_ARRAY(small.f->arena, struct briefing_figure, 4);
    of->n = 4;
    for (size_t i = 0; i < 4; i++) {
        size_t index = indicators_find(small.set, str_of(ids[i]));
        of->figures[i] = (struct briefing_figure){ .indicator = str_of(ids[i]),
                                                   .day = DAY_2023,
                                                   .figure = counted_figure(index, DAY_2023, recorded),
                                                   .decimals = small.set->items[index].round };
        memcpy(of->figures[i].definition, small.set->items[index].definition, SM3_BYTES);
    }
}

static int64_t draft_new(int64_t recorded)
{
    struct briefing_act act = { .step = BRIEF_DRAFT, .account = DRAFTER };
    act.of.name = (struct name){ STR("发布会"), STR("Briefing") };
    act.of.said_on = DAY_2023 + 58;
    fill(&act.of, recorded);
    act_on(&act);
    assert_int_equal(act.result, BRIEFING_DONE);
    return act.briefing;
}

static struct briefing_version version_of(int64_t briefing, bool published)
{
    struct briefing_version out = { 0 };
    struct db *db;
    bool found = false;
    assert_true(db_open(&db, small.f->store, DB_READ, &error));
    assert_true(briefing_read(db, small.f->arena, briefing, 0, published, &out, &found, &error));
    db_close(db);
    assert_true(found || published);
    return out;
}

static enum briefing_result take(int64_t briefing, enum briefing_step step, int64_t account)
{
    struct briefing_act act = { .step = step, .account = account, .of = { .briefing = briefing } };
    act_on(&act);
    return act.result;
}

static enum briefing_result say(int64_t briefing, int64_t account, const char *id, int64_t other_e6, const char *note)
{
    struct briefing_act act = { .step = BRIEF_SAY, .account = account, .of = { .briefing = briefing } };
    act.say = (struct briefing_figure){
        .indicator = str_of(id), .has_other = other_e6 >= 0, .other_e6 = other_e6, .note = str_of(note)
    };
    act_on(&act);
    return act.result;
}

/* Reads, checks as known at the moment, and hands the findings in. */
static struct briefing_act checked_as_read(int64_t briefing, int64_t recorded)
{
    struct briefing_act act = { .step = BRIEF_CHECK, .account = CHECKER, .of = version_of(briefing, false) };
    struct briefing_text text = read(text_zh, LANG_ZH);
    struct figure now[4];
    bool few[4] = { false };
    for (size_t i = 0; i < act.of.n; i++) {
        now[i] = counted_figure(indicators_find(small.set, act.of.figures[i].indicator), DAY_2023, recorded);
    }
    briefing_check(small.f->arena, small.set, &text, str_of(relations), now, few, &act.of);
    return act;
}

static enum briefing_result check(int64_t briefing, int64_t recorded)
{
    struct briefing_act act = checked_as_read(briefing, recorded);
    act_on(&act);
    return act.result;
}

static enum finding finding_of(int64_t briefing, const char *id)
{
    struct briefing_version version = version_of(briefing, false);
    return briefing_figure_of(&version, str_of(id))->finding;
}

static void from_draft_to_published(void **state)
{
    (void)state;
    int64_t b = draft_new(MOMENT_FIRST);
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_NOT_NOW);
    assert_int_equal(take(b, BRIEF_PUBLISH, CHIEF), BRIEFING_NOT_NOW);
    assert_int_equal(check(b, MOMENT_FIRST), BRIEFING_DONE);
    assert_int_equal(version_of(b, false).state, BRIEFING_CHECKED);
    assert_int_equal(take(b, BRIEF_PUBLISH, CHIEF), BRIEFING_NOT_NOW);
    assert_int_equal(take(b, BRIEF_APPROVE, DRAFTER), BRIEFING_OWN);
    assert_int_equal(take(b, BRIEF_APPROVE, CHECKER), BRIEFING_OWN);
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_DONE);
    assert_int_equal(say(b, DRAFTER, "a_share", -1, "later"), BRIEFING_NOT_NOW);
    assert_int_equal(version_of(b, true).version, 0); /* nobody sees it yet */
    assert_int_equal(take(b, BRIEF_PUBLISH, DRAFTER), BRIEFING_DONE);
    struct briefing_version said = version_of(b, true);
    assert_int_equal(said.state, BRIEFING_PUBLISHED);
    assert_int_equal(said.approved_by, CHIEF);
    for (enum briefing_step step = BRIEF_RECOUNT; step < BRIEFING_STEPS; step++) {
        assert_int_equal(take(b, step, CHIEF), BRIEFING_NOT_NOW); /* never changed again */
    }
    struct publication_version frozen;
    struct db *db;
    bool found = false;
    assert_true(db_open(&db, small.f->store, DB_READ, &error));
    assert_true(snapshot_read(db, small.f->arena, said.publication, 0, &frozen, &found, &error));
    assert_true(found);
    assert_int_equal(frozen.n, 4);
    assert_int_equal(frozen.figures[0].figure.numerator, 3);
    int64_t entries = 0;
    assert_true(db_one_int(db, &error, &entries, NULL, "select count(*) from journal where action like 'briefing.%'"));
    assert_int_equal(entries, 4); /* what was refused is no act */
    db_close(db);
}

static void what_is_said_otherwise_needs_a_note(void **state)
{
    (void)state;
    int64_t b = draft_new(MOMENT_FIRST);
    assert_int_equal(say(b, ANSWERER, "a_share", 50000000, ""), BRIEFING_NO_REASON);
    assert_int_equal(say(b, ANSWERER, "no_such", 50000000, "note"), BRIEFING_MISSING);
    assert_int_equal(say(b, ANSWERER, "a_share", 33340000, "the province's figure"), BRIEFING_DONE);
    assert_int_equal(check(b, MOMENT_FIRST), BRIEFING_DONE);        /* the note answers what is found */
    assert_int_equal(finding_of(b, "a_share"), FINDING_IMPOSSIBLE); /* no N up to 10 gives 33.34 */
    assert_int_equal(take(b, BRIEF_APPROVE, ANSWERER), BRIEFING_OWN);
    assert_int_equal(say(b, DRAFTER, "a_share", 50000000, "another"), BRIEFING_DONE);
    assert_int_equal(version_of(b, false).state, BRIEFING_DRAFT); /* the check is gone */
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_NOT_NOW);
    assert_int_equal(check(b, MOMENT_FIRST), BRIEFING_DONE);
    assert_int_equal(finding_of(b, "a_share"), FINDING_DIFFERS); /* 5 of 10 could be, 3 of 7 were counted */
    assert_int_equal(say(b, DRAFTER, "a_share", -1, ""), BRIEFING_DONE);
    assert_int_equal(check(b, MOMENT_FIRST), BRIEFING_DONE);
    assert_int_equal(finding_of(b, "a_share"), FINDING_NONE);
}

static void rows_that_changed_are_told(void **state)
{
    (void)state;
    int64_t later = MOMENT_FIRST + 1000, b = draft_new(MOMENT_FIRST);
    struct briefing_act stale = checked_as_read(b, MOMENT_FIRST);
    small_register_honour(small.f, later);
    assert_int_equal(check(b, later), BRIEFING_UNANSWERED);
    assert_int_equal(finding_of(b, "a_share"), FINDING_CHANGED);
    assert_int_equal(finding_of(b, "b_pupils"), FINDING_NONE);
    assert_int_equal(version_of(b, false).state, BRIEFING_DRAFT);
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_NOT_NOW);
    struct briefing_act again = { .step = BRIEF_RECOUNT, .account = ANSWERER, .of = { .briefing = b } };
    fill(&again.of, later);
    act_on(&again);
    assert_int_equal(again.result, BRIEFING_DONE);
    act_on(&stale); /* of what stood before */
    assert_int_equal(stale.result, BRIEFING_NOT_NOW);
    assert_int_equal(check(b, later), BRIEFING_DONE);
    assert_int_equal(finding_of(b, "a_share"), FINDING_NONE);
    assert_int_equal(take(b, BRIEF_APPROVE, ANSWERER), BRIEFING_OWN); /* who counted anew has a hand in it */
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_DONE);
    assert_int_equal(take(b, BRIEF_RETURN, CHIEF), BRIEFING_DONE);
    assert_int_equal(version_of(b, false).state, BRIEFING_DRAFT);
}

/* Each column that is read out or stands behind it, changed past the commands: it is not what was checked. */
static void nothing_unchecked_is_published(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "update briefing_figure set said_e6 = said_e6 + 1 where indicator = 'a_share' and briefing = ",
        "update briefing_figure set numerator = 9 where indicator = 'b_pupils' and briefing = ",
        "update briefing_figure set other_e6 = 1000000 where indicator = 'b_pupils' and briefing = ",
        "update briefing_figure set note = 'x' where indicator = 'b_pupils' and briefing = ",
        "update briefing_version set text_zh = text_zh || '!' where briefing = ",
        "update briefing_version set day = day + 1 where briefing = ",
        "delete from briefing_figure where indicator = 'd_rise' and briefing = ",
        "update briefing set name_en = 'Other' where id = ",
        "update briefing_version set checked_hash = null where briefing = ",
        "update briefing_version set approved_by = 1 where briefing = ",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        int64_t later = MOMENT_FIRST + 1000, b = draft_new(later);
        assert_int_equal(check(b, later), BRIEFING_DONE);
        assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_DONE);
        small_register_run(small.f, arena_printf(small.f->arena, "%s%lld;", changes[i], (long long)b).p);
        assert_int_equal(take(b, BRIEF_PUBLISH, CHIEF), BRIEFING_CHANGED);
        assert_int_equal(version_of(b, true).version, 0);
    }
}

static void a_correction_is_a_version(void **state)
{
    (void)state;
    int64_t later = MOMENT_FIRST + 1000, b = draft_new(MOMENT_FIRST);
    assert_int_equal(say(b, ANSWERER, "a_share", -1, "as it was known then"), BRIEFING_DONE);
    assert_int_equal(check(b, MOMENT_FIRST), BRIEFING_DONE);
    struct briefing_act early = { .step = BRIEF_DRAFT, .account = DRAFTER, .of = { .briefing = b } };
    fill(&early.of, later);
    early.of.reason = STR("one more honour");
    act_on(&early);
    assert_int_equal(early.result, BRIEFING_NOT_NOW); /* the first is not out yet */
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_DONE);
    assert_int_equal(take(b, BRIEF_PUBLISH, CHIEF), BRIEFING_DONE);
    struct briefing_act act = early;
    act.of.reason = STR(" ");
    act_on(&act);
    assert_int_equal(act.result, BRIEFING_NO_REASON);
    act.of.reason = STR("one more honour");
    act_on(&act);
    assert_int_equal(act.result, BRIEFING_DONE);
    assert_int_equal(version_of(b, false).version, 2);
    assert_int_equal(version_of(b, true).version, 1); /* what stands for everybody */
    assert_int_equal(check(b, later), BRIEFING_DONE);
    assert_int_equal(take(b, BRIEF_APPROVE, CHIEF), BRIEFING_DONE);
    assert_int_equal(take(b, BRIEF_PUBLISH, CHIEF), BRIEFING_DONE);
    struct briefing_version second = version_of(b, true);
    assert_int_equal(second.version, 2);
    assert_int_equal(second.publication_version, 2);
    assert_true(str_is(second.reason, "one more honour"));
}

static void a_double_click_is_one_draft(void **state)
{
    (void)state;
    struct briefing_act act = { .step = BRIEF_DRAFT, .account = DRAFTER, .form_key = STR("0123456789abcdef") };
    act.of.name = (struct name){ STR("一"), STR("One") };
    fill(&act.of, MOMENT_FIRST);
    act_on(&act);
    int64_t first = act.briefing;
    act_on(&act);
    assert_int_equal(act.briefing, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_blocks_and_figures),   cmocka_unit_test(tells_every_mistake),
        cmocka_unit_test(writes_as_the_options_say),  cmocka_unit_test(the_city_says_all_that_was_published),
        cmocka_unit_test(from_draft_to_published),    cmocka_unit_test(what_is_said_otherwise_needs_a_note),
        cmocka_unit_test(rows_that_changed_are_told), cmocka_unit_test(nothing_unchecked_is_published),
        cmocka_unit_test(a_correction_is_a_version),  cmocka_unit_test(a_double_click_is_one_draft),
    };
    return cmocka_run_group_tests(tests, start, small_figures_finish);
}
