/* The land and the schools: catchments tile each county, numbers are those of the city, and the same seed gives the
 * same land. GEOS looks at the outlines as they are published, in degrees. */
#include "demo/dice.h"
#include "demo/plans.h"
#include "demo/schools.h"

#include "allot/sm3.h"
#include "base/hex.h"

#include <geos_c.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct made {
    struct arena *arena;
    struct city *city;
    struct land *land;
    struct schools *schools;
};

static struct made make(uint32_t per_million, uint64_t seed)
{
    struct made made = { .arena = arena_new(1 << 20) };
    struct error error = { "" };
    struct city_mistakes *mistakes = city_mistakes_new();
    assert_true(city_read(&made.city, getenv("JIAOTI_CITY"), mistakes, &error));
    city_mistakes_free(mistakes);
    size_t children[STAGE_COUNT] = { 58000ull * per_million / 1000000, 56000ull * per_million / 1000000 };
    bool ok = land_new(made.arena, made.city, seed, 6000ull * per_million / 1000000, children, &made.land, &error) &&
              schools_new(made.arena, made.city, made.land, per_million, &made.schools, &error);
    if (!ok) {
        fail_msg("%s", error.message);
    }
    return made;
}

static void drop(struct made *made)
{
    city_free(made->city);
    arena_free(made->arena);
}

static GEOSGeometry *shape_of(GEOSContextHandle_t geos, const struct demo_catchment *catchment)
{
    GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(geos);
    char *text = strndup(catchment->shape.p, catchment->shape.n);
    GEOSGeometry *shape = GEOSGeoJSONReader_readGeometry_r(geos, reader, text);
    free(text);
    GEOSGeoJSONReader_destroy_r(geos, reader);
    assert_non_null(shape);
    return shape;
}

static double area_of(GEOSContextHandle_t geos, const GEOSGeometry *shape)
{
    double area = 0;
    assert_int_equal(GEOSArea_r(geos, shape, &area), 1);
    return area;
}

/* The union of a county's catchments of a stage (or, with MESH_NONE, of all counties); *sum: of their areas. */
static GEOSGeometry *union_of(GEOSContextHandle_t geos, const struct made *made, uint32_t county, enum stage stage,
                              double *sum)
{
    GEOSGeometry **parts = calloc(made->schools->ncatchments, sizeof(GEOSGeometry *));
    unsigned n = 0;
    *sum = 0;
    for (size_t i = 0; i < made->schools->ncatchments; i++) {
        const struct demo_catchment *catchment = &made->schools->catchments[i];
        if (catchment->stage == stage && (county == MESH_NONE || catchment->county == county)) {
            parts[n] = shape_of(geos, catchment);
            assert_int_equal(GEOSisValid_r(geos, parts[n]), 1);
            assert_int_equal(GEOSGeomTypeId_r(geos, parts[n]), GEOS_POLYGON); /* hangs together */
            *sum += area_of(geos, parts[n]);
            n++;
        }
    }
    GEOSGeometry *all = GEOSGeom_createCollection_r(geos, GEOS_GEOMETRYCOLLECTION, parts, n);
    GEOSGeometry *whole = GEOSUnaryUnion_r(geos, all);
    GEOSGeom_destroy_r(geos, all);
    free(parts);
    assert_non_null(whole);
    return whole;
}

/* Without overlap (the areas add up to the union's), and both stages cover the same county. */
static void tiles(uint32_t per_million, uint64_t seed)
{
    struct made made = make(per_million, seed);
    GEOSContextHandle_t geos = GEOS_init_r();
    double counties = 0, sum = 0;
    for (uint32_t c = 0; c < made.land->ncounties; c++) {
        double sums[STAGE_COUNT];
        GEOSGeometry *whole[STAGE_COUNT];
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            whole[stage] = union_of(geos, &made, c, (enum stage)stage, &sums[stage]);
            assert_true(fabs(area_of(geos, whole[stage]) - sums[stage]) < 1e-9 * sums[stage]);
        }
        GEOSGeometry *rest = GEOSSymDifference_r(geos, whole[0], whole[1]);
        assert_true(area_of(geos, rest) < 1e-9 * sums[0]);
        counties += sums[0];
        GEOSGeom_destroy_r(geos, rest);
        GEOSGeom_destroy_r(geos, whole[0]);
        GEOSGeom_destroy_r(geos, whole[1]);
    }
    GEOSGeometry *city = union_of(geos, &made, MESH_NONE, STAGE_PRIMARY, &sum);
    assert_int_equal(GEOSGeomTypeId_r(geos, city), GEOS_POLYGON);
    assert_int_equal(GEOSGetNumInteriorRings_r(geos, city), 0); /* no hole in the city */
    assert_true(fabs(area_of(geos, city) - counties) < 1e-9 * counties);
    GEOSGeom_destroy_r(geos, city);
    GEOS_finish_r(geos);
    drop(&made);
}

static void test_tiles_small(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        tiles(10000, seed);
    }
}

static void test_tiles_full(void **state)
{
    (void)state;
    tiles(1000000, 1);
}

/* Each community lies in the outlines that its row names. */
static void test_communities_lie_in_their_catchments(void **state)
{
    (void)state;
    struct made made = make(30000, 3);
    struct error error = { "" };
    struct frame *frame = NULL;
    assert_true(frame_open(&frame, &error));
    GEOSContextHandle_t geos = GEOS_init_r();
    for (size_t i = 0; i < made.schools->ncatchments; i++) {
        const struct demo_catchment *catchment = &made.schools->catchments[i];
        GEOSGeometry *shape = shape_of(geos, catchment);
        const GEOSPreparedGeometry *prepared = GEOSPrepare_r(geos, shape);
        for (size_t k = 0; k < made.land->ncommunities; k++) {
            struct point at = made.land->communities[k].at;
            int64_t lon, lat;
            assert_true(frame_degrees(frame, (struct point){ at.east * 10, at.north * 10 }, &lon, &lat, &error));
            GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, (double)lon / 1e6, (double)lat / 1e6);
            bool inside = GEOSPreparedContains_r(geos, prepared, point) == 1;
            assert_int_equal(inside, made.schools->home[catchment->stage][k] == i);
            GEOSGeom_destroy_r(geos, point);
        }
        GEOSPreparedGeom_destroy_r(geos, prepared);
        GEOSGeom_destroy_r(geos, shape);
    }
    GEOS_finish_r(geos);
    frame_close(frame);
    drop(&made);
}

static void counts(const struct made *made, uint32_t county, enum stage stage, uint64_t *children, uint64_t *places)
{
    *children = *places = 0;
    const struct land_county *land = &made->land->counties[county];
    for (uint32_t i = 0; i < land->ncommunities; i++) {
        *children += made->land->communities[land->first_community + i].children[stage];
    }
    for (size_t i = 0; i < made->schools->n; i++) {
        const struct school *school = &made->schools->items[i];
        if (school->county == county && !school->private_school && school->serves[stage]) {
            *places += school_places(school, stage);
        }
    }
}

/* A place for every child in each county, at any size. */
static void has_places(const struct made *made)
{
    for (uint32_t c = 0; c < made->land->ncounties; c++) {
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            uint64_t children, places;
            counts(made, c, (enum stage)stage, &children, &places);
            assert_true(places >= children);
        }
    }
}

static void test_full_size(void **state)
{
    (void)state;
    struct made made = make(1000000, 1);
    size_t children = 0, kinds[SCHOOL_KINDS][2] = { { 0 } }, short_of = 0, served = 0;
    assert_int_equal(made.land->ncounties, 11);
    assert_int_equal(made.land->ncommunities, 6000);
    assert_int_equal(made.schools->n, 1063);
    for (size_t i = 0; i < made.land->ncommunities; i++) {
        children += made.land->communities[i].children[0] + made.land->communities[i].children[1];
    }
    assert_int_equal(children, 114000);
    for (size_t i = 0; i < made.schools->n; i++) {
        const struct school *school = &made.schools->items[i];
        kinds[school->kind][school->private_school]++;
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            assert_int_equal(school->serves[stage], school_places(school, (enum stage)stage) > 0);
            if (school->serves[stage] && !school->private_school) {
                uint32_t places = school_places(school, (enum stage)stage);
                short_of += school->demand[stage] > places ? school->demand[stage] - places : 0;
                served += school->demand[stage];
            }
        }
    }
    for (int kind = 0; kind < SCHOOL_KINDS; kind++) {
        assert_int_equal(kinds[kind][0], SCHOOLS_OF_CITY[kind][0]);
        assert_int_equal(kinds[kind][1], SCHOOLS_OF_CITY[kind][1]);
    }
    assert_int_equal(served, 114000);
    /* Some children cannot have the school of their catchment: three to nine in a hundred. */
    assert_in_range(short_of * 1000 / served, 30, 90);
    has_places(&made);
    drop(&made);
}

static void test_catchments_by_policy(void **state)
{
    (void)state;
    struct made made = make(1000000, 1);
    for (size_t i = 0; i < made.schools->ncatchments; i++) {
        const struct demo_catchment *catchment = &made.schools->catchments[i];
        const struct policy *policy =
            city_policy(made.city, made.land->counties[catchment->county].division->code, catchment->stage);
        bool shared = policy->catchments == CATCHMENTS_SHARED;
        assert_in_range(catchment->nschools, shared ? 2 : 1, shared ? 5 : 1);
        for (size_t k = 0; k < catchment->nschools; k++) {
            const struct school *school = &made.schools->items[catchment->schools[k]];
            assert_false(school->private_school);
            assert_int_equal(made.schools->home[catchment->stage][school->community], i);
        }
    }
    drop(&made);
}

static void test_any_size_and_seed(void **state)
{
    (void)state;
    static const uint32_t SIZES[] = { 1000, 5000, 20000, 100000, 300000 };
    for (uint64_t i = 0; i < 10; i++) {
        struct made made = make(SIZES[i % 5], 100 + i);
        has_places(&made);
        drop(&made);
    }
}

/* Names are those of samples, codes are unique, no name of a community holds another's of its county. */
static void test_names(void **state)
{
    (void)state;
    struct made made = make(1000000, 1);
    for (uint32_t c = 0; c < made.land->ncounties; c++) {
        const struct land_county *county = &made.land->counties[c];
        for (uint32_t i = 0; i < county->ncommunities; i++) {
            struct str name = made.land->communities[county->first_community + i].name.zh;
            assert_true(str_is_utf8(name));
            for (uint32_t k = 0; k < county->ncommunities; k++) {
                struct str other = made.land->communities[county->first_community + k].name.zh;
                assert_true(i == k || memmem(name.p, name.n, other.p, other.n) == NULL);
            }
        }
    }
    for (size_t i = 0; i < made.schools->n; i++) {
        const struct school *school = &made.schools->items[i];
        assert_non_null(memmem(school->name.zh.p, school->name.zh.n, "示例", 6));
        assert_int_equal(school->code.n, 10);
        assert_true(i == 0 || !str_eq(school->code, made.schools->items[i - 1].code));
    }
    drop(&made);
}

/* What stands here is what every machine must get: if a change of the code is meant to change the city, raise
 * DEMO_VERSION and write the new number. */
static void test_same_on_every_machine(void **state)
{
    (void)state;
    struct sm3 sm3;
    uint8_t digest[SM3_BYTES];
    struct made made = make(1000000, 1);
    sm3_start(&sm3);
    for (size_t i = 0; i < made.schools->ncatchments; i++) {
        sm3_add(&sm3, made.schools->catchments[i].shape.p, made.schools->catchments[i].shape.n);
    }
    for (size_t i = 0; i < made.schools->n; i++) {
        sm3_add(&sm3, made.schools->items[i].address.p, made.schools->items[i].address.n);
    }
    sm3_end(&sm3, digest);
    assert_string_equal(hex_encode(made.arena, digest, sizeof digest).p,
                        "a871e177c4c1d661d8c53c07443ba8374ea0dc68b8a8d31f5bf3ddf46ec20f02");
    drop(&made);
}

static void test_dice(void **state)
{
    (void)state;
    struct dice dice = dice_of(1, "test", 0);
    struct dice same = dice_of(1, "test", 0), other = dice_of(1, "tesu", 0);
    uint64_t first = dice_next(&dice);
    assert_int_equal(first, dice_next(&same));
    assert_int_not_equal(first, dice_next(&other));
    size_t seen[6] = { 0 };
    for (int i = 0; i < 60000; i++) {
        seen[dice_below(&dice, 6)]++;
    }
    for (int i = 0; i < 6; i++) {
        assert_in_range(seen[i], 9600, 10400);
    }
    assert_int_equal(dice_below(&dice, 0), 0);
    assert_false(dice_chance(&dice, 0));
    assert_true(dice_chance(&dice, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dice),
        cmocka_unit_test(test_tiles_small),
        cmocka_unit_test(test_tiles_full),
        cmocka_unit_test(test_communities_lie_in_their_catchments),
        cmocka_unit_test(test_full_size),
        cmocka_unit_test(test_catchments_by_policy),
        cmocka_unit_test(test_any_size_and_seed),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_same_on_every_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
