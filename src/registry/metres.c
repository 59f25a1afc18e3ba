/* See metres.h. */
#include "registry/metres.h"

#include <math.h>
#include <proj.h>
#include <stdlib.h>

struct metres {
    PJ_CONTEXT *context;
    PJ *projection; /* degrees (longitude first) → metres */
};

bool metres_open(struct metres **metres, struct error *error)
{
    struct metres *made = calloc(1, sizeof *made);
    if (!made) {
        return error_set(error, "no memory for a projection");
    }
    made->context = proj_context_create();
    /* CGCS2000 / 3-degree Gauss-Kruger CM 117E (EPSG:4549) by its parameters, so that no grid or database decides. */
    made->projection = proj_create(made->context, "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
                                                  "+step +proj=tmerc +lat_0=0 +lon_0=117 +k=1 +x_0=500000 +y_0=0 "
                                                  "+ellps=GRS80");
    if (!made->projection) {
        metres_close(made);
        return error_set(error, "PROJ does not know the projection EPSG:4549; is libproj whole?");
    }
    *metres = made;
    return true;
}

void metres_close(struct metres *metres)
{
    if (metres) {
        proj_destroy(metres->projection);
        proj_context_destroy(metres->context);
        free(metres);
    }
}

static bool outside(struct error *error)
{
    return error_set(error, "a place lies outside of what EPSG:4549 can show");
}

bool metres_of(struct metres *metres, int64_t lon_e6, int64_t lat_e6, int64_t *east, int64_t *north,
               struct error *error)
{
    PJ_COORD at = proj_trans(metres->projection, PJ_FWD, proj_coord((double)lon_e6 / 1e6, (double)lat_e6 / 1e6, 0, 0));
    if (!isfinite(at.xy.x) || !isfinite(at.xy.y)) {
        return outside(error);
    }
    *east = llround(at.xy.x);
    *north = llround(at.xy.y);
    return true;
}

bool metres_degrees(struct metres *metres, double east, double north, int64_t *lon_e6, int64_t *lat_e6,
                    struct error *error)
{
    PJ_COORD at = proj_trans(metres->projection, PJ_INV, proj_coord(east, north, 0, 0));
    if (!isfinite(at.xy.x) || !isfinite(at.xy.y)) {
        return outside(error);
    }
    *lon_e6 = llround(at.xy.x * 1e6);
    *lat_e6 = llround(at.xy.y * 1e6);
    return true;
}
