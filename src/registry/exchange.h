/* The register in and out as spreadsheets, for every kind of kinds.h.
 *
 * Out: what holds on a day, within a scope, as XLSX, ODS or CSV; or a template without rows. The first line has the
 * headings, in the reader's language with the column's name behind it: "入学年份 [entry_year]". Words are written as
 * their labels, days as days, money in yuan, and a text that a spreadsheet would compute has an apostrophe before it.
 *
 * In: headings are known by label or name in either language and in any order; words by label or name. A row is about
 * the thing whose code it has. It is new, changed, the same, or it has mistakes. What the file does not name stays as
 * it is, and so does a column that it does not have. A cell that says what the export would say of the stored value is
 * that value, so an import after an export changes nothing, whatever strange texts there are.
 *
 * A row that changes something changes it from the import's day on, unless the row itself says another first day.
 */
#ifndef REGISTRY_EXCHANGE_H
#define REGISTRY_EXCHANGE_H

#include "base/text.h"
#include "registry/change.h"

#include <stdio.h>

enum exchange_format { EXCHANGE_XLSX, EXCHANGE_ODS, EXCHANGE_CSV };
/* "xlsx", "ods", "csv"; false: another word. */
bool exchange_format_of(struct str word, enum exchange_format *format);
const char *exchange_format_word(enum exchange_format format);
const char *exchange_format_type(enum exchange_format format); /* of the reply */

/* ---- Columns of a file (exchange_columns.c) ---- */

enum exchange_role {
    EXCHANGE_CODE,
    EXCHANGE_CITIZEN, /* of persons: number, name, sex, day of birth */
    EXCHANGE_NAME,
    EXCHANGE_SEX,
    EXCHANGE_BIRTH,
    EXCHANGE_INSTITUTION, /* its code */
    EXCHANGE_DIVISION,
    EXCHANGE_FIELD, /* one of the kind's */
    EXCHANGE_FROM,
    EXCHANGE_UNTIL
};
enum { EXCHANGE_COLUMNS_MOST = KIND_COLUMNS_MOST + 9 };

struct exchange_column {
    enum exchange_role role;
    size_t index; /* EXCHANGE_FIELD: in kind->columns */
    const struct column *column;
};
size_t exchange_columns(const struct kind *kind, struct exchange_column out[EXCHANGE_COLUMNS_MOST]);
/* "入学年份 [entry_year] *"; the star: it must be filled in. */
struct str exchange_heading(struct arena *arena, const struct column *column, enum lang lang);
bool exchange_is_heading(struct arena *arena, const struct column *column, struct str cell);

/* What stands in the cell of a value; unguarded. */
struct str exchange_cell(struct arena *arena, const struct column *column, struct value value, enum lang lang);
/* What a cell means. False: *says tells what was found and what is expected. A code is not looked up here. */
bool exchange_value(struct arena *arena, const struct column *column, struct str cell, struct value *value,
                    struct name *says);

/* ---- Out (exchange_export.c) ---- */

struct exchange_ask {
    const struct kind *kind;
    int64_t day;
    struct str scope;    /* prefix; of a school's staff the institution instead */
    int64_t institution; /* 0: any */
    enum lang lang;
    enum exchange_format format;
    bool template; /* headings and drop-down lists alone */
};
/* Writes the file to `out`; *n rows. More than LIMIT_SHEET_ROWS of XLSX and ODS are refused with a message. The caller
 * journals who took it when the kind names persons. */
bool exchange_export(struct db *db, struct vault *vault, const struct exchange_ask *ask, FILE *out, int64_t *n,
                     struct error *error);
/* "pupil-371502-20260714.xlsx" */
struct str exchange_file_name(struct arena *arena, const struct exchange_ask *ask);

/* ---- Rows that come in (exchange_check.c) ---- */

struct exchange_mistake {
    uint32_t row;        /* as the spreadsheet counts, from 1; 0: the whole file */
    uint32_t column;     /* from 1 (A); 0: the whole row */
    struct name heading; /* of the column; empty for the whole row */
    struct name says;    /* what was found, what is expected */
};
/* "C12", "12" or "", in the arena. */
struct str exchange_place(struct arena *arena, const struct exchange_mistake *mistake);

enum exchange_state { EXCHANGE_SAME, EXCHANGE_NEW, EXCHANGE_CHANGED, EXCHANGE_BAD, EXCHANGE_STATES };

struct exchange_person {
    struct str citizen, name, sex;
    int64_t birth;
    struct str hash; /* of the citizen number; empty: nobody has looked */
    int64_t id;      /* 0: not known to the register */
};

enum { EXCHANGE_MISTAKES_MOST = 40 }; /* of one row */

struct exchange_row {
    uint32_t number;
    const struct str *cells;
    size_t ncells;
    /* What became of it: */
    enum exchange_state state;
    struct fact fact;   /* what is to be recorded */
    struct fact before; /* id 0: the thing is new */
    uint32_t changed;   /* a bit for each exchange column */
    int64_t ends;       /* the day from which the thing is no more; 0: it is not said */
    bool records;       /* something besides its end is to be recorded */
    struct exchange_person person;
    struct exchange_mistake *mistakes;
    size_t nmistakes;
};

struct exchange_setting {
    const struct kind *kind;
    struct keeper_of who; /* whose scope it must be */
    int64_t day;          /* from which changes hold */
};

struct exchange_check;
/* Reads what rows are compared with again and again (institutions). The setting must live as long. */
bool exchange_check_new(struct exchange_check **check, struct db *db, struct vault *vault,
                        const struct exchange_setting *setting, struct error *error);
void exchange_check_free(struct exchange_check *check);
/* Looks whether the cells are the line of headings: the code's heading stands there. Then *mistakes (in the arena) says
 * what is wrong with them, and rows may come. */
bool exchange_check_headings(struct exchange_check *check, struct arena *arena, uint32_t number,
                             const struct str *cells, size_t n, struct exchange_mistake **mistakes, size_t *nmistakes);
/* Where the column stands in the file, or SIZE_MAX. */
size_t exchange_check_place(const struct exchange_check *check, size_t column);
const struct exchange_column *exchange_check_columns(const struct exchange_check *check, size_t *n);

enum { EXCHANGE_BATCH = 64 };
/* Looks at up to EXCHANGE_BATCH rows and fills what became of each; text lives in the arena or in the cells. False only
 * when the database failed. */
bool exchange_check_rows(struct exchange_check *check, struct db *db, struct arena *arena, struct exchange_row *rows,
                         size_t n, struct error *error);
/* Things that the scope has on the day and that the rows did not name; the same check must have seen all rows. */
bool exchange_check_absent(struct exchange_check *check, struct db *db, int64_t *absent, struct error *error);

/* Adds who is new to the register. */
bool exchange_add_person(struct writing *writing, const struct exchange_person *person, int64_t *subject,
                         struct error *error);
/* Records a good row under a change. */
bool exchange_write(struct writing *writing, const struct kind *kind, const struct exchange_row *row, int64_t change,
                    struct error *error);

#endif
