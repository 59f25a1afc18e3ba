/* Cases in public: what is promised, how it stands, by when. */
#include "casework/pages/cases.h"

#include "base/clock.h"
#include "casework/pages/routes.h"

#include "case_open.page.h"

enum { PAGE_ROWS = 50 };

static void list_cases(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct public_view *view = ARENA_NEW(arena, struct public_view);
    struct db *db = request_db(request);
    struct case_row *rows;
    struct error error;
    *view = (struct public_view){ .kind = city_case(city, request_param(request, "kind")),
                                  .page = request_query_int(request, "page", 1) };
    if (!db) {
        return;
    }
    if (!view->kind || !view->kind->public) {
        reply_not_found(request);
        return;
    }
    view->page = view->page > 0 && view->page < 100000 ? view->page : 1;
    struct case_desk_view desk = { .city = city, .arena = arena, .today = day_of_ms(clock_ms()) };
    struct case_ask ask = { .city = city,
                            .kind = view->kind->id,
                            .state = str_is(request_query(request, "state"), "late") ? CASE_LATE : CASE_ANY,
                            .today = desk.today,
                            .order = CASE_OPEN_FIRST,
                            .skip = (view->page - 1) * PAGE_ROWS,
                            .most = PAGE_ROWS };
    if (!case_count(db, &ask, &view->total, &error) || !case_list(db, arena, &ask, &rows, &view->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->rows = ARENA_ARRAY(arena, struct listed_case, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        case_listed(&desk, &rows[i], &view->rows[i]);
    }
    view->pages = (view->total + PAGE_ROWS - 1) / PAGE_ROWS;
    reply_page(request, 200, case_public_list_page, view);
}

void case_open_values(struct arena *arena, struct public_view *view, const struct str *values)
{
    view->values = ARENA_ARRAY(arena, struct shown_value, view->kind->nfields + 1);
    for (size_t i = 0; i < view->kind->nfields; i++) {
        const struct case_field *field = &view->kind->fields[i];
        if (field->open && values[i].n) {
            view->values[view->nvalues++] = (struct shown_value){ T(arena_cstr(arena, field->name.zh),
                                                                    arena_cstr(arena, name_in(field->name, LANG_EN))),
                                                                  case_shown(arena, field, values[i]) };
        }
    }
}

static void show_one(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct public_view *view = ARENA_NEW(arena, struct public_view);
    struct db *db = request_db(request);
    struct str values[CASE_FIELDS_MAX];
    struct case_evidence *evidence = NULL;
    size_t nevidence = 0;
    struct error error;
    bool found = false;
    *view = (struct public_view){ 0 };
    if (!db) {
        return;
    }
    if (!case_numbered(db, arena, city, request_param(request, "number"), &view->row, &found, &error) ||
        (found && (!case_values(db, arena, &view->row, values, &error) ||
                   !case_lines(db, arena, view->row.id, &view->lines, &view->nlines, &error) ||
                   !case_evidence_list(db, arena, view->row.id, &evidence, &nevidence, &error)))) {
        reply_failed(request, &error);
        return;
    }
    view->kind = view->row.kind;
    if (!found || !view->kind || !view->kind->public || !view->row.open_from) {
        reply_not_found(request);
        return;
    }
    view->pictures = ARENA_ARRAY(arena, struct case_evidence, nevidence + 1);
    for (size_t i = 0; i < nevidence; i++) {
        if (evidence[i].open && str_starts(evidence[i].type, STR("image/"))) {
            view->pictures[view->npictures++] = evidence[i];
        }
    }
    view->below = case_below(city, &view->row, 0);
    view->stage = case_stage_name(&view->row);
    view->due = case_due_words(arena, city, &view->row, day_of_ms(clock_ms()));
    case_open_values(arena, view, values);
    reply_page(request, 200, case_public_page, view);
}

const struct route case_public_routes[] = {
    { .method = "GET",
      .path = "/public/cases/:kind",
      .roles = WEB_PUBLIC,
      .handler = list_cases,
      .answer = "page",
      .summary = T("公开的事项", "Public cases") },
    { .method = "GET",
      .path = "/public/case/:number",
      .roles = WEB_PUBLIC,
      .handler = show_one,
      .answer = "page",
      .summary = T("一件公开的事项", "A public case") },
};
const size_t case_public_route_count = sizeof case_public_routes / sizeof *case_public_routes;
