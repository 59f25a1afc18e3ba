/* See progress.h. */
#include "casework/progress.h"

#include "base/clock.h"
#include "casework/inside.h"

struct text plan_state_words(enum plan_state state)
{
    static const struct text words[] = {
        [PLAN_KEPT] = T("已兑现", "Kept"),         [PLAN_GIVEN_UP] = T("已终止", "Given up"),
        [PLAN_LATE] = T("逾期", "Late"),           [PLAN_BEHIND] = T("进度滞后", "Behind"),
        [PLAN_ON_COURSE] = T("正常", "On course"),
    };
    return words[state];
}

enum plan_state plan_state_of(const struct case_row *row, const struct case_progress *progress, int64_t today)
{
    if (row->closed_at) {
        return row->failed ? PLAN_GIVEN_UP : PLAN_KEPT;
    }
    if (row->due && today > row->due && !row->paused_at) {
        return PLAN_LATE;
    }
    bool slow = progress->reported >= 0 && progress->reported + BEHIND_POINTS <= progress->expected;
    return progress->missed || slow ? PLAN_BEHIND : PLAN_ON_COURSE;
}

static bool last_report(struct db *db, int64_t id, int64_t *out, int64_t *day, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select v.value, s.day from case_value v join case_step s on s.id = v.step where "
                                 "v.case_file = ?1 and v.field = 'progress' order by v.step desc limit 1",
                                 V_INT(id));
    *out = -1;
    *day = 0;
    if (rows_next(rows) && str_to_int(rows_text(rows, 0), 0, 100, out)) {
        *day = rows_int(rows, 1);
    }
    return rows_end(rows, error);
}

static bool promised_day(struct db *db, struct arena *arena, const struct case_row *row, int64_t *day,
                         struct error *error)
{
    size_t field = row->kind ? row->kind->stages[0].due_field : SIZE_MAX;
    struct str value = STR("");
    bool found = false;
    *day = row->due;
    if (field == SIZE_MAX) {
        return true;
    }
    bool good = db_one_text(db, error, arena, &value, &found,
                            "select value from case_value where case_file = ?1 and field = ?2 order by step desc limit "
                            "1",
                            V_INT(row->id), V_TEXT(row->kind->fields[field].id));
    (void)(found && day_parse(value, day));
    return good;
}

bool case_progress_of(struct db *db, struct arena *arena, const struct case_row *row, int64_t today,
                      struct case_progress *out, struct error *error)
{
    struct case_line *lines;
    int64_t reported_on = 0;
    size_t n;
    *out = (struct case_progress){ .from = day_of_ms(row->opened_at) };
    if (!promised_day(db, arena, row, &out->promised, error) || !case_lines(db, arena, row->id, &lines, &n, error) ||
        !last_report(db, row->id, &out->reported, &reported_on, error)) {
        return false;
    }
    out->until = out->promised;
    out->reported = row->closed_at && !row->failed ? 100 : out->reported;
    out->lines = ARENA_ARRAY(arena, struct case_line, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct case_line *line = &lines[i];
        if (line->dropped) {
            continue;
        }
        out->lines[out->nlines++] = *line;
        out->done += line->done > 0;
        out->missed += !line->done && line->due < today;
        out->planned_fen += line->planned_fen;
        out->spent_fen += line->spent_fen;
        out->from = line->from_day < out->from ? line->from_day : out->from;
        int64_t end = line->done > line->due ? line->done : line->due;
        out->until = end > out->until ? end : out->until;
    }
    int64_t whole = (out->promised ? out->promised : out->until) - out->from,
            over = (reported_on ? reported_on : today) - out->from;
    out->expected = whole <= 0 || over >= whole ? 100 : over <= 0 ? 0 : over * 100 / whole;
    out->state = plan_state_of(row, out, today);
    return true;
}

bool case_money(struct db *db, const struct case_ask *ask, int64_t *planned_fen, int64_t *spent_fen,
                struct error *error)
{
    struct arena *arena = arena_new(0);
    struct case_query query = query_new(arena);
    query_put(&query, "select cast(coalesce(sum(l.planned_fen), 0) as bigint), cast(coalesce(sum(l.spent_fen), 0) as "
                      "bigint) from case_line l where l.dropped = 0 and l.case_file in (select f.id");
    case_where_asked(&query, ask);
    query_put(&query, ")");
    struct rows *rows = query_run(db, &query, error);
    *planned_fen = *spent_fen = 0;
    if (rows_next(rows)) {
        *planned_fen = rows_int(rows, 0);
        *spent_fen = rows_int(rows, 1);
    }
    bool good = rows_end(rows, error);
    arena_free(arena);
    return good;
}

bool case_adds(struct db *db, struct str kind, int64_t institution, struct str measure, int64_t *adds, int64_t *last,
               struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select cast(coalesce(sum(l.adds), 0) as bigint), coalesce(max(l.due), 0) from case_line "
                 "l join case_file f on f.id = l.case_file where f.institution = ?1 and (?2 = '' or f.kind = ?2) and "
                 "f.closed_at is null and l.measure = ?3 and l.dropped = 0 and l.done is null",
                 V_INT(institution), V_TEXT(kind), V_TEXT(measure));
    *adds = *last = 0;
    if (rows_next(rows)) {
        *adds = rows_int(rows, 0);
        *last = rows_int(rows, 1);
    }
    return rows_end(rows, error);
}

bool case_under_way(struct db *db, struct arena *arena, struct str measure, struct case_adding **out, size_t *n,
                    struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select f.institution, l.adds, l.due from case_line l join case_file f on f.id = "
                 "l.case_file where l.measure = ?1 and l.dropped = 0 and l.done is null and f.closed_at "
                 "is null and f.institution is not null order by f.institution, l.due, l.id",
                 V_TEXT(measure));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct case_adding){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) };
    }
    return rows_end(rows, error);
}

bool case_under_way_version(struct db *db, struct str measure, int64_t *version, struct error *error)
{
    return db_one_int(db, error, version, NULL,
                      "select coalesce(max(f.changed_at), 0) from case_file f where f.id in (select l.case_file from "
                      "case_line l where l.measure = ?1)",
                      V_TEXT(measure));
}
