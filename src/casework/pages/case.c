/* One case: what it is, what happened, what may be done; what every kind has; the lines of its plan; its evidence. */
#include "casework/pages/cases.h"

#include "base/cell.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "casework/pages/routes.h"
#include "casework/supervision.h"

#include "case.page.h"

/* ---- The page ---- */

static struct text in_text(struct arena *arena, struct name name)
{
    return (struct text){ arena_cstr(arena, name.zh), arena_cstr(arena, name_in(name, LANG_EN)) };
}

static bool read_values(struct db *db, struct case_view *view, struct error *error)
{
    const struct case_row *row = &view->it.row;
    struct arena *arena = view->desk->arena;
    struct str values[CASE_FIELDS_MAX];
    if (!row->kind) {
        return true;
    }
    if (!case_values(db, arena, row, values, error)) {
        return false;
    }
    view->values = ARENA_ARRAY(arena, struct shown_value, row->kind->nfields + 1);
    for (size_t i = 0; i < row->kind->nfields; i++) {
        const struct case_field *field = &row->kind->fields[i];
        if (values[i].n) {
            view->values[view->nvalues++] =
                (struct shown_value){ in_text(arena, field->name), case_shown(arena, field, values[i]) };
        }
    }
    return true;
}

static bool read_answers(struct db *db, struct case_view *view, struct error *error)
{
    struct case_answers answers;
    const struct checklist *list;
    bool found;
    struct arena *arena = view->desk->arena;
    if (!case_answers_of(db, arena, view->desk->city, view->it.row.id, &answers, &list, &found, error)) {
        return false;
    }
    view->answers = ARENA_ARRAY(arena, struct shown_answer, list ? list->nitems + 1 : 1);
    for (size_t i = 0; list && i < list->nitems; i++) {
        view->ngood += answers.answer[i] == ANSWER_GOOD;
        view->nnot_here += answers.answer[i] == ANSWER_NOT_HERE;
        if (answers.answer[i] == ANSWER_BAD) {
            struct str words = answers.words[i];
            view->answers[view->nanswers++] = (struct shown_answer){ in_text(arena, list->items[i].name),
                                                                     in_text(arena, (struct name){ words, words }),
                                                                     ANSWER_BAD, list->items[i].major };
        }
    }
    return true;
}

/* The name of a role; of none it was the program. */
static struct str role_words(enum lang lang, struct str role)
{
    for (size_t i = 0; i < accounts_roles_count; i++) {
        if (str_is(role, accounts_roles[i].name)) {
            return str_of(text_in(accounts_roles[i].label, lang));
        }
    }
    return str_of(text_in(T("系统", "the program"), lang));
}

/* Who did it. */
static bool who_did(struct db *db, struct case_view *view, const struct case_step *step, struct str *out,
                    struct error *error)
{
    struct arena *arena = view->desk->arena;
    struct account account;
    bool found = false,
         hidden = view->it.row.kind && view->it.row.kind->anonymous && step->account == view->it.row.opener;
    if (!step->account || hidden) {
        *out = hidden ? STR("—") : role_words(view->desk->lang, step->role);
        return true;
    }
    if (!account_get(db, arena, view->desk->app->vault, step->account, &account, &found, error)) {
        return false;
    }
    *out = found ? account.name : STR("—");
    return true;
}

static bool read_steps(struct db *db, struct case_view *view, struct error *error)
{
    struct case_step *steps;
    struct arena *arena = view->desk->arena;
    const struct case_row *row = &view->it.row;
    if (!case_steps(db, arena, row->id, &steps, &view->nsteps, error)) {
        return false;
    }
    view->steps = ARENA_ARRAY(arena, struct shown_step, view->nsteps + 1);
    for (size_t i = 0; i < view->nsteps; i++) {
        size_t stage = row->kind ? case_stage(row->kind, steps[i].to_stage) : SIZE_MAX;
        struct shown_step *shown = &view->steps[i];
        *shown = (struct shown_step){ .what = case_step_words(arena, row, &steps[i]),
                                      .note = steps[i].note,
                                      .at = steps[i].at,
                                      .day = steps[i].day,
                                      .due = steps[i].due,
                                      .stage = stage == SIZE_MAX ? (struct name){ steps[i].to_stage, STR("") }
                                                                 : row->kind->stages[stage].name };
        if (str_is(steps[i].act, "climb")) {
            struct text to = case_desk_name(str_is(steps[i].note, "city") ? DESK_CITY : DESK_COUNTY);
            shown->note = str_of(view->desk->lang == LANG_EN ? to.en : to.zh);
        }
        if (!who_did(db, view, &steps[i], &shown->who, error)) {
            return false;
        }
    }
    return true;
}

static bool read_family(struct db *db, struct case_view *view, struct error *error)
{
    struct case_row *rows, parent;
    struct arena *arena = view->desk->arena;
    struct case_ask ask = { .city = view->desk->city,
                            .who = &view->desk->who,
                            .parent = view->it.row.id,
                            .order = CASE_BY_OPENED,
                            .today = view->desk->today,
                            .most = 200 };
    bool found = false, sees = false;
    if (!case_list(db, arena, &ask, &rows, &view->nchildren, error)) {
        return false;
    }
    view->children = ARENA_ARRAY(arena, struct listed_case, view->nchildren + 1);
    for (size_t i = 0; i < view->nchildren; i++) {
        case_listed(view->desk, &rows[i], &view->children[i]);
    }
    if (!view->it.row.parent) {
        return true;
    }
    if (!case_one(db, arena, view->desk->city, view->it.row.parent, &parent, &found, error) ||
        (found && !case_sees(db, &view->desk->who, &parent, &sees, error))) {
        return false;
    }
    if (sees) {
        view->parent = ARENA_NEW(arena, struct listed_case);
        case_listed(view->desk, &parent, view->parent);
    }
    return true;
}

/* How far from the institution each picture was taken. */
static bool read_pictures(struct db *db, struct case_view *view, struct error *error)
{
    struct arena *arena = view->desk->arena;
    int64_t lon = 0, lat = 0;
    if (!case_evidence_list(db, arena, view->it.row.id, &view->evidence, &view->nevidence, error)) {
        return false;
    }
    struct rows *rows =
        db_query(db, error, "select lon_e6, lat_e6 from institution where id = ?1", V_INT(view->it.row.institution));
    if (rows_next(rows)) {
        lon = rows_int(rows, 0);
        lat = rows_int(rows, 1);
    }
    view->places = ARENA_ARRAY(arena, struct str, view->nevidence + 1);
    for (size_t i = 0; i < view->nevidence; i++) {
        const struct case_evidence *e = &view->evidence[i];
        if (!e->has_place) {
            continue;
        }
        double metres = (double)supervision_metres(lon, lat, e->lon_e6, e->lat_e6);
        view->places[i] =
            lon || lat
                ? arena_printf(arena, view->desk->lang == LANG_EN ? "%.1f km from the institution" : "距单位 %.1f 公里",
                               metres / 1000)
                : arena_printf(arena, "%.4f°, %.4f°", (double)e->lon_e6 / 1e6, (double)e->lat_e6 / 1e6);
    }
    return rows_end(rows, error);
}

static bool read_holder(struct db *db, struct case_view *view, struct error *error)
{
    struct account account;
    bool found = false;
    if (!view->it.row.holder) {
        return true;
    }
    bool good =
        account_get(db, view->desk->arena, view->desk->app->vault, view->it.row.holder, &account, &found, error);
    view->holder = good && found ? account.name : STR("");
    return good;
}

const struct case_kind *case_below(const struct city *city, const struct case_row *row, size_t i)
{
    for (size_t k = 0; k < city->ncases && !row->closed_at && !row->paused_at; k++) {
        const struct case_kind *kind = city->cases[k];
        if (kind->under.n && str_eq(kind->under, row->kind_id) && str_eq(kind->under_stage, row->stage_id) &&
            i-- == 0) {
            return kind;
        }
    }
    return NULL;
}

/* What may be opened under it, and where to read of what it is about. */
static void fill_ways(struct case_view *view)
{
    const struct case_row *row = &view->it.row;
    const struct case_who *who = &view->desk->who;
    const struct case_kind *kind;
    for (size_t i = 0; i < CASE_ACTS_MAX && (kind = case_below(view->desk->city, row, i)); i++) {
        if (kind->opens & who->desks) {
            view->below[view->nbelow++] = kind;
        }
    }
    if (!row->kind || !row->subject.n) {
        return;
    }
    enum case_subject subject = row->kind->subject;
    if (subject == CASE_OF_APPLICATION && (who->desks & (DESK_COUNTY | DESK_FAMILY))) {
        view->about = arena_printf(view->desk->arena, who->desks & DESK_FAMILY ? "/apply/%.*s/status" : "/file/%.*s",
                                   STR_ARG(row->subject));
    } else if (subject == CASE_OF_VENUE) {
        view->about = arena_printf(view->desk->arena, "/venue/%.*s", STR_ARG(row->subject));
    }
}

static bool view_of(struct request *request, struct case_view *view)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct case_row row;
    struct error error;
    *view = (struct case_view){ .desk = desk };
    if (!desk || !case_of_request(request, desk, &row)) {
        return false;
    }
    struct db *db = request_db(request);
    case_listed(desk, &row, &view->it);
    view->open = row.closed_at == 0;
    fill_ways(view);
    view->above = (desk->who.desks & (DESK_COUNTY | DESK_CITY)) != 0;
    if (!read_values(db, view, &error) || !read_answers(db, view, &error) || !read_steps(db, view, &error) ||
        !read_family(db, view, &error) || !read_holder(db, view, &error) ||
        !case_lines(db, desk->arena, row.id, &view->lines, &view->nlines, &error) || !read_pictures(db, view, &error) ||
        !case_acts(db, &desk->who, &row, view->acts, &view->nacts, view->barred, &view->nbarred, &error) ||
        !case_is_mine(db, &desk->who, &row, desk->today, &view->mine, &error) ||
        !case_watches(db, &desk->who, row.id, &view->watching, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return true;
}

struct case_view *case_view_for(struct request *request)
{
    struct case_view *view = ARENA_NEW(request_arena(request), struct case_view);
    return view_of(request, view) ? view : NULL;
}

static const struct field remark_fields[] = {
    { .name = "note",
      .kind = FIELD_LONG,
      .required = true,
      .max = 1000,
      .label = T("备注或原因", "Remark or reason"),
      .hint = T("会写进办理过程，不能再改", "It becomes part of the history and cannot be changed") },
    { .name = "what", .kind = FIELD_HIDDEN, .max = 12, .label = T("动作", "What") },
};
static const struct form remark_form = FORM(remark_fields);

static void show_case(struct request *request)
{
    struct case_view *view = case_view_for(request);
    if (view) {
        if (!request_is_post(request)) {
            form_use(request, &remark_form);
        }
        reply_page(request, 200, case_page, view);
    }
}

/* ---- Remark, take, pause, resume ---- */

static void did_common(struct request *request, bool ok, const struct error *error, void *context)
{
    struct case_common_do *input = context;
    if (!ok) {
        reply_failed(request, error);
    } else if (input->result == CASE_NOT_YOURS) {
        reply_not_found(request);
    } else if (input->result != CASE_DONE) {
        form_error(request, "note", case_result_text(input->result));
        show_case(request);
    } else {
        reply_notice(request, "saved");
        reply_redirect_to(request, "/case/%lld", (long long)input->id);
    }
}

static void post_common(struct request *request)
{
    static const struct {
        const char *word;
        enum case_common what;
    } words[] = {
        { "remark", CASE_REMARK }, { "take", CASE_TAKE },   { "pause", CASE_PAUSE },
        { "resume", CASE_RESUME }, { "watch", CASE_WATCH }, { "unwatch", CASE_UNWATCH },
    };
    struct case_desk_view *desk = case_desk_of(request);
    struct case_row row;
    if (!desk || !case_of_request(request, desk, &row)) {
        return;
    }
    enum case_common what = CASE_REMARK;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        what = form_is(request, "what", words[i].word) ? words[i].what : what;
    }
    bool says = what == CASE_REMARK || what == CASE_PAUSE || what == CASE_RESUME;
    if (says && !form_ok(request)) {
        show_case(request);
        return;
    }
    struct case_common_do *input = ARENA_NEW(desk->arena, struct case_common_do);
    *input = (struct case_common_do){
        .city = desk->city, .who = desk->who, .id = row.id, .what = what, .note = form_value(request, "note")
    };
    request_command(request, "case.common", case_common_run, input, did_common, input);
}

const struct route case_routes[] = {
    { .method = "GET",
      .path = "/case/#case",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .handler = show_case,
      .answer = "page",
      .summary = T("一件事项", "A case") },
    { .method = "POST",
      .path = "/case/#case",
      .roles = CASE_ROLES,
      .scope = scope_of_case,
      .form = &remark_form,
      .handler = post_common,
      .answer = "redirect",
      .summary = T("备注、领办、暂停、恢复", "Remark, take, pause, resume") },
};
const size_t case_route_count = sizeof case_routes / sizeof *case_routes;
