/* Reading the register by program: see api_inside.h. What must hold: without a key nothing of persons and no staff-only
 * column leaves; with a key, persons only within its scope, and in the journal before the first byte leaves. */
#include "registry/pages/api_inside.h"

#include "base/clock.h"
#include "registry/registry.h"
#include "store/journal.h"

#include <stdlib.h>

/* ---- Who calls ---- */

static void problem_key(struct request *request, struct text why)
{
    reply_header(request, "WWW-Authenticate", STR("Bearer"));
    reply_problem(request, 401, T("需要密钥", "A key is needed"), why,
                  T("请在请求头写 Authorization: Bearer 加密钥；密钥由市级运维人员发放。",
                    "Send the header Authorization: Bearer with the key; the city's operator gives keys out."));
}

struct use {
    int64_t key;
};

static bool count_run(struct writing *writing, void *input, struct error *error)
{
    const struct use *use = input;
    return api_key_used(writing, use->key, error);
}

static void counted(void *input, bool ok, const struct error *error)
{
    (void)ok;
    (void)error;
    free(input);
}

/* Every call with a key, also one that is refused; nobody waits for it. */
static void count_use(const struct api_call *call)
{
    struct use *use = malloc(sizeof *use);
    struct error ignored;
    struct command command = { .name = "api.use", .run = count_run, .done = counted, .input = use };
    if (use) {
        use->key = call->key.id;
    }
    if (use && !writer_submit(call->app->writer, &command, &ignored)) {
        free(use);
    }
}

static bool take_key(struct request *request, struct api_call *call)
{
    struct str header = request_header(request, "authorization");
    struct error error = { "" };
    if (!header.n) {
        return true;
    }
    struct db *db = request_db(request);
    if (!db) {
        return false;
    }
    struct str token = str_starts(header, STR("Bearer ")) ? str_trim(str_part(header, 7, header.n)) : STR("");
    if (!api_key_find(db, request_arena(request), token, day_of_ms(clock_ms()), &call->key, &call->keyed, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (!call->keyed) {
        problem_key(request,
                    T("这个密钥不存在、已作废或已到期。", "There is no such key, or it was revoked or ended."));
        return false;
    }
    enum keeper level = call->key.roles & ROLE_CITY             ? KEEPER_CITY
                        : call->key.roles & ROLE_COUNTY_OFFICER ? KEEPER_COUNTY
                                                                : KEEPER_SCHOOL;
    call->who = (struct keeper_of){ .account = call->key.account,
                                    .level = level,
                                    .scope = call->key.scope,
                                    .institution = level == KEEPER_SCHOOL ? call->key.institution : 0,
                                    .role = accounts_role_name(call->key.roles, ~0U) };
    count_use(call);
    return request_account_rate(request, call->key.account);
}

struct api_call *api_call(struct request *request, const struct kind *kind, bool needs_key)
{
    struct api_call *call = ARENA_NEW(request_arena(request), struct api_call);
    *call = (struct api_call){ .app = request_app(request), .kind = kind };
    if (!kind) {
        reply_problem(request, 404, T("没有这一类", "There is no such kind"),
                      T("网址里的类名不在名录里。", "The name in the address is none of the register's kinds."),
                      T("类名见 /api/v1/openapi.json。", "The kinds stand in /api/v1/openapi.json."));
        return NULL;
    }
    if (!take_key(request, call)) {
        return NULL;
    }
    if (!call->keyed && (needs_key || kind->names_persons)) {
        problem_key(request, needs_key ? T("提出变更需要密钥。", "Changes are proposed with a key.")
                                       : T("个人信息不公开。", "What is about persons is not public."));
        return NULL;
    }
    return call;
}

/* ---- What was asked ---- */

static bool wrong_query(struct request *request, const char *name, struct text todo)
{
    struct arena *arena = request_arena(request);
    struct text why = { arena_printf(arena, "参数 %s 的值不能用。", name).p,
                        arena_printf(arena, "The value of the parameter '%s' cannot be used.", name).p };
    reply_problem(request, 400, T("参数有误", "A parameter is wrong"), why, todo);
    return false;
}

bool api_number(struct request *request, const char *name, int64_t least, int64_t most, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    if (!request_has_query(request, name) || str_to_int(request_query(request, name), least, most, out)) {
        return true;
    }
    struct arena *arena = request_arena(request);
    return wrong_query(
        request, name,
        (struct text){
            arena_printf(arena, "应为 %lld 到 %lld 的整数。", (long long)least, (long long)most).p,
            arena_printf(arena, "Expected a whole number from %lld to %lld.", (long long)least, (long long)most).p });
}

bool api_day(struct request *request, const char *name, int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    return !request_has_query(request, name) || day_parse(request_query(request, name), out) ||
           wrong_query(request, name, T("应为日期，如 2026-03-01。", "Expected a day such as 2026-03-01."));
}

/* Day and moment; where no moment is asked for, the newest that this reading sees, so that the same can be asked again.
 */
static bool take_as_of(struct request *request, struct api_call *call)
{
    struct error error = { "" };
    struct db *db = request_db(request);
    int64_t seen = 0;
    if (!db) {
        return false;
    }
    if (!writing_moment_seen(db, &seen, &error)) {
        reply_failed(request, &error);
        return false;
    }
    return api_day(request, "day", day_of_ms(clock_ms()), &call->as_of.day) &&
           api_number(request, "known", 0, MOMENT_OPEN, seen ? seen : MOMENT_OPEN, &call->as_of.recorded);
}

/* The filters of a list; of persons never more than the key's scope. */
static bool take_filters(struct request *request, struct api_call *call, struct facts_ask *ask)
{
    struct arena *arena = request_arena(request);
    *ask = (struct facts_ask){ .as_of = call->as_of,
                               .scope = arena_str(arena, request_query(request, "division")),
                               .text = request_query(request, "words") };
    struct str whose = request_query(request, "institution");
    struct institution institution;
    struct error error = { "" };
    bool found = false;
    if (whose.n && !registry_institution_by_code(request_db(request), arena, whose, &institution, &found, &error)) {
        reply_failed(request, &error);
        return false;
    }
    if (whose.n && !found) {
        return wrong_query(request, "institution", T("没有这个单位代码。", "There is no institution of this code."));
    }
    ask->institution = found ? institution.id : 0;
    for (size_t i = 0; i < call->kind->ncolumns; i++) {
        const struct column *column = &call->kind->columns[i];
        struct str value = request_query(request, column->name);
        if (!value.n || (column->type != COLUMN_WORD && column->type != COLUMN_CODE)) {
            continue;
        }
        if (ask->column.n || column->staff_only) {
            return wrong_query(request, column->name, T("一次只能按一列筛选。", "Filter by one column at a time."));
        }
        ask->column = str_of(column->name);
        ask->value = value;
    }
    if (call->keyed && call->kind->names_persons) {
        if (str_starts(call->key.scope, ask->scope)) {
            ask->scope = call->key.scope;
        } else if (!str_starts(ask->scope, call->key.scope)) {
            return wrong_query(request, "division", T("超出密钥的范围。", "It lies outside of the key's scope."));
        }
        if (call->who.institution) {
            ask->institution = call->who.institution;
        }
    }
    return api_number(request, "after", 0, INT64_MAX, 0, &ask->after) &&
           api_number(request, "most", 1, API_PAGE_MOST, API_PAGE, &ask->most);
}

bool api_in_scope(const struct api_call *call, const struct fact *fact)
{
    return call->keyed && str_starts(fact->division, call->key.scope) &&
           (!call->who.institution || fact->institution == call->who.institution);
}

/* ---- Answers ---- */

bool api_add_fact(struct request *request, struct api_call *call, json_t *array, const char *name,
                  const struct fact *fact, struct error *error)
{
    struct str code = STR("");
    if (fact->institution && call->kind->id != KIND_INSTITUTION) {
        if (call->institution != fact->institution) {
            struct institution institution;
            bool found = false;
            if (!registry_institution(request_db(request), request_arena(request), fact->institution, &institution,
                                      &found, error)) {
                return false;
            }
            call->institution = fact->institution;
            call->institution_code = found ? institution.code : STR("");
        }
        code = call->institution_code;
    }
    json_t *item = fact->id ? api_json_fact(call->kind, fact, code, api_in_scope(call, fact)) : json_null();
    call->persons += call->kind->names_persons && fact->id;
    return (name ? json_object_set_new(array, name, item) : json_array_append_new(array, item)) == 0;
}

struct str api_dump(struct arena *arena, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    struct str out = arena_printf(arena, "%s\n", text ? text : "null");
    free(text);
    json_decref(json);
    return out;
}

static bool read_run(struct writing *writing, void *input, struct error *error)
{
    const struct api_call *call = input;
    struct journal_entry entry = { .actor = call->key.account,
                                   .role = call->who.role,
                                   .action = "register.read",
                                   .subject_kind = call->kind->name,
                                   .subject_id = call->key.id,
                                   .division = call->key.scope,
                                   .detail = arena_printf(writing->arena, "api, %lld facts of persons",
                                                          (long long)call->persons) };
    return journal_append(writing, &entry, error);
}

static void journaled(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct api_call *call = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_header(request, "Cache-Control", STR("private, no-store"));
    reply_json(request, call->status, call->answer);
}

void api_answer(struct request *request, struct api_call *call, int status, json_t *json)
{
    call->status = status;
    call->answer = api_dump(request_arena(request), json);
    if (call->persons) {
        request_command(request, "api.read", read_run, call, journaled, call);
        return;
    }
    if (call->keyed) {
        reply_header(request, "Cache-Control", STR("private, no-store"));
    }
    reply_json(request, status, call->answer);
}

static json_t *envelope(const struct api_call *call)
{
    json_t *as_of = json_object(), *out = json_object();
    (void)json_object_set_new(as_of, "day", api_json_day(call->as_of.day));
    (void)json_object_set_new(as_of, "known", json_integer(call->as_of.recorded));
    (void)json_object_set_new(out, "kind", json_string(call->kind->name));
    (void)json_object_set_new(out, "as_of", as_of);
    return out;
}

static void show_list(struct request *request)
{
    struct api_call *call = api_call(request, kind_named(request_param(request, "kind")), false);
    struct facts_ask ask;
    struct fact *facts = NULL;
    size_t n = 0;
    struct error error = { "" };
    if (!call || !take_as_of(request, call) || !take_filters(request, call, &ask)) {
        return;
    }
    bool good = facts_list(request_db(request), request_arena(request), call->kind, &ask, &facts, &n, &error);
    json_t *items = json_array();
    for (size_t i = 0; good && i < n; i++) {
        good = api_add_fact(request, call, items, NULL, &facts[i], &error);
    }
    if (!good) {
        json_decref(items);
        reply_failed(request, &error);
        return;
    }
    json_t *out = envelope(call);
    (void)json_object_set_new(out, "items", items);
    (void)json_object_set_new(out, "next", n == (size_t)ask.most ? json_integer(facts[n - 1].subject) : json_null());
    api_answer(request, call, 200, out);
}

static void show_one(struct request *request)
{
    struct api_call *call = api_call(request, kind_named(request_param(request, "kind")), false);
    struct fact fact;
    bool found = false;
    struct error error = { "" };
    if (!call || !take_as_of(request, call)) {
        return;
    }
    bool good = facts_one(request_db(request), request_arena(request), call->kind, request_param(request, "code"),
                          call->as_of, &fact, &found, &error);
    if (good && (!found || (call->kind->names_persons && !api_in_scope(call, &fact)))) {
        reply_problem(request, 404, T("没有这个代码", "There is no such code"),
                      T("那一天没有这个对象，或者它不在密钥的范围内。",
                        "Nothing of this code stood on that day, or it is outside of the key's scope."),
                      T("请核对代码和日期；历史见 …/history。", "Check code and day; its past is at …/history."));
        return;
    }
    json_t *out = envelope(call);
    good = good && api_add_fact(request, call, out, "item", &fact, &error);
    if (!good) {
        json_decref(out);
        reply_failed(request, &error);
        return;
    }
    api_answer(request, call, 200, out);
}

static void show_history(struct request *request)
{
    struct api_call *call = api_call(request, kind_named(request_param(request, "kind")), false);
    struct db *db = call ? request_db(request) : NULL;
    int64_t subject = 0;
    struct fact *facts = NULL;
    size_t n = 0;
    bool found = false;
    struct error error = { "" };
    if (!db) {
        return;
    }
    bool good = facts_subject_of(db, call->kind, request_param(request, "code"), &subject, &found, &error) &&
                (!found || facts_history(db, request_arena(request), call->kind, subject, &facts, &n, &error));
    json_t *versions = json_array();
    for (size_t i = 0; good && i < n; i++) {
        if (!call->kind->names_persons || api_in_scope(call, &facts[i])) {
            good = api_add_fact(request, call, versions, NULL, &facts[i], &error);
        }
    }
    if (!good) {
        json_decref(versions);
        reply_failed(request, &error);
        return;
    }
    if (json_array_size(versions) == 0) {
        json_decref(versions);
        reply_problem(request, 404, T("没有这个代码", "There is no such code"),
                      T("名录里从来没有这个代码，或者它不在密钥的范围内。",
                        "The register never had this code, or it is outside of the key's scope."),
                      T("请核对代码。", "Check the code."));
        return;
    }
    json_t *out = json_object();
    (void)json_object_set_new(out, "kind", json_string(call->kind->name));
    (void)json_object_set_new(out, "versions", versions);
    api_answer(request, call, 200, out);
}

static void show_differences(struct request *request)
{
    struct api_call *call = api_call(request, kind_named(request_query(request, "kind")), false);
    struct facts_ask ask;
    struct as_of since = { 0 };
    struct fact_difference *found = NULL;
    size_t n = 0;
    struct error error = { "" };
    if (!call || !take_as_of(request, call) || !take_filters(request, call, &ask) ||
        !api_day(request, "since", call->as_of.day, &since.day) ||
        !api_number(request, "since_known", 0, MOMENT_OPEN, call->as_of.recorded, &since.recorded)) {
        return;
    }
    bool good =
        facts_differences(request_db(request), request_arena(request), call->kind, &ask, since, &found, &n, &error);
    json_t *items = json_array();
    int64_t last = 0;
    for (size_t i = 0; good && i < n; i++) {
        json_t *item = json_object();
        (void)json_array_append_new(items, item);
        last = found[i].before.id ? found[i].before.subject : found[i].after.subject;
        good = api_add_fact(request, call, item, "before", &found[i].before, &error) &&
               api_add_fact(request, call, item, "after", &found[i].after, &error);
    }
    if (!good) {
        json_decref(items);
        reply_failed(request, &error);
        return;
    }
    json_t *out = envelope(call), *from = json_object();
    (void)json_object_set_new(from, "day", api_json_day(since.day));
    (void)json_object_set_new(from, "known", json_integer(since.recorded));
    (void)json_object_set_new(out, "since", from);
    (void)json_object_set_new(out, "items", items);
    (void)json_object_set_new(out, "next", n == (size_t)ask.most ? json_integer(last) : json_null());
    api_answer(request, call, 200, out);
}

const struct route api_routes[] = {
    { .method = "GET",
      .path = "/api/v1/openapi.json",
      .roles = WEB_PUBLIC,
      .handler = api_show_openapi,
      .answer = "json",
      .flags = ROUTE_CACHE,
      .summary = T("接口说明（OpenAPI 3.1）", "Description of the interface (OpenAPI 3.1)") },
    { .method = "GET",
      .path = "/api/v1/differences",
      .roles = WEB_PUBLIC,
      .handler = show_differences,
      .answer = "json",
      .summary = T("两个时点之间的差异", "What differs between two as-ofs") },
    { .method = "GET",
      .path = "/api/v1/:kind",
      .roles = WEB_PUBLIC,
      .handler = show_list,
      .answer = "json",
      .summary = T("列出一类", "Things of a kind, as of a day and a moment") },
    { .method = "POST",
      .path = "/api/v1/:kind",
      .roles = WEB_PUBLIC,
      .handler = api_post_change,
      .body_limit = API_BODY_BYTES,
      .flags = ROUTE_NO_KEY,
      .answer = "json",
      .summary = T("提出变更", "Propose a change") },
    { .method = "GET",
      .path = "/api/v1/:kind/:code",
      .roles = WEB_PUBLIC,
      .handler = show_one,
      .answer = "json",
      .summary = T("一个对象", "One thing, as of a day and a moment") },
    { .method = "GET",
      .path = "/api/v1/:kind/:code/history",
      .roles = WEB_PUBLIC,
      .handler = show_history,
      .answer = "json",
      .summary = T("一个对象的全部版本", "Every version of one thing") },
    { .method = "GET",
      .path = "/api",
      .roles = WEB_PUBLIC,
      .handler = api_show_page,
      .answer = "page",
      .summary = T("编程接口", "The programming interface") },
    { .method = "GET",
      .path = "/operator/keys",
      .roles = ROLE_OPERATOR,
      .handler = api_show_keys,
      .answer = "page",
      .summary = T("接口密钥", "Keys of programs") },
    { .method = "POST",
      .path = "/operator/keys",
      .roles = ROLE_OPERATOR,
      .form = &api_key_form,
      .handler = api_post_key,
      .answer = "page",
      .summary = T("发放密钥", "Give out a key") },
    { .method = "POST",
      .path = "/operator/keys/:key/revoke",
      .roles = ROLE_OPERATOR,
      .handler = api_post_revoke,
      .answer = "redirect",
      .summary = T("作废密钥", "Revoke a key") },
};
const size_t api_route_count = sizeof api_routes / sizeof *api_routes;
