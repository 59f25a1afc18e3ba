/* registry: addresses in one form, distances, the finder, dwellings. */
#include "support/store_fixture.h"

#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void an_address_has_one_form(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_true(str_is(registry_address_form(arena, STR(" 柳园街道 １２号楼　Ａ单元 ")), "柳园街道12号楼A单元"));
    assert_true(str_is(registry_address_form(arena, STR("")), ""));
    arena_free(arena);
}

static void distances_are_exact_and_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(registry_distance(0, 0, 3, 4), 5);
    assert_int_equal(registry_distance(0, 0, 1, 1), 2);
    assert_int_equal(registry_distance(7, 7, 7, 7), 0);
    assert_int_equal(registry_distance(-1000000, 0, 1000000, 0), 2000000);
    for (int64_t e = 0; e < 200; e++) {
        for (int64_t n = 0; n < 200; n++) {
            int64_t d = registry_distance(0, 0, e, n), square = e * e + n * n;
            assert_true(d * d >= square && (d == 0 || (d - 1) * (d - 1) < square));
        }
    }
}

static bool fill(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return db_run(writing->db, error,
                  "insert into catchment (id, stage, division, name_zh, name_en, shape) values "
                  "(1, 'primary', '371502', '甲', 'A', '{}'), (2, 'junior', '371502', '乙', 'B', '{}')") &&
           db_run(writing->db, error,
                  "insert into community (id, division, name_zh, name_en, road_zh, east, north, primary_catchment, "
                  "junior_catchment) values "
                  "(1, '371502001', '阳光小区', 'sunshine', '东昌路', 0, 0, 1, 2), "
                  "(2, '371502001', '阳光小区南区', 'sunshine south', '东昌路', 0, 0, 1, 2), "
                  "(3, '371526001', '王庄村', 'wangzhuang', '', 0, 0, 1, 2), "
                  "(4, '371502001', '100%_村', 'odd', '', 0, 0, 1, 2)");
}

struct recording {
    struct str address;
    int64_t id;
};

static bool record(struct writing *writing, void *input, struct error *error)
{
    struct recording *recording = input;
    return registry_dwelling_record(writing, writing->vault, recording->address, 1, STR("commercial"), &recording->id,
                                    error);
}

static void the_finder_finds(void **state)
{
    (void)state;
    struct store_fixture *f = store_fixture_new();
    struct error error;
    store_fixture_migrate(f, registry_migrations, registry_migrations_count);
    struct writer *writer = store_fixture_writer(f);
    assert_true(writer_call(writer, "fill", fill, NULL, &error));
    struct db *db;
    struct community *found, one;
    size_t n;
    bool is;
    assert_true(db_open(&db, f->store, DB_READ, &error));
    assert_true(registry_find_communities(db, f->arena, STR("3715"), STR("阳光"), 10, &found, &n, &error));
    assert_int_equal(n, 2);
    assert_true(registry_find_communities(db, f->arena, STR("3715"), STR("东昌路"), 10, &found, &n, &error));
    assert_int_equal(n, 2);
    assert_true(registry_find_communities(db, f->arena, STR("371526"), STR("阳光"), 10, &found, &n, &error));
    assert_int_equal(n, 0);
    /* What a pattern would take for a wildcard stands for itself. */
    assert_true(registry_find_communities(db, f->arena, STR("3715"), STR("%"), 10, &found, &n, &error));
    assert_int_equal(n, 1);
    assert_true(registry_find_communities(db, f->arena, STR("3715"), STR("' or 1=1 --"), 10, &found, &n, &error));
    assert_int_equal(n, 0);
    /* The longest name that stands in the address. */
    assert_true(registry_address_community(db, f->arena, STR("柳园街道阳光小区南区３号楼"), &one, &is, &error));
    assert_true(is && one.id == 2);
    assert_true(registry_address_community(db, f->arena, STR("不存在的地方"), &one, &is, &error));
    assert_false(is);
    /* One address is one dwelling, however it is typed. */
    struct recording first = { STR("阳光小区 3号楼"), 0 }, again = { STR("阳光小区３号楼"), 0 };
    assert_true(writer_call(writer, "record", record, &first, &error));
    assert_true(writer_call(writer, "record", record, &again, &error));
    assert_int_equal(first.id, again.id);
    struct dwelling dwelling;
    assert_true(registry_dwelling(db, f->arena, f->vault, first.id, &dwelling, &is, &error));
    assert_true(is && str_is(dwelling.address, "阳光小区3号楼"));
    db_close(db);
    store_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_one_form),
        cmocka_unit_test(distances_are_exact_and_rounded_up),
        cmocka_unit_test(the_finder_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
