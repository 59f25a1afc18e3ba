/* The seamless day: a child's weeks as the family sees them, the provider's sheet of a day, handing over. */
#include "services/pages/pages.h"

#include "places/child.h"

#include "services_day.page.h"

#include <stdio.h>

#define PROVIDERS (ROLE_COUNTY_OFFICER | ROLE_CITY | ROLE_SCHOOL)

enum { DAYS_SHOWN = 14, HALF_HOUR = 30, FIRST_HALF_HOUR = 12, LAST_HALF_HOUR = 44, DAY_MINUTES = 24 * 60 };

/* "2026-07-13" in the address; else `otherwise`. */
static int64_t day_of_query(struct request *request, const char *name, int64_t otherwise)
{
    int64_t day;
    return day_parse(request_query(request, name), &day) ? day : otherwise;
}

/* ---- A child's days ---- */

static enum scope_result scope_of_child(struct request *request, struct subject *subject)
{
    return scope_of_own_child(request, request_param_int(request, "child"), subject);
}

static const struct form *need_form(struct request *request)
{
    static const struct option weekdays[] = {
        { "1", T("周一", "Monday"), T("", "") },    { "2", T("周二", "Tuesday"), T("", "") },
        { "3", T("周三", "Wednesday"), T("", "") }, { "4", T("周四", "Thursday"), T("", "") },
        { "5", T("周五", "Friday"), T("", "") },    { "6", T("周六", "Saturday"), T("", "") },
        { "7", T("周日", "Sunday"), T("", "") },
    };
    enum { TIMES = LAST_HALF_HOUR - FIRST_HALF_HOUR + 1 };
    struct arena *arena = request_arena(request);
    struct option *times = ARENA_ARRAY(arena, struct option, TIMES);
    for (int i = 0; i < TIMES; i++) {
        int minute = (FIRST_HALF_HOUR + i) * HALF_HOUR;
        const char *words = arena_printf(arena, "%02d:%02d", minute / 60, minute % 60).p;
        times[i] = (struct option){ arena_printf(arena, "%d", minute).p, { words, words }, T("", "") };
    }
    struct field *fields = ARENA_ARRAY(arena, struct field, 3);
    fields[0] = (struct field){ .name = "weekdays",
                                .kind = FIELD_CHECKS,
                                .required = true,
                                .label = T("哪些日子", "On which days"),
                                FIELD_OPTIONS(weekdays) };
    fields[1] = (struct field){ .name = "from",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("从", "From"),
                                .options = times,
                                .option_count = TIMES };
    fields[2] = (struct field){ .name = "until",
                                .kind = FIELD_SELECT,
                                .required = true,
                                .label = T("到", "Until"),
                                .options = times,
                                .option_count = TIMES };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 3 };
    return form;
}

static void use_need(struct request *request, const struct need *need)
{
    struct arena *arena = request_arena(request);
    form_use(request, need_form(request));
    for (unsigned weekday = 1; weekday <= 7; weekday++) {
        if (need->weekdays & 1U << weekday) {
            form_add(request, "weekdays", arena_printf(arena, "%u", weekday));
        }
    }
    if (need->weekdays) {
        form_set(request, "from", arena_printf(arena, "%lld", (long long)need->span.from));
        form_set(request, "until", arena_printf(arena, "%lld", (long long)need->span.until));
    }
}

static void show_day_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct day_view *view = ARENA_NEW(arena, struct day_view);
    const struct app *app = request_app(request);
    struct db *db = request_db(request);
    struct child child;
    struct error error;
    bool found;
    int64_t today = day_of_ms(clock_ms());
    *view = (struct day_view){ .child = request_param_int(request, "child"),
                               .n = DAYS_SHOWN,
                               .today = today,
                               .from = day_of_query(request, "from", today) };
    if (!db) {
        return;
    }
    if (!child_get(db, arena, app->vault, view->child, &child, &found, &error) ||
        !need_get(db, app->city, view->child, &view->need, &error) ||
        !child_days(db, arena, app->city, view->child, view->from, view->n, &view->days, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->name = found ? child.name : STR("—");
    if (!request_is_post(request)) {
        use_need(request, &view->need);
    }
    reply_page(request, 200, child_day_page, view);
}

static void show_day(struct request *request)
{
    reading_child(request, request_param_int(request, "child"), "days", show_day_now);
}

static void did_need(struct request *request, void *input)
{
    const struct need_set *set = input;
    reply_ending(request, (struct ending){
                              .done = set->result == SERVICE_DONE,
                              .notice = "saved",
                              .next = arena_printf(request_arena(request), "/services/day/%lld", (long long)set->child),
                              .why = service_result_text(set->result),
                              .field = "until",
                              .again = show_day });
}

static void post_need(struct request *request)
{
    if (!form_ok(request)) {
        show_day(request);
        return;
    }
    struct need_set *set = ARENA_NEW(request_arena(request), struct need_set);
    size_t n = 0;
    const struct str *weekdays = form_values(request, "weekdays", &n);
    *set = (struct need_set){ .actor = request_actor(request, ROLE_FAMILY),
                              .form_key = request_form_key(request),
                              .child = request_param_int(request, "child") };
    (void)str_to_int(form_value(request, "from"), 0, DAY_MINUTES, &set->need.span.from);
    (void)str_to_int(form_value(request, "until"), 0, DAY_MINUTES, &set->need.span.until);
    for (size_t i = 0; i < n; i++) {
        int64_t weekday;
        if (str_to_int(weekdays[i], 1, 7, &weekday)) {
            set->need.weekdays |= 1U << weekday;
        }
    }
    run_command(request, "service.need", need_set_run, set, did_need);
}

struct str span_words(struct arena *arena, const struct span *span)
{
    return session_words(arena, span->from, span->until);
}

struct str code_words(struct page *page, int64_t entry, int64_t day)
{
    return pickup_code(page->arena, request_app(page->request)->vault, entry, day);
}

/* ---- The sheet of a day ---- */

static void show_sheet(struct request *request)
{
    struct sheet_view *view = ARENA_NEW(request_arena(request), struct sheet_view);
    const struct session *session = request_session(request);
    struct db *db = request_db(request);
    struct error error;
    int64_t now = clock_ms(), today = day_of_ms(now);
    *view = (struct sheet_view){ .day = day_of_query(request, "day", today) };
    if (!db) {
        return;
    }
    bool officer = request_has_role(request, ROLE_COUNTY_OFFICER | ROLE_CITY);
    struct str scope = session_scope(session);
    if (!sheet_list(db, request_arena(request),
                    !officer  ? STR("")
                    : scope.n ? scope
                              : STR("-"),
                    officer                ? 0
                    : session->institution ? session->institution
                                           : -1,
                    view->day, &view->rows, &view->n, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->minute = view->day < today ? DAY_MINUTES : view->day > today ? 0 : (now - day_start_ms(today)) / 60000;
    for (size_t i = 0; i < view->n; i++) {
        view->lunches += view->rows[i].lunches;
        view->beds += view->rows[i].beds;
        view->children += view->rows[i].taken;
    }
    reply_page(request, 200, service_sheet_page, view);
}

/* ---- Handing over ---- */

static bool who_is_here(struct request *request, struct session_row *session, struct roster_row **out, size_t *n,
                        struct error *error)
{
    struct arena *arena = request_arena(request);
    struct db *db = request_db(request);
    struct roster_row *all;
    size_t most;
    bool found;
    *n = 0;
    if (!session_get(db, arena, request_param_int(request, "session"), session, &found, error) ||
        !roster_list(db, arena, session->offer, session->id, &all, &most, error)) {
        return false;
    }
    *out = all;
    for (size_t i = 0; i < most; i++) {
        if (str_is(all[i].state, "present")) {
            all[(*n)++] = all[i];
        }
    }
    return true;
}

static const struct form *pickup_form(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct session_row session;
    struct roster_row *rows;
    struct str *names;
    struct error error;
    size_t n, waiting = 0;
    if (!request_db(request) || !who_is_here(request, &session, &rows, &n, &error) ||
        !names_of(request, rows, n, &names, &error)) {
        return NULL;
    }
    struct option *options = ARENA_ARRAY(arena, struct option, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].left_at == 0) {
            const char *name = arena_cstr(arena, names[i]);
            options[waiting++] =
                (struct option){ arena_printf(arena, "%lld", (long long)rows[i].entry).p, { name, name }, T("", "") };
        }
    }
    struct field *fields = ARENA_ARRAY(arena, struct field, 3);
    fields[0] = (struct field){ .name = "entry",
                                .kind = FIELD_CHOICE,
                                .required = true,
                                .label = T("接走谁", "Who is collected"),
                                .options = options,
                                .option_count = waiting };
    fields[1] =
        (struct field){ .name = "code", .kind = FIELD_TEXT, .max = 12, .label = T("接送码", "Code of the day") };
    fields[2] =
        (struct field){ .name = "reason",
                        .kind = FIELD_TEXT,
                        .max = 200,
                        .label = T("没有接送码时：由谁接走、为什么", "Without the code: who collects, and why") };
    struct form *form = ARENA_NEW(arena, struct form);
    *form = (struct form){ fields, 3 };
    return form;
}

static void show_pickup_now(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct pickup_view *view = ARENA_NEW(arena, struct pickup_view);
    struct error error;
    bool found;
    *view = (struct pickup_view){ 0 };
    if (!who_is_here(request, &view->session, &view->rows, &view->n, &error) ||
        !names_of(request, view->rows, view->n, &view->names, &error) ||
        !offered_get(request_db(request), arena, view->session.offer, &view->offer, &found, &error)) {
        reply_failed(request, &error);
        return;
    }
    for (size_t i = 0; i < view->n; i++) {
        view->waiting += view->rows[i].left_at == 0;
    }
    int64_t end = day_start_ms(view->session.day) + view->session.until * 60000, now = clock_ms();
    view->late = now > end ? (now - end) / 60000 : 0;
    if (!request_is_post(request)) {
        form_use(request, pickup_form(request));
    }
    reply_page(request, 200, service_pickup_page, view);
}

static void show_pickup(struct request *request)
{
    read_session(request, show_pickup_now);
}

static void did_pickup(struct request *request, void *input)
{
    const struct pickup *pickup = input;
    reply_ending(request, (struct ending){ .done = pickup->result == SERVICE_DONE,
                                           .notice = "done",
                                           .next = arena_printf(request_arena(request), "/services/session/%lld/pickup",
                                                                (long long)pickup->session),
                                           .why = service_result_text(pickup->result),
                                           .field = pickup->result == SERVICE_BAD_CODE ? "code" : "entry",
                                           .again = show_pickup });
}

static void post_pickup(struct request *request)
{
    if (!form_ok(request)) {
        show_pickup(request);
        return;
    }
    struct pickup *pickup = ARENA_NEW(request_arena(request), struct pickup);
    *pickup = (struct pickup){ .actor = request_actor(request, PROVIDERS),
                               .form_key = request_form_key(request),
                               .session = request_param_int(request, "session"),
                               .code = form_value(request, "code"),
                               .reason = form_value(request, "reason") };
    (void)str_to_int(form_value(request, "entry"), 1, INT64_MAX, &pickup->entry);
    run_command(request, "service.pickup", pickup_run, pickup, did_pickup);
}

const struct route services_day_routes[] = {
    { .method = "GET",
      .path = "/services/day/#child",
      .roles = ROLE_FAMILY,
      .scope = scope_of_child,
      .handler = show_day,
      .answer = "page",
      .summary = T("孩子的一天", "A child's days") },
    { .method = "POST",
      .path = "/services/day/#child",
      .roles = ROLE_FAMILY,
      .scope = scope_of_child,
      .form_of = need_form,
      .handler = post_need,
      .answer = "redirect",
      .summary = T("需要照看的时间", "When somebody is to be there") },
    { .method = "GET",
      .path = "/desk/services/day",
      .roles = PROVIDERS,
      .handler = show_sheet,
      .answer = "page",
      .summary = T("一天的准备单", "What to prepare for a day") },
    { .method = "GET",
      .path = "/services/session/#session/pickup",
      .roles = PROVIDERS,
      .scope = scope_of_session,
      .handler = show_pickup,
      .answer = "page",
      .summary = T("接送", "Handing over") },
    { .method = "POST",
      .path = "/services/session/#session/pickup",
      .roles = PROVIDERS,
      .scope = scope_of_session,
      .form_of = pickup_form,
      .handler = post_pickup,
      .answer = "redirect",
      .summary = T("交给来接的人", "Hand over") },
};
const size_t services_day_route_count = sizeof services_day_routes / sizeof *services_day_routes;
