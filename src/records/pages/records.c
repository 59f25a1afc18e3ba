/* Records: a family's own with who has read them, an officer's to confirm, and the check by code for everybody. */
#include "records/pages/pages.h"

#include "base/clock.h"
#include "base/hex.h"
#include "places/child.h"
#include "places/sign.h"
#include "store/journal.h"

#include "records.page.h"

enum { WORK_MOST = 200 };
#define OFFICERS (ROLE_COUNTY_OFFICER | ROLE_CITY)

/* ---- A family's ---- */

static bool account_name(struct request *request, int64_t id, struct str *name, struct error *error)
{
    struct account account;
    bool found;
    if (!account_get(request_db(request), request_arena(request), request_app(request)->vault, id, &account, &found,
                     error)) {
        return false;
    }
    *name = found ? account.name : STR("—");
    return true;
}

static bool show_person(struct request *request, struct record_person person, struct str name, struct shown_person *out,
                        struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct record_reader *readers;
    size_t n;
    *out = (struct shown_person){ .person = person, .name = name };
    if (!record_list(db, arena, person, &out->records, &out->n, error) ||
        !record_readers(db, arena, person, &readers, &n, error)) {
        return false;
    }
    out->readers = ARENA_ARRAY(arena, struct record_reader, n + 1);
    out->reader_names = ARENA_ARRAY(arena, struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!account_name(request, readers[i].account, &out->reader_names[out->nreaders], error)) {
            return false;
        }
        out->readers[out->nreaders++] = readers[i];
    }
    return true;
}

static void show_records(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct records_view *view = ARENA_NEW(arena, struct records_view);
    struct db *db = request_db(request);
    struct child_list children;
    struct error error;
    int64_t account = request_session(request)->account;
    *view = (struct records_view){ 0 };
    if (!db) {
        return;
    }
    if (!child_list(db, arena, request_app(request)->vault, account, &children, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->persons = ARENA_ARRAY(arena, struct shown_person, children.nchildren + 1);
    struct str self = request_lang(request) == LANG_ZH ? STR("本人") : STR("Myself");
    bool read =
        show_person(request, (struct record_person){ "account", account }, self, &view->persons[view->n++], &error);
    for (size_t i = 0; i < children.nchildren && read; i++) {
        read = show_person(request, (struct record_person){ "child", children.children[i].id },
                           children.children[i].name, &view->persons[view->n++], &error);
    }
    if (!read) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, records_page, view);
}

/* ---- An officer's ---- */

static const struct option act_options[] = {
    { "confirm", T("确认", "Confirm"), T("", "") },
    { "refuse", T("不予确认", "Refuse"), T("", "") },
    { "revoke", T("撤销", "Revoke"), T("", "") },
};
static const struct field decide_fields[] = {
    { .name = "act",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("办理", "Decision"),
      FIELD_OPTIONS(act_options) },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .max = 300,
      .label = T("原因（不予确认、撤销时必填）", "Reason (needed to refuse or revoke)") },
};
static const struct form decide_form = FORM(decide_fields);

/* Masked, and every reading of a person's record is seen by the person: who confirms reads those that wait. */
static bool masked_names(struct request *request, const struct record *records, size_t n, struct str **names,
                         struct error *error)
{
    struct arena *arena = request_arena(request);
    *names = ARENA_ARRAY(arena, struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!named_person(request, records[i].person.kind, records[i].person.id, &(*names)[i], error)) {
            return false;
        }
        (*names)[i] = mask_name(arena, (*names)[i]);
    }
    return true;
}

struct work_read {
    int64_t account;
    struct record *records[2];
    size_t n[2];
};

static bool work_read_run(struct writing *writing, void *input, struct error *error)
{
    const struct work_read *read = input;
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < read->n[list]; i++) {
            struct record_read one = { read->records[list][i].person, read->account };
            if (!record_read_run(writing, &one, error)) {
                return false;
            }
        }
    }
    return true;
}

static bool load_work(struct request *request, struct records_work_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct str scope = session_scope(request_session(request));
    *view = (struct records_work_view){ 0 };
    return record_in_state(db, arena, scope.n ? scope : STR("-"), "proposed", WORK_MOST, &view->waiting, &view->n,
                           error) &&
           record_in_state(db, arena, scope.n ? scope : STR("-"), "confirmed", WORK_MOST, &view->kept, &view->nkept,
                           error);
}

/* What waits, by kind. */
static void count_kinds(struct arena *arena, struct records_work_view *view)
{
    view->kinds = ARENA_ARRAY(arena, struct waiting_kind, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        size_t k = 0;
        while (k < view->nkinds && !str_eq(view->kinds[k].kind, view->waiting[i].kind)) {
            k++;
        }
        if (k == view->nkinds) {
            view->kinds[view->nkinds++] = (struct waiting_kind){ view->waiting[i].kind, view->waiting[i].name, 0 };
        }
        view->kinds[k].n++;
    }
}

static void show_work_now(struct request *request)
{
    struct records_work_view *view = ARENA_NEW(request_arena(request), struct records_work_view);
    struct error error;
    if (!request_db(request)) {
        return;
    }
    if (!load_work(request, view, &error) || !masked_names(request, view->waiting, view->n, &view->names, &error) ||
        !masked_names(request, view->kept, view->nkept, &view->kept_names, &error)) {
        reply_failed(request, &error);
        return;
    }
    count_kinds(request_arena(request), view);
    reply_page(request, 200, records_work_page, view);
}

static void did_read_work(struct request *request, void *input)
{
    (void)input;
    show_work_now(request);
}

static void show_work(struct request *request)
{
    struct records_work_view view;
    struct work_read *read = ARENA_NEW(request_arena(request), struct work_read);
    struct error error;
    if (!request_db(request)) {
        return;
    }
    if (!load_work(request, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    *read =
        (struct work_read){ request_session(request)->account, { view.waiting, view.kept }, { view.n, view.nkept } };
    run_command(request, "record.read", work_read_run, read, did_read_work);
}

static void did_decide(struct request *request, void *input)
{
    const struct record_decide *decide = input;
    reply_ending(request, (struct ending){ .done = decide->result == RECORD_DONE,
                                           .notice = "done",
                                           .next = STR("/records/work"),
                                           .why = record_result_text(decide->result),
                                           .again = show_work });
}

static void post_decide(struct request *request)
{
    if (!form_ok(request)) {
        show_work(request);
        return;
    }
    struct record_decide *decide = ARENA_NEW(request_arena(request), struct record_decide);
    *decide = (struct record_decide){ .actor = request_actor(request, OFFICERS),
                                      .form_key = request_form_key(request),
                                      .id = request_param_int(request, "record"),
                                      .act = form_is(request, "act", "confirm")  ? RECORD_CONFIRM
                                             : form_is(request, "act", "refuse") ? RECORD_REFUSE
                                                                                 : RECORD_REVOKE,
                                      .reason = form_value(request, "reason") };
    run_command(request, "record.decide", record_decide_run, decide, did_decide);
}

static const struct field kind_fields[] = {
    { .name = "kind", .kind = FIELD_HIDDEN, .required = true, .max = 60, .label = T("种类", "Kind") },
};
static const struct form kind_form = FORM(kind_fields);

static void did_confirm_all(struct request *request, void *input)
{
    const struct record_confirm_all *all = input;
    reply_ending(request, (struct ending){ .done = all->confirmed > 0,
                                           .notice = "done",
                                           .next = STR("/records/work"),
                                           .why = record_result_text(RECORD_SAME_PERSON),
                                           .again = show_work });
}

static void post_confirm_all(struct request *request)
{
    struct str scope = session_scope(request_session(request));
    if (!form_ok(request) || scope.n == 0) {
        show_work(request);
        return;
    }
    struct record_confirm_all *all = ARENA_NEW(request_arena(request), struct record_confirm_all);
    *all = (struct record_confirm_all){ .actor = request_actor(request, OFFICERS),
                                        .form_key = request_form_key(request),
                                        .division = scope,
                                        .kind = form_value(request, "kind") };
    run_command(request, "record.confirm_all", record_confirm_all_run, all, did_confirm_all);
}

static enum scope_result scope_of_record(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct record record;
    struct error error;
    bool found = false;
    if (!db || !record_get(db, request_arena(request), request_param_int(request, "record"), &record, &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = record.division;
    return SCOPE_OK;
}

/* ---- To take along ---- */

struct take_along {
    struct actor actor;
    struct record_person person;
    struct badge_from from;
    struct str name, file;
};

static bool take_along_run(struct writing *writing, void *input, struct error *error)
{
    struct take_along *take = input;
    struct record *records;
    size_t n;
    return record_list(writing->db, writing->arena, take->person, &records, &n, error) &&
           badge_write(writing->arena, &take->from, take->name, records, n, &take->file, error) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = take->actor.account,
                                                   .role = take->actor.role,
                                                   .action = "record.taken",
                                                   .subject_kind = take->person.kind,
                                                   .subject_id = take->person.id },
                          error);
}

static void did_take_along(struct request *request, void *input)
{
    const struct take_along *take = input;
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, "application/json", STR("records.json"), take->file);
}

static void take_along(struct request *request, struct record_person person, struct str name)
{
    const struct app *app = request_app(request);
    struct take_along *take = ARENA_NEW(request_arena(request), struct take_along);
    *take = (struct take_along){ .actor = request_actor(request, ROLE_FAMILY),
                                 .person = person,
                                 .from = { app->vault, app->city->name, clock_ms() },
                                 .name = name };
    run_command(request, "record.taken", take_along_run, take, did_take_along);
}

static void take_own(struct request *request)
{
    int64_t account = request_session(request)->account;
    struct error error;
    struct str name;
    if (!request_db(request)) {
        return;
    }
    if (!account_name(request, account, &name, &error)) {
        reply_failed(request, &error);
        return;
    }
    take_along(request, (struct record_person){ "account", account }, name);
}

static void take_child_now(struct request *request)
{
    int64_t id = request_param_int(request, "child");
    struct child child;
    struct error error;
    bool found;
    if (!request_db(request)) {
        return;
    }
    if (!child_get(request_db(request), request_arena(request), request_app(request)->vault, id, &child, &found,
                   &error)) {
        reply_failed(request, &error);
        return;
    }
    take_along(request, (struct record_person){ "child", id }, found ? child.name : STR("—"));
}

static void take_child(struct request *request)
{
    reading_child(request, request_param_int(request, "child"), "records", take_child_now);
}

static enum scope_result scope_of_child(struct request *request, struct subject *subject)
{
    return scope_of_own_child(request, request_param_int(request, "child"), subject);
}

/* ---- Everybody's ---- */

static const struct field badge_fields[] = {
    { .name = "file",
      .kind = FIELD_FILE,
      .required = true,
      .max = 1024 * 1024,
      .label = T("档案文件（records.json）", "The file of records (records.json)") },
};
static const struct form badge_form = FORM(badge_fields);

static bool load_badge(struct request *request, struct badge_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct round_key *keys;
    size_t n;
    if (!round_keys(request_app(request)->vault, arena, &keys, &n, error)) {
        return false;
    }
    struct str key = hex_encode(arena, view->badge.key, sizeof view->badge.key);
    for (size_t i = 0; i < n; i++) {
        view->ours = view->ours || str_eq(keys[i].key, key);
    }
    view->stand = ARENA_ARRAY(arena, struct record, view->badge.n + 1);
    for (size_t i = 0; i < view->badge.n; i++) {
        bool found;
        view->stand[i] = (struct record){ 0 };
        if (!record_by_code(request_db(request), arena, view->badge.records[i].code, &view->stand[i], &found, error)) {
            return false;
        }
    }
    return true;
}

static void show_badge(struct request *request)
{
    struct badge_view *view = ARENA_NEW(request_arena(request), struct badge_view);
    struct error error;
    *view = (struct badge_view){ 0 };
    if (!request_db(request)) {
        return;
    }
    if (!request_is_post(request)) {
        form_use(request, &badge_form);
    } else if (form_ok(request)) {
        view->asked = true;
        view->result = badge_check(request_arena(request), form_file(request, "file")->bytes, &view->badge);
        if (view->result == BADGE_HOLDS && !load_badge(request, view, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    reply_page(request, 200, record_badge_page, view);
}

static void show_check(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct record_check_view *view = ARENA_NEW(arena, struct record_check_view);
    struct error error;
    *view = (struct record_check_view){ .code = str_trim(request_query(request, "code")) };
    view->asked = view->code.n > 0;
    if (view->asked) {
        struct db *db = request_db(request);
        if (!db) {
            return;
        }
        if (!record_by_code(db, arena, view->code, &view->record, &view->found, &error) ||
            (view->found && !record_steps(db, arena, view->record.id, &view->steps, &view->nsteps, &error))) {
            reply_failed(request, &error);
            return;
        }
    }
    reply_page(request, 200, record_check_page, view);
}

const struct route records_routes[] = {
    { .method = "GET",
      .path = "/records/take.json",
      .roles = ROLE_FAMILY,
      .handler = take_own,
      .answer = "json",
      .summary = T("带走我的档案（签名文件）", "Take along one's records, signed") },
    { .method = "GET",
      .path = "/records/child/#child/take.json",
      .roles = ROLE_FAMILY,
      .scope = scope_of_child,
      .handler = take_child,
      .answer = "json",
      .summary = T("带走孩子的档案（签名文件）", "Take along a child's records, signed") },
    { .method = "GET",
      .path = "/records/check/file",
      .roles = WEB_PUBLIC,
      .handler = show_badge,
      .answer = "page",
      .summary = T("核对档案文件", "Check a file of records") },
    { .method = "POST",
      .path = "/records/check/file",
      .roles = WEB_PUBLIC,
      .form = &badge_form,
      .handler = show_badge,
      .answer = "page",
      .summary = T("核对一个档案文件", "Check a file that is handed in") },
    { .method = "GET",
      .path = "/records",
      .roles = ROLE_FAMILY,
      .handler = show_records,
      .answer = "page",
      .summary = T("我们的档案", "Our records") },
    { .method = "GET",
      .path = "/records/work",
      .roles = OFFICERS,
      .handler = show_work,
      .answer = "page",
      .summary = T("待确认的档案", "Records to be confirmed") },
    { .method = "POST",
      .path = "/records/#record/decide",
      .roles = OFFICERS,
      .scope = scope_of_record,
      .form = &decide_form,
      .handler = post_decide,
      .answer = "redirect",
      .summary = T("确认、不予确认、撤销", "Confirm, refuse, revoke a record") },
    { .method = "POST",
      .path = "/records/work",
      .roles = OFFICERS,
      .form = &kind_form,
      .handler = post_confirm_all,
      .answer = "redirect",
      .summary = T("一次确认同一种", "Confirm all of a kind") },
    { .method = "GET",
      .path = "/records/check",
      .roles = WEB_PUBLIC,
      .handler = show_check,
      .answer = "page",
      .summary = T("核对一条档案", "Check a record by its code") },
};
const size_t records_route_count = sizeof records_routes / sizeof *records_routes;
