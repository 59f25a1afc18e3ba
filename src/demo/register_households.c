/* What the forecast stands on: children by community and month of birth as public security counted them, who came to
 * primary and junior school from each community, and homes that are being built.
 *
 * One story runs through all of it. For every year there are so many entrants in the city (ENTRANTS), and every
 * community has its part of them: as in the year of the rounds, but towns grow by moves and villages shrink, each at
 * its own pace. Who will enter in a year is born in the twelve months that end with its August six years before, and
 * is counted from then on: earlier counts of a growing community find fewer, for some have not moved there yet. Some
 * of those who are counted go elsewhere. So a forecast from an old count has something to be right or wrong about. */
#include "demo/register.h"

#include "base/clock.h"

enum {
    FIRST_YEAR = 2014, /* of entering primary school */
    ROUND_YEAR = 2026,
    LAST_YEAR = 2032,
    YEARS = LAST_YEAR - FIRST_YEAR + 1,
    KEPT_FROM = 2017,      /* the first year of which entrants are known */
    ELSEWHERE = 150,       /* of ten thousand who are counted; they enter outside the county */
    PRIVATE = 550,         /* of entrants */
    JUNIOR_STAY = 9870,    /* of who entered primary school here: enter junior school here */
    DWELLINGS_IN_TOWNS = 9 /* one town community in so many is being built on */
};

/* Of the full city: 58,000 in 2023 and in 2026; the births of later years are fewer. */
static const uint32_t ENTRANTS[YEARS] = { 53800, 54600, 55300, 56000, 56600, 56300, 56000, 59600, 61500, 58000,
                                          57600, 57900, 58000, 56800, 55200, 52700, 49900, 47300, 45800 };

/* Days of counting: one a year, so that the forecast can be tried on as many past years. */
static const struct {
    int year, month, day;
} COUNTS[] = { { 2016, 11, 1 }, { 2017, 11, 1 }, { 2018, 11, 1 }, { 2019, 11, 1 }, { 2020, 11, 1 },
               { 2021, 11, 1 }, { 2022, 11, 1 }, { 2023, 11, 1 }, { 2024, 11, 1 }, { 2025, 11, 1 } };
enum { NCOUNTS = sizeof COUNTS / sizeof *COUNTS };

struct households {
    struct registering *registering;
    int32_t *pace;    /* of each community: growth a year, in ten thousand */
    uint32_t *at_age; /* community × YEARS: who enters primary school in the year, here or elsewhere */
};

static uint32_t *of_year(const struct households *households, size_t community, int year)
{
    return &households->at_age[community * YEARS + (size_t)(year - FIRST_YEAR)];
}

/* Parts of the communities in a year. */
static void share_year(struct households *households, int year)
{
    struct registering *registering = households->registering;
    const struct land *land = registering->builder->land;
    uint32_t *weights = ARENA_ARRAY(registering->arena, uint32_t, land->ncommunities);
    uint32_t *parts = ARENA_ARRAY(registering->arena, uint32_t, land->ncommunities);
    for (size_t i = 0; i < land->ncommunities; i++) {
        struct dice dice = dice_of(land->seed, "children of year", i * 64 + (uint64_t)(year - FIRST_YEAR));
        int64_t growth = 10000 + households->pace[i] * (int64_t)(year - ROUND_YEAR);
        int64_t children = land->communities[i].children[STAGE_PRIMARY] * INT64_C(100);
        int64_t spread = children / 8 + 40;
        int64_t weight = (children * (growth > 3000 ? growth : 3000)) / 10000 +
                         (year == ROUND_YEAR ? 0 : dice_around(&dice, spread));
        weights[i] = weight > 0 ? (uint32_t)weight : 0;
    }
    land_share(registering->arena, register_scaled(registering, ENTRANTS[year - FIRST_YEAR]), weights,
               land->ncommunities, parts);
    for (size_t i = 0; i < land->ncommunities; i++) {
        *of_year(households, i, year) = parts[i];
    }
}

static void prepare(struct households *households)
{
    struct registering *registering = households->registering;
    const struct land *land = registering->builder->land;
    households->pace = ARENA_ARRAY(registering->arena, int32_t, land->ncommunities);
    households->at_age = ARENA_ARRAY(registering->arena, uint32_t, land->ncommunities * YEARS);
    for (size_t i = 0; i < land->ncommunities; i++) {
        struct dice dice = dice_of(land->seed, "pace", i);
        households->pace[i] = (int32_t)((land->communities[i].town ? 210 : -130) + dice_around(&dice, 160));
    }
    for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
        share_year(households, year);
    }
}

/* ---- Counts by month of birth ---- */

enum { MONTHS = 12 };

/* The children of a community that will enter in a year, by month of birth from September on, as they live there
 * `early` years before. */
static void months_of(const struct households *households, size_t community, int year, int early, uint32_t *months)
{
    struct dice dice = dice_of(households->registering->builder->land->seed, "months of birth",
                               community * 64 + (uint64_t)(year - FIRST_YEAR));
    uint32_t enter = *of_year(households, community, year);
    /* With those who will go elsewhere; and less (or more) what moves do until then. */
    uint32_t all = enter + (uint32_t)((enter * ELSEWHERE + dice_below(&dice, 10000)) / 10000);
    int64_t now =
        (int64_t)all * (10000 - households->pace[community] * (int64_t)early) + (int64_t)dice_below(&dice, 10000);
    uint32_t n = now > 0 ? (uint32_t)(now / 10000) : 0;
    for (uint32_t i = 0; i < n; i++) {
        months[dice_below(&dice, MONTHS)]++;
    }
}

static bool put_count(struct households *households, size_t community, int64_t month, size_t count, uint32_t children,
                      struct dice *dice, struct error *error)
{
    const struct builder *builder = households->registering->builder;
    int64_t day = day_of(COUNTS[count].year, COUNTS[count].month, COUNTS[count].day);
    int64_t registered = 0;
    unsigned share = builder->land->communities[community].town ? 8700 : 9750;
    for (uint32_t i = 0; i < children; i++) {
        registered += dice_chance(dice, share);
    }
    return db_run(builder->writing->db, error,
                  "insert into household_count (community, birth_month, counted_on, recorded_at, children, registered) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6)",
                  V_INT(builder->communities[community]), V_INT(month), V_INT(day),
                  V_INT(day_start_ms(day + 12) + 9 * 3600 * 1000), V_INT(children), V_INT(registered));
}

/* Children who are not at school yet, down to those born in the month before. */
static bool count_community(struct households *households, size_t community, size_t count, struct error *error)
{
    struct dice dice = dice_of(households->registering->builder->land->seed, "registered", community * 16 + count);
    int64_t last_month = COUNTS[count].year * INT64_C(12) + COUNTS[count].month - 2;
    for (int year = COUNTS[count].year + 1; year <= LAST_YEAR && year <= COUNTS[count].year + 7; year++) {
        uint32_t months[MONTHS] = { 0 };
        months_of(households, community, year, year - COUNTS[count].year, months);
        for (int m = 0; m < MONTHS; m++) {
            int64_t month = (year - 7) * INT64_C(12) + 8 + m;
            if (months[m] && month <= last_month &&
                !put_count(households, community, month, count, months[m], &dice, error)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Entrants ---- */

static bool put_entrants(struct households *households, size_t community, enum stage stage, int year, uint32_t entrants,
                         struct dice *dice, struct error *error)
{
    const struct builder *builder = households->registering->builder;
    int64_t in_private = 0;
    for (uint32_t i = 0; i < entrants; i++) {
        in_private += dice_chance(dice, PRIVATE);
    }
    return entrants == 0 || db_run(builder->writing->db, error,
                                   "insert into entrant_count (community, stage, year, entrants, private) values (?1, "
                                   "?2, ?3, ?4, ?5)",
                                   V_INT(builder->communities[community]), V_WORD(stage_id(stage)), V_INT(year),
                                   V_INT(entrants), V_INT(in_private));
}

static bool enter_community(struct households *households, size_t community, struct error *error)
{
    struct dice dice = dice_of(households->registering->builder->land->seed, "entrants", community);
    for (int year = KEPT_FROM; year < ROUND_YEAR; year++) {
        if (!put_entrants(households, community, STAGE_PRIMARY, year, *of_year(households, community, year), &dice,
                          error)) {
            return false;
        }
    }
    for (int year = FIRST_YEAR + 6; year < ROUND_YEAR; year++) {
        /* Six years on: who stayed, and what moves did since. */
        int64_t before = *of_year(households, community, year - 6);
        int64_t stay = JUNIOR_STAY + households->pace[community] * INT64_C(6) / 2;
        uint32_t entrants = (uint32_t)((before * stay + (int64_t)dice_below(&dice, 10000)) / 10000);
        if (!put_entrants(households, community, STAGE_JUNIOR, year, entrants, &dice, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Homes ---- */

static bool build_homes(struct households *households, size_t community, struct error *error)
{
    const struct builder *builder = households->registering->builder;
    struct dice dice = dice_of(builder->land->seed, "homes", community);
    if (!builder->land->communities[community].town || dice_below(&dice, DWELLINGS_IN_TOWNS) != 0) {
        return true;
    }
    return db_run(builder->writing->db, error,
                  "insert into new_dwelling (community, homes, handed_over, recorded_at) values (?1, ?2, ?3, ?4)",
                  V_INT(builder->communities[community]), V_INT(dice_between(&dice, 6, 45) * 20),
                  V_INT(day_of((int)dice_between(&dice, 2026, 2030), (int)dice_between(&dice, 1, 12), 28)),
                  V_INT(day_start_ms(register_last_day()) + 9 * 3600 * 1000));
}

bool register_households(struct registering *registering, struct error *error)
{
    struct households households = { .registering = registering };
    size_t n = registering->builder->land->ncommunities;
    prepare(&households);
    for (size_t count = 0; count < NCOUNTS; count++) {
        for (size_t i = 0; i < n; i++) {
            if (!count_community(&households, i, count, error)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!enter_community(&households, i, error) || !build_homes(&households, i, error)) {
            return false;
        }
    }
    return true;
}
