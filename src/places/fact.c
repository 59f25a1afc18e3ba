/* Facts: asking, and keeping what was answered or what a person said. settle.c draws the conclusions.
 *
 * What must hold:
 *   - what is asked follows from what the family claims (the best category that it could have at each wish); what is
 *     established comes from answers that passed and from persons alone;
 *   - a person's word about a check stands against a later answer of a machine;
 *   - a check that nobody answers holds nobody up: it becomes a person's. */
#include "places/fact.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "places/inside.h"
#include "places/judge.h"

#include <stdlib.h>

/* ---- Rows ---- */

bool fact_write(struct writing *writing, const struct fact_write *row, struct error *error)
{
    return db_run(writing->db, error,
                  "insert into fact (application, kind, state, source, request, reason, facts, asked_at, answered_at) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (application, kind) do update set "
                  "state = excluded.state, source = excluded.source, request = excluded.request, "
                  "reason = excluded.reason, facts = excluded.facts, asked_at = excluded.asked_at, "
                  "answered_at = excluded.answered_at",
                  V_INT(row->application), V_TEXT(row->kind), V_TEXT(str_of(row->state)), V_TEXT(row->source),
                  V_TEXT(row->request), V_TEXT(str_of(row->reason ? row->reason : "")), V_INT((int64_t)row->facts),
                  V_IF(row->asked_at, V_INT(row->asked_at)), V_IF(row->answered_at, V_INT(row->answered_at)));
}

bool facts_forget(struct writing *writing, int64_t application, struct error *error)
{
    return db_run(writing->db, error, "delete from fact where application = ?1", V_INT(application));
}

bool fact_needed(struct db *db, struct arena *arena, struct places *places, int64_t application, uint32_t *checks,
                 struct error *error)
{
    struct loaded loaded;
    struct kept_facts kept;
    struct choice_place *choices;
    size_t n;
    bool found;
    if (!application_load(db, arena, places, application, 0, &loaded, &found, error)) {
        return false;
    }
    *checks = 0;
    if (!found || !loaded.dwelling) {
        return true;
    }
    if (!facts_kept(db, arena, application, &kept, error) || !choice_places(db, arena, &loaded, &choices, &n, error)) {
        return false;
    }
    *checks = checks_needed(places_city(places), &loaded, &kept, choices, n);
    return true;
}

/* ---- Questions ---- */

/* What a question or a judgement needs of the persons; unsealed. */
struct persons {
    struct str child;
    struct str guardian, guardian_name; /* who began the application */
    struct str address;
    struct str dwelling_kind;
    struct application_claim claim;
    struct str family[16]; /* child, guardians, parents of the birth record */
    size_t nfamily;
};

static bool read_guardians(struct writing *writing, const struct loaded *loaded, struct persons *out,
                           struct error *error)
{
    int64_t accounts[15];
    size_t n = 0;
    struct rows *rows = db_query(writing->db, error, "select account from guardian where child = ?1 order by account",
                                 V_INT(loaded->child));
    while (rows_next(rows) && n < 15) {
        accounts[n++] = rows_int(rows, 0);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct account account;
        bool found;
        if (!account_get(writing->db, writing->arena, writing->vault, accounts[i], &account, &found, error)) {
            return false;
        }
        if (found) {
            out->family[out->nfamily++] = account.citizen;
        }
        if (found && accounts[i] == loaded->account) {
            out->guardian = account.citizen;
            out->guardian_name = account.name;
        }
    }
    return true;
}

/* What a department answered to a check that passed. *found is false when there is none. */
static bool passed_answer(struct writing *writing, int64_t application, struct str kind, struct ask *ask, bool *found,
                          struct error *error)
{
    struct str number;
    if (!db_one_text(writing->db, error, writing->arena, &number, found,
                     "select request from fact where application = ?1 and kind = ?2 and state = 'passed' and "
                     "source <> 'person'",
                     V_INT(application), V_TEXT(kind))) {
        return false;
    }
    if (!*found) {
        return true;
    }
    if (!ask_by_number(writing->db, writing->vault, writing->arena, number, ask, found, error)) {
        return false;
    }
    *found = *found && ask->answer.n > 0;
    return true;
}

/* The parents of the birth record, once it has passed: what either owns, the household owns. */
static bool read_parents(struct writing *writing, const struct loaded *loaded, struct persons *out, struct error *error)
{
    static const char *const parents[] = { "mother", "father" };
    struct ask ask;
    bool found;
    if (!passed_answer(writing, loaded->id, STR("birth"), &ask, &found, error)) {
        return false;
    }
    json_t *answer = found ? json_loadb(ask.answer.p, ask.answer.n, 0, NULL) : NULL;
    for (size_t i = 0; i < 2; i++) {
        const json_t *parent = json_object_get(answer, parents[i]);
        if (json_is_string(parent) && out->nfamily < sizeof out->family / sizeof *out->family) {
            struct str number = { json_string_value(parent), json_string_length(parent) };
            out->family[out->nfamily++] = arena_str(writing->arena, number);
        }
    }
    json_decref(answer);
    return true;
}

static bool read_persons(struct writing *writing, const struct loaded *loaded, struct persons *out, struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select c.citizen_sealed, d.address_sealed, d.kind from child c left join dwelling d "
                                 "on d.id = ?2 where c.id = ?1",
                                 V_INT(loaded->child), V_INT(loaded->dwelling));
    *out = (struct persons){ 0 };
    bool good = rows_next(rows);
    if (good) {
        struct str address = rows_blob(rows, 1);
        out->dwelling_kind = rows_text_in(rows, 2, writing->arena);
        good = vault_unseal(writing->vault, writing->arena, "child.citizen", rows_blob(rows, 0), &out->child, error) &&
               (!address.n ||
                vault_unseal(writing->vault, writing->arena, "dwelling.address", address, &out->address, error));
    }
    if (!rows_end(rows, good ? error : NULL) || !good) {
        return false;
    }
    out->family[out->nfamily++] = out->child;
    return claim_unseal(writing->vault, writing->arena, loaded->claim_sealed, &out->claim, error) &&
           read_guardians(writing, loaded, out, error) && read_parents(writing, loaded, out, error);
}

static json_t *text(struct str s)
{
    return json_stringn(s.p ? s.p : "", s.n);
}

/* The question of a kind, as JSON. What the city adds itself is asked about the child and its guardian. */
static json_t *question(struct str kind, const struct persons *p)
{
    struct str holder = p->claim.owner_citizen.n ? p->claim.owner_citizen : p->guardian;
    json_t *json = json_object();
    if (str_is(kind, "household")) {
        json_object_set_new(json, "child", text(p->child));
        json_object_set_new(json, "guardian", text(p->guardian));
    } else if (str_is(kind, "property")) {
        json_object_set_new(json, "owner", text(holder));
        json_object_set_new(json, "owner_name", text(p->claim.owner_name.n ? p->claim.owner_name : p->guardian_name));
        json_object_set_new(json, "address", text(p->address));
    } else if (str_is(kind, "contract")) {
        json_object_set_new(json, "holder", text(holder));
        json_object_set_new(json, "address", text(p->address));
    } else if (str_is(kind, "social_security") || str_is(kind, "licence") || str_is(kind, "permit")) {
        json_object_set_new(json, "person", text(p->guardian));
    } else if (str_is(kind, "birth") || str_is(kind, "disability")) {
        json_object_set_new(json, "child", text(p->child));
    } else {
        json_object_set_new(json, "child", text(p->child));
        json_object_set_new(json, "person", text(p->guardian));
    }
    return json;
}

static struct judgement judge_answer(struct writing *writing, const struct city *city, const struct loaded *loaded,
                                     const struct persons *p, size_t check, struct str answer)
{
    size_t dwelling = city_dwelling_index(city, loaded->claim_kind);
    const struct policy *primary = city_policy(city, loaded->division, STAGE_PRIMARY);
    int64_t latest = policy_latest_birthday(loaded->policy);
    if (loaded->stage == STAGE_JUNIOR && primary && !loaded->child_school) {
        int year, month, day;
        day_parts(policy_latest_birthday(primary), &year, &month, &day);
        latest = day_of(year - 5, month, day);
    }
    uint32_t right = dwelling == SIZE_MAX ? 0 : city->dwellings[dwelling].facts;
    struct judge_context context = {
        .stage = loaded->stage,
        .county = loaded->division,
        .today = day_of_ms(writing->now),
        .latest_birthday = latest,
        .enrolled = loaded->child_school != 0,
        .child = p->child,
        .household_division = loaded->child_division,
        .address = p->address,
        .owner = p->claim.owner_citizen,
        .owner_name = p->claim.owner_name,
        .title_number = p->claim.title_number,
        .title_kind = p->claim.title_kind,
        .confirms_dwelling = dwelling != SIZE_MAX && city->dwellings[dwelling].check == check,
        .owner_is_family = (right & (FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_OWNS_PART))) != 0,
        .family = p->family,
        .nfamily = p->nfamily,
        .yields = city->checks[check].yields,
        .dwelling_facts = right,
    };
    json_t *json = json_loadb(answer.p ? answer.p : "", answer.n, 0, NULL);
    struct judgement judgement = judge(city->checks[check].id, json, &context);
    json_decref(json);
    return judgement;
}

static const char *judged_state(enum judge_state state)
{
    return state == JUDGE_PASSED ? "passed" : state == JUDGE_FAILED ? "failed" : "person";
}

static bool write_judgement(struct writing *writing, int64_t application, struct str kind, struct str source,
                            struct str request, int64_t asked_at, const struct judgement *judgement,
                            struct error *error)
{
    return fact_write(writing,
                      &(struct fact_write){ .application = application,
                                            .kind = kind,
                                            .state = judged_state(judgement->state),
                                            .source = source,
                                            .request = request,
                                            .reason = judge_reason_id(judgement->reason),
                                            .facts = judgement->facts,
                                            .asked_at = asked_at,
                                            .answered_at = writing->now },
                      error);
}

/* Hands one question to connect and keeps its state; an answer that is known already is judged at once. */
static bool ask_one(struct writing *writing, const struct city *city, const struct loaded *loaded,
                    const struct persons *persons, size_t check, struct error *error)
{
    const struct check *c = &city->checks[check];
    const struct authority *authority = &city->authorities[c->authority];
    json_t *json = question(c->id, persons);
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    struct ask ask;
    struct ask_request request = { .authority = authority->id,
                                   .kind = c->id,
                                   .application = loaded->id,
                                   .division = loaded->division,
                                   .question = str_of(dumped),
                                   .by_sheet = authority->url.n == 0 };
    bool good = dumped ? ask_queue(writing, &request, &ask, error) : error_set(error, "a question cannot be written");
    free(dumped);
    if (!good) {
        return false;
    }
    if (ask.state == ASK_ANSWERED) {
        struct judgement judgement = judge_answer(writing, city, loaded, persons, check, ask.answer);
        return write_judgement(writing, loaded->id, c->id, authority->id, ask.number, ask.asked_at, &judgement, error);
    }
    return fact_write(writing,
                      &(struct fact_write){ .application = loaded->id,
                                            .kind = c->id,
                                            .state = "queued",
                                            .source = authority->id,
                                            .request = ask.number,
                                            .asked_at = writing->now },
                      error);
}

/* The birth record says who the parents are: shares of a dwelling that passed before it are counted once more. */
static bool judge_dwelling_again(struct writing *writing, struct places *places, const struct loaded *loaded,
                                 struct error *error)
{
    const struct city *city = places_city(places);
    size_t dwelling = city_dwelling_index(city, loaded->claim_kind);
    struct persons persons;
    struct ask ask;
    bool found;
    if (dwelling == SIZE_MAX) {
        return true;
    }
    size_t check = city->dwellings[dwelling].check;
    struct str kind = city->checks[check].id;
    if (!passed_answer(writing, loaded->id, kind, &ask, &found, error)) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (!read_persons(writing, loaded, &persons, error)) {
        return false;
    }
    struct judgement judgement = judge_answer(writing, city, loaded, &persons, check, ask.answer);
    return judgement.state != JUDGE_PASSED ||
           db_run(writing->db, error, "update fact set facts = ?3 where application = ?1 and kind = ?2",
                  V_INT(loaded->id), V_TEXT(kind), V_INT((int64_t)judgement.facts));
}

bool facts_ask(struct writing *writing, struct places *places, struct loaded *loaded, struct error *error)
{
    const struct city *city = places_city(places);
    struct kept_facts kept;
    struct choice_place *choices;
    struct persons persons;
    size_t n;
    bool read = false;
    if (!loaded->dwelling) {
        return true;
    }
    if (!facts_kept(writing->db, writing->arena, loaded->id, &kept, error) ||
        !choice_places(writing->db, writing->arena, loaded, &choices, &n, error)) {
        return false;
    }
    if (!kept_of(&kept, STR("sibling")) && !sibling_check(writing, loaded, error)) {
        return false;
    }
    uint32_t checks = checks_needed(city, loaded, &kept, choices, n);
    for (size_t i = 0; i < city->nchecks; i++) {
        if (!(checks & 1U << i) || kept_of(&kept, city->checks[i].id)) {
            continue;
        }
        if (!read && !read_persons(writing, loaded, &persons, error)) {
            return false;
        }
        read = true;
        if (!ask_one(writing, city, loaded, &persons, i, error)) {
            return false;
        }
    }
    return (!read || judge_dwelling_again(writing, places, loaded, error)) &&
           facts_settle(writing, places, loaded, error);
}

bool fact_ask(struct writing *writing, struct places *places, int64_t application, struct error *error)
{
    struct loaded loaded;
    bool found;
    return application_load(writing->db, writing->arena, places, application, 0, &loaded, &found, error) &&
           (!found || facts_ask(writing, places, &loaded, error));
}

/* ---- Answers ---- */

static bool row_before(struct writing *writing, const struct fact_answer *answer, struct str *state, struct str *source,
                       int64_t *asked_at, bool *known, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error, "select state, source, asked_at from fact where application = ?1 and kind = ?2",
                 V_INT(answer->application), V_TEXT(answer->kind));
    *known = rows_next(rows);
    if (*known) {
        *state = rows_text_in(rows, 0, writing->arena);
        *source = rows_text_in(rows, 1, writing->arena);
        *asked_at = rows_int(rows, 2);
    }
    return rows_end(rows, error);
}

static bool keep_answer(struct writing *writing, const struct fact_answer *answer, const struct loaded *loaded,
                        size_t check, int64_t asked_at, struct error *error)
{
    if (answer->answer.n == 0) {
        return fact_write(writing,
                          &(struct fact_write){ .application = loaded->id,
                                                .kind = answer->kind,
                                                .state = "silent",
                                                .source = answer->source,
                                                .request = answer->request,
                                                .asked_at = asked_at },
                          error);
    }
    struct persons persons;
    if (!read_persons(writing, loaded, &persons, error)) {
        return false;
    }
    struct judgement judgement =
        judge_answer(writing, places_city(answer->places), loaded, &persons, check, answer->answer);
    return write_judgement(writing, loaded->id, answer->kind, answer->source, answer->request, asked_at, &judgement,
                           error);
}

bool fact_answer_run(struct writing *writing, void *input, struct error *error)
{
    struct fact_answer *answer = input;
    struct str state, source;
    struct loaded loaded;
    int64_t asked_at = 0;
    bool found;
    size_t check = city_check_index(places_city(answer->places), answer->kind);
    if (!row_before(writing, answer, &state, &source, &asked_at, &answer->known, error)) {
        return false;
    }
    answer->known = answer->known && check != SIZE_MAX;
    if (!answer->known || str_is(source, "person")) {
        return true;
    }
    if (!application_load(writing->db, writing->arena, answer->places, answer->application, 0, &loaded, &found,
                          error)) {
        return false;
    }
    if (!found || !round_reviewable(loaded.round_state)) {
        return true; /* the final list stands: what comes now stays with the question alone */
    }
    struct str review = loaded.review;
    if (!keep_answer(writing, answer, &loaded, check, asked_at, error) ||
        (str_is(answer->kind, "birth") && !judge_dwelling_again(writing, answer->places, &loaded, error)) ||
        !facts_ask(writing, answer->places, &loaded, error)) {
        return false;
    }
    /* Who has the file open is told that it has changed. */
    return str_eq(review, loaded.review) ||
           db_run(writing->db, error, "update application set version = version + 1 where id = ?1", V_INT(loaded.id));
}

bool fact_on_answer(void *context, struct writing *writing, const struct ask *ask, struct error *error)
{
    struct fact_answer answer = {
        .places = context,
        .application = ask->application,
        .kind = ask->kind,
        .source = str_is(ask->source, "sheet") ? ask->source : ask->authority,
        .request = ask->number,
        .answer = ask->state == ASK_ANSWERED ? ask->answer : (struct str){ NULL, 0 },
    };
    return fact_answer_run(writing, &answer, error);
}

bool fact_ask_silent(struct writing *writing, struct str authority, struct str scope, int64_t *n, struct error *error)
{
    return db_run(
               writing->db, error,
               "update fact set state = 'queued' where state = 'silent' and source = ?1 and exists (select 1 from "
               "application a join round r on r.id = a.round where a.id = fact.application and r.division like ?2 and "
               "r.state in ('open', 'closed'))",
               V_TEXT(authority), V_TEXT(arena_printf(writing->arena, "%.*s%%", STR_ARG(scope)))) &&
           ask_again_all(writing, authority, scope, n, error);
}

/* ---- A person's word ---- */

/* What a check may establish for this application. */
static uint32_t establishes(const struct city *city, const struct loaded *loaded, struct str kind)
{
    size_t check = city_check_index(city, kind), dwelling = city_dwelling_index(city, loaded->claim_kind);
    if (str_is(kind, "sibling")) {
        return FACT_BIT(FACT_SIBLING_ENROLLED);
    }
    if (check == SIZE_MAX) {
        return 0;
    }
    uint32_t bits = city->checks[check].yields;
    if (dwelling != SIZE_MAX && city->dwellings[dwelling].check == check) {
        uint32_t rights = FACTS_OF_OWNING | FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_RESIDENCE_PERMIT);
        bits = (bits & ~rights) | city->dwellings[dwelling].facts | FACT_BIT(FACT_DWELLING_IN_COUNTY) |
               FACT_BIT(FACT_DWELLING_IN_CATCHMENT);
    }
    return bits;
}

bool fact_set(struct writing *writing, struct places *places, int64_t application, const struct fact_setting *settings,
              size_t n, struct error *error)
{
    const struct city *city = places_city(places);
    struct loaded loaded;
    struct kept_facts kept = { 0 };
    bool found;
    if (!application_load(writing->db, writing->arena, places, application, 0, &loaded, &found, error)) {
        return false;
    }
    if (!found) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t may = establishes(city, &loaded, settings[i].kind);
        uint32_t all = facts_claimed(city, &loaded, &kept) | FACTS_OF_CHOICE;
        uint32_t facts = may & (settings[i].facts ? settings[i].facts : all);
        facts = (facts & ~(uint32_t)FACTS_OF_OWNING) | best_owning(facts);
        if (!db_run(writing->db, error,
                    "update fact set state = ?3, source = 'person', reason = ?4, facts = ?5, answered_at = ?6 "
                    "where application = ?1 and kind = ?2",
                    V_INT(application), V_TEXT(settings[i].kind),
                    V_TEXT(str_of(settings[i].holds ? "passed" : "failed")),
                    V_TEXT(settings[i].holds ? STR("") : settings[i].reason),
                    V_INT(settings[i].holds ? (int64_t)facts : 0), V_INT(writing->now))) {
            return false;
        }
    }
    return facts_settle(writing, places, &loaded, error);
}
