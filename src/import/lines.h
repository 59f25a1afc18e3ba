/* The lines that jiaoti-import writes (README.md). Counts rows and holds the limits of what is said. */
#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "base/str.h"

#include <stdio.h>

struct lines {
    FILE *out;
    uint32_t rows;   /* of the present sheet */
    bool any_number; /* of a large CSV: rows are not counted */
    bool too_many;   /* nothing more is written */
};

void lines_sheet(struct lines *lines, struct str name);
/* Cells without anything at the end are left out, and so is a row without any. */
void lines_row(struct lines *lines, uint32_t number, const struct str *cells, size_t n);
/* A map's frame (empty: it does not say) and the names of its fields; a shape with its fields. */
void lines_map(struct lines *lines, struct str frame, const struct str *fields, size_t n);
void lines_shape(struct lines *lines, uint32_t number, struct str geojson, const struct str *cells, size_t n);
/* So much of a large CSV was read. */
void lines_at(struct lines *lines, int64_t bytes);

#endif
