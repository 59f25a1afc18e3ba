/* See workbook.h. All cells are asked for as text and no line is taken for headings: what a cell means is decided by
 * who knows the sheet. */
#include "import/workbook.h"

#include "base/limits.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <ogr_api.h>
#include <stdlib.h>

enum { MOST_SHEETS = 16 };

/* Exported by libgdal for C (ogrsf_frmts.h declares them for C++ alone). */
extern void RegisterOGRXLSX(void);
extern void RegisterOGRODS(void);

void workbook_prepare(void)
{
    CPLSetErrorHandler(CPLQuietErrorHandler);
    CPLSetConfigOption("OGR_XLSX_HEADERS", "DISABLE");
    CPLSetConfigOption("OGR_XLSX_FIELD_TYPES", "STRING");
    CPLSetConfigOption("OGR_ODS_HEADERS", "DISABLE");
    CPLSetConfigOption("OGR_ODS_FIELD_TYPES", "STRING");
    CPLSetConfigOption("GDAL_NUM_THREADS", "1");
    RegisterOGRXLSX();
    RegisterOGRODS();
}

static void read_layer(OGRLayerH layer, struct lines *lines)
{
    struct str cells[LIMIT_SHEET_COLUMNS];
    int fields = OGR_FD_GetFieldCount(OGR_L_GetLayerDefn(layer));
    size_t n = fields < LIMIT_SHEET_COLUMNS ? (size_t)fields : LIMIT_SHEET_COLUMNS;
    lines_sheet(lines, str_of(OGR_L_GetName(layer)));
    OGR_L_ResetReading(layer);
    OGRFeatureH feature;
    while (!lines->too_many && (feature = OGR_L_GetNextFeature(layer)) != NULL) {
        for (size_t i = 0; i < n; i++) {
            bool set = OGR_F_IsFieldSetAndNotNull(feature, (int)i) != 0;
            cells[i] = set ? str_of(OGR_F_GetFieldAsString(feature, (int)i)) : (struct str){ NULL, 0 };
        }
        GIntBig number = OGR_F_GetFID(feature);
        lines_row(lines, number > 0 && number < UINT32_MAX ? (uint32_t)number : 0, cells, n);
        OGR_F_Destroy(feature);
    }
}

bool workbook_read(struct str bytes, struct lines *lines)
{
    static const char *const drivers[] = { "XLSX", "ODS", NULL };
    static const char *const names[] = { "/vsimem/file.xlsx", "/vsimem/file.ods" };
    GDALDatasetH workbook = NULL;
    for (size_t i = 0; i < 2 && !workbook; i++) {
        VSILFILE *file = VSIFileFromMemBuffer(names[i], (GByte *)(uintptr_t)bytes.p, (vsi_l_offset)bytes.n, FALSE);
        if (!file) {
            return false;
        }
        (void)VSIFCloseL(file);
        workbook = GDALOpenEx(names[i], GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, NULL, NULL);
    }
    if (!workbook) {
        return false;
    }
    int sheets = GDALDatasetGetLayerCount(workbook);
    for (int i = 0; i < sheets && i < MOST_SHEETS; i++) {
        read_layer(GDALDatasetGetLayer(workbook, i), lines);
    }
    return sheets > 0;
}
