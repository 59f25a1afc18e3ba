/* Proposing: the form, the answers to check, and the command. What is proposed is checked three times: each field by
 * the form, the whole by change_check before the answers are shown, and again by the command on what is known then. */
#include "registry/pages/edit.h"

#include "base/clock.h"
#include "registry/pages/register_routes.h"

#include "register_edit.page.h"

/* ---- Results ---- */

struct text change_result_words(struct arena *arena, enum change_result result, struct str says)
{
    switch (result) {
    case CHANGE_OK:
        return T("已完成。", "Done.");
    case CHANGE_MISSING:
        return T("没有这项变更，或不在您的管理范围内。", "There is no such change, or it is not within your scope.");
    case CHANGE_NOT_YOURS:
        return T("这项变更不由您办理：学校维护自己的，县级确认；提出人不能确认自己提出的；划出本县的由市局确认。",
                 "This is not yours to do: a school keeps its own, the county confirms; nobody confirms what he or she "
                 "proposed; what leaves a county is confirmed by the city.");
    case CHANGE_DECIDED:
        return T("别人刚刚已经办理了，请看下面的最新状态。", "Somebody was quicker: see below how it stands now.");
    case CHANGE_OVERTAKEN:
        return (struct text){
            arena_printf(arena, "提出以后名录又有了新的登记，不能直接生效。请退回，按最新情况重新提出。（%.*s）",
                         STR_ARG(says))
                .p,
            arena_printf(arena,
                         "Something was recorded about it since this was proposed. Reject it, and let it be "
                         "proposed again on what is known now. (%.*s)",
                         STR_ARG(says))
                .p
        };
    case CHANGE_NOTHING:
        return T("和名录现在的内容完全一样，没有要改的。",
                 "The register says exactly this already: there is nothing to change.");
    case CHANGE_WRONG:
        break;
    }
    return (struct text){
        arena_printf(arena, "内容与名录不符，没有改动。（%.*s）", STR_ARG(says)).p,
        arena_printf(arena, "It does not fit what the register knows; nothing was changed. (%.*s)", STR_ARG(says)).p
    };
}

bool propose_run(struct writing *writing, void *input, struct error *error)
{
    struct proposing *proposing = input;
    struct str answer;
    bool is_new = false;
    struct error says = { "" };
    if (!once_claim(writing, proposing->key, proposing->who.account, &answer, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        int64_t said = 0;
        if (!str_to_int(answer, -100, INT64_MAX, &said)) {
            return error_set(error, "the first answer to this form is lost");
        }
        proposing->id = said > 0 ? said : 0;
        proposing->result = said > 0 ? CHANGE_OK : (enum change_result) - said;
        return true;
    }
    if (proposing->make && !proposing->make(writing->db, writing->arena, proposing, &says)) {
        proposing->result = CHANGE_WRONG;
    } else if (!change_propose(writing, &proposing->who, proposing->kind, proposing->division, proposing->institution,
                               proposing->steps, proposing->n, proposing->note, proposing->document, &proposing->id,
                               &proposing->result, &says)) {
        *error = says;
        return false;
    }
    proposing->says = arena_str(writing->arena, str_of(says.message));
    int64_t told = proposing->result == CHANGE_OK ? proposing->id : -(int64_t)proposing->result;
    return once_answer(writing, proposing->key, arena_printf(writing->arena, "%lld", (long long)told), error);
}

/* ---- What is edited ---- */

static bool is_school(const struct desk *desk)
{
    return desk->who.level == KEEPER_SCHOOL;
}

/* The thing of the URL as it stands, which the session may edit. NULL: the reply was made. */
static struct edit_view *edited(struct request *request, bool is_new)
{
    struct desk *desk = desk_of(request);
    const struct kind *kind = desk ? desk_kind(request, desk) : NULL;
    struct db *db = kind ? request_db(request) : NULL;
    struct error error = { "" };
    bool found = false;
    if (!db) {
        return NULL;
    }
    struct edit_view *view = ARENA_NEW(desk->arena, struct edit_view);
    *view = (struct edit_view){ .desk = desk, .kind = kind, .is_new = is_new, .code = request_param(request, "code") };
    if (is_new) {
        view->fact.division = desk->who.scope;
        view->fact.institution = is_school(desk) ? desk->who.institution : 0;
        view->action = arena_printf(desk->arena, "/register/%s/new", kind->name);
        if (kind->names_persons || desk->who.level < kind->proposes || (is_school(desk) && !kind->has_institution)) {
            reply_forbidden(request);
            return NULL;
        }
        return view;
    }
    if (!facts_one(db, desk->arena, kind, view->code, desk->as_of, &view->known, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found || !desk_sees(desk, kind, view->known.division, view->known.institution)) {
        reply_not_found(request);
        return NULL;
    }
    if (!change_may_propose(kind, &desk->who, view->known.division, view->known.institution)) {
        reply_forbidden(request);
        return NULL;
    }
    view->code = view->known.code;
    view->fact = view->known;
    view->name = fact_name(kind, &view->known);
    view->action = arena_printf(desk->arena, "/register/%s/%.*s/edit%.*s", kind->name,
                                STR_ARG(desk_encode(desk->arena, view->code)), STR_ARG(desk->query));
    return view;
}

static void edit_read(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct edit_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, form_ok(request) || !request_is_post(request) ? 200 : 422, register_edit, view);
}

static void show_view(struct request *request, struct edit_view *view)
{
    if (view->kind->names_persons) {
        struct reading_of reading = { view->kind, view->known.subject, view->known.division, STR("edit") };
        desk_reading(request, &reading, edit_read, view);
        return;
    }
    edit_read(request, true, &(struct error){ "" }, view);
}

static const struct form *form_of_kind(struct request *request, bool is_new)
{
    const struct kind *kind = kind_named(request_param(request, "kind"));
    const struct session *session = request_session(request);
    bool school = !session || !(session->roles & (ROLE_COUNTY | ROLE_CITY));
    return kind ? edit_form(request_arena(request), kind, is_new, school) : NULL;
}

static const struct form *new_form(struct request *request)
{
    return form_of_kind(request, true);
}

static const struct form *change_form(struct request *request)
{
    return form_of_kind(request, false);
}

/* ---- The form ---- */

static void show_edit(struct request *request, bool is_new)
{
    struct edit_view *view = edited(request, is_new);
    if (!view) {
        return;
    }
    const struct desk *desk = view->desk;
    view->form = form_of_kind(request, is_new);
    form_use(request, view->form);
    form_set_day(request, "from", desk->as_of.day);
    edit_fill(request, view->kind, &view->fact, desk);
    if (view->known.institution && view->kind->has_institution) {
        struct str code;
        (void)desk_institution(request_db(request), desk, view->known.institution, &code);
        form_set(request, "of", code);
    }
    show_view(request, view);
}

static void show_new(struct request *request)
{
    show_edit(request, true);
}

static void show_change(struct request *request)
{
    show_edit(request, false);
}

/* ---- What was sent ---- */

/* The field at which a mistake is told; NULL: of the whole form. */
static const char *field_of(const struct edit_view *view, const struct fact_mistake *mistake)
{
    static const char *const names[] = { [MISTAKE_COLUMN] = NULL,
                                         [MISTAKE_CODE] = "code",
                                         [MISTAKE_DAYS] = "until",
                                         [MISTAKE_DIVISION] = "division",
                                         [MISTAKE_INSTITUTION] = "of" };
    return mistake->column >= 0 ? view->kind->columns[mistake->column].name : names[mistake->of];
}

/* The institution of ?of=, the code of a new thing: what the form alone cannot know. */
static bool look_up(struct request *request, struct db *db, struct edit_view *view, struct error *error)
{
    bool found = false;
    int64_t id = 0;
    struct str code = form_value(request, "code"), of = form_value(request, "of");
    if (view->is_new && code.n) {
        view->fact.code = code;
        if (!facts_subject_of(db, view->kind, code, &id, &found, error)) {
            return false;
        }
        if (found) {
            form_error(request, "code",
                       T("这个代码已经有了，请到它的页面上修改。",
                         "There is a thing with this code already: edit it on its own page."));
        }
    }
    if (view->kind->has_institution && of.n) {
        if (!facts_subject_of(db, &KIND_LIST[KIND_INSTITUTION], of, &id, &found, error)) {
            return false;
        }
        view->fact.institution = found ? id : 0;
    }
    if (view->kind->id == KIND_DIVISION && view->is_new) {
        view->fact.division = code;
    }
    return true;
}

static bool check(struct request *request, struct db *db, struct edit_view *view, struct error *error)
{
    struct fact_mistake *mistakes = NULL;
    size_t n = 0;
    edit_fact(request, view->kind, &view->fact);
    if (!look_up(request, db, view, error)) {
        return false;
    }
    if (!form_ok(request)) {
        return true;
    }
    if (!change_check(db, view->desk->arena, view->kind, &view->fact, &mistakes, &n, error)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        form_error(request, field_of(view, &mistakes[i]),
                   T(arena_str(view->desk->arena, mistakes[i].says.zh).p,
                     arena_str(view->desk->arena, mistakes[i].says.en).p));
    }
    if (form_ok(request) &&
        !change_may_propose(view->kind, &view->desk->who, view->fact.division, view->fact.institution)) {
        form_error(request, view->kind->id == KIND_DIVISION ? NULL : "division",
                   T("不在您的管理范围内", "This is not within your scope"));
    }
    return true;
}

static void show_answers(struct request *request, struct db *db, struct edit_view *view)
{
    struct fact after = view->fact;
    after.id = -1; /* not recorded yet, but something */
    view->page = EDIT_CHECK;
    view->changed = changed_cells(db, view->desk, view->kind, &view->known, &after, &view->nchanged);
    view->from = form_value(request, "from");
    view->until = form_value(request, "until");
    view->why = form_value(request, "why");
    view->paper = form_value(request, "paper");
    show_view(request, view);
}

struct sending {
    struct proposing proposing;
    struct edit_view *view;
};

static void sent(struct request *request, bool ok, const struct error *error, void *context)
{
    struct sending *sending = context;
    const struct proposing *proposing = &sending->proposing;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (proposing->result == CHANGE_OK) {
        reply_notice(request, "register-proposed");
        reply_redirect_to(request, "/register/changes/%lld", (long long)proposing->id);
        return;
    }
    form_error(request, NULL, change_result_words(request_arena(request), proposing->result, proposing->says));
    show_view(request, sending->view);
}

static void propose(struct request *request, struct edit_view *view, enum step_act act)
{
    struct arena *arena = request_arena(request);
    struct sending *sending = ARENA_NEW(arena, struct sending);
    struct change_step *step = ARENA_NEW(arena, struct change_step);
    *step = (struct change_step){ .act = act, .kind = view->kind->id, .fact = view->fact, .of = STR("") };
    sending->view = view;
    sending->proposing = (struct proposing){ .who = view->desk->who,
                                             .key = request_form_key(request),
                                             .kind = str_of(view->kind->name),
                                             .division = view->fact.division,
                                             .institution = view->fact.institution,
                                             .steps = step,
                                             .n = 1,
                                             .note = form_value(request, "why"),
                                             .document = form_value(request, "paper") };
    request_command(request, "register.propose", propose_run, &sending->proposing, sent, sending);
}

static void post_edit(struct request *request, bool is_new)
{
    struct edit_view *view = edited(request, is_new);
    struct db *db = view ? request_db(request) : NULL;
    struct error error = { "" };
    if (!db) {
        return;
    }
    view->form = form_of_kind(request, is_new);
    if (!check(request, db, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!form_ok(request) || form_is(request, "act", "edit")) {
        show_view(request, view);
    } else if (form_is(request, "act", "send")) {
        propose(request, view, STEP_RECORD);
    } else {
        show_answers(request, db, view);
    }
}

static void post_new(struct request *request)
{
    post_edit(request, true);
}

static void post_change(struct request *request)
{
    post_edit(request, false);
}

/* ---- The end of a thing ---- */

static const struct field end_fields[] = {
    { .name = "from",
      .kind = FIELD_DATE,
      .required = true,
      .label = T("从哪一天起不再有", "From which day is it no more?") },
    { .name = "why",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("为什么", "Why?"),
      .hint = T("不要写个人信息", "No personal data, please") },
    { .name = "paper", .kind = FIELD_TEXT, .max = 200, .label = T("依据文件", "Paper") },
};
static const struct form end_form = FORM(end_fields);

static struct edit_view *ended(struct request *request)
{
    struct edit_view *view = edited(request, false);
    if (view) {
        view->ends = true;
        view->form = &end_form;
        view->action = arena_printf(view->desk->arena, "/register/%s/%.*s/end%.*s", view->kind->name,
                                    STR_ARG(desk_encode(view->desk->arena, view->code)), STR_ARG(view->desk->query));
    }
    return view;
}

static void show_end(struct request *request)
{
    struct edit_view *view = ended(request);
    struct str into = request_query(request, "into");
    if (!view) {
        return;
    }
    form_use(request, &end_form);
    form_set_day(request, "from", view->desk->as_of.day);
    if (into.n) { /* one of two that are the same: the note says which goes on */
        form_set(request, "why",
                 arena_printf(view->desk->arena,
                              view->desk->lang == LANG_EN ? "Recorded twice: %.*s goes on" : "重复登记，保留 %.*s",
                              STR_ARG(str_part(into, 0, 60))));
    }
    show_view(request, view);
}

static void post_end(struct request *request)
{
    struct edit_view *view = ended(request);
    int64_t day = 0;
    if (!view) {
        return;
    }
    if (!form_ok(request) || !form_day(request, "from", &day)) {
        show_view(request, view);
        return;
    }
    view->fact.valid_from = day;
    view->fact.valid_until = DAY_OPEN;
    propose(request, view, STEP_END);
}

const struct route register_edit_routes[] = {
    { .method = "GET",
      .path = "/register/:kind/new",
      .roles = REGISTER_ROLES,
      .handler = show_new,
      .answer = "page",
      .summary = T("登记新的", "Add a thing") },
    { .method = "POST",
      .path = "/register/:kind/new",
      .roles = REGISTER_ROLES,
      .form_of = new_form,
      .handler = post_new,
      .answer = "page",
      .summary = T("核对后提出登记", "Check the answers, then propose it") },
    { .method = "GET",
      .path = "/register/:kind/:code/edit",
      .roles = REGISTER_ROLES,
      .handler = show_change,
      .answer = "page",
      .summary = T("提出修改", "Propose a change") },
    { .method = "POST",
      .path = "/register/:kind/:code/edit",
      .roles = REGISTER_ROLES,
      .form_of = change_form,
      .handler = post_change,
      .answer = "page",
      .summary = T("核对后提出修改", "Check the answers, then propose it") },
    { .method = "GET",
      .path = "/register/:kind/:code/end",
      .roles = REGISTER_ROLES,
      .handler = show_end,
      .answer = "page",
      .summary = T("登记结束", "A thing is no more") },
    { .method = "POST",
      .path = "/register/:kind/:code/end",
      .roles = REGISTER_ROLES,
      .form = &end_form,
      .handler = post_end,
      .answer = "redirect",
      .summary = T("提出结束", "Propose its end") },
};
const size_t register_edit_route_count = sizeof register_edit_routes / sizeof *register_edit_routes;
