/* city: kinds of cases and checklists: each mistake is told with its file and line; working days against a naive count.
 */
#include "base/clock.h"
#include "city/cases.h"
#include "city/workdays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/jiaoti-cases-XXXXXX";

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* The file of the demo city with one text of it replaced. */
static void put_changed(const char *name, const char *what, const char *by)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", CITY_DEMO, name);
    char *text = slurp(path), *at = what ? strstr(text, what) : NULL;
    assert_true(!what || at);
    if (at) {
        size_t size = strlen(text) + strlen(by) + 1;
        char *out = calloc(1, size);
        (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
        free(text);
        text = out;
    }
    put(name, text);
    free(text);
}

static const struct change {
    const char *file, *what, *by;
    const char *says; /* "rectification.yaml:LINE: …" somewhere in what is told */
} changes[] = {
    { "cases/rectification.yaml", "to: recheck", "to: rechek",
      "rectification.yaml:21: to is 'rechek'; expected one of stages" },
    { "cases/rectification.yaml", "asks: [severity, found]", "asks: [severity, fund]",
      "rectification.yaml:12: asks names no field 'fund'; expected one of fields" },
    { "cases/rectification.yaml", "desk: school", "desk: scool", "rectification.yaml:16: " },
    { "cases/rectification.yaml", "desk: school", "desk: family", "say opener here" },
    { "cases/rectification.yaml", "desk: school", "desk: named", "the desk named is for confidential kinds" },
    { "cases/rectification.yaml", "usual: 10, major: 3", "usual: 10",
      "rectification.yaml:17: days_by lacks the key 'major'" },
    { "cases/rectification.yaml", "field: severity, usual", "field: found, usual",
      "rectification.yaml:17: unknown key 'usual'" },
    { "cases/rectification.yaml", "remind: [3, 1]", "remind: [1, 3]",
      "rectification.yaml:18: remind: expected descending days" },
    { "cases/rectification.yaml", "{after: 5, to: city}", "{after: 5, to: county}",
      "rectification.yaml:19: each climb must be later and higher" },
    { "cases/rectification.yaml", "{after: 5, to: city}", "{after: 5, to: school}",
      "rectification.yaml:19: it can climb to county or city only" },
    { "cases/rectification.yaml", "    days: 5\n", "", "without a term there is nothing to remind of" },
    { "cases/rectification.yaml", "    days: 5\n", "    days: 5\n    due_of_month: true\n", "one way to say its term" },
    { "cases/rectification.yaml", "other_than: mended}", "other_than: mend}",
      "other_than is 'mend'; there is no such act" },
    { "cases/rectification.yaml", "needs: [evidence]", "needs: [checklist]", "the kind has no checklist" },
    { "cases/rectification.yaml", "prefix: ZG", "prefix: zg", "rectification.yaml:4: prefix is 'zg'" },
    { "cases/rectification.yaml", ", ends: true", "", "a stage that does not end needs a desk and acts" },
    { "cases/rectification.yaml", "to: closed, ", "", "no act leads to the stage 'closed'" },
    { "cases/rectification.yaml", "type: word, words", "type: text, words", "words are for the type word" },
    { "cases/rectification.yaml", "opens: [", "confidential: true\npublic: true\nopens: [",
      "a confidential kind cannot be public" },
    { "cases/visit.yaml", "checklist: supervision", "checklist: suprevision", "there is no such list in checklists" },
    { "cases/visit.yaml", "due_of_month: true", "due_field: report", "due_field: expected a field of days" },
    { "checklists/supervision.yaml", "finding: rectification", "finding: mending", "there is no such kind in cases" },
    { "checklists/supervision.yaml", "group: safety, major", "group: safe, major",
      "group is 'safe'; expected one of groups" },
    { "cases/bid.yaml", "kind: problem, stage: bids", "kind: problem, stage: bid",
      "under is kind 'problem', stage 'bid'; there is none such in cases" },
    { "cases/bid.yaml", "parent: choose", "parent: chose", "then.parent is 'chose'; stage 'bids' of the kind above" },
    { "cases/bid.yaml", "siblings: lost", "siblings: last", "siblings is 'last'; expected one of stages" },
    { "cases/bid.yaml", "under: {kind: problem, stage: bids}\n", "", "'then' is for kinds with 'under'" },
    { "checklists/supervision.yaml", "id: gate_guard", "id: fire_exits", "fire_exits" },
};

static const char *const files[] = { "cases/rectification.yaml", "cases/visit.yaml", "cases/problem.yaml",
                                     "cases/bid.yaml", "checklists/supervision.yaml" };

static const char *read_with(const struct change *change, struct arena *arena, size_t *nkinds)
{
    struct case_kind **kinds;
    struct checklist **lists;
    size_t nlists;
    struct str told = STR("");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bool here = change && strcmp(files[i], change->file) == 0;
        put_changed(files[i], here ? change->what : NULL, here ? change->by : NULL);
    }
    struct city_mistakes *mistakes = city_mistakes_new();
    cases_read(arena, str_of(folder), &kinds, nkinds, &lists, &nlists, mistakes);
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *m = &mistakes->items[i];
        told = arena_printf(arena, "%.*s%.*s:%u: %s\n", STR_ARG(told), STR_ARG(m->file), m->line, m->says.en);
    }
    city_mistakes_free(mistakes);
    return arena_cstr(arena, told);
}

static void each_mistake_is_told(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    size_t n, wrong = 0;
    assert_string_equal(read_with(NULL, arena, &n), "");
    assert_int_equal(n, 4);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *told = read_with(&changes[i], arena, &n);
        if (!strstr(told, changes[i].says)) {
            print_error("'%s' for '%s': expected '%s' in\n%s", changes[i].by, changes[i].what, changes[i].says, told);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    put("cases/Not An Id.yaml", "x: 1\n");
    assert_non_null(strstr(read_with(NULL, arena, &n), "expected small letters"));
    arena_free(arena);
}

/* ---- Working days ---- */

static bool naive(const struct city *city, int64_t day)
{
    int64_t weekday = (day + 3) % 7;
    for (size_t i = 0; i < city->nworking; i++) {
        if (city->working[i] == day) {
            return true;
        }
    }
    for (size_t i = 0; i < city->nholidays; i++) {
        if (city->holidays[i] == day) {
            return false;
        }
    }
    return weekday < 5;
}

static void working_days(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct city *city;
    struct error error;
    assert_true(city_read(&city, CITY_DEMO, mistakes, &error));
    city_mistakes_free(mistakes);
    assert_true(workday(city, day_of(2026, 2, 14)));  /* a Saturday that is worked */
    assert_false(workday(city, day_of(2026, 2, 17))); /* Spring Festival */
    assert_int_equal(workday_after(city, day_of(2026, 2, 13), 2), day_of(2026, 2, 24));
    assert_int_equal(workday_after(city, day_of(2026, 10, 1), 0), day_of(2026, 10, 8));
    assert_int_equal(workdays_between(city, day_of(2026, 9, 30), day_of(2026, 10, 10)), 3);
    for (int64_t day = day_of(2024, 12, 1); day < day_of(2027, 3, 1); day++) {
        assert_int_equal(workday(city, day), naive(city, day));
        for (int64_t n = 1; n < 40; n += 6) {
            int64_t on = day, back = day, between = 0;
            for (int64_t left = n; left > 0;) {
                left -= naive(city, ++on);
            }
            for (int64_t left = n; left > 0;) {
                left -= naive(city, --back);
            }
            assert_int_equal(workday_after(city, day, n), on);
            assert_int_equal(workday_after(city, day, -n), back);
            for (int64_t d = day + 1; d <= day + n; d++) {
                between += naive(city, d);
            }
            assert_int_equal(workdays_between(city, day, day + n), between);
        }
    }
    int64_t digest = workdays_digest(city);
    city->holidays[3]++;
    assert_true(workdays_digest(city) != digest);
    city_free(city);
}

static int make(void **state)
{
    (void)state;
    char path[256];
    if (!mkdtemp(folder)) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/cases", folder);
    int made = mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/checklists", folder);
    return made | mkdir(path, 0700);
}

static int remove_all(void **state)
{
    static const char *const names[] = { "cases/rectification.yaml",
                                         "cases/visit.yaml",
                                         "cases/Not An Id.yaml",
                                         "checklists/supervision.yaml",
                                         "cases",
                                         "checklists",
                                         "" };
    int failed = 0;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        failed |= remove(path);
    }
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_told),
        cmocka_unit_test(working_days),
    };
    return cmocka_run_group_tests(tests, make, remove_all);
}
