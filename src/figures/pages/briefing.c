/* Briefings as everybody reads them: the list, one with each figure a link to its page as of then, the same as PDF. */
#include "figures/pages/briefing.h"

#include "base/clock.h"
#include "base/hex.h"
#include "figures/folder.h"

#include "briefing.page.h"

/* ---- words ---- */

struct text briefing_state_label(enum briefing_state state)
{
    static const struct text labels[BRIEFING_STATES] = {
        [BRIEFING_DRAFT] = T("草稿", "draft"),
        [BRIEFING_CHECKED] = T("已核对", "checked"),
        [BRIEFING_APPROVED] = T("已批准", "approved"),
        [BRIEFING_PUBLISHED] = T("已发布", "published"),
    };
    return labels[state];
}

enum colour briefing_state_colour(enum briefing_state state)
{
    static const enum colour colours[BRIEFING_STATES] = { COLOUR_GREY, COLOUR_BLUE, COLOUR_YELLOW, COLOUR_GREEN };
    return colours[state];
}

/* ---- one ---- */

/* The figure's page as on the day and as known at the moment; the moment to the millisecond. */
static struct str figure_href(struct arena *arena, const struct briefing_version *version,
                              const struct briefing_figure *figure)
{
    return arena_printf(arena, "/figure/%.*s?day=%.*s&known=%lld", STR_ARG(figure->indicator),
                        STR_ARG(day_format(arena, figure->day)), (long long)version->recorded);
}

/* Instead of a number of so few persons that they could be known. */
static struct str few_words(struct arena *arena, const struct indicators *set, struct str id, enum lang lang)
{
    size_t index = indicators_find(set, id);
    unsigned least = index == SIZE_MAX ? 0 : (unsigned)set->items[index].mask;
    if (!least) {
        return lang == LANG_EN ? STR("a few") : STR("少数");
    }
    return arena_printf(arena, lang == LANG_EN ? "fewer than %u" : "不足%u", least);
}

static void add_note(struct arena *arena, struct briefing_view *view, const struct indicators *set,
                     struct said_place *place)
{
    for (size_t i = 0; i < view->nnotes; i++) {
        if (view->notes[i].figure == place->figure) {
            place->note = (int64_t)i + 1;
            return;
        }
    }
    const struct briefing_figure *figure = place->figure;
    size_t index = indicators_find(set, figure->indicator);
    bool divided = index == SIZE_MAX ? figure->figure.denominator != 1 : indicator_divides(set, &set->items[index]);
    struct said_note *note = &view->notes[view->nnotes++];
    place->note = (int64_t)view->nnotes;
    *note = (struct said_note){ .figure = figure,
                                .name = { figure->indicator, figure->indicator },
                                .words = place->words,
                                .sides = figure_sides_words(arena, &figure->figure, divided),
                                .day = day_format(arena, figure->day),
                                .href = place->href,
                                .is_other = figure->has_other };
    note->counted = figure->figure.state == FIGURE_IS
                        ? figure_number(arena, figure->figure.value_e6, figure->decimals, true)
                        : STR("—");
    if (figure->finding == FINDING_FEW) {
        note->counted = STR("*");
        note->sides = STR("");
        note->is_other = false;
    }
    if (index != SIZE_MAX) {
        note->name = set->items[index].name;
        note->scope = set->items[index].scope;
        note->unit = set->units[set->items[index].unit].name;
    }
}

static void fill_text(struct arena *arena, struct briefing_view *view, const struct indicators *set, enum lang lang)
{
    const struct briefing_version *version = &view->version;
    view->lang = lang == LANG_EN && version->text_en.n ? LANG_EN : LANG_ZH;
    (void)briefing_text_read(arena, STR(""), view->lang == LANG_EN ? version->text_en : version->text_zh, view->lang,
                             set, &view->text, NULL);
    view->places = ARENA_ARRAY(arena, struct said_place, view->text.nfigures);
    view->notes = ARENA_ARRAY(arena, struct said_note, view->text.nfigures);
    for (size_t i = 0; i < view->text.nfigures; i++) {
        struct said_place *place = &view->places[i];
        int64_t value;
        *place = (struct said_place){ .placed = &view->text.figures[i],
                                      .figure = briefing_figure_of(version, view->text.figures[i].id),
                                      .words = STR("—") };
        if (!place->figure) {
            continue;
        }
        if (place->figure->finding == FINDING_FEW) {
            place->words = few_words(arena, set, place->placed->id, view->lang);
        } else if (briefing_said(place->figure, &value)) {
            place->words = placed_words(arena, place->placed, value, view->lang);
        }
        place->href = figure_href(arena, version, place->figure);
        add_note(arena, view, set, place);
    }
    for (size_t i = 0; i < version->n; i++) {
        view->findings += version->figures[i].finding != FINDING_NONE;
        view->unanswered += version->figures[i].finding != FINDING_NONE && version->figures[i].note.n == 0;
    }
}

struct briefing_view *briefing_view_of(struct request *request, bool published)
{
    struct arena *arena = request_arena(request);
    struct briefing_view *view = ARENA_NEW(arena, struct briefing_view);
    struct briefing_version newest = { 0 };
    struct db *db = request_db(request);
    int64_t id = request_param_int(request, "briefing"), version = request_query_int(request, "version", 0);
    bool found = false, out = false;
    struct error error;
    if (!db) {
        return NULL;
    }
    if (!briefing_read(db, arena, id, published ? version : 0, published, &view->version, &found, &error) ||
        !briefing_read(db, arena, id, 0, true, &newest, &out, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found) {
        reply_not_found(request);
        return NULL;
    }
    view->newest = newest.version;
    view->staff = request_has_role(request, ROLE_CITY);
    view->hash = view->version.has_check ? hex_encode(arena, view->version.checked_hash, SM3_BYTES) : STR("");
    fill_text(arena, view, figures_indicators(request_app(request)->figures), request_lang(request));
    return view;
}

static void show_briefing(struct request *request)
{
    struct briefing_view *view = briefing_view_of(request, true);
    if (view) {
        reply_page(request, 200, briefing_page, view);
    }
}

/* ---- as PDF ---- */

struct pdf_work {
    const struct briefing_view *view;
    struct name city;
    struct str bytes;
};

static bool make_pdf(struct arena *arena, void *context, struct error *error)
{
    struct pdf_work *work = context;
    return briefing_pdf(arena, work->view, work->city, &work->bytes, error);
}

static void send_pdf(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct pdf_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    const struct briefing_version *version = &work->view->version;
    struct str name = arena_printf(request_arena(request), "briefing-%lld-%lld.pdf", (long long)version->briefing,
                                   (long long)version->version);
    reply_bytes(request, 200, "application/pdf", name, work->bytes);
}

static void show_pdf(struct request *request)
{
    struct briefing_view *view = briefing_view_of(request, true);
    if (view) {
        struct pdf_work *work = ARENA_NEW(request_arena(request), struct pdf_work);
        work->view = view;
        work->city = request_app(request)->city->name;
        request_work(request, make_pdf, work, send_pdf);
    }
}

/* ---- the list ---- */

static void show_list(struct request *request)
{
    struct briefings_view view = { .works = request_has_role(request, ROLE_CITY) };
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return;
    }
    if (!briefing_list(db, request_arena(request), !view.works, &view.versions, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, briefings_page, &view);
}

const struct route briefing_routes[] = {
    { .method = "GET",
      .path = "/briefing",
      .roles = WEB_PUBLIC,
      .handler = show_list,
      .answer = "page",
      .summary = T("发布稿", "Briefings") },
    { .method = "GET",
      .path = "/briefing/#briefing",
      .roles = WEB_PUBLIC,
      .handler = show_briefing,
      .answer = "page",
      .summary = T("一份已发布的发布稿", "A briefing as it was published") },
    { .method = "GET",
      .path = "/briefing/#briefing/pdf",
      .roles = WEB_PUBLIC,
      .handler = show_pdf,
      .answer = "pdf",
      .summary = T("发布稿（PDF，每个数附口径）", "A briefing as PDF, each figure with its scope") },
};
const size_t briefing_route_count = sizeof briefing_routes / sizeof *briefing_routes;
