/* Each service of the folder is opened the day before its window, and families apply for their children as far as their
 * age fits, about five for three places. Whatever its calendar has reached is done as an officer would: witnesses
 * commit and open, the close, the draw; most families confirm, who comes is noted, and another officer confirms the
 * records. */
#include "demo/services.h"

#include "base/clock.h"
#include "base/hex.h"
#include "demo/dice.h"
#include "places/claim.h"
#include "places/witness.h"
#include "services/services.h"

enum { HOUR_MS = 3600 * 1000, ASK_OF_3 = 5, COME_OF_100 = 94, TAKE_OF_100 = 90, ENTRIES_MOST = 4000 };

/* Opens, proposes and confirms; two, because nobody confirms what they proposed. */
struct living {
    struct builder *builder;
    const struct service *service;
    struct arena *arena;
    struct actor officer, second;
    int64_t call;
    struct str scope; /* division codes of the children begin so; the whole city: four characters */
};

static bool officer_of(struct living *l, struct error *error)
{
    int64_t ids[2] = { 0, 0 };
    size_t n = 0;
    struct rows *rows = db_query(l->builder->writing->db, error,
                                 "select id from account where roles in (16, 32) and scope <> '' and "
                                 "substr(?1, 1, length(scope)) = scope order by length(scope) desc, id limit 2",
                                 V_TEXT(l->service->division));
    while (n < 2 && rows_next(rows)) {
        ids[n++] = rows_int(rows, 0);
    }
    l->officer = (struct actor){ ids[0], "county_officer" };
    l->second = (struct actor){ n == 2 ? ids[1] : 0, "city" };
    return rows_end(rows, error);
}

static bool opened(struct living *l, struct error *error)
{
    struct call_open open = { .actor = l->officer, .service = l->service };
    if (!build_begin(l->builder, l->service->opens - 24 * HOUR_MS, error) ||
        !call_open_run(l->builder->writing, &open, error)) {
        return false;
    }
    l->call = open.id;
    if (open.result != SERVICE_DONE) {
        return error_set(error, "service %.*s: %s", STR_ARG(l->service->id), service_result_text(open.result).en);
    }
    return build_commit(l->builder, error);
}

/* ---- Families ---- */

struct asking {
    int64_t child, account;
};

static bool read_children(struct living *l, size_t most, struct asking **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(l->builder->writing->db, error,
                                 "select h.id, min(g.account) from child h join guardian g on g.child = h.id "
                                 "where h.household_division like ?1 || '%' group by h.id order by h.id % 97, h.id "
                                 "limit ?2",
                                 V_TEXT(l->scope), V_INT((int64_t)most));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(l->arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct asking){ rows_int(rows, 0), rows_int(rows, 1) };
    }
    return rows_end(rows, error);
}

/* Different wishes, in an order of their own. */
static size_t wishes_of(const struct living *l, const int64_t *offers, struct dice *dice, int64_t *out)
{
    size_t n = l->service->noffers, wanted = l->service->wishes < n ? l->service->wishes : n;
    size_t first = (size_t)dice_below(dice, n);
    wanted = 1 + (size_t)dice_below(dice, wanted);
    for (size_t i = 0; i < wanted; i++) {
        out[i] = offers[(first + i) % n];
    }
    return wanted;
}

static bool families_ask(struct living *l, struct error *error)
{
    struct offered *offers;
    struct asking *children;
    size_t n, nchildren, capacity = 0, sent = 0;
    struct dice dice = dice_of(l->builder->settings->seed, "services", (uint64_t)l->call);
    if (!build_begin(l->builder, l->service->opens + 2 * HOUR_MS, error) ||
        !offered_list(l->builder->writing->db, l->arena, l->call, &offers, &n, error)) {
        return false;
    }
    int64_t *ids = ARENA_ARRAY(l->arena, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        ids[i] = offers[i].id;
        capacity += (size_t)offers[i].capacity;
    }
    size_t wanted = capacity * ASK_OF_3 / 3;
    if (!read_children(l, ENTRIES_MOST, &children, &nchildren, error)) {
        return false;
    }
    for (size_t i = 0; i < nchildren && sent < wanted; i++) {
        int64_t wishes[SERVICE_WISHES_MAX];
        struct entry_send send = { .actor = { children[i].account, "family" },
                                   .call = l->call,
                                   .person = { "child", children[i].child },
                                   .offers = wishes,
                                   .n = wishes_of(l, ids, &dice, wishes) };
        if (!entry_send_run(l->builder->writing, &send, error)) {
            return false;
        }
        sent += send.result == SERVICE_DONE;
    }
    return build_commit(l->builder, error);
}

/* ---- The draw ---- */

static bool witnesses_hand_in(struct living *l, bool opening, struct error *error)
{
    for (size_t i = 0; i < l->service->nwitnesses; i++) {
        struct dice dice = dice_of(l->builder->settings->seed, "service witness", (uint64_t)l->call * 64 + i);
        uint64_t words[2] = { dice_next(&dice), dice_next(&dice) };
        struct str secret = hex_encode(l->arena, words, sizeof words), commitment;
        if (!witness_commitment(l->arena, secret, &commitment)) {
            return error_set(error, "the demo's witness made no secret");
        }
        struct call_witness_step step = { .actor = l->officer,
                                          .id = l->call,
                                          .witness = l->service->witnesses[i].id,
                                          .hex = opening ? secret : commitment };
        if (!call_witness_run(l->builder->writing, &step, error)) {
            return false;
        }
    }
    return true;
}

static bool advance(struct living *l, enum call_step step, struct error *error)
{
    struct call_advance advance = { .places = l->builder->places, .actor = l->officer, .id = l->call, .step = step };
    if (!call_advance_run(l->builder->writing, &advance, error)) {
        return false;
    }
    return advance.result == SERVICE_DONE ||
           error_set(error, "service %.*s: %s", STR_ARG(l->service->id), service_result_text(advance.result).en);
}

static bool drawn(struct living *l, struct error *error)
{
    return build_begin(l->builder, l->service->closes + HOUR_MS, error) && advance(l, CALL_CLOSE, error) &&
           build_commit(l->builder, error) && build_begin(l->builder, l->service->closes + 2 * HOUR_MS, error) &&
           witnesses_hand_in(l, true, error) && build_commit(l->builder, error) &&
           build_begin(l->builder, l->service->closes + 3 * HOUR_MS, error) && advance(l, CALL_DRAW, error) &&
           build_commit(l->builder, error);
}

struct held {
    int64_t entry, offer, account;
};

/* Most confirm; the others give back, and the place goes on. Who gets it so confirms an hour later. */
static bool families_answer(struct living *l, int64_t at, bool all, struct error *error)
{
    struct held *held = NULL;
    size_t n = 0;
    struct dice dice = dice_of(l->builder->settings->seed, all ? "service late" : "service answers", (uint64_t)l->call);
    if (!build_begin(l->builder, at, error)) {
        return false;
    }
    struct rows *rows =
        db_query(l->builder->writing->db, error,
                 "select e.id, c.offer, e.account from claim c join service_entry e on e.id = c.subject "
                 "join service_offer o on o.id = c.offer and o.call = e.call where o.call = ?1 and "
                 "c.state = 'held' order by e.ticket",
                 V_INT(l->call));
    while (rows_next(rows)) {
        held = arena_grow(l->arena, held, n, sizeof *held);
        held[n++] = (struct held){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2) };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool take = all || dice_below(&dice, 100) < TAKE_OF_100;
        struct entry_answer answer = { .actor = { held[i].account, "family" },
                                       .id = held[i].entry,
                                       .offer = held[i].offer,
                                       .act = take ? ENTRY_TAKE : ENTRY_DECLINE };
        if (!entry_answer_run(l->builder->writing, &answer, error)) {
            return false;
        }
    }
    return build_commit(l->builder, error);
}

/* ---- Attendance and records ---- */

static bool note_session(struct living *l, const struct session_row *session, struct error *error)
{
    struct roster_row *roster;
    size_t n;
    struct dice dice = dice_of(l->builder->settings->seed, "service attendance", (uint64_t)session->id);
    if (!build_begin(l->builder, day_start_ms(session->day) + session->from * 60000, error) ||
        !roster_list(l->builder->writing->db, l->arena, session->offer, 0, &roster, &n, error)) {
        return false;
    }
    int64_t *present = ARENA_ARRAY(l->arena, int64_t, n);
    struct attendance_note note = { .actor = l->officer, .session = session->id, .present = present };
    for (size_t i = 0; i < n; i++) {
        if (dice_below(&dice, 100) < COME_OF_100) {
            present[note.n++] = roster[i].entry;
        }
    }
    return attendance_note_run(l->builder->writing, &note, error) && build_commit(l->builder, error);
}

/* Who was there and is handed over with a code is collected when it is over. */
static bool hand_over(struct living *l, const struct session_row *session, bool collect, struct error *error)
{
    struct roster_row *roster;
    size_t n;
    if (!collect) {
        return true;
    }
    if (!build_begin(l->builder, day_start_ms(session->day) + (session->until + 2) * 60000, error) ||
        !roster_list(l->builder->writing->db, l->arena, session->offer, session->id, &roster, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct pickup pickup = { .actor = l->officer,
                                 .session = session->id,
                                 .entry = roster[i].entry,
                                 .code = pickup_code(l->arena, l->builder->vault, roster[i].entry, session->day) };
        if (str_is(roster[i].state, "present") && !pickup_run(l->builder->writing, &pickup, error)) {
            return false;
        }
    }
    return build_commit(l->builder, error);
}

/* Two of three records are confirmed; the others wait on the desk. */
static bool confirm_records(struct living *l, int64_t at, struct error *error)
{
    struct record *waiting;
    size_t n;
    if (l->second.account == 0) {
        return true;
    }
    if (!build_begin(l->builder, at, error) || !record_in_state(l->builder->writing->db, l->arena, l->service->division,
                                                                "proposed", ENTRIES_MOST, &waiting, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct record_decide decide = { .actor = l->second, .id = waiting[i].id, .act = RECORD_CONFIRM };
        if (i % 3 != 0 && !record_decide_run(l->builder->writing, &decide, error)) {
            return false;
        }
    }
    return build_commit(l->builder, error);
}

static bool attended(struct living *l, bool *over, struct error *error)
{
    struct offered *offers;
    struct session_row *sessions;
    size_t n, nsessions;
    int64_t today = day_of_ms(l->builder->now);
    *over = true;
    if (!offered_list(l->builder->writing->db, l->arena, l->call, &offers, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!session_list(l->builder->writing->db, l->arena, offers[i].id, &sessions, &nsessions, error)) {
            return false;
        }
        for (size_t k = 0; k < nsessions; k++) {
            *over = *over && sessions[k].day < today;
            if (sessions[k].day < today &&
                (!note_session(l, &sessions[k], error) || !hand_over(l, &sessions[k], offers[i].collect, error))) {
                return false;
            }
        }
    }
    return true;
}

/* ---- One service, as far as the demo's moment ---- */

static bool live(struct living *l, struct error *error)
{
    const struct service *service = l->service;
    int64_t now = l->builder->now;
    bool over, by_lot = service->mechanism == SERVICE_DRAW;
    if (service->opens > now) {
        return true;
    }
    if (!officer_of(l, error) || !opened(l, error) || !families_ask(l, error)) {
        return false;
    }
    if (by_lot && (!build_begin(l->builder, service->opens + 3 * HOUR_MS, error) ||
                   !witnesses_hand_in(l, false, error) || !build_commit(l->builder, error))) {
        return false;
    }
    if (by_lot && service->closes + 24 * HOUR_MS > now) {
        return true;
    }
    if (by_lot && (!drawn(l, error) || !families_answer(l, service->closes + 5 * HOUR_MS, false, error) ||
                   !families_answer(l, service->closes + 6 * HOUR_MS, true, error))) {
        return false;
    }
    if (!attended(l, &over, error) || !over) {
        return !over;
    }
    return build_begin(l->builder, now - 48 * HOUR_MS, error) && advance(l, CALL_FINISH, error) &&
           build_commit(l->builder, error) && confirm_records(l, now - 24 * HOUR_MS, error);
}

bool services_write(struct builder *builder, struct error *error)
{
    const struct city *city = builder->city;
    for (size_t i = 0; i < city->nservices; i++) {
        struct living living = { .builder = builder, .service = city->services[i], .arena = arena_new(64 * 1024) };
        struct str division = living.service->division;
        living.scope = str_part(division, 0, str_eq(division, city->code) ? 4 : division.n);
        build_tell(builder, "services", i, city->nservices);
        bool good = live(&living, error);
        arena_free(living.arena);
        if (!good) {
            return false;
        }
    }
    return true;
}
