/* Makes drafts that want only their submission: prepare DATA COUNT FILE [DATABASE URL]
 *
 * Each is a family of its own, modelled on one of the demo city whose application every department has confirmed: an
 * account with a session that is signed in, a child, a dwelling (so that no two meet at the lock of a dwelling), the
 * wishes and the answered checks. FILE gets the list (house.h). DATA is the bench's own copy; nobody else's. */
#include "house.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { MODELS = 200, PART = 1000, RANDOM = 32 };

struct wish {
    int64_t offer, distance, category, subrank, sibling;
};
struct kept_check {
    struct str kind, state, source, reason;
    int64_t facts, asked_at, answered_at;
};

/* What is copied; it lives in the arena. */
struct model {
    int64_t application, round, claims, school, facts;
    struct str consent_text, claim_kind, claim_sealed;
    struct str login, name, citizen;
    int64_t roles;
    struct str child_citizen, child_name, sex, division;
    int64_t birth, household_community, child_school, facts_at;
    int64_t community, east, north;
    struct str address, dwelling_kind;
    struct wish wishes[LIMIT_CHOICES];
    size_t nwishes;
    struct kept_check checks[16];
    size_t nchecks;
};

static const char models_sql[] =
    "select a.id, a.round, a.claims, a.school, a.facts, a.consent_text, a.claim_kind, a.claim_sealed, "
    "u.login_sealed, u.name_sealed, u.citizen_sealed, u.roles, c.citizen_sealed, c.name_sealed, c.sex, "
    "c.household_division, c.birth_day, c.household_community, c.school, c.facts_at, d.community, d.east, d.north, "
    "d.address_sealed, d.kind from application a join round r on r.id = a.round join account u on u.id = a.account "
    "join child c on c.id = a.child join dwelling d on d.id = a.dwelling where r.state = 'open' and r.opens_at <= ?1 "
    "and r.closes_at > ?1 and a.state = 'submitted' and a.review = 'passed' and a.twin is null and "
    "a.sibling_school is null and not exists (select 1 from paper p where p.application = a.id) "
    "order by a.id limit 200";

static bool read_models(struct db *db, struct arena *arena, struct model *models, size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error, models_sql, V_INT(clock_ms()));
    for (*n = 0; *n < MODELS && rows_next(rows); (*n)++) {
        models[*n] = (struct model){
            .application = rows_int(rows, 0),
            .round = rows_int(rows, 1),
            .claims = rows_int(rows, 2),
            .school = rows_int(rows, 3),
            .facts = rows_int(rows, 4),
            .consent_text = rows_text_in(rows, 5, arena),
            .claim_kind = rows_text_in(rows, 6, arena),
            .claim_sealed = rows_blob_in(rows, 7, arena),
            .login = rows_blob_in(rows, 8, arena),
            .name = rows_blob_in(rows, 9, arena),
            .citizen = rows_blob_in(rows, 10, arena),
            .roles = rows_int(rows, 11),
            .child_citizen = rows_blob_in(rows, 12, arena),
            .child_name = rows_blob_in(rows, 13, arena),
            .sex = rows_text_in(rows, 14, arena),
            .division = rows_text_in(rows, 15, arena),
            .birth = rows_int(rows, 16),
            .household_community = rows_int(rows, 17),
            .child_school = rows_int(rows, 18),
            .facts_at = rows_int(rows, 19),
            .community = rows_int(rows, 20),
            .east = rows_int(rows, 21),
            .north = rows_int(rows, 22),
            .address = rows_blob_in(rows, 23, arena),
            .dwelling_kind = rows_text_in(rows, 24, arena),
        };
    }
    return rows_end(rows, error);
}

static bool read_wishes(struct db *db, struct model *model, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select offer, distance, category, subrank, sibling from choice where "
                                 "application = ?1 order by rank",
                                 V_INT(model->application));
    while (model->nwishes < LIMIT_CHOICES && rows_next(rows)) {
        model->wishes[model->nwishes++] = (struct wish){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2),
                                                         rows_int(rows, 3), rows_int(rows, 4) };
    }
    return rows_end(rows, error);
}

static bool read_checks(struct db *db, struct arena *arena, struct model *model, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select kind, state, source, reason, facts, asked_at, answered_at from fact "
                                 "where application = ?1",
                                 V_INT(model->application));
    while (model->nchecks < sizeof model->checks / sizeof *model->checks && rows_next(rows)) {
        model->checks[model->nchecks++] = (struct kept_check){ rows_text_in(rows, 0, arena),
                                                               rows_text_in(rows, 1, arena),
                                                               rows_text_in(rows, 2, arena),
                                                               rows_text_in(rows, 3, arena),
                                                               rows_int(rows, 4),
                                                               rows_int(rows, 5),
                                                               rows_int(rows, 6) };
    }
    return rows_end(rows, error);
}

/* ---- Copies ---- */

/* New random bytes in the arena, where a hash of a person stands: each is another person. */
static struct str fresh(struct arena *arena)
{
    struct error error;
    void *bytes = arena_alloc(arena, RANDOM);
    if (!vault_random(bytes, RANDOM, &error)) {
        abort();
    }
    return (struct str){ bytes, RANDOM };
}

static bool add_account(struct writing *writing, const struct model *m, int64_t id, const struct str *token_hash,
                        struct error *error)
{
    struct arena *arena = writing->arena;
    return db_run(writing->db, error,
                  "insert into account (id, login_hash, login_sealed, name_sealed, citizen_hash, citizen_sealed, "
                  "roles, scope, demo, created_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', 2, ?8)",
                  V_INT(id), V_BLOB(fresh(arena)), V_BLOB(m->login), V_BLOB(m->name), V_BLOB(fresh(arena)),
                  V_BLOB(m->citizen), V_INT(m->roles), V_INT(writing->now)) &&
           db_run(writing->db, error,
                  "insert into session (token_hash, account, created_at, seen_at, expires_at) "
                  "values (?1, ?2, ?3, ?3, ?4)",
                  V_BLOB(*token_hash), V_INT(id), V_INT(writing->now),
                  V_INT(writing->now + (int64_t)LIMIT_SESSION_HOURS * 3600000));
}

static bool add_child(struct writing *writing, const struct model *m, int64_t id, int64_t account, int64_t dwelling,
                      struct error *error)
{
    struct arena *arena = writing->arena;
    return db_run(writing->db, error,
                  "insert into dwelling (id, community, address_hash, address_sealed, kind, east, north) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                  V_INT(dwelling), V_INT(m->community), V_BLOB(fresh(arena)), V_BLOB(m->address),
                  V_TEXT(m->dwelling_kind), V_INT(m->east), V_INT(m->north)) &&
           db_run(writing->db, error,
                  "insert into child (id, citizen_hash, citizen_sealed, name_sealed, sex, birth_day, "
                  "household_division, household_community, household_dwelling, school, facts_at) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                  V_INT(id), V_BLOB(fresh(arena)), V_BLOB(m->child_citizen), V_BLOB(m->child_name), V_TEXT(m->sex),
                  V_INT(m->birth), V_TEXT(m->division), V_IF(m->household_community, V_INT(m->household_community)),
                  V_INT(dwelling), V_IF(m->child_school, V_INT(m->child_school)), V_INT(m->facts_at)) &&
           db_run(writing->db, error, "insert into guardian (account, child, relation) values (?1, ?2, 'mother')",
                  V_INT(account), V_INT(id));
}

static bool add_draft(struct writing *writing, const struct model *m, int64_t id, int64_t account, int64_t child,
                      int64_t dwelling, struct error *error)
{
    bool good =
        db_run(writing->db, error,
               "insert into application (id, round, child, account, state, step, consent_at, consent_text, "
               "dwelling, claim_kind, claim_sealed, claims, school, family_hash, facts, begun_at, changed_at) "
               "values (?1, ?2, ?3, ?4, 'draft', 'answers', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?5, ?5)",
               V_INT(id), V_INT(m->round), V_INT(child), V_INT(account), V_INT(writing->now), V_TEXT(m->consent_text),
               V_INT(dwelling), V_TEXT(m->claim_kind), V_BLOB(m->claim_sealed), V_INT(m->claims),
               V_IF(m->school, V_INT(m->school)), V_BLOB(fresh(writing->arena)), V_INT(m->facts));
    for (size_t i = 0; good && i < m->nwishes; i++) {
        const struct wish *w = &m->wishes[i];
        good = db_run(writing->db, error,
                      "insert into choice (application, rank, offer, distance, category, subrank, sibling) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      V_INT(id), V_INT((int64_t)i + 1), V_INT(w->offer), V_INT(w->distance), V_INT(w->category),
                      V_INT(w->subrank), V_INT(w->sibling));
    }
    for (size_t i = 0; good && i < m->nchecks; i++) {
        const struct kept_check *c = &m->checks[i];
        good = db_run(writing->db, error,
                      "insert into fact (application, kind, state, source, reason, facts, asked_at, answered_at) "
                      "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                      V_INT(id), V_TEXT(c->kind), V_TEXT(c->state), V_TEXT(c->source), V_TEXT(c->reason),
                      V_INT(c->facts), V_INT(c->asked_at), V_INT(c->answered_at));
    }
    return good;
}

static bool add_family(struct writing *writing, const struct model *model, FILE *list, struct error *error)
{
    int64_t account, child, dwelling, application;
    unsigned char token[SESSION_TOKEN_BYTES], hash[SESSION_HASH_BYTES];
    session_token_new(token, hash);
    struct str token_hash = arena_str(writing->arena, (struct str){ (const char *)hash, sizeof hash });
    if (!writing_id(writing, "select coalesce(max(id), 0) from account", &account, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from child", &child, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from dwelling", &dwelling, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from application", &application, error) ||
        !add_account(writing, model, account, &token_hash, error) ||
        !add_child(writing, model, child, account, dwelling, error) ||
        !add_draft(writing, model, application, account, child, dwelling, error)) {
        return false;
    }
    struct str text = hex_encode(writing->arena, token, sizeof token);
    return fprintf(list, "%lld %lld %.*s\n", (long long)application, (long long)account, STR_ARG(text)) > 0 ||
           error_set(error, "the list cannot be written: %m");
}

static bool add_all(struct house *house, const struct model *models, size_t nmodels, size_t count, FILE *list,
                    struct error *error)
{
    struct writing *writing;
    if (!writing_open(&writing, house->store, house->vault, error)) {
        return false;
    }
    bool good = true;
    for (size_t done = 0; good && done < count;) {
        good = writing_begin(writing, error);
        for (size_t i = 0; good && i < PART && done < count; i++, done++) {
            good = add_family(writing, &models[done % nmodels], list, error);
        }
        good = good && writing_commit(writing, error);
    }
    writing_close(writing);
    return good;
}

static bool prepare(struct house *house, size_t count, FILE *list, struct error *error)
{
    struct db *db;
    struct model *models = ARENA_ARRAY(house->arena, struct model, MODELS);
    size_t n = 0;
    if (!db_open(&db, house->store, DB_READ, error)) {
        return false;
    }
    bool good = read_models(db, house->arena, models, &n, error);
    for (size_t i = 0; good && i < n; i++) {
        good = read_wishes(db, &models[i], error) && read_checks(db, house->arena, &models[i], error);
    }
    db_close(db);
    if (good && n == 0) {
        return error_set(error, "no round of the demo takes applications with a confirmed one to model on");
    }
    return good && add_all(house, models, n, count, list, error);
}

int main(int argc, char **argv)
{
    struct house house = { 0 };
    struct error error = { "usage: prepare DATA COUNT FILE [DATABASE URL]" };
    FILE *list = argc >= 4 ? fopen(argv[3], "w") : NULL;
    bool good = list && house_open(&house, argv[1], argc > 4 ? argv[4] : NULL, &error) &&
                prepare(&house, strtoul(argv[2], NULL, 10), list, &error);
    if (list && fclose(list) != 0) {
        good = error_set(&error, "the list cannot be written: %m");
    }
    if (house.arena) {
        house_close(&house);
    }
    if (!good) {
        (void)fprintf(stderr, "prepare: %s\n", error.message);
    }
    return good ? 0 : 1;
}
