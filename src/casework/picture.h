/* What a picture says of itself, and the picture without it.
 *
 * A camera writes into a JPEG when and where it was taken (EXIF, read by libexif). That is kept beside evidence; it is
 * what the camera said, no proof. What the public sees carries none of it: neither place nor device nor words. */
#ifndef CASEWORK_PICTURE_H
#define CASEWORK_PICTURE_H

#include "base/arena.h"

struct picture_facts {
    int64_t taken_at; /* moment, by the clock of the city; 0: it does not say */
    bool has_place;
    int64_t lon_e6, lat_e6; /* CGCS2000; a satellite receiver's WGS 84 differs by centimetres */
    int orientation;        /* 1 to 8, as EXIF counts; 0: it does not say */
};
/* Of a JPEG; of anything else nothing. Any thread. */
struct picture_facts picture_facts(struct str bytes);

/* A JPEG or PNG with the picture and its orientation alone; *bare false: it is neither, or not whole. */
struct str picture_bare(struct arena *arena, struct str bytes, bool *bare);

#endif
