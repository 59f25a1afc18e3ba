/* The table of imports: see exchange_keep.h. */
#include "registry/exchange_keep.h"

#include "store/journal.h"

static const char *const states[IMPORT_STATES] = { "reading", "read",     "stopped", "failed",
                                                   "applied", "proposed", "undone" };

#define IMPORT_COLUMNS                                                                                                 \
    "id, kind, account, division, institution, state, file_name, format, day, bad_share, read_rows, added, changed, "  \
    "same, bad, absent, problem_zh, problem_en, change, started_at, ended_at"

static void read_import(struct rows *rows, struct arena *arena, struct exchange_import *out)
{
    *out = (struct exchange_import){
        .id = rows_int(rows, 0),
        .kind = kind_named(rows_text(rows, 1)),
        .account = rows_int(rows, 2),
        .division = rows_text_in(rows, 3, arena),
        .institution = rows_int(rows, 4),
        .file_name = rows_text_in(rows, 6, arena),
        .format = EXCHANGE_XLSX,
        .day = rows_int(rows, 8),
        .bad_share = rows_int(rows, 9),
        .problem = { rows_text_in(rows, 16, arena), rows_text_in(rows, 17, arena) },
        .change = rows_int(rows, 18),
        .started_at = rows_int(rows, 19),
        .ended_at = rows_int(rows, 20),
    };
    out->counts = (struct exchange_counts){ .rows = rows_int(rows, 10), .absent = rows_int(rows, 15) };
    out->counts.of[EXCHANGE_NEW] = rows_int(rows, 11);
    out->counts.of[EXCHANGE_CHANGED] = rows_int(rows, 12);
    out->counts.of[EXCHANGE_SAME] = rows_int(rows, 13);
    out->counts.of[EXCHANGE_BAD] = rows_int(rows, 14);
    (void)exchange_format_of(rows_text(rows, 7), &out->format);
    for (size_t i = 0; i < IMPORT_STATES; i++) {
        if (str_is(rows_text(rows, 5), states[i])) {
            out->state = (enum import_state)i;
        }
    }
}

bool exchange_import_get(struct db *db, struct arena *arena, int64_t id, struct exchange_import *out, bool *found,
                         struct error *error)
{
    struct rows *rows = db_query(db, error, "select " IMPORT_COLUMNS " from register_import where id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_import(rows, arena, out);
        *found = out->kind != NULL;
    }
    return rows_end(rows, error);
}

bool exchange_import_list(struct db *db, struct arena *arena, int64_t account, const struct kind *kind, int64_t most,
                          struct exchange_import **out, size_t *n, struct error *error)
{
    *out = ARENA_ARRAY(arena, struct exchange_import, (size_t)most);
    *n = 0;
    struct rows *rows = db_query(db, error,
                                 "select " IMPORT_COLUMNS
                                 " from register_import where account = ?1 and kind = ?2 order by id desc limit ?3",
                                 V_INT(account), V_TEXT(str_of(kind->name)), V_INT(most));
    while (rows_next(rows)) {
        read_import(rows, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}

bool exchange_import_add(struct writing *writing, const struct exchange_import *import, const char *role, int64_t *id,
                         struct error *error)
{
    return db_one_int(writing->db, error, id, NULL,
                      "insert into register_import (kind, account, division, institution, state, file_name, format, "
                      "day, bad_share, read_rows, added, changed, same, bad, absent, problem_zh, problem_en, change, "
                      "started_at, ended_at) values (?1, ?2, ?3, ?4, 'reading', ?5, ?6, ?7, ?8, 0, 0, 0, 0, 0, 0, '', "
                      "'', 0, ?9, ?9) returning id",
                      V_TEXT(str_of(import->kind->name)), V_INT(import->account), V_TEXT(import->division),
                      V_INT(import->institution), V_TEXT(import->file_name),
                      V_TEXT(str_of(exchange_format_word(import->format))), V_INT(import->day),
                      V_INT(import->bad_share), V_INT(writing->now)) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = import->account,
                                                   .role = role,
                                                   .action = "register.hand_in",
                                                   .subject_kind = "import",
                                                   .subject_id = *id,
                                                   .division = import->division,
                                                   .detail = str_of(import->kind->name) },
                          error);
}

bool exchange_import_refused(const struct exchange_import *import, const struct exchange_counts *counts)
{
    int64_t bad = counts->of[EXCHANGE_BAD];
    return bad > 0 && (import->bad_share < 0 || bad * 100 > import->bad_share * counts->rows);
}
