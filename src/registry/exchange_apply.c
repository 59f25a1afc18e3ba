/* Making an import so, and taking it back: see exchange_keep.h. */
#include "registry/exchange_inside.h"
#include "registry/exchange_keep.h"

#include "store/journal.h"

/* One application under way. */
struct applying {
    struct writing *writing;
    const struct keeper_of *who;
    const struct exchange_import *import;
    bool at_once;
    int64_t change;
    struct change_step *steps; /* of a proposal */
    size_t n;
    bool may; /* so far: who may confirm all of it */
    int64_t touched;
};

/* Who may confirm every row of it may make it at once. */
static bool look(void *context, struct exchange_check *check, struct exchange_row *rows, size_t n, struct error *error)
{
    struct applying *applying = context;
    (void)check;
    (void)error;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].state != EXCHANGE_NEW && rows[i].state != EXCHANGE_CHANGED) {
            continue;
        }
        applying->touched++;
        applying->may =
            applying->may && change_may_confirm(applying->import->kind, applying->who, rows[i].fact.division) &&
            (!rows[i].before.id || change_may_confirm(applying->import->kind, applying->who, rows[i].before.division));
    }
    return true;
}

static struct change_step *one_more(struct applying *applying)
{
    applying->steps = arena_grow(applying->writing->arena, applying->steps, applying->n, sizeof *applying->steps);
    struct change_step *step = &applying->steps[applying->n++];
    *step = (struct change_step){ .kind = applying->import->kind->id };
    return step;
}

/* The fact with texts that live as long as the command. */
static struct fact kept(struct arena *arena, const struct kind *kind, const struct fact *fact)
{
    struct fact own = *fact;
    own.code = arena_str(arena, fact->code);
    own.division = arena_str(arena, fact->division);
    for (size_t i = 0; i < kind->ncolumns; i++) {
        if (own.values[i].kind == VALUE_TEXT) {
            own.values[i].bytes = arena_str(arena, own.values[i].bytes);
        }
    }
    return own;
}

/* What the row means as steps of a change; who is new to the register becomes known to it at once, sealed, for a step
 * names a person by its number. */
static bool propose_row(struct applying *applying, const struct exchange_row *row, struct error *error)
{
    const struct kind *kind = applying->import->kind;
    struct arena *arena = applying->writing->arena;
    struct fact fact = kept(arena, kind, &row->fact);
    if (kind->names_persons && fact.subject == 0 &&
        !exchange_add_person(applying->writing, &row->person, &fact.subject, error)) {
        return false;
    }
    if (row->records) {
        struct change_step *step = one_more(applying);
        step->act = STEP_RECORD;
        step->fact = fact;
    }
    if (row->ends) {
        struct change_step *step = one_more(applying);
        step->act = STEP_END;
        step->fact = kept(arena, kind, &row->before);
        step->fact.valid_from = row->ends;
    }
    return true;
}

static bool make(void *context, struct exchange_check *check, struct exchange_row *rows, size_t n, struct error *error)
{
    struct applying *applying = context;
    /* What recording needs dies with the batch. */
    struct writing own = *applying->writing;
    bool good = true;
    (void)check;
    own.arena = arena_new(64 * 1024);
    for (size_t i = 0; good && i < n; i++) {
        if (rows[i].state == EXCHANGE_NEW || rows[i].state == EXCHANGE_CHANGED) {
            good = applying->at_once ? exchange_write(&own, applying->import->kind, &rows[i], applying->change, error)
                                     : propose_row(applying, &rows[i], error);
        }
    }
    arena_free(own.arena);
    return good;
}

static bool set_state(struct writing *writing, const struct exchange_import *import, const char *state, int64_t change,
                      const struct exchange_counts *counts, bool forget, struct error *error)
{
    return db_run(writing->db, error,
                  "update register_import set state = ?2, change = ?3, read_rows = ?4, added = ?5, changed = ?6, "
                  "same = ?7, bad = ?8, absent = ?9, ended_at = ?10 where id = ?1",
                  V_INT(import->id), V_TEXT(str_of(state)), V_INT(change), V_INT(counts->rows),
                  V_INT(counts->of[EXCHANGE_NEW]), V_INT(counts->of[EXCHANGE_CHANGED]),
                  V_INT(counts->of[EXCHANGE_SAME]), V_INT(counts->of[EXCHANGE_BAD]), V_INT(counts->absent),
                  V_INT(writing->now)) &&
           (!forget ||
            db_run(writing->db, error, "delete from register_import_part where import = ?1", V_INT(import->id)));
}

static bool decide(struct applying *applying, struct str note, enum import_result *result, struct error *error)
{
    struct writing *writing = applying->writing;
    const struct exchange_import *import = applying->import;
    struct str kind = STR("import");
    struct str text = arena_printf(writing->arena, "%.*s: %s", STR_ARG(note), import->kind->name);
    enum change_result made = CHANGE_OK;
    struct exchange_counts counts;
    struct exchange_mistake *mistakes;
    size_t n;
    const struct exchange_walk walk = { applying, NULL, make };
    applying->at_once = applying->may;
    if (applying->at_once && !change_made(writing, applying->who, kind, import->division, import->institution, text,
                                          import->file_name, &applying->change, error)) {
        return false;
    }
    if (!exchange_walk(writing->db, writing->vault, writing->arena, import, applying->who, &walk, &counts, &mistakes,
                       &n, error)) {
        return false;
    }
    if (!applying->at_once &&
        !change_propose(writing, applying->who, kind, import->division, import->institution, applying->steps,
                        applying->n, text, import->file_name, &applying->change, &made, error)) {
        return false;
    }
    if (made != CHANGE_OK) {
        /* Who became known for its sake is forgotten with it. */
        *result = made == CHANGE_NOTHING ? IMPORT_NOTHING : made == CHANGE_WRONG ? IMPORT_REFUSED : IMPORT_NOT_YOURS;
        return error_set(error, "the change was refused");
    }
    *result = IMPORT_OK;
    return set_state(writing, import, applying->at_once ? "applied" : "proposed", applying->change, &counts, true,
                     error);
}

/* The import of the account; false in *found when it is another's. */
static bool own_import(struct writing *writing, const struct keeper_of *who, int64_t id, struct exchange_import *import,
                       bool *found, struct error *error)
{
    if (!exchange_import_get(writing->db, writing->arena, id, import, found, error)) {
        return false;
    }
    *found = *found && import->account == who->account;
    return true;
}

bool exchange_apply(struct writing *writing, const struct keeper_of *who, int64_t id, struct str note,
                    enum import_result *result, struct error *error)
{
    struct exchange_import import;
    struct exchange_counts counts;
    struct exchange_mistake *mistakes;
    size_t n = 0;
    bool found = false;
    struct applying applying = { .writing = writing, .who = who, .import = &import, .may = true };
    const struct exchange_walk walk = { &applying, NULL, look };
    if (!own_import(writing, who, id, &import, &found, error)) {
        return false;
    }
    *result = !found ? IMPORT_MISSING : import.state != IMPORT_READ ? IMPORT_NOT_NOW : IMPORT_OK;
    if (*result != IMPORT_OK) {
        return true;
    }
    if (!exchange_walk(writing->db, writing->vault, writing->arena, &import, who, &walk, &counts, &mistakes, &n,
                       error)) {
        return false;
    }
    if (n > 0 || exchange_import_refused(&import, &counts)) {
        *result = IMPORT_REFUSED;
    } else if (applying.touched == 0) {
        *result = IMPORT_NOTHING;
    }
    return *result != IMPORT_OK || decide(&applying, note, result, error);
}

bool exchange_undo(struct writing *writing, const struct keeper_of *who, int64_t id, struct str reason,
                   enum import_result *result, struct error *error)
{
    struct exchange_import import;
    enum change_result undone = CHANGE_OK;
    bool found = false;
    if (!own_import(writing, who, id, &import, &found, error)) {
        return false;
    }
    bool applied = found && import.state == IMPORT_APPLIED;
    *result = !found ? IMPORT_MISSING : !applied && import.state != IMPORT_PROPOSED ? IMPORT_NOT_NOW : IMPORT_OK;
    if (*result != IMPORT_OK) {
        return true;
    }
    if (!(applied ? change_undo(writing, who, import.change, reason, &undone, error)
                  : change_withdraw(writing, who, import.change, &undone, error))) {
        return false;
    }
    if (undone != CHANGE_OK) {
        *result = undone == CHANGE_OVERTAKEN ? IMPORT_OVERTAKEN
                  : undone == CHANGE_DECIDED ? IMPORT_NOT_NOW
                                             : IMPORT_NOT_YOURS;
        return true;
    }
    return set_state(writing, &import, "undone", import.change, &import.counts, true, error);
}

static const int64_t day_ms = INT64_C(86400000);

bool exchange_forget(struct writing *writing, struct error *error)
{
    int64_t before = writing->now - IMPORT_KEEP_DAYS * day_ms;
    return db_run(writing->db, error,
                  "delete from register_import_part where import in (select id from register_import where "
                  "started_at < ?1)",
                  V_INT(before)) &&
           db_run(writing->db, error,
                  "update register_import set state = 'stopped' where state = 'read' and started_at < ?1",
                  V_INT(before));
}
