/* See family_fixture.h. */
#include "family_fixture.h"

#include "connect/connect.h"

#include <stdio.h>
#include <stdlib.h>

static void must(bool good, const struct error *error)
{
    if (!good) {
        fail_msg("%s", error->message);
    }
}

void town_run(struct town *town, bool (*run)(struct writing *, void *, struct error *), void *input)
{
    struct error error = { { 0 } };
    must(writer_call(town->writer, "test", run, input, &error), &error);
}

static bool script_run(struct writing *writing, void *input, struct error *error)
{
    return db_run(writing->db, error, input);
}

void town_sql(struct town *town, const char *sql)
{
    town_run(town, script_run, (void *)(uintptr_t)sql);
}

int64_t town_int(struct town *town, const char *sql, int64_t id)
{
    struct error error = { { 0 } };
    int64_t out = -1;
    bool found;
    must(db_one_int(town->db, &error, &out, &found, sql, V_INT(id)), &error);
    return out;
}

const char *town_text(struct town *town, const char *sql, int64_t id)
{
    struct error error = { { 0 } };
    struct str out = { "", 0 };
    bool found;
    must(db_one_text(town->db, &error, town->arena, &out, &found, sql, V_INT(id)), &error);
    return arena_cstr(town->arena, out);
}

struct str town_key(struct town *town)
{
    return arena_printf(town->arena, "form key %07d", ++town->keys);
}

struct str town_citizen(struct town *town, const char *birth, int order)
{
    struct str digits = arena_printf(town->arena, "370099%s%03d", birth, order);
    return arena_printf(town->arena, "%.*s%c", STR_ARG(digits), citizen_check_character(digits));
}

struct account town_account(struct town *town, int64_t id)
{
    struct error error = { { 0 } };
    struct account account;
    bool found;
    must(account_get(town->db, town->arena, town->fixture->vault, id, &account, &found, &error), &error);
    assert_true(found);
    return account;
}

/* ---- The town ---- */

struct place_row {
    const char *sql;
    int64_t out;
};

static bool insert_run(struct writing *writing, void *input, struct error *error)
{
    struct place_row *row = input;
    return db_one_int(writing->db, error, &row->out, NULL, row->sql);
}

static int64_t insert(struct town *town, const char *sql)
{
    struct place_row row = { sql, 0 };
    town_run(town, insert_run, &row);
    return row.out;
}

static int64_t add_school(struct town *town, int serial, const char *ownership, const char *division, int east)
{
    return insert(town,
                  arena_printf(town->arena,
                               "insert into institution (code, kind, ownership, place_kind, division, name_zh, "
                               "name_en, address_zh, phone, east, north, lon_e6, lat_e6) values ('2137%06d', "
                               "'211', '%s', '111', '%s', '第%d小学', 'School %d', '柳园路', '0635', %d, 4000000, "
                               "115990000, 36460000) returning id",
                               serial, ownership, division, serial, serial, east)
                      .p);
}

static int64_t add_catchment(struct town *town, const char *county, int64_t school)
{
    int64_t id = insert(town, arena_printf(town->arena,
                                           "insert into catchment (stage, division, name_zh, name_en, shape) values "
                                           "('primary', '%s', '范围', 'Catchment', '{}') returning id",
                                           county)
                                  .p);
    town_sql(town,
             arena_printf(town->arena, "insert into catchment_school (catchment, institution) values (%lld, %lld)",
                          (long long)id, (long long)school)
                 .p);
    return id;
}

static void add_community(struct town *town, const char *division, const char *name, int64_t catchment, int east)
{
    town_sql(town, arena_printf(town->arena,
                                "insert into community (division, name_zh, name_en, road_zh, east, north, "
                                "primary_catchment, junior_catchment) values ('%s', '%s', 'Community', '柳园路', %d, "
                                "4000000, %lld, %lld)",
                                division, name, east, (long long)catchment, (long long)catchment)
                       .p);
}

struct round_row {
    const struct policy *policy;
    const struct city *city;
    const char *label;
    int64_t out;
};

static bool round_run(struct writing *writing, void *input, struct error *error)
{
    struct round_row *row = input;
    struct str text = policy_format(writing->arena, row->policy, row->city);
    const int64_t *m = row->policy->moments;
    int64_t policy;
    struct str stage = str_of(stage_id(row->policy->stage));
    return db_one_int(writing->db, error, &policy, NULL,
                      "insert into policy (division, stage, year, version, text, hash, at, account, note) values "
                      "(?1, ?2, 2026, 1, ?3, 'h', 0, 0, '') returning id",
                      V_TEXT(row->policy->county), V_TEXT(stage), V_TEXT(text)) &&
           db_one_int(writing->db, error, &row->out, NULL,
                      "insert into round (label, division, stage, year, policy, state, opens_at, closes_at, "
                      "objections_until, draw_at, publish_at, answer_by) values (?1, ?2, ?3, 2026, ?4, 'open', ?5, ?6, "
                      "?7, ?8, ?9, ?10) returning id",
                      V_TEXT(str_of(row->label)), V_TEXT(row->policy->county), V_TEXT(stage), V_INT(policy),
                      V_INT(m[MOMENT_OPENS]), V_INT(m[MOMENT_CLOSES]), V_INT(m[MOMENT_OBJECTIONS_UNTIL]),
                      V_INT(m[MOMENT_DRAW]), V_INT(m[MOMENT_PUBLISHED]), V_INT(m[MOMENT_CONFIRM_UNTIL]));
}

static int64_t add_round(struct town *town, const char *county, enum stage stage, const char *label)
{
    struct round_row row = { city_policy(town->city, str_of(county), stage), town->city, label, 0 };
    assert_non_null(row.policy);
    town_run(town, round_run, &row);
    return row.out;
}

static int64_t add_offer(struct town *town, int64_t round, int64_t school, const char *kind)
{
    return insert(town, arena_printf(town->arena,
                                     "insert into offer (round, institution, kind, classes, class_size, capacity) "
                                     "values (%lld, %lld, '%s', 2, 45, 90) returning id",
                                     (long long)round, (long long)school, kind)
                            .p);
}

struct account_row {
    struct new_account account;
    int64_t out;
};

static bool account_run(struct writing *writing, void *input, struct error *error)
{
    struct account_row *row = input;
    return account_add(writing, &row->account, &row->out, error);
}

static int64_t add_account(struct town *town, const char *login, const char *name, struct str citizen, unsigned roles)
{
    struct account_row row = {
        { .login = str_of(login), .name = str_of(name), .citizen = citizen, .roles = roles, .scope = STR("") }, 0
    };
    town_run(town, account_run, &row);
    return row.out;
}

static const char home_address[] = "山东省聊城市东昌府区柳园街道阳光花园12号楼3单元501室";

int64_t town_child(struct town *town, int64_t guardian, const char *birth, int order, const char *address)
{
    char day[11];
    int64_t number;
    snprintf(day, sizeof day, "%.4s-%.2s-%.2s", birth, birth + 4, birth + 6);
    assert_true(day_parse(str_of(day), &number));
    struct child_record record = { .actor = { guardian, "family" },
                                   .guardian = guardian,
                                   .relation = STR("mother"),
                                   .citizen = town_citizen(town, birth, order),
                                   .name = STR("张小明"),
                                   .birth = number,
                                   .household_division = STR("371502001"),
                                   .address = str_of(address ? address : home_address) };
    town_run(town, child_record_run, &record);
    assert_int_equal(record.result, CHILD_RECORDED);
    return record.child;
}

static void build_schools(struct town *town)
{
    town->school_a = add_school(town, 1, "public", "371502001", 500100);
    town->school_b = add_school(town, 2, "public", "371502002", 503000);
    town->school_p = add_school(town, 3, "private", "371502001", 501000);
    town->school_d1 = add_school(town, 4, "public", "371524001", 520000);
    town->school_d2 = add_school(town, 5, "public", "371524001", 521000);
    add_community(town, "371502001", "阳光花园", add_catchment(town, "371502", town->school_a), 500000);
    add_community(town, "371502002", "月季小区", add_catchment(town, "371502", town->school_b), 503100);
    add_community(town, "371524001", "阿胶新村", add_catchment(town, "371524", town->school_d1), 520100);
    town->round = add_round(town, "371502", STAGE_PRIMARY, "371502-primary-2026");
    town->late_county_round = add_round(town, "371524", STAGE_PRIMARY, "371524-primary-2026");
    town->offer_a = add_offer(town, town->round, town->school_a, "public");
    town->offer_b = add_offer(town, town->round, town->school_b, "public");
    town->offer_p = add_offer(town, town->round, town->school_p, "private");
    town->offer_d1 = add_offer(town, town->late_county_round, town->school_d1, "public");
    town->offer_d2 = add_offer(town, town->late_county_round, town->school_d2, "public");
}

static void build_people(struct town *town)
{
    town->mother = add_account(town, "13800000001", "李梅", town_citizen(town, "19900101", 2), ROLE_FAMILY);
    town->father = add_account(town, "13800000002", "张强", town_citizen(town, "19890202", 3), ROLE_FAMILY);
    town->stranger = add_account(town, "13800000003", "王五", town_citizen(town, "19880303", 5), ROLE_FAMILY);
    town->clerk = add_account(town, "clerk", "赵老师", (struct str){ 0 }, ROLE_SCHOOL_CLERK);
    town->child = town_child(town, town->mother, "20200101", 17, NULL);
    assert_int_equal(town_child(town, town->father, "20200101", 17, NULL), town->child);
    town->stranger_child =
        town_child(town, town->stranger, "20200202", 19, "山东省聊城市东昌府区古楼街道月季小区2号楼1单元101室");
    town->home = town_int(town, "select household_dwelling from child where id = ?1", town->child);
}

struct town *town_new(void)
{
    struct town *town = calloc(1, sizeof *town);
    struct error error = { { 0 } };
    struct city_mistakes *mistakes = city_mistakes_new();
    town->fixture = store_fixture_new();
    town->arena = arena_new(0);
    store_fixture_migrate(town->fixture, registry_migrations, registry_migrations_count);
    store_fixture_migrate(town->fixture, accounts_migrations, accounts_migrations_count);
    store_fixture_migrate(town->fixture, connect_migrations, connect_migrations_count);
    store_fixture_migrate(town->fixture, places_migrations, places_migrations_count);
    must(city_read(&town->city, getenv("JIAOTI_CITY"), mistakes, &error), &error);
    city_mistakes_free(mistakes);
    town->places = places_new(town->city, town->fixture->folder);
    town->writer = store_fixture_writer(town->fixture);
    must(db_open(&town->db, town->fixture->store, DB_READ, &error), &error);
    int64_t now;
    assert_true(ms_parse(STR("2026-07-05 10:00"), &now));
    clock_shift(0);
    clock_shift(now - clock_ms());
    build_schools(town);
    build_people(town);
    return town;
}

void town_free(struct town *town)
{
    db_close(town->db);
    places_free(town->places);
    city_free(town->city);
    store_fixture_free(town->fixture);
    arena_free(town->arena);
    free(town);
    clock_shift(0);
}

/* ---- A family's way ---- */

struct apply town_apply(struct town *town, int64_t account, int64_t application)
{
    return (struct apply){ .places = town->places,
                           .actor = { account, account == town->clerk ? "school_clerk" : "family" },
                           .form_key = town_key(town),
                           .application = application };
}

int64_t town_draft(struct town *town, int64_t account, int64_t child, int64_t dwelling, int64_t offer)
{
    int64_t round = town_int(town, "select round from offer where id = ?1", offer);
    struct application_begin begin = { .apply = town_apply(town, account, 0), .round = round, .child = child };
    town_run(town, application_begin_run, &begin);
    assert_int_equal(begin.apply.result, APPLY_DONE);
    int64_t id = begin.apply.application;
    struct application_consent consent = { town_apply(town, account, id), true, STR("同意核验") };
    town_run(town, application_consent_run, &consent);
    assert_int_equal(consent.apply.result, APPLY_DONE);
    struct application_dwelling home = { .apply = town_apply(town, account, id),
                                         .claim_kind = STR("own"),
                                         .dwelling = dwelling };
    town_run(town, application_dwelling_run, &home);
    assert_int_equal(home.apply.result, APPLY_DONE);
    struct application_choices choices = { .apply = town_apply(town, account, id), .offers = { offer }, .n = 1 };
    town_run(town, application_choices_run, &choices);
    assert_int_equal(choices.apply.result, APPLY_DONE);
    return id;
}

int64_t town_submit(struct town *town, int64_t account, int64_t application)
{
    struct application_submit submit = { .apply = town_apply(town, account, application) };
    town_run(town, application_submit_run, &submit);
    assert_int_equal(submit.apply.result, APPLY_DONE);
    return application;
}

struct answer_row {
    struct ask_hook hook;
    const char *number;
    struct str json;
    bool kept;
};

static bool answer_run(struct writing *writing, void *input, struct error *error)
{
    struct answer_row *row = input;
    int64_t id;
    return db_one_int(writing->db, error, &id, NULL, "select id from ask where number = ?1",
                      V_TEXT(str_of(row->number))) &&
           ask_settle(writing, &row->hook, id, row->json, "http", row->json.n ? STR("") : STR("timeout"), &row->kept,
                      error);
}

void town_answer(struct town *town, int64_t application, const char *kind, const char *json)
{
    const char *sql =
        arena_printf(town->arena, "select request from fact where application = ?1 and kind = '%s'", kind).p;
    struct answer_row row = {
        { town->places, fact_on_answer }, town_text(town, sql, application), str_of(json), false
    };
    assert_true(row.number[0]);
    town_run(town, answer_run, &row);
    assert_true(row.kept);
}

void town_answer_all(struct town *town, int64_t application, int64_t child, int64_t account)
{
    struct error error = { { 0 } };
    struct child found;
    struct application whole;
    bool is;
    struct account owner = town_account(town, account);
    must(child_get(town->db, town->arena, town->fixture->vault, child, &found, &is, &error), &error);
    must(application_get(town->db, town->arena, town->fixture->vault, application, &whole, &is, &error), &error);
    struct str birth = day_format(town->arena, found.birth);
    town_answer(town, application, "household",
                arena_printf(town->arena,
                             "{\"found\":true,\"book\":\"1\",\"child\":{\"citizen\":\"%.*s\",\"name\":\"x\",\"sex\":"
                             "\"1\",\"birth\":\"%.*s\",\"division\":\"%.*s\",\"address\":\"x\"},\"guardian\":"
                             "{\"citizen\":\"%.*s\",\"name\":\"x\",\"relation\":\"mother\",\"same_book\":true}}",
                             STR_ARG(found.citizen), STR_ARG(birth), STR_ARG(found.household_division),
                             STR_ARG(owner.citizen))
                    .p);
    town_answer(
        town, application, "birth",
        arena_printf(town->arena, "{\"found\":true,\"mother\":\"%.*s\",\"father\":null}", STR_ARG(owner.citizen)).p);
    town_answer(town, application, "property",
                arena_printf(town->arena,
                             "{\"titles\":[{\"number\":\"鲁1\",\"address\":\"%.*s\",\"kind\":\"commercial\","
                             "\"owners\":[{\"citizen\":\"%.*s\",\"name\":\"%.*s\",\"percent\":100}]}]}",
                             STR_ARG(whole.address), STR_ARG(owner.citizen), STR_ARG(owner.name))
                    .p);
}
