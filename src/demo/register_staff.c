/* Staff of the demo's register: teachers, heads, responsible inspectors with their charges, coaches; and athletes. */
#include "demo/register.h"

#include "base/clock.h"

#include <stdio.h>

enum {
    TEACHERS = 68600, /* full-time, in primary and secondary schools, on the last day of 2023 */
    OTHERS = 2900,    /* not teachers, or not full-time */
    INSPECTORS = 600,
    COACHES = 66,
    LEAVE_2024 = 2,   /* in a hundred teachers; others come in their place */
    ROTATED_2024 = 5, /* one charge in so many goes to another inspector */
    LAPSED_2025 = 41, /* one in so many ends with its term and is not renewed */
    ATHLETES = 449,
    PASSED_YEARS = 4
};

static const char *const COURSES[] = { "语文", "数学",       "英语",       "物理", "化学", "生物",     "历史",
                                       "地理", "道德与法治", "体育与健康", "音乐", "美术", "信息科技", "科学" };
static const uint32_t COURSE_WEIGHTS[] = { 22, 20, 14, 5, 4, 4, 4, 4, 5, 6, 4, 4, 2, 2 };
static const char *const TITLES[] = { "senior", "first", "second", "third", "none" };
static const uint32_t TITLE_WEIGHTS[] = { 14, 38, 33, 6, 9 };

struct staffing {
    struct registering *registering;
    struct people_writer *writer;
    struct dice dice;
};

static int64_t hired(struct dice *dice, int64_t not_before)
{
    int64_t day = day_of((int)dice_between(dice, 1992, 2023), 8, 25);
    return day < not_before ? not_before : day;
}

/* A member of staff; NULL on failure. */
static struct demo_person *add(struct staffing *staffing, uint32_t institution, const char *post, bool full_time,
                               int64_t from, struct error *error)
{
    struct dice *dice = &staffing->dice;
    int64_t birth = from - dice_between(dice, 22 * 365, 30 * 365);
    struct demo_person *person = people_add(staffing->writer, dice, dice_chance(dice, 4100), birth, error);
    if (person) {
        bool teaches = str_is(str_of(post), "teacher") || str_is(str_of(post), "form_teacher");
        size_t title = dice_weighted(dice, TITLE_WEIGHTS, sizeof TITLES / sizeof *TITLES);
        person->kind = KIND_STAFF;
        (void)snprintf(person->code, sizeof person->code, "T%08lld", (long long)staffing->registering->persons);
        person->versions[person->nversions++] = (struct demo_version){
            .institution = institution,
            .from = from,
            .load = LOADS,
            .words = { str_of(post),
                       str_of(teaches ? COURSES[dice_weighted(dice, COURSE_WEIGHTS, sizeof COURSES / sizeof *COURSES)]
                                      : ""),
                       str_of(TITLES[title]) },
            .numbers = { full_time },
        };
    }
    return person;
}

static struct str code_of(const struct registering *registering, const struct demo_person *person)
{
    return arena_str(registering->arena, str_of(person->code));
}

/* ---- Schools ---- */

/* Teachers by pupils, more for the older ones; in each class one is its form teacher. */
static bool staff_school(struct staffing *staffing, uint32_t school, uint32_t teachers, struct error *error)
{
    struct registering *registering = staffing->registering;
    int64_t leave = day_of(2024, 9, 1);
    struct demo_person *person = add(staffing, school, "head", true, hired(&staffing->dice, 0), error);
    if (!person) {
        return false;
    }
    registering->heads[school] = code_of(registering, person);
    uint32_t form_teachers = registering->classes[school] < teachers ? registering->classes[school] : teachers / 2;
    for (uint32_t i = 0; i < teachers; i++) {
        const char *post = i < form_teachers ? "form_teacher" : "teacher";
        person = add(staffing, school, post, true, hired(&staffing->dice, 0), error);
        if (!person) {
            return false;
        }
        struct str *kept = i < form_teachers ? &registering->form_teachers[school] : &registering->teachers[school];
        if (!kept->n) {
            *kept = code_of(registering, person);
        } else if (dice_chance(&staffing->dice, LEAVE_2024 * 100)) {
            person->versions[0].ended = leave;
            if (!add(staffing, school, post, true, leave, error)) {
                return false;
            }
        }
    }
    return true;
}

static bool staff_schools(struct staffing *staffing, struct error *error)
{
    struct registering *registering = staffing->registering;
    size_t n = registering->schools.n;
    uint32_t *weights = ARENA_ARRAY(registering->arena, uint32_t, n);
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, n);
    registering->heads = ARENA_ARRAY(registering->arena, struct str, n);
    registering->teachers = ARENA_ARRAY(registering->arena, struct str, n);
    registering->form_teachers = ARENA_ARRAY(registering->arena, struct str, n);
    for (size_t i = 0; i < n; i++) {
        weights[i] = 10 + registering->pupils[0][i] * 6 / 5 + registering->pupils[1][i] + registering->pupils[2][i];
    }
    land_share(registering->arena, register_scaled(registering, TEACHERS), weights, n, parts);
    for (uint32_t i = 0; i < n; i++) {
        if (!staff_school(staffing, i, parts[i], error)) {
            return false;
        }
    }
    for (size_t left = register_scaled(registering, OTHERS); left > 0; left--) {
        uint32_t school = (uint32_t)dice_below(&staffing->dice, n);
        bool part_time = dice_chance(&staffing->dice, 3000);
        if (!add(staffing, school,
                 part_time  ? "teacher"
                 : left % 5 ? "other"
                            : "deputy_head",
                 !part_time, hired(&staffing->dice, 0), error)) {
            return false;
        }
    }
    return true;
}

/* ---- Inspectors and their charges ---- */

static bool is_charged(const struct demo_institution *one)
{
    return one->kind[0] == '1' || one->kind[0] == '2' || (one->kind[0] == '3' && one->kind[1] != '6');
}

static bool add_inspectors(struct staffing *staffing, struct error *error)
{
    struct registering *registering = staffing->registering;
    size_t counties = registering->builder->land->ncounties;
    uint32_t *weights = ARENA_ARRAY(registering->arena, uint32_t, counties);
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, counties);
    for (size_t i = 0; i < registering->n; i++) {
        weights[registering->list[i].county] += is_charged(&registering->list[i]);
    }
    size_t total = register_scaled(registering, INSPECTORS);
    land_share(registering->arena, total > 2 * counties ? total : 2 * counties, weights, counties, parts);
    registering->inspectors = ARENA_ARRAY(registering->arena, struct str, total + 4 * counties);
    registering->first_inspector = ARENA_ARRAY(registering->arena, size_t, counties + 1);
    size_t next = 0;
    for (uint32_t c = 0; c < counties; c++) {
        registering->first_inspector[c] = next;
        for (uint32_t i = 0; i < parts[c] || i < 2; i++) {
            uint32_t bureau = (uint32_t)registering->bureaus.first + 1 + c;
            struct demo_person *person = add(staffing, bureau, "inspector", false, day_of(2020, 9, 1), error);
            if (!person) {
                return false;
            }
            registering->inspectors[next++] = code_of(registering, person);
            if (i == 1 && c % 3 == 0) { /* left, and the schools were not given to another */
                person->versions[0].ended = day_of(2025, 12, 31);
            }
        }
    }
    registering->first_inspector[counties] = next;
    return true;
}

/* In each county one inspector after the other has some five neighbours in the list. */
static bool write_charge(struct registering *registering, const struct demo_institution *one, uint32_t place,
                         uint32_t of, struct error *error)
{
    size_t first = registering->first_inspector[one->county];
    size_t n = registering->first_inspector[one->county + 1] - first;
    size_t inspector = (size_t)place * n / of;
    int64_t rotation = day_of(2024, 9, 1);
    bool rotated = place % ROTATED_2024 == 0 && one->until == DAY_OPEN && one->from < rotation;
    bool lapsed = !rotated && place % LAPSED_2025 == 17 && one->until == DAY_OPEN && one->from < rotation;
    struct entry entry = { .code = arena_printf(registering->arena, "CH%.*s", STR_ARG(one->code)),
                           .from = one->from,
                           .ended = one->until < DAY_OPEN ? one->until
                                    : rotated             ? rotation
                                    : lapsed              ? day_of(2025, 9, 1)
                                                          : 0,
                           .load = LOADS,
                           .division = one->division->code,
                           .institution = one->id };
    if (!REGISTER(registering, KIND_CHARGE, &entry, error, V_WORD("inspector"),
                  V_TEXT(registering->inspectors[first + inspector]))) {
        return false;
    }
    entry.from = rotation;
    entry.ended = 0;
    return !rotated || REGISTER(registering, KIND_CHARGE, &entry, error, V_WORD("inspector"),
                                V_TEXT(registering->inspectors[first + (inspector + 1) % n]));
}

static bool write_charges(struct registering *registering, struct error *error)
{
    size_t counties = registering->builder->land->ncounties;
    uint32_t *totals = ARENA_ARRAY(registering->arena, uint32_t, counties);
    uint32_t *places = ARENA_ARRAY(registering->arena, uint32_t, counties);
    for (size_t i = 0; i < registering->n; i++) {
        totals[registering->list[i].county] += is_charged(&registering->list[i]);
    }
    for (size_t i = 0; i < registering->n; i++) {
        const struct demo_institution *one = &registering->list[i];
        if (is_charged(one) && !write_charge(registering, one, places[one->county]++, totals[one->county], error)) {
            return false;
        }
    }
    return true;
}

bool register_staff(struct registering *registering, struct error *error)
{
    struct staffing staffing = { registering, people_open(registering),
                                 dice_of(registering->builder->land->seed, "staff", 0) };
    bool ok = staff_schools(&staffing, error) && add_inspectors(&staffing, error);
    uint32_t bureau = (uint32_t)registering->bureaus.first;
    for (size_t left = register_scaled(registering, COACHES); ok && left > 0; left--) {
        ok = add(&staffing, bureau, "coach", true, hired(&staffing.dice, 0), error) != NULL;
    }
    if (!ok) {
        people_drop(staffing.writer);
        return false;
    }
    return people_close(staffing.writer, error) && write_charges(registering, error);
}

/* ---- Athletes ---- */

/* In training for the city from a day on; `passed` 0: still; else when it went to that team, or left (team empty). */
struct career {
    int64_t from, passed;
    const char *team;
};

static bool add_athlete(struct registering *registering, struct people_writer *writer, struct dice *dice,
                        struct career career, size_t sport, struct error *error)
{
    int64_t birth = career.from - dice_between(dice, 10 * 365, 15 * 365);
    struct demo_person *person = people_add(writer, dice, dice_chance(dice, 5500), birth, error);
    if (!person) {
        return false;
    }
    person->kind = KIND_ATHLETE;
    (void)snprintf(person->code, sizeof person->code, "AT%07lld", (long long)registering->persons);
    struct demo_version version = { .institution = UINT32_MAX,
                                    .from = career.from,
                                    .ended = career.passed,
                                    .load = LOADS,
                                    .division = registering->builder->city->code,
                                    .words = { registering->sports[sport], STR("city") } };
    person->versions[person->nversions++] = version;
    if (career.passed && *career.team) {
        version.from = career.passed;
        version.ended = 0;
        version.words[1] = str_of(career.team);
        person->versions[person->nversions++] = version;
    }
    return true;
}

static bool add_athletes(struct registering *registering, struct people_writer *writer, struct error *error)
{
    static const struct {
        int year;
        uint32_t national, provincial, left, come; /* passed on, stopped, new, in the year */
    } YEARS[PASSED_YEARS] = {
        { 2022, 5, 15, 40, 0 }, { 2023, 8, 22, 30, 0 }, { 2024, 6, 25, 60, 95 }, { 2025, 9, 20, 55, 90 }
    };
    struct dice dice = dice_of(registering->builder->land->seed, "athletes", 0);
    size_t old_sports = registering->nold_sports, later = 0, i;
    for (size_t y = 0; y < PASSED_YEARS; y++) {
        uint32_t counts[3] = { YEARS[y].national, YEARS[y].provincial, YEARS[y].left };
        static const char *const TEAMS[] = { "national", "provincial", "" };
        for (size_t k = 0; k < 3; k++) {
            for (size_t left = register_scaled(registering, counts[k]); left > 0; left--) {
                struct career career = { day_of((int)dice_between(&dice, 2018, 2021), 3, 1),
                                         day_of(YEARS[y].year, (int)dice_between(&dice, 2, 11), 15), TEAMS[k] };
                later += YEARS[y].year > 2023; /* still in training on the last day of 2023 */
                if (!add_athlete(registering, writer, &dice, career, (size_t)dice_below(&dice, old_sports), error)) {
                    return false;
                }
            }
        }
        for (i = register_scaled(registering, YEARS[y].come); YEARS[y].come && i > 0; i--) {
            struct career career = { day_of(YEARS[y].year, (int)dice_between(&dice, 1, 11), 20), 0, "" };
            if (!add_athlete(registering, writer, &dice, career, (size_t)dice_below(&dice, registering->nsports),
                             error)) {
                return false;
            }
        }
    }
    size_t wanted = register_scaled(registering, ATHLETES);
    for (i = later; i < wanted; i++) {
        size_t sport = i % registering->nsports;
        int64_t from = sport < old_sports ? day_of((int)dice_between(&dice, 2018, 2022), 9, 1)
                                          : day_of(2023, (int)dice_between(&dice, 9, 11), 1);
        if (!add_athlete(registering, writer, &dice, (struct career){ from, 0, "" }, sport, error)) {
            return false;
        }
    }
    return true;
}

bool register_athletes(struct registering *registering, struct error *error)
{
    struct people_writer *writer = people_open(registering);
    if (!add_athletes(registering, writer, error)) {
        people_drop(writer);
        return false;
    }
    return people_close(writer, error);
}
