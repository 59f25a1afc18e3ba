/* Food safety: every canteen and supplier by its results; one of them. The public sees star canteens and the rule. */
#include "casework/pages/food.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "registry/facts.h"
#include "registry/pages/desk.h"

#include "food.page.h"

#include <string.h>

enum { PAGE_ROWS = 50, CASES_MOST = 50, SOON_DAYS = 30, TEXT_MOST = 100 };
#define FOOD_ROLES (ROLE_SCHOOL | ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_INSPECTOR)

/* As what somebody looks; the public (and who has no part in it) as nobody. */
static struct case_desk_view *food_desk(struct request *request)
{
    return request_has_role(request, FOOD_ROLES) ? case_desk_of(request) : NULL;
}

/* A school's own canteen; an inspector's and an officer's scope. */
static bool in_scope(const struct case_desk_view *desk, const struct food_place *place)
{
    if (desk->who.institution > 0) {
        return place->school == desk->who.institution || place->institution == desk->who.institution;
    }
    return desk->who.scope.n > 0 && str_starts(place->division, desk->who.scope);
}

static bool has_text(const struct food_place *place, struct str text)
{
    return text.n == 0 || memmem(place->name.zh.p, place->name.zh.n, text.p, text.n) ||
           (place->name.en.n && memmem(place->name.en.p, place->name.en.n, text.p, text.n)) ||
           memmem(place->code.p, place->code.n, text.p, text.n);
}

static bool is_asked(const struct food_view *view, const struct food_place *place, int64_t today)
{
    bool state = str_is(view->state, "star")       ? place->star
                 : str_is(view->state, "meets")    ? !place->supplier && place->why == 0
                 : str_is(view->state, "licence")  ? place->licence_until < today + SOON_DAYS
                 : str_is(view->state, "open")     ? place->open_findings > 0
                 : str_is(view->state, "supplier") ? place->supplier
                                                   : true;
    return state && str_starts(place->division, view->county) && has_text(place, view->text) &&
           (view->staff || place->star);
}

static void fill_rows(struct arena *arena, struct food_view *view, const struct case_desk_view *desk,
                      const struct food_place *all, size_t n, int64_t today)
{
    struct food_place *rows = ARENA_ARRAY(arena, struct food_place, PAGE_ROWS);
    int64_t skip = (view->page - 1) * PAGE_ROWS;
    for (size_t i = 0; i < n; i++) {
        if (desk && !in_scope(desk, &all[i])) {
            continue;
        }
        view->canteens += !all[i].supplier;
        view->suppliers += all[i].supplier;
        view->stars += all[i].star;
        view->meets += !all[i].supplier && all[i].why == 0;
        if (is_asked(view, &all[i], today)) {
            if (view->total >= skip && view->n < PAGE_ROWS) {
                rows[view->n++] = all[i];
            }
            view->total++;
        }
    }
    view->rows = rows;
    view->pages = (view->total + PAGE_ROWS - 1) / PAGE_ROWS;
}

static void fill_counties(struct arena *arena, const struct city *city, struct str scope, struct food_view *view)
{
    bool known = false;
    view->counties = ARENA_ARRAY(arena, struct option, city->ndivisions + 1);
    view->counties[view->ncounties++] = (struct option){ "", T("全部", "All"), T("", "") };
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *d = &city->divisions[i];
        if (d->level == DIVISION_COUNTY && str_starts(d->code, str_part(scope, 0, 6))) {
            view->counties[view->ncounties++] =
                (struct option){ arena_cstr(arena, d->code),
                                 { arena_cstr(arena, d->name.zh), arena_cstr(arena, name_in(d->name, LANG_EN)) },
                                 T("", "") };
            known = known || str_eq(d->code, view->county);
        }
    }
    view->county = known ? view->county : STR("");
}

static void show_food(struct request *request)
{
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct db *db = request_db(request);
    int64_t today = day_of_ms(clock_ms());
    struct case_desk_view *desk = db ? food_desk(request) : NULL;
    struct food_view *view = ARENA_NEW(arena, struct food_view);
    struct food_place *all;
    struct error error;
    size_t n;
    *view = (struct food_view){ .rule = city->food,
                                .page = request_query_int(request, "page", 1),
                                .county = request_query(request, "county"),
                                .state = request_query(request, "state"),
                                .text = str_part(str_trim(request_query(request, "q")), 0, TEXT_MOST),
                                .staff = desk != NULL };
    if (!db || (!desk && request_has_role(request, FOOD_ROLES))) {
        return;
    }
    if (!city->food) {
        reply_not_found(request);
        return;
    }
    view->page = view->page > 0 && view->page < 100000 ? view->page : 1;
    view->text = str_is_utf8(view->text) ? view->text : STR("");
    fill_counties(arena, city, desk ? desk->who.scope : STR(""), view);
    struct str scope = desk && desk->who.institution == 0 ? desk->who.scope : str_part(city->code, 0, 4);
    if (!food_places(db, arena, city, scope, 0, today, &all, &n, &error)) {
        reply_failed(request, &error);
        return;
    }
    fill_rows(arena, view, desk, all, n, today);
    view->more = arena_printf(arena, "/food?county=%.*s&state=%.*s&q=%.*s&page=", STR_ARG(view->county),
                              STR_ARG(desk_encode(arena, view->state)), STR_ARG(desk_encode(arena, view->text)));
    reply_page(request, 200, food_page, view);
}

/* ---- One of them ---- */

static bool fill_cases(struct db *db, const struct case_desk_view *desk, struct food_one_view *view,
                       struct error *error)
{
    struct case_ask ask = { .city = desk->city,
                            .who = &desk->who,
                            .institution = view->place.institution,
                            .today = desk->today,
                            .order = CASE_OPEN_FIRST,
                            .most = CASES_MOST };
    struct case_row *rows;
    if (!case_list(db, desk->arena, &ask, &rows, &view->ncases, error)) {
        return false;
    }
    view->cases = ARENA_ARRAY(desk->arena, struct listed_case, view->ncases + 1);
    for (size_t i = 0; i < view->ncases; i++) {
        case_listed(desk, &rows[i], &view->cases[i]);
    }
    return true;
}

static void show_one(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct db *db = request_db(request);
    struct error error;
    struct food_place *places;
    int64_t id = 0;
    bool found = false;
    size_t n = 0;
    if (!desk || !db) {
        return;
    }
    struct food_one_view *view = ARENA_NEW(desk->arena, struct food_one_view);
    *view = (struct food_one_view){ .rule = desk->city->food };
    if (!facts_subject_of(db, &KIND_LIST[KIND_INSTITUTION], request_param(request, "code"), &id, &found, &error) ||
        (found && !food_places(db, desk->arena, desk->city, str_part(desk->city->code, 0, 4), id, desk->today, &places,
                               &n, &error))) {
        reply_failed(request, &error);
        return;
    }
    if (n == 0 || !in_scope(desk, &places[0])) {
        reply_not_found(request);
        return;
    }
    view->place = places[0];
    view->opens = (desk->who.desks & (DESK_COUNTY | DESK_CITY | DESK_INSPECTOR)) != 0;
    if (!fill_cases(db, desk, view, &error) ||
        (view->place.supplier &&
         !food_supplied(db, desk->arena, desk->city, id, desk->today, &view->schools, &view->nschools, &error))) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, food_one_page, view);
}

const struct route food_routes[] = {
    { .method = "GET",
      .path = "/food",
      .roles = WEB_PUBLIC,
      .handler = show_food,
      .answer = "page",
      .summary = T("食堂和配餐单位", "Canteens and meal suppliers") },
    { .method = "GET",
      .path = "/food/:code",
      .roles = FOOD_ROLES,
      .handler = show_one,
      .answer = "page",
      .summary = T("一处食堂或一家配餐单位", "A canteen or a supplier") },
};
const size_t food_route_count = sizeof food_routes / sizeof *food_routes;
