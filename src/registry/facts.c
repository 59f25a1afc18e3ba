/* Reading facts: see facts.h. What is asked often has its text ready (facts_sql.h); a list's text depends on what is
 * asked for, so that each form of the question walks the index that fits it. */
#include "registry/facts.h"

#include "registry/facts_sql.h"
#include "registry/search.h"

enum { LIST_SQL_MOST = 16384, LIST_VALUES = 16 };

struct str fact_text(const struct kind *kind, const struct fact *fact, const char *column)
{
    int i = kind_column(kind, str_of(column));
    return i >= 0 && fact->values[i].kind == VALUE_TEXT ? fact->values[i].bytes : STR("");
}

int64_t fact_int(const struct kind *kind, const struct fact *fact, const char *column)
{
    int i = kind_column(kind, str_of(column));
    return i >= 0 && fact->values[i].kind == VALUE_INT ? fact->values[i].integer : 0;
}

struct name fact_name(const struct kind *kind, const struct fact *fact)
{
    struct name name = { STR(""), STR("") };
    if (kind->name_from) {
        name = (struct name){ fact_text(kind, fact, kind->name_from), fact_text(kind, fact, "name_en") };
    }
    return name.zh.n ? name : (struct name){ fact->code, fact->code };
}

static bool same_value(const struct column *column, struct value a, struct value b)
{
    if (column_is_number(column)) {
        return (a.kind == VALUE_INT ? a.integer : 0) == (b.kind == VALUE_INT ? b.integer : 0);
    }
    return str_eq(a.kind == VALUE_TEXT ? a.bytes : STR(""), b.kind == VALUE_TEXT ? b.bytes : STR(""));
}

bool fact_same(const struct kind *kind, const struct fact *a, const struct fact *b)
{
    if (!str_eq(a->code, b->code) || !str_eq(a->division, b->division) || a->institution != b->institution) {
        return false;
    }
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (!same_value(&kind->columns[i], a->values[i], b->values[i])) {
            return false;
        }
    }
    return true;
}

/* ---- One ---- */

static bool read_one(struct rows *rows, struct arena *arena, const struct kind *kind, struct fact *out, bool *found,
                     struct error *error)
{
    *found = rows_next(rows);
    if (*found) {
        fact_read(rows, 0, kind, arena, out);
    }
    return rows_end(rows, error);
}

bool facts_one(struct db *db, struct arena *arena, const struct kind *kind, struct str code, struct as_of as_of,
               struct fact *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, kind_sql(kind)->as_of_code, V_TEXT(code), V_INT(as_of.day), V_INT(as_of_moment(as_of)));
    return read_one(rows, arena, kind, out, found, error);
}

bool facts_of_subject(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, struct as_of as_of,
                      struct fact *out, bool *found, struct error *error)
{
    struct rows *rows =
        db_query(db, error, kind_sql(kind)->as_of, V_INT(subject), V_INT(as_of.day), V_INT(as_of_moment(as_of)));
    return read_one(rows, arena, kind, out, found, error);
}

bool facts_subject_of(struct db *db, const struct kind *kind, struct str code, int64_t *subject, bool *found,
                      struct error *error)
{
    return db_one_int(db, error, subject, found, kind_sql(kind)->of_code, V_TEXT(code));
}

/* ---- Many ---- */

/* A question under way: its text and the values bound to it. */
struct question {
    struct buf text;
    struct value values[LIST_VALUES];
    size_t n;
    struct arena *arena; /* of what the values borrow */
};

/* Binds a value and writes its placeholder. */
static void bind(struct question *question, struct value value)
{
    question->values[question->n++] = value;
    buf_printf(&question->text, "?%zu", question->n);
}

static bool where_column(struct question *question, const struct kind *kind, const struct facts_ask *ask,
                         const char *alias, struct error *error)
{
    int i = kind_column(kind, ask->column);
    if (i < 0) {
        return error_set(error, "%s has no column %.*s", kind->name, STR_ARG(ask->column));
    }
    const struct column *column = &kind->columns[i];
    int64_t number = 0;
    if (column->type == COLUMN_WORDS) {
        buf_printf(&question->text, " and ' ' || %s.%s || ' ' like ", alias, column->name);
        bind(question, V_TEXT(arena_printf(question->arena, "%% %.*s %%", STR_ARG(ask->value))));
        return true;
    }
    buf_printf(&question->text, " and %s.%s = ", alias, column->name);
    if (!column_is_number(column)) {
        bind(question, V_TEXT(ask->value));
    } else if (str_to_int(ask->value, INT64_MIN, INT64_MAX, &number)) {
        bind(question, V_INT(number));
    } else {
        return error_set(error, "%s is a number, not %.*s", column->name, STR_ARG(ask->value));
    }
    return true;
}

/* "from TABLE f where …": the versions that fit what is asked, as of. */
static bool where(struct question *question, const struct kind *kind, const struct facts_ask *ask, struct as_of as_of,
                  struct error *error)
{
    struct buf *text = &question->text;
    buf_printf(text, " from %s f where f.valid_from <= ", kind->table);
    bind(question, V_INT(as_of.day));
    buf_printf(text, " and f.valid_until > ?%zu and f.recorded_at <= ", question->n);
    bind(question, V_INT(as_of_moment(as_of)));
    buf_printf(text, " and f.replaced_at > ?%zu", question->n);
    if (ask->institution) {
        buf_add_cstr(text, " and f.institution = ");
        bind(question, V_INT(ask->institution));
    }
    if (ask->scope.n) { /* codes are digits and capital letters: "~" stands behind every longer code */
        buf_add_cstr(text, " and f.division >= ");
        bind(question, V_TEXT(ask->scope));
        buf_add_cstr(text, " and f.division < ");
        bind(question, V_TEXT(arena_printf(question->arena, "%.*s~", STR_ARG(ask->scope))));
    }
    if (ask->after) {
        buf_add_cstr(text, " and f.subject > ");
        bind(question, V_INT(ask->after));
    }
    if (ask->text.n) {
        struct search_words words = search_words(question->arena, ask->text);
        buf_add_cstr(text, " and (f.code like ");
        bind(question, V_TEXT(words.code_starts));
        buf_add_cstr(text, " escape '\\' or f.subject in (select s.subject from search s where s.kind = ");
        bind(question, V_TEXT(str_of(kind->name)));
        buf_add_cstr(text, " and (s.form like ");
        bind(question, V_TEXT(words.holds));
        buf_printf(text, " escape '\\' or s.form_en like ?%zu escape '\\' or s.initials like ", question->n);
        bind(question, V_TEXT(words.starts));
        buf_add_cstr(text, " escape '\\')))");
    }
    return !ask->column.n || where_column(question, kind, ask, "f", error);
}

/* Only words of this file and names of kinds.c go into the text; what was typed is bound. */
static struct question question_new(struct arena *arena, const char *start)
{
    struct question question = { .text = buf_init(LIST_SQL_MOST), .arena = arena };
    buf_add_cstr(&question.text, start);
    return question;
}

static struct rows *question_ask(struct question *question, struct db *db, struct error *error)
{
    buf_add_char(&question->text, '\0');
    if (question->text.full) {
        (void)error_set(error, "a question about the register is longer than %d bytes", LIST_SQL_MOST);
        return NULL;
    }
    return db_query_values(db, error, question->text.p, question->values, question->n);
}

bool facts_list(struct db *db, struct arena *arena, const struct kind *kind, const struct facts_ask *ask,
                struct fact **out, size_t *n, struct error *error)
{
    struct question question = question_new(arena, "select ");
    buf_add_cstr(&question.text, kind_sql(kind)->columns);
    bool ok = where(&question, kind, ask, ask->as_of, error);
    if (ok) {
        buf_add_cstr(&question.text, " order by f.subject");
        if (ask->most) {
            buf_add_cstr(&question.text, " limit ");
            bind(&question, V_INT(ask->most));
        }
        ok = facts_read(question_ask(&question, db, error), kind, arena, out, n, error);
    }
    buf_free(&question.text);
    return ok;
}

bool facts_count(struct db *db, const struct kind *kind, const struct facts_ask *ask, int64_t *n, struct error *error)
{
    struct arena *arena = arena_new(1024);
    struct question question = question_new(arena, "select count(*)");
    bool ok = where(&question, kind, ask, ask->as_of, error);
    if (ok) {
        struct rows *rows = question_ask(&question, db, error);
        *n = rows_next(rows) ? rows_int(rows, 0) : 0;
        ok = rows_end(rows, error);
    }
    buf_free(&question.text);
    arena_free(arena);
    return ok;
}

bool facts_history(struct db *db, struct arena *arena, const struct kind *kind, int64_t subject, struct fact **out,
                   size_t *n, struct error *error)
{
    return facts_read(db_query(db, error, kind_sql(kind)->history, V_INT(subject)), kind, arena, out, n, error);
}

bool facts_of_change(struct db *db, struct arena *arena, const struct kind *kind, int64_t change, int64_t most,
                     struct fact **out, size_t *n, struct error *error)
{
    return facts_read(db_query(db, error, kind_sql(kind)->of_change, V_INT(change), V_INT(most ? most : INT64_MAX)),
                      kind, arena, out, n, error);
}

bool facts_replaced_by(struct db *db, struct arena *arena, const struct kind *kind, int64_t change, int64_t most,
                       struct fact **out, size_t *n, struct error *error)
{
    return facts_read(db_query(db, error, kind_sql(kind)->replaced_of, V_INT(change), V_INT(most ? most : INT64_MAX)),
                      kind, arena, out, n, error);
}

/* ---- Differences ---- */

/* Subjects whose version differs between the two, with both versions; most 0: all. */
static bool different(struct db *db, struct arena *arena, const struct kind *kind, const struct facts_ask *ask,
                      struct as_of since, struct fact_difference **out, size_t *n, struct error *error)
{
    struct question question =
        question_new(arena, "with both_times as (select f.subject as subject, f.id as before_id, 0 as after_id");
    struct buf *text = &question.text;
    bool ok = where(&question, kind, ask, since, error);
    buf_add_cstr(text, " union all select f.subject, 0, f.id");
    ok = ok && where(&question, kind, ask, ask->as_of, error);
    if (ok) {
        buf_add_cstr(text, "), differing as (select subject, max(before_id) as before_id, max(after_id) as after_id "
                           "from both_times group by subject having max(before_id) <> max(after_id) order by subject");
        if (ask->most) {
            buf_add_cstr(text, " limit ");
            bind(&question, V_INT(ask->most));
        }
        buf_add_cstr(text, ") select ");
        fact_columns(text, kind, "x");
        buf_add_cstr(text, ", ");
        fact_columns(text, kind, "y");
        buf_printf(text,
                   " from differing d left join %s x on x.id = d.before_id left join %s y on y.id = d.after_id "
                   "order by d.subject",
                   kind->table, kind->table);
        struct fact_difference *found = NULL;
        size_t count = 0;
        struct rows *rows = question_ask(&question, db, error);
        while (rows_next(rows)) {
            found = arena_grow(arena, found, count, sizeof *found);
            fact_read(rows, 0, kind, arena, &found[count].before);
            fact_read(rows, FACT_COMMON + (int)kind->ncolumns, kind, arena, &found[count].after);
            count++;
        }
        ok = rows_end(rows, error);
        *out = found;
        *n = count;
    }
    buf_free(text);
    return ok;
}

bool facts_differences(struct db *db, struct arena *arena, const struct kind *kind, const struct facts_ask *ask,
                       struct as_of since, struct fact_difference **out, size_t *n, struct error *error)
{
    /* A version that was recorded again as it was differs by its id alone: it is left out, and the page filled up. */
    struct facts_ask part = *ask;
    struct fact_difference *all = NULL;
    size_t count = 0;
    for (;;) {
        struct fact_difference *some = NULL;
        size_t found = 0;
        if (!different(db, arena, kind, &part, since, &some, &found, error)) {
            return false;
        }
        for (size_t i = 0; i < found; i++) {
            bool both = some[i].before.id && some[i].after.id;
            part.after = some[i].before.id ? some[i].before.subject : some[i].after.subject;
            if (!(both && fact_same(kind, &some[i].before, &some[i].after)) &&
                (!ask->most || count < (size_t)ask->most)) {
                all = arena_grow(arena, all, count, sizeof *all);
                all[count++] = some[i];
            }
        }
        if (!ask->most || found < (size_t)ask->most || count == (size_t)ask->most) {
            break;
        }
    }
    *out = all;
    *n = count;
    return true;
}
