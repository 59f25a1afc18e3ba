/* What came of visits and findings, counted by county, school, theme, item or month; and an inspector's year.
 *
 * A visit belongs to the month in which it was opened; a finding likewise. In time is what ended on the last day of its
 * term or before. Everything is counted from the cases themselves, so that each number opens to its cases. */
#include "casework/supervision.h"

#include "base/clock.h"

/* ?1 ?2 scope, ?3 ?4 moments, ?5 institution or 0, ?6 inspector or empty, ?7 today */
#define WHOSE                                                                                                          \
    " and f.division >= ?1 and f.division < ?2 and f.opened_at >= ?3 and f.opened_at < ?4 and (cast(?5 as bigint) = "  \
    "0 "                                                                                                               \
    "or f.institution = ?5) and (cast(?6 as text) = '' or exists (select 1 from charge_fact c where c.institution = "  \
    "f.institution and c.staff = ?6 and c.kind = 'inspector' and c.replaced_at = 253402300800000 and c.valid_from <= " \
    "(f.opened_at + 28800000) / 86400000 and c.valid_until > (f.opened_at + 28800000) / 86400000)) and cast(?7 as "    \
    "bigint) > 0 "
#define SUM(condition) "cast(coalesce(sum(case when " condition " then 1 else 0 end), 0) as bigint)"
#define VISITS(key, join)                                                                                              \
    "select " key ", count(*), " SUM("f.closed_at is not null and f.failed = 0") ", " SUM(                             \
        "f.closed_at is not null and f.failed = 0 and (f.due is null or f.closed_at < (f.due + 1) * 86400000 - "       \
        "28800000)") ", " SUM("f.failed = 1") " from case_file f " join "where f.kind = 'visit'" WHOSE
#define FINDINGS(key, join)                                                                                              \
    "select " key                                                                                                        \
    ", count(*), " SUM("f.severity = 'major'") ", " SUM("f.closed_at is not null and f.failed = 0") ", " SUM(            \
        "f."                                                                                                             \
        "closed_"                                                                                                        \
        "at is "                                                                                                         \
        "null") ", " SUM("f.closed_at is null and f.paused_at is null and f.due < ?7") ", " SUM("f.item <> '' and "      \
                                                                                                "exists (select 1 "      \
                                                                                                "from case_file p "      \
                                                                                                "where p.institution "   \
                                                                                                "= f.institution and "   \
                                                                                                "p.item = "              \
                                                                                                "f.item and p.kind = "   \
                                                                                                "'rectification' "       \
                                                                                                "and p.opened_at < "     \
                                                                                                "f.opened_at and "       \
                                                                                                "p.opened_at >= "        \
                                                                                                "f.opened_at - "         \
                                                                                                "31536000000)") " fro"   \
                                                                                                                "m "     \
                                                                                                                "case"   \
                                                                                                                "_fil"   \
                                                                                                                "e "     \
                                                                                                                "f"      \
                                                                                                                " " join \
                                                                                                                "wher"   \
                                                                                                                "e "     \
                                                                                                                "f."     \
                                                                                                                "kind"   \
                                                                                                                " = "    \
                                                                                                                "'rec"   \
                                                                                                                "tifi"   \
                                                                                                                "cati"   \
                                                                                                                "on"     \
                                                                                                                "'" WHOSE
#define BY_KEY "group by 1 order by 1"
#define OF_SCHOOL "join institution i on i.id = f.institution "
#define THEME_OF(id)                                                                                                   \
    "coalesce((select v.value from case_value v where v.case_file = " id                                               \
    " and v.field = 'theme' order by v.step desc limit 1), '')"

static const char *const visits_sql[] = {
    [BY_COUNTY] = VISITS("substr(f.division, 1, 6)", "") BY_KEY,
    [BY_SCHOOL] = VISITS("i.code", OF_SCHOOL) BY_KEY,
    [BY_THEME] = VISITS(THEME_OF("f.id"), "") BY_KEY,
    [BY_ITEM] = NULL, /* a visit has no item */
    [BY_MONTH] = VISITS("''", ""),
};
static const char *const findings_sql[] = {
    [BY_COUNTY] = FINDINGS("substr(f.division, 1, 6)", "") BY_KEY,
    [BY_SCHOOL] = FINDINGS("i.code", OF_SCHOOL) BY_KEY,
    [BY_THEME] = FINDINGS(THEME_OF("f.parent"), "") BY_KEY,
    [BY_ITEM] = FINDINGS("f.item", "") BY_KEY,
    [BY_MONTH] = FINDINGS("''", ""),
};

struct counting {
    struct db *db;
    struct arena *arena;
    const struct supervision_ask *ask;
    struct str end; /* of the scope */
};

static struct rows *ask_for(const struct counting *counting, const char *sql, int64_t from_month, int64_t until_month,
                            struct error *error)
{
    const struct supervision_ask *ask = counting->ask;
    return db_query(counting->db, error, sql, V_TEXT(ask->scope), V_TEXT(counting->end),
                    V_INT(day_start_ms(month_first_day(from_month))),
                    V_INT(day_start_ms(month_first_day(until_month + 1))), V_INT(ask->institution), V_TEXT(ask->staff),
                    V_INT(ask->today));
}

static void take_visits(struct rows *rows, struct supervision_numbers *out)
{
    out->planned = rows_int(rows, 1);
    out->done = rows_int(rows, 2);
    out->in_time = rows_int(rows, 3);
    out->cancelled = rows_int(rows, 4);
}

static void take_findings(struct rows *rows, struct supervision_numbers *out)
{
    out->findings = rows_int(rows, 1);
    out->major = rows_int(rows, 2);
    out->mended = rows_int(rows, 3);
    out->open = rows_int(rows, 4);
    out->late = rows_int(rows, 5);
    out->repeat = rows_int(rows, 6);
}

void supervision_add(struct supervision_numbers *sum, const struct supervision_numbers *one)
{
    sum->planned += one->planned;
    sum->done += one->done;
    sum->in_time += one->in_time;
    sum->cancelled += one->cancelled;
    sum->findings += one->findings;
    sum->major += one->major;
    sum->mended += one->mended;
    sum->open += one->open;
    sum->late += one->late;
    sum->repeat += one->repeat;
}

/* ---- One line ---- */

static bool count_span(const struct counting *counting, int64_t from_month, int64_t until_month,
                       struct supervision_numbers *out, struct error *error)
{
    *out = (struct supervision_numbers){ 0 };
    struct rows *rows = ask_for(counting, visits_sql[BY_MONTH], from_month, until_month, error);
    if (rows_next(rows)) {
        take_visits(rows, out);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    rows = ask_for(counting, findings_sql[BY_MONTH], from_month, until_month, error);
    if (rows_next(rows)) {
        take_findings(rows, out);
    }
    return rows_end(rows, error);
}

static struct counting counting_of(struct db *db, struct arena *arena, const struct supervision_ask *ask)
{
    return (struct counting){ db, arena, ask, arena_printf(arena, "%.*s~", STR_ARG(ask->scope)) };
}

bool supervision_total(struct db *db, struct arena *arena, const struct supervision_ask *ask,
                       struct supervision_numbers *out, struct error *error)
{
    struct counting counting = counting_of(db, arena, ask);
    return count_span(&counting, ask->from_month, ask->until_month, out, error);
}

/* ---- By key ---- */

/* The row of the key, which is not before any that was asked for: both lists come in order. */
static struct supervision_row *row_of(const struct counting *counting, struct supervision_row **list, size_t *n,
                                      size_t *at, struct str key)
{
    while (*at < *n && str_cmp((*list)[*at].key, key) < 0) {
        ++*at;
    }
    if (*at < *n && str_eq((*list)[*at].key, key)) {
        return &(*list)[*at];
    }
    *list = arena_grow(counting->arena, *list, *n, sizeof **list);
    memmove(*list + *at + 1, *list + *at, (*n - *at) * sizeof **list);
    ++*n;
    (*list)[*at] = (struct supervision_row){ .key = arena_str(counting->arena, key) };
    return &(*list)[*at];
}

static bool count_by_key(const struct counting *counting, struct supervision_row **list, size_t *n, struct error *error)
{
    const struct supervision_ask *ask = counting->ask;
    size_t at = 0;
    struct rows *rows;
    if (visits_sql[ask->by]) {
        rows = ask_for(counting, visits_sql[ask->by], ask->from_month, ask->until_month, error);
        while (rows_next(rows)) {
            take_visits(rows, &row_of(counting, list, n, &at, rows_text(rows, 0))->numbers);
        }
        if (!rows_end(rows, error)) {
            return false;
        }
    }
    at = 0;
    rows = ask_for(counting, findings_sql[ask->by], ask->from_month, ask->until_month, error);
    while (rows_next(rows)) {
        take_findings(rows, &row_of(counting, list, n, &at, rows_text(rows, 0))->numbers);
    }
    return rows_end(rows, error);
}

static bool name_schools(const struct counting *counting, struct supervision_row *list, size_t n, struct error *error)
{
    size_t at = 0;
    struct rows *rows = db_query(counting->db, error,
                                 "select code, name_zh, name_en from institution where division >= ?1 and division < "
                                 "?2 order by code",
                                 V_TEXT(counting->ask->scope), V_TEXT(counting->end));
    while (rows_next(rows)) {
        while (at < n && str_cmp(list[at].key, rows_text(rows, 0)) < 0) {
            at++;
        }
        if (at < n && str_eq(list[at].key, rows_text(rows, 0))) {
            list[at].name =
                (struct name){ rows_text_in(rows, 1, counting->arena), rows_text_in(rows, 2, counting->arena) };
        }
    }
    return rows_end(rows, error);
}

bool supervision_report(struct db *db, struct arena *arena, const struct supervision_ask *ask,
                        struct supervision_row **out, size_t *n, struct error *error)
{
    struct counting counting = counting_of(db, arena, ask);
    struct supervision_row *list = NULL;
    size_t count = 0;
    if (ask->by == BY_MONTH) {
        for (int64_t month = ask->from_month; month <= ask->until_month; month++) {
            list = arena_grow(arena, list, count, sizeof *list);
            list[count] = (struct supervision_row){ .key = month_format(arena, month) };
            if (!count_span(&counting, month, month, &list[count++].numbers, error)) {
                return false;
            }
        }
    } else if (!count_by_key(&counting, &list, &count, error) ||
               (ask->by == BY_SCHOOL && !name_schools(&counting, list, count, error))) {
        return false;
    }
    *out = list;
    *n = count;
    return true;
}

/* ---- The cases behind a number ---- */

bool supervision_cases(struct db *db, struct arena *arena, const struct supervision_ask *ask, const char *kind,
                       int64_t most, struct supervision_case **out, size_t *n, struct error *error)
{
    struct supervision_case *list = NULL;
    size_t count = 0;
    struct rows *rows = db_query(
        db, error,
        "select f.id, f.institution, f.opened_at, coalesce(f.due, 0), coalesce(f.closed_at, 0), f.number, i.code, "
        "f.title, f.severity, coalesce((select v.value from case_value v where v.case_file = f.id and v.field = "
        "'planned' order by v.step desc limit 1), ''), i.name_zh, i.name_en, f.failed, f.item <> '' and exists (select "
        "1 from case_file p where p.institution = f.institution and p.item = f.item and p.kind = 'rectification' and "
        "p.opened_at < f.opened_at and p.opened_at >= f.opened_at - 31536000000) from case_file f join institution i "
        "on i.id = f.institution where f.kind = ?8" WHOSE "order by f.opened_at desc, f.id desc limit ?9",
        V_TEXT(ask->scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(ask->scope))),
        V_INT(day_start_ms(month_first_day(ask->from_month))),
        V_INT(day_start_ms(month_first_day(ask->until_month + 1))), V_INT(ask->institution), V_TEXT(ask->staff),
        V_INT(ask->today), V_TEXT(str_of(kind)), V_INT(most));
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        list[count++] =
            (struct supervision_case){ .id = rows_int(rows, 0),
                                       .institution = rows_int(rows, 1),
                                       .opened_at = rows_int(rows, 2),
                                       .due = rows_int(rows, 3),
                                       .closed_at = rows_int(rows, 4),
                                       .number = rows_text_in(rows, 5, arena),
                                       .code = rows_text_in(rows, 6, arena),
                                       .title = rows_text_in(rows, 7, arena),
                                       .severity = rows_text_in(rows, 8, arena),
                                       .planned = rows_text_in(rows, 9, arena),
                                       .name = { rows_text_in(rows, 10, arena), rows_text_in(rows, 11, arena) },
                                       .failed = rows_int(rows, 12),
                                       .repeat = rows_int(rows, 13) };
    }
    *out = list;
    *n = count;
    return rows_end(rows, error);
}

/* ---- An inspector's year ---- */

/* Steps with one of two acts on cases of a kind in the inspector's schools, and how many came before the term that the
 * step before had set was over. ?1 inspector, ?2 ?3 moments, ?4 kind, ?5 ?6 acts */
#define ANSWERED                                                                                                       \
    "select count(*), cast(coalesce(sum(case when s.day <= coalesce((select p.due from case_step p where p.case_file " \
    "= s.case_file and p.id < s.id order by p.id desc limit 1), s.day) then 1 else 0 end), 0) as bigint) from "        \
    "charge_fact c join case_file f on f.institution = c.institution and f.kind = ?4 and c.valid_from <= "             \
    "(f.opened_at "                                                                                                    \
    "+ 28800000) / 86400000 and c.valid_until > (f.opened_at + 28800000) / 86400000 join case_step s on s.case_file "  \
    "= f.id where c.staff = ?1 and c.kind = 'inspector' and c.replaced_at = 253402300800000 and s.at >= ?2 and s.at "  \
    "< "                                                                                                               \
    "?3 and s.act in (?5, ?6)"

static bool count_answers(struct db *db, struct str staff, int64_t from, int64_t until, const char *kind,
                          const char *act, const char *other, int64_t *n, int64_t *in_time, struct error *error)
{
    struct rows *rows = db_query(db, error, ANSWERED, V_TEXT(staff), V_INT(from), V_INT(until), V_TEXT(str_of(kind)),
                                 V_TEXT(str_of(act)), V_TEXT(str_of(other)));
    if (rows_next(rows)) {
        *n = rows_int(rows, 0);
        *in_time = rows_int(rows, 1);
    }
    return rows_end(rows, error);
}

bool supervision_assessment(struct db *db, struct arena *arena, struct str staff, int64_t from_month,
                            int64_t until_month, int64_t today, struct assessment *out, struct error *error)
{
    struct supervision_ask ask = {
        .scope = STR(""), .staff = staff, .from_month = from_month, .until_month = until_month, .today = today
    };
    int64_t from = day_start_ms(month_first_day(from_month)), until = day_start_ms(month_first_day(until_month + 1));
    *out = (struct assessment){ 0 };
    return supervision_total(db, arena, &ask, &out->numbers, error) &&
           count_answers(db, staff, from, until, "rectification", "passed", "back", &out->rechecks,
                         &out->rechecks_in_time, error) &&
           count_answers(db, staff, from, until, "letter", "answered", "answer", &out->letters, &out->letters_in_time,
                         error);
}
