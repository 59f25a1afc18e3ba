/* One case and what hangs on it. */
#include "casework/inside.h"

#include <string.h>

static bool one(struct db *db, struct arena *arena, const struct city *city, struct case_query *query,
                struct case_row *out, bool *found, struct error *error)
{
    struct rows *rows = query_run(db, query, error);
    *found = rows_next(rows);
    if (*found) {
        case_row_read(rows, city, arena, out);
    }
    return rows_end(rows, error);
}

static struct case_query select_row(struct arena *arena)
{
    struct case_query query = query_new(arena);
    query_put(&query, "select ");
    query_put(&query, case_columns);
    query_put(&query, " from case_file f left join institution i on i.id = f.institution where ");
    return query;
}

bool case_one(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct case_row *out,
              bool *found, struct error *error)
{
    struct case_query query = select_row(arena);
    query_put(&query, "f.id = ?", V_INT(id));
    return one(db, arena, city, &query, out, found, error);
}

bool case_siblings(struct db *db, struct arena *arena, const struct city *city, const struct case_row *row,
                   struct case_row **out, size_t *n, struct error *error)
{
    struct case_query query = select_row(arena);
    query_put(&query, "f.parent = ? and f.kind = ? and f.id <> ? and f.closed_at is null order by f.id",
              V_INT(row->parent), V_TEXT(row->kind_id), V_INT(row->id));
    struct rows *rows = query_run(db, &query, error);
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        case_row_read(rows, city, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}

bool case_numbered(struct db *db, struct arena *arena, const struct city *city, struct str number, struct case_row *out,
                   bool *found, struct error *error)
{
    struct case_query query = select_row(arena);
    query_put(&query, "f.number = ?", V_TEXT(number));
    return one(db, arena, city, &query, out, found, error);
}

bool case_steps(struct db *db, struct arena *arena, int64_t id, struct case_step **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select id, at, account, day, due, role, act, from_stage, to_stage, note from "
                                 "case_step where case_file = ?1 order by id",
                                 V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct case_step){ .id = rows_int(rows, 0),
                                             .at = rows_int(rows, 1),
                                             .account = rows_int(rows, 2),
                                             .day = rows_int(rows, 3),
                                             .due = rows_int(rows, 4),
                                             .role = rows_text_in(rows, 5, arena),
                                             .act = rows_text_in(rows, 6, arena),
                                             .from_stage = rows_text_in(rows, 7, arena),
                                             .to_stage = rows_text_in(rows, 8, arena),
                                             .note = rows_text_in(rows, 9, arena) };
    }
    return rows_end(rows, error);
}

bool case_values(struct db *db, struct arena *arena, const struct case_row *row, struct str *values,
                 struct error *error)
{
    struct rows *rows =
        db_query(db, error, "select field, value from case_value where case_file = ?1 order by step", V_INT(row->id));
    for (size_t i = 0; i < CASE_FIELDS_MAX; i++) {
        values[i] = STR("");
    }
    while (rows_next(rows)) {
        size_t field = row->kind ? case_field(row->kind, rows_text(rows, 0)) : SIZE_MAX;
        if (field != SIZE_MAX) {
            values[field] = rows_text_in(rows, 1, arena);
        }
    }
    return rows_end(rows, error);
}

static const char evidence_of[] = "select id, case_file, step, item, line, name, type, size, digest, stored, taken_at, "
                                  "lon_e6, lat_e6, open from case_evidence where case_file = ?1 order by id";
static const char evidence_one[] =
    "select id, case_file, step, item, line, name, type, size, digest, stored, taken_at, "
    "lon_e6, lat_e6, open from case_evidence where id = ?1";

static struct case_evidence evidence_read(struct rows *rows, struct arena *arena)
{
    return (struct case_evidence){ .id = rows_int(rows, 0),
                                   .case_id = rows_int(rows, 1),
                                   .step = rows_int(rows, 2),
                                   .item = rows_text_in(rows, 3, arena),
                                   .line = rows_int(rows, 4),
                                   .name = rows_text_in(rows, 5, arena),
                                   .type = rows_text_in(rows, 6, arena),
                                   .size = rows_int(rows, 7),
                                   .digest = rows_text_in(rows, 8, arena),
                                   .stored = rows_text_in(rows, 9, arena),
                                   .taken_at = rows_int(rows, 10),
                                   .has_place = !rows_is_null(rows, 11),
                                   .lon_e6 = rows_int(rows, 11),
                                   .lat_e6 = rows_int(rows, 12),
                                   .open = rows_int(rows, 13) != 0 };
}

bool case_evidence_list(struct db *db, struct arena *arena, int64_t id, struct case_evidence **out, size_t *n,
                        struct error *error)
{
    struct rows *rows = db_query(db, error, evidence_of, V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = evidence_read(rows, arena);
    }
    return rows_end(rows, error);
}

bool case_evidence_one(struct db *db, struct arena *arena, int64_t evidence, struct case_evidence *out, bool *found,
                       struct error *error)
{
    struct rows *rows = db_query(db, error, evidence_one, V_INT(evidence));
    *found = rows_next(rows);
    if (*found) {
        *out = evidence_read(rows, arena);
    }
    return rows_end(rows, error);
}

bool case_lines(struct db *db, struct arena *arena, int64_t id, struct case_line **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select id, name, owner, measure, adds, from_day, due, done, planned_fen, spent_fen, "
                                 "dropped from case_line where case_file = ?1 order by due, id",
                                 V_INT(id));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct case_line){ .id = rows_int(rows, 0),
                                             .name = rows_text_in(rows, 1, arena),
                                             .owner = rows_text_in(rows, 2, arena),
                                             .measure = rows_text_in(rows, 3, arena),
                                             .adds = rows_int(rows, 4),
                                             .from_day = rows_int(rows, 5),
                                             .due = rows_int(rows, 6),
                                             .done = rows_int(rows, 7),
                                             .planned_fen = rows_int(rows, 8),
                                             .spent_fen = rows_int(rows, 9),
                                             .dropped = rows_int(rows, 10) != 0 };
    }
    return rows_end(rows, error);
}

/* ---- Answers of a checklist ---- */

static enum case_answer answer_of(struct str word)
{
    return str_is(word, "yes")    ? ANSWER_GOOD
           : str_is(word, "no")   ? ANSWER_BAD
           : str_is(word, "none") ? ANSWER_NOT_HERE
                                  : ANSWER_NONE;
}

static void read_answers(const struct checklist *list, struct str text, struct str words, struct case_answers *out)
{
    struct str part;
    while (str_split(&text, ' ', &part)) {
        size_t sign = str_find(part, '='), item = checklist_item(list, str_part(part, 0, sign));
        if (item != SIZE_MAX) {
            out->answer[item] = answer_of(str_part(part, sign + 1, part.n));
        }
    }
    while (str_split(&words, '\n', &part)) {
        size_t sign = str_find(part, '\t'), item = checklist_item(list, str_part(part, 0, sign));
        if (item != SIZE_MAX) {
            out->words[item] = str_part(part, sign + 1, part.n);
        }
    }
}

bool case_answers_of(struct db *db, struct arena *arena, const struct city *city, int64_t id, struct case_answers *out,
                     const struct checklist **list, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select checklist, answers, words from case_answers where case_file = ?1 order by "
                                 "step desc limit 1",
                                 V_INT(id));
    memset(out, 0, sizeof *out);
    *list = NULL;
    *found = rows_next(rows);
    if (*found) {
        *list = city_checklist(city, rows_text(rows, 0));
        if (*list) {
            read_answers(*list, rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena), out);
        }
    }
    return rows_end(rows, error);
}
