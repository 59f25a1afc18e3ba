/* Steps of an application: how each begins and ends, and the small ones (begin, consent, going on, withdraw, correct).
 * dwelling.c, choice.c, submit.c and paper.c have the others; application_read.c the reads.
 *
 * What must hold: one row per child and round (the table's unique key; begin finds what is there); a step changes
 * something only when every condition holds; a form's key that succeeded once changes nothing again. */
#include "places/application.h"

#include "allot/sm3.h"
#include "base/hex.h"
#include "places/inside.h"
#include "store/journal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Loading ---- */

static const char load_sql[] =
    "select r.id, r.label, r.division, r.state, r.stage, r.year, r.opens_at, r.closes_at, r.policy, "
    "c.id, c.birth_day, c.school, c.household_division, c.household_dwelling, "
    "case r.stage when 'primary' then h.primary_catchment else h.junior_catchment end, h.division, c.citizen_hash, "
    "a.account, a.state, a.step, a.receipt, a.consent_at, a.dwelling, "
    "case r.stage when 'primary' then p.primary_catchment else p.junior_catchment end, p.division, d.kind, d.east, "
    "d.north, a.claim_kind, a.claim_sealed, a.claims, a.facts, a.sibling_school, a.sibling_hash, a.review, "
    "a.review_level, a.review_reasons, a.unlocked, a.reviewer, a.queue_at, a.submitted_at, a.version, "
    "(select count(*) from choice where choice.application = a.id), "
    "(select count(*) from guardian g where g.account = ?2 and g.child = a.child), a.together "
    "from application a join round r on r.id = a.round join child c on c.id = a.child "
    "left join community h on h.id = c.household_community left join dwelling d on d.id = a.dwelling "
    "left join community p on p.id = d.community where a.id = ?1";

static void read_loaded(struct rows *rows, struct arena *arena, struct loaded *out)
{
    *out = (struct loaded){
        .round = rows_int(rows, 0),
        .round_label = rows_text_in(rows, 1, arena),
        .division = rows_text_in(rows, 2, arena),
        .round_state = rows_text_in(rows, 3, arena),
        .stage = str_is(rows_text(rows, 4), "primary") ? STAGE_PRIMARY : STAGE_JUNIOR,
        .year = rows_int(rows, 5),
        .opens_at = rows_int(rows, 6),
        .closes_at = rows_int(rows, 7),
        .child = rows_int(rows, 9),
        .birth = rows_int(rows, 10),
        .child_school = rows_int(rows, 11),
        .child_division = rows_text_in(rows, 12, arena),
        .household_dwelling = rows_int(rows, 13),
        .household_catchment = rows_int(rows, 14),
        .household_place = rows_text_in(rows, 15, arena),
        .citizen_hash = rows_blob_in(rows, 16, arena),
        .account = rows_int(rows, 17),
        .state = rows_text_in(rows, 18, arena),
        .step = rows_text_in(rows, 19, arena),
        .receipt = rows_text_in(rows, 20, arena),
        .consented = !rows_is_null(rows, 21),
        .dwelling = rows_int(rows, 22),
        .dwelling_catchment = rows_int(rows, 23),
        .dwelling_place = rows_text_in(rows, 24, arena),
        .dwelling_kind = rows_text_in(rows, 25, arena),
        .east = rows_int(rows, 26),
        .north = rows_int(rows, 27),
        .claim_kind = rows_text_in(rows, 28, arena),
        .claim_sealed = rows_blob_in(rows, 29, arena),
        .claims = (uint32_t)rows_int(rows, 30),
        .facts = (uint32_t)rows_int(rows, 31),
        .sibling_school = rows_int(rows, 32),
        .sibling_hash = rows_blob_in(rows, 33, arena),
        .review = rows_text_in(rows, 34, arena),
        .review_level = rows_text_in(rows, 35, arena),
        .review_reasons = rows_text_in(rows, 36, arena),
        .unlocked = (unsigned)rows_int(rows, 37),
        .reviewer = rows_int(rows, 38),
        .queue_at = rows_int(rows, 39),
        .submitted_at = rows_int(rows, 40),
        .version = rows_int(rows, 41),
        .nchoices = rows_int(rows, 42),
        .is_guardian = rows_int(rows, 43) > 0,
        .together = rows_int(rows, 44),
    };
}

bool application_load(struct db *db, struct arena *arena, struct places *places, int64_t id, int64_t account,
                      struct loaded *out, bool *found, struct error *error)
{
    struct loaded loaded;
    int64_t policy = 0;
    struct rows *rows = db_query(db, error, load_sql, V_INT(id), V_INT(account));
    *found = rows_next(rows);
    if (*found) {
        read_loaded(rows, arena, &loaded);
        loaded.id = id;
        policy = rows_int(rows, 8);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (*found && !places_policy(places, db, policy, &loaded.policy, error)) {
        return false;
    }
    if (*found) {
        *out = loaded;
    }
    return true;
}

/* ---- The frame of a step ---- */

bool is_family(const struct actor *actor)
{
    return strcmp(actor->role, "family") == 0;
}

enum apply_result round_window(struct str state, int64_t opens_at, int64_t closes_at, int64_t now)
{
    if (str_is(state, "draft") || str_is(state, "announced") || now < opens_at) {
        return APPLY_NOT_OPEN;
    }
    return str_is(state, "open") && now < closes_at ? APPLY_DONE : APPLY_CLOSED;
}

bool round_reviewable(struct str state)
{
    return str_is(state, "open") || str_is(state, "closed");
}

bool once_open(struct writing *writing, struct str key, int64_t account, struct str *answer, bool *go,
               struct error *error)
{
    bool is_new;
    *go = true;
    *answer = (struct str){ "", 0 };
    if (key.n == 0) {
        return true;
    }
    if (!once_claim(writing, key, account, answer, &is_new, error)) {
        return false;
    }
    *go = is_new || answer->n == 0; /* used before, but the step was refused then: it may be tried again */
    return true;
}

bool once_close(struct writing *writing, struct str key, struct str answer, struct error *error)
{
    return key.n == 0 || once_answer(writing, key, answer, error);
}

bool once_open_number(struct writing *writing, struct str key, int64_t account, int64_t *number, bool *go,
                      struct error *error)
{
    struct str answer;
    return once_open(writing, key, account, &answer, go, error) &&
           (*go || str_to_int(answer, 0, INT64_MAX, number) ||
            error_set(error, "this form's key was used by something else; open it again"));
}

bool once_close_number(struct writing *writing, struct str key, int64_t number, struct error *error)
{
    return once_close(writing, key, arena_printf(writing->arena, "%lld", (long long)number), error);
}

static enum apply_result state_result(const struct loaded *loaded, unsigned needs, int64_t now)
{
    if (needs == STEP_ANY_STATE) {
        return APPLY_DONE;
    }
    if (str_is(loaded->state, "draft")) {
        return round_window(loaded->round_state, loaded->opens_at, loaded->closes_at, now);
    }
    bool opened = str_is(loaded->state, "submitted") && str_is(loaded->review, "correction") &&
                  (loaded->unlocked & needs) != 0 && round_reviewable(loaded->round_state);
    return opened ? APPLY_DONE : APPLY_LOCKED;
}

static bool repeat_of(struct apply *apply, struct str answer)
{
    struct str word;
    apply->repeated = true;
    apply->result = APPLY_DONE;
    return str_split(&answer, ' ', &word) && str_to_int(word, 1, INT64_MAX, &apply->application) &&
           str_to_int(answer, 1, INT64_MAX, &apply->new_version);
}

bool step_open(struct writing *writing, struct apply *apply, unsigned needs, struct loaded *out, bool *go,
               struct error *error)
{
    struct str answer;
    bool found;
    apply->repeated = false;
    if (!once_open(writing, apply->form_key, apply->actor.account, &answer, go, error)) {
        return false;
    }
    if (!*go) {
        return repeat_of(apply, answer) ||
               error_set(error, "this form's key was used by something else; open it again");
    }
    if (!application_load(writing->db, writing->arena, apply->places, apply->application, apply->actor.account, out,
                          &found, error)) {
        return false;
    }
    if (!found) {
        apply->result = APPLY_NOT_FOUND;
    } else if (is_family(&apply->actor) && !out->is_guardian) {
        apply->result = APPLY_NOT_GUARDIAN;
    } else {
        apply->new_version = out->version;
        apply->result = state_result(out, needs, writing->now);
        bool asks = apply->version != 0 && needs != STEP_ANY_STATE;
        if (apply->result == APPLY_DONE && asks && apply->version != out->version) {
            apply->result = APPLY_CHANGED;
        }
    }
    *go = apply->result == APPLY_DONE;
    return true;
}

bool step_close(struct writing *writing, struct apply *apply, const struct loaded *loaded, const char *action,
                struct str detail, struct error *error)
{
    apply->new_version = loaded->version + 1;
    apply->result = APPLY_DONE;
    struct str answer =
        arena_printf(writing->arena, "%lld %lld", (long long)apply->application, (long long)apply->new_version);
    return journal_append(writing,
                          &(struct journal_entry){ .actor = apply->actor.account,
                                                   .role = apply->actor.role,
                                                   .action = action,
                                                   .subject_kind = "application",
                                                   .subject_id = apply->application,
                                                   .division = loaded->division,
                                                   .detail = detail },
                          error) &&
           once_close(writing, apply->form_key, answer, error);
}

static const char *const steps[] = { "consent", "dwelling", "checks", "choices", "papers", "answers" };

static size_t step_index(struct str step)
{
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && !str_is(step, steps[i])) {
        i++;
    }
    return i;
}

const char *step_after(struct str now, const char *done)
{
    size_t next = step_index(str_of(done)) + 1;
    size_t here = step_index(now);
    return steps[here > next ? here : next < sizeof steps / sizeof *steps ? next : sizeof steps / sizeof *steps - 1];
}

/* ---- Begin ---- */

struct candidate {
    struct str label, division, round_state;
    enum stage stage;
    int64_t year, opens_at, closes_at, policy, parent;
    int64_t birth;
    bool enrolled, is_guardian;
};

static bool load_candidate(struct writing *writing, const struct application_begin *begin, struct candidate *out,
                           bool *found, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error,
                 "select r.label, r.division, r.state, r.stage, r.year, r.opens_at, r.closes_at, r.policy, r.parent, "
                 "c.birth_day, c.school, (select count(*) from guardian g where g.account = ?3 and g.child = c.id) "
                 "from round r join child c on c.id = ?2 where r.id = ?1",
                 V_INT(begin->round), V_INT(begin->child), V_INT(begin->apply.actor.account));
    *found = rows_next(rows);
    if (*found) {
        *out = (struct candidate){
            .label = rows_text_in(rows, 0, writing->arena),
            .division = rows_text_in(rows, 1, writing->arena),
            .round_state = rows_text_in(rows, 2, writing->arena),
            .stage = str_is(rows_text(rows, 3), "primary") ? STAGE_PRIMARY : STAGE_JUNIOR,
            .year = rows_int(rows, 4),
            .opens_at = rows_int(rows, 5),
            .closes_at = rows_int(rows, 6),
            .policy = rows_int(rows, 7),
            .parent = rows_int(rows, 8),
            .birth = rows_int(rows, 9),
            .enrolled = !rows_is_null(rows, 10),
            .is_guardian = rows_int(rows, 11) > 0,
        };
    }
    return rows_end(rows, error);
}

/* What is there already for this child and round; the result says which. *reopen: withdrawn, so it may begin again. */
static bool find_begun(struct writing *writing, struct application_begin *begin, bool *found, bool *reopen,
                       struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select id, state, account, begun_at, submitted_at, receipt, version from application "
                                 "where round = ?1 and child = ?2",
                                 V_INT(begin->round), V_INT(begin->child));
    *reopen = false;
    *found = rows_next(rows);
    if (*found) {
        struct str state = rows_text(rows, 1), receipt = rows_text(rows, 5);
        begin->apply.application = rows_int(rows, 0);
        begin->apply.new_version = rows_int(rows, 6);
        begin->begun_by = rows_int(rows, 2);
        begin->begun_at = rows_int(rows, 3);
        begin->submitted_at = rows_int(rows, 4);
        snprintf(begin->receipt, sizeof begin->receipt, "%.*s", STR_ARG(receipt));
        *reopen = str_is(rows_text(rows, 1), "withdrawn");
        begin->apply.result = str_is(state, "draft") ? APPLY_FOUND_DRAFT : APPLY_ALREADY_SUBMITTED;
    }
    return rows_end(rows, error);
}

/* In a late round: does the child have a place from the main one? */
static bool has_place(struct writing *writing, int64_t parent, int64_t child, bool *has, struct error *error)
{
    int64_t one;
    *has = false;
    return parent == 0 ||
           db_one_int(
               writing->db, error, &one, has,
               "select 1 from application a join claim c on c.subject = a.id and c.state in ('held', 'taken') "
               "join offer o on o.id = c.offer and o.round = a.round where a.round = ?1 and a.child = ?2 limit 1",
               V_INT(parent), V_INT(child));
}

static bool may_begin(struct writing *writing, struct application_begin *begin, const struct candidate *candidate,
                      struct error *error)
{
    const struct policy *policy;
    bool placed, elsewhere;
    struct places *places = begin->apply.places;
    if (!places_policy(places, writing->db, candidate->policy, &policy, error) ||
        !has_place(writing, candidate->parent, begin->child, &placed, error) ||
        !applies_elsewhere(writing->db, begin->child, begin->round, &elsewhere, error)) {
        return false;
    }
    const struct policy *primary = city_policy(places_city(places), candidate->division, STAGE_PRIMARY);
    begin->fit = child_fits(policy, candidate->birth, candidate->enrolled,
                            primary ? policy_latest_birthday(primary) : INT64_MAX);
    begin->apply.result = round_window(candidate->round_state, candidate->opens_at, candidate->closes_at, writing->now);
    if (begin->apply.result == APPLY_DONE) {
        begin->apply.result = placed                            ? APPLY_HAS_PLACE
                              : elsewhere                       ? APPLY_ELSEWHERE
                              : begin->fit == CHILD_TOO_YOUNG   ? APPLY_TOO_YOUNG
                              : begin->fit == CHILD_WRONG_STAGE ? APPLY_WRONG_STAGE
                                                                : APPLY_DONE;
    }
    return true;
}

static bool reopen(struct writing *writing, struct application_begin *begin, struct error *error)
{
    begin->reopened = true;
    begin->begun_by = begin->apply.actor.account;
    return db_run(
        writing->db, error,
        "update application set state = 'draft', step = 'consent', account = ?2, consent_at = null, "
        "consent_text = null, review = 'none', review_reasons = '', review_level = 'school', reviewer = null, "
        "unlocked = 0, queue_at = null, begun_at = ?3, changed_at = ?3, version = version + 1 where id = ?1",
        V_INT(begin->apply.application), V_INT(begin->apply.actor.account), V_INT(writing->now));
}

static bool insert_application(struct writing *writing, struct application_begin *begin, struct error *error)
{
    begin->begun_by = begin->apply.actor.account;
    begin->begun_at = writing->now;
    begin->apply.new_version = 0;
    return db_one_int(writing->db, error, &begin->apply.application, NULL,
                      "insert into application (round, child, account, state, begun_at, changed_at) "
                      "values (?1, ?2, ?3, 'draft', ?4, ?4) returning id",
                      V_INT(begin->round), V_INT(begin->child), V_INT(begin->apply.actor.account), V_INT(writing->now));
}

bool application_begin_run(struct writing *writing, void *input, struct error *error)
{
    struct application_begin *begin = input;
    struct apply *apply = &begin->apply;
    struct candidate candidate;
    struct str answer;
    bool go, found, again;
    apply->repeated = begin->reopened = false;
    apply->application = begin->begun_by = begin->begun_at = begin->submitted_at = 0;
    begin->receipt[0] = 0;
    begin->fit = CHILD_FITS;
    if (!once_open(writing, apply->form_key, apply->actor.account, &answer, &go, error) ||
        !load_candidate(writing, begin, &candidate, &found, error)) {
        return false;
    }
    if (!found || (is_family(&apply->actor) && !candidate.is_guardian)) {
        apply->result = found ? APPLY_NOT_GUARDIAN : APPLY_NOT_FOUND;
        return true;
    }
    if (!find_begun(writing, begin, &found, &again, error)) {
        return false;
    }
    if (!go && found && !again) { /* a retry of the request that began it: the same answer */
        apply->repeated = true;
        apply->result = APPLY_DONE;
        return true;
    }
    if (found && !again) {
        return true;
    }
    if (!may_begin(writing, begin, &candidate, error)) {
        return false;
    }
    if (apply->result != APPLY_DONE) {
        return true;
    }
    if (!(again ? reopen(writing, begin, error) : insert_application(writing, begin, error))) {
        return false;
    }
    struct loaded loaded = { .version = apply->new_version, .division = candidate.division };
    return step_close(writing, apply, &loaded, "application.begin", candidate.label, error);
}

/* ---- Consent ---- */

static struct str text_hash(struct arena *arena, struct str text)
{
    unsigned char digest[SM3_BYTES];
    sm3_of(text.p ? text.p : "", text.n, digest);
    return hex_encode(arena, digest, sizeof digest);
}

bool application_consent_run(struct writing *writing, void *input, struct error *error)
{
    struct application_consent *consent = input;
    struct apply *apply = &consent->apply;
    struct loaded loaded;
    bool go;
    if (!step_open(writing, apply, STEP_OF_DRAFT, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!consent->consents) {
        apply->result = APPLY_REFUSED_CONSENT;
        return true;
    }
    return db_run(writing->db, error,
                  "update application set consent_at = ?2, consent_text = ?3, step = ?4, changed_at = ?2, "
                  "version = version + 1 where id = ?1",
                  V_INT(loaded.id), V_INT(writing->now), V_TEXT(text_hash(writing->arena, consent->text)),
                  V_TEXT(str_of(step_after(loaded.step, "consent")))) &&
           (loaded.dwelling == 0 || facts_ask(writing, apply->places, &loaded, error)) &&
           step_close(writing, apply, &loaded, "application.consent", STR(""), error);
}

/* ---- Going on, withdrawing, having corrected ---- */

bool application_step_run(struct writing *writing, void *input, struct error *error)
{
    struct application_step *step = input;
    struct loaded loaded;
    bool go;
    if (!step_open(writing, &step->apply, STEP_OF_DRAFT, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!str_is(step->step, "checks") && !str_is(step->step, "papers")) {
        return error_set(error, "there is no step '%.*s' to go on from", STR_ARG(step->step));
    }
    const char *done = arena_cstr(writing->arena, step->step);
    return db_run(writing->db, error,
                  "update application set step = ?2, changed_at = ?3, version = version + 1 where id = ?1",
                  V_INT(loaded.id), V_TEXT(str_of(step_after(loaded.step, done))), V_INT(writing->now)) &&
           step_close(writing, &step->apply, &loaded, "application.step", step->step, error);
}

bool application_withdraw_run(struct writing *writing, void *input, struct error *error)
{
    struct application_withdraw *withdraw = input;
    struct apply *apply = &withdraw->apply;
    struct loaded loaded;
    bool go;
    if (!step_open(writing, apply, STEP_ANY_STATE, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    apply->result = str_is(loaded.state, "withdrawn") ? APPLY_NOT_FOUND
                    : apply->version && apply->version != loaded.version
                        ? APPLY_CHANGED
                        : round_window(loaded.round_state, loaded.opens_at, loaded.closes_at, writing->now);
    if (apply->result != APPLY_DONE) {
        return true;
    }
    return together_leave(writing, &loaded, error) &&
           db_run(writing->db, error,
                  "update application set state = 'withdrawn', review = 'none', queue_at = null, unlocked = 0, "
                  "changed_at = ?2, version = version + 1 where id = ?1",
                  V_INT(loaded.id), V_INT(writing->now)) &&
           facts_forget(writing, loaded.id, error) && ask_cancel(writing, loaded.id, error) &&
           step_close(writing, apply, &loaded, "application.withdraw", STR(""), error);
}

bool application_correct_run(struct writing *writing, void *input, struct error *error)
{
    struct application_correct *correct = input;
    struct apply *apply = &correct->apply;
    struct loaded loaded;
    bool go;
    if (!step_open(writing, apply, STEP_ANY_STATE, &loaded, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!str_is(loaded.state, "submitted") || !str_is(loaded.review, "correction")) {
        apply->result = APPLY_NO_CORRECTION;
        return true;
    }
    if (!round_reviewable(loaded.round_state)) {
        apply->result = APPLY_CLOSED;
        return true;
    }
    /* Who asked for it looks again, unless every check passes now; the place in the queue is kept. */
    loaded.review = STR("waiting");
    loaded.reviewer = 0;
    return db_run(writing->db, error,
                  "update application set review = 'waiting', reviewer = null, unlocked = 0, changed_at = ?2, "
                  "queue_at = coalesce(queue_at, ?2), version = version + 1 where id = ?1",
                  V_INT(loaded.id), V_INT(writing->now)) &&
           facts_settle(writing, apply->places, &loaded, error) &&
           step_close(writing, apply, &loaded, "application.correct", STR(""), error);
}
