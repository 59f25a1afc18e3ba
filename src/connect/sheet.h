/* The exchange by spreadsheet, for a department without an interface (and for one whose interface is down): the
 * questions that wait go out as XLSX or CSV, the filled file comes back, and each good row is an answer like one that
 * came over HTTP.
 *
 * A sheet has a line of headings, then a row a question: the request number, what is asked, the verdict (a drop-down:
 * confirmed 属实, not so 不属实, no record 查无记录), details that a confirmation needs, a remark. The XLSX has a page
 * of instructions before it. Text that a spreadsheet would take for a formula gets an apostrophe before it.
 *
 * A file that comes back is a stranger's: it is read by the separate program jiaoti-import, without privileges; what
 * arrives here is lines of text (src/import/README.md). Good rows are kept whatever the others are: every row is its
 * own command.
 */
#ifndef CONNECT_SHEET_H
#define CONNECT_SHEET_H

#include "base/text.h"
#include "connect/ask.h"

#include <stdio.h>

enum sheet_format { SHEET_XLSX, SHEET_CSV };

/* Can questions of this kind go by spreadsheet? */
bool sheet_has(struct str kind);

/* Whose questions: of one kind to one department, within a prefix of division codes (empty: the whole city). */
struct sheet_scope {
    struct str authority;
    struct name authority_name; /* shown in the instructions */
    struct str kind;
    struct str division;
};

/* Writes the waiting questions (states by_sheet and silent), oldest first, at most LIMIT_SHEET_ROWS, to `out`; *n is
 * their number. The file holds personal data: the caller journals who took it. A kind without a sheet is an error. */
bool sheet_export(struct db *db, struct vault *vault, const struct sheet_scope *scope, enum sheet_format format,
                  FILE *out, int64_t *n, struct error *error);
/* "371502-property-20260714.xlsx". */
struct str sheet_file_name(struct arena *arena, const struct sheet_scope *scope, enum sheet_format format, int64_t now);

/* A row that was not taken. */
struct sheet_mistake {
    uint32_t row;        /* as the spreadsheet counts, from 1; 0: the whole file */
    uint32_t column;     /* from 1 (A); 0: the whole row */
    struct name heading; /* of the column; empty for the whole row */
    struct name says;    /* what is wrong and what was expected; no personal data but what stands in the cell */
};
/* "C12", "12" or "" in the arena. */
struct str sheet_cell_name(struct arena *arena, uint32_t row, uint32_t column);

struct sheet_result {
    int64_t rows;                   /* with anything in them, but the headings */
    int64_t applied;                /* answers kept */
    int64_t already;                /* answered before: left as they were */
    int64_t unfilled;               /* without a verdict and details: nothing said yet */
    int64_t bad;                    /* rows with a mistake */
    struct sheet_mistake *mistakes; /* by row, then column; at most LIMIT_SHEET_MISTAKES */
    size_t nmistakes;
    bool more_mistakes;
};

struct sheet_import {
    struct writer *writer;
    struct store *store;
    struct vault *vault;
    struct sheet_scope scope; /* rows of other departments, kinds and divisions are mistakes */
    struct ask_hook hook;
    int64_t account; /* who hands it in, for the journal */
    const char *role;
    const char *program; /* path of jiaoti-import; NULL: beside this program */
};

/* Reads the file from `file` (at its beginning, a regular file) and keeps its answers. On a worker's thread: it waits.
 * True: *result (in the arena) says what became of each row; a file that cannot be read at all is one mistake in row 0.
 * False: something of ours failed, and error says what; rows kept before stay kept. */
bool sheet_take(const struct sheet_import *import, int file, struct arena *arena, struct sheet_result *result,
                struct error *error);

#endif
