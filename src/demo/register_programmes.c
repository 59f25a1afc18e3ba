/* Programmes of the demo's register: majors and groups of them, through-training points, open courses, apprenticeships,
 * lifelong-learning brands, competitive sports. */
#include "demo/register.h"

#include "base/clock.h"

/* On the last day of 2023; few enough to be the same at any size but where it says scaled. */
enum {
    PATHWAYS = 46,
    PATHWAYS_TO_DEGREE = 9,
    OPEN_COURSES = 100,
    APPRENTICESHIPS = 10,
    LIFELONG_BRANDS = 4,
    MAJORS_EACH = 6 /* of a vocational school */
};

/* Majors with their codes of the national list of 2021. */
static const struct {
    const char *code, *zh, *en;
} MAJORS[] = {
    { "610102", "作物生产技术", "Crop production" },
    { "630103", "建筑工程施工", "Construction" },
    { "660102", "机械加工技术", "Machining" },
    { "660103", "数控技术应用", "Numerical control" },
    { "660301", "机电技术应用", "Mechatronics" },
    { "660303", "工业机器人技术应用", "Industrial robots" },
    { "700206", "汽车运用与维修", "Car maintenance" },
    { "700209", "新能源汽车运用与维修", "Electric cars" },
    { "710201", "计算机应用", "Computing" },
    { "710202", "计算机网络技术", "Networks" },
    { "710205", "大数据技术应用", "Big data" },
    { "720301", "护理", "Nursing" },
    { "730301", "会计事务", "Accounting" },
    { "730701", "电子商务", "E-commerce" },
    { "740201", "中餐烹饪", "Chinese cooking" },
    { "740104", "旅游服务与管理", "Tourism" },
    { "750101", "艺术设计与制作", "Art and design" },
    { "770101", "幼儿保育", "Nursery care" },
};
enum { NMAJORS = sizeof MAJORS / sizeof *MAJORS };

/* The first eleven were there at the start of 2023. */
static const struct {
    const char *zh, *en;
} SPORTS[] = {
    { "田径", "Athletics" },      { "游泳", "Swimming" },
    { "举重", "Weightlifting" },  { "摔跤", "Wrestling" },
    { "柔道", "Judo" },           { "拳击", "Boxing" },
    { "跆拳道", "Taekwondo" },    { "射击", "Shooting" },
    { "乒乓球", "Table tennis" }, { "篮球", "Basketball" },
    { "足球", "Football" },       { "羽毛球", "Badminton" },
    { "排球", "Volleyball" },     { "沙滩排球", "Beach volleyball" },
    { "网球", "Tennis" },         { "赛艇", "Rowing" },
    { "皮划艇", "Canoeing" },     { "龙舟", "Dragon boat" },
    { "射箭", "Archery" },        { "击剑", "Fencing" },
    { "武术", "Wushu" },          { "自行车", "Cycling" },
    { "攀岩", "Climbing" },       { "轮滑", "Skating" },
};
enum { NSPORTS = sizeof SPORTS / sizeof *SPORTS, OLD_SPORTS = 11 };

struct programme {
    const char *kind, *code; /* start of its code */
    size_t number;
    struct str zh, en;
    const char *major, *leads_to;
    struct str partner;
    int64_t years, places, from, ended;
};

static bool put(struct registering *registering, const struct demo_institution *of, const struct programme *programme,
                struct error *error)
{
    const struct builder *builder = registering->builder;
    struct entry entry = { .code = arena_printf(registering->arena, "%s%05zu", programme->code, programme->number),
                           .from = programme->from,
                           .ended = programme->ended,
                           .load = LOADS,
                           .division = of ? of->division->code : builder->city->code,
                           .institution = of ? of->id : 0 };
    return REGISTER(registering, KIND_PROGRAMME, &entry, error, V_TEXT(programme->zh), V_TEXT(programme->en),
                    V_WORD(programme->kind), V_WORD(programme->major ? programme->major : ""),
                    V_WORD(programme->leads_to ? programme->leads_to : ""), V_TEXT(programme->partner),
                    V_INT(programme->years), V_INT(programme->places));
}

/* The i-th vocational institution: secondary ones, new ones, colleges. */
static const struct demo_institution *vocational_school(const struct registering *registering, size_t i)
{
    return &registering->list[registering->secondary.first + i];
}

static bool add_majors(struct registering *registering, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "majors", 0);
    size_t schools = registering->secondary.n + registering->new_secondary.n + registering->colleges.n, number = 0;
    for (size_t s = 0; s < schools; s++) {
        const struct demo_institution *of = vocational_school(registering, s);
        bool college = of->kind[0] == '4';
        size_t first = (size_t)dice_below(&dice, NMAJORS);
        for (size_t i = 0; i < MAJORS_EACH + (college ? 8u : 0); i++) {
            size_t major = (first + i) % NMAJORS;
            struct programme programme = { .kind = "major",
                                           .code = "MJ",
                                           .number = ++number,
                                           .zh = str_of(MAJORS[major].zh),
                                           .en = str_of(MAJORS[major].en),
                                           .major = MAJORS[major].code,
                                           .years = 3,
                                           .places = dice_between(&dice, 1, 5) * 50,
                                           .from = of->from };
            if (!put(registering, of, &programme, error)) {
                return false;
            }
        }
    }
    return true;
}

/* In numbers that grow over the years: up to `until_2023` by the last day of 2023, `later` after it. */
struct growth {
    const char *kind, *code, *zh, *en;
    size_t opening, in_2021, in_2022, in_2023, later; /* how many began when */
    bool of_secondary;
};

static int64_t begun(const struct growth *growth, size_t i, struct dice *dice)
{
    size_t sums[] = { growth->opening, growth->in_2021, growth->in_2022, growth->in_2023, growth->later };
    static const int YEARS[] = { 2020, 2021, 2022, 2023, 2024 };
    size_t k = 0;
    for (; k < 4 && i >= sums[k]; k++) {
        i -= sums[k];
    }
    return day_of(YEARS[k], (int)dice_between(dice, 3, 11), 1);
}

static bool grow_kind(struct registering *registering, const struct growth *growth, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, growth->kind, 0);
    size_t n = growth->opening + growth->in_2021 + growth->in_2022 + growth->in_2023 + growth->later;
    size_t schools = growth->of_secondary
                         ? registering->secondary.n
                         : registering->secondary.n + registering->new_secondary.n + registering->colleges.n;
    bool pathway = str_is(str_of(growth->kind), "pathway");
    bool apprentices = str_is(str_of(growth->kind), "apprenticeship");
    for (size_t i = 0; i < n; i++) {
        const struct demo_institution *of = vocational_school(registering, i * 5 % schools);
        int64_t from = begun(growth, i, &dice);
        size_t major = (i * 7 + 3) % NMAJORS;
        struct programme programme = {
            .kind = growth->kind,
            .code = growth->code,
            .number = i + 1,
            .zh = arena_printf(registering->arena, "%s%s%zu", MAJORS[major].zh, growth->zh, i + 1),
            .en = arena_printf(registering->arena, "%s: %s %zu", MAJORS[major].en, growth->en, i + 1),
            .major = MAJORS[major].code,
            .from = from > of->from ? from : of->from,
        };
        if (pathway) {
            programme.leads_to = i % 5 == 2 && i < PATHWAYS_TO_DEGREE * 5 ? "degree" : "college";
            programme.partner = registering->list[registering->colleges.first + i % registering->colleges.n].code;
            programme.years = programme.leads_to[0] == 'd' ? 7 : 5;
            programme.places = 50;
        } else if (apprentices) {
            programme.partner = registering->list[registering->enterprises.first + i % registering->enterprises.n].code;
            programme.years = 3;
            programme.places = dice_between(&dice, 2, 6) * 40;
        }
        if (!put(registering, of, &programme, error)) {
            return false;
        }
    }
    return true;
}

static bool add_few(struct registering *registering, struct error *error)
{
    static const char *const BRANDS[] = { "示例社区书院", "示例老年学堂", "示例非遗课堂", "示例乡村夜校" };
    static const char *const BRANDS_EN[] = { "Sample Community Academy", "Sample School for Seniors",
                                             "Sample Heritage Class", "Sample Village Evening School" };
    for (size_t i = 0; i < LIFELONG_BRANDS; i++) {
        struct programme programme = { .kind = "lifelong_brand",
                                       .code = "LB",
                                       .number = i + 1,
                                       .zh = str_of(BRANDS[i]),
                                       .en = str_of(BRANDS_EN[i]),
                                       .from = day_of(2019 + (int)i % 3, 4, 1) };
        if (!put(registering, NULL, &programme, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        struct programme programme = { .kind = "major_group",
                                       .code = "MG",
                                       .number = i + 1,
                                       .zh = i ? STR("智能制造专业群（示例）") : STR("现代服务专业群（示例）"),
                                       .en = i ? STR("Smart manufacturing (sample)") : STR("Modern services (sample)"),
                                       .from = day_of(2020, 9, 1) };
        if (!put(registering, vocational_school(registering, i), &programme, error)) {
            return false;
        }
    }
    return true;
}

static bool add_sports(struct registering *registering, struct error *error)
{
    registering->sports = ARENA_ARRAY(registering->arena, struct str, NSPORTS);
    registering->nsports = NSPORTS;
    registering->nold_sports = OLD_SPORTS;
    for (size_t i = 0; i < NSPORTS; i++) {
        struct programme programme = { .kind = "sport",
                                       .code = "SD",
                                       .number = i + 1,
                                       .zh = str_of(SPORTS[i].zh),
                                       .en = str_of(SPORTS[i].en),
                                       .from =
                                           i < OLD_SPORTS ? day_of(2015, 1, 1) : day_of(2023, 2 + (int)(i % 7), 1) };
        registering->sports[i] = arena_printf(registering->arena, "SD%05zu", i + 1);
        if (!put(registering, NULL, &programme, error)) {
            return false;
        }
    }
    return true;
}

bool register_programmes(struct registering *registering, struct error *error)
{
    static const struct growth GROWTH[] = {
        { "pathway", "PW", "贯通培养点", "through training", 18, 9, 9, PATHWAYS - 36, 6, true },
        { "open_course", "OC", "在线开放课", "open course", 30, 14, 22, OPEN_COURSES - 66, 25, false },
        { "apprenticeship", "AP", "现代学徒制试点", "modern apprenticeship", 6, 1, 2, APPRENTICESHIPS - 9, 2, true },
    };
    for (size_t i = 0; i < sizeof GROWTH / sizeof *GROWTH; i++) {
        if (!grow_kind(registering, &GROWTH[i], error)) {
            return false;
        }
    }
    return add_majors(registering, error) && add_few(registering, error) && add_sports(registering, error);
}
