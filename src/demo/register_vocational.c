/* Vocational institutions of the demo's register: their conditions as reported in each school year, and their
 * graduates and apprentices.
 *
 * In 2023 they have 76,000 students. Of the 14 secondary schools in the scope of the national standard 12 meet all of
 * it: 85.71 %. (The published 85.72 % fits no count of schools.) One of the other two lacks land and equipment, one
 * floor area and teachers. */
#include "demo/register.h"

#include "base/clock.h"

enum {
    STUDENTS_SECONDARY = 43200,
    STUDENTS_NEW = 5600,
    STUDENTS_COLLEGES = 27200,
    GRADUATES_SECONDARY = 12400, /* a year */
    GRADUATES_COLLEGES = 7600,
    APPRENTICES = 12360, /* "over 12,000", 2017 to 2023 */
    FIRST_YEAR = 2021,
    LAST_YEAR = 2025
};

/* ---- Conditions ---- */

struct conditions {
    const char *type;
    int64_t students, teachers, land, floor, equipment, books; /* equipment in yuan */
};

/* What meets the standard with a little to spare. */
static struct conditions meets(const char *type, int64_t students, struct dice *dice)
{
    bool technical = str_is(str_of(type), "technical");
    int64_t spare = dice_between(dice, 103, 125); /* in a hundred */
    int64_t teachers = students * spare / 1900 + 1;
    int64_t land = students * 33 * spare / 100, floor = students * 20 * spare / 100;
    int64_t equipment = students * 2500 * spare / 100;
    int64_t least_land = technical ? 66000 : 40000, least_floor = technical ? 18000 : 24000;
    return (struct conditions){
        .type = type,
        .students = students,
        .teachers = teachers > 64 ? teachers : 64,
        .land = land > least_land ? land : least_land + 800,
        .floor = floor > least_floor ? floor : least_floor + 400,
        .equipment = equipment > 3000000 ? equipment : 3100000,
        .books = students * 30 * spare / 100,
    };
}

static bool put_conditions(struct registering *registering, const struct demo_institution *of, int year,
                           const struct conditions *conditions, struct error *error)
{
    int64_t from = day_of(year, 9, 1);
    struct entry entry = { .code = arena_printf(registering->arena, "CD%.*s", STR_ARG(of->code)),
                           .from = from > of->from ? from : of->from,
                           .until = day_of(year + 1, 9, 1),
                           .subject = of->id,
                           .load = LOADS,
                           .division = of->division->code,
                           .institution = of->id };
    return REGISTER(registering, KIND_CONDITION, &entry, error, V_WORD(conditions->type), V_INT(conditions->students),
                    V_INT(conditions->teachers), V_INT(conditions->land), V_INT(conditions->floor),
                    V_INT(conditions->equipment * 100), V_INT(conditions->books));
}

/* The shortfalls closed over the years: in 2021 six fell short, in 2023 two, in 2025 none. */
static void fall_short(struct conditions *conditions, size_t place, int year)
{
    static const size_t SHORT[LAST_YEAR - FIRST_YEAR + 1] = { 6, 4, 2, 1, 0 };
    if (place >= SHORT[year - FIRST_YEAR]) {
        return;
    }
    if (place % 2 == 0) {
        conditions->land = conditions->students * 33 * 91 / 100;
        conditions->equipment = conditions->students * 2500 * 86 / 100;
    } else {
        conditions->floor = conditions->students * 20 * 93 / 100;
        conditions->teachers = conditions->students * 100 / 2140;
    }
}

static const char *type_of(const struct demo_institution *of)
{
    return of->kind[0] == '4' ? "college" : str_is(str_of(of->kind), "366") ? "technical" : "general";
}

static bool add_conditions(struct registering *registering, const struct sort_of *sort, size_t total, bool in_scope,
                           struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "conditions", total);
    uint32_t *students = register_split(registering, &dice, total, sort->n);
    for (size_t i = 0; i < sort->n; i++) {
        const struct demo_institution *of = &registering->list[sort->first + i];
        for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
            if (day_of(year, 9, 1) < of->from) {
                continue;
            }
            int64_t n = students[i] * (int64_t)(100 + (year - 2023) * 2) / 100;
            struct dice own = dice_of(registering->builder->land->seed, "conditions of", sort->first + i);
            struct conditions conditions = meets(type_of(of), n, &own);
            /* The last ones of the list are general and technical ones alike; the first two general. */
            if (in_scope) {
                fall_short(&conditions, i, year);
            }
            if (!put_conditions(registering, of, year, &conditions, error)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Graduates, apprentices ---- */

struct cohort {
    const char *kind, *start;
    struct str programme;
    int year;
    int64_t persons, placed, studying;
};

static bool put_cohort(struct registering *registering, const struct demo_institution *of, const struct cohort *cohort,
                       struct error *error)
{
    struct entry entry = { .code = arena_printf(registering->arena, "%s%d%05lld", cohort->start, cohort->year,
                                                (long long)(registering->subjects[KIND_COHORT] + 1)),
                           .from = day_of(cohort->year, 8, 31),
                           .load = register_load_of(day_of(cohort->year, 12, 31)),
                           .division = of->division->code,
                           .institution = of->id };
    return REGISTER(registering, KIND_COHORT, &entry, error, V_WORD(cohort->kind), V_TEXT(cohort->programme),
                    V_INT(cohort->year), V_INT(cohort->persons), V_INT(cohort->placed), V_INT(cohort->studying));
}

/* Some in ten thousand find no place: more in one major, fewer in the other. */
static bool add_graduates(struct registering *registering, const struct sort_of *sort, bool college, size_t total,
                          size_t first_major, size_t majors, struct error *error)
{
    int64_t unplaced = college ? 440 : 262;
    for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
        struct dice dice =
            dice_of(registering->builder->land->seed, college ? "graduates of colleges" : "graduates", (uint64_t)year);
        size_t n = total * (size_t)(94 + 2 * (year - FIRST_YEAR)) / 100;
        uint32_t *parts = register_split(registering, &dice, n, sort->n * majors);
        for (size_t i = 0; i < sort->n * majors; i++) {
            const struct demo_institution *of = &registering->list[sort->first + i / majors];
            int64_t persons = parts[i], left = 0;
            int64_t chance = unplaced + dice_around(&dice, unplaced / 2);
            for (int64_t k = 0; k < persons; k++) {
                left += dice_chance(&dice, (unsigned)chance);
            }
            struct cohort cohort = { .kind = college ? "graduates_college" : "graduates_secondary",
                                     .start = college ? "GC" : "GS",
                                     .programme = arena_printf(registering->arena, "MJ%05zu", first_major + i + 1),
                                     .year = year,
                                     .persons = persons,
                                     .placed = persons - left,
                                     .studying = (persons - left) * (college ? 22 : 58) / 100 };
            if (!put_cohort(registering, of, &cohort, error)) {
                return false;
            }
        }
    }
    return true;
}

static bool add_apprentices(struct registering *registering, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "apprentices", 0);
    enum { PILOTS = 10, YEARS = 7, FIRST = 2017, LATER = 2 };
    uint32_t *parts = register_split(registering, &dice, APPRENTICES, PILOTS * YEARS);
    for (size_t i = 0; i < PILOTS * (YEARS + LATER); i++) {
        struct cohort cohort = { .kind = "apprentices",
                                 .start = "AC",
                                 .programme = arena_printf(registering->arena, "AP%05zu", i % PILOTS + 1),
                                 .year = FIRST + (int)(i / PILOTS),
                                 .persons = i < PILOTS * YEARS ? parts[i] : dice_between(&dice, 150, 240) };
        cohort.placed = cohort.persons * 98 / 100;
        const struct demo_institution *of =
            &registering->list[registering->secondary.first + i % PILOTS * 5 % registering->secondary.n];
        if (!put_cohort(registering, of, &cohort, error)) {
            return false;
        }
    }
    return true;
}

bool register_vocational(struct registering *registering, struct error *error)
{
    /* As register_programmes numbers them: six majors of each secondary school, fourteen of each college. */
    enum { SECONDARY_MAJORS = 6, COLLEGE_MAJORS = 14 };
    size_t before_colleges = (registering->secondary.n + registering->new_secondary.n) * SECONDARY_MAJORS;
    return add_conditions(registering, &registering->secondary, STUDENTS_SECONDARY, true, error) &&
           add_conditions(registering, &registering->new_secondary, STUDENTS_NEW, false, error) &&
           add_conditions(registering, &registering->colleges, STUDENTS_COLLEGES, false, error) &&
           add_graduates(registering, &registering->secondary, false, GRADUATES_SECONDARY, 0, SECONDARY_MAJORS,
                         error) &&
           add_graduates(registering, &registering->colleges, true, GRADUATES_COLLEGES, before_colleges, COLLEGE_MAJORS,
                         error) &&
           add_apprentices(registering, error);
}
