/* Divisions, institutions and campuses of the demo's register. */
#include "demo/register.h"

#include "base/clock.h"
#include "demo/names.h"

/* On the last day of 2023, in the full city. */
enum {
    KINDERGARTENS = 1527,
    KINDERGARTENS_BEGUN_2023 = 21, /* so that there were 1,526 a year before */
    KINDERGARTENS_ENDED_2023 = 20,
    KINDERGARTENS_ENDED_2024 = 26, /* and afterwards */
    KINDERGARTENS_ENDED_2025 = 38,
    KINDERGARTENS_BEGUN_2024 = 4,
    MERGED_2022 = 6, /* village schools that went into others */
    MERGED_2023 = 5,
    SECONDARY = 14, /* in the scope of the national standard */
    NEW_SECONDARY = 5,
    COLLEGES = 2,
    SPECIAL = 9,
    REHABILITATION = 3,
    BASES = 2,
    SUPPLIERS = 46,
    ENTERPRISES = 620,
    LARGE_VENUES = 12,
    PLAZAS = 760,
    CANTEENS_IN_TEN_THOUSAND = 7400,
    RENAMED = 8
};

/* ---- Divisions ---- */

bool register_divisions(struct registering *registering, struct error *error)
{
    static const char *const LEVELS[] = { "city", "county", "township" };
    const struct city *city = registering->builder->city;
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        struct entry entry = {
            .code = division->code, .from = register_first_day(), .load = LOADS, .division = division->code
        };
        if (!REGISTER(registering, KIND_DIVISION, &entry, error, V_TEXT(division->name.zh), V_TEXT(division->name.en),
                      V_TEXT(division->parent), V_WORD(LEVELS[division->level]))) {
            return false;
        }
    }
    return true;
}

/* ---- Adding an institution ---- */

static struct demo_institution *next(struct registering *registering, const char *kind, const char *code_start)
{
    if (registering->n == registering->room) {
        return NULL;
    }
    struct demo_institution *one = &registering->list[registering->n++];
    *one = (struct demo_institution){ .kind = kind, .place_kind = "", .until = DAY_OPEN };
    if (code_start) {
        one->code = arena_printf(registering->arena, "%s%06zu", code_start, 920000 + registering->n);
    }
    return one;
}

/* Puts it somewhere in a community. */
static bool settle(struct registering *registering, struct demo_institution *one, uint32_t community, struct dice *dice,
                   struct error *error)
{
    const struct land *land = registering->builder->land;
    const struct land_community *place = &land->communities[community];
    const struct division *township = land->townships[place->township].division;
    one->community = community;
    one->county = place->county;
    one->division = township;
    one->place_kind = community_place_kind(land, community);
    one->address = arena_printf(registering->arena, "%.*s%.*s%.*s%.*s%lld号",
                                STR_ARG(land->counties[place->county].division->name.zh), STR_ARG(township->name.zh),
                                STR_ARG(place->name.zh), STR_ARG(place->road), (long long)dice_between(dice, 1, 299));
    struct point decimetres = { place->at.east * 10 + dice_between(dice, -900, 900),
                                place->at.north * 10 + dice_between(dice, -900, 900) };
    return frame_degrees(registering->frame, decimetres, &one->lon_e6, &one->lat_e6, error);
}

/* Days at which people open something: the first of a month. */
static int64_t some_day(struct dice *dice, int first_year, int last_year)
{
    return day_of((int)dice_between(dice, first_year, last_year), (int)dice_between(dice, 1, 12), 1);
}

static void begin(struct demo_institution *one, int64_t founded)
{
    one->founded = founded;
    one->from = founded > register_first_day() ? founded : register_first_day();
}

/* A community by where people live: towns more than villages. */
static uint32_t somewhere(const struct registering *registering, struct dice *dice, uint32_t county, bool town)
{
    const struct land *land = registering->builder->land;
    const struct land_county *in = &land->counties[county];
    uint32_t first = in->first_community + (uint32_t)dice_below(dice, in->ncommunities);
    for (uint32_t i = 0; i < in->ncommunities; i++) {
        uint32_t at = in->first_community + (first - in->first_community + i) % in->ncommunities;
        if (land->communities[at].town == town) {
            return at;
        }
    }
    return first;
}

/* Shares n over the counties by children. */
static uint32_t *over_counties(const struct registering *registering, size_t n)
{
    const struct land *land = registering->builder->land;
    uint32_t *weights = ARENA_ARRAY(registering->arena, uint32_t, land->ncounties);
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, land->ncounties);
    for (size_t c = 0; c < land->ncounties; c++) {
        weights[c] = land->counties[c].children;
    }
    land_share(registering->arena, n, weights, land->ncounties, parts);
    return parts;
}

/* ---- Schools ---- */

static void add_schools(struct registering *registering)
{
    const struct land *land = registering->builder->land;
    const struct schools *schools = registering->builder->schools;
    registering->schools.first = registering->n;
    for (size_t i = 0; i < schools->n; i++) {
        const struct school *school = &schools->items[i];
        struct dice dice = dice_of(land->seed, "school founded", i);
        struct demo_institution *one = next(registering, school_kind_code(school->kind), NULL);
        *one = (struct demo_institution){ .id = school->id,
                                          .kind = one->kind,
                                          .code = school->code,
                                          .name = school->name,
                                          .county = school->county,
                                          .community = school->community,
                                          .division =
                                              land->townships[land->communities[school->community].township].division,
                                          .place_kind = school->place_kind,
                                          .is_private = school->private_school,
                                          .until = DAY_OPEN,
                                          .lon_e6 = school->lon_e6,
                                          .lat_e6 = school->lat_e6,
                                          .address = school->address,
                                          .school = school };
        int year = (int)dice_between(&dice, school->private_school ? 1998 : 1950, 2019);
        begin(one, day_of(year, 9, 1));
    }
    registering->schools.n = registering->n - registering->schools.first;
}

/* Village schools that were there in 2021 and went into others since. */
static bool add_merged(struct registering *registering, struct error *error)
{
    const struct land *land = registering->builder->land;
    registering->merged.first = registering->n;
    size_t before = register_scaled(registering, MERGED_2022), n = before + register_scaled(registering, MERGED_2023);
    for (size_t i = 0; i < n; i++) {
        struct dice dice = dice_of(land->seed, "merged school", i);
        struct demo_institution *one = next(registering, "211", "2137");
        uint32_t county = (uint32_t)dice_below(&dice, land->ncounties);
        if (!settle(registering, one, somewhere(registering, &dice, county, false), &dice, error)) {
            return false;
        }
        const struct land_community *place = &land->communities[one->community];
        one->name.zh = arena_printf(registering->arena, "%.*s小学", STR_ARG(place->name.zh));
        one->name.en = arena_printf(registering->arena, "%.*s Primary School", STR_ARG(place->name.en));
        begin(one, day_of((int)dice_between(&dice, 1955, 1985), 9, 1));
        one->until = day_of(i < before ? 2022 : 2023, 9, 1);
    }
    registering->merged.n = n;
    return true;
}

static bool add_kindergarten(struct registering *registering, uint32_t county, uint32_t *counts, size_t i,
                             struct error *error)
{
    const struct land *land = registering->builder->land;
    struct dice dice = dice_of(land->seed, "kindergarten", i);
    struct demo_institution *one = next(registering, "111", "1137");
    one->is_private = dice_chance(&dice, 5200);
    bool town = dice_chance(&dice, one->is_private ? 6500 : 4000);
    if (!settle(registering, one, somewhere(registering, &dice, county, town), &dice, error)) {
        return false;
    }
    unsigned number = ++counts[land->communities[one->community].township];
    struct name place = name_place(registering->arena, one->division->name);
    one->name.zh =
        arena_printf(registering->arena, "%.*s%s第%.*s幼儿园", STR_ARG(place.zh), one->is_private ? "民办示例" : "示例",
                     STR_ARG(name_number(registering->arena, number % 100)));
    one->name.en = arena_printf(registering->arena, "%.*s %s Kindergarten No. %u", STR_ARG(place.en),
                                one->is_private ? "Private Sample" : "Sample", number);
    begin(one, some_day(&dice, 1988, 2020));
    return true;
}

/* The first of the list are the ones that begin and end around the day, the others stand all along. */
static bool add_kindergartens(struct registering *registering, struct error *error)
{
    static const struct {
        size_t n;
        int begun, ended;
    } LIVES[] = {
        { KINDERGARTENS_ENDED_2023, 0, 2023 }, { KINDERGARTENS_BEGUN_2023, 2023, 0 },
        { KINDERGARTENS_ENDED_2024, 0, 2024 }, { KINDERGARTENS_ENDED_2025, 0, 2025 },
        { KINDERGARTENS_BEGUN_2024, 2024, 0 },
    };
    const struct land *land = registering->builder->land;
    size_t ended = register_scaled(registering, KINDERGARTENS_ENDED_2023);
    size_t later = register_scaled(registering, KINDERGARTENS_BEGUN_2024);
    size_t n = register_scaled(registering, KINDERGARTENS) + ended + later, made = 0;
    uint32_t *parts = over_counties(registering, n);
    uint32_t *counts = ARENA_ARRAY(registering->arena, uint32_t, land->ntownships);
    registering->kindergartens.first = registering->n;
    for (uint32_t c = 0; c < land->ncounties; c++) {
        for (uint32_t i = 0; i < parts[c]; i++) {
            if (!add_kindergarten(registering, c, counts, made++, error)) {
                return false;
            }
        }
    }
    registering->kindergartens.n = n;
    struct dice dice = dice_of(land->seed, "lives of kindergartens", 0);
    size_t of = n;
    size_t *order = register_draw(registering, &dice, n, &of);
    for (size_t k = 0, i = 0; k < sizeof LIVES / sizeof *LIVES; k++) {
        for (size_t left = register_scaled(registering, LIVES[k].n); left > 0 && i < n; left--, i++) {
            struct demo_institution *one = &registering->list[registering->kindergartens.first + order[i]];
            if (LIVES[k].begun) {
                begin(one, day_of(LIVES[k].begun, (int)dice_between(&dice, 3, 9), 1));
            }
            if (LIVES[k].ended) {
                one->until = day_of(LIVES[k].ended, 8, 1);
            }
        }
    }
    return true;
}

/* ---- Those that are few ---- */

struct few {
    size_t n;
    bool scaled, town, is_private;
    const char *kind, *code, *zh, *en;
    int first_year, last_year; /* founded */
};

static bool add_few(struct registering *registering, const struct few *few, struct sort_of *sort, struct error *error)
{
    const struct land *land = registering->builder->land;
    size_t n = few->scaled ? register_scaled(registering, few->n) : few->n;
    uint32_t *parts = over_counties(registering, n), county = 0;
    sort->first = registering->n;
    sort->n = n;
    for (size_t i = 0; i < n; i++) {
        struct dice dice = dice_of(land->seed, few->en, i);
        while (county + 1 < land->ncounties && parts[county] == 0) {
            county++;
        }
        parts[county] -= parts[county] > 0;
        struct demo_institution *one = next(registering, few->kind, few->code);
        if (!settle(registering, one, somewhere(registering, &dice, county, few->town), &dice, error)) {
            return false;
        }
        const struct division *division = land->counties[one->county].division;
        one->is_private = few->is_private;
        one->name.zh = arena_printf(registering->arena, "%.*s示例%s%zu号", STR_ARG(division->name.zh), few->zh, i + 1);
        one->name.en =
            arena_printf(registering->arena, "%.*s Sample %s No. %zu", STR_ARG(division->name.en), few->en, i + 1);
        begin(one, some_day(&dice, few->first_year, few->last_year));
    }
    return true;
}

/* Secondary vocational schools of all sorts, then those founded since 2022, then the colleges. */
static bool add_vocational(struct registering *registering, struct error *error)
{
    static const char *const KINDS_OF[] = { "365", "362", "365", "366", "363", "365", "362",
                                            "366", "365", "365", "362", "366", "365", "366" };
    static const struct few SECONDARY_FEW = {
        SECONDARY, false, true, false, "365", "3637", "职业中等专业学校", "Vocational Secondary School", 1958, 2015
    };
    static const struct few NEW_FEW = {
        NEW_SECONDARY, false, true, true, "362", "3637", "新办中等专业学校", "New Vocational Secondary School",
        2022,          2022
    };
    static const struct few COLLEGE_FEW = { COLLEGES, false,  true,           false,
                                            "415",    "4137", "职业技术学院", "Vocational and Technical College",
                                            1999,     2012 };
    if (!add_few(registering, &SECONDARY_FEW, &registering->secondary, error) ||
        !add_few(registering, &NEW_FEW, &registering->new_secondary, error) ||
        !add_few(registering, &COLLEGE_FEW, &registering->colleges, error)) {
        return false;
    }
    for (size_t i = 0; i < registering->secondary.n; i++) {
        registering->list[registering->secondary.first + i].kind = KINDS_OF[i % (sizeof KINDS_OF / sizeof *KINDS_OF)];
    }
    for (size_t i = 0; i < registering->new_secondary.n; i++) {
        begin(&registering->list[registering->new_secondary.first + i], day_of(i < 3 ? 2022 : 2023, 8, 1));
    }
    return true;
}

static bool add_canteens(struct registering *registering, struct error *error)
{
    registering->canteens.first = registering->n;
    for (size_t i = 0; i < registering->schools.n; i++) {
        const struct demo_institution *school = &registering->list[registering->schools.first + i];
        struct dice dice = dice_of(registering->builder->land->seed, "canteen", i);
        if (!dice_chance(&dice, CANTEENS_IN_TEN_THOUSAND)) {
            continue;
        }
        struct demo_institution *one = next(registering, "canteen", "CT");
        if (!settle(registering, one, school->community, &dice, error)) {
            return false;
        }
        one->address = school->address;
        one->lon_e6 = school->lon_e6;
        one->lat_e6 = school->lat_e6;
        one->place_kind = school->place_kind;
        one->school = school->school;
        one->name.zh = arena_printf(registering->arena, "%.*s食堂", STR_ARG(school->name.zh));
        one->name.en = arena_printf(registering->arena, "Canteen of %.*s", STR_ARG(school->name.en));
        begin(one, some_day(&dice, 2005, 2019));
    }
    registering->canteens.n = registering->n - registering->canteens.first;
    return true;
}

static bool add_bureaus(struct registering *registering, struct error *error)
{
    const struct builder *builder = registering->builder;
    registering->bureaus.first = registering->n;
    for (uint32_t c = 0; c <= builder->land->ncounties; c++) {
        uint32_t county = c ? c - 1 : 0;
        const struct division *division =
            c ? builder->land->counties[county].division : city_division(builder->city, builder->city->code);
        struct dice dice = dice_of(builder->land->seed, "bureau", c);
        struct demo_institution *one = next(registering, "bureau", "BU");
        if (!settle(registering, one, builder->land->counties[county].first_community, &dice, error)) {
            return false;
        }
        one->division = division;
        one->name.zh = arena_printf(registering->arena, "%.*s教育和体育局（演示）", STR_ARG(division->name.zh));
        one->name.en =
            arena_printf(registering->arena, "%.*s Education and Sports Bureau (demo)", STR_ARG(division->name.en));
        begin(one, day_of(2019, 1, 1));
    }
    registering->bureaus.n = builder->land->ncounties + 1;
    return true;
}

static bool add_others(struct registering *registering, struct error *error)
{
    static const struct few FEW[] = {
        { SPECIAL, true, true, false, "514", "5137", "特殊教育学校", "Special School", 1985, 2015 },
        { REHABILITATION, true, true, false, "rehabilitation", "RH", "儿童康复机构",
          "Rehabilitation Institution for Children", 2012, 2019 },
        { BASES, false, true, false, "training_base", "TB", "公共实训基地", "Public Training Base", 2023, 2023 },
        { SUPPLIERS, true, true, true, "supplier", "SP", "配餐公司", "Meal Supplier", 2010, 2019 },
        { ENTERPRISES, true, true, true, "enterprise", "EN", "企业", "Enterprise", 1992, 2020 },
        { LARGE_VENUES, false, true, false, "venue", "VE", "公共体育场馆", "Public Sports Venue", 2001, 2019 },
        { PLAZAS, true, false, false, "fitness_plaza", "PL", "健身广场", "Fitness Plaza", 2008, 2020 },
    };
    struct sort_of *sorts[] = { &registering->special,   &registering->rehabilitation, &registering->bases,
                                &registering->suppliers, &registering->enterprises,    &registering->venues,
                                &registering->plazas };
    for (size_t i = 0; i < sizeof FEW / sizeof *FEW; i++) {
        if (!add_few(registering, &FEW[i], sorts[i], error)) {
            return false;
        }
    }
    for (size_t i = 0; i < registering->bases.n; i++) {
        begin(&registering->list[registering->bases.first + i], day_of(2023, 10, 1));
    }
    begin(&registering->list[registering->rehabilitation.first], day_of(2023, 5, 1));
    return true;
}

/* ---- Rows ---- */

/* The picture of today (schools stand there already) gives the number; what is no more keeps its row. */
static bool write_picture(struct registering *registering, struct demo_institution *one, struct error *error)
{
    const struct land_community *place = &registering->builder->land->communities[one->community];
    return one->id ||
           db_one_int(registering->builder->writing->db, error, &one->id, NULL,
                      "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, "
                      "address_zh, phone, east, north, lon_e6, lat_e6, listed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
                      "?9, ?10, ?11, ?12, ?13, 0) returning id",
                      V_TEXT(one->code), V_WORD(one->kind), V_WORD(one->is_private ? "private" : "public"),
                      V_WORD(one->place_kind), V_TEXT(one->division->code), V_TEXT(one->name.zh), V_TEXT(one->name.en),
                      V_TEXT(one->address), V_WORD(""), V_INT(place->at.east), V_INT(place->at.north),
                      V_INT(one->lon_e6), V_INT(one->lat_e6));
}

static bool write_fact(struct registering *registering, const struct demo_institution *one, struct entry entry,
                       struct name name, struct error *error)
{
    struct str phone = one->school && one->school->id == one->id ? one->school->phone : (struct str){ "", 0 };
    struct str parent = one->school && one->school->id != one->id ? one->school->code : (struct str){ "", 0 };
    entry.subject = one->id;
    entry.institution = one->id;
    entry.code = one->code;
    entry.division = one->division->code;
    return REGISTER(registering, KIND_INSTITUTION, &entry, error, V_TEXT(name.zh), V_TEXT(name.en), V_WORD(one->kind),
                    V_WORD(one->is_private ? "private" : "public"), V_WORD(one->place_kind), V_TEXT(one->address),
                    V_TEXT(phone), V_INT(one->founded), V_TEXT(parent), V_INT(one->lon_e6), V_INT(one->lat_e6));
}

/* Eight schools had another name until the autumn of 2024. */
static bool write_renamed(struct registering *registering, const struct demo_institution *one, struct error *error)
{
    int64_t day = day_of(2024, 9, 1);
    struct name old = { arena_printf(registering->arena, "%.*s联合学校", STR_ARG(one->division->name.zh)),
                        arena_printf(registering->arena, "%.*s Joint School", STR_ARG(one->division->name.en)) };
    return write_fact(registering, one, (struct entry){ .from = one->from, .ended = day, .load = LOADS }, old, error) &&
           write_fact(registering, one, (struct entry){ .from = day, .load = LOADS }, one->name, error);
}

static bool write_institutions(struct registering *registering, struct error *error)
{
    size_t every = registering->schools.n / register_scaled(registering, RENAMED) + 1;
    for (size_t i = 0; i < registering->n; i++) {
        struct demo_institution *one = &registering->list[i];
        bool renamed = i < registering->schools.n && i % every == every / 2;
        struct entry entry = { .from = one->from, .ended = one->until < DAY_OPEN ? one->until : 0, .load = LOADS };
        if (!write_picture(registering, one, error) ||
            !(renamed ? write_renamed(registering, one, error)
                      : write_fact(registering, one, entry, one->name, error))) {
            return false;
        }
    }
    return true;
}

bool register_institutions(struct registering *registering, struct error *error)
{
    registering->room = registering->builder->schools->n * 2 + 256 +
                        4 * register_scaled(registering, KINDERGARTENS + ENTERPRISES + PLAZAS);
    registering->list = arena_array(registering->arena, registering->room, sizeof *registering->list);
    add_schools(registering);
    return add_merged(registering, error) && add_kindergartens(registering, error) &&
           add_vocational(registering, error) && add_canteens(registering, error) && add_others(registering, error) &&
           add_bureaus(registering, error) && write_institutions(registering, error);
}

/* ---- Campuses ---- */

/* Land and floor by what is taught, in m²; of the larger schools a second campus. */
static bool write_site(struct registering *registering, const struct demo_institution *one, size_t index,
                       struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "campus", index);
    uint32_t places = 240;
    if (one->school) {
        places = 0;
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            places += one->school->classes[stage] * one->school->class_size[stage] * (stage ? 3 : 6);
        }
        places = places ? places : 2400;
    } else if (one->kind[0] == '3' || one->kind[0] == '4') {
        places = 3200;
    }
    int64_t land = 1500 + places * dice_between(&dice, 16, 24);
    int64_t floor = 500 + places * dice_between(&dice, 6, 11);
    struct entry entry = { .code = arena_printf(registering->arena, "%.*s-1", STR_ARG(one->code)),
                           .from = one->from,
                           .ended = one->until < DAY_OPEN ? one->until : 0,
                           .load = LOADS,
                           .division = one->division->code,
                           .institution = one->id };
    /* The land of some was measured again in the spring of 2024: it had been written down wrong. */
    bool wrong = one->school && index % 211 == 100 && !entry.ended;
    struct value values[] = {
        V_WORD("本部"),     V_WORD("Main campus"), V_TEXT(one->address), V_WORD("cgcs2000"), V_INT(one->lon_e6),
        V_INT(one->lat_e6), V_INT(one->lon_e6),    V_INT(one->lat_e6),   V_INT(land),        V_INT(floor),
        V_WORD("")
    };
    if (wrong) {
        return register_correct(registering, KIND_SITE, &entry, values, sizeof values / sizeof *values, 8,
                                V_INT(land * 10), error);
    }
    return register_put(registering, KIND_SITE, &entry, values, sizeof values / sizeof *values, error);
}

bool register_sites(struct registering *registering, struct error *error)
{
    for (size_t i = 0; i < registering->canteens.first; i++) {
        if (!write_site(registering, &registering->list[i], i, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < registering->special.n; i++) {
        size_t index = registering->special.first + i;
        if (!write_site(registering, &registering->list[index], index, error)) {
            return false;
        }
    }
    return true;
}
