/* /register/changes: what waits, and one change as a difference with what can be done with it. */
#include "registry/pages/changes.h"

#include "registry/pages/register_routes.h"

#include "register_change.page.h"
#include "register_changes.page.h"

static const char *const state_names[] = { "proposed", "confirmed", "rejected", "withdrawn", "undone" };

/* ---- The list ---- */

static bool load_changes(struct db *db, void *context, struct error *error)
{
    struct changes_view *view = context;
    const struct desk *desk = view->desk;
    struct change *changes = NULL;
    size_t n = 0;
    if (!change_list(db, desk->arena, desk->who.scope, desk->who.institution, view->shown, view->next,
                     CHANGES_SHOWN + 1, &changes, &n, error)) {
        return false;
    }
    view->next = n > CHANGES_SHOWN ? changes[CHANGES_SHOWN - 1].id : 0;
    n = n > CHANGES_SHOWN ? CHANGES_SHOWN : n;
    view->rows = ARENA_ARRAY(desk->arena, struct change_row, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        struct change_row *row = &view->rows[view->n++];
        struct str code;
        *row = (struct change_row){ .id = changes[i].id,
                                    .what = kind_change_words(desk, changes[i].kind),
                                    .division = desk_division(db, desk, changes[i].division),
                                    .institution = desk_institution(db, desk, changes[i].institution, &code),
                                    .note = changes[i].note,
                                    .at = changes[i].decided_at ? changes[i].decided_at : changes[i].proposed_at };
        row->state = change_state_words(changes[i].state, &row->colour);
    }
    return true;
}

static void changes_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct changes_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_changes, view);
}

static void show_changes(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (!desk) {
        return;
    }
    struct changes_view *view = ARENA_NEW(desk->arena, struct changes_view);
    *view = (struct changes_view){ .desk = desk,
                                   .state = request_query(request, "state"),
                                   .shown = -1,
                                   .next = request_query_int(request, "before", 0) };
    for (int i = 0; i < (int)(sizeof state_names / sizeof *state_names); i++) {
        if (str_is(view->state, state_names[i])) {
            view->shown = i;
        }
    }
    if (!desk->who.scope.n) {
        changes_loaded(request, true, &(struct error){ "" }, view);
        return;
    }
    desk_load(request, true, load_changes, changes_loaded, view);
}

/* ---- Steps ---- */

static void count_step(struct steps_shown *out, const struct change_step *step)
{
    size_t i = 0;
    while (i < out->ncounts && out->counts[i].kind->id != step->kind) {
        i++;
    }
    if (i == out->ncounts) {
        out->counts[out->ncounts++] = (struct step_count){ .kind = &KIND_LIST[step->kind] };
    }
    *(step->act == STEP_END ? &out->counts[i].ends : &out->counts[i].records) += 1;
    out->total++;
}

bool steps_show(struct db *db, const struct desk *desk, const struct change_step *steps, size_t n, bool persons,
                int64_t then, struct steps_shown *out, struct error *error)
{
    *out = (struct steps_shown){ .rows = ARENA_ARRAY(desk->arena, struct step_row, STEPS_SHOWN) };
    for (size_t i = 0; i < n; i++) {
        const struct change_step *step = &steps[i];
        const struct kind *kind = &KIND_LIST[step->kind];
        struct fact before = { 0 }, after = step->fact;
        bool found = false;
        count_step(out, step);
        if ((kind->names_persons && !persons) || out->n == STEPS_SHOWN) {
            continue;
        }
        struct as_of as_of = { step->fact.valid_from, then };
        if (step->fact.subject
                ? !facts_of_subject(db, desk->arena, kind, step->fact.subject, as_of, &before, &found, error)
                : !facts_one(db, desk->arena, kind, step->fact.code, as_of, &before, &found, error)) {
            return false;
        }
        before = found ? before : (struct fact){ 0 };
        after.id = -1;
        struct step_row *row = &out->rows[out->n++];
        struct str code = step->fact.code.n ? step->fact.code : before.code;
        *row = (struct step_row){ .act = step->act,
                                  .kind = kind,
                                  .code = code,
                                  .href = desk_thing(desk, kind, code),
                                  .span = desk_span(desk, &step->fact),
                                  .is_new = !found && step->act == STEP_RECORD,
                                  .name = found ? desk_name(desk, kind, &before) : desk_name(desk, kind, &after) };
        if (step->act == STEP_RECORD) {
            row->cells = changed_cells(db, desk, kind, &before, &after, &row->n);
        }
    }
    return true;
}

/* A change that was recorded at once has no steps: what it recorded says what it did. */
static bool recorded_steps(struct db *db, const struct desk *desk, const struct change *change,
                           struct change_step **steps, size_t *n, struct error *error)
{
    *steps = NULL;
    *n = 0;
    for (size_t k = 0; k < KINDS; k++) {
        struct fact *facts = NULL;
        size_t count = 0;
        if (!facts_of_change(db, desk->arena, &KIND_LIST[k], change->id, STEPS_SHOWN, &facts, &count, error)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            *steps = arena_grow(desk->arena, *steps, *n, sizeof **steps);
            (*steps)[(*n)++] = (struct change_step){ .act = STEP_RECORD, .kind = KIND_LIST[k].id, .fact = facts[i] };
        }
    }
    return true;
}

/* ---- One change ---- */

static enum scope_result scope_of_change(struct request *request, struct subject *subject)
{
    struct db *db = request_db(request);
    struct change change;
    bool found = false;
    struct error error;
    if (!db ||
        !change_read(db, request_arena(request), request_param_int(request, "change"), &change, &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->division = change.division;
    subject->institution = change.institution;
    return SCOPE_OK;
}

static bool account_called(struct db *db, const struct desk *desk, int64_t id, struct str *name, struct error *error)
{
    struct account account;
    bool found = false;
    if (id && !account_get(db, desk->arena, desk->app->vault, id, &account, &found, error)) {
        return false;
    }
    *name = found ? account.name : desk->lang == LANG_EN ? STR("the program") : STR("程序");
    return true;
}

/* What the session may do with it, as far as can be told before it is done. */
static void choose_acts(struct change_view *view, const struct change_step *steps, size_t n)
{
    const struct desk *desk = view->desk;
    enum keeper proposes, confirms;
    change_keepers(view->change.kind, &proposes, &confirms);
    for (size_t i = 0; i < n; i++) {
        proposes = KIND_LIST[steps[i].kind].proposes > proposes ? KIND_LIST[steps[i].kind].proposes : proposes;
    }
    bool level = desk->keeps && desk->who.level >= confirms && desk->who.level > KEEPER_SCHOOL;
    view->own = view->change.proposed_by == desk->who.account;
    view->may_withdraw = view->own && view->change.state == CHANGE_PROPOSED;
    view->may_decide = level && view->change.state == CHANGE_PROPOSED &&
                       (!view->own || (desk->who.level == KEEPER_CITY && proposes == KEEPER_CITY));
    view->may_undo = level && view->change.state == CHANGE_CONFIRMED && !str_is(view->change.kind, "undo");
}

static bool load_change(struct db *db, void *context, struct error *error)
{
    struct change_view *view = context;
    const struct desk *desk = view->desk;
    struct change_step *steps = NULL;
    size_t n = 0;
    bool found = false;
    if (!change_read(db, desk->arena, view->change.id, &view->change, &found, error) ||
        !change_steps(desk->arena, view->change.body, &steps, &n, error)) {
        return false;
    }
    if (n == 0 && !recorded_steps(db, desk, &view->change, &steps, &n, error)) {
        return false;
    }
    const struct kind *kind = kind_named(view->change.kind);
    bool import = str_is(view->change.kind, "import");
    view->persons = kind && kind->names_persons ? kind : NULL;
    for (size_t i = 0; i < n && import && !view->persons; i++) {
        view->persons = KIND_LIST[steps[i].kind].names_persons ? &KIND_LIST[steps[i].kind] : NULL;
    }
    bool done = view->change.state == CHANGE_CONFIRMED || view->change.state == CHANGE_UNDONE;
    view->what = kind_change_words(desk, view->change.kind);
    view->state = change_state_words(view->change.state, &view->colour);
    view->division = desk_division(db, desk, view->change.division);
    view->institution = desk_institution(db, desk, view->change.institution, &view->institution_code);
    choose_acts(view, steps, n);
    return account_called(db, desk, view->change.proposed_by, &view->proposed_by, error) &&
           account_called(db, desk, view->change.decided_by, &view->decided_by, error) &&
           steps_show(db, desk, steps, n, view->persons != NULL, done ? view->change.decided_at - 1 : MOMENT_OPEN,
                      &view->steps, error);
}

static const struct field reason_fields[] = {
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("原因", "Why?"),
      .hint = T("提出人会看到；不要写个人信息", "Who proposed it reads it; no personal data, please") },
};
static const struct form reason_form = FORM(reason_fields);

static void change_read_page(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct change_view *view = context;
    (void)ok;
    (void)error;
    if (!request_is_post(request)) {
        form_use(request, &reason_form);
    }
    reply_page(request, request_is_post(request) ? 422 : 200, register_change, view);
}

static void change_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct change_view *view = context;
    if (view->persons) {
        struct reading_of reading = { view->persons, 0, view->change.division,
                                      arena_printf(view->desk->arena, "change %lld", (long long)view->change.id) };
        desk_reading(request, &reading, change_read_page, context);
        return;
    }
    change_read_page(request, ok, error, context);
}

static void show_change(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (!desk) {
        return;
    }
    struct change_view *view = ARENA_NEW(desk->arena, struct change_view);
    *view = (struct change_view){ .desk = desk, .change = { .id = request_param_int(request, "change") } };
    desk_load(request, true, load_change, change_loaded, view);
}

/* ---- Deciding ---- */

enum decision { DECIDE_CONFIRM, DECIDE_REJECT, DECIDE_WITHDRAW, DECIDE_UNDO };

struct deciding {
    struct keeper_of who;
    struct str key, reason;
    enum decision decision;
    int64_t change;
    enum change_result result;
    struct str says;
};

static bool decide(struct writing *writing, struct deciding *deciding, struct error *error)
{
    switch (deciding->decision) {
    case DECIDE_CONFIRM:
        return change_confirm(writing, &deciding->who, deciding->change, &deciding->result, error);
    case DECIDE_REJECT:
        return change_reject(writing, &deciding->who, deciding->change, deciding->reason, &deciding->result, error);
    case DECIDE_WITHDRAW:
        return change_withdraw(writing, &deciding->who, deciding->change, &deciding->result, error);
    case DECIDE_UNDO:
        break;
    }
    return change_undo(writing, &deciding->who, deciding->change, deciding->reason, &deciding->result, error);
}

static bool decide_run(struct writing *writing, void *input, struct error *error)
{
    struct deciding *deciding = input;
    struct str answer;
    bool is_new = false;
    struct error says = { "" };
    if (!once_claim(writing, deciding->key, deciding->who.account, &answer, &is_new, error)) {
        return false;
    }
    if (!is_new) {
        int64_t said = 0;
        if (!str_to_int(answer, 0, CHANGE_WRONG, &said)) {
            return error_set(error, "the first answer to this form is lost");
        }
        deciding->result = (enum change_result)said;
        return true;
    }
    if (!decide(writing, deciding, &says)) {
        *error = says;
        return false;
    }
    deciding->says = arena_str(writing->arena, str_of(says.message));
    return once_answer(writing, deciding->key, arena_printf(writing->arena, "%d", (int)deciding->result), error);
}

static void decided(struct request *request, bool ok, const struct error *error, void *context)
{
    static const char *const notices[] = { "register-confirmed", "register-rejected", "register-withdrawn",
                                           "register-undone" };
    const struct deciding *deciding = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (deciding->result == CHANGE_OK) {
        reply_notice(request, notices[deciding->decision]);
        reply_redirect_to(request, "/register/changes/%lld", (long long)deciding->change);
        return;
    }
    form_use(request, &reason_form);
    form_error(request, NULL, change_result_words(request_arena(request), deciding->result, deciding->says));
    show_change(request);
}

static void post_decision(struct request *request, enum decision decision, bool reason)
{
    struct desk *desk = desk_of(request);
    if (!desk) {
        return;
    }
    if (reason && !form_ok(request)) {
        show_change(request);
        return;
    }
    struct deciding *deciding = ARENA_NEW(desk->arena, struct deciding);
    *deciding = (struct deciding){ .who = desk->who,
                                   .key = request_form_key(request),
                                   .reason = reason ? form_value(request, "reason") : STR(""),
                                   .decision = decision,
                                   .change = request_param_int(request, "change") };
    request_command(request, "register.decide", decide_run, deciding, decided, deciding);
}

static void post_confirm(struct request *request)
{
    post_decision(request, DECIDE_CONFIRM, false);
}

static void post_reject(struct request *request)
{
    post_decision(request, DECIDE_REJECT, true);
}

static void post_withdraw(struct request *request)
{
    post_decision(request, DECIDE_WITHDRAW, false);
}

static void post_undo(struct request *request)
{
    post_decision(request, DECIDE_UNDO, true);
}

const struct route register_change_routes[] = {
    { .method = "GET",
      .path = "/register/changes",
      .roles = REGISTER_READERS,
      .handler = show_changes,
      .answer = "page",
      .summary = T("名录的变更：待确认和已办的", "Changes of the register: what waits, what was decided") },
    { .method = "GET",
      .path = "/register/changes/#change",
      .roles = REGISTER_READERS,
      .scope = scope_of_change,
      .handler = show_change,
      .answer = "page",
      .summary = T("一项变更，逐项对比", "One change as a difference") },
    { .method = "POST",
      .path = "/register/changes/#change/confirm",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .scope = scope_of_change,
      .handler = post_confirm,
      .answer = "redirect",
      .summary = T("确认变更", "Confirm a change") },
    { .method = "POST",
      .path = "/register/changes/#change/reject",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .scope = scope_of_change,
      .form = &reason_form,
      .handler = post_reject,
      .answer = "redirect",
      .summary = T("退回变更", "Reject a change") },
    { .method = "POST",
      .path = "/register/changes/#change/withdraw",
      .roles = REGISTER_ROLES,
      .scope = scope_of_change,
      .handler = post_withdraw,
      .answer = "redirect",
      .summary = T("撤下自己提出的变更", "Withdraw what one proposed") },
    { .method = "POST",
      .path = "/register/changes/#change/undo",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .scope = scope_of_change,
      .form = &reason_form,
      .handler = post_undo,
      .answer = "redirect",
      .summary = T("撤回已生效的变更", "Undo a confirmed change") },
};
const size_t register_change_route_count = sizeof register_change_routes / sizeof *register_change_routes;
