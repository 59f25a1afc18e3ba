/* Lines of a plan: measures of a school's plan, milestones of a project. */
#include "casework/inside.h"

#include "base/clock.h"

static bool add(struct writing *writing, int64_t id, int64_t step, const struct case_line *line, int64_t *line_id,
                struct error *error)
{
    return writing_id(writing, "select coalesce(max(id), 0) from case_line", line_id, error) &&
           db_run(writing->db, error,
                  "insert into case_line (id, case_file, name, owner, measure, adds, from_day, due, done, planned_fen, "
                  "spent_fen, dropped, step) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                  V_INT(*line_id), V_INT(id), V_TEXT(line->name), V_TEXT(line->owner), V_TEXT(line->measure),
                  V_INT(line->adds), V_INT(line->from_day), V_INT(line->due), V_IF(line->done > 0, V_INT(line->done)),
                  V_INT(line->planned_fen), V_INT(line->spent_fen), V_INT(line->dropped), V_INT(step));
}

bool case_line_add(struct writing *writing, int64_t id, int64_t step, const struct case_line *line, struct error *error)
{
    int64_t line_id;
    return add(writing, id, step, line, &line_id, error);
}

static bool change(struct writing *writing, const struct case_line_do *input, int64_t step, bool *found,
                   struct error *error)
{
    const struct case_line *line = &input->line;
    int64_t changed = 0;
    bool good = db_run_count(
        writing->db, error, &changed,
        "update case_line set name = ?3, owner = ?4, measure = ?5, adds = ?6, from_day = ?7, due = "
        "?8, done = ?9, planned_fen = ?10, spent_fen = ?11, dropped = ?12, step = ?13 where id = "
        "?1 and case_file = ?2",
        V_INT(line->id), V_INT(input->id), V_TEXT(line->name), V_TEXT(line->owner), V_TEXT(line->measure),
        V_INT(line->adds), V_INT(line->from_day), V_INT(line->due), V_IF(line->done > 0, V_INT(line->done)),
        V_INT(line->planned_fen), V_INT(line->spent_fen), V_INT(line->dropped), V_INT(step));
    *found = changed == 1;
    return good;
}

bool case_line_run(struct writing *writing, void *input_, struct error *error)
{
    struct case_line_do *input = input_;
    struct case_row row;
    bool found = false, mine = false, known = true;
    int64_t today = day_of_ms(input->at ? input->at : writing->now), step;
    unsigned desks = 0;
    input->result = CASE_DONE;
    input->line_id = input->line.id;
    if (!case_one(writing->db, writing->arena, input->city, input->id, &row, &found, error) ||
        (found && (!case_is_mine(writing->db, &input->who, &row, today, &mine, error) ||
                   !case_desks(writing->db, &input->who, &row, today, &desks, error)))) {
        return false;
    }
    bool first = found && row.kind && row.stage == &row.kind->stages[0];
    input->result = !found || !(mine || (desks & (DESK_COUNTY | DESK_CITY | DESK_SCHOOL))) ? CASE_NOT_YOURS
                    : !row.kind || !row.kind->lines || row.closed_at                       ? CASE_NOT_NOW
                    : !first && str_trim(input->note).n == 0                               ? CASE_NEEDS_NOTE
                                                                                           : CASE_DONE;
    if (input->result != CASE_DONE) {
        return true;
    }
    struct case_stepping stepping = { .case_id = row.id,
                                      .at = input->at,
                                      .who = &input->who,
                                      .act = STR("line"),
                                      .from_stage = row.stage_id,
                                      .to_stage = row.stage_id,
                                      .note = arena_printf(writing->arena, "%.*s: %.*s", STR_ARG(input->line.name),
                                                           STR_ARG(str_trim(input->note))),
                                      .due = row.due };
    if (!case_step_add(writing, &stepping, &step, error) ||
        !(input->line.id ? change(writing, input, step, &known, error)
                         : add(writing, row.id, step, &input->line, &input->line_id, error))) {
        return false;
    }
    if (!known) {
        return error_set(error, "the case has no line %lld", (long long)input->line.id);
    }
    return case_files_add(writing, row.id, step, input->files, input->nfiles, error) &&
           db_run(writing->db, error, "update case_file set changed_at = ?2 where id = ?1", V_INT(row.id),
                  V_INT(writing->now)) &&
           (input->quiet || case_journal(writing, &input->who, "case.line", row.id, row.division, row.kind_id, error));
}

/* ---- Who is away ---- */

static bool is_above(struct db *db, const struct case_who *who, int64_t account, bool *above, struct error *error)
{
    int64_t n = 0;
    bool scoped = (who->desks & (DESK_COUNTY | DESK_CITY)) && who->scope.n;
    bool good = !scoped || db_one_int(db, error, &n, NULL,
                                      "select count(*) from account a left join institution i on i.id = a.institution "
                                      "where a.id = ?1 and substr(coalesce(nullif(a.scope, ''), i.division), 1, "
                                      "length(?2)) = ?2",
                                      V_INT(account), V_TEXT(who->scope));
    *above = account == who->account || n > 0;
    return good;
}

bool case_stand_in_run(struct writing *writing, void *input_, struct error *error)
{
    struct case_stand_in *input = input_;
    bool above = false;
    int64_t other = 0;
    if (!is_above(writing->db, &input->who, input->account, &above, error) ||
        !db_one_int(writing->db, error, &other, NULL,
                    "select count(*) from account a, account b where a.id = ?1 and b.id = ?2 and a.id <> b.id and "
                    "b.state = 'active' and a.roles = b.roles and (a.scope = b.scope) and coalesce(a.institution, 0) = "
                    "coalesce(b.institution, 0)",
                    V_INT(input->account), V_INT(input->by_account))) {
        return false;
    }
    input->result = !above || other == 0                  ? CASE_NOT_YOURS
                    : str_trim(input->reason).n == 0      ? CASE_NEEDS_NOTE
                    : input->until_day <= input->from_day ? CASE_BAD_VALUE
                                                          : CASE_DONE;
    return input->result != CASE_DONE ||
           (db_run(writing->db, error,
                   "insert into case_stand_in (account, by_account, from_day, until_day, reason, at) values (?1, ?2, "
                   "?3, ?4, ?5, ?6)",
                   V_INT(input->account), V_INT(input->by_account), V_INT(input->from_day), V_INT(input->until_day),
                   V_TEXT(str_trim(input->reason)), V_INT(writing->now)) &&
            case_journal(writing, &input->who, "case.stand_in", input->account, input->who.scope, STR(""), error));
}

bool case_stand_in_end_run(struct writing *writing, void *input_, struct error *error)
{
    struct case_stand_in_end *input = input_;
    int64_t account = 0, by = 0, changed = 0;
    bool above = false;
    input->done = false;
    struct rows *rows =
        db_query(writing->db, error, "select account, by_account from case_stand_in where id = ?1", V_INT(input->id));
    if (rows_next(rows)) {
        account = rows_int(rows, 0);
        by = rows_int(rows, 1);
    }
    if (!rows_end(rows, error) || (account && !is_above(writing->db, &input->who, account, &above, error))) {
        return false;
    }
    if (account == 0 || (!above && by != input->who.account)) {
        return true;
    }
    if (!db_run_count(writing->db, error, &changed,
                      "update case_stand_in set ended_at = ?2 where id = ?1 and ended_at is null", V_INT(input->id),
                      V_INT(writing->now))) {
        return false;
    }
    input->done = changed == 1;
    return !input->done ||
           case_journal(writing, &input->who, "case.stand_in_end", account, input->who.scope, STR(""), error);
}

bool case_stand_ins(struct db *db, struct arena *arena, int64_t account, int64_t today, struct case_stand_in_row **out,
                    size_t *n, struct error *error)
{
    *out = NULL;
    *n = 0;
    struct rows *rows =
        db_query(db, error,
                 "select id, account, by_account, from_day, until_day, reason from case_stand_in where "
                 "(account = ?1 or by_account = ?1) and until_day > ?2 and ended_at is null order by id "
                 "desc",
                 V_INT(account), V_INT(today));
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] =
            (struct case_stand_in_row){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2),
                                        rows_int(rows, 3), rows_int(rows, 4), rows_text_in(rows, 5, arena) };
    }
    return rows_end(rows, error);
}

bool case_hand_over_all(struct writing *writing, const struct city *city, const struct case_who *who, int64_t from,
                        int64_t to, struct str note, int64_t *moved, struct error *error)
{
    int64_t n = 0;
    size_t k = 0;
    *moved = 0;
    if (!db_one_int(writing->db, error, &n, NULL,
                    "select count(*) from case_file where holder = ?1 and closed_at is null", V_INT(from))) {
        return false;
    }
    int64_t *ids = ARENA_ARRAY(writing->arena, int64_t, (size_t)n);
    struct rows *rows =
        db_query(writing->db, error, "select id from case_file where holder = ?1 and closed_at is null order by id",
                 V_INT(from));
    while (k < (size_t)n && rows_next(rows)) {
        ids[k++] = rows_int(rows, 0);
    }
    bool good = rows_end(rows, error);
    for (size_t i = 0; good && i < k; i++) {
        struct case_common_do input = {
            .city = city, .who = *who, .id = ids[i], .what = CASE_HAND_OVER, .note = note, .to = to
        };
        good = case_common_run(writing, &input, error);
        *moved += input.result == CASE_DONE;
    }
    return good;
}
