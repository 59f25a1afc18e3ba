/* An import on its way: read in the background, looked at, applied as one change, undone. See exchange.h for what rows
 * mean.
 *
 *   reading → read → applied (made at once, by who may confirm) or proposed → undone
 *           ↘ stopped, failed
 *
 * Of the stranger's file only the cells are kept, sealed, until it is applied and at most IMPORT_KEEP_DAYS. The
 * difference is not kept but found again each time it is looked at, and once more when it is applied, within the
 * transaction: what the register has learnt meanwhile is never overlooked.
 *
 * A register refuses a file with a mistake as a whole. A feed takes the good rows as long as not more than a stated
 * share of rows has mistakes.
 */
#ifndef REGISTRY_EXCHANGE_KEEP_H
#define REGISTRY_EXCHANGE_KEEP_H

#include "registry/exchange.h"
#include "registry/exchange_points.h"
#include "registry/exchange_reader.h"

enum { IMPORT_KEEP_DAYS = 30, IMPORT_MISTAKES_MOST = 500 };

enum import_state {
    IMPORT_READING,
    IMPORT_READ,
    IMPORT_STOPPED,
    IMPORT_FAILED,
    IMPORT_APPLIED,
    IMPORT_PROPOSED,
    IMPORT_UNDONE,
    IMPORT_STATES
};

struct exchange_counts {
    int64_t rows;
    int64_t of[EXCHANGE_STATES];
    int64_t absent;
};

struct exchange_import {
    int64_t id;
    const struct kind *kind;
    int64_t account;
    struct str division;
    int64_t institution;
    enum import_state state;
    struct str file_name;
    enum exchange_format format;
    int64_t day, bad_share;
    struct exchange_counts counts;
    struct name problem;
    int64_t change;
    int64_t started_at, ended_at;
};

/* Adds one that is being read; its number. Journaled. */
bool exchange_import_add(struct writing *writing, const struct exchange_import *import, const char *role, int64_t *id,
                         struct error *error);
bool exchange_import_get(struct db *db, struct arena *arena, int64_t id, struct exchange_import *out, bool *found,
                         struct error *error);
/* Of an account and a kind, newest first. */
bool exchange_import_list(struct db *db, struct arena *arena, int64_t account, const struct kind *kind, int64_t most,
                          struct exchange_import **out, size_t *n, struct error *error);
/* Does the import refuse to be applied, with these counts? */
bool exchange_import_refused(const struct exchange_import *import, const struct exchange_counts *counts);

/* ---- Looking at what was read (exchange_walk.c) ---- */

struct exchange_walk {
    void *context;
    /* A line that is no row: above the headings, or the headings. NULL: not wanted. */
    bool (*line)(void *context, uint32_t number, const struct str *cells, size_t n, bool headings);
    /* Rows in order, at most EXCHANGE_BATCH; they live until it returns. False ends the walk, with an error or without.
     */
    bool (*rows)(void *context, struct exchange_check *check, struct exchange_row *rows, size_t n, struct error *error);
};
/* Checks all rows of a kept import. *counts sums up; *mistakes (in the arena) are those of the file as a whole. */
bool exchange_walk(struct db *db, struct vault *vault, struct arena *arena, const struct exchange_import *import,
                   const struct keeper_of *who, const struct exchange_walk *walk, struct exchange_counts *counts,
                   struct exchange_mistake **mistakes, size_t *nmistakes, struct error *error);

/* The file with a column of mistakes behind its own: every cell as it was, in the format. */
bool exchange_errors(struct db *db, struct vault *vault, const struct exchange_import *import,
                     const struct keeper_of *who, enum exchange_format format, enum lang lang, FILE *out,
                     struct error *error);

/* ---- Making it so (exchange_apply.c) ---- */

enum import_result {
    IMPORT_OK,
    IMPORT_MISSING,   /* there is none, or it is another's */
    IMPORT_NOT_NOW,   /* it is not in the state for that */
    IMPORT_REFUSED,   /* it has mistakes */
    IMPORT_NOTHING,   /* it would change nothing */
    IMPORT_NOT_YOURS, /* the change may not be undone by this person */
    IMPORT_OVERTAKEN  /* something was recorded over it since */
};
/* In a command: makes it as one change at once when `who` may confirm all of it, else proposes it. A result other than
 * IMPORT_OK changes nothing; *result is set before a failure too, when the reason is one of these. */
bool exchange_apply(struct writing *writing, const struct keeper_of *who, int64_t id, struct str note,
                    enum import_result *result, struct error *error);
/* In a command: takes back what it recorded, or withdraws what it proposed. */
bool exchange_undo(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                   enum import_result *result, struct error *error);

/* ---- Of any length, for the command (exchange_large.c) ---- */

struct exchange_large {
    struct store *store;
    struct vault *vault;
    const char *program;
    const struct kind *kind;
    int64_t day, bad_share;
    int file;               /* a regular file, at its beginning */
    bool look_only;         /* the difference, nothing is changed */
    bool map;               /* a map of points (exchange_points.h) … */
    enum place_frame frame; /* … in this frame; GIVEN_UNKNOWN: as it says */
    struct str note;
    /* Called now and then; false stops it after the rows that are under way. May be NULL. */
    bool (*progress)(void *context, bool applies, int64_t rows, int64_t bytes);
    void *context;
};
struct exchange_outcome {
    struct exchange_counts counts;
    struct exchange_mistake *mistakes; /* the first IMPORT_MISTAKES_MOST, in the arena */
    size_t nmistakes;
    const struct text *problem; /* the file cannot be read; NULL: it can */
    bool refused, stopped;
    int64_t change;  /* 0: nothing was changed */
    int64_t applied; /* rows that changed something */
};
/* Reads the file twice: all of it is checked before the first row is recorded, in groups of rows a commit, under one
 * change. Memory does not grow with the file but for the marks of its codes (exchange_inside.h). */
bool exchange_large_run(const struct exchange_large *large, struct arena *arena, struct exchange_outcome *outcome,
                        struct error *error);

#endif
