/* Lists of cases, by urgency: SQL of several parts, each a literal, with its values bound. Who sees what and what lies
 * on whose desk stands here once, for lists and for single cases (sees.c) alike. */
#include "casework/inside.h"

#include <stdlib.h>

const char case_columns[] =
    "f.id, f.kind, f.number, f.division, f.institution, f.subject, f.title, f.stage, f.desk, f.holder, f.opener, "
    "f.opener_institution, f.opened_at, f.stage_from, f.due, f.reach, f.paused_at, f.severity, f.item, f.parent, "
    "f.closed_at, f.failed, f.open_from, f.changed_at, i.code, i.name_zh, i.name_en, "
    "(select count(*) from case_file c where c.parent = f.id), "
    "(select count(*) from case_file c where c.parent = f.id and c.closed_at is null) ";

static const char from[] = " from case_file f left join institution i on i.id = f.institution where 1 = 1";

/* ---- The query ---- */

void query_add_values(struct case_query *query, const char *sql, const struct value *values, size_t n)
{
    size_t next = 0;
    for (const char *p = sql; *p; p++) {
        if (*p != '?') {
            buf_add_char(&query->sql, *p);
        } else if (next < n && query->n < QUERY_VALUES) {
            query->values[query->n++] = values[next++];
            buf_printf(&query->sql, "?%zu", query->n);
        } else {
            query->sql.full = true;
        }
    }
}

struct case_query query_new(struct arena *arena)
{
    return (struct case_query){ .sql = buf_init(QUERY_BYTES), .arena = arena };
}

struct rows *query_run(struct db *db, struct case_query *query, struct error *error)
{
    struct rows *rows = NULL;
    if (query->sql.full) {
        (void)error_set(error, "cases were asked for by too many conditions");
    } else {
        rows = db_query_values(db, error, arena_cstr(query->arena, buf_str(&query->sql)), query->values, query->n);
    }
    buf_free(&query->sql);
    return rows;
}

/* ---- Who sees what ---- */

/* The first text that no longer starts with the prefix. */
static struct str after_prefix(struct arena *arena, struct str prefix)
{
    return arena_printf(arena, "%.*s\x7f", STR_ARG(prefix));
}

static void where_division(struct case_query *query, struct str scope)
{
    query_put(query, "f.division >= ? and f.division < ?", V_TEXT(scope), V_TEXT(after_prefix(query->arena, scope)));
}

static void where_charge(struct case_query *query, const struct case_who *who, int64_t today)
{
    query_put(
        query,
        "f.institution in (select h.institution from charge_fact h where h.staff = ? and h.kind = 'inspector' and "
        "h.valid_from <= ? and h.valid_until > ? and h.replaced_at = ?)",
        V_TEXT(who->staff), V_INT(today), V_INT(today), V_INT(MOMENT_OPEN));
}

static bool has_scope(const struct case_who *who)
{
    return (who->desks & (DESK_COUNTY | DESK_CITY)) != 0 && who->scope.n > 0;
}

void case_where_sees(struct case_query *query, const struct case_who *who, int64_t today)
{
    query_put(query, " and (f.id in (select n.case_file from case_named n where n.account = ? and n.until is null)",
              V_INT(who->account));
    query_put(query, " or (f.confidential = 0 and (");
    if (has_scope(who)) {
        where_division(query, who->scope);
    } else {
        query_put(query, "1 = 0");
    }
    if (who->institution > 0) {
        query_put(query, " or f.institution = ? or f.opener_institution = ?", V_INT(who->institution),
                  V_INT(who->institution));
    }
    if ((who->desks & DESK_INSPECTOR) && who->staff.n) {
        query_put(query, " or ");
        where_charge(query, who, today);
    }
    if (who->account > 0) {
        query_put(query, " or f.opener = ? or f.holder = ?", V_INT(who->account), V_INT(who->account));
    }
    query_put(query, ")))");
}

/* The holder of a case is oneself, nobody, or somebody for whom one stands in. */
static void where_held(struct case_query *query, const struct case_who *who, int64_t today)
{
    query_put(query,
              " and (f.holder is null or f.holder = ? or f.holder in (select s.account from case_stand_in s where "
              "s.by_account = ? and s.from_day <= ? and s.until_day > ? and s.ended_at is null))",
              V_INT(who->account), V_INT(who->account), V_INT(today), V_INT(today));
}

void case_where_mine(struct case_query *query, const struct case_who *who, int64_t today)
{
    static const struct {
        unsigned desk;
        const char *climbed;
    } levels[] = {
        { DESK_COUNTY, " or ((f.reach / 4) % 2 = 1 and f.closed_at is null and " },
        { DESK_CITY, " or ((f.reach / 8) % 2 = 1 and f.closed_at is null and " },
    };
    query_put(query, " and (1 = 0");
    for (size_t i = 0; i < 2; i++) {
        if ((who->desks & levels[i].desk) && who->scope.n) {
            query_put(query, " or (f.desk = ? and ", V_INT(levels[i].desk));
            where_division(query, who->scope);
            where_held(query, who, today);
            query_put(query, ")");
            query_put(query, levels[i].climbed);
            where_division(query, who->scope);
            query_put(query, ")");
        }
    }
    if ((who->desks & DESK_SCHOOL) && who->institution > 0) {
        query_put(query, " or (f.desk = 1 and f.institution = ?", V_INT(who->institution));
        where_held(query, who, today);
        query_put(query, ")");
    }
    if ((who->desks & DESK_INSPECTOR) && who->staff.n) {
        query_put(query, " or (f.desk = 2 and ");
        where_charge(query, who, today);
        where_held(query, who, today);
        query_put(query, ")");
    }
    if (who->account > 0) {
        query_put(query, " or (f.desk = 16 and f.opener = ?)", V_INT(who->account));
        query_put(query,
                  " or (f.desk = 1024 and f.parent in (select p.id from case_file p where p.opener = ? or "
                  "p.opener_institution = ?))",
                  V_INT(who->account), V_INT(who->institution > 0 ? who->institution : -1));
        query_put(query,
                  " or (f.desk = 32 and f.id in (select n.case_file from case_named n where n.account = ? and n.until "
                  "is null))",
                  V_INT(who->account));
    }
    query_put(query, ")");
}

/* ---- What is asked for ---- */

static void where_state(struct case_query *query, const struct case_ask *ask)
{
    switch (ask->state) {
    case CASE_ANY:
        break;
    case CASE_OPEN:
        query_put(query, " and f.closed_at is null");
        break;
    case CASE_LATE:
        query_put(query, " and f.closed_at is null and f.paused_at is null and f.due < ?", V_INT(ask->today));
        break;
    case CASE_CLIMBED:
        query_put(query, " and f.closed_at is null and f.reach > 0");
        break;
    case CASE_CLOSED:
        query_put(query, " and f.closed_at is not null");
        break;
    case CASE_BEHIND:
        query_put(
            query,
            " and f.closed_at is null and exists (select 1 from case_line l where l.case_file = f.id and l.dropped "
            "= 0 and l.done is null and l.due < ?)",
            V_INT(ask->today));
        break;
    case CASE_PAUSED:
        query_put(query, " and f.closed_at is null and f.paused_at is not null");
        break;
    }
}

static void where_words(struct case_query *query, const struct case_ask *ask)
{
    const struct {
        struct str value;
        const char *sql;
    } words[] = { { ask->kind, " and f.kind = ?" },
                  { ask->stage, " and f.stage = ?" },
                  { ask->severity, " and f.severity = ?" },
                  { ask->item, " and f.item = ?" },
                  { ask->subject, " and f.subject = ?" } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].value.n) {
            query_put(query, words[i].sql, V_TEXT(words[i].value));
        }
    }
    if (ask->division.n) {
        query_put(query, " and f.division >= ? and f.division < ?", V_TEXT(ask->division),
                  V_TEXT(after_prefix(query->arena, ask->division)));
    }
    if (ask->text.n) {
        struct buf like = buf_init(QUERY_BYTES);
        buf_add_char(&like, '%');
        for (size_t i = 0; i < ask->text.n; i++) {
            if (strchr("%_\\", ask->text.p[i])) {
                buf_add_char(&like, '\\');
            }
            buf_add_char(&like, ask->text.p[i]);
        }
        buf_add_char(&like, '%');
        struct str pattern = arena_str(query->arena, buf_str(&like));
        buf_free(&like);
        query_put(query,
                  " and (f.number like ? escape '\\' or f.title like ? escape '\\' or i.name_zh like ? escape '\\')",
                  V_TEXT(pattern), V_TEXT(pattern), V_TEXT(pattern));
    }
}

void case_where_asked(struct case_query *query, const struct case_ask *ask)
{
    const struct {
        int64_t value;
        const char *sql;
    } numbers[] = { { ask->institution, " and f.institution = ?" }, { ask->parent, " and f.parent = ?" },
                    { ask->opened_from, " and f.opened_at >= ?" },  { ask->opened_until, " and f.opened_at < ?" },
                    { ask->due_from, " and f.due >= ?" },           { ask->due_until, " and f.due < ?" } };
    query_put(query, from);
    if (!ask->who) {
        query_put(query, " and f.open_from is not null and f.confidential = 0");
    } else {
        case_where_sees(query, ask->who, ask->today);
        if (ask->mine) {
            case_where_mine(query, ask->who, ask->today);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].value) {
            query_put(query, numbers[i].sql, V_INT(numbers[i].value));
        }
    }
    where_words(query, ask);
    where_state(query, ask);
}

void case_row_read(struct rows *rows, const struct city *city, struct arena *arena, struct case_row *out)
{
    *out = (struct case_row){
        .id = rows_int(rows, 0),
        .kind_id = rows_text_in(rows, 1, arena),
        .number = rows_text_in(rows, 2, arena),
        .division = rows_text_in(rows, 3, arena),
        .institution = rows_int(rows, 4),
        .subject = rows_text_in(rows, 5, arena),
        .title = rows_text_in(rows, 6, arena),
        .stage_id = rows_text_in(rows, 7, arena),
        .desk = (unsigned)rows_int(rows, 8),
        .holder = rows_int(rows, 9),
        .opener = rows_int(rows, 10),
        .opener_institution = rows_int(rows, 11),
        .opened_at = rows_int(rows, 12),
        .stage_from = rows_int(rows, 13),
        .due = rows_int(rows, 14),
        .reach = (unsigned)rows_int(rows, 15),
        .paused_at = rows_int(rows, 16),
        .severity = rows_text_in(rows, 17, arena),
        .item = rows_text_in(rows, 18, arena),
        .parent = rows_int(rows, 19),
        .closed_at = rows_int(rows, 20),
        .failed = rows_int(rows, 21) != 0,
        .open_from = rows_int(rows, 22),
        .changed_at = rows_int(rows, 23),
        .institution_code = rows_text_in(rows, 24, arena),
        .institution_name = { rows_text_in(rows, 25, arena), rows_text_in(rows, 26, arena) },
        .children = rows_int(rows, 27),
        .children_open = rows_int(rows, 28),
    };
    out->kind = city_case(city, out->kind_id);
    size_t stage = out->kind ? case_stage(out->kind, out->stage_id) : SIZE_MAX;
    out->stage = stage == SIZE_MAX ? NULL : &out->kind->stages[stage];
}

bool case_list(struct db *db, struct arena *arena, const struct case_ask *ask, struct case_row **out, size_t *n,
               struct error *error)
{
    static const char *const orders[] = {
        [CASE_BY_URGENCY] = " order by f.due asc nulls last, case f.severity when 'major' then 0 else 1 end, f.id",
        [CASE_OPEN_FIRST] =
            " order by case when f.closed_at is null then 0 else 1 end, f.due asc nulls last, f.id desc",
        [CASE_BY_OPENED] = " order by f.opened_at desc, f.id desc",
        [CASE_BY_CHANGED] = " order by f.changed_at desc, f.id desc",
    };
    struct case_query query = query_new(arena);
    query_put(&query, "select ");
    query_put(&query, case_columns);
    case_where_asked(&query, ask);
    query_put(&query, orders[ask->order]);
    query_put(&query, " limit ? offset ?", V_INT(ask->most), V_INT(ask->skip));
    *out = ARENA_ARRAY(arena, struct case_row, (size_t)ask->most);
    *n = 0;
    struct rows *rows = query_run(db, &query, error);
    while (*n < (size_t)ask->most && rows_next(rows)) {
        case_row_read(rows, ask->city, arena, &(*out)[(*n)++]);
    }
    return rows_end(rows, error);
}

bool case_count(struct db *db, const struct case_ask *ask, int64_t *n, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct case_query query = query_new(arena);
    query_put(&query, "select count(*)");
    case_where_asked(&query, ask);
    struct rows *rows = query_run(db, &query, error);
    *n = rows_next(rows) ? rows_int(rows, 0) : 0;
    bool good = rows_end(rows, error);
    arena_free(arena);
    return good;
}

bool case_tally(struct db *db, const struct case_ask *ask, struct case_tally *out, struct error *error)
{
    struct arena *arena = arena_new(0);
    struct case_query query = query_new(arena);
    query_put(&query,
              "select count(case when f.closed_at is null then 1 end), "
              "count(case when f.closed_at is null and f.paused_at is null and f.due < ? then 1 end), "
              "count(case when f.closed_at is null and f.reach > 0 then 1 end), "
              "count(case when f.closed_at is not null then 1 end)",
              V_INT(ask->today));
    case_where_asked(&query, ask);
    struct rows *rows = query_run(db, &query, error);
    *out = (struct case_tally){ 0 };
    if (rows_next(rows)) {
        *out = (struct case_tally){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3) };
    }
    bool good = rows_end(rows, error);
    arena_free(arena);
    return good;
}
