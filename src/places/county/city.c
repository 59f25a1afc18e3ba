/* The city's overview on one page; the witnesses' page; the auditor's view of the journal; the operator's self-audit.
 */
#include "places/county/county.h"

#include "base/clock.h"
#include "places/county/audit.h"
#include "store/journal.h"

#include "audit.page.h"
#include "city_home.page.h"
#include "operator.page.h"
#include "witness_home.page.h"

#include <sys/stat.h>

/* ---- City ---- */

static void show_city(struct request *request)
{
    struct rounds_view view = { 0 };
    if (!county_rounds_load(request, &view)) {
        return;
    }
    for (size_t i = 0; i < view.n; i++) {
        const struct round *r = &view.rounds[i];
        view.applications += r->applications;
        view.submitted += r->submitted;
        view.waiting += r->waiting_school + r->waiting_county;
        view.placed += r->placed;
        view.unplaced += r->unplaced;
    }
    reply_page(request, 200, city_home, &view);
}

/* ---- Witness ---- */

static const struct field witness_fields[] = {
    { .name = "hex",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 128,
      .label = T("封存值（64位）或密数", "Commitment (64 digits) or secret"),
      .hint = T("用 jiaoti witness 在自己的电脑上生成，密数公开之前不要告诉任何人。",
                "Made on your own machine by `jiaoti witness`; tell nobody the secret before it is opened.") },
};
static const struct form witness_form = FORM(witness_fields);

/* Which of the policy's witnesses the account is; empty: none. */
static bool own_witness(struct request *request, struct db *db, struct str *id, struct error *error)
{
    bool found;
    return db_one_text(db, error, request_arena(request), id, &found, "select witness from account where id = ?1",
                       V_INT(request_session(request)->account));
}

static bool load_witness(struct request *request, struct db *db, struct witness_view *view, struct error *error)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct str id = { NULL, 0 };
    struct round *rounds;
    size_t n;
    if (!own_witness(request, db, &id, error) ||
        !round_list(db, arena, app->city, session_scope(request_session(request)), &rounds, &n, error)) {
        return false;
    }
    view->rounds = ARENA_ARRAY(arena, struct witness_round, n);
    for (size_t i = 0; i < n; i++) {
        struct witness_row *rows;
        size_t nrows;
        if (!witness_list(db, arena, app->places, rounds[i].id, &rows, &nrows, error)) {
            return false;
        }
        for (size_t k = 0; k < nrows; k++) {
            if (str_eq(rows[k].id, id)) {
                struct witness_round *mine = &view->rounds[view->n++];
                mine->round = &rounds[i];
                mine->words = round_words(arena, request_lang(request), app->city, rounds[i].division, rounds[i].stage,
                                          rounds[i].year);
                mine->mine = &rows[k];
                bool found;
                /* A demo city's witnesses have their secrets in its folder: shown to them, to be typed by a click. */
                if (app->demo &&
                    !witness_demo_read(app->places, arena, rounds[i].label, id, &mine->secret, &found, error)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static void show_witness(struct request *request)
{
    struct db *db = request_db(request);
    struct witness_view view = { 0 };
    struct error error;
    if (!db) {
        return;
    }
    if (!load_witness(request, db, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    form_use(request, &witness_form);
    reply_page(request, 200, witness_home, &view);
}

static void witnessed(struct request *request, void *input)
{
    const struct witness_step *step = input;
    reply_ending(request, (struct ending){ .done = step->result == WITNESS_DONE,
                                           .notice = "done",
                                           .next = STR("/witness"),
                                           .why = witness_result_text(step->result),
                                           .field = "hex",
                                           .again = show_witness });
}

static void witness_do(struct request *request, const char *name, request_run *run)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    if (!form_ok(request)) {
        show_witness(request);
        return;
    }
    struct witness_step *step = ARENA_NEW(request_arena(request), struct witness_step);
    struct error error;
    step->actor = request_actor(request, ROLE_WITNESS);
    step->form_key = request_form_key(request);
    step->round = request_param_int(request, "round");
    step->hex = form_value(request, "hex");
    if (!own_witness(request, db, &step->id, &error)) {
        reply_failed(request, &error);
        return;
    }
    run_command(request, name, run, step, witnessed);
}

static void commit_post(struct request *request)
{
    witness_do(request, "witness.commit", witness_commit_run);
}

static void open_post(struct request *request)
{
    witness_do(request, "witness.open", witness_open_run);
}

/* ---- The journal, for auditors: only what lies in their scope ----
 * A row has a division, or it is of nobody in particular: signing in and out, passwords, refused pages, the demo's
 * clock. Such a row is the city auditor's, and beside it that of the auditor of the county whose account it is (by the
 * account's scope, or by where its school lies). */
#define OF_OWN_ACCOUNT                                                                                                 \
    "exists (select 1 from account a left join institution i on i.id = a.institution where a.id = case when "          \
    "j.subject_kind = 'account' then j.subject_id else j.actor end and ((a.scope >= ?3 and a.scope < ?4) or "          \
    "(i.division >= ?3 and i.division < ?4)))"

static void show_audit(struct request *request)
{
    enum { PAGE = 100 };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct audit_view view = { .action = request_query(request, "action"),
                               .before = request_query_int(request, "before", INT64_MAX) };
    struct str scope = session_scope(request_session(request));
    struct error error;
    if (scope.n == 0) {
        reply_forbidden(request);
        return;
    }
    bool whole_city = str_starts(request_app(request)->city->code, scope);
    view.rows = ARENA_ARRAY(arena, struct audit_row, PAGE);
    struct rows *rows = db_query(db, &error,
                                 "select seq, at, actor, role, action, subject_kind, subject_id, division, detail from "
                                 "journal j where seq < ?1 and (?2 = '' or action = ?2) and ((division >= ?3 and "
                                 "division < ?4) or (division = '' and (cast(?6 as bigint) = 1 or " OF_OWN_ACCOUNT
                                 "))) order by seq desc limit ?5",
                                 V_INT(view.before), V_TEXT(view.action), V_TEXT(scope),
                                 V_TEXT(arena_printf(arena, "%.*s~", STR_ARG(scope))), V_INT(PAGE), V_INT(whole_city));
    while (rows_next(rows)) {
        view.rows[view.n++] = (struct audit_row){
            .seq = rows_int(rows, 0),
            .at = rows_int(rows, 1),
            .actor = rows_int(rows, 2),
            .role = rows_text_in(rows, 3, arena),
            .action = rows_text_in(rows, 4, arena),
            .subject_kind = rows_text_in(rows, 5, arena),
            .subject = rows_int(rows, 6),
            .division = rows_text_in(rows, 7, arena),
            .detail = rows_text_in(rows, 8, arena),
        };
    }
    if (!rows_end(rows, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.next = view.n == PAGE ? view.rows[view.n - 1].seq : 0;
    reply_page(request, 200, audit, &view);
}

/* ---- The operator: the installation audits itself in plain words ---- */

static void finding(struct operator_view *view, bool good, struct text what, struct text todo)
{
    view->findings[view->n++] = (struct operator_finding){ good, what, todo };
}

static void show_operator(struct request *request)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct operator_view view = { .writer = writer_numbers(app->writer), .key = vault_key_number(app->vault) };
    struct stat keys;
    bool mode = stat(arena_printf(arena, "%s/keys", app->data).p, &keys) == 0 && (keys.st_mode & 077) == 0;
    finding(&view, mode, T("密钥文件夹只有本程序能读", "Only this program can read the folder of keys"),
            T("执行 chmod 700 DATA/keys", "chmod 700 DATA/keys"));
    finding(&view, !app->demo, T("这不是演示城市", "This is not a demo city"),
            T("演示城市任何人都可以一键登录，不要放真实数据",
              "Anybody can sign in to a demo city; keep no real data in it"));
    finding(&view, view.writer.waiting < 1000, T("写入队列不长", "The writer's queue is short"),
            T("检查磁盘是否变慢", "Look whether the disk has become slow"));
    finding(&view, view.writer.failed * 100 <= view.writer.commands + 100, T("写入失败很少", "Few commands fail"),
            T("查看日志里的 warning", "Look for warnings in the log"));
    reply_page(request, 200, operator, & view);
}

const struct route city_routes[] = {
    { .method = "GET",
      .path = "/city",
      .roles = ROLE_CITY | ROLE_AUDITOR,
      .handler = show_city,
      .answer = "page",
      .summary = T("全市进展", "All counties' progress") },
    { .method = "GET",
      .path = "/witness",
      .roles = ROLE_WITNESS,
      .handler = show_witness,
      .answer = "page",
      .summary = T("见证人", "Witness") },
    { .method = "POST",
      .path = "/witness/#round/commit",
      .roles = ROLE_WITNESS,
      .scope = scope_of_round,
      .form = &witness_form,
      .handler = commit_post,
      .answer = "redirect",
      .summary = T("封存密数", "Commit to a secret") },
    { .method = "POST",
      .path = "/witness/#round/open",
      .roles = ROLE_WITNESS,
      .scope = scope_of_round,
      .form = &witness_form,
      .handler = open_post,
      .answer = "redirect",
      .summary = T("公开密数", "Open the secret") },
    { .method = "GET",
      .path = "/audit",
      .roles = ROLE_AUDITOR,
      .handler = show_audit,
      .answer = "page",
      .summary = T("日志", "The journal") },
    { .method = "GET",
      .path = "/operator",
      .roles = ROLE_OPERATOR,
      .handler = show_operator,
      .answer = "page",
      .summary = T("运行自查", "The installation's self-audit") },
};
const size_t city_route_count = sizeof city_routes / sizeof *city_routes;
