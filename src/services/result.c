/* Results by start number, pasted from the timing's or the judges' sheet. Places are worked out from all marks of the
 * offer each time, so a mended line moves the others. */
#include "services/inside.h"

#include "base/cell.h"
#include "base/clock.h"

#include <string.h>
#include <strings.h>

enum { SECOND = 1000, HOURS_MOST = 99, POINTS_PLACES = 3 };

static const struct {
    const char *state, *zh, *en;
} words[] = { { "stopped", "退赛", "DNF" }, { "disqualified", "取消成绩", "DSQ" }, { "absent", "未到", "DNS" } };
enum { WORDS = sizeof words / sizeof *words };

/* ---- Marks ---- */

/* "1:45:02.35" as milliseconds. */
static bool read_time(struct str text, int64_t *out)
{
    int64_t total = 0, part;
    size_t parts = 0;
    struct str rest = text, one;
    while (str_split(&rest, ':', &one)) {
        bool last = rest.n == 0;
        if (++parts > 3 || one.n == 0) {
            return false;
        }
        if (last ? !cell_fixed(one, 3, &part) : !str_to_int(one, 0, HOURS_MOST, &part)) {
            return false;
        }
        if (last && (part < 0 || (parts > 1 && part >= 60 * SECOND))) {
            return false;
        }
        total = total * 60 + (last ? 0 : part);
        if (last) {
            *out = total * SECOND + part;
        }
    }
    return parts > 0 && *out > 0;
}

struct mark {
    int64_t number, mark;
    const char *state;
};

static bool read_mark(struct str text, enum service_result_kind kind, struct mark *out)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (str_is(text, words[i].zh) ||
            (text.n == strlen(words[i].en) && strncasecmp(text.p, words[i].en, text.n) == 0)) {
            out->state = words[i].state;
            out->mark = -1;
            return true;
        }
    }
    out->state = "finished";
    return kind == SERVICE_TIMES ? read_time(text, &out->mark)
                                 : cell_fixed(text, POINTS_PLACES, &out->mark) && out->mark >= 0;
}

struct str result_words(struct arena *arena, enum service_result_kind kind, const struct result_row *row)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (str_is(row->state, words[i].state)) {
            return str_of(words[i].en);
        }
    }
    int64_t whole = row->mark / SECOND, rest = row->mark % SECOND;
    if (kind == SERVICE_POINTS) {
        return arena_printf(arena, "%lld.%03lld", (long long)whole, (long long)rest);
    }
    return whole >= 3600 ? arena_printf(arena, "%lld:%02lld:%02lld.%03lld", (long long)(whole / 3600),
                                        (long long)(whole / 60 % 60), (long long)(whole % 60), (long long)rest)
                         : arena_printf(arena, "%lld:%02lld.%03lld", (long long)(whole / 60), (long long)(whole % 60),
                                        (long long)rest);
}

/* ---- Noting ---- */

static bool judge(struct writing *writing, const struct result_note *note, struct mark *marks, size_t n,
                  struct str number, struct text *says, bool *good, struct error *error)
{
    int64_t one;
    *good = false;
    if (!str_to_int(number, 1, INT32_MAX, &marks[n].number)) {
        *says = T("每行应以号码开头，再写成绩", "Each line begins with a start number; the mark follows");
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (marks[i].number == marks[n].number) {
            *says = T("这个号码出现了两次", "This number stands there twice");
            return true;
        }
    }
    *says = T("没有这个号码，或这个人已经退出", "Nobody has this number, or who had it gave the place back");
    return db_one_int(writing->db, error, &one, good,
                      "select 1 from service_number x join claim c on c.offer = x.offer and c.subject = x.entry and "
                      "c.state = 'taken' where x.offer = ?1 and x.number = ?2",
                      V_INT(note->offer), V_INT(marks[n].number));
}

static bool read_marks(struct writing *writing, struct result_note *note, enum service_result_kind kind,
                       struct mark **out, size_t *n, struct error *error)
{
    struct arena *arena = writing->arena;
    struct str rest = note->text, number, mark;
    size_t line = 0;
    *out = NULL;
    *n = 0;
    while (list_line(arena, &rest, &line, &number, &mark)) {
        struct text says;
        bool good;
        *out = arena_grow(arena, *out, *n, sizeof **out);
        if (!judge(writing, note, *out, *n, number, &says, &good, error)) {
            return false;
        }
        if (good && !read_mark(mark, kind, &(*out)[*n])) {
            good = false;
            says = kind == SERVICE_TIMES ? T("成绩应写成 1:45:02.35、45:02 或 12.31，或 DNF、DSQ、DNS",
                                             "A mark is written 1:45:02.35, 45:02 or 12.31, or DNF, DSQ, DNS")
                                         : T("成绩应是数字，最多三位小数，或 DNF、DSQ、DNS",
                                             "A mark is a number with up to three places, or DNF, DSQ, DNS");
        }
        if (!good) {
            list_problem_add(arena, &note->problems, &note->nproblems, line, says);
            continue;
        }
        ++*n;
    }
    if (*n == 0 && note->nproblems == 0) {
        list_problem_add(arena, &note->problems, &note->nproblems, 1, T("成绩单是空的", "The sheet is empty"));
    }
    return true;
}

/* Who started was there: at the first session of the offer. */
static bool write_mark(struct writing *writing, const struct result_note *note, const struct mark *mark,
                       struct error *error)
{
    bool absent = strcmp(mark->state, "absent") == 0;
    return db_run(writing->db, error,
                  "insert into service_result (offer, number, state, mark, at, account) values (?1, ?2, ?3, ?4, ?5, "
                  "?6) on conflict (offer, number) do update set state = excluded.state, mark = excluded.mark, "
                  "place = null, at = excluded.at, account = excluded.account",
                  V_INT(note->offer), V_INT(mark->number), V_TEXT(str_of(mark->state)),
                  V_IF(mark->mark >= 0, V_INT(mark->mark)), V_INT(writing->now), V_INT(note->actor.account)) &&
           db_run(writing->db, error,
                  "insert into service_attendance (session, entry, state, at, account) select (select s.id from "
                  "service_session s where s.offer = x.offer order by s.day, s.from_minute limit 1), x.entry, "
                  "cast(?3 as text), cast(?4 as bigint), cast(?5 as bigint) from service_number x where x.offer = ?1 "
                  "and x.number = ?2 on conflict (session, entry) do update set state = excluded.state, "
                  "at = excluded.at, account = excluded.account",
                  V_INT(note->offer), V_INT(mark->number), V_TEXT(absent ? STR("absent") : STR("present")),
                  V_INT(writing->now), V_INT(note->actor.account));
}

static bool write_places(struct writing *writing, const struct result_note *note, enum service_result_kind kind,
                         struct error *error)
{
    struct str sql = arena_printf(writing->arena,
                                  "update service_result set place = p.place from (select number, rank() over "
                                  "(order by mark %s) as place from service_result where offer = ?1 and "
                                  "state = 'finished') p where service_result.offer = ?1 and "
                                  "service_result.number = p.number",
                                  kind == SERVICE_TIMES ? "asc" : "desc");
    return db_run(writing->db, error, sql.p, V_INT(note->offer)) &&
           db_run(writing->db, error,
                  "update service_session set noted_at = ?2, noted_by = ?3 where id = (select s.id from "
                  "service_session s where s.offer = ?1 order by s.day, s.from_minute limit 1)",
                  V_INT(note->offer), V_INT(writing->now), V_INT(note->actor.account));
}

bool result_note_run(struct writing *writing, void *input, struct error *error)
{
    struct result_note *note = input;
    struct offered offer;
    struct call call;
    struct mark *marks;
    size_t n;
    bool go, found;
    note->result = SERVICE_DONE;
    note->noted = 0;
    if (!once_open_number(writing, note->form_key, note->actor.account, &note->noted, &go, error)) {
        return false;
    }
    if (!go) {
        return true;
    }
    if (!offered_get(writing->db, writing->arena, note->offer, &offer, &found, error) ||
        (found && !call_load(writing, offer.call, &call, &note->result, error))) {
        return false;
    }
    bool over = found && (call_is_over(&call));
    if (!found || over || call.service->results == SERVICE_NO_RESULTS) {
        note->result = found ? SERVICE_NOT_NOW : SERVICE_NOT_FOUND;
        return true;
    }
    if (offer.first_day > day_of_ms(writing->now)) {
        note->result = SERVICE_NOTHING_NOTED;
        return true;
    }
    if (!read_marks(writing, note, call.service->results, &marks, &n, error)) {
        return false;
    }
    if (note->nproblems > 0) {
        note->result = SERVICE_LIST_WRONG;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!write_mark(writing, note, &marks[i], error)) {
            return false;
        }
    }
    note->noted = (int64_t)n;
    return write_places(writing, note, call.service->results, error) &&
           service_journal(writing, note->actor, "service.results", "service_offer", note->offer, call.division,
                           arena_printf(writing->arena, "%zu", n), error) &&
           once_close_number(writing, note->form_key, note->noted, error);
}

/* ---- Reading ---- */

bool result_list(struct db *db, struct arena *arena, int64_t offer, int64_t number, int64_t most,
                 struct result_row **out, size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select r.number, coalesce(r.mark, 0), coalesce(r.place, 0), r.state, x.entry from service_result r "
                 "join service_number x on x.offer = r.offer and x.number = r.number where r.offer = ?1 and "
                 "(?2 = 0 or r.number = ?2) order by coalesce(r.place, 1000000000), r.number limit ?3",
                 V_INT(offer), V_INT(number), V_INT(most));
    *out = NULL;
    *n = 0;
    while (rows_next(rows)) {
        *out = arena_grow(arena, *out, *n, sizeof **out);
        (*out)[(*n)++] = (struct result_row){ .number = rows_int(rows, 0),
                                              .mark = rows_int(rows, 1),
                                              .place = rows_int(rows, 2),
                                              .state = rows_text_in(rows, 3, arena),
                                              .entry = rows_int(rows, 4) };
    }
    return rows_end(rows, error);
}
