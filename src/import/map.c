/* See map.h. PROJ's database is a file and stays shut out: the frame's own words are said, the other side knows what
 * they mean. The texts of a Shapefile are taken as bytes and read like a CSV's: UTF-8, else GB 18030. */
#include "import/map.h"

#include "base/limits.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdlib.h>

enum { MOST_LAYERS = 16 };

/* Exported by libgdal for C (ogrsf_frmts.h declares them for C++ alone). */
extern void RegisterOGRGeoJSON(void);
extern void RegisterOGRLIBKML(void);
extern void RegisterOGRShape(void);

void map_prepare(void)
{
    CPLSetErrorHandler(CPLQuietErrorHandler);
    CPLSetConfigOption("SHAPE_ENCODING", "");
    CPLSetConfigOption("GDAL_NUM_THREADS", "1");
    CPLSetConfigOption("SHAPE_RESTORE_SHX", "NO");
    RegisterOGRGeoJSON();
    RegisterOGRLIBKML();
    RegisterOGRShape();
}

/* "EPSG:4490", or the name of the frame with what a transverse Mercator is made of; empty: it is not said. */
static struct str frame_of(struct arena *arena, OGRLayerH layer)
{
    OGRSpatialReferenceH frame = OGR_L_GetSpatialRef(layer);
    if (!frame) {
        return STR("");
    }
    const char *authority = OSRGetAuthorityName(frame, NULL), *code = OSRGetAuthorityCode(frame, NULL);
    if (authority && code) {
        return arena_printf(arena, "%s:%s", authority, code);
    }
    const char *datum = OSRGetAttrValue(frame, "DATUM", 0);
    if (OSRIsProjected(frame)) {
        const char *projection = OSRGetAttrValue(frame, "PROJECTION", 0);
        return arena_printf(
            arena, "%s %s %.9g %.9g %.9g %.9g", projection ? projection : "?", datum ? datum : "?",
            OSRGetProjParm(frame, "central_meridian", 0, NULL), OSRGetProjParm(frame, "scale_factor", 1, NULL),
            OSRGetProjParm(frame, "false_easting", 0, NULL), OSRGetProjParm(frame, "false_northing", 0, NULL));
    }
    return datum ? str_of(datum) : STR("?");
}

/* Bytes of a Shapefile's table as UTF-8. A copy: numbers are written into one place of the library's. */
static struct str decoded(struct arena *arena, const struct encodings *encodings, const char *text)
{
    return csv_decode(arena, encodings, arena_str(arena, str_of(text)));
}

static void read_layer(OGRLayerH layer, const struct encodings *encodings, struct lines *lines)
{
    struct arena *arena = arena_new(0), *fields_arena = arena_new(0);
    struct str cells[LIMIT_SHEET_COLUMNS];
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    int fields = OGR_FD_GetFieldCount(definition);
    size_t n = fields < LIMIT_SHEET_COLUMNS ? (size_t)fields : LIMIT_SHEET_COLUMNS;
    for (size_t i = 0; i < n; i++) {
        const char *name = OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, (int)i));
        cells[i] = decoded(fields_arena, encodings, name);
    }
    lines_map(lines, frame_of(fields_arena, layer), cells, n);
    OGR_L_ResetReading(layer);
    OGRFeatureH feature;
    for (uint32_t number = 1; !lines->too_many && (feature = OGR_L_GetNextFeature(layer)) != NULL; number++) {
        arena_reset(arena);
        for (size_t i = 0; i < n; i++) {
            bool set = OGR_F_IsFieldSetAndNotNull(feature, (int)i) != 0;
            cells[i] = set ? decoded(arena, encodings, OGR_F_GetFieldAsString(feature, (int)i)) : STR("");
        }
        OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
        char *options[] = { (char[]){ "COORDINATE_PRECISION=8" }, NULL };
        char *geojson = geometry ? OGR_G_ExportToJsonEx(geometry, options) : NULL;
        lines_shape(lines, number, str_of(geojson), cells, n);
        CPLFree(geojson);
        OGR_F_Destroy(feature);
    }
    arena_free(arena);
    arena_free(fields_arena);
}

static GDALDatasetH open_map(struct str bytes)
{
    static const char *const geojson[] = { "GeoJSON", NULL }, *const kml[] = { "LIBKML", NULL },
                             *const shapes[] = { "ESRI Shapefile", NULL };
    bool zip = str_starts(bytes, STR("PK\x03\x04"));
    bool json = !zip && str_find(str_part(bytes, 0, 256), '{') < 256 && str_find(bytes, '{') < bytes.n &&
                str_find(str_part(bytes, 0, 256), '<') >= str_find(bytes, '{');
    const char *name = zip ? "/vsimem/map.zip" : json ? "/vsimem/map.geojson" : "/vsimem/map.kml";
    VSILFILE *file = VSIFileFromMemBuffer(name, (GByte *)(uintptr_t)bytes.p, (vsi_l_offset)bytes.n, FALSE);
    if (!file) {
        return NULL;
    }
    (void)VSIFCloseL(file);
    return GDALOpenEx(zip ? "/vsizip//vsimem/map.zip" : name, GDAL_OF_VECTOR | GDAL_OF_READONLY,
                      zip    ? shapes
                      : json ? geojson
                             : kml,
                      NULL, NULL);
}

const char *map_read(struct str bytes, const struct encodings *encodings, struct lines *lines)
{
    GDALDatasetH map = open_map(bytes);
    if (!map) {
        return "not-a-map";
    }
    int layers = GDALDatasetGetLayerCount(map);
    for (int i = 0; i < layers && i < MOST_LAYERS; i++) {
        read_layer(GDALDatasetGetLayer(map, i), encodings, lines);
    }
    return layers > 0 ? NULL : "not-a-map";
}
