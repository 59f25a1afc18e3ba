/* OneRoster 1.2 CSV: schools, people, classes and enrolments of the register out as a ZIP of CSV files, and the same
 * in.
 *
 * What the standard has no place for stands in columns of our own at the right, metadata.jiaoti.…, as the standard
 * allows. Codes of the register are `identifier`; a sourcedId is the kind and the code. There are no grades: their
 * vocabulary is another country's. Passwords, addresses, telephones are never written, citizen numbers only when asked
 * for. docs/oneroster.md says what each column is.
 *
 * In: what the files say is compared with the register like a spreadsheet (exchange.h): shown first, applied as one
 * change or not at all; what is not in the files stays as it is. An import after an export changes nothing.
 */
#ifndef REGISTRY_ONEROSTER_H
#define REGISTRY_ONEROSTER_H

#include "registry/exchange.h"

/* ---- The tables (oneroster_tables.c) ---- */

enum roster_file {
    ROSTER_ORGS,
    ROSTER_SESSIONS,
    ROSTER_COURSES,
    ROSTER_CLASSES,
    ROSTER_USERS,
    ROSTER_ROLES,
    ROSTER_ENROLLMENTS,
    ROSTER_FILES,
    ROSTER_NONE = ROSTER_FILES
};

struct roster_column {
    const char *name;
    bool required;
    const char *const *words; /* ends with NULL; NULL: any text */
    enum roster_file of;      /* the file whose sourcedId it is; ROSTER_NONE: of none */
    bool several;             /* several, separated by commas */
};

struct roster_table {
    const char *name; /* "orgs": the file is orgs.csv, in the manifest file.orgs */
    const struct roster_column *columns;
    size_t ncolumns;
};
extern const struct roster_table ROSTER_TABLES[ROSTER_FILES];
/* Other files of the standard, which we do not write: absent in the manifest. */
extern const char *const ROSTER_ABSENT[];
extern const size_t ROSTER_ABSENT_COUNT;
/* Index of a column, or -1. */
int roster_column(enum roster_file file, const char *name);

/* Our own columns of a file: "metadata.jiaoti.pupil.boards" for a column of the kind that the standard has no place
 * for.
 */
enum { ROSTER_OWN_MOST = 40, ROSTER_DIVISION = KIND_COLUMNS_MOST };
struct roster_own {
    const struct kind *kind;
    size_t column; /* of the kind; ROSTER_DIVISION: the division in which it lies */
};
size_t roster_own(enum roster_file file, struct roster_own out[ROSTER_OWN_MOST]);
struct str roster_own_name(struct arena *arena, const struct roster_own *own);

/* ---- Out (oneroster_export.c) ---- */

struct roster_ask {
    int64_t day;
    struct str scope;    /* prefix */
    int64_t institution; /* 0: any */
    bool numbers;        /* citizen numbers too */
};
struct roster_counts {
    int64_t rows[ROSTER_FILES];
};
/* Writes the ZIP into an open, empty file. The caller journals who took it. */
bool oneroster_export(struct db *db, struct vault *vault, const struct roster_ask *ask, int file,
                      struct roster_counts *counts, struct error *error);

/* ---- In (oneroster_read.c, oneroster_import.c) ---- */

enum { ROSTER_ROWS_MOST = 400000, ROSTER_MISTAKES_MOST = 500 };

struct roster_mistake {
    const char *file; /* "users.csv" */
    uint32_t line;    /* as a program counts, from 1; 0: the whole file */
    struct str column;
    struct name says;
};
enum { ROSTER_KINDS = 3 }; /* institutions, staff, pupils */
struct roster_outcome {
    struct roster_mistake *mistakes;
    size_t nmistakes;
    int64_t of[ROSTER_KINDS][EXCHANGE_STATES];
    int64_t absent[ROSTER_KINDS];
    int64_t change; /* 0: nothing was recorded */
};
struct roster_import {
    struct store *store;
    struct vault *vault;
    bool look_only;
    const char *program; /* of jiaoti-import; NULL: beside this one */
    const char *folder;  /* with the CSV files */
    int64_t day;         /* from which changes hold */
    struct str note;
};
bool oneroster_import(const struct roster_import *import, struct arena *arena, struct roster_outcome *outcome,
                      struct error *error);
extern const enum kind_id ROSTER_KIND_OF[ROSTER_KINDS];

#endif
