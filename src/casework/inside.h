/* Between the files of casework. */
#ifndef CASEWORK_INSIDE_H
#define CASEWORK_INSIDE_H

#include "base/buf.h"
#include "casework/casework.h"
#include "city/workdays.h"
#include "registry/facts.h"

/* ---- SQL of several parts, values bound (list.c) ---- */

enum { QUERY_VALUES = 48, QUERY_BYTES = 8192 };
struct case_query {
    struct arena *arena;
    struct buf sql;
    struct value values[QUERY_VALUES];
    size_t n;
};
/* Text with a '?' where a value stands: query_put(&q, " and f.kind = ?", V_TEXT(kind)). */
#define query_put(query, sql, ...) query_add_values((query), (sql), DB_VALUES(__VA_ARGS__))
void query_add_values(struct case_query *query, const char *sql, const struct value *values, size_t n);
struct case_query query_new(struct arena *arena);
/* Runs it, once. */
struct rows *query_run(struct db *db, struct case_query *query, struct error *error);

/* " and (…)": those that they may see, with all that hangs on them; of rows `f` of case_file. What the public sees of a
 * case is another page. */
void case_where_sees(struct case_query *query, const struct case_who *who, int64_t today);
/* " and (…)": those on their desk. */
void case_where_mine(struct case_query *query, const struct case_who *who, int64_t today);
/* " from case_file f … where …": those that are asked for. */
void case_where_asked(struct case_query *query, const struct case_ask *ask);
/* Columns of struct case_row, and their reader. */
extern const char case_columns[];
void case_row_read(struct rows *rows, const struct city *city, struct arena *arena, struct case_row *out);

/* The desks at which they sit for this case (sees.c). */
bool case_desks(struct db *db, const struct case_who *who, const struct case_row *row, int64_t today, unsigned *desks,
                struct error *error);
/* The open cases of the same kind under the same one, without itself. */
bool case_siblings(struct db *db, struct arena *arena, const struct city *city, const struct case_row *row,
                   struct case_row **out, size_t *n, struct error *error);
/* Must somebody else do this act: they did the one that it names (other_than), or decided the matter before the case
 * was opened (case_open.barred)? */
bool case_same_person(struct db *db, const struct case_row *row, const struct case_act *act, int64_t account, bool *is,
                      struct error *error);

/* ---- Terms (term.c) ---- */

struct case_terms {
    int64_t term;    /* working days; 0: none, or a day was given */
    int64_t due;     /* 0: none */
    int64_t look_on; /* 0: never */
};
/* When the stage that began on a day must be done. values: by the kind's fields, empty where none. */
struct case_terms case_term(const struct city *city, const struct case_kind *kind, const struct case_stage *stage,
                            const struct str *values, int64_t opened_on, int64_t from, int64_t paused_days);
/* The first day after `after` on which there is something to remind of, or to climb; 0: none. */
int64_t case_look_on(const struct city *city, const struct case_stage *stage, int64_t due, int64_t after);
int64_t case_climb_day(const struct city *city, int64_t due, const struct case_climb *climb);

/* Opens a case for each designation of the register that ends soon, where a kind says so (`expires`); once for each
 * end, and looks once a day (expiry.c). */
bool expiry_open(struct writing *writing, const struct city *city, int64_t today, struct error *error);

/* ---- Writing (step.c) ---- */

struct case_stepping {
    int64_t case_id;
    int64_t at; /* 0: now */
    const struct case_who *who;
    struct str act, from_stage, to_stage, note;
    int64_t due, day; /* day 0: of `at` */
};
bool case_step_add(struct writing *writing, const struct case_stepping *step, int64_t *id, struct error *error);
/* What a step of a confidential case says, sealed (sealed.c); its own row has no note then. */
bool case_step_seal(struct writing *writing, const struct case_kind *kind, int64_t case_id, int64_t step,
                    struct str note, const size_t *asks, size_t nasks, const struct str *values, struct error *error);
bool case_files_add(struct writing *writing, int64_t case_id, int64_t step, const struct case_file_added *files,
                    size_t n, struct error *error);
/* Values that a form gave, against the fields that it asks for: in `out` by the kind's fields. false with `field` and
 * `says` set: one is wrong. */
bool case_values_of(struct arena *arena, const struct case_kind *kind, const size_t *asks, size_t nasks,
                    const struct case_input *inputs, size_t ninputs, struct str *out, struct str *field,
                    struct name *says);
bool case_values_add(struct writing *writing, const struct case_kind *kind, int64_t case_id, int64_t step,
                     const size_t *asks, size_t nasks, const struct str *values, struct error *error);
bool case_journal(struct writing *writing, const struct case_who *who, const char *action, int64_t id,
                  struct str division, struct str detail, struct error *error);
/* What came of a form with this key before; *found. */
bool case_key_of(struct writing *writing, struct str key, int64_t account, int64_t *id, int64_t *step, bool *found,
                 struct error *error);
bool case_key_add(struct writing *writing, struct str key, int64_t account, int64_t id, int64_t step,
                  struct error *error);

#endif
