/* One return: its form for the school, its values and trace for who looks, the decision of the level above. The fields
 * are data, so the form of the page is made for each request. */
#include "registry/pages/returns_inside.h"

#include "base/clock.h"
#include "city/city.h"
#include "registry/registry.h"

#include "returns_form.page.h"

#include <string.h>

static const struct option yes_no[] = { { "1", T("是", "Yes"), { 0 } }, { "0", T("否", "No"), { 0 } } };

static const struct field decision_fields[] = {
    { .name = "act", .kind = FIELD_HIDDEN, .required = true, .max = 12, .label = T("决定", "Decision") },
    { .name = "reason",
      .kind = FIELD_LONG,
      .max = RETURN_NOTE_MOST,
      .label = T("退回原因", "Why it is sent back"),
      .hint = T("学校会看到。不写个人信息。", "The school reads it. No personal data.") },
};
const struct form returns_decision_form = FORM(decision_fields);

/* ---- The form of a return ---- */

static const char *field_name(struct arena *arena, const struct return_field *field)
{
    return arena_printf(arena, "f_%.*s", STR_ARG(field->id)).p;
}

static struct text text_from(struct arena *arena, struct name name)
{
    return (struct text){ arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN)) };
}

static struct text label_of(struct arena *arena, const struct return_field *field)
{
    if (!field->unit.zh.n) {
        return text_from(arena, field->type == RETURN_SHARE
                                    ? (struct name){ arena_printf(arena, "%.*s（%%）", STR_ARG(field->name.zh)),
                                                     arena_printf(arena, "%.*s (%%)", STR_ARG(field->name.en)) }
                                    : field->name);
    }
    return (struct text){ arena_printf(arena, "%.*s（%.*s）", STR_ARG(field->name.zh), STR_ARG(field->unit.zh)).p,
                          arena_printf(arena, "%.*s (%.*s)", STR_ARG(field->name.en), STR_ARG(field->unit.en)).p };
}

static const struct form *form_for(struct arena *arena, const struct return_form *form)
{
    struct field *fields = ARENA_ARRAY(arena, struct field, form->nfields + 2);
    struct form *out = ARENA_NEW(arena, struct form);
    for (size_t i = 0; i < form->nfields; i++) {
        const struct return_field *from = &form->fields[i];
        fields[i] = (struct field){ .name = field_name(arena, from),
                                    .kind = from->type == RETURN_YES    ? FIELD_CHOICE
                                            : from->type == RETURN_TEXT ? FIELD_LONG
                                                                        : FIELD_TEXT,
                                    .max = from->type == RETURN_TEXT ? from->most : 20,
                                    .width = from->type == RETURN_TEXT ? 0 : 10,
                                    .label = label_of(arena, from),
                                    .hint = text_from(arena, from->hint) };
        if (from->type == RETURN_YES) {
            fields[i].options = yes_no;
            fields[i].option_count = 2;
        }
    }
    fields[form->nfields] =
        (struct field){ .name = "note",
                        .kind = FIELD_LONG,
                        .max = RETURN_NOTE_MOST,
                        .label = T("说明", "A word of explanation"),
                        .hint = T("有提示时说明情况；更正时写明为什么。不写个人信息。",
                                  "Where something is unusual, or why it is corrected. No personal data.") };
    fields[form->nfields + 1] =
        (struct field){ .name = "act", .kind = FIELD_HIDDEN, .max = 8, .label = T("步骤", "Step") };
    *out = (struct form){ fields, form->nfields + 2 };
    return out;
}

const struct form *returns_form_of(struct request *request)
{
    const struct city *city = request_app(request)->city;
    for (size_t i = 0; i < city->nreturns; i++) {
        if (str_eq(city->returns[i]->id, request_param(request, "form"))) {
            return form_for(request_arena(request), city->returns[i]);
        }
    }
    return NULL;
}

struct str return_shown(struct arena *arena, const struct return_field *field, const struct return_values *values,
                        size_t i, enum lang lang)
{
    struct str text = return_text(arena, field, values, i);
    if (!values->has[i]) {
        return STR("—");
    }
    if (field->type == RETURN_YES) {
        return str_of(text_in(yes_no[values->number[i] ? 0 : 1].label, lang));
    }
    struct str unit = field->type == RETURN_SHARE ? STR("%") : field->unit.zh.n ? name_in(field->unit, lang) : STR("");
    return unit.n ? arena_printf(arena, "%.*s %.*s", STR_ARG(text), STR_ARG(unit)) : text;
}

/* ---- Reading ---- */

enum scope_result returns_subject(struct request *request, struct subject *subject)
{
    struct institution institution;
    struct error error = { "" };
    bool found = false;
    struct db *db = request_db(request);
    if (!db ||
        !registry_institution(db, request_arena(request), request_param_int(request, "institution"), &institution,
                              &found, &error) ||
        !found) {
        return SCOPE_NOT_FOUND;
    }
    subject->institution = institution.id;
    subject->division = institution.division;
    return SCOPE_OK;
}

/* NULL: the reply was made. */
static struct returns_view *view_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct session *session = request_session(request);
    struct returns_view *view = ARENA_NEW(arena, struct returns_view);
    struct error error = { "" };
    bool found = false;
    int64_t institution = request_param_int(request, "institution");
    view->today = day_of_ms(clock_ms());
    struct db *db = request_db(request);
    if (!db || !returns_asked(request, &view->form, &view->period)) {
        return NULL;
    }
    bool good =
        returns_one(db, arena, view->form, &view->period, institution, view->today, &view->filing, &found, &error) &&
        (!found || (returns_last(db, arena, view->form, &view->period, institution, &view->last, &error) &&
                    returns_trace(db, arena, view->form, view->filing.id, &view->steps, &view->nsteps, &error)));
    if (!good || !found) {
        if (good) {
            reply_not_found(request);
        } else {
            reply_failed(request, &error);
        }
        return NULL;
    }
    view->period_name = return_period_name(arena, view->form, &view->period);
    view->edits = (session->roles & ROLE_SCHOOL) && session->institution == institution;
    view->decides = (session->roles & RETURNS_DECIDERS) && view->filing.state == FILING_SUBMITTED;
    view->action =
        arena_printf(arena, "/returns/%.*s/%s/%lld", STR_ARG(view->form->id), view->period.id, (long long)institution)
            .p;
    return view;
}

void returns_show(struct request *request)
{
    struct returns_view *view = view_of(request);
    struct arena *arena = request_arena(request);
    struct error error = { "" };
    if (!view) {
        return;
    }
    bool begun = view->filing.state != FILING_NONE;
    if (view->edits && !begun &&
        !returns_prefill(request_db(request), arena, view->form, &view->period, view->filing.institution, view->today,
                         &view->filing.values, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (view->edits) {
        form_use(request, form_for(arena, view->form));
        for (size_t i = 0; i < view->form->nfields; i++) {
            form_set(request, field_name(arena, &view->form->fields[i]),
                     return_text(arena, &view->form->fields[i], &view->filing.values, i));
        }
    } else if (view->decides) {
        form_use(request, &returns_decision_form);
    }
    reply_page(request, 200, returns_form, view);
}

/* ---- Handing in ---- */

struct doing {
    struct return_act act;
    struct returns_view *view;
    struct str key;
    enum { DO_SAVE, DO_SEND, DO_ACCEPT, DO_SEND_BACK } what;
    enum return_result result;
    bool again;
};

static bool do_run(struct writing *writing, void *input, struct error *error)
{
    struct doing *doing = input;
    struct str answer;
    bool is_new;
    if (!once_claim(writing, doing->key, doing->act.account, &answer, &is_new, error)) {
        return false;
    }
    doing->again = !is_new;
    doing->result = RETURN_DONE;
    if (!is_new) {
        return true;
    }
    switch (doing->what) {
    case DO_SAVE:
        return returns_save(writing, &doing->act, &doing->result, error);
    case DO_SEND:
        return returns_hand_in(writing, &doing->act, &doing->result, error);
    case DO_ACCEPT:
        return returns_accept(writing, &doing->act, &doing->result, error);
    case DO_SEND_BACK:
        return returns_send_back(writing, &doing->act, &doing->result, error);
    }
    return true;
}

static void done(struct request *request, bool ok, const struct error *error, void *context)
{
    struct doing *doing = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (doing->result == RETURN_NEEDS_NOTE) {
        form_error(request, doing->what == DO_SEND ? "note" : "reason", T("请写明原因", "Write why"));
        reply_page(request, 422, returns_form, doing->view);
        return;
    }
    if (doing->result == RETURN_NOT_NOW || doing->result == RETURN_SAME) {
        form_error(request, NULL,
                   doing->result == RETURN_SAME
                       ? T("内容没有变化。", "Nothing is different.")
                       : T("它刚刚有了变化，请打开最新内容再看。", "It has changed just now; open it again."));
        reply_page(request, 422, returns_form, doing->view);
        return;
    }
    reply_notice(request, doing->what == DO_SAVE ? "saved" : "done");
    reply_redirect(request,
                   doing->what == DO_SAVE || doing->view->decides ? str_of(doing->view->action) : STR("/returns"));
}

static struct doing *doing_of(struct request *request, struct returns_view *view)
{
    const struct session *session = request_session(request);
    struct arena *arena = request_arena(request);
    struct doing *doing = ARENA_NEW(arena, struct doing);
    *doing = (struct doing){ .view = view,
                             .key = request_form_key(request),
                             .act = { .form = view->form,
                                      .period = view->period,
                                      .institution = view->filing.institution,
                                      .division = view->filing.division,
                                      .role = str_of(accounts_role_name(session->roles, ROLE_SCHOOL | RETURNS_LEVELS)),
                                      .account = session->account,
                                      .values = view->filing.values } };
    return doing;
}

static void take_values(struct request *request, struct returns_view *view)
{
    struct arena *arena = request_arena(request);
    memset(&view->filing.values, 0, sizeof view->filing.values);
    for (size_t i = 0; i < view->form->nfields; i++) {
        const char *name = field_name(arena, &view->form->fields[i]);
        struct name says;
        if (!return_value_of(arena, &view->form->fields[i], form_value(request, name), &view->filing.values, i,
                             &says)) {
            form_error(request, name, text_from(arena, says));
        }
    }
}

/* Errors stand beside their fields; warnings ask for a word of explanation. */
static void take_problems(struct request *request, struct returns_view *view)
{
    struct arena *arena = request_arena(request);
    bool warned = false;
    view->nproblems = returns_check(view->form, &view->filing.values, &view->last, view->problems);
    for (size_t i = 0; i < view->nproblems; i++) {
        const struct return_problem *problem = &view->problems[i];
        if (!problem->warning) {
            form_error(request, field_name(arena, &view->form->fields[problem->field]),
                       text_from(arena, problem->says));
        }
        warned = warned || problem->warning;
    }
    if (warned && !form_has(request, "note")) {
        form_error(request, "note", T("有内容和平常不同，请说明情况", "Something is unusual: please explain"));
    }
}

void returns_post(struct request *request)
{
    struct returns_view *view = view_of(request);
    if (!view) {
        return;
    }
    bool send = form_is(request, "act", "send");
    take_values(request, view);
    if (send) {
        take_problems(request, view);
    }
    if (!form_ok(request)) {
        reply_page(request, 422, returns_form, view);
        return;
    }
    struct doing *doing = doing_of(request, view);
    doing->what = send ? DO_SEND : DO_SAVE;
    doing->act.note = form_value(request, "note");
    request_command(request, send ? "return.hand_in" : "return.save", do_run, doing, done, doing);
}

void returns_post_decision(struct request *request)
{
    struct returns_view *view = view_of(request);
    if (!view) {
        return;
    }
    bool accepts = form_is(request, "act", "accept");
    view->edits = false;
    if (!accepts && !form_has(request, "reason")) {
        form_error(request, "reason", T("请写明退回原因", "Write why it is sent back"));
    }
    if (!form_ok(request)) {
        reply_page(request, 422, returns_form, view);
        return;
    }
    struct doing *doing = doing_of(request, view);
    doing->what = accepts ? DO_ACCEPT : DO_SEND_BACK;
    doing->act.note = form_value(request, "reason");
    request_command(request, "return.decide", do_run, doing, done, doing);
}
