/* See ask.h. The writer holds the store's write lock, so "look, then insert" is safe between processes too. */
#include "connect/ask.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>

#define ASK_COLUMNS                                                                                                    \
    "a.id, a.number, a.authority, a.kind, a.application, a.division, a.state, a.source, a.tries, a.asked_at, "         \
    "a.answered_at, a.question_sealed, a.answer_sealed, a.problem"

static const char *const state_names[] = { "queued", "sent", "answered", "silent", "by_sheet", "cancelled" };

const char *ask_state_name(enum ask_state state)
{
    return state_names[state];
}

static enum ask_state state_of(struct str name)
{
    for (size_t i = 0; i < sizeof state_names / sizeof *state_names; i++) {
        if (str_is(name, state_names[i])) {
            return (enum ask_state)i;
        }
    }
    return ASK_CANCELLED;
}

struct text ask_problem_text(struct str problem)
{
    static const struct {
        const char *word;
        struct text text;
    } texts[] = {
        { "timeout", T("部门在规定时间内没有回复", "The department did not answer in time") },
        { "connection", T("无法连接部门的服务", "The department's service could not be reached") },
        { "signature", T("回复的签名不正确", "The answer's signature is not right") },
        { "shape", T("回复的内容无法识别", "The answer cannot be understood") },
        { "refused", T("部门拒绝了这个查询", "The department refused the question") },
        { "department-down", T("部门的服务暂停", "The department's service is down") },
        { "no-interface",
          T("该部门没有接口,只能用表格交换", "The department has no interface; it is asked by spreadsheet") },
        { "key", T("没有与该部门共用的密钥", "There is no key shared with this department") },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (str_is(problem, texts[i].word)) {
            return texts[i].text;
        }
    }
    return problem.n ? T("部门的服务出错", "The department's service reported an error") : T("", "");
}

bool ask_canonical(struct arena *arena, struct str json, struct str *canonical, struct error *error)
{
    json_error_t problem;
    json_t *object =
        json.n <= LIMIT_ASK_BYTES ? json_loadb(json.n ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &problem) : NULL;
    char *text = json_is_object(object) ? json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text) {
        return error_set(error, "A question to a department is a JSON object of at most %d bytes.", LIMIT_ASK_BYTES);
    }
    *canonical = arena_str(arena, str_of(text));
    free(text);
    return true;
}

bool ask_number(struct arena *arena, struct str *number, struct error *error)
{
    unsigned char random[25];
    if (!vault_random(random, sizeof random, error)) {
        return false;
    }
    char *text = arena_alloc(arena, sizeof random + 2);
    text[0] = 'Q';
    for (size_t i = 0; i < sizeof random; i++) {
        text[i + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[random[i] & 31];
    }
    *number = (struct str){ text, sizeof random + 1 };
    return true;
}

static struct str subject_of(struct vault *vault, struct arena *arena, struct str kind, struct str canonical)
{
    return vault_hash_in(vault, arena, "ask.subject",
                         arena_printf(arena, "%.*s\n%.*s", STR_ARG(kind), STR_ARG(canonical)));
}

static bool read_row(struct rows *rows, struct vault *vault, struct arena *arena, struct ask *ask, struct error *error)
{
    *ask = (struct ask){
        .id = rows_int(rows, 0),
        .number = rows_text_in(rows, 1, arena),
        .authority = rows_text_in(rows, 2, arena),
        .kind = rows_text_in(rows, 3, arena),
        .application = rows_int(rows, 4),
        .division = rows_text_in(rows, 5, arena),
        .state = state_of(rows_text(rows, 6)),
        .source = rows_text_in(rows, 7, arena),
        .tries = rows_int(rows, 8),
        .asked_at = rows_int(rows, 9),
        .answered_at = rows_int(rows, 10),
        .problem = rows_text_in(rows, 13, arena),
    };
    return vault_unseal(vault, arena, "ask.question", rows_blob(rows, 11), &ask->question, error) &&
           (rows_is_null(rows, 12) ||
            vault_unseal(vault, arena, "ask.answer", rows_blob(rows, 12), &ask->answer, error));
}

/* The first row of a query, if there is one. */
static bool read_one(struct rows *rows, struct vault *vault, struct arena *arena, struct ask *ask, bool *found,
                     struct error *error)
{
    *found = false;
    struct ask row;
    bool ok = true;
    if (rows_next(rows)) {
        ok = read_row(rows, vault, arena, &row, error);
        *found = ok;
    }
    ok = rows_end(rows, ok ? error : NULL) && ok;
    if (ok && *found) {
        *ask = row;
    }
    return ok;
}

/* ---- Asking ---- */

static bool join(struct writing *writing, const struct ask_request *request, const struct ask *ask, struct error *error)
{
    if (!request->application || request->application == ask->application) {
        return true;
    }
    return db_run(writing->db, error, "insert into ask_also (ask, application) values (?1, ?2) on conflict do nothing",
                  V_INT(ask->id), V_INT(request->application));
}

static bool queue_again(struct writing *writing, int64_t id, bool by_sheet, struct error *error)
{
    return db_run(writing->db, error,
                  "update ask set state = ?2, tries = 0, next_at = ?3, asked_at = ?3, problem = null where id = ?1",
                  V_INT(id), V_TEXT(str_of(by_sheet ? "by_sheet" : "queued")), V_INT(writing->now));
}

static bool insert(struct writing *writing, const struct ask_request *request, struct str canonical, struct str subject,
                   struct ask *ask, struct error *error)
{
    struct str number, sealed;
    int64_t id;
    enum ask_state state = request->by_sheet ? ASK_BY_SHEET : ASK_QUEUED;
    if (!ask_number(writing->arena, &number, error) ||
        !vault_seal(writing->vault, writing->arena, "ask.question", canonical, &sealed, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from ask", &id, error) ||
        !db_run(writing->db, error,
                "insert into ask (id, number, authority, kind, application, division, subject, question_sealed, state, "
                "next_at, asked_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
                V_INT(id), V_TEXT(number), V_TEXT(request->authority), V_TEXT(request->kind),
                V_IF(request->application, V_INT(request->application)), V_TEXT(request->division), V_BLOB(subject),
                V_BLOB(sealed), V_TEXT(str_of(state_names[state])), V_INT(writing->now))) {
        return false;
    }
    *ask = (struct ask){ .id = id,
                         .number = number,
                         .authority = request->authority,
                         .kind = request->kind,
                         .application = request->application,
                         .division = request->division,
                         .state = state,
                         .asked_at = writing->now,
                         .question = canonical };
    return true;
}

bool ask_queue(struct writing *writing, const struct ask_request *request, struct ask *ask, struct error *error)
{
    struct str canonical;
    if (!ask_canonical(writing->arena, request->question, &canonical, error)) {
        return false;
    }
    struct str subject = subject_of(writing->vault, writing->arena, request->kind, canonical);
    struct ask row;
    bool found;
    struct rows *rows =
        db_query(writing->db, error,
                 "select " ASK_COLUMNS " from ask a where a.kind = ?1 and a.subject = ?2 and "
                 "a.state <> 'cancelled' and (a.state <> 'answered' or a.answered_at >= ?3) "
                 "order by a.id desc limit 1",
                 V_TEXT(request->kind), V_BLOB(subject), V_INT(writing->now - (int64_t)LIMIT_ASK_KEEP_DAYS * 86400000));
    if (!read_one(rows, writing->vault, writing->arena, &row, &found, error)) {
        return false;
    }
    if (!found) {
        return insert(writing, request, canonical, subject, ask, error);
    }
    if (!join(writing, request, &row, error)) {
        return false;
    }
    if (row.state == ASK_SILENT) {
        if (!queue_again(writing, row.id, request->by_sheet, error)) {
            return false;
        }
        row.state = request->by_sheet ? ASK_BY_SHEET : ASK_QUEUED;
        row.tries = 0;
        row.asked_at = writing->now;
        row.problem = (struct str){ NULL, 0 };
    }
    *ask = row;
    return true;
}

bool ask_again(struct writing *writing, struct str number, bool *changed, struct error *error)
{
    int64_t rows = 0;
    if (!db_run_count(writing->db, error, &rows,
                      "update ask set state = 'queued', tries = 0, next_at = ?2, asked_at = ?2, problem = null "
                      "where number = ?1 and state = 'silent'",
                      V_TEXT(number), V_INT(writing->now))) {
        return false;
    }
    *changed = rows == 1;
    return true;
}

bool ask_again_all(struct writing *writing, struct str authority, struct str scope, int64_t *n, struct error *error)
{
    return db_run_count(writing->db, error, n,
                        "update ask set state = 'queued', tries = 0, next_at = ?3, asked_at = ?3, problem = null "
                        "where authority = ?1 and state = 'silent' and division like ?2",
                        V_TEXT(authority), V_TEXT(arena_printf(writing->arena, "%.*s%%", STR_ARG(scope))),
                        V_INT(writing->now));
}

bool ask_cancel(struct writing *writing, int64_t application, struct error *error)
{
    /* Whoever joined takes over a row that began with this application. */
    return db_run(writing->db, error, "delete from ask_also where application = ?1", V_INT(application)) &&
           db_run(writing->db, error,
                  "update ask set application = (select min(o.application) from ask_also o where o.ask = ask.id) "
                  "where application = ?1 and state in ('queued', 'sent', 'silent', 'by_sheet') and exists "
                  "(select 1 from ask_also o where o.ask = ask.id)",
                  V_INT(application)) &&
           db_run(writing->db, error,
                  "update ask set state = 'cancelled' where application = ?1 and "
                  "state in ('queued', 'sent', 'silent', 'by_sheet')",
                  V_INT(application));
}

bool ask_keep(struct writing *writing, const struct ask_request *request, struct str number, struct str answer,
              int64_t asked_at, struct error *error)
{
    struct str canonical, question, sealed;
    int64_t id;
    if (!ask_canonical(writing->arena, request->question, &canonical, error) ||
        !vault_seal(writing->vault, writing->arena, "ask.question", canonical, &question, error) ||
        !vault_seal(writing->vault, writing->arena, "ask.answer", answer, &sealed, error) ||
        !writing_id(writing, "select coalesce(max(id), 0) from ask", &id, error)) {
        return false;
    }
    struct str subject = subject_of(writing->vault, writing->arena, request->kind, canonical);
    return db_run(writing->db, error,
                  "insert into ask (id, number, authority, kind, application, division, subject, question_sealed, "
                  "state, source, tries, next_at, asked_at, answered_at, answer_sealed) values "
                  "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'answered', 'http', 1, ?9, ?9, ?10, ?11)",
                  V_INT(id), V_TEXT(number), V_TEXT(request->authority), V_TEXT(request->kind),
                  V_IF(request->application, V_INT(request->application)), V_TEXT(request->division), V_BLOB(subject),
                  V_BLOB(question), V_INT(asked_at), V_INT(writing->now), V_BLOB(sealed));
}

/* ---- Keeping ---- */

/* Tells the hook for each application that waits; others: how many joined the one that asked first. */
static bool tell(struct writing *writing, const struct ask_hook *hook, struct ask *ask, int64_t others,
                 struct error *error)
{
    if (!hook || !hook->on_answer) {
        return true;
    }
    int64_t first = ask->application;
    if (first && !hook->on_answer(hook->context, writing, ask, error)) {
        return false;
    }
    for (int64_t last = 0; others > 0; others--) {
        int64_t next;
        bool found = false;
        if (!db_one_int(writing->db, error, &next, &found,
                        "select application from ask_also where ask = ?1 and application > ?2 "
                        "order by application limit 1",
                        V_INT(ask->id), V_INT(last))) {
            return false;
        }
        if (!found) {
            return true;
        }
        last = next;
        ask->application = next;
        if (next != first && !hook->on_answer(hook->context, writing, ask, error)) {
            return false;
        }
    }
    return true;
}

/* The row to settle, with the number of applications that joined it. */
static bool read_for_settling(struct writing *writing, int64_t id, struct ask *ask, int64_t *others, bool *found,
                              struct error *error)
{
    struct rows *rows = db_query(writing->db, error,
                                 "select " ASK_COLUMNS ", (select count(*) from ask_also o where o.ask = a.id) "
                                 "from ask a where a.id = ?1",
                                 V_INT(id));
    bool ok = true;
    *found = rows_next(rows);
    if (*found) {
        ok = read_row(rows, writing->vault, writing->arena, ask, error);
        *others = rows_int(rows, 14);
    }
    return rows_end(rows, ok ? error : NULL) && ok;
}

bool ask_settle(struct writing *writing, const struct ask_hook *hook, int64_t id, struct str answer, const char *source,
                struct str problem, bool *kept, struct error *error)
{
    struct ask ask;
    bool found;
    *kept = false;
    int64_t others = 0;
    if (!read_for_settling(writing, id, &ask, &others, &found, error)) {
        return false;
    }
    if (!found || ask.state == ASK_ANSWERED || ask.state == ASK_CANCELLED) {
        return true;
    }
    if (!answer.n) {
        if (ask.state != ASK_QUEUED && ask.state != ASK_SENT) {
            return true;
        }
        ask.state = ASK_SILENT;
        ask.problem = problem;
        *kept = true;
        return db_run(writing->db, error, "update ask set state = 'silent', problem = ?2 where id = ?1", V_INT(id),
                      V_TEXT(problem)) &&
               tell(writing, hook, &ask, others, error);
    }
    struct str sealed;
    ask.state = ASK_ANSWERED;
    ask.answer = answer;
    ask.source = str_of(source);
    ask.answered_at = writing->now;
    ask.problem = (struct str){ NULL, 0 };
    *kept = true;
    return vault_seal(writing->vault, writing->arena, "ask.answer", answer, &sealed, error) &&
           db_run(
               writing->db, error,
               "update ask set state = 'answered', source = ?2, answered_at = ?3, answer_sealed = ?4, problem = null "
               "where id = ?1",
               V_INT(id), V_TEXT(ask.source), V_INT(writing->now), V_BLOB(sealed)) &&
           tell(writing, hook, &ask, others, error);
}

/* ---- Reading ---- */

bool ask_known(struct db *db, struct vault *vault, struct arena *arena, struct str kind, struct str question,
               int64_t max_age, struct ask *ask, bool *found, struct error *error)
{
    struct str canonical;
    if (!ask_canonical(arena, question, &canonical, error)) {
        return false;
    }
    struct rows *rows =
        db_query(db, error,
                 "select " ASK_COLUMNS " from ask a where a.kind = ?1 and a.subject = ?2 and "
                 "a.state = 'answered' and a.answered_at >= ?3 order by a.id desc limit 1",
                 V_TEXT(kind), V_BLOB(subject_of(vault, arena, kind, canonical)), V_INT(clock_ms() - max_age));
    return read_one(rows, vault, arena, ask, found, error);
}

bool ask_by_number(struct db *db, struct vault *vault, struct arena *arena, struct str number, struct ask *ask,
                   bool *found, struct error *error)
{
    struct rows *rows = db_query(db, error, "select " ASK_COLUMNS " from ask a where a.number = ?1", V_TEXT(number));
    return read_one(rows, vault, arena, ask, found, error);
}

static bool read_all(struct rows *rows, struct vault *vault, struct arena *arena, struct ask **asks, size_t *n,
                     struct error *error)
{
    size_t count = 0, size = 16;
    struct ask *list = ARENA_ARRAY(arena, struct ask, size);
    bool ok = true;
    while (ok && rows_next(rows)) {
        if (count == size) {
            struct ask *larger = ARENA_ARRAY(arena, struct ask, 2 * size);
            memcpy(larger, list, count * sizeof *list);
            list = larger;
            size *= 2;
        }
        ok = read_row(rows, vault, arena, &list[count], error);
        count++;
    }
    ok = rows_end(rows, ok ? error : NULL) && ok;
    if (ok) {
        *asks = list;
        *n = count;
    }
    return ok;
}

bool ask_of_application(struct db *db, struct vault *vault, struct arena *arena, int64_t application, struct ask **asks,
                        size_t *n, struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select " ASK_COLUMNS " from ask a where a.application = ?1 union all select " ASK_COLUMNS
                 " from ask_also o join ask a on a.id = o.ask where o.application = ?1 order by 1",
                 V_INT(application));
    if (!read_all(rows, vault, arena, asks, n, error)) {
        return false;
    }
    for (size_t i = 0; i < *n; i++) {
        (*asks)[i].application = application;
    }
    return true;
}

bool ask_waiting(struct db *db, struct vault *vault, struct arena *arena, struct str authority, struct str kind,
                 struct str scope, int64_t after, size_t most, struct ask **asks, size_t *n, struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select " ASK_COLUMNS " from ask a where a.authority = ?1 and "
                                 "a.state in ('by_sheet', 'silent') and a.kind = ?2 and a.division like ?3 and "
                                 "a.id > ?4 order by a.id limit ?5",
                                 V_TEXT(authority), V_TEXT(kind), V_TEXT(arena_printf(arena, "%.*s%%", STR_ARG(scope))),
                                 V_INT(after), V_INT((int64_t)most));
    return read_all(rows, vault, arena, asks, n, error);
}

bool ask_counts(struct db *db, struct arena *arena, struct str scope, struct ask_count **counts, size_t *n,
                struct error *error)
{
    struct rows *rows =
        db_query(db, error,
                 "select authority, kind, state, count(*), max(asked_at), coalesce(max(answered_at), 0) "
                 "from ask where division like ?1 "
                 "group by authority, kind, state order by authority, kind, state",
                 V_TEXT(arena_printf(arena, "%.*s%%", STR_ARG(scope))));
    size_t count = 0, size = 64;
    struct ask_count *list = ARENA_ARRAY(arena, struct ask_count, size);
    while (rows_next(rows)) {
        if (count == size) {
            struct ask_count *larger = ARENA_ARRAY(arena, struct ask_count, 2 * size);
            memcpy(larger, list, count * sizeof *list);
            list = larger;
            size *= 2;
        }
        list[count++] = (struct ask_count){ rows_text_in(rows, 0, arena),
                                            rows_text_in(rows, 1, arena),
                                            state_of(rows_text(rows, 2)),
                                            rows_int(rows, 3),
                                            rows_int(rows, 4),
                                            rows_int(rows, 5) };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    *counts = list;
    *n = count;
    return true;
}
