/* What pages of the atlas share: the picture in a request, words. See pages.h. */
#include "atlas/pages/pages.h"

/* ---- The picture ---- */

struct making {
    struct atlas *atlas;
    const struct picture *picture;
    picture_page *page;
    bool kept;
};

static void run_page(struct request *request, const struct making *making)
{
    struct atlas *atlas = making->atlas; /* the reply ends the request's arena, in which `making` lies */
    const struct picture *picture = making->picture;
    bool kept = making->kept;
    making->page(request, picture);
    if (!kept) {
        atlas_give(atlas, picture);
    }
}

static bool make(struct arena *arena, void *context, struct error *error)
{
    (void)arena;
    struct making *making = context;
    making->picture = atlas_make(making->atlas, error);
    return making->picture != NULL;
}

static void made(struct request *request, bool ok, const struct error *error, void *context)
{
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    run_page(request, context);
}

static void with(struct request *request, picture_page *page, bool kept)
{
    struct db *db = request_db(request);
    struct making *making = ARENA_NEW(request_arena(request), struct making);
    struct error error;
    int64_t moment;
    if (!db) {
        return;
    }
    if (!writing_moment_seen(db, &moment, &error)) {
        reply_failed(request, &error);
        return;
    }
    *making = (struct making){ .atlas = request_app(request)->atlas, .page = page, .kept = kept };
    making->picture = atlas_take(making->atlas, moment);
    if (making->picture) {
        run_page(request, making);
    } else {
        request_work(request, make, making, made);
    }
}

void with_picture(struct request *request, picture_page *page)
{
    with(request, page, false);
}

void with_picture_kept(struct request *request, picture_page *page)
{
    with(request, page, true);
}

/* ---- Words ---- */

static const struct column *column_of(enum kind_id kind, const char *column)
{
    return &KIND_LIST[kind].columns[kind_column(&KIND_LIST[kind], str_of(column))];
}

struct name word_label(enum kind_id kind, const char *column, struct str word)
{
    return kind_label(column_of(kind, column), word);
}

const struct option *word_options(struct arena *arena, enum kind_id kind, const char *column, size_t *n)
{
    const struct column *of = column_of(kind, column);
    struct option *options = ARENA_ARRAY(arena, struct option, of->nwords + 1);
    options[0] = (struct option){ .value = "", .label = T("不限", "any") };
    for (size_t i = 0; i < of->nwords; i++) {
        options[i + 1] = (struct option){ .value = of->words[i].word, .label = of->words[i].label };
    }
    *n = of->nwords + 1;
    return options;
}

struct name county_called(const struct city *city, struct str division)
{
    const struct division *county = city_county_of(city, division);
    return county ? county->name : (struct name){ division, division };
}

const struct option *county_options(struct arena *arena, const struct city *city, size_t *n)
{
    struct option *options = ARENA_ARRAY(arena, struct option, city->ndivisions + 1);
    options[0] = (struct option){ .value = "", .label = T("全市", "the whole city") };
    *n = 1;
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        if (division->level == DIVISION_COUNTY) {
            options[(*n)++] = (struct option){ .value = arena_cstr(arena, division->code),
                                               .label = { arena_cstr(arena, division->name.zh),
                                                          arena_cstr(arena, name_in(division->name, LANG_EN)) } };
        }
    }
    return options;
}

struct text stage_called(enum stage stage)
{
    return stage == STAGE_PRIMARY ? T("小学", "primary school") : T("初中", "junior high school");
}
