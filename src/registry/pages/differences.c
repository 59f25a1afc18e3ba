/* What changed over a kind between two days, and things that may be the same. */
#include "registry/pages/thing.h"

#include "base/clock.h"

#include "register_differences.page.h"
#include "register_duplicates.page.h"

void kind_choices(const struct desk *desk, struct option **out, size_t *n)
{
    *out = ARENA_ARRAY(desk->arena, struct option, KINDS);
    *n = 0;
    for (size_t i = 0; i < KINDS; i++) {
        if (!KIND_LIST[i].names_persons || (desk->reads && desk->who.scope.n)) {
            (*out)[(*n)++] = (struct option){ KIND_LIST[i].name, KIND_LIST[i].many, { 0 } };
        }
    }
}

/* The kind of ?kind=; the first of those that the session sees. */
static const struct kind *kind_asked(struct request *request, const struct desk *desk)
{
    struct str name = request_query(request, "kind");
    const struct kind *kind = name.n ? kind_named(name) : &KIND_LIST[KIND_INSTITUTION];
    if (!kind || (kind->names_persons && !(desk->reads && desk->who.scope.n))) {
        reply_not_found(request);
        return NULL;
    }
    return kind;
}

/* ---- Differences ---- */

static bool load_differences(struct db *db, void *context, struct error *error)
{
    struct differences_view *view = context;
    const struct desk *desk = view->desk;
    struct facts_ask ask = {
        .as_of = desk->as_of, .scope = view->scope, .institution = view->institution, .most = DIFFERENCES_SHOWN + 1
    };
    struct as_of since = { view->since_day, desk->as_of.recorded };
    struct fact_difference *found = NULL;
    size_t n = 0;
    if (!facts_differences(db, desk->arena, view->kind, &ask, since, &found, &n, error)) {
        return false;
    }
    view->more = n > DIFFERENCES_SHOWN;
    n = view->more ? DIFFERENCES_SHOWN : n;
    view->rows = ARENA_ARRAY(desk->arena, struct difference_row, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        const struct fact *before = &found[i].before, *after = &found[i].after;
        const struct fact *either = after->id ? after : before;
        struct difference_row *row = &view->rows[view->n++];
        *row = (struct difference_row){ .href = desk_thing(desk, view->kind, either->code),
                                        .code = either->code,
                                        .name = fact_name(view->kind, either),
                                        .is_new = !before->id,
                                        .gone = !after->id };
        if (before->id && after->id) {
            row->cells = changed_cells(db, desk, view->kind, before, after, &row->n);
        }
    }
    return true;
}

static void differences_read(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct differences_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_differences, view);
}

static void differences_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    struct differences_view *view = context;
    if (view->kind->names_persons) {
        struct reading_of reading = { .kind = view->kind,
                                      .division = view->scope,
                                      .detail = arena_printf(view->desk->arena, "differences of %zu", view->n) };
        desk_reading(request, &reading, differences_read, view);
        return;
    }
    differences_read(request, ok, error, view);
}

void show_differences(struct request *request)
{
    struct desk *desk = desk_of(request);
    const struct kind *kind = desk ? kind_asked(request, desk) : NULL;
    if (!kind) {
        return;
    }
    struct differences_view *view = ARENA_NEW(desk->arena, struct differences_view);
    int year, month, day;
    day_parts(desk->as_of.day, &year, &month, &day);
    *view = (struct differences_view){ .desk = desk,
                                       .kind = kind,
                                       .division = request_query(request, "division"),
                                       .since = str_trim(request_query(request, "since")),
                                       .since_day = day_of(year - 1, 12, 31) };
    if (view->since.n && !day_parse(view->since, &view->since_day)) {
        reply_problem(request, 400, T("日期看不懂", "The date is not one"),
                      T("日期应写作 2023-12-31。", "A day is written 2023-12-31."),
                      T("请返回上一页改正。", "Please go back and correct it."));
        return;
    }
    view->since = day_format(desk->arena, view->since_day);
    bool staff_default = !view->division.n && desk->reads;
    if (kind->names_persons) {
        view->scope =
            view->division.n && str_starts(view->division, desk->who.scope) ? view->division : desk->who.scope;
        view->institution = desk->who.institution;
    } else {
        view->scope = staff_default ? desk->who.scope : view->division;
        view->institution =
            staff_default && (kind->has_institution || kind->id == KIND_INSTITUTION) ? desk->who.institution : 0;
    }
    view->division = view->scope.n ? view->scope : str_part(desk->app->city->code, 0, 4);
    kind_choices(desk, &view->kinds, &view->nkinds);
    division_choices(desk, &view->divisions, &view->ndivisions);
    desk_load(request, true, load_differences, differences_loaded, view);
}

/* ---- Duplicates ---- */

static bool load_duplicates(struct db *db, void *context, struct error *error)
{
    struct duplicates_view *view = context;
    return search_duplicates(db, view->desk->arena, view->kind, view->desk->who.scope, DUPLICATES_SHOWN, &view->pairs,
                             &view->n, error);
}

static void duplicates_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct duplicates_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_duplicates, view);
}

void show_duplicates(struct request *request)
{
    struct desk *desk = desk_of(request);
    const struct kind *kind = desk ? kind_asked(request, desk) : NULL;
    if (!kind) {
        return;
    }
    if (kind->names_persons || !kind->name_from) {
        reply_not_found(request);
        return;
    }
    struct duplicates_view *view = ARENA_NEW(desk->arena, struct duplicates_view);
    *view = (struct duplicates_view){ .desk = desk, .kind = kind };
    view->may_merge = desk->keeps && desk->who.level >= (kind->id == KIND_INSTITUTION ? KEEPER_COUNTY : kind->proposes);
    view->kinds = ARENA_ARRAY(desk->arena, struct option, KINDS);
    for (size_t i = 0; i < KINDS; i++) {
        if (!KIND_LIST[i].names_persons && KIND_LIST[i].name_from) {
            view->kinds[view->nkinds++] = (struct option){ KIND_LIST[i].name, KIND_LIST[i].many, { 0 } };
        }
    }
    desk_load(request, true, load_duplicates, duplicates_loaded, view);
}
