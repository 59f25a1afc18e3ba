/* Following the history of cases to whom it concerns: see notice.h. */
#include "casework/notice.h"

#include "accounts/accounts.h"
#include "base/clock.h"
#include "casework/inside.h"
#include "casework/words.h"
#include "connect/outbox.h"

enum { MOST_HEARERS = 60, DIGEST_CASES = 20 };

struct hearers {
    int64_t accounts[MOST_HEARERS];
    size_t n;
    int64_t not ; /* who did it */
};

static void add(struct hearers *hearers, int64_t account)
{
    bool known = account <= 0 || account == hearers->not || hearers->n == MOST_HEARERS;
    for (size_t i = 0; !known && i < hearers->n; i++) {
        known = hearers->accounts[i] == account;
    }
    if (!known) {
        hearers->accounts[hearers->n++] = account;
    }
}

static bool add_rows(struct hearers *hearers, struct rows *rows, struct error *error)
{
    while (rows_next(rows)) {
        add(hearers, rows_int(rows, 0));
    }
    return rows_end(rows, error);
}

/* ---- Whom a step concerns ---- */

/* Of accounts that hear at all: the rest find it on their page. */
#define HEARS                                                                                                          \
    " and a.state = 'active' and exists (select 1 from outbox_way w where w.account = a.id and w.confirmed_at is not " \
    "null)"

static bool of_institution(struct db *db, struct hearers *hearers, int64_t institution, unsigned roles,
                           struct error *error)
{
    return institution <= 0 ||
           add_rows(hearers,
                    db_query(db, error,
                             "select a.id from account a where a.institution = ?1 and (a.roles & ?2) <> 0" HEARS
                             " order by a.id",
                             V_INT(institution), V_INT(roles)),
                    error);
}

static bool of_scope(struct db *db, struct hearers *hearers, struct str division, unsigned role, struct error *error)
{
    return add_rows(hearers,
                    db_query(db, error,
                             "select a.id from account a where (a.roles & ?2) <> 0 and a.scope <> '' and substr(?1, 1, "
                             "cast(length(a.scope) as int)) = a.scope" HEARS " order by a.id",
                             V_TEXT(division), V_INT(role)),
                    error);
}

static bool inspector_of(struct db *db, struct arena *arena, struct hearers *hearers, const struct case_row *row,
                         int64_t today, struct error *error)
{
    struct str staff = STR("");
    bool found = false;
    if (row->institution && !case_inspector(db, arena, row->institution, today, &staff, &found, error)) {
        return false;
    }
    return !found || staff.n == 0 ||
           add_rows(hearers, db_query(db, error, "select a.id from account a where a.staff = ?1" HEARS, V_TEXT(staff)),
                    error);
}

static bool opener_above(struct db *db, struct hearers *hearers, const struct case_row *row, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select coalesce(opener, 0), coalesce(opener_institution, 0) from case_file where id = "
                 "?1",
                 V_INT(row->parent));
    int64_t account = 0, institution = 0;
    if (rows_next(rows)) {
        account = rows_int(rows, 0);
        institution = rows_int(rows, 1);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    add(hearers, account);
    return of_institution(db, hearers, institution, ROLE_ENTERPRISE | ROLE_SCHOOL, error);
}

static bool at_desk(struct db *db, struct arena *arena, struct hearers *hearers, const struct case_row *row,
                    unsigned desk, int64_t today, struct error *error)
{
    if ((desk & DESK_SCHOOL) && !of_institution(db, hearers, row->institution, ROLE_SCHOOL, error)) {
        return false;
    }
    if ((desk & DESK_INSPECTOR) && !inspector_of(db, arena, hearers, row, today, error)) {
        return false;
    }
    if ((desk & DESK_COUNTY) && !of_scope(db, hearers, row->division, ROLE_COUNTY_OFFICER, error)) {
        return false;
    }
    if ((desk & DESK_CITY) && !of_scope(db, hearers, row->division, ROLE_CITY, error)) {
        return false;
    }
    if (desk & DESK_OPENER) {
        add(hearers, row->opener);
        if (!of_institution(db, hearers, row->opener_institution, ROLE_ENTERPRISE | ROLE_SCHOOL, error)) {
            return false;
        }
    }
    if ((desk & DESK_PARENT) && !opener_above(db, hearers, row, error)) {
        return false;
    }
    return !(desk & DESK_NAMED) ||
           add_rows(hearers,
                    db_query(db, error, "select n.account from case_named n where n.case_file = ?1 and n.until is null",
                             V_INT(row->id)),
                    error);
}

static bool watchers(struct db *db, struct hearers *hearers, const struct case_row *row, struct error *error)
{
    return add_rows(hearers, db_query(db, error, "select account from case_watch where case_file = ?1", V_INT(row->id)),
                    error);
}

static bool moved(const struct case_step *step)
{
    return str_is(step->act, "open") || !str_eq(step->from_stage, step->to_stage);
}

static bool concerns(struct writing *writing, const struct case_row *row, const struct case_step *step, int64_t today,
                     struct hearers *hearers, struct error *error)
{
    static const char *const of_desk[] = { "remind", "climb", "hand_over", "recount", "resume" };
    struct db *db = writing->db;
    bool desk = moved(step), climb = str_is(step->act, "climb");
    for (size_t i = 0; i < sizeof of_desk / sizeof *of_desk; i++) {
        desk = desk || str_is(step->act, of_desk[i]);
    }
    /* A step that was followed late, when the case had moved on, is no longer the desk's. */
    desk = desk && !row->closed_at && str_eq(row->stage_id, step->to_stage);
    if (desk && row->holder > 0) {
        add(hearers, row->holder);
    } else if (desk && !at_desk(db, writing->arena, hearers, row, row->desk, today, error)) {
        return false;
    }
    if (climb && !at_desk(db, writing->arena, hearers, row, case_desk_of_word(step->note), today, error)) {
        return false;
    }
    return watchers(db, hearers, row, error);
}

/* ---- What they are told ---- */

static void say(struct arena *arena, const struct city *city, const struct case_row *row, const struct case_step *step,
                int64_t today, struct name *subject, struct name *body)
{
    struct name title = case_title(row), stage = case_stage_name(row), due = case_due_words(arena, city, row, today);
    struct text what = case_step_words(arena, row, step);
    struct name school = row->institution_name;
    *subject = (struct name){ arena_printf(arena, "%s：%.*s（%.*s）", what.zh, STR_ARG(title.zh), STR_ARG(row->number)),
                              arena_printf(arena, "%s: %.*s (%.*s)", what.en, STR_ARG(name_in(title, LANG_EN)),
                                           STR_ARG(row->number)) };
    *body = (struct name){
        arena_printf(arena, "%.*s\n单位：%.*s\n阶段：%.*s\n期限：%.*s\n", STR_ARG(title.zh),
                     STR_ARG(school.zh.n ? school.zh : STR("—")), STR_ARG(stage.zh), STR_ARG(due.zh)),
        arena_printf(arena, "%.*s\nInstitution: %.*s\nStage: %.*s\nDue: %.*s\n", STR_ARG(name_in(title, LANG_EN)),
                     STR_ARG(school.zh.n ? name_in(school, LANG_EN) : STR("—")), STR_ARG(name_in(stage, LANG_EN)),
                     STR_ARG(name_in(due, LANG_EN))),
    };
}

static bool tell_one(struct writing *writing, const struct case_row *row, struct outbox_notice *notice,
                     struct error *error)
{
    struct case_who who;
    bool found = false, sees = false;
    if (!case_who_of(writing->db, writing->arena, notice->account, &who, &found, error) ||
        (found && !case_sees(writing->db, &who, row, &sees, error))) {
        return false;
    }
    return !sees || outbox_tell(writing, notice, error);
}

static bool tell_public(struct writing *writing, const struct case_row *row, struct str what, struct name subject,
                        struct name body, struct error *error)
{
    struct arena *arena = writing->arena;
    bool letter = row->kind && (row->kind->opens & DESK_PUBLIC) && row->opener <= 0;
    if (row->kind && row->kind->public && row->open_from &&
        !outbox_tell_public(writing, notice_topic(arena, false, row->id), what, subject, body,
                            arena_printf(arena, "/public/case/%.*s", STR_ARG(row->number)), row->division, error)) {
        return false;
    }
    /* Of a letter nothing but that it moved on: its word opens the rest. */
    struct name news = { arena_printf(arena, "您的来信 %.*s 有新进展", STR_ARG(row->number)),
                         arena_printf(arena, "Your letter %.*s has moved on", STR_ARG(row->number)) };
    struct name how = { STR("请凭编号和查询码查看。\n"), STR("Its number and your word show how it stands.\n") };
    return !letter || outbox_tell_public(writing, notice_topic(arena, true, row->id), what, news, how,
                                         STR("/public/answer"), row->division, error);
}

struct str notice_topic(struct arena *arena, bool letter, int64_t id)
{
    return arena_printf(arena, "%s:%lld", letter ? "letter" : "case", (long long)id);
}

static bool follow_one(struct writing *writing, const struct city *city, int64_t case_id, const struct case_step *step,
                       struct error *error)
{
    struct case_row row;
    struct arena *arena = writing->arena;
    struct hearers hearers = { .not = step->account };
    int64_t today = day_of_ms(writing->now);
    bool found = false;
    if (!case_one(writing->db, arena, city, case_id, &row, &found, error) || !found) {
        return !found;
    }
    if (!concerns(writing, &row, step, today, &hearers, error)) {
        return false;
    }
    struct outbox_notice notice = { .what = arena_printf(arena, "case_step:%lld", (long long)step->id),
                                    .path = arena_printf(arena, "/case/%lld", (long long)row.id),
                                    .about = STR("case"),
                                    .about_id = row.id,
                                    .division = row.division };
    if (row.kind && row.kind->confidential) {
        notice.subject = (struct name){ STR("有一件需要您查看的事项"), STR("There is something for you to read") };
        notice.body = (struct name){ STR("请登录后查看。\n"), STR("Please sign in to read it.\n") };
    } else {
        say(arena, city, &row, step, today, &notice.subject, &notice.body);
    }
    for (size_t i = 0; i < hearers.n; i++) {
        notice.account = hearers.accounts[i];
        if (!tell_one(writing, &row, &notice, error)) {
            return false;
        }
    }
    bool secret = row.kind && row.kind->confidential;
    return secret || !moved(step) || str_is(step->act, "open") ||
           tell_public(writing, &row, notice.what, notice.subject, notice.body, error);
}

/* ---- Following ---- */

static bool newest(struct db *db, int64_t *id, struct error *error)
{
    return db_one_int(db, error, id, NULL, "select coalesce(max(id), 0) from case_step");
}

static bool followed(struct db *db, int64_t *last, bool *found, struct error *error)
{
    return db_one_int(db, error, last, found, "select last from outbox_follow where name = 'case_step'");
}

bool notice_waits(struct db *db, bool *waits, struct error *error)
{
    int64_t last = 0, now = 0;
    bool found = false;
    if (!followed(db, &last, &found, error) || !newest(db, &now, error)) {
        return false;
    }
    *waits = !found || last < now;
    return true;
}

struct step_row {
    int64_t case_id;
    struct case_step step;
};

static bool read_steps(struct writing *writing, int64_t last, struct step_row *steps, size_t most, size_t *n,
                       struct error *error)
{
    *n = 0;
    struct rows *rows = db_query(writing->db, error,
                                 "select id, case_file, at, coalesce(account, 0), act, from_stage, to_stage, note, "
                                 "coalesce(due, 0), day from case_step where id > ?1 order by id limit ?2",
                                 V_INT(last), V_INT((int64_t)most));
    while (*n < most && rows_next(rows)) {
        struct step_row *row = &steps[(*n)++];
        row->case_id = rows_int(rows, 1);
        row->step = (struct case_step){ .id = rows_int(rows, 0),
                                        .at = rows_int(rows, 2),
                                        .account = rows_int(rows, 3),
                                        .act = rows_text_in(rows, 4, writing->arena),
                                        .from_stage = rows_text_in(rows, 5, writing->arena),
                                        .to_stage = rows_text_in(rows, 6, writing->arena),
                                        .note = rows_text_in(rows, 7, writing->arena),
                                        .due = rows_int(rows, 8),
                                        .day = rows_int(rows, 9) };
    }
    return rows_end(rows, error);
}

bool notice_follow(struct writing *writing, const struct city *city, size_t most, bool *more, struct error *error)
{
    int64_t last = 0;
    size_t n = 0;
    bool found = false;
    *more = false;
    if (!followed(writing->db, &last, &found, error) || (!found && !newest(writing->db, &last, error))) {
        return false;
    }
    struct step_row *steps = ARENA_ARRAY(writing->arena, struct step_row, most);
    if (found && !read_steps(writing, last, steps, most, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!follow_one(writing, city, steps[i].case_id, &steps[i].step, error)) {
            return false;
        }
        last = steps[i].step.id;
    }
    *more = n == most;
    return db_run(writing->db, error,
                  "insert into outbox_follow (name, last) values ('case_step', ?1) on conflict (name) do update set "
                  "last = excluded.last",
                  V_INT(last));
}

/* ---- The morning's mail ---- */

static void add_news(struct buf *out, enum lang lang, const struct outbox_line *lines, size_t n)
{
    if (n == 0) {
        return;
    }
    buf_add_cstr(out, lang == LANG_EN ? "What is new:\n" : "新的情况：\n");
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "- %.*s\n  {base}%.*s\n", STR_ARG(lines[i].subject), STR_ARG(lines[i].path));
    }
    buf_add_char(out, '\n');
}

static void add_desk(struct buf *out, enum lang lang, struct arena *arena, const struct city *city,
                     const struct case_row *rows, size_t n, const struct case_tally *tally, int64_t today)
{
    if (n == 0) {
        return;
    }
    buf_printf(out,
               lang == LANG_EN ? "On your desk: %lld open, %lld late\n" : "在您手上：办理中 %lld 件，逾期 %lld 件\n",
               (long long)tally->open, (long long)tally->late);
    for (size_t i = 0; i < n; i++) {
        bool secret = rows[i].kind && rows[i].kind->confidential;
        struct name title =
            secret ? (struct name){ STR("需要您查看的事项"), STR("something to read") } : case_title(&rows[i]);
        struct name due = case_due_words(arena, city, &rows[i], today);
        buf_printf(out, lang == LANG_EN ? "- %.*s: %.*s\n" : "- %.*s：%.*s\n", STR_ARG(name_in(title, lang)),
                   STR_ARG(name_in(due, lang)));
    }
}

static bool digest_of_way(struct writing *writing, const struct city *city, const struct case_who *who,
                          const struct outbox_way *way, int64_t today, struct error *error)
{
    struct arena *arena = writing->arena;
    struct outbox_line *lines;
    struct case_row *rows;
    struct case_tally tally = { 0 };
    size_t nlines, n;
    struct case_ask ask = { .city = city,
                            .who = who,
                            .mine = true,
                            .state = CASE_OPEN,
                            .today = today,
                            .order = CASE_BY_URGENCY,
                            .most = DIGEST_CASES };
    if (!outbox_lines(writing->db, arena, writing->vault, who->account, way->channel, &lines, &nlines, error) ||
        !case_list(writing->db, arena, &ask, &rows, &n, error) || !case_tally(writing->db, &ask, &tally, error)) {
        return false;
    }
    struct buf body = buf_init(48 * 1024);
    add_news(&body, way->lang, lines, nlines);
    add_desk(&body, way->lang, arena, city, rows, n, &tally, today);
    struct str text = arena_str(arena, buf_str(&body)), subject = STR("");
    buf_free(&body);
    if (text.n) {
        subject = arena_printf(arena,
                               way->lang == LANG_EN ? "Your work on %.*s: %lld new, %lld open, %lld late"
                                                    : "%.*s 的督办：新情况 %lld 条，办理中 %lld 件，逾期 %lld 件",
                               STR_ARG(day_format(arena, today)), (long long)nlines, (long long)tally.open,
                               (long long)tally.late);
    }
    return outbox_digest_put(writing, who->account, way, today, nlines ? lines[nlines - 1].id : 0, subject, text,
                             error);
}

static bool digest_of(struct writing *writing, const struct city *city, int64_t account, int64_t today,
                      struct error *error)
{
    struct outbox_way ways[OUTBOX_CHANNELS];
    struct case_who who;
    size_t n = 0;
    bool found = false;
    if (!outbox_ways(writing->db, writing->arena, writing->vault, account, ways, &n, error) ||
        !case_who_of(writing->db, writing->arena, account, &who, &found, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool hears = ways[i].digest && ways[i].confirmed_at;
        if (hears && !(found ? digest_of_way(writing, city, &who, &ways[i], today, error)
                             : outbox_digest_put(writing, account, &ways[i], today, 0, STR(""), STR(""), error))) {
            return false;
        }
    }
    return true;
}

bool notice_digests(struct writing *writing, const struct city *city, size_t most, bool *more, struct error *error)
{
    int64_t today = day_of_ms(writing->now), *accounts;
    size_t n = 0;
    *more = false;
    if (writing->now < day_start_ms(today) + NOTICE_DIGEST_HOUR * INT64_C(3600000)) {
        return true;
    }
    if (!outbox_digest_due(writing->db, writing->arena, today, &accounts, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n && i < most; i++) {
        if (!digest_of(writing, city, accounts[i], today, error)) {
            return false;
        }
    }
    *more = n > most;
    return true;
}
