/* In which frame a file or its giver says that places are. It is converted (base/frame.h) only where it is named. */
#ifndef REGISTRY_PLACE_FRAME_H
#define REGISTRY_PLACE_FRAME_H

#include "base/frame.h"

enum place_frame { GIVEN_UNKNOWN, GIVEN_CGCS2000, GIVEN_GCJ02, GIVEN_BD09, GIVEN_METRES /* EPSG:4549 */ };
/* "cgcs2000", "gcj02", "bd09" (the words of sites), or what jiaoti-import says of a map: "EPSG:4490", "China_2000",
 * "Transverse_Mercator … 117 1 500000 0". */
enum place_frame place_frame_of(struct str word);
/* Metres (registry/metres.h) and unknown come back as they are. */
struct degrees place_to_cgcs2000(enum place_frame frame, struct degrees place);

#endif
