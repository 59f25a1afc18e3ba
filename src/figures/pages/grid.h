/* A table as a file: CSV that a spreadsheet opens as it should (byte order mark, no cell that it would run), or XLSX.
 */
#ifndef FIGURES_PAGES_GRID_H
#define FIGURES_PAGES_GRID_H

#include "web/reply.h"

enum { GRID_COLUMNS_MOST = 32 };

struct grid {
    struct str name; /* of the sheet and of the file, without its ending */
    struct str note; /* above the table of the XLSX */
    struct str *titles;
    size_t columns;
    struct str *cells; /* row after row */
    size_t rows;
    size_t wide; /* the column that is wider than the others in the XLSX */
};

/* The file's bytes, in the arena. */
struct str grid_csv(struct arena *arena, const struct grid *grid);
bool grid_xlsx(struct arena *arena, const struct grid *grid, struct str *bytes, struct error *error);
/* Replies with the file; format: "csv" or "xlsx", else there is no such page. Takes milliseconds for a few hundred
 * rows. */
void grid_reply(struct request *request, const struct grid *grid, struct str format);

#endif
