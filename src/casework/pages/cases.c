/* My work: one list of cases of every kind, by urgency; and everything in scope. */
#include "casework/pages/cases.h"

#include "casework/pages/routes.h"
#include "registry/pages/desk.h"

#include "cases.page.h"

enum { PAGE_ROWS = 50 };

void case_listed(const struct case_desk_view *desk, const struct case_row *row, struct listed_case *out)
{
    *out = (struct listed_case){ .row = *row,
                                 .title = case_title(row),
                                 .due = case_due_words(desk->arena, desk->city, row, desk->today),
                                 .desk = case_desk_words(row->desk),
                                 .late = case_late(desk->city, row, desk->today) };
    out->state = case_state_words(row, out->late, &out->colour);
}

static enum case_state state_of(struct str word, bool all)
{
    static const struct {
        const char *word;
        enum case_state state;
    } words[] = { { "late", CASE_LATE },
                  { "climbed", CASE_CLIMBED },
                  { "paused", CASE_PAUSED },
                  { "closed", CASE_CLOSED },
                  { "any", CASE_ANY } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(word, words[i].word) && (all || words[i].state != CASE_CLOSED)) {
            return words[i].state;
        }
    }
    return CASE_OPEN;
}

static void add_kinds(struct cases_view *view)
{
    const struct city *city = view->desk->city;
    struct arena *arena = view->desk->arena;
    view->kinds = ARENA_ARRAY(arena, struct option, city->ncases + 1);
    view->kinds[view->nkinds++] = (struct option){ "", T("全部种类", "All kinds"), T("", "") };
    for (size_t i = 0; i < city->ncases; i++) {
        const struct case_kind *kind = city->cases[i];
        view->opens = view->opens || (kind->opens & view->desk->who.desks);
        if (kind->confidential) {
            view->seals = view->seals || (view->desk->who.desks & (DESK_SCHOOL | DESK_COUNTY | DESK_CITY));
            if ((view->desk->who.desks & (DESK_COUNTY | DESK_CITY)) && view->nsealed < CASE_ACTS_MAX) {
                view->sealed[view->nsealed++] = kind;
            }
        }
        view->kinds[view->nkinds++] =
            (struct option){ arena_cstr(arena, kind->id),
                             T(arena_cstr(arena, kind->name.zh), arena_cstr(arena, name_in(kind->name, LANG_EN))),
                             T("", "") };
    }
}

struct case_ask cases_asked(struct request *request, const struct case_desk_view *desk, bool all)
{
    return (struct case_ask){ .city = desk->city,
                              .who = &desk->who,
                              .mine = !all,
                              .kind = str_trim(request_query(request, "kind")),
                              .text = str_trim(request_query(request, "q")),
                              .state = state_of(str_trim(request_query(request, "state")), all),
                              .today = desk->today,
                              .order = all ? CASE_BY_CHANGED : CASE_BY_URGENCY };
}

static void show(struct request *request, bool all)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct error error;
    if (!desk) {
        return;
    }
    struct cases_view *view = ARENA_NEW(desk->arena, struct cases_view);
    *view = (struct cases_view){ .desk = desk,
                                 .all = all,
                                 .kind = str_trim(request_query(request, "kind")),
                                 .state = str_trim(request_query(request, "state")),
                                 .text = str_trim(request_query(request, "q")),
                                 .page = request_query_int(request, "page", 1) };
    view->page = view->page > 0 && view->page < 100000 ? view->page : 1;
    struct case_ask ask = cases_asked(request, desk, all);
    ask.state = CASE_ANY;
    struct db *db = request_db(request);
    struct case_row *rows;
    bool good = db && case_tally(db, &ask, &view->tally, &error);
    ask.state = state_of(view->state, all);
    ask.skip = (view->page - 1) * PAGE_ROWS;
    ask.most = PAGE_ROWS;
    good =
        good && case_count(db, &ask, &view->total, &error) && case_list(db, desk->arena, &ask, &rows, &view->n, &error);
    if (!good) {
        reply_failed(request, &error);
        return;
    }
    view->rows = ARENA_ARRAY(desk->arena, struct listed_case, view->n + 1);
    for (size_t i = 0; i < view->n; i++) {
        case_listed(desk, &rows[i], &view->rows[i]);
    }
    view->pages = (view->total + PAGE_ROWS - 1) / PAGE_ROWS;
    view->asked =
        arena_printf(desk->arena, "?kind=%.*s&state=%.*s&q=%.*s", STR_ARG(desk_encode(desk->arena, view->kind)),
                     STR_ARG(desk_encode(desk->arena, view->state)), STR_ARG(desk_encode(desk->arena, view->text)));
    view->more = arena_printf(desk->arena, "%.*s&page=", STR_ARG(view->asked));
    add_kinds(view);
    if (!all && !request_is_post(request)) {
        form_use(request, cases_bulk_form(request));
    }
    reply_page(request, 200, cases_page, view);
}

void cases_show_mine(struct request *request)
{
    show(request, false);
}

static void show_all(struct request *request)
{
    show(request, true);
}

const struct route cases_routes[] = {
    { .method = "GET",
      .path = "/cases",
      .roles = CASE_ROLES,
      .handler = cases_show_mine,
      .answer = "page",
      .summary = T("我的督办", "My work") },
    { .method = "GET",
      .path = "/cases/all",
      .roles = CASE_ROLES,
      .handler = show_all,
      .answer = "page",
      .summary = T("范围内的全部事项", "All cases in scope") },
};
const size_t cases_route_count = sizeof cases_routes / sizeof *cases_routes;
