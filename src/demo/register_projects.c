/* Projects, measures and promises of the demo's register: with whose money, until when, and what they add. */
#include "demo/register.h"

#include "base/clock.h"

enum {
    BUILDINGS_2023 = 23,
    PLACES_2023 = 19440,       /* "nearly 20,000" */
    WEAK_LINK_PROJECTS = 1638, /* 2021 to 2023 */
    WEAK_LINK_WAN = 135000,    /* ten thousand yuan in them */
    VOC_PROJECTS = 12,         /* since 2022 */
    VOC_LAND_M2 = 220000,
    VOC_FLOOR_M2 = 170000,
    COLLEGE_LAND_M2 = 250000,
    COLLEGE_FLOOR_M2 = 135000,
    BASES_WAN = 70000,
    PLAZAS_2023 = 198
};
#define WAN_FEN INT64_C(1000000) /* ten thousand yuan */

struct project {
    const char *kind, *start;
    size_t number;
    struct str zh, en;
    const char *lead;
    int year;
    int64_t planned, finished; /* days */
    int64_t fen, places, land, floor;
};

/* It stands in the register from when it was planned; that it is finished is learnt when it is. */
static bool put(struct registering *registering, const struct demo_institution *of, const struct project *project,
                struct error *error)
{
    const struct builder *builder = registering->builder;
    int64_t from = day_of(project->year, 1, 5);
    bool finished = project->finished > 0 && project->finished <= register_last_day();
    struct entry entry = { .code = arena_printf(registering->arena, "%s%d%05zu", project->start, project->year,
                                                project->number),
                           .from = from,
                           .ended = finished ? project->finished : 0,
                           .load = project->year == 2024 ? LOAD_PLANS_2024 : LOADS,
                           .division = of ? of->division->code : builder->city->code,
                           .institution = of ? of->id : 0 };
    struct str document = arena_printf(registering->arena, "示例发〔%d〕%zu号", project->year, project->number);
    if (!REGISTER(registering, KIND_PROJECT, &entry, error, V_TEXT(project->zh), V_TEXT(project->en),
                  V_WORD(project->kind), V_WORD(project->lead), V_INT(project->year), V_INT(project->planned), V_INT(0),
                  V_INT(project->fen), V_INT(project->places), V_INT(project->land), V_INT(project->floor),
                  V_WORD("under_way"), V_TEXT(document))) {
        return false;
    }
    entry.from = project->finished;
    entry.ended = 0;
    entry.load = LOADS;
    return !finished ||
           REGISTER(registering, KIND_PROJECT, &entry, error, V_TEXT(project->zh), V_TEXT(project->en),
                    V_WORD(project->kind), V_WORD(project->lead), V_INT(project->year), V_INT(project->planned),
                    V_INT(project->finished), V_INT(project->fen), V_INT(project->places), V_INT(project->land),
                    V_INT(project->floor), V_WORD("finished"), V_TEXT(document));
}

static const struct demo_institution *some(const struct registering *registering, const struct sort_of *sort,
                                           struct dice *dice)
{
    const struct demo_institution *one = &registering->list[sort->first + (size_t)dice_below(dice, sort->n)];
    for (size_t i = 0; one->until < DAY_OPEN && i < sort->n; i++) {
        one = &registering->list[sort->first + i];
    }
    return one;
}

/* ---- Schools ---- */

static bool add_buildings(struct registering *registering, struct error *error)
{
    static const struct {
        int year;
        uint32_t n, places;
    } YEARS[] = { { 2021, 26, 21900 }, { 2022, 25, 21150 }, { 2023, BUILDINGS_2023, PLACES_2023 },
                  { 2024, 17, 13300 }, { 2025, 11, 8200 },  { 2026, 8, 6400 } };
    struct dice dice = dice_of(registering->builder->land->seed, "buildings", 0);
    for (size_t y = 0; y < sizeof YEARS / sizeof *YEARS; y++) {
        size_t n = register_scaled(registering, YEARS[y].n);
        size_t places = register_scaled(registering, YEARS[y].places);
        uint32_t *parts = register_split(registering, &dice, places, n);
        for (size_t i = 0; i < n; i++) {
            const struct demo_institution *of =
                some(registering, i % 4 ? &registering->schools : &registering->kindergartens, &dice);
            struct project project = {
                .kind = "school_building",
                .start = "SB",
                .number = i + 1,
                .zh = arena_printf(registering->arena, "%.*s新改建工程", STR_ARG(of->name.zh)),
                .en = arena_printf(registering->arena, "Building of %.*s", STR_ARG(of->name.en)),
                .lead = "",
                .year = YEARS[y].year,
                .planned = day_of(YEARS[y].year, 8, 31),
                .finished = day_of(YEARS[y].year, (int)dice_between(&dice, 7, 9), 20),
                .fen = parts[i] * dice_between(&dice, 2, 5) * WAN_FEN,
                .places = parts[i],
                .land = parts[i] * dice_between(&dice, 14, 22),
                .floor = parts[i] * dice_between(&dice, 7, 11),
            };
            if (!put(registering, of, &project, error)) {
                return false;
            }
        }
    }
    return true;
}

/* Three years of small works in village and town schools; the programme went on in a small way. */
static bool add_weak_links(struct registering *registering, struct error *error)
{
    static const char *const WORKS[] = { "教室照明改造",   "旱厕改造", "食堂改扩建",   "运动场地修缮",
                                         "图书和器材更新", "校舍维修", "取暖设施更新", "多媒体设备配备" };
    static const char *const WORKS_EN[] = { "Lighting", "Toilets", "Canteen", "Sports ground", "Books and instruments",
                                            "Repairs",  "Heating", "Screens" };
    size_t n = register_scaled(registering, WEAK_LINK_PROJECTS), later = register_scaled(registering, 120);
    struct dice dice = dice_of(registering->builder->land->seed, "weak links", 0);
    uint32_t *wan = register_split(registering, &dice, register_scaled(registering, WEAK_LINK_WAN), n);
    for (size_t i = 0; i < n + later; i++) {
        const struct demo_institution *of = some(registering, &registering->schools, &dice);
        size_t work = (size_t)dice_below(&dice, sizeof WORKS / sizeof *WORKS);
        int year = i < n ? 2021 + (int)(i * 3 / n) : 2024;
        struct project project = {
            .kind = "weak_link",
            .start = "WL",
            .number = i + 1,
            .zh = arena_printf(registering->arena, "%.*s%s", STR_ARG(of->name.zh), WORKS[work]),
            .en = arena_printf(registering->arena, "%.*s: %s", STR_ARG(of->name.en), WORKS_EN[work]),
            .lead = "",
            .year = year,
            .planned = day_of(year, 11, 30),
            .finished = day_of(year, (int)dice_between(&dice, 4, 12), 15),
            .fen = (i < n ? wan[i] : dice_between(&dice, 20, 120)) * WAN_FEN,
        };
        if (!put(registering, of, &project, error)) {
            return false;
        }
    }
    return true;
}

static bool add_vocational(struct registering *registering, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "vocational works", 0);
    uint32_t *land = register_split(registering, &dice, VOC_LAND_M2, VOC_PROJECTS);
    uint32_t *floor = register_split(registering, &dice, VOC_FLOOR_M2, VOC_PROJECTS);
    for (size_t i = 0; i < VOC_PROJECTS; i++) {
        const struct demo_institution *of =
            &registering->list[registering->secondary.first + i % registering->secondary.n];
        int year = i < 5 ? 2022 : 2023;
        struct project project = {
            .kind = "voc_expansion",
            .start = "VX",
            .number = i + 1,
            .zh = arena_printf(registering->arena, "%.*s扩建", STR_ARG(of->name.zh)),
            .en = arena_printf(registering->arena, "Enlargement of %.*s", STR_ARG(of->name.en)),
            .lead = "",
            .year = year,
            .planned = day_of(year, 8, 31),
            .finished = day_of(year, 8, 20),
            .fen = floor[i] * INT64_C(260000),
            .land = land[i],
            .floor = floor[i],
        };
        if (!put(registering, of, &project, error)) {
            return false;
        }
    }
    const struct demo_institution *college = &registering->list[registering->colleges.first];
    struct project phase = {
        .kind = "college_expansion",
        .start = "CX",
        .number = 1,
        .zh = arena_printf(registering->arena, "%.*s二期校园", STR_ARG(college->name.zh)),
        .en = arena_printf(registering->arena, "Second phase of %.*s", STR_ARG(college->name.en)),
        .lead = "",
        .year = 2023,
        .planned = day_of(2023, 8, 31),
        .finished = day_of(2023, 8, 25),
        .fen = 60000 * WAN_FEN,
        .land = COLLEGE_LAND_M2,
        .floor = COLLEGE_FLOOR_M2,
    };
    if (!put(registering, college, &phase, error)) {
        return false;
    }
    uint32_t *wan = register_split(registering, &dice, BASES_WAN, registering->bases.n);
    for (size_t i = 0; i < registering->bases.n; i++) {
        const struct demo_institution *of = &registering->list[registering->bases.first + i];
        struct project project = { .kind = "training_base",
                                   .start = "TX",
                                   .number = i + 1,
                                   .zh = arena_printf(registering->arena, "%.*s建设", STR_ARG(of->name.zh)),
                                   .en = arena_printf(registering->arena, "Building of %.*s", STR_ARG(of->name.en)),
                                   .lead = "education",
                                   .year = 2023,
                                   .planned = day_of(2023, 9, 30),
                                   .finished = day_of(2023, 9, 28),
                                   .fen = wan[i] * WAN_FEN,
                                   .floor = 32000 };
        if (!put(registering, of, &project, error)) {
            return false;
        }
    }
    return true;
}

static bool add_plazas(struct registering *registering, struct error *error)
{
    static const struct {
        int year;
        uint32_t n;
    } YEARS[] = { { 2021, 110 }, { 2022, 145 }, { 2023, PLAZAS_2023 }, { 2024, 84 } };
    struct dice dice = dice_of(registering->builder->land->seed, "plazas", 0);
    size_t next = 0;
    for (size_t y = 0; y < sizeof YEARS / sizeof *YEARS; y++) {
        size_t n = register_scaled(registering, YEARS[y].n);
        for (size_t i = 0; i < n; i++) {
            const struct demo_institution *of =
                &registering->list[registering->plazas.first + next++ % registering->plazas.n];
            bool enlarged = dice_chance(&dice, 3500);
            struct project project = {
                .kind = "fitness_plaza",
                .start = "FP",
                .number = i + 1,
                .zh = arena_printf(registering->arena, "%.*s%s", STR_ARG(of->name.zh), enlarged ? "改扩建" : "新建"),
                .en = arena_printf(registering->arena, "%.*s: %s", STR_ARG(of->name.en), enlarged ? "enlarged" : "new"),
                .lead = "sports",
                .year = YEARS[y].year,
                .planned = day_of(YEARS[y].year, 11, 30),
                .finished = day_of(YEARS[y].year, (int)dice_between(&dice, 4, 11), 25),
                .fen = dice_between(&dice, 8, 40) * WAN_FEN,
                .land = dice_between(&dice, 400, 2400),
            };
            if (!put(registering, of, &project, error)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Promises ---- */

struct promise {
    const char *kind, *start, *zh, *en, *lead;
    int year;
    uint32_t n, first_led; /* of them led by `lead`; the others by other bureaus */
    int month, finished;   /* of the year after when most are finished; 0: in the year */
};

static bool add_promises(struct registering *registering, struct error *error)
{
    static const char *const OTHERS[] = { "housing", "health", "transport", "civil_affairs", "water", "agriculture" };
    static const struct promise PROMISES[] = {
        { "livelihood_item", "LI", "民生实事", "Livelihood item", "education", 2023, 20, 4, 12, 0 },
        { "livelihood_item", "LI", "民生实事", "Livelihood item", "education", 2024, 30, 5, 12, 0 },
        { "livelihood_item", "LI", "民生实事", "Livelihood item", "education", 2025, 30, 6, 12, 0 },
        { "livelihood_item", "LI", "民生实事", "Livelihood item", "education", 2026, 30, 5, 12, 0 },
        { "policy_measure", "PM", "教育高质量发展意见措施", "Measure of the opinion", "education", 2023, 24, 24, 12,
          2 },
        { "policy_document", "PD", "意见配套文件", "Supporting document", "education", 2023, 36, 36, 10, 0 },
    };
    struct dice dice = dice_of(registering->builder->land->seed, "promises", 0);
    for (size_t p = 0; p < sizeof PROMISES / sizeof *PROMISES; p++) {
        const struct promise *promise = &PROMISES[p];
        for (uint32_t i = 0; i < promise->n; i++) {
            int late = promise->finished && i % 4 == 3 ? promise->finished : 0;
            struct project project = {
                .kind = promise->kind,
                .start = promise->start,
                .number = i + 1,
                .zh = arena_printf(registering->arena, "%s第%u项（演示）", promise->zh, i + 1),
                .en = arena_printf(registering->arena, "%s %u (demo)", promise->en, i + 1),
                .lead = i < promise->first_led ? promise->lead : OTHERS[i % 6],
                .year = promise->year,
                .planned = day_of(promise->year, promise->month, 31),
                .finished = day_of(promise->year + late, (int)dice_between(&dice, 6, 12), 20),
            };
            if (!put(registering, NULL, &project, error)) {
                return false;
            }
        }
    }
    return true;
}

bool register_projects(struct registering *registering, struct error *error)
{
    return add_buildings(registering, error) && add_weak_links(registering, error) &&
           add_vocational(registering, error) && add_plazas(registering, error) && add_promises(registering, error);
}
