/* What a policy says of kinds of places, in words. */
#include "places/pages/common.h"

static struct name codes_words(struct arena *arena, const struct kind_set *set)
{
    struct str codes = { "", 0 };
    for (size_t i = 0; i < set->ncodes; i++) {
        codes = arena_printf(arena, "%.*s%s%.*s", STR_ARG(codes), i ? ", " : "", STR_ARG(set->codes[i]));
    }
    return (struct name){ codes, codes };
}

struct name kind_set_words(struct arena *arena, const struct kind_set *set)
{
    struct name codes = codes_words(arena, set);
    return set->open & OPEN_PUBLIC
               ? (struct name){ STR("公办学校的学位种类"), STR("Kinds of places at public schools") }
           : set->open & OPEN_PRIVATE
               ? (struct name){ STR("民办学校的学位种类"), STR("Kinds of places at private schools") }
               : (struct name){ arena_printf(arena, "下列学校的学位种类：%.*s", STR_ARG(codes.zh)),
                                arena_printf(arena, "Kinds of places at these schools: %.*s", STR_ARG(codes.en)) };
}

struct name kind_places_words(struct arena *arena, const struct place_kind *kind)
{
    if (kind->rest) {
        return (struct name){ STR("其余学位"), STR("the rest of the plan") };
    }
    if (kind->places) {
        return (struct name){ arena_printf(arena, "%u 个", (unsigned)kind->places),
                              arena_printf(arena, "%u places", (unsigned)kind->places) };
    }
    return (struct name){ arena_printf(arena, "招生计划的 %u%%（取整数部分，至少 %u 个）", (unsigned)kind->share,
                                       (unsigned)kind->least),
                          arena_printf(arena, "%u percent of the plan, rounded down, at least %u",
                                       (unsigned)kind->share, (unsigned)kind->least) };
}

struct str added_words(struct arena *arena, enum lang lang, int64_t added)
{
    return added == 0
               ? (struct str){ NULL, 0 }
               : arena_printf(arena, lang == LANG_EN ? ", and %lld added for siblings" : "，另为同校兄弟姐妹增加%lld个",
                              (long long)added);
}
