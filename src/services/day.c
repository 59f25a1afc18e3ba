/* The seamless day: where a child is, hour by hour; what is not covered, what is covered twice, what could cover it. */
#include "services/inside.h"

#include "base/clock.h"
#include "city/day.h"
#include "city/workdays.h"
#include "places/child.h"

#include <stdlib.h>
#include <string.h>

enum { FILLS_MOST = 3, WORKED = 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 };

/* ---- Seams ---- */

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : (x->until > y->until) - (x->until < y->until);
}

void day_seams(struct span need, struct span *covers, size_t n, struct span *gaps, size_t *ngaps, struct span *doubles,
               size_t *ndoubles)
{
    int64_t cursor = need.from, reached = INT64_MIN; /* until where all is covered; the furthest end so far */
    *ngaps = *ndoubles = 0;
    if (n > 0) {
        qsort(covers, n, sizeof *covers, by_start);
    }
    for (size_t i = 0; i < n; i++) {
        struct span cover = covers[i];
        if (cover.from >= cover.until) {
            continue;
        }
        if (cover.from > cursor && cursor < need.until) {
            gaps[(*ngaps)++] = (struct span){ cursor, cover.from < need.until ? cover.from : need.until };
        }
        cursor = cover.until > cursor ? cover.until : cursor;
        if (cover.from < reached) {
            int64_t end = cover.until < reached ? cover.until : reached;
            struct span *last = *ndoubles ? &doubles[*ndoubles - 1] : NULL;
            if (last && cover.from <= last->until) {
                last->until = end > last->until ? end : last->until;
            } else {
                doubles[(*ndoubles)++] = (struct span){ cover.from, end };
            }
        }
        reached = cover.until > reached ? cover.until : reached;
    }
    if (cursor < need.until) {
        gaps[(*ngaps)++] = (struct span){ cursor, need.until };
    }
}

/* ---- What is needed ---- */

static unsigned weekday_bit(int64_t day)
{
    return 1U << ((day + 3) % 7 + 1); /* day 0 was a Thursday */
}

bool need_get(struct db *db, const struct city *city, int64_t child, struct need *out, struct error *error)
{
    struct rows *rows = db_query(
        db, error, "select weekdays, from_minute, until_minute from service_need where child = ?1", V_INT(child));
    *out = (struct need){ 0 };
    if (city->day) {
        *out = (struct need){ WORKED, { city->day->need_from, city->day->need_until }, false };
    }
    if (rows_next(rows)) {
        *out = (struct need){ (unsigned)rows_int(rows, 0), { rows_int(rows, 1), rows_int(rows, 2) }, true };
    }
    return rows_end(rows, error);
}

bool need_set_run(struct writing *writing, void *input, struct error *error)
{
    struct need_set *set = input;
    int64_t done = 1;
    bool go, theirs;
    set->result = SERVICE_DONE;
    if (!once_open_number(writing, set->form_key, set->actor.account, &done, &go, error) || !go) {
        return !go;
    }
    if (!child_has_guardian(writing->db, set->actor.account, set->child, &theirs, error)) {
        return false;
    }
    if (!theirs || set->need.weekdays == 0 || set->need.span.from >= set->need.span.until) {
        set->result = theirs ? SERVICE_BAD_NEED : SERVICE_NOT_YOURS;
        return true;
    }
    return db_run(writing->db, error,
                  "insert into service_need (child, weekdays, from_minute, until_minute, at, account) values (?1, ?2, "
                  "?3, ?4, ?5, ?6) on conflict (child) do update set weekdays = excluded.weekdays, "
                  "from_minute = excluded.from_minute, until_minute = excluded.until_minute, at = excluded.at, "
                  "account = excluded.account",
                  V_INT(set->child), V_INT(set->need.weekdays), V_INT(set->need.span.from), V_INT(set->need.span.until),
                  V_INT(writing->now), V_INT(set->actor.account)) &&
           service_journal(writing, set->actor, "service.need", "child", set->child, STR(""), STR(""), error) &&
           once_close_number(writing, set->form_key, done, error);
}

/* ---- A child's days ---- */

static void cover_add(struct arena *arena, struct child_day *day, struct day_cover cover)
{
    if (day->ncovers < DAY_SPANS_MOST) {
        day->covers = arena_grow(arena, day->covers, day->ncovers, sizeof *day->covers);
        day->covers[day->ncovers++] = cover;
    }
}

static bool read_places(struct db *db, struct arena *arena, int64_t child, int64_t from, size_t n,
                        struct child_day *days, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select s.day, s.from_minute, s.until_minute, o.name_zh, o.name_en, o.place_zh, o.place_en, c.state, "
        "o.collect, e.id, s.id from service_entry e cross join claim c cross join service_offer o cross join "
        "service_session s where e.person_kind = 'child' and e.person = ?1 and c.subject = e.id and c.state in "
        "('held', 'taken') and o.id = c.offer and o.call = e.call and s.offer = o.id and s.day >= ?2 and s.day < ?3 "
        "order by s.day, s.from_minute, s.id",
        V_INT(child), V_INT(from), V_INT(from + (int64_t)n));
    while (rows_next(rows)) {
        cover_add(arena, &days[rows_int(rows, 0) - from],
                  (struct day_cover){ .span = { rows_int(rows, 1), rows_int(rows, 2) },
                                      .offer = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
                                      .place = { rows_text_in(rows, 5, arena), rows_text_in(rows, 6, arena) },
                                      .taken = str_is(rows_text(rows, 7), "taken"),
                                      .collect = rows_int(rows, 8) == 1,
                                      .entry = rows_int(rows, 9),
                                      .session = rows_int(rows, 10) });
    }
    return rows_end(rows, error);
}

/* What can be applied for now, for a child of this age, and lies in a gap. */
static bool read_fills(struct db *db, struct arena *arena, int64_t birth, struct str sex, struct child_day *day,
                       int64_t now, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select c.service, c.name_zh, c.name_en, o.name_zh, o.name_en, s.from_minute, s.until_minute, "
        "coalesce((select b.places from ledger_balance b where b.offer = o.id and b.bucket = 'free'), 0), c.age_from, "
        "c.age_to, o.age_from, o.age_to, o.sex, o.first_day from service_session s join service_offer o on "
        "o.id = s.offer join service_call c on c.id = o.call where s.day = ?1 and c.state = 'open' and c.opens <= ?2 "
        "and c.closes > ?2 and c.whom % 2 = 1 order by s.from_minute, o.id",
        V_INT(day->day), V_INT(now));
    while (rows_next(rows)) {
        struct span span = { rows_int(rows, 5), rows_int(rows, 6) };
        int64_t age = age_on(birth, rows_int(rows, 13));
        bool helps = false, fits = true;
        for (size_t i = 0; i < day->ngaps; i++) {
            helps = helps || (span.from < day->gaps[i].until && day->gaps[i].from < span.until);
        }
        for (int column = 8; column <= 10; column += 2) {
            int64_t to = rows_int(rows, column + 1);
            fits = fits && (to == 0 || (age >= rows_int(rows, column) && age <= to));
        }
        fits = fits && (rows_text(rows, 12).n == 0 || str_eq(rows_text(rows, 12), sex));
        if (helps && fits && day->nfills < FILLS_MOST) {
            day->fills = arena_grow(arena, day->fills, day->nfills, sizeof *day->fills);
            day->fills[day->nfills++] =
                (struct day_fill){ .service = rows_text_in(rows, 0, arena),
                                   .service_name = { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
                                   .offer = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
                                   .span = span,
                                   .free = rows_int(rows, 7) };
        }
    }
    return rows_end(rows, error);
}

static void find_seams(struct arena *arena, struct child_day *day)
{
    struct span firm[DAY_SPANS_MOST], all[DAY_SPANS_MOST], none = { 0, 0 }, *ignored;
    size_t nfirm = 0, unused;
    for (size_t i = 0; i < day->ncovers; i++) {
        all[i] = day->covers[i].span;
        if (day->covers[i].school || day->covers[i].taken) {
            firm[nfirm++] = all[i];
        }
    }
    day->gaps = ARENA_ARRAY(arena, struct span, day->ncovers + 1);
    day->doubles = ARENA_ARRAY(arena, struct span, day->ncovers + 1);
    ignored = ARENA_ARRAY(arena, struct span, day->ncovers + 1);
    day_seams(day->needed ? day->need : none, firm, nfirm, day->gaps, &day->ngaps, ignored, &unused);
    day_seams(none, all, day->ncovers, ignored, &unused, day->doubles, &day->ndoubles);
}

bool child_days(struct db *db, struct arena *arena, const struct city *city, int64_t child, int64_t from, size_t n,
                struct child_day **out, struct error *error)
{
    struct child_day *days = ARENA_ARRAY(arena, struct child_day, n);
    struct need need;
    int64_t birth = 0, school = 0, now = clock_ms();
    struct str sex = { "", 0 };
    struct rows *rows =
        db_query(db, error, "select birth_day, coalesce(school, 0), sex from child where id = ?1", V_INT(child));
    if (rows_next(rows)) {
        birth = rows_int(rows, 0);
        school = rows_int(rows, 1);
        sex = rows_text_in(rows, 2, arena);
    }
    if (!rows_end(rows, error) || !need_get(db, city, child, &need, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int64_t day = from + (int64_t)i;
        days[i] = (struct child_day){ .day = day, .need = need.span };
        days[i].needed = need.said ? (need.weekdays & weekday_bit(day)) != 0 : need.weekdays != 0 && workday(city, day);
        if (school && city->day && workday(city, day) && school_day_in_term(city->day, day)) {
            cover_add(
                arena, &days[i],
                (struct day_cover){ .span = { city->day->school_from, city->day->school_until }, .school = true });
        }
    }
    if (!read_places(db, arena, child, from, n, days, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        find_seams(arena, &days[i]);
        if (days[i].ngaps > 0 && !read_fills(db, arena, birth, sex, &days[i], now, error)) {
            return false;
        }
    }
    *out = days;
    return true;
}

/* ---- The provider's sheet ---- */

int64_t group_of(int64_t i, int64_t n, int64_t most)
{
    int64_t groups = (n + most - 1) / most;
    return i * groups / n + 1;
}

bool sheet_list(struct db *db, struct arena *arena, struct str division, int64_t institution, int64_t day,
                struct sheet_row **out, size_t *n, struct error *error)
{
    struct rows *rows = db_query(
        db, error,
        "select s.id, o.id, s.from_minute, s.until_minute, coalesce((select b.places from ledger_balance b where "
        "b.offer = o.id and b.bucket = 'taken'), 0), (select count(*) from service_attendance a where a.session = s.id "
        "and a.state = 'present'), o.lunch, o.bed, o.staffed, o.name_zh, o.name_en, o.place_zh, o.place_en, "
        "coalesce(s.noted_at, 0), case when o.collect = 1 then (select count(*) from service_attendance a where "
        "a.session = s.id and a.state = 'present' and not exists (select 1 from service_pickup k where "
        "k.session = a.session and k.entry = a.entry)) else 0 end from service_session s join service_offer o on o.id "
        "= s.offer join service_call c on "
        "c.id = o.call where s.day = ?1 and c.division like ?2 || '%' and (?3 = 0 or o.institution = ?3) and c.state "
        "in "
        "('open', 'drawn', 'finished') order by s.from_minute, o.place_zh, o.id",
        V_INT(day), V_TEXT(division), V_INT(institution));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        int64_t taken = rows_int(rows, 4), group = rows_int(rows, 8);
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct sheet_row){ .session = rows_int(rows, 0),
                                             .offer = rows_int(rows, 1),
                                             .from = rows_int(rows, 2),
                                             .until = rows_int(rows, 3),
                                             .taken = taken,
                                             .present = rows_int(rows, 5),
                                             .lunches = rows_int(rows, 6) * taken,
                                             .beds = rows_int(rows, 7) * taken,
                                             .groups = group ? (taken + group - 1) / group : 0,
                                             .name = { rows_text_in(rows, 9, arena), rows_text_in(rows, 10, arena) },
                                             .place = { rows_text_in(rows, 11, arena), rows_text_in(rows, 12, arena) },
                                             .noted = rows_int(rows, 13) > 0,
                                             .here = rows_int(rows, 14) };
    }
    return rows_end(rows, error);
}
