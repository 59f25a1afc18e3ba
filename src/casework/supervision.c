/* Who has a responsible inspector, who has none, and whom an inspector may not supervise. See supervision.h.
 *
 * Coverage is a merge of three lists, each read once in the order of its key: institutions, charges by institution,
 * inspectors by code. So a city costs three statements, however many schools it has. */
#include "casework/supervision.h"

#include "base/clock.h"

#include <stdlib.h>

/* ---- Months ---- */

int64_t month_of_day(int64_t day)
{
    int year, month, date;
    day_parts(day, &year, &month, &date);
    return (int64_t)year * 12 + month - 1;
}

int64_t month_first_day(int64_t month)
{
    return day_of((int)(month / 12), (int)(month % 12) + 1, 1);
}

struct str month_format(struct arena *arena, int64_t month)
{
    return arena_printf(arena, "%04d-%02d", (int)(month / 12), (int)(month % 12) + 1);
}

bool month_parse(struct str text, int64_t *month)
{
    int64_t year, of;
    if (text.n != 7 || text.p[4] != '-' || !str_to_int(str_part(text, 0, 4), 1990, 2200, &year) ||
        !str_to_int(str_part(text, 5, 2), 1, 12, &of)) {
        return false;
    }
    *month = year * 12 + of - 1;
    return true;
}

struct text lack_words(enum lack lack)
{
    static const struct text words[LACKS] = {
        [LACK_NONE] = T("已挂牌", "has an inspector"),
        [LACK_NEVER] = T("从未指定责任督学", "never had one"),
        [LACK_ENDED] = T("任期已满，没有续聘", "the term ended"),
        [LACK_LEFT] = T("督学已离任，没有接替", "the inspector left"),
    };
    return words[lack];
}

/* ---- Coverage ---- */

struct post {
    struct str staff;
    int64_t from, until;
};
struct charged {
    int64_t institution, from, until;
    struct str staff;
};
struct reading {
    struct db *db;
    struct arena *arena;
    struct as_of as_of;
    struct post *posts; /* all versions of inspectors' posts, by code, then day */
    size_t nposts;
    struct charged *charges; /* all charges, by institution, then day */
    size_t ncharges;
};

/* What stands is replaced at MOMENT_OPEN: known now is known just before it. */
static int64_t known_at(struct as_of as_of)
{
    return as_of.recorded < MOMENT_OPEN ? as_of.recorded : MOMENT_OPEN - 1;
}

/* Behind the last code that begins with the scope. */
static struct str after_scope(struct arena *arena, struct str scope)
{
    return arena_printf(arena, "%.*s~", STR_ARG(scope));
}

static bool read_posts(struct reading *reading, struct error *error)
{
    struct rows *rows = db_query(reading->db, error,
                                 "select code, valid_from, valid_until from staff_fact where post = 'inspector' and "
                                 "recorded_at <= ?1 and replaced_at > ?1 order by code, valid_from",
                                 V_INT(known_at(reading->as_of)));
    while (rows_next(rows)) {
        reading->posts = arena_grow(reading->arena, reading->posts, reading->nposts, sizeof *reading->posts);
        reading->posts[reading->nposts++] =
            (struct post){ rows_text_in(rows, 0, reading->arena), rows_int(rows, 1), rows_int(rows, 2) };
    }
    return rows_end(rows, error);
}

static bool read_charges(struct reading *reading, struct str scope, int64_t institution, struct error *error)
{
    struct rows *rows =
        institution ? db_query(reading->db, error,
                               "select institution, valid_from, valid_until, staff from charge_fact where institution "
                               "= ?1 and kind = 'inspector' and recorded_at <= ?2 and replaced_at > ?2 and valid_from "
                               "<= ?3 order by institution, valid_from, code",
                               V_INT(institution), V_INT(known_at(reading->as_of)), V_INT(reading->as_of.day))
                    : db_query(reading->db, error,
                               "select institution, valid_from, valid_until, staff from charge_fact where division >= "
                               "?1 and division < ?2 and kind = 'inspector' and recorded_at <= ?3 and replaced_at > ?3 "
                               "and valid_from <= ?4 order by institution, valid_from, code",
                               V_TEXT(scope), V_TEXT(after_scope(reading->arena, scope)),
                               V_INT(known_at(reading->as_of)), V_INT(reading->as_of.day));
    while (rows_next(rows)) {
        reading->charges = arena_grow(reading->arena, reading->charges, reading->ncharges, sizeof *reading->charges);
        reading->charges[reading->ncharges++] =
            (struct charged){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2),
                              rows_text_in(rows, 3, reading->arena) };
    }
    return rows_end(rows, error);
}

/* Is the code an inspector's on the day? *left: the day from which it is none (of one that was none before: 0). */
static bool is_inspector(const struct reading *reading, struct str staff, int64_t day, int64_t *left)
{
    size_t low = 0, high = reading->nposts;
    *left = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_cmp(reading->posts[middle].staff, staff) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < reading->nposts && str_eq(reading->posts[low].staff, staff); low++) {
        const struct post *post = &reading->posts[low];
        if (post->from <= day && day < post->until) {
            return true;
        }
        if (post->until <= day && post->until > *left) {
            *left = post->until;
        }
    }
    return false;
}

static size_t first_charge(const struct reading *reading, int64_t institution)
{
    size_t low = 0, high = reading->ncharges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (reading->charges[middle].institution < institution) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* From its charges, in order of time: the first that stands today with somebody who is an inspector; else why not. */
static void judge(const struct reading *reading, struct supervised *school)
{
    int64_t day = reading->as_of.day, left = 0;
    for (size_t i = first_charge(reading, school->institution);
         i < reading->ncharges && reading->charges[i].institution == school->institution; i++) {
        const struct charged *charge = &reading->charges[i];
        bool stands = charge->until > day;
        if (stands && is_inspector(reading, charge->staff, day, &left)) {
            school->lack = LACK_NONE;
            school->since = charge->from;
            school->staff = charge->staff;
            return;
        }
        int64_t since = stands ? (left > charge->from ? left : charge->from) : charge->until;
        if (school->lack == LACK_NEVER || since >= school->since) {
            school->lack = stands ? LACK_LEFT : LACK_ENDED;
            school->since = since;
            school->staff = charge->staff;
        }
    }
}

#define SCHOOLS                                                                                                        \
    "select institution, code, division, name_zh, name_en, lon_e6, lat_e6, (select min(f.valid_from) from "            \
    "institution_fact f where f.subject = i.subject and f.replaced_at > ?2 and f.recorded_at <= ?2) "                  \
    "from institution_fact i where "
#define SCHOOLS_AS_OF                                                                                                  \
    " and valid_from <= ?1 and valid_until > ?1 and recorded_at <= ?2 and replaced_at > ?2 and kind in ('111', "       \
    "'211', "                                                                                                          \
    "'218', '311', '312', '341', '342', '345')"

static void take(struct reading *reading, struct rows *rows, struct supervised *out)
{
    struct arena *arena = reading->arena;
    *out = (struct supervised){ .institution = rows_int(rows, 0),
                                .code = rows_text_in(rows, 1, arena),
                                .division = rows_text_in(rows, 2, arena),
                                .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
                                .lon_e6 = rows_int(rows, 5),
                                .lat_e6 = rows_int(rows, 6),
                                .lack = LACK_NEVER,
                                .since = rows_int(rows, 7) };
    judge(reading, out);
}

bool supervision_coverage(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                          struct supervised **out, size_t *n, struct error *error)
{
    struct reading reading = { .db = db, .arena = arena, .as_of = as_of };
    struct supervised *list = NULL;
    size_t count = 0;
    if (!read_posts(&reading, error) || !read_charges(&reading, scope, 0, error)) {
        return false;
    }
    struct rows *rows =
        db_query(db, error, SCHOOLS "division >= ?3 and division < ?4" SCHOOLS_AS_OF " order by division, code",
                 V_INT(as_of.day), V_INT(known_at(as_of)), V_TEXT(scope), V_TEXT(after_scope(arena, scope)));
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        take(&reading, rows, &list[count++]);
    }
    *out = list;
    *n = count;
    return rows_end(rows, error);
}

bool supervision_of(struct db *db, struct arena *arena, int64_t institution, struct as_of as_of, struct supervised *out,
                    bool *found, struct error *error)
{
    struct reading reading = { .db = db, .arena = arena, .as_of = as_of };
    *found = false;
    if (!read_posts(&reading, error) || !read_charges(&reading, STR(""), institution, error)) {
        return false;
    }
    struct rows *rows = db_query(db, error, SCHOOLS "subject = ?3" SCHOOLS_AS_OF, V_INT(as_of.day),
                                 V_INT(known_at(as_of)), V_INT(institution));
    if (rows_next(rows)) {
        *found = true;
        take(&reading, rows, out);
    }
    return rows_end(rows, error);
}

/* ---- Inspectors ---- */

bool supervision_inspectors(struct db *db, struct arena *arena, struct str scope, struct as_of as_of,
                            struct inspector **out, size_t *n, struct error *error)
{
    struct inspector *list = NULL;
    size_t count = 0;
    struct rows *rows = db_query(
        db, error,
        "select s.code, s.subject, s.division, s.valid_from, s.valid_until, s.institution, coalesce(z.zone, 0) from "
        "staff_fact s left join supervision_zone_inspector z on z.staff = s.code where s.post = 'inspector' and "
        "s.division >= ?1 and s.division < ?2 and s.valid_from <= ?3 and s.valid_until > ?3 and s.recorded_at <= ?4 "
        "and s.replaced_at > ?4 order by s.code, s.id",
        V_TEXT(scope), V_TEXT(after_scope(arena, scope)), V_INT(as_of.day), V_INT(known_at(as_of)));
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        list[count++] = (struct inspector){ .staff = rows_text_in(rows, 0, arena),
                                            .person = rows_int(rows, 1),
                                            .division = rows_text_in(rows, 2, arena),
                                            .since = rows_int(rows, 3),
                                            .until = rows_int(rows, 4),
                                            .bureau = rows_int(rows, 5),
                                            .zone = rows_int(rows, 6) };
    }
    *out = list;
    *n = count;
    return rows_end(rows, error);
}

/* ---- Conflicts ---- */

static int by_staff(const void *a, const void *b)
{
    const struct conflict *one = a, *other = b;
    int order = str_cmp(one->staff, other->staff);
    return order                                    ? order
           : one->institution != other->institution ? (one->institution < other->institution ? -1 : 1)
                                                    : (int)other->was_staff - (int)one->was_staff;
}

static bool add_conflicts(struct arena *arena, struct rows *rows, bool was_staff, struct conflict **list, size_t *n,
                          struct error *error)
{
    while (rows_next(rows)) {
        *list = arena_grow(arena, *list, *n, sizeof **list);
        (*list)[(*n)++] = (struct conflict){ .staff = rows_text_in(rows, 0, arena),
                                             .institution = rows_int(rows, 1),
                                             .from = rows_int(rows, 2),
                                             .until = rows_int(rows, 3),
                                             .was_staff = was_staff,
                                             .reason = rows_text_in(rows, 4, arena) };
    }
    return rows_end(rows, error);
}

bool supervision_conflicts(struct db *db, struct arena *arena, struct str scope, int64_t day, struct conflict **out,
                           size_t *n, struct error *error)
{
    struct conflict *list = NULL;
    size_t count = 0;
    struct str end = after_scope(arena, scope);
    struct rows *rows = db_query(
        db, error,
        "select distinct i.code, s.institution, s.valid_from, s.valid_until, '' from staff_fact i join staff_fact s "
        "on s.subject = i.subject and s.post <> 'inspector' and s.replaced_at = ?3 and s.institution > 0 where i.post "
        "= 'inspector' and i.division >= ?1 and i.division < ?2 and i.replaced_at = ?3",
        V_TEXT(scope), V_TEXT(end), V_INT(MOMENT_OPEN));
    if (!add_conflicts(arena, rows, true, &list, &count, error)) {
        return false;
    }
    rows = db_query(db, error,
                    "select distinct d.staff, d.institution, d.from_day, coalesce(d.until_day, ?4), d.reason from "
                    "inspector_interest d join staff_fact i on i.code = d.staff and i.post = 'inspector' and "
                    "i.replaced_at = ?5 where i.division >= ?1 and i.division < ?2 and d.from_day <= ?3 and "
                    "coalesce(d.until_day, ?4) > ?3",
                    V_TEXT(scope), V_TEXT(end), V_INT(day), V_INT(DAY_OPEN), V_INT(MOMENT_OPEN));
    if (!add_conflicts(arena, rows, false, &list, &count, error)) {
        return false;
    }
    if (count) {
        qsort(list, count, sizeof *list, by_staff);
    }
    *out = list;
    *n = count;
    return true;
}

/* ---- Zones ---- */

static bool read_members(struct db *db, struct arena *arena, struct zone *zone, struct error *error)
{
    struct rows *rows = db_query(
        db, error, "select division from supervision_zone_township where zone = ?1 order by division", V_INT(zone->id));
    while (rows_next(rows)) {
        zone->townships = arena_grow(arena, zone->townships, zone->ntownships, sizeof *zone->townships);
        zone->townships[zone->ntownships++] = rows_text_in(rows, 0, arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    rows = db_query(db, error, "select staff from supervision_zone_inspector where zone = ?1 order by staff",
                    V_INT(zone->id));
    while (rows_next(rows)) {
        zone->inspectors = arena_grow(arena, zone->inspectors, zone->ninspectors, sizeof *zone->inspectors);
        zone->inspectors[zone->ninspectors++] = rows_text_in(rows, 0, arena);
    }
    return rows_end(rows, error);
}

bool supervision_zones(struct db *db, struct arena *arena, struct str scope, struct zone **out, size_t *n,
                       struct error *error)
{
    struct zone *list = NULL;
    size_t count = 0;
    struct rows *rows = db_query(db, error,
                                 "select id, division, name_zh, name_en from supervision_zone where division >= ?1 and "
                                 "division < ?2 and dissolved_at is null order by division, id",
                                 V_TEXT(scope), V_TEXT(after_scope(arena, scope)));
    while (rows_next(rows)) {
        list = arena_grow(arena, list, count, sizeof *list);
        list[count++] = (struct zone){ .id = rows_int(rows, 0),
                                       .division = rows_text_in(rows, 1, arena),
                                       .name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) } };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_members(db, arena, &list[i], error)) {
            return false;
        }
    }
    *out = list;
    *n = count;
    return true;
}
