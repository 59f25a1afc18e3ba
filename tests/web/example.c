/* See example.h. */
#include "example.h"

#include "base/hex.h"
#include "example.page.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

_Atomic int example_worked, example_refused;

const struct option example_schools[] = { { "a", T("第一小学", "First Primary"), T("距您 800 米", "800 m from you") },
                                          { "b", T("第二小学", "Second Primary"), { 0 } } };
const size_t example_school_count = 2;
static const struct option areas[] = { { "371502", T("东昌府区", "Dongchangfu"), { 0 } },
                                       { "371581", T("临清市", "Linqing"), { 0 } } };

static const struct field form_fields[] = {
    { .name = "name",
      .kind = FIELD_TEXT,
      .required = true,
      .max = 20,
      .label = T("姓名", "Name"),
      .hint = T("与户口簿一致", "As in the household book"),
      .autocomplete = "name" },
    { .name = "number",
      .kind = FIELD_CITIZEN,
      .required = true,
      .label = T("身份证号", "Citizen number"),
      .width = 20 },
    { .name = "born", .kind = FIELD_DATE, .required = true, .label = T("出生日期", "Date of birth") },
    { .name = "school",
      .kind = FIELD_CHOICE,
      .required = true,
      .label = T("志愿学校", "School"),
      FIELD_OPTIONS(example_schools) },
    { .name = "area", .kind = FIELD_SELECT, .label = T("县（市、区）", "County"), FIELD_OPTIONS(areas) },
    { .name = "wishes", .kind = FIELD_CHECKS, .max = 2, .label = T("其他意愿", "Other wishes"), FIELD_OPTIONS(areas) },
    { .name = "note", .kind = FIELD_LONG, .max = 50, .label = T("说明", "Remark") },
    { .name = "phone", .kind = FIELD_PHONE, .label = T("联系电话", "Telephone") },
    { .name = "agree", .kind = FIELD_YES, .required = true, .label = T("我同意核对", "I agree to the check") },
};
static const struct form form_form = FORM(form_fields);

static const struct field upload_fields[] = {
    { .name = "paper",
      .kind = FIELD_FILE,
      .required = true,
      .max = 1024 * 1024,
      .accept = "image/png,application/pdf",
      .label = T("户口簿照片", "Photo of the household book") },
    { .name = "note", .kind = FIELD_TEXT, .label = T("说明", "Remark") },
};
static const struct form upload_form = FORM(upload_fields);

static void show_still(struct request *request)
{
    reply_page(request, 200, example_still);
}

static void show_home(struct request *request)
{
    static const struct example_row rows[] = { { STR("<第一小学>"), 90 }, { STR("第二小学 & \"二\""), 45 } };
    struct str who = request_has_query(request, "who") ? request_query(request, "who") : STR("世界");
    struct example_view view = { .who = who, .count = 114000, .day = 20666, .rows = rows, .row_count = 2 };
    reply_page(request, 200, example_home, &view);
}

static void show_form(struct request *request)
{
    form_use(request, &form_form);
    form_set_day(request, "born", 18348);
    reply_page(request, 200, example_form_page);
}

static void post_form(struct request *request)
{
    if (!form_ok(request)) {
        reply_page(request, 200, example_form_page);
        return;
    }
    int64_t day = 0;
    size_t count = 0;
    (void)form_day(request, "born", &day);
    (void)form_values(request, "wishes", &count);
    reply_bytes(request, 200, "text/plain; charset=utf-8", (struct str){ 0 },
                arena_printf(request_arena(request), "name=%.*s number=%.*s day=%lld school=%.*s wishes=%zu key=%.*s\n",
                             STR_ARG(form_value(request, "name")), STR_ARG(form_value(request, "number")),
                             (long long)day, STR_ARG(form_value(request, "school")), count,
                             STR_ARG(hex_encode(request_arena(request), request_form_key(request).p,
                                                request_form_key(request).n))));
}

static void show_upload(struct request *request)
{
    form_use(request, &upload_form);
    reply_page(request, 200, example_upload_page);
}

static void post_upload(struct request *request)
{
    const struct upload *paper = form_file(request, "paper");
    if (!form_ok(request)) {
        reply_page(request, 200, example_upload_page);
        return;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < paper->bytes.n; i++) {
        sum = sum * 31 + (unsigned char)paper->bytes.p[i];
    }
    reply_bytes(
        request, 200, "text/plain; charset=utf-8", (struct str){ 0 },
        arena_printf(request_arena(request), "%.*s %s %zu %u\n", STR_ARG(paper->name), paper->type, paper->size, sum));
}

static bool work_slowly(struct arena *arena, void *context, struct error *error)
{
    (void)error;
    struct str *answer = context;
    (void)usleep(400 * 1000);
    *answer = arena_printf(arena, "worked %d\n", atomic_fetch_add(&example_worked, 1) + 1);
    return true;
}

static void worked(struct request *request, bool ok, const struct error *error, void *context)
{
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "text/plain; charset=utf-8", (struct str){ 0 }, *(struct str *)context);
}

static void show_slow(struct request *request)
{
    request_work(request, work_slowly, ARENA_NEW(request_arena(request), struct str), worked);
}

static enum scope_result scope_of_code(struct request *request, struct subject *subject)
{
    subject->division = request_param(request, "code");
    return str_is(subject->division, "none") ? SCOPE_NOT_FOUND : SCOPE_OK;
}

static void show_params(struct request *request)
{
    reply_bytes(request, 200, "text/plain; charset=utf-8", STR("名单.txt"),
                arena_printf(request_arena(request), "%lld %.*s", (long long)request_param_int(request, "round"),
                             STR_ARG(request_param(request, "code"))));
}

static void redirect(struct request *request)
{
    reply_notice(request, "saved");
    reply_redirect(request, request_query(request, "to"));
}

static void show_big(struct request *request)
{
    size_t n = (size_t)request_query_int(request, "n", 1024);
    char *bytes = arena_alloc(request_arena(request), n);
    memset(bytes, 'x', n);
    reply_header(request, "X-Test", request_query(request, "header"));
    reply_bytes(request, 200, "text/plain", (struct str){ 0 }, (struct str){ bytes, n });
}

static void show_parts(struct request *request)
{
    reply_page(request, 200, example_parts);
}

static void sign_out(struct request *request)
{
    request_sign_out(request);
    reply_redirect(request, STR("/"));
}

static void json(struct request *request)
{
    reply_json(request, 200, request_body(request));
}

static void too_much(struct request *request)
{
    struct page *page = reply_page_begin(request, 200);
    for (int i = 0; i < 17 * 1024; i++) {
        char kilo[1024] = { 0 };
        page_put(page, kilo, sizeof kilo);
    }
    reply_page_end(page);
}

const struct route example_routes[] = {
    { .method = "GET", .path = "/", .roles = WEB_PUBLIC, .handler = show_home, .answer = "page" },
    { .method = "GET",
      .path = "/still",
      .roles = WEB_PUBLIC,
      .handler = show_still,
      .answer = "page",
      .flags = ROUTE_CACHE },
    { .method = "GET",
      .path = "/computes",
      .roles = WEB_PUBLIC,
      .handler = show_home,
      .answer = "page",
      .flags = ROUTE_COMPUTES },
    { .method = "GET",
      .path = "/pictures",
      .roles = WEB_PUBLIC,
      .handler = show_home,
      .answer = "page",
      .flags = ROUTE_IMAGES },
    { .method = "GET", .path = "/form", .roles = WEB_PUBLIC, .handler = show_form, .answer = "page" },
    { .method = "POST",
      .path = "/form",
      .roles = WEB_PUBLIC,
      .form = &form_form,
      .handler = post_form,
      .answer = "page" },
    { .method = "GET", .path = "/upload", .roles = WEB_PUBLIC, .handler = show_upload, .answer = "page" },
    { .method = "POST",
      .path = "/upload",
      .roles = WEB_PUBLIC,
      .form = &upload_form,
      .handler = post_upload,
      .body_limit = 2 * 1024 * 1024,
      .answer = "page" },
    { .method = "GET", .path = "/slow", .roles = WEB_PUBLIC, .handler = show_slow, .answer = "text" },
    { .method = "GET",
      .path = "/round/#round/school/:code",
      .roles = WEB_PUBLIC,
      .handler = show_params,
      .answer = "text" },
    { .method = "GET",
      .path = "/division/:code",
      .roles = EXAMPLE_CLERK,
      .scope = scope_of_code,
      .handler = show_params,
      .answer = "text" },
    { .method = "POST", .path = "/family", .roles = EXAMPLE_FAMILY, .handler = sign_out, .answer = "redirect" },
    { .method = "GET", .path = "/family", .roles = EXAMPLE_FAMILY, .handler = show_home, .answer = "page" },
    { .method = "GET", .path = "/redirect", .roles = WEB_PUBLIC, .handler = redirect, .answer = "redirect" },
    { .method = "GET", .path = "/big", .roles = WEB_PUBLIC, .handler = show_big, .answer = "text" },
    { .method = "GET", .path = "/parts", .roles = WEB_PUBLIC, .handler = show_parts, .answer = "page" },
    { .method = "GET", .path = "/too-much", .roles = WEB_PUBLIC, .handler = too_much, .answer = "page" },
    { .method = "POST", .path = "/sign-out", .roles = WEB_SIGNED_IN, .handler = sign_out, .answer = "redirect" },
    { .method = "POST",
      .path = "/json",
      .roles = WEB_PUBLIC,
      .handler = json,
      .answer = "json",
      .flags = ROUTE_NO_KEY,
      .body_limit = 1024 },
    { .method = "POST", .path = "/sign-in", .roles = WEB_PUBLIC, .handler = sign_out, .flags = ROUTE_SIGN_IN },
};
const size_t example_route_count = sizeof example_routes / sizeof *example_routes;

/* ---- Hooks: two accounts that need no database ---- */

void example_token(char kind, char text[65])
{
    for (int i = 0; i < 32; i++) {
        (void)snprintf(text + (ptrdiff_t)2 * i, 3, "%02x", (unsigned char)kind);
    }
}

static bool allowed(void *context, const struct session *session, const struct route *route,
                    const struct subject *subject)
{
    (void)context;
    (void)route;
    return session && str_starts(subject->division, session_scope(session));
}

static void refused(void *context, struct request *request, const struct subject *subject)
{
    (void)context;
    (void)request;
    (void)subject;
    atomic_fetch_add(&example_refused, 1);
}

static size_t navigation(void *context, struct request *request, struct navigation_item *items, size_t max)
{
    (void)context;
    (void)max;
    items[0] = (struct navigation_item){ T("首页", "Home"), "/" };
    items[1] = (struct navigation_item){ T("申请", "Apply"), "/form" };
    items[2] = (struct navigation_item){ T("组件", "Components"), "/parts" };
    return request_session(request) ? 2 : 3;
}

static bool banner(void *context, struct request *request, struct name *text)
{
    (void)context;
    (void)request;
    *text = (struct name){ STR("演示城市：数据全部为虚构。"), STR("Demo city: all data are made up.") };
    return true;
}

const struct web_hooks example_hooks = {
    .allowed = allowed, .refused = refused, .navigation = navigation, .banner = banner
};
