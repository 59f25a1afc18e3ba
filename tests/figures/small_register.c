#include "figures/small_register.h"

#include "figures/briefing.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char tables_of_story[] =
    "insert into register_change (kind, division, institution, state, note, document, body, proposed_at, proposed_by, "
    "decided_at, decided_by, reason) values ('import', '3715', 0, 'confirmed', '', '', '', 1700000000000, 0, "
    "1700000000000, 0, '');"
    "insert into institution_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, division, "
    "institution, kind, ownership, place_kind, name_zh, name_en, address_zh, phone, founded, parent, lon_e6, lat_e6) "
    "with recursive g(v) as (select 1 union all select v + 1 from g where v < 8) "
    "select v, 'K' || v, 10000, 2932897, 1700000000000, 253402300800000, 1, case when v < 5 then '371502001' else "
    "'371521001' end, v, case when v = 8 then '211' else '111' end, 'public', '', '园' || v, 'K' || v, '', '', 10000, "
    "'', 0, 0 from g;"
    "insert into honour_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, division, "
    "institution, designation, level, body, batch, holder_kind, holder, document) "
    "with recursive g(v) as (select 1 union all select v + 1 from g where v < 5) "
    "select v, 'H' || v, case when v = 2 then 19509 else 18628 end, 2932897, 1700000000000, 253402300800000, 1, case "
    "when v < 5 then '371502001' else '371521001' end, v, 'quality', 'provincial', '', '', 'institution', 'K' || v, '' "
    "from g where v in (1, 2, 5);"
    "insert into pupil_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, division, "
    "institution, stage, entry_year, class, boards, admitted_by) "
    "with recursive g(v) as (select 1 union all select v + 1 from g where v < 3) "
    "select v, 'P' || v, 19600, 2932897, 1700000000000, 253402300800000, 1, '371521001', 8, 'primary', 2023, 1, 0, '' "
    "from g;";

const char quality_rows[] = "  select i.subject as id, i.division, i.institution, 1 as amount,\n"
                            "    exists (select 1 from {honour} h where h.institution = i.institution\n"
                            "            and h.designation = 'quality') as part\n"
                            "  from {institution} i where i.kind = '111'\n";

void small_register_run(struct store_fixture *f, const char *sql)
{
    struct db *db;
    struct error error = { "" };
    assert_true(db_open(&db, f->store, DB_WRITE, &error));
    bool good = db_script(db, sql, &error);
    if (!good) {
        print_error("%s\n", error.message);
    }
    assert_true(good);
    db_close(db);
}

struct store_fixture *small_register_new(void)
{
    struct store_fixture *f = store_fixture_new();
    struct migration all[32];
    size_t n = 0;
    for (size_t i = 0; i < registry_migrations_count; i++) {
        all[n++] = registry_migrations[i];
    }
    for (size_t i = 0; i < figures_migrations_count; i++) {
        all[n++] = figures_migrations[i];
    }
    for (size_t i = 0; i < briefing_migrations_count; i++) {
        all[n++] = briefing_migrations[i];
    }
    store_fixture_migrate(f, all, n);
    small_register_run(f, tables_of_story);
    return f;
}

void small_register_honour(struct store_fixture *f, int64_t moment)
{
    const char *sql =
        arena_printf(
            f->arena,
            "insert into register_change (kind, division, institution, state, note, document, body, proposed_at, "
            "proposed_by, decided_at, decided_by, reason) values ('honour', '371502', 3, 'confirmed', '', '', '', "
            "%lld, "
            "0, %lld, 0, '');"
            "insert into honour_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, "
            "division, "
            "institution, designation, level, body, batch, holder_kind, holder, document) values (9, 'H9', 18262, "
            "2932897, %lld, 253402300800000, 2, '371502001', 3, 'quality', 'provincial', '', '', 'institution', 'K3', "
            "'');",
            (long long)moment, (long long)moment, (long long)moment)
            .p;
    small_register_run(f, sql);
}

void test_file(const char *folder, const char *file, struct str text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text.p, 1, text.n, out), text.n);
    assert_int_equal(fclose(out), 0);
}

struct indicators *test_indicators(const struct test_indicator *list, size_t n)
{
    char folder[] = "/tmp/jiaoti-indicators-XXXXXX", path[256];
    struct arena *arena = arena_new(0);
    struct indicators *set = NULL;
    struct error error = { "" };
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/indicators", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    test_file(folder, "indicators.yaml",
              STR("areas: [{id: a, name: {zh: 甲, en: A}}]\nunits: [{id: u, name: {zh: 个, en: things}}]\n"));
    for (size_t i = 0; i < n; i++) {
        const struct test_indicator *t = &list[i];
        struct str text = arena_printf(
            arena,
            "name: {zh: 名, en: Name}\narea: a\nunit: u\nkind: %s\n%s%sscope: {zh: 口径, en: scope}\nbetter: more\n"
            "source: {zh: 依据, en: source}\n%s%s%s",
            t->kind, t->at ? t->at : "", t->at ? "\n" : "", t->more, t->rows ? "rows: |\n" : "",
            t->rows ? t->rows : "");
        test_file(folder, arena_printf(arena, "indicators/%s.yaml", t->id).p, text);
    }
    bool good = indicators_read(&set, folder, mistakes, &error) && indicators_try(set, mistakes, &error);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    assert_true(good);
    city_mistakes_free(mistakes);
    for (size_t i = 0; i < n; i++) {
        (void)unlink(arena_printf(arena, "%s/%s.yaml", path, list[i].id).p);
    }
    (void)rmdir(path);
    (void)unlink(arena_printf(arena, "%s/indicators.yaml", folder).p);
    (void)rmdir(folder);
    arena_free(arena);
    return set;
}

struct small_figures small_figures_new(const struct test_indicator *list, size_t n)
{
    struct small_figures small = { .f = small_register_new(), .set = test_indicators(list, n) };
    small.figures = figures_new(small.f->store, small.set);
    return small;
}

int small_figures_finish(void **state)
{
    const struct small_figures *small = *state;
    figures_free(small->figures);
    indicators_free(small->set);
    store_fixture_free(small->f);
    return 0;
}
