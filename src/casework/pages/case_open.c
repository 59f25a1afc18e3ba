/* A case is opened by hand: by staff, by an enterprise; and by the public, who get a number and a word by which they
 * read the answer without an account. */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "casework/pages/routes.h"
#include "registry/registry.h"

#include "case_open.page.h"

#include <string.h>

enum { WORD_LETTERS = 8 };
static const char word_purpose[] = "case.answer";

struct opening {
    struct open_view *view;
    struct case_open input;
    struct str word; /* of the public: its proof is kept, the word is not */
    struct str proof;
};

/* ---- The form ---- */

static const struct form *with_head(struct arena *arena, const struct form *form, const struct field *head, size_t n)
{
    struct form *out = ARENA_NEW(arena, struct form);
    struct field *fields = ARENA_ARRAY(arena, struct field, form->field_count + n);
    memcpy(fields, head, n * sizeof *fields);
    memcpy(fields + n, form->fields, form->field_count * sizeof *fields);
    *out = (struct form){ fields, form->field_count + n };
    return out;
}

static const struct form *form_of_kind(struct request *request)
{
    static const struct field head[] = {
        { .name = "title",
          .kind = FIELD_TEXT,
          .required = true,
          .max = 100,
          .label = T("标题", "Title"),
          .hint = T("一句话说明是什么事", "One line that says what it is about") },
        { .name = "code",
          .kind = FIELD_TEXT,
          .max = 60,
          .width = 20,
          .label = T("单位代码", "Code of the institution"),
          .hint = T("学校标识码；可在名录首页按名称查到",
                    "The school identifier; the register's front page finds it by name") },
        { .name = "about",
          .kind = FIELD_TEXT,
          .max = 60,
          .width = 20,
          .label = T("对象代码", "Code of what it is about"),
          .hint = T("项目或场地在名录中的代码；没有可不填",
                    "Of a project or sports ground of the register; may be empty") },
    };
    const struct case_kind *kind = city_case(request_app(request)->city, request_param(request, "kind"));
    struct arena *arena = request_arena(request);
    return kind ? with_head(arena, case_form(arena, kind, kind->asks, kind->nasks, NULL, NULL, false, true), head, 3)
                : NULL;
}

static const struct form *form_of_public(struct request *request)
{
    const struct case_kind *kind = city_case(request_app(request)->city, request_param(request, "kind"));
    return kind ? case_form(request_arena(request), kind, kind->asks, kind->nasks, NULL, NULL, false, false) : NULL;
}

/* ---- Staff ---- */

static struct open_view *view_of(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return NULL;
    }
    struct open_view *view = ARENA_NEW(desk->arena, struct open_view);
    *view = (struct open_view){ .desk = desk, .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view->kind || view->kind->confidential || !(view->kind->opens & desk->who.desks)) {
        reply_not_found(request);
        return NULL;
    }
    view->form = form_of_kind(request);
    return view;
}

static void show_open(struct request *request)
{
    struct open_view *view = view_of(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, case_open_page, view);
    }
}

static void show_kinds(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return;
    }
    struct open_view *view = ARENA_NEW(desk->arena, struct open_view);
    *view = (struct open_view){ .desk = desk,
                                .kinds = ARENA_ARRAY(desk->arena, const struct case_kind *, desk->city->ncases + 1) };
    for (size_t i = 0; i < desk->city->ncases; i++) {
        const struct case_kind *kind = desk->city->cases[i];
        if ((kind->opens & desk->who.desks) && !kind->confidential) {
            view->kinds[view->nkinds++] = kind;
        }
    }
    reply_page(request, 200, case_kinds_page, view);
}

/* Where it lies: the institution of the form, or the opener's own. An inspector names schools of its own alone. */
static bool place_of(struct request *request, struct opening *opening, struct error *error)
{
    struct case_desk_view *desk = (struct case_desk_view *)opening->view->desk;
    struct db *db = request_db(request);
    struct str code = form_value(request, "code"), staff = STR("");
    struct institution institution;
    bool found = false, theirs = true;
    opening->input.institution = 0;
    opening->input.division = desk->who.scope;
    if (code.n == 0 && desk->who.institution > 0) {
        opening->input.institution = desk->who.institution;
        return true;
    }
    if (code.n == 0) {
        if (opening->view->kind->subject == CASE_OF_INSTITUTION) {
            form_error(request, "code", T("请填写单位代码", "Fill in the code of the institution"));
        }
        return true;
    }
    if (!registry_institution_by_code(db, desk->arena, code, &institution, &found, error)) {
        return false;
    }
    if (found && (desk->who.desks & DESK_INSPECTOR) && !(desk->who.desks & (DESK_COUNTY | DESK_CITY))) {
        bool has = false;
        if (!case_inspector(db, desk->arena, institution.id, desk->today, &staff, &has, error)) {
            return false;
        }
        theirs = has && str_eq(staff, desk->who.staff);
    }
    if (!found || !theirs) {
        form_error(request, "code",
                   T("名录中没有这个代码，或不在您的范围内", "There is no such code within your scope"));
        return true;
    }
    opening->input.institution = institution.id;
    opening->input.division = institution.division;
    return true;
}

static void did_open(struct request *request, bool ok, const struct error *error, void *context)
{
    struct opening *opening = context;
    struct case_open *input = &opening->input;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_BAD_VALUE) {
        case_form_error(request, input->field, input->says);
        show_open(request);
    } else if (input->result == CASE_NOT_YOURS) {
        form_error(request, "code", T("不在您的范围内", "This is not within your scope"));
        show_open(request);
    } else {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/case/%lld", (long long)input->id);
    }
}

static void have_files(struct request *request, struct case_file_added *files, size_t n, void *context)
{
    struct opening *opening = context;
    opening->input.files = files;
    opening->input.nfiles = n;
    request_command(request, "case.open", case_open_run, &opening->input, did_open, opening);
}

static struct str once(struct request *request)
{
    struct str key = request_form_key(request);
    struct arena *arena = request_arena(request);
    return key.n ? arena_printf(arena, "form:%.*s", STR_ARG(hex_encode(arena, key.p, key.n))) : STR("");
}

static void post_open(struct request *request)
{
    struct open_view *view = view_of(request);
    struct error error;
    if (!view) {
        return;
    }
    struct opening *opening = ARENA_NEW(view->desk->arena, struct opening);
    *opening = (struct opening){ .view = view,
                                 .input = { .city = view->desk->city,
                                            .kind = view->kind,
                                            .who = view->desk->who,
                                            .subject = form_value(request, "about"),
                                            .title = form_value(request, "title"),
                                            .values = case_form_values(request, view->kind, view->kind->asks,
                                                                       view->kind->nasks),
                                            .nvalues = view->kind->nasks,
                                            .note = STR(""),
                                            .client_key = once(request) } };
    if (!place_of(request, opening, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (!form_ok(request)) {
        show_open(request);
        return;
    }
    case_files(request, have_files, show_open, opening);
}

/* ---- The public ---- */

static struct open_view *public_view_of(struct request *request, struct institution *institution)
{
    struct arena *arena = request_arena(request);
    struct open_view *view = ARENA_NEW(arena, struct open_view);
    struct db *db = request_db(request);
    struct error error;
    bool found = false;
    *view = (struct open_view){ .kind = city_case(request_app(request)->city, request_param(request, "kind")),
                                .code = request_param(request, "code") };
    if (!db) {
        return NULL;
    }
    if (!registry_institution_by_code(db, arena, view->code, institution, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found || !view->kind || !(view->kind->opens & DESK_PUBLIC)) {
        reply_not_found(request);
        return NULL;
    }
    view->institution = institution->name;
    view->form = form_of_public(request);
    return view;
}

static void show_public(struct request *request)
{
    struct institution institution;
    struct open_view *view = public_view_of(request, &institution);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, case_public_open_page, view);
    }
}

/* The proof of the word stands beside the case's values, under a name that no kind's field has. */
static bool open_public_run(struct writing *writing, void *context, struct error *error)
{
    struct opening *opening = context;
    if (!case_open_run(writing, &opening->input, error)) {
        return false;
    }
    return opening->input.result != CASE_DONE ||
           db_run(writing->db, error,
                  "insert into case_value (case_file, field, step, value) select ?1, 'answer word', min(id), ?2 from "
                  "case_step where case_file = ?1",
                  V_INT(opening->input.id), V_TEXT(opening->proof));
}

static void did_public(struct request *request, bool ok, const struct error *error, void *context)
{
    struct opening *opening = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (opening->input.result == CASE_BAD_VALUE) {
        case_form_error(request, opening->input.field, opening->input.says);
        show_public(request);
    } else {
        opening->view->number = opening->input.number;
        opening->view->word = opening->input.result == CASE_DONE ? opening->word : STR("");
        reply_page(request, 200, case_public_opened_page, opening->view);
    }
}

static struct str proof_of(struct app *app, struct arena *arena, struct str number_or_id, struct str word)
{
    unsigned char mac[VAULT_HASH];
    vault_mac(app->vault, word_purpose, arena_printf(arena, "%.*s:%.*s", STR_ARG(number_or_id), STR_ARG(word)), mac);
    return hex_encode(arena, mac, sizeof mac);
}

static bool new_word(struct arena *arena, struct str *word, struct error *error)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* none that looks like another */
    unsigned char random[WORD_LETTERS];
    char *out = arena_alloc(arena, WORD_LETTERS);
    if (!vault_random(random, sizeof random, error)) {
        return false;
    }
    for (size_t i = 0; i < WORD_LETTERS; i++) {
        out[i] = letters[random[i] % (sizeof letters - 1)];
    }
    *word = (struct str){ out, WORD_LETTERS };
    return true;
}

static void post_public(struct request *request)
{
    struct institution institution;
    struct open_view *view = public_view_of(request, &institution);
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct error error;
    if (!view) {
        return;
    }
    if (!form_ok(request)) {
        show_public(request);
        return;
    }
    struct opening *opening = ARENA_NEW(arena, struct opening);
    *opening =
        (struct opening){ .view = view,
                          .input = { .city = app->city,
                                     .kind = view->kind,
                                     .who = { .desks = DESK_PUBLIC, .role = "", .scope = STR(""), .staff = STR("") },
                                     .division = institution.division,
                                     .institution = institution.id,
                                     .subject = STR(""),
                                     .title = STR(""),
                                     .values =
                                         case_form_values(request, view->kind, view->kind->asks, view->kind->nasks),
                                     .nvalues = view->kind->nasks,
                                     .note = STR(""),
                                     .client_key = once(request) } };
    if (!new_word(arena, &opening->word, &error)) {
        reply_failed(request, &error);
        return;
    }
    opening->proof = proof_of(app, arena, view->kind->id, opening->word);
    request_command(request, "case.open", open_public_run, opening, did_public, opening);
}

/* ---- The answer ---- */

static const struct field answer_fields[] = {
    { .name = "number",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 30,
      .width = 20,
      .label = T("编号", "Number"),
      .hint = T("例如 DX-2026-000001", "Such as DX-2026-000001") },
    { .name = "word",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 20,
      .width = 10,
      .label = T("查询码", "Word"),
      .hint = T("提交时给您的 8 个字符", "The 8 characters that you were given") },
};
static const struct form answer_form = FORM(answer_fields);

static void show_answer_form(struct request *request)
{
    if (!request_is_post(request)) {
        form_use(request, &answer_form);
    }
    reply_page(request, 200, case_answer_form_page);
}

static bool word_fits(struct request *request, const struct case_row *row, bool *fits, struct error *error)
{
    struct arena *arena = request_arena(request);
    struct str kept = STR("");
    bool found = false;
    if (!db_one_text(request_db(request), error, arena, &kept, &found,
                     "select value from case_value where case_file = ?1 and field = 'answer word'", V_INT(row->id))) {
        return false;
    }
    struct str proof = proof_of(request_app(request), arena, row->kind_id, form_value(request, "word"));
    *fits = found && kept.n == proof.n && vault_same(kept.p, proof.p, proof.n);
    return true;
}

static void post_answer(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct public_view *view = ARENA_NEW(arena, struct public_view);
    struct str values[CASE_FIELDS_MAX];
    struct error error;
    bool found = false, fits = false;
    if (!db) {
        return;
    }
    if (!form_ok(request)) {
        show_answer_form(request);
        return;
    }
    *view = (struct public_view){ 0 };
    if (!case_numbered(db, arena, app->city, form_value(request, "number"), &view->row, &found, &error) ||
        (found &&
         (!word_fits(request, &view->row, &fits, &error) || !case_values(db, arena, &view->row, values, &error)))) {
        reply_failed(request, &error);
        return;
    }
    if (!fits || !view->row.kind) {
        form_error(request, "word", T("编号和查询码对不上", "Number and word do not belong together"));
        show_answer_form(request);
        return;
    }
    view->kind = view->row.kind;
    view->stage = case_stage_name(&view->row);
    view->values = ARENA_ARRAY(arena, struct shown_value, view->kind->nfields + 1);
    for (size_t i = 0; i < view->kind->nfields; i++) {
        const struct case_field *field = &view->kind->fields[i];
        if (field->open && values[i].n) {
            view->values[view->nvalues++] = (struct shown_value){ T(arena_cstr(arena, field->name.zh),
                                                                    arena_cstr(arena, name_in(field->name, LANG_EN))),
                                                                  case_shown(arena, field, values[i]) };
        }
    }
    view->due = case_due_words(arena, app->city, &view->row, day_of_ms(clock_ms()));
    reply_page(request, 200, case_answer_page, view);
}

const struct route case_open_routes[] = {
    { .method = "GET",
      .path = "/cases/open",
      .roles = CASE_ROLES,
      .handler = show_kinds,
      .answer = "page",
      .summary = T("可以提出的事项", "Cases that one may open") },
    { .method = "GET",
      .path = "/cases/open/:kind",
      .roles = CASE_ROLES,
      .handler = show_open,
      .answer = "page",
      .summary = T("提出一件事项", "Open a case") },
    { .method = "POST",
      .path = "/cases/open/:kind",
      .roles = CASE_ROLES,
      .form_of = form_of_kind,
      .handler = post_open,
      .body_limit = CASE_PICTURES * LIMIT_UPLOAD_BYTES,
      .answer = "redirect",
      .summary = T("提出一件事项", "Open a case") },
    { .method = "GET",
      .path = "/public/open/:kind/:code",
      .roles = WEB_PUBLIC,
      .handler = show_public,
      .answer = "page",
      .summary = T("公众来信", "A letter of the public") },
    { .method = "POST",
      .path = "/public/open/:kind/:code",
      .roles = WEB_PUBLIC,
      .form_of = form_of_public,
      .handler = post_public,
      .answer = "page",
      .summary = T("公众来信", "A letter of the public"),
      .flags = ROUTE_SIGN_IN },
    { .method = "GET",
      .path = "/public/answer",
      .roles = WEB_PUBLIC,
      .handler = show_answer_form,
      .answer = "page",
      .summary = T("查看答复", "Read the answer") },
    { .method = "POST",
      .path = "/public/answer",
      .roles = WEB_PUBLIC,
      .form = &answer_form,
      .handler = post_answer,
      .answer = "page",
      .summary = T("查看答复", "Read the answer"),
      .flags = ROUTE_SIGN_IN },
};
const size_t case_open_route_count = sizeof case_open_routes / sizeof *case_open_routes;
