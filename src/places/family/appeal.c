/* An appeal is a case about an application. What the page explained goes with it as it was worded; who decided before
 * is kept from deciding again. */
#include "places/family/appeal.h"

#include "base/limits.h"
#include "casework/pages/desk.h"
#include "places/explain.h"

#include "appeal.page.h"

enum { ROWS_MOST = 20, EXPLAINED_BYTES = 12000, EXPLAINED_CHARACTERS = 3900 };

/* The kind of case by which families appeal: the city's first about applications. */
static const struct case_kind *kind_of_appeals(const struct city *city)
{
    for (size_t i = 0; i < city->ncases; i++) {
        if (city->cases[i]->subject == CASE_OF_APPLICATION && (city->cases[i]->opens & DESK_FAMILY)) {
            return city->cases[i];
        }
    }
    return NULL;
}

static struct str subject_of(struct arena *arena, int64_t application)
{
    return arena_printf(arena, "%lld", (long long)application);
}

bool appeals_read(struct request *request, const struct status_view *status, struct appeals *out, struct error *error)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    const struct case_kind *kind = kind_of_appeals(city);
    bool decided = status->published || str_is(status->status->review, "refused");
    *out = (struct appeals){ .kind = NULL };
    if (!kind || !decided || !str_is(status->status->state, "submitted")) {
        return true;
    }
    struct case_who who = { .account = request_session(request)->account, .role = "family", .desks = DESK_OPENER };
    struct case_ask ask = { .city = city,
                            .who = &who,
                            .kind = kind->id,
                            .subject = subject_of(arena, status->status->id),
                            .order = CASE_BY_OPENED,
                            .most = ROWS_MOST };
    if (!case_list(request_db(request), arena, &ask, &out->rows, &out->n, error)) {
        return false;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->open = out->open || !out->rows[i].closed_at;
    }
    out->kind = kind;
    return true;
}

/* ---- What was explained ---- */

/* At most as many characters as the field of the case takes. */
static struct str cut(struct str text)
{
    size_t bytes = 0, characters = 0;
    while (bytes < text.n && characters < EXPLAINED_CHARACTERS) {
        bytes++;
        while (bytes < text.n && ((unsigned char)text.p[bytes] & 0xc0) == 0x80) {
            bytes++;
        }
        characters++;
    }
    return str_part(text, 0, bytes);
}

static void add_line(struct buf *buf, struct name words, enum lang lang)
{
    struct str line = name_in(words, lang);
    if (line.n) {
        buf_add(buf, line);
        buf_add_char(buf, '\n');
    }
}

static bool explained_of(struct request *request, const struct status_view *status, struct str *out,
                         struct error *error)
{
    struct arena *arena = request_arena(request);
    enum lang lang = request_lang(request);
    struct explanation why = { 0 };
    bool found = false;
    *out = STR("");
    if (status->published && !explain(request_db(request), request_app(request)->places, arena, status->status->id,
                                      false, &why, &found, error)) {
        return false;
    }
    struct buf buf = buf_init(EXPLAINED_BYTES);
    if (found) {
        add_line(&buf, explain_result_words(arena, &why), lang);
        for (size_t i = 0; i < why.nchoices; i++) {
            add_line(&buf, why.choices[i].school, lang);
            add_line(&buf, explain_choice_words(arena, &why, &why.choices[i]), lang);
            add_line(&buf, explain_change_words(arena, &why, &why.choices[i]), lang);
        }
        add_line(&buf, explain_balance_words(arena, &why), lang);
    } else {
        for (size_t i = 0; i < status->nreasons; i++) {
            add_line(&buf, status->reasons[i].name, lang);
            add_line(&buf, status->reasons[i].instruction, lang);
        }
    }
    *out = arena_str(arena, cut(buf_str(&buf)));
    buf_free(&buf);
    return true;
}

/* ---- The form ---- */

static const struct form *form_of_appeal(struct request *request)
{
    const struct case_kind *kind = kind_of_appeals(request_app(request)->city);
    return kind ? case_form(request_arena(request), kind, kind->asks, kind->nasks, NULL, NULL, false, true) : NULL;
}

/* NULL: the reply was made. */
static struct appeal_view *view_of(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct appeal_view *view = ARENA_NEW(arena, struct appeal_view);
    struct status_view *status = ARENA_NEW(arena, struct status_view);
    struct error error;
    *status = (struct status_view){ 0 };
    if (!status_load(request, status)) {
        return NULL;
    }
    *view = (struct appeal_view){ .status = status, .form = form_of_appeal(request) };
    if (!appeals_read(request, status, &view->appeals, &error) ||
        !explained_of(request, status, &view->explained, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!view->appeals.kind) {
        reply_redirect_to(request, "/apply/%lld/status", (long long)status->status->id);
        return NULL;
    }
    return view;
}

static void show_appeal_now(struct request *request)
{
    struct appeal_view *view = view_of(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, view->form);
        }
        reply_page(request, 200, appeal, view);
    }
}

static void show_appeal(struct request *request)
{
    reading(request, request_param_int(request, "application"), "appeal", show_appeal_now);
}

/* ---- Sending ---- */

struct appealing {
    int64_t application, round;
    bool allotment;
    struct case_open input;
};

/* Who decided: the review's officers, or those who ran and published the allotment. */
static bool decided_before(struct writing *writing, struct appealing *appealing, struct error *error)
{
    struct rows *rows =
        appealing->allotment
            ? db_query(writing->db, error,
                       "select distinct account from round_step where round = ?1 and step in ('allot', 'look', "
                       "'publish', 'late')",
                       V_INT(appealing->round))
            : db_query(writing->db, error,
                       "select distinct account from review where application = ?1 and decision <> 'note'",
                       V_INT(appealing->application));
    int64_t *accounts = NULL;
    size_t n = 0;
    while (rows_next(rows)) {
        if (rows_int(rows, 0) > 0) {
            accounts = arena_grow(writing->arena, accounts, n, sizeof *accounts);
            accounts[n++] = rows_int(rows, 0);
        }
    }
    appealing->input.barred = accounts;
    appealing->input.nbarred = n;
    return rows_end(rows, error);
}

static bool appeal_run(struct writing *writing, void *context, struct error *error)
{
    struct appealing *appealing = context;
    return decided_before(writing, appealing, error) && case_open_run(writing, &appealing->input, error);
}

static void did_appeal(struct request *request, bool ok, const struct error *error, void *context)
{
    struct appealing *appealing = context;
    struct case_open *input = &appealing->input;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_DONE || input->result == CASE_REPEATED) {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/case/%lld", (long long)input->id);
    } else {
        if (input->result == CASE_BAD_VALUE) {
            case_form_error(request, input->field, input->says);
        } else {
            form_error(request, NULL, case_result_text(input->result));
        }
        show_appeal_now(request);
    }
}

static void have_files(struct request *request, struct case_file_added *files, size_t n, void *context)
{
    struct appealing *appealing = context;
    appealing->input.files = files;
    appealing->input.nfiles = n;
    request_command(request, "case.open", appeal_run, appealing, did_appeal, appealing);
}

static void post_appeal(struct request *request)
{
    struct appeal_view *view = view_of(request);
    struct case_desk_view *desk = view ? case_desk_of(request) : NULL;
    struct arena *arena = request_arena(request);
    if (!desk) {
        return;
    }
    if (!form_ok(request)) {
        show_appeal_now(request);
        return;
    }
    const struct status *status = view->status->status;
    const struct case_kind *kind = view->appeals.kind;
    struct appealing *appealing = ARENA_NEW(arena, struct appealing);
    struct case_input *asked = case_form_values(request, kind, kind->asks, kind->nasks);
    struct case_input *values = ARENA_ARRAY(arena, struct case_input, kind->nasks + 1);
    for (size_t i = 0; i < kind->nasks; i++) {
        values[i] = asked[i];
    }
    values[kind->nasks] = (struct case_input){ STR("explained"), view->explained };
    *appealing = (struct appealing){ .application = status->id,
                                     .round = status->round,
                                     .allotment = view->status->published && !form_is(request, "f_against", "review"),
                                     .input = { .city = desk->city,
                                                .kind = kind,
                                                .who = desk->who,
                                                .division = status->round_division,
                                                .subject = subject_of(arena, status->id),
                                                .title = status->receipt,
                                                .values = values,
                                                .nvalues = kind->nasks + (view->explained.n ? 1 : 0),
                                                .note = STR(""),
                                                .client_key = case_form_once(request) } };
    case_files(request, have_files, show_appeal_now, appealing);
}

const struct route appeal_routes[] = {
    { .method = "GET",
      .path = "/apply/#application/appeal",
      .roles = ROLE_FAMILY,
      .scope = scope_of_application,
      .handler = show_appeal,
      .answer = "page",
      .summary = T("对结果提出异议", "Appeal against a result") },
    { .method = "POST",
      .path = "/apply/#application/appeal",
      .roles = ROLE_FAMILY,
      .scope = scope_of_application,
      .form_of = form_of_appeal,
      .handler = post_appeal,
      .body_limit = CASE_PICTURES * LIMIT_UPLOAD_BYTES,
      .answer = "redirect",
      .summary = T("对结果提出异议", "Appeal against a result") },
};
const size_t appeal_route_count = sizeof appeal_routes / sizeof *appeal_routes;
