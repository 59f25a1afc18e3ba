/* See day.h. */
#include "city/day.h"

#include "city/parts.h"

static void read_term(struct reading *reading, yaml_value *node, struct school_day *out)
{
    static const struct key keys[] = { { "from", false }, { "to", false } };
    yaml_value *v[2];
    int64_t from, to;
    if (!read_map(reading, node, "terms", keys, 2, v) || !read_day(reading, v[0], "from", &from) ||
        !read_day(reading, v[1], "to", &to)) {
        return;
    }
    if (to < from || (out->nterms > 0 && from <= out->terms[out->nterms - 1].to)) {
        mistake_at(reading, node, "terms 应按先后排列，互不重叠%.0s", "terms stand in order and do not overlap%.0s",
                   "");
        return;
    }
    out->terms[out->nterms].from = from;
    out->terms[out->nterms++].to = to;
}

struct school_day *school_day_read(struct arena *arena, struct str text, struct str file,
                                   struct city_mistakes *mistakes)
{
    static const struct key keys[] = { { "terms", false }, { "school", false }, { "need", false } };
    struct school_day *out = ARENA_NEW(arena, struct school_day);
    struct reading reading;
    yaml_value *v[3], *root = reading_open(&reading, arena, file, text, mistakes), **items;
    size_t before = mistakes->n, n = 0;
    *out = (struct school_day){ 0 };
    if (read_map(&reading, root, "day.yaml", keys, 3, v)) {
        (void)read_list(&reading, v[0], "terms", 1, DAY_TERMS_MAX, &items, &n);
        for (size_t i = 0; i < n; i++) {
            read_term(&reading, items[i], out);
        }
        (void)read_hours(&reading, v[1], "school", &out->school_from, &out->school_until);
        (void)read_hours(&reading, v[2], "need", &out->need_from, &out->need_until);
    }
    reading_close(&reading);
    return root && mistakes->n == before ? out : NULL;
}

bool school_day_in_term(const struct school_day *school_day, int64_t day)
{
    for (size_t i = 0; i < school_day->nterms; i++) {
        if (day >= school_day->terms[i].from && day <= school_day->terms[i].to) {
            return true;
        }
    }
    return false;
}
