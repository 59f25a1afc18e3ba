/* Conditions of schools: the city's standard as it is read, schools judged by hand, and the indicator that counts by
 * SQL held against the judgement in C, school by school. */
#include "figures/small_register.h"

#include "base/buf.h"
#include "figures/standard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct store_fixture *f;
static struct standards *standards;
static struct error error;

static int start(void **state)
{
    (void)state;
    struct city_mistakes *mistakes = city_mistakes_new();
    f = small_register_new();
    bool good = standards_read(&standards, FIGURES_CITY, mistakes, &error);
    city_mistakes_print(stderr, mistakes, LANG_EN);
    city_mistakes_free(mistakes);
    return good ? 0 : 1;
}

static int finish(void **state)
{
    (void)state;
    standards_free(standards);
    store_fixture_free(f);
    return 0;
}

static size_t type(const char *word)
{
    const char *words[SCHOOL_TYPES_MOST];
    size_t n = standard_type_words(words);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    fail_msg("no type %s", word);
    return 0;
}

/* A general school of 2,000 students that has exactly what is asked. */
static struct school_condition exact(void)
{
    return (struct school_condition){ .founded = 10000,
                                      .reported = true,
                                      .type = type("general"),
                                      .students = 2000,
                                      .has = { 66000, 40000, 100, 500000000, 60000 } };
}

static const struct standard *standard(void)
{
    const struct standard *found = standards_on(standards, DAY_2023);
    assert_non_null(found);
    return found;
}

static void applies_from_its_day(void **state)
{
    (void)state;
    assert_null(standards_on(standards, 18992));
    assert_non_null(standards_on(standards, 18993));
    assert_int_equal(standard()->nearly, 90);
    assert_int_equal(standard()->asks[type("general")][MEASURE_LAND].least, 40000);
    assert_int_equal(standard()->asks[type("general")][MEASURE_TEACHERS].each, 20);
    assert_int_equal(standard()->asks[type("senior_technical")][MEASURE_LAND].least, 66000);
}

static void what_is_asked_is_met_exactly(void **state)
{
    (void)state;
    struct school_condition c = exact();
    struct judgement j = standard_judge(standard(), &c, 0);
    assert_int_equal(j.overall, JUDGED_MET);
    assert_int_equal(j.holds, 2000);
    for (size_t m = 0; m < MEASURES; m++) {
        assert_int_equal(j.of[m].judged, JUDGED_MET);
        assert_int_equal(j.of[m].shortfall, 0);
        assert_int_equal(j.of[m].holds, 2000);
    }
}

/* 2,200 students ask 72,600 m², 44,000 m², 110 teachers, 5,500,000 yuan, 66,000 books. */
static void two_hundred_more(void **state)
{
    (void)state;
    static const int64_t short_of[MEASURES] = { 6600, 4000, 10, 500000, 6000 };
    struct school_condition c = exact();
    struct judgement j = standard_judge(standard(), &c, 200);
    assert_int_equal(j.students, 2200);
    assert_int_equal(j.overall, JUDGED_NEARLY); /* 2000 / 2200 is 90.9 % */
    for (size_t m = 0; m < MEASURES; m++) {
        assert_int_equal(j.of[m].shortfall, short_of[m]);
    }
    j = standard_judge(standard(), &c, 223); /* 2000 / 2223 is 89.97 % */
    assert_int_equal(j.of[MEASURE_LAND].judged, JUDGED_NOT_MET);
    assert_int_equal(j.of[MEASURE_TEACHERS].asked, 112); /* 111.15 teachers are 112 */
    assert_int_equal(j.of[MEASURE_TEACHERS].shortfall, 12);
    assert_int_equal(standard_judge(standard(), &c, -5000).students, 0);
}

static void least_amounts_bind_small_schools(void **state)
{
    (void)state;
    struct school_condition c = { .founded = 10000,
                                  .reported = true,
                                  .type = type("general"),
                                  .students = 500,
                                  .has = { 39999, 21600, 59, 299999950, 15000 } };
    struct judgement j = standard_judge(standard(), &c, 0);
    assert_int_equal(j.of[MEASURE_LAND].asked, 40000);
    assert_int_equal(j.of[MEASURE_LAND].shortfall, 1);
    assert_int_equal(j.of[MEASURE_LAND].holds, -1);
    assert_int_equal(j.of[MEASURE_FLOOR].asked, 24000); /* 90 % exactly */
    assert_int_equal(j.of[MEASURE_FLOOR].judged, JUDGED_NEARLY);
    assert_int_equal(j.of[MEASURE_TEACHERS].shortfall, 1);
    assert_int_equal(j.of[MEASURE_EQUIPMENT].shortfall, 1); /* half a yuan is a yuan short */
    assert_int_equal(j.of[MEASURE_BOOKS].judged, JUDGED_MET);
    assert_int_equal(j.holds, -1);
    c.has[MEASURE_FLOOR] = 21599;
    assert_int_equal(standard_judge(standard(), &c, 0).of[MEASURE_FLOOR].judged, JUDGED_NOT_MET);
}

static void scope_and_silence(void **state)
{
    (void)state;
    struct school_condition c = exact();
    c.founded = 18993;
    assert_int_equal(standard_judge(standard(), &c, 0).overall, JUDGED_OUT_OF_SCOPE);
    c.founded = 18992;
    assert_int_equal(standard_judge(standard(), &c, 0).overall, JUDGED_MET);
    c.type = type("attached");
    assert_int_equal(standard_judge(standard(), &c, 0).overall, JUDGED_OUT_OF_SCOPE);
    c.type = type("arts");
    struct judgement arts = standard_judge(standard(), &c, 0);
    assert_int_equal(arts.overall, JUDGED_DECLINED);
    assert_int_equal(arts.of[MEASURE_LAND].judged, JUDGED_DECLINED);
    assert_int_equal(arts.of[MEASURE_LAND].shortfall, 0);
    c.type = type("technical");
    struct judgement technical = standard_judge(standard(), &c, 0);
    assert_int_equal(technical.of[MEASURE_BOOKS].judged, JUDGED_NOT_ASKED);
    assert_int_equal(technical.of[MEASURE_LAND].holds, INT64_MAX);
    assert_int_equal(technical.holds, 2000); /* by its floor */
    c.reported = false;
    assert_int_equal(standard_judge(standard(), &c, 0).overall, JUDGED_NOT_REPORTED);
}

/* 12 of 14 in scope print 85.71. */
static void twelve_of_fourteen(void **state)
{
    (void)state;
    struct judgement list[21];
    for (size_t i = 0; i < 21; i++) {
        struct school_condition c = exact();
        c.founded = i < 14 ? 10000 : 19000;
        c.students = i < 2 ? 2100 : 2000;
        list[i] = standard_judge(standard(), &c, 0);
    }
    struct compliance all = standard_compliance(list, 21);
    int64_t e6 = 0;
    assert_int_equal(all.met, 12);
    assert_int_equal(all.judged, 14);
    assert_int_equal(all.schools[JUDGED_OUT_OF_SCOPE], 7);
    assert_true(compute_round(all.met * 100, all.judged, 2, &e6));
    assert_int_equal(e6, 85710000);
}

/* ---- rows ---- */

static int64_t draw(uint64_t *state, int64_t least, int64_t most)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return least + (int64_t)((*state >> 33) % (uint64_t)(most - least + 1));
}

enum { FIRST = 100, SCHOOLS = 400 };

/* Schools around what is asked, now and then on the very line; campuses of two owners, some naming each other. */
static void put_schools(void)
{
    static const char *const types[] = { "general", "general", "technical", "senior_technical", "attached", "arts" };
    uint64_t seed = 20240227;
    const char *times = "10000, 2932897, 1700000000000, 253402300800000, 1";
    struct buf sql = buf_init(4 * 1024 * 1024);
    for (int64_t i = FIRST; i < FIRST + SCHOOLS; i++) {
        int64_t students = draw(&seed, 100, 4000), exactly = draw(&seed, 0, 2), teachers = (students + 19) / 20;
        int64_t land = students * 33, floor = students * 20, fen = students * 250000, books = students * 30;
        land = land > 66000 ? land : draw(&seed, 0, 1) ? 66000 : 40000;
        floor = (floor > 24000 ? floor : 24000) - (exactly == 1 && draw(&seed, 0, 3) == 0);
        teachers = (teachers > 60 ? teachers : 60) - (exactly == 1 && draw(&seed, 0, 3) == 0);
        fen = (fen > 300000000 ? fen : 300000000) - (exactly == 1 && draw(&seed, 0, 3) == 0);
        books -= exactly == 2 && draw(&seed, 0, 3) == 0;
        buf_printf(&sql,
                   "insert into institution_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, "
                   "change, division, institution, kind, ownership, place_kind, name_zh, name_en, address_zh, phone, "
                   "founded, parent, lon_e6, lat_e6) values (%lld, 'V%lld', %s, '3715%02d001', %lld, '361', 'public', "
                   "'', '校', 'School', '', '', %lld, '', 0, 0);",
                   (long long)i, (long long)i, times, i % 2 ? 2 : 21, (long long)i,
                   (long long)draw(&seed, 18990, 18994));
        if (i % 40 == 7) {
            continue; /* has not reported */
        }
        buf_printf(&sql,
                   "insert into condition_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, "
                   "change, division, institution, school_type, students, teachers, land_m2, floor_m2, equipment_fen, "
                   "books) values (%lld, 'C%lld', %s, '3715%02d001', %lld, '%s', %lld, %lld, %lld, %lld, %lld, %lld);",
                   (long long)i, (long long)i, times, i % 2 ? 2 : 21, (long long)i, types[draw(&seed, 0, 5)],
                   (long long)students, (long long)teachers, (long long)land + draw(&seed, 0, 3000),
                   (long long)floor + 40, (long long)fen, (long long)books);
        if (i % 5 == 0) {
            int64_t other = i % 10 == 0 ? i + 5 : i - 5; /* tens and fives name each other, but for some */
            other = i % 35 == 0 ? 999 : other;           /* whom the register does not know */
            buf_printf(
                &sql,
                "insert into site_fact (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, "
                "division, institution, name_zh, name_en, address_zh, frame, x_e6, y_e6, lon_e6, lat_e6, land_m2, "
                "floor_m2, shared_with) values (%lld, 'S%lld', %s, '371502001', %lld, '', '', '', 'cgcs2000', 0, "
                "0, 0, 0, 1500, 41, 'V%lld');",
                (long long)i, (long long)i, times, (long long)i, (long long)other);
        }
    }
    small_register_run(f, arena_str(f->arena, buf_str(&sql)).p);
    buf_free(&sql);
}

static bool counts(const struct cells *cells, int64_t institution, bool *part)
{
    for (size_t i = 0; i < cells->n; i++) {
        if (cells->items[i].institution == institution) {
            *part = cells->items[i].part != 0;
            return true;
        }
    }
    return false;
}

static void indicator_and_judgement_agree(void **state)
{
    (void)state;
    struct indicators *set = NULL;
    struct city_mistakes *mistakes = city_mistakes_new();
    struct school_condition *list = NULL;
    struct counted counted;
    struct db *db;
    size_t n = 0, judged = 0, met = 0, shared = 0;
    put_schools();
    assert_true(indicators_read(&set, FIGURES_CITY, mistakes, &error));
    city_mistakes_free(mistakes);
    assert_true(db_open(&db, f->store, DB_READ, &error));
    const struct indicator *indicator = &set->items[indicators_find(set, STR("voc_compliance"))];
    struct as_of as_of = { DAY_2023, MOMENT_OPEN };
    if (!compute_cells(db, f->arena, set, indicator, as_of, &counted, &error) ||
        !conditions_read(db, f->arena, as_of, STR(""), 0, &list, &n, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(n, SCHOOLS);
    struct judgement *all = ARENA_ARRAY(f->arena, struct judgement, n);
    for (size_t i = 0; i < n; i++) {
        bool part = false;
        all[i] = standard_judge(standard(), &list[i], 0);
        bool is_judged = all[i].overall <= JUDGED_NOT_MET;
        assert_int_equal(counts(&counted.now, list[i].institution, &part), is_judged);
        assert_int_equal(part, all[i].overall == JUDGED_MET);
        judged += is_judged;
        met += all[i].overall == JUDGED_MET;
        shared += list[i].shared[MEASURE_LAND] > 0;
    }
    struct figure figure = compute_figure(set, indicator, &counted, STR(""), 0);
    struct compliance whole = standard_compliance(all, n);
    assert_int_equal(figure.numerator, whole.met);
    assert_int_equal(figure.denominator, whole.judged);
    /* The cases are there: many on each side, and campuses that count elsewhere. */
    assert_true(judged > 100 && met > 40 && judged - met > 40 && shared > 20);
    assert_int_equal(whole.schools[JUDGED_NOT_REPORTED] > 0, 1);
    db_close(db);
    indicators_free(set);
}

static void scope_narrows(void **state)
{
    (void)state;
    struct school_condition *list = NULL;
    struct db *db;
    size_t n = 0;
    assert_true(db_open(&db, f->store, DB_READ, &error));
    assert_true(
        conditions_read(db, f->arena, (struct as_of){ DAY_2023, MOMENT_OPEN }, STR("371521"), 0, &list, &n, &error));
    assert_int_equal(n, SCHOOLS / 2);
    assert_true(
        conditions_read(db, f->arena, (struct as_of){ DAY_2023, MOMENT_OPEN }, STR("371521"), 101, &list, &n, &error));
    assert_int_equal(n, 0); /* is of the other county */
    assert_true(
        conditions_read(db, f->arena, (struct as_of){ DAY_2023, 1699999999999 }, STR(""), 0, &list, &n, &error));
    assert_int_equal(n, 0); /* nothing was known then */
    db_close(db);
}

/* ---- mistakes ---- */

static void tells_mistakes(void **state)
{
    (void)state;
    char folder[] = "/tmp/jiaoti-standards-XXXXXX";
    static const char text[] = "name: {zh: 名, en: Name}\nsource: {zh: 据, en: Source}\nfrom: 2022-01-01\nnearly: 101\n"
                               "founded_before: 2022-01-01\nout_of_scope: [attached, colege]\npublic: maybe\ntypes:\n"
                               "  - type: general\n    land: {}\n    floor: nothing\n    teachers: {each: 20}\n"
                               "    equipment: {least: 0}\n    books: none\n  - type: attached\n    land: none\n"
                               "    floor: none\n    teachers: none\n    equipment: none\n    books: none\n";
    struct {
        uint32_t line;
        const char *says;
    } expected[] = {
        { 1, "the type 'technical' is missing" },
        { 4, "101" },
        { 6, "colege" },
        { 7, "maybe" },
        { 10, "land has no number" },
        { 11, "floor" },
        { 12, "each" },
        { 13, "0" },
        { 6, "attached" },
    };
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(arena_printf(f->arena, "%s/standards", folder).p, 0700), 0);
    const char *path = arena_printf(f->arena, "%s/standards/a.yaml", folder).p;
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, sizeof text - 1, out), sizeof text - 1);
    assert_int_equal(fclose(out), 0);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct standards *none = NULL;
    assert_false(standards_read(&none, folder, mistakes, &error));
    assert_null(none);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool found = false;
        for (size_t k = 0; k < mistakes->n; k++) {
            found = found || (mistakes->items[k].line == expected[i].line &&
                              strstr(mistakes->items[k].says.en, expected[i].says));
        }
        if (!found) {
            city_mistakes_print(stderr, mistakes, LANG_EN);
            fail_msg("line %u does not tell of %s", (unsigned)expected[i].line, expected[i].says);
        }
    }
    city_mistakes_free(mistakes);
    (void)unlink(path);
    (void)rmdir(arena_printf(f->arena, "%s/standards", folder).p);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applies_from_its_day),
        cmocka_unit_test(what_is_asked_is_met_exactly),
        cmocka_unit_test(two_hundred_more),
        cmocka_unit_test(least_amounts_bind_small_schools),
        cmocka_unit_test(scope_and_silence),
        cmocka_unit_test(twelve_of_fourteen),
        cmocka_unit_test(indicator_and_judgement_agree),
        cmocka_unit_test(scope_narrows),
        cmocka_unit_test(tells_mistakes),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
