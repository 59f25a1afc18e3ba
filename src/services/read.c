/* What pages and commands read: calls, offers, sessions, entries, wishes, the calendar, rosters. */
#include "services/inside.h"

#include "base/clock.h"

#include <string.h>

/* ---- Calls ---- */

#define CALL_COLUMNS                                                                                                   \
    "id, service, division, state, coalesce(root, ''), coalesce(rules, ''), coalesce(seed, ''), reason, opened_at, "   \
    "coalesce(closed_at, 0), coalesce(drawn_at, 0), coalesce(listed, 0), coalesce(placed, 0), name_zh, name_en, "      \
    "about_zh, about_en, whom, age_from, age_to, mechanism, wishes, first, opens, closes, answer_days, record_zh, "    \
    "record_en, attended, together, activity, level, results"

static struct name name_of(struct rows *rows, int column, struct arena *arena)
{
    return (struct name){ rows_text_in(rows, column, arena), rows_text_in(rows, column + 1, arena) };
}

static const struct service *service_of_row(struct rows *rows, struct arena *arena)
{
    struct service *service = ARENA_NEW(arena, struct service);
    struct str first = rows_text_in(rows, 22, arena);
    *service = (struct service){
        .id = rows_text_in(rows, 1, arena),
        .division = rows_text_in(rows, 2, arena),
        .name = name_of(rows, 13, arena),
        .about = name_of(rows, 15, arena),
        .whom = (unsigned)rows_int(rows, 17),
        .age_from = (uint32_t)rows_int(rows, 18),
        .age_to = (uint32_t)rows_int(rows, 19),
        .mechanism = str_is(rows_text(rows, 20), "draw") ? SERVICE_DRAW : SERVICE_FIRST_COME,
        .wishes = (uint32_t)rows_int(rows, 21),
        .opens = rows_int(rows, 23),
        .closes = rows_int(rows, 24),
        .answer_days = (uint32_t)rows_int(rows, 25),
        .record = name_of(rows, 26, arena),
        .attended = (uint32_t)rows_int(rows, 28),
        .together = rows_int(rows, 29) == 1,
        .activity = rows_text_in(rows, 30, arena),
        .level = rows_text_in(rows, 31, arena),
        .results = str_is(rows_text(rows, 32), "times")    ? SERVICE_TIMES
                   : str_is(rows_text(rows, 32), "points") ? SERVICE_POINTS
                                                           : SERVICE_NO_RESULTS,
    };
    service->records = service->record.zh.n > 0;
    for (size_t i = 0; i < first.n && i < SERVICE_FIRST_MAX; i++) {
        service->first[service->nfirst++] = first.p[i] == 's' ? SERVICE_OWN_SCHOOL : SERVICE_OWN_COUNTY;
    }
    return service;
}

static struct call call_of_row(struct rows *rows, struct arena *arena)
{
    return (struct call){
        .id = rows_int(rows, 0),
        .service = service_of_row(rows, arena),
        .division = rows_text_in(rows, 2, arena),
        .state = rows_text_in(rows, 3, arena),
        .root = rows_text_in(rows, 4, arena),
        .rules = rows_text_in(rows, 5, arena),
        .seed = rows_text_in(rows, 6, arena),
        .reason = rows_text_in(rows, 7, arena),
        .opened_at = rows_int(rows, 8),
        .closed_at = rows_int(rows, 9),
        .drawn_at = rows_int(rows, 10),
        .listed = rows_int(rows, 11),
        .placed = rows_int(rows, 12),
    };
}

bool call_get(struct db *db, struct arena *arena, int64_t id, struct call *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " CALL_COLUMNS " from service_call where id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = call_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool call_of_service(struct db *db, struct arena *arena, struct str service, struct call *out, bool *found,
                     struct error *error)
{
    int64_t id = 0;
    return db_one_int(db, error, &id, found,
                      "select id from service_call where service = ?1 and state = 'open' order by id desc limit 1",
                      V_TEXT(service)) &&
           (!*found || call_get(db, arena, id, out, found, error));
}

bool call_list(struct db *db, struct arena *arena, struct str division, struct call **out, size_t *n,
               struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " CALL_COLUMNS " from service_call where division like ?1 || '%' "
                                 "order by id desc limit 500",
                                 V_TEXT(division));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = call_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

/* ---- Offers ---- */

#define BALANCE(bucket)                                                                                                \
    "coalesce((select b.places from ledger_balance b where b.offer = o.id and b.bucket = '" bucket "'), 0)"
#define OFFER_COLUMNS                                                                                                  \
    "o.id, o.call, coalesce(o.institution, 0), o.capacity, " BALANCE("free") ", " BALANCE("held") ", " BALANCE(        \
        "taken") ", " BALANCE("waiting") ", o.code, o.name_zh, o.name_en, o.place_zh, o.place_en, o.first_day, "       \
                                         "o.last_day, o.from_minute, o.until_minute, o.sessions, o.age_from, "         \
                                         "o.age_to, o.sex, o.numbers, o.lunch, o.bed, o.staffed, o.collect"

static struct offered offered_of_row(struct rows *rows, struct arena *arena)
{
    return (struct offered){
        .id = rows_int(rows, 0),
        .call = rows_int(rows, 1),
        .institution = rows_int(rows, 2),
        .capacity = rows_int(rows, 3),
        .free = rows_int(rows, 4),
        .held = rows_int(rows, 5),
        .taken = rows_int(rows, 6),
        .waiting = rows_int(rows, 7),
        .code = rows_text_in(rows, 8, arena),
        .name = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
        .place = { rows_text_in(rows, 11, arena), rows_text_in(rows, 12, arena) },
        .first_day = rows_int(rows, 13),
        .last_day = rows_int(rows, 14),
        .from = rows_int(rows, 15),
        .until = rows_int(rows, 16),
        .sessions = rows_int(rows, 17),
        .age_from = rows_int(rows, 18),
        .age_to = rows_int(rows, 19),
        .sex = rows_text_in(rows, 20, arena),
        .numbers = rows_int(rows, 21),
        .lunch = rows_int(rows, 22) == 1,
        .bed = rows_int(rows, 23) == 1,
        .group = rows_int(rows, 24),
        .collect = rows_int(rows, 25) == 1,
    };
}

static bool offered_of_rows(struct rows *rows, struct arena *arena, struct offered **out, size_t *n,
                            struct error *error)
{
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = offered_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool offered_list(struct db *db, struct arena *arena, int64_t call, struct offered **out, size_t *n,
                  struct error *error)
{
    return offered_of_rows(db_query(db, error,
                                    "select " OFFER_COLUMNS " from service_offer o where o.call = ?1 order by o.number",
                                    V_INT(call)),
                           arena, out, n, error);
}

bool offered_get(struct db *db, struct arena *arena, int64_t offer, struct offered *out, bool *found,
                 struct error *error)
{
    struct offered *rows;
    size_t n;
    if (!offered_of_rows(
            db_query(db, error, "select " OFFER_COLUMNS " from service_offer o where o.id = ?1", V_INT(offer)), arena,
            &rows, &n, error)) {
        return false;
    }
    *found = n > 0;
    if (*found) {
        *out = rows[0];
    }
    return true;
}

bool offered_at(struct db *db, struct arena *arena, struct str division, int64_t institution, struct offered **out,
                size_t *n, struct error *error)
{
    return offered_of_rows(
        db_query(
            db, error,
            "select " OFFER_COLUMNS
            " from service_offer o join service_call c on c.id = o.call where c.state in ('open', 'closed', 'drawn') "
            "and c.division like ?1 || '%' and (?2 = 0 or o.institution = ?2) "
            "order by o.call desc, o.number limit 500",
            V_TEXT(division), V_INT(institution)),
        arena, out, n, error);
}

/* ---- Sessions ---- */

#define SESSION_COLUMNS                                                                                                \
    "s.id, s.offer, s.day, s.from_minute, s.until_minute, (select count(*) from service_attendance a where "           \
    "a.session = s.id and a.state = 'present'), coalesce(s.noted_at, 0)"

static struct session_row session_of_row(struct rows *rows)
{
    return (struct session_row){ rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3),
                                 rows_int(rows, 4), rows_int(rows, 5), rows_int(rows, 6) };
}

bool session_list(struct db *db, struct arena *arena, int64_t offer, struct session_row **out, size_t *n,
                  struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " SESSION_COLUMNS " from service_session s where s.offer = ?1 "
                                 "order by s.day, s.from_minute",
                                 V_INT(offer));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = session_of_row(rows);
    }
    return rows_end(rows, error);
}

bool session_get(struct db *db, struct arena *arena, int64_t id, struct session_row *out, bool *found,
                 struct error *error)
{
    (void)arena;
    struct rows *rows =
        db_query(db, error, "select " SESSION_COLUMNS " from service_session s where s.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = session_of_row(rows);
    }
    return rows_end(rows, error);
}

/* ---- Entries ---- */

#define ENTRY_COLUMNS                                                                                                  \
    "e.id, e.call, e.account, e.sent_at, e.person_kind, e.person, e.state, e.receipt, e.ticket, e.salt, "              \
    "coalesce(e.lead, 0)"

static struct record_person person_of(struct rows *rows, int kind, int id)
{
    return (struct record_person){ record_person_kind(rows_text(rows, kind)), rows_int(rows, id) };
}

static struct entry entry_of_row(struct rows *rows, struct arena *arena)
{
    return (struct entry){
        .id = rows_int(rows, 0),
        .call = rows_int(rows, 1),
        .account = rows_int(rows, 2),
        .sent_at = rows_int(rows, 3),
        .person = person_of(rows, 4, 5),
        .state = rows_text_in(rows, 6, arena),
        .receipt = rows_text_in(rows, 7, arena),
        .ticket = rows_text_in(rows, 8, arena),
        .salt = rows_text_in(rows, 9, arena),
        .lead = rows_int(rows, 10),
    };
}

bool entry_get(struct db *db, struct arena *arena, int64_t id, struct entry *out, bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " ENTRY_COLUMNS " from service_entry e where e.id = ?1", V_INT(id));
    *found = rows_next(rows);
    if (*found) {
        *out = entry_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

/* Whose entries an account sees: its own, and those of its children. */
#define OF_ACCOUNT                                                                                                     \
    "((e.person_kind = 'account' and e.person = ?1) or (e.person_kind = 'child' and e.person in (select g.child from " \
    "guardian g where g.account = ?1)))"

bool entry_list(struct db *db, struct arena *arena, int64_t account, struct entry **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        db, error, "select " ENTRY_COLUMNS " from service_entry e where " OF_ACCOUNT " order by e.id desc limit 200",
        V_INT(account));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = entry_of_row(rows, arena);
    }
    return rows_end(rows, error);
}

bool wish_list(struct db *db, struct arena *arena, int64_t entry, struct wish_row **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select w.rank, w.offer, o.name_zh, o.name_en, coalesce(w.lot, ''), coalesce(c.state, ''), "
        "coalesce(c.answer_by, 0), case when c.state = 'waiting' then (select count(*) from claim b where "
        "b.offer = c.offer and b.state = 'waiting' and (b.sort < c.sort or (b.sort = c.sort and b.id <= c.id))) "
        "else 0 end, w.granted, coalesce(x.number, 0), coalesce(r.number, 0), coalesce(r.mark, 0), "
        "coalesce(r.place, 0), coalesce(r.state, '') from service_wish w join service_offer o on o.id = w.offer "
        "left join claim c on c.offer = w.offer and c.subject = w.entry "
        "left join service_number x on x.offer = w.offer and x.entry = w.entry "
        "left join service_result r on r.offer = x.offer and r.number = x.number where w.entry = ?1 order by w.rank",
        V_INT(entry));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct wish_row){
            .rank = rows_int(rows, 0),
            .offer = rows_int(rows, 1),
            .offer_name = { rows_text_in(rows, 2, arena), rows_text_in(rows, 3, arena) },
            .lot = rows_text_in(rows, 4, arena),
            .claim = rows_text_in(rows, 5, arena),
            .answer_by = rows_int(rows, 6),
            .position = rows_int(rows, 7),
            .granted = rows_int(rows, 8) == 1,
            .number = rows_int(rows, 9),
            .result = { .number = rows_int(rows, 10),
                        .mark = rows_int(rows, 11),
                        .place = rows_int(rows, 12),
                        .state = rows_text_in(rows, 13, arena),
                        .entry = entry },
        };
    }
    return rows_end(rows, error);
}

/* ---- The calendar ---- */

static bool same_person(struct record_person a, struct record_person b)
{
    return a.id == b.id && strcmp(a.kind, b.kind) == 0;
}

bool calendar_list(struct db *db, struct arena *arena, int64_t account, int64_t from_day, int64_t until_day,
                   struct calendar_row **out, size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select s.day, s.from_minute, s.until_minute, e.id, e.person_kind, e.person, o.name_zh, o.name_en, "
                 "o.place_zh, o.place_en, c.state from service_entry e join service_offer o on o.call = e.call "
                 "join claim c on c.offer = o.id and c.subject = e.id and c.state in ('held', 'taken') "
                 "join service_session s on s.offer = o.id where " OF_ACCOUNT " and s.day >= ?2 and s.day < ?3 "
                 "order by s.day, s.from_minute, e.id limit 1000",
                 V_INT(account), V_INT(from_day), V_INT(until_day));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct calendar_row){
            .day = rows_int(rows, 0),
            .from = rows_int(rows, 1),
            .until = rows_int(rows, 2),
            .entry = rows_int(rows, 3),
            .person = person_of(rows, 4, 5),
            .offer = { rows_text_in(rows, 6, arena), rows_text_in(rows, 7, arena) },
            .place = { rows_text_in(rows, 8, arena), rows_text_in(rows, 9, arena) },
            .taken = str_is(rows_text(rows, 10), "taken"),
        };
    }
    /* By start within a day: whoever starts before an earlier one of the same person has ended overlaps with it. */
    for (size_t i = 0; i < *n; i++) {
        for (size_t k = i + 1; k < *n && (*out)[k].day == (*out)[i].day; k++) {
            bool same = same_person((*out)[k].person, (*out)[i].person);
            if (same && (*out)[k].from < (*out)[i].until) {
                (*out)[i].overlaps = (*out)[k].overlaps = true;
            }
        }
    }
    return rows_end(rows, error);
}

/* ---- Rosters ---- */

bool roster_list(struct db *db, struct arena *arena, int64_t offer, int64_t session, struct roster_row **out, size_t *n,
                 struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select e.id, e.person_kind, e.person, coalesce((select a.state from service_attendance a where "
                 "a.entry = e.id and a.session = ?2), ''), (select count(*) from service_attendance a "
                 "join service_session s on s.id = a.session where a.entry = e.id and s.offer = ?1 and "
                 "a.state = 'present'), coalesce((select x.number from service_number x where x.offer = ?1 and "
                 "x.entry = e.id), 0) as start, coalesce((select k.at from service_pickup k where "
                 "k.entry = e.id and k.session = ?2), 0) from claim c join service_entry e on e.id = c.subject "
                 "where c.offer = ?1 and c.state = 'taken' order by start, e.id",
                 V_INT(offer), V_INT(session));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct roster_row){ rows_int(rows, 0), person_of(rows, 1, 2), rows_text_in(rows, 3, arena),
                                              rows_int(rows, 4), rows_int(rows, 5),     rows_int(rows, 6) };
    }
    return rows_end(rows, error);
}
