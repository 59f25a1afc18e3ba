/* A spreadsheet that is written from top to bottom, in three formats that a clerk's program opens: XLSX by
 * libxlsxwriter, ODS by a small writer over minizip (GDAL's writer knows no drop-down lists, and would have to run in
 * jiaoti-import, which may not write files), CSV in UTF-8 with a mark. Texts that a spreadsheet would compute are
 * guarded here.
 *
 * Workbooks are put together in memory: personal data does not come to lie in a file of a shared folder.
 */
#ifndef REGISTRY_EXCHANGE_SHEET_H
#define REGISTRY_EXCHANGE_SHEET_H

#include "registry/exchange.h"

enum sheet_kind { SHEET_TEXT, SHEET_NUMBER, SHEET_DAY, SHEET_MARK /* a text in red */ };

struct sheet_cell {
    enum sheet_kind kind;
    struct str text; /* of a number its decimal digits; empty: an empty cell */
    int64_t day;
};

struct sheet_column {
    struct str heading;
    struct text hint;          /* a remark beside the column, or empty */
    const struct str *choices; /* of a drop-down list; NULL: none */
    size_t nchoices;
};

struct sheet;
/* Begins the page of the table and writes the headings when there are columns with some; `room` rows get drop-down
 * lists. Columns live until sheet_close. */
bool sheet_open(struct sheet **sheet, enum exchange_format format, struct text name, enum lang lang,
                const struct sheet_column *columns, size_t n, uint32_t room, FILE *out, struct error *error);
void sheet_row(struct sheet *sheet, const struct sheet_cell *cells, size_t n);
/* Another page of lines of text, behind the table (nothing in a CSV). */
void sheet_page(struct sheet *sheet, struct text name);
/* Ends it, whatever `good` says; writes the file to `out` when good. */
bool sheet_close(struct sheet *sheet, bool good, struct error *error);

/* The formats' own parts (exchange_xlsx.c, exchange_ods.c). */
struct sheet_writer {
    void (*page)(void *context, const char *name, bool table);
    void (*row)(void *context, const struct sheet_cell *cells, size_t n, bool heading);
    bool (*close)(void *context, struct error *error);
    void *context;
};
struct sheet_frame {
    const struct sheet_column *columns;
    size_t n;
    uint32_t room;
    enum lang lang;
    const char *path; /* where to write it */
    struct arena *arena;
};
bool sheet_xlsx(struct sheet_writer *writer, const struct sheet_frame *frame, struct error *error);
bool sheet_ods(struct sheet_writer *writer, const struct sheet_frame *frame, struct error *error);

#endif
