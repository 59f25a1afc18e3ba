/* Confidential cases: the passphrase, sealing a new one, opening one, who is named in it. */
#include "casework/pages/sealed.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "registry/registry.h"

#include "sealed.page.h"

enum { HOLDERS_MOST = 200, NAMED_MOST = 10 };
#define SEALED_ROLES (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY)

const struct option opening_reasons[OPENING_REASONS] = {
    { "handling", T("办理", "To work on it"), T("", "") },
    { "supervising", T("督促检查", "To see to it"), T("", "") },
    { "asked", T("学生或家长询问", "The child or its family asked"), T("", "") },
    { "other", T("其他", "Another reason"), T("", "") },
};

static bool name_of(struct request *request, int64_t id, struct str *name, struct error *error)
{
    struct account account;
    bool found = false;
    bool good = account_get(request_db(request), request_arena(request), request_app(request)->vault, id, &account,
                            &found, error);
    *name = good && found ? account.name : STR("—");
    return good;
}

static struct str copy(struct request *request, const char *field)
{
    return arena_str(request_arena(request), form_value(request, field));
}

/* ---- The passphrase ---- */

static const struct field passphrase_fields[] = {
    { .name = "old",
      .kind = FIELD_PASSWORD,
      .max = PASSPHRASE_MOST,
      .label = T("现在的口令", "The present passphrase"),
      .hint = T("忘了就空着，并勾选最下面一项", "Leave it empty if it is forgotten, and tick the last box") },
    { .name = "new",
      .kind = FIELD_PASSWORD,
      .required = true,
      .min = PASSPHRASE_LEAST,
      .max = PASSPHRASE_MOST,
      .label = T("新口令", "New passphrase"),
      .hint = T("至少 10 个字符，可以是一句话", "10 characters at least; a sentence is fine") },
    { .name = "again",
      .kind = FIELD_PASSWORD,
      .required = true,
      .max = PASSPHRASE_MOST,
      .label = T("再输一次", "Once more") },
    { .name = "anew",
      .kind = FIELD_YES,
      .label = T("口令忘了：换一把新钥匙", "It is forgotten: make a new key"),
      .hint = T("以前为我加密的内容从此打不开，除非别的指定人员再交给我",
                "What was sealed for me stays closed unless somebody else who is named hands it to me again") },
};
static const struct form passphrase_form = FORM(passphrase_fields);

static void show_passphrase(struct request *request)
{
    struct passphrase_view view = { 0 };
    struct person_key key;
    struct error error;
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    if (!person_key_of(db, request_session(request)->account, &key, &view.has, &error)) {
        reply_failed(request, &error);
        return;
    }
    view.made_at = view.has ? key.made_at : 0;
    if (!request_is_post(request)) {
        form_use(request, &passphrase_form);
    }
    reply_page(request, 200, passphrase_page, &view);
}

struct passphrase_work {
    struct person_key_keep keep;
    struct str old, new;
    bool has, right;
};

static bool make_key(struct arena *arena, void *context, struct error *error)
{
    struct passphrase_work *work = context;
    unsigned char secret[SM2_SECRET];
    (void)arena;
    work->right = true;
    if (!work->has || work->keep.anew) {
        return person_key_make(work->new, &work->keep.key, error);
    }
    bool good = person_key_secret(&work->keep.key, work->old, secret, &work->right, error) &&
                (!work->right || person_key_wrap(&work->keep.key, secret, work->new, error));
    sealed_wipe(secret, sizeof secret);
    return good;
}

static void kept_key(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, "saved");
    reply_redirect(request, STR("/cases/passphrase"));
}

static void made_key(struct request *request, bool ok, const struct error *error, void *context)
{
    struct passphrase_work *work = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (!work->right) {
        form_error(request, "old", T("现在的口令不对", "The present passphrase is another one"));
        show_passphrase(request);
    } else {
        request_command(request, "key.keep", person_key_keep_run, &work->keep, kept_key, work);
    }
}

static void post_passphrase(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct passphrase_work *work = ARENA_NEW(desk->arena, struct passphrase_work);
    *work = (struct passphrase_work){ .keep = { .who = desk->who, .anew = form_is(request, "anew", "yes") },
                                      .old = copy(request, "old"),
                                      .new = copy(request, "new") };
    if (!person_key_of(request_db(request), desk->who.account, &work->keep.key, &work->has, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (form_ok(request) && !str_eq(work->new, form_value(request, "again"))) {
        form_error(request, "again", T("两次输入的口令不一样", "The two are not the same"));
    }
    if (form_ok(request) && work->has && !work->keep.anew && !work->old.n) {
        form_error(request, "old", T("请填写现在的口令", "Fill in the present passphrase"));
    }
    work->keep.anew = work->keep.anew && work->has;
    if (!form_ok(request)) {
        show_passphrase(request);
        return;
    }
    request_work(request, make_key, work, made_key);
}

/* ---- Sealing a new one ---- */

/* Where it lies, as far as the session says: a school's own, a county's or the city's scope. */
static bool holders_of(struct request *request, struct str division, int64_t institution, struct option **out,
                       size_t *n, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct key_holder *holders;
    if (!key_holders(request_db(request), arena, division, institution, &holders, n, error)) {
        return false;
    }
    *out = ARENA_ARRAY(arena, struct option, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        struct str name;
        if (!name_of(request, holders[i].account, &name, error)) {
            return false;
        }
        struct name at = holders[i].institution;
        (*out)[i] = (struct option){
            arena_printf(arena, "%lld", (long long)holders[i].account).p,
            { arena_printf(arena, "%.*s%s%.*s", STR_ARG(name), at.zh.n ? "，" : "", STR_ARG(at.zh)).p,
              arena_printf(arena, "%.*s%s%.*s", STR_ARG(name), at.zh.n ? ", " : "", STR_ARG(name_in(at, LANG_EN))).p },
            T("", "")
        };
    }
    return true;
}

/* The institution that a form's code names, or the session's own; 0: none. */
static bool institution_of(struct request *request, const struct case_desk_view *desk, struct institution *out,
                           bool *found, struct error *error)
{
    struct str code = request_is_post(request) ? form_value(request, "code") : STR("");
    *found = false;
    if (desk->who.institution > 0) {
        *out = (struct institution){ .id = desk->who.institution, .division = desk->who.scope };
        *found = true;
        return true;
    }
    bool good = code.n == 0 || registry_institution_by_code(request_db(request), desk->arena, code, out, found, error);
    *found = *found && str_starts(out->division, desk->who.scope);
    return good;
}

static const struct form *form_of_sealing(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct case_desk_view *desk = request_session(request) ? case_desk_of(request) : NULL;
    const struct case_kind *kind = desk ? city_case(desk->city, request_param(request, "kind")) : NULL;
    struct option *options;
    struct error error;
    size_t n;
    if (!kind || !kind->confidential ||
        !holders_of(request, desk->who.scope, desk->who.institution, &options, &n, &error)) {
        return NULL;
    }
    const struct form *said = case_form(arena, kind, kind->asks, kind->nasks, NULL, NULL, false, false);
    struct field *fields = ARENA_ARRAY(arena, struct field, said->field_count + 3);
    size_t count = 0;
    fields[count++] = (struct field){ .name = "code",
                                      .kind = FIELD_TEXT,
                                      .max = 60,
                                      .width = 20,
                                      .label = T("学校标识码", "Code of the school"),
                                      .hint = T("不涉及某一所学校可不填", "Empty when it is about no school") };
    for (size_t i = 0; i < said->field_count; i++) {
        fields[count++] = said->fields[i];
    }
    fields[count++] = (struct field){ .name = "holder",
                                      .kind = FIELD_SELECT,
                                      .required = true,
                                      .label = T("由谁负责", "Who holds it"),
                                      .options = options,
                                      .option_count = n };
    fields[count++] = (struct field){ .name = "others",
                                      .kind = FIELD_CHECKS,
                                      .label = T("还给谁看", "Who else may read it"),
                                      .hint = T("越少越好", "The fewer, the better"),
                                      .options = options,
                                      .option_count = n };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, count };
    return form;
}

static struct sealing_view *sealing_of(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return NULL;
    }
    struct sealing_view *view = ARENA_NEW(desk->arena, struct sealing_view);
    *view = (struct sealing_view){ .desk = desk, .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view->kind || !view->kind->confidential || !(view->kind->opens & desk->who.desks)) {
        reply_not_found(request);
        return NULL;
    }
    view->form = form_of_sealing(request);
    if (!view->form) {
        reply_failed(request, NULL);
        return NULL;
    }
    view->holders = view->form->fields[view->form->field_count - 1].option_count;
    return view;
}

static void show_sealing(struct request *request)
{
    struct sealing_view *view = sealing_of(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, sealing_page, view);
    }
}

static void did_seal(struct request *request, bool ok, const struct error *error, void *context)
{
    struct case_open *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_BAD_VALUE) {
        case_form_error(request, input->field, input->says);
        show_sealing(request);
    } else if (input->result == CASE_DONE || input->result == CASE_REPEATED) {
        reply_page(request, 200, sealed_sent_page, input->number);
    } else {
        form_error(request, "holder", case_result_text(input->result));
        show_sealing(request);
    }
}

static int64_t account_in(struct str text)
{
    int64_t id = 0;
    return str_to_int(text, 1, INT64_MAX, &id) ? id : 0;
}

static void post_sealing(struct request *request)
{
    struct sealing_view *view = sealing_of(request);
    struct institution institution = { 0 };
    struct error error;
    bool found = false;
    if (!view) {
        return;
    }
    const struct case_desk_view *desk = view->desk;
    if (!institution_of(request, desk, &institution, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!found && form_value(request, "code").n) {
        form_error(request, "code",
                   T("名录中没有这个代码，或不在您的范围内", "There is no such code within your scope"));
    }
    if (!form_ok(request)) {
        show_sealing(request);
        return;
    }
    int64_t *named = ARENA_ARRAY(desk->arena, int64_t, NAMED_MOST);
    size_t n = 0, nothers;
    const struct str *others = form_values(request, "others", &nothers);
    named[n++] = account_in(form_value(request, "holder"));
    for (size_t i = 0; i < nothers && n < NAMED_MOST; i++) {
        named[n] = account_in(others[i]);
        n += named[n] != named[0];
    }
    struct case_open *input = ARENA_NEW(desk->arena, struct case_open);
    *input = (struct case_open){ .city = desk->city,
                                 .kind = view->kind,
                                 .who = desk->who,
                                 .division = found ? institution.division : desk->who.scope,
                                 .institution = found ? institution.id : 0,
                                 .subject = STR(""),
                                 .title = STR(""),
                                 .values = case_form_values(request, view->kind, view->kind->asks, view->kind->nasks),
                                 .nvalues = view->kind->nasks,
                                 .named = named,
                                 .nnamed = n,
                                 .note = STR(""),
                                 .client_key = case_form_once(request) };
    request_command(request, "case.open", case_open_run, input, did_seal, input);
}

/* ---- One of them ---- */

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
        if (!name_of(request, openings[i].account, &view->openings[i].name, error)) {
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
        if (!name_of(request, persons[i].account, &view->persons[i].name, &error)) {
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
        if (steps[i].account && !name_of(request, steps[i].account, &shown->who, error)) {
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
    } else if (input->result == CASE_DONE && input->off && input->account == input->who.account) {
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
                                .passphrase = copy(request, "passphrase"),
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
        !found || !holders_of(request, row.division, row.institution, &options, &n, &error)) {
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
                                     .account = account_in(form_value(request, "account")) };
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
                                 .account = account_in(form_value(request, "account")),
                                 .off = true };
    request_command(request, "case.name", case_name_run, input, did_name, input);
}

/* ---- How many ---- */

enum { SHOWN_LEAST = 5, MONTHS_A_QUARTER = 3, QUARTERS_A_YEAR = 4 };

/* Only quarters that are over are counted, so that a difference tells of nobody. */
static bool fill_counts(struct request *request, const struct case_desk_view *desk, struct sealed_counts_view *view,
                        struct error *error)
{
    int year, month, day;
    day_parts(desk->today, &year, &month, &day);
    int64_t now = (int64_t)year * QUARTERS_A_YEAR + (month - 1) / MONTHS_A_QUARTER, at = now - 1, asked, quarter;
    struct str word = request_query(request, "quarter");
    if (word.n == 7 && str_to_int(str_part(word, 0, 4), 2000, 2100, &asked) &&
        str_to_int(str_part(word, 6, 1), 1, QUARTERS_A_YEAR, &quarter) && asked * QUARTERS_A_YEAR + quarter - 1 < now) {
        at = asked * QUARTERS_A_YEAR + quarter - 1;
    }
    struct arena *arena = desk->arena;
    const int64_t ends[] = { at, at - 1, at + 1 };
    struct str words[3];
    for (size_t i = 0; i < 3; i++) {
        words[i] = arena_printf(arena, "%lld-Q%lld", (long long)(ends[i] / QUARTERS_A_YEAR),
                                (long long)(ends[i] % QUARTERS_A_YEAR + 1));
    }
    view->quarter = words[0];
    view->before = words[1];
    view->after = at + 1 < now ? words[2] : STR("");
    int first = (int)(at % QUARTERS_A_YEAR) * MONTHS_A_QUARTER + 1;
    int64_t from = day_of((int)(at / QUARTERS_A_YEAR), first, 1);
    int64_t until = at % QUARTERS_A_YEAR == QUARTERS_A_YEAR - 1
                        ? day_of((int)(at / QUARTERS_A_YEAR) + 1, 1, 1)
                        : day_of((int)(at / QUARTERS_A_YEAR), first + MONTHS_A_QUARTER, 1);
    view->rows = ARENA_ARRAY(arena, struct sealed_count, desk->city->ndivisions + 1);
    for (size_t i = 0; i < desk->city->ndivisions; i++) {
        const struct division *division = &desk->city->divisions[i];
        int64_t n = 0;
        if (division->level != DIVISION_COUNTY || !str_starts(division->code, desk->who.scope)) {
            continue;
        }
        if (!db_one_int(
                request_db(request), error, &n, NULL,
                "select count(*) from case_file where kind = ?1 and substr(division, 1, 6) = ?2 and opened_at >= "
                "?3 and opened_at < ?4",
                V_TEXT(view->kind->id), V_TEXT(division->code), V_INT(day_start_ms(from)),
                V_INT(day_start_ms(until)))) {
            return false;
        }
        view->rows[view->n++] = (struct sealed_count){ division->name, n > 0 && n < SHOWN_LEAST ? -1 : n };
    }
    return true;
}

static void show_counts(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct sealed_counts_view view = { .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view.kind || !view.kind->confidential || !desk->who.scope.n) {
        reply_not_found(request);
        return;
    }
    if (!fill_counts(request, desk, &view, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, sealed_counts_page, &view);
}

#define SEALED(verb, at, handle, zh, en, ...)                                                                          \
    {                                                                                                                  \
        .method = verb, .path = at, .roles = SEALED_ROLES, .handler = handle, .summary = T(zh, en), __VA_ARGS__        \
    }

const struct route sealed_routes[] = {
    SEALED("GET", "/cases/passphrase", show_passphrase, "密件口令", "The passphrase of confidential cases",
           .answer = "page"),
    SEALED("POST", "/cases/passphrase", post_passphrase, "设密件口令", "Set the passphrase", .answer = "redirect",
           .form = &passphrase_form),
    SEALED("GET", "/cases/seal/:kind", show_sealing, "提出一件密件", "Open a confidential case", .answer = "page"),
    SEALED("POST", "/cases/seal/:kind", post_sealing, "提出一件密件", "Open a confidential case", .answer = "page",
           .form_of = form_of_sealing),
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
    { .method = "GET",
      .path = "/cases/counts/:kind",
      .roles = ROLE_COUNTY_OFFICER | ROLE_CITY,
      .handler = show_counts,
      .answer = "page",
      .summary = T("密件的件数", "How many confidential cases there are") },
};
const size_t sealed_route_count = sizeof sealed_routes / sizeof *sealed_routes;
