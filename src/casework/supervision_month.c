/* The visits of a month: opened by rule on its first working day, each with the month's theme and a planned day.
 *
 * Who has an inspector on that day has a visit in that month; who gets one later begins with the next. A visit's key
 * names institution and month, so it is opened once, however often, late or from how many processes the clock looks. */
#include "casework/supervision.h"

#include "base/clock.h"
#include "city/workdays.h"

#include <stdlib.h>

struct opening {
    struct writing *writing;
    const struct city *city;
    const struct case_kind *kind;
    int64_t month, from, until; /* its first and last working day */
    size_t left;
    int64_t opened;
};

static int by_inspector(const void *a, const void *b)
{
    const struct supervised *one = a, *other = b;
    int order = str_cmp(one->staff, other->staff);
    return order ? order : str_cmp(one->code, other->code);
}

static bool is_open(struct opening *opening, struct str key, bool *open, struct error *error)
{
    int64_t id;
    return db_one_int(opening->writing->db, error, &id, open, "select id from case_file where client_key = ?1",
                      V_TEXT(key));
}

static bool open_visit(struct opening *opening, const struct supervised *school, int64_t planned, struct error *error)
{
    struct arena *arena = opening->writing->arena;
    struct theme theme = { 0 };
    bool themed = false, open = false;
    struct str key = arena_printf(arena, "visit:%lld:%lld", (long long)school->institution, (long long)opening->month);
    if (!is_open(opening, key, &open, error) || open) {
        return open;
    }
    if (!supervision_theme(opening->writing->db, arena, school->division, opening->month, &theme, &themed, error)) {
        return false;
    }
    struct case_input values[2];
    size_t n = 0;
    if (case_field(opening->kind, STR("planned")) != SIZE_MAX) {
        values[n++] = (struct case_input){ STR("planned"), day_format(arena, planned) };
    }
    if (themed && case_field(opening->kind, STR("theme")) != SIZE_MAX) {
        values[n++] = (struct case_input){ STR("theme"), theme.name.zh };
    }
    int64_t at = day_start_ms(opening->from) + INT64_C(8) * 3600000;
    struct case_open visit = { .city = opening->city,
                               .kind = opening->kind,
                               .who = { .role = "" },
                               .division = school->division,
                               .institution = school->institution,
                               .title = arena_printf(arena, "%d年%d月督导", (int)(opening->month / 12),
                                                     (int)(opening->month % 12) + 1),
                               .values = values,
                               .nvalues = n,
                               .checklist = themed ? theme.checklist : STR(""),
                               .client_key = key,
                               .at = at < opening->writing->now ? at : opening->writing->now };
    if (!case_open_run(opening->writing, &visit, error)) {
        return false;
    }
    if (visit.result != CASE_DONE && visit.result != CASE_REPEATED) {
        return error_set(error, "the visit of %.*s could not be opened: %s", STR_ARG(school->code),
                         case_result_text(visit.result).en);
    }
    opening->opened += visit.result == CASE_DONE;
    return true;
}

/* The visits of one inspector. */
static bool open_round(struct opening *opening, const struct supervised *schools, size_t n, struct error *error)
{
    size_t *order = ARENA_ARRAY(opening->writing->arena, size_t, n);
    int64_t *days = ARENA_ARRAY(opening->writing->arena, int64_t, n);
    supervision_plan(opening->city, schools, n, opening->from, opening->until, order, days);
    for (size_t i = 0; i < n; i++) {
        if (!open_visit(opening, &schools[i], days[i], error)) {
            return false;
        }
    }
    return true;
}

static bool open_all(struct opening *opening, bool *more, struct error *error)
{
    struct supervised *schools;
    size_t n = 0;
    struct as_of as_of = { opening->from, MOMENT_OPEN };
    if (!supervision_coverage(opening->writing->db, opening->writing->arena, str_part(opening->city->code, 0, 4), as_of,
                              &schools, &n, error)) {
        return false;
    }
    size_t covered = 0;
    for (size_t i = 0; i < n; i++) {
        if (schools[i].lack == LACK_NONE) {
            schools[covered++] = schools[i];
        }
    }
    if (covered) {
        qsort(schools, covered, sizeof *schools, by_inspector);
    }
    for (size_t i = 0, end; i < covered; i = end) {
        end = i + 1;
        while (end < covered && str_eq(schools[end].staff, schools[i].staff)) {
            end++;
        }
        if (opening->opened >= (int64_t)opening->left) {
            *more = true;
            return true;
        }
        if (!open_round(opening, schools + i, end - i, error)) {
            return false;
        }
    }
    return true;
}

bool supervision_open_month(struct writing *writing, const struct city *city, int64_t today, size_t most,
                            int64_t *opened, bool *more, struct error *error)
{
    struct opening opening = { .writing = writing,
                               .city = city,
                               .kind = city_case(city, STR("visit")),
                               .month = month_of_day(today),
                               .left = most };
    int64_t visits = 0;
    bool done = false;
    *opened = 0;
    *more = false;
    opening.from = workday_after(city, month_first_day(opening.month), 0);
    opening.until = workday_after(city, month_first_day(opening.month + 1), -1);
    if (!opening.kind || today < opening.from) {
        return true;
    }
    if (!db_one_int(writing->db, error, &visits, &done, "select visits from supervision_month where month = ?1",
                    V_INT(opening.month)) ||
        (!done && !open_all(&opening, more, error))) {
        return false;
    }
    *opened = opening.opened;
    if (done || *more) {
        return true;
    }
    return db_run(
        writing->db, error,
        "insert into supervision_month (month, opened_at, visits) select ?1, ?2, count(*) from case_file where "
        "kind = 'visit' and opened_at >= ?3 and opened_at < ?4",
        V_INT(opening.month), V_INT(writing->now), V_INT(day_start_ms(month_first_day(opening.month))),
        V_INT(day_start_ms(month_first_day(opening.month + 1))));
}
