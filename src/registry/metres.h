/* Between degrees of CGCS2000 and metres of EPSG:4549 by PROJ (3-degree Gauss-Kruger, central meridian 117° E). One
 * `struct metres` serves one thread at a time. */
#ifndef REGISTRY_METRES_H
#define REGISTRY_METRES_H

#include "base/error.h"

#include <stdint.h>

struct metres;

bool metres_open(struct metres **metres, struct error *error);
/* NULL is accepted. */
void metres_close(struct metres *metres);
/* Degrees × 1,000,000 to whole metres. */
bool metres_of(struct metres *metres, int64_t lon_e6, int64_t lat_e6, int64_t *east, int64_t *north,
               struct error *error);
/* Metres to degrees × 1,000,000. */
bool metres_degrees(struct metres *metres, double east, double north, int64_t *lon_e6, int64_t *lat_e6,
                    struct error *error);

#endif
