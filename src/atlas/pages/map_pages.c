/* The map, the place of a tap, the same as lists, and the layers for everybody. */
#include "atlas/pages/pages.h"

#include "atlas_at.page.h"
#include "atlas_group.page.h"
#include "atlas_list.page.h"
#include "atlas_map.page.h"

enum { A_PAGE = 50, NEAR_MOST = 5, KINDS_BYTES_MOST = 64 * 1024 };

/* ---- /map ---- */

static void map_page(struct request *request, const struct picture *picture)
{
    struct map_view view = { .city = request_app(request)->city, .picture = picture };
    const struct base_map *base = &view.city->map;
    view.frame = frame_name(base->frame_gcj02 ? FRAME_GCJ02 : FRAME_CGCS2000);
    view.tiles = base->tiles;
    view.attribution = name_in(base->attribution, request_lang(request));
    reply_page(request, 200, atlas_map, &view);
}

static void show_map(struct request *request)
{
    with_picture(request, map_page);
}

/* ---- /map/at ---- */

static bool fill_stage(struct request *request, struct at_view *view, enum stage stage, int64_t catchment,
                       struct error *error)
{
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    struct at_stage *out = &view->stages[stage];
    struct institution *schools;
    struct catchment row;
    if (!db || !registry_catchment(db, arena, catchment, &row, &out->found, error) ||
        !registry_catchment_schools(db, arena, catchment, &schools, &out->n, error)) {
        return false;
    }
    out->catchment = catchment;
    out->name = out->found ? row.name : (struct name){ STR(""), STR("") };
    out->schools = ARENA_ARRAY(arena, struct at_school, out->n);
    for (size_t i = 0; i < out->n; i++) {
        out->schools[i] = (struct at_school){ schools[i], registry_distance(view->place.east, view->place.north,
                                                                            schools[i].east, schools[i].north) };
    }
    return true;
}

static void at_page(struct request *request, const struct picture *picture)
{
    struct at_view *view = ARENA_NEW(request_arena(request), struct at_view);
    const struct city *city = request_app(request)->city;
    struct error error;
    bool more;
    if (!place_of_request(request, &view->place)) {
        return;
    }
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        struct place *place = &view->place;
        view->stages[stage].stage = stage_called((enum stage)stage);
        const struct map_area *area = place->has_point ? picture_area_at(picture, (enum stage)stage, place->at) : NULL;
        int64_t catchment = place->has_point ? area ? area->id : 0 : place->has ? place->community.catchment[stage] : 0;
        if (catchment && !fill_stage(request, view, (enum stage)stage, catchment, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    if (view->place.has) {
        struct venues_ask ask = {
            .has_place = true, .east = view->place.east, .north = view->place.north, .most = NEAR_MOST
        };
        (void)venues_find(picture, city, request_arena(request), &ask, &view->venues, &view->nvenues, &more);
    }
    reply_page(request, 200, atlas_at, view);
}

static void show_at(struct request *request)
{
    with_picture(request, at_page);
}

/* ---- /map/list/… ---- */

struct listing {
    struct layer_list_view *view;
    const struct picture *picture;
    const struct city *city;
    struct arena *arena;
    enum lang lang;
};

static bool fits(const struct listing *listing, struct str division, struct str kind)
{
    const struct list_filter *filter = &listing->view->filter;
    return str_starts(division, filter->county) && (filter->kind.n == 0 || str_eq(kind, filter->kind));
}

/* Counts it; keeps it when it stands on this page. */
static void put(struct listing *listing, struct name name, struct str href, struct str note)
{
    struct layer_list_view *view = listing->view;
    int64_t first = (view->page - 1) * A_PAGE;
    if (view->total >= first && view->total < first + A_PAGE) {
        view->items[view->n++] = (struct list_item){ name, href, note };
    }
    view->total++;
}

static struct str both(struct arena *arena, struct str a, struct str b)
{
    return arena_printf(arena, "%.*s · %.*s", STR_ARG(a), STR_ARG(b));
}

static bool is_here(const struct listing *listing)
{
    int64_t first = (listing->view->page - 1) * A_PAGE;
    return listing->view->total >= first && listing->view->total < first + A_PAGE;
}

static struct str county_of(const struct listing *listing, struct str division)
{
    return name_in(county_called(listing->city, division), listing->lang);
}

static void list_schools(struct listing *listing)
{
    for (size_t i = 0; i < listing->picture->nschools; i++) {
        const struct map_school *school = &listing->picture->schools[i];
        if (fits(listing, school->division, school->kind)) {
            bool here = is_here(listing);
            struct str kind = name_in(word_label(KIND_INSTITUTION, "kind", school->kind), listing->lang);
            put(listing, school->name,
                here ? arena_printf(listing->arena, "/school/%.*s", STR_ARG(school->code)) : STR(""),
                here ? both(listing->arena, county_of(listing, school->division), kind) : STR(""));
        }
    }
}

static void list_catchments(struct listing *listing)
{
    struct str wanted = listing->view->filter.stage;
    for (size_t i = 0; i < listing->picture->nareas; i++) {
        const struct map_area *area = &listing->picture->areas[i];
        if (str_starts(area->division, listing->view->filter.county) &&
            (wanted.n == 0 || str_is(wanted, stage_id(area->stage)))) {
            bool here = is_here(listing);
            put(listing, area->name,
                here ? arena_printf(listing->arena, "/forecast/catchment/%lld", (long long)area->id) : STR(""),
                here ? both(listing->arena, county_of(listing, area->division),
                            str_of(text_in(stage_called(area->stage), listing->lang)))
                     : STR(""));
        }
    }
}

static void list_groups(struct listing *listing)
{
    for (size_t i = 0; i < listing->picture->ngroups; i++) {
        const struct map_group *group = &listing->picture->groups[i];
        if (fits(listing, group->division, group->kind)) {
            struct str kind = name_in(word_label(KIND_GROUP, "kind", group->kind), listing->lang);
            put(listing, group->name, arena_printf(listing->arena, "/map/group/%.*s", STR_ARG(group->code)),
                arena_printf(listing->arena, listing->lang == LANG_EN ? "%.*s · %zu institutions" : "%.*s · %zu 个单位",
                             STR_ARG(kind), group->n));
        }
    }
}

static void fill_filter(struct request *request, struct layer_list_view *view)
{
    struct arena *arena = request_arena(request);
    struct list_filter *filter = &view->filter;
    filter->county = arena_str(arena, str_part(request_query(request, "county"), 0, 6));
    filter->kind = arena_str(arena, str_part(request_query(request, "kind"), 0, 40));
    filter->stage = arena_str(arena, str_part(request_query(request, "stage"), 0, 10));
    filter->counties = county_options(arena, request_app(request)->city, &filter->ncounties);
    if (view->layer != LAYER_CATCHMENTS) {
        filter->kinds =
            word_options(arena, view->layer == LAYER_SCHOOLS ? KIND_INSTITUTION : KIND_GROUP, "kind", &filter->nkinds);
    }
}

/* Only what is an option stands in links and fields. */
static struct str option_or_none(struct str value, const struct option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_is(value, options[i].value)) {
            return value;
        }
    }
    return STR("");
}

static const struct option stage_options[] = { { .value = "", .label = T("不限", "any") },
                                               { .value = "primary", .label = T("小学", "primary") },
                                               { .value = "junior", .label = T("初中", "junior") } };

static void list_page(struct request *request, const struct picture *picture)
{
    struct arena *arena = request_arena(request);
    struct layer_list_view *view = ARENA_NEW(arena, struct layer_list_view);
    struct str which = request_param(request, "layer");
    struct listing listing = { view, picture, request_app(request)->city, arena, request_lang(request) };
    view->layer = str_is(which, "schools")      ? LAYER_SCHOOLS
                  : str_is(which, "catchments") ? LAYER_CATCHMENTS
                  : str_is(which, "groups")     ? LAYER_GROUPS
                                                : LAYERS;
    if (view->layer == LAYERS) {
        reply_not_found(request);
        return;
    }
    fill_filter(request, view);
    struct list_filter *filter = &view->filter;
    if (view->layer == LAYER_CATCHMENTS) {
        filter->kinds = stage_options;
        filter->nkinds = sizeof stage_options / sizeof *stage_options;
        filter->stage = option_or_none(filter->stage, filter->kinds, filter->nkinds);
        filter->kind = STR("");
    } else {
        filter->kind = option_or_none(filter->kind, filter->kinds, filter->nkinds);
        filter->stage = STR("");
    }
    filter->county = option_or_none(filter->county, filter->counties, filter->ncounties);
    int64_t page = request_query_int(request, "page", 1);
    view->page = page < 1 ? 1 : page > 100000 ? 100000 : page;
    view->items = ARENA_ARRAY(arena, struct list_item, A_PAGE);
    view->title = view->layer == LAYER_SCHOOLS      ? T("学校名单", "Schools")
                  : view->layer == LAYER_CATCHMENTS ? T("学区名单", "Catchments")
                                                    : T("集团、联盟和结对", "Groups, alliances and pairings");
    if (view->layer == LAYER_SCHOOLS) {
        list_schools(&listing);
    } else if (view->layer == LAYER_CATCHMENTS) {
        list_catchments(&listing);
    } else {
        list_groups(&listing);
    }
    view->pages = (view->total + A_PAGE - 1) / A_PAGE;
    view->base = arena_printf(arena, "/map/list/%s?county=%.*s&kind=%.*s&stage=%.*s&page=", layer_name(view->layer),
                              STR_ARG(filter->county), STR_ARG(filter->kind), STR_ARG(filter->stage));
    reply_page(request, 200, atlas_list, view);
}

static void show_list(struct request *request)
{
    with_picture(request, list_page);
}

/* ---- /map/group/CODE ---- */

static void group_page(struct request *request, const struct picture *picture)
{
    struct str code = request_param(request, "code");
    for (size_t i = 0; i < picture->ngroups; i++) {
        const struct map_group *group = &picture->groups[i];
        if (str_eq(group->code, code)) {
            struct group_view view = { group, word_label(KIND_GROUP, "kind", group->kind),
                                       county_called(request_app(request)->city, group->division) };
            reply_page(request, 200, atlas_group, &view);
            return;
        }
    }
    reply_not_found(request);
}

static void show_group(struct request *request)
{
    with_picture(request, group_page);
}

/* ---- /atlas/… ---- */

struct layer_work {
    const struct picture *picture;
    struct atlas *atlas;
    const struct city *city;
    enum layer layer;
    enum stage stage;
    enum map_frame frame;
    struct str bytes;
};

static bool make_layer(struct arena *arena, void *context, struct error *error)
{
    struct layer_work *work = context;
    const struct picture *picture = work->picture;
    struct str bytes = picture_layer(picture, work->city, work->layer, work->stage, work->frame);
    work->bytes = arena_str(arena, bytes); /* the picture may be gone when it is sent */
    atlas_give(work->atlas, picture);
    return bytes.n || error_set(error, "the layer %s is too large", layer_name(work->layer));
}

static void layer_made(struct request *request, bool ok, const struct error *error, void *context)
{
    struct layer_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "application/geo+json", (struct str){ NULL, 0 }, work->bytes);
}

/* "schools.geojson" */
static bool layer_of_file(struct str file, enum layer *layer)
{
    for (int i = 0; i < LAYERS; i++) {
        struct str name = str_of(layer_name((enum layer)i));
        if (str_starts(file, name) && str_is(str_part(file, name.n, file.n), ".geojson")) {
            *layer = (enum layer)i;
            return true;
        }
    }
    return false;
}

static void layer_page(struct request *request, const struct picture *picture)
{
    struct layer_work *work = ARENA_NEW(request_arena(request), struct layer_work);
    struct str stage = request_query(request, "stage"), frame = request_query(request, "frame");
    struct atlas *atlas = request_app(request)->atlas;
    *work = (struct layer_work){
        .picture = picture, .atlas = atlas, .city = request_app(request)->city, .stage = STAGE_COUNT
    };
    if (!layer_of_file(request_param(request, "file"), &work->layer) || (stage.n && !stage_of(stage, &work->stage)) ||
        (frame.n && !frame_named(frame, &work->frame))) {
        reply_not_found(request);
        atlas_give(atlas, picture);
        return;
    }
    request_work(request, make_layer, work, layer_made);
}

static void show_layer(struct request *request)
{
    with_picture_kept(request, layer_page);
}

/* The kinds of schools that there are, with their words: choices of the map. */
static void kinds_page(struct request *request, const struct picture *picture)
{
    const struct column *column =
        &KIND_LIST[KIND_INSTITUTION].columns[kind_column(&KIND_LIST[KIND_INSTITUTION], STR("kind"))];
    struct buf out = buf_init(KINDS_BYTES_MOST);
    bool first = true;
    buf_add_cstr(&out, "{\"kinds\":[");
    for (size_t i = 0; i < column->nwords; i++) {
        bool used = false;
        for (size_t k = 0; k < picture->nschools && !used; k++) {
            used = str_is(picture->schools[k].kind, column->words[i].word);
        }
        if (used) {
            buf_printf(&out, "%s{\"kind\":\"%s\",\"name\":\"%s\",\"name_en\":", first ? "" : ",", column->words[i].word,
                       column->words[i].label.zh);
            buf_add_json(&out, str_of(column->words[i].label.en));
            buf_add_char(&out, '}');
            first = false;
        }
    }
    buf_add_cstr(&out, "]}\n");
    struct str bytes = arena_str(request_arena(request), buf_str(&out));
    buf_free(&out);
    reply_json(request, 200, bytes);
}

static void show_kinds(struct request *request)
{
    with_picture(request, kinds_page);
}

#define PUBLIC(where, handle, what, more, zh, en)                                                                      \
    {                                                                                                                  \
        .method = "GET", .path = where, .roles = WEB_PUBLIC, .handler = handle, .answer = what, .flags = more,         \
        .summary = T(zh, en)                                                                                           \
    }

const struct route map_routes[] = {
    PUBLIC("/map", show_map, "page", ROUTE_IMAGES, "地图", "The map"),
    PUBLIC("/map/at", show_at, "page", 0, "这里属于哪个学区", "Which catchments a place lies in"),
    PUBLIC("/map/list/:layer", show_list, "page", 0, "地图上的学校、学区、集团，列成名单",
           "Schools, catchments and groups of the map as lists"),
    PUBLIC("/map/group/:code", show_group, "page", 0, "一个集团、联盟或结对", "A group, alliance or pairing"),
    PUBLIC("/atlas/kinds.json", show_kinds, "json", ROUTE_CACHE, "学校类别（供地图）",
           "Kinds of schools (for the map)"),
    PUBLIC("/atlas/:file", show_layer, "geojson", ROUTE_CACHE, "地图图层（GeoJSON）", "A layer of the map (GeoJSON)"),
};
const size_t map_route_count = sizeof map_routes / sizeof *map_routes;
