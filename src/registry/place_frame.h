/* Frames in which maps give places, and the one that is kept: degrees of CGCS2000, from which WGS 84 differs by less
 * than a metre. GCJ-02 (Amap, Tencent) and BD-09 (Baidu) shift places by up to a kilometre; their published formulas
 * are turned round by repetition, to a centimetre. A frame is converted only where the file or its giver names it. */
#ifndef REGISTRY_PLACE_FRAME_H
#define REGISTRY_PLACE_FRAME_H

#include "base/str.h"

struct degrees {
    double lon, lat;
};

enum place_frame { FRAME_UNKNOWN, FRAME_CGCS2000, FRAME_GCJ02, FRAME_BD09, FRAME_METRES /* EPSG:4549 */ };
/* "cgcs2000", "gcj02", "bd09" (the words of sites), or what jiaoti-import says of a map: "EPSG:4490", "China_2000",
 * "Transverse_Mercator … 117 1 500000 0". */
enum place_frame place_frame_of(struct str word);
/* Of all frames but metres (registry/metres.h) and unknown, which come back as they are. */
struct degrees place_to_cgcs2000(enum place_frame frame, struct degrees place);
struct degrees place_from_cgcs2000(enum place_frame frame, struct degrees place);

#endif
