/* See place_frame.h. */
#include "registry/place_frame.h"

enum place_frame place_frame_of(struct str word)
{
    static const char *const geographic[] = { "cgcs2000",   "EPSG:4490",    "EPSG:4326",
                                              "OGC:CRS84",  "WGS_1984",     "D_WGS_1984",
                                              "China_2000", "D_China_2000", "China_Geodetic_Coordinate_System_2000" };
    for (size_t i = 0; i < sizeof geographic / sizeof *geographic; i++) {
        if (str_is(word, geographic[i])) {
            return GIVEN_CGCS2000;
        }
    }
    struct str mercator = STR("Transverse_Mercator "), end = STR(" 117 1 500000 0");
    bool metres = str_is(word, "EPSG:4549") ||
                  (str_starts(word, mercator) && word.n > end.n && str_eq(str_part(word, word.n - end.n, end.n), end) &&
                   memmem(word.p, word.n, "2000", 4));
    return metres                  ? GIVEN_METRES
           : str_is(word, "gcj02") ? GIVEN_GCJ02
           : str_is(word, "bd09")  ? GIVEN_BD09
                                   : GIVEN_UNKNOWN;
}

struct degrees place_to_cgcs2000(enum place_frame frame, struct degrees place)
{
    return frame == GIVEN_GCJ02  ? frame_convert(place, FRAME_GCJ02, FRAME_CGCS2000)
           : frame == GIVEN_BD09 ? frame_convert(place, FRAME_BD09, FRAME_CGCS2000)
                                 : place;
}
