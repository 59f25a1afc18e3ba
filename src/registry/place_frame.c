/* See place_frame.h. */
#include "registry/place_frame.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
/* Krassovsky 1940, on which the shift is computed. */
static const double AXIS = 6378245.0, ECCENTRICITY = 0.00669342162296594323;

enum place_frame place_frame_of(struct str word)
{
    static const char *const geographic[] = { "cgcs2000",   "EPSG:4490",    "EPSG:4326",
                                              "OGC:CRS84",  "WGS_1984",     "D_WGS_1984",
                                              "China_2000", "D_China_2000", "China_Geodetic_Coordinate_System_2000" };
    for (size_t i = 0; i < sizeof geographic / sizeof *geographic; i++) {
        if (str_is(word, geographic[i])) {
            return FRAME_CGCS2000;
        }
    }
    struct str mercator = STR("Transverse_Mercator "), end = STR(" 117 1 500000 0");
    bool metres = str_is(word, "EPSG:4549") ||
                  (str_starts(word, mercator) && word.n > end.n && str_eq(str_part(word, word.n - end.n, end.n), end) &&
                   memmem(word.p, word.n, "2000", 4));
    return metres                  ? FRAME_METRES
           : str_is(word, "gcj02") ? FRAME_GCJ02
           : str_is(word, "bd09")  ? FRAME_BD09
                                   : FRAME_UNKNOWN;
}

static double waves(double at)
{
    return (20 * sin(6 * at * PI) + 20 * sin(2 * at * PI)) * 2 / 3;
}

/* How far GCJ-02 shows a place from where it is. */
static struct degrees shift(struct degrees place)
{
    double x = place.lon - 105, y = place.lat - 35;
    double east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + waves(x) +
                  (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3 +
                  (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
    double north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + waves(x) +
                   (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 +
                   (160 * sin(y / 12 * PI) + 320 * sin(y * PI / 30)) * 2 / 3;
    double angle = place.lat / 180 * PI, part = 1 - ECCENTRICITY * sin(angle) * sin(angle);
    return (struct degrees){ east * 180 / (AXIS / sqrt(part) * cos(angle) * PI),
                             north * 180 / (AXIS * (1 - ECCENTRICITY) / (part * sqrt(part)) * PI) };
}

static struct degrees to_gcj02(struct degrees place)
{
    struct degrees by = shift(place);
    return (struct degrees){ place.lon + by.lon, place.lat + by.lat };
}

static struct degrees to_bd09(struct degrees place)
{
    struct degrees gcj = to_gcj02(place);
    double turn = PI * 3000 / 180;
    double far = sqrt(gcj.lon * gcj.lon + gcj.lat * gcj.lat) + 0.00002 * sin(gcj.lat * turn);
    double angle = atan2(gcj.lat, gcj.lon) + 0.000003 * cos(gcj.lon * turn);
    return (struct degrees){ far * cos(angle) + 0.0065, far * sin(angle) + 0.006 };
}

struct degrees place_from_cgcs2000(enum place_frame frame, struct degrees place)
{
    return frame == FRAME_GCJ02 ? to_gcj02(place) : frame == FRAME_BD09 ? to_bd09(place) : place;
}

struct degrees place_to_cgcs2000(enum place_frame frame, struct degrees place)
{
    enum { TURNS = 8 }; /* each brings it some thousand times nearer */
    struct degrees found = place;
    for (int i = 0; i < TURNS; i++) {
        struct degrees there = place_from_cgcs2000(frame, found);
        found.lon += place.lon - there.lon;
        found.lat += place.lat - there.lat;
    }
    return found;
}
