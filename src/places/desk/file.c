/* One file: facts beside papers, the history, the decision. Each look is in the journal before it is shown; names and
 * numbers stay masked until a reason is given. */
#include "places/desk/file.h"

#include "base/clock.h"
#include "connect/ask.h"
#include "connect/client.h"
#include "places/together.h"
#include "store/journal.h"

#include "file.page.h"

/* ---- Forms ---- */

static const struct option decisions[] = {
    { "passed", T("通过", "Pass"), { 0 } },
    { "correction", T("请家长补正", "Ask to correct"), { 0 } },
    { "counter", T("转到窗口", "To the counter"), { 0 } },
    { "refused", T("不通过", "Refuse"), { 0 } },
};
#define DECISION_FIELDS                                                                                                \
    { .name = "decision",                                                                                              \
      .kind = FIELD_CHOICE,                                                                                            \
      .required = true,                                                                                                \
      .label = T("决定", "Decision"),                                                                                  \
      .missing = T("请选择一个决定。", "Choose a decision."),                                                          \
      FIELD_OPTIONS(decisions) },                                                                                      \
        { .name = "reasons",                                                                                           \
          .kind = FIELD_CHECKS,                                                                                        \
          .label = T("原因", "Reasons"),                                                                               \
          .hint = T("除“通过”以外都要选原因；家长会看到原因和办法。",                                                  \
                    "Needed for all but passing; the family sees them with what to do.") },                            \
    {                                                                                                                  \
        .name = "note", .kind = FIELD_LONG, .max = 500, .label = T("备注（只有工作人员能看）", "Note (staff only)")    \
    }

static const struct field bulk_fields[] = {
    { .name = "application", .kind = FIELD_LIST, .max = LIMIT_BULK, .label = T("申请", "Applications") },
    DECISION_FIELDS,
};
const struct form bulk_form = FORM(bulk_fields);

static const struct field decide_fields[] = {
    DECISION_FIELDS,
    { .name = "holds",
      .kind = FIELD_LIST,
      .max = 32,
      .label = T("凭材料确认的核验", "Checks confirmed by the papers") },
    { .name = "version", .kind = FIELD_HIDDEN, .max = 20, .label = T("版本", "Version") },
};
const struct form decide_form = FORM(decide_fields);

static const struct field unmask_fields[] = {
    { .name = "why",
      .kind = FIELD_TEXT,
      .required = true,
      .min = 4,
      .max = 200,
      .label = T("为什么要看完整信息？", "Why do you need to see it?"),
      .hint = T("理由和您的账号会记下来，30分钟内有效。", "Kept with your account; valid for 30 minutes.") },
};
const struct form unmask_form = FORM(unmask_fields);

void desk_reason_options(struct request *request)
{
    const struct city *city = request_app(request)->city;
    struct arena *arena = request_arena(request);
    struct option *options = ARENA_ARRAY(arena, struct option, city->nreasons);
    for (size_t i = 0; i < city->nreasons; i++) {
        const struct reason *r = &city->reasons[i];
        options[i].value = arena_cstr(arena, r->id);
        options[i].label = T(arena_cstr(arena, r->name.zh), arena_cstr(arena, name_in(r->name, LANG_EN)));
    }
    form_options(request, "reasons", options, city->nreasons);
}

struct review_decide desk_decision(struct request *request)
{
    const struct session *session = request_session(request);
    struct review_decide decide = {
        .places = request_app(request)->places,
        .actor = request_actor(request, DESK),
        .form_key = request_form_key(request),
        .level = session->roles & ROLE_COUNTY ? REVIEW_COUNTY : REVIEW_SCHOOL,
        .note = form_value(request, "note"),
    };
    (void)review_decision_of(form_value(request, "decision"), &decide.decision);
    decide.reasons = form_values(request, "reasons", &decide.nreasons);
    return decide;
}

/* Bulk: every application must lie in the session's scope; one query tells. */
void desk_bulk(struct request *request, struct review_bulk *bulk, command_done *done)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    const struct session *session = request_session(request);
    for (size_t i = 0; i < bulk->n; i++) {
        struct application_subject found;
        struct subject subject;
        bool is = false;
        struct error error;
        if (!application_subject(db, request_arena(request), bulk->items[i].application, &found, &is, &error)) {
            reply_failed(request, &error);
            return;
        }
        subject = (struct subject){ found.division, found.school, found.account };
        if (!is) {
            reply_not_found(request);
            return;
        }
        if (!accounts_allowed(request_app(request), session, request_route(request), &subject)) {
            reply_out_of_scope(request, &subject);
            return;
        }
    }
    run_command(request, "review.bulk", review_bulk_run, bulk, done);
}

/* ---- The file ---- */

struct str desk_reason_words(struct page *page, const struct city *city, struct str reasons)
{
    struct str words = { "", 0 }, reason;
    bool en = page->lang == LANG_EN;
    while (str_split(&reasons, ' ', &reason)) {
        words = arena_printf(page->arena, "%.*s%s%.*s", STR_ARG(words),
                             words.n == 0 ? ""
                             : en         ? ", "
                                          : "、",
                             STR_ARG(name_in(fact_reason_name(city, reason), page->lang)));
    }
    return words;
}

struct name desk_paper_name(const struct city *city, struct str kind)
{
    size_t i = city_paper_index(city, kind);
    return i == SIZE_MAX ? (struct name){ kind, kind } : city->papers[i].name;
}

static bool load_checks(struct request *request, struct db *db, struct file_view *view, struct error *error)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct fact_row *facts;
    struct paper *papers;
    size_t npapers;
    int64_t id = view->application->id;
    if (!fact_list(db, arena, app->places, id, &facts, &view->nchecks, error) ||
        !paper_list(db, arena, id, &papers, &npapers, error)) {
        return false;
    }
    view->checks = ARENA_ARRAY(arena, struct file_check, view->nchecks);
    for (size_t i = 0; i < view->nchecks; i++) {
        struct file_check *check = &view->checks[i];
        check->fact = &facts[i];
        check->papers = ARENA_ARRAY(arena, struct paper *, npapers);
        for (size_t k = 0; k < npapers; k++) {
            if (str_eq(papers[k].check_kind, facts[i].kind)) {
                check->papers[check->npapers++] = &papers[k];
            }
        }
        bool found;
        if (view->unmasked && facts[i].has_detail &&
            !fact_detail(db, arena, app->vault, id, facts[i].kind, &check->answer, &found, error)) {
            return false;
        }
    }
    return true;
}

static bool load_siblings(struct request *request, struct db *db, struct file_view *view, struct error *error)
{
    struct arena *arena = request_arena(request);
    const struct session *session = request_session(request);
    struct together_file *files;
    if (!together_files(db, arena, view->application->id, &files, &view->nsiblings, error)) {
        return false;
    }
    view->siblings = ARENA_ARRAY(arena, struct file_sibling, view->nsiblings);
    for (size_t i = 0; i < view->nsiblings; i++) {
        struct subject subject = { files[i].division, files[i].school, 0 };
        bool handed_in = files[i].receipt.n > 0;
        bool open = handed_in && accounts_allowed(request_app(request), session, request_route(request), &subject);
        view->siblings[i] = (struct file_sibling){ .receipt = files[i].receipt,
                                                   .open = open ? files[i].application : 0,
                                                   .state = review_state_name(files[i].review) };
    }
    return true;
}

static bool load_file(struct request *request, struct db *db, struct file_view *view, struct error *error)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    const struct session *session = request_session(request);
    struct application *a = view->application = ARENA_NEW(arena, struct application);
    bool found;
    int64_t id = request_param_int(request, "application");
    if (!application_get(db, arena, app->vault, id, a, &found, error) ||
        !places_policy(app->places, db, a->policy, &view->policy, error) ||
        !accounts_unmasked(db, session->account, "application", id, clock_ms(), &view->unmasked, error) ||
        !review_history(db, arena, app->vault, id, &view->history, &view->nhistory, error) ||
        !load_checks(request, db, view, error) || !load_siblings(request, db, view, error)) {
        return false;
    }
    view->city = app->city;
    view->child = view->unmasked ? a->child_name : mask_name(arena, a->child_name);
    view->citizen = view->unmasked ? a->child_citizen : mask_citizen(arena, a->child_citizen);
    view->address = view->unmasked ? a->address : mask_address(arena, a->address);
    view->round = round_words(arena, request_lang(request), app->city, a->round_division, a->stage, a->year);
    size_t kind = city_dwelling_index(app->city, a->claim_kind);
    if (kind != SIZE_MAX) {
        view->dwelling_kind = app->city->dwellings[kind].name;
    }
    view->state = review_state_name(a->review);
    view->school = session->roles & ROLE_SCHOOL;
    bool waits_here = !view->school || str_is(a->review_level, "school");
    bool early = str_is(a->round_state, "open") || str_is(a->round_state, "closed");
    view->decidable = str_is(a->state, "submitted") && early && waits_here;
    struct review_filter filter = { .category = -1, .after_queue_at = a->queue_at, .after_id = a->id };
    if (view->school) {
        filter.school = session->institution;
        filter.level = STR("school");
    } else {
        filter.division = session_scope(session);
    }
    return review_next(db, arena, &filter, &view->next, error);
}

static void show_file_now(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct file_view view = { 0 };
    struct error error;
    if (!load_file(request, db, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    form_use(request, &decide_form);
    desk_reason_options(request);
    form_set_int(request, "version", view.application->version);
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_page(request, 200, file, &view);
}

void show_file(struct request *request)
{
    reading(request, request_param_int(request, "application"), "file", show_file_now);
}

/* ---- Decide ---- */

static void decided(struct request *request, void *input)
{
    const struct review_decide *decide = input;
    bool reason = decide->result == REVIEW_REASON_MISSING || decide->result == REVIEW_REASON_UNKNOWN;
    reply_ending(request, (struct ending){ .done = decide->result == REVIEW_DONE,
                                           .notice = "decided",
                                           .next = STR("/work"),
                                           .why = review_result_text(decide->result),
                                           .field = reason ? "reasons" : NULL,
                                           .again = show_file });
}

void decide_post(struct request *request)
{
    desk_reason_options(request);
    if (!form_check(request)) {
        show_file(request);
        return;
    }
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct review_decide *decide = ARENA_NEW(arena, struct review_decide);
    *decide = desk_decision(request);
    decide->application = request_param_int(request, "application");
    decide->version = form_int(request, "version");
    size_t n;
    const struct str *holds = form_values(request, "holds", &n);
    struct fact_setting *facts = ARENA_ARRAY(arena, struct fact_setting, n);
    for (size_t i = 0; i < n; i++) {
        size_t check = city_check_index(city, holds[i]);
        facts[i] = (struct fact_setting){ .kind = holds[i],
                                          .holds = true,
                                          .facts = check == SIZE_MAX ? 0 : city->checks[check].yields };
    }
    decide->facts = facts;
    decide->nfacts = decide->decision == REVIEW_PASSED ? n : 0; /* what the papers confirm counts when it is passed */
    run_command(request, "review.decide", review_decide_run, decide, decided);
}

/* ---- Unmask, ask again ---- */

static void back_to_file(struct request *request, void *input)
{
    (void)input;
    if (request_app(request)->client) {
        client_wake(request_app(request)->client);
    }
    reply_redirect_to(request, "/file/%lld", (long long)request_param_int(request, "application"));
}

void unmask_post(struct request *request)
{
    if (!form_ok(request)) {
        reply_problem(request, 422, T("没有说明理由", "No reason was given"),
                      T("查看完整信息要写明理由（至少4个字）。",
                        "To see unmasked data a reason is needed (4 characters at least)."),
                      T("请返回上一页填写理由。", "Go back and write the reason."));
        return;
    }
    const struct session *session = request_session(request);
    struct db *db = request_db(request);
    struct application_subject subject;
    bool found = false;
    struct error error;
    if (!db) {
        return;
    }
    if (!application_subject(db, request_arena(request), request_param_int(request, "application"), &subject, &found,
                             &error)) {
        reply_failed(request, &error);
        return;
    }
    struct unmask *unmask = ARENA_NEW(request_arena(request), struct unmask);
    *unmask = (struct unmask){ .account = session->account,
                               .roles = session->roles,
                               .subject_kind = "application",
                               .subject = request_param_int(request, "application"),
                               .division = found ? subject.division : STR(""),
                               .reason = form_value(request, "why") };
    run_command(request, "file.unmask", unmask_run, unmask, back_to_file);
}

struct asking {
    struct actor actor;
    int64_t application;
    struct str kind;
};

static bool journal_asking(struct writing *writing, const struct asking *asking, struct error *error)
{
    struct application_subject subject;
    bool found;
    return application_subject(writing->db, writing->arena, asking->application, &subject, &found, error) &&
           journal_append(writing,
                          &(struct journal_entry){ .actor = asking->actor.account,
                                                   .role = asking->actor.role,
                                                   .action = "fact.ask_again",
                                                   .subject_kind = "application",
                                                   .subject_id = asking->application,
                                                   .division = subject.division,
                                                   .detail = asking->kind },
                          error);
}

static bool asking_run(struct writing *writing, void *input, struct error *error)
{
    struct asking *asking = input;
    struct str number = { NULL, 0 };
    bool found, changed = false;
    return db_one_text(writing->db, error, writing->arena, &number, &found,
                       "select f.request from fact f join application a on a.id = f.application join round r on "
                       "r.id = a.round where f.application = ?1 and f.kind = ?2 and r.state in ('open', 'closed')",
                       V_INT(asking->application), V_TEXT(asking->kind)) &&
           (!found || number.n == 0 || ask_again(writing, number, &changed, error)) &&
           (!changed ||
            (db_run(writing->db, error, "update fact set state = 'queued' where application = ?1 and kind = ?2",
                    V_INT(asking->application), V_TEXT(asking->kind)) &&
             journal_asking(writing, asking, error)));
}

void ask_again_post(struct request *request)
{
    struct asking *asking = ARENA_NEW(request_arena(request), struct asking);
    *asking = (struct asking){ request_actor(request, DESK), request_param_int(request, "application"),
                               request_param(request, "check") };
    run_command(request, "fact.ask_again", asking_run, asking, back_to_file);
}
