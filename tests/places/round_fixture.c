/* See round_fixture.h. */
#include "round_fixture.h"

#include "accounts/accounts.h"
#include "allot/sm3.h"
#include "base/clock.h"
#include "connect/connect.h"
#include "registry/registry.h"

#include <stdio.h>
#include <stdlib.h>

static void must(bool good, const struct error *error)
{
    if (!good) {
        fail_msg("%s", error->message);
    }
}

bool shire_try(struct shire *shire, bool (*run)(struct writing *, void *, struct error *), void *input,
               struct error *error)
{
    return writer_call(shire->writer, "test", run, input, error);
}

void shire_run(struct shire *shire, bool (*run)(struct writing *, void *, struct error *), void *input)
{
    struct error error = { { 0 } };
    must(shire_try(shire, run, input, &error), &error);
}

static bool script_run(struct writing *writing, void *input, struct error *error)
{
    return db_run(writing->db, error, input);
}

void shire_sql(struct shire *shire, const char *sql)
{
    shire_run(shire, script_run, (void *)(uintptr_t)sql);
}

int64_t shire_int(struct shire *shire, const char *sql)
{
    struct error error = { { 0 } };
    int64_t out = -1;
    bool found;
    must(db_one_int(shire->db, &error, &out, &found, sql), &error);
    return out;
}

struct str shire_text(struct shire *shire, const char *sql)
{
    struct error error = { { 0 } };
    struct str out = { "", 0 };
    bool found;
    must(db_one_text(shire->db, &error, shire->arena, &out, &found, sql), &error);
    return out;
}

void shire_clock(int64_t ms)
{
    clock_shift(0);
    clock_shift(ms - clock_ms());
}

struct round shire_round(struct shire *shire, int64_t round)
{
    struct error error = { { 0 } };
    struct round out;
    bool found;
    must(round_get(shire->db, shire->arena, shire->city, round, &out, &found, &error), &error);
    assert_true(found);
    return out;
}

/* ---- The land ---- */

static bool land_run(struct writing *writing, void *input, struct error *error)
{
    struct shire *shire = input;
    struct arena *arena = writing->arena;
    struct str township = arena_printf(arena, "%s001", shire->county);
    for (int s = 0; s <= shire->schools; s++) {
        bool is_public = s < shire->schools;
        struct str code = arena_printf(arena, "2137%06d", s + 1), name = arena_printf(arena, "第%d小学", s + 1);
        if (!db_one_int(writing->db, error, &shire->schools_ids[s], NULL,
                        "insert into institution (code, kind, ownership, place_kind, division, name_zh, name_en, "
                        "address_zh, phone, east, north, lon_e6, lat_e6) values (?1, '211', ?2, '111', ?3, ?4, "
                        "'School', '柳园路', '0635', ?5, 4000000, 115990000, 36460000) returning id",
                        V_TEXT(code), V_TEXT(is_public ? STR("public") : STR("private")), V_TEXT(township),
                        V_TEXT(name), V_INT(500000 + 1500 * s))) {
            return false;
        }
        if (!is_public) {
            continue;
        }
        int64_t catchment;
        if (!db_one_int(
                writing->db, error, &catchment, NULL,
                "insert into catchment (stage, division, name_zh, name_en, shape) values ('primary', ?1, '范围', "
                "'Catchment', '{}') returning id",
                V_TEXT(str_of(shire->county))) ||
            !db_run(writing->db, error, "insert into catchment_school (catchment, institution) values (?1, ?2)",
                    V_INT(catchment), V_INT(shire->schools_ids[s]))) {
            return false;
        }
        for (int c = 0; c < 3; c++) {
            if (!db_run(writing->db, error,
                        "insert into community (division, name_zh, name_en, road_zh, east, north, primary_catchment, "
                        "junior_catchment) values (?1, ?2, 'Community', '柳园路', ?3, ?4, ?5, ?5)",
                        V_TEXT(township), V_TEXT(arena_printf(arena, "小区%d-%d", s, c)),
                        V_INT(500000 + 1500 * s + 200 * c), V_INT(4000000 + 300 * c), V_INT(catchment))) {
                return false;
            }
        }
    }
    return true;
}

static void make_round(struct shire *shire, int capacity)
{
    struct str text = policy_format(shire->arena, shire->policy, shire->city);
    struct policy_save save = { .places = shire->places,
                                .actor = { shire->officer, "county_officer" },
                                .division = str_of(shire->county),
                                .stage = shire->stage,
                                .year = shire->policy->year,
                                .text = text,
                                .note = STR("") };
    shire_run(shire, policy_save_run, &save);
    assert_int_equal(save.result, ROUND_DONE);
    struct round_new new = { .places = shire->places,
                             .actor = { shire->officer, "county_officer" },
                             .division = str_of(shire->county),
                             .stage = shire->stage,
                             .year = shire->policy->year };
    shire_run(shire, round_new_run, &new);
    assert_int_equal(new.result, ROUND_DONE);
    shire->round = new.round;
    for (int s = 0; s <= shire->schools; s++) {
        struct offer_add add = { .actor = { shire->officer, "county_officer" },
                                 .round = shire->round,
                                 .institution = shire->schools_ids[s],
                                 .public_school = s < shire->schools,
                                 .classes = capacity,
                                 .class_size = 1,
                                 .last = { true, 2, 1, 800 } };
        if (capacity > 100) {
            add.classes = capacity / 50;
            add.class_size = 50;
        }
        shire_run(shire, offer_add_run, &add);
        assert_int_equal(add.result, OFFER_DONE);
        shire->offers[s] = add.offer;
    }
}

static struct city *read_city(void)
{
    struct error error = { { 0 } };
    struct city_mistakes *mistakes = city_mistakes_new();
    struct city *city = NULL;
    const char *folder = getenv("JIAOTI_CITY");
    must(city_read(&city, folder ? folder : "cities/liaocheng", mistakes, &error), &error);
    city_mistakes_free(mistakes);
    return city;
}

struct shire *shire_new(const char *county, enum stage stage, int schools, int capacity, int children)
{
    return shire_new_by(county, stage, schools, capacity, children, NULL);
}

struct shire *shire_new_by(const char *county, enum stage stage, int schools, int capacity, int children,
                           shire_edit *edit)
{
    struct error error = { { 0 } };
    struct shire *shire = calloc(1, sizeof *shire);
    assert_non_null(shire);
    *shire = (struct shire){ .fixture = store_fixture_new(),
                             .arena = arena_new(0),
                             .county = county,
                             .stage = stage,
                             .schools = schools,
                             .children = children,
                             .officer = 71,
                             .second = 72 };
    store_fixture_migrate(shire->fixture, accounts_migrations, accounts_migrations_count);
    store_fixture_migrate(shire->fixture, registry_migrations, registry_migrations_count);
    store_fixture_migrate(shire->fixture, connect_migrations, connect_migrations_count);
    store_fixture_migrate(shire->fixture, places_migrations, places_migrations_count);
    shire->city = read_city();
    shire->places = places_new(shire->city, shire->fixture->folder);
    shire->policy = city_policy(shire->city, str_of(county), stage);
    assert_non_null(shire->policy);
    if (edit) {
        struct policy *edited = ARENA_NEW(shire->arena, struct policy);
        *edited = *shire->policy;
        edited->nkind_sets = 0;
        edited->together = TOGETHER_NONE;
        edited->waiting_who = WAITING_ALL;
        edited->waiting_lots = WAITING_SAME;
        edit(edited, shire->arena);
        shire->policy = edited;
    }
    shire->writer = store_fixture_writer(shire->fixture);
    must(writer_add_check(shire->writer, ledger_check, NULL, &error), &error);
    must(db_open(&shire->db, shire->fixture->store, DB_READ, &error), &error);
    shire->offers = ARENA_ARRAY(shire->arena, int64_t, (size_t)schools + 1);
    shire->schools_ids = ARENA_ARRAY(shire->arena, int64_t, (size_t)schools + 1);
    shire_clock(shire->policy->moments[MOMENT_RULES_PUBLISHED]);
    shire_run(shire, land_run, shire);
    make_round(shire, capacity);
    return shire;
}

void shire_free(struct shire *shire)
{
    clock_shift(0);
    db_close(shire->db);
    places_free(shire->places);
    store_fixture_free(shire->fixture);
    city_free(shire->city);
    arena_free(shire->arena);
    free(shire);
}

/* ---- Policies ---- */

static struct condition one_of(struct arena *arena, uint32_t facts)
{
    struct clause *clause = ARENA_NEW(arena, struct clause);
    *clause = (struct clause){ facts, 0 };
    return (struct condition){ clause, 1 };
}

static struct name named(const char *name)
{
    return (struct name){ str_of(name), str_of(name) };
}

/* Two groups: one first before the open places, one alone behind them; a share by lot between. */
static void with_kinds(struct policy *policy, struct arena *arena)
{
    struct kind_set *set = ARENA_NEW(arena, struct kind_set);
    struct place_kind kinds[] = {
        { .id = STR("disability"),
          .name = named("disability"),
          .share = 8,
          .least = 1,
          .whom = KIND_FIRST,
          .when = one_of(arena, FACT_BIT(FACT_DISABILITY)) },
        { .id = STR("open"), .name = named("open"), .rest = true },
        { .id = STR("drawn"), .name = named("drawn"), .places = 2, .order = KIND_BY_LOT },
        { .id = STR("away"),
          .name = named("away"),
          .places = 2,
          .whom = KIND_ONLY,
          .when = one_of(arena, FACT_BIT(FACT_RESIDENCE_PERMIT)) },
    };
    *set = (struct kind_set){ .open = OPEN_PUBLIC, .kinds = ARENA_ARRAY(arena, struct place_kind, 4), .nkinds = 4 };
    memcpy(set->kinds, kinds, sizeof kinds);
    policy->kind_sets = set;
    policy->nkind_sets = 1;
}

static void with_cap(struct policy *policy, struct arena *arena)
{
    with_kinds(policy, arena);
    policy->kind_sets->kinds[0].whom = KIND_OTHERS;
    policy->kind_sets->kinds[0].share = 50;
    policy->together = TOGETHER_FIT;
}

static void with_added(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->together = TOGETHER_ADD;
}

static void with_fit(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->together = TOGETHER_FIT;
    policy->waiting_lots = WAITING_REVERSED;
}

static void with_kinds_and_added(struct policy *policy, struct arena *arena)
{
    with_kinds(policy, arena);
    policy->together = TOGETHER_ADD;
    policy->waiting_lots = WAITING_REVERSED;
}

/* All places for those first who do not come from elsewhere. */
static void with_kept(struct policy *policy, struct arena *arena)
{
    with_kinds(policy, arena);
    policy->kind_sets->kinds[0].share = 100;
    *policy->kind_sets->kinds[0].when.clauses = (struct clause){ 0, FACT_BIT(FACT_RESIDENCE_PERMIT) };
}

static void with_lots(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->lots = LOTS_CHOICE;
    policy->audit_files = 7;
}

static void with_unplaced(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->waiting_who = WAITING_UNPLACED;
    policy->balance = false;
    policy->waiting_lots = WAITING_REVERSED;
}

static void with_cycles(struct policy *policy, struct arena *arena)
{
    (void)arena;
    policy->mechanism = MECHANISM_CYCLES;
}

const struct shire_rules shire_variants[] = {
    { "kinds, serial", "371502", with_kinds },
    { "kinds, ranked", "371524", with_kinds },
    { "a cap and siblings who must fit", "371524", with_cap },
    { "siblings, places added", "371502", with_added },
    { "siblings, places added, ranked", "371524", with_added },
    { "siblings who must fit, lists reversed", "371524", with_fit },
    { "kinds and siblings, lists reversed", "371524", with_kinds_and_added },
    { "every place for a group first", "371524", with_kept },
    { "a lot per wish, an audit", "371524", with_lots },
    { "lists for who has no place", "371524", with_unplaced },
    { "trading cycles", "371524", with_cycles },
};
const size_t shire_variant_count = sizeof shire_variants / sizeof *shire_variants;

void shire_mix(struct shire *shire, int64_t round)
{
    static const char *const scripts[] = {
        "update application set facts = facts + %2$u where round = %1$lld and id %% 9 = 0",
        "update application set facts = facts + %3$u where round = %1$lld and id %% 7 = 0",
        "update application set together = id - id %% 10 where round = %1$lld and id %% 10 in (0, 1) and exists "
        "(select "
        "1 from application b where b.round = %1$lld and b.id = application.id - application.id %% 10) and exists "
        "(select 1 from application b where b.round = %1$lld and b.id = application.id - application.id %% 10 + 1)",
        "delete from choice where application in (select id from application where round = %1$lld and together is not "
        "null and id <> together)",
        "insert into choice (application, rank, offer, distance, category, subrank, sibling) select a.id, c.rank, "
        "c.offer, c.distance + 50, c.category, c.subrank, c.sibling from application a join choice c on c.application "
        "= a.together where a.round = %1$lld and a.together is not null and a.id <> a.together",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        char sql[800];
        (void)snprintf(sql, sizeof sql, scripts[i], (long long)round, FACT_BIT(FACT_DISABILITY),
                       FACT_BIT(FACT_RESIDENCE_PERMIT));
        shire_sql(shire, sql);
    }
}

/* ---- The children ---- */

struct applying {
    struct shire *shire;
    int64_t round;
    int first, n;
    int64_t first_community;
    int64_t offers[64];
};

static uint32_t dice(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool wish(struct writing *writing, int64_t application, int rank, int64_t offer, int64_t distance,
                 int64_t category, int64_t subrank, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into choice (application, rank, offer, distance, category, subrank, sibling) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                  V_INT(application), V_INT(rank), V_INT(offer), V_INT(distance), V_INT(category), V_INT(subrank));
}

/* Wishes: in a serial county one, of the home's school or the private one; in a deferred one up to three. */
static bool wishes_of(struct writing *writing, const struct applying *all, int64_t application, int home,
                      uint32_t *state, struct error *error)
{
    struct shire *shire = all->shire;
    int64_t category = dice(state) % (uint32_t)shire->policy->ncategories;
    size_t subranks = shire->policy->categories[category].nsubranks;
    int64_t subrank = subranks ? dice(state) % (uint32_t)subranks : 0;
    int64_t distance = 100 + dice(state) % 3000;
    bool private_first = dice(state) % 8 == 0;
    int rank = 1;
    if (private_first && !wish(writing, application, rank++, all->offers[shire->schools], distance,
                               dice(state) % (uint32_t)shire->policy->nprivate_classes, 0, error)) {
        return false;
    }
    if (private_first && shire->policy->mechanism == MECHANISM_SERIAL) {
        return true;
    }
    int most = shire->policy->mechanism == MECHANISM_SERIAL ? 1 : (int)shire->policy->most_public;
    for (int i = 0; i < most && i < shire->schools && rank <= most; i++) {
        if (!wish(writing, application, rank++, all->offers[(home + i) % shire->schools], distance + 900 * i,
                  i == 0 ? category : (int64_t)shire->policy->ncategories - 1, i == 0 ? subrank : 0, error)) {
            return false;
        }
    }
    return true;
}

static bool one_child(struct writing *writing, const struct applying *all, int i, struct error *error)
{
    struct shire *shire = all->shire;
    uint32_t state = (uint32_t)i * 2654435761u + 17;
    unsigned char hash[SM3_BYTES], ticket[SM3_BYTES];
    struct str seed = arena_printf(writing->arena, "child %d", i);
    struct str year = arena_printf(writing->arena, "ticket %d", i);
    sm3_of(seed.p, seed.n, hash);
    sm3_of(year.p, year.n, ticket);
    struct str bytes = { (const char *)hash, SM3_BYTES };
    /* the first schools are sought after */
    int home = (int)(dice(&state) % (uint32_t)shire->schools);
    home = dice(&state) % 3 == 0 ? 0 : home;
    int64_t community = all->first_community + 3 * home + (int64_t)(dice(&state) % 3), child, dwelling, application;
    bool good =
        db_one_int(
            writing->db, error, &child, NULL,
            "insert into child (citizen_hash, citizen_sealed, name_sealed, sex, birth_day, household_division, "
            "household_community, facts_at) values (?1, ?1, ?1, '1', 18000, ?2, ?3, 0) on conflict (citizen_hash) "
            "do update set sex = excluded.sex returning id",
            V_BLOB(bytes), V_TEXT(arena_printf(writing->arena, "%s001", shire->county)), V_INT(community)) &&
        db_one_int(
            writing->db, error, &dwelling, NULL,
            "insert into dwelling (community, address_hash, address_sealed, kind, east, north) values (?1, ?2, ?2, "
            "'commercial', ?3, 4000000) on conflict (address_hash) do update set kind = excluded.kind returning id",
            V_INT(community), V_BLOB(bytes), V_INT(500000 + 1500 * home)) &&
        db_run(writing->db, error,
               "insert into guardian (account, child, relation) values (?1, ?2, 'mother') on conflict do nothing",
               V_INT(1000 + i), V_INT(child)) &&
        db_one_int(
            writing->db, error, &application, NULL,
            "insert into application (round, child, account, state, receipt, step, consent_at, dwelling, "
            "claim_kind, school, facts, half_family, half_bureau, ticket, family_hash, review, begun_at, "
            "submitted_at, changed_at) values (?1, ?2, ?3, 'submitted', ?4, 'answers', ?5, ?6, 'own', ?7, ?8, ?9, "
            "?9, ?10, ?9, 'passed', ?5, ?5, ?5) returning id",
            V_INT(all->round), V_INT(child), V_INT(1000 + i),
            V_TEXT(arena_printf(writing->arena, "R%lld-%06d", (long long)all->round, i)), V_INT(writing->now),
            V_INT(dwelling), V_INT(shire->schools_ids[home]),
            V_INT(FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_OWNS_ALL)), V_BLOB(str_part(bytes, 0, 16)),
            V_BLOB(((struct str){ (const char *)ticket, SM3_BYTES }))) &&
        db_run(writing->db, error,
               "insert into fact (application, kind, state, source, request, facts, answered_at) values (?1, "
               "'household', 'passed', 'public_security', 'Q1', ?2, ?3)",
               V_INT(application), V_INT(FACT_BIT(FACT_HOUSEHOLD_IN_COUNTY) | FACT_BIT(FACT_HOUSEHOLD_IN_CATCHMENT)),
               V_INT(writing->now));
    return good && wishes_of(writing, all, application, home, &state, error);
}

static bool apply_run(struct writing *writing, void *input, struct error *error)
{
    struct applying *all = input;
    int n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select o.id from offer o join institution i on i.id = o.institution "
                                 "where o.round = ?1 order by i.code",
                                 V_INT(all->round));
    while (rows_next(rows) && n < 64) {
        all->offers[n++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error) ||
        !db_one_int(writing->db, error, &all->first_community, NULL, "select min(id) from community")) {
        return false;
    }
    for (int i = all->first; i < all->first + all->n; i++) {
        if (!one_child(writing, all, i, error)) {
            return false;
        }
    }
    return true;
}

void shire_apply(struct shire *shire, int64_t round, int first_child, int children)
{
    struct applying applying = { .shire = shire, .round = round, .first = first_child, .n = children };
    shire_run(shire, apply_run, &applying);
}

/* ---- Going on ---- */

enum round_result shire_step(struct shire *shire, int64_t round, enum round_step step, struct round_advance *out)
{
    struct round_advance advance = { .places = shire->places,
                                     .actor = { step == STEP_LOOK ? shire->second : shire->officer, "county_officer" },
                                     .round = round,
                                     .step = step,
                                     .public_value = STR("0123456789") };
    shire_run(shire, round_advance_run, &advance);
    if (out) {
        *out = advance;
    }
    return advance.result;
}

void shire_go(struct shire *shire, int64_t round, enum round_step step)
{
    struct round_advance advance;
    if (shire_step(shire, round, step, &advance) != ROUND_DONE) {
        fail_msg("%s: %s (%s)", round_step_id(step), round_refusal(shire->arena, &advance).en.p, advance.detail);
    }
}

void shire_witnesses(struct shire *shire, int64_t round, bool opening)
{
    struct error error = { { 0 } };
    struct witness_row *rows;
    size_t n;
    struct round row = shire_round(shire, round);
    must(witness_list(shire->db, shire->arena, shire->places, round, &rows, &n, &error), &error);
    for (size_t i = 0; i < n; i++) {
        struct str secret, hex;
        must(witness_demo_secret(shire->places, shire->arena, row.label, rows[i].id, STR("test"), &secret, &error),
             &error);
        assert_true(witness_commitment(shire->arena, secret, &hex));
        struct witness_step step = {
            .actor = { 80 + (int64_t)i, "witness" }, .round = round, .id = rows[i].id, .hex = opening ? secret : hex
        };
        shire_run(shire, opening ? witness_open_run : witness_commit_run, &step);
        assert_int_equal(step.result, WITNESS_DONE);
    }
}

void shire_reach(struct shire *shire, int64_t round, enum round_step last)
{
    for (;;) {
        struct round row = shire_round(shire, round);
        struct round_next next = round_next(&row);
        if (!next.has || next.step > last || next.step == STEP_END) {
            return;
        }
        if (next.from) {
            shire_clock(next.from);
        } else if (next.step == STEP_ANNOUNCE) {
            shire_clock(row.dates.opens_at - 1000);
        }
        if (next.step == STEP_CLOSE) {
            shire_witnesses(shire, round, false);
        } else if (next.step == STEP_OPEN_SECRETS) {
            shire_witnesses(shire, round, true);
        }
        shire_go(shire, round, next.step);
        if (next.step == STEP_OPEN && row.parent == 0) {
            shire_apply(shire, round, 0, shire->children);
        }
    }
}

struct str shire_file(struct shire *shire, int64_t round, const char *part)
{
    struct error error = { { 0 } };
    struct str text = { 0 };
    bool found;
    must(round_file_read(shire->places, shire->arena, shire_round(shire, round).label, part, &text, &found, &error),
         &error);
    assert_true(found);
    return text;
}

void shire_sound(struct shire *shire)
{
    struct error error = { { 0 } };
    struct ledger_report report;
    must(ledger_verify(shire->db, &report, &error), &error);
    if (!report.whole) {
        fail_msg("%s", report.finding);
    }
    assert_int_equal(0, shire_int(shire, "select count(*) from (select c.subject from claim c join offer o on "
                                         "o.id = c.offer where c.state in ('held', 'taken') group by o.round, "
                                         "c.subject having count(*) > 1) x"));
}
