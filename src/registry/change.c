/* Changes: see change.h. Each function is part of a command: what it finds out is a result, what breaks is an error,
 * and the row of register_change, the facts and the journal's entry stand or fall together. */
#include "registry/change.h"

#include "registry/facts_sql.h"
#include "registry/step.h"
#include "store/journal.h"

static const char *const states[] = { "proposed", "confirmed", "rejected", "withdrawn", "undone" };

/* ---- Levels ---- */

void change_keepers(struct str name, enum keeper *proposes, enum keeper *confirms)
{
    static const struct {
        const char *name;
        enum keeper proposes, confirms;
    } events[] = {
        { "merge", KEEPER_COUNTY, KEEPER_CITY },    { "split", KEEPER_COUNTY, KEEPER_CITY },
        { "move", KEEPER_COUNTY, KEEPER_CITY },     { "close", KEEPER_COUNTY, KEEPER_CITY },
        { "rename", KEEPER_SCHOOL, KEEPER_COUNTY }, { "import", KEEPER_SCHOOL, KEEPER_COUNTY },
    };
    const struct kind *kind = kind_named(name);
    *proposes = kind ? kind->proposes : KEEPER_CITY;
    *confirms = kind ? kind->confirms : KEEPER_CITY;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (str_is(name, events[i].name)) {
            *proposes = events[i].proposes;
            *confirms = events[i].confirms;
        }
    }
}

/* Does the thing lie within what the person keeps? A school keeps what is its own. */
static bool in_reach(const struct keeper_of *who, struct str division, int64_t institution)
{
    if (who->level == KEEPER_SCHOOL) {
        return who->institution != 0 && institution == who->institution;
    }
    return str_starts(division, who->scope);
}

bool change_may_propose(const struct kind *kind, const struct keeper_of *who, struct str division, int64_t institution)
{
    return who->level >= kind->proposes && in_reach(who, division, institution);
}

bool change_may_confirm(const struct kind *kind, const struct keeper_of *who, struct str division)
{
    return who->level >= kind->confirms && who->level > KEEPER_SCHOOL && str_starts(division, who->scope);
}

/* The levels that a change with these steps asks for: the highest of all that it touches. */
static void levels_of(struct str name, const struct change_step *steps, size_t n, enum keeper *proposes,
                      enum keeper *confirms)
{
    change_keepers(name, proposes, confirms);
    for (size_t i = 0; i < n; i++) {
        const struct kind *kind = &KIND_LIST[steps[i].kind];
        *proposes = kind->proposes > *proposes ? kind->proposes : *proposes;
        *confirms = kind->confirms > *confirms ? kind->confirms : *confirms;
    }
}

/* Is a thing, as it is known or, when it is new, as it shall be, the person's to keep? */
static bool keeps(const struct keeper_of *who, const struct change_step *step, const struct fact *known)
{
    const struct fact *thing = known ? known : &step->fact;
    if (who->level != KEEPER_SCHOOL) {
        return str_starts(thing->division, who->scope) || (!known && step->act == STEP_END);
    }
    if (step->kind == KIND_INSTITUTION) {
        return who->institution != 0 && thing->subject == who->institution;
    }
    return who->institution != 0 && thing->institution == who->institution &&
           (step->act == STEP_END || step->fact.institution == who->institution);
}

/* Is all that the step would say otherwise the person's to keep? What is known of other owners' days is theirs: who had
 * a pupil until last year does not reach into this one. */
static bool step_in_reach(const struct keeper_of *who, bool both_sides, const struct change_step *step,
                          const struct versions *standing)
{
    const struct fact *known = standing->n ? &standing->items[0] : NULL;
    bool good = !both_sides || step->act == STEP_END || str_starts(step->fact.division, who->scope);
    for (size_t i = 0; i < standing->n; i++) {
        known = standing->items[i].valid_from <= step->fact.valid_from ? &standing->items[i] : known;
        good = good && (!step_reaches(step, &standing->items[i]) || keeps(who, step, &standing->items[i]));
    }
    return good && keeps(who, step, known);
}

/* Is every thing that the steps touch the person's to keep? What leaves (a move to another county) is proposed by who
 * has it, and confirmed by who keeps both sides. */
static bool steps_in_reach(struct db *db, struct arena *arena, const struct keeper_of *who, bool both_sides,
                           const struct change_step *steps, size_t n, bool *good, struct error *error)
{
    *good = true;
    for (size_t i = 0; i < n && *good; i++) {
        struct versions standing;
        if (!step_standing(db, arena, &steps[i], &standing, error)) {
            return false;
        }
        *good = step_in_reach(who, both_sides, &steps[i], &standing);
    }
    return true;
}

/* ---- Rows ---- */

#define CHANGE_COLUMNS                                                                                                 \
    "id, kind, division, institution, state, note, document, reason, body, proposed_at, proposed_by, decided_at, "     \
    "decided_by"

static void read_change(struct rows *rows, struct arena *arena, struct change *out)
{
    *out = (struct change){
        .id = rows_int(rows, 0),
        .kind = rows_text_in(rows, 1, arena),
        .division = rows_text_in(rows, 2, arena),
        .institution = rows_int(rows, 3),
        .note = rows_text_in(rows, 5, arena),
        .document = rows_text_in(rows, 6, arena),
        .reason = rows_text_in(rows, 7, arena),
        .body = rows_text_in(rows, 8, arena),
        .proposed_at = rows_int(rows, 9),
        .proposed_by = rows_int(rows, 10),
        .decided_at = rows_int(rows, 11),
        .decided_by = rows_int(rows, 12),
    };
    struct str state = rows_text(rows, 4);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (str_is(state, states[i])) {
            out->state = (enum change_state)i;
        }
    }
}

bool change_read(struct db *db, struct arena *arena, int64_t id, struct change *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " CHANGE_COLUMNS " from register_change where id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        read_change(rows, arena, out);
    }
    return rows_end(rows, error);
}

bool change_list(struct db *db, struct arena *arena, struct str scope, int64_t institution, int state, int64_t before,
                 int64_t most, struct change **out, size_t *n, struct error *error)
{
    struct change *changes = NULL;
    size_t count = 0;
    struct rows *rows = db_query(
        db, error,
        "select " CHANGE_COLUMNS " from register_change where division >= ?1 and division < ?2 and "
        "(institution = ?3 or ?3 = 0) and (state = ?4 or ?4 = '') and (id < ?5 or ?5 = 0) order by id desc limit ?6",
        V_TEXT(scope), V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))), V_INT(institution),
        V_TEXT(state < 0 ? STR("") : str_of(states[state])), V_INT(before), V_INT(most ? most : INT64_MAX));
    while (rows_next(rows)) {
        changes = arena_grow(arena, changes, count, sizeof *changes);
        read_change(rows, arena, &changes[count++]);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *out = changes;
    *n = count;
    return true;
}

static bool journal(struct writing *writing, const struct keeper_of *who, const char *action, int64_t id,
                    struct str kind, struct str division, struct error *error)
{
    return journal_append(writing,
                          &(struct journal_entry){ .actor = who ? who->account : 0,
                                                   .role = who && who->role ? who->role : "",
                                                   .action = action,
                                                   .subject_kind = "change",
                                                   .subject_id = id,
                                                   .division = division,
                                                   .detail = kind },
                          error);
}

static bool add(struct writing *writing, const struct keeper_of *who, const struct change *change, bool decided,
                int64_t *id, struct error *error)
{
    int64_t account = who ? who->account : 0, moment = 0;
    return writing_moment(writing, &moment, error) &&
           db_one_int(writing->db, error, id, NULL,
                      "insert into register_change (kind, division, institution, state, note, document, body, "
                      "proposed_at, proposed_by, decided_at, decided_by, reason) values "
                      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, '') returning id",
                      V_TEXT(change->kind), V_TEXT(change->division), V_INT(change->institution),
                      V_TEXT(str_of(states[decided ? CHANGE_CONFIRMED : CHANGE_PROPOSED])), V_TEXT(change->note),
                      V_TEXT(change->document), V_TEXT(change->body), V_INT(moment), V_INT(account),
                      V_IF(decided, V_INT(moment)), V_IF(decided, V_INT(account)));
}

bool change_made(struct writing *writing, const struct keeper_of *who, struct str kind, struct str division,
                 int64_t institution, struct str note, struct str document, int64_t *id, struct error *error)
{
    struct change change = {
        .kind = kind, .division = division, .institution = institution, .note = note, .document = document
    };
    return add(writing, who, &change, true, id, error) &&
           journal(writing, who, "register.record", *id, kind, division, error);
}

/* ---- Proposing ---- */

/* Would the steps change anything? Fills what is known of each thing. */
static bool weigh(struct db *db, struct arena *arena, struct change_step *steps, size_t n, bool *changes,
                  struct error *error)
{
    *changes = false;
    for (size_t i = 0; i < n; i++) {
        bool would = false;
        if (!step_weight(db, &steps[i], &steps[i].known, error) || !step_changes(db, arena, &steps[i], &would, error)) {
            return false;
        }
        *changes = *changes || would;
    }
    return true;
}

bool change_propose(struct writing *writing, const struct keeper_of *who, struct str kind, struct str division,
                    int64_t institution, const struct change_step *steps, size_t n, struct str note,
                    struct str document, int64_t *id, enum change_result *result, struct error *error)
{
    struct change change = {
        .kind = kind, .division = division, .institution = institution, .note = note, .document = document
    };
    struct change_step *own = ARENA_ARRAY(writing->arena, struct change_step, n ? n : 1);
    enum keeper proposes, confirms;
    bool good = false, changes = false;
    if (n) {
        memcpy(own, steps, n * sizeof *own);
    }
    levels_of(kind, steps, n, &proposes, &confirms);
    if (who->level < proposes || !in_reach(who, division, institution)) {
        *result = CHANGE_NOT_YOURS;
        return true;
    }
    if (!steps_in_reach(writing->db, writing->arena, who, false, own, n, &good, error)) {
        return false;
    }
    if (!good) {
        *result = CHANGE_NOT_YOURS;
        return true;
    }
    if (!steps_check(writing->db, writing->arena, own, n, &good, error)) {
        return false;
    }
    if (!good) {
        *result = CHANGE_WRONG;
        return true;
    }
    if (!weigh(writing->db, writing->arena, own, n, &changes, error)) {
        return false;
    }
    if (!changes) {
        *result = CHANGE_NOTHING;
        return true;
    }
    change.body = change_body(writing->arena, own, n);
    *result = CHANGE_OK;
    return add(writing, who, &change, false, id, error) &&
           journal(writing, who, "register.propose", *id, kind, division, error);
}

/* ---- Deciding ---- */

/* Ends a change's waiting. False in *good when somebody was quicker. */
static bool decide(struct writing *writing, const struct keeper_of *who, const struct change *change,
                   enum change_state from, enum change_state to, struct str reason, const char *action,
                   enum change_result *result, struct error *error)
{
    int64_t moment = 0, changed = 0;
    if (!writing_moment(writing, &moment, error) ||
        !db_run_count(
            writing->db, error, &changed,
            "update register_change set state = ?1, decided_at = case when state = 'proposed' then ?2 else decided_at "
            "end, decided_by = case when state = 'proposed' then ?3 else decided_by end, reason = ?4 "
            "where id = ?5 and state = ?6",
            V_TEXT(str_of(states[to])), V_INT(moment), V_INT(who->account), V_TEXT(reason), V_INT(change->id),
            V_TEXT(str_of(states[from])))) {
        return false;
    }
    if (changed != 1) {
        return error_set(error, "change %lld was decided meanwhile", (long long)change->id);
    }
    *result = CHANGE_OK;
    return journal(writing, who, action, change->id, change->kind, change->division, error);
}

/* A change that the person may decide on: else *result says why not. */
static bool open_change(struct writing *writing, const struct keeper_of *who, int64_t id, enum change_state state,
                        struct change *change, struct change_step **steps, size_t *n, enum change_result *result,
                        struct error *error)
{
    bool found = false, good = false;
    enum keeper proposes, confirms;
    if (!change_read(writing->db, writing->arena, id, change, &found, error)) {
        return false;
    }
    if (!found || !str_starts(change->division, who->scope) ||
        (who->level == KEEPER_SCHOOL && change->institution != who->institution)) {
        *result = CHANGE_MISSING;
        return true;
    }
    if (!change_steps(writing->arena, change->body, steps, n, error)) {
        return false;
    }
    levels_of(change->kind, *steps, *n, &proposes, &confirms);
    if (who->level < confirms || who->level == KEEPER_SCHOOL) {
        *result = CHANGE_NOT_YOURS;
        return true;
    }
    if (state == CHANGE_PROPOSED && who->account == change->proposed_by &&
        !(who->level == KEEPER_CITY && proposes == KEEPER_CITY)) {
        *result = CHANGE_NOT_YOURS;
        return true;
    }
    if (change->state != state) {
        *result = CHANGE_DECIDED;
        return true;
    }
    if (!steps_in_reach(writing->db, writing->arena, who, true, *steps, *n, &good, error)) {
        return false;
    }
    *result = good || state != CHANGE_PROPOSED ? CHANGE_OK : CHANGE_NOT_YOURS;
    return true;
}

/* Was anything recorded about the things since it was proposed? */
static bool overtaken(struct db *db, const struct change_step *steps, size_t n, bool *over, struct error *error)
{
    *over = false;
    for (size_t i = 0; i < n && !*over; i++) {
        int64_t known = 0;
        if (!step_weight(db, &steps[i], &known, error)) {
            return false;
        }
        if (known != steps[i].known) {
            *over = true;
            (void)error_set(error, "%s %.*s was changed since this was proposed", KIND_LIST[steps[i].kind].name,
                            STR_ARG(steps[i].fact.code));
        }
    }
    return true;
}

bool change_confirm(struct writing *writing, const struct keeper_of *who, int64_t id, enum change_result *result,
                    struct error *error)
{
    struct change change;
    struct change_step *steps = NULL;
    size_t n = 0;
    bool over = false, good = false;
    if (!open_change(writing, who, id, CHANGE_PROPOSED, &change, &steps, &n, result, error)) {
        return false;
    }
    if (*result != CHANGE_OK) {
        return true;
    }
    if (!overtaken(writing->db, steps, n, &over, error)) {
        return false;
    }
    if (over) {
        *result = CHANGE_OVERTAKEN;
        return true;
    }
    if (!steps_check(writing->db, writing->arena, steps, n, &good, error)) {
        return false;
    }
    if (!good) {
        *result = CHANGE_WRONG;
        return true;
    }
    return steps_apply(writing, steps, n, id, error) &&
           decide(writing, who, &change, CHANGE_PROPOSED, CHANGE_CONFIRMED, STR(""), "register.confirm", result, error);
}

bool change_reject(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                   enum change_result *result, struct error *error)
{
    struct change change;
    struct change_step *steps = NULL;
    size_t n = 0;
    if (!open_change(writing, who, id, CHANGE_PROPOSED, &change, &steps, &n, result, error)) {
        return false;
    }
    return *result != CHANGE_OK ||
           decide(writing, who, &change, CHANGE_PROPOSED, CHANGE_REJECTED, reason, "register.reject", result, error);
}

bool change_withdraw(struct writing *writing, const struct keeper_of *who, int64_t id, enum change_result *result,
                     struct error *error)
{
    struct change change;
    bool found = false;
    if (!change_read(writing->db, writing->arena, id, &change, &found, error)) {
        return false;
    }
    if (!found || !str_starts(change.division, who->scope)) {
        *result = CHANGE_MISSING;
        return true;
    }
    if (change.proposed_by != who->account) {
        *result = CHANGE_NOT_YOURS;
        return true;
    }
    if (change.state != CHANGE_PROPOSED) {
        *result = CHANGE_DECIDED;
        return true;
    }
    return decide(writing, who, &change, CHANGE_PROPOSED, CHANGE_WITHDRAWN, STR(""), "register.withdraw", result,
                  error);
}

bool change_undo(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                 enum change_result *result, struct error *error)
{
    struct change change;
    struct change_step *steps = NULL;
    size_t n = 0;
    int64_t by = 0;
    bool over = false;
    if (!open_change(writing, who, id, CHANGE_CONFIRMED, &change, &steps, &n, result, error)) {
        return false;
    }
    if (*result != CHANGE_OK) {
        return true;
    }
    struct str note = arena_printf(writing->arena, "%lld: %.*s", (long long)id, STR_ARG(reason));
    if (str_is(change.kind, "undo")) {
        *result = CHANGE_NOTHING; /* what was taken back is recorded anew, not taken back once more */
        return true;
    }
    /* the number of the undoing is needed before it is known whether it can be: looked at first, then made */
    if (!facts_undo_fits(writing->db, writing->arena, id, &over, error)) {
        return false;
    }
    if (over) {
        *result = CHANGE_OVERTAKEN;
        return true;
    }
    return change_made(writing, who, STR("undo"), change.division, change.institution, note, STR(""), &by, error) &&
           facts_undo(writing, id, by, error) &&
           decide(writing, who, &change, CHANGE_CONFIRMED, CHANGE_UNDONE, reason, "register.undo", result, error);
}
