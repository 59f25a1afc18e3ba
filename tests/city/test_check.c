/* Each mistake in a city's folder is told with file, line and what was expected; all of them, in both languages. */
#include "folder.h"
#include "mistake_rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void the_demo_city_has_no_mistake(void **state)
{
    (void)state;
    struct city *city = whole_city(CITY_DEMO);
    assert_int_equal(city->npolicies, 22);
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        if (division->level == DIVISION_COUNTY) {
            assert_non_null(city_policy(city, division->code, STAGE_PRIMARY));
            assert_non_null(city_policy(city, division->code, STAGE_JUNIOR));
            const struct division *first = city_next_child(city, division->code, NULL);
            assert_non_null(first);
            assert_non_null(city_next_child(city, division->code, first)); /* at least two townships */
        }
    }
    city_free(city);
}

/* Reads the patched fixture and compares what is said in English; each line is told in Chinese too. */
static void expect(const struct patch *patches, size_t n, const char *says)
{
    struct arena *arena = arena_new(0);
    const char *folder = patched_folder(arena, patches, n);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct city *city = NULL;
    struct error error = { { 0 } };
    assert_false(city_read(&city, folder, mistakes, &error));
    assert_null(city);
    assert_non_null(strstr(error.message, "mistake"));
    assert_string_equal(said(arena, mistakes, folder, LANG_EN).p, says);
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *mistake = &mistakes->items[i];
        assert_non_null(strstr(mistake->says.zh, "应"));
        assert_non_null(strstr(mistake->says.en, "expected"));
        assert_true(str_is_utf8(str_of(mistake->says.zh)));
    }
    city_mistakes_free(mistakes);
    remove_folder(arena, folder);
    arena_free(arena);
}

static void each_mistake_is_told_at_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistake_rows / sizeof *mistake_rows; i++) {
        expect(&mistake_rows[i].patch, 1, mistake_rows[i].says);
    }
}

static void all_mistakes_of_a_file_are_told(void **state)
{
    (void)state;
    const struct patch patches[] = {
        { PRIMARY, "mechanism: serial", "mechanism: lottery" },
        { PRIMARY, "    rank: 2", "    rank: second" },
        { PRIMARY, "[dwelling_in_catchment, owns_part]", "[dweling_in_catchment, owns_part]" },
        { PRIMARY, "checks: [permit]", "checks: [permitt]" },
        { PRIMARY, "sibling: follow", "sibbling: follow" },
        { PRIMARY, "opens: 2026-07-01 08:00", "opens: soon" },
        { PRIMARY, "  draw: 2026-07-24 09:00", "  draw: 2026-07-12 09:00" },
        { PRIMARY, "    kind: notary", "    kind: notery" },
        { PRIMARY, "publication_days: 3", "publication_days: 1" },
    };
    expect(patches, sizeof patches / sizeof *patches,
           PRIMARY ":6: mechanism is 'lottery'; expected one of: serial, deferred, cycles\n" PRIMARY
                   ":37: when: 'dweling_in_catchment' is no fact; expected 'dwelling_in_catchment'\n" PRIMARY
                   ":43: rank is 'second'; expected a whole number from 1 to 126\n" PRIMARY
                   ":50: checks is 'permitt'; expected 'permit'\n" PRIMARY
                   ":58: unknown key 'sibbling'; expected 'sibling'\n" PRIMARY
                   ":68: opens is 'soon'; expected a date and time such as 2026-07-01 08:00\n" PRIMARY
                   ":71: draw is 2026-07-12 09:00; expected later than objections_until (2026-07-16 18:00)\n" PRIMARY
                   ":77: publication_days is '1'; expected a whole number from 3 to 60\n" PRIMARY
                   ":83: kind is 'notery'; expected 'notary'\n");
}

static void mistakes_of_all_files_are_told(void **state)
{
    (void)state;
    const struct patch patches[] = {
        { CITY, "year: 2026", "year: twenty" },
        { DIVISIONS, "West Town,0", "West Town,2" },
        { JUNIOR, "  graduates: true", "  graduates: 1" },
        { PRIMARY, "title: {zh: \"方案\", en: \"A plan\"}", "title: {zh: \"方案\", en: \"A plan" },
    };
    expect(patches, sizeof patches / sizeof *patches,
           JUNIOR ":22: graduates is '1'; expected true or false\n" PRIMARY
                  ":5: broken YAML: did not find expected ',' or '}'; expected well-formed YAML\n" CITY
                  ":3: year is 'twenty'; expected a whole number from 2000 to 2100\n" DIVISIONS
                  ":5: local is '2'; expected 0 or 1\n");
}

static void a_mistake_reads_in_chinese(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct city *city = whole_city(CITY_FIXTURE);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct policy *policy = NULL;
    assert_false(policy_parse(arena, STR("county: \"990101\"\nstage: kindergarten\n"), "x/policy.yaml", city, &policy,
                              mistakes));
    assert_null(policy);
    struct str zh = said(arena, mistakes, "x", LANG_ZH);
    assert_true(str_starts(zh, STR("policy.yaml:1: policy 缺少键“balance”；应有“balance”\n")));
    assert_non_null(strstr(zh.p, "policy.yaml:2: stage 是“kindergarten”；应为其中之一：primary, junior\n"));
    city_mistakes_free(mistakes);
    city_free(city);
    arena_free(arena);
}

static void a_folder_that_is_none_is_an_error(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct city *city = NULL;
    struct error error = { { 0 } };
    assert_false(city_read(&city, "/nowhere/at/all", mistakes, &error));
    assert_null(city);
    assert_int_equal(mistakes->n, 0);
    assert_string_equal(
        error.message,
        "/nowhere/at/all is no folder that can be read; expected a city's folder such as cities/liaocheng");
    city_mistakes_free(mistakes);
}

static void a_department_may_have_no_interface(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    const struct patch patch = { CITY,
                                 "    url: http://127.0.0.1:8081\n"
                                 "    key: police_key\n"
                                 "    timeout_ms: 5000\n",
                                 "" };
    const char *folder = patched_folder(arena, &patch, 1);
    struct city *city = whole_city(folder);
    assert_int_equal(city->authorities[0].url.n, 0);
    assert_int_equal(city->authorities[0].key.n, 0);
    assert_true(city->authorities[1].url.n > 0);
    city_free(city);
    remove_folder(arena, folder);
    arena_free(arena);
}

static void a_byte_order_mark_is_no_mistake(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str csv = file_text(arena, CITY_FIXTURE, DIVISIONS), yaml = file_text(arena, CITY_FIXTURE, CITY);
    const struct patch patches[] = {
        { DIVISIONS, NULL, arena_printf(arena, "\xEF\xBB\xBF%.*s", STR_ARG(csv)).p },
        { CITY, NULL, arena_printf(arena, "\xEF\xBB\xBF%.*s", STR_ARG(yaml)).p },
    };
    const char *folder = patched_folder(arena, patches, 2);
    city_free(whole_city(folder));
    remove_folder(arena, folder);
    arena_free(arena);
}

static void honours_have_names(void **state)
{
    static const char *const file = "designations.yaml";
    (void)state;
    struct arena *arena = arena_new(0);
    const char *folder = patched_folder(arena, NULL, 0);
    struct city *city = whole_city(folder);
    assert_int_equal(city->ndesignations, 0); /* there is no such file */
    city_free(city);
    put_file(arena, folder, file,
             STR("designations:\n"
                 "  - {id: star, name: {zh: 星, en: Star}, level: city, holder: staff}\n"
                 "  - {id: moon, name: {zh: 月, en: Moon}, level: county, holder: group}\n"));
    city = whole_city(folder);
    assert_int_equal(city->ndesignations, 2);
    assert_true(str_is(city_designation(city, STR("moon"))->name.en, "Moon"));
    assert_null(city_designation(city, STR("sun")));
    city_free(city);
    put_file(arena, folder, file,
             STR("designations:\n"
                 "  - {id: star, name: {zh: 星, en: Star}, level: city, holder: staff}\n"
                 "  - {id: star, name: {zh: 星, en: Star}, level: city, holder: staff}\n"
                 "  - {id: moon, name: {zh: 月, en: Moon}, level: town, holder: group}\n"));
    struct city_mistakes *mistakes = city_mistakes_new();
    struct error error;
    assert_false(city_read(&city, folder, mistakes, &error));
    assert_int_equal(mistakes->n, 2);
    assert_int_equal(mistakes->items[0].line, 3);
    assert_int_equal(mistakes->items[1].line, 4);
    city_mistakes_free(mistakes);
    assert_int_equal(remove(arena_printf(arena, "%s/%s", folder, file).p), 0);
    remove_folder(arena, folder);
    arena_free(arena);
}

static void too_many_mistakes_end(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    for (uint32_t i = 0; i < 3 * CITY_MISTAKES_MAX; i++) {
        city_mistake_add(mistakes, STR("f"), i, "第 %u 处；应", "number %u; expected", (unsigned)i);
    }
    assert_int_equal(mistakes->n, CITY_MISTAKES_MAX + 1);
    city_mistakes_free(mistakes);
    city_mistakes_free(NULL);
    city_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_city_has_no_mistake),
        cmocka_unit_test(each_mistake_is_told_at_its_line),
        cmocka_unit_test(all_mistakes_of_a_file_are_told),
        cmocka_unit_test(mistakes_of_all_files_are_told),
        cmocka_unit_test(a_mistake_reads_in_chinese),
        cmocka_unit_test(a_folder_that_is_none_is_an_error),
        cmocka_unit_test(a_department_may_have_no_interface),
        cmocka_unit_test(a_byte_order_mark_is_no_mistake),
        cmocka_unit_test(honours_have_names),
        cmocka_unit_test(too_many_mistakes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
