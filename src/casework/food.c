/* See food.h. One query for each thing that is counted, over all places at once; joined here. */
#include "casework/food.h"

#include "base/clock.h"
#include "casework/inside.h"

#include <stdlib.h>

const enum food_why food_whys_all[FOOD_WHYS] = { FOOD_NO_LICENCE,    FOOD_FEW_INSPECTIONS, FOOD_FAILED_ITEMS,
                                                 FOOD_OPEN_FINDINGS, FOOD_FEW_RECORDS,     FOOD_INCIDENTS };

struct text food_why_words(enum food_why why)
{
    switch (why) {
    case FOOD_NO_LICENCE:
        return T("没有有效许可证", "No licence holds");
    case FOOD_FEW_INSPECTIONS:
        return T("检查次数不够", "Too few inspections");
    case FOOD_FAILED_ITEMS:
        return T("检查有不合格项", "Items of an inspection failed");
    case FOOD_OPEN_FINDINGS:
        return T("有问题没有整改完", "Findings are still open");
    case FOOD_FEW_RECORDS:
        return T("每日记录不全", "Days are missing in its notes");
    case FOOD_INCIDENTS:
        return T("发生过食品安全事件", "There was an incident");
    }
    return T("", "");
}

struct asking {
    struct db *db;
    struct arena *arena;
    const struct city *city;
    const struct food_rule *rule;
    struct str scope, after;
    int64_t today, from; /* from: first day of what counts */
    struct food_place *places;
    size_t n;
};

static int by_institution(const void *a, const void *b)
{
    const struct food_place *x = a, *y = b;
    return (x->institution > y->institution) - (x->institution < y->institution);
}

static int by_code(const void *a, const void *b)
{
    return str_cmp(((const struct food_place *)a)->code, ((const struct food_place *)b)->code);
}

static struct food_place *place_of(struct asking *asking, int64_t institution)
{
    struct food_place key = { .institution = institution };
    return asking->n ? bsearch(&key, asking->places, asking->n, sizeof *asking->places, by_institution) : NULL;
}

static bool read_places(struct asking *asking, int64_t only, struct error *error)
{
    struct rows *rows = db_query(
        asking->db, error,
        "select f.subject, f.code, f.division, f.kind, f.name_zh, f.name_en, coalesce(p.id, 0), coalesce(p.code, ''), "
        "coalesce(p.name_zh, ''), coalesce(p.name_en, '') from institution_fact f left join institution p on p.code = "
        "f.parent and f.parent <> '' where f.kind in ('canteen', 'supplier') and f.replaced_at = ?1 and f.valid_from "
        "<= ?2 "
        "and f.valid_until > ?2 and f.division >= ?3 and f.division < ?4 and (cast(?5 as bigint) = 0 or f.subject = "
        "?5) "
        "order by f.subject",
        V_INT(MOMENT_OPEN), V_INT(asking->today), V_TEXT(asking->scope), V_TEXT(asking->after), V_INT(only));
    while (rows_next(rows)) {
        struct arena *arena = asking->arena;
        asking->places = arena_grow(arena, asking->places, asking->n, sizeof *asking->places);
        asking->places[asking->n++] = (struct food_place){
            .institution = rows_int(rows, 0),
            .code = rows_text_in(rows, 1, arena),
            .division = rows_text_in(rows, 2, arena),
            .supplier = str_is(rows_text(rows, 3), "supplier"),
            .name = { rows_text_in(rows, 4, arena), rows_text_in(rows, 5, arena) },
            .school = rows_int(rows, 6),
            .school_code = rows_text_in(rows, 7, arena),
            .school_name = { rows_text_in(rows, 8, arena), rows_text_in(rows, 9, arena) },
        };
    }
    return rows_end(rows, error);
}

static bool read_designations(struct asking *asking, struct error *error)
{
    struct rows *rows =
        db_query(asking->db, error,
                 "select institution, designation, max(valid_until) from honour_fact where designation "
                 "in (?1, ?2) and replaced_at = ?3 and valid_from <= ?4 and valid_until > ?4 group by "
                 "institution, designation",
                 V_TEXT(asking->rule->licence), V_TEXT(asking->rule->star), V_INT(MOMENT_OPEN), V_INT(asking->today));
    while (rows_next(rows)) {
        struct food_place *place = place_of(asking, rows_int(rows, 0));
        bool star = str_eq(rows_text(rows, 1), asking->rule->star);
        if (place) {
            place->star = place->star || star;
            place->licence_until = star ? place->licence_until : rows_int(rows, 2) - 1;
        }
    }
    return rows_end(rows, error);
}

/* Inspections that were made, and their findings; a finding lies with the institution that was inspected. */
static bool read_inspections(struct asking *asking, struct error *error)
{
    struct rows *rows = db_query(
        asking->db, error,
        "select f.institution, f.closed_at, (select count(*) from case_file c where c.parent = f.id), (select count(*) "
        "from case_file c where c.parent = f.id and c.closed_at is null) from case_file f where f.kind = ?1 and "
        "f.closed_at is not null and f.failed = 0 and f.closed_at >= ?2 and f.division >= ?3 and f.division < ?4",
        V_TEXT(asking->rule->inspection), V_INT(day_start_ms(asking->from)), V_TEXT(asking->scope),
        V_TEXT(asking->after));
    while (rows_next(rows)) {
        struct food_place *place = place_of(asking, rows_int(rows, 0));
        if (place) {
            int64_t day = day_of_ms(rows_int(rows, 1));
            place->inspections++;
            place->failed_items += rows_int(rows, 2);
            place->open_findings += rows_int(rows, 3);
            place->inspected_on = day > place->inspected_on ? day : place->inspected_on;
        }
    }
    return rows_end(rows, error);
}

/* Numbers by school, for its canteen. */
static bool add_by_school(struct asking *asking, struct rows *rows, bool notes, struct error *error)
{
    struct by_school {
        int64_t school, n;
    } *list = NULL;
    size_t n = 0;
    while (rows_next(rows)) {
        list = arena_grow(asking->arena, list, n, sizeof *list);
        list[n++] = (struct by_school){ rows_int(rows, 0), rows_int(rows, 1) };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < asking->n; i++) { /* both in order of the school? places are not: halve the list */
        struct food_place *place = &asking->places[i];
        size_t low = 0, high = n;
        while (place->school && low < high) {
            size_t middle = (low + high) / 2;
            if (list[middle].school < place->school) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        int64_t found = place->school && low < n && list[low].school == place->school ? list[low].n : 0;
        *(notes ? &place->noted : &place->incidents) += found;
    }
    return true;
}

static bool read_notes(struct asking *asking, struct error *error)
{
    const struct food_rule *rule = asking->rule;
    int64_t last = workday_after(asking->city, asking->today, -1);
    int64_t first = workday_after(asking->city, asking->today, -rule->records_days);
    for (size_t i = 0; i < asking->n; i++) {
        asking->places[i].days = asking->places[i].school ? rule->records_days : 0;
    }
    return add_by_school(
        asking,
        db_query(asking->db, error,
                 "select institution, count(*) from register_return where form = ?1 and handed_in_at > 0 "
                 "and valid_from >= ?2 and valid_from <= ?3 group by institution order by institution",
                 V_TEXT(rule->daily), V_INT(first), V_INT(last)),
        true, error);
}

/* Real ones: drills are not counted. */
static bool read_incidents(struct asking *asking, struct error *error)
{
    return add_by_school(
        asking,
        db_query(asking->db, error,
                 "select institution, count(*) from case_file where kind = ?1 and severity = 'major' and "
                 "opened_at >= ?2 and institution is not null group by institution order by institution",
                 V_TEXT(asking->rule->incident), V_INT(day_start_ms(asking->from))),
        false, error);
}

static bool read_supplies(struct asking *asking, struct error *error)
{
    for (size_t i = 0; i < asking->n; i++) {
        struct food_place *place = &asking->places[i];
        struct food_school *schools;
        size_t n = 0;
        if (!place->supplier) {
            continue;
        }
        if (!food_supplied(asking->db, asking->arena, asking->city, place->institution, asking->today, &schools, &n,
                           error)) {
            return false;
        }
        place->supplies = (int64_t)n;
        for (size_t k = 0; k < n; k++) {
            place->incidents += schools[k].incidents;
        }
    }
    return true;
}

static void judge(const struct food_rule *rule, struct food_place *place)
{
    place->why = (place->licence_until ? 0u : FOOD_NO_LICENCE) |
                 (place->inspections < rule->inspections ? FOOD_FEW_INSPECTIONS : 0u) |
                 (place->failed_items > rule->failed_items ? FOOD_FAILED_ITEMS : 0u) |
                 (place->open_findings > rule->open_findings ? FOOD_OPEN_FINDINGS : 0u) |
                 (rule->daily.n && place->noted * 100 < place->days * rule->records_percent ? FOOD_FEW_RECORDS : 0u) |
                 (place->incidents > rule->incidents ? FOOD_INCIDENTS : 0u);
}

static int64_t months_before(int64_t day, int64_t months)
{
    int year, month, of_month;
    day_parts(day, &year, &month, &of_month);
    int64_t at = (int64_t)year * 12 + month - 1 - months;
    return day_of((int)(at / 12), (int)(at % 12) + 1, of_month > 28 ? 28 : of_month);
}

bool food_places(struct db *db, struct arena *arena, const struct city *city, struct str scope, int64_t only,
                 int64_t today, struct food_place **out, size_t *n, struct error *error)
{
    struct asking asking = { .db = db,
                             .arena = arena,
                             .city = city,
                             .rule = city->food,
                             .scope = scope,
                             .after = arena_printf(arena, "%.*s\x7f", STR_ARG(scope)),
                             .today = today };
    *out = NULL;
    *n = 0;
    if (!city->food) {
        return true;
    }
    asking.from = months_before(today, city->food->months);
    if (!read_places(&asking, only, error) || !read_designations(&asking, error) || !read_inspections(&asking, error) ||
        (city->food->daily.n && !read_notes(&asking, error)) || !read_incidents(&asking, error) ||
        !read_supplies(&asking, error)) {
        return false;
    }
    for (size_t i = 0; i < asking.n; i++) {
        judge(city->food, &asking.places[i]);
    }
    if (asking.n) {
        qsort(asking.places, asking.n, sizeof *asking.places, by_code);
    }
    *out = asking.places;
    *n = asking.n;
    return true;
}

bool food_supplied(struct db *db, struct arena *arena, const struct city *city, int64_t supplier, int64_t today,
                   struct food_school **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select i.code, i.name_zh, i.name_en, s.valid_from, (select count(*) from case_file f where f.institution = "
        "i.id "
        "and f.kind = ?4 and f.severity = 'major' and f.opened_at >= ?5), (select count(*) from case_file f where "
        "f.institution = i.id and f.closed_at is null and f.item like 'food%') from member_fact l join group_fact g on "
        "g.code = l.group_code and g.kind = 'meal_supply' and g.replaced_at = ?2 and g.valid_from <= ?3 and "
        "g.valid_until "
        "> ?3 join member_fact s on s.group_code = g.code and s.role <> 'lead' and s.replaced_at = ?2 and s.valid_from "
        "<= "
        "?3 and s.valid_until > ?3 join institution i on i.id = s.institution where l.institution = ?1 and l.role = "
        "'lead' "
        "and l.replaced_at = ?2 and l.valid_from <= ?3 and l.valid_until > ?3 order by i.code",
        V_INT(supplier), V_INT(MOMENT_OPEN), V_INT(today), V_TEXT(city->food ? city->food->incident : STR("")),
        V_INT(day_start_ms(months_before(today, city->food ? city->food->months : 12))));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct food_school){ .code = rows_text_in(rows, 0, arena),
                                               .name = { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
                                               .from = rows_int(rows, 3),
                                               .incidents = rows_int(rows, 4),
                                               .open_findings = rows_int(rows, 5) };
    }
    return rows_end(rows, error);
}
