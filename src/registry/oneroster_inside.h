/* What the two files of the import share: tables as they were read. */
#ifndef REGISTRY_ONEROSTER_INSIDE_H
#define REGISTRY_ONEROSTER_INSIDE_H

#include "registry/oneroster.h"

struct roster_row {
    uint32_t line;
    struct str *cells; /* as many as the headings */
};
struct roster_read {
    bool present;
    struct str *headings;
    size_t nheadings;
    struct roster_row *rows; /* by sourcedId */
    size_t n;
};
struct roster_set {
    const struct roster_import *import;
    struct roster_outcome *outcome;
    struct arena *arena;
    struct roster_read files[ROSTER_FILES];
    size_t rows; /* of all files */
};

/* Reads the folder and looks whether the files are what the standard says: headings, words, days, references. */
bool roster_read_set(struct roster_set *set, struct error *error);
/* The cell of a standard column. */
struct str roster_cell(const struct roster_set *set, enum roster_file file, const struct roster_row *row,
                       const char *column);
/* The cell under any heading; empty where there is none. */
struct str roster_cell_under(const struct roster_set *set, enum roster_file file, const struct roster_row *row,
                             struct str heading);
/* The row with the sourcedId, or NULL. */
const struct roster_row *roster_find(const struct roster_set *set, enum roster_file file, struct str id);
void roster_mistake(struct roster_set *set, const char *file, uint32_t line, struct str column, struct name says);

#endif
