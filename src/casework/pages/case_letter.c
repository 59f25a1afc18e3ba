/* The public writes, of an institution or a place, and gets a number and a word by which it reads the answer without an
 * account. */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "base/hex.h"
#include "casework/pages/routes.h"
#include "registry/facts.h"
#include "registry/registry.h"

#include "case_open.page.h"

enum { WORD_LETTERS = 8 };
static const char word_purpose[] = "case.answer";

struct opening {
    struct open_view *view;
    struct case_open input;
    struct str word; /* its proof is kept, the word is not */
    struct str proof;
};

static const struct form *form_of_public(struct request *request)
{
    const struct case_kind *kind = city_case(request_app(request)->city, request_param(request, "kind"));
    return kind ? case_form(request_arena(request), kind, kind->asks, kind->nasks, NULL, NULL, false, false) : NULL;
}

/* ---- Writing ---- */

/* What somebody writes about. */
struct matter {
    struct str division, code;
    struct name name;
    int64_t institution; /* 0: none */
    bool place;
};

static bool place_named(struct db *db, struct arena *arena, struct str code, struct matter *out, bool *found,
                        struct error *error)
{
    struct rows *rows = db_query(db, error,
                                 "select division, name_zh, name_en, institution from venue_fact where code = ?1 and "
                                 "replaced_at = ?2 and valid_from <= ?3 and valid_until > ?3",
                                 V_TEXT(code), V_INT(MOMENT_OPEN), V_INT(day_of_ms(clock_ms())));
    *found = rows_next(rows);
    if (*found) {
        *out = (struct matter){ rows_text_in(rows, 0, arena),
                                code,
                                { rows_text_in(rows, 1, arena), rows_text_in(rows, 2, arena) },
                                rows_int(rows, 3),
                                true };
    }
    return rows_end(rows, error);
}

static bool matter_of(struct db *db, struct arena *arena, const struct case_kind *kind, struct str code,
                      struct matter *out, bool *found, struct error *error)
{
    struct institution institution;
    if (kind->subject == CASE_OF_VENUE) {
        return place_named(db, arena, code, out, found, error);
    }
    bool good = registry_institution_by_code(db, arena, code, &institution, found, error);
    if (good && *found) {
        *out = (struct matter){ institution.division, STR(""), institution.name, institution.id, false };
    }
    return good;
}

static struct open_view *public_view_of(struct request *request, struct matter *matter)
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
    if (view->kind && !matter_of(db, arena, view->kind, view->code, matter, &found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found || !view->kind || !(view->kind->opens & DESK_PUBLIC)) {
        reply_not_found(request);
        return NULL;
    }
    view->institution = matter->name;
    view->form = form_of_public(request);
    return view;
}

static void show_public(struct request *request)
{
    struct matter matter;
    struct open_view *view = public_view_of(request, &matter);
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
    struct matter matter;
    struct open_view *view = public_view_of(request, &matter);
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
                                     .division = matter.division,
                                     .institution = matter.institution,
                                     .subject = matter.code,
                                     .title = matter.place ? matter.name.zh : STR(""),
                                     .values =
                                         case_form_values(request, view->kind, view->kind->asks, view->kind->nasks),
                                     .nvalues = view->kind->nasks,
                                     .note = STR(""),
                                     .client_key = case_form_once(request) } };
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
    case_open_values(arena, view, values);
    view->due = case_due_words(arena, app->city, &view->row, day_of_ms(clock_ms()));
    reply_page(request, 200, case_answer_page, view);
}

const struct route case_letter_routes[] = {
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
const size_t case_letter_route_count = sizeof case_letter_routes / sizeof *case_letter_routes;
