/* One thing as of a day: its facts, what belongs to it, what changed since another day, and every version that was ever
 * recorded. Relations are not written down anywhere else: a kind whose column holds codes of another is related to it,
 * and so is what belongs to an institution. */
#include "registry/pages/thing.h"

#include "base/clock.h"

#include "register_thing.page.h"

/* ---- Cells ---- */

/* Where a code leads: a thing of the column's kind. */
static struct str code_href(const struct desk *desk, const struct kind *kind, struct str code)
{
    return code.n && !(kind->names_persons && !desk->reads) ? desk_thing(desk, kind, code) : STR("");
}

/* "聊城市第一小学（3715000001）" for a code that is known. */
static struct str code_words(struct db *db, const struct desk *desk, const struct kind *kind, struct str code)
{
    struct fact fact;
    struct error error;
    bool found = false;
    if (kind->names_persons || !kind->name_from ||
        !facts_one(db, desk->arena, kind, code, desk->as_of, &fact, &found, &error) || !found) {
        return code;
    }
    return arena_printf(desk->arena, desk->lang == LANG_EN ? "%.*s (%.*s)" : "%.*s（%.*s）",
                        STR_ARG(name_in(desk_name(desk, kind, &fact), desk->lang)), STR_ARG(code));
}

static struct cell cell_of(struct db *db, const struct desk *desk, const struct kind *kind, const struct fact *fact,
                           size_t i)
{
    const struct column *column = &kind->columns[i];
    struct cell cell = { .label = column->label, .value = desk_cell(desk, column, fact->values[i]), .href = STR("") };
    const struct kind *of = column->type == COLUMN_CODE ? &KIND_LIST[column->of] : NULL;
    if (kind->id == KIND_HONOUR && str_is(str_of(column->name), "holder")) {
        of = kind_named(fact_text(kind, fact, "holder_kind"));
    }
    if (of && fact->values[i].kind == VALUE_TEXT && fact->values[i].bytes.n) {
        cell.href = code_href(desk, of, fact->values[i].bytes);
        cell.value = code_words(db, desk, of, fact->values[i].bytes);
    }
    return cell;
}

static void fill_cells(struct db *db, struct thing_view *view)
{
    const struct desk *desk = view->desk;
    const struct fact *fact = &view->fact;
    view->cells = ARENA_ARRAY(desk->arena, struct cell, view->kind->ncolumns + 2);
    for (size_t i = 0; i < view->kind->ncolumns; i++) {
        if (desk_shows(desk, &view->kind->columns[i], fact->division, fact->institution)) {
            view->cells[view->ncells++] = cell_of(db, desk, view->kind, fact, i);
        }
    }
    if (view->kind->has_institution) {
        struct str code;
        struct name name = desk_institution(db, desk, fact->institution, &code);
        view->cells[view->ncells++] =
            (struct cell){ T("所属单位", "Institution"), name_in(name, desk->lang),
                           code.n ? desk_thing(desk, &KIND_LIST[KIND_INSTITUTION], code) : STR("") };
    }
    if (view->kind->id != KIND_DIVISION) {
        view->cells[view->ncells++] =
            (struct cell){ T("行政区划", "Division"), name_in(desk_division(db, desk, fact->division), desk->lang),
                           desk_thing(desk, &KIND_LIST[KIND_DIVISION], fact->division) };
    }
}

/* ---- What changed ---- */

static struct str shown_or_none(const struct desk *desk, const struct kind *kind, const struct fact *fact, size_t i)
{
    return fact && fact->id ? desk_cell(desk, &kind->columns[i], fact->values[i]) : STR("—");
}

struct changed_cell *changed_cells(struct db *db, const struct desk *desk, const struct kind *kind,
                                   const struct fact *before, const struct fact *after, size_t *n)
{
    const struct fact *either = after->id ? after : before;
    struct changed_cell *cells = ARENA_ARRAY(desk->arena, struct changed_cell, kind->ncolumns + 3);
    size_t count = 0;
    for (size_t i = 0; i < kind->ncolumns; i++) {
        struct str was = shown_or_none(desk, kind, before, i), is = shown_or_none(desk, kind, after, i);
        if (!str_eq(was, is) && desk_shows(desk, &kind->columns[i], either->division, either->institution)) {
            cells[count++] = (struct changed_cell){ kind->columns[i].label, was, is };
        }
    }
    if (before->id && after->id && !str_eq(before->code, after->code)) {
        cells[count++] = (struct changed_cell){ T("代码", "Code"), before->code, after->code };
    }
    if (kind->id != KIND_DIVISION && !str_eq(before->division, after->division)) {
        cells[count++] = (struct changed_cell){
            T("行政区划", "Division"),
            before->id ? name_in(desk_division(db, desk, before->division), desk->lang) : STR("—"),
            after->id ? name_in(desk_division(db, desk, after->division), desk->lang) : STR("—")
        };
    }
    if (kind->has_institution && before->institution != after->institution) {
        struct str code;
        cells[count++] =
            (struct changed_cell){ T("所属单位", "Institution"),
                                   name_in(desk_institution(db, desk, before->institution, &code), desk->lang),
                                   name_in(desk_institution(db, desk, after->institution, &code), desk->lang) };
    }
    *n = count;
    return cells;
}

static bool load_since(struct db *db, struct thing_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    struct as_of then = { view->since_day, desk->as_of.recorded };
    struct fact before = { 0 }, none = { 0 };
    if (!view->since.n) {
        return true;
    }
    if (!facts_of_subject(db, desk->arena, view->kind, view->subject, then, &before, &view->was, error)) {
        return false;
    }
    view->changed = changed_cells(db, desk, view->kind, view->was ? &before : &none, view->stands ? &view->fact : &none,
                                  &view->nchanged);
    return true;
}

/* ---- What belongs to it ---- */

static bool relate(struct db *db, struct thing_view *view, const struct kind *kind, const struct facts_ask *ask,
                   struct text title, struct str all, struct error *error)
{
    const struct desk *desk = view->desk;
    struct related related = { .title = title, .all = STR("") };
    struct fact *facts = NULL;
    size_t n = 0;
    if (kind->names_persons) { /* their number alone; who they are is another page, and another entry in the journal */
        if (!facts_count(db, kind, ask, &related.count, error)) {
            return false;
        }
        related.all = all;
    } else {
        if (!facts_list(db, desk->arena, kind, ask, &facts, &n, error)) {
            return false;
        }
        related.count = (int64_t)n;
        if (n > THING_RELATED) {
            n = THING_RELATED;
            related.all = all;
        }
    }
    related.items = ARENA_ARRAY(desk->arena, struct related_item, n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        struct str code = STR("");
        struct related_item item = { .href = desk_thing(desk, kind, facts[i].code),
                                     .name = desk_name(desk, kind, &facts[i]) };
        const struct kind *of = NULL;
        for (size_t c = 0; c < kind->ncolumns && !kind->name_from && !item.says.zh.n; c++) {
            if (kind->columns[c].type == COLUMN_WORD) {
                item.says = kind_label(&kind->columns[c], facts[i].values[c].bytes);
            }
        }
        if (kind->id == KIND_MEMBER) { /* whose, or in what: the other side of it */
            item.name = view->kind->id == KIND_GROUP ? desk_institution(db, desk, facts[i].institution, &code)
                                                     : (struct name){ STR(""), STR("") };
            of = &KIND_LIST[KIND_GROUP];
            if (view->kind->id != KIND_GROUP) {
                struct str words = code_words(db, desk, of, fact_text(kind, &facts[i], "group_code"));
                item.name = (struct name){ words, words };
            }
            item.says = kind_label(&kind->columns[kind_column(kind, STR("role"))], fact_text(kind, &facts[i], "role"));
        }
        related.items[related.n++] = item;
    }
    if (related.count) {
        view->related = arena_grow(desk->arena, view->related, view->nrelated, sizeof *view->related);
        view->related[view->nrelated++] = related;
    }
    return true;
}

static bool load_related(struct db *db, struct thing_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &KIND_LIST[k];
        struct facts_ask ask = { .as_of = desk->as_of, .most = THING_RELATED + 1 };
        if (kind->names_persons && !view->owns) {
            continue;
        }
        if (view->kind->id == KIND_INSTITUTION && (kind->has_institution)) {
            ask.institution = view->subject;
            struct str all = arena_printf(
                desk->arena, "/register/%s?institution=%.*s&division=%.*s%.*s", kind->name,
                STR_ARG(desk_encode(desk->arena, view->code)),
                STR_ARG(kind->names_persons ? STR("") : str_part(desk->app->city->code, 0, 4)), STR_ARG(desk->more));
            if (!relate(db, view, kind, &ask, kind->many, all, error)) {
                return false;
            }
            ask.institution = 0;
        }
        for (size_t c = 0; c < kind->ncolumns; c++) {
            const struct column *column = &kind->columns[c];
            bool holder =
                kind->id == KIND_HONOUR && str_is(str_of(column->name), "holder") && view->kind->id != KIND_INSTITUTION;
            if ((column->type != COLUMN_CODE || column->of != view->kind->id) && !holder) {
                continue;
            }
            ask.column = str_of(column->name);
            ask.value = view->code;
            struct text title = { arena_printf(desk->arena, "%s（%s）", kind->many.zh, column->label.zh).p,
                                  arena_printf(desk->arena, "%s (%s)", kind->many.en, column->label.en).p };
            if (!relate(db, view, kind, &ask, title, STR(""), error)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- History ---- */

static bool account_name(struct db *db, const struct desk *desk, int64_t id, struct str *name, struct error *error)
{
    struct account account;
    bool found = false;
    *name = STR("");
    if (id && !account_get(db, desk->arena, desk->app->vault, id, &account, &found, error)) {
        return false;
    }
    *name = found ? account.name : desk->lang == LANG_EN ? STR("the program") : STR("程序");
    return true;
}

static bool load_history(struct db *db, struct thing_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    struct fact *facts = NULL;
    size_t n = 0;
    if (!facts_history(db, desk->arena, view->kind, view->subject, &facts, &n, error)) {
        return false;
    }
    view->versions = ARENA_ARRAY(desk->arena, struct version, n ? n : 1);
    for (size_t i = n; i-- > 0;) { /* newest first */
        struct version *version = &view->versions[view->nversions++];
        struct change change;
        bool found = false;
        struct str code = facts[i].code;
        *version = (struct version){
            .span = desk_span(desk, &facts[i]),
            .says = name_in(desk_name(desk, view->kind, &facts[i]), desk->lang),
            .href =
                arena_printf(desk->arena, "/register/%s/%.*s?day=%.*s&known=%lld", view->kind->name,
                             STR_ARG(desk_encode(desk->arena, code)),
                             STR_ARG(day_format(desk->arena, facts[i].valid_from)), (long long)facts[i].recorded_at),
            .recorded_at = facts[i].recorded_at,
            .replaced_at = facts[i].replaced_at == MOMENT_OPEN ? 0 : facts[i].replaced_at,
            .change = facts[i].change,
            .stands = facts[i].replaced_at == MOMENT_OPEN,
        };
        if (view->kind->names_persons) {
            version->says = code;
        }
        if (!change_read(db, desk->arena, facts[i].change, &change, &found, error)) {
            return false;
        }
        if (!found) {
            version->what = T("建库", "first entry");
            continue;
        }
        version->what = kind_change_words(desk, change.kind);
        version->document = change.document;
        if (view->owns) {
            version->shown_change = true;
            version->note = change.note;
            if (!account_name(db, desk, change.proposed_by, &version->proposed_by, error) ||
                !account_name(db, desk, change.decided_by, &version->confirmed_by, error)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- /register/KIND/CODE ---- */

static bool load_all(struct db *db, struct thing_view *view, struct error *error)
{
    const struct desk *desk = view->desk;
    fill_cells(db, view);
    view->name = desk_name(desk, view->kind, &view->fact);
    if (view->kind->names_persons) {
        if (!desk_person(db, desk, view->subject, &view->name.zh, error)) {
            return false;
        }
        view->name.en = view->name.zh;
    }
    view->may_edit =
        desk->keeps && change_may_propose(view->kind, &desk->who, view->fact.division, view->fact.institution);
    return load_since(db, view, error) && load_related(db, view, error) && load_history(db, view, error);
}

static void thing_read(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct thing_view *view = context;
    (void)ok;
    (void)error;
    reply_page(request, 200, register_thing, view);
}

/* The thing's version on the day, else its newest: a thing that is no more still has a page. */
static bool find_thing(struct db *db, struct thing_view *view, bool *found, struct error *error)
{
    const struct desk *desk = view->desk;
    struct fact *facts = NULL;
    size_t n = 0;
    if (!facts_subject_of(db, view->kind, view->code, &view->subject, found, error)) {
        return false;
    }
    if (!*found) {
        return true;
    }
    if (!facts_of_subject(db, desk->arena, view->kind, view->subject, desk->as_of, &view->fact, &view->stands, error)) {
        return false;
    }
    if (view->stands) {
        return true;
    }
    if (!facts_history(db, desk->arena, view->kind, view->subject, &facts, &n, error)) {
        return false;
    }
    *found = n > 0;
    if (n) {
        view->fact = facts[n - 1];
    }
    return true;
}

void show_thing(struct request *request)
{
    struct desk *desk = desk_of(request);
    const struct kind *kind = desk ? desk_kind(request, desk) : NULL;
    struct db *db = kind ? request_db(request) : NULL;
    struct error error = { "" };
    bool found = false;
    if (!db) {
        return;
    }
    struct thing_view *view = ARENA_NEW(desk->arena, struct thing_view);
    *view = (struct thing_view){ .desk = desk,
                                 .kind = kind,
                                 .code = request_param(request, "code"),
                                 .since = str_trim(request_query(request, "since")) };
    if (view->since.n && !day_parse(view->since, &view->since_day)) {
        view->since = STR("");
    }
    if (!find_thing(db, view, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    struct subject subject = { .division = view->fact.division, .institution = view->fact.institution };
    if (!found) {
        reply_not_found(request);
        return;
    }
    if (!desk_sees(desk, kind, view->fact.division, view->fact.institution)) {
        reply_out_of_scope(request, &subject);
        return;
    }
    view->owns = desk_owns(desk, view->fact.division, view->fact.institution);
    if (!load_all(db, view, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (kind->names_persons) {
        struct reading_of reading = { kind, view->subject, view->fact.division, STR("page") };
        desk_reading(request, &reading, thing_read, view);
        return;
    }
    thing_read(request, true, &error, view);
}
