/* Education groups, alliances, pairings, consortia, communities, partnerships of vocational schools, with members.
 *
 * On the last day of 2023: 53 groups and 72 alliances of compulsory schooling, which reach 468 of the 634 rural
 * compulsory schools: 73.82 %. (The published 73.89 % fits no number of schools; nothing here is bent to print it.) */
#include "demo/register.h"

#include "base/clock.h"

#include <stdlib.h>

enum {
    GROUPS = 53,
    ALLIANCES = 72,
    GROUPS_BEFORE = 38, /* of them by the end of 2022 */
    ALLIANCES_BEFORE = 50,
    DISSOLVED = 2, /* that had been there and ended in 2023 */
    LATER = 6,     /* in 2024 */
    RURAL_COVERED = 468,
    RURAL_LATER = 41, /* that joined in 2024 and 2025 */
    PAIRINGS = 140,
    PARTNERS = 330, /* enterprises that work with vocational schools */
    PARTNERS_LATER = 24,
    PARTNERS_ENDED = 9 /* until 2022 */
};

struct group {
    const char *kind, *stage;
    struct str code, zh, en;
    uint32_t county;
    const struct division *division;
    int64_t from, ended;
};

static bool put_group(struct registering *registering, struct group *group, const char *start, size_t number,
                      struct error *error)
{
    group->code = arena_printf(registering->arena, "%s%04zu", start, number);
    struct entry entry = { .code = group->code,
                           .from = group->from,
                           .ended = group->ended,
                           .load = LOADS,
                           .division = group->division->code };
    return REGISTER(registering, KIND_GROUP, &entry, error, V_TEXT(group->zh), V_TEXT(group->en), V_WORD(group->kind),
                    V_WORD(group->stage), V_TEXT(arena_printf(registering->arena, "示例教〔%zu〕号", number)));
}

struct membership {
    int64_t from, ended;
    enum load load;
    const char *role;
};

static bool put_member(struct registering *registering, const struct group *group, const struct demo_institution *one,
                       struct membership membership, struct error *error)
{
    int64_t from = membership.from > one->from ? membership.from : one->from;
    int64_t ended = membership.ended ? membership.ended : group->ended;
    struct entry entry = { .code = arena_printf(registering->arena, "MB%07lld",
                                                (long long)(registering->subjects[KIND_MEMBER] + 1)),
                           .from = from > group->from ? from : group->from,
                           .ended = ended,
                           .load = membership.load,
                           .division = one->division->code,
                           .institution = one->id };
    return REGISTER(registering, KIND_MEMBER, &entry, error, V_TEXT(group->code), V_WORD(membership.role));
}

/* ---- Compulsory schooling ---- */

struct cover {
    struct registering *registering;
    struct dice dice;
    struct group *groups; /* those that stand on the last day of 2023 come first */
    size_t n, standing;
    size_t *rural, nrural; /* schools by index in the list, in an order by chance */
    size_t *town, ntown;
};

static bool is_compulsory(const struct demo_institution *one)
{
    return one->school && school_is_compulsory(one->school);
}

static void sort_schools(struct cover *cover)
{
    struct registering *registering = cover->registering;
    size_t all = registering->schools.n, of = all;
    size_t *order = register_draw(registering, &cover->dice, all, &of);
    cover->rural = ARENA_ARRAY(registering->arena, size_t, all);
    cover->town = ARENA_ARRAY(registering->arena, size_t, all);
    for (size_t i = 0; i < all; i++) {
        const struct demo_institution *one = &registering->list[order[i]];
        if (is_compulsory(one) && one->place_kind[0] == '2') {
            cover->rural[cover->nrural++] = order[i];
        } else if (is_compulsory(one)) {
            cover->town[cover->ntown++] = order[i];
        }
    }
}

static bool add_group(struct cover *cover, bool alliance, int year, bool ended, struct error *error)
{
    struct registering *registering = cover->registering;
    const struct demo_institution *lead = &registering->list[cover->town[cover->n % cover->ntown]];
    struct group *group = &cover->groups[cover->n];
    *group = (struct group){
        .kind = alliance ? "alliance" : "education_group",
        .stage = "compulsory",
        .county = lead->county,
        .division = registering->builder->land->counties[lead->county].division,
        .zh = arena_printf(registering->arena, "%.*s%s", STR_ARG(lead->name.zh), alliance ? "教育联盟" : "教育集团"),
        .en = arena_printf(registering->arena, "%s of %.*s", alliance ? "Alliance" : "Group", STR_ARG(lead->name.en)),
        .from = day_of(year, (int)dice_between(&cover->dice, 3, 11), 1),
        .ended = ended ? day_of(2023, (int)dice_between(&cover->dice, 2, 8), 1) : 0,
    };
    struct membership leads = { .from = group->from, .load = LOADS, .role = "lead" };
    cover->n++;
    return put_group(registering, group, alliance ? "EA" : "EG", cover->n, error) &&
           put_member(registering, group, lead, leads, error);
}

static bool add_compulsory_groups(struct cover *cover, struct error *error)
{
    struct registering *registering = cover->registering;
    static const struct {
        size_t all, before;
    } SORTS[2] = { { GROUPS, GROUPS_BEFORE }, { ALLIANCES, ALLIANCES_BEFORE } };
    cover->groups =
        ARENA_ARRAY(registering->arena, struct group, register_scaled(registering, GROUPS + ALLIANCES) * 2 + 32);
    for (int alliance = 0; alliance < 2; alliance++) {
        size_t n = register_scaled(registering, SORTS[alliance].all);
        size_t before = register_scaled(registering, SORTS[alliance].before);
        for (size_t i = 0; i < n; i++) {
            int year = i >= before ? 2023 : (int)dice_between(&cover->dice, 2018, 2022);
            if (!add_group(cover, alliance == 1, year, false, error)) {
                return false;
            }
        }
    }
    cover->standing = cover->n;
    size_t dissolved = register_scaled(registering, DISSOLVED), later = register_scaled(registering, LATER);
    for (size_t i = 0; i < dissolved + later; i++) {
        if (!add_group(cover, i % 2 == 1, i < dissolved ? 2019 : 2024, i < dissolved, error)) {
            return false;
        }
    }
    return true;
}

/* A group of the school's county among those that stand; where it has none, any. */
static const struct group *group_for(struct cover *cover, uint32_t county)
{
    size_t first = (size_t)dice_below(&cover->dice, cover->standing);
    for (size_t i = 0; i < cover->standing; i++) {
        const struct group *group = &cover->groups[(first + i) % cover->standing];
        if (group->county == county) {
            return group;
        }
    }
    return &cover->groups[first];
}

/* The rural schools that are reached; later ones; those in the towns, some of which were written down late. */
static bool add_members(struct cover *cover, struct error *error)
{
    struct registering *registering = cover->registering;
    size_t covered = register_scaled(registering, RURAL_COVERED);
    size_t later = register_scaled(registering, RURAL_LATER);
    for (size_t i = 0; i < covered + later && i < cover->nrural; i++) {
        const struct demo_institution *one = &registering->list[cover->rural[i]];
        const struct group *group = group_for(cover, one->county);
        int64_t last = day_of(2023, 12, 1);
        struct membership membership = { .load = LOADS, .role = "member" };
        membership.from = i >= covered ? day_of(2024 + (int)(i % 2), (int)dice_between(&cover->dice, 3, 9), 1)
                                       : group->from + (int64_t)dice_below(&cover->dice, 400);
        if (i < covered && membership.from > last) {
            membership.from = group->from;
        }
        if (!put_member(registering, group, one, membership, error)) {
            return false;
        }
    }
    for (size_t i = cover->n % cover->ntown, n = 0; n < cover->ntown / 2; n++, i = (i + 1) % cover->ntown) {
        const struct demo_institution *one = &registering->list[cover->town[i]];
        const struct group *group = group_for(cover, one->county);
        struct membership membership = { .from = group->from,
                                         .load = n % 40 == 7 ? LOAD_CORRECTION : LOADS,
                                         .role = "member" };
        if (!put_member(registering, group, one, membership, error)) {
            return false;
        }
    }
    return true;
}

/* A school of a town and one of a village help each other: no group, so they count for no coverage. */
static bool add_pairings(struct cover *cover, struct error *error)
{
    struct registering *registering = cover->registering;
    size_t n = register_scaled(registering, PAIRINGS);
    for (size_t i = 0; i < n; i++) {
        const struct demo_institution *far = &registering->list[cover->rural[(cover->nrural - 1 - i) % cover->nrural]];
        const struct demo_institution *near = &registering->list[cover->town[i * 3 % cover->ntown]];
        struct group group = {
            .kind = "pairing",
            .stage = "compulsory",
            .division = registering->builder->land->counties[far->county].division,
            .zh = arena_printf(registering->arena, "%.*s—%.*s结对", STR_ARG(near->name.zh), STR_ARG(far->name.zh)),
            .en = arena_printf(registering->arena, "%.*s with %.*s", STR_ARG(near->name.en), STR_ARG(far->name.en)),
            .from = day_of((int)dice_between(&cover->dice, 2020, 2023), 9, 10),
        };
        if (!put_group(registering, &group, "PR", i + 1, error) ||
            !put_member(registering, &group, near, (struct membership){ .load = LOADS, .role = "lead" }, error) ||
            !put_member(registering, &group, far, (struct membership){ .load = LOADS, .role = "partner" }, error)) {
            return false;
        }
    }
    return true;
}

/* ---- Vocational schools and enterprises ---- */

struct joint {
    const char *kind, *code, *zh, *en;
    size_t n, schools, enterprises; /* how many; members of each */
    int first_year, last_year;
};

static bool add_joint(struct registering *registering, const struct joint *joint, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, joint->kind, 1);
    size_t schools = registering->secondary.n + registering->new_secondary.n + registering->colleges.n;
    for (size_t i = 0; i < joint->n; i++) {
        const struct demo_institution *lead = &registering->list[registering->colleges.first + i % 2];
        if (joint->schools == 1) {
            lead = &registering->list[registering->secondary.first + i * 3 % schools];
        }
        struct group group = {
            .kind = joint->kind,
            .stage = "vocational",
            .division = city_division(registering->builder->city, registering->builder->city->code),
            .zh = arena_printf(registering->arena, "示例%s%zu", joint->zh, i + 1),
            .en = arena_printf(registering->arena, "Sample %s %zu", joint->en, i + 1),
            .from = day_of((int)dice_between(&dice, joint->first_year, joint->last_year),
                           (int)dice_between(&dice, 3, 11), 1),
        };
        if (!put_group(registering, &group, joint->code, i + 1, error) ||
            !put_member(registering, &group, lead, (struct membership){ .load = LOADS, .role = "lead" }, error)) {
            return false;
        }
        for (size_t k = 1; k < joint->schools; k++) {
            const struct demo_institution *one =
                &registering->list[registering->secondary.first + (i * 5 + k) % registering->secondary.n];
            if (one != lead &&
                !put_member(registering, &group, one, (struct membership){ .load = LOADS, .role = "member" }, error)) {
                return false;
            }
        }
        for (size_t k = 0; k < joint->enterprises; k++) {
            /* Of those that are partners of a school anyway. */
            size_t at = (i * 11 + k) % register_scaled(registering, PARTNERS);
            const struct demo_institution *one =
                &registering->list[registering->enterprises.first + at % registering->enterprises.n];
            if (!put_member(registering, &group, one, (struct membership){ .load = LOADS, .role = "partner" }, error)) {
                return false;
            }
        }
    }
    return true;
}

/* Each vocational school with its enterprises: 330 of them on the last day of 2023. */
static bool add_partners(struct registering *registering, struct error *error)
{
    struct dice dice = dice_of(registering->builder->land->seed, "partners", 0);
    size_t schools = registering->secondary.n + registering->new_secondary.n + registering->colleges.n;
    struct group *groups = ARENA_ARRAY(registering->arena, struct group, schools);
    for (size_t i = 0; i < schools; i++) {
        const struct demo_institution *lead = &registering->list[registering->secondary.first + i];
        groups[i] = (struct group){
            .kind = "school_enterprise",
            .stage = "vocational",
            .division = lead->division,
            .zh = arena_printf(registering->arena, "%.*s校企合作", STR_ARG(lead->name.zh)),
            .en = arena_printf(registering->arena, "Enterprises with %.*s", STR_ARG(lead->name.en)),
            .from = lead->from,
        };
        if (!put_group(registering, &groups[i], "SE", i + 1, error) ||
            !put_member(registering, &groups[i], lead, (struct membership){ .load = LOADS, .role = "lead" }, error)) {
            return false;
        }
    }
    size_t partners = register_scaled(registering, PARTNERS), later = register_scaled(registering, PARTNERS_LATER);
    size_t ended = register_scaled(registering, PARTNERS_ENDED), all = partners + later + ended;
    for (size_t i = 0; i < all && i < registering->enterprises.n; i++) {
        const struct demo_institution *one = &registering->list[registering->enterprises.first + i];
        bool is_later = i >= partners && i < partners + later, has_ended = i >= partners + later;
        struct membership membership = { .load = LOADS, .role = "partner" };
        membership.from = day_of(is_later ? 2024 : (int)dice_between(&dice, 2018, has_ended ? 2020 : 2023),
                                 (int)dice_between(&dice, 1, 11), 10);
        membership.ended = has_ended ? day_of(2022, 12, 1) : 0;
        for (size_t k = 0; k < (i % 9 == 4 ? 2u : 1u); k++) {
            /* The new schools begin with the others' experience: theirs join once they are there. */
            const struct group *group = &groups[(i + k * 7) % (has_ended ? registering->secondary.n : schools)];
            if (!put_member(registering, group, one, membership, error)) {
                return false;
            }
        }
    }
    return true;
}

/* Suppliers bring meals to the schools that have no canteen. */
static bool add_meals(struct registering *registering, struct error *error)
{
    size_t n = registering->suppliers.n, next = 0;
    struct group *groups = ARENA_ARRAY(registering->arena, struct group, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct demo_institution *lead = &registering->list[registering->suppliers.first + i];
        groups[i] = (struct group){
            .kind = "meal_supply",
            .stage = "any",
            .division = lead->division,
            .zh = arena_printf(registering->arena, "%.*s供餐学校", STR_ARG(lead->name.zh)),
            .en = arena_printf(registering->arena, "Schools supplied by %.*s", STR_ARG(lead->name.en)),
            .from = lead->from,
        };
        if (!put_group(registering, &groups[i], "MS", i + 1, error) ||
            !put_member(registering, &groups[i], lead, (struct membership){ .load = LOADS, .role = "lead" }, error)) {
            return false;
        }
    }
    for (size_t i = 0, canteen = 0; n && i < registering->schools.n; i++) {
        const struct demo_institution *one = &registering->list[registering->schools.first + i];
        /* Canteens stand in the order of their schools. */
        if (canteen < registering->canteens.n &&
            registering->list[registering->canteens.first + canteen].school == one->school) {
            canteen++;
        } else if (one->until == DAY_OPEN &&
                   !put_member(registering, &groups[next++ % n], one,
                               (struct membership){ .from = day_of(2022, 9, 1), .load = LOADS, .role = "partner" },
                               error)) {
            return false;
        }
    }
    return true;
}

bool register_groups(struct registering *registering, struct error *error)
{
    static const struct joint JOINTS[] = {
        { "city_consortium", "CC", "市域产教联合体", "City Consortium", 2, 5, 12, 2022, 2023 },
        { "national_community", "NC", "产教融合共同体", "Industry-Education Community", 3, 3, 10, 2022, 2023 },
        { "voc_group", "VG", "职业教育集团", "Vocational Education Group", 1, 14, 15, 2019, 2019 },
        { "voc_alliance", "VA", "职教联盟", "Vocational Alliance", 10, 4, 5, 2019, 2023 },
        { "industry_college", "IC", "产业学院", "Industry College", 15, 1, 2, 2020, 2023 },
    };
    struct cover cover = { .registering = registering, .dice = dice_of(registering->builder->land->seed, "groups", 0) };
    sort_schools(&cover);
    for (size_t i = 0; i < sizeof JOINTS / sizeof *JOINTS; i++) {
        if (!add_joint(registering, &JOINTS[i], error)) {
            return false;
        }
    }
    return add_partners(registering, error) && add_compulsory_groups(&cover, error) && add_members(&cover, error) &&
           add_pairings(&cover, error) && add_meals(registering, error);
}
