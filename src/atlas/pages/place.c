/* From where somebody asks: a community, a point, or words. See pages.h. */
#include "atlas/pages/pages.h"

enum { OTHERS_MOST = 8, QUERY_MOST = 200 };

/* "115.985" in millionths; false: it is no number of that size. */
static bool read_degrees(struct str text, int64_t most, int64_t *e6)
{
    bool negative = str_starts(text, STR("-"));
    struct str digits = negative ? str_part(text, 1, text.n) : text;
    size_t dot = str_find(digits, '.');
    struct str behind = str_part(digits, dot + 1, 6);
    int64_t whole, part = 0;
    if (dot == 0 || !str_to_int(str_part(digits, 0, dot), 0, most, &whole) || digits.n > 24 ||
        (behind.n && !str_to_int(behind, 0, 999999, &part)) || (behind.n && behind.p[0] == '+')) {
        return false;
    }
    for (size_t i = behind.n; i < 6; i++) {
        part *= 10;
    }
    *e6 = (whole * 1000000 + part) * (negative ? -1 : 1);
    return true;
}

static bool is_odd(struct request *request)
{
    reply_problem(request, 400, T("坐标看不懂", "These are no coordinates"),
                  T("经度、纬度应写作小数度，例如 115.985 和 36.456。",
                    "Longitude and latitude are decimal degrees, such as 115.985 and 36.456."),
                  T("请返回地图再点一次，或者写小区的名字。", "Please tap the map again, or write the estate's name."));
    return false;
}

static bool point_of(struct request *request, struct place *place)
{
    struct arena *arena = request_arena(request);
    struct str lon = request_query(request, "lon"), lat = request_query(request, "lat");
    struct str word = request_query(request, "frame");
    enum map_frame frame = FRAME_CGCS2000;
    int64_t lon_e6, lat_e6;
    struct error error;
    if (!read_degrees(str_trim(lon), 180, &lon_e6) || !read_degrees(str_trim(lat), 90, &lat_e6) ||
        (word.n && !frame_named(word, &frame))) {
        return is_odd(request);
    }
    place->at = frame_convert((struct degrees){ (double)lon_e6 / 1e6, (double)lat_e6 / 1e6 }, frame, FRAME_CGCS2000);
    struct str written = arena_printf(arena, "%.5f° E %.5f° N", place->at.lon, place->at.lat);
    /* A projection of the country: what lies beyond it has no metres. */
    if (place->at.lon < 70 || place->at.lon > 140 || place->at.lat < 0 || place->at.lat > 60 ||
        !atlas_metres(request_app(request)->atlas, (int64_t)(place->at.lon * 1e6), (int64_t)(place->at.lat * 1e6),
                      &place->east, &place->north, &error)) {
        return is_odd(request);
    }
    place->name = (struct name){ arena_printf(arena, "地图上的点 %.*s", STR_ARG(written)),
                                 arena_printf(arena, "the point %.*s", STR_ARG(written)) };
    place->link = arena_printf(arena, "lon=%.6f&lat=%.6f", place->at.lon, place->at.lat);
    place->has = place->has_point = true;
    return true;
}

static void set_community(struct arena *arena, const struct community *community, struct place *place)
{
    place->has = true;
    place->community = *community;
    place->name = community->name;
    place->east = community->east;
    place->north = community->north;
    place->link = arena_printf(arena, "community=%lld", (long long)community->id);
}

static bool words_of(struct request *request, struct db *db, struct place *place)
{
    struct arena *arena = request_arena(request);
    struct community *found;
    struct error error;
    size_t n;
    if (!registry_find_communities(db, arena, str_part(request_app(request)->city->code, 0, 4), place->query,
                                   OTHERS_MOST, &found, &n, &error)) {
        reply_failed(request, &error);
        return false;
    }
    place->nothing = n == 0;
    if (n) {
        set_community(arena, &found[0], place);
        place->others = found + 1;
        place->nothers = n - 1;
    }
    return true;
}

bool place_of_request(struct request *request, struct place *place)
{
    struct db *db = request_db(request);
    struct error error;
    struct community community;
    bool found = false;
    *place = (struct place){ .query = str_trim(str_part(request_query(request, "q"), 0, QUERY_MOST)) };
    if (!db) {
        return false;
    }
    if (request_query(request, "lon").n || request_query(request, "lat").n) {
        return point_of(request, place);
    }
    if (place->query.n) {
        return words_of(request, db, place);
    }
    int64_t id = request_query_int(request, "community", 0);
    if (id <= 0) {
        return true;
    }
    if (!registry_community(db, request_arena(request), id, &community, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!found) {
        reply_not_found(request);
        return false;
    }
    set_community(request_arena(request), &community, place);
    place->query = community.name.zh;
    return true;
}
