/* The dwelling that a family applies by: which one, by what right, whose it is; the elder child at school; and the
 * lock by which one dwelling serves one household within the policy's years.
 *
 * What must hold: the lock refuses nobody. It writes the fact dwelling_lock, for this application and for those that
 * it meets, so whoever came first gains nothing by it, and a person decides. */
#include "accounts/accounts.h"
#include "places/citizen.h"
#include "places/inside.h"
#include "registry/registry.h"

#include <stdio.h>

/* ---- What was typed, sealed as one text of four lines ---- */

static const char claim_purpose[] = "application.claim";

static struct str one_line(struct arena *arena, struct str s)
{
    struct str line = arena_str(arena, str_trim(s));
    char *p = arena_alloc(arena, line.n + 1);
    for (size_t i = 0; i < line.n; i++) {
        p[i] = line.p[i] == '\n' || line.p[i] == '\r' ? ' ' : line.p[i];
    }
    return (struct str){ p, line.n };
}

bool claim_seal(struct vault *vault, struct arena *arena, const struct application_claim *claim, struct str *sealed,
                struct error *error)
{
    struct str citizen = one_line(arena, claim->owner_citizen), name = one_line(arena, claim->owner_name);
    struct str number = one_line(arena, claim->title_number), kind = one_line(arena, claim->title_kind);
    struct str text =
        arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(citizen), STR_ARG(name), STR_ARG(number), STR_ARG(kind));
    return vault_seal(vault, arena, claim_purpose, text, sealed, error);
}

static struct str next_line(struct str *text)
{
    size_t n = str_find(*text, '\n');
    struct str line = { text->p, n };
    size_t used = n < text->n ? n + 1 : n;
    *text = (struct str){ text->p + used, text->n - used };
    return line;
}

bool claim_unseal(struct vault *vault, struct arena *arena, struct str sealed, struct application_claim *out,
                  struct error *error)
{
    struct str text;
    *out = (struct application_claim){ 0 };
    if (sealed.n == 0) {
        return true;
    }
    if (!vault_unseal(vault, arena, claim_purpose, sealed, &text, error)) {
        return false;
    }
    out->owner_citizen = next_line(&text);
    out->owner_name = next_line(&text);
    out->title_number = next_line(&text);
    out->title_kind = next_line(&text);
    return true;
}

/* ---- Which dwelling ---- */

/* A known dwelling is the child's household's, or one by which this account applies or has applied. */
static bool dwelling_is_known(struct writing *writing, const struct loaded *loaded, int64_t account, int64_t dwelling,
                              bool *known, struct error *error)
{
    int64_t one;
    if (dwelling == loaded->household_dwelling || dwelling == loaded->dwelling) {
        *known = true;
        return true;
    }
    return db_one_int(writing->db, error, &one, known,
                      "select 1 from application where account = ?1 and dwelling = ?2 limit 1", V_INT(account),
                      V_INT(dwelling));
}

static bool typed_dwelling(struct writing *writing, struct application_dwelling *step, int64_t *dwelling,
                           struct error *error)
{
    struct community community;
    bool found;
    struct str form = registry_address_form(writing->arena, step->address);
    if (form.n == 0) {
        step->apply.result = APPLY_ADDRESS_MISSING;
        return true;
    }
    if (!(step->community ? registry_community(writing->db, writing->arena, step->community, &community, &found, error)
                          : registry_address_community(writing->db, writing->arena, form, &community, &found, error))) {
        return false;
    }
    if (!found) {
        step->apply.result = APPLY_ADDRESS_UNKNOWN;
        return true;
    }
    return registry_dwelling_record(writing, writing->vault, form, community.id, STR(""), dwelling, error);
}

static bool find_dwelling(struct writing *writing, struct application_dwelling *step, struct loaded *loaded,
                          int64_t *dwelling, struct error *error)
{
    *dwelling = step->dwelling;
    if (step->dwelling) {
        bool known;
        if (!dwelling_is_known(writing, loaded, step->apply.actor.account, step->dwelling, &known, error)) {
            return false;
        }
        if (!known) {
            step->apply.result = APPLY_DWELLING_MISSING;
            return true;
        }
    } else if (!typed_dwelling(writing, step, dwelling, error)) {
        return false;
    }
    if (step->apply.result != APPLY_DONE) {
        return true;
    }
    struct rows *rows =
        db_query(writing->db, error,
                 "select c.id, c.division from dwelling d join community c on c.id = d.community where d.id = ?1",
                 V_INT(*dwelling));
    if (rows_next(rows)) {
        step->community_found = rows_int(rows, 0);
        bool here = str_starts(rows_text(rows, 1), loaded->division) ||
                    str_starts(loaded->child_division, loaded->division) ||
                    str_starts(loaded->household_place, loaded->division);
        step->apply.result = here ? APPLY_DONE : APPLY_OUTSIDE_COUNTY;
    }
    return rows_end(rows, error);
}

/* ---- Whose it is, and the elder child ---- */

/* "own" (a kind that can give owning) without a name is the guardian's who began it. */
static bool complete_claim(struct writing *writing, struct application_dwelling *step, const struct loaded *loaded,
                           const struct dwelling_kind *kind, struct application_claim *claim, struct error *error)
{
    struct citizen owner;
    *claim = (struct application_claim){ .owner_name = str_trim(step->owner_name),
                                         .title_number = str_trim(step->title_number),
                                         .title_kind = str_trim(step->title_kind) };
    if (str_trim(step->owner_citizen).n) {
        enum citizen_fault fault = citizen_read(writing->arena, step->owner_citizen, &owner);
        step->citizen_fault = (int)fault;
        if (fault != CITIZEN_GOOD) {
            step->apply.result = APPLY_BAD_CITIZEN;
            return true;
        }
        claim->owner_citizen = owner.number;
        step->apply.result = claim->owner_name.n ? APPLY_DONE : APPLY_OWNER_MISSING;
        return true;
    }
    bool owns = (kind->facts & (FACT_BIT(FACT_OWNS_ALL) | FACT_BIT(FACT_OWNS_PART))) != 0;
    bool tenant = (kind->facts & (FACT_BIT(FACT_LEASE_REGISTERED) | FACT_BIT(FACT_RESIDENCE_PERMIT))) != 0;
    if (!owns && !tenant) {
        step->apply.result = APPLY_OWNER_MISSING;
        return true;
    }
    struct account account;
    bool found;
    if (!account_get(writing->db, writing->arena, writing->vault, loaded->account, &account, &found, error)) {
        return false;
    }
    if (found) {
        claim->owner_citizen = account.citizen;
        claim->owner_name = claim->owner_name.n ? claim->owner_name : account.name;
    }
    return true;
}

static bool complete_sibling(struct writing *writing, struct application_dwelling *step, const struct loaded *loaded,
                             struct str *hash, struct error *error)
{
    struct citizen elder;
    int64_t one;
    bool found;
    *hash = (struct str){ NULL, 0 };
    if (!step->sibling_school) {
        return true;
    }
    if (step->sibling_citizen.n == 0 && step->sibling_school == loaded->sibling_school) {
        *hash = loaded->sibling_hash; /* the page of the dwelling leaves the elder child as it was said before */
        return true;
    }
    if (!db_one_int(writing->db, error, &one, &found, "select 1 from offer where round = ?1 and institution = ?2",
                    V_INT(loaded->round), V_INT(step->sibling_school))) {
        return false;
    }
    enum citizen_fault fault = citizen_read(writing->arena, step->sibling_citizen, &elder);
    if (!found || loaded->policy->sibling != SIBLING_FOLLOW) {
        step->apply.result = APPLY_SIBLING_SCHOOL;
    } else if (fault != CITIZEN_GOOD) {
        step->citizen_fault = (int)fault;
        step->apply.result = APPLY_BAD_CITIZEN;
    } else {
        *hash = vault_hash_in(writing->vault, writing->arena, "citizen", elder.number);
    }
    return true;
}

/* Siblings share it: the household is known by where it is registered; without that, by its guardian. */
static struct str family_hash(struct writing *writing, const struct loaded *loaded)
{
    struct str household = loaded->household_dwelling
                               ? arena_printf(writing->arena, "household %lld", (long long)loaded->household_dwelling)
                               : arena_printf(writing->arena, "guardian %lld", (long long)loaded->account);
    return vault_hash_in(writing->vault, writing->arena, "family", household);
}

static bool keep_dwelling(struct writing *writing, struct application_dwelling *step, const struct loaded *loaded,
                          int64_t dwelling, const struct application_claim *claim, struct str sibling,
                          struct error *error)
{
    struct str sealed;
    return claim_seal(writing->vault, writing->arena, claim, &sealed, error) &&
           db_run(writing->db, error,
                  "update application set dwelling = ?2, claim_kind = ?3, claim_sealed = ?4, claims = ?5, "
                  "sibling_school = ?6, sibling_hash = ?7, family_hash = ?8, step = ?9, changed_at = ?10, "
                  "version = version + 1 where id = ?1",
                  V_INT(loaded->id), V_INT(dwelling), V_TEXT(step->claim_kind), V_BLOB(sealed),
                  V_INT((int64_t)(step->claims & FACTS_CLAIMABLE)),
                  V_IF(step->sibling_school, V_INT(step->sibling_school)), V_IF(sibling.n, V_BLOB(sibling)),
                  V_BLOB(family_hash(writing, loaded)), V_TEXT(str_of(step_after(loaded->step, "dwelling"))),
                  V_INT(writing->now));
}

/* Distances of choices that stand already are those of the new dwelling. */
static bool measure_again(struct writing *writing, int64_t application, int64_t dwelling, struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select c.rank, d.east, d.north, i.east, i.north from choice c join offer o on "
                                 "o.id = c.offer join institution i on i.id = o.institution join dwelling d on "
                                 "d.id = ?2 where c.application = ?1",
                                 V_INT(application), V_INT(dwelling));
    int64_t rank[LIMIT_CHOICES], distance[LIMIT_CHOICES];
    size_t n = 0;
    while (rows_next(rows) && n < LIMIT_CHOICES) {
        rank[n] = rows_int(rows, 0);
        distance[n++] = registry_distance(rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3), rows_int(rows, 4));
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!db_run(writing->db, error, "update choice set distance = ?3 where application = ?1 and rank = ?2",
                    V_INT(application), V_INT(rank[i]), V_INT(distance[i]))) {
            return false;
        }
    }
    return true;
}

bool application_dwelling_run(struct writing *writing, void *input, struct error *error)
{
    struct application_dwelling *step = input;
    struct apply *apply = &step->apply;
    struct loaded loaded;
    struct application_claim claim;
    struct str sibling;
    int64_t dwelling = 0;
    bool go;
    step->community_found = step->citizen_fault = 0;
    if (!step_open(writing, apply, PART_DWELLING, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    const struct city *city = places_city(apply->places);
    size_t kind = city_dwelling_index(city, step->claim_kind);
    if (!loaded.consented || kind == SIZE_MAX) {
        apply->result = loaded.consented ? APPLY_DWELLING_KIND : APPLY_CONSENT_MISSING;
        return true;
    }
    if (!complete_claim(writing, step, &loaded, &city->dwellings[kind], &claim, error)) {
        return false;
    }
    if (apply->result == APPLY_DONE && !complete_sibling(writing, step, &loaded, &sibling, error)) {
        return false;
    }
    if (apply->result == APPLY_DONE && !find_dwelling(writing, step, &loaded, &dwelling, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE) {
        return true;
    }
    struct loaded now;
    bool found;
    return keep_dwelling(writing, step, &loaded, dwelling, &claim, sibling, error) &&
           (loaded.nchoices == 0 || measure_again(writing, loaded.id, dwelling, error)) &&
           facts_forget(writing, loaded.id, error) &&
           application_load(writing->db, writing->arena, apply->places, loaded.id, apply->actor.account, &now, &found,
                            error) &&
           (!str_is(now.state, "submitted") || dwelling_lock_check(writing, apply->places, &now, error)) &&
           facts_ask(writing, apply->places, &now, error) &&
           step_close(writing, apply, &loaded, "application.dwelling", step->claim_kind, error);
}

/* ---- The elder child ---- */

bool sibling_check(struct writing *writing, const struct loaded *loaded, struct error *error)
{
    if (!loaded->sibling_school) {
        return true;
    }
    /* Of one family: registered in the same dwelling, or under one guardian. */
    int64_t ours;
    bool found;
    if (!db_one_int(writing->db, error, &ours, &found,
                    "select case when e.household_dwelling = c.household_dwelling or exists (select 1 from guardian g "
                    "join guardian h on h.account = g.account where g.child = c.id and h.child = e.id) then 1 else 0 "
                    "end from child e join child c on c.id = ?3 where e.citizen_hash = ?1 and e.school = ?2 "
                    "and e.id <> c.id",
                    V_BLOB(loaded->sibling_hash), V_INT(loaded->sibling_school), V_INT(loaded->child))) {
        return false;
    }
    bool holds = found && ours;
    return fact_write(writing,
                      &(struct fact_write){ .application = loaded->id,
                                            .kind = STR("sibling"),
                                            .state = holds ? "passed" : "person",
                                            .source = STR("register"),
                                            .reason = holds ? "" : "sibling_unconfirmed",
                                            .facts = holds ? FACT_BIT(FACT_SIBLING_ENROLLED) : 0,
                                            .asked_at = writing->now,
                                            .answered_at = writing->now },
                      error);
}

/* ---- The lock ---- */

/* Applications of the same dwelling and stage by another family: of this round, and the holder of the lock. (+a.round:
 * found by the dwelling, of which there are few, never by the round.) */
static bool others_at(struct writing *writing, const struct loaded *loaded, struct str family, int64_t **others,
                      size_t *n, bool *locked, struct error *error)
{
    struct list list = { .size = sizeof(int64_t) };
    struct rows *rows = db_query(
        writing->db, error,
        "select a.id, 0 from application a where a.dwelling = ?1 and +a.round = ?2 and a.state = 'submitted' "
        "and a.id <> ?3 and a.family_hash <> ?4 and not exists (select 1 from guardian g join guardian h on "
        "h.account = g.account where g.child = a.child and h.child = ?5) union all "
        "select 0, 1 from dwelling_lock l where l.dwelling = ?1 and l.stage = ?6 and l.until_year >= ?7 "
        "and l.family_hash <> ?4 and not exists (select 1 from application b join guardian g on g.child = b.child "
        "join guardian h on h.account = g.account where b.id = l.application and h.child = ?5)",
        V_INT(loaded->dwelling), V_INT(loaded->round), V_INT(loaded->id), V_BLOB(family), V_INT(loaded->child),
        V_TEXT(str_of(stage_id(loaded->stage))), V_INT(loaded->year));
    *locked = false;
    while (rows_next(rows)) {
        if (rows_int(rows, 1)) {
            *locked = true;
        } else {
            *(int64_t *)list_add(&list, writing->arena) = rows_int(rows, 0);
        }
    }
    *others = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

static bool write_lock_fact(struct writing *writing, int64_t application, struct error *error)
{
    return fact_write(writing,
                      &(struct fact_write){ .application = application,
                                            .kind = STR("dwelling_lock"),
                                            .state = "person",
                                            .source = STR("register"),
                                            .reason = "dwelling_used",
                                            .asked_at = writing->now,
                                            .answered_at = writing->now },
                      error);
}

bool dwelling_lock_check(struct writing *writing, struct places *places, const struct loaded *loaded,
                         struct error *error)
{
    int64_t *others;
    size_t n;
    bool locked;
    if (loaded->policy->dwelling_lock_years == 0 || loaded->dwelling == 0) {
        return true;
    }
    if (!others_at(writing, loaded, family_hash(writing, loaded), &others, &n, &locked, error)) {
        return false;
    }
    if ((n || locked) && !write_lock_fact(writing, loaded->id, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int64_t held;
        bool known;
        /* What a person has settled about the other stays. */
        if (!db_one_int(writing->db, error, &held, &known,
                        "select 1 from fact where application = ?1 and kind = 'dwelling_lock'", V_INT(others[i])) ||
            (!known &&
             !(write_lock_fact(writing, others[i], error) && fact_settle(writing, places, others[i], error)))) {
            return false;
        }
    }
    return true;
}

bool dwelling_lock_take(struct writing *writing, struct places *places, int64_t application, struct error *error)
{
    struct loaded loaded;
    bool found;
    if (!application_load(writing->db, writing->arena, places, application, 0, &loaded, &found, error)) {
        return false;
    }
    if (!found || loaded.policy->dwelling_lock_years == 0 || loaded.dwelling == 0) {
        return true;
    }
    int64_t until = loaded.year + loaded.policy->dwelling_lock_years - 1;
    /* The sibling's lock is renewed; a stranger's that still runs stays. */
    return db_run(writing->db, error,
                  "insert into dwelling_lock (dwelling, stage, until_year, family_hash, application) "
                  "values (?1, ?2, ?3, ?4, ?5) on conflict (dwelling, stage) do update set "
                  "until_year = excluded.until_year, family_hash = excluded.family_hash, "
                  "application = excluded.application where dwelling_lock.until_year < ?6 or "
                  "dwelling_lock.family_hash = excluded.family_hash",
                  V_INT(loaded.dwelling), V_TEXT(str_of(stage_id(loaded.stage))), V_INT(until),
                  V_BLOB(family_hash(writing, &loaded)), V_INT(application), V_INT(loaded.year));
}
