/* See dashboard.h. */
#include "figures/dashboard.h"

#include "city/walker.h"

#include <sys/stat.h>

enum { FIGURES_MOST = 20 }; /* more are none that anybody looks at */

static const char *const more_words[MORES] = { "conditions", "published", "briefing" };

static void read_figures(struct reading *reading, yaml_value *node, const struct indicators *set, struct dashboard *out)
{
    yaml_value **items;
    size_t n = 0;
    if (!read_list(reading, node, "figures", 1, FIGURES_MOST, &items, &n)) {
        return;
    }
    const char **ids = ARENA_ARRAY(reading->arena, const char *, set->n);
    struct str *earlier = ARENA_ARRAY(reading->arena, struct str, n);
    for (size_t i = 0; i < set->n; i++) {
        ids[i] = set->items[i].id.p;
    }
    out->figures = ARENA_ARRAY(reading->arena, size_t, n);
    for (size_t i = 0; i < n; i++) {
        size_t found = 0;
        if (read_word(reading, items[i], "figures", ids, set->n, &found) &&
            id_is_new(reading, items[i], earlier, out->n, set->items[found].id)) {
            earlier[out->n] = set->items[found].id;
            out->figures[out->n++] = found;
        }
    }
}

static void read_level(struct reading *reading, yaml_value *node, const char *name, const struct indicators *set,
                       struct dashboard *out)
{
    static const struct key keys[] = { { "figures", false }, { "more", true } };
    yaml_value *v[2], **items;
    size_t n = 0, found = 0;
    if (!node || !read_map(reading, node, name, keys, 2, v)) {
        return;
    }
    read_figures(reading, v[0], set, out);
    if (v[1] && read_list(reading, v[1], "more", 0, MORES, &items, &n)) {
        for (size_t i = 0; i < n; i++) {
            if (read_word(reading, items[i], "more", more_words, MORES, &found)) {
                out->more[found] = true;
            }
        }
    }
}

static void read_levels(struct reading *reading, yaml_value *root, const struct indicators *set, struct dashboards *out)
{
    static const struct key top[] = { { "levels", false } };
    static const struct key keys[DASHBOARDS] = { [DASHBOARD_CITY] = { "city", false },
                                                 [DASHBOARD_COUNTY] = { "county", false },
                                                 [DASHBOARD_SCHOOL] = { "school", false } };
    yaml_value *levels = NULL, *v[DASHBOARDS];
    if (read_map(reading, root, "dashboards.yaml", top, 1, &levels) &&
        read_map(reading, levels, "levels", keys, DASHBOARDS, v)) {
        for (size_t i = 0; i < DASHBOARDS; i++) {
            read_level(reading, v[i], keys[i].name, set, &out->levels[i]);
        }
    }
}

bool dashboards_read(struct dashboards **out, const char *folder, const struct indicators *set,
                     struct city_mistakes *mistakes, struct error *error)
{
    struct arena *arena = arena_new(4 * 1024);
    struct dashboards *dashboards = ARENA_NEW(arena, struct dashboards);
    struct str path = arena_printf(arena, "%s/dashboards.yaml", folder), text;
    struct stat about;
    struct reading reading;
    size_t before = mistakes->n;
    dashboards->arena = arena;
    if (stat(path.p, &about) == 0 && read_file(arena, path.p, mistakes, &text)) {
        yaml_value *root = reading_open(&reading, arena, path, text, mistakes);
        if (root) {
            read_levels(&reading, root, set, dashboards);
        }
        reading_close(&reading);
    }
    if (mistakes->n == before) {
        *out = dashboards;
        return true;
    }
    size_t n = mistakes->n - before;
    dashboards_free(dashboards);
    return error_set(error, "dashboards.yaml of %s has %zu mistake%s", folder, n, n == 1 ? "" : "s");
}

void dashboards_free(struct dashboards *dashboards)
{
    if (dashboards) {
        arena_free(dashboards->arena);
    }
}
