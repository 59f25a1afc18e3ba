/* The policy of a county and stage: read, edit as a form or as text, compare versions. What is saved is the same
 * document in either case; a round keeps the version that it was announced with. */
#include "places/county/policy.h"

#include "places/county/compare.h"
#include "places/county/what_if.h"

#include "policy_compare.page.h"
#include "policy_edit.page.h"
#include "policy_form.page.h"

#include <stdlib.h>

static enum scope_result scope_of_county(struct request *request, struct subject *subject)
{
    subject->division = request_param(request, "county");
    return city_division(request_app(request)->city, subject->division) ? SCOPE_OK : SCOPE_NOT_FOUND;
}

/* The newest version, or the one of ?version=; its text and, when it parses, its struct. */
static bool load_policy(struct request *request, struct policy_edit_view *view)
{
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    struct app *app = request_app(request);
    struct arena *arena = request_arena(request);
    struct error error;
    view->county_code = request_param(request, "county");
    if (!stage_of(request_param(request, "stage"), &view->stage)) {
        reply_not_found(request);
        return false;
    }
    view->county = division_words(app->city, view->county_code);
    view->year = app->city->year;
    if (!policy_versions(db, arena, view->county_code, view->stage, view->year, &view->versions, &view->n, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (view->n == 0) {
        const struct policy *folder = city_policy(app->city, view->county_code, view->stage);
        if (!folder) {
            reply_not_found(request);
            return false;
        }
        view->policy = folder;
        view->text = policy_format(arena, folder, app->city);
        return true;
    }
    int64_t version = request_query_int(request, "version", view->versions[0].version);
    int64_t id = 0;
    for (size_t i = 0; i < view->n; i++) {
        id = view->versions[i].version == version ? view->versions[i].id : id;
    }
    bool found = false;
    if (id == 0) {
        reply_not_found(request);
        return false;
    }
    view->version = version;
    if (!policy_text(db, arena, id, &view->text, &found, &error) ||
        !places_policy(app->places, db, id, &view->policy, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return true;
}

/* ---- As text ---- */

static const struct field text_fields[] = {
    { .name = "text",
      .kind = FIELD_LONG,
      .required = true,
      .max = 60000,
      .label = T("办法（YAML）", "The document (YAML)"),
      .hint = T("每个键的意思见文档；写错的地方会指出行号。",
                "docs/city.md has every key; mistakes are told with their line.") },
    { .name = "note",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 160,
      .label = T("这一版改了什么", "What this version changes") },
};
static const struct form text_form = FORM(text_fields);

static void show_policy_text(struct request *request)
{
    struct policy_edit_view view = { .officer = request_has_role(request, ROLE_COUNTY_OFFICER) };
    if (!load_policy(request, &view)) {
        return;
    }
    form_use(request, &text_form);
    form_set(request, "text", view.text);
    reply_page(request, 200, policy_edit, &view);
}

static void saved(struct request *request, void *input)
{
    const struct policy_save *save = input;
    reply_ending(request, (struct ending){ .done = save->result == ROUND_DONE,
                                           .notice = "saved",
                                           .next = arena_printf(request_arena(request), "/county/policy/%.*s/%.*s",
                                                                STR_ARG(request_param(request, "county")),
                                                                STR_ARG(request_param(request, "stage"))),
                                           .why = round_result_text(save->result),
                                           .again = show_policy_text });
}

/* Tells each mistake of a text at the field, or that it is another county's, stage's or year's; true when there is
 * none. */
static bool text_is_good(struct request *request, enum stage stage, struct str text, const char *field)
{
    struct arena *arena = request_arena(request);
    struct city_mistakes *mistakes = city_mistakes_new();
    struct policy *policy = NULL;
    bool good = policy_parse(arena, text, "policy", request_app(request)->city, &policy, mistakes);
    struct str zh = STR("办法有误："), en = STR("The document has mistakes:");
    for (size_t i = 0; i < mistakes->n; i++) {
        const struct city_mistake *m = &mistakes->items[i];
        zh = arena_printf(arena, "%.*s 第%u行：%s。", STR_ARG(zh), m->line, m->says.zh);
        en = arena_printf(arena, "%.*s line %u: %s.", STR_ARG(en), m->line, m->says.en);
    }
    city_mistakes_free(mistakes);
    if (!good) {
        form_error(request, field, T(zh.p, en.p));
        return false;
    }
    const struct city *city = request_app(request)->city;
    if (!str_eq(policy->county, request_param(request, "county")) || policy->stage != stage ||
        policy->year != city->year) {
        form_error(request, field,
                   T("这份办法写的不是本县（市、区）、本学段、本年度的，请核对 county、stage、year 三项。",
                     "The document is not of this county, stage and year: check county, stage and year in it."));
        return false;
    }
    return true;
}

static void save(struct request *request, enum stage stage, struct str text, struct str note)
{
    struct policy_save *save = ARENA_NEW(request_arena(request), struct policy_save);
    struct app *app = request_app(request);
    *save = (struct policy_save){ .places = app->places,
                                  .actor = request_actor(request, ROLE_COUNTY_OFFICER),
                                  .form_key = request_form_key(request),
                                  .division = request_param(request, "county"),
                                  .stage = stage,
                                  .year = app->city->year,
                                  .text = text,
                                  .note = note };
    run_command(request, "policy.save", policy_save_run, save, saved);
}

static void policy_text_post(struct request *request)
{
    enum stage stage;
    if (!stage_of(request_param(request, "stage"), &stage)) {
        reply_not_found(request);
        return;
    }
    /* The form's field has lost the last line end; a text that was not changed must be the same again. */
    struct str text = arena_printf(request_arena(request), "%.*s\n", STR_ARG(form_value(request, "text")));
    if (!form_ok(request) || !text_is_good(request, stage, text, "text")) {
        show_policy_text(request);
        return;
    }
    save(request, stage, text, form_value(request, "note"));
}

/* ---- As a form: the parts that change from year to year ---- */

static const struct option mechanisms[] = {
    { "serial", T("单校学区，按类别次序", "Serial priority: one school a catchment"), { 0 } },
    { "deferred", T("多校志愿，延迟接受", "Deferred acceptance: several ranked schools"), { 0 } },
    { "cycles", T("多校志愿，交换优先", "Trading cycles: several ranked schools"), { 0 } },
};
static const struct option yes_no[] = { { "yes", T("是", "Yes"), { 0 } }, { "no", T("否", "No"), { 0 } } };
static const struct field form_fields[] = {
    { .name = "title_zh",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 120,
      .label = T("名称（中文）", "Title (Chinese)") },
    { .name = "title_en", .kind = FIELD_TEXT, .max = 160, .label = T("名称（英文）", "Title (English)") },
    { .name = "mechanism",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("派位办法", "Mechanism"),
      FIELD_OPTIONS(mechanisms) },
    { .name = "most_total",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = LIMIT_CHOICES,
      .label = T("最多几个志愿", "Wishes at most"),
      .width = 4 },
    { .name = "most_public",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = LIMIT_CHOICES,
      .label = T("其中公办最多", "Of them public"),
      .width = 4 },
    { .name = "most_private",
      .kind = FIELD_INT,
      .min = 0,
      .max = LIMIT_CHOICES,
      .label = T("其中民办最多", "Of them private"),
      .width = 4 },
    { .name = "sibling",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("长幼随学", "Elder siblings count"),
      FIELD_OPTIONS(yes_no) },
    { .name = "lock",
      .kind = FIELD_INT,
      .min = 0,
      .max = 12,
      .label = T("一套住房几年内只供一个家庭", "Years in which a dwelling serves one household"),
      .width = 4 },
    { .name = "balance",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("统筹安排", "Balancing"),
      FIELD_OPTIONS(yes_no) },
    { .name = "class_size",
      .kind = FIELD_INT,
      .required = true,
      .min = 1,
      .max = 100,
      .label = T("每班人数", "Class size"),
      .width = 4 },
    { .name = "note",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 160,
      .label = T("这一版改了什么", "What this version changes") },
};
static const struct form policy_form_form = FORM(form_fields);

static void show_policy_form(struct request *request)
{
    struct policy_edit_view view = { .officer = true };
    if (!load_policy(request, &view)) {
        return;
    }
    const struct policy *p = view.policy;
    form_use(request, &policy_form_form);
    form_set(request, "title_zh", p->title.zh);
    form_set(request, "title_en", p->title.en);
    form_set(request, "mechanism", str_of(mechanism_id(p->mechanism)));
    form_set_int(request, "most_total", p->most_total);
    form_set_int(request, "most_public", p->most_public);
    form_set_int(request, "most_private", p->most_private);
    form_set(request, "sibling", p->sibling == SIBLING_FOLLOW ? STR("yes") : STR("no"));
    form_set_int(request, "lock", p->dwelling_lock_years);
    form_set(request, "balance", p->balance ? STR("yes") : STR("no"));
    form_set_int(request, "class_size", p->class_size);
    reply_page(request, 200, policy_form, &view);
}

static enum mechanism mechanism_of_form(struct request *request)
{
    enum mechanism mechanism = MECHANISM_SERIAL;
    while (mechanism + 1 < MECHANISM_COUNT && !form_is(request, "mechanism", mechanism_id(mechanism))) {
        mechanism++;
    }
    return mechanism;
}

static void policy_form_post(struct request *request)
{
    struct policy_edit_view view = { .officer = true };
    if (!form_ok(request)) {
        show_policy_form(request);
        return;
    }
    if (!load_policy(request, &view)) {
        return;
    }
    struct policy edited = *view.policy;
    edited.title = (struct name){ form_value(request, "title_zh"), form_value(request, "title_en") };
    edited.mechanism = mechanism_of_form(request);
    edited.most_total = (uint32_t)form_int(request, "most_total");
    edited.most_public = (uint32_t)form_int(request, "most_public");
    edited.most_private = (uint32_t)form_int(request, "most_private");
    edited.sibling = form_is(request, "sibling", "yes") ? SIBLING_FOLLOW : SIBLING_NONE;
    edited.dwelling_lock_years = (uint32_t)form_int(request, "lock");
    edited.balance = form_is(request, "balance", "yes");
    edited.class_size = (uint32_t)form_int(request, "class_size");
    struct str text = policy_format(request_arena(request), &edited, request_app(request)->city);
    if (!text_is_good(request, view.stage, text, NULL)) {
        show_policy_form(request);
        return;
    }
    save(request, view.stage, text, form_value(request, "note"));
}

/* ---- Compare: the lines that differ, by the longest common subsequence ---- */

static size_t split_lines(struct arena *arena, struct str text, struct str **lines)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == '\n';
    }
    *lines = ARENA_ARRAY(arena, struct str, n);
    size_t k = 0;
    struct str line;
    while (str_split(&text, '\n', &line)) {
        (*lines)[k++] = line;
    }
    return k;
}

static void compare(struct arena *arena, struct str before, struct str after, struct policy_compare_view *view)
{
    enum { MOST = 2000 };
    struct str *a, *b;
    size_t na = split_lines(arena, before, &a), nb = split_lines(arena, after, &b);
    na = na < MOST ? na : MOST;
    nb = nb < MOST ? nb : MOST;
    uint16_t *common = ARENA_ARRAY(arena, uint16_t, (na + 1) * (nb + 1));
#define COMMON(i, k) common[(i) * (nb + 1) + (k)]
    for (size_t i = na; i-- > 0;) {
        for (size_t k = nb; k-- > 0;) {
            COMMON(i, k) = str_eq(a[i], b[k])                     ? (uint16_t)(COMMON(i + 1, k + 1) + 1)
                           : COMMON(i + 1, k) >= COMMON(i, k + 1) ? COMMON(i + 1, k)
                                                                  : COMMON(i, k + 1);
        }
    }
    view->lines = ARENA_ARRAY(arena, struct policy_line, na + nb);
    size_t i = 0, k = 0;
    while (i < na || k < nb) {
        struct policy_line *line = &view->lines[view->n++];
        if (i < na && k < nb && str_eq(a[i], b[k])) {
            *line = (struct policy_line){ ' ', a[i++] };
            k++;
        } else if (k == nb || (i < na && COMMON(i + 1, k) >= COMMON(i, k + 1))) {
            *line = (struct policy_line){ '-', a[i++] };
            view->changed++;
        } else {
            *line = (struct policy_line){ '+', b[k++] };
            view->changed++;
        }
    }
#undef COMMON
}

static void show_compare(struct request *request)
{
    struct policy_edit_view view = { 0 };
    if (!load_policy(request, &view)) {
        return;
    }
    struct policy_compare_view result = { .edit = &view, .after = view.version };
    result.before = request_query_int(request, "with", view.version > 1 ? view.version - 1 : view.version);
    struct str before = { NULL, 0 };
    bool found = false;
    struct error error;
    for (size_t i = 0; i < view.n; i++) {
        if (view.versions[i].version == result.before &&
            !policy_text(request_db(request), request_arena(request), view.versions[i].id, &before, &found, &error)) {
            reply_failed(request, &error);
            return;
        }
    }
    if (!found) {
        reply_not_found(request);
        return;
    }
    compare(request_arena(request), before, view.text, &result);
    reply_page(request, 200, policy_compare, &result);
}

#define SEES (ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_AUDITOR)
#define POLICY "/county/policy/:county/:stage"

const struct route policy_routes[] = {
    { .method = "GET",
      .path = POLICY,
      .roles = SEES,
      .scope = scope_of_county,
      .handler = show_policy_text,
      .answer = "page",
      .summary = T("招生办法：原文与版本", "The policy as text, and its versions") },
    { .method = "POST",
      .path = POLICY,
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_county,
      .form = &text_form,
      .handler = policy_text_post,
      .answer = "redirect",
      .summary = T("保存为新版本", "Keep as a new version") },
    { .method = "GET",
      .path = POLICY "/form",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_county,
      .handler = show_policy_form,
      .answer = "page",
      .summary = T("按表单修改办法", "Edit the policy as a form") },
    { .method = "POST",
      .path = POLICY "/form",
      .roles = ROLE_COUNTY_OFFICER,
      .scope = scope_of_county,
      .form = &policy_form_form,
      .handler = policy_form_post,
      .answer = "redirect",
      .summary = T("保存为新版本", "Keep as a new version") },
    { .method = "GET",
      .path = POLICY "/compare",
      .roles = SEES,
      .scope = scope_of_county,
      .handler = show_compare,
      .answer = "page",
      .summary = T("比较两个版本", "Compare two versions") },
    { .method = "GET",
      .path = "/county/round/#round/preview",
      .roles = SEES,
      .scope = scope_of_round,
      .handler = show_what_if,
      .answer = "page",
      .summary = T("试算", "What if") },
    { .method = "POST",
      .path = "/county/round/#round/preview",
      .roles = SEES,
      .scope = scope_of_round,
      .form = &what_if_form,
      .handler = what_if_post,
      .answer = "page",
      .summary = T("试算结果", "What-if result") },
    { .method = "GET",
      .path = "/county/round/#round/compare",
      .roles = SEES,
      .scope = scope_of_round,
      .handler = show_compare_rules,
      .answer = "page",
      .summary = T("比较各种办法", "Compare the rules") },
    { .method = "POST",
      .path = "/county/round/#round/compare",
      .roles = SEES,
      .scope = scope_of_round,
      .form = &compare_rules_form,
      .handler = compare_rules_post,
      .answer = "page",
      .summary = T("比较的结果", "The rules compared") },
};
const size_t policy_route_count = sizeof policy_routes / sizeof *policy_routes;
