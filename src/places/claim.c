/* Claims: each command looks at the claim and the free places in the writer's own transaction and changes both, so what
 * it saw cannot have changed when it writes: there is one writer, and each transaction holds the store's write lock. */
#include "places/claim.h"

#include "places/inside.h"
#include "store/journal.h"

#include <stdio.h>

struct text claim_result_text(enum claim_result result)
{
    static const struct text texts[CLAIM_RESULT_COUNT] = {
        [CLAIM_DONE] = T("已完成", "Done"),
        [CLAIM_ALREADY] = T("此前已经是这个状态，没有重复办理", "It was so before; nothing was done twice"),
        [CLAIM_FULL] = T("学位已满", "No place is free"),
        [CLAIM_NO_OFFER] = T("没有这个招生计划", "There is no such offer"),
        [CLAIM_NONE] = T("在这里没有占用或候补记录", "There is no claim on this offer"),
        [CLAIM_TOO_LATE] =
            T("确认时间已过，学位按规则递补给下一位", "The time to answer has passed; the place goes to the next"),
        [CLAIM_GONE] = T("该学位此前已经放弃", "The place was given back before"),
        [CLAIM_NOT_HELD] = T("还在候补，没有可以确认或放弃的学位", "Still waiting: there is no place to answer for"),
        [CLAIM_IN_ROUND] = T("本批次已派位，请在录取结果页面确认或放弃",
                             "This round has been allotted: answer on the page of the result"),
    };
    return texts[result];
}

struct text claim_state_name(struct str state)
{
    return str_is(state, "waiting")    ? T("候补中", "Waiting")
           : str_is(state, "held")     ? T("待确认", "Waiting for the answer")
           : str_is(state, "taken")    ? T("已确认", "Confirmed")
           : str_is(state, "returned") ? T("已放弃或收回", "Given back")
                                       : T("无", "None");
}

const char offer_ids[] =
    "select coalesce(max(id), 0) from (select max(id) as id from offer union all select max(id) from plain_offer) o";

/* ---- Changing ---- */

static bool is(const char *state, const char *name)
{
    return state && strcmp(state, name) == 0;
}

/* The entries of a change; returns how many. */
static size_t entries_of(const struct claim_change *change, const char *reason, struct ledger_move out[2])
{
    struct ledger_move move = { .offer = change->offer, .places = 1, .reason = reason, .subject = change->subject };
    size_t n = 0;
    if (is(change->before, "waiting")) {
        out[n] = move;
        out[n].source = BUCKET_WAITING;
        out[n++].target = BUCKET_DEMAND;
    }
    if (is(change->after, "returned") && is(change->before, "waiting")) {
        return n;
    }
    out[n] = move;
    out[n].source = is(change->before, "held")     ? BUCKET_HELD
                    : is(change->before, "taken")  ? BUCKET_TAKEN
                    : is(change->after, "waiting") ? BUCKET_DEMAND
                                                   : BUCKET_FREE;
    out[n++].target = is(change->after, "waiting") ? BUCKET_WAITING
                      : is(change->after, "held")  ? BUCKET_HELD
                      : is(change->after, "taken") ? BUCKET_TAKEN
                                                   : BUCKET_FREE;
    return n;
}

static bool keep_claim(struct writing *writing, const struct claim_change *change, struct error *error)
{
    int64_t id;
    struct value answer_by = V_IF(change->answer_by, V_INT(change->answer_by));
    if (change->before) {
        return db_run(writing->db, error,
                      "update claim set state = ?3, answer_by = ?4, reason = ?5, at = ?6, kind = case when ?7 = 1 "
                      "then ?8 else kind end where offer = ?1 and subject = ?2",
                      V_INT(change->offer), V_INT(change->subject), V_TEXT(str_of(change->after)), answer_by,
                      V_TEXT(change->reason), V_INT(writing->now),
                      V_INT(is(change->before, "waiting") && is(change->after, "held")), V_INT(change->kind));
    }
    return writing_id(writing, "select coalesce(max(id), 0) from claim", &id, error) &&
           db_run(writing->db, error,
                  "insert into claim (id, offer, subject, state, sort, answer_by, reason, at, kind, member) "
                  "values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict (offer, subject) do update set "
                  "state = excluded.state, sort = excluded.sort, answer_by = excluded.answer_by, "
                  "reason = excluded.reason, at = excluded.at, kind = excluded.kind, member = excluded.member",
                  V_INT(id), V_INT(change->offer), V_INT(change->subject), V_TEXT(str_of(change->after)),
                  V_TEXT(change->sort), answer_by, V_TEXT(change->reason), V_INT(writing->now), V_INT(change->kind),
                  V_INT(change->member));
}

bool claim_change(struct writing *writing, const struct claim_change *changes, size_t n, struct error *error)
{
    struct ledger_move *moves = ARENA_ARRAY(writing->arena, struct ledger_move, 2 * n);
    size_t nmoves = 0;
    for (size_t i = 0; i < n; i++) {
        const char *reason = arena_cstr(writing->arena, changes[i].reason);
        nmoves += entries_of(&changes[i], reason, moves + nmoves);
        if (!keep_claim(writing, &changes[i], error)) {
            return false;
        }
    }
    return ledger_moves(writing, moves, nmoves, error);
}

bool claim_next(struct writing *writing, int64_t offer, int64_t *subject, bool *found, struct error *error)
{
    return db_one_int(writing->db, error, subject, found,
                      "select subject from claim where offer = ?1 and state = 'waiting' order by sort, id limit 1",
                      V_INT(offer));
}

/* A place came free: the first who waits gets it; those whose own time has passed leave the list. */
static bool promote(struct writing *writing, int64_t offer, int64_t answer_ms, int64_t *promoted, struct error *error)
{
    bool found = true;
    *promoted = 0;
    while (found) {
        int64_t subject = 0, answer_by = 0;
        if (!claim_next(writing, offer, &subject, &found, error)) {
            return false;
        }
        if (!found) {
            return true;
        }
        if (!db_one_int(writing->db, error, &answer_by, NULL,
                        "select answer_by from claim where offer = ?1 and subject = ?2", V_INT(offer),
                        V_INT(subject))) {
            return false;
        }
        bool late = answer_by != 0 && answer_by <= writing->now;
        if (!late && answer_ms) {
            answer_by = writing->now + answer_ms;
        }
        struct claim_change change = { .offer = offer,
                                       .subject = subject,
                                       .before = "waiting",
                                       .after = late ? "returned" : "held",
                                       .answer_by = answer_by,
                                       .reason = late ? STR("expired") : STR("promoted") };
        if (!claim_change(writing, &change, 1, error)) {
            return false;
        }
        if (!late) {
            *promoted = subject;
            return true;
        }
    }
    return true;
}

/* ---- The frame of a command ---- */

/* What a command sees of the offer and of the subject's claim on it. */
struct seen {
    bool has_offer, allotted;
    int64_t free;
    struct str division;
    struct str state; /* of the claim; empty: none */
    int64_t answer_by;
    int64_t answer_ms; /* of a plain offer: how long a place that came free is held */
};

static bool look(struct writing *writing, const struct claim_step *step, struct seen *out, struct error *error)
{
    struct rows *rows =
        db_query(writing->db, error,
                 "select t.division, t.allotted, coalesce((select b.places from ledger_balance b where b.offer = t.id "
                 "and b.bucket = 'free'), 0), c.state, c.answer_by, t.answer_ms from (select o.id, r.division, "
                 "case when r.transcript is null then 0 else 1 end as allotted, 0 as answer_ms from offer o "
                 "join round r on r.id = o.round where o.id = ?1 union all select x.id, x.division, 0, x.answer_ms "
                 "from plain_offer x where x.id = ?1) t left join claim c on c.offer = t.id and c.subject = ?2",
                 V_INT(step->offer), V_INT(step->subject));
    *out = (struct seen){ .has_offer = rows_next(rows) };
    if (out->has_offer) {
        out->division = rows_text_in(rows, 0, writing->arena);
        out->allotted = rows_int(rows, 1) == 1;
        out->free = rows_int(rows, 2);
        out->state = rows_text_in(rows, 3, writing->arena);
        out->answer_by = rows_int(rows, 4);
        out->answer_ms = rows_int(rows, 5);
    }
    return rows_end(rows, error);
}

/* *go: the command is to be done; else the result says why not. */
static bool open_step(struct writing *writing, struct claim_step *step, struct seen *seen, bool *go,
                      struct error *error)
{
    struct str answer;
    step->repeated = false;
    step->promoted = 0;
    if (!once_open(writing, step->form_key, step->actor.account, &answer, go, error)) {
        return false;
    }
    if (!*go) {
        int64_t result;
        if (!str_to_int(answer, 0, CLAIM_RESULT_COUNT - 1, &result)) {
            return error_set(error, "this form's key was used by something else; open it again");
        }
        step->repeated = true;
        step->result = (enum claim_result)result;
        return true;
    }
    if (!look(writing, step, seen, error)) {
        return false;
    }
    step->result = !seen->has_offer ? CLAIM_NO_OFFER : seen->allotted ? CLAIM_IN_ROUND : CLAIM_DONE;
    *go = step->result == CLAIM_DONE;
    return true;
}

/* Writes the change, the journal and the answer of the key. */
static bool close_step(struct writing *writing, struct claim_step *step, const struct seen *seen, const char *before,
                       const char *after, const char *action, struct error *error)
{
    struct claim_change change = { .offer = step->offer,
                                   .subject = step->subject,
                                   .before = before,
                                   .after = after,
                                   .answer_by = is(after, "held") || is(after, "waiting") ? step->answer_by : 0,
                                   .sort = step->sort,
                                   .reason = step->reason.n ? step->reason : str_of(strchr(action, '.') + 1) };
    bool frees = is(after, "returned") && !is(before, "waiting");
    return claim_change(writing, &change, 1, error) &&
           (!frees || promote(writing, step->offer, seen->answer_ms, &step->promoted, error)) &&
           journal_append(
               writing,
               &(struct journal_entry){ .actor = step->actor.account,
                                        .role = step->actor.role ? step->actor.role : "",
                                        .action = action,
                                        .subject_kind = step->subject_kind ? step->subject_kind : "application",
                                        .subject_id = step->subject,
                                        .division = seen->division,
                                        .detail = arena_printf(writing->arena, "offer %lld, next %lld",
                                                               (long long)step->offer, (long long)step->promoted) },
               error) &&
           once_close(writing, step->form_key, arena_printf(writing->arena, "%d", (int)step->result), error);
}

/* ---- Commands ---- */

bool claim_hold_run(struct writing *writing, void *input, struct error *error)
{
    struct claim_step *step = input;
    struct seen seen;
    bool go;
    if (!open_step(writing, step, &seen, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    bool waits = str_is(seen.state, "waiting");
    if (str_is(seen.state, "held") || str_is(seen.state, "taken")) {
        step->result = CLAIM_ALREADY;
    } else if (seen.free <= 0) {
        step->result = CLAIM_FULL;
    }
    return step->result != CLAIM_DONE ||
           close_step(writing, step, &seen, waits ? "waiting" : NULL, "held", "claim.hold", error);
}

/* What there is to say about a claim that should be held. */
static enum claim_result held_result(const struct seen *seen)
{
    return seen->state.n == 0                ? CLAIM_NONE
           : str_is(seen->state, "waiting")  ? CLAIM_NOT_HELD
           : str_is(seen->state, "returned") ? CLAIM_GONE
                                             : CLAIM_DONE;
}

bool claim_confirm_run(struct writing *writing, void *input, struct error *error)
{
    struct claim_step *step = input;
    struct seen seen;
    bool go;
    if (!open_step(writing, step, &seen, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    step->result = str_is(seen.state, "taken") ? CLAIM_ALREADY : held_result(&seen);
    if (step->result == CLAIM_DONE && seen.answer_by != 0 && seen.answer_by <= writing->now) {
        step->result = CLAIM_TOO_LATE;
    }
    return step->result != CLAIM_DONE || close_step(writing, step, &seen, "held", "taken", "claim.confirm", error);
}

/* Both give a place back, whether it was confirmed or not; the word in ledger and journal tells them apart. */
static bool give_back(struct writing *writing, struct claim_step *step, const char *action, struct error *error)
{
    struct seen seen;
    bool go;
    if (!open_step(writing, step, &seen, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    step->result = str_is(seen.state, "returned") ? CLAIM_ALREADY : held_result(&seen);
    const char *before = str_is(seen.state, "taken") ? "taken" : "held";
    return step->result != CLAIM_DONE || close_step(writing, step, &seen, before, "returned", action, error);
}

bool claim_decline_run(struct writing *writing, void *input, struct error *error)
{
    return give_back(writing, input, "claim.decline", error);
}

bool claim_return_run(struct writing *writing, void *input, struct error *error)
{
    return give_back(writing, input, "claim.return", error);
}

bool claim_wait_run(struct writing *writing, void *input, struct error *error)
{
    struct claim_step *step = input;
    struct seen seen;
    bool go;
    if (!open_step(writing, step, &seen, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (seen.state.n && !str_is(seen.state, "returned")) {
        step->result = CLAIM_ALREADY;
        return true;
    }
    /* Somebody who comes while a place is free and nobody waits has it at once. */
    return close_step(writing, step, &seen, NULL, "waiting", "claim.wait", error) &&
           (seen.free <= 0 || promote(writing, step->offer, seen.answer_ms, &step->promoted, error));
}

bool claim_cancel_run(struct writing *writing, void *input, struct error *error)
{
    struct claim_step *step = input;
    struct seen seen;
    bool go;
    if (!open_step(writing, step, &seen, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    step->result = seen.state.n == 0                ? CLAIM_NONE
                   : str_is(seen.state, "returned") ? CLAIM_ALREADY
                   : str_is(seen.state, "waiting")  ? CLAIM_DONE
                                                    : CLAIM_NOT_HELD;
    return step->result != CLAIM_DONE || close_step(writing, step, &seen, "waiting", "returned", "claim.cancel", error);
}

/* ---- Expiry ---- */

struct due {
    int64_t offer, subject;
    bool plain;
};

bool claim_expire_run(struct writing *writing, void *input, struct error *error)
{
    struct claim_expire *expire = input;
    size_t most = expire->most ? expire->most : 200;
    struct due *due = ARENA_ARRAY(writing->arena, struct due, most);
    size_t n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select c.offer, c.subject, case when o.id is null then 1 else 0 end from claim c "
                                 "left join offer o on o.id = c.offer left join round r on r.id = o.round "
                                 "where c.state = 'held' and c.answer_by <= ?1 and r.transcript is null "
                                 "order by c.answer_by, c.id limit ?2",
                                 V_INT(writing->now), V_INT((int64_t)most));
    while (rows_next(rows)) {
        due[n++] = (struct due){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) == 1 };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct claim_step step = { .actor = { 0, "" },
                                   .offer = due[i].offer,
                                   .subject = due[i].subject,
                                   .subject_kind = due[i].plain ? expire->plain_kind : NULL };
        struct seen seen;
        if (!look(writing, &step, &seen, error) ||
            !close_step(writing, &step, &seen, "held", "returned", "claim.expire", error)) {
            return false;
        }
    }
    expire->expired = n;
    expire->more = n == most;
    return true;
}

bool plain_offer_add(struct writing *writing, uint32_t capacity, struct str division, int64_t answer_ms, int64_t *id,
                     struct error *error)
{
    if (!writing_id(writing, offer_ids, id, error) ||
        !db_run(writing->db, error,
                "insert into plain_offer (id, capacity, division, answer_ms) values (?1, ?2, ?3, ?4)", V_INT(*id),
                V_INT(capacity), V_TEXT(division), V_INT(answer_ms))) {
        return false;
    }
    struct ledger_move plan = {
        .offer = *id, .source = BUCKET_PLAN, .target = BUCKET_FREE, .places = capacity, .reason = "plan"
    };
    return ledger_moves(writing, &plan, 1, error);
}

/* ---- Reads ---- */

static struct claim claim_of_row(struct rows *rows, struct arena *arena)
{
    return (struct claim){
        .id = rows_int(rows, 0),
        .offer = rows_int(rows, 1),
        .subject = rows_int(rows, 2),
        .state = rows_text_in(rows, 3, arena),
        .sort = rows_text_in(rows, 4, arena),
        .answer_by = rows_int(rows, 5),
        .reason = rows_text_in(rows, 6, arena),
        .at = rows_int(rows, 7),
    };
}

bool claim_get(struct db *db, struct arena *arena, int64_t offer, int64_t subject, struct claim *out, bool *found,
               struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select id, offer, subject, state, sort, answer_by, reason, at from claim "
                                 "where offer = ?1 and subject = ?2",
                                 V_INT(offer), V_INT(subject));
    *found = rows_next(rows);
    if (*found) {
        *out = claim_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool claim_list(struct db *db, struct arena *arena, int64_t subject, struct claim **out, size_t *n, struct error *error)
{
    struct list list = { .size = sizeof **out };
    struct rows *rows = db_query(db, error,
                                 "select id, offer, subject, state, sort, answer_by, reason, at from claim "
                                 "where subject = ?1 order by at desc, id desc",
                                 V_INT(subject));
    while (rows_next(rows)) {
        *(struct claim *)list_add(&list, arena) = claim_of_row(rows, arena);
    }
    *out = list.items;
    *n = list.n;
    return rows_end(rows, error);
}

bool claim_position(struct db *db, int64_t offer, int64_t subject, int64_t *position, struct error *error)
{
    bool found;
    *position = 0;
    return db_one_int(db, error, position, &found,
                      "select (select count(*) from claim b where b.offer = c.offer and b.state = 'waiting' and "
                      "(b.sort < c.sort or (b.sort = c.sort and b.id <= c.id))) from claim c "
                      "where c.offer = ?1 and c.subject = ?2 and c.state = 'waiting'",
                      V_INT(offer), V_INT(subject));
}
