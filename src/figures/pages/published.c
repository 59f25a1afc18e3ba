/* What was published: the list, one publication with what the rows would say now, publishing and correcting. */
#include "figures/pages/pages.h"

#include "base/clock.h"
#include "base/hex.h"

#include "publications.page.h"

enum { CAUSES_MOST = 12 };

static const struct field publish_fields[] = {
    { .name = "name_zh",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 80,
      .label = T("名称（中文）", "Name in Chinese") },
    { .name = "name_en",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 80,
      .label = T("名称（英文）", "Name in English") },
    { .name = "said_on", .kind = FIELD_DATE, .required = true, .label = T("公布日期", "Said on") },
    { .name = "day", .kind = FIELD_DATE, .required = true, .label = T("数据截至", "Figures as on") },
    { .name = "indicator",
      .kind = FIELD_LIST,
      .required = true,
      .label = T("数据", "Figures"),
      .missing = T("请至少选一个数据。", "Choose one figure or more.") },
};
static const struct form publish_form = FORM(publish_fields);

static const struct field correct_fields[] = {
    { .name = "version", .kind = FIELD_HIDDEN, .required = true, .max = 10, .label = T("版", "Version") },
    { .name = "reason",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 200,
      .label = T("更正原因（公开）", "Why it is corrected (public)"),
      .missing = T("请写明更正原因。", "Write why it is corrected.") },
};
static const struct form correct_form = FORM(correct_fields);

/* ---- the list ---- */

static void show_publications(struct request *request)
{
    struct publications_view view = { .publishes = request_has_role(request, ROLE_CITY) };
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return;
    }
    if (!snapshot_list(db, request_arena(request), &view.versions, &view.n, &error)) {
        reply_failed(request, &error);
        return;
    }
    reply_page(request, 200, publications, &view);
}

/* ---- one ---- */

/* The publication and version of the URL; NULL: the reply was made. */
static struct publication_view *view_of(struct request *request)
{
    struct publication_view *view = ARENA_NEW(request_arena(request), struct publication_view);
    struct publication_version newest;
    struct db *db = request_db(request);
    struct arena *arena = request_arena(request);
    int64_t id = request_param_int(request, "publication"), version = request_query_int(request, "version", 0);
    bool found = false, newest_found = false;
    struct error error;
    if (!db) {
        return NULL;
    }
    if (!snapshot_read(db, arena, id, version, &view->version, &found, &error) ||
        !snapshot_read(db, arena, id, 0, &newest, &newest_found, &error)) {
        reply_failed(request, &error);
        return NULL;
    }
    if (!found) {
        reply_not_found(request);
        return NULL;
    }
    uint8_t hash[SM3_BYTES];
    snapshot_hash(arena, &view->version, hash);
    view->whole = memcmp(hash, view->version.hash, SM3_BYTES) == 0;
    view->hash = hex_encode(arena, view->version.hash, SM3_BYTES);
    view->newest = newest.version;
    view->set = figures_indicators(request_app(request)->figures);
    view->compares = request_has_role(request, ROLE_STAFF);
    view->corrects = request_has_role(request, ROLE_CITY);
    return view;
}

struct publication_work {
    struct figures *figures;
    struct publication_view *view;
    struct figures_ask *asks;
    size_t *ask_of; /* by figure; SIZE_MAX: there is no such indicator any more */
    size_t n;
    int64_t recorded;
};

static struct publication_work *ask_again(struct request *request, struct publication_view *view, int64_t recorded)
{
    struct arena *arena = request_arena(request);
    struct publication_work *work = ARENA_NEW(arena, struct publication_work);
    *work = (struct publication_work){ .figures = request_app(request)->figures, .view = view, .recorded = recorded };
    work->asks = ARENA_ARRAY(arena, struct figures_ask, view->version.n);
    work->ask_of = ARENA_ARRAY(arena, size_t, view->version.n);
    for (size_t i = 0; i < view->version.n; i++) {
        size_t index = indicators_find(view->set, view->version.figures[i].indicator);
        work->ask_of[i] = index == SIZE_MAX ? SIZE_MAX : work->n;
        if (index != SIZE_MAX) {
            work->asks[work->n++] =
                (struct figures_ask){ .indicator = index, .as_of = { view->version.figures[i].day, recorded } };
        }
    }
    return work;
}

static bool count_again(struct arena *arena, void *context, struct error *error)
{
    struct publication_work *work = context;
    return !work->view->compares ||
           figures_many(work->figures, arena, work->asks, work->n, 0, FIGURES_FOR_STAFF, error);
}

/* The frozen value in words; the indicator of today lends its bound's word where it still has one. */
static struct name frozen_words(struct arena *arena, const struct said_figure *said, const struct indicator *indicator)
{
    struct indicator as_said = { .round = said->decimals };
    if (indicator && said->figure.said_e6 != said->figure.value_e6) {
        as_said.bound = indicator->bound;
    }
    return figure_value_words(arena, &as_said, &said->figure);
}

/* As its kind was then; the kind of a change says nothing of its sides. */
static bool divides(const struct said_figure *said)
{
    return str_is(said->kind, "ratio") || str_is(said->kind, "mean") || str_is(said->kind, "survey") ||
           said->figure.denominator != 1;
}

static bool fill_row(struct request *request, const struct publication_work *work, size_t at, struct error *error)
{
    struct publication_view *view = work->view;
    struct arena *arena = request_arena(request);
    const struct said_figure *said = &view->version.figures[at];
    struct published_row *row = &view->rows[at];
    const struct indicator *indicator =
        work->ask_of[at] == SIZE_MAX ? NULL : &view->set->items[work->asks[work->ask_of[at]].indicator];
    *row = (struct published_row){ .said = said,
                                   .value = frozen_words(arena, said, indicator),
                                   .unit = { said->unit, said->unit },
                                   .sides = figure_sides_words(arena, &said->figure, divides(said)) };
    for (size_t i = 0; i < view->set->nunits; i++) {
        if (str_eq(view->set->units[i].id, said->unit)) {
            row->unit = view->set->units[i].name;
        }
    }
    if (!view->compares) {
        return true;
    }
    if (!indicator) {
        row->differs = row->redefined = true;
        row->now = (struct name){ STR("指标已撤销"), STR("no such indicator") };
        return true;
    }
    struct figure now = compute_figure(view->set, indicator, &work->asks[work->ask_of[at]].counted, STR(""), 0);
    row->redefined = memcmp(indicator->definition, said->definition, SM3_BYTES) != 0;
    row->now = figure_value_words(arena, indicator, &now);
    row->differs = now.state != said->figure.state || now.numerator != said->figure.numerator ||
                   now.denominator != said->figure.denominator ||
                   now.before_numerator != said->figure.before_numerator ||
                   now.before_denominator != said->figure.before_denominator || now.said_e6 != said->figure.said_e6;
    return !row->differs || snapshot_causes(request_db(request), arena, view->set, indicator, view->version.recorded,
                                            CAUSES_MOST, &row->changes, &row->nchanges, error);
}

static void show_counted_again(struct request *request, bool ok, const struct error *error, void *context)
{
    struct publication_work *work = context;
    struct publication_view *view = work->view;
    struct error failure = { "" };
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    if (!request_db(request)) {
        return;
    }
    view->rows = ARENA_ARRAY(request_arena(request), struct published_row, view->version.n);
    for (size_t i = 0; i < view->version.n; i++) {
        if (!fill_row(request, work, i, &failure)) {
            reply_failed(request, &failure);
            return;
        }
    }
    view->n = view->version.n;
    if (!request_is_post(request)) {
        form_use(request, &correct_form);
    }
    reply_page(request, 200, publication, view);
}

static void show_publication(struct request *request)
{
    struct publication_view *view = view_of(request);
    if (view) {
        request_work(request, count_again, ask_again(request, view, MOMENT_OPEN), show_counted_again);
    }
}

static void show_text(struct request *request)
{
    struct publication_view *view = view_of(request);
    if (view) {
        reply_bytes(request, 200, "text/plain; charset=utf-8", STR(""),
                    snapshot_text(request_arena(request), &view->version));
    }
}

/* ---- publishing ---- */

static enum scope_result scope_of_publication(struct request *request, struct subject *subject)
{
    return scope_of_city(request, "publication", "select id from publication where id = ?1", subject);
}

static void published(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct publish *publish = context;
    static const struct text why[] = {
        [PUBLISH_NOTHING] = T("请至少选一个数据。", "Choose one figure or more."),
        [PUBLISH_MISSING] = T("没有这次公布。", "There is no such publication."),
        [PUBLISH_NO_REASON] = T("请写明更正原因。", "Write why it is corrected."),
        [PUBLISH_OVERTAKEN] =
            T("别人刚刚更正过，请重新打开这一页。", "Somebody has just corrected it: open the page again."),
    };
    if (!ok) {
        reply_failed(request, error);
    } else if (publish->result != PUBLISH_DONE) {
        reply_conflict(request, why[publish->result]);
    } else {
        reply_notice(request, "done");
        reply_redirect_to(request, "/figures/published/%lld", (long long)publish->publication);
    }
}

struct publish_work {
    struct figures *figures;
    struct figures_ask *asks;
    size_t n;
    struct publish publish;
};

static bool count_to_publish(struct arena *arena, void *context, struct error *error)
{
    struct publish_work *work = context;
    const struct indicators *set = figures_indicators(work->figures);
    struct publication_version *said = &work->publish.said;
    if (!figures_many(work->figures, arena, work->asks, work->n, 0, FIGURES_FOR_STAFF, error)) {
        return false;
    }
    said->figures = ARENA_ARRAY(arena, struct said_figure, work->n);
    for (size_t i = 0; i < work->n; i++) {
        const struct indicator *indicator = &set->items[work->asks[i].indicator];
        struct masked masked;
        mask_find(arena, set, indicator, &work->asks[i].counted.now, 1, &masked);
        struct figure figure = compute_figure(set, indicator, &work->asks[i].counted, STR(""), 0);
        if (!masked.total) { /* what is too small to be shown is not published */
            said->figures[said->n++] = snapshot_figure(set, indicator, work->asks[i].as_of.day, &figure);
        }
    }
    return true;
}

static void counted_to_publish(struct request *request, bool ok, const struct error *error, void *context)
{
    struct publish_work *work = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    request_command(request, "figures.publish", snapshot_publish_run, &work->publish, published, &work->publish);
}

/* What was recorded up to the newest moment that this reader sees counts: nothing is ever added to it later. */
static bool begin_publish(struct request *request, struct publish_work *work)
{
    struct db *db = request_db(request);
    struct error error;
    const struct session *session = request_session(request);
    if (!db) {
        return false;
    }
    if (!writing_moment_seen(db, &work->publish.said.recorded, &error)) {
        reply_failed(request, &error);
        return false;
    }
    work->figures = request_app(request)->figures;
    work->publish.account = session->account;
    work->publish.role = accounts_role_name(session->roles, ROLE_CITY);
    work->publish.form_key = request_form_key(request);
    return true;
}

static void show_publish(struct request *request)
{
    if (!request_is_post(request)) {
        form_use(request, &publish_form);
        form_set_day(request, "said_on", day_of_ms(clock_ms()));
    }
    reply_page(request, 200, publish_page, figures_indicators(request_app(request)->figures));
}

static void publish_post(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct publish_work *work = ARENA_NEW(arena, struct publish_work);
    struct publication_version *said = &work->publish.said;
    size_t n = 0;
    const struct str *ids = form_values(request, "indicator", &n);
    if (!form_ok(request) || !form_day(request, "said_on", &said->said_on) || !form_day(request, "day", &said->day)) {
        show_publish(request);
        return;
    }
    if (!begin_publish(request, work)) {
        return;
    }
    const struct indicators *set = figures_indicators(work->figures);
    said->name = (struct name){ form_value(request, "name_zh"), form_value(request, "name_en") };
    work->asks = ARENA_ARRAY(arena, struct figures_ask, n);
    for (size_t i = 0; i < n; i++) {
        size_t index = indicators_find(set, ids[i]);
        bool again = false;
        for (size_t k = 0; k < work->n; k++) {
            again = again || work->asks[k].indicator == index;
        }
        if (index != SIZE_MAX && set->items[index].is_public && !again) {
            work->asks[work->n++] = (struct figures_ask){ .indicator = index, .as_of = { said->day, said->recorded } };
        }
    }
    request_work(request, count_to_publish, work, counted_to_publish);
}

static void correct_post(struct request *request)
{
    struct publish_work *work = ARENA_NEW(request_arena(request), struct publish_work);
    struct publication_view *view = view_of(request);
    if (!view) {
        return;
    }
    if (!form_ok(request)) {
        request_work(request, count_again, ask_again(request, view, MOMENT_OPEN), show_counted_again);
        return;
    }
    if (!begin_publish(request, work)) {
        return;
    }
    struct publication_work *again = ask_again(request, view, work->publish.said.recorded);
    work->asks = again->asks;
    work->n = again->n;
    work->publish.said.publication = view->version.publication;
    work->publish.said.day = view->version.day;
    work->publish.said.reason = form_value(request, "reason");
    if (!str_to_int(form_value(request, "version"), 1, INT32_MAX, &work->publish.said.version)) {
        reply_not_found(request);
        return;
    }
    request_work(request, count_to_publish, work, counted_to_publish);
}

const struct route published_routes[] = {
    { .method = "GET",
      .path = "/figures/published",
      .roles = WEB_PUBLIC,
      .handler = show_publications,
      .answer = "page",
      .summary = T("已公布的数据", "What was published") },
    { .method = "GET",
      .path = "/figures/published/#publication",
      .roles = WEB_PUBLIC,
      .handler = show_publication,
      .answer = "page",
      .summary = T("一次公布的数据", "Figures that were published together") },
    { .method = "GET",
      .path = "/figures/published/#publication/text",
      .roles = WEB_PUBLIC,
      .handler = show_text,
      .answer = "text",
      .summary = T("被校验的原文", "The text that is hashed") },
    { .method = "GET",
      .path = "/figures/publish",
      .roles = ROLE_CITY,
      .handler = show_publish,
      .answer = "page",
      .summary = T("公布一组数据", "Publish figures") },
    { .method = "POST",
      .path = "/figures/publish",
      .roles = ROLE_CITY,
      .form = &publish_form,
      .handler = publish_post,
      .answer = "redirect",
      .summary = T("数好并公布", "Count and publish") },
    { .method = "POST",
      .path = "/figures/published/#publication/correct",
      .roles = ROLE_CITY,
      .scope = scope_of_publication,
      .form = &correct_form,
      .handler = correct_post,
      .answer = "redirect",
      .summary = T("公布更正", "Publish a correction") },
};
const size_t published_route_count = sizeof published_routes / sizeof *published_routes;
