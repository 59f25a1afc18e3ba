/* Catchments and places from maps: GeoJSON, KML, a Shapefile in GB 18030; frames; outlines that are none. argv[1] is
 * jiaoti-import, argv[2] the folder of the maps. */
#include "registry/exchange_world.h"

#include "base/buf.h"
#include "base/whole.h"
#include "registry/catchment_map.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const char *import_program, *maps; /* set once by main */

static struct catchment_map_outcome take(struct exchange_world *world, int file, enum place_frame frame, bool look_only)
{
    struct catchment_map_outcome outcome;
    struct catchment_map map = { .store = world->f->store,
                                 .writer = store_fixture_writer(world->f),
                                 .program = import_program,
                                 .division = STR("371502"),
                                 .stage = STR("primary"),
                                 .frame = frame,
                                 .file = file,
                                 .look_only = look_only };
    world_must(world, catchment_map_take(&map, world->f->arena, &outcome, &world->error));
    (void)close(file);
    return outcome;
}

static int fixture(struct exchange_world *world, const char *name)
{
    char *bytes = NULL;
    size_t n = 0;
    world_must(world, whole_read(arena_printf(world->f->arena, "%s/%s", maps, name).p, &bytes, &n, &world->error));
    int file = world_file((struct str){ bytes, n });
    free(bytes);
    return file;
}

#define POLYGON(name, points)                                                                                          \
    "{\"type\":\"Feature\",\"properties\":{\"name\":\"" name "\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":" \
    "[[" points "]]}}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define SQUARE "[115.9,36.4],[115.95,36.4],[115.95,36.45],[115.9,36.45],[115.9,36.4]"
#define BESIDE "[115.95,36.4],[116,36.4],[116,36.45],[115.95,36.45],[115.95,36.4]"
#define OVER "[115.94,36.4],[116,36.4],[116,36.45],[115.94,36.45],[115.94,36.4]"
#define BOW "[115.8,36.4],[115.85,36.45],[115.85,36.4],[115.8,36.45],[115.8,36.4]"

static void catchments_in(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    int64_t n = 0;
    struct catchment_map_outcome outcome = take(world, fixture(world, "gbk.zip"), GIVEN_UNKNOWN, true);
    assert_true(outcome.shapes == 2 && outcome.added == 2 && outcome.nmistakes == 0 && !outcome.problem);
    world_must(world, db_one_int(world->db, &world->error, &n, NULL, "select count(*) from catchment"));
    assert_int_equal(n, 0); /* looked at alone */
    outcome = take(world, fixture(world, "gbk.zip"), GIVEN_UNKNOWN, false);
    assert_int_equal(outcome.added, 2);
    world_must(world, db_one_int(world->db, &world->error, &n, NULL,
                                 "select count(*) from catchment where name_zh in ('东城片区', '西城片区')"));
    assert_int_equal(n, 2);
    world_must(world, db_one_int(world->db, &world->error, &n, NULL, "select count(*) from catchment_touch"));
    assert_int_equal(n, 2); /* both ways round */
    outcome = take(world, fixture(world, "gbk.zip"), GIVEN_UNKNOWN, false);
    assert_true(outcome.same == 2 && outcome.changed == 0);
    outcome = take(world, world_file(STR(COLLECTION(POLYGON("东城片区", SQUARE)))), GIVEN_UNKNOWN, false);
    assert_true(outcome.changed == 1 && outcome.added == 0); /* another order of points */
    static const char kml[] =
        "<?xml version=\"1.0\"?><kml "
        "xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>北城片区</name>"
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>115.9,36.5 115.95,36.5 115.95,36.55 115.9,36.5"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>";
    outcome = take(world, world_file((struct str){ kml, sizeof kml - 1 }), GIVEN_UNKNOWN, false);
    assert_int_equal(outcome.added, 1);
    world_free(world);
}

/* All outlines, as text, in the order of names. */
static struct str outlines(struct exchange_world *world)
{
    struct str all = STR("");
    struct rows *rows = db_query(world->db, &world->error,
                                 "select name_zh, shape, (select count(*) from catchment_touch t where t.catchment = "
                                 "c.id) from catchment c order by name_zh");
    while (rows_next(rows)) {
        struct str name = rows_text_in(rows, 0, world->f->arena);
        all = arena_printf(world->f->arena, "%.*s%.*s=%.*s %lld\n", STR_ARG(all), STR_ARG(name),
                           STR_ARG(rows_text(rows, 1)), (long long)rows_int(rows, 2));
    }
    world_must(world, rows_end(rows, &world->error));
    return all;
}

static enum catchment_undo_result take_back(struct exchange_world *world, int64_t import)
{
    struct catchment_undo undo = { .import = import, .role = "test", .arena = world->f->arena };
    world_must(world, writer_call(store_fixture_writer(world->f), "undo", catchment_undo_run, &undo, &world->error));
    return undo.result;
}

static void an_import_is_taken_back(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    int64_t first = take(world, fixture(world, "gbk.zip"), GIVEN_UNKNOWN, false).import;
    struct str before = outlines(world);
    int64_t second = take(world,
                          world_file(STR(COLLECTION(POLYGON("东城片区", SQUARE) "," POLYGON(
                              "南城片区", "[116.2,36.4],"
                                          "[116.3,36.4],[116.3,36.45],[116.2,36.45],[116.2,36.4]")))),
                          GIVEN_UNKNOWN, false)
                         .import;
    struct str after = outlines(world);
    assert_true(first > 0 && second > first);
    assert_false(str_eq(before, after));
    assert_int_equal(take_back(world, first), CATCHMENT_OVERTAKEN);
    assert_true(str_eq(outlines(world), after));
    assert_int_equal(take_back(world, second), CATCHMENT_UNDONE);
    assert_true(str_eq(outlines(world), before));
    assert_int_equal(take_back(world, second), CATCHMENT_MISSING);
    /* What was known in between stays known. */
    int64_t known = 0;
    world_must(world,
               db_one_int(world->db, &world->error, &known, NULL,
                          "select count(*) from catchment_outline o join catchment c on c.id = o.catchment where "
                          "c.name_zh = '东城片区'"));
    assert_int_equal(known, 3);
    /* Once something belongs to what it added it stays. */
    world_must(world, take(world, fixture(world, "gbk.zip"), GIVEN_UNKNOWN, false).import == 0);
    struct db *db = NULL;
    world_must(world, db_open(&db, world->f->store, DB_WRITE, &world->error));
    world_must(world, db_run(db, &world->error,
                             "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, "
                             "address_zh, phone, east, north, lon_e6, lat_e6) values ('S1', '211', 'public', '111', "
                             "'371502001', '甲', '', '', '', 0, 0, 0, 0)"));
    world_must(world, db_run(db, &world->error,
                             "insert into catchment_school (catchment, institution) select min(c.id), min(i.id) from "
                             "catchment c, institution i"));
    db_close(db);
    assert_int_equal(take_back(world, first), CATCHMENT_USED);
    assert_true(str_eq(outlines(world), before));
    world_free(world);
}

static void outlines_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *map, *zh, *en;
    } wrong[] = {
        { COLLECTION(POLYGON("甲", BOW)), "自相交", "crosses or overlaps itself" },
        { COLLECTION(POLYGON("甲", "[115.9,36.4],[115.95,36.4],[115.95,36.45],[115.9,36.45]")), "没有闭合",
          "not closed" },
        { COLLECTION(POLYGON("甲", SQUARE) "," POLYGON("乙", OVER)), "“甲”与“乙”重叠约", "'甲' overlaps '乙' by" },
        { COLLECTION(POLYGON("甲", SQUARE) "," POLYGON("甲", BESIDE)), "重复", "stands there twice" },
        { COLLECTION(POLYGON("", SQUARE)), "没有名称", "no name" },
        { COLLECTION(POLYGON("甲", "[15.9,36.4],[15.95,36.4],[15.95,36.45],[15.9,36.4]")), "不在中国范围内",
          "outside of China" },
        { COLLECTION("{\"type\":\"Feature\",\"properties\":{\"name\":\"点\"},\"geometry\":{\"type\":\"Point\","
                     "\"coordinates\":[116,36]}}"),
          "不是面", "no polygon" },
    };
    struct exchange_world *world = world_new(import_program);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct catchment_map_outcome outcome = take(world, world_file(str_of(wrong[i].map)), GIVEN_UNKNOWN, false);
        if (outcome.nmistakes == 0 || !world_has(outcome.mistakes[0].says.zh, wrong[i].zh) ||
            !world_has(outcome.mistakes[0].says.en, wrong[i].en)) {
            fail_msg("%s: %.*s", wrong[i].en, STR_ARG(outcome.nmistakes ? outcome.mistakes[0].says.en : STR("-")));
        }
    }
    struct catchment_map_outcome outcome = take(world, fixture(world, "no-frame.zip"), GIVEN_UNKNOWN, false);
    assert_true(outcome.nmistakes == 1 && world_has(outcome.mistakes[0].says.zh, "没有说明坐标系"));
    outcome = take(world, world_file(STR("a,b\n1,2\n")), GIVEN_UNKNOWN, false);
    assert_true(outcome.problem && world_has(str_of(outcome.problem->en), "not a GeoJSON"));
    int64_t n = 0;
    world_must(world, db_one_int(world->db, &world->error, &n, NULL, "select count(*) from catchment"));
    assert_int_equal(n, 0);
    /* Whoever knows the frame may say it: Baidu's lies a kilometre from where it shows. */
    outcome = take(world, fixture(world, "no-frame.zip"), GIVEN_BD09, false);
    assert_int_equal(outcome.added, 2);
    world_free(world);
}

/* What files call a frame; the shifts themselves: tests/base/test_frame.c. */
static void frames(void **state)
{
    (void)state;
    struct degrees home = { 115.985, 36.457 };
    struct degrees amap = place_to_cgcs2000(GIVEN_GCJ02, frame_convert(home, FRAME_CGCS2000, FRAME_GCJ02));
    struct degrees baidu = place_to_cgcs2000(GIVEN_BD09, frame_convert(home, FRAME_CGCS2000, FRAME_BD09));
    assert_true(fabs(amap.lon - home.lon) < 1e-7 && fabs(amap.lat - home.lat) < 1e-7);
    assert_true(fabs(baidu.lon - home.lon) < 1e-7 && fabs(baidu.lat - home.lat) < 1e-7);
    struct degrees same = place_to_cgcs2000(GIVEN_CGCS2000, home);
    assert_true(same.lon == home.lon && same.lat == home.lat);
    assert_int_equal(place_frame_of(STR("EPSG:4490")), GIVEN_CGCS2000);
    assert_int_equal(place_frame_of(STR("gcj02")), GIVEN_GCJ02);
    assert_int_equal(place_frame_of(STR("Transverse_Mercator China_2000 117 1 500000 0")), GIVEN_METRES);
    assert_int_equal(place_frame_of(STR("EPSG:2437")), GIVEN_UNKNOWN);
}

/* Campuses as points, and their place computed from the one that a map service gave. */
static void sites_in(void **state)
{
    (void)state;
    struct exchange_world *world = world_new(import_program);
    const struct kind *kind = &KIND_LIST[KIND_SITE];
    static const char points[] = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{"
                                 "\"代码\":\"S1\",\"name_zh\":"
                                 "\"东校区\",\"institution\":\"" SCHOOL
                                 "\",\"land_m2\":12000,\"floor_m2\":8000},\"geometry\":{\"type\":\"Point\","
                                 "\"coordinates\":[115.985,36.457]}}]}";
    struct exchange_outcome outcome;
    struct exchange_large large = { .store = world->f->store,
                                    .vault = world->f->vault,
                                    .program = import_program,
                                    .kind = kind,
                                    .day = world->today,
                                    .bad_share = -1,
                                    .map = true,
                                    .frame = GIVEN_GCJ02,
                                    .file = world_file((struct str){ points, sizeof points - 1 }) };
    world_must(world, exchange_large_run(&large, world->f->arena, &outcome, &world->error));
    (void)close(large.file);
    for (size_t i = 0; i < outcome.nmistakes; i++) {
        print_message("%.*s\n", STR_ARG(outcome.mistakes[i].says.en));
    }
    assert_int_equal(outcome.applied, 1);
    struct fact fact = world_fact(world, kind, "S1");
    assert_int_equal(fact_int(kind, &fact, "x_e6"), 115985000);
    assert_true(str_is(fact_text(kind, &fact, "frame"), "gcj02"));
    int64_t lon = fact_int(kind, &fact, "lon_e6");
    assert_true(lon != 115985000 && llabs(lon - 115985000) < 15000);
    /* By a spreadsheet the same, without the columns of the computed place. */
    outcome = world_import(
        world, kind,
        world_file(STR("代码,校区名称,坐标系,经度（原始）,纬度（原始）,占地面积（平方米）,建筑面积（平方米）,"
                       "单位代码\nS2,西校区,GCJ-02（高德、腾讯）,115.985,36.457,1,1," SCHOOL "\n")),
        false, -1);
    assert_int_equal(outcome.applied, 1);
    fact = world_fact(world, kind, "S2");
    assert_int_equal(fact_int(kind, &fact, "lon_e6"), lon);
    world_free(world);
}

int main(int count, char **words)
{
    import_program = count > 1 ? words[1] : NULL;
    maps = count > 2 ? words[2] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(catchments_in),
        cmocka_unit_test(an_import_is_taken_back),
        cmocka_unit_test(outlines_that_are_none),
        cmocka_unit_test(sites_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
