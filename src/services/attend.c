/* Who came, and what becomes a record. */
#include "services/inside.h"

#include "base/clock.h"
#include "registry/change.h"

#include <string.h>

static bool is_present(const struct attendance_note *note, int64_t entry)
{
    for (size_t i = 0; i < note->n; i++) {
        if (note->present[i] == entry) {
            return true;
        }
    }
    return false;
}

bool attendance_note_run(struct writing *writing, void *input, struct error *error)
{
    struct attendance_note *note = input;
    struct session_row session;
    struct offered offer;
    struct call call;
    struct roster_row *roster;
    size_t n;
    bool found, go;
    note->noted = 0;
    note->result = SERVICE_DONE;
    if (!once_open_number(writing, note->form_key, note->actor.account, &note->noted, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!session_get(writing->db, writing->arena, note->session, &session, &found, error)) {
        return false;
    }
    if (!found) {
        note->result = SERVICE_NOT_FOUND;
        return true;
    }
    if (!offered_get(writing->db, writing->arena, session.offer, &offer, &found, error) ||
        !call_load(writing, offer.call, &call, &note->result, error) ||
        !roster_list(writing->db, writing->arena, session.offer, session.id, &roster, &n, error)) {
        return false;
    }
    if (call_is_over(&call)) {
        note->result = SERVICE_NOT_NOW;
        return true;
    }
    if (session.day > day_of_ms(writing->now)) {
        note->result = SERVICE_NOTHING_NOTED;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        bool present = is_present(note, roster[i].entry) || roster[i].left_at > 0; /* handed over: was here */
        note->noted += present;
        if (!db_run(writing->db, error,
                    "insert into service_attendance (session, entry, state, at, account) values (?1, ?2, ?3, ?4, ?5) "
                    "on conflict (session, entry) do update set state = excluded.state, at = excluded.at, "
                    "account = excluded.account",
                    V_INT(session.id), V_INT(roster[i].entry), V_TEXT(present ? STR("present") : STR("absent")),
                    V_INT(writing->now), V_INT(note->actor.account))) {
            return false;
        }
    }
    return db_run(writing->db, error, "update service_session set noted_at = ?2, noted_by = ?3 where id = ?1",
                  V_INT(session.id), V_INT(writing->now), V_INT(note->actor.account)) &&
           service_journal(writing, note->actor, "service.attendance", "service_session", session.id, call.division,
                           arena_printf(writing->arena, "%lld of %zu", (long long)note->noted, n), error) &&
           once_close_number(writing, note->form_key, note->noted, error);
}

/* ---- Finish ---- */

/* What came of an offer for one entry: "place 3, 1:45:02.350", or nothing. */
static bool result_of(struct writing *writing, const struct call *call, const struct offered *offer,
                      const struct roster_row *one, struct text *out, struct error *error)
{
    struct result_row *rows;
    size_t n = 0;
    *out = T("", "");
    if (call->service->results == SERVICE_NO_RESULTS || one->number == 0) {
        return true;
    }
    if (!result_list(writing->db, writing->arena, offer->id, one->number, 1, &rows, &n, error)) {
        return false;
    }
    if (n == 1 && rows[0].place > 0) {
        struct str mark = result_words(writing->arena, call->service->results, &rows[0]);
        *out = T(arena_printf(writing->arena, "，第 %lld 名，成绩 %.*s", (long long)rows[0].place, STR_ARG(mark)).p,
                 arena_printf(writing->arena, ", place %lld, %.*s", (long long)rows[0].place, STR_ARG(mark)).p);
    }
    return true;
}

/* The register's own row of what was held, with what was counted from attendance: persons are counted once. */
static bool count_activity(struct writing *writing, const struct call_advance *advance, const struct call *call,
                           const struct offered *offers, size_t n, struct error *error)
{
    const struct kind *kind = &KIND_LIST[KIND_ACTIVITY];
    int64_t persons = 0, attendances = 0, change, first = INT64_MAX, last = 0;
    struct rows *rows = db_query(
        writing->db, error,
        "select count(*), cast(coalesce(sum(t.n), 0) as bigint) from (select count(*) as n from service_attendance a "
        "join service_session s on s.id = a.session join service_offer o on o.id = s.offer "
        "join service_entry e on e.id = a.entry where o.call = ?1 and a.state = 'present' "
        "group by e.person_kind, e.person) t",
        V_INT(call->id));
    if (rows_next(rows)) {
        persons = rows_int(rows, 0);
        attendances = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        first = offers[i].first_day < first ? offers[i].first_day : first;
        last = offers[i].last_day > last ? offers[i].last_day : last;
    }
    struct fact fact = { .code = arena_printf(writing->arena, "SV%06lld", (long long)call->id),
                         .valid_from = first,
                         .valid_until = last + 1,
                         .division = call->division,
                         .institution = offers[0].institution };
    struct value of_call[] = { V_TEXT(call->service->name.zh),
                               V_TEXT(call->service->name.en),
                               V_TEXT(call->service->activity),
                               V_TEXT(call->service->level),
                               V_INT(first),
                               V_INT(persons),
                               V_INT(attendances) };
    bool changed;
    if (kind->ncolumns != sizeof of_call / sizeof *of_call) {
        return error_set(error, "an activity of the register has %zu columns, not those that a call fills",
                         kind->ncolumns);
    }
    memcpy(fact.values, of_call, sizeof of_call);
    struct str note = arena_printf(writing->arena, "service call %lld", (long long)call->id);
    struct keeper_of who = {
        .account = advance->actor.account, .level = KEEPER_CITY, .scope = call->division, .role = advance->actor.role
    };
    return change_made(writing, &who, STR("activity"), call->division, fact.institution, note, STR(""), &change,
                       error) &&
           facts_record(writing, kind, &fact, change, &changed, error);
}

static bool propose(struct writing *writing, struct call_advance *advance, const struct call *call,
                    const struct offered *offer, const struct roster_row *one, struct error *error)
{
    struct arena *arena = writing->arena;
    struct text result;
    if (!result_of(writing, call, offer, one, &result, error)) {
        return false;
    }
    struct record_new record = {
        .actor = advance->actor,
        .source = arena_printf(arena, "service:%lld:%lld", (long long)call->id, (long long)one->entry),
        .kind = call->service->id,
        .person = one->person,
        .name = call->service->record,
        .detail = { arena_printf(arena, "%.*s，%.*s，到场 %lld 次，共 %lld 次%s", STR_ARG(call->service->name.zh),
                                 STR_ARG(offer->name.zh), (long long)one->present, (long long)offer->sessions,
                                 result.zh),
                    arena_printf(arena, "%.*s, %.*s, %lld of %lld sessions%s", STR_ARG(call->service->name.en),
                                 STR_ARG(offer->name.en), (long long)one->present, (long long)offer->sessions,
                                 result.en) },
        .day = offer->last_day,
        .division = call->division,
        .institution = offer->institution,
    };
    if (!record_propose(writing, &record, error)) {
        return false;
    }
    advance->count += !record.there;
    return true;
}

bool call_do_finish(struct writing *writing, struct call_advance *advance, const struct call *call, struct error *error)
{
    struct offered *offers;
    struct roster_row *roster;
    size_t n, people;
    bool ready =
        str_is(call->state, "drawn") || (str_is(call->state, "open") && call->service->mechanism == SERVICE_FIRST_COME);
    if (!ready) {
        advance->result = SERVICE_NOT_NOW;
        return true;
    }
    if (!offered_list(writing->db, writing->arena, call->id, &offers, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (offers[i].last_day >= day_of_ms(writing->now)) {
            advance->result = SERVICE_EARLY;
            return true;
        }
    }
    int64_t ended;
    if (!call_claims_end(writing, advance, false, "finished", &ended, error)) {
        return false;
    }
    for (size_t i = 0; i < n && call->service->records; i++) {
        if (!roster_list(writing->db, writing->arena, offers[i].id, 0, &roster, &people, error)) {
            return false;
        }
        for (size_t k = 0; k < people; k++) {
            if (roster[k].present >= call->service->attended &&
                !propose(writing, advance, call, &offers[i], &roster[k], error)) {
                return false;
            }
        }
    }
    return (call->service->activity.n == 0 || count_activity(writing, advance, call, offers, n, error)) &&
           db_run(writing->db, error, "update service_call set state = 'finished' where id = ?1", V_INT(call->id));
}
