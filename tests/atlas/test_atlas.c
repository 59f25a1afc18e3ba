/* The picture of today over a small register: what it holds, layers as RFC 7946 asks, the place of a tap, when it is
 * old. */
#include "support/store_fixture.h"

#include "atlas/atlas.h"
#include "base/clock.h"
#include "registry/facts.h"
#include "registry/registry.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VENUES = 60 };

struct world {
    struct store_fixture *fixture;
    struct city *city;
    struct atlas *atlas;
};

static bool put_venue(struct writing *writing, int number, struct error *error)
{
    static const char *const hours[] = { "24/7", "Mo-Su 00:00-00:01", "", "not hours" };
    const struct kind *kind = &KIND_LIST[KIND_VENUE];
    struct fact fact = {
        .code = arena_printf(writing->arena, "V%03d", number),
        .valid_from = 100,
        .division = STR("371502001"),
        .subject = number + 1,
    };
    for (size_t i = 0; i < kind->ncolumns; i++) {
        fact.values[i] =
            kind->columns[i].type == COLUMN_DAY || kind->columns[i].type == COLUMN_DEGREE ? V_INT(0) : V_TEXT(STR(""));
    }
    fact.values[kind_column(kind, STR("name_zh"))] = V_TEXT(arena_printf(writing->arena, "“场”\\地 %d", number));
    fact.values[kind_column(kind, STR("kind"))] = V_TEXT(number % 3 ? STR("plaza") : STR("large"));
    fact.values[kind_column(kind, STR("sports"))] = V_TEXT(number % 2 ? STR("running tennis") : STR("swimming"));
    fact.values[kind_column(kind, STR("fee"))] = V_TEXT(number % 5 ? STR("free") : STR("paid"));
    fact.values[kind_column(kind, STR("access"))] = V_TEXT(STR("yes"));
    fact.values[kind_column(kind, STR("hours"))] = V_TEXT(str_of(hours[number % 4]));
    fact.values[kind_column(kind, STR("lon_e6"))] = V_INT(number == 7 ? 0 : 115900000 + number * 1000);
    fact.values[kind_column(kind, STR("lat_e6"))] = V_INT(number == 7 ? 0 : 36400000 + number * number % 17 * 1000);
    return facts_add(writing, kind, &fact, 1, error);
}

/* Two squares side by side in each stage; the second has a hole and its rings turn the wrong way. */
static bool fill(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    if (!db_run(writing->db, error,
                "insert into catchment (id, stage, division, name_zh, name_en, shape) values "
                "(1, 'primary', '371502', '甲', 'A', "
                "'{\"type\":\"Polygon\",\"coordinates\":[[[115.9,36.4],[116,36.4],[116,36.5],[115.9,36.5],[115.9,36.4]]"
                "]}'), "
                "(2, 'primary', '371502', '乙', '', "
                "'{\"type\":\"MultiPolygon\",\"coordinates\":[[[[116,36.4],[116,36.5],[116.1,36.5],[116.1,36.4],[116,"
                "36.4]],"
                "[[116.02,36.42],[116.04,36.42],[116.04,36.44],[116.02,36.44],[116.02,36.42]]]]}'), "
                "(3, 'junior', '371502', '丙', 'C', '{\"type\":\"Point\",\"coordinates\":[116,36]}')")) {
        return false;
    }
    for (int i = 0; i < VENUES; i++) {
        if (!put_venue(writing, i, error)) {
            return false;
        }
    }
    return true;
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct error error;
    assert_non_null(world);
    assert_true(city_read(&world->city, getenv("JIAOTI_CITY"), mistakes, &error));
    city_mistakes_free(mistakes);
    world->fixture = store_fixture_new();
    store_fixture_migrate(world->fixture, registry_migrations, registry_migrations_count);
    assert_true(writer_call(store_fixture_writer(world->fixture), "fill", fill, NULL, &error));
    world->atlas = atlas_new(world->city, world->fixture->store);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    atlas_free(world->atlas);
    store_fixture_free(world->fixture);
    city_free(world->city);
    free(world);
    return 0;
}

static const struct picture *picture_of(struct world *world)
{
    struct error error = { { 0 } };
    const struct picture *picture = atlas_make(world->atlas, &error);
    if (!picture) {
        fail_msg("%s", error.message);
    }
    return picture;
}

/* ---- RFC 7946 ---- */

static double area_of(const json_t *ring)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < json_array_size(ring); i++) {
        const json_t *a = json_array_get(ring, i), *b = json_array_get(ring, i + 1);
        sum += json_number_value(json_array_get(a, 0)) * json_number_value(json_array_get(b, 1)) -
               json_number_value(json_array_get(b, 0)) * json_number_value(json_array_get(a, 1));
    }
    return sum;
}

static void check_position(const json_t *position)
{
    double lon = json_number_value(json_array_get(position, 0)), lat = json_number_value(json_array_get(position, 1));
    assert_int_equal(json_array_size(position), 2);
    assert_true(lon > 115 && lon < 117 && lat > 36 && lat < 37);
}

static void check_polygon(const json_t *rings)
{
    for (size_t i = 0; i < json_array_size(rings); i++) {
        const json_t *ring = json_array_get(rings, i);
        size_t n = json_array_size(ring);
        assert_true(n >= 4);
        assert_true(json_equal(json_array_get(ring, 0), json_array_get(ring, n - 1)));
        assert_true((area_of(ring) > 0) == (i == 0)); /* the right-hand rule */
        for (size_t k = 0; k < n; k++) {
            check_position(json_array_get(ring, k));
        }
    }
}

static void check_geometry(const json_t *geometry)
{
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    if (json_is_null(geometry)) {
        return;
    }
    assert_non_null(type);
    if (strcmp(type, "Point") == 0) {
        check_position(coordinates);
        return;
    }
    assert_string_equal(type, "MultiPolygon");
    assert_true(json_array_size(coordinates) > 0);
    for (size_t i = 0; i < json_array_size(coordinates); i++) {
        check_polygon(json_array_get(coordinates, i));
    }
}

static size_t check_layer(struct str bytes)
{
    json_error_t where;
    json_t *json = json_loadb(bytes.p, bytes.n, 0, &where);
    if (!json) {
        fail_msg("%s", where.text);
    }
    const json_t *features = json_object_get(json, "features");
    assert_string_equal(json_string_value(json_object_get(json, "type")), "FeatureCollection");
    assert_null(json_object_get(json, "crs"));
    assert_int_equal(strlen(json_string_value(json_object_get(json, "as_of"))), 10);
    assert_non_null(json_object_get(json, "licence"));
    assert_true(json_is_array(features));
    size_t n = json_array_size(features);
    for (size_t i = 0; i < n; i++) {
        const json_t *feature = json_array_get(features, i);
        assert_string_equal(json_string_value(json_object_get(feature, "type")), "Feature");
        assert_true(json_is_string(json_object_get(feature, "id")));
        assert_true(json_is_object(json_object_get(feature, "properties")));
        assert_non_null(json_object_get(feature, "geometry"));
        check_geometry(json_object_get(feature, "geometry"));
    }
    json_decref(json);
    return n;
}

static void layers_are_what_the_rfc_asks(void **state)
{
    struct world *world = *state;
    const struct picture *picture = picture_of(world);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_CATCHMENTS, STAGE_COUNT, FRAME_CGCS2000)),
                     2);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_CATCHMENTS, STAGE_JUNIOR, FRAME_CGCS2000)),
                     0);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_VENUES, STAGE_COUNT, FRAME_CGCS2000)),
                     VENUES);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_VENUES, STAGE_COUNT, FRAME_GCJ02)), VENUES);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_SCHOOLS, STAGE_COUNT, FRAME_CGCS2000)), 0);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_GROUPS, STAGE_COUNT, FRAME_CGCS2000)), 0);
    assert_int_equal(check_layer(picture_layer(picture, world->city, LAYER_COUNTIES, STAGE_COUNT, FRAME_CGCS2000)), 1);
    atlas_give(world->atlas, picture);
}

/* ---- The place of a tap ---- */

static void a_tap_lies_in_one_catchment(void **state)
{
    struct world *world = *state;
    const struct picture *picture = picture_of(world);
    const struct map_area *left = picture_area_at(picture, STAGE_PRIMARY, (struct degrees){ 115.95, 36.45 });
    assert_non_null(left);
    assert_int_equal(left->id, 1);
    assert_int_equal(picture_area_at(picture, STAGE_PRIMARY, (struct degrees){ 116.05, 36.45 })->id, 2);
    assert_null(picture_area_at(picture, STAGE_PRIMARY, (struct degrees){ 116.03, 36.43 })); /* the hole */
    assert_null(picture_area_at(picture, STAGE_JUNIOR, (struct degrees){ 115.95, 36.45 }));
    for (double lat = 36.4001; lat < 36.5; lat += 0.0007) { /* the edge that both have */
        int n = 0;
        for (size_t i = 0; i < picture->nareas; i++) {
            n += shape_holds(&picture->areas[i].shape, (struct degrees){ 116, lat });
        }
        assert_int_equal(n, 1);
    }
    assert_int_equal(picture->noutlines, 1);
    assert_true(shape_holds(&picture->outlines[0].shape, (struct degrees){ 116, 36.45 }));
    atlas_give(world->atlas, picture);
}

/* ---- Sports grounds ---- */

static void check_order(const struct venue_hit *hits, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        assert_true(hits[i - 1].metres <= hits[i].metres);
    }
}

static void grounds_are_found_by_what_they_have(void **state)
{
    struct world *world = *state;
    const struct picture *picture = picture_of(world);
    struct arena *arena = world->fixture->arena;
    struct venue_hit *hits;
    size_t n;
    bool more;
    struct venues_ask ask = { .has_place = true, .sport = STR("swimming"), .fee = STR("free"), .most = 100 };
    struct error error;
    assert_true(atlas_metres(world->atlas, 115900000, 36400000, &ask.east, &ask.north, &error));
    assert_true(venues_find(picture, world->city, arena, &ask, &hits, &n, &more));
    assert_int_equal(n, 24); /* even numbers that 5 does not divide */
    assert_false(more);
    check_order(hits, n);
    assert_true(str_is(hits[0].venue->code, "V002"));

    ask = (struct venues_ask){ .open_at = day_start_ms(20000) + 3600000, .most = 10 };
    assert_true(venues_find(picture, world->city, arena, &ask, &hits, &n, &more));
    assert_int_equal(n, 10); /* of fifteen that are always open */
    assert_true(more && hits[0].metres == -1);
    ask.after = 10;
    assert_true(venues_find(picture, world->city, arena, &ask, &hits, &n, &more));
    assert_int_equal(n, 5);
    assert_false(more);
    ask = (struct venues_ask){ .sport = STR("chess"), .most = 10 };
    assert_false(venues_find(picture, world->city, arena, &ask, &hits, &n, &more));
    assert_int_equal(picture->nhours, 2);
    assert_true(picture_venue(picture, STR("V003"))->hours == UINT32_MAX);
    assert_null(picture_venue(picture, STR("V999")));
    atlas_give(world->atlas, picture);
}

static bool change(struct writing *writing, void *input, struct error *error)
{
    (void)input;
    return put_venue(writing, VENUES, error);
}

static void it_is_old_when_the_register_learnt(void **state)
{
    struct world *world = *state;
    const struct picture *picture = picture_of(world), *again = atlas_take(world->atlas, picture->moment);
    struct error error;
    assert_ptr_equal(picture, again);
    atlas_give(world->atlas, again);
    assert_true(writer_call(store_fixture_writer(world->fixture), "change", change, NULL, &error));
    const struct picture *newer = picture_of(world);
    assert_true(newer->moment > picture->moment);
    assert_int_equal(newer->nvenues, VENUES + 1);
    assert_null(atlas_take(world->atlas, picture->moment));
    assert_int_equal(picture->nvenues, VENUES); /* who still looks at it may */
    atlas_give(world->atlas, picture);
    atlas_give(world->atlas, newer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_are_what_the_rfc_asks),
        cmocka_unit_test(a_tap_lies_in_one_catchment),
        cmocka_unit_test(grounds_are_found_by_what_they_have),
        cmocka_unit_test(it_is_old_when_the_register_learnt),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
