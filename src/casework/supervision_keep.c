/* What counties and the city lay down for supervision: declared interests, zones, themes, and who gets which school.
 * Each is a command, checked by scope, with an entry in the journal. */
#include "casework/supervision.h"

#include "base/clock.h"
#include "store/journal.h"

static bool may_lay_down(const struct case_who *who, struct str division)
{
    return (who->desks & (DESK_COUNTY | DESK_CITY)) && who->scope.n && str_starts(division, who->scope);
}

static bool note_in_journal(struct writing *writing, const struct case_who *who, const char *action, int64_t subject,
                            struct str division, struct str detail, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = who->account,
                                                   .role = who->role ? who->role : "",
                                                   .action = action,
                                                   .subject_kind = "supervision",
                                                   .subject_id = subject,
                                                   .division = division,
                                                   .detail = detail },
                          error);
}

/* ---- Interests ---- */

bool interest_declare_run(struct writing *writing, void *input, struct error *error)
{
    struct interest_do *interest = input;
    struct str division = STR("");
    bool found = false;
    int64_t today = day_of_ms(writing->now);
    interest->result = CASE_NOT_YOURS;
    if (!db_one_text(writing->db, error, writing->arena, &division, &found,
                     "select division from institution where id = ?1", V_INT(interest->institution))) {
        return false;
    }
    bool own = interest->who.staff.n && str_eq(interest->who.staff, interest->staff);
    if (!found || (!own && !may_lay_down(&interest->who, division))) {
        return true;
    }
    if (!interest->reason.n || (interest->until_day && interest->until_day <= interest->from_day)) {
        interest->result = CASE_BAD_VALUE;
        return true;
    }
    struct inspector *inspectors;
    size_t n = 0, i = 0;
    if (!supervision_inspectors(writing->db, writing->arena, str_part(division, 0, 4),
                                (struct as_of){ today, MOMENT_OPEN }, &inspectors, &n, error)) {
        return false;
    }
    while (i < n && !str_eq(inspectors[i].staff, interest->staff)) {
        i++;
    }
    if (i == n) {
        return true;
    }
    interest->result = CASE_DONE;
    return db_run(
               writing->db, error,
               "insert into inspector_interest (staff, institution, reason, from_day, until_day, at, account) values "
               "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
               V_TEXT(interest->staff), V_INT(interest->institution), V_TEXT(interest->reason),
               V_INT(interest->from_day), V_IF(interest->until_day, V_INT(interest->until_day)), V_INT(writing->now),
               V_INT(interest->who.account)) &&
           note_in_journal(writing, &interest->who, "supervision.interest", interest->institution, division,
                           interest->staff, error);
}

/* ---- Zones ---- */

static bool fill_zone(struct writing *writing, const struct zone *zone, struct error *error)
{
    for (size_t i = 0; i < zone->ntownships; i++) {
        if (!db_run(writing->db, error,
                    "insert into supervision_zone_township (division, zone) values (?1, ?2) on conflict (division) do "
                    "update set zone = excluded.zone",
                    V_TEXT(zone->townships[i]), V_INT(zone->id))) {
            return false;
        }
    }
    for (size_t i = 0; i < zone->ninspectors; i++) {
        if (!db_run(writing->db, error,
                    "insert into supervision_zone_inspector (staff, zone) values (?1, ?2) on conflict (staff) do "
                    "update set zone = excluded.zone",
                    V_TEXT(zone->inspectors[i]), V_INT(zone->id))) {
            return false;
        }
    }
    return true;
}

bool zone_set_run(struct writing *writing, void *input, struct error *error)
{
    struct zone_do *set = input;
    struct zone *zone = &set->zone;
    int64_t there = 0;
    set->result = CASE_NOT_YOURS;
    if (zone->division.n != 6 || !may_lay_down(&set->who, zone->division)) {
        return true;
    }
    for (size_t i = 0; i < zone->ntownships; i++) {
        if (!str_starts(zone->townships[i], zone->division)) {
            return true;
        }
    }
    if (!zone->id) {
        if (!writing_id(writing, "select coalesce(max(id), 0) from supervision_zone", &zone->id, error) ||
            !db_run(writing->db, error,
                    "insert into supervision_zone (id, division, name_zh, name_en) values (?1, ?2, ?3, ?4)",
                    V_INT(zone->id), V_TEXT(zone->division), V_TEXT(zone->name.zh), V_TEXT(zone->name.en))) {
            return false;
        }
    } else {
        if (!db_run_count(writing->db, error, &there,
                          "update supervision_zone set name_zh = ?1, name_en = ?2, dissolved_at = ?3 where id = ?4 and "
                          "division = ?5 and dissolved_at is null",
                          V_TEXT(zone->name.zh), V_TEXT(zone->name.en), V_IF(!zone->ntownships, V_INT(writing->now)),
                          V_INT(zone->id), V_TEXT(zone->division))) {
            return false;
        }
        if (!there) {
            return true;
        }
    }
    set->result = CASE_DONE;
    return db_run(writing->db, error, "delete from supervision_zone_township where zone = ?1", V_INT(zone->id)) &&
           db_run(writing->db, error, "delete from supervision_zone_inspector where zone = ?1", V_INT(zone->id)) &&
           fill_zone(writing, zone, error) &&
           note_in_journal(
               writing, &set->who, "supervision.zone", zone->id, zone->division,
               arena_printf(writing->arena, "%zu townships, %zu inspectors", zone->ntownships, zone->ninspectors),
               error);
}

/* ---- Themes ---- */

bool supervision_themes(struct db *db, struct arena *arena, struct str scope, int64_t from_month, int64_t until_month,
                        struct theme **out, size_t *n, struct error *error)
{
    struct theme *list = NULL;
    size_t count = 0;
    struct rows *rows = db_query(
        db, error,
        "select division, month, name_zh, name_en, checklist from supervision_theme where month >= ?1 and month <= ?2 "
        "and ((division >= ?3 and division < ?4) or division = ?5) order by month desc, division",
        V_INT(from_month), V_INT(until_month), V_TEXT(scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))),
        V_TEXT(str_part(scope, 0, 4)));
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        list[count++] = (struct theme){ .division = rows_text_in(rows, 0, arena),
                                        .month = rows_int(rows, 1),
                                        .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
                                        .checklist = rows_text_in(rows, 4, arena) };
    }
    *out = list;
    *n = count;
    return rows_end(rows, error);
}

bool supervision_theme(struct db *db, struct arena *arena, struct str division, int64_t month, struct theme *out,
                       bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select division, name_zh, name_en, checklist from supervision_theme where month = ?1 "
                                 "and division in (?2, ?3) order by length(division) desc limit 1",
                                 V_INT(month), V_TEXT(str_part(division, 0, 6)), V_TEXT(str_part(division, 0, 4)));
    *found = false;
    if (rows_next(rows)) {
        *found = true;
        *out = (struct theme){ .division = rows_text_in(rows, 0, arena),
                               .month = month,
                               .name = { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
                               .checklist = rows_text_in(rows, 3, arena) };
    }
    return rows_end(rows, error);
}

bool theme_set_run(struct writing *writing, void *input, struct error *error)
{
    struct theme_do *set = input;
    const struct theme *theme = &set->theme;
    bool level = theme->division.n == 4 || theme->division.n == 6;
    set->result = CASE_NOT_YOURS;
    if (!level || !may_lay_down(&set->who, theme->division)) {
        return true;
    }
    if (theme->checklist.n && !city_checklist(set->city, theme->checklist)) {
        set->result = CASE_BAD_VALUE;
        return true;
    }
    set->result = CASE_DONE;
    bool good =
        theme->name.zh.n
            ? db_run(writing->db, error,
                     "insert into supervision_theme (division, month, name_zh, name_en, checklist, account, at) values "
                     "(?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (division, month) do update set name_zh = "
                     "excluded.name_zh, name_en = excluded.name_en, checklist = excluded.checklist, account = "
                     "excluded.account, at = excluded.at",
                     V_TEXT(theme->division), V_INT(theme->month), V_TEXT(theme->name.zh), V_TEXT(theme->name.en),
                     V_TEXT(theme->checklist), V_IF(set->who.account, V_INT(set->who.account)), V_INT(writing->now))
            : db_run(writing->db, error, "delete from supervision_theme where division = ?1 and month = ?2",
                     V_TEXT(theme->division), V_INT(theme->month));
    return good && note_in_journal(writing, &set->who, "supervision.theme", theme->month, theme->division,
                                   theme->checklist, error);
}

/* ---- Who gets which school ---- */

static bool is_in_conflict(const struct conflict *conflicts, size_t n, const struct assignment *assignment)
{
    for (size_t i = 0; i < n; i++) {
        if (conflicts[i].institution == assignment->institution && str_eq(conflicts[i].staff, assignment->staff)) {
            return true;
        }
    }
    return false;
}

/* Would the inspector have too many? Those of the register and those of this change. */
static bool is_too_many(const struct assign_do *assign, const struct supervised *schools, size_t n, struct str staff)
{
    size_t load = 0;
    for (size_t i = 0; i < n; i++) {
        load += schools[i].lack == LACK_NONE && str_eq(schools[i].staff, staff);
    }
    for (size_t i = 0; i < assign->n; i++) {
        load += str_eq(assign->assignments[i].staff, staff);
    }
    return load > SUPERVISION_MOST;
}

static bool check_pairs(struct writing *writing, struct assign_do *assign, struct str *divisions, bool *good,
                        struct error *error)
{
    struct as_of now = { day_of_ms(writing->now), MOMENT_OPEN };
    struct supervised *schools;
    struct inspector *inspectors;
    struct conflict *conflicts;
    size_t nschools = 0, ninspectors = 0, nconflicts = 0;
    *good = false;
    if (!supervision_coverage(writing->db, writing->arena, assign->division, now, &schools, &nschools, error) ||
        !supervision_inspectors(writing->db, writing->arena, assign->division, now, &inspectors, &ninspectors, error) ||
        !supervision_conflicts(writing->db, writing->arena, assign->division, now.day, &conflicts, &nconflicts,
                               error)) {
        return false;
    }
    for (size_t i = 0; i < assign->n; i++) {
        const struct assignment *one = &assign->assignments[i];
        size_t s = 0, k = 0;
        while (s < nschools && schools[s].institution != one->institution) {
            s++;
        }
        while (k < ninspectors && !str_eq(inspectors[k].staff, one->staff)) {
            k++;
        }
        if (s == nschools || k == ninspectors || schools[s].lack == LACK_NONE) {
            assign->overtaken = true;
            return true;
        }
        if (is_in_conflict(conflicts, nconflicts, one) || is_too_many(assign, schools, nschools, one->staff)) {
            assign->conflict = true;
            return true;
        }
        divisions[i] = schools[s].division;
        assign->assignments[i].code = schools[s].code;
    }
    *good = true;
    return true;
}

static struct change_step step_of(struct writing *writing, const struct assignment *one, struct str division)
{
    const struct kind *kind = &KIND_LIST[KIND_CHARGE];
    struct change_step step = { .act = STEP_RECORD,
                                .kind = KIND_CHARGE,
                                .fact = { .code = arena_printf(writing->arena, "CH%.*s", STR_ARG(one->code)),
                                          .valid_from = day_of_ms(writing->now),
                                          .valid_until = DAY_OPEN,
                                          .division = division,
                                          .institution = one->institution } };
    step.fact.values[kind_column(kind, STR("kind"))] = V_TEXT(STR("inspector"));
    step.fact.values[kind_column(kind, STR("staff"))] = V_TEXT(one->staff);
    return step;
}

bool supervision_assign_run(struct writing *writing, void *input, struct error *error)
{
    struct assign_do *assign = input;
    struct str *divisions = ARENA_ARRAY(writing->arena, struct str, assign->n);
    struct change_step *steps = ARENA_ARRAY(writing->arena, struct change_step, assign->n);
    bool good = false;
    assign->result = CHANGE_NOT_YOURS;
    assign->overtaken = assign->conflict = assign->confirmed = false;
    if (assign->who.level < KEEPER_COUNTY || !str_starts(assign->division, assign->who.scope)) {
        return true;
    }
    assign->result = CHANGE_NOTHING;
    if (!assign->n) {
        return true;
    }
    if (!check_pairs(writing, assign, divisions, &good, error)) {
        return false;
    }
    if (!good) {
        assign->result = assign->overtaken ? CHANGE_OVERTAKEN : CHANGE_WRONG;
        return true;
    }
    for (size_t i = 0; i < assign->n; i++) {
        steps[i] = step_of(writing, &assign->assignments[i], divisions[i]);
    }
    if (!change_propose(writing, &assign->who, STR("charge"), assign->division, 0, steps, assign->n, assign->note,
                        assign->document, &assign->change, &assign->result, error)) {
        return false;
    }
    if (assign->result != CHANGE_OK) {
        return true;
    }
    enum change_result confirmed = CHANGE_OK;
    if (!change_confirm(writing, &assign->who, assign->change, &confirmed, error)) {
        return false;
    }
    assign->confirmed = confirmed == CHANGE_OK;
    return true;
}
