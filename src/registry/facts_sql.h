/* The SQL of facts, made once from the descriptions of kinds (kinds.h) and kept for the life of the program, so that a
 * prepared statement is found by the address of its text. For who reads and writes whole facts in this folder. */
#ifndef REGISTRY_FACTS_SQL_H
#define REGISTRY_FACTS_SQL_H

#include "base/buf.h"
#include "registry/facts.h"

/* Columns of every table of versions, in the order in which they are read; a kind's own follow. */
enum {
    FACT_ID,
    FACT_SUBJECT,
    FACT_CODE,
    FACT_FROM,
    FACT_UNTIL,
    FACT_RECORDED,
    FACT_REPLACED,
    FACT_CHANGE,
    FACT_REPLACED_BY,
    FACT_DIVISION,
    FACT_INSTITUTION,
    FACT_COMMON
};

enum { FACT_CODES = 64 };

struct kind_sql {
    const char *columns;        /* all of them, of the alias f */
    const char *of_code;        /* the subject that has the code ?1 */
    const char *other_of_code;  /* a subject other than ?2 that has the code ?1 */
    const char *as_of;          /* the version of subject ?1 on day ?2 as known at ?3 */
    const char *as_of_code;     /* the same of the subject that has the code ?1 */
    const char *standing;       /* standing versions of subject ?1 that hold somewhere from ?2 until before ?3 */
    const char *of_codes;       /* standing versions of the things with the codes ?1 … ?64 (FACT_CODES) */
    const char *history;        /* all of subject ?1 */
    const char *insert;         /* all but id and replaced_by: ?1 …, in the order of columns */
    const char *replace;        /* replaced_at ?1 and replaced_by ?2 of the version ?3 */
    const char *last_subject;   /* for writing_id */
    const char *of_change;      /* versions that change ?1 recorded */
    const char *of_institution; /* standing versions of what belongs to institution ?1, that hold on ?2 or later */
    const char *of_division;    /* the same of a division: from code ?1 until before ?2, on ?3 or later */
    const char *weight;         /* a number of subject ?1 that grows with everything recorded about it */
    const char *replaced_of;    /* versions of other changes that change ?1 replaced; at most ?2 */
    /* To take change ?1 back: a code of a thing about which something else was recorded over it; ending what it
     * recorded and stands, and recording again what it replaced, at moment ?2 by change ?3; whose these are. */
    const char *over_made, *over_replaced, *take, *restore, *touched;
};
const struct kind_sql *kind_sql(const struct kind *kind);

/* Is the column a number in SQL? */
bool column_is_number(const struct column *column);
/* Reads the row's columns from `first` on as a version; text is copied into the arena. */
void fact_read(struct rows *rows, int first, const struct kind *kind, struct arena *arena, struct fact *out);
/* Reads all rows, each a version from its first column on, and ends them. */
bool facts_read(struct rows *rows, const struct kind *kind, struct arena *arena, struct fact **out, size_t *n,
                struct error *error);
struct versions {
    struct fact *items;
    size_t n;
};
/* What stands of the subject and holds somewhere from `from` until before `until`, by first day. */
bool facts_standing(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, int64_t from,
                    int64_t until, struct versions *out, struct error *error);
/* The columns of an alias: "x.id, x.subject, …". */
void fact_columns(struct buf *text, const struct kind *kind, const char *alias);
/* "As known now" is one moment before the end of time, so that what stands is still known. */
int64_t as_of_moment(struct as_of as_of);

#endif
