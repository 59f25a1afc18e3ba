/* The queue: what needs a person, in the order in which it came; filters, bulk decisions, export. */
#include "places/desk/desk.h"
#include "places/desk/file.h"

#include "base/clock.h"
#include "print/print.h"
#include "store/journal.h"

#include "work.page.h"

/* ---- Who sees which queue ---- */

/* The filter that the session's own scope allows, before what the page asks for. */
static struct review_filter own_filter(const struct session *session)
{
    struct review_filter filter = { .category = -1 };
    if (session->roles & ROLE_SCHOOL) {
        filter.school = session->institution;
        filter.level = STR("school");
    } else {
        filter.division = session_scope(session);
    }
    return filter;
}

static const struct option reviews[] = {
    { "waiting", T("等待审核", "Waiting"), { 0 } },      { "correction", T("待家长补正", "With the family"), { 0 } },
    { "counter", T("转窗口", "To the counter"), { 0 } }, { "passed", T("已通过", "Passed"), { 0 } },
    { "refused", T("未通过", "Refused"), { 0 } },
};

static bool is_review(struct str word)
{
    for (size_t i = 0; i < sizeof reviews / sizeof *reviews; i++) {
        if (str_is(word, reviews[i].value)) {
            return true;
        }
    }
    return false;
}

/* What the page asks for; words that are in no list count as not said. */
static struct review_filter read_filter(struct request *request)
{
    const struct city *city = request_app(request)->city;
    struct review_filter filter = own_filter(request_session(request));
    struct str review = request_query(request, "review");
    struct str reason = request_query(request, "reason"), check = request_query(request, "check");
    filter.review = is_review(review) ? review : (struct str){ NULL, 0 };
    filter.reason = city_reason_index(city, reason) == SIZE_MAX ? (struct str){ NULL, 0 } : reason;
    filter.check = city_check_index(city, check) == SIZE_MAX ? (struct str){ NULL, 0 } : check;
    filter.after_queue_at = request_query_int(request, "after", 0);
    filter.after_id = request_query_int(request, "id", 0);
    if (filter.review.n == 0) {
        filter.review = STR("waiting");
    }
    if (filter.level.n && !str_is(filter.review, "waiting")) {
        filter.level = (struct str){ NULL, 0 }; /* what is decided has left the desk, but the school still sees it */
    }
    return filter;
}

static void filter_options(struct request *request, struct work_view *view)
{
    const struct city *city = request_app(request)->city;
    struct arena *arena = request_arena(request);
    view->reviews = ARENA_ARRAY(arena, struct option, sizeof reviews / sizeof *reviews);
    memcpy(view->reviews, reviews, sizeof reviews);
    view->nreviews = sizeof reviews / sizeof *reviews;
    view->reasons = ARENA_ARRAY(arena, struct option, city->nreasons + 1);
    view->reasons[view->nreasons++] = (struct option){ "", T("全部原因", "Any reason"), { 0 } };
    for (size_t i = 0; i < city->nreasons; i++) {
        const struct reason *r = &city->reasons[i];
        view->reasons[view->nreasons++] =
            (struct option){ arena_cstr(arena, r->id),
                             T(arena_cstr(arena, r->name.zh), arena_cstr(arena, name_in(r->name, LANG_EN))),
                             { 0 } };
    }
    view->checks = ARENA_ARRAY(arena, struct option, city->nchecks + 1);
    view->checks[view->nchecks++] = (struct option){ "", T("全部核验", "Any check"), { 0 } };
    for (size_t i = 0; i < city->nchecks; i++) {
        const struct check *c = &city->checks[i];
        view->checks[view->nchecks++] =
            (struct option){ arena_cstr(arena, c->id),
                             T(arena_cstr(arena, c->name.zh), arena_cstr(arena, name_in(c->name, LANG_EN))),
                             { 0 } };
    }
}

/* "household:owner property:no_record" in words. */
static struct str reasons_in_words(struct request *request, struct str pairs)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    enum lang lang = request_lang(request);
    struct str words = { "", 0 }, pair;
    while (str_split(&pairs, ' ', &pair)) {
        size_t colon = str_find(pair, ':');
        struct str kind = name_in(fact_kind_name(city, str_part(pair, 0, colon)), lang);
        struct str reason = name_in(fact_reason_name(city, str_part(pair, colon + 1, pair.n)), lang);
        bool en = lang == LANG_EN;
        words = arena_printf(arena, "%.*s%s%.*s%s%.*s", STR_ARG(words),
                             words.n == 0 ? ""
                             : en         ? "; "
                                          : "；",
                             STR_ARG(kind),
                             reason.n == 0 ? ""
                             : en          ? ": "
                                           : "：",
                             STR_ARG(reason));
    }
    return words;
}

/* A queue row of any round: the policy names its category. */
static bool fill_row(struct request *request, struct db *db, struct review_row *row, struct work_row *out,
                     struct error *error)
{
    struct arena *arena = request_arena(request);
    const struct policy *policy;
    int64_t id;
    out->row = row;
    out->child = mask_name(arena, row->child_name);
    out->reasons = reasons_in_words(request, row->check_reasons);
    if (!db_one_int(db, error, &id, NULL,
                    "select r.policy from application a join round r on r.id = a.round where a.id = ?1",
                    V_INT(row->id)) ||
        !places_policy(request_app(request)->places, db, id, &policy, error)) {
        return false;
    }
    out->category = category_words(arena, request_lang(request), policy, true, row->category, row->subrank);
    return true;
}

static void show_work(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct work_view view = { .filter = read_filter(request) };
    struct review_page page;
    struct error error;
    bool good = review_queue(db, arena, app->vault, &view.filter, &page, &error) &&
                review_queue_count(db, arena, &view.filter, &view.total, &error);
    view.rows = good ? ARENA_ARRAY(arena, struct work_row, page.n) : NULL;
    for (size_t i = 0; good && i < page.n; i++) {
        good = fill_row(request, db, &page.rows[i], &view.rows[view.n++], &error);
    }
    if (!good) {
        reply_failed(request, &error);
        return;
    }
    view.review = view.filter.review;
    view.reason = view.filter.reason;
    view.check = view.filter.check;
    view.school = request_session(request)->roles & ROLE_SCHOOL;
    view.query = arena_printf(arena, "review=%.*s&reason=%.*s&check=%.*s", STR_ARG(view.review), STR_ARG(view.reason),
                              STR_ARG(view.check))
                     .p;
    if (page.more && page.n) {
        const struct review_row *last = &page.rows[page.n - 1];
        view.next = arena_printf(arena, "/work?%s&after=%lld&id=%lld", view.query, (long long)last->queue_at,
                                 (long long)last->id)
                        .p;
    }
    filter_options(request, &view);
    form_use(request, &bulk_form);
    desk_reason_options(request);
    reply_page(request, 200, work, &view);
}

/* ---- Bulk ---- */

static void bulk_done(struct request *request, void *input)
{
    struct review_bulk *bulk = input;
    for (size_t i = 0; i < bulk->n; i++) {
        if (bulk->items[i].result != REVIEW_DONE) { /* how many were done, and why the first of the others was not */
            struct text why = review_result_text(bulk->items[i].result);
            struct arena *arena = request_arena(request);
            long long done = (long long)bulk->done, all = (long long)bulk->n;
            struct str zh =
                arena_printf(arena, "勾选的%lld份中处理了%lld份；其余没有处理，原因：%s。", all, done, why.zh);
            struct str en =
                arena_printf(arena, "%lld of %lld were decided; the others were not: %s.", done, all, why.en);
            form_error(request, NULL, T(zh.p, en.p));
            show_work(request);
            return;
        }
    }
    reply_notice(request, "decided");
    reply_redirect(request, STR("/work"));
}

static void bulk_post(struct request *request)
{
    desk_reason_options(request);
    size_t n;
    const struct str *values = form_values(request, "application", &n);
    if (form_check(request) && n == 0) {
        form_error(request, NULL, T("请先勾选要处理的申请。", "Tick the applications first."));
    }
    if (!form_ok(request)) {
        show_work(request);
        return;
    }
    struct arena *arena = request_arena(request);
    struct review_bulk *bulk = ARENA_NEW(arena, struct review_bulk);
    bulk->decide = desk_decision(request);
    bulk->items = ARENA_ARRAY(arena, struct review_bulk_item, n);
    for (size_t i = 0; i < n && bulk->n < LIMIT_BULK; i++) {
        /* "application.version", so that what changed meanwhile is not decided blindly */
        size_t dot = str_find(values[i], '.');
        struct review_bulk_item *item = &bulk->items[bulk->n];
        if (str_to_int(str_part(values[i], 0, dot), 1, INT64_MAX, &item->application) &&
            str_to_int(str_part(values[i], dot + 1, values[i].n), 0, INT64_MAX, &item->version)) {
            bulk->n++;
        }
    }
    desk_bulk(request, bulk, bulk_done);
}

/* ---- Export ---- */

struct export
{
    struct app *app;
    struct review_filter filter;
    enum lang lang;
    struct actor actor;
    struct str scope;
    struct str bytes;
};

static bool export_rows(struct export *export, struct db *db, struct arena *arena, struct sheet *sheet,
                        struct error *error)
{
    struct review_filter filter = export->filter;
    filter.most = 500;
    filter.after_queue_at = filter.after_id = 0;
    for (;;) {
        struct review_page page;
        if (!review_queue(db, arena, export->app->vault, &filter, &page, error)) {
            return false;
        }
        for (size_t i = 0; i < page.n; i++) {
            const struct review_row *row = &page.rows[i];
            sheet_text(sheet, row->receipt);
            sheet_text(sheet, mask_name(arena, row->child_name));
            sheet_text(sheet, name_in(row->school_name, export->lang));
            sheet_text(sheet, str_of(text_in(review_state_name(row->review), export->lang)));
            sheet_text(sheet, row->check_reasons);
            sheet_number(sheet, row->papers);
            sheet_time(sheet, row->submitted_at);
            sheet_next_row(sheet);
        }
        if (!page.more || page.n == 0) {
            return true;
        }
        filter.after_queue_at = page.rows[page.n - 1].queue_at;
        filter.after_id = page.rows[page.n - 1].id;
    }
}

static bool export_work(struct arena *arena, void *context, struct error *error)
{
    struct export *export = context;
    bool en = export->lang == LANG_EN;
    struct sheet_column columns[] = {
        { str_of(en ? "Receipt" : "回执号"), SHEET_TEXT, 22 },
        { str_of(en ? "Child (masked)" : "孩子（打码）"), SHEET_TEXT, 14 },
        { str_of(en ? "First wish" : "第一志愿"), SHEET_TEXT, 30 },
        { str_of(en ? "Review" : "审核"), SHEET_TEXT, 14 },
        { str_of(en ? "Checks that did not pass" : "未通过的核验"), SHEET_TEXT, 40 },
        { str_of(en ? "Papers" : "材料数"), SHEET_NUMBER, 8 },
        { str_of(en ? "Sent" : "提交时间"), SHEET_TIME, 18 },
    };
    struct sheet *sheet;
    struct db *db;
    struct str note =
        arena_printf(arena, en ? "Review queue, %.*s" : "审核队列，%.*s", STR_ARG(ms_format(arena, clock_ms(), false)));
    if (!sheet_new(&sheet, str_of(en ? "queue" : "审核队列"), note, columns, sizeof columns / sizeof *columns, error)) {
        return false;
    }
    if (!db_open(&db, export->app->store, DB_READ, error)) {
        sheet_free(sheet);
        return false;
    }
    bool good = db_read_begin(db, error) && export_rows(export, db, arena, sheet, error);
    db_read_end(db);
    db_close(db);
    if (!good) {
        sheet_free(sheet);
        return false;
    }
    return sheet_finish(sheet, arena, &export->bytes, error);
}

static void exported(struct request *request, bool ok, const struct error *error, void *context)
{
    struct export *export = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_bytes(request, 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", STR("queue.xlsx"),
                export->bytes);
}

/* Who takes the list is in the journal before its first byte leaves. */
static bool journal_export(struct writing *writing, void *input, struct error *error)
{
    const struct export *export = input;
    return journal_append(writing,
                          &(struct journal_entry){ .actor = export->actor.account,
                                                   .role = export->actor.role,
                                                   .action = "queue.export",
                                                   .subject_kind = export->filter.school ? "institution" : "division",
                                                   .subject_id = export->filter.school,
                                                   .division = export->scope,
                                                   .detail = export->filter.review },
                          error);
}

static void export_noted(struct request *request, void *input)
{
    request_work(request, export_work, input, exported);
}

static void export_queue(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct export *export = ARENA_NEW(arena, struct export);
    *export = (struct export){ .app = request_app(request),
                               .filter = read_filter(request),
                               .lang = request_lang(request),
                               .actor = request_actor(request, DESK),
                               .scope = arena_str(arena, session_scope(request_session(request))) };
    run_command(request, "queue.export", journal_export, export, export_noted);
}

const struct route work_routes[] = {
    { .method = "GET",
      .path = "/work",
      .roles = DESK,
      .handler = show_work,
      .answer = "page",
      .summary = T("审核队列", "The review queue") },
    { .method = "POST",
      .path = "/work",
      .roles = DESK,
      .form = &bulk_form,
      .handler = bulk_post,
      .answer = "redirect",
      .summary = T("批量处理", "Decide on several") },
    { .method = "GET",
      .path = "/work/queue.xlsx",
      .roles = DESK,
      .handler = export_queue,
      .answer = "xlsx",
      .summary = T("导出队列", "Export the queue") },
    { .method = "GET",
      .path = "/file/#application",
      .roles = DESK,
      .scope = scope_of_application,
      .handler = show_file,
      .answer = "page",
      .summary = T("一份申请的档案", "The file of an application") },
    { .method = "POST",
      .path = "/file/#application",
      .roles = DESK,
      .scope = scope_of_application,
      .form = &decide_form,
      .handler = decide_post,
      .answer = "redirect",
      .summary = T("作出决定", "Decide") },
    { .method = "POST",
      .path = "/file/#application/unmask",
      .roles = DESK,
      .scope = scope_of_application,
      .form = &unmask_form,
      .handler = unmask_post,
      .answer = "redirect",
      .summary = T("说明理由后查看完整信息", "See it unmasked, with a reason") },
    { .method = "POST",
      .path = "/file/#application/ask/:check",
      .roles = DESK,
      .scope = scope_of_application,
      .handler = ask_again_post,
      .answer = "redirect",
      .summary = T("重新核验", "Ask the department again") },
};
const size_t work_route_count = sizeof work_routes / sizeof *work_routes;
