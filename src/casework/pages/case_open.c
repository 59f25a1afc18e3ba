/* A case is opened by hand: by staff, by an enterprise, by a family; by itself, or under another. The public's way is
 * another file (case_letter.c). */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "casework/pages/routes.h"
#include "registry/registry.h"

#include "case_open.page.h"

#include <string.h>

struct opening {
    struct open_view *view;
    struct case_open input;
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

/* ---- Staff ---- */

/* The case on which a new one is to hang: one that they see, or that everybody sees. false: the reply was made. */
static bool above_of(struct request *request, struct open_view *view)
{
    struct db *db = request_db(request);
    struct case_row *row = ARENA_NEW(view->desk->arena, struct case_row);
    struct error error;
    bool found = false, sees = false;
    if (!db) {
        return false;
    }
    if (!case_one(db, view->desk->arena, view->desk->city, request_query_int(request, "parent", 0), row, &found,
                  &error) ||
        (found && !case_sees(db, &view->desk->who, row, &sees, &error))) {
        reply_failed(request, &error);
        return false;
    }
    if (!found || !(sees || row->open_from) || !str_eq(row->kind_id, view->kind->under)) {
        reply_not_found(request);
        return false;
    }
    view->above = row;
    return true;
}

static struct open_view *view_of(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    if (!desk) {
        return NULL;
    }
    struct open_view *view = ARENA_NEW(desk->arena, struct open_view);
    *view = (struct open_view){ .desk = desk, .kind = city_case(desk->city, request_param(request, "kind")) };
    if (!view->kind || view->kind->confidential || !(view->kind->opens & desk->who.desks) ||
        view->kind->subject == CASE_OF_APPLICATION) {
        reply_not_found(request);
        return NULL;
    }
    if (view->kind->under.n && !above_of(request, view)) {
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
            form_set(request, "code", request_query(request, "code")); /* from a page that knows it */
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
        bool by_itself = kind->under.n == 0 && kind->subject != CASE_OF_APPLICATION;
        if ((kind->opens & desk->who.desks) && by_itself) {
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
    if (opening->view->above) {
        opening->input.parent = opening->view->above->id;
        return true;
    }
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
    } else if (input->result == CASE_NOT_NOW || input->result == CASE_HAS_ONE) {
        form_error(request, "title", case_result_text(input->result));
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
                                            .client_key = case_form_once(request) } };
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
};
const size_t case_open_route_count = sizeof case_open_routes / sizeof *case_open_routes;
