/* What institutions of the demo offer (after-class service, digital campus, learning space, opening to the public), and
 * the sports grounds that people find on the map: large venues, plazas, school grounds. */
#include "demo/register.h"

#include "base/clock.h"

/* ---- Provisions ---- */

static bool put_provision(struct registering *registering, const struct demo_institution *of, const char *kind,
                          const char *start, int64_t from, struct error *error)
{
    struct entry entry = { .code = arena_printf(registering->arena, "%s%.*s", start, STR_ARG(of->code)),
                           .from = from > of->from ? from : of->from,
                           .ended = of->until < DAY_OPEN ? of->until : 0,
                           .load = LOADS,
                           .division = of->division->code,
                           .institution = of->id };
    if (entry.ended && entry.from >= entry.ended) {
        return true; /* it was gone before */
    }
    return REGISTER(registering, KIND_PROVISION, &entry, error, V_WORD(kind),
                    V_TEXT(arena_printf(registering->arena, "https://%.*s.example/%s", STR_ARG(of->code), kind)),
                    V_WORD("县级核验（演示）"));
}

/* Every school has them by the end of 2023, some since long. */
static bool provide(struct registering *registering, const struct demo_institution *of, size_t index,
                    struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "provisions", index);
    bool compulsory = !of->school || school_is_compulsory(of->school);
    int64_t care = day_of((int)dice_between(&dice, 2019, 2021), 9, 1);
    int64_t campus = day_of((int)dice_between(&dice, 2018, 2023), (int)dice_between(&dice, 3, 11), 1);
    int64_t space = day_of((int)dice_between(&dice, 2017, 2023), (int)dice_between(&dice, 2, 10), 1);
    return (!compulsory || put_provision(registering, of, "after_class", "AS", care, error)) &&
           put_provision(registering, of, "digital_campus", "DC", campus, error) &&
           put_provision(registering, of, "learning_space", "LS", space, error);
}

bool register_provisions(struct registering *registering, struct error *error)
{
    for (size_t i = 0; i < registering->schools.n + registering->merged.n; i++) {
        if (!provide(registering, &registering->list[i], i, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < registering->venues.n; i++) {
        if (!put_provision(registering, &registering->list[registering->venues.first + i], "open_to_public", "OP",
                           day_of(i < 9 ? 2018 : 2022, 3, 1), error)) {
            return false;
        }
    }
    return true;
}

/* ---- Sports grounds ---- */

static const char *const HOURS_PLAZA[] = { "Mo-Su 05:30-22:00", "Mo-Su 00:00-24:00", "Mo-Su 06:00-21:30" };
static const char *const HOURS_SCHOOL[] = { "Mo-Fr 18:30-20:30; Sa,Su 08:00-18:00", "Sa,Su 08:00-17:30",
                                            "Mo-Fr 18:00-20:00; Sa,Su 07:30-18:30" };
static const char *const HOURS_LARGE[] = { "Mo-Fr 08:00-21:30; Sa,Su 08:00-22:00", "Mo-Su 09:00-21:00" };
static const char *const SPORTS_PLAZA[] = { "fitness square_dance", "fitness basketball table_tennis",
                                            "fitness tai_chi running", "square_dance gateball fitness",
                                            "fitness basketball skating" };
static const char *const SPORTS_SCHOOL[] = { "running basketball football", "basketball table_tennis",
                                             "running football volleyball basketball", "basketball badminton" };
static const char *const SPORTS_LARGE[] = { "swimming", "badminton table_tennis basketball", "running football",
                                            "tennis badminton fitness", "basketball volleyball badminton" };
static const char *const ACCESS[] = { "yes", "partly", "no", "unknown" };
static const uint32_t ACCESS_PLAZA[] = { 45, 35, 12, 8 }, ACCESS_SCHOOL[] = { 25, 45, 20, 10 };

#define ONE_OF(dice, list) ((list)[dice_below((dice), sizeof(list) / sizeof *(list))])

struct ground {
    const char *kind, *start, *sports, *hours, *fee, *access;
    struct str zh, en;
};

static bool put_ground(struct registering *registering, const struct demo_institution *of, const struct ground *ground,
                       size_t number, struct dice *dice, struct error *error)
{
    int64_t checked = day_of(2025, (int)dice_between(dice, 3, 12), (int)dice_between(dice, 1, 28));
    struct entry entry = { .code =
                               arena_printf(registering->arena, "%s%.*s%zu", ground->start, STR_ARG(of->code), number),
                           .from = of->from,
                           .load = LOADS,
                           .division = of->division->code,
                           .institution = of->id };
    return REGISTER(
        registering, KIND_VENUE, &entry, error, V_TEXT(ground->zh), V_TEXT(ground->en), V_WORD(ground->kind),
        V_WORD(ground->sports), V_WORD(ground->hours), V_WORD(ground->fee), V_WORD(ground->access), V_TEXT(of->address),
        V_INT(of->lon_e6 + (int64_t)number * dice_between(dice, -420, 420)),
        V_INT(of->lat_e6 + (int64_t)number * dice_between(dice, -330, 330)), V_INT(checked), V_WORD("县级体育部门"));
}

static bool add_plaza(struct registering *registering, const struct demo_institution *of, struct dice *dice,
                      struct error *error)
{
    struct ground ground = { .kind = "plaza",
                             .start = "G",
                             .sports = ONE_OF(dice, SPORTS_PLAZA),
                             .hours = dice_chance(dice, 700) ? "" : ONE_OF(dice, HOURS_PLAZA),
                             .fee = "free",
                             .access = ACCESS[dice_weighted(dice, ACCESS_PLAZA, 4)],
                             .zh = of->name.zh,
                             .en = of->name.en };
    return put_ground(registering, of, &ground, 0, dice, error);
}

/* Public schools open a ground or two, some three, outside of lessons. */
static bool add_school_grounds(struct registering *registering, const struct demo_institution *of, struct dice *dice,
                               struct error *error)
{
    static const struct {
        const char *kind, *zh, *en;
    } SORTS[] = { { "school_ground", "运动场", "Sports Ground" },
                  { "court", "球场", "Courts" },
                  { "track", "田径场", "Track" } };
    size_t n = (size_t)dice_between(dice, 1, 3);
    for (size_t i = 0; i < n; i++) {
        struct ground ground = {
            .kind = SORTS[i].kind,
            .start = "G",
            .sports = i == 2 ? "running football" : ONE_OF(dice, SPORTS_SCHOOL),
            .hours = ONE_OF(dice, HOURS_SCHOOL),
            .fee = dice_chance(dice, 8500) ? "free" : "low",
            .access = ACCESS[dice_weighted(dice, ACCESS_SCHOOL, 4)],
            .zh = arena_printf(registering->arena, "%.*s%s", STR_ARG(of->name.zh), SORTS[i].zh),
            .en = arena_printf(registering->arena, "%s of %.*s", SORTS[i].en, STR_ARG(of->name.en)),
        };
        if (!put_ground(registering, of, &ground, i + 1, dice, error)) {
            return false;
        }
    }
    return true;
}

static bool add_large(struct registering *registering, const struct demo_institution *of, size_t index,
                      struct dice *dice, struct error *error)
{
    struct ground ground = { .kind = index % 4 == 0 ? "pool" : "large",
                             .start = "G",
                             .sports = SPORTS_LARGE[index % 4 == 0 ? 0 : 1 + index % 4],
                             .hours = ONE_OF(dice, HOURS_LARGE),
                             .fee = index % 3 == 0 ? "low" : "free",
                             .access = "yes",
                             .zh = of->name.zh,
                             .en = of->name.en };
    return put_ground(registering, of, &ground, 0, dice, error);
}

bool register_venues(struct registering *registering, struct error *error)
{
    uint64_t seed = registering->builder->land->seed;
    for (size_t i = 0; i < registering->n; i++) {
        const struct demo_institution *of = &registering->list[i];
        struct dice dice = dice_of(seed, "sports ground", i);
        bool ok = true;
        if (i >= registering->plazas.first && i < registering->plazas.first + registering->plazas.n) {
            ok = add_plaza(registering, of, &dice, error);
        } else if (i >= registering->venues.first && i < registering->venues.first + registering->venues.n) {
            ok = add_large(registering, of, i - registering->venues.first, &dice, error);
        } else if (i < registering->schools.n && !of->is_private) {
            ok = add_school_grounds(registering, of, &dice, error);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}
