/* See frame.h. */
#include "base/frame.h"

#include <math.h>

static const char *const names[FRAMES] = { "cgcs2000", "gcj02", "bd09" };
static const double PI = 3.14159265358979323846;
/* Krasovsky's ellipsoid, in which GCJ-02 reckons. */
static const double SEMI_MAJOR = 6378245.0, ECCENTRICITY = 0.00669342162296594323;
/* The iteration brings three digits a step, and four where the shift changes slowly. */
enum { STEPS = 12 };

bool frame_named(struct str word, enum map_frame *frame)
{
    for (int i = 0; i < FRAMES; i++) {
        if (str_is(word, names[i])) {
            *frame = (enum map_frame)i;
            return true;
        }
    }
    return false;
}

const char *frame_name(enum map_frame frame)
{
    return names[frame];
}

static bool is_shifted(struct degrees at)
{
    return at.lon >= 72.004 && at.lon <= 137.8347 && at.lat >= 0.8293 && at.lat <= 55.8271;
}

/* Two waves over the longitude that both directions share. */
static double ripple(double x)
{
    return (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2 / 3;
}

/* The shift in metres as a sum of a polynomial and of waves of three lengths, around 105° E 35° N. */
static double shift_north(double x, double y)
{
    return -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + ripple(x) +
           (20 * sin(y * PI) + 40 * sin(y / 3 * PI)) * 2 / 3 +
           (160 * sin(y / 12 * PI) + 320 * sin(y / 30 * PI)) * 2 / 3;
}

static double shift_east(double x, double y)
{
    return 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + ripple(x) +
           (20 * sin(x * PI) + 40 * sin(x / 3 * PI)) * 2 / 3 +
           (150 * sin(x / 12 * PI) + 300 * sin(x / 30 * PI)) * 2 / 3;
}

static struct degrees to_gcj(struct degrees at)
{
    if (!is_shifted(at)) {
        return at;
    }
    double east = shift_east(at.lon - 105, at.lat - 35), north = shift_north(at.lon - 105, at.lat - 35);
    double latitude = at.lat / 180 * PI;
    double magic = 1 - ECCENTRICITY * sin(latitude) * sin(latitude);
    return (struct degrees){
        at.lon + east * 180 / (SEMI_MAJOR / sqrt(magic) * cos(latitude) * PI),
        at.lat + north * 180 / (SEMI_MAJOR * (1 - ECCENTRICITY) / (magic * sqrt(magic)) * PI),
    };
}

/* BD-09 turns GCJ-02 a little around 0° 0°, stretches it a little, and moves it. */
static struct degrees to_bd(struct degrees at)
{
    double wave = PI * 3000 / 180;
    double length = sqrt(at.lon * at.lon + at.lat * at.lat) + 0.00002 * sin(at.lat * wave);
    double angle = atan2(at.lat, at.lon) + 0.000003 * cos(at.lon * wave);
    return (struct degrees){ length * cos(angle) + 0.0065, length * sin(angle) + 0.006 };
}

/* What `forward` takes to `at`: begin there, and take away what it overshoots. */
static struct degrees back(struct degrees (*forward)(struct degrees), struct degrees at)
{
    struct degrees guess = at;
    for (int i = 0; i < STEPS; i++) {
        struct degrees there = forward(guess);
        guess.lon += at.lon - there.lon;
        guess.lat += at.lat - there.lat;
    }
    return guess;
}

struct degrees frame_convert(struct degrees at, enum map_frame from, enum map_frame to)
{
    if (from == to) {
        return at;
    }
    if (from == FRAME_BD09) {
        at = back(to_bd, at);
        from = FRAME_GCJ02;
    }
    if (from == FRAME_GCJ02 && to == FRAME_CGCS2000) {
        return is_shifted(at) ? back(to_gcj, at) : at;
    }
    if (from == FRAME_CGCS2000) {
        at = to_gcj(at);
    }
    return to == FRAME_BD09 ? to_bd(at) : at;
}
