/* Honours of the demo's register: who holds what, by batch, from when, and which ended or were taken back. Ids of
 * designations stand in designations.yaml of the city's folder. */
#include "demo/register.h"

#include "base/clock.h"

enum candidates {
    OF_KINDERGARTENS,
    OF_TOWNSHIPS,
    OF_COUNTY, /* one county: 371526 where the city has it */
    OF_BASIC,  /* primary and junior schools */
    OF_SENIOR,
    OF_SECONDARY,
    OF_CANTEENS,
    OF_REHABILITATION,
    OF_HEADS,
    OF_TEACHERS,
    OF_FORM_TEACHERS,
    OF_BRANDS,
    OF_MAJORS,
    OF_MAJOR_GROUPS
};

/* A batch of a designation: how many in the full city, granted when; of these some ended (or were taken back) later. */
struct batch_of {
    int year, month;
    uint32_t n, ended;
    int ended_year, ended_month;
};
enum { BATCHES_MOST = 8 };

struct designation {
    const char *id, *level, *body;
    enum candidates candidates;
    bool scaled;
    /* Designations with one `family` exclude each other: each takes holders from its own place in one order. */
    uint32_t family, skip;
    struct batch_of batches[BATCHES_MOST];
};

#define PROVINCE "山东省教育厅（演示）"
#define CITY "聊城市教育和体育局（演示）"
#define MINISTRY "教育部（演示）"

/* On the last day of 2023 what the briefing says; around it a life. */
static const struct designation DESIGNATIONS[] = {
    /* 205 at the end of 2022, 514 at the end of 2023. */
    { "provincial_quality_kindergarten",
      "provincial",
      PROVINCE,
      OF_KINDERGARTENS,
      true,
      0,
      0,
      { { 2018, 12, 88, 4, 2023, 6 },
        { 2020, 12, 61, 3, 2022, 6 },
        { 2021, 12, 30, 2, 2024, 10 },
        { 2022, 11, 29, 0, 0, 0 },
        { 2023, 6, 120, 5, 2025, 6 },
        { 2023, 11, 193, 3, 2024, 10 },
        { 2024, 11, 58, 0, 0, 0 },
        { 2025, 11, 41, 0, 0, 0 } } },
    { "provincial_strong_township_pilot",
      "provincial",
      PROVINCE,
      OF_TOWNSHIPS,
      true,
      101,
      0,
      { { 2021, 10, 7, 0, 0, 0 }, { 2022, 10, 5, 0, 0, 0 }, { 2023, 9, 5, 0, 0, 0 }, { 2024, 9, 4, 0, 0, 0 } } },
    { "city_strong_township_pilot",
      "city",
      CITY,
      OF_TOWNSHIPS,
      true,
      101,
      40,
      { { 2021, 12, 13, 0, 0, 0 }, { 2022, 12, 12, 0, 0, 0 }, { 2025, 3, 6, 0, 0, 0 } } },
    { "national_teaching_achievement", "national", MINISTRY, OF_BASIC, false, 0, 0, { { 2023, 7, 5, 0, 0, 0 } } },
    { "provincial_special_high",
      "provincial",
      PROVINCE,
      OF_SENIOR,
      false,
      102,
      0,
      { { 2023, 11, 2, 0, 0, 0 }, { 2025, 11, 1, 0, 0, 0 } } },
    { "city_special_high",
      "city",
      CITY,
      OF_SENIOR,
      false,
      102,
      4,
      { { 2021, 6, 5, 0, 0, 0 }, { 2022, 6, 3, 0, 0, 0 } } },
    { "provincial_subject_base", "provincial", PROVINCE, OF_SENIOR, false, 0, 0, { { 2023, 10, 6, 0, 0, 0 } } },
    { "city_subject_base",
      "city",
      CITY,
      OF_SENIOR,
      false,
      0,
      0,
      { { 2021, 6, 10, 0, 0, 0 }, { 2022, 6, 9, 1, 2023, 6 }, { 2024, 6, 4, 0, 0, 0 } } },
    { "vocational_reform_county",
      "provincial",
      "山东省人民政府（演示）",
      OF_COUNTY,
      false,
      0,
      0,
      { { 2023, 5, 1, 0, 0, 0 } } },
    { "provincial_quality_secondary", "provincial", PROVINCE, OF_SECONDARY, false, 0, 0, { { 2023, 8, 1, 0, 0, 0 } } },
    { "provincial_model_secondary", "provincial", PROVINCE, OF_SECONDARY, false, 0, 0, { { 2023, 8, 4, 0, 0, 0 } } },
    { "provincial_high_level_secondary",
      "provincial",
      PROVINCE,
      OF_SECONDARY,
      false,
      0,
      0,
      { { 2021, 12, 4, 0, 0, 0 }, { 2022, 12, 3, 0, 0, 0 } } },
    { "special_major",
      "provincial",
      PROVINCE,
      OF_MAJORS,
      false,
      0,
      0,
      { { 2021, 11, 8, 0, 0, 0 }, { 2022, 11, 7, 0, 0, 0 }, { 2024, 11, 3, 0, 0, 0 } } },
    { "high_level_major_group", "provincial", PROVINCE, OF_MAJOR_GROUPS, false, 0, 0, { { 2021, 12, 2, 0, 0, 0 } } },
    { "star_canteen",
      "provincial",
      "山东省市场监督管理局（演示）",
      OF_CANTEENS,
      true,
      0,
      0,
      { { 2021, 12, 14, 0, 0, 0 },
        { 2022, 12, 20, 2, 2023, 4 },
        { 2023, 12, 28, 0, 0, 0 },
        { 2024, 12, 12, 0, 0, 0 } } },
    { "designated_rehabilitation",
      "provincial",
      "山东省残疾人联合会（演示）",
      OF_REHABILITATION,
      false,
      0,
      0,
      { { 2023, 6, 1, 0, 0, 0 } } },
    { "lifelong_brand", "provincial", PROVINCE, OF_BRANDS, false, 0, 0, { { 2023, 11, 4, 0, 0, 0 } } },
    { "qilu_head",
      "provincial",
      PROVINCE,
      OF_HEADS,
      false,
      0,
      0,
      { { 2020, 9, 3, 0, 0, 0 }, { 2023, 9, 6, 0, 0, 0 } } },
    { "qilu_teacher",
      "provincial",
      PROVINCE,
      OF_TEACHERS,
      false,
      0,
      0,
      { { 2020, 9, 11, 0, 0, 0 }, { 2023, 9, 20, 0, 0, 0 } } },
    { "qilu_form_teacher",
      "provincial",
      PROVINCE,
      OF_FORM_TEACHERS,
      false,
      0,
      0,
      { { 2020, 9, 6, 0, 0, 0 }, { 2023, 9, 14, 0, 0, 0 } } },
    { "city_civilised_campus",
      "city",
      CITY,
      OF_BASIC,
      true,
      0,
      0,
      { { 2021, 12, 90, 4, 2024, 12 }, { 2023, 12, 70, 0, 0, 0 } } },
};

/* ---- Who may hold it ---- */

struct holder {
    const char *kind;
    struct str code, division;
    int64_t institution, from;
};

static void add_institution(struct holder *holders, size_t *n, const struct demo_institution *one, const char *kind,
                            struct str code)
{
    if (one->until == DAY_OPEN && code.n) {
        holders[(*n)++] = (struct holder){ kind, code, one->division->code, one->id, one->founded };
    }
}

static bool teaches(const struct demo_institution *one, enum candidates candidates)
{
    bool senior = one->kind[0] == '3' && one->kind[1] == '4' && one->kind[2] != '5';
    return candidates == OF_SENIOR ? senior : candidates != OF_BASIC || !senior;
}

static void add_list(struct registering *registering, const struct designation *designation, struct holder *holders,
                     size_t *n)
{
    const struct sort_of *sort = designation->candidates == OF_KINDERGARTENS    ? &registering->kindergartens
                                 : designation->candidates == OF_SECONDARY      ? &registering->secondary
                                 : designation->candidates == OF_CANTEENS       ? &registering->canteens
                                 : designation->candidates == OF_REHABILITATION ? &registering->rehabilitation
                                                                                : &registering->schools;
    for (size_t i = 0; i < sort->n; i++) {
        const struct demo_institution *one = &registering->list[sort->first + i];
        if (sort != &registering->schools) {
            add_institution(holders, n, one, "institution", one->code);
        } else if (teaches(one, designation->candidates)) {
            enum candidates candidates = designation->candidates;
            bool person = candidates == OF_HEADS || candidates == OF_TEACHERS || candidates == OF_FORM_TEACHERS;
            struct str code = candidates == OF_HEADS           ? registering->heads[i]
                              : candidates == OF_TEACHERS      ? registering->teachers[i]
                              : candidates == OF_FORM_TEACHERS ? registering->form_teachers[i]
                                                               : one->code;
            add_institution(holders, n, one, person ? "staff" : "institution", code);
        }
    }
}

static void add_divisions(struct registering *registering, enum candidates candidates, struct holder *holders,
                          size_t *n)
{
    const struct city *city = registering->builder->city;
    const struct division *county = city_division(city, STR("371526"));
    const struct division *only = county ? county : registering->builder->land->counties[0].division;
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        if (candidates == OF_COUNTY ? division == only : division->level == DIVISION_TOWNSHIP) {
            holders[(*n)++] = (struct holder){ "division", division->code, division->code, 0, 0 };
        }
    }
}

static void add_programmes(struct registering *registering, enum candidates candidates, struct holder *holders,
                           size_t *n)
{
    const char *start = candidates == OF_BRANDS ? "LB" : candidates == OF_MAJORS ? "MJ" : "MG";
    size_t most = candidates == OF_BRANDS ? 4 : candidates == OF_MAJORS ? 60 : 2;
    for (size_t i = 0; i < most; i++) {
        holders[(*n)++] = (struct holder){ "programme", arena_printf(registering->arena, "%s%05zu", start, i + 1),
                                           registering->builder->city->code, 0, 0 };
    }
}

static struct holder *find_holders(struct registering *registering, const struct designation *designation, size_t *n)
{
    struct holder *holders =
        ARENA_ARRAY(registering->arena, struct holder, registering->n + registering->builder->city->ndivisions + 64);
    *n = 0;
    switch (designation->candidates) {
    case OF_TOWNSHIPS:
    case OF_COUNTY:
        add_divisions(registering, designation->candidates, holders, n);
        break;
    case OF_BRANDS:
    case OF_MAJORS:
    case OF_MAJOR_GROUPS:
        add_programmes(registering, designation->candidates, holders, n);
        break;
    default:
        add_list(registering, designation, holders, n);
    }
    return holders;
}

/* ---- Granting ---- */

static bool grant(struct registering *registering, const struct designation *designation, const struct batch_of *batch,
                  const struct holder *holder, bool ended, struct error *error)
{
    int64_t day = day_of(batch->year, batch->month, 15);
    struct entry entry = {
        .code = arena_printf(registering->arena, "HN%07lld", (long long)(registering->subjects[KIND_HONOUR] + 1)),
        .from = day,
        .ended = ended ? day_of(batch->ended_year, batch->ended_month, 30) : 0,
        .load = LOADS,
        .division = holder->division,
        .institution = holder->institution,
    };
    return REGISTER(registering, KIND_HONOUR, &entry, error, V_WORD(designation->id), V_WORD(designation->level),
                    V_WORD(designation->body),
                    V_TEXT(arena_printf(registering->arena, "%d-%02d", batch->year, batch->month)),
                    V_WORD(holder->kind), V_TEXT(holder->code),
                    V_TEXT(arena_printf(registering->arena, "示例〔%d〕%d号", batch->year, batch->month)));
}

/* Each holder has it once; a kindergarten that was founded later cannot have had it earlier. */
static bool grant_all(struct registering *registering, const struct designation *designation, uint64_t number,
                      struct error *error)
{
    size_t n, next = designation->skip;
    struct holder *holders = find_holders(registering, designation, &n);
    struct dice dice =
        dice_of(registering->builder->land->seed, "honours", designation->family ? designation->family : number);
    size_t of = n;
    size_t *order = register_draw(registering, &dice, n, &of);
    bool *has = ARENA_ARRAY(registering->arena, bool, n + 1);
    for (size_t b = 0; b < BATCHES_MOST && designation->batches[b].n; b++) {
        const struct batch_of *batch = &designation->batches[b];
        size_t wanted = designation->scaled ? register_scaled(registering, batch->n) : batch->n;
        size_t ended = !batch->ended         ? 0
                       : designation->scaled ? register_scaled(registering, batch->ended)
                                             : batch->ended;
        int64_t day = day_of(batch->year, batch->month, 15);
        for (size_t tries = 0; wanted > 0 && tries < n; tries++, next++) {
            const struct holder *holder = &holders[order[next % n]];
            if (has[next % n] || holder->from > day) {
                continue;
            }
            has[next % n] = true;
            if (!grant(registering, designation, batch, holder, ended > 0 && ended >= wanted, error)) {
                return false;
            }
            wanted--;
        }
    }
    return true;
}

/* Food licences of canteens and suppliers: five years each, begun on days by chance, so that some end soon. */
static bool add_licences(struct registering *registering, struct error *error)
{
    const struct sort_of *sorts[] = { &registering->canteens, &registering->suppliers };
    struct dice dice = dice_of(registering->builder->land->seed, "licences", 0);
    for (size_t s = 0; s < sizeof sorts / sizeof *sorts; s++) {
        for (size_t i = 0; i < sorts[s]->n; i++) {
            const struct demo_institution *one = &registering->list[sorts[s]->first + i];
            int64_t from = day_of(2021, 7, 8) + dice_between(&dice, 0, 1780);
            int year, month, day;
            day_parts(from, &year, &month, &day);
            struct entry entry = {
                .code =
                    arena_printf(registering->arena, "HN%07lld", (long long)(registering->subjects[KIND_HONOUR] + 1)),
                .from = from,
                .until = day_of(year + 5, month, day > 28 ? 28 : day),
                .load = LOADS,
                .division = one->division->code,
                .institution = one->id,
            };
            if (!REGISTER(registering, KIND_HONOUR, &entry, error, V_WORD("food_licence"), V_WORD("county"),
                          V_WORD("县市场监督管理局（演示）"),
                          V_TEXT(arena_printf(registering->arena, "%d-%02d", year, month)), V_WORD("institution"),
                          V_TEXT(one->code),
                          V_TEXT(arena_printf(registering->arena, "示例许可〔%d〕%zu号", year, i + 1)))) {
                return false;
            }
        }
    }
    return true;
}

bool register_honours(struct registering *registering, struct error *error)
{
    for (size_t i = 0; i < sizeof DESIGNATIONS / sizeof *DESIGNATIONS; i++) {
        if (!grant_all(registering, &DESIGNATIONS[i], i, error)) {
            return false;
        }
    }
    return add_licences(registering, error);
}
