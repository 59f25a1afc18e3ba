/* Kinds of things in the register, described once: each has a table of versions (sql/003-register.sql), columns with
 * types and labels, and levels that maintain it. Pages, forms, imports, exports, the programming interface and the
 * comparison of two days are written over these descriptions; a new kind is a table and an entry here. */
#ifndef REGISTRY_KINDS_H
#define REGISTRY_KINDS_H

#include "base/text.h"

enum kind_id {
    KIND_DIVISION,
    KIND_INSTITUTION,
    KIND_SITE,
    KIND_STAFF,
    KIND_PUPIL,
    KIND_HONOUR,
    KIND_GROUP,
    KIND_MEMBER,
    KIND_PROGRAMME,
    KIND_PROJECT,
    KIND_ACTIVITY,
    KIND_STATEMENT,
    KIND_COHORT,
    KIND_CHARGE,
    KIND_PROVISION,
    KIND_CONDITION,
    KIND_VENUE,
    KIND_ATHLETE,
    KINDS
};

enum column_type {
    COLUMN_TEXT,   /* of at most `most` characters */
    COLUMN_LONG,   /* text of several lines */
    COLUMN_NUMBER, /* least … most */
    COLUMN_FLAG,   /* 0 or 1 */
    COLUMN_DAY,    /* day number; 0: not known, where it is not required */
    COLUMN_MONEY,  /* fen */
    COLUMN_DEGREE, /* times 1,000,000 */
    COLUMN_WORD,   /* one of `words` */
    COLUMN_WORDS,  /* several of `words`, separated by blanks */
    COLUMN_CODE    /* code of a thing of kind `of` */
};

struct kind_word {
    const char *word;
    struct text label;
};

struct column {
    const char *name; /* of the SQL column, of the field of the interface */
    enum column_type type;
    struct text label; /* heading of tables and spreadsheets */
    struct text hint;  /* what is expected; may be empty */
    bool required;
    bool staff_only; /* not shown to the public */
    int64_t least, most;
    const struct kind_word *words;
    size_t nwords;
    enum kind_id of;
};

/* Who keeps it: the lowest level that may propose a change, and the level that confirms. A level above may do what a
 * level below may; who confirms must be another person than who proposed, unless both are the city. */
enum keeper { KEEPER_SCHOOL, KEEPER_COUNTY, KEEPER_CITY };

enum { KIND_COLUMNS_MOST = 16 };

struct kind {
    enum kind_id id;
    const char *name;  /* "institution": in URLs, files, the journal */
    const char *table; /* "institution_fact" */
    struct text one, many;
    const struct column *columns; /* without the common ones: code, division, institution, validity */
    size_t ncolumns;
    enum keeper proposes, confirms;
    bool has_institution;  /* belongs to one: the column institution is asked for, by its code */
    bool names_persons;    /* its subject is a person: only for staff within their scope; every reading is journaled */
    const char *name_from; /* "name_zh": the column that says what it is called; NULL: its code does */
};

extern const struct kind KIND_LIST[KINDS];
/* NULL: there is no such kind. */
const struct kind *kind_named(struct str name);
/* Index of a column, or -1. */
int kind_column(const struct kind *kind, struct str name);
/* The label of a word of the column; the word itself where it has none (in the arena). */
struct name kind_label(const struct column *column, struct str word);

#endif
