/* Frames of coordinates (坐标系): the same place has other degrees in each.
 *
 * CGCS2000 is the country's own frame and what the register keeps; WGS84 (satellites, phones) differs from it by less
 * than a metre and is taken as the same. GCJ-02 (高德, 腾讯) shifts it by some hundred metres, BD-09 (百度) shifts
 * GCJ-02 once more. Neither shift is published by who made it; what stands here are the formulas that everybody uses.
 * How far they are from the secret ones nobody can say; against the formulas themselves both ways round are exact to
 * 1e-9 degrees, a tenth of a millimetre, since the way back is found by iteration and not by a formula of its own.
 *
 * Pure: no state, no allocation. */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/str.h"

enum map_frame { FRAME_CGCS2000, FRAME_GCJ02, FRAME_BD09, FRAMES };

struct degrees {
    double lon, lat;
};

/* "cgcs2000", "gcj02", "bd09"; false: another word. */
bool frame_named(struct str word, enum map_frame *frame);
const char *frame_name(enum map_frame frame);
/* Outside of a box around the country GCJ-02 shifts nothing. */
struct degrees frame_convert(struct degrees at, enum map_frame from, enum map_frame to);

#endif
