/* What schools have, from the register's rows. See standard.h. */
#include "figures/standard.h"

/* A campus with two owners counts for the one that its row names; of two rows that name each other, for the one with
 * the lower number: so land and floor are counted once. */
static const char shared_sql[] =
    "select s.institution, cast(sum(s.land_m2) as bigint), cast(sum(s.floor_m2) as bigint) from published_site s"
    " join published_institution w on w.institution = s.institution"
    " and w.valid_from <= ?1 and w.valid_until > ?1 and w.recorded_at <= ?2 and w.replaced_at > ?2"
    " join published_institution o on o.code = s.shared_with and o.institution <> s.institution"
    " and o.valid_from <= ?1 and o.valid_until > ?1 and o.recorded_at <= ?2 and o.replaced_at > ?2"
    " where s.shared_with <> '' and s.valid_from <= ?1 and s.valid_until > ?1 and s.recorded_at <= ?2"
    " and s.replaced_at > ?2 and not exists (select 1 from published_site t where t.institution = o.institution"
    " and t.shared_with = w.code and o.institution > w.institution"
    " and t.valid_from <= ?1 and t.valid_until > ?1 and t.recorded_at <= ?2 and t.replaced_at > ?2)"
    " group by s.institution";

/* Kinds 361 to 369 of GB/T 33782 are secondary vocational schools; others show when they have reported. */
#define CONDITIONS                                                                                                     \
    "select i.institution, i.code, i.division, i.name_zh, i.name_en, i.founded, c.school_type, c.students,"            \
    " c.land_m2, c.floor_m2, c.teachers, c.equipment_fen, c.books from published_institution i"                        \
    " left join published_condition c on c.institution = i.institution"                                                \
    " and c.valid_from <= ?1 and c.valid_until > ?1 and c.recorded_at <= ?2 and c.replaced_at > ?2"                    \
    " where i.valid_from <= ?1 and i.valid_until > ?1 and i.recorded_at <= ?2 and i.replaced_at > ?2"                  \
    " and (i.kind between '361' and '369' or c.subject is not null) and i.division like ?3"
#define BY_CODE " order by i.code, c.subject"

static size_t type_of(struct str word)
{
    const char *words[SCHOOL_TYPES_MOST];
    size_t n = standard_type_words(words);
    for (size_t i = 0; i < n; i++) {
        if (str_is(word, words[i])) {
            return i;
        }
    }
    return SIZE_MAX;
}

static struct school_condition condition_of(struct rows *rows, struct arena *arena)
{
    struct school_condition out = {
        .institution = rows_int(rows, 0),
        .code = rows_text_in(rows, 1, arena),
        .division = rows_text_in(rows, 2, arena),
        .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        .founded = rows_int(rows, 5),
        .reported = !rows_is_null(rows, 6),
        .type = SIZE_MAX,
    };
    if (out.reported) {
        out.type = type_of(rows_text(rows, 6));
        out.students = rows_int(rows, 7);
        for (int m = 0; m < MEASURES; m++) {
            out.has[m] = rows_int(rows, 8 + m);
        }
    }
    return out;
}

static bool read_shared(struct db *db, struct as_of as_of, struct school_condition *list, size_t n, struct error *error)
{
    struct rows *rows = db_query(db, error, shared_sql, V_INT(as_of.day), V_INT(as_of.recorded));
    while (rows_next(rows)) {
        for (size_t i = 0; i < n; i++) {
            if (list[i].reported && list[i].institution == rows_int(rows, 0)) {
                list[i].shared[MEASURE_LAND] = rows_int(rows, 1);
                list[i].shared[MEASURE_FLOOR] = rows_int(rows, 2);
            }
        }
    }
    return rows_end(rows, error);
}

bool conditions_read(struct db *db, struct arena *arena, struct as_of as_of, struct str scope, int64_t institution,
                     struct school_condition **out, size_t *n, struct error *error)
{
    if (as_of.recorded >= MOMENT_OPEN) {
        as_of.recorded = MOMENT_OPEN - 1;
    }
    struct str prefix = arena_printf(arena, "%.*s%%", STR_ARG(scope));
    *out = NULL;
    *n = 0;
    struct rows *rows =
        institution ? db_query(db, error, CONDITIONS " and i.subject = ?4" BY_CODE, V_INT(as_of.day),
                               V_INT(as_of.recorded), V_TEXT(prefix), V_INT(institution))
                    : db_query(db, error, CONDITIONS BY_CODE, V_INT(as_of.day), V_INT(as_of.recorded), V_TEXT(prefix));
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = condition_of(rows, arena);
    }
    return rows_end(rows, error) && read_shared(db, as_of, *out, *n, error);
}
