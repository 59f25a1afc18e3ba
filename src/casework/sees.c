/* Who may see a case, at which of its desks they sit, and what they may do now. */
#include "casework/inside.h"

#include "base/clock.h"

int64_t case_late(const struct city *city, const struct case_row *row, int64_t today)
{
    if (!row->due || row->paused_at || row->closed_at || today <= row->due) {
        return 0;
    }
    int64_t days = workdays_between(city, row->due, today);
    return days > 0 ? days : 0;
}

static bool any(struct db *db, struct case_query *query, bool *is, struct error *error)
{
    struct rows *rows = query_run(db, query, error);
    *is = rows_next(rows);
    return rows_end(rows, error);
}

bool case_sees(struct db *db, const struct case_who *who, const struct case_row *row, bool *sees, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct case_query query = query_new(arena);
    query_put(&query, "select 1 from case_file f where f.id = ?", V_INT(row->id));
    case_where_sees(&query, who, day_of_ms(clock_ms()));
    bool good = any(db, &query, sees, error);
    arena_free(arena);
    return good;
}

bool case_is_mine(struct db *db, const struct case_who *who, const struct case_row *row, int64_t today, bool *mine,
                  struct error *error)
{
    struct arena *arena = arena_new(0);
    struct case_query query = query_new(arena);
    query_put(&query, "select 1 from case_file f where f.id = ?", V_INT(row->id));
    case_where_sees(&query, who, today);
    case_where_mine(&query, who, today);
    bool good = any(db, &query, mine, error);
    arena_free(arena);
    return good;
}

bool case_inspector(struct db *db, struct arena *arena, int64_t institution, int64_t day, struct str *staff,
                    bool *found, struct error *error)
{
    return db_one_text(db, error, arena, staff, found,
                       "select staff from charge_fact where institution = ?1 and kind = 'inspector' and valid_from <= "
                       "?2 and valid_until > ?2 and replaced_at = ?3 order by subject limit 1",
                       V_INT(institution), V_INT(day), V_INT(MOMENT_OPEN));
}

static bool opened(struct db *db, const struct case_who *who, int64_t id, bool *is, struct error *error)
{
    int64_t n = 0;
    bool good = db_one_int(db, error, &n, NULL,
                           "select count(*) from case_file where id = ?1 and (opener = ?2 or opener_institution = ?3)",
                           V_INT(id), V_INT(who->account), V_INT(who->institution > 0 ? who->institution : -1));
    *is = n > 0;
    return good;
}

bool case_desks(struct db *db, const struct case_who *who, const struct case_row *row, int64_t today, unsigned *desks,
                struct error *error)
{
    bool found = false, scoped = who->scope.n && str_starts(row->division, who->scope);
    struct arena *arena = arena_new(0);
    struct str staff = STR("");
    *desks = scoped ? who->desks & (DESK_COUNTY | DESK_CITY) : 0;
    if ((who->desks & DESK_SCHOOL) && who->institution > 0 && who->institution == row->institution) {
        *desks |= DESK_SCHOOL;
    }
    bool mine = who->account > 0 && row->opener == who->account;
    bool ours = row->opener_institution > 0 && row->opener_institution == who->institution;
    *desks |= mine || ours ? DESK_OPENER : 0;
    bool good = true, above = false;
    if (row->parent && who->account > 0) {
        good = opened(db, who, row->parent, &above, error);
        *desks |= above ? DESK_PARENT : 0;
    }
    if (good && (who->desks & DESK_INSPECTOR) && who->staff.n && row->institution) {
        good = case_inspector(db, arena, row->institution, today, &staff, &found, error);
        *desks |= good && found && str_eq(staff, who->staff) ? DESK_INSPECTOR : 0;
    }
    if (good && who->account > 0) {
        int64_t named = 0;
        good = db_one_int(db, error, &named, NULL,
                          "select count(*) from case_named where case_file = ?1 and account = ?2 and until is null",
                          V_INT(row->id), V_INT(who->account));
        *desks |= named ? DESK_NAMED : 0;
    }
    arena_free(arena);
    return good;
}

bool case_same_person(struct db *db, const struct case_row *row, const struct case_act *act, int64_t account, bool *is,
                      struct error *error)
{
    int64_t n = 0;
    bool good = db_one_int(db, error, &n, NULL,
                           "select (select count(*) from case_step where case_file = ?1 and act = ?2 and account = ?3) "
                           "+ (select count(*) from case_barred where case_file = ?1 and account = ?3)",
                           V_INT(row->id), V_TEXT(act->other_than.n ? act->other_than : STR("")), V_INT(account));
    *is = n > 0;
    return good;
}

bool case_acts(struct db *db, const struct case_who *who, const struct case_row *row, const struct case_act **acts,
               size_t *nacts, const struct case_act **barred, size_t *nbarred, struct error *error)
{
    unsigned desks = 0;
    *nacts = *nbarred = 0;
    if (!row->stage || row->closed_at || row->paused_at) {
        return true;
    }
    if (!case_desks(db, who, row, day_of_ms(clock_ms()), &desks, error)) {
        return false;
    }
    for (size_t i = 0; i < row->stage->nacts; i++) {
        const struct case_act *act = &row->stage->acts[i];
        bool same = false;
        if (!((act->by ? act->by : (unsigned)row->stage->desk) & desks)) {
            continue;
        }
        if (!case_same_person(db, row, act, who->account, &same, error)) {
            return false;
        }
        if (same) {
            barred[(*nbarred)++] = act;
        } else {
            acts[(*nacts)++] = act;
        }
    }
    return true;
}

bool case_watches(struct db *db, const struct case_who *who, int64_t id, bool *watches, struct error *error)
{
    int64_t n = 0;
    bool good = db_one_int(db, error, &n, NULL, "select count(*) from case_watch where case_file = ?1 and account = ?2",
                           V_INT(id), V_INT(who->account));
    *watches = n > 0;
    return good;
}
