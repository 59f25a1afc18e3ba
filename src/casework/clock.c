/* What happens to cases though nobody acts: reminders, climbing, and a calendar that moved. */
#include "casework/inside.h"

#include "base/clock.h"
#include "casework/supervision.h"

/* One event of the clock as a step of the program, on the day on which it was due. */
static bool happen(struct writing *writing, const struct case_row *row, const char *act, struct str note, int64_t day,
                   struct error *error)
{
    struct case_stepping step = { .case_id = row->id,
                                  .act = str_of(act),
                                  .from_stage = row->stage_id,
                                  .to_stage = row->stage_id,
                                  .note = note,
                                  .due = row->due,
                                  .day = day };
    int64_t id;
    return case_step_add(writing, &step, &id, error);
}

/* Everything of the case that was due from `from` to today, in the order of days. */
static bool look(struct writing *writing, const struct city *city, struct case_row *row, int64_t from, int64_t today,
                 struct error *error)
{
    const struct case_stage *stage = row->stage;
    for (int64_t day = from; day && day <= today; day = case_look_on(city, stage, row->due, day)) {
        for (size_t i = 0; i < stage->nreminds; i++) {
            if (workday_after(city, row->due, -stage->reminds[i]) == day &&
                !happen(writing, row, "remind", STR(""), day, error)) {
                return false;
            }
        }
        for (size_t i = 0; i < stage->nclimbs; i++) {
            const struct case_climb *climb = &stage->climbs[i];
            if (case_climb_day(city, row->due, climb) != day || (row->reach & (unsigned)climb->to)) {
                continue;
            }
            row->reach |= (unsigned)climb->to;
            if (!happen(writing, row, "climb", str_of(case_desk_word(climb->to)), day, error)) {
                return false;
            }
        }
    }
    int64_t next = case_look_on(city, stage, row->due, today);
    return db_run(writing->db, error, "update case_file set reach = ?2, look_on = ?3, changed_at = ?4 where id = ?1",
                  V_INT(row->id), V_INT(row->reach), V_IF(next > 0, V_INT(next)), V_INT(writing->now));
}

bool case_tick(struct writing *writing, const struct city *city, int64_t today, size_t most, bool *more,
               struct error *error)
{
    int64_t *ids = ARENA_ARRAY(writing->arena, int64_t, 2 * most), opened = 0;
    size_t n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select id, look_on from case_file where look_on <= ?1 order by look_on, id limit ?2",
                                 V_INT(today), V_INT((int64_t)most));
    while (n < most && rows_next(rows)) {
        ids[2 * n] = rows_int(rows, 0);
        ids[2 * n + 1] = rows_int(rows, 1);
        n++;
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct case_row row;
        bool found = false;
        if (!case_one(writing->db, writing->arena, city, ids[2 * i], &row, &found, error)) {
            return false;
        }
        bool runs = found && row.stage && !row.closed_at && !row.paused_at;
        if (!(runs ? look(writing, city, &row, ids[2 * i + 1], today, error)
                   : db_run(writing->db, error, "update case_file set look_on = null where id = ?1",
                            V_INT(ids[2 * i])))) {
            return false;
        }
    }
    *more = n == most;
    bool months = false;
    if (!*more && !supervision_open_month(writing, city, today, most, &opened, &months, error)) {
        return false;
    }
    *more = *more || months;
    return *more || expiry_open(writing, city, today, error);
}

/* ---- A calendar that moved ---- */

static bool recount_one(struct writing *writing, const struct city *city, int64_t id, int64_t *changed,
                        struct error *error)
{
    struct case_row row;
    struct str values[CASE_FIELDS_MAX];
    int64_t paused = 0, today = day_of_ms(writing->now), step;
    bool found = false;
    if (!case_one(writing->db, writing->arena, city, id, &row, &found, error) || !found || !row.stage) {
        return found ? true : false;
    }
    if (!case_values(writing->db, writing->arena, &row, values, error) ||
        !db_one_int(writing->db, error, &paused, NULL, "select paused_days from case_file where id = ?1", V_INT(id))) {
        return false;
    }
    struct case_terms terms =
        case_term(city, row.kind, row.stage, values, day_of_ms(row.opened_at), row.stage_from, paused);
    if (terms.term == 0 || terms.due == row.due) {
        return true;
    }
    int64_t next = row.paused_at ? 0 : case_look_on(city, row.stage, terms.due, today - 1);
    struct case_stepping stepping = { .case_id = id,
                                      .act = STR("recount"),
                                      .from_stage = row.stage_id,
                                      .to_stage = row.stage_id,
                                      .note = STR(""),
                                      .due = terms.due };
    (*changed)++;
    return case_step_add(writing, &stepping, &step, error) &&
           db_run(writing->db, error, "update case_file set due = ?2, look_on = ?3, changed_at = ?4 where id = ?1",
                  V_INT(id), V_INT(terms.due), V_IF(next > 0, V_INT(next)), V_INT(writing->now));
}

bool case_recount(struct writing *writing, const struct city *city, int64_t *changed, struct error *error)
{
    int64_t digest = workdays_digest(city), before = 0, n = 0;
    bool found = false;
    *changed = 0;
    if (!db_one_int(writing->db, error, &before, &found, "select digest from case_calendar where id = 1") ||
        (found && before == digest)) {
        return found && before == digest;
    }
    if (!db_one_int(writing->db, error, &n, NULL,
                    "select count(*) from case_file where closed_at is null and term > 0")) {
        return false;
    }
    int64_t *ids = ARENA_ARRAY(writing->arena, int64_t, (size_t)n);
    size_t k = 0;
    struct rows *rows =
        db_query(writing->db, error, "select id from case_file where closed_at is null and term > 0 order by id");
    while (k < (size_t)n && rows_next(rows)) {
        ids[k++] = rows_int(rows, 0);
    }
    bool good = rows_end(rows, error);
    for (size_t i = 0; good && i < k; i++) {
        good = recount_one(writing, city, ids[i], changed, error);
    }
    return good && db_run(writing->db, error,
                          "insert into case_calendar (id, digest, at) values (1, ?1, ?2) on conflict (id) do update "
                          "set digest = excluded.digest, at = excluded.at",
                          V_INT(digest), V_INT(writing->now));
}
