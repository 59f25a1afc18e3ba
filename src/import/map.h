/* GeoJSON, KML, and a Shapefile in a ZIP, by GDAL/OGR from memory. Shapes are said as GeoJSON in the file's own frame;
 * what frame that is, the file says or nobody knows. */
#ifndef IMPORT_MAP_H
#define IMPORT_MAP_H

#include "import/csv.h"

/* Registers the three drivers and nothing else. Before the doors are shut. */
void map_prepare(void);
/* NULL, or the problem's word. */
const char *map_read(struct str bytes, const struct encodings *encodings, struct lines *lines);

#endif
