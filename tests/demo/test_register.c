/* The register of a small demo city: versions never overlap, all that concerns 2023 was known at the briefing, what was
 * corrected later touches none of its figures, persons are visibly synthetic, the picture of today and the search
 * agree with the facts, and numbers have the proportions of the full city (whose 78 figures tests/figures.sh counts).
 */
#include "base/whole.h"
#include "demo_fixture.h"
#include "places/citizen.h"
#include "registry/kinds.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct demo_world *world;
static struct demo_report report;

static int build_once(void **state)
{
    *state = world = demo_world_shared(true, &report);
    return world ? 0 : -1;
}

static int64_t number(const char *sql)
{
    return demo_world_number(world, sql);
}

/* SQL over one kind's table: % stands for its name. */
static int64_t number_of(const struct kind *kind, const char *sql)
{
    struct str text = { "", 0 };
    for (const char *c = sql; *c; c++) {
        text = *c == '%' ? arena_printf(world->arena, "%.*s%s", STR_ARG(text), kind->table)
                         : arena_printf(world->arena, "%.*s%c", STR_ARG(text), *c);
    }
    return number(text.p);
}

/* A table of facts as on a day, as known now; the last days of two years. */
#define AT(table, day)                                                                                                 \
    "(select * from published_" table " where valid_from <= " day " and valid_until > " day                            \
    " and replaced_at = 253402300800000)"
#define END_2022 "19357"
#define END_2023 "19722"

static void test_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        if (number_of(&KIND_LIST[i], "select count(*) from %") == 0) {
            fail_msg("the demo holds no %s", KIND_LIST[i].name);
        }
    }
    assert_true(number("select count(*) from household_count") > 0);
    assert_true(number("select count(*) from entrant_count") > 0);
    assert_true(number("select count(*) from new_dwelling") > 0);
}

/* Two versions of a thing that were both known at a moment hold on different days, and each span is one. */
static void test_two_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &KIND_LIST[i];
        int64_t both =
            number_of(kind, "select count(*) from % a join % b on b.subject = a.subject and b.id > a.id where "
                            "a.valid_from < b.valid_until and b.valid_from < a.valid_until and "
                            "a.recorded_at < b.replaced_at and b.recorded_at < a.replaced_at");
        if (both) {
            fail_msg("%lld pairs of versions of %s overlap", (long long)both, kind->name);
        }
        assert_int_equal(number_of(kind, "select count(*) from % where valid_from >= valid_until or "
                                         "recorded_at >= replaced_at"),
                         0);
        /* A thing has one code, and a code one thing. */
        assert_int_equal(number_of(kind, "select count(*) from (select code from % group by code having "
                                         "min(subject) <> max(subject)) t"),
                         0);
        assert_int_equal(number_of(kind, "select count(*) from (select subject from % group by subject having "
                                         "min(code) <> max(code)) t"),
                         0);
        /* Each rests on a change, and was recorded when that was decided. */
        assert_int_equal(number_of(kind, "select count(*) from % f where not exists (select 1 from register_change c "
                                         "where c.id = f.change and c.decided_at = f.recorded_at)"),
                         0);
        assert_int_equal(number_of(kind, "select count(*) from % where (replaced_by is null) <> "
                                         "(replaced_at = 253402300800000)"),
                         0);
    }
}

/* 2024-02-27 09:00. What held in 2023 was known then, but for corrections of campuses and memberships in towns. */
static void test_known_at_the_briefing(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &KIND_LIST[i];
        int64_t late = number_of(kind, "select count(*) from % where valid_from <= 19722 and valid_until > 19358 and "
                                       "replaced_at = 253402300800000 and recorded_at > 1708995600000 and not exists "
                                       "(select 1 from % b where b.subject = %.subject and b.replaced_by is not null)");
        if (kind->id == KIND_MEMBER) {
            assert_true(number("select count(*) from member_fact m join institution_fact i on i.subject = "
                               "m.institution where m.recorded_at > 1708995600000 and m.valid_from <= 19722 and "
                               "m.replaced_by is null and m.valid_until > 19722 and i.place_kind in ('210', '220')") ==
                        0);
        } else if (late) {
            fail_msg("%lld of %s were learnt after the briefing", (long long)late, kind->name);
        }
    }
}

static void test_proportions(void **state)
{
    (void)state;
    assert_int_equal(number("select count(*) from " AT("institution", END_2023) " i where kind = '111'"), 15);
    assert_int_equal(number("select count(*) from " AT("institution", END_2022) " i where kind = '111'"), 15);
    assert_int_equal(number("select count(*) from " AT("pupil", END_2023) " p where stage in ('primary', 'junior') and "
                                                                          "entry_year = 2023"),
                     1140);
    /* Each of twelve grades is rounded. */
    assert_in_range(number("select count(*) from " AT("pupil", END_2023) " p"), 10824, 10836);
    assert_int_equal(number("select count(*) from " AT("staff", END_2023) " s where post in ('teacher', "
                                                                          "'form_teacher') and full_time = 1"),
                     686);
    assert_int_equal(number("select count(*) from " AT("programme", END_2023) " p where kind = 'pathway'"), 46);
    assert_int_equal(number("select count(*) from " AT("programme", END_2022) " p where kind = 'sport'"), 11);
    assert_int_equal(number("select cast(sum(students) as bigint) from " AT("condition", END_2023) " c"), 76000);
    /* Every school and kindergarten has an inspector. */
    assert_int_equal(
        number("select count(*) from " AT(
            "institution", END_2023) " i where i.kind in ('111', '211', "
                                     "'311', '312', '341', '342', '345') and not exists (select 1 from " AT(
                                         "charge", END_2023) " c where c.institution = i.subject)"),
        0);
}

/* What names another thing names one that is there. */
static void test_codes_exist(void **state)
{
    (void)state;
    assert_int_equal(number("select count(*) from charge_fact c where not exists (select 1 from staff_fact s where "
                            "s.code = c.staff and s.post = 'inspector')"),
                     0);
    assert_int_equal(
        number("select count(*) from member_fact m where not exists (select 1 from group_fact g where g.code = "
               "m.group_code)"),
        0);
    assert_int_equal(number("select count(*) from cohort_fact c where not exists (select 1 from programme_fact p where "
                            "p.code = c.programme and p.kind in ('major', 'apprenticeship'))"),
                     0);
    assert_int_equal(number("select count(*) from athlete_fact a where not exists (select 1 from programme_fact p "
                            "where p.code = a.programme and p.kind = 'sport')"),
                     0);
    static const char *const HOLDERS[][2] = { { "institution", "institution_fact" },
                                              { "division", "division_fact" },
                                              { "staff", "staff_fact" },
                                              { "programme", "programme_fact" } };
    for (size_t i = 0; i < sizeof HOLDERS / sizeof *HOLDERS; i++) {
        struct str sql = arena_printf(world->arena,
                                      "select count(*) from honour_fact h where h.holder_kind = '%s' and not exists "
                                      "(select 1 from %s x where x.code = h.holder)",
                                      HOLDERS[i][0], HOLDERS[i][1]);
        assert_int_equal(number(sql.p), 0);
    }
    assert_int_equal(number("select count(*) from pupil_fact p where not exists (select 1 from institution i where "
                            "i.id = p.institution and i.listed = 1)"),
                     0);
}

/* Every honour is one that the city's folder names, with its level and kind of holder. */
static void test_designations(void **state)
{
    (void)state;
    struct error error = { "" };
    char *bytes = NULL;
    size_t n = 0;
    struct str path = arena_printf(world->arena, "%s/designations.yaml", getenv("JIAOTI_CITY"));
    assert_true(whole_read(path.p, &bytes, &n, &error));
    const char *list = arena_cstr(world->arena, (struct str){ bytes, n });
    free(bytes);
    struct rows *rows = db_query(world->db, &error, "select distinct designation, level, holder_kind from honour_fact");
    size_t found = 0;
    while (rows_next(rows)) {
        struct str id = arena_printf(world->arena, "- id: %.*s\n", STR_ARG(rows_text(rows, 0)));
        struct str level = arena_printf(world->arena, "    level: %.*s\n    holder: %.*s\n",
                                        STR_ARG(rows_text(rows, 1)), STR_ARG(rows_text(rows, 2)));
        const char *at = strstr(list, id.p);
        const char *next = at ? strstr(at + id.n, "- id: ") : NULL;
        const char *says = at ? strstr(at, level.p) : NULL;
        if (!says || (next && says > next)) {
            fail_msg("designations.yaml does not know %s", id.p);
        }
        found++;
    }
    assert_true(rows_end(rows, &error));
    assert_true(found > 15);
}

/* Every citizen number is of a division that was never issued, right in itself, and says the same as the row. */
static void test_persons(void **state)
{
    (void)state;
    struct error error = { "" };
    struct arena *arena = arena_new(0);
    struct rows *rows = db_query(world->db, &error, "select citizen_sealed, name_sealed, sex, birth_day from person");
    size_t n = 0;
    while (rows_next(rows)) {
        struct str citizen, name;
        struct citizen read;
        assert_true(vault_unseal(world->vault, arena, "person.citizen", rows_blob(rows, 0), &citizen, &error));
        assert_true(vault_unseal(world->vault, arena, "person.name", rows_blob(rows, 1), &name, &error));
        assert_int_equal(citizen_read(arena, citizen, &read), CITIZEN_GOOD);
        assert_true(str_starts(citizen, STR("9998")));
        assert_int_equal(read.birth, rows_int(rows, 3));
        assert_true(read.male == (rows_text(rows, 2).p[0] == '1'));
        const char *mark = arena_cstr(arena, name);
        assert_true(strstr(mark, "示") || strstr(mark, "演") || strstr(mark, "例"));
        arena_reset(arena);
        n++;
    }
    assert_true(rows_end(rows, &error));
    assert_true(n > 12000);
    assert_int_equal(n, number("select count(*) from (select subject from pupil_fact union select subject from "
                               "staff_fact union select subject from athlete_fact union select person from "
                               "service_entry where person_kind = 'person') t"));
    arena_free(arena);
}

/* Pupils of an autumn are at the right age, and go through the stages without a gap. */
static void test_pupils(void **state)
{
    (void)state;
    assert_int_equal(number("select count(*) from pupil_fact where stage = 'junior' and entry_year = 2024 and not "
                            "exists (select 1 from pupil_fact b where b.subject = pupil_fact.subject and b.stage = "
                            "'primary' and b.valid_until = pupil_fact.valid_from)"),
                     0);
    /* 2023-09-01 is day 19601: six years and not seven. */
    assert_int_equal(number("select count(*) from pupil_fact f join person p on p.id = f.subject where f.stage = "
                            "'primary' and f.entry_year = 2023 and (p.birth_day > 17409 or p.birth_day < 17044)"),
                     0);
    assert_int_equal(number("select count(*) from pupil_fact where class < 1 or class > 99"), 0);
}

static void test_picture_and_search(void **state)
{
    (void)state;
    assert_int_equal(number("select count(*) from institution i left join institution_fact f on f.subject = i.id and "
                            "f.valid_until = 2932897 and f.replaced_at = 253402300800000 where i.listed = 1 and "
                            "(f.id is null or f.name_zh <> i.name_zh or f.place_kind <> i.place_kind)"),
                     0);
    assert_int_equal(number("select count(*) from institution where listed = 0 and kind = '211'"),
                     number("select count(*) from institution_fact where kind = '211' and valid_until < 2932897 and "
                            "replaced_at = 253402300800000 and not exists (select 1 from institution_fact b where "
                            "b.subject = institution_fact.subject and b.valid_until = 2932897 and b.replaced_at = "
                            "253402300800000)"));
    assert_int_equal(number("select count(*) from search where kind = 'institution' and name_zh like '%联合学校'"),
                     number("select count(distinct subject) from institution_fact where name_zh like '%联合学校'"));
    assert_true(number("select count(*) from search where kind = 'institution' and initials = ''") == 0);
}

/* Nothing of what makes a round is there; the journal is whole. */
static void test_register_only(void **state)
{
    (void)state;
    struct error error = { "" };
    struct journal_report journal;
    assert_int_equal(report.applications, 0);
    assert_int_equal(number("select count(*) from round"), 0);
    assert_true(journal_verify(world->store, world->vault, &journal, &error));
    assert_true(journal.whole);
    assert_true(journal.rows >= number("select count(*) from register_change"));
}

/* The same on every machine and engine. A change that is meant to change the register raises DEMO_VERSION. */
static void test_digest(void **state)
{
    (void)state;
    assert_string_equal(report.digest, "65cacef706c02c363f16e9ceabce3dc25821c8e82d81b56de26ebbda0098e0cc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_two_times),
        cmocka_unit_test(test_known_at_the_briefing),
        cmocka_unit_test(test_proportions),
        cmocka_unit_test(test_codes_exist),
        cmocka_unit_test(test_designations),
        cmocka_unit_test(test_persons),
        cmocka_unit_test(test_pupils),
        cmocka_unit_test(test_picture_and_search),
        cmocka_unit_test(test_register_only),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, build_once, demo_world_drop);
}
