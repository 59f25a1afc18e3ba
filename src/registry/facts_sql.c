/* See facts_sql.h. The texts are made at the first use, by whichever thread comes first, and never change after. */
#include "registry/facts_sql.h"

#include <pthread.h>
#include <stdlib.h>

enum { SQL_MOST = 8192 };

/* Names of tables and columns come from kinds.c alone; every value is bound. */
#define INSERT "insert into "

static const char *const common_columns[FACT_COMMON] = {
    "id",          "subject", "code",        "valid_from", "valid_until", "recorded_at",
    "replaced_at", "change",  "replaced_by", "division",   "institution",
};

static pthread_once_t made = PTHREAD_ONCE_INIT;
static struct kind_sql texts[KINDS];

bool column_is_number(const struct column *column)
{
    switch (column->type) {
    case COLUMN_NUMBER:
    case COLUMN_FLAG:
    case COLUMN_DAY:
    case COLUMN_MONEY:
    case COLUMN_DEGREE:
        return true;
    case COLUMN_TEXT:
    case COLUMN_LONG:
    case COLUMN_WORD:
    case COLUMN_WORDS:
    case COLUMN_CODE:
        return false;
    }
    return false;
}

void fact_columns(struct buf *text, const struct kind *kind, const char *alias)
{
    for (size_t i = 0; i < FACT_COMMON + kind->ncolumns; i++) {
        buf_printf(text, "%s%s.%s", i ? ", " : "", alias,
                   i < FACT_COMMON ? common_columns[i] : kind->columns[i - FACT_COMMON].name);
    }
}

/* The text for good. A program without memory for it cannot go on (base/arena.h). */
static const char *keep(struct buf *text)
{
    buf_add_char(text, '\0');
    char *kept = text->full ? NULL : strdup(text->p);
    buf_clear(text);
    if (!kept) {
        abort();
    }
    return kept;
}

static const char *printed(struct buf *text, const char *format, const char *a, const char *b, const char *c)
{
    for (const char *p = format; *p; p++) {
        if (*p == '@') { /* @1 @2 @3 stand for a, b, c */
            p++;
            buf_add_cstr(text, *p == '1' ? a : *p == '2' ? b : c);
        } else {
            buf_add_char(text, *p);
        }
    }
    return keep(text);
}

static const char *insert_text(struct buf *text, const struct kind *kind)
{
    buf_add_cstr(text, INSERT);
    buf_printf(text, "%s (", kind->table);
    size_t n = 0;
    for (size_t i = FACT_SUBJECT; i < FACT_COMMON + kind->ncolumns; i++) {
        if (i != FACT_REPLACED_BY) {
            buf_printf(text, "%s%s", n++ ? ", " : "",
                       i < FACT_COMMON ? common_columns[i] : kind->columns[i - FACT_COMMON].name);
        }
    }
    buf_add_cstr(text, ") values (");
    for (size_t i = 1; i <= n; i++) {
        buf_printf(text, "%s?%zu", i > 1 ? ", " : "", i);
    }
    buf_add_char(text, ')');
    return keep(text);
}

/* What change ?1 replaced of others is recorded again at moment ?2 by change ?3. */
static const char *restore_text(struct buf *text, const struct kind *kind)
{
    buf_add_cstr(text, INSERT);
    buf_printf(text,
               "%s (subject, code, valid_from, valid_until, recorded_at, replaced_at, change, division, "
               "institution",
               kind->table);
    for (size_t i = 0; i < kind->ncolumns; i++) {
        buf_printf(text, ", %s", kind->columns[i].name);
    }
    buf_add_cstr(text, ") select subject, code, valid_from, valid_until, cast(?2 as bigint), 253402300800000, "
                       "cast(?3 as bigint), division, institution");
    for (size_t i = 0; i < kind->ncolumns; i++) {
        buf_printf(text, ", %s", kind->columns[i].name);
    }
    buf_printf(text, " from %s where replaced_by = ?1 and change <> ?1 order by id", kind->table);
    return keep(text);
}

/* Placeholders ?1 … ?64; for the life of the program, as all texts here. */
static const char *codes;

static const char *codes_text(struct buf *text)
{
    for (int i = 1; i <= FACT_CODES; i++) {
        buf_printf(text, "%s?%d", i > 1 ? ", " : "", i);
    }
    return keep(text);
}

static void make_texts(void)
{
    struct buf text = buf_init(SQL_MOST);
    codes = codes_text(&text);
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &KIND_LIST[i];
        const char *t = kind->table;
        fact_columns(&text, kind, "f");
        const char *columns = keep(&text);
        texts[i] = (struct kind_sql){
            .columns = columns,
            .of_code = printed(&text, "select subject from @1 where code = ?1 order by id limit 1", t, "", ""),
            .other_of_code =
                printed(&text, "select subject from @1 where code = ?1 and subject <> ?2 limit 1", t, "", ""),
            .as_of = printed(&text,
                             "select @2 from @1 f where f.subject = ?1 and f.valid_from <= ?2 and f.valid_until > ?2 "
                             "and f.recorded_at <= ?3 and f.replaced_at > ?3",
                             t, columns, ""),
            .as_of_code = printed(&text,
                                  "select @2 from @1 f where f.subject = (select subject from @1 where code = ?1 "
                                  "order by id limit 1) and f.valid_from <= ?2 and f.valid_until > ?2 "
                                  "and f.recorded_at <= ?3 and f.replaced_at > ?3",
                                  t, columns, ""),
            .standing = printed(&text,
                                "select @2 from @1 f where f.subject = ?1 and f.replaced_at = 253402300800000 and "
                                "f.valid_until > ?2 and f.valid_from < ?3 order by f.valid_from",
                                t, columns, ""),
            .of_codes = printed(&text, "select @2 from @1 f where f.replaced_at = 253402300800000 and f.code in (@3)",
                                t, columns, codes),
            .history =
                printed(&text, "select @2 from @1 f where f.subject = ?1 order by f.recorded_at, f.valid_from, f.id", t,
                        columns, ""),
            .insert = insert_text(&text, kind),
            .replace = printed(&text, "update @1 set replaced_at = ?1, replaced_by = ?2 where id = ?3", t, "", ""),
            .last_subject = printed(&text, "select coalesce(max(subject), 0) from @1", t, "", ""),
            .of_institution = printed(&text,
                                      "select @2 from @1 f where f.institution = ?1 and f.valid_until > ?2 and "
                                      "f.replaced_at = 253402300800000 order by f.subject, f.valid_from",
                                      t, columns, ""),
            .of_division = printed(&text,
                                   "select @2 from @1 f where f.division >= ?1 and f.division < ?2 and "
                                   "f.valid_until > ?3 and f.replaced_at = 253402300800000 "
                                   "order by f.subject, f.valid_from",
                                   t, columns, ""),
            .weight = printed(&text, "select count(*) + count(replaced_by) from @1 where subject = ?1", t, "", ""),
            .of_change = printed(&text, "select @2 from @1 f where f.change = ?1 order by f.subject, f.id limit ?2", t,
                                 columns, ""),
            .replaced_of = printed(&text,
                                   "select @2 from @1 f where f.replaced_by = ?1 and f.change <> ?1 "
                                   "order by f.subject, f.valid_from limit ?2",
                                   t, columns, ""),
            .over_made = printed(&text,
                                 "select code from @1 where change = ?1 and replaced_at < 253402300800000 and "
                                 "replaced_by <> ?1 limit 1",
                                 t, "", ""),
            /* younger than what the change replaced, and about its days: it was recorded after the change */
            .over_replaced = printed(&text,
                                     "select f.code from @1 f where f.replaced_by = ?1 and f.change <> ?1 and exists "
                                     "(select 1 from @1 l where l.subject = f.subject and l.id > f.id and "
                                     "l.change <> ?1 and l.valid_until > f.valid_from and "
                                     "l.valid_from < f.valid_until) limit 1",
                                     t, "", ""),
            .take = printed(&text,
                            "update @1 set replaced_at = ?2, replaced_by = ?3 where change = ?1 and "
                            "replaced_at = 253402300800000",
                            t, "", ""),
            .restore = restore_text(&text, kind),
            .touched = printed(&text,
                               "select subject from @1 where change = ?1 union select subject from @1 where "
                               "replaced_by = ?1",
                               t, "", ""),
        };
    }
    buf_free(&text);
}

const struct kind_sql *kind_sql(const struct kind *kind)
{
    (void)pthread_once(&made, make_texts);
    return &texts[kind->id];
}

void fact_read(struct rows *rows, int first, const struct kind *kind, struct arena *arena, struct fact *out)
{
    *out = (struct fact){
        .id = rows_int(rows, first + FACT_ID),
        .subject = rows_int(rows, first + FACT_SUBJECT),
        .code = rows_text_in(rows, first + FACT_CODE, arena),
        .valid_from = rows_int(rows, first + FACT_FROM),
        .valid_until = rows_int(rows, first + FACT_UNTIL),
        .recorded_at = rows_int(rows, first + FACT_RECORDED),
        .replaced_at = rows_int(rows, first + FACT_REPLACED),
        .change = rows_int(rows, first + FACT_CHANGE),
        .replaced_by = rows_int(rows, first + FACT_REPLACED_BY),
        .division = rows_text_in(rows, first + FACT_DIVISION, arena),
        .institution = rows_int(rows, first + FACT_INSTITUTION),
    };
    for (size_t i = 0; i < kind->ncolumns; i++) {
        int at = first + FACT_COMMON + (int)i;
        out->values[i] =
            column_is_number(&kind->columns[i]) ? V_INT(rows_int(rows, at)) : V_TEXT(rows_text_in(rows, at, arena));
    }
}

bool facts_read(struct rows *rows, const struct kind *kind, struct arena *arena, struct fact **out, size_t *n,
                struct error *error)
{
    struct fact *facts = NULL;
    size_t count = 0;
    while (rows_next(rows)) {
        facts = arena_grow(arena, facts, count, sizeof *facts);
        fact_read(rows, 0, kind, arena, &facts[count++]);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *out = facts;
    *n = count;
    return true;
}

bool facts_standing(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, int64_t from,
                    int64_t until, struct versions *out, struct error *error)
{
    return facts_read(db_query(db, error, kind_sql(kind)->standing, V_INT(subject), V_INT(from), V_INT(until)), kind,
                      arena, &out->items, &out->n, error);
}

int64_t as_of_moment(struct as_of as_of)
{
    return as_of.recorded < MOMENT_OPEN ? as_of.recorded : MOMENT_OPEN - 1;
}
