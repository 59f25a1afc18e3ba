/* See feed.h. */
#include "casework/feed.h"

#include "base/clock.h"
#include "base/hex.h"
#include "casework/inside.h"
#include "casework/words.h"

#include <time.h>

static struct str hash_of(struct vault *vault, struct arena *arena, struct str token)
{
    return vault_hash_in(vault, arena, "case.feed", token);
}

/* ---- The address ---- */

bool feed_make_run(struct writing *writing, void *input, struct error *error)
{
    struct feed_make *make = input;
    unsigned char bytes[FEED_TOKEN_DIGITS / 2];
    if (!vault_random(bytes, sizeof bytes, error)) {
        return false;
    }
    make->token = hex_encode(make->arena, bytes, sizeof bytes);
    struct case_who who = { .account = make->account, .role = make->role };
    return db_run(writing->db, error,
                  "insert into case_feed (account, token_hash, lang, made_at) values (?1, ?2, ?3, ?4) on conflict "
                  "(account) do update set token_hash = excluded.token_hash, lang = excluded.lang, made_at = "
                  "excluded.made_at, read_on = 0",
                  V_INT(make->account), V_BLOB(hash_of(writing->vault, writing->arena, make->token)),
                  V_TEXT(make->lang == LANG_EN ? STR("en") : STR("zh")), V_INT(writing->now)) &&
           case_journal(writing, &who, "feed.make", make->account, STR(""), STR(""), error);
}

bool feed_end_run(struct writing *writing, void *input, struct error *error)
{
    const struct feed_end *end = input;
    struct case_who who = { .account = end->account, .role = end->role };
    return db_run(writing->db, error, "delete from case_feed where account = ?1", V_INT(end->account)) &&
           case_journal(writing, &who, "feed.end", end->account, STR(""), STR(""), error);
}

static bool read_feed(struct rows *rows, struct feed *out, bool *found, struct error *error)
{
    *found = rows_next(rows);
    if (*found) {
        *out = (struct feed){ .account = rows_int(rows, 0),
                              .made_at = rows_int(rows, 1),
                              .read_on = rows_int(rows, 2),
                              .lang = str_is(rows_text(rows, 3), "en") ? LANG_EN : LANG_ZH };
    }
    return rows_end(rows, error);
}

bool feed_of_account(struct db *db, int64_t account, struct feed *out, bool *found, struct error *error)
{
    return read_feed(
        db_query(db, error, "select account, made_at, read_on, lang from case_feed where account = ?1", V_INT(account)),
        out, found, error);
}

bool feed_of_token(struct db *db, struct arena *arena, struct vault *vault, struct str token, struct feed *out,
                   bool *found, struct error *error)
{
    return read_feed(db_query(db, error, "select account, made_at, read_on, lang from case_feed where token_hash = ?1",
                              V_BLOB(hash_of(vault, arena, token))),
                     out, found, error);
}

bool feed_read_run(struct writing *writing, void *input, struct error *error)
{
    const struct feed_read *read = input;
    struct case_who who = { .account = read->account, .role = "" };
    int64_t changed = 0;
    return db_run_count(writing->db, error, &changed,
                        "update case_feed set read_on = ?2 where account = ?1 and read_on < ?2", V_INT(read->account),
                        V_INT(read->day)) &&
           (changed == 0 || case_journal(writing, &who, "feed.read", read->account, STR(""), STR(""), error));
}

/* ---- The calendar ---- */

enum { LINE_OCTETS = 75, CALENDAR_BYTES = 4 * 1024 * 1024 };

/* A content line, folded between characters so that none is longer than 75 octets without its end. */
static void add_line(struct buf *out, struct str line)
{
    size_t room = LINE_OCTETS;
    for (size_t i = 0; i < line.n;) {
        size_t n = line.n - i < room ? line.n - i : room;
        while (n > 1 && i + n < line.n && ((unsigned char)line.p[i + n] & 0xc0) == 0x80) {
            n--;
        }
        if (i) {
            buf_add_cstr(out, "\r\n ");
        }
        buf_add(out, str_part(line, i, n));
        i += n;
        room = LINE_OCTETS - 1; /* the blank counts */
    }
    buf_add_cstr(out, "\r\n");
}

/* A text value: backslash, semicolon, comma and line ends have meanings there. */
static struct str escaped(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, 2 * text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\\' || c == ';' || c == ',') {
            out[n++] = '\\';
        }
        if (c == '\n') {
            out[n++] = '\\';
            c = 'n';
        }
        if (c != '\r') {
            out[n++] = c;
        }
    }
    return (struct str){ out, n };
}

static struct str basic_day(struct arena *arena, int64_t day)
{
    int year, month, of_month;
    day_parts(day, &year, &month, &of_month);
    return arena_printf(arena, "%04d%02d%02d", year, month, of_month);
}

static struct str basic_moment(struct arena *arena, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    (void)gmtime_r(&seconds, &tm);
    return arena_printf(arena, "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                        tm.tm_min, tm.tm_sec);
}

static struct str host_of(struct str base)
{
    size_t at = 0;
    while (at + 2 < base.n && memcmp(base.p + at, "://", 3) != 0) {
        at++;
    }
    struct str rest = at + 2 < base.n ? str_part(base, at + 3, base.n) : STR("");
    struct str host = str_part(rest, 0, str_find(rest, '/'));
    return host.n ? host : STR("jiaoti");
}

static void add_event(struct buf *out, struct arena *arena, const struct case_row *row, enum lang lang, struct str base)
{
    bool secret = row->kind && row->kind->confidential;
    struct str title = secret ? (lang == LANG_EN ? STR("Something to do") : STR("有一件需要办理的事项"))
                              : name_in(case_title(row), lang);
    struct str school = secret ? STR("") : name_in(row->institution_name, lang);
    struct str words = school.n ? arena_printf(arena, "%.*s · %.*s", STR_ARG(title), STR_ARG(school)) : title;
    add_line(out, STR("BEGIN:VEVENT"));
    add_line(out, arena_printf(arena, "UID:case-%lld@%.*s", (long long)row->id, STR_ARG(host_of(base))));
    add_line(out, arena_printf(arena, "DTSTAMP:%.*s", STR_ARG(basic_moment(arena, row->changed_at))));
    add_line(out, arena_printf(arena, "LAST-MODIFIED:%.*s", STR_ARG(basic_moment(arena, row->changed_at))));
    add_line(out, arena_printf(arena, "DTSTART;VALUE=DATE:%.*s", STR_ARG(basic_day(arena, row->due))));
    add_line(out, arena_printf(arena, "DTEND;VALUE=DATE:%.*s", STR_ARG(basic_day(arena, row->due + 1))));
    add_line(out, arena_printf(arena, "SUMMARY:%.*s", STR_ARG(escaped(arena, words))));
    add_line(out, arena_printf(arena, "URL:%.*s/case/%lld", STR_ARG(base), (long long)row->id));
    add_line(out, STR("TRANSP:TRANSPARENT"));
    add_line(out, STR("END:VEVENT"));
}

struct str feed_calendar(struct arena *arena, const struct city *city, const struct case_row *rows, size_t n,
                         enum lang lang, struct str base)
{
    struct buf out = buf_init(CALENDAR_BYTES);
    add_line(&out, STR("BEGIN:VCALENDAR"));
    add_line(&out, STR("VERSION:2.0"));
    add_line(&out, STR("PRODID:-//jiaoti//casework//ZH"));
    add_line(&out, STR("CALSCALE:GREGORIAN"));
    add_line(&out, STR("METHOD:PUBLISH"));
    add_line(&out, arena_printf(arena, "X-WR-CALNAME:%.*s %s", STR_ARG(escaped(arena, name_in(city->name, lang))),
                                lang == LANG_EN ? "my work" : "我的督办"));
    add_line(&out, STR("REFRESH-INTERVAL;VALUE=DURATION:PT1H"));
    for (size_t i = 0; i < n; i++) {
        if (rows[i].due) {
            add_event(&out, arena, &rows[i], lang, base);
        }
    }
    add_line(&out, STR("END:VCALENDAR"));
    struct str text = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return text;
}
