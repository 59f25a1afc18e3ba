/* The register's front page and the lists of its kinds. */
#include "registry/pages/browse.h"

#include "registry/pages/edit.h"
#include "registry/pages/register_routes.h"
#include "registry/pages/thing.h"

#include "register_front.page.h"
#include "register_list.page.h"

/* ---- /register ---- */

static bool count_kinds(struct db *db, struct front_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    view->kinds = ARENA_ARRAY(desk->arena, struct front_kind, KINDS);
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &KIND_LIST[i];
        struct facts_ask ask = { .as_of = desk->as_of };
        if (kind->names_persons) {
            if (!desk->reads || !desk->who.scope.n) {
                continue;
            }
            ask.scope = desk->who.scope;
            ask.institution = desk->who.institution;
        }
        view->kinds[view->nkinds].kind = kind;
        if (!facts_count(db, kind, &ask, &view->kinds[view->nkinds++].count, error)) {
            return false;
        }
    }
    return true;
}

static bool find(struct db *db, struct front_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    struct search_hit *hits = NULL;
    size_t n = 0;
    if (!view->text.n) {
        return true;
    }
    if (!search_find(db, desk->arena, STR(""), view->text, -1, FRONT_HITS, &hits, &n, error)) {
        return false;
    }
    view->hits = ARENA_ARRAY(desk->arena, struct front_hit, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        const struct kind *kind = &KIND_LIST[hits[i].kind];
        if (!kind->names_persons) {
            view->hits[view->nhits++] = (struct front_hit){ .kind = kind,
                                                            .href = desk_thing(desk, kind, hits[i].code),
                                                            .name = hits[i].name,
                                                            .division = desk_division(db, desk, hits[i].division),
                                                            .code = hits[i].code };
        }
    }
    return true;
}

/* What was confirmed last. Changes of persons are told to staff of their scope alone. */
static bool recent(struct db *db, struct front_view *view, struct error *error)
{
    enum { LOOK_AT = 60 };
    const struct desk *desk = view->desk;
    struct change *changes = NULL;
    size_t n = 0;
    if (!change_list(db, desk->arena, desk->reads ? desk->who.scope : STR(""), desk->who.institution, CHANGE_CONFIRMED,
                     0, LOOK_AT, &changes, &n, error)) {
        return false;
    }
    view->changes = ARENA_ARRAY(desk->arena, struct front_change, FRONT_CHANGES);
    for (size_t i = 0; i < n && view->nchanges < FRONT_CHANGES; i++) {
        const struct kind *kind = kind_named(changes[i].kind);
        bool mixed = str_is(changes[i].kind, "import") || str_is(changes[i].kind, "undo");
        if (desk->reads || !(mixed || (kind && kind->names_persons))) {
            view->changes[view->nchanges++] =
                (struct front_change){ .id = changes[i].id,
                                       .what = kind_change_words(desk, changes[i].kind),
                                       .division = desk_division(db, desk, changes[i].division),
                                       .at = changes[i].decided_at };
        }
    }
    if (desk->reads && desk->who.scope.n) {
        if (!change_list(db, desk->arena, desk->who.scope, desk->who.institution, CHANGE_PROPOSED, 0, LOOK_AT, &changes,
                         &n, error)) {
            return false;
        }
        view->waiting = (int64_t)n;
    }
    return true;
}

static bool load_front(struct db *db, void *context, struct error *error)
{
    struct front_view *view = context;
    return count_kinds(db, view, error) && find(db, view, error) && recent(db, view, error);
}

static void front_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct front_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_front, view);
}

static void show_front(struct request *request)
{
    struct desk *desk = desk_of(request);
    if (!desk) {
        return;
    }
    struct front_view *view = ARENA_NEW(desk->arena, struct front_view);
    *view = (struct front_view){ .desk = desk, .text = str_trim(str_part(request_query(request, "q"), 0, 200)) };
    desk_load(request, true, load_front, front_loaded, view);
}

/* ---- Choices of a list ---- */

void division_choices(const struct desk *desk, struct option **out, size_t *n)
{
    const struct city *city = desk->app->city;
    struct option *options = ARENA_ARRAY(desk->arena, struct option, city->ndivisions + 2);
    size_t count = 0;
    options[count++] =
        (struct option){ arena_str(desk->arena, str_part(city->code, 0, 4)).p, T("全市", "whole city"), { 0 } };
    for (size_t i = 0; i < city->ndivisions; i++) {
        const struct division *division = &city->divisions[i];
        bool own = desk->who.scope.n >= 6 && str_starts(division->code, str_part(desk->who.scope, 0, 6));
        if (division->level == DIVISION_COUNTY || (own && division->level == DIVISION_TOWNSHIP)) {
            options[count++] = (struct option){ arena_str(desk->arena, division->code).p,
                                                T(arena_str(desk->arena, division->name.zh).p,
                                                  arena_str(desk->arena, name_in(division->name, LANG_EN)).p),
                                                { 0 } };
        }
    }
    *out = options;
    *n = count;
}

/* "kind=211": every word of every column of words, as one choice. */
static void word_choices(struct list_view *view)
{
    struct arena *arena = view->desk->arena;
    size_t n = 1;
    for (size_t i = 0; i < view->kind->ncolumns; i++) {
        n += view->kind->columns[i].nwords;
    }
    view->words = ARENA_ARRAY(arena, struct option, n);
    view->words[view->nwords++] = (struct option){ "", T("不限", "any"), { 0 } };
    for (size_t i = 0; i < view->kind->ncolumns; i++) {
        const struct column *column = &view->kind->columns[i];
        for (size_t w = 0; w < column->nwords; w++) {
            const struct kind_word *word = &column->words[w];
            view->words[view->nwords++] =
                (struct option){ arena_printf(arena, "%s=%s", column->name, word->word).p,
                                 T(arena_printf(arena, "%s：%s", column->label.zh, word->label.zh).p,
                                   arena_printf(arena, "%s: %s", column->label.en, word->label.en).p),
                                 { 0 } };
        }
    }
}

/* The columns that a list shows: not its name, not long ones, not those of staff unless all rows are theirs. */
static void choose_columns(struct list_view *view)
{
    const struct kind *kind = view->kind;
    for (size_t i = 0; i < kind->ncolumns && view->ncolumns < LIST_COLUMNS; i++) {
        const struct column *column = &kind->columns[i];
        bool name = str_starts(str_of(column->name), STR("name_"));
        if (!name && column->type != COLUMN_LONG && column->type != COLUMN_DEGREE && !column->staff_only) {
            view->columns[view->ncolumns++] = column;
        }
    }
}

/* The filters as asked, brought within what the session may see. */
static void choose(struct request *request, struct list_view *view)
{
    const struct desk *desk = view->desk;
    struct str is = request_query(request, "is");
    size_t at = str_find(is, '=');
    view->division = request_query(request, "division");
    view->text = str_trim(str_part(request_query(request, "q"), 0, 200));
    view->ask = (struct facts_ask){ .as_of = desk->as_of, .text = view->text, .most = LIST_ROWS + 1 };
    view->ask.after = request_query_int(request, "after", 0);
    int column = at < is.n ? kind_column(view->kind, str_part(is, 0, at)) : -1;
    if (column >= 0 && view->kind->columns[column].nwords) {
        view->is = is;
        view->ask.column = str_part(is, 0, at);
        view->ask.value = str_part(is, at + 1, is.n);
    }
    bool inside = str_starts(view->division, desk->who.scope);
    if (view->kind->names_persons) {
        view->ask.scope = view->division.n && inside ? view->division : desk->who.scope;
        view->ask.institution = desk->who.institution;
    } else if (!view->division.n && desk->reads) {
        view->ask.scope = desk->who.scope;
        view->ask.institution =
            view->kind->has_institution || view->kind->id == KIND_INSTITUTION ? desk->who.institution : 0;
    } else {
        view->ask.scope = view->division;
    }
    if (!view->division.n) {
        view->division = desk->reads ? desk->who.scope : str_part(desk->app->city->code, 0, 4);
    }
}

static bool load_rows(struct db *db, struct list_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    struct fact *facts = NULL;
    size_t n = 0;
    if (!facts_list(db, desk->arena, view->kind, &view->ask, &facts, &n, error)) {
        return false;
    }
    if (n > LIST_ROWS) {
        n = LIST_ROWS;
        view->next = facts[n - 1].subject;
    }
    view->rows = ARENA_ARRAY(desk->arena, struct list_row, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        struct list_row *row = &view->rows[view->n++];
        struct str code;
        *row = (struct list_row){ .href = desk_thing(desk, view->kind, facts[i].code),
                                  .code = facts[i].code,
                                  .name = fact_name(view->kind, &facts[i]),
                                  .division = desk_division(db, desk, facts[i].division) };
        if (view->kind->has_institution) {
            row->institution = desk_institution(db, desk, facts[i].institution, &code);
        }
        if (view->kind->names_persons && !desk_person(db, desk, facts[i].subject, &row->name.zh, error)) {
            return false;
        }
        if (view->kind->names_persons) {
            row->name.en = row->name.zh;
        }
        for (size_t c = 0; c < view->ncolumns; c++) {
            row->cells[c] = desk_cell(desk, view->columns[c], facts[i].values[view->columns[c] - view->kind->columns]);
        }
    }
    return true;
}

static bool load_list(struct db *db, void *context, struct error *error)
{
    struct list_view *view = context;
    struct facts_ask all = view->ask;
    bool found = false;
    if (view->institution.n) {
        int64_t id = 0;
        if (!facts_subject_of(db, &KIND_LIST[KIND_INSTITUTION], view->institution, &id, &found, error)) {
            return false;
        }
        bool own = !view->ask.institution || view->ask.institution == id;
        view->ask.institution = found && own ? id : -1;
    }
    all = view->ask;
    all.after = 0;
    all.most = 0;
    return facts_count(db, view->kind, &all, &view->count, error) && load_rows(db, view, error);
}

static void list_read(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct list_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_list, view);
}

static void list_loaded(struct request *request, bool ok, const struct error *error, void *context)
{
    struct list_view *view = context;
    if (view->kind->names_persons) {
        struct reading_of reading = { .kind = view->kind,
                                      .division = view->ask.scope,
                                      .detail = arena_printf(view->desk->arena, "list of %zu", view->n) };
        desk_reading(request, &reading, list_read, view);
        return;
    }
    list_read(request, ok, error, view);
}

static void show_list(struct request *request)
{
    struct desk *desk = desk_of(request);
    const struct kind *kind = desk ? desk_kind(request, desk) : NULL;
    if (!kind) {
        return;
    }
    struct list_view *view = ARENA_NEW(desk->arena, struct list_view);
    *view = (struct list_view){ .desk = desk, .kind = kind };
    choose(request, view);
    view->institution = request_query(request, "institution");
    view->may_add = desk->keeps && desk->who.level >= kind->proposes && !kind->names_persons;
    view->href =
        arena_printf(desk->arena, "/register/%s?division=%.*s&is=%.*s&q=%.*s&institution=%.*s%.*s", kind->name,
                     STR_ARG(desk_encode(desk->arena, view->division)), STR_ARG(desk_encode(desk->arena, view->is)),
                     STR_ARG(desk_encode(desk->arena, view->text)),
                     STR_ARG(desk_encode(desk->arena, view->institution)), STR_ARG(desk->more));
    division_choices(desk, &view->divisions, &view->ndivisions);
    word_choices(view);
    choose_columns(view);
    desk_load(request, true, load_list, list_loaded, view);
}

const struct route register_routes[] = {
    { .method = "GET",
      .path = "/register",
      .roles = WEB_PUBLIC,
      .handler = show_front,
      .answer = "page",
      .summary = T("名录：各类数目、查找、最近的变动", "The register: its kinds, search, recent changes") },
    { .method = "GET",
      .path = "/register/:kind",
      .roles = WEB_PUBLIC,
      .handler = show_list,
      .answer = "page",
      .summary = T("一类对象（个人信息仅限工作人员在管理范围内）", "One kind; persons for staff within scope alone") },
    { .method = "GET",
      .path = "/register/:kind/:code",
      .roles = WEB_PUBLIC,
      .handler = show_thing,
      .answer = "page",
      .summary = T("一个对象：某日的情况、历史、变化", "One thing: as of a day, its history, what changed") },
    { .method = "GET",
      .path = "/register/differences",
      .roles = WEB_PUBLIC,
      .handler = show_differences,
      .answer = "page",
      .summary = T("两日之间的变化", "What changed between two days") },
    { .method = "GET",
      .path = "/register/duplicates",
      .roles = REGISTER_ROLES,
      .handler = show_duplicates,
      .answer = "page",
      .summary = T("可能重复的对象", "Things that may be the same") },
};
const size_t register_route_count = sizeof register_routes / sizeof *register_routes;
