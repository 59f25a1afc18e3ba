/* My work by the days on which it is due: a month on a page, and a feed for one's own calendar. */
#include "casework/pages/calendar.h"

#include "base/clock.h"
#include "casework/pages/routes.h"
#include "casework/supervision.h"
#include "city/workdays.h"
#include "connect/outbox.h"

#include "calendar.page.h"

enum { MONTH_CASES_MOST = 400 };

/* ---- A month ---- */

static int64_t month_start(int64_t month)
{
    return day_of((int)(month / 12), (int)(month % 12) + 1, 1);
}

static int64_t month_asked(struct request *request, int64_t today)
{
    int64_t day;
    struct str month = request_query(request, "month");
    return month.n == 7 && day_parse(arena_printf(request_arena(request), "%.*s-01", STR_ARG(month)), &day)
               ? month_of_day(day)
               : month_of_day(today);
}

static void lay_days(struct calendar_view *view, int64_t first, int64_t next)
{
    const struct case_desk_view *desk = view->desk;
    int64_t monday = first - ((first + 3) % 7 + 7) % 7; /* day 0 was a Thursday */
    for (int64_t day = monday; (day < next || (day - monday) % 7) && view->ndays < CALENDAR_DAYS_MOST; day++) {
        int year, month, number;
        day_parts(day, &year, &month, &number);
        bool off = !workday(desk->city, day);
        view->days[view->ndays++] = (struct calendar_day){ .day = day,
                                                           .number = number,
                                                           .within = day >= first && day < next,
                                                           .today = day == desk->today,
                                                           .off = off,
                                                           .moved = off != weekend(day) };
    }
}

/* Rows come in the order of urgency; each goes to its day, in that order. */
static void lay_cases(struct calendar_view *view, const struct case_row *rows, size_t n)
{
    for (size_t d = 0; d < view->ndays; d++) {
        struct calendar_day *day = &view->days[d];
        day->cases = ARENA_ARRAY(view->desk->arena, struct listed_case, n + 1);
        for (size_t i = 0; day->within && i < n; i++) {
            if (rows[i].due == day->day) {
                case_listed(view->desk, &rows[i], &day->cases[day->n++]);
            }
        }
    }
}

static void show_calendar(struct request *request)
{
    struct case_desk_view *desk = case_desk_of(request);
    struct case_row *rows;
    struct error error;
    size_t n;
    if (!desk) {
        return;
    }
    struct db *db = request_db(request);
    int64_t month = month_asked(request, desk->today), first = month_start(month), next = month_start(month + 1);
    struct calendar_view *view = ARENA_NEW(desk->arena, struct calendar_view);
    *view = (struct calendar_view){ .desk = desk,
                                    .month = month_format(desk->arena, month),
                                    .before = month_format(desk->arena, month - 1),
                                    .after = month_format(desk->arena, month + 1) };
    struct case_ask ask = { .city = desk->city,
                            .who = &desk->who,
                            .mine = true,
                            .state = CASE_OPEN,
                            .due_from = first,
                            .due_until = next,
                            .today = desk->today,
                            .order = CASE_BY_URGENCY,
                            .most = MONTH_CASES_MOST };
    if (!case_count(db, &ask, &view->total, &error) || !case_list(db, desk->arena, &ask, &rows, &n, &error)) {
        reply_failed(request, &error);
        return;
    }
    view->more = view->total > (int64_t)n;
    lay_days(view, first, next);
    lay_cases(view, rows, n);
    reply_page(request, 200, calendar_page, view);
}

/* ---- The feed's address ---- */

static void show_feed_of(struct request *request, struct str token)
{
    struct feed_view *view = ARENA_NEW(request_arena(request), struct feed_view);
    struct db *db = request_db(request);
    struct error error;
    if (!db) {
        return;
    }
    if (!feed_of_account(db, request_session(request)->account, &view->feed, &view->has, &error)) {
        reply_failed(request, &error);
        return;
    }
    if (token.n) {
        view->has = true;
        view->address = arena_printf(request_arena(request), "%.*s/feed/%.*s.ics",
                                     STR_ARG(request_app(request)->messages->base), STR_ARG(token));
    }
    reply_page(request, 200, feed_page, view);
}

static void show_feed(struct request *request)
{
    show_feed_of(request, STR(""));
}

static void did_make(struct request *request, bool ok, const struct error *error, void *context)
{
    struct feed_make *make = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    show_feed_of(request, make->token);
}

static void post_feed(struct request *request)
{
    struct feed_make *make = ARENA_NEW(request_arena(request), struct feed_make);
    const struct session *session = request_session(request);
    *make = (struct feed_make){ .account = session->account,
                                .role = accounts_role_name(session->roles, CASE_ROLES),
                                .lang = request_lang(request),
                                .arena = request_arena(request) };
    request_command(request, "feed.make", feed_make_run, make, did_make, make);
}

static void did_end(struct request *request, bool ok, const struct error *error, void *context)
{
    (void)context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_notice(request, "feed-ended");
    reply_redirect(request, STR("/cases/feed"));
}

static void post_end(struct request *request)
{
    struct feed_end *end = ARENA_NEW(request_arena(request), struct feed_end);
    const struct session *session = request_session(request);
    *end = (struct feed_end){ session->account, accounts_role_name(session->roles, CASE_ROLES) };
    request_command(request, "feed.end", feed_end_run, end, did_end, NULL);
}

/* ---- The feed itself ---- */

struct feeding {
    struct feed_read read;
    struct str calendar;
};

static void give(struct request *request, bool ok, const struct error *error, void *context)
{
    const struct feeding *feeding = context;
    if (!ok) {
        reply_failed(request, error);
        return;
    }
    reply_bytes(request, 200, "text/calendar; charset=utf-8", (struct str){ 0 }, feeding->calendar);
}

/* The secret of "SECRET.ics"; empty when it is none. */
static struct str token_of(struct request *request)
{
    struct str file = request_param(request, "file");
    bool good = file.n == FEED_TOKEN_DIGITS + 4 && str_is(str_part(file, FEED_TOKEN_DIGITS, 4), ".ics");
    return good ? str_part(file, 0, FEED_TOKEN_DIGITS) : STR("");
}

static bool make_calendar(struct request *request, const struct feed *feed, const struct case_who *who,
                          struct str *calendar, struct error *error)
{
    struct arena *arena = request_arena(request);
    const struct app *app = request_app(request);
    struct case_row *rows;
    size_t n;
    struct case_ask ask = { .city = app->city,
                            .who = who,
                            .mine = true,
                            .state = CASE_OPEN,
                            .today = day_of_ms(clock_ms()),
                            .order = CASE_BY_URGENCY,
                            .most = FEED_CASES_MOST };
    if (!case_list(request_db(request), arena, &ask, &rows, &n, error)) {
        return false;
    }
    *calendar = feed_calendar(arena, app->city, rows, n, feed->lang, app->messages->base);
    return true;
}

static void get_feed(struct request *request)
{
    struct arena *arena = request_arena(request);
    struct feeding *feeding = ARENA_NEW(arena, struct feeding);
    struct db *db = request_db(request);
    struct feed feed = { 0 };
    struct case_who who = { 0 };
    struct error error;
    bool found = false, active = false;
    if (!db) {
        return;
    }
    if (!feed_of_token(db, arena, request_app(request)->vault, token_of(request), &feed, &found, &error) ||
        (found && !case_who_of(db, arena, feed.account, &who, &active, &error)) ||
        (active && !make_calendar(request, &feed, &who, &feeding->calendar, &error))) {
        reply_failed(request, &error);
        return;
    }
    if (!active) {
        reply_not_found(request);
        return;
    }
    feeding->read = (struct feed_read){ feed.account, day_of_ms(clock_ms()) };
    if (feed.read_on == feeding->read.day) {
        give(request, true, NULL, feeding);
        return;
    }
    request_command(request, "feed.read", feed_read_run, &feeding->read, give, feeding);
}

const struct route calendar_routes[] = {
    { .method = "GET",
      .path = "/cases/calendar",
      .roles = CASE_ROLES,
      .handler = show_calendar,
      .answer = "page",
      .summary = T("我的督办按到期日", "My work by due day") },
    { .method = "GET",
      .path = "/cases/feed",
      .roles = CASE_ROLES,
      .handler = show_feed,
      .answer = "page",
      .summary = T("日历订阅地址", "The address of my calendar feed") },
    { .method = "POST",
      .path = "/cases/feed",
      .roles = CASE_ROLES,
      .handler = post_feed,
      .answer = "page",
      .summary = T("生成日历订阅地址", "Make the address of my calendar feed") },
    { .method = "POST",
      .path = "/cases/feed/end",
      .roles = CASE_ROLES,
      .handler = post_end,
      .answer = "redirect",
      .summary = T("停用日历订阅地址", "End the address of my calendar feed") },
    { .method = "GET",
      .path = "/feed/:file",
      .roles = WEB_PUBLIC,
      .handler = get_feed,
      .answer = "ics",
      .summary = T("日历订阅（地址即凭证）", "The calendar feed; its address is the key"),
      .flags = ROUTE_SIGN_IN },
};
const size_t calendar_route_count = sizeof calendar_routes / sizeof *calendar_routes;
