/* XLSX and ODS, by GDAL/OGR from memory. */
#ifndef IMPORT_WORKBOOK_H
#define IMPORT_WORKBOOK_H

#include "import/lines.h"

/* Registers the two drivers and nothing else. Before the doors are shut. */
void workbook_prepare(void);
/* False: it is no workbook that can be read. */
bool workbook_read(struct str bytes, struct lines *lines);

#endif
