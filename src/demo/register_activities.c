/* What was held in the demo city in other years (events, trainings, meetings), and what others found out about it. */
#include "demo/register.h"

#include "base/clock.h"

enum {
    SURVEYED = 12000,
    EXERCISE = 4860 /* of them exercise regularly: 40.5 % */
};

struct held {
    const char *kind, *start, *level;
    struct str zh, en;
    size_t number;
    int64_t first, days, persons, attendances;
    const struct demo_institution *by;
};

static bool put_held(struct registering *registering, const struct held *held, struct error *error)
{
    const struct city *city = registering->builder->city;
    int year, month, day;
    day_parts(held->first, &year, &month, &day);
    struct entry entry = { .code = arena_printf(registering->arena, "%s%d%04zu", held->start, year, held->number),
                           .from = held->first,
                           .until = held->first + held->days,
                           .load = LOADS,
                           .division = held->by ? held->by->division->code : city->code,
                           .institution = held->by ? held->by->id : 0 };
    return REGISTER(registering, KIND_ACTIVITY, &entry, error, V_TEXT(held->zh), V_TEXT(held->en), V_WORD(held->kind),
                    V_WORD(held->level), V_INT(held->first), V_INT(held->persons), V_INT(held->attendances));
}

static bool add_events(struct registering *registering, int year, uint32_t n, uint32_t persons, struct error *error)
{
    static const char *const LEVELS[] = { "city", "city", "city", "provincial", "national" };
    static const char *const NAMES[] = { "健步走", "半程马拉松", "龙舟赛",   "乒乓球赛", "广场舞展演",
                                         "篮球赛", "太极拳展演", "自行车赛", "羽毛球赛", "足球赛" };
    static const char *const NAMES_EN[] = { "Walk",         "Half Marathon", "Dragon Boats", "Table Tennis",
                                            "Square Dance", "Basketball",    "Tai Chi",      "Cycling",
                                            "Badminton",    "Football" };
    struct dice dice = dice_of(registering->builder->land->seed, "events", (uint64_t)year);
    uint32_t *parts = register_split(registering, &dice, persons, n);
    for (uint32_t i = 0; i < n; i++) {
        struct held held = {
            .kind = "sport_event",
            .start = "EV",
            .number = i + 1,
            .level = LEVELS[dice_below(&dice, 5)],
            .zh = arena_printf(registering->arena, "%d年示例%s（第%u场）", year, NAMES[i % 10], i + 1),
            .en = arena_printf(registering->arena, "Sample %s %d No. %u", NAMES_EN[i % 10], year, i + 1),
            .first = day_of(year, (int)dice_between(&dice, 1, 12), (int)dice_between(&dice, 1, 25)),
            .days = dice_between(&dice, 1, 4),
            .persons = parts[i],
            .attendances = -1,
        };
        if (!put_held(registering, &held, error)) {
            return false;
        }
    }
    /* County events are held too and are not among them. */
    for (uint32_t i = 0; i < 12; i++) {
        struct held held = { .kind = "sport_event",
                             .start = "CE",
                             .number = i + 1,
                             .level = "county",
                             .zh = arena_printf(registering->arena, "%d年示例县级比赛%u", year, i + 1),
                             .en = arena_printf(registering->arena, "Sample County Event %d No. %u", year, i + 1),
                             .first = day_of(year, 1 + (int)i % 12, 18),
                             .days = 1,
                             .persons = dice_between(&dice, 80, 900),
                             .attendances = -1 };
        if (!put_held(registering, &held, error)) {
            return false;
        }
    }
    return true;
}

static bool add_trainings(struct registering *registering, int year, uint32_t n, uint32_t attendances,
                          struct error *error)
{
    static const char *const NAMES[] = { "乡村公益岗", "电子商务", "特种作业", "鲁菜烹饪", "企业职工技能",
                                         "非遗传承",   "家政服务", "农机操作", "养老护理" };
    static const char *const NAMES_EN[] = { "Village posts", "E-commerce",    "Special works",
                                            "Lu cuisine",    "Skills",        "Heritage",
                                            "Housekeeping",  "Farm machines", "Care of the old" };
    struct dice dice = dice_of(registering->builder->land->seed, "trainings", (uint64_t)year);
    uint32_t *parts = register_split(registering, &dice, attendances, n);
    for (uint32_t i = 0; i < n; i++) {
        struct held held = {
            .kind = "training",
            .start = "TR",
            .number = i + 1,
            .level = "city",
            .zh = arena_printf(registering->arena, "%d年%s培训（第%u项）", year, NAMES[i % 9], i + 1),
            .en = arena_printf(registering->arena, "Training %d: %s (%u)", year, NAMES_EN[i % 9], i + 1),
            .first = day_of(year, (int)dice_between(&dice, 1, 9), 8),
            .days = dice_between(&dice, 20, 110),
            .persons = parts[i] * 100 / dice_between(&dice, 180, 420),
            .attendances = parts[i],
            .by = &registering->list[registering->secondary.first + i % registering->secondary.n],
        };
        if (!put_held(registering, &held, error)) {
            return false;
        }
    }
    return true;
}

static bool add_meetings(struct registering *registering, struct error *error)
{
    static const struct {
        int year, month;
        const char *level;
    } MEETINGS[] = { { 2022, 10, "provincial" },
                     { 2023, 5, "national" },
                     { 2023, 10, "national" },
                     { 2023, 11, "provincial" },
                     { 2025, 5, "national" } };
    for (size_t i = 0; i < sizeof MEETINGS / sizeof *MEETINGS; i++) {
        struct held held = { .kind = "meeting",
                             .start = "MT",
                             .number = i + 1,
                             .level = MEETINGS[i].level,
                             .zh = arena_printf(registering->arena, "示例现场会%zu", i + 1),
                             .en = arena_printf(registering->arena, "Sample on-site meeting %zu", i + 1),
                             .first = day_of(MEETINGS[i].year, MEETINGS[i].month, 16),
                             .days = 2,
                             .persons = 180 + (int64_t)i * 35,
                             .attendances = -1 };
        if (!put_held(registering, &held, error)) {
            return false;
        }
    }
    return true;
}

/* What comes from outside is a row with its source. The survey's sample is the demo's: published was only the share. */
static bool add_statements(struct registering *registering, struct error *error)
{
    static const struct {
        const char *kind, *zh, *en, *source;
        int year;
        int64_t numerator, denominator;
    } STATEMENTS[] = {
        { "rank", "全省“双减”监测：小学、初中均在前几名", "Double-reduction monitoring: primary and junior both within",
          "山东省教育厅监测通报（演示）", 2022, 5, 1 },
        { "rank", "全省“双减”监测：小学、初中均在前几名", "Double-reduction monitoring: primary and junior both within",
          "山东省教育厅监测通报（演示）", 2023, 3, 1 },
        { "survey", "经常参加体育锻炼的人", "People who exercise regularly", "体育锻炼抽样调查（样本为演示）", 2022,
          4704, SURVEYED },
        { "survey", "经常参加体育锻炼的人", "People who exercise regularly", "体育锻炼抽样调查（样本为演示）", 2023,
          EXERCISE, SURVEYED },
        { "survey", "经常参加体育锻炼的人", "People who exercise regularly", "体育锻炼抽样调查（样本为演示）", 2024,
          4956, SURVEYED },
    };
    for (size_t i = 0; i < sizeof STATEMENTS / sizeof *STATEMENTS; i++) {
        struct entry entry = { .code = arena_printf(registering->arena, "ST%d%02zu", STATEMENTS[i].year, i + 1),
                               .from = day_of(STATEMENTS[i].year, 1, 1),
                               .until = day_of(STATEMENTS[i].year + 1, 1, 1),
                               .load = register_load_of(day_of(STATEMENTS[i].year, 12, 31)),
                               .division = registering->builder->city->code };
        if (!REGISTER(registering, KIND_STATEMENT, &entry, error, V_WORD(STATEMENTS[i].zh), V_WORD(STATEMENTS[i].en),
                      V_WORD(STATEMENTS[i].kind), V_INT(STATEMENTS[i].numerator), V_INT(STATEMENTS[i].denominator),
                      V_WORD(STATEMENTS[i].source), V_WORD(""))) {
            return false;
        }
    }
    return true;
}

bool register_activities(struct registering *registering, struct error *error)
{
    static const struct {
        int year;
        uint32_t events, participants, trainings, attendances;
    } YEARS[] = {
        { 2021, 31, 48200, 18, 74000 },
        { 2022, 36, 61500, 22, 92000 },
        { 2023, 0, 0, 0, 0 }, /* lived: year.h. Only the counties' events are added here */
        { 2024, 57, 118300, 29, 126500 },
        { 2025, 60, 126900, 31, 131200 },
    };
    for (size_t y = 0; y < sizeof YEARS / sizeof *YEARS; y++) {
        if (!add_events(registering, YEARS[y].year, YEARS[y].events, YEARS[y].participants, error) ||
            !add_trainings(registering, YEARS[y].year, YEARS[y].trainings, YEARS[y].attendances, error)) {
            return false;
        }
    }
    return add_meetings(registering, error) && add_statements(registering, error);
}
