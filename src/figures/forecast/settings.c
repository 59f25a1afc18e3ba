/* See settings.h. Thresholds are per cent in the file, permille here. */
#include "figures/forecast/settings.h"

#include "city/walker.h"

enum { COUNTIES_MOST = 200 };

static void read_counties(struct reading *reading, yaml_value *node, const struct city *city, uint32_t yellow,
                          uint32_t red, struct forecast_settings *out)
{
    static const struct key keys[] = { { "county", false }, { "orange", false } };
    yaml_value **items, *values[2];
    size_t n = 0;
    if (!node || !read_list(reading, node, "counties", 0, COUNTIES_MOST, &items, &n)) {
        return;
    }
    struct str *ids = ARENA_ARRAY(reading->arena, struct str, n);
    out->oranges = ARENA_ARRAY(reading->arena, struct forecast_orange, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t orange;
        if (!read_map(reading, items[i], "counties", keys, 2, values) ||
            !read_text(reading, values[0], "county", &ids[i]) || !id_is_new(reading, values[0], ids, i, ids[i]) ||
            !read_number(reading, values[1], "orange", yellow, red, &orange)) {
            continue;
        }
        const struct division *division = city_division(city, ids[i]);
        if (!division || division->level != DIVISION_COUNTY) {
            mistake_at(reading, values[0], "“%.*s”不是本市的县（市、区）代码", "'%.*s' is no county of the city",
                       STR_ARG(ids[i]));
            continue;
        }
        out->oranges[out->noranges++] = (struct forecast_orange){ ids[i], (int)orange * 10 };
    }
}

static void read_farthest(struct reading *reading, yaml_value *node, struct forecast_settings *out)
{
    static const struct key keys[FORECAST_STAGES] = { { "primary", false }, { "junior", false } };
    yaml_value *values[FORECAST_STAGES];
    if (read_map(reading, node, "farthest", keys, FORECAST_STAGES, values)) {
        for (int stage = 0; stage < FORECAST_STAGES; stage++) {
            (void)read_number(reading, values[stage], keys[stage].name, 100, 100000, &out->farthest[stage]);
        }
    }
}

bool forecast_settings_read(struct arena *arena, const struct city *city, struct forecast_settings *out,
                            struct city_mistakes *mistakes)
{
    static const struct key keys[] = {
        { "yellow", false },       { "orange", false },          { "red", false },
        { "counties", true },      { "shrink_children", false }, { "children_per_thousand_homes", false },
        { "shrink_homes", false }, { "farthest", false },        { "sentence", false },
    };
    enum { KEYS = sizeof keys / sizeof *keys };
    yaml_value *v[KEYS];
    struct reading reading;
    struct str text, file = arena_printf(arena, "%.*s/forecast.yaml", STR_ARG(city->folder));
    *out = (struct forecast_settings){ 0 };
    if (!read_file(arena, file.p, mistakes, &text)) {
        return false;
    }
    yaml_value *root = reading_open(&reading, arena, file, text, mistakes);
    if (root && read_map(&reading, root, "forecast.yaml", keys, KEYS, v)) {
        uint32_t yellow = 0, orange = 0, red = 0, children = 0, per_home = 0, homes = 0;
        if (read_number(&reading, v[2], "red", 1, 1000, &red) &&
            read_number(&reading, v[0], "yellow", 1, red, &yellow) &&
            read_number(&reading, v[1], "orange", yellow, red, &orange)) {
            read_counties(&reading, v[3], city, yellow, red, out);
        }
        (void)read_number(&reading, v[4], "shrink_children", 1, 100000, &children);
        (void)read_number(&reading, v[5], "children_per_thousand_homes", 0, 1000, &per_home);
        (void)read_number(&reading, v[6], "shrink_homes", 1, 1000000, &homes);
        read_farthest(&reading, v[7], out);
        (void)read_name(&reading, v[8], "sentence", &out->sentence);
        out->orange_permille = (int)orange * 10;
        out->rules = (struct forecast_rules){ (int64_t)yellow * 10, (int64_t)red * 10, children, per_home, homes };
    }
    bool clean = reading_is_clean(&reading);
    reading_close(&reading);
    return clean;
}

int forecast_orange_of(const struct forecast_settings *settings, struct str county)
{
    for (size_t i = 0; i < settings->noranges; i++) {
        if (str_eq(settings->oranges[i].county, county)) {
            return settings->oranges[i].permille;
        }
    }
    return settings->orange_permille;
}
