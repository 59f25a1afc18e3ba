/* The steps of an application, one thing per page: consent → dwelling → claims → checks → choices → papers → check your
 * answers → submit (dwelling, claims, choices and papers in files of their own). Each POST is one command; what was
 * typed stays in the draft, so a family may stop anywhere and come back, on another phone too. */
#include "places/family/apply.h"

#include "base/hex.h"
#include "connect/client.h"

#include "answers.page.h"
#include "checks.page.h"
#include "consent.page.h"

#include <stdlib.h>

/* ---- Shared ---- */

bool apply_load(struct request *request, struct application *application)
{
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    bool found;
    struct error error;
    if (!application_get(db, request_arena(request), request_app(request)->vault,
                         request_param_int(request, "application"), application, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!found) {
        reply_not_found(request);
    }
    return found;
}

struct apply_view apply_frame(struct request *request, const struct application *application, int step,
                              const char *back_step)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    return (struct apply_view){
        .application = application->id,
        .version = application->version,
        .child = mask_name(arena, application->child_name),
        .round = round_words(arena, request_lang(request), city, application->round_division, application->stage,
                             application->year),
        .step = step,
        .steps = APPLY_STEPS,
        .back = back_step ? arena_printf(arena, "/apply/%lld/%s", (long long)application->id, back_step).p : "/family",
    };
}

void apply_went(struct request *request, const struct apply *apply, const char *next, const char *field,
                void (*again)(struct request *))
{
    if (request_app(request)->client) {
        client_wake(request_app(request)->client);
    }
    long long id = apply->application;
    switch (apply->result) {
    case APPLY_DONE:
        reply_redirect_to(request, "/apply/%lld/%s", id, next);
        return;
    case APPLY_CHANGED:
        reply_notice(request, "changed-elsewhere");
        reply_redirect_to(request, "/apply/%lld", id);
        return;
    case APPLY_LOCKED:
    case APPLY_CLOSED:
    case APPLY_NOT_OPEN:
    case APPLY_ALREADY_SUBMITTED:
        reply_notice(request, apply->result == APPLY_ALREADY_SUBMITTED ? "already-submitted" : "locked");
        reply_redirect_to(request, "/apply/%lld/status", id);
        return;
    default:
        form_error(request, field, apply_result_text(apply->result));
        again(request);
    }
}

bool apply_editable(struct request *request, const struct application *application, unsigned part)
{
    if (str_is(application->state, "draft") || (application->unlocked & part)) {
        return true;
    }
    reply_redirect_to(request, "/apply/%lld/status", (long long)application->id);
    return false;
}

/* Where the draft stands: save and come back. */
static void go_on(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application)) {
        return;
    }
    if (!str_is(application.state, "draft")) {
        reply_redirect_to(request, "/apply/%lld/status", (long long)application.id);
        return;
    }
    reply_redirect_to(request, "/apply/%lld/%.*s", (long long)application.id, STR_ARG(application.step));
}

/* ---- Consent ---- */

static const struct option yes_no[] = {
    { "yes", T("同意", "I consent"), { 0 } },
    { "no", T("不同意，改到窗口办理", "I do not; I will come to the counter"), { 0 } },
};
static const struct field consent_fields[] = {
    { .name = "consent",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("您是否同意？", "Do you consent?"),
      .missing = T("请选择同意或不同意。", "Choose whether you consent."),
      FIELD_OPTIONS(yes_no) },
    VERSION_FIELD,
};
static const struct form consent_form = FORM(consent_fields);

/* What is consented to, in the words of the city's folder; its hash is kept with the application. */
static struct str consent_text(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    enum lang lang = request_lang(request);
    struct str text = { "", 0 };
    for (size_t i = 0; i < city->npurposes; i++) {
        struct str purpose = name_in(city->purposes[i].text, lang);
        text = arena_printf(arena, "%.*s%.*s(%u)\n", STR_ARG(text), STR_ARG(purpose), city->purposes[i].keep_months);
    }
    for (size_t i = 0; i < city->nchecks; i++) {
        const struct check *check = &city->checks[i];
        text = arena_printf(arena, "%.*s%.*s:", STR_ARG(text), STR_ARG(name_in(check->name, lang)));
        for (size_t k = 0; k < check->nsent; k++) {
            text = arena_printf(arena, "%.*s %.*s", STR_ARG(text), STR_ARG(name_in(check->sent[k], lang)));
        }
        text = arena_printf(arena, "%.*s\n", STR_ARG(text));
    }
    return text;
}

static void show_consent(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, 0)) {
        return;
    }
    struct consent_view view = { .frame = apply_frame(request, &application, 1, NULL),
                                 .city = request_app(request)->city,
                                 .text = consent_text(request) };
    form_use(request, &consent_form);
    form_set_int(request, "version", view.frame.version);
    if (application.consent_at) {
        form_set(request, "consent", STR("yes"));
    }
    reply_page(request, 200, consent, &view);
}

static void consented(struct request *request, void *input)
{
    struct application_consent *consent = input;
    if (consent->apply.result == APPLY_REFUSED_CONSENT) {
        reply_problem(request, 200, T("您选择了不同意", "You chose not to consent"), consent_refused_text(),
                      T("没有任何部门收到您的信息。改变主意时，可随时回来继续填写。",
                        "No department was told anything. You may come back and go on at any time."));
    } else {
        apply_went(request, &consent->apply, "dwelling", "consent", show_consent);
    }
}

static void consent_post(struct request *request)
{
    if (!form_ok(request)) {
        show_consent(request);
        return;
    }
    struct application_consent *consent = ARENA_NEW(request_arena(request), struct application_consent);
    consent->apply = apply_head(request, request_param_int(request, "application"), form_int(request, "version"));
    consent->consents = form_is(request, "consent", "yes");
    consent->text = consent_text(request);
    run_command(request, "application.consent", application_consent_run, consent, consented);
}

/* ---- What is checked with whom ---- */

static const struct field step_fields[] = { VERSION_FIELD };
static const struct form step_form = FORM(step_fields);
const struct form papers_done_form = FORM(step_fields);

static void show_checks(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application) || !apply_editable(request, &application, PART_DWELLING)) {
        return;
    }
    struct checks_view view = { .frame = apply_frame(request, &application, 4, "claims") };
    struct error error;
    if (!fact_list(request_db(request), request_arena(request), request_app(request)->places, application.id,
                   &view.facts, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < view.n; i++) {
        view.waiting = view.waiting || str_is(view.facts[i].state, "queued");
    }
    form_use(request, &step_form);
    form_set_int(request, "version", view.frame.version);
    reply_page(request, 200, checks, &view);
}

static void stepped(struct request *request, void *input)
{
    struct application_step *step = input;
    apply_went(request, &step->apply, str_is(step->step, "checks") ? "choices" : "answers", NULL,
               str_is(step->step, "checks") ? show_checks : show_papers);
}

static void step_post(struct request *request, const char *name)
{
    struct application_step *step = ARENA_NEW(request_arena(request), struct application_step);
    step->apply = apply_head(request, request_param_int(request, "application"), 0);
    step->step = str_of(name);
    run_command(request, "application.step", application_step_run, step, stepped);
}

static void checks_post(struct request *request)
{
    struct application application;
    if (!apply_load(request, &application)) {
        return;
    }
    if (!str_is(application.state, "draft")) { /* a correction goes back to where it was asked for */
        reply_redirect_to(request, "/apply/%lld/status", (long long)application.id);
        return;
    }
    step_post(request, "checks");
}

void papers_done_post(struct request *request)
{
    step_post(request, "papers");
}

/* ---- Check your answers, submit ---- */

static const struct field submit_fields[] = {
    { .name = "true",
      .kind = FIELD_YES,
      .required = true,
      .label = T("我确认以上内容真实", "I confirm that all this is true"),
      .missing = T("请先确认以上内容真实。", "Please confirm that all this is true.") },
    { .name = "salt",
      .kind = FIELD_TEXT,
      .max = 32,
      .label = T("可选：写几个只有您知道的字或数字", "Optional: a few characters that only you know"),
      .hint = T("它会混进您的凭证，公布的名单因此谁也猜不出是您家的；不写也可以，系统会随机生成。",
                "They are mixed into your entry of the published list, so that nobody can tell that it is yours. Left "
                "empty, they are drawn at random.") },
    VERSION_FIELD,
};
static const struct form submit_form = FORM(submit_fields);

static void show_answers(struct request *request)
{
    struct application *application = ARENA_NEW(request_arena(request), struct application);
    if (!apply_load(request, application) || !apply_editable(request, application, 0)) {
        return;
    }
    struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct answers_view view = { .frame = apply_frame(request, application, 7, "papers"),
                                 .application = application,
                                 .city = app->city };
    struct paper *papers;
    struct error error;
    size_t kind = city_dwelling_index(app->city, application->claim_kind);
    if (!places_policy(app->places, db, application->policy, &view.policy, &error) ||
        !fact_list(db, request_arena(request), app->places, application->id, &view.facts, &view.nfacts, &error) ||
        !paper_list(db, request_arena(request), application->id, &papers, &view.npapers, &error) ||
        !together_list(db, request_arena(request), app->vault, app->places, application->id,
                       request_session(request)->account, &view.siblings, &view.nsiblings, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (kind != SIZE_MAX) {
        view.dwelling_kind = app->city->dwellings[kind].name;
    }
    form_use(request, &submit_form);
    form_set_int(request, "version", view.frame.version);
    reply_page(request, 200, answers, &view);
}

static const char *step_of_missing(enum apply_result result)
{
    switch (result) {
    case APPLY_CONSENT_MISSING:
        return "consent";
    case APPLY_DWELLING_MISSING:
        return "dwelling";
    case APPLY_CHOICES_MISSING:
        return "choices";
    default:
        return NULL;
    }
}

static void submitted(struct request *request, void *input)
{
    struct application_submit *submit = input;
    const char *missing = step_of_missing(submit->apply.result);
    if (missing) {
        reply_notice(request, "step-missing");
        reply_redirect_to(request, "/apply/%lld/%s", (long long)submit->apply.application, missing);
        return;
    }
    apply_went(request, &submit->apply, "receipt", NULL, show_answers);
}

static void submit_post(struct request *request)
{
    if (!form_ok(request)) {
        show_answers(request);
        return;
    }
    struct arena *arena = request_arena(request);
    struct application_submit *submit = ARENA_NEW(arena, struct application_submit);
    submit->apply = apply_head(request, request_param_int(request, "application"), form_int(request, "version"));
    struct str typed = form_value(request, "salt");
    if (typed.n) {
        /* 16 bytes of whatever was typed: the keyed hash keeps short words from being guessed by strangers. */
        submit->half_family = str_part(vault_hash_in(request_app(request)->vault, arena, "family.salt", typed), 0, 16);
    }
    run_command(request, "application.submit", application_submit_run, submit, submitted);
}

/* ---- Routes ---- */

/* Each page of the form shows what is known of the child: the first in a session is in the journal. */
#define READS(name)                                                                                                    \
    static void read_##name(struct request *request)                                                                   \
    {                                                                                                                  \
        reading(request, request_param_int(request, "application"), "form", show_##name);                              \
    }
READS(consent)
READS(dwelling)
READS(claims)
READS(checks)
READS(choices)
READS(papers)
READS(paper_upload)
READS(answers)

#define APPLY(verb, tail, handle, what, zh, en, ...)                                                                   \
    {                                                                                                                  \
        .method = verb, .path = "/apply/#application" tail, .roles = ROLE_FAMILY, .scope = scope_of_application,       \
        .handler = handle, .answer = what, .summary = T(zh, en), __VA_ARGS__                                           \
    }

const struct route apply_routes[] = {
    APPLY("GET", "", go_on, "redirect", "回到填写的地方", "Back to where the draft stands"),
    APPLY("GET", "/consent", read_consent, "page", "告知与同意", "Consent"),
    APPLY("POST", "/consent", consent_post, "redirect", "同意或不同意", "Consent or refuse", .form = &consent_form),
    APPLY("GET", "/dwelling", read_dwelling, "page", "住房", "The dwelling"),
    APPLY("POST", "/dwelling", dwelling_post, "redirect", "保存住房", "Keep the dwelling", .form = &dwelling_form),
    APPLY("GET", "/claims", read_claims, "page", "其他情况", "Other claims"),
    APPLY("POST", "/claims", claims_post, "redirect", "保存其他情况", "Keep the claims", .form = &claims_form),
    APPLY("GET", "/checks", read_checks, "page", "向哪些部门核验什么", "What is checked with whom"),
    APPLY("POST", "/checks", checks_post, "redirect", "继续", "Go on", .form = &step_form),
    APPLY("GET", "/choices", read_choices, "page", "志愿", "Choices"),
    APPLY("POST", "/choices", choices_post, "redirect", "保存志愿", "Keep the choices", .form = &choices_form),
    APPLY("POST", "/together", together_post, "redirect", "和兄弟姐妹同校", "Ask together with a brother or sister",
          .form = &together_form),
    APPLY("GET", "/papers", read_papers, "page", "材料", "Papers"),
    APPLY("POST", "/papers", papers_done_post, "redirect", "材料已齐", "Papers are complete",
          .form = &papers_done_form),
    APPLY("GET", "/papers/:check", read_paper_upload, "page", "上传材料", "Hand in a paper"),
    APPLY("POST", "/papers/:check", paper_upload_post, "redirect", "上传材料", "Hand in a paper", .form = &paper_form,
          .body_limit = LIMIT_UPLOAD_BYTES),
    APPLY("POST", "/papers/:check/remove", paper_remove_post, "redirect", "删除材料", "Take a paper back",
          .form = &papers_done_form),
    APPLY("GET", "/answers", read_answers, "page", "核对后提交", "Check your answers"),
    APPLY("POST", "/submit", submit_post, "redirect", "提交", "Submit", .form = &submit_form),
    { .method = "GET",
      .path = "/paper/#paper",
      .roles = ROLE_FAMILY | ROLE_SCHOOL | ROLE_COUNTY,
      .scope = scope_of_paper,
      .handler = show_paper,
      .answer = "file",
      .summary = T("查看材料", "See a paper") },
};
const size_t apply_route_count = sizeof apply_routes / sizeof *apply_routes;
