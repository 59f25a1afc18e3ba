/* The inside of the sheets: sheet_columns (which columns a kind has), sheet_cells.c (what stands in a cell),
 * sheet_read.c (the file, through jiaoti-import), sheet_export.c and sheet_apply.c. */
#ifndef CONNECT_SHEET_INTERNAL_H
#define CONNECT_SHEET_INTERNAL_H

#include "base/cell.h"
#include "connect/kinds.h"
#include "connect/sheet.h"

/* ---- Columns ---- */

enum column_role { COLUMN_NUMBER, COLUMN_QUESTION, COLUMN_VERDICT, COLUMN_DETAIL, COLUMN_REMARK };
enum { SHEET_COLUMNS_MOST = 24 };

struct column {
    enum column_role role;
    struct field field; /* of number, verdict and remark too: name, type, choices */
};

/* The columns of a kind, in the order of the sheet; their number. */
size_t sheet_columns(const struct kind *kind, struct column columns[SHEET_COLUMNS_MOST]);
/* "请求编号 Request number". */
struct str column_heading(struct arena *arena, const struct column *column);

extern const struct field_choice sheet_verdicts[];

/* ---- Cells (sheet_cells.c) ---- */

/* What the cell means as a value of the field: a new reference. NULL: *says tells what is wrong and what is expected.
 */
json_t *cell_value(struct arena *arena, const struct field *field, struct str cell, struct name *says);

/* ---- The file (sheet_read.c) ---- */

struct sheet_line {
    uint32_t number;
    struct str *cells;
    size_t n;
};
struct sheet_page {
    struct str name;
    struct sheet_line *lines;
    size_t n;
};
struct sheet_book {
    struct sheet_page *pages;
    size_t n;
};

/* Has jiaoti-import read the file. True with *problem NULL: *book is what it said. True with a problem: the file cannot
 * be read, in words for who handed it in. False: the program could not be run. */
bool sheet_read(const char *program, int file, struct arena *arena, struct sheet_book *book,
                const struct text **problem, struct error *error);

#endif
