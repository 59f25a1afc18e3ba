/* What an act leaves behind: a step, values, evidence, an entry in the journal. */
#include "casework/inside.h"

#include "base/clock.h"
#include "store/journal.h"

bool case_step_add(struct writing *writing, const struct case_stepping *step, int64_t *id, struct error *error)
{
    int64_t at = step->at ? step->at : writing->now;
    const struct case_who *who = step->who;
    return writing_id(writing, "select coalesce(max(id), 0) from case_step", id, error) &&
           db_run(writing->db, error,
                  "insert into case_step (id, case_file, at, account, role, act, from_stage, to_stage, note, due, day) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                  V_INT(*id), V_INT(step->case_id), V_INT(at), V_IF(who && who->account > 0, V_INT(who->account)),
                  V_TEXT(str_of(who && who->role ? who->role : "")), V_TEXT(step->act), V_TEXT(step->from_stage),
                  V_TEXT(step->to_stage), V_TEXT(step->note), V_IF(step->due > 0, V_INT(step->due)),
                  V_INT(step->day ? step->day : day_of_ms(at)));
}

bool case_files_add(struct writing *writing, int64_t case_id, int64_t step, const struct case_file_added *files,
                    size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++) {
        const struct case_file_added *f = &files[i];
        int64_t id;
        if (!writing_id(writing, "select coalesce(max(id), 0) from case_evidence", &id, error) ||
            !db_run(writing->db, error,
                    "insert into case_evidence (id, case_file, step, item, line, name, type, size, digest, stored, "
                    "taken_at, lon_e6, lat_e6, open) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                    "?14)",
                    V_INT(id), V_INT(case_id), V_INT(step), V_TEXT(f->item), V_IF(f->line > 0, V_INT(f->line)),
                    V_TEXT(f->name), V_TEXT(f->type), V_INT(f->size), V_TEXT(f->digest), V_TEXT(f->stored),
                    V_IF(f->taken_at > 0, V_INT(f->taken_at)), V_IF(f->has_place, V_INT(f->lon_e6)),
                    V_IF(f->has_place, V_INT(f->lat_e6)), V_INT(f->open))) {
            return false;
        }
    }
    return true;
}

bool case_values_add(struct writing *writing, const struct case_kind *kind, int64_t case_id, int64_t step,
                     const size_t *asks, size_t nasks, const struct str *values, struct error *error)
{
    for (size_t i = 0; i < nasks; i++) {
        if (!db_run(writing->db, error,
                    "insert into case_value (case_file, field, step, value) values (?1, ?2, ?3, ?4)", V_INT(case_id),
                    V_TEXT(kind->fields[asks[i]].id), V_INT(step), V_TEXT(values[asks[i]]))) {
            return false;
        }
    }
    return true;
}

bool case_journal(struct writing *writing, const struct case_who *who, const char *action, int64_t id,
                  struct str division, struct str detail, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = who->account,
                                                   .role = who->role ? who->role : "",
                                                   .action = action,
                                                   .subject_kind = "case",
                                                   .subject_id = id,
                                                   .division = division,
                                                   .detail = detail },
                          error);
}

bool case_key_of(struct writing *writing, struct str key, int64_t account, int64_t *id, int64_t *step, bool *found,
                 struct error *error)
{
    *found = false;
    if (key.n == 0) {
        return true;
    }
    struct rows *rows = db_query(writing->db, error,
                                 "select case_file, step, account from case_key where client_key = ?1", V_TEXT(key));
    bool mine = true;
    if (rows_next(rows)) {
        *found = true;
        *id = rows_int(rows, 0);
        *step = rows_int(rows, 1);
        mine = rows_int(rows, 2) == account;
    }
    return rows_end(rows, error) && (mine || error_set(error, "this form was sent by somebody else"));
}

bool case_key_add(struct writing *writing, struct str key, int64_t account, int64_t id, int64_t step,
                  struct error *error)
{
    return key.n == 0 || db_run(writing->db, error,
                                "insert into case_key (client_key, account, case_file, step) values (?1, ?2, ?3, ?4)",
                                V_TEXT(key), V_INT(account), V_INT(id), V_INT(step));
}
