/* The first page, the finder, a school, the rules. */
#include "places/public/public.h"

#include "base/clock.h"

#include "about.page.h"
#include "find.page.h"
#include "home.page.h"
#include "keys.page.h"
#include "policy.page.h"
#include "rules.page.h"
#include "school.page.h"

const int every_moment[MOMENT_COUNT] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

struct text round_state_words(struct str state, enum colour *colour)
{
    static const struct {
        const char *state;
        struct text words;
        enum colour colour;
    } all[] = {
        { "draft", { "准备中", "being prepared" }, COLOUR_GREY },
        { "announced", { "办法已公布", "rules published" }, COLOUR_BLUE },
        { "open", { "正在报名", "open" }, COLOUR_GREEN },
        { "closed", { "报名截止，名单公示", "closed, list published" }, COLOUR_YELLOW },
        { "final", { "名单已锁定", "list final" }, COLOUR_YELLOW },
        { "opened", { "见证密数已公开", "secrets opened" }, COLOUR_YELLOW },
        { "allotted", { "已派位，核对中", "allotted, being checked" }, COLOUR_YELLOW },
        { "looked", { "已派位，待公布", "allotted, to be published" }, COLOUR_YELLOW },
        { "published", { "结果已公布", "result published" }, COLOUR_BLUE },
        { "ended", { "已结束", "ended" }, COLOUR_GREY },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (str_is(state, all[i].state)) {
            *colour = all[i].colour;
            return all[i].words;
        }
    }
    *colour = COLOUR_GREY;
    return T("状态未知", "unknown");
}

static void show_home(struct request *request)
{
    enum { MOST = 256 };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct home_view view = { .city = request_app(request)->city };
    struct error error;
    view.rounds = ARENA_ARRAY(arena, struct home_round, MOST);
    struct rows *rows =
        db_query(db, &error,
                 "select id, division, stage, state, opens_at, closes_at from round where parent is null "
                 "order by division, stage desc limit ?1",
                 V_INT(MOST));
    while (rows_next(rows)) {
        struct home_round *r = &view.rounds[view.n++];
        r->id = rows_int(rows, 0);
        r->county_code = rows_text_in(rows, 1, arena);
        r->county = division_words(view.city, r->county_code);
        (void)stage_of(rows_text(rows, 2), &r->stage);
        r->state = rows_text_in(rows, 3, arena);
        r->words = round_state_words(r->state, &r->colour);
        r->opens_at = rows_int(rows, 4);
        r->closes_at = rows_int(rows, 5);
        view.open += str_is(r->state, "open");
        view.published += str_is(r->state, "published") || str_is(r->state, "ended");
    }
    if (!rows_end(rows, &error) ||
        !db_one_int(db, &error, &view.schools, NULL, "select count(distinct institution) from offer")) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, home, &view);
}

/* ---- Which school is mine ---- */

static bool schools_of(struct db *db, struct arena *arena, struct find_place *place, struct error *error)
{
    enum { MOST = 24 };
    place->schools = ARENA_ARRAY(arena, struct find_school, MOST);
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        struct institution *schools;
        size_t n;
        if (!registry_catchment_schools(db, arena, place->community.catchment[stage], &schools, &n, error)) {
            return false;
        }
        for (size_t i = 0; i < n && place->nschools < MOST; i++) {
            place->schools[place->nschools++] = (struct find_school){
                .school = schools[i],
                .primary = stage == STAGE_PRIMARY,
                .distance =
                    registry_distance(place->community.east, place->community.north, schools[i].east, schools[i].north),
            };
        }
    }
    return true;
}

static void show_find(struct request *request)
{
    enum { MOST = 20 };
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct find_view view = { .query = str_trim(str_part(request_query(request, "q"), 0, 200)) };
    struct community *communities;
    struct error error;
    if (!registry_find_communities(db, arena, str_part(city->code, 0, 4), view.query, MOST, &communities, &view.n,
                                   &error)) {
        reply_failed(request, &error);
        return;
    }
    view.places = ARENA_ARRAY(arena, struct find_place, view.n);
    for (size_t i = 0; i < view.n; i++) {
        struct find_place *place = &view.places[i];
        place->community = communities[i];
        place->township = division_words(city, communities[i].division);
        place->county = division_words(city, str_part(communities[i].division, 0, 6));
        if (!schools_of(db, arena, place, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    reply_page(request, 200, find, &view);
}

/* ---- A school ---- */

static bool school_rounds(struct request *request, struct db *db, struct school_view *view, struct error *error)
{
    enum { MOST = 16 };
    struct arena *arena = request_arena(request);
    struct app *app = request_app(request);
    view->rounds = ARENA_ARRAY(arena, struct school_round, MOST);
    int64_t policies[MOST];
    struct str cutoffs[MOST];
    struct rows *rows =
        db_query(db, error,
                 "select r.id, r.division, r.stage, r.year, r.state, o.classes, o.capacity + o.to_late, "
                 "(select count(*) from offer_change c where c.offer = o.id), o.last_cutoff, r.policy, o.to_late "
                 "from offer o join round r on r.id = o.round where o.institution = ?1 and "
                 "r.state <> 'draft' order by r.year desc, r.stage desc, r.id limit ?2",
                 V_INT(view->school.id), V_INT(MOST));
    while (rows_next(rows)) {
        struct school_round *r = &view->rounds[view->nrounds];
        enum stage stage = STAGE_PRIMARY;
        enum colour colour;
        (void)stage_of(rows_text(rows, 2), &stage);
        r->round = rows_int(rows, 0);
        r->words = round_words(arena, request_lang(request), app->city, rows_text_in(rows, 1, arena), stage,
                               rows_int(rows, 3));
        r->state = round_state_words(rows_text(rows, 4), &colour);
        r->classes = rows_int(rows, 5);
        r->capacity = rows_int(rows, 6);
        r->changes = rows_int(rows, 7);
        cutoffs[view->nrounds] = rows_text_in(rows, 8, arena);
        r->to_late = rows_int(rows, 10);
        policies[view->nrounds++] = rows_int(rows, 9);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < view->nrounds; i++) {
        const struct policy *policy;
        if (!places_policy(app->places, db, policies[i], &policy, error)) {
            return false;
        }
        view->rounds[i].last_cutoff = last_cutoff_words(arena, request_lang(request), policy, cutoffs[i]);
    }
    return true;
}

static bool school_catchments(struct db *db, struct arena *arena, struct school_view *view, struct error *error)
{
    enum { MOST = 8 };
    view->catchments = ARENA_ARRAY(arena, struct school_catchment, MOST);
    struct rows *rows = db_query(db, error,
                                 "select c.id, c.stage, c.division, c.name_zh, c.name_en from catchment_school s join "
                                 "catchment c on c.id = s.catchment where s.institution = ?1 order by c.stage desc, "
                                 "c.id limit ?2",
                                 V_INT(view->school.id), V_INT(MOST));
    while (rows_next(rows)) {
        view->catchments[view->ncatchments++].catchment = (struct catchment){
            .id = rows_int(rows, 0),
            .stage = rows_text_in(rows, 1, arena),
            .division = rows_text_in(rows, 2, arena),
            .name = { rows_text_in(rows, 3, arena), rows_text_in(rows, 4, arena) },
        };
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    for (size_t i = 0; i < view->ncatchments; i++) {
        struct school_catchment *c = &view->catchments[i];
        int stage = str_is(c->catchment.stage, "primary") ? STAGE_PRIMARY : STAGE_JUNIOR;
        struct community *all;
        size_t n;
        if (!registry_communities(db, arena, c->catchment.division, &all, &n, error)) {
            return false;
        }
        c->communities = ARENA_ARRAY(arena, struct community, n);
        for (size_t k = 0; k < n; k++) {
            if (all[k].catchment[stage] == c->catchment.id) {
                c->communities[c->n++] = all[k];
            }
        }
    }
    return true;
}

static void show_school(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    const struct city *city = request_app(request)->city;
    struct school_view view = { 0 };
    bool found;
    struct error error;
    if (!registry_institution_by_code(db, arena, request_param(request, "code"), &view.school, &found, &error) ||
        (found && (!school_rounds(request, db, &view, &error) || !school_catchments(db, arena, &view, &error)))) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    view.kind = registry_kind_name(view.school.kind);
    view.division = division_words(city, view.school.division);
    view.county = division_words(city, str_part(view.school.division, 0, 6));
    reply_page(request, 200, school, &view);
}

/* ---- Rules ---- */

static void show_rules(struct request *request)
{
    const struct city *city = request_app(request)->city;
    struct rules_view view = { .rows = ARENA_ARRAY(request_arena(request), struct rules_row, city->npolicies) };
    for (size_t i = 0; i < city->npolicies; i++) {
        const struct policy *p = city->policies[i];
        bool same = view.n && str_eq(view.rows[view.n - 1].code, p->county);
        struct rules_row *row = &view.rows[same ? view.n - 1 : view.n++];
        row->code = p->county;
        row->county = division_words(city, p->county);
        row->has[p->stage] = true;
        row->mechanism[p->stage] = mechanism_name(p->mechanism);
    }
    reply_page(request, 200, rules, &view);
}

/* A county's policy: the version that an announced round goes by, else the newest of the table, else the folder's. A
 * version that is saved after the announcement is the next round's, and nobody shall take it for this one's. */
static bool policy_in_force(struct request *request, struct str county, enum stage stage, struct policy_view *view,
                            struct error *error)
{
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    if (!db) {
        return error_set(error, "no database");
    }
    int64_t id = 0;
    struct rows *rows = db_query(db, error,
                                 "select p.id, p.version, p.hash, p.text from policy p where p.division = ?1 and "
                                 "p.stage = ?2 order by case when exists (select 1 from round r where r.policy = p.id "
                                 "and r.state <> 'draft') then 0 else 1 end, p.year desc, p.version desc limit 1",
                                 V_TEXT(county), V_TEXT(str_of(stage_id(stage))));
    if (rows_next(rows)) {
        id = rows_int(rows, 0);
        view->version = rows_int(rows, 1);
        view->hash = rows_text_in(rows, 2, arena);
        view->text = rows_text_in(rows, 3, arena);
    }
    if (!rows_end(rows, error)) {
        return false;
    }
    if (id) {
        return places_policy(app->places, db, id, &view->policy, error);
    }
    view->policy = city_policy(app->city, county, stage);
    if (view->policy) {
        view->text = policy_format(arena, view->policy, app->city);
    }
    return true;
}

static bool load_policy(struct request *request, struct policy_view *view)
{
    struct error error;
    enum stage stage;
    struct str county = request_param(request, "county");
    view->city = request_app(request)->city;
    if (!stage_of(request_param(request, "stage"), &stage)) {
        reply_not_found(request);
        return false;
    }
    if (!policy_in_force(request, county, stage, view, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!view->policy) {
        reply_not_found(request);
        return false;
    }
    view->county = division_words(view->city, county);
    return true;
}

static void show_policy(struct request *request)
{
    struct policy_view view = { 0 };
    if (load_policy(request, &view)) {
        reply_page(request, 200, policy, &view);
    }
}

static void policy_text(struct request *request)
{
    struct policy_view view = { 0 };
    if (load_policy(request, &view)) {
        reply_bytes(request, 200, "text/yaml; charset=utf-8",
                    arena_printf(request_arena(request), "%.*s-%s.yaml", STR_ARG(view.policy->county),
                                 stage_id(view.policy->stage)),
                    view.text);
    }
}

/* ---- The outline of a catchment ---- */

static void catchment_shape(struct request *request)
{
    struct db *db = request_db(request);
    if (!db) {
        return;
    }
    struct arena *arena = request_arena(request);
    struct str file = request_param(request, "file"), shape;
    struct catchment catchment;
    int64_t id = 0;
    bool found = false;
    struct error error;
    size_t dot = str_find(file, '.');
    if (!str_eq(str_part(file, dot, file.n), STR(".geojson")) ||
        !str_to_int(str_part(file, 0, dot), 1, INT64_MAX, &id)) {
        reply_not_found(request);
        return;
    }
    if (!registry_catchment(db, arena, id, &catchment, &found, &error) ||
        (found && !registry_catchment_shape(db, arena, id, &shape, &found, &error))) {
        reply_failed(request, &error);
        return;
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    reply_bytes(request, 200, "application/geo+json", (struct str){ NULL, 0 },
                arena_printf(arena,
                             "{\"type\":\"Feature\",\"id\":%lld,\"properties\":{\"stage\":\"%.*s\","
                             "\"county\":\"%.*s\"},\"geometry\":%.*s}",
                             (long long)id, STR_ARG(catchment.stage), STR_ARG(catchment.division), STR_ARG(shape)));
}

/* ---- About ---- */

static void show_keys(struct request *request)
{
    struct keys_view view = { 0 };
    struct error error;
    if (!round_keys(request_app(request)->vault, request_arena(request), &view.keys, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, keys, &view);
}

static void show_about(struct request *request)
{
    reply_page(request, 200, about);
}

#define PUBLIC(where, handle, what, zh, en)                                                                            \
    {                                                                                                                  \
        .method = "GET", .path = where, .roles = WEB_PUBLIC, .handler = handle, .answer = what, .summary = T(zh, en)   \
    }

const struct route public_routes[] = {
    PUBLIC("/", show_home, "page", "首页", "First page"),
    PUBLIC("/find", show_find, "page", "查学区", "Which school is mine"),
    PUBLIC("/school/:code", show_school, "page", "学校", "A school"),
    PUBLIC("/catchment/:file", catchment_shape, "json", "招生范围的边界", "The outline of a catchment"),
    PUBLIC("/rules", show_rules, "page", "各县招生办法", "Rules of each county"),
    PUBLIC("/rules/:county/:stage", show_policy, "page", "一个县一个学段的招生办法", "Rules of a county and stage"),
    PUBLIC("/rules/:county/:stage/text", policy_text, "yaml", "招生办法原文", "The rules as a document"),
    PUBLIC("/keys", show_keys, "page", "签名公钥", "Keys that sign"),
    PUBLIC("/about", show_about, "page", "凭什么相信", "Why trust this"),
};
const size_t public_route_count = sizeof public_routes / sizeof *public_routes;
