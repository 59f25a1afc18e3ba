/* A confidential case: opened with the passphrase and a reason; who is named in it. */
#include "casework/pages/sealed.h"

#include "base/clock.h"
#include "casework/pages/routes.h"

#include "sealed.page.h"

const struct option opening_reasons[OPENING_REASONS] = {
    { "handling", T("办理", "To work on it"), T("", "") },
    { "supervising", T("督促检查", "To see to it"), T("", "") },
    { "asked", T("学生或家长询问", "The child or its family asked"), T("", "") },
    { "other", T("其他", "Another reason"), T("", "") },
};

static const struct field opening_fields[] = {
    { .name = "passphrase",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSPHRASE_MOST,
      .label = T("密件口令", "Passphrase") },
    { .name = "reason",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("为什么打开", "Why you open it"),
      FIELD_OPTIONS(opening_reasons) },
};
static const struct form opening_form = FORM(opening_fields);

static struct text reason_words(struct str reason)
{
    for (size_t i = 0; i < OPENING_REASONS; i++) {
        if (str_is(reason, opening_reasons[i].value)) {
            return opening_reasons[i].label;
        }
    }
    return T("口令不对", "A wrong passphrase");
}

static bool fill_openings(struct request *request, struct sealed_view *view, struct error *error)
{
    struct case_opening *openings;
    if (!case_openings(request_db(request), view->desk->arena, view->it.row.id, &openings, &view->nopenings, error)) {
        return false;
    }
    view->openings = ARENA_ARRAY(view->desk->arena, struct shown_opening, view->nopenings + 1);
    for (size_t i = 0; i < view->nopenings; i++) {
        view->openings[i] = (struct shown_opening){ .at = openings[i].at,
                                                    .reason = reason_words(openings[i].reason),
                                                    .wrong = str_is(openings[i].reason, "wrong") };
        if (!case_account_name(request, openings[i].account, &view->openings[i].name, error)) {
            return false;
        }
    }
    return true;
}

/* NULL: the reply was made. */
static struct sealed_view *sealed_of(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct person_key key;
    struct case_person *persons;
    struct case_row row;
    struct error error;
    if (!desk || !case_of_request(request, desk, &row)) {
        return NULL;
    }
    if (!row.kind || !row.kind->confidential) {
        reply_not_found(request);
        return NULL;
    }
    struct sealed_view *view = ARENA_NEW(desk->arena, struct sealed_view);
    *view = (struct sealed_view){ .desk = desk };
    case_listed(desk, &row, &view->it);
    if (!person_key_of(request_db(request), desk->who.account, &key, &view->has_key, &error) ||
        !case_named_in(request_db(request), desk->arena, row.id, &persons, &view->npersons, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    view->persons = ARENA_ARRAY(desk->arena, struct shown_person, view->npersons + 1);
    for (size_t i = 0; i < view->npersons; i++) {
        view->persons[i].person = persons[i];
        view->holder = view->holder || (persons[i].holder && persons[i].account == desk->who.account);
        if (!case_account_name(request, persons[i].account, &view->persons[i].name, &error)) {
            reply_failed(request, &error);
            return NULL;
        }
    }
    if (view->holder && !fill_openings(request, view, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    return view;
}

static void show_sealed(struct request *request)
{
    struct sealed_view *view = sealed_of(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, &opening_form);
        }
        reply_page(request, 200, sealed_page, view);
    }
}

/* What an opening needs and gives; `other` when it is for naming somebody. */
struct unsealing {
    struct sealed_view *view;
    struct person_key key, other;
    struct str passphrase;
    struct sealed_said *said;
    size_t n;
    bool right, naming;
    struct sealed_key *keys;
    size_t nkeys;
    struct case_opened opened;
    struct case_name name;
    route_handler *again;
};

static bool unseal_work(struct arena *arena, void *context, struct error *error)
{
    struct unsealing *work = context;
    unsigned char secret[SM2_SECRET];
    bool good = person_key_secret(&work->key, work->passphrase, secret, &work->right, error);
    if (good && work->right) {
        good = work->naming ? case_keys_for(arena, work->said, work->n, &work->key, secret, work->other.public_key,
                                            &work->keys, &work->nkeys, error)
                            : case_unseal(arena, work->view->it.row.id, &work->key, secret, work->said, work->n, error);
    }
    sealed_wipe(secret, sizeof secret);
    return good;
}

static void after_opened(struct request *request, bool ok, const struct error *error, void *context);

static void unsealed(struct request *request, bool ok, const struct error *error, void *context)
{
    struct unsealing *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    work->opened.reason = work->right ? work->opened.reason : "wrong";
    request_command(request, "case.unseal", case_opened_run, &work->opened, after_opened, work);
}

/* The words of each step that says something, its fields by their names. */
static bool fill_said(struct request *request, struct unsealing *work, struct error *error)
{
    struct sealed_view *view = work->view;
    const struct case_kind *kind = view->it.row.kind;
    struct arena *arena = view->desk->arena;
    struct case_step *steps;
    size_t n, next = 0;
    if (!case_steps(request_db(request), arena, view->it.row.id, &steps, &n, error)) {
        return false;
    }
    view->steps = ARENA_ARRAY(arena, struct said_step, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct said_step *shown = &view->steps[view->nsteps];
        *shown = (struct said_step){ .what = case_step_words(arena, &view->it.row, &steps[i]),
                                     .at = steps[i].at,
                                     .who = STR(""),
                                     .values = ARENA_ARRAY(arena, struct shown_value, kind->nfields + 1) };
        for (; next < work->n && work->said[next].step == steps[i].id; next++) {
            const struct sealed_said *said = &work->said[next];
            size_t field = case_field(kind, said->part);
            struct name label =
                field == SIZE_MAX ? (struct name){ STR("说明"), STR("Note") } : kind->fields[field].name;
            struct name value = field == SIZE_MAX ? (struct name){ said->text, said->text }
                                                  : case_shown(arena, &kind->fields[field], said->text);
            shown->unreadable += !said->opened;
            if (said->opened && shown->nvalues <= kind->nfields) {
                shown->values[shown->nvalues++] =
                    (struct shown_value){ { arena_cstr(arena, label.zh), arena_cstr(arena, name_in(label, LANG_EN)) },
                                          value };
            }
        }
        if (steps[i].account && !case_account_name(request, steps[i].account, &shown->who, error)) {
            return false;
        }
        view->nsteps += shown->nvalues || shown->unreadable;
    }
    return true;
}

static void did_name(struct request *request, bool ok, const struct error *error, void *context)
{
    struct case_name *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_DONE && input->what == NAME_OFF && input->account == input->who.account) {
        reply_notice(request, "saved");
        reply_redirect(request, STR("/cases"));
    } else if (input->result == CASE_DONE) {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/case/%lld/sealed", (long long)input->id);
    } else {
        reply_problem(request, 409, T("没有办成", "This was not done"), case_result_text(input->result),
                      T("请回到事项看最新情况。", "Go back to the case for how things stand."));
    }
}

static void after_opened(struct request *request, bool ok, const struct error *error, void *context)
{
    struct unsealing *work = context;
    struct error failed;
    if (!ok) {
        reply_failed(request, error);
    } else if (!work->opened.seen) {
        reply_not_found(request);
    } else if (!work->right) {
        form_error(request, "passphrase", T("口令不对", "This is not your passphrase"));
        work->again(request);
    } else if (work->naming) {
        work->name.keys = work->keys;
        work->name.nkeys = work->nkeys;
        request_command(request, "case.name", case_name_run, &work->name, did_name, &work->name);
    } else if (!fill_said(request, work, &failed) ||
               (work->view->holder && !fill_openings(request, work->view, &failed))) {
        reply_failed(request, &failed);
    } else {
        work->view->opened = true;
        reply_header(request, "Cache-Control", STR("private, no-store"));
        reply_page(request, 200, sealed_page, work->view);
    }
}

/* NULL: the reply was made. */
static struct unsealing *unsealing_of(struct request *request, route_handler *again)
{
    struct sealed_view *view = sealed_of(request);
    struct error error;
    bool has = false;
    int64_t wrong = 0;
    if (!view) {
        return NULL;
    }
    const struct case_desk_view *desk = view->desk;
    struct unsealing *work = ARENA_NEW(desk->arena, struct unsealing);
    *work = (struct unsealing){ .view = view,
                                .passphrase = sealed_copy(request, "passphrase"),
                                .opened = { .city = desk->city, .who = desk->who, .id = view->it.row.id },
                                .again = again };
    if (!person_key_of(request_db(request), desk->who.account, &work->key, &has, &error) ||
        !case_wrong_tries(request_db(request), desk->who.account, clock_ms(), &wrong, &error) ||
        !case_sealed_read(request_db(request), desk->arena, view->it.row.id, desk->who.account, &work->said, &work->n,
                          &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (form_ok(request) && !has) {
        form_error(request, "passphrase", T("您还没有设密件口令", "You have not set a passphrase"));
    }
    if (form_ok(request) && wrong >= OPENING_TRIES) {
        form_error(request, "passphrase",
                   T("口令错得太多，请过一刻钟再试", "Too many wrong ones: try again in a quarter of an hour"));
    }
    if (!form_ok(request)) {
        again(request);
        return NULL;
    }
    return work;
}

static void post_sealed(struct request *request)
{
    struct unsealing *work = unsealing_of(request, show_sealed);
    if (!work) {
        return;
    }
    for (size_t i = 0; i < OPENING_REASONS; i++) {
        work->opened.reason =
            form_is(request, "reason", opening_reasons[i].value) ? opening_reasons[i].value : work->opened.reason;
    }
    request_work(request, unseal_work, work, unsealed);
}

/* ---- Naming another ---- */

static const struct form *form_of_name(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct option *options;
    struct case_row row;
    struct error error;
    bool found = false;
    size_t n;
    if (!request_db(request) ||
        !case_one(request_db(request), arena, request_app(request)->city, request_param_int(request, "case"), &row,
                  &found, &error) ||
        !found || !sealed_holders(request, row.division, row.institution, &options, &n, &error)) {
        return NULL;
    }
    struct field *fields = ARENA_ARRAY(arena, struct field, 2);
    fields[0] = (struct field){ .name = "account",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("谁", "Who"),
                                .options = options,
                                .option_count = n };
    fields[1] = opening_fields[0];
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 2 };
    return form;
}

static void show_name(struct request *request)
{
    struct sealed_view *view = sealed_of(request);
    const struct form *form = view ? form_of_name(request) : NULL;
    if (view && !form) {
        reply_failed(request, NULL);
    } else if (view) {
        if (!request_is_post(request)) {
            form_use(request, form);
        }
        reply_page(request, 200, sealed_name_page, view);
    }
}

static void post_name(struct request *request)
{
    struct unsealing *work = unsealing_of(request, show_name);
    struct error error;
    bool has = false;
    if (!work) {
        return;
    }
    const struct case_desk_view *desk = work->view->desk;
    work->naming = true;
    work->opened.reason = "handling";
    work->name = (struct case_name){ .city = desk->city,
                                     .who = desk->who,
                                     .id = work->view->it.row.id,
                                     .account = case_account_in(form_value(request, "account")) };
    if (!person_key_of(request_db(request), work->name.account, &work->other, &has, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!has) {
        form_error(request, "account", case_result_text(CASE_NEEDS_NAMED));
        show_name(request);
        return;
    }
    request_work(request, unseal_work, work, unsealed);
}

static const struct field unname_fields[] = {
    { .name = "account", .kind = FIELD_HIDDEN, .required = true, .max = 20, .label = T("谁", "Who") },
    { .name = "what", .kind = FIELD_HIDDEN, .max = 10, .label = T("做什么", "What") },
};
static const struct form unname_form = FORM(unname_fields);

static void post_unname(struct request *request)
{
    struct sealed_view *view = sealed_of(request);
    if (!view) {
        return;
    }
    struct case_name *input = ARENA_NEW(view->desk->arena, struct case_name);
    *input = (struct case_name){ .city = view->desk->city,
                                 .who = view->desk->who,
                                 .id = view->it.row.id,
                                 .account = case_account_in(form_value(request, "account")),
                                 .what = form_is(request, "what", "pass_on") ? NAME_PASS_ON : NAME_OFF };
    request_command(request, "case.name", case_name_run, input, did_name, input);
}

#define SEALED(verb, at, handle, zh, en, ...)                                                                          \
    {                                                                                                                  \
        .method = verb, .path = at, .roles = SEALED_ROLES, .handler = handle, .summary = T(zh, en), __VA_ARGS__        \
    }

const struct route sealed_open_routes[] = {
    SEALED("GET", "/case/#case/sealed", show_sealed, "一件密件", "A confidential case", .answer = "page",
           .scope = scope_of_case),
    SEALED("POST", "/case/#case/sealed", post_sealed, "打开密件", "Open what is sealed", .answer = "page",
           .form = &opening_form, .scope = scope_of_case),
    SEALED("GET", "/case/#case/name", show_name, "再指定一个人", "Name another person", .answer = "page",
           .scope = scope_of_case),
    SEALED("POST", "/case/#case/name", post_name, "再指定一个人", "Name another person", .answer = "redirect",
           .form_of = form_of_name, .scope = scope_of_case),
    SEALED("POST", "/case/#case/unname", post_unname, "不再指定", "Take a person off", .answer = "redirect",
           .form = &unname_form, .scope = scope_of_case),
};
const size_t sealed_open_route_count = sizeof sealed_open_routes / sizeof *sealed_open_routes;
