/* See people.h. */
#include "demo/people.h"

#include "base/citizen.h"
#include "base/clock.h"
#include "demo/dice.h"
#include "demo/names.h"

enum {
    TWINS = 110,            /* pairs in ten thousand families */
    ELDERS = 900,           /* families with an elder child at the catchment's school */
    SECOND_ACCOUNTS = 4500, /* families in which both guardians have an account */
    ONE_GUARDIAN = 300,
    SHARED_DWELLINGS = 500, /* of bought ones: from a family that uses the dwelling's place for its own child */
    POLICY_GROUP = 130,
    DISABLED = 60,
    FLAW_LEAST = 4,             /* families with each flaw at any size */
    FIRST_DAY_BACK = 110 * 366, /* people are at most as old as this */
};

/* In ten thousand; town, then village. */
static const uint32_t SITUATION_SHARES[2][SITUATIONS] = {
    [true] = { [LIVES_OWN_ALL] = 5350,
               [LIVES_OWN_PART] = 900,
               [LIVES_GRANDPARENTS] = 850,
               [LIVES_RENTED] = 500,
               [LIVES_BOUGHT] = 850,
               [LIVES_BOUGHT_NEW] = 200,
               [LIVES_OUTSIDE_OWN] = 350,
               [LIVES_PERMIT_WORK] = 700,
               [LIVES_PERMIT_TRADE] = 300 },
    [false] = { [LIVES_OWN_ALL] = 6500,
                [LIVES_OWN_PART] = 850,
                [LIVES_GRANDPARENTS] = 2250,
                [LIVES_RENTED] = 120,
                [LIVES_BOUGHT] = 120,
                [LIVES_OUTSIDE_OWN] = 60,
                [LIVES_PERMIT_WORK] = 70,
                [LIVES_PERMIT_TRADE] = 30 },
};

const uint32_t FLAW_SHARES[FLAWS] = {
    [FLAW_TITLE_NUMBER] = 30,   [FLAW_OWNER] = 25,         [FLAW_SEVERAL_OWNERS] = 90, [FLAW_TITLE_KIND] = 15,
    [FLAW_NOT_COMMERCIAL] = 15, [FLAW_REJECTED] = 800,     [FLAW_BOOKS] = 20,          [FLAW_NOT_PARENT] = 12,
    [FLAW_MOVED] = 10,          [FLAW_ELSEWHERE] = 15,     [FLAW_NO_RECORD] = 30,      [FLAW_NO_BIRTH] = 10,
    [FLAW_UNDER_AGE] = 6,       [FLAW_WRONG_STAGE] = 4,    [FLAW_SHORT_WORK] = 200,    [FLAW_OLD_PERMIT] = 200,
    [FLAW_UNREGISTERED] = 250,  [FLAW_SILENT] = 12,        [FLAW_PAPER_DIFFERS] = 10,  [FLAW_PAPER_WRONG] = 8,
    [FLAW_PAPER_BLURRED] = 10,  [FLAW_PAPER_NO_FIRST] = 8, [FLAW_PAPER_FORGED] = 3,
};

/* ---- The list ---- */

struct people *people_new(struct arena *arena, const struct land *land, const struct schools *schools, int64_t today,
                          int64_t primary_latest)
{
    struct people *people = ARENA_NEW(arena, struct people);
    *people = (struct people){ .arena = arena,
                               .land = land,
                               .schools = schools,
                               .seed = land->seed,
                               .today = today,
                               .primary_latest = primary_latest };
    size_t most = 0;
    for (size_t i = 0; i < land->ncommunities; i++) {
        most += land->communities[i].children[STAGE_PRIMARY] + land->communities[i].children[STAGE_JUNIOR];
    }
    people->list = arena_array(arena, most, sizeof *people->list);
    for (uint32_t i = 0; i < land->ncommunities; i++) {
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            for (uint32_t left = land->communities[i].children[stage]; left > 0;) {
                struct dice dice = dice_of(land->seed, "twins", people->n);
                uint8_t children = left > 1 && dice_chance(&dice, TWINS) ? 2 : 1;
                people->list[people->n].community = i;
                people->list[people->n].stage = (uint8_t)stage;
                people->list[people->n++].children = children;
                left -= children;
            }
        }
    }
    people->order = ARENA_ARRAY(arena, uint32_t, people->n);
    struct dice dice = dice_of(land->seed, "order of coming", 0);
    for (uint32_t i = 0; i < people->n; i++) {
        uint32_t k = (uint32_t)dice_below(&dice, i + 1);
        people->order[i] = people->order[k];
        people->order[k] = i;
    }
    people->taken = ARENA_ARRAY(arena, uint16_t, (FIRST_DAY_BACK + 1) * 2);
    return people;
}

/* ---- Persons ---- */

/* The next free number of that day and sex: 500 in each of the divisions 999999, 999998 … */
static struct str new_citizen(struct people *people, struct arena *arena, int64_t birth, bool male)
{
    size_t day = (size_t)(people->today - birth);
    uint16_t taken = people->taken[(day < FIRST_DAY_BACK ? day : FIRST_DAY_BACK) * 2 + male]++;
    int year, month, day_of_month;
    day_parts(birth, &year, &month, &day_of_month);
    struct str number = arena_printf(arena, "%06d%04d%02d%02d%03d", 999999 - taken / 500, year, month, day_of_month,
                                     taken % 500 * 2 + male);
    return arena_printf(arena, "%.*s%c", STR_ARG(number), citizen_check_character(number));
}

static struct person new_person(struct people *people, struct arena *arena, struct dice *dice, size_t surname,
                                bool male, int64_t birth)
{
    return (struct person){
        .citizen = new_citizen(people, arena, birth, male),
        .name = name_person(arena, surname, (size_t)dice_below(dice, names_given())),
        .male = male,
        .birth = birth,
    };
}

/* Primary: six by the day of the rules; junior: six years older. Within a year, evenly. */
static int64_t birthday(const struct people *people, struct dice *dice, enum stage stage, bool too_young)
{
    int64_t latest = people->primary_latest - (stage == STAGE_JUNIOR ? 6 * 365 + 1 : 0);
    return too_young ? latest + dice_between(dice, 20, 200) : latest - dice_between(dice, 0, 364);
}

static void make_persons(struct people *people, struct arena *arena, struct dice *dice, struct family *family)
{
    size_t surname = (size_t)dice_below(dice, names_surnames());
    int64_t birth = birthday(people, dice, family->stage, family->too_young);
    for (size_t i = 0; i < family->nchildren; i++) {
        family->children[i] = new_person(people, arena, dice, surname, dice_chance(dice, 5180), birth);
    }
    family->nguardians = dice_chance(dice, ONE_GUARDIAN) ? 1 : 2;
    bool father_first = dice_chance(dice, 5200);
    for (size_t i = 0; i < family->nguardians; i++) {
        bool male = (i == 0) == father_first;
        size_t own = male ? surname : (size_t)dice_below(dice, names_surnames());
        family->guardians[i] =
            new_person(people, arena, dice, own, male, birth - dice_between(dice, 23 * 365, 38 * 365));
        family->relation[i] = male ? "father" : "mother";
        family->account[i] = i == 0 || dice_chance(dice, SECOND_ACCOUNTS);
        family->phone[i] = arena_printf(arena, "1000%07u", family->number * 2 + (unsigned)i);
    }
    if (family->situation == LIVES_GRANDPARENTS || family->situation == LIVES_OWN_PART) {
        family->grandparent =
            new_person(people, arena, dice, surname, true, birth - dice_between(dice, 48 * 365, 66 * 365));
    }
    const struct demo_catchment *catchment =
        &people->schools->catchments[people->schools->home[family->stage][family->community]];
    if (dice_chance(dice, ELDERS)) {
        int64_t older = dice_between(dice, 365 + 30, family->stage == STAGE_PRIMARY ? 5 * 365 : 2 * 365);
        family->elder = new_person(people, arena, dice, surname, dice_chance(dice, 5180), birth - older);
        family->elder_school = catchment->schools[dice_below(dice, catchment->nschools)];
    }
}

/* ---- Dwellings and books ---- */

/* The address of the number-th home of a community: no two are the same. */
static struct str home_address(const struct people *people, struct arena *arena, uint32_t community, uint32_t home)
{
    const struct land *land = people->land;
    const struct land_community *place = &land->communities[community];
    const struct division *township = land->townships[place->township].division;
    const struct division *county = land->counties[place->county].division;
    if (!place->town) {
        return arena_printf(arena, "%.*s%.*s%.*s%u号", STR_ARG(county->name.zh), STR_ARG(township->name.zh),
                            STR_ARG(place->name.zh), home + 1);
    }
    return arena_printf(arena, "%.*s%.*s%.*s%u号楼%u单元%u%02u室", STR_ARG(county->name.zh), STR_ARG(township->name.zh),
                        STR_ARG(place->name.zh), home / 24 + 1, home / 12 % 2 + 1, home / 2 % 6 + 1, home % 2 + 1);
}

/* Homes are numbered as families are; those of books elsewhere come after them. */
static uint32_t first_of(const struct people *people, uint32_t community)
{
    size_t low = 0, high = people->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (people->list[middle].community < community) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

/* A household book in another community of the county. */
static void register_elsewhere(const struct people *people, struct arena *arena, struct dice *dice,
                               struct family *family)
{
    const struct land_community *home = &people->land->communities[family->community];
    const struct land_county *county = &people->land->counties[home->county];
    uint32_t other = county->first_community + (uint32_t)dice_below(dice, county->ncommunities);
    family->household_community = other;
    family->household_division = people->land->townships[people->land->communities[other].township].division->code;
    family->household_address = home_address(people, arena, other, 100000 + family->number);
}

static void register_household(const struct people *people, struct arena *arena, struct dice *dice,
                               struct family *family)
{
    /* Counties around the city. */
    static const char *const OUTSIDE[] = { "370124", "371427", "130535", "130434", "410923", "410926", "370830" };
    family->book = arena_printf(arena, "99%08u", family->number);
    switch (family->situation) {
    case LIVES_BOUGHT:
    case LIVES_BOUGHT_NEW:
        register_elsewhere(people, arena, dice, family);
        break;
    case LIVES_OUTSIDE_OWN:
    case LIVES_PERMIT_WORK:
    case LIVES_PERMIT_TRADE:
        family->household_community = MESH_NONE;
        family->household_division = str_of(OUTSIDE[dice_below(dice, sizeof OUTSIDE / sizeof *OUTSIDE)]);
        break;
    default:
        family->household_community = family->community;
        family->household_division =
            people->land->townships[people->land->communities[family->community].township].division->code;
        family->household_address = family->address;
    }
}

static struct owner owner_of(const struct person *person, unsigned percent)
{
    return (struct owner){ person->citizen, person->name, percent };
}

static void own(struct dice *dice, struct family *family)
{
    bool both = family->nguardians > 1 && family->account[1] && dice_chance(dice, 5500);
    family->nowners = both ? 2 : 1;
    family->owners[0] = owner_of(&family->guardians[0], both ? 50 : 100);
    family->owners[1] = both ? owner_of(&family->guardians[1], 50) : (struct owner){ 0 };
}

static void give_dwelling(struct arena *arena, struct dice *dice, bool town, struct family *family)
{
    static const char *const OTHER_KINDS[] = { "resettlement", "unit_housing", "self_built" };
    family->dwelling_kind = town ? STR("commercial") : STR("self_built");
    if (town && dice_chance(dice, 900)) {
        family->dwelling_kind = str_of(OTHER_KINDS[dice_below(dice, 3)]);
    }
    int serial = (int)family->number;
    switch (family->situation) {
    case LIVES_GRANDPARENTS:
        family->nowners = 1;
        family->owners[0] = owner_of(&family->grandparent, 100);
        break;
    case LIVES_OWN_PART:
        family->nowners = 2;
        family->owners[0] = owner_of(&family->guardians[0], (unsigned)dice_between(dice, 2, 6) * 10);
        family->owners[1] = owner_of(&family->grandparent, 100 - family->owners[0].percent);
        break;
    case LIVES_RENTED:
        family->title_number = arena_printf(arena, "示租备2025第%07d号", serial);
        return;
    case LIVES_PERMIT_WORK:
    case LIVES_PERMIT_TRADE:
        family->title_number = arena_printf(arena, "示居%09d", serial);
        return;
    case LIVES_BOUGHT_NEW:
        family->dwelling_kind = STR("commercial");
        family->title_number = arena_printf(arena, "示预售2025第%07d号", serial);
        own(dice, family);
        return;
    default:
        own(dice, family);
    }
    family->title_number = arena_printf(arena, "鲁(2019)示例不动产权第%07d号", serial);
}

static void give_work(struct arena *arena, struct dice *dice, struct family *family)
{
    bool trade =
        family->situation == LIVES_PERMIT_TRADE || (family->situation == LIVES_BOUGHT && dice_chance(dice, 3000));
    bool needed = family->situation >= LIVES_RENTED;
    if (trade) {
        family->licence = arena_printf(arena, "示执照%09u", family->number);
    } else if (needed || dice_chance(dice, 4000)) {
        family->employer = name_employer(arena, (size_t)dice_below(dice, 600));
        family->pension_months = (unsigned)dice_between(dice, 14, 160);
    }
}

/* ---- What is wrong ---- */

static bool flaw_possible(const struct family *family, enum flaw flaw)
{
    enum situation lives = family->situation;
    bool own_rules = family->policy_group || family->disabled; /* their categories ask for other papers */
    bool titled = !own_rules && (lives == LIVES_OWN_ALL || lives == LIVES_OWN_PART || lives == LIVES_GRANDPARENTS ||
                                 lives == LIVES_BOUGHT || lives == LIVES_OUTSIDE_OWN);
    bool here = family->household_community == family->community;
    bool commercial = str_is(family->dwelling_kind, "commercial");
    switch (flaw) {
    case FLAW_TITLE_NUMBER:
    case FLAW_OWNER:
    case FLAW_ELSEWHERE:
    case FLAW_NO_RECORD:
    case FLAW_SILENT:
    case FLAW_PAPER_DIFFERS:
    case FLAW_PAPER_WRONG:
    case FLAW_PAPER_BLURRED:
    case FLAW_PAPER_FORGED:
        return titled;
    case FLAW_TITLE_KIND:
        return titled && commercial;
    case FLAW_NOT_COMMERCIAL:
        return titled && !commercial;
    case FLAW_SEVERAL_OWNERS:
        return titled && family->nowners > 1;
    case FLAW_BOOKS:
    case FLAW_MOVED:
    case FLAW_PAPER_NO_FIRST:
        return here;
    case FLAW_UNDER_AGE:
    case FLAW_WRONG_STAGE:
        return family->stage == STAGE_PRIMARY && family->nchildren == 1;
    case FLAW_SHORT_WORK:
        return family->pension_months > 0 && lives >= LIVES_RENTED;
    case FLAW_OLD_PERMIT:
        return lives == LIVES_PERMIT_WORK || lives == LIVES_PERMIT_TRADE;
    case FLAW_UNREGISTERED:
        return lives == LIVES_RENTED;
    case FLAW_REJECTED:
        return family->policy_group;
    case FLAW_NOT_PARENT:
    case FLAW_NO_BIRTH:
        return true;
    case FLAW_NONE:
    case FLAWS:
        break;
    }
    return false;
}

/* By the shares; and the first families that can have a flaw which few have yet get it, so that a city of any size
 * shows each: in counties that are open, as the flaws of closed ones are decided already, but for the two that end in a
 * refusal. */
static enum flaw choose_flaw(struct people *people, const struct family *family, struct dice *dice)
{
    bool closed = people->closed && people->closed[people->land->communities[family->community].county];
    for (int flaw = 1; flaw < FLAWS; flaw++) {
        bool refused = flaw == FLAW_UNDER_AGE || flaw == FLAW_WRONG_STAGE;
        bool missing = (!closed || refused) && people->flaws[flaw] < FLAW_LEAST && dice_chance(dice, 3000);
        bool falls = dice_chance(dice, FLAW_SHARES[flaw]);
        if ((missing || falls) && flaw_possible(family, (enum flaw)flaw)) {
            people->flaws[flaw] += !closed || refused;
            return (enum flaw)flaw;
        }
    }
    return FLAW_NONE;
}

static enum progress choose_progress(struct dice *dice)
{
    /* 97 % have submitted, some hundreds of the full city are drafts, the rest has not begun. */
    static const uint32_t SHARES[] = {
        [STOPS_BEFORE] = 255, [STOPS_CONSENT] = 12, [STOPS_DWELLING] = 14, [STOPS_CHOICES] = 19, [STOPS_NEVER] = 9700
    };
    return (enum progress)dice_weighted(dice, SHARES, sizeof SHARES / sizeof *SHARES);
}

/* ---- Families ---- */

static void make(struct people *people, struct arena *arena, struct family *family, uint32_t home, struct dice *dice)
{
    bool town = people->land->communities[family->community].town;
    family->situation = (enum situation)dice_weighted(dice, SITUATION_SHARES[town], SITUATIONS);
    family->policy_group = dice_chance(dice, POLICY_GROUP);
    family->disabled = dice_chance(dice, DISABLED);
    make_persons(people, arena, dice, family);
    family->address = home_address(people, arena, family->community, home);
    give_dwelling(arena, dice, town, family);
    register_household(people, arena, dice, family);
    give_work(arena, dice, family);
}

void people_family(struct people *people, struct arena *arena, uint32_t number, struct family *out)
{
    struct dice dice = dice_of(people->seed, "family", number);
    *out = (struct family){ .number = number,
                            .stage = (enum stage)people->list[number].stage,
                            .community = people->list[number].community,
                            .nchildren = people->list[number].children,
                            .shared_with = MESH_NONE };
    uint32_t home = number - first_of(people, out->community);
    make(people, arena, out, home, &dice);
    /* The dwelling of the family before, bought from it: its place for these years is used. */
    bool same = number > 0 && people->list[number - 1].community == out->community &&
                people->list[number - 1].stage == (uint8_t)out->stage;
    if (same && out->situation == LIVES_BOUGHT && dice_chance(&dice, SHARED_DWELLINGS)) {
        out->shared_with = number - 1;
        out->address = home_address(people, arena, out->community, home - 1);
    }
    out->flaw = choose_flaw(people, out, &dice);
    out->progress = choose_progress(&dice);
    if (out->flaw != FLAW_NONE) {
        out->progress = STOPS_NEVER;
    }
    if (out->flaw == FLAW_NOT_PARENT) {
        out->relation[0] = "other";
    }
}

void people_extra(struct people *people, struct arena *arena, uint32_t community, enum stage stage, uint32_t number,
                  enum extra extra, struct family *out)
{
    struct dice dice = dice_of(people->seed, "extra family", number);
    *out = (struct family){ .number = (uint32_t)people->n + number,
                            .stage = stage,
                            .community = community,
                            .nchildren = extra == EXTRA_TWINS ? 2 : 1,
                            .shared_with = MESH_NONE,
                            .too_young = extra == EXTRA_TOO_YOUNG,
                            .progress = STOPS_BEFORE };
    make(people, arena, out, 50000 + number, &dice);
}
