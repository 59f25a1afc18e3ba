/* frame: published sample points, the way back, and where nothing is shifted. */
#include "base/frame.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check_near(struct degrees is, double lon, double lat, double within)
{
    if (fabs(is.lon - lon) > within || fabs(is.lat - lat) > within) {
        fail_msg("%.12f %.12f, expected %.12f %.12f", is.lon, is.lat, lon, lat);
    }
}

/* The samples that stand in the pages of the usual converters (coordtransform, and the exact way back of
 * eviltransform, which gives six digits behind the point's micro-degree). */
static void published_samples(void **state)
{
    (void)state;
    struct degrees at = { 116.404, 39.915 };
    check_near(frame_convert(at, FRAME_CGCS2000, FRAME_GCJ02), 116.41024449916938, 39.91640428150164, 1e-9);
    check_near(frame_convert(at, FRAME_GCJ02, FRAME_BD09), 116.41036949371029, 39.92133699351021, 1e-9);
    /* Their ways back are formulas that miss by some micro-degrees; ours is the inverse. */
    check_near(frame_convert(at, FRAME_GCJ02, FRAME_CGCS2000), 116.39775549316407, 39.913596801757805, 1e-6);
    check_near(frame_convert(at, FRAME_GCJ02, FRAME_CGCS2000), 116.39775550083061, 39.91359571849836, 3e-6);
    check_near(frame_convert(at, FRAME_BD09, FRAME_GCJ02), 116.39762729119315, 39.90865673957631, 3e-6);
    check_near(frame_convert(at, FRAME_BD09, FRAME_CGCS2000), 116.3913836995125, 39.907253214522164, 5e-6);
}

static void back_and_forth_is_exact(void **state)
{
    (void)state;
    for (int from = 0; from < FRAMES; from++) {
        for (int to = 0; to < FRAMES; to++) {
            for (double lon = 74; lon < 136; lon += 1.37) {
                for (double lat = 3; lat < 54; lat += 1.61) {
                    struct degrees at = { lon, lat };
                    struct degrees there = frame_convert(at, (enum map_frame)from, (enum map_frame)to);
                    check_near(frame_convert(there, (enum map_frame)to, (enum map_frame)from), lon, lat, 1e-9);
                }
            }
        }
    }
}

/* In the demo's city: some hundred metres, to the east and to the north. */
static void the_shift_has_its_size(void **state)
{
    (void)state;
    struct degrees at = { 115.99, 36.46 }, shifted = frame_convert(at, FRAME_CGCS2000, FRAME_GCJ02);
    double east = (shifted.lon - at.lon) * 111320 * cos(at.lat * 0.0174532925), north = (shifted.lat - at.lat) * 110950;
    assert_true(hypot(east, north) > 100 && hypot(east, north) < 1000);
    check_near(frame_convert((struct degrees){ -0.12, 51.5 }, FRAME_CGCS2000, FRAME_GCJ02), -0.12, 51.5, 0);
    check_near(frame_convert((struct degrees){ -0.12, 51.5 }, FRAME_GCJ02, FRAME_CGCS2000), -0.12, 51.5, 0);
}

static void names_are_the_registers(void **state)
{
    (void)state;
    enum map_frame frame = FRAME_CGCS2000;
    assert_true(frame_named(STR("bd09"), &frame) && frame == FRAME_BD09);
    assert_true(frame_named(STR("gcj02"), &frame) && frame == FRAME_GCJ02);
    assert_false(frame_named(STR("wgs"), &frame));
    assert_string_equal(frame_name(FRAME_CGCS2000), "cgcs2000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_samples),
        cmocka_unit_test(back_and_forth_is_exact),
        cmocka_unit_test(the_shift_has_its_size),
        cmocka_unit_test(names_are_the_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
