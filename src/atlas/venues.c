/* Sports grounds found: by what they have, whether they are open, how near. See atlas.h. */
#include "atlas/atlas.h"

#include "registry/kinds.h"

bool venue_traits(struct str column, struct str words, int first, uint64_t *traits)
{
    const struct kind *kind = &KIND_LIST[KIND_VENUE];
    int at = kind_column(kind, column);
    struct str rest = words, word;
    uint64_t bits = 0;
    bool known = true;
    while (str_split(&rest, ' ', &word)) {
        size_t i = 0;
        while (i < kind->columns[at].nwords && !str_is(word, kind->columns[at].words[i].word)) {
            i++;
        }
        known = known && (word.n == 0 || i < kind->columns[at].nwords);
        bits |= word.n && i < kind->columns[at].nwords ? UINT64_C(1) << (first + (int)i) : 0;
    }
    *traits = bits;
    return known;
}

struct opening {
    const struct picture *picture;
    struct hours_holidays holidays;
    int64_t ms;
};

static bool is_open(const void *context, uint32_t point)
{
    const struct opening *opening = context;
    uint32_t hours = opening->picture->venues[point].hours;
    return hours != UINT32_MAX && hours_open(&opening->picture->hours[hours], opening->holidays, opening->ms);
}

static bool ask_traits(const struct venues_ask *ask, uint64_t traits[NEAR_TRAITS])
{
    return venue_traits(STR("sports"), ask->sport, TRAIT_SPORT, &traits[0]) &&
           venue_traits(STR("fee"), ask->fee, TRAIT_FEE, &traits[1]) &&
           venue_traits(STR("access"), ask->access, TRAIT_ACCESS, &traits[2]) &&
           venue_traits(STR("kind"), ask->kind, TRAIT_KIND, &traits[3]);
}

/* From nowhere: as the register has them, looked at one by one. */
static size_t in_order(const struct picture *picture, const struct near_ask *ask, struct near_hit *hits)
{
    size_t n = 0;
    for (uint32_t i = 0; i < picture->nvenues && n < ask->most; i++) {
        bool fits = near_has(picture->near, i, ask->traits) && (!ask->pass || ask->pass(ask->context, i));
        if (fits) {
            hits[n++].point = i;
        }
    }
    return n;
}

bool venues_find(const struct picture *picture, const struct city *city, struct arena *arena,
                 const struct venues_ask *ask, struct venue_hit **out, size_t *n, bool *more)
{
    struct opening opening = { picture, { city->holidays, city->nholidays }, ask->open_at };
    struct near_ask search = { .east = ask->east,
                               .north = ask->north,
                               .pass = ask->open_at ? is_open : NULL,
                               .context = &opening,
                               .most = ask->after + ask->most + 1 };
    if (!ask_traits(ask, search.traits)) {
        return false;
    }
    struct near_hit *hits = ARENA_ARRAY(arena, struct near_hit, search.most);
    size_t found = ask->has_place ? near_find(picture->near, &search, hits) : in_order(picture, &search, hits);
    *more = found > ask->after + ask->most;
    *n = found > ask->after ? found - ask->after - (*more ? 1 : 0) : 0;
    *out = ARENA_ARRAY(arena, struct venue_hit, *n);
    for (size_t i = 0; i < *n; i++) {
        const struct near_hit *hit = &hits[ask->after + i];
        (*out)[i] = (struct venue_hit){ &picture->venues[hit->point], ask->has_place ? near_metres(hit->square) : -1 };
    }
    return true;
}
