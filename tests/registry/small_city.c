/* See small_city.h. */
#include "registry/small_city.h"

#include "base/clock.h"
#include "registry/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int city_throw(struct small_city *city, int sides)
{
    city->dice = city->dice * 6364136223846793005u + 1442695040888963407u;
    return (int)((city->dice >> 33) % (uint64_t)sides);
}

struct fact city_fact(enum kind_id id, struct str code, struct str division, int64_t from)
{
    const struct kind *kind = &KIND_LIST[id];
    struct fact fact = { .code = code, .division = division, .valid_from = from, .valid_until = DAY_OPEN };
    for (size_t i = 0; i < kind->ncolumns; i++) {
        enum column_type type = kind->columns[i].type;
        bool number = type == COLUMN_NUMBER || type == COLUMN_FLAG || type == COLUMN_DAY || type == COLUMN_MONEY ||
                      type == COLUMN_DEGREE;
        fact.values[i] = number ? V_INT(0) : V_TEXT(STR(""));
    }
    return fact;
}

void city_text(enum kind_id id, struct fact *fact, const char *column, struct str text)
{
    int i = kind_column(&KIND_LIST[id], str_of(column));
    assert_true(i >= 0);
    fact->values[i] = V_TEXT(text);
}

void city_number(enum kind_id id, struct fact *fact, const char *column, int64_t number)
{
    int i = kind_column(&KIND_LIST[id], str_of(column));
    assert_true(i >= 0);
    fact->values[i] = V_INT(number);
}

/* ---- Building ---- */

struct building {
    struct writing *writing;
    struct small_city *city;
    int64_t change;
    struct error *error;
    bool ok;
};

static void record(struct building *building, enum kind_id kind, const struct fact *fact)
{
    bool changed = false;
    building->ok = building->ok &&
                   facts_record(building->writing, &KIND_LIST[kind], fact, building->change, &changed, building->error);
}

static void division(struct building *building, struct str code, struct str parent, const char *level, const char *name)
{
    struct fact fact = city_fact(KIND_DIVISION, code, code, building->city->first_day);
    city_text(KIND_DIVISION, &fact, "name_zh", str_of(name));
    city_text(KIND_DIVISION, &fact, "parent", parent);
    city_text(KIND_DIVISION, &fact, "level", str_of(level));
    record(building, KIND_DIVISION, &fact);
}

static const char *const townships[CITY_TOWNSHIPS] = { "371502001", "371502002", "371502003", "371502004",
                                                       "371526001", "371526002", "371526003", "371526004" };

static void divisions(struct building *building)
{
    static const char *const names[CITY_TOWNSHIPS] = { "柳园街道",   "东关街道", "古楼街道", "新区街道",
                                                       "鱼丘湖街道", "人和街道", "汇鑫街道", "梁村镇" };
    division(building, STR("3715"), STR(""), "city", "聊城市");
    division(building, STR("371502"), STR("3715"), "county", "东昌府区");
    division(building, STR("371526"), STR("3715"), "county", "高唐县");
    for (int i = 0; i < CITY_TOWNSHIPS; i++) {
        struct str county = i < CITY_TOWNSHIPS / 2 ? STR("371502") : STR("371526");
        division(building, str_of(townships[i]), county, "township", names[i]);
    }
}

static int64_t person(struct building *building, int number)
{
    struct arena *arena = building->writing->arena;
    int64_t id = 0;
    building->ok =
        building->ok &&
        facts_person(building->writing, building->writing->vault, arena_printf(arena, "3715022000010%05d", number),
                     arena_printf(arena, "人%d", number), STR("1"), 10957, &id, building->error);
    return id;
}

static void of_school(struct building *building, int school, int64_t id, struct str division, const char *stage)
{
    struct small_city *city = building->city;
    struct arena *arena = building->writing->arena;
    for (int i = 0; i < 1 + (city_throw(city, 3) == 0); i++) {
        struct fact site = city_fact(KIND_SITE, arena_printf(arena, "S%02d%d", school, i), division, city->first_day);
        site.institution = id;
        city_text(KIND_SITE, &site, "name_zh", i ? STR("南校区") : STR("本部"));
        city_text(KIND_SITE, &site, "frame", STR("cgcs2000"));
        city_number(KIND_SITE, &site, "land_m2", 10000 + city_throw(city, 20000));
        record(building, KIND_SITE, &site);
    }
    for (int i = 0; i < 2; i++) {
        struct fact staff = city_fact(KIND_STAFF, arena_printf(arena, "T%02d%d", school, i), division, city->first_day);
        staff.subject = person(building, 1000 + school * 10 + i);
        staff.institution = id;
        city_text(KIND_STAFF, &staff, "post", i ? STR("teacher") : STR("head"));
        city_text(KIND_STAFF, &staff, "title", STR("first"));
        city_number(KIND_STAFF, &staff, "full_time", 1);
        record(building, KIND_STAFF, &staff);
    }
    for (int i = 0; i < 5; i++) {
        struct fact pupil = city_fact(KIND_PUPIL, arena_printf(arena, "L%02d%d", school, i), division, city->first_day);
        pupil.subject = person(building, 5000 + school * 10 + i);
        pupil.institution = id;
        city_text(KIND_PUPIL, &pupil, "stage", str_of(i == 4 && school % 4 == 0 ? "junior" : stage));
        city_number(KIND_PUPIL, &pupil, "entry_year", 2019 + city_throw(city, 3));
        city_number(KIND_PUPIL, &pupil, "class", 1 + city_throw(city, 4));
        record(building, KIND_PUPIL, &pupil);
    }
}

static void honour_of(struct building *building, int school, int64_t id, struct str code, struct str division)
{
    struct small_city *city = building->city;
    struct arena *arena = building->writing->arena;
    struct fact honour = city_fact(KIND_HONOUR, arena_printf(arena, "H%02d", school), division, city->first_day);
    honour.institution = id;
    city_text(KIND_HONOUR, &honour, "designation", city_throw(city, 2) ? STR("model_school") : STR("football_school"));
    city_text(KIND_HONOUR, &honour, "level", city_throw(city, 2) ? STR("city") : STR("provincial"));
    city_text(KIND_HONOUR, &honour, "body", STR("市教育和体育局"));
    city_text(KIND_HONOUR, &honour, "holder_kind", STR("institution"));
    city_text(KIND_HONOUR, &honour, "holder", code);
    record(building, KIND_HONOUR, &honour);
}

static void school(struct building *building, int number)
{
    static const struct {
        const char *kind, *stage, *name;
    } forms[] = { { "111", "kindergarten", "幼儿园" },
                  { "211", "primary", "小学" },
                  { "312", "primary", "学校" },
                  { "311", "junior", "初级中学" } };
    struct small_city *city = building->city;
    struct arena *arena = building->writing->arena;
    struct str code = arena_printf(arena, "37150%05d", number);
    struct str division = str_of(townships[city_throw(city, CITY_TOWNSHIPS)]);
    size_t form = (size_t)number % 4;
    struct fact fact = city_fact(KIND_INSTITUTION, code, division, city->first_day);
    city_text(KIND_INSTITUTION, &fact, "name_zh", arena_printf(arena, "第%d%s", number, forms[form].name));
    city_text(KIND_INSTITUTION, &fact, "kind", str_of(forms[form].kind));
    city_text(KIND_INSTITUTION, &fact, "ownership", city_throw(city, 4) ? STR("public") : STR("private"));
    city_number(KIND_INSTITUTION, &fact, "lon_e6", 115900000 + city_throw(city, 200000));
    city_number(KIND_INSTITUTION, &fact, "lat_e6", 36400000 + city_throw(city, 200000));
    record(building, KIND_INSTITUTION, &fact);
    int64_t id = 0;
    bool found = false;
    building->ok = building->ok && facts_subject_of(building->writing->db, &KIND_LIST[KIND_INSTITUTION], code, &id,
                                                    &found, building->error);
    of_school(building, number, id, division, forms[form].stage);
    if (city_throw(city, 2)) {
        honour_of(building, number, id, code, division);
    }
    if (number < CITY_CANTEENS) {
        struct fact canteen =
            city_fact(KIND_INSTITUTION, arena_printf(arena, "C%02d", number), division, city->first_day);
        city_text(KIND_INSTITUTION, &canteen, "name_zh", arena_printf(arena, "第%d食堂", number));
        city_text(KIND_INSTITUTION, &canteen, "kind", STR("canteen"));
        city_text(KIND_INSTITUTION, &canteen, "ownership", STR("other"));
        city_text(KIND_INSTITUTION, &canteen, "parent", code);
        record(building, KIND_INSTITUTION, &canteen);
    }
    for (int i = 0; i < CITY_GROUPS; i++) {
        if (city_throw(city, 6)) {
            continue;
        }
        struct fact member =
            city_fact(KIND_MEMBER, arena_printf(arena, "M%02d%d", number, i), division, city->first_day);
        member.institution = id;
        city_text(KIND_MEMBER, &member, "group_code", arena_printf(arena, "G%d", i));
        city_text(KIND_MEMBER, &member, "role", STR("member"));
        record(building, KIND_MEMBER, &member);
    }
}

bool small_city_build(struct writing *writing, void *input, struct error *error)
{
    struct building building = { .writing = writing, .city = input, .error = error, .ok = true };
    if (!change_made(writing, NULL, STR("demo"), STR("3715"), 0, STR("the city as it begins"), STR(""),
                     &building.change, error)) {
        return false;
    }
    divisions(&building);
    for (int i = 0; i < CITY_GROUPS; i++) {
        struct fact group =
            city_fact(KIND_GROUP, arena_printf(writing->arena, "G%d", i), STR("371502"), building.city->first_day);
        city_text(KIND_GROUP, &group, "name_zh", arena_printf(writing->arena, "第%d教育集团", i));
        city_text(KIND_GROUP, &group, "kind", STR("education_group"));
        city_text(KIND_GROUP, &group, "stage", STR("compulsory"));
        record(&building, KIND_GROUP, &group);
    }
    for (int i = 0; i < CITY_SCHOOLS; i++) {
        school(&building, i);
    }
    return building.ok;
}

/* ---- A program's world ---- */

int city_world_start(struct city_world *world, uint64_t dice, int64_t today)
{
    world->f = store_fixture_new();
    store_fixture_migrate(world->f, registry_migrations, registry_migrations_count);
    world->city = (struct small_city){ .dice = dice, .first_day = day_of(2021, 9, 1) };
    world->now = (struct as_of){ today, MOMENT_OPEN };
    clock_shift(day_start_ms(today) - clock_wall_ms());
    if (!writer_call(store_fixture_writer(world->f), "build", small_city_build, &world->city, &world->error) ||
        !db_open(&world->db, world->f->store, DB_READ, &world->error)) {
        print_error("%s\n", world->error.message);
        return -1;
    }
    return 0;
}

int city_world_finish(void **state)
{
    struct city_world *world = *state;
    clock_shift(0);
    db_close(world->db);
    store_fixture_free(world->f);
    return 0;
}

/* ---- Deeds ---- */

static bool deed_run(struct writing *writing, void *input, struct error *err)
{
    struct deed *deed = input;
    bool ok = false;
    switch (deed->what) {
    case PROPOSE:
        ok = change_propose(writing, &deed->who, str_of(deed->kind), deed->division, deed->institution, deed->steps,
                            deed->n, STR("why"), STR("paper"), &deed->id, &deed->result, err);
        break;
    case CONFIRM:
        ok = change_confirm(writing, &deed->who, deed->id, &deed->result, err);
        break;
    case REJECT:
        ok = change_reject(writing, &deed->who, deed->id, STR("no"), &deed->result, err);
        break;
    case WITHDRAW:
        ok = change_withdraw(writing, &deed->who, deed->id, &deed->result, err);
        break;
    case UNDO:
        ok = change_undo(writing, &deed->who, deed->id, STR("mistake"), &deed->result, err);
        break;
    }
    deed->error = *err;
    return ok;
}

enum change_result doing(struct city_world *world, struct deed *deed, int what, struct keeper_of who)
{
    deed->what = what;
    deed->who = who;
    world->error.message[0] = '\0';
    if (!writer_call(store_fixture_writer(world->f), "deed", deed_run, deed, &world->error)) {
        fail_msg("%s", world->error.message);
    }
    return deed->result;
}

struct fact known(struct city_world *world, const struct kind *kind, const char *code)
{
    struct fact fact;
    bool found = false;
    assert_true(facts_one(world->db, world->f->arena, kind, str_of(code), world->now, &fact, &found, &world->error));
    assert_true(found);
    return fact;
}

struct keeper_of keeper(int64_t account, enum keeper level, const struct fact *school)
{
    return (struct keeper_of){ .account = account,
                               .level = level,
                               .scope = level == KEEPER_CITY
                                            ? STR("3715")
                                            : str_part(school->division, 0, level == KEEPER_COUNTY ? 6 : 9),
                               .institution = level == KEEPER_SCHOOL ? school->subject : 0,
                               .role = "tester" };
}
